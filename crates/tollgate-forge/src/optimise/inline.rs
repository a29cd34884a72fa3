//! Puts small functions in the place of their calls.
//!
//! A function can be put in place if it has no `return` but one at its end. Its variables become new ones of the caller, its
//! labels too. What is put in place are the functions as they were, so recursion ends after one step.

use super::Level;
use super::simplify::{size, size_of};
use crate::ir::walk::{
    PartMut, Rewrite, Visit, last_label, parts_mut, rewrite_all, stmt_parts_mut, visit_all,
};
use crate::ir::{Body, Expr, FuncId, Function, FunctionKind, Label, Local, LocalId, Module, Stmt};
use crate::limits::{INLINED_NODES_MAX, LOCALS_MAX};

/// Nodes of a function beyond which nothing more is put into it.
const CALLER_NODES_MAX: usize = 20_000;

/// What is put in place of a call.
#[derive(Clone)]
struct Template {
    params: usize,
    locals: Vec<Local>,
    statements: Vec<Stmt>,
    value: Option<Expr>,
    labels: u32,
}

/// Nodes of a function with faults that is put in place before exceptions are lowered. Nothing is simple by then.
const FAULTING_NODES_MAX: usize = 32;

/// Puts functions in place of their calls.
pub(super) fn inline(module: &mut Module, level: Level) {
    let limit = match level {
        Level::None => return,
        Level::Size => 8,
        Level::Speed => 24,
        Level::Aggressive => 80,
    };
    let templates: Vec<Option<Template>> = (0_u32..)
        .zip(&module.functions)
        .map(|(id, function)| template(FuncId(id), function, limit))
        .collect();
    place_all(module, &templates);
}

/// Puts small functions that have faults in place of their calls, where that does not make the module larger than it may be.
pub(crate) fn faulting(module: &mut Module, level: Level) {
    match level {
        Level::None | Level::Size => return,
        Level::Speed | Level::Aggressive => {}
    }
    let templates: Vec<Option<Template>> = (0_u32..)
        .zip(&module.functions)
        .map(|(id, function)| {
            let found = template(FuncId(id), function, FAULTING_NODES_MAX);
            found.filter(|template| has_faults(&template.statements))
        })
        .collect();
    place_all(module, &templates);
}

/// Whether statements have faults, and nothing else that has to do with exceptions.
fn has_faults(statements: &[Stmt]) -> bool {
    #[derive(Default)]
    struct Found {
        faults: bool,
        others: bool,
    }
    impl Visit for Found {
        fn stmt(&mut self, stmt: &Stmt) {
            self.faults |= matches!(stmt, Stmt::Fault(_));
            self.others |= matches!(stmt, Stmt::Try(_) | Stmt::Throw(_));
        }
    }
    let mut found = Found::default();
    visit_all(statements, &mut found);
    found.faults && !found.others
}

fn place_all(module: &mut Module, templates: &[Option<Template>]) {
    let mut left = INLINED_NODES_MAX;
    for (id, function) in (0_u32..).zip(&mut module.functions) {
        let FunctionKind::Defined(body) = &mut function.kind else {
            continue;
        };
        let mut statements = std::mem::take(&mut body.statements);
        let mut inliner = Inliner {
            own: FuncId(id),
            templates,
            labels: 1 + last_label(&statements),
            nodes: size_of(&statements),
            left,
            body,
        };
        rewrite_all(&mut statements, &mut inliner);
        left = inliner.left;
        body.statements = statements;
    }
}

fn template(id: FuncId, function: &Function, limit: usize) -> Option<Template> {
    let body = function.body()?;
    // One that does not fit is not copied to see that.
    if size_of(&body.statements) > limit + 1 {
        return None;
    }
    // One that only ends the program is there for its name.
    if matches!(body.statements.as_slice(), [Stmt::Unreachable]) {
        return None;
    }
    let (last, before) = body.statements.split_last()?;
    let (statements, value) = match (last, function.signature.result) {
        (Stmt::Return(Some(value)), Some(_)) => (before.to_vec(), Some(value.clone())),
        (Stmt::Return(None), None) => (before.to_vec(), None),
        (_, None) => (body.statements.clone(), None),
        (_, Some(_)) => return None,
    };
    let nodes = size_of(&statements) + value.as_ref().map_or(0, size);
    let mut scan = Scan { id, fits: true };
    visit_all(&statements, &mut scan);
    if let Some(value) = &value {
        crate::ir::walk::visit_expr(value, &mut scan);
    }
    (scan.fits && nodes <= limit).then(|| Template {
        params: function.signature.params.len(),
        locals: body.locals.clone(),
        labels: last_label(&body.statements),
        statements,
        value,
    })
}

