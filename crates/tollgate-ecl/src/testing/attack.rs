//! Hostile policies, bundles and compiled programs, made from a seed: what `check` and `load` must bear.
//!
//! A campaign runs as many as it is told to; whoever runs it measures time and memory from outside. Nothing here may panic but
//! for a property that does not hold.

pub mod bombs;
mod fixtures;
mod narrowing;

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::compile;
use crate::engines::vm::{CompiledProgram, Vm, file};
use crate::engines::wasm;
use crate::limits::SOURCE_BYTES_MAX;
use crate::render::{Style, render};
use crate::syntax::bundle::{Bundle, connected};
use crate::testing::generate::{self, Random};
use crate::testing::grammar::{Grammar, sentence};
use crate::testing::properties::mutated;
use crate::tools::format::format;
use crate::tools::suite;

/// CPU time that `check` of 1 MiB of text, or `load` of a file, may take on a machine that does the [`yardstick`] in
/// [`YARDSTICK_MILLISECONDS`].
pub const CPU_MILLISECONDS_MAX: u64 = 2_000;
/// CPU time of the [`yardstick`] on the machine that the bound is of.
pub const YARDSTICK_MILLISECONDS: u64 = 80;
/// Memory that it may take at once, in bytes.
pub const MEMORY_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Milliseconds that a part may take on this machine as it is now: on a slower one, or beside others, as much more as the
/// [`yardstick`] takes longer, and never less than [`CPU_MILLISECONDS_MAX`]. `cpu` reads the CPU time of this thread in milliseconds.
#[must_use]
pub fn allowed_milliseconds(cpu: fn() -> u64) -> u64 {
    let before = cpu();
    std::hint::black_box(yardstick());
    let took = (cpu() - before).max(YARDSTICK_MILLISECONDS);
    CPU_MILLISECONDS_MAX * took / YARDSTICK_MILLISECONDS
}

/// Work of the kind that a compiler does, always the same: it allocates texts, hashes them, sorts them and frees them.
#[must_use]
pub fn yardstick() -> usize {
    let random = &mut Random::new(1);
    let mut found = 0;
    for _ in 0..8 {
        let mut names = HashMap::new();
        for i in 0..40_000_u64 {
            names.insert(format!("name {}", random.below(1 << 40)), i);
        }
        let mut sorted: Vec<_> = names.into_iter().collect();
        sorted.sort();
        found += sorted.len();
    }
    found
}

/// What hostile inputs are made from.
#[derive(Debug)]
pub struct Attacker {
    sources: Vec<Vec<u8>>,
    bytecode: Vec<Vec<u8>>,
    modules: Vec<Vec<u8>>,
    grammar: Grammar,
}

/// A hostile input.
#[derive(Debug, Clone)]
pub enum Hostile {
    /// Source texts.
    Bundle(Bundle),
    /// A file of a compiled program.
    Bytecode(Vec<u8>),
    /// A policy's module.
    Module(Vec<u8>),
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is used.
    Taken,
    /// It is refused with an error.
    Refused,
}

impl Attacker {
    /// An attacker who changes these texts, and what they are compiled to.
    #[must_use]
    pub fn new(sources: Vec<Vec<u8>>) -> Self {
        let mut bytecode = Vec::new();
        let mut modules = Vec::new();
        for source in &sources {
            let text = String::from_utf8_lossy(source);
            for program in compile(&Bundle::single("corpus.ecl", text)).programs {
                modules.extend(wasm::build(&program).map(|built| built.wasm));
                let compiled = CompiledProgram::new(program).ok();
                bytecode.extend(compiled.and_then(|compiled| file::write(&compiled).ok()));
            }
        }
        Self {
            sources,
            bytecode,
            modules,
            grammar: Grammar::of_the_document(),
        }
    }

    /// The hostile input of a seed: half are policies, a quarter bundles of several files, a quarter compiled programs.
    #[must_use]
    pub fn input(&self, seed: u64) -> Hostile {
        let random = &mut Random::new(seed);
        match random.below(8) {
            0..=3 => Hostile::Bundle(Bundle::single("a.ecl", self.text(random))),
            4 | 5 => {
                let mut bundle = Bundle::default();
                for i in 0..random.between(2, 6) {
                    let import = format!("import \"f{}.ecl\"\n", random.below(6));
                    bundle.add(format!("f{i}.ecl"), import + &self.text(random));
                }
                Hostile::Bundle(bundle)
            }
            6 => Hostile::Bytecode(resealed(mutated(&self.bytecode, random), random)),
            _ => {
                let module = mutated(&self.modules, random);
                Hostile::Module(match random.once_in(8) {
                    true => module,
                    false => wasm::metadata::resealed(&module),
                })
            }
        }
    }

