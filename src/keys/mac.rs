//! Message authentication: HMAC-SHA-256 under a key of one purpose.

use ring::hmac;

/// An HMAC-SHA-256 key (RFC 2104), derived for one purpose; see [`crate::keys::keyring::Keyring::mac`].
#[derive(Debug, Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// A key of 32 bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The tag of a message in parts. Each part goes in with its length, so that no two lists of parts are one message.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// Whether `tag` is the whole tag of the message, in constant time.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        crate::secret::same(&self.tag(parts), tag)
    }
}
