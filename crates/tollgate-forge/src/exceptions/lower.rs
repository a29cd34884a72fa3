//! Rewrites the body of a function.

use std::collections::BTreeMap;

use super::places::Places;
use super::throws::{Throws, divides_always};
use crate::ir::fault::{Fault, FaultKind, More};
use crate::ir::op::{Binary, Val};
use crate::ir::walk::{PartMut, last_label, parts_mut, stmt_parts_mut};
use crate::ir::{
    Body, Broken, Const, Exceptions, Expr, FuncId, Handler, Label, Local, LocalId, Sharing, Stmt,
    Try,
};

/// How the body of a `finally` was left: at its end, by an exception, by `return`, by the first of its branches.
const END: i32 = 0;
const THROWN: i32 = 1;
const RETURNED: i32 = 2;
const BRANCHED: i32 = 3;

/// What a function is rewritten with.
#[derive(Clone, Copy)]
pub(super) struct Means<'t> {
    pub(super) exceptions: Exceptions,
    pub(super) throws: &'t Throws,
    /// What makes the errors of faults.
    pub(super) faults: &'t BTreeMap<FaultKind, FuncId>,
    /// The function may run inside of a `try`.
    pub(super) guarded: bool,
    /// The name of the function.
    pub(super) name: &'t str,
    /// Some exception can be handled.
    pub(super) catches: bool,
    /// The result of the function.
    pub(super) result: Option<Val>,
}

/// Something open around a statement.
enum Around {
    Label(Label),
    /// Exceptions leave the block of the label.
    Catch(Label),
    Finally(Finally),
}

/// A body with `finally`, and how it is left.
struct Finally {
    /// Leads to its statements.
    run: Label,
    /// Exceptions leave the block of the label.
    caught: Label,
    how: LocalId,
    /// The result of a `return`.
    value: Option<LocalId>,
    returns: bool,
    branches: Vec<Label>,
}

/// A function that is rewritten.
pub(super) struct Lowering<'t, 'b> {
    means: Means<'t>,
    places: &'b mut Places,
    body: &'b mut Body,
    labels: u32,
    around: Vec<Around>,
    /// Where exceptions leave the function.
    out: Option<Label>,
    broken: Option<Broken>,
}

impl<'t, 'b> Lowering<'t, 'b> {
    pub(super) fn of(means: Means<'t>, places: &'b mut Places, body: &'b mut Body) -> Self {
        let labels = last_label(&body.statements);
        Self {
            means,
            places,
            body,
            labels,
            around: Vec::new(),
            out: None,
            broken: None,
        }
    }

    pub(super) fn run(mut self) -> Result<(), Broken> {
        let list = std::mem::take(&mut self.body.statements);
        let list = self.statements(list);
        self.body.statements = match self.out {
            Some(out) => self.left_by(out, list),
            None => list,
        };
        self.broken.map_or(Ok(()), Err)
    }

    /// The whole function, which exceptions leave by a label. The result is then of no use.
    fn left_by(&mut self, out: Label, mut list: Vec<Stmt>) -> Vec<Stmt> {
        let Some(result) = self.means.result else {
            // The function ends there anyway.
            if list.last() == Some(&self.look(out)) {
                list.pop();
            }
            return vec![Stmt::Block(out, list)];
        };
        let value = match list.pop() {
            Some(Stmt::Return(Some(value))) => {
                let kept = self.local(result);
                list.push(Stmt::SetLocal(kept, value));
                Expr::Local(kept)
            }
            last => {
                list.extend(last);
                Expr::Const(Const::zero(result))
            }
        };
        vec![Stmt::Block(out, list), Stmt::Return(Some(value))]
    }

    fn local(&mut self, ty: Val) -> LocalId {
        let at = u32::try_from(self.body.locals.len()).unwrap_or_else(|_| {
            self.broken = Some(Broken("a function has no room for a variable"));
            u32::MAX
        });
        self.body.locals.push(Local {
            ty,
            name: None,
            unassigned: None,
            sharing: Sharing::No,
        });
        LocalId(at)
    }

    fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels)
    }

    /// The label that an exception branches to here.
    fn target(&mut self) -> Label {
        let handler = self.around.iter().rev().find_map(|around| match around {
            Around::Label(_) => None,
            Around::Catch(caught) | Around::Finally(Finally { caught, .. }) => Some(*caught),
        });
        match (handler, self.out) {
            (Some(label), _) | (None, Some(label)) => label,
            (None, None) => {
                let label = self.label();
                self.out = Some(label);
                label
            }
        }
    }

    fn thrown(&self) -> Expr {
        Expr::Global(self.means.exceptions.thrown)
    }

    /// Looks whether there is an exception.
    fn look(&self, target: Label) -> Stmt {
        Stmt::BranchIf(target, self.thrown())
    }

    fn look_here(&mut self) -> Stmt {
        let target = self.target();
        self.look(target)
    }

    fn statements(&mut self, list: Vec<Stmt>) -> Vec<Stmt> {
        let mut out = Vec::with_capacity(list.len());
        for stmt in list {
            self.statement(stmt, &mut out);
        }
        out
    }

    fn statement(&mut self, mut stmt: Stmt, out: &mut Vec<Stmt>) {
        match stmt {
            Stmt::Try(inner) => return self.handled(*inner, out),
            Stmt::Throw(mut error) => {
                self.expr(&mut error);
                return self.throw(error, out);
            }
            Stmt::Fault(mut fault) => {
                if let Some(value) = &mut fault.value {
                    self.expr(value);
                }
                return self.fault(*fault, out);
            }
            Stmt::Return(mut value) => {
                if let Some(value) = &mut value {
                    self.returned(value);
                }
                return self.give_back(value, out);
            }
            Stmt::Branch(label) => return self.branch(label, out),
            Stmt::BranchIf(label, mut condition) => {
                self.expr(&mut condition);
                if self.crossed(label).is_none() {
                    return out.push(Stmt::BranchIf(label, condition));
                }
                let mut jump = Vec::new();
                self.branch(label, &mut jump);
                return out.push(Stmt::If(condition, jump, Vec::new()));
            }
            Stmt::Block(label, ref mut body) | Stmt::Loop(label, ref mut body) => {
                self.around.push(Around::Label(label));
                *body = self.statements(std::mem::take(body));
                self.around.pop();
                return out.push(stmt);
            }
            _ => {}
        }
        stmt_parts_mut(&mut stmt, &mut |part| self.part(part));
        let throws = match &stmt {
            Stmt::Call(id, _) => self.means.throws.function(*id),
            Stmt::CallValue(call) => self.means.throws.value(&call.signature),
            _ => false,
        };
        out.push(stmt);
        if throws {
            out.push(self.look_here());
        }
    }

    fn part(&mut self, part: PartMut<'_>) {
        match part {
            PartMut::Expr(expr) => self.expr(expr),
            PartMut::Stmts(list) => *list = self.statements(std::mem::take(list)),
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        parts_mut(expr, &mut |part| self.part(part));
        if let Expr::Binary(op, left, right) = expr
            && op.traps()
            && self.guarded()
            && !divides_always(*op, right)
        {
            let take = |part: &mut Expr| std::mem::replace(part, Expr::i32(0));
            let (op, left, right) = (*op, take(left), take(right));
            *expr = self.divided(op, left, right);
            return;
        }
        let throws = match expr {
            Expr::Call(id, _) => self.means.throws.function(*id),
            Expr::CallValue(call) => self.means.throws.value(&call.signature),
            _ => false,
        };
        if throws {
            let value = std::mem::replace(expr, Expr::i32(0));
            *expr = Expr::After(Box::new(value), vec![self.look_here()]);
        }
    }

    /// Whether faults are exceptions here.
    fn guarded(&self) -> bool {
        self.means.catches && (self.means.guarded || self.handles())
    }

    /// Whether exceptions stay in the function here.
    fn handles(&self) -> bool {
        let handles = |around: &Around| !matches!(around, Around::Label(_));
        self.around.iter().any(handles)
    }

    fn fault(&mut self, fault: Fault, out: &mut Vec<Stmt>) {
        if !self.guarded() {
            return end_at(&fault, out);
        }
        let (Some(throw), Ok(place)) = (
            self.means.faults.get(&fault.kind),
            self.places.within(self.means.name),
        ) else {
            self.broken = Some(Broken("a fault has no error"));
            return;
        };
        if fault.value.is_some() != (fault.kind.more() != More::Nothing) {
            self.broken = Some(Broken("a fault does not say what its error needs"));
            return;
        }
        let mut arguments = vec![place];
        arguments.extend(fault.value);
        out.push(Stmt::Call(*throw, arguments));
        let target = self.target();
        out.push(Stmt::Branch(target));
    }

    /// A division that may have no quotient, where that is an exception.
    fn divided(&mut self, op: Binary, left: Expr, right: Expr) -> Expr {
        let wide = matches!(
            op,
            Binary::I64DivS | Binary::I64DivU | Binary::I64RemS | Binary::I64RemU
        );
        let (val, equals) = if wide {
            (Val::I64, Binary::I64Eq)
        } else {
            (Val::I32, Binary::I32Eq)
        };
        let mut before = Vec::new();
        let plain_right = is_plain(&right);
        let mut keep = |operand: Expr, is_plain: bool| {
            if is_plain {
                return operand;
            }
            let kept = self.local(val);
            before.push(Stmt::SetLocal(kept, operand));
            Expr::Local(kept)
        };
        // What is on the right may assign what is on the left.
        let is_kept_left = is_plain(&left) && plain_right;
        let left = keep(left, is_kept_left);
        let right = keep(right, plain_right);
        let mut then = Vec::new();
        self.fault(Fault::of(FaultKind::DivisionByZero), &mut then);
        let zero = right.clone().binary(equals, Expr::Const(Const::zero(val)));
        before.push(Stmt::If(zero, then, Vec::new()));
        let least = match op {
            Binary::I32DivS => Some((Expr::i32(i32::MIN), Expr::i32(-1))),
            Binary::I64DivS => Some((Expr::i64(i64::MIN), Expr::i64(-1))),
            _ => None,
        };
        if let Some((least, minus_one)) = least {
            let mut then = Vec::new();
            self.fault(Fault::of(FaultKind::Quotient), &mut then);
            let both = right.clone().binary(equals, minus_one);
            let both = both.binary(Binary::I32And, left.clone().binary(equals, least));
            before.push(Stmt::If(both, then, Vec::new()));
        }
        left.binary(op, right).after(before)
    }

    /// What is returned. Behind a call at the end of all there is nothing to be left out.
    fn returned(&mut self, value: &mut Expr) {
        let is_call = matches!(value, Expr::Call(..) | Expr::CallValue(_));
        if is_call && !self.handles() {
            parts_mut(value, &mut |part| self.part(part));
        } else {
            self.expr(value);
        }
    }

    fn throw(&mut self, error: Expr, out: &mut Vec<Stmt>) {
        if !self.means.catches {
            let Exceptions { report, end, .. } = self.means.exceptions;
            out.push(Stmt::Call(report, vec![error]));
            out.push(Stmt::Call(end, Vec::new()));
            return out.push(Stmt::Unreachable);
        }
        out.push(Stmt::SetGlobal(self.means.exceptions.thrown, error));
        let target = self.target();
        out.push(Stmt::Branch(target));
    }

    /// The innermost `finally` that a branch to a label leaves, by its place.
    fn crossed(&self, label: Label) -> Option<usize> {
        let around = self.around.iter().enumerate().rev();
        let mut between = around
            .take_while(|(_, around)| !matches!(around, Around::Label(open) if *open == label));
        between.find_map(|(at, around)| matches!(around, Around::Finally(_)).then_some(at))
    }

    fn finally(&mut self, at: usize) -> Option<&mut Finally> {
        match self.around.get_mut(at) {
            Some(Around::Finally(finally)) => Some(finally),
            _ => None,
        }
    }

    fn branch(&mut self, label: Label, out: &mut Vec<Stmt>) {
        let crossed = self.crossed(label);
        let Some(finally) = crossed.and_then(|at| self.finally(at)) else {
            return out.push(Stmt::Branch(label));
        };
        let known = finally.branches.iter().position(|known| *known == label);
        let at = known.unwrap_or(finally.branches.len());
        if known.is_none() {
            finally.branches.push(label);
        }
        let (how, run) = (finally.how, finally.run);
        out.push(Stmt::SetLocal(how, Expr::i32(branched(at))));
        out.push(Stmt::Branch(run));
    }

    fn give_back(&mut self, value: Option<Expr>, out: &mut Vec<Stmt>) {
        let mut around = self.around.iter().enumerate().rev();
        let inner = around.find_map(|(at, a)| matches!(a, Around::Finally(_)).then_some(at));
        let Some(finally) = inner.and_then(|at| self.finally(at)) else {
            return out.push(Stmt::Return(value));
        };
        finally.returns = true;
        let (how, run, kept) = (finally.how, finally.run, finally.value);
        out.extend(
            kept.zip(value)
                .map(|(kept, value)| Stmt::SetLocal(kept, value)),
        );
        out.push(Stmt::SetLocal(how, Expr::i32(RETURNED)));
        out.push(Stmt::Branch(run));
    }

    /// Whether an exception may leave statements.
    fn throws(&self, list: &[Stmt]) -> bool {
        self.means.catches && self.means.throws.statements(list)
    }

    fn handled(&mut self, inner: Try, out: &mut Vec<Stmt>) {
        let Try { body, handler } = inner;
        match handler {
            // Nothing leads to the handler.
            Handler::Catch(..) if !self.throws(&body) => out.extend(self.statements(body)),
            Handler::Catch(error, handler) => {
                let (after, caught) = (self.label(), self.label());
                self.around.push(Around::Catch(caught));
                let mut inside = self.statements(body);
                self.around.pop();
                inside.push(Stmt::Branch(after));
                let mut list = vec![Stmt::Block(caught, inside)];
                self.take(error, &mut list);
                list.extend(self.statements(handler));
                out.push(Stmt::Block(after, list));
            }
            Handler::Finally(last) => self.surrounded(body, last, out),
        }
    }

    /// Takes the error on its way here.
    fn take(&self, error: LocalId, out: &mut Vec<Stmt>) {
        out.push(Stmt::SetLocal(error, self.thrown()));
        let thrown = self.means.exceptions.thrown;
        out.push(Stmt::SetGlobal(thrown, Expr::i32(0)));
    }

    /// A body with statements that run behind it, however it is left.
    fn surrounded(&mut self, body: Vec<Stmt>, last: Vec<Stmt>, out: &mut Vec<Stmt>) {
        let throws = self.throws(&body);
        let (run, caught) = (self.label(), self.label());
        let how = self.local(Val::I32);
        let value = self.means.result.map(|result| self.local(result));
        self.around.push(Around::Finally(Finally {
            run,
            caught,
            how,
            value,
            returns: false,
            branches: Vec::new(),
        }));
        let mut inside = self.statements(body);
        let Some(Around::Finally(left)) = self.around.pop() else {
            self.broken = Some(Broken("what is around a statement is not what was there"));
            return;
        };
        let error = throws.then(|| self.local(Val::I32));
        if let Some(error) = error {
            inside.push(Stmt::Branch(run));
            inside = vec![Stmt::Block(caught, inside)];
            self.take(error, &mut inside);
            inside.push(Stmt::SetLocal(how, Expr::i32(THROWN)));
        }
        out.push(Stmt::SetLocal(how, Expr::i32(END)));
        out.push(Stmt::Block(run, inside));
        out.extend(self.statements(last));
        let mut goes_on = |lowering: &mut Self, way: i32, stmt: Stmt| {
            let mut then = Vec::new();
            lowering.statement(stmt, &mut then);
            let so = Expr::Local(how).binary(Binary::I32Eq, Expr::i32(way));
            out.push(Stmt::If(so, then, Vec::new()));
        };
        if let Some(error) = error {
            goes_on(self, THROWN, Stmt::Throw(Expr::Local(error)));
        }
        if left.returns {
            goes_on(self, RETURNED, Stmt::Return(value.map(Expr::Local)));
        }
        for (at, label) in left.branches.iter().enumerate() {
            goes_on(self, branched(at), Stmt::Branch(*label));
        }
    }
}

/// How a body is left by one of its branches.
fn branched(at: usize) -> i32 {
    i32::try_from(at).map_or(i32::MAX, |at| at.saturating_add(BRANCHED))
}

/// Whether an expression may be evaluated more than once.
fn is_plain(expr: &Expr) -> bool {
    matches!(expr, Expr::Local(_) | Expr::Const(_))
}

/// Ends the program at a fault.
pub(super) fn end_at(fault: &Fault, out: &mut Vec<Stmt>) {
    out.extend(fault.end.map(|end| Stmt::Call(end, Vec::new())));
    out.push(Stmt::Unreachable);
}