/// Looks for what cannot be put in place: a `return`, and a call of itself.
struct Scan {
    id: FuncId,
    fits: bool,
}

impl Visit for Scan {
    fn expr(&mut self, expr: &Expr) {
        self.fits &= !matches!(expr, Expr::Call(id, _) if *id == self.id);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.fits &= !matches!(stmt, Stmt::Return(_));
        self.fits &= !matches!(stmt, Stmt::Call(id, _) if *id == self.id);
    }
}

struct Inliner<'m> {
    own: FuncId,
    templates: &'m [Option<Template>],
    /// The next free label.
    labels: u32,
    nodes: usize,
    /// Nodes that may come on top of the program.
    left: usize,
    body: &'m mut Body,
}

impl Inliner<'_> {
    /// The statements and the value that take the place of a call.
    fn place(
        &mut self,
        id: FuncId,
        arguments: &mut Vec<Expr>,
    ) -> Option<(Vec<Stmt>, Option<Expr>)> {
        let template = self.templates.get(id.0 as usize)?.as_ref()?;
        let nodes = size_of(&template.statements)
            + template.value.as_ref().map_or(0, size)
            + template.locals.len();
        let locals = self.body.locals.len() + template.locals.len();
        if id == self.own || self.nodes + nodes > CALLER_NODES_MAX || locals > LOCALS_MAX {
            return None;
        }
        self.left = self.left.checked_sub(nodes)?;
        let template = template.clone();
        self.nodes += nodes;
        let first = u32::try_from(self.body.locals.len()).ok()?;
        self.body
            .locals
            .extend(template.locals.iter().cloned().map(|local| Local {
                unassigned: None,
                ..local
            }));
        let mut shift = Shift {
            locals: first,
            labels: self.labels,
        };
        self.labels += template.labels + 1;
        let mut statements: Vec<Stmt> = (0_u32..)
            .zip(arguments.drain(..).take(template.params))
            .map(|(at, argument)| Stmt::SetLocal(LocalId(first + at), argument))
            .collect();
        let mut inside = template.statements;
        shift.stmts(&mut inside);
        statements.extend(inside);
        let value = template.value.map(|mut value| {
            shift.expr(&mut value);
            value
        });
        Some((statements, value))
    }
}

impl Rewrite for Inliner<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        let Expr::Call(id, arguments) = expr else {
            return;
        };
        if let Some((statements, Some(value))) = self.place(*id, arguments) {
            *expr = Expr::Before(statements, Box::new(value));
        }
    }

    fn stmts(&mut self, statements: &mut Vec<Stmt>) {
        if !statements.iter().any(|s| matches!(s, Stmt::Call(..))) {
            return;
        }
        let mut out = Vec::with_capacity(statements.len());
        for mut statement in statements.drain(..) {
            if let Stmt::Call(id, arguments) = &mut statement
                && let Some((inside, _)) = self.place(*id, arguments)
            {
                out.extend(inside);
            } else {
                out.push(statement);
            }
        }
        *statements = out;
    }
}

/// Gives variables and labels new numbers.
struct Shift {
    locals: u32,
    labels: u32,
}

impl Shift {
    fn local(&self, local: &mut LocalId) {
        local.0 += self.locals;
    }

    fn label(&self, label: &mut Label) {
        label.0 += self.labels;
    }

    fn part(&mut self, part: PartMut<'_>) {
        match part {
            PartMut::Expr(expr) => self.expr(expr),
            PartMut::Stmts(statements) => self.stmts(statements),
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let Expr::Local(local) | Expr::Tee(local, _) = expr {
            self.local(local);
        }
        parts_mut(expr, &mut |part| self.part(part));
    }

    fn stmts(&mut self, statements: &mut Vec<Stmt>) {
        for statement in statements {
            match statement {
                Stmt::SetLocal(local, _) | Stmt::Forget(local) => self.local(local),
                Stmt::Block(label, _)
                | Stmt::Loop(label, _)
                | Stmt::Branch(label)
                | Stmt::BranchIf(label, _) => {
                    self.label(label);
                }
                Stmt::Drop(_)
                | Stmt::Fresh(..)
                | Stmt::Call(..)
                | Stmt::CallValue(_)
                | Stmt::SetGlobal(..)
                | Stmt::If(..)
                | Stmt::Return(_)
                | Stmt::Memory(_)
                | Stmt::Throw(_)
                | Stmt::Fault(_)
                | Stmt::Try(_)
                | Stmt::Unreachable => {}
            }
            stmt_parts_mut(statement, &mut |part| self.part(part));
        }
    }
}
