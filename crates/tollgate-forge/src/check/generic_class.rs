//! Instances of generic classes, and what their declarations say before there are any.
//!
//! The declaration itself has the static members. An instance enters the tables when it is needed first, when code was made already
//! that calls methods of the classes which it extends, and that reads properties of the interfaces which it implements. So what
//! an instance may bring is noted of the declarations, before anything is lowered: the members that it declares again, and the
//! shapes of the interfaces.

use std::collections::{BTreeSet, HashSet};

use oxc_ast::ast::{self, ClassElement, PropertyKey};

use super::annotation::{Reference, Sight, shape};
use super::checker::Checker;
use super::generic::Made;
use super::known::class::NewClass;
use super::known::file::Item;
use super::known::generic::{Generic, InstanceOf};
use super::report::place;
use super::scope::Outer;
use super::types::{ClassId, RecordId};
use crate::limits::CLASS_DEPTH_MAX;

impl<'a> Checker<'a> {
    /// Whether values of a type of records may be objects of classes.
    pub(super) fn has_record(&self, record: RecordId) -> bool {
        if self.classes.has_record(record) {
            return true;
        }
        if self.classes.shapes.is_empty() {
            return false;
        }
        let properties = self.records.properties(record).iter();
        let names: Vec<&'a str> = properties.map(|property| property.name).collect();
        self.classes.may_have(&names)
    }

    /// Finds the declaration that a class extends.
    pub(super) fn find_above(&mut self, id: ClassId) {
        let above = match self.heritage(id) {
            Some(Item::Class(above)) => Some(above),
            _ => None,
        };
        if let Some(class) = self.classes.get_mut(id) {
            class.above = above;
        }
    }

    /// Whether a class is a declaration that has instances.
    fn has_instances(&self, id: ClassId) -> bool {
        self.type_parameters(Generic::Class(id)).is_some()
    }

    /// Notes which members instances may declare again, in all that they may extend.
    pub(super) fn note_overriding_templates(&mut self) {
        let all = (0..self.classes.list.len()).map(ClassId);
        let templates: Vec<ClassId> = all.filter(|id| self.has_instances(*id)).collect();
        for id in &templates {
            let Some(node) = self.classes.get(*id).map(|class| class.node) else {
                continue;
            };
            let names: Vec<&'a str> = node.body.body.iter().filter_map(member_name).collect();
            let mut above = self.classes.get(*id).and_then(|class| class.above);
            for _ in 0..=CLASS_DEPTH_MAX {
                let Some(class) = above.and_then(|above| self.classes.get_mut(above)) else {
                    break;
                };
                class.overridden.extend(names.iter().copied());
                above = class.above;
                self.spend(names.len() + 1);
            }
        }
        for at in 0..self.classes.list.len() {
            self.inherit_overridden(ClassId(at));
        }
    }

    fn inherit_overridden(&mut self, id: ClassId) {
        let declared = self.classes.declaration(id);
        if declared == id {
            return;
        }
        let names = self.classes.get(declared);
        let names = names.map(|class| class.overridden.clone());
        if let (Some(names), Some(class)) = (names, self.classes.get_mut(id)) {
            class.overridden.extend(names);
        }
    }

    /// Notes which types of records may have objects of instances.
    pub(super) fn note_implementing_templates(&mut self) {
        for at in 0..self.classes.list.len() {
            let id = ClassId(at);
            let Some(class) = self.classes.get(id).filter(|_| self.has_instances(id)) else {
                continue;
            };
            let (file, node) = (class.file, class.node);
            for written in &node.implements {
                let reference = Reference {
                    name: &written.expression,
                    arguments: written.type_arguments.as_deref(),
                };
                let mut names = BTreeSet::new();
                if self.note_interface(file, reference, &mut names).is_none() {
                    self.break_class(id);
                }
            }
        }
    }

