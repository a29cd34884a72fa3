//! What a module says about itself: custom sections that let a host encode inputs, name facts, render reasons, and refuse
//! what is not a policy of ours or has been changed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::layout::ABI_VERSION;
use super::scan::Uses;
use crate::data::reading;
use crate::engines::vm::verify::{self, VerifyError};
use crate::ir::{Body, Expr, ExprKind, FactKind, Handle, PointId, Pool, Program};
use crate::limits::PROGRAM_BYTES_MAX;

/// Name of the section with [`Metadata`] as JSON.
pub const METADATA_SECTION: &str = "tollgate-ecl";
/// Name of the last section: the SHA-256 of everything before it.
pub const DIGEST_SECTION: &str = "tollgate-ecl-digest";
/// Version of the host interface.
pub const WIT_VERSION: &str = "0.1.0";

/// The content of the metadata section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// [`ABI_VERSION`].
    pub abi: u32,
    /// [`WIT_VERSION`].
    pub wit: Box<str>,
    /// [`gas::TABLE_VERSION`](crate::data::gas::TABLE_VERSION).
    pub gas_table: u32,
    /// Kinds of facts the policy asks for.
    pub facts: Vec<FactKind>,
    /// The program without its code: types, labels, rules, messages, limits. Its pool is empty: the bytes stand in the
    /// module's memory from its global `base` on, up to the input.
    pub program: Program,
    /// Address and length of the pool's texts.
    pub texts: Vec<(u32, u32)>,
}

impl Metadata {
    /// What a module of this program says.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let facts = Uses::of(program).facts.into_iter().collect();
        Self {
            abi: ABI_VERSION,
            wit: WIT_VERSION.into(),
            gas_table: crate::data::gas::TABLE_VERSION,
            facts,
            texts: program
                .pool
                .texts
                .iter()
                .map(|text| (text.address(), text.length()))
                .collect(),
            program: without_code(program),
        }
    }
}

/// A program that can describe itself but not be evaluated.
fn without_code(program: &Program) -> Program {
    let mut program = program.clone();
    program.pool = Pool::default();
    program.functions = Vec::new();
    program.automata = Vec::new();
    match &mut program.body {
        Body::Guard(expr) => *expr = hollow(expr),
        Body::Policy(policy) => {
            policy.lets = Vec::new();
            for group in &mut policy.groups {
                group.plan.shapes = Vec::new();
                group.plan.index = None;
            }
            for entry in &mut policy.effects {
                entry.value = hollow(&entry.value);
            }
        }
    }
    program
}

/// An expression of the same type that says nothing.
fn hollow(expr: &Expr) -> Expr {
    Expr {
        kind: ExprKind::NoneOf,
        ty: expr.ty.clone(),
        point: PointId(0),
    }
}

/// Appends the digest section to a module.
pub(super) fn seal(module: &mut Vec<u8>) {
    let digest = Sha256::digest(&*module);
    wasm_encoder::Section::append_to(
        &wasm_encoder::CustomSection {
            name: DIGEST_SECTION.into(),
            data: (&digest[..]).into(),
        },
        module,
    );
}

/// A changed module with the digest of what it has become: what a forger would make.
#[cfg(any(test, feature = "oracle"))]
pub(crate) fn resealed(module: &[u8]) -> Vec<u8> {
    let length = module.len().saturating_sub(DIGEST_BYTES);
    let mut module = module.get(..length).unwrap_or_default().to_vec();
    seal(&mut module);
    module
}

/// Bytes of the digest section: id, size, name, digest.
const DIGEST_BYTES: usize = 1 + 1 + 1 + DIGEST_SECTION.len() + 32;

/// Whether the module ends with the digest of what stands before; `None` when it has no digest.
#[must_use]
pub fn is_intact(module: &[u8]) -> Option<bool> {
    let at = module.len().checked_sub(DIGEST_BYTES)?;
    let (content, section) = module.split_at_checked(at)?;
    let mut expected = content.to_vec();
    seal(&mut expected);
    let head = DIGEST_BYTES - 32;
    (expected.get(at..at + head) == section.get(..head)).then(|| expected == module)
}

