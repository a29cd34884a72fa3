//! The one place that asks a gate, and that turns what it says into an effect.
//!
//! Code that calls out of the sandbox (a host function, a function of an interface, WASI, the network, the parent of an
//! isolated guest) describes an [`Operation`] and gets `Ok` or a [`Denial`], which is in the log by then. To allow and to
//! deny takes no waiting; only [`Verdict::Ask`] does, and an answer that does not come is a denial. Each decision is
//! recorded, also those that the grant makes alone. The end of a guest is the grant's alone, and recorded where it is refused.
//!
//! Code that does what was allowed says so before, with [`Calls::start`], and says what it came to, with [`Calls::end`].

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Instant,
};

use crate::{
    gate::{
        Answer, Aside, CallDecision, CallResult, CallSink, CallTarget, DecidedBy, Effect, Gate,
        GateCall, GivenAnswer, Log, Ongoing, Operation, Said, Verdict,
        record::{Because, Draft, Moment, Recorder, Refused},
    },
    id::{CallsDigest, DecisionId, ExecutionId},
    outcome::{Failure, Violation},
    text::bounded,
};

/// Why a call is denied that somebody had to be asked about, and nobody answered.
const UNANSWERED: &str = "nobody answered";

/// Returns what an embedder's gate says; one that panics has denied.
fn heard<T>(gate: impl FnOnce() -> T, denied: impl FnOnce(Verdict) -> T) -> T {
    catch_unwind(AssertUnwindSafe(gate)).unwrap_or_else(|_| {
        denied(Verdict::Deny {
            reason: String::from("the gate panicked, which allows nothing"),
        })
    })
}

/// Whether `gate` ever asks somebody; one that panics does not, and what it asks then is denied.
pub(crate) fn may_ask(gate: &dyn Gate) -> bool {
    catch_unwind(AssertUnwindSafe(|| gate.may_ask())).unwrap_or(false)
}

/// Whether `gate` ever denies; one that panics does.
pub(crate) fn decides(gate: &dyn Gate) -> bool {
    catch_unwind(AssertUnwindSafe(|| gate.decides())).unwrap_or(true)
}

/// Why a call does not happen.
#[derive(Debug)]
pub(crate) struct Denial {
    /// What the gate said.
    pub(crate) reason: String,
    /// What stands in the log.
    pub(crate) violation: Violation,
}

impl From<Denial> for Failure {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial.violation)
    }
}

/// Who decides about the calls of an execution, and where that is kept.
pub(crate) struct Judges {
    pub(crate) gate: Option<Arc<dyn Gate>>,
    pub(crate) sink: Option<Arc<dyn CallSink>>,
}

/// Decides about the calls of one execution.
pub(crate) struct Calls {
    execution: ExecutionId,
    started: Instant,
    gate: Option<Arc<dyn Gate>>,
    recorder: Option<Recorder>,
    log: Log,
    gas_used: AtomicU64,
    wants_gas: bool,
    /// Decisions so far; counted for a gate.
    decided: AtomicU64,
}

impl Calls {
    pub(crate) fn new(execution: ExecutionId, judges: Judges, log: Log) -> Arc<Self> {
        let asks = judges.gate.as_deref().is_some_and(may_ask);
        Arc::new(Self {
            execution,
            started: Instant::now(),
            wants_gas: asks || judges.sink.is_some(),
            gate: judges.gate,
            recorder: judges.sink.map(Recorder::new),
            log,
            gas_used: AtomicU64::new(0),
            decided: AtomicU64::new(0),
        })
    }

    pub(crate) fn execution(&self) -> ExecutionId {
        self.execution
    }

    /// Whether there is anybody who decides or is told.
    pub(crate) fn judges(&self) -> bool {
        self.gate.is_some() || self.recorder.is_some()
    }

    /// Whether somebody decides after the grant.
    pub(crate) fn decides(&self) -> bool {
        self.gate.as_deref().is_some_and(decides)
    }

    /// Whether somebody wants to know the gas of each decision; then [`Calls::set_gas`] is told first.
    pub(crate) fn wants_gas(&self) -> bool {
        self.wants_gas
    }

