//! From what a traced run noted to an [`Explanation`].
//!
//! Outcomes of rules are not noted one by one: in an `any` group every rule before the deciding one was false, in an `all`
//! group every rule before the false one was true. So only endings, false rules of `all` groups and buckets are noted, and
//! the explanation of the last evaluation is only changed back where it was written: 10,000 rules behind an index cost
//! nothing here.

use super::bytecode::{Code, GroupCode, NONE, PcInfo, RuleCode, note};
use super::interp::{Ending, Machine, Rules};
use super::optimise;
use crate::data::gas::{self, Gas, GasLimits};
use crate::host::outcome::{
    DecidedBy, EvalError, Explanation, LeafTrace, RuleTrace, Status, Verdict,
};
use crate::ir::{Body, Combine, Program};

/// Conditions and rules up to which an explanation is blanked as a whole: that is faster than to note what was written.
const BLANKED_MAX: usize = 64;

/// Gas for the rules that a verdict did not need. Checked programs stay far below it.
const REST_GAS: u64 = 10_000 * gas::GAS_LIMIT_MAX;

/// Limits for the rules that a verdict did not need.
pub(super) const fn rest_limits() -> GasLimits {
    GasLimits::total(REST_GAS)
}

/// Rules of a group that were looked at.
#[derive(Debug, Clone, Copy)]
struct Visit {
    group: u32,
    /// Bucket, as entries of `bucket_rules`; `NONE` for rules that stand one after the other.
    start: u32,
    end: u32,
    /// The false rule of an `all` group.
    missed: u32,
}

/// A decision that was followed by the rest of its group without leaving the loop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    pub(super) group: u32,
    pub(super) rule: u32,
    /// Used by the verdict.
    pub(super) gas: Gas,
}

/// The operands of a condition and how it came out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared {
    pub(super) left: [u64; 2],
    pub(super) right: [u64; 2],
    pub(super) holds: bool,
}

/// What a traced run notes, and the explanation of the last one.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) explanation: Explanation,
    /// Every rule of the program, not evaluated.
    blank: Vec<RuleTrace>,
    /// Rules the explanation has so far.
    reached: usize,
    /// Whether there are so few conditions and rules that all of them are blanked.
    few: bool,
    /// Otherwise: conditions and rules of the explanation that were written.
    noted_leaves: Vec<u32>,
    noted_rules: Vec<u32>,
    visits: Vec<Visit>,
    /// Rules that came out other than those around them while `rest`: true of an `any` group, false of an `all` group.
    pub(super) exceptions: Vec<u32>,
    /// Evaluating what the verdict did not need.
    pub(super) rest: bool,
    pub(super) decided: Option<Decided>,
    /// Address behind the outermost call being made; 0 outside of one.
    pub(super) outer: u32,
    /// Whether the error came from a charge before the instruction's own work.
    pub(super) at_entry: bool,
}

impl Trace {
    pub(super) fn new(program: &Program, leaves: usize) -> Self {
        let groups = match &program.body {
            Body::Policy(policy) => policy.groups.as_slice(),
            Body::Guard(_) => &[],
        };
        let blank: Vec<RuleTrace> = (0..)
            .zip(groups)
            .flat_map(|(group, rules)| {
                let rules = (0..).zip(&rules.rules);
                rules.map(move |(rule, _)| RuleTrace {
                    group,
                    rule,
                    status: Status::NotEvaluated,
                })
            })
            .collect();
        let verdict = Verdict {
            result: Err(EvalError::Internal),
            by: DecidedBy::Error,
            gas: Gas::ZERO,
        };
        let few = leaves <= BLANKED_MAX && blank.len() <= BLANKED_MAX;
        let leaves = vec![LeafTrace::default(); leaves];
        Self {
            few,
            reached: 0,
            explanation: Explanation {
                verdict,
                rules: Vec::with_capacity(blank.len()),
                leaves,
            },
            noted_leaves: Vec::new(),
            noted_rules: Vec::new(),
            visits: Vec::with_capacity(groups.len()),
            exceptions: Vec::new(),
            rest: false,
            decided: None,
            outer: 0,
            at_entry: false,
            blank,
        }
    }

    /// Forgets the last evaluation.
    pub(super) fn reset(&mut self) {
        if self.few {
            self.explanation.leaves.fill(LeafTrace::default());
            for rule in &mut self.explanation.rules {
                rule.status = Status::NotEvaluated;
            }
        } else {
            self.blank_noted();
        }
        self.reached = 0;
        self.visits.clear();
        self.exceptions.clear();
        self.rest = false;
        self.decided = None;
        self.outer = 0;
        self.at_entry = false;
    }

