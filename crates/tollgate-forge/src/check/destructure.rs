//! Taking values apart: each part goes to a variable that is declared, or to what is assigned, in the order of JavaScript.
//!
//! An element that is not there takes the default; without one the program ends, as it does for `list[index]`. Once an element
//! was missing, those behind it are missing too, even if a default made the array longer.

use std::collections::HashSet;

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::absence::{is_absent, nothing, unboxed};
use super::body::Body;
use super::pattern::{Elements, Key, Part, Pattern, Properties, Way};
use super::report::{place, place_of};
use super::scope::{Local, Variable};
use super::sequence::count;
use super::slot::Slot;
use super::sought::Gap;
use super::types::{Absent, Type};
use super::value::Value;
use super::variable::Typed;
use crate::codes::unsupported;
use crate::ir;
use crate::ir::fault::FaultKind;
use crate::ir::op::{Binary, Val};
use crate::ir::{Expr, Fresh, LocalId, Sharing, Stmt};

/// What a part is for, found before its value.
enum Ready<'p, 'a> {
    Slot(&'p Pattern<'a>, Slot<'a>, Span),
    Pattern(&'p Pattern<'a>),
}

impl Ready<'_, '_> {
    /// The type that the value is to have, if that is known.
    fn ty(&self) -> Option<Type> {
        match self {
            Self::Slot(_, slot, _) => Some(slot.ty),
            Self::Pattern(_) => None,
        }
    }
}

/// An array that is taken apart.
struct Taken {
    list: LocalId,
    elements: super::known::array::Elements,
    /// Whether an element was missing, where that matters.
    ended: Option<LocalId>,
}

impl Taken {
    /// Whether there is no element at a place.
    fn missing(&self, at: i32) -> Expr {
        let here = count(Expr::Local(self.list)).binary(Binary::I32LeU, Expr::i32(at));
        match self.ended {
            Some(ended) => Expr::Local(ended).binary(Binary::I32Or, here),
            None => here,
        }
    }

    fn end(&self) -> Option<Stmt> {
        self.ended.map(|ended| Stmt::SetLocal(ended, Expr::i32(1)))
    }
}

impl<'a> Body<'_, 'a> {
    /// Lowers a declaration whose names are in a pattern.
    pub(super) fn pattern_declaration(
        &mut self,
        node: &'a ast::VariableDeclarator<'a>,
        way: Way,
        out: &mut Vec<Stmt>,
    ) {
        let part = Part::declared(&node.id);
        let literal = node
            .init
            .as_ref()
            .filter(|_| node.type_annotation.is_none());
        let done = match literal.and_then(|init| literal_parts(&part.pattern, init)) {
            Some((list, values)) => self.take_literal(list, &values, way, out),
            None => self.pattern_value(node, out).and_then(|value| {
                // Names that the pattern declares are none of its value.
                self.take(&part.pattern, value, way, out)
            }),
        };
        if done.is_none() {
            let span = self.place(node);
            self.checker.must_be_reported(span);
            self.break_names(&node.id, way);
        }
    }

    fn pattern_value(
        &mut self,
        node: &'a ast::VariableDeclarator<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<Value> {
        let span = self.place(node);
        match self.typed_value(node, None)? {
            Typed { ty: Type::Void, .. } => {
                self.void_variable(span);
                None
            }
            Typed {
                ty,
                value: Some(value),
                ..
            } => self.keep(Value::new(ty, value), out),
            Typed { value: None, .. } => {
                let help = "write it: `= value`";
                let message = "a pattern needs a value";
                self.fail(crate::codes::syntax::SYNTAX, message, span, help);
                None
            }
        }
    }

    /// Marks what a pattern declares and has no type as wrong, which is reported.
    pub(super) fn break_names(&mut self, pattern: &'a ast::BindingPattern<'a>, way: Way) {
        for id in pattern.get_binding_identifiers() {
            let name = id.name.as_str();
            match way {
                Way::Global(_) => self.done_global(id),
                Way::Local(_) | Way::Inside { .. } => {
                    if !matches!(self.scopes.find(name), Some(Local::Variable(_))) {
                        self.break_name(name);
                    }
                }
            }
        }
    }

    /// `[a, b] = …` and `({ a, b } = …)` as a statement.
    pub(super) fn assign_pattern(
        &mut self,
        node: &'a ast::AssignmentExpression<'a>,
        pattern: &Pattern<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        if let Some((list, values)) = literal_parts(pattern, &node.right) {
            return self.take_literal(list, &values, Way::Inside { constant: false }, out);
        }
        self.assigned_pattern(node, pattern, out).map(|_| ())
    }

