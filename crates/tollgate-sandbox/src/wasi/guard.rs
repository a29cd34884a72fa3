//! What stands between a guest and the implementation of WASI, the same for both versions.

use std::sync::Arc;

use rustix::io::Errno;

use super::{
    base::Base, call::Call, clock::VirtualClock, console::Console, net::Network,
    price::WASI_BYTE_GAS,
};
use crate::{
    files::{Access, FileError, Files, Lack, Place, Why},
    gate::{Calls, Target},
    grant::Capability,
    limits::{LimitExceeded, LimitKind},
    outcome::{Failure, Need, Violation},
    text::bounded,
};

/// Grants, gate and counters of one execution.
pub(crate) struct Guard {
    pub(crate) files: Arc<Files>,
    pub(crate) clock: Option<VirtualClock>,
    pub(crate) net: Network,
    pub(crate) console: Console,
    calls: Arc<Calls>,
    handles: usize,
    exit: bool,
    moved: u64,
    piece: usize,
}

impl Guard {
    /// Splits `base` into the guard and the builder of the implementation.
    pub(crate) fn new(base: Base) -> (Self, wasmtime_wasi::WasiCtxBuilder) {
        let guard = Self {
            files: base.files,
            clock: base.clock,
            net: base.net,
            console: base.console,
            calls: base.calls,
            handles: base.handles,
            exit: base.exit,
            moved: 0,
            piece: base.piece,
        };
        (guard, base.builder)
    }

    pub(super) fn calls(&self) -> &Arc<Calls> {
        &self.calls
    }

    pub(crate) fn handles(&self) -> usize {
        self.handles
    }

    /// Returns the most bytes one call moves; a guest that wants more calls again.
    pub(crate) fn piece(&self) -> usize {
        self.piece
    }

    /// Takes the price of what a call names, before anything is done with it.
    pub(crate) fn pay_for(&self, count: usize) -> Result<(), Failure> {
        let paid = self.files.work.parts(count);
        paid.map_err(Failure::LimitExceeded)
    }

    /// Ends the execution if it cannot pay for bytes that it wants moved.
    pub(crate) fn affords(&self, bytes: u64) -> Result<(), Failure> {
        let gas = bytes.saturating_mul(WASI_BYTE_GAS);
        let affords = self.files.work.affords(gas.saturating_add(self.moved));
        affords.map_err(Failure::LimitExceeded)
    }

    /// Counts bytes a call moved; the store's hook charges them.
    pub(crate) fn moved(&mut self, bytes: u64) {
        self.moved = self.moved.saturating_add(bytes);
    }

    pub(crate) fn take_moved(&mut self) -> u64 {
        std::mem::take(&mut self.moved)
    }

    /// Asks the grant and then the gate whether `call` may do `access` with `place`.
    pub(crate) async fn pass(
        &mut self,
        call: Call,
        place: &Place,
        access: Access,
    ) -> Result<(), FileError> {
        let lacks = place.lacks(access);
        let only_writing = lacks
            .iter()
            .all(|lack| lack.capability == Capability::FileWrite && lack.why.is_none());
        self.admit(call, lacks).map_err(|refused| {
            if only_writing && place.may_be_read(access) {
                FileError::read_only()
            } else {
                refused
            }
        })?;
        for capability in access.asks(place) {
            self.decide(call, *capability, place.name()).await?;
        }
        Ok(())
    }

    /// Asks the gate about a name that is granted.
    pub(crate) async fn decide(
        &self,
        call: Call,
        capability: Capability,
        name: &str,
    ) -> Result<(), FileError> {
        let name = self.files.spelled(name);
        let operation = call.on(capability, Target::Path(&name));
        let decided = self.calls.decide(&operation).await;
        // The guest is told no more than that; why stands in the log.
        decided.map_err(|_logged| FileError::not_granted(&name))
    }

