//! What may be registered as a redirect URI.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{MAX_BYTES, Target, is_port};
use crate::protocol::client_metadata::ClientKind;
use crate::protocol::form;

/// Why a redirect URI cannot be registered: a sentence for the person who registers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriFault {
    /// Longer than [`super::MAX_BYTES`].
    #[error("is longer than 2048 bytes")]
    TooLong,
    /// No scheme, or nothing that could follow one.
    #[error("must be an absolute URI, such as https://app.example.com/callback")]
    NotAbsolute,
    /// A character outside RFC 3986 §2, a control character, or a broken escape.
    #[error("holds a character that a URI cannot hold, or a broken percent-encoding")]
    Character,
    /// An asterisk.
    #[error("must not contain a wildcard: register each URI in full")]
    Wildcard,
    /// A fragment (RFC 6749 §3.1.2).
    #[error("must not contain a fragment (#)")]
    Fragment,
    /// User information before the host (RFC 3986 §3.2.1).
    #[error("must not contain a user name or password (@)")]
    UserInfo,
    /// A scheme that does something of its own.
    #[error("has a scheme that browsers or systems run or open themselves: use https or a scheme of your own")]
    DangerousScheme,
    /// Plain http to another machine (RFC 9700 §2.6).
    #[error("must use https; http is allowed only for http://127.0.0.1, http://[::1] and http://localhost")]
    PlainHttp,
    /// No https at a host that somebody owns, for tokens that travel through the browser (OpenID Connect Registration §2).
    #[error("must be https, and not localhost: the grant implicit sends tokens there")]
    Implicit,
    /// A private-use scheme of a client that runs on a server (RFC 8252 §7.1).
    #[error("has a scheme of its own, which only public clients may use: a confidential client needs https")]
    PrivateUseOfConfidential,
    /// A scheme, host or port that can be written in another way.
    #[error("must have scheme and host in lower case, a plain host name or address, and a port from 1 to 65535")]
    Host,
    /// A dot segment (RFC 3986 §5.2.4), encoded or not.
    #[error("must not contain . or .. as a path segment")]
    DotSegment,
    /// A name in the query that belongs to the response.
    #[error("must not carry a parameter of the response (code, state, iss, error and the like) in its query")]
    ResponseParameter,
}

/// Schemes that run code, read files or start something else than an application of the client's.
const DANGEROUS_SCHEMES: &[&str] = &[
    "about",
    "android-app",
    "blob",
    "chrome",
    "chrome-extension",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "moz-extension",
    "ms-appdata",
    "resource",
    "sms",
    "tel",
    "urn",
    "vbscript",
    "view-source",
    "ws",
    "wss",
    "wyciwyg",
];

/// What only we may put into a response's query (RFC 6749 §4.1.2, RFC 9207 §2, and the response modes).
const RESPONSE_PARAMETERS: &[&str] = &[
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "id_token",
    "iss",
    "response",
    "session_state",
    "state",
];

/// Where the URI leads, or the rule that it breaks.
pub(super) fn target(text: &str, kind: ClientKind) -> Result<Target, RedirectUriFault> {
    check_characters(text)?;
    let (scheme, rest) = text.split_once(':').ok_or(RedirectUriFault::NotAbsolute)?;
    check_scheme(scheme)?;
    check_query(text)?;
    check_path(rest)?;
    match scheme {
        "https" => https(rest),
        "http" => http(text, rest, kind),
        _ => private_use(rest, kind),
    }
}

/// RFC 3986 §2: the characters of a URI and whole percent-encodings; no fragment, no wildcard, no user information.
fn check_characters(text: &str) -> Result<(), RedirectUriFault> {
    if text.len() > MAX_BYTES {
        return Err(RedirectUriFault::TooLong);
    }
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'#' => return Err(RedirectUriFault::Fragment),
            b'*' => return Err(RedirectUriFault::Wildcard),
            b'%' if !is_escape(&bytes[index..]) => return Err(RedirectUriFault::Character),
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => return Err(RedirectUriFault::Character),
            0x21..=0x7e => {}
            _ => return Err(RedirectUriFault::Character),
        }
    }
    Ok(())
}

/// A percent sign and two hexadecimal digits of a byte that is not a control character.
fn is_escape(bytes: &[u8]) -> bool {
    let [b'%', high, low, ..] = bytes else { return false };
    let Some((high, low)) = form::hex_digit(*high).zip(form::hex_digit(*low)) else { return false };
    !(high << 4 | low).is_ascii_control()
}

/// RFC 3986 §3.1, in lower case.
fn check_scheme(scheme: &str) -> Result<(), RedirectUriFault> {
    if DANGEROUS_SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(RedirectUriFault::DangerousScheme);
    }
    if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(RedirectUriFault::Host);
    }
    let well_formed = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if well_formed { Ok(()) } else { Err(RedirectUriFault::NotAbsolute) }
}

