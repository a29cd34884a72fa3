//! Asking a person about a call.

use std::sync::Arc;

use tollgate_sandbox::{Answer, ExecutionId, Verdict};

/// What a person is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The execution.
    pub execution: ExecutionId,
    /// Who asked for the run.
    pub caller: String,
    /// The module's digest.
    pub module: String,
    /// The call: `path_open` of `wasi_snapshot_preview1`.
    pub operation: String,
    /// What it reaches; the arguments of a function.
    pub target: String,
    /// The policy that asks, and why.
    pub reason: String,
}

/// Asks a person, on a channel that is not the guest's. The future may take as long as the run has time; one that is dropped was
/// not answered, which is a denial.
pub type Asker = Arc<dyn Fn(Card) -> Answer<'static> + Send + Sync>;

/// Returns an asker that waits on a thread of its own for each question, for those who can only block.
pub fn on_a_thread(ask: impl Fn(&Card) -> Verdict + Send + Sync + 'static) -> Asker {
    let ask = Arc::new(ask);
    Arc::new(move |card| {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let ask = ask.clone();
        let thread = std::thread::Builder::new().name(String::from("tollgate-asking"));
        // Nobody waits any more for a run that has ended.
        let asking = thread.spawn(move || drop(answer.send(ask(&card))));
        Box::pin(async move {
            match asking {
                Ok(_) => answered.await.unwrap_or(Verdict::Ask),
                Err(error) => Verdict::Deny {
                    reason: format!("nobody can be asked: {error}"),
                },
            }
        })
    })
}
