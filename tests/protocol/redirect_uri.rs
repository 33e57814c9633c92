//! security.md, redirect_uri: byte-exact, except the port of a loopback IP.

use proptest::prelude::*;
use tessera::protocol::client_metadata::ClientKind::{self, Confidential, Public};
use tessera::protocol::redirect_uri::{RedirectUriFault, RegisteredRedirectUri, prove};

use crate::support::redirect_uris::{NOT_REGISTERED, REGISTERED, UNREGISTRABLE};

fn registered(text: &str, kind: ClientKind) -> RegisteredRedirectUri {
    RegisteredRedirectUri::parse(text, kind).unwrap_or_else(|fault| panic!("{text} {fault}"))
}

fn fault(text: &str, kind: ClientKind) -> RedirectUriFault {
    RegisteredRedirectUri::parse(text, kind).expect_err(text)
}

fn matches(registration: &str, kind: ClientKind, requested: &str) -> bool {
    registered(registration, kind).matches(requested)
}

/// Against registered `https://app.example.com/cb`, the whole first table of security.md.
#[test]
fn nothing_but_the_registered_string_matches() {
    let long = format!("{REGISTERED}?{}", "a".repeat(10 * 1024));
    let controls = ["https://app.example.com/cb\n", "https://app.example.com/\tcb", "https://app.example.com/cb\0"];
    let uri = registered(REGISTERED, Public);
    assert!(uri.matches(REGISTERED));
    for requested in NOT_REGISTERED.iter().copied().chain(controls).chain(["", &long]) {
        assert!(!uri.matches(requested), "{requested:?}");
        assert!(uri.prove(requested).is_none());
    }
}

/// protocol.md: punycode against Unicode, the other way round.
#[test]
fn a_registered_punycode_host_matches_no_unicode() {
    assert!(!matches("https://xn--bcher-kva.example/cb", Public, "https://bücher.example/cb"));
}

#[test]
fn what_is_registered_must_be_one_plain_uri() {
    for (text, expected) in UNREGISTRABLE {
        assert_eq!(fault(text, Public), *expected, "{text}");
    }
    assert_eq!(fault(&format!("{REGISTERED}/{}", "a".repeat(2048)), Public), RedirectUriFault::TooLong);
}

/// security.md: 127.1, 2130706433, 0x7f.1, v4-mapped, 0.0.0.0 match nothing.
#[test]
fn other_spellings_of_the_loopback_address_are_neither_registered_nor_matched() {
    for host in
        ["127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "127.0.0.01"]
    {
        let requested = format!("http://{host}/cb");
        assert_eq!(fault(&requested, Public), RedirectUriFault::PlainHttp, "{requested}");
        for own in ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"] {
            assert!(!matches(own, Public, &requested), "{own} {requested}");
        }
    }
}

/// RFC 8252 §7.3: any port of a loopback address; for public clients of `localhost` too.
#[test]
fn loopback_matches_any_port_and_only_its_own_host() {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        for registration in [format!("http://{host}/cb"), format!("http://{host}:3000/cb")] {
            for suffix in ["", ":1", ":80", ":3000", ":65535"] {
                assert!(
                    matches(&registration, Public, &format!("http://{host}{suffix}/cb")),
                    "{registration} {suffix}"
                );
            }
            for other in ["127.0.0.1", "[::1]", "localhost"].into_iter().filter(|other| *other != host) {
                assert!(!matches(&registration, Public, &format!("http://{other}:3000/cb")), "{registration} {other}");
            }
            for suffix in [
                ":",
                ":0",
                ":080",
                ":65536",
                ":+1",
                ":1:2",
                ":1@evil.example",
                "@evil.example",
                ":a",
                ".",
                ":99999999999",
            ] {
                assert!(
                    !matches(&registration, Public, &format!("http://{host}{suffix}/cb")),
                    "{registration} {suffix}"
                );
            }
            for path in ["", "/", "/CB", "/cb/", "/cb?", "//cb", "/cb#"] {
                assert!(!matches(&registration, Public, &format!("http://{host}:9{path}")), "{registration} {path}");
            }
            assert!(!matches(&registration, Public, &format!("https://{host}:9/cb")));
        }
    }
    assert!(
        matches("http://127.0.0.1", Public, "http://127.0.0.1:5")
            && !matches("http://127.0.0.1", Public, "http://127.0.0.1:5/")
    );
    assert!(matches("http://127.0.0.1?a=b", Public, "http://127.0.0.1:5?a=b"));
}

