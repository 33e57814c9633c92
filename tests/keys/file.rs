//! Keys in files: PEM (RFC 7468) and JWK (RFC 7517). What the `openssl` program makes is in `cli/key_files`.

use serde_json::{Value, json};
use tessera::keys::file::{KeyFile, KeyFileError, MAX_BYTES};
use tessera::keys::jwk::PrivateJwk;
use tessera::protocol::algorithm::SigningAlgorithm;

fn read(content: impl AsRef<[u8]>) -> Result<KeyFile, KeyFileError> {
    KeyFile::read(content.as_ref(), None)
}

fn made(algorithm: SigningAlgorithm) -> KeyFile {
    PrivateJwk::generate(algorithm).unwrap().into()
}

fn jwk(key: &KeyFile) -> Value {
    serde_json::from_str(&key.to_jwk().unwrap()).unwrap()
}

/// The JWK with some members put in.
fn with(mut jwk: Value, members: &Value) -> String {
    jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    jwk.to_string()
}

fn without(mut jwk: Value, member: &str) -> String {
    jwk.as_object_mut().unwrap().remove(member).unwrap();
    jwk.to_string()
}

#[test]
fn every_key_survives_both_forms_in_both_halves() {
    for algorithm in SigningAlgorithm::ALL.iter().copied() {
        let key = made(algorithm);
        let public = KeyFile::from(key.public().unwrap());
        for key in [key, public] {
            assert_eq!(jwk(&read(&*key.to_jwk().unwrap()).unwrap()), jwk(&key), "{algorithm}");
            let pem = key.to_pem().unwrap();
            let again = KeyFile::read(pem.as_bytes(), Some(algorithm)).unwrap();
            assert_eq!(jwk(&again), jwk(&key), "{algorithm}");
            assert_eq!(again.to_pem().unwrap(), pem);
            let crlf = format!("some explanation\r\n{}", pem.replace('\n', "\r\n"));
            assert_eq!(jwk(&KeyFile::read(crlf.as_bytes(), Some(algorithm)).unwrap()), jwk(&key), "RFC 7468 §2, §5.2");
        }
    }
}

/// RFC 8410 §10.1, §10.3: its example keys, the second of version 2 with attributes and a public half.
#[test]
fn the_ed25519_examples_of_the_rfc_are_read() {
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    let one = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    let two = "-----BEGIN PRIVATE KEY-----\nMHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\noB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\nZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n";
    for private in [one, two] {
        let key = read(private).unwrap();
        assert_eq!(KeyFile::from(key.public().unwrap()).to_pem().unwrap().as_str(), public);
        assert_eq!(key.to_pem().unwrap().as_str(), one);
    }
    assert_eq!(read(public).unwrap().to_pem().unwrap().as_str(), public);
}

/// A private key is never shown, neither whole nor in the reason of a refusal.
#[test]
fn a_private_key_is_not_printed() {
    let key = made(SigningAlgorithm::Es256);
    assert_eq!(format!("{key:?}"), "[redacted]");
    let secret = jwk(&key)["d"].as_str().unwrap().to_owned();
    let error = read(with(jwk(&key), &json!({"use": "enc"}))).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&secret));
}

#[test]
fn halves_that_do_not_belong_together_are_refused() {
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let (one, two) = (jwk(&made(algorithm)), jwk(&made(algorithm)));
        let name = if algorithm == SigningAlgorithm::Rs256 { "n" } else { "d" };
        let mixed = with(one, &json!({ name: two[name] }));
        assert_eq!(read(mixed).unwrap_err(), KeyFileError::Halves, "{algorithm}");
    }
}

