//! Whether effects and violations are as a test expects them.

use serde_json::Value as Json;

use crate::check::{EffectExpectation, ViolationExpectation};
use crate::data::decimal::{self, ONE};
use crate::data::instant;
use crate::data::trust;
use crate::host::outcome::EffectRecord;
use crate::ir::EffectKind;
use crate::ir::value::Value;
use crate::syntax::ast::Presence;
use crate::tools::findings::{Finding, Found};

use super::looked::Looking;

/// Effects or violations that a failure names; of more only their number.
const SHOWN_MAX: usize = 8;

/// What is not as expected of the effects of a decision.
pub(super) fn unmet_effects(expected: &[EffectExpectation], found: &[EffectRecord]) -> Vec<String> {
    let unmet = expected.iter().filter_map(|expected| match expected {
        EffectExpectation::None => (!found.is_empty()).then_some("no effect"),
        EffectExpectation::One {
            kind,
            operands,
            shown,
        } => {
            let met = found.iter().any(|effect| {
                let pairs = effect.operands.iter().zip(operands);
                let mut pairs = pairs.map(|(found, wanted)| agrees(found, wanted));
                effect.kind == *kind && pairs.all(|met| met)
            });
            (!met).then_some(&**shown)
        }
    });
    let shown: Vec<String> = found.iter().map(effect_in_words).collect();
    unmet
        .map(|wanted| format!("expected {wanted}, found {}", listed(&shown)))
        .collect()
}

/// What is not as expected of the violations.
pub(super) fn unmet_violations(
    expected: &[ViolationExpectation],
    found: &Found,
    looking: &Looking<'_>,
) -> Vec<String> {
    let looked = looking.looked();
    // Nobody knows what is not among those that are kept.
    let lost = match (found.error, found.more) {
        (Some(error), _) => Some(format!(
            "and what is violated is not known: it ends in error {} ({error})",
            error.code()
        )),
        (None, 0) => None,
        (None, more) => Some(format!("and {more} more findings are not kept")),
    };
    let found: Vec<&Finding> = found.violations().collect();
    let shown: Vec<String> = found.iter().map(|finding| finding.headline()).collect();
    let unmet = expected.iter().filter_map(|expected| {
        let ViolationExpectation {
            rule,
            shown: wanted,
            ..
        } = expected;
        let is_there = found.iter().any(|finding| is_of(finding, expected));
        let why = match expected.presence {
            Presence::Some if is_there => return None,
            Presence::None if !is_there => match (&lost, looked.undecided(rule)) {
                (Some(lost), _) => lost.clone(),
                (None, Some(why)) => why.in_words(rule),
                (None, None) => return None,
            },
            Presence::Some | Presence::None => format!("found {}", listed(&shown)),
        };
        Some(format!("expected {wanted}, {why}"))
    });
    unmet.collect()
}

fn is_of(finding: &Finding, expected: &ViolationExpectation) -> bool {
    let ViolationExpectation {
        presence: _,
        rule,
        reason,
        element,
        shown: _,
    } = expected;
    let says = |reason: &String| {
        let message = finding.message.as_deref();
        message.is_some_and(|message| message.contains(reason.as_str()))
    };
    let is_about = |wanted: &Value| {
        let element = finding.element.as_ref();
        element.is_some_and(|element| agrees(element, wanted))
    };
    *finding.rule == **rule
        && reason.as_ref().is_none_or(says)
        && element.as_ref().is_none_or(is_about)
}

fn effect_in_words(effect: &EffectRecord) -> String {
    let (name, target) = match &effect.kind {
        EffectKind::Emit { event_type } => ("emit", event_type),
        EffectKind::Put { store } => ("put", store),
    };
    let operands = effect.operands.iter().map(ToString::to_string);
    let operands: Vec<String> = std::iter::once(format!("{target:?}"))
        .chain(operands)
        .collect();
    format!("{name}({})", operands.join(", "))
}

fn listed(shown: &[String]) -> String {
    match shown.get(..SHOWN_MAX) {
        _ if shown.is_empty() => "none".to_owned(),
        Some(first) if shown.len() > SHOWN_MAX => {
            format!("{}, and {} more", first.join(", "), shown.len() - SHOWN_MAX)
        }
        _ => shown.join(", "),
    }
}

