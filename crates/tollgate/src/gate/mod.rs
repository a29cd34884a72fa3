//! Policies that decide each call out of the sandbox, after the grant.
//!
//! A [`CallPolicy`] is a policy whose input is `call: Call`; the record stands in `call.ecl`, which it imports. A rule that
//! reads what a call does not have, or that asks for facts nobody gives here, is refused when the policy is loaded. To accept is
//! to allow, to reject is to deny, to escalate is to ask. Whatever goes wrong while it decides is a denial.

pub mod approvals;
mod ask;
pub mod backtest;
mod decide;
mod facts;
mod judge;
pub mod learn;
mod names;
mod places;
pub mod plan;
mod run_policy;
mod shadow;
mod shown;
mod watch;

use tollgate_ecl::Program;
use tollgate_ecl::data::types::Type;
use tollgate_ecl::host::providers::required_facts;
use tollgate_ecl::ir::Body;
use tollgate_ecl::tools::boundary::{Compare, Compared, compare};

pub use self::ask::{Asker, Card, Waiting, on_a_thread};
pub use self::decide::NOBODY_TO_ASK;
pub(crate) use self::decide::{Both, Decider};
use self::judge::{About, Judge};
pub use self::names::second_names;
pub use self::run_policy::{RunFacts, RunPolicy, RunVerdict, Why};
pub use self::shadow::{Disagreement, ShadowReport};
pub(crate) use self::shadow::{Shadow, Shadowed, Sight};
pub use self::shown::without_secrets;
pub(crate) use self::watch::{Run, Watcher};
use crate::policy::PolicyError;
use crate::policy::source::{NamedSource, SourceError, only_policy};

/// The source that a policy about calls imports as `call.ecl`.
pub const CALL: &str = include_str!("call.ecl");

/// The name by which it is imported.
pub const CALL_FILE: &str = "call.ecl";

/// The source that a policy about runs imports as `run.ecl`.
pub const RUN: &str = include_str!("run.ecl");

/// The name by which it is imported.
pub const RUN_FILE: &str = "run.ecl";

const ABOUT: About = About {
    what: "call",
    hidden: "arguments",
};

/// A policy about calls that is ready to decide. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CallPolicy(Judge);

