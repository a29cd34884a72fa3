//! The functions that read values out of JSON, and look whether they are of their types.
//!
//! What they read was looked at as a whole before, and is JSON. One that finds something else than its type says notes that and returns; each function around it adds
//! the step that leads there and returns as well.

use super::absence::nothing;
use super::body::Body;
use super::budget;
use super::checker::Checker;
use super::json::JsonUse;
use super::known::record::Property;
use super::listed::Literal;
use super::record::ObjectParts;
use super::sequence::count;
use super::types::{Absent, Base, Bits, ClassId, Exact, Int, Plain, RecordId, Sign, Type, UnionId};
use super::value::Value;
use crate::ir::op::{Access, Binary, Unary, Val};
use crate::ir::{Const, Expr, LocalId, MemoryStmt, Stmt};

/// Where a reader has its place, what is wrong, the bracket that opens next, and the orders that objects had last.
const PLACE: u32 = 8;

const WRONG: u32 = 12;

const BRACKET: u32 = 24;

const ORDERS: u32 = 32;

/// Properties that one variable says of whether they were there.
const SEEN: usize = 64;

/// Whether something was found that is not of its type.
pub(super) fn is_wrong(reader: LocalId) -> Expr {
    Expr::Local(reader).load(Access::I32, WRONG)
}

/// An object while it is read.
struct ReadObject<'a> {
    reader: LocalId,
    record: Expr,
    properties: Vec<Property<'a>>,
    /// For each property a bit that says whether it was there.
    seen: Vec<LocalId>,
    order: LocalId,
    /// How many properties were there.
    count: LocalId,
    name: LocalId,
}

/// The zero of a type, where there is no value.
fn zero(ty: Type) -> Option<Expr> {
    Some(Expr::Const(Const::zero(ty.val()?)))
}

fn is_optional(ty: Type) -> bool {
    ty.absent().is_some_and(Absent::has_undefined)
}

