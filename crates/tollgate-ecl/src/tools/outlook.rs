//! What a policy decides where only a part of its input is known.
//!
//! An input with holes goes through the program once: what is known is computed, what hangs on a hole is not known, and nothing is
//! guessed. So a decision that is foreseen is the one that every input has which differs in the holes alone, and a rule that is
//! left out holds for none of them. What this does not compute (sums, loops, decimals, facts) counts as not known.

use std::collections::BTreeSet;

use crate::data::glob;
use crate::data::types::{RecordId, Repr, Type, WORD};
use crate::engines::vm::automaton_accepts;
use crate::host::input::Input;
use crate::ir::{
    BinaryOp, Body, Combine, Decision, Expr, ExprKind, FuncId, Group, Handle, LocalId, PolicyBody,
    Program, Rule, UnaryOp,
};

/// The places of an input of which nothing is known: addresses of words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holes(BTreeSet<u32>);

/// How much of a field is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// All of it: of an option also whether there is one.
    Whole,
    /// The value of an option that there is.
    Value,
}

impl Holes {
    /// Adds the field of the input that `path` names; `false` if there is none of that name.
    pub fn add(&mut self, program: &Program, path: &[&str], unknown: Unknown) -> bool {
        let Some((address, ty)) = place(program, path) else {
            return false;
        };
        let words = ty.words(&program.records);
        let from = match (unknown, ty) {
            (Unknown::Value, Type::Option(_)) => 1,
            (Unknown::Value | Unknown::Whole, _) => 0,
        };
        self.0
            .extend((from..words).map(|word| address + word * WORD));
        true
    }

    /// Adds a word of the input record, by its number.
    #[cfg(test)]
    fn add_word(&mut self, program: &Program, number: u32) {
        self.0.insert(program.input_base + number * WORD);
    }
}

/// Where a field of the input stands, and its type.
fn place<'p>(program: &'p Program, path: &[&str]) -> Option<(u32, &'p Type)> {
    let mut record: RecordId = program.input;
    let mut address = program.input_base;
    let mut names = path.iter().peekable();
    loop {
        let name = names.next()?;
        let field = program.records.get(record.0 as usize)?.field(name)?;
        address += field.offset;
        match (&field.ty, names.peek()) {
            (ty, None) => return Some((address, ty)),
            (Type::Record(inner), Some(_)) => record = *inner,
            (_, Some(_)) => return None,
        }
    }
}

/// What a policy decides, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The rules that can have a part in the decision, in the order of evaluation.
    pub rules: Vec<RuleOutlook>,
    /// The decisions that are possible.
    pub decisions: BTreeSet<Decision>,
    /// Whether `otherwise` can decide.
    pub otherwise: bool,
    /// Whether the evaluation can end with an error, which is never an accept.
    pub may_fail: bool,
}

/// A rule that can have a part in the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOutlook {
    /// Its name.
    pub rule: Box<str>,
    /// What its group decides.
    pub decision: Decision,
    /// Whether its condition is known to hold; else that hangs on what is not known.
    pub holds: bool,
}

impl Outlook {
    /// Returns the decision, if there is one that is certain.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        match self.decisions.iter().collect::<Vec<_>>().as_slice() {
            [Decision::Reject] => Some(Decision::Reject),
            [one] if !self.may_fail => Some(**one),
            _ => None,
        }
    }
}

/// Looks at what `program` decides about an input of which nothing is known where `holes` are. A guard is not looked into: it can
/// decide anything.
#[must_use]
pub fn outlook(program: &Program, input: &Input, holes: &Holes) -> Outlook {
    match &program.body {
        Body::Policy(body) => Look::new(program, input, holes).policy(body),
        Body::Guard(_) => Outlook {
            rules: Vec::new(),
            decisions: [Decision::Accept, Decision::Reject].into(),
            otherwise: false,
            may_fail: true,
        },
    }
}

/// A value as far as it is known.
#[derive(Debug, Clone, PartialEq)]
enum Known {
    Unknown,
    /// One word.
    Word(u64),
    /// What stands at this address.
    At(u32),
    /// An option that has this.
    Some(Box<Known>),
    /// An option that has nothing.
    None,
}

impl Known {
    const TRUE: Self = Self::Word(1);
    const FALSE: Self = Self::Word(0);
}

