//! The compiler as its users meet it.

#![cfg(test)]

mod bombs;
mod classes;
mod closures;
mod diagnostics;
mod dictionaries;
mod elements;
mod engine;
mod exceptions;
mod files;
mod generics;
mod json;
mod long;
mod maps;
mod math;
mod meaning;
mod messages;
mod names;
mod node;
mod programs;
mod proposals;
mod rest;
mod robustness;
mod rows;
mod syntax;
mod text;
mod typed;
mod unions;
