//! What an execution and its clerk say to each other: lines of JSON with a bound.

use std::io::{self, BufRead, Read as _, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tollgate_state::approval::{LOCAL, Question};

use crate::limits::APPROVAL_MESSAGE_BYTES_MAX;

/// What the clerk is told. A question is known by its ticket, which its execution chooses.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToClerk {
    /// A question is put.
    Ask(Box<AskMessage>),
    /// Somebody answered on another channel of the execution.
    Beside { ticket: u64, allows: bool },
    /// The answer is not waited for any more.
    GiveUp { ticket: u64 },
    /// There are no more questions.
    End,
}

/// A question.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AskMessage {
    pub(super) ticket: u64,
    pub(super) execution: u64,
    pub(super) module: String,
    pub(super) capability: String,
    pub(super) interface: String,
    pub(super) operation: String,
    pub(super) arguments: String,
    pub(super) policy: String,
    pub(super) target: String,
    pub(super) reason: String,
    pub(super) gas_used: u64,
}

impl AskMessage {
    pub(super) fn question(&self) -> Question {
        Question {
            tenant: LOCAL.to_owned(),
            module: self.module.clone(),
            capability: self.capability.clone(),
            interface: self.interface.clone(),
            operation: self.operation.clone(),
            arguments: self.arguments.clone(),
            policy: self.policy.clone(),
        }
    }
}

/// What the clerk says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FromClerk {
    /// The question waits at this card.
    Waits { ticket: u64, card: String },
    /// It was answered.
    Told {
        ticket: u64,
        card: String,
        answer: String,
        allows: bool,
        by: String,
    },
    /// It has no answer and gets none.
    Refused { ticket: u64, reason: String },
}

impl FromClerk {
    pub(super) const fn ticket(&self) -> u64 {
        match self {
            Self::Waits { ticket, .. }
            | Self::Told { ticket, .. }
            | Self::Refused { ticket, .. } => *ticket,
        }
    }
}

/// Writes a message.
pub(super) fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Reads a message; `None` when there are no more. One that is too long or no message is an error.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    let mut bounded = from.take(APPROVAL_MESSAGE_BYTES_MAX);
    bounded.read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written_and_one_without_an_end_is_none() {
        let mut written = Vec::new();
        let message = ToClerk::Beside {
            ticket: 7,
            allows: true,
        };
        write(&mut written, &message).unwrap();
        let found: Option<ToClerk> = read(&mut &*written).unwrap();
        assert!(matches!(
            found,
            Some(ToClerk::Beside {
                ticket: 7,
                allows: true
            })
        ));
        assert!(read::<ToClerk>(&mut &b""[..]).unwrap().is_none());
        let cut = written.len() - 1;
        assert!(read::<ToClerk>(&mut &written[..cut]).is_err());
        assert!(read::<ToClerk>(&mut &b"{}\n"[..]).is_err());
    }

    #[test]
    fn a_message_has_a_bound() {
        let mut endless = io::BufReader::new(io::repeat(b'"'));
        assert!(read::<ToClerk>(&mut endless).is_err());
    }
}
