//! What a test is given, written out: fixtures and `let`s in place of their names, changes in their places, one test for each
//! case of a table.
//!
//! It makes trees of trees, before anything is checked and far before anything runs: what comes out is a test as somebody
//! might have written it by hand, with the places of what it is made of. Each value is paid for, and what is written
//! out is no higher than what may be written.

use std::collections::HashMap;

use crate::codes::check as codes;
use crate::diagnostic::{Diagnostic, nearest};
use crate::limits::{EXPR_HEIGHT_MAX, SUGGESTIONS_MAX, TEST_CASES_MAX};
use crate::span::{Span, Spanned};
use crate::syntax::ast::{
    self, Case, Change, EffectExpect, Expect, Expr, ExprKind, FactInit, FieldInit, Step,
    ViolationExpect,
};

use super::declarations::Declarations;
use super::report::{error, suggest};
use super::session::Session;
use super::unit::bare;
use super::work::{self, Task};

/// A test, or a case of one, with all that it names in place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    /// Its name: of a case, that of the test and its own.
    pub(super) name: String,
    /// What a case changes, as it stands there.
    pub(super) values: Option<Box<str>>,
    /// Its name in the source, or the whole case.
    pub(super) span: Span,
    pub(super) input: Vec<FieldInit>,
    pub(super) facts: Vec<FactInit>,
    pub(super) expect: Expect,
}

/// What has a name in a test: its `let`s and the fixtures.
pub(super) fn names<'a>(bundle: &Declarations<'a>, test: &'a ast::Test) -> Vec<&'a str> {
    let lets = test.lets.iter().map(|decl| decl.name.node.as_str());
    let mut names: Vec<&str> = lets.chain(bundle.fixtures.keys().copied()).collect();
    names.sort_unstable();
    names
}

/// A test, and where its `let`s stand in it.
pub(super) struct Sheet<'a> {
    pub(super) test: &'a ast::Test,
    lets: HashMap<&'a str, usize>,
}

impl<'a> Sheet<'a> {
    /// Reports `let`s of one name, and those whose name means something else.
    pub(super) fn of(
        test: &'a ast::Test,
        bundle: &Declarations<'a>,
        session: &mut Session,
    ) -> Self {
        let mut lets = HashMap::new();
        for (name, index) in test.lets.iter().map(|decl| &decl.name).zip(0..) {
            bundle.refuse_meant("`let`", name, &mut session.reports);
            if let Some(first) = lets.insert(name.node.as_str(), index) {
                let first = test
                    .lets
                    .get(first)
                    .map_or(name.span, |decl| decl.name.span);
                let text = format!("the `let` `{}` stands twice in this test", name.node);
                session.reports.push(twice(text, (name.span, first)));
            }
        }
        Self { test, lets }
    }
}

/// The tests that one declaration stands for: itself, or each case of its table.
pub(super) fn runs<'a>(test: &'a ast::Test, session: &mut Session) -> Vec<Option<&'a Case>> {
    let Some(cases) = &test.cases else {
        return vec![None];
    };
    if let Some(expect) = &test.expect {
        let text = "a test with cases has no `expect` of its own";
        let help = "write what is expected behind the `=>` of each case";
        let report = error(codes::BAD_TEST, expect.span, text);
        session.reports.push(report.help(help));
        return Vec::new();
    }
    if cases.is_empty() {
        let text = format!("the table of the test `{}` has no case", test.name.node);
        let help = "add one: `\"what it shows\": { field: value } => accept`";
        let report = error(codes::EMPTY_DECLARATION, test.name.span, text);
        session.reports.push(report.help(help));
    }
    if let Some(case) = cases.get(TEST_CASES_MAX) {
        let text = format!("{} cases, and at most {TEST_CASES_MAX} fit", cases.len());
        let report = error(codes::BOUND, case.span, text);
        session
            .reports
            .push(report.help("move the cases from here on to another test"));
        return Vec::new();
    }
    let mut names: HashMap<&str, Span> = HashMap::new();
    for name in cases.iter().filter_map(|case| case.name.as_ref()) {
        if let Some(first) = names.insert(&name.node, name.span) {
            let text = format!("the case `{}` is declared twice", name.node);
            session.reports.push(twice(text, (name.span, first)));
        }
    }
    cases.iter().map(Some).collect()
}

