//! What is known of the program so far, and how errors are reported.

use std::collections::{BTreeSet, HashMap, HashSet};

use oxc_allocator::Allocator;
use tollgate_diagnostics::diagnostic::{Diagnostic, nearest};
use tollgate_diagnostics::source::{Bundle, Places};
use tollgate_diagnostics::span::Span;

use super::alternatives::Unions;
use super::budget::Budget;
use super::json::Json;
use super::known::array::Arrays;
use super::known::capture::Shared;
use super::known::class::Classes;
use super::known::data::Data;
use super::known::dispatch::Dispatch;
use super::known::entry::{AliasEntry, EnumEntry, FunctionEntry, GlobalEntry};
use super::known::file::FileNames;
use super::known::function_type::FunctionTypes;
use super::known::instance::Instances;
use super::known::order::{Early, Step};
use super::known::record::Records;
use super::listed::Literals;
use super::property_order::Orders;
use super::report::error;
use super::types::{Base, EnumId, Type};
use crate::codes::program;
use crate::ir::{self, FuncId, GlobalId};
use crate::limits::{DIAGNOSTICS_KEPT_MAX, DIAGNOSTICS_MAX, LOCALS_MAX, SUGGESTIONS_MAX};

/// What is known of the program so far.
pub(crate) struct Checker<'a> {
    pub(super) allocator: &'a Allocator,
    pub(super) bundle: &'a Bundle,
    /// Where each `throw` stands, for its trace.
    pub(super) places: Places<'a>,
    pub(super) files: Vec<FileNames<'a>>,
    pub(super) functions: Vec<FunctionEntry<'a>>,
    pub(super) globals: Vec<GlobalEntry<'a>>,
    pub(super) enums: Vec<EnumEntry<'a>>,
    pub(super) aliases: Vec<AliasEntry<'a>>,
    /// Modules of the host by name: their functions.
    pub(super) host_modules: HashMap<&'a str, HashMap<&'a str, usize>>,
    /// The file of our own functions, once it is needed.
    pub(super) standard: Option<usize>,
    /// Those of our own functions that are called and not lowered yet.
    pub(super) wanted: BTreeSet<usize>,
    pub(super) random_import: Option<FuncId>,
    pub(super) module: ir::Module,
    pub(super) arrays: Arrays,
    pub(super) records: Records<'a>,
    pub(super) orders: Orders,
    pub(super) json: Json,
    pub(super) literals: Literals<'a>,
    pub(super) unions: Unions<'a>,
    pub(super) classes: Classes<'a>,
    pub(super) dispatch: Dispatch<'a>,
    pub(super) instances: Instances<'a>,
    pub(super) function_types: FunctionTypes<'a>,
    /// Variables that functions share, by their numbers; `None` until the declaration was looked at.
    pub(super) shared: Vec<Option<Shared>>,
    /// The places of functions in the table.
    pub(super) slots: HashMap<FuncId, usize>,
    pub(super) data: Data,
    /// Texts go in or out, so whoever is outside needs the memory.
    pub(super) texts_cross: bool,
    /// The program has `throw` or `try`.
    pub(super) throws: bool,
    /// It has `try`.
    pub(super) tries: bool,
    /// What each function uses that has no value early on, and that its IR does not name.
    pub(super) early_by_function: HashMap<FuncId, HashSet<Early>>,
    pub(super) global_by_id: HashMap<GlobalId, usize>,
    /// What the files do when they run, step by step.
    pub(super) steps: Vec<Step>,
    /// Functions without a written result type that are being inferred, the innermost last.
    pub(super) inferring: u32,
    /// The variables of functions whose values are being lowered, the innermost last.
    pub(super) declaring: Vec<&'a str>,
    /// Statements and operators that are being looked at, the outermost first.
    pub(super) depth: u32,
    pub(super) variants: usize,
    /// Functions that end the program, by their names.
    pub(super) ends: HashMap<String, FuncId>,
    /// Properties whose types are being read, the outermost first.
    pub(super) inside_properties: u32,
    pub(super) budget: Budget,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Errors that came after as many as are kept.
    pub(super) more_errors: usize,
}