    /// The same with the value that was assigned.
    pub(super) fn assigned_pattern(
        &mut self,
        node: &'a ast::AssignmentExpression<'a>,
        pattern: &Pattern<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<Value> {
        let value = self.value(&node.right, None)?;
        let value = self.keep(value, out)?;
        self.take(pattern, value.clone(), Way::Inside { constant: false }, out)?;
        Some(value)
    }

    /// Takes a value apart, or gives it to one name.
    pub(super) fn take(
        &mut self,
        pattern: &Pattern<'a>,
        value: Value,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let ready = self.ready(pattern, out)?;
        self.put(ready, value, way, out)
    }

    /// The same with the default of a part.
    pub(super) fn take_part(
        &mut self,
        part: &Part<'a>,
        value: Value,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let ready = self.ready(&part.pattern, out)?;
        let value = self.or_default(part, &ready, value, out)?;
        self.put(ready, value, way, out)
    }

    /// Finds what is assigned. What is declared is only there once it has its value.
    fn ready<'p>(
        &mut self,
        pattern: &'p Pattern<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<Ready<'p, 'a>> {
        let (slot, span) = match pattern {
            Pattern::Named(id) => {
                let span = place(self.file, *id);
                (self.named_slot(id.name.as_str(), span)?, span)
            }
            Pattern::Assigned(target) => (self.slot(target)?, place(self.file, *target)),
            Pattern::Declared(_) | Pattern::Object(_) | Pattern::List(_) => {
                return Some(Ready::Pattern(pattern));
            }
        };
        let mut slot = slot;
        out.append(&mut slot.before);
        Some(Ready::Slot(pattern, slot, span))
    }

    fn put(
        &mut self,
        ready: Ready<'_, 'a>,
        value: Value,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let pattern = match ready {
            Ready::Slot(pattern, slot, span) => {
                let given = value.ty;
                let value = self.coerce(value, slot.ty, span)?;
                out.extend(slot.write(value));
                match pattern {
                    Pattern::Named(id) => self.given_to(id.name.as_str(), slot.ty, given),
                    Pattern::Assigned(target) => self.assigned_to(target, slot.ty, given),
                    Pattern::Declared(_) | Pattern::Object(_) | Pattern::List(_) => {}
                }
                return Some(());
            }
            Ready::Pattern(pattern) => pattern,
        };
        match pattern {
            Pattern::Declared(id) => self.declare_one(id, value, way, out),
            Pattern::Object(properties) => self.take_properties(properties, value, way, out),
            Pattern::List(list) => self.take_elements(list, value, way, out),
            // Those are ready with a slot.
            Pattern::Named(_) | Pattern::Assigned(_) => None,
        }
    }

    fn declare_one(
        &mut self,
        id: &'a ast::BindingIdentifier<'a>,
        value: Value,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = self.place(id);
        let constant = match way {
            Way::Global(kind) => {
                self.global_with_value(id, kind, value, out);
                return Some(());
            }
            Way::Local(kind) => return self.local_with_value(id, kind, value, out),
            Way::Inside { constant } => constant,
        };
        let name = id.name.as_str();
        self.checker.name_allowed(name, span);
        if matches!(self.scopes.here(name), Some(Local::Variable(_))) {
            self.checker.duplicate(name, span, None);
        }
        let local = self.add_local(ir::Local {
            ty: value.ty.val()?,
            name: Some(name.to_owned()),
            unassigned: None,
            sharing: Sharing::No,
        });
        if self.inner.uses(name) {
            out.push(Stmt::Fresh(local, Fresh::Lexical));
        }
        out.push(Stmt::SetLocal(local, value.expr));
        let variable = Variable {
            local,
            ty: value.ty,
            constant,
            literal: None,
        };
        self.declare(name, variable);
        Some(())
    }

    fn take_properties(
        &mut self,
        pattern: &Properties<'a>,
        value: Value,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let object = self.keep(value, out)?;
        let mut seen = HashSet::new();
        for (key, part) in &pattern.members {
            let span = place_of(self.file, part.span);
            let name = self.key(*key, span)?;
            seen.insert(name);
            let ready = self.ready(&part.pattern, out)?;
            let value = self.property(object.clone(), name, span)?;
            let value = self.or_default(part, &ready, value, out)?;
            self.put(ready, value, way, out)?;
        }
        let Some(rest) = &pattern.rest else {
            return Some(());
        };
        let span = place_of(self.file, pattern.span);
        let ready = self.ready(rest, out)?;
        let value = self.rest_of(object, &seen, span, out)?;
        self.put(ready, value, way, out)
    }

