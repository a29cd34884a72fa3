//! Which values of a program come from hidden fields: data flow over the checked tree.
//!
//! A value is hidden when anything that it is computed from is, the conditions of choices included, so that no copy, count
//! or choice shows what its source must not. Records are the exception: a record that merely contains a hidden field is
//! shown without it, which its type tells. Functions are read twice: once for what they give from unhidden arguments, and
//! once, callers first, for what they make of the hidden arguments that some call passes.

use std::collections::{HashMap, HashSet};

use super::keys::Loop;
use super::redaction::Redaction;
use crate::data::types::{RecordId, Type, WORD};
use crate::ir::{Body, Expr, ExprKind, FuncId, PointId, Program};

/// Where hidden values of a program come to light.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// Operands of conditions: group, shape, leaf, and whether it is the right one.
    operands: HashSet<(usize, usize, u32, bool)>,
    /// Operands of effects that are hidden as a whole.
    effects: HashSet<(PointId, usize)>,
    /// Fields, by their offset, of operands that are made where the effect is.
    fields: HashSet<(PointId, usize, u32)>,
    /// Fields of the output by their offset.
    output: Output,
}

/// What is hidden of an output.
#[derive(Debug, Default)]
struct Output {
    all: bool,
    offsets: HashSet<u32>,
}

/// Whether an effect shows which values chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choices {
    /// It must not: what is hidden may have chosen.
    Hidden,
    /// It may: it stands for a rule, and whether a rule holds is visible.
    OfRules,
}

impl Origins {
    pub(super) fn of(program: &Program, redaction: &Redaction, choices: Choices) -> Self {
        if redaction.hides_nothing() {
            return Self::default();
        }
        let mut flow = Flow::new(program, redaction, choices);
        flow.functions();
        match &program.body {
            Body::Guard(body) => {
                let mut locals = vec![false; program.locals.len()];
                flow.output(body, &mut locals, &mut Vec::new());
            }
            Body::Policy(policy) => {
                let mut locals = vec![false; program.locals.len()];
                for (local, value) in &policy.lets {
                    let hidden = flow.value(value, &mut locals);
                    set(&mut locals, local.0, hidden);
                }
                for (group, rules) in policy.groups.iter().enumerate() {
                    for (shape, condition) in rules.plan.shapes.iter().enumerate() {
                        flow.at = (group, shape);
                        flow.value(condition, &mut locals);
                    }
                }
                for effect in &policy.effects {
                    flow.value(&effect.value, &mut locals);
                }
            }
        }
        flow.called_functions();
        flow.found
    }

    pub(super) fn hides_left(&self, group: u32, shape: u32, leaf: u32) -> bool {
        let key = (group as usize, shape as usize, leaf, false);
        self.operands.contains(&key)
    }

    pub(super) fn hides_right(&self, group: u32, shape: u32, leaf: u32) -> bool {
        let key = (group as usize, shape as usize, leaf, true);
        self.operands.contains(&key)
    }

    pub(super) fn hides_effect(&self, point: PointId, operand: usize) -> bool {
        self.effects.contains(&(point, operand))
    }

    /// Whether a field of an operand is hidden that is not hidden as a whole.
    pub(super) fn hides_field(&self, point: PointId, operand: usize, offset: u32) -> bool {
        self.fields.contains(&(point, operand, offset))
    }

    pub(super) fn hides_some_field(&self, point: PointId, operand: usize) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|(at, number, _)| (*at, *number) == (point, operand))
    }

    pub(super) fn hides_output(&self, offset: u32) -> bool {
        self.output.all || self.output.offsets.contains(&offset)
    }
}

struct Flow<'p> {
    program: &'p Program,
    redaction: &'p Redaction,
    choices: Choices,
    /// First byte and one past the last byte of the hidden fields of the input.
    input: Vec<(u32, u32)>,
    /// Whether a function gives a hidden value whatever its arguments are.
    gives: Vec<bool>,
    /// Which parameters of a function get a hidden value from a call.
    takes: HashMap<FuncId, Vec<bool>>,
    /// Functions that some call reaches only for some hidden values.
    chosen_functions: HashSet<FuncId>,
    /// Whether what is read happens only for some hidden values.
    chosen: bool,
    /// The group and shape whose conditions are read.
    at: (usize, usize),
    found: Origins,
}