/// A policy cannot decide about calls, or about runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallPolicyError {
    /// It does not compile.
    #[error("the policy does not compile:\n{diagnostics}")]
    Compile {
        /// What the compiler says.
        diagnostics: String,
    },
    /// The source has no policy, or several.
    #[error("`{name}` has {count} policies, and one decides")]
    NotOnePolicy {
        /// Name of the source.
        name: String,
        /// How many.
        count: usize,
    },
    /// Its input is another.
    #[error(
        "policy `{policy}` takes another input; write `import \"{file}\"` and `input {{ {input} }}`"
    )]
    Input {
        /// Name of the policy.
        policy: Box<str>,
        /// The source that it has to import.
        file: &'static str,
        /// The input that it has to take.
        input: &'static str,
    },
    /// It asks for facts that nobody gives here.
    #[error(
        "policy `{policy}` asks for the fact `{fact}`, and nobody gives it here; read the fields of the input alone"
    )]
    Facts {
        /// Name of the policy.
        policy: Box<str>,
        /// The first fact.
        fact: String,
    },
    /// It has effects, and there is nowhere to commit them.
    #[error("policy `{policy}` has effects, and a decision here commits nothing; take `on` out")]
    Effects {
        /// Name of the policy.
        policy: Box<str>,
    },
    /// No engine takes it.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl CallPolicy {
    /// Compiles the one policy in `text`; `name` is for messages.
    ///
    /// # Errors
    /// When it does not compile, reads what a call does not have, asks for facts, or has effects.
    ///
    /// # Example
    /// ```
    /// use tollgate::{Tollgate, gate::CallPolicy};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let policy = CallPolicy::compile("files.ecl", r#"import "call.ecl"
    ///     policy "files" {
    ///       input { call: Call }
    ///       auto_reject { sources: call.path else "" == "/project/src", "sources stay here" }
    ///       otherwise accept
    ///     }"#)?;
    /// let tollgate = Tollgate::builder().compile_in_process().policy(policy).build()?;
    /// # drop(tollgate);
    /// # Ok(())
    /// # }
    /// ```
    pub fn compile(name: &str, text: &str) -> Result<Self, CallPolicyError> {
        let source = NamedSource { name, text };
        let ours = NamedSource {
            name: CALL_FILE,
            text: CALL,
        };
        let compiled = only_policy(source, ours).map_err(|error| error.of(name))?;
        let program = &compiled.program;
        // A record of that name with these fields that is not ours denies every call whose values do not fit it.
        if !decides_about(program, ("call", "Call"), &facts::FIELDS) {
            return Err(CallPolicyError::Input {
                policy: program.name.clone(),
                file: CALL_FILE,
                input: "call: Call",
            });
        }
        fits(program)?;
        Ok(Self(Judge::new(compiled, ABOUT)?))
    }

    /// Returns the policy's name.
    pub fn name(&self) -> &str {
        &self.0.program().name
    }

    /// Returns whether a decision of it can be to ask somebody.
    pub fn may_ask(&self) -> bool {
        self.0.may_ask()
    }

    /// Returns the policy's hash, in hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.0.program().hash
    }

    /// Returns whether every call that this policy allows is one that `ceiling` allows, or a call for which that is not so. At
    /// most `cells_max` cells are looked at ([`CELLS`](tollgate_ecl::limits::CELLS) is a default). Every value that fits
    /// a field counts, also together with others that no call has at once. What the policy asks about is not looked at: the person who
    /// answers decides that.
    pub fn within(&self, ceiling: &Self, cells_max: u64) -> Compare {
        compare(Compared {
            policy: self.0.program(),
            ceiling: ceiling.0.program(),
            cells_max,
        })
    }
}

impl SourceError {
    /// The same of the source of this name.
    fn of(self, name: &str) -> CallPolicyError {
        match self {
            Self::Compile(diagnostics) => CallPolicyError::Compile { diagnostics },
            Self::Count(count) => CallPolicyError::NotOnePolicy {
                name: name.to_owned(),
                count,
            },
        }
    }
}

/// Refuses a program that wants what there is not when a call or a run is decided.
fn fits(program: &Program) -> Result<(), CallPolicyError> {
    let policy = || program.name.clone();
    if let Some(fact) = required_facts(program).first() {
        return Err(CallPolicyError::Facts {
            policy: policy(),
            fact: fact.kind.name().to_owned(),
        });
    }
    if !program.effects.is_empty() {
        return Err(CallPolicyError::Effects { policy: policy() });
    }
    Ok(())
}

