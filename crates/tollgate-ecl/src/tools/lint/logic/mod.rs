//! What the rules of a policy can come to, whatever the input is: which never hold, never decide, or always do.
//!
//! The conditions are read as [`formula`]s over sets of values and [assumed](assume) one after the other, in the order of
//! evaluation: behind a rule that did not decide its condition was false. Whatever is not understood may be anything, so what is
//! found is certain. A group of more than [`LINT_RULES_MAX`] rules is only searched for equal conditions, by a table; the steps of all
//! others are counted, so the work is linear in the text.

mod assume;
mod formula;
mod keys;
mod set;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use self::assume::{Assumptions, Conflict};
use self::formula::{Formula, Kind, Origin, Reader, Truth};
use crate::check::index::cannot_fail;
use crate::ir::{
    Body, Combine, Decision, Expr, ExprKind, Group, PointId, PolicyBody, Program, Rule,
};
use crate::limits::LINT_RULES_MAX;

pub(in crate::tools::lint) use self::steps::Steps;

/// A rule by its group and its number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) group: usize,
    pub(super) rule: usize,
}

/// Something that is certain about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// A condition of a rule never holds where it stands, for what another one said.
    Never {
        rule: Place,
        point: Option<PointId>,
        with: Option<PointId>,
        extent: Extent,
    },
    /// The condition of a rule holds for every input.
    Always { rule: Place },
    /// The condition is that of an earlier rule of the group.
    Duplicate { rule: Place, of: usize },
    /// What the rule says, rules before it have said: it never decides, or never ends its `all` group.
    Covered {
        rule: Place,
        by: Option<usize>,
        /// Whether it can end with an error.
        may_fail: bool,
    },
    /// What comes next is never reached, for the rule always decides.
    Last { rule: Place },
    /// No input is accepted.
    NeverAccepts,
    /// Every input gets this decision, if not an error.
    Only(Decision),
}

/// How much of a rule never holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it, by itself.
    Rule,
    /// One side of an OR in it.
    Part,
    /// The `all` group that it belongs to, for what rules before it say.
    Group,
}

/// Looks at a policy; of a guard nothing is said.
pub(super) fn findings(program: &Program, steps: &Steps) -> Vec<Finding> {
    let Body::Policy(body) = &program.body else {
        return Vec::new();
    };
    let mut look = Look {
        reader: Reader::new(program, &body.lets, steps.clone()),
        steps,
        known: Assumptions::new(steps.clone()),
        alone: Assumptions::new(steps.clone()),
        decisions: BTreeSet::new(),
        found: Vec::new(),
    };
    look.policy(body);
    look.found
}

struct Look<'p, 's> {
    reader: Reader<'p>,
    steps: &'s Steps,
    /// What is known behind the groups so far.
    known: Assumptions,
    /// Nothing: for a look at one rule.
    alone: Assumptions,
    /// The decisions that are possible.
    decisions: BTreeSet<Decision>,
    found: Vec<Finding>,
}

/// A rule as formulas.
struct Read {
    place: Place,
    holds: Rc<Formula>,
    fails: Rc<Formula>,
    may_fail: bool,
    /// Its condition is a truth value that somebody wrote.
    constant: Option<bool>,
}

/// What comes behind a group.
#[derive(PartialEq, Eq)]
enum Behind {
    Reached,
    /// The rule with this number always decides.
    Never(usize),
}

