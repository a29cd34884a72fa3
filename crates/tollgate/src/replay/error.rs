//! Why a run is not run again.

use tollgate_sandbox::Digest;

/// Why a run is not run again: what it did is not decided by what is known of it. What has to be another is named; nothing that
/// is refused is found equal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Its result depends on more than its input.
    #[error(
        "the run had the level of determinism `off`, at which two runs of one input may differ; `full` and `no-float` can be replayed"
    )]
    Level,
    /// Its instructions were not counted.
    #[error(
        "the run had the profile `timed`, which counts no instructions: there is no gas to compare"
    )]
    Uncounted,
    /// A unit of gas was another.
    #[error(
        "the gas of the run is `{version}`, and here it is `{}`",
        tollgate_sandbox::GAS_VERSION
    )]
    Gas {
        /// What a unit of gas was.
        version: String,
    },
    /// The engine was another.
    #[error(
        "the run had the engine {recorded}, and this is {here}: it may do or cost something else"
    )]
    Engine {
        /// The fingerprint in the receipt.
        recorded: String,
        /// The one here.
        here: String,
    },
    /// A proposal of WebAssembly is not known.
    #[error("the run had the proposal `{name}`, which is not known here")]
    Proposal {
        /// Its name.
        name: String,
    },
    /// A program that embeds Tollgate gave it something.
    #[error("the program that ran it gave it {what} of its own, which are not in the receipt")]
    Embedder {
        /// What.
        what: &'static str,
    },
    /// It could reach what nobody recorded.
    #[error("the run had {}, and what came of that is not recorded", .what.join(", "))]
    Unrecorded {
        /// What.
        what: Vec<&'static str>,
    },
    /// It never ran.
    #[error("the run was not admitted, so there is nothing to replay")]
    NotRun,
    /// It was ended by something outside of it.
    #[error("the run was ended by `{kind}`, which its input does not decide")]
    Ended {
        /// How.
        kind: String,
    },
    /// A number of the receipt is none here.
    #[error("`{field}` of the receipt is larger than it can be here")]
    Number {
        /// Its name.
        field: &'static str,
    },
    /// The module is another.
    #[error("the module has the digest {here}, and that of the run has {recorded}")]
    Module {
        /// The digest in the receipt.
        recorded: Digest,
        /// The one here.
        here: Digest,
    },
    /// The input is another.
    #[error(
        "the input has the digest {here}, and that of the run has {recorded}: its arguments, the name of the module's file, which is \
         the first of them, or its variables are others"
    )]
    Input {
        /// The digest in the receipt.
        recorded: Digest,
        /// The one here.
        here: Digest,
    },
    /// The policy is another.
    #[error("calls of the run were decided by {}, and here it is {}", named(.recorded), named(.here))]
    Policy {
        /// The hash in the receipt.
        recorded: Option<String>,
        /// The one here.
        here: Option<String>,
    },
    /// The journal is another.
    #[error(
        "the journal is not that of the run: its records have another digest or number than the receipt says, or some are missing"
    )]
    Journal,
}

fn named(policy: &Option<String>) -> String {
    match policy {
        Some(hash) => format!("the policy {hash}"),
        None => String::from("no policy"),
    }
}