    /// Tells how much gas the execution has used, for the records and for who is asked.
    pub(crate) fn set_gas(&self, used: u64) {
        self.gas_used.store(used, Relaxed);
    }

    /// Returns how many decisions there were and their digest, if they are recorded.
    pub(crate) fn digest(&self) -> Option<CallsDigest> {
        self.recorder.as_ref().map(Recorder::digest)
    }

    /// Decides, and waits for an answer where somebody has to be asked.
    pub(crate) fn decide<'a>(&'a self, operation: &Operation<'_>) -> Deciding<'a> {
        let stage = match self.check(operation) {
            Checked::Decided(decided) => Stage::Decided(Some(decided)),
            Checked::Ask(gate) => self.ask(gate, operation),
        };
        Deciding { calls: self, stage }
    }

    /// Asks somebody, unless it cannot be kept that they are asked: what was asked is known also if nobody lives to hear the
    /// answer.
    fn ask<'a>(&'a self, gate: &'a dyn Gate, operation: &Operation<'_>) -> Stage<'a> {
        let draft = Draft::of(operation).beside(self.aside(gate, operation));
        let because = || self.because(gate, operation);
        let proposed = self.kept(
            || draft.clone().because(because()),
            || CallDecision::Proposed,
        );
        if let Err(refused) = proposed {
            return Stage::Decided(Some(Err(self.refused(&refused))));
        }
        Stage::Asked {
            answer: Mutex::new(heard(
                || gate.ask(&self.call(operation)),
                |denied| Box::pin(std::future::ready(denied.into())),
            )),
            draft,
        }
    }

    /// Decides where nothing can wait: to ask is to deny.
    pub(crate) fn decide_now(&self, operation: &Operation<'_>) -> Result<(), Denial> {
        match self.check(operation) {
            Checked::Decided(decided) => decided,
            Checked::Ask(gate) => {
                let reason = "somebody has to be asked, and this call cannot wait for an answer";
                let draft = Draft::of(operation).beside(self.aside(gate, operation));
                Err(self.deny(draft, DecidedBy::Gate, reason))
            }
        }
    }

    /// Refuses an operation for which the grant lacks what `violations` say. Returns the name of that.
    pub(crate) fn lacking(
        &self,
        operation: &Operation<'_>,
        violations: impl IntoIterator<Item = Violation>,
        reason: String,
    ) -> Option<DecisionId> {
        let lacks: Vec<_> = violations.into_iter().collect();
        let because = || Because {
            explained: Vec::new(),
            lacks: lacks.clone(),
        };
        let by = DecidedBy::Grant;
        let denied = CallDecision::Denied { by, reason };
        let recorded = self.record(|| Draft::of(operation).because(because()), denied);
        let decision = recorded.ok().flatten();
        for violation in lacks {
            self.log.push(Violation {
                decision,
                ..violation
            });
        }
        decision
    }

    /// Whether somebody keeps what calls come to.
    pub(crate) fn records(&self) -> bool {
        self.recorder.is_some()
    }

    /// Tells that a call that was allowed is done now. One with an effect is denied if that cannot be recorded.
    pub(crate) fn start(
        &self,
        operation: &Operation<'_>,
        effect: Effect,
    ) -> Result<Ongoing, Denial> {
        let draft = self.records().then(|| Draft::of(operation));
        if let (Effect::Some, Some(draft)) = (effect, &draft) {
            self.kept(|| draft.clone(), || CallDecision::Started)
                .map_err(|refused| self.refused(&refused))?;
        }
        Ok(Ongoing { effect, draft })
    }

    /// Records what a call came to.
    pub(crate) fn end(&self, ongoing: Ongoing, result: impl FnOnce() -> CallResult) {
        if let Some((draft, returned)) = ongoing.ended(result) {
            // It has happened, whether that is kept or not.
            drop(self.kept(|| draft, || returned));
        }
    }

    /// As [`Calls::end`], of a call that another process started.
    pub(crate) fn came_to(&self, operation: &Operation<'_>, effect: Effect, result: CallResult) {
        let draft = self.records().then(|| Draft::of(operation));
        let result = match result {
            CallResult::Failed(why) => CallResult::Failed(bounded(why)),
            done @ CallResult::Done(_) => done,
        };
        self.end(Ongoing { effect, draft }, || result);
    }

    fn check(&self, operation: &Operation<'_>) -> Checked<'_> {
        let Some(gate) = &self.gate else {
            return Checked::Decided(self.allow(|| Draft::of(operation), DecidedBy::Grant));
        };
        match heard(|| gate.check(&self.call(operation)), |denied| denied) {
            Verdict::Allow => {
                let by = match self.records() && !decides(&**gate) {
                    true => DecidedBy::Grant,
                    false => DecidedBy::Gate,
                };
                // What was decided before this call is counted before it is one.
                let aside = self.aside(&**gate, operation);
                Checked::Decided(self.allow(|| Draft::of(operation).beside(aside), by))
            }
            Verdict::Deny { reason } => {
                let draft = Draft::of(operation).because(self.because(&**gate, operation));
                let draft = draft.beside(self.aside(&**gate, operation));
                let denied = self.deny(draft, DecidedBy::Gate, &reason);
                Checked::Decided(Err(denied))
            }
            Verdict::Ask => Checked::Ask(&**gate),
        }
    }

    /// What `gate` says its decision hangs on, where somebody keeps that.
    fn because(&self, gate: &dyn Gate, operation: &Operation<'_>) -> Because {
        if !self.records() {
            return Because::default();
        }
        let explained = AssertUnwindSafe(|| gate.explain(&self.call(operation)));
        let panicked = |_| vec![String::from("the gate panicked when it was asked why")];
        Because::explained(catch_unwind(explained).unwrap_or_else(panicked))
    }

    /// What `gate` says beside its decision, where somebody keeps that.
    fn aside(&self, gate: &dyn Gate, operation: &Operation<'_>) -> Aside {
        if !self.records() {
            return Aside::default();
        }
        let aside = AssertUnwindSafe(|| gate.aside(&self.call(operation)));
        catch_unwind(aside).unwrap_or_default()
    }

    fn call<'a>(&self, operation: &Operation<'a>) -> GateCall<'a> {
        let Operation {
            capability,
            module,
            name,
            target,
        } = *operation;
        GateCall {
            execution: self.execution,
            earlier: self.decided.load(Relaxed),
            gas_used: self.gas_used.load(Relaxed),
            capability,
            module,
            name,
            target,
        }
    }

    /// Records that a call is allowed. What cannot be recorded may have to be denied after all.
    fn allow(&self, draft: impl FnOnce() -> Draft, by: DecidedBy) -> Result<(), Denial> {
        self.record(draft, CallDecision::Allowed { by })
            .map(drop)
            .map_err(|refused| self.refused(&refused))
    }

    /// Returns the denial of a call whose record could not be kept, which is in the log then.
    fn refused(&self, refused: &Refused) -> Denial {
        let Refused { draft, reason, id } = refused;
        let violation = Violation {
            decision: Some(*id),
            ..violation(draft, reason)
        };
        self.log.push(violation.clone());
        let reason = (*reason).to_owned();
        Denial { reason, violation }
    }

    /// Returns the denial, which is in the log then.
    fn deny(&self, draft: Draft, by: DecidedBy, reason: &str) -> Denial {
        let reason = bounded(reason.to_owned());
        let mut violation = violation(&draft, &reason);
        let decision = CallDecision::Denied {
            by,
            reason: reason.clone(),
        };
        // What is denied stays that, whether it is kept or not.
        violation.decision = self.record(|| draft, decision).ok().flatten();
        self.log.push(violation.clone());
        Denial { reason, violation }
    }

    /// Records a decision.
    fn record(
        &self,
        draft: impl FnOnce() -> Draft,
        decision: CallDecision,
    ) -> Result<Option<DecisionId>, Box<Refused>> {
        if self.gate.is_some() {
            self.decided.fetch_add(1, Relaxed);
        }
        self.kept(draft, || decision)
    }

    /// Records a step on the way to a decision.
    fn note(&self, draft: impl FnOnce() -> Draft, step: impl FnOnce() -> CallDecision) {
        // Nothing happens because of a step alone.
        drop(self.kept(draft, step));
    }

    fn kept(
        &self,
        draft: impl FnOnce() -> Draft,
        step: impl FnOnce() -> CallDecision,
    ) -> Result<Option<DecisionId>, Box<Refused>> {
        let Some(recorder) = &self.recorder else {
            return Ok(None);
        };
        let moment = Moment {
            execution: self.execution,
            gas: self.gas_used.load(Relaxed),
            time: self.started.elapsed(),
        };
        recorder.record(draft(), step(), &moment)
    }
}

