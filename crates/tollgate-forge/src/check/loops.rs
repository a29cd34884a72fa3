//! Loops.

use oxc_ast::ast::{self, Expression, ForStatementInit};

use super::body::{Body, Target};
use super::scope::ScopeKind;
use crate::ir::op::Unary;
use crate::ir::{Const, Expr, Label, Stmt};

/// Where the jumps of a loop lead.
#[derive(Clone, Copy)]
struct Labels {
    leave: Label,
    next: Label,
    again: Label,
}

/// What a loop's body came to.
struct Round {
    statements: Vec<Stmt>,
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
    ) -> Round {
        self.targets.push(Target {
            labels: names,
            leave: labels.leave,
            next: Some(labels.next),
            takes_break: true,
            left: false,
            continued: false,
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
            left: target.is_some_and(|t| t.left),
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
        let condition = self.condition(&node.test);
        let round = self.round(&node.body, labels, names);
        let completes = round.left || !is_true(&node.test);
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
        let round = self.round(&node.body, labels, names);
        let condition = self.condition(&node.test);
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
        match &node.init {
            Some(ForStatementInit::VariableDeclaration(list)) => {
                self.hoist_list(list);
                self.local_variables(list, out);
            }
            Some(init) => {
                if let Some(expr) = init.as_expression() {
                    self.effect(expr, out);
                }
            }
            None => {}
        }
        let labels = self.loop_labels();
        let condition = node.test.as_ref().map(|test| self.condition(test));
        let round = self.round(&node.body, labels, names);
        let mut update = Vec::new();
        if let Some(expr) = &node.update {
            self.effect(expr, &mut update);
        }
        self.scopes.leave();
        let endless = node.test.as_ref().is_none_or(is_true);
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
