//! What kind of address something is: who is on the internet, who is inside, and what no request ever means.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// On the internet.
    Public,
    /// On this machine or in a private network: loopback, RFC 1918, RFC 4193, RFC 6598.
    Inside,
    /// None of a host's own: link-local, multicast, reserved, an address that hides another one, or one at which a cloud hands
    /// its machines their credentials.
    Special,
}

/// A network by its first address and the length of its prefix.
type Range<Address> = (Address, u32);

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

/// Clouds' metadata services at addresses that look like a host's: Azure, Alibaba.
const METADATA_V4: [Ipv4Addr; 2] = [v4(168, 63, 129, 16), v4(100, 100, 100, 200)];

/// The same in IPv6: Amazon, Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

const INSIDE_V4: [Range<Ipv4Addr>; 5] = [
    (v4(127, 0, 0, 0), 8),
    (v4(10, 0, 0, 0), 8),
    (v4(172, 16, 0, 0), 12),
    (v4(192, 168, 0, 0), 16),
    (v4(100, 64, 0, 0), 10),
];

/// From IANA's registry of special IPv4 addresses (RFC 6890), and multicast (RFC 5771).
const SPECIAL_V4: [Range<Ipv4Addr>; 12] = [
    (v4(0, 0, 0, 0), 8),
    (v4(169, 254, 0, 0), 16),
    (v4(192, 0, 0, 0), 24),
    (v4(192, 0, 2, 0), 24),
    (v4(192, 31, 196, 0), 24),
    (v4(192, 52, 193, 0), 24),
    // The relays of 6to4 (RFC 7526).
    (v4(192, 88, 99, 0), 24),
    (v4(192, 175, 48, 0), 24),
    (v4(198, 18, 0, 0), 15),
    (v4(198, 51, 100, 0), 24),
    (v4(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (v4(224, 0, 0, 0), 3),
];

const INSIDE_V6: [Range<Ipv6Addr>; 2] = [(Ipv6Addr::LOCALHOST, 128), (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7)];

/// Global unicast (RFC 4291 §2.4): whatever lies outside hides another address or is no host's, v4-mapped and NAT64 too.
const GLOBAL_V6: Range<Ipv6Addr> = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// From IANA's registry of special IPv6 addresses (RFC 6890), as far as they lie in global unicast.
const SPECIAL_V6: [Range<Ipv6Addr>; 4] = [
    // Teredo, benchmarks, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

impl Reach {
    /// Where `address` lies. An IPv4 address inside an IPv6 one is [`Reach::Special`]: whoever means it can say it.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let lies_in = |ranges: &[Range<Ipv4Addr>]| ranges.iter().any(|range| holds_v4(*range, address));
        if METADATA_V4.contains(&address) || lies_in(&SPECIAL_V4) {
            Self::Special
        } else if lies_in(&INSIDE_V4) {
            Self::Inside
        } else {
            Self::Public
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        let lies_in = |ranges: &[Range<Ipv6Addr>]| ranges.iter().any(|range| holds_v6(*range, address));
        if METADATA_V6.contains(&address) {
            Self::Special
        } else if lies_in(&INSIDE_V6) {
            Self::Inside
        } else if !holds_v6(GLOBAL_V6, address) || lies_in(&SPECIAL_V6) || is_isatap(address) {
            Self::Special
        } else {
            Self::Public
        }
    }
}

const fn holds_v4((network, prefix): Range<Ipv4Addr>, address: Ipv4Addr) -> bool {
    (network.to_bits() ^ address.to_bits()) >> (32 - prefix) == 0
}

const fn holds_v6((network, prefix): Range<Ipv6Addr>, address: Ipv6Addr) -> bool {
    (network.to_bits() ^ address.to_bits()) >> (128 - prefix) == 0
}

/// An interface id that holds an IPv4 address to tunnel to (RFC 5214 §6.1).
const fn is_isatap(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    segments[4] & 0xfdff == 0 && segments[5] == 0x5efe
}