    fn blank_noted(&mut self) {
        for leaf in self.noted_leaves.drain(..) {
            if let Some(leaf) = self.explanation.leaves.get_mut(leaf as usize) {
                *leaf = LeafTrace::default();
            }
        }
        for rule in self.noted_rules.drain(..) {
            if let Some(rule) = self.explanation.rules.get_mut(rule as usize) {
                rule.status = Status::NotEvaluated;
            }
        }
    }

    /// Notes a condition's operands and outcome, where the code says so.
    #[inline]
    pub(super) fn note(&mut self, info: Option<&PcInfo>, base: u32, compared: Compared) {
        let Some(info) = info else {
            return;
        };
        let Compared { left, right, holds } = compared;
        if info.notes & (note::STATUS | note::OPERANDS) == 0 {
            return;
        }
        let number = base.wrapping_add(info.leaf);
        let Some(leaf) = self.explanation.leaves.get_mut(number as usize) else {
            return;
        };
        if !self.few {
            self.noted_leaves.push(number);
        }
        if info.notes & note::STATUS != 0 {
            let outcome = holds ^ (info.notes & note::NEGATED != 0);
            leaf.status = if outcome { Status::Pass } else { Status::Fail } as u8;
        }
        if info.notes & note::OPERANDS != 0 {
            leaf.left = left;
            if info.notes & note::LEFT_ONLY == 0 {
                leaf.right = right;
            }
        }
    }

    /// Notes that a fact of a condition is unknown and an `else` in it was taken.
    #[cold]
    pub(super) fn handled(&mut self, code: &Code, pc: usize, base: u32) {
        let Some(info) = code.infos.get(pc) else {
            return;
        };
        let number = base.wrapping_add(info.leaf);
        if let Some(leaf) = self.explanation.leaves.get_mut(number as usize) {
            leaf.handled = true;
            if !self.few {
                self.noted_leaves.push(number);
            }
        }
    }

    /// The rules of a bucket are being evaluated.
    pub(super) fn visit(&mut self, group: u32, start: u32, end: u32) {
        self.visits.push(Visit {
            group,
            start,
            end,
            missed: NONE,
        });
    }

    /// A rule of an `all` group is false.
    #[cold]
    pub(super) fn miss(&mut self, group: u32, rule: u32) {
        match self.visits.last_mut() {
            Some(visit) if visit.group == group => visit.missed = rule,
            _ => self.visits.push(Visit {
                group,
                start: NONE,
                end: NONE,
                missed: rule,
            }),
        }
    }

    fn visited(&self, group: u32) -> Option<&Visit> {
        self.visits.iter().find(|visit| visit.group == group)
    }

    fn missed(&self, group: u32) -> Option<Stop> {
        let rule = self.visited(group)?.missed;
        (rule != NONE).then_some(Stop {
            rule,
            status: Status::Fail,
        })
    }

    /// The explanation reaches the rules up to this many, the new ones not evaluated.
    fn reach(&mut self, count: usize) {
        self.reached = self.reached.max(count);
        let rules = &mut self.explanation.rules;
        if let Some(more) = self.blank.get(rules.len()..count.min(self.blank.len())) {
            rules.extend_from_slice(more);
        }
    }

    /// The explanation has the rules that were reached and no others. Those of the last evaluation are kept until here,
    /// because most evaluations reach the same.
    pub(super) fn close(&mut self) {
        self.explanation.rules.truncate(self.reached);
    }

    fn set(&mut self, group: &GroupCode, rule: u32, status: Status) {
        let number = group.rules.wrapping_add(rule);
        if let Some(trace) = self.explanation.rules.get_mut(number as usize) {
            trace.status = status;
            if !self.few {
                self.noted_rules.push(number);
            }
        }
    }
}

/// Where the evaluation of a group's rules stopped, and how that rule came out.
#[derive(Clone, Copy)]
struct Stop {
    rule: u32,
    status: Status,
}

/// The rules of a group that its index left, in order.
#[derive(Clone, Copy)]
enum Candidates<'c> {
    All(u32),
    Bucket(&'c [u32]),
}

impl Candidates<'_> {
    /// From one rule to before another.
    fn each(self, from: u32, until: u32, mut visit: impl FnMut(u32)) {
        match self {
            Self::All(count) => (from..until.min(count)).for_each(visit),
            Self::Bucket(rules) => {
                let first = rules.partition_point(|rule| *rule < from);
                let rules = rules.iter().skip(first).take_while(|rule| **rule < until);
                rules.for_each(|rule| visit(*rule));
            }
        }
    }
}

