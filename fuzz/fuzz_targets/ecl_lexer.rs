//! Tokens lie in the text and in order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::tokens_lie_in_the_text;

fuzz_target!(|bytes: &[u8]| tokens_lie_in_the_text(bytes));
