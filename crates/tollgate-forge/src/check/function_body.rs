//! Functions of the program: each body is checked and lowered once.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::body::{Body, Returns};
use super::checker::Checker;
use super::inner_names::InnerNames;
use super::known::class::{InClass, Role};
use super::known::entry::{Calls, State};
use super::known::signature::{Param, Signature};
use super::pattern::{Part, Way};
use super::report::{error, place};
use super::scope::{Local, Variable};
use super::types::{Absent, Type};
use super::value::Value;
use crate::codes::{program, types as codes};
use crate::ir;
use crate::ir::op::Val;
use crate::ir::{Expr, LocalId, Sharing, Stmt};

impl<'a> Checker<'a> {
    /// Checks and lowers the body of a function, once.
    pub(super) fn lower_function(&mut self, index: usize) {
        let Some(entry) = self.functions.get_mut(index) else {
            return;
        };
        if entry.state != State::Waiting {
            return;
        }
        if entry.node.type_parameters().is_some() && entry.instance.is_none() {
            // Its instances are lowered, and nothing calls it.
            entry.state = State::Done;
            return;
        }
        entry.state = State::Working;
        let (node, file, id, name) = (entry.node, entry.file, entry.ir, entry.name);
        let itself = entry.instance.as_ref().map_or(index, |of| of.template);
        let outer = entry.outer.clone();
        let captures = entry.captures.clone();
        let class = entry.class;
        let Some(signature) = self.declared(index) else {
            return;
        };
        let returns = match signature.result {
            Some(result) => Returns::Known(result),
            None => Returns::Inferred(None),
        };
        let mut body = Body::new(self, file, outer, returns);
        body.inner = InnerNames::of_function(node);
        let this = body.begin_class(class);
        let block = captures.as_ref().map(|_| body.temporary(Val::I32));
        let params = body.parameter_locals(&signature);
        if let (Some(captures), Some(block)) = (&captures, block) {
            let own = node.id().map(|id| (id.name.as_str(), itself));
            body.begin_captured(captures, own, block);
        }
        let mut statements = Vec::new();
        body.parameters(node.params(), &signature, &params, &mut statements);
        if let (
            Some(this),
            Some(InClass {
                id,
                role: Role::Constructor,
            }),
        ) = (this, class)
            && body
                .checker
                .classes
                .get(id)
                .is_some_and(|class| class.parent.is_none())
            && body.parameter_fields(id, this, &mut statements).is_none()
        {
            body.checker.must_be_reported(place(file, &node));
        }
        let mut completes = match node.expression() {
            Some(expression) => body.returned(expression, &mut statements),
            None => {
                let list = node.statements();
                // The body's own names may not repeat a parameter's, so one scope holds both.
                body.hoist_vars(list, &mut statements);
                body.hoist(list, &mut statements);
                body.statements(list, &mut statements)
            }
        };
        let result = match body.returns {
            Returns::Known(result) => Some(result),
            Returns::Inferred(result) => Some(result.unwrap_or(Type::Void)),
            Returns::Nowhere | Returns::Broken => None,
        };
        let unknown = matches!(body.returns, Returns::Broken);
        let broken = signature.broken || unknown;
        if let (true, Some(Type::Maybe(_, absent))) = (completes, result)
            && absent.has_undefined()
        {
            let none = super::absence::nothing(Absent::Undefined);
            statements.push(Stmt::Return(Some(none)));
            completes = false;
        } else if !completes && result.is_some_and(|r| r != Type::Void) {
            statements.push(Stmt::Unreachable);
        }
        if completes && !broken && !body.is_full() && result.is_some_and(|r| r != Type::Void) {
            let span = super::capture::place_of_name(file, node);
            body.report(
                error(codes::NO_RETURN, format!("`{name}` can end without returning a value"))
                    .at(span, "its end can be reached")
                    .help("return a value on every path, or call `unreachable()` where the end is never reached"),
            );
        }
        let locals = std::mem::take(&mut body.locals);
        let early = std::mem::take(&mut body.early);
        self.early_by_function.insert(id, early);
        if unknown {
            self.break_signature(index);
        } else if let (Some(result), None) = (result, signature.result) {
            self.set_result(index, result);
        }
        self.set_body(id, ir::Body { locals, statements });
        if let Some(entry) = self.functions.get_mut(index) {
            entry.state = State::Done;
        }
        if broken {
            return;
        }
        let Some(entry) = self.functions.get(index) else {
            return;
        };
        let by_name = entry.calls == Calls::ByName;
        let reserved = entry.reserved_variant.map(|(given, _)| given);
        let chooses = |p: &Param<'a>| p.has_default && p.ty.rest().is_none();
        let least = by_name && signature.params.iter().any(chooses);
        let least = least.then(|| signature.required());
        for given in least.into_iter().chain(reserved) {
            if given >= signature.required() && self.variant(index, given).is_none() {
                self.must_be_reported(place(file, &node));
            }
        }
    }

