//! storage.md "Ephemeral": what a SQLite file, a PostgreSQL table and Redis all promise.

use std::time::Duration;

use futures_util::future::join_all;
use tessera::clock::Timestamp;
use tessera::ephemeral::{Ephemeral, Error, Key, Kind};
use uuid::Uuid;

use crate::support::database::{Database, START, on_every_set_up};

const MINUTE: Duration = Duration::from_mins(1);
const MOMENT: Duration = Duration::from_millis(1);

fn key(database: &Database, name: &str) -> Key {
    Key::new(Kind::Code, database.realm.id, name)
}

/// A counter's key is of another kind than a record's.
fn counter(database: &Database, name: &str) -> Key {
    Key::new(Kind::Limit, database.realm.id, name)
}

async fn get(ephemeral: &Ephemeral, key: &Key, now: Timestamp) -> Option<String> {
    ephemeral.get(key, now).await.unwrap()
}

/// The key of something that is used once.
fn guard(database: &Database, name: &str) -> Key {
    Key::new(Kind::ClientAssertion, database.realm.id, name)
}

/// Two nodes' handles in turn.
async fn two_nodes(database: &Database) -> [Ephemeral; 2] {
    [database.ephemeral.clone(), database.another_node().await.1]
}

on_every_set_up!(what_was_put_is_read_until_it_is_taken, async |database| {
    let (ephemeral, key) = (&database.ephemeral, key(database, "one"));
    assert_eq!(get(ephemeral, &key, START).await, None);
    ephemeral.put(&key, &"first", START, START + MINUTE).await.unwrap();
    ephemeral.put(&key, &"second: ünïcode", START, START + MINUTE).await.unwrap();
    for _ in 0..2 {
        assert_eq!(get(ephemeral, &key, START).await.as_deref(), Some("second: ünïcode"));
    }
    assert_eq!(ephemeral.take::<String>(&key, START).await.unwrap().as_deref(), Some("second: ünïcode"));
    assert_eq!(ephemeral.take::<String>(&key, START).await.unwrap(), None);
    assert_eq!(get(ephemeral, &key, START).await, None);
});

on_every_set_up!(a_large_value_of_every_byte_comes_back, async |database| {
    let key = key(database, "one");
    let value: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let home = database.ephemeral.home();
    home.put(&key, &value, START, START + MINUTE).await.unwrap();
    assert_eq!(home.get(&key, START).await.unwrap().as_ref(), Some(&value));
    home.put(&key, b"", START, START + MINUTE).await.unwrap();
    assert_eq!(home.take(&key, START).await.unwrap(), Some(Vec::new()));
});

// The caller's clock decides, wherever it stands: the home's own clock is the real one.
on_every_set_up!(a_record_ends_when_the_callers_clock_says_so, async |database| {
    for (name, now) in [("past", Timestamp::from_seconds(86_400)), ("future", Timestamp::from_seconds(7_000_000_000))] {
        let (ephemeral, key) = (&database.ephemeral, key(database, name));
        let end = now + MINUTE;
        ephemeral.put(&key, &"value", now, end).await.unwrap();
        assert!(get(ephemeral, &key, now).await.is_some(), "{name}");
        assert!(get(ephemeral, &key, end - MOMENT).await.is_some(), "{name}");
        assert_eq!(get(ephemeral, &key, end).await, None, "{name}");

        assert_eq!(ephemeral.take::<String>(&key, end).await.unwrap(), None, "{name}");
        ephemeral.put(&key, &"again", now, end).await.unwrap();
        assert_eq!(ephemeral.take::<String>(&key, end - MOMENT).await.unwrap().as_deref(), Some("again"), "{name}");
    }
});

on_every_set_up!(of_fifty_that_take_one_record_at_once_one_has_it, async |database| {
    let (nodes, key) = (two_nodes(database).await, key(database, "code"));
    database.ephemeral.put(&key, &"value", START, START + MINUTE).await.unwrap();
    let takes = (0..50).map(|n| nodes[n % 2].take::<String>(&key, START));
    let winners = join_all(takes).await.into_iter().filter_map(Result::unwrap).count();
    assert_eq!(winners, 1);
});

on_every_set_up!(what_is_used_once_is_refused_until_it_ends_also_on_another_node, async |database| {
    let nodes = two_nodes(database).await;
    for (name, now) in [("past", Timestamp::from_seconds(86_400)), ("future", Timestamp::from_seconds(7_000_000_000))] {
        let (key, end) = (guard(database, name), now + MINUTE);
        assert!(nodes[0].use_once(&key, now, end).await.unwrap(), "{name}");
        for again in [now, end - MOMENT] {
            assert!(!nodes[0].use_once(&key, again, end).await.unwrap(), "{name}");
            assert!(!nodes[1].use_once(&key, again, end).await.unwrap(), "{name}");
        }
        let other = guard(database, &format!("another, {name}"));
        assert!(nodes[1].use_once(&other, now, end).await.unwrap(), "{name}");
    }
});

// A jti is used once, whatever else an assertion says.
on_every_set_up!(what_is_used_once_is_refused_with_another_end_too, async |database| {
    let key = guard(database, "jti");
    assert!(database.ephemeral.use_once(&key, START, START + MINUTE).await.unwrap());
    for end in [START + 30 * MINUTE, START + MOMENT, START + 60 * MINUTE] {
        assert!(!database.ephemeral.use_once(&key, START, end).await.unwrap(), "{end:?}");
    }
});

