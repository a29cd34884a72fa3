//! What a program asks of each field of its input.
//!
//! An expression is read for where its value can come from: constants, fields, and truths. A truth is settled when everything that
//! was asked for it is noted, so that inputs with the same answers have the same truth; whatever is made of settled values is
//! settled too, also when it ends with an error. A field that has few values is settled at once, since each value is looked at.
//! What compares a field otherwise than with constants is not covered, and reading goes on after it.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::layout::{Field, Kind, Layout};
use super::texts::{self, Tests};
use super::{Budget, Undecided};
use crate::data::types::{Repr, Type, WORD};
use crate::engines::vm::Tables;
use crate::ir::value;
use crate::ir::{
    BinaryOp, Body, Expr, ExprKind, FuncId, Handle, LocalId, LoopKind, PolicyBody, Program, UnaryOp,
};
use crate::limits::READ_STEPS_MAX;

/// What was asked, field by field.
pub(super) struct Asked<'p>(Vec<AskedField<'p>>);

/// What was asked of one field.
#[derive(Default)]
struct AskedField<'p> {
    /// Whether anything was.
    is_asked: bool,
    /// The constants that a whole number was compared with.
    whole: BTreeSet<i64>,
    text: Tests<'p>,
}

impl<'p> Asked<'p> {
    pub(super) fn new(fields: usize) -> Self {
        Self((0..fields).map(|_| AskedField::default()).collect())
    }

    /// For each field the values to look at, one for each class, as JSON; where nothing was asked there is one.
    pub(super) fn classes(
        &self,
        layout: &Layout,
        budget: &mut Budget,
    ) -> Result<Vec<Vec<Json>>, Undecided> {
        let pairs = self.0.iter().zip(&layout.fields);
        pairs
            .map(|(asked, field)| asked.classes(field, budget))
            .collect()
    }
}

impl AskedField<'_> {
    fn classes(&self, field: &Field, budget: &mut Budget) -> Result<Vec<Json>, Undecided> {
        if !self.is_asked {
            return Ok(vec![field.unasked.clone()]);
        }
        let none = field.optional.then_some(Json::Null);
        let values = match &field.kind {
            Kind::Bool => vec![Json::Bool(false), Json::Bool(true)],
            Kind::Enum(cases) => cases.iter().map(|case| Json::from(&**case)).collect(),
            Kind::Whole(whole) => {
                let numbers = numbers(&self.whole).into_iter();
                numbers.map(|number| whole.json(number)).collect()
            }
            Kind::Text(bytes_max) => {
                let texts = texts::classes(&self.text, *bytes_max, budget)?.into_iter();
                texts.map(Json::from).collect()
            }
            Kind::Other => vec![field.unasked.clone()],
        };
        Ok(none.into_iter().chain(values).collect())
    }
}

/// A number of each class: each constant, and one from each gap that is not empty.
fn numbers(constants: &BTreeSet<i64>) -> Vec<i64> {
    let mut numbers = BTreeSet::from([0]);
    for constant in constants {
        numbers.insert(*constant);
        numbers.extend(constant.checked_sub(1));
        numbers.extend(constant.checked_add(1));
    }
    numbers.into_iter().collect()
}

/// Where a value can come from.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Words(Words),
    /// What stands there in the input, from its beginning: a record or an option.
    Input(u32),
    /// What stands at this address among the constants.
    Const(u32),
    /// An option that was made, with what it has if it has anything.
    Option(Option<Box<Seen>>),
    /// There is none: the evaluation ends.
    Never,
}

/// A value of one word, or one that is settled whatever it takes.
#[derive(Debug, Clone, Default, PartialEq)]
struct Words {
    constants: BTreeSet<u64>,
    /// Numbers of fields.
    fields: BTreeSet<usize>,
    /// It may also be another one, which is settled.
    settled: bool,
}

impl Seen {
    fn settled() -> Self {
        Self::Words(Words {
            settled: true,
            ..Words::default()
        })
    }

    fn constant(word: u64) -> Self {
        Self::Words(Words {
            constants: [word].into(),
            ..Words::default()
        })
    }

    fn field(number: usize) -> Self {
        Self::Words(Words {
            fields: [number].into(),
            ..Words::default()
        })
    }
}

