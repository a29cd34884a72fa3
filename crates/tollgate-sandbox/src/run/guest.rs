//! A guest: a module's imports resolved, and a store with its limits set.

use std::sync::Arc;

use wasmtime::{Store, UnknownImportError};

use super::{Deadline, Linked, Log, Meter, Pre, State, Used, hook, out_of_time};
use crate::{
    EngineConfig, Execution, ExecutionId, Failure, Module,
    files::Files,
    gate::Calls,
    limiter::Limiter,
    limits,
    module::Code,
    wasi::{self, Base, Console, P1, P2, World},
};

/// Makes the store of one execution and resolves the imports of its module, or finds them resolved.
pub(crate) async fn prepare(
    id: ExecutionId,
    execution: &Execution,
    deadline: Deadline,
) -> Result<(Arc<Linked>, Store<State>), Failure> {
    let files = files(execution, deadline).await?;
    let store = store(id, execution, deadline, files)?;
    let asking = execution.gate.as_ref().is_some_and(|gate| gate.may_ask());
    let key = LinkKey {
        host: execution.host.id(),
        asking,
    };
    let link = || link(execution, key, &store);
    // Shared memories belong to this execution, so what is resolved with them is not kept.
    let linked = if execution.shared.is_empty() {
        execution.module.linked(key, link)?
    } else {
        Arc::new(link()?)
    };
    Ok((linked, store))
}

/// Opens what was granted, if the module can use it, within the time of the execution.
async fn files(execution: &Execution, deadline: Deadline) -> Result<Option<Arc<Files>>, Failure> {
    let uses = match execution.module.code() {
        Code::Core(_) => imports_wasi(&execution.module),
        Code::Component(_) => true,
    };
    if !uses {
        return Ok(None);
    }
    let opening = Files::open_grant(&execution.grant, &execution.limits);
    match tokio::time::timeout_at(deadline.at().into(), opening).await {
        Ok(opened) => opened.map(Some),
        Err(_) => Err(Failure::LimitExceeded(out_of_time(&execution.limits))),
    }
}

fn link(execution: &Execution, key: LinkKey, store: &Store<State>) -> Result<Linked, Failure> {
    let pre = match execution.module.code() {
        Code::Core(module) => Pre::Core(link_core(module, execution, key.asking, store)?),
        Code::Component(component) => Pre::Component(link_component(component, execution)?),
    };
    Ok(Linked { key, pre })
}

/// What resolved imports depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkKey {
    host: u64,
    asking: bool,
}

fn imports_wasi(module: &Module) -> bool {
    match module.code() {
        Code::Core(module) => module
            .imports()
            .any(|import| import.module() == wasi::PREVIEW_1),
        Code::Component(component) => {
            component.component_type().imports(component.engine()).len() > 0
        }
    }
}

fn link_core(
    module: &wasmtime::Module,
    execution: &Execution,
    asking: bool,
    store: &Store<State>,
) -> Result<wasmtime::InstancePre<State>, Failure> {
    let mut linker = wasmtime::Linker::new(module.engine());
    let internal = |error: wasmtime::Error| Failure::Internal {
        message: format!("{error:#}"),
    };
    if module
        .imports()
        .any(|import| import.module() == wasi::PREVIEW_1)
    {
        wasi::link_p1(&mut linker).map_err(internal)?;
    }
    execution.host.link(&mut linker, asking).map_err(internal)?;
    for (module, name, memory) in &execution.shared {
        linker
            .define(store, module, name, memory.wasm())
            .map_err(internal)?;
    }
    linker
        .instantiate_pre(module)
        .map_err(|error| missing_import(&error))
}

fn missing_import(error: &wasmtime::Error) -> Failure {
    let (module, name) = match error.downcast_ref::<UnknownImportError>() {
        Some(unknown) => (unknown.module().to_owned(), unknown.name().to_owned()),
        None => {
            let message = super::bounded(format!("{error:#}"));
            return Failure::MissingImport {
                module: String::new(),
                name: String::new(),
                hint: Some(message),
            };
        }
    };
    let hint = match module.as_str() {
        "wasi_unstable" => {
            Some("it was built for WASI preview 0; build it again for `wasm32-wasip1`")
        }
        wasi::PREVIEW_1 => Some("WASI preview 1 has no such function"),
        "wbg" | "__wbindgen_placeholder__" => Some("it was built for a web page by wasm-bindgen"),
        _ => None,
    };
    Failure::MissingImport {
        module: super::bounded(module),
        name: super::bounded(name),
        hint: hint.map(str::to_owned),
    }
}

