//! One program under construction: its types, constants, functions and places, and the names in scope.
//!
//! Everything a program refers to is added when it is first needed, so a program holds what it uses and nothing else.

use std::collections::HashMap;

use crate::data::types::{EnumDef, EnumId, FieldDef, RecordDef, RecordId, Type};
use crate::ir::{
    Automaton, AutomatonId, BinaryOp, Effect, Expr, ExprKind, FuncId, Function, Handle, LocalId,
    LoopKind, MessageId, Point, PointId, UnaryOp,
};
use crate::limits::{LOCALS_MAX, TYPE_NESTING_MAX};
use crate::span::Span;
use crate::syntax::ast;

use super::declarations::Declarations;
use super::known::KnownOptions;
use super::report::error;
use super::scope::Scope;
use super::session::Session;
use super::work::{self, Task};
use crate::codes::check as codes;
use crate::diagnostic::Diagnostic;
use crate::ir::pool::PoolBuilder;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Binding {
    /// A local of the body.
    Local(LocalId, Type),
    /// A value known now.
    Constant(Expr),
    /// A field of the input, at this offset.
    Input(u32, Type),
}

/// How far the checking of a function is.
#[derive(Debug, Clone)]
pub(super) enum FunctionState {
    InProgress,
    Done(FuncId),
    /// It calls itself; already reported.
    Broken,
}

/// The locals and names of one body.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    /// Types of all locals.
    pub(super) locals: Vec<Type>,
    /// Locals taken since the last [`Unit::reuse_locals_from`]. INVARIANT: within one rule every local has one meaning, so
    /// an engine may read a local later than where it stands.
    used: Vec<bool>,
    /// Options that have a value here, see [`narrow`](super::narrow).
    pub(super) known: KnownOptions,
    pub(super) scope: Scope<'a>,
}

/// One program under construction.
pub(super) struct Unit<'a, 'r> {
    pub(super) bundle: &'r Declarations<'a>,
    pub(super) session: &'r mut Session,
    pub(super) pool: PoolBuilder,
    pub(super) records: Vec<RecordDef>,
    /// The first of equal records.
    record_ids: HashMap<RecordDef, RecordId>,
    /// How deep values of each record nest.
    record_depths: Vec<u32>,
    pub(super) enums: Vec<EnumDef>,
    /// For each enum the numbers of its cases.
    case_numbers: Vec<HashMap<Box<str>, u32>>,
    /// Named types already made.
    pub(super) named: HashMap<&'a str, Type>,
    /// Named types being made, for cycles.
    pub(super) making: Vec<&'a str>,
    pub(super) functions: Vec<Function>,
    /// Functions that may come upon a fact that is unknown.
    pub(super) unknown_functions: Vec<bool>,
    pub(super) function_states: HashMap<&'a str, FunctionState>,
    /// Functions being checked, for cycles.
    pub(super) calling: Vec<&'a str>,
    /// For each function how many call each other, one inside the other, from it on.
    pub(super) call_depths: Vec<u32>,
    /// Functions checked while another one is.
    pub(super) functions_inside: usize,
    pub(super) automata: Vec<Automaton>,
    pub(super) made_effects: Vec<Effect>,
    pub(super) automaton_ids: HashMap<String, AutomatonId>,
    pub(super) points: Vec<Point>,
    point_ids: HashMap<Span, PointId>,
    pub(super) messages: Vec<Box<str>>,
    message_ids: HashMap<Box<str>, MessageId>,
    pub(super) frame: Frame<'a>,
    /// Objects being turned into values, for cycles.
    pub(super) referring: Vec<&'a str>,
    /// The test that is checked. Its names are written out already: what is left over is misspelt.
    pub(super) given: Option<&'a ast::Test>,
    pub(super) depth: u32,
    /// The innermost place that is being checked.
    pub(super) at: Span,
    /// The one constraint to be checked, when it is the program: what a constraint that does not decide says.
    pub(super) advisory: Option<&'a str>,
}

/// Deepest nesting of expressions the checker follows; the parser allows less.
const DEPTH_MAX: u32 = 1_000;

