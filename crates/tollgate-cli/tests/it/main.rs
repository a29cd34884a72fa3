//! Tests of the command as a user runs it: the real binary, real guests, real terminals.

mod bad_input;
mod command;
mod documents;
mod grants;
mod help;
mod inspecting;
mod limits;
mod programs;
mod reports;
mod results;
mod streams;
