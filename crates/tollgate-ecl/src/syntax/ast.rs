//! The syntax tree: what was written, with a span on every node, before names and types mean anything.
//!
//! The parser always returns a tree, also for text with errors; what it could not read is [`ExprKind::Error`] or a
//! missing field, with a diagnostic beside it. Comments are not in the tree: the formatter reads them from the token list.

mod test;

pub use self::test::{
    Case, Change, EffectExpect, Evaluate, Expect, FactInit, Presence, Step, Test, ViolationExpect,
};

use crate::span::{Span, Spanned};

/// An identifier as written.
pub type Ident = Spanned<String>;
/// A string literal's value, escapes resolved.
pub type StrLit = Spanned<String>;

/// One source file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Declarations in source order.
    pub items: Vec<Item>,
}

/// A top-level declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What is declared.
    pub kind: ItemKind,
    /// From the keyword to the closing brace.
    pub span: Span,
}

/// The kinds of declaration.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "the syntax above a variant says what its fields are"
)]
pub enum ItemKind {
    /// `import "rules/common.ecl"`: the declarations of another file of the bundle.
    Import(StrLit),
    /// `enum Connector { CCS, Type2 }`
    Enum { name: Ident, cases: Vec<Ident> },
    /// `record Offer { price: money<EUR>, … }`
    Record { name: Ident, fields: Fields },
    /// `blueprint "ev-charging" { id: "did:…" attributes: { power_output: { type: power, min: 0kW } } }`
    Blueprint(Blueprint),
    /// `constraint "certified" { severity: mandatory  rule: … }`
    Constraint(Constraint),
    /// `environment "berlin" { parent: "germany"  constraints: ["certified"] }`
    Environment(Environment),
    /// `policy "name" { … }`
    Policy(Policy),
    /// `logic_guard "name" { … }`
    Guard(Guard),
    /// `fn within(o: Offer) -> bool { … }`
    Fn(FnDecl),
    /// `fixture report { … }`, `fixture late = report with { … }`: data that tests start from, by name.
    Fixture { name: Ident, value: Expr },
    /// `test "name" { policy "p"  input { … }  facts { … }  expect accept }`
    Test(Test),
    /// `policy_evaluate { policy: @ref("…")  offer: @ref("…")  context: { … }  result: { … } }`: an evaluation written
    /// down with the result it must have.
    Evaluate(Evaluate),
    /// `amo "charger-1" { … }`, `agent "…" { … }`, `intent "…" { … }`, `identity "…" { … }`: data that programs and
    /// `@ref("did")` refer to. The body is a record literal.
    Object {
        kind: ObjectKind,
        name: StrLit,
        fields: Vec<FieldInit>,
    },
}

/// What a data declaration describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// An addressable, metered object.
    Amo,
    /// An acting party.
    Agent,
    /// What an agent wants.
    Intent,
    /// A did with its document.
    Identity,
    /// An offer made to an agent.
    Offer,
}

/// The fields of a record or of an input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields {
    /// Those that have names here.
    pub decls: Vec<FieldDecl>,
    /// `..`: what has no name here is taken and dropped.
    pub open: bool,
}

/// `name: type`, with refinements inside a blueprint.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDecl {
    /// Field name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeExpr,
    /// From name to type.
    pub span: Span,
}

/// A type as written: `money<EUR>`, `list<string, 16>`, `Offer?`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeExpr {
    /// Its shape.
    pub kind: TypeExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The shapes of a written type.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "the syntax above a variant says what its fields are"
)]
pub enum TypeExprKind {
    /// `int`, `Offer`, `string<64>`, `money<EUR>`, `list<T, 16>`.
    Named { name: Ident, args: Vec<TypeArg> },
    /// `T?`
    Option(Box<TypeExpr>),
    /// Unreadable; already reported.
    Error,
}

/// An argument between `<` and `>`.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeArg {
    /// A type or a currency name.
    Type(TypeExpr),
    /// A bound.
    Bound(Spanned<u64>),
}

/// A record type with refinements, an id and a version.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// Quoted name.
    pub name: StrLit,
    /// `id: "did:…"`
    pub id: Option<StrLit>,
    /// `version: "1"`
    pub version: Option<StrLit>,
    /// The attributes with their refinements.
    pub attributes: Vec<AttributeDecl>,
}

