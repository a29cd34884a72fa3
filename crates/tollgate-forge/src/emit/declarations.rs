//! The types of a module's exports as TypeScript declarations, as JavaScript sees an instance of it.

use std::fmt::Write as _;

use crate::check::exports::{Exported, ExportedType};
use crate::check::types::{Bits, Int, Type};

/// Where a value goes.
#[derive(Clone, Copy)]
enum Direction {
    /// Into the module, which brings it into range.
    In,
    Out,
}

/// Returns the declarations.
pub(crate) fn declarations(exports: &[Exported]) -> String {
    let mut out =
        String::from("// The exports of the module, as an instance in JavaScript has them.\n");
    for export in exports {
        let name = &export.name;
        // Writing to a string cannot fail.
        let _: std::fmt::Result = match &export.what {
            ExportedType::Function { params, result } => {
                let params: Vec<String> = params
                    .iter()
                    .map(|(name, ty)| match ty {
                        // UTF-8 in the memory of the module.
                        Type::Text => format!("{name}_address: number, {name}_length: number"),
                        _ => format!("{name}: {}", written(*ty, Direction::In)),
                    })
                    .collect();
                let head = if name == "default" {
                    "export default function".to_owned()
                } else {
                    format!("export function {name}")
                };
                let result = written(*result, Direction::Out);
                writeln!(out, "{head}({}): {result};", params.join(", "))
            }
            ExportedType::Constant(ty) => {
                let ty = written(*ty, Direction::Out);
                writeln!(out, "export const {name}: {{ readonly value: {ty} }};")
            }
        };
    }
    out
}

fn written(ty: Type, direction: Direction) -> &'static str {
    match (ty, direction) {
        (Type::Boolean, Direction::In) => "boolean",
        // WebAssembly has no booleans to give.
        (Type::Boolean, Direction::Out) => "0 | 1",
        (
            Type::Int(Int {
                bits: Bits::B64, ..
            }),
            _,
        ) => "bigint",
        (Type::Int(_) | Type::F32 | Type::Number | Type::Enum(_), _) => "number",
        // Address and length of UTF-8 in one number: see docs/abi.md.
        (Type::Text, _) => "bigint",
        // Neither goes in nor out.
        (
            Type::Array(_)
            | Type::Rest(_)
            | Type::Record(_)
            | Type::Class(_)
            | Type::Function(_)
            | Type::Maybe(..)
            | Type::Nothing(_)
            | Type::Exact(_)
            | Type::Union(_)
            | Type::Never,
            _,
        ) => "never",
        (Type::Void, _) => "void",
    }
}
