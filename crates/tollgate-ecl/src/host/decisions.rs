//! Recorded decisions as JSON lines, and which of them another program would decide otherwise.
//!
//! A record holds the input as it was sent, digit by digit, every answer of the host, the limits and the verdict. Because
//! evaluation is pure, that is all there is to know: replayed under the same program a record gives the same verdict. A
//! question that was not asked then ends with an error, as the host's answer is not known.

use serde_json::value::RawValue;

use crate::data::gas::{Gas, GasLimits};
use crate::host::facts::Facts;
use crate::host::input::{Encoder, Input, InputError};
use crate::host::outcome::{EvalError, Verdict};
use crate::host::providers::{Recorded, Replay};
use crate::ir::{Decision, Program};
use crate::limits::RECORD_BYTES_MAX;

/// One decision with all it depended on.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// Hash of the program.
    pub program: Box<str>,
    /// Its name.
    pub policy: Box<str>,
    /// The input as JSON.
    pub input: Box<RawValue>,
    /// The host's answers in the order of the questions.
    pub facts: Vec<Recorded>,
    /// Limits it was evaluated with.
    pub limits: GasLimits,
    /// What was decided.
    pub outcome: RecordedOutcome,
    /// Gas used.
    pub gas: Gas,
}

/// A verdict without the parts that only make sense with its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedOutcome {
    /// A decision.
    Decision(Decision),
    /// An error.
    Error(EvalError),
}

impl RecordedOutcome {
    /// The outcome of a verdict.
    #[must_use]
    pub const fn of(verdict: &Verdict) -> Self {
        match verdict.result {
            Ok(decision) => Self::Decision(decision),
            Err(error) => Self::Error(error),
        }
    }

    /// Whether two programs gave the same. Errors are the same when they are of the same kind, wherever they arose.
    fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Decision(a), Self::Decision(b)) => a == b,
            (Self::Error(a), Self::Error(b)) => {
                std::mem::discriminant(&a) == std::mem::discriminant(&b)
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for RecordedOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Decision(Decision::Accept) => f.write_str("accept"),
            Self::Decision(Decision::Reject) => f.write_str("reject"),
            Self::Decision(Decision::Escalate) => f.write_str("escalate"),
            Self::Error(error) => write!(f, "error: {error}"),
        }
    }
}

/// A file of records that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A line that is no record.
    #[error("line {line} is not a recorded decision")]
    Malformed {
        /// Its number, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A line that is too long.
    #[error("line {line} has {bytes} bytes, at most {RECORD_BYTES_MAX} are read")]
    TooLong {
        /// Its number, from 1.
        line: usize,
        /// Its length.
        bytes: usize,
    },
}

impl DecisionRecord {
    /// Records a decision. `input` is the JSON text that was encoded; `None` when it is not JSON, which no encoder accepts.
    #[must_use]
    pub fn new(
        program: &Program,
        input: &str,
        facts: Vec<Recorded>,
        limits: GasLimits,
        verdict: &Verdict,
    ) -> Option<Self> {
        Some(Self {
            program: program.hash.clone(),
            policy: program.name.clone(),
            input: serde_json::from_str(input).ok()?,
            facts,
            limits,
            outcome: RecordedOutcome::of(verdict),
            gas: verdict.gas,
        })
    }

    /// The record as one line, without its end.
    ///
    /// # Errors
    /// When an input is not JSON, which its type excludes.
    pub fn to_line(&self) -> serde_json::Result<String> {
        let line = serde_json::to_string(self)?;
        // JSON that was sent with line breaks between its tokens is written without them.
        if line.contains('\n') || line.contains('\r') {
            return Ok(line.replace(['\n', '\r'], " "));
        }
        Ok(line)
    }
}

/// Reads records, one a line; empty lines are skipped.
///
/// # Errors
/// Each line that is no record, or longer than [`RECORD_BYTES_MAX`], is an error of its own, with its number.
pub fn read(text: &str) -> impl Iterator<Item = Result<DecisionRecord, RecordError>> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(line, text)| {
        if text.len() > RECORD_BYTES_MAX {
            let bytes = text.len();
            return Err(RecordError::TooLong { line, bytes });
        }
        serde_json::from_str(text).map_err(|source| RecordError::Malformed { line, source })
    })
}

/// What another program makes of a record.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replayed {
    /// The same.
    Same,
    /// Something else.
    Changed {
        /// As recorded.
        before: RecordedOutcome,
        /// Now.
        after: RecordedOutcome,
        /// Gas now.
        gas: Gas,
    },
    /// The input is not one of this program.
    Refused(InputError),
}

