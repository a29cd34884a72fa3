//! Servers that share a state.

use super::connection::Connection;
use super::value::{DbError, DbResult, Optional as _, params};
use super::{Store, Undo, approval, cast};
use crate::audit::Act;
use crate::error::StateError;
use crate::limits::GONE_NODES_AT_ONCE;
use crate::node::{NewNode, NodeHeld, OpenNode, process_of};

impl Store {
    /// Begins a node, which this connection holds for as long as it lives, and returns its number.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad name; [`StateError::Unreachable`], [`StateError::Database`].
    pub fn begin_node(&mut self, new: &NewNode, now: i64) -> Result<i64, StateError> {
        new.check()?;
        self.write("beginning a server in", |tx| {
            let node = tx.query_row(
                "INSERT INTO node (name, signer, begun_at) VALUES (?1, ?2, ?3) RETURNING seq",
                params![new.name, new.signer, now],
                |row| row.get(0),
            )?;
            // Before anybody sees the row, and beyond the end of the transaction. The number is new, so nobody else has it.
            match tx.try_hold(node)? {
                true => Ok(node),
                false => Err(DbError::HeldBefore),
            }
        })
    }

    /// Holds a node that this connection began, again if what held it was lost.
    ///
    /// # Errors
    /// [`StateError::Unreachable`], [`StateError::Database`].
    pub fn hold_node(&mut self, node: i64) -> Result<NodeHeld, StateError> {
        let held = || -> DbResult<NodeHeld> {
            let held = self.connection.try_hold(node)?;
            // Whoever ends it has its lock until that is written: this sees it.
            let open = "SELECT 1 FROM node WHERE seq = ?1 AND ended_at IS NULL";
            let open = self.connection.query_row(open, params![node], |_| Ok(()));
            Ok(match (open.optional()?, held) {
                (None, _) => NodeHeld::Ended,
                (Some(()), true) => NodeHeld::Yes,
                (Some(()), false) => NodeHeld::ByAnother,
            })
        };
        held().map_err(|e| self.failed("holding", e))
    }

    /// Lets this connection write for a node, and only while nobody has seen that gone; `None`: for nobody's.
    pub fn write_as(&mut self, node: Option<i64>) {
        self.node = node;
    }

    /// The nodes that nobody holds now, but for `mine`: their servers are gone, or cut off for a moment.
    ///
    /// # Errors
    /// [`StateError::Unreachable`], [`StateError::Database`].
    pub fn free_nodes(&self, mine: i64) -> Result<Vec<OpenNode>, StateError> {
        let free = || -> DbResult<Vec<OpenNode>> {
            // Who holds a number does so before its row is seen: in the other order one that begins would be taken for gone.
            let mut open = open(&self.connection)?;
            let held = self.connection.held_nodes()?;
            open.retain(|other| other.node != mine && !held.contains(&other.node));
            Ok(open)
        };
        free().map_err(|e| self.failed("reading", e))
    }

    /// Ends those of these nodes that nobody holds; and loses the runs that no node has under way which is still there, with the
    /// questions of those that waited. Returns which nodes were ended, at most [`GONE_NODES_AT_ONCE`], and how many runs.
    ///
    /// # Errors
    /// [`StateError::Unreachable`], [`StateError::Database`].
    pub fn end_gone_nodes(
        &mut self,
        act: &Act<'_>,
        gone: &[i64],
    ) -> Result<(Vec<OpenNode>, usize), StateError> {
        // As a rule there is nothing to do, and nobody waits for that to be seen.
        let nobodys = cast::of_no_node(&self.connection).map_err(|e| self.failed("reading", e))?;
        if gone.is_empty() && nobodys.is_empty() {
            return Ok((Vec::new(), 0));
        }
        self.write_or_undo("ending servers that are gone in", |tx| {
            let mut ended = Vec::new();
            for other in open(tx)? {
                if ended.len() < GONE_NODES_AT_ONCE
                    && gone.contains(&other.node)
                    && tx.is_gone(other.node)?
                {
                    end(tx, other.node, act.at)?;
                    ended.push(other);
                }
            }
            let lost = cast::of_no_node(tx)?;
            cast::lose_all(tx, act, &lost)?;
            Ok((ended, lost.len()))
        })
    }

    /// Ends a node whose server stops. Runs that it still has under way are lost.
    ///
    /// # Errors
    /// [`StateError::Unreachable`], [`StateError::Database`].
    pub fn end_node(&mut self, act: &Act<'_>, node: i64) -> Result<(), StateError> {
        self.write_or_undo("ending a server in", |tx| {
            end(tx, node, act.at)?;
            let lost = cast::of_no_node(tx)?;
            cast::lose_all(tx, act, &lost)
        })
    }

    /// The keys that have signed receipts of this state, those of servers that are gone too.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn signers(&self) -> Result<Vec<String>, StateError> {
        self.rows(
            "SELECT signer FROM node UNION SELECT signer FROM receipt_chain ORDER BY 1",
            &[],
            |row| row.get(0),
        )
    }
}

fn open(connection: &Connection) -> DbResult<Vec<OpenNode>> {
    connection.query_rows(
        "SELECT seq, name, signer FROM node WHERE ended_at IS NULL ORDER BY seq",
        &[],
        |row| {
            Ok(OpenNode {
                node: row.get(0)?,
                name: row.get(1)?,
                signer: row.get(2)?,
            })
        },
    )
}

fn end(tx: &Connection, node: i64, at: i64) -> Result<(), Undo> {
    tx.write(
        "UPDATE node SET ended_at = ?2 WHERE seq = ?1 AND ended_at IS NULL",
        params![node, at],
    )?;
    approval::end_questions(tx, &process_of(node), at)
}