/// A form that is not covered.
struct Uncovered(&'static str);

type Found = Result<Seen, Uncovered>;

const fn uncovered<T>(form: &'static str) -> Result<T, Uncovered> {
    Err(Uncovered(form))
}

/// How an element of a list travels.
fn element(list: &Expr) -> Repr {
    match &list.ty {
        Type::List(element, _) => element.repr(),
        _ => Repr::Nothing,
    }
}

/// Notes what a program asks; returns the first form that is not covered, with where it stands.
pub(super) fn read<'p>(
    program: &'p Program,
    layout: &Layout,
    asked: &mut Asked<'p>,
) -> Option<String> {
    let Body::Policy(body) = &program.body else {
        return Some(String::from("is a guard, which is not covered"));
    };
    let mut reader = Reader {
        program,
        layout,
        asked,
        steps: READ_STEPS_MAX,
        locals: vec![Seen::Never; program.locals.len()],
        params: 0,
    };
    reader.policy(body)
}

struct Reader<'p, 'r> {
    program: &'p Program,
    layout: &'r Layout,
    asked: &'r mut Asked<'p>,
    /// Expressions that may still be read: a function is read again wherever it is called.
    steps: u64,
    /// The locals of the body or function that is read.
    locals: Vec<Seen>,
    /// Where the constants of the rule stand that is read.
    params: u32,
}

