//! The worst case of a program, proved from the bounds of its input's types: gas by layer, bytes of arena, and a formula.
//!
//! The rules are those of [`cost`] and [`gas`], with every choice at its dearest, every loop over as many elements as its
//! list may have, and every text as long as it may be. All rules and all effects of one decision count, since an input may
//! exist that evaluates them. INVARIANT: what an evaluation measures is at most this, in each layer and in total.
//!
//! In the formula lengths of the input's lists stay variables: `412 + 9·|offer.tags|`. Where a choice depends on them, the
//! side that is dearer at the bounds is the one that is shown.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::data::gas::{self, Gas};
use crate::data::types::{
    ATTRIBUTES_BYTES_MAX, DID_BYTES_MAX, PATTERN_BYTES_MAX, STRING_BYTES_DEFAULT, Type, WORD,
};
use crate::ir::cost;
use crate::ir::{
    BinaryOp, Body, Decision, Expr, ExprKind, FactKind, Group, Handle, Index, LoopKind, PolicyBody,
    Program, UnaryOp,
};
use crate::limits::{FORMULA_TERMS_MAX, TYPE_NESTING_MAX};

/// The worst case of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Gas, by layer.
    pub gas: Gas,
    /// Bytes of arena.
    pub arena: u64,
    /// Where the gas goes, in the lengths of the input's lists: `412 + 9·|offer.tags|`.
    pub formula: String,
}

impl Bound {
    /// What is wrong when it exceeds the limit.
    pub(crate) fn exceeds(&self, limit: u64) -> String {
        format!("the worst case of this program is {self}, and its limit is {limit}")
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.gas.total();
        if self.formula == total.to_string() {
            write!(f, "{total} gas")
        } else {
            write!(f, "{} ≤ {total} gas", self.formula)
        }
    }
}

/// A program refers to a record, function, effect, rule or constant that it does not have.
///
/// Never for what the checker makes. Without a part a worst case would be too small, so there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("internal error: the program refers to what it does not have, so it has no worst case")]
pub struct BrokenProgram;

/// Returns the worst case of a program.
///
/// # Errors
/// When the program refers to what it does not have.
pub fn bound(program: &Program) -> Result<Bound, BrokenProgram> {
    let mut walk = Walk::new(program);
    let input = program.records.get(program.input.0 as usize);
    walk.must(input.map(|record| record.words));
    for function in &program.functions {
        let cost = walk.cost(&function.body);
        walk.functions.push(cost);
    }
    let cost = match &program.body {
        Body::Guard(body) => walk.cost(body),
        Body::Policy(policy) => walk.policy(policy),
    };
    if walk.broken.get() {
        return Err(BrokenProgram);
    }
    Ok(Bound {
        gas: cost.gas,
        arena: cost.arena,
        formula: match cost.formula.is_long {
            true => cost.gas.total().to_string(),
            false => cost.formula.to_string(),
        },
    })
}

/// Total gas as a sum of products of list lengths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Formula {
    constant: u64,
    terms: BTreeMap<String, u64>,
    /// Whether it has more than [`FORMULA_TERMS_MAX`] terms: then it is not kept.
    is_long: bool,
}

impl Formula {
    fn add(&mut self, other: &Self) {
        self.is_long |= other.is_long;
        self.constant = self.constant.saturating_add(other.constant);
        for (name, factor) in &other.terms {
            let term = self.terms.entry(name.clone()).or_default();
            *term = term.saturating_add(*factor);
        }
        if self.is_long || self.terms.len() > FORMULA_TERMS_MAX {
            self.is_long = true;
            self.terms.clear();
        }
    }

