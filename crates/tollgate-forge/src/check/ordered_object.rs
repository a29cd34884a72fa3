//! Objects that know the order of their properties: where it comes from, and what changes it.

use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::checker::Checker;
use super::known::record::Property;
use super::property_order::{KIND, PropertyOrigin, order_of, set_order};
use super::types::{Absent, RecordId, Type};
use super::value::Value;
use crate::ir::{Expr, Stmt};
use crate::syntax::words_in;

impl<'a> Checker<'a> {
    /// Finds out whether objects know their orders. That is before there is any.
    pub(super) fn enter_orders(&mut self) {
        let mut files = self.bundle.files.iter();
        self.orders.kept = files.any(|file| !words_in(&file.text, &["JSON", "..."]).is_empty());
    }

    /// The number of a property in orders.
    fn property_number(&self, id: RecordId, name: &str) -> Option<i32> {
        let properties = self.records.properties(id);
        let at = properties.binary_search_by_key(&name, |property| property.name);
        i32::try_from(at.ok()?).ok()
    }

    /// The address of an order that is known.
    pub(super) fn known_order(&mut self, numbers: Vec<i32>) -> Option<i32> {
        if let Some(known) = self.orders.known.get(&numbers) {
            return Some(*known);
        }
        self.spend(numbers.len());
        let mut words = vec![KIND, i32::try_from(numbers.len()).ok()?];
        words.extend(&numbers);
        let address = self.words(&words);
        self.orders.known.insert(numbers, address);
        Some(address)
    }

    /// The address of a table: what the properties of one type are in another, by their numbers.
    fn renumbered(&mut self, from: RecordId, to: RecordId) -> i32 {
        if let Some(known) = self.orders.renumbered.get(&(from, to)) {
            return *known;
        }
        let properties = self.records.properties(from).iter();
        let names: Vec<&str> = properties.map(|property| property.name).collect();
        self.spend(names.len());
        let numbers = names.into_iter();
        let numbers = numbers.map(|name| self.property_number(to, name).unwrap_or(-1));
        let numbers: Vec<i32> = numbers.collect();
        let address = self.words(&numbers);
        self.orders.renumbered.insert((from, to), address);
        address
    }
}

impl<'a> Body<'_, 'a> {
    /// Keeps the order that an object has now, for one that is made of it.
    pub(super) fn take_order(
        &mut self,
        object: &Value,
        order: &mut Vec<PropertyOrigin<'a>>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        if let (Type::Record(id), true) = (object.ty, self.checker.orders.kept) {
            let now = Value::new(Type::I32, order_of(object.expr.clone()));
            order.push(PropertyOrigin::Object(id, self.keep_local(now, out)?));
        }
        Some(())
    }

    /// A property that was given before `...` of an object that may not have it: what is given before stays then.
    pub(super) fn given_again(
        &mut self,
        (name, first): (&str, Value),
        (origin, later): (PropertyOrigin<'a>, Value),
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<Value> {
        let PropertyOrigin::Object(id, order) = origin else {
            return Some(later);
        };
        let optional = later.ty.absent().is_some_and(Absent::has_undefined);
        if !optional {
            return Some(later);
        }
        let Some(ty) = self.checker.common(first.ty, later.ty) else {
            self.mixed(first.ty, later.ty, "...", span);
            return None;
        };
        let number = Expr::i32(self.checker.property_number(id, name)?);
        let arguments = vec![Expr::Local(order), number];
        let there = self.checker.standard_call("orderHas", arguments)?;
        let first = self.checker.turned(first, ty)?;
        let later = self.checker.turned(later, ty)?;
        let chosen = Expr::conditional(ty.val()?, there, later, first);
        self.keep(Value::new(ty, chosen), out)
    }

    /// Gives a new object its order.
    pub(super) fn give_order(
        &mut self,
        (id, record): (RecordId, Expr),
        order: &[PropertyOrigin<'a>],
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        if !self.checker.orders.kept {
            return Some(());
        }
        let mut known = Vec::new();
        let mut rest = order.iter();
        let mut next = rest.next();
        while let Some(PropertyOrigin::Name(name)) = next {
            known.push(self.checker.property_number(id, name)?);
            next = rest.next();
        }
        let known = self.checker.known_order(known)?;
        let made = self.temporary(crate::ir::op::Val::I32);
        out.push(Stmt::SetLocal(made, Expr::i32(known)));
        while let Some(from) = next {
            let so_far = Expr::Local(made);
            let with = match from {
                PropertyOrigin::Name(name) => {
                    let number = Expr::i32(self.checker.property_number(id, name)?);
                    self.checker
                        .standard_call("orderWith", vec![so_far, number])
                }
                PropertyOrigin::Object(other, order) => {
                    let numbers = Expr::i32(self.checker.renumbered(*other, id));
                    let arguments = vec![so_far, Expr::Local(*order), numbers];
                    self.checker.standard_call("orderWithAll", arguments)
                }
            };
            out.push(Stmt::SetLocal(made, with?));
            next = rest.next();
        }
        out.push(set_order(record, Expr::Local(made)));
        Some(())
    }

    /// What is done where a property gets a value: it may not have been there.
    pub(super) fn note_property(
        &mut self,
        (id, property): (RecordId, Property<'a>),
        record: Expr,
    ) -> Option<Vec<Stmt>> {
        let optional = property.ty.absent().is_some_and(Absent::has_undefined);
        if !optional || !self.checker.orders.kept {
            return Some(Vec::new());
        }
        let number = Expr::i32(self.checker.property_number(id, property.name)?);
        let note = self.checker.standard_function("noteProperty")?;
        Some(vec![Stmt::Call(note, vec![record, number])])
    }
}
