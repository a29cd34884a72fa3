//! Any bytes: tokens lie in the text, in order, and cover everything but blanks and comments.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::lexer::lex;

fuzz_target!(|text: &str| {
    let lexed = lex(0, text);
    let mut end = 0;
    for token in &lexed.tokens {
        assert!(end <= token.start && token.start <= token.end);
        assert!(text.get(token.start as usize..token.end as usize).is_some());
        end = token.end;
    }
});