impl<'p> Reader<'p, '_> {
    fn policy(&mut self, body: &PolicyBody) -> Option<String> {
        let mut first = None;
        let mut note = |found: Result<(), Uncovered>, place: &dyn Fn() -> String| {
            if let Err(Uncovered(form)) = found {
                first
                    .get_or_insert_with(|| format!("{form}, in {}, which is not covered", place()));
            }
        };
        for (local, value) in &body.lets {
            let found = self.value(value);
            let found = found.map(|seen| self.bind(*local, seen));
            note(found, &|| String::from("a `let`"));
        }
        for group in &body.groups {
            for rule in &group.rules {
                self.params = rule.params;
                let shape = group.plan.shapes.get(rule.shape as usize);
                let found = shape.map_or(Ok(()), |shape| self.settle(shape));
                note(found, &|| format!("rule `{}`", rule.name));
            }
        }
        if !body.effects.is_empty() {
            note(uncovered("has effects"), &|| String::from("`on`"));
        }
        first
    }

    fn bind(&mut self, local: LocalId, seen: Seen) {
        if let Some(place) = self.locals.get_mut(local.0 as usize) {
            *place = seen;
        }
    }

    /// Reads a value that hangs on nothing but what is asked.
    fn settle(&mut self, expr: &Expr) -> Result<(), Uncovered> {
        let seen = self.value(expr)?;
        self.is_settled(&seen)
    }

    fn is_settled(&mut self, seen: &Seen) -> Result<(), Uncovered> {
        match seen {
            Seen::Words(words) if !words.fields.is_empty() => {
                uncovered("uses a field otherwise than to compare it with constants")
            }
            Seen::Words(_) | Seen::Const(_) | Seen::Never | Seen::Option(None) => Ok(()),
            Seen::Option(Some(inner)) => self.is_settled(inner),
            Seen::Input(_) => uncovered("uses a whole record or option"),
        }
    }

    fn value(&mut self, expr: &Expr) -> Found {
        let Some(left) = self.steps.checked_sub(1) else {
            return uncovered("is longer than what is read");
        };
        self.steps = left;
        match &expr.kind {
            ExprKind::Bool(truth) => Ok(Seen::constant(u64::from(*truth))),
            ExprKind::Int(number) => Ok(Seen::constant(number.cast_unsigned())),
            ExprKind::Text(handle) => Ok(Seen::constant(handle.0)),
            ExprKind::Number(_) | ExprKind::Wide(_) => Ok(Seen::settled()),
            ExprKind::Const(address) => Ok(Seen::Const(*address)),
            ExprKind::Param(offset) => {
                Ok(self.constant(self.params.saturating_add(*offset), &expr.ty))
            }
            ExprKind::Input(address) => {
                self.input(address.saturating_sub(self.program.input_base), &expr.ty)
            }
            ExprKind::Local(local) => {
                let seen = self.locals.get(local.0 as usize);
                Ok(seen.cloned().unwrap_or(Seen::Never))
            }
            ExprKind::Field { base, offset } => {
                let base = self.value(base)?;
                self.part(&base, (*offset, &expr.ty))
            }
            ExprKind::Binary { op, left, right } => {
                let operands = (self.value(left)?, self.value(right)?);
                self.binary(*op, operands)
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                self.settle(cond)?;
                let (then, otherwise) = (self.value(then)?, self.value(otherwise)?);
                self.either(then, otherwise)
            }
            ExprKind::Let { local, value, body } => {
                let seen = self.value(value)?;
                self.bind(*local, seen);
                self.value(body)
            }
            ExprKind::Call { function, args } => self.call(*function, args),
            ExprKind::In { item, list } => {
                let (item, seen) = (self.value(item)?, self.value(list)?);
                self.among(&item, (&seen, element(list)))
            }
            ExprKind::Automaton { automaton, subject } => {
                let subject = self.value(subject)?;
                let automaton = self.program.automata.get(automaton.0 as usize);
                let tables = automaton.and_then(|automaton| {
                    let tables = Tables::of(&self.program.pool.bytes, automaton)?;
                    Some((tables, automaton.start))
                });
                let Some(tables) = tables else {
                    return uncovered("uses a pattern that is not there");
                };
                self.ask(&subject, &mut |asked| asked.text.automata.push(tables))
            }
            ExprKind::Some(inner) => Ok(Seen::Option(Some(Box::new(self.value(inner)?)))),
            ExprKind::NoneOf => Ok(Seen::Option(None)),
            ExprKind::IsSome(option) => {
                if let Seen::Input(offset) = self.value(option)? {
                    self.mention(offset)?;
                }
                Ok(Seen::settled())
            }
            ExprKind::Payload(option) => match self.value(option)? {
                Seen::Option(Some(inner)) => Ok(*inner),
                Seen::Option(None) | Seen::Never => Ok(Seen::Never),
                seen => self.part(&seen, (WORD, &expr.ty)),
            },
            ExprKind::Probe { expr, .. } => self.value(expr),
            ExprKind::Else { value, default } => {
                let (value, default) = (self.value(value)?, self.value(default)?);
                self.either(value, default)
            }
            ExprKind::Check { cond, then, .. } => {
                self.settle(cond)?;
                self.value(then)
            }
            ExprKind::Fail { .. } | ExprKind::NoValue => Ok(Seen::Never),
            ExprKind::Loop {
                kind,
                var,
                list,
                body,
            } => self.loops((*kind, *var), (list, body)),
            ExprKind::Fact { .. } => uncovered("asks for a fact"),
            ExprKind::Effect { .. } => uncovered("makes an effect"),
            ExprKind::Unary {
                op: UnaryOp::TextLength,
                expr,
            } => {
                let seen = self.value(expr)?;
                match self.is_settled(&seen) {
                    Ok(()) => Ok(Seen::settled()),
                    Err(_) => uncovered("uses the length of a field"),
                }
            }
            ExprKind::Unary { .. }
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Record { .. }
            | ExprKind::List { .. }
            | ExprKind::Joined { .. } => {
                for part in expr.children() {
                    self.settle(part)?;
                }
                Ok(Seen::settled())
            }
        }
    }

    /// What is loaded from the constants.
    fn constant(&self, address: u32, ty: &Type) -> Seen {
        match ty.repr() {
            Repr::Ref => Seen::Const(address),
            Repr::Wide | Repr::Nothing => Seen::settled(),
            Repr::Word => {
                let word = value::word(&self.program.pool.bytes, address);
                word.map_or(Seen::Never, Seen::constant)
            }
        }
    }

    /// What is loaded from the input.
    fn input(&mut self, offset: u32, ty: &Type) -> Found {
        if ty.repr() == Repr::Ref && !matches!(ty, Type::Trust | Type::Cidr) {
            return Ok(Seen::Input(offset));
        }
        let number = self.mention(offset)?;
        let field = self.layout.fields.get(number);
        Ok(match field.map(|field| &field.kind) {
            // Its tag.
            _ if field.is_some_and(|field| field.value_offset() != offset) => Seen::settled(),
            Some(Kind::Whole(_) | Kind::Text(_)) => Seen::field(number),
            Some(Kind::Bool | Kind::Enum(_) | Kind::Other) | None => Seen::settled(),
        })
    }

    /// Notes that somebody asks about the field that stands there, or whose value does; returns its number.
    fn mention(&mut self, offset: u32) -> Result<usize, Uncovered> {
        let is_it = |field: &Field| field.offset == offset || field.value_offset() == offset;
        let number = self.layout.fields.iter().position(is_it);
        let found = number.and_then(|number| {
            let field = self.layout.fields.get(number)?;
            Some((number, field, self.asked.0.get_mut(number)?))
        });
        match found {
            Some((_, field, _)) if field.kind == Kind::Other => {
                uncovered("reads a field of a type that the search does not know")
            }
            Some((number, _, asked)) => {
                asked.is_asked = true;
                Ok(number)
            }
            None => uncovered("reads a part of a field"),
        }
    }

    /// What stands within something.
    fn part(&mut self, base: &Seen, (offset, ty): (u32, &Type)) -> Found {
        match base {
            Seen::Input(from) => self.input(from.saturating_add(offset), ty),
            Seen::Const(from) => Ok(self.constant(from.saturating_add(offset), ty)),
            Seen::Never => Ok(Seen::Never),
            Seen::Words(_) | Seen::Option(_) => {
                self.is_settled(base)?;
                match ty.repr() {
                    Repr::Word | Repr::Wide => Ok(Seen::settled()),
                    Repr::Ref | Repr::Nothing => uncovered("uses a record within a record"),
                }
            }
        }
    }

    /// One of two values, and which one is settled.
    fn either(&mut self, one: Seen, other: Seen) -> Found {
        Ok(match (one, other) {
            (Seen::Never, seen) | (seen, Seen::Never) => seen,
            (one, other) if one == other => one,
            (Seen::Words(one), Seen::Words(other)) => Seen::Words(Words {
                constants: &one.constants | &other.constants,
                fields: &one.fields | &other.fields,
                settled: one.settled || other.settled,
            }),
            (Seen::Option(None), Seen::Option(seen)) | (Seen::Option(seen), Seen::Option(None)) => {
                Seen::Option(seen)
            }
            (Seen::Option(Some(one)), Seen::Option(Some(other))) => {
                Seen::Option(Some(Box::new(self.either(*one, *other)?)))
            }
            _ => return uncovered("chooses between records or options"),
        })
    }

    fn call(&mut self, function: FuncId, args: &[Expr]) -> Found {
        let mut values = Vec::new();
        for arg in args {
            values.push(self.value(arg)?);
        }
        let Some(function) = self.program.functions.get(function.0 as usize) else {
            return uncovered("calls what is not there");
        };
        values.resize(function.locals.len().max(values.len()), Seen::Never);
        let outer = std::mem::replace(&mut self.locals, values);
        let found = self.value(&function.body);
        self.locals = outer;
        found
    }

    /// Notes a question about each field that a value can be; the answer is settled.
    fn ask(&mut self, seen: &Seen, note: &mut dyn FnMut(&mut AskedField<'p>)) -> Found {
        let Seen::Words(words) = seen else {
            self.is_settled(seen)?;
            return Ok(Seen::settled());
        };
        for number in &words.fields {
            if let Some(asked) = self.asked.0.get_mut(*number) {
                note(asked);
            }
        }
        Ok(Seen::settled())
    }

    fn binary(&mut self, op: BinaryOp, (left, right): (Seen, Seen)) -> Found {
        let has_field =
            |seen: &Seen| matches!(seen, Seen::Words(words) if !words.fields.is_empty());
        match (has_field(&left), has_field(&right)) {
            (false, false) => {
                self.is_settled(&left)?;
                self.is_settled(&right)?;
                Ok(Seen::settled())
            }
            (true, true) => uncovered("compares two fields"),
            (true, false) => self.compare(op, (&left, &right)),
            (false, true) if op.of_words(0, 0).is_some() => self.compare(op, (&right, &left)),
            (false, true) => uncovered("looks for a field in a text"),
        }
    }

    /// A field on the left, or a constant in its place, against constants.
    fn compare(&mut self, op: BinaryOp, (field, constant): (&Seen, &Seen)) -> Found {
        let constants = match constant {
            Seen::Words(words) if !words.settled => &words.constants,
            Seen::Never => return Ok(Seen::settled()),
            _ => return uncovered("compares a field with something that is computed"),
        };
        for word in constants {
            match op {
                BinaryOp::StartsWith | BinaryOp::EndsWith | BinaryOp::Contains => {
                    let text = self.text(*word)?;
                    self.ask(field, &mut |asked| {
                        let tests = &mut asked.text;
                        match op {
                            BinaryOp::StartsWith => tests.prefixes.insert(text),
                            BinaryOp::EndsWith => tests.suffixes.insert(text),
                            _ => tests.contained.insert(text),
                        };
                    })?;
                }
                _ if op.of_words(0, 0).is_some() => self.equals(field, *word)?,
                _ => return uncovered("computes with a field"),
            }
        }
        Ok(Seen::settled())
    }

    /// Asks whether a field is this word, and of a number also whether it is less.
    fn equals(&mut self, seen: &Seen, word: u64) -> Result<(), Uncovered> {
        let Seen::Words(words) = seen else {
            return Ok(());
        };
        for number in &words.fields {
            let kind = self.layout.fields.get(*number).map(|field| &field.kind);
            let is_text = matches!(kind, Some(Kind::Text(_)));
            let text = match is_text {
                true => Some(self.text(word)?),
                false => None,
            };
            let Some(asked) = self.asked.0.get_mut(*number) else {
                continue;
            };
            match text {
                Some(text) => asked.text.exact.insert(text),
                None => asked.whole.insert(word.cast_signed()),
            };
        }
        Ok(())
    }

    /// The bytes of a text among the constants.
    fn text(&self, word: u64) -> Result<&'p [u8], Uncovered> {
        let handle = Handle(word);
        let from = handle.address() as usize;
        let bytes = self.program.pool.bytes.get(from..);
        let bytes = bytes.and_then(|bytes| bytes.get(..handle.length() as usize));
        bytes.map_or_else(|| uncovered("uses a text that is not there"), Ok)
    }

    /// The words of a constant list whose elements are one word each.
    fn elements(&self, list: &Seen, element: Repr) -> Option<Vec<u64>> {
        let Seen::Words(words) = list else {
            return None;
        };
        if words.settled || !words.fields.is_empty() || element != Repr::Word {
            return None;
        }
        let lists = words.constants.iter().map(|list| Handle(*list));
        let elements = lists.flat_map(|list| {
            (0..list.length()).map(move |index| list.address().saturating_add(index * WORD))
        });
        elements
            .map(|address| value::word(&self.program.pool.bytes, address))
            .collect()
    }

    fn among(&mut self, item: &Seen, (list, element): (&Seen, Repr)) -> Found {
        let has_field = matches!(item, Seen::Words(words) if !words.fields.is_empty());
        if !has_field {
            self.is_settled(item)?;
            self.is_settled(list)?;
            return Ok(Seen::settled());
        }
        let Some(elements) = self.elements(list, element) else {
            return uncovered("looks for a field in a list that is computed");
        };
        for word in elements {
            self.equals(item, word)?;
        }
        Ok(Seen::settled())
    }

    /// A loop over a constant list, whose body comes to a truth or a number.
    fn loops(&mut self, (kind, var): (LoopKind, LocalId), (list, body): (&Expr, &Expr)) -> Found {
        let seen = self.value(list)?;
        self.is_settled(&seen)?;
        let element = element(list);
        let element = match self.elements(&seen, element) {
            Some(words) => Seen::Words(Words {
                constants: words.into_iter().collect(),
                ..Words::default()
            }),
            None if element == Repr::Word => Seen::settled(),
            None => return uncovered("goes through a list of records"),
        };
        self.bind(var, element.clone());
        self.settle(body)?;
        Ok(match kind {
            LoopKind::First => Seen::Option(Some(Box::new(element))),
            LoopKind::Any
            | LoopKind::All
            | LoopKind::Count
            | LoopKind::Sum
            | LoopKind::Min
            | LoopKind::Max
            | LoopKind::Map
            | LoopKind::Filter => Seen::settled(),
        })
    }
}
