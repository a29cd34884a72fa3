//! Constants: each stands in memory as the checker writes it.
//!
//! The engines compare constants with inputs word by word, and inputs have one form for each value. A constant of another form
//! would be shown as one value and decide as another: a network whose last address is not that of its prefix, a text that stands
//! in the pool twice, a map whose keys have no order.

use std::collections::HashSet;

use super::{Verified, at_most, table};
use crate::data::canonical;
use crate::data::identifier::{is_did, is_pattern};
use crate::data::net::Cidr;
use crate::data::types::{
    ATTRIBUTES_BYTES_MAX, DID_BYTES_MAX, KEY, PATTERN_BYTES_MAX, Repr, Type, VALUE, WORD,
};
use crate::ir::value;
use crate::ir::{Body, Expr, ExprKind, Handle, PolicyBody, Program};
use crate::limits::VERIFY_STEPS_MAX;

/// Checks the texts of the pool and every constant that an expression or a rule reads.
///
/// # Errors
/// The first one that is not as the checker writes it.
pub(crate) fn check(program: &Program) -> Verified {
    let mut constants = Constants {
        program,
        texts: texts(program)?,
        seen: HashSet::new(),
        steps: 0,
    };
    let mut rest = program.roots();
    while let Some(expr) = rest.pop() {
        let canonical = constants.written(expr)?;
        let what = "is a constant that no source makes";
        table("expression", expr.point.0 as usize, canonical, what)?;
        expr.each_child(&mut |child| rest.push(child));
    }
    match &program.body {
        Body::Policy(policy) => constants.params(policy),
        Body::Guard(_) => Ok(()),
    }
}

/// The handles of the texts of the pool: each is one text, and no two are equal.
fn texts(program: &Program) -> Verified<HashSet<Handle>> {
    let mut known = HashSet::new();
    for (i, handle) in program.pool.texts.iter().enumerate() {
        let text = value::text(&program.pool.bytes, *handle);
        table("text", i, text.is_some(), "is no text")?;
        let is_new = text.is_none_or(|text| !text.is_empty() && known.insert(text));
        table("text", i, is_new, "stands in the pool twice, or is empty")?;
    }
    Ok(program.pool.texts.iter().copied().collect())
}

struct Constants<'p> {
    program: &'p Program,
    texts: HashSet<Handle>,
    /// Lists and values at addresses that have been looked at: constants share what they refer to.
    seen: HashSet<(Type, u64)>,
    steps: usize,
}

