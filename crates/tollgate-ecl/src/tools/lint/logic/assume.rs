//! What is known when formulas hold, one after the other: for each value the set it is in.
//!
//! Sets only grow smaller, on one way through the conditions; of the two ways of an OR what both know is kept. So a value with
//! no place left is a contradiction, whatever else was not understood. Steps are counted: without any left nothing more is
//! learnt, which finds less and nothing wrong.

use std::collections::HashMap;
use std::rc::Rc;

use super::formula::{Formula, Kind, Leaf, Origin};
use super::keys::Key;
use super::set::Set;
use super::steps::Steps;
use crate::ir::PointId;

/// A condition that leaves no place for a value, and the one that left it the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conflict {
    pub(super) point: Option<PointId>,
    pub(super) with: Option<PointId>,
}

/// Where a value is.
#[derive(Debug, Clone)]
struct Place {
    set: Rc<Set>,
    /// The condition that said so last.
    point: Option<PointId>,
}

/// What is known.
#[derive(Debug)]
pub(super) struct Assumptions {
    places: HashMap<Key, Place>,
    /// What was known before each change, for [`back`](Self::back).
    trail: Vec<(Key, Option<Place>)>,
    steps: Steps,
    /// The last contradiction.
    pub(super) conflict: Option<Conflict>,
    /// Contradictions on one way of an OR that was written.
    pub(super) dead_ways: Vec<Conflict>,
}

impl Assumptions {
    pub(super) fn new(steps: Steps) -> Self {
        Self {
            places: HashMap::new(),
            trail: Vec::new(),
            steps,
            conflict: None,
            dead_ways: Vec::new(),
        }
    }

    /// Where to go back to.
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Forgets what was assumed since a mark.
    pub(super) fn back(&mut self, mark: usize) {
        while self.trail.len() > mark {
            match self.trail.pop() {
                Some((key, Some(place))) => self.places.insert(key, place),
                Some((key, None)) => self.places.remove(&key),
                None => return,
            };
        }
    }

    /// Whether a formula contradicts what is known; what is known stays as it is.
    pub(super) fn contradicts(&mut self, formula: &Formula) -> bool {
        let mark = self.mark();
        let holds = self.assume(formula);
        self.back(mark);
        !holds
    }

    /// Takes a formula for true; false when that contradicts what is known.
    pub(super) fn assume(&mut self, formula: &Formula) -> bool {
        if !self.steps.spend(0) {
            return true;
        }
        match &formula.kind {
            Kind::Constant(true) => true,
            Kind::Constant(false) => {
                self.conflict = None;
                false
            }
            Kind::Leaf(leaf) => self.leaf(leaf),
            Kind::And(left, right) => self.assume(left) && self.assume(right),
            Kind::Or(left, right, origin) => self.either(left, right, *origin),
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> bool {
        let known = self.places.get(&leaf.key);
        let intervals = known.map_or(1, |place| place.set.intervals());
        if !self.steps.spend(intervals + leaf.set.intervals()) {
            return true;
        }
        let left = match known {
            Some(place) => place.set.and(&leaf.set),
            None => leaf.set.clone(),
        };
        if left.is_empty() {
            self.conflict = Some(Conflict {
                point: leaf.point,
                with: known.and_then(|place| place.point),
            });
            return false;
        }
        let same = match known {
            Some(place) => *place.set == left,
            None => leaf.set.not(leaf.whole).is_empty(),
        };
        if !same {
            self.set(
                leaf.key,
                Place {
                    set: Rc::new(left),
                    point: leaf.point,
                },
            );
        }
        true
    }

    fn set(&mut self, key: Key, place: Place) {
        let before = self.places.insert(key, place);
        self.trail.push((key, before));
    }

    fn either(&mut self, left: &Formula, right: &Formula, origin: Origin) -> bool {
        let first = self.way(left);
        let of_first = self.conflict;
        let second = self.way(right);
        let conflict = match (&first, &second) {
            (None, Some(_)) => of_first,
            (Some(_), None) => self.conflict,
            (None, None) | (Some(_), Some(_)) => None,
        };
        if origin == Origin::Written {
            self.dead_ways.extend(conflict);
        }
        match (first, second) {
            (None, None) => return false,
            (Some(known), None) | (None, Some(known)) => {
                known
                    .into_iter()
                    .for_each(|(key, place)| self.set(key, place));
            }
            (Some(first), Some(second)) => {
                for (key, a) in first {
                    let Some(b) = second.get(&key) else {
                        continue;
                    };
                    if self.steps.spend(a.set.intervals() + b.set.intervals()) {
                        let set = Rc::new(a.set.or(&b.set));
                        self.set(
                            key,
                            Place {
                                set,
                                point: b.point,
                            },
                        );
                    }
                }
            }
        }
        true
    }

    /// What is newly known when a formula holds; `None` when it cannot.
    fn way(&mut self, formula: &Formula) -> Option<HashMap<Key, Place>> {
        let mark = self.mark();
        let holds = self.assume(formula);
        let changed = self.trail.get(mark..).unwrap_or_default().iter();
        let known = changed.filter_map(|(key, _)| Some((*key, self.places.get(key)?.clone())));
        let known = holds.then(|| known.collect());
        self.back(mark);
        known
    }
}
