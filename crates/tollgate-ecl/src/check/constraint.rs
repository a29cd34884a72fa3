//! Constraints and environments: what rejects before any rule of a policy does.

use std::collections::HashSet;

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::limits::ENVIRONMENT_PARENTS_MAX;
use crate::span::Span;
use crate::syntax::ast;

use super::functions::shortened;
use super::policy::MadeRule;
use super::report::{error, suggest};
use super::unit::{Binding, Unit, not};
use super::work::Task;

impl<'a> Unit<'a, '_> {
    /// The mandatory constraints of a policy as rejecting rules: each is true when its constraint does not hold. For an
    /// advisory program only its constraint, whatever its severity.
    pub(super) fn constraint_rules(
        &mut self,
        policy: &'a ast::Policy,
        locals: usize,
    ) -> Vec<MadeRule> {
        let mut made = Vec::new();
        for (constraint, at) in self.constraints_of(policy) {
            if self.session.is_over() {
                break;
            }
            self.reuse_locals_from(locals);
            let Some(rule) = &constraint.rule else {
                continue;
            };
            if self
                .advisory
                .is_some_and(|only| only != constraint.name.node)
            {
                continue;
            }
            if !self.constraint_fits(constraint, policy, at) {
                continue;
            }
            let mut leaves = Vec::new();
            let cond = self.tree(rule, &mut leaves);
            let decides = severity(constraint) == ast::Severity::Mandatory;
            if cond.ty == Type::Error || !(decides || self.advisory.is_some()) {
                continue;
            }
            let message = constraint.message.as_ref();
            let message = message.map(|m| self.message(&m.without_values()));
            let name = constraint.name.node.as_str().into();
            made.push(self.made_rule(name, constraint.name.span, message, not(cond), leaves));
        }
        made
    }

    /// The constraints of a policy that decide.
    pub(super) fn mandatory_of(&mut self, policy: &'a ast::Policy) -> Vec<&'a ast::Constraint> {
        let constraints = self.constraints_of(policy).into_iter();
        let decides = |c: &&ast::Constraint| severity(c) == ast::Severity::Mandatory;
        constraints.map(|(c, _)| c).filter(decides).collect()
    }

    /// The constraints of a policy that do not decide.
    pub(super) fn advisories_of(&mut self, policy: &'a ast::Policy) -> Vec<&'a ast::Constraint> {
        let constraints = self.constraints_of(policy).into_iter();
        let advisory = |c: &&ast::Constraint| severity(c) != ast::Severity::Mandatory;
        constraints.map(|(c, _)| c).filter(advisory).collect()
    }

    /// The constraints of a policy's environment, parents first, and its own, each once.
    pub(super) fn constraints_of(
        &mut self,
        policy: &'a ast::Policy,
    ) -> Vec<(&'a ast::Constraint, Span)> {
        let mut names: Vec<&'a ast::StrLit> = Vec::new();
        let mut chain: Vec<&'a ast::Environment> = Vec::new();
        let mut next = policy.environment.as_ref();
        while let Some(name) = next {
            let Some(environment) = self.environment(name) else {
                break;
            };
            let known = chain.iter().any(|e| std::ptr::eq(*e, environment));
            if known || chain.len() > ENVIRONMENT_PARENTS_MAX {
                // Reported where the environment is declared.
                break;
            }
            chain.push(environment);
            next = environment.parent.as_ref();
        }
        for environment in chain.iter().rev() {
            names.extend(&environment.constraints);
        }
        names.extend(&policy.constraints);
        let mut seen: HashSet<*const ast::Constraint> = HashSet::new();
        let mut found: Vec<(&'a ast::Constraint, Span)> = Vec::new();
        for name in names {
            if let Some(constraint) = self.constraint(name)
                && self.spend(Task::Expressions, 1)
                && seen.insert(std::ptr::from_ref(constraint))
            {
                found.push((constraint, name.span));
            }
        }
        found
    }

    pub(super) fn environment(&mut self, name: &'a ast::StrLit) -> Option<&'a ast::Environment> {
        let found = self.bundle.environments.get(name.node.as_str()).copied();
        if found.is_none() {
            let known = self
                .bundle
                .environment_order
                .iter()
                .map(|e| e.name.node.as_str());
            let text = format!("no environment has the name `{}`", name.node);
            let report = error(codes::UNKNOWN_REFERENCE, name.span, text);
            let help = "declare it with `environment`";
            let report = suggest(report, &name.node, name.span, known, help);
            self.report(report);
        }
        found
    }

    pub(super) fn constraint(&mut self, name: &'a ast::StrLit) -> Option<&'a ast::Constraint> {
        let found = self.bundle.constraints.get(name.node.as_str()).copied();
        if found.is_none() {
            let known = self
                .bundle
                .constraint_order
                .iter()
                .map(|c| c.name.node.as_str());
            let text = format!("no constraint has the name `{}`", name.node);
            let report = error(codes::UNKNOWN_REFERENCE, name.span, text);
            let help = "declare it with `constraint`";
            let report = suggest(report, &name.node, name.span, known, help);
            self.report(report);
        }
        found
    }

    /// Checks an environment by itself: its names, and that it does not inherit from itself.
    pub(super) fn environment_alone(&mut self, environment: &'a ast::Environment) {
        for name in &environment.constraints {
            self.constraint(name);
        }
        let mut path = vec![environment];
        while let Some(parent) = path.last().and_then(|e| e.parent.as_ref()) {
            let Some(next) = self.environment(parent) else {
                return;
            };
            if std::ptr::eq(next, environment) {
                let mut names: Vec<&str> = path.iter().map(|e| e.name.node.as_str()).collect();
                names.push(&environment.name.node);
                let text = format!(
                    "this environment inherits from itself: {}",
                    shortened(&names)
                );
                let report = error(codes::CYCLE, environment.name.span, text);
                self.report(report.help("remove one of the `parent` entries"));
                return;
            }
            if path.iter().any(|e| std::ptr::eq(*e, next)) {
                return;
            }
            if path.len() > ENVIRONMENT_PARENTS_MAX {
                let text = format!(
                    "this environment inherits from more than {ENVIRONMENT_PARENTS_MAX} others"
                );
                let report = error(codes::TOO_DEEP, environment.name.span, text);
                let help = "list the constraints where they are needed, instead of inheriting them one by one";
                self.report(report.help(help));
                return;
            }
            path.push(next);
        }
    }

    pub(super) fn constraint_fits(
        &mut self,
        constraint: &'a ast::Constraint,
        policy: &ast::Policy,
        at: Span,
    ) -> bool {
        for field in &constraint.input {
            let want = self.type_of(&field.ty);
            let name = &field.name.node;
            let found = match self.lookup(name) {
                Some(Binding::Local(_, ty) | Binding::Input(_, ty)) => Some(ty.clone()),
                Some(Binding::Constant(value)) => Some(value.ty.clone()),
                None => None,
            };
            let (text, help) = match found {
                Some(found) if found == want || found == Type::Error || want == Type::Error => {
                    continue;
                }
                Some(found) => (
                    format!(
                        "the constraint `{}` needs `{name}` as {}, and `{}` has it as {}",
                        constraint.name.node,
                        self.show(&want),
                        policy.name.node,
                        self.show(&found)
                    ),
                    "make the types agree".to_owned(),
                ),
                None => (
                    format!(
                        "the constraint `{}` needs `{name}`, which the input of `{}` does not have",
                        constraint.name.node, policy.name.node
                    ),
                    format!(
                        "add `{name}: {}` to the input",
                        self.bundle.source(field.ty.span)
                    ),
                ),
            };
            let report = error(codes::CONSTRAINT_INPUT, at, text).at(field.span, "asked for here");
            self.report(report.help(help));
            return false;
        }
        true
    }

    /// Checks a constraint that names its input without a policy.
    pub(super) fn constraint_alone(&mut self, constraint: &'a ast::Constraint) {
        let fields = self.fields_of(&constraint.input);
        let input = self.record_type("Input", fields);
        self.bind_fields(&constraint.input, input);
        if let Some(rule) = &constraint.rule
            && !constraint.input.is_empty()
        {
            self.condition(rule);
        }
    }
}

/// The severity of a constraint; mandatory unless it says something else.
pub(super) fn severity(constraint: &ast::Constraint) -> ast::Severity {
    let written = constraint.severity.as_ref();
    written.map_or(ast::Severity::Mandatory, |s| s.node)
}
