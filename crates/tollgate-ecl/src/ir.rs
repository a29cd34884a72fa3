//! The checked, typed program both engines share.
//!
//! **Memory.** An evaluation sees one address space of little-endian 8-byte words: the constants of the program from
//! address 0 ([`Pool`]), the encoded input from [`Program::input_base`], and above it an arena for what the program makes
//! (records, lists, options, trust vectors answered by the host). Addresses are `u32`, values never change once written,
//! and the arena is emptied before each evaluation. [`types`](crate::data::types) says how many words each type takes.
//!
//! **Text is interned.** A text is a [`Handle`]: address and length. Code that brings text in (the constant pool, the input
//! encoder, answers of the host) gives equal texts equal handles, so `==` on texts is one comparison of words. INVARIANT: what
//! writes a handle into an evaluation's memory interns it, but for a text that the program makes ([`UnaryOp::Make`]): where one may
//! be, the operators of texts compare bytes, see `ir/made.rs`. Bytes of a text are padded with zeros to a multiple of 8.
//!
//! **Order.** Operands are evaluated left to right; AND, OR, `if`, loops and `else` evaluate only what they need. Gas is
//! charged as [`cost`] says. The first error ends the evaluation; it never becomes an accept. An unknown fact is
//! an error only where no `else` stands around the question, see [`ExprKind::Else`].
//!
//! Constants are folded before this tree is made. No pass after it may change what it costs.
//!
//! [`cost`] says which blocks are charged and what for, [`bound`] what a program costs at most. [`value`] reads the memory of an
//! evaluation by types.
//!
//! This folder imports [`data`](crate::data) and the limits.

use crate::data::gas::{Gas, GasLimits};
use crate::data::types::{EnumDef, RecordDef, RecordId, Type};

pub mod bound;
mod compare;
pub(crate) mod cost;
mod cuts;
mod failing;
mod identity;
mod made;
mod operator;
pub(crate) mod pool;
pub mod value;
mod walk;
mod when;

pub(crate) use self::cuts::Windows;
pub use self::cuts::{Cuts, Edge, TextCut};
pub(crate) use self::made::BLANKS;
pub use self::operator::{BinaryOp, Making, Splitting, UnaryOp};
pub(crate) use self::when::When;

/// Address in the high half, length in the low half: bytes for a text, elements for a list.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Handle(pub u64);

impl Handle {
    /// Puts a handle together.
    #[must_use]
    pub const fn new(address: u32, length: u32) -> Self {
        Self(((address as u64) << 32) | length as u64)
    }

    /// First byte.
    #[must_use]
    pub const fn address(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Bytes of a text, elements of a list.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the low half is taken on purpose"
    )]
    pub const fn length(self) -> u32 {
        self.0 as u32
    }
}

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub u32);
    };
}

index!(
    /// A local variable of one body (a policy, a guard, a function): numbered from 0 in each.
    LocalId
);
index!(
    /// Index into [`Program::functions`].
    FuncId
);
index!(
    /// Index into [`Program::automata`].
    AutomatonId
);
index!(
    /// Index into [`Program::effects`].
    EffectId
);
index!(
    /// Index into [`Program::points`]: the place an error is reported at.
    PointId
);
index!(
    /// Index into [`Program::messages`].
    MessageId
);

/// A policy or a guard, checked, with all it needs. Serialisable as a whole; see docs/bytecode.md for the file format.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Program {
    /// Quoted name.
    pub name: Box<str>,
    /// Did, when it has one.
    pub id: Option<Box<str>>,
    /// Version, when it has one.
    pub version: Option<Box<str>>,
    /// Texts, constant lists and records, tables of automata.
    pub pool: Pool,
    /// The record that is the input. Its fields are at `input_base + offset`.
    pub input: RecordId,
    /// Address of the input: the pool's length rounded up to 16.
    pub input_base: u32,
    /// A guard's output record.
    pub output: Option<RecordId>,
    /// Record types; a record's fields refer only to earlier ones.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub records: Vec<RecordDef>,
    /// Enum types.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub enums: Vec<EnumDef>,
    /// User functions; each calls only earlier ones, so nothing recurses.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub functions: Vec<Function>,
    /// Compiled globs and regexes.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub automata: Vec<Automaton>,
    /// The effects it can make, one for each place in the source.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub effects: Vec<Effect>,
    /// What is evaluated.
    pub body: Body,
    /// Types of the locals of `body`.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub locals: Vec<Type>,
    /// Places that errors name. Entry 0 is the whole program.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub points: Vec<Point>,
    /// Texts for people: reasons of `reject`, `assert`, `require`, `otherwise`.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub messages: Vec<Box<str>>,
    /// The limits the program asks for.
    pub gas_limits: GasLimits,
    /// Worst case of any input, proved from the bounds of the input's types. At most `gas_limits`.
    pub gas_bound: Gas,
    /// Worst case of arena bytes.
    pub arena_bound: u32,
    /// SHA-256 over the canonical source-independent form and the gas table version, in hex.
    pub hash: Box<str>,
}

