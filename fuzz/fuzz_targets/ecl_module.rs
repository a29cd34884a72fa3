//! Any bytes are a policy's module, whose metadata can be read, or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::modules_are_read_or_refused;

fuzz_target!(|bytes: &[u8]| modules_are_read_or_refused(bytes));
