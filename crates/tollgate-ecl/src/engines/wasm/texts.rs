//! Runtime functions on texts. All are linear in the lengths; the last word of a text is padded with zeros, and words that
//! reach beyond a text are masked.

use wasm_encoder::{BlockType, ValType};

use super::body::Body;
use super::emitter::{Emitter, global};
use super::runtime::Runtime;
use super::search;

const I32: ValType = ValType::I32;
const I64: ValType = ValType::I64;

/// Address and length of the handle in a parameter, in locals.
pub(super) fn open(f: &mut Body, handle: u32) -> (u32, u32) {
    let [address, length] = f.locals(I32);
    f.get(handle);
    f.i64(32);
    f.i().i64_shr_u().i32_wrap_i64();
    f.set(address);
    f.get(handle);
    f.i().i32_wrap_i64();
    f.set(length);
    (address, length)
}

fn return_false(f: &mut Body) {
    f.i32(0);
    f.i().return_();
}

fn return_true(f: &mut Body) {
    f.i32(1);
    f.i().return_();
}

pub(super) fn add(f: &mut Body, local: u32, constant: u32) {
    f.get(local);
    f.i32(constant);
    f.i().i32_add();
    f.set(local);
}

/// `(a, b, bytes) -> bool`: the bytes at `a` are those at `b`. Only `b` is a text whose padding ends it.
pub(super) fn same_bytes(f: &mut Body) {
    const A: u32 = 0;
    const B: u32 = 1;
    const LEFT: u32 = 2;
    let at = f.at(0);
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(LEFT);
    f.i32(8);
    f.i().i32_lt_u();
    f.br_if(done);
    f.get(A);
    f.i().i64_load(at).local_get(B).i64_load(at).i64_ne();
    f.if_(BlockType::Empty);
    return_false(f);
    f.end();
    add(f, A, 8);
    add(f, B, 8);
    f.get(LEFT);
    f.i32(8);
    f.i().i32_sub();
    f.set(LEFT);
    f.br(again);
    f.end();
    f.end();
    f.get(LEFT);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    return_true(f);
    f.end();
    // The last bytes: what differs above them is shifted out.
    f.get(A);
    f.i().i64_load(at).local_get(B).i64_load(at).i64_xor();
    f.i64(64);
    f.get(LEFT);
    f.i32(3);
    f.i().i32_shl().i64_extend_i32_u();
    f.i().i64_sub().i64_shl().i64_eqz();
}

/// `(text) -> int`: its bytes without those that go on with a character.
pub(super) fn characters(f: &mut Body) {
    let (address, length) = open(f, 0);
    let end = f.local(I32);
    let [word, count] = f.locals(I64);
    f.get(length);
    f.i().i64_extend_i32_u();
    f.set(count);
    f.get(address);
    f.get(length);
    f.i().i32_add();
    f.set(end);
    let at = f.at(0);
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(address);
    f.get(end);
    f.i().i32_ge_u();
    f.br_if(done);
    // The padding behind a text is no such byte.
    f.get(count);
    f.get(address);
    f.i().i64_load(at);
    f.tee(word);
    f.i64(7);
    f.i().i64_shr_u();
    f.get(word);
    f.i64(6);
    f.i().i64_shr_u();
    f.i64(u64::MAX);
    f.i().i64_xor().i64_and();
    f.i64(0x0101_0101_0101_0101);
    f.i().i64_and().i64_popcnt().i64_sub();
    f.set(count);
    add(f, address, 8);
    f.br(again);
    f.end();
    f.end();
    f.get(count);
}

/// `(text, prefix) -> bool`
pub(super) fn starts_with(e: &mut Emitter<'_>, f: &mut Body) {
    Affix::Prefix.test(e, f);
}

/// `(text, suffix) -> bool`
pub(super) fn ends_with(e: &mut Emitter<'_>, f: &mut Body) {
    Affix::Suffix.test(e, f);
}

/// A part of a text that is looked for at one of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affix {
    Prefix,
    Suffix,
}

impl Affix {
    /// Whether the second text stands at that end of the first.
    fn test(self, e: &mut Emitter<'_>, f: &mut Body) {
        let (address, length) = open(f, 0);
        let (other, bytes) = open(f, 1);
        f.get(length);
        f.get(bytes);
        f.i().i32_lt_u();
        f.if_(BlockType::Empty);
        return_false(f);
        f.end();
        f.get(address);
        if self == Self::Suffix {
            f.get(length);
            f.get(bytes);
            f.i().i32_sub().i32_add();
        }
        f.get(other);
        f.get(bytes);
        e.call(f, Runtime::SameBytes);
    }
}

