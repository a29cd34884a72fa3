//! What the rules of a policy are called, and what tests may expect of them: a [session](super::session) keeps it for each policy that
//! a test names.

use std::collections::HashMap;
use std::rc::Rc;

use crate::data::types::{RecordDef, Type};
use crate::ir::{PointId, Program};

use super::says::Findings;

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
    pub(super) elements: Elements,
}

/// Types, and the records that they name.
#[derive(Debug, Default)]
pub(super) struct Elements {
    types: HashMap<Box<str>, Vec<Type>>,
    pub(super) records: Vec<RecordDef>,
}

impl Elements {
    pub(super) fn of(findings: &Findings) -> Self {
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

    /// The types of the elements of the rules of that name.
    pub(super) fn of_rule(&self, name: &str) -> &[Type] {
        self.types.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Rules {
    /// No rules, whose elements have these types.
    pub(super) fn about(elements: Elements) -> Self {
        Self {
            elements,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, name: &str, of_rule: Called) {
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
