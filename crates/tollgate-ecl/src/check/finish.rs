//! The last step: memory is laid out, the worst case is bounded, the program gets its hash.

use sha2::{Digest as _, Sha256};

use crate::codes::check as codes;
use crate::gas::{GAS_LIMIT_DEFAULT, GAS_LIMIT_MAX, Gas, GasLimits, TABLE_VERSION};
use crate::ir::{Body, ExprKind, Program};
use crate::limits::{ARENA_BYTES_MAX, POOL_BYTES_MAX};
use crate::span::Spanned;
use crate::types::RecordId;

use super::declarations::ProgramDecl;
use super::report::error;
use super::unit::Unit;

impl Unit<'_, '_> {
    /// The limit a program asks for.
    pub(super) fn gas_limit(&mut self, written: Option<&Spanned<u64>>) -> u64 {
        let Some(limit) = written else {
            return GAS_LIMIT_DEFAULT;
        };
        if limit.node > GAS_LIMIT_MAX {
            let text = format!("a gas limit of {} is more than {GAS_LIMIT_MAX}", limit.node);
            let report = error(codes::GAS_LIMIT, limit.span, text);
            self.report(report.help(format!("ask for {GAS_LIMIT_MAX} or less")));
            return GAS_LIMIT_MAX;
        }
        limit.node
    }

    /// The finished program; `None` when it is too large or too expensive.
    pub(super) fn finish(
        mut self,
        decl: ProgramDecl<'_>,
        input: RecordId,
        output: Option<RecordId>,
        body: Body,
        limit: u64,
    ) -> Option<Program> {
        let span = decl.name().span;
        if self.pool.len() > POOL_BYTES_MAX {
            let text = format!(
                "the constants of this program take {} bytes",
                self.pool.len()
            );
            let help = format!(
                "at most {POOL_BYTES_MAX} bytes fit: move data into the input or into facts"
            );
            self.report(error(codes::TOO_LARGE, span, text).help(help));
            return None;
        }
        let pool = self.pool.finish();
        let input_base = u32::try_from(pool.bytes.len().next_multiple_of(16)).ok()?;
        let version = match decl {
            ProgramDecl::Policy(policy) => policy.version.as_ref().map(|v| v.node.as_str().into()),
            ProgramDecl::Guard(_) => None,
        };
        let mut program = Program {
            name: decl.name().node.as_str().into(),
            id: decl.id().map(|id| id.node.as_str().into()),
            version,
            pool,
            input,
            input_base,
            output,
            records: self.records,
            enums: self.enums,
            functions: self.functions,
            automata: self.automata,
            effects: self.made_effects,
            body,
            locals: self.frame.locals,
            points: self.points,
            messages: self.messages,
            gas_limits: GasLimits::total(limit),
            gas_bound: Gas::ZERO,
            arena_bound: 0,
            hash: "".into(),
        };
        rebase(&mut program.body, input_base);
        let bound = crate::bound::bound(&program);
        program.gas_bound = bound.gas;
        if bound.gas.total() > limit {
            let report = error(codes::GAS_BOUND, span, bound.exceeds(limit));
            let help = "raise `gas_limit`, lower the bounds of lists and texts in the input, or make the program cheaper";
            self.reports.push(report.help(help));
            return None;
        }
        if bound.arena > ARENA_BYTES_MAX {
            let text = format!(
                "the worst case of this program needs {} bytes of memory",
                bound.arena
            );
            let help = format!(
                "at most {ARENA_BYTES_MAX} bytes fit: lower the bounds of the lists it makes"
            );
            self.reports
                .push(error(codes::TOO_LARGE, span, text).help(help));
            return None;
        }
        program.arena_bound = u32::try_from(bound.arena).ok()?;
        program.hash = hash(&mut program);
        Some(program)
    }
}

/// The hash of a program: its postcard form, of its places only the texts, and the version of the gas table, in SHA-256.
///
/// Moving a program in its file or reformatting it changes no hash; renaming a rule does, for reasons show it.
fn hash(program: &mut Program) -> Box<str> {
    let points = std::mem::take(&mut program.points);
    let mut hasher = Sha256::new();
    hasher.update(TABLE_VERSION.to_le_bytes());
    hasher.update(postcard::to_stdvec(program).unwrap_or_default());
    for point in &points {
        hasher.update((point.text.len() as u64).to_le_bytes());
        hasher.update(point.text.as_bytes());
    }
    program.points = points;
    hex::encode(hasher.finalize()).into()
}

/// Input addresses were offsets until the length of the pool was known.
fn rebase(body: &mut Body, base: u32) {
    body.each_root_mut(&mut |root| {
        root.walk_mut(&mut |expr| {
            if let ExprKind::Input(address) = &mut expr.kind {
                *address += base;
            }
        });
    });
}
