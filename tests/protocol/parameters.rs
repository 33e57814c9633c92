//! RFC 6749 §3.1, §3.2 and appendix B: parameters of a query or a form body.

use std::fmt::Write as _;

use proptest::prelude::*;
use tessera::protocol::parameters::{KNOWN, MAX_BYTES};
use tessera::protocol::{ErrorCode, Parameters, resource};

use super::in_time;

fn parse(encoded: &str) -> Parameters {
    Parameters::parse(encoded.as_bytes()).unwrap()
}

fn refuses(encoded: &[u8]) -> bool {
    Parameters::parse(encoded).is_err_and(|error| error.code() == ErrorCode::InvalidRequest)
}

#[test]
fn pairs_are_decoded() {
    let parameters = parse("scope=openid+profile%20email&state=%E2%9C%93%26%3D&%63lient_id=a");
    assert_eq!(parameters.one("scope"), Some("openid profile email"));
    assert_eq!(parameters.one("state"), Some("✓&="));
    assert_eq!(parameters.one("client_id"), Some("a"));
    assert_eq!(parse("state=a=b").one("state"), Some("a=b"));
}

/// RFC 6749 §3.1: parameters sent without a value are treated as if they were omitted.
#[test]
fn an_empty_value_is_an_absent_parameter() {
    let parameters = parse("state=&nonce&&client_id=a&state=b");
    assert_eq!(parameters.one("nonce"), None);
    assert_eq!(parameters.one("state"), Some("b"));
}

/// The resources of RFC 8707 may be any number: neither they nor what comes twice beside them takes more time for it.
#[test]
fn many_resources_are_refused_before_they_are_compared() {
    let error = in_time(|| {
        let resources = (0..100_000).map(|n| ("resource".to_owned(), format!("https://{n}.example")));
        let again = (0..100_000).map(|_| ("state".to_owned(), "s".to_owned()));
        let parameters = Parameters::of(resources.chain(again));
        assert_eq!(parameters.one("state"), None);
        resource::from_parameters(&parameters).unwrap_err()
    });
    assert_eq!(error.code(), ErrorCode::InvalidTarget);
    let ten_of_them = (0..1_000).map(|n| ("resource".to_owned(), format!("https://{}.example", n % 10)));
    assert_eq!(resource::from_parameters(&Parameters::of(ten_of_them)).unwrap().len(), 10);
}

/// RFC 6749 §3.1: unrecognised parameters are ignored - those that come twice, too.
#[test]
fn an_unknown_parameter_is_ignored() {
    let parameters = parse("foo=1&foo=2&redirect_uri[]=x&client_id=a&Client_Id=b&scope%00=c&frob=%0A");
    assert_eq!(parameters.iter().collect::<Vec<_>>(), [("client_id", "a")]);
}

/// RFC 6749 §3.1: parameters must not be included more than once.
#[test]
fn a_parameter_that_comes_twice_is_refused() {
    for name in KNOWN.iter().filter(|name| **name != "resource") {
        assert!(refuses(format!("{name}=a&{name}=b").as_bytes()), "{name}");
        assert!(refuses(format!("{name}=a&{name}=a").as_bytes()), "{name}");
    }
    assert!(refuses(b"client_id=a&%63lient_id=b"));
}

/// RFC 8707 §2: `resource` may be repeated.
#[test]
fn resource_may_come_several_times() {
    let parameters = parse("resource=a&client_id=x&resource=b");
    assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["a", "b"]);
}

/// The authorization endpoint proves the client and its redirect URI, then reports the other faults by redirect.
#[test]
fn a_fault_in_one_parameter_leaves_the_others_readable() {
    let parameters = Parameters::read(b"client_id=a&scope=x&scope=y&state=%00&nonce=n").unwrap();
    assert_eq!(parameters.only("client_id").unwrap(), Some("a"));
    assert_eq!(parameters.only("nonce").unwrap(), Some("n"));
    assert_eq!(parameters.only("max_age").unwrap(), None);
    assert_eq!(parameters.only("scope").unwrap_err().code(), ErrorCode::InvalidRequest);
    assert_eq!(parameters.only("state").unwrap_err().code(), ErrorCode::InvalidRequest);
    assert_eq!(parameters.one("scope"), None, "neither of two values may be believed");
    assert!(parameters.check().is_err());
}

#[test]
fn broken_encodings_are_refused() {
    for encoded in ["state=%", "state=%4", "state=%zz", "state=%+1", "foo=%zz", "state=%ff", "state=%c0%af", "%=a"] {
        assert!(refuses(encoded.as_bytes()), "{encoded}");
    }
    assert!(refuses(b"state=\xff"));
}

/// security.md, Input: NUL, CR/LF and other control characters.
#[test]
fn control_characters_are_refused() {
    for encoded in
        ["state=a%00", "redirect_uri=%0d%0aX:1", "login_hint=a%7f", "scope=a%09b", "nonce=%c2%85", "resource=%00"]
    {
        assert!(refuses(encoded.as_bytes()), "{encoded}");
    }
    assert_eq!(parse("claims=%7B%0A%09%7D").one("claims"), Some("{\n\t}"), "JSON may stand on several lines");
    assert!(refuses(b"claims=%7B%00%7D"));
}

#[test]
fn more_than_64_kib_is_refused() {
    let longest = format!("state={}", "a".repeat(MAX_BYTES - 6));
    assert_eq!(parse(&longest).one("state").map(str::len), Some(MAX_BYTES - 6));
    assert!(refuses(format!("{longest}a").as_bytes()));
}

/// security.md: a canary secret never shows in a log.
#[test]
fn values_do_not_show_in_debug_output() {
    let shown = format!("{:?}", parse("client_secret=canary&code=canary"));
    assert_eq!(shown, r#"["client_secret", "code"]"#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_bytes_are_read_or_refused_and_what_is_read_is_clean(encoded in "[a-z_=&%+0-9A-F\u{0}é]{0,64}") {
        if let Ok(parameters) = Parameters::parse(encoded.as_bytes()) {
            for (name, value) in parameters.iter() {
                prop_assert!(KNOWN.contains(&name) && !value.is_empty() && (name == "claims" || !value.chars().any(char::is_control)));
            }
        }
    }

    #[test]
    fn what_was_read_is_read_again_from_its_encoding(values in prop::collection::vec("\\PC{0,12}", 0..6), bytes in prop::collection::vec(any::<u8>(), 0..48)) {
        let mut encoded = String::new();
        for (name, value) in KNOWN.iter().zip(&values) {
            write!(encoded, "&{name}=").unwrap();
            value.bytes().for_each(|byte| write!(encoded, "%{byte:02x}").unwrap());
        }
        let parameters = Parameters::parse(encoded.as_bytes()).unwrap();
        let kept = values.iter().filter(|value| !value.is_empty()).map(String::as_str);
        prop_assert!(parameters.iter().map(|(_, value)| value).eq(kept));
        prop_assert_eq!(&Parameters::parse(parameters.encode().as_bytes()).unwrap(), &parameters);
        let _ = Parameters::parse(&bytes);
    }
}
