//! The definition of the language: a naive evaluator of the checked tree.
//!
//! It walks the tree as [`ir`](crate::ir) describes it, charges as [`cost`] describes it, and does nothing
//! clever. Every engine is compared with it: decision, gas, effects, output, traces. A value is the two words that stand
//! for it on an engine's stack: a word and zero, the halves of a wide, or an address and zero.

pub(crate) mod globs;
mod joined;
mod made;
mod networks;
mod operators;
mod policy;
mod said;

use crate::data::decimal;
use crate::data::gas::{self, Gas, GasLimits, Layer};
use crate::data::types::{Repr, Type, WORD};
use crate::host::facts::{Answer, Facts};
use crate::host::input::{Input, ProgramId};
use crate::host::memory::{Arena, Interner, PoolTexts, write_answer, write_trust};
use crate::host::outcome::{
    DecidedBy, EffectRecord, EvalError, Explanation, GasLayer, LeafTrace, RuleTrace, Status,
    Verdict,
};
use crate::ir::cost;
use crate::ir::value::{self, Value};
use crate::ir::{
    AutomatonId, Body, EffectId, Expr, ExprKind, FactKind, FuncId, Handle, LocalId, LoopKind,
    MessageId, PointId, Program, UnaryOp,
};

/// Most bytes an evaluation may write. Far above every bound the checker proves.
const ARENA_BYTES_MAX: usize = 64 * 1024 * 1024;

/// All that an evaluation gives.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The verdict.
    pub verdict: Verdict,
    /// The effects of the decision; none after an error.
    pub effects: Vec<EffectRecord>,
    /// What a guard returned.
    pub output: Option<Value>,
    /// Outcomes of rules and leaves; empty unless asked for.
    pub rules: Vec<RuleTrace>,
    /// See [`Explanation::leaves`].
    pub leaves: Vec<LeafTrace>,
    /// The memory after it, which traces refer to.
    pub memory: Vec<u8>,
    /// Bytes taken from the arena by the verdict.
    pub arena_used: u32,
    /// Whether the value of an option that is none was read, which no program that was checked does.
    pub read_none: bool,
}

/// Evaluates a program.
pub fn evaluate(
    program: &Program,
    input: &Input,
    facts: &mut dyn Facts,
    limits: &GasLimits,
) -> Verdict {
    run(program, input, facts, limits).verdict
}

/// Evaluates a program and records the outcome of every rule; see [`Explanation`].
pub fn explain(
    program: &Program,
    input: &Input,
    facts: &mut dyn Facts,
    limits: &GasLimits,
) -> Explanation {
    run(program, input, facts, limits).into_explanation()
}

impl Evaluation {
    /// The explanation alone.
    #[must_use]
    pub fn into_explanation(self) -> Explanation {
        Explanation {
            verdict: self.verdict,
            rules: self.rules,
            leaves: self.leaves,
        }
    }
}

/// Evaluates a program with everything there is to know about it.
pub fn run(
    program: &Program,
    input: &Input,
    facts: &mut dyn Facts,
    limits: &GasLimits,
) -> Evaluation {
    let mut memory = program.pool.bytes.clone();
    memory.resize(program.input_base as usize, 0);
    memory.extend_from_slice(&input.bytes);
    memory.resize(memory.len().next_multiple_of(16), 0);
    let arena_base = u32::try_from(memory.len()).unwrap_or(u32::MAX);
    let walk = Walk {
        program,
        facts,
        limits: *limits,
        used: Gas::ZERO,
        interner: Interner::new(PoolTexts::new(program)),
        input_texts: &input.texts,
        memory,
        top: arena_base,
        locals: vec![[0, 0]; program.locals.len()],
        params: 0,
        leaf_base: 0,
        leaf: None,
        watched: None,
        read_none: false,
        rules: Vec::new(),
        leaves: vec![LeafTrace::default(); leaf_count(program)],
    };
    if input.program != ProgramId::of(program) {
        return walk.finish(Err(EvalError::WrongInput), arena_base);
    }
    match &program.body {
        Body::Policy(policy) => walk.policy(policy, arena_base),
        Body::Guard(body) => walk.guard(body, arena_base),
    }
}

