//! Whether effects and violations are as a test expects them.

use crate::check::{EffectExpectation, ViolationExpectation};
use crate::host::outcome::EffectRecord;
use crate::ir::EffectKind;
use crate::ir::value::Value;
use crate::syntax::ast::Presence;
use crate::tools::findings::{Finding, Found};

use super::compare::{Indexed, agrees};
use super::looked::Looking;

/// Effects or violations that a failure names; of more only their number.
const SHOWN_MAX: usize = 8;

/// What is not as expected of the effects of a decision.
pub(super) fn unmet_effects(expected: &[EffectExpectation], found: &[EffectRecord]) -> Vec<String> {
    let indexed: Vec<(&EffectKind, Vec<Indexed<'_>>)> = found
        .iter()
        .map(|effect| {
            let operands = effect.operands.iter().map(Indexed::of);
            (&effect.kind, operands.collect())
        })
        .collect();
    let unmet = expected.iter().filter_map(|expected| match expected {
        EffectExpectation::None => (!found.is_empty()).then_some("no effect"),
        EffectExpectation::One {
            kind,
            operands,
            shown,
        } => {
            let met = indexed.iter().any(|(found, values)| {
                let mut pairs = values.iter().zip(operands);
                *found == kind && pairs.all(|(found, wanted)| agrees(found, wanted))
            });
            (!met).then_some(&**shown)
        }
    });
    let unmet: Vec<&str> = unmet.collect();
    if unmet.is_empty() {
        return Vec::new();
    }
    let shown = listed(found.len(), found.iter().map(effect_in_words));
    let unmet = unmet.into_iter();
    unmet
        .map(|wanted| format!("expected {wanted}, found {shown}"))
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
    let violations: Vec<Violation<'_>> = found.violations().map(Violation::of).collect();
    let shown = listed(violations.len(), found.violations().map(Finding::headline));
    let unmet = expected.iter().filter_map(|expected| {
        let ViolationExpectation {
            rule,
            shown: wanted,
            ..
        } = expected;
        let is_there = violations.iter().any(|found| found.is(expected));
        let why = match expected.presence {
            Presence::Some if is_there => return None,
            Presence::None if !is_there => match (&lost, looked.undecided(rule)) {
                (Some(lost), _) => lost.clone(),
                (None, Some(why)) => why.in_words(rule),
                (None, None) => return None,
            },
            Presence::Some | Presence::None => format!("found {shown}"),
        };
        Some(format!("expected {wanted}, {why}"))
    });
    unmet.collect()
}

/// A violation that was found.
struct Violation<'f> {
    finding: &'f Finding,
    element: Option<Indexed<'f>>,
}

impl<'f> Violation<'f> {
    fn of(finding: &'f Finding) -> Self {
        let element = finding.element.as_ref().map(Indexed::of);
        Self { finding, element }
    }

    fn is(&self, expected: &ViolationExpectation) -> bool {
        let ViolationExpectation {
            presence: _,
            rule,
            reason,
            element,
            shown: _,
        } = expected;
        let says = |reason: &String| {
            let message = self.finding.message.as_deref();
            message.is_some_and(|message| message.contains(reason.as_str()))
        };
        let is_about = |wanted: &Value| {
            let element = self.element.as_ref();
            element.is_some_and(|element| agrees(element, wanted))
        };
        *self.finding.rule == **rule
            && reason.as_ref().is_none_or(says)
            && element.as_ref().is_none_or(is_about)
    }
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

fn listed(count: usize, shown: impl Iterator<Item = String>) -> String {
    let first: Vec<String> = shown.take(SHOWN_MAX).collect();
    match count.saturating_sub(first.len()) {
        _ if count == 0 => "none".to_owned(),
        0 => first.join(", "),
        more => format!("{}, and {more} more", first.join(", ")),
    }
}