    fn times(&self, length: &Length) -> Self {
        let is_long = self.is_long;
        match &length.path {
            None => Self {
                is_long,
                constant: self.constant.saturating_mul(length.most),
                terms: self
                    .terms
                    .iter()
                    .map(|(name, factor)| (name.clone(), factor.saturating_mul(length.most)))
                    .collect(),
            },
            Some(path) => {
                let product = |name: &str| format!("|{path}|·{name}");
                let mut terms: BTreeMap<String, u64> = self
                    .terms
                    .iter()
                    .map(|(name, factor)| (product(name), *factor))
                    .collect();
                terms.insert(format!("|{path}|"), self.constant);
                Self {
                    constant: 0,
                    terms,
                    is_long,
                }
            }
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = self.terms.iter().filter(|(_, factor)| **factor > 0);
        let mut parts: Vec<String> = Vec::new();
        if self.constant > 0 || self.terms.is_empty() {
            parts.push(self.constant.to_string());
        }
        parts.extend(terms.map(|(name, factor)| match factor {
            1 => name.clone(),
            factor => format!("{factor}·{name}"),
        }));
        f.write_str(&parts.join(" + "))
    }
}

/// How many elements a list has at most, and which list of the input it is.
struct Length {
    most: u64,
    path: Option<String>,
}

/// What a part of a program costs at most.
#[derive(Debug, Clone, Default)]
struct Cost {
    gas: Gas,
    arena: u64,
    formula: Formula,
}

impl Cost {
    fn of(gas: Gas) -> Self {
        Self {
            gas,
            arena: 0,
            formula: Formula {
                constant: gas.total(),
                ..Formula::default()
            },
        }
    }

    fn add(&mut self, other: &Self) {
        self.gas = self.gas.plus(&other.gas);
        self.arena = self.arena.saturating_add(other.arena);
        self.formula.add(&other.formula);
    }

    fn times(&self, length: &Length) -> Self {
        Self {
            gas: self.gas.times(length.most),
            arena: self.arena.saturating_mul(length.most),
            formula: self.formula.times(length),
        }
    }

    /// Layer by layer the larger; the formula of the side that is dearer in total.
    fn or(self, other: Self) -> Self {
        let formula = if other.gas.total() > self.gas.total() {
            other.formula
        } else {
            self.formula
        };
        Self {
            gas: self.gas.max(&other.gas),
            arena: self.arena.max(other.arena),
            formula,
        }
    }
}

struct Walk<'p> {
    program: &'p Program,
    functions: Vec<Cost>,
    /// Of the shape being walked: the longest text or list of each parameter.
    params: HashMap<u32, u32>,
    /// Of each record: bytes of a value with everything it refers to.
    record_bytes: Vec<u64>,
    /// Whether something was not there.
    broken: Cell<bool>,
}

impl<'p> Walk<'p> {
    fn new(program: &'p Program) -> Self {
        let mut walk = Self {
            program,
            functions: Vec::new(),
            params: HashMap::new(),
            record_bytes: Vec::with_capacity(program.records.len()),
            broken: Cell::new(false),
        };
        for record in &program.records {
            // Records refer only to earlier ones, whose bytes are known by now.
            let fields = record.fields.iter();
            let bytes = fields.map(|field| walk.deep_bytes(&field.ty));
            let bytes = bytes.fold(0, u64::saturating_add);
            walk.record_bytes.push(bytes);
        }
        walk
    }

    /// What must be there; notes when it is not.
    fn must<T: Default>(&self, found: Option<T>) -> T {
        if found.is_none() {
            self.broken.set(true);
        }
        found.unwrap_or_default()
    }

    fn policy(&mut self, policy: &PolicyBody) -> Cost {
        let mut all = Cost::default();
        for (_, value) in &policy.lets {
            all.add(&self.cost(value));
        }
        for group in &policy.groups {
            let cost = self.group(group);
            all.add(&cost);
        }
        let decisions = [Decision::Accept, Decision::Reject, Decision::Escalate];
        let effects = decisions.map(|decision| self.effects(policy, decision));
        let dearest = effects.into_iter().fold(Cost::default(), Cost::or);
        all.add(&dearest);
        all
    }

    fn group(&mut self, group: &Group) -> Cost {
        let shapes = self.shape_costs(group);
        let of = |rule: &u32| {
            let rule = group.rules.get(*rule as usize);
            rule.and_then(|r| shapes.get(r.shape as usize))
        };
        match &group.plan.index {
            None => {
                let mut all = Cost::default();
                for rule in (0..).take(group.rules.len()) {
                    all.add(&self.must(of(&rule).cloned()));
                }
                all
            }
            Some(index) => self.index(index, &of),
        }
    }

    /// What each shape costs with the longest constants of its rules.
    fn shape_costs(&mut self, group: &Group) -> Vec<Cost> {
        let mut longest: Vec<HashMap<u32, u32>> = vec![HashMap::new(); group.plan.shapes.len()];
        let offsets: Vec<Vec<u32>> = group.plan.shapes.iter().map(handle_params).collect();
        for rule in &group.rules {
            let shape = rule.shape as usize;
            let Some((lengths, offsets)) = longest.get_mut(shape).zip(offsets.get(shape)) else {
                self.broken.set(true);
                continue;
            };
            for offset in offsets {
                let word = read_word(self.program, rule.params.saturating_add(*offset));
                let handle = Handle(self.must(word));
                let length = lengths.entry(*offset).or_default();
                *length = (*length).max(handle.length());
            }
        }
        let mut costs = Vec::with_capacity(group.plan.shapes.len());
        for (shape, lengths) in group.plan.shapes.iter().zip(longest) {
            self.params = lengths;
            costs.push(self.cost(shape));
        }
        self.params.clear();
        costs
    }

