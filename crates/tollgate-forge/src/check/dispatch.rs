//! Which function a call leads to, where only the object knows: tables of classes, and functions that look at the class of an object.
//!
//! All classes of a tree have tables of one form: the number of the class, then a place for each member that is called by the table,
//! with these types and as many arguments. A value of an interface that classes implement may be an object of any of these, or a record: a
//! function for each member finds out. Both are written when everything that calls them was lowered.

use tollgate_diagnostics::span::Span;

use super::body::{Body, Returns};
use super::checker::Checker;
use super::known::class::{Found, Member};
use super::known::dispatch::{Act, Looking, Wanted};
use super::known::generic::{Generic, Needed};
use super::object::{OBJECT, number_of};
use super::report::{error, place};
use super::scope::Outer;
use super::types::{ClassId, RecordId, Type};
use super::value::{Called, Value};
use crate::codes::types as codes;
use crate::ir;
use crate::ir::op::{Access, Binary, Val};
use crate::ir::{Expr, FuncId, LocalId, Stmt};

/// Functions for a range of classes, from a number on.
struct Branch {
    first: i32,
    statements: Vec<Stmt>,
}

impl<'a> Checker<'a> {
    /// Returns where a function stands in the table of a class.
    pub(super) fn slot_in_table(&mut self, id: ClassId, wanted: Wanted<'a>) -> Option<u32> {
        let origin = self.classes.origin(id, wanted.name);
        let root = self.classes.root(id);
        let key = (origin, wanted);
        let at = match self.dispatch.slots.get(&key) {
            Some(at) => *at,
            None => {
                let count = self.dispatch.slots_of_tree.entry(root).or_default();
                let at = *count;
                *count += 1;
                // Each class of the tree has the place.
                let classes = self.classes.tree(root).len();
                self.spend(classes);
                let (origin, wanted) = key.clone();
                self.dispatch.waiting_slots.push((origin, wanted, at));
                self.dispatch.slots.insert(key, at);
                at
            }
        };
        u32::try_from(at).ok()?.checked_mul(4)?.checked_add(4)
    }

    /// Returns the function that does something with a member of a value of an interface, whatever the value is.
    pub(super) fn looking(
        &mut self,
        record: RecordId,
        wanted: Wanted<'a>,
        span: Span,
    ) -> Option<FuncId> {
        let key = (record, wanted);
        if let Some(known) = self.dispatch.functions.get(&key) {
            return Some(*known);
        }
        let owner = self.records.name(record).unwrap_or("object");
        let function = self.reserve(format!("{owner}.{}", key.1.name));
        let signature = key.1.lowered()?;
        if let Some(entry) = self.module.functions.get_mut(function.0 as usize) {
            entry.signature = signature;
        }
        let (record, wanted) = key.clone();
        self.dispatch.waiting.push(Looking {
            record,
            wanted,
            function,
            span,
        });
        self.dispatch.functions.insert(key, function);
        Some(function)
    }

    /// Writes what is waiting; says whether there was anything.
    pub(super) fn write_dispatch(&mut self) -> bool {
        let mut any = self.look_at_new_classes();
        while let Some((origin, wanted, at)) = self.dispatch.waiting_slots.pop() {
            any = true;
            for id in self.classes.tree(origin).to_vec() {
                if self.budget.is_spent() {
                    return false;
                }
                self.write_slot(id, &wanted, at);
            }
            self.dispatch.written_slots.push((origin, wanted, at));
        }
        while let Some(looking) = self.dispatch.waiting.pop() {
            any = true;
            if self.budget.is_spent() {
                return false;
            }
            self.dispatch.written.push(looking.clone());
            let span = looking.span;
            if self.write_looking(looking).is_none() {
                self.must_be_reported(span);
            }
        }
        any
    }

    fn write_slot(&mut self, id: ClassId, wanted: &Wanted<'a>, at: usize) {
        let function = self.implementation(id, wanted);
        let Some(class) = self.classes.get_mut(id) else {
            return;
        };
        if class.slots.len() <= at {
            class.slots.resize(at + 1, None);
        }
        if let Some(slot) = class.slots.get_mut(at) {
            *slot = function;
        }
    }

