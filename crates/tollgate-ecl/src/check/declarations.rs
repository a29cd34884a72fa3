//! The declarations of a bundle by name, and what is wrong with them as a set: duplicates, missing imports.
//!
//! All files of a bundle share one namespace; `import` says that a file is needed, and fails when it is not there.

use std::collections::HashMap;

use tollgate_diagnostics::columns::Columns;

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{self, ItemKind, ObjectKind};
use crate::syntax::bundle::{normal, path_between, resolve};

use super::report::{Reports, error};
use crate::codes::check as codes;

/// Cases of the built-in enum `AmoStatus`.
pub(super) const AMO_STATUS: [&str; 5] = ["Pending", "Active", "Inactive", "Suspended", "Archived"];
/// Cases of the built-in enum `Transition`.
pub(super) const TRANSITION: [&str; 6] = [
    "Activate",
    "Deactivate",
    "Suspend",
    "Resume",
    "Archive",
    "Transfer",
];

/// The built-in enums with their cases.
const BUILT_IN_ENUMS: [(&str, &[&str]); 2] =
    [("AmoStatus", &AMO_STATUS), ("Transition", &TRANSITION)];

/// A declared type.
#[derive(Debug, Clone, Copy)]
pub(super) enum TypeDecl<'a> {
    Enum(&'a ast::Ident, &'a [ast::Ident]),
    Record(&'a ast::Ident, &'a ast::Fields),
    Blueprint(&'a ast::Blueprint),
}

/// An object of the bundle: constant data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'a> {
    pub(super) kind: ObjectKind,
    pub(super) name: &'a ast::StrLit,
    pub(super) fields: &'a [ast::FieldInit],
}

/// A policy or a guard, in source order.
#[derive(Debug, Clone, Copy)]
pub(super) enum ProgramDecl<'a> {
    Policy(&'a ast::Policy),
    Guard(&'a ast::Guard),
}

impl<'a> ProgramDecl<'a> {
    pub(super) fn name(self) -> &'a ast::StrLit {
        match self {
            Self::Policy(policy) => &policy.name,
            Self::Guard(guard) => &guard.name,
        }
    }

    pub(super) fn id(self) -> Option<&'a ast::StrLit> {
        match self {
            Self::Policy(policy) => policy.id.as_ref(),
            Self::Guard(guard) => guard.id.as_ref(),
        }
    }
}

/// Every declaration of a bundle.
#[derive(Debug, Default)]
pub(super) struct Declarations<'a> {
    pub(super) texts: Vec<&'a str>,
    columns: Vec<Columns>,
    pub(super) types: HashMap<&'a str, TypeDecl<'a>>,
    pub(super) functions: HashMap<&'a str, &'a ast::FnDecl>,
    /// By name and by id.
    pub(super) blueprints: HashMap<&'a str, &'a ast::Blueprint>,
    pub(super) constraints: HashMap<&'a str, &'a ast::Constraint>,
    pub(super) environments: HashMap<&'a str, &'a ast::Environment>,
    /// By name and by `id`.
    pub(super) objects: HashMap<&'a str, Object<'a>>,
    /// Data that tests start from, with its name.
    pub(super) fixtures: HashMap<&'a str, (&'a ast::Ident, &'a ast::Expr)>,
    pub(super) programs: Vec<ProgramDecl<'a>>,
    pub(super) tests: Vec<&'a ast::Test>,
    pub(super) evaluations: Vec<(Span, &'a ast::Evaluate)>,
    pub(super) function_order: Vec<&'a ast::FnDecl>,
    pub(super) constraint_order: Vec<&'a ast::Constraint>,
    pub(super) environment_order: Vec<&'a ast::Environment>,
    pub(super) type_order: Vec<TypeDecl<'a>>,
    pub(super) object_order: Vec<Object<'a>>,
    /// What names in tests mean without a fixture or a `let`.
    meanings: HashMap<&'a str, Meaning<'a>>,
}

/// What a name in a test means when neither a fixture nor a `let` has it.
#[derive(Debug, Clone, Copy)]
enum Meaning<'a> {
    Enum(Option<Span>),
    Case {
        of: &'a str,
        at: Option<Span>,
    },
    Object(Span),
    /// The answer of a host that does not know.
    Unknown,
}

