//! The keyring's file: made once, whole or not at all, and read only while nobody else can read it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::keys::keyring::{Keyring, KeyringError};
use crate::random::Random;

/// The most bytes that a keyring's file may have.
const LIMIT: u64 = 64 * 1024;

/// Why a keyring's file could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("the keyring {}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// Others than the owner may read or write it.
    #[error("the keyring {0} is open to others (mode {mode:03o}): run `chmod 600 {0}`", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Its text is not a keyring.
    #[error("the keyring {}: {cause}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: KeyringError,
    },
}

/// Reads a keyring.
///
/// # Errors
/// If it cannot be read, others than its owner may, or it is not a keyring.
pub fn load(path: &Path) -> Result<Keyring, FileError> {
    let mut file = File::open(path).map_err(io_error(path))?;
    // Of the open file, not of the path: nobody can exchange it in between.
    let mode = file.metadata().map_err(io_error(path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FileError::Permissions { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    Read::by_ref(&mut file).take(LIMIT).read_to_string(&mut text).map_err(io_error(path))?;
    text.parse().map_err(|cause| FileError::Text { path: path.to_owned(), cause })
}

/// Makes a keyring with one new key in a file of mode 0600, and has it on the disk before it returns. A crash leaves
/// the whole file or none; a file that exists is never overwritten.
///
/// # Errors
/// If it exists already ([`io::ErrorKind::AlreadyExists`]: another process was faster, so load it) or cannot be written.
pub fn create(path: &Path, random: &Random) -> Result<Keyring, FileError> {
    let keyring = Keyring::generate(random);
    let draft = path.with_added_extension(random.text::<8>());
    let made = write_new(&draft, keyring.to_text().expose()).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    made.and(removed).and_then(|()| sync_folder(path)).map_err(io_error(path))?;
    Ok(keyring)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A name lasts only once its folder is on the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> FileError {
    move |cause| FileError::Io { path: path.to_owned(), cause }
}
