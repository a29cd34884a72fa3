//! Walking a program: the one place that knows which expressions stand in which, in the order in which they are evaluated.
//!
//! Gas, bounds, the checker, both engines and the generator all walk the same tree. An expression that gains a part gains it
//! here, and nothing that walks can miss it.

use super::{Body, Expr, ExprKind, FuncId, Index, PolicyBody, Program, UnaryOp};
use crate::data::types::Type;

/// Visits the parts of `$kind` in order. One text for shared and for exclusive references: the patterns bind either.
macro_rules! each_part {
    ($kind:expr, $visit:expr, $iter:ident) => {
        match $kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number(_)
            | ExprKind::Wide(_)
            | ExprKind::Text(_)
            | ExprKind::Const(_)
            | ExprKind::Param(_)
            | ExprKind::Input(_)
            | ExprKind::Local(_)
            | ExprKind::Fail { .. }
            | ExprKind::NoValue
            | ExprKind::NoneOf => {}
            ExprKind::Field { base: only, .. }
            | ExprKind::Unary { expr: only, .. }
            | ExprKind::Some(only)
            | ExprKind::IsSome(only)
            | ExprKind::Payload(only)
            | ExprKind::Automaton { subject: only, .. }
            | ExprKind::Probe { expr: only, .. } => $visit(only),
            ExprKind::Binary { left, right, .. }
            | ExprKind::Joined { left, right, .. }
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right) => {
                $visit(left);
                $visit(right);
            }
            ExprKind::In {
                item: first,
                list: then,
            }
            | ExprKind::Let {
                value: first,
                body: then,
                ..
            }
            | ExprKind::Check {
                cond: first, then, ..
            }
            | ExprKind::Loop {
                list: first,
                body: then,
                ..
            }
            | ExprKind::Else {
                value: first,
                default: then,
            } => {
                $visit(first);
                $visit(then);
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                $visit(cond);
                $visit(then);
                $visit(otherwise);
            }
            ExprKind::Call { args, .. } | ExprKind::Fact { args, .. } => {
                args.$iter().for_each($visit)
            }
            ExprKind::List { items } => items.$iter().for_each($visit),
            ExprKind::Effect { operands, .. } => operands.$iter().for_each($visit),
            ExprKind::Record { fields } => fields.$iter().for_each(|(_, value)| $visit(value)),
        }
    };
}

impl Expr {
    /// Visits the expressions directly in this one, in order of evaluation.
    pub(crate) fn each_child<'e>(&'e self, visit: &mut dyn FnMut(&'e Self)) {
        each_part!(&self.kind, visit, iter);
    }

    /// The constants of a rule that it reads: where each stands among them, and its type.
    pub(crate) fn params(&self) -> Vec<(u32, Type)> {
        let mut found = Vec::new();
        let mut rest = vec![self];
        while let Some(expr) = rest.pop() {
            if let ExprKind::Param(offset) = expr.kind {
                found.push((offset, expr.ty.clone()));
            }
            expr.each_child(&mut |child| rest.push(child));
        }
        found
    }

    /// Number of expressions in this one, itself included, counting what may not be evaluated.
    pub(crate) fn nodes(&self) -> usize {
        let mut count = 0;
        let mut rest = vec![self];
        while let Some(expr) = rest.pop() {
            count += 1;
            expr.each_child(&mut |child| rest.push(child));
        }
        count
    }

    /// As [`each_child`](Self::each_child), to change them.
    pub(crate) fn each_child_mut<'e>(&'e mut self, visit: &mut dyn FnMut(&'e mut Self)) {
        each_part!(&mut self.kind, visit, iter_mut);
    }

    /// Visits the children that are evaluated whenever this expression is: the rest of its block.
    pub(crate) fn each_unconditional<'e>(&'e self, visit: &mut dyn FnMut(&'e Self)) {
        let certain = match &self.kind {
            // Only the left side, the condition, the list and the value.
            ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::If { .. }
            | ExprKind::Check { .. }
            | ExprKind::Loop { .. }
            | ExprKind::Else { .. } => 1,
            _ => usize::MAX,
        };
        let mut number = 0;
        self.each_child(&mut |child| {
            if number < certain {
                visit(child);
            }
            number += 1;
        });
    }

