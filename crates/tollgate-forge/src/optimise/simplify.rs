//! Local rules: the same with fewer instructions.

use std::collections::HashSet;

use crate::ir::op::{Binary, Unary};
use crate::ir::walk::{Visit, parts, visit_all, visit_expr};
use crate::ir::{Const, Expr, Label, Stmt};

/// Nodes of a loop's condition that is copied to the end of the loop.
const CONDITION_NODES_MAX: usize = 16;

/// Simplifies an expression whose parts are simple.
pub(super) fn expr(expr: &mut Expr) {
    let simpler = match expr {
        Expr::Unary(Unary::I32Eqz, inner) => not(inner),
        Expr::Unary(op @ (Unary::I32Extend8S | Unary::I32Extend16S), inner) => match inner.as_mut()
        {
            Expr::Unary(same, _) if same == op => Some(take(inner)),
            _ => None,
        },
        Expr::Binary(op, left, right) => with_constant(*op, left, right),
        Expr::If(conditional) => match (&conditional.then, &conditional.otherwise) {
            (Expr::Const(Const::I32(1)), Expr::Const(Const::I32(0)))
                if is_boolean(&conditional.condition) =>
            {
                Some(take(&mut conditional.condition))
            }
            _ => None,
        },
        Expr::Before(statements, value) if statements.is_empty() => Some(take(value)),
        Expr::After(value, statements) if statements.is_empty() => Some(take(value)),
        _ => None,
    };
    if let Some(simpler) = simpler {
        *expr = simpler;
    }
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::i32(0))
}

/// The negation of a condition, where a comparison has an opposite. Those of floats have none but for equality: NaN.
fn not(inner: &mut Expr) -> Option<Expr> {
    match inner {
        Expr::Unary(Unary::I32Eqz, value) if is_boolean(value) => Some(take(value)),
        Expr::Binary(op, left, right) => {
            let op = opposite(*op)?;
            Some(take(left).binary(op, take(right)))
        }
        _ => None,
    }
}

fn opposite(op: Binary) -> Option<Binary> {
    Some(match op {
        Binary::I32Eq => Binary::I32Ne,
        Binary::I32Ne => Binary::I32Eq,
        Binary::I32LtS => Binary::I32GeS,
        Binary::I32LtU => Binary::I32GeU,
        Binary::I32GtS => Binary::I32LeS,
        Binary::I32GtU => Binary::I32LeU,
        Binary::I32LeS => Binary::I32GtS,
        Binary::I32LeU => Binary::I32GtU,
        Binary::I32GeS => Binary::I32LtS,
        Binary::I32GeU => Binary::I32LtU,
        Binary::I64Eq => Binary::I64Ne,
        Binary::I64Ne => Binary::I64Eq,
        Binary::I64LtS => Binary::I64GeS,
        Binary::I64LtU => Binary::I64GeU,
        Binary::I64GtS => Binary::I64LeS,
        Binary::I64GtU => Binary::I64LeU,
        Binary::I64LeS => Binary::I64GtS,
        Binary::I64LeU => Binary::I64GtU,
        Binary::I64GeS => Binary::I64LtS,
        Binary::I64GeU => Binary::I64LtU,
        Binary::F32Eq => Binary::F32Ne,
        Binary::F32Ne => Binary::F32Eq,
        Binary::F64Eq => Binary::F64Ne,
        Binary::F64Ne => Binary::F64Eq,
        _ => return None,
    })
}

/// Whether a value is 0 or 1: what comparisons give.
fn is_boolean(expr: &Expr) -> bool {
    match expr {
        Expr::Const(Const::I32(0 | 1)) | Expr::Unary(Unary::I32Eqz, _) => true,
        Expr::Binary(op, _, _) => {
            opposite(*op).is_some()
                || matches!(
                    op,
                    Binary::F32Lt
                        | Binary::F32Gt
                        | Binary::F32Le
                        | Binary::F32Ge
                        | Binary::F64Lt
                        | Binary::F64Gt
                        | Binary::F64Le
                        | Binary::F64Ge
                )
        }
        _ => false,
    }
}

