//! The imports of a module, joined with what Tollgate provides, and what is said about an import that nobody provides.
//!
//! The linkers made here answer twice: when a module is run, and before it is compiled (`compile/ready.rs`).

use wasmtime::UnknownImportError;

use super::State;
use crate::{outcome::Failure, text::bounded, wasi};

/// Returns a linker with what Tollgate provides to core modules of which `module` has the imports.
pub(crate) fn core_linker(module: &wasmtime::Module) -> wasmtime::Result<wasmtime::Linker<State>> {
    let mut linker = wasmtime::Linker::new(module.engine());
    if imports_preview_1(module) {
        wasi::link_p1(&mut linker, State::p1)?;
    }
    Ok(linker)
}

/// Tells whether a core module imports anything of WASI preview 1.
pub(crate) fn imports_preview_1(module: &wasmtime::Module) -> bool {
    module
        .imports()
        .any(|import| import.module() == wasi::PREVIEW_1)
}

/// Returns a linker with what Tollgate provides to components.
pub(crate) fn component_linker(
    component: &wasmtime::component::Component,
) -> wasmtime::Result<wasmtime::component::Linker<State>> {
    let mut linker = wasmtime::component::Linker::new(component.engine());
    if has_imports(component) {
        wasi::link_p2(&mut linker)?;
    }
    Ok(linker)
}

/// Tells whether a component imports anything.
pub(crate) fn has_imports(component: &wasmtime::component::Component) -> bool {
    let ty = component.component_type();
    ty.imports(component.engine()).len() > 0
}

/// An import that nobody provides.
pub(crate) struct Missing {
    pub(crate) module: String,
    /// Empty when a whole interface is missing.
    pub(crate) name: String,
    /// What to do about it.
    pub(crate) hint: String,
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        let Missing { module, name, hint } = missing;
        Self::MissingImport {
            module,
            name,
            hint: Some(hint),
        }
    }
}

/// Says which import of a core module nobody provides.
pub(crate) fn missing_import(error: &wasmtime::Error) -> Missing {
    let Some(unknown) = error.downcast_ref::<UnknownImportError>() else {
        return Missing {
            module: String::new(),
            name: String::new(),
            hint: bounded(format!("{error:#}")),
        };
    };
    missing(unknown.module(), unknown.name())
}

/// Says of an import of a core module that nobody provides it.
pub(crate) fn missing(module: &str, name: &str) -> Missing {
    let hint = made_for(module, name).unwrap_or(match module {
        wasi::PREVIEW_1 => "WASI preview 1 has no such function",
        _ => {
            "only a program that embeds Tollgate can provide it, as a host function or a shared memory"
        }
    });
    Missing {
        module: bounded(module.to_owned()),
        name: bounded(name.to_owned()),
        hint: hint.to_owned(),
    }
}

/// Says which tool makes such imports for which host, and how it makes others; nothing if the names do not tell.
pub(crate) fn made_for(module: &str, name: &str) -> Option<&'static str> {
    let told = match (module, name) {
        ("wasi_unstable", _) => {
            "it was built for WASI preview 0, which is no more; build it again for preview 1: \
             `--target wasm32-wasip1` with Rust, wasi-sdk 8 or newer with C"
        }
        ("wasi", "thread-spawn") => {
            "guests start no threads; build it without them, for `wasm32-wasip1`"
        }
        ("wbg" | "__wbindgen_placeholder__" | "__wbindgen_externref_xform__", _) => {
            "it was built for a web page by wasm-bindgen; build its sources as a program for `wasm32-wasip1`"
        }
        (_, name) if name.starts_with("__wbindgen_") || name.starts_with("__wbg_") => {
            "it was built for JavaScript by wasm-bindgen; build its sources as a program for `wasm32-wasip1`"
        }
        (module, _) if module.starts_with("extism:") => {
            "it is a plug-in of Extism, whose host it calls; build its sources as a program for `wasm32-wasip1`"
        }
        (module, _) if module.starts_with("wasi:") => {
            "it is the inside of a component; make one of it with `wasm-tools component new`"
        }
        ("gojs" | "go", _) => {
            "it was built by Go for a web page; build it with `GOOS=wasip1 GOARCH=wasm`"
        }
        ("GOT.mem" | "GOT.func", _) | ("env", "__memory_base" | "__table_base") => {
            "it is a part of a program that is linked when it starts; link it whole"
        }
        ("napi" | "emnapi", _) => NODE,
        ("env", name) if name.starts_with("napi_") => NODE,
        ("env", name) if is_emscripten(name) => {
            "it was built by Emscripten for JavaScript; build it with `-sSTANDALONE_WASM`"
        }
        ("a" | "env", name) if name.len() == 1 => {
            "it was built for the JavaScript that came with it, as Emscripten shortens names for that; build it with \
             `-sSTANDALONE_WASM`"
        }
        ("env", "abort" | "trace" | "seed") => {
            "it was built by AssemblyScript for a web page; build it with `--use abort=` and without `trace` and `seed`"
        }
        _ => return None,
    };
    Some(told)
}

const NODE: &str = "it was built as a part of a program for Node.js, whose functions it calls; build its sources as a program for \
                    `wasm32-wasip1`";

fn is_emscripten(name: &str) -> bool {
    let starts = [
        "emscripten_",
        "_emscripten_",
        "invoke_",
        "__syscall_",
        "__cxa_",
    ];
    starts.iter().any(|start| name.starts_with(start))
}

/// The engine names what a component is missing in its text only, between backticks: the interface, and the function in it
/// if the interface is there.
pub(crate) fn missing_interface(text: &str) -> Missing {
    let mut names = text.split('`').skip(1).step_by(2);
    let module = names.next().unwrap_or_default();
    let inside = text.contains("instance export");
    let name = names.next().filter(|_| inside).unwrap_or_default();
    // What is there and of another type is said best by the engine.
    let hint = if text.contains("implementation is missing") {
        component_hint(module).to_owned()
    } else {
        bounded(text.to_owned())
    };
    Missing {
        module: bounded(module.to_owned()),
        name: bounded(name.to_owned()),
        hint,
    }
}

/// What helps with an interface that a component imports.
fn component_hint(interface: &str) -> &'static str {
    let Some(package) = interface.strip_prefix("wasi:") else {
        return "only a program that embeds Tollgate can provide it, as a host function of the interface";
    };
    let (package, version) = package.split_once('@').unwrap_or((package, ""));
    let package = package
        .split_once('/')
        .map_or(package, |(package, _)| package);
    match package {
        "logging" => "Tollgate has no logs of guests; let it write to standard error",
        "config" => "Tollgate has no configuration for guests; let it read environment variables",
        "keyvalue" | "blobstore" => "Tollgate keeps nothing for guests; let it write files",
        "http" => "Tollgate has no HTTP for guests; let it use sockets",
        _ if version.starts_with("0.3") => {
            "it was built for WASI preview 3; build it again for preview 2 (`--target wasm32-wasip2`)"
        }
        _ => {
            "of WASI preview 2 there are `wasi:cli`, `wasi:clocks`, `wasi:filesystem`, `wasi:io`, `wasi:random` and \
             `wasi:sockets`, in version 0.2"
        }
    }
}
