//! Exceptions become branches and returns: modules run on engines without exceptions of their own.
//!
//! An error that is thrown is kept in a global variable while it is on its way to a handler. `throw` sets it and branches to the
//! handler around it, or returns from the function; the result is a zero that nobody looks at. Behind each call that may throw the
//! variable is looked at: the next step of the caller runs only if it is 0. So arguments before the call keep their effects, and
//! those behind it are not computed. A handler takes the error out of the variable.
//!
//! * [`throws`] finds the functions that an exception may leave: those that throw outside of a `try` with `catch`, and those that call
//!   such a function there. A call of a value may be one of any function of the same signature that is a value. Virtual calls are
//!   calls of values here. Nothing else is looked at behind a call, so a program without `throw` has the code that it would have
//!   without this pass, and so has each function that calls nothing that throws.
//! * `finally` runs its statements once: what leaves the body says how in a variable (its end, an exception, a `return`, one of the
//!   branches), and behind the statements that is done. A `return` or a branch in `finally` itself goes its own way, as in JavaScript.
//! * An export and the start get a function around them that ends the program if an exception leaves it. It tells the host the
//!   error's text, and gives back what the call allocated. Where the program has no `try`, `throw` tells the host and ends the
//!   program at once, like any other trap, and calls are not looked at at all.
//!
//! * A fault (an element that is not there, a division of integers by zero) is an exception where a handler may be around it:
//!   [`guarded`] finds the functions that a `try` leads to. Elsewhere it ends the program at once, so a function that no `try` leads
//!   to has the code that it would have in a program without one, and its callers look for nothing.
//!
//! Stack overflow and the ends of gas and memory are traps, and nothing catches them. The variable is set to 0 when a call from
//! outside begins: a trap may have left something there.
//!
//! The pass runs before the optimiser, which sees branches, returns and reads of a global variable only. So its rules hold as they
//! are: a call is not pure, statements keep their order, and what is put in the place of a call ends where the call ended.

mod guarded;
mod lower;
mod places;
mod roots;
mod throws;

use crate::ir::walk::{Rewrite, Visit, rewrite_all, visit_all};
use crate::ir::{Broken, Exceptions, Export, Expr, FuncId, FunctionKind, Module, Stmt};
use crate::optimise::{Level, dead, inline};

use guarded::Guarded;
use lower::{Lowering, Means};
use places::Places;
use throws::Throws;

/// The export by which a host reads the text of an error that nothing caught, and the one of the memory that has it.
pub(crate) const UNCAUGHT: &str = "tollgate_uncaught";
pub(crate) const MEMORY: &str = "memory";

/// Replaces [`Stmt::Throw`], [`Stmt::Try`] and [`Stmt::Fault`].
pub(crate) fn lower(module: &mut Module, level: Level) -> Result<(), Broken> {
    let reached = Reached::of(module);
    let Some(exceptions) = module.exceptions else {
        end_at_faults(module);
        return Ok(());
    };
    let (mut guarded, mut throws) = (Guarded::default(), Throws::default());
    if reached.tries {
        // A fault that stands in the function that has it needs no look behind a call.
        inline::faulting(module, level);
        guarded = Guarded::of(module);
        throws = Throws::of(module, &guarded);
    }
    let mut places = Places::new(module, exceptions.next);
    for (id, function) in (0_u32..).map(FuncId).zip(&mut module.functions) {
        let result = function.signature.result;
        if let FunctionKind::Defined(body) = &mut function.kind {
            let means = Means {
                exceptions,
                throws: &throws,
                faults: &module.faults,
                guarded: guarded.function(id),
                name: &function.name,
                catches: reached.tries,
                result,
            };
            Lowering::of(means, &mut places, body).run()?;
        }
    }
    places.finish(module)?;
    let mut left = false;
    if reached.tries {
        left = roots::surround(module, exceptions, &throws)?;
    }
    if reached.throws || left {
        show(module, exceptions);
    }
    Ok(())
}

/// Lets each fault end the program: nothing handles exceptions.
fn end_at_faults(module: &mut Module) {
    struct Ends;
    impl Rewrite for Ends {
        fn expr(&mut self, _: &mut Expr) {}

        fn stmts(&mut self, statements: &mut Vec<Stmt>) {
            if !statements.iter().any(|s| matches!(s, Stmt::Fault(_))) {
                return;
            }
            let mut out = Vec::with_capacity(statements.len());
            for statement in statements.drain(..) {
                match statement {
                    Stmt::Fault(fault) => lower::end_at(&fault, &mut out),
                    other => out.push(other),
                }
            }
            *statements = out;
        }
    }
    for function in &mut module.functions {
        if let FunctionKind::Defined(body) = &mut function.kind {
            rewrite_all(&mut body.statements, &mut Ends);
        }
    }
}

/// Lets the host read what is told of an error.
fn show(module: &mut Module, exceptions: Exceptions) {
    let exports = &mut module.exports;
    exports.push((UNCAUGHT.to_owned(), Export::Global(exceptions.uncaught)));
    if !exports.iter().any(|(name, _)| name == MEMORY) {
        exports.push((MEMORY.to_owned(), Export::Memory));
    }
}

/// What stands in functions that an export or the start leads to.
#[derive(Default)]
struct Reached {
    throws: bool,
    tries: bool,
}

impl Reached {
    fn of(module: &Module) -> Self {
        let mut reached = Self::default();
        for id in dead::used(module) {
            if let Some(body) = module.function(id).and_then(crate::ir::Function::body) {
                visit_all(&body.statements, &mut reached);
            }
        }
        reached
    }
}

impl Visit for Reached {
    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Throw(_) => self.throws = true,
            Stmt::Try(_) => self.tries = true,
            _ => {}
        }
    }
}
