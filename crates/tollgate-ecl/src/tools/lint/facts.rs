//! Facts of tests that nothing asks for.

use std::collections::HashMap;

use super::found::{Lints, warning};
use crate::check::Compiled;
use crate::codes::lint as codes;
use crate::ir::{Expr, ExprKind, FactKind, Program};
use crate::span::Span;
use crate::syntax::ast::{File, ItemKind};

/// Looks at the facts of all tests.
pub(super) fn unused(files: &[File], compiled: &Compiled, lints: &mut Lints<'_>) {
    let programs: HashMap<Span, usize> =
        compiled.tests.iter().map(|t| (t.test, t.program)).collect();
    let mut asked: HashMap<usize, Vec<FactKind>> = HashMap::new();
    for item in files.iter().flat_map(|file| &file.items) {
        let ItemKind::Test(test) = &item.kind else {
            continue;
        };
        let Some(program) = programs.get(&test.name.span) else {
            continue;
        };
        let of_cases = test.cases.iter().flatten().flat_map(|case| &case.facts);
        let mut facts = test.facts.iter().chain(of_cases).peekable();
        if facts.peek().is_none() {
            continue;
        }
        let kinds = asked
            .entry(*program)
            .or_insert_with(|| kinds(compiled, *program));
        for fact in facts {
            let name = fact.name.node.as_str();
            if kinds.iter().any(|kind| kind.name() == name) {
                continue;
            }
            let text = format!("nothing asks for `{name}` here");
            let found = warning(codes::UNUSED_FACT, fact.name.span, text);
            lints.add(lints.removed(found, fact.span, "remove it"));
        }
    }
}

/// What a policy or guard can ask for, with its constraints that do not decide and its messages.
fn kinds(compiled: &Compiled, program: usize) -> Vec<FactKind> {
    let advisories = compiled.advisories.iter().filter(|a| a.policy == program);
    let findings = compiled.findings.iter().filter(|f| f.policy == program);
    let beside = advisories
        .map(|a| &a.program)
        .chain(findings.map(|f| &f.program));
    let mut kinds = Vec::new();
    for program in compiled.programs.get(program).into_iter().chain(beside) {
        kinds.extend(
            FactKind::ALL
                .into_iter()
                .filter(|kind| asks(program, *kind)),
        );
    }
    kinds
}

fn asks(program: &Program, kind: FactKind) -> bool {
    program.roots().into_iter().any(|root| asks_in(root, kind))
}

fn asks_in(e: &Expr, wanted: FactKind) -> bool {
    let mut found = matches!(&e.kind, ExprKind::Fact { kind, .. } if *kind == wanted);
    e.each_child(&mut |child| found = found || asks_in(child, wanted));
    found
}
