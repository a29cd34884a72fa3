//! Written types → types: built-in names, declared enums, records and blueprints, and how types are named in messages.

use std::collections::HashSet;

use crate::data::types::{
    Currency, Dimension, EnumDef, LIST_BOUND_MAX, RecordDef, STRING_BOUND_MAX,
    STRING_BYTES_DEFAULT, Type,
};
use crate::limits::{
    BODY_NESTING_MAX, ENUM_CASES_MAX, RECORD_FIELDS_MAX, RECORD_WORDS_MAX, TYPE_NESTING_MAX,
};
use crate::span::Span;
use crate::syntax::ast::{self, TypeArg, TypeExprKind};

use super::declarations::{AMO_STATUS, TRANSITION, TypeDecl};
use super::functions::shortened;
use super::report::{error, suggest};
use super::unit::Unit;
use crate::codes::check as codes;

/// Names of the built-in types, for suggestions.
const BUILT_IN: [&str; 27] = [
    "bool",
    "int",
    "decimal",
    "number",
    "string",
    "did",
    "pattern",
    "instant",
    "duration",
    "money",
    "length",
    "mass",
    "power",
    "energy",
    "ip",
    "cidr",
    "list",
    "map",
    "trust",
    "attributes",
    "effect",
    "DID",
    "AMO",
    "AmoStatus",
    "Transition",
    "Context",
    "Blueprint",
];

