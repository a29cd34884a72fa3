//! What a module looks like from outside: as lists of what it exports, imports and could want ([`Inspection`]), and as text
//! in the notations people know, WIT for components and TypeScript declarations for core modules.
//!
//! The texts are bounded: a module of a few kilobytes can describe types whose written form is enormous, and
//! writing stops where the bound is.

mod declarations;
mod inspection;
mod wit;

use std::fmt::{self, Write};

use wasmparser::{Validator, WasmFeatures, types::Types};

use crate::limits;

pub use declarations::declarations;
pub use inspection::{Inspection, Item};
pub use wit::wit;

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
