//! Which names are read: unused `let`s and inputs, names that hide others, and what is named at all.
//!
//! One walk over the trees, with the scopes of the checker. A name that may be an enum's case as well as a value counts as both:
//! a use too many hides a finding, one too few would make a wrong one.

use std::collections::{HashMap, HashSet};

use super::found::{Lints, warning};
use super::{edit, glob, networks};
use crate::codes::lint as codes;
use crate::span::Span;
use crate::syntax::ast::{
    Arm, BinaryOp, Constraint, Expr, ExprKind, FieldDecl, Fields, File, FnDecl, Guard, Ident, Item,
    ItemKind, LetDecl, MatchPattern, Message, Policy, RuleDecl, Stmt, StmtKind, Test, TypeArg,
    TypeExpr, TypeExprKind,
};

/// What the trees of a bundle name.
#[derive(Default)]
pub(super) struct Uses<'a> {
    /// Every name in an expression, and of a case in a pattern.
    pub(super) words: HashSet<&'a str>,
    /// Functions that are called.
    pub(super) called: HashSet<&'a str>,
    /// Types that are written.
    pub(super) types: HashSet<&'a str>,
    /// Lists that are asked for what is in them.
    pub(super) asked: Vec<&'a Expr>,
}

/// Looks at the names of all files, and says what they use.
pub(super) fn names<'a>(files: &'a [File], lints: &mut Lints<'a>) -> Uses<'a> {
    let mut walk = Walk {
        lints,
        uses: Uses::default(),
        scope: Vec::new(),
        innermost: HashMap::new(),
        of_constraints: HashSet::new(),
        read_elsewhere: false,
        told: false,
    };
    let items = || files.iter().flat_map(|file| &file.items);
    for item in items() {
        if let ItemKind::Constraint(constraint) = &item.kind {
            walk.constraint(constraint);
        }
    }
    walk.of_constraints = walk.uses.words.clone();
    items().for_each(|item| walk.item(item));
    walk.uses
}