#[test]
fn localhost_of_a_confidential_client_is_byte_exact() {
    assert!(matches("http://localhost:3000/cb", Confidential, "http://localhost:3000/cb"));
    assert!(!matches("http://localhost:3000/cb", Confidential, "http://localhost:3001/cb"));
    assert!(matches("http://127.0.0.1:3000/cb", Confidential, "http://127.0.0.1:3001/cb"));
    assert!(!matches("http://app.localhost:3000/cb", Public, "http://app.localhost:3001/cb"));
    assert!(!matches("https://127.0.0.1:3000/cb", Public, "https://127.0.0.1:3001/cb"));
}

/// security.md: a private-use scheme is for public clients, with or without a dot, byte-exact.
#[test]
fn a_private_use_scheme_is_for_public_clients_and_byte_exact() {
    for text in ["com.example.app:/cb", "com.example.app://oauth/cb", "myapp://cb"] {
        assert!(registered(text, Public).is_private_use());
        assert_eq!(fault(text, Confidential), RedirectUriFault::PrivateUseOfConfidential);
        assert!(!matches(text, Public, &format!("{text}/")));
        assert!(!matches(text, Public, &text.replace("cb", "cb:80")));
    }
}

#[test]
fn a_uri_says_how_far_it_is_trusted() {
    let kinds = |text: &str| {
        let uri = registered(text, Public);
        (uri.is_claimed_https(), uri.is_loopback(), uri.is_private_use())
    };
    assert_eq!(kinds(REGISTERED), (true, false, false));
    assert_eq!(kinds("https://[2001:db8::1]:8443/cb"), (true, false, false));
    assert_eq!(kinds("https://localhost:3000/cb"), (false, true, false));
    assert_eq!(kinds("https://127.0.0.1/cb"), (false, true, false));
    assert_eq!(kinds("http://app.localhost/cb"), (false, true, false));
    assert_eq!(kinds("http://127.0.0.1/cb"), (false, true, false));
    assert_eq!(kinds("myapp:/cb"), (false, false, true));
}

/// protocol.md, Dynamic: two redirect URIs registered and none sent → error page. RFC 6749 §3.1.2.3: one, and none sent.
#[test]
fn a_request_may_leave_out_only_the_only_uri() {
    let one = registered(REGISTERED, Public);
    let two = registered("https://app.example.com/other", Public);
    assert_eq!(prove(std::slice::from_ref(&one), None).unwrap().as_str(), REGISTERED);
    assert!(prove(&[one.clone(), two.clone()], None).is_none());
    assert!(prove(&[], None).is_none() && prove(&[], Some(REGISTERED)).is_none());
    assert_eq!(
        prove(&[one.clone(), two], Some("https://app.example.com/other")).unwrap().as_str(),
        "https://app.example.com/other"
    );
    assert!(prove(&[one], Some("https://other.example/cb")).is_none(), "another client's URI");
}

