//! Loops.

use oxc_ast::ast::{self, Expression, ForStatementInit, VariableDeclarationKind};
use oxc_ast_visit::Visit;

use super::assigned_names::AssignedNames;
use super::body::{Body, Target, Value};
use super::destructure::Way;
use super::flow::Facts;
use super::pattern::{Part, Pattern};
use super::scope::{Local, ScopeKind};
use crate::codes::unsupported;
use crate::ir::op::Unary;
use crate::ir::{Const, Expr, Fresh, Label, LocalId, Stmt};

/// Where the jumps of a loop lead.
#[derive(Clone, Copy)]
struct Labels {
    leave: Label,
    next: Label,
    again: Label,
}

/// What a loop's body came to.
struct Round<'a> {
    statements: Vec<Stmt>,
    /// What all know that leave with `break`.
    leaving: Option<Facts<'a>>,
    left: bool,
    /// The next round can begin.
    goes_on: bool,
}

impl<'a> Body<'_, 'a> {
    fn loop_labels(&mut self) -> Labels {
        Labels {
            leave: self.label(),
            next: self.label(),
            again: self.label(),
        }
    }

    /// Lowers the body, with a block around it that `continue` leaves.
    fn round(
        &mut self,
        body: &'a ast::Statement<'a>,
        labels: Labels,
        names: Vec<&'a str>,
    ) -> Round<'a> {
        self.targets.push(Target {
            labels: names,
            leave: labels.leave,
            next: Some(labels.next),
            takes_break: true,
            left: false,
            continued: false,
            leaving: None,
        });
        let mut statements = Vec::new();
        let completes = self.inner(body, &mut statements);
        let target = self.targets.pop();
        let continued = target.as_ref().is_some_and(|t| t.continued);
        if continued {
            statements = vec![Stmt::Block(labels.next, statements)];
        }
        Round {
            statements,
            left: target.as_ref().is_some_and(|t| t.left),
            leaving: target.and_then(|t| t.leaving),
            goes_on: completes || continued,
        }
    }

    pub(super) fn while_loop(
        &mut self,
        node: &'a ast::WhileStatement<'a>,
        names: Vec<&'a str>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let labels = self.loop_labels();
        let assigned = AssignedNames::default().with_statement(&node.body);
        self.forget_assigned(&assigned.with_expression(Some(&node.test)));
        let tested = self.tested(&node.test);
        let no = self.begin_branch(tested.as_ref());
        let round = self.round(&node.body, labels, names);
        let completes = round.left || !is_true(&node.test);
        self.leave_loop((!is_true(&node.test)).then_some(no), round.leaving);
        let condition = tested.map(|tested| tested.expr);
        let mut inside = leave_unless(labels.leave, condition);
        inside.extend(round.statements);
        inside.push(Stmt::Branch(labels.again));
        out.push(Stmt::Block(
            labels.leave,
            vec![Stmt::Loop(labels.again, inside)],
        ));
        completes
    }

    pub(super) fn do_loop(
        &mut self,
        node: &'a ast::DoWhileStatement<'a>,
        names: Vec<&'a str>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let labels = self.loop_labels();
        let assigned = AssignedNames::default().with_statement(&node.body);
        self.forget_assigned(&assigned.with_expression(Some(&node.test)));
        // What is assigned is not known in any round: what is known is so in all of them.
        let known = self.facts.clone();
        let round = self.round(&node.body, labels, names);
        self.facts = known;
        let tested = self.tested(&node.test);
        let no = tested.as_ref().map(|tested| tested.no.clone());
        let no = no.filter(|_| !is_true(&node.test));
        self.leave_loop(no, round.leaving);
        let condition = tested.map(|tested| tested.expr);
        let completes = round.left || round.goes_on && !is_true(&node.test);
        let mut inside = round.statements;
        if let Some(condition) = condition {
            inside.push(Stmt::BranchIf(labels.again, condition));
        }
        out.push(Stmt::Block(
            labels.leave,
            vec![Stmt::Loop(labels.again, inside)],
        ));
        completes
    }

    pub(super) fn for_loop(
        &mut self,
        node: &'a ast::ForStatement<'a>,
        names: Vec<&'a str>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        self.scopes.enter(ScopeKind::Block);
        let mut counters = Vec::new();
        match &node.init {
            Some(ForStatementInit::VariableDeclaration(list)) => {
                self.hoist_list(list);
                self.local_variables(list, out);
                counters = self.counters(list);
                // Functions of the list keep the variables from before the first round.
                out.extend(
                    counters
                        .iter()
                        .map(|local| Stmt::Fresh(*local, Fresh::Again)),
                );
            }
            Some(init) => {
                if let Some(expr) = init.as_expression() {
                    self.effect(expr, out);
                }
            }
            None => {}
        }
        let labels = self.loop_labels();
        let in_body = AssignedNames::default().with_statement(&node.body);
        let around = AssignedNames::default().with_expression(node.test.as_ref());
        self.forget_assigned(&in_body);
        self.forget_assigned(&around.with_expression(node.update.as_ref()));
        let tested = node.test.as_ref().map(|test| self.tested(test));
        let no = self.begin_branch(tested.as_ref().and_then(Option::as_ref));
        // The step follows a condition that held, and whatever the body did.
        let known = self.facts.clone().without(&in_body);
        let round = self.round(&node.body, labels, names);
        self.facts = known;
        let mut update = Vec::new();
        update.extend(
            counters
                .iter()
                .map(|local| Stmt::Fresh(*local, Fresh::Again)),
        );
        if let Some(expr) = &node.update {
            self.effect(expr, &mut update);
        }
        self.scopes.leave();
        let endless = node.test.as_ref().is_none_or(is_true);
        self.leave_loop((!endless).then_some(no), round.leaving);
        let condition = tested.map(|tested| tested.map(|tested| tested.expr));
        let mut inside = condition.map_or(Vec::new(), |c| leave_unless(labels.leave, c));
        inside.extend(round.statements);
        inside.extend(update);
        inside.push(Stmt::Branch(labels.again));
        out.push(Stmt::Block(
            labels.leave,
            vec![Stmt::Loop(labels.again, inside)],
        ));
        round.left || !endless
    }
}