    fn key(&mut self, key: Key<'a>, span: Span) -> Option<&'a str> {
        match key {
            Key::Short(name) => Some(name),
            Key::Written(key) => self.checker.property_name(key, span),
            Key::Computed => {
                let help = "write the name of the property: `{ x: a }`";
                let message = "this name of a property is not known here";
                self.fail(unsupported::OBJECT, message, span, help);
                None
            }
        }
    }

    /// The value, or the default in place of `undefined`. A default is looked at even if the value is always there.
    fn or_default(
        &mut self,
        part: &Part<'a>,
        ready: &Ready<'_, 'a>,
        value: Value,
        out: &mut Vec<Stmt>,
    ) -> Option<Value> {
        let Some(default) = part.default else {
            return Some(value);
        };
        let span = place_of(self.file, part.span);
        let wanted = ready.ty().unwrap_or(value.ty.without(Absent::Undefined));
        let undefined = value.ty.absent().filter(|absent| absent.has_undefined());
        if undefined.is_none() {
            self.perhaps(|body| body.value_as(default, wanted))?;
            return Some(value);
        }
        let value = self.keep(value, out)?;
        let missing = is_absent(value.expr.clone(), Absent::Undefined);
        let found = self.defined(value, wanted, span)?;
        let default = self.perhaps(|body| body.value_as(default, wanted))?;
        let local = self.temporary(wanted.val()?);
        let otherwise = vec![Stmt::SetLocal(local, default)];
        let then = vec![Stmt::SetLocal(local, found)];
        out.push(Stmt::If(missing, otherwise, then));
        Some(Value::new(wanted, Expr::Local(local)))
    }

    /// A value that is not `undefined`, as one of a type.
    fn defined(&mut self, value: Value, wanted: Type, span: Span) -> Option<Expr> {
        let found = match (value.ty, value.ty.without(Absent::Undefined)) {
            (Type::Maybe(base, _), left) if left.absent().is_none() => unboxed(base, value.expr),
            (_, left) => Value::new(left, value.expr),
        };
        self.coerce(found, wanted, span)
    }

    fn take_elements(
        &mut self,
        pattern: &Elements<'a>,
        value: Value,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = place_of(self.file, pattern.span);
        let value = self.sequence(value, span)?;
        let elements = self.elements_of(value.ty)?;
        let array = value.ty;
        let list = self.keep_local(value, out)?;
        let ended = may_go_on(pattern).then(|| self.temporary(Val::I32));
        out.extend(ended.map(|ended| Stmt::SetLocal(ended, Expr::i32(0))));
        let taken = Taken {
            list,
            elements,
            ended,
        };
        for (at, part) in (0_i32..).zip(&pattern.parts) {
            match part {
                Some(part) => self.take_element((&taken, at), part, way, out)?,
                None => out.extend(
                    taken
                        .end()
                        .map(|end| Stmt::If(taken.missing(at), vec![end], Vec::new())),
                ),
            }
        }
        let Some(rest) = &pattern.rest else {
            return Some(());
        };
        let ready = self.ready(rest, out)?;
        let from = Expr::i32(i32::try_from(pattern.parts.len()).ok()?);
        let from = from.unary(crate::ir::op::Unary::F64ConvertI32S);
        let from = match ended {
            Some(ended) => {
                let nothing = Expr::f64(f64::INFINITY);
                Expr::conditional(Val::F64, Expr::Local(ended), nothing, from)
            }
            None => from,
        };
        let arguments = vec![Expr::Local(list), from, Expr::f64(f64::INFINITY)];
        let slice = match elements.kind {
            Some(_) => "typedSlice",
            None => "listSlice",
        };
        let rest = self.list_call(slice, arguments, elements)?;
        let rest = self.numbers_of(Value::new(array, rest), span)?;
        self.put(ready, rest, way, out)
    }

    /// The element at a place, or the default.
    fn take_element(
        &mut self,
        (taken, at): (&Taken, i32),
        part: &Part<'a>,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = place_of(self.file, part.span);
        let ready = self.ready(&part.pattern, out)?;
        let address = taken
            .elements
            .address(Expr::Local(taken.list), Expr::i32(at));
        let found = self.as_wanted(taken.elements.load(address), &ready)?;
        let missing = taken.missing(at);
        let undefined = found.ty.absent().filter(|absent| absent.has_undefined());
        let value = match (part.default, undefined) {
            // What is not there is `undefined`, which may be the value of an element, too.
            (_, Some(_)) => {
                let value = self.temporary(Val::I32);
                let mut otherwise: Vec<Stmt> = taken.end().into_iter().collect();
                otherwise.push(Stmt::SetLocal(value, nothing(Absent::Undefined)));
                let ty = found.ty;
                let then = vec![Stmt::SetLocal(value, found.expr)];
                out.push(Stmt::If(missing, otherwise, then));
                self.or_default(part, &ready, Value::new(ty, Expr::Local(value)), out)?
            }
            (None, None) => {
                let fault = Stmt::fault(FaultKind::Element);
                out.push(Stmt::If(missing, vec![fault], Vec::new()));
                found
            }
            (Some(default), None) => {
                let wanted = ready.ty().unwrap_or(found.ty);
                let found = self.coerce(found, wanted, span)?;
                let default = self.perhaps(|body| body.value_as(default, wanted))?;
                let value = self.temporary(wanted.val()?);
                let mut otherwise: Vec<Stmt> = taken.end().into_iter().collect();
                otherwise.push(Stmt::SetLocal(value, default));
                let then = vec![Stmt::SetLocal(value, found)];
                out.push(Stmt::If(missing, otherwise, then));
                Value::new(wanted, Expr::Local(value))
            }
        };
        let ty = value.ty;
        self.put(ready, value, way, out)?;
        if let (Pattern::Declared(id), None) = (&part.pattern, part.default) {
            self.note_taken(id.name.as_str(), ty, (at, span));
        }
        Some(())
    }

    /// An element as one that may be missing, if what it is assigned to may be: then it is `undefined` where it is not there.
    fn as_wanted(&mut self, found: Value, ready: &Ready<'_, 'a>) -> Option<Value> {
        let found = match ready.ty() {
            Some(ty) => self.as_number_of(found, ty)?,
            None => found,
        };
        let wanted = ready.ty().map_or(Gap::Fault, Gap::of);
        match (wanted, found.ty.or(Absent::Undefined)) {
            (Gap::Undefined, Some(ty)) => Some(Value::new(ty, self.checker.turned(found, ty)?)),
            _ => Some(found),
        }
    }

    /// `[a, b] = [b, a]`: the values need no array between, and may have different types.
    fn take_literal(
        &mut self,
        pattern: &Elements<'a>,
        values: &[&'a Expression<'a>],
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let mut all = Some(Vec::new());
        for (at, expr) in values.iter().enumerate() {
            let hint = pattern
                .parts
                .get(at)
                .and_then(Option::as_ref)
                .and_then(|part| self.known_type(&part.pattern));
            let value = match (self.constant(expr), hint) {
                (Some(_), Some(ty)) => self.value_as(expr, ty).map(|value| Value::new(ty, value)),
                _ => self.value(expr, hint),
            };
            let value = value.and_then(|value| self.keep(value, out));
            match (value, &mut all) {
                (Some(value), Some(list)) => list.push(value),
                _ => all = None,
            }
        }
        self.take_values(pattern, all?, way, out)
    }

    /// Takes values one by one, of which there are as many as the pattern has parts, or more.
    pub(super) fn take_values(
        &mut self,
        pattern: &Elements<'a>,
        values: Vec<Value>,
        way: Way,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        for (part, value) in pattern.parts.iter().zip(values) {
            let Some(part) = part else { continue };
            let ready = self.ready(&part.pattern, out)?;
            let value = self.or_default(part, &ready, value, out)?;
            self.put(ready, value, way, out)?;
        }
        Some(())
    }

    /// The type of a variable that is assigned.
    fn known_type(&mut self, pattern: &Pattern<'a>) -> Option<Type> {
        let id = match pattern {
            Pattern::Named(id) => *id,
            Pattern::Assigned(ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(id)) => {
                id.as_ref()
            }
            Pattern::Assigned(_) | Pattern::Declared(_) | Pattern::Object(_) | Pattern::List(_) => {
                return None;
            }
        };
        let span = place(self.file, id);
        self.named_slot(id.name.as_str(), span).map(|slot| slot.ty)
    }
}

/// Whether something may run between a missing element and those behind it.
fn may_go_on(pattern: &Elements<'_>) -> bool {
    let last =
        pattern.parts.len() - usize::from(pattern.rest.is_none() && !pattern.parts.is_empty());
    let before = pattern.parts.iter().take(last);
    before
        .into_iter()
        .any(|part| part.as_ref().is_none_or(|part| part.default.is_some()))
}

/// A pattern and the values of a literal that go to its parts one by one.
fn literal_parts<'p, 'a>(
    pattern: &'p Pattern<'a>,
    value: &'a Expression<'a>,
) -> Option<(&'p Elements<'a>, Vec<&'a Expression<'a>>)> {
    let (Pattern::List(list), Expression::ArrayExpression(node)) =
        (pattern, value.without_parentheses())
    else {
        return None;
    };
    let values: Option<Vec<_>> = node.elements.iter().map(|e| e.as_expression()).collect();
    let values = values?;
    let plain = list.rest.is_none() && values.len() >= list.parts.len();
    plain.then_some((list, values))
}
