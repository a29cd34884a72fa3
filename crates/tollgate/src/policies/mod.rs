//! Policies of a file or a folder, and their decisions about values of this program.
//!
//! ```
//! use serde::Serialize;
//! use tollgate::policies::Policies;
//!
//! #[derive(Serialize)]
//! struct Payment {
//!     amount: i64,
//!     country: String,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policies = Policies::from_source(
//!     "payments.ecl",
//!     r#"
//!     policy "payments" {
//!       input { amount: int, country: string<2> }
//!       auto_reject { sanctioned: country == "KP", "no payments to {country}" }
//!       auto_accept all { small: amount <= 1_000 }
//!       otherwise escalate "somebody has to look at it"
//!     }"#,
//! )?;
//! let decided = policies.decide("payments", &Payment { amount: 20, country: "KP".into() })?;
//! assert!(decided.is_reject());
//! assert_eq!(decided.message.as_deref(), Some("no payments to KP"));
//! # Ok(())
//! # }
//! ```
//!
//! An error is no decision: nothing is accepted by `?`. Facts that only the program knows come from a closure or a
//! [`Facts`] ([`Policies::decide_with`]). The engine is chosen as [`PolicyRunner`] does it.

mod error;
mod read;
mod remembers;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tollgate_ecl::host::outcome::EffectRecord;
use tollgate_ecl::render::{Style, render};
use tollgate_ecl::syntax::bundle::connected;
use tollgate_ecl::tools::findings::{Finder, Finding, findings};
use tollgate_ecl::tools::lint;
use tollgate_ecl::{Bundle, Compiled, Reasons, Redaction};

pub use self::error::{DecideError, OpenError};
pub use self::read::sources;
use self::remembers::Remembers;
use crate::policy::{EngineChoice, Policy, PolicyError, PolicyRunner, Providers};

pub use tollgate_ecl::{Answer, Decision, FactError, FactKind, Facts, NoFacts};

/// Policies that are ready to decide. Decides on any thread.
#[derive(Debug)]
pub struct Policies {
    /// By name, and by id where there is one.
    by_name: BTreeMap<Box<str>, Arc<Ready>>,
    warnings: String,
}

#[derive(Debug)]
struct Ready {
    policy: Policy,
    finder: Option<Finder>,
}

/// What a policy decides, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyDecision {
    /// Accept, reject, or ask somebody.
    pub decision: Decision,
    /// The rule that decided; none where no rule did.
    pub rule: Option<Box<str>>,
    /// What the author of the policy says to it, with values of the input.
    pub message: Option<Box<str>>,
    /// Every rule that rejects, with its message and the element it is about; at most [`FINDINGS_MAX`].
    ///
    /// [`FINDINGS_MAX`]: tollgate_ecl::limits::FINDINGS_MAX
    pub violations: Vec<Finding>,
    /// What the policy wants done: to be committed all together or not at all.
    pub effects: Vec<EffectRecord>,
    /// Every rule and condition, with its outcome and its values.
    pub reasons: Reasons,
    /// Gas it took.
    pub gas: u64,
}

impl PolicyDecision {
    /// Whether it accepts.
    #[must_use]
    pub fn is_accept(&self) -> bool {
        self.decision == Decision::Accept
    }

    /// Whether it rejects.
    #[must_use]
    pub fn is_reject(&self) -> bool {
        self.decision == Decision::Reject
    }

    /// Whether somebody has to be asked.
    #[must_use]
    pub fn is_escalate(&self) -> bool {
        self.decision == Decision::Escalate
    }
}

