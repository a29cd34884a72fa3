//! `var` belongs to its whole function: its name is found wherever it stands in it.

use oxc_ast::ast::{ForStatementInit, ForStatementLeft, Statement, VariableDeclaration};

use super::body::Body;
use crate::ir::Stmt;

impl<'a> Body<'_, 'a> {
    /// Enters the names of all `var`s of a function.
    pub(super) fn hoist_vars(&mut self, list: &'a [Statement<'a>], out: &mut Vec<Stmt>) {
        for statement in list {
            self.hoist_vars_of(statement, out);
        }
    }

    /// Enters the names of the `var`s inside of a statement of a file. Its own are variables of the file.
    pub(super) fn hoist_nested_vars(&mut self, statement: &'a Statement<'a>, out: &mut Vec<Stmt>) {
        if !matches!(statement, Statement::VariableDeclaration(_)) {
            self.hoist_vars_of(statement, out);
        }
    }

    fn hoist_vars_of(&mut self, statement: &'a Statement<'a>, out: &mut Vec<Stmt>) {
        match statement {
            Statement::VariableDeclaration(list) => self.hoist_var_list(list, out),
            Statement::BlockStatement(block) => self.hoist_vars(&block.body, out),
            Statement::IfStatement(node) => {
                self.hoist_vars_of(&node.consequent, out);
                if let Some(alternate) = &node.alternate {
                    self.hoist_vars_of(alternate, out);
                }
            }
            Statement::ForOfStatement(node) => {
                if let ForStatementLeft::VariableDeclaration(list) = &node.left {
                    self.hoist_var_list(list, out);
                }
                self.hoist_vars_of(&node.body, out);
            }
            Statement::ForInStatement(node) => {
                if let ForStatementLeft::VariableDeclaration(list) = &node.left {
                    self.hoist_var_list(list, out);
                }
                self.hoist_vars_of(&node.body, out);
            }
            Statement::WhileStatement(node) => self.hoist_vars_of(&node.body, out),
            Statement::DoWhileStatement(node) => self.hoist_vars_of(&node.body, out),
            Statement::LabeledStatement(node) => self.hoist_vars_of(&node.body, out),
            Statement::ForStatement(node) => {
                if let Some(ForStatementInit::VariableDeclaration(list)) = &node.init {
                    self.hoist_var_list(list, out);
                }
                self.hoist_vars_of(&node.body, out);
            }
            Statement::TryStatement(node) => {
                self.hoist_vars(&node.block.body, out);
                if let Some(handler) = &node.handler {
                    self.hoist_vars(&handler.body.body, out);
                }
                if let Some(finalizer) = &node.finalizer {
                    self.hoist_vars(&finalizer.body, out);
                }
            }
            Statement::SwitchStatement(node) => {
                for case in &node.cases {
                    self.hoist_vars(&case.consequent, out);
                }
            }
            _ => {}
        }
    }

    fn hoist_var_list(&mut self, list: &'a VariableDeclaration<'a>, out: &mut Vec<Stmt>) {
        if !list.kind.is_var() {
            return;
        }
        for declarator in &list.declarations {
            for id in declarator.id.get_binding_identifiers() {
                let span = self.place(id);
                self.hoist_var(id.name.as_str(), span, out);
            }
        }
    }
}
