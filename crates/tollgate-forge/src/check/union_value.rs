//! Values of several types: which one a value is of, and what is made of it.

use std::collections::BTreeMap;

use oxc_ast::ast::{self, Expression, ObjectPropertyKind, PropertyKey};
use tollgate_diagnostics::span::Span;

use super::absence::{FALSE, Loosely, is_absent, unboxed};
use super::alternatives::{Place, Shared, tag};
use super::asked::Look;
use super::body::Body;
use super::checker::Checker;
use super::types::{Absent, Base, Plain, Type, UnionId};
use super::value::Value;
use crate::codes::types as codes;
use crate::ir::fault::FaultKind;
use crate::ir::op::{Access, Binary, Unary, Val};
use crate::ir::{Expr, Stmt};

/// What the first word of a block is.
const TEXT: i32 = 1;

const ARRAY: i32 = 3;

const TYPED_ARRAY: i32 = 10;

const BOX: i32 = 6;

/// Whether the block at an address is of a kind. No block begins at the words that are no addresses, and all is zero there.
fn is_block(word: Expr, kind: i32) -> Expr {
    word.load(Access::I32, 0)
        .binary(Binary::I32Eq, Expr::i32(kind))
}

/// A value of an alternative, of which the word of a value is known to be one.
fn member_value(ty: Type, word: Expr) -> Option<Value> {
    let value = unboxed(ty.base()?, word);
    Some(Value::new(ty, value.expr))
}

