//! The gate that a policy is: it says what there is to know of a call, and turns the decision into a verdict with its reasons.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tollgate_ecl::Decision;
use tollgate_sandbox::{
    Answer, Arguments, Aside, Digest, Gate, GateCall, PolicySaid, Said, Target, Verdict,
};

use super::watch::{Run, Watch};
use super::{Asker, CallPolicy, Card};

/// Ends the reason of a denial where the policy asks, and there is nobody.
pub const NOBODY_TO_ASK: &str = "nobody can be asked here";

/// A policy as the gate of one execution.
pub(crate) struct Decider {
    policy: CallPolicy,
    asker: Option<Asker>,
    module: Digest,
    watch: Watch,
}

impl Decider {
    pub(crate) fn new(policy: &CallPolicy, asker: Option<&Asker>, run: &Run<'_>) -> Self {
        Self {
            policy: policy.clone(),
            asker: asker.cloned(),
            module: run.module,
            watch: Watch::of(run),
        }
    }

    pub(super) fn policy(&self) -> &CallPolicy {
        &self.policy
    }

    /// Returns what the policy decides about `call`; an error is a reason to deny.
    fn decide(&self, call: &GateCall<'_>) -> Result<Decision, String> {
        self.policy.0.decide(&self.watch.json(call)?)
    }

    /// Returns what comes of its decision: to ask is to deny where nobody can be asked. An error is a fault of the policy.
    pub(super) fn said_of(&self, call: &GateCall<'_>) -> Result<PolicySaid, String> {
        Ok(match self.decide(call)? {
            Decision::Accept => PolicySaid::Allow,
            Decision::Escalate if self.asker.is_some() => PolicySaid::Ask,
            Decision::Escalate | Decision::Reject => PolicySaid::Deny,
        })
    }

    /// Returns why it decides so: what the author says, or else the conditions.
    fn why(&self, call: &GateCall<'_>) -> String {
        let why = self.watch.json(call).map(|json| self.policy.0.why(&json));
        why.unwrap_or_else(|error| self.said(&error))
    }

    fn said(&self, words: &str) -> String {
        self.policy.0.said(words)
    }

    /// What a person is asked; an error is a reason to deny.
    fn card(&self, call: &GateCall<'_>) -> Result<Card, String> {
        let target = match call.target {
            Target::Function(Arguments::Json(arguments)) => arguments.to_owned(),
            Target::Function(Arguments::Values(values)) => {
                let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                values.join(", ")
            }
            target => target.to_string(),
        };
        let place = self.watch.place(call)?;
        let arguments = match (call.target, &place) {
            (_, Some(place)) => Digest::of(&[target.as_bytes(), b"\0", place.as_bytes()].concat()),
            // An answer about a name alone would count for whatever has that name in another run.
            (Target::Path(name), None) => {
                let why = "it is made of granted names and is no folder of the host";
                return Err(format!("nobody is asked about `{name}`: {why}"));
            }
            (_, None) => call.target.digest(),
        };
        Ok(Card {
            execution: call.execution,
            caller: self.watch.caller.clone(),
            module: self.module,
            capability: call.capability,
            interface: call.module.to_owned(),
            operation: call.name.to_owned(),
            target,
            place: place.map(PathBuf::from),
            arguments,
            policy: self.policy.hash().to_owned(),
            reason: self.why(call),
            gas_used: call.gas_used,
        })
    }
}

