//! The second engine: a checked program as a WebAssembly module.
//!
//! [`build`] emits a module that is pure but for the facts it asks for: the host writes an encoded input, calls `decide`,
//! and reads a packed result and the gas of each layer. The calling convention is docs/policy-wasm.md. Start reading at
//! [`layout`] (where things stand in memory), [`function`] (the evaluation), [`group`] (the code of rules), [`expr`] (the code of
//! expressions) and [`gas`] (how charging stays cheap).

mod body;
mod coder;
mod decimal;
mod declaration;
mod effect;
mod emitter;
mod expr;
mod fact;
mod function;
mod gas;
mod glob;
mod group;
pub mod host;
pub mod intake;
mod interval;
mod joined;
pub mod layout;
mod loops;
mod made;
pub mod metadata;
mod module;
mod net;
mod on_demand;
mod ops;
pub mod result;
pub mod results;
mod runtime;
mod said;
mod scan;
mod search;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod texts;
mod trace;

use self::module::Charging;
use crate::ir::{Body, Program};

pub(crate) use fact::{FAILED, UNKNOWN};
pub use fact::{HOST_INTERFACE, import_name};
pub use metadata::Metadata;
pub use module::Options;

/// Most groups of a policy that a packed result can name.
pub(crate) const GROUPS_MAX: usize = result::GROUPS_MAX;

/// Deepest nesting of blocks in emitted code. Deeper modules are valid but compile slowly, and hosts refuse them.
pub(crate) const NESTING_MAX: u32 = 200;

/// Largest distance between address 0 of the memory and of the program, in bytes: tables of rules.
pub(crate) const TABLE_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// A policy's module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The module.
    pub wasm: Vec<u8>,
    /// TypeScript declarations of its input and output.
    pub dts: String,
    /// A host in JavaScript for Node and browsers; the same for every policy.
    pub mjs: &'static str,
}

/// The host in JavaScript. It takes inputs and answers in with `host.wasm` beside it, which is [`intake`] as a module: the guest
/// `ecl-host`, which the command has inside.
pub const HOST_MJS: &str = include_str!("host.mjs");

/// Why a program has no module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// More groups than a result can name.
    #[error("the policy `{policy}` has {groups} rule groups, at most {GROUPS_MAX} fit a module")]
    TooManyGroups {
        /// The policy.
        policy: Box<str>,
        /// How many groups it has.
        groups: usize,
    },
    /// The tables of its rules are too large.
    #[error(
        "the rule tables of `{policy}` take {bytes} bytes, at most {TABLE_BYTES_MAX} fit a module"
    )]
    TablesTooLarge {
        /// The policy.
        policy: Box<str>,
        /// How many bytes they take.
        bytes: u32,
    },
    /// Its expressions nest too deeply.
    #[error(
        "the expressions of `{policy}` nest {depth} blocks deep, at most {NESTING_MAX} do in a module: name parts of them with `let`"
    )]
    TooDeep {
        /// The policy.
        policy: Box<str>,
        /// How many blocks stand inside each other.
        depth: u32,
    },
    /// The program lacks a part that it refers to: a fault of Tollgate.
    #[error("internal error: the module of `{policy}` would lack {what}; please report it")]
    Internal {
        /// The policy.
        policy: Box<str>,
        /// What is not there.
        what: &'static str,
    },
}

/// Emits a module that charges no gas, to measure what charging costs. No engine of policies takes it.
#[cfg(any(test, feature = "oracle"))]
#[must_use]
pub fn build_without_gas(program: &Program) -> Vec<u8> {
    module::emit(program, Charging::Off, Options::default()).wasm
}

/// Emits the module of a program that any engine can run.
///
/// # Errors
/// When the program is beyond [`GROUPS_MAX`], [`TABLE_BYTES_MAX`] or [`NESTING_MAX`].
///
/// # Example
/// ```
/// use tollgate_ecl::engines::wasm;
/// use tollgate_ecl::{Bundle, compile};
///
/// let source = r#"policy "cheap" { input { price: int }  accept { low: price <= 3 } }"#;
/// let compiled = compile(&Bundle::single("cheap.ecl", source));
/// let module = wasm::build(&compiled.programs[0])?.wasm;
/// assert!(module.starts_with(b"\0asm"));
/// # Ok::<(), wasm::BuildError>(())
/// ```
pub fn build(program: &Program) -> Result<Build, BuildError> {
    build_with(program, Options::default())
}

/// Emits the module of a program.
///
/// # Errors
/// As [`build`].
pub fn build_with(program: &Program, options: Options) -> Result<Build, BuildError> {
    let policy = || program.name.clone();
    if let Body::Policy(body) = &program.body
        && body.groups.len() > GROUPS_MAX
    {
        return Err(BuildError::TooManyGroups {
            policy: policy(),
            groups: body.groups.len(),
        });
    }
    let emitted = module::emit(program, Charging::On, options);
    if let Some(what) = emitted.missing {
        return Err(BuildError::Internal {
            policy: policy(),
            what,
        });
    }
    if emitted.table_bytes > TABLE_BYTES_MAX {
        return Err(BuildError::TablesTooLarge {
            policy: policy(),
            bytes: emitted.table_bytes,
        });
    }
    if emitted.depth > NESTING_MAX {
        return Err(BuildError::TooDeep {
            policy: policy(),
            depth: emitted.depth,
        });
    }
    Ok(Build {
        wasm: emitted.wasm,
        dts: declaration::declaration(program),
        mjs: HOST_MJS,
    })
}
