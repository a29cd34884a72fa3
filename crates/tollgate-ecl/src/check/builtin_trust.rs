//! Built-in functions of the module `trust`.

use crate::codes::check as codes;
use crate::data::types::{Type, WORD};
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind, UnaryOp};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::literal::in_backticks;
use super::report::{error, suggest};
use super::unit::{Unit, bare, error_expr, expr};

/// Weights of the six dimensions by context.
pub(super) const CONTEXTS: [(&str, [f64; 6]); 5] = [
    ("default", [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
    ("finance", [2.0, 3.0, 1.0, 0.5, 2.0, 1.5]),
    ("identity", [1.0, 3.0, 0.5, 1.0, 2.0, 1.5]),
    ("content", [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]),
    ("infrastructure", [3.0, 2.0, 2.0, 0.5, 2.0, 1.0]),
];

impl<'a> Unit<'a, '_> {
    pub(super) fn trust_argument(&mut self, arg: &'a ast::Expr) -> Expr {
        let value = self.expr(arg, Some(&Type::Trust));
        match value.ty {
            Type::Trust => value,
            Type::Did => {
                let text = "expected trust, found did";
                let help = "ask for its trust vector: `trust(did)`";
                self.fail(error(codes::MISMATCH, arg.span, text).help(help))
            }
            _ => self.wrong_argument(value, "trust", arg.span),
        }
    }

    pub(super) fn norm(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let Some(first) = args.first() else {
            return error_expr();
        };
        let trust = self.trust_argument(first);
        let Some(context) = args.get(1) else {
            return self.unary(UnaryOp::TrustNorm, trust, Type::Number, span);
        };
        let Ast::Str(name) = &bare(context).kind else {
            let text = "the context of `norm` is written as a text";
            let help = format!(
                "write one of {}",
                in_backticks(CONTEXTS.map(|(name, _)| name))
            );
            return self.fail(error(codes::NOT_CONSTANT, context.span, text).help(help));
        };
        let Some((_, weights)) = CONTEXTS.iter().find(|(n, _)| n == name) else {
            let text = format!("unknown trust context `{name}`");
            let names = CONTEXTS.map(|(name, _)| name);
            let help = format!("the contexts are {}", in_backticks(names));
            let report = error(codes::UNKNOWN_REFERENCE, context.span, text);
            return self.fail(suggest(report, name, context.span, names, help));
        };
        let weights = weights.map(|w| expr(ExprKind::Number(w), Type::Number));
        self.weighted(trust, weights.to_vec(), span)
    }

    pub(super) fn weighted_call(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let Some((first, rest)) = args.split_first() else {
            return error_expr();
        };
        let trust = self.trust_argument(first);
        let weights = rest.iter().map(|w| self.check(w, &Type::Number)).collect();
        self.weighted(trust, weights, span)
    }

    /// Σ wᵢ·tᵢ / Σ wᵢ
    pub(super) fn weighted(&mut self, trust: Expr, weights: Vec<Expr>, span: Span) -> Expr {
        if trust.ty == Type::Error || weights.iter().any(|w| w.ty == Type::Error) {
            return error_expr();
        }
        let (local, value, trust) = self.keep(trust);
        let mut products: Option<Expr> = None;
        let mut total: Option<Expr> = None;
        let mut kept = Vec::new();
        for (i, weight) in (0..).zip(weights) {
            let (weight_local, weight_value, weight) = self.keep(weight);
            kept.push((weight_local, weight_value));
            let dimension = self.load(trust.clone(), i * WORD, Type::Number);
            let product = self.binary(
                BinaryOp::MulNumber,
                dimension,
                weight.clone(),
                Type::Number,
                span,
            );
            products = Some(match products {
                None => product,
                Some(sum) => self.binary(BinaryOp::AddNumber, sum, product, Type::Number, span),
            });
            total = Some(match total {
                None => weight,
                Some(sum) => self.binary(BinaryOp::AddNumber, sum, weight, Type::Number, span),
            });
        }
        let (Some(products), Some(total)) = (products, total) else {
            return error_expr();
        };
        let mut made = self.binary(BinaryOp::DivNumber, products, total, Type::Number, span);
        for (local, value) in kept.into_iter().rev() {
            made = self.kept(local, value, made);
        }
        self.kept(local, value, made)
    }

    pub(super) fn weakest(&mut self, arg: &'a ast::Expr, span: Span) -> Expr {
        let trust = self.trust_argument(arg);
        if trust.ty == Type::Error {
            return trust;
        }
        let (local, value, trust) = self.keep(trust);
        let mut least = self.load(trust.clone(), 0, Type::Number);
        for i in 1..6 {
            let next = self.load(trust.clone(), i * WORD, Type::Number);
            least = self.binary(BinaryOp::MinNumber, least, next, Type::Number, span);
        }
        self.kept(local, value, least)
    }

    pub(super) fn trust_pair(
        &mut self,
        op: BinaryOp,
        ty: Type,
        args: &'a [ast::Expr],
        span: Span,
    ) -> Expr {
        let [a, b] = args else {
            return error_expr();
        };
        let (a, b) = (self.trust_argument(a), self.trust_argument(b));
        self.binary(op, a, b, ty, span)
    }

    pub(super) fn above(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let Some(first) = args.first() else {
            return error_expr();
        };
        let value = self.expr(first, Some(&Type::Did));
        let trust = match &value.ty {
            Type::Trust | Type::Error => value,
            Type::Did => self.fact(FactKind::Trust, vec![value], span),
            _ => self.wrong_argument(value, "a did or trust", first.span),
        };
        let norm = self.unary(UnaryOp::TrustNorm, trust, Type::Number, span);
        let threshold = self.argument(args, 1, &Type::Number);
        self.binary(BinaryOp::GeNumber, norm, threshold, Type::Bool, span)
    }

    pub(super) fn vector(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let mut words = Vec::new();
        let mut fields = Vec::new();
        for (i, arg) in (0..).zip(args) {
            let value = self.check(arg, &Type::Number);
            if value.ty == Type::Error {
                return value;
            }
            let number = |n: f64| expr(ExprKind::Number(n), Type::Number);
            let value = match value.kind {
                ExprKind::Number(n) => number(n.clamp(0.0, 1.0)),
                _ => {
                    let raised =
                        self.binary(BinaryOp::MaxNumber, value, number(0.0), Type::Number, span);
                    self.binary(BinaryOp::MinNumber, raised, number(1.0), Type::Number, span)
                }
            };
            self.words_of(&value, &mut words);
            fields.push((i * WORD, value));
        }
        if words.len() == fields.len() {
            return expr(ExprKind::Const(self.pool.words(&words)), Type::Trust);
        }
        expr(ExprKind::Record { fields }, Type::Trust)
    }
}
