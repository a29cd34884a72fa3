//! A server for modules of strangers: a registry, runs over HTTP, and a record of everything.
//!
//! Requests go one way: `connection` (deadlines and bounds of the wire) → `router` (which handler, request id, errors as one
//! body) → `routes/` (who asks and what, one domain function, the answer) → `database` (the one place where asynchronous
//! work meets the blocking state). Modules run in the library [`tollgate`], like everybody's.
//!
//! What was acknowledged is on the disk, and nothing is done whose audit record could not be written.

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

mod connection;
mod quiet;
mod router;

mod admission;
mod asking;
mod body;
mod caller;
mod ending;
mod error;
mod metrics;
mod one_meaning;
mod parked;
mod policies;
mod prices;
mod rate;
mod routes;
mod run;
mod shared;
mod shares;
mod signing;
mod underway;
mod unread;

mod anchor;
mod blobs;
mod clock;
mod data;
mod database;
mod folder;
mod forms;
mod ids;
pub mod limits;
mod openapi;
mod operator;
mod server;
mod tls;
mod together;
mod upkeep;

pub use data::ServerData;
pub use folder::{FolderError, code_folder};
pub use openapi::document as openapi_document;
pub use operator::{
    OperatorError, admin_key, change_prices, change_quotas, remove_prices, set_budget,
};
pub use server::{Exposure, Running, ServeError, Server, ServerConfig};
pub use signing::KeyFileError;
pub use tls::{TlsError, TlsFiles};
pub use tollgate_state::{PostgresUrl, UrlError};
