//! Tests of the command as a user runs it: the real binary, real guests, real terminals.

#![cfg(test)]

mod approvals;
mod bad_input;
mod build_ts;
mod cache;
mod command;
mod completions;
mod config;
mod documents;
mod ecl;
mod ecl_build;
mod ecl_lints;
mod editors;
mod everyday;
mod gateway;
mod grants;
mod help;
mod hints;
mod inspecting;
mod isolated;
#[path = "../../../tollgate-state/tests/it/issuer.rs"]
mod issuer;
mod jail;
#[path = "../../../tollgate-ecl/tests/it/javascript.rs"]
mod javascript;
mod learn;
mod limits;
mod man;
mod new;
mod parked;
mod plan;
mod policy;
mod programs;
mod receipts;
mod replay;
mod reports;
mod results;
mod schemas;
mod screen;
mod shadow;
mod signals;
mod strangers;
mod streams;
mod why;
