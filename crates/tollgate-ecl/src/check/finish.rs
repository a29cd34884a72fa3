//! The last step: memory is laid out, the worst case is bounded, the program gets its hash.

use crate::codes::check as codes;
use crate::data::gas::{GAS_LIMIT_DEFAULT, GAS_LIMIT_MAX, Gas, GasLimits};
use crate::data::types::RecordId;
use crate::ir::{Body, ExprKind, Program};
use crate::limits::{ARENA_BYTES_MAX, IR_HEIGHT_MAX, POOL_BYTES_MAX};
use crate::span::Spanned;

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
        let roots = program.roots();
        let height = roots.iter().map(|root| root.height()).max().unwrap_or(0);
        if height > IR_HEIGHT_MAX {
            let text = format!(
                "an expression of this program is {height} operations high, with the `let`s and arms that stand inside each other, and at most {IR_HEIGHT_MAX} are followed"
            );
            let help = "put a part of it into a function, or into a `let` of the policy";
            let reports = &mut self.session.reports;
            reports.push(error(codes::TOO_DEEP, span, text).help(help));
            return None;
        }
        rebase(&mut program.body, input_base);
        program.settle_texts();
        let bound = match crate::ir::bound::bound(&program) {
            Ok(bound) => bound,
            Err(broken) => {
                let report = error(codes::GAS_BOUND, span, broken.to_string());
                let help = "this is a fault of the compiler: please report it with this program";
                self.session.reports.push(report.help(help));
                return None;
            }
        };
        program.gas_bound = bound.gas;
        let needed = bound.gas.total();
        if needed > limit {
            let report = error(codes::GAS_BOUND, span, bound.exceeds(limit));
            let less =
                "lower the bounds of lists and texts in the input, or make the program cheaper";
            let help = match needed <= GAS_LIMIT_MAX {
                true => format!("write `gas_limit: {needed}`, {less}"),
                false => format!("no `gas_limit` above {GAS_LIMIT_MAX} can be asked for: {less}"),
            };
            self.session.reports.push(report.help(help));
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
            self.session
                .reports
                .push(error(codes::TOO_LARGE, span, text).help(help));
            return None;
        }
        program.arena_bound = u32::try_from(bound.arena).ok()?;
        program.hash = program.identity();
        Some(program)
    }
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
