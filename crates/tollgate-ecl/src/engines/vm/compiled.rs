//! A program with its verified bytecode and what is made from it when it is loaded: shared between threads, never written.

use std::sync::Arc;

use super::bytecode::Code;
use super::lookup::{Lookup, Search};
use super::lower::{self, LowerError, Optimise};
use crate::data::types::WORD;
use crate::host::input::ProgramId;
use crate::host::memory::PoolTexts;
use crate::ir::{Body, Decision, Program};

/// A program ready to run.
#[derive(Debug, Clone)]
pub struct CompiledProgram {
    program: Arc<Program>,
    pub(super) code: Code,
    pub(super) id: ProgramId,
    pub(super) lookups: Vec<Lookup>,
    pub(super) searches: Vec<Search>,
    /// By decision: whether it has no effects. The fourth is never read.
    pub(super) without_effects: [bool; 4],
    pub(super) otherwise: Decision,
    pub(super) texts: PoolTexts,
    /// Conditions of all rules.
    pub(super) leaves: usize,
    /// Address of the input.
    pub(super) input_base: usize,
    /// Bytes of the input record.
    pub(super) input_bytes: usize,
    /// Words that the arena takes at most.
    pub(super) arena_words: usize,
}

impl CompiledProgram {
    /// Compiles a checked program.
    ///
    /// # Errors
    /// When the program is not well formed or larger than the machine.
    pub fn new(program: impl Into<Arc<Program>>) -> Result<Self, LowerError> {
        Self::with(program, Optimise::Full)
    }

    /// Compiles a checked program with or without the optimiser.
    ///
    /// # Errors
    /// When the program is not well formed or larger than the machine.
    pub fn with(program: impl Into<Arc<Program>>, level: Optimise) -> Result<Self, LowerError> {
        let program = program.into();
        let code = lower::lower(&program, level)?;
        Ok(Self::assemble(program, code))
    }

    /// Puts a program and its code together. The code has been made from it or verified against it.
    pub(super) fn assemble(program: Arc<Program>, code: Code) -> Self {
        let lookups = code.indexes.iter().map(Lookup::new).collect();
        let pool = &program.pool.bytes;
        let searches = code.searches.iter().map(|s| Search::new(s, pool));
        let searches = searches.collect();
        let mut without_effects = [true; 4];
        let mut otherwise = Decision::Reject;
        let mut leaves = 0;
        if let Body::Policy(policy) = &program.body {
            otherwise = policy.otherwise;
            for effect in &policy.effects {
                if let Some(without) = without_effects.get_mut(effect.on as usize) {
                    *without = false;
                }
            }
            let rules = policy.groups.iter().flat_map(|group| &group.rules);
            let ends = rules.map(|rule| rule.leaf_base as usize + rule.leaves.len());
            leaves = ends.max().unwrap_or(0);
        }
        let input = program.records.get(program.input.0 as usize);
        Self {
            id: ProgramId::of(&program),
            lookups,
            searches,
            without_effects,
            otherwise,
            texts: PoolTexts::new(&program),
            leaves,
            input_base: program.input_base as usize,
            arena_words: (program.arena_bound as usize).div_ceil(8),
            input_bytes: input.map_or(0, |record| record.words as usize * WORD as usize),
            program,
            code,
        }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The bytecode.
    #[must_use]
    pub(crate) fn code(&self) -> &Code {
        &self.code
    }
}
