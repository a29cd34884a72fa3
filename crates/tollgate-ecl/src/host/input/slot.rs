//! The reader of one value: a serde visitor that knows the type and the place the value belongs to.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Build;
use super::error::{InputError, nearest, quote, type_name};
use super::scalar::{self, Raw};
use crate::data::canonical;
use crate::data::json;
use crate::data::net::Cidr;
use crate::data::trust;
use crate::data::types::{ATTRIBUTES_BYTES_MAX, EnumDef, FieldDef, RecordDef, Type, WORD};
use crate::limits::INPUT_BYTES_MAX;

/// A place on the stack that waits for a value of a type.
pub(super) struct Slot<'b, 'e> {
    pub(super) build: &'b mut Build<'e>,
    pub(super) ty: &'b Type,
    pub(super) at: usize,
}

impl<'de> DeserializeSeed<'de> for Slot<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        match self.ty {
            Type::Int
            | Type::Decimal
            | Type::Number
            | Type::Money(_)
            | Type::Quantity(_)
            | Type::Duration => {
                let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
                let written = self.number(&Raw::new(raw));
                self.build.report(written)
            }
            Type::Attributes => {
                let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
                let written = self.attributes(raw.get());
                self.build.report(written)
            }
            Type::Option(_) => deserializer.deserialize_option(self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl Build<'_> {
    /// Keeps an error aside; what serde gets is only the sign to stop.
    fn report<T, E: serde::de::Error>(&mut self, result: Result<T, InputError>) -> Result<T, E> {
        result.map_err(|error| {
            self.error.get_or_insert(error);
            E::custom("stop")
        })
    }

    /// Makes room on the stack for a value of so many bytes.
    fn place(&mut self, at: usize, bytes: usize) -> Result<(), InputError> {
        if at + bytes > INPUT_BYTES_MAX {
            return Err(InputError::too_large(at, INPUT_BYTES_MAX));
        }
        self.stack.resize(at + bytes, 0);
        Ok(())
    }

    /// Puts the elements that stand on the stack from `start` on where lists are kept, and their handle in its place.
    fn close_list(&mut self, start: usize, count: usize, at: usize) -> Result<(), InputError> {
        let handle = self.append_elements(start, count)?;
        self.set_word(at, handle.0);
        Ok(())
    }

    /// What was read in a part of a value; an error in it is told where it stands.
    fn within<T, E>(
        &mut self,
        read: Result<T, E>,
        tell: impl FnOnce(&mut InputError),
    ) -> Result<T, E> {
        if let (Err(_), Some(error)) = (&read, &mut self.error) {
            tell(error);
        }
        read
    }

    fn type_name(&self, ty: &Type) -> String {
        type_name(ty, &self.encoder.records, &self.encoder.enums)
    }
}

impl<'b, 'e> Slot<'b, 'e> {
    fn number(&mut self, raw: &Raw<'_>) -> Result<(), InputError> {
        match self.ty {
            Type::Int => self.build.set_word(self.at, raw.int()?.cast_unsigned()),
            Type::Number => self.build.set_word(self.at, raw.number()?.to_bits()),
            Type::Duration => self
                .build
                .set_word(self.at, raw.duration()?.cast_unsigned()),
            Type::Money(currency) => self.build.set_wide(self.at, raw.money(currency)?),
            Type::Quantity(dimension) => self.build.set_wide(self.at, raw.quantity(*dimension)?),
            _ => self.build.set_wide(self.at, raw.decimal("decimal")?),
        }
        Ok(())
    }