impl<'a> Declarations<'a> {
    /// Collects the declarations of the files.
    pub(super) fn collect(
        files: &'a [ast::File],
        names: &[&'a str],
        texts: &[&'a str],
        reports: &mut Reports,
    ) -> Self {
        let mut bundle = Self {
            texts: texts.to_vec(),
            columns: texts.iter().map(|text| Columns::of(text)).collect(),
            ..Self::default()
        };
        let mut seen = Seen::default();
        for item in files.iter().flat_map(|file| &file.items) {
            if reports.is_full() {
                break;
            }
            bundle.add(item, names, &mut seen, reports);
        }
        bundle.meanings = bundle.meanings();
        let mut fixtures: Vec<_> = bundle.fixtures.values().map(|(name, _)| *name).collect();
        fixtures.sort_by_key(|name| name.span);
        for name in fixtures {
            bundle.refuse_meant("fixture", name, reports);
        }
        bundle
    }

    fn meanings(&self) -> HashMap<&'a str, Meaning<'a>> {
        let mut meanings = HashMap::from([("unknown", Meaning::Unknown)]);
        let declared = self.type_order.iter().filter_map(|decl| match decl {
            TypeDecl::Enum(name, cases) => Some((*name, *cases)),
            TypeDecl::Record(..) | TypeDecl::Blueprint(_) => None,
        });
        for (name, cases) in declared {
            meanings.insert(&name.node, Meaning::Enum(Some(name.span)));
            for case in cases {
                let (of, at) = (name.node.as_str(), Some(case.span));
                meanings.insert(&case.node, Meaning::Case { of, at });
            }
        }
        for (of, cases) in BUILT_IN_ENUMS {
            if self.types.contains_key(of) {
                continue;
            }
            meanings.entry(of).or_insert(Meaning::Enum(None));
            for case in cases {
                let case = meanings.entry(case);
                case.or_insert(Meaning::Case { of, at: None });
            }
        }
        for object in &self.object_order {
            let meaning = meanings.entry(&object.name.node);
            meaning.or_insert(Meaning::Object(object.name.span));
        }
        meanings
    }

    /// In a test a name is a fixture or a `let` before it is anything else: both at once would change what a test says.
    pub(super) fn refuse_meant(&self, what: &str, name: &ast::Ident, reports: &mut Reports) {
        let word = name.node.as_str();
        let Some(meaning) = self.meanings.get(word) else {
            return;
        };
        let (shown, at) = match meaning {
            Meaning::Enum(at) => (format!("the enum `{word}`"), at.map(|at| (at, "the enum"))),
            Meaning::Case { of, at } => {
                (format!("a case of `{of}`"), at.map(|at| (at, "the case")))
            }
            Meaning::Object(at) => (format!("the object `{word}`"), Some((*at, "the object"))),
            Meaning::Unknown => ("the answer of a host that does not know".to_owned(), None),
        };
        let text = format!("the {what} `{word}` has the name of {shown}");
        let mut report = error(codes::DUPLICATE, name.span, text);
        if let Some((span, label)) = at {
            report = report.at(span, label);
        }
        reports.push(report.help(format!("rename the {what}")));
    }

    /// Whether an enum has such a case.
    pub(super) fn is_case(&self, name: &str) -> bool {
        matches!(self.meanings.get(name), Some(Meaning::Case { .. }))
    }

    /// The cases of all enums.
    pub(super) fn cases(&self) -> impl Iterator<Item = &'a str> {
        let meanings = self.meanings.iter();
        meanings.filter_map(|(name, meaning)| match meaning {
            Meaning::Case { .. } => Some(*name),
            Meaning::Enum(_) | Meaning::Object(_) | Meaning::Unknown => None,
        })
    }

    fn add(
        &mut self,
        item: &'a ast::Item,
        files: &[&str],
        seen: &mut Seen<'a>,
        reports: &mut Reports,
    ) {
        match &item.kind {
            ItemKind::Import(path) => check_import(path, files, reports),
            ItemKind::Enum { name, cases } => {
                self.add_type(name, TypeDecl::Enum(name, cases), seen, reports);
            }
            ItemKind::Record { name, fields } => {
                self.add_type(name, TypeDecl::Record(name, fields), seen, reports);
            }
            ItemKind::Blueprint(blueprint) => self.add_blueprint(blueprint, seen, reports),
            ItemKind::Constraint(constraint) => {
                let name = &constraint.name;
                if seen.first("constraint", &name.node, name.span, reports) {
                    self.constraints.insert(&name.node, constraint);
                }
                self.constraint_order.push(constraint);
            }
            ItemKind::Environment(environment) => {
                let name = &environment.name;
                if seen.first("environment", &name.node, name.span, reports) {
                    self.environments.insert(&name.node, environment);
                }
                self.environment_order.push(environment);
            }
            ItemKind::Policy(policy) => {
                self.add_program(ProgramDecl::Policy(policy), seen, reports);
            }
            ItemKind::Guard(guard) => self.add_program(ProgramDecl::Guard(guard), seen, reports),
            ItemKind::Fn(function) => {
                let name = &function.name;
                if seen.first("function", &name.node, name.span, reports) {
                    self.functions.insert(&name.node, function);
                }
                self.function_order.push(function);
            }
            ItemKind::Fixture { name, value } => {
                if seen.first("fixture", &name.node, name.span, reports) {
                    self.fixtures.insert(&name.node, (name, value));
                }
            }
            ItemKind::Test(test) => {
                seen.first("test", &test.name.node, test.name.span, reports);
                self.tests.push(test);
            }
            ItemKind::Evaluate(evaluate) => self.evaluations.push((item.span, evaluate)),
            ItemKind::Object { kind, name, fields } => self.add_object(
                Object {
                    kind: *kind,
                    name,
                    fields,
                },
                seen,
                reports,
            ),
        }
    }

    fn add_type(
        &mut self,
        name: &'a ast::Ident,
        decl: TypeDecl<'a>,
        seen: &mut Seen<'a>,
        reports: &mut Reports,
    ) {
        if seen.first("type", &name.node, name.span, reports) {
            self.types.insert(&name.node, decl);
        }
        self.type_order.push(decl);
    }

    fn add_blueprint(
        &mut self,
        blueprint: &'a ast::Blueprint,
        seen: &mut Seen<'a>,
        reports: &mut Reports,
    ) {
        let name = &blueprint.name;
        let decl = TypeDecl::Blueprint(blueprint);
        if seen.first("type", &name.node, name.span, reports) {
            self.types.insert(&name.node, decl);
            self.blueprints.insert(&name.node, blueprint);
        }
        if let Some(id) = &blueprint.id
            && seen.first("id", &id.node, id.span, reports)
        {
            self.blueprints.insert(&id.node, blueprint);
        }
        self.type_order.push(decl);
    }

    fn add_program(
        &mut self,
        program: ProgramDecl<'a>,
        seen: &mut Seen<'a>,
        reports: &mut Reports,
    ) {
        let name = program.name();
        seen.first("policy or guard", &name.node, name.span, reports);
        if let Some(id) = program.id() {
            seen.first("id", &id.node, id.span, reports);
        }
        self.programs.push(program);
    }

    fn add_object(&mut self, object: Object<'a>, seen: &mut Seen<'a>, reports: &mut Reports) {
        let name = object.name;
        if seen.first("object", &name.node, name.span, reports) {
            self.objects.insert(&name.node, object);
        }
        if let Some((id, span)) = ast::object_id(object.fields)
            && seen.first("id", id, span, reports)
        {
            self.objects.insert(id, object);
        }
        self.object_order.push(object);
    }

    /// The program of that name or id.
    pub(super) fn program_index(&self, name: &str) -> Option<usize> {
        let matches = |program: &ProgramDecl<'_>| {
            program.name().node == name || program.id().is_some_and(|id| id.node == name)
        };
        self.programs.iter().position(matches)
    }

