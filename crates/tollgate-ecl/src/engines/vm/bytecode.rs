//! The instruction set of the virtual machine: a typed stack machine with fused instructions for the shapes policies have.
//!
//! One table, `instructions!`, makes the enum, the documentation (docs/bytecode.md is generated from [`TABLE`]) and what
//! the verifier knows of stack effects. Stack cells are untyped 64-bit words; a wide (decimal, money, quantity) takes two,
//! low half first. Instructions are 16 bytes and decoded in place.
//!
//! Memory operands (`word`, `offset`) count 8-byte words; addresses on the stack count bytes. Jumps go forward, except
//! those of the `Again…` instructions, which go back to the body of their loop and always charge. A fused instruction has a `gas` operand: a charge made first.

use crate::data::gas::Gas;
use crate::data::said::Form;
use crate::ir::{Combine, Cuts, Decision, FactKind, Making};

/// No target: the operand is not used.
pub(crate) const NONE: u32 = u32::MAX;

/// Set in the `gas` operand of a `Next…` or `Again…` instruction when the rest is an index into [`Code::gases`].
pub(crate) const GAS_TABLE: u32 = 1 << 31;

/// Cells of a stack value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// One word.
    Word,
    /// Two words.
    Wide,
}

impl Kind {
    /// How many.
    #[must_use]
    pub(crate) const fn cells(self) -> u32 {
        match self {
            Self::Word => 1,
            Self::Wide => 2,
        }
    }
}

/// A comparison: the set of orderings it holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct Cmp(pub u8);

impl Cmp {
    /// `<`
    pub(crate) const LT: Self = Self(1);
    /// `==`
    pub(crate) const EQ: Self = Self(2);
    /// `<=`
    pub(crate) const LE: Self = Self(3);
    /// `>`
    pub(crate) const GT: Self = Self(4);
    /// `!=`
    pub(crate) const NE: Self = Self(5);
    /// `>=`
    pub(crate) const GE: Self = Self(6);

    /// The comparison that holds exactly when this one does not. There is no NaN, so it exists.
    #[must_use]
    pub(crate) const fn negated(self) -> Self {
        Self(self.0 ^ 7)
    }

    /// Whether it holds between two operands.
    #[inline]
    #[must_use]
    pub(crate) fn holds<T: PartialOrd + Copy>(self, left: T, right: T) -> bool {
        // 0 less, 1 equal, 2 greater: no branch on data.
        let ordering = 1 + u8::from(left > right) - u8::from(left < right);
        (self.0 >> ordering) & 1 == 1
    }
}

/// An instruction of the table, as documented and verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instruction {
    /// Name.
    pub(crate) name: &'static str,
    /// Names of the operands.
    pub(crate) operands: &'static [&'static str],
    /// What it takes off the stack, topmost last.
    pub(crate) pops: &'static [Kind],
    /// What it leaves.
    pub(crate) pushes: &'static [Kind],
    /// What it charges beyond its block, and in which layer.
    pub(crate) gas: &'static str,
    /// What it does.
    pub(crate) doc: &'static [&'static str],
}

