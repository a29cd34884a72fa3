//! Any text is a facts file or recorded decisions, or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::facts_are_read_or_refused;

fuzz_target!(|bytes: &[u8]| facts_are_read_or_refused(bytes));
