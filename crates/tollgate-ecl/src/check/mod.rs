//! The checker: syntax trees → checked, typed programs and what is wrong with them.
//!
//! The stages, in order: [`declarations`] collects the names of a bundle; each policy and guard is then a [`mod@unit`] of its
//! own, in which [`kinds`] reads types, [`expr`], [`ops`], [`flow`] and [`call`] check expressions bidirectionally and
//! write the IR, [`fold`] computes constants, [`policy`] and [`guard`] put bodies together; [`finish`] lays out memory,
//! bounds the gas and hashes. An expression with an error has the type [`Type::Error`](crate::data::types::Type::Error), which
//! agrees with everything, so one mistake is reported once.
//!
//! [`stdlib`] is the table of built-in functions, and [`index`] plans how the rules of a set are found by a key.
//!
//! This folder imports [`syntax`](crate::syntax), [`ir`](crate::ir), [`data`](crate::data) and [answers of a host](crate::host::facts), which
//! tests in a policy write down.

mod automaton;
mod blueprint;
mod builtin_core;
mod builtin_host;
mod builtin_trust;
mod call;
mod called;
mod calls;
mod cases;
mod compare;
mod constant;
mod constraint;
mod convert;
mod data;
mod declarations;
mod default;
mod effect;
mod equality;
mod expectation;
mod expr;
mod field;
mod findings;
mod finish;
mod flow;
mod fold;
mod functions;
mod given;
mod guard;
pub(crate) mod index;
mod kinds;
mod known;
mod leaf;
mod lists;
mod literal;
mod maps;
mod membership;
mod narrow;
mod net;
mod ops;
mod policy;
mod record;
mod regex_cost;
mod report;
mod rules;
#[cfg(test)]
mod running;
mod said;
mod says;
mod scope;
mod session;
mod sets;
pub mod stdlib;
#[cfg(test)]
mod tests;
mod unit;
mod work;

use crate::data::gas::GAS_LIMIT_MAX;
use crate::diagnostic::Diagnostic;
use crate::ir::Program;
use crate::span::Span;
use crate::syntax::ast;
use crate::syntax::bundle::Bundle;

pub use self::cases::{Evaluation, FactCase, TestCase};
pub use self::expectation::{EffectExpectation, Expectation, ViolationExpectation};
pub use self::says::{FindingPart, FindingRule, Findings, Says};
pub use self::session::Dropped;

use self::declarations::{Declarations, ProgramDecl};
use self::session::Session;
use self::unit::{Site, Unit};

/// What a bundle is compiled to.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    /// The policies and guards without errors, in source order. Empty when there is any error: a bundle is used as a
    /// whole or not at all.
    pub programs: Vec<Program>,
    /// What the constraints that do not decide say, as policies of their own.
    pub advisories: Vec<Advisory>,
    /// What gives the findings of policies whose messages have values.
    pub findings: Vec<Findings>,
    /// The tests, their programs by index. Empty when there is any error, as the programs are.
    pub tests: Vec<TestCase>,
    /// The evaluations written down with their result. Empty when there is any error.
    pub evaluations: Vec<Evaluation>,
    /// What the tests give and open records drop, where it may be misspelt, in the order of their places.
    pub dropped: Vec<Dropped>,
    /// Errors and warnings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// A constraint of severity `warning` or `info` on a policy. Its program has the input of the policy, rejects when the
/// constraint does not hold and accepts when it does; it is evaluated only for explanations.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// Index of the policy in [`Compiled::programs`].
    pub policy: usize,
    /// Warning or info.
    pub severity: ast::Severity,
    /// The constraint, named after it.
    pub program: Program,
}

impl Compiled {
    /// True when there is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The program of that name or id; with `None` the only one.
    #[must_use]
    pub fn program(&self, name: Option<&str>) -> Option<&Program> {
        match name {
            Some(name) => {
                let matches = |p: &&Program| *p.name == *name || p.id.as_deref() == Some(name);
                self.programs.iter().find(matches)
            }
            None => match self.programs.as_slice() {
                [only] => Some(only),
                _ => None,
            },
        }
    }
}

/// Compiles a bundle of source texts.
///
/// # Example
/// ```
/// use tollgate_ecl::Bundle;
///
/// let source = r#"policy "cheap" { input { price: money<EUR> }  accept { price: price <= 0.50 EUR } }"#;
/// let compiled = tollgate_ecl::compile(&Bundle::single("cheap.ecl", source));
/// assert!(!compiled.has_errors());
/// assert_eq!(&*compiled.programs[0].name, "cheap");
/// ```
#[must_use]
pub fn compile(bundle: &Bundle) -> Compiled {
    compile_with_trees(bundle).1
}

