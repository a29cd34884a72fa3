//! Numbers that are known when the program is built: literals, and what operators make of them.
//!
//! Such a number has no type of its own yet. It takes the type that its use needs, if it is a value of that type, so
//! `let x: u8 = 200 + 55` works and `let x: u8 = 256` is an error. It is computed as JavaScript would.

use std::collections::HashMap;

use oxc_ast::ast::Expression;
use oxc_syntax::number::NumberBase;
use oxc_syntax::operator::{BinaryOperator, UnaryOperator};

use super::types::{EnumId, Int};
use crate::limits::EXPR_HEIGHT_MAX;
use crate::number::{exact_power, to_int32, to_uint32};

/// A known number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Constant {
    pub(super) number: f64,
    /// The whole number, where `number` may be rounded.
    pub(super) whole: Option<i128>,
    /// The enum that it is a member of.
    pub(super) member_of: Option<EnumId>,
}

impl Constant {
    pub(super) fn new(number: f64) -> Self {
        Self {
            number,
            whole: None,
            member_of: None,
        }
    }

    pub(super) fn whole(whole: i128) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the exact value is kept beside it"
        )]
        Self {
            number: whole as f64,
            whole: Some(whole),
            member_of: None,
        }
    }

    /// Returns the number as a variable of type `number` holds it.
    pub(super) fn rounded(self) -> Self {
        Self {
            whole: None,
            ..self
        }
    }

    /// Returns the value as one of an integer type, if it is one.
    pub(super) fn integer(self, ty: Int) -> Option<i128> {
        let value = match self.whole {
            Some(whole) => whole,
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number of at most 53 bits"
            )]
            None if self.number.fract() == 0.0 && self.number.abs() <= 9_007_199_254_740_992.0 => {
                self.number as i128
            }
            None => return None,
        };
        (ty.min()..=ty.max()).contains(&value).then_some(value)
    }
}

/// Where the names in a constant come from.
pub(super) trait Names {
    fn name(&mut self, name: &str) -> Option<Constant>;
    fn member(&mut self, object: &str, member: &str) -> Option<Constant>;
}

/// Computes an expression, if everything in it is known.
pub(super) fn evaluate(
    names: &mut dyn Names,
    expr: &Expression<'_>,
    depth: u32,
) -> Option<Constant> {
    if depth > EXPR_HEIGHT_MAX {
        return None;
    }
    match expr {
        Expression::NumericLiteral(literal) => Some(Constant {
            number: literal.value,
            whole: literal
                .raw
                .as_ref()
                .and_then(|raw| whole(raw.as_str(), literal.base)),
            member_of: None,
        }),
        Expression::ParenthesizedExpression(inner) => evaluate(names, &inner.expression, depth + 1),
        Expression::Identifier(id) => names.name(id.name.as_str()),
        Expression::StaticMemberExpression(member) if !member.optional => match &member.object {
            Expression::Identifier(object) => {
                names.member(object.name.as_str(), member.property.name.as_str())
            }
            _ => None,
        },
        Expression::UnaryExpression(unary) => {
            // What cannot be computed is not looked into.
            if !matches!(
                unary.operator,
                UnaryOperator::UnaryNegation | UnaryOperator::UnaryPlus | UnaryOperator::BitwiseNot
            ) {
                return None;
            }
            let value = evaluate(names, &unary.argument, depth + 1)?;
            match unary.operator {
                UnaryOperator::UnaryNegation => Some(Constant {
                    number: -value.number,
                    whole: value.whole.map(|whole| -whole),
                    member_of: None,
                }),
                UnaryOperator::UnaryPlus => Some(Constant {
                    member_of: None,
                    ..value
                }),
                UnaryOperator::BitwiseNot => {
                    Some(Constant::new(f64::from(!to_int32(value.number))))
                }
                UnaryOperator::LogicalNot
                | UnaryOperator::Typeof
                | UnaryOperator::Void
                | UnaryOperator::Delete => None,
            }
        }
        Expression::BinaryExpression(binary) => {
            let left = evaluate(names, &binary.left, depth + 1)?;
            let right = evaluate(names, &binary.right, depth + 1)?;
            combine(binary.operator, left.number, right.number).map(Constant::new)
        }
        _ => None,
    }
}

fn combine(operator: BinaryOperator, a: f64, b: f64) -> Option<f64> {
    let bits = |f: fn(i32, i32) -> i32| Some(f64::from(f(to_int32(a), to_int32(b))));
    match operator {
        BinaryOperator::Addition => Some(a + b),
        BinaryOperator::Subtraction => Some(a - b),
        BinaryOperator::Multiplication => Some(a * b),
        BinaryOperator::Division => Some(a / b),
        BinaryOperator::Remainder => Some(a % b),
        BinaryOperator::Exponential => exact_power(a, b),
        BinaryOperator::BitwiseAnd => bits(|a, b| a & b),
        BinaryOperator::BitwiseOR => bits(|a, b| a | b),
        BinaryOperator::BitwiseXOR => bits(|a, b| a ^ b),
        BinaryOperator::ShiftLeft => bits(|a, b| a.wrapping_shl(b.cast_unsigned())),
        BinaryOperator::ShiftRight => bits(|a, b| a.wrapping_shr(b.cast_unsigned())),
        BinaryOperator::ShiftRightZeroFill => {
            Some(f64::from(to_uint32(a).wrapping_shr(to_uint32(b))))
        }
        BinaryOperator::Equality
        | BinaryOperator::Inequality
        | BinaryOperator::StrictEquality
        | BinaryOperator::StrictInequality
        | BinaryOperator::LessThan
        | BinaryOperator::LessEqualThan
        | BinaryOperator::GreaterThan
        | BinaryOperator::GreaterEqualThan
        | BinaryOperator::In
        | BinaryOperator::Instanceof => None,
    }
}

/// Reads a whole number from its text, where it has at most 127 bits.
fn whole(raw: &str, base: NumberBase) -> Option<i128> {
    let digits: String = raw.chars().filter(|c| *c != '_').collect();
    let (radix, digits) = match base {
        NumberBase::Binary => (2, digits.get(2..)?),
        NumberBase::Octal => (8, digits.get(2..)?),
        NumberBase::Hex => (16, digits.get(2..)?),
        NumberBase::Decimal | NumberBase::Float => (10, digits.as_str()),
    };
    i128::from_str_radix(digits, radix).ok()
}

/// The members of an enum whose values are known so far.
#[derive(Default)]
pub(super) struct Members<'a> {
    pub(super) by_name: HashMap<&'a str, f64>,
}

impl<'a> Members<'a> {
    pub(super) fn get(&self, name: &str) -> Option<f64> {
        self.by_name.get(name).copied()
    }
}
