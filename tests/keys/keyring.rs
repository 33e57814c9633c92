//! storage.md "At rest": the keyring, its text and its file.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;

use tessera::keys::keyring::file::{self, FileError};
use tessera::keys::keyring::{Keyring, KeyringError, Purpose};
use tessera::random::Random;

fn two_keys(random: &Random) -> Keyring {
    let mut keyring = Keyring::generate(random);
    keyring.add(random);
    keyring
}

#[test]
fn the_text_of_a_keyring_reads_back_also_on_one_line() {
    let keyring = two_keys(&Random::seeded(1));
    let text = keyring.to_text();
    for text in [text.expose().to_owned(), text.expose().replace('\n', " "), format!("\r\n{}", text.expose())] {
        let read: Keyring = text.parse().unwrap();
        assert_eq!(read.to_text(), keyring.to_text());
        assert_eq!(read.active(), keyring.active());
        assert!(read.ids().eq(keyring.ids()));
    }
}

#[test]
fn a_wrong_text_is_refused_with_what_is_wrong_and_without_the_key() {
    let random = Random::seeded(2);
    let (one, two) = (Keyring::generate(&random), Keyring::generate(&random));
    let text = one.to_text().expose().to_owned();
    let line = text.lines().nth(1).unwrap();
    let other = two.to_text().expose().lines().nth(1).unwrap().to_owned();
    for (text, expected) in [
        (String::new(), KeyringError::Format),
        (text.replace("keyring-1", "keyring-2"), KeyringError::Format),
        ("tessera-keyring-1".to_owned(), KeyringError::Active),
        (text.replace('*', ""), KeyringError::Active),
        (format!("{text}{other}"), KeyringError::Active),
        (format!("{text}{}", &line[1..]), KeyringError::Twice(one.active())),
        (format!("{text}{}", &other[1..other.len() - 4]), KeyringError::Key(2)),
        (text.replace(':', ";"), KeyringError::Key(1)),
        (text.replace('*', "*zz"), KeyringError::Key(1)),
    ] {
        let error = text.parse::<Keyring>().unwrap_err();
        assert_eq!(error, expected);
        assert!(!error.to_string().contains(line.split_once(':').unwrap().1));
    }
}

#[test]
fn a_keyring_is_printed_without_its_keys() {
    let keyring = two_keys(&Random::seeded(3));
    let shown = format!("{keyring:?}");
    for line in keyring.to_text().expose().lines().skip(1) {
        assert!(!shown.contains(line.split_once(':').unwrap().1));
    }
    assert!(shown.contains(&keyring.active().to_string()));
}

/// storage.md: add on all nodes → activate → reseal → remove.
#[test]
fn a_key_is_added_activated_and_the_old_one_removed() {
    let random = Random::seeded(4);
    let mut keyring = Keyring::generate(&random);
    let old = keyring.active();
    let new = keyring.add(&random);
    assert_eq!(keyring.active(), old, "a new key is not active until every node has it");
    assert_eq!(keyring.remove(old), Err(KeyringError::InUse(old)));
    keyring.activate(new).unwrap();
    assert_eq!(keyring.active(), new);
    keyring.remove(old).unwrap();
    assert!(keyring.ids().eq([new]));
    assert_eq!(keyring.activate(old), Err(KeyringError::Missing(old)));
    assert_eq!(keyring.remove(old), Err(KeyringError::Missing(old)));
    let error = keyring.mac_of(old, Purpose::Csrf).unwrap_err().to_string();
    assert!(error.contains(&old.to_string()), "{error}");
}

#[test]
fn purposes_and_master_keys_have_keys_of_their_own() {
    let mut keyring = two_keys(&Random::seeded(5));
    let purposes = Purpose::ALL;
    let mut tags: Vec<_> = purposes.map(|purpose| keyring.mac(purpose).tag(&[b"m"])).into();
    let other = keyring.ids().find(|id| *id != keyring.active()).unwrap();
    keyring.activate(other).unwrap();
    tags.extend(purposes.map(|purpose| keyring.mac(purpose).tag(&[b"m"])));
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 2 * purposes.len());
}

#[test]
fn a_tag_is_for_its_parts_and_no_others() {
    let mac = Keyring::generate(&Random::seeded(6)).mac(Purpose::Csrf);
    let tag = mac.tag(&[b"ab", b"c"]);
    assert!(mac.verify(&[b"ab", b"c"], &tag));
    for parts in [&[b"a".as_slice(), b"bc"][..], &[b"abc"], &[b"ab", b"c", b""], &[b"ab", b"d"], &[]] {
        assert!(!mac.verify(parts, &tag), "{parts:?}");
    }
    assert!(!mac.verify(&[b"ab", b"c"], &tag[..31]), "a shortened tag");
    assert!(!mac.verify(&[b"ab", b"c"], &[]), "no tag");
}

#[test]
fn the_file_is_made_once_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    let random = Random::system();
    let made = file::create(&path, &random).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file::load(&path).unwrap().to_text(), made.to_text());
    let again = file::create(&path, &random).unwrap_err();
    assert!(matches!(again, FileError::Io { cause, .. } if cause.kind() == ErrorKind::AlreadyExists));
    assert_eq!(file::load(&path).unwrap().to_text(), made.to_text(), "the first keyring is still there");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
}

#[test]
fn a_file_that_others_may_read_is_refused_with_the_command_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    file::create(&path, &Random::system()).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o666, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = file::load(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(file::load(&path).is_ok());
}

#[test]
fn a_missing_or_wrong_file_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    assert!(file::load(&path).unwrap_err().to_string().contains(path.to_str().unwrap()));
    file::create(&path, &Random::system()).unwrap();
    fs::write(&path, "nonsense").unwrap();
    assert!(matches!(file::load(&path), Err(FileError::Text { cause: KeyringError::Format, .. })));
}
