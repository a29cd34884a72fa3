//! What a use of a generic declaration is given: as it is written, and as the instance takes it.

use oxc_ast::ast;

use super::array::Part;
use super::body::Body;
use super::generic_call::{Asked, Callee, Slot};
use super::infer::{Inference, Seen};
use super::known::signature::Signature;
use super::takes::{Takes, Written};
use super::types::Type;
use super::value::Value;

impl<'a> Body<'_, 'a> {
    /// The arguments as they are written: those of the rest parameter may be spread.
    pub(super) fn written_list(
        &mut self,
        callee: &Callee<'a>,
        asked: &Asked<'a>,
    ) -> Option<Vec<Written<'a>>> {
        let mut list = Vec::new();
        for (at, argument) in asked.arguments.iter().enumerate() {
            list.push(match argument {
                ast::Argument::SpreadElement(spread)
                    if callee.rest.is_some() && at >= callee.items.len() =>
                {
                    Written::Spread(spread)
                }
                ast::Argument::SpreadElement(spread) => {
                    let span = self.place(spread.as_ref());
                    self.spread_fills_nothing(span);
                    return None;
                }
                other => Written::Single(other.as_expression()?),
            });
        }
        Some(list)
    }

    /// Lowers `...values`, and looks at what that shows.
    pub(super) fn look_at_spread(
        &mut self,
        inference: &mut Inference,
        callee: &Callee<'a>,
        spread: &'a ast::SpreadElement<'a>,
    ) -> Slot<'a> {
        let pattern = callee.rest_pattern();
        let wanted = pattern.as_ref();
        let wanted = wanted.and_then(|pattern| self.resolved(inference, pattern));
        let Some(part) = self.spread_part(spread, wanted) else {
            return Slot::Wrong;
        };
        if let (Part::Spread(value, _), Some(pattern)) = (&part, pattern) {
            self.unify(inference, pattern, Seen::strong(value.ty));
        }
        Slot::Spread(part)
    }

    /// The arguments, as the instance takes them.
    pub(super) fn given_values(
        &mut self,
        slots: Vec<Slot<'a>>,
        signature: &Signature<'a>,
        asked: &Asked<'a>,
    ) -> Option<Vec<Value>> {
        if signature.broken {
            return None;
        }
        let params: Vec<Type> = signature.params.iter().map(|param| param.ty).collect();
        let takes = Takes {
            name: asked.name,
            least: signature.required(),
            params: &params,
            span: asked.span,
        };
        self.enough(slots.len(), takes)?;
        let rest = takes.rest().filter(|_| slots.len() >= takes.single());
        let element = rest.and_then(|id| self.checker.arrays.element(id));
        let (mut values, mut parts) = (Vec::new(), Vec::new());
        let mut whole = Some(());
        for (at, slot) in slots.into_iter().enumerate() {
            let single = params.get(at).filter(|ty| ty.rest().is_none());
            let ty = single.copied().or(element)?;
            let part = match (slot, rest) {
                (Slot::SpreadLater(spread), Some(id)) => {
                    self.spread_part(spread, Some(Type::Array(id)))
                }
                (slot, _) => self.part_of_slot(slot, ty, asked),
            };
            match (part, single) {
                (Some(Part::Value(value, _)), Some(_)) => values.push(value),
                (Some(part), None) => parts.push(part),
                (_, _) => whole = None,
            }
        }
        whole?;
        if let (Some(id), Some(element)) = (rest, element) {
            let list = self.list_of(parts, element, asked.span)?;
            values.push(Value::new(Type::Rest(id), list.expr));
        }
        Some(values)
    }

    /// An argument as a value of a type, or what is spread.
    fn part_of_slot(&mut self, slot: Slot<'a>, ty: Type, asked: &Asked<'a>) -> Option<Part> {
        let (value, span) = match slot {
            Slot::Ready(argument, value) => {
                let span = self.place(argument);
                (self.coerce(value, ty, span)?, span)
            }
            // With types that are written all come in their order.
            Slot::Later(argument, _) if asked.types.is_some() => {
                (self.value_as(argument, ty)?, self.place(argument))
            }
            Slot::Later(argument, facts) => {
                let now = std::mem::replace(&mut self.facts, facts);
                let value = self.value_as(argument, ty);
                self.facts = now;
                (value?, self.place(argument))
            }
            Slot::Spread(part) => return Some(part),
            Slot::SpreadLater(_) | Slot::Wrong => return None,
        };
        Some(Part::Value(Value::new(ty, value), span))
    }
}
