//! Reading bodies: as many bytes as the route takes, in time, into memory that has a bound for all, or piece by piece; and
//! JSON that says one thing.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout, timeout_at};
use tollgate_api::ErrorCode;

use crate::error::ApiError;
use crate::limits::{BODIES_BYTES_MAX, BODIES_PER_TENANT_BYTES, BODY_IDLE, BODY_TOTAL};
use crate::one_meaning;
use crate::shares::{Held, Shares};

/// The memory that bodies have together.
pub(crate) struct Room(Shares);

impl Room {
    pub(crate) fn new() -> Self {
        Self(Shares::new(BODIES_BYTES_MAX, BODIES_PER_TENANT_BYTES))
    }

    fn take(&self, tenant: &str, bytes: usize) -> Result<Held, ApiError> {
        let taken = self.0.try_take_many(tenant, bytes);
        taken.map_err(|full| ApiError::full("request bodies", full))
    }
}

/// A body that is whole, and holds its room.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    _room: Option<Held>,
}

/// A body that arrives.
pub(crate) struct Arriving {
    body: Body,
    bytes_max: usize,
    left: usize,
    end: Instant,
}

impl Arriving {
    /// Begins to read a body of at most `bytes_max` bytes.
    pub(crate) fn new(body: Body, headers: &HeaderMap, bytes_max: usize) -> Result<Self, ApiError> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|bytes| bytes > bytes_max as u64) {
            return Err(too_large(bytes_max));
        }
        Ok(Self {
            body,
            bytes_max,
            left: bytes_max,
            end: Instant::now() + BODY_TOTAL,
        })
    }

    /// The next piece; `None`: the body is whole.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let next = timeout(BODY_IDLE, timeout_at(self.end, self.body.frame())).await;
            let Ok(Ok(next)) = next else {
                return Err(slow());
            };
            let frame = match next {
                None => return Ok(None),
                Some(Err(_)) => return Err(ApiError::bad("the body ended before it was whole")),
                Some(Ok(frame)) => frame,
            };
            // What comes after a body is nothing to us.
            let Ok(piece) = frame.into_data() else {
                continue;
            };
            let left = self.left.checked_sub(piece.len());
            self.left = left.ok_or_else(|| too_large(self.bytes_max))?;
            return Ok(Some(piece));
        }
    }

    /// All of it, in memory.
    async fn whole(mut self, reading: &Reading<'_>) -> Result<Whole, ApiError> {
        let mut bytes = BytesMut::new();
        let mut held: Option<Held> = None;
        while let Some(piece) = self.next().await? {
            let more = reading.room.take(reading.tenant, piece.len())?;
            match &mut held {
                Some(held) => held.merge(more),
                None => held = Some(more),
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Whole {
            bytes: bytes.freeze(),
            _room: held,
        })
    }
}

/// Reads a body in JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    body: Body,
    headers: &HeaderMap,
    reading: Reading<'_>,
) -> Result<T, ApiError> {
    parse(&whole_json(body, headers, reading).await?.bytes)
}

/// How much is read, where to, and for whom.
pub(crate) struct Reading<'r> {
    pub(crate) bytes_max: usize,
    pub(crate) room: &'r Room,
    pub(crate) tenant: &'r str,
}

/// Reads a body that is said to be JSON.
pub(crate) async fn whole_json(
    body: Body,
    headers: &HeaderMap,
    reading: Reading<'_>,
) -> Result<Whole, ApiError> {
    of_type(headers, "application/json")?;
    let arriving = Arriving::new(body, headers, reading.bytes_max)?;
    arriving.whole(&reading).await
}

/// Reads an object in JSON. A field that is not known, or a name that stands twice, is refused.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let wrong = |error: &dyn std::fmt::Display| {
        ApiError::bad(format!("the body is not what this route takes: {error}"))
    };
    one_meaning::check(bytes).map_err(|error| wrong(&error))?;
    // What serde makes of a struct would also read an array, member by member.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(wrong(&"it is no object"));
    }
    serde_json::from_slice(bytes).map_err(|error| wrong(&error))
}

/// Refuses a body that is said to be of another type.
pub(crate) fn of_type(headers: &HeaderMap, wanted: &str) -> Result<(), ApiError> {
    let said = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let essence = said.and_then(|said| said.split(';').next()).map(str::trim);
    if essence.is_some_and(|said| said.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::UnsupportedMediaType,
        format!("this route takes a body of type `{wanted}`"),
    ))
}

fn too_large(bytes_max: usize) -> ApiError {
    ApiError::new(
        ErrorCode::TooLarge,
        format!("a body has at most {bytes_max} bytes here"),
    )
}

fn slow() -> ApiError {
    ApiError::new(
        ErrorCode::Timeout,
        format!(
            "the body did not arrive: it may pause for {} s and take {} s in all",
            BODY_IDLE.as_secs(),
            BODY_TOTAL.as_secs()
        ),
    )
}
