//! What would keep a run from being stopped in time inside this process. [`Module::obstacle`] is the only place that knows what
//! cannot be stopped.

use super::{Code, Module};
use crate::{
    config::{Profile, Proposals},
    limits::{Limits, UNINTERRUPTED_BYTES},
    stopping::Obstacle,
};

impl Module {
    /// Returns what would keep a run with these limits from being stopped in time inside this process, if anything would:
    /// such a run gets a process of its own.
    pub fn obstacle(&self, limits: &Limits) -> Option<Obstacle> {
        let config = self.engine().config();
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
        } else if counted && has_several_memories(self.code()) {
            Some(Obstacle::Copying)
        } else {
            None
        }
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
