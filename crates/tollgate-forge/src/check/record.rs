//! Records: objects whose properties are known with their types.
//!
//! Two types with the same properties are one, in whatever order they are written. A record is a block of memory in which each
//! property has a place of its own; a value is the address of the block, so what is assigned and passed is the same object.

use std::collections::{BTreeMap, HashSet};

use oxc_ast::ast::{self, ObjectPropertyKind, PropertyKey, PropertyKind, TSSignature};
use tollgate_diagnostics::span::Span;

use super::alternatives::tag;
use super::annotation::{Reference, Sight};
use super::body::Body;
use super::budget;
use super::checker::Checker;
use super::json_stringify::is_written;
use super::known::dispatch::{Act, Wanted};
use super::known::record::Property;
use super::property_order::PropertyOrigin;
use super::report::{THE_PAGE, error, place};
use super::slot::Slot;
use super::types::{Absent, RecordId, Type};
use super::value::{Called, Value};
use crate::codes::{program, types as codes, unsupported};
use crate::ir::{Expr, Stmt};
use crate::limits::{PROGRAM_PROPERTIES_MAX, PROPERTIES_MAX};

/// Names that JavaScript itself looks for in an object.
const TAKEN: &[&str] = &["__proto__", "toString", "valueOf"];

/// What a new object is given.
#[derive(Debug, Default)]
pub(super) struct ObjectParts<'a> {
    pub(super) values: BTreeMap<&'a str, Expr>,
    /// Where it has its properties from, one after the other.
    pub(super) order: Vec<PropertyOrigin<'a>>,
}

/// The properties of a type or a literal so far, in the order of their names.
pub(super) type Found<'a> = BTreeMap<&'a str, Type>;

impl<'a> Checker<'a> {
    /// The type of records with these properties.
    pub(super) fn record_of(&mut self, found: Found<'a>, span: Span) -> Option<Type> {
        self.record_in(found, span, None)
    }

    /// The same, in the place that is kept for it.
    pub(super) fn record_in(
        &mut self,
        found: Found<'a>,
        span: Span,
        reserved: Option<RecordId>,
    ) -> Option<Type> {
        if found.is_empty() {
            self.report(
                error(unsupported::OBJECT, "an object without properties")
                    .at(span, "")
                    .help("give it a property, or a type: `const o: Record<string, T> = {}`"),
            );
            return None;
        }
        if found.len() > PROPERTIES_MAX {
            let message = format!("an object has more than {PROPERTIES_MAX} properties");
            self.report(
                error(program::PROGRAM_TOO_LARGE, message)
                    .at(span, "")
                    .help("use an array, or objects inside of it"),
            );
            return None;
        }
        let properties: Vec<_> = found.into_iter().collect();
        if !self.records.by_properties.contains_key(&properties) {
            self.count_properties(properties.len(), span)?;
        }
        let id = self.records.of(properties, reserved)?;
        Some(Type::Record(id))
    }

