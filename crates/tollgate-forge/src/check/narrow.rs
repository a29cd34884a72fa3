//! What tests say of values of several types and of values that a type lists.
//!
//! `x.kind === "circle"` leaves the alternatives of `x` whose `kind` may be that, and `!==` those whose `kind` may be another one. The
//! same holds for a property that counts as true, for `"name" in x`, for `typeof x`, and for `x` itself where its type lists its values.

use oxc_ast::ast::{self, ChainElement, Expression};
use oxc_syntax::operator::UnaryOperator;

use super::asked::{Asked, Look, Outcome};
use super::body::Body;
use super::checker::Checker;
use super::facts::Facts;
use super::flow::Tested;
use super::known::class::Member;
use super::known::file::Item;
use super::listed::Literal;
use super::scope::Local;
use super::types::{Absent, Base, Type, UnionId};
use super::value::Value;
use crate::codes::unsupported;
use crate::ir::{Expr, Stmt};

impl<'a> Checker<'a> {
    /// What is left of a type if a test of a value turns out so; `None` if too much is known already.
    fn left_of(&mut self, ty: Type, asked: Asked<'a>, outcome: Outcome) -> Option<Type> {
        match (ty, asked) {
            (Type::Exact(exact), Asked::Equal(literal)) => match outcome {
                Outcome::Yes if self.literals.has(exact, literal) => {
                    self.literals.of(vec![literal])
                }
                Outcome::Yes => Some(Type::Never),
                Outcome::No => self.listed_values(exact, |value| value != literal),
            },
            (Type::Exact(exact), Asked::True) => self.values_of_truth(exact, outcome),
            (Type::Boolean, Asked::Equal(Literal::Boolean(value))) => {
                let left = if outcome == Outcome::Yes {
                    value
                } else {
                    !value
                };
                self.literals.of(vec![Literal::Boolean(left)])
            }
            (Type::Boolean, Asked::True) => {
                let left = outcome == Outcome::Yes;
                self.literals.of(vec![Literal::Boolean(left)])
            }
            (Type::Union(id), asked) => self.alternatives(id, |checker, member| {
                match checker.left_of(member, asked, outcome) {
                    Some(Type::Never) => None,
                    left => Some(left.unwrap_or(member)),
                }
            }),
            (Type::Maybe(base, absent), asked) => {
                let left = self.left_of(base.ty(), asked, outcome)?;
                match outcome {
                    Outcome::Yes => Some(left),
                    Outcome::No => left.or(absent).or(Some(Type::Nothing(absent))),
                }
            }
            (ty, Asked::Equal(literal)) => {
                let kind = match ty.operand() {
                    Type::Int(_) | Type::F32 => Type::Number,
                    other => other,
                };
                let may = kind == literal.plain().ty();
                let never = outcome == Outcome::Yes && !may;
                Some(if never { Type::Never } else { ty })
            }
            (ty, Asked::True) => {
                let (yes, no) = self.truths(ty);
                let may = if outcome == Outcome::Yes { yes } else { no };
                Some(if may { ty } else { Type::Never })
            }
        }
    }

    /// The type of values of either of two that tests have left of one type; `None` if that is no longer known.
    fn either(&mut self, a: Type, b: Type) -> Option<Type> {
        match (a, b) {
            (Type::Never, other) | (other, Type::Never) => return Some(other),
            _ if a.absent().is_some() || b.absent().is_some() => return None,
            _ if self.is_part(a, b) => return Some(b),
            _ if self.is_part(b, a) => return Some(a),
            _ => {}
        }
        let mut parts = Vec::new();
        for ty in [a, b] {
            match ty {
                Type::Union(id) => parts.extend_from_slice(&self.unions.members(id)),
                Type::Exact(_)
                | Type::Boolean
                | Type::Number
                | Type::Text
                | Type::Array(_)
                | Type::Record(_) => parts.push(ty),
                _ => return None,
            }
        }
        self.spend(parts.len());
        self.merged(parts)
    }

