//! Formatting keeps the program and its comments, and is idempotent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::formatting_changes_only_the_look;

fuzz_target!(|bytes: &[u8]| formatting_changes_only_the_look(bytes));
