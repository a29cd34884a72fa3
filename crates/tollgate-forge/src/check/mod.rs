//! Names, types and meaning: trees go in, IR comes out.
//!
//! In order: [`files`] declares what each file has at its top level, [`links`] connects imports with exports and finds the order
//! in which files run, [`class`] finds out what classes are, [`signature`] gives functions their types, then each file's own statements and each function is
//! checked and lowered in one walk ([`function_body`], [`statement`], [`expr`] and their neighbours). [`order`] and [`assigned`] look
//! at the finished IR for variables that are read before they have a value. Every stage goes on after an error.
//!
//! From below: [`types`], [`scope`] and [`known`] are what is known; [`checker`] holds it and reports errors; [`body`] is a function in
//! the making; each file above lowers one construct.

mod absence;
mod alternatives;
mod annotation;
mod array;
mod array_from;
mod array_methods;
mod asked;
mod asked_late;
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
mod checker;
mod class;
mod class_body;
mod class_field;
mod class_initial;
mod class_members;
mod coercion;
mod collection;
mod constant;
mod conversion;
mod destructure;
mod dictionary;
mod dispatch;
mod each;
mod enums;
mod errors;
pub(crate) mod exports;
mod expr;
mod facts;
mod faults;
mod files;
mod flow;
mod function_body;
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
mod known;
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
mod report;
mod scope;
mod sequence;
mod shown;
mod signature;
mod slot;
mod sort;
mod sought;
mod sought_compared;
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
mod value;
mod variable;

use oxc_allocator::Allocator;
use oxc_ast::ast;
use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::source::Bundle;

use crate::ir;
use checker::Checker;
use exports::Exported;

/// A checked program.
pub(crate) struct Checked {
    pub(crate) module: ir::Module,
    pub(crate) exports: Vec<Exported>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Errors that came after as many as are kept.
    pub(crate) more_errors: usize,
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
    checker.settle_faults();
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