/// `power_output: { type: power, min: 0kW, max: 350kW, one_of: [..] }`
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeDecl {
    /// Attribute name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeExpr,
    /// Smallest allowed value.
    pub min: Option<Expr>,
    /// Largest allowed value.
    pub max: Option<Expr>,
    /// The allowed values.
    pub one_of: Option<Expr>,
    /// Whole entry.
    pub span: Span,
}

/// How much a failed constraint matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// A failure rejects.
    Mandatory,
    /// A failure is reported with the decision.
    Warning,
    /// The outcome is reported either way.
    Info,
}

/// A named condition that environments and policies apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// Quoted name.
    pub name: StrLit,
    /// Default: mandatory.
    pub severity: Option<Spanned<Severity>>,
    /// Names the rule may use; empty: names of the policy it is applied to.
    pub input: Vec<FieldDecl>,
    /// The condition that must hold.
    pub rule: Option<Expr>,
    /// Text for a failure.
    pub message: Option<Message>,
}

/// A set of constraints with inheritance: a child adds to its parent's, and removes none.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Quoted name.
    pub name: StrLit,
    /// Name of the parent.
    pub parent: Option<StrLit>,
    /// Names of constraints.
    pub constraints: Vec<StrLit>,
}

/// Which decision a rule group leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// accept or allow
    Accept,
    /// reject or deny
    Reject,
    /// escalate or ask
    Escalate,
}

/// How the rules of a group combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Combine {
    /// One true rule is enough.
    Any,
    /// Every rule must be true.
    All,
}

/// A policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Quoted name.
    pub name: StrLit,
    /// `id: "did:…"`
    pub id: Option<StrLit>,
    /// `version: "1.2.0"`
    pub version: Option<StrLit>,
    /// `description: "…"`
    pub description: Option<StrLit>,
    /// `gas_limit: 20000`, a total over all layers.
    pub gas_limit: Option<Spanned<u64>>,
    /// `environment: "berlin"`
    pub environment: Option<StrLit>,
    /// `constraints: ["certified"]`
    pub constraints: Vec<StrLit>,
    /// `order: reject, escalate, accept`
    pub order: Option<Vec<Spanned<Verb>>>,
    /// `input { offer: Offer }`
    pub input: Fields,
    /// `let max = 0.50 EUR`, in source order, evaluated before any rule.
    pub lets: Vec<LetDecl>,
    /// `auto_reject { … }`, `auto_accept all { … }`, `escalate { … }` (also `reject`, `deny`, `accept`, `allow`, `ask`).
    pub groups: Vec<GroupDecl>,
    /// `otherwise reject "no rule matched"`
    pub otherwise: Option<Otherwise>,
    /// `on accept { emit("type", payload)  put("store", key, value) }`
    pub effects: Vec<OnDecision>,
}

/// `let name: type = value`
#[derive(Debug, Clone, PartialEq)]
pub struct LetDecl {
    /// Bound name.
    pub name: Ident,
    /// Written type.
    pub ty: Option<TypeExpr>,
    /// Value.
    pub value: Expr,
    /// Whole declaration.
    pub span: Span,
}

/// A group of rules with one verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupDecl {
    /// What a hit decides.
    pub verb: Verb,
    /// `any` or `all`; default: accept all, the others any.
    pub combine: Option<Combine>,
    /// The rules.
    pub rules: Vec<RuleDecl>,
    /// Whole group.
    pub span: Span,
}

/// `"container {c.name} uses {c.image}"`
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// As written.
    pub text: StrLit,
    /// Texts and values in order.
    pub parts: Vec<MessagePart>,
}

impl Message {
    /// The values that it names.
    pub fn values(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            MessagePart::Value(value) => Some(value),
            MessagePart::Text(_) => None,
        })
    }

    /// Whether it names one.
    #[must_use]
    pub(crate) fn has_values(&self) -> bool {
        self.values().next().is_some()
    }

    /// What is shown where its values are not known: `…` for each.
    #[must_use]
    pub(crate) fn without_values(&self) -> String {
        let texts = self.parts.iter().map(|part| match part {
            MessagePart::Text(text) => text.as_str(),
            MessagePart::Value(_) => "…",
        });
        texts.collect()
    }
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum MessagePart {
    /// A text.
    Text(String),
    /// What stands between `{` and `}`.
    Value(Expr),
}

