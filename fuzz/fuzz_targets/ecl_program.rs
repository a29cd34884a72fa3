//! The reference evaluator breaks none of its own rules on a random program.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::the_reference_keeps_its_rules;

fuzz_target!(|bytes: &[u8]| the_reference_keeps_its_rules(bytes));
