//! A look at a module before anything compiles it.
//!
//! The file is walked once, without building anything: what the process that runs it will have to carry is held against
//! limits of ours, and the cost of compiling is estimated. Then it is validated with exactly the proposals that are on. Both
//! steps are linear in the file, and what they refuse is named: the limit, the value, the function, the offset.
//!
//! What compiling takes is no reason to refuse: 27 KiB of nested loops keep the compiler busy for 22 seconds, and an
//! interpreter nests thousands of blocks that cost nothing. The estimate only chooses how much effort is made first; the
//! worker's memory and time are the bound. The look itself is the worker's work as well.

mod limit;
mod place;
mod proposal;

use serde::{Deserialize, Serialize};
use wasmparser::{
    BinaryReaderError, CompositeInnerType, FunctionBody, Operator, Parser, Payload, TypeRef,
    ValType, Validator, WasmFeatures,
};

use crate::config::{Determinism, EngineConfig, Proposals, features};

pub use limit::{ModuleLimit, ModuleLimitExceeded, ModuleLimits, UnknownModuleLimit};
pub use place::Place;
pub(crate) use place::shortened;
pub use proposal::{Proposal, ProposalSwitch, UnknownProposal};
use proposal::{Used, proposal_of};

/// A module was refused before compiling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScanError {
    /// Something is larger than allowed.
    #[error(transparent)]
    Limit(#[from] ModuleLimitExceeded),
    /// The bytes are not well formed, or break a rule of WebAssembly.
    #[error(
        "invalid module: {message} ({place}); mend it where it was written as text, or build it again: it was damaged or made by a faulty tool"
    )]
    Invalid {
        /// The rule.
        message: String,
        /// Where.
        place: Place,
    },
    /// The module uses a proposal that is off.
    #[error("the module needs the proposal `{}`, which is off ({place}); {}", .proposal.name(), how_to_enable(*.proposal))]
    Proposal {
        /// The proposal.
        proposal: Proposal,
        /// Where it is used first.
        place: Place,
    },
    /// The module uses floats where they are refused.
    #[error(
        "the module uses floating point ({place}), which the determinism level `no-float` refuses; take the floats \
         out, or use the level `full` or `off`"
    )]
    Float {
        /// Where the first one is.
        place: Place,
    },
}

fn how_to_enable(proposal: Proposal) -> &'static str {
    match proposal.switch() {
        Some(_) => "it can be turned on for a module that is trusted",
        None => "this engine does not have it: build the module without it",
    }
}

/// What the walk counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Whether the file is a component.
    pub component: bool,
    /// Functions with a body.
    pub functions: u64,
    /// Bytes of all bodies.
    pub code_bytes: u64,
    /// Proposals used, in the order they were met.
    pub proposals: Vec<Proposal>,
    /// Estimate of what compiling costs, in bytes of plain code: a body counts more the deeper its loops are nested and
    /// the larger it is.
    pub compile_cost: u64,
}

/// Checks `wasm` against `limits` and the proposals and determinism of `config`, without compiling it.
///
/// # Errors
/// [`ScanError`], with the place of the first thing that is wrong.
pub(crate) fn prescan(
    wasm: &[u8],
    limits: &ModuleLimits,
    config: &EngineConfig,
) -> Result<Scan, ScanError> {
    let scan = Walk::new(wasm, limits).run()?;
    check_proposals(wasm, &scan.1, &config.proposals)?;
    validate(wasm, config)?;
    Ok(scan.0)
}

fn check_proposals(wasm: &[u8], used: &Used, proposals: &Proposals) -> Result<(), ScanError> {
    match used
        .iter()
        .find(|(proposal, _)| !proposal.enabled(proposals))
    {
        Some((proposal, offset)) => Err(ScanError::Proposal {
            proposal,
            place: Place::locate(wasm, offset),
        }),
        None => Ok(()),
    }
}

fn validate(wasm: &[u8], config: &EngineConfig) -> Result<(), ScanError> {
    let features = features(&config.proposals);
    let checked = |features| {
        Validator::new_with_features(features)
            .validate_all(wasm)
            .map(drop)
    };
    if config.determinism == Determinism::NoFloat {
        // Without floats most modules pass or fail for the floats; only a failure needs the second look.
        let Err(error) = checked(features - WasmFeatures::FLOATS) else {
            return Ok(());
        };
        checked(features).map_err(|error| invalid(wasm, &error))?;
        return Err(ScanError::Float {
            place: Place::locate(wasm, error.offset()),
        });
    }
    checked(features).map_err(|error| invalid(wasm, &error))
}

