//! Settlement: usage becomes a cost, and a request leaves a report, an event and a line in the statistics.
//!
//! INVARIANT: each request whose future is not dropped is settled exactly once, whichever way it ended. `execute_until` has one
//! call of [`rejected`] and one of [`settled`], and no way around them. Of a request whose future is dropped the sandbox tells
//! the usage, in [`ExecutionFailed`](tollgate_sandbox::EventKind::ExecutionFailed); it has no report, no cost and no line.

use std::time::SystemTime;

use tollgate_sandbox::{
    Captured, Engine, ExecutionId, Failure, Fingerprint, Limits, Outcome, Usage, Violation,
    Violations,
};

use crate::price::{Cost, PriceList};
use crate::statistics::Totals;
use crate::{
    granted::Granted,
    report::{Decision, Report, Setting},
    request::Request,
};

/// What is known of an execution before it runs.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request,
    pub(crate) execution: ExecutionId,
    pub(crate) decision: Decision,
    pub(crate) limits: Limits,
    pub(crate) started: SystemTime,
    pub(crate) engine: Fingerprint,
    pub(crate) setting: Setting,
    pub(crate) policy: Option<String>,
}

/// The report of a request that was not admitted: no usage, no cost.
pub(crate) fn rejected(asked: Asked<'_>, engine: &Engine, totals: &Totals) -> Report {
    totals.rejected();
    let Asked {
        request,
        execution,
        decision,
        ..
    } = &asked;
    engine.tell_rejected(*execution, request.module.digest(), decision.reasons());
    let detail = decision.reasons().join("; ");
    tracing::debug!(execution.id = execution.0, module.digest = %request.module.digest(), caller = %request.caller, "execution rejected");
    let violation = Violation {
        capability: tollgate_sandbox::Capability::HostFunctions,
        call: "execute".to_owned(),
        detail,
        need: None,
        decision: None,
    };
    let outcome = Outcome {
        execution: *execution,
        result: Err(Failure::Denied(violation.clone())),
        usage: Usage::default(),
        stdout: Captured::default(),
        stderr: Captured::default(),
        exit_code: None,
        violations: Violations {
            listed: vec![violation],
            more: 0,
        },
        calls: None,
        moved: None,
    };
    report(asked, outcome, Costs::NONE)
}

/// The report of a request that ran.
pub(crate) fn settled(asked: Asked<'_>, outcome: Outcome, books: Books<'_>) -> Report {
    let Books { prices, totals } = books;
    let request = asked.request;
    let costs = Costs {
        cost: prices.price(&outcome.usage),
        metered: prices.metered(&outcome.usage),
    };
    totals.settled(&outcome, costs.cost);
    tracing::debug!(
        execution.id = asked.execution.0,
        module.digest = %request.module.digest(),
        caller = %request.caller,
        gas = outcome.usage.gas,
        duration_ms = outcome.usage.wall.as_millis(),
        failure = outcome.result.as_ref().err().map(Failure::kind),
        "execution settled"
    );
    report(asked, outcome, costs)
}

/// What an execution is settled by, and where it is counted.
pub(crate) struct Books<'a> {
    pub(crate) prices: &'a PriceList,
    pub(crate) totals: &'a Totals,
}

/// What a request costs, and what its usage alone comes to.
struct Costs {
    cost: Cost,
    metered: Cost,
}

impl Costs {
    const NONE: Self = Self {
        cost: Cost::ZERO,
        metered: Cost::ZERO,
    };
}

fn report(asked: Asked<'_>, outcome: Outcome, costs: Costs) -> Report {
    let Costs { cost, metered } = costs;
    let Asked {
        request,
        execution,
        decision,
        limits,
        started,
        engine,
        setting,
        policy,
    } = asked;
    Report {
        execution,
        started,
        module: request.module.digest(),
        entry: request.entry.name(),
        engine,
        setting,
        caller: request.caller.clone(),
        input: request.entry.input_digest(&request.grant),
        grant: Granted::of(&request.grant),
        limits,
        policy,
        // Known to who made it.
        shadow: None,
        decision,
        outcome,
        cost,
        metered,
    }
}