impl<'a> Unit<'a, '_> {
    /// The type that is written. Its nesting is bounded, so whatever follows a type may recurse.
    pub(super) fn type_of(&mut self, ty: &'a ast::TypeExpr) -> Type {
        let made = self.type_within(ty);
        if self.type_depth(&made) > TYPE_NESTING_MAX {
            self.report_type_nesting(ty.span);
            return Type::Error;
        }
        made
    }

    pub(super) fn report_type_nesting(&mut self, at: Span) {
        let text = format!(
            "values of this type have more than {TYPE_NESTING_MAX} records, lists, maps and options inside each other; a map counts as two"
        );
        let help = "flatten it: put fields side by side, or refer to the other value by its did";
        self.report(error(codes::BOUND, at, text).help(help));
    }

    fn type_within(&mut self, ty: &'a ast::TypeExpr) -> Type {
        match &ty.kind {
            TypeExprKind::Error => Type::Error,
            TypeExprKind::Option(inner) => match self.type_of(inner) {
                Type::Error => Type::Error,
                Type::Option(_) => {
                    let report = error(
                        codes::MISMATCH,
                        ty.span,
                        "an option of an option is not a type",
                    );
                    self.report(report.help("write one `?`"));
                    Type::Error
                }
                inner => Type::Option(Box::new(inner)),
            },
            TypeExprKind::Named { name, args } => self.named_type(name, args, ty.span),
        }
    }

    fn named_type(&mut self, name: &'a ast::Ident, args: &'a [TypeArg], span: Span) -> Type {
        let declared = self.bundle.types.contains_key(name.node.as_str());
        if declared {
            self.no_arguments(name, args);
            return self.declared_type(&name.node, name.span);
        }
        match name.node.as_str() {
            "string" => return self.string_type(args),
            "money" => return self.money_type(args, span),
            "list" => return self.list_type(args, span),
            "map" => return self.map_type(args, span),
            _ => {}
        }
        let Some(ty) = self.built_in_type(&name.node) else {
            let known = BUILT_IN
                .into_iter()
                .chain(self.bundle.types.keys().copied());
            let text = format!("unknown type `{}`", name.node);
            let report = error(codes::UNKNOWN_TYPE, name.span, text);
            let help = "declare it with `record` or `enum`, import the file that does, or use a built-in type";
            self.report(suggest(report, &name.node, name.span, known, help));
            return Type::Error;
        };
        self.no_arguments(name, args);
        ty
    }

    fn no_arguments(&mut self, name: &ast::Ident, args: &[TypeArg]) {
        if !args.is_empty() {
            let text = format!("the type `{}` takes no arguments", name.node);
            self.report(
                error(codes::ARGUMENTS, name.span, text).help("remove what stands in `<…>`"),
            );
        }
    }

    /// A built-in type without arguments.
    pub(super) fn built_in_type(&mut self, name: &str) -> Option<Type> {
        Some(match name {
            "bool" => Type::Bool,
            "int" => Type::Int,
            "decimal" => Type::Decimal,
            "number" => Type::Number,
            "did" | "DID" | "Did" => Type::Did,
            "pattern" => Type::Pattern,
            "instant" => Type::Instant,
            "duration" => Type::Duration,
            "length" => Type::Quantity(Dimension::Length),
            "mass" => Type::Quantity(Dimension::Mass),
            "power" => Type::Quantity(Dimension::Power),
            "energy" => Type::Quantity(Dimension::Energy),
            "ip" => Type::Ip,
            "cidr" => Type::Cidr,
            "trust" => Type::Trust,
            "attributes" => Type::Attributes,
            "effect" => Type::Effect,
            "AmoStatus" => self.built_in_enum("AmoStatus", &AMO_STATUS),
            "Transition" => self.built_in_enum("Transition", &TRANSITION),
            "Context" => self.built_in_record(
                "Context",
                vec![
                    ("agent_trust".into(), Type::Number),
                    ("budget_remaining".into(), Type::Decimal),
                    ("current_time".into(), Type::Instant),
                ],
            ),
            "Blueprint" => self.blueprint_value(),
            "AMO" => {
                let status = if self.bundle.types.contains_key("AmoStatus") {
                    self.declared_type("AmoStatus", Span::default())
                } else {
                    self.built_in_enum("AmoStatus", &AMO_STATUS)
                };
                self.built_in_record(
                    "AMO",
                    vec![
                        ("id".into(), Type::Did),
                        ("blueprint".into(), Type::Did),
                        ("owner".into(), Type::Did),
                        ("status".into(), status),
                        ("attributes".into(), Type::Attributes),
                    ],
                )
            }
            _ => return None,
        })
    }

    /// What `resolve(did)` gives.
    pub(super) fn blueprint_value(&mut self) -> Type {
        self.built_in_record(
            "Blueprint",
            vec![
                ("id".into(), Type::Did),
                ("attributes".into(), Type::Attributes),
            ],
        )
    }

    fn built_in_enum(&mut self, name: &'static str, cases: &[&str]) -> Type {
        if let Some(ty) = self.named.get(name) {
            return ty.clone();
        }
        let cases = cases.iter().map(|case| (*case).into()).collect();
        self.add_enum(name, cases)
    }

    fn add_enum(&mut self, name: &'a str, cases: Vec<Box<str>>) -> Type {
        let def = EnumDef {
            name: name.into(),
            cases,
        };
        let ty = Type::Enum(self.add_enum_def(def));
        self.named.insert(name, ty.clone());
        ty
    }

    fn built_in_record(&mut self, name: &'static str, fields: Vec<(Box<str>, Type)>) -> Type {
        if let Some(ty) = self.named.get(name) {
            return ty.clone();
        }
        let ty = Type::Record(self.record_type(name, fields));
        self.named.insert(name, ty.clone());
        ty
    }

    /// A declared enum, record or blueprint.
    pub(super) fn declared_type(&mut self, name: &str, at: Span) -> Type {
        if let Some(ty) = self.named.get(name) {
            return ty.clone();
        }
        let Some((name, decl)) = self.bundle.types.get_key_value(name) else {
            return Type::Error;
        };
        let (name, decl): (&'a str, TypeDecl<'a>) = (name, *decl);
        if let Some(start) = self.making.iter().position(|n| *n == name) {
            self.report_type_cycle(start, name, at);
            return Type::Error;
        }
        if self.making.len() >= TYPE_NESTING_MAX as usize {
            self.report_type_nesting(at);
            return Type::Error;
        }
        self.making.push(name);
        let ty = match decl {
            TypeDecl::Enum(ident, cases) => self.declared_enum(ident, cases),
            TypeDecl::Record(_, fields) => self.declared_record(name, fields),
            TypeDecl::Blueprint(blueprint) => self.declared_blueprint(name, blueprint),
        };
        self.making.pop();
        self.named.insert(name, ty.clone());
        ty
    }

    fn report_type_cycle(&mut self, start: usize, name: &str, at: Span) {
        let mut path: Vec<&str> = self.making.iter().skip(start).copied().collect();
        path.push(name);
        let text = format!("the type `{name}` contains itself: {}", shortened(&path));
        let help = "a value of it would never end: refer to the other value by its did";
        self.report(error(codes::CYCLE, at, text).help(help));
    }

    fn declared_enum(&mut self, name: &'a ast::Ident, cases: &'a [ast::Ident]) -> Type {
        let mut kept: Vec<Box<str>> = Vec::new();
        let mut names: HashSet<&str> = HashSet::new();
        for case in cases {
            if kept.len() >= ENUM_CASES_MAX {
                let text = format!(
                    "the enum `{}` has {} cases, at most {ENUM_CASES_MAX} fit",
                    name.node,
                    cases.len()
                );
                let help = "use a string, or ask for the value as a fact";
                self.report(error(codes::BOUND, case.span, text).help(help));
                break;
            }
            if !names.insert(&case.node) {
                let text = format!(
                    "the case `{}` of `{}` is written twice",
                    case.node, name.node
                );
                self.report(error(codes::DUPLICATE, case.span, text).help("remove one of the two"));
            } else {
                kept.push(case.node.as_str().into());
            }
        }
        if kept.is_empty() {
            let text = format!("the enum `{}` has no cases", name.node);
            let help = "add at least one case: no value of it exists otherwise";
            self.report(error(codes::EMPTY_DECLARATION, name.span, text).help(help));
        }
        self.add_enum(&name.node, kept)
    }

    fn declared_record(&mut self, name: &'a str, fields: &'a ast::Fields) -> Type {
        let typed = self.fields_of(&fields.decls);
        let mut record = RecordDef::new(name, typed, &self.records);
        record.open = fields.open;
        Type::Record(self.add_record(record))
    }

    fn declared_blueprint(&mut self, name: &'a str, blueprint: &'a ast::Blueprint) -> Type {
        if let Some(beyond) = blueprint.attributes.get(BODY_NESTING_MAX) {
            let text = format!(
                "this blueprint has {} attributes, at most {BODY_NESTING_MAX} fit",
                blueprint.attributes.len()
            );
            let help = "split it into several blueprints";
            self.report(error(codes::BOUND, beyond.span, text).help(help));
        }
        let attributes = blueprint.attributes.iter().take(BODY_NESTING_MAX);
        let fields = self.typed(attributes.map(|a| (&a.name, &a.ty, a.span)));
        let record = RecordDef::new(name, fields, &self.records);
        Type::Record(self.add_record(record))
    }

    /// Names and types of fields, each name once.
    pub(super) fn fields_of(&mut self, decls: &'a [ast::FieldDecl]) -> Vec<(Box<str>, Type)> {
        self.typed(decls.iter().map(|d| (&d.name, &d.ty, d.span)))
    }

    /// The same of fields as name, type and place.
    fn typed(
        &mut self,
        decls: impl ExactSizeIterator<Item = (&'a ast::Ident, &'a ast::TypeExpr, Span)>,
    ) -> Vec<(Box<str>, Type)> {
        let mut fields = Vec::new();
        let mut names: HashSet<&str> = HashSet::new();
        let mut words = 0;
        let count = decls.len();
        for (name, ty, span) in decls {
            if self.session.is_over() {
                break;
            }
            let ty = self.field_type(ty);
            words += u64::from(ty.words(&self.records));
            let (what, max) = if words > RECORD_WORDS_MAX {
                ("words", RECORD_WORDS_MAX)
            } else if fields.len() >= RECORD_FIELDS_MAX {
                ("fields", RECORD_FIELDS_MAX as u64)
            } else {
                if names.insert(&name.node) {
                    fields.push((name.node.as_str().into(), ty));
                } else {
                    let text = format!("the field `{}` is declared twice", name.node);
                    let report = error(codes::DUPLICATE, name.span, text);
                    self.report(report.help("remove one of the two"));
                }
                continue;
            };
            let text = format!("this record of {count} fields is larger than {max} {what}");
            let help = "use fewer fields, or lists instead of nested records";
            self.report(error(codes::BOUND, span, text).help(help));
            break;
        }
        fields
    }

    /// The type of a field: data, which effects are not.
    fn field_type(&mut self, ty: &'a ast::TypeExpr) -> Type {
        let made = self.type_of(ty);
        if !made.has_effects() {
            return made;
        }
        let text = "an effect is no data: it cannot be a field";
        let help = "effects come from `emit(…)` and `put(…)`, and stand in a `let`, a parameter or the result of a `fn`";
        self.report(error(codes::EFFECT_AS_DATA, ty.span, text).help(help));
        Type::Error
    }

    fn string_type(&mut self, args: &'a [TypeArg]) -> Type {
        match args {
            [] => Type::String(STRING_BYTES_DEFAULT),
            [TypeArg::Bound(bound)] => {
                Type::String(self.bound(bound.node, STRING_BOUND_MAX, bound.span, "bytes"))
            }
            [first, ..] => {
                let text = "`string` takes one bound in bytes";
                self.report(
                    error(codes::ARGUMENTS, arg_span(first), text).help("write `string<64>`"),
                );
                Type::Error
            }
        }
    }

    fn money_type(&mut self, args: &'a [TypeArg], span: Span) -> Type {
        if let [TypeArg::Type(ty)] = args
            && let TypeExprKind::Named { name, args } = &ty.kind
            && args.is_empty()
            && is_currency(&name.node)
        {
            return Type::Money(Currency(name.node.as_str().into()));
        }
        let text = "`money` needs its currency";
        let help = "write three to eight capital letters, as in `money<EUR>`";
        self.report(error(codes::ARGUMENTS, span, text).help(help));
        Type::Error
    }

    fn list_type(&mut self, args: &'a [TypeArg], span: Span) -> Type {
        let [TypeArg::Type(item), TypeArg::Bound(bound)] = args else {
            if let [TypeArg::Type(item)] = args {
                self.type_of(item);
            }
            let report = error(codes::BOUND, span, "this list has no bound");
            let help = "write the largest number of elements: `list<string, 16>`";
            self.report(
                report
                    .help(help)
                    .note("every loop must have a known worst case"),
            );
            return Type::Error;
        };
        let item = self.type_of(item);
        let bound = self.bound(bound.node, LIST_BOUND_MAX, bound.span, "elements");
        if item == Type::Error {
            return Type::Error;
        }
        Type::List(Box::new(item), bound)
    }

    pub(super) fn bound(&mut self, bound: u64, max: u32, span: Span, unit: &str) -> u32 {
        match u32::try_from(bound) {
            Ok(bound) if bound <= max => bound,
            _ => {
                let text = format!("the bound {bound} is larger than {max} {unit}");
                self.report(error(codes::BOUND, span, text).help(format!("use {max} or less")));
                max
            }
        }
    }

    /// The type as a message names it.
    pub(super) fn show(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".into(),
            Type::Int => "int".into(),
            Type::Decimal => "decimal".into(),
            Type::Number => "number".into(),
            Type::String(_) => "string".into(),
            Type::Did => "did".into(),
            Type::Pattern => "pattern".into(),
            Type::Instant => "instant".into(),
            Type::Duration => "duration".into(),
            Type::Money(currency) => format!("money<{}>", currency.0),
            Type::Quantity(dimension) => dimension.to_string(),
            Type::Ip => "ip".into(),
            Type::Cidr => "cidr".into(),
            Type::List(item, bound) => format!("list<{}, {bound}>", self.show(item)),
            Type::Map(key, value, bound) => {
                format!("map<{}, {}, {bound}>", self.show(key), self.show(value))
            }
            Type::Option(inner) => format!("{}?", self.show(inner)),
            Type::Enum(id) => self
                .enum_def(*id)
                .map_or("enum".into(), |e| e.name.to_string()),
            Type::Record(id) => self
                .record(*id)
                .map_or("record".into(), |r| r.name.to_string()),
            Type::Trust => "trust".into(),
            Type::Attributes => "attributes".into(),
            Type::Effect => "effect".into(),
            Type::Never => "never".into(),
            Type::Error => "unknown".into(),
        }
    }
}

