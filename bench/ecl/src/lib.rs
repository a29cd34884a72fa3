//! Policies, engines and facts of the benchmark, shared by its two programs.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, which may panic"
)]

pub mod facts;
pub mod own;
pub mod policies;
