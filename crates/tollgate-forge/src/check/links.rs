//! Connects imports with exports, and finds the order in which files run: a file after all it imports.

use std::collections::{HashMap, HashSet};

use oxc_ast::ast::{self, ModuleDeclaration};
use tollgate_diagnostics::span::Span;

use super::checker::Checker;
use super::known::file::{ExportTarget, Item};
use super::report::{error, in_order, place};
use crate::codes::modules as codes;
use crate::limits::{IMPORT_DEPTH_MAX, IMPORT_STEPS_MAX};
use crate::resolve::{Target, resolve};

/// What an import's text leads to.
enum Source<'a> {
    File(usize),
    Host(&'a str),
    Broken,
}

impl<'a> Checker<'a> {
    /// Links all files, and returns those that the entry needs in the order in which they run.
    pub(super) fn link(&mut self, entry: u32) -> Vec<usize> {
        let names: HashMap<&'a str, usize> = self
            .bundle
            .files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.name.as_str(), index))
            .collect();
        let statements: Vec<_> = self.files.iter().map(|file| file.statements).collect();
        for (file, statements) in (0_u32..).zip(statements) {
            for statement in statements.into_iter().flatten() {
                if let Some(declaration) = statement.as_module_declaration() {
                    self.link_declaration(file, declaration, &names);
                }
            }
        }
        let mut order = Order {
            states: vec![Visit::New; self.files.len()],
            done: Vec::new(),
        };
        self.visit(entry as usize, &mut order, 0);
        self.check_imports(&order.done);
        order.done
    }

    fn link_declaration(
        &mut self,
        file: u32,
        declaration: &'a ModuleDeclaration<'a>,
        names: &HashMap<&'a str, usize>,
    ) {
        match declaration {
            ModuleDeclaration::ImportDeclaration(import) => {
                let source = self.source(file, &import.source, names);
                for specifier in import.specifiers.iter().flatten() {
                    self.import(file, specifier, &source);
                }
            }
            ModuleDeclaration::ExportAllDeclaration(export) => {
                let source = self.source(file, &export.source, names);
                let Source::File(from) = source else {
                    return;
                };
                let span = place(file, export.as_ref());
                match &export.exported {
                    Some(name) => {
                        let target = ExportTarget::Item(Item::Namespace(from));
                        self.add_export(file, exported(name), span, target);
                    }
                    None => self.add_export(file, "", span, ExportTarget::All(from)),
                }
            }
            ModuleDeclaration::ExportFromDeclaration(export) => {
                let source = self.source(file, &export.source, names);
                for specifier in &export.specifiers {
                    let span = place(file, specifier);
                    let target = match source {
                        Source::File(from) => ExportTarget::From(from, exported(&specifier.local)),
                        Source::Host(_) | Source::Broken => ExportTarget::Item(Item::Broken),
                    };
                    self.add_export(file, exported(&specifier.exported), span, target);
                }
                if matches!(source, Source::Host(_)) {
                    self.form(
                        place(file, export.as_ref()),
                        "what the host gives cannot be exported again",
                    );
                }
            }
            ModuleDeclaration::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    let span = place(file, specifier);
                    let local = exported(&specifier.local);
                    self.add_export(
                        file,
                        exported(&specifier.exported),
                        span,
                        ExportTarget::Local(local),
                    );
                    let known = self
                        .files
                        .get(file as usize)
                        .is_some_and(|f| f.names.contains_key(local));
                    if !known && !self.imported_later(file as usize, local) {
                        self.unknown_export(file as usize, local, place(file, &specifier.local));
                    }
                }
            }
            ModuleDeclaration::TSExportAssignment(export) => {
                self.form(place(file, export.as_ref()), "`export =` is not supported");
            }
            ModuleDeclaration::TSNamespaceExportDeclaration(export) => {
                self.form(
                    place(file, export.as_ref()),
                    "`export as namespace` is not supported",
                );
            }
            ModuleDeclaration::ExportDeclaration(_)
            | ModuleDeclaration::ExportDefaultDeclaration(_) => {}
        }
    }

    /// Whether an import further down in the file has the name.
    fn imported_later(&self, index: usize, name: &str) -> bool {
        let statements = self.files.get(index).and_then(|f| f.statements);
        statements.into_iter().flatten().any(|statement| {
            let Some(ModuleDeclaration::ImportDeclaration(import)) =
                statement.as_module_declaration()
            else {
                return false;
            };
            import
                .specifiers
                .iter()
                .flatten()
                .any(|s| s.local().name == name)
        })
    }

    fn unknown_export(&mut self, index: usize, name: &str, span: Span) {
        let known = self.files.get(index).into_iter();
        let known = known.flat_map(|file| in_order(file.names.keys().copied()));
        let help = self.meant(name, known, "declare it, or correct the name");
        self.report(
            error(
                crate::codes::types::NOT_DEFINED,
                format!("`{name}` is not declared here"),
            )
            .at(span, "unknown name")
            .help(help),
        );
    }

    fn form(&mut self, span: Span, message: &str) {
        self.report(
            error(codes::FORM, message)
                .at(span, "this form is not supported")
                .help("declare it with a name, and export that"),
        );
    }

    /// The file or host module of an import; the file is one that this one runs after.
    fn source(
        &mut self,
        file: u32,
        source: &'a ast::StringLiteral<'a>,
        names: &HashMap<&'a str, usize>,
    ) -> Source<'a> {
        let text = source.value.as_str();
        let span = place(file, source);
        let importer = self.file_name(file as usize);
        match resolve(importer, text) {
            Target::File(candidates) => {
                if let Some(from) = candidates.iter().find_map(|name| names.get(name.as_str())) {
                    if let Some(names) = self.files.get_mut(file as usize) {
                        names.imports.push((*from, span));
                    }
                    return Source::File(*from);
                }
                let first = candidates.first().map_or(text, String::as_str).to_owned();
                self.report(
                    error(codes::FILE_NOT_FOUND, format!("there is no file `{text}`"))
                        .at(span, format!("looked for `{first}`"))
                        .help("correct the path, or write the file"),
                );
            }
            Target::Outside => self.report(
                error(codes::OUTSIDE, format!("`{text}` leads out of the project"))
                    .at(span, "outside of the project folder")
                    .help("move the file into the project, or build with a project folder that holds both"),
            ),
            Target::Package => {
                if self.host_modules.contains_key(text) {
                    return Source::Host(text);
                }
                self.report(
                    error(codes::PACKAGE, format!("`{text}` is a package, and those cannot be imported"))
                        .at(span, "not a file of the project")
                        .help(format!(
                            "import a file (`./{text}`), or declare what the host gives: `declare module \"{text}\" {{ … }}`"
                        )),
                );
            }
        }
        Source::Broken
    }

    fn import(
        &mut self,
        file: u32,
        specifier: &'a ast::ImportDeclarationSpecifier<'a>,
        source: &Source<'a>,
    ) {
        let local = specifier.local();
        let span = place(file, local);
        let wanted = match specifier {
            ast::ImportDeclarationSpecifier::ImportSpecifier(s) => Some(exported(&s.imported)),
            ast::ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => Some("default"),
            ast::ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => None,
        };
        let item = match (source, wanted) {
            (Source::Broken, _) => Item::Broken,
            (Source::File(from), Some(name)) => Item::Import(*from, name),
            (Source::File(from), None) => Item::Namespace(*from),
            (Source::Host(module), wanted) => self.host_function(module, wanted, span),
        };
        self.add_name(file, local.name.as_str(), item, span);
    }

    fn host_function(&mut self, module: &str, wanted: Option<&'a str>, span: Span) -> Item<'a> {
        let Some(name) = wanted else {
            self.form(
                span,
                "a module of the host is imported by names: `import { f } from …`",
            );
            return Item::Broken;
        };
        let functions = self.host_modules.get(module);
        if let Some(index) = functions.and_then(|f| f.get(name)) {
            return Item::Function(*index);
        }
        self.report(
            error(codes::NO_EXPORT, format!("`{module}` declares no `{name}`"))
                .at(span, "not declared there")
                .help(format!("add it to `declare module \"{module}\"`")),
        );
        Item::Broken
    }

    fn visit(&mut self, index: usize, order: &mut Order, depth: usize) {
        if order.states.get(index) != Some(&Visit::New) {
            return;
        }
        set(&mut order.states, index, Visit::Open);
        let imports = self
            .files
            .get(index)
            .map_or(Vec::new(), |f| f.imports.clone());
        for (from, span) in imports {
            if order.states.get(from) == Some(&Visit::Open) {
                self.report(
                    error(codes::CYCLE, "files import each other in a circle")
                        .at(span, "this import closes the circle")
                        .help("move what both need to a third file"),
                );
            } else if depth >= IMPORT_DEPTH_MAX {
                self.report(
                    error(
                        crate::codes::syntax::TOO_DEEP,
                        "too many files import each other in a row",
                    )
                    .at(span, format!("more than {IMPORT_DEPTH_MAX} files"))
                    .help("import the files directly where they are needed"),
                );
            } else {
                self.visit(from, order, depth + 1);
            }
        }
        set(&mut order.states, index, Visit::Done);
        order.done.push(index);
    }

    /// Each import names something that is exported.
    fn check_imports(&mut self, files: &[usize]) {
        for index in files {
            let Some(names) = self.files.get(*index) else {
                continue;
            };
            let imports: Vec<(usize, &'a str, Span)> = names
                .names
                .values()
                .filter_map(|(item, span)| match item {
                    Item::Import(from, name) => Some((*from, *name, *span)),
                    _ => None,
                })
                .chain(names.exports.iter().filter_map(|e| match e.target {
                    ExportTarget::From(from, name) => Some((from, name, e.span)),
                    ExportTarget::Local(_) | ExportTarget::Item(_) | ExportTarget::All(_) => None,
                }))
                .collect();
            for (from, name, span) in imports {
                if self.exported_item(from, name).is_none() && !self.is_broken(from) {
                    let other = self.file_name(from);
                    let known = self.files.get(from).into_iter();
                    let known = known.flat_map(|file| in_order(file.exported.keys().copied()));
                    let help = self.meant(name, known, "export it there, or correct the name");
                    self.report(
                        error(codes::NO_EXPORT, format!("`{other}` exports no `{name}`"))
                            .at(span, "not exported there")
                            .help(help),
                    );
                }
            }
        }
    }

    pub(super) fn is_broken(&self, file: usize) -> bool {
        self.files.get(file).is_none_or(|f| f.broken)
    }

    /// Returns what a file exports under a name, followed to its declaration. A name that two `export *` give differently is
    /// not exported.
    pub(super) fn exported_item(&self, file: usize, name: &'a str) -> Option<Item<'a>> {
        self.search_export(file, name, &mut HashSet::new())
    }

    fn search_export(&self, file: usize, name: &'a str, seen: &mut Seen<'a>) -> Option<Item<'a>> {
        if !seen.insert((file, name)) || seen.len() > IMPORT_STEPS_MAX {
            return None;
        }
        let names = self.files.get(file)?;
        if let Some(export) = names
            .exported
            .get(name)
            .and_then(|at| names.exports.get(*at))
        {
            return match export.target {
                ExportTarget::Local(local) => self.search_name(file, local, seen),
                ExportTarget::Item(item) => Some(item),
                ExportTarget::From(from, name) => self.search_export(from, name, seen),
                ExportTarget::All(_) => None,
            };
        }
        if name == "default" {
            return None;
        }
        let mut found = None;
        for export in &names.exports {
            let ExportTarget::All(from) = export.target else {
                continue;
            };
            let item = self.search_export(from, name, seen);
            if found.is_some() && item.is_some() && item != found {
                return None;
            }
            found = found.or(item);
        }
        found
    }

    /// Returns what a name of a file stands for, followed to its declaration.
    pub(super) fn file_item(&self, file: usize, name: &str) -> Option<Item<'a>> {
        self.search_name(file, name, &mut HashSet::new())
    }

    fn search_name(&self, file: usize, name: &str, seen: &mut Seen<'a>) -> Option<Item<'a>> {
        let (item, _) = self.files.get(file)?.names.get(name)?;
        match item {
            // What is not exported is reported at the import.
            Item::Import(from, name) => Some(
                self.search_export(*from, name, seen)
                    .unwrap_or(Item::Broken),
            ),
            found => Some(*found),
        }
    }
}

/// The exports that a search has looked at.
type Seen<'a> = HashSet<(usize, &'a str)>;

/// The walk over imports.
struct Order {
    states: Vec<Visit>,
    done: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

fn set(states: &mut [Visit], index: usize, state: Visit) {
    if let Some(slot) = states.get_mut(index) {
        *slot = state;
    }
}

/// Returns the name of an export or import.
fn exported<'a>(name: &ast::ModuleExportName<'a>) -> &'a str {
    match name {
        ast::ModuleExportName::IdentifierName(name) => name.name.as_str(),
        ast::ModuleExportName::IdentifierReference(name) => name.name.as_str(),
        ast::ModuleExportName::StringLiteral(name) => name.value.as_str(),
    }
}
