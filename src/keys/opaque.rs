//! Access tokens that nobody but us reads: their claims, sealed. Nothing of them is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keys::Keys;
use crate::keys::keyring::{KeyId, Purpose};
use crate::keys::mac::MacKey;
use crate::protocol::jws::MAX_BYTES;

/// The first byte: the version of version ‖ key id ‖ salt ‖ nonce ‖ ciphertext ‖ tag.
const VERSION: u8 = 1;
/// Version and key id, which the tag covers too.
const HEADER: usize = 5;
/// The bytes that each token's own key is derived with.
const SALT: usize = 12;
/// The bytes before the ciphertext.
const PREFIX: usize = HEADER + SALT + NONCE_LEN;

impl Keys {
    /// Seals the claims of an access token of this realm, under the keyring's active key.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectations say")]
    pub fn seal_token(&self, realm: Uuid, claims: &[u8]) -> String {
        let (id, macs) = self.0.macs.first().expect("a keyring has an active key");
        let random: [u8; SALT + NONCE_LEN] = self.0.random.bytes();
        let mut bytes = Vec::with_capacity(PREFIX + claims.len() + AES_256_GCM.tag_len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&id.bytes());
        let aad = Aad::from(<[u8; HEADER]>::try_from(&bytes[..]).expect("that many bytes are there"));
        bytes.extend_from_slice(&random);
        bytes.extend_from_slice(claims);
        let (salt, nonce) = random.split_at(SALT);
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("it has a nonce's length");
        let key = token_key(&macs[Purpose::OpaqueToken as usize], realm, salt);
        let tag = key.seal_in_place_separate_tag(nonce, aad, &mut bytes[PREFIX..]);
        bytes.extend_from_slice(tag.expect("claims are far below GCM's limit of 64 GiB").as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The claims of an opaque token, if this realm sealed it.
    pub fn open_token(&self, realm: Uuid, token: &str) -> Option<Zeroizing<Vec<u8>>> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
        let [VERSION, a, b, c, d] = *header else { return None };
        let (salt, rest) = rest.split_first_chunk::<SALT>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        let id = KeyId::from_bytes([a, b, c, d]);
        let (_, macs) = self.0.macs.iter().find(|(known, _)| *known == id)?;
        let key = token_key(&macs[Purpose::OpaqueToken as usize], realm, salt);
        let mut claims = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key.open_in_place(nonce, Aad::from(*header), &mut claims).ok()?.len();
        claims.truncate(length);
        Some(claims)
    }
}

/// Each token has a key of its own: under one key, random nonces of 96 bits would be used up within days (NIST SP 800-38D §8.3).
fn token_key(mac: &MacKey, realm: Uuid, salt: &[u8]) -> LessSafeKey {
    let key = Zeroizing::new(mac.tag(&[realm.as_bytes(), salt]));
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*key).expect("AES-256 takes the 32 bytes of a tag"))
}
