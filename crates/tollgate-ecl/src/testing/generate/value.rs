//! Random constants: words of values, placed in the pool where they belong there.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Generator;
use super::random::Random;
use super::said::random_numeral;
use crate::data::decimal::ONE;
use crate::data::net::{Cidr, Ip};
use crate::data::types::Type;
use crate::ir::Handle;
use crate::ir::value::halves;
use crate::testing::programs;

/// Texts that programs, inputs and answers share, so that they are sometimes equal, and that match each other as globs.
pub(super) const TEXTS: [&str; 22] = [
    "",
    "a",
    "ab",
    "abc",
    "bc",
    "aaaaaaab",
    "ünï",
    "a text of more than thirty-two bytes, which is one gas to look at",
    "text of more",
    "Ω",
    "a*b",
    "*?n?*",
    "*text ?f more*",
    "\\*",
    "AB",
    " aBc\t",
    "A TEXT of more than Thirty-Two bytes, which is one gas to look at\r\n",
    "ÜNÏ",
    "a\\",
    "more than a hundred and twenty-eight bytes, which is what an index compares of a text, and so these two are one to it in every way: a",
    "more than a hundred and twenty-eight bytes, which is what an index compares of a text, and so these two are one to it in every way: b",
    "*a hundred and twenty-eight bytes, which is what ?n * of a text, and so these two are one to it in every way: ?",
];

/// Dids that they share.
pub(super) const DIDS: [&str; 6] = [
    "did:example:alice",
    "did:example:bob",
    "did:e:credential:eichrecht:v1",
    "did:e:credential:eichrecht:v1:deep",
    "did:web:a.example",
    "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
];

/// Patterns that they share.
pub(super) const PATTERNS: [&str; 6] = [
    "did:e:credential:eichrecht:*",
    "did:e:credential:**",
    "did:*:alice",
    "did:example:bob",
    "did:**",
    "did:e:*:eichrecht:*",
];

/// Attribute documents that they share, canonical.
pub(super) const DOCUMENTS: [&str; 4] = ["{}", "[]", r#"{"a":1,"b":[true,null]}"#, r#""text""#];

/// An int, often at an edge.
pub(super) fn int(random: &mut Random) -> i64 {
    match random.below(8) {
        0 => *random.pick(&[i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1]),
        1 => random.next().cast_signed(),
        2 => 0,
        3 => -1,
        _ => i64::try_from(random.below(20)).unwrap_or(0) - 5,
    }
}

/// A wide value, often at an edge.
pub(super) fn wide(random: &mut Random) -> i128 {
    match random.below(10) {
        0 => *random.pick(&[i128::MAX, i128::MIN, i128::MAX - 1, 1, -1]),
        1 => (i128::from(random.next().cast_signed()) << 60) ^ i128::from(random.next()),
        2 => i128::from(random.next().cast_signed()),
        3 => 0,
        4 => i128::from(random.below(1000)) * ONE / 7,
        _ => (i128::from(random.below(2000)) - 500) * (ONE / 100),
    }
}

/// Addresses that programs and inputs share, among them the ends of networks.
const IPS: [&str; 12] = [
    "10.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "0.0.0.0",
    "255.255.255.255",
    "::ffff:10.1.2.3",
    "::",
    "::fffe:ffff:ffff",
    "::1:0:0:0",
    "fe80::1",
    "8000::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

/// An address, often one of a few or beside one.
pub(super) fn ip(random: &mut Random) -> Ip {
    if random.once_in(8) {
        return Ip::at(i128::from(random.next().cast_signed()) << 64 | i128::from(random.next()));
    }
    let known: Ip = random.pick(&IPS).parse().expect("an address");
    let beside = i128::from(random.below(3)) - 1;
    Ip::at(known.place().wrapping_add(beside))
}

/// A network around such an address.
pub(super) fn cidr(random: &mut Random) -> Cidr {
    let ip = ip(random);
    let prefix = *random.pick(&[0, 8, 8, 16, 24, 31, 32, 64, 80, 81, 96, 127, 128]);
    // No network of IPv4 has a prefix beyond 32.
    match Cidr::around(ip.into(), prefix) {
        Some(network) => network,
        None => Cidr::alone(ip),
    }
}

/// A finite number, often at an edge.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(super) fn number(random: &mut Random) -> f64 {
    match random.below(8) {
        0 => *random.pick(&[f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 1e20, -1e-20]),
        1 => Some(f64::from_bits(random.next()))
            .filter(|n| n.is_finite())
            .unwrap_or(1.0),
        2 => *random.pick(&[0.0, -0.0]),
        _ => random.below(2000) as f64 / 100.0 - 5.0,
    }
}

/// A number in 0..=1.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(super) fn share(random: &mut Random) -> f64 {
    match random.below(4) {
        0 => *random.pick(&[0.0, 1.0, 0.5]),
        _ => random.below(1 << 53) as f64 / (1_u64 << 53) as f64,
    }
}

