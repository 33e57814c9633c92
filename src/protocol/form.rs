//! `application/x-www-form-urlencoded` text (RFC 6749 appendix B): strict decoding, and encoding.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986 §2.3. A space becomes `%20`, which every decoder of forms reads.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Decodes `+` and `%XX`; `None` if an escape is broken or the bytes are not UTF-8.
pub(crate) fn decode(encoded: &[u8]) -> Option<String> {
    if !encoded.contains(&b'+') && !encoded.contains(&b'%') {
        return str::from_utf8(encoded).ok().map(str::to_owned);
    }
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// Appends `name=value`, encoded, after an `&` if the text already ends in a pair.
pub(crate) fn append(text: &mut String, name: &str, value: &str) {
    if !text.is_empty() && !text.ends_with(['?', '&']) {
        text.push('&');
    }
    text.extend(utf8_percent_encode(name, RESERVED));
    text.push('=');
    text.extend(utf8_percent_encode(value, RESERVED));
}

/// The value of one hexadecimal digit.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
