//! Policies: rules with the conditions a reason shows, constraints, lets and effects.
//!
//! A rule's condition is a tree of AND, OR and NOT; its leaves are the conditions people see. Each leaf becomes a
//! [`Probe`](crate::ir::ExprKind::Probe) and an entry in [`Rule::leaves`].

use std::collections::HashSet;

use crate::ast::{self, BinaryOp as AstBinary, CompareOp, ExprKind as Ast, Verb};
use crate::codes::check as codes;
use crate::ir::{
    Body, Combine, Decision, Effect, EffectKind, Expr, ExprKind, Group, Leaf, LeafCompare, Plan,
    PolicyBody, Rule,
};
use crate::span::Span;
use crate::types::{RecordId, Type};

use super::ops::symbol;
use super::report::{error, suggest, warning};
use super::unit::{Binding, Unit, and, bare, error_expr, expr, length, not, or};

/// A rule before its group is planned.
pub(super) struct MadeRule {
    pub(super) rule: Rule,
    pub(super) cond: Expr,
}

impl<'a> Unit<'a, '_> {
    /// Binds the input's fields and gives its record.
    pub(super) fn bind_input(&mut self, fields: &'a [ast::FieldDecl]) -> RecordId {
        let typed = self.fields_of(fields);
        let id = self.record_type("Input", typed);
        let Some(record) = self.record(id).cloned() else {
            return id;
        };
        for field in fields {
            if let Some(made) = record.field(&field.name.node) {
                let (offset, ty) = (made.offset, made.ty.clone());
                self.bind(&field.name.node, Binding::Input(offset, ty));
            }
        }
        id
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
                .map(|reason| self.message(&reason.node)),
            effects: self.effects(&policy.effects),
        }
    }

    fn lets(&mut self, decls: &'a [ast::LetDecl]) -> Vec<(crate::ir::LocalId, Expr)> {
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
    fn order(&mut self, written: Option<&[crate::span::Spanned<Verb>]>) -> Vec<Verb> {
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

    fn group_rules(
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
            let message = rule.message.as_ref().map(|m| self.message(&m.node));
            let name = match &rule.name {
                Some(name) => name.node.as_str().into(),
                None => format!("rule_{}", i + 1).into(),
            };
            made.push(self.made_rule(name, rule.span, message, cond, leaves));
        }
        made
    }

    fn made_rule(
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

    fn warn_constant(&mut self, source: &ast::Expr, cond: &Expr) {
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

    fn group(
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
        if self.reports.errors() > 0 {
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
        let plan = crate::index::plan(combine, &mut rules, conds, &mut self.pool);
        Group {
            decision,
            combine,
            rules,
            plan,
        }
    }

    /// A condition with its leaves marked.
    fn tree(&mut self, e: &'a ast::Expr, leaves: &mut Vec<Leaf>) -> Expr {
        match &e.kind {
            Ast::Paren(inner) => self.tree(inner, leaves),
            Ast::Unary {
                op: ast::UnaryOp::Not,
                expr,
            } => {
                let made = self.tree(expr, leaves);
                if made.ty == Type::Error {
                    made
                } else {
                    not(made)
                }
            }
            Ast::Binary {
                op: op @ (AstBinary::And | AstBinary::Or),
                left,
                right,
            } => {
                let (l, r) = (self.tree(left, leaves), self.tree(right, leaves));
                if l.ty == Type::Error || r.ty == Type::Error {
                    return error_expr();
                }
                if *op == AstBinary::And {
                    and(l, r)
                } else {
                    or(l, r)
                }
            }
            Ast::Compare { operands, ops } => {
                self.comparison_with(operands, ops, e.span, &mut |unit, i, pair| {
                    let whole = if ops.len() == 1 {
                        e.span
                    } else {
                        let ends = operands.get(i).zip(operands.get(i + 1));
                        ends.map_or(e.span, |(a, b)| a.span.to(b.span))
                    };
                    let op = ops.get(i).copied();
                    let labels = operands.get(i).zip(operands.get(i + 1)).zip(op);
                    let labels = labels.map(|((left, right), op)| Labels {
                        operator: symbol(op).into(),
                        left: unit.label(left),
                        right: unit.right_label(right, Some(op)),
                    });
                    unit.leaf(pair, whole, labels, leaves)
                })
            }
            Ast::Else { expr, .. } => {
                let made = self.expr(e, Some(&Type::Bool));
                let made = self.coerce(made, &Type::Bool, e.span);
                let labels = self.leaf_labels(expr);
                self.leaf(made, e.span, labels, leaves)
            }
            _ => {
                let made = self.condition(e);
                let labels = self.leaf_labels(e);
                self.leaf(made, e.span, labels, leaves)
            }
        }
    }

    fn leaf(
        &mut self,
        cond: Expr,
        span: Span,
        labels: Option<Labels>,
        leaves: &mut Vec<Leaf>,
    ) -> Expr {
        if cond.ty == Type::Error {
            return cond;
        }
        let number = length(leaves);
        let labels = labels.map(|labels| labels.of(&cond));
        let operands = operands_of(&cond).map(|(l, r)| (l.clone(), r.clone()));
        let compare = labels
            .zip(operands)
            .map(|(labels, (left_type, right_type))| LeafCompare {
                operator: labels.operator.as_ref().into(),
                left: labels.left.into(),
                left_type,
                right: labels.right.into(),
                right_type,
            });
        leaves.push(Leaf {
            point: self.point(span),
            compare,
        });
        let kind = ExprKind::Probe {
            leaf: number,
            expr: Box::new(cond),
        };
        expr(kind, Type::Bool)
    }

    /// Labels of a leaf that is no comparison.
    fn leaf_labels(&self, e: &ast::Expr) -> Option<Labels> {
        let e = bare(e);
        match &e.kind {
            Ast::Binary { op, left, right } => {
                let operator = match op {
                    AstBinary::In => "in",
                    AstBinary::NotIn => "not in",
                    AstBinary::Matches => "matches",
                    AstBinary::HasCredential => "has_credential",
                    AstBinary::ConformsTo => "conforms_to",
                    _ => return None,
                };
                let mut labels = Labels {
                    operator: operator.into(),
                    left: self.label(left),
                    right: self.right_label(right, None),
                };
                if *op == AstBinary::Matches {
                    labels.right = self.bundle.source(right.span);
                }
                Some(labels)
            }
            Ast::Call { name, args, .. } => {
                let operator = match name.node.as_str() {
                    "has_credential" => "has_credential",
                    "starts_with" => "starts_with",
                    "ends_with" => "ends_with",
                    "contains" => "contains",
                    "conforms" => "conforms_to",
                    _ => return None,
                };
                let (left, right) = args.first().zip(args.get(1))?;
                Some(Labels {
                    operator: operator.into(),
                    left: self.label(left),
                    right: self.right_label(right, None),
                })
            }
            _ => None,
        }
    }

    /// The last segment of a path, or the source text.
    fn label(&self, e: &ast::Expr) -> String {
        let e = bare(e);
        match &e.kind {
            Ast::Name(name) => name.clone(),
            Ast::Field { name, .. } => name.node.clone(),
            _ if is_literal(e) => String::new(),
            _ => self.bundle.source(e.span),
        }
    }

    fn right_label(&self, e: &ast::Expr, op: Option<CompareOp>) -> String {
        if !is_literal(bare(e)) {
            return self.label(e);
        }
        match op {
            Some(CompareOp::Lt | CompareOp::Le) => "max".into(),
            Some(CompareOp::Gt | CompareOp::Ge) => "min".into(),
            _ => String::new(),
        }
    }

    /// The mandatory constraints of a policy as rejecting rules: each is true when its constraint does not hold.
    fn constraint_rules(&mut self, policy: &'a ast::Policy, locals: usize) -> Vec<MadeRule> {
        let mut made = Vec::new();
        for (constraint, at) in self.constraints_of(policy) {
            self.reuse_locals_from(locals);
            let Some(rule) = &constraint.rule else {
                continue;
            };
            if !self.constraint_fits(constraint, policy, at) {
                continue;
            }
            let mut leaves = Vec::new();
            let cond = self.tree(rule, &mut leaves);
            let severity = constraint
                .severity
                .as_ref()
                .map_or(ast::Severity::Mandatory, |s| s.node);
            if severity != ast::Severity::Mandatory || cond.ty == Type::Error {
                continue;
            }
            let message = constraint.message.as_ref().map(|m| self.message(&m.node));
            let name = constraint.name.node.as_str().into();
            made.push(self.made_rule(name, constraint.name.span, message, not(cond), leaves));
        }
        made
    }

    /// The constraints of a policy's environment, parents first, and its own, each once.
    fn constraints_of(&mut self, policy: &'a ast::Policy) -> Vec<(&'a ast::Constraint, Span)> {
        let mut names: Vec<&'a ast::StrLit> = Vec::new();
        let mut chain: Vec<&'a ast::Environment> = Vec::new();
        let mut next = policy.environment.as_ref();
        while let Some(name) = next {
            let Some(environment) = self.environment(name) else {
                break;
            };
            if chain.iter().any(|e| std::ptr::eq(*e, environment)) {
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
        let mut found: Vec<(&'a ast::Constraint, Span)> = Vec::new();
        for name in names {
            if let Some(constraint) = self.constraint(name)
                && !found.iter().any(|(c, _)| std::ptr::eq(*c, constraint))
            {
                found.push((constraint, name.span));
            }
        }
        found
    }

    fn environment(&mut self, name: &'a ast::StrLit) -> Option<&'a ast::Environment> {
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

    fn constraint(&mut self, name: &'a ast::StrLit) -> Option<&'a ast::Constraint> {
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
                    names.join(" → ")
                );
                let report = error(codes::CYCLE, environment.name.span, text);
                self.report(report.help("remove one of the `parent` entries"));
                return;
            }
            if path.iter().any(|e| std::ptr::eq(*e, next)) {
                return;
            }
            path.push(next);
        }
    }

    fn constraint_fits(
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
        self.bind_input(&constraint.input);
        if let Some(rule) = &constraint.rule
            && !constraint.input.is_empty()
        {
            self.condition(rule);
        }
    }

    fn effects(&mut self, clauses: &'a [ast::OnDecision]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for clause in clauses {
            for call in &clause.effects {
                if let Some((kind, operands)) = self.effect(call) {
                    effects.push(Effect {
                        on: decision(clause.verb),
                        kind,
                        point: self.point(call.span),
                        operands,
                    });
                }
            }
        }
        effects
    }

    fn effect(&mut self, call: &'a ast::Expr) -> Option<(EffectKind, Vec<Expr>)> {
        let misplaced = |unit: &mut Self, text: &str| {
            let report = error(codes::MISPLACED, call.span, text);
            unit.report(
                report
                    .help("effects are `emit(\"type\", payload)` and `put(\"store\", key, value)`"),
            );
            None
        };
        let Ast::Call { name, args, .. } = &bare(call).kind else {
            return misplaced(self, "this is not an effect");
        };
        let (wanted, usage) = match name.node.as_str() {
            "emit" => (2, "emit(\"type\", payload)"),
            "put" => (3, "put(\"store\", key, value)"),
            _ => return misplaced(self, "this is not an effect"),
        };
        if args.len() != wanted {
            let text = format!(
                "`{}` takes {wanted} arguments, found {}",
                name.node,
                args.len()
            );
            self.report(error(codes::ARGUMENTS, call.span, text).help(format!("write `{usage}`")));
            return None;
        }
        let (first, rest) = args.split_first()?;
        let operands: Vec<Expr> = rest.iter().map(|arg| self.expr(arg, None)).collect();
        let Ast::Str(target) = &bare(first).kind else {
            let text = "the event type or store of an effect is written as a text";
            self.report(
                error(codes::NOT_CONSTANT, first.span, text).help(format!("write `{usage}`")),
            );
            return None;
        };
        if operands.iter().any(|o| o.ty == Type::Error) {
            return None;
        }
        let kind = if name.node == "emit" {
            EffectKind::Emit {
                event_type: target.as_str().into(),
            }
        } else {
            EffectKind::Put {
                store: target.as_str().into(),
            }
        };
        Some((kind, operands))
    }

    /// The body of a policy as a program body.
    pub(super) fn policy_body(&mut self, policy: &'a ast::Policy) -> Body {
        Body::Policy(self.policy(policy))
    }
}

/// What a reason shows beside the values.
struct Labels {
    operator: std::borrow::Cow<'static, str>,
    left: String,
    right: String,
}

impl Labels {
    /// A simple glob is a test of another name, whose right side is shown as its value.
    fn of(self, cond: &Expr) -> Self {
        use crate::ir::BinaryOp as B;
        let op = match &cond.kind {
            ExprKind::Binary { op, .. } => op,
            ExprKind::Automaton { .. } => {
                return Self {
                    operator: format!("{} {}", self.operator, self.right).into(),
                    right: String::new(),
                    ..self
                };
            }
            _ => return self,
        };
        let operator = match op {
            _ if self.operator != "matches" => return self,
            B::StartsWith => "starts_with",
            B::EndsWith => "ends_with",
            B::Contains => "contains",
            B::EqWord => "==",
            _ => "matches",
        };
        Self {
            right: String::new(),
            operator: operator.into(),
            ..self
        }
    }
}

/// The types of the operands a trace records for a leaf.
fn operands_of(cond: &Expr) -> Option<(&Type, &Type)> {
    match &cond.kind {
        ExprKind::Binary { left, right, .. } => Some((&left.ty, &right.ty)),
        ExprKind::In { item, list } => Some((&item.ty, &list.ty)),
        // The pattern stands in the operator: a trace has only the left side.
        ExprKind::Automaton { subject, .. } => Some((&subject.ty, &Type::Never)),
        ExprKind::Fact { args, .. } => args.first().zip(args.get(1)).map(|(a, b)| (&a.ty, &b.ty)),
        ExprKind::Unary {
            op: crate::ir::UnaryOp::Not,
            expr,
        } => match &expr.kind {
            ExprKind::In { item, list } => Some((&item.ty, &list.ty)),
            _ => None,
        },
        _ => None,
    }
}

fn is_literal(e: &ast::Expr) -> bool {
    match &e.kind {
        Ast::Number(_)
        | Ast::Measure { .. }
        | Ast::Str(_)
        | Ast::Bool(_)
        | Ast::Regex(_)
        | Ast::Ref(_)
        | Ast::List(_) => true,
        Ast::Unary {
            op: ast::UnaryOp::Neg,
            expr,
        } => is_literal(bare(expr)),
        _ => false,
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
