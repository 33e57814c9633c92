//! What was used once, in files beside SQLite: across restarts, and when a file is not as it was left.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tessera::ephemeral::sqlite::Sqlite;
use tessera::ephemeral::{Error, Home as _, Key, Kind};
use uuid::Uuid;

use crate::support::database::START;

const MINUTE: Duration = Duration::from_mins(1);

fn key(name: &str) -> Key {
    Key::new(Kind::ClientAssertion, Uuid::nil(), name)
}

async fn open(folder: &Path) -> Sqlite {
    Sqlite::beside(&folder.join("tessera.db")).await.unwrap()
}

async fn is_first(home: &Sqlite, name: &str) -> bool {
    home.use_once(&key(name), START, START + MINUTE).await.unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_string_lossy().contains("-used-")).collect()
}

/// RFC 7523 §3, rule 7: the files say what the memory of the process before held, though it did not end by itself.
#[tokio::test]
async fn what_was_used_is_remembered_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let before = open(folder.path()).await;
    for n in 0..1000 {
        assert!(is_first(&before, &n.to_string()).await, "{n}");
    }
    let after = open(folder.path()).await;
    for n in 0..1000 {
        assert!(!is_first(&after, &n.to_string()).await, "{n}");
    }
    assert!(is_first(&after, "new").await);
    assert!(!is_first(&before, "new").await, "of another process");
}

#[tokio::test]
async fn what_ended_is_forgotten_with_its_file() {
    let folder = TempDir::new().unwrap();
    let home = open(folder.path()).await;
    for n in 0..6 {
        let name = n.to_string();
        assert!(home.use_once(&key(&name), START, START + 10 * n * MINUTE).await.unwrap(), "{n}");
    }
    assert_eq!(files(folder.path()).len(), 6);
    assert_eq!(home.purge(START, 100).await.unwrap(), 0);

    let now = START + 35 * MINUTE;
    assert_eq!(home.purge(now, 100).await.unwrap(), 3);
    assert_eq!(files(folder.path()).len(), 3);
    assert_eq!(home.purge(now, 100).await.unwrap(), 0);
    for n in 4..6 {
        let end = START + 10 * n * MINUTE;
        assert!(!home.use_once(&key(&n.to_string()), now, end).await.unwrap(), "{n} has not ended");
    }
    assert!(home.use_once(&key("0"), now, now + MINUTE).await.unwrap(), "it is another, long after");
}

/// Half an entry was never said to be remembered; what stands before and comes after it is.
#[tokio::test]
async fn an_entry_that_was_not_written_whole_takes_nothing_with_it() {
    let folder = TempDir::new().unwrap();
    assert!(is_first(&open(folder.path()).await, "before").await);
    let [file] = &files(folder.path())[..] else { panic!("one file") };
    let mut bytes = fs::read(file).unwrap();
    bytes.extend(b"torn");
    fs::write(file, bytes).unwrap();

    for _ in 0..2 {
        let home = open(folder.path()).await;
        assert!(!is_first(&home, "before").await);
        let _ = is_first(&home, "after").await;
        assert!(!is_first(&home, "after").await);
    }
    assert_eq!(fs::metadata(file).unwrap().len() % 16, 0);
}

/// Where it cannot be remembered it is not used; once it can, it is.
#[tokio::test]
async fn what_cannot_be_remembered_is_not_used() {
    let folder = TempDir::new().unwrap();
    let home = open(folder.path()).await;
    assert!(is_first(&home, "before").await);
    let [file] = &files(folder.path())[..] else { panic!("one file") };
    home.purge(START + 30 * MINUTE, 100).await.unwrap();
    fs::create_dir(file).unwrap();
    for _ in 0..2 {
        let error = home.use_once(&key("name"), START, START + MINUTE).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
    }
    fs::remove_dir(file).unwrap();
    assert!(is_first(&home, "name").await);
    assert!(!is_first(&home, "name").await);
}

/// Somebody emptied it: that is noticed at the next use, which counts for nothing, and the file is read anew.
#[tokio::test]
async fn a_file_that_was_cut_short_is_noticed() {
    let folder = TempDir::new().unwrap();
    let home = open(folder.path()).await;
    assert!(is_first(&home, "one").await && is_first(&home, "two").await);
    let [file] = &files(folder.path())[..] else { panic!("one file") };
    fs::write(file, b"").unwrap();
    let error = home.use_once(&key("three"), START, START + MINUTE).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    assert!(!is_first(&home, "three").await, "it may have been used");
    assert!(is_first(&home, "four").await);
}
