//! WASI preview 2, with grants in front of it.
//!
//! wasmtime-wasi implements the interfaces. Files and name look-ups are ours, in `p2_files` and `p2_names`; sockets, clocks and
//! exit are replaced where the grant changes what they do.

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::{
    WasiCtx, WasiCtxView, WasiView,
    cli::WasiCliCtxView,
    clocks::WasiClocksCtxView,
    p2::{
        DynPollable, Pollable,
        bindings::{cli::exit, clocks::monotonic_clock},
        subscribe,
    },
};

use super::{Base, call::Call, clock::VirtualClock, guard::Guard};

/// The WASI preview 2 of one execution.
pub(crate) struct P2 {
    pub(super) ctx: WasiCtx,
    pub(super) table: ResourceTable,
    pub(super) guard: Guard,
}

impl P2 {
    pub(crate) fn new(base: Base) -> Self {
        let (guard, mut builder) = Guard::new(base);
        let mut table = ResourceTable::new();
        table.set_max_capacity(guard.handles());
        Self {
            ctx: builder.build(),
            table,
            guard,
        }
    }

    pub(crate) fn clock(&self) -> Option<&VirtualClock> {
        self.guard.clock.as_ref()
    }

    pub(crate) fn guard(&mut self) -> &mut Guard {
        &mut self.guard
    }

    pub(crate) fn view(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

/// The data of a store that has WASI preview 2.
pub(crate) trait HasP2: WasiView {
    /// Returns the WASI preview 2 of this store.
    fn p2(&mut self) -> &mut P2;
}

/// Adds the interfaces of clocks and of the exit to `linker`.
pub(super) fn link<T: HasP2>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    monotonic_clock::add_to_linker::<T, HasClocks>(linker, clocks)?;
    exit::add_to_linker::<T, HasExit>(linker, leaving)
}

struct HasClocks;

impl HasData for HasClocks {
    type Data<'a> = Clocks<'a>;
}

struct Clocks<'a> {
    view: WasiClocksCtxView<'a>,
    guard: &'a mut Guard,
}

fn clocks<T: HasP2>(state: &mut T) -> Clocks<'_> {
    let P2 {
        ctx, table, guard, ..
    } = state.p2();
    Clocks {
        view: WasiClocksCtxView {
            ctx: ctx.clocks(),
            table,
        },
        guard,
    }
}

struct HasExit;

impl HasData for HasExit {
    type Data<'a> = Leaving<'a>;
}

struct Leaving<'a> {
    view: WasiCliCtxView<'a>,
    guard: &'a mut Guard,
}

fn leaving<T: HasP2>(state: &mut T) -> Leaving<'_> {
    let P2 {
        ctx, table, guard, ..
    } = state.p2();
    Leaving {
        view: WasiCliCtxView {
            ctx: ctx.cli(),
            table,
        },
        guard,
    }
}

/// A sleep on the virtual clock: waiting for it makes the time pass at once.
struct VirtualSleep {
    clock: VirtualClock,
    until: u64,
}

#[wasmtime_wasi::async_trait]
impl Pollable for VirtualSleep {
    async fn ready(&mut self) {
        self.clock.wait(self.until).await;
    }
}

impl Clocks<'_> {
    fn sleep(
        &mut self,
        clock: VirtualClock,
        until: u64,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let sleep = self.view.table.push(VirtualSleep { clock, until })?;
        subscribe(self.view.table, sleep)
    }
}

impl monotonic_clock::Host for Clocks<'_> {
    fn now(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        monotonic_clock::Host::now(&mut self.view)
    }

    fn resolution(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        monotonic_clock::Host::resolution(&mut self.view)
    }

    fn subscribe_instant(
        &mut self,
        when: monotonic_clock::Instant,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        match self.guard.clock.clone() {
            Some(clock) => self.sleep(clock, when),
            None => monotonic_clock::Host::subscribe_instant(&mut self.view, when),
        }
    }

    fn subscribe_duration(
        &mut self,
        nanos: monotonic_clock::Duration,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        match self.guard.clock.clone() {
            Some(clock) => {
                let until = clock.passed().saturating_add(nanos);
                self.sleep(clock, until)
            }
            None => monotonic_clock::Host::subscribe_duration(&mut self.view, nanos),
        }
    }
}

const EXIT: Call = Call {
    module: "wasi:cli/exit",
    name: "exit",
};

impl exit::Host for Leaving<'_> {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        self.guard
            .may_exit(EXIT, if status.is_ok() { "0" } else { "1" })?;
        exit::Host::exit(&mut self.view, status)
    }

    fn exit_with_code(&mut self, code: u8) -> wasmtime::Result<()> {
        self.guard.may_exit(EXIT, &code.to_string())?;
        exit::Host::exit_with_code(&mut self.view, code)
    }
}