fn leaf_count(program: &Program) -> usize {
    let Body::Policy(policy) = &program.body else {
        return 0;
    };
    let rules = policy.groups.iter().flat_map(|g| &g.rules);
    rules
        .map(|r| r.leaf_base as usize + r.leaves.len())
        .max()
        .unwrap_or(0)
}

/// Why an expression gave no value.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Error(EvalError),
    /// A guard rejected.
    Message(MessageId),
}

impl From<EvalError> for Stop {
    fn from(error: EvalError) -> Self {
        Self::Error(error)
    }
}

const BROKEN: Stop = Stop::Error(EvalError::Internal);

type Words = [u64; 2];
type Eval<T = Words> = Result<T, Stop>;

const fn one(word: u64) -> Words {
    [word, 0]
}

const fn truth(value: bool) -> Words {
    one(value as u64)
}

/// An evaluation under way.
struct Walk<'a> {
    program: &'a Program,
    facts: &'a mut dyn Facts,
    limits: GasLimits,
    used: Gas,
    interner: Interner,
    input_texts: &'a [Handle],
    memory: Vec<u8>,
    top: u32,
    /// Locals of the body being evaluated: of the program, or of a function.
    locals: Vec<Words>,
    /// Constants of the rule being evaluated.
    params: u32,
    /// Number of the first leaf of the rule being evaluated.
    leaf_base: u32,
    /// The leaf being evaluated; none in a function.
    leaf: Option<usize>,
    /// The leaf whose operands the next operator is.
    watched: Option<usize>,
    /// See [`Evaluation::read_none`].
    read_none: bool,
    rules: Vec<RuleTrace>,
    leaves: Vec<LeafTrace>,
}