impl Policies {
    /// Opens a file with what it imports from its folder, or all `.ecl` files of a folder.
    ///
    /// # Errors
    /// [`OpenError`]: what cannot be read, does not compile, or has no policy.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::of(read::read(path.as_ref())?)
    }

    /// Takes the policies of one text; `name` stands in the diagnostics.
    ///
    /// # Errors
    /// As [`Policies::open`].
    pub fn from_source(name: &str, text: &str) -> Result<Self, OpenError> {
        Self::of(Bundle::single(name, text))
    }

    fn of(bundle: Bundle) -> Result<Self, OpenError> {
        let names = bundle.files.iter().map(|file| format!("`{}`", file.name));
        let names: Vec<String> = names.collect();
        let bundles = connected(bundle).into_iter();
        let compiled: Vec<_> = bundles.map(|b| (lint::compile(&b), b)).collect();
        let wrong = compiled
            .iter()
            .filter(|(compiled, _)| compiled.has_errors());
        let diagnostics: String = wrong
            .map(|(compiled, bundle)| render(bundle, &compiled.diagnostics, Style::Plain))
            .collect();
        if !diagnostics.is_empty() {
            return Err(OpenError::Compile { diagnostics });
        }
        let all = compiled.iter();
        let warnings =
            all.map(|(compiled, bundle)| render(bundle, &compiled.diagnostics, Style::Plain));
        let warnings = warnings.collect();
        let runner = PolicyRunner::new(EngineChoice::Automatic)?;
        let mut by_name = BTreeMap::new();
        for (compiled, _) in &compiled {
            for ready in ready(compiled, &runner)? {
                add(&mut by_name, ready)?;
            }
        }
        match by_name.is_empty() {
            true => Err(OpenError::NoPolicy { names }),
            false => Ok(Self { by_name, warnings }),
        }
    }

    /// Returns what `tollgate ecl check` warns of, as text for people; empty when there is nothing. Warnings stop nothing.
    ///
    /// ```
    /// use tollgate::policies::Policies;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let source = r#"policy "p" { input { a: int }  reject { no: a > 5 AND a < 3 }  otherwise accept }"#;
    /// let policies = Policies::from_source("p.ecl", source)?;
    /// assert!(policies.warnings().contains("warning[W0301]"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &str {
        &self.warnings
    }

    /// Returns the names of the policies and guards, sorted; also the ids of those that have one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    /// Decides about `input`, which is of the shape that the policy declares. The program knows no facts.
    ///
    /// # Errors
    /// [`DecideError`]: there is no such policy, the input is of another shape, or the evaluation fails.
    pub fn decide(
        &self,
        policy: &str,
        input: &impl Serialize,
    ) -> Result<PolicyDecision, DecideError> {
        self.decide_with(policy, input, &mut NoFacts)
    }

    /// As [`decide`](Self::decide), with facts: a [`Facts`], or a closure. The same question is asked once.
    ///
    /// # Errors
    /// As [`decide`](Self::decide); a fact that fails is an error with its question.
    pub fn decide_with(
        &self,
        policy: &str,
        input: &impl Serialize,
        facts: &mut dyn Facts,
    ) -> Result<PolicyDecision, DecideError> {
        let ready = self.by_name.get(policy);
        let ready = ready.ok_or_else(|| DecideError::Unknown {
            name: policy.to_owned(),
            known: self.names().map(|name| format!("`{name}`")).collect(),
        })?;
        ready.decide(&serde_json::to_string(input)?, facts)
    }
}

impl Ready {
    fn decide(&self, json: &str, facts: &mut dyn Facts) -> Result<PolicyDecision, DecideError> {
        let Self { policy, finder } = self;
        let program = policy.program();
        let input = policy.encoder().encode_str(json);
        let input = input.map_err(|error| DecideError::Input {
            policy: program.name.clone(),
            message: match &error.help {
                Some(help) => format!("{error}; {help}"),
                None => error.to_string(),
            },
        })?;
        let mut providers = Providers::one("host", facts);
        let mut facts = Remembers::new(&mut providers);
        let nothing = Redaction::default();
        let (decided, mut reasons) =
            policy.explain(&input, &mut facts, &program.gas_limits, &nothing);
        let about = (&reasons, &nothing);
        let found = findings(finder.as_ref(), json, &mut facts, about);
        reasons.fill_messages(&found);
        let failed = |error| DecideError::Evaluation {
            policy: program.name.clone(),
            error,
            failure: providers.take_failure(),
        };
        Ok(PolicyDecision {
            decision: decided.verdict.result.map_err(failed)?,
            rule: reasons
                .rules
                .iter()
                .find(|rule| rule.decided)
                .map(|rule| rule.rule.clone()),
            message: reasons.message.clone(),
            violations: found.violations().cloned().collect(),
            effects: decided.effects,
            reasons,
            gas: decided.verdict.gas.total(),
        })
    }
}

fn ready(compiled: &Compiled, runner: &PolicyRunner) -> Result<Vec<Ready>, OpenError> {
    let programs = compiled.programs.iter();
    let ready = programs.map(|program| {
        let finder = Finder::of(compiled, program).map_err(|error| PolicyError::Bytecode {
            policy: program.name.clone(),
            message: error.to_string(),
        })?;
        let policy = runner.load(Arc::new(program.clone()))?;
        Ok(Ready { policy, finder })
    });
    ready.collect()
}

fn add(by_name: &mut BTreeMap<Box<str>, Arc<Ready>>, ready: Ready) -> Result<(), OpenError> {
    let ready = Arc::new(ready);
    let program = ready.policy.program();
    for name in [Some(&program.name), program.id.as_ref()]
        .into_iter()
        .flatten()
    {
        let before = by_name.insert(name.clone(), ready.clone());
        if before.is_some_and(|before| !Arc::ptr_eq(&before, &ready)) {
            let name = name.to_string();
            return Err(OpenError::Twice { name });
        }
    }
    Ok(())
}
