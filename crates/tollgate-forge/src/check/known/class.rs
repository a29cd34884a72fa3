//! Classes, their members, and how they extend each other.

use std::collections::{HashMap, HashSet};

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::generic::InstanceOf;
use crate::check::scope::Outer;
use crate::check::types::{Absent, ClassId, RecordId, Type};
use crate::ir::{FuncId, StaticId};
use crate::limits::CLASS_DEPTH_MAX;

/// The bytes of an object before its fields.
pub(crate) const HEADER: u32 = 8;

/// Where the address of the table stands.
pub(crate) const TABLE: u32 = 4;

/// The classes of a program.
#[derive(Debug, Default)]
pub(crate) struct Classes<'a> {
    pub(crate) list: Vec<Class<'a>>,
    /// By the address of their declaration.
    pub(crate) by_node: HashMap<usize, ClassId>,
    /// By their numbers.
    pub(crate) by_number: Vec<ClassId>,
    /// Methods that return `this` and nothing else, by their places in the table of functions.
    pub(crate) fluent: HashSet<usize>,
    /// Classes that were lowered.
    pub(crate) lowered: usize,
    /// The classes whose objects are values of a type of records.
    pub(crate) of_record: HashMap<RecordId, Vec<ClassId>>,
    /// The names of the properties of generic interfaces that generic classes implement, in order: any type of records with these
    /// may come to have objects of an instance.
    pub(crate) shapes: HashSet<Vec<&'a str>>,
    /// As many classes have their numbers.
    pub(crate) numbered: usize,
    /// The members of all that are declared are known.
    pub(crate) entered: bool,
    /// What they implement is known, too.
    pub(crate) settled: bool,
    /// Instances that were made between both.
    pub(crate) waiting: Vec<ClassId>,
}

/// A class that enters the table.
pub(crate) struct NewClass<'a> {
    pub(crate) name: &'a str,
    pub(crate) node: &'a ast::Class<'a>,
    pub(crate) file: u32,
    pub(crate) span: Span,
    pub(crate) outer: Outer<'a>,
    pub(crate) instance: Option<InstanceOf>,
}

/// A class.
#[derive(Debug)]
pub(crate) struct Class<'a> {
    pub(crate) name: &'a str,
    pub(crate) node: &'a ast::Class<'a>,
    pub(crate) file: u32,
    /// The place of its name.
    pub(crate) span: Span,
    /// The names that it sees around it: the type parameters of an instance.
    pub(crate) outer: Outer<'a>,
    /// The types that it is for, if it is declared with type parameters.
    pub(crate) instance: Option<InstanceOf>,
    /// The declaration that it extends.
    pub(crate) above: Option<ClassId>,
    /// Its number, and how many classes extend it with itself, once they are known.
    pub(crate) first: StaticId,
    pub(crate) tests: StaticId,
    pub(crate) parent: Option<ClassId>,
    /// Something about it is wrong, which is reported.
    pub(crate) broken: bool,
    pub(crate) members: HashMap<&'a str, Member>,
    pub(crate) statics: HashMap<&'a str, Static>,
    pub(crate) fields: Vec<Field<'a>>,
    /// Its own constructor, by its place in the table of functions.
    pub(crate) constructor: Option<usize>,
    /// Gives its own fields their first values.
    pub(crate) initial: Option<FuncId>,
    /// Makes an object without values, where some of them are looked at early.
    pub(crate) made: Option<FuncId>,
    /// Some of its fields, with those that it inherits, may be looked at before they have a value.
    pub(crate) is_early: bool,
    /// Objects of it are made somewhere.
    pub(crate) is_made: bool,
    /// What of it a class that extends it declares again.
    pub(crate) overridden: HashSet<&'a str>,
    /// While an object is made, something may see it before all classes that extend this one gave it their fields.
    pub(crate) leaks: bool,
    /// The types of records that it implements.
    pub(crate) implements: Vec<(RecordId, Span)>,
    pub(crate) number: usize,
    /// How many classes extend it, with itself.
    pub(crate) count: usize,
    /// The bytes of an object.
    pub(crate) bytes: u32,
    pub(crate) table: StaticId,
    /// What the table has behind the number.
    pub(crate) slots: Vec<Option<FuncId>>,
}

/// A member of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
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
pub(crate) enum Static {
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
pub(crate) struct Found<'a> {
    /// The class that declares it.
    pub(crate) owner: ClassId,
    pub(crate) name: &'a str,
    pub(crate) member: Member,
}

/// The class that a function belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InClass {
    pub(crate) id: ClassId,
    pub(crate) role: Role,
}

/// What a function of a class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
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
    pub(crate) fn has_this(self) -> bool {
        match self.role {
            Role::Method | Role::Getter | Role::Setter | Role::Constructor => true,
            Role::Static | Role::StaticSetter | Role::Inside => false,
        }
    }

    /// Whether nothing is returned, whatever is written.
    pub(crate) fn returns_nothing(self) -> bool {
        match self.role {
            Role::Setter | Role::Constructor | Role::StaticSetter => true,
            Role::Method | Role::Getter | Role::Static | Role::Inside => false,
        }
    }

    /// What functions inside of this one belong to.
    pub(crate) fn inside(self) -> Self {
        Self {
            id: self.id,
            role: Role::Inside,
        }
    }
}

