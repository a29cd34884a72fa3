//! Random groups of rules: shapes with parameters, conditions as trees of leaves, indexes.

use super::Generator;
use crate::data::types::Type;
use crate::ir::{
    BinaryOp, Combine, Expr, ExprKind, Group, Handle, Index, Keys, Leaf, LeafCompare, Plan,
    PointId, Rule,
};

/// A condition under construction: the tree, and the leaves it has.
pub(super) struct Condition {
    pub(super) expr: Expr,
    pub(super) leaves: Vec<Leaf>,
}

pub(super) fn truth(kind: ExprKind) -> Expr {
    Expr {
        kind,
        ty: Type::Bool,
        point: PointId(0),
    }
}

impl Generator<'_> {
    pub(super) fn group(&mut self, leaves: &mut u32) -> Group {
        let decision = self.decision();
        let keys = self.index_paths();
        let group = match self.random.below(4) {
            0 if !keys.is_empty() => Some(self.indexed(&keys)),
            1 => self.ordered(),
            _ => None,
        };
        let mut group = group.unwrap_or_else(|| self.plain());
        group.decision = decision;
        for rule in &mut group.rules {
            rule.leaf_base = *leaves;
            *leaves += u32::try_from(rule.leaves.len()).unwrap_or(0);
        }
        group
    }

    /// Rules in order; some share a shape and differ in their constants.
    fn plain(&mut self) -> Group {
        let mut shapes = Vec::new();
        let mut rules: Vec<Rule> = Vec::new();
        let mut types: Vec<Vec<Type>> = Vec::new();
        let mut shape_leaves: Vec<Vec<Leaf>> = Vec::new();
        // Engines keep many alike rules in a table.
        let table = self.random.once_in(10);
        let count = if table {
            self.random.between(17, 24)
        } else {
            self.random.below(4)
        };
        for i in 0..count {
            let own = if table { 8 } else { 2 };
            let shared = !shapes.is_empty() && !self.random.once_in(own);
            if !shared {
                self.params = self.random.flip().then(Vec::new);
                let condition = self.condition();
                shapes.push(condition.expr);
                shape_leaves.push(condition.leaves);
                types.push(self.params.take().unwrap_or_default());
            }
            let shape = shapes.len() - 1;
            let params = types.get(shape).cloned().unwrap_or_default();
            let words: Vec<u64> = params.iter().flat_map(|t| self.words(t)).collect();
            let params = if words.is_empty() {
                0
            } else {
                self.place(&words)
            };
            let leaves = shape_leaves.get(shape).cloned().unwrap_or_default();
            rules.push(self.rule(i, shape, params, leaves));
        }
        let combine = if self.random.flip() {
            Combine::Any
        } else {
            Combine::All
        };
        group(
            combine,
            rules,
            Plan {
                shapes,
                index: None,
            },
        )
    }

    pub(super) fn rule(
        &mut self,
        number: u64,
        shape: usize,
        params: u32,
        leaves: Vec<Leaf>,
    ) -> Rule {
        Rule {
            name: format!("rule_{number}").into(),
            point: self.point(),
            message: None,
            shape: u32::try_from(shape).unwrap_or(0),
            params,
            leaves,
            leaf_base: 0,
        }
    }

    fn condition(&mut self) -> Condition {
        let mut leaves = Vec::new();
        let expr = self.tree(2, &mut leaves);
        Condition { expr, leaves }
    }

    pub(super) fn tree(&mut self, depth: u32, leaves: &mut Vec<Leaf>) -> Expr {
        let choice = if depth == 0 { 4 } else { self.random.below(5) };
        match choice {
            0 => {
                let left = Box::new(self.tree(depth - 1, leaves));
                truth(ExprKind::And(left, Box::new(self.tree(depth - 1, leaves))))
            }
            1 => {
                let left = Box::new(self.tree(depth - 1, leaves));
                truth(ExprKind::Or(left, Box::new(self.tree(depth - 1, leaves))))
            }
            2 => {
                let op = crate::ir::UnaryOp::Not;
                let expr = Box::new(self.tree(depth - 1, leaves));
                truth(ExprKind::Unary { op, expr })
            }
            _ => {
                let depth = u32::from(!self.random.once_in(4)) * 2;
                let inner = if self.random.once_in(3) {
                    self.truth(depth)
                } else {
                    self.comparison(depth)
                };
                self.probe(inner, leaves)
            }
        }
    }

    pub(super) fn probe(&mut self, expr: Expr, leaves: &mut Vec<Leaf>) -> Expr {
        let leaf = u32::try_from(leaves.len()).unwrap_or(0);
        leaves.push(Leaf {
            point: self.point(),
            compare: operands(&expr).map(|(left, right)| LeafCompare {
                operator: "?".into(),
                left: "left".into(),
                left_type: left,
                right: "right".into(),
                right_type: right,
            }),
        });
        let expr = Box::new(expr);
        truth(ExprKind::Probe { leaf, expr })
    }

    /// Input paths that can be a key.
    fn index_paths(&self) -> Vec<(u32, Type)> {
        let word = |ty: &Type| {
            ty.is_text() || matches!(ty, Type::Int | Type::Enum(_) | Type::Bool | Type::Instant)
        };
        let paths = self.paths.iter().filter(|(_, ty)| word(ty));
        paths.cloned().collect()
    }

    /// Rules `a == 1 AND b == 2 AND …` with an index on `a`, and in a bucket one on `b`.
    fn indexed(&mut self, paths: &[(u32, Type)]) -> Group {
        let (first, second) = (
            self.random.pick(paths).clone(),
            self.random.pick(paths).clone(),
        );
        let mut shapes = Vec::new();
        let mut rules = Vec::new();
        let mut keys: Vec<(Option<u64>, Option<u64>)> = Vec::new();
        for i in 0..self.random.between(1, 6) {
            let key = |this: &mut Self, path: &(u32, Type)| {
                (!this.random.once_in(4)).then(|| this.key(&path.1))
            };
            let (a, b) = (key(self, &first), key(self, &second));
            let mut leaves = Vec::new();
            let tests = [(&first, a), (&second, b)];
            let tests = tests
                .into_iter()
                .filter_map(|(path, key)| Some((path, key?)));
            let mut parts: Vec<Expr> = Vec::new();
            for (path, key) in tests.collect::<Vec<_>>() {
                let test = key_test(path, key);
                parts.push(self.probe(test, &mut leaves));
            }
            if parts.is_empty() || self.random.flip() {
                parts.push(self.tree(1, &mut leaves));
            }
            let and = |a: Expr, b: Expr| truth(ExprKind::And(Box::new(a), Box::new(b)));
            let condition = parts.into_iter().reduce(and);
            shapes.extend(condition);
            let rule = self.rule(i, shapes.len() - 1, 0, leaves);
            rules.push(rule);
            keys.push((a, b));
        }
        let all: Vec<u32> = (0..).take(rules.len()).collect();
        let mut index = index(&first, &all, &|rule| {
            keys.get(rule as usize).and_then(|k| k.0)
        });
        if self.random.flip() {
            // Buckets with a second index keep their list: nothing reads it.
            index.nested = (0..)
                .zip(&index.buckets)
                .filter(|(_, rules)| rules.len() > 1)
                .map(|(bucket, rules)| {
                    let nested = self::index(&second, rules, &|rule| {
                        keys.get(rule as usize).and_then(|k| k.1)
                    });
                    (bucket, nested)
                })
                .collect();
        }
        let plan = Plan {
            shapes,
            index: Some(index),
        };
        group(Combine::Any, rules, plan)
    }
}

