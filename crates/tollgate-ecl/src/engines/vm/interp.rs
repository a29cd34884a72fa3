//! The interpreter: one loop, one `match`, nothing allocated, locked or timed per instruction.
//!
//! The stack is a fixed array whose positions are masked, so that no position needs a check; memory is a vector of words,
//! each access checked. The loop is compiled twice: with `TRACE` it also notes operands and outcomes of conditions, by a
//! table beside the code, so that both run the same instructions.
//!
//! Whatever bytecode says, the loop ends: jumps go forward, loops charge at least 1 gas an iteration, and there are at most
//! `limits.total / CALL` calls, because each has been charged for.

use std::ops::RangeInclusive;

use super::bytecode::{Cmp, GAS_TABLE, NONE, Op};
use super::compiled::CompiledProgram;
use super::explain::{self, Compared, Decided, Trace};
use super::lookup::Search;
use super::meter::Meter;
use super::text;
use crate::data::decimal;
use crate::data::gas::{self, Gas, GasLimits, Layer};
use crate::data::glob::{self, Matcher};
use crate::data::net::Cidr;
use crate::data::said::{Form, Said};
use crate::data::trust::{self, Trust};
use crate::data::types::{Repr, Type};
use crate::host::facts::Facts;
use crate::host::memory::{self, Interner};
use crate::host::outcome::{EvalError, GasLayer};
use crate::ir::value::{halves, wide};
use crate::ir::{Body, Combine, FactKind, Handle, Making, PointId, Splitting};
use crate::limits::{MEMORY_BYTES_MAX, PATTERN_SOURCE_BYTES_MAX, STACK_WORDS};

const MASK: usize = STACK_WORDS - 1;

/// Memory in words: constants, input, arena.
pub(super) type Memory = Vec<[u8; 8]>;

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ending {
    /// A decision by a rule, and its effects.
    Decided { group: u32, rule: u32 },
    /// No group decided; effects of `otherwise`.
    Otherwise,
    /// A guard's output.
    Output(u64),
    /// A guard's rejection.
    Rejected(u32),
    /// The end of a group, when only its rules were asked for.
    GroupEnd,
    /// An error at an instruction.
    Failed(EvalError, u32),
}

/// Effects as the program left them: the entry they are of, and the word of its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawEffect {
    pub(super) entry: u32,
    pub(super) word: u64,
}

/// Everything an evaluation works on.
pub(super) struct Machine<'a> {
    pub(super) program: &'a CompiledProgram,
    pub(super) memory: &'a mut Memory,
    pub(super) stack: &'a mut [u64; STACK_WORDS],
    pub(super) facts: &'a mut dyn Facts,
    pub(super) interner: &'a mut Interner,
    pub(super) input_texts: &'a [Handle],
    pub(super) effects: &'a mut Vec<RawEffect>,
    pub(super) trace: &'a mut Trace,
    /// The glob that texts were matched against last.
    pub(super) glob: &'a mut Matcher,
    /// First free word.
    pub(super) top: usize,
    pub(super) meter: Meter,
    pub(super) slack: u64,
    pub(super) calls: u64,
    /// The rules being evaluated: entries of `bucket_rules`, and the one at work.
    pub(super) rules: Rules,
    /// For a run that starts in code that rules share: the rule's constants and first condition.
    pub(super) start_params: u32,
    pub(super) start_leaf_base: u32,
    /// The last fact that was unknown, and the address behind the question.
    unknown: (FactKind, usize),
}

/// Where the evaluation of a bucket of rules stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rules {
    pub(super) group: u32,
    pub(super) at: u32,
    pub(super) end: u32,
    pub(super) current: u32,
}

/// How an instruction can fail; the loop adds the place.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Overflow,
    DivisionByZero,
    NotFinite,
    NoValue,
    BadGlob,
    Unknown(FactKind),
    FactFailed(FactKind),
    Gas(GasLayer),
    Internal,
}

/// A text that ended up where there is none, or an address outside of memory: bytecode that no compiler made.
const INTERNAL: Fault = Fault::Internal;