impl Walk<'_> {
    fn finish(self, result: Result<crate::ir::Decision, EvalError>, base: u32) -> Evaluation {
        Evaluation {
            verdict: Verdict {
                result,
                by: DecidedBy::Error,
                gas: self.used,
            },
            effects: Vec::new(),
            output: None,
            rules: self.rules,
            leaves: self.leaves,
            arena_used: self.top - base,
            read_none: self.read_none,
            memory: self.memory,
        }
    }

    /// Makes a charge, or none of it.
    fn charge(&mut self, gas: Gas) -> Eval<()> {
        let after = self.used.plus(&gas);
        let layers = &self.limits.layers;
        let exhausted = if after.total() > self.limits.total {
            GasLayer::Total
        } else if after.network > layers.network {
            GasLayer::Layer(Layer::Network)
        } else if after.compute > layers.compute {
            GasLayer::Layer(Layer::Compute)
        } else if after.storage > layers.storage {
            GasLayer::Layer(Layer::Storage)
        } else if after.realm > layers.realm {
            GasLayer::Layer(Layer::Realm)
        } else {
            self.used = after;
            return Ok(());
        };
        Err(EvalError::GasExhausted { layer: exhausted }.into())
    }

    fn charge_compute(&mut self, amount: u64) -> Eval<()> {
        self.charge(Gas::compute(amount))
    }

    /// Charges for a block and evaluates it.
    fn block(&mut self, expr: &Expr) -> Eval {
        self.charge(cost::block(expr))?;
        self.eval(expr)
    }

    fn block_is_true(&mut self, expr: &Expr) -> Eval<bool> {
        Ok(self.block(expr)?[0] != 0)
    }

    fn is_true(&mut self, expr: &Expr) -> Eval<bool> {
        Ok(self.eval(expr)?[0] != 0)
    }

    fn eval(&mut self, expr: &Expr) -> Eval {
        // A leaf's operands are those of the operator directly in it, or behind NOTs, or of the fact before `else`.
        let watched = match &expr.kind {
            ExprKind::Unary {
                op: UnaryOp::Not, ..
            } => None,
            ExprKind::Else { .. } if expr.operands().is_some() => None,
            _ => self.watched.take(),
        };
        match &expr.kind {
            ExprKind::Bool(value) => Ok(truth(*value)),
            ExprKind::Int(value) => Ok(one(value.cast_unsigned())),
            ExprKind::Number(value) => Ok(one(value.to_bits())),
            ExprKind::Wide(value) => Ok(value::halves(*value)),
            ExprKind::Text(handle) => Ok(one(handle.0)),
            ExprKind::Const(address) => Ok(one(u64::from(*address))),
            ExprKind::Param(offset) => self.load(&expr.ty, self.params + offset),
            ExprKind::Input(address) => self.load(&expr.ty, *address),
            ExprKind::Local(local) => self.locals.get(local.0 as usize).copied().ok_or(BROKEN),
            ExprKind::Field { base, offset } => {
                let address = self.address(base)?;
                self.load(&expr.ty, address + offset)
            }
            ExprKind::Unary { op, expr: operand } => {
                let value = self.eval(operand)?;
                self.unary(*op, value, expr.point)
            }
            ExprKind::Binary { op, left, right } => {
                let left = self.eval(left)?;
                let right = self.eval(right)?;
                self.note(watched, left, right);
                self.binary(*op, left, right, expr.point)
            }
            ExprKind::And(left, right) => {
                Ok(truth(self.is_true(left)? && self.block_is_true(right)?))
            }
            ExprKind::Or(left, right) => {
                Ok(truth(self.is_true(left)? || self.block_is_true(right)?))
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                let branch = if self.is_true(cond)? { then } else { otherwise };
                self.block(branch)
            }
            ExprKind::Let { local, value, body } => {
                let value = self.eval(value)?;
                self.bind(*local, value)?;
                self.eval(body)
            }
            ExprKind::Check {
                cond,
                message,
                then,
            } => {
                if !self.is_true(cond)? {
                    return Err(Stop::Message(*message));
                }
                self.block(then)
            }
            ExprKind::Fail { message } => Err(Stop::Message(*message)),
            ExprKind::NoValue => Err(EvalError::NoValue { point: expr.point }.into()),
            ExprKind::Call { function, args } => self.call(*function, args),
            ExprKind::In { item, list } => {
                let item_words = self.eval(item)?;
                let list = self.eval(list)?;
                self.note(watched, item_words, list);
                self.contains(&item.ty, item_words, Handle(list[0]))
            }
            ExprKind::Loop {
                kind,
                var,
                list,
                body,
            } => self.repeat(expr, *kind, *var, list, body),
            ExprKind::Record { fields } => self.record(&expr.ty, fields),
            ExprKind::List { items } => {
                let values = self.all(items)?;
                match items.first() {
                    Some(first) => self.list(&first.ty, &values),
                    None => Ok(one(0)),
                }
            }
            ExprKind::Joined { how, left, right } => self.joined(*how, left, right),
            ExprKind::Effect { effect, operands } => self.new_effect(*effect, operands),
            ExprKind::Some(payload) => {
                let value = self.eval(payload)?;
                self.option(&payload.ty, Some(value))
            }
            ExprKind::NoneOf => {
                let Type::Option(inner) = &expr.ty else {
                    return Err(BROKEN);
                };
                self.option(inner, None)
            }
            ExprKind::IsSome(option) => {
                let address = self.address(option)?;
                Ok(truth(self.word(address)? != 0))
            }
            ExprKind::Payload(option) => {
                let address = self.address(option)?;
                self.read_none |= self.word(address)? == 0;
                self.load(&expr.ty, address + WORD)
            }
            ExprKind::Automaton { automaton, subject } => {
                let subject = self.eval(subject)?;
                self.note(watched, subject, [0, 0]);
                self.automaton(*automaton, Handle(subject[0]))
            }
            ExprKind::Fact { kind, args } => {
                let args = self.all(args)?;
                let operand = |i: usize| args.get(i).copied().unwrap_or([0, 0]);
                self.note(watched, operand(0), operand(1));
                let unknown = EvalError::UnknownFact {
                    kind: *kind,
                    point: expr.point,
                };
                self.fact(*kind, &args, expr.point)?
                    .ok_or_else(|| unknown.into())
            }
            ExprKind::Else { value, default } => match self.eval(value) {
                Err(Stop::Error(EvalError::UnknownFact { .. })) => {
                    if let Some(trace) = self.leaf.and_then(|leaf| self.leaves.get_mut(leaf)) {
                        trace.handled = true;
                    }
                    self.block(default)
                }
                known => known,
            },
            ExprKind::Probe { leaf, expr } => self.probe(*leaf, expr),
        }
    }

    fn all(&mut self, exprs: &[Expr]) -> Eval<Vec<Words>> {
        exprs.iter().map(|expr| self.eval(expr)).collect()
    }

    /// Evaluates a leaf and records its outcome.
    fn probe(&mut self, leaf: u32, expr: &Expr) -> Eval {
        let index = (self.leaf_base + leaf) as usize;
        (self.leaf, self.watched) = (Some(index), Some(index));
        let result = self.eval(expr);
        (self.leaf, self.watched) = (None, None);
        let status = match &result {
            Ok([0, _]) => Status::Fail,
            Ok(_) => Status::Pass,
            Err(_) => Status::Error,
        };
        if let Some(trace) = self.leaves.get_mut(index) {
            trace.status = status as u8;
        }
        result
    }

    fn note(&mut self, watched: Option<usize>, left: Words, right: Words) {
        if let Some(trace) = watched.and_then(|index| self.leaves.get_mut(index)) {
            (trace.left, trace.right) = (left, right);
        }
    }

    fn bind(&mut self, local: LocalId, value: Words) -> Eval<()> {
        let place = self.locals.get_mut(local.0 as usize).ok_or(BROKEN)?;
        *place = value;
        Ok(())
    }

    fn call(&mut self, function: FuncId, args: &[Expr]) -> Eval {
        let mut locals = self.all(args)?;
        let program = self.program;
        let function = program.functions.get(function.0 as usize).ok_or(BROKEN)?;
        locals.resize(function.locals.len(), [0, 0]);
        let caller = std::mem::replace(&mut self.locals, locals);
        let leaf = self.leaf.take();
        let result = self.block(&function.body);
        self.leaf = leaf;
        self.locals = caller;
        result
    }

    fn contains(&mut self, ty: &Type, item: Words, list: Handle) -> Eval {
        self.charge_compute(gas::ELEMENT * u64::from(list.length()))?;
        let stride = ty.words(&self.program.records) * WORD;
        for i in 0..list.length() {
            let element = self.load(ty, list.address() + i * stride)?;
            let equal = match ty {
                Type::Number => f64::from_bits(element[0]) == f64::from_bits(item[0]),
                _ => element == item,
            };
            if equal {
                return Ok(truth(true));
            }
        }
        Ok(truth(false))
    }

    fn repeat(
        &mut self,
        whole: &Expr,
        kind: LoopKind,
        var: LocalId,
        list: &Expr,
        body: &Expr,
    ) -> Eval {
        let Type::List(element, _) = &list.ty else {
            return Err(BROKEN);
        };
        let list = Handle(self.eval(list)?[0]);
        let stride = element.words(&self.program.records) * WORD;
        // What the body gave for each element, and the elements themselves.
        let mut values = Vec::new();
        let mut elements = Vec::new();
        for i in 0..list.length() {
            self.charge(cost::block(body).plus(&Gas::compute(gas::ELEMENT)))?;
            let item = self.load(element, list.address() + i * stride)?;
            self.bind(var, item)?;
            let value = self.eval(body)?;
            match kind {
                LoopKind::Any if value[0] != 0 => return Ok(truth(true)),
                LoopKind::All if value[0] == 0 => return Ok(truth(false)),
                LoopKind::First if value[0] != 0 => return self.option(element, Some(item)),
                LoopKind::Sum => {
                    let sum = values.pop().unwrap_or([0, 0]);
                    values = vec![operators::add(&body.ty, sum, value, whole.point)?];
                }
                _ => {
                    values.push(value);
                    elements.push(item);
                }
            }
        }
        self.gathered(kind, &body.ty, element, &values, &elements)
    }

    /// The value of a loop that went through the whole list.
    fn gathered(
        &mut self,
        kind: LoopKind,
        body: &Type,
        element: &Type,
        values: &[Words],
        elements: &[Words],
    ) -> Eval {
        let holds = |value: &&Words| value[0] != 0;
        match kind {
            LoopKind::Any => Ok(truth(false)),
            LoopKind::All => Ok(truth(true)),
            LoopKind::Count => Ok(one(values.iter().filter(holds).count() as u64)),
            LoopKind::Sum => Ok(values.first().copied().unwrap_or([0, 0])),
            LoopKind::Min | LoopKind::Max => {
                let best = values.iter().copied().reduce(|best, value| {
                    let better = match kind {
                        LoopKind::Min => operators::less(body, value, best),
                        _ => operators::less(body, best, value),
                    };
                    if better { value } else { best }
                });
                self.option(body, best)
            }
            LoopKind::First => self.option(element, None),
            LoopKind::Map => self.list(body, values),
            LoopKind::Filter => {
                let kept = elements.iter().zip(values).filter(|(_, v)| v[0] != 0);
                let kept: Vec<Words> = kept.map(|(element, _)| *element).collect();
                self.list(element, &kept)
            }
        }
    }

    fn automaton(&mut self, id: AutomatonId, subject: Handle) -> Eval {
        self.charge_compute(gas::text(u64::from(subject.length())))?;
        let program = self.program;
        let automaton = program.automata.get(id.0 as usize).ok_or(BROKEN)?;
        let byte = |address: u32| {
            program
                .pool
                .bytes
                .get(address as usize)
                .copied()
                .ok_or(BROKEN)
        };
        let mut state = automaton.start;
        for &b in self.text(subject)?.as_bytes() {
            let class = u32::from(byte(automaton.class_map + u32::from(b))?);
            let at = automaton.table + 2 * (state * automaton.classes + class);
            state = u32::from(u16::from_le_bytes([byte(at)?, byte(at + 1)?]));
        }
        Ok(truth(byte(automaton.accepting + state)? == 1))
    }

    /// Asks the host; `None` is unknown.
    fn fact(&mut self, kind: FactKind, args: &[Words], point: PointId) -> Eval<Option<Words>> {
        let texts = args
            .iter()
            .map(|arg| Ok(self.text(Handle(arg[0]))?.to_owned()));
        let texts = texts.collect::<Eval<Vec<String>>>()?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let failed = |_| EvalError::FactFailed { kind, point };
        let answer = match (kind, texts.as_slice()) {
            (FactKind::Trust, [did]) => {
                let Some(vector) = self.facts.trust(did).map_err(failed)? else {
                    return Ok(None);
                };
                self.reserve(48)?;
                let written = write_trust(&vector, &mut arena(&mut self.memory, &mut self.top));
                let address = written.map_err(|e| e.ends(kind, point))?;
                return Ok(Some(one(u64::from(address))));
            }
            (FactKind::HasCredential, [subject, pattern]) => {
                let holds = self.facts.has_credential(subject, pattern);
                holds.map_err(failed)?.map_or(Answer::Unknown, Answer::Bool)
            }
            _ => self.facts.ask(kind, &texts).map_err(failed)?,
        };
        self.reserve(answer_bytes(&answer))?;
        write_answer(
            kind,
            &answer,
            &mut self.interner,
            self.input_texts,
            &mut arena(&mut self.memory, &mut self.top),
        )
        .map_err(|e| e.ends(kind, point).into())
    }

    /// The address of a record, option or trust vector.
    #[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits")]
    fn address(&mut self, expr: &Expr) -> Eval<u32> {
        Ok(self.eval(expr)?[0] as u32)
    }

    fn text(&self, handle: Handle) -> Eval<&str> {
        value::text(&self.memory, handle).ok_or(BROKEN)
    }

    fn word(&self, address: u32) -> Eval<u64> {
        value::word(&self.memory, address).ok_or(BROKEN)
    }

    /// The words that stand for the value at an address.
    fn load(&self, ty: &Type, address: u32) -> Eval {
        match ty.repr() {
            Repr::Word => Ok(one(self.word(address)?)),
            Repr::Wide => Ok([self.word(address)?, self.word(address + WORD)?]),
            Repr::Ref => Ok(one(u64::from(address))),
            Repr::Nothing => Err(BROKEN),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits")]
    fn store(&mut self, ty: &Type, address: u32, value: Words) -> Eval<()> {
        match ty.repr() {
            Repr::Word => self.set_word(address, value[0]),
            Repr::Wide => {
                self.set_word(address, value[0])?;
                self.set_word(address + WORD, value[1])
            }
            Repr::Ref => {
                for offset in (0..ty.words(&self.program.records) * WORD).step_by(8) {
                    let word = self.word(value[0] as u32 + offset)?;
                    self.set_word(address + offset, word)?;
                }
                Ok(())
            }
            Repr::Nothing => Err(BROKEN),
        }
    }

    fn set_word(&mut self, address: u32, word: u64) -> Eval<()> {
        arena(&mut self.memory, &mut self.top)
            .set_word(address, word)
            .map_err(|_| BROKEN)
    }

    /// Makes room above the arena's top.
    fn reserve(&mut self, bytes: usize) -> Eval<()> {
        let end = self.top as usize + bytes;
        if end > self.memory.len() {
            if end > ARENA_BYTES_MAX + self.program.input_base as usize {
                return Err(BROKEN);
            }
            self.memory.resize(end, 0);
        }
        Ok(())
    }

    fn allocate(&mut self, words: u32) -> Eval<u32> {
        self.reserve((words * WORD) as usize)?;
        arena(&mut self.memory, &mut self.top)
            .allocate(words * WORD)
            .map_err(|_| BROKEN)
    }

    fn record(&mut self, ty: &Type, fields: &[(u32, Expr)]) -> Eval {
        let mut values = Vec::new();
        for (offset, expr) in fields {
            values.push((*offset, &expr.ty, self.eval(expr)?));
        }
        let address = self.allocate(ty.words(&self.program.records))?;
        for (offset, ty, value) in values {
            self.store(ty, address + offset, value)?;
        }
        Ok(one(u64::from(address)))
    }

    /// A block of an effect's number, what taking it costs, and its operands.
    fn new_effect(&mut self, number: EffectId, operands: &[Expr]) -> Eval {
        let values = self.all(operands)?;
        let program = self.program;
        let effect = program.effects.get(number.0 as usize).ok_or(BROKEN)?;
        let address = self.allocate(effect.words(&program.records))?;
        let mut bytes = 0;
        for ((offset, ty), words) in effect.places(&program.records).zip(values) {
            bytes += if ty.is_text() {
                u64::from(Handle(words[0]).length())
            } else {
                u64::from(ty.words(&program.records) * WORD)
            };
            self.store(ty, address + offset, words)?;
        }
        self.set_word(address, u64::from(number.0))?;
        self.set_word(
            address + crate::host::effect::GAS,
            gas::EFFECT + gas::text(bytes),
        )?;
        Ok(one(u64::from(address)))
    }

    fn list(&mut self, element: &Type, values: &[Words]) -> Eval {
        let count = u32::try_from(values.len()).map_err(|_| BROKEN)?;
        let stride = element.words(&self.program.records);
        let address = self.allocate(stride * count)?;
        for (i, value) in (0..).zip(values) {
            self.store(element, address + i * stride * WORD, *value)?;
        }
        Ok(one(Handle::new(address, count).0))
    }

    fn option(&mut self, inner: &Type, payload: Option<Words>) -> Eval {
        let address = self.allocate(1 + inner.words(&self.program.records))?;
        if let Some(value) = payload {
            self.set_word(address, 1)?;
            self.store(inner, address + WORD, value)?;
        }
        Ok(one(u64::from(address)))
    }
}

fn arena<'m>(memory: &'m mut [u8], top: &'m mut u32) -> Arena<'m> {
    Arena { memory, top }
}

/// A wide value from its words.
const fn wide([low, high]: Words) -> i128 {
    value::wide(low, high)
}

/// Words of a wide result, or overflow.
fn wide_or_overflow(value: Option<i128>, point: PointId) -> Eval {
    value
        .map(value::halves)
        .ok_or(EvalError::Overflow { point }.into())
}

/// Words of an int result, or overflow.
fn int_or_overflow(value: Option<i64>, point: PointId) -> Eval {
    let value = value.ok_or(EvalError::Overflow { point })?;
    Ok(one(value.cast_unsigned()))
}

/// Words of a number result, or the error for what is not finite.
fn finite(value: f64, point: PointId) -> Eval {
    if value.is_finite() {
        Ok(one(value.to_bits()))
    } else {
        Err(EvalError::NotFinite { point }.into())
    }
}

impl Walk<'_> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "int to number rounds to the nearest"
    )]
    fn unary(&mut self, op: UnaryOp, value: Words, point: PointId) -> Eval {
        let int = value[0].cast_signed();
        match op {
            UnaryOp::Not => Ok(truth(value[0] == 0)),
            UnaryOp::NegInt => int_or_overflow(int.checked_neg(), point),
            UnaryOp::NegNumber => Ok(one((-f64::from_bits(value[0])).to_bits())),
            UnaryOp::NegWide => wide_or_overflow(wide(value).checked_neg(), point),
            UnaryOp::TextLength | UnaryOp::ListLength => {
                Ok(one(u64::from(Handle(value[0]).length())))
            }
            UnaryOp::IntToDecimal => Ok(value::halves(decimal::from_int(int))),
            UnaryOp::IntToNumber => Ok(one((int as f64).to_bits())),
            UnaryOp::DecimalToNumber => Ok(one(decimal::to_number(wide(value)).to_bits())),
            UnaryOp::NumberToDecimal => {
                wide_or_overflow(decimal::from_number(f64::from_bits(value[0])), point)
            }
            UnaryOp::DecimalToInt => int_or_overflow(decimal::to_int(wide(value)), point),
            UnaryOp::TrustNorm => {
                let vector = self.trust(value)?;
                Ok(one(crate::data::trust::norm(&vector).to_bits()))
            }
            UnaryOp::Read(form) => self.said(form, Handle(value[0])),
            UnaryOp::TextCharacters => self.characters(Handle(value[0])),
            UnaryOp::Split(splitting) => self.split(splitting, Handle(value[0])),
            UnaryOp::Make(making) => self.make(making, Handle(value[0])),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits")]
    fn trust(&self, value: Words) -> Eval<[f64; 6]> {
        let mut vector = [0.0; 6];
        for (offset, component) in (0..).step_by(8).zip(&mut vector) {
            *component = f64::from_bits(self.word(value[0] as u32 + offset)?);
        }
        Ok(vector)
    }
}

/// No fewer bytes than an answer takes: what it is, and the words of its texts.
fn answer_bytes(answer: &Answer) -> usize {
    let word = WORD as usize;
    let text = |text: &String| text.len().next_multiple_of(word) + 2 * word;
    match answer {
        Answer::Text(only) => text(only),
        Answer::Texts(texts) => 2 * word + texts.iter().map(text).sum::<usize>(),
        _ => 8 * word,
    }
}

#[cfg(test)]
mod tests;
