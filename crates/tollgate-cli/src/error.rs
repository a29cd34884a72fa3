//! What a subcommand fails with: an error chain and the exit code it stands for. `main` is the only place that prints it.

use std::fmt;

use crate::exit::Exit;

/// A failure with its exit code. Every layer's message is printed once, outermost first, separated by colons.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

pub(crate) type CliResult<T> = Result<T, CliError>;

impl CliError {
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    pub(crate) fn message(exit: Exit, message: impl fmt::Display) -> Self {
        Self {
            exit,
            error: anyhow::anyhow!("{message}"),
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

/// Gives an error the exit code it stands for.
pub(crate) trait OrExit<T> {
    fn or_exit(self, exit: Exit) -> CliResult<T>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_exit(self, exit: Exit) -> CliResult<T> {
        self.map_err(|error| CliError::new(exit, error))
    }
}
