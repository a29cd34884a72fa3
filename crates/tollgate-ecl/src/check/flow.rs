//! `match` and the loops over lists.

use crate::codes::check as codes;
use crate::data::types::{Repr, Type};
use crate::ir::{Expr, ExprKind, LoopKind};
use crate::limits::BODY_NESTING_MAX;
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast, MatchPattern};

use super::expr::join;
use super::known::Path;
use super::literal::{in_backticks, payload};
use super::membership::element;
use super::report::{error, warning};
use super::unit::{Binding, Site, Unit, and, bool_expr, error_expr, if_expr, loop_expr, not, or};
use super::work::Task;

/// What the arms of a `match` cover so far.
pub(super) struct Coverage {
    /// One entry a case of the subject's enum, or for false and true; empty for other types.
    cases: Vec<bool>,
    /// An arm without a condition has been seen.
    everything: bool,
    /// Whether the arm being read covers what it matches: it has no guard.
    counts: bool,
}

impl Coverage {
    pub(super) fn complete(&self) -> bool {
        self.everything || (!self.cases.is_empty() && self.cases.iter().all(|c| *c))
    }
}

/// An arm's test and, for a binding, the name it gives the subject.
struct Test<'a> {
    /// `None`: always true.
    cond: Option<Expr>,
    binds: Option<&'a str>,
}

/// An arm after its pattern was read: the condition (`None`: always) and whether the pattern was sound.
pub(super) struct ArmTest {
    pub(super) cond: Option<Expr>,
    pub(super) broken: bool,
}

/// Which options an arm's test says to have values. Each arm keeps what it adds: what the arms before it add stands in the
/// frame while it is made, so that arms take no more than their tests.
#[derive(Default)]
pub(super) struct Known {
    /// In the body of the arm.
    pub(super) taken: Vec<Path>,
    /// In the arms after it.
    pub(super) passed: Vec<Path>,
}