/// True when everything that is expected is found; fields that the expectation leaves out may have any value.
pub(super) fn agrees(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Option(None), _) | (_, Value::Option(None)) => {
            (found, expected) == (&Value::Option(None), &Value::Option(None))
        }
        (Value::Option(Some(found)), _) => agrees(found, expected),
        (_, Value::Option(Some(expected))) => agrees(found, expected),
        (Value::Record(fields), Value::Record(wanted) | Value::Map(wanted)) => {
            wanted.iter().all(|(name, wanted)| {
                let mut fields = fields.iter();
                // A field that the record does not have is misspelt: it is not `none`.
                let found = fields.find(|(found, _)| found == name);
                found.is_some_and(|(_, found)| agrees(found, wanted))
            })
        }
        (Value::Map(entries), Value::Record(wanted) | Value::Map(wanted)) => {
            wanted.iter().all(|(name, wanted)| {
                match entries.iter().find(|(found, _)| found == name) {
                    Some((_, found)) => agrees(found, wanted),
                    None => *wanted == Value::Option(None),
                }
            })
        }
        (Value::Trust(found), Value::Record(wanted)) => wanted.iter().all(|(name, wanted)| {
            let found = trust::dimension(name).and_then(|index| found.get(index as usize));
            found.is_some_and(|found| agrees(&Value::Number(*found), wanted))
        }),
        (Value::List(found), Value::List(wanted)) => {
            let mut pairs = found.iter().zip(wanted);
            found.len() == wanted.len() && pairs.all(|(found, wanted)| agrees(found, wanted))
        }
        (Value::Attributes(json), _) => {
            let found: Result<Json, _> = serde_json::from_str(json);
            found.is_ok_and(|found| json_agrees(&found, expected))
        }
        // A text is what it says where something else is meant.
        (Value::Did(found) | Value::Pattern(found) | Value::Enum(found), _) => {
            matches!(
                expected,
                Value::String(text) | Value::Did(text) | Value::Pattern(text) | Value::Enum(text)
                    if text == found
            )
        }
        (Value::Instant(found), Value::String(text)) => {
            instant::parse(text).is_ok_and(|wanted| wanted == *found)
        }
        (Value::Ip(found), Value::String(text)) => text.parse() == Ok(*found),
        (Value::Cidr(found), Value::String(text)) => text.parse() == Ok(*found),
        (Value::String(found), Value::Did(text)) => found == text,
        _ => found == expected || is_same_number(found, expected),
    }
}

/// Attributes have no types: an exact number is a text in them.
fn json_agrees(found: &Json, expected: &Value) -> bool {
    match (found, expected) {
        (Json::Object(found), Value::Record(wanted) | Value::Map(wanted)) => {
            wanted
                .iter()
                .all(|(name, wanted)| match found.get(&**name) {
                    Some(found) => json_agrees(found, wanted),
                    None => *wanted == Value::Option(None),
                })
        }
        (Json::Array(found), Value::List(wanted)) => {
            let mut pairs = found.iter().zip(wanted);
            found.len() == wanted.len() && pairs.all(|(found, wanted)| json_agrees(found, wanted))
        }
        (Json::Number(number), _) => {
            let found = number.as_i64().map(Value::Int);
            let found = found.or_else(|| number.as_f64().map(Value::Number));
            found.is_some_and(|found| is_same_number(&found, expected))
        }
        (Json::String(text), Value::Decimal(wanted)) => decimal::parse(text) == Ok(*wanted),
        _ => *found == expected.to_json(),
    }
}

/// Whether both are numbers, and equal. Exact numbers are compared exactly.
fn is_same_number(found: &Value, expected: &Value) -> bool {
    let pair = |number: fn(&Value) -> Option<i128>| number(found).zip(number(expected));
    if let Some((found, expected)) = pair(exact) {
        return found == expected;
    }
    let (found, expected) = (nearest(found), nearest(expected));
    found.is_some() && found == expected
}

/// An exact number, scaled as a decimal is.
fn exact(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => i128::from(*value).checked_mul(ONE),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

/// The binary64 that is nearest to a number.
fn nearest(value: &Value) -> Option<f64> {
    match value {
        Value::Number(value) => Some(*value),
        Value::Int(_) | Value::Decimal(_) => value.to_string().parse().ok(),
        _ => None,
    }
}
