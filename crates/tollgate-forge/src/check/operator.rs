//! Operators on numbers: JavaScript's meaning for `number`, that of WebAssembly for the integer types.

use oxc_ast::ast::{self, Expression};
use oxc_syntax::operator::{BinaryOperator, UnaryOperator};
use tollgate_diagnostics::span::Span;

use super::absence::Loosely;
use super::body::Body;
use super::conversion::{convert, wrap};
use super::sought::Gap;
use super::sought_compared::asks;
use super::types::{Base, Int, Sign, Type};
use super::value::Value;
use crate::codes::types as codes;
use crate::ir::op::{Binary, Unary, Val};
use crate::ir::{Const, Expr};

/// An operator that computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
}

/// An operator that compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

enum Operator {
    Arithmetic(Arithmetic),
    Comparison(Comparison),
    /// `in`
    Dynamic,
}

fn operator(op: BinaryOperator) -> Operator {
    match op {
        BinaryOperator::Equality | BinaryOperator::StrictEquality => {
            Operator::Comparison(Comparison::Equal)
        }
        BinaryOperator::Inequality | BinaryOperator::StrictInequality => {
            Operator::Comparison(Comparison::NotEqual)
        }
        BinaryOperator::LessThan => Operator::Comparison(Comparison::Less),
        BinaryOperator::LessEqualThan => Operator::Comparison(Comparison::LessOrEqual),
        BinaryOperator::GreaterThan => Operator::Comparison(Comparison::Greater),
        BinaryOperator::GreaterEqualThan => Operator::Comparison(Comparison::GreaterOrEqual),
        BinaryOperator::In | BinaryOperator::Instanceof => Operator::Dynamic,
        BinaryOperator::Addition => Operator::Arithmetic(Arithmetic::Add),
        BinaryOperator::Subtraction => Operator::Arithmetic(Arithmetic::Subtract),
        BinaryOperator::Multiplication => Operator::Arithmetic(Arithmetic::Multiply),
        BinaryOperator::Division => Operator::Arithmetic(Arithmetic::Divide),
        BinaryOperator::Remainder => Operator::Arithmetic(Arithmetic::Remainder),
        BinaryOperator::Exponential => Operator::Arithmetic(Arithmetic::Power),
        BinaryOperator::BitwiseAnd => Operator::Arithmetic(Arithmetic::And),
        BinaryOperator::BitwiseOR => Operator::Arithmetic(Arithmetic::Or),
        BinaryOperator::BitwiseXOR => Operator::Arithmetic(Arithmetic::Xor),
        BinaryOperator::ShiftLeft => Operator::Arithmetic(Arithmetic::ShiftLeft),
        BinaryOperator::ShiftRight => Operator::Arithmetic(Arithmetic::ShiftRight),
        BinaryOperator::ShiftRightZeroFill => Operator::Arithmetic(Arithmetic::ShiftRightUnsigned),
    }
}