on_every_set_up!(of_fifty_that_use_one_name_at_once_one_succeeds, async |database| {
    let (nodes, key) = (two_nodes(database).await, guard(database, "jti"));
    let uses = (0..50).map(|n| nodes[n % 2].use_once(&key, START, START + MINUTE));
    let winners = join_all(uses).await.into_iter().filter(|first| *first.as_ref().unwrap()).count();
    assert_eq!(winners, 1);
});

on_every_set_up!(fifty_that_count_at_once_are_all_counted, async |database| {
    let (nodes, key) = (two_nodes(database).await, counter(database, "limit"));
    let adds = (0..50).map(|n| nodes[n % 2].home().add(&key, 1, START, START + MINUTE));
    let mut sums: Vec<i64> = join_all(adds).await.into_iter().map(Result::unwrap).collect();
    sums.sort_unstable();
    assert_eq!(sums, (1..=50).collect::<Vec<_>>());
    assert_eq!(database.ephemeral.home().add(&key, -7, START, START + MINUTE).await.unwrap(), 43);
});

// What comes at once may go to the store together: each caller still has the outcome of its own.
on_every_set_up!(whoever_comes_at_once_has_an_answer_of_their_own, async |database| {
    let home = database.ephemeral.home();
    let names: Vec<Key> = (0..40).map(|n| key(database, &n.to_string())).collect();
    for (n, key) in names.iter().enumerate().filter(|(n, _)| n % 2 == 0) {
        // Every fourth is over already.
        let end = if n % 4 == 0 { START } else { START + MINUTE };
        home.put(key, n.to_string().as_bytes(), START - MINUTE, end).await.unwrap();
    }
    let counted = counter(database, "limit");
    let each = names.iter().enumerate().map(async |(n, key)| {
        let value = n.to_string();
        let counting = home.add(&counted, 10, START, START + MINUTE);
        let (count, outcome) = futures_util::future::join(counting, async {
            if n % 2 == 0 {
                home.take(key, START).await.unwrap() == Some(value.into_bytes())
            } else {
                home.put(key, value.as_bytes(), START, START + MINUTE).await.is_ok()
            }
        })
        .await;
        assert_eq!(outcome, n % 4 != 0, "{n}");
        count.unwrap()
    });
    let mut counts = join_all(each).await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=40).map(|n| n * 10).collect::<Vec<_>>());
    for (n, key) in names.iter().enumerate().filter(|(n, _)| n % 2 == 1) {
        assert_eq!(home.get(key, START).await.unwrap(), Some(n.to_string().into_bytes()));
    }
});

on_every_set_up!(a_record_is_of_its_kind_realm_and_name, async |database| {
    let ephemeral = &database.ephemeral;
    let sound = key(database, "name");
    ephemeral.put(&sound, &"value", START, START + MINUTE).await.unwrap();
    for other in [
        Key::new(Kind::Interaction, database.realm.id, "name"),
        Key::new(Kind::ClientAssertion, database.realm.id, "name"),
        Key::new(Kind::Code, database.second.id, "name"),
        Key::new(Kind::Code, database.realm.id, "Name"),
        Key::new(Kind::Code, Uuid::nil(), "name"),
    ] {
        assert_eq!(get(ephemeral, &other, START).await, None, "{other:?}");
        assert_eq!(ephemeral.take::<String>(&other, START).await.unwrap(), None, "{other:?}");
        assert!(ephemeral.use_once(&other, START, START + MINUTE).await.unwrap(), "{other:?}");
    }
    assert_eq!(get(ephemeral, &sound, START).await.as_deref(), Some("value"));
});

#[test]
fn a_key_does_not_tell_the_name() {
    let key = Key::new(Kind::Code, Uuid::nil(), "the-code-itself");
    assert!(!key.text().contains("the-code"), "whoever reads the store could use the code");
    assert_eq!(key, Key::new(Kind::Code, Uuid::nil(), "the-code-itself"));
}

on_every_set_up!(a_record_of_another_form_is_a_fault_that_shows_nothing_of_it, async |database| {
    let key = key(database, "one");
    database.ephemeral.put(&key, &"a secret text", START, START + MINUTE).await.unwrap();
    let error = database.ephemeral.get::<u64>(&key, START).await.unwrap_err();
    assert!(matches!(&error, Error::Fault(message) if !message.contains("secret")), "{error}");
});

// Redis collects by itself, five minutes after the end.
on_every_set_up!(collecting_takes_what_is_over_and_nothing_else, async |database| {
    let home = database.ephemeral.home();
    for n in 0..10 {
        let key = key(database, &n.to_string());
        home.put(&key, b"value", START, START + n * MINUTE).await.unwrap();
        home.add(&counter(database, &n.to_string()), 1, START, START + n * MINUTE).await.unwrap();
    }
    let now = START + 4 * MINUTE;
    let first = home.purge(now, 2).await.unwrap();
    assert!(first <= 4, "two of each");
    while home.purge(now, 2).await.unwrap() > 0 {}
    for n in 0..10 {
        assert_eq!(home.get(&key(database, &n.to_string()), now).await.unwrap().is_some(), n > 4, "{n}");
    }
    assert_eq!(home.add(&counter(database, "9"), 1, now, START + 9 * MINUTE).await.unwrap(), 2);
});
