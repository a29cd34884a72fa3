//! Declarations that nothing uses. A file without a policy or guard is a library: who uses it need not be here.

use std::collections::HashSet;

use super::found::{Lints, warning};
use super::names::Uses;
use crate::codes::{Code, lint as codes};
use crate::span::Spanned;
use crate::syntax::ast::{File, Ident, Item, ItemKind};

/// Looks at functions, records, enums, constraints, environments and fixtures.
pub(super) fn unused<'a>(files: &'a [File], uses: &Uses<'a>, lints: &mut Lints<'a>) {
    let named = Named::of(files);
    for file in files {
        let is_library = !has_program(file);
        // Fixtures are for tests: beside them they are no library.
        let tests = has_test(file);
        for item in &file.items {
            let is_fixture = matches!(item.kind, ItemKind::Fixture { .. });
            if !is_library || (is_fixture && tests) {
                look(item, uses, &named, lints);
            }
        }
    }
}

fn has_program(file: &File) -> bool {
    let is_program = |item: &Item| matches!(item.kind, ItemKind::Policy(_) | ItemKind::Guard(_));
    file.items.iter().any(is_program)
}

fn has_test(file: &File) -> bool {
    let is_test = |item: &Item| matches!(item.kind, ItemKind::Test(_));
    file.items.iter().any(is_test)
}

/// Constraints and environments that something names.
struct Named<'a> {
    constraints: HashSet<&'a str>,
    environments: HashSet<&'a str>,
}

impl<'a> Named<'a> {
    fn of(files: &'a [File]) -> Self {
        let mut named = Self {
            constraints: HashSet::new(),
            environments: HashSet::new(),
        };
        for item in files.iter().flat_map(|file| &file.items) {
            let (constraints, environment) = match &item.kind {
                ItemKind::Policy(policy) => (&policy.constraints, &policy.environment),
                ItemKind::Environment(environment) => {
                    (&environment.constraints, &environment.parent)
                }
                _ => continue,
            };
            let names = constraints.iter().map(|name| name.node.as_str());
            named.constraints.extend(names);
            named
                .environments
                .extend(environment.iter().map(|name| name.node.as_str()));
        }
        named
    }
}

fn look<'a>(item: &'a Item, uses: &Uses<'a>, named: &Named<'a>, lints: &mut Lints<'a>) {
    let is_word = |name: &Ident| uses.words.contains(name.node.as_str());
    let is_type = |name: &Ident| uses.types.contains(name.node.as_str()) || is_word(name);
    let (code, name, text): (Code, &Spanned<String>, &str) = match &item.kind {
        ItemKind::Fn(function) if !uses.called.contains(function.name.node.as_str()) => {
            (codes::UNUSED_FUNCTION, &function.name, "nothing calls")
        }
        ItemKind::Enum { name, cases } if !is_type(name) && !cases.iter().any(is_word) => {
            (codes::UNUSED_TYPE, name, "nothing names the enum")
        }
        ItemKind::Record { name, .. } if !is_type(name) => {
            (codes::UNUSED_TYPE, name, "nothing names the record")
        }
        ItemKind::Fixture { name, .. } if !is_word(name) => {
            (codes::UNUSED_FIXTURE, name, "no test starts from")
        }
        ItemKind::Constraint(constraint)
            if !named.constraints.contains(constraint.name.node.as_str()) =>
        {
            let text = "no policy and no environment has the constraint";
            (codes::UNUSED_CONSTRAINT, &constraint.name, text)
        }
        ItemKind::Environment(environment)
            if !named.environments.contains(environment.name.node.as_str()) =>
        {
            let text = "no policy and no environment is in the environment";
            (codes::UNUSED_CONSTRAINT, &environment.name, text)
        }
        _ => return,
    };
    let found = warning(code, name.span, format!("{text} `{}`", name.node));
    lints.add(lints.removed(found, item.span, "remove it, or use it where it is missing"));
}