fn twice(text: String, (second, first): (Span, Span)) -> Diagnostic {
    let report = error(codes::DUPLICATE, second, text);
    let report = report.at(first, "first declared here");
    report.help("rename one of the two")
}

/// Writes a test out, or one case of it. What is wrong is reported; then there is none.
pub(super) fn written<'a>(
    bundle: &Declarations<'a>,
    session: &mut Session,
    (sheet, case): (&Sheet<'a>, Option<&'a Case>),
) -> Option<Written> {
    let test = sheet.test;
    let mut writer = Writer {
        bundle,
        session,
        sheet,
        seen: test.lets.len(),
        naming: Vec::new(),
        depth: 0,
        at: case.map_or(test.name.span, |case| case.span),
    };
    let mut input = match &test.input {
        Some(input) => writer.input(input)?,
        None => empty(writer.at),
    };
    if let Some(case) = case {
        writer.changes(&mut input, &case.changes)?;
    }
    let Some(input) = fields_of(&mut input) else {
        let text = "the input of a test is a record";
        let help = "write `input { field: value }`, or name a fixture that has fields";
        return writer.fail(error(codes::BAD_TEST, input.span, text).help(help));
    };
    let input = std::mem::take(input);
    let facts = case.map(|case| case.facts.as_slice()).unwrap_or_default();
    let facts = test.facts.iter().chain(facts);
    let facts = facts.map(|fact| writer.fact(fact));
    let facts = facts.collect::<Option<Vec<_>>>()?;
    let expect = case.map_or(test.expect.as_ref(), |case| Some(&case.expect))?;
    let expect = writer.expect(expect)?;
    let values = case.map(|case| bundle.source(case.changed));
    let own = case.and_then(|case| case.name.as_ref().map(|name| name.node.clone()));
    let own = own.or_else(|| values.clone());
    let name = &test.name.node;
    Some(Written {
        name: own.map_or_else(|| name.clone(), |own| format!("{name}: {own}")),
        values: values.map(Into::into),
        span: case.map_or(test.name.span, |case| case.span),
        input,
        facts,
        expect,
    })
}

/// Writes trees out for one test.
struct Writer<'a, 'r> {
    bundle: &'r Declarations<'a>,
    session: &'r mut Session,
    sheet: &'r Sheet<'a>,
    /// How many `let`s are seen: all of the test, in the value of one of them those before it, in a fixture none.
    seen: usize,
    /// Fixtures that are being written out, one in the other.
    naming: Vec<&'a str>,
    /// How deep in the tree that is made.
    depth: u32,
    /// The test, or the case.
    at: Span,
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Named<'a> {
    /// The value of a `let`, and its number.
    Let(&'a Expr, usize),
    Fixture(&'a str, &'a Expr),
}

impl<'a> Writer<'a, '_> {
    fn fail<T>(&mut self, report: Diagnostic) -> Option<T> {
        self.session.reports.push(report);
        None
    }

    /// Pays for one value.
    fn spend(&mut self, span: Span) -> Option<()> {
        let bytes = span.end.saturating_sub(span.start) as usize;
        let steps = work::VALUE + work::bytes(bytes.min(crate::limits::TEXT_BYTES_MAX));
        self.session.spend(Task::Data, steps, span).then_some(())
    }

    /// Makes something one level deeper.
    fn deeper<T>(&mut self, span: Span, make: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= EXPR_HEIGHT_MAX {
            let text = format!(
                "what stands for the names here is more than {EXPR_HEIGHT_MAX} levels high"
            );
            let report = error(codes::TOO_DEEP, self.at, text).at(span, "this one goes too far");
            return self.fail(report.help("write the inner ones in place"));
        }
        self.depth += 1;
        let made = make(self);
        self.depth -= 1;
        made
    }