/// A pattern of the instructions that take values and give values, and name no local, no target and nothing else that is bounded.
macro_rules! values {
    () => {
        $crate::engines::vm::bytecode::Op::Small { .. }
            | $crate::engines::vm::bytecode::Op::Param { .. }
            | $crate::engines::vm::bytecode::Op::ParamWide { .. }
            | $crate::engines::vm::bytecode::Op::ParamAddress { .. }
            | $crate::engines::vm::bytecode::Op::Field { .. }
            | $crate::engines::vm::bytecode::Op::FieldWide { .. }
            | $crate::engines::vm::bytecode::Op::FieldAddress { .. }
            | $crate::engines::vm::bytecode::Op::Not
            | $crate::engines::vm::bytecode::Op::NegInt
            | $crate::engines::vm::bytecode::Op::NegNumber
            | $crate::engines::vm::bytecode::Op::NegWide
            | $crate::engines::vm::bytecode::Op::Length
            | $crate::engines::vm::bytecode::Op::IntToDecimal
            | $crate::engines::vm::bytecode::Op::IntToNumber
            | $crate::engines::vm::bytecode::Op::DecimalToNumber
            | $crate::engines::vm::bytecode::Op::NumberToDecimal
            | $crate::engines::vm::bytecode::Op::DecimalToInt
            | $crate::engines::vm::bytecode::Op::TrustNorm
            | $crate::engines::vm::bytecode::Op::Read { .. }
            | $crate::engines::vm::bytecode::Op::Characters
            | $crate::engines::vm::bytecode::Op::Make { .. }
            | $crate::engines::vm::bytecode::Op::Split { .. }
            | $crate::engines::vm::bytecode::Op::EqText
            | $crate::engines::vm::bytecode::Op::NeText
            | $crate::engines::vm::bytecode::Op::InTexts
            | $crate::engines::vm::bytecode::Op::AddInt
            | $crate::engines::vm::bytecode::Op::SubInt
            | $crate::engines::vm::bytecode::Op::MulInt
            | $crate::engines::vm::bytecode::Op::DivInt
            | $crate::engines::vm::bytecode::Op::RemInt
            | $crate::engines::vm::bytecode::Op::AddNumber
            | $crate::engines::vm::bytecode::Op::SubNumber
            | $crate::engines::vm::bytecode::Op::MulNumber
            | $crate::engines::vm::bytecode::Op::DivNumber
            | $crate::engines::vm::bytecode::Op::AddWide
            | $crate::engines::vm::bytecode::Op::SubWide
            | $crate::engines::vm::bytecode::Op::MulWide
            | $crate::engines::vm::bytecode::Op::DivWide
            | $crate::engines::vm::bytecode::Op::EqWord
            | $crate::engines::vm::bytecode::Op::NeWord
            | $crate::engines::vm::bytecode::Op::LtInt
            | $crate::engines::vm::bytecode::Op::LeInt
            | $crate::engines::vm::bytecode::Op::GtInt
            | $crate::engines::vm::bytecode::Op::GeInt
            | $crate::engines::vm::bytecode::Op::EqNumber
            | $crate::engines::vm::bytecode::Op::NeNumber
            | $crate::engines::vm::bytecode::Op::LtNumber
            | $crate::engines::vm::bytecode::Op::LeNumber
            | $crate::engines::vm::bytecode::Op::GtNumber
            | $crate::engines::vm::bytecode::Op::GeNumber
            | $crate::engines::vm::bytecode::Op::EqWide
            | $crate::engines::vm::bytecode::Op::NeWide
            | $crate::engines::vm::bytecode::Op::LtWide
            | $crate::engines::vm::bytecode::Op::LeWide
            | $crate::engines::vm::bytecode::Op::GtWide
            | $crate::engines::vm::bytecode::Op::GeWide
            | $crate::engines::vm::bytecode::Op::StartsWith
            | $crate::engines::vm::bytecode::Op::EndsWith
            | $crate::engines::vm::bytecode::Op::Contains
            | $crate::engines::vm::bytecode::Op::DidMatch
            | $crate::engines::vm::bytecode::Op::MinInt
            | $crate::engines::vm::bytecode::Op::MaxInt
            | $crate::engines::vm::bytecode::Op::MinNumber
            | $crate::engines::vm::bytecode::Op::MaxNumber
            | $crate::engines::vm::bytecode::Op::MinWide
            | $crate::engines::vm::bytecode::Op::MaxWide
            | $crate::engines::vm::bytecode::Op::TrustChain
            | $crate::engines::vm::bytecode::Op::TrustCombine
            | $crate::engines::vm::bytecode::Op::TrustDistance
            | $crate::engines::vm::bytecode::Op::GlobMatch
            | $crate::engines::vm::bytecode::Op::IpInCidr
            | $crate::engines::vm::bytecode::Op::CidrInCidr
            | $crate::engines::vm::bytecode::Op::IpInCidrs
            | $crate::engines::vm::bytecode::Op::InWord
            | $crate::engines::vm::bytecode::Op::InNumber
            | $crate::engines::vm::bytecode::Op::InWide
            | $crate::engines::vm::bytecode::Op::Alloc { .. }
            | $crate::engines::vm::bytecode::Op::StoreWord { .. }
            | $crate::engines::vm::bytecode::Op::StoreWide { .. }
            | $crate::engines::vm::bytecode::Op::StoreRef { .. }
            | $crate::engines::vm::bytecode::Op::MakeList { .. }
            | $crate::engines::vm::bytecode::Op::AllocLike { .. }
            | $crate::engines::vm::bytecode::Op::Append { .. }
            | $crate::engines::vm::bytecode::Op::Zip { .. }
            | $crate::engines::vm::bytecode::Op::Charge { .. }
            | $crate::engines::vm::bytecode::Op::NoValue
            | $crate::engines::vm::bytecode::Op::Leaf
            | $crate::engines::vm::bytecode::Op::Handled
    };
}
pub(crate) use values;

