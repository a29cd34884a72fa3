//! Random groups of rules on ranges and prefixes, with the index the checker makes for them.

use super::Generator;
use super::group::{Condition, group, input, truth};
use crate::check::index::{self, Constants, When};
use crate::data::types::{Repr, Type};
use crate::ir::{BinaryOp, Combine, Expr, ExprKind, Group, Plan};

/// How the values of a type are compared: below, at most, above, at least, equal.
fn operators(ty: &Type) -> [BinaryOp; 5] {
    use BinaryOp as B;
    match ty {
        Type::Number => [
            B::LtNumber,
            B::LeNumber,
            B::GtNumber,
            B::GeNumber,
            B::EqNumber,
        ],
        ty if ty.repr() == Repr::Wide => [B::LtWide, B::LeWide, B::GtWide, B::GeWide, B::EqWide],
        _ => [B::LtInt, B::LeInt, B::GtInt, B::GeInt, B::EqWord],
    }
}

impl Generator<'_> {
    /// Rules that test one or two paths by order or prefix, among other conditions. `None` without such a path.
    pub(super) fn ordered(&mut self) -> Option<Group> {
        let ordered = |ty: &Type| {
            matches!(
                ty,
                Type::Int | Type::Instant | Type::Duration | Type::Number
            ) || matches!(ty, Type::String(_) | Type::Did)
                || ty.repr() == Repr::Wide
        };
        let paths: Vec<(u32, Type)> = self
            .paths
            .iter()
            .filter(|(_, ty)| ordered(ty))
            .cloned()
            .collect();
        if paths.is_empty() {
            return None;
        }
        let chosen = [
            self.random.pick(&paths).clone(),
            self.random.pick(&paths).clone(),
        ];
        let count = if self.random.once_in(3) {
            self.random.between(9, 24)
        } else {
            self.random.between(1, 6)
        };
        let (mut shapes, mut rules) = (Vec::new(), Vec::new());
        for number in 0..count {
            let condition = self.ordered_condition(&chosen);
            shapes.push(condition.expr);
            rules.push(self.rule(number, shapes.len() - 1, 0, condition.leaves));
        }
        let when = if self.random.flip() {
            When::Possible
        } else {
            When::Worthwhile
        };
        let constants = Constants {
            pool: &self.program.pool.bytes,
            automata: &self.program.automata,
        };
        let index = index::build(&shapes, constants, when);
        Some(group(Combine::Any, rules, Plan { shapes, index }))
    }

    fn ordered_condition(&mut self, paths: &[(u32, Type)]) -> Condition {
        let mut leaves = Vec::new();
        let mut parts = Vec::new();
        // Sometimes what cannot be indexed comes first.
        if self.random.once_in(6) {
            parts.push(self.tree(1, &mut leaves));
        }
        for path in paths {
            if !self.random.once_in(5) {
                let test = self.ordered_test(path, 2);
                parts.push(self.probe(test, &mut leaves));
            }
        }
        if parts.is_empty() || self.random.once_in(3) {
            parts.push(self.tree(1, &mut leaves));
        }
        let expr = parts.into_iter().reduce(and);
        let expr = expr.unwrap_or_else(|| truth(ExprKind::Bool(true)));
        Condition { expr, leaves }
    }

    /// A test of a path: a comparison, or two of them that must both hold or of which one must.
    fn ordered_test(&mut self, path: &(u32, Type), depth: u32) -> Expr {
        if depth > 0 && self.random.once_in(3) {
            let (a, b) = (
                self.ordered_test(path, depth - 1),
                self.ordered_test(path, depth - 1),
            );
            return if self.random.once_in(3) {
                truth(ExprKind::Or(Box::new(a), Box::new(b)))
            } else {
                and(a, b)
            };
        }
        if path.1 == Type::Ip && self.random.flip() {
            let (op, wanted) = match self.random.flip() {
                true => (BinaryOp::IpInCidr, Type::Cidr),
                false => (BinaryOp::IpInCidrs, Type::List(Box::new(Type::Cidr), 4)),
            };
            let (left, right) = (Box::new(input(path)), Box::new(self.constant(&wanted)));
            return truth(ExprKind::Binary { op, left, right });
        }
        if self.random.once_in(8) {
            let item = Box::new(input(path));
            let list = Box::new(self.constant(&Type::List(Box::new(path.1.clone()), 4)));
            return truth(ExprKind::In { item, list });
        }
        let (op, other) = match &path.1 {
            Type::Did if self.random.flip() => (BinaryOp::DidMatch, Type::Pattern),
            ty if ty.is_text() && self.random.once_in(3) => (BinaryOp::EqWord, ty.clone()),
            ty if ty.is_text() => (BinaryOp::StartsWith, ty.clone()),
            ty => (*self.random.pick(&operators(ty)), ty.clone()),
        };
        let (path, constant) = (input(path), self.constant(&other));
        let (left, right) = if other.is_text() || self.random.flip() {
            (path, constant)
        } else {
            (constant, path)
        };
        let (left, right) = (Box::new(left), Box::new(right));
        truth(ExprKind::Binary { op, left, right })
    }
}

fn and(a: Expr, b: Expr) -> Expr {
    truth(ExprKind::And(Box::new(a), Box::new(b)))
}
