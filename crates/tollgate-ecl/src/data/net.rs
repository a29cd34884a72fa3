//! Addresses and networks of the Internet Protocol, as one order of 2¹²⁸ addresses.
//!
//! An IPv4 address and its form in IPv6 (`::ffff:10.0.0.1`) are the same address, so there are as many addresses as there are
//! IPv6 addresses. They have one order: those of IPv4 come first, then those of IPv6, each by its number. In that order every network is
//! an interval, and no network of IPv6 has an IPv4 address in it, not even `::/0`. So whether an address is in a network is
//! two comparisons, in the engines and in an index alike.
//!
//! Texts are those of RFC 4291 and RFC 4632 and no other form: no leading zeros in a decimal number, no zone, no port, no address
//! of one to three numbers, no bits behind the prefix. They are printed as RFC 5952 says.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Number of IPv4 addresses.
const V4_COUNT: u128 = 1 << 32;
/// Number of `::ffff:0.0.0.0`, the first IPv4 address in its IPv6 form.
const MAPPED: u128 = 0xffff_0000_0000;
/// The bit that makes signed order of unsigned order.
const SIGN: u128 = 1 << 127;

/// An address. Its order is that of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ip(i128);

impl Ip {
    /// The address at a place of the order.
    #[must_use]
    pub const fn at(place: i128) -> Self {
        Self(place)
    }

    /// Its place in the order: a wide value, of which each is one address.
    #[must_use]
    pub const fn place(self) -> i128 {
        self.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "splits into halves")]
    const fn words(self) -> [u64; 2] {
        let bits = self.0.cast_unsigned();
        [bits as u64, (bits >> 64) as u64]
    }

    fn from_words([low, high]: [u64; 2]) -> Self {
        Self((u128::from(high) << 64 | u128::from(low)).cast_signed())
    }

    fn v4(bits: u32) -> Self {
        Self::ranked(u128::from(bits))
    }

    /// An IPv6 address that is not the IPv6 form of an IPv4 address, or the end of a network that they are left out of.
    fn v6(bits: u128) -> Self {
        Self::ranked(if bits < MAPPED { bits + V4_COUNT } else { bits })
    }

    fn ranked(rank: u128) -> Self {
        Self((rank ^ SIGN).cast_signed())
    }
}

impl From<IpAddr> for Ip {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::v4(v4.to_bits()),
            IpAddr::V6(v6) => Self::v6(v6.to_bits()),
        }
    }
}

impl From<Ip> for IpAddr {
    fn from(ip: Ip) -> Self {
        let rank = ip.0.cast_unsigned() ^ SIGN;
        match u32::try_from(rank) {
            Ok(bits) => Self::V4(Ipv4Addr::from_bits(bits)),
            Err(_) if rank < MAPPED + V4_COUNT => Self::V6(Ipv6Addr::from_bits(rank - V4_COUNT)),
            Err(_) => Self::V6(Ipv6Addr::from_bits(rank)),
        }
    }
}

impl fmt::Display for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&IpAddr::from(*self), f)
    }
}

/// A network: the addresses that begin with some bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    first: Ip,
    last: Ip,
    prefix: u8,
}

impl Cidr {
    /// Words in memory: first and last address, low half first, and the length of the prefix.
    pub const WORDS: u32 = 5;
    /// Words before its last address.
    pub(crate) const LAST: u32 = 2;
    /// Words before the length of its prefix.
    pub const PREFIX: u32 = 4;

    /// The network of the first bits of an address, as many as given, at most 32 of IPv4 and 128 of IPv6; the other bits do not count.
    #[must_use]
    pub fn around(address: IpAddr, prefix: u8) -> Option<Self> {
        let address = address.to_canonical();
        if prefix > width(address) {
            return None;
        }
        let (first, last) = match address {
            IpAddr::V4(v4) => {
                let hosts = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
                (Ip::v4(v4.to_bits() & !hosts), Ip::v4(v4.to_bits() | hosts))
            }
            IpAddr::V6(v6) => {
                let hosts = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
                (Ip::v6(v6.to_bits() & !hosts), Ip::v6(v6.to_bits() | hosts))
            }
        };
        Some(Self {
            first,
            last,
            prefix,
        })
    }

