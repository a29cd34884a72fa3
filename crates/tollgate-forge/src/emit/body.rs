//! Writes the statements of a function.

use std::collections::HashMap;

use wasm_encoder::{BlockType, Function as Code};

use super::Types;
use crate::ir::{
    Body, Broken, CallValue, Conditional, Const, Expr, FuncId, Label, MemoryStmt, Module, Stmt,
};

/// Writes the body of a function with its end.
pub(super) fn write(code: &mut Code, body: &Body, around: &mut Around<'_>) -> Result<(), Broken> {
    let mut writer = Writer {
        code,
        around,
        open: Vec::new(),
        broken: None,
    };
    match body.statements.split_last() {
        // The value at the end of a function is its result.
        Some((Stmt::Return(value), before)) => {
            writer.statements(before);
            if let Some(value) = value {
                writer.expr(value);
            }
        }
        _ => writer.statements(&body.statements),
    }
    writer.code.instructions().end();
    writer.broken.map_or(Ok(()), Err)
}

/// What the function is written into.
pub(super) struct Around<'m> {
    pub(super) module: &'m Module,
    pub(super) types: &'m mut Types,
    /// The places of the functions in the table.
    pub(super) slots: &'m HashMap<FuncId, i32>,
    /// Something looks into the table.
    pub(super) calls_values: bool,
}

struct Writer<'c, 'm> {
    code: &'c mut Code,
    around: &'c mut Around<'m>,
    /// What is open, the innermost last; `None` is an `if`, which nothing branches to.
    open: Vec<Option<Label>>,
    /// What was found that cannot be written. What is written all the same is thrown away.
    broken: Option<Broken>,
}

impl Writer<'_, '_> {
    fn statements(&mut self, list: &[Stmt]) {
        for stmt in list {
            self.statement(stmt);
        }
    }

    /// How many levels out a label is. One that is not open cannot be branched to.
    fn depth(&mut self, label: Label) -> u32 {
        let open = self.open.iter().rev();
        let found = (0_u32..).zip(open).find(|(_, open)| **open == Some(label));
        match found {
            Some((levels, _)) => levels,
            None => {
                self.broken = Some(Broken("a branch leads to a label that is not around it"));
                0
            }
        }
    }

