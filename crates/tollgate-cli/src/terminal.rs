//! Asking the person at the terminal about a call.
//!
//! The question goes to `/dev/tty` and the answer comes from there, never through the guest's streams: a guest cannot give the
//! answer, nor take it, since one that may be asked about does not read that terminal. What was typed before a question stood
//! there answers none, also if a guest wrote something that looks like one. Nor is there anything of the guest after a question:
//! what it wrote before is written first, and what it writes meanwhile waits. Without a terminal nobody is asked. The time
//! limit of the run goes on meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal as _, Write};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::termios::QueueSelector;
use tollgate::gate::{Asker, Card, on_a_thread};
use tollgate::sandbox::Verdict;
use tollgate::{Grant, Stdin};

use crate::error::{CliError, CliResult};
use crate::escapes::{clean, quoted};
use crate::exit::Exit;
use crate::output::Passage;

/// How long what the guest wrote before its call may take to be written. Then nobody is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// Begins each question.
const RULE: &str = "------------------------------------------------------------------------";

/// Returns who is asked, if there is a terminal. `passage` is the way of the guest's output.
pub(crate) fn asker(passage: Option<Passage>) -> Option<Asker> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let terminal = Mutex::new(terminal.ok()?);
    Some(on_a_thread(move |card| {
        let terminal = terminal.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = passage.as_ref().map(|passage| passage.quiet(PATIENCE));
        if matches!(quiet, Some(None)) {
            return denied(
                "what the guest wrote before cannot be shown, so nobody is asked".to_owned(),
            );
        }
        ask(&terminal, card)
    }))
}

/// Refuses a guest that would have a terminal where a person may be asked: it would take the answer, or write after the question.
pub(crate) fn check_input(grant: &Grant) -> CliResult<()> {
    let reads = match grant.stdin {
        Stdin::Inherit => std::io::stdin().is_terminal(),
        Stdin::Empty | Stdin::Bytes(_) => false,
    };
    if reads {
        let message = "the policy may ask at the terminal, and the guest would read the answer there; add `--no-stdin`, or give \
                       it another input (`< FILE`)";
        return Err(CliError::message(Exit::Usage, message));
    }
    let mut granted = grant.read.iter().chain(&grant.write);
    if let Some(path) = granted.find(|path| is_terminal(&path.host)) {
        let message = format!(
            "the policy may ask at the terminal, and the guest would read the answer or write after the question at `{}`, which is \
             one; grant something else",
            path.host.display()
        );
        return Err(CliError::message(Exit::Usage, message));
    }
    Ok(())
}

/// Whether a path leads to a terminal. A device that cannot be opened may be one.
fn is_terminal(path: &Path) -> bool {
    let is_device = std::fs::metadata(path).is_ok_and(|found| found.file_type().is_char_device());
    let open = |access| {
        let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty())
    };
    is_device
        && open(OFlags::RDONLY)
            .or_else(|_| open(OFlags::WRONLY))
            .map_or(true, |device| device.is_terminal())
}

fn ask(mut terminal: &File, card: &Card) -> Verdict {
    let question = format!("\n{RULE}\n{}\nAllow it, once? [y/N] ", shown(card));
    let mut answer = String::new();
    let asked = rustix::termios::tcflush(terminal, QueueSelector::IFlush)
        .map_err(std::io::Error::from)
        .and_then(|()| terminal.write_all(question.as_bytes()))
        .and_then(|()| BufReader::new(terminal).read_line(&mut answer));
    match asked {
        Ok(_) if is_yes(&answer) => Verdict::Allow,
        Ok(_) => denied("denied at the terminal".to_owned()),
        Err(error) => denied(format!("the terminal cannot be asked: {error}")),
    }
}

fn denied(reason: String) -> Verdict {
    Verdict::Deny { reason }
}

/// Anything but a plain yes is a no.
fn is_yes(answer: &str) -> bool {
    matches!(answer.trim(), "y" | "Y" | "yes")
}

/// The question, a line for each thing to know. What the guest chose cannot control the terminal.
fn shown(card: &Card) -> String {
    let Card {
        execution,
        caller,
        module,
        operation,
        target,
        reason,
    } = card;
    let mut lines = vec![
        format!("tollgate: the module wants to call {}", clean(operation)),
        format!("    with    {}", quoted(target)),
        format!("    why     {}", quoted(reason)),
        format!("    module  {}, execution {execution}", clean(module)),
    ];
    if !caller.is_empty() {
        lines.push(format!("    for     {}", quoted(caller)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for yes in ["y\n", "Y\n", "yes\n", " y \n"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "yesterday\n", "ja\n", "\u{1b}y\n"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
