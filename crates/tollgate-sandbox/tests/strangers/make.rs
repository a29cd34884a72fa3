//! Making the bytes: mutations of real modules and texts, and structures that are small and become large.

use std::path::Path;

use rand::RngExt;
use rand::rngs::StdRng;
use wasm_encoder::{BlockType, Instruction};

use crate::shapes;

/// Modules and texts to begin with.
#[derive(Debug)]
pub(crate) struct Seeds {
    binaries: Vec<Vec<u8>>,
    texts: Vec<String>,
}

impl Seeds {
    /// The repository's guests: those that were built, and the texts.
    pub(crate) fn of_the_repository() -> Self {
        let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests");
        let built = files(&guests.join("build"), "wasm");
        assert!(!built.is_empty(), "run `cargo xtask guests`");
        // Large ones are cut and spliced as well as small ones, and take longer.
        let binaries = built.into_iter().filter(|bytes| bytes.len() < 400_000);
        let texts = files(&guests.join("wat"), "wat").into_iter();
        let mut texts: Vec<String> = texts
            .filter_map(|text| String::from_utf8(text).ok())
            .collect();
        texts.push(COMPONENT.to_owned());
        Self {
            binaries: binaries.collect(),
            texts,
        }
    }
}

/// A component with types, an import, an adapter and exports.
const COMPONENT: &str = r#"(component
    (import "local:demo/types" (instance $types
        (type $r (record (field "name" string) (field "tags" (list string))))
        (export "person" (type $person (eq $r)))
        (export "file" (type $file (sub resource)))
        (export "look-up" (func (param "id" u32) (param "in" (borrow $file)) (result (option $person))))))
    (component $B
        (core module $m (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
            (func (export "f") (param i32 i32)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "s" string)
            (canon lift (core func $i "f") (memory $i "memory") (realloc (func $i "realloc")) string-encoding=utf16)))
    (instance $b (instantiate $B))
    (alias export $b "f" (func $f))
    (export "f" (func $f)))"#;

fn files(folder: &Path, extension: &str) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// One module, with what it is.
pub(super) fn module(rng: &mut StdRng, seeds: &Seeds) -> (&'static str, Vec<u8>) {
    match rng.random_range(0..10) {
        0..=4 => ("mutated module", mutated(rng, seeds)),
        5..=7 => ("mutated text", text(rng, seeds).into_bytes()),
        _ => structure(rng),
    }
}

fn pick<'a, T>(rng: &mut StdRng, from: &'a [T]) -> &'a T {
    &from[rng.random_range(0..from.len())]
}

/// A place in `bytes`, and a length that lies in it from there.
fn span(rng: &mut StdRng, length: usize, most: usize) -> std::ops::Range<usize> {
    if length == 0 {
        return 0..0;
    }
    let start = rng.random_range(0..length);
    let end = (start + rng.random_range(1..=most)).min(length);
    start..end
}

fn mutated(rng: &mut StdRng, seeds: &Seeds) -> Vec<u8> {
    let mut bytes = pick(rng, &seeds.binaries).clone();
    for _ in 0..rng.random_range(1..8) {
        let at = span(rng, bytes.len(), 64);
        match rng.random_range(0..7) {
            0 => bytes
                .iter_mut()
                .skip(at.start)
                .take(1)
                .for_each(|byte| *byte ^= 1 << rng.random_range(0..8)),
            // The largest number in the place of any.
            1 => drop(bytes.splice(
                at.start..(at.start + 1).min(bytes.len()),
                [0xff, 0xff, 0xff, 0xff, 0x0f],
            )),
            2 => drop(bytes.drain(at)),
            3 => {
                let piece = bytes[at.clone()].to_vec();
                let times = rng.random_range(1..50);
                drop(bytes.splice(at.start..at.start, piece.repeat(times)));
            }
            4 => {
                let other = pick(rng, &seeds.binaries);
                let piece = other[span(rng, other.len(), 2_000)].to_vec();
                drop(bytes.splice(at, piece));
            }
            5 => bytes.truncate(at.start.max(8)),
            _ => bytes[at].iter_mut().for_each(|byte| *byte = rng.random()),
        }
        bytes.truncate(1 << 20);
    }
    bytes
}