/// The same with the trees of the files.
pub(crate) fn compile_with_trees(bundle: &Bundle) -> (Vec<ast::File>, Compiled) {
    let mut files = Vec::with_capacity(bundle.files.len());
    let mut diagnostics = Vec::new();
    for (i, file) in bundle.files.iter().enumerate() {
        let parsed = crate::syntax::parser::parse(u32::try_from(i).unwrap_or(u32::MAX), &file.text);
        files.push(parsed.file);
        diagnostics.extend(parsed.diagnostics);
    }
    let parsed = match diagnostics.iter().any(Diagnostic::is_error) {
        true => Parsed::Partly,
        false => Parsed::Whole,
    };
    let mut compiled = check(&files, bundle, parsed);
    let unread: Vec<Span> = diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(Diagnostic::span)
        .collect();
    compiled
        .diagnostics
        .retain(|d| unread.is_empty() || !may_follow(d, &unread));
    diagnostics.append(&mut compiled.diagnostics);
    compiled.diagnostics = diagnostics;
    (files, compiled)
}

/// Whether a finding may be there only because some text could not be read: it misses something, or it is about that text.
fn may_follow(diagnostic: &Diagnostic, unread: &[Span]) -> bool {
    use crate::codes::check as codes;
    let misses = matches!(
        diagnostic.code,
        codes::UNKNOWN_NAME
            | codes::UNKNOWN_TYPE
            | codes::UNKNOWN_FIELD
            | codes::UNKNOWN_FUNCTION
            | codes::UNKNOWN_CASE
            | codes::UNKNOWN_REFERENCE
            | codes::MISSING_FIELD
            | codes::EMPTY_DECLARATION
            | codes::NO_RETURN
            | codes::NOT_EXHAUSTIVE
            | codes::CONSTRAINT_INPUT
            | codes::BAD_TEST
    );
    let span = diagnostic.span();
    let touches = |other: &Span| {
        span.file == other.file && span.start <= other.end && other.start <= span.end
    };
    misses || unread.iter().any(touches)
}

/// Checks the trees of a bundle's files.
#[must_use]
pub fn check_bundle(files: &[ast::File], bundle: &Bundle) -> Compiled {
    check(files, bundle, Parsed::Whole)
}

/// How much of its text the tree of a bundle has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parsed {
    Whole,
    /// Some of it could not be read.
    Partly,
}

fn check(files: &[ast::File], bundle: &Bundle, parsed: Parsed) -> Compiled {
    let mut session = Session::default();
    let names: Vec<&str> = bundle.files.iter().map(|f| f.name.as_str()).collect();
    let texts: Vec<&str> = bundle.files.iter().map(|f| f.text.as_str()).collect();
    let declarations = Declarations::collect(files, &names, &texts, &mut session.reports);
    check_alone(&declarations, &mut session);
    let mut programs = Vec::with_capacity(declarations.programs.len());
    for decl in &declarations.programs {
        if session.is_over() {
            break;
        }
        programs.push(check_program(&declarations, *decl, &mut session));
    }
    let advisories = advisories(&declarations, &mut session);
    session.findings = all_findings(&declarations, &mut session);
    let (tests, evaluations) = cases::cases(&declarations, &mut session);
    let failed = parsed == Parsed::Partly || session.reports.errors() > 0;
    let findings = session.findings;
    let mut dropped: Vec<Dropped> = session.dropped.into_values().flatten().collect();
    dropped.sort_by_key(|dropped| dropped.span);
    let diagnostics = session.reports.into_list(&declarations.texts);
    if failed {
        return Compiled {
            diagnostics,
            ..Compiled::default()
        };
    }
    Compiled {
        programs: programs.into_iter().flatten().collect(),
        advisories,
        findings,
        tests,
        evaluations,
        dropped,
        diagnostics,
    }
}

/// Checks what no program may use: types, functions, constraints, environments, objects.
fn check_alone(declarations: &Declarations<'_>, session: &mut Session) {
    let nothing = declarations.type_order.is_empty()
        && declarations.function_order.is_empty()
        && declarations.constraint_order.is_empty()
        && declarations.environment_order.is_empty()
        && declarations.object_order.is_empty();
    if nothing {
        return;
    }
    let mut unit = Unit::new(declarations, session, Span::default());
    for decl in &declarations.type_order {
        if unit.session.is_over() {
            return;
        }
        match *decl {
            declarations::TypeDecl::Enum(name, _) | declarations::TypeDecl::Record(name, _) => {
                unit.at = name.span;
                unit.declared_type(&name.node, name.span);
            }
            declarations::TypeDecl::Blueprint(blueprint) => unit.blueprint_alone(blueprint),
        }
    }
    for function in &declarations.function_order {
        if unit.session.is_over() {
            return;
        }
        unit.function(&function.name.node, function, function.name.span);
    }
    for environment in &declarations.environment_order {
        if unit.session.is_over() {
            return;
        }
        unit.environment_alone(environment);
    }
    for object in &declarations.object_order {
        if unit.session.is_over() {
            return;
        }
        let site = Site {
            span: object.name.span,
            want: None,
        };
        unit.object(&object.name.node, site);
    }
    for constraint in &declarations.constraint_order {
        if unit.session.is_over() {
            return;
        }
        unit.frame = unit::Frame::default();
        unit.constraint_alone(constraint);
    }
}

