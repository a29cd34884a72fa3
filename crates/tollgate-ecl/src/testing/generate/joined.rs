//! Random lists of the elements of two lists.

use super::Generator;
use super::expr::expr;
use super::types::LIST_BOUND;
use crate::data::types::{RecordDef, RecordId, Type};
use crate::ir::{Expr, ExprKind, Joining, LoopKind};

impl Generator<'_> {
    pub(super) fn joined(
        &mut self,
        how: Joining,
        left: &Type,
        right: &Type,
        ty: &Type,
        depth: u32,
    ) -> Expr {
        let left = self.boxed(left, depth);
        let right = self.boxed(right, depth);
        expr(ExprKind::Joined { how, left, right }, ty)
    }

    /// How many pairs of elements of two lists something holds for.
    pub(super) fn paired(&mut self, depth: u32) -> Expr {
        let (one, other) = (self.ty(1), self.ty(1));
        let fields = vec![
            ("left".into(), one.clone()),
            ("right".into(), other.clone()),
        ];
        let records = &mut self.program.records;
        let record = RecordDef::new("pair", fields, records);
        let id = records.iter().position(|known| *known == record);
        let id = id.unwrap_or_else(|| {
            records.push(record);
            records.len() - 1
        });
        let pair = Type::Record(RecordId(u32::try_from(id).unwrap_or(0)));
        let list = |item: Type| Type::List(Box::new(item), LIST_BOUND);
        let list = self.joined(
            Joining::Zip,
            &list(one),
            &list(other),
            &list(pair.clone()),
            depth,
        );
        let list = Box::new(list);
        let guard = std::mem::replace(&mut self.guard, false);
        let var = self.bind(pair);
        let body = self.boxed(&Type::Bool, depth);
        self.unbind();
        self.guard = guard;
        let kind = LoopKind::Count;
        let kind = ExprKind::Loop {
            kind,
            var,
            list,
            body,
        };
        self.fallible(kind, &Type::Int)
    }
}
