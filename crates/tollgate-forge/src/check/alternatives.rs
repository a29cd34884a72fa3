//! The types with several alternatives, `Circle | Square`, each once. Two types with the same alternatives are one.

use std::collections::HashMap;
use std::rc::Rc;

use tollgate_diagnostics::span::Span;

use super::types::{Plain, RecordId, Type, UnionId};
use crate::ir::op::Access;
use crate::limits::PROGRAM_ALTERNATIVES_MAX;

/// What the first word of a record is: that it is one, and of which type.
pub(super) fn tag(id: RecordId) -> i32 {
    // There are fewer types of records than properties of all of them.
    let number = i32::try_from(id.0).unwrap_or(i32::MAX >> 4);
    (number << 4) | 5
}

/// The types with several alternatives, each once.
#[derive(Debug, Default)]
pub(super) struct Unions<'a> {
    pub(super) list: Vec<UnionType<'a>>,
    by_members: HashMap<Rc<[Type]>, UnionId>,
    /// What was found of a property that all alternatives have.
    pub(super) shared: HashMap<(UnionId, &'a str), Option<Rc<Shared>>>,
    counted: usize,
}

#[derive(Debug)]
pub(super) struct UnionType<'a> {
    /// In the order of [`rank`].
    pub(super) members: Rc<[Type]>,
    pub(super) name: Option<&'a str>,
    pub(super) span: Span,
    /// Its alternatives are being read, and lead back to it.
    open: bool,
}

/// A property that all alternatives have.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) ty: Type,
    /// Where the property lies, with the type that it has there and the alternatives that have it there.
    pub(super) places: Vec<(Place, Vec<Type>)>,
}

/// Where a property lies, and its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) ty: Type,
    pub(super) access: Access,
    pub(super) offset: u32,
}

/// What the alternatives of a type are sorted by.
pub(super) fn rank(ty: Type) -> (u8, usize) {
    match ty {
        Type::Boolean => (0, 0),
        Type::Number => (1, 0),
        Type::Text => (2, 0),
        Type::Exact(exact) => (
            match exact.of {
                Plain::Boolean => 0,
                Plain::Number => 1,
                Plain::Text => 2,
            },
            exact.id.0 + 1,
        ),
        Type::Array(id) => (3, id.0),
        Type::Record(id) => (4, id.0),
        _ => (5, 0),
    }
}

impl<'a> Unions<'a> {
    /// Makes room for a type whose alternatives are being read.
    pub(super) fn reserve(&mut self, name: &'a str, span: Span) -> UnionId {
        self.list.push(UnionType {
            members: Rc::new([]),
            name: Some(name),
            span,
            open: true,
        });
        UnionId(self.list.len() - 1)
    }

    /// Gives the type that was reserved the alternatives of one that was read.
    pub(super) fn fill(&mut self, reserved: UnionId, read: UnionId) {
        let members = self.members(read);
        if let Some(ty) = self.list.get_mut(reserved.0) {
            ty.members = members.clone();
            ty.open = false;
        }
        self.by_members.insert(members, reserved);
    }

    pub(super) fn members(&self, id: UnionId) -> Rc<[Type]> {
        let found = self.list.get(id.0);
        found.map_or_else(|| Rc::new([]) as Rc<[Type]>, |ty| ty.members.clone())
    }

    pub(super) fn is_open(&self, id: UnionId) -> bool {
        self.list.get(id.0).is_some_and(|ty| ty.open)
    }

    pub(super) fn set_name(&mut self, id: UnionId, name: &'a str) {
        if let Some(ty) = self.list.get_mut(id.0) {
            ty.name.get_or_insert(name);
        }
    }

    pub(super) fn of(&mut self, members: Vec<Type>, span: Span) -> Option<Type> {
        let members: Rc<[Type]> = members.into();
        if let Some(id) = self.by_members.get(&members) {
            return Some(Type::Union(*id));
        }
        self.counted = self.counted.saturating_add(members.len());
        if self.counted > PROGRAM_ALTERNATIVES_MAX {
            return None;
        }
        let id = UnionId(self.list.len());
        self.list.push(UnionType {
            members: members.clone(),
            name: None,
            span,
            open: false,
        });
        self.by_members.insert(members, id);
        Some(Type::Union(id))
    }

    /// The alternative that has all values of a type, if the type is no union itself.
    pub(super) fn has(&self, id: UnionId, ty: Type) -> bool {
        let Some(union) = self.list.get(id.0) else {
            return false;
        };
        let found = union
            .members
            .binary_search_by_key(&rank(ty), |ty| rank(*ty));
        found.is_ok()
    }
}
