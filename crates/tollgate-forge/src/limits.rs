//! The bounds of the compiler. All are far above what people write and far below what hurts.

/// Bytes of one source file: 1 MiB, some 30,000 lines.
pub const SOURCE_BYTES_MAX: usize = 1024 * 1024;
/// Files of one program.
pub const FILES_MAX: usize = 2_000;
/// Bytes of all files of one program: 16 MiB.
pub const PROGRAM_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Levels of brackets, operators that nest to the right, prefix operators and statements inside each other. Bounds the
/// recursion of the parser.
pub const NESTING_MAX: u32 = 128;
/// Height of an expression whose value is computed when the program is built. One that is higher is computed when it runs.
pub const EXPR_HEIGHT_MAX: u32 = 300;
/// Statements and operators inside each other, with those of the functions that are inferred on the way. Bounds the recursion
/// of the checker.
pub const DEPTH_MAX: u32 = 350;
/// Cases of one `switch`. They become blocks inside each other.
pub const CASES_MAX: usize = 256;
/// Files that import each other in a row. Bounds the recursion over imports.
pub const IMPORT_DEPTH_MAX: usize = 100;
/// Exports looked at to find what one import names. Bounds the recursion over `export … from`.
pub const IMPORT_STEPS_MAX: usize = 1_000;
/// Functions without a written result type that depend on each other in a row. Bounds the recursion of inference.
pub const INFERENCE_DEPTH_MAX: u32 = 40;
/// Arrays of arrays inside each other.
pub const ARRAY_LEVELS_MAX: u32 = 16;
/// Classes that extend each other in a row.
pub const CLASS_DEPTH_MAX: usize = 100;
/// Properties of one object, and fields of one class.
pub const PROPERTIES_MAX: usize = 1_000;
/// Properties of all types of objects of one program together. Those of a type that is extended count each time.
pub const PROGRAM_PROPERTIES_MAX: usize = 200_000;
/// Bytes of a name: of what is declared, of a property, of an export, of what the host gives. Engines refuse more than 100,000.
pub const NAME_BYTES_MAX: usize = 1_000;
/// Parts that a program is lowered to, with one more for each byte of its text. Each variable counts as three, each value that
/// is stored into a new object or array as four, everything else as one.
pub const PARTS_MAX: usize = 1_000_000;
/// Nodes that come on top of a program when functions are put in the place of their calls.
pub const INLINED_NODES_MAX: usize = 500_000;
/// Arrays and objects inside each other in JSON. Bounds the recursion of the program.
pub const JSON_DEPTH_MAX: i32 = 512;
/// Bytes of the code of one function. Engines refuse more than 7,654,321.
pub const FUNCTION_BYTES_MAX: usize = 7_000_000;
/// Variables of files, and exports, of one program. Engines refuse more than 1,000,000 of each.
pub const ENTRIES_MAX: usize = 500_000;
/// Errors that are kept while a program is checked; what follows is only counted.
pub const DIAGNOSTICS_KEPT_MAX: usize = 2_000;
/// Diagnostics reported for one program; what follows is only counted.
pub const DIAGNOSTICS_MAX: usize = 100;
/// Names that one which is not there is compared with, to find what was meant. A table that has more proposes none.
pub const SUGGESTIONS_MAX: usize = 2_000;
/// Variables and properties of which something is known at a place. What comes on top is not known.
pub const FACTS_MAX: usize = 256;
/// Parameters and variables of one function. Engines refuse more than 50,000.
pub const LOCALS_MAX: usize = 40_000;
/// Variables that a function may have on top of those, for what its exceptions and divisions need.
pub const LOCALS_SPARE: usize = 9_000;
/// Functions of one program. Engines refuse more than 1,000,000.
pub const FUNCTIONS_MAX: usize = 50_000;
/// Parameters of one function. Engines refuse more than 1,000.
pub const PARAMETERS_MAX: usize = 255;
/// Functions made for calls that leave arguments out, in one program.
pub const DEFAULT_VARIANTS_MAX: usize = 10_000;
/// Lists of types that the generic declarations of one program are used with.
pub const INSTANCES_MAX: usize = 2_000;
/// Times that a generic declaration needs itself for other types in a row. Bounds the recursion over types that grow.
pub const INSTANCE_CHAIN_MAX: u32 = 16;
/// Types that one type with `|` may name, and values that it may list.
pub const ALTERNATIVES_MAX: usize = 1_000;
/// The same of all types of one program together, with those that tests leave.
pub const PROGRAM_ALTERNATIVES_MAX: usize = 200_000;
