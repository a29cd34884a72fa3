//! What the module gives out: the exports of the file that is built.

use std::collections::HashSet;

use tollgate_diagnostics::span::Span;

use super::files::{ExportTarget, Item};
use super::types::{Int, Type};
use super::{Checker, Exported, ExportedType, error};
use crate::codes::modules as codes;
use crate::ir::op::Binary;
use crate::ir::{self, Export, Expr, FuncId, LocalId, Stmt};

impl<'a> Checker<'a> {
    /// Makes the exports of the module from those of the entry, and returns their types.
    pub(super) fn export(&mut self, entry: u32) -> Vec<Exported> {
        let mut exported = Vec::new();
        let mut seen = HashSet::new();
        for (name, span) in self.export_names(entry as usize, &mut HashSet::new()) {
            if !seen.insert(name) {
                continue;
            }
            let Some(item) = self.exported_item(entry as usize, name) else {
                continue;
            };
            let Some((export, what)) = self.export_item(item, name, span) else {
                continue;
            };
            self.module.exports.push((name.to_owned(), export));
            exported.push(Exported {
                name: name.to_owned(),
                what,
            });
        }
        if self.module.memory_pages.is_some() {
            self.export_memory(&seen);
        }
        exported
    }

    /// The names that a file exports, with those of `export *`.
    fn export_names(&self, file: usize, visited: &mut HashSet<usize>) -> Vec<(&'a str, Span)> {
        let mut names = Vec::new();
        let Some(entry) = self.files.get(file).filter(|_| visited.insert(file)) else {
            return names;
        };
        for export in &entry.exports {
            match export.target {
                ExportTarget::All(from) => {
                    let others = self.export_names(from, visited);
                    names.extend(others.into_iter().filter(|(name, _)| *name != "default"));
                }
                ExportTarget::Local(_) | ExportTarget::Item(_) | ExportTarget::From(..) => {
                    names.push((export.name, export.span));
                }
            }
        }
        names
    }

    /// The host writes random bytes into the memory, which it finds by this name.
    fn export_memory(&mut self, seen: &HashSet<&'a str>) {
        if seen.contains("memory") {
            self.report(
                error(
                    codes::DUPLICATE_EXPORT,
                    "the export `memory` is needed for the memory of the program",
                )
                .help("rename the function: `Math.random` needs memory that the host can write"),
            );
            return;
        }
        self.module
            .exports
            .push(("memory".to_owned(), Export::Memory));
    }

    fn export_item(
        &mut self,
        item: Item<'a>,
        name: &str,
        span: Span,
    ) -> Option<(Export, ExportedType)> {
        match item {
            Item::Function(index) => {
                let signature = self.signature(index)?;
                let (id, broken) = (self.functions.get(index)?.ir, signature.broken);
                if broken {
                    return None;
                }
                let params: Vec<(String, Type)> = signature
                    .params
                    .iter()
                    .map(|p| (p.name.to_owned(), p.ty))
                    .collect();
                let result = signature.result?;
                let outside = self.checked_at_the_border(id, name, &params);
                Some((
                    Export::Function(outside),
                    ExportedType::Function { params, result },
                ))
            }
            Item::Global(index) => {
                let entry = self.globals.get(index)?;
                let (ty, id) = (entry.ty?, entry.ir?);
                if !entry.constant || entry.computed {
                    self.report(
                        error(codes::VARIABLE, format!("the variable `{name}` cannot be exported from the module"))
                            .at(span, "its value is not known when the module is built")
                            .help(format!("export a function that returns it: `export function get(): {} {{ return {name}; }}`", self.type_name(ty))),
                    );
                    return None;
                }
                Some((Export::Global(id), ExportedType::Constant(ty)))
            }
            Item::Namespace(_) => {
                self.report(
                    error(
                        codes::FORM,
                        "a namespace cannot be exported from the module",
                    )
                    .at(span, "")
                    .help("export the functions by their names"),
                );
                None
            }
            Item::Enum(_) | Item::Alias(_) | Item::Interface | Item::Broken | Item::Import(..) => {
                None
            }
        }
    }

    /// A caller outside may give any 32 bits for a boolean or a small integer. Functions that take some are exported by one
    /// that brings them into range.
    fn checked_at_the_border(
        &mut self,
        id: FuncId,
        name: &str,
        params: &[(String, Type)],
    ) -> FuncId {
        let small = |ty: Type| match ty {
            Type::Boolean => true,
            Type::Int(int) => int.small(),
            Type::F32 | Type::Number | Type::Enum(_) | Type::Void => false,
        };
        if !params.iter().any(|(_, ty)| small(*ty)) {
            return id;
        }
        let Some(function) = self.module.function(id) else {
            return id;
        };
        let signature = function.signature.clone();
        let arguments = (0_u32..).zip(params).map(|(at, (_, ty))| {
            let value = Expr::Local(LocalId(at));
            match ty {
                Type::Boolean => value.binary(Binary::I32Ne, Expr::i32(0)),
                Type::Int(int) => super::convert::wrap(*int, value),
                Type::F32 | Type::Number | Type::Enum(_) | Type::Void => value,
            }
        });
        let arguments: Vec<Expr> = arguments.collect();
        let statement = match signature.result {
            Some(_) => Stmt::Return(Some(Expr::Call(id, arguments))),
            None => Stmt::Call(id, arguments),
        };
        let locals = signature
            .params
            .iter()
            .zip(params)
            .map(|(ty, (name, _))| ir::Local {
                ty: *ty,
                name: Some(name.clone()),
                unassigned: None,
            });
        let body = ir::Body {
            locals: locals.collect(),
            statements: vec![statement],
        };
        let outside = self.reserve(format!("{name}~export"));
        if let Some(function) = self.module.functions.get_mut(outside.0 as usize) {
            function.signature = signature;
        }
        self.set_body(outside, body);
        outside
    }
}

/// Brings what the host returned into the range of its type.
pub(super) fn from_host(ty: Type, value: Expr) -> Expr {
    match ty {
        Type::Boolean => value.binary(Binary::I32Ne, Expr::i32(0)),
        Type::Int(int) if int == Int::I32 => value,
        Type::Int(int) => super::convert::wrap(int, value),
        Type::F32 | Type::Number | Type::Enum(_) | Type::Void => value,
    }
}
