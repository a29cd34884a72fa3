//! Guards: statements become one expression that gives the output record or rejects with a message.
//!
//! A statement without a `return` inside is a test: it becomes the value of a local that nobody reads, and the rest of the
//! body follows it. Where a branch may return, the rest of the body is put into the branches that go on.

use crate::codes::check as codes;
use crate::data::types::{RecordId, Type};
use crate::ir::{Body, Expr, ExprKind, When};
use crate::limits::{BODY_NESTING_MAX, GUARD_STATEMENTS_MAX};
use crate::span::Span;
use crate::syntax::ast::{self, Message, Stmt, StmtKind};

use super::findings::no_finding;
use super::known::Path;
use super::report::{error, warning};
use super::says::FindingRule;
use super::unit::{
    Binding, Unit, bool_expr, error_expr, expr, if_expr, is_constant, let_expr, local_expr,
};

/// What comes after a list of statements.
#[derive(Clone, Copy)]
struct Rest<'s, 'a> {
    statements: &'a [Stmt],
    after: Option<&'s Rest<'s, 'a>>,
}

/// A guard body under construction.
struct GuardBody {
    output: RecordId,
    output_type: Type,
    whole: Span,
    statements: usize,
    /// Statements around the one being made: each stands inside the one before it.
    depth: usize,
    /// What the rejections say, when the body gives that instead of the output: see [`Unit::guard_findings`].
    says: Option<Vec<FindingRule>>,
}

impl GuardBody {
    fn new(output: RecordId, whole: Span) -> Self {
        Self {
            output,
            output_type: Type::Record(output),
            whole,
            statements: 0,
            depth: 0,
            says: None,
        }
    }
}

