//! What holds for any bytes: the bodies of the fuzz targets, driven by libFuzzer, by `cargo xtask fuzz` and by a test.
//!
//! Each property reads its bytes as it needs them and panics when it does not hold. None may hang or use more memory than a
//! multiple of what it is given.

use std::sync::LazyLock;

use crate::check::compile;
use crate::codes::Code;
use crate::codes::parser::{DUPLICATE_ENTRY, MISSING_ENTRY, TOO_DEEP, UNKNOWN_WORD};
use crate::data::types::Type;
use crate::engines::vm::file;
use crate::engines::wasm::metadata;
use crate::host::facts::Facts as _;
use crate::host::input::Encoder;
use crate::host::outcome::EvalError;
use crate::host::providers::MemoryFacts;
use crate::ir::value;
use crate::render::{Style, render, to_json};
use crate::syntax::bundle::{Bundle, connected};
use crate::syntax::lexer::lex;
use crate::syntax::parser::parse;
use crate::testing::generate::{self, Random, RandomFacts, case};
use crate::testing::grammar::{Grammar, sentence};
use crate::testing::oracle;
use crate::tools::format::format;

/// A property of any bytes.
#[derive(Clone, Copy)]
pub struct Property {
    /// Its name, which is the name of its fuzz target.
    pub name: &'static str,
    /// What its bytes are like when they mean something.
    pub corpus: Corpus,
    /// Panics when it does not hold.
    pub holds: fn(&[u8]),
}

/// What the bytes of a property are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corpus {
    /// Source texts.
    Sources,
    /// JSON texts.
    Json,
    /// Files of compiled programs.
    Bytecode,
    /// Modules of policies.
    Modules,
    /// Any bytes: they are a seed.
    Seeds,
}

/// Every property.
pub const ALL: &[Property] = &[
    Property {
        name: "ecl_lexer",
        corpus: Corpus::Sources,
        holds: tokens_lie_in_the_text,
    },
    Property {
        name: "ecl_parser",
        corpus: Corpus::Sources,
        holds: any_text_is_read,
    },
    Property {
        name: "ecl_format",
        corpus: Corpus::Sources,
        holds: formatting_changes_only_the_look,
    },
    Property {
        name: "ecl_check",
        corpus: Corpus::Sources,
        holds: what_is_checked_can_be_compiled,
    },
    Property {
        name: "ecl_input",
        corpus: Corpus::Json,
        holds: what_is_encoded_can_be_decoded,
    },
    Property {
        name: "ecl_facts",
        corpus: Corpus::Json,
        holds: facts_are_read_or_refused,
    },
    Property {
        name: "ecl_bytecode",
        corpus: Corpus::Bytecode,
        holds: files_are_loaded_or_refused,
    },
    Property {
        name: "ecl_module",
        corpus: Corpus::Modules,
        holds: modules_are_read_or_refused,
    },
    Property {
        name: "ecl_bundle",
        corpus: Corpus::Sources,
        holds: bundles_are_used_or_refused,
    },
    Property {
        name: "ecl_program",
        corpus: Corpus::Seeds,
        holds: the_reference_keeps_its_rules,
    },
    Property {
        name: "ecl_grammar",
        corpus: Corpus::Seeds,
        holds: sentences_of_the_grammar_are_read_and_formatted,
    },
];

/// Tokens lie in the text and in order.
pub fn tokens_lie_in_the_text(bytes: &[u8]) {
    let text = &String::from_utf8_lossy(bytes);
    let mut end = 0;
    for token in &lex(0, text).tokens {
        assert!(end <= token.start && token.start <= token.end);
        assert!(
            text.get(token.start as usize..token.end as usize).is_some(),
            "a token is no part of the text"
        );
        end = token.end;
    }
}

/// The parser ends, and its diagnostics can be shown.
pub fn any_text_is_read(bytes: &[u8]) {
    let text = &String::from_utf8_lossy(bytes);
    let parsed = parse(0, text);
    let bundle = Bundle::single("fuzz.ecl", text.as_ref());
    let shown = render(&bundle, &parsed.diagnostics, Style::Plain);
    assert_eq!(shown.is_empty(), parsed.diagnostics.is_empty());
    for diagnostic in &parsed.diagnostics {
        drop(to_json(&bundle, diagnostic));
    }
}

/// Formatting keeps the tree and the comments, and a second run changes nothing.
pub fn formatting_changes_only_the_look(bytes: &[u8]) {
    let text = &String::from_utf8_lossy(bytes);
    let Ok(once) = format(text) else { return };
    assert_eq!(format(&once).as_ref(), Ok(&once), "not idempotent");
    assert_eq!(shape(text), shape(&once), "another program");
    let comments = |text: &str| parse(0, text).comments.len();
    assert_eq!(comments(text), comments(&once), "other comments");
}

