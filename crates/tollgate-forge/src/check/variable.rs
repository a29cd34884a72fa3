//! Declarations of variables: those of functions are locals, those of files globals.

use oxc_ast::ast::{self, BindingPattern, VariableDeclarationKind};
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::capture::is_function;
use super::constant::Constant;
use super::known::capture::Shared;
use super::known::entry::State;
use super::pattern::Way;
use super::scope::{Local, Variable};
use super::types::{Absent, Type};
use super::value::Value;
use crate::codes::{types as codes, unsupported};
use crate::ir::{self, Const, Expr, Fresh, GlobalId, LocalId, Sharing, Stmt};
use crate::optimise::fold;

/// A variable that begins to be.
struct New {
    ty: Type,
    value: Option<Expr>,
    /// The type that the value has by itself.
    given: Type,
    /// The value of a constant, when it is known as a number.
    literal: Option<Constant>,
}

/// The type of a variable, its value if it has one, and the type that the value has by itself.
pub(super) struct Typed {
    pub(super) ty: Type,
    pub(super) value: Option<Expr>,
    given: Type,
}

impl Typed {
    fn without_value(ty: Type) -> Self {
        Self {
            ty,
            value: None,
            given: ty,
        }
    }
}

/// What a variable is that is declared without a value, if that is one of its values.
fn undefined(ty: Type) -> Option<Expr> {
    let undefined = ty.absent().filter(|absent| absent.has_undefined());
    undefined.map(|_| super::absence::nothing(Absent::Undefined))
}

