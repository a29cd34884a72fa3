//! `cargo xtask ecl-host`: builds `guests/ecl-host` into `crates/tollgate-ecl/src/wasm/host.wasm`.
//!
//! The file is committed, so that nobody needs a target for WebAssembly to build Tollgate. Run this after a change of how inputs
//! and answers are taken in, of the types, or of the metadata of modules; the tests that compare Node with the native host
//! fail until then.

use anyhow::Result;

use crate::guests::{RustGuest, build_rust, write_if_changed};
use crate::paths;

const HOST: RustGuest = RustGuest {
    package: "ecl-host",
    name: "ecl-host",
    target: "wasm32-unknown-unknown",
    artifact: "ecl_host.wasm",
};

pub(crate) fn build() -> Result<()> {
    let bytes = build_rust(&HOST)?;
    let path = paths::root().join("crates/tollgate-ecl/src/wasm/host.wasm");
    write_if_changed(&path, &bytes)?;
    eprintln!("ecl-host: {} bytes in `{}`", bytes.len(), path.display());
    Ok(())
}
