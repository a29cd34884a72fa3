//! Classes: which there are, which one extends which, and what each has.
//!
//! All of them stand at the top level of files, so all are known before anything is lowered. An object is a block: what it is, the
//! address of the table of its class, then a place for each field, those of the class that is extended first. Classes have numbers
//! in the order of their tree, so that a class and all that extend it are a range.

use std::collections::{HashMap, HashSet};

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::annotation::{Declared, Reference, Sight, Use};
use super::class_field::Field;
use super::files::Item;
use super::generic::InstanceOf;
use super::scope::{Outer, Scopes};
use super::types::{ClassId, RecordId, Type};
use super::{Checker, error, place};
use crate::codes::{program, types as codes, unsupported};
use crate::ir::{self, FuncId, StaticId};
use crate::limits::CLASS_DEPTH_MAX;

/// The bytes of an object before its fields.
pub(super) const HEADER: u32 = 8;
/// Where the address of the table stands.
pub(super) const TABLE: u32 = 4;

/// The classes of a program.
#[derive(Debug, Default)]
pub(super) struct Classes<'a> {
    pub(super) list: Vec<Class<'a>>,
    /// By the address of their declaration.
    by_node: HashMap<usize, ClassId>,
    /// By their numbers.
    pub(super) by_number: Vec<ClassId>,
    /// Methods that return `this` and nothing else, by their places in the table of functions.
    pub(super) fluent: HashSet<usize>,
    /// Classes that were lowered.
    pub(super) lowered: usize,
    /// The classes whose objects are values of a type of records.
    pub(super) of_record: HashMap<RecordId, Vec<ClassId>>,
    /// The names of the properties of generic interfaces that generic classes implement, in order: any type of records with these
    /// may come to have objects of an instance.
    pub(super) shapes: HashSet<Vec<&'a str>>,
    /// As many classes have their numbers.
    pub(super) numbered: usize,
    /// The members of all that are declared are known.
    pub(super) entered: bool,
    /// What they implement is known, too.
    pub(super) settled: bool,
    /// Instances that were made between both.
    pub(super) waiting: Vec<ClassId>,
}

/// A class that enters the table.
pub(super) struct NewClass<'a> {
    pub(super) name: &'a str,
    pub(super) node: &'a ast::Class<'a>,
    pub(super) file: u32,
    pub(super) span: Span,
    pub(super) outer: Outer<'a>,
    pub(super) instance: Option<InstanceOf>,
}

/// A class.
#[derive(Debug)]
pub(super) struct Class<'a> {
    pub(super) name: &'a str,
    pub(super) node: &'a ast::Class<'a>,
    pub(super) file: u32,
    /// The place of its name.
    pub(super) span: Span,
    /// The names that it sees around it: the type parameters of an instance.
    pub(super) outer: Outer<'a>,
    /// The types that it is for, if it is declared with type parameters.
    pub(super) instance: Option<InstanceOf>,
    /// The declaration that it extends.
    pub(super) above: Option<ClassId>,
    /// Its number, and how many classes extend it with itself, once they are known.
    pub(super) first: StaticId,
    pub(super) tests: StaticId,
    pub(super) parent: Option<ClassId>,
    /// Something about it is wrong, which is reported.
    pub(super) broken: bool,
    pub(super) members: HashMap<&'a str, Member>,
    pub(super) statics: HashMap<&'a str, Static>,
    pub(super) fields: Vec<Field<'a>>,
    /// Its own constructor, by its place in the table of functions.
    pub(super) constructor: Option<usize>,
    /// Gives its own fields their first values.
    pub(super) initial: Option<FuncId>,
    /// Makes an object without values, where some of them are looked at early.
    pub(super) made: Option<FuncId>,
    /// Some of its fields, with those that it inherits, may be looked at before they have a value.
    pub(super) is_early: bool,
    /// Objects of it are made somewhere.
    pub(super) is_made: bool,
    /// What of it a class that extends it declares again.
    pub(super) overridden: HashSet<&'a str>,
    /// While an object is made, something may see it before all classes that extend this one gave it their fields.
    pub(super) leaks: bool,
    /// The types of records that it implements.
    pub(super) implements: Vec<(RecordId, Span)>,
    pub(super) number: usize,
    /// How many classes extend it, with itself.
    pub(super) count: usize,
    /// The bytes of an object.
    pub(super) bytes: u32,
    pub(super) table: StaticId,
    /// What the table has behind the number.
    pub(super) slots: Vec<Option<FuncId>>,
}

/// A member of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// By its place among the fields of its class.
    Field(usize),
    /// By its place in the table of functions.
    Method(usize),
    Accessor {
        get: Option<usize>,
        set: Option<usize>,
    },
}

/// A member of the class itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Static {
    /// By its place in the table of globals.
    Field(usize),
    Method(usize),
    Accessor {
        get: Option<usize>,
        set: Option<usize>,
    },
}

/// A member that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// The class that declares it.
    pub(super) owner: ClassId,
    pub(super) name: &'a str,
    pub(super) member: Member,
}

/// The class that a function belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InClass {
    pub(super) id: ClassId,
    pub(super) role: Role,
}

/// What a function of a class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It has a `this`.
    Method,
    Getter,
    Setter,
    Constructor,
    /// A member of the class itself.
    Static,
    StaticSetter,
    /// A function inside of one of these.
    Inside,
}

impl InClass {
    /// Whether the first parameter is the object.
    pub(super) fn has_this(self) -> bool {
        match self.role {
            Role::Method | Role::Getter | Role::Setter | Role::Constructor => true,
            Role::Static | Role::StaticSetter | Role::Inside => false,
        }
    }