impl<'a> Unit<'a, '_> {
    /// The body and output record of a guard.
    pub(super) fn guard(&mut self, guard: &'a ast::Guard, whole: Span) -> (Body, RecordId) {
        let fields = self.fields_of(&guard.output);
        let output = self.record_type("Output", fields);
        let mut body = GuardBody::new(output, whole);
        let made = self.statements(&guard.body, None, &mut body);
        (Body::Guard(made), output)
    }

    /// What gives the message of a guard that rejects: the same body, whose value is the finding of the rejection, or none
    /// where the guard returns.
    pub(super) fn guard_findings(
        &mut self,
        guard: &'a ast::Guard,
        whole: Span,
    ) -> (Expr, Vec<FindingRule>) {
        let output = self.record_type("Output", Vec::new());
        let mut body = GuardBody {
            says: Some(Vec::new()),
            ..GuardBody::new(output, whole)
        };
        let made = self.statements(&guard.body, None, &mut body);
        (made, body.says.unwrap_or_default())
    }

    fn statements(
        &mut self,
        statements: &'a [Stmt],
        after: Option<&Rest<'_, 'a>>,
        body: &mut GuardBody,
    ) -> Expr {
        let Some((first, others)) = statements.split_first() else {
            return match after {
                Some(rest) => self.statements(rest.statements, rest.after, body),
                None => self.falls_off(body),
            };
        };
        body.statements += 1;
        if body.statements > GUARD_STATEMENTS_MAX {
            let text = "this guard has too many ways through its branches";
            let help = "give the branches a common value with `let x = if …`, and return once";
            return self.fail(error(codes::TOO_LARGE, body.whole, text).help(help));
        }
        let rest = Rest {
            statements: others,
            after,
        };
        self.deeper(first.span, body, |unit, body| {
            unit.statement(first, &rest, body)
        })
    }

    /// Makes a statement inside the one before it, unless that is too deep.
    fn deeper(
        &mut self,
        span: Span,
        body: &mut GuardBody,
        make: impl FnOnce(&mut Self, &mut GuardBody) -> Expr,
    ) -> Expr {
        self.at = span;
        if self.session.is_over() {
            return error_expr();
        }
        if body.depth >= BODY_NESTING_MAX {
            let text = format!(
                "more than {BODY_NESTING_MAX} statements stand one after the other on this way through the guard"
            );
            let help = "put some of them into functions, or join conditions with AND";
            return self.fail(error(codes::TOO_DEEP, span, text).help(help));
        }
        body.depth += 1;
        let made = make(self, body);
        body.depth -= 1;
        made
    }

    fn go_on(&mut self, rest: &Rest<'_, 'a>, body: &mut GuardBody) -> Expr {
        self.statements(rest.statements, rest.after, body)
    }

    fn falls_off(&mut self, body: &GuardBody) -> Expr {
        if body.says.is_some() {
            return no_finding();
        }
        let empty = self.record(body.output).is_none_or(|r| r.fields.is_empty());
        if empty {
            let fields = Vec::new();
            return expr(ExprKind::Record { fields }, body.output_type.clone());
        }
        let text = "this guard may end without returning its output";
        let help = "end every way through the body with `return { … }` or `reject(\"…\")`";
        self.fail(error(codes::NO_RETURN, body.whole, text).help(help))
    }

    fn statement(&mut self, stmt: &'a Stmt, rest: &Rest<'_, 'a>, body: &mut GuardBody) -> Expr {
        match &stmt.kind {
            StmtKind::Let(decl) => {
                let value = self.let_value(decl);
                let mark = self.frame.scope.len();
                let local = self.bind_let(&decl.name.node, &value);
                let then = self.go_on(rest, body);
                self.unbind(mark);
                match local {
                    _ if value.ty == Type::Error => error_expr(),
                    Some(local) if then.ty != Type::Error => let_expr(local, value, then),
                    _ => then,
                }
            }
            StmtKind::Assert { cond, message } | StmtKind::Require { cond, message } => {
                let test = self.condition(cond);
                let then = self.given(&test, When::True, |unit| unit.go_on(rest, body));
                self.check_expr(test, (cond, message.as_ref()), then, body)
            }
            StmtKind::Reject { reason } => {
                self.nothing_after(rest, "a `reject`");
                self.rejection(reason.as_ref(), "rejected", stmt.span, body)
            }
            StmtKind::Return(value) => {
                self.nothing_after(rest, "a `return`");
                match value {
                    Some(_) if body.says.is_some() => no_finding(),
                    Some(value) => {
                        let ty = body.output_type.clone();
                        self.check(value, &ty)
                    }
                    None => self.falls_off(body),
                }
            }
            StmtKind::If {
                cond,
                then,
                otherwise,
            } => {
                let test = self.condition(cond);
                let branches: [&'a [Stmt]; 2] = [then, otherwise];
                let cond = test.clone();
                self.branches(&cond, &branches, rest, body, |unit, made| {
                    let mut made = made.into_iter();
                    let (a, b) = (made.next(), made.next());
                    unit.choose(
                        test,
                        a.unwrap_or_else(error_expr),
                        b.unwrap_or_else(error_expr),
                    )
                })
            }
            StmtKind::Match { subject, arms } => {
                self.match_stmt(subject, arms, stmt.span, rest, body)
            }
        }
    }

    /// Binds the name of a `let`: the local, unless the value is known now.
    pub(super) fn bind_let(&mut self, name: &'a str, value: &Expr) -> Option<crate::ir::LocalId> {
        if is_constant(value) {
            self.bind(name, Binding::Constant(value.clone()));
            return None;
        }
        let local = self.local(&value.ty);
        self.bind(name, Binding::Local(local, value.ty.clone()));
        Some(local)
    }

    /// A rejection, or the finding that it is.
    fn rejection(
        &mut self,
        message: Option<&'a Message>,
        otherwise: &str,
        span: Span,
        body: &mut GuardBody,
    ) -> Expr {
        if let Some(says) = &mut body.says {
            let (finding, rule) = self.rejection_finding(message, otherwise, span);
            says.push(rule);
            return finding;
        }
        let text = message.map(Message::without_values);
        let message = self.message(text.as_deref().unwrap_or(otherwise));
        expr(ExprKind::Fail { message }, Type::Never)
    }

    /// A condition without which the guard rejects, then the rest.
    fn check_expr(
        &mut self,
        test: Expr,
        (cond, message): (&'a ast::Expr, Option<&'a Message>),
        then: Expr,
        body: &mut GuardBody,
    ) -> Expr {
        let otherwise = format!("assertion failed: {}", self.bundle.source(cond.span));
        let rejection = self.rejection(message, &otherwise, cond.span, body);
        let parts = [&test, &then, &rejection];
        if parts.iter().any(|e| e.ty == Type::Error) {
            return error_expr();
        }
        if let ExprKind::Bool(holds) = test.kind {
            return if holds { then } else { rejection };
        }
        let ty = then.ty.clone();
        let ExprKind::Fail { message } = rejection.kind else {
            return if_expr(test, then, rejection, ty);
        };
        let (cond, then) = (Box::new(test), Box::new(then));
        let check = ExprKind::Check {
            cond,
            message,
            then,
        };
        expr(check, ty)
    }

    fn choose(&mut self, cond: Expr, then: Expr, otherwise: Expr) -> Expr {
        if [&cond, &then, &otherwise]
            .iter()
            .any(|e| e.ty == Type::Error)
        {
            return error_expr();
        }
        let ty = if then.ty == Type::Never {
            &otherwise.ty
        } else {
            &then.ty
        };
        let ty = ty.clone();
        if_expr(cond, then, otherwise, ty)
    }

    fn nothing_after(&mut self, rest: &Rest<'_, 'a>, what: &str) {
        if let Some(first) = rest.statements.first() {
            let text = format!("this is never reached: it stands after {what}");
            self.report(warning(codes::UNREACHABLE, first.span, text).help("remove it"));
        }
    }

    /// The branches of an `if` followed by the rest of the body, put together by `join`.
    fn branches(
        &mut self,
        cond: &Expr,
        branches: &[&'a [Stmt]],
        rest: &Rest<'_, 'a>,
        body: &mut GuardBody,
        join: impl FnOnce(&mut Self, Vec<Expr>) -> Expr,
    ) -> Expr {
        if branches.iter().any(|b| returns(b)) || ends(rest) {
            let mut made = Vec::with_capacity(branches.len());
            for (at, branch) in branches.iter().enumerate() {
                made.push(self.given(cond, When::from(at == 0), |unit| {
                    unit.statements(branch, Some(rest), body)
                }));
            }
            return join(self, made);
        }
        let mut made = Vec::with_capacity(branches.len());
        for (at, branch) in branches.iter().enumerate() {
            made.push(self.given(cond, When::from(at == 0), |unit| unit.tests(branch, body)));
        }
        let known = self.known_after(cond, &made);
        let all_reject = made.iter().all(rejects);
        let joined = join(self, made);
        if all_reject {
            self.nothing_after(rest, "branches that all reject");
            return joined;
        }
        let then = self.knowing(known, |unit| unit.go_on(rest, body));
        self.and_then(joined, then, body)
    }

    /// Evaluates a test, then the rest.
    fn and_then(&mut self, test: Expr, then: Expr, body: &GuardBody) -> Expr {
        if test.ty == Type::Error || then.ty == Type::Error {
            return error_expr();
        }
        if is_constant(&test) || matches!(test.kind, ExprKind::NoneOf) {
            return then;
        }
        if rejects(&test) {
            return test;
        }
        if body.says.is_some() {
            let (local, ty) = (self.local(&test.ty), test.ty.clone());
            let found = || local_expr(local, ty.clone());
            let is_some = expr(ExprKind::IsSome(Box::new(found())), Type::Bool);
            let first = if_expr(is_some, found(), then, ty.clone());
            return let_expr(local, test, first);
        }
        let local = self.local(&Type::Bool);
        let_expr(local, test, then)
    }

    /// Statements without a `return`: true or none, or a rejection.
    fn tests(&mut self, statements: &'a [Stmt], body: &mut GuardBody) -> Expr {
        let Some((first, others)) = statements.split_first() else {
            return match &body.says {
                Some(_) => no_finding(),
                None => bool_expr(true),
            };
        };
        body.statements += 1;
        self.deeper(first.span, body, |unit, body| {
            unit.test(first, others, body)
        })
    }

    /// A statement without a `return`, then the others.
    fn test(&mut self, first: &'a Stmt, others: &'a [Stmt], body: &mut GuardBody) -> Expr {
        let rest = Rest {
            statements: others,
            after: None,
        };
        match &first.kind {
            StmtKind::Let(decl) => {
                let value = self.let_value(decl);
                let mark = self.frame.scope.len();
                let local = self.bind_let(&decl.name.node, &value);
                let then = self.tests(others, body);
                self.unbind(mark);
                match local {
                    _ if value.ty == Type::Error => error_expr(),
                    Some(local) if then.ty != Type::Error => let_expr(local, value, then),
                    _ => then,
                }
            }
            StmtKind::Assert { cond, message } | StmtKind::Require { cond, message } => {
                let test = self.condition(cond);
                let then = self.given(&test, When::True, |unit| unit.tests(others, body));
                self.check_expr(test, (cond, message.as_ref()), then, body)
            }
            StmtKind::Reject { .. } | StmtKind::Return(_) => self.statement(first, &rest, body),
            StmtKind::If {
                cond,
                then,
                otherwise,
            } => {
                let test = self.condition(cond);
                let a = self.given(&test, When::True, |unit| unit.tests(then, body));
                let b = self.given(&test, When::False, |unit| unit.tests(otherwise, body));
                let made = [a, b];
                let known = self.known_after(&test, &made);
                let [a, b] = made;
                let made = self.choose(test, a, b);
                let after = self.knowing(known, |unit| unit.tests(others, body));
                self.and_then(made, after, body)
            }
            StmtKind::Match { subject, arms } => {
                let made = self.arms(subject, arms, first.span, |unit, stmts| {
                    unit.tests(stmts, body)
                });
                let after = self.tests(others, body);
                self.and_then(made, after, body)
            }
        }
    }

    fn match_stmt(
        &mut self,
        subject: &'a ast::Expr,
        arms: &'a [ast::StmtArm],
        span: Span,
        rest: &Rest<'_, 'a>,
        body: &mut GuardBody,
    ) -> Expr {
        if arms.iter().any(|arm| returns(&arm.body)) || ends(rest) {
            return self.arms(subject, arms, span, |unit, stmts| {
                unit.statements(stmts, Some(rest), body)
            });
        }
        let made = self.arms(subject, arms, span, |unit, stmts| unit.tests(stmts, body));
        let then = self.go_on(rest, body);
        self.and_then(made, then, body)
    }

    /// What is known of options behind an `if` of which one branch always rejects.
    fn known_after(&mut self, cond: &Expr, branches: &[Expr]) -> Vec<Path> {
        match branches {
            [then, _] if rejects(then) => self.known_where(cond, When::False),
            [_, otherwise] if rejects(otherwise) => self.known_where(cond, When::True),
            _ => Vec::new(),
        }
    }

    /// A statement `match`, its bodies made by `lower`.
    fn arms(
        &mut self,
        subject: &'a ast::Expr,
        arms: &'a [ast::StmtArm],
        span: Span,
        mut lower: impl FnMut(&mut Self, &'a [Stmt]) -> Expr,
    ) -> Expr {
        if let Some(beyond) = arms.get(BODY_NESTING_MAX) {
            let text = format!(
                "this `match` has {} arms, at most {BODY_NESTING_MAX} fit",
                arms.len()
            );
            let help = "join arms with `|`, or test with `x in […]`";
            return self.fail(error(codes::TOO_DEEP, beyond.span, text).help(help));
        }
        let made = self.subject(subject, arms.iter().map(|arm| &arm.pattern));
        let (local, value, subject) = self.keep(made);
        let mut coverage = self.coverage(&subject.ty);
        let outside = self.frame.known.mark();
        let mut parts = Vec::with_capacity(arms.len());
        for arm in arms {
            let mark = self.frame.scope.len();
            let test = self.arm(&subject, &arm.pattern, arm.guard.as_ref(), &mut coverage);
            let known = self.known_of(&test);
            let body = self.knowing(known.taken, |unit| lower(unit, &arm.body));
            self.frame.known.extend(known.passed);
            self.unbind(mark);
            parts.push((test, body));
        }
        self.frame.known.forget(outside);
        let exhaustive = self.exhaustive(&subject.ty, &coverage, span);
        let broken = parts
            .iter()
            .any(|(test, body)| test.broken || body.ty == Type::Error);
        if subject.ty == Type::Error || !exhaustive || broken {
            return error_expr();
        }
        let mut chain: Option<Expr> = None;
        for (test, body) in parts.into_iter().rev() {
            chain = Some(match (test.cond, chain) {
                (None, _) | (_, None) => body,
                (Some(cond), Some(rest)) => self.choose(cond, body, rest),
            });
        }
        let chain = chain.unwrap_or_else(error_expr);
        self.kept(local, value, chain)
    }
}

/// Whether what a branch became rejects in every case: it has no value, or always a finding.
fn rejects(made: &Expr) -> bool {
    match &made.kind {
        _ if made.ty == Type::Never => true,
        ExprKind::Some(_) => true,
        ExprKind::Let { body, .. } => rejects(body),
        ExprKind::If {
            then, otherwise, ..
        } => rejects(then) && rejects(otherwise),
        _ => false,
    }
}

/// True when a `return` stands somewhere inside.
fn returns(statements: &[Stmt]) -> bool {
    statements.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) => true,
        StmtKind::If {
            then, otherwise, ..
        } => returns(then) || returns(otherwise),
        StmtKind::Match { arms, .. } => arms.iter().any(|arm| returns(&arm.body)),
        StmtKind::Let(_)
        | StmtKind::Assert { .. }
        | StmtKind::Require { .. }
        | StmtKind::Reject { .. } => false,
    })
}

/// True when nothing follows.
fn ends(rest: &Rest<'_, '_>) -> bool {
    rest.statements.is_empty() && rest.after.is_none_or(ends)
}
