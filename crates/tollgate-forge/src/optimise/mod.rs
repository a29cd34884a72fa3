//! Rewrites the IR so that it does the same with less.

pub(crate) mod dead;
pub(crate) mod fold;
pub(crate) mod inline;
mod simplify;

use self::simplify::Loops;
use crate::ir::walk::{Rewrite, rewrite_all};
use crate::ir::{Broken, Module};

/// How much is done for speed and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Nothing but leaving out what is never used.
    None,
    /// What makes the module smaller.
    Size,
    /// What makes it faster, as long as it does not grow much.
    #[default]
    Speed,
    /// Like speed, with larger functions copied into their callers.
    Aggressive,
}

/// Rewrites a module.
pub(crate) fn optimise(module: &mut Module, level: Level) -> Result<(), Broken> {
    if level != Level::None {
        tidy(module, level);
        inline::inline(module, level);
        tidy(module, level);
    }
    dead::remove_unused(module)
}

/// Folds and simplifies every function.
fn tidy(module: &mut Module, level: Level) {
    let loops = match level {
        Level::Speed | Level::Aggressive => Loops::AskAtEnd,
        Level::None | Level::Size => Loops::AsWritten,
    };
    for function in &mut module.functions {
        if let crate::ir::FunctionKind::Defined(body) = &mut function.kind {
            rewrite_all(&mut body.statements, &mut Tidy { loops });
        }
    }
}

struct Tidy {
    loops: Loops,
}

impl Rewrite for Tidy {
    fn expr(&mut self, expr: &mut crate::ir::Expr) {
        fold::fold(expr);
        simplify::expr(expr);
    }

    fn stmts(&mut self, statements: &mut Vec<crate::ir::Stmt>) {
        simplify::stmts(statements, self.loops);
    }
}