/// How the places of a text are tested for the first and the last byte of a needle, many at a time.
///
/// Both ways leave a mask whose lowest set bit is exact; higher ones may be false in words, and are tested again when they
/// become the lowest.
#[derive(Clone, Copy)]
enum Stride {
    /// Eight places in a word; the mask has eight bits for each.
    Word,
    /// Sixteen places in a vector; the mask has one bit for each.
    Vector,
}

impl Stride {
    fn places(self) -> u32 {
        match self {
            Self::Word => 8,
            Self::Vector => 16,
        }
    }

    /// The byte at an address, less one when there is a length to add first, in every place.
    fn broadcast(self, f: &mut Body, address: u32, length: Option<u32>) -> u32 {
        let at = f.at(0);
        f.get(address);
        if let Some(length) = length {
            f.get(length);
            f.i().i32_add();
            f.i32(1);
            f.i().i32_sub();
        }
        let all = match self {
            Self::Word => {
                f.i().i64_load8_u(at);
                f.i64(0x0101_0101_0101_0101);
                f.i().i64_mul();
                f.local(I64)
            }
            Self::Vector => {
                f.i().i32_load8_u(at).i8x16_splat();
                f.local(ValType::V128)
            }
        };
        f.set(all);
        all
    }

    /// Leaves in a local the mask of the places from `place` on whose byte is `first` and whose byte `reach` further on is
    /// `last`; branches on nothing.
    fn candidates(
        self,
        f: &mut Body,
        [place, reach]: [u32; 2],
        [first, last]: [u32; 2],
        mask: u32,
    ) {
        let at = f.at(0);
        match self {
            Self::Word => {
                // A byte of x is zero where both bytes fit.
                f.get(place);
                f.i().i64_load(at).local_get(first).i64_xor();
                f.get(place);
                f.get(reach);
                f.i().i32_add().i64_load(at).local_get(last).i64_xor();
                f.i().i64_or();
                f.set(mask);
                f.get(mask);
                f.i64(0x0101_0101_0101_0101);
                f.i().i64_sub();
                f.get(mask);
                f.i64(u64::MAX);
                f.i().i64_xor().i64_and();
                f.i64(0x8080_8080_8080_8080);
                f.i().i64_and();
            }
            Self::Vector => {
                f.get(place);
                f.i().v128_load(at).local_get(first).i8x16_eq();
                f.get(place);
                f.get(reach);
                f.i().i32_add().v128_load(at).local_get(last).i8x16_eq();
                f.i().v128_and().i8x16_bitmask().i64_extend_i32_u();
            }
        }
        f.set(mask);
    }

    /// Turns the number of the lowest bit of a mask, on the stack, into the number of a place.
    fn place_of_bit(self, f: &mut Body) {
        if let Self::Word = self {
            f.i32(3);
            f.i().i32_shr_u();
        }
    }
}

/// `(text, needle) -> bool`
///
/// Many places at a time are tested for the needle's first and last byte. A place that passes is compared in full; when
/// that has been in vain for more bytes than the text has, [`contains_linear`] takes over, so the whole stays linear.
pub(super) fn contains(e: &mut Emitter<'_>, f: &mut Body) {
    let stride = if e.simd { Stride::Vector } else { Stride::Word };
    let (text, length) = open(f, 0);
    let (needle, bytes) = open(f, 1);
    f.get(bytes);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    return_true(f);
    f.end();
    f.get(bytes);
    f.get(length);
    f.i().i32_gt_u();
    f.if_(BlockType::Empty);
    return_false(f);
    f.end();
    let first = stride.broadcast(f, needle, None);
    let last = stride.broadcast(f, needle, Some(bytes));
    let [place, stop, reach, budget, found] = f.locals(I32);
    let candidates = f.local(I64);
    f.get(text);
    f.set(place);
    // One past the last place.
    f.get(text);
    f.get(length);
    f.get(bytes);
    f.i().i32_sub().i32_add();
    f.i32(1);
    f.i().i32_add();
    f.set(stop);
    f.get(bytes);
    f.i32(1);
    f.i().i32_sub();
    f.set(reach);
    f.get(length);
    f.i32(64);
    f.i().i32_add();
    f.set(budget);
    let end = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(place);
    f.get(stop);
    f.i().i32_ge_u();
    f.br_if(end);
    stride.candidates(f, [place, reach], [first, last], candidates);
    f.get(candidates);
    f.i().i64_eqz();
    f.if_(BlockType::Empty);
    add(f, place, stride.places());
    f.br(again);
    f.end();
    f.get(place);
    f.get(candidates);
    f.i().i64_ctz().i32_wrap_i64();
    stride.place_of_bit(f);
    f.i().i32_add();
    f.tee(found);
    f.get(stop);
    f.i().i32_ge_u();
    f.br_if(end);
    f.get(found);
    f.get(needle);
    f.get(bytes);
    e.call(f, Runtime::SameBytes);
    f.if_(BlockType::Empty);
    return_true(f);
    f.end();
    f.get(budget);
    f.get(bytes);
    f.i().i32_lt_s();
    f.if_(BlockType::Empty);
    f.get(0);
    f.get(1);
    e.call(f, Runtime::ContainsLinear);
    f.i().return_();
    f.end();
    f.get(budget);
    f.get(bytes);
    f.i().i32_sub();
    f.set(budget);
    f.get(found);
    f.i32(1);
    f.i().i32_add();
    f.set(place);
    f.br(again);
    f.end();
    f.end();
    f.i32(0);
}

