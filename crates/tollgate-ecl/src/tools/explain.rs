//! Reasons: an [`Explanation`] as data for programs and as lines for people.
//!
//! A line names what was compared with its value, `price_per_kwh (0.42) <= max (0.50): PASS`, as tests and documents write it.
//! In full it has currencies and nothing that the source does not say, `price_per_kwh (0.42 EUR) <= 0.50 EUR: PASS`. When the
//! decision is not an accept, the reasons also say what would have to change for one ([`changes`]). Values of redacted fields,
//! and what is computed from them, never leave this module ([`redaction`], [`origin`]).

mod changes;
mod keys;
mod origin;
mod redaction;

pub use self::changes::Change;
use self::origin::{Choices, Origins};
pub use self::redaction::{REDACTED, Redaction};
use crate::data::gas::Gas;
use crate::data::types::Type;
use crate::host::outcome::{DecidedBy, EvalError, Explanation, LeafTrace, RuleTrace, Status, word};
use crate::ir::value::Value;
use crate::ir::{
    Body, Combine, Decision, Expr, ExprKind, Group, Leaf, PointId, PolicyBody, Program, Rule,
    UnaryOp, When,
};

/// Reads a value from the words of a trace: `vm.read(ty, words)`, or [`from_words`](crate::ir::value::from_words) over an
/// evaluation's memory.
pub type Read<'a> = &'a dyn Fn(&Type, [u64; 2]) -> Option<Value>;

/// Why a program decided as it did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Reasons {
    /// Name of the policy or guard.
    pub policy: Box<str>,
    /// The decision; `None` after an error.
    pub decision: Option<Decision>,
    /// What decided.
    pub by: DecidedBy,
    /// The text the program gives for it.
    pub message: Option<Box<str>>,
    /// Why there is no decision.
    pub error: Option<ErrorReason>,
    /// Gas of the verdict.
    pub gas: Gas,
    /// The rules of the groups that were evaluated, in order.
    pub rules: Vec<RuleReason>,
    /// What would have to change for an accept; empty when it is one, and after an error.
    pub changes: Vec<Change>,
    /// Whether `changes` would be enough: false when conditions that were not evaluated might fail too.
    pub changes_complete: bool,
}

/// Where something stands in the source.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// First byte, one past the last byte, file index.
    pub span: (u32, u32, u32),
    /// Line and column, from 1.
    pub line_column: (u32, u32),
    /// The text there, shortened.
    pub text: Box<str>,
}

impl Place {
    /// The place of a point of a program; of one that it does not have, the whole program.
    pub(crate) fn of(program: &Program, point: PointId) -> Self {
        let points = &program.points;
        match points.get(point.0 as usize).or_else(|| points.first()) {
            Some(point) => Self {
                span: point.span,
                line_column: point.line_column,
                text: point.text.clone(),
            },
            None => Self {
                span: (0, 0, 0),
                line_column: (1, 1),
                text: "".into(),
            },
        }
    }
}

/// An error with its place.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ErrorReason {
    /// The error.
    #[serde(flatten)]
    pub error: EvalError,
    /// What it says.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
}

/// The outcome of a rule.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RuleReason {
    /// Group number.
    pub group: u32,
    /// What the group decides.
    pub decision: Decision,
    /// How the rules of the group decide.
    pub combine: Combine,
    /// Name.
    pub rule: Box<str>,
    /// Outcome.
    pub status: Status,
    /// Whether it is the rule that decided.
    pub decided: bool,
    /// Its text for people.
    pub message: Option<Box<str>>,
    /// Where.
    pub place: Place,
    /// Its conditions.
    pub conditions: Vec<ConditionReason>,
}

/// The outcome of a condition.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ConditionReason {
    /// Outcome.
    pub status: Status,
    /// Where.
    pub place: Place,
    /// `<=`, `in`, …; `None` for a condition that compares nothing.
    pub operator: Option<Box<str>>,
    /// Left operand, when it was evaluated.
    pub left: Option<Operand>,
    /// Right operand, when there is one and it was evaluated.
    pub right: Option<Operand>,
    /// Whether a fact was unknown and an `else` in the condition took its place.
    pub handled: bool,
    /// The line as tests and documents write it: amounts without their currency, a bare limit as `max` or `min`.
    pub line: String,
    /// The line with currencies, and with no label that the source does not have.
    pub full: String,
    /// The same in the sense of the rule: of a condition under NOT it says whether NOT holds.
    pub told: String,
    /// Whether the rule asks that it does not hold: it stands under NOT.
    pub negated: bool,
}