pub(super) fn group(combine: Combine, rules: Vec<Rule>, plan: Plan) -> Group {
    Group {
        decision: crate::ir::Decision::Reject,
        combine,
        rules,
        plan,
    }
}

pub(super) fn input((offset, ty): &(u32, Type)) -> Expr {
    Expr {
        kind: ExprKind::Input(*offset),
        ty: ty.clone(),
        point: PointId(0),
    }
}

fn key_test(path: &(u32, Type), key: u64) -> Expr {
    let kind = match &path.1 {
        Type::Bool => ExprKind::Bool(key == 1),
        ty if ty.is_text() => ExprKind::Text(Handle(key)),
        _ => ExprKind::Int(key.cast_signed()),
    };
    let right = Expr {
        kind,
        ty: path.1.clone(),
        point: PointId(0),
    };
    truth(ExprKind::Binary {
        op: BinaryOp::EqWord,
        left: Box::new(input(path)),
        right: Box::new(right),
    })
}

/// The index of some rules by the key each tests, if it does.
fn index(path: &(u32, Type), rules: &[u32], key: &dyn Fn(u32) -> Option<u64>) -> Index {
    let mut words: Vec<u64> = rules.iter().filter_map(|r| key(*r)).collect();
    words.sort_unstable();
    words.dedup();
    let bucket = |word: Option<u64>| -> Vec<u32> {
        let kept = rules
            .iter()
            .filter(|r| key(**r).is_none() || key(**r) == word);
        kept.copied().collect()
    };
    let mut buckets: Vec<Vec<u32>> = words.iter().map(|w| bucket(Some(*w))).collect();
    buckets.push(bucket(None));
    Index {
        key: input(path),
        keys: Keys::Equal {
            default: u32::try_from(words.len()).unwrap_or(0),
            entries: words.into_iter().zip(0..).collect(),
        },
        buckets,
        nested: Vec::new(),
    }
}

/// The types of the operands that a reason shows for a leaf.
fn operands(expr: &Expr) -> Option<(Type, Type)> {
    let (left, right) = expr.operands()?;
    let right = right.map_or(Type::Never, |right| right.ty.clone());
    Some((left.ty.clone(), right))
}
