//! What can be begun, and the files of each.
//!
//! They stand in `templates/` as they are written, with `__NAME__` for the name and `__CRATE__` for the name as Rust writes it
//! in files.

use clap::ValueEnum;

use super::name::Name;

/// What is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A program in Rust, for WASI preview 1
    Rust,
    /// A component in Rust, with functions whose types are written in WIT
    Component,
    /// A program in C, for WASI preview 1
    C,
    /// Functions in the text format of WebAssembly
    Wat,
    /// A function of a text in TypeScript
    #[value(alias = "typescript")]
    Ts,
    /// A policy with tests
    #[value(alias = "ecl")]
    Policy,
}

/// A file to write.
pub(super) struct File {
    /// Where, in the folder.
    pub(super) path: String,
    pub(super) text: String,
}

/// The files of a kind: path and text.
type Files = &'static [(&'static str, &'static str)];

/// What is built from the others is not kept by git.
const IGNORED: (&str, &str) = (".gitignore", include_str!("templates/gitignore"));

const RUST: Files = &[
    ("README.md", include_str!("templates/rust/README.md")),
    ("Cargo.toml", include_str!("templates/rust/Cargo.toml")),
    ("src/main.rs", include_str!("templates/rust/main.rs")),
    ("notes.txt", include_str!("templates/rust/notes.txt")),
    IGNORED,
];

const COMPONENT: Files = &[
    ("README.md", include_str!("templates/component/README.md")),
    ("Cargo.toml", include_str!("templates/component/Cargo.toml")),
    ("src/lib.rs", include_str!("templates/component/lib.rs")),
    (
        "wit/world.wit",
        include_str!("templates/component/world.wit"),
    ),
    IGNORED,
];

const C: Files = &[
    ("README.md", include_str!("templates/c/README.md")),
    ("main.c", include_str!("templates/c/main.c")),
    ("build.sh", include_str!("templates/c/build.sh")),
    ("test.sh", include_str!("templates/c/test.sh")),
    ("notes.txt", include_str!("templates/c/notes.txt")),
    IGNORED,
];

const WAT: Files = &[
    ("README.md", include_str!("templates/wat/README.md")),
    ("__NAME__.wat", include_str!("templates/wat/guest.wat")),
    ("test.sh", include_str!("templates/wat/test.sh")),
];

const TS: Files = &[
    ("README.md", include_str!("templates/ts/README.md")),
    ("main.ts", include_str!("templates/ts/main.ts")),
    ("test.sh", include_str!("templates/ts/test.sh")),
    IGNORED,
];

const POLICY: Files = &[
    ("README.md", include_str!("templates/policy/README.md")),
    ("policy.ecl", include_str!("templates/policy/policy.ecl")),
    ("input.json", include_str!("templates/policy/input.json")),
];

impl Kind {
    /// What it is called in sentences.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Rust => "a program in Rust",
            Self::Component => "a component in Rust",
            Self::C => "a program in C",
            Self::Wat => "a module in WAT",
            Self::Ts => "a module in TypeScript",
            Self::Policy => "a policy",
        }
    }

    /// Whether Cargo builds it.
    pub(super) fn is_a_package(self) -> bool {
        matches!(self, Self::Rust | Self::Component)
    }

    /// Its files, for this name.
    pub(super) fn files(self, name: &Name) -> Vec<File> {
        let files = match self {
            Self::Rust => RUST,
            Self::Component => COMPONENT,
            Self::C => C,
            Self::Wat => WAT,
            Self::Ts => TS,
            Self::Policy => POLICY,
        };
        let named = |text: &str| {
            text.replace("__NAME__", name.text())
                .replace("__CRATE__", &name.of_crate())
        };
        files
            .iter()
            .map(|(path, text)| File {
                path: named(path),
                text: named(text),
            })
            .collect()
    }
}