impl<'a> Body<'_, 'a> {
    /// The variables that each round of a `for` has for itself, of those that functions inside may use.
    fn counters(&self, list: &'a ast::VariableDeclaration<'a>) -> Vec<LocalId> {
        let names = list.declarations.iter();
        let names = names.flat_map(|one| one.id.get_binding_identifiers());
        let names = names.map(|id| id.name.as_str());
        let lexical = list.kind.is_lexical();
        let shared = names.filter(|name| lexical && self.inner.uses(name));
        let found = shared.filter_map(|name| match self.scopes.here(name) {
            Some(Local::Variable(variable)) => Some(variable.local),
            _ => None,
        });
        found.collect()
    }

    /// What is known behind a loop: what is when the condition does not hold, and where `break` leaves.
    fn leave_loop(&mut self, ended: Option<Facts<'a>>, leaving: Option<Facts<'a>>) {
        self.facts = match (ended, leaving) {
            (Some(ended), Some(leaving)) => ended.meet(&leaving),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Facts::default(),
        };
    }

    /// `for (const x of list)`: as many rounds as there are elements when each begins.
    pub(super) fn for_of(
        &mut self,
        node: &'a ast::ForOfStatement<'a>,
        names: Vec<&'a str>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        let span = self.place(&node.right);
        self.scopes.enter(ScopeKind::Block);
        // The variables of the loop have no value where what it goes over is computed.
        if let ast::ForStatementLeft::VariableDeclaration(list) = &node.left {
            self.hoist_list(list);
        }
        let list = self.value(&node.right, None);
        let list = list.and_then(|list| self.sequence(list, span));
        let elements = list.as_ref().and_then(|list| self.elements_of(list.ty));
        let over = list.and_then(|list| self.over(list, out));
        let labels = Labels {
            next: self.label(),
            again: self.label(),
            leave: over
                .as_ref()
                .map_or_else(|| self.label(), |over| over.leave),
        };
        let current = over.as_ref().zip(elements);
        let current = current.map(|(over, elements)| self.current(over, elements));
        let mut inside = Vec::new();
        let mut assigned = AssignedNames::default().with_statement(&node.body);
        assigned.visit_for_statement_left(&node.left);
        self.forget_assigned(&assigned);
        let before = self.facts.clone();
        self.loop_variable(node, current, &mut inside);
        let round = self.round(&node.body, labels, names);
        self.leave_loop(Some(before), round.leaving);
        self.scopes.leave();
        inside.extend(round.statements);
        if let Some(over) = &over {
            out.push(self.finish(over, None, inside));
        }
        true
    }

    /// Gives the element of each round to what the loop declares or assigns.
    fn loop_variable(
        &mut self,
        node: &'a ast::ForOfStatement<'a>,
        current: Option<Value>,
        out: &mut Vec<Stmt>,
    ) {
        if node.r#await {
            let span = self.place(&node.left);
            let help = "go over the elements: `for (const x of list)`";
            self.fail(unsupported::ASYNC, "this loop waits", span, help);
        }
        let declared = match &node.left {
            ast::ForStatementLeft::VariableDeclaration(list) => list,
            left => {
                let pattern = left.as_assignment_target().and_then(Pattern::assigned);
                if let (Some(pattern), Some(current)) = (pattern, current) {
                    self.take(&pattern, current, Way::Inside { constant: false }, out);
                }
                return;
            }
        };
        let Some(declarator) = declared.declarations.first() else {
            return;
        };
        let way = match declared.kind {
            VariableDeclarationKind::Const => Way::Inside { constant: true },
            VariableDeclarationKind::Let => Way::Inside { constant: false },
            VariableDeclarationKind::Var => Way::Local(declared.kind),
            VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing => {
                let span = self.place(declared.as_ref());
                let help = "declare it: `for (const x of list)`";
                self.fail(
                    unsupported::STATEMENT,
                    "`using` is not supported",
                    span,
                    help,
                );
                Way::Inside { constant: true }
            }
        };
        let part = Part::declared(&declarator.id);
        let taken = current.and_then(|current| self.take(&part.pattern, current, way, out));
        if taken.is_none() {
            self.break_names(&declarator.id, way);
        }
    }

    pub(super) fn break_name(&mut self, name: &'a str) {
        if let Some(scope) = self.scopes.innermost() {
            scope.names.insert(name, Local::Broken);
        }
    }
}

/// Leaves the loop when the condition does not hold.
fn leave_unless(leave: Label, condition: Option<Expr>) -> Vec<Stmt> {
    match condition {
        Some(Expr::Const(Const::I32(1))) | None => Vec::new(),
        Some(condition) => vec![Stmt::BranchIf(leave, condition.unary(Unary::I32Eqz))],
    }
}

/// Whether a condition is always true, as TypeScript sees it.
fn is_true(test: &Expression<'_>) -> bool {
    matches!(test.without_parentheses(), Expression::BooleanLiteral(literal) if literal.value)
}
