//! Effects: `emit` and `put` after a decision.

use crate::ast::{self, ExprKind as Ast};
use crate::codes::check as codes;
use crate::ir::{Effect, EffectKind, Expr};
use crate::types::Type;

use super::policy::decision;
use super::report::error;
use super::unit::{Unit, bare};

impl<'a> Unit<'a, '_> {
    pub(super) fn effects(&mut self, clauses: &'a [ast::OnDecision]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for clause in clauses {
            for call in &clause.effects {
                if let Some((kind, operands)) = self.effect(call) {
                    effects.push(Effect {
                        on: decision(clause.verb),
                        kind,
                        point: self.point(call.span),
                        operands,
                    });
                }
            }
        }
        effects
    }

    pub(super) fn effect(&mut self, call: &'a ast::Expr) -> Option<(EffectKind, Vec<Expr>)> {
        let misplaced = |unit: &mut Self, text: &str| {
            let report = error(codes::MISPLACED, call.span, text);
            unit.report(
                report
                    .help("effects are `emit(\"type\", payload)` and `put(\"store\", key, value)`"),
            );
            None
        };
        let Ast::Call { name, args, .. } = &bare(call).kind else {
            return misplaced(self, "this is not an effect");
        };
        let (wanted, usage) = match name.node.as_str() {
            "emit" => (2, "emit(\"type\", payload)"),
            "put" => (3, "put(\"store\", key, value)"),
            _ => return misplaced(self, "this is not an effect"),
        };
        if args.len() != wanted {
            let text = format!(
                "`{}` takes {wanted} arguments, found {}",
                name.node,
                args.len()
            );
            self.report(error(codes::ARGUMENTS, call.span, text).help(format!("write `{usage}`")));
            return None;
        }
        let (first, rest) = args.split_first()?;
        let operands: Vec<Expr> = rest.iter().map(|arg| self.expr(arg, None)).collect();
        let Ast::Str(target) = &bare(first).kind else {
            let text = "the event type or store of an effect is written as a text";
            self.report(
                error(codes::NOT_CONSTANT, first.span, text).help(format!("write `{usage}`")),
            );
            return None;
        };
        if operands.iter().any(|o| o.ty == Type::Error) {
            return None;
        }
        let kind = if name.node == "emit" {
            EffectKind::Emit {
                event_type: target.as_str().into(),
            }
        } else {
            EffectKind::Put {
                store: target.as_str().into(),
            }
        };
        Some((kind, operands))
    }
}
