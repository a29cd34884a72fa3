//! Writes the IR as a WebAssembly module, with the names of the source.

mod body;
pub(crate) mod declarations;
mod names;

use std::collections::HashMap;

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function as Code,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType,
    Module as Encoded, StartSection, TypeSection,
};

use crate::ir::{Const, DATA_START, Export, FunctionKind, Memory, Module, Signature};

/// Writes a module. The IR must be one that [`crate::optimise::dead`] has put in order: imported functions come first.
pub(crate) fn emit(module: &Module) -> Vec<u8> {
    let mut types = Types::default();
    let mut imports = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
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
                body::write(&mut encoded, body);
                code.function(&encoded);
            }
        }
    }
    let mut encoded = Encoded::new();
    encoded
        .section(&types.section)
        .section(&imports)
        .section(&functions);
    if let Some(memory) = &module.memory {
        let mut memories = MemorySection::new();
        let pages = pages(memory);
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
    encoded.section(&code);
    if let Some(memory) = module.memory.as_ref().filter(|m| !m.data.is_empty()) {
        let mut data = DataSection::new();
        let start = i32::try_from(DATA_START).unwrap_or(0);
        data.active(0, &ConstExpr::i32_const(start), memory.data.iter().copied());
        encoded.section(&data);
    }
    encoded.section(&names::names(module));
    encoded.finish()
}

/// The pages that the data needs.
fn pages(memory: &Memory) -> u64 {
    let bytes = u64::from(DATA_START) + u64::try_from(memory.data.len()).unwrap_or(u64::MAX / 2);
    bytes.div_ceil(65_536)
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
struct Types {
    section: TypeSection,
    known: HashMap<Signature, u32>,
}

impl Types {
    fn index(&mut self, signature: &Signature) -> u32 {
        let next = self.section.len();
        *self.known.entry(signature.clone()).or_insert_with(|| {
            let params = signature.params.iter().map(|val| val.encoded());
            let results = signature.result.iter().map(|val| val.encoded());
            self.section.ty().function(params, results);
            next
        })
    }
}
