//! What the module gives out: the exports of the file that is built.

use std::collections::HashSet;

use tollgate_diagnostics::span::Span;

use super::border::{Given, Outside, wire};
use super::checker::Checker;
use super::known::file::{ExportTarget, Item};
use super::report::error;
use super::types::Type;
use crate::codes::{modules as codes, unsupported};
use crate::ir::{self, Const, Export, Expr, FuncId, LocalId, Sharing, Stmt};

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
                if matches!(item, Item::Function(_) | Item::Global(_)) {
                    self.must_be_reported(span);
                }
                continue;
            };
            self.module.exports.push((name.to_owned(), export));
            exported.push(Exported {
                name: name.to_owned(),
                what,
            });
        }
        let takes_text = exported.iter().any(|export| match &export.what {
            ExportedType::Function { params, .. } => params.iter().any(|(_, ty)| *ty == Type::Text),
            ExportedType::Constant(_) => false,
        });
        let given = if takes_text {
            Given::Texts
        } else {
            Given::Numbers
        };
        self.export_border(given, &|name| seen.contains(name));
        exported
    }

    /// The export of a function, whose code is another one's where it has a block.
    fn export_function(
        &mut self,
        index: usize,
        inside: FuncId,
        name: &str,
        span: Span,
    ) -> Option<(Export, ExportedType)> {
        if self.is_template(index) {
            let message = format!("`{name}` has type parameters, which a host does not know");
            let help = format!(
                "export a function for each type that calls it: `export function {name}Numbers(x: number): number {{ return {name}(x); }}`"
            );
            self.report(
                error(unsupported::GENERIC, message)
                    .at(span, "exported from the module")
                    .help(help),
            );
            return None;
        }
        let signature = self.signature(index)?;
        if signature.broken {
            return None;
        }
        let params: Vec<(String, Type)> = signature
            .params
            .iter()
            .map(|p| (p.name.to_owned(), p.ty))
            .collect();
        let result = signature.result?;
        let types = params.iter().map(|(_, ty)| *ty).chain([result]);
        if let Some(ty) = types.into_iter().find(|ty| wire(*ty).is_none()) {
            self.cannot_cross(ty, span);
            return None;
        }
        let outside = self.outside(&Outside {
            inside,
            name,
            params: &params,
            result,
        })?;
        Some((
            Export::Function(outside),
            ExportedType::Function { params, result },
        ))
    }

    /// A function that calls one that shares nothing, so that its block is of no use.
    fn without_block(&mut self, index: usize, name: &str) -> Option<FuncId> {
        let signature = self.signature(index)?;
        let inside = self.functions.get(index)?.ir;
        let mut locals = Vec::new();
        let mut arguments = vec![Expr::i32(0)];
        for param in &signature.params {
            let local = LocalId(u32::try_from(locals.len()).ok()?);
            arguments.push(Expr::Local(local));
            locals.push(ir::Local {
                ty: param.ty.val()?,
                name: Some(param.name.to_owned()),
                unassigned: None,
                sharing: Sharing::No,
            });
        }
        let lowered = ir::Signature {
            params: locals.iter().map(|local| local.ty).collect(),
            result: signature.result?.val(),
        };
        for ty in &signature.ignored {
            arguments.push(Expr::Const(Const::zero(ty.val()?)));
        }
        let call = match lowered.result {
            Some(_) => Stmt::Return(Some(Expr::Call(inside, arguments))),
            None => Stmt::Call(inside, arguments),
        };
        let around = self.reserve(name.to_owned());
        if let Some(function) = self.module.functions.get_mut(around.0 as usize) {
            function.signature = lowered;
        }
        self.set_body(
            around,
            ir::Body {
                locals,
                statements: vec![call],
            },
        );
        Some(around)
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

    fn export_item(
        &mut self,
        item: Item<'a>,
        name: &str,
        span: Span,
    ) -> Option<(Export, ExportedType)> {
        match item {
            Item::Global(at)
                if let Some(index) = self.globals.get(at).and_then(|entry| entry.function) =>
            {
                let around = self.without_block(index, name)?;
                self.export_function(index, around, name, span)
            }
            Item::Function(index) => {
                let id = self.functions.get(index)?.ir;
                self.export_function(index, id, name, span)
            }
            Item::Global(index) => {
                let entry = self.globals.get(index)?;
                let (ty, id) = (entry.ty?, entry.ir?);
                if wire(ty).is_none() {
                    self.cannot_cross(ty, span);
                    return None;
                }
                let entry = self.globals.get(index)?;
                if !entry.constant || entry.computed || ty.is_reference() {
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
            Item::Enum(_)
            | Item::Class(_)
            | Item::Alias(_)
            | Item::Given(_)
            | Item::Broken
            | Item::Import(..) => None,
        }
    }
}

/// An export of the module with its types, for declarations.
#[derive(Debug, Clone)]
pub(crate) struct Exported {
    pub(crate) name: String,
    pub(crate) what: ExportedType,
}

/// What an export is, in TypeScript.
#[derive(Debug, Clone)]
pub(crate) enum ExportedType {
    Function {
        params: Vec<(String, Type)>,
        result: Type,
    },
    Constant(Type),
}