/// Where an expression stands, and the type that its context would like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'t> {
    pub(super) span: Span,
    pub(super) want: Option<&'t Type>,
}

impl<'a, 'r> Unit<'a, 'r> {
    pub(super) fn new(bundle: &'r Declarations<'a>, session: &'r mut Session, whole: Span) -> Self {
        let mut unit = Self {
            bundle,
            session,
            pool: PoolBuilder::new(),
            records: Vec::new(),
            record_ids: HashMap::new(),
            record_depths: Vec::new(),
            enums: Vec::new(),
            case_numbers: Vec::new(),
            named: HashMap::new(),
            making: Vec::new(),
            functions: Vec::new(),
            unknown_functions: Vec::new(),
            function_states: HashMap::new(),
            calling: Vec::new(),
            call_depths: Vec::new(),
            functions_inside: 0,
            automata: Vec::new(),
            made_effects: Vec::new(),
            automaton_ids: HashMap::new(),
            points: Vec::new(),
            point_ids: HashMap::new(),
            messages: Vec::new(),
            message_ids: HashMap::new(),
            frame: Frame::default(),
            referring: Vec::new(),
            given: None,
            depth: 0,
            at: whole,
            advisory: None,
        };
        unit.point(whole);
        unit
    }

    pub(super) fn report(&mut self, report: Diagnostic) {
        self.session.reports.push(report);
    }

    /// Reports, and stands in for the expression that could not be made.
    pub(super) fn fail(&mut self, report: Diagnostic) -> Expr {
        self.session.reports.push(report);
        error_expr()
    }

    /// Spends steps of the session for what is being checked; false when there are not so many left.
    pub(super) fn spend(&mut self, task: Task, steps: u64) -> bool {
        self.session.spend(task, steps, self.at)
    }

    /// The number of a place.
    pub(super) fn point(&mut self, span: Span) -> PointId {
        if let Some(id) = self.point_ids.get(&span) {
            return *id;
        }
        let id = PointId(length(&self.points));
        self.points.push(Point {
            span: (span.start, span.end, span.file),
            line_column: self.bundle.line_column(span),
            text: self.bundle.source(span).into(),
        });
        self.point_ids.insert(span, id);
        id
    }

    /// The number of a text for people.
    pub(super) fn message(&mut self, text: &str) -> MessageId {
        if let Some(id) = self.message_ids.get(text) {
            return *id;
        }
        self.spend(Task::Data, work::bytes(text.len()));
        let id = MessageId(length(&self.messages));
        self.messages.push(text.into());
        self.message_ids.insert(text.into(), id);
        id
    }

