//! Names, types and meaning: trees go in, IR comes out.
//!
//! In order: [`files`] declares what each file has at its top level, [`links`] connects imports with exports and finds the order
//! in which files run, [`class`] finds out what classes are, [`signature`] gives functions their types, then each file's own statements and each function is
//! checked and lowered in one walk ([`body`], [`statement`], [`expr`] and their neighbours). [`order`] and [`assigned`] look
//! at the finished IR for variables that are read before they have a value. Every stage goes on after an error.

mod alternatives;
mod annotation;
mod array;
mod array_from;
mod array_methods;
mod asked;
mod assign;
mod assigned;
mod assigned_names;
mod body;
mod border;
mod budget;
mod builtin;
mod call;
mod callback;
mod capture;
mod cells;
mod chain;
mod class;
mod class_body;
mod class_field;
mod class_initial;
mod class_members;
mod collection;
mod constant;
mod convert;
mod destructure;
mod dispatch;
mod each;
mod errors;
mod exports;
mod expr;
mod files;
mod flow;
mod function_node;
mod function_type;
mod function_value;
mod generic;
mod generic_call;
mod generic_class;
mod generic_given;
mod hoist;
mod infer;
mod inner_names;
mod json;
mod json_parse;
mod json_read;
mod json_stringify;
mod json_types;
mod json_write;
mod letters;
mod links;
mod listed;
mod literal;
mod logic;
mod loops;
mod math;
mod maybe;
mod memory;
mod methods;
mod narrow;
mod object;
mod object_member;
mod object_spread;
mod operator;
mod order;
mod ordered_object;
mod pattern;
mod property_order;
mod record;
mod scope;
mod signature;
mod sort;
mod spread;
mod standard;
mod statement;
mod statics;
mod switch;
mod takes;
mod text;
mod typed;
pub(crate) mod types;
mod union;
mod union_value;
mod unsupported;
mod variable;

use std::collections::{BTreeSet, HashMap, HashSet};

use oxc_allocator::Allocator;
use oxc_ast::ast;
use oxc_span::GetSpan;
use tollgate_diagnostics::diagnostic::{Diagnostic, nearest};
use tollgate_diagnostics::source::Bundle;
use tollgate_diagnostics::span::Span;

use crate::codes::Code;
use crate::ir::{self, FuncId, GlobalId};
use crate::limits::{DIAGNOSTICS_KEPT_MAX, DIAGNOSTICS_MAX, SUGGESTIONS_MAX};
use files::FileNames;
use function_node::FunctionNode;
use signature::Signature;
use types::{EnumId, Type};

/// A checked program.
pub(crate) struct Checked {
    pub(crate) module: ir::Module,
    pub(crate) exports: Vec<Exported>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Errors that came after as many as are kept.
    pub(crate) more_errors: usize,
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

/// Checks a program that begins with file number `entry`.
pub(crate) fn check<'a>(
    allocator: &'a Allocator,
    bundle: &'a Bundle,
    programs: &'a [Option<ast::Program<'a>>],
    entry: u32,
) -> Checked {
    let mut checker = Checker::new(allocator, bundle);
    for (index, program) in (0_u32..).zip(programs) {
        checker.declare_file(index, program.as_ref());
    }
    let order = checker.link(entry);
    checker.enter_errors();
    checker.enter_orders();
    checker.settle_classes();
    checker.run_files(&order);
    checker.lower_functions();
    let exports = checker.export(entry);
    checker.find_unassigned();
    checker.look_at_unions();
    checker.look_at_json();
    checker.settle_shared();
    // What crosses the border is converted by functions of ours.
    checker.lower_standard();
    checker.write_tables();
    checker.finish_exceptions();
    checker.finish_memory();
    checker.look_at_finished();
    checker.diagnostics.sort_by_key(Diagnostic::span);
    Checked {
        module: checker.module,
        exports,
        diagnostics: checker.diagnostics,
        more_errors: checker.more_errors,
    }
}

