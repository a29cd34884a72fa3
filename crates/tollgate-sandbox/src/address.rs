//! Which network addresses are public.
//!
//! The rule is an allow-list: an address is public only when it lies in the globally reachable unicast space and in no
//! block the IANA special-purpose registries set apart (RFC 6890 and its updates). Addresses that carry another address
//! inside (IPv4-mapped, NAT64, 6to4, Teredo) are never public, whatever they carry: they exist to reach something else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// An address that may be reached although it is not public, on one port or on all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressGrant {
    /// The address.
    pub ip: IpAddr,
    /// The port; `None` grants every port.
    pub port: Option<u16>,
}

impl AddressGrant {
    /// Whether this grant covers the address. An IPv4-mapped IPv6 address is the IPv4 address it maps.
    pub fn covers(&self, address: SocketAddr) -> bool {
        self.ip.to_canonical() == address.ip().to_canonical()
            && self.port.is_none_or(|port| port == address.port())
    }
}

/// Why this address is not public, or `None` for a public one.
pub fn not_public(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => v4_not_public(ip),
        IpAddr::V6(ip) => v6_not_public(ip),
    }
}

/// One block: its first address, the length of its prefix, what it is.
type Block<T> = (T, u32, &'static str);

/// IPv4 blocks that are not public, most specific first.
const V4_BLOCKS: [Block<Ipv4Addr>; 18] = [
    (
        Ipv4Addr::new(169, 254, 169, 254),
        32,
        "a cloud metadata address",
    ),
    (
        Ipv4Addr::new(100, 100, 100, 200),
        32,
        "a cloud metadata address",
    ),
    (
        Ipv4Addr::new(168, 63, 129, 16),
        32,
        "a cloud metadata address",
    ),
    (
        Ipv4Addr::new(192, 0, 0, 192),
        32,
        "a cloud metadata address",
    ),
    (Ipv4Addr::new(0, 0, 0, 0), 8, "an address of this host"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (
        Ipv4Addr::new(100, 64, 0, 0),
        10,
        "a carrier-grade NAT address",
    ),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "a protocol assignment"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "a documentation address"),
    (
        Ipv4Addr::new(198, 51, 100, 0),
        24,
        "a documentation address",
    ),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "a documentation address"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a benchmarking address"),
    // Multicast (224/4), reserved (240/4) and broadcast in one.
    (
        Ipv4Addr::new(224, 0, 0, 0),
        3,
        "a multicast, reserved or broadcast address",
    ),
];

fn v4_not_public(ip: Ipv4Addr) -> Option<&'static str> {
    let inside = |(base, length, _): &&Block<Ipv4Addr>| {
        (ip.to_bits() ^ base.to_bits()) >> (32 - length) == 0
    };
    V4_BLOCKS.iter().find(inside).map(|(_, _, what)| *what)
}

/// IPv6 blocks with a name of their own, most specific first. What is in none of them and outside of 2000::/3 is not
/// public either.
const V6_BLOCKS: [Block<Ipv6Addr>; 15] = [
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0),
        32,
        "a cloud metadata address",
    ),
    (
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
        96,
        "an IPv4-mapped address",
    ),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4-compatible address"),
    (
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0),
        32,
        "a NAT64 address",
    ),
    (
        Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0),
        64,
        "a discard address",
    ),
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        32,
        "a Teredo address",
    ),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "a documentation address",
    ),
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        23,
        "a protocol assignment",
    ),
    (
        Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),
        16,
        "a 6to4 address",
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "a documentation address",
    ),
    (
        Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0),
        7,
        "a unique local address",
    ),
    (
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0),
        9,
        "a link-local or site-local address",
    ),
    (
        Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0),
        8,
        "a multicast address",
    ),
];

fn v6_not_public(ip: Ipv6Addr) -> Option<&'static str> {
    let inside = |(base, length, _): &&Block<Ipv6Addr>| {
        (ip.to_bits() ^ base.to_bits()) >> (128 - length) == 0
    };
    let named = V6_BLOCKS.iter().find(inside).map(|(_, _, what)| *what);
    let global_unicast = ip.segments()[0] >> 13 == 0b001;
    named.or_else(|| (!global_unicast).then_some("outside the public address space"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::200e",
            "2001:4860:4860::8888",
            "3ffe::1",
        ] {
            assert_eq!(not_public(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn special_addresses_are_named() {
        for (text, what) in [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("0.0.0.0", "this host"),
            ("0.1.2.3", "this host"),
            ("10.0.0.1", "private"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("169.254.169.254", "metadata"),
            ("169.254.1.1", "link-local"),
            ("100.64.0.1", "NAT"),
            ("100.100.100.200", "metadata"),
            ("168.63.129.16", "metadata"),
            ("192.0.0.192", "metadata"),
            ("192.0.0.8", "protocol"),
            ("192.0.2.1", "documentation"),
            ("198.51.100.1", "documentation"),
            ("203.0.113.1", "documentation"),
            ("198.18.0.1", "benchmarking"),
            ("198.19.255.255", "benchmarking"),
            ("192.88.99.1", "6to4"),
            ("224.0.0.1", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::ffff:8.8.8.8", "mapped"),
            ("::8.8.8.8", "compatible"),
            ("64:ff9b::808:808", "NAT64"),
            ("64:ff9b:1::1", "NAT64"),
            ("100::1", "discard"),
            ("2001::1", "Teredo"),
            ("2001:10::1", "protocol"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::", "6to4"),
            ("3fff::1", "documentation"),
            ("fc00::1", "unique local"),
            ("fd12::1", "unique local"),
            ("fd00:ec2::254", "metadata"),
            ("fe80::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("4000::1", "outside"),
            ("5f00::1", "outside"),
            ("1::1", "outside"),
        ] {
            let reason = not_public(text.parse().unwrap()).unwrap_or("public");
            assert!(reason.contains(what), "{text}: {reason}");
        }
    }

    #[test]
    fn a_grant_covers_its_port_and_the_mapped_form_only() {
        let grant = AddressGrant {
            ip: Ipv4Addr::LOCALHOST.into(),
            port: Some(80),
        };
        assert!(grant.covers("127.0.0.1:80".parse().unwrap()));
        assert!(grant.covers("[::ffff:127.0.0.1]:80".parse().unwrap()));
        assert!(!grant.covers("127.0.0.1:81".parse().unwrap()));
        assert!(!grant.covers("127.0.0.2:80".parse().unwrap()));
    }
}