    /// A local of that type that this rule does not use yet.
    pub(super) fn local(&mut self, ty: &Type) -> LocalId {
        let frame = &mut self.frame;
        let free = (0..frame.locals.len())
            .find(|i| frame.used.get(*i) == Some(&false) && frame.locals.get(*i) == Some(ty));
        let Some(index) = free else {
            return self.new_local(ty);
        };
        if let Some(used) = frame.used.get_mut(index) {
            *used = true;
        }
        LocalId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// A local of its own, after all others.
    pub(super) fn new_local(&mut self, ty: &Type) -> LocalId {
        if self.frame.locals.len() >= LOCALS_MAX {
            let text = format!("more than {LOCALS_MAX} values are kept at once here");
            let help = "use fewer `let`s, parameters and loops inside each other, or a list instead of many values";
            let at = self.at;
            self.report(error(codes::TOO_LARGE, at, text).help(help));
            // No program comes out of this.
            return LocalId(0);
        }
        self.frame.locals.push(ty.clone());
        self.frame.used.push(true);
        LocalId(length(&self.frame.locals) - 1)
    }

    /// Frees the locals made since there were so many, for the next rule: no value of one is read in another.
    pub(super) fn reuse_locals_from(&mut self, mark: usize) {
        self.frame
            .used
            .iter_mut()
            .skip(mark)
            .for_each(|used| *used = false);
    }

    /// Adds a name to the scope.
    pub(super) fn bind(&mut self, name: &'a str, binding: Binding) {
        self.frame.scope.push(name, binding);
    }

    /// Removes the names added since the scope had this length.
    pub(super) fn unbind(&mut self, length: usize) {
        self.frame.scope.truncate(length);
    }

    /// The binding of a name.
    pub(super) fn lookup(&self, name: &str) -> Option<&Binding> {
        self.frame.scope.get(name)
    }

    /// Goes one expression deeper, unless that is too deep or the session is over.
    pub(super) fn enter(&mut self, span: Span) -> bool {
        self.depth += 1;
        self.at = span;
        if self.session.is_over() || !self.spend(Task::Expressions, work::EXPR) {
            return false;
        }
        if self.depth <= DEPTH_MAX {
            return true;
        }
        let report = error(
            codes::TOO_DEEP,
            span,
            "this expression is nested too deeply",
        );
        self.report(report.help("give parts of it a name with `let`"));
        false
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The record type with exactly these fields, made on first use.
    pub(super) fn record_type(&mut self, name: &str, fields: Vec<(Box<str>, Type)>) -> RecordId {
        let record = RecordDef::new(name, fields, &self.records);
        self.record_like(record)
    }

    /// The record type of an input.
    pub(super) fn input_type(
        &mut self,
        fields: Vec<(Box<str>, Type)>,
        declared: &ast::Fields,
    ) -> RecordId {
        let mut record = RecordDef::new("Input", fields, &self.records);
        record.open = declared.open;
        self.record_like(record)
    }

    pub(super) fn record_like(&mut self, record: RecordDef) -> RecordId {
        if let Some(id) = self.record_ids.get(&record) {
            return *id;
        }
        self.add_record(record)
    }

    /// A record type of its own.
    pub(super) fn add_record(&mut self, record: RecordDef) -> RecordId {
        self.spend(Task::Types, work::MEMBER * (record.fields.len() as u64 + 1));
        let depths = record.fields.iter().map(|field| self.type_depth(&field.ty));
        self.record_depths.push(1 + depths.max().unwrap_or(0));
        let id = RecordId(length(&self.records));
        self.record_ids.entry(record.clone()).or_insert(id);
        self.records.push(record);
        id
    }

    /// How many records, lists and options values of a type have inside each other.
    pub(super) fn type_depth(&self, ty: &Type) -> u32 {
        match ty {
            Type::List(inner, _) | Type::Option(inner) => 1 + self.type_depth(inner),
            // An entry is a record.
            Type::Map(_, value, _) => 2 + self.type_depth(value),
            Type::Record(id) => {
                // A record that is not known is as deep as none may be.
                let depth = self.record_depths.get(id.0 as usize);
                depth.copied().unwrap_or(TYPE_NESTING_MAX)
            }
            _ => 0,
        }
    }

    pub(super) fn add_enum_def(&mut self, def: EnumDef) -> EnumId {
        self.spend(Task::Types, work::MEMBER * (def.cases.len() as u64 + 1));
        let numbers = def.cases.iter().cloned().zip(0..).collect();
        self.case_numbers.push(numbers);
        self.enums.push(def);
        EnumId(length(&self.enums) - 1)
    }

    /// The number of a case of an enum.
    pub(super) fn case_number(&self, id: EnumId, name: &str) -> Option<u32> {
        self.case_numbers.get(id.0 as usize)?.get(name).copied()
    }

    pub(super) fn record(&self, id: RecordId) -> Option<&RecordDef> {
        self.records.get(id.0 as usize)
    }

    /// The fields of a record of this program.
    #[expect(
        clippy::unreachable,
        reason = "types are made with their records, and a record of no fields would fit every value"
    )]
    pub(super) fn fields(&self, id: RecordId) -> Vec<FieldDef> {
        match self.record(id) {
            Some(record) => record.fields.clone(),
            None => unreachable!("a type names a record of another program"),
        }
    }

    pub(super) fn enum_def(&self, id: EnumId) -> Option<&EnumDef> {
        self.enums.get(id.0 as usize)
    }

    pub(super) fn field(&self, id: RecordId, name: &str) -> Option<&FieldDef> {
        self.record(id).and_then(|record| record.field(name))
    }
}

/// The length of a table as an index of it.
pub(super) fn length<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

/// Stands in for an expression with an error that has been reported.
pub(super) fn error_expr() -> Expr {
    expr(ExprKind::Bool(false), Type::Error)
}

