//! What is lowered of a class itself: the first values of its fields, its blocks, its static fields; and whether it is what it says.

use oxc_ast::ast;
use tollgate_diagnostics::span::Span;

use super::body::{Body, Returns};
use super::checker::Checker;
use super::inner_names::InnerNames;
use super::known::class::{InClass, Member, Role, Static};
use super::known::dispatch::{Act, Wanted};
use super::known::entry::State;
use super::known::function_type::FunctionType;
use super::known::generic::Generic;
use super::known::order::Early;
use super::known::record::Property;
use super::report::{error, place};
use super::scope::{Outer, ScopeKind};
use super::types::{Absent, ClassId, Type};
use super::value::Value;
use crate::codes::types as codes;
use crate::ir;
use crate::ir::op::Val;
use crate::ir::{Const, Expr, FuncId, GlobalId, Stmt};
use crate::optimise::fold;

impl<'a> Checker<'a> {
    /// Makes a block for an object of a class.
    pub(super) fn new_block(&mut self, id: ClassId) -> Option<Expr> {
        let class = self.classes.get_mut(id)?;
        class.is_made = true;
        let (bytes, table, name, known) = (class.bytes, class.table, class.name, class.made);
        let is_early = class.is_early;
        if !is_early {
            return self.plain_block(bytes, table);
        }
        if let Some(function) = known {
            return Some(Expr::Call(function, Vec::new()));
        }
        let function = self.reserve(format!("{name}~made"));
        if let Some(class) = self.classes.get_mut(id) {
            class.made = Some(function);
        }
        Some(Expr::Call(function, Vec::new()))
    }

    fn plain_block(&mut self, bytes: u32, table: ir::StaticId) -> Option<Expr> {
        let arguments = vec![Expr::i32(bytes.cast_signed()), Expr::Static(table)];
        self.standard_call("newObject", arguments)
    }

    /// Lowers what a class itself does, and looks at what it says of itself.
    pub(super) fn lower_class(&mut self, id: ClassId) {
        let Some(class) = self.classes.get(id).filter(|class| !class.broken) else {
            return;
        };
        if class.node.type_parameters.is_some() && class.instance.is_none() {
            return;
        }
        let span = class.span;
        if self.lower_initial(id).is_none() {
            self.must_be_reported(span);
        }
        self.check_members(id);
    }

    /// The function that gives the fields of a class their first values.
    fn lower_initial(&mut self, id: ClassId) -> Option<()> {
        let class = self.classes.get(id)?;
        let (file, fields, initial) = (class.file, class.fields.clone(), class.initial);
        let outer = class.outer.clone();
        let mut whole = Some(());
        let mut body = Body::new(self, file, outer, Returns::Nowhere);
        let role = Role::Method;
        let this = body.begin_this(InClass { id, role });
        body.inner = InnerNames::of_expressions(fields.iter().filter_map(|field| field.value));
        let mut out = Vec::new();
        for (at, field) in fields.iter().enumerate() {
            let Some(ty) = body.checker.field_type(id, at) else {
                whole = None;
                continue;
            };
            let Some(value) = field.value else {
                let lacks = !ty.absent().is_some_and(Absent::has_undefined);
                if field.unset && lacks && !field.definite {
                    let message = format!("the field `{}` gets no value", field.name);
                    let help = "give it one, `= 0`, or one in the constructor; `!` behind the name says that it has one before it is read";
                    body.fail(codes::UNASSIGNED, message, field.span, help);
                    whole = None;
                }
                out.extend(body.clear_field(Expr::Local(this), (id, at))?);
                continue;
            };
            let Some(value) = body.value_as(value, ty) else {
                whole = None;
                continue;
            };
            let value = body.keep(Value::new(ty, value), &mut out)?.expr;
            out.extend(body.store_field(Expr::Local(this), (id, at), value)?);
        }
        let locals = std::mem::take(&mut body.locals);
        let early = std::mem::take(&mut body.early);
        let Some(function) = initial else {
            return whole;
        };
        self.early_by_function.insert(function, early);
        self.finish_own(function, locals, out);
        whole
    }

    /// Sets a function that takes an object and gives nothing.
    fn finish_own(&mut self, function: FuncId, locals: Vec<ir::Local>, statements: Vec<Stmt>) {
        if let Some(entry) = self.module.functions.get_mut(function.0 as usize) {
            entry.signature = ir::Signature {
                params: vec![Val::I32],
                result: None,
            };
        }
        self.set_body(function, ir::Body { locals, statements });
    }

