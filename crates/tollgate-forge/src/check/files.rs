//! What each file declares at its top level.

use std::collections::HashMap;

use oxc_ast::ast::{self, Declaration, Statement};
use tollgate_diagnostics::span::Span;

use super::checker::Checker;
use super::function_node::FunctionNode;
use super::known::capture::{Captures, Expected};
use super::known::entry::{AliasEntry, Calls, EnumEntry, FunctionEntry, GlobalEntry, Named, State};
use super::known::file::{ExportName, ExportTarget, FileNames, Item, NewFunction};
use super::report::{error, place};
use super::scope::Outer;
use super::types::EnumId;
use crate::codes::{syntax, types as codes, unsupported};
use crate::limits::NAME_BYTES_MAX;

impl<'a> Checker<'a> {
    /// Enters what file number `index` declares.
    pub(super) fn declare_file(&mut self, index: u32, program: Option<&'a ast::Program<'a>>) {
        let Some(program) = program else {
            self.files.push(FileNames {
                broken: true,
                ..FileNames::default()
            });
            return;
        };
        self.files.push(FileNames {
            statements: Some(program.body.as_slice()),
            ..FileNames::default()
        });
        for statement in &program.body {
            self.declare_statement(index, statement);
        }
    }

    fn declare_statement(&mut self, file: u32, statement: &'a Statement<'a>) {
        if let Some(declaration) = statement.as_declaration() {
            self.declare(file, declaration);
            return;
        }
        match statement.as_module_declaration() {
            Some(ast::ModuleDeclaration::ExportDeclaration(export)) => {
                for name in self.declare(file, &export.declaration) {
                    self.add_export(file, name.0, name.1, ExportTarget::Local(name.0));
                }
            }
            Some(ast::ModuleDeclaration::ExportDefaultDeclaration(export)) => {
                self.declare_default(file, export)
            }
            // Imports and other exports are looked at when all files are declared.
            Some(_) | None => {}
        }
    }

