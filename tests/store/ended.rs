//! What was ended of late: whoever remembers an answer asks whether that still holds.

use std::time::{Duration, Instant};

use tessera::store::ended::{CAPACITY, Ids, KNOWN_FOR};
use uuid::Uuid;

const MOMENT: Duration = Duration::from_millis(1);

/// An answer may be remembered for as long as it is known what has ended, so nothing may go earlier.
#[test]
#[expect(clippy::disallowed_methods, reason = "an instant is only had from the system")]
fn an_id_is_known_for_its_time_whenever_it_came() {
    let begin = Instant::now();
    for came in [Duration::ZERO, MOMENT, KNOWN_FOR / 2, KNOWN_FOR.saturating_sub(MOMENT)] {
        let (mut ids, came) = (Ids::default(), begin + came);
        let [first, id, other] = [1, 2, 3].map(Uuid::from_u128);
        ids.add(first, begin);
        ids.add(id, came);
        for later in [KNOWN_FOR / 2, KNOWN_FOR.saturating_sub(MOMENT)] {
            assert!(!ids.add(other, came + later), "there is room");
            assert!(ids.hold(&id), "{later:?}");
        }
        ids.add(other, came + KNOWN_FOR * 2);
        ids.add(other, came + KNOWN_FOR * 3);
        assert!(!ids.hold(&first) && !ids.hold(&id) && ids.hold(&other), "not for ever");
    }
}

/// Where more ends than there is room for, it is told that some is forgotten: then nothing that was remembered is believed.
#[test]
#[expect(clippy::disallowed_methods, reason = "an instant is only had from the system")]
fn what_is_forgotten_for_want_of_room_is_told() {
    let (mut ids, now) = (Ids::default(), Instant::now());
    let numbered = |number: usize| Uuid::from_u128(number as u128);
    assert!((0..CAPACITY).all(|number| !ids.add(numbered(number), now)), "all of it has room");
    assert!(ids.hold(&numbered(0)) && ids.hold(&numbered(CAPACITY - 1)));
    assert!(ids.add(numbered(CAPACITY), now));
    assert!(!ids.hold(&numbered(0)) && ids.hold(&numbered(CAPACITY - 1)) && ids.hold(&numbered(CAPACITY)));
}
