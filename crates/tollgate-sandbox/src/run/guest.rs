//! A guest: a module's imports resolved, and a store with its limits set.

use std::sync::Arc;

use wasmtime::Store;

use crate::{
    config::EngineConfig,
    engine::{Code, Module},
    files::Files,
    gate::{Calls, Log, may_ask},
    id::ExecutionId,
    limiter::Limiter,
    limits::{self, out_of_time},
    outcome::Failure,
    run::Execution,
    store::{Asking, Deadline, LinkKey, Linked, Meter, Pre, State, Used, hook, link},
    wasi::{Base, Console, P1, P2, Wanted, World},
};

/// Makes the store of one execution and resolves the imports of its module, or finds them resolved.
pub(crate) async fn prepare(
    id: ExecutionId,
    execution: &Execution,
    deadline: Deadline,
) -> Result<(Arc<Linked>, Store<State>), Failure> {
    let files = files(execution, deadline).await?;
    let store = store(id, execution, deadline, files)?;
    let asking = match execution.gate.as_deref().is_some_and(may_ask) {
        true => Asking::MayWait,
        false => Asking::Never,
    };
    let key = LinkKey {
        host: execution.host.id(),
        asking,
    };
    let link = || join(execution, key, &store);
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
    let opening = Files::open_grant(
        execution.module.digest(),
        &execution.grant,
        &execution.limits,
    );
    match tokio::time::timeout_at(deadline.at().into(), opening).await {
        Ok(opened) => opened.map(Some),
        Err(_) => Err(Failure::LimitExceeded(out_of_time(&execution.limits))),
    }
}

fn join(execution: &Execution, key: LinkKey, store: &Store<State>) -> Result<Linked, Failure> {
    let pre = match execution.module.code() {
        Code::Core(module) => Pre::Core(link_core(module, execution, key.asking, store)?),
        Code::Component(component) => Pre::Component(link_component(component, execution)?),
    };
    Ok(Linked { key, pre })
}

fn imports_wasi(module: &Module) -> bool {
    match module.code() {
        Code::Core(module) => link::imports_preview_1(module),
        Code::Component(component) => link::has_imports(component),
    }
}

fn link_core(
    module: &wasmtime::Module,
    execution: &Execution,
    asking: Asking,
    store: &Store<State>,
) -> Result<wasmtime::InstancePre<State>, Failure> {
    let mut linker = link::core_linker(module).map_err(|error| internal(&error))?;
    execution
        .host
        .link(&mut linker, asking)
        .map_err(|error| internal(&error))?;
    for (module, name, memory) in &execution.shared {
        linker
            .define(store, module, name, memory.wasm())
            .map_err(|error| internal(&error))?;
    }
    linker
        .instantiate_pre(module)
        .map_err(|error| link::missing_import(&error).into())
}

fn link_component(
    component: &wasmtime::component::Component,
    execution: &Execution,
) -> Result<wasmtime::component::InstancePre<State>, Failure> {
    let mut linker = link::component_linker(component).map_err(|error| internal(&error))?;
    if link::has_imports(component) {
        execution
            .host
            .link_interfaces(&mut linker)
            .map_err(|error| internal(&error))?;
    }
    linker
        .instantiate_pre(component)
        .map_err(|error| link::missing_interface(&format!("{error:#}")).into())
}

fn internal(error: &wasmtime::Error) -> Failure {
    Failure::Internal {
        message: format!("{error:#}"),
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
    let base = files.map(|files| {
        let wanted = Wanted {
            module: module.digest(),
            grant: &execution.grant,
            limits: &execution.limits,
            virtual_world: &execution.virtual_world,
            console: &console,
            calls: &calls,
        };
        Base::new(wanted, files)
    });
    let base = base.transpose()?;
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
        uncaught: None,
    };
    let engine = match module.code() {
        Code::Core(module) => module.engine(),
        Code::Component(component) => component.engine(),
    };
    let mut store = Store::new(engine, state);
    bound(&mut store, config).map_err(|error| Failure::Internal {
        message: format!("{error:#}"),
    })?;
    if wasi {
        store.call_hook(hook);
    }
    count_shared(&mut store, execution)?;
    Ok(store)
}

/// Counts shared memories as the execution's own: their growth asks no limiter.
fn count_shared(store: &mut Store<State>, execution: &Execution) -> Result<(), Failure> {
    for (_, _, memory) in &execution.shared {
        let limiter = &mut store.data_mut().limiter;
        if !limiter.grow(memory.bytes_max()) {
            let exceeded = limiter.refused().cloned();
            return Err(exceeded.map_or_else(unsaid, Failure::LimitExceeded));
        }
    }
    Ok(())
}

fn unsaid() -> Failure {
    Failure::Internal {
        message: String::from("a growth was refused by no limit"),
    }
}

fn bound(store: &mut Store<State>, config: &EngineConfig) -> wasmtime::Result<()> {
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
    Ok(())
}
