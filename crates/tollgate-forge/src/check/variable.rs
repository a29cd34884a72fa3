//! Declarations of variables: those of functions are locals, those of files globals.

use oxc_ast::ast::{self, BindingPattern};
use tollgate_diagnostics::span::Span;

use super::State;
use super::body::{Body, Value};
use super::constant::Constant;
use super::scope::{Local, Variable};
use super::types::Type;
use crate::codes::{types as codes, unsupported};
use crate::ir::{self, Const, Expr, GlobalId, LocalId, Stmt};
use crate::optimise::fold;

impl<'a> Body<'_, 'a> {
    /// Lowers a declaration as a statement.
    pub(super) fn variables(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        out: &mut Vec<Stmt>,
    ) {
        if list.declare {
            let span = self.place(list);
            let help = "declare a function that returns it: `declare function f(): number;`";
            self.fail(
                unsupported::STATEMENT,
                "variables of the host are not supported",
                span,
                help,
            );
            self.break_names(list);
            return;
        }
        let name = list
            .declarations
            .first()
            .and_then(|d| d.id.get_binding_identifier());
        let nested = name.is_some_and(|id| self.scopes.find(id.name.as_str()).is_some());
        if self.top_level && !nested {
            for declarator in &list.declarations {
                self.global(list, declarator, out);
            }
        } else {
            self.local_variables(list, out);
        }
    }

    fn break_names(&mut self, list: &'a ast::VariableDeclaration<'a>) {
        for declarator in &list.declarations {
            let Some(id) = declarator.id.get_binding_identifier() else {
                continue;
            };
            let global = self.checker.file_item(self.file as usize, id.name.as_str());
            match global {
                Some(super::files::Item::Global(index)) if self.top_level => {
                    if let Some(entry) = self.checker.globals.get_mut(index) {
                        entry.state = State::Done;
                    }
                }
                _ => {
                    if let Some(scope) = self.scopes.innermost() {
                        scope.names.insert(id.name.as_str(), Local::Broken);
                    }
                }
            }
        }
    }

    pub(super) fn hoist_list(&mut self, list: &'a ast::VariableDeclaration<'a>) {
        for declarator in &list.declarations {
            let BindingPattern::BindingIdentifier(id) = &declarator.id else {
                continue;
            };
            let span = self.place(id.as_ref());
            let name = id.name.as_str();
            let scope = if list.kind.is_lexical() {
                self.scopes.innermost()
            } else {
                self.scopes.function()
            };
            let Some(scope) = scope else { continue };
            if list.kind.is_lexical() {
                if scope.names.insert(name, Local::Pending(span)).is_some() {
                    self.checker.duplicate(name, span, None);
                }
            } else {
                scope.names.entry(name).or_insert(Local::Pending(span));
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
        let Some(name) = self.plain_name(list, node) else {
            if let Some(init) = &node.init {
                self.value(init, None);
            }
            return;
        };
        let span = self.place(&node.id);
        self.checker.name_allowed(name, span);
        let lexical = list.kind.is_lexical();
        let before = match self.scopes.find(name) {
            Some(Local::Variable(before)) if !lexical => Some(before),
            _ => None,
        };
        let constant = list.kind.is_const();
        let literal = node
            .init
            .as_ref()
            .filter(|_| constant && node.type_annotation.is_none());
        let literal = literal
            .and_then(|init| self.constant(init))
            .map(Constant::rounded);
        let found = self.typed_value(node, before.map(|b| b.ty));
        let Some((ty, value)) = found else {
            self.bind(name, Local::Broken, lexical);
            return;
        };
        let Some(val) = ty.val() else {
            self.void_variable(span);
            self.bind(name, Local::Broken, lexical);
            return;
        };
        let local = match before {
            Some(before) => before.local,
            None => self.add_local(ir::Local {
                ty: val,
                name: Some(name.to_owned()),
                // A `var` is in sight where its declaration did not run.
                unassigned: (value.is_none() || !lexical).then_some(span),
            }),
        };
        match value {
            Some(value) => out.push(Stmt::SetLocal(local, value)),
            None if lexical => out.push(Stmt::Forget(local)),
            None => {}
        }
        let variable = Variable {
            local,
            ty,
            constant,
            literal,
        };
        self.bind(name, Local::Variable(variable), lexical);
    }

    fn bind(&mut self, name: &'a str, local: Local, lexical: bool) {
        let scope = if lexical {
            self.scopes.innermost()
        } else {
            self.scopes.function()
        };
        if let Some(scope) = scope {
            scope.names.insert(name, local);
        }
    }

    fn void_variable(&mut self, span: Span) {
        self.fail(
            codes::NO_VALUE,
            "the variable has no value",
            span,
            "`void` is no type of values; write the type of the value",
        );
    }

    /// The name, if the declaration is of a form that is supported.
    fn plain_name(
        &mut self,
        list: &'a ast::VariableDeclaration<'a>,
        node: &'a ast::VariableDeclarator<'a>,
    ) -> Option<&'a str> {
        let span = self.place(&node.id);
        if list.kind.is_using() {
            self.fail(
                unsupported::STATEMENT,
                "`using` is not supported",
                span,
                "declare it with `const`",
            );
            return None;
        }
        let BindingPattern::BindingIdentifier(id) = &node.id else {
            self.checker.pattern_unsupported(span);
            for id in node.id.get_binding_identifiers() {
                self.bind(id.name.as_str(), Local::Broken, list.kind.is_lexical());
            }
            return None;
        };
        if list.kind.is_const() && node.init.is_none() {
            self.fail(
                crate::codes::syntax::SYNTAX,
                "a constant needs a value",
                span,
                "write it: `= 0`",
            );
            self.bind(id.name.as_str(), Local::Broken, true);
            return None;
        }
        Some(id.name.as_str())
    }

    /// The type of a variable, and its value if it has one.
    fn typed_value(
        &mut self,
        node: &'a ast::VariableDeclarator<'a>,
        known: Option<Type>,
    ) -> Option<(Type, Option<Expr>)> {
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
                    return Some((ty, None));
                }
                // The type is known even if the value is wrong.
                let value = self.value_as(init, ty);
                Some((ty, value.or_else(|| zero(ty))))
            }
            (Some(ty), None) => Some((ty?, None)),
            (None, Some(init)) => {
                let Value { ty, expr } = self.value(init, None)?;
                Some((ty, Some(expr)))
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
        let Some(name) = self.plain_name(list, node) else {
            if let Some(init) = &node.init {
                self.value(init, None);
            }
            self.done_globals(&node.id);
            return;
        };
        let Some(super::files::Item::Global(index)) =
            self.checker.file_item(self.file as usize, name)
        else {
            return;
        };
        let span = self.place(&node.id);
        let twice = self
            .checker
            .globals
            .get(index)
            .is_none_or(|g| g.span != span);
        if twice {
            // Reported as declared twice.
            return;
        }
        self.set_global_state(index, State::Working);
        let constant = list.kind.is_const();
        let literal = node
            .init
            .as_ref()
            .filter(|_| constant && node.type_annotation.is_none());
        let literal = literal
            .and_then(|init| self.constant(init))
            .map(Constant::rounded);
        let found = self.typed_value(node, None);
        self.set_global_state(index, State::Done);
        let Some((ty, value)) = found else { return };
        let Some(val) = ty.val() else {
            self.void_variable(span);
            return;
        };
        let Some(mut value) = value else {
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
        let id = GlobalId(self.checker.next_number(self.checker.module.globals.len()));
        self.checker.module.globals.push(ir::Global {
            name: name.to_owned(),
            value: known.unwrap_or(Const::zero(val)),
            mutable: !constant || known.is_none(),
        });
        if known.is_none() {
            out.push(Stmt::SetGlobal(id, value));
        }
        if let Some(entry) = self.checker.globals.get_mut(index) {
            entry.ty = Some(ty);
            entry.ir = Some(id);
            entry.literal = literal;
            entry.computed = known.is_none();
        }
        self.checker.global_by_id.insert(id, index);
        self.defined.push(index);
    }

    fn set_global_state(&mut self, index: usize, state: State) {
        if let Some(entry) = self.checker.globals.get_mut(index) {
            entry.state = state;
        }
    }

    fn done_globals(&mut self, pattern: &'a BindingPattern<'a>) {
        if let BindingPattern::BindingIdentifier(id) = pattern
            && let Some(super::files::Item::Global(index)) =
                self.checker.file_item(self.file as usize, id.name.as_str())
        {
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
