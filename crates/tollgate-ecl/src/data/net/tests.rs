use super::*;
use crate::testing::generate::Random;

fn ip(text: &str) -> Ip {
    match text.parse() {
        Ok(ip) => ip,
        Err(problem) => panic!("`{text}`: {problem}"),
    }
}

fn cidr(text: &str) -> Cidr {
    match text.parse() {
        Ok(cidr) => cidr,
        Err(problem) => panic!("`{text}`: {problem}"),
    }
}

#[test]
fn addresses_are_printed_in_their_canonical_form() {
    for (text, shown) in [
        ("10.0.0.1", "10.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:0a00:1", "10.0.0.1"),
        ("0:0:0:0:0:ffff:1:2", "0.1.0.2"),
        ("2001:0DB8::0001", "2001:db8::1"),
        // RFC 5952: the first of the longest runs of zeros, and no run of one.
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("1:0:0:4:0:0:0:8", "1:0:0:4::8"),
        ("::", "::"),
        ("::1", "::1"),
        ("1::", "1::"),
        ("::10.0.0.1", "::a00:1"),
        ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
    ] {
        assert_eq!(ip(text).to_string(), shown, "{text}");
    }
}

#[test]
fn an_address_has_one_form() {
    use NetError as E;
    for (text, expected) in [
        ("10.0.0.300", E::Octet("300".into())),
        ("::ffff:10.0.0.256", E::Octet("256".into())),
        ("10.0.0.99999999999999", E::Octet("99999999999999".into())),
        ("10.0.0.01", E::LeadingZero("01".into(), "1".into())),
        ("010.0.0.1", E::LeadingZero("010".into(), "10".into())),
        ("10.0.00.1", E::LeadingZero("00".into(), "0".into())),
        ("fe80::1%eth0", E::Zone),
        ("10.0.0.1:80", E::Port("10.0.0.1".into())),
        ("[::1]:80", E::Port("::1".into())),
        ("[::1]", E::Port("::1".into())),
        ("10.0.0.0/8", E::Network("10.0.0.0".into())),
        ("10.0.0.300/8", E::Octet("300".into())),
        ("", E::Syntax),
        (" 10.0.0.1", E::Syntax),
        ("10.0.0.1 ", E::Syntax),
        ("10.0.0", E::Syntax),
        ("10.1", E::Syntax),
        ("167772161", E::Syntax),
        ("0x0a.0.0.1", E::Syntax),
        ("10.0.0.+1", E::Syntax),
        ("10.0.0.1.", E::Syntax),
        ("10.0.0.１", E::Syntax),
        ("1:2:3:4:5:6:7", E::Syntax),
        ("1::2::3", E::Syntax),
        ("12345::", E::Syntax),
        ("localhost", E::Syntax),
    ] {
        assert_eq!(text.parse::<Ip>(), Err(expected), "{text}");
    }
}

