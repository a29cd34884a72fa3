//! Groups of rules. A small group is code, one rule after the other. Rules that share a condition are rows of a table and
//! one loop (see [`table`]), so 10,000 of them stay small. A large group without shared conditions is split over several
//! functions, because compilers are not linear in the size of one.

use std::ops::Range;

use wasm_encoder::{BlockType, ValType};

use super::body::Label;
use super::coder::{Coder, Exits, Leaves, Params, Place};
use super::emitter::{Emitter, global};
use super::layout::is_table;
use super::{layout, result, table};
use crate::host::outcome::{DecidedBy, Status};
use crate::ir::cost;
use crate::ir::{Combine, Expr, Group};

/// Most expression nodes of a group that is one piece of code.
const INLINE_NODES: usize = 2_000;
/// Expression nodes of one function of a split group.
const CHUNK_NODES: usize = 500;

/// Whether evaluating the group takes functions besides the main one.
pub(super) fn is_split(group: &Group) -> bool {
    if group.plan.index.is_some() || is_table(group) {
        table::calls_shapes(group)
    } else {
        weight(group) > INLINE_NODES
    }
}

fn weight(group: &Group) -> usize {
    let shapes: Vec<usize> = group.plan.shapes.iter().map(Expr::nodes).collect();
    let of = |shape: u32| shapes.get(shape as usize).copied().unwrap_or(0);
    group.rules.iter().map(|rule| of(rule.shape)).sum()
}

impl Place<'_> {
    /// The packed result when that rule decides.
    fn decided(self, rule: usize) -> u64 {
        let by = DecidedBy::Rule {
            group: layout::length(self.number),
            rule: layout::length(rule),
        };
        result::decided(self.group.decision, by)
    }
}

impl Coder<'_, '_> {
    /// Evaluates the rules of a group; every path ends with a branch to `hit` or `miss`.
    pub(super) fn group(&mut self, place: Place<'_>, exits: Exits) {
        if place.group.plan.index.is_some() || is_table(place.group) {
            self.table(place, exits);
        } else if is_split(place.group) {
            self.chunks(place, exits);
        } else {
            let rules = 0..place.group.rules.len();
            self.rules(place, exits, rules);
            self.f.br(exits.miss);
        }
    }

    /// Rules as code. Goes on after them when they have not decided.
    fn rules(&mut self, place: Place<'_>, exits: Exits, rules: Range<usize>) {
        let last = place.group.rules.len().saturating_sub(1);
        for rule in rules {
            match place.group.combine {
                Combine::Any => {
                    let no = self.f.block(BlockType::Empty);
                    self.rule_condition(place, rule, no);
                    self.f.i64(place.decided(rule));
                    self.f.br(exits.hit);
                    self.f.end();
                }
                Combine::All => {
                    self.rule_condition(place, rule, exits.miss);
                    if rule == last {
                        self.f.i64(place.decided(rule));
                        self.f.br(exits.hit);
                    }
                }
            }
        }
    }

    /// Evaluates a rule's condition and branches to `no` when it is false.
    fn rule_condition(&mut self, place: Place<'_>, number: usize, no: Label) {
        let Some(rule) = place.group.rules.get(number) else {
            return;
        };
        let Some(shape) = place.group.plan.shapes.get(rule.shape as usize) else {
            return;
        };
        self.params = Params::Pool(rule.params);
        if !self.is_untraced() {
            self.leaves = Leaves::Known(rule.leaf_base);
        }
        let in_program = self.emitter.rule_in_program(place, number);
        self.judge(shape, no, |c| c.f.i32(in_program));
        self.params = Params::None;
    }

    /// Charges and evaluates a condition, marks the rule, branches to `no` when it is false.
    pub(super) fn judge(&mut self, shape: &Expr, no: Label, number: impl Fn(&mut Self)) {
        if self.is_untraced() {
            self.charge(&cost::block(shape));
            return self.jump_unless(shape, no);
        }
        self.rule_status(&number, Status::Error);
        self.charge(&cost::block(shape));
        let yes = self.f.block(BlockType::Empty);
        self.jump_if(shape, yes);
        self.rule_status(&number, Status::Fail);
        self.f.br(no);
        self.f.end();
        self.rule_status(&number, Status::Pass);
    }
}

/// The result of a chunk that has not decided.
const UNDECIDED: u64 = u64::MAX;
/// The result of a chunk of an `all` group with a false rule.
const MISSED: u64 = u64::MAX - 1;

