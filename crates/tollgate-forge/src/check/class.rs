//! Classes: which there are, which one extends which, and what each has.
//!
//! All of them stand at the top level of files, so all are known before anything is lowered. An object is a block: what it is, the
//! address of the table of its class, then a place for each field, those of the class that is extended first. Classes have numbers
//! in the order of their tree, so that a class and all that extend it are a range.

use std::collections::{HashMap, HashSet};

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::annotation::{Declared, Reference, Sight, Use};
use super::checker::Checker;
use super::known::class::{Class, HEADER, NewClass};
use super::known::entry::Named;
use super::known::file::Item;
use super::report::{error, place};
use super::scope::{Outer, Scopes};
use super::types::{ClassId, RecordId, Type};
use crate::codes::{program, types as codes, unsupported};
use crate::ir::{self, StaticId};
use crate::limits::CLASS_DEPTH_MAX;

impl<'a> Checker<'a> {
    /// Enters a class that a file declares.
    pub(super) fn add_class(&mut self, file: u32, node: &'a ast::Class<'a>) -> Item<'a> {
        let (name, span) = match &node.id {
            Some(id) => (id.name.as_str(), place(file, id)),
            None => ("default", place(file, node)),
        };
        let form = if let Some(decorator) = node.decorators.first() {
            let place = place(file, decorator);
            Some((
                unsupported::CLASS,
                "decorators are not supported",
                place,
                "write in the class itself what it is to do",
            ))
        } else if node.declare {
            let help = "declare the functions that the host gives";
            Some((
                unsupported::CLASS,
                "classes of the host are not supported",
                span,
                help,
            ))
        } else {
            None
        };
        if let Some((code, message, place, help)) = form {
            self.report(error(code, message).at(place, "").help(help));
            return Item::Broken;
        }
        let id = self.push_class(NewClass {
            name,
            node,
            file,
            span,
            outer: Outer::default(),
            instance: None,
        });
        self.classes
            .by_node
            .insert(std::ptr::from_ref(node).addr(), id);
        Item::Class(id)
    }

    /// A late-bound number, which code has before it is known.
    fn new_static(&mut self) -> StaticId {
        let id = StaticId(self.next_number(self.module.statics.len()));
        self.module.statics.push(ir::Static {
            address: 0,
            functions: Vec::new(),
        });
        id
    }

    /// Adds a class to the table.
    pub(super) fn push_class(&mut self, new: NewClass<'a>) -> ClassId {
        let NewClass {
            name,
            node,
            file,
            span,
            outer,
            instance,
        } = new;
        let id = ClassId(self.classes.list.len());
        let (table, first, tests) = (self.new_static(), self.new_static(), self.new_static());
        self.classes.list.push(Class {
            name,
            node,
            file,
            span,
            outer,
            instance,
            above: None,
            first,
            tests,
            parent: None,
            broken: false,
            members: HashMap::new(),
            statics: HashMap::new(),
            fields: Vec::new(),
            constructor: None,
            initial: None,
            made: None,
            is_early: false,
            is_made: false,
            overridden: HashSet::new(),
            leaks: false,
            implements: Vec::new(),
            number: 0,
            count: 1,
            bytes: HEADER,
            table,
            slots: Vec::new(),
        });
        id
    }

    /// Finds out what all classes are, once imports are linked.
    pub(super) fn settle_classes(&mut self) {
        let declared = self.classes.list.len();
        for at in 0..declared {
            self.find_above(ClassId(at));
        }
        // What a class extends may be an instance that is made here.
        for at in 0..declared {
            let parent = self.parent(ClassId(at));
            if let Some(class) = self.classes.get_mut(ClassId(at)) {
                class.parent = parent;
            }
        }
        let all: Vec<ClassId> = (0..self.classes.list.len()).map(ClassId).collect();
        for id in &all {
            self.depth_of_class(*id);
        }
        self.number_classes();
        self.note_overriding_templates();
        for at in 0..self.classes.by_number.len() {
            if let Some(id) = self.classes.by_number.get(at).copied() {
                self.enter_members(id);
            }
        }
        self.classes.entered = true;
        self.note_implementing_templates();
        for id in all {
            self.read_implements(id);
        }
        self.enter_records();
        self.classes.settled = true;
        for id in std::mem::take(&mut self.classes.waiting) {
            self.finish_class_instance(id);
        }
        self.settle_waiting_arguments();
    }

    /// The class that a class extends.
    pub(super) fn parent(&mut self, id: ClassId) -> Option<ClassId> {
        let class = self.classes.get(id)?;
        if class.node.type_parameters.is_some() && class.instance.is_none() {
            return None;
        }
        let (file, heritage) = (class.file, class.node.heritage.as_ref()?);
        let outer = class.outer.clone();
        let found = self.heritage(id);
        let used = match (found, &heritage.expression) {
            (Some(item @ Item::Class(_)), expression) => Some(Use {
                item,
                name: match expression {
                    Expression::Identifier(name) => name.name.as_str(),
                    _ => "class",
                },
                span: place(file, &heritage.expression),
                arguments: heritage.type_arguments.as_deref(),
                place: Declared::InFile,
            }),
            _ => None,
        };
        if let Some(used) = used {
            let scopes = Scopes::default();
            let sight = Sight {
                file,
                scopes: Some((&scopes, &outer)),
                first: None,
            };
            if let Some(Item::Class(parent)) = self.applied(sight, used) {
                return Some(parent);
            }
            self.break_class(id);
            return None;
        }
        self.break_class(id);
        if found != Some(Item::Broken) {
            self.report(
                error(unsupported::CLASS, "this cannot be extended")
                    .at(place(file, &heritage.expression), "no class of the program")
                    .help("extend a class that is declared or imported under this name"),
            );
        }
        None
    }

    /// What a class names behind `extends`.
    pub(super) fn heritage(&self, id: ClassId) -> Option<Item<'a>> {
        let class = self.classes.get(id)?;
        let (file, heritage) = (class.file, class.node.heritage.as_ref()?);
        match &heritage.expression {
            Expression::Identifier(name) => self.file_item(file as usize, name.name.as_str()),
            Expression::StaticMemberExpression(member) => match &member.object {
                Expression::Identifier(name) => {
                    match self.file_item(file as usize, name.name.as_str()) {
                        Some(Item::Namespace(from)) => {
                            self.exported_item(from, member.property.name.as_str())
                        }
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn break_class(&mut self, id: ClassId) {
        if let Some(class) = self.classes.get_mut(id) {
            class.broken = true;
        }
    }

    /// Refuses classes that extend themselves, or too many in a row.
    pub(super) fn depth_of_class(&mut self, id: ClassId) {
        let depth = self.classes.line(id).count();
        if depth <= CLASS_DEPTH_MAX {
            return;
        }
        let itself = self.classes.line(id).skip(1).any(|above| above == id);
        let Some(class) = self.classes.get_mut(id) else {
            return;
        };
        class.parent = None;
        class.broken = true;
        let (span, name) = (class.span, class.name);
        self.report(if itself {
            error(
                codes::RECURSIVE_RESULT,
                format!("the class `{name}` extends itself"),
            )
            .at(span, "leads back here")
            .help("extend another class")
        } else {
            let message = format!("more than {CLASS_DEPTH_MAX} classes extend each other in a row");
            error(program::PROGRAM_TOO_LARGE, message)
                .at(span, "one more here")
                .help("keep an object of the other class in a field instead")
        });
    }

    /// Gives classes their numbers: one before those that extend it.
    pub(super) fn number_classes(&mut self) {
        let count = self.classes.list.len();
        self.classes.by_number.clear();
        self.classes.numbered = count;
        for class in &mut self.classes.list {
            class.count = 1;
        }
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut todo = Vec::new();
        for (at, class) in self.classes.list.iter().enumerate().rev() {
            match class.parent.and_then(|parent| children.get_mut(parent.0)) {
                Some(list) => list.push(at),
                None => todo.push(at),
            }
        }
        while let Some(at) = todo.pop() {
            let number = self.classes.by_number.len();
            self.classes.by_number.push(ClassId(at));
            if let Some(class) = self.classes.list.get_mut(at) {
                class.number = number;
            }
            todo.extend(children.get(at).into_iter().flatten());
        }
        for at in (0..self.classes.by_number.len()).rev() {
            let id = self.classes.by_number.get(at).copied();
            let class = id.and_then(|id| self.classes.get(id));
            let Some((count, parent)) = class.and_then(|class| Some((class.count, class.parent?)))
            else {
                continue;
            };
            if let Some(parent) = self.classes.get_mut(parent) {
                parent.count += count;
            }
        }
    }

    /// Reads which types of records a class implements.
    pub(super) fn read_implements(&mut self, id: ClassId) {
        let Some(class) = self.classes.get(id) else {
            return;
        };
        if class.node.type_parameters.is_some() && class.instance.is_none() {
            return;
        }
        let (file, node, outer) = (class.file, class.node, class.outer.clone());
        let scopes = Scopes::default();
        let sight = Sight {
            file,
            scopes: Some((&scopes, &outer)),
            first: None,
        };
        let mut found = Vec::new();
        for written in &node.implements {
            let span = place(file, written);
            let reference = Reference {
                name: &written.expression,
                arguments: written.type_arguments.as_deref(),
            };
            if self
                .interfaces(sight, reference, span, &mut found)
                .is_none()
            {
                self.break_class(id);
            }
        }
        if let Some(class) = self.classes.get_mut(id) {
            class.implements = found;
        }
    }

    /// An interface with all that it extends.
    pub(super) fn interfaces(
        &mut self,
        sight: Sight<'_, 'a>,
        reference: Reference<'a>,
        span: Span,
        found: &mut Vec<(RecordId, Span)>,
    ) -> Option<()> {
        match self.referred(sight, reference, span)? {
            Type::Record(record) => {
                if found.iter().any(|(known, _)| *known == record) {
                    return Some(());
                }
                found.push((record, span));
            }
            _ => return self.no_interface(span),
        }
        let Some(index) = self.interface_named(sight, reference) else {
            return Some(());
        };
        let entry = self.aliases.get(index)?;
        let (file, given) = (entry.file, entry.given.clone());
        let Named::Interface(node) = entry.node else {
            return Some(());
        };
        let inside = Sight {
            first: given.as_ref(),
            ..Sight::of_file(file)
        };
        for heritage in &node.extends {
            let reference = Reference {
                name: &heritage.type_name,
                arguments: heritage.type_arguments.as_deref(),
            };
            self.interfaces(inside, reference, span, found)?;
        }
        Some(())
    }

    pub(super) fn no_interface(&mut self, span: Span) -> Option<()> {
        self.report(
            error(unsupported::CLASS, "this cannot be implemented")
                .at(span, "no interface")
                .help("implement an interface of properties and methods by its name"),
        );
        None
    }

    /// Notes for each type of records which classes have such objects.
    fn enter_records(&mut self) {
        for at in 0..self.classes.by_number.len() {
            let Some(id) = self.classes.by_number.get(at).copied() else {
                continue;
            };
            self.enter_records_of(id);
        }
    }

    /// The same for one class.
    pub(super) fn enter_records_of(&mut self, id: ClassId) {
        let line = self.classes.line(id).filter_map(|id| self.classes.get(id));
        let records: HashSet<RecordId> = line
            .flat_map(|class| class.implements.iter().map(|(record, _)| *record))
            .collect();
        self.spend(records.len());
        if self.budget.is_spent() {
            return;
        }
        for record in records {
            self.classes.of_record.entry(record).or_default().push(id);
        }
    }

    /// Whether each value of a type is one of the other without a change, since it is an object of a class.
    pub(super) fn is_upcast(&self, from: Type, to: Type) -> bool {
        match (from, to) {
            (Type::Class(from), Type::Class(to)) => self.classes.extends(from, to),
            (Type::Class(from), Type::Record(to)) => self.classes.implements(from, to),
            _ => false,
        }
    }

    /// Returns whether a value becomes one of `to` by itself.
    pub(super) fn becomes(&self, from: Type, to: Type) -> bool {
        if from.becomes(to) {
            return true;
        }
        let (Some(a), Some(b)) = (from.base(), to.base()) else {
            return false;
        };
        let absent = match (from.absent(), to.absent()) {
            (None, _) => true,
            (Some(from), Some(to)) => from.with(to) == to,
            (Some(_), None) => false,
        };
        absent && (self.is_part(a.ty(), b.ty()) || self.is_upcast(a.ty(), b.ty()))
    }

    /// Returns the type of both when one becomes the other, or both are objects of classes that extend one.
    pub(super) fn common(&self, a: Type, b: Type) -> Option<Type> {
        if let Some(ty) = a.common(b) {
            return Some(ty);
        }
        let (x, y) = (a.base()?.ty(), b.base()?.ty());
        let ty = match (x, y) {
            (Type::Class(x), Type::Class(y)) => Type::Class(self.classes.common(x, y)?),
            _ if self.is_upcast(x, y) || self.is_part(x, y) => y,
            _ if self.is_upcast(y, x) || self.is_part(y, x) => x,
            (Type::Exact(x), Type::Exact(y)) if x.of == y.of => x.of.ty(),
            _ => return None,
        };
        let mut absent = a.absent().into_iter().chain(b.absent());
        absent.try_fold(ty, Type::or)
    }
}