/// `(text, needle) -> bool` by Knuth, Morris and Pratt; the failure table stands at the free end of the arena. The needle
/// is not empty.
pub(super) fn contains_linear(e: &mut Emitter<'_>, f: &mut Body) {
    let (text, length) = open(f, 0);
    let (needle, bytes) = open(f, 1);
    let [table, i, matched] = f.locals(I32);
    let at = f.at(0);
    f.i().global_get(global::ARENA).local_tee(table);
    f.get(bytes);
    f.i32(4);
    f.i().i32_mul().i32_add();
    search::ensure(e, f);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    f.i().unreachable();
    f.end();
    // The longest proper prefix that ends each prefix.
    f.get(table);
    f.i32(0);
    f.i().i32_store(at);
    f.i32(1);
    f.set(i);
    f.i32(0);
    f.set(matched);
    let matcher = Matcher {
        needle,
        bytes,
        table,
        i,
        matched,
    };
    matcher.run(f, Pass::Table);
    f.i32(0);
    f.set(i);
    f.i32(0);
    f.set(matched);
    matcher.run(f, Pass::Search { text, length });
    f.i32(0);
}

/// Registers of the search of Knuth, Morris and Pratt.
struct Matcher {
    /// Address and length of the needle.
    needle: u32,
    bytes: u32,
    /// Address of the failure table.
    table: u32,
    /// The place in the text that is run over.
    i: u32,
    /// Length of the needle's prefix that ends there.
    matched: u32,
}

/// What a run of a matcher is for.
#[derive(Clone, Copy)]
enum Pass {
    /// Runs over the needle and writes the table.
    Table,
    /// Runs over a text and returns true when the whole needle was in it.
    Search { text: u32, length: u32 },
}

impl Matcher {
    fn run(&self, f: &mut Body, pass: Pass) {
        let Self {
            needle,
            bytes,
            table,
            i,
            matched,
        } = *self;
        let (subject, length) = match pass {
            Pass::Table => (needle, bytes),
            Pass::Search { text, length } => (text, length),
        };
        let at = f.at(0);
        let entry = |f: &mut Body, index: u32, minus: u32| {
            f.get(table);
            f.get(index);
            f.i32(minus);
            f.i().i32_sub();
            f.i32(2);
            f.i().i32_shl().i32_add();
        };
        let byte = |f: &mut Body, base: u32, index: u32| {
            f.get(base);
            f.get(index);
            f.i().i32_add().i32_load8_u(at);
        };
        let end = f.block(BlockType::Empty);
        let again = f.loop_();
        f.get(i);
        f.get(length);
        f.i().i32_ge_u();
        f.br_if(end);
        // Fall back while the next byte does not fit.
        let settled = f.block(BlockType::Empty);
        let fall = f.loop_();
        byte(f, subject, i);
        byte(f, needle, matched);
        f.i().i32_eq();
        f.if_(BlockType::Empty);
        add(f, matched, 1);
        f.br(settled);
        f.end();
        f.get(matched);
        f.i().i32_eqz();
        f.br_if(settled);
        entry(f, matched, 1);
        f.i().i32_load(at);
        f.set(matched);
        f.br(fall);
        f.end();
        f.end();
        match pass {
            Pass::Table => {
                entry(f, i, 0);
                f.get(matched);
                f.i().i32_store(at);
            }
            Pass::Search { .. } => {
                f.get(matched);
                f.get(bytes);
                f.i().i32_eq();
                f.if_(BlockType::Empty);
                return_true(f);
                f.end();
            }
        }
        add(f, i, 1);
        f.br(again);
        f.end();
        f.end();
    }
}

const COLON: u32 = b':' as u32;
const STAR: u32 = b'*' as u32;

/// Moves `place` to the next colon or the end.
fn skip_segment(f: &mut Body, place: u32, end: u32) {
    let at = f.at(0);
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(place);
    f.get(end);
    f.i().i32_ge_u();
    f.br_if(done);
    f.get(place);
    f.i().i32_load8_u(at);
    f.i32(COLON);
    f.i().i32_eq();
    f.br_if(done);
    add(f, place, 1);
    f.br(again);
    f.end();
    f.end();
}

