//! What a server and its clients say to each other, version 1, and a thin client.
//!
//! This crate is for programs that talk to a server of Tollgate: the [`Client`] has a method for each route.
//!
//! ```no_run
//! use tollgate_api::{Client, ClientError};
//!
//! # fn main() -> Result<(), ClientError> {
//! let client = Client::new("http://127.0.0.1:8080", "the key that `tollgate serve` printed");
//! for version in client.modules(None)?.versions {
//!     println!("{} {}: {} bytes", version.name, version.version, version.bytes);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The types here are what stands in the bodies of `/api/v1`: no rules, no server. Names are in `snake_case`, times are RFC 3339
//! in UTC, counts are integers with their unit in the name. Requests with a field that is not known are refused; answers
//! may get more fields.
//!
//! # Where next
//!
//! * [`Client::push`] keeps a module, [`Client::cast`] runs it, [`Client::receipt`] says what it did and cost.
//! * [`ClientError`] is what can go wrong: a refusal of the server has its status and its [`ErrorBody`].
//! * `docs/server.md` explains the server, `docs/openapi.json` describes each route.

#![forbid(unsafe_code)]

mod calls;
mod client;
mod money;
mod object;
mod wire;

pub use calls::{Run, Until};
pub use client::{Client, ClientError};
pub use money::*;
pub use wire::*;
