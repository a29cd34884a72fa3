//! TypeScript declarations (`.d.ts`) of what a core module exports, as `WebAssembly.Instance.exports` presents it.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write};

use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{FuncType, Parser, ValType};

use super::{Bounded, types};

/// Returns TypeScript declarations of the exports of a core module, and of the imports it must be given.
///
/// `None` for components, whose types TypeScript cannot express without the canonical ABI (they have WIT), and for
/// what is not a valid module.
pub(super) fn declarations(wasm: &[u8]) -> Option<String> {
    if Parser::is_component(wasm) {
        return None;
    }
    let types = types(wasm)?;
    let mut text = Bounded::new();
    let result = write(&mut text, types.as_ref());
    Some(text.finish(result))
}

fn write(text: &mut Bounded, types: TypesRef<'_>) -> fmt::Result {
    writeln!(
        text,
        "/** What the module exports. */\nexport interface Exports {{"
    )?;
    for (name, ty) in types.core_exports().into_iter().flatten() {
        write!(text, "  readonly ")?;
        entity(text, types, name, &ty)?;
    }
    writeln!(
        text,
        "}}\n\n/** What the module must be given. */\nexport interface Imports {{"
    )?;
    for (from, names) in wanted(types) {
        write!(text, "  ")?;
        property(text, from)?;
        writeln!(text, ": {{")?;
        for (name, ty) in names {
            write!(text, "    ")?;
            entity(text, types, name, &ty)?;
        }
        writeln!(text, "  }};")?;
    }
    writeln!(text, "}}")
}

/// What is imported, by the modules that it is imported from, in the order in which they come. What is imported several times
/// is one property, which has the type that comes first.
fn wanted(types: TypesRef<'_>) -> Vec<(&str, Vec<(&str, EntityType)>)> {
    let mut wanted: Vec<(&str, Vec<(&str, EntityType)>)> = Vec::new();
    let (mut modules, mut known) = (HashMap::new(), HashSet::new());
    for (from, name, ty) in types.core_imports().into_iter().flatten() {
        if !known.insert((from, name)) {
            continue;
        }
        let place = *modules.entry(from).or_insert(wanted.len());
        match wanted.get_mut(place) {
            Some((_, names)) => names.push((name, ty)),
            None => wanted.push((from, vec![(name, ty)])),
        }
    }
    wanted
}

fn entity(text: &mut Bounded, types: TypesRef<'_>, name: &str, ty: &EntityType) -> fmt::Result {
    property(text, name)?;
    match ty {
        EntityType::Func(id) | EntityType::FuncExact(id) => match types.get(*id) {
            Some(ty) => match &ty.composite_type.inner {
                wasmparser::CompositeInnerType::Func(signature) => function(text, signature)?,
                _ => write!(text, ": unknown")?,
            },
            None => write!(text, ": unknown")?,
        },
        EntityType::Memory(_) => write!(text, ": WebAssembly.Memory")?,
        EntityType::Table(_) => write!(text, ": WebAssembly.Table")?,
        EntityType::Global(global) => {
            write!(
                text,
                ": WebAssembly.Global<{}>",
                global_type(global.content_type)
            )?;
        }
        EntityType::Tag(_) => write!(text, ": WebAssembly.Tag")?,
    }
    writeln!(text, ";")
}

/// A property, since a method cannot be `readonly`.
fn function(text: &mut Bounded, signature: &FuncType) -> fmt::Result {
    write!(text, ": (")?;
    for (index, parameter) in signature.params().iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(text, "{comma}arg{index}: {}", value(*parameter))?;
    }
    write!(text, ") => ")?;
    match signature.results() {
        [] => write!(text, "void"),
        [result] => write!(text, "{}", value(*result)),
        several => {
            write!(text, "[")?;
            for (index, result) in several.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(text, "{comma}{}", value(*result))?;
            }
            write!(text, "]")
        }
    }
}

/// The name as it is when it is an identifier, else quoted.
fn property(text: &mut Bounded, name: &str) -> fmt::Result {
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '$');
    if starts && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$') {
        return text.write_str(name);
    }
    // JSON strings are TypeScript strings.
    text.write_str(&serde_json::Value::from(name).to_string())
}

/// The type a value has in JavaScript.
const fn value(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 | ValType::F32 | ValType::F64 => "number",
        ValType::I64 => "bigint",
        // Vectors do not cross into JavaScript.
        ValType::V128 => "never",
        ValType::Ref(ty) if ty.is_func_ref() => "Function | null",
        ValType::Ref(_) => "unknown",
    }
}

const fn global_type(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "\"i32\"",
        ValType::I64 => "\"i64\"",
        ValType::F32 => "\"f32\"",
        ValType::F64 => "\"f64\"",
        ValType::V128 => "\"v128\"",
        ValType::Ref(ty) if ty.is_func_ref() => "\"anyfunc\"",
        ValType::Ref(_) => "\"externref\"",
    }
}
