//! Reading bodies: as many bytes as the route takes, in time, into memory that has a bound for all, or piece by piece; and
//! JSON that says one thing.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout, timeout_at};
use tollgate_api::ErrorCode;

use crate::error::ApiError;
use crate::limits::{
    ARRIVING_PER_TENANT, BODIES_BYTES_MAX, BODIES_PER_TENANT_BYTES, BODY_BEHIND,
    BODY_BYTES_PER_S_MIN, BODY_IDLE, BODY_TOTAL, CONNECTIONS_MAX,
};
use crate::one_meaning;
use crate::shares::{Full, Held, Shares};

/// What bodies share that are in memory: those that are read, and answers that are kept.
pub(crate) struct Room {
    /// A place for each byte.
    memory: Shares,
    /// A place for each body that arrives: who sends many slowly leaves connections to others.
    arriving: Shares,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            memory: Shares::new(BODIES_BYTES_MAX, BODIES_PER_TENANT_BYTES),
            arriving: Shares::new(CONNECTIONS_MAX, ARRIVING_PER_TENANT),
        }
    }

    fn arrives(&self, tenant: &str) -> Result<Held, ApiError> {
        taken(self.arriving.try_take_many(tenant, 1))
    }

    fn take(&self, tenant: &str, bytes: usize) -> Result<Held, ApiError> {
        taken(self.memory.try_take_many(tenant, bytes))
    }

    /// An answer that has its room until it was sent: who reads slowly keeps it.
    pub(crate) fn hold(&self, tenant: &str, answer: String) -> Result<Bytes, ApiError> {
        let room = self.memory.try_take_many(tenant, answer.len());
        let room = room.map_err(|full| ApiError::full("answers that are given", full))?;
        Ok(Bytes::from_owner(Given {
            answer,
            _room: room,
        }))
    }
}

/// An answer that is given, and holds its room.
struct Given {
    answer: String,
    _room: Held,
}

impl AsRef<[u8]> for Given {
    fn as_ref(&self) -> &[u8] {
        self.answer.as_bytes()
    }
}

fn taken(taken: Result<Held, Full>) -> Result<Held, ApiError> {
    taken.map_err(|full| ApiError::full("request bodies", full))
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
    begun: Instant,
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
            begun: Instant::now(),
        })
    }

    /// The next piece; `None`: the body is whole.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let end = self.end();
            let next = timeout(BODY_IDLE, timeout_at(end, self.body.frame())).await;
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

    /// When the next piece is too late: what has come is too little, or the body takes too long.
    fn end(&self) -> Instant {
        let came = self.bytes_max.saturating_sub(self.left) as u64;
        self.begun + (BODY_BEHIND + fast_enough(came)).min(BODY_TOTAL)
    }

    /// All of it, in memory.
    async fn whole(mut self, reading: &Reading<'_>) -> Result<Whole, ApiError> {
        let _arriving = reading.room.arrives(reading.tenant)?;
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

/// How long so many bytes of a body may take.
pub(crate) fn fast_enough(bytes: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / BODY_BYTES_PER_S_MIN)
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
            "the body did not arrive: it has at least {} bytes a second, and may pause for {} s and take {} s in all",
            BODY_BYTES_PER_S_MIN,
            BODY_IDLE.as_secs(),
            BODY_TOTAL.as_secs()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_its_room_until_nobody_has_it() {
        let room = Room::new();
        let large = || "x".repeat(BODIES_PER_TENANT_BYTES);
        let first = room.hold("a", large()).unwrap();
        let part = first.slice(..1);
        assert_eq!(&*part, b"x");
        drop(first);
        let refused = room.hold("a", "y".to_owned()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Busy);
        room.hold("b", "y".to_owned()).unwrap();
        drop(part);
        room.hold("a", large()).unwrap();
    }
}