/// What a look at a call comes to.
enum Checked<'a> {
    Decided(Result<(), Denial>),
    /// This gate wants to ask somebody.
    Ask(&'a dyn Gate),
}

/// An answer as it is recorded.
fn cut(answer: GivenAnswer) -> GivenAnswer {
    let GivenAnswer { answer, by, card } = answer;
    GivenAnswer {
        answer: bounded(answer),
        by: bounded(by),
        card: card.map(bounded),
    }
}

/// What the report says about a call that was denied for `reason`.
fn violation(draft: &Draft, reason: &str) -> Violation {
    let (call, detail) = match &draft.target {
        CallTarget::Function(_) => (
            format!("{}.{}", draft.module, draft.name),
            reason.to_owned(),
        ),
        CallTarget::Path(name) | CallTarget::Host(name) => {
            (draft.name.clone(), format!("`{name}`: {reason}"))
        }
        CallTarget::Address(address) => (draft.name.clone(), format!("`{address}`: {reason}")),
        CallTarget::Exit(status) => (draft.name.clone(), format!("status {status}: {reason}")),
    };
    Violation {
        capability: draft.capability,
        call: bounded(call),
        detail: bounded(detail),
        need: None,
        decision: None,
    }
}

/// A decision that may have to wait for an answer. One that is given up while it waits is a denial.
///
/// The mutex is never locked: it makes the answer one that can be kept where others could reach it, which no answer is asked
/// to be and the network's check has to be.
pub(crate) struct Deciding<'a> {
    calls: &'a Calls,
    stage: Stage<'a>,
}