impl<'a> Checker<'a> {
    pub(super) fn new(allocator: &'a Allocator, bundle: &'a Bundle) -> Self {
        Self {
            allocator,
            bundle,
            places: bundle.places(),
            files: Vec::new(),
            functions: Vec::new(),
            globals: Vec::new(),
            enums: Vec::new(),
            aliases: Vec::new(),
            host_modules: HashMap::new(),
            standard: None,
            wanted: BTreeSet::new(),
            random_import: None,
            module: ir::Module::default(),
            arrays: Arrays::default(),
            records: Records::default(),
            orders: Orders::default(),
            json: Json::default(),
            literals: Literals::default(),
            unions: Unions::default(),
            classes: Classes::default(),
            dispatch: Dispatch::default(),
            instances: Instances::default(),
            function_types: FunctionTypes::default(),
            shared: Vec::new(),
            slots: HashMap::new(),
            data: Data::default(),
            texts_cross: false,
            throws: false,
            tries: false,
            early_by_function: HashMap::new(),
            global_by_id: HashMap::new(),
            steps: Vec::new(),
            inferring: 0,
            declaring: Vec::new(),
            depth: 0,
            variants: 0,
            ends: HashMap::new(),
            inside_properties: 0,
            budget: Budget::new(bundle.files.iter().map(|file| file.text.len()).sum()),
            diagnostics: Vec::new(),
            more_errors: 0,
        }
    }

    pub(super) fn report(&mut self, mut diagnostic: Diagnostic) {
        // What is wrong in our own classes is so because of the types that they are used with.
        let is_ours = |span: Span| Some(span.file as usize) == self.standard;
        if diagnostic.labels.iter().any(|label| is_ours(label.span)) {
            diagnostic.labels.retain(|label| !is_ours(label.span));
            if let Some(span) = self.instances.needed_at() {
                diagnostic = diagnostic.at(span, "used here");
            }
        }
        if self.diagnostics.len() < DIAGNOSTICS_KEPT_MAX {
            self.diagnostics.push(diagnostic);
        } else if diagnostic.is_error() {
            self.more_errors += 1;
        }
    }

