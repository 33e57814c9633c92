//! `tessera keys generate` and `convert`: keys in files, for which neither configuration nor database is needed.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::input::key_file;
use crate::cli::report::Report;
use crate::keys::file::{KeyFile, KeyFileError, is_json};
use crate::keys::jwk::PrivateJwk;
use crate::protocol::algorithm::SigningAlgorithm;

/// What a new key pair is for and where it goes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Generate {
    /// What it signs with (RS256, ES256, PS256, EdDSA)
    #[arg(long = "alg", value_name = "ALG", default_value_t = SigningAlgorithm::Rs256)]
    algorithm: SigningAlgorithm,
    /// Write private.pem, which its owner alone can read, and public.pem into a folder; without it, the private JWK is printed
    #[arg(long, value_name = "DIR")]
    pem: Option<PathBuf>,
}

/// A key and what becomes of it.
#[derive(Debug, Args)]
pub(in crate::cli) struct Convert {
    /// The key: a JWK, or PKCS#8, PKCS#1, SEC 1 or SPKI in PEM; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// What to make of it; without it, PEM of a JWK and a JWK of PEM
    #[arg(long, value_name = "FORMAT")]
    to: Option<Format>,
    /// Only the public half
    #[arg(long)]
    public: bool,
    /// The `alg` of the JWK (RS256, ES256, PS256, EdDSA); without it, what the JWK says, or RS256 for an RSA key
    #[arg(long = "alg", value_name = "ALG")]
    algorithm: Option<SigningAlgorithm>,
    /// Write a new file, a private key's for its owner alone, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The form of a key in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// PKCS#8 or SPKI in PEM
    Pem,
    /// JSON Web Key
    Jwk,
}

impl Generate {
    /// Runs the command.
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let key = KeyFile::from(PrivateJwk::generate(self.algorithm)?);
        let Some(folder) = &self.pem else { return printed(&key, Format::Jwk) };
        let public = key.public()?;
        let (private_path, public_path) = (folder.join("private.pem"), folder.join("public.pem"));
        if public_path.exists() {
            return Err(exists(&public_path));
        }
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        write(&private_path, &key.to_pem()?, true)?;
        let kid = public.kid.clone();
        if let Err(failure) = write(&public_path, &KeyFile::from(public).to_pem()?, false) {
            // Both or none: a second attempt would else find the first half of this one.
            let _ = std::fs::remove_file(&private_path);
            return Err(failure);
        }
        let text = format!(
            "The private key is in {}, its public half in {}. Its kid is {kid}.",
            private_path.display(),
            public_path.display()
        );
        let json = json!({ "alg": self.algorithm, "kid": kid, "private": private_path, "public": public_path });
        Ok(Report::new(text, json))
    }
}

impl Convert {
    /// Runs the command.
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let (content, name) = key_file(&self.file)?;
        let read = KeyFile::read(&content, self.algorithm).map_err(|error| refused(&name, &error))?;
        let other = if is_json(&content) { Format::Pem } else { Format::Jwk };
        let format = self.to.unwrap_or(other);
        let key = if self.public { read.public()?.into() } else { read };
        let Some(path) = &self.out else { return printed(&key, format) };
        let is_private = key.private().is_some();
        write(path, &text(&key, format)?, is_private)?;
        let half = if is_private { "private" } else { "public" };
        let kid = key.public()?.kid;
        let json = json!({ "format": format.as_str(), "private": is_private, "kid": kid, "file": path });
        Ok(Report::new(format!("The {half} key is in {}.", path.display()), json))
    }
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Jwk => "jwk",
        }
    }
}

/// A file whose content is not a key that can be used.
pub(super) fn refused(name: &str, error: &KeyFileError) -> Failure {
    Failure::refused(format!("{name} cannot be used: {error}; nothing was changed."))
}

fn text(key: &KeyFile, format: Format) -> Result<zeroize::Zeroizing<String>, Failure> {
    Ok(match format {
        Format::Pem => key.to_pem()?,
        Format::Jwk => key.to_jwk()?,
    })
}

/// The key itself on standard output.
fn printed(key: &KeyFile, format: Format) -> Result<Report, Failure> {
    let text = text(key, format)?;
    let value = match format {
        Format::Pem => Value::from(text.as_str()),
        Format::Jwk => serde_json::from_str(&text).unwrap_or_default(),
    };
    let is_private = key.private().is_some();
    let json = json!({ "format": format.as_str(), "private": is_private, "kid": key.public()?.kid, "key": value });
    Ok(Report::new(text.as_str(), json))
}

/// Writes a new file, which its owner alone can read where it is to be kept `secret`; a file that exists is never overwritten.
fn write(path: &Path, text: &str, secret: bool) -> Result<(), Failure> {
    let mode = if secret { 0o600 } else { 0o644 };
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => unwritable(path, &error),
    })?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| unwritable(path, &error))
}

fn exists(path: &Path) -> Failure {
    Failure::refused(format!("{} exists: a key is never overwritten. Choose another name.", path.display()))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}.", path.display()))
}
