//! RFC 7636: PKCE.

use tessera::protocol::ErrorCode;
use tessera::protocol::pkce::{CodeChallenge, CodeVerifier};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn challenge() -> CodeChallenge {
    CodeChallenge::from_parameters(Some(CHALLENGE), Some("S256")).unwrap().unwrap()
}

#[test]
fn the_example_of_the_rfc_verifies() {
    CodeVerifier::parse(VERIFIER).unwrap().verify(&challenge()).unwrap();
}

#[test]
fn a_wrong_verifier_is_invalid_grant() {
    let wrong = CodeVerifier::parse(&VERIFIER.replace("dBj", "dBk")).unwrap();
    assert_eq!(wrong.verify(&challenge()).unwrap_err().code(), ErrorCode::InvalidGrant);
    let itself = CodeVerifier::parse(CHALLENGE).unwrap();
    assert!(itself.verify(&challenge()).is_err(), "as method plain would have it");
}

/// security.md: plain PKCE → invalid_request, and the message says what to do.
#[test]
fn plain_is_refused_named_or_by_omission() {
    for method in [Some("plain"), None, Some("s256"), Some("S512"), Some("")] {
        let error = CodeChallenge::from_parameters(Some(CHALLENGE), method).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidRequest, "{method:?}");
        assert!(error.description().contains("S256"), "{error}");
    }
    assert!(CodeChallenge::from_parameters(None, Some("S256")).is_err());
    assert!(CodeChallenge::from_parameters(None, None).unwrap().is_none());
}

#[test]
fn a_challenge_is_43_characters_of_base64url() {
    let long = format!("{CHALLENGE}A");
    let (short, padded) = (&CHALLENGE[1..], format!("{CHALLENGE}="));
    let (plus, unclean) = (CHALLENGE.replace('-', "+"), CHALLENGE.replace("cM", "cN"));
    for text in [long.as_str(), short, &padded, &plus, &unclean, "", VERIFIER_OF_THE_SEED] {
        assert_eq!(CodeChallenge::parse(text).unwrap_err().code(), ErrorCode::InvalidRequest, "{text}");
    }
}

/// A UUID, as one of the seeds sent it.
const VERIFIER_OF_THE_SEED: &str = "7f3d2a9e-5b1c-4c8e-9f0a-1d2e3f4a5b6c";

#[test]
fn a_verifier_of_36_characters_is_told_the_length_that_it_needs() {
    let error = CodeVerifier::parse(VERIFIER_OF_THE_SEED).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidGrant);
    assert!(error.description().contains("43 to 128 characters long, not 36"), "{error}");
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
#[test]
fn a_verifier_keeps_to_length_and_characters() {
    for text in [
        "a".repeat(42),
        "a".repeat(129),
        String::new(),
        format!("{VERIFIER}+"),
        format!("{VERIFIER}é"),
        format!("{VERIFIER} "),
    ] {
        assert_eq!(CodeVerifier::parse(&text).unwrap_err().code(), ErrorCode::InvalidGrant, "{text}");
    }
    assert!(CodeVerifier::parse(&"~".repeat(43)).is_ok() && CodeVerifier::parse(&".".repeat(128)).is_ok());
}

#[test]
fn a_challenge_is_stored_as_its_text_and_a_verifier_never_shows() {
    let json = serde_json::to_string(&challenge()).unwrap();
    assert_eq!(json, format!("\"{CHALLENGE}\""));
    assert_eq!(serde_json::from_str::<CodeChallenge>(&json).unwrap(), challenge());
    assert!(!format!("{:?}", CodeVerifier::parse(VERIFIER).unwrap()).contains(VERIFIER));
}
