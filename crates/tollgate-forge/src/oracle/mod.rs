//! Random typed programs, printed twice: as TypeScript for the compiler, and as JavaScript that means the same for Node.
//!
//! For `number` and `boolean` both texts are the same but for types. For integer types the JavaScript says what each operation
//! does: `|0`, `Math.imul`, `BigInt.asIntN`; `f32` is `Math.fround`. What a program finds it tells the host by `tell…`, in order.
//!
//! [`bombs`] are texts that ask for as much work as they can.

pub mod bombs;
mod classes;
mod dictionaries;
mod exceptions;
mod functions;
mod gathered;
mod generate;
mod generics;
mod javascript;
mod json;
mod lists;
mod maker;
mod missing;
mod objects;
mod patterns;
mod print;
mod print_classes;
mod print_expr;
mod printer;
mod random;
mod texts;
mod tree;
mod typed;
mod unions;

pub use generate::program;
pub use print::{HELPERS, javascript, typescript};
pub use tree::Program;
