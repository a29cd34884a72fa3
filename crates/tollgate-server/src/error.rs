//! Why a request was refused: a code for programs, a message for people, and for the log what is nobody else's business.

use std::error::Error;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tollgate::LoadError;
use tollgate::sandbox::{CompileError, CompileLimit};
use tollgate_api::ErrorCode;
use tollgate_state::StateError;
use tollgate_state::quota::QuotaOf;

use crate::clock;
use crate::limits::{MESSAGE_CHARS_MAX, RETRY_AFTER_S};
use crate::shares::Full;

const NO_ROOM: &str = "the server has no room left on its disk";

/// A refused request. The router gives it its body, which has the request's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// For the log alone.
    pub(crate) cause: Option<String>,
    /// When the same request can be good, seconds from now, if that is known.
    retry_after_s: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: shown(&message.into()),
            cause: None,
            retry_after_s: match code {
                ErrorCode::Busy | ErrorCode::Unavailable => Some(RETRY_AFTER_S),
                _ => None,
            },
        }
    }

    /// The same, which can be good from then on.
    pub(crate) fn after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self {
            retry_after_s: Some(seconds.max(1)),
            ..self
        }
    }

    /// A refusal whose cause is for the log.
    pub(crate) fn because(cause: &dyn Error, code: ErrorCode, message: &str) -> Self {
        Self {
            cause: Some(chain(cause)),
            ..Self::new(code, message)
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// As many of something are under way as can be.
    pub(crate) fn busy(what: &str) -> Self {
        let message = format!("as many {what} as can be are under way; try again");
        Self::new(ErrorCode::Busy, message)
    }

    /// As many of something are under way as the tenant may have, or as all may.
    pub(crate) fn full(what: &str, full: Full) -> Self {
        match full {
            Full::All => Self::busy(what),
            Full::Own => {
                let message = format!(
                    "as many {what} of this tenant as it may have are under way; try again"
                );
                Self::new(ErrorCode::Busy, message)
            }
        }
    }

    /// A module that the sandbox refuses: everything that it says of why.
    fn module(cause: &dyn Error) -> Self {
        let message = format!("the module is refused: {}", chain(cause));
        Self::new(ErrorCode::InvalidModule, message)
    }

    /// A module that could not be looked at or compiled, through a fault of its own or because this machine has too much to do.
    pub(crate) fn compile(cause: &CompileError) -> Self {
        match cause {
            CompileError::Busy { .. }
            | CompileError::Full(_)
            | CompileError::Limit {
                limit: CompileLimit::Wall,
                ..
            } => Self::because(
                cause,
                ErrorCode::Busy,
                "the machine has too much to do to compile the module; try again",
            ),
            CompileError::NotJailed { .. }
            | CompileError::Process { .. }
            | CompileError::Unprepared
            | CompileError::Engine(_) => Self::internal(cause),
            // The rest is what it says of the module.
            _ => Self::module(cause),
        }
    }

    /// What is no policy: everything that the compiler says of why.
    pub(crate) fn policy(cause: &dyn Error) -> Self {
        let message = format!("the policy is refused: {}", chain(cause));
        Self::new(ErrorCode::InvalidPolicy, message)
    }

    /// The same of a module that is loaded.
    pub(crate) fn load(cause: &LoadError) -> Self {
        match cause {
            LoadError::Compile(cause) => Self::compile(cause),
            LoadError::Engine(_) => Self::internal(cause),
            LoadError::Interrupted => {
                Self::because(cause, ErrorCode::Unavailable, "the server stops; try again")
            }
            // The rest is what it says of the module.
            _ => Self::module(cause),
        }
    }

    /// A file that could not be read or written.
    pub(crate) fn file(cause: &std::io::Error) -> Self {
        if cause.kind() != std::io::ErrorKind::StorageFull {
            return Self::internal(cause);
        }
        Self::because(cause, ErrorCode::StorageFull, NO_ROOM)
    }

    /// The same answer whatever is wrong with a key.
    pub(crate) fn nobody() -> Self {
        Self::new(
            ErrorCode::Unauthorized,
            "this needs a good key: `authorization: Bearer tgk_…`",
        )
    }

    /// A fault of ours: the log gets the cause, the client nothing but the id of its request.
    pub(crate) fn internal(cause: &dyn Error) -> Self {
        Self::because(
            cause,
            ErrorCode::Internal,
            "the server failed; its log has more under this request's id",
        )
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.code {
            ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
            ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorCode::OverBudget => StatusCode::PAYMENT_REQUIRED,
            ErrorCode::Forbidden => StatusCode::FORBIDDEN,
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::Timeout => StatusCode::REQUEST_TIMEOUT,
            ErrorCode::Conflict
            | ErrorCode::InUse
            | ErrorCode::IdempotencyRunning
            | ErrorCode::IdempotencyReused
            | ErrorCode::CastLost => StatusCode::CONFLICT,
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::InvalidModule
            | ErrorCode::InvalidPolicy
            | ErrorCode::DigestMismatch
            | ErrorCode::InvalidSignature => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::StorageQuota => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::Busy | ErrorCode::OverQuota => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    /// The error of an answer that the framework made by itself.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(ErrorCode::NotFound, "there is no such route"),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                ErrorCode::MethodNotAllowed,
                "this route has no such method; the header `allow` says which it has",
            ),
            status if status.is_server_error() => {
                Self::new(ErrorCode::Internal, "the server failed")
            }
            _ => Self::bad("the request cannot be read"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == ErrorCode::Unauthorized {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StateError> for ApiError {
    fn from(error: StateError) -> Self {
        let code = match &error {
            StateError::KeyEnded { .. } => return Self::nobody(),
            StateError::Invalid { .. } => ErrorCode::BadRequest,
            StateError::Absent { .. } => ErrorCode::NotFound,
            StateError::Taken { .. } => ErrorCode::Conflict,
            StateError::InUse { .. } => ErrorCode::InUse,
            StateError::NotYours { .. } => ErrorCode::Forbidden,
            StateError::OverQuota { of, ready_at, .. } => return over(&error, *of, *ready_at),
            StateError::AboveCeiling { .. } => ErrorCode::Forbidden,
            StateError::OverBudget { .. } => {
                let message = format!(
                    "the run did not begin: {error}; ask for less with `limits`, or have the budget raised"
                );
                return Self::new(ErrorCode::OverBudget, message);
            }
            StateError::Busy { .. } => {
                return Self::because(
                    &error,
                    ErrorCode::Unavailable,
                    "the database is busy; try again",
                );
            }
            StateError::Unreachable { .. } => {
                return Self::because(
                    &error,
                    ErrorCode::Unavailable,
                    "the database cannot be reached; try again",
                );
            }
            StateError::Full { .. } => {
                return Self::because(&error, ErrorCode::StorageFull, NO_ROOM);
            }
            // The rest names files of this machine, or belongs to policies.
            StateError::Missing { .. }
            | StateError::Folder { .. }
            | StateError::File { .. }
            | StateError::NotUsed { .. }
            | StateError::Foreign { .. }
            | StateError::Version { .. }
            | StateError::Durability { .. }
            | StateError::Credential(_)
            | StateError::Unsealed { .. }
            | StateError::Database { .. } => return Self::internal(&error),
        };
        Self::new(code, error.to_string())
    }
}

fn over(error: &StateError, of: QuotaOf, ready_at: Option<i64>) -> ApiError {
    let (code, advice) = match of {
        QuotaOf::Gas => (ErrorCode::OverQuota, "come again tomorrow, or ask for less"),
        QuotaOf::Storage => (
            ErrorCode::StorageQuota,
            "delete versions that nobody needs, or wait until answers of runs are a day old",
        ),
    };
    let refused = ApiError::new(code, format!("{error}; {advice}"));
    match ready_at.and_then(|at| u64::try_from(at.saturating_sub(clock::now())).ok()) {
        Some(wait) => refused.after(Duration::from_nanos(wait)),
        None => refused,
    }
}

/// As much of a message as is said: what somebody sent may stand in it, and be as long as they like.
pub(crate) fn shown(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_CHARS_MAX) {
        None => message.to_owned(),
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
    }
}

/// An error with everything that caused it, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_one_whoever_finds_it() {
        let file = ApiError::file(&std::io::Error::from(std::io::ErrorKind::StorageFull));
        let state = ApiError::from(StateError::Full {
            action: "writing a run to",
            place: std::path::Path::new("/srv/state.db").into(),
        });
        for error in [file, state] {
            assert_eq!(error.status(), StatusCode::INSUFFICIENT_STORAGE);
            assert_eq!(error.message, NO_ROOM);
            assert!(error.cause.is_some());
        }
    }

    #[test]
    fn a_machine_that_has_too_much_to_do_refuses_no_module() {
        let busy = CompileError::Busy {
            waited: Duration::from_secs(30),
        };
        let late = CompileError::Limit {
            limit: CompileLimit::Wall,
            value: "180s".to_owned(),
            more: "240s".to_owned(),
        };
        for error in [busy, late] {
            let error = ApiError::load(&LoadError::Compile(error.into()));
            assert_eq!(error.code, ErrorCode::Busy);
            assert_eq!(error.retry_after_s, Some(RETRY_AFTER_S));
            assert!(error.message.contains("try again"), "{}", error.message);
        }
        let much = CompileError::Limit {
            limit: CompileLimit::Cpu,
            value: "60s".to_owned(),
            more: "240s".to_owned(),
        };
        let error = ApiError::compile(&much);
        assert_eq!(error.code, ErrorCode::InvalidModule);
        assert!(error.message.contains("CPU time"), "{}", error.message);
    }

    #[test]
    fn a_fault_of_ours_tells_nothing_of_this_machine() {
        let secret = "/srv/state.db";
        let state = StateError::NotUsed {
            path: secret.into(),
            why: "a link".to_owned(),
        };
        let error = ApiError::from(state);
        assert_eq!(error.code, ErrorCode::Internal);
        assert!(!error.message.contains(secret), "{}", error.message);
        assert!(error.cause.is_some_and(|cause| cause.contains(secret)));
    }
}
