//! A guest's output streams, and who reads them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One of a guest's output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Whether anybody reads what a guest writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reader {
    /// Somebody does, or will.
    Listens,
    /// Nobody will any more: the guest is told so when it writes.
    IsGone,
}

/// Gets a guest's output as it is written, in addition to the capture in the outcome. Must not block.
pub type OutputSink = Arc<dyn Fn(Stream, &[u8]) -> Reader + Send + Sync>;
