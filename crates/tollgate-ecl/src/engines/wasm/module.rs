//! Puts a module together: sections in order, the exported functions, names and metadata.

use std::borrow::Cow;

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection, GlobalType,
    ImportSection, MemorySection, MemoryType, Module, NameMap, NameSection, RefType, TableSection,
    TableType, TypeSection, ValType,
};

use super::body::{Body, absolute};
use super::coder::Leaves;
use super::emitter::{Emitter, global};
use super::layout::{
    ABI_VERSION, BATCH_RESULT_BYTES, EFFECTS, GAS, GROUPS_REACHED, LEAF_BYTES, LEAF_TRACES, LIMITS,
    PAGE, RULE_TRACES, SLACK_BYTES, length,
};
use super::metadata::{METADATA_SECTION, Metadata, seal};
use super::scan::Uses;
use super::{fact, function, result, search};
use crate::host::outcome::EvalError;
use crate::ir::Program;

/// Most arena bytes that are made sure of before an evaluation begins: 256 MiB, as the bytecode engine has. What does not
/// fit is an internal error.
const ARENA_BYTES_AHEAD: u32 = 256 * 1024 * 1024;
/// Most arena bytes that the initial memory has room for: 1 MiB.
const ARENA_BYTES_AT_FIRST: u32 = 1024 * 1024;
/// Bytes of input that the initial memory has room for.
const INPUT_BYTES_AHEAD: u32 = 16 * 1024;

/// A module, and what is checked about it.
pub(super) struct Emitted {
    pub(super) wasm: Vec<u8>,
    pub(super) table_bytes: u32,
    pub(super) depth: u32,
    /// What the module should have and has not.
    pub(super) missing: Option<&'static str>,
}

/// What a module is made of, where there is a choice. It decides the same and charges the same whatever is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether lists and texts are searched with 128-bit vectors. Such a module needs an engine with WebAssembly's SIMD
    /// proposal. Off by default.
    pub simd: bool,
}

/// Whether a module charges gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charging {
    On,
    /// Only where the cost of charging is measured.
    #[cfg(any(test, feature = "oracle"))]
    Off,
}

struct Exports {
    decide: u32,
    explain: u32,
    decide_batch: u32,
}

/// Emits the module of a program.
pub(super) fn emit(program: &Program, charging: Charging, options: Options) -> Emitted {
    let mut e = Emitter::new(program, Uses::of(program));
    e.metered = charging == Charging::On;
    e.simd = options.simd;
    function::user_functions(&mut e);
    function::share_locals(&mut e);
    let evaluate = function::evaluate(&mut e, Leaves::Untraced);
    let traced = function::evaluate(&mut e, Leaves::Known(0));
    let exports = Exports {
        decide: decide(&mut e, evaluate),
        explain: explain(&mut e, traced),
        decide_batch: decide_batch(&mut e, evaluate),
    };
    let wasm = assemble(&mut e, &exports);
    Emitted {
        wasm,
        table_bytes: e.layout.base,
        depth: e.depth_max,
        missing: e.layout.missing.get(),
    }
}

/// Leaves the first free address after an input whose length is in parameter 0.
fn after_input(e: &Emitter<'_>, f: &mut Body) {
    f.get(0);
    f.i32(e.program.input_base + 15);
    f.i().i32_add();
    f.i32(!15);
    f.i().i32_and();
}

/// Returns an internal error unless the arena from the address on the stack has the room the program may need.
fn room(e: &Emitter<'_>, f: &mut Body) {
    f.i32(e.program.arena_bound.min(ARENA_BYTES_AHEAD));
    f.i().i32_add();
    search::ensure(e, f);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    f.i64(result::failed(EvalError::Internal));
    f.i().return_();
    f.end();
}

/// Calls an evaluation of the input at its place.
fn call(e: &Emitter<'_>, f: &mut Body, evaluate: u32) {
    f.i64(0);
    f.i().global_set(global::FAILURE);
    f.i32(e.program.input_base);
    f.i().call(evaluate);
}

/// `decide(input_len) -> packed`
fn decide(e: &mut Emitter<'_>, evaluate: u32) -> u32 {
    let function = e.declare("decide", &[ValType::I32], &[ValType::I64]);
    let mut f = e.body(&[ValType::I32]);
    let arena = f.local(ValType::I32);
    after_input(e, &mut f);
    f.tee(arena);
    f.i().global_set(global::ARENA);
    f.get(arena);
    room(e, &mut f);
    call(e, &mut f, evaluate);
    e.define(function, f);
    function
}