/// Why the bytes are not a policy's module that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// No module, or one that was not built from a policy.
    #[error("it was not built from a policy: it has no section `{DIGEST_SECTION}` at its end")]
    NotOurs,
    /// Its bytes are not those that were built.
    #[error("it has been changed after it was built: its digest is another")]
    Changed,
    /// The metadata cannot be read.
    #[error("its section `{METADATA_SECTION}` cannot be read: {message}")]
    Unreadable {
        /// Why.
        message: Box<str>,
    },
    /// It says something of its sizes that is not so.
    #[error("its section `{METADATA_SECTION}` is not what was built: {0}")]
    Sizes(#[source] VerifyError),
    /// Built for another version of something.
    #[error("it was built for {what} {found}, this is {expected}: build it again")]
    Version {
        /// Calling convention, host interface or gas table.
        what: &'static str,
        /// The module's version.
        found: Box<str>,
        /// Ours.
        expected: Box<str>,
    },
}

/// Reads the metadata of a module that was built before, and refuses what is not one, has been changed, or is for another
/// version. Sizes that it names are computed again: the host takes memory for them.
///
/// # Errors
/// See [`MetadataError`].
pub fn read(module: &[u8]) -> Result<Metadata, MetadataError> {
    match is_intact(module) {
        Some(true) => {}
        Some(false) => return Err(MetadataError::Changed),
        None => return Err(MetadataError::NotOurs),
    }
    let json = section(module).ok_or(MetadataError::NotOurs)?;
    let unreadable = |error: serde_json::Error| MetadataError::Unreadable {
        message: error.to_string().into(),
    };
    // The versions first: metadata of another version may have another form.
    let versions: Versions = serde_json::from_slice(json).map_err(unreadable)?;
    let ours = [
        ("calling convention", ABI_VERSION.to_string()),
        ("host interface", WIT_VERSION.to_owned()),
        ("gas table", crate::data::gas::TABLE_VERSION.to_string()),
    ];
    let found = [
        versions.abi.to_string(),
        versions.wit.to_string(),
        versions.gas_table.to_string(),
    ];
    for ((what, expected), found) in ours.into_iter().zip(found) {
        if found != expected {
            return Err(MetadataError::Version {
                what,
                found: found.into(),
                expected: expected.into(),
            });
        }
    }
    let read = || serde_json::from_slice::<Metadata>(json);
    let mut metadata = reading::within(PROGRAM_BYTES_MAX, read).map_err(unreadable)?;
    metadata.program.pool.texts = metadata
        .texts
        .iter()
        .map(|(address, length)| Handle::new(*address, *length))
        .collect();
    verify::program::sizes(&metadata.program).map_err(MetadataError::Sizes)?;
    Ok(metadata)
}

#[derive(Deserialize)]
struct Versions {
    abi: u32,
    wit: Box<str>,
    gas_table: u32,
}

/// The content of the metadata section. Sections are a number, a length and so many bytes; custom ones have number 0 and
/// begin with their name.
fn section(module: &[u8]) -> Option<&[u8]> {
    let mut rest = module.strip_prefix(b"\0asm\x01\0\0\0")?;
    while let Some((number, after)) = rest.split_first() {
        let (length, content) = leb(after)?;
        let (content, next) = content.split_at_checked(length)?;
        if *number == 0 {
            let (length, name) = leb(content)?;
            let (name, data) = name.split_at_checked(length)?;
            if name == METADATA_SECTION.as_bytes() {
                return Some(data);
            }
        }
        rest = next;
    }
    None
}

/// An unsigned LEB128 number of at most 32 bits, and what follows it.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (shift, (at, byte)) in (0..35).step_by(7).zip(bytes.iter().enumerate()) {
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}