/// Operations that a constant on the right leaves without work. Floats are not among them: `x + 0` turns -0 into 0.
fn with_constant(op: Binary, left: &mut Expr, right: &Expr) -> Option<Expr> {
    let neutral = match (op, right) {
        (
            Binary::I32Add
            | Binary::I32Sub
            | Binary::I32Or
            | Binary::I32Xor
            | Binary::I32Shl
            | Binary::I32ShrS
            | Binary::I32ShrU,
            Expr::Const(Const::I32(0)),
        )
        | (
            Binary::I64Add
            | Binary::I64Sub
            | Binary::I64Or
            | Binary::I64Xor
            | Binary::I64Shl
            | Binary::I64ShrS
            | Binary::I64ShrU,
            Expr::Const(Const::I64(0)),
        )
        | (Binary::I32Mul | Binary::I32DivS | Binary::I32DivU, Expr::Const(Const::I32(1)))
        | (Binary::I64Mul | Binary::I64DivS | Binary::I64DivU, Expr::Const(Const::I64(1)))
        | (Binary::I32And, Expr::Const(Const::I32(-1)))
        | (Binary::I64And, Expr::Const(Const::I64(-1))) => true,
        // A boolean that is compared with nothing is itself.
        (Binary::I32Ne, Expr::Const(Const::I32(0))) => is_boolean(left),
        // The same mask twice.
        (Binary::I32And, Expr::Const(mask)) => {
            matches!(left, Expr::Binary(Binary::I32And, _, same) if **same == Expr::Const(*mask))
        }
        _ => false,
    };
    neutral.then(|| take(left))
}

/// Whether an expression does nothing but compute, and can be left out.
pub(super) fn is_pure(expr: &Expr) -> bool {
    let own = match expr {
        Expr::Call(..) | Expr::CallValue(_) | Expr::Tee(..) | Expr::MemoryGrow(_) => false,
        Expr::Binary(op, _, _) => !op.traps(),
        Expr::Before(statements, _) | Expr::After(_, statements) => statements.is_empty(),
        Expr::Const(_)
        | Expr::Local(_)
        | Expr::Global(_)
        // Our own addresses are in memory; one from outside that is not is looked at first.
        | Expr::Load(..)
        | Expr::MemorySize
        | Expr::Slot(_)
        | Expr::Static(_)
        | Expr::Cell(_)
        | Expr::Unary(..)
        | Expr::If(_) => true,
    };
    let mut pure = own;
    if own {
        parts(expr, &mut |part| {
            if let crate::ir::walk::Part::Expr(expr) = part {
                pure = pure && is_pure(expr);
            }
        });
    }
    pure
}

/// Where a loop asks whether it goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Loops {
    /// Where the program asks.
    AsWritten,
    /// Once before it and then at its end: a branch less in each round, and more code.
    AskAtEnd,
}

/// Simplifies a list of statements whose parts are simple.
pub(super) fn stmts(statements: &mut Vec<Stmt>, loops: Loops) {
    let mut out = Vec::with_capacity(statements.len());
    for statement in statements.drain(..) {
        let ends = one(statement, &mut out, loops);
        if ends {
            break;
        }
    }
    *statements = out;
}

