//! Any JSON is an input of a program or refused, and what is encoded can be decoded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::what_is_encoded_can_be_decoded;

fuzz_target!(|bytes: &[u8]| what_is_encoded_can_be_decoded(bytes));
