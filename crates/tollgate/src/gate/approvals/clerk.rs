//! The clerk: it has the state open, puts questions there, and looks for answers.
//!
//! It may be a process of its own, so that whatever takes over the process of a guest can ask and not answer. Who asks is
//! therefore told to the clerk by the process that starts it, and never by a message. Between two looks it sleeps; a look is a read of
//! one number, which tells whether anybody has written to the state.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::TryRng as _;
use tollgate_state::approval::{
    Answer, ApprovalError, CardId, Given, NewCard, Principal, Proposed, Reply, Waiter,
};
use tollgate_state::{StateError, Store};

use super::message::{AskMessage, FromClerk, ToClerk, read, write};
use super::process::{Life, ProcessName};
use crate::limits::{ANSWER_STANDS_DEFAULT, APPROVAL_LOOK_EVERY};

/// For whom a clerk works.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Who asks for the executions, and may answer none of their questions. Where [`Desk::beside`] is not to answer them either, not
    /// even through another execution that puts the same question, it is one of these names.
    pub requester: Principal,
    /// Who answers on the executions' other channel, if there is one.
    pub beside: Principal,
    /// The process the executions are in.
    pub process: ProcessName,
    /// How long a question can be answered.
    pub answer_within: Duration,
}

/// Puts the questions that come from `input` to `store`, and writes the answers to `output`, until there are no more. When the
/// input ends without a word, its process was killed: then the questions stay. So they do when nobody reads the answers any more.
///
/// # Errors
/// When nothing can be read or written any more, or there are no random names.
pub fn serve(
    store: Store,
    desk: &Desk,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> io::Result<()> {
    match serve_all(store, desk, input, output) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        served => served,
    }
}

