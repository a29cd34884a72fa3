//! Tests of the library with real modules and policies, one binary.

#![cfg(test)]

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
