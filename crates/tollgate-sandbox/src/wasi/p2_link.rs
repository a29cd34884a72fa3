//! All interfaces of WASI preview 2, ours over those of wasmtime-wasi.

use wasmtime::component::Linker;

use super::{p2, p2::HasP2, p2_files, p2_names, p2_priced, p2_sockets, streams};

/// Adds all interfaces to `linker`.
pub(crate) fn link<T: HasP2>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    streams::link(linker)?;
    p2_files::link(linker)?;
    p2_priced::link(linker)?;
    p2::link(linker)?;
    p2_names::link(linker)?;
    p2_sockets::link(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}