impl Gate for Decider {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match self.decide(call) {
            Ok(Decision::Accept) => Verdict::Allow,
            Ok(Decision::Escalate) if self.asker.is_some() => Verdict::Ask,
            Ok(Decision::Escalate) => Verdict::Deny {
                reason: format!("{}, and {NOBODY_TO_ASK}", self.why(call)),
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

    fn explain(&self, call: &GateCall<'_>) -> Vec<String> {
        let json = self.watch.json(call);
        self.policy
            .0
            .explain(json.as_deref().map_err(String::as_str))
    }

    fn aside(&self, call: &GateCall<'_>) -> Aside {
        let said = match self.decide(call) {
            Ok(Decision::Accept) => PolicySaid::Allow,
            Ok(Decision::Escalate) => PolicySaid::Ask,
            Ok(Decision::Reject) | Err(_) => PolicySaid::Deny,
        };
        Aside {
            facts: self.watch.facts(call, said),
            shadow: None,
        }
    }

    fn ask<'a>(&'a self, call: &GateCall<'_>) -> Answer<'a> {
        let said = match (&self.asker, self.card(call)) {
            (Some(asker), Ok(card)) => return asker(card),
            (Some(_), Err(error)) => Verdict::Deny {
                reason: self.said(&error),
            },
            (None, _) => Verdict::Ask,
        };
        Box::pin(std::future::ready(said.into()))
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
        match self.first.check(call) {
            denied @ Verdict::Deny { .. } => denied,
            Verdict::Allow => self.second.check(call),
            // Who is to be asked may be told of a call that the second denies anyway, so it is looked at now.
            Verdict::Ask => match self.second.check(call) {
                denied @ Verdict::Deny { .. } => denied,
                Verdict::Allow | Verdict::Ask => Verdict::Ask,
            },
        }
    }

    fn may_ask(&self) -> bool {
        self.first.may_ask() || self.second.may_ask()
    }

    fn explain(&self, call: &GateCall<'_>) -> Vec<String> {
        let gates = [&self.first, &self.second].into_iter();
        // Those that allow have no part in it.
        let others = gates.filter(|gate| gate.check(call) != Verdict::Allow);
        others.flat_map(|gate| gate.explain(call)).collect()
    }

    fn aside(&self, call: &GateCall<'_>) -> Aside {
        let [first, second] = [&self.first, &self.second].map(|gate| gate.aside(call));
        Aside {
            facts: first.facts.or(second.facts),
            shadow: first.shadow.or(second.shadow),
        }
    }

    fn ask<'a>(&'a self, call: &GateCall<'_>) -> Answer<'a> {
        // Who wants to ask is found out again: nothing is kept between the two.
        let ready =
            |verdict: Verdict| -> Answer<'a> { Box::pin(std::future::ready(verdict.into())) };
        let first = match self.first.check(call) {
            Verdict::Deny { reason } => return ready(Verdict::Deny { reason }),
            Verdict::Allow => None,
            Verdict::Ask => Some(&self.first),
        };
        let second = match self.second.check(call) {
            Verdict::Deny { reason } => return ready(Verdict::Deny { reason }),
            Verdict::Allow => None,
            Verdict::Ask => Some(&self.second),
        };
        // Both are asked at once where both want to: the call is not here any more when the first has answered.
        let answers: Vec<_> = [first, second].into_iter().flatten().collect();
        let answers: Vec<_> = answers.iter().map(|gate| gate.ask(call)).collect();
        Box::pin(async move {
            let mut all = Said::from(Verdict::Allow);
            for answer in answers {
                let Said { verdict, answers } = answer.await;
                all.answers.extend(answers);
                all.verdict = verdict;
                if all.verdict != Verdict::Allow {
                    break;
                }
            }
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use tollgate_ecl::tools::explain::REDACTED;
    use tollgate_sandbox::{Capability, ExecutionId, Grant, holds_secret};

    use super::*;

    fn call(arguments: &str) -> GateCall<'_> {
        GateCall {
            execution: ExecutionId::next(),
            earlier: 0,
            gas_used: 0,
            capability: Capability::HostFunctions,
            module: "bank",
            name: "pay",
            target: Target::Function(Arguments::Json(arguments)),
        }
    }

    fn decider(rules: &str) -> Decider {
        let text = format!(
            "import \"call.ecl\"\npolicy \"p\" {{ input {{ call: Call }}\nlet what = call.arguments else \"\"\n{rules}\notherwise reject \"no\" }}"
        );
        let policy = CallPolicy::compile("p.ecl", &text).unwrap();
        let run = Run {
            module: Digest::of(b""),
            caller: "ada",
            grant: &Grant::none(),
        };
        Decider::new(&policy, None, &run)
    }

    #[test]
    fn no_reason_shows_the_arguments_of_a_call() {
        let secret = "[\"hunter2\"]";
        let too_long = format!("[\"hunter2{}\"]", "x".repeat(5_000));
        let by_rule = decider("auto_reject { a: what matches \"*hunter2*\" }");
        let by_value = decider("auto_reject { a: what == \"[\\\"hunter2\\\"]\" }");
        for (decider, arguments) in [
            (&by_rule, secret),
            (&by_value, secret),
            (&by_rule, &too_long),
        ] {
            let Verdict::Deny { reason } = decider.check(&call(arguments)) else {
                panic!("it is denied");
            };
            // The policy's own text may name what it looks for; the call's does not stand there.
            assert!(!reason.contains("[\"hunter2"), "{reason}");
        }
    }

    #[test]
    fn what_is_explained_has_rules_and_operands_and_no_arguments() {
        let rules = "let who = call.operation\nauto_reject { a: what matches \"*hunter2*\" AND who == \"pay\" }";
        let explained = decider(rules).explain(&call("[\"hunter2\"]"));
        let text = explained.join("\n");
        assert!(text.starts_with("policy `p` ("), "{text}");
        assert!(text.contains("reject rule `a`, which decided"), "{text}");
        assert!(text.contains("== \"pay\": PASS"), "{text}");
        assert!(!text.contains("[\"hunter2"), "{text}");
    }

    #[test]
    fn what_looks_like_a_secret_is_in_no_explanation() {
        let key = format!("docs/ghp_{}", "0123456789abcdefghijABCDEFGHIJ012345");
        assert!(holds_secret(&key));
        let text = "import \"call.ecl\"\npolicy \"p\" { input { call: Call }\nlet path = call.path else \"\"\nauto_reject { a: path matches \"docs/*\" }\notherwise reject \"no\" }";
        let policy = CallPolicy::compile("p.ecl", text).unwrap();
        let run = Run {
            module: Digest::of(b""),
            caller: "ada",
            grant: &Grant::none(),
        };
        let decider = Decider::new(&policy, None, &run);
        let call = GateCall {
            target: Target::Path(&key),
            ..call("")
        };
        let explained = decider.explain(&call).join("\n");
        assert!(explained.contains(REDACTED), "{explained}");
        assert!(!explained.contains("ghp_"), "{explained}");
    }

    #[test]
    fn a_reason_has_the_values_of_its_message() {
        let rule = "auto_reject { a: what != \"\", \"{call.operation} of {call.interface} by {call.caller}\" }";
        let Verdict::Deny { reason } = decider(rule).check(&call("[1]")) else {
            panic!("it is denied");
        };
        assert_eq!(reason, "policy `p`: a: pay of bank by ada");
        let rule = "auto_reject { a: what != \"\", \"{call.operation} with {what}\" }";
        let Verdict::Deny { reason } = decider(rule).check(&call("[\"hunter2\"]")) else {
            panic!("it is denied");
        };
        assert_eq!(reason, "policy `p`: a: pay with [redacted]");
    }

    fn about(path: &str) -> GateCall<'_> {
        GateCall {
            capability: Capability::FileRead,
            module: "wasi_snapshot_preview1",
            name: "path_open",
            target: Target::Path(path),
            ..call("[]")
        }
    }

    fn asking(rules: &str, grant: &Grant) -> Decider {
        let asker = super::super::on_a_thread(|_, _| Verdict::Allow);
        let decider = decider(rules);
        let run = Run {
            module: decider.module,
            caller: "ada",
            grant,
        };
        Decider::new(&decider.policy, Some(&asker), &run)
    }

    #[test]
    fn a_rule_about_a_place_decides_whatever_the_name_is() {
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().canonicalize().unwrap();
        let place = host.join("x").display().to_string();
        let rule = format!("auto_accept any {{ a: call.place else \"\" == \"{place}\" }}");
        for name in ["docs", "/d/e", "."] {
            let mut grant = Grant::none();
            grant
                .read
                .push(tollgate_sandbox::PathGrant::mapped(&host, name));
            let decider = asking(&rule, &grant);
            let name = format!("{name}/x");
            assert_eq!(decider.check(&about(&name)), Verdict::Allow, "{name}");
            assert_ne!(decider.check(&about(&format!("{name}y"))), Verdict::Allow);
        }
    }

    #[test]
    fn a_file_of_which_nobody_knows_where_it_is_is_denied() {
        let rule = "auto_accept any { a: call.capability == FileRead }";
        let decider = asking(rule, &Grant::none());
        let Verdict::Deny { reason } = decider.check(&about("data/x")) else {
            panic!("it is denied");
        };
        assert!(reason.contains("nothing that is granted"), "{reason}");
    }

    #[tokio::test]
    async fn nobody_is_asked_about_a_name_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut grant = Grant::none();
        grant
            .read
            .push(tollgate_sandbox::PathGrant::mapped(folder.path(), "a/b"));
        let decider = asking("escalate { a: call.capability == FileRead }", &grant);
        assert_eq!(decider.check(&about("a/b/x")), Verdict::Ask);
        assert_eq!(decider.ask(&about("a/b/x")).await, Verdict::Allow.into());
        let Verdict::Deny { reason } = decider.ask(&about("a")).await.verdict else {
            panic!("it is denied");
        };
        assert!(reason.contains("no folder of the host"), "{reason}");
    }

    #[test]
    fn a_policy_may_ask_where_there_is_somebody_to_ask() {
        let rules = "escalate { a: what != \"\" }";
        let nobody = decider(rules);
        assert!(!nobody.may_ask());
        let Verdict::Deny { reason } = nobody.check(&call("[]")) else {
            panic!("it is denied");
        };
        assert!(reason.ends_with("and nobody can be asked here"), "{reason}");
        let somebody = asking(rules, &Grant::none());
        assert!(somebody.may_ask());
        assert_eq!(somebody.check(&call("[]")), Verdict::Ask);
    }

    /// Says one thing, may ask if that is to ask, and counts how often it heard of a call and how often it asked.
    struct Says {
        verdict: Verdict,
        answer: Verdict,
        heard: AtomicU32,
        asked: AtomicU32,
    }

    impl Gate for Says {
        fn check(&self, _: &GateCall<'_>) -> Verdict {
            self.heard.fetch_add(1, Relaxed);
            self.verdict.clone()
        }

        fn may_ask(&self) -> bool {
            self.verdict == Verdict::Ask
        }

        fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
            self.asked.fetch_add(1, Relaxed);
            Box::pin(std::future::ready(self.answer.clone().into()))
        }
    }

