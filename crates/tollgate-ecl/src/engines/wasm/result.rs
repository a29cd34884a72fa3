//! The packed result of an evaluation: one `i64` that says everything but the gas.
//!
//! | bits | meaning |
//! |---|---|
//! | 0–7 | 0 accept, 1 reject, 2 escalate, otherwise an error |
//! | 8–15 | a decision: what it came from; an error: the kind of fact or the layer |
//! | 16–31 | group of the deciding rule |
//! | 32–63 | rule, message, or point of an error |

use crate::data::gas::{Gas, Layer};
use crate::host::outcome::{DecidedBy, EvalError, GasLayer, Verdict};
use crate::ir::{Decision, FactKind, MessageId, PointId};

const OVERFLOW: u64 = 16;
const DIVISION_BY_ZERO: u64 = 17;
const NOT_FINITE: u64 = 18;
const UNKNOWN_FACT: u64 = 19;
const FACT_FAILED: u64 = 20;
const GAS_EXHAUSTED: u64 = 21;
const WRONG_INPUT: u64 = 22;
const INTERNAL: u64 = 23;
const NO_VALUE: u64 = 24;
const BAD_GLOB: u64 = 25;

const BY_RULE: u64 = 0;
const BY_OTHERWISE: u64 = 1;
const BY_OUTPUT: u64 = 2;
const BY_MESSAGE: u64 = 3;

/// Largest group number a packed result can name.
pub(super) const GROUPS_MAX: usize = 65_536;

/// Packs a decision and what it came from.
#[must_use]
pub const fn decided(decision: Decision, by: DecidedBy) -> u64 {
    let rest = match by {
        DecidedBy::Rule { group, rule } => {
            (BY_RULE << 8) | (((group & 0xffff) as u64) << 16) | ((rule as u64) << 32)
        }
        DecidedBy::Otherwise => BY_OTHERWISE << 8,
        DecidedBy::Output => BY_OUTPUT << 8,
        DecidedBy::Message(message) => (BY_MESSAGE << 8) | ((message.0 as u64) << 32),
        DecidedBy::Error => return INTERNAL,
    };
    rest | decision as u64
}

/// Packs an error.
#[must_use]
pub const fn failed(error: EvalError) -> u64 {
    const fn at(point: PointId) -> u64 {
        (point.0 as u64) << 32
    }
    match error {
        EvalError::Overflow { point } => OVERFLOW | at(point),
        EvalError::DivisionByZero { point } => DIVISION_BY_ZERO | at(point),
        EvalError::NotFinite { point } => NOT_FINITE | at(point),
        EvalError::NoValue { point } => NO_VALUE | at(point),
        EvalError::BadGlob { point } => BAD_GLOB | at(point),
        EvalError::UnknownFact { kind, point } => UNKNOWN_FACT | ((kind as u64) << 8) | at(point),
        EvalError::FactFailed { kind, point } => FACT_FAILED | ((kind as u64) << 8) | at(point),
        EvalError::GasExhausted { layer } => GAS_EXHAUSTED | (layer_number(layer) << 8),
        EvalError::WrongInput => WRONG_INPUT,
        EvalError::Internal => INTERNAL,
    }
}

/// Makes the packed result on the stack an i32: whether it says that a fact is unknown.
pub(super) fn is_unknown(f: &mut super::body::Body) {
    f.i64(0xff);
    f.i().i64_and();
    f.i64(UNKNOWN_FACT);
    f.i().i64_eq();
}

/// Takes a packed result apart. Anything that is not one is an internal error: it fails closed.
#[must_use]
pub fn unpack(packed: u64, gas: Gas) -> Verdict {
    let (result, by) = match unpack_decision(packed) {
        Some((decision, by)) => (Ok(decision), by),
        None => (Err(unpack_error(packed)), DecidedBy::Error),
    };
    Verdict { result, by, gas }
}

