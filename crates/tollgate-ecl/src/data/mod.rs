//! What policies compute with: types and their layout, exact numbers, units, times, networks, names, globs, trust, gas.
//!
//! Every definition that two engines must agree on to the bit stands here once. JSON is read [strictly](json) and written
//! [canonically](canonical), and [`reading`] bounds what is made of untrusted bytes.
//!
//! This folder imports the limits, and nothing else of this crate.

pub(crate) mod canonical;
pub mod decimal;
pub mod did;
pub mod gas;
pub(crate) mod glob;
pub(crate) mod identifier;
pub mod instant;
pub(crate) mod json;
pub mod net;
pub(crate) mod reading;
pub mod said;
pub(crate) mod trust;
pub mod types;
pub(crate) mod unit;
