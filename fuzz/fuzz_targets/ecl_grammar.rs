//! What the grammar of the document says is a file is read and formatted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::testing::properties::sentences_of_the_grammar_are_read_and_formatted;

fuzz_target!(|bytes: &[u8]| sentences_of_the_grammar_are_read_and_formatted(bytes));
