//! Types with `|` whose values are of several types: `Circle | Square`, `string | number`.
//!
//! A value of such a type is a word, as that of one that may be missing is: a text, an array or an object is its own address, a boolean one
//! of two words, and a number lies in a block of its own. The first word of a block says what it is, and that of a record
//! which record, so each alternative can be told from the others.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use oxc_ast::ast::TSType;
use tollgate_diagnostics::span::Span;

use super::alternatives::{Place, Shared, rank};
use super::annotation::Sight;
use super::checker::Checker;
use super::listed::Literal;
use super::report::error;
use super::types::{Absent, Plain, Type, UnionId};
use crate::codes::{types as codes, unsupported};
use crate::limits::ALTERNATIVES_MAX;

/// Alternatives that a name of a type shows.
const SHOWN: usize = 6;

/// The only type that values of any of these types have, if they are not missing.
fn only_present(types: &[Type]) -> Option<Type> {
    let mut present = types
        .iter()
        .map(|ty| ty.present())
        .filter(|ty| !matches!(ty, Type::Nothing(_) | Type::Never));
    let first = present.next()?;
    present.all(|ty| ty == first).then_some(first)
}

/// What a type with `|` is made of, so far.
#[derive(Default)]
struct Parts<'a> {
    absent: Option<Absent>,
    literals: Vec<Literal<'a>>,
    /// Boolean, number and text as a whole.
    plain: HashSet<Plain>,
    blocks: HashSet<Type>,
    /// Types of which there are no values in a union with others.
    others: HashSet<Type>,
}

