//! Memory shared between modules: an explicit opt-in of the embedder.
//!
//! Two guests with the same [`SharedMemory`] can see and change each other's data while both run, and can tell time by
//! it. Share only between modules that trust each other. The engine needs the proposal `threads`.

use std::fmt;

use crate::{engine::Engine, error::EngineError};

/// Bytes of a page of WebAssembly memory.
const PAGE_BYTES: u64 = 64 << 10;

/// A memory several executions import at the same time. Cheap to clone; clones are the same memory.
#[derive(Clone)]
pub struct SharedMemory {
    memory: wasmtime::SharedMemory,
    bytes_max: u64,
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("bytes_max", &self.bytes_max)
            .finish()
    }
}

impl SharedMemory {
    /// Makes a memory of `pages` pages of 64 KiB that can grow to `pages_max`. Each execution that imports it has the
    /// maximum counted as its own.
    ///
    /// # Errors
    /// When the engine has the proposal `threads` off, or there is no such memory.
    pub fn new(engine: &Engine, pages: u32, pages_max: u32) -> Result<Self, EngineError> {
        if !engine.config().proposals.threads {
            return Err(EngineError::Config {
                message: String::from("shared memory needs an engine with the proposal `threads`"),
            });
        }
        let ty = wasmtime::MemoryType::shared(pages, pages_max);
        let memory = wasmtime::SharedMemory::new(engine.wasm(), ty).map_err(|error| {
            EngineError::Config {
                message: format!("{error:#}"),
            }
        })?;
        Ok(Self {
            memory,
            bytes_max: u64::from(pages_max).saturating_mul(PAGE_BYTES),
        })
    }

    /// Returns its size now, in bytes.
    pub fn len(&self) -> usize {
        self.memory.data_size()
    }

    /// Tells whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    pub(crate) fn wasm(&self) -> wasmtime::SharedMemory {
        self.memory.clone()
    }
}
