//! Policies: rules with the conditions a reason shows, constraints, lets and effects.
//!
//! A rule's condition is a tree of AND, OR and NOT; its leaves are the conditions people see. Each leaf becomes a
//! [`Probe`](crate::ir::ExprKind::Probe) and an entry in [`Rule::leaves`].

use std::collections::HashSet;

use crate::codes::check as codes;
use crate::data::types::{RecordId, Type};
use crate::ir::{Body, Combine, Decision, Expr, ExprKind, Group, Leaf, Plan, PolicyBody, Rule};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast, Verb};

use super::report::{error, warning};
use super::rules::name_of;
use super::unit::{Binding, Unit, bare, length};

/// A rule before its group is planned.
pub(super) struct MadeRule {
    pub(super) rule: Rule,
    pub(super) cond: Expr,
}

impl<'a> Unit<'a, '_> {
    /// Binds the input's fields and gives its record.
    pub(super) fn bind_input(&mut self, input: &'a ast::Fields) -> RecordId {
        let typed = self.fields_of(&input.decls);
        let id = self.input_type(typed, input);
        self.bind_fields(&input.decls, id);
        id
    }

    /// Binds the fields of an input whose record is known.
    pub(super) fn bind_fields(&mut self, fields: &'a [ast::FieldDecl], input: RecordId) {
        let Some(record) = self.record(input).cloned() else {
            return;
        };
        // The fields of the record are those declared, in order, less what is wrong.
        let mut made = record.fields.into_iter().peekable();
        for field in fields {
            if let Some(made) = made.next_if(|made| *made.name == *field.name.node) {
                self.bind(&field.name.node, Binding::Input(made.offset, made.ty));
            }
        }
    }

    /// The body of a policy.
    pub(super) fn policy(&mut self, policy: &'a ast::Policy) -> PolicyBody {
        let lets = self.lets(&policy.lets);
        let locals = self.frame.locals.len();
        let mut groups = Vec::new();
        let mut leaf_base = 0;
        let constraints = self.constraint_rules(policy, locals);
        if !constraints.is_empty() {
            groups.push(self.group(Decision::Reject, Combine::Any, constraints, &mut leaf_base));
        }
        if self.advisory.is_some() {
            return PolicyBody {
                lets,
                groups,
                otherwise: Decision::Accept,
                otherwise_message: None,
                effects: Vec::new(),
            };
        }
        let mut names: HashSet<&str> = HashSet::new();
        for verb in self.order(policy.order.as_deref()) {
            for group in policy.groups.iter().filter(|g| g.verb == verb) {
                let made = self.group_rules(group, locals, &mut names);
                let combine = match (group.combine, verb) {
                    (Some(ast::Combine::Any), _) => Combine::Any,
                    (Some(ast::Combine::All), _) | (None, Verb::Accept) => Combine::All,
                    (None, _) => Combine::Any,
                };
                groups.push(self.group(decision(verb), combine, made, &mut leaf_base));
            }
        }
        self.reuse_locals_from(locals);
        let otherwise = policy.otherwise.as_ref();
        PolicyBody {
            lets,
            groups,
            otherwise: otherwise.map_or(Decision::Reject, |o| decision(o.verb)),
            otherwise_message: otherwise
                .and_then(|o| o.reason.as_ref())
                .map(|reason| self.message(&reason.without_values())),
            effects: self.effects(&policy.effects),
        }
    }

    pub(super) fn lets(&mut self, decls: &'a [ast::LetDecl]) -> Vec<(crate::ir::LocalId, Expr)> {
        let mut lets = Vec::new();
        let mut names: HashSet<&str> = HashSet::new();
        for decl in decls {
            let value = self.let_value(decl);
            if !names.insert(&decl.name.node) {
                let text = format!("`{}` is declared twice", decl.name.node);
                self.report(
                    error(codes::DUPLICATE, decl.name.span, text).help("rename one of the two"),
                );
            }
            if let Some(local) = self.bind_let(&decl.name.node, &value) {
                lets.push((local, value));
            }
        }
        lets
    }

    /// The order of the groups: what is written, then what is missing in the usual order.
    pub(super) fn order(&mut self, written: Option<&[crate::span::Spanned<Verb>]>) -> Vec<Verb> {
        let mut order: Vec<Verb> = Vec::new();
        for verb in written.unwrap_or_default() {
            if order.contains(&verb.node) {
                let report = error(
                    codes::DUPLICATE,
                    verb.span,
                    "this decision stands in the order twice",
                );
                self.report(report.help("remove one of the two"));
            } else {
                order.push(verb.node);
            }
        }
        for verb in [Verb::Reject, Verb::Accept, Verb::Escalate] {
            if !order.contains(&verb) {
                order.push(verb);
            }
        }
        order
    }

    pub(super) fn group_rules(
        &mut self,
        group: &'a ast::GroupDecl,
        locals: usize,
        names: &mut HashSet<&'a str>,
    ) -> Vec<MadeRule> {
        if group.rules.is_empty() {
            let report = warning(
                codes::EMPTY_DECLARATION,
                group.span,
                "a group without rules never decides",
            );
            self.report(report.help("add a rule, or remove the group"));
        }
        let mut made = Vec::with_capacity(group.rules.len());
        for (i, rule) in group.rules.iter().enumerate() {
            self.reuse_locals_from(locals);
            if let Some(name) = &rule.name
                && !names.insert(&name.node)
            {
                let text = format!("the rule `{}` is declared twice", name.node);
                self.report(error(codes::DUPLICATE, name.span, text).help("rename one of the two"));
            }
            let mut leaves = Vec::new();
            let cond = self.tree(&rule.cond, &mut leaves);
            self.warn_constant(&rule.cond, &cond);
            let message = rule.message.as_ref();
            let message = message.map(|m| self.message(&m.without_values()));
            let name = name_of(rule, i).into();
            made.push(self.made_rule(name, rule.span, message, cond, leaves));
        }
        made
    }

    pub(super) fn made_rule(
        &mut self,
        name: Box<str>,
        span: Span,
        message: Option<crate::ir::MessageId>,
        cond: Expr,
        leaves: Vec<Leaf>,
    ) -> MadeRule {
        let rule = Rule {
            name,
            point: self.point(span),
            message,
            shape: 0,
            params: 0,
            leaves,
            leaf_base: 0,
        };
        MadeRule { rule, cond }
    }

    pub(super) fn warn_constant(&mut self, source: &ast::Expr, cond: &Expr) {
        let folded = match &cond.kind {
            ExprKind::Probe { expr, .. } => matches!(expr.kind, ExprKind::Bool(_)),
            _ => false,
        };
        if folded && !matches!(bare(source).kind, Ast::Bool(_)) && cond.ty != Type::Error {
            let report = warning(
                codes::ALWAYS,
                source.span,
                "this condition is the same for every input",
            );
            self.report(
                report.help("compare with the input, or write `true` or `false` if that is meant"),
            );
        }
    }

    pub(super) fn group(
        &mut self,
        decision: Decision,
        combine: Combine,
        made: Vec<MadeRule>,
        leaf_base: &mut u32,
    ) -> Group {
        let mut rules = Vec::with_capacity(made.len());
        let mut conds = Vec::with_capacity(made.len());
        for mut one in made {
            one.rule.leaf_base = *leaf_base;
            *leaf_base += length(&one.rule.leaves);
            rules.push(one.rule);
            conds.push(one.cond);
        }
        if self.session.reports.errors() > 0 {
            // No program comes out of this: only its rules' names are still of use.
            conds.clear();
            let shapes = Vec::new();
            let index = None;
            return Group {
                decision,
                combine,
                rules,
                plan: Plan { shapes, index },
            };
        }
        let plan =
            crate::check::index::plan(combine, &mut rules, conds, &mut self.pool, &self.automata);
        Group {
            decision,
            combine,
            rules,
            plan,
        }
    }

    /// The body of a policy as a program body.
    pub(super) fn policy_body(&mut self, policy: &'a ast::Policy) -> Body {
        Body::Policy(self.policy(policy))
    }
}

/// The decision of a verb.
pub(super) fn decision(verb: Verb) -> Decision {
    match verb {
        Verb::Accept => Decision::Accept,
        Verb::Reject => Decision::Reject,
        Verb::Escalate => Decision::Escalate,
    }
}
