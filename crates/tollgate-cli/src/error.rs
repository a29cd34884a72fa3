//! What a subcommand fails with: an error chain and the exit code it stands for. `main` is the only place that prints it.

use std::fmt;

use crate::advice;
use crate::exit::Exit;
use crate::set_by::SetBy;

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

    /// As [`CliError::new`], with what it is about in front.
    pub(crate) fn about(exit: Exit, what: String, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into().context(what),
        }
    }

    pub(crate) fn message(exit: Exit, message: impl fmt::Display) -> Self {
        Self {
            exit,
            error: anyhow::anyhow!("{message}"),
        }
    }
}

impl CliError {
    /// As it is, and says who set the limit that it is about, where nobody typed that.
    pub(crate) fn with_who_set(self, set_by: &SetBy) -> Self {
        match advice::limit_of(&self.error).and_then(|flag| set_by.of(flag)) {
            Some(by) => Self::message(self.exit, format!("{self}; {by} sets this limit")),
            None => self,
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some libraries say the same in an error and in its cause.
        let mut last = None;
        for layer in self.error.chain() {
            let text = layer.to_string();
            if last.as_ref() == Some(&text) {
                continue;
            }
            if last.is_some() {
                f.write_str(": ")?;
            }
            f.write_str(&text)?;
            last = Some(text);
        }
        f.write_str(&advice::rest(&self.error).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn layers_are_told_once_outermost_first() {
        let error = anyhow!("the file is locked")
            .context("the file is locked")
            .context("cannot open `a`");
        let error = CliError::new(Exit::Config, error);
        assert_eq!(error.to_string(), "cannot open `a`: the file is locked");
    }
}
