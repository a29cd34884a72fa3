//! Options that have a value where a condition says so, and the `?` that demands one.
//!
//! What a condition says is read from the made tree: `IsSome` of a [`Path`], under AND, OR and NOT. Within the scope of the
//! condition such a path stands for its value, unless an option is asked for.

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::ir::{Expr, ExprKind, UnaryOp, When};
use crate::span::Span;
use crate::syntax::ast;

use super::flow::{ArmTest, Known};
use super::known::Path;
use super::report::error;
use super::unit::{Unit, bare, error_expr, expr_at, if_expr};
use super::work::Task;

impl<'a> Unit<'a, '_> {
    /// Makes something where a condition has turned out to hold, or not to hold.
    pub(super) fn given<T>(
        &mut self,
        cond: &Expr,
        when: When,
        make: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let found = self.known_where(cond, when);
        self.knowing(found, make)
    }

    /// The options that have values where a condition has turned out to hold, or not to hold.
    pub(super) fn known_where(&mut self, cond: &Expr, when: When) -> Vec<Path> {
        let mut found = Vec::new();
        let steps = known_when(cond, when, &mut found);
        self.spend(Task::Expressions, steps);
        found
    }

    /// The options that have values behind the test of an arm.
    pub(super) fn known_of(&mut self, test: &ArmTest) -> Known {
        match &test.cond {
            Some(cond) => Known {
                taken: self.known_where(cond, When::True),
                passed: self.known_where(cond, When::False),
            },
            None => Known::default(),
        }
    }

    /// Makes something where these options have values.
    pub(super) fn knowing<T>(
        &mut self,
        options: Vec<Path>,
        make: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let mark = self.frame.known.mark();
        self.frame.known.extend(options);
        let made = make(self);
        self.frame.known.forget(mark);
        made
    }

    /// The value of an option that is known to have one here, when the context does not want an option.
    pub(super) fn narrowed(&mut self, made: Expr, want: Option<&Type>) -> Expr {
        let Type::Option(inner) = &made.ty else {
            return made;
        };
        if matches!(want, Some(Type::Option(_))) || !self.is_known(&made) {
            return made;
        }
        let inner = (**inner).clone();
        self.payload_of(made, &inner)
    }

    fn is_known(&mut self, option: &Expr) -> bool {
        let Some(path) = Path::of(option) else {
            return false;
        };
        self.spend(Task::Expressions, path.length());
        self.frame.known.contains(&path)
    }

    /// An expression whose option stays one, also where it is known to have a value.
    pub(super) fn option(&mut self, e: &'a ast::Expr, want: Option<&Type>) -> Expr {
        self.as_written(bare(e), want)
    }

    /// `x?`: the value of an option, or an error.
    pub(super) fn demand(&mut self, option: &'a ast::Expr, span: Span) -> Expr {
        let made = self.option(option, None);
        let inner = match &made.ty {
            Type::Error => return error_expr(),
            Type::Option(inner) => (**inner).clone(),
            other => {
                let text = format!("this is never none: its type is {}", self.show(other));
                return self.fail(error(codes::NEEDLESS_ELSE, span, text).help("remove the `?`"));
            }
        };
        if self.is_known(&made) {
            return self.payload_of(made, &inner);
        }
        let (local, value, subject) = self.keep(made);
        let point = self.point(span);
        let some = self.is_some(subject.clone());
        let payload = self.payload_of(subject, &inner);
        let missing = expr_at(ExprKind::NoValue, Type::Never, point);
        let made = if_expr(some, payload, missing, inner);
        self.kept(local, value, made)
    }
}

/// Whether an expression has the same value wherever it is evaluated in a body, at the cost of some loads.
pub(super) fn is_path(e: &Expr) -> bool {
    Path::of(e).is_some_and(|path| path.is_loads())
}

/// The paths that have a value when a condition turns out like this; gives the number of expressions that were read or kept.
fn known_when(cond: &Expr, when: When, found: &mut Vec<Path>) -> u64 {
    1 + match &cond.kind {
        ExprKind::IsSome(option) if when == When::True => match Path::of(option) {
            Some(path) => {
                let length = path.length();
                found.push(path);
                length
            }
            None => 0,
        },
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => known_when(expr, when.negated(), found),
        ExprKind::Probe { expr, .. } => known_when(expr, when, found),
        ExprKind::And(left, right) if when == When::True => {
            known_when(left, when, found) + known_when(right, when, found)
        }
        ExprKind::Or(left, right) if when == When::False => {
            known_when(left, when, found) + known_when(right, when, found)
        }
        _ => 0,
    }
}
