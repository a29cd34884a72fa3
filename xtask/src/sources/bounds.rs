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
    /// Its folders at the root, each with those that it may import. Empty: every import that closes no circle is good.
    pub(super) layers: &'static [Layer],
    /// How many functions in a hundred take more than [`VALUES`].
    pub(super) many_percent: f64,
    /// How many values are `bool`.
    pub(super) bools: usize,
}

/// A folder, and the folders that it may import.
pub(super) type Layer = (&'static str, &'static [&'static str]);

/// The language: data flows from `syntax` to `engines`, and a stage names what it gives, never the stage that takes it.
const LANGUAGE: &[Layer] = &[
    ("limits", &[]),
    ("codes", &[]),
    ("data", &["limits"]),
    ("syntax", &["codes", "limits"]),
    ("ir", &["data", "limits"]),
    ("host", &["codes", "data", "ir", "limits"]),
    (
        "check",
        &["codes", "data", "host", "ir", "limits", "syntax"],
    ),
    ("engines", &["data", "host", "ir", "limits"]),
    (
        "tools",
        &[
            "check", "codes", "data", "engines", "host", "ir", "limits", "syntax",
        ],
    ),
    (
        "testing",
        &[
            "check", "codes", "data", "engines", "host", "ir", "limits", "syntax", "tools",
        ],
    ),
];

/// What a crate keeps to that has nothing else said of it.
const GOOD: Bounds = Bounds {
    circle: 5,
    folders: &[],
    layers: &[],
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
            layers: LANGUAGE,
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
