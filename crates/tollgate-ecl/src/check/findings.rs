//! What a policy finds, as a program of its own: for every rule that rejects, and every rule whose message has values, an
//! effect with those values when the rule holds. A rule `any x in xs: …` gives one for each element.
//!
//! Decisions cost nothing more because of it: only who wants the findings evaluates it, with the same input and facts.

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::ir::{
    Body, Decision, Effect, EffectEntry, EffectId, EffectKind, Expr, ExprKind, LocalId, LoopKind,
    PolicyBody, When,
};
use crate::limits::MESSAGE_VALUES_MAX;
use crate::span::Span;
use crate::syntax::ast::{self, Message, MessagePart, Stmt, StmtKind, Verb};

use super::default::handled;
use super::membership::element;
use super::policy::decision;
use super::report::error;
use super::rules::{elements_of, name_of};
use super::says::{FindingPart, FindingRule, Says};
use super::unit::{Binding, Unit, bool_expr, error_expr, expr, if_expr, length, loop_expr, not};

/// Whether the message of a rule names values.
fn names_values(rule: &ast::RuleDecl) -> bool {
    has_values(rule.message.as_ref())
}

fn has_values(message: Option<&Message>) -> bool {
    message.is_some_and(Message::has_values)
}

/// Whether a guard says a value when it rejects.
pub(super) fn guard_names_values(statements: &[Stmt]) -> bool {
    statements.iter().any(|stmt| match &stmt.kind {
        StmtKind::Assert { message, .. } | StmtKind::Require { message, .. } => {
            has_values(message.as_ref())
        }
        StmtKind::Reject { reason } => has_values(reason.as_ref()),
        StmtKind::If {
            then, otherwise, ..
        } => guard_names_values(then) || guard_names_values(otherwise),
        StmtKind::Match { arms, .. } => arms.iter().any(|arm| guard_names_values(&arm.body)),
        StmtKind::Let(_) | StmtKind::Return(_) => false,
    })
}

fn optional_effect() -> Type {
    Type::Option(Box::new(Type::Effect))
}

/// What gives no finding.
pub(super) fn no_finding() -> Expr {
    expr(ExprKind::NoneOf, optional_effect())
}

/// The body of a program whose effects are these.
fn body_of(lets: Vec<(LocalId, Expr)>, values: Vec<Expr>) -> Body {
    let on = Decision::Reject;
    let values = values.into_iter().filter(|value| value.ty != Type::Error);
    Body::Policy(PolicyBody {
        lets,
        groups: Vec::new(),
        otherwise: Decision::Reject,
        otherwise_message: None,
        effects: values.map(|value| EffectEntry { on, value }).collect(),
    })
}

