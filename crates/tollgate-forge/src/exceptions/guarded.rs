//! Which functions may run inside of a `try`.

use std::collections::{HashMap, HashSet};

use crate::ir::walk::{Part, Visit, parts, stmt_parts, visit_all};
use crate::ir::{Expr, FuncId, Module, Signature, Stmt};
use crate::optimise::dead;

/// The functions to which something inside of the body of a `try` leads.
#[derive(Debug, Default)]
pub(super) struct Guarded(HashSet<FuncId>);

impl Guarded {
    pub(super) fn of(module: &Module) -> Self {
        let mut values: HashMap<&Signature, Vec<FuncId>> = HashMap::new();
        for id in module.table.iter().copied().flatten() {
            if let Some(function) = module.function(id) {
                values.entry(&function.signature).or_default().push(id);
            }
        }
        let mut calls = Calls::default();
        for id in dead::used(module) {
            if let Some(body) = module.function(id).and_then(|f| f.body()) {
                inside_of_try(&body.statements, &mut calls);
            }
        }
        let mut guarded = HashSet::new();
        let mut signatures = HashSet::new();
        loop {
            for signature in std::mem::take(&mut calls.values) {
                if let Some((known, ids)) = values.get_key_value(&signature)
                    && signatures.insert(*known)
                {
                    calls.functions.extend(ids);
                }
            }
            let Some(id) = calls.functions.pop() else {
                return Self(guarded);
            };
            if guarded.insert(id)
                && let Some(body) = module.function(id).and_then(|f| f.body())
            {
                visit_all(&body.statements, &mut calls);
            }
        }
    }

    pub(super) fn function(&self, id: FuncId) -> bool {
        self.0.contains(&id)
    }
}

/// What is called.
#[derive(Default)]
struct Calls {
    functions: Vec<FuncId>,
    values: HashSet<Signature>,
}

impl Visit for Calls {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(id, _) => self.functions.push(*id),
            Expr::CallValue(call) => {
                self.values.insert(call.signature.clone());
            }
            _ => {}
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Call(id, _) => self.functions.push(*id),
            Stmt::CallValue(call) => {
                self.values.insert(call.signature.clone());
            }
            _ => {}
        }
    }
}

/// Gathers what is called in the bodies of `try`. What stands in its `catch` or `finally` is outside of that `try`.
fn inside_of_try(statements: &[Stmt], calls: &mut Calls) {
    for stmt in statements {
        if let Stmt::Try(inner) = stmt {
            visit_all(&inner.body, calls);
        }
        stmt_parts(stmt, &mut |part| inside_of_part(part, calls));
    }
}

fn inside_of_part(part: Part<'_>, calls: &mut Calls) {
    match part {
        Part::Expr(expr) => parts(expr, &mut |part| inside_of_part(part, calls)),
        Part::Stmts(statements) => inside_of_try(statements, calls),
    }
}