    /// Writes the functions that make blocks of which something is looked at early.
    pub(super) fn lower_blocks(&mut self) {
        for at in 0..self.classes.list.len() {
            let id = ClassId(at);
            let Some((function, span)) = self.classes.get(id).and_then(|c| Some((c.made?, c.span)))
            else {
                continue;
            };
            if self.lower_block(id, function).is_none() {
                self.must_be_reported(span);
            }
        }
    }

    fn lower_block(&mut self, id: ClassId, function: FuncId) -> Option<()> {
        let class = self.classes.get(id)?;
        let (bytes, table, file) = (class.bytes, class.table, class.file);
        let line: Vec<ClassId> = self.classes.line(id).collect();
        let made = self.plain_block(bytes, table)?;
        let mut body = Body::new(
            self,
            file,
            Outer::default(),
            Returns::Known(Type::Class(id)),
        );
        let mut statements = Vec::new();
        let object = body
            .keep(Value::new(Type::Class(id), made), &mut statements)?
            .expr;
        for id in line {
            for at in 0..body.checker.classes.get(id)?.fields.len() {
                if body.checker.classes.field(id, at)?.early {
                    statements.extend(body.clear_field(object.clone(), (id, at))?);
                }
            }
        }
        statements.push(Stmt::Return(Some(object)));
        let locals = std::mem::take(&mut body.locals);
        if let Some(entry) = self.module.functions.get_mut(function.0 as usize) {
            entry.signature = ir::Signature {
                params: Vec::new(),
                result: Some(Val::I32),
            };
        }
        self.set_body(function, ir::Body { locals, statements });
        Some(())
    }

