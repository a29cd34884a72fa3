//! What tests, campaigns and fuzz targets share; only tests and the feature `oracle` have it.
//!
//! [`oracle`] is the naive evaluator that both engines are compared with ([`differential`]), [`generate`] and [`grammar`] make random
//! programs and texts, [`properties`] says what must hold of them, [`attack`] bounds what hostile ones cost, and [`programs`] builds
//! small ones by hand.
//!
//! This folder may import everything.

pub mod attack;
pub mod differential;
pub mod generate;
pub mod grammar;
pub mod oracle;
pub mod programs;
pub mod properties;