fn invalid(wasm: &[u8], error: &BinaryReaderError) -> ScanError {
    ScanError::Invalid {
        message: shortened(error.message()),
        place: Place::locate(wasm, error.offset()),
    }
}

/// What was counted for one limit.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    value: u64,
    exceeded_at: Option<usize>,
}

/// The state of the walk.
struct Walk<'a> {
    wasm: &'a [u8],
    limits: &'a ModuleLimits,
    /// Count for each limit, and where it went past the limit first.
    counts: Vec<Count>,
    /// Memories of each module around the place the walk is at.
    memories: Vec<u64>,
    used: Used,
    scan: Scan,
}

impl<'a> Walk<'a> {
    fn new(wasm: &'a [u8], limits: &'a ModuleLimits) -> Self {
        let counts = vec![Count::default(); ModuleLimit::ALL.len()];
        Self {
            wasm,
            limits,
            counts,
            memories: vec![0],
            used: Used::default(),
            scan: Scan::default(),
        }
    }

    fn run(mut self) -> Result<(Scan, Used), ScanError> {
        self.scan.component = Parser::is_component(self.wasm);
        for payload in Parser::new(0).parse_all(self.wasm) {
            let payload = payload.map_err(|error| invalid(self.wasm, &error))?;
            self.payload(payload)?;
        }
        self.check()?;
        self.scan.proposals = self.used.iter().map(|(proposal, _)| proposal).collect();
        Ok((self.scan, self.used))
    }

    /// Refuses what is past a limit. At the end of the walk, so that the whole value is known.
    fn check(&self) -> Result<(), ScanError> {
        for (limit, count) in ModuleLimit::ALL.iter().zip(&self.counts) {
            if let Some(offset) = count.exceeded_at {
                return Err(ModuleLimitExceeded {
                    limit: *limit,
                    maximum: limit.value(self.limits),
                    found: count.value,
                    place: Place::locate(self.wasm, offset),
                }
                .into());
            }
        }
        Ok(())
    }

    fn payload(&mut self, payload: Payload<'_>) -> Result<(), ScanError> {
        match payload {
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => self.enter(unchecked_range.start),
            Payload::End(_) => drop(self.memories.pop()),
            Payload::CodeSectionEntry(body) => return self.body(&body),
            Payload::TypeSection(section) => return self.types(section),
            Payload::ImportSection(section) => return self.imports(section),
            Payload::TableSection(section) => return self.tables(section),
            Payload::MemorySection(section) => return self.memories(section),
            Payload::FunctionSection(section) => {
                self.add(ModuleLimit::Functions, section.count(), section.range());
            }
            Payload::TagSection(section) => {
                self.used.note(Proposal::Exceptions, section.range().start);
                self.add(ModuleLimit::Types, section.count(), section.range());
            }
            Payload::GlobalSection(section) => {
                self.add(ModuleLimit::Globals, section.count(), section.range());
            }
            Payload::ExportSection(section) => {
                self.add(ModuleLimit::Exports, section.count(), section.range());
            }
            Payload::DataCountSection { range, .. } => {
                self.used.note(Proposal::BulkMemory, range.start);
            }
            other => self.component_payload(&other),
        }
        Ok(())
    }

    fn component_payload(&mut self, payload: &Payload<'_>) {
        let (limit, count, range) = match payload {
            Payload::InstanceSection(section) => (
                ModuleLimit::ComponentItems,
                section.count(),
                section.range(),
            ),
            Payload::ComponentInstanceSection(section) => (
                ModuleLimit::ComponentItems,
                section.count(),
                section.range(),
            ),
            Payload::ComponentAliasSection(section) => (
                ModuleLimit::ComponentItems,
                section.count(),
                section.range(),
            ),
            Payload::ComponentCanonicalSection(section) => (
                ModuleLimit::ComponentItems,
                section.count(),
                section.range(),
            ),
            Payload::CoreTypeSection(section) => {
                (ModuleLimit::Types, section.count(), section.range())
            }
            Payload::ComponentTypeSection(section) => {
                (ModuleLimit::Types, section.count(), section.range())
            }
            Payload::ComponentImportSection(section) => {
                (ModuleLimit::Imports, section.count(), section.range())
            }
            Payload::ComponentExportSection(section) => {
                (ModuleLimit::Exports, section.count(), section.range())
            }
            _ => return,
        };
        self.add(limit, count, range);
    }