impl<'a> Machine<'a> {
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a Vm, borrowed apart"
    )]
    #[inline]
    pub(super) fn new(
        program: &'a CompiledProgram,
        memory: &'a mut Memory,
        stack: &'a mut [u64; STACK_WORDS],
        facts: &'a mut dyn Facts,
        interner: &'a mut Interner,
        input_texts: &'a [Handle],
        effects: &'a mut Vec<RawEffect>,
        trace: &'a mut Trace,
        glob: &'a mut Matcher,
        top: usize,
        limits: &GasLimits,
    ) -> Self {
        let (meter, slack) = Meter::new(*limits);
        Self {
            program,
            memory,
            stack,
            facts,
            interner,
            input_texts,
            effects,
            trace,
            glob,
            top,
            meter,
            slack,
            calls: limits.total / gas::CALL,
            rules: Rules {
                group: NONE,
                ..Rules::default()
            },
            start_params: 0,
            start_leaf_base: 0,
            unknown: (FactKind::Trust, 0),
        }
    }

    /// Gas used so far.
    pub(super) fn used(&self) -> Gas {
        self.meter.used(self.slack)
    }

    /// Sets the gas limits again, with nothing used.
    pub(super) fn refill(&mut self, limits: &GasLimits) {
        (self.meter, self.slack) = Meter::new(*limits);
        self.calls = limits.total / gas::CALL;
    }

    /// Runs from an instruction, with the locals of the body at the bottom of the stack, to an ending.
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    #[expect(clippy::indexing_slicing, reason = "one of four by two bits")]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "addresses and lengths are halves of words"
    )]
    pub(super) fn run<const TRACE: bool>(&mut self, start: u32) -> Ending {
        let program = self.program;
        let code = &program.code;
        let ops = code.ops.as_slice();
        let consts = code.consts.as_slice();
        let wides = code.wides.as_slice();
        let mut pc = start as usize;
        let mut fp = 0_usize;
        let mut sp = usize::from(code.locals);
        let mut slack = self.slack;
        // Word of memory where the constants of the rule at work stand, and its first leaf.
        let mut params = std::mem::take(&mut self.start_params) as usize;
        let mut leaf_base = std::mem::take(&mut self.start_leaf_base);

        let fault = 'run: loop {
            macro_rules! fail {
                ($fault:expr) => {
                    break 'run $fault
                };
            }
            macro_rules! ok {
                ($option:expr) => {
                    match $option {
                        Some(value) => value,
                        None => fail!(INTERNAL),
                    }
                };
            }
            macro_rules! some {
                ($option:expr, $fault:expr) => {
                    match $option {
                        Some(value) => value,
                        None => fail!($fault),
                    }
                };
            }
            macro_rules! push {
                ($word:expr) => {{
                    let word: u64 = $word;
                    if let Some(cell) = self.stack.get_mut(sp & MASK) {
                        *cell = word;
                    }
                    sp = sp.wrapping_add(1);
                }};
            }
            macro_rules! cell {
                ($at:expr) => {
                    match self.stack.get($at & MASK) {
                        Some(cell) => *cell,
                        None => 0,
                    }
                };
            }
            macro_rules! set_cell {
                ($at:expr, $word:expr) => {{
                    let word: u64 = $word;
                    if let Some(cell) = self.stack.get_mut($at & MASK) {
                        *cell = word;
                    }
                }};
            }
            macro_rules! pop {
                () => {{
                    sp = sp.wrapping_sub(1);
                    cell!(sp)
                }};
            }
            macro_rules! pop_wide {
                () => {{
                    let high = pop!();
                    let low = pop!();
                    wide(low, high)
                }};
            }
            macro_rules! push_wide {
                ($wide:expr) => {{
                    let wide: i128 = $wide;
                    push!(wide as u64);
                    push!((wide >> 64) as u64);
                }};
            }
            macro_rules! load {
                ($word:expr) => {
                    match self.memory.get($word) {
                        Some(word) => u64::from_le_bytes(*word),
                        None => fail!(INTERNAL),
                    }
                };
            }
            macro_rules! load_wide {
                ($word:expr) => {{
                    let at: usize = $word;
                    let low = load!(at);
                    let high = load!(at.wrapping_add(1));
                    wide(low, high)
                }};
            }
            macro_rules! constant {
                ($k:expr) => {
                    *ok!(consts.get($k as usize))
                };
            }
            macro_rules! wide_constant {
                ($k:expr) => {
                    *ok!(wides.get($k as usize))
                };
            }
            // Compute gas before an instruction's work; `at_entry` tells a charge for the block from one within the work.
            macro_rules! charge {
                ($amount:expr, entry) => {{
                    let amount = u64::from($amount);
                    if amount > slack {
                        if TRACE {
                            self.trace.at_entry = true;
                        }
                        fail!(Fault::Gas(self.meter.exhausted(slack, amount)));
                    }
                    slack = slack.wrapping_sub(amount);
                }};
                // Within the work of a condition: its operands are known, and shown though it ends here.
                ($amount:expr, $left:expr, $right:expr) => {{
                    let amount: u64 = $amount;
                    if amount > slack {
                        if TRACE {
                            let compared = Compared {
                                left: $left,
                                right: $right,
                                holds: false,
                            };
                            self.trace.note(
                                code.infos.get(pc.wrapping_sub(1)),
                                leaf_base,
                                compared,
                            );
                        }
                        fail!(Fault::Gas(self.meter.exhausted(slack, amount)));
                    }
                    slack = slack.wrapping_sub(amount);
                }};
            }
            macro_rules! note {
                ($left:expr, $right:expr, $holds:expr) => {
                    if TRACE {
                        let compared = Compared {
                            left: $left,
                            right: $right,
                            holds: $holds,
                        };
                        self.trace
                            .note(code.infos.get(pc.wrapping_sub(1)), leaf_base, compared);
                    }
                };
            }
            macro_rules! unless {
                ($holds:expr, $target:expr) => {
                    if !$holds {
                        pc = $target as usize;
                    }
                };
            }
            macro_rules! unless_word {
                ($cmp:expr, $left:expr, $right:expr, $target:expr) => {{
                    let (left, right): (u64, u64) = ($left, $right);
                    let holds = ints($cmp, left, right);
                    note!([left, 0], [right, 0], holds);
                    unless!(holds, $target);
                }};
            }
            macro_rules! unless_number {
                ($cmp:expr, $left:expr, $right:expr, $target:expr) => {{
                    let (left, right): (u64, u64) = ($left, $right);
                    let holds = numbers($cmp, left, right);
                    note!([left, 0], [right, 0], holds);
                    unless!(holds, $target);
                }};
            }
            macro_rules! unless_wide {
                ($cmp:expr, $left:expr, $right:expr, $target:expr) => {{
                    let (left, right): (i128, i128) = ($left, $right);
                    let holds = $cmp.holds(left, right);
                    note!(halves(left), halves(right), holds);
                    unless!(holds, $target);
                }};
            }
            macro_rules! compare_word {
                ($cmp:expr) => {{
                    let right = pop!();
                    let left = pop!();
                    let holds = ints($cmp, left, right);
                    note!([left, 0], [right, 0], holds);
                    push!(u64::from(holds));
                }};
            }
            macro_rules! compare_number {
                ($cmp:expr) => {{
                    let right = pop!();
                    let left = pop!();
                    let holds = numbers($cmp, left, right);
                    note!([left, 0], [right, 0], holds);
                    push!(u64::from(holds));
                }};
            }
            macro_rules! compare_wide {
                ($cmp:expr) => {{
                    let right = pop_wide!();
                    let left = pop_wide!();
                    let holds = $cmp.holds(left, right);
                    note!(halves(left), halves(right), holds);
                    push!(u64::from(holds));
                }};
            }
            macro_rules! int_op {
                ($method:ident) => {{
                    let right = pop!().cast_signed();
                    let left = pop!().cast_signed();
                    push!(some!(left.$method(right), Fault::Overflow).cast_unsigned());
                }};
            }
            macro_rules! int_division {
                ($method:ident) => {{
                    let right = pop!().cast_signed();
                    let left = pop!().cast_signed();
                    if right == 0 {
                        fail!(Fault::DivisionByZero);
                    }
                    push!(some!(left.$method(right), Fault::Overflow).cast_unsigned());
                }};
            }
            macro_rules! number_op {
                ($op:tt) => {{
                    let right = f64::from_bits(pop!());
                    let left = f64::from_bits(pop!());
                    let result = left $op right;
                    if !result.is_finite() {
                        fail!(Fault::NotFinite);
                    }
                    push!(result.to_bits());
                }};
            }
            macro_rules! wide_op {
                ($method:ident) => {{
                    let right = pop_wide!();
                    let left = pop_wide!();
                    push_wide!(some!(left.$method(right), Fault::Overflow));
                }};
            }
            macro_rules! vector {
                ($address:expr) => {
                    ok!(vector(self.memory, $address))
                };
            }
            macro_rules! alloc {
                ($words:expr) => {
                    ok!(alloc(self.memory, &mut self.top, $words))
                };
            }
            macro_rules! elements {
                ($list:expr, $item:expr) => {{
                    let list: u64 = $list;
                    charge!(gas::ELEMENT * (list & 0xffff_ffff), $item, [list, 0]);
                    list
                }};
            }
            macro_rules! unless_in {
                ($value:expr, $item:expr, $list:expr, $target:expr) => {{
                    let item: u64 = $item;
                    let list = elements!($list, [item, 0]);
                    let found = contains_word(ok!(words(self.memory, list, 1)), item);
                    let holds = found == ($value != 0);
                    note!([item, 0], [list, 0], holds);
                    unless!(holds, $target);
                }};
            }
            macro_rules! text_test {
                ($left:expr, $right:expr, $charged:expr, $test:expr) => {{
                    let (left, right): (u64, u64) = ($left, $right);
                    charge!(gas::text($charged), [left, 0], [right, 0]);
                    let test: fn(&[u8], &[u8]) -> bool = $test;
                    let a = ok!(text::bytes(self.memory, left));
                    let b = ok!(text::bytes(self.memory, right));
                    test(a, b)
                }};
            }
            macro_rules! push_text_test {
                ($left_charged:expr, $test:expr) => {{
                    let right = pop!();
                    let left = pop!();
                    let charged = if $left_charged { left } else { right } & 0xffff_ffff;
                    let holds = text_test!(left, right, charged, $test);
                    note!([left, 0], [right, 0], holds);
                    push!(u64::from(holds));
                }};
            }
            macro_rules! compare_text {
                ($test:expr) => {{
                    let right = pop!();
                    let left = pop!();
                    let charged = (left & 0xffff_ffff).min(right & 0xffff_ffff);
                    let holds = text_test!(left, right, charged, $test);
                    note!([left, 0], [right, 0], holds);
                    push!(u64::from(holds));
                }};
            }
            // Takes the next element when there is one: charges, moves on, and does `$some` with its address; else `$none`.
            macro_rules! next_element {
                ($slot:expr, $stride:expr, $gas:expr, $word:ident, $some:expr, $none:expr) => {{
                    let slot = fp.wrapping_add(usize::from($slot));
                    let $word = cell!(slot);
                    if $word >= cell!(slot.wrapping_add(1)) {
                        $none
                    } else {
                        if $gas & GAS_TABLE == 0 {
                            charge!($gas, entry);
                        } else {
                            let gas = ok!(code.gases.get(($gas & !GAS_TABLE) as usize));
                            match self.meter.charge(slack, gas) {
                                Ok(left) => slack = left,
                                Err(layer) => fail!(Fault::Gas(layer)),
                            }
                        }
                        set_cell!(slot, $word.wrapping_add(u64::from($stride) * 8));
                        $some
                    }
                }};
            }
            macro_rules! bind {
                ($var:expr, $word:expr) => {
                    set_cell!(fp.wrapping_add(usize::from($var)), $word)
                };
            }
            macro_rules! bind_wide {
                ($var:expr, $at:expr) => {{
                    let var = fp.wrapping_add(usize::from($var));
                    set_cell!(var, load!(word_of($at)));
                    set_cell!(var.wrapping_add(1), load!(word_of($at).wrapping_add(1)));
                }};
            }
            // The question just asked has no answer: on to the default of the `else` around it, or nowhere.
            macro_rules! unknown {
                ($fact:expr, $target:expr, $drop:expr) => {{
                    let (fact, target): (FactKind, u32) = ($fact, $target);
                    if target == NONE {
                        fail!(Fault::Unknown(fact));
                    }
                    self.unknown = (fact, pc);
                    sp = sp.wrapping_sub(usize::from($drop));
                    pc = target as usize;
                }};
            }
            // Back to the rule table: the next rule of the bucket, or the end of the group.
            macro_rules! next_rule {
                () => {{
                    let Rules {
                        group: number,
                        at,
                        end,
                        ..
                    } = self.rules;
                    let group = ok!(code.groups.get(number as usize));
                    if at < end {
                        let rule = *ok!(code.bucket_rules.get(at as usize));
                        self.rules.at = at + 1;
                        self.rules.current = rule;
                        let entry = ok!(code.rules.get(group.rules.wrapping_add(rule) as usize));
                        params = entry.params as usize;
                        if TRACE {
                            leaf_base = entry.leaf_base;
                        }
                        pc = entry.entry as usize;
                    } else {
                        leaf_base = 0;
                        pc = group.end as usize;
                        let resting = TRACE && self.trace.rest;
                        if group.combine == Combine::All && group.count > 0 && !resting {
                            decide!(number, group.count - 1, group.decision);
                        }
                    }
                }};
            }
            macro_rules! start_rules {
                ($group:expr, $start:expr, $end:expr) => {{
                    let (start, end) = ($start, $end);
                    self.rules = Rules {
                        group: $group,
                        at: start,
                        end,
                        current: 0,
                    };
                    if TRACE {
                        self.trace.visit($group, start, end);
                    }
                    next_rule!();
                }};
            }
            // The rules of a bucket, or its own index.
            macro_rules! start_bucket {
                ($group:expr, $bucket:expr) => {{
                    let bucket: u32 = $bucket;
                    let bucket = ok!(code.buckets.get(bucket as usize));
                    if bucket.nested == NONE {
                        start_rules!($group, bucket.start, bucket.end);
                    } else {
                        pc = bucket.nested as usize;
                    }
                }};
            }
            macro_rules! decide {
                ($group:expr, $rule:expr, $decision:expr) => {{
                    self.rules.group = $group;
                    self.rules.current = $rule;
                    leaf_base = 0;
                    let decision = $decision as usize;
                    if program.without_effects[decision & 3] {
                        self.slack = slack;
                        return Ending::Decided {
                            group: $group,
                            rule: $rule,
                        };
                    }
                    pc = code
                        .effect_entries
                        .get(decision)
                        .map_or(usize::MAX, |pc| *pc as usize);
                }};
            }

            // An explanation goes on with the rules the verdict did not need, when nothing comes between.
            macro_rules! goes_on {
                ($group:expr) => {
                    $group.combine == Combine::Any
                        && program.without_effects[$group.decision as usize & 3]
                };
            }
            macro_rules! rest {
                ($group:expr, $rule:expr) => {{
                    let gas = self.meter.used(slack);
                    self.trace.decided = Some(Decided {
                        group: $group,
                        rule: $rule,
                        gas,
                    });
                    self.trace.rest = true;
                    self.refill(&explain::rest_limits());
                    slack = self.slack;
                }};
            }

            let op = match ops.get(pc) {
                Some(op) => op,
                None => fail!(INTERNAL),
            };
            pc = pc.wrapping_add(1);
            match *op {
                Op::Const { k } => push!(constant!(k)),
                Op::Small { value } => push!(i64::from(value).cast_unsigned()),
                Op::ConstWide { k } => push_wide!(wide_constant!(k)),
                Op::Param { offset } => push!(load!(params.wrapping_add(offset as usize))),
                Op::ParamWide { offset } => {
                    push_wide!(load_wide!(params.wrapping_add(offset as usize)))
                }
                Op::ParamAddress { offset } => {
                    push!((params.wrapping_add(offset as usize) as u64).wrapping_mul(8))
                }
                Op::Input { word } => push!(load!(word as usize)),
                Op::InputWide { word } => push_wide!(load_wide!(word as usize)),
                Op::Local { slot } => push!(cell!(fp.wrapping_add(usize::from(slot)))),
                Op::LocalWide { slot } => {
                    let slot = fp.wrapping_add(usize::from(slot));
                    push!(cell!(slot));
                    push!(cell!(slot.wrapping_add(1)));
                }
                Op::SetLocal { slot } => {
                    let word = pop!();
                    set_cell!(fp.wrapping_add(usize::from(slot)), word);
                }
                Op::SetLocalWide { slot } => {
                    let high = pop!();
                    let low = pop!();
                    set_cell!(fp.wrapping_add(usize::from(slot)), low);
                    set_cell!(fp.wrapping_add(usize::from(slot)).wrapping_add(1), high);
                }
                Op::Field { offset } => {
                    let at = word_of(pop!()).wrapping_add(offset as usize);
                    push!(load!(at));
                }
                Op::FieldWide { offset } => {
                    let at = word_of(pop!()).wrapping_add(offset as usize);
                    push_wide!(load_wide!(at));
                }
                Op::FieldAddress { offset } => {
                    let address = pop!();
                    push!(address.wrapping_add(u64::from(offset) * 8));
                }
                Op::LocalField { slot, offset } => {
                    let at = word_of(cell!(fp.wrapping_add(usize::from(slot))))
                        .wrapping_add(offset as usize);
                    push!(load!(at));
                }
                Op::LocalFieldWide { slot, offset } => {
                    let at = word_of(cell!(fp.wrapping_add(usize::from(slot))))
                        .wrapping_add(offset as usize);
                    push_wide!(load_wide!(at));
                }

                Op::Not => {
                    let word = pop!();
                    push!(word ^ 1);
                }
                Op::NegInt => {
                    let word = pop!().cast_signed();
                    push!(some!(word.checked_neg(), Fault::Overflow).cast_unsigned());
                }
                Op::NegNumber => {
                    let number = f64::from_bits(pop!());
                    push!((-number).to_bits());
                }
                Op::NegWide => {
                    let wide = pop_wide!();
                    push_wide!(some!(wide.checked_neg(), Fault::Overflow));
                }
                Op::Length => {
                    let handle = pop!();
                    push!(handle & 0xffff_ffff);
                }
                Op::IntToDecimal => {
                    let int = pop!().cast_signed();
                    push_wide!(decimal::from_int(int));
                }
                Op::IntToNumber => {
                    let int = pop!().cast_signed();
                    push!((int as f64).to_bits());
                }
                Op::DecimalToNumber => {
                    let wide = pop_wide!();
                    push!(decimal::to_number(wide).to_bits());
                }
                Op::NumberToDecimal => {
                    let number = f64::from_bits(pop!());
                    push_wide!(some!(decimal::from_number(number), Fault::Overflow));
                }
                Op::DecimalToInt => {
                    let wide = pop_wide!();
                    push!(some!(decimal::to_int(wide), Fault::Overflow).cast_unsigned());
                }
                Op::TrustNorm => {
                    let address = pop!();
                    push!(trust::norm(&vector!(address)).to_bits());
                }
                Op::Read { form } => {
                    let text = pop!();
                    charge!(gas::text(text & 0xffff_ffff), [text, 0], [0, 0]);
                    push!(ok!(self.new_said(form, text)));
                }
                Op::Make { making } => {
                    let text = pop!();
                    charge!(gas::text(text & 0xffff_ffff), [text, 0], [0, 0]);
                    push!(ok!(self.new_text(making, text)));
                }
                Op::Split {
                    separator,
                    bytes,
                    most,
                } => {
                    let splitting = Splitting {
                        separator,
                        bytes,
                        most,
                    };
                    let text = pop!();
                    let gas = gas::text(text & 0xffff_ffff) + splitting.gas();
                    charge!(gas, [text, 0], [0, 0]);
                    push!(ok!(self.split(splitting, text)));
                }
                Op::Characters => {
                    let text = pop!();
                    charge!(gas::text(text & 0xffff_ffff), [text, 0], [0, 0]);
                    push!(ok!(text::str(self.memory, text)).chars().count() as u64);
                }

                Op::AddInt => int_op!(checked_add),
                Op::SubInt => int_op!(checked_sub),
                Op::MulInt => int_op!(checked_mul),
                Op::DivInt => int_division!(checked_div),
                Op::RemInt => int_division!(checked_rem),
                Op::AddNumber => number_op!(+),
                Op::SubNumber => number_op!(-),
                Op::MulNumber => number_op!(*),
                Op::DivNumber => {
                    if f64::from_bits(cell!(sp.wrapping_sub(1))) == 0.0 {
                        fail!(Fault::DivisionByZero);
                    }
                    number_op!(/);
                }
                Op::AddWide => wide_op!(checked_add),
                Op::SubWide => wide_op!(checked_sub),
                Op::MulWide => {
                    let right = pop_wide!();
                    let left = pop_wide!();
                    push_wide!(some!(decimal::mul(left, right), Fault::Overflow));
                }
                Op::DivWide => {
                    let right = pop_wide!();
                    let left = pop_wide!();
                    if right == 0 {
                        fail!(Fault::DivisionByZero);
                    }
                    push_wide!(some!(decimal::div(left, right), Fault::Overflow));
                }
                Op::EqWord => compare_word!(Cmp::EQ),
                Op::NeWord => compare_word!(Cmp::NE),
                Op::LtInt => compare_word!(Cmp::LT),
                Op::LeInt => compare_word!(Cmp::LE),
                Op::GtInt => compare_word!(Cmp::GT),
                Op::GeInt => compare_word!(Cmp::GE),
                Op::EqNumber => compare_number!(Cmp::EQ),
                Op::NeNumber => compare_number!(Cmp::NE),
                Op::LtNumber => compare_number!(Cmp::LT),
                Op::LeNumber => compare_number!(Cmp::LE),
                Op::GtNumber => compare_number!(Cmp::GT),
                Op::GeNumber => compare_number!(Cmp::GE),
                Op::EqWide => compare_wide!(Cmp::EQ),
                Op::NeWide => compare_wide!(Cmp::NE),
                Op::LtWide => compare_wide!(Cmp::LT),
                Op::LeWide => compare_wide!(Cmp::LE),
                Op::GtWide => compare_wide!(Cmp::GT),
                Op::GeWide => compare_wide!(Cmp::GE),
                Op::StartsWith => push_text_test!(false, |a, b| a.starts_with(b)),
                Op::EndsWith => push_text_test!(false, |a, b| a.ends_with(b)),
                Op::Contains => push_text_test!(true, text::contains),
                Op::EqText => compare_text!(|a, b| a == b),
                Op::NeText => compare_text!(|a, b| a != b),
                Op::InTexts => {
                    let list = pop!();
                    let text = pop!();
                    let each = gas::ELEMENT + gas::text(text & 0xffff_ffff);
                    charge!(each * elements(list), [text, 0], [list, 0]);
                    let holds = ok!(text::is_among(self.memory, text, list));
                    note!([text, 0], [list, 0], holds);
                    push!(u64::from(holds));
                }
                Op::DidMatch => push_text_test!(true, crate::data::did::matches),
                Op::GlobMatch => {
                    let glob = pop!();
                    let text = pop!();
                    let gas = gas::glob(text & 0xffff_ffff, glob & 0xffff_ffff);
                    charge!(gas, [text, 0], [glob, 0]);
                    let matched = self.glob_match(text, glob);
                    note!([text, 0], [glob, 0], matched == Ok(true));
                    match matched {
                        Ok(holds) => push!(u64::from(holds)),
                        Err(fault) => fail!(fault),
                    }
                }
                Op::MinInt => {
                    let right = pop!().cast_signed();
                    let left = pop!().cast_signed();
                    push!(left.min(right).cast_unsigned());
                }
                Op::MaxInt => {
                    let right = pop!().cast_signed();
                    let left = pop!().cast_signed();
                    push!(left.max(right).cast_unsigned());
                }
                Op::MinNumber => {
                    let right = pop!();
                    let left = pop!();
                    push!(if f64::from_bits(right) < f64::from_bits(left) {
                        right
                    } else {
                        left
                    });
                }
                Op::MaxNumber => {
                    let right = pop!();
                    let left = pop!();
                    push!(if f64::from_bits(right) > f64::from_bits(left) {
                        right
                    } else {
                        left
                    });
                }
                Op::MinWide => {
                    let right = pop_wide!();
                    let left = pop_wide!();
                    push_wide!(left.min(right));
                }
                Op::MaxWide => {
                    let right = pop_wide!();
                    let left = pop_wide!();
                    push_wide!(left.max(right));
                }
                Op::TrustChain => {
                    let right = vector!(pop!());
                    let left = vector!(pop!());
                    push!(ok!(self.new_vector(&trust::chain(&left, &right))));
                }
                Op::TrustCombine => {
                    let right = vector!(pop!());
                    let left = vector!(pop!());
                    push!(ok!(self.new_vector(&trust::combine(&left, &right))));
                }
                Op::TrustDistance => {
                    let right = vector!(pop!());
                    let left = vector!(pop!());
                    push!(trust::distance(&left, &right).to_bits());
                }
                Op::IpInCidr => {
                    let cidr = pop!();
                    let ip = pop_wide!();
                    let ends = ok!(ends(self.memory, cidr));
                    let holds = ends.contains(&ip);
                    note!(halves(ip), [cidr, 0], holds);
                    push!(u64::from(holds));
                }
                Op::CidrInCidr => {
                    let right = pop!();
                    let left = pop!();
                    let outer = ok!(ends(self.memory, right));
                    let inner = ok!(ends(self.memory, left));
                    let holds = outer.start() <= inner.start() && inner.end() <= outer.end();
                    note!([left, 0], [right, 0], holds);
                    push!(u64::from(holds));
                }
                Op::IpInCidrs => {
                    let list = pop!();
                    let ip = pop_wide!();
                    let list = elements!(list, halves(ip));
                    let holds = in_one_of(ok!(words(self.memory, list, CIDR_WORDS)), ip);
                    note!(halves(ip), [list, 0], holds);
                    push!(u64::from(holds));
                }
                Op::InWord => {
                    let list = pop!();
                    let item = pop!();
                    let list = elements!(list, [item, 0]);
                    let holds = contains_word(ok!(words(self.memory, list, 1)), item);
                    note!([item, 0], [list, 0], holds);
                    push!(u64::from(holds));
                }
                Op::InNumber => {
                    let list = pop!();
                    let item = pop!();
                    let list = elements!(list, [item, 0]);
                    let number = f64::from_bits(item);
                    let words = ok!(words(self.memory, list, 1));
                    let holds = words.iter().any(|word| f64::from_le_bytes(*word) == number);
                    note!([item, 0], [list, 0], holds);
                    push!(u64::from(holds));
                }
                Op::InWide => {
                    let list = pop!();
                    let item = pop_wide!();
                    let list = elements!(list, halves(item));
                    let holds = contains_wide(ok!(words(self.memory, list, 2)), item);
                    note!(halves(item), [list, 0], holds);
                    push!(u64::from(holds));
                }
                Op::Automaton { automaton } => {
                    let subject = pop!();
                    charge!(gas::text(subject & 0xffff_ffff), [subject, 0], [0, 0]);
                    let automaton = ok!(program.program().automata.get(automaton as usize));
                    let holds = ok!(text::automaton(self.memory, automaton, subject));
                    note!([subject, 0], [0, 0], holds);
                    push!(u64::from(holds));
                }

                Op::Alloc { words } => push!(alloc!(words as usize)),
                Op::StoreWord { offset } => {
                    let word = pop!();
                    let at = word_of(cell!(sp.wrapping_sub(1))).wrapping_add(offset as usize);
                    *ok!(self.memory.get_mut(at)) = word.to_le_bytes();
                }
                Op::StoreWide { offset } => {
                    let high = pop!();
                    let low = pop!();
                    let at = word_of(cell!(sp.wrapping_sub(1))).wrapping_add(offset as usize);
                    *ok!(self.memory.get_mut(at)) = low.to_le_bytes();
                    *ok!(self.memory.get_mut(at.wrapping_add(1))) = high.to_le_bytes();
                }
                Op::StoreRef { offset, words } => {
                    let from = word_of(pop!());
                    let to = word_of(cell!(sp.wrapping_sub(1))).wrapping_add(offset as usize);
                    ok!(copy(self.memory, from, to, words as usize));
                }
                Op::MakeList { count } => {
                    let address = pop!();
                    push!(address << 32 | u64::from(count));
                }
                Op::AllocLike { stride } => {
                    let list = pop!();
                    let words = (list & 0xffff_ffff) as usize * stride as usize;
                    push!(alloc!(words));
                }
                Op::Append { stride } => {
                    let right = pop!();
                    let left = pop!();
                    let count = elements(left) + elements(right);
                    charge!(gas::ELEMENT * count, [left, 0], [right, 0]);
                    let lists = [left, right];
                    push!(ok!(append(
                        self.memory,
                        &mut self.top,
                        lists,
                        stride as usize
                    )));
                }
                Op::Zip { left, right } => {
                    let other = pop!();
                    let one = pop!();
                    let count = elements(one).min(elements(other));
                    charge!(gas::ELEMENT * count, [one, 0], [other, 0]);
                    let strides = [left as usize, right as usize];
                    push!(ok!(zip(self.memory, &mut self.top, [one, other], strides)));
                }
                Op::AppendWord { slot } => {
                    let word = pop!();
                    let slot = fp.wrapping_add(usize::from(slot));
                    let address = cell!(slot);
                    *ok!(self.memory.get_mut(word_of(address))) = word.to_le_bytes();
                    set_cell!(slot, address.wrapping_add(8));
                }
                Op::AppendWide { slot } => {
                    let high = pop!();
                    let low = pop!();
                    let slot = fp.wrapping_add(usize::from(slot));
                    let address = cell!(slot);
                    *ok!(self.memory.get_mut(word_of(address))) = low.to_le_bytes();
                    *ok!(self.memory.get_mut(word_of(address) + 1)) = high.to_le_bytes();
                    set_cell!(slot, address.wrapping_add(16));
                }
                Op::AppendRef { slot, words } => {
                    let from = word_of(pop!());
                    let slot = fp.wrapping_add(usize::from(slot));
                    let address = cell!(slot);
                    ok!(copy(self.memory, from, word_of(address), words as usize));
                    set_cell!(slot, address.wrapping_add(u64::from(words) * 8));
                }
                Op::FinishList { slot, end, stride } => {
                    let first = cell!(fp.wrapping_add(usize::from(slot)));
                    let bytes = cell!(fp.wrapping_add(usize::from(end))).wrapping_sub(first);
                    let count = ok!((bytes / 8).checked_div(u64::from(stride)));
                    push!(if count == 0 {
                        0
                    } else {
                        first << 32 | count & 0xffff_ffff
                    });
                }

                Op::Charge { amount } => charge!(amount, entry),
                Op::ChargeGas { k } => {
                    let gas = ok!(code.gases.get(k as usize));
                    match self.meter.charge(slack, gas) {
                        Ok(left) => slack = left,
                        Err(layer) => {
                            if TRACE {
                                self.trace.at_entry = true;
                            }
                            fail!(Fault::Gas(layer));
                        }
                    }
                }
                Op::Jump { target } => pc = target as usize,
                Op::JumpIf { target } => {
                    let word = pop!();
                    note!([0; 2], [0; 2], word != 0);
                    if word != 0 {
                        pc = target as usize;
                    }
                }
                Op::JumpUnless { target } => {
                    let word = pop!();
                    note!([0; 2], [0; 2], word != 0);
                    if word == 0 {
                        pc = target as usize;
                    }
                }
                Op::Call { function, .. } => {
                    let function = ok!(code.functions.get(function as usize));
                    if self.calls == 0 {
                        fail!(INTERNAL);
                    }
                    self.calls -= 1;
                    if TRACE && self.trace.outer == 0 {
                        self.trace.outer = pc as u32;
                    }
                    let frame = sp.wrapping_sub(usize::from(function.arguments));
                    sp = frame.wrapping_add(usize::from(function.locals));
                    push!((pc as u64) << 32 | (fp as u64 & 0xffff_ffff));
                    // The verifier has shown that the deepest call fits; a wrapped position would only give wrong values.
                    fp = frame;
                    pc = function.entry as usize;
                }
                Op::Return => {
                    let word = pop!();
                    let saved = pop!();
                    sp = fp;
                    fp = (saved & 0xffff_ffff) as usize;
                    pc = (saved >> 32) as usize;
                    if TRACE && pc as u32 == self.trace.outer {
                        self.trace.outer = 0;
                    }
                    push!(word);
                }
                Op::ReturnWide => {
                    let high = pop!();
                    let low = pop!();
                    let saved = pop!();
                    sp = fp;
                    fp = (saved & 0xffff_ffff) as usize;
                    pc = (saved >> 32) as usize;
                    if TRACE && pc as u32 == self.trace.outer {
                        self.trace.outer = 0;
                    }
                    push!(low);
                    push!(high);
                }
                Op::ReturnUnknown => {
                    let saved = pop!();
                    sp = fp;
                    fp = (saved & 0xffff_ffff) as usize;
                    pc = (saved >> 32) as usize;
                    match ops.get(pc.wrapping_sub(1)) {
                        Some(Op::Call { unknown, drop, .. }) if *unknown != NONE => {
                            if TRACE && pc as u32 == self.trace.outer {
                                self.trace.outer = 0;
                            }
                            sp = sp.wrapping_sub(usize::from(*drop));
                            pc = *unknown as usize;
                        }
                        _ => {
                            let (fact, behind) = self.unknown;
                            pc = behind;
                            fail!(Fault::Unknown(fact));
                        }
                    }
                }
                Op::LoopStart { slot, stride } => {
                    let list = pop!();
                    let slot = fp.wrapping_add(usize::from(slot));
                    let first = list >> 32;
                    set_cell!(slot, first);
                    set_cell!(
                        slot.wrapping_add(1),
                        first + (list & 0xffff_ffff) * u64::from(stride) * 8
                    );
                }
                Op::NextWord {
                    slot,
                    var,
                    gas,
                    exit,
                } => {
                    next_element!(slot, 1_u16, gas, at, bind!(var, load!(word_of(at))), {
                        pc = exit as usize;
                    });
                }
                Op::NextWide {
                    slot,
                    var,
                    gas,
                    exit,
                } => {
                    next_element!(
                        slot,
                        2_u16,
                        gas,
                        at,
                        bind_wide!(var, at),
                        pc = exit as usize
                    );
                }
                Op::NextRef {
                    slot,
                    var,
                    stride,
                    gas,
                    exit,
                } => {
                    next_element!(slot, stride, gas, at, bind!(var, at), pc = exit as usize);
                }
                Op::AgainWord {
                    slot,
                    var,
                    gas,
                    target,
                } => {
                    next_element!(
                        slot,
                        1_u16,
                        gas,
                        at,
                        {
                            bind!(var, load!(word_of(at)));
                            pc = target as usize;
                        },
                        {}
                    );
                }
                Op::AgainWide {
                    slot,
                    var,
                    gas,
                    target,
                } => {
                    next_element!(
                        slot,
                        2_u16,
                        gas,
                        at,
                        {
                            bind_wide!(var, at);
                            pc = target as usize;
                        },
                        {}
                    );
                }
                Op::AgainRef {
                    slot,
                    var,
                    stride,
                    gas,
                    target,
                } => {
                    next_element!(
                        slot,
                        stride,
                        gas,
                        at,
                        {
                            bind!(var, at);
                            pc = target as usize;
                        },
                        {}
                    );
                }

                Op::Trust { unknown, drop } => {
                    let did = pop!();
                    note!([did, 0], [0, 0], false);
                    match self.trust(did) {
                        Ok(Some(address)) => push!(address),
                        Ok(None) => unknown!(FactKind::Trust, unknown, drop),
                        Err(fault) => fail!(fault),
                    }
                }
                Op::HasCredential { unknown, drop } => {
                    let pattern = pop!();
                    let subject = pop!();
                    note!([subject, 0], [pattern, 0], false);
                    match self.has_credential(subject, pattern) {
                        Ok(Some(holds)) => {
                            note!([subject, 0], [pattern, 0], holds);
                            push!(u64::from(holds));
                        }
                        Ok(None) => unknown!(FactKind::HasCredential, unknown, drop),
                        Err(fault) => fail!(fault),
                    }
                }
                Op::Ask {
                    fact,
                    unknown,
                    drop,
                } => {
                    let text = pop!();
                    note!([text, 0], [0, 0], false);
                    match self.ask(fact, &[text]) {
                        Ok(Some([word, _])) => {
                            note!([text, 0], [0, 0], word != 0);
                            push!(word);
                        }
                        Ok(None) => unknown!(fact, unknown, drop),
                        Err(fault) => fail!(fault),
                    }
                }
                Op::AskTwo {
                    fact,
                    unknown,
                    drop,
                } => {
                    let second = pop!();
                    let first = pop!();
                    note!([first, 0], [second, 0], false);
                    match self.ask(fact, &[first, second]) {
                        Ok(Some([word, _])) => {
                            note!([first, 0], [second, 0], word != 0);
                            push!(word);
                        }
                        Ok(None) => unknown!(fact, unknown, drop),
                        Err(fault) => fail!(fault),
                    }
                }
                Op::AskTwoWide {
                    fact,
                    unknown,
                    drop,
                } => {
                    let second = pop!();
                    let first = pop!();
                    note!([first, 0], [second, 0], false);
                    match self.ask(fact, &[first, second]) {
                        Ok(Some([low, high])) => {
                            push!(low);
                            push!(high);
                        }
                        Ok(None) => unknown!(fact, unknown, drop),
                        Err(fault) => fail!(fault),
                    }
                }

                Op::Decide { group, rule } => {
                    let entry = ok!(code.groups.get(group as usize));
                    if TRACE && self.trace.rest {
                        if entry.combine == Combine::All {
                            self.slack = slack;
                            return Ending::GroupEnd;
                        }
                        self.trace.exceptions.push(rule);
                    } else if TRACE && goes_on!(entry) {
                        rest!(group, rule);
                    } else {
                        decide!(group, rule, entry.decision);
                    }
                }
                Op::DecideRule => {
                    let Rules { group, current, .. } = self.rules;
                    if TRACE && self.trace.rest {
                        self.trace.exceptions.push(current);
                        next_rule!();
                    } else {
                        let entry = ok!(code.groups.get(group as usize));
                        if TRACE && goes_on!(entry) {
                            rest!(group, current);
                            next_rule!();
                        } else {
                            decide!(group, current, entry.decision);
                        }
                    }
                }
                Op::StartRules { group } => {
                    let bucket = ok!(code.groups.get(group as usize)).bucket;
                    let bucket = ok!(code.buckets.get(bucket as usize));
                    start_rules!(group, bucket.start, bucket.end);
                }
                Op::Lookup { index } => {
                    let key = pop!();
                    let plan = ok!(code.indexes.get(index as usize));
                    let bucket = ok!(program.lookups.get(index as usize)).find(plan, key);
                    start_bucket!(plan.group, bucket);
                }
                Op::Search { search } => {
                    let key = pop!();
                    let plan = ok!(code.searches.get(search as usize));
                    let fast = ok!(program.searches.get(search as usize));
                    let interval = ok!(fast.word(plan, key, self.memory.as_flattened()));
                    start_bucket!(plan.group, plan.first.wrapping_add(interval as u32));
                }
                Op::SearchWide { search } => {
                    let key = pop_wide!();
                    let plan = ok!(code.searches.get(search as usize));
                    let interval = ok!(Search::wide(plan, key));
                    start_bucket!(plan.group, plan.first.wrapping_add(interval as u32));
                }
                Op::NextRule => next_rule!(),
                Op::Miss {
                    group,
                    rule,
                    target,
                } => {
                    pc = target as usize;
                    if TRACE && self.trace.rest {
                        self.trace.exceptions.push(rule);
                        let next = rule.wrapping_add(1);
                        let group = ok!(code.groups.get(group as usize));
                        // Only ever onward, so that this ends whatever the table says.
                        if next <= self.rules.current || next >= group.count {
                            self.slack = slack;
                            return Ending::GroupEnd;
                        }
                        self.rules.current = next;
                        let next = group.rules.wrapping_add(next);
                        pc = ok!(code.rules.get(next as usize)).entry as usize;
                    } else if TRACE {
                        self.trace.miss(group, rule);
                    }
                }
                Op::MissRule => {
                    let Rules { group, current, .. } = self.rules;
                    if TRACE && self.trace.rest {
                        self.trace.exceptions.push(current);
                        next_rule!();
                    } else {
                        if TRACE {
                            self.trace.miss(group, current);
                        }
                        leaf_base = 0;
                        pc = ok!(code.groups.get(group as usize)).end as usize;
                    }
                }
                Op::GroupEnd { .. } => {
                    leaf_base = 0;
                    if TRACE && self.trace.rest {
                        self.slack = slack;
                        return Ending::GroupEnd;
                    }
                }
                Op::Otherwise => {
                    self.rules.group = NONE;
                    let decision = program.otherwise as usize;
                    if program.without_effects[decision & 3] {
                        self.slack = slack;
                        return Ending::Otherwise;
                    }
                    pc = code
                        .effect_entries
                        .get(decision)
                        .map_or(usize::MAX, |pc| *pc as usize);
                }
                Op::Effect { effect } => {
                    let address = cell!(sp.wrapping_sub(1));
                    let effect_code = ok!(code.effects.get(effect as usize));
                    let mut bytes = u64::from(effect_code.bytes);
                    let at = word_of(address);
                    for text in effect_code.texts {
                        if text != 0 {
                            bytes += load!(at.wrapping_add(text as usize)) & 0xffff_ffff;
                        }
                    }
                    let gas = gas::EFFECT + gas::text(bytes);
                    *ok!(self.memory.get_mut(at)) = u64::from(effect).to_le_bytes();
                    *ok!(self.memory.get_mut(at.wrapping_add(1))) = gas.to_le_bytes();
                }
                Op::Take { entry } => {
                    let word = pop!();
                    let (left, fault) = self.take_entry(entry, word, slack);
                    slack = left;
                    if let Some(fault) = fault {
                        fail!(fault);
                    }
                }
                Op::Finish => {
                    self.slack = slack;
                    let Rules { group, current, .. } = self.rules;
                    return if group == NONE {
                        Ending::Otherwise
                    } else {
                        Ending::Decided {
                            group,
                            rule: current,
                        }
                    };
                }
                Op::Output => {
                    let address = pop!();
                    self.slack = slack;
                    return Ending::Output(address);
                }
                Op::Reject { message } => {
                    self.slack = slack;
                    return Ending::Rejected(message);
                }
                Op::NoValue => fail!(Fault::NoValue),
                Op::Handled => {
                    if TRACE {
                        self.trace.handled(code, pc.wrapping_sub(1), leaf_base);
                    }
                }
                Op::Leaf => {
                    let word = cell!(sp.wrapping_sub(1));
                    note!([0; 2], [0; 2], word != 0);
                }

                Op::UnlessWord { cmp, gas, target } => {
                    charge!(gas, entry);
                    let right = pop!();
                    let left = pop!();
                    unless_word!(cmp, left, right, target);
                }
                Op::UnlessNumber { cmp, gas, target } => {
                    charge!(gas, entry);
                    let right = pop!();
                    let left = pop!();
                    unless_number!(cmp, left, right, target);
                }
                Op::UnlessWide { cmp, gas, target } => {
                    charge!(gas, entry);
                    let right = pop_wide!();
                    let left = pop_wide!();
                    unless_wide!(cmp, left, right, target);
                }
                Op::UnlessWordConst {
                    cmp,
                    gas,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    let left = pop!();
                    unless_word!(cmp, left, constant!(k), target);
                }
                Op::UnlessNumberConst {
                    cmp,
                    gas,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    let left = pop!();
                    unless_number!(cmp, left, constant!(k), target);
                }
                Op::UnlessWideConst {
                    cmp,
                    gas,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    let left = pop_wide!();
                    unless_wide!(cmp, left, wide_constant!(k), target);
                }
                Op::UnlessInputConst {
                    cmp,
                    gas,
                    word,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_word!(cmp, load!(word as usize), constant!(k), target);
                }
                Op::UnlessInputConstNumber {
                    cmp,
                    gas,
                    word,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_number!(cmp, load!(word as usize), constant!(k), target);
                }
                Op::UnlessInputConstWide {
                    cmp,
                    gas,
                    word,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_wide!(cmp, load_wide!(word as usize), wide_constant!(k), target);
                }
                Op::UnlessInputs {
                    cmp,
                    gas,
                    word,
                    other,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_word!(cmp, load!(word as usize), load!(other as usize), target);
                }
                Op::UnlessInputsNumber {
                    cmp,
                    gas,
                    word,
                    other,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_number!(cmp, load!(word as usize), load!(other as usize), target);
                }
                Op::UnlessInputsWide {
                    cmp,
                    gas,
                    word,
                    other,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_wide!(
                        cmp,
                        load_wide!(word as usize),
                        load_wide!(other as usize),
                        target
                    );
                }
                Op::UnlessInputParam {
                    cmp,
                    gas,
                    word,
                    offset,
                    target,
                } => {
                    charge!(gas, entry);
                    let right = load!(params.wrapping_add(offset as usize));
                    unless_word!(cmp, load!(word as usize), right, target);
                }
                Op::UnlessInputParamNumber {
                    cmp,
                    gas,
                    word,
                    offset,
                    target,
                } => {
                    charge!(gas, entry);
                    let right = load!(params.wrapping_add(offset as usize));
                    unless_number!(cmp, load!(word as usize), right, target);
                }
                Op::UnlessInputParamWide {
                    cmp,
                    gas,
                    word,
                    offset,
                    target,
                } => {
                    charge!(gas, entry);
                    let right = load_wide!(params.wrapping_add(offset as usize));
                    unless_wide!(cmp, load_wide!(word as usize), right, target);
                }
                Op::UnlessInput {
                    value,
                    gas,
                    word,
                    target,
                } => {
                    charge!(gas, entry);
                    let holds = (load!(word as usize) != 0) == (value != 0);
                    note!([0; 2], [0; 2], holds);
                    unless!(holds, target);
                }
                Op::UnlessInputIn {
                    value,
                    gas,
                    word,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_in!(value, load!(word as usize), constant!(k), target);
                }
                Op::UnlessInputInInput {
                    value,
                    gas,
                    word,
                    other,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_in!(value, load!(word as usize), load!(other as usize), target);
                }
                Op::UnlessConstInInput {
                    value,
                    gas,
                    k,
                    word,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_in!(value, constant!(k), load!(word as usize), target);
                }
                Op::UnlessIn { value, gas, target } => {
                    charge!(gas, entry);
                    let list = pop!();
                    let item = pop!();
                    unless_in!(value, item, list, target);
                }
                Op::UnlessInputStarts {
                    value,
                    gas,
                    word,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    let (left, right) = (load!(word as usize), constant!(k));
                    let found =
                        text_test!(left, right, right & 0xffff_ffff, |a, b| a.starts_with(b));
                    let holds = found == (value != 0);
                    note!([left, 0], [right, 0], holds);
                    unless!(holds, target);
                }
                Op::UnlessInputEnds {
                    value,
                    gas,
                    word,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    let (left, right) = (load!(word as usize), constant!(k));
                    let found = text_test!(left, right, right & 0xffff_ffff, |a, b| a.ends_with(b));
                    let holds = found == (value != 0);
                    note!([left, 0], [right, 0], holds);
                    unless!(holds, target);
                }
                Op::UnlessFieldInInput {
                    value,
                    gas,
                    slot,
                    offset,
                    word,
                    target,
                } => {
                    charge!(gas, entry);
                    let at = word_of(cell!(fp.wrapping_add(usize::from(slot))));
                    let item = load!(at.wrapping_add(usize::from(offset)));
                    unless_in!(value, item, load!(word as usize), target);
                }
                Op::UnlessLocalInInput {
                    value,
                    gas,
                    slot,
                    word,
                    target,
                } => {
                    charge!(gas, entry);
                    let item = cell!(fp.wrapping_add(usize::from(slot)));
                    unless_in!(value, item, load!(word as usize), target);
                }
                Op::UnlessLocalConst {
                    cmp,
                    gas,
                    slot,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    unless_word!(
                        cmp,
                        cell!(fp.wrapping_add(usize::from(slot))),
                        constant!(k),
                        target
                    );
                }
                Op::UnlessFieldConst {
                    cmp,
                    gas,
                    slot,
                    offset,
                    k,
                    target,
                } => {
                    charge!(gas, entry);
                    let at = word_of(cell!(fp.wrapping_add(usize::from(slot))))
                        .wrapping_add(usize::from(offset));
                    unless_word!(cmp, load!(at), constant!(k), target);
                }
            }
        };
        self.slack = slack;
        let at = pc.wrapping_sub(1);
        let outer = match std::mem::take(&mut self.trace.outer) {
            0 => at as u32,
            behind => behind.wrapping_sub(1),
        };
        let point = PointId(code.infos.get(at).map_or(0, |info| info.point));
        Ending::Failed(fault.error(point), outer)
    }

    /// Takes the effects of an entry, and charges for each. Gives the slack: what was charged before a fault is used.
    #[inline(never)]
    fn take_entry(&mut self, entry: u32, word: u64, mut slack: u64) -> (u64, Option<Fault>) {
        let program = self.program;
        let value = match &program.program().body {
            Body::Policy(policy) => policy.effects.get(entry as usize).map(|e| &e.value.ty),
            Body::Guard(_) => None,
        };
        let taken = match value {
            Some(ty) => self.take(ty, word, &mut slack),
            None => Err(INTERNAL),
        };
        self.effects.push(RawEffect { entry, word });
        (slack, taken.err())
    }

    fn take(&mut self, ty: &Type, word: u64, slack: &mut u64) -> Result<(), Fault> {
        match ty {
            Type::Effect => {
                let amount = self.word(word_of(word).wrapping_add(1))?;
                self.charge(&Gas::in_layer(Layer::Storage, amount), slack)
            }
            Type::Option(inner) => {
                let at = word_of(word);
                match self.word(at)? {
                    0 => Ok(()),
                    _ => self.take_at(inner, at.wrapping_add(1), slack),
                }
            }
            Type::List(inner, _) => {
                let list = Handle(word);
                let stride = inner.words(&self.program.program().records) as usize;
                let mut at = list.address() as usize / 8;
                for _ in 0..list.length() {
                    self.charge(&Gas::compute(gas::ELEMENT), slack)?;
                    self.take_at(inner, at, slack)?;
                    at = at.wrapping_add(stride);
                }
                Ok(())
            }
            _ => Err(INTERNAL),
        }
    }

    /// The same of a value that stands at a word of memory.
    fn take_at(&mut self, ty: &Type, at: usize, slack: &mut u64) -> Result<(), Fault> {
        let word = match ty.repr() {
            Repr::Ref => (at as u64).wrapping_mul(8),
            _ => self.word(at)?,
        };
        self.take(ty, word, slack)
    }

    fn charge(&mut self, gas: &Gas, slack: &mut u64) -> Result<(), Fault> {
        *slack = self.meter.charge(*slack, gas).map_err(Fault::Gas)?;
        Ok(())
    }

    fn word(&self, at: usize) -> Result<u64, Fault> {
        let word = self.memory.get(at).ok_or(INTERNAL)?;
        Ok(u64::from_le_bytes(*word))
    }

    // Facts: away from the loop, because they are rare and long.

    #[inline(never)]
    fn trust(&mut self, did: u64) -> Result<Option<u64>, Fault> {
        let did = text::str(self.memory, did).ok_or(INTERNAL)?;
        match self.facts.trust(did) {
            Err(_) => Err(Fault::FactFailed(FactKind::Trust)),
            Ok(None) => Ok(None),
            Ok(Some(answer)) if trust::is_valid(&answer) => {
                self.new_vector(&answer).map(Some).ok_or(INTERNAL)
            }
            Ok(Some(_)) => Err(Fault::FactFailed(FactKind::Trust)),
        }
    }

    #[inline(never)]
    fn has_credential(&mut self, subject: u64, pattern: u64) -> Result<Option<bool>, Fault> {
        let subject = text::str(self.memory, subject).ok_or(INTERNAL)?;
        let pattern = text::str(self.memory, pattern).ok_or(INTERNAL)?;
        let answer = self.facts.has_credential(subject, pattern);
        answer.map_err(|_| Fault::FactFailed(FactKind::HasCredential))
    }

    /// Equal texts have equal handles, so a glob that was the last one need not be read again.
    #[inline(never)]
    fn glob_match(&mut self, text: u64, glob: u64) -> Result<bool, Fault> {
        if !self.glob.knows(glob) {
            let read = text::str(self.memory, glob).ok_or(INTERNAL)?;
            if read.len() > PATTERN_SOURCE_BYTES_MAX {
                return Err(INTERNAL);
            }
            let learned = self.glob.learn(glob, read);
            learned.map_err(|glob::Unfinished| Fault::BadGlob)?;
        }
        let text = text::bytes(self.memory, text).ok_or(INTERNAL)?;
        self.glob.matches(text).ok_or(INTERNAL)
    }

    #[inline(never)]
    fn ask(&mut self, kind: FactKind, args: &[u64]) -> Result<Option<[u64; 2]>, Fault> {
        let mut texts = [""; 2];
        for (text, handle) in texts.iter_mut().zip(args) {
            *text = text::str(self.memory, *handle).ok_or(INTERNAL)?;
        }
        let texts = texts.get(..args.len()).ok_or(INTERNAL)?;
        let answer = self
            .facts
            .ask(kind, texts)
            .map_err(|_| Fault::FactFailed(kind))?;
        reserve(self.memory, self.top, answer_words(&answer)).ok_or(INTERNAL)?;
        let mut top = u32::try_from(self.top * 8).map_err(|_| INTERNAL)?;
        let mut arena = memory::Arena {
            memory: self.memory.as_flattened_mut(),
            top: &mut top,
        };
        let words =
            memory::write_answer(kind, &answer, self.interner, self.input_texts, &mut arena);
        self.top = top as usize / 8;
        words.map_err(|error| match error {
            memory::AnswerError::NoRoom => INTERNAL,
            _ => Fault::FactFailed(kind),
        })
    }

    /// A new option of what a text says.
    fn new_said(&mut self, form: Form, text: u64) -> Option<u64> {
        let said = form.read(text::str(self.memory, text)?);
        let address = alloc(
            self.memory,
            &mut self.top,
            usize::try_from(form.option_words()).ok()?,
        )?;
        let words = match said {
            None => return Some(address),
            Some(Said::Word(word)) => [1, word.cast_unsigned(), 0],
            Some(Said::Wide(wide)) => {
                let [low, high] = halves(wide);
                [1, low, high]
            }
        };
        let cells = self.memory.get_mut(word_of(address)..self.top)?;
        for (cell, word) in cells.iter_mut().zip(words) {
            *cell = word.to_le_bytes();
        }
        Some(address)
    }

    /// A new text that is made of another.
    fn new_text(&mut self, making: Making, text: u64) -> Option<u64> {
        let length = making.part(text::str(self.memory, text)?).len();
        let address = alloc(self.memory, &mut self.top, length.div_ceil(8))?;
        let (before, new) = self.memory.split_at_mut_checked(word_of(address))?;
        let part = making.part(text::str(before, text)?);
        let place = new.as_flattened_mut().get_mut(..length)?;
        place.copy_from_slice(part.as_bytes());
        making.recase(place);
        handle(address, length as u64)
    }

    /// A new list of the parts of a text.
    fn split(&mut self, splitting: Splitting, text: u64) -> Option<u64> {
        let most = usize::try_from(splitting.most).ok()?;
        let list = alloc(self.memory, &mut self.top, most)?;
        let (mut from, mut count) = (0, 0);
        loop {
            let rest = text::bytes(self.memory, text)?.get(from..)?;
            let cut = match count + 1 < most {
                true => splitting.cut(rest),
                false => None,
            };
            let (length, next) = cut.unwrap_or((rest.len(), rest.len()));
            let part = alloc(self.memory, &mut self.top, length.div_ceil(8))?;
            let (before, new) = self.memory.split_at_mut_checked(word_of(part))?;
            let bytes = text::bytes(before, text)?.get(from..from + length)?;
            new.as_flattened_mut()
                .get_mut(..length)?
                .copy_from_slice(bytes);
            *self.memory.get_mut(word_of(list) + count)? =
                handle(part, length as u64)?.to_le_bytes();
            count += 1;
            from += next;
            if cut.is_none() {
                return handle(list, count as u64);
            }
        }
    }

    fn new_vector(&mut self, vector: &Trust) -> Option<u64> {
        let address = alloc(self.memory, &mut self.top, vector.len())?;
        let cells = self.memory.get_mut(word_of(address)..)?;
        for (cell, component) in cells.iter_mut().zip(vector) {
            *cell = component.to_bits().to_le_bytes();
        }
        Some(address)
    }
}

