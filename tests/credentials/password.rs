//! security.md "passwords" and performance.md "argon2 runs on a bounded pool".

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tessera::config;
use tessera::credentials::password::policy::Fault;
use tessera::credentials::password::pool::{Pool, Refused};
use tessera::credentials::password::{PasswordError, Passwords, Verdict};
use tessera::random::Random;
use tessera::secret::Secret;

use crate::support::eventually;

const SOON: Duration = Duration::from_secs(20);

/// Cheap parameters, as these tests are not about the cost.
fn cheap() -> config::Passwords {
    config::Passwords { memory_kib: 64, iterations: 1, concurrency: 2, queue: 128, ..config::Passwords::default() }
}

fn passwords(config: &config::Passwords) -> Passwords {
    Passwords::new(config, &Random::seeded(1)).unwrap()
}

async fn hash(passwords: &Passwords, password: &str) -> String {
    passwords.hash(&password.into(), &Random::system()).await.unwrap().expose().to_owned()
}

const MATCHED: Result<Verdict, PasswordError> = Ok(Verdict::Matched { needs_rehash: false });
const WRONG: Result<Verdict, PasswordError> = Ok(Verdict::Wrong);

/// storage.md: argon2id PHC strings; performance.md: 19 MiB, t=2, p=1 by default.
#[tokio::test]
async fn a_hash_is_an_argon2id_phc_string_with_the_configured_cost() {
    let passwords = passwords(&config::Passwords::default());
    let stored = hash(&passwords, "correct horse").await;
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_eq!(passwords.verify(&"correct horse".into(), Some(&stored)).await, MATCHED);
    assert_eq!(passwords.verify(&"correct hors".into(), Some(&stored)).await, WRONG);
}

/// A hash made elsewhere: argon2's own test vector (argon2 reference implementation, test.c, version 0x13).
#[tokio::test]
async fn a_hash_of_the_reference_implementation_matches_and_is_to_be_renewed() {
    let passwords = passwords(&cheap());
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let verdict = passwords.verify(&"password".into(), Some(stored)).await;
    assert_eq!(verdict, Ok(Verdict::Matched { needs_rehash: true }));
    assert_eq!(passwords.verify(&"Password".into(), Some(stored)).await, WRONG);
}

#[tokio::test]
async fn one_password_is_never_hashed_alike_twice() {
    let passwords = passwords(&cheap());
    assert_ne!(hash(&passwords, "correct horse").await, hash(&passwords, "correct horse").await);
}

#[tokio::test]
async fn a_hash_of_other_parameters_matches_and_is_to_be_renewed() {
    let old = hash(&passwords(&cheap()), "correct horse").await;
    for changed in [
        config::Passwords { memory_kib: 128, ..cheap() },
        config::Passwords { iterations: 2, ..cheap() },
        config::Passwords { parallelism: 2, ..cheap() },
    ] {
        let verdict = passwords(&changed).verify(&"correct horse".into(), Some(&old)).await;
        assert_eq!(verdict, Ok(Verdict::Matched { needs_rehash: true }));
    }
}

/// security.md: known and unknown accounts take the same time: the dummy runs, and nothing matches it.
#[tokio::test]
async fn an_unknown_account_costs_a_hash_and_is_wrong() {
    let passwords = passwords(&cheap());
    let stored = hash(&passwords, "correct horse").await;
    let started = passwords.pool().started();
    assert_eq!(passwords.verify(&"correct horse".into(), None).await, WRONG);
    assert_eq!((passwords.dummies(), passwords.pool().started() - started), (1, 1));
    assert_eq!(passwords.verify(&"wrong".into(), Some(&stored)).await, WRONG);
    assert_eq!((passwords.dummies(), passwords.pool().started() - started), (1, 2));
}

/// security.md: 1 MB refused before hashing.
#[tokio::test]
async fn a_megabyte_is_refused_without_hashing() {
    let passwords = passwords(&cheap());
    let huge = Secret::from("x".repeat(1_000_000));
    let refused = PasswordError::TooLong { max_bytes: 1024 };
    assert_eq!(passwords.hash(&huge, &Random::system()).await.unwrap_err(), refused);
    assert_eq!(passwords.verify(&huge, None).await, Err(refused));
    assert_eq!(passwords.verify(&Secret::from("x".repeat(1025)), None).await, Err(refused));
    assert_eq!(passwords.pool().started(), 0);
}

