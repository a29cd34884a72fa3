//! Comparisons: classes of values, chains, tests for `none`.

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::ir::{BinaryOp, Expr, ExprKind};
use crate::span::Span;
use crate::syntax::ast::{self, CompareOp, ExprKind as Ast};

use super::expr::join;
use super::report::error;
use super::unit::{Unit, and, bare, bool_expr, error_expr, expr, not};

/// How the values of a type are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Signed words with an order.
    Int,
    Number,
    Wide,
    /// Words that are equal or not.
    Word,
    None,
}

pub(super) fn class(ty: &Type) -> Class {
    match ty {
        Type::Int | Type::Instant | Type::Duration => Class::Int,
        Type::Number => Class::Number,
        Type::Decimal | Type::Money(_) | Type::Quantity(_) | Type::Ip => Class::Wide,
        Type::Bool | Type::Enum(_) => Class::Word,
        ty if ty.is_text() => Class::Word,
        _ => Class::None,
    }
}

/// Two neighbours in a comparison.
pub(super) struct Pair {
    /// Which ones.
    pub(super) number: usize,
    /// Their comparison.
    pub(super) cond: Expr,
    /// Whether parts of them are compared instead: the operands of `cond` are not what was written.
    pub(super) by_parts: bool,
}

impl Pair {
    fn first(cond: Expr) -> Self {
        Self {
            number: 0,
            cond,
            by_parts: false,
        }
    }

    fn at(self, number: usize) -> Self {
        Self { number, ..self }
    }
}

