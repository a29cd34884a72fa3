//! What would have to change for an accept: the smallest set of conditions, and for a comparison the value it would take.
//!
//! Before the accept group can decide, every group before it must not, so the rules that decided there must fail; then the
//! rules of an `all` group must hold, or the cheapest one of an `any` group. Within a rule's tree of AND, OR and NOT the
//! cheapest way is taken. Conditions are taken as independent of each other.

use super::{ConditionReason, Place, RuleReason, is_any};
use crate::host::outcome::Status;
use crate::ir::{Decision, Expr, ExprKind, Group, PolicyBody, UnaryOp, When};

/// A condition that would have to turn out otherwise.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Change {
    /// The rule it belongs to.
    pub rule: Box<str>,
    /// Where.
    pub place: Place,
    /// Whether the condition has to hold or to fail.
    pub must_hold: bool,
    /// For people: `price_per_kwh would have to be <= 0.50 EUR (is 0.55 EUR)`.
    pub text: String,
}

/// The conditions of a rule's tree that have to change, and whether all of them are known.
#[derive(Debug, Clone, Default)]
struct Needed {
    leaves: Vec<(usize, When)>,
    unknown: usize,
}

impl Needed {
    const fn cost(&self) -> usize {
        self.leaves.len() + self.unknown
    }

    fn and(mut self, other: Self) -> Self {
        self.leaves.extend(other.leaves);
        self.unknown += other.unknown;
        self
    }

    fn cheaper(self, other: Self) -> Self {
        if other.cost() < self.cost() {
            other
        } else {
            self
        }
    }
}

/// The changes for an accept, and whether they would be enough. `rules` are those of the groups that were evaluated.
pub(super) fn for_accept(policy: &PolicyBody, rules: &[RuleReason]) -> (Vec<Change>, bool) {
    let mut changes = Vec::new();
    let mut complete = true;
    let groups = (0..).zip(&policy.groups);
    for (number, group) in groups {
        let reasons: Vec<&RuleReason> = rules.iter().filter(|r| r.group == number).collect();
        let accepts = group.decision == Decision::Accept;
        let want = When::from(accepts);
        if reasons.is_empty() && !group.rules.is_empty() {
            complete = false;
        }
        let each: Vec<(&RuleReason, Needed)> = reasons
            .into_iter()
            .zip(&group.rules)
            .filter_map(|(reason, rule)| {
                let shape = group.plan.shapes.get(rule.shape as usize)?;
                // A rule that an index left out is false.
                if reason.status == Status::NotEvaluated && !accepts {
                    return None;
                }
                Some((reason, needed(shape, want, &reason.conditions)))
            })
            .collect();
        for (reason, needed) in chosen(group, each) {
            complete &= needed.unknown == 0;
            let leaves = needed.leaves.iter();
            changes.extend(leaves.filter_map(|(leaf, when)| {
                let condition = reason.conditions.get(*leaf)?;
                Some(change(&reason.rule, condition, *when))
            }));
        }
        if accepts && !group.rules.is_empty() {
            return (changes, complete);
        }
    }
    // No group accepts: nothing would do.
    (Vec::new(), false)
}

/// The rules of a group whose changes are needed: all of them, or the cheapest one.
fn chosen<'r>(group: &Group, each: Vec<(&'r RuleReason, Needed)>) -> Vec<(&'r RuleReason, Needed)> {
    // An accept needs one rule of an `any` group and all of an `all` group; keeping a group from deciding, the reverse.
    let accepts = group.decision == Decision::Accept;
    if is_any(group) == accepts {
        each.into_iter()
            .min_by_key(|(_, n)| n.cost())
            .into_iter()
            .collect()
    } else {
        each
    }
}

/// What makes an expression of a rule's tree turn out as wanted.
fn needed(expr: &Expr, want: When, conditions: &[ConditionReason]) -> Needed {
    let both = |a: &Expr, b: &Expr| (needed(a, want, conditions), needed(b, want, conditions));
    match &expr.kind {
        ExprKind::And(a, b) => {
            let (a, b) = both(a, b);
            match want {
                When::True => a.and(b),
                When::False => a.cheaper(b),
            }
        }
        ExprKind::Or(a, b) => {
            let (a, b) = both(a, b);
            match want {
                When::True => a.cheaper(b),
                When::False => a.and(b),
            }
        }
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => needed(expr, want.negated(), conditions),
        ExprKind::Probe { leaf, .. } => {
            let leaf = *leaf as usize;
            let mut needed = Needed::default();
            match conditions.get(leaf).map(|c| c.status) {
                Some(Status::Pass) if want == When::True => {}
                Some(Status::Fail) if want == When::False => {}
                Some(Status::Pass | Status::Fail) => needed.leaves.push((leaf, want)),
                Some(Status::NotEvaluated | Status::Error) | None => needed.unknown = 1,
            }
            needed
        }
        _ => Needed {
            unknown: 1,
            ..Needed::default()
        },
    }
}

fn change(rule: &str, condition: &ConditionReason, when: When) -> Change {
    let must_hold = when == When::True;
    let text = threshold(condition, when).unwrap_or_else(|| {
        let verb = if must_hold { "hold" } else { "not hold" };
        format!("`{}` would have to {verb}", condition.place.text)
    });
    Change {
        rule: rule.into(),
        place: condition.place.clone(),
        must_hold,
        text,
    }
}

/// What a compared value would have to be.
fn threshold(condition: &ConditionReason, when: When) -> Option<String> {
    let operator = condition.operator.as_deref()?;
    let needed = match (operator, when) {
        ("<" | "<=" | ">" | ">=" | "==" | "!=" | "in" | "not in", When::True) => operator,
        ("<", When::False) => ">=",
        ("<=", When::False) => ">",
        (">", When::False) => "<=",
        (">=", When::False) => "<",
        ("==", When::False) => "!=",
        ("!=", When::False) => "==",
        ("in", When::False) => "not in",
        ("not in", When::False) => "in",
        _ => return None,
    };
    let (left, right) = (condition.left.as_ref()?, condition.right.as_ref()?);
    let (is, bound) = (left.value.as_ref()?, right.value.as_ref()?);
    Some(format!(
        "{} would have to be {needed} {bound:#} (is {is:#})",
        left.label
    ))
}