    /// Notes an interface and all that it extends, and adds the names of its properties.
    fn note_interface(
        &mut self,
        file: u32,
        reference: Reference<'a>,
        names: &mut BTreeSet<&'a str>,
    ) -> Option<()> {
        let ast::TSTypeName::IdentifierReference(id) = reference.name else {
            return self.no_interface(place(file, reference.name));
        };
        let found = self.file_item(file as usize, id.name.as_str());
        let span = place(file, id.as_ref());
        let Some(Item::Alias(index)) = found else {
            return self.no_interface(span);
        };
        if self.type_parameters(Generic::Alias(index)).is_none() {
            let mut records = Vec::new();
            self.interfaces(Sight::of_file(file), reference, span, &mut records)?;
            for (record, _) in records {
                self.classes.of_record.entry(record).or_default();
                let properties = self.records.properties(record).iter();
                names.extend(properties.map(|property| property.name));
            }
            return Some(());
        }
        // One that is extended over several others counts each time.
        self.spend(1);
        if self.budget.is_spent() {
            return None;
        }
        if self.inferring >= crate::limits::INFERENCE_DEPTH_MAX {
            return self.no_interface(span);
        }
        let entry = self.aliases.get(index)?;
        let (file, node) = (entry.file, entry.node);
        let Some(shape) = shape(node) else {
            return self.no_interface(span);
        };
        let mut own = BTreeSet::new();
        self.inferring += 1;
        let whole = shape.extends.iter().try_for_each(|heritage| {
            let reference = Reference {
                name: &heritage.type_name,
                arguments: heritage.type_arguments.as_deref(),
            };
            self.note_interface(file, reference, &mut own)
        });
        self.inferring -= 1;
        whole?;
        own.extend(shape.members.iter().filter_map(|member| match member {
            ast::TSSignature::TSPropertySignature(property) => key_name(&property.key),
            ast::TSSignature::TSMethodSignature(method) => key_name(&method.key),
            _ => None,
        }));
        self.spend(own.len());
        names.extend(own.iter().copied());
        self.classes.shapes.insert(own.into_iter().collect());
        Some(())
    }

    /// Adds an instance to the table of classes.
    pub(super) fn add_class_instance(
        &mut self,
        template: ClassId,
        made: Made<'a>,
    ) -> Option<ClassId> {
        let class = self.classes.get(template)?;
        let (node, file, span) = (class.node, class.file, class.span);
        let (above, broken) = (class.above, class.broken);
        let id = self.push_class(NewClass {
            name: made.shown,
            node,
            file,
            span,
            outer: Outer::default().with_types(&made.names, Some(made.step)),
            instance: Some(InstanceOf {
                template: template.0,
                arguments: made.arguments,
            }),
        });
        let class = self.classes.get_mut(id)?;
        class.above = above;
        class.broken = broken;
        self.inherit_overridden(id);
        Some(id)
    }

    /// Finds out what an instance is. Before all classes are known that is done with the others.
    pub(super) fn begin_class_instance(&mut self, id: ClassId) {
        let parent = self.parent(id);
        if let Some(class) = self.classes.get_mut(id) {
            class.parent = parent;
        }
        if !self.classes.entered {
            return;
        }
        self.depth_of_class(id);
        self.enter_members(id);
        if self.classes.settled {
            self.finish_class_instance(id);
        } else {
            self.classes.waiting.push(id);
        }
    }

    /// Notes what an instance implements.
    pub(super) fn finish_class_instance(&mut self, id: ClassId) {
        self.read_implements(id);
        let implements = self.classes.get(id).map(|class| &class.implements);
        let records = implements.into_iter().flatten();
        let records: HashSet<RecordId> = records.map(|(record, _)| *record).collect();
        if records.iter().any(|record| !self.has_record(*record)) {
            self.internal("an instance implements what was not noted");
        }
        self.enter_records_of(id);
    }
}

/// The name of a member of objects that a class which extends this one's parent may have, too.
fn member_name<'a>(element: &ClassElement<'a>) -> Option<&'a str> {
    match element {
        ClassElement::MethodDefinition(method) if !method.r#static => key_name(&method.key),
        ClassElement::PropertyDefinition(field) if !field.r#static => key_name(&field.key),
        _ => None,
    }
}

fn key_name<'a>(key: &PropertyKey<'a>) -> Option<&'a str> {
    match key {
        PropertyKey::StaticIdentifier(id) => Some(id.name.as_str()),
        PropertyKey::StringLiteral(text) => Some(text.value.as_str()),
        _ => None,
    }
}
