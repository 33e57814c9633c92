//! What was used once, beside SQLite: remembered in memory, and in files from which it is read again after a restart.
//!
//! A row in the file of the other records, and the way to its thread and back, would cost more than half of the signature that is
//! checked before. What ends within the same ten minutes has a file of its own, which is written at its end alone and goes as a whole.
//! Several processes may write to one file: of two that use the same at once, the one that stands first in it was first.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{Error, Read as _, Result, Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::secret;

use super::{COLLECT_AFTER, Key};

/// What ends within so long is remembered together.
const SPAN: Duration = Duration::from_mins(10);

/// The most that is remembered at once: some 150 MB.
const MOST: usize = 1 << 22;

/// The first 128 bits of the SHA-256 of a key.
type Digest = [u8; SIZE];
const SIZE: usize = 16;

/// All that was used once and has not ended.
#[derive(Debug)]
pub(super) struct Used {
    /// A file's path but for the number of its span.
    prefix: PathBuf,
    spans: BTreeMap<i64, Span>,
}

impl Used {
    /// Reads what was remembered in files whose paths begin with `prefix`.
    ///
    /// # Errors
    /// The operating system's, where they cannot be read.
    pub(super) fn open(prefix: PathBuf) -> Result<Self> {
        let mut used = Self { prefix, spans: BTreeMap::new() };
        for file in files(&used.prefix)? {
            if let Some(number) = used.number(&file) {
                used.spans.insert(number, Span::open(&file)?);
            }
        }
        Ok(used)
    }

    /// Remembers that `key` was used, until `expires_at` at least; says whether it was not remembered before.
    ///
    /// The same `expires_at` finds what another process remembers; with another one, what this process knows of.
    ///
    /// # Errors
    /// Where it cannot be remembered: it must not be used then.
    pub(super) fn use_once(&mut self, key: &Key, expires_at: Timestamp) -> Result<bool> {
        let digest = digest(key);
        if self.spans.values().any(|span| span.digests.contains(&digest)) {
            return Ok(false);
        }
        if self.spans.values().map(|span| span.digests.len()).sum::<usize>() >= MOST {
            return Err(Error::other("more is in use than is remembered"));
        }
        let number = span_of(expires_at);
        let mut span = match self.spans.remove(&number) {
            Some(span) => span,
            None => Span::open(&self.path(number))?,
        };
        // After a failure it is read anew.
        let first = span.add(digest)?;
        self.spans.insert(number, span);
        Ok(first)
    }

    /// Forgets what has ended; says how much that was.
    ///
    /// # Errors
    /// The operating system's, where a file cannot be removed.
    pub(super) fn purge(&mut self, now: Timestamp) -> Result<u64> {
        let alive = self.spans.split_off(&span_of(now - COLLECT_AFTER));
        let ended = std::mem::replace(&mut self.spans, alive);
        let mut purged = 0;
        for (number, span) in ended {
            remove(&self.path(number))?;
            purged += span.digests.len() as u64;
        }
        Ok(purged)
    }

    fn path(&self, number: i64) -> PathBuf {
        let mut path = self.prefix.clone().into_os_string();
        path.push(number.to_string());
        path.into()
    }

    fn number(&self, file: &Path) -> Option<i64> {
        file.to_str()?.strip_prefix(self.prefix.to_str()?)?.parse().ok()
    }
}

/// What ends within the same [`SPAN`].
#[derive(Debug)]
struct Span {
    file: File,
    /// How much of the file is known, in bytes.
    known: u64,
    digests: HashSet<Digest>,
}

impl Span {
    fn open(path: &Path) -> Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (digests, torn) = bytes.as_chunks();
        let known = (bytes.len() - torn.len()) as u64;
        if !torn.is_empty() {
            // Of a machine that stopped, or a disk that was full: whoever wrote it did not say that it is remembered.
            file.set_len(known)?;
        }
        Ok(Self { digests: digests.iter().copied().collect(), known, file })
    }

    fn add(&mut self, digest: Digest) -> Result<bool> {
        self.file.write_all(&digest)?;
        // The operating system puts it at the end, wherever that is by now.
        let end = self.file.stream_position()?;
        let others = end.checked_sub(self.known + SIZE as u64).ok_or_else(|| Error::other("the file was cut short"))?;
        let mut others = vec![0; usize::try_from(others).map_err(Error::other)?];
        self.file.read_exact_at(&mut others, self.known)?;
        self.digests.extend(others.as_chunks().0);
        self.known = end;
        Ok(self.digests.insert(digest))
    }
}

fn digest(key: &Key) -> Digest {
    let whole = secret::sha256(&[key.kind.as_str().as_bytes(), key.realm.as_bytes(), &key.name].concat());
    std::array::from_fn(|n| whole[n])
}

fn span_of(expires_at: Timestamp) -> i64 {
    expires_at.millis().div_euclid(i64::try_from(SPAN.as_millis()).unwrap_or(i64::MAX))
}

/// The files whose paths begin with `prefix`.
///
/// # Errors
/// The operating system's, where the folder cannot be read.
pub(super) fn files(prefix: &Path) -> Result<Vec<PathBuf>> {
    let name = prefix.file_name().unwrap_or_default().as_encoded_bytes();
    let folder = prefix.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.file_name();
        if file.as_encoded_bytes().starts_with(name) {
            files.push(prefix.with_file_name(file));
        }
    }
    Ok(files)
}

/// Removes the file, if another process was not faster.
///
/// # Errors
/// The operating system's.
pub(super) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
