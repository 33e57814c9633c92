//! Compact JWEs from strangers (RFC 7516 §7.1; security.md "Traps in our own libraries" and "JOSE"): each refusal its own case.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera::protocol::algorithm::{ContentEncryption, KeyManagementAlgorithm};
use tessera::protocol::jwe::{CompactJwe, JweFault, MAX_BYTES};
use tessera::protocol::jws::{CompactJws, JwsFault};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A header and the lengths of its other parts.
fn jwe(header: &str, [key, vector, text, tag]: [usize; 4]) -> String {
    let part = |length| encode(vec![7; length]);
    format!("{}.{}.{}.{}.{}", encode(header), part(key), part(vector), part(text), part(tag))
}

fn point() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": encode([1; 32]), "y": encode([2; 32])})
}

const RSA_GCM: [usize; 4] = [256, 12, 5, 16];
const AGREED_GCM: [usize; 4] = [0, 12, 5, 16];

#[track_caller]
fn rsa(members: &Value) -> Result<(), JweFault> {
    let mut header = json!({"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": "k", "cty": "JWT"});
    header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    CompactJwe::parse(&jwe(&header.to_string(), RSA_GCM)).map(|_| ())
}

fn agreed(members: &Value) -> Result<(), JweFault> {
    let mut header = json!({"alg": "ECDH-ES", "enc": "A128GCM", "epk": point()});
    header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    CompactJwe::parse(&jwe(&header.to_string(), AGREED_GCM)).map(|_| ())
}

#[test]
fn a_sound_jwe_is_taken_apart() {
    let header = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"my-key","cty":"jwt","typ":"JWT"}"#;
    let text = jwe(header, RSA_GCM);
    let jwe = CompactJwe::parse(&text).unwrap();
    assert_eq!((jwe.algorithm(), jwe.encryption()), (KeyManagementAlgorithm::RsaOaep256, ContentEncryption::A256Gcm));
    assert_eq!((jwe.kid(), jwe.is_nested_jwt()), (Some("my-key"), true));
    assert_eq!(jwe.additional_data(), encode(header));
    let lengths = [jwe.encrypted_key(), jwe.initialization_vector(), jwe.ciphertext(), jwe.tag()].map(<[u8]>::len);
    assert_eq!(lengths, RSA_GCM);
    assert!(jwe.agreement().is_empty());
    assert_eq!(agreed(&json!({"apu": "QWxpY2U", "apv": "Qm9i", "cty": "JSON"})), Ok(()));
    assert_eq!(rsa(&json!({"unknown": [1]})), Ok(()), "RFC 7516 §4: what is not understood is ignored");
}

/// josekit would decompress without bound.
#[test]
fn compression_is_refused() {
    assert_eq!(rsa(&json!({"zip": "DEF"})), Err(JweFault::RefusedMember));
    assert_eq!(agreed(&json!({"zip": null})), Err(JweFault::RefusedMember));
}

#[test]
fn passwords_shared_secrets_and_broken_algorithms_are_refused() {
    let refused = [
        "PBES2-HS256+A128KW",
        "PBES2-HS512+A256KW",
        "dir",
        "RSA1_5",
        "RSA-OAEP",
        "RSA-OAEP-512",
        "A128KW",
        "A256GCMKW",
        "ECDH-ES+A192KW",
        "ECDH-1PU",
        "none",
        "RS256",
        "rsa-oaep-256",
        "",
    ];
    for alg in refused {
        assert_eq!(rsa(&json!({"alg": alg})), Err(JweFault::Algorithm), "{alg}");
    }
    for enc in ["A192GCM", "A256CBC-HS512", "A128CBC", "XC20P", "none", ""] {
        assert_eq!(rsa(&json!({"enc": enc})), Err(JweFault::Algorithm), "{enc}");
    }
    for header in [json!({"alg": 1}), json!({"alg": null}), json!({"enc": ["A128GCM"]})] {
        assert_eq!(rsa(&header), Err(JweFault::Algorithm), "{header}");
    }
    assert_eq!(rsa(&json!({"p2c": 1_000_000_000})), Err(JweFault::RefusedMember));
    assert_eq!(rsa(&json!({"p2s": "AAAA"})), Err(JweFault::RefusedMember));
}