    fn index<'c>(&mut self, index: &Index, of: &dyn Fn(&u32) -> Option<&'c Cost>) -> Cost {
        let mut all = Cost::of(cost::look_up(&index.keys));
        all.add(&self.cost(&index.key));
        let nested: HashMap<u32, &Index> = index.nested.iter().map(|(n, i)| (*n, i)).collect();
        let mut dearest = Cost::default();
        for (number, bucket) in (0..).zip(&index.buckets) {
            let cost = match nested.get(&number) {
                Some(inner) => self.index(inner, of),
                None => {
                    let mut sum = Cost::default();
                    for rule in bucket {
                        sum.add(&self.must(of(rule).cloned()));
                    }
                    sum
                }
            };
            dearest = dearest.or(cost);
        }
        all.add(&dearest);
        all
    }

    fn effects(&mut self, policy: &PolicyBody, decision: Decision) -> Cost {
        let mut all = Cost::default();
        for entry in policy.effects.iter().filter(|e| e.on == decision) {
            all.add(&self.cost(&entry.value));
            all.add(&self.taken(&entry.value));
        }
        all
    }

    /// What taking the effects in a value costs.
    fn taken(&self, e: &Expr) -> Cost {
        let element = Cost::of(Gas::compute(gas::ELEMENT));
        match &e.kind {
            ExprKind::Effect { operands, .. } => {
                let bytes = operands.iter().map(|operand| self.operand_bytes(operand));
                taken_bytes(bytes.sum())
            }
            ExprKind::If {
                then, otherwise, ..
            } => self.taken(then).or(self.taken(otherwise)),
            ExprKind::Else { value, default } => self.taken(value).or(self.taken(default)),
            ExprKind::Let { body, .. } => self.taken(body),
            ExprKind::Some(value) => self.taken(value),
            ExprKind::NoneOf | ExprKind::Const(_) => Cost::default(),
            ExprKind::List { items } => {
                let mut all = Cost::default();
                for item in items {
                    all.add(&element);
                    all.add(&self.taken(item));
                }
                all
            }
            ExprKind::Loop {
                kind: LoopKind::Map,
                list,
                body,
                ..
            } => {
                let mut one = self.taken(body);
                one.add(&element);
                one.times(&self.length(list))
            }
            _ => self.taken_of_type(&e.ty),
        }
    }

    /// The same of any value of a type: every effect is the dearest of the program.
    fn taken_of_type(&self, ty: &Type) -> Cost {
        match ty {
            Type::Effect => {
                let effects = self.program.effects.iter().map(|effect| {
                    let bytes = effect.operands.iter().map(|ty| self.type_bytes(ty));
                    bytes.sum()
                });
                effects.max().map_or_else(Cost::default, taken_bytes)
            }
            Type::Option(inner) => self.taken_of_type(inner),
            Type::List(inner, bound) => {
                let mut one = self.taken_of_type(inner);
                one.add(&Cost::of(Gas::compute(gas::ELEMENT)));
                one.times(&Length {
                    most: u64::from(*bound),
                    path: None,
                })
            }
            _ => Cost::default(),
        }
    }

    /// Bytes of an operand of an effect that are charged for.
    fn operand_bytes(&self, e: &Expr) -> u64 {
        if e.ty.is_text() {
            return self.text_length(e);
        }
        self.type_bytes(&e.ty)
    }

    fn type_bytes(&self, ty: &Type) -> u64 {
        if ty.is_text() {
            return text_bound(ty);
        }
        self.deep_bytes(ty)
    }

    /// The worst case of an expression, its block included.
    fn cost(&mut self, e: &Expr) -> Cost {
        let mut all = Cost::of(cost::node(e));
        all.arena = self.allocation(e);
        match &e.kind {
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                all.add(&self.cost(left));
                all.add(&self.cost(right));
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                all.add(&self.cost(cond));
                let (a, b) = (self.cost(then), self.cost(otherwise));
                all.add(&a.or(b));
            }
            ExprKind::Check { cond, then, .. } => {
                all.add(&self.cost(cond));
                all.add(&self.cost(then));
            }
            ExprKind::Loop { list, body, .. } => {
                all.add(&self.cost(list));
                let mut one = self.cost(body);
                one.add(&Cost::of(Gas::compute(gas::ELEMENT)));
                all.add(&one.times(&self.length(list)));
            }
            ExprKind::Call { function, args } => {
                for arg in args {
                    all.add(&self.cost(arg));
                }
                let body = self.functions.get(function.0 as usize).cloned();
                all.add(&self.must(body));
            }
            _ => {
                for child in e.children() {
                    all.add(&self.cost(child));
                }
                let dynamic = self.dynamic(e);
                all.add(&dynamic);
            }
        }
        all
    }

    /// Charges that depend on lengths.
    fn dynamic(&self, e: &Expr) -> Cost {
        let text = |bytes: u64| Cost::of(Gas::compute(gas::text(bytes)));
        match &e.kind {
            ExprKind::In { list, .. } => {
                Cost::of(Gas::compute(gas::ELEMENT)).times(&self.length(list))
            }
            ExprKind::Joined { .. } => Cost::of(Gas::compute(gas::ELEMENT)).times(&self.length(e)),
            ExprKind::Automaton { subject, .. } => text(self.text_length(subject)),
            ExprKind::Unary { op, expr } if op.reads_text() => {
                let parts = match op {
                    UnaryOp::Split(splitting) => splitting.gas(),
                    _ => 0,
                };
                Cost::of(Gas::compute(
                    gas::text(self.text_length(expr)).saturating_add(parts),
                ))
            }
            ExprKind::Binary { op, left, right } => match op {
                BinaryOp::StartsWith | BinaryOp::EndsWith => text(self.text_length(right)),
                BinaryOp::Contains | BinaryOp::DidMatch => text(self.text_length(left)),
                BinaryOp::IpInCidrs => {
                    Cost::of(Gas::compute(gas::ELEMENT)).times(&self.length(right))
                }
                BinaryOp::EqText | BinaryOp::NeText => {
                    text(self.text_length(left).min(self.text_length(right)))
                }
                BinaryOp::InTexts => {
                    let one = gas::ELEMENT + gas::text(self.text_length(left));
                    Cost::of(Gas::compute(one)).times(&self.length(right))
                }
                BinaryOp::GlobMatch => {
                    let gas = gas::glob(self.text_length(left), self.text_length(right));
                    Cost::of(Gas::compute(gas))
                }
                _ => Cost::default(),
            },
            _ => Cost::default(),
        }
    }

    /// Bytes a text may have.
    fn text_length(&self, e: &Expr) -> u64 {
        match &e.kind {
            ExprKind::Text(handle) => u64::from(handle.length()),
            ExprKind::Param(offset) => u64::from(self.must(self.params.get(offset).copied())),
            _ => text_bound(&e.ty),
        }
    }

    fn length(&self, list: &Expr) -> Length {
        let most = match (&list.kind, &list.ty) {
            (ExprKind::Text(handle), _) => handle.length(),
            (ExprKind::Param(offset), _) => self.must(self.params.get(offset).copied()),
            (_, Type::List(_, bound)) => *bound,
            _ => self.must(None),
        };
        let path = match &list.kind {
            ExprKind::Input(address) => list_path(self.program, *address),
            _ => None,
        };
        Length {
            most: u64::from(most),
            path,
        }
    }

    /// Bytes of a value with everything it refers to.
    fn deep_bytes(&self, ty: &Type) -> u64 {
        let own = u64::from(ty.words(&self.program.records)) * u64::from(WORD);
        match ty {
            Type::List(item, bound) => {
                let item = self.deep_bytes(item);
                own.saturating_add(item.saturating_mul(u64::from(*bound)))
            }
            Type::Map(key, value, bound) => {
                let entry = self.deep_bytes(key).saturating_add(self.deep_bytes(value));
                own.saturating_add(entry.saturating_mul(u64::from(*bound)))
            }
            Type::Option(inner) => u64::from(WORD).saturating_add(self.deep_bytes(inner)),
            Type::Record(id) => self.must(self.record_bytes.get(id.0 as usize).copied()),
            ty if ty.is_text() => own + text_bound(ty),
            _ => own,
        }
    }

    /// Bytes of arena a node takes by itself.
    fn allocation(&self, e: &Expr) -> u64 {
        let records = &self.program.records;
        let size = |ty: &Type| u64::from(ty.words(records)) * u64::from(WORD);
        let element = |ty: &Type| {
            let words = self.must(ty.element_words(records));
            u64::from(words) * u64::from(WORD)
        };
        match &e.kind {
            ExprKind::Record { .. } | ExprKind::Some(_) | ExprKind::NoneOf => size(&e.ty),
            ExprKind::Effect { effect, .. } => {
                let effect = self.program.effects.get(effect.0 as usize);
                let words = effect.map(|e| e.words(&self.program.records));
                u64::from(self.must(words)) * u64::from(WORD)
            }
            ExprKind::List { items } => element(&e.ty) * items.len() as u64,
            ExprKind::Joined { .. } => element(&e.ty) * self.length(e).most,
            ExprKind::Loop { kind, list, .. } => match kind {
                LoopKind::Map | LoopKind::Filter => element(&e.ty) * self.length(list).most,
                LoopKind::Min | LoopKind::Max | LoopKind::First => size(&e.ty),
                LoopKind::Any | LoopKind::All | LoopKind::Count | LoopKind::Sum => 0,
            },
            ExprKind::Binary {
                op: BinaryOp::TrustChain | BinaryOp::TrustCombine,
                ..
            } => size(&Type::Trust),
            ExprKind::Unary {
                op: UnaryOp::Read(_),
                ..
            } => size(&e.ty),
            ExprKind::Unary {
                op: UnaryOp::Make(_),
                expr,
            } => padded(self.text_length(expr)),
            ExprKind::Unary {
                op: UnaryOp::Split(splitting),
                expr,
            } => splitting.arena(self.text_length(expr)),
            ExprKind::Fact { kind, .. } => answer_bytes(*kind),
            _ => 0,
        }
    }
}

