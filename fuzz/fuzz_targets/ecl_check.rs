//! What is checked can be compiled to bytecode.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::what_is_checked_can_be_compiled;

fuzz_target!(|bytes: &[u8]| what_is_checked_can_be_compiled(bytes));
