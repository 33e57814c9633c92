//! The standard claims of a user (OpenID Connect Core §5.1): their rules, and which scope releases which (§5.4).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unic_langid::LanguageIdentifier;
use url::Url;

use crate::protocol::characters::is_deceptive;
use crate::protocol::identifier::{Identifier, IdentifierKind};
use crate::protocol::scope::{ADDRESS, EMAIL, PHONE, PROFILE};
use crate::protocol::{FieldError, Scope};

/// The longest value, in bytes.
const MAX_BYTES: usize = 1024;

/// Which claims each scope releases (OpenID Connect Core §5.4).
const RELEASED: &[(&str, &[&str])] = &[
    (
        PROFILE,
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    (EMAIL, &["email", "email_verified"]),
    (ADDRESS, &["address"]),
    (PHONE, &["phone_number", "phone_number_verified"]),
];

/// What is known of a user. Absent is absent: no claim is null or an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "OpenID Connect Core §5.1 says what each claim is")]
pub struct StandardClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

/// A postal address (OpenID Connect Core §5.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "OpenID Connect Core §5.1.1 says what each member is")]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A rule for a claim's text and the sentence that names it.
type Rule = (fn(&str) -> bool, &'static str);

const LINE: Rule = (is_line, "must be one line of up to 1024 bytes, without invisible characters");
const WEB: Rule = (is_web_address, "must be a web address that begins with https:// or http://");
const EMAIL_RULE: Rule = (is_email, "must be an e-mail address");
const PHONE_RULE: Rule = (is_phone, "must be a telephone number with its country code, such as +4915112345678");
const BIRTHDATE: Rule =
    (is_birthdate, "must be a date YYYY-MM-DD, a day of an unnamed year 0000-MM-DD, or a year YYYY");
const ZONEINFO: Rule = (is_zoneinfo, "must be a time zone's name, such as Europe/Paris");
const LOCALE: Rule = (is_locale, "must be a language tag, such as en-GB");
const LINES: Rule = (is_lines, "must be up to 1024 bytes, not empty, without invisible characters");

impl StandardClaims {
    /// Checks each value against OpenID Connect Core §5.1.
    ///
    /// # Errors
    /// Every claim that breaks its rule.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let claims = self.texts();
        let broken = claims.into_iter().filter_map(|(field, value, (is_sound, message))| {
            let value = value.as_deref()?;
            (!is_sound(value)).then(|| FieldError::new(field, message))
        });
        let mut faults: Vec<_> = broken.collect();
        if self.address.as_ref().is_some_and(|address| !address.is_sound()) {
            faults.push(FieldError::new("address", LINES.1));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The claims that this scope releases (OpenID Connect Core §5.4) and those asked for by name (§5.5), for userinfo or an ID token.
    pub fn released(&self, scope: &Scope, asked_for: &[String]) -> Map<String, Value> {
        let Ok(Value::Object(mut all)) = serde_json::to_value(self) else { return Map::new() };
        let released = RELEASED.iter().filter(|(name, _)| scope.contains(name));
        let names = released.flat_map(|(_, names)| names.iter().copied());
        let names = names.chain(asked_for.iter().map(String::as_str));
        names.filter_map(|name| all.remove_entry(name)).filter(|(_, value)| !is_empty(value)).collect()
    }

    /// The scope that releases the claim of this name, if it is a claim of the user (OpenID Connect Core §5.4).
    pub fn scope_of(name: &str) -> Option<&'static str> {
        RELEASED.iter().find(|(_, names)| names.contains(&name)).map(|(scope, _)| *scope)
    }

    fn texts(&self) -> [(&'static str, &Option<String>, Rule); 15] {
        [
            ("name", &self.name, LINE),
            ("given_name", &self.given_name, LINE),
            ("family_name", &self.family_name, LINE),
            ("middle_name", &self.middle_name, LINE),
            ("nickname", &self.nickname, LINE),
            ("preferred_username", &self.preferred_username, LINE),
            ("gender", &self.gender, LINE),
            ("profile", &self.profile, WEB),
            ("picture", &self.picture, WEB),
            ("website", &self.website, WEB),
            ("email", &self.email, EMAIL_RULE),
            ("birthdate", &self.birthdate, BIRTHDATE),
            ("zoneinfo", &self.zoneinfo, ZONEINFO),
            ("locale", &self.locale, LOCALE),
            ("phone_number", &self.phone_number, PHONE_RULE),
        ]
    }
}

impl Address {
    fn is_sound(&self) -> bool {
        let members =
            [&self.formatted, &self.street_address, &self.locality, &self.region, &self.postal_code, &self.country];
        let mut present = members.into_iter().flatten().peekable();
        present.peek().is_some() && present.all(|text| is_lines(text))
    }
}

/// An empty text or object is no claim (protocol.md: leave absent claims out).
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        other => other.is_null(),
    }
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_BYTES && !text.chars().any(is_deceptive)
}

/// An address's lines are parted by `\n` or `\r\n` (OpenID Connect Core §5.1.1).
fn is_lines(text: &str) -> bool {
    let is_sound = |character: char| matches!(character, '\n' | '\r') || !is_deceptive(character);
    !text.trim().is_empty() && text.len() <= MAX_BYTES && text.chars().all(is_sound)
}

/// An absolute http or https URL with a host and without a password.
pub(crate) fn is_web_address(text: &str) -> bool {
    let is_plain = text.len() <= 2048 && text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) && !text.contains('\\');
    let begins = text.starts_with("https://") || text.starts_with("http://");
    let sound = |url: Url| url.has_host() && url.username().is_empty() && url.password().is_none();
    is_plain && begins && Url::parse(text).is_ok_and(sound)
}

fn is_email(text: &str) -> bool {
    Identifier::parse(IdentifierKind::Email, text).is_ok()
}

/// E.164, as it is stored; an extension follows RFC 3966.
fn is_phone(text: &str) -> bool {
    let (number, extension) = text.split_once(";ext=").unwrap_or((text, "0"));
    let is_extension = (1..=15).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_digit());
    is_extension && Identifier::parse(IdentifierKind::Phone, number).is_ok_and(|phone| phone.canonical() == number)
}

fn is_birthdate(text: &str) -> bool {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return false;
    }
    let number = |part: &str| part.parse::<i32>().ok();
    match text.split('-').collect::<Vec<_>>()[..] {
        [year] => year.len() == 4 && year != "0000",
        [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2) => {
            let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else { return false };
            is_day(year, month, day)
        }
        _ => false,
    }
}

/// A day of the calendar; the year 0000 stands for an unnamed one and is a leap year.
fn is_day(year: i32, month: i32, day: i32) -> bool {
    let month = u8::try_from(month).ok().and_then(|month| time::Month::try_from(month).ok());
    let day = u8::try_from(day).ok();
    month.zip(day).is_some_and(|(month, day)| time::Date::from_calendar_date(year, month, day).is_ok())
}

fn is_zoneinfo(text: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_".contains(&byte))
    };
    text.len() <= 64 && text.split('/').all(is_name)
}

/// BCP 47.
fn is_locale(text: &str) -> bool {
    !text.contains('_') && text.parse::<LanguageIdentifier>().is_ok()
}
