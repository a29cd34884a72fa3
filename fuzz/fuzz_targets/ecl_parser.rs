//! Any text: the parser ends, and its diagnostics can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::bundle::Bundle;
use tollgate_ecl::parser::parse;
use tollgate_ecl::render::{Style, render, to_json};

fuzz_target!(|text: &str| {
    let parsed = parse(0, text);
    let bundle = Bundle::single("fuzz.ecl", text);
    render(&bundle, &parsed.diagnostics, Style::Plain);
    for diagnostic in &parsed.diagnostics {
        to_json(&bundle, diagnostic);
    }
});
