//! Decryption of what is encrypted to us: vectors, other programs' tokens, and one answer to everything that is wrong.

use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use josekit::jwe::enc::aesgcm::AesgcmJweEncryption;
use josekit::jwe::{JweContentEncryption as _, JweHeader, serialize_compact};
use josekit::jwk::Jwk;
use josekit::jwk::alg::rsa::RsaKeyPair;
use serde_json::{Value, json};
use tessera::keys::decrypt::{DecryptError, DecryptionKey, DecryptionKeys};
use tessera::keys::encrypt::RecipientKey;
use tessera::keys::jwk::{EncryptionKeyType, PrivateJwk};
use tessera::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm, SigningAlgorithm};
use tessera::protocol::jwe::CompactJwe;
use tessera::random::Random;

use super::encrypt::key_type;

const fn shareable<T: Send + Sync>() {}
const _: () = shareable::<DecryptionKeys>();

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn key(key_type: EncryptionKeyType) -> DecryptionKey {
    DecryptionKey::new(&PrivateJwk::generate_for_encryption(key_type).unwrap()).unwrap()
}

fn key_of(jwk: &Value) -> DecryptionKey {
    DecryptionKey::new(&PrivateJwk::from_bytes(jwk.to_string().into_bytes().into())).unwrap()
}

fn encrypted(to: &DecryptionKey, algorithm: KeyManagementAlgorithm, encryption: ContentEncryption) -> String {
    let key = RecipientKey::choose(&json!({ "keys": [to.public()] }), algorithm).unwrap();
    key.encrypt("a.b.c", encryption).unwrap()
}

fn decrypt(key: &DecryptionKey, jwe: &str) -> Result<Vec<u8>, DecryptError> {
    let jwe = CompactJwe::parse(jwe).unwrap();
    key.decrypt(&jwe, &Random::seeded(1)).map(|content| content.to_vec())
}

/// Every alg × enc, to the key as the JWKS would show it.
#[test]
fn every_algorithm_comes_back() {
    for algorithm in KeyManagementAlgorithm::ALL.iter().copied() {
        let key = key(key_type(algorithm));
        for encryption in ContentEncryption::ALL.iter().copied() {
            let text = encrypted(&key, algorithm, encryption);
            let jwe = CompactJwe::parse(&text).unwrap();
            assert_eq!((jwe.algorithm(), jwe.encryption(), jwe.kid()), (algorithm, encryption, Some(key.kid())));
            assert!(jwe.is_nested_jwt());
            assert_eq!(decrypt(&key, &text).unwrap(), b"a.b.c", "{algorithm} {encryption}");
        }
    }
}

/// RFC 7520 §5.5: ECDH-ES on P-256 with A128CBC-HS256.
#[test]
fn the_example_of_rfc_7520_is_decrypted() {
    let key = key_of(&json!({
        "kty": "EC", "kid": "meriadoc.brandybuck@buckland.example", "use": "enc", "crv": "P-256",
        "x": "Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0", "y": "HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw",
        "d": "r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8",
    }));
    let compact = "eyJhbGciOiJFQ0RILUVTIiwia2lkIjoibWVyaWFkb2MuYnJhbmR5YnVja0BidWNrbGFuZC5leGFtcGxlIiwiZXBrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoibVBVS1RfYkFXR0hJaGcwVHBqanFWc1AxclhXUXVfdndWT0hIdE5rZFlvQSIsInkiOiI4QlFBc0ltR2VBUzQ2ZnlXdzVNaFlmR1RUMElqQnBGdzJTUzM0RHY0SXJzIn0sImVuYyI6IkExMjhDQkMtSFMyNTYifQ..yc9N8v5sYyv3iGQT926IUg.BoDlwPnTypYq-ivjmQvAYJLb5Q6l-F3LIgQomlz87yW4OPKbWE1zSTEFjDfhU9IPIOSA9Bml4m7iDFwA-1ZXvHteLDtw4R1XRGMEsDIqAYtskTTmzmzNa-_q4F_evAPUmwlO-ZG45Mnq4uhM1fm_D9rBtWolqZSF3xGNNkpOMQKF1Cl8i8wjzRli7-IXgyirlKQsbhhqRzkv8IcY6aHl24j03C-AR2le1r7URUhArM79BY8soZU0lzwI-sD5PZ3l4NDCCei9XkoIAfsXJWmySPoeRb2Ni5UZL4mYpvKDiwmyzGd65KqVw7MsFfI_K767G9C9Azp73gKZD0DyUn1mn0WW5LmyX_yJ-3AROq8p1WZBfG-ZyJ6195_JGG2m9Csg.WCCkNa-x4BeB9hIDIfFuhg";
    let content = decrypt(&key, compact).unwrap();
    assert_eq!(
        String::from_utf8(content).unwrap(),
        "You can trust us to stick with you through thick and thin\u{2013}to the bitter end. And you can trust us to keep any \
         secret of yours\u{2013}closer than you keep it yourself. But you cannot trust us to let you face trouble alone, and go \
         off without a word. We are your friends, Frodo."
    );
}

