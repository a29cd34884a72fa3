//! The rules of a policy as tests name them. They are listed once for each policy, however many tests name one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use crate::syntax::ast::{self, ExprKind as Ast, Verb};

use super::unit::{Unit, bare};
use super::work::Task;

/// The name of a rule; one that has none is called by its number in its group, which is here counted from 0.
pub(super) fn name_of(rule: &ast::RuleDecl, number: usize) -> Cow<'_, str> {
    match &rule.name {
        Some(name) => name.node.as_str().into(),
        None => format!("rule_{}", number + 1).into(),
    }
}

/// The loop of a rule `any x in xs: …`, each of whose findings is an element: its variable, its list and its body.
pub(super) fn elements_of(rule: &ast::RuleDecl) -> Option<(&ast::Ident, &ast::Expr, &ast::Expr)> {
    match &bare(&rule.cond).kind {
        Ast::Loop {
            kind: ast::LoopKind::Any,
            var,
            list,
            body,
        } => Some((var, list, body)),
        _ => None,
    }
}

/// What the rules of one name are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Called {
    /// One of them rejects.
    pub(super) rejects: bool,
    /// One that rejects is about the elements of a list.
    pub(super) has_element: bool,
}

/// The rules of a policy and its mandatory constraints. What decides without being one is not among them.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Their names, in order.
    names: Vec<Rc<str>>,
    called: HashMap<Rc<str>, Called>,
    /// Whether some message has values: then findings know their elements.
    pub(super) says_values: bool,
}

impl Rules {
    fn add(&mut self, name: &str, of_rule: Called) {
        let name: Rc<str> = name.into();
        self.names.push(Rc::clone(&name));
        let called = self.called.entry(name).or_default();
        called.rejects |= of_rule.rejects;
        called.has_element |= of_rule.has_element;
    }

    /// The rules of that name; `None` when there are none.
    pub(super) fn called(&self, name: &str) -> Option<Called> {
        self.called.get(name).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Those by which a policy may reject.
    pub(super) fn rejecting(&self) -> impl Iterator<Item = &str> {
        self.names()
            .filter(|name| self.called(name).is_some_and(|called| called.rejects))
    }
}

impl<'a> Unit<'a, '_> {
    /// The rules of a policy.
    pub(super) fn rules_of(&mut self, policy: &'a ast::Policy) -> Rc<Rules> {
        let place = policy.name.span;
        if let Some(rules) = self.session.rules.get(&place) {
            return Rc::clone(rules);
        }
        let mut rules = Rules {
            says_values: self.says_values(policy),
            ..Rules::default()
        };
        for group in &policy.groups {
            let rejects = group.verb == Verb::Reject;
            for (number, rule) in group.rules.iter().enumerate() {
                let has_element = rejects && elements_of(rule).is_some();
                let called = Called {
                    rejects,
                    has_element,
                };
                rules.add(&name_of(rule, number), called);
            }
        }
        for constraint in self.mandatory_of(policy) {
            let called = Called {
                rejects: true,
                has_element: false,
            };
            rules.add(&constraint.name.node, called);
        }
        self.spend(Task::Data, rules.names.len() as u64);
        let rules = Rc::new(rules);
        self.session.rules.insert(place, Rc::clone(&rules));
        rules
    }
}
