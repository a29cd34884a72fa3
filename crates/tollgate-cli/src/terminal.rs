//! Asking the person at the terminal about a call.
//!
//! The question goes to `/dev/tty` and the answer comes from there, never through the guest's streams: a guest cannot give the
//! answer, nor take it, since one that may be asked about does not read that terminal. What was typed before a question stood
//! there answers none, also if a guest wrote something that looks like one. Nor is there anything of the guest after a question:
//! what it wrote before is written first, and what it writes meanwhile waits. A pipe is given a while for that and has no say
//! beyond it: when its reader shows what it has is the reader's business. Without a terminal nobody is asked. The time limit of
//! the run goes on meanwhile. Somebody else may answer from elsewhere; then the question is taken back.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::termios::QueueSelector;
use tollgate::gate::{Asker, Card, Waiting, on_a_thread};
use tollgate::sandbox::{GivenAnswer, Said, Verdict};
use tollgate::state::approval::Answer;
use tollgate::{Grant, Stdin};

use crate::approvals::who;
use crate::error::{CliError, CliResult};
use crate::escapes::{clean, quoted};
use crate::exit::Exit;
use crate::passage::Passage;

/// How long a question waits for readers that are no terminal, such as a pager. Then it is asked, and what they have not taken waits
/// for its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often what was typed is looked for, and whether the answer is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Bytes of an answer; a longer one is no plain yes.
const ANSWER_BYTES_MAX: usize = 1024;

/// Begins each question.
const RULE: &str = "------------------------------------------------------------------------";

/// The person at the terminal of this command.
pub(crate) struct AtTerminal {
    /// Held while a question stands.
    terminal: Arc<Mutex<Terminal>>,
    passage: Option<Passage>,
}

impl AtTerminal {
    /// Returns who is at the terminal, if there is one. `passage` is the way of the guest's output.
    pub(crate) fn open(passage: Option<Passage>) -> Option<Self> {
        let terminal = Terminal::open(who::at_the_terminal().ok()?.name());
        let terminal = Arc::new(Mutex::new(terminal.ok()?));
        Some(Self { terminal, passage })
    }

    /// Returns who is asked.
    pub(crate) fn asker(&self) -> Asker {
        let (terminal, passage) = (self.terminal.clone(), self.passage.clone());
        on_a_thread(move |card, waiting| {
            let terminal = terminal.lock().unwrap_or_else(PoisonError::into_inner);
            ask(&terminal, passage.as_ref(), card, waiting)
        })
    }

    /// Waits until a question that is over is taken back, so that what comes next stands below it. Not for long: somebody may have
    /// stopped the terminal.
    pub(crate) fn close(self) {
        let began = Instant::now();
        while self.terminal.try_lock().is_err() && began.elapsed() < PATIENCE {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

fn ask(terminal: &Terminal, passage: Option<&Passage>, card: &Card, waiting: &Waiting) -> Said {
    if waiting.is_over() {
        return Verdict::Ask.into();
    }
    let quiet = passage.map(|passage| passage.quiet(PATIENCE, || !waiting.is_over()));
    if matches!(quiet, Some(None)) {
        // Somebody else has decided, or the guest has ended.
        return Verdict::Ask.into();
    }
    terminal.ask(card, waiting)
}

/// What a person sees and types, each with a descriptor of its own: only reading must not wait.
struct Terminal {
    screen: File,
    keyboard: File,
    /// Who answers there.
    name: String,
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

impl Terminal {
    fn open(name: &str) -> std::io::Result<Self> {
        let mut typed = OpenOptions::new();
        typed.read(true);
        typed.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        Ok(Self {
            screen: OpenOptions::new().write(true).open("/dev/tty")?,
            keyboard: typed.open("/dev/tty")?,
            name: name.to_owned(),
        })
    }

    fn ask(&self, card: &Card, waiting: &Waiting) -> Said {
        let question = format!("\n{RULE}\n{}\nAllow it, once? [y/N] ", shown(card));
        let answer = rustix::termios::tcflush(&self.keyboard, QueueSelector::IFlush)
            .map_err(std::io::Error::from)
            .and_then(|()| (&self.screen).write_all(question.as_bytes()))
            .and_then(|()| self.line(waiting));
        match answer {
            Ok(Some(answer)) if is_yes(&answer) => self.said(Answer::AllowOnce, Verdict::Allow),
            Ok(Some(_)) => {
                let verdict = denied("denied at the terminal".to_owned());
                self.said(Answer::Deny, verdict)
            }
            Ok(None) => {
                // What becomes of the call is said by whoever took the question back.
                let taken_back = "\ntollgate: the question is over\n";
                (&self.screen).write_all(taken_back.as_bytes()).ok();
                Verdict::Ask.into()
            }
            Err(error) => denied(format!("the terminal cannot be asked: {error}")).into(),
        }
    }

    fn said(&self, answer: Answer, verdict: Verdict) -> Said {
        let given = GivenAnswer {
            answer: answer.name().to_owned(),
            by: self.name.clone(),
            card: None,
        };
        Said {
            verdict,
            answers: vec![given],
        }
    }

    /// Returns the line that is typed; `None` when the answer is not wanted any more.
    fn line(&self, waiting: &Waiting) -> std::io::Result<Option<String>> {
        let (mut line, mut part) = (Vec::new(), [0; ANSWER_BYTES_MAX]);
        loop {
            match (&self.keyboard).read(&mut part) {
                // The end of what is typed, which is no yes.
                Ok(0) => return Ok(Some(String::new())),
                Ok(read) => line.extend_from_slice(part.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if waiting.is_over() {
                        return Ok(None);
                    }
                    std::thread::sleep(LOOK_EVERY);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if line.ends_with(b"\n") || line.len() > ANSWER_BYTES_MAX {
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
        }
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
        capability: _,
        interface: _,
        operation: _,
        target,
        place,
        arguments: _,
        policy: _,
        reason,
        gas_used: _,
    } = card;
    let mut lines = vec![
        format!("tollgate: the module wants to call {}", clean(&card.call())),
        format!("    with    {}", quoted(target)),
        format!("    why     {}", quoted(reason)),
        format!("    module  {module}, execution {execution}"),
    ];
    if let Some(place) = place {
        let place = quoted(&place.to_string_lossy());
        lines.insert(2, format!("    at      {place}"));
    }
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
