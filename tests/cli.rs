//! The command line, as its user meets it: the binary itself, in a folder of its own.

mod certification;
mod client;
mod config;
mod database;
mod key_files;
mod keys;
mod reference;
mod serve;
mod user;

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a database in it, made by `db create`.
struct Place(TempDir);

/// A server, until this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a command answered.
#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn new() -> Self {
        let place = Self::empty();
        place.run(&["db", "create"]).done();
        place
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        self.run_with(arguments, "")
    }

    /// Runs the binary, with this standard input and nothing of this process's own configuration.
    fn run_with(&self, arguments: &[&str], input: &str) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
        command.current_dir(self.0.path()).env_clear();
        command.args(["--set", "passwords.memory_kib=8", "--set", "passwords.iterations=1"]);
        // Fewer keys are made faster; RS256 there must be.
        command.args(["--set", "keys.algorithms=RS256,ES256"]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Answer::new(child.wait_with_output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.json_with(arguments, "")
    }

    fn json_with(&self, arguments: &[&str], input: &str) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let answer = self.run_with(&all, input).done();
        serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }

    /// The failure of a command as JSON, with its exit code.
    fn refused(&self, arguments: &[&str]) -> (i32, Value) {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let answer = self.run(&all);
        assert!(answer.out.is_empty(), "{answer:?}");
        let error = serde_json::from_str(&answer.err).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
        (answer.code, error)
    }
}

impl Answer {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Everything that it printed.
    fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}