    /// Looks whether a class has what it inherits without a body, declares again, and implements.
    fn check_members(&mut self, id: ClassId) {
        let Some(class) = self.classes.get(id) else {
            return;
        };
        let (name, span, is_abstract, parent) =
            (class.name, class.span, class.node.r#abstract, class.parent);
        let implements = class.implements.clone();
        let mut own: Vec<(&'a str, Member)> = class
            .members
            .iter()
            .map(|(name, member)| (*name, *member))
            .collect();
        own.sort_unstable_by_key(|(name, _)| *name);
        for (member, found) in own {
            let before = parent.and_then(|parent| self.classes.member(parent, member));
            if let Some(before) = before.filter(|_| !member.starts_with('#')) {
                self.check_again(id, member, (before.owner, before.member), found);
            }
        }
        if !is_abstract {
            self.check_abstract(id, name, span);
        }
        for (record, span) in implements {
            self.spend(self.records.properties(record).len());
            if self.budget.is_spent() {
                return;
            }
            for property in self.records.properties(record).to_vec() {
                self.check_implemented(id, property, span);
            }
        }
    }

    /// Looks at the types of a member that is declared again.
    fn check_again(
        &mut self,
        id: ClassId,
        name: &'a str,
        (owner, before): (ClassId, Member),
        now: Member,
    ) {
        let pairs = match (before, now) {
            (Member::Method(before), Member::Method(now)) => {
                let (was, is) = (
                    self.classes.fluent.contains(&before),
                    self.classes.fluent.contains(&now),
                );
                if was && !is {
                    self.not_fluent(now, name);
                    return;
                }
                vec![(before, Act::Call)]
            }
            (Member::Accessor { get, set }, Member::Accessor { .. }) => {
                let get = get.map(|get| (get, Act::Get));
                get.into_iter()
                    .chain(set.map(|set| (set, Act::Set)))
                    .collect()
            }
            (Member::Field(before), Member::Field(now)) => {
                let (was, is) = (self.field_type(owner, before), self.field_type(id, now));
                if let (Some(was), Some(is)) = (was, is)
                    && was != is
                {
                    let (was, is) = (self.type_name(was), self.type_name(is));
                    let span = self
                        .classes
                        .field(id, now)
                        .map_or(Span::new(0, 0, 0), |field| field.span);
                    let message = format!(
                        "the field `{name}` has the type `{is}`, and `{was}` where it comes from"
                    );
                    let help = format!("write the same type: `{name}: {was}`");
                    self.report(
                        error(codes::OVERRIDE, message)
                            .at(span, "declared again here")
                            .help(help),
                    );
                }
                return;
            }
            _ => return,
        };
        for (index, act) in pairs {
            // One with type parameters is looked at for the types that calls have.
            if self.is_template(index) {
                continue;
            }
            let Some(signature) = self.signature(index).filter(|signature| !signature.broken)
            else {
                continue;
            };
            let Some(result) = signature.result else {
                continue;
            };
            let wanted = Wanted {
                name,
                act,
                params: signature.params.iter().map(|param| param.ty).collect(),
                result,
                types: Vec::new(),
            };
            self.implementation(id, &wanted);
        }
    }

    fn not_fluent(&mut self, index: usize, name: &str) {
        let Some(entry) = self.functions.get(index) else {
            return;
        };
        let span = place(entry.file, &entry.node);
        let message = format!("`{name}` returns `this` where it comes from");
        self.report(
            error(codes::OVERRIDE, message)
                .at(span, "declared again here")
                .help("return `this`, and nothing else"),
        );
    }

    /// Reports a member that has no body.
    fn check_abstract(&mut self, id: ClassId, name: &str, span: Span) {
        let mut lacking: Vec<&'a str> = Vec::new();
        for above in self.classes.line(id) {
            let Some(class) = self.classes.get(above) else {
                continue;
            };
            if above != id && !class.node.r#abstract {
                // It has all that it inherits, or that is reported.
                break;
            }
            for member in class.members.keys() {
                let found = self.classes.member(id, member);
                let Some(found) = found.filter(|found| found.owner == above) else {
                    continue;
                };
                let functions = match found.member {
                    Member::Field(_) => [None, None],
                    Member::Method(index) => [Some(index), None],
                    Member::Accessor { get, set } => [get, set],
                };
                let has_body =
                    |index: usize| self.functions.get(index).is_some_and(|f| f.node.has_body());
                if !functions.into_iter().flatten().all(has_body) {
                    lacking.push(member);
                }
            }
        }
        lacking.sort_unstable();
        if let Some(member) = lacking.first() {
            let message =
                format!("the class `{name}` has no body of `{member}`, which is abstract");
            let help = format!("write `{member}` in the class, or make it `abstract`");
            self.report(error(codes::ABSTRACT, message).at(span, "").help(help));
        }
    }

    /// Looks whether a class has a property of an interface that it implements.
    fn check_implemented(&mut self, id: ClassId, property: Property<'a>, span: Span) {
        let Some(class) = self.classes.get(id) else {
            return;
        };
        let class_name = class.name;
        let wrong = |checker: &mut Self, message: String, help: String| {
            checker.report(
                error(codes::IMPLEMENTS, message)
                    .at(span, "says so")
                    .help(help),
            );
        };
        let (name, ty) = (property.name, property.ty);
        let Some(found) = self.classes.member(id, name) else {
            let wanted = self.type_name(ty);
            let message = format!("the class `{class_name}` has no `{name}`");
            wrong(self, message, format!("declare it: `{name}: {wanted}`"));
            return;
        };
        let own = match found.member {
            Member::Method(index) => {
                let Type::Function(function) = ty else {
                    let message = format!(
                        "`{name}` is a method in `{class_name}`, and a value in the interface"
                    );
                    wrong(
                        self,
                        message,
                        "declare a method in the interface, or a field or a getter in the class"
                            .to_owned(),
                    );
                    return;
                };
                let Some(FunctionType { params, result }) =
                    self.function_types.get(function).cloned()
                else {
                    return;
                };
                if !self.functions.get(index).is_some_and(|f| f.node.has_body()) {
                    return;
                }
                let wanted = Wanted {
                    name,
                    act: Act::Call,
                    params: params.iter().map(|param| param.ty).collect(),
                    result,
                    types: Vec::new(),
                };
                self.implementation(id, &wanted);
                return;
            }
            Member::Field(at) => self.field_type(found.owner, at),
            Member::Accessor {
                get: Some(index), ..
            } => self.signature(index).and_then(|s| s.result),
            Member::Accessor { get: None, .. } => None,
        };
        if let Some(own) = own
            && !self.becomes(own, ty)
        {
            let (own, wanted) = (self.type_name(own), self.type_name(ty));
            let message = format!(
                "`{name}` of `{class_name}` has the type `{own}`, and `{wanted}` in the interface"
            );
            wrong(
                self,
                message,
                format!("write the same type: `{name}: {wanted}`"),
            );
        }
    }
}

impl<'a> Body<'_, 'a> {
    /// `static { … }`
    pub(super) fn static_block(
        &mut self,
        id: ClassId,
        node: &'a ast::StaticBlock<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let role = Role::Static;
        let class = self.class.replace(InClass { id, role });
        let inner = std::mem::replace(&mut self.inner, InnerNames::of_statements(&node.body));
        self.scopes.enter(ScopeKind::Function);
        self.hoist_vars(&node.body, out);
        self.block(&node.body, out);
        self.scopes.leave();
        self.inner = inner;
        self.class = class;
        Some(())
    }

