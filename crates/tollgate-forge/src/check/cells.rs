//! Variables that functions share, once all functions are known: each gets a block of its own, or is copied.
//!
//! While bodies are lowered, a shared variable is one like others, in its own function and in each that uses it. Here it is
//! decided how it lies. One that is set once, before any function gets it, is copied. Others lie in a block, made where the
//! variable begins to be. One that a function gets before its declaration ran is looked at when it is used: JavaScript
//! throws then, and the program ends.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::assigned::Walk;
use super::checker::Checker;
use crate::ir::fault::{Fault, FaultKind};
use crate::ir::op::{Access, Binary, Val};
use crate::ir::walk::{Rewrite, Visit, rewrite_all, visit_all};
use crate::ir::{
    Body, Expr, Fresh, FuncId, Function, FunctionKind, Local, LocalId, MemoryStmt, SharedId,
    Sharing, Stmt,
};

/// Where in its block a variable says how far it has come, and where its value lies.
const STATE: u32 = 4;

const VALUE: u32 = 8;

/// How far a variable has come.
const UNDECLARED: i32 = 0;

const WITHOUT_VALUE: i32 = 1;

const WITH_VALUE: i32 = 2;

/// What all functions do with a shared variable.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    /// A function gets it.
    captured: bool,
    /// A function may get it before it has a value.
    early: bool,
    /// How often it is set in the program's text.
    sets: usize,
    /// It is declared without a value, or as `var`.
    late: bool,
}

/// How a shared variable lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In a local of its own function alone.
    Local,
    /// Each function that gets it has its value.
    Copy,
    /// In a block.
    Block,
    /// In a block, and it may not have a value where it is used.
    Checked,
}

impl Use {
    fn way(self) -> Way {
        let Self {
            captured,
            early,
            sets,
            late,
        } = self;
        match (captured, early) {
            (false, _) => Way::Local,
            (true, true) => Way::Checked,
            (true, false) if late || sets > 1 => Way::Block,
            (true, false) => Way::Copy,
        }
    }
}

impl Checker<'_> {
    /// Puts shared variables where they lie.
    pub(super) fn settle_shared(&mut self) {
        let uses = self.shared_uses();
        let blocks = uses
            .values()
            .any(|found| matches!(found.way(), Way::Block | Way::Checked));
        let new_cell = if blocks {
            self.standard_function("newCell")
        } else {
            None
        };
        let ends = self.ends_of_shared(&uses);
        let around = Around {
            uses: &uses,
            new_cell,
            ends: &ends,
        };
        for function in &mut self.module.functions {
            let params = function.signature.params.len();
            let FunctionKind::Defined(body) = &mut function.kind else {
                continue;
            };
            settle(body, params, &around);
        }
    }

    /// A function for each name of a variable that may have no value where it is used.
    fn ends_of_shared(&mut self, uses: &HashMap<SharedId, Use>) -> HashMap<String, FuncId> {
        let checked = |local: &Local| match local.sharing {
            Sharing::Outer(id, _) => uses
                .get(&id)
                .is_some_and(|found| found.way() == Way::Checked),
            Sharing::No | Sharing::Own(_) => false,
        };
        let bodies = self.module.functions.iter().filter_map(Function::body);
        let locals = bodies.flat_map(|body| body.locals.iter().filter(|local| checked(local)));
        let names: BTreeSet<String> = locals.filter_map(|local| local.name.clone()).collect();
        let mut ends = HashMap::new();
        for name in names {
            let end = self.end_named(format!("`{name}` has no value yet"));
            ends.insert(name, end);
        }
        ends
    }

    fn shared_uses(&self) -> HashMap<SharedId, Use> {
        let mut uses: HashMap<SharedId, Use> = HashMap::new();
        for Function {
            signature, kind, ..
        } in &self.module.functions
        {
            let FunctionKind::Defined(body) = kind else {
                continue;
            };
            let shared: HashMap<LocalId, SharedId> = (0_u32..)
                .zip(&body.locals)
                .filter_map(|(at, local)| Some((LocalId(at), shared_id(local)?)))
                .collect();
            if shared.is_empty() {
                continue;
            }
            for (local, id) in &shared {
                // A parameter has a value that was never set here.
                let param = (local.0 as usize) < signature.params.len();
                uses.entry(*id).or_default().sets += usize::from(param);
            }
            let mut count = Count {
                shared: &shared,
                uses: &mut uses,
            };
            visit_all(&body.statements, &mut count);
            for local in Walk::early(body) {
                if let Some(id) = shared.get(&local) {
                    uses.entry(*id).or_default().early = true;
                }
            }
        }
        uses
    }
}

fn shared_id(local: &Local) -> Option<SharedId> {
    match local.sharing {
        Sharing::No => None,
        Sharing::Own(id) | Sharing::Outer(id, _) => Some(id),
    }
}

struct Count<'m> {
    shared: &'m HashMap<LocalId, SharedId>,
    uses: &'m mut HashMap<SharedId, Use>,
}

