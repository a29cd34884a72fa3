//! Writes the IR as a WebAssembly module, with the names of the source.

mod body;
pub(crate) mod declarations;
mod names;

use std::collections::HashMap;

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function as Code, FunctionSection, GlobalSection, GlobalType, ImportSection,
    MemorySection, MemoryType, Module as Encoded, RefType, StartSection, TableSection, TableType,
    TypeSection,
};

use crate::ir::{
    Broken, Const, DATA_START, Export, FuncId, FunctionKind, Memory, Module, Signature,
};
use crate::limits::{ENTRIES_MAX, FUNCTION_BYTES_MAX, LOCALS_MAX, LOCALS_SPARE};

/// Why a module is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unwritten {
    Broken(Broken),
    /// Engines take no module of this size, or no function.
    TooLarge(String),
}

impl From<Broken> for Unwritten {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Refuses what has more variables of files, or exports, than engines take.
fn fits(module: &Module) -> Result<(), Unwritten> {
    for (count, what) in [
        (module.globals.len(), "variables of files"),
        (module.exports.len(), "exports"),
    ] {
        if count > ENTRIES_MAX {
            let message = format!("the program has {count} {what}; the limit is {ENTRIES_MAX}");
            return Err(Unwritten::TooLarge(message));
        }
    }
    Ok(())
}

/// Writes a module. The IR must be one that [`crate::optimise::dead`] has put in order: imported functions come first.
pub(crate) fn emit(module: &Module) -> Result<Vec<u8>, Unwritten> {
    fits(module)?;
    let mut types = Types::default();
    let mut imports = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut has_table = false;
    let slots: HashMap<FuncId, i32> = (1_i32..)
        .zip(&module.table)
        .filter_map(|(slot, function)| Some(((*function)?, slot)))
        .collect();
    for function in &module.functions {
        let ty = types.index(&function.signature);
        match &function.kind {
            FunctionKind::Import { module, field } => {
                imports.import(module, field, EntityType::Function(ty));
            }
            FunctionKind::Defined(body) => {
                functions.function(ty);
                let params = function.signature.params.len();
                let locals = body
                    .locals
                    .iter()
                    .skip(params)
                    .map(|local| local.ty.encoded());
                let mut encoded = Code::new_with_locals_types(locals);
                let mut around = body::Around {
                    module,
                    types: &mut types,
                    slots: &slots,
                    calls_values: false,
                };
                // What exceptions need comes on top of what was counted before.
                if body.locals.len() > LOCALS_MAX + LOCALS_SPARE {
                    let message = format!(
                        "the function `{}` becomes one of {} variables; the limit is {}",
                        function.name,
                        body.locals.len(),
                        LOCALS_MAX + LOCALS_SPARE
                    );
                    return Err(Unwritten::TooLarge(message));
                }
                body::write(&mut encoded, body, &mut around)?;
                has_table |= around.calls_values;
                if encoded.byte_len() > FUNCTION_BYTES_MAX {
                    let message = format!(
                        "the function `{}` becomes {} bytes of code; the limit is {FUNCTION_BYTES_MAX}",
                        function.name,
                        encoded.byte_len()
                    );
                    return Err(Unwritten::TooLarge(message));
                }
                code.function(&encoded);
            }
        }
    }
    let mut encoded = Encoded::new();
    encoded
        .section(&types.section)
        .section(&imports)
        .section(&functions);
    if has_table {
        encoded.section(&table(module)?);
    }
    if let Some(memory) = &module.memory {
        let mut memories = MemorySection::new();
        let pages = pages(memory)?;
        memories.memory(MemoryType {
            minimum: pages,
            maximum: (!memory.grows).then_some(pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        encoded.section(&memories);
    }
    encoded.section(&globals(module)).section(&exports(module));
    if let Some(start) = module.start {
        encoded.section(&StartSection {
            function_index: start.0,
        });
    }
    if has_table {
        encoded.section(&elements(module));
    }
    encoded.section(&code);
    if let Some(memory) = module.memory.as_ref().filter(|m| !m.data.is_empty()) {
        let mut data = DataSection::new();
        let start = ConstExpr::i32_const(i32::from(DATA_START));
        data.active(0, &start, memory.data.iter().copied());
        encoded.section(&data);
    }
    encoded.section(&names::names(module));
    Ok(encoded.finish())
}

/// The table of the functions that are values. Nothing stands in its first place, which no function has.
fn table(module: &Module) -> Result<TableSection, Broken> {
    let places = u64::try_from(module.table.len())
        .map_err(|_| Broken("the functions have no room in a table"))?
        .saturating_add(1);
    let mut section = TableSection::new();
    section.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: places,
        maximum: Some(places),
        shared: false,
    });
    Ok(section)
}

/// What stands in the table: a run for functions that stand beside each other.
fn elements(module: &Module) -> ElementSection {
    let mut section = ElementSection::new();
    let mut places = (1_i32..).zip(&module.table).peekable();
    while let Some((first, function)) = places.next() {
        let Some(function) = function else { continue };
        let mut run = vec![function.0];
        while let Some((_, Some(next))) = places.next_if(|(_, next)| next.is_some()) {
            run.push(next.0);
        }
        let run = Elements::Functions(run.into());
        section.active(None, &ConstExpr::i32_const(first), run);
    }
    section
}

/// The pages that the data needs.
fn pages(memory: &Memory) -> Result<u64, Broken> {
    // As many as an address of 32 bits reaches.
    let data =
        u32::try_from(memory.data.len()).map_err(|_| Broken("the data has no room in a memory"))?;
    Ok((u64::from(DATA_START) + u64::from(data)).div_ceil(65_536))
}

fn globals(module: &Module) -> GlobalSection {
    let mut section = GlobalSection::new();
    for global in &module.globals {
        let ty = GlobalType {
            val_type: global.value.ty().encoded(),
            mutable: global.mutable,
            shared: false,
        };
        let value = match global.value {
            Const::I32(value) => ConstExpr::i32_const(value),
            Const::I64(value) => ConstExpr::i64_const(value),
            Const::F32(bits) => ConstExpr::f32_const(wasm_encoder::Ieee32::new(bits)),
            Const::F64(bits) => ConstExpr::f64_const(wasm_encoder::Ieee64::new(bits)),
        };
        section.global(ty, &value);
    }
    section
}

fn exports(module: &Module) -> ExportSection {
    let mut section = ExportSection::new();
    for (name, export) in &module.exports {
        match export {
            Export::Function(id) => section.export(name, ExportKind::Func, id.0),
            Export::Global(id) => section.export(name, ExportKind::Global, id.0),
            Export::Memory => section.export(name, ExportKind::Memory, 0),
        };
    }
    section
}

/// The types of functions, each once.
#[derive(Default)]
pub(super) struct Types {
    section: TypeSection,
    known: HashMap<Signature, u32>,
}

impl Types {
    pub(super) fn index(&mut self, signature: &Signature) -> u32 {
        let next = self.section.len();
        *self.known.entry(signature.clone()).or_insert_with(|| {
            let params = signature.params.iter().map(|val| val.encoded());
            let results = signature.result.iter().map(|val| val.encoded());
            self.section.ty().function(params, results);
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Body, Expr, FuncId, Function, Label, Stmt};
    use crate::optimise::{Level, optimise};

    /// A module whose only function does this when it is instantiated.
    fn doing(statement: Stmt) -> Module {
        Module {
            functions: vec![Function {
                name: "f".to_owned(),
                signature: Signature {
                    params: Vec::new(),
                    result: None,
                },
                kind: FunctionKind::Defined(Body {
                    locals: Vec::new(),
                    statements: vec![statement],
                }),
            }],
            start: Some(FuncId(0)),
            ..Module::default()
        }
    }

    #[test]
    fn a_branch_to_a_label_that_is_not_around_it_is_refused() {
        let label = Label(1);
        let inside = Stmt::Block(label, vec![Stmt::Branch(label)]);
        assert!(emit(&doing(inside)).is_ok());
        assert!(emit(&doing(Stmt::Branch(label))).is_err());
        let behind = Stmt::If(
            Expr::i32(1),
            vec![Stmt::Block(label, Vec::new())],
            vec![Stmt::BranchIf(label, Expr::i32(1))],
        );
        assert!(emit(&doing(behind)).is_err());
    }

    #[test]
    fn what_is_used_and_is_not_there_is_refused() {
        let call = |id| Stmt::Call(FuncId(id), Vec::new());
        let read = Stmt::Drop(Expr::Global(crate::ir::GlobalId(0)));
        assert_eq!(optimise(&mut doing(call(0)), Level::None), Ok(()));
        assert!(optimise(&mut doing(call(1)), Level::None).is_err());
        assert!(optimise(&mut doing(read), Level::None).is_err());
    }
}
