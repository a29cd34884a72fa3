//! What an evaluation gives back. The fast path fills a [`Verdict`], which is `Copy` and allocates nothing; reasons are an
//! [`Explanation`], made on demand.

use crate::codes::{Code, evaluation};
use crate::data::gas::{Gas, Layer};
use crate::ir::value::Value;
use crate::ir::{Decision, EffectKind, FactKind, MessageId, PointId};

/// The result of one evaluation, without reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The decision, or why there is none. An error is never an accept.
    pub result: Result<Decision, EvalError>,
    /// What decided.
    pub by: DecidedBy,
    /// Gas used: every charge made. A charge that did not fit was not made.
    pub gas: Gas,
}

impl Verdict {
    /// The verdict together with what [`Vm::effects`](crate::Vm::effects) and [`Vm::output`](crate::Vm::output) give. When effects,
    /// or the output of a guard that returned one, could not be read it is an error and has neither: who acts on an accept without
    /// them does what the program does not say.
    #[must_use]
    pub fn whole(
        self,
        effects: Result<Vec<EffectRecord>, EvalError>,
        output: Option<Value>,
    ) -> (Self, Vec<EffectRecord>, Option<Value>) {
        match effects {
            Err(error) => (self.failed(error), Vec::new(), None),
            Ok(_) if self.by == DecidedBy::Output && output.is_none() => {
                (self.failed(EvalError::Internal), Vec::new(), None)
            }
            Ok(effects) => (self, effects, output),
        }
    }

    /// The error of an evaluation that used the same gas.
    #[must_use]
    pub const fn failed(self, error: EvalError) -> Self {
        Self {
            result: Err(error),
            by: DecidedBy::Error,
            gas: self.gas,
        }
    }
}

/// The word of a decision.
#[must_use]
pub const fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Accept => "accept",
        Decision::Reject => "reject",
        Decision::Escalate => "escalate",
    }
}

/// An effect of a decision as data, for the host to commit.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct EffectRecord {
    /// What to do.
    pub kind: EffectKind,
    /// Where the program asks for it.
    pub point: PointId,
    /// Payload of `emit`; key and value of `put`.
    pub operands: Vec<Value>,
}

/// What a decision came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// Rule `rule` of group `group` (numbers in the program): the true rule of an `any` group, the last of an `all` group.
    Rule {
        /// The group.
        group: u32,
        /// The rule in it.
        rule: u32,
    },
    /// No group decided.
    Otherwise,
    /// A guard returned its output.
    Output,
    /// A guard rejected with a message.
    Message(MessageId),
    /// Nothing: the evaluation ended with an error.
    Error,
}

/// Why an evaluation gave no decision.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case", tag = "error")]
pub enum EvalError {
    /// Integer or decimal arithmetic left its range.
    #[error("arithmetic overflow")]
    Overflow {
        /// Where.
        point: PointId,
    },
    /// Division or remainder by zero.
    #[error("division by zero")]
    DivisionByZero {
        /// Where.
        point: PointId,
    },
    /// A number operation would give NaN or infinity.
    #[error("the result is not a finite number")]
    NotFinite {
        /// Where.
        point: PointId,
    },
    /// An option that the program demands a value of is none.
    #[error("a value is demanded, and there is none")]
    NoValue {
        /// Where.
        point: PointId,
    },
    /// A glob that is data ends with a `\`.
    #[error("a glob ends with a `\\`, which takes the next character as it is")]
    BadGlob {
        /// Where.
        point: PointId,
    },
    /// The host does not know, and the program does not handle that with `else`.
    #[error("the fact `{}` is unknown", kind.name())]
    UnknownFact {
        /// The fact.
        kind: FactKind,
        /// Where.
        point: PointId,
    },
    /// The host's provider failed.
    #[error("the provider of the fact `{}` failed", kind.name())]
    FactFailed {
        /// The fact.
        kind: FactKind,
        /// Where.
        point: PointId,
    },
    /// A charge did not fit.
    #[error("gas exhausted in layer {layer:?}")]
    GasExhausted {
        /// The layer whose limit was reached.
        layer: GasLayer,
    },
    /// The input was encoded for another program.
    #[error("the input was made for another program")]
    WrongInput,
    /// An engine broke one of its own rules. A bug; reported as an error so that it fails closed.
    #[error("internal error in the engine")]
    Internal,
}

impl EvalError {
    /// Returns its code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Overflow { .. } => evaluation::OVERFLOW,
            Self::DivisionByZero { .. } => evaluation::DIVISION_BY_ZERO,
            Self::NotFinite { .. } => evaluation::NOT_FINITE,
            Self::NoValue { .. } => evaluation::NO_VALUE,
            Self::BadGlob { .. } => evaluation::BAD_GLOB,
            Self::UnknownFact { .. } => evaluation::UNKNOWN_FACT,
            Self::FactFailed { .. } => evaluation::FACT_FAILED,
            Self::GasExhausted { .. } => evaluation::GAS_EXHAUSTED,
            Self::WrongInput => evaluation::WRONG_INPUT,
            Self::Internal => evaluation::INTERNAL,
        }
    }
}

/// The limit that a charge did not fit into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GasLayer {
    /// The limit over all layers. Checked first.
    Total,
    /// The limit of one layer. Checked in the order network, compute, storage, realm.
    Layer(Layer),
}

/// The full reasons of a decision: the same verdict, and every rule of the groups that were evaluated.
///
/// When the verdict is a decision, the rules of these groups that a short circuit left out (those after the deciding rule,
/// and those after the first false rule of an `All` group) are evaluated too, in order, after the verdict and its effects
/// and outside of its gas; an error there is shown and changes nothing. Rules that an index left out are not evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The verdict, equal to what the fast path gives.
    pub verdict: Verdict,
    /// One entry a rule, in the order of evaluation.
    pub rules: Vec<RuleTrace>,
    /// Values of the `let`s are not repeated here: they appear as operands.
    pub leaves: Vec<LeafTrace>,
}

/// The outcome of one rule or condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Status {
    /// Not evaluated: a short circuit, the index, or an earlier decision made it unnecessary.
    NotEvaluated = 0,
    /// False.
    Fail = 1,
    /// True.
    Pass = 2,
    /// It ended with an error.
    Error = 3,
}

/// The outcome of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleTrace {
    /// Group number in the program.
    pub group: u32,
    /// Rule number in the group.
    pub rule: u32,
    /// Outcome.
    pub status: Status,
}

/// The outcome of a leaf, at its number over the whole program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeafTrace {
    /// Outcome as [`Status`] (0 not evaluated, 1 fail, 2 pass, 3 error).
    pub status: u8,
    /// Whether a fact was unknown and an `else` in the condition took its place. Those in functions it calls are not noted.
    pub handled: bool,
    /// Left operand's words (a `Ref` is its address).
    pub left: [u64; 2],
    /// Right operand's words.
    pub right: [u64; 2],
}