fn candidates<'c>(code: &'c Code, trace: &Trace, number: u32, group: &GroupCode) -> Candidates<'c> {
    if group.bucket == NONE {
        return Candidates::All(group.count);
    }
    let visit = trace.visited(number);
    let bucket = visit.and_then(|v| code.bucket_rules.get(v.start as usize..v.end as usize));
    Candidates::Bucket(bucket.unwrap_or_default())
}

/// What every rule before the stop came out as.
fn passed_over(group: &GroupCode) -> Status {
    match group.combine {
        Combine::Any => Status::Fail,
        Combine::All => Status::Pass,
    }
}

/// Fills in the rules, evaluating those the verdict did not need.
pub(super) fn conclude(machine: &mut Machine<'_>, ending: Ending) {
    if let Some(Decided { group, rule, .. }) = machine.trace.decided {
        return decided(machine, group, rule, Some(ending));
    }
    match ending {
        Ending::Decided { group, rule } => decided(machine, group, rule, None),
        Ending::Failed(_, at) => failed(machine, at),
        Ending::Otherwise | Ending::Output(_) | Ending::Rejected(_) | Ending::GroupEnd => {
            outcomes_before(machine, u32::MAX);
            rest_before(machine, u32::MAX);
        }
    }
}

fn decided(machine: &mut Machine<'_>, number: u32, rule: u32, ran: Option<Ending>) {
    outcomes_before(machine, number);
    let program = machine.program;
    let Some(group) = program.code.groups.get(number as usize) else {
        return;
    };
    outcomes(
        machine,
        number,
        group,
        Some(Stop {
            rule,
            status: Status::Pass,
        }),
    );
    if group.combine == Combine::Any {
        rest_of_group(machine, number, group, rule, ran);
    }
    rest_before(machine, number);
}

/// Outcomes of the rules of the groups before one: none of them decided.
fn outcomes_before(machine: &mut Machine<'_>, end: u32) {
    let program = machine.program;
    for (number, group) in (0..end).zip(&program.code.groups) {
        let missed = machine.trace.missed(number);
        outcomes(machine, number, group, missed);
    }
}

/// Outcomes of the rules of a group up to the stop.
fn outcomes(machine: &mut Machine<'_>, number: u32, group: &GroupCode, stop: Option<Stop>) {
    let trace = &mut *machine.trace;
    trace.reach((group.rules as usize).saturating_add(group.count as usize));
    let candidates = candidates(&machine.program.code, trace, number, group);
    let status = passed_over(group);
    let end = stop.map_or(u32::MAX, |stop| stop.rule);
    candidates.each(0, end, |rule| trace.set(group, rule, status));
    if let Some(stop) = stop {
        trace.set(group, stop.rule, stop.status);
    }
}

/// Evaluates the rules after the false one of each `all` group before a group.
fn rest_before(machine: &mut Machine<'_>, end: u32) {
    let program = machine.program;
    for (number, group) in (0..end).zip(&program.code.groups) {
        if let Some(stop) = machine.trace.missed(number) {
            rest_of_group(machine, number, group, stop.rule, None);
        }
    }
}

/// Evaluates the rules of a group after one; `ran` is how the first attempt ended, when it was made already.
fn rest_of_group(
    machine: &mut Machine<'_>,
    number: u32,
    group: &GroupCode,
    stop: u32,
    mut ran: Option<Ending>,
) {
    let program = machine.program;
    let code = &program.code;
    let candidates = candidates(code, machine.trace, number, group);
    let rule_code = |rule: u32| code.rules.get(group.rules.wrapping_add(rule) as usize);
    let mut after = stop;
    machine.trace.rest = true;
    loop {
        let mut next = None;
        candidates.each(after.saturating_add(1), u32::MAX, |rule| {
            next = next.or(Some(rule))
        });
        let Some((first, entry)) = next.and_then(|rule| Some((rule, rule_code(rule)?))) else {
            break;
        };
        let ending = ran.take().unwrap_or_else(|| {
            machine.refill(&rest_limits());
            machine.trace.exceptions.clear();
            let visit = machine
                .trace
                .visited(number)
                .filter(|_| group.bucket != NONE)
                .copied();
            machine.rules = Rules {
                group: number,
                at: 0,
                end: 0,
                current: first,
            };
            if let (Some(visit), Candidates::Bucket(rules)) = (visit, candidates) {
                let behind = rules.partition_point(|rule| *rule <= first);
                machine.rules.at = visit.start.wrapping_add(super::listing::index(behind));
                machine.rules.end = visit.end;
                (machine.start_params, machine.start_leaf_base) = (entry.params, entry.leaf_base);
            }
            machine.run::<true>(entry.entry)
        });
        let failed = match ending {
            Ending::Failed(_, pc) if group.bucket != NONE => Some((machine.rules.current, pc)),
            Ending::Failed(_, pc) => rule_at(code, group, pc).map(|rule| (rule, pc)),
            _ => None,
        };
        let until = failed.map_or(u32::MAX, |(rule, _)| rule);
        let (usual, other) = match group.combine {
            Combine::Any => (Status::Fail, Status::Pass),
            Combine::All => (Status::Pass, Status::Fail),
        };
        let exceptions = std::mem::take(&mut machine.trace.exceptions);
        candidates.each(first, until, |rule| {
            let status = if exceptions.contains(&rule) {
                other
            } else {
                usual
            };
            machine.trace.set(group, rule, status);
        });
        machine.trace.exceptions = exceptions;
        let Some((rule, pc)) = failed else { break };
        machine.trace.set(group, rule, Status::Error);
        fail_leaf(machine, pc, rule_code(rule));
        // Onward even if the tables of the code do not fit each other.
        after = rule.max(first);
    }
    machine.trace.rest = false;
}

