//! The types that values have at a place, where they are not the declared ones.

use std::collections::HashMap;

use super::assigned_names::AssignedNames;
use super::types::Type;
use crate::ir::LocalId;
use crate::limits::FACTS_MAX;

/// A variable, or a property of what is in one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Spot<'a> {
    pub(super) root: Root,
    pub(super) path: Vec<&'a str>,
}

/// A variable that something is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Root {
    Local(LocalId),
    /// By its place in the table of globals.
    Global(usize),
}

/// The types that values have here, where they are not the declared ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts<'a> {
    pub(super) types: HashMap<Spot<'a>, Known<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known<'a> {
    pub(super) ty: Type,
    pub(super) name: &'a str,
}

impl<'a> Facts<'a> {
    pub(super) fn set(&mut self, spot: &Spot<'a>, known: Known<'a>) {
        if self.types.len() < FACTS_MAX || self.types.contains_key(spot) {
            self.types.insert(spot.clone(), known);
        }
    }

    /// The type that is known of a value.
    pub(super) fn known(&self, spot: &Spot<'a>) -> Option<Type> {
        self.types.get(spot).map(|known| known.ty)
    }

    /// Notes the type of a value.
    pub(super) fn note(&mut self, (spot, name): (Spot<'a>, &'a str), ty: Type) {
        self.set(&spot, Known { ty, name });
    }

    /// Forgets what is known of a value and of what is in it.
    pub(super) fn forget(&mut self, spot: &Spot<'a>) {
        let inside =
            |other: &Spot<'a>| other.root == spot.root && other.path.starts_with(&spot.path);
        self.types.retain(|other, _| !inside(other));
    }

    /// What both know, where what they know of a value goes together.
    pub(super) fn join(
        mut self,
        other: &Self,
        mut both: impl FnMut(Type, Type) -> Option<Type>,
    ) -> Self {
        self.types.retain(|spot, known| {
            let Some(found) = other.types.get(spot) else {
                return false;
            };
            let ty = if found.ty == known.ty {
                Some(known.ty)
            } else {
                both(known.ty, found.ty)
            };
            known.ty = ty.unwrap_or(known.ty);
            ty.is_some() && found.name == known.name
        });
        self
    }

    /// What both know.
    pub(super) fn meet(mut self, other: &Self) -> Self {
        self.types
            .retain(|spot, known| other.types.get(spot) == Some(known));
        self
    }

    /// Forgets what may be assigned.
    pub(super) fn without(mut self, assigned: &AssignedNames<'a>) -> Self {
        self.types.retain(|spot, known| {
            let plain = |name: &'a str| name.strip_prefix('#').unwrap_or(name);
            let on_the_way = spot.path.iter().any(|name| assigned.has(plain(name)));
            !assigned.has(known.name) && !on_the_way
        });
        self
    }
}