    /// Refuses to move a folder where a gate decides: it would decide about one name, and whatever is below has another one
    /// afterwards. The guest is told what it would be between two disks, where programs move one file after the other.
    pub(crate) fn may_move(&self, call: Call, place: &Place) -> Result<(), FileError> {
        if !place.is_folder() || !self.calls.decides() {
            return Ok(());
        }
        let name = self.files.spelled(place.name());
        let reason = "a folder is not moved as a whole where each call is decided: move its files";
        let violation = Violation {
            capability: Capability::FileWrite,
            call: call.name.to_owned(),
            detail: bounded(format!("`{name}` ({reason})")),
            need: None,
            decision: None,
        };
        let operation = call.on(Capability::FileWrite, Target::Path(&name));
        self.calls
            .lacking(&operation, [violation], reason.to_owned());
        Err(Errno::XDEV.into())
    }

    /// Refuses `call` if it lacks anything; each lack is in the log then.
    pub(crate) fn admit(&self, call: Call, lacks: Vec<Lack>) -> Result<(), FileError> {
        let Some(first) = lacks.first() else {
            return Ok(());
        };
        let name = self.files.spelled(&first.name);
        let operation = call.on(first.capability, Target::Path(&name));
        let violations = lacks.iter().map(|lack| self.violation(call, lack));
        let reason = first.why.as_ref().map(Why::text).unwrap_or_default();
        self.calls.lacking(&operation, violations, reason);
        Err(FileError::not_granted(&first.name))
    }

    /// Puts a refusal that the look-up came to into the log.
    pub(crate) fn noted<T>(
        &self,
        call: Call,
        access: Access,
        result: Result<T, FileError>,
    ) -> Result<T, FileError> {
        match result {
            Err(FileError::Refused(refusal)) => {
                // What was refused is named more exactly by the look-up.
                drop(self.admit(call, vec![Lack::refused(&refusal, access)]));
                Err(FileError::Refused(refusal))
            }
            result => result,
        }
    }

    fn violation(&self, call: Call, lack: &Lack) -> Violation {
        let name = self.files.spelled(&lack.name);
        let grantable = lack.why.as_ref().is_none_or(|why| why.is_grantable());
        Violation {
            capability: lack.capability,
            call: call.name.to_owned(),
            need: grantable.then(|| {
                Box::new(Need {
                    capability: lack.capability,
                    what: bounded(name.clone()),
                    entry: lack
                        .entry
                        .as_ref()
                        .map(|entry| bounded(self.files.spelled(entry))),
                })
            }),
            detail: bounded(match &lack.why {
                Some(why) => format!("`{name}` ({})", why.text()),
                None => format!("`{name}`"),
            }),
            decision: None,
        }
    }

    /// Ends the execution when it has as many handles as it may.
    pub(crate) fn room(&self, open: usize) -> Result<(), Failure> {
        if open >= self.handles {
            return Err(Failure::LimitExceeded(LimitExceeded::new(
                LimitKind::Handles,
                self.handles as u64,
            )));
        }
        Ok(())
    }

    /// Ends the execution when it may not leave by itself.
    pub(crate) fn may_exit(&self, call: Call, status: &str) -> Result<(), Failure> {
        if self.exit {
            return Ok(());
        }
        let violation = Violation {
            capability: Capability::Exit,
            call: call.name.to_owned(),
            detail: format!("status {status}"),
            need: None,
            decision: None,
        };
        let operation = call.on(Capability::Exit, Target::Exit(status));
        let decision = self
            .calls
            .lacking(&operation, [violation.clone()], String::new());
        Err(Failure::Denied(Violation {
            decision,
            ..violation
        }))
    }
}

impl Guard {
    /// Refuses `call` because nobody granted writing `name`.
    pub(crate) fn lacks_writing(&self, call: Call, name: &str) -> Result<(), FileError> {
        self.admit(call, vec![Lack::of(Capability::FileWrite, name)])
    }
}