/// The truth as a value.
fn known(truth: impl Into<u64>) -> Known {
    Known::Word(truth.into())
}

/// One pass over a program.
struct Look<'a> {
    program: &'a Program,
    input: &'a Input,
    holes: &'a Holes,
    /// The locals of the body or function that is looked at.
    locals: Vec<Known>,
    /// Where the constants of the rule stand that is looked at.
    params: u32,
    may_fail: bool,
}

/// What a group comes to.
enum GroupOutlook {
    /// It decides.
    Decides,
    /// It may decide.
    May,
    /// It decides nothing.
    Passes,
}

impl<'a> Look<'a> {
    fn new(program: &'a Program, input: &'a Input, holes: &'a Holes) -> Self {
        Self {
            program,
            input,
            holes,
            locals: vec![Known::Unknown; program.locals.len()],
            params: 0,
            may_fail: false,
        }
    }

    fn policy(mut self, body: &PolicyBody) -> Outlook {
        for (local, value) in &body.lets {
            let value = self.value(value);
            self.bind(*local, value);
        }
        let (mut rules, mut decisions) = (Vec::new(), BTreeSet::new());
        let mut otherwise = true;
        for group in &body.groups {
            let (found, part) = self.group(group);
            rules.extend(part);
            match found {
                GroupOutlook::Passes => continue,
                GroupOutlook::May => {
                    decisions.insert(group.decision);
                }
                GroupOutlook::Decides => {
                    decisions.insert(group.decision);
                    otherwise = false;
                    break;
                }
            }
        }
        if otherwise {
            decisions.insert(body.otherwise);
        }
        for effect in &body.effects {
            self.may_fail |= self.can_fail(&effect.value);
        }
        Outlook {
            rules,
            decisions,
            otherwise,
            may_fail: self.may_fail,
        }
    }

    /// What a group comes to, and its rules that have a part in that.
    fn group(&mut self, group: &Group) -> (GroupOutlook, Vec<RuleOutlook>) {
        let mut part = Vec::new();
        for rule in &group.rules {
            let condition = self.rule(group, rule);
            let (is_true, is_false) = (condition == Known::TRUE, condition == Known::FALSE);
            match group.combine {
                Combine::Any if is_false => continue,
                Combine::All if is_false => return (GroupOutlook::Passes, Vec::new()),
                Combine::Any | Combine::All => {}
            }
            part.push(RuleOutlook {
                rule: rule.name.clone(),
                decision: group.decision,
                holds: is_true,
            });
            if is_true && group.combine == Combine::Any {
                return (GroupOutlook::Decides, part);
            }
        }
        let found = match group.combine {
            _ if part.is_empty() => GroupOutlook::Passes,
            Combine::All if part.iter().all(|rule| rule.holds) => GroupOutlook::Decides,
            Combine::All | Combine::Any => GroupOutlook::May,
        };
        (found, part)
    }

    fn rule(&mut self, group: &Group, rule: &Rule) -> Known {
        let Some(shape) = group.plan.shapes.get(rule.shape as usize) else {
            self.may_fail = true;
            return Known::Unknown;
        };
        self.params = rule.params;
        self.value(shape)
    }

    fn bind(&mut self, local: LocalId, value: Known) {
        if let Some(place) = self.locals.get_mut(local.0 as usize) {
            *place = value;
        }
    }