enum Stage<'a> {
    /// What was decided; nothing once it was told.
    Decided(Option<Result<(), Denial>>),
    Asked {
        answer: Mutex<Answer<'a>>,
        draft: Draft,
    },
}

impl Deciding<'_> {
    /// Ends the waiting with what was said.
    fn answered(&mut self, said: Said) -> Option<Result<(), Denial>> {
        match std::mem::replace(&mut self.stage, Stage::Decided(None)) {
            Stage::Decided(decided) => decided,
            Stage::Asked { draft, .. } => {
                let (calls, by) = (self.calls, DecidedBy::Answer);
                for answer in said.answers {
                    calls.note(|| draft.clone(), || CallDecision::Answered(cut(answer)));
                }
                Some(match said.verdict {
                    Verdict::Allow => calls.allow(|| draft, by),
                    Verdict::Deny { reason } => Err(calls.deny(draft, by, &reason)),
                    Verdict::Ask => Err(calls.deny(draft, by, UNANSWERED)),
                })
            }
        }
    }
}

impl Future for Deciding<'_> {
    type Output = Result<(), Denial>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let said = match &mut self.stage {
            Stage::Decided(_) => Verdict::Ask.into(),
            Stage::Asked { answer, .. } => {
                let answer = answer.get_mut().unwrap_or_else(PoisonError::into_inner);
                let denied = |denied: Verdict| Poll::Ready(denied.into());
                match heard(|| answer.as_mut().poll(context), denied) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(said) => said,
                }
            }
        };
        // A future that was ready is not asked again; one that is waits for ever.
        self.answered(said).map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        if let Stage::Asked { .. } = self.stage {
            drop(self.answered(Verdict::Ask.into()));
        }
    }
}
