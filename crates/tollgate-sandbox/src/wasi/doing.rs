//! Doing what was allowed with files: it is recorded that a call starts, if it changes something, and what it comes to.

use std::sync::Arc;

use super::{call::Call, guard::Guard};
use crate::{
    files::{Access, FileError, Handle, Listing, Stat},
    gate::{CallResult, Calls, Effect, Ongoing, Returned, Target},
    grant::Capability,
};

/// What a call on a file gives back, as it is recorded.
pub(super) trait Given {
    fn returned(&self) -> Returned;
}

impl Given for () {
    fn returned(&self) -> Returned {
        Returned::Nothing
    }
}

impl Given for usize {
    fn returned(&self) -> Returned {
        Returned::Count(*self as u64)
    }
}

impl Given for String {
    fn returned(&self) -> Returned {
        Returned::bytes(self.as_bytes())
    }
}

/// What a handle leads to is in the record of the call: its name.
impl Given for Handle {
    fn returned(&self) -> Returned {
        Returned::Nothing
    }
}

impl Given for Stat {
    fn returned(&self) -> Returned {
        let Self {
            kind,
            links,
            size,
            // Equal runs differ in them.
            accessed: _,
            modified: _,
            changed: _,
            // Guests are told no identity of the host.
            id: _,
        } = self;
        Returned::encoded(&(*kind as u8, links, size))
    }
}

impl Given for Listing {
    fn returned(&self) -> Returned {
        let entries = (0..).map_while(|index| self.get(index));
        let entries: Vec<_> = entries
            .map(|entry| (entry.kind as u8, entry.name))
            .collect();
        Returned::encoded(&entries)
    }
}

fn result<R: Given>(done: &Result<R, FileError>) -> CallResult {
    match done {
        Ok(given) => CallResult::Done(given.returned()),
        Err(FileError::Os(error)) => {
            CallResult::Failed(format!("os error {}", error.raw_os_error()))
        }
        Err(FileError::Refused(_)) => CallResult::Failed(String::from("not granted")),
        Err(FileError::Limit(exceeded)) => {
            CallResult::Failed(format!("limit {}", exceeded.limit.name()))
        }
    }
}

impl Access {
    const fn effect(self) -> Effect {
        match self {
            Self::Stat | Self::ReadLink | Self::List => Effect::None,
            Self::Open(how) if !how.changes() => Effect::None,
            Self::Open(_) | Self::Make | Self::Touch | Self::Change | Self::Link | Self::Move => {
                Effect::Some
            }
        }
    }
}

impl Guard {
    /// Tells that `call` does now what it may do with `name`.
    pub(super) fn starts(
        &self,
        call: Call,
        access: Access,
        name: &str,
    ) -> Result<Ongoing, FileError> {
        let watched = Watched::of(self, call, name);
        watched.start(access.capability(), access.effect())
    }

    /// Records what came of it.
    pub(super) fn ends<R: Given>(
        &self,
        ongoing: Ongoing,
        done: Result<R, FileError>,
    ) -> Result<R, FileError> {
        self.calls().end(ongoing, || result(&done));
        done
    }

    /// Returns who is told of what a call does with a file again and again.
    pub(super) fn watched(&self, call: Call, name: &str) -> Watched {
        Watched::of(self, call, name)
    }
}

/// A file that a call changes, and who is told.
#[derive(Clone)]
pub(super) struct Watched {
    calls: Arc<Calls>,
    call: Call,
    /// As the grants spell it; empty where nobody records.
    name: String,
}

impl Watched {
    fn of(guard: &Guard, call: Call, name: &str) -> Self {
        let calls = guard.calls().clone();
        let name = match calls.records() {
            true => guard.files.spelled(name),
            false => String::new(),
        };
        Self { calls, call, name }
    }

    fn start(&self, capability: Capability, effect: Effect) -> Result<Ongoing, FileError> {
        let operation = self.call.on(capability, Target::Path(&self.name));
        let started = self.calls.start(&operation, effect);
        // The guest is told no more than that; why stands in the log.
        started.map_err(|_logged| FileError::not_granted(&self.name))
    }

    /// Tells that the file is written now.
    pub(super) fn writes(&self) -> Result<Ongoing, FileError> {
        self.start(Capability::FileWrite, Effect::Some)
    }

    /// Records what came of it.
    pub(super) fn ends<R: Given>(
        &self,
        ongoing: Ongoing,
        done: Result<R, FileError>,
    ) -> Result<R, FileError> {
        self.calls.end(ongoing, || result(&done));
        done
    }
}