    /// The network of one address alone.
    #[must_use]
    pub fn alone(ip: Ip) -> Self {
        Self {
            first: ip,
            last: ip,
            prefix: width(ip.into()),
        }
    }

    /// Whether the address is in it.
    #[must_use]
    pub fn contains(&self, ip: Ip) -> bool {
        self.first <= ip && ip <= self.last
    }

    /// Whether all addresses of another are in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// The first address.
    #[must_use]
    pub const fn first(&self) -> Ip {
        self.first
    }

    /// The last address that is one of its family.
    #[must_use]
    pub const fn last(&self) -> Ip {
        self.last
    }

    /// How many first bits all its addresses have in common.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// As it stands in memory.
    #[must_use]
    pub fn words(&self) -> [u64; 5] {
        let [first_low, first_high] = self.first.words();
        let [last_low, last_high] = self.last.words();
        let prefix = u64::from(self.prefix);
        [first_low, first_high, last_low, last_high, prefix]
    }

    /// The places of the first and the last address of a network that stands in memory so.
    #[inline]
    pub(crate) fn ends(words: [u64; 5]) -> [i128; 2] {
        let [first_low, first_high, last_low, last_high, _] = words;
        let ends = [[first_low, first_high], [last_low, last_high]];
        ends.map(|words| Ip::from_words(words).place())
    }

    /// The network that stands in memory so, if it is how one does.
    #[must_use]
    pub fn from_words(words: [u64; 5]) -> Option<Self> {
        let ([first, _], [.., prefix]) = (Self::ends(words), words);
        let found = Self::around(Ip::at(first).into(), u8::try_from(prefix).ok()?)?;
        (found.words() == words).then_some(found)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// Bits of an address.
fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// Why a text is no address or network: what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// A number of an IPv4 address is too large.
    #[error("`{0}` is too large: each of the four numbers of an IPv4 address is 0 to 255")]
    Octet(Box<str>),
    /// A number of an IPv4 address begins with a zero.
    #[error("`{0}` begins with a zero, which some read as octal: write `{1}`")]
    LeadingZero(Box<str>, Box<str>),
    /// An address with a zone.
    #[error("leave out the zone behind the `%`: it names an interface of one machine")]
    Zone,
    /// An address with a port, or in brackets.
    #[error("leave out the port and the brackets: write `{0}`")]
    Port(Box<str>),
    /// A network where an address is wanted.
    #[error(
        "this is a network: write one address, such as `{0}`, or use the type `cidr` and ask with `in`"
    )]
    Network(Box<str>),
    /// Anything else.
    #[error("write an IPv4 address as in `192.0.2.1`, or an IPv6 address as in `2001:db8::1`")]
    Syntax,
    /// Anything else where a network is wanted.
    #[error("write a network of IPv4 as in `192.0.2.0/24`, or one of IPv6 as in `2001:db8::/32`")]
    NetworkSyntax,
    /// An address where a network is wanted.
    #[error("this is an address: write `{0}` for the network of it alone")]
    NoPrefix(Box<str>),
    /// A prefix that is no number, or too long.
    #[error(
        "behind the `/` stands how many bits all addresses have in common: 0 to {0}, without leading zeros"
    )]
    Prefix(u8),
    /// The address of a network has bits behind the prefix.
    #[error(
        "bits behind the prefix are not zero: write `{0}` for the network, or `{1}` for the address alone"
    )]
    HostBits(Box<str>, Box<str>),
    /// A network around IPv4 addresses in their IPv6 form that goes beyond them.
    #[error(
        "an IPv4 address in its IPv6 form has a prefix of 96 to 128: write `0.0.0.0/0` for all IPv4 addresses"
    )]
    Mapped,
}