impl<'a> Body<'_, 'a> {
    /// Lowers a declaration as a statement.
    pub(super) fn variables(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        out: &mut Vec<Stmt>,
    ) {
        let names = list.declarations.iter();
        let names = names.flat_map(|declarator| declarator.id.get_binding_identifiers());
        let first = names.map(|id| id.name.as_str()).next();
        let nested = first.is_some_and(|name| self.scopes.find(name).is_some());
        if list.declare {
            let span = self.place(list);
            let help = "declare a function that returns it: `declare function f(): number;`";
            self.fail(
                unsupported::STATEMENT,
                "variables of the host are not supported",
                span,
                help,
            );
            let way = if self.top_level && !nested {
                Way::Global(list.kind)
            } else {
                Way::Local(list.kind)
            };
            for declarator in &list.declarations {
                self.break_names(&declarator.id, way);
            }
            return;
        }
        if self.top_level && !nested {
            for declarator in &list.declarations {
                self.global(list, declarator, out);
            }
        } else {
            self.local_variables(list, out);
        }
    }

    pub(super) fn hoist_list(&mut self, list: &'a ast::VariableDeclaration<'a>) {
        let names = list.declarations.iter();
        for id in names.flat_map(|declarator| declarator.id.get_binding_identifiers()) {
            let span = self.place(id);
            let name = id.name.as_str();
            let scope = if list.kind.is_lexical() {
                self.scopes.innermost()
            } else {
                self.scopes.function()
            };
            let Some(scope) = scope else { continue };
            if list.kind.is_lexical() {
                if scope
                    .names
                    .insert(name, Local::Pending(span, None))
                    .is_some()
                {
                    self.checker.duplicate(name, span, None);
                }
            } else {
                scope
                    .names
                    .entry(name)
                    .or_insert(Local::Pending(span, None));
            }
        }
    }

    pub(super) fn local_variables(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        out: &mut Vec<Stmt>,
    ) {
        for declarator in &list.declarations {
            self.local_variable(list, declarator, out);
        }
    }

    fn local_variable(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        node: &'a ast::VariableDeclarator<'a>,
        out: &mut Vec<Stmt>,
    ) {
        let way = Way::Local(list.kind);
        let Some(id) = self.plain_name(list, node, way, out) else {
            return;
        };
        let literal = self.literal_of(list, node);
        let before = self.declared_before(id, list.kind);
        self.checker.declaring.push(id.name.as_str());
        let typed = self.typed_value(node, before.map(|b| b.ty));
        self.checker.declaring.pop();
        match typed {
            Some(Typed { ty, value, given }) => {
                let new = New {
                    ty,
                    value,
                    given,
                    literal,
                };
                match self.new_local(id, list.kind, new, out) {
                    Some(()) => self.note_element(id.name.as_str(), ty, (list.kind, node)),
                    None => self.bind(id.name.as_str(), Local::Broken, list.kind),
                }
            }
            None => self.bind(id.name.as_str(), Local::Broken, list.kind),
        }
    }

    /// The value of a constant, if it is known as a number and may take the type that its use needs.
    fn literal_of(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        node: &'a ast::VariableDeclarator<'a>,
    ) -> Option<Constant> {
        let constant = list.kind.is_const() && node.type_annotation.is_none();
        let init = node.init.as_ref().filter(|_| constant)?;
        self.constant(init).map(Constant::rounded)
    }

    /// A `var` of this name that is there already.
    fn declared_before(
        &mut self,
        id: &'a ast::BindingIdentifier<'a>,
        kind: VariableDeclarationKind,
    ) -> Option<Variable> {
        match self.scopes.find(id.name.as_str()) {
            Some(Local::Variable(before)) if !kind.is_lexical() => Some(before),
            _ => None,
        }
    }

    /// Declares a variable of the function that a pattern gives its value.
    pub(super) fn local_with_value(
        &mut self,
        id: &'a ast::BindingIdentifier<'a>,
        kind: VariableDeclarationKind,
        value: Value,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = self.place(id);
        let before = self.declared_before(id, kind);
        let ty = before.map_or(value.ty, |before| before.ty);
        let given = value.ty;
        let value = self.coerce(value, ty, span)?;
        let new = New {
            ty,
            value: Some(value),
            given,
            literal: None,
        };
        self.new_local(id, kind, new, out)
    }

    fn new_local(
        &mut self,
        id: &'a ast::BindingIdentifier<'a>,
        kind: VariableDeclarationKind,
        new: New,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let New {
            ty,
            value,
            given,
            literal,
        } = new;
        let (name, span) = (id.name.as_str(), self.place(id));
        self.checker.name_allowed(name, span);
        let lexical = kind.is_lexical();
        let Some(val) = ty.val() else {
            self.void_variable(span);
            return None;
        };
        // A `var` keeps what it has where its declaration runs again.
        let value = value.or_else(|| undefined(ty).filter(|_| lexical));
        let known = match self.scopes.find(name) {
            Some(Local::Pending(declared, local)) if lexical => local.filter(|_| declared == span),
            Some(Local::Pending(_, local)) => local,
            _ => self.declared_before(id, kind).map(|before| before.local),
        };
        let local = match known {
            Some(local) => {
                if let Some(entry) = self.locals.get_mut(local.0 as usize) {
                    entry.ty = val;
                    entry.name = Some(name.to_owned());
                    entry.unassigned = (value.is_none() || !lexical).then_some(span);
                }
                local
            }
            None => self.add_local(ir::Local {
                ty: val,
                name: Some(name.to_owned()),
                // A `var` is in sight where its declaration did not run.
                unassigned: (value.is_none() || !lexical).then_some(span),
                sharing: Sharing::No,
            }),
        };
        if known.is_none() && lexical && self.inner.uses(name) {
            out.push(Stmt::Fresh(local, Fresh::Lexical));
        }
        match value {
            Some(value) => out.push(Stmt::SetLocal(local, value)),
            None if lexical => out.push(Stmt::Forget(local)),
            None => {}
        }
        let variable = Variable {
            local,
            ty,
            constant: kind.is_const(),
            literal,
        };
        let constant = variable.constant;
        self.shared_is(local, Shared::Variable { ty, constant });
        self.bind(name, Local::Variable(variable), kind);
        self.given_to(name, ty, given);
        Some(())
    }

    fn bind(&mut self, name: &'a str, local: Local, kind: VariableDeclarationKind) {
        let scope = if kind.is_lexical() {
            self.scopes.innermost()
        } else {
            self.scopes.function()
        };
        if let Some(scope) = scope {
            scope.bind(name, local);
        }
    }

    pub(super) fn void_variable(&mut self, span: Span) {
        self.fail(
            codes::NO_VALUE,
            "the variable has no value",
            span,
            "`void` is no type of values; write the type of the value",
        );
    }

    /// The name that is declared. A pattern is taken apart here, and a form that is not supported reported: then there is none.
    fn plain_name(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        node: &'a ast::VariableDeclarator<'a>,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<&'a ast::BindingIdentifier<'a>> {
        let span = self.place(&node.id);
        if list.kind.is_using() {
            self.fail(
                unsupported::STATEMENT,
                "`using` is not supported",
                span,
                "declare it with `const`",
            );
            self.break_names(&node.id, way);
            return None;
        }
        let mut names = node.id.get_binding_identifiers().into_iter();
        let taken = names.find(|id| list.kind.is_var() && self.scopes.in_block(id.name.as_str()));
        if let Some(id) = taken {
            let span = self.place(id);
            self.checker.duplicate(id.name.as_str(), span, None);
            return None;
        }
        let BindingPattern::BindingIdentifier(id) = &node.id else {
            self.pattern_declaration(node, way, out);
            return None;
        };
        if list.kind.is_const() && node.init.is_none() {
            self.fail(
                crate::codes::syntax::SYNTAX,
                "a constant needs a value",
                span,
                "write it: `= 0`",
            );
            self.break_names(&node.id, way);
            return None;
        }
        Some(id)
    }

    /// The type of a variable, and its value if it has one.
    pub(super) fn typed_value(
        &mut self,
        node: &'a ast::VariableDeclarator<'a>,
        known: Option<Type>,
    ) -> Option<Typed> {
        let written = match &node.type_annotation {
            Some(written) => Some(self.written(&written.type_annotation)),
            None => known.map(Some),
        };
        match (written, &node.init) {
            (Some(ty), Some(init)) => {
                let Some(ty) = ty else {
                    self.value(init, None);
                    return None;
                };
                if ty == Type::Void {
                    return Some(Typed::without_value(ty));
                }
                // The type is known even if the value is wrong.
                let value = self.value_given(init, ty);
                let value = value.or_else(|| zero(ty).map(|zero| (zero, ty)));
                let given = value.as_ref().map_or(ty, |(_, given)| *given);
                let value = value.map(|(value, _)| value);
                Some(Typed { ty, value, given })
            }
            (Some(ty), None) => Some(Typed::without_value(ty?)),
            (None, Some(init)) => {
                let Value { ty, expr } = self.value(init, None)?;
                if let Type::Nothing(absent) = ty {
                    let span = self.place(&node.id);
                    let name = absent.name();
                    let message = format!("`{name}` does not show the type of the variable");
                    let help = format!("write it: `: number | {name}`");
                    self.fail(codes::NO_TYPE, message, span, help);
                    return None;
                }
                let value = Some(expr);
                let given = ty;
                Some(Typed { ty, value, given })
            }
            (None, None) => {
                let span = self.place(&node.id);
                self.fail(
                    codes::NO_TYPE,
                    "the variable has neither a type nor a value",
                    span,
                    "write one of them: `: number` or `= 0`",
                );
                None
            }
        }
    }

    /// Lowers a variable of a file.
    fn global(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        node: &'a ast::VariableDeclarator<'a>,
        out: &mut Vec<Stmt>,
    ) {
        let Some(id) = self.plain_name(list, node, Way::Global(list.kind), out) else {
            return;
        };
        let Some(index) = self.global_of(id) else {
            return;
        };
        self.set_global_state(index, State::Working);
        let literal = self.literal_of(list, node);
        let init = node.init.as_ref().filter(|_| list.kind.is_const());
        self.once = init.is_some_and(is_function);
        let found = self.typed_value(node, None);
        self.once = false;
        let function = self.once_made.take();
        if let Some(entry) = self.checker.globals.get_mut(index) {
            entry.function = function;
        }
        self.set_global_state(index, State::Done);
        if let Some(Typed { ty, value, given }) = found {
            let new = New {
                ty,
                value,
                given,
                literal,
            };
            self.new_global(id, list.kind, new, out);
            self.note_element(id.name.as_str(), ty, (list.kind, node));
        }
    }

    /// Gives a variable of the file the value that a pattern has for it.
    pub(super) fn global_with_value(
        &mut self,
        id: &'a ast::BindingIdentifier<'a>,
        kind: VariableDeclarationKind,
        value: Value,
        out: &mut Vec<Stmt>,
    ) {
        let new = New {
            ty: value.ty,
            value: Some(value.expr),
            given: value.ty,
            literal: None,
        };
        self.done_global(id);
        self.new_global(id, kind, new, out);
    }

    /// The place of a variable in the table of globals, unless it is one that is declared twice.
    fn global_of(&self, id: &'a ast::BindingIdentifier<'a>) -> Option<usize> {
        let span = self.place(id);
        match self.checker.file_item(self.file as usize, id.name.as_str()) {
            Some(super::known::file::Item::Global(index)) => {
                let entry = self.checker.globals.get(index)?;
                (entry.span == span).then_some(index)
            }
            _ => None,
        }
    }

    fn new_global(
        &mut self,
        id: &'a ast::BindingIdentifier<'a>,
        kind: VariableDeclarationKind,
        new: New,
        out: &mut Vec<Stmt>,
    ) {
        let New {
            ty,
            value,
            given,
            literal,
        } = new;
        let (name, span) = (id.name.as_str(), self.place(id));
        let Some(index) = self.global_of(id) else {
            return;
        };
        let Some(val) = ty.val() else {
            self.void_variable(span);
            return;
        };
        let Some(mut value) = value.or_else(|| undefined(ty)) else {
            let zero = "give it a value: `= 0`";
            self.fail(
                codes::UNASSIGNED,
                format!("`{name}` has no value"),
                span,
                zero,
            );
            return;
        };
        fold::expression(&mut value);
        let known = match value {
            Expr::Const(known) => Some(known),
            _ => None,
        };
        let global = GlobalId(self.checker.next_number(self.checker.module.globals.len()));
        self.checker.module.globals.push(ir::Global {
            name: name.to_owned(),
            value: known.unwrap_or(Const::zero(val)),
            mutable: !kind.is_const() || known.is_none(),
        });
        if known.is_none() {
            out.push(Stmt::SetGlobal(global, value));
        }
        if let Some(entry) = self.checker.globals.get_mut(index) {
            entry.ty = Some(ty);
            entry.ir = Some(global);
            entry.literal = literal;
            entry.computed = known.is_none();
        }
        self.checker.global_by_id.insert(global, index);
        self.defined.push(index);
        self.given_to(name, ty, given);
    }

    fn set_global_state(&mut self, index: usize, state: State) {
        if let Some(entry) = self.checker.globals.get_mut(index) {
            entry.state = state;
        }
    }

    /// Marks a variable of the file as one that is looked at no more.
    pub(super) fn done_global(&mut self, id: &'a ast::BindingIdentifier<'a>) {
        if let Some(index) = self.global_of(id) {
            self.set_global_state(index, State::Done);
        }
    }
}

fn zero(ty: Type) -> Option<Expr> {
    ty.val().map(|val| Expr::Const(Const::zero(val)))
}

/// Where a variable of a function lies.
pub(super) fn read(local: LocalId) -> Expr {
    Expr::Local(local)
}
