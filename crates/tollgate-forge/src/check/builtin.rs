//! Names that need no declaration: constants, conversions, the functions of AssemblyScript on numbers, `Number`.

use oxc_ast::ast;

use super::body::Body;
use super::constant::Constant;
use super::conversion::wrap;
use super::report::THE_PAGE;
use super::types::{Bits, Int, NAMED, Sign, Type, named};
use super::value::{Called, Value};
use super::{json, math};
use crate::codes::{Code, types as codes, unsupported};
use crate::ir::op::{Access, Binary, Unary, Val};
use crate::ir::{Expr, Stmt};

/// Where the host writes random bytes.
const RANDOM_ADDRESS: u32 = 8;

/// Functions that are called by their name alone, conversions left out.
pub(super) const FUNCTION_NAMES: &[&str] = &[
    "String",
    "abs",
    "assert",
    "bool",
    "ceil",
    "clz",
    "copysign",
    "ctz",
    "f32",
    "f64",
    "floor",
    "i16",
    "i32",
    "i64",
    "i8",
    "isFinite",
    "isNaN",
    "max",
    "min",
    "nearest",
    "parseFloat",
    "parseInt",
    "popcnt",
    "reinterpret",
    "rotl",
    "rotr",
    "select",
    "sqrt",
    "trunc",
    "u16",
    "u32",
    "u64",
    "u8",
    "unreachable",
];

/// Whether a name stands for a built-in function.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTION_NAMES.contains(&name)
}

/// Whether a name stands for an object with members.
pub(super) fn is_object(name: &str) -> bool {
    name == "Math"
        || name == "Object"
        || name == "Number"
        || name == "String"
        || name == "JSON"
        || matches!(named(name), Some(Type::Int(_) | Type::F32 | Type::Number))
}

const NUMBER_FUNCTIONS: &[&str] = &["isFinite", "isInteger", "isNaN", "isSafeInteger"];

const NUMBER_CONSTANTS: &[(&str, f64)] = &[
    ("EPSILON", f64::EPSILON),
    ("MAX_SAFE_INTEGER", 9_007_199_254_740_991.0),
    ("MIN_SAFE_INTEGER", -9_007_199_254_740_991.0),
    ("MAX_VALUE", f64::MAX),
    ("MIN_VALUE", 5e-324),
    ("NaN", f64::NAN),
    ("POSITIVE_INFINITY", f64::INFINITY),
    ("NEGATIVE_INFINITY", f64::NEG_INFINITY),
];

/// Returns the members of a built-in object.
pub(super) fn members(object: &str) -> impl Iterator<Item = &'static str> {
    let (functions, constants): (&[&str], Vec<&'static str>) = match object {
        "Math" => (
            math::FUNCTIONS,
            math::CONSTANTS.iter().map(|(n, _)| *n).collect(),
        ),
        "Number" => (
            NUMBER_FUNCTIONS,
            NUMBER_CONSTANTS.iter().map(|(n, _)| *n).collect(),
        ),
        "JSON" => (json::FUNCTIONS, Vec::new()),
        "Object" => (super::dictionary::FUNCTIONS, Vec::new()),
        _ => (&[], vec!["MAX_VALUE", "MIN_VALUE"]),
    };
    functions.iter().copied().chain(constants)
}

/// Returns the value of a built-in constant.
pub(super) fn constant(name: &str) -> Option<Constant> {
    match name {
        "NaN" => Some(Constant::new(f64::NAN)),
        "Infinity" => Some(Constant::new(f64::INFINITY)),
        _ => None,
    }
}

