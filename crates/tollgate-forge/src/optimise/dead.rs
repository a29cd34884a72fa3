//! Leaves out functions and globals that nothing uses.

use std::collections::{HashMap, HashSet};

use crate::ir::walk::{Rewrite, Visit, rewrite_all, visit_all};
use crate::ir::{Broken, Export, Expr, FuncId, FunctionKind, GlobalId, Module, StaticId, Stmt};

/// Removes what neither an export nor the start leads to.
pub(crate) fn remove_unused(module: &mut Module) -> Result<(), Broken> {
    let used = found(module);
    renumber(module, &used)
}

/// Returns the functions that an export or the start leads to.
pub(crate) fn used(module: &Module) -> HashSet<FuncId> {
    found(module).functions
}

fn found(module: &Module) -> Used {
    let mut used = Used::default();
    for (_, export) in &module.exports {
        match export {
            Export::Function(id) => used.todo.push(*id),
            Export::Global(id) => {
                used.globals.insert(*id);
            }
            Export::Memory => {}
        }
    }
    used.todo.extend(module.start);
    while let Some(id) = used.todo.pop() {
        if !used.functions.insert(id) {
            continue;
        }
        if let Some(body) = module.function(id).and_then(crate::ir::Function::body) {
            visit_all(&body.statements, &mut used);
        }
        for id in std::mem::take(&mut used.statics) {
            let functions = module.statics.get(id.0 as usize).map(|s| &s.functions);
            used.todo.extend(functions.into_iter().flatten());
        }
    }
    used
}

#[derive(Default)]
struct Used {
    functions: HashSet<FuncId>,
    globals: HashSet<GlobalId>,
    todo: Vec<FuncId>,
    statics: Vec<StaticId>,
}

impl Visit for Used {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(id, _) | Expr::Slot(id) => self.todo.push(*id),
            Expr::Static(id) => self.statics.push(*id),
            Expr::Global(id) => {
                self.globals.insert(*id);
            }
            _ => {}
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Call(id, _) => self.todo.push(*id),
            Stmt::SetGlobal(id, _) => {
                self.globals.insert(*id);
            }
            _ => {}
        }
    }
}

/// Closes the gaps. Imported functions come first, as in a module.
fn renumber(module: &mut Module, used: &Used) -> Result<(), Broken> {
    let mut functions = HashMap::new();
    let mut globals = HashMap::new();
    let old = std::mem::take(&mut module.functions);
    let (imports, defined): (Vec<_>, Vec<_>) = (0_u32..)
        .map(FuncId)
        .zip(old)
        .filter(|(id, _)| used.functions.contains(id))
        .partition(|(_, function)| matches!(function.kind, FunctionKind::Import { .. }));
    let kept = imports.into_iter().chain(defined);
    for (new, (id, function)) in (0_u32..).map(FuncId).zip(kept) {
        functions.insert(id, new);
        module.functions.push(function);
    }
    let old = std::mem::take(&mut module.globals);
    let kept = (0_u32..).map(GlobalId).zip(old);
    let kept = kept.filter(|(id, _)| used.globals.contains(id));
    for (new, (id, global)) in (0_u32..).map(GlobalId).zip(kept) {
        globals.insert(id, new);
        module.globals.push(global);
    }
    let mut renamed = Renumber {
        functions,
        globals,
        broken: None,
    };
    for function in &mut module.functions {
        if let FunctionKind::Defined(body) = &mut function.kind {
            rewrite_all(&mut body.statements, &mut renamed);
        }
    }
    for (_, export) in &mut module.exports {
        match export {
            Export::Function(id) => renamed.function(id),
            Export::Global(id) => renamed.global(id),
            Export::Memory => {}
        }
    }
    if let Some(start) = &mut module.start {
        renamed.function(start);
    }
    for place in &mut module.table {
        *place = place.and_then(|id| renamed.functions.get(&id).copied());
    }
    // They have told what they use, and are only addresses from here on.
    for block in &mut module.statics {
        block.functions.clear();
    }
    renamed.broken.map_or(Ok(()), Err)
}

struct Renumber {
    functions: HashMap<FuncId, FuncId>,
    globals: HashMap<GlobalId, GlobalId>,
    /// Something is used that has no number.
    broken: Option<Broken>,
}

impl Renumber {
    fn function(&mut self, id: &mut FuncId) {
        match self.functions.get(id) {
            Some(new) => *id = *new,
            None => self.broken = Some(Broken("a function is called that is not there")),
        }
    }

    fn global(&mut self, id: &mut GlobalId) {
        match self.globals.get(id) {
            Some(new) => *id = *new,
            None => self.broken = Some(Broken("a variable is used that is not there")),
        }
    }
}

impl Rewrite for Renumber {
    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Call(id, _) | Expr::Slot(id) => self.function(id),
            Expr::Global(id) => self.global(id),
            _ => {}
        }
    }

    fn stmts(&mut self, statements: &mut Vec<Stmt>) {
        for statement in statements {
            match statement {
                Stmt::Call(id, _) => self.function(id),
                Stmt::SetGlobal(id, _) => self.global(id),
                _ => {}
            }
        }
    }
}