/// What taking an effect with operands of so many bytes costs.
fn taken_bytes(bytes: u64) -> Cost {
    let amount = gas::EFFECT + gas::text(bytes);
    Cost::of(Gas::in_layer(gas::Layer::Storage, amount))
}

/// Bytes of arena an answer of the host may take.
fn answer_bytes(kind: FactKind) -> u64 {
    match kind.answer() {
        Type::Trust => 6 * u64::from(WORD),
        Type::List(item, bound) => (u64::from(WORD) + padded(text_bound(&item))) * u64::from(bound),
        ty if ty.is_text() => padded(text_bound(&ty)),
        _ => 0,
    }
}

fn padded(bytes: u64) -> u64 {
    bytes.next_multiple_of(u64::from(WORD))
}

/// Bytes a text of that type may have.
fn text_bound(ty: &Type) -> u64 {
    u64::from(match ty {
        Type::String(bound) => *bound,
        Type::Did => DID_BYTES_MAX,
        Type::Pattern => PATTERN_BYTES_MAX,
        Type::Attributes => ATTRIBUTES_BYTES_MAX,
        _ => STRING_BYTES_DEFAULT,
    })
}

/// The path of the input's list at an address.
fn list_path(program: &Program, address: u32) -> Option<String> {
    let mut record = program.records.get(program.input.0 as usize)?;
    let mut offset = address.checked_sub(program.input_base)?;
    let mut path = String::new();
    for _ in 0..TYPE_NESTING_MAX {
        // The last field that does not begin behind it: fields have offsets in order.
        let behind = record.fields.partition_point(|f| f.offset <= offset);
        let field = record.fields.get(behind.checked_sub(1)?)?;
        offset = offset.checked_sub(field.offset)?;
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&field.name);
        match &field.ty {
            Type::List(..) | Type::Map(..) if offset == 0 => return Some(path),
            Type::Record(id) => record = program.records.get(id.0 as usize)?,
            _ => return None,
        }
    }
    None
}

/// Offsets of parameters that are handles.
fn handle_params(shape: &Expr) -> Vec<u32> {
    fn collect(e: &Expr, offsets: &mut Vec<u32>) {
        match &e.kind {
            ExprKind::Param(offset) if e.ty.is_handle() => offsets.push(*offset),
            _ => e
                .children()
                .iter()
                .for_each(|child| collect(child, offsets)),
        }
    }
    let mut offsets = Vec::new();
    collect(shape, &mut offsets);
    offsets
}

fn read_word(program: &Program, address: u32) -> Option<u64> {
    crate::ir::value::word(&program.pool.bytes, address)
}
