//! Gives a guest two functions: one over numbers, one that reads text from the guest's memory.
//!
//! `cargo run -p tollgate --example host_function`

#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use tollgate::{Request, Signature, Source, Tariff, Tollgate, Value, ValueType};

fn main() -> anyhow::Result<()> {
    // First thing in `main`: modules are compiled in processes of this program.
    tollgate::run_if_requested();

    let wat = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/wat/host-call.wat");
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = log.clone();
    let text = Signature::new([ValueType::I32, ValueType::I32], []);

    let tollgate = Tollgate::builder()
        // Numbers are typed by the closure. Each call costs gas by its tariff.
        .host_function_typed(
            "host",
            "multiply",
            Tariff::CHEAP,
            |_, (a, b): (i64, i64)| Ok(a.wrapping_mul(b)),
        )
        // Pointers and lengths are checked before anything is read.
        .host_function("host", "log", text, Tariff::CHEAP, move |call, args| {
            if let [Value::I32(pointer), Value::I32(len)] = *args {
                let line = call.read_text(pointer.cast_unsigned(), len.cast_unsigned())?;
                lines
                    .lock()
                    .map(|mut lines| lines.push(line))
                    .unwrap_or_default();
            }
            Ok(Vec::new())
        })
        .build()?;

    let module = tollgate.load_blocking(&Source::File(wat))?;
    let report = tollgate.execute_blocking(Request::call(&module, "square", [Value::I64(12)]))?;
    println!(
        "{:?} after {} host calls, log: {log:?}",
        report.values()?,
        report.usage().host_calls
    );
    anyhow::ensure!(report.values()? == [Value::I64(144)], "12 squared is 144");
    Ok(())
}