/// RFC 7518 appendix C: what Alice and Bob agree on, which encrypts a content here.
#[test]
fn the_agreement_of_rfc_7518_appendix_c_is_found() {
    let key = key_of(&json!({
        "kty": "EC", "crv": "P-256", "kid": "bob", "use": "enc",
        "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ", "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
        "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw",
    }));
    let header = json!({
        "alg": "ECDH-ES", "enc": "A128GCM", "apu": "QWxpY2U", "apv": "Qm9i",
        "epk": {
            "kty": "EC", "crv": "P-256",
            "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
        },
    });
    let agreed = URL_SAFE_NO_PAD.decode("VqqN6vgjbSBcIijNcacQGg").unwrap();
    assert_eq!(decrypt(&key, &sealed(&header, &[], &agreed)).unwrap(), b"a.b.c");
}

/// A JWE with A128GCM under a known content encryption key.
fn sealed(header: &Value, encrypted_key: &[u8], key: &[u8]) -> String {
    let header = encode(header.to_string());
    let vector = [9; 12];
    let encryption = AesgcmJweEncryption::A128gcm;
    let (text, tag) = encryption.encrypt(key, Some(&vector), b"a.b.c", header.as_bytes()).unwrap();
    let parts = [encode(encrypted_key), encode(vector), encode(text), encode(tag.unwrap())];
    format!("{header}.{}", parts.join("."))
}

/// The `openssl` program wraps a key for us, and unwraps what we wrap (RFC 7518 §4.3: SHA-256, also in MGF1).
#[test]
fn rsa_oaep_256_is_what_openssl_does() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &str, input: &[u8]| {
        std::fs::write(folder.path().join("input"), input).unwrap();
        let options =
            "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 -in input";
        let mut command = Command::new("openssl");
        command.arg("pkeyutl").args(arguments.split(' ')).args(options.split(' ')).current_dir(folder.path());
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let private = PrivateJwk::generate_for_encryption(EncryptionKeyType::Rsa).unwrap();
    let key = DecryptionKey::new(&private).unwrap();
    let pair = RsaKeyPair::from_jwk(&Jwk::from_bytes(private.expose()).unwrap()).unwrap();
    std::fs::write(folder.path().join("key.pem"), josekit::jwk::KeyPair::to_pem_private_key(&pair)).unwrap();

    let wrapped = openssl("-encrypt -inkey key.pem", &[3; 16]);
    let header = json!({"alg": "RSA-OAEP-256", "enc": "A128GCM"});
    assert_eq!(decrypt(&key, &sealed(&header, &wrapped, &[3; 16])).unwrap(), b"a.b.c");

    let ours = encrypted(&key, KeyManagementAlgorithm::RsaOaep256, ContentEncryption::A128Gcm);
    let parts: Vec<_> = ours.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let unwrapped = openssl("-decrypt -inkey key.pem", &parts[1]);
    let protected = ours.split('.').next().unwrap().as_bytes();
    let opened =
        AesgcmJweEncryption::A128gcm.decrypt(&unwrapped, Some(&parts[2]), &parts[3], protected, Some(&parts[4]));
    assert_eq!(opened.unwrap(), b"a.b.c", "{}", STANDARD.encode(&unwrapped));
}