/// A compared value.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Operand {
    /// Last segment of its path, or its source text; may be empty.
    pub label: Box<str>,
    /// Its value; `None` when redacted.
    pub value: Option<Value>,
}

impl Operand {
    fn shown(&self) -> String {
        self.labelled(self.value.as_ref().map(Value::to_string))
    }

    /// With its currency.
    fn in_full(&self) -> String {
        self.labelled(self.value.as_ref().map(|value| format!("{value:#}")))
    }

    fn labelled(&self, value: Option<String>) -> String {
        let value = value.unwrap_or_else(|| REDACTED.into());
        if self.label.is_empty() || *self.label == *value {
            value
        } else {
            format!("{} ({value})", self.label)
        }
    }

    /// The right side of a condition with that text, without a label that it has from its operator.
    fn as_written(&self, text: &str) -> Self {
        let limit = matches!(&*self.label, "max" | "min");
        // A name stands where the text ends, and a long text is cut.
        let written = text.trim_end_matches(')').ends_with(&*self.label) || text.ends_with('…');
        let label = if limit && !written {
            "".into()
        } else {
            self.label.clone()
        };
        let value = self.value.clone();
        Self { label, value }
    }
}

impl Reasons {
    /// Puts an explanation into words.
    #[must_use]
    pub fn new(
        program: &Program,
        explanation: &Explanation,
        read: Read<'_>,
        redaction: &Redaction,
    ) -> Self {
        let verdict = &explanation.verdict;
        let narrator = Narrator {
            program,
            explanation,
            read,
            redaction,
            origins: Origins::of(program, redaction, Choices::Hidden),
        };
        let mut reasons = Self {
            policy: program.name.clone(),
            decision: verdict.result.ok(),
            by: verdict.by,
            message: narrator.message(),
            error: verdict.result.err().map(|e| narrator.error(e)),
            gas: verdict.gas,
            rules: Vec::new(),
            changes: Vec::new(),
            changes_complete: true,
        };
        if let Body::Policy(policy) = &program.body {
            let rules = explanation.rules.iter();
            reasons.rules = rules.filter_map(|r| narrator.rule(policy, *r)).collect();
            if reasons.decision.is_some_and(|d| d != Decision::Accept) {
                (reasons.changes, reasons.changes_complete) =
                    changes::for_accept(policy, &reasons.rules);
            }
        }
        reasons
    }

    /// The rule that decided; of an `all` group the last one.
    #[must_use]
    pub fn deciding(&self) -> Option<&RuleReason> {
        self.rules.iter().find(|rule| rule.decided)
    }

    /// The lines that explain the decision: of an `all` group that decided every condition, of an `any` group those of the
    /// rules that hold, and without a deciding rule every condition that was evaluated. After an error its message ends them.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.relevant(|condition| &condition.line)
    }

    /// The same for people: of a condition under NOT whether NOT holds.
    #[must_use]
    pub fn lines_told(&self) -> Vec<String> {
        self.relevant(|condition| match condition.negated {
            true => &condition.told,
            false => &condition.line,
        })
    }

    fn relevant(&self, line: impl Fn(&ConditionReason) -> &String) -> Vec<String> {
        let relevant = |rule: &&RuleReason| match self.by {
            DecidedBy::Rule { group, .. } => rule.group == group && rule.status == Status::Pass,
            DecidedBy::Otherwise | DecidedBy::Output | DecidedBy::Message(_) | DecidedBy::Error => {
                true
            }
        };
        let conditions = self
            .rules
            .iter()
            .filter(relevant)
            .flat_map(|r| &r.conditions);
        let evaluated = conditions.filter(|c| c.status != Status::NotEvaluated);
        let mut lines: Vec<String> = evaluated.map(|c| line(c).clone()).collect();
        if let Some(error) = &self.error {
            lines.push(match &error.place {
                Some(place) => {
                    let (line, column) = place.line_column;
                    format!("{line}:{column}: `{}`: {}", place.text, error.message)
                }
                None => error.message.clone(),
            });
        }
        lines
    }

    /// Every condition's line in the order of evaluation, those that were not evaluated too.
    #[must_use]
    pub fn all_lines(&self) -> Vec<String> {
        let conditions = self.rules.iter().flat_map(|r| &r.conditions);
        conditions.map(|c| c.line.clone()).collect()
    }

    /// The same in full.
    #[must_use]
    pub(crate) fn full_lines(&self) -> Vec<String> {
        let conditions = self.rules.iter().flat_map(|r| &r.conditions);
        conditions.map(|c| c.full.clone()).collect()
    }

    /// The same under the rules that they belong to: a line for each group that was evaluated, and below it one for each condition,
    /// with the name of its rule.
    #[must_use]
    pub fn lines_by_rule(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut group = None;
        for rule in &self.rules {
            if group != Some(rule.group) {
                group = Some(rule.group);
                let combine = match rule.combine {
                    Combine::Any => "any",
                    Combine::All => "all",
                };
                lines.push(format!("{} {combine}", word(rule.decision)));
            }
            let conditions = rule.conditions.iter();
            lines
                .extend(conditions.map(|condition| format!("  {}: {}", rule.rule, condition.told)));
        }
        lines
    }
}

