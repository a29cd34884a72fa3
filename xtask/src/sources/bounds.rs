//! What the sources keep to. A bound is lowered when a crate gets better, and never raised.

/// Lines that a file has at most, unless it is a table.
pub(super) const LINES: usize = 800;
/// Files that are tables: rows of one kind, which are looked up and not read.
pub(super) const TABLES: &[&str] = &[
    // One arm for each operation of the bytecode.
    "crates/tollgate-ecl/src/engines/vm/interp.rs",
    // One row for each construct of TypeScript.
    "crates/tollgate-forge/tests/it/rows.rs",
];
/// Files that are longer and no tables, with the lines that they may have until they are split.
pub(super) const LONG: &[(&str, usize)] = &[];
/// Values that a function takes, `self` apart.
pub(super) const VALUES: usize = 3;
/// How many functions in a hundred may take more, over all crates: where this is to go.
pub(super) const MANY_PERCENT: f64 = 4.0;
/// How many values of all functions may be `bool`: where this is to go.
pub(super) const BOOLS: usize = 20;

/// What one crate keeps to.
pub(super) struct Bounds {
    /// Files that one circle has at most.
    pub(super) circle: usize,
    /// Circles between folders at the root that are known.
    pub(super) folders: &'static [&'static [&'static str]],
    /// How many functions in a hundred take more than [`VALUES`].
    pub(super) many_percent: f64,
    /// How many values are `bool`.
    pub(super) bools: usize,
}

/// What a crate keeps to that has nothing else said of it.
const GOOD: Bounds = Bounds {
    circle: 5,
    folders: &[],
    many_percent: MANY_PERCENT,
    bools: 0,
};

/// Returns what a crate keeps to.
pub(super) fn of(name: &str) -> Bounds {
    match name {
        "tollgate" => Bounds {
            folders: &[&["builder", "tollgate", "typed"]],
            bools: 1,
            ..GOOD
        },
        "tollgate-cli" => Bounds { bools: 1, ..GOOD },
        "tollgate-ecl" => Bounds {
            many_percent: 5.1,
            bools: 7,
            ..GOOD
        },
        "tollgate-forge" => Bounds {
            many_percent: 5.0,
            ..GOOD
        },
        "tollgate-sandbox" => Bounds { bools: 2, ..GOOD },
        "tollgate-server" => Bounds {
            folders: &[&["openapi", "routes"]],
            ..GOOD
        },
        "tollgate-state" => Bounds {
            folders: &[&["error", "money", "names"]],
            ..GOOD
        },
        "xtask" => Bounds { bools: 1, ..GOOD },
        _ => GOOD,
    }
}
