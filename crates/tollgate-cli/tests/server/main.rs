//! `tollgate serve` as its clients meet it: the real server in its own process, real sockets on this machine.

#![cfg(test)]

mod approvals;
mod audit;
mod authz;
mod bad_input;
mod budget;
mod casts;
#[allow(
    dead_code,
    reason = "the helpers of the other tests, of which these need a part"
)]
#[path = "../it/command.rs"]
mod command;
mod commands;
mod crash;
mod detached;
mod host;
mod keys;
mod metrics;
mod modules;
mod policies;
mod postgres;
mod prices;
mod quotas;
mod receipts;
mod signers;
mod slow;
mod starting;
mod tls;
