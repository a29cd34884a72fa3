//! What a module exports, imports, and would need: read from its bytes, without compiling or running it.
//!
//! The lists are bounded, and what they leave out is counted: an interface that a component exports a thousand times under
//! different names has its functions a thousand times.
//!
//! The list of needs is derived from imports and instructions, so it says what the module *could* use. A module that
//! imports `path_open` may never open a file; one that does not import it never can.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::{EntityType, Types, TypesRef};
use wasmparser::{FuncType, Parser, Payload};

use super::DescribeOptions;
use crate::config::{EngineConfig, Proposals};
use crate::digest::Digest;
use crate::grant::Capability;
use crate::limits;
use crate::prescan::{Proposal, ProposalSwitch, Scan, ScanError, prescan};

/// What can be known about a module before anything of it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// SHA-256 of the binary form.
    pub digest: Digest,
    /// Size of the binary form.
    pub bytes: u64,
    /// Whether it is a component.
    pub component: bool,
    /// Functions with a body, in all its modules.
    pub functions: u64,
    /// What it exports, in the module's order. Functions of a component's interfaces as `interface#function`.
    pub exports: Vec<Item>,
    /// Exports that the list leaves out because it would be too long.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exports_left_out: u64,
    /// What it imports, in the module's order, each name with its type once.
    pub imports: Vec<Item>,
    /// Imports that the list leaves out, each as often as it is there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub imports_left_out: u64,
    /// What it could want from its host and engine, without repetition.
    pub capabilities: Vec<Capability>,
    /// Proposals of WebAssembly it uses.
    pub proposals: Vec<Proposal>,
}

/// Something exported or imported.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Item {
    /// The module it is imported from; empty for exports and for imports of components.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// Its name.
    pub name: String,
    /// What it is, with its type as text: `function (i32) -> (i32)`, `memory 1..16 pages`.
    pub kind: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A list under construction: items up to [`limits::INSPECT_LIST_BYTES`], a count of those after, and what all of them
/// could want.
#[derive(Default)]
struct List {
    items: Vec<Item>,
    /// The same.
    known: HashSet<Item>,
    bytes: usize,
    left_out: u64,
    needs: BTreeSet<Capability>,
}

impl List {
    fn push(&mut self, item: Item) {
        self.needs.extend(item.wants());
        // A core module may import a thing as often as it likes.
        if self.known.contains(&item) {
            return;
        }
        // A name without a letter takes room too.
        let bytes = size_of::<Item>() + item.module.len() + item.name.len() + item.kind.len();
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > limits::INSPECT_LIST_BYTES {
            self.left_out += 1;
        } else {
            self.known.insert(item.clone());
            self.items.push(item);
        }
    }
}

/// The exports and imports of a module as they are read.
struct Reading<'a> {
    exports: List,
    imports: List,
    missing: Vec<&'a str>,
}

impl Reading<'_> {
    fn export(&mut self, item: Item) {
        self.missing.retain(|name| *name != item.name);
        self.exports.push(item);
    }
}

/// The functions of a component that is valid, as `interface#function`.
pub(crate) fn component_functions(wasm: &[u8]) -> Vec<String> {
    let mut reading = Reading {
        exports: List::default(),
        imports: List::default(),
        missing: Vec::new(),
    };
    if let Some(types) = super::types(wasm) {
        reading.component(wasm, &types);
    }
    let functions = reading.exports.items.into_iter();
    functions
        .filter(|item| item.kind.starts_with("function"))
        .map(|item| item.name)
        .collect()
}