/// What is known of the program so far.
pub(crate) struct Checker<'a> {
    allocator: &'a Allocator,
    bundle: &'a Bundle,
    files: Vec<FileNames<'a>>,
    functions: Vec<FunctionEntry<'a>>,
    globals: Vec<GlobalEntry<'a>>,
    enums: Vec<EnumEntry<'a>>,
    aliases: Vec<AliasEntry<'a>>,
    /// Modules of the host by name: their functions.
    host_modules: HashMap<&'a str, HashMap<&'a str, usize>>,
    /// The file of our own functions, once it is needed.
    standard: Option<usize>,
    /// Those of our own functions that are called and not lowered yet.
    wanted: BTreeSet<usize>,
    random_import: Option<FuncId>,
    module: ir::Module,
    arrays: array::Arrays,
    records: record::Records<'a>,
    orders: property_order::Orders,
    json: json::Json,
    literals: listed::Literals<'a>,
    unions: alternatives::Unions<'a>,
    classes: class::Classes<'a>,
    dispatch: dispatch::Dispatch<'a>,
    instances: generic::Instances<'a>,
    function_types: function_type::FunctionTypes<'a>,
    /// Variables that functions share, by their numbers; `None` until the declaration was looked at.
    shared: Vec<Option<capture::Shared>>,
    /// The places of functions in the table.
    slots: HashMap<FuncId, usize>,
    data: memory::Data,
    /// Texts go in or out, so whoever is outside needs the memory.
    texts_cross: bool,
    /// The program has `throw` or `try`.
    throws: bool,
    /// What each function uses that has no value early on, and that its IR does not name.
    early_by_function: HashMap<FuncId, HashSet<body::Early>>,
    global_by_id: HashMap<GlobalId, usize>,
    /// What the files do when they run, step by step.
    steps: Vec<order::Step>,
    /// Functions without a written result type that are being inferred, the innermost last.
    inferring: u32,
    /// The variables of functions whose values are being lowered, the innermost last.
    declaring: Vec<&'a str>,
    /// Statements and operators that are being looked at, the outermost first.
    depth: u32,
    variants: usize,
    /// Functions that end the program, by their names.
    ends: HashMap<String, FuncId>,
    /// Properties whose types are being read, the outermost first.
    inside_properties: u32,
    budget: budget::Budget,
    diagnostics: Vec<Diagnostic>,
    /// Errors that came after as many as are kept.
    more_errors: usize,
}

/// A declared function.
struct FunctionEntry<'a> {
    name: &'a str,
    node: FunctionNode<'a>,
    file: u32,
    ir: FuncId,
    state: State,
    signature: Option<Signature<'a>>,
    /// Its types are being read; needing them now leads in a circle.
    reading: bool,
    /// Functions for calls that leave arguments out, by how many.
    variants: HashMap<usize, FuncId>,
    /// What an inner function sees of the functions around it.
    outer: scope::Outer<'a>,
    /// The class that it belongs to.
    class: Option<class::InClass>,
    /// What it shares with them; `None` if it has no block.
    captures: Option<capture::Captures<'a>>,
    calls: Calls,
    /// The type that is wanted where it is written.
    expected: Option<types::FunctionTypeId>,
    /// The function for calls with so many arguments, which is in the table before it is made.
    reserved_variant: Option<(usize, FuncId)>,
    /// Its blocks as a value of each type.
    blocks: HashMap<types::FunctionTypeId, ir::StaticId>,
    /// The types that it is for, if it is declared with type parameters.
    instance: Option<generic::InstanceOf>,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// By its name: a call may leave out what has a default.
    ByName,
    /// As its type says: what is left out is `undefined`.
    ByType,
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// Being worked on; needing it now leads in a circle.
    Working,
    Done,
}

/// A variable of a file.
struct GlobalEntry<'a> {
    name: &'a str,
    file: u32,
    span: Span,
    constant: bool,
    ty: Option<Type>,
    /// The value, when it is known as a number: such a constant takes the type its use needs.
    literal: Option<constant::Constant>,
    state: State,
    ir: Option<GlobalId>,
    /// Set by a statement, not by its initial value.
    computed: bool,
    /// The function that a constant is, by its place in the table of functions.
    function: Option<usize>,
}

/// A declared enum.
struct EnumEntry<'a> {
    name: &'a str,
    node: &'a ast::TSEnumDeclaration<'a>,
    file: u32,
    state: State,
    members: constant::Members<'a>,
}

