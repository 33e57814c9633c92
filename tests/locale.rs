//! Languages: complete, chosen as asked, and safe with what people typed.

use std::collections::BTreeMap;
use std::time::Duration;

use tessera::clock::Timestamp;
use tessera::locale::{Direction, Locale, Message};

fn locale() -> Locale {
    Locale::embedded().expect("the embedded languages are right")
}

/// Every message of a language file: its id, and the variables that it names.
fn variables(source: &str) -> BTreeMap<String, Vec<String>> {
    let mut messages = BTreeMap::<String, Vec<String>>::new();
    let mut id = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if !line.starts_with([' ', '}']) {
            let (name, _) = line.split_once(" =").expect("a line at the margin begins a message");
            name.clone_into(&mut id);
            assert!(messages.insert(id.clone(), Vec::new()).is_none(), "{id} is there twice");
        }
        let names = messages.get_mut(&id).expect("a message has begun");
        for rest in line.split('$').skip(1) {
            names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect());
        }
        names.sort();
        names.dedup();
    }
    messages
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("static/languages");
    let read = |tag: &str| std::fs::read_to_string(folder.join(format!("{tag}.ftl"))).expect("a file per language");
    let english = variables(&read("en"));
    for tag in locale().tags() {
        let other = variables(&read(tag));
        let missing: Vec<_> = english.keys().filter(|id| !other.contains_key(*id)).collect();
        let surplus: Vec<_> = other.keys().filter(|id| !english.contains_key(*id)).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "{tag}: missing {missing:?}, surplus {surplus:?}");
        assert_eq!(english, other, "{tag}: other variables");
    }
}

#[test]
fn ui_locales_comes_before_accept_language_and_unknown_tags_are_passed_over() {
    let tag = |ui, accept| locale().negotiate(ui, accept).tag().to_owned();
    assert_eq!(tag(Some("tlh xx-!! de-AT en"), Some("en")), "de", "OIDC Core §3.1.2.1: in order of preference");
    assert_eq!(tag(Some("tlh"), Some("de")), "de", "nothing known in ui_locales");
    assert_eq!(tag(None, Some("fr, en;q=0.5, de;q=0.8")), "de", "RFC 9110 §12.4.2: by weight");
    assert_eq!(tag(None, Some("de;q=0, fr")), "en", "RFC 9110 §12.4.2: weight 0 means not acceptable");
    assert_eq!(tag(None, Some("DE-de-1996")), "de", "RFC 4647 §3.4: lookup, without regard to case");
    assert_eq!(tag(None, Some("*")), "en");
    assert_eq!(tag(None, Some(";;q=,,=;q=2,de;q=1.5,de;q=nan")), "en", "rubbish is passed over");
    assert_eq!(tag(None, None), "en");
}

#[test]
fn a_value_is_isolated_and_cannot_end_its_isolation() {
    let english = locale().negotiate(None, None);
    let text = english.text_with("login-for-app", &[("app", "a\u{2069}\u{202e}b")]);
    assert_eq!(text, "to go on to \u{2068}ab\u{2069}");
    let text = english.message(&Message::new("login-for-app").with("app", "x\u{2068}y"));
    assert_eq!(text, "to go on to \u{2068}xy\u{2069}");
}

#[test]
fn a_message_that_one_language_lacks_is_told_in_the_default_language() {
    let sources = [("en", "a = yes\nb = only here"), ("ar", "a = نعم")];
    let two = Locale::new(sources.map(|(tag, text)| (tag.to_owned(), text.to_owned()))).expect("they are right");
    let arabic = two.negotiate(Some("ar"), None);
    assert_eq!(arabic.direction(), Direction::Rtl);
    assert_eq!((arabic.text("a"), arabic.text("b")), ("نعم".to_owned(), "only here".to_owned()));
    assert!(!arabic.knows("c"));
}

#[test]
fn a_wrong_language_file_is_refused_by_name() {
    let bad = |tag: &str, text: &str| Locale::new([(tag.to_owned(), text.to_owned())]).err().map(|e| e.file);
    assert_eq!(bad("en", "a = { $").as_deref(), Some("en"));
    assert_eq!(bad("not a tag", "a = b").as_deref(), Some("not a tag"));
    assert_eq!(bad("de", "a = b").as_deref(), Some("en"), "the default language is missing");
}

#[test]
fn times_are_told_in_plain_words() {
    let english = locale().negotiate(Some("en"), None);
    let german = locale().negotiate(Some("de"), None);
    let at = Timestamp::from_seconds(1_795_256_504);
    assert_eq!(english.moment(at), "21 November 2026 at 10:21 UTC");
    assert_eq!(german.moment(at), "21. November 2026 um 10:21 UTC");
    let ago = |seconds| {
        (english.ago(at - Duration::from_secs(seconds), at), german.ago(at - Duration::from_secs(seconds), at))
    };
    assert_eq!(ago(20), ("just now".into(), "gerade eben".into()));
    assert_eq!(ago(60), ("1 minute ago".into(), "vor 1 Minute".into()));
    assert_eq!(ago(7199), ("1 hour ago".into(), "vor 1 Stunde".into()));
    assert_eq!(ago(3 * 86_400), ("3 days ago".into(), "vor 3 Tagen".into()));
    assert_eq!(ago(30 * 86_400), ("22 October 2026".into(), "22. Oktober 2026".into()));
    assert_eq!(english.duration(Duration::from_mins(15)), "15 minutes");
}