/// `name: condition`, optionally `name: condition, "message"` on the same line.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDecl {
    /// Rule name; absent for a bare condition.
    pub name: Option<Ident>,
    /// The condition.
    pub cond: Expr,
    /// Text for people.
    pub message: Option<Message>,
    /// Whole rule.
    pub span: Span,
}

/// The decision when no group decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Otherwise {
    /// What to decide.
    pub verb: Verb,
    /// Why.
    pub reason: Option<Message>,
    /// Whole clause.
    pub span: Span,
}

/// Effects of one decision.
#[derive(Debug, Clone, PartialEq)]
pub struct OnDecision {
    /// For which decision.
    pub verb: Verb,
    /// Calls of `emit(type, payload)` and `put(store, key, value)`.
    pub effects: Vec<Expr>,
    /// Whole clause.
    pub span: Span,
}

/// A logic guard.
#[derive(Debug, Clone, PartialEq)]
pub struct Guard {
    /// Quoted name.
    pub name: StrLit,
    /// `address: "0x1::module::function"`
    pub address: Option<StrLit>,
    /// `id: "did:…"`
    pub id: Option<StrLit>,
    /// Input fields.
    pub input: Fields,
    /// Output fields.
    pub output: Vec<FieldDecl>,
    /// Statements after `body: |` or in `body { … }`.
    pub body: Vec<Stmt>,
    /// Total over all layers.
    pub gas_limit: Option<Spanned<u64>>,
}

/// A function: parameters, result, and a body that is `let`s followed by one expression.
#[derive(Debug, Clone, PartialEq)]
pub struct FnDecl {
    /// Name.
    pub name: Ident,
    /// Parameters.
    pub params: Vec<FieldDecl>,
    /// Result type.
    pub ret: TypeExpr,
    /// `let`s.
    pub lets: Vec<LetDecl>,
    /// Result.
    pub body: Expr,
}

/// A statement of a guard.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// The statements of a guard.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "the syntax above a variant says what its fields are"
)]
pub enum StmtKind {
    /// `let x = …`
    Let(LetDecl),
    /// `assert(cond)` or `assert(cond, "message")`
    Assert {
        cond: Expr,
        message: Option<Message>,
    },
    /// `require cond, "message"`
    Require {
        cond: Expr,
        message: Option<Message>,
    },
    /// `reject("reason")`
    Reject { reason: Option<Message> },
    /// `return { valid: true }`
    Return(Option<Expr>),
    /// `match x { Case => { … }  _ => reject("…") }`
    Match { subject: Expr, arms: Vec<StmtArm> },
    /// `if c { … } else { … }`
    If {
        cond: Expr,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
}

/// One arm of a statement `match`.
#[derive(Debug, Clone, PartialEq)]
pub struct StmtArm {
    /// What it matches.
    pub pattern: MatchPattern,
    /// `if` after the pattern.
    pub guard: Option<Expr>,
    /// What it does.
    pub body: Vec<Stmt>,
    /// Whole arm.
    pub span: Span,
}

/// `name: value`
#[derive(Debug, Clone, PartialEq)]
pub struct FieldInit {
    /// Field name.
    pub name: Ident,
    /// Value.
    pub value: Expr,
    /// Whole entry.
    pub span: Span,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Its shape.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// Binary operators as written. Comparisons are in [`ExprKind::Compare`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `++`
    Append,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `AND`, `&&`
    And,
    /// `OR`, `||`
    Or,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `matches`: glob when the right side is a string literal, regex when it is `/…/`.
    Matches,
    /// `conforms_to`
    ConformsTo,
    /// `has_credential`
    HasCredential,
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `NOT`, `!`
    Not,
    /// `-`
    Neg,
}

/// Quantifiers and other bounded loops over a list: `any x in xs: body`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoopKind {
    /// `any x in xs: c`
    Any,
    /// `all x in xs: c`
    All,
    /// `count x in xs: c`
    Count,
    /// `sum x in xs: e`
    Sum,
    /// `min x in xs: e`
    Min,
    /// `max x in xs: e`
    Max,
    /// `map x in xs: e`
    Map,
    /// `filter x in xs: c`
    Filter,
    /// `first`
    First,
}

