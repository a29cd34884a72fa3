//! Ranges of a guest's memory that host functions read and write.

use super::HostError;
use crate::limits::{LimitExceeded, LimitKind};
use crate::outcome::Failure;

/// A range of the guest's memory that was checked to be inside it. Memories never shrink, so it stays inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestSlice {
    pub(super) start: usize,
    pub(super) len: usize,
}

impl GuestSlice {
    /// Checks `pointer` and `len`, as a guest gave them, against a memory of `memory_len` bytes and a limit.
    pub(crate) fn check(
        pointer: u64,
        len: u64,
        memory_len: usize,
        limit: u64,
    ) -> Result<Self, HostError> {
        if len > limit {
            return Err(LimitExceeded::new(LimitKind::HostCall, limit).into());
        }
        let end = pointer
            .checked_add(len)
            .filter(|&end| end <= memory_len as u64);
        match (end, usize::try_from(pointer), usize::try_from(len)) {
            (Some(_), Ok(start), Ok(len)) => Ok(Self { start, len }),
            _ => Err(HostError::Failed {
                message: format!(
                    "{len} bytes at {pointer} are outside the memory of {memory_len} bytes"
                ),
            }),
        }
    }

    /// Returns the number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tells whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns these bytes of `memory`, the whole memory they were checked against.
    pub(crate) fn of<'a>(&self, memory: &'a [u8]) -> Option<&'a [u8]> {
        memory.get(self.range())
    }

    /// Returns these bytes of `memory` to change.
    pub(crate) fn of_mut<'a>(&self, memory: &'a mut [u8]) -> Option<&'a mut [u8]> {
        memory.get_mut(self.range())
    }

    /// Returns the failure when these bytes are not where they were found to be: no memory shrinks.
    pub(crate) fn lost() -> Failure {
        Failure::Internal {
            message: String::from("bytes that were found inside the memory are outside of it"),
        }
    }

    fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start.saturating_add(self.len)
    }
}
