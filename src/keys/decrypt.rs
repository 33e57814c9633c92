//! Decryption of what is encrypted to us. Whatever is wrong, the answer is one and the same, after the same steps: no oracle
//! (RFC 7516 §11.4, §11.5).

use std::fmt;
use std::sync::Arc;

use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::alg::rsaes::RsaesJweAlgorithm;
use josekit::jwe::enc::aescbc_hmac::AescbcHmacJweEncryption;
use josekit::jwe::enc::aesgcm::AesgcmJweEncryption;
use josekit::jwe::{JweContentEncryption, JweDecrypter, JweHeader};
use josekit::jwk::Jwk;
use ring::hmac;
use zeroize::Zeroizing;

use crate::keys::KeyError;
use crate::keys::jwk::{EncryptionJwk, PrivateJwk};
use crate::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};
use crate::protocol::jwe::CompactJwe;
use crate::random::Random;
use crate::secret::same;

/// The JWE is not encrypted to a key of ours, or was changed. Which of them, nobody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token cannot be decrypted")]
pub struct DecryptError;

/// A private key that others encrypt to.
pub struct DecryptionKey {
    public: EncryptionJwk,
    decrypters: Vec<(KeyManagementAlgorithm, Box<dyn JweDecrypter>)>,
}

impl DecryptionKey {
    /// Reads a private key.
    ///
    /// # Errors
    /// If the JWK is not one of our encryption keys, or its members do not make a key.
    pub fn new(private: &PrivateJwk) -> Result<Self, KeyError> {
        let public = private.public_for_encryption()?;
        let key_type = public.members.encryption_type();
        let key_type = key_type.ok_or_else(|| KeyError::Jwk("nothing is encrypted to keys of its type".to_owned()))?;
        let jwk = Jwk::from_bytes(private.expose())?;
        let decrypters = key_type.algorithms().iter().map(|algorithm| Ok((*algorithm, decrypter(*algorithm, &jwk)?)));
        Ok(Self { decrypters: decrypters.collect::<Result<_, KeyError>>()?, public })
    }

    /// The key's name in headers and in the JWKS.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// The public half, as the JWKS shows it.
    pub const fn public(&self) -> &EncryptionJwk {
        &self.public
    }

    /// Decrypts a JWE with this key, whatever its `kid`. `random` takes the place of a content encryption key that does not come out.
    ///
    /// # Errors
    /// [`DecryptError`], whatever is wrong.
    pub fn decrypt(&self, jwe: &CompactJwe<'_>, random: &Random) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let decrypter = self.decrypters.iter().find(|(algorithm, _)| *algorithm == jwe.algorithm());
        let (_, decrypter) = decrypter.ok_or(DecryptError)?;
        let substitute = Zeroizing::new(random.bytes::<32>());
        let key = content_key(&**decrypter, jwe).unwrap_or_else(|| {
            // RFC 7516 §11.5: go on with a random key, so that a wrong key takes as long as a wrong tag.
            Zeroizing::new(substitute[..jwe.encryption().key_bytes()].to_vec())
        });
        open(&key, jwe).ok_or(DecryptError)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The keys that a realm's clients may have encrypted to: the present ones and those before them.
#[derive(Debug, Default)]
pub struct DecryptionKeys(Vec<Arc<DecryptionKey>>);

impl DecryptionKeys {
    /// Decrypts a JWE with the key that its `kid` names; without a `kid`, with any whose type suits.
    ///
    /// # Errors
    /// [`DecryptError`], whatever is wrong.
    pub fn decrypt(&self, jwe: &CompactJwe<'_>, random: &Random) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let mut named = self.0.iter().filter(|key| jwe.kid().is_none_or(|kid| kid == key.kid()));
        named.find_map(|key| key.decrypt(jwe, random).ok()).ok_or(DecryptError)
    }
}

impl FromIterator<Arc<DecryptionKey>> for DecryptionKeys {
    fn from_iter<I: IntoIterator<Item = Arc<DecryptionKey>>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// The content encryption key, if one of the right length comes out.
fn content_key(decrypter: &dyn JweDecrypter, jwe: &CompactJwe<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let header = JweHeader::from_map(jwe.agreement().clone()).ok()?;
    let encrypted = Some(jwe.encrypted_key()).filter(|key| !key.is_empty());
    let key = decrypter.decrypt(encrypted, content_encryption(jwe.encryption()), &header).ok()?;
    let key = Zeroizing::new(key.into_owned());
    (key.len() == jwe.encryption().key_bytes()).then_some(key)
}

/// The content, if its tag is right. Its parts have the lengths of their algorithm: [`CompactJwe`] has seen to that, as josekit
/// does not.
fn open(key: &[u8], jwe: &CompactJwe<'_>) -> Option<Zeroizing<Vec<u8>>> {
    if jwe.encryption() == ContentEncryption::A128CbcHs256 && !same(&cbc_tag(key, jwe), jwe.tag()) {
        return None;
    }
    let (vector, text, tag) = (jwe.initialization_vector(), jwe.ciphertext(), jwe.tag());
    let encryption = content_encryption(jwe.encryption());
    let opened = encryption.decrypt(key, Some(vector), text, jwe.additional_data().as_bytes(), Some(tag));
    opened.ok().map(Zeroizing::new)
}

/// The tag of AES-CBC with HMAC (RFC 7518 §5.2.2.1). josekit takes the padding off before it looks at the tag, which would tell
/// whoever measures the time whether the padding was right.
fn cbc_tag(key: &[u8], jwe: &CompactJwe<'_>) -> [u8; 16] {
    let header = jwe.additional_data().as_bytes();
    let bits = (header.len() as u64) * 8;
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key[..16]));
    for part in [header, jwe.initialization_vector(), jwe.ciphertext(), &bits.to_be_bytes()] {
        mac.update(part);
    }
    let mut tag = [0; 16];
    tag.copy_from_slice(&mac.sign().as_ref()[..16]);
    tag
}

fn content_encryption(encryption: ContentEncryption) -> &'static dyn JweContentEncryption {
    match encryption {
        ContentEncryption::A128CbcHs256 => &AescbcHmacJweEncryption::A128cbcHs256,
        ContentEncryption::A128Gcm => &AesgcmJweEncryption::A128gcm,
        ContentEncryption::A256Gcm => &AesgcmJweEncryption::A256gcm,
    }
}

fn decrypter(algorithm: KeyManagementAlgorithm, jwk: &Jwk) -> Result<Box<dyn JweDecrypter>, KeyError> {
    Ok(match algorithm {
        KeyManagementAlgorithm::RsaOaep256 => Box::new(RsaesJweAlgorithm::RsaOaep256.decrypter_from_jwk(jwk)?),
        KeyManagementAlgorithm::EcdhEs => Box::new(EcdhEsJweAlgorithm::EcdhEs.decrypter_from_jwk(jwk)?),
        KeyManagementAlgorithm::EcdhEsA128Kw => Box::new(EcdhEsJweAlgorithm::EcdhEsA128kw.decrypter_from_jwk(jwk)?),
        KeyManagementAlgorithm::EcdhEsA256Kw => Box::new(EcdhEsJweAlgorithm::EcdhEsA256kw.decrypter_from_jwk(jwk)?),
    })
}
