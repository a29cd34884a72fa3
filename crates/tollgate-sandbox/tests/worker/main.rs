//! Tests that need worker processes, with a `main` of their own: workers are this program, started again.
//!
//! Takes names (or parts of them) as arguments, like the usual test program; without any, runs all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]
#![allow(
    clippy::print_stdout,
    reason = "a test program without the harness prints its own summary"
)]

#[path = "../hostile/mod.rs"]
mod attacks;
#[path = "../hostile/bombs.rs"]
mod bombs;
mod compile;
mod files;
#[path = "../it/files_ground.rs"]
mod files_ground;
#[path = "../it/files_script.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod files_script;
#[path = "../it/guest.rs"]
#[expect(dead_code, reason = "the other test program uses the rest")]
mod guest;
mod isolated;
mod jail;
mod loader;
#[path = "../hostile/meter.rs"]
mod meter;
mod pool;
mod prisoner;
mod process;
#[path = "../it/puppet.rs"]
mod puppet;
mod reading;
#[path = "../it/shapes.rs"]
#[expect(dead_code, reason = "the other test program uses the rest")]
mod shapes;
mod silent;
mod stopping;
#[path = "../strangers/mod.rs"]
mod strangers;

use std::process::ExitCode;

use tollgate_sandbox as sandbox;

/// A test: its name and what it does.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    // Before the line below, this process is an unprepared one.
    let unprepared = compile::unprepared_program_is_told_what_to_do;
    let is_worker = std::env::args()
        .nth(1)
        .is_some_and(|first| first.starts_with("__tollgate-"))
        || silent::is_this();
    if !is_worker {
        unprepared();
    }
    if silent::is_this() {
        return silent::inside();
    }
    if prisoner::is_this() {
        tollgate_sandbox::run_if_requested_instead(prisoner::work);
        return prisoner::parent();
    }
    tollgate_sandbox::run_if_requested();

    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let chosen: Vec<&Test> = [
        compile::TESTS,
        isolated::TESTS,
        stopping::TESTS,
        reading::TESTS,
        jail::TESTS,
        loader::TESTS,
        pool::TESTS,
        process::TESTS,
        silent::TESTS,
        files::TESTS,
    ]
    .into_iter()
    .flatten()
    .filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())))
    .collect();
    let mut failed = 0;
    for (name, test) in &chosen {
        let ok = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if ok { "ok" } else { "FAILED" });
        failed += usize::from(!ok);
    }
    println!(
        "test result: {} passed, {failed} failed",
        chosen.len() - failed
    );
    ExitCode::from(u8::from(failed > 0))
}
