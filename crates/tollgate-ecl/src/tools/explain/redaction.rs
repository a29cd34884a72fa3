//! What is not shown: values of fields by their names, and what is computed from them, wherever they appear.

use std::collections::HashSet;

use super::origin::{Choices, Origins};
use crate::data::canonical;
use crate::data::types::{FieldDef, KEY, RecordId, Type, VALUE};
use crate::host::input::InputError;
use crate::host::outcome::EffectRecord;
use crate::host::providers::FactsFileError;
use crate::ir::value::Value;
use crate::ir::{Body, PointId, Program};

/// What stands for a value that may not be shown.
pub const REDACTED: &str = "[redacted]";

/// Names of fields whose values are not shown.
///
/// A value is hidden by where it comes from: the field itself, what contains it, and everything that is computed from it
/// through `let`s, functions, loops and choices; of an effect that a hidden value chose, all operands. What stays visible is the
/// outcome of a condition, and which effects there are.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use tollgate_ecl::{Bundle, CompiledProgram, NoFacts, Reasons, Redaction, Vm, compile, encode};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = r#"policy "adult" { input { age: int }  accept { old_enough: age >= 18 } }"#;
/// let compiled = compile(&Bundle::single("adult.ecl", source));
/// let program = compiled.program(None).ok_or("errors")?;
/// let mut vm = Vm::new(Arc::new(CompiledProgram::new(program.clone())?));
///
/// let input = encode(program, &serde_json::json!({ "age": 17 }))?;
/// let explanation = vm.explain(&input, &mut NoFacts, &program.gas_limits);
/// let reasons = |redaction: &Redaction| {
///     Reasons::new(program, &explanation, &|ty, words| vm.read(ty, words), redaction).lines().join("\n")
/// };
/// assert!(reasons(&Redaction::none()).contains("17"));
/// assert!(!reasons(&Redaction::of(["age"])).contains("17"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Redaction(HashSet<Box<str>>);

