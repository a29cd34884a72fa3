//! What a test expects: a decision and what is said of it, an output, effects, violations.
//!
//! An expectation that is always met shows nothing, and one that is never met is a mistake. What can be seen of that without an
//! evaluation is refused: a reason that every text is, a rule that cannot decide or be violated, an element where none is known
//! or a field that it does not have, an error that no evaluation ends in. Values are compared only when the test runs.

use std::collections::HashSet;

use crate::codes::{Code, check as codes, evaluation, find};
use crate::data::types::Type;
use crate::diagnostic::Diagnostic;
use crate::ir::value::Value;
use crate::ir::{Decision, EffectKind};
use crate::syntax::ast::{self, ExprKind as Ast};

use super::called::Rules;
use super::declarations::ProgramDecl;
use super::given;
use super::literal::{in_backticks, payload};
use super::policy::decision;
use super::report::{error, suggest};
use super::rules::Misspelt;
use super::unit::{Unit, bare};
use super::work::{self, Task};

/// What a test expects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// The decision.
    pub decision: Option<Decision>,
    /// An error, of this code when one is given.
    pub error: Option<Option<Code>>,
    /// Name of the deciding rule, or `otherwise`.
    pub by: Option<String>,
    /// The output of a guard, as far as fields are given.
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

impl<'a> Unit<'a, '_> {
    pub(super) fn expectation(
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
            self.check_decider(by, decl);
        }
        self.check_part(expect.reason.as_ref());
        let wanted = match (&expect.output, output) {
            (None, _) => None,
            (Some(value), Some(fields)) => {
                let typed = self.fields_of(fields);
                let ty = Type::Record(self.record_type("Output", typed));
                Some(self.part_of(value, &ty)?)
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
        let operands = operands.iter().map(|operand| self.compared(operand));
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
        self.check_violated(&expected.rule, expected.element.as_ref(), decl);
        self.check_part(expected.reason.as_ref());
        let element = match &expected.element {
            Some(element) => Some(self.compared(element)?),
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

    /// The code of an error that an evaluation may end in.
    fn error_code(&mut self, code: &ast::Ident) -> Option<Code> {
        let found = find(&code.node);
        if let Ok(entry) = found
            && evaluation::TABLE.contains(entry)
        {
            return Some(entry.code);
        }
        let text = match found {
            Ok(entry) => format!(
                "no evaluation ends in the error {}: {}",
                entry.code, entry.title
            ),
            Err(_) => format!("there is no error `{}`", code.node),
        };
        let known = evaluation::TABLE.iter().map(|entry| entry.code.to_string());
        let known: Vec<String> = known.collect();
        let known = known.iter().map(String::as_str);
        let help = format!(
            "evaluations end in {}, see docs/errors.md",
            in_backticks(known.clone())
        );
        let report = error(codes::BAD_TEST, code.span, text);
        self.report(suggest(report, &code.node, code.span, known, help));
        None
    }

    /// Refuses a part that every text has.
    fn check_part(&mut self, part: Option<&ast::StrLit>) {
        if let Some(part) = part.filter(|part| part.node.trim().is_empty()) {
            let text = "every reason has this text in it";
            let help = "write some words of the reason that is expected, or leave `because` out";
            self.report(error(codes::BAD_TEST, part.span, text).help(help));
        }
    }

    // Rules.

    /// The policy that has rules, unless it is a guard.
    fn with_rules(&mut self, name: &ast::Ident, decl: ProgramDecl<'a>) -> Option<&'a ast::Policy> {
        match decl {
            ProgramDecl::Policy(policy) => Some(policy),
            ProgramDecl::Guard(_) => {
                let text = "a guard has no rules";
                let help = "expect a reason instead: `expect reject because \"…\"`";
                self.report(error(codes::BAD_TEST, name.span, text).help(help));
                None
            }
        }
    }

    /// Refuses a rule that never decides.
    fn check_decider(&mut self, by: &ast::Ident, decl: ProgramDecl<'a>) {
        let Some(policy) = self.with_rules(by, decl) else {
            return;
        };
        let rules = self.rules_of(policy);
        if rules.called(&by.node).is_some() {
            return;
        }
        if by.node != "otherwise" {
            let names = rules.names().chain(written_otherwise(policy));
            return self.no_such_rule(by, policy, names);
        }
        if policy.otherwise.is_none() {
            let text = format!("`{}` has no `otherwise`", policy.name.node);
            let help = "leave `by otherwise` out: what no rule decides is rejected; or write `otherwise reject` in the policy";
            self.report(error(codes::BAD_TEST, by.span, text).help(help));
        }
    }

    /// Refuses a rule that is never violated, and an element where none is known.
    fn check_violated(
        &mut self,
        name: &ast::Ident,
        element: Option<&ast::Expr>,
        decl: ProgramDecl<'a>,
    ) {
        let Some(policy) = self.with_rules(name, decl) else {
            return;
        };
        let rules = self.rules_of(policy);
        let mut rejecting = rules.rejecting().peekable();
        match rules.called(&name.node) {
            _ if name.node == "otherwise" && policy.otherwise.is_some() => {
                let text = "what `otherwise` says is no violation";
                let help = "a violation is a rule that rejects and holds: write `by otherwise` for what decides";
                self.report(error(codes::BAD_TEST, name.span, text).help(help));
            }
            None => self.no_such_rule(name, policy, rejecting),
            Some(called) if called.rejects => {
                if let Some(element) = element {
                    self.check_element(name, element, (policy, &rules));
                }
            }
            Some(_) => {
                let text = format!("`{}` does not reject, so it is never violated", name.node);
                let help = match rejecting.peek() {
                    Some(_) => format!("the rules that reject are {}", in_backticks(rejecting)),
                    None => format!(
                        "no rule of `{}` rejects: expect `by {}`, or another decision",
                        policy.name.node, name.node
                    ),
                };
                self.report(error(codes::BAD_TEST, name.span, text).help(help));
            }
        }
    }

    /// Refuses an element that no violation of a rule has: `violation` is never met then, and `no violation` always.
    fn check_element(
        &mut self,
        name: &ast::Ident,
        element: &ast::Expr,
        (policy, rules): (&ast::Policy, &Rules),
    ) {
        let called = rules.called(&name.node);
        let (text, help) = if called.is_none_or(|called| !called.has_element) {
            (
                format!("a violation of `{}` is about no element", name.node),
                "`for` names an element of the list of a rule `any x in xs: …`: leave it out",
            )
        } else if !rules.says_values {
            (
                format!(
                    "no message of `{}` has values, so nobody knows the element of `{}`",
                    policy.name.node, name.node
                ),
                "name a value in the message of the rule, as in `\"{x} is too large\"`, or leave `for` out",
            )
        } else {
            if let Some(Misspelt { name, of, known }) = rules.misspelt(&name.node, element) {
                let text = format!("{of} has no field `{}`", name.node);
                let report = error(codes::UNKNOWN_FIELD, name.span, text);
                let known = || known.iter().map(|name| &**name);
                let help = format!("its fields are {}", in_backticks(known()));
                self.report(suggest(report, &name.node, name.span, known(), help));
            }
            return;
        };
        self.report(error(codes::BAD_TEST, element.span, text).help(help));
    }

    fn no_such_rule<'n>(
        &mut self,
        name: &ast::Ident,
        policy: &ast::Policy,
        known: impl Iterator<Item = &'n str>,
    ) {
        let text = format!("`{}` has no rule `{}`", policy.name.node, name.node);
        let report = error(codes::BAD_TEST, name.span, text);
        let known: Vec<&str> = known.collect();
        let report = match self.bundle.constraints.get(name.node.as_str()) {
            Some(constraint) => report
                .at(constraint.name.span, "this constraint does not decide here")
                .help(format!(
                    "a constraint decides where it is mandatory and the policy names it: `constraints: [\"{}\"]`",
                    name.node
                )),
            None if known.is_empty() => report.help("it has none that could be meant"),
            None => {
                let help = format!("its rules are {}", in_backticks(known.iter().copied()));
                suggest(report, &name.node, name.span, known, help)
            }
        };
        self.report(report);
    }

    // Values.

    /// Data without a type, for comparing: a number, a text and a case of an enum stay what they are.
    fn compared(&mut self, e: &'a ast::Expr) -> Option<Value> {
        self.at = e.span;
        let bytes = e.span.end.saturating_sub(e.span.start) as usize;
        if !self.spend(Task::Data, work::VALUE + work::bytes(bytes)) {
            return None;
        }
        match &bare(e).kind {
            Ast::Bool(value) => Some(Value::Bool(*value)),
            Ast::Str(text) => Some(Value::String(text.as_str().into())),
            Ast::Ref(id) => Some(Value::Did(id.node.as_str().into())),
            Ast::None => Some(Value::Option(None)),
            Ast::Name(name) if self.bundle.is_case(name) => Some(Value::Enum(name.as_str().into())),
            Ast::Name(name) if !self.bundle.objects.contains_key(name.as_str()) => {
                self.unknown_value(name, e);
                None
            }
            Ast::List(items) => {
                let items = items.iter().map(|item| self.compared(item));
                items.collect::<Option<_>>().map(Value::List)
            }
            Ast::Record { fields, .. } => {
                self.compared_fields(fields, |unit, field| unit.compared(&field.value))
            }
            _ => {
                let made = self.expr(e, None);
                self.constant_value(&made, e.span)
            }
        }
    }

    /// Fields that are given once each.
    fn compared_fields(
        &mut self,
        fields: &'a [ast::FieldInit],
        mut make: impl FnMut(&mut Self, &'a ast::FieldInit) -> Option<Value>,
    ) -> Option<Value> {
        let mut seen = HashSet::new();
        let mut made = Vec::with_capacity(fields.len());
        for field in fields {
            if !seen.insert(field.name.node.as_str()) {
                let text = format!("the field `{}` is given twice", field.name.node);
                let report = error(codes::DUPLICATE, field.name.span, text);
                self.report(report.help("remove one of the two"));
                return None;
            }
            made.push((field.name.node.as_str().into(), make(self, field)?));
        }
        Some(Value::Record(made))
    }

    /// A part of a value of that type: fields of records may be left out.
    fn part_of(&mut self, e: &'a ast::Expr, ty: &Type) -> Option<Value> {
        self.at = e.span;
        if !self.spend(Task::Data, work::VALUE) {
            return None;
        }
        match (&bare(e).kind, payload(ty)) {
            (Ast::Record { name: None, fields }, Type::Record(id)) => {
                let record = self.record(*id)?.clone();
                self.compared_fields(fields, |unit, field| {
                    let Some(declared) = record.field(&field.name.node) else {
                        unit.unknown_field(&Type::Record(*id), &field.name);
                        return None;
                    };
                    unit.part_of(&field.value, &declared.ty)
                })
            }
            (Ast::List(items), Type::List(item, _)) => {
                let items = items.iter().map(|e| self.part_of(e, item));
                items.collect::<Option<_>>().map(Value::List)
            }
            _ => {
                let made = self.check(e, ty);
                self.constant_value(&made, e.span)
            }
        }
    }

    /// A name that is neither a fixture nor a `let` nor the case of an enum.
    fn unknown_value(&mut self, name: &str, e: &ast::Expr) {
        let report: Diagnostic = error(
            codes::UNKNOWN_NAME,
            e.span,
            format!("unknown name `{name}`"),
        );
        let given = self.given.map(|test| given::names(self.bundle, test));
        let mut known: Vec<&str> = given.into_iter().flatten().collect();
        known.extend(self.bundle.cases());
        known.sort_unstable();
        let help = "a name is a fixture, a `let` of the test or the case of an enum; a text stands in quotes";
        self.report(suggest(report, name, e.span, known, help));
    }
}

/// The name of what decides where no rule does, where it is written.
fn written_otherwise(policy: &ast::Policy) -> Option<&'static str> {
    policy.otherwise.as_ref().map(|_| "otherwise")
}