impl Constants<'_> {
    /// Whether an expression is no constant, or one as it should be.
    fn written(&mut self, expr: &Expr) -> Verified<bool> {
        let ty = &expr.ty;
        match &expr.kind {
            ExprKind::Const(address) => match ty.repr() {
                Repr::Ref => self.at(ty, *address),
                Repr::Word | Repr::Wide | Repr::Nothing => Ok(false),
            },
            ExprKind::Text(handle) => match ty.is_handle() {
                true => self.word(ty, handle.0),
                false => Ok(false),
            },
            ExprKind::Int(value) => self.word(ty, value.cast_unsigned()),
            ExprKind::Number(value) => Ok(value.is_finite()),
            _ => Ok(true),
        }
    }

    /// What the shapes of rules read of the constants of each rule.
    fn params(&mut self, policy: &PolicyBody) -> Verified {
        for group in &policy.groups {
            let shapes: Vec<_> = group.plan.shapes.iter().map(Expr::params).collect();
            for (i, rule) in group.rules.iter().enumerate() {
                let shape = shapes.get(rule.shape as usize);
                for (offset, ty) in shape.into_iter().flatten() {
                    let address = rule.params.checked_add(*offset);
                    let canonical = match address {
                        Some(address) => self.at(ty, address)?,
                        None => false,
                    };
                    let what = "has a constant that no source makes";
                    table("rule", i, canonical, what)?;
                }
            }
        }
        Ok(())
    }

    /// Whether the value at an address is one.
    fn at(&mut self, ty: &Type, address: u32) -> Verified<bool> {
        self.steps += 1;
        at_most("steps to verify it", self.steps, VERIFY_STEPS_MAX)?;
        let pool = &self.program.pool.bytes;
        let word = |number: u32| {
            let offset = number.checked_mul(WORD)?;
            value::word(pool, address.checked_add(offset)?)
        };
        match ty {
            Type::Option(inner) => {
                let behind = address.saturating_add(WORD);
                match word(0) {
                    Some(0) => {
                        let words = 1..=inner.words(&self.program.records);
                        Ok(words.into_iter().all(|number| word(number) == Some(0)))
                    }
                    Some(1) => self.at(inner, behind),
                    _ => Ok(false),
                }
            }
            Type::Record(id) => {
                let record = self.program.records.get(id.0 as usize);
                for field in record.into_iter().flat_map(|record| &record.fields) {
                    let Some(place) = address.checked_add(field.offset) else {
                        return Ok(false);
                    };
                    if !self.at(&field.ty, place)? {
                        return Ok(false);
                    }
                }
                Ok(record.is_some())
            }
            Type::Cidr => {
                let words: Option<Vec<u64>> = (0..Cidr::WORDS).map(word).collect();
                let words = words.and_then(|words| words.try_into().ok());
                Ok(words.and_then(Cidr::from_words).is_some())
            }
            Type::Trust => {
                let share = |bits| (0.0..=1.0).contains(&f64::from_bits(bits));
                Ok((0..6).all(|number| word(number).is_some_and(share)))
            }
            // Each wide value is one decimal, and one address.
            Type::Decimal | Type::Money(_) | Type::Quantity(_) | Type::Ip => {
                Ok(word(0).and(word(1)).is_some())
            }
            _ => match word(0) {
                Some(found) => self.word(ty, found),
                None => Ok(false),
            },
        }
    }

    /// Whether a word is a value of a type that has one.
    fn word(&mut self, ty: &Type, word: u64) -> Verified<bool> {
        let handle = Handle(word);
        Ok(match ty {
            Type::Bool => word <= 1,
            Type::Int | Type::Instant | Type::Duration => true,
            Type::Number => f64::from_bits(word).is_finite(),
            Type::Enum(id) => {
                let cases = self.program.enums.get(id.0 as usize);
                cases.is_some_and(|found| word < found.cases.len() as u64)
            }
            Type::String(bytes) => self.text(ty, handle, *bytes),
            Type::Did => self.text(ty, handle, DID_BYTES_MAX),
            Type::Pattern => self.text(ty, handle, PATTERN_BYTES_MAX),
            Type::Attributes => self.text(ty, handle, ATTRIBUTES_BYTES_MAX),
            Type::List(element, bound) => {
                let fits = handle.length() <= *bound;
                fits && match self.entry(element) {
                    Some((key, value)) => self.entries(ty, (&key, &value), handle)?,
                    None => self.elements(ty, element, handle)?,
                }
            }
            Type::Map(key, value, bound) => {
                handle.length() <= *bound && self.entries(ty, (key, value), handle)?
            }
            _ => false,
        })
    }

    fn text(&mut self, ty: &Type, handle: Handle, bytes: u32) -> bool {
        let is_known = handle == Handle(0) || self.texts.contains(&handle);
        if !is_known || handle.length() > bytes {
            return false;
        }
        if matches!(ty, Type::String(_)) || !self.seen.insert((ty.clone(), handle.0)) {
            return true;
        }
        let text = value::text(&self.program.pool.bytes, handle);
        text.is_some_and(|text| match ty {
            Type::Did => is_did(text),
            Type::Pattern => is_pattern(text),
            _ => canonical::text(text).as_deref() == Some(text),
        })
    }

    /// The types of the key and the value of an entry: a map is read as the list of them.
    fn entry(&self, element: &Type) -> Option<(Type, Type)> {
        let Type::Record(id) = element else {
            return None;
        };
        let record = self.program.records.get(id.0 as usize)?;
        let of = |name| record.field(name).map(|field| field.ty.clone());
        record.is_entry().then_some((of(KEY)?, of(VALUE)?))
    }

    fn elements(&mut self, ty: &Type, element: &Type, list: Handle) -> Verified<bool> {
        if !self.seen.insert((ty.clone(), list.0)) {
            return Ok(true);
        }
        let stride = element.words(&self.program.records).checked_mul(WORD);
        let Some(stride) = stride.filter(|stride| *stride > 0) else {
            return Ok(false);
        };
        for number in 0..list.length() {
            let offset = number.checked_mul(stride);
            let place = offset.and_then(|offset| list.address().checked_add(offset));
            let Some(place) = place else {
                return Ok(false);
            };
            if !self.at(element, place)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The entries of a map: keys ascend.
    fn entries(&mut self, ty: &Type, of: (&Type, &Type), map: Handle) -> Verified<bool> {
        if !self.seen.insert((ty.clone(), map.0)) {
            return Ok(true);
        }
        let (key, value) = of;
        let stride = Type::entry_words(value, &self.program.records) * WORD;
        let mut before: Option<Box<str>> = None;
        for number in 0..map.length() {
            let offset = number.checked_mul(stride);
            let place = offset.and_then(|offset| map.address().checked_add(offset));
            let Some(place) = place.filter(|place| *place < u32::MAX - WORD) else {
                return Ok(false);
            };
            if !self.at(key, place)? || !self.at(value, place + WORD)? {
                return Ok(false);
            }
            let name = self.key(key, place);
            if name.is_none() || before >= name {
                return Ok(false);
            }
            before = name;
        }
        Ok(true)
    }

    /// The text of a key, or the name of its case.
    fn key(&self, ty: &Type, address: u32) -> Option<Box<str>> {
        let word = value::word(&self.program.pool.bytes, address)?;
        match ty {
            Type::Enum(id) => {
                let cases = &self.program.enums.get(id.0 as usize)?.cases;
                cases.get(usize::try_from(word).ok()?).cloned()
            }
            _ => value::text(&self.program.pool.bytes, Handle(word)).map(Box::from),
        }
    }
}
