//! Texts: literals, templates, what other values are as text, and comparison.
//!
//! A text is a sequence of units of 16 bits, as in JavaScript. The work is done by our own functions in `std/text.ts`.

use oxc_ast::ast;
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::conversion::convert;
use super::types::{Base, Bits, Int, Type};
use super::value::Value;
use crate::codes::types as codes;
use crate::ir::op::Unary;
use crate::ir::{Expr, Stmt};

impl<'a> Body<'_, 'a> {
    /// A text that is written.
    pub(super) fn text_literal(&mut self, literal: &ast::StringLiteral<'a>) -> Value {
        let units = units(Written {
            text: literal.value.as_str(),
            lone_surrogates: literal.lone_surrogates,
        });
        let expr = self.checker.text(units);
        // Our own functions see texts as addresses.
        let ours = Some(self.file as usize) == self.checker.standard;
        Value::new(if ours { Type::I32 } else { Type::Text }, expr)
    }

    /// A template: its parts one after the other.
    pub(super) fn template(&mut self, node: &'a ast::TemplateLiteral<'a>) -> Option<Value> {
        let mut parts = Vec::new();
        let mut values = node.expressions.iter();
        for quasi in &node.quasis {
            let Some(cooked) = &quasi.value.cooked else {
                let span = self.place(quasi);
                let help = "write `\\x` and two digits, or `\\u` and four";
                let message = "this escape stands for no character";
                self.fail(crate::codes::syntax::SYNTAX, message, span, help);
                return None;
            };
            if !cooked.is_empty() {
                let units = units(Written {
                    text: cooked.as_str(),
                    lone_surrogates: quasi.lone_surrogates,
                });
                parts.push(self.checker.text(units));
            }
            if let Some(expr) = values.next() {
                let span = self.place(expr);
                let value = self.value(expr, None)?;
                parts.push(self.as_text(value, span)?);
            }
        }
        self.joined(parts)
    }

    /// The text that these make one after the other. Each part is computed when those before it are together.
    pub(super) fn joined(&mut self, parts: Vec<Expr>) -> Option<Value> {
        let mut parts = parts.into_iter();
        let first = parts.next();
        let first = first.unwrap_or_else(|| self.checker.text(Vec::new()));
        self.chained(Value::new(Type::Text, first), parts, |checker, a, b| {
            checker.standard_call("concatenate", vec![a, b])
        })
    }

    /// `a + b` where one is a text.
    pub(super) fn concatenation(&mut self, left: Value, right: Value, span: Span) -> Option<Value> {
        let mut out = Vec::new();
        let (left, right) = match left.ty {
            // Both are computed before the elements are read: computing the right one may change them.
            Type::Array(_)
            | Type::Class(_)
            | Type::Union(_)
            | Type::Maybe(Base::Array(_) | Base::Class(_) | Base::Union(_), _) => {
                (self.keep(left, &mut out)?, self.keep(right, &mut out)?)
            }
            _ => (left, right),
        };
        let left = self.as_text(left, span)?;
        let right = self.as_text(right, span)?;
        let expr = self
            .checker
            .standard_call("concatenate", vec![left, right])?;
        Some(Value::new(Type::Text, expr.after(out)))
    }

    /// What a value is as a text.
    pub(super) fn as_text(&mut self, value: Value, span: Span) -> Option<Expr> {
        let (name, expr) = match value.ty.widened() {
            Type::Text => return Some(value.expr),
            Type::Boolean => ("booleanText", value.expr),
            Type::Number | Type::Enum(_) => match value.expr {
                // What came from an integer is one.
                Expr::Unary(Unary::F64ConvertI32S, int) => {
                    ("signedText", int.unary(Unary::I64ExtendI32S))
                }
                expr => ("numberText", expr),
            },
            Type::F32 => ("numberText", convert(value, Type::Number)?),
            Type::Int(int) if int.bits == Bits::B64 && !int.signed() => {
                ("unsignedText", value.expr)
            }
            Type::Int(_) => ("signedText", convert(value, Type::Int(Int::I64))?),
            Type::Array(_) => {
                let comma = self.checker.text(vec![u16::from(b',')]);
                return self.join(value, comma, span).map(|text| text.expr);
            }
            Type::Class(_) => return self.object_text(value, span),
            Type::Record(id) if self.checker.has_record(id) => {
                let help = "write a method that returns the text, and call it";
                let message = "what this is as a text depends on its class";
                self.fail(codes::OPERAND, message, span, help);
                return None;
            }
            Type::Record(_) => {
                let text = self
                    .checker
                    .text("[object Object]".encode_utf16().collect());
                return Some(text.after(vec![Stmt::Drop(value.expr)]));
            }
            Type::Function(_) => {
                let help = "call it, and use its result";
                let message = "a function has no text that a module knows";
                self.fail(codes::OPERAND, message, span, help);
                return None;
            }
            Type::Maybe(..) | Type::Nothing(_) => return self.maybe_text(value, span),
            Type::Union(id) => return self.text_of_union(value, id, span),
            Type::Never => return self.checker.turned(value, Type::Text),
            Type::Exact(_) | Type::Rest(_) | Type::Void => {
                let ty = self.checker.type_name(value.ty);
                let message = format!("a value of type `{ty}` is no text");
                let help = "return a value from the function";
                self.fail(codes::OPERAND, message, span, help);
                return None;
            }
        };
        self.checker.standard_call(name, vec![expr])
    }

    /// What a number is as a text with another base.
    pub(super) fn as_text_of_base(&mut self, value: Value, base: Expr) -> Option<Expr> {
        let (name, number) = match value.ty {
            Type::Int(int) if int.bits == Bits::B64 && !int.signed() => {
                ("unsignedRadixText", value.expr)
            }
            Type::Int(_) => ("signedRadixText", convert(value, Type::Int(Int::I64))?),
            _ => ("numberRadixText", convert(value, Type::Number)?),
        };
        self.checker.standard_call(name, vec![number, base])
    }

    /// The number that a text stands for, NaN if it is none.
    pub(super) fn number_of_text(&mut self, text: Expr) -> Option<Value> {
        let expr = self.checker.standard_call("textNumber", vec![text])?;
        Some(Value::new(Type::Number, expr))
    }

    /// `typeof x`: types are known, so it is a text that is known.
    pub(super) fn type_of(&mut self, value: Value) -> Option<Value> {
        let name = match value.ty.widened() {
            Type::Boolean => "boolean",
            Type::Int(_) | Type::F32 | Type::Number | Type::Enum(_) => "number",
            Type::Text => "string",
            Type::Array(_) | Type::Record(_) | Type::Class(_) => "object",
            Type::Function(_) => "function",
            Type::Maybe(..) | Type::Nothing(_) => return self.maybe_type_of(value),
            Type::Union(id) => return self.type_of_union(value, id),
            Type::Never => {
                let text = self.checker.turned(value, Type::Text)?;
                return Some(Value::new(Type::Text, text));
            }
            Type::Exact(_) | Type::Rest(_) => return None,
            Type::Void => "undefined",
        };
        let text = self.checker.text(name.encode_utf16().collect());
        let effect = vec![Stmt::Drop(value.expr)];
        Some(Value::new(Type::Text, Expr::Before(effect, Box::new(text))))
    }
}

/// A text as the parser gives it.
struct Written<'t> {
    text: &'t str,
    /// Half a pair stands there as U+FFFD and four digits.
    lone_surrogates: bool,
}

/// The units of a text of the parser.
fn units(written: Written<'_>) -> Vec<u16> {
    let Written {
        text,
        lone_surrogates,
    } = written;
    if !lone_surrogates {
        return text.encode_utf16().collect();
    }
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        let digits = rest.get(..4);
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        match unit.filter(|_| c == '\u{fffd}') {
            Some(unit) => {
                units.push(unit);
                rest = rest.get(4..).unwrap_or("");
            }
            None => units.extend(c.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    units
}
