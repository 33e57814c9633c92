//! The configuration: what is read from where, what is refused and how it is said, and what is made from the structs.

mod certification;
mod check;
mod generated;
mod precedence;
mod problems;
mod redaction;
mod values;

use tessera::config::{Config, Sources};

/// Sources with a `tessera.toml` of this text.
fn file(folder: &tempfile::TempDir, text: &str) -> Sources {
    let path = folder.path().join("tessera.toml");
    std::fs::write(&path, text).expect("the folder can be written");
    Sources { file: Some(path), ..Sources::default() }
}

fn variables(pairs: &[(&str, &str)]) -> Sources {
    let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { environment, ..Sources::default() }
}

fn flags(flags: &[&str]) -> Sources {
    Sources { flags: flags.iter().map(|flag| (*flag).to_owned()).collect(), ..Sources::default() }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// The configuration of a file of this text.
fn parsed(text: &str) -> Config {
    Config::load(&file(&folder(), text)).expect("a right configuration")
}

/// What is said of a file of this text, without the folder's name.
fn refused(text: &str) -> String {
    let folder = folder();
    let problems = Config::load(&file(&folder, text)).expect_err("a wrong configuration");
    problems.to_string().replace(&format!("{}/", folder.path().display()), "")
}