impl Fault {
    #[cold]
    fn error(self, point: PointId) -> EvalError {
        match self {
            Self::Overflow => EvalError::Overflow { point },
            Self::DivisionByZero => EvalError::DivisionByZero { point },
            Self::NotFinite => EvalError::NotFinite { point },
            Self::NoValue => EvalError::NoValue { point },
            Self::BadGlob => EvalError::BadGlob { point },
            Self::Unknown(kind) => EvalError::UnknownFact { kind, point },
            Self::FactFailed(kind) => EvalError::FactFailed { kind, point },
            Self::Gas(layer) => EvalError::GasExhausted { layer },
            Self::Internal => EvalError::Internal,
        }
    }
}

#[inline]
fn ints(cmp: Cmp, left: u64, right: u64) -> bool {
    let (left, right) = (left.cast_signed(), right.cast_signed());
    cmp.holds(left, right)
}

#[inline]
fn numbers(cmp: Cmp, left: u64, right: u64) -> bool {
    let (left, right) = (f64::from_bits(left), f64::from_bits(right));
    cmp.holds(left, right)
}

/// The word an address names.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits")]
fn word_of(address: u64) -> usize {
    (address as u32 / 8) as usize
}

/// The words of a list.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "halves of a handle")]
fn words(memory: &Memory, list: u64, stride: usize) -> Option<&[[u8; 8]]> {
    let first = (list >> 32) as usize / 8;
    let count = (list as u32) as usize * stride;
    memory.get(first..first.checked_add(count)?)
}