impl<'p> Flow<'p> {
    fn new(program: &'p Program, redaction: &'p Redaction, choices: Choices) -> Self {
        let mut flow = Self {
            program,
            redaction,
            choices,
            input: Vec::new(),
            gives: Vec::new(),
            takes: HashMap::new(),
            chosen_functions: HashSet::new(),
            chosen: false,
            at: (0, 0),
            found: Origins::default(),
        };
        flow.hidden_input(program.input, program.input_base);
        flow
    }

    /// The places of hidden fields in a record of the input.
    fn hidden_input(&mut self, record: RecordId, address: u32) {
        let Some(record) = self.program.records.get(record.0 as usize) else {
            return;
        };
        for field in &record.fields {
            let start = address + field.offset;
            if self.redaction.hides(&field.name) {
                let end = start + field.ty.words(&self.program.records) * WORD;
                self.input.push((start, end));
                continue;
            }
            let (mut ty, mut at) = (&field.ty, start);
            while let Type::Option(inner) = ty {
                (ty, at) = (inner, at + WORD);
            }
            if let Type::Record(id) = ty {
                self.hidden_input(*id, at);
            }
        }
    }

    /// What functions give; each calls only earlier ones.
    fn functions(&mut self) {
        let program = self.program;
        for function in &program.functions {
            let mut locals = vec![false; function.locals.len()];
            let hidden = self.value(&function.body, &mut locals);
            self.gives.push(hidden);
        }
        // These arguments belong to no call from the body.
        self.takes.clear();
        self.chosen_functions.clear();
    }

    /// The functions that hidden values are passed to, callers first.
    fn called_functions(&mut self) {
        let program = self.program;
        for (number, function) in program.functions.iter().enumerate().rev() {
            let Ok(id) = u32::try_from(number).map(FuncId) else {
                continue;
            };
            let Some(mut locals) = self.takes.get(&id).cloned() else {
                continue;
            };
            locals.resize(function.locals.len(), false);
            let chosen = self.chosen_functions.contains(&id);
            self.value_if(chosen, &function.body, &mut locals);
        }
    }

    /// As [`Flow::value`], of what happens only for some values that are hidden, if `chosen`.
    fn value_if(&mut self, chosen: bool, expr: &Expr, locals: &mut [bool]) -> bool {
        let before = self.chosen;
        self.chosen |= chosen && self.choices == Choices::Hidden;
        let hidden = self.value(expr, locals);
        self.chosen = before;
        hidden
    }

    /// Whether a value is hidden; notes where hidden values come to light.
    fn value(&mut self, expr: &Expr, locals: &mut [bool]) -> bool {
        match &expr.kind {
            ExprKind::Input(address) => self
                .input
                .iter()
                .any(|(start, end)| (*start..*end).contains(address)),
            ExprKind::Local(local) => locals.get(local.0 as usize).copied().unwrap_or(true),
            ExprKind::Field { base, offset } => {
                self.value(base, locals) || self.hides_field(&base.ty, *offset, &expr.ty)
            }
            ExprKind::Let { local, value, body } => {
                let hidden = self.value(value, locals);
                set(locals, local.0, hidden);
                self.value(body, locals)
            }
            ExprKind::Loop {
                var, list, body, ..
            } => {
                let entries = Loop {
                    var: *var,
                    list,
                    body,
                    at: self.at,
                };
                let hidden =
                    self.value(list, locals) || entries.hides_entries(self.program, self.redaction);
                set(locals, var.0, hidden);
                self.value_if(hidden, body, locals) || hidden
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                let chosen = self.value(cond, locals);
                let then = self.value_if(chosen, then, locals);
                let otherwise = self.value_if(chosen, otherwise, locals);
                chosen || then || otherwise
            }
            ExprKind::Else { value, default } => {
                let chosen = self.value(value, locals);
                self.value_if(chosen, default, locals) || chosen
            }
            ExprKind::Call { function, args } => {
                let hidden: Vec<bool> = args.iter().map(|arg| self.value(arg, locals)).collect();
                let any = hidden.contains(&true);
                if self.chosen {
                    self.chosen_functions.insert(*function);
                }
                let takes = self
                    .takes
                    .entry(*function)
                    .or_insert_with(|| vec![false; hidden.len()]);
                takes
                    .iter_mut()
                    .zip(&hidden)
                    .for_each(|(param, arg)| *param |= arg);
                any || self.gives.get(function.0 as usize).copied().unwrap_or(true)
            }
            ExprKind::Effect { effect, operands } => {
                let point = self.program.effects.get(effect.0 as usize).map(|e| e.point);
                let mut any = false;
                for (number, operand) in operands.iter().enumerate() {
                    any |= self.operand(operand, point.map(|point| (point, number)), locals);
                }
                any
            }
            ExprKind::Probe { leaf, expr } => {
                let hidden = self.value(expr, locals);
                let (group, shape) = self.at;
                if let Some((left, right)) = expr.operands() {
                    if self.value(left, locals) {
                        self.found.operands.insert((group, shape, *leaf, false));
                    }
                    if right.is_some_and(|right| self.value(right, locals)) {
                        self.found.operands.insert((group, shape, *leaf, true));
                    }
                }
                hidden
            }
            _ => {
                let mut hidden = false;
                expr.each_child(&mut |child| hidden |= self.value(child, locals));
                hidden
            }
        }
    }