/// Whether it is a policy whose input is one field of this name, of the record of this name with these fields, and nothing else.
fn decides_about(program: &Program, (name, kind): (&str, &str), fields: &[&str]) -> bool {
    let record = |id: tollgate_ecl::data::types::RecordId| program.records.get(id.0 as usize);
    let Some([input]) = record(program.input).map(|input| &*input.fields) else {
        return false;
    };
    let is_ours = match input.ty {
        Type::Record(id) if &*input.name == name => record(id).is_some_and(|record| {
            let names = record.fields.iter().map(|field| &*field.name);
            &*record.name == kind && names.eq(fields.iter().copied())
        }),
        _ => false,
    };
    is_ours && matches!(program.body, Body::Policy(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(rest: &str) -> String {
        let text =
            format!("import \"call.ecl\"\npolicy \"p\" {{\n{rest}\notherwise reject \"no\" }}");
        CallPolicy::compile("p.ecl", &text).unwrap_err().to_string()
    }

    #[test]
    fn a_rule_that_reads_what_a_call_does_not_have_is_refused_at_load() {
        let error = refused("input { call: Call }\nauto_accept any { a: call.output_bytes > 3 }");
        assert!(error.contains("output_bytes"), "{error}");
        let error = refused("input { offer: string }\nauto_accept any { a: offer == \"x\" }");
        assert!(error.contains("input { call: Call }"), "{error}");
        // With `otherwise allow` a misspelled one would deny nothing.
        for written in ["FileWrit", "\"file-write\""] {
            let rule = format!("auto_reject {{ a: call.capability == {written} }}");
            let error = refused(&format!("input {{ call: Call }}\n{rule}"));
            assert!(error.contains("did you mean `FileWrite`?"), "{error}");
        }
        let other = "record Call { x: int }\npolicy \"p\" { input { call: Call }\nauto_accept any { a: call.x > 3 } otherwise reject \"no\" }";
        let error = CallPolicy::compile("p.ecl", other).unwrap_err().to_string();
        // A record of that name is not ours.
        assert!(error.contains("import \"call.ecl\""), "{error}");
        let error = CallPolicy::compile("p.ecl", &format!("import \"call.ecl\"\n{other}"));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("declared twice"), "{error}");
    }

    #[test]
    fn the_input_is_one_call_by_the_name_of_call_and_of_our_record() {
        let policy = |input: &str, records: &str| {
            let text = format!(
                "import \"call.ecl\"\n{records}\npolicy \"p\" {{ input {{ {input} }} otherwise reject \"no\" }}"
            );
            CallPolicy::compile("p.ecl", &text)
        };
        assert!(policy("call: Call", "").is_ok());
        let (_, same) = CALL.split_once("record Call").unwrap();
        let same = format!("record Same{same}");
        for (input, records) in [
            ("other: Call", ""),
            ("call: Call\nother: Call", ""),
            ("call: Same", &*same),
            ("call: Capability", ""),
        ] {
            let refused = policy(input, records);
            assert!(
                matches!(refused, Err(CallPolicyError::Input { .. })),
                "{input}: {refused:?}"
            );
        }
    }

    #[test]
    fn facts_and_effects_are_refused_at_load() {
        let error = refused(
            "input { call: Call }\nauto_accept any { a: resolves(\"did:example:a\") else false }",
        );
        assert!(error.contains("nobody gives it here"), "{error}");
        let error = refused(
            "input { call: Call }\nauto_accept any { a: call.port == none }\non accept { emit(\"x\", call.operation) }",
        );
        assert!(error.contains("effects"), "{error}");
    }

    #[test]
    fn a_policy_in_a_folder_finds_the_record_beside_it() {
        let text =
            "import \"call.ecl\"\npolicy \"p\" { input { call: Call } otherwise reject \"no\" }";
        for name in ["p.ecl", "policies/p.ecl", "/etc/policies/p.ecl", "../p.ecl"] {
            assert_eq!(CallPolicy::compile(name, text).unwrap().name(), "p");
        }
    }

    #[test]
    fn whether_somebody_may_be_asked_is_known_before() {
        for (rest, asks) in [
            ("otherwise reject \"no\"", false),
            (
                "auto_accept any { a: call.port == none }\notherwise reject \"no\"",
                false,
            ),
            (
                "escalate { a: call.port == none }\notherwise reject \"no\"",
                true,
            ),
            ("otherwise escalate \"who\"", true),
        ] {
            let text =
                format!("import \"call.ecl\"\npolicy \"p\" {{ input {{ call: Call }}\n{rest} }}");
            assert_eq!(
                CallPolicy::compile("p.ecl", &text).unwrap().may_ask(),
                asks,
                "{rest}"
            );
        }
    }

    #[test]
    fn one_policy_decides() {
        let error = CallPolicy::compile("p.ecl", "record A { x: int }").unwrap_err();
        assert!(error.to_string().contains("0 policies"), "{error}");
    }
}
