//! Which types have JSON, and the functions that write and read values of them.
//!
//! Each type of arrays, objects and alternatives has a function of its own, which calls those of the types inside of it: [`super::json_write`] and
//! [`super::json_read`] make them. What is the same for all types is done by our own functions in `std/json.ts` and `std/json_read.ts`.

use std::collections::HashSet;

use tollgate_diagnostics::span::Span;

use super::body::{Body, Returns};
use super::checker::Checker;
use super::json::JsonUse;
use super::known::record::Property;
use super::report::error;
use super::scope::Outer;
use super::types::{RecordId, Type};
use super::value::Value;
use crate::codes::unsupported;
use crate::ir;
use crate::ir::op::Val;
use crate::ir::{Expr, FuncId};

/// A type inside of another one, as a way to it is looked for.
struct Inside {
    ty: Type,
    /// The one around, by its place in the list, and what leads from there.
    around: Option<usize>,
    step: String,
}

impl Checker<'_> {
    /// Whether each value of a type has JSON; reports a part that has none.
    pub(super) fn has_json(&mut self, ty: Type, purpose: JsonUse, span: Span) -> Option<()> {
        if self.json.fits.contains_key(&(ty, purpose)) {
            return Some(());
        }
        if !self.orders.kept {
            // The name was not seen when it was looked for.
            self.report(
                error(unsupported::JSON, "`JSON` is written with an escape")
                    .at(span, "")
                    .help("write the four letters: `JSON`"),
            );
            return None;
        }
        let mut seen = HashSet::from([ty]);
        let mut found = vec![Inside {
            ty,
            around: None,
            step: String::new(),
        }];
        let mut at = 0;
        while let Some(inside) = found.get(at) {
            let ty = inside.ty;
            let Some(parts) = self.json_parts(ty, purpose) else {
                self.no_json(&found, at, span);
                return None;
            };
            self.spend(parts.len() + 1);
            for (ty, step) in parts {
                if seen.insert(ty) {
                    found.push(Inside {
                        ty,
                        around: Some(at),
                        step,
                    });
                }
            }
            at += 1;
        }
        for ty in seen {
            self.json.fits.entry((ty, purpose)).or_insert(span);
        }
        Some(())
    }

    /// The types of what is in a value, and what leads there; `None` if the value has no JSON by itself.
    fn json_parts(&self, ty: Type, purpose: JsonUse) -> Option<Vec<(Type, String)>> {
        Some(match ty {
            Type::Maybe(base, _) => vec![(base.ty(), String::new())],
            Type::Array(id) if self.arrays.kind(id).is_none() => {
                let element = self.arrays.element(id)?;
                vec![(element, "[…]".to_owned())]
            }
            Type::Record(id) if !self.has_record(id) => {
                let properties = self.records.properties(id).iter();
                let part = |property: &Property<'_>| (property.ty, format!(".{}", property.name));
                properties.map(part).collect()
            }
            Type::Class(_) if let Some(of) = self.dictionary(ty) => vec![(of, "[…]".to_owned())],
            Type::Union(id) => {
                let members = self.unions.members(id);
                let is_record = |ty: &&Type| matches!(ty, Type::Record(_));
                let records: Vec<Type> = members.iter().filter(is_record).copied().collect();
                if purpose == JsonUse::Read && records.len() > 1 && self.tag_of(&records).is_none()
                {
                    return None;
                }
                members.iter().map(|ty| (*ty, String::new())).collect()
            }
            Type::Boolean
            | Type::Int(_)
            | Type::F32
            | Type::Number
            | Type::Enum(_)
            | Type::Text
            | Type::Nothing(_)
            | Type::Exact(_)
            | Type::Never => Vec::new(),
            Type::Array(_)
            | Type::Record(_)
            | Type::Rest(_)
            | Type::Class(_)
            | Type::Function(_)
            | Type::Void => return None,
        })
    }

    /// Reports a part of a value that has no JSON.
    fn no_json(&mut self, found: &[Inside], at: usize, span: Span) {
        let mut steps = Vec::new();
        let mut next = found.get(at);
        while let Some(inside) = next {
            steps.push(inside.step.as_str());
            next = inside.around.and_then(|around| found.get(around));
        }
        let way: String = steps.into_iter().rev().collect();
        let Some(ty) = found.get(at).map(|inside| inside.ty) else {
            return;
        };
        let help = match ty {
            Type::Function(_) => {
                "JavaScript leaves functions out: make an object without it, `const { f, ...rest } = object`"
            }
            Type::Class(_) | Type::Record(_) => {
                "make an object of what is meant, `{ x: object.x }`, or an array, `[...set]`: an object of a class has other properties, too"
            }
            Type::Array(_) => "use an array: `number[]`, made by `Array.from(numbers)`",
            Type::Union(_) => {
                "give each of its objects a property that says which it is: `kind: \"a\"`"
            }
            _ => "write the value that is meant",
        };
        let name = self.type_name(ty);
        let message = match way.as_str() {
            _ if matches!(ty, Type::Union(_)) => {
                format!("JSON does not say which alternative of `{name}` an object is")
            }
            "" => format!("a value of type `{name}` has no JSON"),
            way => format!("`{way}` of the value has no JSON: its type is `{name}`"),
        };
        self.report(
            error(unsupported::JSON, message)
                .at(span, "needs JSON")
                .help(help),
        );
    }

    /// Reports objects that are written or read as JSON, and turn out to be of an interface that a class implements.
    pub(super) fn look_at_json(&mut self) {
        let records = self.json.fits.iter();
        let records = records.filter_map(|((ty, _), span)| match ty {
            Type::Record(id) if self.has_record(*id) => Some((*id, *span)),
            _ => None,
        });
        let mut late: Vec<(RecordId, Span)> = records.collect();
        late.sort_unstable_by_key(|(id, span)| (*span, id.0));
        late.dedup();
        for (id, span) in late {
            let found = [Inside {
                ty: Type::Record(id),
                around: None,
                step: String::new(),
            }];
            self.no_json(&found, 0, span);
        }
    }

    /// The function that writes or reads the values of a type.
    pub(super) fn json_function(&mut self, ty: Type, purpose: JsonUse) -> FuncId {
        if let Some(known) = self.json.functions.get(&(ty, purpose)) {
            return *known;
        }
        let (name, signature) = match purpose {
            JsonUse::Write => ("~json", (vec![Val::I32, Val::I32], None)),
            JsonUse::Read => ("~fromJson", (vec![Val::I32], Some(Val::I32))),
        };
        let id = self.reserve(name.to_owned());
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            let (params, result) = signature;
            function.signature = ir::Signature { params, result };
        }
        self.json.functions.insert((ty, purpose), id);
        self.json.waiting.push((ty, purpose, id));
        id
    }

    /// Makes the functions that are needed by now, and those that they call.
    pub(super) fn make_json_functions(&mut self) -> Option<()> {
        let file = u32::try_from(self.standard_file()?).ok()?;
        while let Some((ty, purpose, id)) = self.json.waiting.pop() {
            let result = match purpose {
                JsonUse::Write => Type::Void,
                JsonUse::Read => ty,
            };
            let mut body = Body::new(self, file, Outer::default(), Returns::Known(result));
            let first = body.temporary(Val::I32);
            let mut statements = Vec::new();
            match purpose {
                JsonUse::Write => {
                    let json = body.temporary(Val::I32);
                    let value = Value::new(ty, Expr::Local(first));
                    body.write_parts(value, json, &mut statements)?;
                }
                JsonUse::Read => body.read_parts(ty, first, &mut statements)?,
            }
            let locals = std::mem::take(&mut body.locals);
            self.set_body(id, ir::Body { locals, statements });
        }
        Some(())
    }
}
