//! Any program: formatting keeps the tree and the comments, and a second run changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::format::format;
use tollgate_ecl::parser::parse;

/// The tree without places.
fn shape(text: &str) -> String {
    let tree = format!("{:?}", parse(0, text).file);
    let mut parts = tree.split("Span { ");
    let mut shape = parts.next().unwrap_or("").to_owned();
    for part in parts {
        shape.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    shape
}

fuzz_target!(|text: &str| {
    if let Ok(once) = format(text) {
        assert_eq!(format(&once).as_ref(), Ok(&once));
        assert_eq!(shape(text), shape(&once));
        assert_eq!(parse(0, text).comments.len(), parse(0, &once).comments.len());
    }
});
