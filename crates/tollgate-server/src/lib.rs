//! A server for modules of strangers: a registry, runs over HTTP, and a record of everything.
//!
//! `tollgate serve` is this crate with its arguments. A program that wants to be such a server gives it three things: a folder for
//! what is kept, a [`Tollgate`](tollgate::Tollgate) that runs the modules and says what may be granted and used, and a compiler that
//! looks at them.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use tollgate::Tollgate;
//! use tollgate::sandbox::{CompileLimits, Compiler};
//! use tollgate_server::{Server, ServerConfig};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // First thing in `main`: modules are compiled in worker processes, and the worker is this program.
//!     tollgate::run_if_requested();
//!
//!     let tollgate = Tollgate::builder().build()?;
//!     let compiler = Compiler::worker(CompileLimits::default())?;
//!     let config = ServerConfig::new(Path::new("data"), "127.0.0.1:7400".parse()?);
//!     tokio::runtime::Runtime::new()?.block_on(async {
//!         let server = Server::bind(&config, tollgate, compiler).await?;
//!         if let Some(key) = server.first_key() {
//!             println!("the key of the first tenant, which is not shown again: {key}");
//!         }
//!         println!("listening on http://{}", server.address());
//!         let running = server.start();
//!         tokio::signal::ctrl_c().await?;
//!         running.stop().await;
//!         Ok::<_, Box<dyn std::error::Error>>(())
//!     })
//! }
//! ```
//!
//! # Where next
//!
//! * [`ServerConfig`] says where the server listens, who may reach it, and where it keeps its state: [`ServerData`] is a folder, or
//!   a folder and a PostgreSQL database that servers share. [`Server::bind`] opens all that; [`Server::start`] begins to answer.
//! * What the operator sets beside the routes: [`set_budget`], [`change_quotas`], [`change_prices`], [`admin_key`].
//! * [`limits`] has every bound of what a client can reach, [`openapi_document`] the routes. `docs/server.md` is the guide.
//!
//! # The way of a request
//!
//! Requests go one way: `connection` (deadlines and bounds of the wire) → `router` (which handler, request id, errors as one
//! body) → `routes/` (who asks and what, one domain function, the answer) → `database` (the one place where asynchronous
//! work meets the blocking state). Modules run in the library [`tollgate`], like everybody's.
//!
//! What was acknowledged is on the disk, and nothing is done whose audit record could not be written.

#![forbid(unsafe_code)]

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
mod found;
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