    fn enter(&mut self, offset: usize) {
        self.memories.push(0);
        self.add(ModuleLimit::ComponentModules, 1, offset..offset);
        let depth = self.memories.len() as u64 - 1;
        self.peak(ModuleLimit::ComponentNesting, depth, offset);
    }

    fn types(&mut self, section: wasmparser::TypeSectionReader<'_>) -> Result<(), ScanError> {
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group.map_err(|error| invalid(self.wasm, &error))?;
            if group.is_explicit_rec_group() {
                self.used.note(Proposal::Gc, offset);
            }
            // A group counts once in the section's header and may hold any number of types.
            for ty in group.types() {
                self.add(ModuleLimit::Types, 1, offset..offset);
                self.core_type(ty, offset);
            }
        }
        Ok(())
    }

    fn core_type(&mut self, ty: &wasmparser::SubType, offset: usize) {
        if ty.composite_type.shared {
            self.used.note(Proposal::SharedEverythingThreads, offset);
        }
        match &ty.composite_type.inner {
            CompositeInnerType::Func(signature) => {
                for value in signature.params().iter().chain(signature.results()) {
                    self.value_type(*value, offset);
                }
                if signature.results().len() > 1 {
                    self.used.note(Proposal::MultiValue, offset);
                }
            }
            CompositeInnerType::Array(_) | CompositeInnerType::Struct(_) => {
                self.used.note(Proposal::Gc, offset);
            }
            CompositeInnerType::Cont(_) => self.used.note(Proposal::StackSwitching, offset),
        }
    }

    fn value_type(&mut self, ty: ValType, offset: usize) {
        match ty {
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {}
            ValType::V128 => self.used.note(Proposal::Simd, offset),
            ValType::Ref(ty) => self.ref_type(ty, offset),
        }
    }

    fn ref_type(&mut self, ty: wasmparser::RefType, offset: usize) {
        let proposal = if ty.is_func_ref() || ty.is_extern_ref() && ty.is_nullable() {
            Proposal::ReferenceTypes
        } else if matches!(
            ty.heap_type(),
            wasmparser::HeapType::Abstract {
                ty: wasmparser::AbstractHeapType::Exn | wasmparser::AbstractHeapType::NoExn,
                ..
            }
        ) {
            Proposal::Exceptions
        } else if ty.is_concrete_type_ref() || !ty.is_nullable() {
            Proposal::FunctionReferences
        } else {
            Proposal::Gc
        };
        self.used.note(proposal, offset);
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Result<(), ScanError> {
        // One entry of the compact form may hold any number of imports.
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import.map_err(|error| invalid(self.wasm, &error))?;
            self.add(ModuleLimit::Imports, 1, offset..offset);
            match import.ty {
                TypeRef::Func(_) | TypeRef::FuncExact(_) => {}
                TypeRef::Memory(ty) => self.memory(&ty, offset),
                TypeRef::Table(ty) => self.table(&ty, offset),
                TypeRef::Global(ty) => self.value_type(ty.content_type, offset),
                TypeRef::Tag(_) => self.used.note(Proposal::Exceptions, offset),
            }
        }
        Ok(())
    }

    fn tables(&mut self, section: wasmparser::TableSectionReader<'_>) -> Result<(), ScanError> {
        for table in section.into_iter_with_offsets() {
            let (offset, table) = table.map_err(|error| invalid(self.wasm, &error))?;
            self.table(&table.ty, offset);
        }
        Ok(())
    }

    fn table(&mut self, ty: &wasmparser::TableType, offset: usize) {
        if ty.table64 {
            self.used.note(Proposal::Memory64, offset);
        }
        // A table of functions is part of the first version.
        if ty.element_type != wasmparser::RefType::FUNCREF {
            self.ref_type(ty.element_type, offset);
        }
    }

    fn memories(&mut self, section: wasmparser::MemorySectionReader<'_>) -> Result<(), ScanError> {
        for memory in section.into_iter_with_offsets() {
            let (offset, ty) = memory.map_err(|error| invalid(self.wasm, &error))?;
            self.memory(&ty, offset);
        }
        Ok(())
    }

    fn memory(&mut self, ty: &wasmparser::MemoryType, offset: usize) {
        let flags = [
            (ty.memory64, Proposal::Memory64),
            (ty.shared, Proposal::Threads),
            (ty.page_size_log2.is_some(), Proposal::CustomPageSizes),
        ];
        for (_, proposal) in flags.into_iter().filter(|(set, _)| *set) {
            self.used.note(proposal, offset);
        }
        if let Some(memories) = self.memories.last_mut() {
            *memories += 1;
            if *memories > 1 {
                self.used.note(Proposal::MultiMemory, offset);
            }
        }
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), ScanError> {
        let (start, bytes) = (body.range().start, body.range().len() as u64);
        self.scan.functions += 1;
        self.scan.code_bytes += bytes;
        let reader = body
            .get_locals_reader()
            .map_err(|error| invalid(self.wasm, &error))?;
        for group in reader {
            let (_, ty) = group.map_err(|error| invalid(self.wasm, &error))?;
            self.value_type(ty, start);
        }
        let loops = self.operators(body)?;
        self.scan.compile_cost = self
            .scan
            .compile_cost
            .saturating_add(compile_cost(bytes, loops));
        Ok(())
    }

    /// Walks the instructions and returns how deep loops are nested.
    fn operators(&mut self, body: &FunctionBody<'_>) -> Result<u64, ScanError> {
        let wasm = self.wasm;
        let mut reader = body
            .get_operators_reader()
            .map_err(|error| invalid(wasm, &error))?;
        let (mut loops, mut loops_max) = (0_u64, 0_u64);
        // Which of the open blocks are loops.
        let mut open: Vec<bool> = Vec::new();
        while !reader.eof() {
            let (operator, offset) = reader
                .read_with_offset()
                .map_err(|error| invalid(wasm, &error))?;
            if let Some(proposal) = proposal_of(&operator) {
                self.used.note(proposal, offset);
            }
            match operator {
                Operator::Block { blockty }
                | Operator::Loop { blockty }
                | Operator::If { blockty } => {
                    if let wasmparser::BlockType::FuncType(_) = blockty {
                        self.used.note(Proposal::MultiValue, offset);
                    }
                    let is_loop = matches!(operator, Operator::Loop { .. });
                    open.push(is_loop);
                    loops += u64::from(is_loop);
                    loops_max = loops_max.max(loops);
                }
                Operator::Try { .. } | Operator::TryTable { .. } => open.push(false),
                Operator::End | Operator::Delegate { .. } => {
                    if let Some(is_loop) = open.pop() {
                        loops -= u64::from(is_loop);
                    }
                }
                _ => {}
            }
        }
        Ok(loops_max)
    }

    /// Adds to a count over the whole file.
    fn add(&mut self, limit: ModuleLimit, count: u32, place: std::ops::Range<usize>) {
        let so_far = self
            .counts
            .get(limit as usize)
            .map_or(0, |count| count.value);
        self.peak(limit, so_far.saturating_add(count.into()), place.start);
    }

    /// Raises the largest value met.
    fn peak(&mut self, limit: ModuleLimit, value: u64, offset: usize) {
        let maximum = limit.value(self.limits);
        if let Some(count) = self.counts.get_mut(limit as usize) {
            count.value = count.value.max(value);
            if count.value > maximum {
                count.exceeded_at.get_or_insert(offset);
            }
        }
    }
}

/// Compile time grows with the square of the loop depth for the code inside (every level keeps the metering state live
/// through all inner ones) and faster than linearly with the size of a body. Blocks that are no loops cost nothing more.
fn compile_cost(bytes: u64, loops: u64) -> u64 {
    let depth = 1 + loops.saturating_mul(loops) / 64;
    let size = 1 + bytes / (64 << 10);
    bytes.saturating_mul(depth).saturating_mul(size)
}
