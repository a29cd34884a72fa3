//! The bounds of the compiler and of what evaluations are given: how much text, how long a token, how deep a nest, how large
//! a program. All are far above what people write and far below what hurts.

/// Bytes of one source file. A file of 1,000 rules is about 100 KiB.
pub const SOURCE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of an identifier.
pub const IDENT_BYTES_MAX: usize = 128;
/// Bytes of a number, its unit not counted. An exact decimal has at most 39 digits.
pub const NUMBER_BYTES_MAX: usize = 64;
/// Bytes of a string or regular expression as written, quotes included.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Levels of brackets, blocks, prefix operators and `if`s inside each other. Bounds the recursion of the parser.
pub const NESTING_MAX: u32 = 64;
/// Height of an expression's tree, where a chain `a + b + c` counts each operator. Bounds the recursion of every later pass.
pub const EXPR_HEIGHT_MAX: u32 = 200;
/// Diagnostics reported for one file; what follows is only counted.
pub const DIAGNOSTICS_MAX: usize = 100;

/// Words of one record: 512 KiB.
pub const RECORD_WORDS_MAX: u64 = 64 * 1024;
/// Statements a guard may have after the branches that return were joined with what follows them.
pub const GUARD_STATEMENTS_MAX: usize = 20_000;
/// States of one compiled glob or regular expression.
pub const AUTOMATON_STATES_MAX: usize = 4096;
/// Bytes of its transitions.
pub const AUTOMATON_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a text constant that an index tells texts apart by.
pub const KEY_BYTES_MAX: u32 = 128;
/// Bytes of a program's constants: 64 MiB, what a policy with 10,000 rules needs many times over.
pub const POOL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of arena that the worst case of a program may need: 64 MiB.
pub const ARENA_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of the JSON text of an input: 4 MiB.
pub const INPUT_JSON_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of an encoded input: 16 MiB. A short JSON text can ask for more memory than itself, because fields that are left
/// out take room too.
pub const INPUT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of a facts file: 16 MiB.
pub const FACTS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of a line in a file of recorded decisions: 8 MiB, an input and the answers to it.
pub const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Cells of the bytecode engine's stack, in words of 8 bytes. A power of two.
pub const STACK_WORDS: usize = 4096;
/// Memory of one evaluation on the bytecode engine, in bytes: constants, input and arena. 256 MiB.
pub const MEMORY_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Instructions of a compiled program.
pub const CODE_MAX: usize = 1 << 20;
/// Bytes of a compiled program's file: 64 MiB.
pub const BYTECODE_FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The limits a caller may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLimits {
    /// Bytes of one source file; default [`SOURCE_BYTES_MAX`].
    pub source_bytes_max: usize,
    /// Levels of nesting; default and largest useful value [`NESTING_MAX`].
    pub nesting_max: u32,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            source_bytes_max: SOURCE_BYTES_MAX,
            nesting_max: NESTING_MAX,
        }
    }
}