    /// Gives instances that were made since the last time their numbers and their places in tables, and has the functions
    /// written again that look at the numbers; says whether there were any.
    fn look_at_new_classes(&mut self) -> bool {
        let before = self.classes.numbered;
        let now = self.classes.list.len();
        if before == now {
            return false;
        }
        self.number_classes();
        for (origin, wanted, at) in self.dispatch.written_slots.clone() {
            for id in (before..now).map(ClassId) {
                if self.budget.is_spent() {
                    return false;
                }
                self.spend(1);
                if self.classes.extends(id, origin) {
                    self.write_slot(id, &wanted, at);
                }
            }
        }
        let written = std::mem::take(&mut self.dispatch.written);
        self.dispatch.waiting.extend(written);
        true
    }

    /// The function that a class has for a member.
    pub(super) fn implementation(&mut self, id: ClassId, wanted: &Wanted<'a>) -> Option<FuncId> {
        let found = self.classes.member(id, wanted.name)?;
        let index = match (found.member, wanted.act) {
            (Member::Method(index), Act::Call) => index,
            (
                Member::Accessor {
                    get: Some(index), ..
                },
                Act::Get,
            ) => index,
            (
                Member::Accessor {
                    set: Some(index), ..
                },
                Act::Set,
            ) => index,
            _ => return None,
        };
        let index = self.implementing(index, wanted, found)?;
        self.want(index);
        let entry = self.functions.get(index)?;
        if !entry.node.has_body() {
            return None;
        }
        let (function, name, file) = (entry.ir, entry.name, entry.file);
        let signature = self.signature(index)?;
        if signature.broken {
            return None;
        }
        let same = signature.params.len() == wanted.params.len()
            && signature
                .params
                .iter()
                .zip(&wanted.params)
                .all(|(param, ty)| param.ty == *ty)
            && signature.result == Some(wanted.result);
        if same {
            return Some(function);
        }
        self.spend(4 + wanted.params.len());
        let around = self.reserve(format!("{name}~as"));
        let mut body = Body::new(self, file, Outer::default(), Returns::Known(wanted.result));
        let this = body.temporary(Val::I32);
        let mut arguments = Vec::new();
        for ty in &wanted.params {
            let local = body.temporary(ty.val()?);
            arguments.push(Value::new(*ty, Expr::Local(local)));
        }
        arguments.truncate(signature.params.len());
        let mut turned = Some(Vec::new());
        for (value, param) in arguments.into_iter().zip(&signature.params) {
            let value = body
                .checker
                .becomes(value.ty, param.ty)
                .then(|| body.checker.turned(value, param.ty))
                .flatten();
            match (value, &mut turned) {
                (Some(value), Some(list)) => list.push(value),
                (None, _) => turned = None,
                (Some(_), None) => {}
            }
        }
        let turned = turned.filter(|list| list.len() >= signature.required());
        let call = match turned {
            Some(list) => body.finished_call(index, Some(Expr::Local(this)), list, &signature),
            None => None,
        };
        let statements = call.and_then(|call| body.given_as(call, wanted.result));
        let locals = std::mem::take(&mut body.locals);
        let Some(statements) = statements else {
            self.other_types(index, found, wanted);
            return None;
        };
        let lowered = wanted.lowered()?;
        if let Some(entry) = self.module.functions.get_mut(around.0 as usize) {
            entry.signature = lowered;
        }
        self.set_body(around, ir::Body { locals, statements });
        Some(around)
    }

    /// The function of a member for the types that are wanted of its type parameters.
    fn implementing(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        found: Found<'a>,
    ) -> Option<usize> {
        let parameters = self.type_parameters(Generic::Function(index));
        let count = parameters.map_or(0, |(parameters, _)| parameters.params.len());
        if count != wanted.types.len() {
            self.other_types(index, found, wanted);
            return None;
        }
        if count == 0 {
            return Some(index);
        }
        let entry = self.functions.get(index)?;
        let span = place(entry.file, &entry.node);
        let around = entry.outer.step();
        let needed = Needed { around, span };
        self.function_for(index, wanted.types.clone(), needed)
    }

    /// Reports a member that is declared again with other types.
    fn other_types(&mut self, index: usize, found: Found<'a>, wanted: &Wanted<'a>) {
        let Some(entry) = self
            .functions
            .get(index)
            .filter(|_| !self.budget.is_spent())
        else {
            return;
        };
        let span = place(entry.file, &entry.node);
        let owner = self.classes.get(found.owner).map_or("", |class| class.name);
        let types: Vec<String> = wanted.params.iter().map(|ty| self.type_name(*ty)).collect();
        let result = self.type_name(wanted.result);
        let message = format!(
            "`{}` of `{owner}` has other types than where it comes from",
            wanted.name
        );
        let help = format!("take `({})` and return `{result}`", types.join(", "));
        self.report(
            error(codes::OVERRIDE, message)
                .at(span, "declared again here")
                .help(help),
        );
    }

