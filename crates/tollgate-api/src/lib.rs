//! What a server and its clients say to each other, version 1, and a thin client.
//!
//! The types here are what stands in the bodies of `/api/v1`: no rules, no server. Names are in `snake_case`, times are RFC 3339
//! in UTC, counts are integers with their unit in the name. Requests with a field that is not known are refused; answers
//! may get more fields.

#![warn(missing_docs)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

mod calls;
mod client;
mod object;
mod wire;

pub use calls::{Run, Until};
pub use client::{Client, ClientError};
pub use wire::*;