fn link_component(
    component: &wasmtime::component::Component,
    execution: &Execution,
) -> Result<wasmtime::component::InstancePre<State>, Failure> {
    let mut linker = wasmtime::component::Linker::new(component.engine());
    if component.component_type().imports(component.engine()).len() > 0 {
        let internal = |error: wasmtime::Error| Failure::Internal {
            message: format!("{error:#}"),
        };
        wasi::link_p2(&mut linker).map_err(internal)?;
        execution
            .host
            .link_interfaces(&mut linker)
            .map_err(internal)?;
    }
    linker
        .instantiate_pre(component)
        .map_err(|error| missing_interface(&format!("{error:#}")))
}

/// The engine names what a component is missing in its text only, between backticks: the interface, and the function in it
/// if the interface is there.
fn missing_interface(text: &str) -> Failure {
    let mut names = text.split('`').skip(1).step_by(2);
    let module = names.next().unwrap_or_default();
    let inside = text.contains("instance export");
    let name = names.next().filter(|_| inside).unwrap_or_default();
    // What is there and of another type is said best by the engine.
    let hint = if !text.contains("implementation is missing") {
        super::bounded(text.to_owned())
    } else if module.starts_with("wasi:") {
        String::from(
            "of WASI preview 2 there are `wasi:cli`, `wasi:clocks`, `wasi:filesystem`, `wasi:io`, `wasi:random` and \
             `wasi:sockets`, in version 0.2",
        )
    } else {
        String::from(
            "only a program that embeds Tollgate can provide it, as a host function of the interface",
        )
    };
    Failure::MissingImport {
        module: super::bounded(module.to_owned()),
        name: super::bounded(name.to_owned()),
        hint: Some(hint),
    }
}

/// Makes the store of one execution. Everything that bounds the guest is set here, before any of its code can run.
fn store(
    id: ExecutionId,
    execution: &Execution,
    deadline: Deadline,
    files: Option<Arc<Files>>,
) -> Result<Store<State>, Failure> {
    let module = &execution.module;
    let config = module.engine().config();
    let log = Log::default();
    let calls = Calls::new(id, execution.judges(), log.clone());
    let console = Console::new(execution.limits.output_bytes, execution.output.clone());
    let wasi = imports_wasi(module);
    let base = files.map(|files| Base::new(execution, files, (&console, &calls)));
    let mut world = match (module.code(), base) {
        (_, None) => World::None,
        (Code::Core(_), Some(base)) => World::P1(Box::new(P1::new(base))),
        (Code::Component(_), Some(base)) => World::P2(Box::new(P2::new(base))),
    };
    let limiter = Limiter::new(
        &execution.limits,
        module.engine().shared().memory.clone(),
        module.memory_account().clone(),
    );
    let used = Arc::new(Used::new(limiter.watch_peak(), world.disk()));
    let state = State {
        limits: execution.limits.clone(),
        limiter,
        meter: Meter {
            metered: config.is_metered(),
            hooked: wasi,
            gas_limit: execution.limits.gas,
            used,
            ..Meter::default()
        },
        log,
        calls,
        context: execution.context.clone(),
        console,
        deadline,
        depth: 0,
        world,
    };
    let engine = match module.code() {
        Code::Core(module) => module.engine(),
        Code::Component(component) => component.engine(),
    };
    let mut store = Store::new(engine, state);
    bound(&mut store, config, wasi).map_err(|error| Failure::Internal {
        message: format!("{error:#}"),
    })?;
    count_shared(&mut store, execution)?;
    Ok(store)
}

/// Counts shared memories as the execution's own: their growth asks no limiter.
fn count_shared(store: &mut Store<State>, execution: &Execution) -> Result<(), Failure> {
    for (_, _, memory) in &execution.shared {
        let limiter = &mut store.data_mut().limiter;
        if !limiter.grow(memory.bytes_max())
            && let Some(exceeded) = limiter.refused()
        {
            return Err(Failure::LimitExceeded(exceeded.clone()));
        }
    }
    Ok(())
}

fn bound(store: &mut Store<State>, config: &EngineConfig, wasi: bool) -> wasmtime::Result<()> {
    store.limiter(|state| &mut state.limiter);
    if config.is_metered() {
        store.set_fuel(store.data().limits.gas)?;
        store.fuel_async_yield_interval(Some(limits::YIELD_FUEL))?;
    } else {
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
    }
    let bytes = usize::try_from(store.data().limits.host_call_bytes).unwrap_or(usize::MAX);
    store.set_hostcall_fuel(bytes);
    store.set_max_component_handles(store.data().limits.handles as usize);
    if wasi {
        store.call_hook(hook);
    }
    Ok(())
}