/// The response's own parameters cannot be there already: a client would read the wrong one.
fn check_query(text: &str) -> Result<(), RedirectUriFault> {
    let query = text.split_once('?').map_or("", |(_, query)| query);
    for pair in query.split(['&', ';']) {
        let name = pair.split('=').next().unwrap_or(pair);
        let decoded = form::decode(name.as_bytes()).ok_or(RedirectUriFault::Character)?;
        if RESPONSE_PARAMETERS.contains(&decoded.as_str()) {
            return Err(RedirectUriFault::ResponseParameter);
        }
    }
    Ok(())
}

/// A browser resolves dot segments, so what is registered would not be where it goes; `..;` fools servers behind a proxy.
fn check_path(rest: &str) -> Result<(), RedirectUriFault> {
    let path = rest.split('?').next().unwrap_or(rest);
    let decoded = form::decode(path.as_bytes()).ok_or(RedirectUriFault::Character)?;
    let is_dots = |segment: &str| {
        let name = segment.split(';').next().unwrap_or(segment);
        matches!(name, "." | "..")
    };
    if decoded.contains('\\') {
        return Err(RedirectUriFault::Character);
    }
    if decoded.split('/').any(is_dots) { Err(RedirectUriFault::DotSegment) } else { Ok(()) }
}

fn https(rest: &str) -> Result<Target, RedirectUriFault> {
    let authority = authority(rest)?;
    let host = host(authority)?;
    check_host(host)?;
    Ok(if is_own_machine(host) { Target::Local } else { Target::ClaimedHttps })
}

/// RFC 8252 §7.3, §8.3: without TLS, only the user's own machine. A public client's `localhost` is as free as an address,
/// because clients in the field depend on it.
fn http(text: &str, rest: &str, kind: ClientKind) -> Result<Target, RedirectUriFault> {
    let authority = authority(rest)?;
    let host = host(authority)?;
    let any_port = match host {
        "127.0.0.1" | "[::1]" => true,
        "localhost" => kind == ClientKind::Public,
        name if name.ends_with(".localhost") => {
            check_host(name)?;
            false
        }
        _ => return Err(RedirectUriFault::PlainHttp),
    };
    let start = "http://".len();
    let (host_end, path_start) = (start + host.len(), start + authority.len());
    debug_assert_eq!(&text[start..host_end], host);
    Ok(if any_port { Target::Loopback { host_end, path_start } } else { Target::Local })
}

/// RFC 8252 §7.1: `scheme:/path`, or with an authority, as applications commonly write it.
fn private_use(rest: &str, kind: ClientKind) -> Result<Target, RedirectUriFault> {
    if kind == ClientKind::Confidential {
        return Err(RedirectUriFault::PrivateUseOfConfidential);
    }
    if !rest.starts_with('/') {
        return Err(RedirectUriFault::NotAbsolute);
    }
    if rest.strip_prefix("//").is_some_and(|authority| before_path(authority).contains('@')) {
        return Err(RedirectUriFault::UserInfo);
    }
    Ok(Target::PrivateUse)
}

/// The authority after `scheme:`, which must follow exactly two slashes.
fn authority(rest: &str) -> Result<&str, RedirectUriFault> {
    let authority = before_path(rest.strip_prefix("//").ok_or(RedirectUriFault::NotAbsolute)?);
    if authority.contains('@') {
        return Err(RedirectUriFault::UserInfo);
    }
    if authority.is_empty() { Err(RedirectUriFault::NotAbsolute) } else { Ok(authority) }
}

fn before_path(text: &str) -> &str {
    text.split(['/', '?']).next().unwrap_or(text)
}

/// The host, with the brackets of an IPv6 address, once the port is known to be one.
fn host(authority: &str) -> Result<&str, RedirectUriFault> {
    let host_end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(host_end);
    let sound = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    if sound { Ok(host) } else { Err(RedirectUriFault::Host) }
}

/// A host in the one way to write it: an address as its type prints it, or a name of lower-case labels that no resolver
/// takes for a number.
fn check_host(host: &str) -> Result<(), RedirectUriFault> {
    let sound = if let Some(inner) = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        inner.parse::<Ipv6Addr>().is_ok_and(|address| {
            address.to_string() == inner && address.to_ipv4_mapped().is_none() && !address.is_unspecified()
        })
    } else if let Ok(address) = host.parse::<Ipv4Addr>() {
        !address.is_unspecified()
    } else {
        host.len() <= 253 && host.split('.').all(is_label) && !ends_in_number(host)
    };
    if sound { Ok(()) } else { Err(RedirectUriFault::Host) }
}

/// RFC 1123 §2.1, and the underscore that some internal names have.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

/// URL Standard §3.5: a host whose last label is a number (127.1, 2130706433, 0x7f.1) is taken for an address.
fn ends_in_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit())
}

/// Names and addresses that every machine answers to itself (RFC 6761 §6.3).
fn is_own_machine(host: &str) -> bool {
    let host_name = host == "localhost" || host.ends_with(".localhost") || host == "[::1]";
    host_name || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}