impl<'a> Body<'_, 'a> {
    pub(super) fn binary(
        &mut self,
        node: &'a ast::BinaryExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        if node.operator == BinaryOperator::Instanceof {
            let (value, id) = self.instance_test(node)?;
            let found = self.is_instance(value, id)?;
            return Some(Value::new(Type::Boolean, found));
        }
        let op = match operator(node.operator) {
            Operator::Arithmetic(op) => op,
            Operator::Comparison(op) => return self.comparison(op, node),
            Operator::Dynamic => {
                let tested = self.name_tested(node)?;
                return Some(Value::new(Type::Boolean, tested.expr));
            }
        };
        let (left, right) = self.pair(&node.left, &node.right, hint);
        self.arithmetic(op, left?, right?, span)
    }

    /// Computes, after both sides have been brought to one type.
    pub(super) fn arithmetic(
        &mut self,
        op: Arithmetic,
        left: Value,
        right: Value,
        span: Span,
    ) -> Option<Value> {
        let (left, right) = (widened(left), widened(right));
        let shift = matches!(
            op,
            Arithmetic::ShiftLeft | Arithmetic::ShiftRight | Arithmetic::ShiftRightUnsigned
        );
        // By how much an integer is shifted may have any integer type.
        if let (true, Type::Int(int), Type::Int(_)) = (shift, left.ty, right.ty) {
            let by = convert(
                right,
                if int.val() == Val::I64 {
                    Type::Int(Int::I64)
                } else {
                    Type::I32
                },
            )?;
            return Some(Value::new(left.ty, shifted(op, int, left.expr, by)));
        }
        let (a, b) = (left.ty, right.ty);
        if op == Arithmetic::Add && (a == Type::Text || b == Type::Text) {
            return self.concatenation(left, right, span);
        }
        if let Some(ty) = [a, b].into_iter().find(|ty| ty.absent().is_some()) {
            self.may_be_missing(ty, span);
            return None;
        }
        if let Some(ty) = [a, b].into_iter().find(|ty| ty.is_reference()) {
            let ty = self.checker.type_name(ty);
            let message = format!("`{}` does not work on `{ty}`", symbol(op));
            self.fail(
                codes::OPERAND,
                message,
                span,
                "numbers can be computed with: `Number(x)`",
            );
            return None;
        }
        if a == Type::Boolean || b == Type::Boolean {
            let help = "convert it in the open: `x ? 1 : 0`";
            let message = format!("`{}` does not work on `boolean`", symbol(op));
            self.fail(codes::OPERAND, message, span, help);
            return None;
        }
        let Some(ty) = a.common(b).map(Type::operand) else {
            self.mixed(a, b, symbol(op), span);
            return None;
        };
        let left = convert(left, ty)?;
        let right = convert(right, ty)?;
        match ty {
            Type::Int(int) => Some(Value::new(
                ty,
                self.integer_arithmetic(op, int, left, right)?,
            )),
            Type::Number => Some(Value::new(ty, self.number_arithmetic(op, left, right)?)),
            Type::F32 => self.float_arithmetic(op, left, right, span),
            // Booleans were refused, enums are numbers, and what has no value is no operand.
            Type::Boolean
            | Type::Enum(_)
            | Type::Text
            | Type::Array(_)
            | Type::Rest(_)
            | Type::Record(_)
            | Type::Class(_)
            | Type::Function(_)
            | Type::Maybe(..)
            | Type::Nothing(_)
            | Type::Exact(_)
            | Type::Union(_)
            | Type::Never
            | Type::Void => None,
        }
    }

    fn integer_arithmetic(
        &mut self,
        op: Arithmetic,
        int: Int,
        left: Expr,
        right: Expr,
    ) -> Option<Expr> {
        let wide = int.val() == Val::I64;
        let signed = int.signed();
        let binary = match (op, wide, signed) {
            (Arithmetic::Add, false, _) => Binary::I32Add,
            (Arithmetic::Add, true, _) => Binary::I64Add,
            (Arithmetic::Subtract, false, _) => Binary::I32Sub,
            (Arithmetic::Subtract, true, _) => Binary::I64Sub,
            (Arithmetic::Multiply, false, _) => Binary::I32Mul,
            (Arithmetic::Multiply, true, _) => Binary::I64Mul,
            (Arithmetic::Divide, false, true) => Binary::I32DivS,
            (Arithmetic::Divide, false, false) => Binary::I32DivU,
            (Arithmetic::Divide, true, true) => Binary::I64DivS,
            (Arithmetic::Divide, true, false) => Binary::I64DivU,
            (Arithmetic::Remainder, false, true) => Binary::I32RemS,
            (Arithmetic::Remainder, false, false) => Binary::I32RemU,
            (Arithmetic::Remainder, true, true) => Binary::I64RemS,
            (Arithmetic::Remainder, true, false) => Binary::I64RemU,
            (Arithmetic::And, false, _) => Binary::I32And,
            (Arithmetic::And, true, _) => Binary::I64And,
            (Arithmetic::Or, false, _) => Binary::I32Or,
            (Arithmetic::Or, true, _) => Binary::I64Or,
            (Arithmetic::Xor, false, _) => Binary::I32Xor,
            (Arithmetic::Xor, true, _) => Binary::I64Xor,
            (Arithmetic::Power, ..) => return self.integer_power(int, left, right),
            (
                Arithmetic::ShiftLeft | Arithmetic::ShiftRight | Arithmetic::ShiftRightUnsigned,
                ..,
            ) => {
                return Some(shifted(op, int, left, right));
            }
        };
        let result = left.binary(binary, right);
        // Bits of values in range stay in range.
        let stays = matches!(op, Arithmetic::And | Arithmetic::Or | Arithmetic::Xor);
        Some(if stays { result } else { wrap(int, result) })
    }

    fn integer_power(&mut self, int: Int, left: Expr, right: Expr) -> Option<Expr> {
        let name = match (int.val(), int.sign) {
            (Val::I64, Sign::Signed) => "powerI64",
            (Val::I64, Sign::Unsigned) => "powerU64",
            (_, Sign::Signed) => "powerI32",
            (_, Sign::Unsigned) => "powerU32",
        };
        let result = self.checker.standard_call(name, vec![left, right])?;
        Some(wrap(int, result))
    }

    pub(super) fn number_arithmetic(
        &mut self,
        op: Arithmetic,
        left: Expr,
        right: Expr,
    ) -> Option<Expr> {
        let bits = match op {
            Arithmetic::Add => return Some(left.binary(Binary::F64Add, right)),
            Arithmetic::Subtract => return Some(left.binary(Binary::F64Sub, right)),
            Arithmetic::Multiply => return Some(left.binary(Binary::F64Mul, right)),
            Arithmetic::Divide => return Some(left.binary(Binary::F64Div, right)),
            Arithmetic::Remainder => {
                return self.checker.standard_call("remainder", vec![left, right]);
            }
            Arithmetic::Power => return self.checker.standard_call("power", vec![left, right]),
            Arithmetic::And => Binary::I32And,
            Arithmetic::Or => Binary::I32Or,
            Arithmetic::Xor => Binary::I32Xor,
            Arithmetic::ShiftLeft => Binary::I32Shl,
            Arithmetic::ShiftRight => Binary::I32ShrS,
            Arithmetic::ShiftRightUnsigned => Binary::I32ShrU,
        };
        // The low five bits count, which is what WebAssembly takes by itself.
        let left = self.checker.low_bits(left)?;
        let right = self.checker.low_bits(right)?;
        let back = if op == Arithmetic::ShiftRightUnsigned {
            Unary::F64ConvertI32U
        } else {
            Unary::F64ConvertI32S
        };
        Some(left.binary(bits, right).unary(back))
    }

    fn float_arithmetic(
        &mut self,
        op: Arithmetic,
        left: Expr,
        right: Expr,
        span: Span,
    ) -> Option<Value> {
        let binary = match op {
            Arithmetic::Add => Binary::F32Add,
            Arithmetic::Subtract => Binary::F32Sub,
            Arithmetic::Multiply => Binary::F32Mul,
            Arithmetic::Divide => Binary::F32Div,
            Arithmetic::Remainder | Arithmetic::Power => {
                let wide = |expr: Expr| expr.unary(Unary::F64PromoteF32);
                let result = self.number_arithmetic(op, wide(left), wide(right))?;
                return Some(Value::new(Type::F32, result.unary(Unary::F32DemoteF64)));
            }
            Arithmetic::And
            | Arithmetic::Or
            | Arithmetic::Xor
            | Arithmetic::ShiftLeft
            | Arithmetic::ShiftRight
            | Arithmetic::ShiftRightUnsigned => {
                let help = "convert it in the open: `i32(x)`";
                self.fail(
                    codes::OPERAND,
                    format!("`{}` does not work on `f32`", symbol(op)),
                    span,
                    help,
                );
                return None;
            }
        };
        Some(Value::new(Type::F32, left.binary(binary, right)))
    }

    fn comparison(&mut self, op: Comparison, node: &'a ast::BinaryExpression<'a>) -> Option<Value> {
        if asks(op, node) {
            return self.compared_sought(op, node);
        }
        let span = self.place(node);
        let (left, right) = self.pair(&node.left, &node.right, None);
        let (left, right) = (left?, right?);
        for (side, ty, other) in [
            (&node.left, left.ty, right.ty),
            (&node.right, right.ty, left.ty),
        ] {
            if let Type::Nothing(_) = other {
                self.not_asked_late(side, ty);
            }
        }
        let expr = self.compare(op, left, right, node.operator.as_str(), span)?;
        Some(Value::new(Type::Boolean, expr))
    }

    /// Compares a value with an expression, as `===` does.
    pub(super) fn equals(&mut self, left: Value, right: &'a Expression<'a>) -> Option<Expr> {
        let span = self.place(right);
        let right = match self.constant(right) {
            Some(known) => super::conversion::literal(known, Some(left.ty.operand())),
            None => self.value(right, Some(left.ty))?,
        };
        self.compare(Comparison::Equal, left, right, "===", span)
    }

    fn compare(
        &mut self,
        op: Comparison,
        left: Value,
        right: Value,
        symbol: &str,
        span: Span,
    ) -> Option<Expr> {
        let (left, right) = (widened(left), widened(right));
        let (a, b) = (left.ty, right.ty);
        if [a, b]
            .into_iter()
            .any(|ty| matches!(ty.base(), Some(Base::Union(_))))
        {
            return match op {
                Comparison::Equal => self.same_union(left, right, loosely(symbol), span),
                Comparison::NotEqual => self.differs_union(left, right, loosely(symbol), span),
                Comparison::Less
                | Comparison::LessOrEqual
                | Comparison::Greater
                | Comparison::GreaterOrEqual => {
                    self.mixed(a, b, symbol, span);
                    None
                }
            };
        }
        if let Some(ty) = [a, b].into_iter().find(|ty| ty.absent().is_some()) {
            return match op {
                Comparison::Equal => self.same_maybe(left, right, loosely(symbol), span),
                Comparison::NotEqual => {
                    let same = self.same_maybe(left, right, loosely(symbol), span)?;
                    Some(same.unary(Unary::I32Eqz))
                }
                Comparison::Less
                | Comparison::LessOrEqual
                | Comparison::Greater
                | Comparison::GreaterOrEqual => {
                    self.may_be_missing(ty, span);
                    None
                }
            };
        }
        let Some(ty) = self.checker.common(a, b).map(Type::operand) else {
            self.mixed(a, b, symbol, span);
            return None;
        };
        if ty == Type::Text {
            return self.compare_texts(op, left.expr, right.expr);
        }
        if ty.is_reference() && !matches!(op, Comparison::Equal | Comparison::NotEqual) {
            let name = self.checker.type_name(ty);
            let message = format!("`{symbol}` does not work on `{name}`");
            self.fail(codes::OPERAND, message, span, "compare what is in them");
            return None;
        }
        let binary = comparison(op, ty)?;
        if ty.is_reference() {
            // The addresses say whether they are one.
            return Some(left.expr.binary(binary, right.expr));
        }
        Some(convert(left, ty)?.binary(binary, convert(right, ty)?))
    }

    /// Whether two values are the same, as `===` says.
    pub(super) fn same(&mut self, left: Value, right: Value, span: Span) -> Option<Expr> {
        self.equal(left, right, "===", span)
    }

    /// Whether two values are equal, as an operator says.
    pub(super) fn equal(
        &mut self,
        left: Value,
        right: Value,
        symbol: &str,
        span: Span,
    ) -> Option<Expr> {
        self.compare(Comparison::Equal, left, right, symbol, span)
    }

    fn compare_texts(&mut self, op: Comparison, left: Expr, right: Expr) -> Option<Expr> {
        let name = match op {
            Comparison::Equal | Comparison::NotEqual => "sameText",
            _ => "compareTexts",
        };
        let found = self.checker.standard_call(name, vec![left, right])?;
        Some(match op {
            Comparison::Equal => found,
            Comparison::NotEqual => found.unary(Unary::I32Eqz),
            _ => found.binary(comparison(op, Type::I32)?, Expr::i32(0)),
        })
    }

    pub(super) fn unary(
        &mut self,
        node: &'a ast::UnaryExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        match node.operator {
            UnaryOperator::LogicalNot => {
                let inner = self.condition(&node.argument)?;
                Some(Value::new(Type::Boolean, inner.unary(Unary::I32Eqz)))
            }
            UnaryOperator::UnaryPlus | UnaryOperator::UnaryNegation | UnaryOperator::BitwiseNot => {
                let hint = hint.filter(|ty| *ty != Type::Boolean);
                let mut value = widened(self.value(&node.argument, hint)?);
                if value.ty == Type::Boolean {
                    value = Value::new(Type::Number, convert(value, Type::Number)?);
                }
                if value.ty == Type::Text {
                    value = self.number_of_text(value.expr)?;
                }
                if value.ty.absent().is_some() {
                    self.may_be_missing(value.ty, span);
                    return None;
                }
                if value.ty.is_reference() {
                    let ty = self.checker.type_name(value.ty);
                    let message = format!("`{}` does not work on `{ty}`", node.operator.as_str());
                    self.fail(codes::OPERAND, message, span, "use one of its elements");
                    return None;
                }
                let ty = value.ty.operand();
                let value = Value::new(ty, value.expr);
                match node.operator {
                    UnaryOperator::UnaryPlus => Some(value),
                    UnaryOperator::UnaryNegation => negated(value),
                    _ => self.inverted(value, span),
                }
            }
            UnaryOperator::Typeof => {
                let value = self.value_with(&node.argument, None, Gap::Undefined)?;
                self.type_of(value)
            }
            UnaryOperator::Void => {
                let help = "use the expression as a statement";
                self.fail(codes::NO_VALUE, "`void` has no value", span, help);
                None
            }
            UnaryOperator::Delete => self.deleted(node),
        }
    }

    fn inverted(&mut self, value: Value, span: Span) -> Option<Value> {
        match value.ty {
            Type::Int(int) => {
                let expr = match int.val() {
                    Val::I64 => value.expr.binary(Binary::I64Xor, Expr::i64(-1)),
                    Val::I32 | Val::F32 | Val::F64 => {
                        wrap(int, value.expr.binary(Binary::I32Xor, Expr::i32(-1)))
                    }
                };
                Some(Value::new(value.ty, expr))
            }
            Type::F32 => {
                self.fail(
                    codes::OPERAND,
                    "`~` does not work on `f32`",
                    span,
                    "convert it in the open: `i32(x)`",
                );
                None
            }
            Type::Number
            | Type::Boolean
            | Type::Enum(_)
            | Type::Text
            | Type::Array(_)
            | Type::Rest(_)
            | Type::Record(_)
            | Type::Class(_)
            | Type::Function(_)
            | Type::Maybe(..)
            | Type::Nothing(_)
            | Type::Exact(_)
            | Type::Union(_)
            | Type::Never
            | Type::Void => {
                let bits = self.checker.low_bits(value.expr)?;
                let expr = bits
                    .binary(Binary::I32Xor, Expr::i32(-1))
                    .unary(Unary::F64ConvertI32S);
                Some(Value::new(Type::Number, expr))
            }
        }
    }
}