impl<'a> Body<'_, 'a> {
    /// Whether the word of a value of several types is one of a type that it may be. Of those that list values only the kind is looked at.
    pub(super) fn holds(&mut self, word: Expr, ty: Type) -> Option<Expr> {
        self.checker.spend(1);
        Some(match ty {
            Type::Maybe(base, absent) => {
                let missing = is_absent(word.clone(), absent);
                Expr::conditional(
                    Val::I32,
                    missing,
                    Expr::i32(1),
                    self.holds(word, base.ty())?,
                )
            }
            Type::Nothing(absent) => is_absent(word, absent),
            Type::Union(id) => {
                let mut any: Option<Expr> = None;
                for member in self.checker.unions.members(id).iter() {
                    let one = self.holds(word.clone(), *member)?;
                    any = Some(match any {
                        Some(any) => any.binary(Binary::I32Or, one),
                        None => one,
                    });
                }
                any?
            }
            Type::Exact(exact) => self.holds(word, exact.of.ty())?,
            Type::Boolean => word
                .binary(Binary::I32Sub, Expr::i32(FALSE))
                .binary(Binary::I32LtU, Expr::i32(2)),
            Type::Number => is_block(word, BOX),
            Type::Text => is_block(word, TEXT),
            Type::Array(id) if self.checker.arrays.kind(id).is_some() => {
                is_block(word, TYPED_ARRAY)
            }
            Type::Array(_) => is_block(word, ARRAY),
            Type::Record(id) => is_block(word, tag(id)),
            _ => return None,
        })
    }

    /// A value of several types as one of fewer; it is looked at again if it may have changed, and the program ends if it has.
    pub(super) fn as_member(&mut self, value: Value, ty: Type, look: Look) -> Option<Value> {
        let mut out = Vec::new();
        let word = match look {
            Look::No => value.expr,
            Look::Again => {
                let word = self.keep(value, &mut out)?.expr;
                let found = self.holds(word.clone(), ty)?;
                let fault = Stmt::fault(FaultKind::Changed);
                out.push(Stmt::If(found, Vec::new(), vec![fault]));
                word
            }
        };
        let value = match ty {
            Type::Maybe(..) | Type::Nothing(_) => Value::new(ty, word),
            _ => member_value(ty, word)?,
        };
        Some(Value::new(value.ty, value.expr.after(out)))
    }

    /// Reads a property that all alternatives have.
    pub(super) fn union_property(
        &mut self,
        object: Value,
        id: UnionId,
        name: &'a str,
    ) -> Option<Value> {
        let shared = self.checker.shared_property(id, name)?;
        let Shared { ty, places } = shared.as_ref();
        if let [(place, _)] = places.as_slice() {
            return Some(load(*place, object.expr));
        }
        self.checker.spend(places.len());
        let mut out = Vec::new();
        let word = self.keep(object, &mut out)?.expr;
        let found = self.temporary(ty.val()?);
        for (place, members) in places {
            let value = load(*place, word.clone());
            let value = self.checker.turned(value, *ty)?;
            let mut here = Expr::i32(0);
            for member in members {
                let one = self.holds(word.clone(), *member)?;
                here = match here {
                    Expr::Const(_) => one,
                    _ => here.binary(Binary::I32Or, one),
                };
            }
            out.push(Stmt::If(
                here,
                vec![Stmt::SetLocal(found, value)],
                Vec::new(),
            ));
        }
        Some(Value::new(*ty, Expr::Local(found).after(out)))
    }

    /// Reports a property that not all alternatives have.
    pub(super) fn no_property_of_union(&mut self, id: UnionId, name: &str, span: Span) {
        let members = self.checker.unions.members(id);
        let has = |checker: &Checker<'a>, ty: &Type| match ty {
            Type::Record(record) => checker.records.place(*record, name).is_some(),
            _ => false,
        };
        let any = members.iter().any(|ty| has(self.checker, ty));
        let ty = self.checker.type_name(Type::Union(id));
        let (message, help) = if any {
            (
                format!("not every `{ty}` has a `{name}`"),
                "look first which it is, by a property that all have: `if (x.kind === \"a\")`, or by `\"name\" in x`, or by `typeof x`",
            )
        } else {
            (
                format!("a value of type `{ty}` has no `{name}` here"),
                "look first which it is, by a property that all have, or by `typeof x`",
            )
        };
        self.fail(codes::NO_MEMBER, message, span, help);
    }

    /// What is computed of a value in the way of each kind that it may have.
    fn by_kind(
        &mut self,
        value: Value,
        id: UnionId,
        val: Val,
        mut of: impl FnMut(&mut Self, Value) -> Option<Expr>,
    ) -> Option<Expr> {
        let mut kinds: BTreeMap<u8, Vec<Type>> = BTreeMap::new();
        for member in self.checker.unions.members(id).iter() {
            let kind = match member.widened() {
                Type::Boolean => 0,
                Type::Number => 1,
                Type::Text => 2,
                Type::Array(_) => 3,
                _ => 4,
            };
            kinds.entry(kind).or_default().push(*member);
        }
        let mut out = Vec::new();
        let word = self.keep(value, &mut out)?.expr;
        let found = self.temporary(val);
        for members in kinds.values() {
            let first = member_value(members.first()?.widened(), word.clone())?;
            let made = of(self, first)?;
            let mut here = Expr::i32(0);
            for member in members {
                let one = self.holds(word.clone(), *member)?;
                here = match here {
                    Expr::Const(_) => one,
                    _ => here.binary(Binary::I32Or, one),
                };
            }
            out.push(Stmt::If(
                here,
                vec![Stmt::SetLocal(found, made)],
                Vec::new(),
            ));
        }
        Some(Expr::Local(found).after(out))
    }

    /// Whether a value of several types counts as true.
    pub(super) fn truth_of_union(&mut self, value: Value, id: UnionId) -> Option<Expr> {
        self.by_kind(value, id, Val::I32, |body, value| match value.ty {
            Type::Boolean | Type::Number | Type::Text => body.truth_of(value),
            _ => Some(Expr::i32(1)),
        })
    }

    /// What a value of several types is as a text.
    pub(super) fn text_of_union(&mut self, value: Value, id: UnionId, span: Span) -> Option<Expr> {
        self.by_kind(value, id, Val::I32, |body, value| body.as_text(value, span))
    }

    /// `typeof` of a value of several types.
    pub(super) fn type_of_union(&mut self, value: Value, id: UnionId) -> Option<Value> {
        let name = self.by_kind(value, id, Val::I32, |body, value| {
            Some(body.type_of(value)?.expr)
        })?;
        Some(Value::new(Type::Text, name))
    }

    /// Whether two values are the same of which one is of several types, as `===` says; `None` if that is reported.
    pub(super) fn same_union(
        &mut self,
        left: Value,
        right: Value,
        loosely: Loosely,
        span: Span,
    ) -> Option<Expr> {
        let mut out = Vec::new();
        let left = self.keep(left, &mut out)?;
        let right = self.keep(right, &mut out)?;
        let (union, other) = match left.ty.base() {
            Some(Base::Union(_)) => (left.clone(), right.clone()),
            _ => (right.clone(), left.clone()),
        };
        if let Type::Nothing(absent) = other.ty {
            let absent = match loosely {
                Loosely::Yes => Absent::Either,
                Loosely::No => absent,
            };
            return Some(is_absent(union.expr, absent).after(out));
        }
        // `==` makes numbers of texts and booleans first.
        if loosely == Loosely::Yes && !(self.are_blocks(left.ty) && self.are_blocks(right.ty)) {
            self.mixed(left.ty, right.ty, "==", span);
            return None;
        }
        let same = match (union.ty.base(), other.ty) {
            (Some(Base::Union(id)), ty) if self.has_kind(id, ty) => match ty.widened() {
                kind @ (Type::Boolean | Type::Number | Type::Text) => {
                    let there = self.holds(union.expr.clone(), kind)?;
                    let value = member_value(kind, union.expr)?;
                    let same = self.same(value, other, span)?;
                    Some(Expr::conditional(Val::I32, there, same, Expr::i32(0)))
                }
                _ => None,
            },
            _ => None,
        };
        // Of two that may be missing `==` says more than the words do.
        let strictly =
            loosely == Loosely::No || left.ty.absent().is_none() || right.ty.absent().is_none();
        let common = self.checker.common(left.ty, right.ty).filter(|_| strictly);
        let same = match (same, common) {
            (Some(same), _) => same,
            // Blocks of the program are the same if their addresses are.
            (None, Some(_)) if self.are_blocks(left.ty) && self.are_blocks(right.ty) => {
                left.expr.binary(Binary::I32Eq, right.expr)
            }
            (None, Some(both)) => {
                let left = self.checker.turned(left, both)?;
                let right = self.checker.turned(right, both)?;
                let words = vec![left, right];
                self.checker.standard_call("sameValue", words)?
            }
            (None, None) => {
                self.mixed(left.ty, right.ty, "===", span);
                return None;
            }
        };
        Some(same.after(out))
    }

    /// Whether one of the alternatives has the kind of a type.
    fn has_kind(&self, id: UnionId, ty: Type) -> bool {
        let members = self.checker.unions.members(id);
        members
            .iter()
            .any(|member| member.widened() == ty.widened())
    }

    /// Whether all values of a type are arrays and objects, or missing.
    pub(super) fn are_blocks(&self, ty: Type) -> bool {
        let is_block = |ty: &Type| matches!(ty, Type::Array(_) | Type::Record(_));
        match ty.base() {
            Some(Base::Union(id)) => self.checker.unions.members(id).iter().all(is_block),
            Some(base) => is_block(&base.ty()),
            None => false,
        }
    }

    /// The alternative that an object is of which is written where one of several is wanted: it has these properties, and the values that
    /// are written are some of its own. `Some(None)` if nothing shows which; `None` if there is none, which is reported.
    pub(super) fn alternative_for(
        &mut self,
        node: &'a ast::ObjectExpression<'a>,
        id: UnionId,
    ) -> Option<Option<Type>> {
        let members = self.checker.unions.members(id);
        self.checker
            .spend(members.len().saturating_mul(node.properties.len()));
        let spreads = node
            .properties
            .iter()
            .any(|property| matches!(property, ObjectPropertyKind::SpreadProperty(_)));
        let mut listed = Vec::new();
        let mut fitting = Vec::new();
        for member in members.iter() {
            let Type::Record(record) = member else {
                continue;
            };
            let found = self.written_fits(node, *record);
            if found >= Fit::Listed {
                listed.push(*member);
            }
            let whole = spreads || self.has_all(node, *record);
            if found == Fit::All && whole {
                fitting.push(*member);
            }
        }
        match (fitting.as_slice(), listed.as_slice()) {
            ([only], _) => Some(Some(*only)),
            // What it lacks, or has too much, is reported where it is lowered.
            ([], [only]) => Some(Some(*only)),
            ([], _) => {
                let span = self.place(node);
                let ty = self.checker.type_name(Type::Union(id));
                let message = format!("an object with these properties is no `{ty}`");
                let help = "write the properties of one of its alternatives, with the values that it lists";
                self.fail(codes::MISMATCH, message, span, help);
                None
            }
            _ if spreads => Some(None),
            _ => {
                let span = self.place(node);
                let ty = self.checker.type_name(Type::Union(id));
                let message = format!("the object may be several of the alternatives of `{ty}`");
                let help = "give the object its own type first: `const one: Circle = { … };`";
                self.fail(codes::MISMATCH, message, span, help);
                None
            }
        }
    }

    /// How far what is written fits a type of records.
    fn written_fits(
        &mut self,
        node: &'a ast::ObjectExpression<'a>,
        record: super::types::RecordId,
    ) -> Fit {
        let mut fit = Fit::All;
        for (name, value) in written(node) {
            let Some(place) = self.checker.records.place(record, name) else {
                fit = fit.min(Fit::Listed);
                continue;
            };
            let shown = self.shown_type(value);
            let (Some(shown), Some(base)) = (shown, place.ty.base()) else {
                continue;
            };
            match base.ty() {
                // A number that is known takes the type that is needed.
                Type::Int(_) | Type::F32 if shown.operand() == Type::Number => {}
                Type::Exact(_) if !self.checker.becomes(shown, place.ty) => return Fit::Not,
                Type::Exact(_) => {}
                _ if !self.checker.becomes(shown, place.ty) => fit = fit.min(Fit::Listed),
                _ => {}
            }
        }
        fit
    }

    /// The type that an expression shows before it is lowered.
    fn shown_type(&mut self, expr: &'a Expression<'a>) -> Option<Type> {
        if let Some(literal) = self.single(expr) {
            // A number takes the type that its use needs.
            let number = matches!(literal, Type::Exact(exact) if exact.of == Plain::Number);
            return Some(literal).filter(|_| !number || self.constant(expr).is_some());
        }
        match expr.without_parentheses() {
            Expression::StringLiteral(_) | Expression::TemplateLiteral(_) => Some(Type::Text),
            _ => self.current_type(expr),
        }
    }

    /// Whether an object that is written has all that a type of records needs.
    fn has_all(&self, node: &'a ast::ObjectExpression<'a>, record: super::types::RecordId) -> bool {
        let names: std::collections::HashSet<&str> = written(node).map(|(name, _)| name).collect();
        let properties = self.checker.records.properties(record);
        properties.iter().all(|property| {
            let optional = property.ty.absent().is_some_and(Absent::has_undefined);
            optional || names.contains(property.name)
        })
    }

    /// `"name" in value`: whether the value is one of the alternatives that have the property.
    pub(super) fn has_name(&mut self, value: Value, with: Type) -> Option<Expr> {
        let mut out = Vec::new();
        let word = self.keep(value, &mut out)?.expr;
        let found = match with {
            Type::Never => Expr::i32(0),
            with => self.holds(word, with)?,
        };
        Some(found.after(out))
    }

    /// Whether two values are different.
    pub(super) fn differs_union(
        &mut self,
        left: Value,
        right: Value,
        loosely: Loosely,
        span: Span,
    ) -> Option<Expr> {
        let same = self.same_union(left, right, loosely, span)?;
        Some(same.unary(Unary::I32Eqz))
    }
}

/// How far what is written fits one of several alternatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Not,
    /// What the alternative lists is what is written.
    Listed,
    All,
}

/// The properties of an object that are written with their names.
fn written<'a>(
    node: &'a ast::ObjectExpression<'a>,
) -> impl Iterator<Item = (&'a str, &'a Expression<'a>)> {
    node.properties.iter().filter_map(|property| {
        let ObjectPropertyKind::ObjectProperty(property) = property else {
            return None;
        };
        let name = match &property.key {
            PropertyKey::StaticIdentifier(id) => id.name.as_str(),
            PropertyKey::StringLiteral(text) => text.value.as_str(),
            _ => return None,
        };
        Some((name, &property.value))
    })
}

fn load(place: Place, record: Expr) -> Value {
    Value::new(place.ty, record.load(place.access, place.offset))
}