    /// Line and column, both from 1; the column counts characters.
    pub(super) fn line_column(&self, span: Span) -> (u32, u32) {
        let file = span.file as usize;
        let (Some(columns), Some(text)) = (self.columns.get(file), self.texts.get(file)) else {
            return (1, 1);
        };
        columns.at(text, span.start)
    }

    /// The text at a span, blanks collapsed, at most 80 characters.
    pub(super) fn source(&self, span: Span) -> String {
        let text = self.texts.get(span.file as usize).copied().unwrap_or("");
        let text = text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        shorten(text)
    }
}

/// Blanks collapsed to one, cut after 80 characters.
fn shorten(text: &str) -> String {
    const CHARACTERS_MAX: usize = 80;
    let mut short = String::with_capacity(text.len().min(CHARACTERS_MAX * 4));
    let mut characters = 0;
    for word in text.split_ascii_whitespace() {
        if characters > 0 {
            short.push(' ');
            characters += 1;
        }
        for character in word.chars() {
            if characters >= CHARACTERS_MAX - 1 {
                short.push('…');
                return short;
            }
            short.push(character);
            characters += 1;
        }
    }
    short
}

/// Reports an import that does not name exactly one file of the bundle.
fn check_import(path: &ast::StrLit, files: &[&str], reports: &mut Reports) {
    let importer = files.get(path.span.file as usize).copied().unwrap_or("");
    let Some(wanted) = resolve(importer, &path.node) else {
        reports.push(not_a_file(path, importer, files));
        return;
    };
    let found: Vec<&str> = files
        .iter()
        .copied()
        .filter(|f| normal(f) == wanted)
        .collect();
    match found.as_slice() {
        [_] => {}
        [] => reports.push(unknown_file(path, &wanted, importer, files)),
        [first, second, ..] => {
            let message = format!("the import `{}` names two files of this bundle", path.node);
            let report = error(codes::UNKNOWN_REFERENCE, path.span, message);
            reports.push(report.help(format!("leave out one of `{first}` and `{second}`")));
        }
    }
}

