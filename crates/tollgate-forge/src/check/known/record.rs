//! The types of records, and where their properties lie.

use std::collections::HashMap;

use crate::check::alternatives::Place;
use crate::check::types::{RecordId, Type};
use crate::check::value::Value;
use crate::ir::op::Access;
use crate::ir::{Expr, MemoryStmt, Stmt};

/// The bytes of a block before its properties.
const HEADER: u32 = 8;

/// The types of records, each once.
#[derive(Debug, Default)]
pub(crate) struct Records<'a> {
    pub(crate) list: Vec<RecordType<'a>>,
    pub(crate) by_properties: HashMap<Vec<(&'a str, Type)>, RecordId>,
    /// Properties of all types, with those that were read to extend them.
    pub(crate) counted: usize,
}

/// A type of records.
#[derive(Debug)]
pub(crate) struct RecordType<'a> {
    /// In the order of their names.
    properties: Vec<Property<'a>>,
    /// The bytes of a block.
    pub(crate) bytes: u32,
    /// As the source calls it first.
    name: Option<&'a str>,
    /// Its properties are being read, and lead back to it.
    open: bool,
}

/// A property, with its place in the block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Property<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: Type,
    access: Access,
    offset: u32,
}

impl Property<'_> {
    /// Reads the property of the record at an address.
    pub(crate) fn load(self, record: Expr) -> Value {
        Value::new(self.ty, record.load(self.access, self.offset))
    }

    /// Writes the property of the record at an address.
    pub(crate) fn store(self, record: Expr, value: Expr) -> Stmt {
        let store = MemoryStmt::Store(self.access, record, value, self.offset);
        Stmt::Memory(Box::new(store))
    }
}

impl<'a> Records<'a> {
    /// Makes room for a type whose properties are being read.
    pub(crate) fn reserve(&mut self, name: &'a str) -> RecordId {
        self.list.push(RecordType {
            properties: Vec::new(),
            bytes: 0,
            name: Some(name),
            open: true,
        });
        RecordId(self.list.len() - 1)
    }

    /// Returns the type of records with these properties, which are in the order of their names; `None` if one has no value.
    pub(crate) fn of(
        &mut self,
        properties: Vec<(&'a str, Type)>,
        reserved: Option<RecordId>,
    ) -> Option<RecordId> {
        if let (Some(known), None) = (self.by_properties.get(&properties), reserved) {
            return Some(*known);
        }
        let mut end = HEADER;
        let mut placed = Vec::new();
        // What tells alternatives from each other comes first, so that it lies where it does in the others.
        let (first, others): (Vec<_>, Vec<_>) = properties
            .iter()
            .copied()
            .partition(|(_, ty)| matches!(ty, Type::Exact(_)));
        for (name, ty) in first.into_iter().chain(others) {
            let access = ty.access()?;
            let size = 1 << access.shift();
            let offset = end.next_multiple_of(size);
            end = offset + size;
            placed.push(Property {
                name,
                ty,
                access,
                offset,
            });
        }
        placed.sort_unstable_by_key(|property| property.name);
        let made = |name| RecordType {
            properties: placed,
            bytes: end,
            name,
            open: false,
        };
        let id = match reserved {
            Some(id) => {
                let place = self.list.get_mut(id.0)?;
                *place = made(place.name);
                id
            }
            None => {
                self.list.push(made(None));
                RecordId(self.list.len() - 1)
            }
        };
        self.by_properties.entry(properties).or_insert(id);
        Some(id)
    }

    /// Returns the properties of a type, in the order of their names.
    pub(crate) fn properties(&self, id: RecordId) -> &[Property<'a>] {
        self.list.get(id.0).map_or(&[], |ty| &ty.properties)
    }

    pub(crate) fn property(&self, id: RecordId, name: &str) -> Option<Property<'a>> {
        let properties = self.properties(id);
        let at = properties.binary_search_by_key(&name, |property| property.name);
        at.ok().and_then(|at| properties.get(at)).copied()
    }

    /// Where a property lies, and its type.
    pub(crate) fn place(&self, id: RecordId, name: &str) -> Option<Place> {
        let property = self.property(id, name)?;
        Some(Place {
            ty: property.ty,
            access: property.access,
            offset: property.offset,
        })
    }

    /// The name of a property as the source spells it.
    pub(crate) fn name_of(&self, id: RecordId, name: &str) -> Option<&'a str> {
        self.property(id, name).map(|property| property.name)
    }

    /// Whether the properties of a type are not read yet.
    pub(crate) fn is_open(&self, id: RecordId) -> bool {
        self.list.get(id.0).is_some_and(|ty| ty.open)
    }

    /// Returns the name that the source gives to a type.
    pub(crate) fn name(&self, id: RecordId) -> Option<&'a str> {
        self.list.get(id.0).and_then(|ty| ty.name)
    }

    /// Names a type, unless it has a name.
    pub(crate) fn set_name(&mut self, id: RecordId, name: &'a str) {
        if let Some(ty) = self.list.get_mut(id.0) {
            ty.name.get_or_insert(name);
        }
    }
}
