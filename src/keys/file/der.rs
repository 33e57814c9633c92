//! The little of DER (X.690 §8, §10) that keys need: read strictly, and written.

/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;

/// Elements that follow one another.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// What is inside `bytes`, which are one SEQUENCE and nothing after it.
    pub(super) fn of_sequence(bytes: &'a [u8]) -> Option<Self> {
        let mut outer = Self(bytes);
        let inner = outer.sequence()?;
        outer.end()?;
        Some(inner)
    }

    /// The content of the next element, whose tag must be `tag`; else nothing is taken.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let [found, length, rest @ ..] = self.0 else { return None };
        if *found != tag {
            return None;
        }
        let (length, rest) = match *length {
            short @ 0..0x80 => (usize::from(short), rest),
            long => long_length(usize::from(long & 0x7f), rest)?,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    /// A SEQUENCE.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.take(SEQUENCE).map(Self)
    }

    /// An INTEGER above zero, big-endian, without its sign byte.
    pub(super) fn positive(&mut self) -> Option<&'a [u8]> {
        match self.take(INTEGER)? {
            [0, rest @ ..] if rest.first().is_some_and(|first| first & 0x80 != 0) => Some(rest),
            number @ [first, ..] if (1..0x80).contains(first) => Some(number),
            _ => None,
        }
    }

    /// An INTEGER of one byte, such as a version.
    pub(super) fn version(&mut self) -> Option<u8> {
        match self.take(INTEGER)? {
            [version] => Some(*version),
            _ => None,
        }
    }

    /// The bytes of a BIT STRING whose bits are whole bytes.
    pub(super) fn bit_string(&mut self) -> Option<&'a [u8]> {
        self.take(BIT_STRING)?.strip_prefix(&[0])
    }

    /// Nothing follows.
    pub(super) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// A length in the long form: as short as it can be, and of two bytes at the most, since a file has no more.
fn long_length(bytes: usize, rest: &[u8]) -> Option<(usize, &[u8])> {
    let (length, rest) = rest.split_at_checked(bytes)?;
    match *length {
        [one] if one >= 0x80 => Some((usize::from(one), rest)),
        [high, low] if high > 0 => Some((usize::from(high) << 8 | usize::from(low), rest)),
        _ => None,
    }
}

/// One element.
pub(super) fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let length: usize = content.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short @ 0..0x80) => bytes.push(short),
        Ok(one) => bytes.extend([0x81, one]),
        Err(_) => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(length).expect("a key is far shorter than 64 KiB").to_be_bytes());
        }
    }
    bytes.extend(content.concat());
    bytes
}

/// An INTEGER above zero, of big-endian bytes.
pub(super) fn positive(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    element(INTEGER, &[sign, number])
}
