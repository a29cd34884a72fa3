//! `else`: what holds when an option is none, or a fact that a value needs is unknown.
//!
//! It may follow any value that a fact is asked for in, in a function it calls too; the innermost `else` around the question
//! counts. The value of a `let` was known before its name is read, so an `else` behind the name comes too late and is refused.

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::data::unit;
use crate::diagnostic::Diagnostic;
use crate::ir::{Expr, ExprKind};
use crate::span::Span;
use crate::syntax::ast;

use super::expr::join;
use super::known::Path;
use super::leaf::is_literal;
use super::literal::payload;
use super::report::error;
use super::unit::{Site, Unit, bare, error_expr, expr};

/// What stands for none where a value of a type is wanted, as it is typed; none where no literal does.
fn zero(ty: &Type) -> Option<String> {
    Some(match ty {
        Type::Int => "0".to_owned(),
        Type::Decimal | Type::Number => "0.0".to_owned(),
        Type::Bool => "false".to_owned(),
        Type::String(_) => "\"\"".to_owned(),
        Type::Duration => "0s".to_owned(),
        Type::Money(currency) => format!("0 {}", currency.0),
        Type::Quantity(dimension) => format!("0{}", unit::base(*dimension)),
        Type::List(..) => "[]".to_owned(),
        Type::Map(..) => "{}".to_owned(),
        _ => return None,
    })
}

/// Characters of an expression that is repeated in a proposal.
const REPEATED_CHARACTERS_MAX: usize = 48;

impl<'a> Unit<'a, '_> {
    /// An option where a value is wanted.
    pub(super) fn maybe_none(&mut self, text: String, option: &Expr, span: Span) -> Expr {
        let written = self.repeatable(span);
        let mut ways = Vec::new();
        if let Some(zero) = zero(payload(&option.ty)) {
            ways.push(format!(
                "say what holds for none as in `({written} else {zero})`"
            ));
        }
        // Of anything else it is not known that it has a value a second time.
        if Path::of(option).is_some() {
            ways.push(format!("test `{written} != none AND …` before"));
        }
        ways.push(format!("demand a value with `{written}?`"));
        let last = ways.pop().unwrap_or_default();
        let help = match ways.as_slice() {
            [] => last,
            ways => format!("{}, or {last}", ways.join(", ")),
        };
        let label = "this may be none";
        self.fail(
            Diagnostic::error(codes::MAYBE_NONE, text)
                .at(span, label)
                .help(help),
        )
    }

    /// An expression as it may be written once more, as an operand; `x` for a long one.
    pub(super) fn repeatable(&self, span: Span) -> String {
        let written = self.bundle.source(span);
        if written.chars().count() > REPEATED_CHARACTERS_MAX {
            return "x".to_owned();
        }
        if is_one_operand(&written) {
            written
        } else {
            format!("({written})")
        }
    }

    /// `a else b`
    pub(super) fn with_default(
        &mut self,
        subject: &'a ast::Expr,
        default: &'a ast::Expr,
        site: Site<'_>,
    ) -> Expr {
        let want = site.want;
        let wanted = want.map(|ty| Type::Option(Box::new(ty.clone())));
        let want_inner = if self.is_open(subject) {
            wanted.as_ref()
        } else {
            None
        };
        let made = self.option(subject, want_inner);
        match &made.ty {
            Type::Error => {
                self.expr(default, want);
                made
            }
            Type::Option(inner) => {
                let inner = (**inner).clone();
                let made = self.unknown_as_none(made);
                self.option_default(made, &inner, default, want)
            }
            _ => self.fact_default(made, subject, default, site),
        }
    }

    /// An option that is none when a fact it needs is unknown: one default is for both.
    fn unknown_as_none(&mut self, option: Expr) -> Expr {
        if !self.may_be_unknown(&option) {
            return option;
        }
        let ty = option.ty.clone();
        let none = self.constant_of(expr(ExprKind::NoneOf, ty.clone()));
        handled(option, none, ty)
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
            // Behind a constant none stands no value: what would read one is never evaluated, and is no constant.
            ExprKind::Const(address) if self.pool.read(address, 1) == [1] => {
                let base = Expr {
                    ty: Type::Trust,
                    ..option
                };
                self.load(base, crate::data::types::WORD, inner.clone())
            }
            _ => expr(ExprKind::Payload(Box::new(option)), inner.clone()),
        }
    }

    /// `value else default`: when the host does not know a fact that the value needs.
    fn fact_default(
        &mut self,
        made: Expr,
        subject: &'a ast::Expr,
        default: &'a ast::Expr,
        Site { span, want }: Site<'_>,
    ) -> Expr {
        if !self.may_be_unknown(&made) {
            self.expr(default, want);
            return self.needless(&made, subject, span);
        }
        let hint = want.filter(|want| matches!(want, Type::Option(_)));
        let other = self.expr(default, Some(hint.unwrap_or(&made.ty)));
        if other.ty == Type::Error {
            return other;
        }
        let Some(common) = join(&made.ty, &other.ty) else {
            let report = self.mismatch(&other.ty, &made.ty, default.span);
            return self.fail(report);
        };
        let value = self.coerce(made, &common, subject.span);
        let default = self.coerce(other, &common, default.span);
        if value.ty == Type::Error || default.ty == Type::Error {
            return error_expr();
        }
        handled(value, default, common)
    }

    /// Whether a fact that the value needs may be unknown.
    pub(super) fn may_be_unknown(&self, made: &Expr) -> bool {
        made.may_be_unknown(&|id| self.unknown_functions.get(id.0 as usize) == Some(&true))
    }

    fn needless(&mut self, made: &Expr, subject: &ast::Expr, span: Span) -> Expr {
        let shown = self.show(&made.ty);
        let text = format!("this is always known: its type is {shown}");
        let help = if is_literal(bare(subject)) {
            "`else` binds tighter than a comparison: write `(a < b) else false`"
        } else if reads_local(made) {
            "the value of a `let`, a parameter or a loop's variable is known where its name stands: write `else` where the fact is asked for"
        } else {
            "`else` follows an option, or a value that a fact is asked for in"
        };
        self.fail(error(codes::NEEDLESS_ELSE, span, text).help(help))
    }
}

/// Whether nothing in a text stands apart, but for what is in brackets or quotes.
fn is_one_operand(text: &str) -> bool {
    let (mut open, mut quoted, mut escaped) = (0_u32, false, false);
    for character in text.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '!' | '<' | '>' | '=' | ' ' if open == 0 => return false,
            _ => {}
        }
    }
    true
}

pub(super) fn handled(value: Expr, default: Expr, ty: Type) -> Expr {
    let (value, default) = (Box::new(value), Box::new(default));
    expr(ExprKind::Else { value, default }, ty)
}

fn reads_local(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Local(_)) || e.children().into_iter().any(reads_local)
}