impl<'a> Unit<'a, '_> {
    /// What a `match` looks at: an option where an arm is for none, else its value where it is known to have one.
    pub(super) fn subject(
        &mut self,
        subject: &'a ast::Expr,
        mut patterns: impl Iterator<Item = &'a MatchPattern>,
    ) -> Expr {
        if patterns.any(matches_none) {
            self.option(subject, None)
        } else {
            self.expr(subject, None)
        }
    }

    /// `match x { A => …, _ => … }` as an expression: a chain of choices.
    pub(super) fn match_expr(
        &mut self,
        subject: &'a ast::Expr,
        arms: &'a [ast::Arm],
        Site { span, want }: Site<'_>,
    ) -> Expr {
        let made = self.subject(subject, arms.iter().map(|arm| &arm.pattern));
        let (local, value, subject_value) = self.keep(made);
        let mut coverage = self.coverage(&subject_value.ty);
        self.spend(Task::Expressions, coverage.cases.len() as u64 / 16);
        let mut tests = Vec::with_capacity(arms.len());
        let mut bodies: Vec<Option<Expr>> = vec![None; arms.len()];
        let mut hint = want.cloned();
        let mut known = Vec::with_capacity(arms.len());
        let outside = self.frame.known.mark();
        // Bodies that need a type from outside wait for one that brings its own.
        for open in [false, true] {
            self.frame.known.forget(outside);
            for (i, arm) in arms.iter().enumerate() {
                let mark = self.frame.scope.len();
                if !open {
                    let guard = arm.guard.as_ref();
                    let test = self.arm(&subject_value, &arm.pattern, guard, &mut coverage);
                    known.push(self.known_of(&test));
                    tests.push(test);
                } else if let Some(name) = binding_name(&arm.pattern)
                    && !matches!(payload(&subject_value.ty), Type::Enum(_))
                {
                    self.bind_subject(name, &subject_value);
                }
                let ready = bodies.get(i).is_some_and(Option::is_some);
                let mut none = Known::default();
                let known = known.get_mut(i).unwrap_or(&mut none);
                if !ready && (open || !self.is_open(&arm.body)) {
                    let taken = std::mem::take(&mut known.taken);
                    let body = self.knowing(taken, |unit| unit.expr(&arm.body, hint.as_ref()));
                    if hint.is_none() && body.ty != Type::Error && body.ty != Type::Never {
                        hint = Some(body.ty.clone());
                    }
                    if let Some(slot) = bodies.get_mut(i) {
                        *slot = Some(body);
                    }
                }
                self.frame.known.extend(known.passed.iter().cloned());
                self.unbind(mark);
            }
        }
        self.frame.known.forget(outside);
        if subject_value.ty == Type::Error {
            return error_expr();
        }
        let exhaustive = self.exhaustive(&subject_value.ty, &coverage, span);
        let bodies: Vec<Expr> = bodies.into_iter().flatten().collect();
        if !exhaustive || tests.iter().any(|t| t.broken) {
            return error_expr();
        }
        let Some(ty) = self.common_type(&bodies, arms, want) else {
            return error_expr();
        };
        let chain = self.arm_chain(tests, bodies, arms, &ty);
        self.kept(local, value, chain)
    }

    fn common_type(
        &mut self,
        bodies: &[Expr],
        arms: &[ast::Arm],
        want: Option<&Type>,
    ) -> Option<Type> {
        let mut common: Option<Type> = None;
        for (body, arm) in bodies.iter().zip(arms) {
            if body.ty == Type::Error {
                return None;
            }
            common = Some(match common {
                None => body.ty.clone(),
                Some(before) => match join(&before, &body.ty) {
                    Some(ty) => ty,
                    None => {
                        let report = self.mismatch(&body.ty, &before, arm.body.span);
                        self.report(report.note("every arm of a `match` has the same type"));
                        return None;
                    }
                },
            });
        }
        match want {
            Some(want @ Type::Option(_)) if join(want, common.as_ref()?).is_some() => {
                Some(want.clone())
            }
            _ => common,
        }
    }

    fn arm_chain(
        &mut self,
        tests: Vec<ArmTest>,
        bodies: Vec<Expr>,
        arms: &'a [ast::Arm],
        ty: &Type,
    ) -> Expr {
        let mut chain: Option<Expr> = None;
        let parts: Vec<_> = tests.into_iter().zip(bodies).zip(arms).collect();
        for ((test, body), arm) in parts.into_iter().rev() {
            let body = self.coerce(body, ty, arm.body.span);
            if body.ty == Type::Error {
                return body;
            }
            chain = Some(match (test.cond, chain) {
                // The last arm needs no test: the `match` is exhaustive.
                (None, _) | (_, None) => body,
                (Some(cond), Some(rest)) => if_expr(cond, body, rest, ty.clone()),
            });
        }
        chain.unwrap_or_else(error_expr)
    }

    pub(super) fn coverage(&self, ty: &Type) -> Coverage {
        let cases = match ty {
            Type::Enum(id) => self.enum_def(*id).map_or(0, |e| e.cases.len()),
            Type::Bool => 2,
            _ => 0,
        };
        Coverage {
            cases: vec![false; cases],
            everything: false,
            counts: true,
        }
    }

    /// Reads an arm's pattern and guard; a binding stays in scope for the body.
    pub(super) fn arm(
        &mut self,
        subject: &Expr,
        pattern: &'a MatchPattern,
        guard: Option<&'a ast::Expr>,
        coverage: &mut Coverage,
    ) -> ArmTest {
        if coverage.complete() {
            let report = warning(
                codes::UNREACHABLE,
                pattern_span(pattern),
                "this arm is never reached",
            );
            self.report(report.help("the arms above cover everything: remove it"));
        }
        coverage.counts = guard.is_none();
        let test = self.pattern_test(subject, pattern, coverage);
        let broken = test.cond.as_ref().is_some_and(|c| c.ty == Type::Error);
        if let Some(name) = test.binds {
            self.bind_subject(name, subject);
        }
        let cond = match (test.cond, guard) {
            (cond, None) => cond,
            (cond, Some(guard)) => {
                let guard = self.condition(guard);
                let broken_guard = guard.ty == Type::Error;
                let both = cond.map_or_else(|| guard.clone(), |cond| and(cond, guard.clone()));
                if broken_guard || broken {
                    return ArmTest {
                        cond: Some(error_expr()),
                        broken: true,
                    };
                }
                Some(both)
            }
        };
        ArmTest { cond, broken }
    }

    fn bind_subject(&mut self, name: &'a str, subject: &Expr) {
        let binding = match subject.kind {
            ExprKind::Local(local) => Binding::Local(local, subject.ty.clone()),
            _ => Binding::Constant(subject.clone()),
        };
        self.bind(name, binding);
    }

    fn pattern_test(
        &mut self,
        subject: &Expr,
        pattern: &'a MatchPattern,
        coverage: &mut Coverage,
    ) -> Test<'a> {
        match pattern {
            MatchPattern::Wildcard(_) => {
                coverage.everything |= coverage.counts;
                Test {
                    cond: None,
                    binds: None,
                }
            }
            MatchPattern::Name(name) => match payload(&subject.ty) {
                Type::Enum(id) => {
                    let case = self.case(*id, &name.node, name.span);
                    self.value_test(subject, case, name.span, coverage)
                }
                _ => {
                    coverage.everything |= coverage.counts;
                    Test {
                        cond: None,
                        binds: Some(&name.node),
                    }
                }
            },
            MatchPattern::Literal(literal) if matches!(literal.kind, Ast::None) => {
                let cond = match &subject.ty {
                    Type::Option(_) => not(self.is_some(subject.clone())),
                    Type::Error => error_expr(),
                    other => {
                        let text = format!("this is never none: its type is {}", self.show(other));
                        self.fail(
                            error(codes::MISMATCH, literal.span, text).help("remove this arm"),
                        )
                    }
                };
                Test {
                    cond: Some(cond),
                    binds: None,
                }
            }
            MatchPattern::Literal(literal) => {
                let value = self.expr(literal, Some(payload(&subject.ty)));
                self.value_test(subject, value, literal.span, coverage)
            }
            MatchPattern::Or(patterns) => {
                if let Some(beyond) = patterns.get(BODY_NESTING_MAX) {
                    let text = format!(
                        "this pattern has {} alternatives, at most {BODY_NESTING_MAX} fit",
                        patterns.len()
                    );
                    let report = error(codes::TOO_DEEP, pattern_span(beyond), text);
                    let help = "match the others with `_`, or test with `x in […]` before";
                    return Test {
                        cond: Some(self.fail(report.help(help))),
                        binds: None,
                    };
                }
                let mut any: Option<Expr> = Some(bool_expr(false));
                for pattern in patterns {
                    let test = self.pattern_test(subject, pattern, coverage);
                    any = match (any, test.cond) {
                        (Some(a), Some(b)) if a.ty == Type::Error || b.ty == Type::Error => {
                            Some(error_expr())
                        }
                        (Some(a), Some(b)) => Some(or(a, b)),
                        _ => None,
                    };
                }
                Test {
                    cond: any,
                    binds: None,
                }
            }
        }
    }

    fn value_test(
        &mut self,
        subject: &Expr,
        value: Expr,
        span: Span,
        coverage: &mut Coverage,
    ) -> Test<'a> {
        let index = match (&subject.ty, &value.kind) {
            (Type::Enum(_), ExprKind::Int(case)) => usize::try_from(*case).ok(),
            (Type::Bool, ExprKind::Bool(case)) => Some(usize::from(*case)),
            _ => None,
        };
        if value.ty != Type::Error
            && let Some(seen) = index.and_then(|i| coverage.cases.get_mut(i))
        {
            if *seen && !coverage.everything {
                let report = warning(codes::UNREACHABLE, span, "this case has an arm already");
                self.report(report.help("remove one of the two"));
            }
            *seen |= coverage.counts;
        }
        let cond = match subject.ty.clone() {
            Type::Option(inner) => {
                let some = self.is_some(subject.clone());
                let payload = self.payload_of(subject.clone(), &inner);
                let equal = self.compare(ast::CompareOp::Eq, payload, value, span);
                if equal.ty == Type::Error {
                    equal
                } else {
                    and(some, equal)
                }
            }
            _ => self.compare(ast::CompareOp::Eq, subject.clone(), value, span),
        };
        Test {
            cond: Some(cond),
            binds: None,
        }
    }

    /// Reports what no arm covers.
    pub(super) fn exhaustive(&mut self, ty: &Type, coverage: &Coverage, span: Span) -> bool {
        if coverage.complete() || *ty == Type::Error {
            return true;
        }
        let missing: Vec<String> = match ty {
            Type::Enum(id) => {
                let cases = self
                    .enum_def(*id)
                    .map(|e| e.cases.clone())
                    .unwrap_or_default();
                let cases = cases.iter().zip(&coverage.cases);
                cases
                    .filter(|(_, seen)| !**seen)
                    .map(|(c, _)| c.to_string())
                    .collect()
            }
            Type::Bool => {
                let cases = ["false", "true"].iter().zip(&coverage.cases);
                cases
                    .filter(|(_, seen)| !**seen)
                    .map(|(c, _)| (*c).into())
                    .collect()
            }
            _ => Vec::new(),
        };
        let (text, help) = if missing.is_empty() {
            (
                "this `match` does not cover every value".to_owned(),
                "add an arm `_ => …` for the others".to_owned(),
            )
        } else {
            let names = in_backticks(missing.iter().map(String::as_str));
            (
                format!("this `match` does not cover {names}"),
                format!("add an arm for {names}, or `_ => …`"),
            )
        };
        self.report(error(codes::NOT_EXHAUSTIVE, span, text).help(help));
        false
    }

    /// `any x in xs: c` and the other loops.
    pub(super) fn list_loop(
        &mut self,
        kind: ast::LoopKind,
        var: &'a ast::Ident,
        list: &'a ast::Expr,
        body: &'a ast::Expr,
        Site { span, want }: Site<'_>,
    ) -> Expr {
        let made = self.expr(list, None);
        // A part of a map is a map.
        let whole = made.ty.clone();
        let made = self.entries(made);
        let item = match element(&made.ty) {
            Some(item) => item.clone(),
            None => {
                if made.ty != Type::Error {
                    let text = format!("a loop needs a list or map, found {}", self.show(&made.ty));
                    let help = "loops run over lists and maps, which have a bound";
                    self.report(error(codes::MISMATCH, list.span, text).help(help));
                }
                Type::Error
            }
        };
        let mark = self.frame.scope.len();
        let local = self.local(&item);
        self.bind(&var.node, Binding::Local(local, item.clone()));
        let body_want = match kind {
            ast::LoopKind::Any
            | ast::LoopKind::All
            | ast::LoopKind::Count
            | ast::LoopKind::Filter
            | ast::LoopKind::First => Some(Type::Bool),
            ast::LoopKind::Map => want.map(payload).and_then(element).cloned(),
            ast::LoopKind::Sum | ast::LoopKind::Min | ast::LoopKind::Max => want
                .map(payload)
                .filter(|t| matches!(t, Type::Decimal | Type::Number))
                .cloned(),
        };
        let value = match &body_want {
            Some(want) => self.check(body, want),
            None => self.expr(body, None),
        };
        self.unbind(mark);
        if value.ty == Type::Error || made.ty == Type::Error || item == Type::Error {
            return error_expr();
        }
        let bound = match &made.ty {
            Type::List(_, bound) => *bound,
            _ => 0,
        };
        let Some(ty) = self.loop_type(kind, &value.ty, (&whole, &item), bound, body.span) else {
            return error_expr();
        };
        let kind = match kind {
            ast::LoopKind::Any => LoopKind::Any,
            ast::LoopKind::All => LoopKind::All,
            ast::LoopKind::Count => LoopKind::Count,
            ast::LoopKind::Sum => LoopKind::Sum,
            ast::LoopKind::Min => LoopKind::Min,
            ast::LoopKind::Max => LoopKind::Max,
            ast::LoopKind::Map => LoopKind::Map,
            ast::LoopKind::Filter => LoopKind::Filter,
            ast::LoopKind::First => LoopKind::First,
        };
        let point = if kind == LoopKind::Sum {
            self.point(span)
        } else {
            crate::ir::PointId(0)
        };
        let made = loop_expr(kind, local, (made, value), ty);
        Expr { point, ..made }
    }

    fn loop_type(
        &mut self,
        kind: ast::LoopKind,
        body: &Type,
        (list, item): (&Type, &Type),
        bound: u32,
        span: Span,
    ) -> Option<Type> {
        let numeric =
            matches!(body, Type::Int | Type::Duration | Type::Number) || body.repr() == Repr::Wide;
        match kind {
            ast::LoopKind::Any | ast::LoopKind::All => Some(Type::Bool),
            ast::LoopKind::Count => Some(Type::Int),
            ast::LoopKind::Filter => Some(list.clone()),
            ast::LoopKind::First => Some(Type::Option(Box::new(item.clone()))),
            ast::LoopKind::Map => Some(Type::List(Box::new(body.clone()), bound)),
            ast::LoopKind::Sum if numeric => Some(body.clone()),
            ast::LoopKind::Min | ast::LoopKind::Max if numeric || *body == Type::Instant => {
                Some(Type::Option(Box::new(body.clone())))
            }
            _ => {
                let text = format!(
                    "`sum`, `min` and `max` need numbers, found {}",
                    self.show(body)
                );
                let help = "use a number, an amount, a quantity or a duration after the colon";
                self.report(error(codes::MISMATCH, span, text).help(help));
                None
            }
        }
    }
}

fn binding_name(pattern: &MatchPattern) -> Option<&str> {
    match pattern {
        MatchPattern::Name(name) => Some(&name.node),
        _ => None,
    }
}

fn matches_none(pattern: &MatchPattern) -> bool {
    match pattern {
        MatchPattern::Literal(literal) => matches!(literal.kind, Ast::None),
        MatchPattern::Or(patterns) => patterns.iter().any(matches_none),
        MatchPattern::Wildcard(_) | MatchPattern::Name(_) => false,
    }
}

pub(super) fn pattern_span(pattern: &MatchPattern) -> Span {
    match pattern {
        MatchPattern::Wildcard(span) => *span,
        MatchPattern::Name(name) => name.span,
        MatchPattern::Literal(literal) => literal.span,
        MatchPattern::Or(patterns) => patterns.first().map_or(Span::default(), pattern_span),
    }
}