/// The rule an instruction belongs to, in a group whose rules stand one after the other.
fn rule_at(code: &Code, group: &GroupCode, pc: u32) -> Option<u32> {
    let rules = code.rules.get(group.rules as usize..)?.iter();
    let mut rules = (0..group.count).zip(rules);
    rules
        .find(|(_, rule)| (rule.entry..rule.end).contains(&pc))
        .map(|(number, _)| number)
}

/// Fills in the rules up to an error: in a `let`, a key of an index, the condition of a rule, or an effect.
fn failed(machine: &mut Machine<'_>, pc: u32) {
    let program = machine.program;
    let code = &program.code;
    let mut groups = (0..).zip(&code.groups);
    let Some((number, group)) = groups.find(|(_, g)| (g.start..=g.end).contains(&pc)) else {
        if code.groups.first().is_none_or(|group| pc < group.start) {
            machine.trace.reached = 0;
        } else {
            after_decision(machine);
        }
        return;
    };
    outcomes_before(machine, number);
    let rule = if group.bucket == NONE {
        rule_at(code, group, pc)
    } else {
        let current = Some(machine.rules).filter(|rules| rules.group == number);
        current.map(|rules| rules.current).filter(|rule| {
            let entry = code.rules.get(group.rules.wrapping_add(*rule) as usize);
            entry.is_some_and(|entry| (entry.entry..entry.end).contains(&pc))
        })
    };
    match rule {
        Some(rule) => {
            outcomes(
                machine,
                number,
                group,
                Some(Stop {
                    rule,
                    status: Status::Error,
                }),
            );
            fail_leaf(
                machine,
                pc,
                code.rules.get(group.rules.wrapping_add(rule) as usize),
            );
        }
        None => machine
            .trace
            .reach((group.rules as usize).saturating_add(group.count as usize)),
    }
}

/// An effect failed: the rules came out as for the decision.
fn after_decision(machine: &mut Machine<'_>) {
    let Rules {
        group: number,
        current,
        ..
    } = machine.rules;
    outcomes_before(machine, number);
    let program = machine.program;
    if let Some(group) = program.code.groups.get(number as usize) {
        outcomes(
            machine,
            number,
            group,
            Some(Stop {
                rule: current,
                status: Status::Pass,
            }),
        );
    }
}

/// Marks the condition an error happened in, unless it was the charge for the block the condition stands in.
fn fail_leaf(machine: &mut Machine<'_>, pc: u32, rule: Option<&RuleCode>) {
    let code = &machine.program.code;
    let at_entry = std::mem::take(&mut machine.trace.at_entry);
    let Some(info) = code.infos.get(pc as usize).filter(|info| info.leaf != NONE) else {
        return;
    };
    let op = code.ops.get(pc as usize);
    let fused = op.is_some_and(|op| optimise::gas_of(op).is_some());
    if at_entry && fused && info.notes & note::OWN_CHARGE == 0 {
        return;
    }
    let number = rule
        .map_or(0, |rule| rule.leaf_base)
        .wrapping_add(info.leaf);
    if let Some(leaf) = machine.trace.explanation.leaves.get_mut(number as usize) {
        leaf.status = Status::Error as u8;
        if !machine.trace.few {
            machine.trace.noted_leaves.push(number);
        }
    }
}
