//! docs/bytecode.md, made from the instruction table.

use std::fmt::Write as _;

use super::bytecode::{Instruction, Kind, TABLE};
use super::file::FORMAT_VERSION;
use crate::limits::{MEMORY_BYTES_MAX, STACK_WORDS};

const INTRODUCTION: &str = "# ECL bytecode

This page is made from the instruction table of the engine (`crates/tollgate-ecl/src/engines/vm/bytecode.rs`) and checked by a test.

## The machine

A program is code, constants and tables, next to the checked program it was made from. A machine has

* a **stack** of {stack} untyped 64-bit cells. At the bottom of a frame stand the locals, in a function then the caller's place,
  then values. A wide value (decimal, money, quantity, ip: an `i128`) takes two cells, low half first;
* a **memory** of little-endian words: the constants from address 0, the input behind them, above it an arena that is emptied
  before each evaluation. At most {memory} MiB. Addresses on the stack count bytes, operands count words;
* **gas** in four layers with a limit each and one over all. A charge that does not fit is not made and ends the evaluation.

Control goes forward, except back to the body of a loop, and each iteration charges. Calls go to earlier functions. So every
program ends, after at most as many steps as its gas allows.

A fact that is unknown goes on at the default of the `else` around the question: at `unknown`, after `drop` cells below the
arguments were dropped. In a function without such an `else` it goes on at a `ReturnUnknown`, and from there where the call says.
The stack's height at the default is known from the code and verified like that of every other place.

An instruction with a `gas` operand charges that much in the compute layer before anything else. Where the last column is empty,
the instruction's cost is part of a `Charge` of its block. `Next…` and `Again…` take a charge in more than the compute layer from the gas
table when the highest bit of the operand is set. Targets are instruction numbers.

The rules of a group may be in **buckets**, of which an index gives one. `Lookup` takes the bucket of the very key. `Search` takes that of the
interval the key lies in: ascending *cuts* split the values of a type, and the number of cuts that are not above the key is the number of its
interval. A cut among texts is a piece of the constants and a side of it: before the text, behind it, or behind all that begin with it.

An explanation runs the same instructions; a table beside the code says at which of them operands and outcome of a condition are
noted.

## Files

Version {version}. Bytes 0..4 `ECLB`; 4..6 format version, 6..8 version of the gas table, both little-endian; 8..40 SHA-256 of the rest;
then the program and its code in [postcard](https://postcard.jamesmunns.com/wire-format)'s encoding. Code is verified when it is
loaded: operands, jump targets, the kinds and number of cells at every instruction, locals, calls, the rule tables, the stack's
height. Verified code cannot panic, loop for ever or read outside of its memory.

Nothing that a file says of itself is believed: layouts, texts, numbers of conditions, worst case and hash of the program are computed
again, and the code has to be the one that the program compiles to. Reading takes at most 128 MiB, whatever the file says.

## Instructions

Stack effect: what is taken, topmost last, → what is left. `w` is a word, `W` a wide.

| instruction | operands | stack | what it does | gas |
|---|---|---|---|---|
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = INTRODUCTION
        .replace("{stack}", &STACK_WORDS.to_string())
        .replace("{memory}", &(MEMORY_BYTES_MAX / 1024 / 1024).to_string())
        .replace("{version}", &FORMAT_VERSION.to_string());
    for instruction in TABLE {
        row(&mut page, instruction);
    }
    page
}

fn row(page: &mut String, instruction: &Instruction) {
    let Instruction {
        name,
        operands,
        pops,
        pushes,
        gas,
        doc,
    } = instruction;
    let doc: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
    let doc = doc.join(" ").replace('|', "\\|");
    let (operands, pops, pushes) = (operands.join(", "), kinds(pops), kinds(pushes));
    // Writing to a string cannot fail.
    let _written = writeln!(
        page,
        "| `{name}` | {operands} | {pops} → {pushes} | {doc} | {gas} |"
    );
}

fn kinds(kinds: &[Kind]) -> String {
    let names = kinds.iter().map(|kind| match kind {
        Kind::Word => "w",
        Kind::Wide => "W",
    });
    names.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_page_of_the_bytecode_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bytecode.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, super::page()).unwrap();
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            page,
            super::page(),
            "docs/bytecode.md is not current: run this test with UPDATE=1"
        );
    }
}
