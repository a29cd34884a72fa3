//! The log of a server, on standard error: a line for each event, in which nothing that strangers chose controls a terminal or
//! looks like another line.

use std::io::{self, Write};

use tracing::Level;

use crate::error::{CliError, CliResult};
use crate::escapes::clean;
use crate::exit::Exit;

/// Writes what the libraries say from now on.
pub(super) fn begin() -> CliResult<()> {
    let log = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_ansi(false)
        .with_writer(|| Lines)
        .finish();
    tracing::subscriber::set_global_default(log)
        .map_err(|error| CliError::new(Exit::Internal, error))
}

/// Takes an event with each write.
struct Lines;

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = format!("{}\n", clean(text.trim_end_matches('\n')));
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let event = clean("a request failed cause=\"x\"\nINFO forged\u{1b}[2J");
        assert!(
            !event.contains('\n') && !event.contains('\u{1b}'),
            "{event}"
        );
    }
}