    fn answers(verdict: Verdict, answer: Verdict) -> Arc<Says> {
        Arc::new(Says {
            verdict,
            answer,
            heard: AtomicU32::new(0),
            asked: AtomicU32::new(0),
        })
    }

    fn says(verdict: Verdict) -> Arc<Says> {
        answers(verdict, Verdict::Allow)
    }

    fn both(first: &Arc<Says>, second: &Arc<Says>) -> Both {
        Both {
            first: first.clone(),
            second: second.clone(),
        }
    }

    #[test]
    fn two_gates_allow_together_and_the_second_hears_nothing_of_what_the_first_denies() {
        let no = || Verdict::Deny {
            reason: String::from("no"),
        };
        for (first, second, expected, heard) in [
            (no(), Verdict::Allow, no(), 0),
            (Verdict::Allow, no(), no(), 1),
            (Verdict::Ask, no(), no(), 1),
            (Verdict::Allow, Verdict::Ask, Verdict::Ask, 1),
            (Verdict::Ask, Verdict::Allow, Verdict::Ask, 1),
            (Verdict::Allow, Verdict::Allow, Verdict::Allow, 1),
        ] {
            let (first, second) = (says(first), says(second));
            assert_eq!(both(&first, &second).check(&call("[]")), expected);
            assert_eq!(second.heard.load(Relaxed), heard);
        }
    }

