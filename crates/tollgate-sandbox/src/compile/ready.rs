//! Whether a module can be run as it is going to be, found before it is compiled.
//!
//! Compiling can take minutes, and a module that lacks an entry or wants an import that nobody provides is not worth them.
//! About imports the linker is asked that will join the module with them when it runs: it gets a module with the same
//! imports and no code, for the portable interpreter, since a worker that compiles may run no code. A module whose imports
//! cannot be taken out that simply is not judged here; its run says what is missing.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use wasm_encoder::{ComponentSectionId, Encode, EntityType, ImportSection, RawSection, SectionId};
use wasmparser::{ComponentAlias, ExternalKind, Import, Parser, Payload, TypeRef};

use crate::component::RUN;
use crate::config::{Backend, DebugInfo, EngineConfig, Proposals};
use crate::describe::component_functions;
use crate::engine::{Module, for_stubs};
use crate::entry::EntryName;
use crate::limits;
use crate::outcome::Failure;
use crate::store::link::{self, Missing};
use crate::text::bounded;

/// What a module is going to be used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Where executions will begin.
    pub entry: EntryName,
    /// The imports that host functions and shared memories will provide, by module (or interface) and name.
    pub provided: Vec<(String, String)>,
}

/// What a module lacks to be used as intended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lack {
    /// Somebody who provides an import; see [`Failure::MissingImport`].
    Import {
        /// First part of the import's name.
        module: String,
        /// Second part of the import's name; empty when a whole interface is missing.
        name: String,
        /// What to do, when something is known.
        hint: Option<String>,
    },
    /// The entry; see [`Failure::MissingExport`].
    Entry {
        /// The export that is the entry.
        name: String,
        /// What it should be.
        wanted: String,
        /// What there is, at most 32 names.
        available: Vec<String>,
    },
}

impl From<Lack> for Failure {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::Import { module, name, hint } => Self::MissingImport { module, name, hint },
            Lack::Entry {
                name,
                wanted,
                available,
            } => Self::MissingExport {
                name,
                wanted,
                available,
            },
        }
    }
}