/// `explain(input_len) -> packed`: the traces stand before the arena.
fn explain(e: &mut Emitter<'_>, evaluate: u32) -> u32 {
    let function = e.declare("explain", &[ValType::I32], &[ValType::I64]);
    let mut f = e.body(&[ValType::I32]);
    let [leaves, rules, arena] = f.locals(ValType::I32);
    let leaf_bytes = e.layout.leaves.saturating_mul(LEAF_BYTES);
    let rule_bytes = e.layout.rules.next_multiple_of(16);
    after_input(e, &mut f);
    f.tee(leaves);
    f.i32(leaf_bytes);
    f.i().i32_add();
    f.tee(rules);
    f.i32(rule_bytes);
    f.i().i32_add();
    f.tee(arena);
    f.i().global_set(global::ARENA);
    f.get(arena);
    // The rules after the deciding one use the arena once more.
    f.i32(e.program.arena_bound.min(ARENA_BYTES_AHEAD));
    f.i().i32_add();
    room(e, &mut f);
    f.get(leaves);
    f.i32(e.layout.base);
    f.i().i32_add();
    f.i32(0);
    f.i32(leaf_bytes.saturating_add(rule_bytes));
    f.i().memory_fill(0);
    f.i32(0);
    f.i64(0);
    f.i().i64_store(absolute(u64::from(GROUPS_REACHED)));
    for (local, global, place) in [
        (leaves, global::LEAVES, LEAF_TRACES),
        (rules, global::RULES, RULE_TRACES),
    ] {
        f.get(local);
        f.i().global_set(global);
        f.i32(0);
        f.get(local);
        f.i().i64_extend_i32_u();
        f.i().i64_store(absolute(u64::from(place)));
    }
    call(e, &mut f, evaluate);
    e.define(function, f);
    function
}

/// `decide_batch(records, count, stride, out, arena) -> done`: evaluates `count` input records that stand `stride` bytes
/// apart, writing packed result and gas of each at `out`. Each evaluation begins with the arena at `arena`.
fn decide_batch(e: &mut Emitter<'_>, evaluate: u32) -> u32 {
    const PARAMS: [ValType; 5] = [ValType::I32; 5];
    const RECORD: u32 = 0;
    const LEFT: u32 = 1;
    const STRIDE: u32 = 2;
    const OUT: u32 = 3;
    const ARENA: u32 = 4;
    let function = e.declare("decide_batch", &PARAMS, &[ValType::I64]);
    let mut f = e.body(&PARAMS);
    let done = f.local(ValType::I64);
    f.get(ARENA);
    room(e, &mut f);
    let end = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(LEFT);
    f.i().i32_eqz();
    f.br_if(end);
    f.get(ARENA);
    f.i().global_set(global::ARENA);
    f.i64(0);
    f.i().global_set(global::FAILURE);
    f.get(OUT);
    f.get(RECORD);
    f.i().call(evaluate);
    let at = f.at(0);
    f.i().i64_store(at);
    for word in 0..4 {
        let at = f.at(8 + 8 * word);
        f.get(OUT);
        if e.layered || word == 1 {
            f.i32(0);
            f.i().i64_load(absolute(u64::from(GAS + 8 * word)));
        } else {
            f.i64(0);
        }
        f.i().i64_store(at);
    }
    for (place, by) in [(RECORD, None), (OUT, Some(BATCH_RESULT_BYTES))] {
        f.get(place);
        match by {
            Some(by) => f.i32(by),
            None => f.get(STRIDE),
        }
        f.i().i32_add();
        f.set(place);
    }
    f.get(LEFT);
    f.i32(1);
    f.i().i32_sub();
    f.set(LEFT);
    f.br(again);
    f.end();
    f.end();
    f.get(done);
    e.define(function, f);
    function
}

