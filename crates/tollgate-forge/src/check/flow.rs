//! What is known of values that may be missing, at each place of a function.
//!
//! A test like `x !== null` is known to hold in the branch that it leads to, until `x` is assigned. Where branches meet, what both
//! know is left. A loop may come back: what it assigns is not known in it. Variables of the function change only where it
//! assigns them; properties and variables of a file may change elsewhere, so they are looked at again when they are read.

use oxc_ast::ast::{self, Expression};
use oxc_syntax::operator::{BinaryOperator, LogicalOperator, UnaryOperator};

use super::asked::{Asked, Look, Outcome};
use super::assigned_names::AssignedNames;
use super::body::Body;
use super::facts::{Facts, Known, Root, Spot};
use super::known::file::Item;
use super::scope::Local;
use super::sought::{Sought, may_lack};
use super::types::{Absent, Base, Type};
use super::value::Value;
use crate::ir::Expr;
use crate::ir::op::{Unary, Val};

/// A condition, and what is known when it holds and when it does not.
pub(super) struct Tested<'a> {
    pub(super) expr: Expr,
    pub(super) yes: Facts<'a>,
    pub(super) no: Facts<'a>,
}

/// A value, and what is known when it counts as true and when it does not.
pub(super) struct Weighed<'a> {
    pub(super) value: Value,
    pub(super) yes: Facts<'a>,
    pub(super) no: Facts<'a>,
}