/// What an import's text must be.
fn not_a_file(path: &ast::StrLit, importer: &str, files: &[&str]) -> Diagnostic {
    let message = format!("`{}` is not the path of an `.ecl` file", path.node);
    let report = error(codes::UNKNOWN_REFERENCE, path.span, message);
    let longer = format!("{}.ecl", path.node);
    let known = resolve(importer, &longer).is_some_and(|w| files.iter().any(|f| normal(f) == w));
    if known {
        let help = format!("did you mean `{longer}`?");
        return report.fix(help, path.span, &longer);
    }
    report.help("write the path from the folder of this file, with `/`: \"rules.ecl\", \"common/rules.ecl\", \"../rules.ecl\"")
}

/// An import of what the bundle does not have; files that end in the same name are proposed.
fn unknown_file(path: &ast::StrLit, wanted: &str, importer: &str, files: &[&str]) -> Diagnostic {
    let message = format!("the file `{wanted}` is not part of this bundle");
    let report = error(codes::UNKNOWN_REFERENCE, path.span, message);
    let last = wanted.rsplit('/').next();
    let same_name = files.iter().filter(|file| file.rsplit('/').next() == last);
    let paths: Vec<String> = same_name
        .filter_map(|file| path_between(importer, file))
        .collect();
    match paths.as_slice() {
        [] => report.help("an import is the path from the folder of this file to another file of the bundle's root"),
        [only] => {
            let help = format!("did you mean `{only}`?");
            report.fix(help, path.span, only)
        }
        [first, second, ..] => report.help(format!("write the path of one file from the folder of this one: \"{first}\" or \"{second}\"")),
    }
}

/// What has been declared, by kind and name.
#[derive(Default)]
struct Seen<'a>(HashMap<(&'static str, &'a str), Span>);

impl<'a> Seen<'a> {
    /// True when this is the first of its kind and name; reports it when it is not.
    fn first(
        &mut self,
        kind: &'static str,
        name: &'a str,
        span: Span,
        reports: &mut Reports,
    ) -> bool {
        let Some(before) = self.0.insert((kind, name), span) else {
            return true;
        };
        self.0.insert((kind, name), before);
        let report = error(
            codes::DUPLICATE,
            span,
            format!("the {kind} `{name}` is declared twice"),
        );
        reports.push(
            report
                .at(before, "first declared here")
                .help("rename one of the two"),
        );
        false
    }
}
