//! `switch`: the cases are compared from top to bottom, and run from the one that fits.

use oxc_ast::ast;

use super::assigned_names::AssignedNames;
use super::body::{Body, Target, Value};
use super::scope::{Local, ScopeKind};
use crate::codes::program::PROGRAM_TOO_LARGE;
use crate::ir::{Label, Stmt};
use crate::limits::CASES_MAX;

impl<'a> Body<'_, 'a> {
    pub(super) fn switch(
        &mut self,
        node: &'a ast::SwitchStatement<'a>,
        names: Vec<&'a str>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        if node.cases.len() > CASES_MAX {
            let span = self.place(node);
            let message = format!("a `switch` has more than {CASES_MAX} cases");
            let help = "split it: by ranges with `if`, then a `switch` for each";
            self.fail(PROGRAM_TOO_LARGE, message, span, help);
            return true;
        }
        let leave = self.label();
        let subject = self.value(&node.discriminant, None);
        let subject = subject.and_then(|value| self.keep(value, out));
        self.scopes.enter(ScopeKind::Block);
        for case in &node.cases {
            self.hoist(&case.consequent, out);
        }
        let mut assigned = AssignedNames::default();
        for case in &node.cases {
            assigned = assigned.with_expression(case.test.as_ref());
            for statement in &case.consequent {
                assigned = assigned.with_statement(statement);
            }
        }
        self.forget_assigned(&assigned);
        let known = self.facts.clone();
        let labels: Vec<Label> = node.cases.iter().map(|_| self.label()).collect();
        let mut choose = self.choose(node, subject.as_ref(), &labels, leave);
        self.targets.push(Target {
            labels: names,
            leave,
            next: None,
            takes_break: true,
            left: false,
            continued: false,
            leaving: None,
        });
        // The blocks are nested so that leaving one leads to the statements of its case.
        let mut reached = true;
        for (case, label) in node.cases.iter().zip(labels) {
            let mut statements = vec![Stmt::Block(label, std::mem::take(&mut choose))];
            self.facts = known.clone();
            reached = self.statements(&case.consequent, &mut statements);
            self.skip_declarations(&case.consequent);
            choose = statements;
        }
        let left = self.targets.pop().is_some_and(|t| t.left);
        self.facts = known;
        self.scopes.leave();
        out.push(Stmt::Block(leave, choose));
        let has_default = node.cases.iter().any(|case| case.test.is_none());
        left || reached || !has_default
    }

    /// Compares, and branches to the case that fits.
    fn choose(
        &mut self,
        node: &'a ast::SwitchStatement<'a>,
        subject: Option<&Value>,
        labels: &[Label],
        leave: Label,
    ) -> Vec<Stmt> {
        let mut choose = Vec::new();
        let mut otherwise = leave;
        for (case, label) in node.cases.iter().zip(labels) {
            let Some(test) = &case.test else {
                otherwise = *label;
                continue;
            };
            let Some(subject) = subject else {
                // Looked at for its own errors.
                self.value(test, None);
                continue;
            };
            if let Some(equal) = self.equals(subject.clone(), test) {
                choose.push(Stmt::BranchIf(*label, equal));
            }
        }
        choose.push(Stmt::Branch(otherwise));
        choose
    }

    /// What a case declares may have been jumped over in the cases below it.
    fn skip_declarations(&mut self, list: &'a [ast::Statement<'a>]) {
        for statement in list {
            let ast::Statement::VariableDeclaration(list) = statement else {
                continue;
            };
            if !list.kind.is_lexical() {
                continue;
            }
            let names = list.declarations.iter();
            for id in names.flat_map(|declarator| declarator.id.get_binding_identifiers()) {
                let span = self.place(id);
                if let Some(scope) = self.scopes.innermost() {
                    scope.names.insert(id.name.as_str(), Local::Skipped(span));
                }
            }
        }
    }
}
