//! Calls a component's typed export with JSON; the types are those of its WIT.
//!
//! `cargo run -p tollgate --example component` (after `cargo xtask guests`)

#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use std::path::Path;

use serde_json::{Value, json};
use tollgate::{Request, Source, Tollgate};

const PRICE: &str = "tollgate:pricing/quotes@0.1.0#price";

fn main() -> anyhow::Result<()> {
    // First thing in `main`: modules are compiled in processes of this program.
    tollgate::run_if_requested();

    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/build");
    let tollgate = Tollgate::builder().build()?;
    let module = tollgate.load_blocking(&Source::File(guests.join("pricing-component.wasm")))?;

    let basket = json!({
        "customer": "Ada",
        "tier": "gold",
        "lines": [{"sku": "bolt", "quantity": 100, "unit-cents": 12}, {"sku": "nut", "quantity": 100, "unit-cents": 8}],
        "coupon": null,
    });
    let report = tollgate.execute_blocking(Request::component(
        &module,
        PRICE,
        json!([basket]).to_string(),
    ))?;
    let quote: Value = report.json()?;
    println!("{quote:#}");

    // A component answers with its own error type, not with a failure of the run.
    let empty = json!([{"customer": "Ada", "tier": "standard", "lines": [], "coupon": null}]);
    let report =
        tollgate.execute_blocking(Request::component(&module, PRICE, empty.to_string()))?;
    println!("without lines: {}", report.json::<Value>()?);
    Ok(())
}
