//! Integration tests of the sandbox, one binary; each file holds one part.

#![cfg(test)]

#[path = "../hostile/mod.rs"]
mod attacks;
mod cache;
mod component;
mod describe;
mod fetch;
mod files;
mod files_campaign;
mod files_changes;
mod files_ground;
mod files_model;
mod files_shared;
mod gate;
mod gate_files;
mod grants;
mod guest;
mod hostile;
mod instance;
mod invisible;
mod limits;
mod loader;
mod optimise;
mod prescan;
mod puppet;
mod pure;
mod results;
mod run;
mod shapes;
mod source;
mod stopping;