fn arg_span(arg: &TypeArg) -> Span {
    match arg {
        TypeArg::Type(ty) => ty.span,
        TypeArg::Bound(bound) => bound.span,
    }
}

/// Three to eight capital letters.
pub(super) fn is_currency(name: &str) -> bool {
    (3..=8).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_uppercase())
}

/// True when a value of type `from` is a value of type `to` as it stands in memory.
pub(super) fn fits(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::String(a), Type::String(b)) => a <= b,
        (Type::List(a, n), Type::List(b, m)) => n <= m && fits(a, b),
        (Type::Map(k, a, n), Type::Map(l, b, m)) => n <= m && fits(k, l) && fits(a, b),
        (Type::Option(a), Type::Option(b)) => fits(a, b),
        _ => from == to,
    }
}

/// True when two types differ at most in their bounds.
pub(super) fn same_kind(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::String(_), Type::String(_)) => true,
        (Type::List(a, _), Type::List(b, _)) | (Type::Option(a), Type::Option(b)) => {
            same_kind(a, b)
        }
        (Type::Map(k, a, _), Type::Map(l, b, _)) => same_kind(k, l) && same_kind(a, b),
        _ => a == b,
    }
}

/// The smallest type of this kind that both fit.
pub(super) fn wider(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (Type::String(x), Type::String(y)) => Type::String(*x.max(y)),
        (Type::List(x, n), Type::List(y, m)) => Type::List(Box::new(wider(x, y)), *n.max(m)),
        (Type::Map(k, x, n), Type::Map(l, y, m)) => {
            Type::Map(Box::new(wider(k, l)), Box::new(wider(x, y)), *n.max(m))
        }
        (Type::Option(x), Type::Option(y)) => Type::Option(Box::new(wider(x, y))),
        (Type::Never, other) => other.clone(),
        (one, _) => one.clone(),
    }
}
