//! The functions of a program, each checked once and after those it calls.
//!
//! What a function calls is found in its text and checked first, on a stack of its own: functions may call each other in any
//! order and in long chains, and none of that is recursion here. How deep calls go at run time has a bound, since every
//! engine recurses with them.

use crate::codes::check as codes;
use crate::ir::FuncId;
use crate::limits::CALL_NESTING_MAX;
use crate::span::Span;
use crate::syntax::ast;

use super::calls::calls_of;
use super::report::error;
use super::unit::{FunctionState, Unit, length};

/// A function whose callees are being checked.
struct Pending<'a> {
    key: &'a str,
    function: &'a ast::FnDecl,
    /// The calls in it, the next one last.
    calls: Vec<(&'a str, Span)>,
}

/// Functions checked while another one is, because a blueprint or an object calls them, one inside the other.
const INSIDE_MAX: usize = 4;

impl<'a> Unit<'a, '_> {
    /// The function of the program, checked on first use. `None` when it is broken.
    pub(super) fn function(
        &mut self,
        key: &'a str,
        function: &'a ast::FnDecl,
        at: Span,
    ) -> Option<FuncId> {
        match self.function_states.get(key) {
            None => self.make_functions(key, function, at),
            Some(FunctionState::InProgress) => self.report_recursion(key, at),
            Some(FunctionState::Done(_) | FunctionState::Broken) => {}
        }
        match self.function_states.get(key) {
            Some(FunctionState::Done(id)) => Some(*id),
            _ => None,
        }
    }

    /// Checks a function after those it calls.
    fn make_functions(&mut self, key: &'a str, function: &'a ast::FnDecl, at: Span) {
        if self.functions_inside >= INSIDE_MAX {
            let text =
                format!("`{key}` is called from too many blueprints or objects inside each other");
            let report = error(codes::TOO_DEEP, at, text);
            self.report(report.help("write the values instead of calling functions for them"));
            return;
        }
        self.functions_inside += 1;
        let outermost = self.calling.len();
        let mut path = vec![self.pending(key, function)];
        while let Some(top) = path.last_mut() {
            match top.calls.pop() {
                Some((callee, at)) => match self.function_states.get(callee) {
                    Some(FunctionState::Done(_) | FunctionState::Broken) => {}
                    Some(FunctionState::InProgress) => self.report_recursion(callee, at),
                    None => {
                        if let Some((key, function)) = self.bundle.functions.get_key_value(callee) {
                            path.push(self.pending(key, function));
                        }
                    }
                },
                None => {
                    if let Some(done) = path.pop() {
                        let state = self.make_function(&done);
                        self.function_states.insert(done.key, state);
                        self.calling.pop();
                    }
                }
            }
        }
        self.calling.truncate(outermost);
        self.functions_inside -= 1;
    }

    fn pending(&mut self, key: &'a str, function: &'a ast::FnDecl) -> Pending<'a> {
        self.function_states.insert(key, FunctionState::InProgress);
        self.calling.push(key);
        let mut calls = calls_of(function, |name| self.bundle.functions.contains_key(name));
        calls.reverse();
        Pending {
            key,
            function,
            calls,
        }
    }

    fn make_function(&mut self, pending: &Pending<'a>) -> FunctionState {
        let Pending { function, .. } = pending;
        let calls = calls_of(function, |name| self.bundle.functions.contains_key(name));
        let depths =
            calls
                .iter()
                .filter_map(|(callee, _)| match self.function_states.get(callee) {
                    Some(FunctionState::Done(id)) => self.call_depths.get(id.0 as usize).copied(),
                    _ => None,
                });
        let depth = 1 + depths.max().unwrap_or(0);
        if depth > CALL_NESTING_MAX {
            let text = format!(
                "more than {CALL_NESTING_MAX} functions call each other, one inside the other, from `{}` on",
                function.name.node
            );
            let report = error(codes::TOO_DEEP, function.name.span, text);
            self.report(report.help("write what the inner ones do in place"));
            return FunctionState::Broken;
        }
        let frame = std::mem::take(&mut self.frame);
        let made = self.function_body(function);
        self.frame = frame;
        let Some(made) = made else {
            return FunctionState::Broken;
        };
        self.unknown_functions.push(self.may_be_unknown(&made.body));
        self.functions.push(made);
        self.call_depths.push(depth);
        FunctionState::Done(FuncId(length(&self.functions) - 1))
    }

    fn report_recursion(&mut self, key: &str, at: Span) {
        let start = self.calling.iter().position(|n| *n == key).unwrap_or(0);
        let path = self.calling.iter().skip(start).copied();
        let path: Vec<&str> = path.chain([key]).collect();
        let text = format!("`{key}` calls itself: {}", shortened(&path));
        let help = "functions do not recurse, so that every program ends: use a loop over a list";
        self.report(error(codes::CYCLE, at, text).help(help));
    }
}

/// A way through declarations, as a message shows it.
pub(super) fn shortened(path: &[&str]) -> String {
    const SHOWN_MAX: usize = 8;
    match path {
        [first @ .., last] if first.len() > SHOWN_MAX => {
            let shown = first.get(..SHOWN_MAX).unwrap_or_default().join(" → ");
            format!("{shown} → … → {last}")
        }
        all => all.join(" → "),
    }
}
