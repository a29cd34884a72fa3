//! Any bytes are a compiled program or refused, and what is loaded can be written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::files_are_loaded_or_refused;

fuzz_target!(|bytes: &[u8]| files_are_loaded_or_refused(bytes));
