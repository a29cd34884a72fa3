//! Questions that are answered from elsewhere: [`Approvals`] puts them on cards in a state, and waits.
//!
//! An execution that has to ask is parked. Its question goes to a *clerk*, which alone has the state open: a thread of this
//! program ([`Approvals::in_this_process`]), or a process of its own that runs [`serve`]. A person who answers opens the same state, in
//! whatever process, and answers the card; which answers count is decided there ([`tollgate_state::approval`]).
//!
//! Another channel, such as a terminal, may ask about the same card at the same time. The first answer counts.

mod clerk;
mod message;
mod process;

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tollgate_sandbox::{Answer, GivenAnswer, Said, Verdict, holds_secret};
use tollgate_state::Store;
use tollgate_state::limits::CARD_BYTES_MAX;

pub use self::clerk::{Desk, serve};
use self::message::{AskMessage, FromClerk, ToClerk, read, write};
pub use self::process::{Life, ProcessName, own_session};
use super::shown::{REDACTED, without_secrets};
use super::{Asker, Card};

/// Why nobody can be asked any more.
const GONE: &str = "nobody can be asked: whoever keeps the questions has gone";

/// Tells somebody that a question waits at the card of this name.
pub type Announce = Arc<dyn Fn(&str) + Send + Sync>;

/// The questions of this program on their way to a clerk. Cheap to clone.
#[derive(Clone)]
pub struct Approvals(Arc<Line>);

struct Line {
    announce: Option<Announce>,
    to_clerk: Mutex<Option<Box<dyn Write + Send>>>,
    /// What the clerk says, until somebody listens.
    from_clerk: Mutex<Option<Box<dyn Read + Send>>>,
    /// Who listens; it ends when the clerk does.
    listener: Mutex<Option<JoinHandle<()>>>,
    open: Mutex<HashMap<u64, UnboundedSender<FromClerk>>>,
    tickets: AtomicU64,
}

impl Approvals {
    /// Returns the questions that a clerk gets from `to_clerk` and answers to `from_clerk`; `announce` hears of each card. A thread
    /// is started with the first question.
    pub fn of_clerk(
        to_clerk: impl Write + Send + 'static,
        from_clerk: impl Read + Send + 'static,
        announce: Option<Announce>,
    ) -> Self {
        Self(Arc::new(Line {
            announce,
            to_clerk: Mutex::new(Some(Box::new(to_clerk))),
            from_clerk: Mutex::new(Some(Box::new(from_clerk))),
            listener: Mutex::default(),
            open: Mutex::default(),
            tickets: AtomicU64::new(0),
        }))
    }

    /// Starts a clerk on a thread of this process.
    ///
    /// # Errors
    /// When there are no pipes or no thread.
    pub fn in_this_process(
        store: Store,
        desk: Desk,
        announce: Option<Announce>,
    ) -> io::Result<Self> {
        let (questions, to_clerk) = io::pipe()?;
        let (from_clerk, answers) = io::pipe()?;
        let thread = std::thread::Builder::new().name(String::from("tollgate-clerk"));
        thread.spawn(move || {
            // What ends it ends the line, and then nobody is asked any more.
            drop(serve(store, &desk, questions, answers));
        })?;
        Ok(Self::of_clerk(to_clerk, from_clerk, announce))
    }

    /// Returns who asks on cards, and on the channel `beside` as well if there is one.
    pub fn asker(&self, beside: Option<Asker>) -> Asker {
        let line = self.0.clone();
        Arc::new(move |card| {
            let (line, beside) = (line.clone(), beside.clone());
            Box::pin(async move { line.ask(card, beside).await })
        })
    }

    /// Says that there are no more questions, because every execution that asked has ended, and waits until the clerk has closed
    /// their cards and ended itself. Questions after that are denied.
    pub fn close(&self) {
        if let Some(mut to_clerk) = locked(&self.0.to_clerk).take() {
            // A clerk that has gone keeps nothing open.
            write(&mut to_clerk, &ToClerk::End).ok();
        }
        // What the clerk says ends when it has ended. To wait for its process would take a call that the jail of a run does not have.
        let from_clerk = locked(&self.0.from_clerk).take();
        if let Some(mut from_clerk) = from_clerk {
            io::copy(&mut from_clerk, &mut io::sink()).ok();
        }
        let listener = locked(&self.0.listener).take();
        if let Some(listener) = listener {
            // One that panicked listens no more either.
            listener.join().ok();
        }
    }
}

impl Line {
    async fn ask(self: Arc<Self>, card: Card, beside: Option<Asker>) -> Said {
        let mut ticket = match self.put(&card) {
            Ok(ticket) => ticket,
            Err(error) => return denied(format!("nobody can be asked: {error}")),
        };
        let mut other: Option<Answer<'static>> = None;
        loop {
            let said = tokio::select! {
                said = ticket.next() => said,
                said = answered(&mut other) => {
                    other = None;
                    if let Err(error) = self.answered_beside(&ticket, &said.verdict) {
                        return denied(format!("the answer cannot be written down: {error}"));
                    }
                    continue;
                }
            };
            match said {
                None => return denied(String::from(GONE)),
                Some(FromClerk::Waits { card: name, .. }) => {
                    if let Some(announce) = &self.announce {
                        announce(&name);
                    }
                    other = beside.as_ref().map(|beside| beside(card.clone()));
                }
                Some(FromClerk::Refused { reason, .. }) => return denied(reason),
                Some(FromClerk::Told {
                    ticket: _,
                    card,
                    answer,
                    allows,
                    by,
                }) => {
                    let verdict = match allows {
                        true => Verdict::Allow,
                        false => Verdict::Deny {
                            reason: format!("denied by `{by}` (card `{card}`)"),
                        },
                    };
                    let card = Some(card);
                    let answers = vec![GivenAnswer { answer, by, card }];
                    return Said { verdict, answers };
                }
            }
        }
    }