    fn named(&self, name: &str) -> Option<Named<'a>> {
        let index = self.sheet.lets.get(name).copied();
        if let Some(index) = index.filter(|index| *index < self.seen) {
            let decl = self.sheet.test.lets.get(index)?;
            return Some(Named::Let(&decl.value, index));
        }
        let (name, (_, value)) = self.bundle.fixtures.get_key_value(name)?;
        Some(Named::Fixture(name, value))
    }

    /// The value that a name stands for, written out.
    fn value_of(&mut self, named: Named<'a>, span: Span) -> Option<Expr> {
        let (value, seen) = match named {
            Named::Let(value, index) => (value, index),
            Named::Fixture(name, _) if self.naming.contains(&name) => {
                let text = format!("the fixture `{name}` refers to itself");
                let help = "name another one, or write the value";
                return self.fail(error(codes::CYCLE, span, text).help(help));
            }
            Named::Fixture(_, value) => (value, 0),
        };
        let outer = std::mem::replace(&mut self.seen, seen);
        self.naming.extend(match named {
            Named::Fixture(name, _) => Some(name),
            Named::Let(..) => None,
        });
        let made = self.deeper(span, |writer| writer.expr(value));
        if matches!(named, Named::Fixture(..)) {
            self.naming.pop();
        }
        self.seen = outer;
        made
    }

    /// The input of the test: a record, or the name of one.
    fn input(&mut self, input: &'a Expr) -> Option<Expr> {
        let made = self.expr(input)?;
        if let ExprKind::Record {
            name: Some(name), ..
        } = &bare(input).kind
        {
            let text = "the input of a test has no name of a type";
            let report = error(codes::BAD_TEST, name.span, text);
            return self.fail(match self.nearest(&name.node) {
                Some(near) => report.help(format!("did you mean `{near} with {{ … }}`?")),
                None => report.help("write `input { … }`, or declare a fixture of that name"),
            });
        }
        match &bare(&made).kind {
            ExprKind::Name(name) => self.unknown_fixture(name, made.span),
            _ => Some(made),
        }
    }

    fn unknown_fixture<T>(&mut self, name: &str, span: Span) -> Option<T> {
        let text = format!("there is no fixture `{name}`");
        let known = names(self.bundle, self.sheet.test);
        let help = format!("declare it: `fixture {name} {{ … }}`");
        let report = error(codes::UNKNOWN_NAME, span, text);
        self.fail(suggest(report, name, span, known, help))
    }

    /// Whether a name is that of a fixture or a `let`, and of nothing else before a `{`.
    fn is_data(&self, name: &str) -> bool {
        self.named(name).is_some() && !self.bundle.types.contains_key(name)
    }

    /// The fixture or `let` whose name is nearest.
    fn nearest(&self, name: &str) -> Option<&'a str> {
        let known = names(self.bundle, self.sheet.test).into_iter();
        nearest(name, known.take(SUGGESTIONS_MAX))
    }

    fn expr(&mut self, e: &'a Expr) -> Option<Expr> {
        self.spend(e.span)?;
        self.deeper(e.span, |writer| writer.shape(e))
    }

    fn shape(&mut self, e: &'a Expr) -> Option<Expr> {
        let kind = match &e.kind {
            ExprKind::Name(name) => match self.named(name) {
                // What does not fit here is refused here, and what is wrong in it where it stands.
                Some(named) => ExprKind::Paren(Box::new(self.value_of(named, e.span)?)),
                None => e.kind.clone(),
            },
            ExprKind::With { base, changes } => return self.with(base, changes, e.span),
            ExprKind::Field {
                base,
                name,
                safe: false,
            } => return self.field(base, name, e.span),
            ExprKind::Record {
                name: Some(name), ..
            } if self.is_data(&name.node) => {
                let text = format!("`{}` is data, and no type", name.node);
                let behind = Span {
                    start: name.span.end,
                    ..name.span
                };
                let report = error(codes::BAD_TEST, name.span, text);
                let help = "write `with` between the name and what is other";
                return self.fail(report.fix(help, behind, " with"));
            }
            ExprKind::Record { name, fields } => {
                let fields = fields.iter().map(|field| {
                    Some(FieldInit {
                        name: field.name.clone(),
                        value: self.expr(&field.value)?,
                        span: field.span,
                    })
                });
                ExprKind::Record {
                    name: name.clone(),
                    fields: fields.collect::<Option<_>>()?,
                }
            }
            ExprKind::List(items) => ExprKind::List(self.all(items)?),
            ExprKind::Paren(inner) => return self.expr(inner),
            ExprKind::Unary { op, expr } => ExprKind::Unary {
                op: *op,
                expr: self.boxed(expr)?,
            },
            ExprKind::Binary { op, left, right } => ExprKind::Binary {
                op: *op,
                left: self.boxed(left)?,
                right: self.boxed(right)?,
            },
            ExprKind::Call { module, name, args } => ExprKind::Call {
                module: module.clone(),
                name: name.clone(),
                args: self.all(args)?,
            },
            // What computes is no data: it is refused, as it stands, by who wants data.
            ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Measure { .. }
            | ExprKind::Str(_)
            | ExprKind::Regex(_)
            | ExprKind::None
            | ExprKind::Ref(_)
            | ExprKind::Field { .. }
            | ExprKind::Index { .. }
            | ExprKind::Compare { .. }
            | ExprKind::If { .. }
            | ExprKind::Match { .. }
            | ExprKind::Loop { .. }
            | ExprKind::Else { .. }
            | ExprKind::Demand(_)
            | ExprKind::Error => e.kind.clone(),
        };
        Some(Expr { kind, span: e.span })
    }

    fn boxed(&mut self, e: &'a Expr) -> Option<Box<Expr>> {
        self.expr(e).map(Box::new)
    }

    fn all(&mut self, items: &'a [Expr]) -> Option<Vec<Expr>> {
        items.iter().map(|item| self.expr(item)).collect()
    }

    /// `report.submitter`: what a fixture or `let` has there.
    fn field(&mut self, base: &'a Expr, name: &ast::Ident, span: Span) -> Option<Expr> {
        let mut base = self.expr(base)?;
        if let Some(fields) = fields_of(&mut base)
            && let Some(at) = fields
                .iter()
                .rposition(|field| field.name.node == name.node)
        {
            return Some(fields.swap_remove(at).value);
        }
        let kind = ExprKind::Field {
            base: Box::new(base),
            name: name.clone(),
            safe: false,
        };
        Some(Expr { kind, span })
    }

    /// `base with { … }`
    fn with(&mut self, base: &'a ast::Ident, changes: &'a [Change], span: Span) -> Option<Expr> {
        let Some(named) = self.named(&base.node) else {
            return self.unknown_fixture(&base.node, base.span);
        };
        let mut made = self.value_of(named, base.span)?;
        // What is given in full is missed or refused here, not at the fixture, which is as it should be.
        made.span = span;
        self.changes(&mut made, changes)?;
        Some(made)
    }

    fn changes(&mut self, target: &mut Expr, changes: &'a [Change]) -> Option<()> {
        let mut changed = Changed::default();
        for change in changes {
            self.fits(change)?;
            if let Some(report) = changed.add(change) {
                return self.fail(report);
            }
            self.change(target, change)?;
        }
        Some(())
    }

    /// Whether a place is no deeper than values are.
    fn fits(&mut self, change: &Change) -> Option<()> {
        let deep = u32::try_from(change.place.len()).unwrap_or(u32::MAX);
        if self.depth.saturating_add(deep) <= EXPR_HEIGHT_MAX {
            return Some(());
        }
        let text = format!("a place is at most {EXPR_HEIGHT_MAX} levels deep");
        let report = error(codes::TOO_DEEP, change.span, text);
        self.fail(report.help("no input is as deep"))
    }

    fn change(&mut self, target: &mut Expr, change: &'a Change) -> Option<()> {
        let outer = self.depth;
        self.depth += u32::try_from(change.place.len()).unwrap_or(u32::MAX);
        let value = self.expr(&change.value);
        self.depth = outer;
        let value = value?;
        self.spend(change.span)?;
        let mut current = target;
        for step in &change.place {
            current = self.step(current, step, change)?;
        }
        *current = value;
        Some(())
    }

    /// The place one step on; a field that is not there is added.
    fn step<'t>(
        &mut self,
        target: &'t mut Expr,
        step: &Step,
        change: &Change,
    ) -> Option<&'t mut Expr> {
        let at = target.span;
        let target = within(target);
        match (step, &mut target.kind) {
            (Step::Field(name), ExprKind::Record { fields, .. }) => {
                // They are gone through.
                let steps = fields.len() as u64 / 4;
                self.session
                    .spend(Task::Data, steps, change.span)
                    .then_some(())?;
                let known = fields
                    .iter()
                    .rposition(|field| field.name.node == name.node);
                let index = known.unwrap_or(fields.len());
                if known.is_none() {
                    fields.push(FieldInit {
                        name: name.clone(),
                        value: empty(change.span),
                        span: change.span,
                    });
                }
                let field = fields.get_mut(index)?;
                field.name = name.clone();
                Some(&mut field.value)
            }
            (Step::Element(number), ExprKind::List(items)) => {
                let length = items.len();
                let index = usize::try_from(number.node).ok();
                let item = index.and_then(|index| items.get_mut(index));
                if item.is_none() {
                    let text = format!(
                        "there is no element [{}]: the list has {length}",
                        number.node
                    );
                    let help = "elements count from 0; to give more, give the whole list";
                    let report = error(codes::BAD_TEST, number.span, text);
                    return self.fail(report.help(help));
                }
                item
            }
            (step, _) => {
                let (what, shown) = match step {
                    Step::Field(name) => ("record", format!("field `{}`", name.node)),
                    Step::Element(number) => ("list", format!("element [{}]", number.node)),
                };
                let text = format!("no {what} is written here, so it has no {shown}");
                let report = error(codes::BAD_TEST, step.span(), text);
                let report = report.at(at, "this is changed");
                let help = format!("give the whole {what} in place of a part of it");
                self.fail(report.help(help))
            }
        }
    }

    fn fact(&mut self, fact: &'a FactInit) -> Option<FactInit> {
        Some(FactInit {
            name: fact.name.clone(),
            args: self.all(&fact.args)?,
            value: self.expr(&fact.value)?,
            span: fact.span,
        })
    }

    fn expect(&mut self, expect: &'a Expect) -> Option<Expect> {
        let effects = expect.effects.iter().map(|expected| {
            Some(EffectExpect {
                effect: self.optional(expected.effect.as_ref())?,
                span: expected.span,
            })
        });
        let effects = effects.collect::<Option<_>>()?;
        let violations = expect.violations.iter().map(|expected| {
            Some(ViolationExpect {
                element: self.optional(expected.element.as_ref())?,
                presence: expected.presence,
                rule: expected.rule.clone(),
                reason: expected.reason.clone(),
                span: expected.span,
            })
        });
        let violations = violations.collect::<Option<_>>()?;
        Some(Expect {
            decision: expect.decision.clone(),
            error: expect.error.clone(),
            by: expect.by.clone(),
            output: self.optional(expect.output.as_ref())?,
            reason: expect.reason.clone(),
            effects,
            violations,
            span: expect.span,
        })
    }

    /// What is there, written out; the outer option says whether that went well.
    fn optional(&mut self, e: Option<&'a Expr>) -> Option<Option<Expr>> {
        match e {
            Some(e) => self.expr(e).map(Some),
            None => Some(None),
        }
    }
}

