//! What both versions of WASI are made from.

use std::{sync::Arc, time::SystemTime};

use rand::SeedableRng;
use wasmtime_wasi::{WasiCtxBuilder, p2::pipe::MemoryInputPipe};

use super::{
    clock::{CoarseClock, VirtualClock},
    console::Console,
    net::Network,
};
use crate::{
    digest::Digest,
    entry::Virtual,
    files::Files,
    gate::Calls,
    grant::{Grant, Stdin},
    limits::{self, Limits},
    outcome::Failure,
    stream::Stream,
};

/// What an execution wants of WASI.
pub(crate) struct Wanted<'a> {
    pub(crate) module: Digest,
    pub(crate) grant: &'a Grant,
    pub(crate) limits: &'a Limits,
    pub(crate) virtual_world: &'a Virtual,
    pub(crate) console: &'a Console,
    pub(crate) calls: &'a Arc<Calls>,
}

/// What both versions of WASI are made from.
pub(crate) struct Base {
    pub(super) builder: WasiCtxBuilder,
    pub(super) files: Arc<Files>,
    pub(super) clock: Option<VirtualClock>,
    pub(super) exit: bool,
    pub(super) handles: usize,
    /// The most bytes one call of preview 1 moves.
    pub(super) piece: usize,
    pub(super) calls: Arc<Calls>,
    pub(super) net: Network,
    pub(super) console: Console,
}

impl Base {
    /// Returns it.
    ///
    /// # Errors
    /// When there is no virtual clock as it is wanted.
    pub(crate) fn new(wanted: Wanted<'_>, files: Arc<Files>) -> Result<Self, Failure> {
        let Wanted {
            module,
            grant,
            limits,
            virtual_world,
            console,
            calls,
        } = wanted;
        let mut builder = WasiCtxBuilder::new();
        builder
            .args(&grant.args)
            .envs(grant.env())
            .max_random_size(limits::RANDOM_BYTES);
        builder
            .stdout(console.stream(Stream::Stdout))
            .stderr(console.stream(Stream::Stderr));
        stdin(&mut builder, &grant.stdin);
        let clock = match grant.clock {
            true => {
                real_clocks(&mut builder);
                None
            }
            false => Some(virtual_clocks(&mut builder, virtual_world.clock_start)?),
        };
        if !grant.random {
            randomness(&mut builder, virtual_world.seed);
        }
        let net = Network::new(module, grant.net.clone(), calls.clone());
        net.apply(&mut builder);
        Ok(Self {
            builder,
            files,
            clock,
            exit: grant.exit,
            handles: limits.handles as usize,
            piece: piece(limits.host_call_bytes),
            calls: calls.clone(),
            net,
            console: console.clone(),
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

fn real_clocks(builder: &mut WasiCtxBuilder) {
    builder
        .wall_clock(CoarseClock::new())
        .monotonic_clock(CoarseClock::new());
}

/// A guest that was told another time than the record says would make the record false.
fn virtual_clocks(
    builder: &mut WasiCtxBuilder,
    start: SystemTime,
) -> Result<VirtualClock, Failure> {
    let clock = VirtualClock::new(start).ok_or_else(|| Failure::System {
        message: String::from("a virtual clock starts in 1970 or later, and before 2554"),
    })?;
    builder
        .wall_clock(clock.clone())
        .monotonic_clock(clock.clone());
    Ok(clock)
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
