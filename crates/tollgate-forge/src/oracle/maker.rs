//! What the generator knows while it makes a program.

use super::random::Random;
use super::tree::{Class, Function, Ty};

#[derive(Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) ty: Ty,
    pub(super) fixed: bool,
}

/// What may be done where something is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything.
    All,
    /// Methods before this one.
    Below(usize),
    /// Nothing that calls or makes objects.
    Leaf,
}

/// The program so far, and what is around the place that is made.
pub(super) struct Maker {
    pub(super) random: Random,
    pub(super) names: usize,
    pub(super) globals: Vec<Variable>,
    pub(super) functions: Vec<Function>,
    pub(super) scopes: Vec<Vec<Variable>>,
    /// Labels around, and whether they are of loops.
    pub(super) labels: Vec<(String, bool)>,
    pub(super) result: Ty,
    /// Nodes that the function may still have.
    pub(super) budget: usize,
    /// The product of the rounds of the loops around.
    pub(super) rounds: u32,
    /// The scopes around the function that is a value, if this is one.
    pub(super) lambda: Option<usize>,
    /// The variables that were there before the statement of a file that is made, if one is.
    pub(super) before: Option<usize>,
    pub(super) classes: Vec<Class>,
    /// What may be called here.
    pub(super) reach: Reach,
    /// Inside of a function that has no `this`.
    pub(super) no_this: bool,
    /// There are exceptions.
    pub(super) throws: bool,
    /// There is JSON.
    pub(super) json: bool,
    /// The variables of `catch` around.
    pub(super) caught: Vec<String>,
}
