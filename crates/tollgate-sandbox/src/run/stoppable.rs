//! Which runs can be stopped in time inside this process, and where the others go.
//!
//! A guest is stopped when it gives its thread back, and it does that where its code counts fuel or looks at the epoch.
//! Some work of the engine counts neither: waiting at an address of a shared memory, collecting garbage, copying texts
//! between the memories of a component's parts. Nothing in this process can interrupt such work, so a run that may do it
//! is given a process of its own, which can be killed. [`Module::obstacle`](crate::engine::Module::obstacle) is the only place that knows what
//! cannot be stopped.

use super::{Execution, isolated};
use crate::{
    config::Profile,
    outcome::Failure,
    stopping::{Obstacle, Unstoppable},
};

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
    if isolated::is_runner() {
        return Ok(Site::Here);
    }
    if config.profile == Profile::Isolated {
        return Ok(Site::Isolated(None));
    }
    let Some(obstacle) = execution.module.obstacle(&execution.limits) else {
        return Ok(Site::Here);
    };
    match config.unstoppable {
        Unstoppable::Accept => Ok(Site::Here),
        Unstoppable::Refuse if obstacle.is_bounded() => Ok(Site::Here),
        Unstoppable::Refuse => Err(refused(
            obstacle,
            "this program starts no processes for guests",
        )),
        Unstoppable::Isolate => match isolated::transportable(execution) {
            Ok(()) => Ok(Site::Isolated(Some(obstacle))),
            Err(_) if obstacle.is_bounded() => Ok(Site::Here),
            Err(why) => Err(refused(obstacle, &why.to_string())),
        },
    }
}

/// As [`site`], for an instance that is kept: it cannot move, so what cannot be stopped is refused.
pub(super) fn stays_here(execution: &Execution) -> Result<(), Failure> {
    let accepted = execution.module.engine().config().unstoppable == Unstoppable::Accept;
    match execution.module.obstacle(&execution.limits) {
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