    pub(super) fn set_body(&mut self, id: ir::FuncId, body: ir::Body) {
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            function.kind = ir::FunctionKind::Defined(body);
        }
    }

    /// Checks and lowers all functions; lowering one can add others.
    pub(super) fn lower_functions(&mut self) {
        let mut index = 0;
        loop {
            if index == self.functions.len() {
                // What classes and our own functions need may add functions again.
                if self.lower_standard() || self.lower_classes() {
                    continue;
                }
                break;
            }
            let ours = self
                .functions
                .get(index)
                .is_some_and(|f| Some(f.file as usize) == self.standard);
            // Of our own functions only those are lowered that something calls.
            if !ours {
                self.lower_function(index);
            }
            index += 1;
        }
        self.lower_blocks();
        self.lower_standard();
    }

    /// Lowers what classes do by themselves, once, and writes what calls need that only their objects decide.
    fn lower_classes(&mut self) -> bool {
        let mut any = false;
        while let Some(id) = self.classes.next_to_lower() {
            self.lower_class(id);
            any = true;
        }
        self.write_dispatch() || any
    }

    /// Returns the function for calls with `given` arguments: it computes the others and calls the whole function.
    pub(super) fn variant(&mut self, index: usize, given: usize) -> Option<ir::FuncId> {
        let entry = self.functions.get(index)?;
        if let Some(id) = entry.variants.get(&given) {
            return Some(*id);
        }
        let (node, file, whole, name) = (entry.node, entry.file, entry.ir, entry.name);
        let itself = entry.instance.as_ref().map_or(index, |of| of.template);
        let outer = entry.outer.clone();
        let captures = entry.captures.clone();
        let class = entry.class;
        let signature = self.signature(index)?;
        if signature.broken {
            return None;
        }
        self.variants += 1;
        if self.variants > crate::limits::DEFAULT_VARIANTS_MAX {
            let message = "too many calls leave out arguments in different ways";
            self.report(error(program::PROGRAM_TOO_LARGE, message).help("write the arguments"));
            return None;
        }
        let reserved = self.functions.get(index)?.reserved_variant;
        let id = match reserved {
            Some((number, id)) if number == given => id,
            _ => self.reserve(format!("{name}~{given}")),
        };
        if let Some(entry) = self.functions.get_mut(index) {
            entry.variants.insert(given, id);
        }
        let result = signature.result?;
        let mut body = Body::new(self, file, outer, Returns::Known(result));
        let mut statements = Vec::new();
        let mut arguments = Vec::new();
        let mut params = Vec::new();
        body.inner = InnerNames::of_function(node);
        if let Some(this) = body.begin_class(class) {
            arguments.push(Expr::Local(this));
            params.push(Val::I32);
        }
        let block = captures.as_ref().map(|_| body.temporary(Val::I32));
        let locals = body.parameter_locals(&signature);
        if let (Some(captures), Some(block)) = (&captures, block) {
            let own = node.id().map_or(name, |id| id.name.as_str());
            body.begin_captured(captures, Some((own, itself)), block);
            arguments.push(Expr::Local(block));
            params.push(Val::I32);
        }
        body.announce_parameters(node.params());
        let items = &node.params().items;
        let last = items.iter().rposition(|p| p.initializer.is_some());
        let itself = signature.params.iter().any(|param| param.default.is_some());
        let last = last.filter(|_| !itself);
        for (at, (item, param)) in items.iter().zip(&signature.params).enumerate() {
            let local = *locals.get(at)?;
            if at >= given {
                let default = match &item.initializer {
                    Some(default) if !itself => body.value_as(default, param.ty)?,
                    _ => super::absence::nothing(Absent::Undefined),
                };
                statements.push(Stmt::SetLocal(local, default));
            }
            // Its names are for the defaults behind it.
            if last.is_some_and(|last| at < last) {
                body.name_parameter(param, local, &mut statements)?;
            }
            arguments.push(Expr::Local(local));
        }
        if let Some(id) = signature.rest() {
            arguments.push(body.left_out(Type::Rest(id))?);
        }
        if result == Type::Void {
            statements.push(Stmt::Call(whole, arguments));
        } else {
            statements.push(Stmt::Return(Some(Expr::Call(whole, arguments))));
        }
        let locals = std::mem::take(&mut body.locals);
        let early = std::mem::take(&mut body.early);
        self.early_by_function.insert(id, early);
        let given = signature.params.iter().take(given);
        params.extend(given.filter_map(|p| p.ty.val()));
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            function.signature = ir::Signature {
                params,
                result: result.val(),
            };
        }
        self.set_body(id, ir::Body { locals, statements });
        Some(id)
    }
}