/// security.md: 64+ characters allowed, never truncated (bcrypt cuts at 72 bytes).
#[tokio::test]
async fn a_long_password_counts_to_its_last_character() {
    let passwords = passwords(&cheap());
    for length in [64, 73, 128, 1024] {
        let password = "x".repeat(length);
        let stored = hash(&passwords, &password).await;
        assert_eq!(passwords.verify(&password.as_str().into(), Some(&stored)).await, MATCHED);
        let other = format!("{}y", &password[1..]);
        assert_eq!(passwords.verify(&other.into(), Some(&stored)).await, WRONG, "{length}");
    }
}

/// A NUL ends nothing.
#[tokio::test]
async fn what_follows_a_nul_counts() {
    let passwords = passwords(&cheap());
    let stored = hash(&passwords, "secret\0one").await;
    assert_eq!(passwords.verify(&"secret\0two".into(), Some(&stored)).await, WRONG);
}

/// security.md: NFC-normalised (RFC 8265 §4.2.2); the decomposed spelling may be longer than the limit.
#[tokio::test]
async fn every_spelling_of_one_text_is_one_password() {
    let passwords = passwords(&cheap());
    for (composed, decomposed) in
        [("Zürich-Åre", "Zu\u{308}rich-A\u{30a}re"), ("각각각각", "\u{1100}\u{1161}\u{11a8}".repeat(4).as_str())]
    {
        let stored = hash(&passwords, composed).await;
        assert_eq!(passwords.verify(&decomposed.into(), Some(&stored)).await, MATCHED, "{composed}");
    }
    let (composed, decomposed) = ("é".repeat(512), "e\u{301}".repeat(512));
    let stored = hash(&passwords, &composed).await;
    assert_eq!(passwords.verify(&decomposed.into(), Some(&stored)).await, MATCHED);
    assert_eq!(passwords.verify(&"Zurich-Are".into(), Some(&hash(&passwords, "Zürich-Åre").await)).await, WRONG);
}

#[tokio::test]
async fn a_stored_text_that_is_no_hash_or_asks_too_much_is_an_error_and_not_computed() {
    let passwords = passwords(&cheap());
    let tail = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    for stored in [
        String::new(),
        "password".to_owned(),
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ".to_owned(),
        format!("$scrypt$v=19$m=64,t=1,p=1${tail}"),
        format!("$argon2id$v=18$m=64,t=1,p=1${tail}"),
        format!("$argon2id$v=19$m=4194304,t=1,p=1${tail}"),
        format!("$argon2id$v=19$m=64,t=1000000,p=1${tail}"),
    ] {
        assert_eq!(passwords.verify(&"x".into(), Some(&stored)).await, Err(PasswordError::Stored), "{stored}");
    }
    assert_eq!(passwords.pool().started(), 0);
}

#[test]
fn parameters_that_argon2_refuses_are_an_error_at_the_start() {
    let config = config::Passwords { memory_kib: 8, parallelism: 4, ..cheap() };
    assert!(Passwords::new(&config, &Random::seeded(1)).is_err());
}

/// Length is counted in characters of the normalised text, the greatest length in bytes.
#[test]
fn the_policy_names_the_rule_that_is_broken() {
    let passwords = passwords(&cheap());
    let policy = passwords.policy();
    let short = Fault::TooShort { min_chars: 8 };
    for password in ["", "1234567", "üüüüüüü", "u\u{308}".repeat(7).as_str()] {
        assert_eq!(policy.check(&password.into()), Err(short), "{password}");
    }
    for password in ["12345678", "üüüüüüüü", "        ", "x".repeat(1024).as_str()] {
        assert_eq!(policy.check(&password.into()), Ok(()), "{password}");
    }
    let long = Fault::TooLong { max_bytes: 1024 };
    assert_eq!(policy.check(&Secret::from("x".repeat(1025))), Err(long));
    assert_eq!((short.message_id(), short.limit()), ("password-too-short", 8));
    assert_eq!((long.message_id(), long.limit()), ("password-too-long", 1024));
}

