//! WASI as a guest sees it: only what was granted, and a note of what it missed.

mod calls;
mod clock;
mod console;
mod doing;
mod guard;
mod net;
mod p1;
mod p1_listing;
mod p1_poll;
mod p1_streams;
mod p1_table;
mod p1_words;
mod p2;
mod p2_files;
mod p2_names;
mod p2_priced;
mod p2_sockets;
mod p2_streams;
mod p2_tcp;
mod p2_udp;
mod p2_words;
mod streams;

use std::sync::Arc;

use rand::SeedableRng;
use wasmtime_wasi::{WasiCtxBuilder, p2::pipe::MemoryInputPipe};

use crate::{
    Execution, Stdin, Stream,
    files::{Disk, Files},
    gate::Calls,
    limits,
};
use clock::{CoarseClock, VirtualClock};
use guard::Guard;

pub(crate) use crate::files::prepare;
pub(crate) use console::Console;
pub(crate) use p1::{P1, link as link_p1};
pub(crate) use p2::{P2, link as link_p2};

/// Name of the module of WASI preview 1.
pub(crate) const PREVIEW_1: &str = "wasi_snapshot_preview1";

/// What a guest's WASI imports reach.
pub(crate) enum World {
    /// The module has no WASI imports.
    None,
    /// A core module of WASI preview 1.
    P1(Box<P1>),
    /// A component; it may have imports of WASI preview 2.
    P2(Box<P2>),
}

impl World {
    fn guard(&mut self) -> Option<&mut Guard> {
        match self {
            Self::None => None,
            Self::P1(world) => Some(world.guard()),
            Self::P2(world) => Some(world.guard()),
        }
    }

    /// Tells calls how much gas there is for work of theirs.
    pub(crate) fn set_gas_left(&mut self, gas: u64) {
        if let Some(guard) = self.guard() {
            guard.files.work.set_left(gas);
        }
    }

    /// Returns the gas of the work that calls did for files since the last time.
    pub(crate) fn take_work(&mut self) -> u64 {
        self.guard().map_or(0, |guard| guard.files.work.take())
    }

    /// Returns the account of what is put on the disk.
    pub(crate) fn disk(&mut self) -> Option<Arc<Disk>> {
        self.guard().map(|guard| guard.files.disk())
    }

    /// Returns the bytes calls moved since the last time.
    pub(crate) fn take_moved_bytes(&mut self) -> u64 {
        self.guard().map_or(0, Guard::take_moved)
    }

    /// Returns the nanoseconds the guest slept on the virtual clock.
    pub(crate) fn slept(&self) -> u64 {
        let clock = match self {
            Self::None => None,
            Self::P1(world) => world.clock(),
            Self::P2(world) => world.clock(),
        };
        clock.map_or(0, VirtualClock::slept)
    }
}

/// What both versions of WASI are made from.
pub(crate) struct Base {
    builder: WasiCtxBuilder,
    files: Arc<Files>,
    clock: Option<VirtualClock>,
    exit: bool,
    handles: usize,
    /// The most bytes one call of preview 1 moves.
    piece: usize,
    calls: Arc<Calls>,
    net: net::Network,
    console: Console,
}

impl Base {
    pub(crate) fn new(
        execution: &Execution,
        files: Arc<Files>,
        (console, calls): (&Console, &Arc<Calls>),
    ) -> Self {
        let grant = &execution.grant;
        let mut builder = WasiCtxBuilder::new();
        builder
            .args(&grant.args)
            .envs(grant.env())
            .max_random_size(crate::limits::RANDOM_BYTES);
        builder
            .stdout(console.stream(Stream::Stdout))
            .stderr(console.stream(Stream::Stderr));
        stdin(&mut builder, &grant.stdin);
        let clock = clocks(&mut builder, execution);
        if !grant.random {
            randomness(&mut builder, execution.virtual_world.seed);
        }
        let net = net::Network::new(execution, calls.clone());
        net.apply(&mut builder);
        Self {
            builder,
            files,
            clock,
            exit: grant.exit,
            handles: execution.limits.handles as usize,
            piece: piece(execution.limits.host_call_bytes),
            calls: calls.clone(),
            net,
            console: console.clone(),
        }
    }
}

fn stdin(builder: &mut WasiCtxBuilder, stdin: &Stdin) {
    match stdin {
        Stdin::Empty => {}
        Stdin::Bytes(bytes) => {
            builder.stdin(MemoryInputPipe::new(bytes.clone()));
        }
        Stdin::Inherit => {
            builder.inherit_stdin();
        }
    }
}

fn clocks(builder: &mut WasiCtxBuilder, execution: &Execution) -> Option<VirtualClock> {
    if execution.grant.clock {
        builder
            .wall_clock(CoarseClock::new())
            .monotonic_clock(CoarseClock::new());
        return None;
    }
    let clock = VirtualClock::new(execution.virtual_world.clock_start);
    builder
        .wall_clock(clock.clone())
        .monotonic_clock(clock.clone());
    Some(clock)
}

fn randomness(builder: &mut WasiCtxBuilder, seed: u64) {
    // Different streams of one seed, so that the secure and the insecure generator do not repeat each other.
    builder
        .secure_random(rand::rngs::StdRng::seed_from_u64(seed))
        .insecure_random(rand::rngs::StdRng::seed_from_u64(!seed))
        .insecure_random_seed(u128::from(seed));
}

/// Returns the most bytes a call moves at once; a limit below it is one on each call.
fn piece(host_call_bytes: u64) -> usize {
    let piece = host_call_bytes.clamp(1, limits::STREAM_READ_BYTES);
    usize::try_from(piece).unwrap_or(usize::MAX)
}
