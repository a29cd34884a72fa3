//! Tests and evaluations: the input as JSON, the facts as answers, the expectation.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::codes::{Code, check as codes, find};
use crate::data::types::Type;
use crate::host::facts::Answer;
use crate::ir::{Decision, EffectKind, ExprKind, FactKind};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::declarations::{Declarations, ProgramDecl};
use super::given::{self, Sheet, Written};
use super::policy::decision;
use super::report::{error, suggest};
use super::session::Session;
use super::unit::{Frame, Unit, bare};
use super::work::Task;

/// A test of a bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// Its name: of a case of a table, that of the test and its own.
    pub name: String,
    /// Index of its program in [`Compiled::programs`](super::Compiled::programs).
    pub program: usize,
    /// The input, as the encoder reads it.
    pub input: Value,
    /// What the host knows; everything else is unknown. Of two answers to one question the last counts.
    pub facts: Vec<FactCase>,
    /// What must come out.
    pub expect: Expectation,
    /// Its name in the source, or the whole case.
    pub span: Span,
    /// The name of the test that it is, or that it is a case of.
    pub test: Span,
    /// What a case of a table changes, as it stands there.
    pub values: Option<Box<str>>,
}

/// An answer of the host in a test.
#[derive(Debug, Clone, PartialEq)]
pub struct FactCase {
    /// The question.
    pub kind: FactKind,
    /// Its arguments.
    pub args: Vec<String>,
    /// The answer.
    pub answer: Answer,
}

/// What a test expects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// The decision.
    pub decision: Option<Decision>,
    /// An error, of this code when one is given.
    pub error: Option<Option<Code>>,
    /// Name of the deciding rule.
    pub by: Option<String>,
    /// The output of a guard.
    pub output: Option<Value>,
    /// A text that a reason must contain.
    pub reason: Option<String>,
    /// Effects of the decision.
    pub effects: Vec<EffectExpectation>,
    /// Violations that are found or not.
    pub violations: Vec<ViolationExpectation>,
}

/// What a test expects of the effects of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectExpectation {
    /// There are none.
    None,
    /// There is one of this kind whose first operands have these values, as far as their fields are given.
    One {
        /// `emit` or `put` and what it names.
        kind: EffectKind,
        /// Of the payload, or of key and value.
        operands: Vec<Value>,
        /// As it stands in the source.
        shown: Box<str>,
    },
}

/// What a test expects of the violations.
#[derive(Debug, Clone, PartialEq)]
pub struct ViolationExpectation {
    /// Whether there is one.
    pub presence: ast::Presence,
    /// Name of its rule.
    pub rule: String,
    /// A text that its message contains.
    pub reason: Option<String>,
    /// Its element, as far as fields are given.
    pub element: Option<Value>,
    /// As it stands in the source.
    pub shown: Box<str>,
}

/// An evaluation written down with its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Index of its program in [`Compiled::programs`](super::Compiled::programs).
    pub program: usize,
    /// The input.
    pub input: Value,
    /// The decision it must have.
    pub decision: Option<Decision>,
    /// The reasons it must have, word for word.
    pub reasoning: Option<Vec<String>>,
    /// The whole declaration.
    pub span: Span,
}

/// The tests and evaluations of a bundle. Those with errors are reported and left out.
pub(super) fn cases(
    declarations: &Declarations<'_>,
    session: &mut Session,
) -> (Vec<TestCase>, Vec<Evaluation>) {
    let mut tests = Vec::with_capacity(declarations.tests.len());
    for test in &declarations.tests {
        let mut seen = HashMap::new();
        let sheet = Sheet::of(test, session);
        for case in given::runs(test, session) {
            if session.is_over() {
                break;
            }
            let Some(written) = given::written(declarations, session, (&sheet, case)) else {
                continue;
            };
            let mut unit = Unit::new(declarations, session, written.span);
            unit.given = Some(test);
            let made = unit.test_case(test, &written);
            if let Some(made) = made.filter(|made| is_new(made, &mut seen, session)) {
                tests.push(made);
            }
        }
    }
    let mut evaluations = Vec::with_capacity(declarations.evaluations.len());
    for (span, evaluate) in &declarations.evaluations {
        if session.is_over() {
            break;
        }
        let mut unit = Unit::new(declarations, session, *span);
        evaluations.extend(unit.evaluation(evaluate, *span));
    }
    (tests, evaluations)
}

