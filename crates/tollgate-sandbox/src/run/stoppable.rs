//! Which runs can be stopped in time inside this process, and where the others go.
//!
//! A guest is stopped when it gives its thread back, and it does that where its code counts fuel or looks at the epoch.
//! Some work of the engine counts neither: waiting at an address of a shared memory, collecting garbage, copying texts
//! between the memories of a component's parts. Nothing in this process can interrupt such work, so a run that may do it
//! is given a process of its own, which can be killed. [`obstacle`] is the only place that knows what cannot be stopped.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Execution, Failure, Limits, Module, Profile, Proposals, limits::UNINTERRUPTED_BYTES,
    module::Code,
};

/// What happens to a run that could go on past its time limit inside this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unstoppable {
    /// It gets a process of its own, as in the profile `isolated`; if that cannot be, it is refused. The default.
    Isolate,
    /// It is refused: this program starts no processes for guests. A run with very much memory is late instead.
    Refuse,
    /// It runs here, for modules that the embedder trusts not to overrun their time.
    Accept,
}

/// Why a run cannot be stopped in time inside this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Obstacle {
    /// It may wait at an address of a shared memory: its engine has the proposal `threads`.
    Waiting,
    /// It may collect garbage, which burns no fuel: its engine has the proposals `gc` or `exceptions`.
    Collecting,
    /// It is a component whose parts have several memories; what goes from one to the other burns no fuel.
    Copying,
    /// One instruction of it may touch more than [`crate::limits::UNINTERRUPTED_BYTES`]: its limit of memory is that high. Such a
    /// run is never refused: where it cannot move, it may be late by the time that touching its memory takes.
    Filling,
}

impl Obstacle {
    /// Whether what it delays has an end that the guest cannot put off: then a run that cannot move is late, and not refused.
    fn is_bounded(self) -> bool {
        match self {
            Self::Filling => true,
            Self::Waiting | Self::Collecting | Self::Copying => false,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => {
                f.write_str("it may wait at an address of a shared memory (proposal `threads`)")
            }
            Self::Collecting => {
                f.write_str("collecting its garbage is not counted (proposals `gc`, `exceptions`)")
            }
            Self::Copying => {
                f.write_str("copying between the memories of its parts is not counted")
            }
            Self::Filling => write!(
                f,
                "one instruction of it may touch more than {} MiB of memory",
                UNINTERRUPTED_BYTES >> 20
            ),
        }
    }
}

/// Where a run takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    /// In this process.
    Here,
    /// In a process of its own, by the choice of the engine or because of an obstacle.
    Isolated(Option<Obstacle>),
}

/// Says where `execution` runs.
pub(super) fn site(execution: &Execution) -> Result<Site, Failure> {
    let config = execution.module.engine().config();
    if crate::isolated::is_runner() {
        return Ok(Site::Here);
    }
    if config.profile == Profile::Isolated {
        return Ok(Site::Isolated(None));
    }
    let Some(obstacle) = obstacle(&execution.module, &execution.limits) else {
        return Ok(Site::Here);
    };
    match config.unstoppable {
        Unstoppable::Accept => Ok(Site::Here),
        Unstoppable::Refuse if obstacle.is_bounded() => Ok(Site::Here),
        Unstoppable::Refuse => Err(refused(
            obstacle,
            "this program starts no processes for guests",
        )),
        Unstoppable::Isolate => match crate::isolated::transportable(execution) {
            Ok(()) => Ok(Site::Isolated(Some(obstacle))),
            Err(_) if obstacle.is_bounded() => Ok(Site::Here),
            Err(why) => Err(refused(obstacle, &why.to_string())),
        },
    }
}

/// As [`site`], for an instance that is kept: it cannot move, so what cannot be stopped is refused.
pub(super) fn stays_here(execution: &Execution) -> Result<(), Failure> {
    let accepted = execution.module.engine().config().unstoppable == Unstoppable::Accept;
    match obstacle(&execution.module, &execution.limits) {
        Some(obstacle) if !accepted && !obstacle.is_bounded() => {
            Err(refused(obstacle, "kept instances stay in this process"))
        }
        Some(_) | None => Ok(()),
    }
}

fn refused(obstacle: Obstacle, hindrance: &str) -> Failure {
    Failure::Unstoppable {
        obstacle,
        hindrance: hindrance.to_owned(),
    }
}

/// Returns what would keep a run of `module` from being stopped in time, if anything would.
pub(crate) fn obstacle(module: &Module, limits: &Limits) -> Option<Obstacle> {
    let config = module.engine().config();
    let Proposals {
        threads,
        gc,
        exceptions,
        // Their instructions are counted like all others.
        simd: _,
        bulk_memory: _,
        reference_types: _,
        tail_call: _,
        memory64: _,
        multi_memory: _,
    } = config.proposals;
    // A tick comes between two pieces of such work where instructions are not counted, and each piece is bounded by memory.
    let counted = match config.profile {
        Profile::Metered | Profile::Isolated => true,
        Profile::Timed => false,
    };
    let memory = limits.memory_bytes.min(config.global_memory_bytes);
    if threads {
        Some(Obstacle::Waiting)
    } else if memory > UNINTERRUPTED_BYTES {
        Some(Obstacle::Filling)
    } else if counted && (gc || exceptions) {
        Some(Obstacle::Collecting)
    } else if counted && has_several_memories(module.code()) {
        Some(Obstacle::Copying)
    } else {
        None
    }
}

/// Whether parts of a component can have different memories. Each part has one at most, and imports of the host bring none.
fn has_several_memories(code: &Code) -> bool {
    match code {
        // Its own instructions copy between its memories, and those are counted.
        Code::Core(_) => false,
        Code::Component(component) => component
            .resources_required()
            .is_none_or(|resources| resources.num_memories > 1),
    }
}
