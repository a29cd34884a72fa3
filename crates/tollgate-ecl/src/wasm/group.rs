//! Groups of rules. A small group is code, one rule after the other. Rules that share a condition are rows of a table and
//! one loop (see [`table`]), so 10,000 of them stay small. A large group without shared conditions is split over several
//! functions, because compilers are not linear in the size of one.

use wasm_encoder::{BlockType, ValType};

use super::body::Label;
use super::emitter::{Code, Emitter, Leaves, Params};
use super::expr::{call_checked, jump_if};
use super::{gas, layout, result, table, trace};
use crate::gas as cost;
use crate::ir::{Combine, Expr, Group};
use crate::outcome::{DecidedBy, Status};

/// Most expression nodes of a group that is one piece of code.
const INLINE_NODES: usize = 2_000;
/// Expression nodes of one function of a split group.
const CHUNK_NODES: usize = 500;
/// Most rules with shared conditions that are written out.
const UNROLLED_RULES: usize = 16;

/// Whether the rules of a group without an index are rows of a table.
pub(super) fn is_table(group: &Group) -> bool {
    group.plan.index.is_none()
        && group.rules.len() > UNROLLED_RULES
        && layout::shares_shapes(&group.plan, group.rules.len())
}

/// Whether evaluating the group takes functions besides the main one.
pub(super) fn is_split(group: &Group) -> bool {
    if group.plan.index.is_some() || is_table(group) {
        table::calls_shapes(group)
    } else {
        weight(group) > INLINE_NODES
    }
}

fn weight(group: &Group) -> usize {
    let shapes: Vec<usize> = group.plan.shapes.iter().map(nodes).collect();
    let of = |shape: u32| shapes.get(shape as usize).copied().unwrap_or(0);
    group.rules.iter().map(|rule| of(rule.shape)).sum()
}

/// Number of nodes of an expression, counting what may not be evaluated.
pub(super) fn nodes(expr: &Expr) -> usize {
    let mut count = 0;
    let mut rest = vec![expr];
    while let Some(expr) = rest.pop() {
        count += 1;
        expr.each_child(&mut |child| rest.push(child));
    }
    count
}

/// What a group needs to know where it is.
pub(super) struct Place<'g> {
    pub(super) group: &'g Group,
    pub(super) number: usize,
    /// A branch here with the packed result: this group decides.
    pub(super) hit: Label,
    /// A branch here: it does not.
    pub(super) miss: Label,
}

impl Place<'_> {
    fn decided(&self, rule: usize) -> u64 {
        decided(self.group, self.number, rule)
    }
}

pub(super) fn decided(group: &Group, number: usize, rule: usize) -> u64 {
    let by = DecidedBy::Rule {
        group: layout::length(number),
        rule: layout::length(rule),
    };
    result::decided(group.decision, by)
}

/// Evaluates the rules of a group; every path ends with a branch to `hit` or `miss`.
pub(super) fn emit(e: &mut Emitter<'_>, c: &mut Code, place: &Place<'_>) {
    if place.group.plan.index.is_some() || is_table(place.group) {
        table::emit(e, c, place);
    } else if is_split(place.group) {
        chunks(e, c, place);
    } else {
        let rules = 0..place.group.rules.len();
        inline(e, c, place, rules);
        c.f.br(place.miss);
    }
}

/// Rules as code. Goes on after them when they have not decided.
fn inline(e: &mut Emitter<'_>, c: &mut Code, place: &Place<'_>, rules: std::ops::Range<usize>) {
    let last = place.group.rules.len().saturating_sub(1);
    for rule in rules {
        match place.group.combine {
            Combine::Any => {
                let no = c.f.block(BlockType::Empty);
                condition(e, c, place.group, place.number, rule, no);
                c.f.i64(place.decided(rule));
                c.f.br(place.hit);
                c.f.end();
            }
            Combine::All => {
                condition(e, c, place.group, place.number, rule, place.miss);
                if rule == last {
                    c.f.i64(place.decided(rule));
                    c.f.br(place.hit);
                }
            }
        }
    }
}

/// Evaluates a rule's condition and branches to `no` when it is false.
fn condition(
    e: &mut Emitter<'_>,
    c: &mut Code,
    group: &Group,
    number: usize,
    rule_number: usize,
    no: Label,
) {
    let Some(rule) = group.rules.get(rule_number) else {
        return;
    };
    let Some(shape) = group.plan.shapes.get(rule.shape as usize) else {
        return;
    };
    c.params = Params::Pool(rule.params);
    if !trace::is_untraced(c) {
        c.leaves = Leaves::Known(rule.leaf_base);
    }
    let in_program = number_in_program(e, number, rule_number);
    judge(e, c, shape, no, |c| c.f.i32(in_program));
    c.params = Params::None;
}

/// Charges and evaluates a condition, marks the rule, branches to `no` when it is false.
pub(super) fn judge(
    e: &mut Emitter<'_>,
    c: &mut Code,
    shape: &Expr,
    no: Label,
    number: impl Fn(&mut Code),
) {
    if trace::is_untraced(c) {
        gas::charge(e, c, &cost::block(shape));
        return jump_if(e, c, shape, false, no);
    }
    trace::rule_status(c, &number, Status::Error);
    gas::charge(e, c, &cost::block(shape));
    let yes = c.f.block(BlockType::Empty);
    jump_if(e, c, shape, true, yes);
    trace::rule_status(c, &number, Status::Fail);
    c.f.br(no);
    c.f.end();
    trace::rule_status(c, &number, Status::Pass);
}