/// A place in the source, for reports.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    /// First byte, one past the last byte; file index.
    pub span: (u32, u32, u32),
    /// Line from 1, column from 1.
    pub line_column: (u32, u32),
    /// The text that stands there, shortened to 80 characters.
    pub text: Box<str>,
}

/// The constants of a program, as they stand in memory from address 0.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Pool {
    /// The bytes. The first 16 are zero, so that no text has address 0 but the empty one.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub bytes: Vec<u8>,
    /// Every text in the pool, sorted by address.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub texts: Vec<Handle>,
}

/// What is evaluated.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Body {
    /// Lets, then groups in order, then `otherwise`, then the effects of the decision.
    Policy(PolicyBody),
    /// An expression whose value is the output record (a [`Repr::Ref`](crate::data::types::Repr::Ref)), or that fails with a
    /// message, which rejects. When the output has a `valid: bool` field that is false, the decision is reject too.
    Guard(Expr),
}

/// A policy's parts in the order of evaluation.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PolicyBody {
    /// Evaluated first, in order. Each is one block.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub lets: Vec<(LocalId, Expr)>,
    /// Evaluated in this order until one decides.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub groups: Vec<Group>,
    /// When none decides.
    pub otherwise: Decision,
    /// Reason given then.
    pub otherwise_message: Option<MessageId>,
    /// In source order; those of the decision taken are evaluated after it.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub effects: Vec<EffectEntry>,
}

/// The three decisions.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Decision {
    /// Accept, allow.
    Accept = 0,
    /// Reject, deny.
    Reject = 1,
    /// Escalate, ask.
    Escalate = 2,
}

/// Rules with one decision. An empty group never decides, also with `All`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Group {
    /// What a hit decides.
    pub decision: Decision,
    /// `Any`: the first true rule decides. `All`: the first false rule ends the group; when none is false it decides and
    /// the deciding rule is the last one.
    pub combine: Combine,
    /// In source order.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub rules: Vec<Rule>,
    /// How the rules are evaluated.
    pub plan: Plan,
}

/// How rules combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// One true rule decides.
    Any,
    /// All must be true.
    All,
}

/// A rule. Its condition is an expression of its shape, see [`Plan`].
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Rule {
    /// Name; generated (`rule_3`) when the source gives none.
    pub name: Box<str>,
    /// Place.
    pub point: PointId,
    /// Text for people.
    pub message: Option<MessageId>,
    /// Index into the group's shapes.
    pub shape: u32,
    /// Address in the pool of this rule's constants: what [`ExprKind::Param`] reads in the shape. 0 when it has none.
    pub params: u32,
    /// The conditions it consists of, in order of appearance: what [`ExprKind::Probe`] refers to.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub leaves: Vec<Leaf>,
    /// Index of its first leaf in a numbering over the whole program.
    pub leaf_base: u32,
}

/// A condition that a reason shows: a leaf of a rule's AND/OR/NOT tree.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Leaf {
    /// Place.
    pub point: PointId,
    /// The operands and what stands between them (`<=`, `in`, `has_credential`); `None`: shown as its source text.
    pub compare: Option<LeafCompare>,
}

/// A comparison as a reason shows it: `price_per_kwh (0.42) <= max (0.50)`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LeafCompare {
    /// `<=`, `==`, `in`, …
    pub operator: Box<str>,
    /// Left label: the last segment of a path, or the source text.
    pub left: Box<str>,
    /// Left type.
    pub left_type: Type,
    /// Right label; for a bare literal on the right `max` after `<` and `<=`, `min` after `>` and `>=`, else empty.
    pub right: Box<str>,
    /// Right type.
    pub right_type: Type,
}

