//! Tests and evaluations as they are written.

use super::{Expr, FieldInit, Ident, LetDecl, StrLit, Verb};
use crate::span::{Span, Spanned};

/// A test of the test runner.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Quoted name.
    pub name: StrLit,
    /// `policy "name"` or `logic_guard "name"`.
    pub target: Option<StrLit>,
    /// Values that have names in this test. They have no types.
    pub lets: Vec<LetDecl>,
    /// `input { … }`, `input report` or `input report with { … }`.
    pub input: Option<Expr>,
    /// Facts: `trust("did:…"): { r: 0.9 … }` and the like, see docs/language.md.
    pub facts: Vec<FactInit>,
    /// The expectation; all `expect` entries together.
    pub expect: Option<Expect>,
    /// The table, when there is one: each case is a test.
    pub cases: Option<Vec<Case>>,
}

impl Test {
    /// What it expects, and what its cases do.
    pub fn expects(&self) -> impl Iterator<Item = &Expect> {
        let cases = self.cases.iter().flatten();
        self.expect.iter().chain(cases.map(|case| &case.expect))
    }
}

/// `"a name": { amount: 5 EUR } facts { … } => reject by large`: a line of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Quoted name.
    pub name: Option<StrLit>,
    /// What is other than in the input of the test.
    pub changes: Vec<Change>,
    /// The changes, from brace to brace.
    pub changed: Span,
    /// Facts besides those of the test.
    pub facts: Vec<FactInit>,
    /// The expectation.
    pub expect: Expect,
    /// Whole case.
    pub span: Span,
}

/// `order.lines[0].amount: 5 EUR`: another value in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The way to the place; not empty, and begins with a field.
    pub place: Vec<Step>,
    /// The value.
    pub value: Expr,
    /// Whole entry.
    pub span: Span,
}

/// One step on the way to a place in data.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The field of a record or the key of a map.
    Field(Ident),
    /// The element of a list, from 0.
    Element(Spanned<u64>),
}

impl Step {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Field(name) => name.span,
            Self::Element(number) => number.span,
        }
    }
}

/// `trust("did:x:1"): { … }`: one answer of the host.
#[derive(Debug, Clone, PartialEq)]
pub struct FactInit {
    /// Name of the fact function.
    pub name: Ident,
    /// Literal arguments.
    pub args: Vec<Expr>,
    /// The answer.
    pub value: Expr,
    /// Whole entry.
    pub span: Span,
}

/// `expect accept`, `expect reject by expensive`, `expect error E0405`, `expect output { valid: true }`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// The decision; none for `expect error`.
    pub decision: Option<Spanned<Verb>>,
    /// Error code after `expect error`.
    pub error: Option<Option<Ident>>,
    /// Name of the deciding rule after `by`.
    pub by: Option<Ident>,
    /// Expected output of a guard.
    pub output: Option<Expr>,
    /// Expected reason text after `because`.
    pub reason: Option<StrLit>,
    /// Effects that the decision has, or that there are none.
    pub effects: Vec<EffectExpect>,
    /// Violations that are found, or that are not.
    pub violations: Vec<ViolationExpect>,
    /// Whole clause.
    pub span: Span,
}

/// Whether something is expected to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Some,
    /// It is not: `no` stands before it.
    None,
}

/// `effect emit("sold", { total: 5 EUR })`, `no effect`
#[derive(Debug, Clone, PartialEq)]
pub struct EffectExpect {
    /// `emit(…)` or `put(…)`, of which arguments at the end may be left out; none: there is no effect.
    pub effect: Option<Expr>,
    /// Whole clause.
    pub span: Span,
}

/// `violation unlabelled because "team" for { name: "web" }`, `no violation unlabelled`
#[derive(Debug, Clone, PartialEq)]
pub struct ViolationExpect {
    /// Whether there is one.
    pub presence: Presence,
    /// Name of the rule.
    pub rule: Ident,
    /// A part of its message.
    pub reason: Option<StrLit>,
    /// The element that it is about, or some of its fields.
    pub element: Option<Expr>,
    /// Whole clause.
    pub span: Span,
}

/// `policy_evaluate { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluate {
    /// `policy: @ref("did:…")`
    pub policy: Option<Expr>,
    /// Every other entry but `result`, in order: the input.
    pub input: Vec<FieldInit>,
    /// `decision:` inside `result`.
    pub decision: Option<Spanned<Verb>>,
    /// `reasoning: [ "…" ]` inside `result`.
    pub reasoning: Option<Vec<StrLit>>,
}
