//! Deciding calls out of the sandbox one by one.
//!
//! Grants say what exists for a guest; a [`Gate`] decides, for each single call of a host function and each file or
//! connection opened, whether it happens. It is asked after the grant and before the tariff.

use std::{future::Future, pin::Pin};

use crate::{Capability, ExecutionId, Value};

/// A call a guest wants to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateCall<'a> {
    /// The execution that wants it.
    pub execution: ExecutionId,
    /// The kind of thing it reaches.
    pub capability: Capability,
    /// First part of the function's name: `env`, `wasi_snapshot_preview1`, `wasi:filesystem/types`.
    pub module: &'a str,
    /// Second part of the function's name: `lookup`, `path_open`.
    pub name: &'a str,
    /// What it reaches: a guest path, a network address. Of a function of an interface its arguments as a JSON array; empty
    /// for other host functions.
    pub target: &'a str,
    /// Arguments of a core module's host function; empty for WASI and interfaces.
    pub args: &'a [Value],
}

/// What a gate says to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It happens.
    Allow,
    /// It does not happen.
    Deny {
        /// Why; becomes part of the violation.
        reason: String,
    },
    /// Somebody has to be asked: [`Gate::ask`] is called and the guest waits.
    Ask,
}

/// The future of an answer.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// Decides calls. Called on the path of every host call: it should answer from memory.
pub trait Gate: Send + Sync {
    /// Decides a call.
    fn check(&self, call: &GateCall<'_>) -> Verdict;

    /// Tells whether `check` ever says [`Verdict::Ask`]. Host functions can only wait for an answer if so, and calls of
    /// those that return at once cost more then. No unless implemented.
    fn may_ask(&self) -> bool {
        false
    }

    /// Waits for the answer to a call that `check` said [`Verdict::Ask`] to. The execution's wall time limit goes on;
    /// [`Verdict::Ask`] as the answer is a denial. Denies unless implemented.
    fn ask<'a>(&'a self, call: &GateCall<'_>) -> Answer<'a> {
        let reason = format!("nobody can be asked about `{}`", call.name);
        Box::pin(async move { Verdict::Deny { reason } })
    }
}