/// A record without fields.
fn empty(span: Span) -> Expr {
    let kind = ExprKind::Record {
        name: None,
        fields: Vec::new(),
    };
    Expr { kind, span }
}

fn fields_of(e: &mut Expr) -> Option<&mut Vec<FieldInit>> {
    match &mut e.kind {
        ExprKind::Record { fields, .. } => Some(fields),
        ExprKind::Paren(inner) => fields_of(inner),
        _ => None,
    }
}

/// What stands for a name, or in parentheses.
#[expect(
    clippy::unreachable,
    reason = "it was looked at: what is borrowed to be returned is borrowed in every branch"
)]
fn within(mut e: &mut Expr) -> &mut Expr {
    while matches!(e.kind, ExprKind::Paren(_)) {
        let ExprKind::Paren(inner) = &mut e.kind else {
            unreachable!("it has parentheses");
        };
        e = inner;
    }
    e
}

/// The places that the entry of a test changes, as a tree.
#[derive(Default)]
struct Changed<'a> {
    /// The change of this place.
    here: Option<Span>,
    /// The first change of a place inside of this one.
    inside: Option<Span>,
    steps: HashMap<Way<'a>, Changed<'a>>,
}

/// A step to a place.
#[derive(PartialEq, Eq, Hash)]
enum Way<'a> {
    Field(&'a str),
    Element(u64),
}

impl<'a> Changed<'a> {
    /// Notes a change; what is wrong when one before it is lost.
    fn add(&mut self, change: &'a Change) -> Option<Diagnostic> {
        let mut place = self;
        for step in &change.place {
            place.inside.get_or_insert(change.span);
            let way = match step {
                Step::Field(Spanned { node, .. }) => Way::Field(node),
                Step::Element(number) => Way::Element(number.node),
            };
            place = place.steps.entry(way).or_default();
        }
        if place.here.replace(change.span).is_some() {
            let text = "this place is changed twice here";
            let report = error(codes::DUPLICATE, change.span, text);
            return Some(report.help("remove one of the two"));
        }
        let lost = place.inside?;
        let text = "this replaces what is changed before it";
        let report = error(codes::DUPLICATE, change.span, text).at(lost, "this change is lost");
        Some(report.help("write this change first, or put the other one into its value"))
    }
}