/// A text of a type.
pub(super) fn text(random: &mut Random, ty: &Type) -> Cow<'static, str> {
    let texts: &[&'static str] = match ty {
        Type::Did => &DIDS,
        Type::Pattern => &PATTERNS,
        Type::Attributes => &DOCUMENTS,
        _ if random.once_in(6) => return random_numeral(random).into(),
        _ => &TEXTS,
    };
    let text: &&'static str = random.pick(texts);
    Cow::Borrowed(text)
}

impl Generator<'_> {
    /// The words of a random value of a type as they stand in memory; texts and list elements are placed in the pool.
    pub(super) fn words(&mut self, ty: &Type) -> Vec<u64> {
        match ty {
            Type::Bool => vec![self.random.below(2)],
            Type::Int | Type::Instant | Type::Duration => vec![int(self.random).cast_unsigned()],
            Type::Number => vec![number(self.random).to_bits()],
            Type::Decimal | Type::Money(_) | Type::Quantity(_) => {
                halves(wide(self.random)).to_vec()
            }
            Type::Ip => halves(ip(self.random).place()).to_vec(),
            Type::Cidr => cidr(self.random).words().to_vec(),
            Type::String(_) | Type::Did | Type::Pattern | Type::Attributes => {
                let text = text(self.random, ty);
                vec![programs::pool_text(&mut self.program, &text).0]
            }
            Type::Enum(id) => {
                let cases = self
                    .program
                    .enums
                    .get(id.0 as usize)
                    .map_or(1, |e| e.cases.len());
                vec![self.random.below(cases as u64)]
            }
            Type::Trust => (0..6).map(|_| share(self.random).to_bits()).collect(),
            Type::Option(inner) => {
                let mut payload = self.words(inner);
                let some = self.random.flip();
                if !some {
                    payload.fill(0);
                }
                payload.insert(0, u64::from(some));
                payload
            }
            Type::Record(id) => {
                let record = self.program.records.get(id.0 as usize).cloned();
                let record = record.expect("a record of the program");
                let fields = record.fields.iter();
                let mut words: Vec<u64> = fields.flat_map(|f| self.words(&f.ty)).collect();
                // One without fields takes a word.
                words.resize(record.words as usize, 0);
                words
            }
            Type::List(element, bound) => {
                let count = self.random.below(u64::from(*bound) + 1);
                let words: Vec<u64> = (0..count).flat_map(|_| self.words(element)).collect();
                if count == 0 {
                    return vec![0];
                }
                let address = self.place(&words);
                vec![Handle::new(address, u32::try_from(count).unwrap_or(0)).0]
            }
            Type::Map(key, value, bound) => {
                let mut entries = BTreeMap::new();
                for _ in 0..self.random.below(u64::from(*bound) + 1) {
                    let (text, word) = self.map_key(key);
                    entries
                        .entry(text)
                        .or_insert_with(|| [vec![word], self.words(value)].concat());
                }
                if entries.is_empty() {
                    return vec![0];
                }
                let count = u32::try_from(entries.len()).unwrap_or(0);
                let words: Vec<u64> = entries.into_values().flatten().collect();
                vec![Handle::new(self.place(&words), count).0]
            }
            // There are no constants of effects.
            Type::Effect | Type::Never | Type::Error => vec![],
        }
    }

    /// A key of a map, as text and as it stands in memory.
    fn map_key(&mut self, ty: &Type) -> (Box<str>, u64) {
        let Type::Enum(id) = ty else {
            let text = text(self.random, ty);
            let handle = programs::pool_text(&mut self.program, &text);
            return (text.into(), handle.0);
        };
        let cases = self.program.enums.get(id.0 as usize);
        let cases = cases.map_or(&[][..], |e| &e.cases);
        let number = self.random.below(cases.len() as u64);
        let name = usize::try_from(number).ok().and_then(|n| cases.get(n));
        (name.cloned().unwrap_or_default(), number)
    }

    /// Places words in the pool.
    pub(super) fn place(&mut self, words: &[u64]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        programs::pool_bytes(&mut self.program, &bytes)
    }
}