    fn attributes(&mut self, document: &str) -> Result<(), InputError> {
        let read = json::read_once(document);
        let document = read.map_err(|found| InputError::new("attributes", found))?;
        let text = canonical::json(&document);
        if text.len() > ATTRIBUTES_BYTES_MAX as usize {
            let found = format!("a document of {} bytes", text.len());
            return Err(InputError::new("attributes", found).help(format!(
                "at most {ATTRIBUTES_BYTES_MAX} bytes of canonical JSON fit"
            )));
        }
        let handle = self.build.intern(&text)?;
        self.build.set_word(self.at, handle.0);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), InputError> {
        match self.ty {
            Type::String(bound) if text.len() > *bound as usize => {
                let found = format!("a string of {} bytes", text.len());
                return Err(InputError::new(self.build.type_name(self.ty), found)
                    .help(format!("at most {bound} bytes of UTF-8 fit")));
            }
            Type::String(_) => {}
            Type::Did => scalar::did(text)?,
            Type::Pattern => scalar::pattern(text)?,
            Type::Instant => {
                self.build
                    .set_word(self.at, scalar::instant(text)?.cast_unsigned());
                return Ok(());
            }
            Type::Ip => {
                self.build.set_wide(self.at, scalar::ip(text)?.place());
                return Ok(());
            }
            Type::Cidr => {
                self.cidr(scalar::cidr(text)?);
                return Ok(());
            }
            Type::Enum(id) => {
                let case = match self.build.encoder.enums.get(id.0 as usize) {
                    Some(def) => enum_case(def, text)?,
                    None => return Err(self.mismatch(format!("the string {}", quote(text)))),
                };
                self.build.set_word(self.at, case);
                return Ok(());
            }
            _ => return Err(self.mismatch(self.named("string", text))),
        }
        let handle = self.build.intern(text)?;
        self.build.set_word(self.at, handle.0);
        Ok(())
    }

    fn cidr(&mut self, cidr: Cidr) {
        for (at, word) in (self.at..).step_by(WORD as usize).zip(cidr.words()) {
            self.build.set_word(at, word);
        }
    }

    /// A value as an error names it. One in the place of a record or a list is not quoted: it may be that of any field.
    fn named(&self, kind: &str, text: &str) -> String {
        match self.ty {
            Type::Record(_) | Type::List(..) | Type::Map(..) => format!("a {kind}"),
            _ => format!("the {kind} {}", quote(text)),
        }
    }

    fn mismatch(&self, found: impl Into<String>) -> InputError {
        let error = InputError::new(self.build.type_name(self.ty), found);
        match self.ty {
            Type::Bool => error.help("write true or false"),
            Type::String(_) | Type::Did | Type::Pattern | Type::Enum(_) => {
                error.help("write a string in quotes")
            }
            Type::Instant => error.help("write \"2025-01-28T10:15:00Z\""),
            Type::Ip => error.help("write \"192.0.2.1\" or \"2001:db8::1\""),
            Type::Cidr => error.help("write \"192.0.2.0/24\" or \"2001:db8::/32\""),
            Type::List(..) => error.help("write a list in brackets"),
            Type::Map(..) => error.help("write an object: each of its names is a key"),
            Type::Record(_) => error.help("write an object with the fields of the record"),
            Type::Trust => error.help("write six numbers in 0..1: {\"R\": 0.9, …} or [0.9, …]"),
            _ => error,
        }
    }

    fn refuse<T, E: serde::de::Error>(&mut self, found: impl Into<String>) -> Result<T, E> {
        let error = self.mismatch(found);
        self.build.report(Err(error))
    }

    fn list<'de, A: SeqAccess<'de>>(
        self,
        element: &Type,
        bound: u32,
        mut items: A,
    ) -> Result<(), A::Error> {
        let Self { build, ty, at } = self;
        let stride = (element.words(&build.encoder.records) * WORD) as usize;
        let start = build.stack.len();
        let mut count = 0;
        loop {
            let next = start + count * stride;
            let placed = build.place(next, stride);
            build.report(placed)?;
            let slot = Slot {
                build: &mut *build,
                ty: element,
                at: next,
            };
            let read = items.next_element_seed(slot);
            match build.within(read, |error| error.in_element(count))? {
                Some(()) => count += 1,
                None => break build.stack.truncate(next),
            }
            if count > bound as usize {
                let error = InputError::new(build.type_name(ty), "a longer list")
                    .help(format!("at most {bound} elements fit"));
                return build.report(Err(error));
            }
        }
        let closed = build.close_list(start, count, at);
        build.report(closed)
    }

