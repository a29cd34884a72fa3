//! Servers that share a state: *nodes*.
//!
//! A node begins each time that a server does, and has a number of its own. For as long as it is there it *holds* that number, which
//! the others can see: with PostgreSQL by a lock of one of its connections, which the database lets go of when the connection
//! ends, however it ends; a file has one server, which holds its folder. No clock is compared.
//!
//! Of a node that nobody holds the others say after a while that it is gone, and lose what it had under way, in one change. From then on nothing is written for it:
//! a server that was only cut off finds that its number has ended, and begins again with another one.

use crate::error::{StateError, invalid};
use crate::limits::NODE_NAME_BYTES_MAX;
use crate::names::shown;

/// A server that begins to work with a state.
#[derive(Debug, Clone)]
pub struct NewNode {
    /// What it is called in what is said of it; 1 to [`NODE_NAME_BYTES_MAX`] bytes.
    pub name: String,
    /// The public key of what signs its receipts.
    pub signer: String,
}

impl NewNode {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        if (1..=NODE_NAME_BYTES_MAX).contains(&self.name.len()) {
            return Ok(());
        }
        let rule = format!("it has 1 to {NODE_NAME_BYTES_MAX} bytes");
        Err(invalid("name of a server", shown(&self.name), rule))
    }
}

/// Whether a node is shown to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeHeld {
    /// It is, by this connection.
    Yes,
    /// It is, by a connection of before that the database has not ended yet.
    ByAnother,
    /// Others have seen it gone.
    Ended,
}

/// A node whose server has not said that it stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenNode {
    /// Its number.
    pub node: i64,
    /// What it is called.
    pub name: String,
    /// The public key of what signs its receipts.
    pub signer: String,
}

/// The process that the runs of a node are in, as cards know it.
#[must_use]
pub fn process_of(node: i64) -> String {
    format!("server-{node}")
}