/// Eight words at a time, so that the comparison of a chunk is a few vector instructions.
#[inline]
fn contains_word(words: &[[u8; 8]], item: u64) -> bool {
    let item = item.to_le_bytes();
    let (chunks, rest) = words.as_chunks::<8>();
    chunks.iter().any(|chunk| {
        chunk
            .iter()
            .fold(false, |found, word| found | (*word == item))
    }) || rest.contains(&item)
}

fn contains_wide(words: &[[u8; 8]], item: i128) -> bool {
    let (wides, _) = words.as_chunks::<2>();
    let [low, high] = halves(item);
    let item = [low.to_le_bytes(), high.to_le_bytes()];
    wides.contains(&item)
}

const CIDR_WORDS: usize = Cidr::WORDS as usize;

/// The places of the first and last address of the network at an address.
#[inline]
fn ends(memory: &Memory, address: u64) -> Option<RangeInclusive<i128>> {
    let words = memory
        .get(word_of(address)..)?
        .first_chunk::<CIDR_WORDS>()?;
    Some(between(words))
}

#[inline]
fn between(words: &[[u8; 8]; CIDR_WORDS]) -> RangeInclusive<i128> {
    let [first, last] = Cidr::ends(words.map(u64::from_le_bytes));
    first..=last
}

fn in_one_of(words: &[[u8; 8]], ip: i128) -> bool {
    let (cidrs, _) = words.as_chunks::<CIDR_WORDS>();
    cidrs.iter().any(|words| between(words).contains(&ip))
}

