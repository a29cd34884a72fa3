//! A function of the module that evaluates ECL code, while it is written: the module it belongs to, its instructions, and
//! what its code may rely on where it stands. Each subject adds its methods in its own file: [`expr`](super::expr),
//! [`ops`](super::ops), [`loops`](super::loops) and those beside them.

use std::collections::HashMap;

use wasm_encoder::{BlockType, ValType};

use super::body::{Body, Label};
use super::emitter::{Emitter, Slot, global};
use crate::data::types::Type;
use crate::ir::Group;

/// Where [`ExprKind::Param`](crate::ir::ExprKind::Param) reads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Params {
    None,
    /// At this address of the pool: the values are constants.
    Pool(u32),
    /// At the address in this local.
    Local(u32),
}

/// Number of the first leaf of the rule being evaluated, when it is traced.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaves {
    Untraced,
    Known(u32),
    /// In this local.
    Local(u32),
}

/// Registers of the walk over the rows of a table of rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// Address of the row.
    pub(super) row: u32,
    /// Rows left, this one included.
    pub(super) left: u32,
    /// Address of the row's constants.
    pub(super) params: u32,
}

/// A group and its number in the policy.
#[derive(Clone, Copy)]
pub(super) struct Place<'g> {
    pub(super) group: &'g Group,
    pub(super) number: usize,
}

/// Where the code of a group goes on.
#[derive(Clone, Copy)]
pub(super) struct Exits {
    /// A branch here with the packed result: this group decides.
    pub(super) hit: Label,
    /// A branch here: it does not.
    pub(super) miss: Label,
}

/// Words that are copied.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// Their address, in this local.
    pub(super) from: u32,
    pub(super) count: u32,
}

/// A function that evaluates ECL code.
#[derive(Debug)]
pub(super) struct Coder<'e, 'p> {
    /// The module that gets the function.
    pub(super) emitter: &'e mut Emitter<'p>,
    pub(super) f: Body,
    /// A branch here with a packed result ends the evaluation.
    pub(super) exit: Label,
    /// A branch here goes on with the default of the innermost `else`, when a fact is unknown.
    pub(super) unknown: Option<Label>,
    /// The gas margin (i64 local).
    pub(super) margin: u32,
    /// Address of the input record (i32 local).
    pub(super) input: u32,
    pub(super) slots: HashMap<u32, Slot>,
    pub(super) params: Params,
    pub(super) leaves: Leaves,
    /// Address of the trace of the leaf being evaluated, in this local.
    pub(super) leaf: Option<u32>,
    /// Registers of the walks over tables of rules, by group.
    pub(super) rows: HashMap<usize, Rows>,
}

impl<'e, 'p> Coder<'e, 'p> {
    /// Begins the code of a function whose parameter 0 is the address of the input record. `f` has set the margin, a local.
    pub(super) fn new(emitter: &'e mut Emitter<'p>, mut f: Body, margin: u32) -> Self {
        let exit = f.block(BlockType::Result(ValType::I64));
        Self {
            emitter,
            f,
            exit,
            unknown: None,
            margin,
            input: 0,
            slots: HashMap::new(),
            params: Params::None,
            leaves: Leaves::Untraced,
            leaf: None,
            rows: HashMap::new(),
        }
    }

    /// Begins a piece: a function that takes the margin over from its caller, and gives it back in [`Coder::end_piece`].
    pub(super) fn piece(emitter: &'e mut Emitter<'p>, params: &[ValType]) -> Self {
        let mut f = emitter.body(params);
        let margin = f.local(ValType::I64);
        f.i().global_get(global::MARGIN).local_set(margin);
        Self::new(emitter, f, margin)
    }

    /// Ends a piece whose value is on the stack.
    pub(super) fn end_piece(mut self, function: u32, results: &[ValType]) {
        self.f.get(self.margin);
        self.f.i().global_set(global::MARGIN).return_();
        self.f.end();
        self.f.i().global_set(global::FAILURE);
        self.f.get(self.margin);
        self.f.i().global_set(global::MARGIN);
        for ty in results {
            match ty {
                ValType::F64 => self.f.f64(0.0),
                ValType::I32 => self.f.i32(0),
                _ => self.f.i64(0),
            }
        }
        self.emitter.define(function, self.f);
    }

    /// The place of a local of this type: wasm locals.
    pub(super) fn slot(&mut self, ty: &Type) -> Slot {
        self.emitter.slot(&mut self.f, ty)
    }
}
