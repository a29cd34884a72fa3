//! Definite assignment: a variable that is declared without a value is assigned on every path before it is read.
//!
//! A walk over structured statements with the set of variables that may lack a value. Where paths meet, a variable lacks one
//! if it does on some of them.

use std::collections::{BTreeSet, HashMap};

use super::checker::Checker;
use super::report::error;
use crate::codes::types as codes;
use crate::ir::{
    Body, CallValue, Conditional, Expr, Fresh, Handler, Label, LocalId, MemoryStmt, Sharing, Stmt,
    Try,
};

/// The variables that may lack a value; `None` where no path leads.
type Lacking = Option<Set>;

/// Variables of a function, a bit for each: sets are copied at each branch.
#[derive(Debug, Clone, Default)]
struct Set(Vec<u64>);

impl Set {
    fn of(locals: impl Iterator<Item = LocalId>) -> Self {
        let mut set = Self::default();
        locals.for_each(|local| set.insert(local));
        set
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|bits| *bits == 0)
    }

    fn list(&self) -> impl Iterator<Item = LocalId> {
        let words = (0_u32..).zip(&self.0);
        words.flat_map(|(word, bits)| {
            let set = (0..64).filter(move |bit| bits >> bit & 1 != 0);
            set.map(move |bit| LocalId(word * 64 + bit))
        })
    }

    fn place(local: LocalId) -> (usize, u64) {
        (local.0 as usize / 64, 1 << (local.0 % 64))
    }

    fn contains(&self, local: LocalId) -> bool {
        let (word, bit) = Self::place(local);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn insert(&mut self, local: LocalId) {
        let (word, bit) = Self::place(local);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= bit;
        }
    }

    fn remove(&mut self, local: LocalId) {
        let (word, bit) = Self::place(local);
        if let Some(bits) = self.0.get_mut(word) {
            *bits &= !bit;
        }
    }

    fn keep(&mut self, other: &Self) {
        for (at, bits) in self.0.iter_mut().enumerate() {
            *bits &= other.0.get(at).copied().unwrap_or(0);
        }
    }

    fn add(&mut self, other: &Self) {
        if other.0.len() > self.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            *bits |= more;
        }
    }
}

impl Checker<'_> {
    /// Reports variables that may be read without a value.
    pub(super) fn find_unassigned(&mut self) {
        let mut found = Vec::new();
        for function in &self.module.functions {
            let Some(body) = function.body() else {
                continue;
            };
            for local in unassigned(body) {
                let declared = body.locals.get(local.0 as usize);
                let place =
                    declared.and_then(|local| Some((local.name.clone()?, local.unassigned?)));
                found.extend(place);
            }
        }
        for (name, span) in found {
            self.report(
                error(
                    codes::UNASSIGNED,
                    format!("`{name}` may be read before it has a value"),
                )
                .at(
                    span,
                    "declared without one, or where it is not always reached",
                )
                .help("give it a value where it is declared: `= 0`"),
            );
        }
    }
}

/// Returns the variables of a body that may be read without a value.
fn unassigned(body: &Body) -> Vec<LocalId> {
    let mut walk = Walk::of(body);
    if walk.lacking.as_ref().is_none_or(Set::is_empty) {
        return Vec::new();
    }
    walk.statements(&body.statements);
    walk.found.list().collect()
}

/// A walk over a body.
pub(super) struct Walk {
    lacking: Lacking,
    /// What lacks a value on the branches to each label.
    targets: HashMap<Label, Lacking>,
    found: Set,
    /// Of these an inner function gets something before they may have a value.
    pub(super) given_early: BTreeSet<LocalId>,
}

fn meet(a: Lacking, b: Lacking) -> Lacking {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.add(&b);
            Some(a)
        }
        (one, None) | (None, one) => one,
    }
}

impl Walk {
    pub(super) fn of(body: &Body) -> Self {
        let lacks = (0_u32..).zip(&body.locals);
        let lacks = lacks.filter(|(_, local)| match local.sharing {
            Sharing::No | Sharing::Own(_) => local.unassigned.is_some(),
            // It has a value where it is used, or that is looked at then.
            Sharing::Outer(..) => false,
        });
        Self {
            lacking: Some(Set::of(lacks.map(|(at, _)| LocalId(at)))),
            targets: HashMap::new(),
            found: Set::default(),
            given_early: BTreeSet::new(),
        }
    }

    fn call(&mut self, call: &CallValue) {
        let CallValue {
            signature: _,
            arguments,
            slot,
        } = call;
        arguments.iter().for_each(|a| self.expr(a));
        self.expr(slot);
    }

    fn branch(&mut self, label: Label) {
        let entry = self.targets.entry(label).or_insert(None);
        *entry = meet(entry.take(), self.lacking.clone());
    }

