//! RFC 6749 §5.2: error answers.

use tessera::protocol::{ErrorCode, OAuthError};

#[test]
fn an_error_is_its_code_and_its_description() {
    let error = OAuthError::invalid_grant("the code has expired");
    assert_eq!(
        serde_json::to_value(&error).unwrap(),
        serde_json::json!({"error": "invalid_grant", "error_description": "the code has expired"})
    );
}

/// RFC 6749 §5.2: `%x20-21 / %x23-5B / %x5D-7E`; protocol.md: no line breaks.
#[test]
fn a_description_keeps_to_the_allowed_characters() {
    let error = OAuthError::invalid_request("say \"no\"\r\nC:\\ é \u{202e}\0\u{7f}");
    assert_eq!(error.description(), "say 'no'??C:/ ? ????".trim_end_matches('?').to_owned() + "???");
    let clean = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(error.description().bytes().all(clean));
}

#[test]
fn each_code_has_the_status_of_its_rfc() {
    for code in ErrorCode::ALL.iter().copied() {
        let expected = match code.as_str() {
            "invalid_client" | "invalid_token" => 401,
            "insufficient_scope" => 403,
            "server_error" => 500,
            "temporarily_unavailable" => 503,
            _ => 400,
        };
        assert_eq!(code.status(), expected, "{code}");
        assert_eq!(OAuthError::new(code, "").status(), expected);
    }
}

#[test]
fn retry_after_is_told_and_is_no_member_of_the_body() {
    let error = OAuthError::temporarily_unavailable("try again").with_retry_after(7);
    assert_eq!(error.retry_after(), Some(7));
    assert!(!serde_json::to_string(&error).unwrap().contains('7'));
}
