//! Which conversions a program has: those made by themselves keep every value, those written out do what WebAssembly does. What
//! a conversion computes is in [`conversion`](super::conversion).

use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::conversion::convert;
use super::types::Type;
use super::value::Value;
use crate::codes::types as codes;
use crate::ir::Expr;
use crate::ir::op::Unary;

impl Body<'_, '_> {
    /// Converts a value by itself, or reports that it would change.
    pub(super) fn coerce(&mut self, value: Value, to: Type, span: Span) -> Option<Expr> {
        if self.checker.becomes(value.ty, to) {
            return self.checker.turned(value, to);
        }
        // A number that came from an integer of 32 bits still is one.
        if let (Type::Number, Type::I32, Expr::Unary(Unary::F64ConvertI32S, int)) =
            (value.ty, to, &value.expr)
        {
            return Some(int.as_ref().clone());
        }
        let (from, wanted) = (self.checker.type_name(value.ty), self.checker.type_name(to));
        let help = match (value.ty, to) {
            (Type::Nothing(absent), _) => {
                format!("write the type with it, `{wanted} | {}`, where it is declared", absent.name())
            }
            (Type::Maybe(base, _), to) if self.checker.becomes(base.ty(), to.present()) => {
                "look first (`if (x !== null)`, for `undefined` likewise), give another value (`x ?? other`), or write `x!`, which ends the program if it is missing".to_owned()
            }
            (Type::Maybe(..), _) | (_, Type::Maybe(..) | Type::Nothing(_)) => {
                "a value that may be missing is one of the same type, or missing".to_owned()
            }
            (Type::Text, Type::Number) => "read it in the open: `Number(x)`".to_owned(),
            (Type::Text, _) => "read it in the open: `Number(x)`, and convert that".to_owned(),
            (_, Type::Rest(_)) => "write a function that calls it with what it takes: `(x) => f(x)`".to_owned(),
            (Type::Array(_), _) | (_, Type::Array(_)) => {
                "an array is one of the same elements".to_owned()
            }
            (Type::Function(_), Type::Function(_)) => {
                "a function is one of the same parameters and result: write one here that calls it, `(x) => f(x)`".to_owned()
            }
            (Type::Function(_), to) if self.gives(value.ty, to) => {
                "call the function: write its arguments behind it, `f(…)`".to_owned()
            }
            (Type::Function(_), _) => "a function is no other value".to_owned(),
            (_, Type::Function(_)) => "write a function: `(x) => …`".to_owned(),
            (Type::Class(_), Type::Record(_)) => {
                format!("write `implements {wanted}` behind the name of the class")
            }
            (Type::Record(id), to) if self.checker.dictionary(to).is_some() => {
                let names = self.checker.records.properties(id).iter().take(4);
                let keys: Vec<String> = names.map(|p| format!("{0}: o.{0}", p.name)).collect();
                format!("write the keys that are meant, where `o` is this object: `{{ {} }}`", keys.join(", "))
            }
            (_, Type::Class(_)) => format!("make an object of the class: `new {wanted}(…)`"),
            (Type::Class(_), _) => "an object of a class is one of that class, and of those that it extends".to_owned(),
            (Type::Record(_), _) | (_, Type::Record(_)) => {
                "an object is one of the same properties, no more and no fewer".to_owned()
            }
            (_, Type::Text) => "write it in the open: `String(x)`".to_owned(),
            (Type::Boolean, _) => "convert it in the open: `x ? 1 : 0`".to_owned(),
            (_, Type::Boolean) => "compare it: `x != 0`".to_owned(),
            (_, Type::Enum(_)) => "use a member of the enum".to_owned(),
            (_, Type::Number) => "convert it in the open: `f64(x)`, or `x as number`".to_owned(),
            _ => format!("convert it in the open: `{wanted}(x)`, or `x as {wanted}`"),
        };
        let message = format!("a value of type `{from}` where `{wanted}` is needed");
        self.fail(codes::MISMATCH, message, span, help);
        None
    }

    /// Whether calling a function gives a value of a type.
    fn gives(&self, function: Type, wanted: Type) -> bool {
        let Type::Function(id) = function else {
            return false;
        };
        let ty = self.checker.function_types.get(id);
        ty.is_some_and(|ty| ty.result.becomes(wanted))
    }

    /// Converts a value as written.
    pub(super) fn cast(&mut self, value: Value, to: Type, span: Span) -> Option<Value> {
        if to == Type::Void {
            self.fail(
                codes::NO_VALUE,
                "`void` is no type of values",
                span,
                "write the type of the value",
            );
            return None;
        }
        let enums = matches!((value.ty, to), (Type::Enum(a), Type::Enum(b)) if a != b);
        if enums {
            let (from, wanted) = (self.checker.type_name(value.ty), self.checker.type_name(to));
            let message = format!("a value of type `{from}` is none of `{wanted}`");
            self.fail(
                codes::MISMATCH,
                message,
                span,
                "convert it to `number` first",
            );
            return None;
        }
        if let Type::Class(id) = to
            && self.may_be_instance(value.ty, id)
            && !self.checker.becomes(value.ty, to)
        {
            return self.as_instance(value, id);
        }
        let converted = match (value.ty, to) {
            (from, to) if self.checker.becomes(from, to) => self.checker.turned(value.clone(), to),
            _ => convert(value.clone(), to),
        };
        match converted {
            Some(expr) => Some(Value::new(to, expr)),
            None => {
                self.coerce(value, to, span);
                None
            }
        }
    }
}
