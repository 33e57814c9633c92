//! Questions to the person at the terminal. Passwords come from a file, a pipe or a prompt, never from an argument, which every
//! process on the machine could read.

use std::io::{BufRead, BufReader, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::keys::file::MAX_BYTES as MAX_KEY_BYTES;
use crate::secret::Secret;

use super::failure::Failure;

/// The most bytes of a secret that are read.
const MAX_BYTES: u64 = 64 * 1024;

/// Where a password comes from.
#[derive(Debug, Args)]
pub(super) struct PasswordFrom {
    /// Read the password from the first line of a file; `-` is standard input. Without it: a prompt, or a pipe
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// A question before something that cannot be undone.
#[derive(Debug, Args)]
pub(super) struct Confirm {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl PasswordFrom {
    /// The password.
    pub(super) fn read(&self) -> Result<Secret, Failure> {
        match &self.password_file {
            Some(path) => secret_file(path),
            None if std::io::stdin().is_terminal() => prompt_twice(),
            None => first_line(&mut std::io::stdin().lock(), "standard input"),
        }
    }
}

impl Confirm {
    /// Asks for `name` to be typed, unless told not to.
    pub(super) fn ask(&self, what: &str, name: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::refused(format!("{what} Nobody is there to ask: say --yes if you mean it.")));
        }
        eprint!("{what}\nType {name} to go on: ");
        let typed = line(&mut std::io::stdin().lock()).map_err(|error| unreadable("the terminal", &error))?;
        if *typed == name { Ok(()) } else { Err(Failure::refused("Not confirmed; nothing was changed.")) }
    }
}

/// The first line of a file that holds a secret.
pub(super) fn secret_file(path: &Path) -> Result<Secret, Failure> {
    if path == Path::new("-") {
        return first_line(&mut std::io::stdin().lock(), "standard input");
    }
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
    first_line(&mut BufReader::new(file), &name)
}

/// A file that holds a key, whole, and what to call it; `-` is standard input.
pub(super) fn key_file(path: &Path) -> Result<(Zeroizing<Vec<u8>>, String), Failure> {
    let (mut from, name): (Box<dyn Read>, _) = if path == Path::new("-") {
        (Box::new(std::io::stdin().lock()), "standard input".to_owned())
    } else {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
        (Box::new(file), name)
    };
    // One byte more than a key may have, so that it is seen that there are more.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES + 1));
    let read = from.as_mut().take(MAX_KEY_BYTES as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| unreadable(&name, &error))?;
    Ok((content, name))
}

fn first_line(from: &mut dyn BufRead, name: &str) -> Result<Secret, Failure> {
    let line = line(from).map_err(|error| unreadable(name, &error))?;
    if line.is_empty() {
        return Err(Failure::refused(format!("{name} holds no secret: its first line is empty.")));
    }
    Ok(Secret::from(line.as_str()))
}

/// One line without its end.
fn line(from: &mut dyn BufRead) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    from.take(MAX_BYTES).read_line(&mut text)?;
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn prompt_twice() -> Result<Secret, Failure> {
    let first = prompt("Password: ")?;
    if first == prompt("Once more: ")? {
        return Ok(first);
    }
    Err(Failure::refused("The two passwords differ; nothing was changed."))
}

/// Reads a line from the terminal without showing it.
fn prompt(question: &str) -> Result<Secret, Failure> {
    let stdin = std::io::stdin();
    let failed = |error: std::io::Error| unreadable("the terminal", &error);
    let shown = tcgetattr(&stdin).map_err(|error| failed(error.into()))?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    hidden.local_modes.insert(LocalModes::ECHONL);
    eprint!("{question}");
    let _ = std::io::stderr().flush();
    tcsetattr(&stdin, OptionalActions::Flush, &hidden).map_err(|error| failed(error.into()))?;
    let typed = line(&mut stdin.lock());
    tcsetattr(&stdin, OptionalActions::Now, &shown).map_err(|error| failed(error.into()))?;
    Ok(Secret::from(typed.map_err(failed)?.as_str()))
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{name} cannot be read: {error}."))
}