/// Replays records under a program, on whichever engine `evaluate` is.
pub struct Replayer<'e> {
    encoder: Encoder,
    limits: GasLimits,
    evaluate: &'e mut dyn FnMut(&Input, &mut dyn Facts, &GasLimits) -> Verdict,
}

impl<'e> Replayer<'e> {
    /// A replayer of a program's records, or of those of another version of it.
    pub fn new(
        program: &Program,
        evaluate: &'e mut dyn FnMut(&Input, &mut dyn Facts, &GasLimits) -> Verdict,
    ) -> Self {
        Self {
            encoder: Encoder::new(program),
            limits: program.gas_limits,
            evaluate,
        }
    }

    /// What the program makes of a record, within the recorded limits and its own.
    pub fn replay(&mut self, record: &DecisionRecord) -> Replayed {
        let input = match self.encoder.encode_str(record.input.get()) {
            Ok(input) => input,
            Err(error) => return Replayed::Refused(error),
        };
        let mut facts = Replay::new(&record.facts);
        let limits = tighter(&self.limits, &record.limits);
        let verdict = (self.evaluate)(&input, &mut facts, &limits);
        let after = RecordedOutcome::of(&verdict);
        if after.is_like(record.outcome) {
            return Replayed::Same;
        }
        Replayed::Changed {
            before: record.outcome,
            after,
            gas: verdict.gas,
        }
    }
}

/// The smaller of each limit.
fn tighter(a: &GasLimits, b: &GasLimits) -> GasLimits {
    GasLimits {
        total: a.total.min(b.total),
        layers: Gas {
            network: a.layers.network.min(b.layers.network),
            compute: a.layers.compute.min(b.layers.compute),
            storage: a.layers.storage.min(b.layers.storage),
            realm: a.layers.realm.min(b.layers.realm),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::providers::Recorder;
    use crate::ir::Body;
    use crate::testing::generate::{self, RandomFacts};
    use crate::testing::oracle;

    /// Records the runs of a case as lines.
    fn record(case: &generate::Case) -> String {
        let mut lines = String::new();
        for run in &case.runs {
            let mut facts = RandomFacts::new(run.facts);
            let mut recorder = Recorder::new(&mut facts);
            let verdict = oracle::evaluate(&case.program, &run.input, &mut recorder, &run.limits);
            let facts = recorder.into_recorded();
            let record = DecisionRecord::new(&case.program, &run.json, facts, run.limits, &verdict);
            lines.push_str(&record.unwrap().to_line().unwrap());
            lines.push('\n');
        }
        lines
    }

    fn replay(program: &Program, lines: &str) -> Vec<Replayed> {
        let mut evaluate = |input: &Input, facts: &mut dyn Facts, limits: &GasLimits| {
            oracle::evaluate(program, input, facts, limits)
        };
        let mut replayer = Replayer::new(program, &mut evaluate);
        read(lines).map(|r| replayer.replay(&r.unwrap())).collect()
    }

    #[test]
    fn a_record_replayed_under_its_program_is_the_same() {
        for seed in 0..100 {
            let mut case = generate::case(seed, 3);
            case.program.gas_limits = GasLimits::total(u64::MAX);
            let replayed = replay(&case.program, &record(&case));
            assert_eq!(replayed, vec![Replayed::Same; 3], "seed {seed}");
        }
    }

    #[test]
    fn a_changed_program_shows_which_decisions_change() {
        let mut program =
            crate::testing::programs::program(vec![("x", crate::data::types::Type::Int)]);
        let limits = GasLimits::total(100);
        let input = Encoder::new(&program).encode_str(r#"{"x": 1}"#).unwrap();
        let verdict = oracle::evaluate(&program, &input, &mut crate::host::facts::NoFacts, &limits);
        let record = DecisionRecord::new(&program, "{\n\"x\": 1}", vec![], limits, &verdict);
        let line = record.unwrap().to_line().unwrap();
        assert_eq!(line.lines().count(), 1);
        let Body::Policy(policy) = &mut program.body else {
            panic!("a policy was made");
        };
        policy.otherwise = Decision::Accept;
        assert_eq!(
            replay(&program, &line),
            [Replayed::Changed {
                before: RecordedOutcome::Decision(Decision::Reject),
                after: RecordedOutcome::Decision(Decision::Accept),
                gas: Gas::ZERO,
            }]
        );
        let other = crate::testing::programs::program(vec![("y", crate::data::types::Type::Int)]);
        assert!(matches!(replay(&other, &line)[..], [Replayed::Refused(_)]));
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = read("\n\n{\"policy\": 1}\n").next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "line 3 is not a recorded decision");
    }
}