    /// The name that was meant in place of one that is not there, or other help if none is near. It is not looked for where
    /// there are more errors than are shown. Of two that are equally near it is the first.
    pub(super) fn meant<'n>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
        otherwise: &str,
    ) -> String {
        let shown = self.diagnostics.len() < DIAGNOSTICS_MAX;
        match shown
            .then(|| nearest(name, known.into_iter().take(SUGGESTIONS_MAX)))
            .flatten()
        {
            Some(near) => format!("did you mean `{near}`?"),
            None => otherwise.to_owned(),
        }
    }

    /// Reports that the compiler broke a rule of its own, so nothing is built.
    pub(super) fn internal(&mut self, what: impl std::fmt::Display) {
        self.report(crate::internal(what));
    }

    /// Reports what was left out without a reason: the module would do something else than the text says.
    pub(super) fn must_be_reported(&mut self, span: Span) {
        let broken = self.files.iter().any(|file| file.broken);
        if self.diagnostics.is_empty() && self.more_errors == 0 && !broken {
            self.report(crate::internal("something was left out without a reason").at(span, ""));
        }
    }

    /// The number of what comes next in a table of the IR.
    pub(super) fn next_number(&mut self, length: usize) -> u32 {
        u32::try_from(length).unwrap_or_else(|_| {
            self.internal("a table of the program has no room");
            u32::MAX
        })
    }

    /// Reserves a function of the module. Its body comes later.
    pub(super) fn reserve(&mut self, name: String) -> FuncId {
        let id = FuncId(self.next_number(self.module.functions.len()));
        self.module.functions.push(ir::Function {
            name,
            signature: ir::Signature {
                params: Vec::new(),
                result: None,
            },
            kind: ir::FunctionKind::Defined(ir::Body::default()),
        });
        id
    }

    /// A function that ends the program, and is there for its name: a trap shows it.
    pub(super) fn end_named(&mut self, name: String) -> FuncId {
        if let Some(known) = self.ends.get(&name) {
            return *known;
        }
        let id = self.reserve(name.clone());
        let statements = vec![ir::Stmt::Unreachable];
        let locals = Vec::new();
        self.set_body(id, ir::Body { locals, statements });
        self.ends.insert(name, id);
        id
    }

    /// The name of a file; our own functions have none.
    pub(super) fn file_name(&self, file: usize) -> &'a str {
        self.bundle
            .files
            .get(file)
            .map_or("", |file| file.name.as_str())
    }

    pub(super) fn enum_name(&self, id: EnumId) -> &'a str {
        self.enums.get(id.0).map_or("enum", |e| e.name)
    }

    /// Returns the name of a type as the source writes it.
    pub(super) fn type_name(&self, ty: Type) -> String {
        self.type_name_inside(ty, 0)
    }

    /// The same inside so many records, of which some are shown.
    pub(super) fn type_name_inside(&self, ty: Type, records: u32) -> String {
        match ty {
            Type::Boolean => "boolean".to_owned(),
            Type::Int(int) => int.name().to_owned(),
            Type::F32 => "f32".to_owned(),
            Type::Number => "number".to_owned(),
            Type::Enum(id) => self.enum_name(id).to_owned(),
            Type::Text => "string".to_owned(),
            Type::Array(id) if let Some(kind) = self.arrays.kind(id) => kind.name().to_owned(),
            Type::Array(id) => {
                let element = self.arrays.element(id);
                let name = element.map(|ty| self.type_name_inside(ty, records));
                let name = name.unwrap_or("?".to_owned());
                match element {
                    Some(Type::Maybe(..) | Type::Function(_) | Type::Exact(_) | Type::Union(_))
                        if name.contains(" | ") || name.contains("=>") =>
                    {
                        format!("({name})[]")
                    }
                    _ => format!("{name}[]"),
                }
            }
            Type::Rest(id) => {
                format!("...{}", self.type_name_inside(Type::Array(id), records))
            }
            Type::Maybe(base, absent) => {
                let ty = self.type_name_inside(base.ty(), records);
                match base {
                    Base::Function(_) => format!("({ty}) | {}", absent.name()),
                    _ => format!("{ty} | {}", absent.name()),
                }
            }
            Type::Nothing(absent) => absent.name().to_owned(),
            Type::Record(id) => match self.records.name(id) {
                Some(name) => name.to_owned(),
                None if records > 0 => "{ … }".to_owned(),
                None => {
                    let properties = self.records.properties(id).iter().take(8);
                    let shown: Vec<String> = properties
                        .map(|p| {
                            format!("{}: {}", p.name, self.type_name_inside(p.ty, records + 1))
                        })
                        .collect();
                    format!("{{ {} }}", shown.join("; "))
                }
            },
            Type::Class(id) => self
                .classes
                .get(id)
                .map_or("class", |class| class.name)
                .to_owned(),
            Type::Function(id) => self.function_type_name(id, records),
            Type::Exact(exact) => self.literals.name(exact),
            Type::Union(id) => self.union_name(id, records),
            Type::Never => "never".to_owned(),
            Type::Void => "void".to_owned(),
        }
    }
}

impl Checker<'_> {
    /// Counts parts that are made. Reports the first that are too many.
    pub(super) fn spend(&mut self, parts: usize) {
        if self.budget.is_spent() {
            return;
        }
        self.budget.spent = self.budget.spent.saturating_add(parts);
        if self.budget.is_spent() {
            let message = format!("the program becomes more than {} parts", self.budget.max);
            let help = "copy objects of many properties in a function that is called, or split the program";
            self.too_large(message, help);
        }
    }

    /// Reports a function of too many variables.
    pub(super) fn too_many_variables(&mut self) {
        let message = format!("a function has more than {LOCALS_MAX} variables");
        self.too_large(message, "split the function");
    }

    pub(super) fn too_large(&mut self, message: String, help: &str) {
        let refused = error(program::PROGRAM_TOO_LARGE, message).help(help);
        let refused = match self.budget.at {
            Some(at) => refused.at(at, "here"),
            None => refused,
        };
        self.report(refused);
    }
}