    pub(super) fn statements(&mut self, list: &[Stmt]) {
        for stmt in list {
            self.statement(stmt);
        }
    }

    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Drop(value) | Stmt::SetGlobal(_, value) => self.expr(value),
            Stmt::Call(_, arguments) => arguments.iter().for_each(|a| self.expr(a)),
            Stmt::Memory(change) => match change.as_ref() {
                MemoryStmt::Store(_, address, value, _) => {
                    self.expr(address);
                    self.expr(value);
                }
                MemoryStmt::Copy(to, from, bytes) => {
                    self.expr(to);
                    self.expr(from);
                    self.expr(bytes);
                }
            },
            Stmt::SetLocal(local, value) => {
                self.expr(value);
                self.assign(*local);
            }
            Stmt::If(condition, then, otherwise) => {
                self.expr(condition);
                let before = self.lacking.clone();
                self.statements(then);
                let after = std::mem::replace(&mut self.lacking, before);
                self.statements(otherwise);
                self.lacking = meet(self.lacking.take(), after);
            }
            Stmt::Block(label, body) => {
                self.statements(body);
                let branches = self.targets.remove(label).flatten();
                self.lacking = meet(self.lacking.take(), branches);
            }
            Stmt::Loop(label, body) => self.repeat(*label, body),
            Stmt::Branch(label) => {
                self.branch(*label);
                self.lacking = None;
            }
            Stmt::BranchIf(label, condition) => {
                self.expr(condition);
                self.branch(*label);
            }
            Stmt::Return(value) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.lacking = None;
            }
            Stmt::Throw(value) => {
                self.expr(value);
                self.lacking = None;
            }
            Stmt::Try(inner) => self.handled(inner),
            Stmt::Fault(fault) => {
                fault.value.iter().for_each(|value| self.expr(value));
                self.lacking = None;
            }
            Stmt::Unreachable => self.lacking = None,
            Stmt::CallValue(call) => self.call(call),
            Stmt::Fresh(_, Fresh::Again) => {}
            Stmt::Forget(local) | Stmt::Fresh(local, Fresh::Lexical | Fresh::Var) => {
                if let Some(lacking) = &mut self.lacking {
                    lacking.insert(*local);
                }
            }
        }
    }

    /// The set at the top of a loop only shrinks from round to round where something was assigned before it: what lacks a
    /// value at the beginning is all that can lack one, but for what is declared inside, which says so itself.
    fn repeat(&mut self, label: Label, body: &[Stmt]) {
        self.statements(body);
        self.targets.remove(&label);
    }

    /// An exception may leave the body at any place, so what lacks a value before it may lack one in the handler.
    fn handled(&mut self, inner: &Try) {
        let before = self.lacking.clone();
        self.statements(&inner.body);
        let after = std::mem::replace(&mut self.lacking, before);
        match &inner.handler {
            Handler::Catch(error, statements) => {
                self.assign(*error);
                self.statements(statements);
                self.lacking = meet(self.lacking.take(), after);
            }
            Handler::Finally(statements) => {
                self.statements(statements);
                // Behind it both have run: what one of them gives a value has one.
                self.lacking = match (self.lacking.take(), after) {
                    (Some(end), Some(mut after)) => {
                        after.keep(&end);
                        Some(after)
                    }
                    (_, None) | (None, _) => None,
                };
            }
        }
    }

    fn assign(&mut self, local: LocalId) {
        if let Some(lacking) = &mut self.lacking {
            lacking.remove(local);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Const(_)
            | Expr::Global(_)
            | Expr::Slot(_)
            | Expr::Static(_)
            | Expr::MemorySize => {}
            Expr::CallValue(call) => self.call(call),
            Expr::Cell(local) => {
                if self.lacking.as_ref().is_some_and(|l| l.contains(*local)) {
                    self.given_early.insert(*local);
                }
            }
            Expr::Local(local) => {
                if self.lacking.as_ref().is_some_and(|l| l.contains(*local)) {
                    self.found.insert(*local);
                }
            }
            Expr::Unary(_, value) | Expr::Load(_, value, _) | Expr::MemoryGrow(value) => {
                self.expr(value);
            }
            Expr::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            Expr::Call(_, arguments) => arguments.iter().for_each(|a| self.expr(a)),
            Expr::If(conditional) => {
                let Conditional {
                    ty: _,
                    condition,
                    then,
                    otherwise,
                } = conditional.as_ref();
                self.expr(condition);
                let before = self.lacking.clone();
                self.expr(then);
                let after = std::mem::replace(&mut self.lacking, before);
                self.expr(otherwise);
                self.lacking = meet(self.lacking.take(), after);
            }
            Expr::Tee(local, value) => {
                self.expr(value);
                self.assign(*local);
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
}
