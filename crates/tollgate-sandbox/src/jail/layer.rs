//! The layers of a jail, which of them are in force, and what it means when one is not.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::JailMode;

/// One layer of a jail. Each holds without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// No new privileges, no capabilities, no core dumps, no other process that looks into this one.
    Privileges,
    /// Users, hosts, messages and networks of its own: the machine's are not there.
    Namespaces,
    /// A tree of files of its own, with what was granted and nothing else.
    Root,
    /// Rules for files, kept by the system for each open (Landlock).
    Files,
    /// Rules for connections (Landlock).
    Ports,
    /// No signal and no abstract socket of another process can be reached (Landlock).
    Signals,
    /// A list of system calls; another one ends the process (seccomp).
    SystemCalls,
}

impl Layer {
    /// Returns the name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Privileges => "privileges",
            Self::Namespaces => "namespaces",
            Self::Root => "root",
            Self::Files => "files",
            Self::Ports => "ports",
            Self::Signals => "signals",
            Self::SystemCalls => "system-calls",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a layer is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerState {
    /// Which.
    pub layer: Layer,
    /// Why it is not in force; nothing when it is.
    pub missing: Option<String>,
}

/// The layers of a jail that was closed, in the order they were put up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JailReport {
    /// Each layer of the role.
    pub layers: Vec<LayerState>,
}

impl JailReport {
    /// Returns the layers that are not in force.
    pub fn missing(&self) -> impl Iterator<Item = &LayerState> {
        self.layers.iter().filter(|state| state.missing.is_some())
    }
}

/// The report of a jail that is being closed, and how much of it there must be.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) mode: JailMode,
    report: JailReport,
}

impl Notes {
    pub(super) fn new(mode: JailMode) -> Self {
        Self {
            mode,
            report: JailReport::default(),
        }
    }

    /// Notes how putting up a layer went; one that is required and missing is an error.
    pub(super) fn note<E: fmt::Display>(
        &mut self,
        layer: Layer,
        outcome: Result<(), E>,
    ) -> Result<(), JailError> {
        let missing = outcome.err().map(|error| error.to_string());
        if let Some(reason) = &missing
            && self.mode == JailMode::Require
        {
            return Err(JailError::Missing {
                layer,
                reason: reason.clone(),
            });
        }
        self.report.layers.push(LayerState { layer, missing });
        Ok(())
    }

    pub(super) fn report(self) -> JailReport {
        self.report
    }
}

/// A jail could not be closed as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum JailError {
    /// A layer is missing and every layer was required.
    #[error("the jail lacks the layer `{layer}`, which is required: {reason}")]
    Missing {
        /// Which layer.
        layer: Layer,
        /// Why.
        reason: String,
    },
    /// A step half done could not be taken back.
    #[error("the jail could not be left again after the layer `{layer}` failed: {reason}")]
    HalfClosed {
        /// Which layer.
        layer: Layer,
        /// Why.
        reason: String,
    },
    /// This process has more than one thread.
    #[error(
        "the jail holds for one thread and this process has more; close it before threads are started"
    )]
    Threads,
    /// A place that is to be reached is there and cannot be opened.
    #[error("`{}` cannot be opened for the jail: {reason}", .path.display())]
    Place {
        /// The place.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}
