//! Whether effects and violations are as a test expects them.

use serde_json::Value as Json;

use crate::check::{EffectExpectation, ViolationExpectation};
use crate::host::outcome::EffectRecord;
use crate::ir::EffectKind;
use crate::syntax::ast::Presence;
use crate::tools::findings::{Finding, Found};

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
                let mut pairs = pairs.map(|(found, wanted)| contains(&found.to_json(), wanted));
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
pub(super) fn unmet_violations(expected: &[ViolationExpectation], found: &Found) -> Vec<String> {
    // Nobody knows what is not among those that are kept.
    let is_whole = found.more == 0 && found.error.is_none();
    let found: Vec<&Finding> = found.violations().collect();
    let unmet = expected.iter().filter(|expected| {
        let is_there = found.iter().any(|finding| is_of(finding, expected));
        match expected.presence {
            Presence::Some => !is_there,
            Presence::None => is_there || !is_whole,
        }
    });
    let shown: Vec<String> = found.iter().map(|finding| finding.headline()).collect();
    unmet
        .map(|wanted| format!("expected {}, found {}", wanted.shown, listed(&shown)))
        .collect()
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
    let is_about = |wanted: &Json| {
        let element = finding.element.as_ref();
        element.is_some_and(|element| contains(&element.to_json(), wanted))
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

/// True when everything that is expected is found; fields that the expectation leaves out may have any value. An exact
/// number is a text where it has a type, and may be a number where it has none.
pub(super) fn contains(found: &Json, expected: &Json) -> bool {
    match (found, expected) {
        (Json::Object(found), Json::Object(expected)) => expected.iter().all(|(key, value)| {
            found
                .get(key)
                .map_or(value.is_null(), |found| contains(found, value))
        }),
        (Json::Array(found), Json::Array(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(found, wanted)| contains(found, wanted))
        }
        (Json::String(text), Json::Number(number)) | (Json::Number(number), Json::String(text)) => {
            number.to_string() == *text
        }
        _ => found == expected,
    }
}
