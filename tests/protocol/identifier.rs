//! security.md, Input: identifiers are refused or normalised once, before uniqueness.

use proptest::prelude::*;
use tessera::protocol::identifier::{Identifier, IdentifierFault, IdentifierKind};

fn canonical(text: &str) -> String {
    Identifier::guess(text).unwrap_or_else(|fault| panic!("{text} {fault}")).canonical().to_owned()
}

#[test]
fn spellings_of_one_identifier_are_one() {
    for (left, right) in [
        ("Alice", "alice"),
        ("ﬁnn", "finn"),
        ("ａｌｉｃｅ", "alice"),
        ("strasse", "STRAßE"),
        ("jose\u{301}", "JOSÉ"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("Alice@Example.COM", "alice@example.com"),
        ("a@bücher.example", "A@xn--bcher-kva.example"),
        ("a@ｅｘａｍｐｌｅ.com", "a@example.com"),
        ("+49 (151) 123-45678", "+4915112345678"),
    ] {
        assert_eq!(canonical(left), canonical(right), "{left} {right}");
    }
}

#[test]
fn look_alikes_are_refused_or_show_themselves() {
    assert_eq!(Identifier::guess("pаypal").unwrap_err(), IdentifierFault::MixedAlphabets);
    assert_eq!(Identifier::guess("аdmin@example.com").unwrap_err(), IdentifierFault::MixedAlphabets);
    let shown = Identifier::guess("a@еxample.com").unwrap();
    assert!(shown.display().starts_with("a@xn--"), "{}", shown.display());
}

#[test]
fn spaces_controls_and_invisible_characters_are_refused() {
    for text in [
        " alice",
        "alice ",
        "ali\0ce",
        "ali\r\nce",
        "ali\u{202e}ce",
        "ali\u{200b}ce",
        "ali\u{3164}ce",
        "\u{feff}alice",
        "a\u{ad}@b.example",
        "a@b.example\n",
    ] {
        assert_eq!(Identifier::guess(text).unwrap_err(), IdentifierFault::Character, "{text:?}");
    }
}

#[test]
fn what_is_not_of_the_form_is_refused() {
    for text in [
        "al ice",
        "alice/../x",
        "<b>",
        ".alice",
        "alice-",
        "a@b",
        "@b.example",
        "a@",
        "a b@c.example",
        "a..b@c.example",
        "a@b@c.example",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@b.example.",
        "a@%62.example",
        "a@-b.example",
        "+0123456789",
        "+12",
        "+1234567890123456",
        "+1a23456789",
    ] {
        assert_eq!(Identifier::guess(text).unwrap_err(), IdentifierFault::Form, "{text}");
    }
    assert_eq!(Identifier::guess("").unwrap_err(), IdentifierFault::Length);
    assert!(
        Identifier::guess(&"a".repeat(65)).is_err()
            && Identifier::guess(&format!("{}@b.example", "a".repeat(65))).is_err()
    );
}

#[test]
fn the_display_form_is_what_the_user_wrote() {
    let identifier = Identifier::guess("Alice.B+x@Example.com").unwrap();
    assert_eq!((identifier.display(), identifier.kind()), ("Alice.B+x@example.com", IdentifierKind::Email));
    assert_eq!(Identifier::parse(IdentifierKind::UserName, "Zoe\u{308}").unwrap().display(), "Zoë");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_canonical_form_is_its_own_canonical_form(text in "\\w{1,6}(@[a-z]{1,3}\\.example)?") {
        if let Ok(identifier) = Identifier::guess(&text) {
            let again = Identifier::parse(identifier.kind(), identifier.canonical());
            prop_assert_eq!(again.map(|again| again.canonical().to_owned()), Ok(identifier.canonical().to_owned()));
        }
    }
}
