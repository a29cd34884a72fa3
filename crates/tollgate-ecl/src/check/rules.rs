//! The rules of a policy as tests name them. They are listed once for each policy, however many tests name one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use crate::data::types::{RecordDef, Type};
use crate::ir::{PointId, Program};
use crate::syntax::ast::{self, ExprKind as Ast, Verb};

use super::Findings;
use super::findings::Says;
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
    /// The types of the elements that violations have, by the names of the rules. None while there are errors.
    elements: Elements,
}

/// Types, and the records that they name.
#[derive(Debug, Default)]
struct Elements {
    types: HashMap<Box<str>, Vec<Type>>,
    records: Vec<RecordDef>,
}

impl Elements {
    fn of(findings: &Findings) -> Self {
        let Program {
            effects, records, ..
        } = &findings.program;
        let payloads = effects.iter().filter_map(|effect| {
            let record = match effect.operands.first()? {
                Type::Record(id) => records.get(id.0 as usize)?,
                _ => return None,
            };
            // The element is the last one of the values.
            Some((effect.point, &record.fields.last()?.ty))
        });
        let payloads: HashMap<PointId, &Type> = payloads.collect();
        let mut types: HashMap<Box<str>, Vec<Type>> = HashMap::new();
        for rule in findings.rules.iter().filter(|rule| rule.has_element) {
            if let Some(ty) = payloads.get(&rule.point) {
                let of_name = types.entry(rule.rule.clone()).or_default();
                of_name.push((*ty).clone());
            }
        }
        let records = records.clone();
        Self { types, records }
    }

    /// The first field of an element, as it is written, that its type does not have, and the names of those it has.
    fn misspelt<'e>(&self, e: &'e ast::Expr, ty: &Type) -> Option<Misspelt<'e>> {
        match (&bare(e).kind, ty) {
            (_, Type::Option(inner)) => self.misspelt(e, inner),
            (Ast::List(items), Type::List(item, _)) => {
                items.iter().find_map(|e| self.misspelt(e, item))
            }
            (Ast::Record { fields, .. }, Type::Map(_, value, _)) => fields
                .iter()
                .find_map(|field| self.misspelt(&field.value, value)),
            (Ast::Record { fields, .. }, Type::Record(id)) => {
                let record = self.records.get(id.0 as usize)?;
                fields
                    .iter()
                    .find_map(|field| match record.field(&field.name.node) {
                        Some(declared) => self.misspelt(&field.value, &declared.ty),
                        None => Some(Misspelt {
                            name: &field.name,
                            of: record.name.clone(),
                            known: record
                                .fields
                                .iter()
                                .map(|field| field.name.clone())
                                .collect(),
                        }),
                    })
            }
            _ => None,
        }
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

    /// The field of an element, as a test writes it, that no element of a violation of the rule has.
    pub(super) fn misspelt<'e>(&self, rule: &str, element: &'e ast::Expr) -> Option<Misspelt<'e>> {
        let mut found = None;
        for ty in self.elements.types.get(rule)? {
            // Of several rules of that name it may be any.
            found = Some(self.elements.misspelt(element, ty)?);
        }
        found
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
            elements: self.elements_known(policy),
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
