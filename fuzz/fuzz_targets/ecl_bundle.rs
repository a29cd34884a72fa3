//! Any files are checked together and used or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::bundles_are_used_or_refused;

fuzz_target!(|bytes: &[u8]| bundles_are_used_or_refused(bytes));
