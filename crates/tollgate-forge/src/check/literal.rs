//! Types that list their values: `"a" | "b"`, `0 | 1`, `true`.
//!
//! A value of such a type lies as all values of its kind do, so the list is known to the checker alone.

use oxc_ast::ast::{self, Expression};
use oxc_syntax::operator::UnaryOperator;
use tollgate_diagnostics::span::Span;

use super::annotation::Sight;
use super::asked::Outcome;
use super::body::Body;
use super::checker::Checker;
use super::listed::Literal;
use super::report::{error, place};
use super::types::{Base, Exact, Type};
use super::value::Value;
use crate::codes::{program, unsupported};
use crate::limits::{ALTERNATIVES_MAX, PROGRAM_ALTERNATIVES_MAX};

impl<'a> Checker<'a> {
    /// `"a"`, `1` or `true` as a type.
    pub(super) fn literal_type(
        &mut self,
        sight: Sight<'_, 'a>,
        node: &'a ast::TSLiteralType<'a>,
    ) -> Option<Type> {
        let found = match &node.literal {
            ast::TSLiteral::BooleanLiteral(literal) => Some(Literal::Boolean(literal.value)),
            ast::TSLiteral::NumericLiteral(literal) => Literal::number(literal.value),
            ast::TSLiteral::StringLiteral(literal) if !literal.lone_surrogates => {
                Some(Literal::Text(literal.value.as_str()))
            }
            ast::TSLiteral::UnaryExpression(unary) => match (unary.operator, &unary.argument) {
                (UnaryOperator::UnaryNegation, Expression::NumericLiteral(literal)) => {
                    Literal::number(-literal.value)
                }
                _ => None,
            },
            ast::TSLiteral::StringLiteral(_)
            | ast::TSLiteral::BigIntLiteral(_)
            | ast::TSLiteral::TemplateLiteral(_) => None,
        };
        let span = place(sight.file, node);
        let Some(found) = found else {
            self.report(
                error(unsupported::TYPE, "this is no value that a type can list")
                    .at(span, "this type")
                    .help("a type lists texts, numbers and booleans: `\"a\" | \"b\"`, `0 | 1`, `true`"),
            );
            return None;
        };
        let ty = self.literals.of(vec![found]);
        if ty.is_none() {
            self.too_many_alternatives(span);
        }
        ty
    }

    /// Reports a type of too many alternatives, or too many of them together.
    pub(super) fn too_many_alternatives(&mut self, span: Span) {
        let message = format!(
            "a type has more than {ALTERNATIVES_MAX} alternatives, or all types together more than {PROGRAM_ALTERNATIVES_MAX}"
        );
        self.report(
            error(program::PROGRAM_TOO_LARGE, message)
                .at(span, "this type")
                .help("write `string` or `number`, and look at the value"),
        );
    }

    /// The type of the values of a kind that pass a test; `None` if too many lists are known already.
    pub(super) fn listed_values(
        &mut self,
        exact: Exact,
        keep: impl Fn(Literal<'a>) -> bool,
    ) -> Option<Type> {
        let values = self.literals.values(exact).iter().copied();
        let values: Vec<_> = values.filter(|value| keep(*value)).collect();
        if values.is_empty() {
            return Some(Type::Never);
        }
        self.literals.of(values)
    }

    /// The values of a type that count as true, or those that do not.
    pub(super) fn values_of_truth(&mut self, exact: Exact, outcome: Outcome) -> Option<Type> {
        self.listed_values(exact, |value| value.truth() == (outcome == Outcome::Yes))
    }

    /// Whether a value of a type may count as true, and whether one may not.
    pub(super) fn truths(&self, ty: Type) -> (bool, bool) {
        match ty {
            Type::Exact(exact) => {
                let values = self.literals.values(exact);
                (
                    values.iter().any(|value| value.truth()),
                    values.iter().any(|value| !value.truth()),
                )
            }
            Type::Maybe(base, _) => (self.truths(base.ty()).0, true),
            Type::Nothing(_) => (false, true),
            Type::Array(_) | Type::Record(_) | Type::Class(_) | Type::Function(_) => (true, false),
            Type::Never => (false, false),
            Type::Boolean
            | Type::Int(_)
            | Type::F32
            | Type::Number
            | Type::Enum(_)
            | Type::Text
            | Type::Rest(_)
            | Type::Union(_)
            | Type::Void => (true, true),
        }
    }
}

impl<'a> Body<'_, 'a> {
    /// The value that an expression shows, if it is a literal or a number that is known.
    pub(super) fn literal_value(&mut self, expr: &'a Expression<'a>) -> Option<Literal<'a>> {
        if let Some(constant) = self.constant(expr) {
            return Literal::number(constant.number);
        }
        match expr.without_parentheses() {
            Expression::BooleanLiteral(literal) => Some(Literal::Boolean(literal.value)),
            Expression::StringLiteral(literal) if !literal.lone_surrogates => {
                Some(Literal::Text(literal.value.as_str()))
            }
            Expression::TemplateLiteral(template) => match template.quasis.as_slice() {
                [only] if template.expressions.is_empty() && !only.lone_surrogates => only
                    .value
                    .cooked
                    .as_ref()
                    .map(|text| Literal::Text(text.as_str())),
                _ => None,
            },
            Expression::TSAsExpression(cast) => self.literal_value(&cast.expression),
            _ => None,
        }
    }

    /// A literal as a value of the type that lists it alone, where such a type is wanted.
    pub(super) fn as_listed(
        &mut self,
        expr: &'a Expression<'a>,
        value: Value,
        hint: Option<Type>,
    ) -> Value {
        let wanted = matches!(
            hint.and_then(Type::base),
            Some(Base::Exact(_) | Base::Union(_))
        );
        if !wanted
            || !matches!(
                value.ty,
                Type::Text | Type::Number | Type::Boolean | Type::Enum(_)
            )
        {
            return value;
        }
        match self.single(expr) {
            Some(ty) if ty.operand() == value.ty.operand() => Value::new(ty, value.expr),
            _ => value,
        }
    }

    /// The type that lists the value of a literal alone.
    pub(super) fn single(&mut self, expr: &'a Expression<'a>) -> Option<Type> {
        let literal = self.literal_value(expr)?;
        self.checker.literals.of(vec![literal])
    }
}