/// A change in any part, or another key: one error, and never a panic.
#[test]
fn whatever_is_changed_the_error_is_the_same() {
    for algorithm in KeyManagementAlgorithm::ALL.iter().copied() {
        let (key, other) = (key(key_type(algorithm)), key(key_type(algorithm)));
        for encryption in ContentEncryption::ALL.iter().copied() {
            let sound = encrypted(&key, algorithm, encryption);
            assert_eq!(decrypt(&other, &sound), Err(DecryptError), "{algorithm} {encryption}: another key");
            let parts: Vec<_> = sound.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
            for (part, bytes) in parts.iter().enumerate().skip(1).filter(|(_, bytes)| !bytes.is_empty()) {
                for at in [0, bytes.len() / 2, bytes.len() - 1] {
                    let mut changed = parts.clone();
                    changed[part][at] ^= 1;
                    let text = changed.iter().map(encode).collect::<Vec<_>>().join(".");
                    assert_eq!(decrypt(&key, &text), Err(DecryptError), "{algorithm} {encryption}: part {part}");
                }
            }
            let mut header: Value = serde_json::from_slice(&parts[0]).unwrap();
            header["typ"] = json!("JWT");
            let text = sound.replacen(sound.split('.').next().unwrap(), &encode(header.to_string()), 1);
            assert_eq!(decrypt(&key, &text), Err(DecryptError), "{algorithm} {encryption}: the header");
        }
    }
}

/// RFC 7518 §5.2.2.2: with a wrong tag nothing of the padding is looked at, and a tag that is right needs the right key.
#[test]
fn a_cbc_text_of_wrong_padding_is_refused_like_any_other() {
    let key = key(EncryptionKeyType::P256);
    let sound = encrypted(&key, KeyManagementAlgorithm::EcdhEs, ContentEncryption::A128CbcHs256);
    let mut parts: Vec<_> = sound.split('.').map(str::to_owned).collect();
    for last in 0..=255_u8 {
        let mut text = URL_SAFE_NO_PAD.decode(&parts[3]).unwrap();
        *text.last_mut().unwrap() = last;
        let same = encode(&text) == sound.split('.').nth(3).unwrap();
        parts[3] = encode(text);
        assert_eq!(decrypt(&key, &parts.join(".")).is_ok(), same, "{last}");
    }
}

/// security.md "JOSE": a point off the curve would give the private key away bit by bit.
#[test]
fn an_ephemeral_key_off_the_curve_is_refused() {
    let key = key(EncryptionKeyType::P256);
    let points = [
        (encode([1; 32]), encode([2; 32])),
        (encode([0; 32]), encode([0; 32])),
        (encode([0xff; 32]), encode([0xff; 32])),
    ];
    for (x, y) in points {
        for (algorithm, wrapped) in [("ECDH-ES", vec![]), ("ECDH-ES+A128KW", vec![1; 24])] {
            let epk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
            let header = json!({"alg": algorithm, "enc": "A128GCM", "epk": epk});
            assert_eq!(decrypt(&key, &sealed(&header, &wrapped, &[3; 16])), Err(DecryptError), "{algorithm} {x}");
        }
    }
}

#[test]
fn a_key_is_used_with_the_algorithms_of_its_type_only() {
    let (rsa, ec) = (key(EncryptionKeyType::Rsa), key(EncryptionKeyType::P256));
    let to_rsa = encrypted(&rsa, KeyManagementAlgorithm::RsaOaep256, ContentEncryption::A256Gcm);
    let to_ec = encrypted(&ec, KeyManagementAlgorithm::EcdhEsA256Kw, ContentEncryption::A256Gcm);
    assert_eq!((decrypt(&ec, &to_rsa), decrypt(&rsa, &to_ec)), (Err(DecryptError), Err(DecryptError)));
}

