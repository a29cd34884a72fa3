//! What a call from outside leads to ends the program if an exception leaves it.

use super::throws::Throws;
use crate::ir::op::Val;
use crate::ir::{
    Body, Broken, Exceptions, Export, Expr, FuncId, Function, FunctionKind, Local, LocalId, Module,
    Sharing, Stmt,
};

/// Puts a function around each export that may throw, and around the start. Says whether there was one.
pub(super) fn surround(
    module: &mut Module,
    exceptions: Exceptions,
    throws: &Throws,
) -> Result<bool, Broken> {
    let mut any = false;
    for at in 0..module.exports.len() {
        if let Some((_, Export::Function(id))) = module.exports.get(at)
            && throws.function(*id)
        {
            any = true;
            let around = around(module, *id, exceptions)?;
            if let Some((_, export)) = module.exports.get_mut(at) {
                *export = Export::Function(around);
            }
        }
    }
    if let Some(id) = module.start.filter(|id| throws.function(*id)) {
        // What it allocates is there for all calls.
        any = true;
        let heap = None;
        module.start = Some(around(module, id, Exceptions { heap, ..exceptions })?);
    }
    Ok(any)
}

/// Makes the function around one.
fn around(module: &mut Module, inside: FuncId, means: Exceptions) -> Result<FuncId, Broken> {
    let function = module
        .function(inside)
        .ok_or(Broken("a function that is exported is not there"))?;
    let (name, signature) = (
        format!("{}~outside", function.name),
        function.signature.clone(),
    );
    let types = signature.params.iter().copied();
    let types = types.chain(signature.result).chain([Val::I32]);
    let locals: Vec<Local> = types
        .map(|ty| Local {
            ty,
            name: None,
            unassigned: None,
            sharing: Sharing::No,
        })
        .collect();
    let local = |at: usize| {
        let at = u32::try_from(at).map_err(|_| Broken("a function has no room for a variable"));
        at.map(LocalId)
    };
    let params = signature.params.len();
    let result = local(params)?;
    let mark = local(params + usize::from(signature.result.is_some()))?;
    let arguments: Result<Vec<Expr>, Broken> =
        (0..params).map(|at| Ok(Expr::Local(local(at)?))).collect();
    let call = (inside, arguments?);
    let Exceptions {
        thrown,
        report,
        uncaught: _,
        end,
        heap,
        next: _,
    } = means;
    let mut statements = vec![Stmt::SetGlobal(thrown, Expr::i32(0))];
    statements.extend(heap.map(|heap| Stmt::SetLocal(mark, Expr::Global(heap))));
    statements.push(match signature.result {
        Some(_) => Stmt::SetLocal(result, Expr::Call(call.0, call.1)),
        None => Stmt::Call(call.0, call.1),
    });
    let mut ends = vec![Stmt::Call(report, vec![Expr::Global(thrown)])];
    ends.extend(heap.map(|heap| Stmt::SetGlobal(heap, Expr::Local(mark))));
    ends.extend([
        Stmt::SetGlobal(thrown, Expr::i32(0)),
        Stmt::Call(end, Vec::new()),
        Stmt::Unreachable,
    ]);
    statements.push(Stmt::If(Expr::Global(thrown), ends, Vec::new()));
    let value = signature.result.map(|_| Expr::Local(result));
    statements.push(Stmt::Return(value));
    let id = u32::try_from(module.functions.len()).map_err(|_| Broken("no room for a function"))?;
    module.functions.push(Function {
        name,
        signature,
        kind: FunctionKind::Defined(Body { locals, statements }),
    });
    Ok(FuncId(id))
}
