//! security.md "Outgoing requests": which addresses are never connected to, in every spelling.

use std::net::IpAddr;

use tessera::outgoing::{OnBehalf, Outgoing, OutgoingError, Reach, Resolver};

use super::{get, opened, outgoing};

const NOBODY: [OnBehalf; 2] = [OnBehalf::Operator, OnBehalf::SelfRegistered];

/// Loopback, private, link-local, metadata, v4-mapped, NAT64, 6to4 and other special ranges: addresses, in each spelling that a
/// URL may have.
const REFUSED: &[&str] = &[
    // Loopback, and what the URL standard reads as it.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0x7F.0x0.0x0.0x1",
    "%31%32%37.0.0.1",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    // "This host", which connects to the loopback.
    "0.0.0.0",
    "0",
    "0x0",
    "0.1.2.3",
    "[::]",
    // Private.
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "3232235521",
    "100.64.0.1",
    "100.127.255.255",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    // Link-local, and the metadata services of clouds.
    "169.254.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    // An IPv4 address inside an IPv6 one: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP - of a private and of a
    // public address.
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:10.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[::127.0.0.1]",
    "[::8.8.8.8]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::8.8.8.8]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2002:808:808::1]",
    "[2001:0:7f00:1::1]",
    "[2a00:1450::5efe:10.0.0.1]",
    "[2a00:1450::200:5efe:10.0.0.1]",
    // No host's own: benchmarks, documentation, relays, multicast, reserved, broadcast.
    "192.0.0.8",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[100::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[4000::1]",
    "[5f00::1]",
    "[ff02::1]",
];

#[tokio::test]
async fn no_spelling_of_an_inner_or_special_address_is_connected_to() {
    let outgoing = outgoing(&[]);
    for host in REFUSED {
        for on_behalf in NOBODY {
            let refused = get(&outgoing, &format!("https://{host}/jwks"), on_behalf).await;
            assert!(matches!(refused, Err(OutgoingError::Address { .. })), "{host}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn no_name_of_such_an_address_is_connected_to() {
    for host in REFUSED {
        let url = url::Url::parse(&format!("https://{host}/")).unwrap();
        let address: IpAddr = url.host_str().unwrap().trim_matches(['[', ']']).parse().unwrap();
        let outgoing = Outgoing::new(&opened(&[]), Resolver::table(move |_| Ok(vec![address]))).unwrap();
        let refused = get(&outgoing, "https://app.example.com/jwks", OnBehalf::SelfRegistered).await;
        assert!(matches!(refused, Err(OutgoingError::Address { .. })), "{host}: {refused:?}");
    }
}

#[test]
fn the_addresses_beside_those_ranges_are_public() {
    let public = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2600::1",
        "2a00:1450::1",
        "3ffe:ffff::1",
    ];
    for address in public {
        assert_eq!(Reach::of(address.parse().unwrap()), Reach::Public, "{address}");
    }
}

/// The names that resolve to this machine wherever one asks.
#[tokio::test]
async fn localhost_is_this_machine_by_each_of_its_names() {
    let outgoing = outgoing(&[]);
    for host in ["localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ"] {
        let refused = get(&outgoing, &format!("https://{host}/"), OnBehalf::Operator).await;
        // Not every system knows the name with its dot.
        let expected = matches!(refused, Err(OutgoingError::Address { .. } | OutgoingError::Name { .. }));
        assert!(expected, "{host}: {refused:?}");
    }
}

/// What a client learns of a host inside is what it learns of one that does not exist.
#[tokio::test]
async fn a_host_inside_and_a_host_that_does_not_exist_look_alike_from_outside() {
    let table = |name: &str| match name {
        "inside.example.com" => Ok(vec!["10.0.0.1".parse().unwrap()]),
        _ => Err(std::io::Error::other("no such name")),
    };
    let outgoing = Outgoing::new(&opened(&[]), Resolver::table(table)).unwrap();
    let inside = get(&outgoing, "https://inside.example.com/", OnBehalf::SelfRegistered).await.unwrap_err();
    let nowhere = get(&outgoing, "https://nowhere.example.com/", OnBehalf::SelfRegistered).await.unwrap_err();
    assert!(matches!(nowhere, OutgoingError::Name { .. }), "{nowhere:?}");
    assert_eq!(inside.advice(), nowhere.advice());
}