    fn record<'de, A: MapAccess<'de>>(
        self,
        record: &'e RecordDef,
        mut map: A,
    ) -> Result<(), A::Error> {
        let Self { build, at, .. } = self;
        let mut seen = Seen::new(record.fields.len());
        // Most inputs give the fields in order: the next one is tried first.
        let mut expected = 0;
        while let Some(Name(name)) = map.next_key()? {
            let index = match record.fields.get(expected) {
                Some(field) if *field.name == *name => Some(expected),
                _ => record.fields.iter().position(|f| *f.name == *name),
            };
            let Some((index, field)) = index.and_then(|i| Some((i, record.fields.get(i)?))) else {
                if record.open {
                    map.next_value::<serde::de::IgnoredAny>()?;
                    continue;
                }
                return build.report(Err(unknown_field(record, &name)));
            };
            if !seen.insert(index) {
                let error =
                    InputError::new("one value", format!("the field {} twice", quote(&name)));
                return build.report(Err(error.help("remove one of them")));
            }
            expected = index + 1;
            let slot = Slot {
                build: &mut *build,
                ty: &field.ty,
                at: at + field.offset as usize,
            };
            let read = map.next_value_seed(slot);
            build.within(read, |error| error.in_field(&name))?;
        }
        let missing = record
            .fields
            .iter()
            .enumerate()
            .find(|(i, field)| !matches!(field.ty, Type::Option(_)) && !seen.contains(*i));
        match missing {
            Some((_, field)) => {
                let error = missing_field(build, field);
                build.report(Err(error))
            }
            None => Ok(()),
        }
    }

    /// The entries of a map, which stand in the order of their keys however they came.
    fn map<'de, A: MapAccess<'de>>(
        self,
        (key_type, value_type, bound): (&Type, &Type, u32),
        mut map: A,
    ) -> Result<(), A::Error> {
        let Self { build, ty, at } = self;
        let stride = (Type::entry_words(value_type, &build.encoder.records) * WORD) as usize;
        let start = build.stack.len();
        let mut keys: Vec<(Cow<'de, str>, usize)> = Vec::new();
        while let Some(Name(key)) = map.next_key()? {
            if keys.len() >= bound as usize {
                let error = InputError::new(build.type_name(ty), "a larger map")
                    .help(format!("at most {bound} entries fit"));
                return build.report(Err(error));
            }
            let next = start + keys.len() * stride;
            let placed = build.place(next, stride);
            build.report(placed)?;
            let written = Slot {
                build: &mut *build,
                ty: key_type,
                at: next,
            }
            .text(&key);
            let written = written.map_err(|mut error| {
                error.in_key(&key);
                error
            });
            build.report(written)?;
            let slot = Slot {
                build: &mut *build,
                ty: value_type,
                at: next + WORD as usize,
            };
            let read = map.next_value_seed(slot);
            build.within(read, |error| error.in_key(&key))?;
            keys.push((key, next));
        }
        let sorted = build.sort_entries(keys, start, stride);
        let count = build.report(sorted)?;
        let closed = build.close_list(start, count, at);
        build.report(closed)
    }

    /// A trust vector from its components, in any order of names.
    fn trust(&mut self, components: &[Option<f64>; 6]) -> Result<(), InputError> {
        for (i, (component, name)) in components.iter().zip(trust::DIMENSIONS).enumerate() {
            let Some(number) = component else {
                return Err(self.mismatch(format!("no value for `{name}`")));
            };
            if !(0.0..=1.0).contains(number) {
                return Err(self.mismatch(format!("`{name}` of {number}")));
            }
            self.build.set_word(self.at + 8 * i, number.to_bits());
        }
        Ok(())
    }

    fn component<E: serde::de::Error>(&mut self, raw: &RawValue) -> Result<f64, E> {
        let number = Raw::new(raw).number();
        self.build.report(number)
    }
}

/// The fields a record has already got.
struct Seen {
    few: u64,
    many: Vec<bool>,
}

impl Seen {
    fn new(fields: usize) -> Self {
        Self {
            few: 0,
            many: if fields > 64 {
                vec![false; fields]
            } else {
                Vec::new()
            },
        }
    }

    /// False when it was there.
    fn insert(&mut self, index: usize) -> bool {
        let fresh = !self.contains(index);
        match self.many.get_mut(index) {
            Some(seen) => *seen = true,
            None => self.few |= 1 << index,
        }
        fresh
    }

