//! What a gate is asked about is what a plan says that it can be asked about.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tollgate::sandbox::{
    Asked, CompileLimits, Compiler, DescribeOptions, GateCall, Imports, SourceOptions, Verdict,
};
use tollgate::{EngineConfig, Gate, Grant, PathGrant, Request, Source, Tollgate};

use crate::support::{built, repository};

/// Allows everything and keeps what it was asked.
#[derive(Default)]
struct Hears(Mutex<BTreeSet<(String, String, String)>>);

impl Gate for Hears {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.insert(named(call.capability, call.module, call.name));
        Verdict::Allow
    }
}

fn named(capability: impl ToString, interface: &str, operation: &str) -> (String, String, String) {
    (
        capability.to_string(),
        interface.to_owned(),
        operation.to_owned(),
    )
}

fn imports(guest: &str) -> Imports {
    let path = repository().join("guests/build").join(guest);
    let source = Source::File(path.with_extension("wasm"));
    let read = source.read(&SourceOptions::default()).unwrap();
    let compiler = Compiler::in_process(CompileLimits::default());
    let config = EngineConfig::metered();
    let imports = compiler.imports(&read, &DescribeOptions::default(), &config);
    imports.unwrap()
}

/// A folder with some of everything that the calls are about.
fn ground() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["dir", "full", "empty"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    for name in ["file", "other", "full/inner"] {
        std::fs::write(at(name), "some text").unwrap();
    }
    symlink("file", at("link")).unwrap();
    symlink("dir", at("dirlink")).unwrap();
    folder
}

fn heard(guest: &str, functions: &BTreeSet<String>) -> BTreeSet<(String, String, String)> {
    let hears = Arc::new(Hears::default());
    for function in functions {
        let folder = ground();
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped(folder.path(), "/w"));
        grant.write = grant.read.clone();
        grant.args = vec![guest.to_owned(), function.clone()];
        let tollgate = Tollgate::builder()
            .engine(EngineConfig {
                allocation: tollgate::sandbox::Allocation::OnDemand,
                ..EngineConfig::metered()
            })
            .compile_in_process()
            .cache(tollgate::CacheConfig::new(cache()))
            .may_grant(grant.clone())
            .build()
            .unwrap();
        let module = built(&tollgate, guest);
        let request = Request::start(&module).grant(grant).gate(hears.clone());
        tollgate.execute_blocking(request).unwrap();
    }
    let heard = hears.0.lock().unwrap_or_else(PoisonError::into_inner);
    heard.clone()
}

/// One for all runs, so that a guest is compiled once.
fn cache() -> &'static Path {
    use std::sync::LazyLock;

    static CACHE: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    CACHE.path()
}

#[test]
fn a_gate_is_asked_what_the_names_of_imports_say_and_nothing_else() {
    for guest in ["wasi-calls", "wasi-calls-component"] {
        let imports = imports(guest);
        assert_eq!(imports.unprovided, Some(Vec::new()));
        let items = &imports.inspection.imports;
        let asked: BTreeSet<_> = items
            .iter()
            .flat_map(tollgate::Item::asked)
            .map(|asked| {
                let Asked {
                    capability,
                    interface,
                    operation,
                } = asked;
                named(capability, &interface, &operation)
            })
            .collect();
        // The guests are told by the last word of a function's name what to call.
        let functions = items
            .iter()
            .filter_map(|item| item.name.rsplit(['.', '#']).next())
            .map(str::to_owned)
            .collect();
        let heard = heard(guest, &functions);
        let unsaid: Vec<_> = heard.difference(&asked).collect();
        assert!(unsaid.is_empty(), "{guest}: {unsaid:?}");
        let of_files = |call: &&(String, String, String)| call.0.starts_with("file-");
        let unheard: Vec<_> = asked.difference(&heard).filter(of_files).collect();
        assert!(unheard.is_empty(), "{guest}: {unheard:?}");
    }
}