    fn inside(&mut self, label: Option<Label>, body: &[Stmt]) {
        self.open.push(label);
        self.statements(body);
        self.open.pop();
    }

    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Drop(value) => {
                self.expr(value);
                self.code.instructions().drop();
            }
            Stmt::Call(id, arguments) => {
                self.exprs(arguments);
                self.code.instructions().call(id.0);
            }
            Stmt::CallValue(call) => self.call_value(call),
            Stmt::SetLocal(local, value) => {
                self.expr(value);
                self.code.instructions().local_set(local.0);
            }
            Stmt::SetGlobal(global, value) => {
                self.expr(value);
                self.code.instructions().global_set(global.0);
            }
            Stmt::If(condition, then, otherwise) => {
                self.expr(condition);
                self.code.instructions().if_(BlockType::Empty);
                self.inside(None, then);
                if !otherwise.is_empty() {
                    self.code.instructions().else_();
                    self.inside(None, otherwise);
                }
                self.code.instructions().end();
            }
            Stmt::Block(label, body) => {
                self.code.instructions().block(BlockType::Empty);
                self.inside(Some(*label), body);
                self.code.instructions().end();
            }
            Stmt::Loop(label, body) => {
                self.code.instructions().loop_(BlockType::Empty);
                self.inside(Some(*label), body);
                self.code.instructions().end();
            }
            Stmt::Branch(label) => {
                let depth = self.depth(*label);
                self.code.instructions().br(depth);
            }
            Stmt::BranchIf(label, condition) => {
                self.expr(condition);
                let depth = self.depth(*label);
                self.code.instructions().br_if(depth);
            }
            Stmt::Return(value) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.code.instructions().return_();
            }
            Stmt::Unreachable => {
                self.code.instructions().unreachable();
            }
            Stmt::Memory(change) => self.memory(change),
            Stmt::Forget(_) => {}
            Stmt::Fresh(..) => self.broken = Some(Broken("a shared variable was left over")),
            Stmt::Throw(_) | Stmt::Try(_) | Stmt::Fault(_) => {
                self.broken = Some(Broken("an exception was left over"));
            }
        }
    }

    fn memory(&mut self, change: &MemoryStmt) {
        match change {
            MemoryStmt::Store(access, address, value, offset) => {
                self.expr(address);
                self.expr(value);
                access.store(*offset, &mut self.code.instructions());
            }
            MemoryStmt::Copy(to, from, bytes) => {
                self.expr(to);
                self.expr(from);
                self.expr(bytes);
                self.code.instructions().memory_copy(0, 0);
            }
        }
    }

    fn exprs(&mut self, list: &[Expr]) {
        for expr in list {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Const(value) => self.constant(*value),
            Expr::Local(local) => {
                self.code.instructions().local_get(local.0);
            }
            Expr::Global(global) => {
                self.code.instructions().global_get(global.0);
            }
            Expr::Unary(op, value) => {
                self.expr(value);
                op.encode(&mut self.code.instructions());
            }
            Expr::Binary(op, left, right) => {
                self.expr(left);
                self.expr(right);
                op.encode(&mut self.code.instructions());
            }
            Expr::Call(id, arguments) => {
                self.exprs(arguments);
                self.code.instructions().call(id.0);
            }
            Expr::CallValue(call) => self.call_value(call),
            Expr::Slot(id) => match self.around.slots.get(id) {
                Some(slot) => {
                    self.code.instructions().i32_const(*slot);
                }
                None => self.broken = Some(Broken("a function has no place in the table")),
            },
            Expr::Static(id) => match self.around.module.statics.get(id.0 as usize) {
                Some(block) => {
                    self.code.instructions().i32_const(block.address);
                }
                None => self.broken = Some(Broken("a block of the data is not there")),
            },
            Expr::Cell(_) => self.broken = Some(Broken("a shared variable was left over")),
            Expr::Load(access, address, offset) => {
                self.expr(address);
                access.load(*offset, &mut self.code.instructions());
            }
            Expr::MemorySize => {
                self.code.instructions().memory_size(0);
            }
            Expr::MemoryGrow(pages) => {
                self.expr(pages);
                self.code.instructions().memory_grow(0);
            }
            Expr::If(conditional) => self.conditional(conditional),
            Expr::Tee(local, value) => {
                self.expr(value);
                self.code.instructions().local_tee(local.0);
            }
            Expr::Before(statements, value) => {
                self.statements(statements);
                self.expr(value);
            }
            Expr::After(value, statements) => {
                self.expr(value);
                self.statements(statements);
            }
        }
    }

    fn call_value(&mut self, call: &CallValue) {
        let CallValue {
            signature,
            arguments,
            slot,
        } = call;
        self.exprs(arguments);
        self.expr(slot);
        self.around.calls_values = true;
        let ty = self.around.types.index(signature);
        self.code.instructions().call_indirect(0, ty);
    }

    fn conditional(&mut self, conditional: &Conditional) {
        let Conditional {
            ty,
            condition,
            then,
            otherwise,
        } = conditional;
        self.expr(condition);
        self.code
            .instructions()
            .if_(BlockType::Result(ty.encoded()));
        self.open.push(None);
        self.expr(then);
        self.code.instructions().else_();
        self.expr(otherwise);
        self.open.pop();
        self.code.instructions().end();
    }

    fn constant(&mut self, value: Const) {
        let mut sink = self.code.instructions();
        match value {
            Const::I32(value) => sink.i32_const(value),
            Const::I64(value) => sink.i64_const(value),
            Const::F32(bits) => sink.f32_const(wasm_encoder::Ieee32::new(bits)),
            Const::F64(bits) => sink.f64_const(wasm_encoder::Ieee64::new(bits)),
        };
    }
}