/// How a condition is told.
#[derive(Clone, Copy)]
struct Told {
    left_hidden: bool,
    right_hidden: bool,
    /// See [`ConditionReason::negated`].
    negated: bool,
}

struct Narrator<'a> {
    program: &'a Program,
    explanation: &'a Explanation,
    read: Read<'a>,
    redaction: &'a Redaction,
    origins: Origins,
}

impl Narrator<'_> {
    fn place(&self, point: PointId) -> Place {
        Place::of(self.program, point)
    }

    fn message(&self) -> Option<Box<str>> {
        let id = match (self.explanation.verdict.by, &self.program.body) {
            (DecidedBy::Message(id), _) => Some(id),
            (DecidedBy::Otherwise, Body::Policy(policy)) => policy.otherwise_message,
            (DecidedBy::Rule { group, rule }, Body::Policy(policy)) => {
                rule_of(policy, group, rule).and_then(|(_, rule)| rule.message)
            }
            _ => None,
        };
        self.program.messages.get(id?.0 as usize).cloned()
    }

    fn error(&self, error: EvalError) -> ErrorReason {
        let point = match error {
            EvalError::Overflow { point }
            | EvalError::DivisionByZero { point }
            | EvalError::NotFinite { point }
            | EvalError::NoValue { point }
            | EvalError::BadGlob { point }
            | EvalError::UnknownFact { point, .. }
            | EvalError::FactFailed { point, .. } => Some(point),
            EvalError::GasExhausted { .. } | EvalError::WrongInput | EvalError::Internal => None,
        };
        ErrorReason {
            error,
            message: error.to_string(),
            place: point.map(|p| self.place(p)),
        }
    }

    fn rule(&self, policy: &PolicyBody, trace: RuleTrace) -> Option<RuleReason> {
        let (group, rule) = rule_of(policy, trace.group, trace.rule)?;
        let by = DecidedBy::Rule {
            group: trace.group,
            rule: trace.rule,
        };
        let messages = &self.program.messages;
        let leaves = (rule.leaf_base as usize..).zip(&rule.leaves);
        let mut negated = vec![false; rule.leaves.len()];
        if let Some(shape) = group.plan.shapes.get(rule.shape as usize) {
            mark_negated(shape, When::True, &mut negated);
        }
        Some(RuleReason {
            group: trace.group,
            decision: group.decision,
            combine: group.combine,
            rule: rule.name.clone(),
            status: trace.status,
            decided: self.explanation.verdict.by == by,
            message: rule
                .message
                .and_then(|id| messages.get(id.0 as usize).cloned()),
            place: self.place(rule.point),
            conditions: leaves
                .zip(0..)
                .map(|((at, leaf), number)| {
                    let (group, shape) = (trace.group, rule.shape);
                    let told = Told {
                        left_hidden: self.origins.hides_left(group, shape, number),
                        right_hidden: self.origins.hides_right(group, shape, number),
                        negated: negated.get(number as usize).copied().unwrap_or(false),
                    };
                    self.condition(at, leaf, told)
                })
                .collect(),
        })
    }

    fn condition(&self, at: usize, leaf: &Leaf, told: Told) -> ConditionReason {
        let negated = told.negated;
        let trace = self.explanation.leaves.get(at).copied().unwrap_or_default();
        let place = self.place(leaf.point);
        let status = status(trace);
        let known = match status {
            Status::Pass | Status::Fail => true,
            Status::Error => self.has_unreadable_glob(leaf),
            Status::NotEvaluated => false,
        };
        let (left, right) = match &leaf.compare {
            Some(compare) if known => (
                self.operand(
                    &compare.left,
                    &compare.left_type,
                    (!told.left_hidden).then_some(trace.left),
                ),
                self.operand(
                    &compare.right,
                    &compare.right_type,
                    (!told.right_hidden).then_some(trace.right),
                ),
            ),
            _ => (None, None),
        };
        let operator = leaf.compare.as_ref().map(|c| c.operator.clone());
        let right_in_full = right.as_ref().map(|right| right.as_written(&place.text));
        let shown =
            |operand: &Option<Operand>, show: fn(&Operand) -> String| operand.as_ref().map(show);
        let sides = (shown(&left, Operand::shown), shown(&right, Operand::shown));
        let full_sides = (
            shown(&left, Operand::in_full),
            shown(&right_in_full, Operand::in_full),
        );
        let line = sentence(operator.as_deref(), sides).unwrap_or_else(|| place.text.to_string());
        let full =
            sentence(operator.as_deref(), full_sides).unwrap_or_else(|| place.text.to_string());
        let (told, outcome) = match status {
            _ if !negated => (full.clone(), status),
            Status::Pass => (denied(&full), Status::Fail),
            Status::Fail => (denied(&full), Status::Pass),
            Status::NotEvaluated | Status::Error => (denied(&full), status),
        };
        let unknown = if trace.handled {
            " (a fact is unknown)"
        } else {
            ""
        };
        ConditionReason {
            status,
            handled: trace.handled,
            line: format!("{line}: {}{unknown}", status_word(status)),
            full: format!("{full}: {}{unknown}", status_word(status)),
            told: format!("{told}: {}{unknown}", status_word(outcome)),
            negated,
            place,
            operator,
            left,
            right,
        }
    }

    /// Whether the evaluation ended because the glob on the right of this condition cannot be read. Then both sides are known: of
    /// another error it is not known whether they are.
    fn has_unreadable_glob(&self, leaf: &Leaf) -> bool {
        let Err(EvalError::BadGlob { point }) = self.explanation.verdict.result else {
            return false;
        };
        let end = |point: PointId| {
            let point = self.program.points.get(point.0 as usize)?;
            let (_, end, file) = point.span;
            Some((end, file))
        };
        end(point).is_some() && end(point) == end(leaf.point)
    }

    /// An operand without its value if there are no words to show.
    fn operand(&self, label: &str, ty: &Type, words: Option<[u64; 2]>) -> Option<Operand> {
        if matches!(ty, Type::Never | Type::Error) {
            return None;
        }
        let value = match words {
            Some(words) if !self.redaction.hides(label) => {
                Some(self.redaction.apply((self.read)(ty, words)?))
            }
            _ => None,
        };
        Some(Operand {
            label: label.into(),
            value,
        })
    }
}