/// A text in which tokens were dropped, repeated, exchanged, and numbers made extreme.
fn text(rng: &mut StdRng, seeds: &Seeds) -> String {
    const NUMBERS: [&str; 5] = ["0", "1", "65536", "4294967295", "18446744073709551615"];
    let mut tokens = self::tokens(pick::<String>(rng, &seeds.texts));
    for _ in 0..rng.random_range(1..5) {
        let at = span(rng, tokens.len(), 12);
        match rng.random_range(0..5) {
            0 => drop(tokens.drain(at)),
            1 => {
                let piece = tokens[at.clone()].to_vec();
                let times = [1, 2, 100, 2_000][rng.random_range(0..4)];
                let repeated: Vec<_> = (0..times).flat_map(|_| piece.clone()).collect();
                drop(tokens.splice(at.start..at.start, repeated));
            }
            2 => {
                let other = pick::<String>(rng, &seeds.texts);
                let other = self::tokens(other);
                let piece = other[span(rng, other.len(), 30)].to_vec();
                drop(tokens.splice(at, piece));
            }
            3 => {
                let numbers = tokens
                    .iter_mut()
                    .filter(|token| token.parse::<i64>().is_ok());
                let mut numbers: Vec<_> = numbers.collect();
                if !numbers.is_empty() {
                    let index = rng.random_range(0..numbers.len());
                    *numbers[index] = pick(rng, &NUMBERS).to_string();
                }
            }
            _ => {
                let deep = rng.random_range(1..3_000);
                tokens.insert(at.start, format!("{} ", "(block ".repeat(deep)));
                tokens.insert((at.start + 2).min(tokens.len()), ")".repeat(deep));
            }
        }
    }
    tokens.join(" ")
}

fn tokens(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// A structure that is small and becomes large.
fn structure(rng: &mut StdRng) -> (&'static str, Vec<u8>) {
    let n = rng.random_range(1..3_000_usize);
    let some = u32::try_from(n).unwrap_or(1);
    match rng.random_range(0..16) {
        0 => ("nested loops", shapes::nested_loops(n)),
        1 => (
            "nests",
            shapes::many_nested_loops(n / 20 + 1, 10, some / 100 + 1),
        ),
        2 => ("a huge function", shapes::huge_body(n * 500)),
        3 => ("signatures", shapes::signatures(n / 3, some)),
        4 => ("functions", shapes::functions(some * 20, &shapes::body([]))),
        5 => ("exports", shapes::exports(n * 10)),
        6 => ("imports", shapes::imports(n)),
        7 => ("globals", shapes::globals(n * 20)),
        8 => ("types", shapes::empty_types(n * 20)),
        9 => ("a group of types", shapes::type_group(n * 20)),
        10 => ("data", shapes::data_segments(n * 30)),
        11 => ("elements", shapes::element_segments(n * 30)),
        12 => ("nested components", shapes::nested_components(n / 20 + 1)),
        13 => ("components", components(rng, n)),
        14 => ("names", names(rng, n)),
        _ => {
            let blocks = (0..n).map(|_| Instruction::Block(BlockType::Empty));
            let body = blocks.chain((0..n).map(|_| Instruction::End));
            ("nested blocks", shapes::functions(1, &shapes::body(body)))
        }
    }
}

/// Component types that double, or are copied with each instance.
fn components(rng: &mut StdRng, n: usize) -> Vec<u8> {
    let text = if rng.random() {
        let depth = n % 24 + 1;
        let doubling: String = (1..=depth)
            .map(|n| format!("(type $t{n} (tuple $t{} $t{}))", n - 1, n - 1))
            .collect();
        format!(
            r#"(component (type $t0 (tuple u8 u8)) {doubling} (import "f" (func (param "p" $t{depth}))))"#
        )
    } else {
        let functions: String = (0..n)
            .map(|n| format!(r#"(export "f{n}" (func (param "x" (own $r))))"#))
            .collect();
        let instances = "(instance (instantiate $c))".repeat(n / 8);
        format!(
            r#"(component (import "c" (component $c (export "r" (type $r (sub resource))) {functions})) {instances})"#
        )
    };
    text.into_bytes()
}

/// Names of functions that are long, or stand for something long, and debug information that is none.
fn names(rng: &mut StdRng, n: usize) -> Vec<u8> {
    let mut mangled = String::from("_Z1fP1aIS_S_E");
    for index in 0..n % 30 {
        mangled.push_str(&format!("1aIS{index}_S{index}_E"));
    }
    let long = "x".repeat(n * 10);
    let debug: String = (0..n)
        .map(|_| char::from(rng.random_range(b'a'..=b'z')))
        .collect();
    format!(
        r#"(module (func (@name "{mangled}") unreachable) (func (@name "{long}")) (func (export "_start") (call 0))
            (@custom ".debug_info" "{debug}") (@custom ".debug_line" "{debug}") (@custom ".debug_abbrev" "{debug}"))"#
    )
    .into_bytes()
}
