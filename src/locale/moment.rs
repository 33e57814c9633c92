//! Times in plain words. All are in UTC: the server does not know where its reader is.

use std::time::Duration;

use time::{Date, OffsetDateTime};

use super::{Message, Translator};
use crate::clock::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8", "month-9", "month-10",
    "month-11", "month-12",
];

impl Translator {
    /// The day, as in “21 November 2026”.
    pub fn date(&self, at: Timestamp) -> String {
        self.day(instant(at).date())
    }

    /// The day and the minute, as in “21 November 2026 at 10:21 UTC”.
    pub fn moment(&self, at: Timestamp) -> String {
        let at = instant(at);
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        self.unmarked("moment", &[("date", &self.day(at.date())), ("time", &time)])
    }

    /// How long ago that was, as in “5 minutes ago”; after a week, the day.
    pub fn ago(&self, at: Timestamp, now: Timestamp) -> String {
        let seconds = now.since(at).as_secs();
        match seconds {
            0..MINUTE => self.text("ago-moment"),
            MINUTE..HOUR => self.count("ago-minutes", seconds / MINUTE),
            HOUR..DAY => self.count("ago-hours", seconds / HOUR),
            _ if seconds < 7 * DAY => self.count("ago-days", seconds / DAY),
            _ => self.date(at),
        }
    }

    /// A length of time in its largest whole unit, as in “15 minutes”.
    pub fn duration(&self, length: Duration) -> String {
        let seconds = length.as_secs();
        match seconds {
            0..MINUTE => self.count("duration-seconds", seconds),
            MINUTE..HOUR => self.count("duration-minutes", seconds / MINUTE),
            HOUR..DAY => self.count("duration-hours", seconds / HOUR),
            _ => self.count("duration-days", seconds / DAY),
        }
    }

    fn day(&self, date: Date) -> String {
        let month = self.text(MONTHS[usize::from(u8::from(date.month())) - 1]);
        let (day, year) = (date.day().to_string(), date.year().to_string());
        self.unmarked("date", &[("day", &day), ("month", &month), ("year", &year)])
    }

    fn count(&self, id: &'static str, count: u64) -> String {
        strip(&self.message(&Message::new(id).with_number("count", count)))
    }

    /// Parts of a date are in the reader's own language: marks around them would only get in the way.
    fn unmarked(&self, id: &str, args: &[(&str, &str)]) -> String {
        strip(&self.text_with(id, args))
    }
}

fn strip(text: &str) -> String {
    text.replace([super::ISOLATE, super::END_ISOLATE], "")
}

/// Years beyond 9999 are shown as the epoch: no record of ours lives so long.
fn instant(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The instant as `2026-11-21T10:21:00Z`, the value of HTML's `datetime`.
pub(super) fn machine(at: Timestamp) -> String {
    let at = instant(at);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
