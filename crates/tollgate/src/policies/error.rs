//! Why policies cannot be opened, and why one gives no decision. Neither is ever an accept.

use std::io;
use std::path::PathBuf;

use tollgate_ecl::EvalError;

use crate::policy::{PolicyError, ProviderFailure};

/// Policies cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file or a folder cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is larger than a source may be.
    #[error("`{}` has more than {bytes_max} bytes: split it, and import one part in the other", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes that a source may have.
        bytes_max: usize,
    },
    /// There are more files than are read.
    #[error("`{}` stands for more than {files_max} files: open a folder below", path.display())]
    TooMany {
        /// The folder, or the file that imports others.
        path: PathBuf,
        /// Files that are read.
        files_max: usize,
    },
    /// One file is imported under two names.
    #[error("`{first}` and `{second}` are one file: import it under one name")]
    TwoNames {
        /// The name it had before.
        first: String,
        /// The other name.
        second: String,
    },
    /// A folder has no source in it.
    #[error("there is no `.ecl` file in `{}`", path.display())]
    NoFile {
        /// The folder.
        path: PathBuf,
    },
    /// The sources do not compile.
    #[error("the policies do not compile:\n{diagnostics}")]
    Compile {
        /// Every error, with its place and what to type.
        diagnostics: String,
    },
    /// The sources compile, and there is no policy in them.
    #[error("there is no policy in {}; one begins with `policy \"name\" {{`", names.join(", "))]
    NoPolicy {
        /// Names of the sources.
        names: Vec<String>,
    },
    /// Two policies have one name, or the id of one is the name of another.
    #[error("two policies are called `{name}`: rename one, or open them apart")]
    Twice {
        /// The name.
        name: String,
    },
    /// An engine refused a policy.
    #[error(transparent)]
    Engine(#[from] PolicyError),
}

/// There is no decision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// No policy has that name.
    #[error("there is no policy `{name}`; there are: {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names of the policies.
        known: Vec<String>,
    },
    /// The input cannot be made JSON.
    #[error("the input cannot be written as JSON: {0}")]
    Serialize(#[from] serde_json::Error),
    /// The input is not what the policy takes.
    #[error("the input does not fit `{policy}`: {message}")]
    Input {
        /// Name of the policy.
        policy: Box<str>,
        /// The field, what is expected, what was found, and what to do.
        message: String,
    },
    /// The evaluation ended with an error.
    #[error("`{policy}` gives no decision: {}", why(*.error, .failure.as_ref()))]
    Evaluation {
        /// Name of the policy.
        policy: Box<str>,
        /// The error.
        error: EvalError,
        /// Which fact failed, if one did.
        failure: Option<ProviderFailure>,
    },
}

fn why(error: EvalError, failure: Option<&ProviderFailure>) -> String {
    match failure {
        Some(failure) => failure.to_string(),
        None => error.to_string(),
    }
}