#[test]
fn a_jwk_that_is_damaged_or_for_something_else_is_refused() {
    let rsa = jwk(&made(SigningAlgorithm::Rs256));
    let ec = jwk(&made(SigningAlgorithm::Es256));
    let twice = ec.to_string().replacen('{', r#"{"kty":"EC","#, 1);
    let cases = [
        (twice, KeyFileError::NotAKey),
        (format!("{ec}{ec}"), KeyFileError::NotAKey),
        (json!({"keys": [ec]}).to_string(), KeyFileError::Several),
        (with(ec.clone(), &json!({"kty": "oct", "k": "AA"})), KeyFileError::Symmetric),
        (with(ec.clone(), &json!({"kty": "XY"})), KeyFileError::Unsupported),
        (with(ec.clone(), &json!({"crv": "P-384"})), KeyFileError::Unsupported),
        (with(ec.clone(), &json!({"crv": "secp256k1"})), KeyFileError::Unsupported),
        (with(ec.clone(), &json!({"use": "enc"})), KeyFileError::Purpose),
        (with(ec.clone(), &json!({"key_ops": ["deriveKey"]})), KeyFileError::Purpose),
        (with(ec.clone(), &json!({"alg": "ECDH-ES"})), KeyFileError::Purpose),
        (with(ec.clone(), &json!({"alg": "HS256"})), KeyFileError::Purpose),
        (with(ec.clone(), &json!({"alg": "RS256"})), KeyFileError::Algorithm(SigningAlgorithm::Rs256)),
        (with(ec.clone(), &json!({"x": ec["y"], "y": ec["x"]})), KeyFileError::Unsupported),
        (with(ec.clone(), &json!({"d": ""})), KeyFileError::Malformed),
        (with(ec.clone(), &json!({"d": "AAAA"})), KeyFileError::Malformed),
        (with(ec.clone(), &json!({"d": 1})), KeyFileError::Malformed),
        (with(ec.clone(), &json!({"d": "+/=="})), KeyFileError::Malformed),
        (without(ec, "y"), KeyFileError::Malformed),
        (without(rsa.clone(), "qi"), KeyFileError::Malformed),
        (without(rsa.clone(), "d"), KeyFileError::Malformed),
        (with(rsa, &json!({"e": "AQ"})), KeyFileError::Unsupported),
        ("{".to_owned(), KeyFileError::NotAKey),
    ];
    for (text, error) in cases {
        assert_eq!(read(&text).unwrap_err(), error, "{}", &text[..text.len().min(60)]);
    }
}

/// Every single change of a byte of a key's PEM is refused or is another key; none is a fault.
#[test]
fn changed_and_shortened_der_is_refused_or_read_never_a_panic() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let key = made(algorithm);
        for pem in [key.to_pem().unwrap(), KeyFile::from(key.public().unwrap()).to_pem().unwrap()] {
            let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
            let (first, last) = (pem.lines().next().unwrap(), pem.lines().last().unwrap());
            let der = STANDARD.decode(body).unwrap();
            let block = |der: &[u8]| format!("{first}\n{}\n{last}\n", STANDARD.encode(der));
            for at in 0..der.len() {
                assert!(read(block(&der[..at])).is_err(), "{algorithm}, cut at {at}");
                let mut changed = der.clone();
                changed[at] ^= 0x81;
                let _ = read(block(&changed));
            }
            assert!(read(block(&[der.as_slice(), &[0]].concat())).is_err(), "{algorithm}, something after it");
        }
    }
}

#[test]
fn content_is_bounded_and_its_boundaries_must_match() {
    assert_eq!(read(" ".repeat(MAX_BYTES + 1)).unwrap_err(), KeyFileError::TooLong);
    let pem = made(SigningAlgorithm::EdDsa).to_pem().unwrap();
    assert_eq!(read(pem.replace("END PRIVATE", "END PUBLIC")).unwrap_err(), KeyFileError::Malformed);
    assert_eq!(read(pem.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY")).unwrap_err(), KeyFileError::Kind);
    assert_eq!(read(pem.replace("PRIVATE KEY", "CERTIFICATE")).unwrap_err(), KeyFileError::Certificate);
    assert_eq!(read(pem.replace("-----END", "nothing")).unwrap_err(), KeyFileError::Malformed);
    assert_eq!(read(pem.repeat(2)).unwrap_err(), KeyFileError::Several);
    assert_eq!(KeyFile::read_pem(b"{}", None).unwrap_err(), KeyFileError::NotPem);
}
