//! security.md, JOSE: what an untrusted token is refused for before any cryptography.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use tessera::protocol::algorithm::JwsAlgorithm;
use tessera::protocol::jws::{CompactJws, JwsFault, MAX_BYTES};

fn token(header: &str, payload: &str) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

fn fault(header: &str) -> JwsFault {
    CompactJws::parse(&token(header, "{}")).expect_err(header)
}

#[test]
fn a_sound_token_is_taken_apart() {
    let text = token(r#"{"alg":"ES256","kid":"k-1","typ":"at+jwt"}"#, r#"{"sub":"a","exp":1}"#);
    let jws = CompactJws::parse(&text).unwrap();
    assert_eq!((jws.algorithm(), jws.kid(), jws.signature()), (JwsAlgorithm::Es256, Some("k-1"), &b"sig"[..]));
    assert_eq!(jws.signing_input(), text.rsplit_once('.').unwrap().0);
    assert!(jws.is_type("at+jwt") && jws.is_type("application/AT+JWT") && !jws.is_type("JWT"));
    assert_eq!(jws.claims().unwrap()["sub"], "a");
}

#[test]
fn alg_none_in_any_case_and_algorithms_that_we_do_not_have_are_refused() {
    for alg in ["none", "None", "NONE", "nOnE", "hs256", "HS512", "rs256", "", "RS256 "] {
        assert_eq!(fault(&format!(r#"{{"alg":"{alg}"}}"#)), JwsFault::Algorithm, "{alg}");
    }
    assert_eq!(fault("{}"), JwsFault::Algorithm);
    assert_eq!(fault(r#"{"alg":["RS256"]}"#), JwsFault::Algorithm);
    assert_eq!(fault(r#"{"alg":null}"#), JwsFault::Algorithm);
}

#[test]
fn members_that_bring_a_key_and_crit_are_refused() {
    for member in [r#""jku":"https://evil.example""#, r#""x5u":"https://evil.example""#, r#""jwk":{}"#, r#""x5c":[]"#] {
        assert_eq!(fault(&format!(r#"{{"alg":"RS256",{member}}}"#)), JwsFault::RefusedMember, "{member}");
    }
    assert_eq!(fault(r#"{"alg":"RS256","crit":["exp"]}"#), JwsFault::RefusedMember);
    assert_eq!(fault(r#"{"alg":"RS256","crit":null}"#), JwsFault::RefusedMember);
}

#[test]
fn a_kid_is_short_and_plain() {
    let long = "a".repeat(129);
    for kid in ["../../etc/passwd", "a' OR 1=1 --", "a/b", "", "é", "a\\u0000", long.as_str()] {
        assert_eq!(fault(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#)), JwsFault::KeyId, "{kid}");
    }
    // Base64, and the names of keys in decentralized identifiers.
    for kid in ["aGVsbG8+d29ybGQ=", "did:web:app.example#key-1"] {
        let text = token(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), "{}");
        assert_eq!(CompactJws::parse(&text).unwrap().kid(), Some(kid));
    }
    assert_eq!(fault(r#"{"alg":"RS256","kid":7}"#), JwsFault::KeyId);
    assert_eq!(fault(r#"{"alg":"RS256","typ":7}"#), JwsFault::KeyId);
    let huge = token(&format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "a".repeat(1 << 20)), "{}");
    assert_eq!(CompactJws::parse(&huge).unwrap_err(), JwsFault::TooLong);
}

#[test]
fn a_member_twice_is_refused_in_header_and_payload() {
    assert_eq!(fault(r#"{"alg":"RS256","alg":"RS256"}"#), JwsFault::Header);
    assert_eq!(fault(r#"{"alg":"none","\u0061lg":"RS256"}"#), JwsFault::Header);
    let header = r#"{"alg":"RS256"}"#;
    for payload in
        [r#"{"sub":"a","sub":"b"}"#, r#"{"a":{"b":1,"b":1}}"#, r#"{"a":[{"b":1,"b":1}]}"#, "[]", "1", "", "{}{}"]
    {
        assert_eq!(
            CompactJws::parse(&token(header, payload)).unwrap().claims().unwrap_err(),
            JwsFault::Payload,
            "{payload}"
        );
    }
}

#[test]
fn nesting_is_refused() {
    let nested = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    assert_eq!(fault(&format!(r#"{{"alg":"RS256","a":{nested}}}"#)), JwsFault::Header);
    let shallow = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(fault(&format!(r#"{{"alg":"RS256","a":{shallow}}}"#)), JwsFault::Header);
}

#[test]
fn times_are_numbers() {
    for name in ["exp", "nbf", "iat"] {
        for value in [r#""1""#, "null", "[1]", "true"] {
            let text = token(r#"{"alg":"RS256"}"#, &format!(r#"{{"{name}":{value}}}"#));
            assert_eq!(CompactJws::parse(&text).unwrap().claims().unwrap_err(), JwsFault::Time, "{name} {value}");
        }
    }
}

#[test]
fn there_are_exactly_three_parts_of_clean_base64url() {
    let sound = token(r#"{"alg":"RS256"}"#, "{}");
    let (unsigned, _) = sound.rsplit_once('.').unwrap();
    for text in [
        String::new(),
        "..".to_owned(),
        unsigned.to_owned(),
        format!("{unsigned}."),
        format!("{sound}.a"),
        format!("{sound}.a.b"),
    ] {
        assert_eq!(CompactJws::parse(&text).unwrap_err(), JwsFault::Parts, "{text}");
    }
    for text in [
        format!("{sound}="),
        format!("{sound} "),
        format!(" {sound}"),
        sound.replace("c2ln", "c2l+"),
        sound.replace("c2ln", "c2"),
    ] {
        let refused = CompactJws::parse(&text).unwrap_err();
        assert_eq!(refused, JwsFault::Encoding, "{text}");
    }
    assert_eq!(CompactJws::parse(&"a".repeat(MAX_BYTES + 1)).unwrap_err(), JwsFault::TooLong);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_header_is_read_or_refused(
        alg in prop::sample::select(vec!["RS256", "ES256", "none", "HS256", "EdDSA", "x"]),
        member in prop::sample::select(vec!["kid", "typ", "jku", "crit", "alg", "foo"]),
        value in "(\"[a-z./' -]{0,6}\"|[0-9]|\\{\\}|null)",
        noise in "[a-zA-Z0-9._=-]{0,24}",
    ) {
        let _ = CompactJws::parse(&noise);
        let text = token(&format!(r#"{{"alg":"{alg}","{member}":{value}}}"#), "{}");
        if let Ok(jws) = CompactJws::parse(&text) {
            prop_assert!(["RS256", "ES256", "EdDSA", "HS256"].contains(&alg) && !["jku", "crit", "alg"].contains(&member));
            prop_assert!(jws.kid().is_none_or(|kid| !kid.is_empty() && !kid.contains(['/', ' ', '\''])));
        }
    }
}