impl From<Missing> for Lack {
    fn from(missing: Missing) -> Self {
        let Missing { module, name, hint } = missing;
        Self::Import {
            module,
            name,
            hint: Some(hint),
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Failure::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for Lack {}

/// Says what a valid module lacks to be used as `intent` says, if it is anything. Imports come first: a module that was built for
/// another host has no entry of ours either, and another entry would not help it.
pub(super) fn lack(wasm: &[u8], config: &EngineConfig, intent: &Intent) -> Option<Lack> {
    if Parser::is_component(wasm) {
        component_import(wasm, config, intent).or_else(|| component_entry(wasm, &intent.entry))
    } else {
        core_import(wasm, config, intent).or_else(|| core_entry(wasm, &intent.entry))
    }
}

/// Names listed in an error.
const NAMES: usize = 32;

/// Says what a module that is compiled lacks to begin where `entry` says: the same as before it was compiled.
pub(crate) fn entry_of(module: &Module, entry: &EntryName) -> Option<Lack> {
    let (name, wanted) = if module.is_component() {
        component_name(entry)
    } else {
        core_name(entry)
    };
    let function = match entry {
        EntryName::Start if module.is_component() => format!("{RUN}#run"),
        EntryName::Start | EntryName::Function(_) => name.to_owned(),
    };
    (!module.has_function(&function)).then(|| no_entry(name, wanted, module.functions()))
}

/// What a core module exports where an execution begins, and what that has to be.
fn core_name(entry: &EntryName) -> (&str, &'static str) {
    match entry {
        EntryName::Start => ("_start", "function"),
        EntryName::Function(name) => (name, "function"),
    }
}

/// The same for a component.
fn component_name(entry: &EntryName) -> (&str, &'static str) {
    match entry {
        EntryName::Start => (RUN, "command interface"),
        EntryName::Function(name) => (name, "component function"),
    }
}

fn no_entry(name: &str, wanted: &str, available: Vec<String>) -> Lack {
    Lack::Entry {
        name: bounded(name.to_owned()),
        wanted: wanted.to_owned(),
        available: available.into_iter().take(NAMES).map(bounded).collect(),
    }
}

fn core_entry(wasm: &[u8], entry: &EntryName) -> Option<Lack> {
    let (name, wanted) = core_name(entry);
    let mut available = Vec::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        let Payload::ExportSection(exports) = payload else {
            continue;
        };
        for export in exports.into_iter().map_while(Result::ok) {
            if !matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                continue;
            }
            if export.name == name {
                return None;
            }
            if available.len() < NAMES {
                available.push(export.name.to_owned());
            }
        }
    }
    Some(no_entry(name, wanted, available))
}

fn component_entry(wasm: &[u8], entry: &EntryName) -> Option<Lack> {
    let (name, wanted) = component_name(entry);
    if exports(wasm, name.split('#').next().unwrap_or(name)) {
        return None;
    }
    // In the order that the engine lists them in.
    let mut available = component_functions(wasm);
    available.sort();
    Some(no_entry(name, wanted, available))
}

/// Tells whether a component exports a function or an interface of this name, in any version: versions that are compatible
/// stand for each other, which the engine knows best.
fn exports(wasm: &[u8], name: &str) -> bool {
    let mut found = false;
    outermost(wasm, |payload| {
        if let Payload::ComponentExportSection(section) = payload {
            let mut exports = section.clone().into_iter().map_while(Result::ok);
            found = exports.any(|export| unversioned(export.name.name) == unversioned(name));
        }
        !found
    });
    found
}

fn unversioned(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// Hands on the payloads of the outermost module or component, until `more` has had enough.
fn outermost<'a>(wasm: &'a [u8], mut more: impl FnMut(&Payload<'a>) -> bool) {
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        if depth == 0 && !more(&payload) {
            return;
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// An engine that runs no machine code, and takes the functions that one with `config` takes. The interpreter has no threads,
/// of which functions know nothing.
fn interpreter(config: &EngineConfig) -> Option<wasmtime::Engine> {
    let config = EngineConfig {
        backend: Backend::Pulley,
        debug_info: DebugInfo::Dropped,
        proposals: Proposals {
            threads: false,
            ..config.proposals
        },
        ..config.clone()
    };
    for_stubs(&config).ok()
}

/// The first import that nobody provides. Tollgate itself provides functions alone.
fn core_import(wasm: &[u8], config: &EngineConfig, intent: &Intent) -> Option<Lack> {
    let imports = core_imports(wasm);
    let is = |import: &Import<'_>, missing: &Missing| {
        (import.module, import.name) == (missing.module.as_str(), missing.name.as_str())
    };
    let function = core_function(wasm, &imports, config, intent);
    let before = match &function {
        Some(missing) => imports
            .iter()
            .position(|import| is(import, missing))
            .unwrap_or_default(),
        None => imports.len(),
    };
    let other = imports.iter().take(before).find(|import| {
        function_type(import).is_none() && !provides(intent, import.module, import.name)
    });
    let missing = other
        .map(|import| link::missing(import.module, import.name))
        .or(function)?;
    Some(with_origin(missing, &imports).into())
}

/// What a name does not tell by itself, others beside it may: who provides all of them.
fn with_origin(missing: Missing, imports: &[Import<'_>]) -> Missing {
    // An import without a name is one that is there and does not fit.
    let is_told = link::made_for(&missing.module, &missing.name).is_some();
    if is_told || missing.module.is_empty() && missing.name.is_empty() {
        return missing;
    }
    let mut origins = imports
        .iter()
        .filter_map(|import| link::made_for(import.module, import.name));
    match origins.next() {
        Some(origin) => Missing {
            hint: origin.to_owned(),
            ..missing
        },
        None => missing,
    }
}

/// The imports of a core module, in order.
fn core_imports(wasm: &[u8]) -> Vec<Import<'_>> {
    let sections = Parser::new(0).parse_all(wasm).map_while(Result::ok);
    let imports = sections.filter_map(|payload| match payload {
        Payload::ImportSection(section) => Some(section.into_imports().map_while(Result::ok)),
        _ => None,
    });
    imports.flatten().collect()
}

fn function_type(import: &Import<'_>) -> Option<EntityType> {
    match import.ty {
        TypeRef::Func(ty) => Some(EntityType::Function(ty)),
        TypeRef::FuncExact(ty) => Some(EntityType::FunctionExact(ty)),
        TypeRef::Table(_) | TypeRef::Memory(_) | TypeRef::Global(_) | TypeRef::Tag(_) => None,
    }
}

/// The first function that nobody provides.
fn core_function(
    wasm: &[u8],
    imports: &[Import<'_>],
    config: &EngineConfig,
    intent: &Intent,
) -> Option<Missing> {
    let stub = wasmtime::Module::new(&interpreter(config)?, core_stub(wasm, imports)?).ok()?;
    let mut linker = link::core_linker(&stub).ok()?;
    for import in stub.imports() {
        if !provides(intent, import.module(), import.name()) {
            continue;
        }
        let wasmtime::ExternType::Func(ty) = import.ty() else {
            return None;
        };
        linker
            .func_new(import.module(), import.name(), ty, never_called)
            .ok()?;
    }
    let error = linker.instantiate_pre(&stub).err()?;
    Some(link::missing_import(&error))
}

fn component_import(wasm: &[u8], config: &EngineConfig, intent: &Intent) -> Option<Lack> {
    let engine = interpreter(config)?;
    let stub = wasmtime::component::Component::new(&engine, component_stub(wasm)?).ok()?;
    let linker = link::component_linker(&stub).ok()?;
    let error = linker.instantiate_pre(&stub).err()?;
    let missing = link::missing_interface(&format!("{error:#}"));
    // The first that is missing is all that is known; if the embedder provides it, the run says what else is.
    let mut provided = intent.provided.iter();
    let is_provided = provided.any(|(of, _)| *of == missing.module);
    (!is_provided).then(|| missing.into())
}

/// Returns the imports of a valid module that Tollgate itself does not provide, in its order, at most [`limits::UNPROVIDED_LISTED`];
/// `None` where its imports cannot be looked at without the rest of it.
pub(super) fn unprovided(wasm: &[u8], config: &EngineConfig) -> Option<Vec<Lack>> {
    let found = match Parser::is_component(wasm) {
        true => component_unprovided(wasm, config),
        false => core_unprovided(wasm, config),
    };
    let listed = found?.into_iter().take(limits::UNPROVIDED_LISTED);
    Some(listed.map(Lack::from).collect())
}

/// Those of a core module: whatever is no function, the functions that the linker takes as new, and what it then refuses.
fn core_unprovided(wasm: &[u8], config: &EngineConfig) -> Option<Vec<Missing>> {
    let imports = core_imports(wasm);
    let stub = wasmtime::Module::new(&interpreter(config)?, core_stub(wasm, &imports)?).ok()?;
    let mut linker = link::core_linker(&stub).ok()?;
    let mut functions = stub.imports();
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for import in &imports {
        let name = (import.module, import.name);
        let is_new = match function_type(import) {
            None => true,
            Some(_) => {
                let wasmtime::ExternType::Func(ty) = functions.next()?.ty() else {
                    return None;
                };
                linker.func_new(name.0, name.1, ty, never_called).is_ok()
            }
        };
        if is_new && told.insert(name) {
            found.push(with_origin(link::missing(name.0, name.1), &imports));
        }
    }
    let refused = linker.instantiate_pre(&stub).err();
    found.extend(refused.map(|error| link::missing_import(&error)));
    Some(found)
}

fn never_called<T>(
    _: wasmtime::Caller<'_, T>,
    _: &[wasmtime::Val],
    _: &mut [wasmtime::Val],
) -> wasmtime::Result<()> {
    Err(wasmtime::Error::msg("a stub was called"))
}

/// Those of a component: an interface after the other that the engine misses, which has stubs then.
fn component_unprovided(wasm: &[u8], config: &EngineConfig) -> Option<Vec<Missing>> {
    let engine = interpreter(config)?;
    let stub = wasmtime::component::Component::new(&engine, component_stub(wasm)?).ok()?;
    let mut linker = link::component_linker(&stub).ok()?;
    let mut found: Vec<Missing> = Vec::new();
    while let Some(error) = linker.instantiate_pre(&stub).err() {
        let missing = link::missing_interface(&format!("{error:#}"));
        let again = found.iter().any(|known| known.module == missing.module);
        if again || found.len() >= limits::UNPROVIDED_LISTED {
            break;
        }
        let stood_in_for = stand_in(&mut linker, &stub, &missing.module);
        found.push(missing);
        if stood_in_for.is_none() {
            break;
        }
    }
    Some(found)
}

/// Provides stubs of all that `name` has, a function or an interface that the component imports.
fn stand_in<T: 'static>(
    linker: &mut wasmtime::component::Linker<T>,
    component: &wasmtime::component::Component,
    name: &str,
) -> Option<()> {
    use wasmtime::component::types::ComponentItem;

    let engine = component.engine();
    let ty = component.component_type();
    let (_, import) = ty.imports(engine).find(|(import, _)| *import == name)?;
    let ComponentItem::ComponentInstance(interface) = import.ty else {
        return stub_of(&mut linker.root(), name, &import.ty);
    };
    let mut stubs = linker.instance(name).ok()?;
    for (name, item) in interface.exports(engine) {
        stub_of(&mut stubs, name, &item.ty);
    }
    Some(())
}

/// Provides a stub of a function or a resource.
fn stub_of<T: 'static>(
    linker: &mut wasmtime::component::LinkerInstance<'_, T>,
    name: &str,
    item: &wasmtime::component::types::ComponentItem,
) -> Option<()> {
    use wasmtime::component::{ResourceType, types::ComponentItem};

    let never = || wasmtime::Error::msg("a stub was called");
    match item {
        ComponentItem::ComponentFunc(_) => {
            linker.func_new(name, move |_, _, _, _| Err(never())).ok()
        }
        ComponentItem::Resource(_) => linker
            .resource(name, ResourceType::host::<()>(), |_, _| Ok(()))
            .ok(),
        _ => None,
    }
}

fn provides(intent: &Intent, module: &str, name: &str) -> bool {
    intent
        .provided
        .iter()
        .any(|(of, function)| of == module && function == name)
}

/// The types of a core module, and the functions it imports.
fn core_stub(wasm: &[u8], imports: &[Import<'_>]) -> Option<Vec<u8>> {
    let mut stub = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        if let Payload::TypeSection(section) = payload {
            stub.section(&RawSection {
                id: SectionId::Type as u8,
                data: wasm.get(section.range())?,
            });
        }
    }
    let mut functions = ImportSection::new();
    for import in imports {
        if let Some(ty) = function_type(import) {
            functions.import(import.module, import.name, ty);
        }
    }
    stub.section(&functions);
    Some(stub.finish())
}

/// The imports of a component and the types they are made of. `None` when they depend on what the component makes itself.
fn component_stub(wasm: &[u8]) -> Option<Vec<u8>> {
    let mut sections: Vec<(u8, Vec<u8>)> = Vec::new();
    // Sections up to the last one with imports.
    let mut whole = 0;
    let mut made = false;
    let mut separable = true;
    outermost(wasm, |payload| {
        let (id, data) = match payload {
            Payload::ComponentTypeSection(section) => {
                (ComponentSectionId::Type, wasm.get(section.range()))
            }
            Payload::CoreTypeSection(section) => {
                (ComponentSectionId::CoreType, wasm.get(section.range()))
            }
            Payload::ComponentImportSection(section) => {
                (ComponentSectionId::Import, wasm.get(section.range()))
            }
            Payload::ComponentAliasSection(section) => {
                let aliases = of_instances(wasm, section.clone()).unwrap_or_default();
                if !aliases.is_empty() {
                    sections.push((ComponentSectionId::Alias as u8, aliases));
                }
                return true;
            }
            Payload::ComponentInstanceSection(_)
            | Payload::ComponentExportSection(_)
            | Payload::ComponentSection { .. } => {
                made = true;
                return true;
            }
            _ => return true,
        };
        let is_import = matches!(id, ComponentSectionId::Import);
        sections.push((id as u8, data.unwrap_or_default().to_vec()));
        if is_import {
            separable &= !made;
            whole = sections.len();
        }
        true
    });
    sections.truncate(whole);
    let mut stub = wasm_encoder::Component::new();
    for (id, data) in sections.iter().filter(|_| separable) {
        stub.section(&RawSection { id: *id, data });
    }
    separable.then(|| stub.finish())
}

/// The content of a section with those aliases that are of instances of components: core modules play no part in imports.
fn of_instances(
    wasm: &[u8],
    section: wasmparser::SectionLimited<'_, ComponentAlias<'_>>,
) -> Option<Vec<u8>> {
    let end = section.range().end;
    let aliases: Vec<_> = section
        .into_iter_with_offsets()
        .collect::<Result<_, _>>()
        .ok()?;
    let ends = aliases.iter().skip(1).map(|(offset, _)| *offset);
    let mut content = Vec::new();
    let mut count = 0_u32;
    for ((start, alias), end) in aliases.iter().zip(ends.chain([end])) {
        if matches!(alias, ComponentAlias::InstanceExport { .. }) {
            content.extend_from_slice(wasm.get(*start..end)?);
            count += 1;
        }
    }
    if count == 0 {
        return Some(Vec::new());
    }
    let mut section = Vec::new();
    count.encode(&mut section);
    section.extend(content);
    Some(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(wat: &str, entry: EntryName) -> Option<String> {
        let intent = Intent {
            entry,
            provided: vec![(String::from("env"), String::from("given"))],
        };
        let wasm = wat::parse_str(wat).unwrap();
        lack(&wasm, &EngineConfig::metered(), &intent).map(|lack| lack.to_string())
    }

    fn function(name: &str) -> EntryName {
        EntryName::Function(name.to_owned())
    }

    #[test]
    fn an_import_of_a_core_module_is_named_with_what_helps() {
        for (import, said) in [
            (r#""wasi_unstable" "fd_write""#, "preview 0"),
            (r#""gojs" "runtime.ticks""#, "GOOS=wasip1"),
            (r#""env" "emscripten_resize_heap""#, "STANDALONE_WASM"),
            (r#""env" "sqrt""#, "host function"),
            (r#""./page_bg.js" "__wbindgen_string_new""#, "wasm-bindgen"),
            (r#""extism:host/env" "alloc""#, "plug-in of Extism"),
            (
                r#""wasi:cli/stdout@0.2.0" "get-stdout""#,
                "wasm-tools component new",
            ),
            (
                r#""wasi_snapshot_preview1" "fd_levitate""#,
                "no such function",
            ),
        ] {
            let wat = format!(r#"(module (import {import} (func)) (func (export "f")))"#);
            let lack = lacks(&wat, function("f")).expect(import);
            let names = import.replace('"', "`");
            assert!(lack.contains(&names) && lack.contains(said), "{lack}");
        }
    }

    #[test]
    fn a_module_for_another_host_is_told_so_and_not_to_be_begun_elsewhere() {
        let page = r#"(module (import "gojs" "runtime.ticks" (func)) (func (export "run")))"#;
        let node = r#"(module (import "env" "memory" (memory 1)) (import "env" "napi_throw" (func))
            (func (export "register")))"#;
        for (wat, name, host) in [
            (page, "`gojs` `runtime.ticks`", "web page"),
            (node, "`env` `memory`", "Node.js"),
        ] {
            let lack = lacks(wat, EntryName::Start).expect(wat);
            assert!(lack.contains(name) && lack.contains(host), "{lack}");
        }
    }

    #[test]
    fn the_first_missing_import_is_named_whatever_it_is() {
        let config = EngineConfig {
            proposals: Proposals {
                threads: true,
                ..Proposals::standard()
            },
            ..EngineConfig::metered()
        };
        let memory = r#"(import "env" "memory" (memory 1 2 shared))"#;
        let function = r#"(import "env" "sqrt" (func))"#;
        let given = r#"(import "env" "given" (func)) (import "env" "given" (global i32))"#;
        let intent = Intent {
            entry: EntryName::Function(String::from("f")),
            provided: vec![(String::from("env"), String::from("given"))],
        };
        for (imports, first) in [
            (format!("{given} {memory} {function}"), "`env` `memory`"),
            (format!("{function} {memory}"), "`env` `sqrt`"),
            (
                format!(r#"(import "env" "t" (table 1 funcref)) {memory}"#),
                "`env` `t`",
            ),
        ] {
            let wasm = wat::parse_str(format!(r#"(module {imports} (func (export "f")))"#));
            let lack = lack(&wasm.unwrap(), &config, &intent).expect(&imports);
            assert!(lack.to_string().contains(first), "{lack}");
        }
    }

    #[test]
    fn what_is_provided_is_not_missing() {
        for wat in [
            r#"(module (func (export "f")))"#,
            r#"(module (import "env" "given" (func (param i64))) (func (export "f")))"#,
            r#"(module (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32))) (func (export "f")))"#,
            r#"(module (import "env" "given" (memory 1)) (func (export "f")))"#,
            r#"(module (memory 1) (data (i32.const 0) "x") (func (export "f")))"#,
        ] {
            assert_eq!(lacks(wat, function("f")), None, "{wat}");
        }
    }

    #[test]
    fn a_missing_entry_lists_what_there_is() {
        let wat = r#"(module (memory (export "memory") 1) (func (export "_initialize")) (func (export "add")))"#;
        let lack = lacks(wat, EntryName::Start).unwrap();
        assert_eq!(
            lack,
            "the module has no function `_start`; it exports `_initialize`, `add`"
        );
        assert_eq!(lacks(wat, function("add")), None);
        assert!(lacks(wat, function("memory")).is_some());
    }

    #[test]
    fn an_entry_of_a_component_is_found_behind_more_exports_than_are_listed() {
        let many: String = (0..=limits::FUNCTIONS_LISTED)
            .map(|number| format!(r#"(export "e{number}" (func $f))"#))
            .collect();
        let wat = format!(
            r#"(component (core module $m (func (export "f"))) (core instance $c (instantiate $m))
              (func $f (canon lift (core func $c "f"))) {many} (type u8) (export "last" (func $f)))"#
        );
        assert_eq!(lacks(&wat, function("last")), None);
        assert!(lacks(&wat, function("none")).is_some());
    }

    #[test]
    fn an_interface_of_a_component_is_named_in_full() {
        let component = |interface: &str| {
            format!(
                r#"(component (type (instance (type (list u8)) (export "l" (type (eq 0)))
                    (type (func (param "x" 1))) (export "log" (func (type 2)))))
                  (import "{interface}" (instance $i (type 0)))
                  (alias export $i "l" (type))
                  (core module $m (func (export "f"))) (core instance $c (instantiate $m))
                  (func (export "f") (canon lift (core func $c "f"))))"#
            )
        };
        let lack = lacks(&component("wasi:logging/logging@0.1.0"), function("f")).unwrap();
        assert!(
            lack.contains("`wasi:logging/logging@0.1.0` `log`") && lack.contains("standard error"),
            "{lack}"
        );
        let lack = lacks(&component("my:own/things"), function("f")).unwrap();
        assert!(lack.contains("`my:own/things` `log`"), "{lack}");
        let whole = r#"(component (core module $m (func (export "f"))) (core instance $c (instantiate $m))
            (func (export "f") (canon lift (core func $c "f"))))"#;
        assert!(lacks(whole, EntryName::Start).is_some_and(|lack| lack.contains("wasi:cli/run")));
    }

    fn all_missing(wat: &str) -> Vec<String> {
        let wasm = wat::parse_str(wat).unwrap();
        let missing = unprovided(&wasm, &EngineConfig::metered()).unwrap();
        let names = missing.into_iter().map(|lack| match lack {
            Lack::Import { module, name, .. } => format!("{module} {name}"),
            Lack::Entry { .. } => panic!("imports alone are looked for"),
        });
        names.collect()
    }

    #[test]
    fn every_import_that_nobody_provides_is_listed_once() {
        let wat = r#"(module
            (import "env" "memory" (memory 1)) (import "env" "f" (func (param i32)))
            (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
            (import "env" "f" (func (param i32))) (import "wasi_snapshot_preview1" "fd_levitate" (func))
            (import "env" "g" (global i32)))"#;
        assert_eq!(
            all_missing(wat),
            [
                "env memory",
                "env f",
                "wasi_snapshot_preview1 fd_levitate",
                "env g"
            ]
        );
        let other = r#"(module (import "wasi_snapshot_preview1" "fd_close" (func)))"#;
        assert_eq!(all_missing(other), [" "], "of another type");
        let many: String = (0..=limits::UNPROVIDED_LISTED)
            .map(|number| format!(r#"(import "env" "f{number}" (func))"#))
            .collect();
        let wat = format!("(module {many})");
        assert_eq!(all_missing(&wat).len(), limits::UNPROVIDED_LISTED);
    }

    #[test]
    fn every_interface_that_nobody_provides_is_listed() {
        let wat = r#"(component
            (import "my:own/things" (instance (export "r" (type (sub resource))) (export "do" (func))))
            (import "wasi:random/random@0.2.3" (instance (export "get-random-u64" (func (result u64)))))
            (import "wasi:http/none@0.2.0" (instance (export "none" (func))))
            (import "alone" (func)))"#;
        let missing = all_missing(wat);
        assert_eq!(missing.len(), 3, "{missing:?}");
        for (found, name) in missing
            .iter()
            .zip(["my:own/things", "wasi:http/none@0.2.0", "alone"])
        {
            assert!(found.starts_with(name), "{found}");
        }
    }

    #[test]
    fn of_imports_that_depend_on_what_the_component_makes_nobody_knows() {
        let wat = r#"(component
            (component $c (type $t (record (field "a" u32))) (export "t" (type $t)))
            (instance $i (instantiate $c)) (alias export $i "t" (type $t))
            (import "my:own/things" (instance (export "t" (type (eq $t))) (export "do" (func)))))"#;
        let wasm = wat::parse_str(wat).unwrap();
        assert_eq!(unprovided(&wasm, &EngineConfig::metered()), None);
    }

    #[test]
    fn an_interface_that_is_there_is_not_missing() {
        let wat = r#"(component
            (import "wasi:random/random@0.2.3" (instance $r (export "get-random-u64" (func (result u64)))))
            (core module $m (func (export "f"))) (core instance $c (instantiate $m))
            (func (export "f") (canon lift (core func $c "f"))))"#;
        assert_eq!(lacks(wat, function("f")), None);
    }
}