    /// The alternatives whose property leaves something if a test of it turns out so.
    fn with_property(
        &mut self,
        id: UnionId,
        name: &str,
        asked: Asked<'a>,
        outcome: Outcome,
    ) -> Option<Type> {
        self.alternatives(id, |checker, member| {
            let Type::Record(record) = member else {
                return Some(member);
            };
            let place = checker.records.place(record, name)?;
            match checker.left_of(place.ty, asked, outcome) {
                Some(Type::Never) => None,
                _ => Some(member),
            }
        })
    }
}

impl<'a> Body<'_, 'a> {
    /// The type that a variable or property has here, as far as it is known without looking.
    pub(super) fn current_type(&mut self, expr: &'a Expression<'a>) -> Option<Type> {
        if let Some(known) = self.fact_of(expr) {
            return Some(known);
        }
        match expr.without_parentheses() {
            Expression::Identifier(id) => self.type_of_name(id.name.as_str()),
            Expression::ThisExpression(_) => self.type_of_name("this"),
            Expression::StaticMemberExpression(member) if !member.optional => {
                let object = self.current_type(&member.object)?;
                self.type_of_member(object, member.property.name.as_str())
            }
            Expression::PrivateFieldExpression(member) if !member.optional => {
                let object = self.current_type(&member.object)?;
                let name = self.checker.private_name(member.field.name.as_str());
                self.type_of_member(object, name)
            }
            Expression::TSNonNullExpression(inner) => {
                Some(self.current_type(&inner.expression)?.present())
            }
            _ => None,
        }
    }

    /// The type of a member of a value.
    pub(super) fn type_of_member(&mut self, ty: Type, name: &str) -> Option<Type> {
        let id = match ty {
            Type::Class(id) => id,
            Type::Union(id) => {
                // The name as the types spell it lives as long as the program.
                let name = self.checker.known_property(id, name)?;
                return self
                    .checker
                    .shared_property(id, name)
                    .map(|shared| shared.ty);
            }
            _ => return self.property_of(ty, name).map(|property| property.ty),
        };
        let found = self.checker.classes.member(id, name)?;
        match found.member {
            Member::Field(at) => self.checker.field_type(found.owner, at),
            Member::Accessor {
                get: Some(index), ..
            } => self.checker.signature(index)?.result,
            Member::Method(_) | Member::Accessor { get: None, .. } => None,
        }
    }

    fn type_of_name(&self, name: &str) -> Option<Type> {
        match self.scopes.find(name) {
            Some(Local::Variable(variable)) => Some(variable.ty),
            Some(_) => None,
            None if self.outer.find(name).is_some() => None,
            None => match self.checker.file_item(self.file as usize, name) {
                Some(Item::Global(index)) => self.checker.globals.get(index)?.ty,
                _ => None,
            },
        }
    }

    /// Notes in each case what a test of a value says, of the value and of the object that it is a property of.
    pub(super) fn note_test(
        &mut self,
        subject: &'a Expression<'a>,
        asked: Asked<'a>,
        (yes, no): (&mut Facts<'a>, &mut Facts<'a>),
    ) {
        let (subject, linked) = match subject.without_parentheses() {
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::StaticMemberExpression(member) => (Subject::Member(member), true),
                _ => return,
            },
            Expression::StaticMemberExpression(member) => (Subject::Member(member), false),
            other => (Subject::Other(other), false),
        };
        for outcome in [Outcome::Yes, Outcome::No] {
            let facts = match outcome {
                Outcome::Yes => &mut *yes,
                Outcome::No => &mut *no,
            };
            if !linked {
                self.note_itself(&subject, asked, (outcome, facts));
            }
            // What stands before `?.` is there in this case alone.
            if let (Subject::Member(member), false) = (&subject, linked && outcome == Outcome::No) {
                self.note_object(member, asked, (outcome, facts));
            }
        }
    }

    fn note_itself(
        &mut self,
        subject: &Subject<'a>,
        asked: Asked<'a>,
        (outcome, facts): (Outcome, &mut Facts<'a>),
    ) {
        let (spot, ty) = match subject {
            Subject::Other(expr) => (self.spot(expr), self.current_type(expr)),
            Subject::Member(member) => {
                let known = self.spot_of_member(member);
                let fact = known.as_ref().and_then(|(spot, _)| self.facts.known(spot));
                let ty = fact.or_else(|| {
                    let object = self.current_type(&member.object)?;
                    self.type_of_member(object, member.property.name.as_str())
                });
                (known, ty)
            }
        };
        let (Some(spot), Some(ty)) = (spot, ty) else {
            return;
        };
        if !matches!(ty.base(), Some(Base::Exact(_) | Base::Union(_))) {
            return;
        }
        if let Some(left) = self.checker.left_of(ty, asked, outcome)
            && left != ty
            && !matches!(left, Type::Nothing(_))
        {
            facts.note(spot, left);
        }
    }

    fn note_object(
        &mut self,
        member: &'a ast::StaticMemberExpression<'a>,
        asked: Asked<'a>,
        (outcome, facts): (Outcome, &mut Facts<'a>),
    ) {
        let name = member.property.name.as_str();
        let object = self.current_type(&member.object).map(Type::present);
        let left = match object {
            Some(Type::Union(id)) if self.checker.shared_property(id, name).is_some() => {
                self.checker.with_property(id, name, asked, outcome)
            }
            // The only alternative that was left.
            Some(Type::Record(record)) => {
                let place = self.checker.records.place(record, name);
                let exact = place.filter(|place| matches!(place.ty, Type::Exact(_)));
                let left = exact.and_then(|place| self.checker.left_of(place.ty, asked, outcome));
                left.filter(|left| *left == Type::Never)
            }
            _ => None,
        };
        if let (Some(spot), Some(left)) = (self.spot(&member.object), left)
            && Some(left) != object
        {
            facts.note(spot, left);
        }
    }

    /// `"name" in value`
    pub(super) fn name_tested(
        &mut self,
        node: &'a ast::BinaryExpression<'a>,
    ) -> Option<Tested<'a>> {
        let span = self.place(node);
        let mut out = Vec::new();
        let name = match node.left.without_parentheses() {
            Expression::StringLiteral(text) if !text.lone_surrogates => Ok(text.value.as_str()),
            _ => Err(self.looked_for(&node.left, &mut out)?),
        };
        let value = self.value(&node.right, None)?;
        if self.checker.dictionary(value.ty).is_some() {
            let key = match name {
                Ok(name) => self.text_of(name),
                Err(key) => key,
            };
            let found = self.has_entry(&value, key)??;
            let facts = self.facts.clone();
            return Some(Tested {
                expr: found.after(out),
                yes: facts.clone(),
                no: facts,
            });
        }
        let (Ok(name), Type::Union(id)) = (name, value.ty) else {
            let help = "write the name of a property, `\"name\" in x`, where `x` is one of several types of objects";
            self.fail(
                unsupported::DYNAMIC,
                "`in` looks at the program while it runs",
                span,
                help,
            );
            return None;
        };
        let mut unclear = false;
        let mut with = |outcome| {
            self.checker.alternatives(id, |checker, member| {
                let place = match member {
                    Type::Record(record) => checker.records.place(record, name),
                    _ => {
                        unclear = true;
                        None
                    }
                };
                // Whether one that may be left out is there is not known when it runs.
                unclear |=
                    place.is_some_and(|place| place.ty.absent().is_some_and(Absent::has_undefined));
                (place.is_some() == (outcome == Outcome::Yes)).then_some(member)
            })
        };
        let (has, lacks) = (with(Outcome::Yes), with(Outcome::No));
        if unclear {
            let message = format!("whether `{name}` is there is not known of all alternatives");
            let help = "use it with objects of which some have the property and the others do not; compare what may be left out with `undefined`, and use `typeof` first for what is no object";
            self.fail(unsupported::DYNAMIC, message, span, help);
            return None;
        }
        let (has, lacks) = (has.unwrap_or(value.ty), lacks.unwrap_or(value.ty));
        let (mut yes, mut no) = (self.facts.clone(), self.facts.clone());
        if let Some(spot) = self.spot(&node.right) {
            if has != value.ty {
                yes.note(spot.clone(), has);
            }
            if lacks != value.ty {
                no.note(spot, lacks);
            }
        }
        let expr = self.has_name(value, has)?;
        Some(Tested { expr, yes, no })
    }

    /// What `typeof x === "…"` leaves of a value of several types.
    pub(super) fn left_of_type(&mut self, ty: Type, name: &str, outcome: Outcome) -> Option<Type> {
        let Some(Base::Union(id)) = ty.base() else {
            return None;
        };
        // JavaScript calls `null` an object.
        let stays = match ty.absent() {
            Some(Absent::Null) if name == "object" => None,
            Some(Absent::Either) if name == "object" => return None,
            absent => absent,
        };
        if name == "object" && ty.absent() == Some(Absent::Null) && outcome == Outcome::Yes {
            return None;
        }
        let left = self.checker.alternatives(id, |_, member| {
            let own = match member.widened() {
                Type::Boolean => "boolean",
                Type::Number => "number",
                Type::Text => "string",
                _ => "object",
            };
            ((own == name) == (outcome == Outcome::Yes)).then_some(member)
        })?;
        match (outcome, stays) {
            (Outcome::No, Some(absent)) => left.or(absent).or(Some(Type::Nothing(absent))),
            _ => Some(left),
        }
    }

    /// A value as one of what is left of its type; `None` if its type is no one of which something is left.
    pub(super) fn as_left(
        &mut self,
        value: Value,
        left: Type,
        look: Look,
    ) -> Option<Option<Value>> {
        if left == Type::Never {
            let ended = vec![Stmt::Drop(value.expr), Stmt::Unreachable];
            return Some(Some(Value::new(Type::Never, Expr::i32(0).after(ended))));
        }
        match (value.ty, left) {
            (Type::Exact(_), Type::Exact(_)) => Some(Some(Value::new(left, value.expr))),
            (Type::Union(_) | Type::Maybe(Base::Union(_), _), _)
                if value.ty != left && self.checker.becomes(left, value.ty) =>
            {
                Some(self.as_member(value, left, look))
            }
            _ => None,
        }
    }

    /// What is known where one of two ways leads.
    pub(super) fn either_way(&mut self, one: Facts<'a>, other: &Facts<'a>) -> Facts<'a> {
        let checker = &mut *self.checker;
        one.join(other, |a, b| checker.either(a, b))
    }

    /// Notes what a case of a `switch` says: that the value is the one of the case, or another one.
    pub(super) fn note_case(
        &mut self,
        discriminant: &'a Expression<'a>,
        literal: Literal<'a>,
        (yes, no): (&mut Facts<'a>, &mut Facts<'a>),
    ) {
        let argument = match discriminant.without_parentheses() {
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::Typeof => {
                &unary.argument
            }
            _ => return self.note_test(discriminant, Asked::Equal(literal), (yes, no)),
        };
        let (Literal::Text(name), Some(ty)) = (literal, self.current_type(argument)) else {
            return;
        };
        for (outcome, facts) in [(Outcome::Yes, yes), (Outcome::No, no)] {
            if let (Some(left), Some(spot)) =
                (self.left_of_type(ty, name, outcome), self.spot(argument))
                && left != ty
                && !matches!(left, Type::Nothing(_))
            {
                facts.note(spot, left);
            }
        }
    }

    /// Whether nothing is left that a value may be, or the object that it is a property of.
    pub(super) fn is_never(&mut self, expr: &'a Expression<'a>, facts: &Facts<'a>) -> bool {
        let before = std::mem::replace(&mut self.facts, facts.clone());
        let subject = match expr.without_parentheses() {
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::Typeof => {
                &unary.argument
            }
            other => other,
        };
        let itself = self.current_type(subject) == Some(Type::Never);
        let object = match subject {
            Expression::StaticMemberExpression(member) => {
                self.current_type(&member.object) == Some(Type::Never)
            }
            _ => false,
        };
        self.facts = before;
        itself || object
    }
}

/// What a test looks at.
enum Subject<'a> {
    Member(&'a ast::StaticMemberExpression<'a>),
    Other(&'a Expression<'a>),
}
