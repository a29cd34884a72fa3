//! The clock that interrupts timed guests.
//!
//! A thread of its own, so that no busy executor can starve it, and asleep while no timed guest runs. A tick only makes
//! guests give their thread back; whether their time is up is decided by the clock, so a late tick costs a late check and
//! never a wrong one.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use crate::limits;

static TICKER: Ticker = Ticker {
    state: Mutex::new(State {
        engines: Vec::new(),
        active: 0,
        waiting: false,
    }),
    woken: Condvar::new(),
    started: AtomicBool::new(false),
};

struct Ticker {
    state: Mutex<State>,
    woken: Condvar,
    started: AtomicBool,
}

struct State {
    engines: Vec<wasmtime::EngineWeak>,
    active: usize,
    /// Whether the thread waits to be woken; one that ticks looks at `active` by itself. Waking costs a call of the system.
    waiting: bool,
}

impl Ticker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let mut state = self.state();
            while state.active == 0 {
                state.waiting = true;
                state = self
                    .woken
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            state.waiting = false;
            state.engines.retain(|engine| {
                engine
                    .upgrade()
                    .map(|engine| engine.increment_epoch())
                    .is_some()
            });
            drop(state);
            std::thread::sleep(limits::EPOCH_TICK);
        }
    }
}

/// Makes the clock tick for `engine` as long as it exists.
pub(crate) fn register(engine: &wasmtime::Engine) {
    TICKER.state().engines.push(engine.weak());
}

/// Keeps the clock running.
pub(crate) struct Ticking(());

/// Starts the clock; it runs until the last value returned is dropped. `None` when the system gives no thread.
pub(crate) fn tick() -> Option<Ticking> {
    if !TICKER.started.swap(true, Relaxed) {
        let thread = std::thread::Builder::new()
            .name(String::from("tollgate-ticker"))
            .spawn(|| TICKER.run());
        if thread.is_err() {
            TICKER.started.store(false, Relaxed);
            return None;
        }
    }
    let mut state = TICKER.state();
    state.active = state.active.saturating_add(1);
    if state.waiting {
        TICKER.woken.notify_one();
    }
    Some(Ticking(()))
}

impl Drop for Ticking {
    fn drop(&mut self) {
        let mut state = TICKER.state();
        state.active = state.active.saturating_sub(1);
    }
}

const _: () = assert!(limits::EPOCH_TICK.as_nanos() >= Duration::from_micros(100).as_nanos());