    /// Whether the field at an offset of a record, or one that it stands in, is hidden.
    fn hides_field(&self, base: &Type, offset: u32, wanted: &Type) -> bool {
        let (mut ty, mut offset) = (base, offset);
        while let Type::Record(id) = ty {
            let record = self.program.records.get(id.0 as usize);
            let field = record.and_then(|record| {
                let mut before = record.fields.iter().filter(|field| field.offset <= offset);
                before.next_back()
            });
            // What is not understood is hidden.
            let Some(field) = field else {
                return true;
            };
            if self.redaction.hides(&field.name) {
                return true;
            }
            offset -= field.offset;
            if offset == 0 && field.ty == *wanted {
                return false;
            }
            ty = &field.ty;
        }
        false
    }

    /// Whether anything of an effect's operand is hidden. Of a record that is made here each field is looked at alone. Where a hidden
    /// value chose the effect, all of it is: a constant says which was chosen.
    fn operand(
        &mut self,
        operand: &Expr,
        at: Option<(PointId, usize)>,
        locals: &mut [bool],
    ) -> bool {
        let (ExprKind::Record { fields }, Type::Record(_)) = (&operand.kind, &operand.ty) else {
            let hidden = self.value(operand, locals) || self.chosen;
            self.found.effects.extend(at.filter(|_| hidden));
            return hidden;
        };
        let mut any = self.chosen;
        self.found.effects.extend(at.filter(|_| any));
        for (offset, value) in fields {
            let hidden = self.value(value, locals);
            any |= hidden;
            if let Some((point, number)) = at.filter(|_| hidden) {
                self.found.fields.insert((point, number, *offset));
            }
        }
        any
    }

    /// Which fields of the record that a guard returns are hidden. `chosen` are the conditions on the way to it.
    fn output(&mut self, expr: &'p Expr, locals: &mut [bool], chosen: &mut Vec<bool>) {
        match &expr.kind {
            ExprKind::Let { local, value, body } => {
                let hidden = self.value(value, locals);
                set(locals, local.0, hidden);
                self.output(body, locals, chosen);
            }
            ExprKind::Check { then, .. } => self.output(then, locals, chosen),
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                let hidden = self.value(cond, locals);
                chosen.push(hidden);
                self.output(then, locals, chosen);
                self.output(otherwise, locals, chosen);
                chosen.pop();
            }
            ExprKind::Fail { .. } => {}
            ExprKind::Record { fields } if !chosen.contains(&true) => {
                for (offset, value) in fields {
                    if self.value(value, locals) {
                        self.found.output.offsets.insert(*offset);
                    }
                }
            }
            _ => {
                let hidden = self.value(expr, locals) || chosen.contains(&true);
                self.found.output.all |= hidden;
            }
        }
    }
}

/// A local that is not there belongs to a broken program; its value counts as hidden where it is read.
fn set(locals: &mut [bool], local: u32, hidden: bool) {
    if let Some(place) = locals.get_mut(local as usize) {
        *place = hidden;
    }
}