/// RFC 7516 §4.1.13, RFC 8725 §3.10.
#[test]
fn critical_members_and_those_that_bring_keys_are_refused() {
    for name in ["crit", "jku", "jwk", "x5u", "x5c", "iv", "tag"] {
        assert_eq!(rsa(&json!({ name: ["x"] })), Err(JweFault::RefusedMember), "{name}");
    }
}

#[test]
fn repeated_members_and_headers_that_are_no_objects_are_refused() {
    let twice = [
        r#"{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256","enc":"A128GCM"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A128GCM","enc":"A256GCM"}"#,
        r#"{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","kty":"EC"}}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A128GCM"}{}"#,
        r#"["RSA-OAEP-256"]"#,
        "",
    ];
    for header in twice {
        assert_eq!(CompactJwe::parse(&jwe(header, RSA_GCM)), Err(JweFault::Header), "{header}");
    }
    let deep = format!(r#"{{"alg":"RSA-OAEP-256","enc":"A128GCM","a":{}1{}}}"#, "[".repeat(99), "]".repeat(99));
    assert_eq!(CompactJwe::parse(&jwe(&deep, RSA_GCM)), Err(JweFault::Header));
}

/// "Five parts where three belong", and the other way round.
#[test]
fn a_jwe_is_no_jws_and_a_jws_is_no_jwe() {
    let five = jwe(r#"{"alg":"RSA-OAEP-256","enc":"A128GCM"}"#, RSA_GCM);
    assert_eq!(CompactJws::parse(&five), Err(JwsFault::Parts));
    let three = format!("{}.{}.{}", encode(r#"{"alg":"ES256"}"#), encode("{}"), encode([7; 64]));
    assert_eq!(CompactJwe::parse(&three), Err(JweFault::Parts));
    for text in [format!("{five}.AAAA"), five.rsplit_once('.').unwrap().0.to_owned(), String::new(), "....".repeat(2)] {
        assert_eq!(CompactJwe::parse(&text), Err(JweFault::Parts), "{text}");
    }
}

#[test]
fn the_size_is_bounded_before_anything_is_decoded() {
    assert_eq!(CompactJwe::parse(&"A".repeat(MAX_BYTES + 1)), Err(JweFault::TooLong));
    assert_eq!(CompactJwe::parse(&"A".repeat(MAX_BYTES)), Err(JweFault::Parts));
}

#[test]
fn only_base64url_without_padding_is_read() {
    let sound = jwe(r#"{"alg":"RSA-OAEP-256","enc":"A128GCM"}"#, RSA_GCM);
    for part in 0..5 {
        for wrong in ["=", "+", " ", "\n", "é"] {
            let mut parts: Vec<_> = sound.split('.').map(str::to_owned).collect();
            parts[part].push_str(wrong);
            assert_eq!(CompactJwe::parse(&parts.join(".")), Err(JweFault::Encoding), "part {part}, {wrong:?}");
        }
    }
}

#[test]
fn a_kid_that_is_a_path_a_query_or_long_is_refused() {
    for kid in [json!("../key"), json!("' OR 1=1 --"), json!("k".repeat(129)), json!(""), json!(1), json!("a\u{0}")] {
        assert_eq!(rsa(&json!({ "kid": kid })), Err(JweFault::KeyId), "{kid}");
    }
    assert_eq!(rsa(&json!({"cty": "a b"})), Err(JweFault::KeyId));
}

/// RFC 7518 §4.6.1.
#[test]
fn an_agreement_needs_a_public_point_of_p256_and_nothing_else_has_one() {
    let wrong = [
        json!(null),
        json!("x"),
        json!({}),
        json!({"kty": "OKP", "crv": "X25519", "x": encode([1; 32])}),
        json!({"kty": "EC", "crv": "P-384", "x": encode([1; 48]), "y": encode([2; 48])}),
        json!({"kty": "EC", "crv": "P-256", "x": encode([1; 32])}),
        json!({"kty": "EC", "crv": "P-256", "x": encode([1; 31]), "y": encode([2; 32])}),
        json!({"kty": "EC", "crv": "P-256", "x": encode([1; 33]), "y": encode([2; 32])}),
        json!({"kty": "EC", "crv": "P-256", "x": "", "y": encode([2; 64])}),
        json!({"kty": "EC", "crv": "P-256", "x": encode([1; 32]), "y": encode([2; 32]), "d": encode([3; 32])}),
    ];
    for epk in wrong {
        assert_eq!(agreed(&json!({ "epk": epk })), Err(JweFault::Agreement), "{epk}");
    }
    let absent = jwe(r#"{"alg":"ECDH-ES","enc":"A128GCM"}"#, AGREED_GCM);
    assert_eq!(CompactJwe::parse(&absent), Err(JweFault::Agreement));
    for party in [json!("="), json!(1), json!("A".repeat(257))] {
        assert_eq!(agreed(&json!({ "apu": party })), Err(JweFault::Agreement), "{party}");
        assert_eq!(agreed(&json!({ "apv": party })), Err(JweFault::Agreement), "{party}");
    }
    for name in ["epk", "apu", "apv"] {
        assert_eq!(rsa(&json!({ name: point() })), Err(JweFault::Agreement), "{name}");
    }
}

/// josekit takes a tag of one byte, and panics over an encrypted key of seven.
#[test]
fn every_part_has_the_length_of_its_algorithm() {
    let parse = |alg: &str, enc: &str, lengths| {
        let agrees = alg.starts_with("ECDH");
        let mut header = json!({"alg": alg, "enc": enc});
        if agrees {
            header["epk"] = point();
        }
        CompactJwe::parse(&jwe(&header.to_string(), lengths)).map(|_| ())
    };
    let sound = [
        ("RSA-OAEP-256", "A128GCM", [256, 12, 1, 16]),
        ("RSA-OAEP-256", "A128CBC-HS256", [1024, 16, 16, 16]),
        ("ECDH-ES", "A256GCM", [0, 12, 1, 16]),
        ("ECDH-ES+A128KW", "A128GCM", [24, 12, 1, 16]),
        ("ECDH-ES+A256KW", "A256GCM", [40, 12, 1, 16]),
        ("ECDH-ES+A128KW", "A128CBC-HS256", [40, 16, 32, 16]),
    ];
    for (alg, enc, lengths) in sound {
        assert_eq!(parse(alg, enc, lengths), Ok(()), "{alg} {enc}");
        for part in 0..4 {
            for change in [-1_isize, 1] {
                let mut wrong = lengths;
                let Some(length) = wrong[part].checked_add_signed(change) else { continue };
                wrong[part] = length;
                let is_free = (part == 0 && alg.starts_with("RSA") && (256..=1024).contains(&length))
                    || (part == 2 && enc.ends_with("GCM") && length > 0);
                let expected = if is_free { Ok(()) } else { Err(JweFault::Length) };
                assert_eq!(parse(alg, enc, wrong), expected, "{alg} {enc} {wrong:?}");
            }
        }
    }
    for key in [0, 1, 7, 255, 1025] {
        assert_eq!(parse("RSA-OAEP-256", "A128GCM", [key, 12, 1, 16]), Err(JweFault::Length), "{key}");
    }
    for tag in [0, 1, 4, 12, 32] {
        assert_eq!(parse("ECDH-ES", "A128GCM", [0, 12, 1, tag]), Err(JweFault::Length), "{tag}");
    }
    assert_eq!(parse("ECDH-ES", "A128CBC-HS256", [0, 16, 0, 16]), Err(JweFault::Length));
}