impl Coder<'_, '_> {
    /// A large group: functions for so many rules each, called in order.
    fn chunks(&mut self, place: Place<'_>, exits: Exits) {
        for rules in ranges(place.group) {
            let function = self.chunk(place, rules);
            let answer = self.f.local(ValType::I64);
            self.f.get(self.input);
            self.call_checked(|c| {
                c.f.i().call(function);
                c.f.set(answer);
            });
            if place.group.combine == Combine::All {
                self.f.get(answer);
                self.f.i64(MISSED);
                self.f.i().i64_eq();
                self.f.br_if(exits.miss);
            }
            self.f.get(answer);
            self.f.i64(UNDECIDED);
            self.f.i().i64_ne();
            self.f.if_(BlockType::Empty);
            self.f.get(answer);
            self.f.br(exits.hit);
            self.f.end();
        }
        self.f.br(exits.miss);
    }
}

fn ranges(group: &Group) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut weight) = (0, 0);
    for (number, rule) in group.rules.iter().enumerate() {
        let shape = group.plan.shapes.get(rule.shape as usize);
        weight += shape.map_or(0, Expr::nodes);
        if weight >= CHUNK_NODES {
            ranges.push(start..number + 1);
            (start, weight) = (number + 1, 0);
        }
    }
    if start < group.rules.len() {
        ranges.push(start..group.rules.len());
    }
    ranges
}

impl<'p> Coder<'_, 'p> {
    /// Begins a function for the rules of a group from `first` on.
    fn begin_chunk(&mut self, place: Place<'_>, first: usize) -> (u32, Coder<'_, 'p>) {
        let name = self.emitter.rule_name(place.group, first);
        let function = self
            .emitter
            .declare(&name, &[ValType::I32], &[ValType::I64]);
        let leaves = self.leaves;
        let mut c = Coder::piece(self.emitter, &[ValType::I32]);
        c.leaves = leaves;
        (function, c)
    }

    /// A function for some rules of a group.
    fn chunk(&mut self, place: Place<'_>, rules: Range<usize>) -> u32 {
        let (function, mut c) = self.begin_chunk(place, rules.start);
        let hit = c.f.block(BlockType::Result(ValType::I64));
        let miss = c.f.block(BlockType::Empty);
        c.rules(place, Exits { hit, miss }, rules);
        c.f.i64(UNDECIDED);
        c.f.br(hit);
        c.f.end();
        c.f.i64(MISSED);
        c.f.end();
        c.end_piece(function, &[ValType::I64]);
        function
    }

    /// A function for those of the rules that were left out. What it gives back says nothing.
    fn chunk_left_out(&mut self, place: Place<'_>, rules: Range<usize>) -> u32 {
        let (function, mut c) = self.begin_chunk(place, rules.start);
        c.left_out(place, rules);
        c.f.i64(UNDECIDED);
        c.end_piece(function, &[ValType::I64]);
        function
    }

    /// Rules of an evaluated group that a short circuit left out, for an explanation: an error ends only its rule.
    pub(super) fn rest_of_group(&mut self, place: Place<'_>) {
        let group = place.group;
        if group.plan.index.is_some() || is_table(group) {
            return self.rest_of_table(place);
        }
        if group.rules.is_empty() {
            return;
        }
        // The first rule of a group that was reached has been evaluated.
        let skip = self.f.block(BlockType::Empty);
        self.skip_unless_evaluated(self.emitter.rule_in_program(place, 0), skip);
        if is_split(group) {
            for rules in ranges(group) {
                let function = self.chunk_left_out(place, rules);
                self.f.get(self.input);
                self.call_checked(|c| {
                    c.f.i().call(function).drop();
                });
            }
        } else {
            self.left_out(place, 0..group.rules.len());
        }
        self.f.end();
    }

    /// Those of the rules that have not been evaluated.
    fn left_out(&mut self, place: Place<'_>, rules: Range<usize>) {
        for rule in rules {
            let skip = self.f.block(BlockType::Empty);
            self.skip_if_evaluated(self.emitter.rule_in_program(place, rule), skip);
            self.alone(|c| {
                let judged = c.f.block(BlockType::Empty);
                c.rule_condition(place, rule, judged);
                c.f.end();
            });
            self.f.end();
        }
    }

    /// Code whose errors end only itself.
    pub(super) fn alone(&mut self, code: impl FnOnce(&mut Self)) {
        let outer = self.exit;
        self.exit = self.f.block(BlockType::Result(ValType::I64));
        code(self);
        self.f.i64(0);
        self.f.end();
        self.exit = outer;
        self.f.i().drop();
        self.f.i64(0);
        self.f.i().global_set(global::FAILURE);
    }
}

impl Emitter<'_> {
    /// A function's name: the rule's, with its place in the source.
    pub(super) fn rule_name(&self, group: &Group, rule: usize) -> String {
        let Some(rule) = group.rules.get(rule) else {
            return "rules".to_owned();
        };
        let point = self.program.points.get(rule.point.0 as usize);
        let (line, column) = point.map_or((0, 0), |point| point.line_column);
        format!("rule {} @{line}:{column}", rule.name)
    }

    /// Number of a rule over the whole program.
    fn rule_in_program(&self, place: Place<'_>, rule: usize) -> u32 {
        self.layout.first_rule(place.number) + layout::length(rule)
    }
}
