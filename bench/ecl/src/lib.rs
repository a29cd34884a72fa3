//! Policies, engines and facts of the benchmark, shared by its two programs.

pub mod facts;
pub mod own;
pub mod policies;