/// The declaration that gives a type a name.
#[derive(Clone, Copy)]
enum Named<'a> {
    Type(&'a ast::TSTypeAliasDeclaration<'a>),
    Interface(&'a ast::TSInterfaceDeclaration<'a>),
}

/// A `type` or an interface.
struct AliasEntry<'a> {
    node: Named<'a>,
    file: u32,
    state: State,
    ty: Option<Type>,
    /// Properties around the place where it began to be read.
    began: u32,
    /// The place of its type, once a property leads back to it.
    reserved: Option<types::RecordId>,
    /// The same for a type with several alternatives.
    reserved_union: Option<types::UnionId>,
    /// As it is called in messages.
    shown: &'a str,
    /// Its type parameters with their types, if it is an instance.
    given: Option<scope::Outer<'a>>,
}

impl<'a> Checker<'a> {
    fn new(allocator: &'a Allocator, bundle: &'a Bundle) -> Self {
        Self {
            allocator,
            bundle,
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
            arrays: array::Arrays::default(),
            records: record::Records::default(),
            orders: property_order::Orders::default(),
            json: json::Json::default(),
            literals: listed::Literals::default(),
            unions: alternatives::Unions::default(),
            classes: class::Classes::default(),
            dispatch: dispatch::Dispatch::default(),
            instances: generic::Instances::default(),
            function_types: function_type::FunctionTypes::default(),
            shared: Vec::new(),
            slots: HashMap::new(),
            data: memory::Data::default(),
            texts_cross: false,
            throws: false,
            early_by_function: HashMap::new(),
            global_by_id: HashMap::new(),
            steps: Vec::new(),
            inferring: 0,
            declaring: Vec::new(),
            depth: 0,
            variants: 0,
            ends: HashMap::new(),
            inside_properties: 0,
            budget: budget::Budget::new(bundle.files.iter().map(|file| file.text.len()).sum()),
            diagnostics: Vec::new(),
            more_errors: 0,
        }
    }

    fn report(&mut self, mut diagnostic: Diagnostic) {
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
    /// there are more errors than are shown.
    fn meant<'n>(
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
    fn internal(&mut self, what: impl std::fmt::Display) {
        self.report(crate::internal(what));
    }

    /// Reports what was left out without a reason: the module would do something else than the text says.
    fn must_be_reported(&mut self, span: Span) {
        let broken = self.files.iter().any(|file| file.broken);
        if self.diagnostics.is_empty() && self.more_errors == 0 && !broken {
            self.report(crate::internal("something was left out without a reason").at(span, ""));
        }
    }

    /// The number of what comes next in a table of the IR.
    fn next_number(&mut self, length: usize) -> u32 {
        u32::try_from(length).unwrap_or_else(|_| {
            self.internal("a table of the program has no room");
            u32::MAX
        })
    }

    /// Reserves a function of the module. Its body comes later.
    fn reserve(&mut self, name: String) -> FuncId {
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
    fn end_named(&mut self, name: String) -> FuncId {
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
    fn file_name(&self, file: usize) -> &'a str {
        self.bundle
            .files
            .get(file)
            .map_or("", |file| file.name.as_str())
    }

    fn enum_name(&self, id: EnumId) -> &'a str {
        self.enums.get(id.0).map_or("enum", |e| e.name)
    }

    /// Returns the name of a type as the source writes it.
    fn type_name(&self, ty: Type) -> String {
        self.type_name_inside(ty, 0)
    }

    /// The same inside so many records, of which some are shown.
    fn type_name_inside(&self, ty: Type, records: u32) -> String {
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
                    types::Base::Function(_) => format!("({ty}) | {}", absent.name()),
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

/// Returns the place of a node.
fn place(file: u32, node: &impl GetSpan) -> Span {
    place_of(file, node.span())
}

fn place_of(file: u32, span: oxc_span::Span) -> Span {
    Span::new(file, span.start, span.end)
}

/// What helps where a name is none that is there.
const THE_PAGE: &str = "docs/typescript.md lists what there is";

/// Begins an error.
fn error(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, message)
}
