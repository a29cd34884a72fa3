//! Any text as a facts file and as recorded decisions: it is read or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::facts::Facts as _;
use tollgate_ecl::providers::MemoryFacts;

fuzz_target!(|text: &str| {
    if let Ok(mut facts) = MemoryFacts::from_json_str(text) {
        let _answer = facts.has_credential("did:example:alice", "did:example:**");
    }
    tollgate_ecl::decisions::read(text).for_each(drop);
});