/// The constraints that do not decide, each as a program of its own. Made only of bundles without errors.
fn advisories(declarations: &Declarations<'_>, session: &mut Session) -> Vec<Advisory> {
    let mut advisories = Vec::new();
    if declarations.constraint_order.is_empty() || session.reports.errors() > 0 {
        return advisories;
    }
    for (index, decl) in declarations.programs.iter().enumerate() {
        let ProgramDecl::Policy(policy) = decl else {
            continue;
        };
        let constraints = Unit::new(declarations, session, policy.name.span).advisories_of(policy);
        for constraint in constraints {
            if session.is_over() {
                break;
            }
            let name = Some(constraint.name.node.as_str());
            let program = check_program_as(declarations, *decl, name, session);
            advisories.extend(program.map(|program| Advisory {
                policy: index,
                severity: constraint::severity(constraint),
                program,
            }));
        }
    }
    advisories
}

/// What policies find whose messages have values, and what guards say. Made only of bundles without errors.
fn all_findings(declarations: &Declarations<'_>, session: &mut Session) -> Vec<Findings> {
    let mut all = Vec::new();
    for (index, decl) in declarations.programs.iter().enumerate() {
        if session.is_over() || session.reports.errors() > 0 {
            continue;
        }
        let sayers = match decl {
            ProgramDecl::Policy(policy) => {
                Unit::new(declarations, session, policy.name.span).sayers(policy)
            }
            ProgramDecl::Guard(guard) if findings::guard_names_values(&guard.body) => {
                vec![Says::Guard]
            }
            ProgramDecl::Guard(_) => Vec::new(),
        };
        for says in sayers {
            let mut unit = Unit::new(declarations, session, decl.name().span);
            let mut rules = Vec::new();
            let (input, body) = match decl {
                ProgramDecl::Policy(policy) => {
                    let input = unit.bind_input(&policy.input);
                    (input, unit.findings(policy, &says, &mut rules))
                }
                ProgramDecl::Guard(guard) => {
                    let input = unit.bind_input(&guard.input);
                    (input, unit.guard_says(guard, &mut rules))
                }
            };
            if unit.session.reports.errors() > 0 {
                break;
            }
            let program = unit.finish(*decl, input, None, body, GAS_LIMIT_MAX);
            all.extend(program.map(|program| Findings {
                policy: index,
                says,
                program,
                rules,
            }));
        }
    }
    all
}

fn check_program(
    declarations: &Declarations<'_>,
    decl: ProgramDecl<'_>,
    session: &mut Session,
) -> Option<Program> {
    check_program_as(declarations, decl, None, session)
}

/// The program of a declaration, or of one of its advisory constraints.
fn check_program_as<'a>(
    declarations: &Declarations<'a>,
    decl: ProgramDecl<'a>,
    advisory: Option<&'a str>,
    session: &mut Session,
) -> Option<Program> {
    let span = decl.name().span;
    let mut unit = Unit::new(declarations, session, span);
    unit.advisory = advisory;
    if let Some(id) = decl.id() {
        unit.did(&id.node, id.span);
    }
    let (input, output, body, gas_limit) = match decl {
        ProgramDecl::Policy(policy) => {
            let input = unit.bind_input(&policy.input);
            (input, None, unit.policy_body(policy), &policy.gas_limit)
        }
        ProgramDecl::Guard(guard) => {
            let input = unit.bind_input(&guard.input);
            let (body, output) = unit.guard(guard, span);
            (input, Some(output), body, &guard.gas_limit)
        }
    };
    let limit = unit.gas_limit(gas_limit.as_ref());
    // With an error, wherever it is, no program comes out, and groups have no conditions.
    if unit.session.reports.errors() > 0 {
        return None;
    }
    let mut program = unit.finish(decl, input, output, body, limit)?;
    if let Some(name) = advisory {
        program.name = name.into();
        program.id = None;
        program.hash = program.identity();
    }
    Some(program)
}
