//! RFC 7519 §2, §4.1.4 to §4.1.6: when a JWT is alive.

use std::time::Duration;

use serde_json::{Value, json};
use tessera::clock::Timestamp;
use tessera::protocol::jwt_times::{JwtTimes, JwtTimesFault, LEEWAY};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn judged(claims: &Value) -> Result<(), JwtTimesFault> {
    JwtTimes::of(claims.as_object().unwrap()).require(NOW)
}

#[test]
fn what_is_not_said_is_not_held_against_it() {
    assert_eq!(judged(&json!({})), Ok(()));
    assert_eq!(JwtTimes::of(json!({"sub": "x"}).as_object().unwrap()), JwtTimes::default());
}

/// An end has no leeway, a beginning has.
#[test]
fn it_is_alive_from_its_beginning_until_its_end() {
    let (now, leeway) = (NOW.seconds(), i64::try_from(LEEWAY.as_secs()).unwrap());
    assert_eq!(judged(&json!({"exp": now + 1, "nbf": now, "iat": now - 5})), Ok(()));
    assert_eq!(judged(&json!({"exp": now})), Err(JwtTimesFault::Expired));
    for begins in ["nbf", "iat"] {
        assert_eq!(judged(&json!({begins: now + leeway})), Ok(()), "{begins}");
        assert_eq!(judged(&json!({begins: now + leeway + 1})), Err(JwtTimesFault::Ahead), "{begins}");
    }
    assert_eq!(judged(&json!({"nbf": now + 99, "iat": now})), Err(JwtTimesFault::Ahead), "the later of the two");
}

/// RFC 7519 §2: seconds, perhaps with a fraction; however far away.
#[test]
fn a_date_is_any_number() {
    let read = |exp: Value| JwtTimes::of(json!({"exp": exp}).as_object().unwrap()).expires_at.unwrap();
    assert_eq!(read(json!(12.9)), Timestamp::from_seconds(12));
    assert!(read(json!(1e300)) > NOW + Duration::from_hours(1_000_000));
    assert!(read(json!(-1e300)) < NOW);
}
