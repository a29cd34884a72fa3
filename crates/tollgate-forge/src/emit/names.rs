//! The name section: a trap shows functions, variables and globals as the source calls them.

use wasm_encoder::{IndirectNameMap, NameMap, NameSection};

use crate::ir::Module;

pub(super) fn names(module: &Module) -> NameSection {
    let mut functions = NameMap::new();
    let mut locals = IndirectNameMap::new();
    for (index, function) in (0_u32..).zip(&module.functions) {
        functions.append(index, &function.name);
        let mut names = NameMap::new();
        for (at, local) in (0_u32..).zip(function.body().into_iter().flat_map(|body| &body.locals))
        {
            if let Some(name) = &local.name {
                names.append(at, name);
            }
        }
        if !names.is_empty() {
            locals.append(index, &names);
        }
    }
    let mut globals = NameMap::new();
    for (index, global) in (0_u32..).zip(&module.globals) {
        globals.append(index, &global.name);
    }
    let mut section = NameSection::new();
    section.functions(&functions);
    section.locals(&locals);
    section.globals(&globals);
    section
}
