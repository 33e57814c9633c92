//! security.md "JOSE", as far as keys decide it; the parser's part is in tests/protocol.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::keys::algorithm::Algorithm;
use tessera::keys::jwk::PublicJwk;
use tessera::keys::sign::SigningKey;
use tessera::keys::verify::{Presented, VerifyError, VerifyingKey, VerifyingKeys};

use crate::keys::sign::key;

/// A compact JWS taken apart, as the parser hands it over.
pub(super) struct Parts {
    header: Value,
    input: Vec<u8>,
    signature: Vec<u8>,
}

impl Parts {
    pub(super) fn as_ref(&self) -> Presented<'_> {
        Presented {
            alg: self.header["alg"].as_str().unwrap(),
            kid: self.header["kid"].as_str(),
            typ: self.header["typ"].as_str(),
            signing_input: &self.input,
            signature: &self.signature,
        }
    }
}

pub(super) fn present(token: &str) -> Parts {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.decode(input.split('.').next().unwrap()).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    Parts { header: serde_json::from_slice(&header).unwrap(), input: input.into(), signature }
}

/// A token whose header is the given one, signed over it by `sign`.
fn forge(header: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> Parts {
    let mut input = URL_SAFE_NO_PAD.encode(header.to_string());
    write!(input, ".{}", URL_SAFE_NO_PAD.encode(r#"{"sub":"admin"}"#)).unwrap();
    let signature = sign(input.as_bytes());
    Parts { header: header.clone(), input: input.into(), signature }
}

fn set(keys: &[&SigningKey]) -> VerifyingKeys {
    keys.iter().map(|key| VerifyingKey::new(key.public()).unwrap()).collect()
}

fn check(keys: &VerifyingKeys, jws: &Parts) -> Result<(), VerifyError> {
    keys.verify(&jws.as_ref(), "at+jwt").map(|_| ())
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
    let jws = present(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
    assert_eq!(key.verify(&Presented { typ: Some("JWT"), ..jws.as_ref() }, "JWT"), Ok(()));
}

/// RFC 8037 appendix A.4 and A.5: an Ed25519 signature made elsewhere.
#[test]
fn the_eddsa_example_of_rfc_8037_verifies() {
    let key = public(&json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "alg": "EdDSA", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}))
    .unwrap();
    let jws = present(
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    );
    assert_eq!(key.verify(&Presented { typ: Some("JWT"), ..jws.as_ref() }, "JWT"), Ok(()));
}

/// RFC 8725 §3.1: `none` in any case is no algorithm of any key.
#[test]
fn alg_none_in_any_case_is_refused() {
    let key = key(Algorithm::Es256);
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let jws = forge(&json!({"alg": alg, "typ": "at+jwt", "kid": key.kid()}), |_| Vec::new());
        assert_eq!(check(&set(&[&key]), &jws), Err(VerifyError::WrongAlgorithm), "{alg}");
    }
}

/// RFC 8725 §2.1: the public key taken for an HMAC secret.
#[test]
fn hs256_under_an_rsa_public_key_is_refused() {
    let key = key(Algorithm::Rs256);
    let secret = serde_json::to_vec(key.public()).unwrap();
    let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": key.kid()});
    let jws = forge(&header, |input| ring::hmac::sign(&hmac, input).as_ref().to_vec());
    assert_eq!(check(&set(&[&key]), &jws), Err(VerifyError::WrongAlgorithm));
}

/// RFC 8725 §3.1: a key is used with its own algorithm only, though another would fit its type.
#[test]
fn a_valid_signature_under_another_keys_kid_is_refused() {
    let (rsa, pss, ec) = (key(Algorithm::Rs256), key(Algorithm::Ps256), key(Algorithm::Es256));
    let keys = set(&[&rsa, &pss, &ec]);
    let mut jws = present(&ec.sign("at+jwt", &json!({})).unwrap());
    jws.header["kid"] = json!(rsa.kid());
    assert_eq!(check(&keys, &jws), Err(VerifyError::WrongAlgorithm));
    for alg in ["PS256", "RS512", "rs256"] {
        let mut jws = present(&rsa.sign("at+jwt", &json!({})).unwrap());
        jws.header["alg"] = json!(alg);
        assert_eq!(check(&keys, &jws), Err(VerifyError::WrongAlgorithm), "{alg}");
    }
    let other = key(Algorithm::Es256);
    let mut jws = present(&other.sign("at+jwt", &json!({})).unwrap());
    jws.header["kid"] = json!(ec.kid());
    assert_eq!(check(&keys, &jws), Err(VerifyError::WrongSignature));
}

/// RFC 8725 §3.10: a kid is looked up and never run, read or fetched; without one there is no key.
#[test]
fn a_kid_that_is_a_path_sql_a_megabyte_or_missing_finds_no_key() {
    let key = key(Algorithm::Es256);
    let keys = set(&[&key]);
    for kid in [json!("../../dev/null"), json!("' OR 1=1 --"), json!("x".repeat(1 << 20)), json!(""), Value::Null] {
        let mut jws = present(&key.sign("at+jwt", &json!({})).unwrap());
        jws.header["kid"] = kid;
        assert_eq!(check(&keys, &jws), Err(VerifyError::UnknownKey));
    }
}

/// RFC 8725 §3.10: a key that the token brings along is not used, nor one that it points to.
#[test]
fn an_embedded_jwk_is_not_used() {
    let (ours, theirs) = (key(Algorithm::Es256), key(Algorithm::Es256));
    let header = |kid: &str| json!({"alg": "ES256", "typ": "at+jwt", "kid": kid, "jwk": theirs.public(), "jku": "https://evil.example/jwks"});
    let signed = present(&theirs.sign("at+jwt", &json!({})).unwrap());
    for (kid, error) in [(theirs.kid(), VerifyError::UnknownKey), (ours.kid(), VerifyError::WrongSignature)] {
        let jws = Parts { header: header(kid), input: signed.input.clone(), signature: signed.signature.clone() };
        assert_eq!(check(&set(&[&ours]), &jws), Err(error));
    }
}

/// RFC 8725 §3.11, security.md: tokens are told apart by `typ`.
#[test]
fn a_token_of_another_type_is_refused() {
    let key = key(Algorithm::Es256);
    let types = ["at+jwt", "JWT", "logout+jwt"];
    for made in types {
        let jws = present(&key.sign(made, &json!({})).unwrap());
        for expected in types {
            let result = set(&[&key]).verify(&jws.as_ref(), expected).map(|_| ());
            assert_eq!(result.is_ok(), made == expected, "{made} taken for {expected}: {result:?}");
        }
    }
    let jws = present(&key.sign("at+jwt", &json!({})).unwrap());
    let untyped = Presented { typ: None, ..jws.as_ref() };
    assert_eq!(set(&[&key]).verify(&untyped, "at+jwt").map(|_| ()), Err(VerifyError::WrongType));
}

/// RFC 7515 §4.1.9: compared without case, `application/` may stand before it.
#[test]
fn a_type_may_be_written_in_another_case_or_as_a_whole_media_type() {
    let key = key(Algorithm::Es256);
    for typ in ["AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let jws = present(&key.sign(typ, &json!({})).unwrap());
        assert_eq!(check(&set(&[&key]), &jws), Ok(()), "{typ}");
    }
    for typ in ["application/application/at+jwt", "text/at+jwt", "/at+jwt", "at+jwt ", "éapplication/at+jwt"] {
        let jws = present(&key.sign(typ, &json!({})).unwrap());
        assert_eq!(check(&set(&[&key]), &jws), Err(VerifyError::WrongType), "{typ}");
    }
}

#[test]
fn a_changed_payload_or_signature_is_refused_for_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let keys = set(&[&key]);
        let token = key.sign("at+jwt", &json!({"sub": "a"})).unwrap();
        let mut jws = present(&token);
        *jws.input.last_mut().unwrap() ^= 1;
        assert_eq!(check(&keys, &jws), Err(VerifyError::WrongSignature), "{algorithm}");
        let changes: [fn(&mut Vec<u8>); 5] =
            [|s| s[3] ^= 1, |s| s.truncate(10), Vec::clear, |s| s.push(0), |s| s.fill(0)];
        for change in changes {
            let mut jws = present(&token);
            change(&mut jws.signature);
            assert_eq!(check(&keys, &jws), Err(VerifyError::WrongSignature), "{algorithm}");
        }
    }
}

/// security.md "off-curve points": refused when the key is read, not when it is used.
#[test]
fn a_point_off_its_curve_is_refused() {
    let mut jwk = serde_json::to_value(key(Algorithm::Es256).public()).unwrap();
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
    let mut jwk = serde_json::to_value(key(Algorithm::Rs256).public()).unwrap();
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
    let mut jwk = serde_json::to_value(key(Algorithm::Rs256).public()).unwrap();
    for e in [vec![], vec![1], vec![0, 1], vec![1, 0, 0], vec![0xff; 9]] {
        jwk["e"] = json!(URL_SAFE_NO_PAD.encode(&e));
        assert!(public(&jwk).is_err(), "{e:?}");
    }
}

#[test]
fn a_key_of_another_type_or_curve_than_its_algorithm_is_refused() {
    let ec = serde_json::to_value(key(Algorithm::Es256).public()).unwrap();
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