    /// Returns the properties that `{ … }` or an interface has, with those of what it extends.
    pub(super) fn written_properties(
        &mut self,
        sight: Sight<'_, 'a>,
        members: &'a [TSSignature<'a>],
        extends: &'a [ast::TSInterfaceHeritage<'a>],
    ) -> Option<Found<'a>> {
        let mut found = Found::new();
        let mut whole = Some(());
        for heritage in extends {
            let at = place(sight.file, heritage);
            let Some(id) = self.extended(sight, heritage) else {
                whole = None;
                continue;
            };
            self.count_properties(self.records.properties(id).len(), at)?;
            for property in self.records.properties(id).to_vec() {
                whole = whole.and(self.include(&mut found, (property.name, property.ty), at));
            }
        }
        let mut own = HashSet::new();
        for member in members {
            let Some((name, ty)) = self.written_property(sight, member) else {
                whole = None;
                continue;
            };
            let at = place(sight.file, member);
            if !own.insert(name) {
                self.duplicate(name, at, None);
                whole = None;
            }
            whole = whole.and(self.include(&mut found, (name, ty), at));
        }
        whole?;
        Some(found)
    }

    /// Adds a property to those of a type; one that is there must have the same type.
    fn include(
        &mut self,
        found: &mut Found<'a>,
        (name, ty): (&'a str, Type),
        span: Span,
    ) -> Option<()> {
        if found.insert(name, ty).is_none_or(|before| before == ty) {
            return Some(());
        }
        let message = format!("the property `{name}` has another type in what is extended");
        self.report(
            error(codes::MISMATCH, message)
                .at(span, "")
                .help("rename it, or write the same type"),
        );
        None
    }

    /// Counts properties of a new type, or of one that is extended: each type keeps all of its own.
    fn count_properties(&mut self, more: usize, span: Span) -> Option<()> {
        self.records.counted = self.records.counted.saturating_add(more);
        if self.records.counted <= PROGRAM_PROPERTIES_MAX {
            return Some(());
        }
        let message = format!(
            "the types of objects have more than {PROGRAM_PROPERTIES_MAX} properties together"
        );
        self.report(
            error(program::PROGRAM_TOO_LARGE, message)
                .at(span, "")
                .help("extend smaller types, or put an object of the type inside"),
        );
        None
    }

    fn extended(
        &mut self,
        sight: Sight<'_, 'a>,
        heritage: &'a ast::TSInterfaceHeritage<'a>,
    ) -> Option<RecordId> {
        let span = place(sight.file, heritage);
        let reference = Reference {
            name: &heritage.type_name,
            arguments: heritage.type_arguments.as_deref(),
        };
        match self.referred(sight, reference, span)? {
            Type::Record(id) if self.records.is_open(id) => {
                self.report(
                    error(codes::RECURSIVE_RESULT, "the type is made of itself")
                        .at(span, "leads back to its own declaration")
                        .help("write the properties in place of what is extended"),
                );
                None
            }
            Type::Record(id) => Some(id),
            _ => self.no_record(span),
        }
    }

    fn no_record(&mut self, span: Span) -> Option<RecordId> {
        self.report(
            error(unsupported::OBJECT, "this cannot be extended")
                .at(span, "")
                .help("extend an interface of properties by its name"),
        );
        None
    }

    fn written_property(
        &mut self,
        sight: Sight<'_, 'a>,
        member: &'a TSSignature<'a>,
    ) -> Option<(&'a str, Type)> {
        let span = place(sight.file, member);
        let mut refuse = |code, message: &str, help: &str| {
            self.report(error(code, message).at(span, "").help(help));
            None
        };
        let property = match member {
            TSSignature::TSPropertySignature(property) => property,
            TSSignature::TSMethodSignature(method) => return self.written_method(sight, method),
            TSSignature::TSCallSignatureDeclaration(_)
            | TSSignature::TSConstructSignatureDeclaration(_) => {
                return refuse(
                    unsupported::FUNCTION_VALUE,
                    "objects that are called are not supported",
                    "write the type of a function: `(x: number) => number`",
                );
            }
            TSSignature::TSIndexSignature(_) => {
                return refuse(
                    unsupported::OBJECT,
                    "properties of any name stand beside no others",
                    "write the names of the properties, or put those of any name into an object of their own",
                );
            }
        };
        let Some(written) = &property.type_annotation else {
            return refuse(
                codes::NO_TYPE,
                "the property has no type",
                "write it: `: number`",
            );
        };
        if property.computed {
            return self.computed_name(span);
        }
        let name = self.property_name(&property.key, span)?;
        // What leads back to the type here is only the address of an object of it.
        self.inside_properties += 1;
        let ty = self.written(sight, &written.type_annotation);
        self.inside_properties -= 1;
        let ty = ty?;
        if ty == Type::Void {
            let message = format!("the property `{name}` has no value");
            self.report(
                error(codes::NO_VALUE, message)
                    .at(span, "`void` is no type of values")
                    .help("write the type of the value"),
            );
            return None;
        }
        if property.optional {
            let ty = self.may_be(ty, Absent::Undefined)?;
            return Some((name, ty));
        }
        Some((name, ty))
    }

    /// `name(x: number): number`: a property that is a function.
    fn written_method(
        &mut self,
        sight: Sight<'_, 'a>,
        method: &'a ast::TSMethodSignature<'a>,
    ) -> Option<(&'a str, Type)> {
        let span = place(sight.file, method);
        if method.kind != ast::TSMethodSignatureKind::Method {
            self.report(
                error(unsupported::OBJECT, "accessors in a type are not supported")
                    .at(span, "")
                    .help("write a property: `x: number`"),
            );
            return None;
        }
        if method.computed {
            return self.computed_name(span);
        }
        let name = self.property_name(&method.key, span)?;
        let ty = self.method_type(sight, method)?;
        if method.optional {
            let ty = self.may_be(ty, Absent::Undefined)?;
            return Some((name, ty));
        }
        Some((name, ty))
    }

    /// The name of a property as it is written; `["x"]` is none.
    pub(super) fn property_name(
        &mut self,
        key: &'a PropertyKey<'a>,
        span: Span,
    ) -> Option<&'a str> {
        let name = match key {
            PropertyKey::StaticIdentifier(id) => id.name.as_str(),
            PropertyKey::StringLiteral(text) if !text.lone_surrogates => text.value.as_str(),
            _ => return self.computed_name(span),
        };
        self.name_fits(name, span)?;
        if TAKEN.contains(&name) {
            self.report(
                error(
                    unsupported::DYNAMIC,
                    format!("`{name}` has a meaning of its own in JavaScript"),
                )
                .at(span, "")
                .help("rename the property"),
            );
            return None;
        }
        Some(name)
    }

    fn computed_name<T>(&mut self, span: Span) -> Option<T> {
        let message = "this name of a property is not supported yet";
        self.report(
            error(unsupported::OBJECT, message)
                .at(span, "")
                .help("write a name: `x: 1`"),
        );
        None
    }
}