/// The result of a chunk that has not decided.
const UNDECIDED: u64 = u64::MAX;
/// The result of a chunk of an `all` group with a false rule.
const MISSED: u64 = u64::MAX - 1;

/// A large group: functions for so many rules each, called in order.
fn chunks(e: &mut Emitter<'_>, c: &mut Code, place: &Place<'_>) {
    for rules in ranges(place.group) {
        let function = chunk(e, c, place, rules, false);
        let answer = c.f.local(ValType::I64);
        c.f.get(c.input);
        call_checked(c, |c| {
            c.f.i().call(function);
            c.f.set(answer);
        });
        if place.group.combine == Combine::All {
            c.f.get(answer);
            c.f.i64(MISSED);
            c.f.i().i64_eq();
            c.f.br_if(place.miss);
        }
        c.f.get(answer);
        c.f.i64(UNDECIDED);
        c.f.i().i64_ne();
        c.f.if_(BlockType::Empty);
        c.f.get(answer);
        c.f.br(place.hit);
        c.f.end();
    }
    c.f.br(place.miss);
}

fn ranges(group: &Group) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut weight) = (0, 0);
    for (number, rule) in group.rules.iter().enumerate() {
        let shape = group.plan.shapes.get(rule.shape as usize);
        weight += shape.map_or(0, nodes);
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

/// A function for some rules of a group; the one for the rules that were left out (`rest`) gives nothing back.
fn chunk(
    e: &mut Emitter<'_>,
    outer: &Code,
    place: &Place<'_>,
    rules: std::ops::Range<usize>,
    rest: bool,
) -> u32 {
    let name = rule_name(e, place.group, rules.start);
    let function = e.declare(&name, &[ValType::I32], &[ValType::I64]);
    let mut c = super::function::begin(e, &[ValType::I32], 0, outer.leaves);
    if rest {
        left_out(e, &mut c, place.group, place.number, rules);
        c.f.i64(UNDECIDED);
        super::function::end(e, c, function, &[ValType::I64]);
        return function;
    }
    let hit = c.f.block(BlockType::Result(ValType::I64));
    let miss = c.f.block(BlockType::Empty);
    let place = Place {
        group: place.group,
        number: place.number,
        hit,
        miss,
    };
    inline(e, &mut c, &place, rules);
    c.f.i64(UNDECIDED);
    c.f.br(hit);
    c.f.end();
    c.f.i64(MISSED);
    c.f.end();
    super::function::end(e, c, function, &[ValType::I64]);
    function
}

/// A function's name: the rule's, with its place in the source.
pub(super) fn rule_name(e: &Emitter<'_>, group: &Group, rule: usize) -> String {
    let Some(rule) = group.rules.get(rule) else {
        return "rules".to_owned();
    };
    let point = e.program.points.get(rule.point.0 as usize);
    let (line, column) = point.map_or((0, 0), |point| point.line_column);
    format!("rule {} @{line}:{column}", rule.name)
}

/// Rules of an evaluated group that a short circuit left out, for an explanation: an error ends only its rule.
pub(super) fn rest(e: &mut Emitter<'_>, c: &mut Code, group: &Group, number: usize) {
    if group.plan.index.is_some() || is_table(group) {
        return table::rest(e, c, group, number);
    }
    if group.rules.is_empty() {
        return;
    }
    // The first rule of a group that was reached has been evaluated.
    let skip = c.f.block(BlockType::Empty);
    trace::skip_unless(c, number_in_program(e, number, 0), true, skip);
    if is_split(group) {
        let place = Place {
            group,
            number,
            hit: skip,
            miss: skip,
        };
        for rules in ranges(group) {
            let function = chunk(e, c, &place, rules, true);
            c.f.get(c.input);
            call_checked(c, |c| {
                c.f.i().call(function).drop();
            });
        }
    } else {
        left_out(e, c, group, number, 0..group.rules.len());
    }
    c.f.end();
}

/// Those of the rules that have not been evaluated.
fn left_out(
    e: &mut Emitter<'_>,
    c: &mut Code,
    group: &Group,
    number: usize,
    rules: std::ops::Range<usize>,
) {
    for rule in rules {
        let skip = c.f.block(BlockType::Empty);
        trace::skip_unless(c, number_in_program(e, number, rule), false, skip);
        alone(c, |c| {
            let judged = c.f.block(BlockType::Empty);
            condition(e, c, group, number, rule, judged);
            c.f.end();
        });
        c.f.end();
    }
}

fn number_in_program(e: &Emitter<'_>, group: usize, rule: usize) -> u32 {
    e.layout.first_rule(group) + layout::length(rule)
}

/// Code whose errors end only itself.
pub(super) fn alone(c: &mut Code, code: impl FnOnce(&mut Code)) {
    let outer = c.exit;
    c.exit = c.f.block(BlockType::Result(ValType::I64));
    code(c);
    c.f.i64(0);
    c.f.end();
    c.exit = outer;
    c.f.i().drop();
    c.f.i64(0);
    c.f.i().global_set(super::emitter::global::FAILURE);
}
