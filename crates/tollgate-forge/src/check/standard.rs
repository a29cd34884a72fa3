//! Our own functions, written in TypeScript and compiled like the rest: remainders, powers, `Math`, memory and texts.
//!
//! They are read when a program first needs one, and only those that are called are lowered.

use oxc_parser::Parser;
use oxc_span::SourceType;

use super::checker::Checker;
use super::known::entry::{FunctionEntry, State};
use super::known::file::Item;
use crate::ir;
use crate::ir::op::{Binary, Unary, Val};
use crate::ir::{Const, Expr, FuncId};

/// The text of our own functions.
const STANDARD: &str = concat!(
    include_str!("../std/number.ts"),
    include_str!("../std/exponential.ts"),
    include_str!("../std/trigonometry.ts"),
    include_str!("../std/hyperbolic.ts"),
    include_str!("../std/memory.ts"),
    include_str!("../std/text.ts"),
    include_str!("../std/utf8.ts"),
    include_str!("../std/big.ts"),
    include_str!("../std/decimal.ts"),
    include_str!("../std/radix.ts"),
    include_str!("../std/letters.ts"),
    include_str!("../std/list.ts"),
    include_str!("../std/typed.ts"),
    include_str!("../std/record.ts"),
    include_str!("../std/maybe.ts"),
    include_str!("../std/closure.ts"),
    include_str!("../std/collection.ts"),
    include_str!("../std/dictionary.ts"),
    include_str!("../std/error.ts"),
    include_str!("../std/json.ts"),
    include_str!("../std/json_read.ts"),
);

impl<'a> Checker<'a> {
    /// Calls one of our own functions.
    pub(super) fn standard_call(&mut self, name: &str, arguments: Vec<Expr>) -> Option<Expr> {
        let id = self.standard_function(name)?;
        Some(Expr::Call(id, arguments))
    }

    pub(super) fn standard_function(&mut self, name: &str) -> Option<FuncId> {
        let file = self.standard_file()?;
        let Some(Item::Function(index)) = self.file_item(file, name) else {
            self.internal(format!("there is no function `{name}` of ours"));
            return None;
        };
        self.declared(index)?;
        let entry = self.functions.get(index)?;
        let id = entry.ir;
        if entry.state == State::Waiting {
            self.wanted.insert(index);
        }
        Some(id)
    }

    /// Notes that something calls a function, if it is one of ours.
    pub(super) fn want(&mut self, index: usize) {
        let entry = self.functions.get(index);
        let ours = |entry: &FunctionEntry<'_>| Some(entry.file as usize) == self.standard;
        if entry.is_some_and(|entry| ours(entry) && entry.state == State::Waiting) {
            self.wanted.insert(index);
        }
    }

    /// The place of one of our own functions in the table, if they are there.
    pub(super) fn standard_item(&self, name: &str) -> Option<usize> {
        match self.file_item(self.standard?, name) {
            Some(Item::Function(index)) => Some(index),
            _ => None,
        }
    }

    /// One of our own variables, if they are there.
    pub(super) fn standard_global(&self, name: &str) -> Option<ir::GlobalId> {
        match self.file_item(self.standard?, name) {
            Some(Item::Global(index)) => self.globals.get(index)?.ir,
            _ => None,
        }
    }

    pub(super) fn standard_file(&mut self) -> Option<usize> {
        if let Some(file) = self.standard {
            return Some(file);
        }
        let parsed = Parser::new(self.allocator, STANDARD, SourceType::ts()).parse();
        if !parsed.diagnostics.is_empty() {
            self.internal("our own functions have a syntax error");
            return None;
        }
        let program = self.allocator.alloc(parsed.program);
        let file = self.files.len();
        self.standard = Some(file);
        self.declare_file(u32::try_from(file).ok()?, Some(program));
        // Its variables have constant values: nothing is left to run.
        self.run_file(file);
        Some(file)
    }

    /// Lowers those of our own functions that are needed by now, and says whether there were any.
    pub(super) fn lower_standard(&mut self) -> bool {
        let mut any = false;
        while let Some(index) = self.wanted.pop_first() {
            self.lower_function(index);
            any = true;
        }
        any
    }

    /// Takes a number to 32 bits as the operators on bits do.
    pub(super) fn low_bits(&mut self, value: Expr) -> Option<Expr> {
        match value {
            // What came from 32 bits goes back unchanged.
            Expr::Unary(Unary::F64ConvertI32S | Unary::F64ConvertI32U, bits) => Some(*bits),
            // Sums of two such numbers are exact.
            Expr::Binary(op @ (Binary::F64Add | Binary::F64Sub), left, right)
                if is_int32(&left) && is_int32(&right) =>
            {
                let (left, right) = (self.low_bits(*left)?, self.low_bits(*right)?);
                let op = if op == Binary::F64Add {
                    Binary::I32Add
                } else {
                    Binary::I32Sub
                };
                Some(left.binary(op, right))
            }
            Expr::Const(Const::F64(bits)) => {
                Some(Expr::i32(crate::number::to_int32(f64::from_bits(bits))))
            }
            value => self.standard_call("toInt32", vec![value]),
        }
    }

    /// Returns the function of WASI that gives random bytes, and reserves the memory that it writes them to.
    pub(super) fn random_import(&mut self) -> FuncId {
        self.module.memory.get_or_insert_default();
        if let Some(id) = self.random_import {
            return id;
        }
        let id = self.reserve("random_get".to_owned());
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            function.signature = ir::Signature {
                params: vec![Val::I32, Val::I32],
                result: Some(Val::I32),
            };
            function.kind = ir::FunctionKind::Import {
                module: "wasi_snapshot_preview1".to_owned(),
                field: "random_get".to_owned(),
            };
        }
        self.random_import = Some(id);
        id
    }
}

/// Whether a number has come from 32 bits.
fn is_int32(expr: &Expr) -> bool {
    match expr {
        Expr::Unary(Unary::F64ConvertI32S | Unary::F64ConvertI32U, _) => true,
        Expr::Const(Const::F64(bits)) => {
            let number = f64::from_bits(*bits);
            number.fract() == 0.0 && number.abs() <= 4_294_967_296.0
        }
        _ => false,
    }
}
