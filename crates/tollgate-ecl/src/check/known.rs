//! The options that are known to have a value where something is checked, by the path that leads to each.
//!
//! A path is found in the same time however many there are, and is kept once however often a condition names it.

use std::collections::HashSet;

use crate::data::types::WORD;
use crate::ir::{BinaryOp, Expr, ExprKind, LocalId, LoopKind};

/// A value that is the same wherever it is read again within a body: an input or a local, and the way from there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Path {
    root: Root,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Root {
    /// The input at this offset.
    Input(u32),
    Local(LocalId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    /// The field at this offset.
    Field(u32),
    /// The value of an option.
    Payload,
    /// The value of a key of a map, by the word of the key, and what stands for a key that is not there.
    Entry { key: u64, absent: Absent },
}

/// What a look-up gives for a key that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Absent {
    None,
    /// The constant at this address.
    Constant(u32),
}

impl Path {
    /// The path that an expression is; `None` for what is no path.
    pub(super) fn of(e: &Expr) -> Option<Self> {
        let mut steps = Vec::new();
        let mut at = e;
        let root = loop {
            at = match &at.kind {
                ExprKind::Input(offset) => break Root::Input(*offset),
                ExprKind::Local(local) => break Root::Local(*local),
                ExprKind::Field { base, offset } => {
                    steps.push(Step::Field(*offset));
                    base
                }
                ExprKind::Payload(option) => {
                    steps.push(Step::Payload);
                    option
                }
                ExprKind::Let { local, value, body } => {
                    let absent = value_of_entry(body, *local)?;
                    let (map, key) = entry_of(value)?;
                    steps.push(Step::Entry { key, absent });
                    map
                }
                _ => return None,
            };
        };
        Some(Self { root, steps })
    }

    /// Whether it is read by loads alone, which take no time to speak of.
    pub(super) fn is_loads(&self) -> bool {
        !self
            .steps
            .iter()
            .any(|step| matches!(step, Step::Entry { .. }))
    }

    /// Of how many expressions it consists.
    pub(super) fn length(&self) -> u64 {
        1 + self.steps.len() as u64
    }
}

/// The map and the key of a look-up of a constant key, see [`maps`](super::maps).
fn entry_of(found: &Expr) -> Option<(&Expr, u64)> {
    let ExprKind::Loop {
        kind: LoopKind::First,
        var,
        list,
        body,
    } = &found.kind
    else {
        return None;
    };
    let ExprKind::Binary {
        op: BinaryOp::EqWord,
        left,
        right,
    } = &body.kind
    else {
        return None;
    };
    let key = match right.kind {
        ExprKind::Text(handle) => handle.0,
        ExprKind::Int(case) => case.cast_unsigned(),
        _ => return None,
    };
    match &left.kind {
        ExprKind::Field { base, offset: 0 } if is_local(base, *var) => Some((list, key)),
        _ => None,
    }
}

/// What stands for a key that is not there, where it is the value of the entry that a local may have.
///
/// INVARIANT: all that a look-up may give belongs to its path. Two that give different values for a key that is not there are two paths:
/// one of them having a value says nothing of the other.
fn value_of_entry(e: &Expr, entry: LocalId) -> Option<Absent> {
    let ExprKind::If {
        cond,
        then,
        otherwise,
    } = &e.kind
    else {
        return None;
    };
    let value = match &then.kind {
        ExprKind::Some(value) => value,
        _ => then,
    };
    let ExprKind::Field { base, offset: WORD } = &value.kind else {
        return None;
    };
    let found = matches!(&base.kind, ExprKind::Payload(option) if is_local(option, entry));
    let tested = matches!(&cond.kind, ExprKind::IsSome(option) if is_local(option, entry));
    let absent = match otherwise.kind {
        ExprKind::NoneOf => Absent::None,
        ExprKind::Const(address) => Absent::Constant(address),
        _ => return None,
    };
    (tested && found).then_some(absent)
}

fn is_local(e: &Expr, local: LocalId) -> bool {
    e.kind == ExprKind::Local(local)
}

/// The options that have a value here.
#[derive(Debug, Default)]
pub(super) struct KnownOptions {
    paths: HashSet<Path>,
    /// In the order in which they became known, the innermost last.
    order: Vec<Path>,
}

/// How many options were known at some place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

impl KnownOptions {
    pub(super) fn mark(&self) -> Mark {
        Mark(self.order.len())
    }

    /// Adds what is known from here on.
    pub(super) fn extend(&mut self, paths: impl IntoIterator<Item = Path>) {
        for path in paths {
            if self.paths.insert(path.clone()) {
                self.order.push(path);
            }
        }
    }

    /// Forgets what was added since a mark.
    pub(super) fn forget(&mut self, Mark(length): Mark) {
        for path in self.order.drain(length.min(self.order.len())..) {
            self.paths.remove(&path);
        }
    }

    pub(super) fn contains(&self, path: &Path) -> bool {
        self.paths.contains(path)
    }
}

#[cfg(test)]
mod tests {
    use super::super::unit::{expr, field_expr, local_expr};
    use super::*;
    use crate::data::types::Type;

    fn field(offset: u32) -> Path {
        Path::of(&field_expr(
            local_expr(LocalId(1), Type::Int),
            offset,
            Type::Int,
        ))
        .unwrap()
    }

    #[test]
    fn what_is_known_twice_is_forgotten_where_it_became_known() {
        let mut known = KnownOptions::default();
        known.extend([field(8)]);
        let mark = known.mark();
        known.extend([field(8), field(16)]);
        known.forget(mark);
        assert!(known.contains(&field(8)) && !known.contains(&field(16)));
    }

    #[test]
    fn the_value_of_an_option_is_another_path_than_the_option() {
        let option = expr(ExprKind::Input(8), Type::Int);
        let value = expr(ExprKind::Payload(Box::new(option.clone())), Type::Int);
        assert_ne!(Path::of(&option), Path::of(&value));
        assert_eq!(Path::of(&value).unwrap().length(), 2);
    }
}
