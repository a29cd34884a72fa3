//! The facts a program may ask for, read off its tree.
//!
//! Keys that are input fields or constants are named, so that a host can collect the answers before it evaluates; keys that
//! are computed are said to be so. Short circuits may make any of them unnecessary.

use std::collections::HashMap;

use crate::data::types::Type;
use crate::ir::value;
use crate::ir::{Body, Expr, ExprKind, FactKind, LocalId, Program};

/// A question a program may ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct RequiredFact {
    /// What is asked.
    pub kind: FactKind,
    /// Its arguments.
    pub args: Vec<RequiredKey>,
}

/// An argument of a question.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredKey {
    /// The text at this path of the input; `[]` stands for each element of a list.
    Input(String),
    /// This text.
    Constant(String),
    /// A text that is known only during the evaluation.
    Computed,
}

/// What a program may ask, each question once, sorted.
#[must_use]
pub fn required_facts(program: &Program) -> Vec<RequiredFact> {
    let mut search = Search {
        program,
        locals: HashMap::new(),
        found: Vec::new(),
    };
    match &program.body {
        Body::Guard(body) => search.visit(body, &[]),
        Body::Policy(policy) => {
            for (local, value) in &policy.lets {
                search.visit(value, &[]);
                search.bind(*local, value);
            }
            for group in &policy.groups {
                for rule in &group.rules {
                    if let Some(shape) = group.plan.shapes.get(rule.shape as usize) {
                        search.visit(shape, &[rule.params]);
                    }
                }
            }
            for entry in &policy.effects {
                search.visit(&entry.value, &[]);
            }
        }
    }
    search.found.sort();
    search.found.dedup();
    search.found
}

struct Search<'p> {
    program: &'p Program,
    /// Input paths that locals stand for.
    locals: HashMap<LocalId, String>,
    found: Vec<RequiredFact>,
}

impl<'p> Search<'p> {
    fn bind(&mut self, local: LocalId, value: &Expr) {
        match self.path(value) {
            Some(path) => self.locals.insert(local, path),
            None => self.locals.remove(&local),
        };
    }

    /// The input path an expression reads.
    fn path(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Input(address) => {
                let input = Type::Record(self.program.input);
                let offset = address.checked_sub(self.program.input_base)?;
                self.path_at(&input, offset, &expr.ty)
            }
            ExprKind::Local(local) => self.locals.get(local).cloned(),
            ExprKind::Field { base, offset } => {
                let path = self.path(base)?;
                let field = self.path_at(&base.ty, *offset, &expr.ty)?;
                Some(join(&path, &field))
            }
            ExprKind::Payload(option) => self.path(option),
            _ => None,
        }
    }

    /// The path of the value of a type at an offset of a record.
    fn path_at(&self, ty: &Type, offset: u32, wanted: &Type) -> Option<String> {
        let Type::Record(id) = ty else {
            return None;
        };
        let record = self.program.records.get(id.0 as usize)?;
        let field = record.fields.iter().rev().find(|f| f.offset <= offset)?;
        if field.offset == offset && field.ty == *wanted {
            return Some(field.name.to_string());
        }
        let inner = self.path_at(&field.ty, offset - field.offset, wanted)?;
        Some(join(&field.name, &inner))
    }

    fn key(&self, arg: &Expr, params: &[u32]) -> RequiredKey {
        let pool = &self.program.pool.bytes;
        let handle = match &arg.kind {
            ExprKind::Text(handle) => Some(*handle),
            ExprKind::Param(offset) => params
                .first()
                .and_then(|params| value::word(pool, params + offset))
                .map(crate::ir::Handle),
            _ => None,
        };
        if let Some(text) = handle.and_then(|h| value::text(pool, h)) {
            return RequiredKey::Constant(text.into());
        }
        self.path(arg)
            .map_or(RequiredKey::Computed, RequiredKey::Input)
    }

    fn visit(&mut self, expr: &'p Expr, params: &[u32]) {
        match &expr.kind {
            ExprKind::Fact { kind, args } => {
                let required = RequiredFact {
                    kind: *kind,
                    args: args.iter().map(|arg| self.key(arg, params)).collect(),
                };
                self.found.push(required);
                args.iter().for_each(|arg| self.visit(arg, params));
            }
            ExprKind::Let { local, value, body } => {
                self.visit(value, params);
                self.bind(*local, value);
                self.visit(body, params);
            }
            ExprKind::Loop {
                var, list, body, ..
            } => {
                self.visit(list, params);
                match self.path(list) {
                    Some(path) => self.locals.insert(*var, format!("{path}[]")),
                    None => self.locals.remove(var),
                };
                self.visit(body, params);
            }
            ExprKind::Call { function, args } => {
                args.iter().for_each(|arg| self.visit(arg, params));
                let program = self.program;
                let Some(function) = program.functions.get(function.0 as usize) else {
                    return;
                };
                let locals = (0..).map(LocalId).zip(args);
                let locals = locals
                    .filter_map(|(id, arg)| Some((id, self.path(arg)?)))
                    .collect();
                let outer = std::mem::replace(&mut self.locals, locals);
                self.visit(&function.body, &[]);
                self.locals = outer;
            }
            _ => expr.each_child(&mut |child| self.visit(child, params)),
        }
    }
}

fn join(path: &str, field: &str) -> String {
    format!("{path}.{field}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::types::RecordDef;
    use crate::ir::{LoopKind, PointId};
    use crate::testing::programs;

    fn expr(kind: ExprKind, ty: Type) -> Expr {
        Expr {
            kind,
            ty,
            point: PointId(0),
        }
    }

    fn fact(kind: FactKind, args: Vec<Expr>) -> Expr {
        expr(ExprKind::Fact { kind, args }, Type::Bool)
    }

    #[test]
    fn keys_are_named_by_their_path_in_the_input() {
        let offer = vec![
            ("price".into(), Type::Decimal),
            ("provider".into(), Type::Did),
        ];
        let offer = RecordDef::new("Offer", offer, &[]);
        let offers = Type::List(Box::new(Type::Record(crate::data::types::RecordId(0))), 4);
        let fields = vec![("caller", Type::Did), ("offers", offers.clone())];
        let mut program = programs::with_types(vec![offer], vec![], fields);
        let pattern = programs::pool_text(&mut program, "did:e:*");
        let base = program.input_base;
        let caller = expr(ExprKind::Input(base), Type::Did);
        let element = expr(
            ExprKind::Local(LocalId(0)),
            Type::Record(crate::data::types::RecordId(0)),
        );
        let provider = ExprKind::Field {
            base: Box::new(element),
            offset: 16,
        };
        let each = ExprKind::Loop {
            kind: LoopKind::All,
            var: LocalId(0),
            list: Box::new(expr(ExprKind::Input(base + 8), offers)),
            body: Box::new(fact(
                FactKind::HasCredential,
                vec![
                    expr(provider, Type::Did),
                    expr(ExprKind::Text(pattern), Type::Pattern),
                ],
            )),
        };
        let both = ExprKind::And(
            Box::new(fact(FactKind::ResolveDid, vec![caller])),
            Box::new(expr(each, Type::Bool)),
        );
        program.body = Body::Guard(expr(both, Type::Bool));
        let required = required_facts(&program);
        assert_eq!(
            required,
            [
                RequiredFact {
                    kind: FactKind::HasCredential,
                    args: vec![
                        RequiredKey::Input("offers[].provider".into()),
                        RequiredKey::Constant("did:e:*".into())
                    ],
                },
                RequiredFact {
                    kind: FactKind::ResolveDid,
                    args: vec![RequiredKey::Input("caller".into())],
                },
            ]
        );
    }
}
