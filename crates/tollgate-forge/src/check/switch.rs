//! `switch`: the cases are compared from top to bottom, and run from the one that fits.

use oxc_ast::ast;

use super::assigned_names::AssignedNames;
use super::body::{Body, Target};
use super::facts::Facts;
use super::scope::{Local, ScopeKind};
use super::sought::Sought;
use super::value::Value;
use crate::codes::program::PROGRAM_TOO_LARGE;
use crate::ir::fault::FaultKind;
use crate::ir::{Expr, Label, Stmt};
use crate::limits::CASES_MAX;

/// What is known in the cases of a `switch`.
struct Entered<'a> {
    each: Vec<Facts<'a>>,
    /// Without a default, one of the cases always fits.
    exhaustive: bool,
}

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
        let (subject, gone) = match self.subject(node, out) {
            Some((subject, gone)) => (Some(subject), gone),
            None => (None, None),
        };
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
        let entered = self.cases_known(node, &known);
        let labels: Vec<Label> = node.cases.iter().map(|_| self.label()).collect();
        let mut choose = self.choose(node, subject.as_ref(), &labels, leave);
        if let (true, Some(last)) = (entered.exhaustive, choose.last_mut()) {
            *last = Stmt::fault(FaultKind::Case);
        }
        if let (Some(gone), Some(last)) = (gone, choose.last()) {
            choose.insert(0, Stmt::If(gone, vec![last.clone()], Vec::new()));
        }
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
        // The case before has statements and leads here.
        let mut falls = false;
        for ((case, label), own) in node.cases.iter().zip(labels).zip(entered.each) {
            let mut statements = vec![Stmt::Block(label, std::mem::take(&mut choose))];
            self.facts = if falls { known.clone() } else { own };
            reached = self.statements(&case.consequent, &mut statements);
            falls = reached && (falls || !case.consequent.is_empty());
            self.skip_declarations(&case.consequent);
            choose = statements;
        }
        let left = self.targets.pop().is_some_and(|t| t.left);
        self.facts = known;
        self.scopes.leave();
        out.push(Stmt::Block(leave, choose));
        let has_default = node.cases.iter().any(|case| case.test.is_none());
        left || reached || !(has_default || entered.exhaustive)
    }

    /// The value that the cases are compared with, and whether it is an element that is missing: none of the cases fits then.
    fn subject(
        &mut self,
        node: &'a ast::SwitchStatement<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<(Value, Option<Expr>)> {
        let sought = self.sought(&node.discriminant, None)?;
        let tests = node.cases.iter().filter_map(|case| case.test.as_ref());
        let written = tests
            .into_iter()
            .all(|test| self.literal_value(test).is_some());
        match sought {
            Sought::Perhaps(perhaps) if written => {
                let (gone, value) = self.held(perhaps, out)?;
                Some((value, Some(gone)))
            }
            sought => {
                let value = self.whole(sought)?;
                Some((self.keep(value, out)?, None))
            }
        }
    }

    /// What is known where each case begins, unless the one before leads there.
    fn cases_known(
        &mut self,
        node: &'a ast::SwitchStatement<'a>,
        known: &Facts<'a>,
    ) -> Entered<'a> {
        let mut rest = known.clone();
        let mut each = Vec::new();
        for case in &node.cases {
            let literal = case.test.as_ref().and_then(|test| self.literal_value(test));
            let Some(literal) = literal else {
                each.push(rest.clone());
                continue;
            };
            self.facts = rest.clone();
            let (mut yes, mut no) = (rest.clone(), rest);
            self.note_case(&node.discriminant, literal, (&mut yes, &mut no));
            each.push(yes);
            rest = no;
        }
        // None of the others fits where the default is.
        for (case, own) in node.cases.iter().zip(&mut each) {
            if case.test.is_none() {
                *own = rest.clone();
            }
        }
        // A case without statements leads to the next.
        for at in 1..each.len() {
            let empty = node
                .cases
                .get(at - 1)
                .is_some_and(|case| case.consequent.is_empty());
            if let (true, Some(before)) = (empty, each.get(at - 1).cloned())
                && let Some(own) = each.get_mut(at)
            {
                *own = self.either_way(before, own);
            }
        }
        let has_default = node.cases.iter().any(|case| case.test.is_none());
        self.facts = known.clone();
        Entered {
            each,
            exhaustive: !has_default && self.is_never(&node.discriminant, &rest),
        }
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