    fn contains(&self, index: usize) -> bool {
        match self.many.get(index) {
            Some(seen) => *seen,
            None => self.few >> index & 1 == 1,
        }
    }
}

/// A key of an object: borrowed when it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.into())))
            }
        }
        deserializer.deserialize_str(Names)
    }
}

fn unknown_field(record: &RecordDef, name: &str) -> InputError {
    let names = || record.fields.iter().map(|f| &*f.name);
    let error = InputError::new(
        format!("a field of {}", record.name),
        format!("the unknown field {}", quote(name)),
    );
    match nearest(name, names()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => {
            let known: Vec<_> = names().take(16).map(|n| format!("`{n}`")).collect();
            let known = known.join(", ");
            error.help(format!(
                "its fields: {known}; to take and drop others end its declaration with `..`"
            ))
        }
    }
}

fn missing_field(build: &Build<'_>, field: &FieldDef) -> InputError {
    let mut error = InputError::new(build.type_name(&field.ty), "nothing")
        .help(format!("add the field `{}`", field.name));
    error.in_field(&field.name);
    error
}

fn enum_case(def: &EnumDef, text: &str) -> Result<u64, InputError> {
    if let Some(case) = def.cases.iter().position(|c| **c == *text) {
        return Ok(case as u64);
    }
    let names = || def.cases.iter().map(|c| &**c);
    let error = InputError::new(def.name.to_string(), format!("the string {}", quote(text)));
    Err(match nearest(text, names()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => {
            let known: Vec<_> = names().take(16).map(|n| format!("`{n}`")).collect();
            error.help(format!("its cases: {}", known.join(", ")))
        }
    })
}

impl<'de> Visitor<'de> for Slot<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.build.type_name(self.ty))
    }

    fn visit_bool<E: serde::de::Error>(mut self, value: bool) -> Result<(), E> {
        if matches!(self.ty, Type::Bool) {
            self.build.set_word(self.at, u64::from(value));
            return Ok(());
        }
        self.refuse("a bool")
    }

    fn visit_i64<E: serde::de::Error>(mut self, value: i64) -> Result<(), E> {
        let found = self.named("number", &value.to_string());
        self.refuse(found)
    }

    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<(), E> {
        let found = self.named("number", &value.to_string());
        self.refuse(found)
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<(), E> {
        let found = self.named("number", &value.to_string());
        self.refuse(found)
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        let written = self.text(text);
        self.build.report(written)
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<(), E> {
        self.refuse("null")
    }

    /// An option that is null: the zeros that stand there are none.
    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Type::Option(inner) = self.ty else {
            return Err(D::Error::custom("not an option"));
        };
        self.build.set_word(self.at, 1);
        let slot = Slot {
            ty: inner,
            at: self.at + WORD as usize,
            build: self.build,
        };
        slot.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        match self.ty {
            Type::List(element, bound) => self.list(element, *bound, items),
            Type::Trust => {
                let mut components = [None; 6];
                for component in &mut components {
                    *component = match items.next_element::<&RawValue>()? {
                        Some(raw) => Some(self.component(raw)?),
                        None => break,
                    };
                }
                if items.next_element::<&RawValue>()?.is_some() {
                    return self.refuse("more than six numbers");
                }
                let written = self.trust(&components);
                self.build.report(written)
            }
            _ => self.refuse("a list"),
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        match self.ty {
            Type::Record(id) => match self.build.encoder.records.get(id.0 as usize) {
                Some(record) => self.record(record, map),
                None => self.refuse("an object"),
            },
            Type::Map(key, value, bound) => self.map((key, value, *bound), map),
            Type::Trust => {
                let mut components = [None; 6];
                while let Some(Name(name)) = map.next_key()? {
                    let place = trust::dimension(&name);
                    let place = place.and_then(|index| components.get_mut(index as usize));
                    match place {
                        Some(place @ None) => {
                            *place = Some(self.component(map.next_value::<&RawValue>()?)?);
                        }
                        Some(_) => return self.refuse(format!("{} twice", quote(&name))),
                        None => return self.refuse(format!("the dimension {}", quote(&name))),
                    }
                }
                let written = self.trust(&components);
                self.build.report(written)
            }
            _ => self.refuse("an object"),
        }
    }
}
