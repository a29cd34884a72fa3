//! Loops.

use oxc_ast::ast::{self, Expression, ForStatementInit, VariableDeclarationKind};
use oxc_ast_visit::Visit;

use super::assigned_names::AssignedNames;
use super::body::{Body, Target};
use super::collection::{Collected, Source};
use super::facts::Facts;
use super::pattern::{Part, Pattern, Way};
use super::scope::{Local, ScopeKind};
use super::value::Value;
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
        let list = match self.source(&node.right) {
            Some(Source::Collected(collected)) => {
                if self
                    .over_collection((node, names), collected, out)
                    .is_none()
                {
                    self.checker.must_be_reported(span);
                }
                self.scopes.leave();
                return true;
            }
            Some(Source::Pairs(both)) => {
                if self.over_pairs((node, names), both, out).is_none() {
                    self.checker.must_be_reported(span);
                }
                self.scopes.leave();
                return true;
            }
            Some(Source::Value(value)) => self.sequence(value, span),
            None => None,
        };
        let elements = list.as_ref().and_then(|list| self.elements_of(list.ty));
        let over = list.and_then(|list| self.over(list, out));
        let current = over.as_ref().zip(elements);
        let current = current.map(|(over, elements)| self.current(over, elements));
        self.no_await(node);
        let leave = over.as_ref().map(|over| over.leave);
        let inside = self.loop_over((&node.left, &node.body), (current, leave), names);
        self.scopes.leave();
        if let Some(over) = &over {
            out.push(self.finish(over, None, inside));
        }
        true
    }

    /// The statements of a round that begins with a value, and which branches to a label to leave the loop.
    pub(super) fn loop_over(
        &mut self,
        (left, body): (&'a ast::ForStatementLeft<'a>, &'a ast::Statement<'a>),
        (current, leave): (Option<Value>, Option<Label>),
        names: Vec<&'a str>,
    ) -> Vec<Stmt> {
        let labels = Labels {
            next: self.label(),
            again: self.label(),
            leave: leave.unwrap_or_else(|| self.label()),
        };
        let mut inside = Vec::new();
        let mut assigned = AssignedNames::default().with_statement(body);
        assigned.visit_for_statement_left(left);
        self.forget_assigned(&assigned);
        let before = self.facts.clone();
        self.loop_variable(left, current, &mut inside);
        let round = self.round(body, labels, names);
        self.leave_loop(Some(before), round.leaving);
        inside.extend(round.statements);
        inside
    }

    /// Goes over keys and values that were taken at once.
    fn over_pairs(
        &mut self,
        (node, names): (&'a ast::ForOfStatement<'a>, Vec<&'a str>),
        [keys, values]: [Value; 2],
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let elements = [self.elements_of(keys.ty)?, self.elements_of(values.ty)?];
        let over = self.over(keys, out)?;
        let values = self.keep_local(values, out)?;
        let labels = Labels {
            next: self.label(),
            again: self.label(),
            leave: over.leave,
        };
        let mut assigned = AssignedNames::default().with_statement(&node.body);
        assigned.visit_for_statement_left(&node.left);
        self.forget_assigned(&assigned);
        let before = self.facts.clone();
        let [of_keys, of_values] = elements;
        let key = self.current(&over, of_keys);
        let value = of_values.address(Expr::Local(values), Expr::Local(over.index));
        let value = of_values.load(value);
        let mut inside = Vec::new();
        self.loop_values(node, vec![key, value], &mut inside);
        let round = self.round(&node.body, labels, names);
        self.leave_loop(Some(before), round.leaving);
        inside.extend(round.statements);
        out.push(self.finish(&over, None, inside));
        Some(())
    }

    /// Goes over a map or a set, which may change meanwhile.
    fn over_collection(
        &mut self,
        (node, names): (&'a ast::ForOfStatement<'a>, Vec<&'a str>),
        collected: Collected,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let labels = self.loop_labels();
        let object = self.keep(collected.object, out)?;
        let collected = Collected {
            object: object.clone(),
            part: collected.part,
        };
        let cursor = self.own_value(object, "#cursor")?;
        let ty = cursor.ty;
        let cursor = self.keep_local(cursor, out)?;
        let step = self.own_value(Value::new(ty, Expr::Local(cursor)), "step")?;
        let mut inside = leave_unless(labels.leave, Some(step.expr));
        let mut assigned = AssignedNames::default().with_statement(&node.body);
        assigned.visit_for_statement_left(&node.left);
        self.forget_assigned(&assigned);
        let before = self.facts.clone();
        let values = self.at_cursor(&collected, (ty, cursor))?;
        self.loop_values(node, values, &mut inside);
        let round = self.round(&node.body, labels, names);
        self.leave_loop(Some(before), round.leaving);
        inside.extend(round.statements);
        inside.push(Stmt::Branch(labels.again));
        let around = vec![Stmt::Loop(labels.again, inside)];
        out.push(Stmt::Block(labels.leave, around));
        Some(())
    }

    /// Gives what a cursor stands at to what the loop declares or assigns.
    fn loop_values(
        &mut self,
        node: &'a ast::ForOfStatement<'a>,
        values: Vec<Value>,
        out: &mut Vec<Stmt>,
    ) {
        let mut kept = Vec::new();
        for value in values {
            kept.extend(self.keep(value, out));
        }
        self.no_await(node);
        if let [only] = kept.as_slice() {
            return self.loop_variable(&node.left, Some(only.clone()), out);
        }
        let Some(target) = self.loop_target(&node.left) else {
            return;
        };
        let taken = match &target.pattern {
            Pattern::List(list) if list.rest.is_none() && list.parts.len() <= kept.len() => {
                self.take_values(list, kept, target.way, out)
            }
            _ => {
                let span = self.place(&node.left);
                let help = "take both: `for (const [key, value] of map)`; or go over `map.keys()` or `map.values()`";
                let message = "a key with its value is no value by itself";
                self.fail(unsupported::ITERATION, message, span, help);
                None
            }
        };
        if let (None, Some(names)) = (taken, target.names) {
            self.break_names(names, target.way);
        }
    }

    /// Gives the element of each round to what the loop declares or assigns.
    fn loop_variable(
        &mut self,
        left: &'a ast::ForStatementLeft<'a>,
        current: Option<Value>,
        out: &mut Vec<Stmt>,
    ) {
        let Some(target) = self.loop_target(left) else {
            return;
        };
        let taken =
            current.and_then(|current| self.take(&target.pattern, current, target.way, out));
        if let (None, Some(names)) = (taken, target.names) {
            self.break_names(names, target.way);
        }
    }

    fn no_await(&mut self, node: &'a ast::ForOfStatement<'a>) {
        if node.r#await {
            let span = self.place(&node.left);
            let help = "go over the elements: `for (const x of list)`";
            self.fail(unsupported::ASYNC, "this loop waits", span, help);
        }
    }

    /// What a loop declares or assigns.
    fn loop_target(&mut self, left: &'a ast::ForStatementLeft<'a>) -> Option<LoopTarget<'a>> {
        let declared = match left {
            ast::ForStatementLeft::VariableDeclaration(list) => list,
            left => {
                let pattern = left.as_assignment_target().and_then(Pattern::assigned)?;
                return Some(LoopTarget {
                    pattern,
                    way: Way::Inside { constant: false },
                    names: None,
                });
            }
        };
        let declarator = declared.declarations.first()?;
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
        Some(LoopTarget {
            pattern: Part::declared(&declarator.id).pattern,
            way,
            names: Some(&declarator.id),
        })
    }

    pub(super) fn break_name(&mut self, name: &'a str) {
        if let Some(scope) = self.scopes.innermost() {
            scope.bind(name, Local::Broken);
        }
    }
}

/// What a loop gives its elements to.
struct LoopTarget<'a> {
    pattern: Pattern<'a>,
    way: Way,
    /// What it declares.
    names: Option<&'a ast::BindingPattern<'a>>,
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
