//! What crosses the border of the module: values that a caller outside gives and takes.
//!
//! A caller may give any 32 bits for a boolean or a small integer, so they are brought into range. A text crosses as UTF-8:
//! its address and its length go in, both in one 64-bit number come out, as docs/abi.md says. What a call allocated is free
//! again when it ends, unless a variable of the program can lead to it.

use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::checker::Checker;
use super::report::error;
use super::types::{Int, Type};
use super::value::Value;
use crate::codes::modules as codes;
use crate::ir;
use crate::ir::op::{Binary, Unary, Val};
use crate::ir::{Export, Expr, FuncId, GlobalId, LocalId, Sharing, Stmt};

/// Returns the values that stand for one of a type at the border; `None` if it cannot cross.
pub(super) fn wire(ty: Type) -> Option<Vec<Val>> {
    match ty {
        Type::Text => Some(vec![Val::I32, Val::I32]),
        Type::Array(_)
        | Type::Rest(_)
        | Type::Record(_)
        | Type::Class(_)
        | Type::Function(_)
        | Type::Maybe(..)
        | Type::Nothing(_)
        | Type::Exact(_)
        | Type::Union(_)
        | Type::Never => None,
        Type::Void => Some(Vec::new()),
        Type::Boolean | Type::Int(_) | Type::F32 | Type::Number | Type::Enum(_) => {
            Some(ty.val().into_iter().collect())
        }
    }
}

/// What the function of an export is made of.
pub(super) struct Outside<'n> {
    pub(super) inside: FuncId,
    pub(super) name: &'n str,
    pub(super) params: &'n [(String, Type)],
    pub(super) result: Type,
}

/// What callers give to the exported functions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// Numbers, and truths.
    Numbers,
    /// Texts too: they need memory to put them in.
    Texts,
}

impl<'a> Checker<'a> {
    /// Reports a type that cannot cross.
    pub(super) fn cannot_cross(&mut self, ty: Type, span: Span) {
        let name = self.type_name(ty);
        self.report(
            error(
                codes::CANNOT_CROSS,
                format!("a value of type `{name}` cannot cross the border of the module"),
            )
            .at(span, "a caller outside has no such values")
            .help("pass numbers, booleans or texts: `list.join(\",\")` and `text.split(\",\")`"),
        );
    }

    /// Whether what a call allocated may be needed after it.
    pub(super) fn outlives_calls(&self) -> bool {
        self.globals.iter().any(|global| {
            let unchanging = global.constant && global.ty == Some(Type::Text);
            global.ty.is_some_and(Type::is_reference) && !unchanging
        })
    }

    /// The function that is exported: the one of the program, or one around it that converts what crosses.
    pub(super) fn outside(&mut self, parts: &Outside<'_>) -> Option<FuncId> {
        let text =
            parts.result == Type::Text || parts.params.iter().any(|(_, ty)| *ty == Type::Text);
        let small = |ty: Type| match ty {
            Type::Boolean => true,
            Type::Int(int) => int.small(),
            Type::F32
            | Type::Number
            | Type::Enum(_)
            | Type::Text
            | Type::Array(_)
            | Type::Rest(_)
            | Type::Record(_)
            | Type::Class(_)
            | Type::Function(_)
            | Type::Maybe(..)
            | Type::Nothing(_)
            | Type::Exact(_)
            | Type::Union(_)
            | Type::Never
            | Type::Void => false,
        };
        let frees = (text || self.allocates()) && !self.outlives_calls();
        if !text && !frees && !parts.params.iter().any(|(_, ty)| small(*ty)) {
            return Some(parts.inside);
        }
        self.texts_cross |= text;
        let mut locals = Vec::new();
        let mut arguments = Vec::new();
        for (name, ty) in parts.params {
            let first = locals.len();
            let local = |at: usize| Some(Expr::Local(LocalId(u32::try_from(first + at).ok()?)));
            locals.extend(wire(*ty)?.into_iter().map(|val| ir::Local {
                ty: val,
                name: Some(name.clone()),
                unassigned: None,
                sharing: Sharing::No,
            }));
            arguments.push(match ty {
                Type::Text => self.standard_call("decodeUtf8", vec![local(0)?, local(1)?])?,
                _ => from_host(*ty, local(0)?),
            });
        }
        let params: Vec<Val> = locals.iter().map(|local| local.ty).collect();
        let call = match parts.result {
            Type::Text => {
                let call = Expr::Call(parts.inside, arguments);
                Ok(self.standard_call("encodeUtf8", vec![call])?)
            }
            Type::Void => Err(Stmt::Call(parts.inside, arguments)),
            _ => Ok(Expr::Call(parts.inside, arguments)),
        };
        let result = if parts.result == Type::Text {
            Some(Val::I64)
        } else {
            parts.result.val()
        };
        let heap = frees.then(|| self.standard_global("heap")).flatten();
        let statements = body(call, result, heap, &mut locals)?;
        let outside = self.reserve(format!("{}~export", parts.name));
        if let Some(function) = self.module.functions.get_mut(outside.0 as usize) {
            function.signature = ir::Signature { params, result };
        }
        self.set_body(outside, ir::Body { locals, statements });
        Some(outside)
    }