/// protocol.md, Dynamic: a redirect URI's own query is kept; a differing one is refused.
#[test]
fn a_response_keeps_the_query_of_the_uri() {
    let respond = |text: &str| {
        let uri = registered(text, Public).prove(text).unwrap();
        uri.with_parameters([("code", "a b&c"), ("state", "é=+"), ("iss", "https://id.example")])
    };
    let added = "code=a%20b%26c&state=%C3%A9%3D%2B&iss=https%3A%2F%2Fid.example";
    assert_eq!(respond("https://app.example.com/cb"), format!("https://app.example.com/cb?{added}"));
    assert_eq!(respond("https://app.example.com/cb?a=b"), format!("https://app.example.com/cb?a=b&{added}"));
    assert_eq!(respond("https://app.example.com/cb?"), format!("https://app.example.com/cb?{added}"));
    assert_eq!(respond("https://app.example.com/cb?a=b&"), format!("https://app.example.com/cb?a=b&{added}"));
    assert_eq!(respond("https://app.example.com"), format!("https://app.example.com?{added}"));
    assert!(!matches("https://app.example.com/cb?a=b", Public, "https://app.example.com/cb?a=c"));
    assert!(!matches("https://app.example.com/cb?a=b", Public, "https://app.example.com/cb"));
}

/// protocol.md, MCP: consent shows the redirect host.
#[test]
fn a_proven_uri_names_its_destination() {
    let destination = |text: &str| registered(text, Public).prove(text).unwrap().destination().to_owned();
    assert_eq!(destination("https://app.example.com:8443/cb?x=/"), "app.example.com:8443");
    assert_eq!(destination("https://app.example.com?x"), "app.example.com");
    assert_eq!(destination("http://[::1]:3000/cb"), "[::1]:3000");
    assert_eq!(destination("com.example.app:/cb"), "com.example.app:");
}

/// The loopback rule, said a second time and in another way.
fn is_port_variant(registration: &str, requested: &str) -> bool {
    let parts = |uri: &str| {
        let (host, rest) = ["http://127.0.0.1", "http://[::1]", "http://localhost"]
            .into_iter()
            .find_map(|host| uri.strip_prefix(host).map(|rest| (host, rest.to_owned())))?;
        let Some(ported) = rest.strip_prefix(':') else { return Some((host, rest)) };
        let end = ported.find(|c: char| !c.is_ascii_digit()).unwrap_or(ported.len());
        let port: u16 = ported[..end].parse().ok()?;
        (port.to_string() == ported[..end] && port > 0).then(|| (host, ported[end..].to_owned()))
    };
    parts(registration).is_some() && parts(registration) == parts(requested)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a_registration_matches_itself_or_its_port_variant_and_nothing_else(
        index in 0..8_usize,
        requested in "(https?|HTTP|myapp)(://|:/|:)(127\\.0\\.0\\.1|\\[::1\\]|localhost|app\\.example\\.com)?(:[0-9]{0,6})?[@.:\\\\]?(/|/cb|/cb/|/cb\\?a=b)?",
        cut in 0..40_usize,
        insertion in "[ -~é]{0,2}",
    ) {
        let registrations = [
            "https://app.example.com/cb", "http://127.0.0.1/cb", "http://127.0.0.1:3000/cb", "http://[::1]/cb",
            "http://localhost/cb?a=b", "http://localhost:80", "myapp:/cb", "https://localhost/cb",
        ];
        let registration = registrations[index];
        let uri = registered(registration, Public);
        let mut mutated = registration.to_owned();
        mutated.insert_str(cut.min(registration.len()), &insertion);
        for candidate in [requested.as_str(), mutated.as_str()] {
            let expected = candidate == registration || is_port_variant(registration, candidate);
            prop_assert_eq!(uri.matches(candidate), expected, "{} {}", registration, candidate);
        }
    }

    #[test]
    fn registering_any_text_never_panics_and_what_is_registered_is_safe(text in "(https?://|[a-z]{1,4}:)?[a-zA-Z0-9.:/?#@%\\[\\]\\\\*;é \u{0}-]{0,24}") {
        for kind in [Public, Confidential] {
            if let Ok(uri) = RegisteredRedirectUri::parse(&text, kind) {
                prop_assert!(uri.matches(&text));
                prop_assert!(text.bytes().all(|byte| matches!(byte, 0x21..=0x7e) && !b"#*\\".contains(&byte)), "{}", text);
            }
        }
    }
}
