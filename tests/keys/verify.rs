//! security.md "JOSE", as far as keys decide it; the parser's part is in tests/protocol.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::keys::jwk::PublicJwk;
use tessera::keys::sign::SigningKey;
use tessera::keys::verify::{VerifyError, VerifyingKey, VerifyingKeys};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::jws::{CompactJws, JwsFault};

use crate::keys::sign::key;

/// Why a token was not believed: by the parser, or by the keys.
#[derive(Debug, PartialEq)]
enum Refusal {
    Parser(JwsFault),
    Keys(VerifyError),
}

impl From<JwsFault> for Refusal {
    fn from(fault: JwsFault) -> Self {
        Self::Parser(fault)
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        Self::Keys(error)
    }
}

/// A token whose header is the given one, signed over it by `sign`.
fn forge(header: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let payload = URL_SAFE_NO_PAD.encode(r#"{"sub":"admin"}"#);
    let input = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// The same token, with one member of its header changed and the signature left as it was.
fn with_header(token: &str, member: &str, value: Value) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header[member] = value;
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// The same token, with its signature's bytes changed.
fn with_signature(token: &str, change: impl Fn(&mut Vec<u8>)) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    change(&mut signature);
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn set(keys: &[&SigningKey]) -> VerifyingKeys {
    keys.iter().map(|key| VerifyingKey::new(key.public()).unwrap()).collect()
}

fn check(keys: &VerifyingKeys, token: &str) -> Result<(), Refusal> {
    Ok(keys.verify(&CompactJws::parse(token)?, "at+jwt").map(|_| ())?)
}

fn public(json: &Value) -> Result<VerifyingKey, String> {
    let jwk: PublicJwk = serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
    VerifyingKey::new(&jwk).map_err(|error| error.to_string())
}

/// RFC 7515 appendix A.3: an ES256 signature made elsewhere.
#[test]
fn the_es256_example_of_rfc_7515_verifies() {
    let key = public(&json!({"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "use": "sig",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}))
    .unwrap();
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    assert_eq!(key.verify_signature(&CompactJws::parse(token).unwrap()), Ok(()));
}

/// RFC 8037 appendix A.4 and A.5: an Ed25519 signature made elsewhere.
#[test]
fn the_eddsa_example_of_rfc_8037_verifies() {
    let key = public(&json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "alg": "EdDSA", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}))
    .unwrap();
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(key.verify_signature(&CompactJws::parse(token).unwrap()), Ok(()));
}

/// RFC 8725 §3.1: `none` in any case is no algorithm of any key.
#[test]
fn alg_none_in_any_case_is_refused() {
    let key = key(SigningAlgorithm::Es256);
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = forge(&json!({"alg": alg, "typ": "at+jwt", "kid": key.kid()}), |_| b"x".to_vec());
        assert_eq!(check(&set(&[&key]), &token), Err(Refusal::Parser(JwsFault::Algorithm)), "{alg}");
    }
}

/// RFC 8725 §2.1: the public key taken for an HMAC secret.
#[test]
fn hs256_under_an_rsa_public_key_is_refused() {
    let key = key(SigningAlgorithm::Rs256);
    let secret = serde_json::to_vec(key.public()).unwrap();
    let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
    for alg in ["HS256", "RS256"] {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": key.kid()});
        let token = forge(&header, |input| ring::hmac::sign(&hmac, input).as_ref().to_vec());
        assert!(check(&set(&[&key]), &token).is_err(), "{alg}");
    }
}

/// RFC 8725 §3.1: a key is used with its own algorithm only, though another would fit its type.
#[test]
fn a_valid_signature_under_another_keys_kid_is_refused() {
    let keys = [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256, SigningAlgorithm::Es256].map(key);
    let [rsa, _, ec] = &keys;
    let keys = set(&keys.each_ref());
    let token = with_header(&ec.sign("at+jwt", &json!({})).unwrap(), "kid", json!(rsa.kid()));
    assert_eq!(check(&keys, &token), Err(VerifyError::WrongAlgorithm.into()));
    let token = rsa.sign("at+jwt", &json!({})).unwrap();
    assert_eq!(check(&keys, &with_header(&token, "alg", json!("PS256"))), Err(VerifyError::WrongAlgorithm.into()));
    for alg in ["RS512", "rs256"] {
        assert_eq!(check(&keys, &with_header(&token, "alg", json!(alg))), Err(JwsFault::Algorithm.into()), "{alg}");
    }
    let other = key(SigningAlgorithm::Es256);
    let token = with_header(&other.sign("at+jwt", &json!({})).unwrap(), "kid", json!(ec.kid()));
    assert_eq!(check(&keys, &token), Err(VerifyError::WrongSignature.into()));
}

/// RFC 8725 §3.10: a kid is looked up and never run, read or fetched; without one there is no key.
#[test]
fn a_kid_that_is_a_path_sql_long_unknown_or_missing_finds_no_key() {
    let key = key(SigningAlgorithm::Es256);
    let keys = set(&[&key]);
    let token = key.sign("at+jwt", &json!({})).unwrap();
    for kid in ["../../dev/null", "' OR 1=1 --", "", &"x".repeat(1024)] {
        assert_eq!(check(&keys, &with_header(&token, "kid", json!(kid))), Err(JwsFault::KeyId.into()), "{kid}");
    }
    let huge = with_header(&token, "kid", json!("x".repeat(1 << 20)));
    assert_eq!(check(&keys, &huge), Err(JwsFault::TooLong.into()));
    assert_eq!(check(&keys, &with_header(&token, "kid", json!("unknown"))), Err(VerifyError::UnknownKey.into()));
    let missing = forge(&json!({"alg": "ES256", "typ": "at+jwt"}), |_| vec![0; 64]);
    assert_eq!(check(&keys, &missing), Err(VerifyError::UnknownKey.into()));
}

/// RFC 8725 §3.10: a key that the token brings along is not used, nor one that it points to.
#[test]
fn an_embedded_jwk_is_not_used() {
    let (ours, theirs) = (key(SigningAlgorithm::Es256), key(SigningAlgorithm::Es256));
    let token = theirs.sign("at+jwt", &json!({})).unwrap();
    assert_eq!(check(&set(&[&ours]), &token), Err(VerifyError::UnknownKey.into()));
    for (member, value) in [("jwk", json!(theirs.public())), ("jku", json!("https://evil.example/jwks"))] {
        for kid in [ours.kid(), theirs.kid()] {
            let token = with_header(&with_header(&token, member, value.clone()), "kid", json!(kid));
            assert_eq!(check(&set(&[&ours]), &token), Err(JwsFault::RefusedMember.into()), "{member}");
        }
    }
}

/// RFC 8725 §3.11, security.md: tokens are told apart by `typ`.
#[test]
fn a_token_of_another_type_is_refused() {
    let key = key(SigningAlgorithm::Es256);
    let types = ["at+jwt", "JWT", "logout+jwt"];
    for made in types {
        let token = key.sign(made, &json!({})).unwrap();
        for expected in types {
            let result = set(&[&key]).verify(&CompactJws::parse(&token).unwrap(), expected).map(|_| ());
            let right = if made == expected { Ok(()) } else { Err(VerifyError::WrongType) };
            assert_eq!(result, right, "{made} taken for {expected}");
        }
    }
    let untyped = forge(&json!({"alg": "ES256", "kid": key.kid()}), |_| vec![0; 64]);
    assert_eq!(check(&set(&[&key]), &untyped), Err(VerifyError::WrongType.into()));
}

/// RFC 7515 §4.1.9: compared without case, `application/` may stand before it.
#[test]
fn a_type_may_be_written_in_another_case_or_as_a_whole_media_type() {
    let key = key(SigningAlgorithm::Es256);
    for typ in ["AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let token = key.sign(typ, &json!({})).unwrap();
        assert_eq!(check(&set(&[&key]), &token), Ok(()), "{typ}");
    }
    for typ in ["application/application/at+jwt", "text/at+jwt", "/at+jwt", "application/"] {
        let token = key.sign(typ, &json!({})).unwrap();
        assert_eq!(check(&set(&[&key]), &token), Err(VerifyError::WrongType.into()), "{typ}");
    }
}

#[test]
fn a_changed_payload_or_signature_is_refused_for_every_algorithm() {
    for algorithm in SigningAlgorithm::ALL {
        let key = key(*algorithm);
        let keys = set(&[&key]);
        let token = key.sign("at+jwt", &json!({"sub": "a"})).unwrap();
        let payload = URL_SAFE_NO_PAD.encode(r#"{"sub":"b"}"#);
        let parts: Vec<_> = token.split('.').collect();
        let other = format!("{}.{payload}.{}", parts[0], parts[2]);
        assert_eq!(check(&keys, &other), Err(VerifyError::WrongSignature.into()), "{algorithm}");
        let changes: [fn(&mut Vec<u8>); 4] = [|s| s[3] ^= 1, |s| s.truncate(10), |s| s.push(0), |s| s.fill(0)];
        for change in changes {
            let token = with_signature(&token, change);
            assert_eq!(check(&keys, &token), Err(VerifyError::WrongSignature.into()), "{algorithm}");
        }
        assert_eq!(check(&keys, &with_signature(&token, Vec::clear)), Err(JwsFault::Parts.into()), "{algorithm}");
    }
}

/// security.md "off-curve points": refused when the key is read, not when it is used.
#[test]
fn a_point_off_its_curve_is_refused() {
    let mut jwk = serde_json::to_value(key(SigningAlgorithm::Es256).public()).unwrap();
    assert!(public(&jwk).is_ok());
    let mut y = URL_SAFE_NO_PAD.decode(jwk["y"].as_str().unwrap()).unwrap();
    y[31] ^= 1;
    jwk["y"] = json!(URL_SAFE_NO_PAD.encode(&y));
    assert!(public(&jwk).is_err());
    jwk["y"] = json!(URL_SAFE_NO_PAD.encode([0; 32]));
    jwk["x"] = json!(URL_SAFE_NO_PAD.encode([0; 32]));
    assert!(public(&jwk).is_err());
}

/// RFC 7518 §3.3: at least 2048 bits, also where the number of bytes would do.
#[test]
fn an_rsa_modulus_below_2048_bits_is_refused() {
    let mut jwk = serde_json::to_value(key(SigningAlgorithm::Rs256).public()).unwrap();
    assert!(public(&jwk).is_ok());
    let mut short = vec![0xff; 128];
    let mut padded = vec![0; 256];
    padded[128..].fill(0xff);
    let mut one_bit = vec![0xff; 256];
    one_bit[0] = 0x7f;
    short[0] = 0x80;
    for n in [short, padded, one_bit, vec![0xff; 2048], Vec::new()] {
        jwk["n"] = json!(URL_SAFE_NO_PAD.encode(&n));
        assert!(public(&jwk).is_err(), "{} bytes", n.len());
    }
}

#[test]
fn an_rsa_exponent_that_is_one_even_or_huge_is_refused() {
    let mut jwk = serde_json::to_value(key(SigningAlgorithm::Rs256).public()).unwrap();
    for e in [vec![], vec![1], vec![0, 1], vec![1, 0, 0], vec![2, 0, 0, 0, 1], vec![0xff; 9]] {
        jwk["e"] = json!(URL_SAFE_NO_PAD.encode(&e));
        assert!(public(&jwk).is_err(), "{e:?}");
    }
    jwk["e"] = json!(URL_SAFE_NO_PAD.encode([1, 0, 0, 0, 1]));
    assert!(public(&jwk).is_ok());
}

#[test]
fn a_key_of_another_type_or_curve_than_its_algorithm_is_refused() {
    let ec = serde_json::to_value(key(SigningAlgorithm::Es256).public()).unwrap();
    for (member, value) in [
        ("alg", "RS256"),
        ("alg", "EdDSA"),
        ("alg", "HS256"),
        ("alg", "none"),
        ("crv", "P-384"),
        ("crv", "secp256k1"),
        ("use", "enc"),
        ("kty", "oct"),
        ("x", "AA"),
        ("x", "!"),
        ("y", ""),
    ] {
        let mut jwk = ec.clone();
        jwk[member] = json!(value);
        assert!(public(&jwk).is_err(), "{member} = {value}");
    }
}
