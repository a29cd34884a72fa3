//! Guests by name, and the folder of built examples.

use std::path::{Path, PathBuf};

use tollgate::{Module, Source, Tollgate};

/// A module from the WAT sources of the example guests.
pub(crate) fn wat(tollgate: &Tollgate, name: &str) -> Module {
    let path = repository()
        .join("guests/wat")
        .join(name)
        .with_extension("wat");
    tollgate
        .load_blocking(&Source::File(path))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A module that `cargo xtask guests` has built.
pub(crate) fn built(tollgate: &Tollgate, name: &str) -> Module {
    let path = repository()
        .join("guests/build")
        .join(name)
        .with_extension("wasm");
    assert!(
        path.is_file(),
        "`{}` is missing; run `cargo xtask guests`",
        path.display()
    );
    tollgate
        .load_blocking(&Source::File(path))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