macro_rules! instructions {
    ($( $(#[doc = $doc:literal])+ $name:ident $({ $($field:ident: $ty:ty),+ })? [$($pop:ident)*] [$($push:ident)*] $gas:literal; )+) => {
        /// One instruction. `[pops] [pushes]` of each are in [`TABLE`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub(crate) enum Op {
            $( $(#[doc = $doc])+ $name $({ $($field: $ty),+ })?, )+
        }

        /// Every instruction, in the order of their numbers.
        pub(crate) const TABLE: &[Instruction] = &[
            $( Instruction {
                name: stringify!($name),
                operands: &[$($(stringify!($field)),+)?],
                pops: &[$(Kind::$pop),*],
                pushes: &[$(Kind::$push),*],
                gas: $gas,
                doc: &[$($doc),+],
            }, )+
        ];

        #[derive(Clone, Copy)]
        #[expect(clippy::enum_variant_names, reason = "the variants are named after the instructions")]
        enum Number { $( $name, )+ }

        impl Op {
            /// Index into [`TABLE`].
            #[must_use]
            pub(crate) const fn number(&self) -> usize {
                match self { $( Self::$name { .. } => Number::$name as usize, )+ }
            }

            /// Its entry in [`TABLE`].
            #[must_use]
            pub(crate) fn instruction(&self) -> &'static Instruction {
                const EMPTY: &Instruction = &Instruction { name: "?", operands: &[], pops: &[], pushes: &[], gas: "", doc: &[] };
                TABLE.get(self.number()).unwrap_or(EMPTY)
            }
        }
    };
}

instructions! {
    // Values.
    /// Pushes word `k` of the constants.
    Const { k: u32 } [] [Word] "";
    /// Pushes a small int, sign-extended.
    Small { value: i32 } [] [Word] "";
    /// Pushes wide `k` of the constants.
    ConstWide { k: u32 } [] [Wide] "";
    /// Pushes the word at `offset` of the constants of the current rule.
    Param { offset: u32 } [] [Word] "";
    /// Pushes the wide at `offset` of the constants of the current rule.
    ParamWide { offset: u32 } [] [Wide] "";
    /// Pushes the address of `offset` in the constants of the current rule.
    ParamAddress { offset: u32 } [] [Word] "";
    /// Pushes the word at `word` of memory.
    Input { word: u32 } [] [Word] "";
    /// Pushes the wide at `word` of memory.
    InputWide { word: u32 } [] [Wide] "";
    /// Pushes the local at `slot`.
    Local { slot: u16 } [] [Word] "";
    /// Pushes the local at `slot` and the cell after it.
    LocalWide { slot: u16 } [] [Wide] "";
    /// Stores into the local at `slot`.
    SetLocal { slot: u16 } [Word] [] "";
    /// Stores into the local at `slot` and the cell after it.
    SetLocalWide { slot: u16 } [Wide] [] "";
    /// Replaces an address by the word `offset` words behind it.
    Field { offset: u32 } [Word] [Word] "";
    /// Replaces an address by the wide `offset` words behind it.
    FieldWide { offset: u32 } [Word] [Wide] "";
    /// Adds `offset` words to an address.
    FieldAddress { offset: u32 } [Word] [Word] "";
    /// Pushes the word `offset` words behind the address in local `slot`.
    LocalField { slot: u16, offset: u32 } [] [Word] "";
    /// Pushes the wide `offset` words behind the address in local `slot`.
    LocalFieldWide { slot: u16, offset: u32 } [] [Wide] "";

    // One operand.
    /// bool → its negation.
    Not [Word] [Word] "";
    /// int → −int; fails with overflow.
    NegInt [Word] [Word] "";
    /// number → −number.
    NegNumber [Word] [Word] "";
    /// wide → −wide; fails with overflow.
    NegWide [Wide] [Wide] "";
    /// Handle → the length in its low half.
    Length [Word] [Word] "";
    /// int → decimal.
    IntToDecimal [Word] [Wide] "";
    /// int → number.
    IntToNumber [Word] [Word] "";
    /// decimal → number, nearest even.
    DecimalToNumber [Wide] [Word] "";
    /// number → decimal, nearest even; fails with overflow.
    NumberToDecimal [Word] [Wide] "";
    /// decimal → int towards zero; fails with overflow.
    DecimalToInt [Wide] [Word] "";
    /// Address of a trust vector → its mean.
    TrustNorm [Word] [Word] "";

    // Two operands.
    /// int + int; fails with overflow.
    AddInt [Word Word] [Word] "";
    /// int − int; fails with overflow.
    SubInt [Word Word] [Word] "";
    /// int × int; fails with overflow.
    MulInt [Word Word] [Word] "";
    /// int ÷ int towards zero; fails with division by zero or overflow.
    DivInt [Word Word] [Word] "";
    /// Remainder with the sign of the dividend; fails with division by zero or overflow.
    RemInt [Word Word] [Word] "";
    /// number + number; fails when not finite.
    AddNumber [Word Word] [Word] "";
    /// number − number; fails when not finite.
    SubNumber [Word Word] [Word] "";
    /// number × number; fails when not finite.
    MulNumber [Word Word] [Word] "";
    /// number ÷ number; fails with division by zero or when not finite.
    DivNumber [Word Word] [Word] "";
    /// wide + wide; fails with overflow.
    AddWide [Wide Wide] [Wide] "";
    /// wide − wide; fails with overflow.
    SubWide [Wide Wide] [Wide] "";
    /// Scaled product over 256 bits, half to even; fails with overflow.
    MulWide [Wide Wide] [Wide] "";
    /// Scaled quotient over 256 bits, half to even; fails with division by zero or overflow.
    DivWide [Wide Wide] [Wide] "";
    /// Equal words (int, bool, enum, interned text, instant, duration).
    EqWord [Word Word] [Word] "";
    /// Different words.
    NeWord [Word Word] [Word] "";
    /// Signed <.
    LtInt [Word Word] [Word] "";
    /// Signed <=.
    LeInt [Word Word] [Word] "";
    /// Signed >.
    GtInt [Word Word] [Word] "";
    /// Signed >=.
    GeInt [Word Word] [Word] "";
    /// number ==; −0 equals 0.
    EqNumber [Word Word] [Word] "";
    /// number !=.
    NeNumber [Word Word] [Word] "";
    /// number <.
    LtNumber [Word Word] [Word] "";
    /// number <=.
    LeNumber [Word Word] [Word] "";
    /// number >.
    GtNumber [Word Word] [Word] "";
    /// number >=.
    GeNumber [Word Word] [Word] "";
    /// wide ==.
    EqWide [Wide Wide] [Word] "";
    /// wide !=.
    NeWide [Wide Wide] [Word] "";
    /// wide <.
    LtWide [Wide Wide] [Word] "";
    /// wide <=.
    LeWide [Wide Wide] [Word] "";
    /// wide >.
    GtWide [Wide Wide] [Word] "";
    /// wide >=.
    GeWide [Wide Wide] [Word] "";
    /// Text starts with text.
    StartsWith [Word Word] [Word] "1 per 32 bytes of the right text, compute";
    /// Text ends with text.
    EndsWith [Word Word] [Word] "1 per 32 bytes of the right text, compute";
    /// Text contains text; linear time.
    Contains [Word Word] [Word] "1 per 32 bytes of the left text, compute";
    /// Did against did pattern.
    DidMatch [Word Word] [Word] "1 per 32 bytes of the left text, compute";
    /// The smaller int.
    MinInt [Word Word] [Word] "";
    /// The larger int.
    MaxInt [Word Word] [Word] "";
    /// The smaller number.
    MinNumber [Word Word] [Word] "";
    /// The larger number.
    MaxNumber [Word Word] [Word] "";
    /// The smaller wide.
    MinWide [Wide Wide] [Wide] "";
    /// The larger wide.
    MaxWide [Wide Wide] [Wide] "";
    /// Addresses of trust vectors → address of the componentwise weaker one.
    TrustChain [Word Word] [Word] "";
    /// Addresses of trust vectors → address of a + b − a·b.
    TrustCombine [Word Word] [Word] "";
    /// Addresses of trust vectors → root mean square of the differences.
    TrustDistance [Word Word] [Word] "";
    /// Whether the word is in the list on top.
    InWord [Word Word] [Word] "1 per element, compute, before searching";
    /// Whether the number is in the list on top; −0 equals 0.
    InNumber [Word Word] [Word] "1 per element, compute, before searching";
    /// Whether the wide is in the list on top.
    InWide [Wide Word] [Word] "1 per element, compute, before searching";
    /// Runs automaton `automaton` over the text.
    Automaton { automaton: u32 } [Word] [Word] "1 per 32 bytes of the text, compute";

    // Memory of the arena.
    /// Pushes the address of `words` zeroed words of the arena.
    Alloc { words: u32 } [] [Word] "";
    /// Takes a word and stores it `offset` words behind the address below it, which stays.
    StoreWord { offset: u32 } [Word Word] [Word] "";
    /// Takes a wide and stores it `offset` words behind the address below it, which stays.
    StoreWide { offset: u32 } [Word Wide] [Word] "";
    /// Takes an address and copies `words` words from it to `offset` words behind the address below it, which stays.
    StoreRef { offset: u32, words: u32 } [Word Word] [Word] "";
    /// Replaces an address by the handle of `count` elements there.
    MakeList { count: u32 } [Word] [Word] "";
    /// Replaces a list by the address of room for as many elements of `stride` words.
    AllocLike { stride: u32 } [Word] [Word] "";
    /// Two lists of elements of `stride` words → the list of the elements of both.
    Append { stride: u32 } [Word Word] [Word] "1 per element of both, compute, before";
    /// Two lists → the list of their pairs, of `left` and `right` words, for the places that both have.
    Zip { left: u32, right: u32 } [Word Word] [Word] "1 per pair, compute, before";
    /// Stores a word at the address in local `slot` and moves that on.
    AppendWord { slot: u16 } [Word] [] "";
    /// Stores a wide at the address in local `slot` and moves that on.
    AppendWide { slot: u16 } [Wide] [] "";
    /// Copies `words` words from an address to the address in local `slot` and moves that on.
    AppendRef { slot: u16, words: u32 } [Word] [] "";
    /// Pushes the handle of the elements of `stride` words between the addresses in locals `slot` and `end`.
    FinishList { slot: u16, end: u16, stride: u32 } [] [Word] "";

    // Control.
    /// Charges `amount` in the compute layer.
    Charge { amount: u32 } [] [] "`amount`, compute";
    /// Charges entry `k` of the gas table, in all its layers.
    ChargeGas { k: u32 } [] [] "the entry, all layers";
    /// Goes on at `target`.
    Jump { target: u32 } [] [] "";
    /// Goes on at `target` when the word is 1.
    JumpIf { target: u32 } [Word] [] "";
    /// Goes on at `target` when the word is 0.
    JumpUnless { target: u32 } [Word] [] "";
    /// Calls function `function`; its arguments are on the stack. Back without a result: like `Trust`.
    Call { function: u32, unknown: u32, drop: u16 } [] [] "";
    /// Returns a word.
    Return [Word] [] "";
    /// Returns a wide.
    ReturnWide [Wide] [] "";
    /// Returns without a result, because a fact is unknown. A call without `unknown` ends with the error of the fact.
    ReturnUnknown [] [] "";
    /// Takes a list; locals `slot` and `slot + 1` become its first address and its end.
    LoopStart { slot: u16, stride: u16 } [Word] [] "";
    /// Next word of the loop at `slot` into local `var`, or on to `exit`.
    NextWord { slot: u16, var: u16, gas: u32, exit: u32 } [] [] "1 and the block of the body, when there is an element";
    /// Next wide of the loop at `slot` into local `var`, or on to `exit`.
    NextWide { slot: u16, var: u16, gas: u32, exit: u32 } [] [] "1 and the block of the body, when there is an element";
    /// Address of the next element, of `stride` words, into local `var`, or on to `exit`.
    NextRef { slot: u16, var: u16, stride: u16, gas: u32, exit: u32 } [] [] "1 and the block of the body, when there is an element";
    /// Next word of the loop at `slot` into local `var` and back to the body at `target`, or on.
    AgainWord { slot: u16, var: u16, gas: u32, target: u32 } [] [] "like `NextWord`";
    /// Next wide of the loop at `slot` into local `var` and back to the body at `target`, or on.
    AgainWide { slot: u16, var: u16, gas: u32, target: u32 } [] [] "like `NextWide`";
    /// Address of the next element, of `stride` words, into local `var` and back to the body at `target`, or on.
    AgainRef { slot: u16, var: u16, stride: u16, gas: u32, target: u32 } [] [] "like `NextRef`";

    // Effects.
    /// Completes effect `effect` at the address on top, its operands stored: its number and what taking it costs.
    Effect { effect: u32 } [Word] [Word] "";

    // Facts.
    /// Did → address of its trust vector. Unknown: drops `drop` more cells and goes on at `unknown`, or an error without it.
    Trust { unknown: u32, drop: u16 } [Word] [Word] "";
    /// Subject, pattern → bool. Unknown: like `Trust`.
    HasCredential { unknown: u32, drop: u16 } [Word Word] [Word] "";
    /// One text → a word, by fact `fact`. Unknown: like `Trust`.
    Ask { fact: FactKind, unknown: u32, drop: u16 } [Word] [Word] "";
    /// Two texts → a word, by fact `fact`. Unknown: like `Trust`.
    AskTwo { fact: FactKind, unknown: u32, drop: u16 } [Word Word] [Word] "";
    /// Two texts → a wide, by fact `fact`. Unknown: like `Trust`.
    AskTwoWide { fact: FactKind, unknown: u32, drop: u16 } [Word Word] [Wide] "";

    // Rules and endings.
    /// Rule `rule` of group `group` decides: on to the effects of the decision.
    Decide { group: u32, rule: u32 } [] [] "";
    /// The rule just evaluated, of an `any` group or the last of an `all` group, decides.
    DecideRule [] [] "";
    /// Starts the rules of group `group`, each by its shape.
    StartRules { group: u32 } [] [] "";
    /// Takes a key, looks it up in index `index` and starts the rules of the bucket, or the bucket's own index.
    Lookup { index: u32 } [Word] [] "";
    /// Takes a key, looks for its place among the cuts of search `search` and starts the rules of the bucket, or the bucket's own index.
    Search { search: u32 } [Word] [] "";
    /// Likewise, a wide.
    SearchWide { search: u32 } [Wide] [] "";
    /// On to the next rule of the bucket, or, without one, to the end of an `any` group; an `all` group decides then.
    NextRule [] [] "";
    /// Rule `rule` of the `all` group `group` is false: on to `target`.
    Miss { group: u32, rule: u32, target: u32 } [] [] "";
    /// The rule just evaluated, of an `all` group, is false: on to the group's end.
    MissRule [] [] "";
    /// No rule of group `group` decided.
    GroupEnd { group: u32 } [] [] "";
    /// No group decided: the policy's `otherwise`.
    Otherwise [] [] "";
    /// Takes the value of entry `entry` of the effects: an effect, or options and lists of effects.
    Take { entry: u32 } [Word] [] "1 per element of a list, compute; for each effect 20 and 1 per 32 bytes of its operands, storage";
    /// Ends with the decision taken.
    Finish [] [] "";
    /// Ends a guard with the address of its output.
    Output [Word] [] "";
    /// Ends a guard with a message.
    Reject { message: u32 } [] [] "";
    /// Ends with the error `NoValue`.
    NoValue [] [] "";
    /// An explanation notes the word on top as the outcome of a condition.
    Leaf [Word] [Word] "";
    /// An explanation notes that an `else` in the condition took the place of an unknown fact.
    Handled [] [] "";

    // Fused: a charge, loads, a comparison and a jump taken when it does not hold.
    /// Goes on at `target` unless left `cmp` right, ints.
    UnlessWord { cmp: Cmp, gas: u8, target: u32 } [Word Word] [] "`gas`, compute, first";
    /// Goes on at `target` unless left `cmp` right, numbers.
    UnlessNumber { cmp: Cmp, gas: u8, target: u32 } [Word Word] [] "`gas`, compute, first";
    /// Goes on at `target` unless left `cmp` right, wides.
    UnlessWide { cmp: Cmp, gas: u8, target: u32 } [Wide Wide] [] "`gas`, compute, first";
    /// Goes on at `target` unless the word `cmp` constant `k`, ints.
    UnlessWordConst { cmp: Cmp, gas: u8, k: u32, target: u32 } [Word] [] "`gas`, compute, first";
    /// Goes on at `target` unless the word `cmp` constant `k`, numbers.
    UnlessNumberConst { cmp: Cmp, gas: u8, k: u32, target: u32 } [Word] [] "`gas`, compute, first";
    /// Goes on at `target` unless the wide `cmp` constant `k`.
    UnlessWideConst { cmp: Cmp, gas: u8, k: u32, target: u32 } [Wide] [] "`gas`, compute, first";
    /// Goes on at `target` unless the word at `word` of memory `cmp` constant `k`, ints.
    UnlessInputConst { cmp: Cmp, gas: u8, word: u32, k: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the word at `word` of memory `cmp` constant `k`, numbers.
    UnlessInputConstNumber { cmp: Cmp, gas: u8, word: u32, k: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the wide at `word` of memory `cmp` constant `k`.
    UnlessInputConstWide { cmp: Cmp, gas: u8, word: u32, k: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the words at `word` and `other` of memory compare, ints.
    UnlessInputs { cmp: Cmp, gas: u8, word: u32, other: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the words at `word` and `other` of memory compare, numbers.
    UnlessInputsNumber { cmp: Cmp, gas: u8, word: u32, other: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the wides at `word` and `other` of memory compare.
    UnlessInputsWide { cmp: Cmp, gas: u8, word: u32, other: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the word at `word` of memory compares to the rule's constant at `offset`, ints.
    UnlessInputParam { cmp: Cmp, gas: u8, word: u32, offset: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the word at `word` of memory compares to the rule's constant at `offset`, numbers.
    UnlessInputParamNumber { cmp: Cmp, gas: u8, word: u32, offset: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the wide at `word` of memory compares to the rule's constant at `offset`.
    UnlessInputParamWide { cmp: Cmp, gas: u8, word: u32, offset: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the bool at `word` of memory equals `value`.
    UnlessInput { value: u8, gas: u8, word: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless whether the word at `word` of memory is in list `k` of the constants equals `value`.
    UnlessInputIn { value: u8, gas: u8, word: u32, k: u32, target: u32 } [] [] "`gas`, then 1 per element, compute";
    /// Goes on at `target` unless whether the word at `word` of memory is in the list at `other` equals `value`.
    UnlessInputInInput { value: u8, gas: u8, word: u32, other: u32, target: u32 } [] [] "`gas`, then 1 per element, compute";
    /// Goes on at `target` unless whether constant `k` is in the list at `word` of memory equals `value`.
    UnlessConstInInput { value: u8, gas: u8, k: u32, word: u32, target: u32 } [] [] "`gas`, then 1 per element, compute";
    /// Goes on at `target` unless whether the word below is in the list on top equals `value`.
    UnlessIn { value: u8, gas: u8, target: u32 } [Word Word] [] "`gas`, then 1 per element, compute";
    /// Goes on at `target` unless whether the text at `word` of memory starts with constant `k` equals `value`.
    UnlessInputStarts { value: u8, gas: u8, word: u32, k: u32, target: u32 } [] [] "`gas`, then 1 per 32 bytes of the constant, compute";
    /// Goes on at `target` unless whether the text at `word` of memory ends with constant `k` equals `value`.
    UnlessInputEnds { value: u8, gas: u8, word: u32, k: u32, target: u32 } [] [] "`gas`, then 1 per 32 bytes of the constant, compute";
    /// Goes on at `target` unless whether the word `offset` words behind the address in local `slot` is in the list at `word` of
    /// memory equals `value`.
    UnlessFieldInInput { value: u8, gas: u8, slot: u16, offset: u16, word: u32, target: u32 } [] [] "`gas`, then 1 per element, compute";
    /// Goes on at `target` unless whether local `slot` is in the list at `word` of memory equals `value`.
    UnlessLocalInInput { value: u8, gas: u8, slot: u16, word: u32, target: u32 } [] [] "`gas`, then 1 per element, compute";
    /// Goes on at `target` unless local `slot` `cmp` constant `k`, ints.
    UnlessLocalConst { cmp: Cmp, gas: u8, slot: u16, k: u32, target: u32 } [] [] "`gas`, compute, first";
    /// Goes on at `target` unless the word `offset` words behind the address in local `slot` compares to constant `k`, ints.
    UnlessFieldConst { cmp: Cmp, gas: u8, slot: u16, offset: u16, k: u32, target: u32 } [] [] "`gas`, compute, first";

    // What came later stands at the end, so that the numbers of the others stay what they are.
    /// Text against the glob on top, in linear time; ends with the error `BadGlob` when that cannot be read.
    GlobMatch [Word Word] [Word] "1 per 32 bytes of the text, begun, for each 64 bytes of the glob, begun, compute";
    /// Whether an address is in the network at the address on top.
    IpInCidr [Wide Word] [Word] "";
    /// Whether the network at an address is in the one at the address on top.
    CidrInCidr [Word Word] [Word] "";
    /// Whether an address is in a network of the list on top.
    IpInCidrs [Wide Word] [Word] "1 per element, compute, before searching";
    /// Text → address of an option of what it says in that form.
    Read { form: Form } [Word] [Word] "1 per 32 bytes of the text, compute";
    /// Text → its characters.
    Characters [Word] [Word] "1 per 32 bytes of the text, compute";
    /// Text → new text that is made of it.
    Make { making: Making } [Word] [Word] "1 per 32 bytes of the text, compute";
    /// Text → list of at most `most` parts between separators of so many `bytes`.
    Split { separator: u64, bytes: u8, most: u32 } [Word] [Word] "1 per 32 bytes of the text, and `most`, compute, before";
    /// Texts with the same bytes.
    EqText [Word Word] [Word] "1 per 32 bytes of the shorter text, compute";
    /// Texts with other bytes.
    NeText [Word Word] [Word] "1 per 32 bytes of the shorter text, compute";
    /// Whether the text is in the list on top, by its bytes.
    InTexts [Word Word] [Word] "1, and 1 per 32 bytes of the text, per element, compute, before searching";
}

/// Flags of [`PcInfo`]: what an explanation notes at an instruction.
pub(crate) mod note {
    /// The outcome of the condition.
    pub(crate) const STATUS: u8 = 1;
    /// The operands of the comparison.
    pub(crate) const OPERANDS: u8 = 2;
    /// The outcome is the opposite of what the instruction computes.
    pub(crate) const NEGATED: u8 = 4;
    /// Only the left operand.
    pub(crate) const LEFT_ONLY: u8 = 8;
    /// The charge of the instruction belongs to its condition, not to the block the condition stands in.
    pub(crate) const OWN_CHARGE: u8 = 16;
}

/// What belongs to an instruction but is not needed to run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct PcInfo {
    /// Where an error is reported, index into the program's points.
    pub(crate) point: u32,
    /// The condition it belongs to: its number, in code that rules share counted from the rule's first; [`NONE`] for none.
    pub(crate) leaf: u32,
    /// What an explanation notes, see [`note`].
    pub(crate) notes: u8,
}

/// A function of the bytecode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct FunctionCode {
    /// First instruction.
    pub(crate) entry: u32,
    /// Cells of its arguments, the first locals.
    pub(crate) arguments: u16,
    /// Cells of all locals.
    pub(crate) locals: u16,
    /// Cells of the result, 1 or 2.
    pub(crate) result: u8,
}

/// A rule group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct GroupCode {
    /// What a hit decides.
    pub(crate) decision: Decision,
    /// How rules combine.
    pub(crate) combine: Combine,
    /// First of its rules in [`Code::rules`].
    pub(crate) rules: u32,
    /// Number of its rules.
    pub(crate) count: u32,
    /// Its first instruction.
    pub(crate) start: u32,
    /// Its `GroupEnd`.
    pub(crate) end: u32,
    /// All its rules, as a bucket of [`Code::buckets`]; [`NONE`] when its rules stand one after the other in the code.
    pub(crate) bucket: u32,
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct RuleCode {
    /// First instruction: its own, or its shape's.
    pub(crate) entry: u32,
    /// One past its last own instruction; for a shape, of the shape.
    pub(crate) end: u32,
    /// Word of memory where its constants start.
    pub(crate) params: u32,
    /// Number of its first condition, when it shares its code; else 0.
    pub(crate) leaf_base: u32,
}

/// The rules an index leaves for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Bucket {
    /// Code of its own index, or [`NONE`].
    pub(crate) nested: u32,
    /// First entry in [`Code::bucket_rules`].
    pub(crate) start: u32,
    /// One past the last.
    pub(crate) end: u32,
}

/// An index of a group.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct IndexCode {
    /// The group.
    pub(crate) group: u32,
    /// Key words and buckets, sorted by key word.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) entries: Vec<(u64, u32)>,
    /// The bucket of every other key.
    pub(crate) default: u32,
}

/// An index of a group with a bucket for each interval between cuts.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct SearchCode {
    /// The group.
    pub(crate) group: u32,
    /// The cuts.
    pub(crate) cuts: Cuts,
    /// The bucket of the first interval; those of the others follow it.
    pub(crate) first: u32,
}

/// How the size of an effect's operands is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct EffectCode {
    /// Words of the effect that are texts, whose lengths count; 0 for none.
    pub(crate) texts: [u32; 2],
    /// Bytes of the other operands.
    pub(crate) bytes: u32,
}

/// The bytecode of a program.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Code {
    /// Instructions.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) ops: Vec<Op>,
    /// One entry for each instruction.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) infos: Vec<PcInfo>,
    /// Constant words.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) consts: Vec<u64>,
    /// Constant wides.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) wides: Vec<i128>,
    /// Charges in more than the compute layer.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) gases: Vec<Gas>,
    /// Functions.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) functions: Vec<FunctionCode>,
    /// Rule groups.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) groups: Vec<GroupCode>,
    /// Rules of all groups.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) rules: Vec<RuleCode>,
    /// Indexes of all groups.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) indexes: Vec<IndexCode>,
    /// Indexes by cuts of all groups.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) searches: Vec<SearchCode>,
    /// Buckets of all indexes.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) buckets: Vec<Bucket>,
    /// Rule numbers of the buckets.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) bucket_rules: Vec<u32>,
    /// Effects of the program.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub(crate) effects: Vec<EffectCode>,
    /// Where the effects of accept, reject and escalate start.
    pub(crate) effect_entries: [u32; 3],
    /// Cells of the locals of the body.
    pub(crate) locals: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_is_sixteen_bytes() {
        assert_eq!(size_of::<Op>(), 16);
    }

    #[test]
    fn there_are_more_than_fifty_instructions_each_documented() {
        assert!(TABLE.len() > 100);
        assert!(TABLE.iter().all(|i| !i.doc.is_empty()));
        assert_eq!(Op::Finish.instruction().name, "Finish");
    }

    #[test]
    fn a_comparison_and_its_negation_split_the_orderings() {
        for cmp in [Cmp::LT, Cmp::EQ, Cmp::LE, Cmp::GT, Cmp::NE, Cmp::GE] {
            for (left, right) in [(1, 2), (2, 2), (3, 2)] {
                assert_ne!(cmp.holds(left, right), cmp.negated().holds(left, right));
            }
        }
        assert!(Cmp::LE.holds(1, 2) && Cmp::LE.holds(2, 2));
        assert!(!Cmp::LE.holds(3, 2));
    }
}
