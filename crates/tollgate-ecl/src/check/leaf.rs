//! The conditions a reason shows: the leaves of a rule's tree of AND, OR and NOT.

use crate::data::types::Type;
use crate::ir::{Expr, ExprKind, Leaf, LeafCompare, When};
use crate::span::Span;
use crate::syntax::ast::{self, BinaryOp as AstBinary, CompareOp, ExprKind as Ast};

use super::compare::symbol;
use super::unit::{Unit, and, bare, error_expr, expr, length, not, or};

impl<'a> Unit<'a, '_> {
    /// A condition with its leaves marked.
    pub(super) fn tree(&mut self, e: &'a ast::Expr, leaves: &mut Vec<Leaf>) -> Expr {
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
                let l = self.tree(left, leaves);
                let r = self.given(&l, When::from(*op == AstBinary::And), |unit| {
                    unit.tree(right, leaves)
                });
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
                self.comparison_with(operands, ops, e.span, &mut |unit, pair| {
                    let i = pair.number;
                    let whole = if ops.len() == 1 {
                        e.span
                    } else {
                        let ends = operands.get(i).zip(operands.get(i + 1));
                        ends.map_or(e.span, |(a, b)| a.span.to(b.span))
                    };
                    let op = ops.get(i).copied();
                    let labels = operands.get(i).zip(operands.get(i + 1)).zip(op);
                    let labels = labels.filter(|_| !pair.by_parts);
                    let labels = labels.map(|((left, right), op)| Labels {
                        operator: symbol(op).into(),
                        left: unit.label(left),
                        right: unit.right_label(right, Some(op)),
                    });
                    unit.leaf(pair.cond, whole, labels, leaves)
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

    pub(super) fn leaf(
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
        // Where there is one operand the other side stands in the operator.
        let operands = cond.operands().map(|(left, right)| {
            let right = right.map_or(Type::Never, |right| right.ty.clone());
            (left.ty.clone(), right)
        });
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
    pub(super) fn leaf_labels(&self, e: &ast::Expr) -> Option<Labels> {
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
                if *op == AstBinary::Matches && is_literal(bare(right)) {
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
    pub(super) fn label(&self, e: &ast::Expr) -> String {
        let e = bare(e);
        match &e.kind {
            Ast::Name(name) => name.clone(),
            Ast::Field { name, .. } => name.node.clone(),
            _ if is_literal(e) => String::new(),
            _ => self.bundle.source(e.span),
        }
    }

    pub(super) fn right_label(&self, e: &ast::Expr, op: Option<CompareOp>) -> String {
        if !is_literal(bare(e)) {
            return self.label(e);
        }
        match op {
            Some(CompareOp::Lt | CompareOp::Le) => "max".into(),
            Some(CompareOp::Gt | CompareOp::Ge) => "min".into(),
            _ => String::new(),
        }
    }
}

/// What a reason shows beside the values.
pub(super) struct Labels {
    operator: std::borrow::Cow<'static, str>,
    left: String,
    right: String,
}

impl Labels {
    /// A simple glob is a test of another name, whose right side is shown as its value.
    pub(super) fn of(self, cond: &Expr) -> Self {
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
            // What is data has a name.
            B::GlobMatch => return self,
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

pub(super) fn is_literal(e: &ast::Expr) -> bool {
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
