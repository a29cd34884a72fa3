//! What an execution was granted, as its report says it: everything but the values that may be secrets.

use serde::{Deserialize, Serialize};
use tollgate_sandbox::{Grant, NetGrant, PathGrant, Stdin};

/// A grant without the values of variables and without the bytes of standard input. Those, and the arguments, are the
/// input of the execution; [`Report::input`](crate::report::Report::input) is a digest of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Folders and files that could be read.
    pub read: Vec<PathGrant>,
    /// Folders and files that could be written.
    pub write: Vec<PathGrant>,
    /// Names of the variables of the process that were passed on.
    pub env_inherited: Vec<String>,
    /// Names of the variables with values that the asker chose.
    pub env_chosen: Vec<String>,
    /// Where standard input came from.
    pub stdin: GrantedInput,
    /// Network destinations.
    pub net: Vec<NetGrant>,
    /// Whether it saw the clocks of the host.
    pub clock: bool,
    /// Whether it had randomness of the host.
    pub random: bool,
    /// Whether it could leave with an exit code of its own.
    pub exit: bool,
}

/// Where standard input came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantedInput {
    /// There was none.
    Empty,
    /// The asker chose it: that many bytes.
    Bytes(u64),
    /// It was that of the process.
    Inherited,
}

impl Granted {
    /// Returns what the report says of `grant`.
    pub fn of(grant: &Grant) -> Self {
        // A new field does not compile until it is shown.
        let Grant {
            read,
            write,
            env,
            // A part of the input.
            args: _,
            stdin,
            net,
            clock,
            random,
            exit,
        } = grant;
        let chosen = grant.env().iter().map(|(name, _)| name);
        Self {
            read: read.clone(),
            write: write.clone(),
            env_inherited: env.inherited().map(str::to_owned).collect(),
            env_chosen: chosen.filter(|name| !env.inherits(name)).cloned().collect(),
            stdin: match stdin {
                Stdin::Empty => GrantedInput::Empty,
                Stdin::Bytes(bytes) => GrantedInput::Bytes(bytes.len() as u64),
                Stdin::Inherit => GrantedInput::Inherited,
            },
            net: net.clone(),
            clock: *clock,
            random: *random,
            exit: *exit,
        }
    }
}