impl Count<'_> {
    fn of(&mut self, local: LocalId, change: impl FnOnce(&mut Use)) {
        if let Some(id) = self.shared.get(&local) {
            change(self.uses.entry(*id).or_default());
        }
    }
}

impl Visit for Count<'_> {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Cell(local) => self.of(*local, |found| found.captured = true),
            Expr::Tee(local, _) => self.of(*local, |found| found.sets += 1),
            _ => {}
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::SetLocal(local, _) => self.of(*local, |found| found.sets += 1),
            Stmt::Forget(local) | Stmt::Fresh(local, Fresh::Var) => {
                self.of(*local, |found| found.late = true);
            }
            _ => {}
        }
    }
}

/// What the bodies of a program need.
struct Around<'u> {
    uses: &'u HashMap<SharedId, Use>,
    new_cell: Option<FuncId>,
    /// What ends the program where a variable of a name has no value.
    ends: &'u HashMap<String, FuncId>,
}

/// Rewrites a body.
fn settle(body: &mut Body, params: usize, around: &Around<'_>) {
    let mut settling = Settling {
        cells: HashMap::new(),
        ends: HashMap::new(),
        new_cell: around.new_cell,
        locals: std::mem::take(&mut body.locals),
    };
    let mut start = Vec::new();
    for at in 0..settling.locals.len() {
        settling.begin(at, params, around, &mut start);
    }
    rewrite_all(&mut body.statements, &mut settling);
    start.append(&mut body.statements);
    body.statements = start;
    body.locals = settling.locals;
}

/// A variable in its block.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Has the address of the block.
    address: LocalId,
    /// The value in the instructions of memory.
    access: Access,
    val: Val,
    checked: bool,
    /// It is one of a function around this one.
    outer: bool,
}

struct Settling {
    cells: HashMap<LocalId, Cell>,
    /// What ends the program where a variable has no value.
    ends: HashMap<LocalId, FuncId>,
    new_cell: Option<FuncId>,
    locals: Vec<Local>,
}

/// How a value of WebAssembly lies in a block.
fn access(val: Val) -> Access {
    match val {
        Val::I32 => Access::I32,
        Val::I64 => Access::I64,
        Val::F32 => Access::F32,
        Val::F64 => Access::F64,
    }
}

fn store(access: Access, address: Expr, value: Expr, offset: u32) -> Stmt {
    Stmt::Memory(Box::new(MemoryStmt::Store(access, address, value, offset)))
}

impl Settling {
    fn temporary(&mut self, ty: Val) -> LocalId {
        let id = LocalId(u32::try_from(self.locals.len()).unwrap_or(u32::MAX));
        self.locals.push(Local {
            ty,
            name: None,
            unassigned: None,
            sharing: Sharing::No,
        });
        id
    }

    /// Decides how a variable lies, and gets it ready where the function begins.
    fn begin(&mut self, at: usize, params: usize, around: &Around<'_>, start: &mut Vec<Stmt>) {
        let Some(local) = self.locals.get(at) else {
            return;
        };
        let (sharing, val) = (local.sharing, local.ty);
        let Ok(number) = u32::try_from(at) else {
            return;
        };
        let id = LocalId(number);
        let (shared, outer) = match sharing {
            Sharing::No => return,
            Sharing::Own(shared) => (shared, None),
            Sharing::Outer(shared, offset) => (shared, Some(offset)),
        };
        let way = around.uses.get(&shared).copied().unwrap_or_default().way();
        if let Some(end) = local.name.as_ref().and_then(|name| around.ends.get(name)) {
            self.ends.insert(id, *end);
        }
        let block = || Expr::Local(LocalId(0));
        match (way, outer) {
            (Way::Local, _) | (Way::Copy, None) => {}
            (Way::Copy, Some(offset)) => {
                let value = block().load(access(val), offset);
                start.push(Stmt::SetLocal(id, value));
            }
            (Way::Block | Way::Checked, _) => {
                let address = self.temporary(Val::I32);
                let cell = Cell {
                    address,
                    access: access(val),
                    val,
                    checked: way == Way::Checked,
                    outer: outer.is_some(),
                };
                self.cells.insert(id, cell);
                match outer {
                    Some(offset) => {
                        let found = block().load(Access::I32, offset);
                        start.push(Stmt::SetLocal(address, found));
                    }
                    None if at < params => {
                        start.extend(self.made(cell, WITH_VALUE));
                        let value = Expr::Local(id);
                        start.push(store(cell.access, Expr::Local(address), value, VALUE));
                    }
                    None => {}
                }
            }
        }
    }

    /// Makes the block of a variable.
    fn made(&self, cell: Cell, state: i32) -> Option<Stmt> {
        let made = Expr::Call(self.new_cell?, vec![Expr::i32(state)]);
        Some(Stmt::SetLocal(cell.address, made))
    }