/// What has a name here.
enum Role<'a> {
    Input(&'a FieldDecl),
    Let(&'a LetDecl),
    /// A `let` of a test.
    Given(&'a LetDecl),
    Parameter,
    Loop,
}

/// A name in scope.
struct Bound<'a> {
    name: &'a Ident,
    role: Role<'a>,
    /// The entry of the same name that this one hides.
    hidden: Option<usize>,
    /// Where it is read.
    read: Vec<Span>,
}

struct Walk<'a, 'l> {
    lints: &'l mut Lints<'a>,
    uses: Uses<'a>,
    scope: Vec<Bound<'a>>,
    /// The innermost entry of each name.
    innermost: HashMap<&'a str, usize>,
    /// Names in constraints: a policy that has some may be read by them.
    of_constraints: HashSet<&'a str>,
    /// Whether constraints read the names of what is looked at.
    read_elsewhere: bool,
    /// Whether a message is told about what is looked at: it may read its loop variables.
    told: bool,
}

impl<'a> Walk<'a, '_> {
    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::Import(_) | ItemKind::Enum { .. } | ItemKind::Environment(_) => {}
            ItemKind::Record { fields, .. } => self.fields(&fields.decls),
            ItemKind::Blueprint(blueprint) => {
                for attribute in &blueprint.attributes {
                    self.ty(&attribute.ty);
                    let values = [&attribute.min, &attribute.max, &attribute.one_of];
                    values.into_iter().flatten().for_each(|e| self.expr(e));
                }
            }
            // Looked at before everything else.
            ItemKind::Constraint(_) => {}
            ItemKind::Policy(policy) => self.policy(policy),
            ItemKind::Guard(guard) => self.guard(guard),
            ItemKind::Fn(function) => self.function(function),
            ItemKind::Fixture { value, .. } => self.expr(value),
            ItemKind::Test(test) => self.test(test),
            ItemKind::Evaluate(evaluate) => {
                evaluate.policy.iter().for_each(|e| self.expr(e));
                evaluate
                    .input
                    .iter()
                    .for_each(|init| self.expr(&init.value));
            }
            ItemKind::Object { fields, .. } => {
                fields.iter().for_each(|init| self.expr(&init.value));
            }
        }
    }

    fn fields(&mut self, fields: &'a [FieldDecl]) {
        fields.iter().for_each(|field| self.ty(&field.ty));
    }

    fn ty(&mut self, ty: &'a TypeExpr) {
        match &ty.kind {
            TypeExprKind::Named { name, args } => {
                self.uses.types.insert(&name.node);
                for arg in args {
                    if let TypeArg::Type(inner) = arg {
                        self.ty(inner);
                    }
                }
            }
            TypeExprKind::Option(inner) => self.ty(inner),
            TypeExprKind::Error => {}
        }
    }

    fn constraint(&mut self, constraint: &'a Constraint) {
        self.fields(&constraint.input);
        for field in &constraint.input {
            self.uses.words.insert(&field.name.node);
        }
        constraint.rule.iter().for_each(|rule| self.expr(rule));
        constraint.message.iter().for_each(|m| self.message(m));
    }

    fn policy(&mut self, policy: &'a Policy) {
        self.read_elsewhere = policy.environment.is_some() || !policy.constraints.is_empty();
        self.input(&policy.input);
        policy.lets.iter().for_each(|decl| self.bind_let(decl));
        let rules = policy.groups.iter().flat_map(|group| &group.rules);
        rules.for_each(|rule| self.rule(rule));
        let reason = policy.otherwise.iter().filter_map(|o| o.reason.as_ref());
        reason.for_each(|message| self.message(message));
        let effects = policy.effects.iter().flat_map(|on| &on.effects);
        effects.for_each(|effect| self.expr(effect));
        self.leave_program(&policy.input);
        self.read_elsewhere = false;
    }

    /// The message of a rule `any x in xs: …` reads `x`.
    fn rule(&mut self, rule: &'a RuleDecl) {
        self.told = rule.message.as_ref().is_some_and(Message::has_values);
        let mut cond = &rule.cond;
        while let ExprKind::Paren(inner) = &cond.kind {
            cond = inner;
        }
        if let ExprKind::Loop {
            var, list, body, ..
        } = &cond.kind
        {
            self.expr(list);
            let length = self.scope.len();
            self.bind(var, Role::Loop);
            self.expr(body);
            rule.message.iter().for_each(|m| self.message(m));
            self.leave(length);
        } else {
            self.expr(&rule.cond);
            rule.message.iter().for_each(|m| self.message(m));
        }
        self.told = false;
    }

    fn guard(&mut self, guard: &'a Guard) {
        self.input(&guard.input);
        self.fields(&guard.output);
        self.statements(&guard.body);
        self.leave_program(&guard.input);
    }

    fn function(&mut self, function: &'a FnDecl) {
        self.fields(&function.params);
        self.ty(&function.ret);
        for parameter in &function.params {
            self.bind(&parameter.name, Role::Parameter);
        }
        function.lets.iter().for_each(|decl| self.bind_let(decl));
        self.expr(&function.body);
        self.leave(0);
    }

    fn test(&mut self, test: &'a Test) {
        for decl in &test.lets {
            self.expr(&decl.value);
            self.bind(&decl.name, Role::Given(decl));
        }
        let cases = || test.cases.iter().flatten();
        let facts = cases().flat_map(|case| &case.facts).chain(&test.facts);
        let facts = facts.flat_map(|fact| fact.args.iter().chain([&fact.value]));
        let changes = cases().flat_map(|case| &case.changes);
        let changes = changes.map(|change| &change.value);
        let expected = test.expects().flat_map(|expect| {
            let effects = expect.effects.iter().filter_map(|e| e.effect.as_ref());
            let elements = expect.violations.iter().filter_map(|v| v.element.as_ref());
            expect.output.iter().chain(effects).chain(elements)
        });
        let given = test.input.iter().chain(facts).chain(changes);
        given.chain(expected).for_each(|e| self.expr(e));
        self.leave(0);
    }

    fn statements(&mut self, statements: &'a [Stmt]) {
        let length = self.scope.len();
        statements.iter().for_each(|s| self.statement(s));
        self.leave(length);
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match &statement.kind {
            StmtKind::Let(decl) => self.bind_let(decl),
            StmtKind::Assert { cond, message } | StmtKind::Require { cond, message } => {
                self.expr(cond);
                message.iter().for_each(|m| self.message(m));
            }
            StmtKind::Reject { reason } => reason.iter().for_each(|m| self.message(m)),
            StmtKind::Return(value) => value.iter().for_each(|e| self.expr(e)),
            StmtKind::Match { subject, arms } => {
                self.expr(subject);
                for arm in arms {
                    self.pattern(&arm.pattern);
                    arm.guard.iter().for_each(|e| self.expr(e));
                    self.statements(&arm.body);
                }
            }
            StmtKind::If {
                cond,
                then,
                otherwise,
            } => {
                self.expr(cond);
                self.statements(then);
                self.statements(otherwise);
            }
        }
    }

    fn message(&mut self, message: &'a Message) {
        message.values().for_each(|value| self.expr(value));
    }

    fn pattern(&mut self, pattern: &'a MatchPattern) {
        match pattern {
            MatchPattern::Wildcard(_) => {}
            MatchPattern::Name(name) => {
                self.uses.words.insert(&name.node);
            }
            MatchPattern::Literal(value) => self.expr(value),
            MatchPattern::Or(patterns) => patterns.iter().for_each(|p| self.pattern(p)),
        }
    }

    fn arm(&mut self, arm: &'a Arm) {
        self.pattern(&arm.pattern);
        arm.guard.iter().for_each(|e| self.expr(e));
        self.expr(&arm.body);
    }

    fn expr(&mut self, e: &'a Expr) {
        self.uses.asked.extend(networks::asked(e));
        match &e.kind {
            ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Measure { .. }
            | ExprKind::Str(_)
            | ExprKind::Regex(_)
            | ExprKind::None
            | ExprKind::Ref(_)
            | ExprKind::Error => {}
            ExprKind::Name(name) => self.read(name, e.span),
            ExprKind::Field { base: inner, .. }
            | ExprKind::Unary { expr: inner, .. }
            | ExprKind::Demand(inner)
            | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Index { base: a, key: b }
            | ExprKind::Else {
                expr: a,
                default: b,
            } => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Call { module, name, args } => {
                self.uses.called.insert(&name.node);
                if let Some(module) = module {
                    self.read(&module.node, module.span);
                }
                if name.node == "now" {
                    self.read_time(name.span);
                }
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Binary { op, left, right } => {
                self.expr(left);
                self.expr(right);
                if *op == BinaryOp::Matches {
                    glob::look(left, right, self.lints);
                }
            }
            ExprKind::Compare { operands, .. } => operands.iter().for_each(|e| self.expr(e)),
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                [cond, then, otherwise]
                    .into_iter()
                    .for_each(|e| self.expr(e));
            }
            ExprKind::Match { subject, arms } => {
                self.expr(subject);
                arms.iter().for_each(|arm| self.arm(arm));
            }
            ExprKind::Loop {
                var, list, body, ..
            } => {
                self.expr(list);
                let length = self.scope.len();
                self.bind(var, Role::Loop);
                self.expr(body);
                self.leave(length);
            }
            ExprKind::Record { name, fields } => {
                if let Some(name) = name {
                    self.uses.types.insert(&name.node);
                }
                fields.iter().for_each(|init| self.expr(&init.value));
            }
            ExprKind::With { base, changes } => {
                self.read(&base.node, base.span);
                changes.iter().for_each(|change| self.expr(&change.value));
            }
            ExprKind::List(items) => items.iter().for_each(|e| self.expr(e)),
        }
    }

    fn read(&mut self, name: &'a str, span: Span) {
        self.uses.words.insert(name);
        let bound = self.innermost.get(name).copied();
        if let Some(bound) = bound.and_then(|index| self.scope.get_mut(index)) {
            bound.read.push(span);
        }
    }

    /// `now()` reads the input of that name, or that of a record: any may be the one that has a time.
    fn read_time(&mut self, span: Span) {
        let is_input = |bound: &Bound<'_>| matches!(bound.role, Role::Input(_));
        let is_now = |bound: &Bound<'_>| is_input(bound) && bound.name.node == "now";
        let is_named = self.scope.iter().any(is_now);
        let read = self.scope.iter_mut().filter(|bound| match is_named {
            true => is_now(bound),
            false => is_input(bound),
        });
        read.for_each(|bound| bound.read.push(span));
    }

    fn input(&mut self, fields: &'a Fields) {
        self.fields(&fields.decls);
        for field in &fields.decls {
            self.bind(&field.name, Role::Input(field));
        }
    }

    fn bind_let(&mut self, decl: &'a LetDecl) {
        decl.ty.iter().for_each(|ty| self.ty(ty));
        self.expr(&decl.value);
        self.bind(&decl.name, Role::Let(decl));
    }

    fn bind(&mut self, name: &'a Ident, role: Role<'a>) {
        let hidden = self.innermost.insert(&name.node, self.scope.len());
        self.scope.push(Bound {
            name,
            role,
            hidden,
            read: Vec::new(),
        });
    }

    /// Leaves a policy or guard. When it reads nothing of its input it says the same to everybody, and that is meant.
    fn leave_program(&mut self, input: &'a Fields) {
        let is_read = |bound: &Bound<'_>| self.is_read(bound);
        let inputs = self.scope.get(..input.decls.len()).unwrap_or_default();
        let unread: Vec<&FieldDecl> = inputs
            .iter()
            .filter(|bound| !is_read(bound))
            .filter_map(|bound| match bound.role {
                Role::Input(field) => Some(field),
                Role::Let(_) | Role::Given(_) | Role::Parameter | Role::Loop => None,
            })
            .collect();
        if unread.len() < input.decls.len() {
            for field in unread {
                self.unused_input(field, input);
            }
        }
        self.leave(0);
    }

    fn is_read(&self, bound: &Bound<'_>) -> bool {
        !bound.read.is_empty() || self.may_be_of_constraints(&bound.name.node)
    }

    fn may_be_of_constraints(&self, name: &str) -> bool {
        self.read_elsewhere && self.of_constraints.contains(name)
    }

    /// Removes the names added since there were so many, and says what there is to say about them.
    fn leave(&mut self, length: usize) {
        while self.scope.len() > length {
            let Some(bound) = self.scope.pop() else {
                return;
            };
            let name: &'a str = &bound.name.node;
            match bound.hidden {
                Some(hidden) => self.innermost.insert(name, hidden),
                None => self.innermost.remove(name),
            };
            let outer = bound.hidden.and_then(|hidden| self.scope.get(hidden));
            if let Some(outer) = outer.map(|outer| outer.name.span) {
                self.shadowed(&bound, outer);
            } else if !self.is_read(&bound) && !name.starts_with('_') {
                self.unused_let(&bound.role);
            }
        }
    }

    fn unused_let(&mut self, role: &Role<'a>) {
        let (decl, is_removable) = match role {
            Role::Let(decl) => (decl, cannot_fail(&decl.value)),
            // It is written where it is read: nothing else evaluates it.
            Role::Given(decl) => (decl, true),
            Role::Input(_) | Role::Parameter | Role::Loop => return,
        };
        let name = &decl.name;
        let found = warning(
            codes::UNUSED_LET,
            name.span,
            format!("nothing reads `{}`", name.node),
        );
        let found = if is_removable {
            let help = "remove it";
            self.lints.removed(found, decl.span, help)
        } else {
            found.help("remove it; until then an error in its value ends the evaluation")
        };
        self.lints.add(found);
    }

    fn unused_input(&mut self, field: &'a FieldDecl, input: &Fields) {
        let text = format!("nothing reads `{}`", field.name.node);
        let found = warning(codes::UNUSED_INPUT, field.name.span, text);
        let found = if input.open {
            let help = "remove it: `..` takes what callers give all the same";
            self.lints.removed(found, field.span, help)
        } else {
            let help = "write `..`, which takes what callers give and drops it, or nothing when they need not give it";
            found.fix(help, field.span, "..")
        };
        self.lints.add(found);
    }

    fn shadowed(&mut self, bound: &Bound<'a>, outer: Span) {
        let name = &bound.name;
        let text = format!("`{}` hides another `{0}`", name.node);
        let found = warning(codes::SHADOWED, name.span, text).at(outer, "this one");
        let found = match self.renamed(bound) {
            Some((new, span, text)) => {
                found.fix(format!("rename it, to `{new}` for instance"), span, text)
            }
            None => found.help("rename one of the two"),
        };
        self.lints.add(found);
    }

    /// Another name for a binding, and the text from its name to where it is last read with that name in its place.
    fn renamed(&self, bound: &Bound<'a>) -> Option<(String, Span, String)> {
        let name: &str = &bound.name.node;
        // What else may read it is not known by place.
        if self.told || self.may_be_of_constraints(name) {
            return None;
        }
        let first = bound.name.span;
        let text = self.lints.text(first.file);
        let new = (2..100)
            .map(|n| format!("{name}_{n}"))
            .find(|new| !text.contains(new.as_str()))?;
        let last = bound.read.last().copied().unwrap_or(first);
        let mut out = String::new();
        let mut at = first.start;
        for place in std::iter::once(first).chain(bound.read.iter().copied()) {
            if place.file != first.file || place.start < at || self.lints.source(place) != name {
                return None;
            }
            out.push_str(text.get(at as usize..place.start as usize)?);
            out.push_str(&new);
            at = place.end;
        }
        Some((new, edit::between(first, last), out))
    }
}