fn assemble(e: &mut Emitter<'_>, exports: &Exports) -> Vec<u8> {
    let fact_types: Vec<u32> = e
        .facts
        .clone()
        .into_iter()
        .map(|kind| e.ty(&fact::parameters(kind), &[ValType::I32]))
        .collect();
    let mut module = Module::new();
    let mut types = TypeSection::new();
    for (params, results) in e.types() {
        types
            .ty()
            .function(params.iter().copied(), results.iter().copied());
    }
    module.section(&types);
    if !e.facts.is_empty() {
        let mut imports = ImportSection::new();
        for (kind, ty) in e.facts.iter().zip(&fact_types) {
            imports.import(
                fact::HOST_INTERFACE,
                fact::import_name(*kind),
                EntityType::Function(*ty),
            );
        }
        module.section(&imports);
    }
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for (ty, function, _) in e.functions() {
        functions.function(*ty);
        if let Some(function) = function {
            code.function(function);
        }
    }
    module.section(&functions);
    if !e.table.is_empty() {
        module.section(&table_section(e));
    }
    module.section(&memory_section(e));
    module.section(&global_section(e));
    module.section(&export_section(exports));
    if !e.table.is_empty() {
        let mut elements = ElementSection::new();
        elements.active(
            None,
            &ConstExpr::i32_const(0),
            Elements::Functions(Cow::Borrowed(&e.table)),
        );
        module.section(&elements);
    }
    module.section(&code);
    module.section(&data_section(e));
    module.section(&name_section(e));
    let metadata = serde_json::to_vec(&Metadata::of(e.program)).ok();
    let metadata = e.layout.must(metadata, "its description");
    module.section(&CustomSection {
        name: METADATA_SECTION.into(),
        data: metadata.into(),
    });
    let mut wasm = module.finish();
    seal(&mut wasm);
    wasm
}

fn table_section(e: &Emitter<'_>) -> TableSection {
    let mut tables = TableSection::new();
    let size = u64::from(length(e.table.len()));
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: size,
        maximum: Some(size),
        shared: false,
    });
    tables
}

fn memory_section(e: &Emitter<'_>) -> MemorySection {
    let bytes = u64::from(e.layout.base)
        + u64::from(e.program.input_base)
        + u64::from(INPUT_BYTES_AHEAD)
        + u64::from(e.program.arena_bound.min(ARENA_BYTES_AT_FIRST))
        + u64::from(SLACK_BYTES);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: bytes.div_ceil(u64::from(PAGE)),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    memories
}

fn global_section(e: &Emitter<'_>) -> GlobalSection {
    let mut globals = GlobalSection::new();
    let mut add = |ty: ValType, mutable: bool, value: u32| {
        let init = match ty {
            ValType::I32 => ConstExpr::i32_const(value.cast_signed()),
            ValType::F64 => ConstExpr::f64_const(0.0.into()),
            _ => ConstExpr::i64_const(i64::from(value)),
        };
        globals.global(
            GlobalType {
                val_type: ty,
                mutable,
                shared: false,
            },
            &init,
        );
    };
    // In the order of the numbers in `emitter::global`.
    add(ValType::I32, true, 0);
    for _ in global::MARGIN..=global::MARGIN_START {
        add(ValType::I64, true, 0);
    }
    add(ValType::I32, true, 0);
    add(ValType::I32, true, 0);
    add(ValType::I32, false, e.layout.base);
    add(ValType::I32, false, e.layout.base + e.program.input_base);
    add(ValType::I32, false, ABI_VERSION);
    for ty in &e.local_globals {
        add(*ty, true, 0);
    }
    globals
}

fn export_section(functions: &Exports) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("base", ExportKind::Global, global::BASE);
    exports.export("input_base", ExportKind::Global, global::INPUT_BASE);
    exports.export("abi", ExportKind::Global, global::ABI);
    exports.export("decide", ExportKind::Func, functions.decide);
    exports.export("explain", ExportKind::Func, functions.explain);
    exports.export("decide_batch", ExportKind::Func, functions.decide_batch);
    exports
}

/// The program's own limits, the tables, the pool.
fn data_section(e: &Emitter<'_>) -> DataSection {
    let limits = &e.program.gas_limits;
    let layers = &limits.layers;
    let mut state = vec![0; EFFECTS as usize];
    let words = [
        limits.total,
        layers.network,
        layers.compute,
        layers.storage,
        layers.realm,
    ];
    for (place, word) in state.iter_mut().skip(LIMITS as usize).zip(
        words
            .iter()
            .flat_map(|word| limit_word(*word).to_le_bytes()),
    ) {
        *place = word;
    }
    state.extend(&e.layout.tables);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(0), state);
    data.active(
        0,
        &ConstExpr::i32_const(e.layout.base.cast_signed()),
        e.program.pool.bytes.iter().copied(),
    );
    data
}

/// A limit as modules read it: signed.
#[must_use]
pub(super) fn limit_word(limit: u64) -> u64 {
    limit.min(i64::MAX.cast_unsigned())
}

fn name_section(e: &Emitter<'_>) -> NameSection {
    let mut names = NameSection::new();
    names.module(&e.program.name);
    let mut map = NameMap::new();
    for (number, kind) in (0..).zip(&e.facts) {
        map.append(number, fact::import_name(*kind));
    }
    let first = length(e.facts.len());
    for (number, (_, _, name)) in (first..).zip(e.functions()) {
        map.append(number, name);
    }
    names.functions(&map);
    names
}
