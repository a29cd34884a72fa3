//! Texts that are almost programs: the corpus with small changes.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// So many cases, or what `PROPTEST_CASES` says; few steps of shrinking, since texts are short. The same cases each time,
/// so that a change is not blamed for what another seed would have found before it; `PROPTEST_RNG_SEED` chooses others.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let chosen = number("PROPTEST_CASES").and_then(|n| u32::try_from(n).ok());
    ProptestConfig {
        cases: chosen.unwrap_or(cases),
        rng_seed: RngSeed::Fixed(number("PROPTEST_RNG_SEED").unwrap_or(0)),
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// One change of a text.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Removes some of what stands between two places.
    Remove(prop::sample::Index, usize),
    /// Repeats a part at another place.
    Copy(prop::sample::Index, prop::sample::Index, usize),
    /// Inserts a piece of syntax.
    Insert(prop::sample::Index, &'static str),
    /// Replaces a line end by a blank, or a blank by a line end.
    Rewrap(prop::sample::Index),
}

/// Pieces in which mistakes and corner cases of the grammar live.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\n\n",
    ",",
    ":",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "-",
    "- ",
    "!",
    "?",
    "?.",
    ".",
    "=>",
    "->",
    "=",
    "==",
    "<",
    "<=",
    ">",
    ">=",
    "|",
    "||",
    "&&",
    " AND ",
    " or ",
    " not ",
    " in ",
    " else ",
    " if ",
    " then ",
    " match ",
    " matches /a/ ",
    " has_credential(\"x\")",
    "has_credential(a, \"x\")",
    " conforms_to b",
    "\"s\"",
    ", \"s\"",
    "5",
    "5km",
    "5 EUR",
    "5 km",
    "1e3",
    "# c\n",
    " // c\n",
    "\n# own\n",
    "/",
    "*",
    "@ref(\"did:a\")",
    "any x in xs: x > 1",
    "count",
    "a: 1",
    "\nin: b",
    "true",
    "none",
    "accept",
    "all",
    "any",
    "on accept { emit(\"a\", b) }",
    "otherwise deny \"x\"",
    "let x = 1",
    "return",
    "reject(\"r\")",
    "_ => 1",
    "{ a: 1 }",
    "{ a: 1, b: 2 }",
    "Offer { a: 1 }",
    "{\n}",
    "(a)",
    "[1, 2]",
    "[\n1,\n2]",
    "\u{e9}",
    "\t",
    "\r\n",
    "\\",
    "\"",
    "Ω",
];

pub(crate) fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), 1_usize..30).prop_map(|(i, n)| Change::Remove(i, n)),
        (index(), index(), 1_usize..60).prop_map(|(a, b, n)| Change::Copy(a, b, n)),
        (index(), prop::sample::select(PIECES)).prop_map(|(i, p)| Change::Insert(i, p)),
        index().prop_map(Change::Rewrap),
    ]
}

/// A text of the corpus with up to some changes.
pub(crate) fn mutated(changes: usize) -> impl Strategy<Value = String> {
    let corpus: Vec<String> = super::cases::all()
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .filter(|text| text.len() < 4_000)
        .collect();
    (
        prop::sample::select(corpus),
        prop::collection::vec(change(), 0..=changes),
    )
        .prop_map(|(text, changes)| {
            changes
                .iter()
                .fold(text, |text, change| apply(&text, change))
        })
}

fn apply(text: &str, change: &Change) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.is_empty() {
        return String::from("a");
    }
    let part = |i: usize, n: usize| chars.iter().skip(i).take(n);
    match change {
        Change::Remove(at, n) => {
            let at = at.index(chars.len());
            part(0, at).chain(part(at + n, usize::MAX)).collect()
        }
        Change::Copy(from, to, n) => {
            let (from, to) = (from.index(chars.len()), to.index(chars.len()));
            part(0, to)
                .chain(part(from, *n))
                .chain(part(to, usize::MAX))
                .collect()
        }
        Change::Insert(at, piece) => {
            let at = at.index(chars.len());
            let piece: Vec<char> = piece.chars().collect();
            part(0, at)
                .chain(&piece)
                .chain(part(at, usize::MAX))
                .collect()
        }
        Change::Rewrap(at) => {
            let blanks: Vec<usize> = (0..chars.len())
                .filter(|i| chars[*i].is_whitespace())
                .collect();
            let Some(found) = blanks.get(at.index(blanks.len().max(1))) else {
                return text.to_owned();
            };
            let mut chars = chars;
            chars[*found] = if chars[*found] == '\n' { ' ' } else { '\n' };
            chars.into_iter().collect()
        }
    }
}