fn vector(memory: &Memory, address: u64) -> Option<Trust> {
    let words = memory.get(word_of(address)..)?.first_chunk::<6>()?;
    Some(words.map(|word| f64::from_bits(u64::from_le_bytes(word))))
}

/// Zeroed words of the arena; gives their address.
fn alloc(memory: &mut Memory, top: &mut usize, words: usize) -> Option<u64> {
    let first = *top;
    reserve(memory, first, words)?;
    memory.get_mut(first..first + words)?.fill([0; 8]);
    *top = first + words;
    Some(first as u64 * 8)
}

/// Makes room for so many words. Memory has the room the program's bound asks for, so it grows only for bytecode whose
/// bound is wrong, and then up to a limit.
#[inline]
fn reserve(memory: &mut Memory, top: usize, words: usize) -> Option<()> {
    if words > memory.len().saturating_sub(top) {
        grow(memory, top, words)?;
    }
    Some(())
}

#[cold]
fn grow(memory: &mut Memory, top: usize, words: usize) -> Option<()> {
    let needed = top.checked_add(words)?;
    if needed > MEMORY_BYTES_MAX / 8 {
        return None;
    }
    memory.resize(needed, [0; 8]);
    Some(())
}

fn copy(memory: &mut Memory, from: usize, to: usize, words: usize) -> Option<()> {
    let end = from.checked_add(words)?;
    if end > memory.len() || to.checked_add(words)? > memory.len() {
        return None;
    }
    memory.copy_within(from..end, to);
    Some(())
}