/// performance.md: memory ≤ base + permits × 19 MiB.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_never_run_more_than_the_cap() {
    let passwords = passwords(&cheap());
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.verify(&"x".into(), None).await })
        })
        .collect();
    for tried in tries {
        assert_eq!(tried.await.unwrap(), WRONG);
    }
    assert_eq!((passwords.dummies(), passwords.pool().started(), passwords.pool().running()), (50, 50, 0));
    assert!(passwords.pool().peak() <= 2, "{}", passwords.pool().peak());
}

type Callers = Vec<tokio::task::JoinHandle<Result<(), Refused>>>;

/// A pool whose workers are all held, until the senders are dropped.
async fn held(workers: usize, waiting: usize) -> (Arc<Pool>, Callers, Vec<mpsc::Sender<()>>) {
    let pool = Arc::new(Pool::start(workers, waiting, 0).unwrap());
    let (mut callers, mut release) = (Vec::new(), Vec::new());
    for count in 1..=workers {
        let (hold, until) = mpsc::channel::<()>();
        let caller = Arc::clone(&pool);
        callers.push(tokio::spawn(async move { caller.run(move |_| until.recv().unwrap_or_default()).await }));
        release.push(hold);
        eventually(SOON, async || (pool.running() == count).then_some(())).await;
    }
    (pool, callers, release)
}

/// performance.md: a disconnect must not bypass the cap.
#[tokio::test]
async fn a_caller_who_goes_away_frees_no_worker() {
    let (pool, callers, release) = held(2, 8).await;
    for caller in callers {
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
    }
    let other = Arc::clone(&pool);
    let next = tokio::spawn(async move { other.run(|_| 7).await });
    tokio::task::yield_now().await;
    assert_eq!((pool.running(), pool.started()), (2, 2), "the work of those who left still counts");
    drop(release);
    assert_eq!(next.await.unwrap(), Ok(7));
    assert_eq!(pool.peak(), 2);
}

#[tokio::test]
async fn a_waiting_job_whose_caller_went_away_is_not_run() {
    let (pool, _callers, release) = held(1, 8).await;
    let other = Arc::clone(&pool);
    let waiting = tokio::spawn(async move { other.run(|_| ()).await });
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    drop(release);
    assert_eq!(pool.run(|_| 7).await, Ok(7));
    assert_eq!(pool.started(), 2);
}

/// performance.md: a full queue answers 503 with Retry-After, at once.
#[tokio::test]
async fn a_full_queue_is_busy_at_once() {
    let (pool, _callers, release) = held(1, 1).await;
    let other = Arc::clone(&pool);
    let waiting = tokio::spawn(async move { other.run(|_| 1).await });
    tokio::task::yield_now().await;
    assert_eq!(pool.run(|_| 2).await, Err(Refused::Full));
    drop(release);
    assert_eq!(waiting.await.unwrap(), Ok(1));
    assert_eq!(pool.run(|_| 3).await, Ok(3));
    let busy = PasswordError::from(Refused::Full);
    assert_eq!(busy, PasswordError::Busy { retry_after: Duration::from_secs(1) });
}

#[tokio::test]
async fn a_panic_costs_its_caller_the_answer_and_the_pool_nothing() {
    let pool = Pool::start(1, 8, 0).unwrap();
    assert_eq!(pool.run(|_| panic!("on purpose")).await, Err::<(), _>(Refused::Lost));
    assert_eq!(pool.run(|_| 7).await, Ok(7));
    assert_eq!(pool.running(), 0);
}

/// The niceness of the thread that asks: the nineteenth field of its stat, of which the second, in parentheses, may hold anything.
#[cfg(target_os = "linux")]
fn niceness() -> i32 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').nth(16).unwrap().parse().unwrap()
}

/// performance.md, "login flood": hashing leaves the processor to the tokens.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn hashing_yields_to_everything_else() {
    let pool = Pool::start(1, 1, 0).unwrap();
    assert_eq!(pool.run(|_| niceness()).await, Ok((niceness() + 10).min(19)));
}