impl<'a> Classes<'a> {
    pub(crate) fn get(&self, id: ClassId) -> Option<&Class<'a>> {
        self.list.get(id.0)
    }

    /// The class that a declaration made.
    pub(crate) fn declared_by(&self, node: &'a ast::Class<'a>) -> Option<ClassId> {
        self.by_node.get(&std::ptr::from_ref(node).addr()).copied()
    }

    /// The next class that was not lowered.
    pub(crate) fn next_to_lower(&mut self) -> Option<ClassId> {
        let next = (self.lowered < self.list.len()).then_some(ClassId(self.lowered))?;
        self.lowered += 1;
        Some(next)
    }

    pub(crate) fn get_mut(&mut self, id: ClassId) -> Option<&mut Class<'a>> {
        self.list.get_mut(id.0)
    }

    /// The class and those that it extends, from the inside out.
    pub(crate) fn line(&self, id: ClassId) -> impl Iterator<Item = ClassId> {
        std::iter::successors(Some(id), |id| self.get(*id)?.parent).take(CLASS_DEPTH_MAX + 1)
    }

    /// Whether each object of a class is one of the other.
    pub(crate) fn extends(&self, id: ClassId, other: ClassId) -> bool {
        self.line(id).any(|above| above == other)
    }

    /// The declaration of a class: of an instance, the one that has type parameters.
    pub(crate) fn declaration(&self, id: ClassId) -> ClassId {
        let instance = self.get(id).and_then(|class| class.instance.as_ref());
        instance.map_or(id, |of| ClassId(of.template))
    }

    /// The declaration and those that it extends, from the inside out.
    fn declarations(&self, id: ClassId) -> impl Iterator<Item = ClassId> {
        let first = Some(self.declaration(id));
        std::iter::successors(first, |id| self.get(*id)?.above).take(CLASS_DEPTH_MAX + 1)
    }

    /// The class in the line of another one that has the same declaration as a third.
    pub(crate) fn in_line(&self, id: ClassId, like: ClassId) -> Option<ClassId> {
        let wanted = self.declaration(like);
        let mut line = self.line(id);
        line.find(|above| self.declaration(*above) == wanted)
    }

    /// Whether objects of a class are values of a type of records.
    pub(crate) fn implements(&self, id: ClassId, record: RecordId) -> bool {
        let mut line = self.line(id).filter_map(|id| self.get(id));
        line.any(|class| class.implements.iter().any(|(known, _)| *known == record))
    }

    /// Whether values of a type of records may be objects of classes.
    pub(crate) fn has_record(&self, record: RecordId) -> bool {
        self.of_record.contains_key(&record)
    }

    /// Whether objects of instances may come to be values of a type of records with these properties.
    pub(crate) fn may_have(&self, names: &[&'a str]) -> bool {
        self.shapes.contains(names)
    }

    /// The nearest class that both are or extend.
    pub(crate) fn common(&self, a: ClassId, b: ClassId) -> Option<ClassId> {
        self.line(a).find(|above| self.extends(b, *above))
    }

    /// A member with the class that declares it. Those that begin with `#` are found in that class alone.
    pub(crate) fn member(&self, id: ClassId, name: &str) -> Option<Found<'a>> {
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

    pub(crate) fn static_member(&self, id: ClassId, name: &str) -> Option<(ClassId, Static)> {
        let own = if name.starts_with('#') { 1 } else { usize::MAX };
        let mut line = self.declarations(id).take(own);
        line.find_map(|id| Some((id, *self.get(id)?.statics.get(name)?)))
    }

    /// The uppermost class of a line that declares a member.
    pub(crate) fn origin(&self, id: ClassId, name: &str) -> ClassId {
        let line = self.line(id).filter(|id| {
            self.get(*id)
                .is_some_and(|class| class.members.contains_key(name))
        });
        line.last().unwrap_or(id)
    }

    /// The class whose constructor makes objects of a class, with that constructor.
    pub(crate) fn constructor(&self, id: ClassId) -> Option<usize> {
        self.line(id).find_map(|id| self.get(id)?.constructor)
    }

    pub(crate) fn field(&self, id: ClassId, at: usize) -> Option<&Field<'a>> {
        self.get(id)?.fields.get(at)
    }

    /// The class at the top of the tree.
    pub(crate) fn root(&self, id: ClassId) -> ClassId {
        self.line(id).last().unwrap_or(id)
    }

    /// The class and all that extend it.
    pub(crate) fn tree(&self, id: ClassId) -> &[ClassId] {
        let range = self
            .get(id)
            .map(|class| class.number..class.number + class.count);
        range
            .and_then(|range| self.by_number.get(range))
            .unwrap_or(&[])
    }
}

/// A field that a class declares.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) span: Span,
    pub(crate) written: Option<&'a ast::TSTypeAnnotation<'a>>,
    /// `x?: number`
    pub(crate) optional: bool,
    pub(crate) value: Option<&'a Expression<'a>>,
    /// The parameter of the constructor that declares it.
    pub(crate) parameter: Option<usize>,
    /// Where it lies in the object.
    pub(crate) offset: u32,
    /// It may be looked at before it has a value: a word behind it says whether it has.
    pub(crate) early: bool,
    /// Neither a value nor the constructor gives it one.
    pub(crate) unset: bool,
    /// `x!: number`
    pub(crate) definite: bool,
    /// It is a field of a class that is extended, which is given another first value.
    pub(crate) again: bool,
    pub(crate) ty: FieldType,
}

/// How far the type of a field has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Waiting,
    Working,
    Done(Option<Type>),
}

impl Field<'_> {
    /// The bytes that a field takes.
    pub(crate) fn bytes(&self) -> u32 {
        if self.early { 16 } else { 8 }
    }

    /// Whether it is looked at when it is read.
    pub(crate) fn is_checked(&self, ty: Type) -> bool {
        self.early && !ty.absent().is_some_and(Absent::has_undefined)
    }
}

/// Whose member is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// That of the object's own class.
    Object,
    /// That of the class that is named, as for `super`.
    Class,
}
