//! Runs a WASI program with two grants and one lower limit, and prints its output and its bill.
//!
//! `cargo run -p tollgate --example load_and_run` (after `cargo xtask guests`)

#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use std::path::Path;

use tollgate::{Grant, Limits, PathGrant, Request, Source, Tollgate};

fn main() -> anyhow::Result<()> {
    // First thing in `main`: modules are compiled in processes of this program.
    tollgate::run_if_requested();

    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");

    // What may be had: reading the documents, nothing else. A request for more is rejected before it runs.
    let mut grant = Grant::none();
    grant
        .read
        .push(PathGrant::mapped(repository.join("docs"), "/docs"));
    let tollgate = Tollgate::builder().may_grant(grant.clone()).build()?;

    let module =
        tollgate.load_blocking(&Source::File(repository.join("guests/build/wordstat.wasm")))?;
    grant.args = ["wordstat", "--top", "3", "/docs"]
        .map(String::from)
        .to_vec();
    grant.env_value("WORDSTAT_STOPWORDS", "the,a,of,and,is,to,it")?;
    let limits = Limits {
        memory_bytes: 16 << 20,
        ..Limits::standard()
    };

    let report = tollgate.execute_blocking(Request::start(&module).grant(grant).limits(limits))?;
    print!("{}", report.outcome.stdout.text());
    anyhow::ensure!(
        report.outcome.exit_code == Some(0),
        "it failed: {:?} {}",
        report.outcome.result,
        report.outcome.stderr.text()
    );
    println!(
        "{} gas, {} bytes of memory, {}",
        report.usage().gas,
        report.usage().memory_bytes_peak,
        report.cost
    );
    Ok(())
}