    fn put(self: &Arc<Self>, card: &Card) -> io::Result<Ticket> {
        // Before anything is done with it: a guest chooses how long it is.
        let bytes = card.target.len().saturating_add(card.reason.len());
        if bytes > CARD_BYTES_MAX {
            let why =
                format!("what it asks has {bytes} bytes, and a card has at most {CARD_BYTES_MAX}");
            return Err(io::Error::other(why));
        }
        self.listen()?;
        let number = self.tickets.fetch_add(1, Relaxed);
        let (sender, said) = unbounded_channel();
        locked(&self.open).insert(number, sender);
        let ticket = Ticket {
            line: self.clone(),
            number,
            said,
        };
        self.say(&ToClerk::Ask(Box::new(message(number, card))))?;
        Ok(ticket)
    }

    /// Tells the clerk what was said on the other channel. That nobody answered there is no answer.
    fn answered_beside(&self, ticket: &Ticket, verdict: &Verdict) -> io::Result<()> {
        let allows = match verdict {
            Verdict::Ask => return Ok(()),
            Verdict::Allow => true,
            Verdict::Deny { .. } => false,
        };
        let ticket = ticket.number;
        self.say(&ToClerk::Beside { ticket, allows })
    }

    fn say(&self, message: &ToClerk) -> io::Result<()> {
        match &mut *locked(&self.to_clerk) {
            Some(to_clerk) => write(to_clerk, message),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Starts to listen to the clerk, once.
    fn listen(self: &Arc<Self>) -> io::Result<()> {
        let Some(from_clerk) = locked(&self.from_clerk).take() else {
            return Ok(());
        };
        let line = self.clone();
        let thread = std::thread::Builder::new().name(String::from("tollgate-answers"));
        let listener = thread.spawn(move || {
            let mut from_clerk = BufReader::new(from_clerk);
            while let Ok(Some(said)) = read::<FromClerk>(&mut from_clerk) {
                if let Some(sender) = locked(&line.open).get(&said.ticket()) {
                    // One that nobody waits for any more is given up.
                    sender.send(said).ok();
                }
            }
            // Whoever waits hears that nobody will answer.
            *locked(&line.to_clerk) = None;
            locked(&line.open).clear();
        })?;
        *locked(&self.listener) = Some(listener);
        Ok(())
    }
}

/// A question that was put. When it is dropped, its answer is not waited for any more.
struct Ticket {
    line: Arc<Line>,
    number: u64,
    said: UnboundedReceiver<FromClerk>,
}

impl Ticket {
    async fn next(&mut self) -> Option<FromClerk> {
        self.said.recv().await
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        locked(&self.line.open).remove(&self.number);
        // One that was answered is not open there, and a clerk that has gone waits for nothing.
        let ticket = self.number;
        self.line.say(&ToClerk::GiveUp { ticket }).ok();
    }
}

/// Waits for the answer of the other channel; for ever where nobody is asked.
async fn answered(other: &mut Option<Answer<'static>>) -> Said {
    match other {
        Some(answer) => answer.await,
        None => std::future::pending().await,
    }
}

fn denied(reason: String) -> Said {
    Verdict::Deny { reason }.into()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is kept of a card: all of it, but for what looks like a secret. The digest is of the whole.
fn message(ticket: u64, card: &Card) -> AskMessage {
    let Card {
        execution,
        // Whoever starts the clerk says who asks.
        caller: _,
        module,
        capability,
        interface,
        operation,
        target,
        place,
        arguments,
        policy,
        reason,
        gas_used,
    } = card;
    // Who answers elsewhere knows the files of the host, and not what names stand for in that run.
    let target = match place {
        Some(place) => without_secret_parts(place),
        None => without_secrets(target),
    };
    AskMessage {
        ticket,
        execution: execution.0,
        module: module.to_hex(),
        capability: capability.name().to_owned(),
        interface: interface.clone(),
        operation: operation.clone(),
        arguments: arguments.to_hex(),
        policy: policy.clone(),
        target,
        reason: without_secrets(reason),
        gas_used: *gas_used,
    }
}

/// The path, of which the parts that look like secrets are hidden.
fn without_secret_parts(path: &Path) -> String {
    let parts = path.components().map(|part| {
        let text = part.as_os_str().to_string_lossy();
        if holds_secret(&text) {
            PathBuf::from(REDACTED)
        } else {
            PathBuf::from(&*text)
        }
    });
    let path: PathBuf = parts.collect();
    path.display().to_string()
}