/// Whether no case of the table before has the same input and facts; reports one that has.
fn is_new(case: &TestCase, seen: &mut HashMap<[u8; 32], Span>, session: &mut Session) -> bool {
    let given = format!(
        "{} {:?}",
        crate::data::canonical::json(&case.input),
        case.facts
    );
    let key = Sha256::digest(given.as_bytes()).into();
    let Some(first) = seen.insert(key, case.span) else {
        return true;
    };
    let text = "this case has the input and the facts of another one";
    let report = error(codes::DUPLICATE, case.span, text).at(first, "this one");
    session
        .reports
        .push(report.help("remove one of the two, or change what it is about"));
    false
}

impl<'a> Unit<'a, '_> {
    fn test_case(&mut self, test: &'a ast::Test, written: &'a Written) -> Option<TestCase> {
        let (program, decl) = self.target(test)?;
        let (input, output) = match decl {
            ProgramDecl::Policy(policy) => (&policy.input, None),
            ProgramDecl::Guard(guard) => (&guard.input, Some(&guard.output)),
        };
        let errors = self.session.reports.errors();
        let input = self.input_json(input, &written.input, written.span);
        let facts = written.facts.iter();
        let facts: Vec<_> = facts.map(|fact| self.fact_case(fact)).collect();
        let expect = self.expectation(&written.expect, decl, output.map(Vec::as_slice))?;
        if self.session.reports.errors() > errors {
            return None;
        }
        Some(TestCase {
            name: written.name.clone(),
            program,
            input: input?,
            facts: facts.into_iter().flatten().collect(),
            expect,
            span: written.span,
            test: test.name.span,
            values: written.values.clone(),
        })
    }

    fn target(&mut self, test: &'a ast::Test) -> Option<(usize, ProgramDecl<'a>)> {
        let Some(target) = &test.target else {
            if let [only] = self.bundle.programs.as_slice() {
                return Some((0, *only));
            }
            let text = format!("the test `{}` names no policy", test.name.node);
            let help = "add `policy \"name\"` or `logic_guard \"name\"`";
            self.report(error(codes::BAD_TEST, test.name.span, text).help(help));
            return None;
        };
        self.program_named(&target.node, target.span)
    }

    fn program_named(&mut self, name: &str, span: Span) -> Option<(usize, ProgramDecl<'a>)> {
        let found = self.bundle.program_index(name);
        let decl = found.and_then(|i| Some((i, *self.bundle.programs.get(i)?)));
        if decl.is_none() {
            let text = format!("no policy or guard has the name or id `{name}`");
            let known = self.bundle.programs.iter().map(|p| p.name().node.as_str());
            let report = error(codes::UNKNOWN_REFERENCE, span, text);
            let report = suggest(report, name, span, known, "declare it in this bundle");
            self.report(report);
        }
        decl
    }

    /// Data for an input, as JSON.
    fn input_json(
        &mut self,
        fields: &'a ast::Fields,
        inits: &'a [ast::FieldInit],
        span: Span,
    ) -> Option<Value> {
        let typed = self.fields_of(&fields.decls);
        if typed.iter().any(|(_, ty)| *ty == Type::Error) {
            return None;
        }
        let input = Type::Record(self.input_type(typed, fields));
        self.frame = Frame::default();
        self.record_data(inits, &input, span)
    }

    fn fact_case(&mut self, fact: &'a ast::FactInit) -> Option<FactCase> {
        let name = fact.name.node.as_str();
        let Some(kind) = FactKind::ALL.into_iter().find(|k| k.name() == name) else {
            let text = format!("unknown fact `{name}`");
            let known = FactKind::ALL.map(FactKind::name);
            let help = format!("the facts are {}", super::literal::in_backticks(known));
            let at = fact.name.span;
            let report = error(codes::BAD_TEST, at, text);
            self.report(suggest(report, name, at, known, help));
            return None;
        };
        if fact.args.len() != kind.arity() {
            let text = format!(
                "`{name}` takes {} arguments, found {}",
                kind.arity(),
                fact.args.len()
            );
            let help = "the arguments are the question, the value after the colon is the answer";
            self.report(error(codes::ARGUMENTS, fact.span, text).help(help));
            return None;
        }
        let args: Vec<Option<String>> = fact
            .args
            .iter()
            .enumerate()
            .map(|(i, arg)| self.fact_argument(arg, &argument_type(kind, i)))
            .collect();
        let answer = self.answer(&fact.value, kind)?;
        Some(FactCase {
            kind,
            args: args.into_iter().collect::<Option<_>>()?,
            answer,
        })
    }

    fn fact_argument(&mut self, arg: &'a ast::Expr, ty: &Type) -> Option<String> {
        let made = self.expr(arg, Some(ty));
        match (&made.kind, &made.ty) {
            (_, Type::Error) => None,
            (ExprKind::Text(handle), found) if found.is_text() => {
                Some(self.pool.get(*handle).to_owned())
            }
            _ => {
                let text = format!("expected {}, found {}", self.show(ty), self.show(&made.ty));
                let help = "arguments of facts are literals";
                self.report(error(codes::MISMATCH, arg.span, text).help(help));
                None
            }
        }
    }

    fn answer(&mut self, value: &'a ast::Expr, kind: FactKind) -> Option<Answer> {
        match &bare(value).kind {
            Ast::None => return Some(Answer::Unknown),
            Ast::Name(name) if name == "unknown" => return Some(Answer::Unknown),
            _ => {}
        }
        let made = self.check(value, &kind.answer());
        if made.ty == Type::Error {
            return None;
        }
        let answer = match (&made.kind, &made.ty) {
            (ExprKind::Bool(b), _) => Some(Answer::Bool(*b)),
            (ExprKind::Int(i), _) => Some(Answer::Int(*i)),
            (ExprKind::Number(n), _) => Some(Answer::Number(*n)),
            (ExprKind::Wide(w), _) => Some(Answer::Decimal(*w)),
            (ExprKind::Const(address), Type::Trust) => {
                let words = self.pool.read(*address, 6);
                let mut trust = [0.0; 6];
                for (slot, word) in trust.iter_mut().zip(words) {
                    *slot = f64::from_bits(word);
                }
                Some(Answer::Trust(trust))
            }
            (ExprKind::Text(handle), Type::List(..)) => {
                let handles = self.pool.read(handle.address(), handle.length());
                let text = |word: u64| self.pool.get(crate::ir::Handle(word)).to_owned();
                Some(Answer::Texts(handles.into_iter().map(text).collect()))
            }
            (ExprKind::Text(handle), _) => Some(Answer::Text(self.pool.get(*handle).to_owned())),
            _ => None,
        };
        if answer.is_none() {
            let report = error(
                codes::NOT_CONSTANT,
                value.span,
                "the answer of a fact is a literal",
            );
            self.report(report.help("write the value itself, or `unknown`"));
        }
        answer
    }

    fn expectation(
        &mut self,
        expect: &'a ast::Expect,
        decl: ProgramDecl<'a>,
        output: Option<&'a [ast::FieldDecl]>,
    ) -> Option<Expectation> {
        let error_code = match &expect.error {
            Some(Some(code)) => Some(Some(self.error_code(code)?)),
            Some(None) => Some(None),
            None => None,
        };
        if let Some(by) = &expect.by {
            self.check_rule_name(by, decl);
        }
        let wanted = match (&expect.output, output) {
            (None, _) => None,
            (Some(value), Some(fields)) => {
                let typed = self.fields_of(fields);
                let ty = Type::Record(self.record_type("Output", typed));
                Some(self.data(value, &ty)?)
            }
            (Some(value), None) => {
                let text = "a policy has no output";
                let help = "only guards return one: expect a decision";
                self.report(error(codes::BAD_TEST, value.span, text).help(help));
                return None;
            }
        };
        let effects = expect.effects.iter();
        let effects = effects.map(|expected| self.effect_expectation(expected, decl));
        let effects = effects.collect::<Option<_>>()?;
        let violations = expect.violations.iter();
        let violations = violations.map(|expected| self.violation_expectation(expected, decl));
        let violations = violations.collect::<Option<_>>()?;
        Some(Expectation {
            decision: expect.decision.as_ref().map(|d| decision(d.node)),
            error: error_code,
            by: expect.by.as_ref().map(|by| by.node.clone()),
            output: wanted,
            reason: expect.reason.as_ref().map(|r| r.node.clone()),
            effects,
            violations,
        })
    }

    /// `emit("sold", …)`, `put("stock", key, value)`, arguments at the end left out as wanted.
    fn effect_expectation(
        &mut self,
        expected: &'a ast::EffectExpect,
        decl: ProgramDecl<'a>,
    ) -> Option<EffectExpectation> {
        if let ProgramDecl::Guard(_) = decl {
            let text = "a guard has no effects";
            let help = "only policies have `on accept { … }`: expect an output";
            self.report(error(codes::BAD_TEST, expected.span, text).help(help));
            return None;
        }
        let Some(effect) = &expected.effect else {
            return Some(EffectExpectation::None);
        };
        let usage = "write `emit(\"type\", payload)` or `put(\"store\", key, value)`; arguments at the end may be left out";
        let called = match &bare(effect).kind {
            Ast::Call {
                module: None,
                name,
                args,
            } if matches!(name.node.as_str(), "emit" | "put") => Some((name.node.as_str(), args)),
            _ => None,
        };
        let parts = called.and_then(|(name, args)| {
            let (first, operands) = args.split_first()?;
            let most = if name == "emit" { 1 } else { 2 };
            match &bare(first).kind {
                Ast::Str(target) if operands.len() <= most => Some((name, target, operands)),
                _ => None,
            }
        });
        let Some((name, target, operands)) = parts else {
            let text = "this is no effect that can be expected";
            self.report(error(codes::BAD_TEST, effect.span, text).help(usage));
            return None;
        };
        let target = target.as_str().into();
        let operands = operands.iter().map(|operand| self.free(operand));
        Some(EffectExpectation::One {
            operands: operands.collect::<Option<_>>()?,
            kind: match name {
                "emit" => EffectKind::Emit { event_type: target },
                _ => EffectKind::Put { store: target },
            },
            shown: self.bundle.source(expected.span).into(),
        })
    }

    fn violation_expectation(
        &mut self,
        expected: &'a ast::ViolationExpect,
        decl: ProgramDecl<'a>,
    ) -> Option<ViolationExpectation> {
        self.check_rule_name(&expected.rule, decl);
        let element = match &expected.element {
            Some(element) => Some(self.free(element)?),
            None => None,
        };
        Some(ViolationExpectation {
            presence: expected.presence,
            rule: expected.rule.node.clone(),
            reason: expected.reason.as_ref().map(|reason| reason.node.clone()),
            element,
            shown: self.bundle.source(expected.span).into(),
        })
    }

    fn error_code(&mut self, code: &ast::Ident) -> Option<Code> {
        let found = find(&code.node).ok().map(|entry| entry.code);
        if found.is_none() {
            let text = format!("there is no error `{}`", code.node);
            let help = "errors of evaluations are E0401 to E0408, see docs/errors.md";
            self.report(error(codes::BAD_TEST, code.span, text).help(help));
        }
        found
    }

    fn check_rule_name(&mut self, by: &ast::Ident, decl: ProgramDecl<'a>) {
        let ProgramDecl::Policy(policy) = decl else {
            let text = "a guard has no rules";
            let help = "expect a reason instead: `expect reject because \"…\"`";
            self.report(error(codes::BAD_TEST, by.span, text).help(help));
            return;
        };
        let mut names: Vec<Cow<'_, str>> = vec!["otherwise".into()];
        for group in &policy.groups {
            for (i, rule) in group.rules.iter().enumerate() {
                names.push(match &rule.name {
                    Some(name) => name.node.as_str().into(),
                    None => format!("rule_{}", i + 1).into(),
                });
            }
        }
        let constraints = self.bundle.constraint_order.iter();
        names.extend(constraints.map(|c| Cow::Borrowed(c.name.node.as_str())));
        self.spend(Task::Data, names.len() as u64);
        if !names.iter().any(|name| **name == by.node) {
            let text = format!("`{}` has no rule `{}`", policy.name.node, by.node);
            let known = names.iter().map(|name| &**name);
            let help = format!(
                "its rules are {}",
                super::literal::in_backticks(known.clone().skip(1))
            );
            let report = error(codes::BAD_TEST, by.span, text);
            self.report(suggest(report, &by.node, by.span, known, help));
        }
    }

    fn evaluation(&mut self, evaluate: &'a ast::Evaluate, span: Span) -> Option<Evaluation> {
        let policy = evaluate.policy.as_ref()?;
        let name = match &bare(policy).kind {
            Ast::Ref(id) => id.node.as_str(),
            Ast::Str(name) | Ast::Name(name) => name.as_str(),
            _ => {
                let text = "the policy of an evaluation is named";
                let help = "write `policy: @ref(\"did:…\")` or its name";
                self.report(error(codes::BAD_TEST, policy.span, text).help(help));
                return None;
            }
        };
        let (program, decl) = self.program_named(name, policy.span)?;
        let fields = match decl {
            ProgramDecl::Policy(policy) => &policy.input,
            ProgramDecl::Guard(guard) => &guard.input,
        };
        let input = self.input_json(fields, &evaluate.input, span)?;
        Some(Evaluation {
            program,
            input,
            decision: evaluate.decision.as_ref().map(|d| decision(d.node)),
            reasoning: evaluate
                .reasoning
                .as_ref()
                .map(|lines| lines.iter().map(|l| l.node.clone()).collect()),
            span,
        })
    }
}

/// Type of an argument of a fact.
fn argument_type(kind: FactKind, index: usize) -> Type {
    match (kind, index) {
        (FactKind::HasCredential, 1) => Type::Pattern,
        (FactKind::ConformsTo, _) => Type::Attributes,
        (FactKind::StoreGet, _) | (FactKind::Balance | FactKind::RealmTrust, 1) => {
            Type::String(crate::data::types::STRING_BYTES_DEFAULT)
        }
        _ => Type::Did,
    }
}
