//! Objects of classes: `this`, `new`, `super(…)`, `instanceof`.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::absence::is_absent;
use super::body::Body;
use super::known::class::{Found, InClass, Member, Role, TABLE};
use super::known::generic::Generic;
use super::known::order::Early;
use super::scope::{Local, Variable};
use super::takes::Takes;
use super::types::{Absent, Base, ClassId, Type};
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir;
use crate::ir::fault::FaultKind;
use crate::ir::op::{Access, Binary, Val};
use crate::ir::{Expr, LocalId, Sharing, Stmt};

/// What the first word of an object of a class is; that of a record is another one.
pub(super) const OBJECT: i32 = 9;

/// The number of the class of an object.
pub(super) fn number_of(object: Expr) -> Expr {
    object.load(Access::I32, TABLE).load(Access::I32, 0)
}

impl<'a> Body<'_, 'a> {
    /// Makes the variable that is `this`, the first of a function of a class.
    pub(super) fn begin_this(&mut self, class: InClass) -> LocalId {
        self.class = Some(class);
        let local = self.add_local(ir::Local {
            ty: Val::I32,
            name: Some("this".to_owned()),
            unassigned: None,
            sharing: Sharing::No,
        });
        let variable = Variable {
            local,
            ty: Type::Class(class.id),
            constant: true,
            literal: None,
        };
        self.declare("this", variable);
        local
    }

    /// `this`
    pub(super) fn this(&mut self, span: Span) -> Option<Value> {
        if let Some(Local::Variable(variable)) = self.scopes.find("this") {
            let value = Value::new(variable.ty, Expr::Local(variable.local));
            return self.known_name("this", value);
        }
        let statics = matches!(
            self.class,
            Some(InClass {
                role: Role::Static | Role::StaticSetter,
                ..
            })
        );
        let (message, help) = if statics {
            (
                "`this` is the class itself here",
                "write the name of the class",
            )
        } else {
            (
                "there is no `this` here",
                "use it in methods of classes, and in arrow functions inside of them; other functions take the object as a parameter",
            )
        };
        self.fail(unsupported::CLASS, message, span, help);
        None
    }

    /// The class that an expression names.
    pub(super) fn class_named(&self, expr: &'a Expression<'a>) -> Option<ClassId> {
        use super::known::file::Item;
        let shadowed =
            |name: &str| self.scopes.find(name).is_some() || self.outer.find(name).is_some();
        let item = match expr.without_parentheses() {
            Expression::Identifier(id) if !shadowed(id.name.as_str()) => {
                self.checker.file_item(self.file as usize, id.name.as_str())
            }
            Expression::StaticMemberExpression(member) => match &member.object {
                Expression::Identifier(id) if !shadowed(id.name.as_str()) => {
                    match self.checker.file_item(self.file as usize, id.name.as_str()) {
                        Some(Item::Namespace(file)) => self
                            .checker
                            .exported_item(file, member.property.name.as_str()),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        };
        match item {
            Some(Item::Class(id)) => Some(id),
            _ => None,
        }
    }

    /// `new C(…)`
    pub(super) fn new_object(
        &mut self,
        node: &'a ast::NewExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        let ours = self.collection_named(&node.callee);
        let Some(declared) = ours.or_else(|| self.class_named(&node.callee)) else {
            return self.new_other(node);
        };
        if ours.is_some() && !node.arguments.is_empty() {
            return self.new_collection(declared, node, hint);
        }
        let (id, given) = if self
            .checker
            .type_parameters(Generic::Class(declared))
            .is_some()
        {
            let (id, given) = self.new_instance(declared, node, hint)?;
            (id, Some(given))
        } else if let Some(arguments) = &node.type_arguments {
            let span = self.place(arguments.as_ref());
            let name = self.checker.classes.get(declared)?.name;
            let message = format!("`{name}` takes no type arguments");
            self.fail(
                codes::TYPE_ARGUMENTS,
                message,
                span,
                "remove the type arguments",
            );
            return None;
        } else {
            (declared, None)
        };
        let class = self.checker.classes.get(id)?;
        let (name, broken, is_abstract) = (class.name, class.broken, class.node.r#abstract);
        if broken {
            return None;
        }
        if is_abstract {
            let message =
                format!("`{name}` is abstract: there are only objects of classes that extend it");
            self.fail(
                codes::ABSTRACT,
                message,
                span,
                "make an object of a class that extends it",
            );
            return None;
        }
        self.early.insert(Early::Class(declared));
        let given = match given {
            Some(given) => given,
            None => self.given_to_constructor(id, &node.arguments, span)?,
        };
        self.made_object(id, given)
    }

    /// The class of ours that an expression names, where the program declares none of the name.
    fn collection_named(&mut self, expr: &'a Expression<'a>) -> Option<ClassId> {
        let Expression::Identifier(id) = expr.without_parentheses() else {
            return None;
        };
        let name = id.name.as_str();
        if !matches!(name, "Map" | "Set") || self.shadowed(name) {
            return None;
        }
        match self.checker.collection_type(name)? {
            super::known::file::Item::Class(id) => Some(id),
            _ => None,
        }
    }

    /// Makes an object with what its constructor is given.
    pub(super) fn made_object(&mut self, id: ClassId, given: Vec<Value>) -> Option<Value> {
        let mut out = Vec::new();
        let arguments = self.all_kept(given, &mut out)?;
        let made = self.checker.new_block(id)?;
        let object = self.keep_local(Value::new(Type::Class(id), made), &mut out)?;
        self.construct(id, object, arguments, &mut out)?;
        Some(Value::new(Type::Class(id), Expr::Local(object).after(out)))
    }

    /// Computes all that a constructor is given, before there is an object or a value of a field.
    fn all_kept(&mut self, given: Vec<Value>, out: &mut Vec<Stmt>) -> Option<Vec<Expr>> {
        let mut arguments = Vec::new();
        for value in given {
            arguments.push(match value.expr {
                Expr::Const(_) => value.expr,
                _ => self.keep(value, out)?.expr,
            });
        }
        Some(arguments)
    }

    /// The arguments of the constructor that makes objects of a class.
    fn given_to_constructor(
        &mut self,
        id: ClassId,
        given: &'a [ast::Argument<'a>],
        span: Span,
    ) -> Option<Vec<Value>> {
        let name = self.checker.classes.get(id)?.name;
        let Some(index) = self.checker.classes.constructor(id) else {
            if !given.is_empty() {
                self.wrong_count(name, given.len(), 0, 0, span);
                return None;
            }
            return Some(Vec::new());
        };
        let signature = self.checker.signature(index)?;
        if signature.broken {
            return None;
        }
        let params: Vec<Type> = signature.params.iter().map(|param| param.ty).collect();
        let takes = Takes {
            name,
            least: signature.required(),
            params: &params,
            span,
        };
        let values = self.arguments_for(given, takes)?.into_iter();
        let values = values.zip(&params);
        Some(values.map(|(value, ty)| Value::new(*ty, value)).collect())
    }

    /// What makes an object of a class out of a block: the first values of fields, and constructors, in the order of JavaScript.
    fn construct(
        &mut self,
        id: ClassId,
        object: LocalId,
        arguments: Vec<Expr>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        self.checker.spend(arguments.len() + 1);
        let class = self.checker.classes.get(id)?;
        let (constructor, parent, initial) = (class.constructor, class.parent, class.initial);
        let initial = initial.map(|initial| Stmt::Call(initial, vec![Expr::Local(object)]));
        match (constructor, parent) {
            (Some(index), parent) => {
                // One that extends another class gets its fields behind `super(…)`.
                if parent.is_none() {
                    out.extend(initial);
                }
                let signature = self.checker.signature(index)?;
                let object = Some(Expr::Local(object));
                if let Called::Nothing(call) =
                    self.finished_call(index, object, arguments, &signature)?
                {
                    out.push(call);
                }
            }
            (None, Some(parent)) => {
                self.construct(parent, object, arguments, out)?;
                out.extend(initial);
            }
            (None, None) => out.extend(initial),
        }
        Some(())
    }

    /// `super(…)`
    pub(super) fn super_call(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Called> {
        let span = self.place(node);
        let class = match self.class {
            Some(InClass {
                id,
                role: Role::Constructor,
            }) => Some(id),
            _ => None,
        };
        let class = class.and_then(|id| Some((id, self.checker.classes.get(id)?)));
        let found =
            class.and_then(|(id, class)| Some((id, class.parent?, class.broken, class.initial)));
        let (Some((id, parent, broken, initial)), Some(Local::Variable(this))) =
            (found, self.scopes.find("this"))
        else {
            if class.is_none_or(|(_, class)| !class.broken) {
                let help = "call it in the constructor of a class that extends another one";
                self.fail(
                    codes::BEFORE_SUPER,
                    "`super(…)` has no meaning here",
                    span,
                    help,
                );
            }
            return None;
        };
        if broken {
            return None;
        }
        let mut out = Vec::new();
        let given = self.given_to_constructor(parent, &node.arguments, span)?;
        let arguments = self.all_kept(given, &mut out)?;
        self.construct(parent, this.local, arguments, &mut out)?;
        out.extend(initial.map(|initial| Stmt::Call(initial, vec![Expr::Local(this.local)])));
        self.parameter_fields(id, this.local, &mut out)?;
        Some(Called::Nothing(Stmt::If(Expr::i32(1), out, Vec::new())))
    }

    /// Gives the fields that parameters declare their values.
    pub(super) fn parameter_fields(
        &mut self,
        id: ClassId,
        this: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let fields = self.checker.classes.get(id)?.fields.iter().enumerate();
        let fields: Vec<(usize, &'a str)> = fields
            .filter(|(_, field)| field.parameter.is_some())
            .map(|(at, field)| (at, field.name))
            .collect();
        for (at, name) in fields {
            let Some(Local::Variable(variable)) = self.scopes.find(name) else {
                return None;
            };
            // One with a default for `undefined` is known better inside of the constructor.
            let ty = self.checker.field_type(id, at)?;
            let value = Value::new(variable.ty, Expr::Local(variable.local));
            let value = self.checker.turned(value, ty)?;
            out.extend(self.store_field(Expr::Local(this), (id, at), value)?);
        }
        Some(())
    }

    /// `new` of something that is no class of the program.
    fn new_other(&mut self, node: &'a ast::NewExpression<'a>) -> Option<Value> {
        let span = self.place(&node.callee);
        let Expression::Identifier(id) = node.callee.without_parentheses() else {
            let help = "write the name of a class";
            self.fail(
                unsupported::CLASS,
                "the class is not known here",
                span,
                help,
            );
            return None;
        };
        let name = id.name.as_str();
        if !self.shadowed(name) {
            if let Some(kind) = super::known::typed_array::kind_named(name) {
                return self.new_typed(kind, node);
            }
            let (code, message, help) = match name {
                "WeakMap" | "WeakSet" => (
                    unsupported::OBJECT,
                    format!("`{name}` is not supported yet"),
                    "use a `Map` or a `Set`: all is freed when a call from outside ends",
                ),
                "Array" => (
                    unsupported::ARRAY,
                    "an array without values".to_owned(),
                    "write `new Array<number>(n).fill(0)`, or `[]` in a place of a known type",
                ),
                "Error" | "TypeError" | "RangeError" => (
                    unsupported::EXCEPTION,
                    "exceptions are not supported yet".to_owned(),
                    "return a value that says what went wrong, or call `unreachable()` to end the program",
                ),
                "Promise" => (
                    unsupported::ASYNC,
                    "`Promise` is not supported yet".to_owned(),
                    "compute the result directly",
                ),
                _ => {
                    self.find(name, span)?;
                    return None;
                }
            };
            self.fail(code, message, span, help);
            return None;
        }
        // One that is broken is reported.
        let found = self.find(name, span)?;
        if !matches!(found, super::scope::Name::Class) {
            let message = format!("`{name}` is no class");
            self.fail(
                codes::NOT_CALLABLE,
                message,
                span,
                "call it without `new`, or declare a class",
            );
        }
        None
    }

    /// Whether a value is an object of a class. It is kept already if it is used twice.
    pub(super) fn is_instance(&mut self, value: Value, id: ClassId) -> Option<Expr> {
        let class = self.checker.classes.get(id)?;
        // More instances may come, so the numbers are those of the end.
        let (first, count) = (Expr::Static(class.first), Expr::Static(class.tests));
        let within = |object: Expr| {
            let at = number_of(object).binary(Binary::I32Sub, first.clone());
            at.binary(Binary::I32LtU, count.clone())
        };
        let mut out = Vec::new();
        let word = self.keep(value.clone(), &mut out)?.expr;
        let there = match value.ty.base()? {
            Base::Class(_) => within(word.clone()),
            Base::Record(_) => {
                let is_object = word
                    .clone()
                    .load(Access::I32, 0)
                    .binary(Binary::I32Eq, Expr::i32(OBJECT));
                Expr::conditional(Val::I32, is_object, within(word.clone()), Expr::i32(0))
            }
            _ => return None,
        };
        let found = match value.ty {
            Type::Maybe(..) => {
                let missing = is_absent(word, Absent::Either);
                Expr::conditional(Val::I32, missing, Expr::i32(0), there)
            }
            _ => there,
        };
        Some(found.after(out))
    }

    /// The value as an object of a class; the program ends if it is none.
    pub(super) fn as_instance(&mut self, value: Value, id: ClassId) -> Option<Value> {
        let mut out = Vec::new();
        let kept = self.keep(value, &mut out)?;
        let found = self.is_instance(kept.clone(), id)?;
        let fault = Stmt::fault(FaultKind::Cast);
        out.push(Stmt::If(found, Vec::new(), vec![fault]));
        Some(Value::new(Type::Class(id), kept.expr.after(out)))
    }

    /// What an object of a class is as a text: what its `toString` says.
    pub(super) fn object_text(&mut self, value: Value, span: Span) -> Option<Expr> {
        let Type::Class(id) = value.ty else {
            return None;
        };
        let found = self.checker.classes.member(id, "toString");
        if let Some(Found {
            member: Member::Method(_),
            ..
        }) = found
            && let Called::Value(text) = self.method_of_object(value, "toString")?
            && text.ty == Type::Text
        {
            return Some(text.expr);
        }
        let name = self.checker.classes.get(id)?.name;
        let message = format!("an object of `{name}` has no text");
        let help = "write a method `toString(): string` in the class, or use one of its fields";
        self.fail(codes::OPERAND, message, span, help);
        None
    }

    /// Whether a value of a type may be an object of a class.
    pub(super) fn may_be_instance(&self, ty: Type, id: ClassId) -> bool {
        let classes = &self.checker.classes;
        match ty.base() {
            Some(Base::Class(of)) => classes.extends(id, of) || classes.extends(of, id),
            Some(Base::Record(record)) => self.checker.has_record(record),
            _ => false,
        }
    }

    /// `x instanceof C`: the value that is looked at, and the class.
    pub(super) fn instance_test(
        &mut self,
        node: &'a ast::BinaryExpression<'a>,
    ) -> Option<(Value, ClassId)> {
        let span = self.place(node);
        let Some(id) = self.class_named(&node.right) else {
            let help = "write the name of a class of the program";
            let place = self.place(&node.right);
            self.fail(
                unsupported::CLASS,
                "`instanceof` looks for a class that is known",
                place,
                help,
            );
            return None;
        };
        let value = self.value(&node.left, None)?;
        self.early.insert(Early::Class(id));
        let id = self.tested_class(value.ty, id, span)?;
        if !matches!(value.ty.base(), Some(Base::Class(_) | Base::Record(_))) {
            let ty = self.checker.type_name(value.ty);
            let message = format!("a value of type `{ty}` is no object of a class");
            self.fail(codes::OPERAND, message, span, "look at an object");
            return None;
        }
        Some((value, id))
    }
}
