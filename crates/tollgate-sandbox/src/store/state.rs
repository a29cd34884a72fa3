//! What the store of one execution carries: limits, meters, the log of violations, and the world the guest sees.

use std::{any::Any, sync::Arc};

use wasmtime::{AsContext, AsContextMut, CallHook, StoreContextMut};

use super::{Deadline, Used};
use crate::{
    gate::{Calls, Log},
    limiter::Limiter,
    limits::{self, LimitExceeded, LimitKind, Limits, out_of_time},
    wasi::{
        Console, HasP2, P1, P2, World,
        price::{WASI_BYTE_GAS, WASI_CALL_GAS},
    },
};

/// The data of a store.
pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) limiter: Limiter,
    pub(crate) meter: Meter,
    pub(crate) log: Log,
    pub(crate) calls: Arc<Calls>,
    pub(crate) context: Option<Arc<dyn Any + Send + Sync>>,
    pub(crate) console: Console,
    pub(crate) deadline: Deadline,
    pub(crate) depth: u32,
    pub(crate) world: World,
    /// What the module says of the exception that ended it.
    pub(crate) uncaught: Option<String>,
}

/// Counts what host calls do and cost.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) metered: bool,
    /// Whether the store's call hook counts calls.
    pub(crate) hooked: bool,
    pub(crate) gas_limit: u64,
    pub(crate) used: Arc<Used>,
    pub(crate) pace: Pace,
}

/// When a metered guest gives its thread back. Charging sets the fuel again, and the engine counts the interval from there:
/// a guest that calls the host often enough would keep its thread for ever. So the level of fuel at which it is due is kept
/// here, and when it has passed, the interval is made shorter with each call until the guest did give its thread back.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Fuel left at which the guest is due.
    due: u64,
    /// [`Used::yields`] when that was set.
    yields: u64,
    /// The engine's interval; 0 before the first charge.
    interval: u64,
}

/// By how much the interval of a guest that is due gets shorter with each call.
const HURRY: u64 = 10;

impl Pace {
    /// Returns the interval that the engine needs to be told when `left` fuel is left, if it is another than it has.
    fn follow(&mut self, left: u64, yields: u64) -> Option<u64> {
        let interval = if self.interval == 0 || self.yields != yields {
            self.yields = yields;
            self.due = left.saturating_sub(limits::YIELD_FUEL);
            limits::YIELD_FUEL
        } else if left <= self.due {
            (self.interval / HURRY).max(1)
        } else {
            self.interval
        };
        let known = std::mem::replace(&mut self.interval, interval);
        (known != interval).then_some(interval)
    }
}

impl State {
    /// The WASI preview 1 of this store.
    ///
    /// INVARIANT: stores of modules that import it have it; nobody else is linked to what calls this.
    #[expect(
        clippy::unreachable,
        reason = "see above: there is nothing else it could give"
    )]
    pub(crate) fn p1(&mut self) -> &mut P1 {
        match &mut self.world {
            World::P1(world) => world,
            World::None | World::P2(_) => {
                unreachable!("only modules that import WASI preview 1 are linked to it")
            }
        }
    }

    /// Fails when the execution's time is up. Every call out of the guest asks this.
    pub(crate) fn check_time(&self) -> Result<(), LimitExceeded> {
        if self.deadline.has_passed() {
            Err(out_of_time(&self.limits))
        } else {
            Ok(())
        }
    }
}

/// Returns the gas that an engine that counts it has left. One that does not count after all has nothing to give: all of the limit is
/// used then, and nothing more can be paid.
pub(crate) fn fuel_left(store: impl AsContext<Data = State>) -> u64 {
    store.as_context().get_fuel().unwrap_or(0)
}

/// Takes `gas` from what is left; what cannot be paid ends the execution.
pub(crate) fn charge(
    mut store: impl AsContextMut<Data = State>,
    gas: u64,
) -> Result<(), LimitExceeded> {
    let mut store = store.as_context_mut();
    let limit = store.data().meter.gas_limit;
    let spent = || LimitExceeded::new(LimitKind::Gas, limit);
    if store.data().meter.metered {
        let left = fuel_left(&store);
        let after = left.checked_sub(gas);
        drop(store.set_fuel(after.unwrap_or(0)));
        let meter = &mut store.data_mut().meter;
        if let Some(interval) = meter.pace.follow(left, meter.used.yields.get()) {
            drop(store.fuel_async_yield_interval(Some(interval)));
        }
        store.data().meter.used.gas_host.add(gas.min(left));
        after.map(|_| ()).ok_or_else(spent)
    } else {
        let spent_already = &store.data().meter.used.gas_host;
        let left = limit.saturating_sub(spent_already.get());
        // What cannot be paid is not spent, here as above.
        spent_already.add(gas.min(left));
        if gas > left { Err(spent()) } else { Ok(()) }
    }
}

/// Returns the gas that can still be charged.
fn gas_left(store: impl AsContext<Data = State>) -> u64 {
    let store = store.as_context();
    let meter = &store.data().meter;
    if meter.metered {
        fuel_left(&store)
    } else {
        meter.gas_limit.saturating_sub(meter.used.gas_host.get())
    }
}

/// Tells those who want to know it how much gas was used so far.
pub(crate) fn tell_gas(store: impl AsContext<Data = State>) {
    let store = store.as_context();
    let state = store.data();
    if state.calls.wants_gas() {
        let left = gas_left(&store);
        state
            .calls
            .set_gas(state.meter.gas_limit.saturating_sub(left));
    }
}

/// Counts and charges every call into WASI: the fixed price on the way out, the price of the bytes on the way back.
pub(crate) fn hook(mut store: StoreContextMut<'_, State>, event: CallHook) -> wasmtime::Result<()> {
    match event {
        CallHook::CallingHost => {
            let state = store.data_mut();
            state.meter.used.host_calls.add(1);
            state.check_time()?;
            charge(&mut store, WASI_CALL_GAS)?;
            let left = gas_left(&store);
            store.data_mut().world.set_gas_left(left);
            tell_gas(&store);
        }
        CallHook::ReturningFromHost => {
            let state = store.data_mut();
            if u128::from(state.world.slept()) >= state.limits.wall.as_nanos() {
                return Err(out_of_time(&state.limits).into());
            }
            let (bytes, work) = (state.world.take_moved_bytes(), state.world.take_work());
            state.meter.used.host_call_bytes.add(bytes);
            let gas = work.saturating_add(bytes.saturating_mul(WASI_BYTE_GAS));
            if gas > 0 {
                charge(&mut store, gas)?;
            }
        }
        CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
    }
    Ok(())
}

impl HasP2 for State {
    /// INVARIANT: stores of components have it; nobody else is linked to what calls this.
    #[expect(
        clippy::unreachable,
        reason = "see above: there is nothing else it could give"
    )]
    fn p2(&mut self) -> &mut P2 {
        match &mut self.world {
            World::P2(world) => world,
            World::None | World::P1(_) => {
                unreachable!("only components are linked to WASI preview 2")
            }
        }
    }
}

impl wasmtime_wasi::WasiView for State {
    fn ctx(&mut self) -> wasmtime_wasi::WasiCtxView<'_> {
        self.p2().view()
    }
}