/// `(did, pattern) -> bool`, as [`did::matches`](crate::data::did::matches): segment by segment.
pub(super) fn did_match(f: &mut Body) {
    let (did, length) = open(f, 0);
    let (pattern, bytes) = open(f, 1);
    let [did_end, pattern_end, did_stop, pattern_stop] = f.locals(I32);
    let at = f.at(0);
    for (end, start, length) in [(did_end, did, length), (pattern_end, pattern, bytes)] {
        f.get(start);
        f.get(length);
        f.i().i32_add();
        f.set(end);
    }
    let again = f.loop_();
    f.get(pattern);
    f.set(pattern_stop);
    skip_segment(f, pattern_stop, pattern_end);
    // A last segment `**` takes whatever is left, and there is at least one segment left here.
    f.get(pattern_stop);
    f.get(pattern_end);
    f.i().i32_eq();
    Stars::Two.fill(f, pattern, pattern_stop);
    f.i().i32_and();
    f.if_(BlockType::Empty);
    return_true(f);
    f.end();
    f.get(did);
    f.set(did_stop);
    skip_segment(f, did_stop, did_end);
    Stars::One.fill(f, pattern, pattern_stop);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    {
        // The segments must be the same bytes.
        f.get(did_stop);
        f.get(did);
        f.i().i32_sub();
        f.get(pattern_stop);
        f.get(pattern);
        f.i().i32_sub().i32_ne();
        f.if_(BlockType::Empty);
        return_false(f);
        f.end();
        let same = f.block(BlockType::Empty);
        let next = f.loop_();
        f.get(did);
        f.get(did_stop);
        f.i().i32_ge_u();
        f.br_if(same);
        f.get(did);
        f.i().i32_load8_u(at).local_get(pattern).i32_load8_u(at);
        f.i().i32_ne();
        f.if_(BlockType::Empty);
        return_false(f);
        f.end();
        add(f, did, 1);
        add(f, pattern, 1);
        f.br(next);
        f.end();
        f.end();
    }
    f.end();
    // Both at their end: a match. One at its end: none.
    f.get(did_stop);
    f.get(did_end);
    f.i().i32_eq();
    f.get(pattern_stop);
    f.get(pattern_end);
    f.i().i32_eq().i32_or();
    f.if_(BlockType::Empty);
    f.get(did_stop);
    f.get(did_end);
    f.i().i32_eq();
    f.get(pattern_stop);
    f.get(pattern_end);
    f.i().i32_eq().i32_and().return_();
    f.end();
    for (place, stop) in [(did, did_stop), (pattern, pattern_stop)] {
        f.get(stop);
        f.i32(1);
        f.i().i32_add();
        f.set(place);
    }
    f.br(again);
    f.end();
    f.i().unreachable();
}

/// A segment of a pattern that stands for others.
#[derive(Clone, Copy)]
enum Stars {
    /// `*`: one segment.
    One,
    /// `**`: all that follow.
    Two,
}

impl Stars {
    /// Leaves whether a segment is just these stars.
    fn fill(self, f: &mut Body, start: u32, stop: u32) {
        let at = f.at(0);
        f.get(stop);
        f.get(start);
        f.i().i32_sub();
        f.i32(match self {
            Self::One => 1,
            Self::Two => 2,
        });
        f.i().i32_eq();
        f.get(start);
        match self {
            Self::One => {
                f.i().i32_load8_u(at);
                f.i32(STAR);
            }
            Self::Two => {
                f.i().i32_load16_u(at);
                f.i32(STAR << 8 | STAR);
            }
        }
        f.i().i32_eq().i32_and();
    }
}

/// `(text, start, classes, class map, table, accepting) -> bool`
pub(super) fn automaton(f: &mut Body) {
    const STATE: u32 = 1;
    const CLASSES: u32 = 2;
    const CLASS_MAP: u32 = 3;
    const TABLE: u32 = 4;
    const ACCEPTING: u32 = 5;
    let (place, length) = open(f, 0);
    let end = f.local(I32);
    let at = f.at(0);
    f.get(place);
    f.get(length);
    f.i().i32_add();
    f.set(end);
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(place);
    f.get(end);
    f.i().i32_ge_u();
    f.br_if(done);
    f.get(TABLE);
    f.get(STATE);
    f.get(CLASSES);
    f.i().i32_mul();
    f.get(CLASS_MAP);
    f.get(place);
    f.i().i32_load8_u(at).i32_add().i32_load8_u(at).i32_add();
    f.i32(1);
    f.i().i32_shl().i32_add().i32_load16_u(at);
    f.tee(STATE);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    return_false(f);
    f.end();
    add(f, place, 1);
    f.br(again);
    f.end();
    f.end();
    f.get(ACCEPTING);
    f.get(STATE);
    f.i().i32_add().i32_load8_u(at);
    f.i32(1);
    f.i().i32_eq();
}