    /// Writes a function that looks at the class of an object.
    fn write_looking(&mut self, looking: Looking<'a>) -> Option<()> {
        let Looking {
            record,
            wanted,
            function,
            span,
        } = looking;
        let classes = self
            .classes
            .of_record
            .get(&record)
            .cloned()
            .unwrap_or_default();
        self.spend(classes.len().saturating_mul(2));
        let mut classes = classes;
        classes.sort_unstable_by_key(|id| self.classes.get(*id).map(|class| class.number));
        let file = span.file;
        let mut body = Body::new(self, file, Outer::default(), Returns::Known(wanted.result));
        let this = body.temporary(Val::I32);
        let mut given = Vec::new();
        for ty in &wanted.params {
            let local = body.temporary(ty.val()?);
            given.push(Value::new(*ty, Expr::Local(local)));
        }
        let mut branches: Vec<Branch> = Vec::new();
        let mut last = None;
        for id in classes {
            let class = body.checker.classes.get(id)?;
            let (first, broken) = (i32::try_from(class.number).ok()?, class.broken);
            let found = body.checker.classes.member(id, wanted.name);
            let Some(found) = found.filter(|_| !broken) else {
                last = None;
                continue;
            };
            let same = Some((found.owner, found.member));
            if last == same {
                continue;
            }
            last = same;
            let statements = body.of_class(id, found, &wanted, (this, &given), span);
            let statements = statements.unwrap_or_else(|| vec![Stmt::Unreachable]);
            branches.push(Branch { first, statements });
        }
        let object = chosen(branches, &number_of(Expr::Local(this)));
        let is_object = Expr::Local(this)
            .load(Access::I32, 0)
            .binary(Binary::I32Eq, Expr::i32(OBJECT));
        let plain = body.of_record(record, &wanted, this, given)?;
        let mut statements = vec![Stmt::If(is_object, object, plain)];
        if wanted.result != Type::Void {
            statements.push(Stmt::Unreachable);
        }
        let locals = std::mem::take(&mut body.locals);
        self.set_body(function, ir::Body { locals, statements });
        Some(())
    }

    /// Writes the tables of the classes of which objects are made, and the numbers that tests look for.
    pub(super) fn write_tables(&mut self) {
        for at in 0..self.classes.list.len() {
            let Some(class) = self.classes.get(ClassId(at)) else {
                continue;
            };
            let ids = [(class.first, class.number), (class.tests, class.count)];
            for (id, number) in ids {
                let number = self.word(number);
                if let Some(entry) = self.module.statics.get_mut(id.0 as usize) {
                    entry.address = number;
                }
            }
        }
        for at in 0..self.classes.by_number.len() {
            let Some(id) = self.classes.by_number.get(at).copied() else {
                continue;
            };
            let Some(class) = self.classes.get(id).filter(|class| class.is_made) else {
                continue;
            };
            let (table, slots) = (class.table, class.slots.clone());
            let number = self.word(at);
            let mut words = vec![number];
            for slot in &slots {
                words.push(match slot {
                    Some(function) => self.slot_number(*function),
                    None => 0,
                });
            }
            let address = self.words(&words);
            if let Some(entry) = self.module.statics.get_mut(table.0 as usize) {
                entry.address = address;
                entry.functions = slots.into_iter().flatten().collect();
            }
        }
    }
}

/// The branch for a number; that of numbers below the first is the first.
fn chosen(mut branches: Vec<Branch>, number: &Expr) -> Vec<Stmt> {
    if branches.len() <= 1 {
        return branches
            .pop()
            .map_or(vec![Stmt::Unreachable], |only| only.statements);
    }
    let above = branches.split_off(branches.len() / 2);
    let first = above.first().map_or(0, |branch| branch.first);
    let below = number.clone().binary(Binary::I32LtU, Expr::i32(first));
    vec![Stmt::If(
        below,
        chosen(branches, number),
        chosen(above, number),
    )]
}