fn negated(value: Value) -> Option<Value> {
    let expr = match value.ty {
        Type::Int(int) => match int.val() {
            Val::I64 => Expr::i64(0).binary(Binary::I64Sub, value.expr),
            Val::I32 | Val::F32 | Val::F64 => {
                wrap(int, Expr::i32(0).binary(Binary::I32Sub, value.expr))
            }
        },
        Type::F32 => value.expr.unary(Unary::F32Neg),
        Type::Number => value.expr.unary(Unary::F64Neg),
        Type::Boolean
        | Type::Enum(_)
        | Type::Text
        | Type::Array(_)
        | Type::Rest(_)
        | Type::Record(_)
        | Type::Class(_)
        | Type::Function(_)
        | Type::Maybe(..)
        | Type::Nothing(_)
        | Type::Exact(_)
        | Type::Union(_)
        | Type::Never
        | Type::Void => return None,
    };
    Some(Value::new(value.ty, expr))
}

/// Shifts an integer. As many bits of the right side count as the width needs.
fn shifted(op: Arithmetic, int: Int, left: Expr, by: Expr) -> Expr {
    if int.val() == Val::I64 {
        let binary = match (op, int.sign) {
            (Arithmetic::ShiftLeft, _) => Binary::I64Shl,
            (Arithmetic::ShiftRight, Sign::Signed) => Binary::I64ShrS,
            _ => Binary::I64ShrU,
        };
        return left.binary(binary, by);
    }
    let mask = int.bits.count().cast_signed() - 1;
    let by = if int.small() {
        by.binary(Binary::I32And, Expr::i32(mask))
    } else {
        by
    };
    let (left, binary) = match (op, int.sign) {
        (Arithmetic::ShiftLeft, _) => (left, Binary::I32Shl),
        (Arithmetic::ShiftRight, Sign::Signed) => (left, Binary::I32ShrS),
        // The bits of the type alone are shifted, not those of the sign before them.
        _ if int.small() && int.signed() => {
            let unsigned = Int::new(int.bits, Sign::Unsigned);
            (wrap(unsigned, left), Binary::I32ShrU)
        }
        _ => (left, Binary::I32ShrU),
    };
    wrap(int, left.binary(binary, by))
}

