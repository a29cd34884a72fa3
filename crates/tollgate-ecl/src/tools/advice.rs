//! What constraints of severity `warning` and `info` say about a request.
//!
//! They never change a decision, so no engine evaluates them for one: each is a small policy of its own (see
//! [`Advisory`]), evaluated beside the explanation with the same input and facts.

use std::sync::Arc;

use crate::check::{Advisory, Compiled, Says};
use crate::codes::Code;
use crate::data::types::Type;
use crate::engines::vm::{CompiledProgram, Vm};
use crate::host::facts::Facts;
use crate::host::input::Encoder;
use crate::host::outcome::EvalError;
use crate::ir::{Decision, Program};
use crate::syntax::ast::Severity;
use crate::tools::explain::{Reasons, Redaction};
use crate::tools::findings::Sayer;

/// What a constraint says.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Advice {
    /// Name of the constraint.
    pub constraint: Box<str>,
    /// `warning` or `info`.
    pub severity: &'static str,
    /// Whether it holds; `None` when it could not be evaluated.
    pub holds: Option<bool>,
    /// Why it could not.
    pub error: Option<Code>,
    /// The text the constraint gives for a failure.
    pub message: Option<Box<str>>,
    /// The lines that explain it.
    pub lines: Vec<String>,
}

impl Advice {
    /// One line: `warning "certified" does not hold`, with its message.
    #[must_use]
    pub fn headline(&self) -> String {
        let outcome = match (self.holds, self.error) {
            (Some(true), _) => "holds".to_owned(),
            (Some(false), _) => "does not hold".to_owned(),
            (None, Some(code)) => format!("cannot be evaluated: error {code}"),
            (None, None) => "cannot be evaluated".to_owned(),
        };
        let message = self.message.as_ref().filter(|_| self.holds == Some(false));
        let message = message.map_or(String::new(), |text| format!(": {text}"));
        format!(
            "{} \"{}\" {outcome}{message}",
            self.severity, self.constraint
        )
    }
}

/// What the constraints of a program that do not decide say about an input, in the order in which they apply.
///
/// The input is JSON that the program takes, and `facts` answer as they did for the decision.
#[must_use]
pub fn advise(
    compiled: &Compiled,
    program: &Program,
    input: &str,
    facts: &mut dyn Facts,
    redaction: &Redaction,
) -> Vec<Advice> {
    let of_program = |advisory: &&Advisory| {
        let policy = compiled.programs.get(advisory.policy);
        policy.is_some_and(|policy| policy.hash == program.hash)
    };
    let advisories = compiled.advisories.iter().filter(of_program);
    let mut advice = Vec::new();
    for advisory in advisories {
        let Some(mut said) = evaluate(advisory, input, facts, redaction) else {
            continue;
        };
        let says = Says::Constraint(said.constraint.clone());
        if said.holds == Some(false)
            && let Ok(Some(sayer)) = Sayer::of(compiled, program, &says)
            && let Some(message) = sayer.message(input, facts, redaction)
        {
            said.message = Some(message);
        }
        advice.push(said);
    }
    advice
}

/// `None` when the input is not one of the policy.
fn evaluate(
    advisory: &Advisory,
    input: &str,
    facts: &mut dyn Facts,
    redaction: &Redaction,
) -> Option<Advice> {
    let program = &advisory.program;
    let input = Encoder::new(program).encode_str(input).ok()?;
    let compiled = CompiledProgram::new(program.clone()).ok()?;
    let mut vm = Vm::new(Arc::new(compiled));
    let explanation = vm.explain(&input, facts, &program.gas_limits);
    let read = |ty: &Type, words: [u64; 2]| vm.read(ty, words);
    let reasons = Reasons::new(program, &explanation, &read, redaction);
    let verdict = explanation.verdict;
    Some(Advice {
        constraint: program.name.clone(),
        severity: match advisory.severity {
            Severity::Info => "info",
            Severity::Warning | Severity::Mandatory => "warning",
        },
        holds: verdict
            .result
            .ok()
            .map(|decision| decision == Decision::Accept),
        error: verdict.result.err().map(EvalError::code),
        message: reasons.message.clone(),
        lines: reasons.full_lines(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::compile;
    use crate::host::facts::NoFacts;
    use crate::syntax::bundle::Bundle;

    const SOURCE: &str = r#"
constraint "cheap" { severity: warning  rule: price <= limit  message: "{price} is rather dear, {limit} is cheap" }
constraint "known" { severity: info  rule: trust(who).r > 0.5 }
constraint "sane" { rule: price < 100 }
policy "p" {
  input { price: int, who: did }
  let limit = 2 * 5
  constraints: ["cheap", "known", "sane"]
  accept { low: price < 50 }
}
"#;

    fn advice(price: i64) -> (Compiled, Vec<Advice>) {
        let compiled = compile(&Bundle::single("p.ecl", SOURCE));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let input = format!(r#"{{"price": {price}, "who": "did:example:anna"}}"#);
        let program = &compiled.programs[0];
        let none = Redaction::none();
        let advice = advise(&compiled, program, &input, &mut NoFacts, &none);
        (compiled, advice)
    }

    #[test]
    fn constraints_that_do_not_decide_say_whether_they_hold() {
        let (_, found) = advice(20);
        let lines: Vec<String> = found.iter().map(Advice::headline).collect();
        assert_eq!(
            lines,
            [
                "warning \"cheap\" does not hold: 20 is rather dear, 10 is cheap",
                "info \"known\" cannot be evaluated: error E0404",
            ]
        );
        assert!(found[0].lines[0].contains("price (20) <= "), "{found:?}");
        assert_eq!(advice(5).1[0].headline(), "warning \"cheap\" holds");
    }

    #[test]
    fn they_are_no_part_of_the_policy() {
        let (compiled, _) = advice(20);
        let crate::ir::Body::Policy(body) = &compiled.programs[0].body else {
            panic!("a policy");
        };
        let rules = body.groups.iter().flat_map(|g| &g.rules);
        let names: Vec<&str> = rules.map(|r| &*r.name).collect();
        assert_eq!(names, ["sane", "low"]);
    }
}