impl NetError {
    /// What to write instead, where it is known.
    #[must_use]
    pub fn instead(&self) -> Option<&str> {
        match self {
            Self::Port(text) | Self::NoPrefix(text) | Self::HostBits(text, _) => Some(text),
            Self::Octet(_)
            | Self::LeadingZero(..)
            | Self::Zone
            | Self::Network(_)
            | Self::Syntax
            | Self::NetworkSyntax
            | Self::Prefix(_)
            | Self::Mapped => None,
        }
    }
}

impl FromStr for Ip {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        address(text).map(Self::from)
    }
}

fn address(text: &str) -> Result<IpAddr, NetError> {
    text.parse().map_err(|_| not_an_address(text))
}

fn not_an_address(text: &str) -> NetError {
    if let Some((address, _)) = text.split_once('/') {
        if let Ok(ip) = address.parse::<Ip>() {
            return NetError::Network(ip.to_string().into());
        }
        return not_an_address(address);
    }
    if text.contains('%') {
        return NetError::Zone;
    }
    if let Some(inner) = text.strip_prefix('[')
        && let Some((inner, _)) = inner.split_once(']')
        && let Ok(ip) = inner.parse::<Ip>()
    {
        return NetError::Port(ip.to_string().into());
    }
    if let Some((v4, _)) = text.split_once(':')
        && let Ok(v4) = v4.parse::<Ipv4Addr>()
    {
        return NetError::Port(v4.to_string().into());
    }
    // The IPv4 address at the end of an IPv6 address counts as well.
    let v4 = text.rsplit(':').next().unwrap_or(text);
    let numbers: Vec<&str> = v4.split('.').collect();
    let digits = |number: &&str| {
        (1..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    };
    if numbers.len() != 4 || !numbers.iter().all(digits) {
        return NetError::Syntax;
    }
    for number in numbers {
        let value = number.trim_start_matches('0');
        if value.len() > 3 || value.parse::<u16>().is_ok_and(|value| value > 255) {
            return NetError::Octet(number.into());
        }
        if number.len() > 1 && number.starts_with('0') {
            let value = if value.is_empty() { "0" } else { value };
            return NetError::LeadingZero(number.into(), value.into());
        }
    }
    NetError::Syntax
}

impl FromStr for Cidr {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let Some((written, prefix)) = text.split_once('/') else {
            let alone = |ip| Self::alone(ip).to_string().into();
            return Err(match text.parse::<Ip>() {
                Ok(ip) => NetError::NoPrefix(alone(ip)),
                Err(NetError::Port(address)) => match address.parse() {
                    Ok(ip) => NetError::Port(alone(ip)),
                    Err(problem) => problem,
                },
                Err(problem) => of_network(problem),
            });
        };
        let as_written = address(written).map_err(of_network)?;
        let ip = as_written.to_canonical();
        // The prefix counts the bits of the form that is written.
        let most = width(as_written);
        let prefix = number(prefix)
            .filter(|prefix| *prefix <= most)
            .ok_or(NetError::Prefix(most))?;
        let prefix = prefix
            .checked_sub(most - width(ip))
            .ok_or(NetError::Mapped)?;
        let network = Self::around(ip, prefix).ok_or(NetError::Prefix(most))?;
        if network.first != Ip::from(ip) {
            let [network, alone] = [network, Self::alone(ip.into())].map(|cidr| cidr.to_string());
            return Err(NetError::HostBits(network.into(), alone.into()));
        }
        Ok(network)
    }
}

/// What is wrong with the address of a network: another one is to be written with its prefix.
fn of_network(problem: NetError) -> NetError {
    match problem {
        NetError::Syntax | NetError::Port(_) => NetError::NetworkSyntax,
        other => other,
    }
}

/// A number of one to three digits without leading zeros.
fn number(text: &str) -> Option<u8> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    text.parse().ok().filter(|_| digits && !leading)
}

#[cfg(test)]
mod tests;