impl<'p> Look<'p, '_> {
    fn policy(&mut self, body: &'p PolicyBody) {
        let mut reached = true;
        for (group, number) in body.groups.iter().zip(0..) {
            match self.group(number, group) {
                Behind::Reached => {}
                Behind::Never(rule) => {
                    let rule = Place {
                        group: number,
                        rule,
                    };
                    self.found.push(Finding::Last { rule });
                    reached = false;
                    break;
                }
            }
        }
        if reached {
            self.decisions.insert(body.otherwise);
        }
        if let Some(finding) = self.whole(body) {
            self.found.push(finding);
        }
    }

    /// What there is to say about the policy as a whole, when its rules look at the input at all.
    fn whole(&self, body: &PolicyBody) -> Option<Finding> {
        let truth =
            |group: &Group, rule: &Rule| match cond(group, rule).map(|cond| &bare(cond).kind) {
                Some(ExprKind::Bool(truth)) => Some(*truth),
                _ => None,
            };
        let rules = |decision: Option<Decision>| {
            let groups = body
                .groups
                .iter()
                .filter(move |g| decision.is_none_or(|d| g.decision == d));
            groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)))
        };
        let looks = |decision| rules(decision).any(|(g, r)| truth(g, r).is_none());
        if !looks(None) {
            return None;
        }
        // Who writes `false` among what accepts has closed the policy.
        let closed = rules(Some(Decision::Accept)).any(|(g, r)| truth(g, r) == Some(false));
        let only = self.decisions.first().filter(|_| self.decisions.len() == 1);
        match only {
            Some(Decision::Reject) if closed => None,
            Some(only) => Some(Finding::Only(*only)),
            None if self.decisions.contains(&Decision::Accept) || closed => None,
            None => looks(Some(Decision::Accept)).then_some(Finding::NeverAccepts),
        }
    }

    fn group(&mut self, number: usize, group: &'p Group) -> Behind {
        let rules = self.without_duplicates(number, group);
        if rules.is_empty() {
            return Behind::Reached;
        }
        if group.rules.len() > LINT_RULES_MAX {
            self.decisions.insert(group.decision);
            return Behind::Reached;
        }
        let read: Vec<Read> = rules
            .into_iter()
            .map(|rule| self.read(number, group, rule))
            .collect();
        match group.combine {
            Combine::Any => self.any(group.decision, &read),
            Combine::All => self.all(group.decision, &read),
        }
    }

    /// The numbers of the rules whose condition no rule before them has.
    fn without_duplicates(&mut self, number: usize, group: &'p Group) -> Vec<usize> {
        let mut first: HashMap<u32, usize> = HashMap::new();
        let mut rules = Vec::with_capacity(group.rules.len());
        for (rule, at) in group.rules.iter().zip(0..) {
            let Some(cond) = cond(group, rule) else {
                continue;
            };
            let key = self.reader.key(rule, cond);
            match first.get(&key) {
                None => {
                    first.insert(key, at);
                    rules.push(at);
                }
                Some(of) => {
                    let rule = Place {
                        group: number,
                        rule: at,
                    };
                    self.found.push(Finding::Duplicate { rule, of: *of });
                }
            }
        }
        rules
    }

    fn read(&mut self, number: usize, group: &'p Group, at: usize) -> Read {
        let place = Place {
            group: number,
            rule: at,
        };
        let parts = group
            .rules
            .get(at)
            .and_then(|rule| Some((rule, cond(group, rule)?)));
        let Some((rule, cond)) = parts else {
            let nothing = || Formula::new(Kind::Constant(true));
            return Read {
                place,
                holds: nothing(),
                fails: nothing(),
                may_fail: true,
                constant: None,
            };
        };
        let constant = match bare(cond).kind {
            ExprKind::Bool(truth) => Some(truth),
            _ => None,
        };
        Read {
            place,
            holds: self.reader.rule(rule, cond, Truth::True),
            fails: self.reader.rule(rule, cond, Truth::False),
            may_fail: !cannot_fail(cond),
            constant,
        }
    }

    /// Whether a rule by itself can hold and can fail; says when not.
    fn by_itself(&mut self, read: &Read) -> bool {
        if read.constant.is_some() {
            return true;
        }
        let rule = read.place;
        self.alone.dead_ways.clear();
        self.alone.conflict = None;
        if self.alone.contradicts(&read.holds) {
            let conflict = self.alone.conflict;
            let extent = Extent::Rule;
            self.found.push(never(rule, conflict, extent));
            return false;
        }
        let ways = std::mem::take(&mut self.alone.dead_ways);
        for way in ways
            .into_iter()
            .filter(|way| way.with.is_some() && way.with != way.point)
        {
            self.found.push(never(rule, Some(way), Extent::Part));
        }
        if self.alone.contradicts(&read.fails) {
            self.found.push(Finding::Always { rule });
        }
        true
    }

    /// The first true rule decides.
    fn any(&mut self, decision: Decision, rules: &[Read]) -> Behind {
        let mut before: Vec<&Read> = Vec::new();
        for read in rules {
            if !self.by_itself(read) {
                continue;
            }
            let mark = self.known.mark();
            let possible = self.known.assume(&read.holds);
            let by = before
                .iter()
                .find(|earlier| possible && self.known.contradicts(&earlier.fails));
            let by = by.map(|earlier| earlier.place.rule);
            self.known.back(mark);
            if read.constant != Some(false) && (!possible || by.is_some()) {
                let by = by.or_else(|| self.implied(read, &before));
                let may_fail = read.may_fail;
                self.found.push(Finding::Covered {
                    rule: read.place,
                    by,
                    may_fail,
                });
                continue;
            }
            if possible {
                self.decisions.insert(decision);
            }
            if !self.known.assume(&read.fails) {
                return Behind::Never(read.place.rule);
            }
            before.push(read);
        }
        Behind::Reached
    }

    /// A rule before that holds whenever this one does.
    fn implied(&mut self, read: &Read, before: &[&Read]) -> Option<usize> {
        let mark = self.alone.mark();
        let possible = self.alone.assume(&read.holds);
        let by = before
            .iter()
            .find(|earlier| possible && self.alone.contradicts(&earlier.fails));
        let by = by.map(|earlier| earlier.place.rule);
        self.alone.back(mark);
        by
    }

    /// Every rule must be true.
    fn all(&mut self, decision: Decision, rules: &[Read]) -> Behind {
        let mark = self.known.mark();
        let mut inner = Assumptions::new(self.steps.clone());
        let (mut possible, mut certain) = (true, true);
        let mut before: Vec<&Read> = Vec::new();
        for read in rules {
            let sound = self.by_itself(read);
            possible = possible && sound && read.constant != Some(false);
            if !possible {
                // What comes behind is still looked at by itself.
                continue;
            }
            if read.constant.is_none() && inner.contradicts(&read.fails) {
                let by = before.iter().find(|earlier| {
                    let mark = self.alone.mark();
                    let implied =
                        self.alone.assume(&earlier.holds) && self.alone.contradicts(&read.fails);
                    self.alone.back(mark);
                    implied
                });
                let by = by.map(|earlier| earlier.place.rule);
                let always = self.alone.contradicts(&read.fails);
                if !always {
                    let may_fail = read.may_fail;
                    self.found.push(Finding::Covered {
                        rule: read.place,
                        by,
                        may_fail,
                    });
                }
            }
            certain = certain && self.known.contradicts(&read.fails);
            if !inner.assume(&read.holds) {
                self.found
                    .push(never(read.place, inner.conflict, Extent::Group));
                possible = false;
            } else if !self.known.assume(&read.holds) {
                possible = false;
            }
            before.push(read);
        }
        self.known.back(mark);
        if !possible {
            return Behind::Reached;
        }
        self.decisions.insert(decision);
        let last = rules.last().map_or(0, |read| read.place.rule);
        if certain {
            return Behind::Never(last);
        }
        let fails = rules.iter().map(|read| read.fails.clone());
        let fails = fails.reduce(|a, b| Formula::new(Kind::Or(a, b, Origin::Made)));
        match fails.is_none_or(|fails| self.known.assume(&fails)) {
            true => Behind::Reached,
            false => Behind::Never(last),
        }
    }
}

fn never(rule: Place, conflict: Option<Conflict>, extent: Extent) -> Finding {
    Finding::Never {
        rule,
        point: conflict.and_then(|conflict| conflict.point),
        with: conflict.and_then(|conflict| conflict.with),
        extent,
    }
}

/// The condition of a rule.
fn cond<'p>(group: &'p Group, rule: &Rule) -> Option<&'p Expr> {
    group.plan.shapes.get(rule.shape as usize)
}

/// The expression without the mark of a leaf.
fn bare(mut e: &Expr) -> &Expr {
    while let ExprKind::Probe { expr, .. } = &e.kind {
        e = expr;
    }
    e
}