/// Returns the instruction that compares operands of a type.
fn comparison(op: Comparison, ty: Type) -> Option<Binary> {
    let val = ty.val()?;
    let signed = matches!(ty, Type::Int(int) if int.signed());
    Some(match (op, val, signed) {
        (Comparison::Equal, Val::I32, _) => Binary::I32Eq,
        (Comparison::Equal, Val::I64, _) => Binary::I64Eq,
        (Comparison::Equal, Val::F32, _) => Binary::F32Eq,
        (Comparison::Equal, Val::F64, _) => Binary::F64Eq,
        (Comparison::NotEqual, Val::I32, _) => Binary::I32Ne,
        (Comparison::NotEqual, Val::I64, _) => Binary::I64Ne,
        (Comparison::NotEqual, Val::F32, _) => Binary::F32Ne,
        (Comparison::NotEqual, Val::F64, _) => Binary::F64Ne,
        (Comparison::Less, Val::I32, true) => Binary::I32LtS,
        (Comparison::Less, Val::I32, false) => Binary::I32LtU,
        (Comparison::Less, Val::I64, true) => Binary::I64LtS,
        (Comparison::Less, Val::I64, false) => Binary::I64LtU,
        (Comparison::Less, Val::F32, _) => Binary::F32Lt,
        (Comparison::Less, Val::F64, _) => Binary::F64Lt,
        (Comparison::LessOrEqual, Val::I32, true) => Binary::I32LeS,
        (Comparison::LessOrEqual, Val::I32, false) => Binary::I32LeU,
        (Comparison::LessOrEqual, Val::I64, true) => Binary::I64LeS,
        (Comparison::LessOrEqual, Val::I64, false) => Binary::I64LeU,
        (Comparison::LessOrEqual, Val::F32, _) => Binary::F32Le,
        (Comparison::LessOrEqual, Val::F64, _) => Binary::F64Le,
        (Comparison::Greater, Val::I32, true) => Binary::I32GtS,
        (Comparison::Greater, Val::I32, false) => Binary::I32GtU,
        (Comparison::Greater, Val::I64, true) => Binary::I64GtS,
        (Comparison::Greater, Val::I64, false) => Binary::I64GtU,
        (Comparison::Greater, Val::F32, _) => Binary::F32Gt,
        (Comparison::Greater, Val::F64, _) => Binary::F64Gt,
        (Comparison::GreaterOrEqual, Val::I32, true) => Binary::I32GeS,
        (Comparison::GreaterOrEqual, Val::I32, false) => Binary::I32GeU,
        (Comparison::GreaterOrEqual, Val::I64, true) => Binary::I64GeS,
        (Comparison::GreaterOrEqual, Val::I64, false) => Binary::I64GeU,
        (Comparison::GreaterOrEqual, Val::F32, _) => Binary::F32Ge,
        (Comparison::GreaterOrEqual, Val::F64, _) => Binary::F64Ge,
    })
}