    /// Ends the program because a variable has no value.
    fn end(&self, local: LocalId) -> Vec<Stmt> {
        let end = self.ends.get(&local).copied();
        vec![Stmt::Fault(Box::new(Fault {
            end,
            ..Fault::of(FaultKind::NoValue)
        }))]
    }

    fn read(&self, local: LocalId, cell: Cell) -> Expr {
        let value = Expr::Local(cell.address).load(cell.access, VALUE);
        // In its own function the text says where it has a value.
        if !cell.checked || !cell.outer {
            return value;
        }
        let state = Expr::Local(cell.address).load(Access::I32, STATE);
        let lacks = state.binary(Binary::I32Ne, Expr::i32(WITH_VALUE));
        value.after(vec![Stmt::If(lacks, self.end(local), Vec::new())])
    }

    fn write(&mut self, local: LocalId, cell: Cell, value: Expr) -> Vec<Stmt> {
        let address = || Expr::Local(cell.address);
        if !cell.checked {
            return vec![store(cell.access, address(), value, VALUE)];
        }
        let kept = self.temporary(cell.val);
        let mut out = vec![Stmt::SetLocal(kept, value)];
        if cell.outer {
            let state = address().load(Access::I32, STATE);
            let lacks = state.binary(Binary::I32Eq, Expr::i32(UNDECLARED));
            out.push(Stmt::If(lacks, self.end(local), Vec::new()));
        }
        out.push(store(cell.access, address(), Expr::Local(kept), VALUE));
        let state = Expr::i32(WITH_VALUE);
        out.push(store(Access::I32, address(), state, STATE));
        out
    }

    fn fresh(&mut self, local: LocalId, fresh: Fresh) -> Vec<Stmt> {
        let Some(cell) = self.cells.get(&local).copied() else {
            return Vec::new();
        };
        match fresh {
            Fresh::Lexical => self.made(cell, UNDECLARED).into_iter().collect(),
            Fresh::Var => self.made(cell, WITHOUT_VALUE).into_iter().collect(),
            Fresh::Again => {
                let kept = self.temporary(cell.val);
                let before = Expr::Local(cell.address).load(cell.access, VALUE);
                let mut out = vec![Stmt::SetLocal(kept, before)];
                out.extend(self.made(cell, WITH_VALUE));
                let address = Expr::Local(cell.address);
                out.push(store(cell.access, address, Expr::Local(kept), VALUE));
                out
            }
        }
    }

    /// What an inner function gets of a variable, in the place that is made for it.
    fn given(&self, local: LocalId) -> (Access, Expr) {
        match self.cells.get(&local) {
            Some(cell) => (Access::I32, Expr::Local(cell.address)),
            None => {
                let val = self.locals.get(local.0 as usize).map_or(Val::I32, |l| l.ty);
                (access(val), Expr::Local(local))
            }
        }
    }

    fn statement(&mut self, statement: Stmt, out: &mut Vec<Stmt>) {
        match statement {
            Stmt::SetLocal(local, value) => match self.cells.get(&local).copied() {
                Some(cell) => out.extend(self.write(local, cell, value)),
                None => out.push(Stmt::SetLocal(local, value)),
            },
            Stmt::Fresh(local, fresh) => out.extend(self.fresh(local, fresh)),
            Stmt::Forget(local) => {
                if let Some(cell) = self.cells.get(&local).filter(|cell| cell.checked) {
                    let state = Expr::i32(WITHOUT_VALUE);
                    out.push(store(Access::I32, Expr::Local(cell.address), state, STATE));
                }
                out.push(Stmt::Forget(local));
            }
            Stmt::Memory(change) => match *change {
                MemoryStmt::Store(_, address, Expr::Cell(local), offset) => {
                    let (access, value) = self.given(local);
                    out.push(store(access, address, value, offset));
                }
                other => out.push(Stmt::Memory(Box::new(other))),
            },
            other => out.push(other),
        }
    }
}

impl Rewrite for Settling {
    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Local(local) => {
                if let Some(cell) = self.cells.get(local) {
                    *expr = self.read(*local, *cell);
                }
            }
            Expr::Tee(local, value) => {
                if let Some(cell) = self.cells.get(local).copied() {
                    let value = std::mem::replace(value.as_mut(), Expr::i32(0));
                    let kept = self.temporary(cell.val);
                    let mut out = vec![Stmt::SetLocal(kept, value)];
                    out.extend(self.write(*local, cell, Expr::Local(kept)));
                    *expr = Expr::Local(kept).after(out);
                }
            }
            _ => {}
        }
    }

    fn stmts(&mut self, statements: &mut Vec<Stmt>) {
        let mut out = Vec::with_capacity(statements.len());
        for statement in statements.drain(..) {
            self.statement(statement, &mut out);
        }
        *statements = out;
    }
}

/// Returns variables of which inner functions get something before they may have a value.
impl Walk {
    fn early(body: &Body) -> HashSet<LocalId> {
        let mut walk = Self::of(body);
        walk.statements(&body.statements);
        walk.given_early.into_iter().collect()
    }
}