impl<'a> Body<'_, 'a> {
    /// What a call gives, as the result of a function that has another type.
    fn given_as(&mut self, called: Called, result: Type) -> Option<Vec<Stmt>> {
        Some(match (called, result) {
            (Called::Value(value), Type::Void) => vec![Stmt::Drop(value.expr)],
            (Called::Value(value), result) => {
                if !self.checker.becomes(value.ty, result) {
                    return None;
                }
                vec![Stmt::Return(Some(self.checker.turned(value, result)?))]
            }
            (Called::Nothing(call), Type::Void) => vec![call],
            (Called::Nothing(_), _) => return None,
        })
    }

    /// What is wanted of an object of a class that implements the interface.
    fn of_class(
        &mut self,
        id: ClassId,
        found: Found<'a>,
        wanted: &Wanted<'a>,
        (this, given): (LocalId, &[Value]),
        span: Span,
    ) -> Option<Vec<Stmt>> {
        let object = Value::new(Type::Class(id), Expr::Local(this));
        if let (Member::Field(at), Act::Set) = (found.member, wanted.act) {
            let ty = self.checker.field_type(found.owner, at)?;
            let value = self.coerce(given.first()?.clone(), ty, span)?;
            return self.store_field(Expr::Local(this), (found.owner, at), value);
        }
        if let Some(function) = self.checker.implementation(id, wanted) {
            let arguments = [object.expr]
                .into_iter()
                .chain(given.iter().map(|value| value.expr.clone()));
            let arguments = arguments.collect();
            return Some(if wanted.result == Type::Void {
                vec![Stmt::Call(function, arguments)]
            } else {
                vec![Stmt::Return(Some(Expr::Call(function, arguments)))]
            });
        }
        let value = match (found.member, wanted.act) {
            (Member::Field(at), _) => self.field_value(object.expr, (found.owner, at))?,
            (
                Member::Accessor {
                    get: Some(index), ..
                },
                Act::Call,
            ) => {
                let signature = self.checker.signature(index)?;
                match self.finished_call(index, Some(object.expr), Vec::new(), &signature)? {
                    Called::Value(value) => value,
                    Called::Nothing(_) => return None,
                }
            }
            (Member::Method(index), Act::Get)
                if self.checker.functions.get(index)?.node.has_body() =>
            {
                let help = format!(
                    "call it, or write a function that does: `(x) => object.{}(x)`",
                    wanted.name
                );
                let message = format!("the method `{}` is used as a value", wanted.name);
                self.fail(
                    crate::codes::unsupported::FUNCTION_VALUE,
                    message,
                    span,
                    help,
                );
                return None;
            }
            (Member::Accessor { set: None, .. }, Act::Set) => {
                let owner = self.checker.classes.get(found.owner)?.name;
                let message = format!(
                    "`{}` of `{owner}` has no setter, and is assigned",
                    wanted.name
                );
                self.fail(
                    codes::CONSTANT,
                    message,
                    span,
                    "write a setter in the class",
                );
                return None;
            }
            // Abstract ones have no objects.
            _ => return None,
        };
        if wanted.act == Act::Get {
            return self.given_as(Called::Value(value), wanted.result);
        }
        self.called_value(value, wanted, given)
    }

    /// Calls the function that a field or a getter gives.
    fn called_value(
        &mut self,
        value: Value,
        wanted: &Wanted<'a>,
        given: &[Value],
    ) -> Option<Vec<Stmt>> {
        let Type::Function(ty) = value.ty else {
            return None;
        };
        let mut out = Vec::new();
        let block = self.keep_local(value, &mut out)?;
        let kept = super::function_value::Kept { block, ty };
        let arguments = given.iter().map(|value| value.expr.clone()).collect();
        let called = self.called_with(kept, arguments)?;
        out.extend(self.given_as(called, wanted.result)?);
        Some(out)
    }

    /// What is wanted of an object that was written with its properties.
    fn of_record(
        &mut self,
        record: RecordId,
        wanted: &Wanted<'a>,
        this: LocalId,
        given: Vec<Value>,
    ) -> Option<Vec<Stmt>> {
        let property = self.property_of(Type::Record(record), wanted.name)?;
        let this = Expr::Local(this);
        match wanted.act {
            Act::Get => Some(vec![Stmt::Return(Some(property.load(this).expr))]),
            Act::Set => Some(vec![property.store(this, given.into_iter().next()?.expr)]),
            Act::Call => {
                let value = property.load(this);
                self.called_value(value, wanted, &given)
            }
        }
    }
}
