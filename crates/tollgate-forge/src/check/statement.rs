//! Statements. Each says whether what follows it can be reached.

use oxc_ast::ast::{self, Declaration, Statement, VariableDeclarationKind};
use oxc_span::GetSpan;

use super::body::{Body, Returns, Target};
use super::known::class::InClass;
use super::known::entry::Named;
use super::scope::{Local, ScopeKind};
use super::types::{Absent, Type};
use super::value::Value;
use crate::codes::{types as codes, unsupported};
use crate::ir::{Fresh, Stmt};

impl<'a> Body<'_, 'a> {
    /// Lowers statements one after the other. Those behind a jump are checked and left out.
    pub(super) fn statements(&mut self, list: &'a [Statement<'a>], out: &mut Vec<Stmt>) -> bool {
        let mut completes = true;
        let mut unreached = Vec::new();
        for statement in list {
            let out = if completes { &mut *out } else { &mut unreached };
            completes &= self.statement(statement, out);
        }
        completes
    }

    /// Lowers the statements of a block of its own.
    pub(super) fn block(&mut self, list: &'a [Statement<'a>], out: &mut Vec<Stmt>) -> bool {
        self.scopes.enter(ScopeKind::Block);
        self.hoist(list, out);
        let completes = self.statements(list, out);
        self.scopes.leave();
        completes
    }

    /// Lowers a statement that is the body of another one.
    pub(super) fn inner(&mut self, statement: &'a Statement<'a>, out: &mut Vec<Stmt>) -> bool {
        let lexical = match statement {
            Statement::VariableDeclaration(list) => list.kind.is_lexical(),
            Statement::FunctionDeclaration(_)
            | Statement::ClassDeclaration(_)
            | Statement::TSEnumDeclaration(_) => true,
            _ => false,
        };
        if lexical {
            let span = self.place(statement);
            let message = "a declaration cannot be the whole body of a statement";
            self.fail(
                crate::codes::syntax::SYNTAX,
                message,
                span,
                "put it into a block: `{ … }`",
            );
            return true;
        }
        self.statement(statement, out)
    }

    pub(super) fn statement(&mut self, statement: &'a Statement<'a>, out: &mut Vec<Stmt>) -> bool {
        let span = self.place(statement);
        self.nest(span, |body| body.statement_inside(statement, out))
    }

    fn statement_inside(&mut self, statement: &'a Statement<'a>, out: &mut Vec<Stmt>) -> bool {
        match statement {
            Statement::EmptyStatement(_) => true,
            Statement::BlockStatement(block) => self.block(&block.body, out),
            Statement::ExpressionStatement(statement) => {
                let before = out.len();
                self.effect(&statement.expression, out);
                let last = out.last().filter(|_| out.len() > before);
                let ended = matches!(last, Some(Stmt::Unreachable | Stmt::Fault(_)));
                !ended && (!ends(&statement.expression) || self.shadowed("unreachable"))
            }
            Statement::IfStatement(statement) => self.if_statement(statement, out),
            Statement::WhileStatement(statement) => self.while_loop(statement, Vec::new(), out),
            Statement::DoWhileStatement(statement) => self.do_loop(statement, Vec::new(), out),
            Statement::ForStatement(statement) => self.for_loop(statement, Vec::new(), out),
            Statement::SwitchStatement(statement) => self.switch(statement, Vec::new(), out),
            Statement::LabeledStatement(statement) => self.labeled(statement, out),
            Statement::BreakStatement(statement) => self.break_statement(statement, out),
            Statement::ContinueStatement(statement) => self.continue_statement(statement, out),
            Statement::ReturnStatement(statement) => self.return_statement(statement, out),
            Statement::ThrowStatement(node) => self.throw(node, out),
            Statement::TryStatement(node) => self.try_statement(node, out),
            Statement::ForOfStatement(node) => self.for_of(node, Vec::new(), out),
            Statement::ForInStatement(node) => self.for_in(node, Vec::new(), out),
            Statement::WithStatement(_) => {
                let span = self.place(statement);
                self.fail(
                    unsupported::DYNAMIC,
                    "`with` is not supported",
                    span,
                    "name each value",
                );
                true
            }
            Statement::DebuggerStatement(_) => {
                let span = self.place(statement);
                self.fail(
                    unsupported::STATEMENT,
                    "`debugger` has no meaning in a module",
                    span,
                    "remove it",
                );
                true
            }
            other => {
                if let Some(declaration) = other.as_declaration() {
                    self.declaration(declaration, out);
                }
                self.module_declaration(other, out);
                true
            }
        }
    }

    fn module_declaration(&mut self, statement: &'a Statement<'a>, out: &mut Vec<Stmt>) {
        let Some(declaration) = statement.as_module_declaration() else {
            return;
        };
        if !self.top_level || !self.targets.is_empty() {
            let span = self.place(statement);
            let message = "imports and exports stand at the top level of a file";
            self.fail(crate::codes::syntax::SYNTAX, message, span, "move it there");
            return;
        }
        if let ast::ModuleDeclaration::ExportDeclaration(export) = declaration {
            self.declaration(&export.declaration, out);
        }
    }

    fn declaration(&mut self, declaration: &'a Declaration<'a>, out: &mut Vec<Stmt>) {
        match declaration {
            Declaration::VariableDeclaration(list) => self.variables(list, out),
            Declaration::TSEnumDeclaration(node) => {
                let found = self.enum_of(node.id.name.as_str());
                if let Some(id) = found {
                    self.checker.evaluate_enum(id);
                }
            }
            Declaration::ClassDeclaration(class) => {
                // Those of a file are lowered where its statements are gone over.
                let name = class.id.as_ref().map_or("", |id| id.name.as_str());
                if self.scopes.find(name).is_some() {
                    let (file, span) = (self.file, class.span());
                    self.checker.inner_class(file, span);
                }
            }
            Declaration::TSTypeAliasDeclaration(node) => {
                // Read now, so that a wrong type is reported even if nothing uses it. One with parameters has a meaning with
                // their types alone.
                if node.type_parameters.is_none() {
                    self.written(&node.type_annotation);
                }
            }
            Declaration::FunctionDeclaration(_)
            | Declaration::TSInterfaceDeclaration(_)
            | Declaration::TSExternalModuleDeclaration(_)
            | Declaration::TSNamespaceDeclaration(_)
            | Declaration::TSGlobalDeclaration(_)
            | Declaration::TSImportEqualsDeclaration(_) => {}
        }
    }

    /// Enters the names of a block before its statements: functions can be called before they stand, others not yet used.
    pub(super) fn hoist(&mut self, list: &'a [Statement<'a>], out: &mut Vec<Stmt>) {
        for statement in list {
            self.hoist_statement(statement, out);
        }
        self.read_types(list);
        self.inner_functions(list, out);
        for statement in list {
            if let Statement::FunctionDeclaration(function) = statement {
                self.see_outer(function);
            }
        }
    }

    /// Notes what a function sees of the functions around it.
    fn see_outer(&mut self, function: &ast::Function<'a>) {
        if let Some(id) = &function.id
            && let Some(Local::Function(index) | Local::Inner(index, _)) =
                self.scopes.find(id.name.as_str())
            && let Some(entry) = self.checker.functions.get_mut(index)
        {
            entry.outer = self.scopes.seen_by_inner(&self.outer);
        }
    }

    /// Reads the types that a block declares, where their names mean what they do there.
    fn read_types(&mut self, list: &'a [Statement<'a>]) {
        for statement in list {
            let id = match statement {
                Statement::TSTypeAliasDeclaration(node) if node.type_parameters.is_none() => {
                    &node.id
                }
                Statement::TSInterfaceDeclaration(node) if node.type_parameters.is_none() => {
                    &node.id
                }
                _ => continue,
            };
            let span = self.place(id);
            if let Some(Local::Alias(index)) = self.scopes.find_type(id.name.as_str()) {
                let scopes = Some((&self.scopes, &self.outer));
                self.checker.alias(index, span, scopes);
            }
        }
    }

    fn hoist_statement(&mut self, statement: &'a Statement<'a>, out: &mut Vec<Stmt>) {
        let file = self.file;
        match statement {
            Statement::VariableDeclaration(list) => {
                let names = list.declarations.iter();
                for id in names.flat_map(|declarator| declarator.id.get_binding_identifiers()) {
                    let span = self.place(id);
                    self.hoist_variable((id.name.as_str(), span), list.kind, out);
                }
            }
            Statement::FunctionDeclaration(function) => {
                let Some(id) = &function.id else { return };
                let span = self.place(id);
                if function.body.is_none() {
                    let help = "write one function for each form, under its own name";
                    self.fail(
                        unsupported::GENERIC,
                        "a function without a body is not supported here",
                        span,
                        help,
                    );
                    self.hoist_name(id.name.as_str(), Local::Broken, span);
                    return;
                }
                let outer = self.outer.clone();
                let index = self
                    .checker
                    .add_function(file, function, id.name.as_str(), outer);
                if let Some(entry) = self.checker.functions.get_mut(index) {
                    entry.class = self.class.map(InClass::inside);
                }
                self.hoist_name(id.name.as_str(), Local::Function(index), span);
            }
            Statement::ClassDeclaration(class) => {
                if let Some(id) = &class.id {
                    let span = self.place(id);
                    self.hoist_name(id.name.as_str(), Local::Broken, span);
                }
            }
            Statement::TSEnumDeclaration(node) => {
                let id = self.checker.add_enum(file, node);
                let span = self.place(&node.id);
                self.hoist_name(node.id.name.as_str(), Local::Enum(id), span);
            }
            Statement::TSTypeAliasDeclaration(node) => {
                let alias = self.checker.add_alias(file, Named::Type(node));
                let span = self.place(&node.id);
                self.hoist_name(node.id.name.as_str(), Local::Alias(alias), span);
            }
            Statement::TSInterfaceDeclaration(node) => {
                let alias = self.checker.add_alias(file, Named::Interface(node));
                let span = self.place(&node.id);
                self.hoist_name(node.id.name.as_str(), Local::Alias(alias), span);
            }
            _ => {}
        }
    }

    fn hoist_variable(
        &mut self,
        (name, span): (&'a str, tollgate_diagnostics::span::Span),
        kind: VariableDeclarationKind,
        out: &mut Vec<Stmt>,
    ) {
        if !kind.is_lexical() {
            // A `var` belongs to the whole function, and may be declared again.
            return self.hoist_var(name, span, out);
        }
        let local = if self.inner.uses(name) {
            self.reserve(Fresh::Lexical, out)
        } else {
            None
        };
        self.hoist_name(name, Local::Pending(span, local), span);
    }

    pub(super) fn hoist_var(
        &mut self,
        name: &'a str,
        span: tollgate_diagnostics::span::Span,
        out: &mut Vec<Stmt>,
    ) {
        let known = self.scopes.function();
        if known.is_none_or(|scope| scope.names.contains_key(name)) {
            return;
        }
        let local = if self.inner.uses(name) {
            self.reserve(Fresh::Var, out)
        } else {
            None
        };
        if let Some(scope) = self.scopes.function() {
            scope.names.insert(name, Local::Pending(span, local));
        }
    }

    fn hoist_name(&mut self, name: &'a str, local: Local, span: tollgate_diagnostics::span::Span) {
        self.checker.name_allowed(name, span);
        let Some(scope) = self.scopes.innermost() else {
            return;
        };
        if scope.names.insert(name, local).is_some() {
            self.checker.duplicate(name, span, None);
        }
    }

    fn if_statement(&mut self, statement: &'a ast::IfStatement<'a>, out: &mut Vec<Stmt>) -> bool {
        let tested = self.tested(&statement.test);
        let mut then = Vec::new();
        let mut otherwise = Vec::new();
        let no = self.begin_branch(tested.as_ref());
        let then_completes = self.inner(&statement.consequent, &mut then);
        let then_knows = std::mem::replace(&mut self.facts, no);
        let else_completes = match &statement.alternate {
            Some(alternate) => self.inner(alternate, &mut otherwise),
            None => true,
        };
        // What a branch knows that does not come to its end is of no use behind it.
        match (then_completes, else_completes) {
            (true, true) => {
                let else_knows = std::mem::take(&mut self.facts);
                self.facts = self.either_way(then_knows, &else_knows);
            }
            (true, false) => self.facts = then_knows,
            (false, _) => {}
        }
        if let Some(tested) = tested {
            out.push(Stmt::If(tested.expr, then, otherwise));
        }
        then_completes || else_completes
    }

    fn labeled(&mut self, first: &'a ast::LabeledStatement<'a>, out: &mut Vec<Stmt>) -> bool {
        let mut names = vec![first.label.name.as_str()];
        let mut body = &first.body;
        while let Statement::LabeledStatement(next) = body {
            names.push(next.label.name.as_str());
            body = &next.body;
        }
        for name in &names {
            let span = self.place(&first.label);
            self.checker.name_allowed(name, span);
            let twice = names.iter().filter(|n| *n == name).count() > 1;
            if twice || self.targets.iter().any(|t| t.labels.contains(name)) {
                let span = self.place(&first.label);
                self.fail(
                    codes::JUMP,
                    format!("the label `{name}` is already used around here"),
                    span,
                    "rename it",
                );
                return true;
            }
        }
        match body {
            Statement::WhileStatement(statement) => self.while_loop(statement, names, out),
            Statement::DoWhileStatement(statement) => self.do_loop(statement, names, out),
            Statement::ForStatement(statement) => self.for_loop(statement, names, out),
            Statement::ForOfStatement(statement) => self.for_of(statement, names, out),
            Statement::ForInStatement(statement) => self.for_in(statement, names, out),
            Statement::SwitchStatement(statement) => self.switch(statement, names, out),
            _ => self.labeled_block(body, names, out),
        }
    }

    fn labeled_block(
        &mut self,
        body: &'a Statement<'a>,
        labels: Vec<&'a str>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let leave = self.label();
        self.targets.push(Target {
            labels,
            leave,
            next: None,
            takes_break: false,
            left: false,
            continued: false,
            leaving: None,
        });
        let mut inner = Vec::new();
        let completes = self.inner(body, &mut inner);
        let target = self.targets.pop();
        let left = target.as_ref().is_some_and(|t| t.left);
        if let Some(leaving) = target.and_then(|t| t.leaving) {
            self.facts = if completes {
                leaving.meet(&self.facts)
            } else {
                leaving
            };
        }
        out.push(Stmt::Block(leave, inner));
        completes || left
    }

    fn break_statement(
        &mut self,
        statement: &'a ast::BreakStatement<'a>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let label = statement.label.as_ref().map(|l| l.name.as_str());
        let target = self.targets.iter_mut().rev().find(|t| match label {
            Some(label) => t.labels.contains(&label),
            None => t.takes_break,
        });
        match target {
            Some(target) => {
                target.left = true;
                target.leaving = Some(match target.leaving.take() {
                    Some(leaving) => leaving.meet(&self.facts),
                    None => self.facts.clone(),
                });
                out.push(Stmt::Branch(target.leave));
            }
            None => {
                let message = match label {
                    Some(label) => format!("there is no label `{label}` around this `break`"),
                    None => "there is no loop or `switch` around this `break`".to_owned(),
                };
                let span = self.place(statement);
                self.fail(
                    codes::JUMP,
                    message,
                    span,
                    "remove it, or put what it is to leave around it",
                );
            }
        }
        false
    }

    fn continue_statement(
        &mut self,
        statement: &'a ast::ContinueStatement<'a>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let label = statement.label.as_ref().map(|l| l.name.as_str());
        let target = self.targets.iter_mut().rev().find(|t| match label {
            Some(label) => t.labels.contains(&label),
            None => t.next.is_some(),
        });
        match target.and_then(|t| t.next.map(|next| (t, next))) {
            Some((target, next)) => {
                target.continued = true;
                out.push(Stmt::Branch(next));
            }
            None => {
                let message = match label {
                    Some(label) => {
                        format!("there is no loop with the label `{label}` around this `continue`")
                    }
                    None => "there is no loop around this `continue`".to_owned(),
                };
                let span = self.place(statement);
                self.fail(
                    codes::JUMP,
                    message,
                    span,
                    "remove it, or put the loop around it",
                );
            }
        }
        false
    }

    fn return_statement(
        &mut self,
        statement: &'a ast::ReturnStatement<'a>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let span = self.place(statement);
        self.give_back(statement.argument.as_ref(), span, out)
    }

    /// The body of an arrow that is an expression; says whether its end is reached without a value.
    pub(super) fn returned(&mut self, expr: &'a ast::Expression<'a>, out: &mut Vec<Stmt>) -> bool {
        if self.returns == Returns::Known(Type::Void) {
            self.effect(expr, out);
            return true;
        }
        let span = self.place(expr);
        self.give_back(Some(expr), span, out);
        false
    }

    fn give_back(
        &mut self,
        argument: Option<&'a ast::Expression<'a>>,
        span: tollgate_diagnostics::span::Span,
        out: &mut Vec<Stmt>,
    ) -> bool {
        match (self.returns, argument) {
            (Returns::Nowhere, _) => {
                self.fail(
                    codes::JUMP,
                    "there is no function around this `return`",
                    span,
                    "remove it",
                );
            }
            (Returns::Known(Type::Void), None) => self.give(None, out),
            (Returns::Known(Type::Void), Some(argument)) => {
                // A call of a function that returns nothing may be returned.
                let mut effects = Vec::new();
                let given = self.value_or_void(argument, &mut effects);
                if let Some(Some(Value {
                    ty: Type::Never,
                    expr,
                })) = given
                {
                    effects.extend([Stmt::Drop(expr), Stmt::Unreachable]);
                } else if let Some(Some(value)) = given {
                    let ty = self.checker.type_name(value.ty);
                    let help = "write the result type of the function, or return nothing";
                    self.fail(
                        codes::MISMATCH,
                        format!("a value of type `{ty}` in a function that returns none"),
                        span,
                        help,
                    );
                }
                out.append(&mut effects);
                self.give(None, out);
            }
            (Returns::Known(ty), Some(argument)) => {
                if let Some(value) = self.value_as(argument, ty) {
                    self.give(Some(Value::new(ty, value)), out);
                }
            }
            (Returns::Known(ty @ Type::Maybe(_, absent)), None) if absent.has_undefined() => {
                let none = super::absence::nothing(Absent::Undefined);
                self.give(Some(Value::new(ty, none)), out);
            }
            (Returns::Known(ty), None) => {
                let ty = self.checker.type_name(ty);
                self.fail(
                    codes::NO_RETURN,
                    format!("a value of type `{ty}` is to be returned"),
                    span,
                    "write it behind `return`",
                );
            }
            (Returns::Inferred(None), None) => {
                self.returns = Returns::Inferred(Some(Type::Void));
                self.give(None, out);
            }
            (Returns::Inferred(None), Some(argument)) => {
                let mut effects = Vec::new();
                match self.value_or_void(argument, &mut effects) {
                    Some(Some(value)) if value.ty.base().is_none() => {
                        let name = self.checker.type_name(value.ty);
                        let help = format!("write it: `: number | {name}`");
                        let message = format!("`{name}` does not show the type of the result");
                        self.fail(codes::NO_TYPE, message, span, help);
                    }
                    Some(Some(value)) => {
                        self.returns = Returns::Inferred(Some(value.ty));
                        self.give(Some(value), out);
                    }
                    Some(None) => {
                        self.returns = Returns::Inferred(Some(Type::Void));
                        out.append(&mut effects);
                        self.give(None, out);
                    }
                    None => self.returns = Returns::Broken,
                }
            }
            (Returns::Broken, Some(argument)) => {
                self.value_or_void(argument, &mut Vec::new());
            }
            (Returns::Broken, None) => {}
            (Returns::Inferred(Some(ty)), _) => {
                self.returns = Returns::Known(ty);
                self.give_back(argument, span, out);
                self.returns = Returns::Inferred(Some(ty));
            }
        }
        false
    }
}

/// Whether the expression is a call of `unreachable`.
fn ends(expr: &ast::Expression<'_>) -> bool {
    let ast::Expression::CallExpression(call) = expr.without_parentheses() else {
        return false;
    };
    call.callee.is_specific_id("unreachable")
}
