//! `else`: what holds when an option is none or a fact unknown.

use crate::ast;
use crate::codes::check as codes;
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind};
use crate::span::Span;
use crate::types::Type;

use super::expr::join;
use super::kinds::same_kind;
use super::literal::payload;
use super::report::error;
use super::unit::{Unit, and, bool_expr, error_expr, expr, let_expr, local_expr};

impl<'a> Unit<'a, '_> {
    /// `a else b`
    pub(super) fn with_default(
        &mut self,
        subject: &'a ast::Expr,
        default: &'a ast::Expr,
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        let wanted = want.map(|ty| Type::Option(Box::new(ty.clone())));
        let want_inner = if self.is_open(subject) {
            wanted.as_ref()
        } else {
            None
        };
        let made = self.expr(subject, want_inner);
        match &made.ty {
            Type::Error => {
                self.expr(default, want);
                made
            }
            Type::Option(inner) => {
                let inner = (**inner).clone();
                self.option_default(made, &inner, default, want)
            }
            _ => self.fact_default(made, default, span, want),
        }
    }

    pub(super) fn option_default(
        &mut self,
        option: Expr,
        inner: &Type,
        default: &'a ast::Expr,
        want: Option<&Type>,
    ) -> Expr {
        let other = self.expr(default, Some(want.map_or(inner, payload)));
        let Some(common) = join(inner, &other.ty).filter(|_| other.ty != Type::Error) else {
            if other.ty != Type::Error {
                let report = self.mismatch(&other.ty, inner, default.span);
                self.report(report);
            }
            return error_expr();
        };
        let (local, value, subject) = self.keep(option);
        let cond = self.is_some(subject.clone());
        let payload = self.payload_of(subject, inner);
        let then = self.coerce(payload, &common, default.span);
        let otherwise = self.coerce(other, &common, default.span);
        let made = if then.ty == Type::Error || otherwise.ty == Type::Error {
            error_expr()
        } else {
            super::unit::if_expr(cond, then, otherwise, common)
        };
        self.kept(local, value, made)
    }

    /// The value of an option that has one.
    pub(super) fn payload_of(&mut self, option: Expr, inner: &Type) -> Expr {
        match option.kind {
            ExprKind::Const(_) => {
                let base = Expr {
                    ty: Type::Trust,
                    ..option
                };
                self.load(base, crate::types::WORD, inner.clone())
            }
            _ => expr(ExprKind::Payload(Box::new(option)), inner.clone()),
        }
    }

    /// `fact else default`: when the host does not know.
    pub(super) fn fact_default(
        &mut self,
        mut made: Expr,
        default: &'a ast::Expr,
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        if let ExprKind::Fact {
            default: slot @ None,
            ..
        } = &mut made.kind
        {
            let ty = made.ty.clone();
            let other = self.expr(default, Some(&ty));
            let other = if same_kind(&other.ty, &ty) {
                other
            } else {
                self.coerce(other, &ty, default.span)
            };
            if other.ty == Type::Error {
                return other;
            }
            *slot = Some(Box::new(other));
            return made;
        }
        // The fact stands inside: an unknown trust is marked with a vector that no host can answer.
        let mut asked = Vec::new();
        self.take_trust_facts(&mut made, &mut asked);
        if asked.is_empty() {
            let shown = self.show(&made.ty);
            let text = format!("this is always known: its type is {shown}");
            let help = "`else` follows an option, a fact, or what is computed from a trust vector that is asked for";
            self.expr(default, want);
            return self.fail(error(codes::NEEDLESS_ELSE, span, text).help(help));
        }
        let ty = made.ty.clone();
        let other = self.check(default, &ty);
        let zero = || expr(ExprKind::Number(0.0), Type::Number);
        let known = asked.iter().fold(bool_expr(true), |known, (local, _)| {
            let first = super::unit::field_expr(local_expr(*local, Type::Trust), 0, Type::Number);
            let point = crate::ir::PointId(0);
            and(
                known,
                super::unit::binary(BinaryOp::GeNumber, first, zero(), Type::Bool, point),
            )
        });
        let mut result = if other.ty == Type::Error {
            other
        } else {
            super::unit::if_expr(known, made, other, ty)
        };
        for (local, fact) in asked.into_iter().rev() {
            if result.ty != Type::Error {
                result = let_expr(local, fact, result);
            }
        }
        result
    }

    /// Replaces the trust facts that are certainly asked by locals.
    pub(super) fn take_trust_facts(
        &mut self,
        e: &mut Expr,
        asked: &mut Vec<(crate::ir::LocalId, Expr)>,
    ) {
        match &mut e.kind {
            ExprKind::Fact {
                kind: FactKind::Trust | FactKind::RealmTrust,
                default: slot @ None,
                ..
            } => {
                let unknown = [(-1.0_f64).to_bits(); 6];
                let unknown = ExprKind::Const(self.pool.words(&unknown));
                *slot = Some(Box::new(expr(unknown, Type::Trust)));
                let local = self.local(&Type::Trust);
                let fact = std::mem::replace(e, local_expr(local, Type::Trust));
                asked.push((local, fact));
            }
            ExprKind::Field { base, .. } => self.take_trust_facts(base, asked),
            ExprKind::Unary { expr, .. } => self.take_trust_facts(expr, asked),
            ExprKind::Binary { left, right, .. } => {
                self.take_trust_facts(left, asked);
                self.take_trust_facts(right, asked);
            }
            ExprKind::Let { value, body, .. } => {
                self.take_trust_facts(value, asked);
                self.take_trust_facts(body, asked);
            }
            _ => {}
        }
    }
}
