//! What stands between a guest and the implementation of WASI, the same for both versions.

use std::sync::Arc;

use super::{
    Base,
    clock::VirtualClock,
    net::Network,
    paths::{Access, Paths},
};
use crate::{
    Capability, ExecutionId, Failure, Gate, GateCall, LimitExceeded, LimitKind, Verdict, Violation,
    run::Log,
};

/// The call was refused; the reason is in the log.
#[derive(Debug)]
pub(crate) struct Refused;

/// What a path function wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) module: &'a str,
    pub(crate) call: &'a str,
    pub(crate) fd: u32,
    pub(crate) path: &'a str,
    pub(crate) access: Access,
}

/// Grants, gate and counters of one execution.
pub(crate) struct Guard {
    pub(crate) paths: Paths,
    pub(crate) clock: Option<VirtualClock>,
    pub(crate) net: Network,
    gate: Option<Arc<dyn Gate>>,
    execution: ExecutionId,
    log: Log,
    handles: usize,
    exit: bool,
    moved: u64,
}

impl Guard {
    /// Splits `base` into the guard and the builder of the implementation. `first` are the numbers of the preopens.
    pub(crate) fn new(
        base: Base,
        first: impl IntoIterator<Item = u32>,
    ) -> (Self, wasmtime_wasi::WasiCtxBuilder) {
        let guard = Self {
            paths: Paths::new(base.preopens, first, base.log.clone()),
            clock: base.clock,
            net: base.net,
            gate: base.gate,
            execution: base.execution,
            log: base.log,
            handles: base.handles,
            exit: base.exit,
            moved: 0,
        };
        (guard, base.builder)
    }

    pub(crate) fn handles(&self) -> usize {
        self.handles
    }

    /// Counts bytes a call moved; the store's hook charges them.
    pub(crate) fn moved(&mut self, bytes: u64) {
        self.moved = self.moved.saturating_add(bytes);
    }

    pub(crate) fn take_moved(&mut self) -> u64 {
        std::mem::take(&mut self.moved)
    }

    /// Asks the grant and then the gate.
    pub(crate) async fn pass(&mut self, wanted: Wanted<'_>) -> Result<(), Refused> {
        let Wanted {
            module,
            call,
            fd,
            path,
            access,
        } = wanted;
        self.paths
            .check(fd, path, access, call)
            .map_err(|_| Refused)?;
        let (Some(gate), Some(name)) = (self.gate.clone(), self.paths.name(fd, path)) else {
            return Ok(());
        };
        let capability = match access {
            Access::Read | Access::Stat | Access::List | Access::Enter => Capability::FileRead,
            Access::Write | Access::ReadWrite | Access::Change => Capability::FileWrite,
        };
        let question = GateCall {
            execution: self.execution,
            capability,
            module,
            name: call,
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
            call: call.to_owned(),
            detail: crate::run::bounded(format!("`{name}`: {reason}")),
            needs: String::new(),
        });
        Err(Refused)
    }

    /// Ends the execution when it has as many handles as it may.
    pub(crate) fn room(&self) -> Result<(), Failure> {
        if self.paths.open() >= self.handles {
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
