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
//! Stack overflow and the ends of gas and memory are traps, and nothing catches them. The variable is set to 0 when a call from
//! outside begins: a trap may have left something there.
//!
//! The pass runs before the optimiser, which sees branches, returns and reads of a global variable only. So its rules hold as they
//! are: a call is not pure, statements keep their order, and what is put in the place of a call ends where the call ended.

mod lower;
mod roots;
mod throws;

use crate::ir::walk::{Visit, visit_all};
use crate::ir::{Broken, Exceptions, Export, FunctionKind, Module, Stmt};
use crate::optimise::dead;

use lower::{Lowering, Means};
use throws::Throws;

/// The export by which a host reads the text of an error that nothing caught, and the one of the memory that has it.
pub(crate) const UNCAUGHT: &str = "tollgate_uncaught";
pub(crate) const MEMORY: &str = "memory";

/// Replaces [`Stmt::Throw`] and [`Stmt::Try`].
pub(crate) fn lower(module: &mut Module) -> Result<(), Broken> {
    let Some(exceptions) = module.exceptions else {
        return Ok(());
    };
    let reached = Reached::of(module);
    let throws = if reached.tries {
        Throws::of(module)
    } else {
        Throws::default()
    };
    for function in &mut module.functions {
        let result = function.signature.result;
        if let FunctionKind::Defined(body) = &mut function.kind {
            let means = Means {
                exceptions,
                throws: &throws,
                catches: reached.tries,
                result,
            };
            Lowering::of(means, body).run()?;
        }
    }
    if reached.tries {
        roots::surround(module, exceptions, &throws)?;
    }
    if reached.throws {
        show(module, exceptions);
    }
    Ok(())
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
