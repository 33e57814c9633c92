//! Users: who can be made, links that work once, passwords, and being shut out.

mod create;
mod first;
mod invite;
mod password;
mod status;

use tessera::config;
use tessera::credentials::password::Passwords;
use tessera::protocol::identifier::IdentifierKind;
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::store::events::{By, Origin};
use tessera::users::{Account, Error, NewPassword, Users};

use crate::support::database::{Database, START};

const GOOD: &str = "correct horse battery";

/// The service with hashes as cheap as argon2 allows.
fn users(database: &Database) -> Users {
    seeded(database.db.clone(), 7)
}

fn seeded(db: tessera::store::Db, seed: u64) -> Users {
    let random = Random::seeded(seed);
    let cheap = config::Passwords { memory_kib: 8, iterations: 1, concurrency: 1, ..config::Passwords::default() };
    let passwords = Passwords::new(&cheap, &random).unwrap();
    Users::new(db, passwords, random, config::SignIn::default())
}

/// The service with hashes that take long enough to be overtaken, and its pool of one worker.
fn slow(database: &Database) -> (Users, Passwords) {
    let random = Random::seeded(9);
    let slow = config::Passwords { memory_kib: 32 * 1024, concurrency: 1, ..config::Passwords::default() };
    let passwords = Passwords::new(&slow, &random).unwrap();
    (Users::new(database.db.clone(), passwords.clone(), random, config::SignIn::default()), passwords)
}

fn by() -> By {
    By::operator(START)
}

fn origin() -> Origin {
    Origin { ip: Some("203.0.113.7".to_owned()), ..Origin::default() }
}

fn account(email: &str) -> Account {
    Account {
        identifiers: vec![(IdentifierKind::Email, email.to_owned())],
        password: Some(NewPassword { password: Secret::from(GOOD), temporary: false }),
        ..Account::default()
    }
}

/// The fields that were refused, with the messages' ids.
fn faults<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<(&'static str, &'static str)> {
    match refused {
        Err(Error::Invalid(faults)) => faults.iter().map(|fault| (fault.field, fault.message.id())).collect(),
        other => panic!("not refused: {other:?}"),
    }
}