/// How the rules of a group are evaluated.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Plan {
    /// The distinct conditions. Rules that differ only in constants share one, which keeps 10,000 rules small.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub shapes: Vec<Expr>,
    /// `None`: every rule in order.
    pub index: Option<Index>,
}

/// A look-up that leaves only the rules that can be true. Only for `Any` groups; a rule is left out only when its
/// condition would have been false without an error.
///
/// Evaluation: charge [`cost::look_up`] plus the block of `key` as one block, evaluate `key`, find
/// its bucket, then evaluate the rules of the bucket in order (each rule's condition is a block).
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Index {
    /// Expression that cannot fail: an input path. A word, or a wide with [`Cuts::Wides`].
    pub key: Expr,
    /// How the value of `key` names a bucket.
    pub keys: Keys,
    /// Rule numbers (of the group), ascending.
    #[serde(deserialize_with = "crate::data::reading::lists")]
    pub buckets: Vec<Vec<u32>>,
    /// A second index inside a bucket, when it is large: bucket number to index. Its buckets hold rule numbers of the group.
    #[serde(deserialize_with = "crate::data::reading::nested_list")]
    pub nested: Vec<(u32, Index)>,
}

/// How a key names a bucket.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Keys {
    /// By the word itself. Texts are looked up by handle: only a text of the pool can be in a bucket.
    Equal {
        /// Key words to bucket numbers, sorted by key word (as `u64`).
        #[serde(deserialize_with = "crate::data::reading::list")]
        entries: Vec<(u64, u32)>,
        /// The bucket for every other key.
        default: u32,
    },
    /// By its place among cuts: there is a bucket for each interval, in order.
    Ordered(Cuts),
}

/// Effects of a decision: returned as data, committed by the host or not at all.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EffectEntry {
    /// The decision they belong to.
    pub on: Decision,
    /// An effect, or options and lists of effects. One block; then each element of a list is charged
    /// [`gas::ELEMENT`](crate::data::gas::ELEMENT), and each effect in the storage layer [`gas::EFFECT`](crate::data::gas::EFFECT) plus
    /// text gas (of the sum of its operands' bytes: texts their length, others 8 a word), in order.
    pub value: Expr,
}

/// An effect that an [`ExprKind::Effect`] makes.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Effect {
    /// What it does.
    pub kind: EffectKind,
    /// Place.
    pub point: PointId,
    /// Types of the operands: `emit` payload, or `put` key and value. At most two, and no effects.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub operands: Vec<Type>,
}

/// The kinds of effect.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum EffectKind {
    /// `emit(event_type, payload)`
    Emit {
        /// The kind of event.
        event_type: Box<str>,
    },
    /// `put(store, key, value)`
    Put {
        /// Where it is kept.
        store: Box<str>,
    },
}

/// A user function. Parameters are locals 0, 1, …; `body` is one block, charged on entry.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Function {
    /// Name.
    pub name: Box<str>,
    /// Number of parameters.
    pub params: u32,
    /// Types of all locals, parameters first.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub locals: Vec<Type>,
    /// Result type.
    pub ret: Type,
    /// Body.
    pub body: Expr,
}

/// A glob or a regular expression as a table-driven automaton over bytes, linear in the subject's length.
///
/// The table stands in the pool at `table`: for state s and byte class c the next state is the little-endian `u16` at
/// `table + 2·(s·classes + c)`; the class of byte b is the byte at `class_map + b`. State 0 is dead, state `start` is the
/// first, and the automaton matches when after the last byte the state's bit is set: byte `accepting + s` is 1.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Automaton {
    /// As written.
    pub source: Box<str>,
    /// First state.
    pub start: u32,
    /// Number of states.
    pub states: u32,
    /// Number of byte classes.
    pub classes: u32,
    /// Address of the 256-byte class map.
    pub class_map: u32,
    /// Address of the transitions.
    pub table: u32,
    /// Address of one byte for each state.
    pub accepting: u32,
    /// Bytes of the pool that every text it matches begins with: a beginning of them, empty when there is none. They need
    /// not be a text of the pool and may end within a character.
    pub prefix: Handle,
}

/// A typed expression.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Expr {
    /// What it computes.
    #[serde(deserialize_with = "crate::data::reading::bounded")]
    pub kind: ExprKind,
    /// Type of its value.
    pub ty: Type,
    /// Where an error in it is reported; 0 when it cannot fail by itself.
    pub point: PointId,
}

