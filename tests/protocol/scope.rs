//! RFC 6749 §3.3: scopes.

use tessera::protocol::{ErrorCode, Scope};

fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}

#[test]
fn a_scope_is_an_ordered_set_of_tokens() {
    let parsed = scope(" openid  profile openid email ");
    assert_eq!(parsed.to_string(), "openid profile email");
    assert_eq!(parsed.iter().collect::<Vec<_>>(), ["openid", "profile", "email"]);
    assert!(
        parsed.contains("email")
            && !parsed.contains("mail")
            && !parsed.contains("")
            && !parsed.contains("openid profile")
    );
    assert!(scope("").is_empty());
}

#[test]
fn tokens_are_compared_by_case() {
    assert!(!scope("openid").contains("OpenID"));
}

/// RFC 6749 §3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
#[test]
fn forbidden_characters_are_invalid_scope() {
    for text in ["a\"b", "a\\b", "a\tb", "a\nb", "é", "a\u{7f}", "a\0"] {
        assert_eq!(text.parse::<Scope>().unwrap_err().code(), ErrorCode::InvalidScope, "{text:?}");
    }
    assert_eq!(scope("https://api.example.com/a:b!#[]~").iter().count(), 1);
    assert!("a ".repeat(3000).parse::<Scope>().is_err());
}

#[test]
fn set_operations_keep_the_order() {
    let asked = scope("c a b");
    assert_eq!(asked.intersection(&scope("a b d")).to_string(), "a b");
    assert_eq!(asked.difference(&scope("a")).to_string(), "c b");
    assert_eq!(asked.union(&scope("d a")).to_string(), "c a b d");
    assert_eq!(asked.filtered(|token| token != "c").to_string(), "a b");
    assert!(scope("a c").is_subset(&asked) && scope("").is_subset(&asked) && !scope("a d").is_subset(&asked));
}

#[test]
fn a_scope_is_json_text() {
    assert_eq!(serde_json::to_string(&scope("a b")).unwrap(), "\"a b\"");
    assert_eq!(serde_json::from_str::<Scope>("\"a b\"").unwrap(), scope("a b"));
    assert!(serde_json::from_str::<Scope>("\"é\"").is_err());
}