    /// A class is declared from here on.
    pub(super) fn class_begins(&mut self, id: ClassId) {
        let parent = self.checker.classes.get(id).and_then(|class| class.parent);
        let classes = &self.checker.classes;
        let parent = match self.checker.type_parameters(Generic::Class(id)) {
            Some(_) => classes.get(id).and_then(|class| class.above),
            None => parent.map(|parent| classes.declaration(parent)),
        };
        self.early.extend(parent.map(Early::Class));
        self.defined_classes.push(id);
    }

    /// Gives a static field its value.
    pub(super) fn static_field(
        &mut self,
        id: ClassId,
        node: &'a ast::PropertyDefinition<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = self.place(node);
        let name = match &node.key {
            ast::PropertyKey::StaticIdentifier(key) => key.name.as_str(),
            ast::PropertyKey::StringLiteral(key) => key.value.as_str(),
            ast::PropertyKey::PrivateIdentifier(key) => {
                self.checker.private_name(key.name.as_str())
            }
            _ => return None,
        };
        let Static::Field(index) = *self.checker.classes.get(id)?.statics.get(name)? else {
            return None;
        };
        if self.checker.globals.get(index)?.span != span {
            return None;
        }
        self.checker.globals.get_mut(index)?.state = State::Working;
        let before = self.class.replace(InClass {
            id,
            role: Role::Static,
        });
        let found = self.first_static_value(node, span);
        self.class = before;
        let entry = self.checker.globals.get_mut(index)?;
        entry.state = State::Done;
        let (ty, mut value) = found?;
        fold::expression(&mut value);
        let known = match value {
            Expr::Const(known) => Some(known),
            _ => None,
        };
        let (name, constant) = {
            let entry = self.checker.globals.get(index)?;
            (entry.name, entry.constant)
        };
        let global = GlobalId(self.checker.next_number(self.checker.module.globals.len()));
        self.checker.module.globals.push(ir::Global {
            name: name.to_owned(),
            value: known.unwrap_or(Const::zero(ty.val()?)),
            mutable: !constant || known.is_none(),
        });
        if known.is_none() {
            out.push(Stmt::SetGlobal(global, value));
        }
        let entry = self.checker.globals.get_mut(index)?;
        entry.ty = Some(ty);
        entry.ir = Some(global);
        entry.computed = known.is_none();
        self.checker.global_by_id.insert(global, index);
        self.defined.push(index);
        Some(())
    }

    fn first_static_value(
        &mut self,
        node: &'a ast::PropertyDefinition<'a>,
        span: Span,
    ) -> Option<(Type, Expr)> {
        let written = match &node.type_annotation {
            Some(written) => Some(self.written(&written.type_annotation)?),
            None => None,
        };
        let written = match (written, node.optional) {
            (Some(ty), true) => Some(self.checker.may_be(ty, Absent::Undefined)?),
            (ty, _) => ty,
        };
        match (written, &node.value) {
            (Some(ty), Some(value)) => Some((ty, self.value_as(value, ty)?)),
            (Some(ty), None) if ty.absent().is_some_and(Absent::has_undefined) => {
                Some((ty, super::absence::nothing(Absent::Undefined)))
            }
            (_, None) => {
                self.fail(
                    codes::UNASSIGNED,
                    "the static field gets no value",
                    span,
                    "give it one: `= 0`",
                );
                None
            }
            (None, Some(value)) => {
                let value = self.value(value, None)?;
                if let Type::Nothing(absent) = value.ty {
                    let name = absent.name();
                    let message = format!("`{name}` does not show the type of the field");
                    self.fail(
                        codes::NO_TYPE,
                        message,
                        span,
                        format!("write it: `: number | {name}`"),
                    );
                    return None;
                }
                Some((value.ty, value.expr))
            }
        }
    }
}
