//! WASI as a guest sees it: only what was granted, and a note of what it missed.

mod clock;
mod console;
mod guard;
mod listing;
mod net;
mod p1;
mod p2;
mod paths;
mod streams;

use std::sync::Arc;

use rand::SeedableRng;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder, p2::pipe::MemoryInputPipe};

use crate::{Execution, ExecutionId, Failure, Gate, Grant, Stdin, Stream, run::Log};
use clock::{CoarseClock, VirtualClock};
use paths::Preopen;

pub(crate) use console::Console;
pub(crate) use p1::{P1, link as link_p1};
pub(crate) use p2::{P2, link as link_p2};
pub(crate) use paths::prepare;

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
    /// Returns the bytes calls moved since the last time.
    pub(crate) fn take_moved_bytes(&mut self) -> u64 {
        match self {
            Self::None => 0,
            Self::P1(world) => world.take_moved_bytes(),
            Self::P2(world) => world.take_moved_bytes(),
        }
    }
}

impl World {
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
    preopens: Vec<Preopen>,
    log: Log,
    clock: Option<VirtualClock>,
    gate: Option<Arc<dyn Gate>>,
    exit: bool,
    handles: usize,
    execution: ExecutionId,
    net: net::Network,
}

impl Base {
    pub(crate) fn new(
        id: ExecutionId,
        execution: &Execution,
        console: &Console,
        log: &Log,
    ) -> Result<Self, Failure> {
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
        let preopens = folders(&mut builder, grant)?;
        let net = net::Network::new(id, execution, log.clone());
        net.apply(&mut builder);
        Ok(Self {
            builder,
            preopens,
            log: log.clone(),
            clock,
            gate: execution.gate.clone(),
            exit: grant.exit,
            handles: execution.limits.handles as usize,
            execution: id,
            net,
        })
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

fn folders(builder: &mut WasiCtxBuilder, grant: &Grant) -> Result<Vec<Preopen>, Failure> {
    let mut preopens = paths::preopens(grant)?;
    if paths::needs_void(&preopens) {
        preopens.extend(paths::void());
    }
    for preopen in &preopens {
        let perms = if preopen.write {
            FsPerms::ReadWrite
        } else {
            FsPerms::ReadOnly
        };
        builder
            .preopened_dir(&preopen.host, &preopen.guest, perms)
            .map_err(|error| Failure::GrantUnusable {
                path: preopen.host.display().to_string(),
                message: format!("{error:#}"),
            })?;
    }
    Ok(preopens)
}
