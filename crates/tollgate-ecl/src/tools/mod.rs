//! What people do with policies besides evaluating them: format, lint, test, explain, and prove things about them.
//!
//! A tool may import everything but `testing`, and nothing below imports a tool.
//!
//! * Texts: [`mod@format`] prints one in its one form, [`lint`] says what is probably not meant.
//! * Decisions: [`explain`] says why, [`advice`] and [`findings`] what else holds; [`suite`] runs the tests of a bundle.
//! * Programs: [`disassemble`] prints one, [`outlook`] decides with a part of the input, [`boundary`] compares a policy with its ceiling.

pub mod advice;
pub mod boundary;
pub mod disassemble;
pub mod explain;
pub mod findings;
pub mod format;
pub mod lint;
pub mod outlook;
pub mod suite;