    /// Whether nothing is returned, whatever is written.
    pub(super) fn returns_nothing(self) -> bool {
        match self.role {
            Role::Setter | Role::Constructor | Role::StaticSetter => true,
            Role::Method | Role::Getter | Role::Static | Role::Inside => false,
        }
    }

    /// What functions inside of this one belong to.
    pub(super) fn inside(self) -> Self {
        Self {
            id: self.id,
            role: Role::Inside,
        }
    }
}

impl<'a> Classes<'a> {
    pub(super) fn get(&self, id: ClassId) -> Option<&Class<'a>> {
        self.list.get(id.0)
    }

    /// The class that a declaration made.
    pub(super) fn declared_by(&self, node: &'a ast::Class<'a>) -> Option<ClassId> {
        self.by_node.get(&std::ptr::from_ref(node).addr()).copied()
    }

    /// The next class that was not lowered.
    pub(super) fn next_to_lower(&mut self) -> Option<ClassId> {
        let next = (self.lowered < self.list.len()).then_some(ClassId(self.lowered))?;
        self.lowered += 1;
        Some(next)
    }

    pub(super) fn get_mut(&mut self, id: ClassId) -> Option<&mut Class<'a>> {
        self.list.get_mut(id.0)
    }

    /// The class and those that it extends, from the inside out.
    pub(super) fn line(&self, id: ClassId) -> impl Iterator<Item = ClassId> {
        std::iter::successors(Some(id), |id| self.get(*id)?.parent).take(CLASS_DEPTH_MAX + 1)
    }

    /// Whether each object of a class is one of the other.
    pub(super) fn extends(&self, id: ClassId, other: ClassId) -> bool {
        self.line(id).any(|above| above == other)
    }

    /// The declaration of a class: of an instance, the one that has type parameters.
    pub(super) fn declaration(&self, id: ClassId) -> ClassId {
        let instance = self.get(id).and_then(|class| class.instance.as_ref());
        instance.map_or(id, |of| ClassId(of.template))
    }

    /// The declaration and those that it extends, from the inside out.
    fn declarations(&self, id: ClassId) -> impl Iterator<Item = ClassId> {
        let first = Some(self.declaration(id));
        std::iter::successors(first, |id| self.get(*id)?.above).take(CLASS_DEPTH_MAX + 1)
    }

    /// The class in the line of another one that has the same declaration as a third.
    pub(super) fn in_line(&self, id: ClassId, like: ClassId) -> Option<ClassId> {
        let wanted = self.declaration(like);
        let mut line = self.line(id);
        line.find(|above| self.declaration(*above) == wanted)
    }

    /// Whether objects of a class are values of a type of records.
    pub(super) fn implements(&self, id: ClassId, record: RecordId) -> bool {
        let mut line = self.line(id).filter_map(|id| self.get(id));
        line.any(|class| class.implements.iter().any(|(known, _)| *known == record))
    }

    /// Whether values of a type of records may be objects of classes.
    pub(super) fn has_record(&self, record: RecordId) -> bool {
        self.of_record.contains_key(&record)
    }

    /// Whether objects of instances may come to be values of a type of records with these properties.
    pub(super) fn may_have(&self, names: &[&'a str]) -> bool {
        self.shapes.contains(names)
    }

    /// The nearest class that both are or extend.
    pub(super) fn common(&self, a: ClassId, b: ClassId) -> Option<ClassId> {
        self.line(a).find(|above| self.extends(b, *above))
    }

    /// A member with the class that declares it. Those that begin with `#` are found in that class alone.
    pub(super) fn member(&self, id: ClassId, name: &str) -> Option<Found<'a>> {
        let own = if name.starts_with('#') { 1 } else { usize::MAX };
        let mut line = self.line(id).take(own);
        line.find_map(|owner| {
            let (name, member) = self.get(owner)?.members.get_key_value(name)?;
            Some(Found {
                owner,
                name,
                member: *member,
            })
        })
    }

    pub(super) fn static_member(&self, id: ClassId, name: &str) -> Option<(ClassId, Static)> {
        let own = if name.starts_with('#') { 1 } else { usize::MAX };
        let mut line = self.declarations(id).take(own);
        line.find_map(|id| Some((id, *self.get(id)?.statics.get(name)?)))
    }

    /// The uppermost class of a line that declares a member.
    pub(super) fn origin(&self, id: ClassId, name: &str) -> ClassId {
        let line = self.line(id).filter(|id| {
            self.get(*id)
                .is_some_and(|class| class.members.contains_key(name))
        });
        line.last().unwrap_or(id)
    }

    /// The class whose constructor makes objects of a class, with that constructor.
    pub(super) fn constructor(&self, id: ClassId) -> Option<usize> {
        self.line(id).find_map(|id| self.get(id)?.constructor)
    }

    pub(super) fn field(&self, id: ClassId, at: usize) -> Option<&Field<'a>> {
        self.get(id)?.fields.get(at)
    }

    /// The class at the top of the tree.
    pub(super) fn root(&self, id: ClassId) -> ClassId {
        self.line(id).last().unwrap_or(id)
    }

    /// The class and all that extend it.
    pub(super) fn tree(&self, id: ClassId) -> &[ClassId] {
        let range = self
            .get(id)
            .map(|class| class.number..class.number + class.count);
        range
            .and_then(|range| self.by_number.get(range))
            .unwrap_or(&[])
    }
}

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
        let super::Named::Interface(node) = entry.node else {
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