    /// The exports that a caller needs to pass texts.
    pub(super) fn export_border(&mut self, given: Given, taken: &dyn Fn(&str) -> bool) {
        let mut wanted = Vec::new();
        if self.random_import.is_some() || self.texts_cross {
            wanted.push(("memory", Some(Export::Memory)));
        }
        if given == Given::Texts {
            let alloc = self
                .standard_function("allocateBytes")
                .map(Export::Function);
            let free = self.standard_function("freeBytes").map(Export::Function);
            wanted.extend([("alloc", alloc), ("free", free)]);
        }
        for (name, export) in wanted {
            if taken(name) {
                self.report(
                    error(
                        codes::DUPLICATE_EXPORT,
                        format!("the export `{name}` is needed for the memory of the program"),
                    )
                    .help(format!(
                        "rename `{name}`: callers find the memory by this name"
                    )),
                );
            } else if let Some(export) = export {
                self.module.exports.push((name.to_owned(), export));
            }
        }
    }
}

/// The statements around a call: what it allocated is free when it ends.
fn body(
    call: Result<Expr, Stmt>,
    result: Option<Val>,
    heap: Option<GlobalId>,
    locals: &mut Vec<ir::Local>,
) -> Option<Vec<Stmt>> {
    let mut add = |ty: Val| {
        let id = LocalId(u32::try_from(locals.len()).ok()?);
        locals.push(ir::Local {
            ty,
            name: None,
            unassigned: None,
            sharing: Sharing::No,
        });
        Some(id)
    };
    let Some(heap) = heap else {
        return Some(vec![
            call.map_or_else(|call| call, |value| Stmt::Return(Some(value))),
        ]);
    };
    let mark = add(Val::I32)?;
    let mut statements = vec![Stmt::SetLocal(mark, Expr::Global(heap))];
    let restore = Stmt::SetGlobal(heap, Expr::Local(mark));
    match (call, result) {
        (Ok(value), Some(result)) => {
            let kept = add(result)?;
            statements.push(Stmt::SetLocal(kept, value));
            statements.push(restore);
            statements.push(Stmt::Return(Some(Expr::Local(kept))));
        }
        (Ok(value), None) => statements.extend([Stmt::Drop(value), restore]),
        (Err(call), _) => statements.extend([call, restore]),
    }
    Some(statements)
}

impl Body<'_, '_> {
    /// The arguments that stand for one of a call of the host.
    pub(super) fn for_host(&mut self, ty: Type, value: Expr) -> Option<Vec<Expr>> {
        if ty != Type::Text {
            return Some(vec![value]);
        }
        self.checker.texts_cross = true;
        let packed = self.checker.standard_call("encodeUtf8", vec![value])?;
        let mut before = Vec::new();
        let packed = self
            .keep(Value::new(Type::Int(Int::I64), packed), &mut before)?
            .expr;
        let high = packed
            .clone()
            .binary(Binary::I64ShrU, Expr::i64(32))
            .unary(Unary::I32WrapI64);
        Some(vec![
            Expr::Before(before, Box::new(high)),
            packed.unary(Unary::I32WrapI64),
        ])
    }
}

/// Brings what came from outside into the range of its type.
pub(super) fn from_host(ty: Type, value: Expr) -> Expr {
    match ty {
        Type::Boolean => value.binary(Binary::I32Ne, Expr::i32(0)),
        Type::Int(int) => super::conversion::wrap(int, value),
        Type::F32
        | Type::Number
        | Type::Enum(_)
        | Type::Text
        | Type::Array(_)
        | Type::Rest(_)
        | Type::Record(_)
        | Type::Class(_)
        | Type::Function(_)
        | Type::Maybe(..)
        | Type::Nothing(_)
        | Type::Exact(_)
        | Type::Union(_)
        | Type::Never
        | Type::Void => value,
    }
}