    fn value(&mut self, expr: &Expr) -> Known {
        match &expr.kind {
            ExprKind::Bool(truth) => known(*truth),
            ExprKind::Int(value) => Known::Word(value.cast_unsigned()),
            ExprKind::Text(handle) => Known::Word(handle.0),
            ExprKind::Const(address) => Known::At(*address),
            ExprKind::Param(offset) => self.load(self.params.saturating_add(*offset), &expr.ty),
            ExprKind::Input(address) => self.load(*address, &expr.ty),
            ExprKind::Local(local) => self
                .locals
                .get(local.0 as usize)
                .cloned()
                .unwrap_or(Known::Unknown),
            ExprKind::Field { base, offset } => match self.value(base) {
                Known::At(address) => self.load(address.saturating_add(*offset), &expr.ty),
                _ => Known::Unknown,
            },
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr,
            } => match self.value(expr) {
                Known::Word(word) => known(word == 0),
                _ => Known::Unknown,
            },
            ExprKind::Binary { op, left, right } => {
                let operands = (self.value(left), self.value(right));
                let value = match operands {
                    (Known::Word(left), Known::Word(right)) => self.binary(*op, left, right),
                    _ => Known::Unknown,
                };
                // What has a value has not failed.
                self.may_fail |= value == Known::Unknown && expr.point.0 != 0 && op.can_fail();
                value
            }
            ExprKind::And(left, right) => self.chain(left, right, &Known::FALSE),
            ExprKind::Or(left, right) => self.chain(left, right, &Known::TRUE),
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => match self.value(cond) {
                Known::Word(0) => self.value(otherwise),
                Known::Word(_) => self.value(then),
                _ => {
                    let (then, otherwise) = (self.value(then), self.value(otherwise));
                    if then == otherwise {
                        then
                    } else {
                        Known::Unknown
                    }
                }
            },
            ExprKind::Let { local, value, body } => {
                let value = self.value(value);
                self.bind(*local, value);
                self.value(body)
            }
            ExprKind::Call { function, args } => self.call(*function, args),
            ExprKind::In { item, list } => {
                let (item, among) = (self.value(item), self.value(list));
                self.among(&item, &among, &list.ty)
            }
            ExprKind::Some(inner) => Known::Some(Box::new(self.value(inner))),
            ExprKind::NoneOf => Known::None,
            ExprKind::IsSome(option) => match self.value(option) {
                Known::Some(_) => Known::TRUE,
                Known::None => Known::FALSE,
                Known::At(address) => self.load(address, &Type::Bool),
                Known::Unknown | Known::Word(_) => Known::Unknown,
            },
            ExprKind::Payload(option) => match self.value(option) {
                Known::Some(inner) => *inner,
                Known::At(address) => self.load(address.saturating_add(WORD), &expr.ty),
                Known::Unknown | Known::None | Known::Word(_) => Known::Unknown,
            },
            ExprKind::Automaton { automaton, subject } => {
                let subject = self.value(subject);
                let automaton = self.program.automata.get(automaton.0 as usize);
                match (automaton, subject) {
                    (Some(automaton), Known::Word(handle)) => self
                        .text(handle)
                        .and_then(|text| {
                            automaton_accepts(&self.program.pool.bytes, automaton, text)
                        })
                        .map_or(Known::Unknown, known),
                    _ => Known::Unknown,
                }
            }
            ExprKind::Probe { expr, .. } => self.value(expr),
            // What is not computed here.
            ExprKind::Number(_)
            | ExprKind::Wide(_)
            | ExprKind::Unary { .. }
            | ExprKind::Check { .. }
            | ExprKind::Fail { .. }
            | ExprKind::Loop { .. }
            | ExprKind::Record { .. }
            | ExprKind::List { .. }
            | ExprKind::Joined { .. }
            | ExprKind::Effect { .. }
            | ExprKind::Fact { .. }
            | ExprKind::Else { .. }
            | ExprKind::NoValue => {
                self.may_fail |= self.can_fail(expr);
                Known::Unknown
            }
        }
    }

    /// `left AND right`, ended by a `false`; or `left OR right`, ended by a `true`.
    fn chain(&mut self, left: &Expr, right: &Expr, end: &Known) -> Known {
        let left = self.value(left);
        if left == *end {
            return left;
        }
        let right = self.value(right);
        if left == Known::Unknown && right != *end {
            return Known::Unknown;
        }
        right
    }

    fn call(&mut self, function: FuncId, args: &[Expr]) -> Known {
        let mut values: Vec<Known> = args.iter().map(|arg| self.value(arg)).collect();
        let Some(function) = self.program.functions.get(function.0 as usize) else {
            self.may_fail = true;
            return Known::Unknown;
        };
        values.resize(function.locals.len().max(values.len()), Known::Unknown);
        let outer = std::mem::replace(&mut self.locals, values);
        let value = self.value(&function.body);
        self.locals = outer;
        value
    }

    fn binary(&self, op: BinaryOp, left: u64, right: u64) -> Known {
        // Texts are interned: equal ones have equal handles.
        if let Some(truth) = op.of_words(left.cast_signed(), right.cast_signed()) {
            return known(truth);
        }
        let truth = match op {
            BinaryOp::StartsWith | BinaryOp::EndsWith | BinaryOp::Contains => {
                let (Some(left), Some(right)) = (self.str(left), self.str(right)) else {
                    return Known::Unknown;
                };
                match op {
                    BinaryOp::StartsWith => left.starts_with(right),
                    BinaryOp::EndsWith => left.ends_with(right),
                    _ => left.contains(right),
                }
            }
            BinaryOp::GlobMatch => {
                let texts = self.str(left).zip(self.str(right));
                return texts
                    .and_then(|(text, glob)| glob::matches(text, glob))
                    .map_or(Known::Unknown, known);
            }
            _ => return Known::Unknown,
        };
        known(truth)
    }

    /// Whether a word is among the elements of a list.
    fn among(&self, item: &Known, list: &Known, ty: &Type) -> Known {
        let (Known::Word(item), Known::Word(list), Type::List(element, _)) = (item, list, ty)
        else {
            return Known::Unknown;
        };
        // Numbers compare as numbers, and are not known here.
        if element.repr() != Repr::Word || **element == Type::Number {
            return Known::Unknown;
        }
        let list = Handle(*list);
        let mut elements = (0..list.length()).map(|index| self.word(list.address() + index * WORD));
        if elements.clone().any(|element| element.is_none()) {
            return Known::Unknown;
        }
        known(elements.any(|element| element == Some(*item)))
    }

    /// What an expression of this type has that is loaded from this address.
    fn load(&self, address: u32, ty: &Type) -> Known {
        match ty.repr() {
            Repr::Ref => Known::At(address),
            Repr::Word if self.holes.0.contains(&address) => Known::Unknown,
            Repr::Word => self.word(address).map_or(Known::Unknown, Known::Word),
            Repr::Wide | Repr::Nothing => Known::Unknown,
        }
    }

    fn word(&self, address: u32) -> Option<u64> {
        let bytes = self.bytes(address, WORD)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    fn text(&self, handle: u64) -> Option<&'a [u8]> {
        let handle = Handle(handle);
        self.bytes(handle.address(), handle.length())
    }

    fn str(&self, handle: u64) -> Option<&'a str> {
        std::str::from_utf8(self.text(handle)?).ok()
    }

    /// Bytes of the pool, or of the input behind it.
    fn bytes(&self, address: u32, length: u32) -> Option<&'a [u8]> {
        let base = self.program.input_base;
        let (memory, from) = match address.checked_sub(base) {
            Some(from) => (&self.input.bytes, from as usize),
            None => (&self.program.pool.bytes, address as usize),
        };
        memory.get(from..from.checked_add(length as usize)?)
    }

    /// Whether evaluating an expression can end with an error.
    fn can_fail(&self, expr: &Expr) -> bool {
        let itself = match &expr.kind {
            ExprKind::NoValue | ExprKind::Fact { .. } | ExprKind::Fail { .. } => true,
            ExprKind::Call { function, .. } => self
                .program
                .functions
                .get(function.0 as usize)
                .is_none_or(|function| self.can_fail(&function.body)),
            ExprKind::Binary { op, .. } => op.can_fail(),
            ExprKind::Unary { op, .. } => op.can_fail(),
            ExprKind::Loop { .. } => expr.point.0 != 0,
            _ => false,
        };
        itself || expr.children().into_iter().any(|part| self.can_fail(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::compile;
    use crate::data::gas::{GAS_LIMIT_MAX, GasLimits};
    use crate::host::input::encode;
    use crate::syntax::bundle::Bundle;
    use crate::testing::generate::{Random, RandomFacts, case};
    use crate::testing::oracle;

    const HEAD: &str = "enum Kind { Read, Write }\nrecord Call { what: string<64>, kind: Kind, path: string<64>?, port: int? }\n";

    /// The outlook of rules on a call of which the path and the port are not known.
    fn looked(rules: &str, port: Option<u16>) -> Outlook {
        let text = format!(
            "{HEAD}policy \"p\" {{ input {{ call: Call }}\nlet path = call.path else \"\"\n{rules} }}"
        );
        let compiled = compile(&Bundle::single("p.ecl", text));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let program = &compiled.programs[0];
        let json = serde_json::json!({ "call": { "what": "open", "kind": "Read", "path": "?", "port": port } });
        let input = encode(program, &json).unwrap();
        let mut holes = Holes::default();
        assert!(holes.add(program, &["call", "path"], Unknown::Value));
        assert!(!holes.add(program, &["call", "nothing"], Unknown::Whole));
        if port.is_some() {
            holes.add(program, &["call", "port"], Unknown::Whole);
        }
        outlook(program, &input, &holes)
    }

    #[test]
    fn what_hangs_on_what_is_known_is_decided() {
        for (rules, decision) in [
            (
                "auto_accept any { a: call.kind == Read }\notherwise reject \"no\"",
                Some(Decision::Accept),
            ),
            (
                "auto_accept any { a: call.kind == Write }\notherwise reject \"no\"",
                Some(Decision::Reject),
            ),
            (
                "escalate { a: call.what in [\"open\", \"close\"] }\notherwise reject \"no\"",
                Some(Decision::Escalate),
            ),
            (
                "auto_accept any { a: call.what matches \"op*\" AND NOT contains(call.what, \"x\") }\notherwise reject \"no\"",
                Some(Decision::Accept),
            ),
            (
                "auto_accept any { a: call.what matches call.what }\notherwise reject \"no\"",
                Some(Decision::Accept),
            ),
            (
                "auto_accept any { a: path == \"x\" }\notherwise reject \"no\"",
                None,
            ),
            (
                "auto_accept any { a: path == \"x\" AND call.kind == Write }\notherwise reject \"no\"",
                Some(Decision::Reject),
            ),
            (
                "auto_accept any { a: call.port == none }\notherwise reject \"no\"",
                Some(Decision::Accept),
            ),
            (
                "auto_accept any { a: call.path == none }\notherwise reject \"no\"",
                Some(Decision::Reject),
            ),
        ] {
            let looked = looked(rules, None);
            assert_eq!(looked.decision(), decision, "{rules}: {looked:?}");
        }
    }

    #[test]
    fn rules_that_cannot_hold_are_left_out_and_those_after_the_deciding_one_too() {
        let rules = "auto_reject { secret: path matches \"*.pem\"\nother: call.kind == Write }
            auto_accept any { reads: call.kind == Read\nnever: path == \"x\" }
            escalate { late: path == \"y\" }
            otherwise reject \"no\"";
        let looked = looked(rules, None);
        let rules: Vec<_> = looked
            .rules
            .iter()
            .map(|rule| (&*rule.rule, rule.holds))
            .collect();
        assert_eq!(rules, [("secret", false), ("reads", true)]);
        assert_eq!(
            looked.decisions,
            [Decision::Accept, Decision::Reject].into()
        );
        assert!(!looked.otherwise);
        assert_eq!(looked.decision(), None);
    }

    #[test]
    fn what_may_fail_is_never_a_certain_accept() {
        let rules = "auto_accept any { a: 100 / (call.port else 1) >= 0 OR call.kind == Read }\notherwise escalate \"?\"";
        let looked = looked(rules, Some(1));
        assert!(looked.may_fail);
        assert_eq!(looked.decision(), None);
    }

    /// Whatever the words are that were not known, the decision is among those that were foreseen.
    #[test]
    fn every_decision_was_foreseen() {
        let limits = GasLimits::total(GAS_LIMIT_MAX * 1000);
        let (mut certain, mut seen) = (0_u32, 0_u32);
        for seed in 0..4_000 {
            let case = case(seed, 3);
            let mut random = Random::new(seed);
            if matches!(case.program.body, Body::Guard(_)) {
                continue;
            }
            let words = Type::Record(case.program.input).words(&case.program.records);
            for run in &case.runs {
                let mut holes = Holes::default();
                for word in 0..words {
                    if random.once_in(3) {
                        holes.add_word(&case.program, word);
                    }
                }
                let mut facts = RandomFacts::new(run.facts);
                let verdict = oracle::evaluate(&case.program, &run.input, &mut facts, &limits);
                let looked = outlook(&case.program, &run.input, &holes);
                match verdict.result {
                    Ok(decision) => assert!(
                        looked.decisions.contains(&decision),
                        "seed {seed}: {decision:?}, {looked:?}"
                    ),
                    Err(error) => assert!(looked.may_fail, "seed {seed}: {error:?}"),
                }
                seen += 1;
                certain += u32::from(looked.decision().is_some());
            }
        }
        assert!(
            certain * 20 > seen,
            "{certain} of {seen}: it foresees nothing"
        );
    }
}
