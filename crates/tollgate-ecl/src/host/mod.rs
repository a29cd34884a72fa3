//! What an evaluation and its host say to each other: the input, the answers to questions about facts, the outcome, its effects.
//!
//! Both engines use it and neither stands in it. [`input`] takes in JSON, [`facts`] is the trait that a host implements, [`providers`]
//! implement it from memory or a file, [`memory`] places answers where engines read them, [`outcome`] and [`effect`] are what comes
//! out, and [`decisions`] keeps all of that so that a decision can be made again.
//!
//! This folder imports [`ir`](crate::ir), [`data`](crate::data) and the codes of errors.

pub mod decisions;
pub mod effect;
pub mod facts;
pub mod input;
pub mod memory;
pub mod outcome;
pub mod providers;