impl<'a> Body<'_, 'a> {
    fn words(&mut self, text: &str) -> Expr {
        self.checker.text(text.encode_utf16().collect())
    }

    /// What a message says of a type.
    fn shown_in_message(&mut self, ty: Type) -> Expr {
        let name = match ty {
            Type::Array(_) => "array".to_owned(),
            Type::Record(_) | Type::Class(_) => "object".to_owned(),
            ty => self.checker.type_name(ty),
        };
        self.words(&name)
    }

    /// Calls one of our own functions with a reader first.
    fn reader_call(
        &mut self,
        name: &str,
        reader: LocalId,
        more: impl IntoIterator<Item = Expr>,
    ) -> Option<Expr> {
        let arguments = [Expr::Local(reader)].into_iter().chain(more);
        self.checker.standard_call(name, arguments.collect())
    }

    fn reader_effect(
        &mut self,
        name: &str,
        reader: LocalId,
        more: impl IntoIterator<Item = Expr>,
    ) -> Option<Stmt> {
        let function = self.checker.standard_function(name)?;
        let arguments = [Expr::Local(reader)].into_iter().chain(more);
        Some(Stmt::Call(function, arguments.collect()))
    }

    /// Reads a value of a type. It is only of use if nothing is wrong then.
    pub(super) fn read_json(
        &mut self,
        ty: Type,
        reader: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<Value> {
        self.checker.spend(budget::STORE);
        let expr = match ty {
            Type::Text => self.reader_call("readString", reader, [])?,
            Type::Number | Type::Enum(_) => self.reader_call("readNumber", reader, [])?,
            Type::F32 => {
                let number = self.reader_call("readNumber", reader, [])?;
                number.unary(Unary::F32DemoteF64)
            }
            Type::Boolean => self.reader_call("readBoolean", reader, [])?,
            Type::Int(int) => self.read_integer(int, reader)?,
            Type::Exact(exact) => return self.read_listed(exact, reader, out),
            Type::Maybe(base, absent) => return self.read_maybe((base, absent), reader, out),
            Type::Nothing(absent) => return self.read_nothing(absent, reader, out),
            Type::Never => {
                let never = self.words("never");
                out.push(self.reader_effect("jsonUnlike", reader, [never])?);
                Expr::i32(0)
            }
            Type::Class(_) if self.checker.dictionary(ty).is_none() => return None,
            Type::Array(_) | Type::Record(_) | Type::Union(_) | Type::Class(_) => {
                let function = self.checker.json_function(ty, JsonUse::Read);
                Expr::Call(function, vec![Expr::Local(reader)])
            }
            Type::Rest(_) | Type::Function(_) | Type::Void => return None,
        };
        self.keep(Value::new(ty, expr), out)
    }

    fn read_integer(&mut self, int: Int, reader: LocalId) -> Option<Expr> {
        let expected = self.words(int.name());
        let bound = |bound: i128| i64::try_from(bound).ok().map(Expr::i64);
        let read = match (int.bits, int.sign) {
            (Bits::B64, Sign::Unsigned) => {
                self.reader_call("readUnsigned", reader, [Expr::i64(-1), expected])?
            }
            _ => {
                let bounds = [bound(int.min())?, bound(int.max())?, expected];
                self.reader_call("readSigned", reader, bounds)?
            }
        };
        Some(match int.val() {
            Val::I64 => read,
            Val::I32 | Val::F32 | Val::F64 => {
                super::conversion::wrap(int, read.unary(Unary::I32WrapI64))
            }
        })
    }

    /// Whether a value, which is in a variable, is one of those that a type lists. They are compared one after the other: there may be many.
    fn is_listed(&mut self, value: &Value, exact: Exact, out: &mut Vec<Stmt>) -> Option<Expr> {
        let listed = self.checker.literals.values(exact).to_vec();
        self.checker.spend(listed.len());
        let none = Value::new(Type::Boolean, Expr::i32(0));
        let found = self.keep_local(none, out)?;
        for literal in listed {
            let value = value.expr.clone();
            let same = match literal {
                Literal::Boolean(true) => value,
                Literal::Boolean(false) => value.unary(Unary::I32Eqz),
                Literal::Number(bits) => value.binary(Binary::F64Eq, Expr::Const(Const::F64(bits))),
                Literal::Text(text) => {
                    let text = self.words(text);
                    self.checker.standard_call("sameText", vec![value, text])?
                }
            };
            let here = vec![Stmt::SetLocal(found, Expr::i32(1))];
            out.push(Stmt::If(same, here, Vec::new()));
        }
        Some(Expr::Local(found))
    }

    /// A value that a type lists.
    fn read_listed(&mut self, exact: Exact, reader: LocalId, out: &mut Vec<Stmt>) -> Option<Value> {
        let ty = Type::Exact(exact);
        let at = self.place_of(reader, out)?;
        let value = self.read_json(exact.of.ty(), reader, out)?;
        let listed = self.is_listed(&value, exact, out)?;
        let back = Self::to_place(reader, at);
        let expected = self.shown_in_message(ty);
        let unlisted = self.reader_effect("jsonUnlisted", reader, [expected])?;
        let fails = listed
            .unary(Unary::I32Eqz)
            .binary(Binary::I32And, is_wrong(reader).unary(Unary::I32Eqz));
        out.push(Stmt::If(fails, vec![back, unlisted], Vec::new()));
        Some(Value::new(ty, value.expr))
    }

    /// The place where a reader is.
    fn place_of(&mut self, reader: LocalId, out: &mut Vec<Stmt>) -> Option<LocalId> {
        let at = Expr::Local(reader).load(Access::I32, PLACE);
        self.keep_local(Value::new(Type::I32, at), out)
    }

    fn to_place(reader: LocalId, place: LocalId) -> Stmt {
        let store = MemoryStmt::Store(Access::I32, Expr::Local(reader), Expr::Local(place), PLACE);
        Stmt::Memory(Box::new(store))
    }

    fn begins_with(&mut self, reader: LocalId, unit: u8) -> Option<Expr> {
        let next = self.reader_call("jsonPeek", reader, [])?;
        Some(next.binary(Binary::I32Eq, Expr::i32(i32::from(unit))))
    }

    /// A value that may be missing: `null` where that is one.
    fn read_maybe(
        &mut self,
        (base, absent): (Base, Absent),
        reader: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<Value> {
        let ty = Type::Maybe(base, absent);
        let word = self.temporary(Val::I32);
        let mut there = Vec::new();
        let value = self.read_json(base.ty(), reader, &mut there)?;
        let boxed = self.checker.turned(value, ty)?;
        there.push(Stmt::SetLocal(word, boxed));
        if absent == Absent::Undefined {
            out.extend(there);
        } else {
            let null = self.begins_with(reader, b'n')?;
            let skip = self.reader_effect("jsonSkip", reader, [])?;
            let missing = vec![skip, Stmt::SetLocal(word, nothing(Absent::Null))];
            out.push(Stmt::If(null, missing, there));
        }
        Some(Value::new(ty, Expr::Local(word)))
    }

    /// `null`, where nothing else is possible.
    fn read_nothing(
        &mut self,
        absent: Absent,
        reader: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<Value> {
        let ty = Type::Nothing(absent);
        let expected = self.words(absent.name());
        let unlike = self.reader_effect("jsonUnlike", reader, [expected])?;
        if absent == Absent::Undefined {
            out.push(unlike);
        } else {
            let null = self.begins_with(reader, b'n')?;
            let skip = self.reader_effect("jsonSkip", reader, [])?;
            out.push(Stmt::If(null, vec![skip], vec![unlike]));
        }
        Some(Value::new(ty, nothing(Absent::Null)))
    }

    /// Reads what is in a value, and returns it.
    pub(super) fn read_parts(
        &mut self,
        ty: Type,
        reader: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let bracket = match ty {
            Type::Array(_) => b'[',
            Type::Record(_) | Type::Class(_) => b'{',
            Type::Union(id) => return self.read_alternatives(id, reader, out),
            _ => return None,
        };
        let arguments = [Expr::i32(i32::from(bracket)), self.shown_in_message(ty)];
        let entered = self.reader_call("jsonEnter", reader, arguments)?;
        let left = Stmt::Return(Some(zero(ty)?));
        out.push(Stmt::If(entered, Vec::new(), vec![left]));
        match ty {
            Type::Array(_) => self.read_elements(ty, reader, out),
            Type::Record(id) => self.read_object(id, reader, out),
            Type::Class(id) => self.read_entries((ty, id), reader, out),
            _ => None,
        }
    }

    /// Leaves the function if something is wrong, behind a step of the way to it.
    fn leave_if_wrong(&mut self, reader: LocalId, step: Stmt) -> Stmt {
        let leave = vec![step, Stmt::Return(Some(Expr::i32(0)))];
        Stmt::If(is_wrong(reader), leave, Vec::new())
    }

    fn read_elements(&mut self, ty: Type, reader: LocalId, out: &mut Vec<Stmt>) -> Option<()> {
        let elements = self.elements_of(ty)?;
        let room = vec![Expr::i32(0), Expr::i32(4)];
        let list = self.list_call("newList", room, elements)?;
        let list = self.keep(Value::new(ty, list), out)?.expr;
        let (leave, next) = (self.label(), self.label());
        let more = self.reader_call("jsonMore", reader, [Expr::i32(i32::from(b']'))])?;
        let mut inside = vec![Stmt::BranchIf(leave, more.unary(Unary::I32Eqz))];
        let value = self.read_json(elements.ty, reader, &mut inside)?;
        let step = self.reader_effect("inElement", reader, [count(list.clone())])?;
        inside.push(self.leave_if_wrong(reader, step));
        let address = self.list_call("pushed", vec![list.clone()], elements)?;
        inside.push(elements.store(address, value.expr));
        inside.push(Stmt::Branch(next));
        out.push(Stmt::Block(leave, vec![Stmt::Loop(next, inside)]));
        out.push(Stmt::Return(Some(list)));
        Some(())
    }

    /// Reads an object with any keys.
    fn read_entries(
        &mut self,
        (ty, id): (Type, ClassId),
        reader: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let of = self.checker.dictionary(ty)?;
        let made = self.made_object(id, Vec::new())?;
        let made = self.keep(made, out)?;
        let (leave, next) = (self.label(), self.label());
        let more = self.reader_call("jsonMore", reader, [Expr::i32(i32::from(b'}'))])?;
        let mut inside = vec![Stmt::BranchIf(leave, more.unary(Unary::I32Eqz))];
        let name = self.reader_call("readString", reader, [])?;
        let name = self.keep(Value::new(Type::Text, name), &mut inside)?.expr;
        inside.push(self.reader_effect("jsonTake", reader, [])?);
        let value = self.read_json(of, reader, &mut inside)?;
        let step = self.reader_effect("inProperty", reader, [name.clone()])?;
        inside.push(self.leave_if_wrong(reader, step));
        let given = vec![name, value.expr];
        inside.push(self.entry_effect(made.clone(), "#set", given)?);
        inside.push(Stmt::Branch(next));
        out.push(Stmt::Block(leave, vec![Stmt::Loop(next, inside)]));
        out.push(Stmt::Return(Some(made.expr)));
        Some(())
    }

    fn read_object(&mut self, id: RecordId, reader: LocalId, out: &mut Vec<Stmt>) -> Option<()> {
        let properties = self.checker.records.properties(id).to_vec();
        let optional = properties
            .iter()
            .filter(|property| is_optional(property.ty));
        let values = optional.map(|property| (property.name, nothing(Absent::Undefined)));
        let given = ObjectParts {
            values: values.collect(),
            order: Vec::new(),
        };
        let record = self.new_record(Type::Record(id), given, out)?;
        let slot = ORDERS + 4 * self.checker.last_order(id)?;
        let last = Value::new(Type::I32, Expr::Local(reader).load(Access::I32, slot));
        let order = self.keep_local(last, out)?;
        let count = self.keep_local(Value::new(Type::I32, Expr::i32(0)), out)?;
        let mut seen = Vec::new();
        for _ in 0..properties.len().div_ceil(SEEN) {
            let none = Value::new(Type::Int(Int::I64), Expr::i64(0));
            seen.push(self.keep_local(none, out)?);
        }
        let name = self.temporary(Val::I32);
        let reading = ReadObject {
            reader,
            record,
            properties,
            seen,
            order,
            count,
            name,
        };
        self.read_properties(&reading, out)?;
        self.look_for_properties(&reading, out)?;
        let arguments = vec![Expr::Local(order), Expr::Local(count)];
        let done = self.checker.standard_call("readOrderEnd", arguments)?;
        let store = |address, value, offset| {
            let store = MemoryStmt::Store(Access::I32, address, value, offset);
            Stmt::Memory(Box::new(store))
        };
        out.push(Stmt::SetLocal(order, done));
        out.push(store(Expr::Local(reader), Expr::Local(order), slot));
        out.push(super::property_order::set_order(
            reading.record.clone(),
            Expr::Local(order),
        ));
        out.push(Stmt::Return(Some(reading.record)));
        Some(())
    }

    /// Reads names with their values, whatever their order is. What the type has not is passed over.
    fn read_properties(&mut self, reading: &ReadObject<'a>, out: &mut Vec<Stmt>) -> Option<()> {
        let reader = reading.reader;
        let (leave, next, done) = (self.label(), self.label(), self.label());
        let more = self.reader_call("jsonMore", reader, [Expr::i32(i32::from(b'}'))])?;
        let mut inside = vec![Stmt::BranchIf(leave, more.unary(Unary::I32Eqz))];
        let name = self.reader_call("readString", reader, [])?;
        inside.push(Stmt::SetLocal(reading.name, name));
        inside.push(self.reader_effect("jsonTake", reader, [])?);
        let mut numbered: Vec<usize> = (0..reading.properties.len()).collect();
        // In the order in which texts are compared.
        numbered.sort_by_cached_key(|at| {
            let property = reading.properties.get(*at);
            let name = property.map_or("", |property| property.name);
            name.encode_utf16().collect::<Vec<u16>>()
        });
        let mut found = self.read_named(&numbered, reading, done)?;
        found.push(self.reader_effect("jsonSkip", reader, [])?);
        inside.push(Stmt::Block(done, found));
        inside.push(Stmt::Branch(next));
        out.push(Stmt::Block(leave, vec![Stmt::Loop(next, inside)]));
        Some(())
    }

    /// Reads the value of the property with the name that was read, if it is one of these.
    fn read_named(
        &mut self,
        numbered: &[usize],
        reading: &ReadObject<'a>,
        done: crate::ir::Label,
    ) -> Option<Vec<Stmt>> {
        let (low, high) = numbered.split_at(numbered.len() / 2);
        let first = *high.first()?;
        let property = *reading.properties.get(first)?;
        let name = self.words(property.name);
        let both = vec![Expr::Local(reading.name), name];
        if let ([], [_]) = (low, high) {
            let same = self.checker.standard_call("sameText", both)?;
            let mut then = self.read_property(first, reading)?;
            then.push(Stmt::Branch(done));
            return Some(vec![Stmt::If(same, then, Vec::new())]);
        }
        let before = self.checker.standard_call("compareTexts", both)?;
        let before = before.binary(Binary::I32LtS, Expr::i32(0));
        let low = self.read_named(low, reading, done)?;
        let high = self.read_named(high, reading, done)?;
        Some(vec![Stmt::If(before, low, high)])
    }

    fn read_property(&mut self, at: usize, reading: &ReadObject<'a>) -> Option<Vec<Stmt>> {
        let property = *reading.properties.get(at)?;
        let reader = reading.reader;
        let mut out = Vec::new();
        let place = self.place_of(reader, &mut out)?;
        let bracket = Expr::Local(reader).load(Access::I32, BRACKET);
        let bracket = self.keep_local(Value::new(Type::I32, bracket), &mut out)?;
        let value = self.read_json(property.ty, reader, &mut out)?;
        let name = self.words(property.name);
        let began = [Expr::Local(place), Expr::Local(bracket), name.clone()];
        let again = self.reader_call("jsonAgain", reader, began)?;
        let leave = vec![
            self.reader_effect("inProperty", reader, [name])?,
            Stmt::Return(Some(Expr::i32(0))),
        ];
        out.push(Stmt::If(
            is_wrong(reader),
            vec![Stmt::If(again, Vec::new(), leave)],
            vec![property.store(reading.record.clone(), value.expr)],
        ));
        let (seen, bit) = Self::bit(at, reading)?;
        let number = Expr::i32(i32::try_from(at).ok()?);
        let room = Expr::i32(i32::try_from(reading.properties.len()).ok()?);
        let order = vec![
            Expr::Local(reading.order),
            Expr::Local(reading.count),
            number,
            room,
        ];
        let order = self.checker.standard_call("readOrder", order)?;
        let counted = Expr::Local(reading.count).binary(Binary::I32Add, Expr::i32(1));
        let noted = Expr::Local(seen).binary(Binary::I64Or, bit.clone());
        let first = vec![
            Stmt::SetLocal(seen, noted),
            Stmt::SetLocal(reading.order, order),
            Stmt::SetLocal(reading.count, counted),
        ];
        let known = Expr::Local(seen)
            .binary(Binary::I64And, bit)
            .binary(Binary::I64Eq, Expr::i64(0));
        out.push(Stmt::If(known, first, Vec::new()));
        Some(out)
    }

    /// The variable that says whether a property was there, and the bit of it.
    fn bit(at: usize, reading: &ReadObject<'a>) -> Option<(LocalId, Expr)> {
        let seen = *reading.seen.get(at / SEEN)?;
        Some((seen, Expr::i64(1_i64 << (at % SEEN))))
    }

    /// Looks whether all properties were there that must be.
    fn look_for_properties(&mut self, reading: &ReadObject<'a>, out: &mut Vec<Stmt>) -> Option<()> {
        for (at, property) in reading.properties.clone().into_iter().enumerate() {
            if is_optional(property.ty) {
                continue;
            }
            let (seen, bit) = Self::bit(at, reading)?;
            let lacks = Expr::Local(seen)
                .binary(Binary::I64And, bit)
                .binary(Binary::I64Eq, Expr::i64(0));
            let leave = self.lacks(reading.reader, (property.name, property.ty))?;
            out.push(Stmt::If(lacks, leave, Vec::new()));
        }
        Some(())
    }

    /// Leaves the function because a property is not there.
    fn lacks(&mut self, reader: LocalId, (name, ty): (&str, Type)) -> Option<Vec<Stmt>> {
        let both = [self.shown_in_message(ty), self.words("nothing")];
        let name = self.words(name);
        Some(vec![
            self.reader_effect("jsonMismatch", reader, both)?,
            self.reader_effect("inProperty", reader, [name])?,
            Stmt::Return(Some(Expr::i32(0))),
        ])
    }

    /// Reads a value of one of several types: the first unit shows of which kind it is, and a property that lists values which object.
    fn read_alternatives(
        &mut self,
        id: UnionId,
        reader: LocalId,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let next = self.reader_call("jsonPeek", reader, [])?;
        let next = self.keep(Value::new(Type::I32, next), out)?.expr;
        let is = |unit: u8| {
            next.clone()
                .binary(Binary::I32Eq, Expr::i32(i32::from(unit)))
        };
        let members = self.checker.unions.members(id);
        let records: Vec<Type> = members
            .iter()
            .copied()
            .filter(|ty| matches!(ty, Type::Record(_)))
            .collect();
        for member in members.iter().filter(|ty| !matches!(ty, Type::Record(_))) {
            let here = match member.widened() {
                Type::Text => is(b'"'),
                Type::Boolean => is(b't').binary(Binary::I32Or, is(b'f')),
                Type::Array(_) => is(b'['),
                Type::Number => {
                    let digit = next.clone().binary(Binary::I32Sub, Expr::i32(48));
                    let digit = digit.binary(Binary::I32LtU, Expr::i32(10));
                    is(b'-').binary(Binary::I32Or, digit)
                }
                _ => return None,
            };
            let then = self.read_member(*member, (id, reader))?;
            out.push(Stmt::If(here, then, Vec::new()));
        }
        let objects = match records.as_slice() {
            [] => None,
            [only] => Some(self.read_member(*only, (id, reader))?),
            several => Some(self.read_tagged(several, (id, reader))?),
        };
        if let Some(objects) = objects {
            out.push(Stmt::If(is(b'{'), objects, Vec::new()));
        }
        let expected = self.shown_in_message(Type::Union(id));
        out.push(self.reader_effect("jsonUnlike", reader, [expected])?);
        out.push(Stmt::Return(Some(Expr::i32(0))));
        Some(())
    }

    fn read_member(&mut self, ty: Type, (id, reader): (UnionId, LocalId)) -> Option<Vec<Stmt>> {
        let mut out = Vec::new();
        let value = self.read_json(ty, reader, &mut out)?;
        let word = self.checker.turned(value, Type::Union(id))?;
        out.push(Stmt::Return(Some(word)));
        Some(out)
    }

    /// Reads an object of one of several types, by the property that tells them from each other.
    fn read_tagged(
        &mut self,
        records: &[Type],
        (id, reader): (UnionId, LocalId),
    ) -> Option<Vec<Stmt>> {
        let (name, of) = self.checker.tag_of(records)?;
        let shared = self.checker.shared_property(id, name);
        let mut tags = Vec::new();
        for record in records {
            let Type::Record(record) = *record else {
                return None;
            };
            let Type::Exact(exact) = self.checker.records.place(record, name)?.ty else {
                return None;
            };
            tags.push((Type::Record(record), exact));
        }
        let parts = tags.iter().map(|(_, exact)| Type::Exact(*exact)).collect();
        let wanted = match shared {
            Some(shared) => shared.ty,
            None => self.checker.merged(parts)?,
        };
        let mut out = Vec::new();
        let named = self.words(name);
        let tag = self.reader_call("jsonTag", reader, [named])?;
        let tag = self.keep_local(Value::new(Type::I32, tag), &mut out)?;
        let none = Expr::Local(tag).binary(Binary::I32LtS, Expr::i32(0));
        out.push(Stmt::If(
            none,
            self.lacks(reader, (name, wanted))?,
            Vec::new(),
        ));
        let at = self.place_of(reader, &mut out)?;
        out.push(Self::to_place(reader, tag));
        let value = self.read_json(of.ty(), reader, &mut out)?;
        let named = self.words(name);
        let step = self.reader_effect("inProperty", reader, [named])?;
        out.push(self.leave_if_wrong(reader, step.clone()));
        out.push(Self::to_place(reader, at));
        for (record, exact) in tags {
            let listed = self.is_listed(&value, exact, &mut out)?;
            let then = self.read_member(record, (id, reader))?;
            out.push(Stmt::If(listed, then, Vec::new()));
        }
        out.push(Self::to_place(reader, tag));
        let expected = self.shown_in_message(wanted);
        out.push(self.reader_effect("jsonUnlisted", reader, [expected])?);
        out.extend([step, Stmt::Return(Some(Expr::i32(0)))]);
        Some(out)
    }
}

impl<'a> Checker<'a> {
    /// The property by whose values these types of objects are told from each other.
    pub(super) fn tag_of(&self, records: &[Type]) -> Option<(&'a str, Plain)> {
        let Some(Type::Record(first)) = records.first() else {
            return None;
        };
        let properties = self.records.properties(*first).iter();
        let mut listing = properties.filter_map(|property| match property.ty {
            Type::Exact(exact) => Some((property.name, exact.of)),
            _ => None,
        });
        listing.find(|(name, of)| {
            let mut seen = std::collections::HashSet::new();
            records.iter().all(|ty| {
                let place = match ty {
                    Type::Record(id) => self.records.place(*id, name),
                    _ => None,
                };
                match place.map(|place| place.ty) {
                    Some(Type::Exact(exact)) if exact.of == *of => {
                        let values = self.literals.values(exact).iter();
                        values.copied().all(|value| seen.insert(value))
                    }
                    _ => false,
                }
            })
        })
    }
}
