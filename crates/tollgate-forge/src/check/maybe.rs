//! Values that may be missing, and what is made of them. [`absence`](super::absence) says how they lie.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::absence::{FALSE, Loosely, is_absent, nothing, unboxed};
use super::body::Body;
use super::checker::Checker;
use super::conversion::{convert, truth};
use super::sequence::count;
use super::types::{Absent, Base, Type};
use super::value::{Called, Value};
use crate::codes::types as codes;
use crate::ir::fault::FaultKind;
use crate::ir::op::{Binary, Unary, Val};
use crate::ir::{Expr, Stmt};

impl Checker<'_> {
    /// The word of a value that is there.
    pub(super) fn boxed(&mut self, base: Base, expr: Expr) -> Option<Expr> {
        let name = match base.plain() {
            Base::Text
            | Base::Array(_)
            | Base::Record(_)
            | Base::Class(_)
            | Base::Function(_)
            | Base::Exact(_)
            | Base::Union(_) => return Some(expr),
            Base::Boolean => return Some(expr.binary(Binary::I32Add, Expr::i32(FALSE))),
            Base::Int(int) => match int.val() {
                Val::I64 => "boxI64",
                Val::I32 | Val::F32 | Val::F64 => "boxI32",
            },
            Base::F32 => "boxF32",
            Base::Number | Base::Enum(_) => "boxF64",
        };
        self.standard_call(name, vec![expr])
    }

    /// A value as one of a type that it becomes by itself.
    pub(super) fn turned(&mut self, value: Value, to: Type) -> Option<Expr> {
        match (value.ty, to) {
            (Type::Never, to) => {
                let zero = Expr::Const(crate::ir::Const::zero(to.val()?));
                Some(zero.after(vec![Stmt::Drop(value.expr), Stmt::Unreachable]))
            }
            (_, to) if matches!(to.base(), Some(Base::Union(_))) => match value.ty {
                Type::Nothing(_) | Type::Maybe(..) => Some(value.expr),
                from => self.boxed(from.base()?, value.expr),
            },
            (Type::Nothing(_) | Type::Maybe(..), Type::Nothing(_) | Type::Maybe(..)) => {
                Some(value.expr)
            }
            (from, to) if self.is_upcast(from, to.present()) => Some(value.expr),
            (_, Type::Maybe(base, _)) => {
                let expr = convert(value, base.ty())?;
                self.boxed(base, expr)
            }
            (_, to) => convert(value, to),
        }
    }
}