impl<'a> Body<'_, 'a> {
    /// A property of a value, if it is a record that has it.
    pub(super) fn property_of(&self, ty: Type, name: &str) -> Option<Property<'a>> {
        match ty {
            Type::Record(id) => self.checker.records.property(id, name),
            _ => None,
        }
    }

    /// `{ a: 1, b }`: of the type that is wanted, or of the one that its properties make.
    pub(super) fn record_literal(
        &mut self,
        node: &'a ast::ObjectExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        let for_json = std::mem::take(&mut self.for_json);
        if let Some(wanted) = hint.map(Type::present)
            && self.checker.dictionary(wanted).is_some()
        {
            return self.dictionary_literal(node, wanted);
        }
        if for_json && hint.is_none() && node.properties.is_empty() {
            let ty = self.without_keys(span)?;
            return self.dictionary_literal(node, ty);
        }
        let wanted = match hint {
            Some(Type::Record(_)) => hint,
            Some(Type::Union(id)) => self.alternative_for(node, id)?,
            _ => None,
        };
        let mut out = Vec::new();
        let mut types = Found::new();
        let mut values = BTreeMap::new();
        let mut order = Vec::new();
        let mut whole = Some(());
        let mut written = HashSet::new();
        for property in &node.properties {
            let at = self.place(property);
            let found = match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    self.for_json = for_json && is_written(&property.value);
                    let found = self.literal_property(property, wanted, &mut out);
                    self.for_json = false;
                    if let Some((name, _)) = found {
                        order.push(PropertyOrigin::Name(name));
                        if !written.insert(name) {
                            self.checker.duplicate(name, at, None);
                            whole = None;
                        }
                    }
                    found.map(|found| vec![found])
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    let spread = self.spread_properties(spread, wanted, &mut out);
                    spread.and_then(|taken| {
                        self.take_order(&taken.object, &mut order, &mut out)?;
                        Some(taken.properties)
                    })
                }
            };
            let Some(found) = found else {
                whole = None;
                continue;
            };
            // What comes later is what stays.
            for (name, value) in found {
                let first = types.get(name).copied().zip(values.get(name).cloned());
                let value = match (first, order.last()) {
                    (Some((ty, expr)), Some(origin)) => {
                        let first = (name, Value::new(ty, expr));
                        let given = self.given_again(first, (*origin, value), (at, &mut out));
                        let Some(value) = given else {
                            whole = None;
                            continue;
                        };
                        value
                    }
                    _ => value,
                };
                if let (Type::Nothing(absent), None, false) = (value.ty, wanted, for_json) {
                    let absent = absent.name();
                    let message = format!("`{absent}` does not show the type of `{name}`");
                    let help = "write the type of the object: `const node: Node = { … }`";
                    self.fail(codes::NO_TYPE, message, at, help);
                    whole = None;
                }
                types.insert(name, value.ty);
                values.insert(name, value.expr);
            }
        }
        whole?;
        let ty = match wanted {
            Some(wanted) => {
                let nothing = self.all_there(wanted, &types, span)?;
                values.extend(
                    nothing
                        .into_iter()
                        .map(|name| (name, super::absence::nothing(Absent::Undefined))),
                );
                wanted
            }
            None => self.checker.record_of(types, span)?,
        };
        let made = self.new_record(ty, ObjectParts { values, order }, &mut out)?;
        Some(Value::new(ty, made.after(out)))
    }

    /// Makes an object of a type, with what it is given.
    pub(super) fn new_record(
        &mut self,
        ty: Type,
        given: ObjectParts<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<Expr> {
        let Type::Record(id) = ty else { return None };
        let ObjectParts { values, order } = given;
        let bytes = self.checker.records.list.get(id.0)?.bytes;
        let arguments = vec![Expr::i32(tag(id)), Expr::i32(bytes.cast_signed())];
        let made = self.checker.standard_call("newRecord", arguments)?;
        let record = self.keep(Value::new(ty, made), out)?.expr;
        self.checker
            .spend(values.len().saturating_mul(budget::STORE));
        for (name, value) in values {
            let property = self.checker.records.property(id, name)?;
            out.push(property.store(record.clone(), value));
        }
        self.give_order((id, record.clone()), &order, out)?;
        Some(record)
    }

    /// A property of a literal, whose value is computed in its turn.
    fn literal_property(
        &mut self,
        node: &'a ast::ObjectProperty<'a>,
        wanted: Option<Type>,
        out: &mut Vec<Stmt>,
    ) -> Option<(&'a str, Value)> {
        let span = self.place(node);
        if node.kind != PropertyKind::Init {
            let help = "write a function that takes the object";
            self.fail(
                unsupported::FUNCTION_VALUE,
                "accessors of objects are not supported",
                span,
                help,
            );
            return None;
        }
        if node.computed {
            return self.checker.computed_name(span);
        }
        let name = self.checker.property_name(&node.key, span)?;
        let value = match wanted {
            Some(ty) => {
                let Some(property) = self.property_of(ty, name) else {
                    self.no_property(ty, name, span);
                    self.value(&node.value, None);
                    return None;
                };
                Value::new(property.ty, self.value_as(&node.value, property.ty)?)
            }
            None => self.value(&node.value, None)?,
        };
        let value = match value.expr {
            Expr::Const(_) => value,
            _ => self.keep(value, out)?,
        };
        Some((name, value))
    }

    /// Reports a property that a literal lacks, and returns those that are `undefined` then.
    fn all_there(&mut self, wanted: Type, found: &Found<'a>, span: Span) -> Option<Vec<&'a str>> {
        let Type::Record(id) = wanted else {
            return None;
        };
        let properties = self.checker.records.properties(id).iter();
        let lacking = properties.filter(|property| !found.contains_key(property.name));
        let optional = |ty: Type| ty.absent().is_some_and(Absent::has_undefined);
        let (undefined, missing): (Vec<_>, Vec<_>) = lacking
            .copied()
            .partition(|property: &Property<'a>| optional(property.ty));
        let Some(missing) = missing.first().map(|property| property.name) else {
            return Some(undefined.iter().map(|property| property.name).collect());
        };
        let ty = self.checker.type_name(wanted);
        let message = format!("the property `{missing}` of `{ty}` is missing");
        self.fail(codes::MISMATCH, message, span, "write a value for it");
        None
    }

    /// Reads a property of a value that may be an object of a class.
    pub(super) fn looking_get(&mut self, object: Value, name: &str, span: Span) -> Option<Value> {
        let Type::Record(id) = object.ty else {
            return None;
        };
        let Some(property) = self.checker.records.property(id, name) else {
            self.no_property(object.ty, name, span);
            return None;
        };
        let wanted = Wanted {
            name: property.name,
            act: Act::Get,
            params: Vec::new(),
            result: property.ty,
            types: Vec::new(),
        };
        let function = self.checker.looking(id, wanted, span)?;
        Some(Value::new(
            property.ty,
            Expr::Call(function, vec![object.expr]),
        ))
    }

    /// Calls a method of such a value.
    pub(super) fn looking_call(
        &mut self,
        object: Value,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let Type::Record(id) = object.ty else {
            return None;
        };
        let span = self.place(&node.callee);
        let property = self.checker.records.property(id, name);
        let Some((property, Type::Function(ty))) = property.map(|property| (property, property.ty))
        else {
            let value = self.looking_get(object, name, span)?;
            let value = self.known_callee(node, value)?;
            return self.call_value(value, name, node);
        };
        self.no_type_arguments(node);
        let arguments = self.arguments_of_type(ty, name, node)?;
        let ty = self.checker.function_types.get(ty)?;
        let result = ty.result;
        let params = ty.params.iter().take(arguments.len());
        let wanted = Wanted {
            name: property.name,
            act: Act::Call,
            params: params.map(|param| param.ty).collect(),
            result,
            types: Vec::new(),
        };
        let function = self.checker.looking(id, wanted, span)?;
        let all = [object.expr].into_iter().chain(arguments).collect();
        Some(if result == Type::Void {
            Called::Nothing(Stmt::Call(function, all))
        } else {
            Called::Value(Value::new(result, Expr::Call(function, all)))
        })
    }

    /// A property of such a value, to be assigned.
    pub(super) fn looking_slot(
        &mut self,
        object: Value,
        name: &str,
        span: Span,
    ) -> Option<Slot<'a>> {
        let mut before = Vec::new();
        let object = self.keep(object, &mut before)?;
        let now = self.looking_get(object.clone(), name, span)?;
        let Type::Record(id) = object.ty else {
            return None;
        };
        let property = self.checker.records.property(id, name)?;
        let wanted = Wanted {
            name: property.name,
            act: Act::Set,
            params: vec![property.ty],
            result: Type::Void,
            types: Vec::new(),
        };
        let function = self.checker.looking(id, wanted, span)?;
        let value = self.temporary(property.ty.val()?);
        let set = Stmt::Call(function, vec![object.expr, Expr::Local(value)]);
        Some(Slot::member(now, value, vec![set], before))
    }

    /// Reports a property that records of a type do not have.
    pub(super) fn no_property_of_record(&mut self, id: RecordId, name: &str, span: Span) {
        let known = self.checker.records.properties(id).iter().map(|p| p.name);
        let help = self.checker.meant(name, known, THE_PAGE);
        let ty = self.checker.type_name(Type::Record(id));
        let message = format!("a value of type `{ty}` has no `{name}`");
        self.fail(codes::NO_MEMBER, message, span, help);
    }
}
