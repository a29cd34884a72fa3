//! A policy decides about a value of this program, and another one about each call of a guest. docs/embedding.md shows it.

#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use serde::Serialize;
use tollgate::gate::CallPolicy;
use tollgate::{Grant, PathGrant, Policies, Request, Source, Tollgate};

/// Who may buy what. `input` is the shape of the value; a message may show its fields.
const SPENDING: &str = r#"policy "spending" {
  input { item: string<80>, euros: int }
  auto_reject { too_much: euros > 1_000, "{item} costs more than anybody may spend" }
  auto_accept { small: euros <= 50 }
  otherwise escalate "somebody has to look at it"
}"#;

#[derive(Serialize)]
struct Purchase {
    item: &'static str,
    euros: i64,
}

/// What the guest may open. `call.ecl` comes with the library.
const FILES: &str = r#"import "call.ecl"
policy "files" {
  input { call: Call }
  auto_reject { sources: call.path else "" == "/project/src", "sources stay here" }
  otherwise accept
}"#;

/// A guest that opens two names in the folder it is given, and leaves with the number of those it could not open.
const GUEST: &str = r#"(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "Cargo.toml") (data (i32.const 16) "src")
  (func $failed (param $name i32) (param $bytes i32) (result i32)
    (i32.ne (i32.const 0) (call $path_open (i32.const 3) (i32.const 0) (local.get $name) (local.get $bytes)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64))))
  (func (export "_start") (call $exit (i32.add
    (call $failed (i32.const 0) (i32.const 10)) (call $failed (i32.const 16) (i32.const 3))))))"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // First thing in `main`: modules are compiled in processes of this program.
    tollgate::run_if_requested();

    let policies = Policies::from_source("spending.ecl", SPENDING)?;
    for (item, euros) in [("a pencil", 2), ("a chair", 300), ("a car", 9_000)] {
        let decided = policies.decide("spending", &Purchase { item, euros })?;
        match decided.message {
            Some(message) => println!("{item}: {:?}: {message}", decided.decision),
            None => println!("{item}: {:?}", decided.decision),
        }
    }

    // What may be had: reading this folder, under the name `/project`. The policy decides within that.
    let mut grant = Grant::none();
    grant.read.push(PathGrant::mapped(".", "/project"));
    let tollgate = Tollgate::builder()
        .may_grant(grant.clone())
        .policy(CallPolicy::compile("files.ecl", FILES)?)
        .build()?;
    let module = tollgate.load_blocking(&Source::Bytes(GUEST.as_bytes().into()))?;
    let report = tollgate.execute_blocking(Request::start(&module).grant(grant))?;
    for violation in &report.outcome.violations.listed {
        println!("{} denied: {}", violation.call, violation.detail);
    }
    println!(
        "{} not opened, {} gas, {}",
        report.outcome.exit_code.unwrap_or(-1),
        report.usage().gas,
        report.cost
    );
    Ok(())
}
