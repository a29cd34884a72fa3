//! Follows what happens: loading, compiling, a run that ends well, and one that runs into its limit.
//!
//! `cargo run -p tollgate --example events`

#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use std::path::Path;

use tollgate::{EventKind, Limits, Request, Source, Tollgate, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    // First thing in `main`: modules are compiled in processes of this program.
    tollgate::run_if_requested();

    let wat = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/wat");
    let tollgate = Tollgate::builder().build()?;
    let mut events = tollgate.subscribe();

    let add = tollgate.load(Source::File(wat.join("add.wat"))).await?;
    tollgate
        .execute(Request::call(&add, "add", [Value::I32(2), Value::I32(3)]))
        .await?;
    let spin = tollgate.load(Source::File(wat.join("spin.wat"))).await?;
    tollgate
        .execute(Request::start(&spin).limits(Limits {
            gas: 100_000,
            ..Limits::standard()
        }))
        .await?;

    let mut limited = 0;
    while let Some(event) = events.try_next() {
        if matches!(event.kind, EventKind::LimitExceeded { .. }) {
            limited += 1;
        }
        println!("{:.15} {:?}", event.module.to_string(), event.kind);
    }
    anyhow::ensure!(limited == 1, "one run reached its limit");
    println!("{:?}", tollgate.statistics());
    Ok(())
}
