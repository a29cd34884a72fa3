//! Asking the person at the terminal about a call.
//!
//! The question goes to `/dev/tty` and the answer comes from there, never through the guest's streams: a guest cannot give the
//! answer. What was typed before a question stood there answers none, also if a guest wrote something that looks like one.
//! Without a terminal nobody is asked. The time limit of the run goes on meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::sync::{Mutex, PoisonError};

use rustix::termios::QueueSelector;
use tollgate::gate::{Asker, Card, on_a_thread};
use tollgate::sandbox::Verdict;

use crate::escapes::clean;

/// Returns who is asked, if there is a terminal.
pub(crate) fn asker() -> Option<Asker> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let terminal = Mutex::new(terminal.ok()?);
    Some(on_a_thread(move |card| {
        let terminal = terminal.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&terminal, card)
    }))
}

fn ask(mut terminal: &File, card: &Card) -> Verdict {
    let question = format!("\n{}\nAllow it, once? [y/N] ", shown(card));
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
        format!("    with    {}", clean(target)),
        format!("    why     {}", clean(reason)),
        format!("    module  {}, execution {execution}", clean(module)),
    ];
    if !caller.is_empty() {
        lines.push(format!("    for     {}", clean(caller)));
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
