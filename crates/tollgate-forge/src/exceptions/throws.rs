//! Which functions an exception may leave.

use std::collections::{HashMap, HashSet};

use super::guarded::Guarded;
use crate::ir::op::Binary;
use crate::ir::walk::{Part, parts, stmt_parts};
use crate::ir::{Const, Expr, FuncId, Function, Handler, Module, Signature, Stmt};

/// The functions that an exception may leave.
#[derive(Debug, Default)]
pub(super) struct Throws {
    functions: HashSet<FuncId>,
    /// The signatures of those among them that are values.
    values: HashSet<Signature>,
}

impl Throws {
    /// Looks at a module until nothing is added.
    pub(super) fn of(module: &Module, guarded: &Guarded) -> Self {
        let mut throws = Self::default();
        let mut todo = Vec::new();
        let mut callers: HashMap<Called, Vec<FuncId>> = HashMap::new();
        for (id, function) in (0_u32..).map(FuncId).zip(&module.functions) {
            let Some(body) = function.body() else {
                continue;
            };
            let mut leaving = Leaving::of(if guarded.function(id) {
                Faults::Leave
            } else {
                Faults::End
            });
            leaving.statements(&body.statements);
            if leaving.throws {
                todo.push(id);
            }
            for called in leaving.calls {
                callers.entry(called).or_default().push(id);
            }
        }
        let values: HashSet<FuncId> = module.table.iter().copied().flatten().collect();
        while let Some(id) = todo.pop() {
            if !throws.functions.insert(id) {
                continue;
            }
            todo.extend(callers.get(&Called::Function(id)).into_iter().flatten());
            let signature = module
                .function(id)
                .map(|Function { signature, .. }| signature);
            let signature = signature.filter(|_| values.contains(&id)).cloned();
            if let Some(signature) = signature.filter(|s| throws.values.insert(s.clone())) {
                todo.extend(callers.get(&Called::Value(signature)).into_iter().flatten());
            }
        }
        throws
    }

    /// Whether an exception may leave a function.
    pub(super) fn function(&self, id: FuncId) -> bool {
        self.functions.contains(&id)
    }

    /// Whether one may leave a function of this signature that is a value.
    pub(super) fn value(&self, signature: &Signature) -> bool {
        self.values.contains(signature)
    }

    /// Whether an exception may leave the body of a `try`.
    pub(super) fn statements(&self, list: &[Stmt]) -> bool {
        let mut leaving = Leaving::of(Faults::Leave);
        leaving.statements(list);
        let throws = |called: &Called| match called {
            Called::Function(id) => self.function(*id),
            Called::Value(signature) => self.value(signature),
        };
        leaving.throws || leaving.calls.iter().any(throws)
    }
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Called {
    Function(FuncId),
    Value(Signature),
}

/// What a fault is in a piece of the IR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Faults {
    /// An exception.
    Leave,
    /// The end of the program.
    End,
}

/// What an exception may come from that leaves a piece of the IR.
#[derive(Debug)]
struct Leaving {
    throws: bool,
    calls: HashSet<Called>,
    faults: Faults,
}

impl Leaving {
    fn of(faults: Faults) -> Self {
        Self {
            throws: false,
            calls: HashSet::new(),
            faults,
        }
    }

    fn statements(&mut self, list: &[Stmt]) {
        for stmt in list {
            match stmt {
                // What is thrown in the body is caught here.
                Stmt::Try(inner) if matches!(inner.handler, Handler::Catch(..)) => {
                    self.statements(inner.handler.statements());
                    continue;
                }
                // Its faults go through `finally`.
                Stmt::Try(inner) => {
                    let around = std::mem::replace(&mut self.faults, Faults::Leave);
                    self.statements(&inner.body);
                    self.faults = around;
                    self.statements(inner.handler.statements());
                    continue;
                }
                Stmt::Throw(_) => self.throws = true,
                Stmt::Fault(_) => self.throws |= self.faults == Faults::Leave,
                Stmt::Call(id, _) => {
                    self.calls.insert(Called::Function(*id));
                }
                Stmt::CallValue(call) => {
                    self.calls.insert(Called::Value(call.signature.clone()));
                }
                _ => {}
            }
            stmt_parts(stmt, &mut |part| self.part(part));
        }
    }

    fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Expr(expr) => self.expr(expr),
            Part::Stmts(statements) => self.statements(statements),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(id, _) => {
                self.calls.insert(Called::Function(*id));
            }
            Expr::CallValue(call) => {
                self.calls.insert(Called::Value(call.signature.clone()));
            }
            Expr::Binary(op, _, right) if op.traps() => {
                self.throws |= self.faults == Faults::Leave && !divides_always(*op, right);
            }
            _ => {}
        }
        parts(expr, &mut |part| self.part(part));
    }
}

/// Whether a division has a quotient for every left operand.
pub(super) fn divides_always(op: Binary, right: &Expr) -> bool {
    let by = match right {
        Expr::Const(Const::I32(by)) => i64::from(*by),
        Expr::Const(Const::I64(by)) => *by,
        _ => return false,
    };
    by != 0 && (by != -1 || !matches!(op, Binary::I32DivS | Binary::I64DivS))
}
