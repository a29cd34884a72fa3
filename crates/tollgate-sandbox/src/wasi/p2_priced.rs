//! Functions of WASI preview 2 that wasmtime-wasi implements, with a price for what they are asked for: randomness, arguments and
//! variables, and waiting.

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::{
    cli::WasiCliCtxView,
    p2::{
        DynPollable,
        bindings::{
            cli::environment,
            io::poll::{self, HostPollable},
            random::{insecure, random},
        },
    },
    random::WasiRandomCtx,
};

use super::{
    guard::Guard,
    p2::{HasP2, P2},
};
use crate::limits;

/// Adds the interfaces to `linker`.
pub(super) fn link<T: HasP2>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    random::add_to_linker::<T, HasRandom>(linker, randomness)?;
    insecure::add_to_linker::<T, HasRandom>(linker, randomness)?;
    environment::add_to_linker::<T, HasTexts>(linker, texts)?;
    poll::add_to_linker::<T, HasWaits>(linker, waits)
}

struct HasRandom;

impl HasData for HasRandom {
    type Data<'a> = Random<'a>;
}

struct Random<'a> {
    below: &'a mut WasiRandomCtx,
    guard: &'a mut Guard,
}

fn randomness<T: HasP2>(state: &mut T) -> Random<'_> {
    let P2 { ctx, guard, .. } = state.p2();
    Random {
        below: ctx.random(),
        guard,
    }
}

impl Random<'_> {
    /// Counts bytes that are wanted; more than there are for one call are refused below.
    fn pay(&mut self, bytes: u64) -> wasmtime::Result<()> {
        if bytes <= limits::RANDOM_BYTES {
            self.guard.affords(bytes)?;
            self.guard.moved(bytes);
        }
        Ok(())
    }
}

impl random::Host for Random<'_> {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.pay(len)?;
        random::Host::get_random_bytes(self.below, len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        random::Host::get_random_u64(self.below)
    }
}

impl insecure::Host for Random<'_> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.pay(len)?;
        insecure::Host::get_insecure_random_bytes(self.below, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        insecure::Host::get_insecure_random_u64(self.below)
    }
}

struct HasTexts;

impl HasData for HasTexts {
    type Data<'a> = Texts<'a>;
}

/// Arguments and variables.
struct Texts<'a> {
    view: WasiCliCtxView<'a>,
    guard: &'a mut Guard,
}

fn texts<T: HasP2>(state: &mut T) -> Texts<'_> {
    let P2 {
        ctx, table, guard, ..
    } = state.p2();
    Texts {
        view: WasiCliCtxView {
            ctx: ctx.cli(),
            table,
        },
        guard,
    }
}

/// Bytes of a text's place and length.
const TEXT: u64 = 8;

impl Texts<'_> {
    /// Counts texts that are given to the guest, each with its place and length.
    fn pay<'t>(&mut self, texts: impl Iterator<Item = &'t String>) -> wasmtime::Result<()> {
        let bytes = texts
            .map(|text| TEXT.saturating_add(text.len() as u64))
            .sum();
        self.guard.affords(bytes)?;
        self.guard.moved(bytes);
        Ok(())
    }
}

impl environment::Host for Texts<'_> {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        let variables = environment::Host::get_environment(&mut self.view)?;
        self.pay(variables.iter().flat_map(|(name, value)| [name, value]))?;
        Ok(variables)
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        let arguments = environment::Host::get_arguments(&mut self.view)?;
        self.pay(arguments.iter())?;
        Ok(arguments)
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        environment::Host::initial_cwd(&mut self.view)
    }
}

struct HasWaits;

impl HasData for HasWaits {
    type Data<'a> = Waits<'a>;
}

struct Waits<'a> {
    table: &'a mut ResourceTable,
    guard: &'a mut Guard,
}

fn waits<T: HasP2>(state: &mut T) -> Waits<'_> {
    let P2 { table, guard, .. } = state.p2();
    Waits { table, guard }
}

impl poll::Host for Waits<'_> {
    async fn poll(&mut self, list: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.guard.pay_for(list.len())?;
        poll::Host::poll(self.table, list).await
    }
}

impl HostPollable for Waits<'_> {
    async fn ready(&mut self, one: Resource<DynPollable>) -> wasmtime::Result<bool> {
        HostPollable::ready(self.table, one).await
    }

    async fn block(&mut self, one: Resource<DynPollable>) -> wasmtime::Result<()> {
        HostPollable::block(self.table, one).await
    }

    fn drop(&mut self, one: Resource<DynPollable>) -> wasmtime::Result<()> {
        HostPollable::drop(self.table, one)
    }
}