    /// The expressions directly in this one, in order of evaluation.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        let mut children = Vec::new();
        self.each_child(&mut |child| children.push(child));
        children
    }

    /// Whether evaluating it may come upon a fact that the host does not know, and no [`ExprKind::Else`] in it handles that;
    /// `calls` says the same of a function.
    #[must_use]
    pub(crate) fn may_be_unknown(&self, calls: &dyn Fn(FuncId) -> bool) -> bool {
        match &self.kind {
            ExprKind::Fact { .. } => true,
            ExprKind::Call { function, .. } if calls(*function) => true,
            ExprKind::Else { default, .. } => default.may_be_unknown(calls),
            _ => {
                let mut found = false;
                self.each_child(&mut |child| found = found || child.may_be_unknown(calls));
                found
            }
        }
    }

    /// The operands that a reason shows beside the outcome of this condition: of the operator, also under NOT, or of the fact
    /// that is asked for, also under `else` unless the question itself may be unknown.
    #[must_use]
    pub fn operands(&self) -> Option<(&Self, Option<&Self>)> {
        match &self.kind {
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr,
            } => expr.operands(),
            ExprKind::Binary { left, right, .. } => Some((left, Some(right))),
            ExprKind::In { item, list } => Some((item, Some(list))),
            ExprKind::Automaton { subject, .. } => Some((subject, None)),
            ExprKind::Fact { args, .. } => args.first().map(|first| (first, args.get(1))),
            ExprKind::Else { value, .. } => match &value.kind {
                ExprKind::Fact { args, .. }
                    if !args.iter().any(|arg| arg.may_be_unknown(&|_| true)) =>
                {
                    value.operands()
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// How many expressions stand inside each other in it, itself included.
    #[must_use]
    pub fn height(&self) -> u32 {
        let mut height = 0;
        self.each_child(&mut |child| height = height.max(child.height()));
        height + 1
    }

    /// Whether something holds of this expression and of everything in it.
    pub(crate) fn all(&self, holds: &dyn Fn(&Self) -> bool) -> bool {
        let mut all = holds(self);
        self.each_child(&mut |child| all = all && child.all(holds));
        all
    }

    /// Visits this expression and everything in it, outermost first.
    pub(crate) fn walk_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        visit(self);
        self.each_child_mut(&mut |child| child.walk_mut(visit));
    }
}

impl Body {
    /// Visits every expression that stands by itself: conditions, values of `let`, keys of indexes, effects.
    pub(crate) fn each_root<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match self {
            Self::Guard(expr) => visit(expr),
            Self::Policy(policy) => policy.each_root(visit),
        }
    }

    /// As [`each_root`](Self::each_root), to change them.
    pub(crate) fn each_root_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        match self {
            Self::Guard(expr) => visit(expr),
            Self::Policy(policy) => policy.each_root_mut(visit),
        }
    }
}

impl PolicyBody {
    fn each_root<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        self.lets.iter().for_each(|(_, value)| visit(value));
        for group in &self.groups {
            group.plan.shapes.iter().for_each(&mut *visit);
            if let Some(index) = &group.plan.index {
                index.each_key(visit);
            }
        }
        self.effects.iter().for_each(|entry| visit(&entry.value));
    }

    fn each_root_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        self.lets.iter_mut().for_each(|(_, value)| visit(value));
        for group in &mut self.groups {
            group.plan.shapes.iter_mut().for_each(&mut *visit);
            if let Some(index) = &mut group.plan.index {
                index.each_key_mut(visit);
            }
        }
        self.effects
            .iter_mut()
            .for_each(|entry| visit(&mut entry.value));
    }
}

impl Index {
    fn each_key<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(&self.key);
        self.nested
            .iter()
            .for_each(|(_, nested)| nested.each_key(visit));
    }

    fn each_key_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        visit(&mut self.key);
        self.nested
            .iter_mut()
            .for_each(|(_, nested)| nested.each_key_mut(visit));
    }
}

impl Program {
    /// For each function whether calling it may come upon a fact that is unknown, see [`Expr::may_be_unknown`].
    #[must_use]
    pub(crate) fn unknown_functions(&self) -> Vec<bool> {
        let mut known: Vec<bool> = Vec::with_capacity(self.functions.len());
        for function in &self.functions {
            let may = |id: FuncId| known.get(id.0 as usize).copied().unwrap_or(true);
            let unknown = function.body.may_be_unknown(&may);
            known.push(unknown);
        }
        known
    }

    /// Every expression that stands by itself: the bodies of functions, then the roots of the body.
    #[must_use]
    pub fn roots(&self) -> Vec<&Expr> {
        let mut roots: Vec<&Expr> = self
            .functions
            .iter()
            .map(|function| &function.body)
            .collect();
        self.body.each_root(&mut |root| roots.push(root));
        roots
    }
}
