//! The types of single values: each is written as a text and parsed once, into something that cannot hold nonsense.
//!
//! No error of theirs repeats what was written: it might be a secret in the wrong place.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

use crate::protocol::algorithm::SigningAlgorithm;
use crate::protocol::client_registration::RegistrationMode;
use crate::protocol::grant_type::GrantType;
use crate::protocol::profile::Profile;
use crate::secret::Secret;

/// Gives a type that is written as a text (`FromStr`, `Display`) its serde and its JSON schema.
macro_rules! written_as_text {
    ($type:ident, $example:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "examples": [$example] })
            }
        }
    };
}
pub(super) use written_as_text;

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

/// Gives one of the protocol's closed lists of names its JSON schema.
macro_rules! named {
    ($type:ident) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let names: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                json_schema!({ "type": "string", "enum": names })
            }
        }
    };
}

named!(Profile);
named!(RegistrationMode);
named!(SigningAlgorithm);
named!(GrantType);

/// A length of time, written "500ms", "90s", "15m", "24h" or "30d"; also in parts, as "1h 30m".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(Duration);

/// The units of a period with their milliseconds, the largest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
const PERIOD_FORM: &str = "a length of time is a whole number and a unit (ms, s, m, h, d), as in \"15m\" or \"1h 30m\"";

impl Period {
    /// A period of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// A period of milliseconds.
    pub const fn millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// A period of minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes * 60)
    }

    /// A period of hours.
    pub const fn hours(hours: u64) -> Self {
        Self::minutes(hours * 60)
    }

    /// A period of days of 24 hours.
    pub const fn days(days: u64) -> Self {
        Self::hours(days * 24)
    }

    /// The period as the standard library's type.
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// Whole seconds, rounded down: the unit of `expires_in` and `max-age`.
    pub const fn as_seconds(self) -> u64 {
        self.0.as_secs()
    }

    /// Whether it is no time at all, which switches some settings off.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl From<Period> for Duration {
    fn from(period: Period) -> Self {
        period.0
    }
}

impl FromStr for Period {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text.trim();
        let mut total = 0_u64;
        let mut finer_than = u64::MAX;
        loop {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(PERIOD_FORM)?;
            let number: u64 = rest[..digits].parse().map_err(|_| PERIOD_FORM)?;
            let unit_and_rest = rest[digits..].trim_start();
            let end = unit_and_rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit_and_rest.len());
            let unit = UNITS.iter().find(|(name, _)| *name == &unit_and_rest[..end]).map(|(_, millis)| *millis);
            let millis = unit.filter(|millis| *millis < finer_than).ok_or(PERIOD_FORM)?;
            let part = number.checked_mul(millis).ok_or("that length of time is too great")?;
            total =
                total.checked_add(part).filter(|total| *total <= LONGEST).ok_or("that length of time is too great")?;
            finer_than = millis;
            rest = unit_and_rest[end..].trim_start();
            if rest.is_empty() {
                return Ok(Self::millis(total));
            }
        }
    }
}

/// A thousand years in milliseconds: any sum of an instant and a period stays within an i64.
const LONGEST: u64 = 365_000 * 86_400_000;

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let whole = UNITS.iter().find(|(_, unit)| millis > 0 && millis.is_multiple_of(*unit));
        let (name, unit) = whole.copied().unwrap_or(("s", 1000));
        write!(f, "{}{name}", millis / unit)
    }
}

written_as_text!(Period, "15m");

/// A number of bytes, written as a number, or as a text with a unit: "64KiB", "1MiB".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(usize);

const SIZE_UNITS: [(&str, usize); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Size {
    /// A size of so many bytes.
    pub const fn from_bytes(bytes: usize) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> usize {
        self.0
    }
}

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str =
            "a size is a whole number of bytes, or a number and a unit (B, KiB, MiB, GiB), as in \"64KiB\"";
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: usize = text[..digits].parse().map_err(|_| FORM)?;
        let unit = match text[digits..].trim() {
            "" => 1,
            unit => SIZE_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| *bytes).ok_or(FORM)?,
        };
        number.checked_mul(unit).map(Self).ok_or("that size is too great")
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SIZE_UNITS.iter().find(|(_, unit)| self.0 > 0 && self.0.is_multiple_of(*unit));
        let (name, unit) = whole.copied().unwrap_or(("B", 1));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Bytes(usize),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Bytes(bytes) => Ok(Self(bytes)),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "minimum": 0, "examples": ["64KiB"] })
    }
}

/// A language tag (BCP 47).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Language(LanguageIdentifier);

impl Language {
    /// The tag as the localisation libraries take it.
    pub const fn identifier(&self) -> &LanguageIdentifier {
        &self.0
    }
}

impl Default for Language {
    fn default() -> Self {
        Self("en".parse().expect("en is a language tag"))
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "a language is a BCP 47 tag, as in \"en\" or \"pt-BR\"")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

written_as_text!(Language, "en");
