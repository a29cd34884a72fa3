//! What a guest missed: the attempts to use what was not granted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    limits,
    outcome::{Violation, Violations},
};

/// Keeps the attempts to use what was not granted; shared with those parts of WASI that cannot reach the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Violations>>);

impl Log {
    /// Keeps `violation` unless it is known; if there are too many, it is counted.
    pub(crate) fn push(&self, violation: Violation) {
        let mut kept = self.kept();
        if kept.listed.iter().any(|known| known.is_of(&violation)) {
            return;
        }
        if kept.listed.len() < limits::VIOLATIONS {
            kept.listed.push(violation);
        } else {
            kept.more = kept.more.saturating_add(1);
        }
    }

    /// Keeps what another log kept of the same attempts, of which either may have missed some: there were as many as the one
    /// that has more says.
    pub(crate) fn agree(&self, other: Violations) {
        let total = self.kept().count().max(other.count());
        for violation in other.listed {
            self.push(violation);
        }
        let mut kept = self.kept();
        kept.more = total.saturating_sub(kept.listed.len() as u64);
    }

    pub(crate) fn take(&self) -> Violations {
        std::mem::take(&mut self.kept())
    }

    fn kept(&self) -> MutexGuard<'_, Violations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::Capability;

    fn attempts(numbers: std::ops::Range<usize>) -> Log {
        let log = Log::default();
        for number in numbers {
            log.push(Violation {
                capability: Capability::FileRead,
                call: String::from("path_open"),
                detail: number.to_string(),
                need: None,
                decision: None,
            });
        }
        log
    }

    #[test]
    fn what_two_have_seen_counts_once() {
        let many = limits::VIOLATIONS + 36;
        let (here, there) = (attempts(0..many), attempts(0..many));
        here.agree(there.take());
        let agreed = here.take();
        assert_eq!((agreed.listed.len(), agreed.more), (limits::VIOLATIONS, 36));
        let (here, there) = (attempts(0..2), attempts(1..5));
        here.agree(there.take());
        let agreed = here.take();
        assert_eq!((agreed.listed.len(), agreed.more), (5, 0));
    }
}
