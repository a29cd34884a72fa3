//! Tests and evaluations: the input as JSON, the facts as answers; what is expected is read by [`expectation`](super::expectation).

use std::collections::HashMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::host::facts::Answer;
use crate::ir::{Decision, ExprKind, FactKind};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::declarations::{Declarations, ProgramDecl};
use super::expectation::Expectation;
use super::given::{self, Sheet, Written};
use super::policy::decision;
use super::report::{error, suggest};
use super::session::Session;
use super::unit::{Frame, Unit, bare};

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
        let sheet = Sheet::of(test, declarations, session);
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