/// Marks the conditions of a rule's tree that stand under an odd number of NOTs.
fn mark_negated(expr: &Expr, when: When, negated: &mut [bool]) {
    match &expr.kind {
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            mark_negated(left, when, negated);
            mark_negated(right, when, negated);
        }
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => mark_negated(expr, when.negated(), negated),
        ExprKind::Probe { leaf, .. } => {
            if let Some(place) = negated.get_mut(*leaf as usize) {
                *place = when == When::False;
            }
        }
        _ => {}
    }
}

/// A condition under NOT.
fn denied(condition: &str) -> String {
    if condition.contains(' ') {
        format!("NOT ({condition})")
    } else {
        format!("NOT {condition}")
    }
}

fn rule_of(policy: &PolicyBody, group: u32, rule: u32) -> Option<(&Group, &Rule)> {
    let group = policy.groups.get(group as usize)?;
    Some((group, group.rules.get(rule as usize)?))
}

/// What was compared; `None` when nothing was.
fn sentence(operator: Option<&str>, sides: (Option<String>, Option<String>)) -> Option<String> {
    let (left, right) = sides;
    let left = left?;
    match (operator, right) {
        (Some(operator), Some(right)) => Some(format!("{left} {operator} {right}")),
        (Some(operator), None) if !operator.is_empty() => Some(format!("{left} {operator}")),
        (_, None) => Some(left),
        (None, Some(_)) => None,
    }
}

const fn status(trace: LeafTrace) -> Status {
    match trace.status {
        1 => Status::Fail,
        2 => Status::Pass,
        3 => Status::Error,
        _ => Status::NotEvaluated,
    }
}

const fn status_word(status: Status) -> &'static str {
    match status {
        Status::NotEvaluated => "NOT EVALUATED",
        Status::Fail => "FAIL",
        Status::Pass => "PASS",
        Status::Error => "ERROR",
    }
}

/// Whether one true rule is enough.
const fn is_any(group: &Group) -> bool {
    matches!(group.combine, Combine::Any)
}

#[cfg(test)]
mod hiding;
#[cfg(test)]
mod tests;
