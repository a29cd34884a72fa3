//! What the functions of one module share: types, function numbers, runtime functions that are emitted only when used.

use std::collections::HashMap;

use wasm_encoder::{BlockType, Function, ValType};

use super::body::Body;
use super::layout::{Layout, length};
use super::runtime::Runtime;
use super::scan::Uses;
use crate::data::types::{Repr, Type};
use crate::ir::{FactKind, FuncId, Program};

/// Globals of a module, by index.
pub(super) mod global {
    /// Next free address of the arena (i32).
    pub(in super::super) const ARENA: u32 = 0;
    /// Gas left for compute charges while a function of the module runs (i64), see [`gas`](super::super::gas).
    pub(in super::super) const MARGIN: u32 = 1;
    /// Packed result of a function that failed, 0 when none has (i64).
    pub(in super::super) const FAILURE: u32 = 2;
    /// Gas left over all layers, at the last charge that was not compute only.
    pub(in super::super) const LEFT_TOTAL: u32 = 3;
    /// Gas left in each layer, then.
    pub(in super::super) const LEFT_NETWORK: u32 = 4;
    pub(in super::super) const LEFT_COMPUTE: u32 = 5;
    pub(in super::super) const LEFT_STORAGE: u32 = 6;
    pub(in super::super) const LEFT_REALM: u32 = 7;
    /// The margin, then.
    pub(in super::super) const MARGIN_START: u32 = 8;
    /// Address of the leaf traces while explaining (i32).
    pub(in super::super) const LEAVES: u32 = 9;
    /// Address of the rule statuses while explaining (i32).
    pub(in super::super) const RULES: u32 = 10;
    /// Exported: linear address of program address 0 (i32, constant).
    pub(in super::super) const BASE: u32 = 11;
    /// Exported: linear address to write the input to (i32, constant).
    pub(in super::super) const INPUT_BASE: u32 = 12;
    /// Exported: version of the calling convention (i32, constant).
    pub(in super::super) const ABI: u32 = 13;
    /// The first of the policy's own locals, when they live in globals.
    pub(in super::super) const LOCALS: u32 = 14;
}

/// Where a value of a local is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    Local(u32),
    Wide(u32, u32),
    Global(u32),
    GlobalWide(u32, u32),
}

/// A module under construction.
#[derive(Debug)]
pub(super) struct Emitter<'p> {
    pub(super) program: &'p Program,
    pub(super) layout: Layout<'p>,
    pub(super) facts: Vec<FactKind>,
    /// Any charge outside the compute layer.
    pub(super) layered: bool,
    /// Whether anything is charged: always, but where the cost of charging is measured.
    pub(super) metered: bool,
    /// Whether searches use 128-bit vectors.
    pub(super) simd: bool,
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    functions: Vec<(u32, Option<Function>, String)>,
    /// Numbers of the runtime functions that the module has.
    pub(super) runtime: HashMap<Runtime, u32>,
    pub(super) user: HashMap<FuncId, u32>,
    /// User functions that may come upon a fact that is unknown.
    pub(super) unknown_functions: Vec<bool>,
    /// Globals for the policy's locals: type of each.
    pub(super) local_globals: Vec<ValType>,
    pub(super) policy_slots: HashMap<u32, Slot>,
    /// Functions in the table, for shapes that are called.
    pub(super) table: Vec<u32>,
    /// First table entry of a group's shapes, by group and whether they are traced.
    pub(super) shape_tables: HashMap<(usize, bool), u32>,
    pub(super) depth_max: u32,
}

impl<'p> Emitter<'p> {
    pub(super) fn new(program: &'p Program, uses: Uses) -> Self {
        Self {
            program,
            layout: Layout::of(program, uses.glob_bytes),
            facts: uses.facts.into_iter().collect(),
            layered: uses.layered,
            metered: true,
            simd: false,
            types: Vec::new(),
            functions: Vec::new(),
            runtime: HashMap::new(),
            user: HashMap::new(),
            unknown_functions: program.unknown_functions(),
            local_globals: Vec::new(),
            policy_slots: HashMap::new(),
            table: Vec::new(),
            shape_tables: HashMap::new(),
            depth_max: 0,
        }
    }

    /// Number of a function type.
    pub(super) fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let found = self
            .types
            .iter()
            .position(|(p, r)| p == params && r == results);
        length(found.unwrap_or_else(|| {
            self.types.push((params.to_vec(), results.to_vec()));
            self.types.len() - 1
        }))
    }

    pub(super) fn types(&self) -> &[(Vec<ValType>, Vec<ValType>)] {
        &self.types
    }

    /// The type of a block that leaves these values.
    pub(super) fn block_type(&mut self, results: &[ValType]) -> BlockType {
        match results {
            [] => BlockType::Empty,
            [one] => BlockType::Result(*one),
            several => BlockType::FunctionType(self.ty(&[], several)),
        }
    }

    /// Takes a function number, to be defined later.
    pub(super) fn declare(&mut self, name: &str, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = self.ty(params, results);
        self.functions.push((ty, None, name.to_owned()));
        length(self.facts.len() + self.functions.len() - 1)
    }

    pub(super) fn define(&mut self, function: u32, body: Body) {
        self.depth_max = self.depth_max.max(body.depth_max);
        let at = function as usize - self.facts.len();
        if let Some((_, place, _)) = self.functions.get_mut(at) {
            *place = Some(body.finish());
        }
    }

    pub(super) fn body(&self, params: &[ValType]) -> Body {
        Body::new(params, self.layout.base)
    }

    pub(super) fn functions(&self) -> &[(u32, Option<Function>, String)] {
        &self.functions
    }

    /// A word of the pool.
    pub(super) fn pool_word(&self, address: u32) -> u64 {
        let word = crate::ir::value::word(&self.program.pool.bytes, address);
        self.layout.must(word, "a constant")
    }

    /// Number of the import for a kind of fact.
    pub(super) fn import(&self, kind: FactKind) -> u32 {
        let at = self.facts.iter().position(|have| *have == kind);
        length(self.layout.must(at, "the import of a fact"))
    }

    pub(super) fn words(&self, ty: &Type) -> u32 {
        ty.words(&self.program.records)
    }

    /// Bytes of a value in memory.
    pub(super) fn bytes(&self, ty: &Type) -> u32 {
        self.words(ty) * crate::data::types::WORD
    }

    /// The place of a local of this type: wasm locals.
    pub(super) fn slot(&self, f: &mut Body, ty: &Type) -> Slot {
        match values(ty) {
            [one] => Slot::Local(f.local(*one)),
            [low, high] => Slot::Wide(f.local(*low), f.local(*high)),
            _ => Slot::Local(f.local(ValType::I32)),
        }
    }
}

/// The WebAssembly values a value of this type is: truth values and addresses are i32, numbers f64, wides two i64.
pub(super) fn values(ty: &Type) -> &'static [ValType] {
    match (ty, ty.repr()) {
        (Type::Bool, _) | (_, Repr::Ref) => &[ValType::I32],
        (Type::Number, _) => &[ValType::F64],
        (_, Repr::Word) => &[ValType::I64],
        (_, Repr::Wide) => &[ValType::I64, ValType::I64],
        (_, Repr::Nothing) => &[],
    }
}
