//! Bytecode as text: one instruction a line, with the source it comes from.

use std::fmt::Write as _;

use crate::bound::bound;
use crate::vm::CompiledProgram;

/// The listing of a program. Instructions are described in docs/bytecode.md.
#[must_use]
pub fn disassemble(compiled: &CompiledProgram) -> String {
    let program = compiled.program();
    let code = compiled.code();
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "; \"{}\"  {} instructions, {}",
        program.name,
        code.ops.len(),
        bound(program)
    );
    let mut last = None;
    for (pc, (op, info)) in code.ops.iter().zip(&code.infos).enumerate() {
        for (number, function) in code.functions.iter().enumerate() {
            if function.entry as usize == pc {
                let _ = writeln!(out, "; function {number}");
            }
        }
        let point = program
            .points
            .get(info.point as usize)
            .filter(|_| last != Some(info.point));
        last = Some(info.point);
        let instruction = format!("{op:?}");
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
