//! Tests of the library with real modules and policies, one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

mod call_policy;
mod examples;
mod executing;
mod gate;
mod gateway;
mod gateway_faults;
#[path = "../../../tollgate-state/tests/it/issuer.rs"]
mod issuer;
mod lifecycle;
mod loading;
mod plan;
mod policies;
mod policy_differential;
mod policy_effects;
mod policy_engine;
mod policy_facts;
mod policy_foreign;
mod policy_guest;
mod policy_simd;
mod policy_unknown;
mod policy_wasm32;
mod receipts;
mod support;
