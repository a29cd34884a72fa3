//! What the command writes: answers, and words to people. What a guest writes takes the way of `passage.rs`.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::error::{CliError, CliResult};
use crate::escapes::{EscapeFilter, clean_lines, json_text};
use crate::exit::Exit;

/// Whether anything of an answer was written.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Says why there is no answer, as JSON in its place. Where some of an answer was written there is none: two texts are not JSON.
pub(crate) fn no_answer(error: &CliError, message: &str) {
    if ANSWERED.load(Ordering::Relaxed) {
        return;
    }
    let (kind, exit_code) = (error.exit.word(), error.exit.code());
    let told = json!({ "error": { "kind": kind, "message": message }, "exit_code": exit_code });
    // When this cannot be written, the exit code and standard error say it.
    drop(answer(json_text(&told).as_bytes()));
}

/// Says lines to people, on standard error: whatever they quote does nothing to the terminal. When nobody listens any more,
/// that changes nothing of how the command ends.
pub(crate) fn say(lines: &str) {
    drop(writeln!(io::stderr().lock(), "{}", clean_lines(lines)));
}

/// Writes an answer to standard output, filtered on a terminal. A reader that has gone away is not an error.
pub(crate) fn answer(bytes: &[u8]) -> CliResult<()> {
    told(bytes).map(|_| ())
}

/// Who reads what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    BySomebody,
    /// The reader has gone away.
    ByNobody,
}

/// As [`answer`], for what goes on: it is of no use when nobody reads it any more.
pub(crate) fn told(bytes: &[u8]) -> CliResult<Heard> {
    if bytes.is_empty() {
        // Nothing to wait for where a guest's output still waits.
        return Ok(Heard::BySomebody);
    }
    ANSWERED.store(true, Ordering::Relaxed);
    let stdout = io::stdout();
    let result = if stdout.is_terminal() {
        EscapeFilter::new(stdout.lock()).write_all(bytes)
    } else {
        stdout.lock().write_all(bytes)
    };
    let written = result.and_then(|()| io::stdout().flush());
    let heard = match &written {
        Ok(()) => Heard::BySomebody,
        Err(_) => Heard::ByNobody,
    };
    arrived(written).map(|()| heard)
}

/// Judges the end of a write to standard output.
pub(crate) fn arrived(written: io::Result<()>) -> CliResult<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(unwritten("standard output", &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says that some of what was written is lost.
pub(crate) fn unwritten(stream: &str, error: &io::Error) -> CliError {
    let message = format!("cannot write to {stream}: {error}; what is there is not all of it");
    CliError::message(Exit::Unwritten, message)
}
