//! RFC 6749 §3.3: scopes.

use tessera::protocol::{ErrorCode, Scope};

use super::in_time;

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

#[test]
fn a_request_names_two_hundred_tokens_at_most() {
    let tokens = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(scope(&tokens(200)).iter().count(), 200);
    for text in [tokens(201), "a ".repeat(201)] {
        let error = text.parse::<Scope>().unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidScope);
        assert!(error.description().contains("200"), "{error}");
    }
    let registered = format!("\"{}\"", tokens(201));
    assert_eq!(
        serde_json::from_str::<Scope>(&registered).unwrap().iter().count(),
        201,
        "what is registered may be more"
    );
}

/// What users have allowed adds up: many tokens keep every rule that few keep, and take no more time each.
#[test]
fn a_stored_scope_of_any_length_is_a_set_in_its_order() {
    let (small, large) = in_time(|| {
        let text = |from: u32, to: u32| (from..to).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let (half, whole) = (text(0, 50_000), text(0, 100_000));
        let small = Scope::stored(&half).unwrap();
        let large = Scope::stored(&format!("{whole} {half} 7 100000")).unwrap();
        assert_eq!(large.as_str(), format!("{whole} 100000"));
        assert_eq!(small.union(&large), large);
        assert_eq!(large.intersection(&small), small);
        assert_eq!(large.difference(&small).as_str(), format!("{} 100000", text(50_000, 100_000)));
        assert!(small.is_subset(&large) && !large.is_subset(&small));
        (small, large)
    });
    assert!(!small.contains("100000") && large.contains("100000"));
}

#[test]
fn tokens_are_told_apart_whether_few_or_many() {
    for count in 1..40 {
        let text = (0..count).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(Scope::stored(&format!("{text} {text}")).unwrap().as_str(), text);
        let (some, other) = (scope(&text), scope("s0 t"));
        assert_eq!(
            (some.union(&other).to_string(), some.intersection(&other).to_string()),
            (text + " t", "s0".to_owned())
        );
        assert!(!other.is_subset(&some) && scope("s0").is_subset(&some));
    }
}
