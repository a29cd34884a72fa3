//! Operators: arithmetic with units, comparisons and their chains, membership, patterns and credentials.

use crate::ast::{self, CompareOp, ExprKind as Ast};
use crate::codes::check as codes;
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind, LoopKind};
use crate::span::Span;
use crate::types::{LIST_BOUND_MAX, Repr, Type};

use super::expr::join;
use super::kinds::same_kind;
use super::literal::payload;
use super::report::error;
use super::unit::{
    Unit, and, bare, bool_expr, error_expr, expr, is_constant, let_expr, local_expr, not, or,
    text_expr,
};

/// How the values of a type are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Signed words with an order.
    Int,
    Number,
    Wide,
    /// Words that are equal or not.
    Word,
    None,
}

fn class(ty: &Type) -> Class {
    match ty {
        Type::Int | Type::Instant | Type::Duration => Class::Int,
        Type::Number => Class::Number,
        Type::Decimal | Type::Money(_) | Type::Quantity(_) => Class::Wide,
        Type::Bool | Type::Enum(_) => Class::Word,
        ty if ty.is_text() => Class::Word,
        _ => Class::None,
    }
}

impl<'a> Unit<'a, '_> {
    /// An operator between two operands.
    pub(super) fn infix(
        &mut self,
        op: ast::BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        match op {
            ast::BinaryOp::And | ast::BinaryOp::Or => {
                let (l, r) = (self.condition(left), self.condition(right));
                if l.ty == Type::Error || r.ty == Type::Error {
                    return error_expr();
                }
                if op == ast::BinaryOp::And {
                    and(l, r)
                } else {
                    or(l, r)
                }
            }
            ast::BinaryOp::In => self.membership(left, right, span),
            ast::BinaryOp::NotIn => {
                let found = self.membership(left, right, span);
                if found.ty == Type::Error {
                    found
                } else {
                    not(found)
                }
            }
            ast::BinaryOp::Matches => self.matches(left, right, span),
            ast::BinaryOp::ConformsTo => self.conforms_to(left, right, span),
            ast::BinaryOp::HasCredential => self.has_credential(left, right, span),
            ast::BinaryOp::Add
            | ast::BinaryOp::Sub
            | ast::BinaryOp::Mul
            | ast::BinaryOp::Div
            | ast::BinaryOp::Rem => {
                let (l, r) = self.arithmetic_operands(op, left, right, want);
                self.arithmetic(op, l, r, span)
            }
        }
    }

    fn arithmetic_operands(
        &mut self,
        op: ast::BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        want: Option<&Type>,
    ) -> (Expr, Expr) {
        let scales = matches!(op, ast::BinaryOp::Mul | ast::BinaryOp::Div);
        // Beside an amount a bare number is a factor when scaling, and another amount when adding.
        let beside = |ty: &Type| match ty {
            Type::Money(_) | Type::Quantity(_) | Type::Decimal if scales => Some(Type::Decimal),
            Type::Duration | Type::Instant if scales => None,
            Type::Instant => Some(Type::Duration),
            Type::Int => None,
            other => Some(other.clone()),
        };
        match (self.is_open(left), self.is_open(right)) {
            (true, true) => {
                let numeric = want.map(payload);
                let numeric =
                    numeric.filter(|t| matches!(t, Type::Decimal | Type::Number | Type::Int));
                let l = self.expr(left, numeric);
                let hint = numeric.cloned().or_else(|| beside(&l.ty));
                let r = self.expr(right, hint.as_ref());
                (l, r)
            }
            (true, false) => {
                let r = self.expr(right, None);
                let l = self.expr(left, beside(&r.ty).as_ref());
                (l, r)
            }
            (false, _) => {
                let l = self.expr(left, None);
                let hint = beside(&l.ty);
                let r = self.expr(right, hint.as_ref());
                (l, r)
            }
        }
    }

    /// Arithmetic on made operands.
    pub(super) fn arithmetic(&mut self, op: ast::BinaryOp, l: Expr, r: Expr, span: Span) -> Expr {
        use ast::BinaryOp::{Add, Div, Mul, Sub};
        let money_like = |t: &Type| matches!(t, Type::Money(_) | Type::Quantity(_));
        match (&l.ty, op, &r.ty) {
            (Type::Error, ..) | (.., Type::Error) => error_expr(),
            (Type::Int, _, Type::Int) => {
                let op = match op {
                    Add => BinaryOp::AddInt,
                    Sub => BinaryOp::SubInt,
                    Mul => BinaryOp::MulInt,
                    Div => BinaryOp::DivInt,
                    _ => BinaryOp::RemInt,
                };
                self.binary(op, l, r, Type::Int, span)
            }
            (Type::Number, Add | Sub | Mul | Div, Type::Number | Type::Int)
            | (Type::Int, Add | Sub | Mul | Div, Type::Number) => {
                let (l, r) = self.both(l, r, &Type::Number, span);
                let op = match op {
                    Add => BinaryOp::AddNumber,
                    Sub => BinaryOp::SubNumber,
                    Mul => BinaryOp::MulNumber,
                    _ => BinaryOp::DivNumber,
                };
                self.binary(op, l, r, Type::Number, span)
            }
            (Type::Decimal, Add | Sub | Mul | Div, Type::Decimal | Type::Int)
            | (Type::Int, Add | Sub | Mul | Div, Type::Decimal) => {
                let (l, r) = self.both(l, r, &Type::Decimal, span);
                self.binary(wide_op(op), l, r, Type::Decimal, span)
            }
            (a, Add | Sub, b) if money_like(a) && a == b => {
                let ty = a.clone();
                self.binary(wide_op(op), l, r, ty, span)
            }
            (a, Mul | Div, Type::Decimal | Type::Int) if money_like(a) => {
                let ty = a.clone();
                let r = self.coerce(r, &Type::Decimal, span);
                self.binary(wide_op(op), l, r, ty, span)
            }
            (Type::Decimal | Type::Int, Mul, b) if money_like(b) => {
                let ty = b.clone();
                let l = self.coerce(l, &Type::Decimal, span);
                self.binary(BinaryOp::MulWide, l, r, ty, span)
            }
            (a, Div, b) if money_like(a) && a == b => {
                self.binary(BinaryOp::DivWide, l, r, Type::Decimal, span)
            }
            (Type::Duration, Div, Type::Duration) => {
                let (l, r) = (retype(l, Type::Int), retype(r, Type::Int));
                let (l, r) = self.both(l, r, &Type::Decimal, span);
                self.binary(BinaryOp::DivWide, l, r, Type::Decimal, span)
            }
            (Type::Duration, Mul | Div, Type::Int) | (Type::Int, Mul, Type::Duration) => {
                let op = if op == Mul {
                    BinaryOp::MulInt
                } else {
                    BinaryOp::DivInt
                };
                self.binary(op, l, r, Type::Duration, span)
            }
            (Type::Duration, Add | Sub, Type::Duration) | (Type::Instant, Sub, Type::Instant) => {
                self.binary(int_op(op), l, r, Type::Duration, span)
            }
            (Type::Instant, Add | Sub, Type::Duration) | (Type::Duration, Add, Type::Instant) => {
                self.binary(int_op(op), l, r, Type::Instant, span)
            }
            _ => self.undefined_arithmetic(op, &l.ty, &r.ty, span),
        }
    }

    fn both(&mut self, l: Expr, r: Expr, ty: &Type, span: Span) -> (Expr, Expr) {
        (self.coerce(l, ty, span), self.coerce(r, ty, span))
    }

    fn undefined_arithmetic(&mut self, op: ast::BinaryOp, l: &Type, r: &Type, span: Span) -> Expr {
        let symbol = match op {
            ast::BinaryOp::Add => "+",
            ast::BinaryOp::Sub => "-",
            ast::BinaryOp::Mul => "*",
            ast::BinaryOp::Div => "/",
            _ => "%",
        };
        let (a, b) = (self.show(l), self.show(r));
        let text = format!("`{symbol}` is not defined between {a} and {b}");
        let (code, help) = match (l, r) {
            (Type::Option(_), _) | (_, Type::Option(_)) => (
                codes::MAYBE_NONE,
                "one side may be none: say what holds then, as in `(x else 0)`",
            ),
            (Type::Decimal, Type::Number) | (Type::Number, Type::Decimal) => (
                codes::MIXED_NUMBERS,
                "convert one side with `to_number(…)` or `to_decimal(…)`: the answer depends on rounding",
            ),
            (Type::Money(_), Type::Money(_)) if l != r => (
                codes::MIXED_CURRENCIES,
                "amounts of different currencies do not mix: convert one with a rate first",
            ),
            (Type::Quantity(_), Type::Quantity(_)) if l != r => (
                codes::MIXED_UNITS,
                "quantities of different dimensions do not mix",
            ),
            (Type::Money(_) | Type::Quantity(_), Type::Number)
            | (Type::Number, Type::Money(_) | Type::Quantity(_)) => (
                codes::MIXED_NUMBERS,
                "a factor is an exact decimal: write `to_decimal(…)` around the number",
            ),
            (Type::Money(_) | Type::Quantity(_), Type::Int | Type::Decimal)
            | (Type::Int | Type::Decimal, Type::Money(_) | Type::Quantity(_)) => {
                (codes::NEEDS_UNIT, "give the bare number its unit")
            }
            (Type::String(_), _) | (_, Type::String(_)) => (
                codes::NOT_DEFINED,
                "texts are compared, never put together: a policy makes no new text",
            ),
            _ => (
                codes::NOT_DEFINED,
                "docs/language.md lists the operators of each type",
            ),
        };
        self.fail(error(code, span, text).help(help))
    }

    /// `a < b`, and chains such as `a <= b <= c`.
    pub(super) fn comparison(
        &mut self,
        operands: &'a [ast::Expr],
        ops: &'a [CompareOp],
        span: Span,
    ) -> Expr {
        self.comparison_with(operands, ops, span, &mut |_, _, pair| pair)
    }

    /// A comparison whose pairs pass through `wrap` with their number.
    pub(super) fn comparison_with(
        &mut self,
        operands: &'a [ast::Expr],
        ops: &'a [CompareOp],
        span: Span,
        wrap: &mut dyn FnMut(&mut Self, usize, Expr) -> Expr,
    ) -> Expr {
        if let ([left, right], [op @ (CompareOp::Eq | CompareOp::Ne)]) = (operands, ops)
            && let Some(test) = self.none_test(left, right, *op)
        {
            return wrap(self, 0, test);
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
            let pair = self.compare(*op, first, second, span);
            return wrap(self, 0, pair);
        }
        let (local, value, first) = self.keep(first);
        let chain = self.chain(first, rest, ops, &spans, 0, wrap);
        self.kept(local, value, chain)
    }

    /// The rest of a chain. A middle operand is evaluated once, and only when all pairs before it hold.
    fn chain(
        &mut self,
        left: Expr,
        mut rest: std::vec::IntoIter<Expr>,
        ops: &[CompareOp],
        spans: &[Span],
        at: usize,
        wrap: &mut dyn FnMut(&mut Self, usize, Expr) -> Expr,
    ) -> Expr {
        let (Some(right), Some(op)) = (rest.next(), ops.get(at)) else {
            return bool_expr(true);
        };
        let span = spans
            .get(at)
            .zip(spans.get(at + 1))
            .map_or(Span::default(), |(a, b)| a.to(*b));
        if at + 1 == ops.len() {
            let pair = self.compare(*op, left, right, span);
            return wrap(self, at, pair);
        }
        let (local, value, right) = self.keep(right);
        let pair = self.compare(*op, left, right.clone(), span);
        let pair = wrap(self, at, pair);
        let more = self.chain(right, rest, ops, spans, at + 1, wrap);
        let both = if pair.ty == Type::Error || more.ty == Type::Error {
            error_expr()
        } else {
            and(pair, more)
        };
        self.kept(local, value, both)
    }

    /// The operands of a comparison, those that depend on the context after one that does not.
    fn operands(&mut self, operands: &'a [ast::Expr]) -> Vec<Expr> {
        let rigid = operands.iter().position(|e| !self.is_open(e)).unwrap_or(0);
        let Some(lead) = operands.get(rigid).map(|e| self.expr(e, None)) else {
            return Vec::new();
        };
        let want = lead.ty.clone();
        let mut lead = Some(lead);
        let make = |(i, e)| match (i == rigid).then(|| lead.take()).flatten() {
            Some(lead) => lead,
            None => self.expr(e, Some(&want)),
        };
        operands.iter().enumerate().map(make).collect()
    }

    /// `x == none`, `x != none`
    fn none_test(
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
        let made = self.expr(subject, None);
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
        if matches!(l.ty, Type::Option(_)) || matches!(r.ty, Type::Option(_)) {
            let (a, b) = (self.show(&l.ty), self.show(&r.ty));
            let text = format!(
                "`{}` between {a} and {b}: an option may be none",
                symbol(op)
            );
            let help =
                "say what holds for none with `else`, as in `(x else 0) > 1`, or test `x != none`";
            return self.fail(error(codes::MAYBE_NONE, span, text).help(help));
        }
        let common = match join(&l.ty, &r.ty) {
            Some(common) if !matches!(common, Type::Never) => common,
            _ => {
                let report = self.uncomparable(op, &l.ty, &r.ty, span);
                return self.fail(report);
            }
        };
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        let class = class(&common);
        if class == Class::None || (ordered && class == Class::Word) {
            let text = format!("`{}` is not defined for {}", symbol(op), self.show(&common));
            let help = match common {
                Type::List(..) => "compare elements with `any` and `all`",
                Type::Record(_) => "compare the fields",
                Type::Trust => "compare a dimension such as `.r`, or `norm(…)`",
                _ => "only numbers, amounts, quantities, instants and durations have an order",
            };
            return self.fail(error(codes::NOT_DEFINED, span, text).help(help));
        }
        let (l, r) = match &common {
            Type::Decimal | Type::Number => self.both(l, r, &common, span),
            _ => (l, r),
        };
        self.binary(compare_op(op, class), l, r, Type::Bool, span)
    }

    fn uncomparable(
        &mut self,
        op: CompareOp,
        l: &Type,
        r: &Type,
        span: Span,
    ) -> crate::diagnostic::Diagnostic {
        let mut report = self.mismatch(r, l, span);
        let (a, b) = (self.show(l), self.show(r));
        report.message = format!("`{}` compares {a} with {b}", symbol(op));
        if report.code == codes::MISMATCH {
            report.help = Some("compare values of one type".into());
        }
        if matches!((l, r), (Type::Bool, _) | (_, Type::Bool)) {
            report.help = Some("a comparison is a bool: join two of them with AND".into());
        }
        report
    }

    /// `item in list`
    pub(super) fn membership(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let (item, list) = if self.is_open(left) {
            let list = self.expr(right, None);
            let want = element(&list.ty).cloned();
            (self.expr(left, want.as_ref()), list)
        } else {
            let item = self.expr(left, None);
            let want = Type::List(Box::new(item.ty.clone()), LIST_BOUND_MAX);
            let list = self.expr(right, Some(&want));
            (item, list)
        };
        self.is_in(item, list, span)
    }

    /// `item in list` of made operands.
    pub(super) fn is_in(&mut self, item: Expr, list: Expr, span: Span) -> Expr {
        if item.ty == Type::Error || list.ty == Type::Error {
            return error_expr();
        }
        let Some(element) = element(&list.ty).cloned() else {
            let text = format!(
                "`in` needs a list on its right, found {}",
                self.show(&list.ty)
            );
            let help = if list.ty.is_text() {
                "to look inside a text use `contains(text, part)`"
            } else {
                "write a list: `x in [a, b]`"
            };
            return self.fail(error(codes::NOT_DEFINED, span, text).help(help));
        };
        let item = if same_kind(&item.ty, &element) {
            item
        } else {
            self.coerce(item, &element, span)
        };
        if item.ty == Type::Error {
            return item;
        }
        match element.repr() {
            Repr::Ref | Repr::Nothing => {
                let text = format!(
                    "`in` does not compare values of the type {}",
                    self.show(&element)
                );
                let help = "use `any x in xs: …` and compare what matters";
                self.fail(error(codes::NOT_DEFINED, span, text).help(help))
            }
            // Zero equals minus zero, so numbers are compared one by one.
            Repr::Word if element == Type::Number => self.number_in(item, list),
            Repr::Word | Repr::Wide => self.folded_in(item, list, &element),
        }
    }

    fn number_in(&mut self, item: Expr, list: Expr) -> Expr {
        let (local, value, item) = self.keep(item);
        let var = self.local(&Type::Number);
        let element = local_expr(var, Type::Number);
        let body = super::unit::binary(
            BinaryOp::EqNumber,
            element,
            item,
            Type::Bool,
            crate::ir::PointId(0),
        );
        let (list, body) = (Box::new(list), Box::new(body));
        let kind = LoopKind::Any;
        let any = expr(
            ExprKind::Loop {
                kind,
                var,
                list,
                body,
            },
            Type::Bool,
        );
        self.kept(local, value, any)
    }

    fn folded_in(&mut self, item: Expr, list: Expr, element: &Type) -> Expr {
        if is_constant(&item)
            && let ExprKind::Text(handle) = list.kind
        {
            let mut wanted = Vec::new();
            self.words_of(&item, &mut wanted);
            let size = element.words(&self.records);
            let words = self.pool.read(handle.address(), handle.length() * size);
            let found = words
                .chunks(size.max(1) as usize)
                .any(|chunk| chunk == wanted);
            return bool_expr(found);
        }
        let (item, list) = (Box::new(item), Box::new(list));
        expr(ExprKind::In { item, list }, Type::Bool)
    }

    /// `did matches "pattern"`, `text matches "glob"`, `text matches /regex/`
    fn matches(&mut self, left: &'a ast::Expr, right: &'a ast::Expr, span: Span) -> Expr {
        let subject = self.expr(left, None);
        if subject.ty == Type::Error {
            return subject;
        }
        if !matches!(subject.ty, Type::String(_) | Type::Did) {
            let text = format!(
                "`matches` needs a text on its left, found {}",
                self.show(&subject.ty)
            );
            return self.fail(
                error(codes::NOT_DEFINED, left.span, text).help("use it on a string or a did"),
            );
        }
        match &bare(right).kind {
            Ast::Regex(source) => self.regex(subject, source, right.span),
            Ast::Str(glob) if subject.ty != Type::Did => self.glob(subject, glob, right.span),
            Ast::Str(pattern) => {
                let pattern = self.pattern(pattern, right.span);
                self.did_match(subject, pattern, span)
            }
            _ => {
                let pattern = self.expr(right, Some(&Type::Pattern));
                if pattern.ty == Type::Error {
                    return pattern;
                }
                if subject.ty != Type::Did || pattern.ty != Type::Pattern {
                    let text = "this pattern is not known when the program is compiled";
                    let help = "write a glob \"…*\" or a regular expression /…/; only a did may be matched against a \
                                value of the type pattern";
                    return self.fail(error(codes::NOT_CONSTANT, right.span, text).help(help));
                }
                self.did_match(subject, pattern, span)
            }
        }
    }

    fn did_match(&mut self, subject: Expr, pattern: Expr, span: Span) -> Expr {
        if let ExprKind::Text(handle) = pattern.kind {
            let text = self.pool.get(handle);
            if !text.contains('*') {
                return self.binary(BinaryOp::EqWord, subject, pattern, Type::Bool, span);
            }
        }
        self.binary(BinaryOp::DidMatch, subject, pattern, Type::Bool, span)
    }

    /// `did has_credential "pattern"`; an object with an `id` stands for its did.
    fn has_credential(&mut self, left: &'a ast::Expr, right: &'a ast::Expr, span: Span) -> Expr {
        let subject = self.expr(left, Some(&Type::Did));
        let subject = self.did_of(subject, left.span);
        let pattern = self.check(right, &Type::Pattern);
        self.fact(FactKind::HasCredential, vec![subject, pattern], span)
    }

    /// A did, or the did in the `id` of a record.
    pub(super) fn did_of(&mut self, subject: Expr, span: Span) -> Expr {
        if let Type::Record(id) = &subject.ty
            && let Some(field) = self.field(*id, "id")
            && field.ty == Type::Did
        {
            let offset = field.offset;
            return self.load(subject, offset, Type::Did);
        }
        self.coerce(subject, &Type::Did, span)
    }

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

    fn option_default(
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
    fn fact_default(
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
    fn take_trust_facts(&mut self, e: &mut Expr, asked: &mut Vec<(crate::ir::LocalId, Expr)>) {
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

    /// A text of the pool as an expression.
    pub(super) fn text_constant(&mut self, text: &str, ty: Type) -> Expr {
        let handle = self.pool.text(text);
        text_expr(handle, ty)
    }
}

/// The same word under another type.
pub(super) fn retype(e: Expr, ty: Type) -> Expr {
    Expr { ty, ..e }
}

/// The type of a list's elements.
pub(super) fn element(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(item, _) => Some(item),
        _ => None,
    }
}

fn wide_op(op: ast::BinaryOp) -> BinaryOp {
    match op {
        ast::BinaryOp::Add => BinaryOp::AddWide,
        ast::BinaryOp::Sub => BinaryOp::SubWide,
        ast::BinaryOp::Mul => BinaryOp::MulWide,
        _ => BinaryOp::DivWide,
    }
}

fn int_op(op: ast::BinaryOp) -> BinaryOp {
    if op == ast::BinaryOp::Add {
        BinaryOp::AddInt
    } else {
        BinaryOp::SubInt
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

fn compare_op(op: CompareOp, class: Class) -> BinaryOp {
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