/// Whether evaluating it can end with no error, whatever its names stand for: a test of the text alone, so it knows few.
fn cannot_fail(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Measure { .. }
        | ExprKind::Str(_)
        | ExprKind::None
        | ExprKind::Name(_) => true,
        ExprKind::Field { base: inner, .. } | ExprKind::Paren(inner) => cannot_fail(inner),
        ExprKind::Unary { op, expr } => match op {
            crate::syntax::ast::UnaryOp::Not => cannot_fail(expr),
            crate::syntax::ast::UnaryOp::Neg => {
                matches!(expr.kind, ExprKind::Number(_) | ExprKind::Measure { .. })
            }
        },
        ExprKind::Binary { op, left, right } => {
            let safe = matches!(
                op,
                BinaryOp::And | BinaryOp::Or | BinaryOp::In | BinaryOp::NotIn
            );
            safe && cannot_fail(left) && cannot_fail(right)
        }
        ExprKind::Compare {
            operands: parts, ..
        }
        | ExprKind::List(parts) => parts.iter().all(cannot_fail),
        ExprKind::Regex(_)
        | ExprKind::Ref(_)
        | ExprKind::Index { .. }
        | ExprKind::Call { .. }
        | ExprKind::If { .. }
        | ExprKind::Match { .. }
        | ExprKind::Loop { .. }
        | ExprKind::Record { .. }
        | ExprKind::With { .. }
        | ExprKind::Else { .. }
        | ExprKind::Demand(_)
        | ExprKind::Error => false,
    }
}
