use proptest::prelude::*;
use tessera::config::{DatabaseUrl, Limit, Opening, Period, PublicUrl, Size};

fn millis(text: &str) -> Option<u128> {
    text.parse::<Period>().ok().map(|period| period.duration().as_millis())
}

#[test]
fn periods_are_a_number_and_a_unit_or_several_from_great_to_small() {
    let right = [("500ms", 500), ("90s", 90_000), ("15m", 900_000), ("24h", 86_400_000), ("30d", 2_592_000_000)];
    for (text, expected) in
        right.into_iter().chain([("1h 30m", 5_400_000), ("1m30s", 90_000), (" 0s ", 0), ("1 d", 86_400_000)])
    {
        assert_eq!(millis(text), Some(expected), "{text}");
    }
    for text in [
        "",
        "15",
        "m",
        "-1s",
        "1.5h",
        "1 fortnight",
        "30m 1h",
        "1s 1s",
        "1M",
        "1s,",
        "99999999999999999999s",
        "366000d",
    ] {
        assert_eq!(millis(text), None, "{text}");
    }
}

#[test]
fn sizes_are_bytes_or_a_number_and_a_unit() {
    for (text, expected) in [("0", 0), ("64KiB", 65_536), ("1 MiB", 1 << 20), ("2GiB", 2 << 30), ("7B", 7)] {
        assert_eq!(text.parse::<Size>().map(Size::bytes), Ok(expected), "{text}");
    }
    for text in ["", "KiB", "-1", "64kb", "1.5MiB", "99999999999999999GiB"] {
        assert!(text.parse::<Size>().is_err(), "{text}");
    }
}

#[test]
fn limits_let_something_through_in_some_time() {
    let limit = Limit::new(5, Period::minutes(15));
    for text in ["5 per 15m", "5/15m", " 5 per  15m"] {
        assert_eq!(text.parse(), Ok(limit), "{text}");
    }
    for text in ["", "5", "per 15m", "5 per", "0 per 1s", "5 per 0s", "5 per 500ms", "five per 15m"] {
        assert!(text.parse::<Limit>().is_err(), "{text}");
    }
}

#[test]
fn a_public_url_has_a_host_and_perhaps_a_path() {
    let url: PublicUrl = "https://ID.example.com:443/base/".parse().expect("a right URL");
    assert_eq!((url.as_str(), url.base_path()), ("https://id.example.com/base", "/base"));
    assert_eq!(url.origin(), "https://id.example.com");
    for text in ["id.example.com", "ftp://x", "https://", "https://u@x", "https://:p@x", "https://x?a=1", "https://x#f"]
    {
        assert!(text.parse::<PublicUrl>().is_err(), "{text}");
    }
}

#[test]
fn a_database_is_a_file_of_sqlite_or_a_named_one_of_postgres() {
    for text in ["sqlite:./x.db", "sqlite:///srv/x.db"] {
        assert!(!text.parse::<DatabaseUrl>().expect("right").is_postgres(), "{text}");
    }
    for text in ["postgres://u:p@h:5432/d", "postgresql://h/d?sslmode=require"] {
        assert!(text.parse::<DatabaseUrl>().expect("right").is_postgres(), "{text}");
    }
    for text in
        ["", "sqlite:", "sqlite::memory:", "sqlite:x.db?mode=ro", "postgres://h", "postgres://h/", "mysql://h/d"]
    {
        assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn periods_and_sizes_are_read_as_they_are_written(number in 0_u64..1_000_000_000) {
        let period = Period::millis(number);
        prop_assert_eq!(period.to_string().parse(), Ok(period));
        let size = Size::from_bytes(usize::try_from(number).expect("64 bits"));
        prop_assert_eq!(size.to_string().parse(), Ok(size));
    }

    #[test]
    fn no_text_makes_a_parser_fall_over(text in ".{0,40}") {
        let _ = (text.parse::<Period>().is_ok(), text.parse::<Size>().is_ok(), text.parse::<Limit>().is_ok());
        let _ = (text.parse::<PublicUrl>().is_ok(), text.parse::<DatabaseUrl>().is_ok());
    }
}

/// Row B8: networks and hosts, with ports; https on its own port unless it says otherwise.
#[test]
fn an_opening_is_a_network_or_a_host_and_perhaps_a_port() {
    let right = [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/8:443", "10.0.0.0/8"),
        ("127.0.0.1", "127.0.0.1/32"),
        ("127.0.0.1:8443", "127.0.0.1/32:8443"),
        ("http://127.0.0.0/8:*", "http://127.0.0.0/8:*"),
        ("http://127.0.0.1:80", "http://127.0.0.1/32"),
        ("http://127.0.0.1:443", "http://127.0.0.1/32:443"),
        ("fd00::/8", "fd00::/8"),
        ("[fd00::/8]", "fd00::/8"),
        ("[::1]:8443", "[::1/128]:8443"),
        ("http://[fd00::/8]:*", "http://[fd00::/8]:*"),
        (" App.Internal. ", "app.internal"),
        ("https://app.internal:8443", "app.internal:8443"),
        ("http://app.internal", "http://app.internal"),
        ("bücher.example", "xn--bcher-kva.example"),
    ];
    for (text, written) in right {
        let opening: Opening = text.parse().unwrap_or_else(|fault| panic!("{text}: {fault}"));
        assert_eq!(opening.to_string(), written, "{text}");
        assert_eq!(written.parse(), Ok(opening), "{text}");
    }
    let wrong = [
        "",
        "*",
        "*.internal",
        "app.internal:",
        "app.internal:0",
        "app.internal:65536",
        "app.internal/path",
        "10.0.0.0/33",
        "app.internal:80:80",
        "ftp://app.internal",
        "http://",
        "user@app.internal",
        "app internal",
        "2130706433",
        "0x7f.1",
        "[app.internal]",
        "[::1",
        "10.0.0.0-10.0.0.9",
    ];
    for text in wrong {
        assert!(text.parse::<Opening>().is_err(), "{text}");
    }
}
