//! A policy that decides whether a run begins that somebody asks for.
//!
//! Its input is `run: Run`; the record stands in `run.ecl`, which it imports. To accept is to let it begin, to reject is to deny, to
//! escalate is to ask. Whatever goes wrong while it decides is a denial.

use serde::Serialize;
use tollgate_ecl::Decision;

use super::judge::{About, Judge};
use super::{CallPolicyError, RUN, RUN_FILE, decides_about, fits};
use crate::policy::source::{NamedSource, only_policy};

/// The names of the fields of `Run`, in their order.
const FIELDS: [&str; 12] = [
    "module",
    "version",
    "digest",
    "signers",
    "export",
    "input",
    "input_bytes",
    "caller",
    "gas",
    "memory_bytes",
    "timeout_ms",
    "cost_micro_usd",
];

const ABOUT: About = About {
    what: "run",
    hidden: "input",
};

/// A policy about runs that is ready to decide. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RunPolicy(Judge);

/// What there is to know of a run: the record `Run` of `run.ecl`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct RunFacts<'a> {
    /// The module by the name that a server keeps it under.
    pub module: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The digest of its bytes, `sha256:` and 64 digits.
    pub digest: &'a str,
    /// The names of those who signed these bytes and are trusted, in order.
    pub signers: &'a [String],
    /// The function that is called; `None`: a program is started.
    pub export: Option<&'a str>,
    /// What the function gets, as text; `None` when it is none.
    pub input: Option<&'a str>,
    /// How many bytes that are.
    pub input_bytes: u64,
    /// Who asks.
    pub caller: &'a str,
    /// The most gas it may use.
    pub gas: u64,
    /// The most memory.
    pub memory_bytes: u64,
    /// The longest wall time, milliseconds.
    pub timeout_ms: u64,
    /// The most it can cost, millionths of a US dollar.
    pub cost_micro_usd: u64,
}

/// What a policy decides about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunVerdict {
    /// It begins.
    Allow,
    /// It does not.
    Deny(Why),
    /// Somebody is to be asked.
    Ask(Why),
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// In one line: the policy, the rule that decided, and its author's words or its conditions.
    pub reason: String,
    /// The rules that were looked at with what they compared, and what would have to be another.
    pub explained: Vec<String>,
}

impl RunPolicy {
    /// Compiles the one policy in `text`; `name` is for messages.
    ///
    /// # Errors
    /// When it does not compile, reads what a run does not have, asks for facts, or has effects.
    pub fn compile(name: &str, text: &str) -> Result<Self, CallPolicyError> {
        let ours = NamedSource {
            name: RUN_FILE,
            text: RUN,
        };
        let source = NamedSource { name, text };
        let compiled = only_policy(source, ours).map_err(|error| error.of(name))?;
        let program = &compiled.program;
        if !decides_about(program, ("run", "Run"), &FIELDS) {
            return Err(CallPolicyError::Input {
                policy: program.name.clone(),
                file: RUN_FILE,
                input: "run: Run",
            });
        }
        fits(program)?;
        Ok(Self(Judge::new(compiled, ABOUT)?))
    }

    /// Returns the policy's name.
    pub fn name(&self) -> &str {
        &self.0.program().name
    }

