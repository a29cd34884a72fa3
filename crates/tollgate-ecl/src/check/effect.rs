//! Effects: `emit` and `put` as values, and those of a decision.

use crate::codes::check as codes;
use crate::data::types::{LIST_BOUND_MAX, Type};
use crate::ir::{Effect, EffectEntry, EffectId, EffectKind, Expr, ExprKind};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::policy::decision;
use super::report::error;
use super::unit::{Unit, bare, error_expr, expr, length};

impl<'a> Unit<'a, '_> {
    /// The entries of `on accept { … }` and its like.
    pub(super) fn effects(&mut self, clauses: &'a [ast::OnDecision]) -> Vec<EffectEntry> {
        let mut entries = Vec::new();
        for clause in clauses {
            for entry in &clause.effects {
                let value = self.effect_entry(entry);
                if value.ty != Type::Error {
                    let on = decision(clause.verb);
                    entries.push(EffectEntry { on, value });
                }
            }
        }
        entries
    }

    fn effect_entry(&mut self, entry: &'a ast::Expr) -> Expr {
        let want = wanted(entry);
        let made = self.expr(entry, want.as_ref());
        if made.ty.has_effects() || made.ty == Type::Error {
            return made;
        }
        let text = format!("this is not an effect: its type is {}", self.show(&made.ty));
        let help = "effects are `emit(\"type\", payload)` and `put(\"store\", key, value)`, and options and lists of them";
        self.fail(error(codes::MISPLACED, entry.span, text).help(help))
    }

    /// `emit("type", payload)`, `put("store", key, value)`
    pub(super) fn new_effect(
        &mut self,
        name: &'a ast::Ident,
        args: &'a [ast::Expr],
        span: Span,
    ) -> Expr {
        let (wanted, usage) = if name.node == "emit" {
            (2, "emit(\"type\", payload)")
        } else {
            (3, "put(\"store\", key, value)")
        };
        let (Some((first, rest)), true) = (args.split_first(), args.len() == wanted) else {
            for arg in args {
                self.expr(arg, None);
            }
            let text = format!(
                "`{}` takes {wanted} arguments, found {}",
                name.node,
                args.len()
            );
            return self.fail(error(codes::ARGUMENTS, span, text).help(format!("write `{usage}`")));
        };
        let operands: Vec<Expr> = rest.iter().map(|arg| self.operand(arg)).collect();
        let Ast::Str(target) = &bare(first).kind else {
            let text = "the event type or store of an effect is written as a text";
            return self.fail(
                error(codes::NOT_CONSTANT, first.span, text).help(format!("write `{usage}`")),
            );
        };
        if operands.iter().any(|o| o.ty == Type::Error) {
            return error_expr();
        }
        let target = target.as_str().into();
        let kind = if name.node == "emit" {
            EffectKind::Emit { event_type: target }
        } else {
            EffectKind::Put { store: target }
        };
        let effect = EffectId(length(&self.made_effects));
        let point = self.point(span);
        self.made_effects.push(Effect {
            kind,
            point,
            operands: operands.iter().map(|o| o.ty.clone()).collect(),
        });
        expr(ExprKind::Effect { effect, operands }, Type::Effect)
    }

    /// A payload, a key or a value: data.
    fn operand(&mut self, arg: &'a ast::Expr) -> Expr {
        let made = self.expr(arg, None);
        if !made.ty.has_effects() {
            return made;
        }
        let text = "an effect is no data: it cannot be stored or sent";
        let help = "name both effects as entries of `on accept { … }`";
        self.fail(error(codes::EFFECT_AS_DATA, arg.span, text).help(help))
    }

    pub(super) fn effect_compared(&mut self, span: Span) -> Expr {
        let text = "an effect is no data: it cannot be compared";
        let help = "compare what decides which effect it is";
        self.fail(error(codes::EFFECT_AS_DATA, span, text).help(help))
    }
}

/// The type that an entry with a `none` in it takes; without one the effects say it.
fn wanted(entry: &ast::Expr) -> Option<Type> {
    if !mentions_none(entry) {
        return None;
    }
    let option = Type::Option(Box::new(Type::Effect));
    Some(match &bare(entry).kind {
        Ast::List(_) | Ast::Loop { .. } => Type::List(Box::new(option), LIST_BOUND_MAX),
        _ => option,
    })
}

/// Whether one of the values that an expression may have is written as `none`.
fn mentions_none(e: &ast::Expr) -> bool {
    match &bare(e).kind {
        Ast::None => true,
        Ast::If {
            then, otherwise, ..
        } => mentions_none(then) || mentions_none(otherwise),
        Ast::Match { arms, .. } => arms.iter().any(|arm| mentions_none(&arm.body)),
        Ast::Else { expr, default } => mentions_none(expr) || mentions_none(default),
        Ast::List(items) => items.iter().any(mentions_none),
        Ast::Loop { body, .. } => mentions_none(body),
        _ => false,
    }
}