/// A content that has been compressed is never reached, whoever made it.
#[test]
fn a_compressed_token_of_josekit_is_not_even_parsed() {
    let key = key(EncryptionKeyType::P256);
    let mut header = JweHeader::new();
    header.set_content_encryption("A128GCM");
    header.set_compression("DEF");
    let jwk = Jwk::from_bytes(serde_json::to_vec(key.public()).unwrap()).unwrap();
    let encrypter = josekit::jwe::ECDH_ES.encrypter_from_jwk(&jwk).unwrap();
    let bomb = serialize_compact(&vec![0; 1 << 22], &header, &encrypter).unwrap();
    assert!(bomb.len() < 16 * 1024, "{}", bomb.len());
    assert!(CompactJwe::parse(&bomb).is_err());
}

/// Of a realm's keys the `kid` picks one; a token without one is tried with each; an unknown `kid` with none.
#[test]
fn the_kid_picks_the_key() {
    let keys = [EncryptionKeyType::Rsa, EncryptionKeyType::P256, EncryptionKeyType::P256].map(|of| Arc::new(key(of)));
    let all: DecryptionKeys = keys.iter().cloned().collect();
    let try_all =
        |jwe: &str| all.decrypt(&CompactJwe::parse(jwe).unwrap(), &Random::seeded(1)).map(|text| text.to_vec());
    for key in &keys {
        let algorithm = if std::ptr::eq(key, &raw const keys[0]) {
            KeyManagementAlgorithm::RsaOaep256
        } else {
            KeyManagementAlgorithm::EcdhEs
        };
        assert_eq!(try_all(&encrypted(key, algorithm, ContentEncryption::A256Gcm)).unwrap(), b"a.b.c");
        let mut nameless = serde_json::to_value(key.public()).unwrap();
        nameless.as_object_mut().unwrap().remove("kid");
        let to = |jwk: Value| {
            let key = RecipientKey::choose(&json!({ "keys": [jwk] }), algorithm).unwrap();
            key.encrypt("a.b.c", ContentEncryption::A256Gcm).unwrap()
        };
        assert_eq!(try_all(&to(nameless.clone())).unwrap(), b"a.b.c");
        nameless["kid"] = json!("another");
        assert_eq!(try_all(&to(nameless)), Err(DecryptError));
    }
    assert!(
        DecryptionKeys::default().decrypt(
            &CompactJwe::parse(&encrypted(&keys[1], KeyManagementAlgorithm::EcdhEs, ContentEncryption::A128Gcm))
                .unwrap(),
            &Random::seeded(1)
        ) == Err(DecryptError)
    );
}

/// protocol.md "JWKS": every key has a `kid`; no private material; keys for encryption are told apart from those that sign.
#[test]
fn an_encryption_key_is_no_signing_key_and_the_other_way_round() {
    for key_type in EncryptionKeyType::ALL {
        let private = PrivateJwk::generate_for_encryption(key_type).unwrap();
        assert!(private.public().is_err());
        let public = serde_json::to_value(DecryptionKey::new(&private).unwrap().public()).unwrap();
        assert_eq!((public["use"].as_str(), public.get("d")), (Some("enc"), None));
        let expected = (key_type == EncryptionKeyType::Rsa).then_some("RSA-OAEP-256");
        assert_eq!(public.get("alg").and_then(Value::as_str), expected, "a point suits every ECDH-ES algorithm");
        let named = DecryptionKey::new(&private).unwrap();
        assert_eq!(named.kid(), named.public().members.thumbprint());
        let secret: Value = serde_json::from_slice(private.expose()).unwrap();
        assert!(!format!("{named:?}").contains(secret["d"].as_str().unwrap()));
    }
    for algorithm in SigningAlgorithm::ALL.iter().copied() {
        assert!(DecryptionKey::new(&PrivateJwk::generate(algorithm).unwrap()).is_err(), "{algorithm}");
    }
}
