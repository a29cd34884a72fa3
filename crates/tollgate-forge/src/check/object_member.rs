//! Members of objects of classes: fields, methods, getters and setters.
//!
//! Which method is called is known where no class declares it again; elsewhere the table of the object's class has it.

use oxc_ast::ast;
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::chain::Accessed;
use super::known::class::{Found, Member, TABLE, Whose};
use super::known::dispatch::{Act, Wanted};
use super::report::in_order;
use super::slot::Slot;
use super::types::{ClassId, Type};
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir::fault::FaultKind;
use crate::ir::op::{Access, Binary};
use crate::ir::{CallValue, Const, Expr, MemoryStmt, Stmt};

/// The bytes from the value of a field to the word that says whether it has one.
const STATE: u32 = 8;

/// What helps where a class has no member of a name: errors of JavaScript have some that ours do not.
fn other_help(name: &str) -> &'static str {
    match name {
        "stack" => {
            "errors have a `message` and a `name`; the report of one that nothing catches says where it was thrown"
        }
        "cause" => "keep the other error in a field of a class of your own that extends `Error`",
        _ => "declare it in the class, or correct the name",
    }
}

impl<'a> Body<'_, 'a> {
    /// Finds a member, or reports that there is none.
    fn member_of(&mut self, id: ClassId, name: &str, span: Span) -> Option<Found<'a>> {
        let class = self.checker.classes.get(id)?;
        let (class_name, broken) = (class.name, class.broken);
        let classes = &self.checker.classes;
        let found = match (name.starts_with('#'), self.class) {
            (false, _) => classes.member(id, name),
            (true, Some(inside)) => classes
                .in_line(id, inside.id)
                .and_then(|like| classes.member(like, name)),
            (true, None) => None,
        };
        if found.is_some() || broken {
            return found;
        }
        if name.starts_with('#') {
            let message = format!("`{name}` is a member of no class around here");
            let help = "it is seen inside of the class that declares it alone";
            self.fail(codes::NO_MEMBER, message, span, help);
            return None;
        }
        let is_static = classes.static_member(id, name).is_some();
        let help = if is_static {
            format!("it is a member of the class: `{class_name}.{name}`")
        } else {
            let known = classes
                .line(id)
                .filter_map(|id| classes.get(id))
                .flat_map(|class| in_order(class.members.keys().copied()))
                .filter(|known| !known.starts_with('#'));
            self.checker.meant(name, known, other_help(name))
        };
        let message = format!("a value of type `{class_name}` has no `{name}`");
        self.fail(codes::NO_MEMBER, message, span, help);
        None
    }

    /// Reads a member of an object.
    pub(super) fn class_property(
        &mut self,
        object: Value,
        name: &str,
        whose: Whose,
        span: Span,
    ) -> Option<Value> {
        let Type::Class(id) = object.ty else {
            return None;
        };
        let found = self.member_of(id, name, span)?;
        match found.member {
            Member::Field(_) if whose == Whose::Class => self.no_field_of_super(name, span),
            Member::Field(at) => self.field_value(object.expr, (found.owner, at)),
            Member::Method(_) => {
                let help =
                    format!("call it, or write a function that does: `(x) => object.{name}(x)`");
                let message = format!("the method `{name}` is used as a value");
                self.fail(unsupported::FUNCTION_VALUE, message, span, help);
                None
            }
            Member::Accessor { get: None, .. } => {
                let message = format!("`{name}` has no getter");
                self.fail(
                    codes::NO_MEMBER,
                    message,
                    span,
                    format!("write one: `get {name}() {{ … }}`"),
                );
                None
            }
            Member::Accessor {
                get: Some(index), ..
            } => {
                let called = Target::of(index, found, Act::Get, whose);
                match self.member_call(object, called, Vec::new())? {
                    Called::Value(value) => Some(value),
                    Called::Nothing(_) => {
                        self.no_result(span);
                        None
                    }
                }
            }
        }
    }

    /// The value of a field.
    pub(super) fn field_value(
        &mut self,
        object: Expr,
        (id, at): (ClassId, usize),
    ) -> Option<Value> {
        let ty = self.checker.field_type(id, at)?;
        let field = self.checker.classes.field(id, at)?;
        let (offset, checked, name) = (field.offset, field.is_checked(ty), field.name);
        if !checked {
            return Some(Value::new(ty, object.load(ty.access()?, offset)));
        }
        let mut out = Vec::new();
        let object = self
            .keep(Value::new(Type::Class(id), object), &mut out)?
            .expr;
        let state = object.clone().load(Access::I32, offset + STATE);
        let lacks = state.binary(Binary::I32Eq, Expr::i32(0));
        let end = self
            .checker
            .end_named(format!("the field `{name}` has no value yet"));
        let fault = Stmt::named_fault(FaultKind::NoValue, end);
        out.push(Stmt::If(lacks, vec![fault], Vec::new()));
        Some(Value::new(ty, object.load(ty.access()?, offset).after(out)))
    }

    /// Gives a field a value. The object is used more than once.
    pub(super) fn store_field(
        &mut self,
        object: Expr,
        (id, at): (ClassId, usize),
        value: Expr,
    ) -> Option<Vec<Stmt>> {
        let ty = self.checker.field_type(id, at)?;
        let field = self.checker.classes.field(id, at)?;
        let store = |access, value, offset| {
            let store = MemoryStmt::Store(access, object.clone(), value, offset);
            Stmt::Memory(Box::new(store))
        };
        let mut out = vec![store(ty.access()?, value, field.offset)];
        if field.is_checked(ty) {
            out.push(store(Access::I32, Expr::i32(1), field.offset + STATE));
        }
        Some(out)
    }

    /// What a field has that has no value yet: `undefined`, or that it has none.
    pub(super) fn clear_field(
        &mut self,
        object: Expr,
        (id, at): (ClassId, usize),
    ) -> Option<Option<Stmt>> {
        let ty = self.checker.field_type(id, at)?;
        let field = self.checker.classes.field(id, at)?;
        let store = |value, offset| {
            let store = MemoryStmt::Store(Access::I32, object.clone(), value, offset);
            Stmt::Memory(Box::new(store))
        };
        Some(if field.is_checked(ty) {
            Some(store(Expr::i32(0), field.offset + STATE))
        } else if ty.absent().is_some_and(super::types::Absent::has_undefined) {
            let undefined = super::absence::nothing(super::types::Absent::Undefined);
            Some(store(undefined, field.offset))
        } else {
            None
        })
    }

    /// Calls a method of an object, or what a field or a getter gives.
    pub(super) fn class_method(
        &mut self,
        object: Value,
        name: &str,
        whose: Whose,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let Type::Class(id) = object.ty else {
            return None;
        };
        let span = self.place(&node.callee);
        let Some(found) = self.member_of(id, name, span) else {
            self.look_at_arguments(node);
            return None;
        };
        let Member::Method(index) = found.member else {
            let callee = self.class_property(object, name, whose, span)?;
            let callee = self.known_callee(node, callee)?;
            return self.call_value(callee, name, node);
        };
        if self.checker.is_template(index) {
            let asked = self.asked(found.name, node, None);
            let chosen = self.generic_call(index, &asked)?;
            let called = Target::of(chosen.index, found, Act::Call, whose);
            return self.member_call(object, called, chosen.arguments);
        }
        self.no_type_arguments(node);
        let abstract_super = whose == Whose::Class
            && self
                .checker
                .functions
                .get(index)
                .is_some_and(|f| !f.node.has_body());
        if abstract_super {
            let help = "write what it is to do in a class that extends this one";
            self.fail(
                codes::ABSTRACT,
                format!("`{name}` has no body there"),
                span,
                help,
            );
            return None;
        }
        let signature = self.checker.signature(index)?;
        let arguments = self.given_arguments(node, name, &signature)?;
        let ty = object.ty;
        let called = Target::of(index, found, Act::Call, whose);
        let done = self.member_call(object, called, arguments)?;
        Some(match done {
            // It is the object itself, whatever class it has.
            Called::Value(value) if self.checker.classes.fluent.contains(&index) => {
                Called::Value(Value::new(ty, value.expr))
            }
            done => done,
        })
    }

    /// Calls a method of an object without arguments.
    pub(super) fn method_of_object(&mut self, object: Value, name: &str) -> Option<Called> {
        let Type::Class(id) = object.ty else {
            return None;
        };
        let found = self.checker.classes.member(id, name)?;
        let Member::Method(index) = found.member else {
            return None;
        };
        let signature = self.checker.signature(index)?;
        if signature.required() > 0 {
            return None;
        }
        let target = Target::of(index, found, Act::Call, Whose::Object);
        self.member_call(object, target, Vec::new())
    }

    /// Calls a function of a class on an object: the one that its own class has, if others declare it again.
    fn member_call(
        &mut self,
        object: Value,
        target: Target<'a>,
        arguments: Vec<Expr>,
    ) -> Option<Called> {
        let Target {
            index,
            found,
            act,
            whose,
        } = target;
        let signature = self.checker.signature(index)?;
        if signature.broken {
            return None;
        }
        let Type::Class(id) = object.ty else {
            return None;
        };
        let again = self
            .checker
            .classes
            .get(id)?
            .overridden
            .contains(found.name);
        if whose == Whose::Class || !again || found.name.starts_with('#') {
            return self.finished_call(index, Some(object.expr), arguments, &signature);
        }
        let params = signature.params.iter().take(arguments.len());
        let wanted = Wanted {
            name: found.name,
            act,
            params: params.map(|param| param.ty).collect(),
            result: signature.result?,
            types: self.checker.types_of_instance(index),
        };
        let lowered = wanted.lowered()?;
        let result = wanted.result;
        let offset = self.checker.slot_in_table(id, wanted)?;
        let mut out = Vec::new();
        let this = self.keep(object, &mut out)?.expr;
        let mut all = vec![this.clone()];
        all.extend(arguments);
        let call = Box::new(CallValue {
            signature: lowered,
            arguments: all,
            slot: this.load(Access::I32, TABLE).load(Access::I32, offset),
        });
        let called = if result == Type::Void {
            Called::Nothing(Stmt::CallValue(call))
        } else {
            Called::Value(Value::new(result, Expr::CallValue(call)))
        };
        Some(super::function_value::after(called, out))
    }

    /// `object.name = …`
    pub(super) fn member_slot(
        &mut self,
        object: Value,
        name: &str,
        whose: Whose,
        span: Span,
    ) -> Option<Slot<'a>> {
        let Type::Class(id) = object.ty else {
            return None;
        };
        let found = self.member_of(id, name, span)?;
        if let (Member::Field(_), Whose::Class) = (found.member, whose) {
            return self.no_field_of_super(name, span);
        }
        let mut before = Vec::new();
        let object = self.keep(object, &mut before)?;
        match found.member {
            Member::Field(at) => {
                let now = self.field_value(object.expr.clone(), (found.owner, at))?;
                let value = self.temporary(now.ty.val()?);
                let set = self.store_field(object.expr, (found.owner, at), Expr::Local(value))?;
                Some(Slot::member(now, value, set, before))
            }
            Member::Method(_) => {
                let message = format!("`{name}` is a method and cannot be assigned");
                let help = "declare a field for a function: `f: () => void`";
                self.fail(codes::CONSTANT, message, span, help);
                None
            }
            Member::Accessor { set: None, .. } => {
                let message = format!("`{name}` has no setter");
                self.fail(
                    codes::CONSTANT,
                    message,
                    span,
                    format!("write one: `set {name}(value) {{ … }}`"),
                );
                None
            }
            Member::Accessor {
                get,
                set: Some(index),
            } => {
                let signature = self.checker.signature(index)?;
                let Some(param) = signature.params.first().filter(|_| !signature.broken) else {
                    self.checker.must_be_reported(span);
                    return None;
                };
                let ty = param.ty;
                let value = self.temporary(ty.val()?);
                let now = match get {
                    Some(_) => self.class_property(object.clone(), name, whose, span)?,
                    // JavaScript has `undefined`.
                    None => {
                        let zero = Expr::Const(Const::zero(ty.val()?));
                        Value::new(ty, zero.after(vec![Stmt::fault(FaultKind::Missing)]))
                    }
                };
                if now.ty != ty {
                    let message =
                        format!("the getter and the setter of `{name}` have different types");
                    self.fail(
                        codes::MISMATCH,
                        message,
                        span,
                        "write the same type for both",
                    );
                    return None;
                }
                let called = Target::of(index, found, Act::Set, whose);
                let set = match self.member_call(object, called, vec![Expr::Local(value)])? {
                    Called::Nothing(set) => set,
                    Called::Value(value) => Stmt::Drop(value.expr),
                };
                Some(Slot::member(now, value, vec![set], before))
            }
        }
    }

    fn no_field_of_super<T>(&mut self, name: &str, span: Span) -> Option<T> {
        let help = format!("fields are those of the object: `this.{name}`");
        self.fail(
            codes::NO_MEMBER,
            format!("`super` has no field `{name}`"),
            span,
            help,
        );
        None
    }

    /// The object that `super` stands for, as one of the class above.
    pub(super) fn super_object(&mut self, span: Span) -> Option<Value> {
        let this = self.this(span)?;
        let parent = self
            .class
            .and_then(|class| self.checker.classes.get(class.id)?.parent);
        match parent {
            Some(parent) => Some(Value::new(Type::Class(parent), this.expr)),
            None => {
                let broken = self
                    .class
                    .and_then(|class| self.checker.classes.get(class.id))
                    .is_some_and(|c| c.broken);
                if !broken {
                    let help = "use `this`, or write what the class extends";
                    self.fail(
                        codes::BEFORE_SUPER,
                        "the class extends no other one",
                        span,
                        help,
                    );
                }
                None
            }
        }
    }

    /// `object.#name`
    pub(super) fn private_member(
        &mut self,
        node: &'a ast::PrivateFieldExpression<'a>,
    ) -> Option<Value> {
        let span = self.place(node);
        let name = self.checker.private_name(node.field.name.as_str());
        if let Some(id) = self.class_named(&node.object) {
            return self.static_value(id, name, None, span);
        }
        let object = self.object_of(Accessed {
            object: &node.object,
            optional: node.optional,
        })?;
        let value = self.property(object, name, span)?;
        self.known_private(node, value)
    }
}

/// A function of a class that is called.
pub(super) struct Target<'a> {
    index: usize,
    found: Found<'a>,
    act: Act,
    whose: Whose,
}

impl<'a> Target<'a> {
    fn of(index: usize, found: Found<'a>, act: Act, whose: Whose) -> Self {
        Self {
            index,
            found,
            act,
            whose,
        }
    }
}