impl<'a> Body<'_, 'a> {
    /// `null` or `undefined` as a value.
    pub(super) fn nothing(&mut self, absent: Absent) -> Value {
        Value::new(Type::Nothing(absent), nothing(absent))
    }

    /// Whether a name is that of the value, which is no word of the language.
    pub(super) fn is_undefined(&self, id: &ast::IdentifierReference<'a>) -> bool {
        id.name == "undefined" && !self.shadowed("undefined")
    }

    /// Whether a value counts as true.
    pub(super) fn truth_of(&mut self, value: Value) -> Option<Expr> {
        let Type::Maybe(base, _) = value.ty else {
            return match value.ty {
                Type::Union(id) => self.truth_of_union(value, id),
                Type::Nothing(_) | Type::Never => {
                    Some(Expr::i32(0).after(vec![Stmt::Drop(value.expr)]))
                }
                _ => truth(value),
            };
        };
        match base {
            Base::Array(_) | Base::Record(_) | Base::Class(_) | Base::Function(_) => {
                Some(is_absent(value.expr, Absent::Either).unary(Unary::I32Eqz))
            }
            Base::Boolean
            | Base::Int(_)
            | Base::F32
            | Base::Number
            | Base::Enum(_)
            | Base::Exact(_)
            | Base::Union(_)
            | Base::Text => {
                let mut out = Vec::new();
                let word = self.keep(value, &mut out)?.expr;
                let there = self.truth_of(unboxed(base, word.clone()))?;
                let missing = is_absent(word, Absent::Either);
                Some(Expr::conditional(Val::I32, missing, Expr::i32(0), there).after(out))
            }
        }
    }

    /// The value if it is there; the program ends if it is missing.
    pub(super) fn checked(&mut self, value: Value) -> Option<Value> {
        let Type::Maybe(base, _) = value.ty else {
            return Some(value);
        };
        let mut out = Vec::new();
        let word = self.keep(value, &mut out)?.expr;
        let missing = is_absent(word.clone(), Absent::Either);
        let fault = Stmt::fault(FaultKind::Missing);
        out.push(Stmt::If(missing, vec![fault], Vec::new()));
        let value = unboxed(base, word);
        Some(Value::new(value.ty, value.expr.after(out)))
    }

    /// The value as one of a type of which less is possible; the program ends if it is what is `gone`.
    pub(super) fn without_absent(&mut self, value: Value, gone: Absent, ty: Type) -> Option<Value> {
        let mut out = Vec::new();
        let word = self.keep(value, &mut out)?.expr;
        let found = is_absent(word.clone(), gone);
        let fault = Stmt::fault(FaultKind::Missing);
        out.push(Stmt::If(found, vec![fault], Vec::new()));
        Some(Value::new(ty, word.after(out)))
    }

    /// `value!`
    pub(super) fn asserted(
        &mut self,
        node: &'a ast::TSNonNullExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        if let Some(taken) = self.taken_whole(&node.expression) {
            return taken;
        }
        let value = self.value(&node.expression, hint)?;
        if let Type::Nothing(_) = value.ty {
            let span = self.place(node);
            let help = "use the value that is meant";
            self.fail(codes::MISSING, "this is never a value", span, help);
            return None;
        }
        self.checked(value)
    }

    /// `list.pop()!`: the element, which needs no block of its own; `None` when the expression is nothing of this kind.
    fn taken_whole(&mut self, expr: &'a Expression<'a>) -> Option<Option<Value>> {
        let (member, call, function) = self.taking(expr)?;
        let object = self.value(&member.object, None);
        Some(object.and_then(|object| {
            let growing = self
                .elements_of(object.ty)
                .filter(|elements| elements.kind.is_none());
            let Some(elements) = growing else {
                // Something else has a method of this name.
                return match self.method(object, member.property.name.as_str(), call)? {
                    Called::Value(value) => self.checked(value),
                    Called::Nothing(_) => {
                        self.no_result(self.place(call));
                        None
                    }
                };
            };
            let address = self.list_call(function, vec![object.expr], elements)?;
            self.checked(elements.load(address))
        }))
    }

    /// `list.pop()` and `list.shift()` as statements; `None` when the expression is nothing of this kind.
    pub(super) fn dropped(&mut self, expr: &'a Expression<'a>) -> Option<Option<Called>> {
        let (member, call, function) = self.taking(expr)?;
        let drop = match function {
            "popped" => "dropLast",
            _ => "dropFirst",
        };
        let object = self.value(&member.object, None);
        Some(object.and_then(|object| {
            let growing = self
                .elements_of(object.ty)
                .filter(|elements| elements.kind.is_none());
            let Some(elements) = growing else {
                return self.method(object, member.property.name.as_str(), call);
            };
            let dropped = self.list_effect(drop, vec![object.expr], elements)?;
            Some(Called::Nothing(dropped))
        }))
    }

    /// What an element is taken out of, and our own function that does it.
    fn taking(
        &mut self,
        expr: &'a Expression<'a>,
    ) -> Option<(
        &'a ast::StaticMemberExpression<'a>,
        &'a ast::CallExpression<'a>,
        &'static str,
    )> {
        let Expression::CallExpression(call) = expr.without_parentheses() else {
            return None;
        };
        let Expression::StaticMemberExpression(member) = &call.callee else {
            return None;
        };
        let function = match member.property.name.as_str() {
            "pop" => "popped",
            "shift" => "shifted",
            _ => return None,
        };
        let plain = !call.optional && !member.optional && call.arguments.is_empty();
        let plain = plain && call.type_arguments.is_none() && !self.is_no_value(&member.object);
        plain.then_some((member.as_ref(), call, function))
    }

    /// Takes an element out of an array, if there is one.
    pub(super) fn taken_if_there(
        &mut self,
        function: &str,
        list: Value,
        elements: super::known::array::Elements,
    ) -> Option<Value> {
        let ty = elements.ty.or(Absent::Undefined)?;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?.expr;
        let address = self.list_call(function, vec![list.clone()], elements)?;
        let taken = self.checker.turned(elements.load(address), ty)?;
        let empty = count(list).unary(Unary::I32Eqz);
        let value = Expr::conditional(Val::I32, empty, nothing(Absent::Undefined), taken);
        Some(Value::new(ty, value.after(out)))
    }

    /// Whether two values are equal, one of which may be missing: as `===` says, or as `==` does.
    pub(super) fn same_maybe(
        &mut self,
        left: Value,
        right: Value,
        loosely: Loosely,
        span: Span,
    ) -> Option<Expr> {
        let (a, b) = (left.ty, right.ty);
        if self.checker.common(a, b).is_none() {
            self.mixed(a, b, "===", span);
            return None;
        }
        let mut out = Vec::new();
        let left = self.keep(left, &mut out)?;
        let right = self.keep(right, &mut out)?;
        let missing = |value: &Value| match value.ty.absent() {
            Some(_) => is_absent(value.expr.clone(), Absent::Either),
            None => Expr::i32(0),
        };
        let (no_left, no_right) = (missing(&left), missing(&right));
        let words = || left.expr.clone().binary(Binary::I32Eq, right.expr.clone());
        let both = match (a.absent(), b.absent(), loosely) {
            (Some(_), Some(_), Loosely::No) => words(),
            (Some(_), Some(_), Loosely::Yes) => {
                no_left.clone().binary(Binary::I32And, no_right.clone())
            }
            (None, _, _) | (_, None, _) => Expr::i32(0),
        };
        let there = match (a.base(), b.base()) {
            (Some(x), Some(y)) => {
                let there = |value: &Value, base| match value.ty {
                    Type::Maybe(..) => unboxed(base, value.expr.clone()),
                    _ => value.clone(),
                };
                self.same(there(&left, x), there(&right, y), span)?
            }
            // One of them is always missing.
            _ => Expr::i32(0),
        };
        let any = no_left.binary(Binary::I32Or, no_right);
        Some(Expr::conditional(Val::I32, any, both, there).after(out))
    }

    /// What a value that may be missing is as a text.
    pub(super) fn maybe_text(&mut self, value: Value, span: Span) -> Option<Expr> {
        let mut out = Vec::new();
        let absent = value.ty.absent()?;
        let base = value.ty.base();
        let word = self.keep(value, &mut out)?.expr;
        let null = self.checker.text("null".encode_utf16().collect());
        let undefined = self.checker.text("undefined".encode_utf16().collect());
        let missing = match absent {
            Absent::Null => null,
            Absent::Undefined => undefined,
            Absent::Either => {
                let is_null = is_absent(word.clone(), Absent::Null);
                Expr::conditional(Val::I32, is_null, null, undefined)
            }
        };
        let Some(base) = base else {
            return Some(missing.after(out));
        };
        let there = self.as_text(unboxed(base, word.clone()), span)?;
        let is_missing = is_absent(word, Absent::Either);
        Some(Expr::conditional(Val::I32, is_missing, missing, there).after(out))
    }

    /// What an element is in the text of an array, where one that is missing is empty.
    pub(super) fn element_text(&mut self, value: Value, span: Span) -> Option<Expr> {
        let base = match value.ty {
            Type::Maybe(base, _) => base,
            _ => return self.as_text(value, span),
        };
        let mut out = Vec::new();
        let word = self.keep(value, &mut out)?.expr;
        let empty = self.checker.text(Vec::new());
        let there = self.as_text(unboxed(base, word.clone()), span)?;
        let missing = is_absent(word, Absent::Either);
        Some(Expr::conditional(Val::I32, missing, empty, there).after(out))
    }

    /// `typeof` of a value that may be missing.
    pub(super) fn maybe_type_of(&mut self, value: Value) -> Option<Value> {
        let mut out = Vec::new();
        let base = value.ty.base();
        let word = self.keep(value, &mut out)?.expr;
        let mut name = |name: &str| self.checker.text(name.encode_utf16().collect());
        let (null, undefined) = (name("object"), name("undefined"));
        let is_null = is_absent(word.clone(), Absent::Null);
        let missing = Expr::conditional(Val::I32, is_null, null, undefined);
        let Some(base) = base else {
            return Some(Value::new(Type::Text, missing.after(out)));
        };
        let there = match base {
            Base::Union(_) => unboxed(base, word.clone()),
            // The type alone says it.
            _ => Value::new(base.ty(), zero(base)),
        };
        let there = self.type_of(there)?.expr;
        let is_missing = is_absent(word, Absent::Either);
        let expr = Expr::conditional(Val::I32, is_missing, missing, there);
        Some(Value::new(Type::Text, expr.after(out)))
    }

    /// Reports that a value may be missing where it must be there.
    pub(super) fn may_be_missing(&mut self, ty: Type, span: Span) {
        let what = match ty.absent() {
            Some(Absent::Null) => "null",
            Some(Absent::Undefined) => "undefined",
            Some(Absent::Either) | None => "null` or `undefined",
        };
        let help = "look first (`if (x !== null)`, for `undefined` likewise), give another value (`x ?? other`), or use `?.`; `x!` ends the program if it is missing";
        let message = format!("the value may be `{what}` here");
        self.fail(codes::MISSING, message, span, help);
    }
}

fn zero(base: Base) -> Expr {
    match base.ty().val() {
        Some(val) => Expr::Const(crate::ir::Const::zero(val)),
        None => Expr::i32(0),
    }
}
