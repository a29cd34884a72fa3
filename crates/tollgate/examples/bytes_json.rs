//! JSON in, JSON out, through the bytes ABI of core modules (`docs/abi.md`).
//!
//! `cargo run -p tollgate --example bytes_json` (after `cargo xtask guests`)

#![allow(clippy::print_stdout, reason = "an example prints what it did")]
#![allow(
    clippy::indexing_slicing,
    reason = "JSON gives null for what is not in it"
)]

use std::path::Path;

use serde_json::{Value, json};
use tollgate::{Request, Source, Tollgate};

fn main() -> anyhow::Result<()> {
    // First thing in `main`: modules are compiled in processes of this program.
    tollgate::run_if_requested();

    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/build");
    let tollgate = Tollgate::builder().build()?;
    let module = tollgate.load_blocking(&Source::File(guests.join("json-transform.wasm")))?;

    let request = json!({
        "records": [{"city": "Oslo", "kwh": 12.5}, {"city": "Bergen", "kwh": 4.0}, {"city": "Narvik", "kwh": 31.0}],
        "steps": [{"filter": {"field": "kwh", "at_least": 10}}, {"sort": {"field": "kwh", "descending": true}}],
    });
    let report = tollgate.execute_blocking(Request::json(&module, "transform", &request)?)?;
    let answer: Value = report.json()?;
    println!("{answer:#}");
    anyhow::ensure!(
        answer["count"] == 2 && answer["records"][0]["city"] == "Narvik",
        "unexpected answer"
    );
    Ok(())
}