    fn text(&self, random: &mut Random) -> String {
        let text = match random.below(8) {
            0..=3 => lossy(&mutated(&self.sources, random)),
            4 | 5 => {
                let text = sentence(&self.grammar, "file", random);
                lossy(&mutated(&[text.into_bytes()], random))
            }
            6 => repeated(&lossy(random.pick::<Vec<u8>>(&self.sources)), random),
            _ => {
                // Mostly small: a large one takes as long as hundreds of others.
                let bytes = 1 << random.between(8, 20);
                let bombs: Vec<_> = bombs::all().collect();
                let text = random.pick(&bombs).of_bytes(bytes);
                if random.flip() {
                    text
                } else {
                    lossy(&mutated(&[text.into_bytes()], random))
                }
            }
        };
        let mut end = text.len().min(SOURCE_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(..end).unwrap_or("").to_owned()
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A part of a text said many times in its place.
fn repeated(text: &str, random: &mut Random) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let place =
        |random: &mut Random| usize::try_from(random.below(lines.len() as u64 + 1)).unwrap_or(0);
    let (a, b) = (place(random), place(random));
    let (start, end) = (a.min(b), a.max(b));
    let part = |range: std::ops::Range<usize>| lines.get(range).unwrap_or_default().join("\n");
    let times = 1 << random.below(12);
    let middle = part(start..end) + "\n";
    let times = times.min(SOURCE_BYTES_MAX / middle.len().max(1)).max(1);
    let middle = middle.repeat(times);
    [part(0..start), middle, part(end..lines.len())].join("\n")
}

/// A changed file, mostly with the hash that its content has now: what a forger would do.
fn resealed(mut file: Vec<u8>, random: &mut Random) -> Vec<u8> {
    if !random.once_in(8) {
        file::seal(&mut file);
    }
    file
}

/// Does one part of a strike, which has a name. Each part is held to the bounds by itself: no command does all of them.
pub type Part<'p> = dyn FnMut(&'static str, &mut dyn FnMut()) + 'p;

impl Hostile {
    /// Gives the input to whoever reads such things, each as a part that `part` does: a bundle is checked and shown, tested, compiled
    /// to bytecode and formatted, a file or module is loaded and described.
    #[must_use]
    pub fn strike(&self, part: &mut Part<'_>) -> Fate {
        match self {
            Self::Bundle(bundle) => strike_bundle(bundle, part),
            Self::Bytecode(bytes) => {
                let mut read = None;
                part("load", &mut || read = file::read(bytes).ok());
                let Some(compiled) = read else {
                    return Fate::Refused;
                };
                let program = Arc::new(compiled);
                part("make a machine", &mut || {
                    drop(Vm::new(Arc::clone(&program)));
                });
                part("disassemble", &mut || {
                    drop(crate::tools::disassemble::disassemble(&program));
                });
                Fate::Taken
            }
            Self::Module(bytes) => {
                let mut fate = Fate::Refused;
                part("load", &mut || {
                    if wasm::metadata::read(bytes).is_ok() {
                        fate = Fate::Taken;
                    }
                });
                fate
            }
        }
    }
}

fn strike_bundle(bundle: &Bundle, part: &mut Part<'_>) -> Fate {
    let mut fate = Fate::Taken;
    let mut checked = Vec::new();
    part("check", &mut || {
        for bundle in connected(bundle.clone()) {
            let compiled = crate::tools::lint::compile(&bundle);
            let shown = render(&bundle, &compiled.diagnostics, Style::Plain);
            assert_eq!(shown.is_empty(), compiled.diagnostics.is_empty());
            if compiled.has_errors() {
                fate = Fate::Refused;
            }
            checked.push(compiled);
        }
    });
    for compiled in checked.iter().filter(|compiled| !compiled.tests.is_empty()) {
        part("test", &mut || drop(suite::run(compiled, &|_| true)));
    }
    part("compile", &mut || {
        for program in checked.drain(..).flat_map(|compiled| compiled.programs) {
            let compiled = CompiledProgram::new(program);
            assert!(compiled.is_ok(), "{:?}", compiled.err());
        }
    });
    part("format", &mut || {
        for file in &bundle.files {
            drop(format(&file.text));
        }
    });
    fate
}

/// A program that says of itself what is not so, as a file. Random ones, whose numbers were changed after they were made.
#[must_use]
pub fn liar(seed: u64) -> Vec<u8> {
    let mut case = generate::case(seed, 0);
    let random = &mut Random::new(seed);
    let number =
        u32::try_from(random.next() >> random.below(32) & u64::from(u32::MAX)).unwrap_or(0);
    let program = &mut case.program;
    let compiled = CompiledProgram::new(program.clone());
    let code = compiled
        .map(|compiled| compiled.code().clone())
        .unwrap_or_default();
    match random.below(6) {
        0 => program.input_base = number,
        1 => program.arena_bound = number,
        2 => program.gas_bound.compute = number.into(),
        3 => {
            if let Some(record) = program.records.last_mut() {
                record.words = number;
            }
        }
        4 => {
            if let crate::ir::Body::Policy(policy) = &mut program.body
                && let Some(rule) = policy.groups.iter_mut().flat_map(|g| &mut g.rules).next()
            {
                rule.leaf_base = number;
            }
        }
        _ => program.pool.texts = vec![crate::ir::Handle::new(0, number); 3],
    }
    program.hash = program.identity();
    file::forge(program, &code)
}