impl<'a> Body<'_, 'a> {
    /// The variable or property that an expression reads, with the name of the variable.
    pub(super) fn spot(&self, expr: &'a Expression<'a>) -> Option<(Spot<'a>, &'a str)> {
        match expr.without_parentheses() {
            Expression::Identifier(id) => self.spot_of_name(id.name.as_str()),
            Expression::ThisExpression(_) => self.spot_of_name("this"),
            Expression::PrivateFieldExpression(member) if !member.optional => {
                self.spot_of_private(member)
            }
            Expression::StaticMemberExpression(member) if !member.optional => {
                self.spot_of_member(member)
            }
            Expression::TSNonNullExpression(inner) => self.spot(&inner.expression),
            Expression::AssignmentExpression(node) => self.spot_of_target(&node.left),
            _ => None,
        }
    }

    pub(super) fn spot_of_name(&self, name: &'a str) -> Option<(Spot<'a>, &'a str)> {
        let root = match self.scopes.find(name) {
            Some(Local::Variable(variable)) => Root::Local(variable.local),
            Some(_) => return None,
            None if self.outer.find(name).is_some() => return None,
            None => match self.checker.file_item(self.file as usize, name) {
                Some(Item::Global(index)) => Root::Global(index),
                _ => return None,
            },
        };
        let path = Vec::new();
        Some((Spot { root, path }, name))
    }

    pub(super) fn spot_of_member(
        &self,
        member: &'a ast::StaticMemberExpression<'a>,
    ) -> Option<(Spot<'a>, &'a str)> {
        let (mut spot, name) = self.spot(&member.object)?;
        spot.path.push(member.property.name.as_str());
        Some((spot, name))
    }

    fn spot_of_private(
        &self,
        member: &'a ast::PrivateFieldExpression<'a>,
    ) -> Option<(Spot<'a>, &'a str)> {
        let (mut spot, name) = self.spot(&member.object)?;
        spot.path
            .push(self.checker.private_name(member.field.name.as_str()));
        Some((spot, name))
    }

    fn spot_of_target(&self, target: &'a ast::AssignmentTarget<'a>) -> Option<(Spot<'a>, &'a str)> {
        self.spot_of_simple(target.as_simple_assignment_target()?)
    }

    fn spot_of_simple(
        &self,
        target: &'a ast::SimpleAssignmentTarget<'a>,
    ) -> Option<(Spot<'a>, &'a str)> {
        match target {
            ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                self.spot_of_name(id.name.as_str())
            }
            ast::SimpleAssignmentTarget::StaticMemberExpression(member) => {
                self.spot_of_member(member)
            }
            ast::SimpleAssignmentTarget::PrivateFieldExpression(member) => {
                self.spot_of_private(member)
            }
            other => self.spot(other.get_expression()?),
        }
    }

    /// A variable as it is known here.
    pub(super) fn known_name(&mut self, name: &'a str, value: Value) -> Option<Value> {
        match self.spot_of_name(name) {
            Some((spot, _)) => self.known(&spot, value),
            None => Some(value),
        }
    }

    /// A property as it is known here.
    pub(super) fn known_member(
        &mut self,
        member: &'a ast::StaticMemberExpression<'a>,
        value: Value,
    ) -> Option<Value> {
        match self.spot_of_member(member) {
            Some((spot, _)) => self.known(&spot, value),
            None => Some(value),
        }
    }

    /// A private member as it is known here.
    pub(super) fn known_private(
        &mut self,
        member: &'a ast::PrivateFieldExpression<'a>,
        value: Value,
    ) -> Option<Value> {
        match self.spot_of_private(member) {
            Some((spot, _)) => self.known(&spot, value),
            None => Some(value),
        }
    }

    /// What is assigned as it is known before.
    pub(super) fn known_target(
        &mut self,
        target: &'a ast::SimpleAssignmentTarget<'a>,
        value: Value,
    ) -> Option<Value> {
        match self.spot_of_simple(target) {
            Some((spot, _)) => self.known(&spot, value),
            None => Some(value),
        }
    }

    /// The type that is known of what an expression reads.
    pub(super) fn fact_of(&self, expr: &'a Expression<'a>) -> Option<Type> {
        let (spot, _) = self.spot(expr)?;
        self.facts.known(&spot)
    }

    fn known(&mut self, spot: &Spot<'a>, value: Value) -> Option<Value> {
        let Some(known) = self.facts.types.get(spot).copied() else {
            return Some(value);
        };
        let look = match (spot.root, spot.path.as_slice()) {
            (Root::Local(_), []) if !self.inner.assigns(known.name) => Look::No,
            _ => Look::Again,
        };
        if let Some(left) = self.as_left(value.clone(), known.ty, look) {
            return left;
        }
        match (value.ty, known.ty) {
            // The same word, of which less is possible.
            (Type::Maybe(_, may), Type::Maybe(_, left)) => {
                match (spot.root, spot.path.as_slice(), may.without(left)) {
                    (Root::Local(_), [], _) if !self.inner.assigns(known.name) => {
                        Some(Value::new(known.ty, value.expr))
                    }
                    (_, _, Some(gone)) => self.without_absent(value, gone, known.ty),
                    (_, _, None) => Some(Value::new(known.ty, value.expr)),
                }
            }
            // The same word, of a class that is known better.
            (_, Type::Class(id)) if value.ty.base() != known.ty.base() => {
                match (spot.root, spot.path.as_slice()) {
                    (Root::Local(_), []) if !self.inner.assigns(known.name) => {
                        Some(Value::new(known.ty, value.expr))
                    }
                    _ => self.as_instance(value, id),
                }
            }
            (Type::Maybe(base, _), _) => {
                let there = match look {
                    Look::No => super::absence::unboxed(base, value.expr),
                    Look::Again => self.checked(value)?,
                };
                // A test may say which of its values it is, too.
                let ty = match (there.ty, known.ty) {
                    (Type::Exact(_), Type::Exact(_)) => known.ty,
                    _ => there.ty,
                };
                Some(Value::new(ty, there.expr))
            }
            _ => Some(value),
        }
    }

    /// Notes what an assignment says.
    pub(super) fn assigned_to(
        &mut self,
        target: &'a ast::SimpleAssignmentTarget<'a>,
        declared: Type,
        given: Type,
    ) {
        if let Some((spot, name)) = self.spot_of_simple(target) {
            if spot.path.is_empty() {
                self.elements.remove(&spot.root);
            }
            self.note((spot, name), declared, given);
        }
    }

    /// The same for a variable that is declared, or that a pattern assigns.
    pub(super) fn given_to(&mut self, name: &'a str, declared: Type, given: Type) {
        if let Some((spot, name)) = self.spot_of_name(name) {
            self.note((spot, name), declared, given);
        }
    }

    fn note(&mut self, (spot, name): (Spot<'a>, &'a str), declared: Type, given: Type) {
        self.facts.forget(&spot);
        let several = matches!(declared.base(), Some(Base::Union(_)));
        if several && given != declared && self.checker.becomes(given, declared) {
            if !matches!(given, Type::Nothing(_)) {
                self.facts.set(&spot, Known { ty: given, name });
            }
            return;
        }
        let Type::Maybe(_, absent) = declared else {
            return;
        };
        let left = match given {
            Type::Nothing(_) => return,
            // What is not given is not there.
            Type::Maybe(_, may) if may == absent => return,
            Type::Maybe(..) if !self.is_plain(&spot, name) => return,
            Type::Maybe(base, may) => match declared.base() {
                Some(own) if own == base => Type::Maybe(base, may),
                _ => return,
            },
            _ => declared.present(),
        };
        self.facts.set(&spot, Known { ty: left, name });
    }

    /// Forgets what is known of names that are assigned here.
    pub(super) fn forget_assigned(&mut self, assigned: &AssignedNames<'a>) {
        self.facts = std::mem::take(&mut self.facts).without(assigned);
        self.elements.retain(|_, taken| !assigned.has(taken.name));
    }

    /// Lowers what may run or not: afterwards only that is known which is known either way.
    pub(super) fn perhaps<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.facts.clone();
        let result = work(self);
        self.facts = before.meet(&self.facts);
        result
    }

    /// Lowers an expression of which only the truth counts; operands may have different types.
    pub(super) fn condition(&mut self, expr: &'a Expression<'a>) -> Option<Expr> {
        let tested = self.tested(expr)?;
        self.facts = tested.yes.meet(&tested.no);
        Some(tested.expr)
    }

    /// The same with what is known in each case. What is known here is that from before, until one of both takes its place.
    pub(super) fn tested(&mut self, expr: &'a Expression<'a>) -> Option<Tested<'a>> {
        let span = self.place(expr);
        self.descend(span, |body| body.tested_inside(expr))
    }

    fn tested_inside(&mut self, expr: &'a Expression<'a>) -> Option<Tested<'a>> {
        match expr {
            Expression::ParenthesizedExpression(inner) => self.tested(&inner.expression),
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
                let Tested { expr, yes, no } = self.tested(&unary.argument)?;
                Some(Tested {
                    expr: expr.unary(Unary::I32Eqz),
                    yes: no,
                    no: yes,
                })
            }
            Expression::LogicalExpression(logical)
                if logical.operator != LogicalOperator::Coalesce =>
            {
                self.both_tested(logical)
            }
            Expression::BinaryExpression(binary) => self.compared(binary),
            _ => {
                let sought = self.sought(expr, None)?;
                let (yes, no) = self.known_of_truth(expr, sought.ty());
                Some(Tested {
                    expr: self.truth_of_sought(sought)?,
                    yes,
                    no,
                })
            }
        }
    }

    fn both_tested(&mut self, node: &'a ast::LogicalExpression<'a>) -> Option<Tested<'a>> {
        let left = self.tested(&node.left);
        let and = node.operator == LogicalOperator::And;
        if let Some(left) = &left {
            self.facts = if and { &left.yes } else { &left.no }.clone();
        }
        let right = self.tested(&node.right);
        let (left, right) = (left?, right?);
        Some(if and {
            Tested {
                expr: Expr::conditional(Val::I32, left.expr, right.expr, Expr::i32(0)),
                yes: right.yes,
                no: self.either_way(left.no, &right.no),
            }
        } else {
            Tested {
                expr: Expr::conditional(Val::I32, left.expr, Expr::i32(1), right.expr),
                yes: self.either_way(left.yes, &right.yes),
                no: right.no,
            }
        })
    }

    /// A value whose truth decides what is known.
    pub(super) fn weighed(
        &mut self,
        expr: &'a Expression<'a>,
        hint: Option<Type>,
    ) -> Option<Weighed<'a>> {
        match expr.without_parentheses() {
            Expression::LogicalExpression(node) if node.operator != LogicalOperator::Coalesce => {
                let span = self.place(node.as_ref());
                return self.descend(span, |body| body.logical_weighed(node, hint));
            }
            Expression::UnaryExpression(node) if node.operator == UnaryOperator::LogicalNot => {
                return self.tested(expr).map(truth_as_value);
            }
            Expression::BinaryExpression(node)
                if decides(node) || node.operator == BinaryOperator::Instanceof =>
            {
                return self.tested(expr).map(truth_as_value);
            }
            _ => {}
        }
        let value = self.value(expr, hint)?;
        let (yes, no) = self.known_of_truth(expr, value.ty);
        Some(Weighed { value, yes, no })
    }

    /// What is known where an expression of a type counts as true, and where it does not.
    pub(super) fn known_of_truth(
        &mut self,
        expr: &'a Expression<'a>,
        ty: Type,
    ) -> (Facts<'a>, Facts<'a>) {
        self.no_late_condition(expr, ty);
        let mut yes = self.facts.clone();
        let mut no = self.facts.clone();
        if let (Type::Maybe(..), Some((spot, name))) = (ty, self.spot(expr)) {
            let ty = ty.present();
            yes.set(&spot, Known { ty, name });
        }
        self.links_are_there(expr, &mut yes);
        self.note_test(expr, Asked::True, (&mut yes, &mut no));
        (yes, no)
    }

    /// `a?.b` that is not missing says that `a` is there, and so is `a.b`.
    fn links_are_there(&mut self, expr: &'a Expression<'a>, facts: &mut Facts<'a>) {
        let Expression::ChainExpression(chain) = expr.without_parentheses() else {
            return;
        };
        for link in super::chain::links(chain) {
            if let Some((spot, name)) = self.spot(link)
                && let Some(ty) = self.type_of_spot(link)
            {
                facts.set(
                    &spot,
                    Known {
                        ty: ty.present(),
                        name,
                    },
                );
            }
        }
        if let ast::ChainElement::StaticMemberExpression(member) = &chain.expression
            && let Some((spot, name)) = self.spot_of_linked(member)
            && let Some(ty @ Type::Maybe(..)) = self.type_of_property(member)
        {
            let ty = ty.present();
            facts.set(&spot, Known { ty, name });
        }
    }

    /// The property that a chain of `?.` reads.
    fn spot_of_linked(
        &self,
        member: &'a ast::StaticMemberExpression<'a>,
    ) -> Option<(Spot<'a>, &'a str)> {
        let (mut spot, name) = match member.object.without_parentheses() {
            Expression::StaticMemberExpression(inner) => self.spot_of_linked(inner)?,
            object => self.spot(object)?,
        };
        spot.path.push(member.property.name.as_str());
        Some((spot, name))
    }

    fn type_of_property(&mut self, member: &'a ast::StaticMemberExpression<'a>) -> Option<Type> {
        let object = self.type_of_spot(&member.object)?.present();
        self.type_of_member(object, member.property.name.as_str())
    }

    /// The type that a variable or property is declared with.
    fn type_of_spot(&mut self, expr: &'a Expression<'a>) -> Option<Type> {
        match expr.without_parentheses() {
            Expression::Identifier(id) => match self.scopes.find(id.name.as_str()) {
                Some(Local::Variable(variable)) => Some(variable.ty),
                Some(_) => None,
                None => match self.checker.file_item(self.file as usize, id.name.as_str()) {
                    Some(Item::Global(index)) => self.checker.globals.get(index)?.ty,
                    _ => None,
                },
            },
            Expression::StaticMemberExpression(member) => self.type_of_property(member),
            Expression::TSNonNullExpression(inner) => self.type_of_spot(&inner.expression),
            _ => None,
        }
    }

    /// A comparison, which may be one with `null` or `undefined`.
    fn compared(&mut self, node: &'a ast::BinaryExpression<'a>) -> Option<Tested<'a>> {
        match node.operator {
            BinaryOperator::Instanceof => return self.instance_tested(node),
            BinaryOperator::In => return self.name_tested(node),
            _ => {}
        }
        let test = test_of(node).filter(|_| !self.shadowed("undefined"));
        if let Some((test, subject)) = test {
            return self.nothing_tested(node, test, subject);
        }
        let value = self.binary(node, None)?;
        let facts = self.facts.clone();
        if !decides(node) {
            return Some(Tested {
                expr: self.truth_of(value)?,
                yes: facts.clone(),
                no: facts,
            });
        }
        let (mut equal, mut other_one) = (facts.clone(), facts);
        for (subject, other) in [(&node.left, &node.right), (&node.right, &node.left)] {
            if self.is_there(other) {
                self.links_are_there(subject, &mut equal);
            }
            if let Some(literal) = self.literal_value(other) {
                let asked = Asked::Equal(literal);
                self.note_test(subject, asked, (&mut equal, &mut other_one));
            }
        }
        let (yes, no) = match node.operator {
            BinaryOperator::StrictEquality | BinaryOperator::Equality => (equal, other_one),
            _ => (other_one, equal),
        };
        Some(Tested {
            expr: self.truth_of(value)?,
            yes,
            no,
        })
    }

    /// Whether an expression surely is neither `null` nor `undefined`.
    fn is_there(&mut self, expr: &'a Expression<'a>) -> bool {
        let is_text = matches!(
            expr.without_parentheses(),
            Expression::StringLiteral(_) | Expression::BooleanLiteral(_)
        );
        if is_text || self.constant(expr).is_some() {
            return true;
        }
        let declared = self.type_of_spot(expr);
        declared.is_some_and(|ty| !matches!(ty, Type::Maybe(..) | Type::Nothing(_)))
    }

    /// `x instanceof C`
    fn instance_tested(&mut self, node: &'a ast::BinaryExpression<'a>) -> Option<Tested<'a>> {
        let (value, id) = self.instance_test(node)?;
        let no = self.facts.clone();
        let mut yes = no.clone();
        // What is known to be of a class that extends this one stays so.
        let known = match value.ty {
            Type::Class(of) if self.checker.classes.extends(of, id) => of,
            _ => id,
        };
        if let Some((spot, name)) = self.spot(&node.left) {
            let ty = Type::Class(known);
            yes.set(&spot, Known { ty, name });
        }
        self.links_are_there(&node.left, &mut yes);
        let expr = self.is_instance(value, id)?;
        Some(Tested { expr, yes, no })
    }

    fn nothing_tested(
        &mut self,
        node: &'a ast::BinaryExpression<'a>,
        test: Test,
        subject: &'a Expression<'a>,
    ) -> Option<Tested<'a>> {
        let (sought, ty) = self.looked_at(subject)?;
        if let Test::Absent(_) = test {
            self.not_asked_late(subject, ty);
        }
        let before = self.facts.clone();
        let left = match test {
            Test::Absent(absent) => ty.without(absent),
            Test::TypeOf(name) if matches!(ty.base(), Some(Base::Union(_))) => {
                self.left_of_type(ty, name, Outcome::Yes).unwrap_or(ty)
            }
            // JavaScript calls `null` an object.
            Test::TypeOf("object") => ty,
            Test::TypeOf(name) if self.name_of_type(ty) == Some(name) => ty.present(),
            Test::TypeOf(_) => ty,
        };
        let mut before = before;
        let mut there = before.clone();
        if let Test::TypeOf(name) = test
            && let Some(other) = self.left_of_type(ty, name, Outcome::No)
            && let Some((spot, name)) = self.spot(subject)
            && other != ty
            && !matches!(other, Type::Nothing(_))
        {
            before.set(&spot, Known { ty: other, name });
        }
        if let Some((spot, name)) = self.spot(subject)
            && left != ty
        {
            there.set(&spot, Known { ty: left, name });
        }
        if left.absent().is_none() {
            self.links_are_there(subject, &mut there);
        }
        let equal = match test {
            Test::Absent(absent) => Tested {
                expr: self.absence_of(sought, absent),
                yes: before,
                no: there,
            },
            Test::TypeOf(name) => {
                let value = self.whole(sought)?;
                let found = self.type_of(value)?.expr;
                let name = self.checker.text(name.encode_utf16().collect());
                Tested {
                    expr: self.checker.standard_call("sameText", vec![found, name])?,
                    yes: there,
                    no: before,
                }
            }
        };
        Some(match node.operator {
            BinaryOperator::Inequality | BinaryOperator::StrictInequality => Tested {
                expr: equal.expr.unary(Unary::I32Eqz),
                yes: equal.no,
                no: equal.yes,
            },
            _ => equal,
        })
    }

    /// What a test looks at, as it is: something may have changed it since it was looked at before. With the type that it has
    /// by what is known.
    fn looked_at(&mut self, subject: &'a Expression<'a>) -> Option<(Sought, Type)> {
        if may_lack(subject) {
            let sought = self.sought(subject, None)?;
            let ty = match &sought {
                Sought::Value(value) => value.ty,
                Sought::Perhaps(perhaps) => perhaps.value.ty.or(Absent::Undefined)?,
            };
            return Some((sought, ty));
        }
        let (value, ty) = self.value_looked_at(subject)?;
        Some((Sought::Value(value), ty))
    }

    fn value_looked_at(&mut self, subject: &'a Expression<'a>) -> Option<(Value, Type)> {
        let named = matches!(
            subject.without_parentheses(),
            Expression::Identifier(_)
                | Expression::StaticMemberExpression(_)
                | Expression::PrivateFieldExpression(_)
        );
        let spot = self.spot(subject).filter(|_| named).map(|(spot, _)| spot);
        let known = spot.and_then(|spot| self.facts.types.remove_entry(&spot));
        let value = self.value(subject, None);
        let Some((spot, known)) = known else {
            return value.map(|value| (value.clone(), value.ty));
        };
        self.facts.types.insert(spot, known);
        Some((value?, known.ty))
    }

    /// What stands before `??` and `?.`: it may be missing by now.
    pub(super) fn perhaps_there(
        &mut self,
        expr: &'a Expression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let known = self
            .spot(expr)
            .is_some_and(|(spot, _)| self.facts.types.contains_key(&spot));
        if known {
            let (value, ty) = self.value_looked_at(expr)?;
            if value.ty.base() == ty.base() {
                return Some(value);
            }
        }
        self.value(expr, hint)
    }

    /// Whether only the function itself changes a value.
    fn is_plain(&self, spot: &Spot<'a>, name: &str) -> bool {
        matches!(spot.root, Root::Local(_)) && spot.path.is_empty() && !self.inner.assigns(name)
    }

    /// What `typeof` says of a value of a type that is there.
    fn name_of_type(&self, ty: Type) -> Option<&'static str> {
        Some(match ty.present().widened() {
            Type::Boolean => "boolean",
            Type::Int(_) | Type::F32 | Type::Number | Type::Enum(_) => "number",
            Type::Text => "string",
            Type::Array(_) | Type::Record(_) | Type::Class(_) => "object",
            Type::Function(_) => "function",
            Type::Rest(_)
            | Type::Maybe(..)
            | Type::Nothing(_)
            | Type::Exact(_)
            | Type::Union(_)
            | Type::Never
            | Type::Void => return None,
        })
    }
}