/// A value as one of its kind, whatever values its type lists.
fn widened(value: Value) -> Value {
    Value::new(value.ty.widened(), value.expr)
}

/// Whether an operator takes `null` and `undefined` for the same.
pub(super) fn loosely(symbol: &str) -> Loosely {
    match symbol {
        "==" | "!=" => Loosely::Yes,
        _ => Loosely::No,
    }
}

pub(super) fn symbol(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Remainder => "%",
        Arithmetic::Power => "**",
        Arithmetic::And => "&",
        Arithmetic::Or => "|",
        Arithmetic::Xor => "^",
        Arithmetic::ShiftLeft => "<<",
        Arithmetic::ShiftRight => ">>",
        Arithmetic::ShiftRightUnsigned => ">>>",
    }
}

/// Returns the arithmetic of an operator, if it has one.
pub(super) fn arithmetic_of(op: BinaryOperator) -> Option<Arithmetic> {
    match operator(op) {
        Operator::Arithmetic(op) => Some(op),
        Operator::Comparison(_) | Operator::Dynamic => None,
    }
}

/// The number one of a type.
pub(super) fn one(ty: Type) -> Option<Expr> {
    Some(match ty.val()? {
        Val::I32 => Expr::i32(1),
        Val::I64 => Expr::i64(1),
        Val::F32 => Expr::Const(Const::f32(1.0)),
        Val::F64 => Expr::f64(1.0),
    })
}
