//! docs/cli.md, made of the commands themselves.

use std::fmt::Write as _;

use clap::{ArgAction, Command, CommandFactory as _};

use super::Arguments;
use super::failure::EXIT_CODES;

/// The reference of the command line as Markdown.
pub fn reference() -> String {
    let mut root = Arguments::command();
    root.build();
    let mut text = String::from(
        "# The command line\n\nMade from the program: change the code, run the tests once with `UPDATE=1`, and look at this \
         file's change.\n\nEvery command reads the configuration as the server does, opens the database itself, and works beside \
         a running server, which knows of each change within two seconds. Passwords are never arguments: they come from \
         `--password-file`, a pipe or a prompt.\n\n",
    );
    text.push_str("## Options of every command\n\n");
    let globals = |arg: &&clap::Arg| arg.is_global_set();
    options(&mut text, root.get_arguments().filter(globals));
    text.push_str("## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (code, meaning) in EXIT_CODES {
        let _ = writeln!(text, "| {code} | {meaning} |");
    }
    text.push_str(
        "\nWith `--json` an answer is one JSON value on standard output, and a failure one on standard error: \
         `{\"error\": {\"kind\", \"message\", \"details\"}}`, where `kind` is `failed`, `configuration`, `not_found`, `refused` \
         or `unavailable`. \
         Instants are milliseconds since 1970-01-01T00:00:00Z.\n\n",
    );
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        describe(&mut text, command);
    }
    format!("{}\n", text.trim_end())
}

fn describe(text: &mut String, command: &Command) {
    let children: Vec<_> = command.get_subcommands().filter(|child| child.get_name() != "help").collect();
    let path = command.get_bin_name().unwrap_or(command.get_name());
    let level = if path.split(' ').count() > 2 { "###" } else { "##" };
    let _ = write!(text, "{level} {path}\n\n{}.\n\n", about(command));
    if children.is_empty() {
        let usage = command.clone().render_usage().to_string();
        let _ = write!(text, "    {}\n\n", usage.trim_start_matches("Usage: "));
        let own = |arg: &&clap::Arg| !arg.is_global_set() && !["help", "version"].contains(&arg.get_id().as_str());
        options(text, command.get_arguments().filter(own));
    }
    for child in children {
        describe(text, child);
    }
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default().trim_end_matches('.').to_owned()
}

fn options<'a>(text: &mut String, arguments: impl Iterator<Item = &'a clap::Arg>) {
    let rows: Vec<_> = arguments.filter(|argument| argument.get_id() != "help").map(row).collect();
    if !rows.is_empty() {
        let _ = write!(text, "| option | what |\n|---|---|\n{}\n", rows.concat());
    }
}

fn row(argument: &clap::Arg) -> String {
    let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let names = argument.get_value_names().unwrap_or_default();
    let value = names.iter().map(|name| format!("<{name}>")).collect::<Vec<_>>().join(" ");
    let written = match argument.get_long() {
        Some(long) if takes_value => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
        None => value,
    };
    let mut help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    if takes_value && let Some(default) = argument.get_default_values().first() {
        let _ = write!(help, " (default {})", default.to_string_lossy());
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(help, " (environment variable {})", variable.to_string_lossy());
    }
    format!("| `{written}` | {} |\n", help.replace('|', "\\|"))
}
