//! Asking a person about a call.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;
use tollgate_sandbox::{Answer, Capability, Digest, ExecutionId, Said, Verdict};

/// What a person is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The execution.
    pub execution: ExecutionId,
    /// Who asked for the run.
    pub caller: String,
    /// The module.
    pub module: Digest,
    /// The kind of thing the call reaches.
    pub capability: Capability,
    /// First part of the function's name: `wasi_snapshot_preview1`.
    pub interface: String,
    /// Second part of the function's name: `path_open`.
    pub operation: String,
    /// What it reaches; the arguments of a function. They may be secrets.
    pub target: String,
    /// Where the file is on the host that it reaches: the same name may stand for another one in another run. There is one for
    /// each file; nobody is asked about a name without.
    pub place: Option<PathBuf>,
    /// [`Target::digest`](tollgate_sandbox::Target::digest) of what it reaches; of a file that of its name, a zero byte and its place.
    pub arguments: Digest,
    /// The hash of the policy that asks, in hexadecimal digits.
    pub policy: String,
    /// The policy that asks, and why.
    pub reason: String,
    /// The gas the execution has used so far.
    pub gas_used: u64,
}

impl Card {
    /// Returns the call in words: `path_open of wasi_snapshot_preview1 (file-read)`.
    pub fn call(&self) -> String {
        let kind = self.capability.name();
        format!("{} of {} ({kind})", self.operation, self.interface)
    }
}

/// Whether an answer is still waited for.
#[derive(Debug)]
pub struct Waiting(oneshot::Sender<Said>);

impl Waiting {
    /// Returns whether nobody wants an answer any more: somebody else has given one, or the run has ended.
    pub fn is_over(&self) -> bool {
        self.0.is_closed()
    }
}

/// Asks a person, on a channel that is not the guest's. The future may take as long as the run has time; one that is dropped was
/// not answered, which is a denial.
pub type Asker = Arc<dyn Fn(Card) -> Answer<'static> + Send + Sync>;

/// Returns an asker that waits on a thread of its own for each question, for those who can only block. They look now and then
/// whether that is over.
pub fn on_a_thread<S: Into<Said>>(
    ask: impl Fn(&Card, &Waiting) -> S + Send + Sync + 'static,
) -> Asker {
    let ask = Arc::new(ask);
    Arc::new(move |card| {
        let (answer, answered) = oneshot::channel();
        let ask = ask.clone();
        let thread = std::thread::Builder::new().name(String::from("tollgate-asking"));
        let asking = thread.spawn(move || {
            let waiting = Waiting(answer);
            let said = ask(&card, &waiting).into();
            // Nobody waits any more for a run that has ended.
            drop(waiting.0.send(said));
        });
        Box::pin(async move {
            match asking {
                Ok(_) => answered.await.unwrap_or(Verdict::Ask.into()),
                Err(error) => {
                    let reason = format!("nobody can be asked: {error}");
                    Verdict::Deny { reason }.into()
                }
            }
        })
    })
}
