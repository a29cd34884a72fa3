//! The rules of a policy as tests name them. They are listed once for each policy, however many tests name one.

use std::borrow::Cow;
use std::rc::Rc;

use crate::data::types::{RecordDef, Type};
use crate::syntax::ast::{self, ExprKind as Ast, Verb};

use super::called::{Called, Elements, Rules};
use super::says::{Findings, Says};
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

impl<'a> Unit<'a, '_> {
    /// The rules of a policy.
    pub(super) fn rules_of(&mut self, policy: &'a ast::Policy) -> Rc<Rules> {
        let place = policy.name.span;
        if let Some(rules) = self.session.rules.get(&place) {
            return Rc::clone(rules);
        }
        let mut rules = Rules::about(self.elements_known(policy));
        rules.says_values = self.says_values(policy);
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
        self.spend(Task::Data, rules.names().count() as u64);
        let rules = Rc::new(rules);
        self.session.rules.insert(place, Rc::clone(&rules));
        rules
    }

    fn elements_known(&self, policy: &ast::Policy) -> Elements {
        let is_of = |findings: &&Findings| {
            let decl = self.bundle.programs.get(findings.policy);
            let is_policy = decl.is_some_and(|decl| decl.name().span == policy.name.span);
            is_policy && findings.says == Says::Rules
        };
        let findings = self.session.findings.iter().find(is_of);
        findings.map_or_else(Elements::default, Elements::of)
    }
}

impl Rules {
    /// The field of an element, as a test writes it, that no element of a violation of the rule has.
    pub(super) fn misspelt<'e>(&self, rule: &str, element: &'e ast::Expr) -> Option<Misspelt<'e>> {
        let mut found = None;
        for ty in self.elements.of_rule(rule) {
            // Of several rules of that name it may be any.
            found = Some(misspelt(element, ty, &self.elements.records)?);
        }
        found
    }
}

/// The first field of a value, as it is written, that its type does not have.
fn misspelt<'e>(e: &'e ast::Expr, ty: &Type, records: &[RecordDef]) -> Option<Misspelt<'e>> {
    match (&bare(e).kind, ty) {
        (_, Type::Option(inner)) => misspelt(e, inner, records),
        (Ast::List(items), Type::List(item, _)) => {
            items.iter().find_map(|e| misspelt(e, item, records))
        }
        (Ast::Record { fields, .. }, Type::Map(_, value, _)) => fields
            .iter()
            .find_map(|field| misspelt(&field.value, value, records)),
        (Ast::Record { fields, .. }, Type::Record(id)) => {
            let record = records.get(id.0 as usize)?;
            let mut fields = fields.iter();
            fields.find_map(|field| match record.field(&field.name.node) {
                Some(declared) => misspelt(&field.value, &declared.ty, records),
                None => Some(Misspelt::of(&field.name, record)),
            })
        }
        _ => None,
    }
}

/// A field that what it is of does not have.
pub(super) struct Misspelt<'e> {
    pub(super) name: &'e ast::Ident,
    /// The record.
    pub(super) of: Box<str>,
    /// The fields that it has.
    pub(super) known: Vec<Box<str>>,
}

impl<'e> Misspelt<'e> {
    fn of(name: &'e ast::Ident, record: &RecordDef) -> Self {
        let fields = record.fields.iter();
        Self {
            name,
            of: record.name.clone(),
            known: fields.map(|field| field.name.clone()).collect(),
        }
    }
}
