//! Settlement: usage becomes a cost, and every request leaves a report, an event and a line in the statistics.
//!
//! INVARIANT: each request is settled exactly once, whichever way it ended. `execute` has one call of [`rejected`] and one
//! of [`settled`], and no way around them.

use tollgate_sandbox::{Captured, Engine, Failure, Outcome, Usage, Violation};

use crate::price::{Cost, PriceList};
use crate::statistics::Totals;
use crate::{Decision, Report, Request};

/// The report of a request that was not admitted: no usage, no cost.
pub(crate) fn rejected(
    request: &Request,
    decision: Decision,
    engine: &Engine,
    totals: &Totals,
) -> Report {
    totals.rejected();
    engine.tell_rejected(request.module.digest(), decision.reasons());
    let detail = decision.reasons().join("; ");
    tracing::debug!(module.digest = %request.module.digest(), caller = %request.caller, "execution rejected");
    let violation = Violation {
        capability: tollgate_sandbox::Capability::HostFunctions,
        call: "execute".to_owned(),
        detail,
        need: None,
    };
    let outcome = Outcome {
        result: Err(Failure::Denied(violation.clone())),
        usage: Usage::default(),
        stdout: Captured::default(),
        stderr: Captured::default(),
        exit_code: None,
        violations: vec![violation],
        calls: None,
        moved: None,
    };
    report(request, decision, outcome, Cost::ZERO)
}

/// The report of a request that ran.
pub(crate) fn settled(
    request: &Request,
    decision: Decision,
    outcome: Outcome,
    prices: &PriceList,
    totals: &Totals,
) -> Report {
    let cost = prices.price(&outcome.usage);
    totals.settled(&outcome, cost);
    tracing::debug!(
        module.digest = %request.module.digest(),
        caller = %request.caller,
        gas = outcome.usage.gas,
        duration_ms = outcome.usage.wall.as_millis(),
        failure = outcome.result.as_ref().err().map(Failure::kind),
        "execution settled"
    );
    report(request, decision, outcome, cost)
}

fn report(request: &Request, decision: Decision, outcome: Outcome, cost: Cost) -> Report {
    Report {
        module: request.module.digest(),
        caller: request.caller.clone(),
        decision,
        outcome,
        cost,
    }
}
