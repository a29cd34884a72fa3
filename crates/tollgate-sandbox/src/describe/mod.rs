//! What a module looks like from outside: as lists of what it exports, imports and could want ([`Inspection`]), and as text
//! in the notations people know, WIT for components and TypeScript declarations for core modules.
//!
//! All of it is made where bytes of strangers are read ([`crate::compile::Compiler::describe`]), and bounded: a module of a few
//! kilobytes can describe types whose written form is enormous, and writing stops where the bound is.

mod declarations;
mod inspection;
mod wit;

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};
use wasmparser::{Validator, WasmFeatures, types::Types};

use crate::{
    config::EngineConfig,
    limits,
    prescan::{ModuleLimits, ScanError, prescan},
};

pub(crate) use inspection::component_functions;
pub use inspection::{Inspection, Item};

/// What is wanted of a description.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DescribeOptions {
    /// How large the parts of the module may be.
    pub limits: ModuleLimits,
    /// The proposals and the determinism it must be valid under. Default: it may use every proposal Tollgate knows.
    pub valid_under: Option<EngineConfig>,
    /// Bytes of the binary form of a text. Default [`limits::MODULE_BYTES`].
    pub bytes_max: u64,
    /// Exports to look for.
    pub exports: Vec<String>,
    /// Whether to write the interface.
    pub interface: bool,
}

impl Default for DescribeOptions {
    fn default() -> Self {
        Self {
            limits: ModuleLimits::default(),
            valid_under: None,
            bytes_max: limits::MODULE_BYTES,
            exports: Vec::new(),
            interface: false,
        }
    }
}

/// What a module looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Its exports, imports and needs.
    pub inspection: Inspection,
    /// Those of [`DescribeOptions::exports`] that it lacks.
    pub missing: Vec<String>,
    /// The same in the notation people know, if it was wanted: WIT for a component, TypeScript declarations for a core
    /// module. At most [`limits::INSPECT_TEXT_BYTES`].
    pub interface: Option<String>,
}

/// Describes a binary module.
pub(crate) fn describe(wasm: &[u8], wanted: &DescribeOptions) -> Result<Description, ScanError> {
    if let Some(config) = &wanted.valid_under {
        prescan(wasm, &wanted.limits, config)?;
    }
    let (inspection, missing) = Inspection::of(wasm, wanted)?;
    let interface = match (wanted.interface, inspection.component) {
        (false, _) => None,
        (true, true) => wit::wit(wasm),
        (true, false) => declarations::declarations(wasm),
    };
    Ok(Description {
        inspection,
        missing,
        interface,
    })
}

/// Appended where a text was cut off.
const CUT: &str = "\n// … the rest was left out\n";

/// A text that takes a bounded number of bytes and then refuses, which ends the writing.
struct Bounded {
    text: String,
    left: usize,
}

impl Bounded {
    fn new() -> Self {
        Self {
            text: String::new(),
            left: limits::INSPECT_TEXT_BYTES,
        }
    }

    /// The text, with a mark when `result` says that it was cut off.
    fn finish(mut self, result: fmt::Result) -> String {
        if result.is_err() {
            self.text.push_str(CUT);
        }
        self.text
    }
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.text.push_str(text);
        Ok(())
    }
}

/// The types of a module that is valid under any proposals; `None` for one that is not valid.
fn types(wasm: &[u8]) -> Option<Types> {
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(wasm)
        .ok()
}