/// Returns the value of a constant member of a built-in object.
pub(super) fn member_constant(object: &str, member: &str) -> Option<Constant> {
    let find = |list: &[(&str, f64)]| {
        list.iter()
            .find(|(n, _)| *n == member)
            .map(|(_, v)| Constant::new(*v))
    };
    match (object, named(object)) {
        ("Math", _) => find(math::CONSTANTS),
        ("Number" | "f64", _) => find(NUMBER_CONSTANTS),
        (_, Some(Type::F32)) => match member {
            "MAX_VALUE" => Some(Constant::new(f64::from(f32::MAX))),
            "MIN_VALUE" => Some(Constant::new(f64::from(f32::from_bits(1)))),
            "EPSILON" => Some(Constant::new(f64::from(f32::EPSILON))),
            _ => None,
        },
        (_, Some(Type::Int(int))) => match member {
            "MAX_VALUE" => Some(Constant::whole(int.max())),
            "MIN_VALUE" => Some(Constant::whole(int.min())),
            _ => None,
        },
        _ => None,
    }
}

/// Says why a name of JavaScript's surroundings is not there.
pub(super) fn elsewhere(name: &str) -> Option<(Code, String, &'static str)> {
    let host = "declare the function that the host gives, and call it: `declare function log(x: number): void;`";
    Some(match name {
        "eval" | "arguments" | "require" | "Function" | "Proxy" | "Reflect" => (
            unsupported::DYNAMIC,
            format!("`{name}` is not in a compiled program"),
            "write what it is to do in the program itself",
        ),
        "console" => (
            unsupported::HOST,
            "`console` is not available in a module".to_owned(),
            "declare a function that the host gives, `declare function log(text: string): void;`, and call it: `log(\"text\")`",
        ),
        "Date" => (
            unsupported::HOST,
            "`Date` is not available in a module".to_owned(),
            "take the time as a parameter, `function main(now: number)`, or declare a function that the host gives, `declare function now(): number;`, and call it: `now()`",
        ),
        "process" | "performance" | "crypto" | "fetch" | "setTimeout" | "setInterval" | "Deno"
        | "window" | "document" | "globalThis" | "self" | "navigator" | "Atomics"
        | "SharedArrayBuffer" | "WebAssembly" | "queueMicrotask" | "structuredClone" | "trace"
        | "Intl" => (
            unsupported::HOST,
            format!("`{name}` is not available in a module"),
            host,
        ),
        "RegExp" | "Symbol" | "encodeURIComponent" | "decodeURIComponent" => (
            unsupported::STRING,
            format!("`{name}` is not supported yet"),
            THE_PAGE,
        ),
        name if super::known::typed_array::kind_named(name).is_some() => (
            unsupported::ARRAY,
            format!("`{name}` is used as a value"),
            "make one, `new Uint8Array(8)`, or write it as a type",
        ),
        "Array" | "BigInt64Array" | "BigUint64Array" | "ArrayBuffer" | "DataView"
        | "StaticArray" | "load" | "store" | "memory" | "heap" | "changetype" => (
            unsupported::ARRAY,
            "arrays and memory are not supported yet".to_owned(),
            "keep the elements in variables",
        ),
        "Map" | "Set" | "WeakMap" | "WeakSet" | "Error" | "Promise" | "Boolean" => (
            unsupported::OBJECT,
            format!("`{name}` is not supported yet"),
            "keep the parts in variables, objects or arrays",
        ),
        "BigInt" => (
            unsupported::BIGINT,
            "`bigint` is not supported".to_owned(),
            "use `i64` or `u64`",
        ),
        _ => return None,
    })
}