fn unpack_decision(packed: u64) -> Option<(Decision, DecidedBy)> {
    let decision = match packed & 0xff {
        0 => Decision::Accept,
        1 => Decision::Reject,
        2 => Decision::Escalate,
        _ => return None,
    };
    let by = match (packed >> 8) & 0xff {
        BY_RULE => DecidedBy::Rule {
            group: group(packed),
            rule: high(packed),
        },
        BY_OTHERWISE => DecidedBy::Otherwise,
        BY_OUTPUT => DecidedBy::Output,
        BY_MESSAGE => DecidedBy::Message(MessageId(high(packed))),
        _ => return None,
    };
    Some((decision, by))
}

fn unpack_error(packed: u64) -> EvalError {
    let point = PointId(high(packed));
    let detail = (packed >> 8) & 0xff;
    let kind = FactKind::ALL
        .into_iter()
        .find(|kind| u64::from(*kind as u8) == detail);
    match (packed & 0xff, kind) {
        (OVERFLOW, _) => EvalError::Overflow { point },
        (DIVISION_BY_ZERO, _) => EvalError::DivisionByZero { point },
        (NOT_FINITE, _) => EvalError::NotFinite { point },
        (NO_VALUE, _) => EvalError::NoValue { point },
        (BAD_GLOB, _) => EvalError::BadGlob { point },
        (UNKNOWN_FACT, Some(kind)) => EvalError::UnknownFact { kind, point },
        (FACT_FAILED, Some(kind)) => EvalError::FactFailed { kind, point },
        (GAS_EXHAUSTED, _) => match unpack_layer(detail) {
            Some(layer) => EvalError::GasExhausted { layer },
            None => EvalError::Internal,
        },
        (WRONG_INPUT, _) => EvalError::WrongInput,
        _ => EvalError::Internal,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the bits are masked")]
const fn group(packed: u64) -> u32 {
    (packed >> 16) as u32 & 0xffff
}

const fn high(packed: u64) -> u32 {
    (packed >> 32) as u32
}

const fn layer_number(layer: GasLayer) -> u64 {
    match layer {
        GasLayer::Total => 0,
        GasLayer::Layer(Layer::Network) => 1,
        GasLayer::Layer(Layer::Compute) => 2,
        GasLayer::Layer(Layer::Storage) => 3,
        GasLayer::Layer(Layer::Realm) => 4,
    }
}

fn unpack_layer(number: u64) -> Option<GasLayer> {
    Some(match number {
        0 => GasLayer::Total,
        1 => GasLayer::Layer(Layer::Network),
        2 => GasLayer::Layer(Layer::Compute),
        3 => GasLayer::Layer(Layer::Storage),
        4 => GasLayer::Layer(Layer::Realm),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_comes_back_as_it_was() {
        let point = PointId(77);
        let decisions = [
            (
                Decision::Accept,
                DecidedBy::Rule {
                    group: 65_535,
                    rule: 123_456,
                },
            ),
            (Decision::Reject, DecidedBy::Otherwise),
            (Decision::Escalate, DecidedBy::Output),
            (Decision::Reject, DecidedBy::Message(MessageId(9))),
        ];
        for (decision, by) in decisions {
            let verdict = unpack(decided(decision, by), Gas::ZERO);
            assert_eq!((verdict.result, verdict.by), (Ok(decision), by));
        }
        let mut errors = vec![
            EvalError::Overflow { point },
            EvalError::DivisionByZero { point },
            EvalError::NotFinite { point },
            EvalError::NoValue { point },
            EvalError::BadGlob { point },
            EvalError::WrongInput,
            EvalError::Internal,
        ];
        for kind in FactKind::ALL {
            errors.push(EvalError::UnknownFact { kind, point });
            errors.push(EvalError::FactFailed { kind, point });
        }
        for number in 0..5 {
            let layer = unpack_layer(number).unwrap();
            errors.push(EvalError::GasExhausted { layer });
        }
        for error in errors {
            assert_eq!(unpack(failed(error), Gas::ZERO).result, Err(error));
        }
    }

    #[test]
    fn what_is_no_result_is_an_internal_error() {
        for packed in [3, 0xff, u64::MAX, 0x900, UNKNOWN_FACT | (200 << 8)] {
            assert_eq!(
                unpack(packed, Gas::ZERO).result,
                Err(EvalError::Internal),
                "{packed:#x}"
            );
        }
    }
}
