//! What ends a run of guest code.

use crate::{limits::LimitExceeded, outcome::Failure};

/// What ends a run of guest code: a result, a failure that is known already, or an error to look into.
pub(crate) enum Stop {
    Failure(Failure),
    Error(wasmtime::Error),
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        Self::Error(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Returns the failure that our own host code put into `error` to end the execution, if that is what it is.
pub(crate) fn stop(error: &wasmtime::Error) -> Option<Failure> {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return Some(failure.clone());
    }
    error
        .downcast_ref::<LimitExceeded>()
        .cloned()
        .map(Failure::LimitExceeded)
}
