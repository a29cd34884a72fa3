//! What stands between a guest and the implementation of WASI, the same for both versions.

use std::sync::Arc;

use super::{Base, clock::VirtualClock, net::Network};
use crate::{
    event::ExecutionId,
    files::{Access, FileError, Files, Lack, Place},
    gate::{Gate, GateCall, Verdict},
    grant::Capability,
    limits::{LimitExceeded, LimitKind},
    outcome::{Failure, Violation},
    run::{Log, bounded},
};

/// The function a guest called: the first and the second part of its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
}

/// Grants, gate and counters of one execution.
pub(crate) struct Guard {
    pub(crate) files: Arc<Files>,
    pub(crate) clock: Option<VirtualClock>,
    pub(crate) net: Network,
    gate: Option<Arc<dyn Gate>>,
    execution: ExecutionId,
    log: Log,
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
            gate: base.gate,
            execution: base.execution,
            log: base.log,
            handles: base.handles,
            exit: base.exit,
            moved: 0,
            piece: base.piece,
        };
        (guard, base.builder)
    }

    pub(crate) fn handles(&self) -> usize {
        self.handles
    }

    /// Returns the most bytes one call moves; a guest that wants more calls again.
    pub(crate) fn piece(&self) -> usize {
        self.piece
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
        self.admit(call, place.lacks(access))?;
        let Some(gate) = self.gate.clone() else {
            return Ok(());
        };
        let name = self.files.spelled(place.name());
        let capability = access.capability();
        let question = GateCall {
            execution: self.execution,
            capability,
            module: call.module,
            name: call.name,
            target: &name,
            args: &[],
        };
        let mut verdict = gate.check(&question);
        if verdict == Verdict::Ask {
            verdict = gate.ask(&question).await;
        }
        let reason = match verdict {
            Verdict::Allow => return Ok(()),
            Verdict::Deny { reason } => reason,
            Verdict::Ask => String::from("nobody answered"),
        };
        self.log.push(Violation {
            capability,
            call: call.name.to_owned(),
            detail: bounded(format!("`{name}`: {reason}")),
            needs: String::new(),
        });
        // The guest is told no more than that; why stands in the log.
        Err(FileError::not_granted(&name))
    }

    /// Refuses `call` if it lacks anything; each lack is in the log then.
    pub(crate) fn admit(&self, call: Call, lacks: Vec<Lack>) -> Result<(), FileError> {
        let mut error = Ok(());
        for lack in lacks {
            error = Err(FileError::not_granted(&lack.name));
            self.log.push(self.violation(call, &lack));
        }
        error
    }

    /// Puts a refusal that the look-up came to into the log.
    pub(crate) fn noted<T>(
        &self,
        call: Call,
        access: Access,
        result: Result<T, FileError>,
    ) -> Result<T, FileError> {
        if let Err(FileError::Refused(refusal)) = &result {
            self.log
                .push(self.violation(call, &Lack::refused(refusal, access)));
        }
        result
    }

    fn violation(&self, call: Call, lack: &Lack) -> Violation {
        let name = self.files.spelled(&lack.name);
        let flag = match lack.capability {
            Capability::FileWrite => "--allow-write",
            _ => "--allow-read",
        };
        let grantable = lack.why.as_ref().is_none_or(|why| why.is_grantable());
        Violation {
            capability: lack.capability,
            call: call.name.to_owned(),
            needs: if grantable {
                bounded(format!("{flag}={name}"))
            } else {
                String::new()
            },
            detail: bounded(match &lack.why {
                Some(why) => format!("`{name}` ({})", why.text()),
                None => format!("`{name}`"),
            }),
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
    pub(crate) fn may_exit(&self, call: &str, status: &str) -> Result<(), Failure> {
        if self.exit {
            return Ok(());
        }
        let violation = Violation {
            capability: Capability::Exit,
            call: call.to_owned(),
            detail: format!("status {status}"),
            needs: String::new(),
        };
        self.log.push(violation.clone());
        Err(Failure::Denied(violation))
    }
}

impl Guard {
    /// Refuses `call` because nobody granted writing `name`.
    pub(crate) fn lacks_writing(&self, call: Call, name: &str) -> Result<(), FileError> {
        self.admit(call, vec![Lack::of(Capability::FileWrite, name)])
    }
}