/// Adds a statement, simpler if it can be; says whether nothing after it is reached.
fn one(statement: Stmt, out: &mut Vec<Stmt>, loops: Loops) -> bool {
    match statement {
        Stmt::Drop(value) if is_pure(&value) => false,
        Stmt::Drop(Expr::Before(before, value)) => {
            for statement in before {
                if one(statement, out, loops) {
                    return true;
                }
            }
            one(Stmt::Drop(*value), out, loops)
        }
        Stmt::If(Expr::Const(Const::I32(condition)), then, otherwise) => {
            let chosen = if condition != 0 { then } else { otherwise };
            chosen
                .into_iter()
                .any(|statement| one(statement, out, loops))
        }
        Stmt::If(condition, then, otherwise) if then.is_empty() && otherwise.is_empty() => {
            one(Stmt::Drop(condition), out, loops)
        }
        Stmt::If(Expr::Unary(Unary::I32Eqz, condition), then, otherwise)
            if !otherwise.is_empty() =>
        {
            out.push(Stmt::If(*condition, otherwise, then));
            false
        }
        Stmt::BranchIf(label, Expr::Const(Const::I32(condition))) => {
            if condition != 0 {
                out.push(Stmt::Branch(label));
            }
            condition != 0
        }
        Stmt::Block(label, body) => block(label, body, out, loops),
        Stmt::Branch(_) | Stmt::Return(_) | Stmt::Throw(_) | Stmt::Fault(_) | Stmt::Unreachable => {
            out.push(statement);
            true
        }
        Stmt::Drop(_)
        | Stmt::Call(..)
        | Stmt::CallValue(_)
        | Stmt::Fresh(..)
        | Stmt::SetLocal(..)
        | Stmt::SetGlobal(..)
        | Stmt::If(..)
        | Stmt::Loop(..)
        | Stmt::BranchIf(..)
        | Stmt::Memory(_)
        | Stmt::Try(_)
        | Stmt::Forget(_) => {
            out.push(statement);
            false
        }
    }
}

fn block(label: Label, mut body: Vec<Stmt>, out: &mut Vec<Stmt>, loops: Loops) -> bool {
    if loops == Loops::AskAtEnd {
        rotate_loop(label, &mut body);
    }
    if !branches(&body).contains(&label) {
        return body.into_iter().any(|statement| one(statement, out, loops));
    }
    out.push(Stmt::Block(label, body));
    false
}

/// A loop that asks at its beginning asks once before it and then at its end, which saves a branch in each round.
fn rotate_loop(leave: Label, body: &mut Vec<Stmt>) {
    let [Stmt::Loop(again, inside)] = body.as_mut_slice() else {
        return;
    };
    let again = *again;
    let (Some(Stmt::BranchIf(to, condition)), Some(Stmt::Branch(back))) =
        (inside.first(), inside.last())
    else {
        return;
    };
    if *to != leave || *back != again || inside.len() < 2 || size(condition) > CONDITION_NODES_MAX {
        return;
    }
    let leaves = condition.clone();
    let mut stays = leaves.clone().unary(Unary::I32Eqz);
    expr(&mut stays);
    let last = inside.len() - 1;
    inside.truncate(last);
    inside.remove(0);
    inside.push(Stmt::BranchIf(again, stays));
    body.insert(0, Stmt::BranchIf(leave, leaves));
}

/// Counts the nodes of an expression.
pub(super) fn size(expr: &Expr) -> usize {
    let mut count = Count(0);
    visit_expr(expr, &mut count);
    count.0
}

/// Counts the nodes of statements.
pub(super) fn size_of(statements: &[Stmt]) -> usize {
    let mut count = Count(0);
    visit_all(statements, &mut count);
    count.0
}

struct Count(usize);

impl Visit for Count {
    fn expr(&mut self, _: &Expr) {
        self.0 += 1;
    }

    fn stmt(&mut self, _: &Stmt) {
        self.0 += 1;
    }
}

/// The labels that statements branch to.
fn branches(statements: &[Stmt]) -> HashSet<Label> {
    struct Labels(HashSet<Label>);
    impl Visit for Labels {
        fn stmt(&mut self, stmt: &Stmt) {
            match stmt {
                Stmt::Branch(label) | Stmt::BranchIf(label, _) => {
                    self.0.insert(*label);
                }
                _ => {}
            }
        }
    }
    let mut labels = Labels(HashSet::new());
    visit_all(statements, &mut labels);
    labels.0
}