/// Elements of a list.
const fn elements(list: u64) -> u64 {
    list & 0xffff_ffff
}

/// The list of the elements of two lists.
fn append(memory: &mut Memory, top: &mut usize, lists: [u64; 2], stride: usize) -> Option<u64> {
    let words = lists.map(|list| usize::try_from(elements(list)).ok()?.checked_mul(stride));
    let [left, right] = words;
    let (left, right) = (left?, right?);
    let made = alloc(memory, top, left.checked_add(right)?)?;
    copy(memory, word_of(lists[0] >> 32), word_of(made), left)?;
    copy(memory, word_of(lists[1] >> 32), word_of(made) + left, right)?;
    handle(made, elements(lists[0]) + elements(lists[1]))
}

/// The list of the pairs of two lists.
fn zip(memory: &mut Memory, top: &mut usize, lists: [u64; 2], strides: [usize; 2]) -> Option<u64> {
    let count = elements(lists[0]).min(elements(lists[1]));
    let pair = strides[0].checked_add(strides[1])?;
    let words = usize::try_from(count).ok()?.checked_mul(pair)?;
    let made = alloc(memory, top, words)?;
    let mut to = word_of(made);
    let mut from = lists.map(|list| word_of(list >> 32));
    for _ in 0..count {
        for (from, stride) in from.iter_mut().zip(strides) {
            copy(memory, *from, to, stride)?;
            *from = from.checked_add(stride)?;
            to = to.checked_add(stride)?;
        }
    }
    handle(made, count)
}

/// The handle of a list or text that was made; the empty one is 0.
fn handle(address: u64, count: u64) -> Option<u64> {
    if count > 0xffff_ffff {
        return None;
    }
    Some(if count == 0 { 0 } else { address << 32 | count })
}

/// Words that writing an answer takes at most.
fn answer_words(answer: &crate::host::facts::Answer) -> usize {
    use crate::host::facts::Answer;
    // Canonical JSON is at most as long as what it is made of, but for escapes of control characters.
    let text = |text: &String| text.len() / 8 * 6 + 8;
    match answer {
        Answer::Text(answer) => text(answer),
        Answer::Texts(answers) => answers.iter().map(|answer| 1 + text(answer)).sum(),
        _ => 8,
    }
}