/// The shapes of an expression.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "the syntax above a variant says what its fields are"
)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// A number without a unit, as written (`1`, `0.50`, `1_000`, `1e3`); the type comes from the context.
    Number(String),
    /// A number with a unit or a currency: `5km`, `0.50 EUR`, `15min`.
    Measure { number: String, unit: Ident },
    /// `"…"`
    Str(String),
    /// `/…/`: a regular expression, as written between the slashes.
    Regex(String),
    /// A name: input field, `let`, parameter, enum case, declared object.
    Name(String),
    /// `none`
    None,
    /// `@ref("did:…")`
    Ref(StrLit),
    /// `a.b`; `safe` for `a?.b`
    Field {
        base: Box<Expr>,
        name: Ident,
        safe: bool,
    },
    /// `a[key]`, of a key that is no text in quotes: that is a field.
    Index { base: Box<Expr>, key: Box<Expr> },
    /// `f(a, b)`; also `module.f(a)` with the module in `module`.
    Call {
        module: Option<Ident>,
        name: Ident,
        args: Vec<Expr>,
    },
    /// `NOT a`, `-a`
    Unary { op: UnaryOp, expr: Box<Expr> },
    /// `a + b`, `a AND b`, `a in b`, …
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a < b`, and real chains `a <= b <= c`: one more operand than operators.
    Compare {
        operands: Vec<Expr>,
        ops: Vec<CompareOp>,
    },
    /// `if c then a else b`
    If {
        cond: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `match x { Case => a, 3 => b, _ => c }`
    Match { subject: Box<Expr>, arms: Vec<Arm> },
    /// `any x in xs: body`
    Loop {
        kind: LoopKind,
        var: Ident,
        list: Box<Expr>,
        body: Box<Expr>,
    },
    /// `{ a: 1, b: 2 }`, or `Offer { a: 1 }` with a name.
    Record {
        name: Option<Ident>,
        fields: Vec<FieldInit>,
    },
    /// `report with { amount: 5 EUR }`: in tests, a fixture or `let` with other values in some places.
    With { base: Ident, changes: Vec<Change> },
    /// `[a, b]`
    List(Vec<Expr>),
    /// `a else b`: b when the fact or option a is unknown or none.
    Else { expr: Box<Expr>, default: Box<Expr> },
    /// `x?`: the value of an option, or an error.
    Demand(Box<Expr>),
    /// `( a )`: kept so that the formatter writes what was written.
    Paren(Box<Expr>),
    /// Unreadable; already reported.
    Error,
}

/// One arm of an expression `match`.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// What it matches.
    pub pattern: MatchPattern,
    /// `if` after the pattern.
    pub guard: Option<Expr>,
    /// Value.
    pub body: Expr,
    /// Whole arm.
    pub span: Span,
}

/// What an arm matches.
#[derive(Debug, Clone, PartialEq)]
pub enum MatchPattern {
    /// `_`
    Wildcard(Span),
    /// An enum case or a binding (`x => …`): which of the two is decided by the subject's type.
    Name(Ident),
    /// A literal.
    Literal(Expr),
    /// `A | B`
    Or(Vec<MatchPattern>),
}

impl MatchPattern {
    /// How many alternatives it has.
    #[must_use]
    pub fn alternatives(&self) -> u32 {
        match self {
            Self::Or(patterns) => u32::try_from(patterns.len()).unwrap_or(u32::MAX),
            Self::Wildcard(_) | Self::Name(_) | Self::Literal(_) => 1,
        }
    }
}

/// The `id` of a data declaration.
pub(crate) fn object_id(fields: &[FieldInit]) -> Option<(&str, Span)> {
    let field = fields.iter().find(|field| field.name.node == "id")?;
    match &field.value.kind {
        ExprKind::Str(id) => Some((id, field.value.span)),
        ExprKind::Ref(id) => Some((&id.node, id.span)),
        _ => None,
    }
}