impl<'a> Unit<'a, '_> {
    /// The programs that give what the messages of a policy say: one for each of whom some message has values.
    pub(super) fn sayers(&mut self, policy: &'a ast::Policy) -> Vec<Says> {
        let in_rules = self.says_values(policy);
        let otherwise = policy.otherwise.as_ref();
        let in_otherwise = has_values(otherwise.and_then(|o| o.reason.as_ref()));
        let advisories = self.advisories_of(policy).into_iter();
        let advisories = advisories.filter(|c| has_values(c.message.as_ref()));
        let mut sayers = Vec::new();
        sayers.extend(in_rules.then_some(Says::Rules));
        sayers.extend(in_otherwise.then_some(Says::Otherwise));
        sayers.extend(advisories.map(|c| Says::Constraint(c.name.node.as_str().into())));
        sayers
    }

    /// Whether the message of a rule or of a mandatory constraint has values.
    pub(super) fn says_values(&mut self, policy: &'a ast::Policy) -> bool {
        let mut constraints = self.mandatory_of(policy).into_iter();
        let mut rules = policy.groups.iter().flat_map(|group| &group.rules);
        rules.any(names_values) || constraints.any(|c| has_values(c.message.as_ref()))
    }

    /// The body of the program that gives what a guard says when it rejects.
    pub(super) fn guard_says(
        &mut self,
        guard: &'a ast::Guard,
        found: &mut Vec<FindingRule>,
    ) -> Body {
        let (value, rules) = self.guard_findings(guard, guard.name.span);
        *found = rules;
        body_of(Vec::new(), vec![value])
    }

    /// The finding that is a rejection of a guard.
    pub(super) fn rejection_finding(
        &mut self,
        message: Option<&'a Message>,
        otherwise: &str,
        span: Span,
    ) -> (Expr, FindingRule) {
        let mut known = FindingRule::new(self.point(span), "reject", Decision::Reject);
        let effect = self.finding_effect(message, None, &mut known);
        if message.is_none() {
            known.message.push(FindingPart::Text(otherwise.into()));
        }
        if effect.ty == Type::Error {
            return (effect, known);
        }
        let found = expr(ExprKind::Some(Box::new(effect)), optional_effect());
        (found, known)
    }

    /// The body of the program that gives the findings of a policy.
    pub(super) fn findings(
        &mut self,
        policy: &'a ast::Policy,
        says: &Says,
        found: &mut Vec<FindingRule>,
    ) -> Body {
        let lets = self.lets(&policy.lets);
        let values = match says {
            Says::Rules => self.rule_findings(policy, found),
            Says::Otherwise => {
                let otherwise = policy.otherwise.iter();
                otherwise
                    .map(|o| self.otherwise_finding(o, found))
                    .collect()
            }
            Says::Constraint(name) => {
                let all = self.advisories_of(policy).into_iter();
                let named = all.filter(|c| *c.name.node == **name);
                named.map(|c| self.constraint_finding(c, found)).collect()
            }
            // No policy has one.
            Says::Guard => Vec::new(),
        };
        body_of(lets, values)
    }

    fn rule_findings(
        &mut self,
        policy: &'a ast::Policy,
        found: &mut Vec<FindingRule>,
    ) -> Vec<Expr> {
        let mut values = Vec::new();
        for constraint in self.mandatory_of(policy) {
            values.push(self.constraint_finding(constraint, found));
        }
        for group in &policy.groups {
            for (number, rule) in group.rules.iter().enumerate() {
                if group.verb == Verb::Reject || names_values(rule) {
                    values.push(self.finding(rule, number, decision(group.verb), found));
                }
            }
        }
        values
    }

    /// What `otherwise` says.
    fn otherwise_finding(
        &mut self,
        otherwise: &'a ast::Otherwise,
        found: &mut Vec<FindingRule>,
    ) -> Expr {
        let decides = decision(otherwise.verb);
        let mut known = FindingRule::new(self.point(otherwise.span), "otherwise", decides);
        let made = self.finding_effect(otherwise.reason.as_ref(), None, &mut known);
        found.push(known);
        made
    }

    /// A finding when a constraint does not hold.
    fn constraint_finding(
        &mut self,
        constraint: &'a ast::Constraint,
        found: &mut Vec<FindingRule>,
    ) -> Expr {
        let name = &constraint.name;
        let mut known = FindingRule::new(self.point(name.span), &name.node, Decision::Reject);
        let Some(rule) = &constraint.rule else {
            return error_expr();
        };
        let cond = not(self.condition(rule));
        let made = self.optional_finding(constraint.message.as_ref(), cond, None, &mut known);
        found.push(known);
        made
    }

    /// An effect, an option or a list of options of it.
    fn finding(
        &mut self,
        rule: &'a ast::RuleDecl,
        number: usize,
        decision: Decision,
        found: &mut Vec<FindingRule>,
    ) -> Expr {
        let name = name_of(rule, number);
        let mut known = FindingRule::new(self.point(rule.span), &name, decision);
        let made = match elements_of(rule) {
            Some(elements) => self.element_finding(rule, elements, &mut known),
            None => {
                let cond = self.condition(&rule.cond);
                self.optional_finding(rule.message.as_ref(), cond, None, &mut known)
            }
        };
        found.push(known);
        made
    }

    /// One finding for each element for which the body holds.
    fn element_finding(
        &mut self,
        rule: &'a ast::RuleDecl,
        (var, list, body): (&'a ast::Ident, &'a ast::Expr, &'a ast::Expr),
        known: &mut FindingRule,
    ) -> Expr {
        known.has_element = true;
        let made = self.expr(list, None);
        let made = self.entries(made);
        let (Some(item), Type::List(_, bound)) = (element(&made.ty).cloned(), &made.ty) else {
            return error_expr();
        };
        let bound = *bound;
        let mark = self.frame.scope.len();
        let local = self.local(&item);
        self.bind(&var.node, Binding::Local(local, item.clone()));
        let cond = self.condition(body);
        let subject = super::unit::local_expr(local, item);
        let value = self.optional_finding(rule.message.as_ref(), cond, Some(subject), known);
        self.unbind(mark);
        if value.ty == Type::Error {
            return value;
        }
        let ty = Type::List(Box::new(value.ty.clone()), bound);
        loop_expr(LoopKind::Map, local, (made, value), ty)
    }

    /// A finding when the condition holds. A fact that is unknown finds nothing.
    fn optional_finding(
        &mut self,
        message: Option<&'a Message>,
        cond: Expr,
        subject: Option<Expr>,
        known: &mut FindingRule,
    ) -> Expr {
        let ty = optional_effect();
        let effect = self.given(&cond, When::True, |unit| {
            unit.finding_effect(message, subject, known)
        });
        if cond.ty == Type::Error || effect.ty == Type::Error {
            return error_expr();
        }
        let cond = if self.may_be_unknown(&cond) {
            handled(cond, bool_expr(false), Type::Bool)
        } else {
            cond
        };
        let some = expr(ExprKind::Some(Box::new(effect)), ty.clone());
        let none = expr(ExprKind::NoneOf, ty.clone());
        if_expr(cond, some, none, ty)
    }

    /// The effect whose payload has the values of the message, then the element.
    fn finding_effect(
        &mut self,
        message: Option<&'a Message>,
        subject: Option<Expr>,
        known: &mut FindingRule,
    ) -> Expr {
        let count = message.map_or(0, |message| message.values().count());
        if let Some(message) = message
            && count > MESSAGE_VALUES_MAX
        {
            let text = format!("this message has {count} values, at most {MESSAGE_VALUES_MAX} fit");
            return self
                .fail(error(codes::BOUND, message.text.span, text).help("name fewer values"));
        }
        let mut values: Vec<Expr> = Vec::with_capacity(count);
        for part in message.iter().flat_map(|message| &message.parts) {
            match part {
                MessagePart::Text(text) => {
                    known.message.push(FindingPart::Text(text.as_str().into()));
                }
                MessagePart::Value(value) => {
                    known.message.push(FindingPart::Value(values.len()));
                    let made = self.expr(value, None);
                    if made.ty.has_effects() {
                        let text = "an effect is no data: it cannot stand in a message";
                        let report = error(codes::EFFECT_AS_DATA, value.span, text);
                        return self.fail(report.help("name a value"));
                    }
                    if made.ty == Type::Error {
                        return made;
                    }
                    values.push(made);
                }
            }
        }
        values.extend(subject);
        let payload = self.finding_payload(values);
        let effect = EffectId(length(&self.made_effects));
        self.made_effects.push(Effect {
            kind: EffectKind::Emit {
                event_type: known.rule.clone(),
            },
            point: known.point,
            operands: vec![payload.ty.clone()],
        });
        let operands = vec![payload];
        expr(ExprKind::Effect { effect, operands }, Type::Effect)
    }

    fn finding_payload(&mut self, values: Vec<Expr>) -> Expr {
        let types = values
            .iter()
            .zip(0..)
            .map(|(value, number): (_, usize)| (number.to_string().into(), value.ty.clone()));
        let types = types.collect();
        let id = self.record_type("Finding", types);
        let offsets: Vec<u32> = match self.record(id) {
            Some(record) => record.fields.iter().map(|field| field.offset).collect(),
            None => Vec::new(),
        };
        let fields = offsets.into_iter().zip(values).collect();
        expr(ExprKind::Record { fields }, Type::Record(id))
    }
}
