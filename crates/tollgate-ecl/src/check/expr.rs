//! Expressions: bidirectional type checking. A context passes the type it wants inwards; what an expression turns out to
//! be comes back, and is converted or refused by [`Unit::coerce`].

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::ir::{Expr, ExprKind, UnaryOp, When};
use crate::limits::TYPE_NESTING_MAX;
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::given;
use super::kinds::{fits, same_kind, wider};
use super::literal::{in_backticks, payload};
use super::net::is_of_texts;
use super::report::{error, suggest};
use super::unit::{
    Binding, Site, Unit, bare, bool_expr, error_expr, expr, if_expr, is_constant, local_expr, not,
};

impl<'a> Unit<'a, '_> {
    /// An expression of exactly that kind of type.
    pub(super) fn check(&mut self, e: &'a ast::Expr, want: &Type) -> Expr {
        let made = self.expr(e, Some(want));
        self.coerce(made, want, e.span)
    }

    /// An expression; `want` is the type the context would like.
    pub(super) fn expr(&mut self, e: &'a ast::Expr, want: Option<&Type>) -> Expr {
        let made = self.as_written(e, want);
        self.narrowed(made, want)
    }

    /// An expression without regard to what is known of options.
    pub(super) fn as_written(&mut self, e: &'a ast::Expr, want: Option<&Type>) -> Expr {
        if !self.enter(e.span) {
            self.leave();
            return error_expr();
        }
        let made = self.expr_inner(e, want);
        self.leave();
        // A `let` may stand for a list of what another one stands for, so types nest deeper than expressions.
        if self.type_depth(&made.ty) > TYPE_NESTING_MAX {
            self.report_type_nesting(e.span);
            return error_expr();
        }
        made
    }

    pub(super) fn expr_inner(&mut self, e: &'a ast::Expr, want: Option<&Type>) -> Expr {
        let site = Site { span: e.span, want };
        match &e.kind {
            Ast::Error => error_expr(),
            Ast::Paren(inner) => self.expr(inner, want),
            Ast::Bool(value) => bool_expr(*value),
            Ast::Number(text) => self.number(text, e.span, want),
            Ast::Measure { number, unit } => self.measure(number, &unit.node, unit.span, e.span),
            Ast::Str(text) => self.text_literal(text, e.span, want),
            Ast::Regex(_) => {
                let report = error(
                    codes::MISPLACED,
                    e.span,
                    "a regular expression stands alone",
                );
                self.fail(report.help("write it on the right of `matches`"))
            }
            Ast::Name(name) => self.name(name, site),
            Ast::None => self.none(e.span, want),
            Ast::Ref(id) => self.reference(id, want),
            Ast::Field {
                base,
                name,
                safe: true,
            } => self.safe_access(base, name, e.span),
            Ast::Field {
                base,
                name,
                safe: false,
            } => self.field_access(base, name, e.span),
            Ast::Index { base, key } => self.index(base, key, e.span),
            Ast::Call { module, name, args } => self.call(module.as_ref(), name, args, site),
            Ast::Unary { op, expr } => self.prefix(*op, expr, site),
            Ast::Binary { op, left, right } => self.infix(*op, left, right, site),
            Ast::Compare { operands, ops } => self.comparison(operands, ops, e.span),
            Ast::If {
                cond,
                then,
                otherwise,
            } => self.choice(cond, then, otherwise, want),
            Ast::Match { subject, arms } => self.match_expr(subject, arms, site),
            Ast::Loop {
                kind,
                var,
                list,
                body,
            } => self.list_loop(*kind, var, list, body, site),
            Ast::Record { name, fields } => self.record_literal(name.as_ref(), fields, site),
            Ast::With { base, .. } => {
                let text = format!("`{} with {{ … }}` stands outside of a test", base.node);
                let help = "fixtures and what changes them are data of tests: write the record";
                self.fail(error(codes::MISPLACED, e.span, text).help(help))
            }
            Ast::List(items) => self.list_literal(items, site),
            Ast::Demand(option) => self.demand(option, e.span),
            Ast::Else { expr, default } => self.with_default(expr, default, site),
        }
    }

    /// A condition: a bool.
    pub(super) fn condition(&mut self, e: &'a ast::Expr) -> Expr {
        self.check(e, &Type::Bool)
    }

    pub(super) fn none(&mut self, span: Span, want: Option<&Type>) -> Expr {
        match want {
            Some(ty @ Type::Option(_)) => {
                let none = expr(ExprKind::NoneOf, ty.clone());
                self.constant_of(none)
            }
            Some(Type::Error) => error_expr(),
            Some(other) => {
                let shown = self.show(other);
                let text = format!("expected {shown}, found `none`");
                let help = format!("only options can be none: declare it as `{shown}?`");
                self.fail(error(codes::MISMATCH, span, text).help(help))
            }
            None => {
                let report = error(codes::NO_TYPE, span, "`none` of which type?");
                self.fail(report.help("write the type: `let note: string? = none`"))
            }
        }
    }

    pub(super) fn name(&mut self, name: &'a str, Site { span, want }: Site<'_>) -> Expr {
        if let Some(binding) = self.lookup(name) {
            return match binding {
                Binding::Local(local, ty) => local_expr(*local, ty.clone()),
                Binding::Constant(value) => value.clone(),
                Binding::Input(offset, ty) => expr(ExprKind::Input(*offset), ty.clone()),
            };
        }
        if let Some(Type::Enum(id)) = want.map(payload) {
            return self.case(*id, name, span);
        }
        if self.bundle.objects.contains_key(name) {
            return self.object(name, Site { span, want });
        }
        let report = error(codes::UNKNOWN_NAME, span, format!("unknown name `{name}`"));
        let mut known: Vec<&str> = self.frame.scope.names().collect();
        let given = self.given.map(|test| given::names(self.bundle, test));
        known.extend(given.into_iter().flatten());
        known.extend(
            self.bundle
                .object_order
                .iter()
                .map(|o| o.name.node.as_str()),
        );
        let enums = self.enums_with_case(name);
        let help = match enums.first() {
            Some(found) => format!("write `{found}.{name}` for the case of that enum"),
            None if known.is_empty() => "nothing is in scope here".into(),
            None => format!(
                "in scope are {}",
                in_backticks(known.iter().take(8).copied())
            ),
        };
        self.fail(suggest(report, name, span, known, help))
    }

    /// Names of declared enums that have such a case.
    pub(super) fn enums_with_case(&self, case: &str) -> Vec<&'a str> {
        let decls = self.bundle.type_order.iter();
        let found = decls.filter_map(|decl| match decl {
            super::declarations::TypeDecl::Enum(name, cases) => cases
                .iter()
                .any(|c| c.node == case)
                .then_some(name.node.as_str()),
            _ => None,
        });
        found.collect()
    }

    pub(super) fn prefix(
        &mut self,
        op: ast::UnaryOp,
        operand: &'a ast::Expr,
        site: Site<'_>,
    ) -> Expr {
        match op {
            ast::UnaryOp::Not => not(self.condition(operand)),
            ast::UnaryOp::Neg => self.negative(operand, site),
        }
    }

    pub(super) fn negative(
        &mut self,
        operand: &'a ast::Expr,
        Site { span, want }: Site<'_>,
    ) -> Expr {
        // The smallest int has no positive twin, so a literal is read with its sign.
        if let Ast::Number(text) = &bare(operand).kind
            && text == "9223372036854775808"
            && !matches!(want, Some(Type::Decimal | Type::Number))
        {
            return expr(ExprKind::Int(i64::MIN), Type::Int);
        }
        let made = self.expr(operand, want);
        let op = match &made.ty {
            Type::Int | Type::Duration => UnaryOp::NegInt,
            Type::Number => UnaryOp::NegNumber,
            Type::Decimal | Type::Money(_) | Type::Quantity(_) => UnaryOp::NegWide,
            Type::Error => return made,
            other => {
                let text = format!("`-` is not defined for {}", self.show(other));
                let report = error(codes::NOT_DEFINED, span, text);
                return self
                    .fail(report.help("use it on a number, an amount, a quantity or a duration"));
            }
        };
        let ty = made.ty.clone();
        self.unary(op, made, ty, span)
    }

    pub(super) fn choice(
        &mut self,
        cond: &'a ast::Expr,
        then: &'a ast::Expr,
        otherwise: &'a ast::Expr,
        want: Option<&Type>,
    ) -> Expr {
        let made = self.condition(cond);
        let values = self.values_of_one_type(&[then, otherwise], want, Some(&made));
        let (ty, mut values) = match values {
            Some(values) if made.ty != Type::Error => values,
            _ => return error_expr(),
        };
        match (values.pop(), values.pop()) {
            (Some(b), Some(a)) => if_expr(made, a, b, ty),
            _ => error_expr(),
        }
    }

    /// Values that become one, such as the branches of `if`: their common type, and each as a value of it. The first one is
    /// made where `cond` holds, the others where it does not.
    pub(super) fn values_of_one_type(
        &mut self,
        sources: &[&'a ast::Expr],
        want: Option<&Type>,
        cond: Option<&Expr>,
    ) -> Option<(Type, Vec<Expr>)> {
        let value =
            |unit: &mut Self, at: usize, source: &'a ast::Expr, want: Option<&Type>| match cond {
                Some(cond) => unit.given(cond, When::from(at == 0), |unit| unit.expr(source, want)),
                None => unit.expr(source, want),
            };
        // Without a type from outside, the first value whose type does not depend on the context decides for the others.
        let rigid = sources.iter().position(|e| !self.is_open(e)).unwrap_or(0);
        let lead = sources.get(rigid).map(|e| value(self, rigid, e, want))?;
        let want = want.cloned().unwrap_or_else(|| lead.ty.clone());
        let mut lead = Some(lead);
        let mut made = Vec::with_capacity(sources.len());
        for (i, source) in sources.iter().enumerate() {
            let ready = if i == rigid { lead.take() } else { None };
            made.push(ready.unwrap_or_else(|| value(self, i, source, Some(&want))));
        }
        let mut common: Option<Type> = None;
        for (e, source) in made.iter().zip(sources) {
            if e.ty == Type::Error {
                return None;
            }
            common = Some(match common {
                None => e.ty.clone(),
                Some(before) => match join(&before, &e.ty) {
                    Some(ty) => ty,
                    None => {
                        let report = self.mismatch(&e.ty, &before, source.span);
                        self.report(report);
                        return None;
                    }
                },
            });
        }
        let common = common?;
        let common = match &want {
            Type::Option(_) if join(&want, &common).is_some() => want,
            _ => common,
        };
        let pairs = made.into_iter().zip(sources);
        let values: Vec<Expr> = pairs
            .map(|(e, s)| self.coerce(e, &common, s.span))
            .collect();
        values
            .iter()
            .all(|v| v.ty != Type::Error)
            .then_some((common, values))
    }

    /// True for what takes its type from the context: literals, enum cases, and what is made of them.
    pub(super) fn is_open(&self, e: &ast::Expr) -> bool {
        match &e.kind {
            Ast::Number(_)
            | Ast::Str(_)
            | Ast::None
            | Ast::Record { name: None, .. }
            | Ast::Ref(_) => true,
            Ast::Name(name) => self.lookup(name).is_none(),
            Ast::Paren(inner) | Ast::Unary { expr: inner, .. } => self.is_open(inner),
            Ast::List(items) => items.iter().all(|item| self.is_open(item)),
            Ast::Binary {
                op:
                    ast::BinaryOp::Add
                    | ast::BinaryOp::Append
                    | ast::BinaryOp::Sub
                    | ast::BinaryOp::Mul
                    | ast::BinaryOp::Div
                    | ast::BinaryOp::Rem,
                left,
                right,
            } => self.is_open(left) && self.is_open(right),
            _ => false,
        }
    }

    /// The same, and true for a choice between texts: what stands beside it may say that they are addresses or networks.
    pub(super) fn takes_its_type(&self, e: &ast::Expr) -> bool {
        self.is_open(e) || is_of_texts(e)
    }

    /// Applies a binding of a `let`: constants are known by name, others become locals.
    pub(super) fn let_value(&mut self, decl: &'a ast::LetDecl) -> Expr {
        match &decl.ty {
            Some(ty) => {
                let want = self.type_of(ty);
                let made = self.check(&decl.value, &want);
                if is_constant(&made) && fits(&made.ty, &want) && made.ty != Type::Error {
                    return Expr { ty: want, ..made };
                }
                made
            }
            None => self.expr(&decl.value, None),
        }
    }
}

/// The type two values share when they become one.
pub(super) fn join(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Never, other) | (other, Type::Never) => Some(other.clone()),
        (Type::Int, wide @ (Type::Decimal | Type::Number))
        | (wide @ (Type::Decimal | Type::Number), Type::Int) => Some(wide.clone()),
        _ if same_kind(a, b) => Some(wider(a, b)),
        (Type::Option(inner), other) | (other, Type::Option(inner)) => {
            join(inner, other).map(|ty| Type::Option(Box::new(ty)))
        }
        _ => None,
    }
}