impl<'a> Body<'_, 'a> {
    /// Calls a built-in function; `None` when there is none of that name.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        node: &'a ast::CallExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Option<Called>> {
        let name = if name == "Number" { "f64" } else { name };
        if name == "randomBits" && Some(self.file as usize) == self.checker.standard {
            return Some(self.random_bits().map(Called::Value));
        }
        if name == "fault" && Some(self.file as usize) == self.checker.standard {
            return Some(self.fault(node).map(Called::Nothing));
        }
        if let Some(called) = self.memory_builtin(name, node) {
            return Some(called);
        }
        if !is_function(name) {
            return None;
        }
        if name == "reinterpret" {
            return Some(self.reinterpret(node).map(Called::Value));
        }
        self.no_type_arguments(node);
        if let Some((_, ty)) = NAMED.iter().find(|(n, _)| *n == name) {
            return Some(self.conversion(name, *ty, node).map(Called::Value));
        }
        Some(match name {
            "unreachable" => self
                .exactly::<0>(name, node)
                .map(|_| Called::Nothing(Stmt::Unreachable)),
            "assert" => self.assertion(node),
            "String" => self.written_as_text(node).map(Called::Value),
            "parseFloat" | "parseInt" => self.parsed(name, node).map(Called::Value),
            "isNaN" | "isFinite" => self.number_test(name, node).map(Called::Value),
            _ => self.numeric(name, node, hint).map(Called::Value),
        })
    }

    /// Calls a member of a built-in object.
    pub(super) fn builtin_member(
        &mut self,
        object: &str,
        property: &str,
        (node, hint): (&'a ast::CallExpression<'a>, Option<Type>),
    ) -> Option<Called> {
        match object {
            "Math" if math::FUNCTIONS.contains(&property) => {
                self.math(property, node).map(Called::Value)
            }
            "String" => self.text_function(property, node),
            "Object" if super::dictionary::FUNCTIONS.contains(&property) => {
                self.object_function(property, node).map(Called::Value)
            }
            "JSON" if property == "stringify" => self.stringify(node).map(Called::Value),
            "JSON" if property == "parse" => self.parse_json(node, hint).map(Called::Value),
            "Number" if matches!(property, "parseFloat" | "parseInt") => {
                self.parsed(property, node).map(Called::Value)
            }
            "Number" if NUMBER_FUNCTIONS.contains(&property) => {
                self.number_test(property, node).map(Called::Value)
            }
            _ => {
                let span = self.place(&node.callee);
                let help = self.checker.meant(property, members(object), THE_PAGE);
                self.fail(
                    codes::NO_MEMBER,
                    format!("there is no function `{object}.{property}`"),
                    span,
                    help,
                );
                None
            }
        }
    }

    /// The arguments, if there are exactly as many.
    pub(super) fn exactly<const N: usize>(
        &mut self,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<[&'a ast::Expression<'a>; N]> {
        let list = self.arguments(node)?;
        let given = list.len();
        let found = list.try_into().ok();
        if found.is_none() {
            let span = self.place(node);
            self.wrong_count(name, given, N, N, span);
        }
        found
    }

    fn conversion(
        &mut self,
        name: &str,
        ty: Type,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Value> {
        let [argument] = self.exactly::<1>(name, node)?;
        if let Some(known) = self.constant(argument)
            && let Type::Int(int) = ty
            && let Some(value) = known.integer(int)
        {
            return Some(Value::new(ty, super::conversion::integer(int, value)));
        }
        let value = self.value(argument, None)?;
        let span = self.place(argument);
        if let (Type::Text, Type::Number) = (value.ty, ty) {
            return self.number_of_text(value.expr);
        }
        self.cast(value, ty, span)
    }

    /// `String(x)`.
    fn written_as_text(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let [argument] = self.exactly::<1>("String", node)?;
        let value = self.value(argument, None)?;
        let span = self.place(argument);
        let expr = self.as_text(value, span)?;
        Some(Value::new(Type::Text, expr))
    }

    /// `parseFloat(s)`, `parseInt(s)` and `parseInt(s, radix)`.
    fn parsed(&mut self, name: &str, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let given = self.arguments(node)?;
        let most = if name == "parseInt" { 2 } else { 1 };
        let (Some(text), true) = (given.first(), given.len() <= most) else {
            self.wrong_count(name, given.len(), 1, most, self.place(node));
            return None;
        };
        let mut arguments = vec![self.value_as(text, Type::Text)?];
        if most == 2 {
            arguments.push(match given.get(1) {
                Some(radix) => self.value_as(radix, Type::Number)?,
                None => Expr::f64(0.0),
            });
        }
        let expr = self.checker.standard_call(name, arguments)?;
        Some(Value::new(Type::Number, expr))
    }

    /// Eight random bytes from the host. It is asked before the program has written anything there.
    fn random_bits(&mut self) -> Option<Value> {
        let import = self.checker.random_import();
        let address = i32::try_from(RANDOM_ADDRESS).ok()?;
        let error = Expr::Call(import, vec![Expr::i32(address), Expr::i32(8)]);
        let before = vec![Stmt::If(error, vec![Stmt::Unreachable], Vec::new())];
        let load = Expr::i32(0).load(Access::I64, RANDOM_ADDRESS);
        let bits = Expr::Before(before, Box::new(load));
        Some(Value::new(Type::Int(Int::U64), bits))
    }

    fn assertion(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Called> {
        let [argument] = self.exactly::<1>("assert", node)?;
        let holds = self.condition(argument)?;
        Some(Called::Nothing(Stmt::If(
            holds,
            Vec::new(),
            vec![Stmt::Unreachable],
        )))
    }

    /// `isNaN`, `isFinite`, and the tests of `Number`.
    fn number_test(&mut self, name: &str, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let [argument] = self.exactly::<1>(name, node)?;
        let value = self.value_as(argument, Type::Number)?;
        let expr = self.checker.standard_call(name, vec![value])?;
        Some(Value::new(Type::Boolean, expr))
    }

    fn reinterpret(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let span = self.place(node);
        let [argument] = self.exactly::<1>("reinterpret", node)?;
        let arguments = node
            .type_arguments
            .as_ref()
            .map(|list| list.params.as_slice());
        let Some([ty]) = arguments else {
            let help = "write it: `reinterpret<i64>(x)`";
            self.fail(
                codes::NO_TYPE,
                "`reinterpret` needs the type to read the bits as",
                span,
                help,
            );
            return None;
        };
        let ty = self.written(ty)?;
        let value = self.value(argument, None)?;
        let expr = value.expr;
        let expr = match (value.ty.val()?, ty) {
            (Val::F64, Type::Int(int)) if int.bits == Bits::B64 => {
                expr.unary(Unary::I64ReinterpretF64)
            }
            (Val::F32, Type::Int(int)) if int.bits == Bits::B32 => {
                expr.unary(Unary::I32ReinterpretF32)
            }
            (Val::I64, Type::Number) => expr.unary(Unary::F64ReinterpretI64),
            (Val::I32, Type::F32) if matches!(value.ty, Type::Int(int) if int.bits == Bits::B32) => {
                expr.unary(Unary::F32ReinterpretI32)
            }
            _ => {
                let (from, to) = (self.checker.type_name(value.ty), self.checker.type_name(ty));
                let message = format!("the bits of `{from}` cannot be read as `{to}`");
                self.fail(
                    codes::OPERAND,
                    message,
                    span,
                    "the types are `f64` and `i64` or `u64`, `f32` and `i32` or `u32`",
                );
                return None;
            }
        };
        Some(Value::new(ty, expr))
    }

    /// The functions on numbers of any type.
    fn numeric(
        &mut self,
        name: &str,
        node: &'a ast::CallExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        match name {
            "min" | "max" | "copysign" => {
                let [left, right] = self.exactly::<2>(name, node)?;
                let (left, right) = self.pair(left, right, hint);
                self.two(name, left?, right?, span)
            }
            "rotl" | "rotr" => {
                let [left, right] = self.exactly::<2>(name, node)?;
                let left = self.value(left, hint)?;
                let right = self.value_as(right, left.ty)?;
                self.rotate(name, left, right, span)
            }
            "select" => {
                let [then, otherwise, condition] = self.exactly::<3>(name, node)?;
                let (then, otherwise) = self.pair(then, otherwise, hint);
                let condition = self.condition(condition);
                let (then, otherwise, condition) = (then?, otherwise?, condition?);
                let Some(ty) = then.ty.common(otherwise.ty) else {
                    self.mixed(then.ty, otherwise.ty, "select", span);
                    return None;
                };
                let then = self.checker.turned(then, ty)?;
                let otherwise = self.checker.turned(otherwise, ty)?;
                // Both are evaluated, before the condition.
                let (first, second) = (self.temporary(ty.val()?), self.temporary(ty.val()?));
                let before = vec![
                    Stmt::SetLocal(first, then),
                    Stmt::SetLocal(second, otherwise),
                ];
                let chosen = Expr::conditional(
                    ty.val()?,
                    condition,
                    Expr::Local(first),
                    Expr::Local(second),
                );
                Some(Value::new(ty, Expr::Before(before, Box::new(chosen))))
            }
            _ => {
                let [argument] = self.exactly::<1>(name, node)?;
                let value = self.value(argument, hint)?;
                self.one_number(name, value, span)
            }
        }
    }

    fn one_number(
        &mut self,
        name: &str,
        value: Value,
        span: tollgate_diagnostics::span::Span,
    ) -> Option<Value> {
        let ty = value.ty.operand();
        let expr = value.expr.clone();
        let op = match (name, ty) {
            ("clz" | "ctz" | "popcnt", Type::Int(int)) => {
                return Some(Value::new(ty, counted(name, int, expr)));
            }
            ("abs", Type::Int(int)) => {
                return self.absolute(int, Value::new(ty, expr));
            }
            ("abs", Type::Number) => Unary::F64Abs,
            ("ceil", Type::Number) => Unary::F64Ceil,
            ("floor", Type::Number) => Unary::F64Floor,
            ("trunc", Type::Number) => Unary::F64Trunc,
            ("nearest", Type::Number) => Unary::F64Nearest,
            ("sqrt", Type::Number) => Unary::F64Sqrt,
            ("abs", Type::F32) => Unary::F32Abs,
            ("ceil", Type::F32) => Unary::F32Ceil,
            ("floor", Type::F32) => Unary::F32Floor,
            ("trunc", Type::F32) => Unary::F32Trunc,
            ("nearest", Type::F32) => Unary::F32Nearest,
            ("sqrt", Type::F32) => Unary::F32Sqrt,
            // A whole number is already what these make of it.
            ("ceil" | "floor" | "trunc" | "nearest", Type::Int(_)) => return Some(value),
            _ => {
                self.unfit(name, ty, span);
                return None;
            }
        };
        Some(Value::new(ty, expr.unary(op)))
    }

    fn unfit(&mut self, name: &str, ty: Type, span: tollgate_diagnostics::span::Span) {
        let ty = self.checker.type_name(ty);
        let help = "convert the argument in the open: `i32(x)`, `f64(x)`";
        self.fail(
            codes::OPERAND,
            format!("`{name}` does not work on `{ty}`"),
            span,
            help,
        );
    }

    fn absolute(&mut self, int: Int, value: Value) -> Option<Value> {
        if !int.signed() {
            return Some(value);
        }
        let ty = value.ty;
        let mut before = Vec::new();
        let kept = self.keep(value, &mut before)?.expr;
        let (zero, less, minus) = match int.val() {
            Val::I64 => (Expr::i64(0), Binary::I64LtS, Binary::I64Sub),
            Val::I32 | Val::F32 | Val::F64 => (Expr::i32(0), Binary::I32LtS, Binary::I32Sub),
        };
        let negative = kept.clone().binary(less, zero.clone());
        let turned = wrap(int, zero.binary(minus, kept.clone()));
        let chosen = Expr::conditional(ty.val()?, negative, turned, kept);
        Some(Value::new(ty, Expr::Before(before, Box::new(chosen))))
    }

    fn two(
        &mut self,
        name: &str,
        left: Value,
        right: Value,
        span: tollgate_diagnostics::span::Span,
    ) -> Option<Value> {
        let Some(ty) = left.ty.common(right.ty).map(Type::operand) else {
            self.mixed(left.ty, right.ty, name, span);
            return None;
        };
        if ty.absent().is_some() {
            self.may_be_missing(ty, span);
            return None;
        }
        let left = super::conversion::convert(left, ty)?;
        let right = super::conversion::convert(right, ty)?;
        let op = match (name, ty) {
            ("min", Type::Number) => Binary::F64Min,
            ("max", Type::Number) => Binary::F64Max,
            ("copysign", Type::Number) => Binary::F64Copysign,
            ("min", Type::F32) => Binary::F32Min,
            ("max", Type::F32) => Binary::F32Max,
            ("copysign", Type::F32) => Binary::F32Copysign,
            ("min" | "max", Type::Int(int)) => return self.extreme(name, int, left, right),
            _ => {
                self.unfit(name, ty, span);
                return None;
            }
        };
        Some(Value::new(ty, left.binary(op, right)))
    }

    fn extreme(&mut self, name: &str, int: Int, left: Expr, right: Expr) -> Option<Value> {
        let ty = Type::Int(int);
        let mut before = Vec::new();
        let left = self.keep(Value::new(ty, left), &mut before)?.expr;
        let right = self.keep(Value::new(ty, right), &mut before)?.expr;
        let op = match (name, int.val(), int.sign) {
            ("min", Val::I64, Sign::Signed) => Binary::I64LtS,
            ("min", Val::I64, Sign::Unsigned) => Binary::I64LtU,
            ("min", _, Sign::Signed) => Binary::I32LtS,
            ("min", _, Sign::Unsigned) => Binary::I32LtU,
            (_, Val::I64, Sign::Signed) => Binary::I64GtS,
            (_, Val::I64, Sign::Unsigned) => Binary::I64GtU,
            (_, _, Sign::Signed) => Binary::I32GtS,
            (_, _, Sign::Unsigned) => Binary::I32GtU,
        };
        let condition = left.clone().binary(op, right.clone());
        let chosen = Expr::conditional(int.val(), condition, left, right);
        Some(Value::new(ty, Expr::Before(before, Box::new(chosen))))
    }

    fn rotate(
        &mut self,
        name: &str,
        left: Value,
        right: Expr,
        span: tollgate_diagnostics::span::Span,
    ) -> Option<Value> {
        let op = match (name, left.ty) {
            ("rotl", Type::Int(int)) if int.bits == Bits::B32 => Binary::I32Rotl,
            ("rotl", Type::Int(int)) if int.bits == Bits::B64 => Binary::I64Rotl,
            ("rotr", Type::Int(int)) if int.bits == Bits::B32 => Binary::I32Rotr,
            ("rotr", Type::Int(int)) if int.bits == Bits::B64 => Binary::I64Rotr,
            _ => {
                self.unfit(name, left.ty, span);
                return None;
            }
        };
        Some(Value::new(left.ty, left.expr.binary(op, right)))
    }
}

/// Counts bits of an integer; those of a small one alone.
fn counted(name: &str, int: Int, expr: Expr) -> Expr {
    let bits = int.bits.count().cast_signed();
    let own = wrap(Int::new(int.bits, Sign::Unsigned), expr);
    match (name, int.val()) {
        ("clz", Val::I64) => own.unary(Unary::I64Clz),
        ("ctz", Val::I64) => own.unary(Unary::I64Ctz),
        (_, Val::I64) => own.unary(Unary::I64Popcnt),
        ("clz", _) => own
            .unary(Unary::I32Clz)
            .binary(Binary::I32Sub, Expr::i32(32 - bits)),
        // A bit above the type ends the count.
        ("ctz", _) if int.small() => own
            .binary(Binary::I32Or, Expr::i32(1 << bits))
            .unary(Unary::I32Ctz),
        ("ctz", _) => own.unary(Unary::I32Ctz),
        _ => own.unary(Unary::I32Popcnt),
    }
}