impl<'a> Unit<'a, '_> {
    /// `a < b`, and chains such as `a <= b <= c`.
    pub(super) fn comparison(
        &mut self,
        operands: &'a [ast::Expr],
        ops: &'a [CompareOp],
        span: Span,
    ) -> Expr {
        self.comparison_with(operands, ops, span, &mut |_, pair| pair.cond)
    }

    /// A comparison whose pairs pass through `wrap`.
    pub(super) fn comparison_with(
        &mut self,
        operands: &'a [ast::Expr],
        ops: &'a [CompareOp],
        span: Span,
        wrap: &mut dyn FnMut(&mut Self, Pair) -> Expr,
    ) -> Expr {
        if let ([left, right], [op @ (CompareOp::Eq | CompareOp::Ne)]) = (operands, ops)
            && let Some(test) = self.none_test(left, right, *op)
        {
            return wrap(self, Pair::first(test));
        }
        let made = self.operands(operands);
        if made.iter().any(|e| e.ty == Type::Error) {
            return error_expr();
        }
        let mut rest = made.into_iter();
        let Some(first) = rest.next() else {
            return error_expr();
        };
        let spans: Vec<Span> = operands.iter().map(|e| e.span).collect();
        if let [op] = ops {
            let second = rest.next().unwrap_or_else(error_expr);
            let at = |side: usize| spans.get(side).copied().unwrap_or(span);
            let pair = self.pair(*op, [(first, at(0)), (second, at(1))], span);
            return wrap(self, pair);
        }
        let (local, value, first) = self.keep(first);
        let chain = self.chain(first, rest, ops, &spans, 0, wrap);
        self.kept(local, value, chain)
    }

    /// The rest of a chain. A middle operand is evaluated once, and only when all pairs before it hold.
    pub(super) fn chain(
        &mut self,
        left: Expr,
        mut rest: std::vec::IntoIter<Expr>,
        ops: &[CompareOp],
        spans: &[Span],
        at: usize,
        wrap: &mut dyn FnMut(&mut Self, Pair) -> Expr,
    ) -> Expr {
        // Without both there is no comparison, which was reported where it was read; what is not there holds for nobody.
        let (Some(right), Some(op)) = (rest.next(), ops.get(at)) else {
            return error_expr();
        };
        let span_of = |number: usize| spans.get(number).copied().unwrap_or_default();
        let (left_span, right_span) = (span_of(at), span_of(at + 1));
        let span = left_span.to(right_span);
        if at + 1 == ops.len() {
            let pair = self.pair(*op, [(left, left_span), (right, right_span)], span);
            return wrap(self, pair.at(at));
        }
        let (local, value, right) = self.keep(right);
        let operands = [(left, left_span), (right.clone(), right_span)];
        let pair = self.pair(*op, operands, span);
        let pair = wrap(self, pair.at(at));
        let more = self.chain(right, rest, ops, spans, at + 1, wrap);
        let both = if pair.ty == Type::Error || more.ty == Type::Error {
            error_expr()
        } else {
            and(pair, more)
        };
        self.kept(local, value, both)
    }

    /// The comparison of two operands, each with its place.
    fn pair(&mut self, op: CompareOp, operands: [(Expr, Span); 2], span: Span) -> Pair {
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        let mut options = operands
            .iter()
            .filter(|(e, _)| matches!(e.ty, Type::Option(_)));
        if let Some((option, at)) = options.next().filter(|_| ordered) {
            let [(left, _), (right, _)] = &operands;
            let (a, b) = (self.show(&left.ty), self.show(&right.ty));
            let text = format!(
                "`{}` between {a} and {b}: an option may be none",
                symbol(op)
            );
            return Pair::first(self.maybe_none(text, option, *at));
        }
        let [(left, _), (right, _)] = operands;
        let by_parts = class(&left.ty) == Class::None || class(&right.ty) == Class::None;
        Pair {
            number: 0,
            cond: self.compare(op, left, right, span),
            by_parts,
        }
    }

    /// The operands of a comparison, those that depend on the context after one that does not.
    pub(super) fn operands(&mut self, operands: &'a [ast::Expr]) -> Vec<Expr> {
        let rigid = operands.iter().position(|e| !self.is_open(e)).unwrap_or(0);
        let Some(lead) = operands.get(rigid).map(|e| self.expr(e, None)) else {
            return Vec::new();
        };
        let want = lead.ty.loosest();
        let mut lead = Some(lead);
        let make = |(i, e)| match (i == rigid).then(|| lead.take()).flatten() {
            Some(lead) => lead,
            None => self.expr(e, Some(&want)),
        };
        operands.iter().enumerate().map(make).collect()
    }

    /// `x == none`, `x != none`
    pub(super) fn none_test(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        op: CompareOp,
    ) -> Option<Expr> {
        let is_none = |e: &ast::Expr| matches!(bare(e).kind, Ast::None);
        let subject = match (is_none(left), is_none(right)) {
            (false, true) => left,
            (true, false) => right,
            _ => return None,
        };
        let made = self.option(subject, None);
        Some(match &made.ty {
            Type::Error => error_expr(),
            Type::Option(_) => {
                let some = self.is_some(made);
                if op == CompareOp::Eq { not(some) } else { some }
            }
            other => {
                let text = format!("this is never none: its type is {}", self.show(other));
                self.fail(error(codes::NEEDLESS_ELSE, subject.span, text).help("remove the test"))
            }
        })
    }

    pub(super) fn is_some(&mut self, option: Expr) -> Expr {
        if let ExprKind::Const(address) = option.kind {
            return bool_expr(self.pool.read(address, 1).first() == Some(&1));
        }
        expr(ExprKind::IsSome(Box::new(option)), Type::Bool)
    }

    /// One comparison of made operands.
    pub(super) fn compare(&mut self, op: CompareOp, l: Expr, r: Expr, span: Span) -> Expr {
        if l.ty == Type::Error || r.ty == Type::Error {
            return error_expr();
        }
        match (&l.ty, &r.ty, op) {
            (Type::Option(_), Type::Option(_), CompareOp::Eq | CompareOp::Ne) => {
                return self.options_equal(op, l, r, span);
            }
            (Type::Option(_), _, CompareOp::Eq | CompareOp::Ne) => {
                return self.equals_option(op, l, r, span);
            }
            (_, Type::Option(_), CompareOp::Eq | CompareOp::Ne) => {
                return self.equals_option(op, r, l, span);
            }
            _ => {}
        }
        let common = match join(&l.ty, &r.ty) {
            Some(common) if !matches!(common, Type::Never) => common,
            _ => {
                let report = self.uncomparable(op, &l.ty, &r.ty, span);
                return self.fail(report);
            }
        };
        if common.has_effects() {
            return self.effect_compared(span);
        }
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        if let (Type::Record(id), false) = (&common, ordered) {
            return self.records_equal(op, (l, r), *id, span);
        }
        if let (Type::List(..) | Type::Map(..), false) = (&common, ordered) {
            let lists = (self.entries_as(l, &common), self.entries_as(r, &common));
            return self.lists_equal(op, lists, span);
        }
        if common == Type::Cidr && !ordered {
            return self.cidrs_equal(op, (l, r), span);
        }
        let class = class(&common);
        if class == Class::None || (ordered && class == Class::Word) {
            return self.not_compared(symbol(op), &common, span);
        }
        let (l, r) = match &common {
            Type::Decimal | Type::Number => self.both(l, r, &common, span),
            _ => (l, r),
        };
        self.binary(compare_op(op, class), l, r, Type::Bool, span)
    }

    /// `option == value`: false for none.
    fn equals_option(&mut self, op: CompareOp, option: Expr, value: Expr, span: Span) -> Expr {
        let inner = super::literal::payload(&option.ty).clone();
        let (local, kept, subject) = self.keep_option(option);
        let some = self.is_some(subject.clone());
        let payload = self.payload_of(subject, &inner);
        let equal = self.compare(CompareOp::Eq, payload, value, span);
        if equal.ty == Type::Error {
            return equal;
        }
        let both = and(some, equal);
        let made = if op == CompareOp::Eq { both } else { not(both) };
        self.kept(local, kept, made)
    }

    pub(super) fn uncomparable(
        &mut self,
        op: CompareOp,
        l: &Type,
        r: &Type,
        span: Span,
    ) -> crate::diagnostic::Diagnostic {
        let mut report = self.mismatch(r, l, span);
        let (a, b) = (self.show(l), self.show(r));
        report.message = format!("`{}` compares {a} with {b}", symbol(op));
        let has_own_help = matches!(
            (l, r),
            (_, Type::Ip | Type::Cidr) | (Type::Ip | Type::Cidr, _)
        );
        if report.code == codes::MISMATCH && !has_own_help {
            report.help = Some("compare values of one type".into());
        }
        if matches!((l, r), (Type::Bool, _) | (_, Type::Bool)) {
            report.help = Some("a comparison is a bool: join two of them with AND".into());
        }
        report
    }
}

