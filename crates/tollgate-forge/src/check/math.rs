//! The functions and constants of `Math`, all on `number`.

use oxc_ast::ast;

use super::body::Body;
use super::takes::spreads;
use super::types::Type;
use super::value::Value;
use crate::ir::Expr;
use crate::ir::op::{Binary, Unary};

/// The constants.
pub(super) const CONSTANTS: &[(&str, f64)] = &[
    ("E", std::f64::consts::E),
    ("LN10", std::f64::consts::LN_10),
    ("LN2", std::f64::consts::LN_2),
    ("LOG10E", std::f64::consts::LOG10_E),
    ("LOG2E", std::f64::consts::LOG2_E),
    ("PI", std::f64::consts::PI),
    ("SQRT1_2", std::f64::consts::FRAC_1_SQRT_2),
    ("SQRT2", std::f64::consts::SQRT_2),
];

/// The functions.
pub(super) const FUNCTIONS: &[&str] = &[
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clz32",
    "cos", "cosh", "exp", "expm1", "floor", "fround", "hypot", "imul", "log", "log10", "log1p",
    "log2", "max", "min", "pow", "random", "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh",
    "trunc",
];

impl<'a> Body<'_, 'a> {
    pub(super) fn math(&mut self, name: &str, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let expr = match name {
            "min" => self.folded(node, Binary::F64Min, f64::INFINITY)?,
            "max" => self.folded(node, Binary::F64Max, f64::NEG_INFINITY)?,
            "hypot" => self.hypotenuse(node)?,
            "random" => {
                self.exactly::<0>(name, node)?;
                self.checker.standard_call("random", Vec::new())?
            }
            "atan2" | "pow" | "imul" => {
                let [left, right] = self.exactly::<2>(name, node)?;
                let left = self.value_as(left, Type::Number);
                let right = self.value_as(right, Type::Number);
                self.math_of_two(name, left?, right?)?
            }
            _ => {
                let [argument] = self.exactly::<1>(name, node)?;
                let value = self.value_as(argument, Type::Number)?;
                self.math_of_one(name, value)?
            }
        };
        Some(Value::new(Type::Number, expr))
    }

    fn math_of_two(&mut self, name: &str, left: Expr, right: Expr) -> Option<Expr> {
        match name {
            "imul" => {
                let (left, right) = (self.checker.low_bits(left)?, self.checker.low_bits(right)?);
                Some(
                    left.binary(Binary::I32Mul, right)
                        .unary(Unary::F64ConvertI32S),
                )
            }
            "pow" => self.checker.standard_call("power", vec![left, right]),
            _ => self.checker.standard_call(name, vec![left, right]),
        }
    }

    fn math_of_one(&mut self, name: &str, value: Expr) -> Option<Expr> {
        let op = match name {
            "abs" => Unary::F64Abs,
            "ceil" => Unary::F64Ceil,
            "floor" => Unary::F64Floor,
            "trunc" => Unary::F64Trunc,
            "sqrt" => Unary::F64Sqrt,
            "fround" => return Some(value.unary(Unary::F32DemoteF64).unary(Unary::F64PromoteF32)),
            "clz32" => {
                let bits = self.checker.low_bits(value)?;
                return Some(bits.unary(Unary::I32Clz).unary(Unary::F64ConvertI32S));
            }
            _ => return self.checker.standard_call(name, vec![value]),
        };
        Some(value.unary(op))
    }

    /// A function of any number of arguments that is one of two at a time.
    fn folded(
        &mut self,
        node: &'a ast::CallExpression<'a>,
        op: Binary,
        of_none: f64,
    ) -> Option<Expr> {
        if spreads(&node.arguments) {
            return self.folded_spread(node, (op, of_none));
        }
        let mut values = Vec::new();
        for argument in self.arguments(node)? {
            values.push(self.value_as(argument, Type::Number)?);
        }
        let mut values = values.into_iter();
        let Some(first) = values.next() else {
            return Some(Expr::f64(of_none));
        };
        let first = Value::new(Type::Number, first);
        let value = self.chained(first, values, |_, a, b| Some(a.binary(op, b)))?;
        Some(value.expr)
    }

    fn hypotenuse(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Expr> {
        let list = self.arguments(node)?;
        let given = list.len();
        let mut values = Vec::new();
        for argument in list {
            values.push(self.value_as(argument, Type::Number)?);
        }
        match values.len() {
            0 => Some(Expr::f64(0.0)),
            1 => values.pop().map(|value| value.unary(Unary::F64Abs)),
            2 => self.checker.standard_call("hypot2", values),
            3 => self.checker.standard_call("hypot3", values),
            _ => {
                let span = self.place(node);
                self.wrong_count("Math.hypot", given, 0, 3, span);
                None
            }
        }
    }
}