impl<'a> Checker<'a> {
    /// `A | B | null` as it is written.
    pub(super) fn union(
        &mut self,
        sight: Sight<'_, 'a>,
        types: &'a [TSType<'a>],
        span: Span,
    ) -> Option<Type> {
        let mut parts = Vec::new();
        for ty in types {
            parts.push(match ty {
                TSType::TSNullKeyword(_) => Type::Nothing(Absent::Null),
                TSType::TSUndefinedKeyword(_) => Type::Nothing(Absent::Undefined),
                other => self.written(sight, other)?,
            });
        }
        match self.union_of(&parts, span)? {
            Type::Nothing(_) | Type::Void => self.several_types(span),
            ty => Some(ty),
        }
    }

    /// The type of values of any of these types.
    pub(super) fn union_of(&mut self, types: &[Type], span: Span) -> Option<Type> {
        if let Some(only) = only_present(types) {
            // It may be a type that is being read.
            let absent = types
                .iter()
                .filter_map(|ty| ty.absent())
                .reduce(Absent::with);
            return match absent {
                Some(absent) => self.may_be(only, absent),
                None => Some(only),
            };
        }
        let mut parts = Parts::default();
        for ty in types {
            self.take_apart(*ty, &mut parts, span)?;
        }
        let Parts {
            absent,
            literals,
            plain,
            blocks,
            others,
        } = parts;
        let mut members: Vec<Type> = blocks.into_iter().collect();
        self.spend(literals.len() + members.len());
        let arrays = members.iter().filter(|ty| matches!(ty, Type::Array(_)));
        if arrays.count() > 1 {
            return self.several_types(span);
        }
        for of in [Plain::Boolean, Plain::Number, Plain::Text] {
            let listed = literals.iter().filter(|literal| literal.plain() == of);
            let listed: HashSet<Literal<'a>> = listed.copied().collect();
            if plain.contains(&of) {
                members.push(of.ty());
            } else if !listed.is_empty() {
                let few = listed.len() <= ALTERNATIVES_MAX;
                let listed = listed.into_iter().collect();
                let Some(ty) = self.literals.of(listed).filter(|_| few) else {
                    self.too_many_alternatives(span);
                    return None;
                };
                members.push(ty);
            }
        }
        members.sort_unstable_by_key(|ty| rank(*ty));
        let mut others = others.into_iter();
        let ty = match (members.as_slice(), others.next(), others.next()) {
            ([], None, _) => None,
            ([], Some(only), None) => Some(only),
            ([only], None, _) => Some(*only),
            (_, Some(_), _) => return self.several_types(span),
            _ if members.len() > ALTERNATIVES_MAX => {
                self.too_many_alternatives(span);
                return None;
            }
            _ => {
                // What a value is stands in memory, even if nothing ever was put there.
                self.module.memory.get_or_insert_default();
                let Some(ty) = self.unions.of(members, span) else {
                    self.too_many_alternatives(span);
                    return None;
                };
                Some(ty)
            }
        };
        match (ty, absent) {
            (Some(ty), Some(absent)) => self.may_be(ty, absent),
            (Some(ty), None) => Some(ty),
            (None, Some(absent)) => Some(Type::Nothing(absent)),
            (None, None) => Some(Type::Never),
        }
    }

    fn take_apart(&mut self, ty: Type, parts: &mut Parts<'a>, span: Span) -> Option<()> {
        if let Some(absent) = ty.absent() {
            parts.absent = Some(parts.absent.map_or(absent, |known| known.with(absent)));
        }
        match ty.present() {
            Type::Never | Type::Nothing(_) => {}
            Type::Union(id) if self.unions.is_open(id) => {
                self.report(
                    error(codes::RECURSIVE_RESULT, "the type is made of itself")
                        .at(span, "leads back to its own declaration")
                        .help("name the alternatives one by one where both types are needed"),
                );
                return None;
            }
            Type::Union(id) => {
                let members = self.unions.members(id);
                self.spend(members.len());
                for member in members.iter() {
                    self.take_apart(*member, parts, span)?;
                }
            }
            Type::Exact(exact) => {
                let values = self.literals.values(exact);
                parts.literals.extend_from_slice(values);
                let count = values.len();
                self.spend(count);
            }
            Type::Boolean => {
                parts.plain.insert(Plain::Boolean);
            }
            Type::Number => {
                parts.plain.insert(Plain::Number);
            }
            Type::Text => {
                parts.plain.insert(Plain::Text);
            }
            ty @ (Type::Array(_) | Type::Record(_)) => {
                parts.blocks.insert(ty);
            }
            other => {
                parts.others.insert(other);
            }
        }
        Some(())
    }

    /// Whether each value of a type is one of the other, which has more of them.
    pub(super) fn is_part(&self, part: Type, whole: Type) -> bool {
        match (part, whole) {
            _ if part == whole => true,
            (Type::Exact(part), Type::Exact(whole)) => self.literals.is_within(part, whole),
            (Type::Exact(part), whole) if part.of.ty() == whole => true,
            (Type::Union(part), whole @ Type::Union(_)) => {
                let members = self.unions.members(part);
                !members.is_empty() && members.iter().all(|member| self.is_part(*member, whole))
            }
            (Type::Exact(exact), Type::Union(id)) => {
                let members = self.unions.members(id);
                // Those that list values come first.
                let mut lists = members.iter().take_while(|ty| rank(**ty).0 < 3);
                lists.any(|member| self.is_part(Type::Exact(exact), *member))
            }
            (part, Type::Union(id)) => self.unions.has(id, part),
            _ => false,
        }
    }

    pub(super) fn several_types<T>(&mut self, span: Span) -> Option<T> {
        let help = "the alternatives of a type with `|` are texts, numbers, booleans, one type of arrays, types of objects with properties, and `null` or `undefined`: use an object with a property that says which it is, `{ kind: \"a\", a: Counter } | { kind: \"b\", b: i32 }`";
        let message = "values of these types cannot be told from each other";
        self.report(
            error(unsupported::MAYBE, message)
                .at(span, "this type")
                .help(help),
        );
        None
    }

    /// The type as the source calls it, or its alternatives.
    pub(super) fn union_name(&self, id: UnionId, records: u32) -> String {
        let Some(union) = self.unions.list.get(id.0) else {
            return "?".to_owned();
        };
        if let Some(name) = union.name {
            return name.to_owned();
        }
        let shown = union.members.iter().take(SHOWN);
        let mut shown: Vec<String> = shown
            .map(|ty| self.type_name_inside(*ty, records + 1))
            .collect();
        if union.members.len() > SHOWN {
            shown.push(format!("… {} more", union.members.len() - SHOWN));
        }
        shown.join(" | ")
    }

    /// What is known of a property that all alternatives have; `None` if one has it not.
    pub(super) fn shared_property(&mut self, id: UnionId, name: &'a str) -> Option<Rc<Shared>> {
        if let Some(known) = self.unions.shared.get(&(id, name)) {
            return known.clone();
        }
        let found = self.find_shared(id, name).map(Rc::new);
        self.unions.shared.insert((id, name), found.clone());
        found
    }

    /// The name of a property of the first alternative.
    pub(super) fn known_property(&self, id: UnionId, name: &str) -> Option<&'a str> {
        match self.unions.members(id).first() {
            Some(Type::Record(record)) => self.records.name_of(*record, name),
            _ => None,
        }
    }

    fn find_shared(&mut self, id: UnionId, name: &'a str) -> Option<Shared> {
        let members = self.unions.members(id);
        let span = self.unions.list.get(id.0)?.span;
        self.spend(members.len());
        let mut places: Vec<(Place, Vec<Type>)> = Vec::new();
        let mut at: HashMap<Place, usize> = HashMap::new();
        for member in members.iter() {
            let Type::Record(record) = member else {
                return None;
            };
            let place = self.records.place(*record, name)?;
            let index = *at.entry(place).or_insert_with(|| {
                places.push((place, Vec::new()));
                places.len() - 1
            });
            places.get_mut(index)?.1.push(*member);
        }
        let types: Vec<Type> = places.iter().map(|(place, _)| place.ty).collect();
        let ty = self.union_of(&types, span)?;
        Some(Shared { ty, places })
    }

    /// Reports alternatives that objects of classes may be values of: those cannot be told from each other.
    pub(super) fn look_at_unions(&mut self) {
        for index in 0..self.unions.list.len() {
            let Some(union) = self.unions.list.get(index) else {
                return;
            };
            let (members, span) = (union.members.clone(), union.span);
            let of_class = members.iter().find(|ty| match ty {
                Type::Record(record) => self.has_record(*record),
                _ => false,
            });
            if let Some(ty) = of_class {
                let name = self.type_name(*ty);
                let message = format!("a class implements `{name}`, which is an alternative here");
                let help = "write a type of its own for the alternative, which no class implements";
                self.report(
                    error(unsupported::MAYBE, message)
                        .at(span, "this type")
                        .help(help),
                );
            }
        }
    }

    /// The type with these alternatives, which are some of one type; `None` if too many types are known already.
    pub(super) fn merged(&mut self, parts: Vec<Type>) -> Option<Type> {
        let mut values = Vec::new();
        let mut members = HashSet::new();
        for part in &parts {
            match part {
                Type::Exact(exact) => values.extend_from_slice(self.literals.values(*exact)),
                other => {
                    members.insert(*other);
                }
            }
        }
        for of in [Plain::Boolean, Plain::Number, Plain::Text] {
            let listed = values.iter().filter(|literal| literal.plain() == of);
            let listed: Vec<Literal<'a>> = listed.copied().collect();
            if !members.contains(&of.ty()) && !listed.is_empty() {
                members.insert(self.literals.of(listed)?);
            }
        }
        let mut members: Vec<Type> = members.into_iter().collect();
        members.sort_unstable_by_key(|ty| rank(*ty));
        match members.as_slice() {
            [only] => Some(*only),
            _ => self.unions.of(members, Span::default()),
        }
    }

    /// The alternatives of a type that pass a test, as a type.
    pub(super) fn alternatives(
        &mut self,
        id: UnionId,
        mut keep: impl FnMut(&mut Self, Type) -> Option<Type>,
    ) -> Option<Type> {
        let members = self.unions.members(id);
        self.spend(members.len());
        let mut left = Vec::new();
        for member in members.iter() {
            left.extend(keep(self, *member));
        }
        if left.is_empty() {
            return Some(Type::Never);
        }
        if left == *members {
            return Some(Type::Union(id));
        }
        // What only tests leave is no type that the source names.
        left.sort_unstable_by_key(|ty| rank(*ty));
        match left.as_slice() {
            [only] => Some(*only),
            _ => {
                let span = self.unions.list.get(id.0)?.span;
                self.unions.of(left, span)
            }
        }
    }
}
