//! Bytecode as text: one instruction a line, with the rules and the source it comes from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::engines::vm::CompiledProgram;
use crate::engines::vm::bytecode::{Code, NONE, Op};
use crate::host::outcome::word;
use crate::ir::bound::bound;
use crate::ir::{Body, Group, Program};

/// The listing of a program. Instructions are described in docs/bytecode.md.
#[must_use]
pub fn disassemble(compiled: &CompiledProgram) -> String {
    let program = compiled.program();
    let code = compiled.code();
    let headings = headings(program, code);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "; \"{}\"  {} instructions, {}",
        program.name,
        code.ops.len(),
        bound(program).map_or_else(|broken| broken.to_string(), |bound| bound.to_string())
    );
    let mut last = 0;
    for (pc, (op, info)) in (0..).zip(code.ops.iter().zip(&code.infos)) {
        for heading in headings.get(&pc).into_iter().flatten() {
            let _ = writeln!(out, "; {heading}");
        }
        // Point 0 is the whole program: it says nothing about one instruction.
        let point = program
            .points
            .get(info.point as usize)
            .filter(|_| info.point != 0 && info.point != last);
        last = info.point;
        let instruction = instruction(op);
        let _ = match point {
            Some(point) => {
                let (line, column) = point.line_column;
                writeln!(
                    out,
                    "{pc:6}  {instruction:<48}  ; {line}:{column} {}",
                    point.text
                )
            }
            None => writeln!(out, "{pc:6}  {instruction}"),
        };
    }
    out
}

/// `Name operand=value …`.
fn instruction(op: &Op) -> String {
    let debug = format!("{op:?}");
    debug
        .replace(" { ", " ")
        .replace(" }", "")
        .replace(": ", "=")
        .replace(',', "")
        .replace(&format!("={NONE}"), "=none")
}

/// What begins at an instruction: functions, groups, rules.
fn headings(program: &Program, code: &Code) -> BTreeMap<u32, Vec<String>> {
    let mut headings: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (number, function) in code.functions.iter().enumerate() {
        let heading = format!("function {number}");
        headings.entry(function.entry).or_default().push(heading);
    }
    let Body::Policy(policy) = &program.body else {
        return headings;
    };
    for (group, coded) in policy.groups.iter().zip(&code.groups) {
        let combine = format!("{:?}", group.combine).to_lowercase();
        let heading = format!("{} {combine}", word(group.decision));
        headings.entry(coded.start).or_default().push(heading);
        let rules = code.rules.iter().skip(coded.rules as usize);
        for (entry, rules) in by_entry(group, rules.map(|r| r.entry)) {
            let heading = rules_in_words(program, group, &rules);
            headings.entry(entry).or_default().push(heading);
        }
    }
    headings
}

/// The rules of a group by their first instruction, which rules of one shape share.
fn by_entry(group: &Group, entries: impl Iterator<Item = u32>) -> BTreeMap<u32, Vec<usize>> {
    let mut by_entry: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for ((rule, _), entry) in group.rules.iter().enumerate().zip(entries) {
        by_entry.entry(entry).or_default().push(rule);
    }
    by_entry
}

fn rules_in_words(program: &Program, group: &Group, rules: &[usize]) -> String {
    let first = rules.first().and_then(|rule| group.rules.get(*rule));
    let Some(first) = first else {
        return String::new();
    };
    let source = program.points.get(first.point.0 as usize);
    let source: &str = source.map_or("", |point| &point.text);
    let rule = match source.strip_prefix(&*first.name) {
        Some(_) => source.to_owned(),
        None => format!("{}: {source}", first.name),
    };
    match rules.len() {
        1 => format!("rule {rule}"),
        count => format!("{count} rules of one shape, the first {rule}"),
    }
}
