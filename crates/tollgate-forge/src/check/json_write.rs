//! The functions that write values of arrays, objects and alternatives as JSON.

use tollgate_diagnostics::span::Span;

use super::absence::{is_absent, unboxed};
use super::asked::Look;
use super::body::Body;
use super::budget;
use super::json::JsonUse;
use super::known::record::Property;
use super::property_order::{number_in, order_of, properties_in};
use super::sequence::count;
use super::types::{Absent, Type};
use super::value::Value;
use crate::ir::fault::FaultKind;
use crate::ir::op::{Binary, Unary};
use crate::ir::{Expr, LocalId, Stmt};
use crate::limits::JSON_DEPTH_MAX;

/// Brackets that open and close.
const ARRAY: [u8; 2] = *b"[]";

const OBJECT: [u8; 2] = *b"{}";

/// A property with its number in orders.
type Numbered<'a> = (i32, Property<'a>);

/// An object while its properties are written.
struct WrittenObject {
    object: Expr,
    json: LocalId,
}

/// The number that a name is as an index of an array: such properties come first, in the order of their numbers.
fn array_index(name: &str) -> Option<u32> {
    let number: u32 = name.parse().ok()?;
    (number.to_string() == name && number < u32::MAX).then_some(number)
}

impl<'a> Body<'_, 'a> {
    /// Writes a value that has JSON.
    pub(super) fn write_json(
        &mut self,
        value: Value,
        json: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        self.checker.spend(budget::STORE);
        let ty = value.ty.widened();
        let value = Value::new(ty, value.expr);
        let (name, written) = match ty {
            Type::Text => ("jsonPutQuoted", value.expr),
            Type::Number | Type::Enum(_) | Type::F32 => {
                ("jsonPutNumber", self.checker.turned(value, Type::Number)?)
            }
            Type::Boolean | Type::Int(_) => ("jsonPutText", self.as_text(value, Span::default())?),
            Type::Nothing(_) => {
                let null = self.null();
                ("jsonPutText", null.after(vec![Stmt::Drop(value.expr)]))
            }
            Type::Never => ("jsonPutQuoted", self.checker.turned(value, Type::Text)?),
            Type::Maybe(base, _) => {
                let word = self.keep(value, out)?.expr;
                let mut there = Vec::new();
                self.write_json(unboxed(base, word.clone()), json, &mut there)?;
                let function = self.checker.standard_function("jsonPutText")?;
                let missing = vec![Stmt::Call(function, vec![Expr::Local(json), self.null()])];
                out.push(Stmt::If(is_absent(word, Absent::Either), missing, there));
                return Some(());
            }
            Type::Class(_) if self.checker.dictionary(ty).is_none() => return None,
            Type::Array(_) | Type::Record(_) | Type::Union(_) | Type::Class(_) => {
                let writer = self.checker.json_function(ty, JsonUse::Write);
                out.push(Stmt::Call(writer, vec![value.expr, Expr::Local(json)]));
                return Some(());
            }
            Type::Exact(_) | Type::Rest(_) | Type::Function(_) | Type::Void => return None,
        };
        let function = self.checker.standard_function(name)?;
        out.push(Stmt::Call(function, vec![Expr::Local(json), written]));
        Some(())
    }

    fn null(&mut self) -> Expr {
        self.checker.text("null".encode_utf16().collect())
    }

    /// Writes what is in a value, which is in a variable.
    pub(super) fn write_parts(
        &mut self,
        value: Value,
        json: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let brackets = match value.ty {
            Type::Array(_) => ARRAY,
            Type::Record(_) | Type::Class(_) => OBJECT,
            _ => return self.write_alternatives(value, json, out),
        };
        let [open, close] = brackets.map(|bracket| Expr::i32(i32::from(bracket)));
        let arguments = vec![Expr::Local(json), open];
        let levels = self.checker.standard_call("jsonOpen", arguments)?;
        let too_deep = levels.binary(Binary::I32GtS, Expr::i32(JSON_DEPTH_MAX));
        let end = self.checker.end_named(format!(
            "JSON of more than {JSON_DEPTH_MAX} levels, or of an object that is inside of itself"
        ));
        let fault = Stmt::named_fault(FaultKind::Levels, end);
        out.push(Stmt::If(too_deep, vec![fault], Vec::new()));
        match value.ty {
            Type::Array(_) => self.write_elements(value, json, out)?,
            Type::Class(_) => self.write_entries(value, json, out)?,
            _ => self.write_properties(value, json, out)?,
        }
        let function = self.checker.standard_function("jsonClose")?;
        out.push(Stmt::Call(function, vec![Expr::Local(json), close]));
        Some(())
    }

    fn write_elements(&mut self, list: Value, json: LocalId, out: &mut Vec<Stmt>) -> Option<()> {
        let elements = self.elements_of(list.ty)?;
        let list = list.expr;
        let zero = Value::new(Type::I32, Expr::i32(0));
        let at = self.keep_local(zero, out)?;
        let (leave, next) = (self.label(), self.label());
        let done = Expr::Local(at).binary(Binary::I32GeU, count(list.clone()));
        let comma = self.checker.standard_function("jsonNext")?;
        let mut inside = vec![
            Stmt::BranchIf(leave, done),
            Stmt::Call(comma, vec![Expr::Local(json)]),
        ];
        let element = elements.load(elements.address(list, Expr::Local(at)));
        self.write_json(element, json, &mut inside)?;
        let step = Expr::Local(at).binary(Binary::I32Add, Expr::i32(1));
        inside.push(Stmt::SetLocal(at, step));
        inside.push(Stmt::Branch(next));
        out.push(Stmt::Block(leave, vec![Stmt::Loop(next, inside)]));
        Some(())
    }

    /// Writes the properties in the order in which the object came to them, but for those that are called as numbers.
    fn write_properties(
        &mut self,
        object: Value,
        json: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let Type::Record(id) = object.ty else {
            return None;
        };
        let properties = self.checker.records.properties(id).to_vec();
        let numbered = (0_i32..).zip(properties);
        let (mut first, others): (Vec<_>, Vec<_>) =
            numbered.partition(|(_, property)| array_index(property.name).is_some());
        first.sort_by_key(|(_, property)| array_index(property.name));
        let written = WrittenObject {
            object: object.expr,
            json,
        };
        for (_, property) in first {
            self.write_property(property, &written, out)?;
        }
        let order = Value::new(Type::I32, order_of(written.object.clone()));
        let order = self.keep_local(order, out)?;
        let left = Value::new(Type::I32, properties_in(Expr::Local(order)));
        let left = self.keep_local(left, out)?;
        let (leave, next) = (self.label(), self.label());
        let done = Expr::Local(left).unary(Unary::I32Eqz);
        let mut inside = vec![Stmt::BranchIf(leave, done)];
        let number = Value::new(Type::I32, number_in(Expr::Local(order)));
        let number = self.keep_local(number, &mut inside)?;
        inside.extend(self.write_numbered(&others, number, &written)?);
        let step = |local, by| {
            let stepped = Expr::Local(local).binary(Binary::I32Add, Expr::i32(by));
            Stmt::SetLocal(local, stepped)
        };
        inside.extend([step(order, 4), step(left, -1), Stmt::Branch(next)]);
        out.push(Stmt::Block(leave, vec![Stmt::Loop(next, inside)]));
        Some(())
    }

    /// Writes the property with a number, if it is one of these; they are in the order of their numbers.
    fn write_numbered(
        &mut self,
        properties: &[Numbered<'a>],
        number: LocalId,
        written: &WrittenObject,
    ) -> Option<Vec<Stmt>> {
        let (condition, then, otherwise) = match properties {
            [] => return Some(Vec::new()),
            [(only, property)] => {
                let mut then = Vec::new();
                self.write_property(*property, written, &mut then)?;
                let same = Expr::Local(number).binary(Binary::I32Eq, Expr::i32(*only));
                (same, then, Vec::new())
            }
            _ => {
                let (low, high) = properties.split_at(properties.len() / 2);
                let middle = high.first()?.0;
                let below = Expr::Local(number).binary(Binary::I32LtS, Expr::i32(middle));
                let low = self.write_numbered(low, number, written)?;
                (below, low, self.write_numbered(high, number, written)?)
            }
        };
        Some(vec![Stmt::If(condition, then, otherwise)])
    }

    /// Writes what an object with any keys has.
    fn write_entries(&mut self, object: Value, json: LocalId, out: &mut Vec<Stmt>) -> Option<()> {
        let keys = self.own_value(object.clone(), "#keys")?;
        let elements = self.elements_of(keys.ty)?;
        let over = self.over(keys, out)?;
        let mut inside = Vec::new();
        let key = self.current(&over, elements);
        let key = self.keep(key, &mut inside)?.expr;
        let value = self.entry_value(object, "#value", key.clone())?;
        let value = self.keep(value, &mut inside)?;
        self.write_named(key, value, json, &mut inside)?;
        out.push(self.finish(&over, None, inside));
        Some(())
    }

    /// Writes a property with its name, unless it is `undefined`.
    fn write_property(
        &mut self,
        property: Property<'a>,
        written: &WrittenObject,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let value = property.load(written.object.clone());
        let value = self.keep(value, out)?;
        let name = property.name.encode_utf16().collect();
        let name = self.checker.text(name);
        self.write_named(name, value, written.json, out)
    }

    fn write_named(
        &mut self,
        name: Expr,
        value: Value,
        json: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let key = self.checker.standard_function("jsonKey")?;
        let word = value.expr.clone();
        let optional = value.ty.absent().is_some_and(Absent::has_undefined);
        let mut there = vec![Stmt::Call(key, vec![Expr::Local(json), name])];
        self.write_json(value, json, &mut there)?;
        if optional {
            let missing = is_absent(word, Absent::Undefined);
            out.push(Stmt::If(missing, Vec::new(), there));
        } else {
            out.extend(there);
        }
        Some(())
    }

    fn write_alternatives(
        &mut self,
        value: Value,
        json: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let Type::Union(id) = value.ty else {
            return None;
        };
        for member in self.checker.unions.members(id).iter() {
            let here = self.holds(value.expr.clone(), *member)?;
            let one = self.as_member(value.clone(), *member, Look::No)?;
            let mut then = Vec::new();
            self.write_json(one, json, &mut then)?;
            out.push(Stmt::If(here, then, Vec::new()));
        }
        Some(())
    }
}
