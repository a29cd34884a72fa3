//! Modules that are valid, or nearly, and would keep whoever reads them busy out of all proportion: compiling, types of
//! components, names, debug information.

use tollgate_sandbox::{CompileError, LoadError, LoadedModule, ScanError};

use crate::shapes;

/// What it is, and its bytes or text.
pub(crate) type Bomb = (&'static str, Vec<u8>);

/// Tells whether reading a bomb ended as it may: with code, at a limit, or refused by whoever read it.
pub(crate) fn has_ended(read: &Result<LoadedModule, LoadError>) -> bool {
    let by_scan =
        |error: &ScanError| matches!(error, ScanError::Limit(_) | ScanError::Invalid { .. });
    match read {
        Ok(_) => true,
        Err(LoadError::Scan(error)) => by_scan(error),
        Err(LoadError::Compile(error)) => match &**error {
            CompileError::Limit { .. }
            | CompileError::TooLarge { .. }
            | CompileError::Refused { .. } => true,
            CompileError::Scan(error) => by_scan(error),
            _ => false,
        },
        Err(_) => false,
    }
}

/// Makes them; the seed varies their sizes.
pub(crate) fn bombs(seed: u64) -> Vec<Bomb> {
    let more = u32::try_from(seed % 1_000).unwrap_or_default();
    let sized = |size: u32| usize::try_from(size).unwrap_or_default();
    vec![
        ("nested loops", shapes::nested_loops(sized(2_000 + more))),
        ("more nested loops", shapes::nested_loops(8_000)),
        ("nests of loops", shapes::many_nested_loops(250, 100, 1)),
        (
            "a huge function",
            shapes::huge_body(sized((1 << 20) + more)),
        ),
        ("huge signatures", shapes::signatures(900, 800 + more / 10)),
        (
            "100,000 functions",
            shapes::functions(100_000 + more, &shapes::body([])),
        ),
        ("types that double", doubling(sized(20 + more % 8))),
        (
            "types that are copied with each instance",
            copied(sized(3_000 + more), 400),
        ),
        (
            "names that stand for something long",
            names(sized(25 + more % 5)),
        ),
        (
            "debug information",
            debug_information(sized(1_000_000 + more)),
        ),
    ]
}

/// Each type has the one before twice.
fn doubling(depth: usize) -> Vec<u8> {
    let types: String = (1..=depth)
        .map(|n| format!("(type $t{n} (tuple $t{} $t{}))", n - 1, n - 1))
        .collect();
    format!(
        r#"(component (type $t0 (tuple u8 u8)) {types} (import "f" (func (param "p" $t{depth}))))"#
    )
    .into_bytes()
}

fn copied(functions: usize, instances: usize) -> Vec<u8> {
    let functions: String = (0..functions)
        .map(|n| format!(r#"(export "f{n}" (func (param "x" (own $r))))"#))
        .collect();
    let instances = "(instance (instantiate $c))".repeat(instances);
    format!(
        r#"(component (import "c" (component $c (export "r" (type $r (sub resource))) {functions})) {instances})"#
    )
    .into_bytes()
}

/// Names of C++ functions, each of which has all those before in it.
fn names(depth: usize) -> Vec<u8> {
    let mut mangled = String::from("_Z1fP1aIS_S_E");
    for index in 0..depth {
        mangled.push_str(&format!("1aIS{index}_S{index}_E"));
    }
    format!(r#"(module (func (@name "{mangled}") unreachable) (func (export "_start") (call 0)))"#)
        .into_bytes()
}

/// Sections for debuggers that say nothing, and much of it.
fn debug_information(bytes: usize) -> Vec<u8> {
    let text = "A".repeat(bytes);
    format!(
        r#"(module (func (export "_start") unreachable)
            (@custom ".debug_info" "{text}") (@custom ".debug_line" "{text}") (@custom ".debug_abbrev" "{text}"))"#
    )
    .into_bytes()
}