fn truth_as_value(tested: Tested<'_>) -> Weighed<'_> {
    Weighed {
        value: Value::new(Type::Boolean, tested.expr),
        yes: tested.yes,
        no: tested.no,
    }
}

/// What a comparison looks for.
#[derive(Debug, Clone, Copy)]
enum Test {
    Absent(Absent),
    TypeOf(&'static str),
}

/// Whether a comparison may decide what is known.
fn decides(node: &ast::BinaryExpression<'_>) -> bool {
    matches!(
        node.operator,
        BinaryOperator::Equality
            | BinaryOperator::StrictEquality
            | BinaryOperator::Inequality
            | BinaryOperator::StrictInequality
    )
}

/// What is looked for, and the value that is looked at.
fn test_of<'a>(node: &'a ast::BinaryExpression<'a>) -> Option<(Test, &'a Expression<'a>)> {
    if !decides(node) {
        return None;
    }
    let strict = matches!(
        node.operator,
        BinaryOperator::StrictEquality | BinaryOperator::StrictInequality
    );
    let sides = [(&node.left, &node.right), (&node.right, &node.left)];
    sides.into_iter().find_map(|(subject, other)| {
        let absent = match other.without_parentheses() {
            Expression::NullLiteral(_) => Absent::Null,
            Expression::Identifier(id) if id.name == "undefined" => Absent::Undefined,
            Expression::StringLiteral(text) => return type_of_test(subject, text.value.as_str()),
            _ => return None,
        };
        let absent = if strict { absent } else { Absent::Either };
        Some((Test::Absent(absent), subject))
    })
}

/// `typeof x === "string"`
fn type_of_test<'a>(subject: &'a Expression<'a>, text: &str) -> Option<(Test, &'a Expression<'a>)> {
    let Expression::UnaryExpression(node) = subject.without_parentheses() else {
        return None;
    };
    if node.operator != UnaryOperator::Typeof {
        return None;
    }
    let test = match text {
        "undefined" => Test::Absent(Absent::Undefined),
        "string" => Test::TypeOf("string"),
        "number" => Test::TypeOf("number"),
        "boolean" => Test::TypeOf("boolean"),
        "function" => Test::TypeOf("function"),
        "object" => Test::TypeOf("object"),
        _ => return None,
    };
    Some((test, &node.argument))
}
