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
/// Diagnostics reported for one file, and errors the checker reports for one bundle; what follows is not looked for. People
/// repair the first ones, and each costs time to word.
pub const DIAGNOSTICS_MAX: usize = 100;
/// Rules of a group that are compared with each other by what they say. In a larger group only equal conditions are found.
pub const LINT_RULES_MAX: usize = 64;
/// Steps of comparing the rules of one bundle, of some nanoseconds each; beyond them nothing more is compared.
pub const LINT_STEPS_MAX: u64 = 10_000_000;
/// Names in one message. Longer lists help nobody.
pub const NAMES_SHOWN_MAX: usize = 16;
/// Names a word is compared with to find what was meant.
pub const SUGGESTIONS_MAX: usize = 2_000;

/// Steps of checking one bundle, patterns not counted. A step is some ten nanoseconds and leaves at most 16 bytes behind, so
/// this bounds time and memory whatever the bundle is made of: a declaration is checked once for each program that uses it,
/// an object once for each place that names it. 10,000 rules take about a million.
pub const CHECK_STEPS_MAX: u64 = 10_000_000;
/// Steps of ten nanoseconds that the patterns of one bundle may take to be made, all together. A glob with three stars takes
/// about five thousand.
pub const PATTERN_STEPS_MAX: u64 = 40_000_000;
/// Parts that a text is split into at most: each takes a word of a list, and up to one more than it has bytes.
pub(crate) const PARTS_MAX: u32 = 256;
/// Bytes of one glob or regular expression.
pub const PATTERN_SOURCE_BYTES_MAX: usize = 4 * 1024;
/// Bytes that making the automaton of one pattern may take: of the automaton that it is made from, of its sets of states, and of
/// the automaton before it is packed.
pub const PATTERN_CONSTRUCTION_BYTES_MAX: usize = 1024 * 1024;
/// Cells that a comparison of a policy with its ceiling looks at unless more are wanted: states of texts, and combinations of
/// fields. Each takes as long as two decisions.
pub const CELLS: u64 = 100_000;
/// Fields that such a comparison goes through, one inside the other. A call has twelve.
pub const FIELDS_ASKED_MAX: usize = 256;
/// Expressions that are read of a program to learn what it asks.
pub const READ_STEPS_MAX: u64 = 10_000_000;
/// Cases of one enum. ISO 3166 has 249 countries.
pub const ENUM_CASES_MAX: usize = 4_096;
/// Fields of one record, input or blueprint, and entries of one record literal.
pub const RECORD_FIELDS_MAX: usize = 1_024;
/// Levels of records, lists, maps (each counts as two) and options inside each other in one type: what reads a value recurses with its type, and JSON
/// readers stop at 128 levels.
pub const TYPE_NESTING_MAX: u32 = 32;
/// Functions that call each other, one inside the other: every engine recurses with calls.
pub const CALL_NESTING_MAX: u32 = 64;
/// Cases of one table of tests.
pub const TEST_CASES_MAX: usize = 1_000;
/// Environments that inherit from each other.
pub const ENVIRONMENT_PARENTS_MAX: usize = 64;
/// Objects that name each other.
pub const OBJECT_NESTING_MAX: usize = 16;
/// Values that a body keeps at once, in `let`s, parameters and loops. Each takes at most two cells, and the locals of a body
/// at most half the stack.
pub const LOCALS_MAX: usize = 900;
/// `let`s of one function, statements on one way through a guard, arms of a statement `match`, attributes of a blueprint: each
/// stands inside the one before it.
pub const BODY_NESTING_MAX: usize = 128;
/// Height of an expression of a checked program: what the heights above become when they are written out, such as a `let` for a
/// value that is used twice. Bounds the recursion of the engines, and of what reads a compiled program back.
pub const IR_HEIGHT_MAX: u32 = 400;
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
/// Values in one value that is read from memory: a constant list of lists can stand for more than its bytes.
pub const VALUES_MAX: usize = 2 * 1024 * 1024;
/// Values that the message of a rule may have.
pub const MESSAGE_VALUES_MAX: usize = 16;
/// Findings of one evaluation that are given; of more only their number.
pub const FINDINGS_MAX: usize = 1_000;
/// Products of list lengths that the formula of a worst case shows; with more it is a number.
pub const FORMULA_TERMS_MAX: usize = 32;
/// Bytes of the JSON text of an input: 4 MiB.
pub const INPUT_JSON_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of an encoded input: 16 MiB. A short JSON text can ask for more memory than itself, because fields that are left
/// out take room too.
pub const INPUT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of a facts file: 16 MiB.
pub const FACTS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of a line in a file of recorded decisions: 8 MiB, an input and the answers to it.
pub const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Steps that the tests of one bundle may take together, most of them some nanoseconds: units of gas, and conditions that are
/// looked at. A policy of 10,000 rules with 1,000 tests takes a third.
pub const SUITE_STEPS_MAX: u64 = 300_000_000;
/// Conditions that are put into words for the tests of one bundle that failed: nobody reads more. What is evaluated for it
/// counts as conditions too, 500 steps as one.
pub const SUITE_WORDED_MAX: u64 = 200_000;

/// Cells of the bytecode engine's stack, in words of 8 bytes. A power of two.
pub const STACK_WORDS: usize = 4096;
/// Memory of one evaluation on the bytecode engine, in bytes: constants, input and arena. 256 MiB.
pub const MEMORY_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Instructions of a compiled program.
pub const CODE_MAX: usize = 1 << 20;
/// Cells that verifying a compiled program may look at or keep: some tenths of a second, 100 MB.
pub const VERIFY_STEPS_MAX: usize = 100_000_000;
/// Bytes of memory that a compiled program may take while it is read, whatever the length of its file: 128 MiB. Some bytes of
/// a file stand for a hundred of memory.
pub const PROGRAM_BYTES_MAX: usize = 128 * 1024 * 1024;
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