/// The tree without places.
fn shape(text: &str) -> String {
    let tree = format!("{:?}", parse(0, text).file);
    let mut parts = tree.split("Span { ");
    let mut shape = parts.next().unwrap_or("").to_owned();
    for part in parts {
        shape.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    shape
}

/// What the checker takes, the bytecode engine takes.
pub fn what_is_checked_can_be_compiled(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let compiled = crate::tools::lint::compile(&Bundle::single("fuzz.ecl", text));
    assert!(compiled.programs.is_empty() || !compiled.has_errors());
    for program in compiled.programs {
        let loaded = crate::engines::vm::CompiledProgram::new(program);
        assert!(
            loaded.is_ok(),
            "{}",
            loaded.err().map_or(String::new(), |e| e.to_string())
        );
    }
}

/// Any text is an input of a program or refused, and what is encoded can be decoded. The first byte chooses the program.
pub fn what_is_encoded_can_be_decoded(bytes: &[u8]) {
    let (seed, text) = bytes.split_first().unwrap_or((&0, &[]));
    let text = &String::from_utf8_lossy(text);
    let program = generate::program(&mut Random::new(u64::from(*seed)));
    if let Ok(input) = Encoder::new(&program).encode_str(text) {
        let mut memory = program.pool.bytes.clone();
        memory.resize(program.input_base as usize, 0);
        memory.extend_from_slice(&input.bytes);
        let record = Type::Record(program.input);
        let value = value::load(&program, &memory, &record, program.input_base);
        assert!(value.is_some(), "{text}");
    }
}

/// Any text is a facts file or recorded decisions, or refused.
pub fn facts_are_read_or_refused(bytes: &[u8]) {
    let text = &String::from_utf8_lossy(bytes);
    if let Ok(mut facts) = MemoryFacts::from_json_str(text) {
        let _answer = facts.has_credential("did:example:alice", "did:example:**");
    }
    crate::host::decisions::read(text).for_each(drop);
}

/// Any bytes are a compiled program or refused; what is loaded can be written again.
pub fn files_are_loaded_or_refused(bytes: &[u8]) {
    if let Ok(program) = file::read(bytes) {
        assert!(file::write(&program).is_ok());
    }
}

/// Any bytes are a policy's module, whose metadata can be read, or refused, also with a digest that is right.
pub fn modules_are_read_or_refused(bytes: &[u8]) {
    for module in [bytes.to_vec(), metadata::resealed(bytes)] {
        if let Ok(metadata) = metadata::read(&module) {
            assert!(!metadata.program.records.is_empty());
        }
    }
}

/// Any files are checked together and used or refused. A byte 0 begins another file.
pub fn bundles_are_used_or_refused(bytes: &[u8]) {
    let mut bundle = Bundle::default();
    for (i, file) in bytes.split(|byte| *byte == 0).take(16).enumerate() {
        bundle.add(format!("f{i}.ecl"), String::from_utf8_lossy(file));
    }
    for bundle in connected(bundle) {
        let compiled = compile(&bundle);
        assert!(compiled.programs.is_empty() || !compiled.has_errors());
        let shown = render(&bundle, &compiled.diagnostics, Style::Plain);
        assert_eq!(shown.is_empty(), compiled.diagnostics.is_empty());
    }
}

/// The reference evaluator breaks none of its own rules on a random program. The first eight bytes are the seed.
pub fn the_reference_keeps_its_rules(bytes: &[u8]) {
    let case = case(seed(bytes), 1);
    for run in &case.runs {
        let mut facts = RandomFacts::new(run.facts);
        let verdict = oracle::evaluate(&case.program, &run.input, &mut facts, &run.limits);
        assert_ne!(verdict.result, Err(EvalError::Internal));
    }
}

/// What docs/language.md says is a file, the parser reads, and the formatter changes only its look. The first eight bytes
/// are the seed.
pub fn sentences_of_the_grammar_are_read_and_formatted(bytes: &[u8]) {
    static GRAMMAR: LazyLock<Grammar> = LazyLock::new(Grammar::of_the_document);
    let text = sentence(&GRAMMAR, "file", &mut Random::new(seed(bytes)));
    let parsed = parse(0, &text);
    let bundle = Bundle::single("sentence.ecl", text.as_str());
    // What a grammar does not say: entries that are missing or stand twice, and names of entries behind a `body: |`.
    let beside_the_grammar =
        |code: Code| [DUPLICATE_ENTRY, MISSING_ENTRY, UNKNOWN_WORD, TOO_DEEP].contains(&code);
    let wrong = parsed.diagnostics.iter();
    let wrong: Vec<_> = wrong
        .filter(|d| !beside_the_grammar(d.code))
        .cloned()
        .collect();
    assert!(
        wrong.is_empty(),
        "{text}\n{}",
        render(&bundle, &wrong, Style::Plain)
    );
    formatting_changes_only_the_look(text.as_bytes());
}

fn seed(bytes: &[u8]) -> u64 {
    let mut seed = [0; 8];
    for (to, from) in seed.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(seed)
}

/// Bytes that differ from a text of the corpus in a few places, or that are random altogether.
#[must_use]
pub fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = match corpus {
        [] => Vec::new(),
        some => random.pick(some).clone(),
    };
    if bytes.is_empty() || random.once_in(10) {
        return (0..random.below(300)).map(|_| byte(random)).collect();
    }
    for _ in 0..random.between(1, 6) {
        change(&mut bytes, corpus, random);
    }
    bytes
}

fn byte(random: &mut Random) -> u8 {
    random.next().to_le_bytes()[0]
}

/// One change: a byte, a part removed, a part repeated elsewhere, a part of another text.
fn change(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let place = |random: &mut Random, bytes: &[u8]| {
        usize::try_from(random.below(bytes.len() as u64 + 1)).unwrap_or(0)
    };
    let at = place(random, bytes);
    match random.below(4) {
        0 => {
            if let Some(changed) = bytes.get_mut(at) {
                *changed = byte(random);
            }
        }
        1 => {
            let end = (at + place(random, bytes) % 32).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let other = match corpus {
                [] => bytes.clone(),
                some if random.flip() => random.pick(some).clone(),
                _ => bytes.clone(),
            };
            let from = place(random, &other);
            let end = (from + place(random, &other) % 64).min(other.len());
            let part = other.get(from..end).unwrap_or_default().to_vec();
            bytes.splice(at..at, part);
        }
    }
}