/// The expressions.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[expect(
    missing_docs,
    reason = "what stands above a variant says what its fields are"
)]
pub enum ExprKind {
    /// A truth value.
    Bool(bool),
    /// A word: int, enum case, instant, duration.
    Int(i64),
    /// A binary64; never NaN or infinite.
    Number(f64),
    /// A decimal, money or quantity, the place of an ip.
    Wide(i128),
    /// A text of the pool, or a constant list in the pool.
    Text(Handle),
    /// The address in the pool of a constant record, option, cidr or trust vector.
    Const(u32),
    /// A constant of the rule being evaluated: at byte `offset` of [`Rule::params`].
    Param(u32),
    /// The input value at this absolute address (loaded; for a `Ref` type the address itself).
    Input(u32),
    /// A local.
    Local(LocalId),
    /// The value at byte `offset` of the record, option payload, cidr or trust vector `base` (loaded; for a `Ref` type the address).
    Field { base: Box<Expr>, offset: u32 },
    /// A prefix operator.
    Unary { op: UnaryOp, expr: Box<Expr> },
    /// An operator on two operands of the same class.
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `left AND right`; `right` is its own block.
    And(Box<Expr>, Box<Expr>),
    /// `left OR right`; `right` is its own block.
    Or(Box<Expr>, Box<Expr>),
    /// A choice; both branches are blocks of their own. A `match` is a chain of these.
    If {
        cond: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// Binds a local in `body`.
    Let {
        local: LocalId,
        value: Box<Expr>,
        body: Box<Expr>,
    },
    /// Goes on with `then` (its own block) when `cond` holds, else rejects with the message. Only in guards, but anywhere in
    /// one: a branch that only tests is the value of a `Let` whose local nobody reads.
    Check {
        cond: Box<Expr>,
        message: MessageId,
        then: Box<Expr>,
    },
    /// Rejects with the message. Only in guards, anywhere in one. Type `Never`.
    Fail { message: MessageId },
    /// Calls a user function.
    Call {
        function: FuncId,
        #[serde(deserialize_with = "crate::data::reading::list")]
        args: Vec<Expr>,
    },
    /// True when `item` (word or wide) equals an element of `list`; numbers compare as numbers (-0 equals 0). Charges [`gas::ELEMENT`](crate::data::gas::ELEMENT) for each
    /// element of the list, before searching, whether it is found early or not.
    In { item: Box<Expr>, list: Box<Expr> },
    /// A loop over a list. For each element, in order: charge [`gas::ELEMENT`](crate::data::gas::ELEMENT) plus the block of `body`
    /// as one charge, bind `var` (a word or wide is loaded, a `Ref` is the element's address), evaluate `body`. `Any` and
    /// `All` stop at the first element that decides.
    Loop {
        kind: LoopKind,
        var: LocalId,
        list: Box<Expr>,
        body: Box<Expr>,
    },
    /// A new record in the arena: byte offsets and values; the type says which record, or that it is a trust vector.
    Record {
        #[serde(deserialize_with = "crate::data::reading::list")]
        fields: Vec<(u32, Expr)>,
    },
    /// A new list in the arena.
    List {
        #[serde(deserialize_with = "crate::data::reading::list")]
        items: Vec<Expr>,
    },
    /// A new list in the arena, of the elements of two. Charges [`gas::ELEMENT`](crate::data::gas::ELEMENT) for each of its elements, before
    /// it is made.
    Joined {
        how: Joining,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// A new effect, in the arena, of which nothing comes unless it is among the effects of the decision.
    Effect {
        effect: EffectId,
        #[serde(deserialize_with = "crate::data::reading::list")]
        operands: Vec<Expr>,
    },
    /// A new option with a value, in the arena.
    Some(Box<Expr>),
    /// The option without a value: an address in the pool made of zeros is not needed, engines make it in the arena.
    NoneOf,
    /// Whether the option has a value.
    IsSome(Box<Expr>),
    /// The value of an option that has one; only where an `IsSome` has been true.
    Payload(Box<Expr>),
    /// Runs an automaton over a text. Text gas of the subject's length is charged before.
    Automaton {
        automaton: AutomatonId,
        subject: Box<Expr>,
    },
    /// Asks the host. An unknown fact goes to the default of the innermost [`Else`](Self::Else) whose value is being
    /// evaluated, calls included, or, without one, ends with `UnknownFact`; a provider's error always ends with `FactFailed`.
    Fact {
        kind: FactKind,
        #[serde(deserialize_with = "crate::data::reading::list")]
        args: Vec<Expr>,
    },
    /// `value`, or `default` (its own block) when a fact that `value` needs is unknown. What `value` was charged until then
    /// stays charged; no other error is handled.
    Else {
        value: Box<Expr>,
        default: Box<Expr>,
    },
    /// Leaf number `leaf` of the rule being evaluated. Evaluates `expr`; an explanation records its outcome, and for a
    /// leaf with a comparison its [`operands`](Expr::operands). Never within an [`Else`](Self::Else).
    Probe { leaf: u32, expr: Box<Expr> },
    /// Ends the evaluation with `NoValue`: where an option was to have a value. Type `Never`.
    NoValue,
}

/// How the elements of two lists become one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Joining {
    /// Those of the left list, then those of the right.
    Append,
    /// Records of an element of each, for the places that both have.
    Zip,
}

/// Loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum LoopKind {
    /// bool
    Any,
    /// bool
    All,
    /// int: elements for which the body is true
    Count,
    /// int, number or wide by the body's type; starts at zero; errors as addition
    Sum,
    /// Option of the body's type (int, number, wide): none for an empty list, else the first of the smallest
    Min,
    /// likewise, the first of the largest
    Max,
    /// List of the body's values, in the arena
    Map,
    /// List of the elements for which the body is true, in the arena
    Filter,
    /// Option of the first element for which the body is true, in the arena
    First,
}

