//! Which entries of maps are hidden: those of a key of a hidden name.
//!
//! A look-up of a key that the program writes is hidden by that name. Any other loop over a map may see every entry, so what it gives
//! is hidden as soon as any name is.

use super::redaction::Redaction;
use crate::data::types::{RecordDef, Type};
use crate::ir::value;
use crate::ir::{BinaryOp, Body, Expr, ExprKind, Handle, LocalId, Program};

/// A loop, and where it stands.
pub(super) struct Loop<'e> {
    pub(super) var: LocalId,
    pub(super) list: &'e Expr,
    pub(super) body: &'e Expr,
    /// Group and shape of the rules whose conditions are read.
    pub(super) at: (usize, usize),
}

impl Loop<'_> {
    /// Whether what it gives may come from an entry that is hidden.
    pub(super) fn hides_entries(&self, program: &Program, redaction: &Redaction) -> bool {
        if !runs_over_entries(program, &self.list.ty) {
            return false;
        }
        match self.keys(program) {
            Some(keys) => keys.iter().any(|key| redaction.hides(key)),
            None => true,
        }
    }

    /// The keys that it looks for, one for each rule; `None` when it looks at others too.
    fn keys<'p>(&self, program: &'p Program) -> Option<Vec<&'p str>> {
        let ExprKind::Binary {
            op: BinaryOp::EqWord | BinaryOp::EqText,
            left,
            right,
        } = &self.body.kind
        else {
            return None;
        };
        let ExprKind::Field { base, offset: 0 } = &left.kind else {
            return None;
        };
        if base.kind != ExprKind::Local(self.var) {
            return None;
        }
        match &right.kind {
            ExprKind::Text(handle) => Some(vec![value::text(&program.pool.bytes, *handle)?]),
            ExprKind::Int(case) => Some(vec![case_name(program, &right.ty, *case)?]),
            ExprKind::Param(offset) => self.constants(program, &right.ty, *offset),
            _ => None,
        }
    }

    /// The constant of each rule of the shape.
    fn constants<'p>(&self, program: &'p Program, ty: &Type, offset: u32) -> Option<Vec<&'p str>> {
        let Body::Policy(policy) = &program.body else {
            return None;
        };
        let (group, shape) = self.at;
        let rules = policy.groups.get(group)?.rules.iter();
        let rules = rules.filter(|rule| rule.shape as usize == shape);
        let keys = rules.map(|rule| {
            let word = value::word(&program.pool.bytes, rule.params.checked_add(offset)?)?;
            match ty {
                Type::Enum(_) => case_name(program, ty, word.cast_signed()),
                _ => value::text(&program.pool.bytes, Handle(word)),
            }
        });
        keys.collect()
    }
}

/// Whether the elements of a list are entries of a map, as they are read.
fn runs_over_entries(program: &Program, list: &Type) -> bool {
    let Type::List(element, _) = list else {
        return false;
    };
    let Type::Record(id) = &**element else {
        return false;
    };
    let record = program.records.get(id.0 as usize);
    record.is_none_or(RecordDef::is_entry)
}

fn case_name<'p>(program: &'p Program, ty: &Type, case: i64) -> Option<&'p str> {
    let Type::Enum(id) = ty else {
        return None;
    };
    let cases = &program.enums.get(id.0 as usize)?.cases;
    cases.get(usize::try_from(case).ok()?).map(|name| &**name)
}
