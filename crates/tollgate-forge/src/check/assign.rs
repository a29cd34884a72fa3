//! Assignments, `++` and `--`: of variables, of elements of arrays and of properties of records.

use oxc_ast::ast::{self, AssignmentTarget, SimpleAssignmentTarget};
use oxc_syntax::operator::{AssignmentOperator, LogicalOperator, UpdateOperator};
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::known::array::Elements;
use super::known::class::Whose;
use super::known::typed_array::Kind;
use super::operator::{Arithmetic, arithmetic_of, one, symbol};
use super::pattern::Pattern;
use super::scope::Name;
use super::shown::{shown, shown_target};
use super::slot::{ElementPlace, Slot, SlotPlace};
use super::types::{Absent, Type};
use super::value::Value;
use crate::codes::{types as codes, unsupported};
use crate::ir::op::{Binary, Val};
use crate::ir::{Expr, Stmt};

/// What an assignment does.
enum Assigned<'a> {
    Always(Slot<'a>, Expr),
    /// `&&=` and `||=`: only if the condition holds.
    If(Expr, Slot<'a>, Expr),
}

/// The pattern that a value is taken apart with.
fn pattern_of<'a>(node: &'a ast::AssignmentExpression<'a>) -> Option<Pattern<'a>> {
    let plain = node.operator == AssignmentOperator::Assign;
    let pattern = plain.then(|| Pattern::assigned(&node.left)).flatten();
    pattern.filter(Pattern::takes_apart)
}

impl<'a> Body<'_, 'a> {
    /// Lowers an assignment as a statement.
    pub(super) fn assign(&mut self, node: &'a ast::AssignmentExpression<'a>, out: &mut Vec<Stmt>) {
        if let Some(pattern) = pattern_of(node) {
            if self.assign_pattern(node, &pattern, out).is_none() {
                let span = self.place(node);
                self.checker.must_be_reported(span);
            }
            return;
        }
        match self.assignment(node) {
            Some(Assigned::Always(slot, value)) => {
                let write = slot.write(value);
                out.extend(slot.before);
                out.extend(write);
            }
            Some(Assigned::If(condition, slot, value)) => {
                let write = slot.write(value);
                out.extend(slot.before);
                out.push(Stmt::If(condition, write, Vec::new()));
            }
            None => {
                let span = self.place(node);
                self.checker.must_be_reported(span);
            }
        }
    }

    /// Lowers an assignment that has a value: the one that was assigned.
    pub(super) fn assigned(&mut self, node: &'a ast::AssignmentExpression<'a>) -> Option<Value> {
        if let Some(pattern) = pattern_of(node) {
            let mut out = Vec::new();
            let value = self.assigned_pattern(node, &pattern, &mut out)?;
            return Some(Value::new(value.ty, value.expr.after(out)));
        }
        match self.assignment(node)? {
            Assigned::Always(slot, value) => {
                let (ty, expr) = (slot.ty, slot.write_and_read(value));
                let value = Value::new(ty, slot.after_finding(expr));
                match node.left.as_simple_assignment_target() {
                    Some(target) => self.known_target(target, value),
                    None => Some(value),
                }
            }
            Assigned::If(condition, slot, value) => {
                let expr = Expr::conditional(
                    slot.ty.val()?,
                    condition,
                    slot.write_and_read(value),
                    slot.stays().expr,
                );
                let value = Value::new(slot.ty, slot.after_finding(expr));
                match node.left.as_simple_assignment_target() {
                    Some(target) => self.known_target(target, value),
                    None => Some(value),
                }
            }
        }
    }

    fn assignment(&mut self, node: &'a ast::AssignmentExpression<'a>) -> Option<Assigned<'a>> {
        let slot = self.target(&node.left);
        let Some(slot) = slot else {
            // The value is looked at for its own errors.
            self.value(&node.right, None);
            return None;
        };
        let span = self.place(node);
        let mut slot = slot;
        let target = node.left.as_simple_assignment_target()?;
        if node.operator == AssignmentOperator::Assign {
            let (value, given) = self.value_given(&node.right, slot.ty)?;
            self.assigned_to(target, slot.ty, given);
            return Some(Assigned::Always(slot, value));
        }
        self.read_once(&mut slot)?;
        if let Some(logical) = node.operator.to_logical_operator() {
            let before = self.facts.clone();
            let (value, given) = self.value_given(&node.right, slot.ty)?;
            if logical == LogicalOperator::Coalesce {
                return self.coalescing(target, slot, (value, given));
            }
            let mut condition = self.truth_of(slot.read())?;
            if let Some(gone) = slot.gone() {
                condition = Expr::conditional(Val::I32, gone, Expr::i32(0), condition);
            }
            self.facts = before.meet(&self.facts);
            // What it is now is not looked at.
            self.assigned_to(target, slot.ty, slot.ty);
            return match logical {
                LogicalOperator::And if slot.is_entry() => {
                    let help = "look first: `if (o[key] !== undefined) o[key] = value`";
                    let message = "`&&=` of a key that may not be there is not supported";
                    self.fail(unsupported::OBJECT, message, span, help);
                    None
                }
                LogicalOperator::And => Some(Assigned::If(condition, slot, value)),
                LogicalOperator::Or | LogicalOperator::Coalesce => {
                    let not = condition.unary(crate::ir::op::Unary::I32Eqz);
                    Some(Assigned::If(not, slot, value))
                }
            };
        }
        let op = arithmetic_of(node.operator.to_binary_operator()?)?;
        let now = self.counted(target, slot.read())?;
        let by = shown(&node.right).unwrap_or("…".to_owned());
        let by = format!("{} {by}", symbol(op));
        self.nothing_to_count(target, (&now, by), span)?;
        let right = match self.constant(&node.right) {
            Some(known) => super::conversion::literal(known, Some(slot.ty.operand())),
            None => self.value(&node.right, Some(slot.ty))?,
        };
        let value = self.arithmetic(op, now, right, span)?;
        let given = value.ty;
        let value = self.coerce(value, slot.ty, span)?;
        self.assigned_to(target, slot.ty, given);
        Some(Assigned::Always(slot, value))
    }

    /// `x ??= value`
    fn coalescing(
        &mut self,
        target: &'a SimpleAssignmentTarget<'a>,
        slot: Slot<'a>,
        (value, given): (Expr, Type),
    ) -> Option<Assigned<'a>> {
        let now = slot.read();
        let missing = match now.ty {
            Type::Maybe(..) => super::absence::is_absent(now.expr, Absent::Either),
            // It is always there.
            _ => Expr::i32(0),
        };
        let missing = match slot.gone() {
            Some(gone) => Expr::conditional(Val::I32, gone, Expr::i32(1), missing),
            None => missing,
        };
        // What is there stays, and what takes its place may say that it is there, too.
        let left = match given {
            Type::Maybe(..) | Type::Nothing(_) => slot.ty,
            _ => slot.ty.present(),
        };
        self.assigned_to(target, slot.ty, left);
        Some(Assigned::If(missing, slot, value))
    }

    fn target(&mut self, target: &'a AssignmentTarget<'a>) -> Option<Slot<'a>> {
        if let Some(simple) = target.as_simple_assignment_target() {
            return self.slot(simple);
        }
        // A pattern takes values apart with `=` alone.
        let span = self.place(target);
        self.no_slot(span)
    }

    pub(super) fn slot(&mut self, target: &'a SimpleAssignmentTarget<'a>) -> Option<Slot<'a>> {
        let span = self.place(target);
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                self.named_slot(id.name.as_str(), span)
            }
            SimpleAssignmentTarget::TSNonNullExpression(inner) => {
                match inner.expression.without_parentheses() {
                    ast::Expression::Identifier(id) => self.named_slot(id.name.as_str(), span),
                    ast::Expression::ComputedMemberExpression(member) if !member.optional => {
                        self.element_slot(member)
                    }
                    ast::Expression::StaticMemberExpression(member)
                        if self.is_assigned_member(member) =>
                    {
                        self.property_slot(member)
                    }
                    _ => self.no_slot(span),
                }
            }
            SimpleAssignmentTarget::ComputedMemberExpression(member) if !member.optional => {
                self.element_slot(member)
            }
            SimpleAssignmentTarget::StaticMemberExpression(member)
                if self.is_assigned_member(member) =>
            {
                self.property_slot(member)
            }
            SimpleAssignmentTarget::PrivateFieldExpression(member) if !member.optional => {
                let name = self.checker.private_name(member.field.name.as_str());
                if let Some(id) = self.class_named(&member.object) {
                    return self.static_slot(id, name, span);
                }
                let object = self.value(&member.object, None)?;
                self.slot_of_member(object, name, span)
            }
            _ => self.no_slot(span),
        }
    }

    /// Whether a member is one of a value or of a class.
    fn is_assigned_member(&mut self, member: &'a ast::StaticMemberExpression<'a>) -> bool {
        let of_class = self.class_named(&member.object).is_some();
        !member.optional && (of_class || !self.is_no_value(&member.object))
    }

    /// What is counted or added to, as it is now. `x!` is there.
    fn counted(&mut self, target: &'a SimpleAssignmentTarget<'a>, now: Value) -> Option<Value> {
        let now = self.known_target(target, now)?;
        match target {
            SimpleAssignmentTarget::TSNonNullExpression(_) => self.checked(now),
            _ => Some(now),
        }
    }

    /// Reports that there may be nothing yet to count from. `by` is the operator with its right side.
    fn nothing_to_count(
        &mut self,
        target: &'a SimpleAssignmentTarget<'a>,
        (now, by): (&Value, String),
        span: Span,
    ) -> Option<()> {
        let numeric = matches!(
            now.ty.present(),
            Type::Number | Type::Int(_) | Type::F32 | Type::Enum(_)
        );
        let (Some(absent), true) = (now.ty.absent(), numeric) else {
            return Some(());
        };
        let name = shown_target(target).unwrap_or("x".to_owned());
        let help = format!("say what it starts from: `{name} = ({name} ?? 0) {by}`");
        let message = format!("the value may be `{}` here", absent.name());
        self.fail(codes::MISSING, message, span, help);
        None
    }

    /// `list[index] = …`
    fn element_slot(&mut self, member: &'a ast::ComputedMemberExpression<'a>) -> Option<Slot<'a>> {
        let span = self.place(member);
        let list = self.value(&member.object, None)?;
        if list.ty.absent().is_some() {
            self.may_be_missing(list.ty, span);
            return None;
        }
        if let Some(slot) = self.entry_slot(&list, &member.expression) {
            return slot;
        }
        let Some(elements) = self.elements_of(list.ty) else {
            let help = "make a new text, or use an array";
            let ty = self.checker.type_name(list.ty);
            let message = format!("the parts of a value of type `{ty}` cannot be assigned");
            self.fail(codes::CONSTANT, message, span, help);
            return None;
        };
        let mut before = Vec::new();
        let list = self.keep(list, &mut before)?.expr;
        let index = self.index(&member.expression)?;
        let index = self.keep(Value::new(Type::I32, index), &mut before)?.expr;
        if let Some(kind) = elements.kind {
            return self.typed_slot((list, index), (elements, kind), before);
        }
        let length = super::sequence::count(list.clone());
        let gone = index.clone().binary(Binary::I32GeU, length);
        let place = vec![list, index];
        let element = ElementPlace {
            elements,
            gone,
            get: self.list_call("elementAt", place.clone(), elements)?,
            set: self.list_call("elementToSet", place, elements)?,
            value: self.temporary(elements.ty.val()?),
        };
        Some(Slot {
            ty: elements.ty,
            place: SlotPlace::Element(Box::new(element)),
            before,
        })
    }

    /// An element of a typed array. Writing beside the elements does nothing.
    fn typed_slot(
        &mut self,
        (list, index): (Expr, Expr),
        (elements, kind): (Elements, Kind),
        before: Vec<Stmt>,
    ) -> Option<Slot<'a>> {
        let address = self.list_call("elementAt", vec![list.clone(), index.clone()], elements)?;
        let now = elements.load(address);
        let value = self.temporary(Val::F64);
        let raw = self.kept_as(kind, Expr::Local(value))?;
        let there = index
            .clone()
            .binary(Binary::I32LtU, super::sequence::count(list.clone()));
        let store = elements.store(elements.address(list, index), raw);
        let set = vec![Stmt::If(there, vec![store], Vec::new())];
        Some(Slot::member(now, value, set, before))
    }

    /// `record.name = …`
    fn property_slot(&mut self, member: &'a ast::StaticMemberExpression<'a>) -> Option<Slot<'a>> {
        let name = member.property.name.as_str();
        let span = self.place(member);
        if let Some(id) = self.class_named(&member.object) {
            return self.static_slot(id, name, span);
        }
        if let ast::Expression::Super(word) = &member.object {
            let place = self.place(word.as_ref());
            let object = self.super_object(place)?;
            return self.member_slot(object, name, Whose::Class, span);
        }
        let object = self.value(&member.object, None)?;
        self.slot_of_member(object, name, span)
    }

    /// A member of a value, to be assigned.
    fn slot_of_member(&mut self, object: Value, name: &'a str, span: Span) -> Option<Slot<'a>> {
        if object.ty.absent().is_some() {
            self.may_be_missing(object.ty, span);
            return None;
        }
        if let Some(slot) = self.named_entry_slot(&object, name) {
            return slot;
        }
        match object.ty {
            Type::Class(_) => return self.member_slot(object, name, Whose::Object, span),
            Type::Record(id) if self.checker.has_record(id) => {
                return self.looking_slot(object, name, span);
            }
            _ => {}
        }
        if let (Type::Record(id), Some(property)) = (object.ty, self.property_of(object.ty, name)) {
            let mut before = Vec::new();
            let record = self.keep_local(object, &mut before)?;
            let place = SlotPlace::Property {
                property,
                record,
                value: self.temporary(property.ty.val()?),
                noted: self.note_property((id, property), Expr::Local(record))?,
            };
            return Some(Slot {
                ty: property.ty,
                place,
                before,
            });
        }
        match (object.ty, name) {
            (Type::Array(id), "length") if self.checker.arrays.kind(id).is_none() => {
                self.length_slot(object)
            }
            (Type::Array(_), "length") => self.fixed(name, span),
            (Type::Text, "length") => self.fixed(name, span),
            _ => {
                self.no_property(object.ty, name, span);
                None
            }
        }
    }

    /// `list.length = …`
    fn length_slot(&mut self, list: Value) -> Option<Slot<'a>> {
        let mut before = Vec::new();
        let list = self.keep_local(list, &mut before)?;
        let place = SlotPlace::Length {
            list,
            set: self.checker.standard_function("setLength")?,
            value: self.temporary(crate::ir::op::Val::F64),
        };
        Some(Slot {
            ty: Type::Number,
            place,
            before,
        })
    }

    fn no_slot(&mut self, span: Span) -> Option<Slot<'a>> {
        let help = "variables, properties of objects and elements of arrays can be assigned";
        self.fail(unsupported::OBJECT, "this cannot be assigned", span, help);
        None
    }

    pub(super) fn named_slot(&mut self, name: &'a str, span: Span) -> Option<Slot<'a>> {
        if !self.shadowed(name) && super::builtin::constant(name).is_some() {
            self.fixed(name, span);
            return None;
        }
        match self.find(name, span)? {
            Name::Variable(variable) if variable.constant => self.fixed(name, span),
            Name::Variable(variable) => {
                let place = SlotPlace::Local(variable.local);
                Some(Slot::simple(variable.ty, place))
            }
            Name::Global(index) => {
                let entry = self.checker.globals.get(index)?;
                // Another file may read a variable, not set it.
                if entry.constant || entry.file != self.file {
                    return self.fixed(name, span);
                }
                let value = self.read_global(index, span)?;
                match value.expr {
                    Expr::Global(id) => Some(Slot::simple(value.ty, SlotPlace::Global(id))),
                    _ => None,
                }
            }
            Name::Function(_)
            | Name::Inner(..)
            | Name::Enum(_)
            | Name::Class
            | Name::Namespace(_) => self.fixed(name, span),
        }
    }

    fn fixed(&mut self, name: &str, span: Span) -> Option<Slot<'a>> {
        let message = format!("`{name}` keeps its value and cannot be assigned");
        self.fail(
            codes::CONSTANT,
            message,
            span,
            "declare a variable with `let`",
        );
        None
    }

    /// Lowers `++` or `--` as a statement.
    pub(super) fn update(&mut self, node: &'a ast::UpdateExpression<'a>, out: &mut Vec<Stmt>) {
        match self.stepped(node) {
            Some((slot, value)) => {
                let write = slot.write(value);
                out.extend(slot.before);
                out.extend(write);
            }
            None => {
                let span = self.place(node);
                self.checker.must_be_reported(span);
            }
        }
    }

    /// Lowers `++` or `--` that has a value: the new one, or the one from before.
    pub(super) fn updated(&mut self, node: &'a ast::UpdateExpression<'a>) -> Option<Value> {
        let (slot, value) = self.stepped(node)?;
        let (ty, expr) = if node.prefix {
            (slot.ty, slot.write_and_read(value))
        } else {
            let before = slot.read();
            let expr = Expr::After(Box::new(before.expr), slot.write(value));
            (before.ty, expr)
        };
        let value = Value::new(ty, slot.after_finding(expr));
        // What is counted is there.
        self.checked(value)
    }

    /// What a member has is looked at once, however often it is used: a getter may do something.
    fn read_once(&mut self, slot: &mut Slot<'a>) -> Option<()> {
        if let SlotPlace::Entry(place) = &mut slot.place {
            let kept = self.temporary(place.now.ty.val()?);
            let now = std::mem::replace(&mut place.now.expr, Expr::Local(kept));
            slot.before.push(Stmt::SetLocal(kept, now));
            return Some(());
        }
        let val = slot.ty.val()?;
        if let SlotPlace::Member { get, .. } = &mut slot.place {
            let kept = self.temporary(val);
            let now = std::mem::replace(get.as_mut(), Expr::Local(kept));
            slot.before.push(Stmt::SetLocal(kept, now));
        }
        Some(())
    }

    fn stepped(&mut self, node: &'a ast::UpdateExpression<'a>) -> Option<(Slot<'a>, Expr)> {
        let mut slot = self.slot(&node.argument)?;
        self.read_once(&mut slot)?;
        let span = self.place(node);
        let now = self.counted(&node.argument, slot.read())?;
        let by = match node.operator {
            UpdateOperator::Increment => "+ 1",
            UpdateOperator::Decrement => "- 1",
        };
        self.nothing_to_count(&node.argument, (&now, by.to_owned()), span)?;
        let ty = now.ty.operand();
        let op = match node.operator {
            UpdateOperator::Increment => Arithmetic::Add,
            UpdateOperator::Decrement => Arithmetic::Subtract,
        };
        let one = match ty.absent() {
            Some(_) => now.clone(),
            None => Value::new(ty, one(ty)?),
        };
        let now = Value::new(ty, now.expr);
        let value = self.arithmetic(op, now, one, span)?;
        let given = value.ty;
        let value = self.checker.turned(value, slot.ty)?;
        self.assigned_to(&node.argument, slot.ty, given);
        Some((slot, value))
    }
}