#[test]
fn a_network_has_one_form() {
    use NetError as E;
    for (text, shown) in [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("10.0.0.1/32", "10.0.0.1/32"),
        ("::/0", "::/0"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::1/128", "::1/128"),
        // An IPv4 network in IPv6 form.
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::ffff:10.0.0.1/128", "10.0.0.1/32"),
        ("::/80", "::/80"),
        ("::fffe:0:0/95", "::fffe:0:0/95"),
    ] {
        assert_eq!(cidr(text).to_string(), shown, "{text}");
    }
    let host_bits = |network: &str, alone: &str| {
        E::HostBits(network.to_owned().into(), alone.to_owned().into())
    };
    for (text, expected) in [
        ("10.0.0.1/8", host_bits("10.0.0.0/8", "10.0.0.1/32")),
        (
            "2001:db8::1/32",
            host_bits("2001:db8::/32", "2001:db8::1/128"),
        ),
        ("0.0.0.1/0", host_bits("0.0.0.0/0", "0.0.0.1/32")),
        ("::1/0", host_bits("::/0", "::1/128")),
        (
            "::ffff:10.0.0.1/104",
            host_bits("10.0.0.0/8", "10.0.0.1/32"),
        ),
        ("10.0.0.0/33", E::Prefix(32)),
        ("::/129", E::Prefix(128)),
        ("10.0.0.0/", E::Prefix(32)),
        ("10.0.0.0/08", E::Prefix(32)),
        ("10.0.0.0/+8", E::Prefix(32)),
        ("10.0.0.0/-8", E::Prefix(32)),
        ("10.0.0.0/8/8", E::Prefix(32)),
        ("10.0.0.0/255.0.0.0", E::Prefix(32)),
        ("10.0.0.0/256", E::Prefix(32)),
        ("::ffff:10.0.0.0/95", E::Mapped),
        ("::ffff:0:0/80", E::Mapped),
        ("::ffff:0.0.0.0/0", E::Mapped),
        ("10.0.0.1", E::NoPrefix("10.0.0.1/32".into())),
        ("::1", E::NoPrefix("::1/128".into())),
        ("::ffff:10.0.0.1", E::NoPrefix("10.0.0.1/32".into())),
        ("10.0.0.300/8", E::Octet("300".into())),
        ("010.0.0.0/8", E::LeadingZero("010".into(), "10".into())),
        ("fe80::%1/10", E::Zone),
        ("10.0.0.0:53", E::Port("10.0.0.0/32".into())),
        ("[2001:db8::]:53", E::Port("2001:db8::/128".into())),
        ("[2001:db8::]/32", E::NetworkSyntax),
        ("10/8", E::NetworkSyntax),
        ("/8", E::NetworkSyntax),
        ("", E::NetworkSyntax),
    ] {
        assert_eq!(text.parse::<Cidr>(), Err(expected), "{text}");
    }
}

#[test]
fn ipv4_comes_first_and_in_no_network_of_ipv6() {
    let mut order = [
        "::",
        "255.255.255.255",
        "::fffe:ffff:ffff",
        "0.0.0.0",
        "::1:0:0:0",
        "ffff::",
        "7fff::",
        "8000::",
        "::1",
    ]
    .map(ip);
    order.sort();
    let sorted: Vec<String> = order.iter().map(Ip::to_string).collect();
    assert_eq!(
        sorted,
        [
            "0.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "::fffe:ffff:ffff",
            "::1:0:0:0",
            "7fff::",
            "8000::",
            "ffff::"
        ]
    );
    for network in ["::/0", "::/80", "::/1", "::8000:0:0/81", "::fffe:0:0/95"] {
        for address in ["0.0.0.0", "10.0.0.1", "255.255.255.255", "::ffff:10.0.0.1"] {
            assert!(
                !cidr(network).contains(ip(address)),
                "{address} in {network}"
            );
        }
    }
    assert!(cidr("0.0.0.0/0").contains(ip("::ffff:10.0.0.1")));
    assert!(!cidr("0.0.0.0/0").contains(ip("::")));
    assert!(cidr("::fffe:0:0/95").contains(ip("::fffe:ffff:ffff")));
}

/// Bits of an address as IPv6, and the family: what a reader of RFC 4291 would compare.
fn bits(ip: IpAddr) -> (bool, u128) {
    match ip {
        IpAddr::V4(v4) => (true, v4.to_ipv6_mapped().to_bits()),
        IpAddr::V6(v6) => (false, v6.to_bits()),
    }
}

/// Bit by bit.
fn is_in(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let ((family, address), (other, network)) = (bits(address), bits(network));
    let compared = if other { 96 + prefix } else { prefix };
    family == other && (0..compared).all(|bit| (address ^ network) >> (127 - bit) & 1 == 0)
}

fn random_address(random: &mut Random) -> IpAddr {
    let v6 = |bits: u128| IpAddr::from(Ipv6Addr::from_bits(bits)).to_canonical();
    let wide = |random: &mut Random| u128::from(random.next()) << 64 | u128::from(random.next());
    match random.below(6) {
        0 => IpAddr::from(Ipv4Addr::from_bits(random.next() as u32)),
        1 => IpAddr::from([10, 0, random.below(3) as u8, random.below(4) as u8]),
        2 => v6(wide(random)),
        // Around the IPv4 addresses in their IPv6 form, and at the ends.
        3 => v6((MAPPED - 2).wrapping_add(u128::from(random.below(4)))),
        4 => v6((MAPPED + V4_COUNT - 2).wrapping_add(u128::from(random.below(4)))),
        _ => v6(0_u128
            .wrapping_sub(u128::from(random.below(3)))
            .rotate_right(random.below(128) as u32)),
    }
}

#[test]
fn random_addresses_and_networks_agree_with_their_bits() {
    let mut random = Random::new(0x1d_4e7);
    let (mut inside, mut within, mut all) = (0, 0, 0);
    for _ in 0..200_000 {
        let (a, b) = (random_address(&mut random), random_address(&mut random));
        let one = Ip::from(a);
        // Each place is one address, each address one place, and its text is read as the same.
        assert_eq!(IpAddr::from(one), a);
        assert_eq!(one.to_string().parse(), Ok(one));
        let place =
            Ip::at(i128::from(random.next().cast_signed()) << 64 | i128::from(random.next()));
        assert_eq!(Ip::from(IpAddr::from(place)), place);

        let prefix = random.below(u64::from(width(b)) + 1) as u8;
        let network = Cidr::around(b, prefix).unwrap();
        assert_eq!(
            network.contains(one),
            is_in(a, b, prefix),
            "{a} in {network}"
        );
        assert!(network.contains(network.first()) && network.contains(network.last()));
        assert_eq!(network.to_string().parse(), Ok(network));
        assert_eq!(Cidr::from_words(network.words()), Some(network));
        inside += usize::from(network.contains(one));

        let other = Cidr::around(a, random.below(u64::from(width(a)) + 1) as u8).unwrap();
        let first: IpAddr = other.first().into();
        // A shorter prefix has more addresses; that these are of IPv4 may take the difference away.
        let is_within = is_in(first, b, prefix) && is_in(other.last().into(), b, prefix);
        assert_eq!(network.covers(&other), is_within, "{other} in {network}");
        within += usize::from(is_within);
        all += 1;
    }
    assert!(
        inside > all / 20 && within > all / 100,
        "{inside} and {within} of {all}"
    );
}

/// A network, what is asked of it, and the answer: published cases of `net.cidr_contains` of Rego, of the CIDR library of Kubernetes and of
/// `isInRange` of Cedar, whose networks are written with zeros behind the prefix.
const CONTAINED: [(&str, &str, bool); 44] = [
    ("10.0.0.0/8", "10.1.0.0/24", true),
    ("172.17.0.0/24", "172.17.0.0/16", false),
    ("10.0.0.0/8", "192.168.1.0/24", false),
    ("10.0.0.0/8", "10.1.1.1/32", true),
    (
        "2001:4860::/32",
        "2001:4860:4860:1234:5678:1234:5678:8888/128",
        true,
    ),
    ("2001:4860::/32", "fd1e:5bfe:8af3:9ddc::/64", false),
    ("10.0.0.0/8", "192.168.1.1", false),
    ("192.168.0.0/24", "192.168.0.1", true),
    ("192.168.0.0/24", "192.168.1.1", false),
    ("192.168.0.0/24", "192.168.0.0/25", true),
    ("192.168.0.0/24", "192.168.0.0/23", false),
    ("2001:db8::/32", "2001:db8::1", true),
    ("2001:db8::/32", "2001:dc8::1", false),
    ("2001:db8::/32", "2001:db8::/33", true),
    ("2001:db8::/32", "2001:db8::/31", false),
    ("192.168.0.0/24", "192.168.0.0/24", true),
    ("192.168.0.0/28", "192.168.0.1", true),
    ("192.168.0.0/24", "192.168.0.10", true),
    ("192.168.0.0/28", "192.168.0.10", true),
    ("192.168.0.0/24", "192.168.0.75", true),
    ("192.168.0.0/28", "192.168.0.75", false),
    ("192.168.0.1/32", "192.168.0.1", true),
    ("1:2:3::/48", "1:2:3:4::", true),
    ("1:2:3::/52", "1:2:3:4::", true),
    ("1:2:3::/48", "1:2:3:6::", true),
    ("1:2:3::/52", "1:2:3:6::", true),
    ("1:2:3::/48", "1:2:3:ffff::", true),
    ("1:2:3::/52", "1:2:3:ffff::", false),
    ("1:2:3:4::/128", "1:2:3:4::", true),
    ("1:2:3::/48", "192.168.0.1", false),
    ("10.0.0.0/24", "10.0.0.0", true),
    ("10.0.0.0/32", "10.0.0.0", true),
    ("10.0.0.1/32", "10.0.0.0", false),
    ("10.0.0.0/24", "10.0.0.1", true),
    ("10.0.0.0/32", "10.0.0.0/24", false),
    ("10.0.0.0/24", "10.0.0.0/32", true),
    ("10.0.0.0/24", "10.0.0.0/24", true),
    ("10.0.0.0/29", "10.0.0.0/24", false),
    ("10.0.0.0/24", "10.0.0.0/29", true),
    ("10.0.0.0/32", "10.0.0.0/32", true),
    // `isMulticast` of ranges, and what is neither.
    ("224.0.0.0/4", "224.0.0.0/3", false),
    ("224.0.0.0/4", "224.0.0.0/5", true),
    ("ff00::/8", "fe00::/7", false),
    ("ff00::/8", "ff00::/9", true),
];

#[test]
fn published_cases_of_others_have_the_same_answer() {
    for (network, asked, answer) in CONTAINED {
        let network = cidr(network);
        let found = match asked.contains('/') {
            true => network.covers(&cidr(asked)),
            false => network.contains(ip(asked)),
        };
        assert_eq!(found, answer, "{asked} in {network}");
    }
}

#[test]
fn what_others_read_otherwise_is_refused_or_ipv4() {
    // Rego, Cedar and Kubernetes take a network by any of its addresses.
    for (text, network) in [
        ("2001:4860:4860::8888/32", "2001:4860::/32"),
        ("192.168.1.64/25", "192.168.1.0/25"),
        ("192.168.0.1/24", "192.168.0.0/24"),
        ("127.0.0.1/0", "0.0.0.0/0"),
        ("ffee::/0", "::/0"),
        ("10.0.0.1/29", "10.0.0.0/29"),
    ] {
        let problem = text.parse::<Cidr>().unwrap_err();
        assert_eq!(problem.instead(), Some(network), "{text}");
    }
    // For Cedar an IPv4 address is no network, and one in IPv6 form is IPv6 when it is written in hexadecimal, an error when it is not.
    assert!("10.0.0.0".parse::<Cidr>().is_err());
    assert_eq!(ip("::ffff:ff00:1"), ip("255.0.0.1"));
    assert_eq!(ip("::ffff:127.0.0.1"), ip("127.0.0.1"));
    // What all refuse.
    for text in [
        "380.0.0.1",
        "?",
        "ab.ab.ab.ab",
        "foo::1",
        "192.168.0.1.0",
        "2001:db8:::68",
        "127.0.0.1/8/24",
        "fee::/64::1",
        "172.0.0.1/64",
        "ffee::/132",
        "192.168.0.0/",
        "2001:db8::/",
        "not-a-cidr",
        "10.0.0.0/33",
    ] {
        assert!(text.parse::<Ip>().is_err(), "{text}");
        assert!(text.parse::<Cidr>().is_err(), "{text}");
    }
}