    #[test]
    fn two_gates_can_be_shown() {
        let gates = both(&says(Verdict::Allow), &says(Verdict::Allow));
        assert_eq!(format!("{gates:?}"), "Both { .. }");
    }

    #[test]
    fn two_gates_ask_if_one_of_them_does() {
        for (first, second, expected) in [
            (Verdict::Allow, Verdict::Allow, false),
            (Verdict::Ask, Verdict::Allow, true),
            (Verdict::Allow, Verdict::Ask, true),
            (Verdict::Ask, Verdict::Ask, true),
        ] {
            assert_eq!(both(&says(first), &says(second)).may_ask(), expected);
        }
    }

    #[tokio::test]
    async fn of_two_gates_those_ask_that_want_to_and_each_answer_counts() {
        let no = || Verdict::Deny {
            reason: String::from("no"),
        };
        let (allow, ask) = (Verdict::Allow, Verdict::Ask);
        // What each says and is answered, what comes of it, how often each asked.
        for (first, second, expected, asked) in [
            ((&ask, &allow), (&allow, &no()), allow.clone(), (1, 0)),
            ((&allow, &no()), (&ask, &allow), allow.clone(), (0, 1)),
            ((&ask, &allow), (&ask, &allow), allow.clone(), (1, 1)),
            ((&ask, &no()), (&ask, &allow), no(), (1, 1)),
            ((&ask, &allow), (&ask, &no()), no(), (1, 1)),
            ((&ask, &ask), (&ask, &allow), ask.clone(), (1, 1)),
            ((&ask, &allow), (&no(), &allow), no(), (0, 0)),
        ] {
            let first = answers(first.0.clone(), first.1.clone());
            let second = answers(second.0.clone(), second.1.clone());
            let said = both(&first, &second).ask(&call("[]")).await;
            assert_eq!(said.verdict, expected);
            let times = |gate: &Says| gate.asked.load(Relaxed);
            assert_eq!((times(&first), times(&second)), asked);
        }
    }
}
