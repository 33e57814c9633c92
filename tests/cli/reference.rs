use crate::support::generated;

#[test]
fn the_reference_is_what_the_commands_make() {
    generated("docs/cli.md", &tessera::cli::reference());
}

#[test]
fn every_command_and_option_says_what_it_is() {
    for line in tessera::cli::reference().lines().filter(|line| line.starts_with("| `")) {
        let what = line.split("` | ").nth(1).unwrap_or_default();
        assert!(what.len() > 3, "{line}");
    }
}