/// An expression that cannot fail by itself.
pub(super) fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr {
        kind,
        ty,
        point: PointId(0),
    }
}

/// An expression that reports its errors at a place.
pub(super) fn expr_at(kind: ExprKind, ty: Type, point: PointId) -> Expr {
    Expr { kind, ty, point }
}

pub(super) fn bool_expr(value: bool) -> Expr {
    expr(ExprKind::Bool(value), Type::Bool)
}

pub(super) fn text_expr(handle: Handle, ty: Type) -> Expr {
    expr(ExprKind::Text(handle), ty)
}

pub(super) fn local_expr(local: LocalId, ty: Type) -> Expr {
    expr(ExprKind::Local(local), ty)
}

pub(super) fn field_expr(base: Expr, offset: u32, ty: Type) -> Expr {
    let base = Box::new(base);
    expr(ExprKind::Field { base, offset }, ty)
}

pub(super) fn binary(op: BinaryOp, left: Expr, right: Expr, ty: Type, point: PointId) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    expr_at(ExprKind::Binary { op, left, right }, ty, point)
}

pub(super) fn unary(op: UnaryOp, operand: Expr, ty: Type, point: PointId) -> Expr {
    let operand = Box::new(operand);
    expr_at(ExprKind::Unary { op, expr: operand }, ty, point)
}

pub(super) fn and(left: Expr, right: Expr) -> Expr {
    match (&left.kind, &right.kind) {
        (ExprKind::Bool(true), _) => right,
        (ExprKind::Bool(false), _) | (_, ExprKind::Bool(true)) => left,
        _ => expr(ExprKind::And(Box::new(left), Box::new(right)), Type::Bool),
    }
}

pub(super) fn or(left: Expr, right: Expr) -> Expr {
    match (&left.kind, &right.kind) {
        (ExprKind::Bool(false), _) => right,
        (ExprKind::Bool(true), _) | (_, ExprKind::Bool(false)) => left,
        _ => expr(ExprKind::Or(Box::new(left), Box::new(right)), Type::Bool),
    }
}

pub(super) fn not(operand: Expr) -> Expr {
    match operand.kind {
        ExprKind::Bool(value) => bool_expr(!value),
        _ => unary(UnaryOp::Not, operand, Type::Bool, PointId(0)),
    }
}

pub(super) fn if_expr(cond: Expr, then: Expr, otherwise: Expr, ty: Type) -> Expr {
    match cond.kind {
        ExprKind::Bool(true) => then,
        ExprKind::Bool(false) => otherwise,
        _ => expr(
            ExprKind::If {
                cond: Box::new(cond),
                then: Box::new(then),
                otherwise: Box::new(otherwise),
            },
            ty,
        ),
    }
}

pub(super) fn let_expr(local: LocalId, value: Expr, body: Expr) -> Expr {
    let ty = body.ty.clone();
    let (value, body) = (Box::new(value), Box::new(body));
    expr(ExprKind::Let { local, value, body }, ty)
}

/// A loop that cannot fail by itself: its list, and its body for each element in `var`.
pub(super) fn loop_expr(
    kind: LoopKind,
    var: LocalId,
    (list, body): (Expr, Expr),
    ty: Type,
) -> Expr {
    let (list, body) = (Box::new(list), Box::new(body));
    let kind = ExprKind::Loop {
        kind,
        var,
        list,
        body,
    };
    expr(kind, ty)
}

/// True for what may be evaluated twice instead of being kept in a local.
pub(super) fn is_simple(e: &Expr) -> bool {
    is_constant(e) || matches!(e.kind, ExprKind::Local(_) | ExprKind::Input(_))
}

/// True for values known now.
pub(super) fn is_constant(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number(_)
            | ExprKind::Wide(_)
            | ExprKind::Text(_)
            | ExprKind::Const(_)
    ) && e.ty != Type::Error
}

/// The expression without its parentheses.
pub(super) fn bare(mut e: &ast::Expr) -> &ast::Expr {
    while let ast::ExprKind::Paren(inner) = &e.kind {
        e = inner;
    }
    e
}
