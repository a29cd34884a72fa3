//! What a module says about itself: custom sections that let a host encode inputs, name facts, render reasons, and refuse
//! what is not a policy of ours or has been changed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::layout::ABI_VERSION;
use super::scan::Uses;
use crate::ir::{Body, Expr, ExprKind, FactKind, PointId, Program};

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
    /// [`gas::TABLE_VERSION`](crate::gas::TABLE_VERSION).
    pub gas_table: u32,
    /// Kinds of facts the policy asks for.
    pub facts: Vec<FactKind>,
    /// The program without its code: types, texts, labels, rules, messages, limits. Its pool has no bytes; they stand in
    /// the module's memory from its global `base` on.
    pub program: Program,
    /// Length of the pool in bytes.
    pub pool_bytes: u32,
}

impl Metadata {
    /// What a module of this program says.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let facts = Uses::of(program).facts.into_iter().collect();
        Self {
            abi: ABI_VERSION,
            wit: WIT_VERSION.into(),
            gas_table: crate::gas::TABLE_VERSION,
            facts,
            pool_bytes: super::layout::length(program.pool.bytes.len()),
            program: without_code(program),
        }
    }
}

/// A program that can describe itself but not be evaluated.
fn without_code(program: &Program) -> Program {
    let mut program = program.clone();
    program.pool.bytes = Vec::new();
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
            for effect in &mut policy.effects {
                for operand in &mut effect.operands {
                    *operand = hollow(operand);
                }
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