impl Inspection {
    /// Inspects a binary module that is valid under every proposal the engine knows. Returns the exports it lacks of those
    /// that are wanted as well.
    pub(super) fn of(
        wasm: &[u8],
        wanted: &DescribeOptions,
    ) -> Result<(Self, Vec<String>), ScanError> {
        let mut everything = Proposals::standard();
        for switch in ProposalSwitch::ALL {
            switch.set(&mut everything, true);
        }
        let config = EngineConfig {
            proposals: everything,
            ..EngineConfig::metered()
        };
        let scan = prescan(wasm, &wanted.limits, &config)?;
        let mut reading = Reading {
            exports: List::default(),
            imports: List::default(),
            missing: wanted.exports.iter().map(String::as_str).collect(),
        };
        // The scan has validated the bytes with the proposals Tollgate has; all that is new here is the table of types.
        if let Some(types) = super::types(wasm) {
            if scan.component {
                reading.component(wasm, &types);
            } else {
                reading.core(types.as_ref());
            }
        }
        let missing = reading
            .missing
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let this = Self {
            digest: Digest::of(wasm),
            bytes: wasm.len() as u64,
            component: scan.component,
            functions: scan.functions,
            capabilities: needs(&reading, &scan),
            exports: reading.exports.items,
            exports_left_out: reading.exports.left_out,
            imports: reading.imports.items,
            imports_left_out: reading.imports.left_out,
            proposals: scan.proposals,
        };
        Ok((this, missing))
    }
}

impl Reading<'_> {
    fn core(&mut self, types: TypesRef<'_>) {
        let item = |module: &str, name: &str, kind| Item {
            module: module.to_owned(),
            name: name.to_owned(),
            kind: core_kind(types, kind),
        };
        for (module, name, kind) in types.core_imports().into_iter().flatten() {
            self.imports.push(item(module, name, kind));
        }
        for (name, kind) in types.core_exports().into_iter().flatten() {
            self.export(item("", name, kind));
        }
    }

    /// Reads the names in the outermost component; those of the modules and components inside are its own business.
    fn component(&mut self, wasm: &[u8], types: &Types) {
        let types = types.as_ref();
        let mut depth = 0usize;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload {
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
                Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
                Ok(Payload::ComponentImportSection(section)) if depth == 0 => {
                    for import in section.into_iter().flatten() {
                        let name = import.name.name;
                        let ty = types.component_item_for_import(name).map(|item| item.ty);
                        component_items(types, name, ty, &mut |item| self.imports.push(item));
                    }
                }
                Ok(Payload::ComponentExportSection(section)) if depth == 0 => {
                    for export in section.into_iter().flatten() {
                        let name = export.name.name;
                        let ty = types.component_item_for_export(name).map(|item| item.ty);
                        component_items(types, name, ty, &mut |item| self.export(item));
                    }
                }
                _ => {}
            }
        }
    }
}

/// What a module could want: for its imports, for a memory, for the proposals it uses.
fn needs(reading: &Reading<'_>, scan: &Scan) -> Vec<Capability> {
    let mut needs = reading.imports.needs.clone();
    let listed = reading.imports.items.iter().chain(&reading.exports.items);
    if scan.component
        || listed
            .into_iter()
            .any(|item| item.kind.starts_with("memory"))
    {
        needs.insert(Capability::Memory);
    }
    needs.extend(
        scan.proposals
            .iter()
            .filter_map(|proposal| wanted_by_proposal(*proposal)),
    );
    needs.into_iter().collect()
}

fn core_kind(types: TypesRef<'_>, kind: EntityType) -> String {
    let limits = |initial: u64, maximum: Option<u64>| match maximum {
        Some(maximum) => format!("{initial}..{maximum}"),
        None => format!("{initial}.."),
    };
    match kind {
        EntityType::Func(id) | EntityType::FuncExact(id) | EntityType::Tag(id) => {
            let what = if matches!(kind, EntityType::Tag(_)) {
                "tag"
            } else {
                "function"
            };
            match types.get(id).map(|ty| &ty.composite_type.inner) {
                Some(wasmparser::CompositeInnerType::Func(ty)) => {
                    format!("{what} {}", signature(ty))
                }
                _ => what.to_owned(),
            }
        }
        EntityType::Table(table) => format!(
            "table of {} {}",
            table.element_type,
            limits(table.initial, table.maximum)
        ),
        EntityType::Memory(memory) => {
            let shared = if memory.shared { "shared " } else { "" };
            format!(
                "memory {shared}{} pages",
                limits(memory.initial, memory.maximum)
            )
        }
        EntityType::Global(global) => {
            format!(
                "global {}{}",
                if global.mutable { "mutable " } else { "" },
                global.content_type
            )
        }
    }
}

