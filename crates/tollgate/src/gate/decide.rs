//! The gate that a policy is: it encodes the call, evaluates, and turns the decision into a verdict with its reasons.

use std::fmt;
use std::sync::Arc;

use tollgate_ecl::explain::{Reasons, Redaction};
use tollgate_ecl::facts::NoFacts;
use tollgate_ecl::input::Input;
use tollgate_ecl::ir::Decision;
use tollgate_sandbox::{Answer, Arguments, Digest, Gate, GateCall, Target, Verdict};

use super::facts::CallFacts;
use super::{Asker, CallPolicy, Card};

/// A policy as the gate of one execution.
pub(crate) struct Decider {
    policy: CallPolicy,
    asker: Option<Asker>,
    module: String,
    caller: String,
}

impl Decider {
    pub(crate) fn new(
        policy: &CallPolicy,
        asker: Option<&Asker>,
        module: Digest,
        caller: &str,
    ) -> Self {
        Self {
            policy: policy.clone(),
            asker: asker.cloned(),
            module: module.to_string(),
            caller: caller.to_owned(),
        }
    }

    fn input(&self, call: &GateCall<'_>) -> Result<Input, String> {
        let facts = CallFacts::of(call, &self.module, &self.caller);
        let json = serde_json::to_string(&serde_json::json!({ "call": facts }));
        let json = json.map_err(|error| error.to_string())?;
        let encoded = self.policy.policy.encoder().encode_str(&json);
        encoded.map_err(|error| format!("the call does not fit: {error}"))
    }

    /// Returns what the policy decides about `call`; an error is a reason to deny.
    fn decide(&self, call: &GateCall<'_>) -> Result<Decision, String> {
        let policy = &self.policy.policy;
        let input = self.input(call)?;
        let limits = policy.program().gas_limits;
        let verdict = policy.evaluate(&input, &mut NoFacts, &limits);
        verdict.result.map_err(|error| error.to_string())
    }

    /// Returns why it decides so: what the author says, or else the conditions.
    fn why(&self, call: &GateCall<'_>) -> String {
        let policy = &self.policy.policy;
        let words = match self.input(call) {
            Ok(input) => {
                let limits = policy.program().gas_limits;
                let redaction = Redaction::none();
                let (_, reasons) = policy.explain(&input, &mut NoFacts, &limits, &redaction);
                words(&reasons)
            }
            Err(error) => error,
        };
        self.said(&words)
    }

    fn said(&self, words: &str) -> String {
        format!("policy `{}`: {words}", self.policy.name())
    }

    fn card(&self, call: &GateCall<'_>) -> Card {
        let target = match call.target {
            Target::Function(Arguments::Json(arguments)) => arguments.to_owned(),
            Target::Function(Arguments::Values(values)) => {
                let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                values.join(", ")
            }
            target => target.to_string(),
        };
        Card {
            execution: call.execution,
            caller: self.caller.clone(),
            module: self.module.clone(),
            operation: format!("{} of {}", call.name, call.module),
            target,
            reason: self.why(call),
        }
    }
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

impl Gate for Decider {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match self.decide(call) {
            Ok(Decision::Accept) => Verdict::Allow,
            Ok(Decision::Escalate) if self.asker.is_some() => Verdict::Ask,
            Ok(Decision::Escalate) => Verdict::Deny {
                reason: format!("{}, and nobody can be asked here", self.why(call)),
            },
            Ok(Decision::Reject) => Verdict::Deny {
                reason: self.why(call),
            },
            Err(error) => Verdict::Deny {
                reason: self.said(&error),
            },
        }
    }

    fn may_ask(&self) -> bool {
        self.asker.is_some()
    }

    fn ask<'a>(&'a self, call: &GateCall<'_>) -> Answer<'a> {
        match &self.asker {
            Some(asker) => asker(self.card(call)),
            None => Box::pin(std::future::ready(Verdict::Ask)),
        }
    }
}

/// Two gates: a call happens if both allow it. The second one is not asked about what the first denies.
pub(crate) struct Both {
    pub(crate) first: Arc<dyn Gate>,
    pub(crate) second: Arc<dyn Gate>,
}

impl fmt::Debug for Both {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Both").finish_non_exhaustive()
    }
}

impl Gate for Both {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match (self.first.check(call), self.second.check(call)) {
            (denied @ Verdict::Deny { .. }, _) | (_, denied @ Verdict::Deny { .. }) => denied,
            (Verdict::Ask, _) | (_, Verdict::Ask) => Verdict::Ask,
            (Verdict::Allow, Verdict::Allow) => Verdict::Allow,
        }
    }

    fn may_ask(&self) -> bool {
        self.first.may_ask() || self.second.may_ask()
    }

    fn ask<'a>(&'a self, call: &GateCall<'_>) -> Answer<'a> {
        // Who wants to ask is found out anew: nothing is kept between the two.
        let asks = |gate: &'a Arc<dyn Gate>| match gate.check(call) {
            Verdict::Ask => gate.ask(call),
            verdict => Box::pin(std::future::ready(verdict)),
        };
        let (first, second) = (asks(&self.first), asks(&self.second));
        Box::pin(async move {
            match first.await {
                Verdict::Allow => second.await,
                verdict => verdict,
            }
        })
    }
}
