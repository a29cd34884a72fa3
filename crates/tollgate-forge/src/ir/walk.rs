//! Walks over the IR: visit every expression and statement, to read or to rewrite.

use super::{CallValue, Conditional, Expr, MemoryStmt, Stmt};

/// Calls `visit` for each direct part of an expression.
pub(crate) fn parts(expr: &Expr, visit: &mut dyn FnMut(Part<'_>)) {
    match expr {
        Expr::Const(_)
        | Expr::Local(_)
        | Expr::Global(_)
        | Expr::Slot(_)
        | Expr::Static(_)
        | Expr::Cell(_)
        | Expr::MemorySize => {}
        Expr::Unary(_, value)
        | Expr::Tee(_, value)
        | Expr::Load(_, value, _)
        | Expr::MemoryGrow(value) => visit(Part::Expr(value)),
        Expr::Binary(_, left, right) => {
            visit(Part::Expr(left));
            visit(Part::Expr(right));
        }
        Expr::Call(_, arguments) => arguments.iter().for_each(|a| visit(Part::Expr(a))),
        Expr::CallValue(call) => call_parts(call, visit),
        Expr::If(conditional) => {
            let Conditional {
                ty: _,
                condition,
                then,
                otherwise,
            } = conditional.as_ref();
            visit(Part::Expr(condition));
            visit(Part::Expr(then));
            visit(Part::Expr(otherwise));
        }
        Expr::Before(statements, value) => {
            visit(Part::Stmts(statements));
            visit(Part::Expr(value));
        }
        Expr::After(value, statements) => {
            visit(Part::Expr(value));
            visit(Part::Stmts(statements));
        }
    }
}

fn call_parts(call: &CallValue, visit: &mut dyn FnMut(Part<'_>)) {
    let CallValue {
        signature: _,
        arguments,
        slot,
    } = call;
    arguments.iter().for_each(|a| visit(Part::Expr(a)));
    visit(Part::Expr(slot));
}

fn call_parts_mut(call: &mut CallValue, visit: &mut dyn FnMut(PartMut<'_>)) {
    let CallValue {
        signature: _,
        arguments,
        slot,
    } = call;
    arguments.iter_mut().for_each(|a| visit(PartMut::Expr(a)));
    visit(PartMut::Expr(slot));
}

/// A part of an expression or a statement.
pub(crate) enum Part<'a> {
    Expr(&'a Expr),
    Stmts(&'a [Stmt]),
}

/// Calls `visit` for each direct part of a statement.
pub(crate) fn stmt_parts(stmt: &Stmt, visit: &mut dyn FnMut(Part<'_>)) {
    match stmt {
        Stmt::Drop(value)
        | Stmt::SetLocal(_, value)
        | Stmt::SetGlobal(_, value)
        | Stmt::BranchIf(_, value)
        | Stmt::Throw(value)
        | Stmt::Return(Some(value)) => visit(Part::Expr(value)),
        Stmt::Call(_, arguments) => arguments.iter().for_each(|a| visit(Part::Expr(a))),
        Stmt::CallValue(call) => call_parts(call, visit),
        Stmt::Memory(change) => match change.as_ref() {
            MemoryStmt::Store(_, address, value, _) => {
                visit(Part::Expr(address));
                visit(Part::Expr(value));
            }
            MemoryStmt::Copy(to, from, bytes) => {
                visit(Part::Expr(to));
                visit(Part::Expr(from));
                visit(Part::Expr(bytes));
            }
        },
        Stmt::If(condition, then, otherwise) => {
            visit(Part::Expr(condition));
            visit(Part::Stmts(then));
            visit(Part::Stmts(otherwise));
        }
        Stmt::Fault(fault) => fault.value.iter().for_each(|v| visit(Part::Expr(v))),
        Stmt::Block(_, body) | Stmt::Loop(_, body) => visit(Part::Stmts(body)),
        Stmt::Try(inner) => {
            visit(Part::Stmts(&inner.body));
            visit(Part::Stmts(inner.handler.statements()));
        }
        Stmt::Branch(_)
        | Stmt::Return(None)
        | Stmt::Unreachable
        | Stmt::Forget(_)
        | Stmt::Fresh(..) => {}
    }
}

/// What a visitor of a whole body sees, each before its parts.
pub(crate) trait Visit {
    fn expr(&mut self, _: &Expr) {}
    fn stmt(&mut self, _: &Stmt) {}
}

/// Shows a visitor all statements with everything in them.
pub(crate) fn visit_all(statements: &[Stmt], visitor: &mut dyn Visit) {
    for stmt in statements {
        visitor.stmt(stmt);
        stmt_parts(stmt, &mut |part| visit_part(part, visitor));
    }
}

/// Shows a visitor an expression with everything in it.
pub(crate) fn visit_expr(expr: &Expr, visitor: &mut dyn Visit) {
    visitor.expr(expr);
    parts(expr, &mut |part| visit_part(part, visitor));
}

fn visit_part(part: Part<'_>, visitor: &mut dyn Visit) {
    match part {
        Part::Expr(expr) => visit_expr(expr, visitor),
        Part::Stmts(statements) => visit_all(statements, visitor),
    }
}

/// Returns the number of the last label that was made for statements; 0 if there is none.
pub(crate) fn last_label(statements: &[Stmt]) -> u32 {
    struct Largest(u32);
    impl Visit for Largest {
        fn stmt(&mut self, stmt: &Stmt) {
            if let Stmt::Block(label, _) | Stmt::Loop(label, _) = stmt {
                self.0 = self.0.max(label.0);
            }
        }
    }
    let mut largest = Largest(0);
    visit_all(statements, &mut largest);
    largest.0
}

/// A part that may be changed.
pub(crate) enum PartMut<'a> {
    Expr(&'a mut Expr),
    Stmts(&'a mut Vec<Stmt>),
}

/// Calls `visit` for each direct part of an expression.
pub(crate) fn parts_mut(expr: &mut Expr, visit: &mut dyn FnMut(PartMut<'_>)) {
    match expr {
        Expr::Const(_)
        | Expr::Local(_)
        | Expr::Global(_)
        | Expr::Slot(_)
        | Expr::Static(_)
        | Expr::Cell(_)
        | Expr::MemorySize => {}
        Expr::Unary(_, value)
        | Expr::Tee(_, value)
        | Expr::Load(_, value, _)
        | Expr::MemoryGrow(value) => visit(PartMut::Expr(value)),
        Expr::Binary(_, left, right) => {
            visit(PartMut::Expr(left));
            visit(PartMut::Expr(right));
        }
        Expr::Call(_, arguments) => arguments.iter_mut().for_each(|a| visit(PartMut::Expr(a))),
        Expr::CallValue(call) => call_parts_mut(call, visit),
        Expr::If(conditional) => {
            let Conditional {
                ty: _,
                condition,
                then,
                otherwise,
            } = conditional.as_mut();
            visit(PartMut::Expr(condition));
            visit(PartMut::Expr(then));
            visit(PartMut::Expr(otherwise));
        }
        Expr::Before(statements, value) => {
            visit(PartMut::Stmts(statements));
            visit(PartMut::Expr(value));
        }
        Expr::After(value, statements) => {
            visit(PartMut::Expr(value));
            visit(PartMut::Stmts(statements));
        }
    }
}

/// Calls `visit` for each direct part of a statement.
pub(crate) fn stmt_parts_mut(stmt: &mut Stmt, visit: &mut dyn FnMut(PartMut<'_>)) {
    match stmt {
        Stmt::Drop(value)
        | Stmt::SetLocal(_, value)
        | Stmt::SetGlobal(_, value)
        | Stmt::BranchIf(_, value)
        | Stmt::Throw(value)
        | Stmt::Return(Some(value)) => visit(PartMut::Expr(value)),
        Stmt::Call(_, arguments) => arguments.iter_mut().for_each(|a| visit(PartMut::Expr(a))),
        Stmt::CallValue(call) => call_parts_mut(call, visit),
        Stmt::Memory(change) => match change.as_mut() {
            MemoryStmt::Store(_, address, value, _) => {
                visit(PartMut::Expr(address));
                visit(PartMut::Expr(value));
            }
            MemoryStmt::Copy(to, from, bytes) => {
                visit(PartMut::Expr(to));
                visit(PartMut::Expr(from));
                visit(PartMut::Expr(bytes));
            }
        },
        Stmt::If(condition, then, otherwise) => {
            visit(PartMut::Expr(condition));
            visit(PartMut::Stmts(then));
            visit(PartMut::Stmts(otherwise));
        }
        Stmt::Fault(fault) => fault.value.iter_mut().for_each(|v| visit(PartMut::Expr(v))),
        Stmt::Block(_, body) | Stmt::Loop(_, body) => visit(PartMut::Stmts(body)),
        Stmt::Try(inner) => {
            visit(PartMut::Stmts(&mut inner.body));
            visit(PartMut::Stmts(inner.handler.statements_mut()));
        }
        Stmt::Branch(_)
        | Stmt::Return(None)
        | Stmt::Unreachable
        | Stmt::Forget(_)
        | Stmt::Fresh(..) => {}
    }
}

/// What a rewriter changes, each after its parts were.
pub(crate) trait Rewrite {
    fn expr(&mut self, _: &mut Expr) {}
    /// The statements of one list; what is in them was rewritten.
    fn stmts(&mut self, _: &mut Vec<Stmt>) {}
}

/// Rewrites all statements, from the inside out.
pub(crate) fn rewrite_all(statements: &mut Vec<Stmt>, rewriter: &mut dyn Rewrite) {
    for stmt in statements.iter_mut() {
        stmt_parts_mut(stmt, &mut |part| rewrite_part(part, rewriter));
    }
    rewriter.stmts(statements);
}

/// Rewrites an expression, from the inside out.
pub(crate) fn rewrite_expr(expr: &mut Expr, rewriter: &mut dyn Rewrite) {
    parts_mut(expr, &mut |part| rewrite_part(part, rewriter));
    rewriter.expr(expr);
}

fn rewrite_part(part: PartMut<'_>, rewriter: &mut dyn Rewrite) {
    match part {
        PartMut::Expr(expr) => rewrite_expr(expr, rewriter),
        PartMut::Stmts(statements) => rewrite_all(statements, rewriter),
    }
}
