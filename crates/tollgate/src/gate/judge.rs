//! A policy with one input: it encodes what is asked, evaluates, and says why. Whatever goes wrong is an error with its words, which
//! is a reason to deny.

use std::sync::Arc;

use tollgate_ecl::ir::Body;
use tollgate_ecl::tools::explain::REDACTED;
use tollgate_ecl::tools::findings::{Finder, findings};
use tollgate_ecl::tools::outlook::{Holes, Outlook, Unknown, outlook};
use tollgate_ecl::{Decision, Input, NoFacts, Program, Reasons, Redaction};
use tollgate_sandbox::holds_secret;

use crate::policy::source::Compiled;
use crate::policy::{EngineChoice, Policy, PolicyError, PolicyRunner};

/// Digits of a policy's hash where a person reads it.
const HASH_SHOWN: usize = 12;

/// What is decided about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// In words, and the name of the input.
    pub(super) what: &'static str,
    /// The field that no reason shows: it may hold secrets, and reasons are kept. A person who is asked sees it on the card.
    pub(super) hidden: &'static str,
}

/// A policy that is ready to decide. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Judge {
    policy: Arc<Policy>,
    /// What gives its messages their values, if they have any.
    finder: Option<Finder>,
    about: About,
}

impl Judge {
    pub(super) fn new(compiled: Compiled, about: About) -> Result<Self, PolicyError> {
        let Compiled { program, finder } = compiled;
        // The interpreter is ready at once, and compiles nothing while a jail is closed.
        let runner = PolicyRunner::new(EngineChoice::Interpreter)?;
        Ok(Self {
            policy: Arc::new(runner.load(Arc::new(program))?),
            finder,
            about,
        })
    }

    pub(super) fn program(&self) -> &Program {
        self.policy.program()
    }

    /// Whether a decision can be to ask somebody.
    pub(super) fn may_ask(&self) -> bool {
        match &self.program().body {
            Body::Policy(body) => {
                let mut groups = body.groups.iter().map(|group| group.decision);
                body.otherwise == Decision::Escalate
                    || groups.any(|decision| decision == Decision::Escalate)
            }
            // None that decides about something.
            Body::Guard(_) => false,
        }
    }

    /// What it decides about the input, which is JSON; an error is a reason to deny.
    pub(super) fn decide(&self, json: &str) -> Result<Decision, String> {
        let input = self.input(json)?;
        let limits = self.program().gas_limits;
        let verdict = self.policy.evaluate(&input, &mut NoFacts, &limits);
        verdict.result.map_err(|error| error.to_string())
    }

    /// What it decides about the input of which the fields of `open` are not known.
    pub(super) fn outlook(&self, json: &str, open: &[(&str, Unknown)]) -> Result<Outlook, String> {
        let input = self.input(json)?;
        let mut holes = Holes::default();
        for (field, unknown) in open {
            let what = self.about.what;
            if !holes.add(self.program(), &[what, field], *unknown) {
                return Err(format!("a {what} has no field `{field}`"));
            }
        }
        Ok(outlook(self.program(), &input, &holes))
    }

    /// Why it decides so: what the author says, or else the conditions.
    pub(super) fn why(&self, json: &str) -> String {
        let reasons = self.reasons(json).map(|reasons| words(&reasons));
        self.said(&reasons.unwrap_or_else(|error| error))
    }

    /// The policy, the rules that were looked at, and what would have to be another.
    pub(super) fn explain(&self, json: Result<&str, &str>) -> Vec<String> {
        let program = self.program();
        let hash = program.hash.get(..HASH_SHOWN).unwrap_or_default();
        let mut lines = vec![format!("policy `{}` ({hash})", program.name)];
        match json
            .map_err(str::to_owned)
            .and_then(|json| self.reasons(json))
        {
            Ok(reasons) => lines.extend(account(&reasons)),
            Err(error) => lines.push(error),
        }
        lines.into_iter().map(kept).collect()
    }

    /// Words, with whose they are.
    pub(super) fn said(&self, words: &str) -> String {
        format!("policy `{}`: {words}", self.program().name)
    }

    fn input(&self, json: &str) -> Result<Input, String> {
        let encoded = self.policy.encoder().encode_str(json);
        encoded.map_err(|error| {
            let error = self.hidden().input_error(error);
            format!("the {} does not fit: {error}", self.about.what)
        })
    }

    fn reasons(&self, json: &str) -> Result<Reasons, String> {
        let redaction = self.hidden();
        let input = self.input(json)?;
        let limits = self.program().gas_limits;
        let (_, mut reasons) = self
            .policy
            .explain(&input, &mut NoFacts, &limits, &redaction);
        let about = (&reasons, &redaction);
        let found = findings(self.finder.as_ref(), json, &mut NoFacts, about);
        reasons.fill_messages(&found);
        Ok(reasons)
    }

    fn hidden(&self) -> Redaction {
        Redaction::of([self.about.hidden])
    }
}

/// The rules that were looked at with what they compared, and what would have to be another for the call to be allowed.
fn account(reasons: &Reasons) -> Vec<String> {
    let mut lines = Vec::new();
    for rule in &reasons.rules {
        let decided = if rule.decided { ", which decided" } else { "" };
        let group = match rule.decision {
            Decision::Accept => "accept",
            Decision::Reject => "reject",
            Decision::Escalate => "escalate",
        };
        lines.push(format!("{group} rule `{}`{decided}", rule.rule));
        lines.extend(rule.conditions.iter().map(|one| format!("  {}", one.full)));
    }
    if let Some(error) = &reasons.error {
        lines.push(error.message.clone());
    }
    for change in &reasons.changes {
        lines.push(format!("to be allowed, {}: {}", change.rule, change.text));
    }
    lines
}

/// A line of what is kept, which has nothing that looks like a secret.
fn kept(line: String) -> String {
    if holds_secret(&line) {
        return REDACTED.to_owned();
    }
    line
}

/// The rule that decided, with its author's words or its conditions.
fn words(reasons: &Reasons) -> String {
    let rule = reasons.rules.iter().find(|rule| rule.decided);
    let said = match &reasons.message {
        Some(message) => message.to_string(),
        None => reasons.lines().join("; "),
    };
    match rule {
        Some(rule) => format!("{}: {said}", rule.rule),
        None => said,
    }
}