    fn declare_default(&mut self, file: u32, export: &'a ast::ExportDefaultDeclaration<'a>) {
        let span = place(file, export);
        match &export.declaration {
            ast::ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                let name = function
                    .id
                    .as_ref()
                    .map_or("default", |id| id.name.as_str());
                let Some(item) = self.declare_function(file, function, name) else {
                    return;
                };
                if function.id.is_some() {
                    self.add_name(file, name, item, span);
                }
                self.add_export(file, "default", span, ExportTarget::Item(item));
            }
            ast::ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                let item = self.add_class(file, class);
                if let Some(id) = &class.id {
                    self.add_name(file, id.name.as_str(), item, place(file, id));
                }
                self.add_export(file, "default", span, ExportTarget::Item(item));
            }
            ast::ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => {}
            ast::ExportDefaultDeclarationKind::Identifier(id) => {
                self.add_export(file, "default", span, ExportTarget::Local(id.name.as_str()));
            }
            _ => self.report(
                error(
                    crate::codes::modules::FORM,
                    "the default export is an expression",
                )
                .at(span, "this form is not supported")
                .help("declare it with a name, and export that: `export { name as default }`"),
            ),
        }
    }

    /// Enters a declaration and returns its names.
    fn declare(&mut self, file: u32, declaration: &'a Declaration<'a>) -> Vec<(&'a str, Span)> {
        let named = |id: &ast::BindingIdentifier<'a>| (id.name.as_str(), place(file, id));
        match declaration {
            Declaration::VariableDeclaration(list) => self.declare_globals(file, list),
            Declaration::FunctionDeclaration(function) => {
                let Some(id) = &function.id else {
                    return Vec::new();
                };
                let (name, span) = named(id);
                if let Some(item) = self.declare_function(file, function, name) {
                    self.add_name(file, name, item, span);
                }
                vec![(name, span)]
            }
            Declaration::TSEnumDeclaration(node) => {
                let (name, span) = named(&node.id);
                let id = self.add_enum(file, node);
                self.add_name(file, name, Item::Enum(id), span);
                vec![(name, span)]
            }
            Declaration::TSTypeAliasDeclaration(node) => {
                let (name, span) = named(&node.id);
                let alias = self.add_alias(file, Named::Type(node));
                self.add_name(file, name, Item::Alias(alias), span);
                vec![(name, span)]
            }
            Declaration::TSInterfaceDeclaration(node) => {
                // It is read where it is used: one that nothing uses does no harm.
                let (name, span) = named(&node.id);
                let alias = self.add_alias(file, Named::Interface(node));
                self.add_name(file, name, Item::Alias(alias), span);
                vec![(name, span)]
            }
            Declaration::ClassDeclaration(class) => {
                let Some(id) = &class.id else {
                    self.report(
                        error(syntax::SYNTAX, "a class that is declared needs a name")
                            .at(place(file, class.as_ref()), "has none")
                            .help("write it: `class Name { … }`"),
                    );
                    return Vec::new();
                };
                let item = self.add_class(file, class);
                let (name, span) = named(id);
                self.add_name(file, name, item, span);
                vec![(name, span)]
            }
            Declaration::TSExternalModuleDeclaration(node) => {
                self.declare_host_module(file, node);
                Vec::new()
            }
            Declaration::TSNamespaceDeclaration(_)
            | Declaration::TSGlobalDeclaration(_)
            | Declaration::TSImportEqualsDeclaration(_) => {
                self.report(
                    error(unsupported::NAMESPACE, "namespaces are not supported")
                        .at(place(file, declaration), "")
                        .help("move the declarations to a file of their own and import it"),
                );
                Vec::new()
            }
        }
    }

    fn declare_globals(
        &mut self,
        file: u32,
        list: &'a ast::VariableDeclaration<'a>,
    ) -> Vec<(&'a str, Span)> {
        let mut names = Vec::new();
        let declared = list.declarations.iter();
        for id in declared.flat_map(|declarator| declarator.id.get_binding_identifiers()) {
            let name = id.name.as_str();
            let span = place(file, id);
            self.globals.push(GlobalEntry {
                name,
                file,
                span,
                constant: list.kind.is_const(),
                ty: None,
                literal: None,
                state: State::Waiting,
                ir: None,
                computed: true,
                function: None,
            });
            let item = Item::Global(self.globals.len() - 1);
            self.add_name(file, name, item, span);
            names.push((name, span));
        }
        names
    }

    /// Enters a function; overloads (without a body) count once.
    fn declare_function(
        &mut self,
        file: u32,
        node: &'a ast::Function<'a>,
        name: &'a str,
    ) -> Option<Item<'a>> {
        if node.body.is_none() && !node.declare {
            self.report(
                error(unsupported::GENERIC, "overloads are not supported yet")
                    .at(place(file, node), "this has no body")
                    .help("write one function for each form, under its own name"),
            );
            return None;
        }
        Some(Item::Function(self.add_function(
            file,
            node,
            name,
            Outer::default(),
        )))
    }

    /// Enters a function that is written as an expression, with its types.
    pub(super) fn add_closure(
        &mut self,
        new: NewFunction<'a>,
        captures: Captures<'a>,
        Expected { signature, ty }: Expected<'a>,
    ) -> usize {
        let expected = ty;
        let index = self.enter(new);
        if let Some(entry) = self.functions.get_mut(index) {
            entry.captures = Some(captures);
            entry.calls = Calls::ByType;
            entry.expected = expected;
        }
        self.set_signature(index, signature);
        index
    }

    pub(super) fn enter(&mut self, new: NewFunction<'a>) -> usize {
        let NewFunction {
            file,
            node,
            name,
            outer,
            class,
        } = new;
        let ir = self.reserve(name.to_owned());
        self.functions.push(FunctionEntry {
            name,
            node,
            file,
            ir,
            state: State::Waiting,
            signature: None,
            reading: false,
            variants: HashMap::new(),
            outer,
            class,
            captures: None,
            calls: Calls::ByName,
            expected: None,
            reserved_variant: None,
            blocks: HashMap::new(),
            instance: None,
        });
        self.functions.len() - 1
    }

    /// Enters a function in the table.
    pub(super) fn add_function(
        &mut self,
        file: u32,
        node: &'a ast::Function<'a>,
        name: &'a str,
        outer: Outer<'a>,
    ) -> usize {
        self.enter(NewFunction {
            file,
            node: FunctionNode::Function(node),
            name,
            outer,
            class: None,
        });
        if node.declare {
            self.make_import(self.functions.len() - 1, "env");
        }
        self.functions.len() - 1
    }

    pub(super) fn add_enum(&mut self, file: u32, node: &'a ast::TSEnumDeclaration<'a>) -> EnumId {
        let id = EnumId(self.enums.len());
        self.enums.push(EnumEntry {
            name: node.id.name.as_str(),
            node,
            file,
            state: State::Waiting,
            members: super::constant::Members::default(),
        });
        id
    }

    pub(super) fn add_alias(&mut self, file: u32, node: Named<'a>) -> usize {
        let name = match node {
            Named::Type(node) => &node.id,
            Named::Interface(node) => &node.id,
        };
        self.aliases.push(AliasEntry {
            shown: name.name.as_str(),
            given: None,
            node,
            file,
            state: State::Waiting,
            ty: None,
            began: 0,
            reserved: None,
            reserved_union: None,
        });
        self.aliases.len() - 1
    }

    /// `declare module "host" { export function f(): void; }`
    fn declare_host_module(&mut self, file: u32, node: &'a ast::TSExternalModuleDeclaration<'a>) {
        let module = node.id.value.as_str();
        let Some(body) = &node.body else {
            return;
        };
        if self.name_fits(module, place(file, &node.id)).is_none() {
            return;
        }
        for statement in &body.body {
            let declaration = match statement.as_module_declaration() {
                Some(ast::ModuleDeclaration::ExportDeclaration(export)) => {
                    Some(&export.declaration)
                }
                Some(_) => None,
                None => statement.as_declaration(),
            };
            let Some(Declaration::FunctionDeclaration(function)) = declaration else {
                self.report(
                    error(unsupported::STATEMENT, "a declared module can only have functions")
                        .at(place(file, statement), "")
                        .help("declare what the host gives as functions: `export function f(x: number): number;`"),
                );
                continue;
            };
            let Some(id) = &function.id else { continue };
            let name = id.name.as_str();
            let index = self.add_function(file, function, name, Outer::default());
            self.make_import(index, module);
            let functions = self.host_modules.entry(module).or_default();
            if functions.insert(name, index).is_some() {
                self.duplicate(name, place(file, id), None);
            }
        }
    }

    /// Makes a function one that the host gives.
    fn make_import(&mut self, index: usize, module: &str) {
        let Some(entry) = self.functions.get_mut(index) else {
            return;
        };
        entry.state = State::Done;
        let (id, field) = (entry.ir, entry.name.to_owned());
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            function.kind = crate::ir::FunctionKind::Import {
                module: module.to_owned(),
                field,
            };
        }
    }

    pub(super) fn add_name(&mut self, file: u32, name: &'a str, item: Item<'a>, span: Span) {
        self.name_allowed(name, span);
        let Some(names) = self.files.get_mut(file as usize) else {
            return;
        };
        if let Some((_, before)) = names.names.get(name) {
            let before = *before;
            self.duplicate(name, span, Some(before));
            return;
        }
        names.names.insert(name, (item, span));
    }

    /// Reports a name that is longer than an engine takes; texts can be names as well.
    pub(super) fn name_fits(&mut self, name: &str, span: Span) -> Option<()> {
        if name.len() <= NAME_BYTES_MAX {
            return Some(());
        }
        let message = format!("a name has more than {NAME_BYTES_MAX} bytes");
        self.report(
            error(crate::codes::program::PROGRAM_TOO_LARGE, message)
                .at(span, "")
                .help("choose a shorter name"),
        );
        None
    }

    /// Reports a name that is a word of the language in a module.
    pub(super) fn name_allowed(&mut self, name: &str, span: Span) {
        if crate::syntax::strict::is_reserved(name) {
            let message = format!("`{name}` is a word of the language and cannot be a name");
            self.report(
                error(crate::codes::syntax::SYNTAX, message)
                    .at(span, "")
                    .help("choose another name"),
            );
        }
    }

    pub(super) fn duplicate(&mut self, name: &str, span: Span, before: Option<Span>) {
        let mut diagnostic = error(codes::DUPLICATE, format!("`{name}` is declared twice"))
            .at(span, "declared again here");
        if let Some(before) = before {
            diagnostic = diagnostic.at(before, "first declared here");
        }
        self.report(diagnostic.help("rename or remove one of them"));
    }

    pub(super) fn add_export(
        &mut self,
        file: u32,
        name: &'a str,
        span: Span,
        target: ExportTarget<'a>,
    ) {
        if self.name_fits(name, span).is_none() {
            return;
        }
        let Some(names) = self.files.get_mut(file as usize) else {
            return;
        };
        let at = names.exports.len();
        if !matches!(target, ExportTarget::All(_))
            && let Some(before) = names.exported.insert(name, at)
        {
            let before = names.exports.get(before).map_or(span, |e| e.span);
            self.report(
                error(
                    crate::codes::modules::DUPLICATE_EXPORT,
                    format!("`{name}` is exported twice"),
                )
                .at(span, "exported again here")
                .at(before, "first exported here")
                .help("rename or remove one of them"),
            );
            return;
        }
        names.exports.push(ExportName { name, span, target });
    }

    /// Reports a class that does not stand at the top level of a file.
    pub(super) fn inner_class(&mut self, file: u32, span: oxc_span::Span) {
        self.report(
            error(
                unsupported::CLASS,
                "classes stand at the top level of a file",
            )
            .at(
                Span::new(file, span.start, span.end),
                "this one is inside of something",
            )
            .help("move it there, and pass what it uses to its constructor"),
        );
    }
}
