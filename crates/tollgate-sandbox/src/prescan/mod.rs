//! A look at a module before anything compiles it.
//!
//! Compilers take time and memory out of proportion to some valid modules: 27 KiB of nested loops kept one busy for 22
//! seconds. So the file is walked once, without building anything, against limits of ours; then it is validated with
//! exactly the proposals that are on. Both steps are linear in the file, and what they refuse is named: the limit, the
//! value, the function, the offset.
//!
//! [`prescan`] also returns what it counted ([`Scan`]), from which the cost of compiling is estimated.

mod limit;
mod place;
mod proposal;

use serde::{Deserialize, Serialize};
use wasmparser::{
    BinaryReaderError, CompositeInnerType, FunctionBody, Operator, Parser, Payload, TypeRef,
    ValType, Validator, WasmFeatures,
};

use crate::{Determinism, EngineConfig, Proposals, engine};

pub use limit::{ModuleLimit, ModuleLimitExceeded, ModuleLimits};
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
        "invalid module: {message} ({place}); build it again, it was damaged or made by a faulty tool"
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

fn how_to_enable(proposal: Proposal) -> String {
    match proposal.switch() {
        Some(switch) => format!(
            "enable it with `--proposal {}` if you trust the module",
            switch.name()
        ),
        None => String::from("this engine does not have it: build the module without it"),
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
    /// Bytes of the largest body.
    pub body_bytes_max: u64,
    /// Deepest nesting of blocks.
    pub nesting_max: u64,
    /// Proposals used, in the order they were met.
    pub proposals: Vec<Proposal>,
    /// Estimate of what compiling costs, in bytes of plain code: a body counts more the deeper its loops are nested and
    /// the larger it is.
    pub compile_cost: u64,
    /// The largest value met for each limit, in the order of [`ModuleLimit::ALL`].
    #[serde(skip)]
    pub peaks: Vec<(ModuleLimit, u64)>,
}

/// Checks `wasm` against `limits` and the proposals and determinism of `config`, without compiling it.
///
/// # Errors
/// [`ScanError`], with the place of the first thing that is wrong.
pub fn prescan(
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
    let features = engine::features(&config.proposals);
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

/// The signatures of one core module, as far as limits care.
#[derive(Default)]
struct CoreModule {
    /// Parameters and results of each type; 0 for types that are not functions.
    signature_values: Vec<u64>,
    memories: u64,
}

/// The state of the walk.
struct Walk<'a> {
    wasm: &'a [u8],
    limits: &'a ModuleLimits,
    /// Count for each limit; per-function limits keep their largest.
    counts: Vec<u64>,
    modules: Vec<CoreModule>,
    used: Used,
    scan: Scan,
}

impl<'a> Walk<'a> {
    fn new(wasm: &'a [u8], limits: &'a ModuleLimits) -> Self {
        let counts = vec![0; ModuleLimit::ALL.len()];
        Self {
            wasm,
            limits,
            counts,
            modules: vec![CoreModule::default()],
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
        self.scan.proposals = self.used.iter().map(|(proposal, _)| proposal).collect();
        self.scan.peaks = ModuleLimit::ALL.iter().copied().zip(self.counts).collect();
        Ok((self.scan, self.used))
    }

    fn payload(&mut self, payload: Payload<'_>) -> Result<(), ScanError> {
        match payload {
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => self.enter(unchecked_range.start),
            Payload::End(_) => {
                self.modules.pop();
                Ok(())
            }
            Payload::CodeSectionStart { count, range, .. } => {
                self.add(ModuleLimit::Functions, count.into(), range.start)
            }
            Payload::CodeSectionEntry(body) => self.body(&body),
            Payload::TypeSection(section) => self.types(section),
            Payload::FunctionSection(section) => self.functions(section),
            Payload::ImportSection(section) => self.imports(section),
            Payload::TableSection(section) => self.tables(section),
            Payload::MemorySection(section) => self.memories(section),
            Payload::TagSection(section) => {
                self.used.note(Proposal::Exceptions, section.range().start);
                self.add(
                    ModuleLimit::Types,
                    section.count().into(),
                    section.range().start,
                )
            }
            Payload::GlobalSection(section) => self.add(
                ModuleLimit::Globals,
                section.count().into(),
                section.range().start,
            ),
            Payload::ExportSection(section) => self.add(
                ModuleLimit::Exports,
                section.count().into(),
                section.range().start,
            ),
            Payload::ElementSection(section) => self.add(
                ModuleLimit::ElementSegments,
                section.count().into(),
                section.range().start,
            ),
            Payload::DataSection(section) => self.add(
                ModuleLimit::DataSegments,
                section.count().into(),
                section.range().start,
            ),
            Payload::DataCountSection { range, .. } => {
                self.used.note(Proposal::BulkMemory, range.start);
                Ok(())
            }
            Payload::CustomSection(section) => self.add(
                ModuleLimit::CustomBytes,
                section.data().len() as u64,
                section.range().start,
            ),
            other => self.component_payload(&other),
        }
    }

    fn component_payload(&mut self, payload: &Payload<'_>) -> Result<(), ScanError> {
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
            _ => return Ok(()),
        };
        self.add(limit, count.into(), range.start)
    }

    fn enter(&mut self, offset: usize) -> Result<(), ScanError> {
        self.modules.push(CoreModule::default());
        self.add(ModuleLimit::ComponentModules, 1, offset)?;
        self.peak(
            ModuleLimit::ComponentNesting,
            self.modules.len() as u64 - 1,
            offset,
        )
    }

    fn types(&mut self, section: wasmparser::TypeSectionReader<'_>) -> Result<(), ScanError> {
        self.add(
            ModuleLimit::Types,
            section.count().into(),
            section.range().start,
        )?;
        let mut met = 0;
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group.map_err(|error| invalid(self.wasm, &error))?;
            if group.is_explicit_rec_group() {
                self.used.note(Proposal::Gc, offset);
            }
            for ty in group.types() {
                met += 1;
                // A group counts once in the section's header and may hold any number of types.
                if met > ModuleLimit::Types.value(self.limits) {
                    return self.peak(ModuleLimit::Types, met, offset);
                }
                self.core_type(ty, offset)?;
            }
        }
        Ok(())
    }

    fn core_type(&mut self, ty: &wasmparser::SubType, offset: usize) -> Result<(), ScanError> {
        if ty.composite_type.shared {
            self.used.note(Proposal::SharedEverythingThreads, offset);
        }
        let values = match &ty.composite_type.inner {
            CompositeInnerType::Func(signature) => {
                for value in signature.params().iter().chain(signature.results()) {
                    self.value_type(*value, offset);
                }
                if signature.results().len() > 1 {
                    self.used.note(Proposal::MultiValue, offset);
                }
                signature.params().len() + signature.results().len()
            }
            CompositeInnerType::Array(_) | CompositeInnerType::Struct(_) => {
                self.used.note(Proposal::Gc, offset);
                0
            }
            CompositeInnerType::Cont(_) => {
                self.used.note(Proposal::StackSwitching, offset);
                0
            }
        };
        if let Some(module) = self.modules.last_mut() {
            module.signature_values.push(values as u64);
        }
        self.peak(ModuleLimit::SignatureValues, values as u64, offset)
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

    fn functions(
        &mut self,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), ScanError> {
        let start = section.range().start;
        // Checked here too: the code section, where bodies are counted, comes later.
        self.check(
            ModuleLimit::Functions,
            self.count(ModuleLimit::Functions) + u64::from(section.count()),
            start,
        )?;
        for index in section.into_iter_with_offsets() {
            let (offset, index) = index.map_err(|error| invalid(self.wasm, &error))?;
            self.signature(index, offset)?;
        }
        Ok(())
    }

    /// Counts the signature of one function.
    fn signature(&mut self, ty: u32, offset: usize) -> Result<(), ScanError> {
        let values = self
            .modules
            .last()
            .and_then(|module| module.signature_values.get(ty as usize));
        self.add(
            ModuleLimit::SignaturesTotal,
            values.copied().unwrap_or(0),
            offset,
        )
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Result<(), ScanError> {
        let start = section.range().start;
        self.add(ModuleLimit::Imports, section.count().into(), start)?;
        let mut met = 0;
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import.map_err(|error| invalid(self.wasm, &error))?;
            met += 1;
            // One entry of the compact form may hold any number of imports.
            if met > ModuleLimit::Imports.value(self.limits) {
                return self.peak(ModuleLimit::Imports, met, offset);
            }
            match import.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => self.signature(ty, offset)?,
                TypeRef::Memory(ty) => self.memory(&ty, offset),
                TypeRef::Table(ty) => self.table(&ty, offset),
                TypeRef::Global(ty) => self.value_type(ty.content_type, offset),
                TypeRef::Tag(_) => self.used.note(Proposal::Exceptions, offset),
            }
        }
        Ok(())
    }

    fn tables(&mut self, section: wasmparser::TableSectionReader<'_>) -> Result<(), ScanError> {
        self.add(
            ModuleLimit::Tables,
            section.count().into(),
            section.range().start,
        )?;
        for table in section.into_iter_with_offsets() {
            let (offset, table) = table.map_err(|error| invalid(self.wasm, &error))?;
            self.table(&table.ty, offset);
            self.add(ModuleLimit::TableElements, table.ty.initial, offset)?;
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
        self.add(
            ModuleLimit::Memories,
            section.count().into(),
            section.range().start,
        )?;
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
        if let Some(module) = self.modules.last_mut() {
            module.memories += 1;
            if module.memories > 1 {
                self.used.note(Proposal::MultiMemory, offset);
            }
        }
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), ScanError> {
        let (start, bytes) = (body.range().start, body.range().len() as u64);
        self.scan.functions += 1;
        self.scan.code_bytes += bytes;
        self.scan.body_bytes_max = self.scan.body_bytes_max.max(bytes);
        self.peak(ModuleLimit::BodyBytes, bytes, start)?;
        let mut locals = 0_u64;
        let reader = body
            .get_locals_reader()
            .map_err(|error| invalid(self.wasm, &error))?;
        for group in reader {
            let (count, ty) = group.map_err(|error| invalid(self.wasm, &error))?;
            locals += u64::from(count);
            self.peak(ModuleLimit::Locals, locals, start)?;
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
        let (mut depth, mut loops, mut loops_max) = (0_u64, 0_u64, 0_u64);
        // Which of the open blocks are loops; as deep as the nesting limit at most.
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
                    depth += 1;
                    loops += u64::from(is_loop);
                    loops_max = loops_max.max(loops);
                    self.peak(ModuleLimit::Nesting, depth, offset)?;
                }
                Operator::Try { .. } | Operator::TryTable { .. } => {
                    open.push(false);
                    depth += 1;
                    self.peak(ModuleLimit::Nesting, depth, offset)?;
                }
                Operator::End | Operator::Delegate { .. } => {
                    if let Some(is_loop) = open.pop() {
                        depth -= 1;
                        loops -= u64::from(is_loop);
                    }
                }
                Operator::BrTable { targets } => {
                    self.peak(ModuleLimit::BranchTargets, targets.len().into(), offset)?;
                }
                _ => {}
            }
        }
        self.scan.nesting_max = self.scan.nesting_max.max(self.count(ModuleLimit::Nesting));
        Ok(loops_max)
    }

    fn count(&self, limit: ModuleLimit) -> u64 {
        self.counts.get(limit as usize).copied().unwrap_or_default()
    }

    /// Adds to a count over the whole file.
    fn add(&mut self, limit: ModuleLimit, count: u64, offset: usize) -> Result<(), ScanError> {
        self.peak(limit, self.count(limit).saturating_add(count), offset)
    }

    /// Raises the largest value met.
    #[inline]
    fn peak(&mut self, limit: ModuleLimit, value: u64, offset: usize) -> Result<(), ScanError> {
        if let Some(count) = self.counts.get_mut(limit as usize) {
            *count = (*count).max(value);
        }
        self.check(limit, value, offset)
    }

    #[inline]
    fn check(&self, limit: ModuleLimit, found: u64, offset: usize) -> Result<(), ScanError> {
        let maximum = limit.value(self.limits);
        if found <= maximum {
            return Ok(());
        }
        let place = Place::locate(self.wasm, offset);
        Err(ModuleLimitExceeded {
            limit,
            maximum,
            found,
            place,
        }
        .into())
    }
}

/// Compile time grows with the square of the loop depth for the code inside (every level keeps the metering state live
/// through all inner ones) and faster than linearly with the size of a body.
fn compile_cost(bytes: u64, loops: u64) -> u64 {
    let depth = 1 + loops.saturating_mul(loops) / 64;
    let size = 1 + bytes / (64 << 10);
    bytes.saturating_mul(depth).saturating_mul(size)
}
