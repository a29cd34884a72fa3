//! Any text is read, any diagnostic can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::any_text_is_read;

fuzz_target!(|bytes: &[u8]| any_text_is_read(bytes));
