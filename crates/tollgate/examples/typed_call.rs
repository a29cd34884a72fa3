//! Calls a function with Rust types; the signature is compared once, before the first call.
//!
//! `cargo run -p tollgate --example typed_call`

#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use std::path::Path;

use tollgate::{Source, Tollgate};

fn main() -> anyhow::Result<()> {
    // First thing in `main`: modules are compiled in processes of this program.
    tollgate::run_if_requested();

    let wat = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/wat/arithmetic.wat");
    let tollgate = Tollgate::builder().build()?;
    let module = tollgate.load_blocking(&Source::File(wat))?;

    let factorial = tollgate.typed::<u64, u64>(&module, "factorial")?;
    for n in [5, 10, 20] {
        let (result, report) = factorial.call_blocking(n)?;
        println!("{n}! = {result} for {} gas", report.usage().gas);
    }
    let wrong = tollgate.typed::<f64, f64>(&module, "factorial");
    println!(
        "{}",
        wrong
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    );
    Ok(())
}