impl Redaction {
    /// Shows everything.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Hides the values of fields of these names.
    pub fn of(names: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// The names that nothing in a program has: they would hide nothing. The keys of `attributes` and maps are not known, so a
    /// program with a field of such a type may have any.
    #[must_use]
    pub fn unknown(&self, program: &Program) -> Vec<&str> {
        let fields = || program.records.iter().flat_map(|record| &record.fields);
        if fields().any(|field| has_keys(&field.ty)) {
            return Vec::new();
        }
        let mut known: HashSet<&str> = fields().map(|field| &*field.name).collect();
        if let Body::Policy(policy) = &program.body {
            let rules = policy.groups.iter().flat_map(|group| &group.rules);
            let compares = rules
                .flat_map(|rule| &rule.leaves)
                .filter_map(|l| l.compare.as_ref());
            known.extend(compares.flat_map(|c| [&*c.left, &*c.right]));
        }
        let mut unknown: Vec<&str> = self.0.iter().map(|name| &**name).collect();
        unknown.retain(|name| !known.contains(name));
        unknown.sort_unstable();
        unknown
    }

    /// The same error without a value that is hidden.
    #[must_use]
    pub fn input_error(&self, error: InputError) -> InputError {
        error.hiding(|name| self.hides(name), REDACTED)
    }

    /// The same error without what stands in the file, if anything is hidden: an answer there may be of a hidden field.
    #[must_use]
    pub fn facts_error(&self, mut error: FactsFileError) -> FactsFileError {
        if !self.hides_nothing() {
            error.found = format!("something that is not shown ({REDACTED})");
        }
        error
    }

    /// The effects as they may be shown.
    #[must_use]
    pub fn effects(&self, program: &Program, effects: Vec<EffectRecord>) -> Vec<EffectRecord> {
        self.shown(program, effects, Choices::Hidden)
    }

    /// As [`Redaction::effects`], of effects that stand for the rules that hold.
    pub(crate) fn of_rules(
        &self,
        program: &Program,
        effects: Vec<EffectRecord>,
    ) -> Vec<EffectRecord> {
        self.shown(program, effects, Choices::OfRules)
    }

    fn shown(
        &self,
        program: &Program,
        effects: Vec<EffectRecord>,
        choices: Choices,
    ) -> Vec<EffectRecord> {
        if self.hides_nothing() {
            return effects;
        }
        let origins = Origins::of(program, self, choices);
        let shown = effects.into_iter().map(|mut effect| {
            let point = effect.point;
            for (number, operand) in effect.operands.iter_mut().enumerate() {
                let value = std::mem::replace(operand, hidden());
                if origins.hides_effect(point, number) {
                    continue;
                }
                let value = self.apply(value);
                *operand = if origins.hides_some_field(point, number) {
                    let record = operand_record(program, point, number);
                    without(value, fields_of(program, record), |offset| {
                        origins.hides_field(point, number, offset)
                    })
                } else {
                    value
                };
            }
            effect
        });
        shown.collect()
    }

    /// A guard's output as it may be shown.
    #[must_use]
    pub fn output(&self, program: &Program, output: Option<Value>) -> Option<Value> {
        if self.hides_nothing() {
            return output;
        }
        let origins = Origins::of(program, self, Choices::Hidden);
        let fields = fields_of(program, program.output);
        Some(without(self.apply(output?), fields, |offset| {
            origins.hides_output(offset)
        }))
    }

    pub(super) fn hides_nothing(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn hides(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The value with hidden fields replaced.
    pub(super) fn apply(&self, value: Value) -> Value {
        match value {
            Value::Map(entries) => {
                let shown = entries.into_iter().map(|(key, value)| {
                    let value = if self.hides(&key) {
                        hidden()
                    } else {
                        self.apply(value)
                    };
                    (key, value)
                });
                Value::Map(shown.collect())
            }
            Value::Record(fields) => {
                let entry = self.is_hidden_entry(&fields);
                let shown = fields.into_iter().map(|(name, value)| {
                    let value = if self.hides(&name) || (entry && *name == *VALUE) {
                        hidden()
                    } else {
                        self.apply(value)
                    };
                    (name, value)
                });
                Value::Record(shown.collect())
            }
            Value::List(items) => Value::List(items.into_iter().map(|v| self.apply(v)).collect()),
            Value::Option(Some(value)) => Value::Option(Some(Box::new(self.apply(*value)))),
            Value::Attributes(text) if !self.hides_nothing() => self.attributes(&text),
            other => other,
        }
    }

    /// Whether a record is, or looks like, an entry of a map whose key is a hidden name.
    fn is_hidden_entry(&self, fields: &[(Box<str>, Value)]) -> bool {
        let [
            (key, Value::String(text) | Value::Did(text) | Value::Enum(text)),
            (value, _),
        ] = fields
        else {
            return false;
        };
        **key == *KEY && **value == *VALUE && self.hides(text)
    }

    /// A document with hidden keys replaced.
    fn attributes(&self, text: &str) -> Value {
        let Ok(mut document) = serde_json::from_str(text) else {
            return hidden();
        };
        self.hide_keys(&mut document);
        Value::Attributes(canonical::json(&document).into())
    }

    fn hide_keys(&self, json: &mut serde_json::Value) {
        use serde_json::Value as Json;
        match json {
            Json::Object(map) => {
                for (name, value) in map {
                    if self.hides(name) {
                        *value = REDACTED.into();
                    } else {
                        self.hide_keys(value);
                    }
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.hide_keys(item)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
}

/// Whether values of a type may have keys that no declaration names.
fn has_keys(ty: &Type) -> bool {
    match ty {
        Type::Attributes | Type::Map(..) => true,
        Type::List(inner, _) | Type::Option(inner) => has_keys(inner),
        _ => false,
    }
}

/// The record that an operand of the effects at a place is; `None` when they are not all of one.
fn operand_record(program: &Program, point: PointId, operand: usize) -> Option<RecordId> {
    let effects = program
        .effects
        .iter()
        .filter(|effect| effect.point == point);
    let mut records = effects.map(|effect| match effect.operands.get(operand) {
        Some(Type::Record(id)) => Some(*id),
        Some(_) | None => None,
    });
    let first = records.next()??;
    records.all(|record| record == Some(first)).then_some(first)
}

/// The fields of a record; none of one that the program does not have.
fn fields_of(program: &Program, record: Option<RecordId>) -> &[FieldDef] {
    let record = record.and_then(|id| program.records.get(id.0 as usize));
    record.map_or(&[], |record| &record.fields)
}

/// A record without the values of the fields at hidden offsets. What is not understood is hidden.
fn without(value: Value, known: &[FieldDef], hides: impl Fn(u32) -> bool) -> Value {
    let Value::Record(mut fields) = value else {
        return hidden();
    };
    for (number, (_, value)) in fields.iter_mut().enumerate() {
        let field = known.get(number);
        if field.is_none_or(|field| hides(field.offset)) {
            *value = hidden();
        }
    }
    Value::Record(fields)
}

/// What stands for a hidden value; its JSON is a string.
fn hidden() -> Value {
    Value::Enum(REDACTED.into())
}