fn serve_all(
    store: Store,
    desk: &Desk,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> io::Result<()> {
    let messages = listen(input)?;
    let mut clerk = Clerk {
        run: random()?,
        store,
        desk,
        output,
        open: Vec::new(),
        asked: BTreeSet::new(),
        seen: None,
    };
    loop {
        let message = match clerk.open.is_empty() {
            true => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => messages.recv_timeout(APPROVAL_LOOK_EVERY),
        };
        match message {
            Ok(ToClerk::End) => return clerk.end(),
            Ok(message) => clerk.hear(message)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        clerk.look()?;
    }
}

/// The messages, read on a thread of their own, so that the clerk can wait for one and for a time.
fn listen(input: impl Read + Send + 'static) -> io::Result<Receiver<ToClerk>> {
    let (sender, messages) = channel();
    let thread = std::thread::Builder::new().name(String::from("tollgate-clerk"));
    thread.spawn(move || {
        let mut input = BufReader::new(input);
        // Whatever is no message ends the conversation, which answers nothing.
        while let Ok(Some(message)) = read(&mut input) {
            if sender.send(message).is_err() {
                break;
            }
        }
    })?;
    Ok(messages)
}

struct Clerk<'a, W> {
    /// Begins the names of the executions: their numbers are those of one process.
    run: CardId,
    store: Store,
    desk: &'a Desk,
    output: W,
    open: Vec<Open>,
    /// Every execution that has asked.
    asked: BTreeSet<String>,
    /// The version of the state at the last look, and whether some card may have expired since.
    seen: Option<i64>,
}

/// A question without an answer.
struct Open {
    ticket: u64,
    card: CardId,
    new: NewCard,
}

impl<W: Write> Clerk<'_, W> {
    fn hear(&mut self, message: ToClerk) -> io::Result<()> {
        match message {
            ToClerk::Ask(asked) => {
                let ticket = asked.ticket;
                match self.card(*asked) {
                    Ok(new) => self.put(ticket, new),
                    Err(error) => self.refuse(ticket, &error),
                }
            }
            ToClerk::Beside { ticket, allows } => self.beside(
                ticket,
                match allows {
                    true => Answer::AllowOnce,
                    false => Answer::Deny,
                },
            ),
            ToClerk::GiveUp { ticket } => self.give_up(ticket),
            ToClerk::End => Ok(()),
        }
    }

    fn card(&mut self, asked: AskMessage) -> Result<NewCard, ClerkError> {
        let question = asked.question();
        let AskMessage {
            execution,
            target,
            reason,
            gas_used,
            ..
        } = asked;
        let within = i64::try_from(self.desk.answer_within.as_nanos()).unwrap_or(i64::MAX);
        Ok(NewCard {
            id: random()?,
            question,
            target,
            reason,
            risk: None,
            gas_used,
            most: None,
            waiter: Waiter {
                execution: format!("{}-{execution}", self.run),
                requester: self.desk.requester.clone(),
                process: self.desk.process.as_str().to_owned(),
            },
            expires_at: now()?.saturating_add(within),
            origin: "local".to_owned(),
            request: String::new(),
        })
    }

    fn put(&mut self, ticket: u64, new: NewCard) -> io::Result<()> {
        match self.propose(&new) {
            Ok(Proposed::Stands(given)) => self.tell(ticket, &given),
            Ok(Proposed::Asked(card)) => {
                self.asked.insert(new.waiter.execution.clone());
                let waits = FromClerk::Waits {
                    ticket,
                    card: card.to_string(),
                };
                self.open.push(Open { ticket, card, new });
                // Looked at at once: it may be another's, who was answered meanwhile.
                self.seen = None;
                write(&mut self.output, &waits)
            }
            Err(error) => self.refuse(ticket, &error),
        }
    }

    /// Puts the question. Where there is no room, those who wait no more, because their process was killed, make some.
    fn propose(&mut self, new: &NewCard) -> Result<Proposed, ClerkError> {
        let now = now()?;
        match self.store.propose(new, now) {
            Err(ApprovalError::Full { .. }) => {
                self.forget_the_dead(now).map_err(ApprovalError::from)?;
                Ok(self.store.propose(new, now)?)
            }
            proposed => Ok(proposed?),
        }
    }

    /// Notes that executions wait no more whose process has ended.
    fn forget_the_dead(&mut self, now: i64) -> Result<(), StateError> {
        let (mut dead, mut after) = (BTreeSet::new(), 0);
        loop {
            let page = self.store.pending_cards(after, now)?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let waiting = page.into_iter().flat_map(|card| card.waiting);
            let waiting = waiting.filter(|waiting| waiting.left_at.is_none());
            let waiters = waiting.map(|waiting| waiting.waiter);
            let ended =
                waiters.filter(|waiter| ProcessName::of(&waiter.process).life() == Life::Gone);
            dead.extend(ended.map(|waiter| waiter.execution));
        }
        let dead: Vec<&str> = dead.iter().map(String::as_str).collect();
        self.store.stop_waiting(&dead, now)
    }

    /// What was said on the other channel is an answer like others: it counts if it is the first.
    fn beside(&mut self, ticket: u64, answer: Answer) -> io::Result<()> {
        let Some(open) = self.open.iter().find(|open| open.ticket == ticket) else {
            return Ok(());
        };
        let reply = Reply {
            card: &open.card,
            answer,
            by: &self.desk.beside,
            stands_ns: i64::try_from(ANSWER_STANDS_DEFAULT.as_nanos()).unwrap_or(i64::MAX),
        };
        let answered = now().and_then(|now| Ok(self.store.answer_card(&reply, now)?));
        self.seen = None;
        match answered {
            Ok(())
            | Err(ClerkError::Approval(
                ApprovalError::Answered { .. } | ApprovalError::Expired { .. },
            )) => Ok(()),
            Err(error) => {
                self.give_up(ticket)?;
                self.refuse(ticket, &error)
            }
        }
    }

    fn give_up(&mut self, ticket: u64) -> io::Result<()> {
        let Some(at) = self.open.iter().position(|open| open.ticket == ticket) else {
            return Ok(());
        };
        let execution = self.open.swap_remove(at).new.waiter.execution;
        let mut others = self.open.iter();
        if others.any(|open| open.new.waiter.execution == execution) {
            return Ok(());
        }
        self.stop_waiting(&[&execution])
    }

    /// Notes that executions wait no more; where that cannot be written, their cards expire by themselves.
    fn stop_waiting(&mut self, executions: &[&str]) -> io::Result<()> {
        let stopped = now().map(|now| self.store.stop_waiting(executions, now));
        match stopped {
            Ok(Ok(()) | Err(_)) => Ok(()),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }

    fn end(mut self) -> io::Result<()> {
        let asked = std::mem::take(&mut self.asked);
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        self.stop_waiting(&asked)
    }

    /// Looks for answers where there may be some.
    fn look(&mut self) -> io::Result<()> {
        let (Ok(now), version) = (now(), self.store.version_of_others().ok()) else {
            return Ok(());
        };
        let expired = self.open.iter().any(|open| now >= open.new.expires_at);
        if version.is_some() && version == self.seen && !expired {
            return Ok(());
        }
        self.seen = version;
        for open in std::mem::take(&mut self.open) {
            self.look_at(open, now)?;
        }
        Ok(())
    }

    fn look_at(&mut self, open: Open, now: i64) -> io::Result<()> {
        let Open { ticket, card, new } = &open;
        let (question, execution) = (&new.question, &new.waiter.execution);
        match self.store.take_answer(card, question, execution, now) {
            Ok(Some(given)) => self.tell(*ticket, &given),
            Ok(None) => {
                self.open.push(open);
                Ok(())
            }
            // What allowed one call was another's, who waited there too: this one is asked about anew.
            Err(ApprovalError::Used { .. }) => {
                let Open {
                    ticket, mut new, ..
                } = open;
                match random() {
                    Ok(id) => new.id = id,
                    Err(error) => return self.refuse(ticket, &error.into()),
                }
                self.put(ticket, new)
            }
            // Somebody else writes just now. There is another look, and an end: the card's own.
            Err(ApprovalError::State(StateError::Busy { .. })) if now < new.expires_at => {
                self.seen = None;
                self.open.push(open);
                Ok(())
            }
            Err(ApprovalError::Expired { card }) => {
                let reason = format!("nobody answered card `{card}` in time");
                let ticket = *ticket;
                write(&mut self.output, &FromClerk::Refused { ticket, reason })
            }
            Err(error) => self.refuse(*ticket, &error.into()),
        }
    }

    fn tell(&mut self, ticket: u64, given: &Given) -> io::Result<()> {
        let Given { card, answer, by } = given;
        let told = FromClerk::Told {
            ticket,
            card: card.to_string(),
            answer: answer.name().to_owned(),
            allows: answer.allows(),
            by: by.clone(),
        };
        write(&mut self.output, &told)
    }

    fn refuse(&mut self, ticket: u64, error: &ClerkError) -> io::Result<()> {
        let reason = format!("nobody is asked: {error}");
        write(&mut self.output, &FromClerk::Refused { ticket, reason })
    }
}

/// Why a question cannot be put.
#[derive(Debug, thiserror::Error)]
enum ClerkError {
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    #[error("there is no random name for its card: {0}")]
    Random(#[from] io::Error),
    #[error("the clock of this machine is wrong")]
    Clock,
}

/// The time, nanoseconds since 1970.
fn now() -> Result<i64, ClerkError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since
        .ok()
        .and_then(|since| i64::try_from(since.as_nanos()).ok());
    nanoseconds.ok_or(ClerkError::Clock)
}

/// A name nobody can guess and nobody has.
fn random() -> io::Result<CardId> {
    let mut bytes = [0; 8];
    let filled = rand::rngs::SysRng.try_fill_bytes(&mut bytes);
    filled.map_err(io::Error::other)?;
    Ok(CardId::from_random(bytes))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use tollgate_state::limits::CARDS_PENDING_MAX;

    use super::*;

    fn asked(ticket: u64) -> AskMessage {
        AskMessage {
            ticket,
            execution: ticket,
            module: "a".repeat(64),
            capability: String::from("file-write"),
            interface: String::from("wasi_snapshot_preview1"),
            operation: String::from("path_open"),
            arguments: format!("{ticket:064x}"),
            policy: "b".repeat(64),
            target: String::new(),
            reason: String::new(),
            gas_used: 0,
        }
    }

    /// A clerk for executions of that process, of which nobody hears.
    fn clerk(desk: &Desk, store: Store) -> Clerk<'_, Vec<u8>> {
        Clerk {
            run: random().unwrap(),
            store,
            desk,
            output: Vec::new(),
            open: Vec::new(),
            asked: BTreeSet::new(),
            seen: None,
        }
    }

    fn desk(process: &str) -> Desk {
        Desk {
            requester: Principal::new(["ada"]).unwrap(),
            beside: Principal::new(["the terminal of ada"]).unwrap(),
            process: ProcessName::of(process),
            answer_within: Duration::from_secs(60),
        }
    }

    #[test]
    fn cards_of_runs_that_were_killed_keep_no_other_run_from_asking() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let own = ProcessName::own();
        let mut parts: Vec<&str> = own.as_str().split(' ').collect();
        // Another process had this number before.
        parts[1] = "1";
        let (dead, living) = (desk(&parts.join(" ")), desk(own.as_str()));
        let most = CARDS_PENDING_MAX.unsigned_abs();
        let mut killed = clerk(&dead, Store::create(&path).unwrap());
        let mut waits = clerk(&living, Store::open(&path).unwrap());
        waits.hear(ToClerk::Ask(Box::new(asked(0)))).unwrap();
        for ticket in 1..most {
            killed.hear(ToClerk::Ask(Box::new(asked(ticket)))).unwrap();
        }
        let mut late = clerk(&living, Store::open(&path).unwrap());
        late.hear(ToClerk::Ask(Box::new(asked(most)))).unwrap();
        let told = String::from_utf8(late.output).unwrap();
        assert!(told.contains("waits"), "{told}");
        // Those whose process is there wait on.
        let pending = late.store.pending_cards(0, now().unwrap()).unwrap();
        assert_eq!(pending.len(), 2);
    }
}
