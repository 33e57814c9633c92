//! What the tests share. Owns waiting, the processes that tests start - our own binary too -, a server in process and a browser
//! for it.

pub(crate) mod app;
pub(crate) mod assertion;
pub(crate) mod away;
pub(crate) mod browser;
pub(crate) mod database;
pub(crate) mod encrypted_to;
pub(crate) mod endpoints;
pub(crate) mod events;
pub(crate) mod nodes;
pub(crate) mod overtaken;
pub(crate) mod process;
pub(crate) mod realm_keys;
pub(crate) mod receiver;
pub(crate) mod redirect_uris;
pub(crate) mod redis;
pub(crate) mod server;
pub(crate) mod world;

use std::time::Duration;

/// Tries again until `attempt` gives a value, every 10 milliseconds: the only place in the tests that waits.
///
/// # Panics
/// If it gives none before the deadline.
#[track_caller]
pub(crate) fn eventually<T>(
    deadline: Duration,
    mut attempt: impl AsyncFnMut() -> Option<T>,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let trying = async {
            loop {
                if let Some(value) = attempt().await {
                    return value;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(deadline, trying).await.unwrap_or_else(|_| panic!("not within {deadline:?}, at {caller}"))
    }
}

#[tokio::test]
async fn eventually_waits_for_the_value() {
    let mut tries = 0;
    let value = eventually(Duration::from_secs(5), async || {
        tries += 1;
        (tries == 3).then_some(tries)
    });
    assert_eq!(value.await, 3);
}

#[tokio::test]
#[should_panic(expected = "not within 20ms")]
async fn eventually_gives_up_at_its_deadline() {
    eventually(Duration::from_millis(20), async || None::<()>).await;
}

/// Compares a file of the repository with what the program makes of it; with `UPDATE=1` in the environment, writes it.
///
/// # Panics
/// If they differ.
#[track_caller]
pub(crate) fn generated(path: &str, made: &str) {
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(path, made).unwrap_or_else(|error| panic!("{path} cannot be written: {error}"));
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == made,
        "{path} is not what the program makes: run the tests once with UPDATE=1 and look at the change"
    );
}