fn signature(ty: &FuncType) -> String {
    let list = |types: &[wasmparser::ValType]| {
        types
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!("({}) -> ({})", list(ty.params()), list(ty.results()))
}

/// Hands on an item of a component; an interface as its functions, since those are what can be called and granted.
fn component_items(
    types: TypesRef<'_>,
    name: &str,
    ty: Option<ComponentEntityType>,
    take: &mut dyn FnMut(Item),
) {
    let mut give = |name: String, kind: &str| {
        take(Item {
            module: String::new(),
            name,
            kind: kind.to_owned(),
        });
    };
    match ty {
        Some(ComponentEntityType::Func(id)) => {
            give(name.to_owned(), &component_signature(types, id));
        }
        Some(ComponentEntityType::Instance(id)) => {
            let exports = types.get(id).map(|instance| &instance.exports);
            let functions = exports
                .into_iter()
                .flatten()
                .filter_map(|(function, export)| match export.ty {
                    ComponentEntityType::Func(id) => Some((function, id)),
                    _ => None,
                });
            let mut empty = true;
            for (function, id) in functions {
                empty = false;
                give(
                    format!("{name}#{function}"),
                    &component_signature(types, id),
                );
            }
            if empty {
                give(name.to_owned(), "interface");
            }
        }
        Some(ComponentEntityType::Type { .. }) => give(name.to_owned(), "type"),
        Some(ComponentEntityType::Module(_)) => give(name.to_owned(), "module"),
        Some(ComponentEntityType::Component(_)) => give(name.to_owned(), "component"),
        Some(ComponentEntityType::Value(_)) | None => give(name.to_owned(), "value"),
    }
}

/// The parameters' names; their types are in the WIT.
fn component_signature(
    types: TypesRef<'_>,
    id: wasmparser::component_types::ComponentFuncTypeId,
) -> String {
    let Some(ty) = types.get(id) else {
        return "function".to_owned();
    };
    let params: Vec<_> = ty.params.iter().map(|(name, _)| name.to_string()).collect();
    format!("function ({})", params.join(", "))
}

fn wanted_by_proposal(proposal: Proposal) -> Option<Capability> {
    match proposal {
        Proposal::Threads => Some(Capability::Threads),
        Proposal::Simd | Proposal::RelaxedSimd => Some(Capability::Simd),
        Proposal::BulkMemory => Some(Capability::BulkMemory),
        Proposal::ReferenceTypes => Some(Capability::ReferenceTypes),
        Proposal::TailCall => Some(Capability::TailCall),
        Proposal::Exceptions | Proposal::LegacyExceptions => Some(Capability::ExceptionHandling),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspected(wat: &str) -> Inspection {
        inspect(wat, &[]).0
    }

    fn inspect(wat: &str, exports: &[&str]) -> (Inspection, Vec<String>) {
        let wanted = DescribeOptions {
            exports: exports.iter().map(|name| (*name).to_owned()).collect(),
            ..DescribeOptions::default()
        };
        Inspection::of(&wat::parse_str(wat).unwrap(), &wanted).unwrap()
    }

    #[test]
    fn exports_and_imports_have_their_types() {
        let inspection = inspected(
            r#"(module (import "env" "f" (func (param i32) (result f64))) (memory (export "memory") 1 16)
                (global (export "g") (mut i64) (i64.const 0)) (table (export "t") 2 funcref))"#,
        );
        let kinds: Vec<_> = inspection
            .exports
            .iter()
            .map(|item| (&*item.name, &*item.kind))
            .collect();
        assert_eq!(
            kinds,
            [
                ("memory", "memory 1..16 pages"),
                ("g", "global mutable i64"),
                ("t", "table of funcref 2..")
            ]
        );
        assert_eq!(inspection.imports[0].kind, "function (i32) -> (f64)");
        assert_eq!(
            inspection.capabilities,
            [Capability::Memory, Capability::HostFunctions]
        );
    }

    #[test]
    fn needs_are_derived_from_wasi_imports() {
        let import = |name: &str| format!(r#"(import "wasi_snapshot_preview1" "{name}" (func))"#);
        let imports: String = [
            "path_unlink_file",
            "sock_send",
            "random_get",
            "clock_time_get",
        ]
        .into_iter()
        .map(import)
        .collect();
        let inspection = inspected(&format!("(module {imports})"));
        let wanted = [
            Capability::FileWrite,
            Capability::Network,
            Capability::Clock,
            Capability::Random,
        ];
        assert_eq!(inspection.capabilities, wanted);
    }

    #[test]
    fn instructions_are_needs_too() {
        let inspection = inspected(
            r#"(module (func (export "f") (param v128) (drop (i8x16.popcnt (local.get 0)))))"#,
        );
        assert!(
            inspection.capabilities.contains(&Capability::Simd),
            "{:?}",
            inspection.capabilities
        );
    }

    #[test]
    fn what_is_imported_twice_is_listed_once() {
        let f = |ty: &str| format!(r#"(import "env" "f" (func {ty}))"#);
        let inspection = inspected(&format!(
            "(module {}{}{}{})",
            f(""),
            r#"(import "other" "f" (func))"#,
            f("(param i32)"),
            f("")
        ));
        let names: Vec<_> = inspection
            .imports
            .iter()
            .map(|item| (&*item.module, &*item.kind))
            .collect();
        let expected = [
            ("env", "function () -> ()"),
            ("env", "function (i32) -> ()"),
            ("other", "function () -> ()"),
        ];
        assert_eq!(names, expected);
        assert_eq!(inspection.imports_left_out, 0);
    }

    #[test]
    fn exports_that_are_required_and_missing_are_listed() {
        let (_, missing) = inspect(r#"(module (func (export "run")))"#, &["run", "init"]);
        assert_eq!(missing, ["init"]);
    }

    #[test]
    fn a_list_that_is_too_long_is_cut_and_the_rest_counted() {
        let exports: String = (0..20_000)
            .map(|index| format!(r#"(export "f{index}" (func 0))"#))
            .collect();
        let wat = format!(r#"(module (func) {exports})"#);
        let (inspection, missing) = inspect(&wat, &["f19999", "f20000"]);
        assert!(inspection.exports_left_out > 0);
        assert_eq!(
            inspection.exports.len() as u64 + inspection.exports_left_out,
            20_000
        );
        assert_eq!(
            missing,
            ["f20000"],
            "what is left out is there all the same"
        );
    }

    #[test]
    fn a_component_shows_the_functions_of_its_interfaces() {
        let inspection = inspected(
            r#"(component
                (import "wasi:random/random@0.2.0" (instance (export "get" (func (param "len" u64) (result (list u8))))))
                (core module $m (func (export "f") (result i32) (i32.const 1)))
                (core instance $i (instantiate $m))
                (func $f (result u32) (canon lift (core func $i "f")))
                (instance $e (export "answer" (func $f)))
                (export "local:demo/api" (instance $e)))"#,
        );
        assert_eq!(inspection.imports[0].name, "wasi:random/random@0.2.0#get");
        assert_eq!(inspection.exports[0].name, "local:demo/api#answer");
        assert!(inspection.component && inspection.capabilities.contains(&Capability::Random));
    }
}