/// What only the host knows. Types: arguments → answer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum FactKind {
    /// did → trust
    Trust = 0,
    /// did, pattern → bool
    HasCredential = 1,
    /// did → bool: the did resolves
    ResolveDid = 2,
    /// did → list<did, 64>
    Delegates = 3,
    /// did → attributes of the blueprint
    Blueprint = 4,
    /// attributes, attributes (of a blueprint) → bool
    ConformsTo = 5,
    /// did → int: open sessions
    ActiveSessions = 6,
    /// did, string → decimal
    Balance = 7,
    /// string, string → string<1024>: value of a key in a store
    StoreGet = 8,
    /// did → number
    Karma = 9,
    /// did, string (realm) → trust as that realm sees it, dampened
    RealmTrust = 10,
}

/// Longest answer of [`FactKind::Delegates`], in elements.
pub const DELEGATES_MAX: u32 = 64;

impl FactKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Trust,
        Self::HasCredential,
        Self::ResolveDid,
        Self::Delegates,
        Self::Blueprint,
        Self::ConformsTo,
        Self::ActiveSessions,
        Self::Balance,
        Self::StoreGet,
        Self::Karma,
        Self::RealmTrust,
    ];

    /// Name in programs, fact files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::HasCredential => "has_credential",
            Self::ResolveDid => "resolve_did",
            Self::Delegates => "delegates",
            Self::Blueprint => "blueprint",
            Self::ConformsTo => "conforms_to",
            Self::ActiveSessions => "active_sessions",
            Self::Balance => "balance",
            Self::StoreGet => "store_get",
            Self::Karma => "karma",
            Self::RealmTrust => "realm_trust",
        }
    }

    /// Type of the answer.
    #[must_use]
    pub fn answer(self) -> Type {
        match self {
            Self::Trust | Self::RealmTrust => Type::Trust,
            Self::HasCredential | Self::ResolveDid | Self::ConformsTo => Type::Bool,
            Self::Delegates => Type::List(Box::new(Type::Did), DELEGATES_MAX),
            Self::Blueprint => Type::Attributes,
            Self::ActiveSessions => Type::Int,
            Self::Balance => Type::Decimal,
            Self::StoreGet => Type::String(crate::data::types::STRING_BYTES_DEFAULT),
            Self::Karma => Type::Number,
        }
    }

    /// Number of arguments, all texts.
    #[must_use]
    pub const fn arity(self) -> usize {
        match self {
            Self::Trust
            | Self::ResolveDid
            | Self::Delegates
            | Self::Blueprint
            | Self::ActiveSessions
            | Self::Karma => 1,
            Self::HasCredential
            | Self::ConformsTo
            | Self::Balance
            | Self::StoreGet
            | Self::RealmTrust => 2,
        }
    }
}