    /// Returns the policy's hash, in hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.0.program().hash
    }

    /// Returns what it decides about a run.
    pub fn decide(&self, facts: &RunFacts<'_>) -> RunVerdict {
        let json = match serde_json::to_string(&serde_json::json!({ "run": facts })) {
            Ok(json) => json,
            Err(error) => return self.denied(&error.to_string()),
        };
        let why = || Why {
            reason: self.0.why(&json),
            explained: self.0.explain(Ok(&json)),
        };
        match self.0.decide(&json) {
            Ok(Decision::Accept) => RunVerdict::Allow,
            Ok(Decision::Reject) => RunVerdict::Deny(why()),
            Ok(Decision::Escalate) => RunVerdict::Ask(why()),
            Err(error) => self.denied(&error),
        }
    }

    fn denied(&self, error: &str) -> RunVerdict {
        RunVerdict::Deny(Why {
            reason: self.0.said(error),
            explained: self.0.explain(Err(error)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &str) -> RunPolicy {
        let text = format!(
            "import \"run.ecl\"\npolicy \"p\" {{ input {{ run: Run }}\nlet what = run.input else \"\"\nlet which = run.export else \"\"\n{rules}\notherwise reject \"no\" }}"
        );
        RunPolicy::compile("p.ecl", &text).unwrap()
    }

    const FACTS: RunFacts<'_> = RunFacts {
        module: "pay",
        version: "1.0.0",
        digest: "sha256:00",
        signers: &[],
        export: Some("pay"),
        input: Some("[\"hunter2\"]"),
        input_bytes: 11,
        caller: "abababababab",
        gas: 1_000,
        memory_bytes: 1 << 20,
        timeout_ms: 5_000,
        cost_micro_usd: 10_000,
    };

    #[test]
    fn every_field_of_the_record_is_a_fact() {
        let facts = serde_json::to_value(FACTS).unwrap();
        let names: Vec<_> = FIELDS
            .iter()
            .filter(|name| facts.get(**name).is_some())
            .collect();
        assert_eq!(names.len(), FIELDS.len());
        assert_eq!(facts.as_object().unwrap().len(), FIELDS.len());
    }

    #[test]
    fn a_run_is_let_begin_denied_or_asked_about_with_its_reason() {
        let rules = "auto_reject { dear: run.cost_micro_usd > 50000, \"{run.module} is dear\" }
                     escalate { large: run.gas > 5000 }
                     auto_accept any { small: which == \"pay\" AND run.gas <= 5000 }";
        let policy = policy(rules);
        assert_eq!(policy.decide(&FACTS), RunVerdict::Allow);
        let large = RunFacts {
            gas: 6_000,
            ..FACTS
        };
        let RunVerdict::Ask(why) = policy.decide(&large) else {
            panic!("somebody is asked");
        };
        assert!(why.reason.starts_with("policy `p`: large: "), "{why:?}");
        let dear = RunFacts {
            cost_micro_usd: 60_000,
            ..FACTS
        };
        let RunVerdict::Deny(why) = policy.decide(&dear) else {
            panic!("it is denied");
        };
        assert_eq!(why.reason, "policy `p`: dear: pay is dear");
        let text = why.explained.join("\n");
        assert!(text.starts_with("policy `p` ("), "{text}");
        assert!(text.contains("reject rule `dear`, which decided"), "{text}");
    }

    #[test]
    fn who_signed_the_module_is_known() {
        let policy = policy("auto_accept any { signed: \"ci\" in run.signers }");
        let signed = |names: &[&str]| {
            let signers: Vec<String> = names.iter().copied().map(str::to_owned).collect();
            let facts = RunFacts {
                signers: &signers,
                ..FACTS
            };
            policy.decide(&facts) == RunVerdict::Allow
        };
        assert!(signed(&["audit", "ci"]));
        assert!(!signed(&["audit"]));
        assert!(!signed(&[]));
        assert!(!signed(&["a"; 9]));
    }

    #[test]
    fn no_reason_shows_the_input() {
        for rules in [
            "auto_reject { a: what matches \"*hunter2*\" }",
            "auto_reject { a: what == \"[\\\"hunter2\\\"]\" }",
        ] {
            let RunVerdict::Deny(why) = policy(rules).decide(&FACTS) else {
                panic!("it is denied");
            };
            let text = format!("{}\n{}", why.reason, why.explained.join("\n"));
            assert!(!text.contains("[\"hunter2"), "{text}");
        }
    }

    #[test]
    fn a_run_that_does_not_fit_is_denied() {
        let long = "x".repeat(70_000);
        let facts = RunFacts {
            input: Some(&long),
            ..FACTS
        };
        let accepts = policy("auto_accept any { a: run.module == \"pay\" }");
        assert_eq!(accepts.decide(&FACTS), RunVerdict::Allow);
        let RunVerdict::Deny(why) = accepts.decide(&facts) else {
            panic!("it is denied");
        };
        assert!(why.reason.contains("the run does not fit"), "{why:?}");
        assert!(why.reason.len() < 1_000);
    }

    #[test]
    fn what_is_no_policy_about_runs_is_refused() {
        for (text, expected) in [
            (
                "policy \"p\" { input { offer: string } otherwise reject \"no\" }",
                "import \"run.ecl\"",
            ),
            (
                "import \"run.ecl\"\npolicy \"p\" { input { run: Run } auto_accept any { a: run.path == none } otherwise reject \"no\" }",
                "path",
            ),
            ("record A { x: int }", "0 policies"),
            (
                "policy \"p\" { input { run: Run } auto_accept any { a: run.gas > 0 } otherwise reject \"no\" }",
                "begin it with `import \"run.ecl\"`",
            ),
        ] {
            let error = RunPolicy::compile("p.ecl", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