/// A comparison operator as written.
pub(super) fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "==",
        CompareOp::Ne => "!=",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}

pub(super) fn compare_op(op: CompareOp, class: Class) -> BinaryOp {
    use BinaryOp as B;
    match (class, op) {
        (Class::Number, CompareOp::Eq) => B::EqNumber,
        (Class::Number, CompareOp::Ne) => B::NeNumber,
        (Class::Number, CompareOp::Lt) => B::LtNumber,
        (Class::Number, CompareOp::Le) => B::LeNumber,
        (Class::Number, CompareOp::Gt) => B::GtNumber,
        (Class::Number, CompareOp::Ge) => B::GeNumber,
        (Class::Wide, CompareOp::Eq) => B::EqWide,
        (Class::Wide, CompareOp::Ne) => B::NeWide,
        (Class::Wide, CompareOp::Lt) => B::LtWide,
        (Class::Wide, CompareOp::Le) => B::LeWide,
        (Class::Wide, CompareOp::Gt) => B::GtWide,
        (Class::Wide, CompareOp::Ge) => B::GeWide,
        (_, CompareOp::Eq) => B::EqWord,
        (_, CompareOp::Ne) => B::NeWord,
        (_, CompareOp::Lt) => B::LtInt,
        (_, CompareOp::Le) => B::LeInt,
        (_, CompareOp::Gt) => B::GtInt,
        (_, CompareOp::Ge) => B::GeInt,
    }
}