impl<'a> Body<'_, 'a> {
    /// Notes the class of a function, and makes its `this` if it has one.
    pub(super) fn begin_class(&mut self, class: Option<InClass>) -> Option<LocalId> {
        self.class = class;
        class
            .filter(|class| class.has_this())
            .map(|class| self.begin_this(class))
    }

    /// A default may use the parameters before its own, and no other name of the list.
    fn announce_parameters(&mut self, list: &'a ast::FormalParameters<'a>) {
        let rest = list.rest.iter().map(|rest| &rest.rest.argument);
        let patterns = list.items.iter().map(|item| &item.pattern).chain(rest);
        for id in patterns.flat_map(|pattern| pattern.get_binding_identifiers()) {
            let span = self.place(id);
            if let Some(scope) = self.scopes.innermost() {
                scope
                    .names
                    .insert(id.name.as_str(), Local::Pending(span, None));
            }
        }
    }

    /// Makes the variables of all parameters. They are the first of a function.
    fn parameter_locals(&mut self, signature: &Signature<'a>) -> Vec<LocalId> {
        let mut locals = Vec::new();
        for param in &signature.params {
            locals.extend(self.parameter_local(param));
        }
        for ty in &signature.ignored {
            if let Some(val) = ty.val() {
                self.temporary(val);
            }
        }
        locals
    }

    fn parameters(
        &mut self,
        list: &'a ast::FormalParameters<'a>,
        signature: &Signature<'a>,
        locals: &[LocalId],
        out: &mut Vec<Stmt>,
    ) {
        let rest = list.rest.iter().map(|rest| &rest.rest.argument);
        for pattern in list.items.iter().map(|item| &item.pattern).chain(rest) {
            let span = pattern.span();
            let found = signature.params.iter().zip(locals);
            let mut found = found.filter(|(param, _)| param.pattern.span() == span);
            let named = match found.next() {
                Some((param, local)) => self.name_parameter(param, *local, out),
                None => None,
            };
            if named.is_none() {
                self.break_names(pattern, Way::Inside { constant: false });
            }
        }
    }

    /// Makes the variable of a parameter whose type is known.
    pub(super) fn parameter_local(&mut self, param: &Param<'a>) -> Option<LocalId> {
        let name = match param.pattern {
            ast::BindingPattern::BindingIdentifier(id) => Some(id.name.as_str().to_owned()),
            _ => None,
        };
        Some(self.add_local(ir::Local {
            ty: param.ty.val()?,
            name,
            unassigned: None,
            sharing: Sharing::No,
        }))
    }

    /// Declares the name of a parameter, or takes its value apart.
    pub(super) fn name_parameter(
        &mut self,
        param: &Param<'a>,
        local: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let way = Way::Inside { constant: false };
        let id = match (param.pattern, param.default) {
            (ast::BindingPattern::BindingIdentifier(id), None) => id,
            (ast::BindingPattern::BindingIdentifier(id), Some(default))
                if param.keeps_undefined =>
            {
                let set = self.default_for_undefined((param, local), default, out);
                self.parameter_name(id, param, local);
                if set? {
                    let there = param.ty.without(Absent::Undefined);
                    self.given_to(param.name, param.ty, there);
                }
                return Some(());
            }
            _ => {
                let part = Part {
                    default: param.default,
                    ..Part::declared(param.pattern)
                };
                let value = Value::new(param.ty.inside(), Expr::Local(local));
                return self.take_part(&part, value, way, out);
            }
        };
        self.parameter_name(id, param, local);
        Some(())
    }

    /// Gives a parameter its default if it is `undefined`, and says whether it is none then.
    fn default_for_undefined(
        &mut self,
        (param, local): (&Param<'a>, LocalId),
        default: &'a ast::Expression<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<bool> {
        let (value, given) = self.perhaps(|body| body.value_given(default, param.ty))?;
        let lacks = super::absence::is_absent(Expr::Local(local), Absent::Undefined);
        let set = vec![Stmt::SetLocal(local, value)];
        out.push(Stmt::If(lacks, set, Vec::new()));
        Some(!given.absent().is_some_and(Absent::has_undefined))
    }

    fn parameter_name(
        &mut self,
        id: &'a ast::BindingIdentifier<'a>,
        param: &Param<'a>,
        local: LocalId,
    ) {
        let span = self.place(id);
        self.checker.name_allowed(param.name, span);
        if matches!(self.scopes.here(param.name), Some(Local::Variable(_))) {
            self.checker.duplicate(param.name, span, None);
        }
        let variable = Variable {
            local,
            ty: param.ty.inside(),
            constant: false,
            literal: None,
        };
        self.declare(param.name, variable);
    }
}
