//! `Map` and `Set`: generic classes of ours, with what the language itself does with them: loops, spread, `new` with what is in it.

use std::rc::Rc;

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::annotation::Sight;
use super::body::Body;
use super::checker::Checker;
use super::known::file::Item;
use super::known::generic::Generic;
use super::types::{Base, ClassId, Type};
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir::op::Val;
use crate::ir::{Expr, LocalId, Stmt};

/// A class of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Map,
    Set,
}

/// What is gone over of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Entries,
    Keys,
    Values,
}

/// A map or a set that is gone over.
pub(super) struct Collected {
    pub(super) object: Value,
    pub(super) part: Part,
}

/// What a loop goes over.
pub(super) enum Source {
    Collected(Collected),
    /// Keys and values of an object, each an array.
    Pairs([Value; 2]),
    /// Something else, which is lowered.
    Value(Value),
}

/// The names of the classes as types.
const TYPES: &[(&str, &str)] = &[
    ("Map", "Map"),
    ("ReadonlyMap", "Map"),
    ("Set", "Set"),
    ("ReadonlySet", "Set"),
    ("Record", "Record"),
];

impl<'a> Checker<'a> {
    /// The class of ours that a name of a type stands for, where the program declares none.
    pub(super) fn collection_type(&mut self, name: &str) -> Option<Item<'a>> {
        let (_, own) = TYPES.iter().find(|(known, _)| *known == name)?;
        let file = self.standard_file()?;
        self.file_item(file, own)
    }

    /// The same, if our own file was read.
    pub(super) fn known_collection_type(&self, name: &str) -> Option<Item<'a>> {
        let (_, own) = TYPES.iter().find(|(known, _)| *known == name)?;
        self.file_item(self.standard?, own)
    }

    /// The name of the class of ours that a type is made from, with the types that it is made for.
    pub(super) fn own_instance(&self, ty: Type) -> Option<(&'a str, Rc<[Type]>)> {
        let Type::Class(id) = ty else { return None };
        let class = self.classes.get(id)?;
        if Some(class.file as usize) != self.standard {
            return None;
        }
        let of = class.instance.as_ref()?;
        let name = self.classes.get(ClassId(of.template))?.name;
        Some((name, of.arguments.clone()))
    }

    /// Whether values of a type are maps or sets, with the types of what is in them.
    fn collection(&self, ty: Type) -> Option<(Kind, Rc<[Type]>)> {
        let (name, arguments) = self.own_instance(ty)?;
        let kind = match name {
            "Map" => Kind::Map,
            "Set" => Kind::Set,
            _ => return None,
        };
        Some((kind, arguments))
    }

    /// The hash of a key, which is the same for keys that are equal.
    fn hash_of(&mut self, key: Value) -> Option<Expr> {
        let key = Value::new(key.ty.operand(), key.expr);
        let function = match key.ty {
            Type::Text => "hashText",
            Type::Number | Type::Enum(_) | Type::F32 => "hashF64",
            Type::Int(int) if int.val() == Val::I64 => "hashI64",
            _ => "hashI32",
        };
        let value = match key.ty {
            Type::F32 => super::conversion::convert(key, Type::Number)?,
            _ => key.expr,
        };
        self.standard_call(function, vec![value])
    }
}

impl<'a> Body<'_, 'a> {
    /// What only our own maps and sets call; `None` when the name is none of them.
    pub(super) fn collection_builtin(
        &mut self,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Option<Called>> {
        match name {
            "hashOf" => Some(self.hash(node).map(Called::Value)),
            "plusZero" => Some(self.plus_zero(node).map(Called::Value)),
            _ => None,
        }
    }

    fn only_argument(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let [key] = self.exactly::<1>("key", node)?;
        self.value(key, None)
    }

    /// `hashOf(key)`
    fn hash(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let key = self.only_argument(node)?;
        let mut out = Vec::new();
        if let Some(Base::Union(id)) = key.ty.base()
            && !self.are_blocks(Type::Union(id))
        {
            let ty = self.checker.type_name(key.ty);
            let message = format!("values of type `{ty}` are no keys");
            let help = "use keys of one type: texts, `String(x)`, or objects";
            self.fail(unsupported::MAYBE, message, self.place(node), help);
            return None;
        }
        let hash = match key.ty {
            Type::Maybe(base, _) => {
                let word = self.keep(key, &mut out)?.expr;
                let missing = super::absence::is_absent(word.clone(), super::types::Absent::Either);
                let there = super::absence::unboxed(base, word.clone());
                let there = self.checker.hash_of(there)?;
                Expr::conditional(Val::I32, missing, word, there)
            }
            _ => self.checker.hash_of(key)?,
        };
        Some(Value::new(Type::I32, hash.after(out)))
    }

    /// `plusZero(key)`: -0 becomes 0.
    fn plus_zero(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        use crate::ir::op::Binary;
        let key = self.only_argument(node)?;
        let ty = key.ty;
        let plus = |value: Value| match value.ty {
            Type::F32 => value
                .expr
                .binary(Binary::F32Add, Expr::Const(crate::ir::Const::f32(0.0))),
            _ => value.expr.binary(Binary::F64Add, Expr::f64(0.0)),
        };
        let is_float = |ty: Type| matches!(ty, Type::Number | Type::Enum(_) | Type::F32);
        match ty {
            Type::Maybe(base, _) if is_float(base.plain().ty()) => {
                let mut out = Vec::new();
                let word = self.keep(key, &mut out)?.expr;
                let missing = super::absence::is_absent(word.clone(), super::types::Absent::Either);
                let there = plus(super::absence::unboxed(base.plain(), word.clone()));
                let there = self.checker.turned(Value::new(base.ty(), there), ty)?;
                let expr = Expr::conditional(Val::I32, missing, word, there);
                Some(Value::new(ty, expr.after(out)))
            }
            ty if is_float(ty.widened()) => Some(Value::new(ty, plus(key))),
            _ => Some(key),
        }
    }

    /// Calls a method of a class of ours.
    pub(super) fn own_method(
        &mut self,
        object: Value,
        name: &str,
        arguments: Vec<Expr>,
    ) -> Option<Called> {
        let Type::Class(id) = object.ty else {
            return None;
        };
        let found = self.checker.classes.member(id, name)?;
        let super::known::class::Member::Method(index) = found.member else {
            return None;
        };
        let signature = self.checker.signature(index)?;
        self.finished_call(index, Some(object.expr), arguments, &signature)
    }

    /// The same for one that gives something.
    pub(super) fn own_value(&mut self, object: Value, name: &str) -> Option<Value> {
        match self.own_method(object, name, Vec::new())? {
            Called::Value(value) => Some(value),
            Called::Nothing(_) => None,
        }
    }

    /// Lowers what is gone over, and says whether it is a map or a set.
    pub(super) fn source(&mut self, expr: &'a Expression<'a>) -> Option<Source> {
        if let Expression::CallExpression(call) = expr.without_parentheses()
            && let Some(both) = self.entries_of(call)
        {
            return both.map(Source::Pairs);
        }
        if let Expression::CallExpression(call) = expr.without_parentheses()
            && let Expression::StaticMemberExpression(member) = &call.callee
            && !call.optional
            && !member.optional
            && call.arguments.is_empty()
            && call.type_arguments.is_none()
            && !matches!(member.object, Expression::Super(_))
            && !self.is_no_value(&member.object)
        {
            let part = match member.property.name.as_str() {
                "entries" => Some(Part::Entries),
                "keys" => Some(Part::Keys),
                "values" => Some(Part::Values),
                _ => None,
            };
            if let Some(part) = part {
                let object = self.value(&member.object, None)?;
                if self.checker.collection(object.ty).is_some() {
                    return Some(Source::Collected(Collected { object, part }));
                }
                let span = self.place(expr);
                return match self.method(object, member.property.name.as_str(), call)? {
                    Called::Value(value) => Some(Source::Value(value)),
                    Called::Nothing(_) => {
                        self.no_result(span);
                        None
                    }
                };
            }
        }
        let value = self.value(expr, None)?;
        Some(match self.checker.collection(value.ty) {
            Some((Kind::Map, _)) => Source::Collected(Collected {
                object: value,
                part: Part::Entries,
            }),
            Some((Kind::Set, _)) => Source::Collected(Collected {
                object: value,
                part: Part::Keys,
            }),
            None => Source::Value(value),
        })
    }

    /// Whether a method gives what goes over a map or a set.
    pub(super) fn is_iterator(&self, ty: Type, name: &str) -> bool {
        matches!(name, "entries" | "keys" | "values") && self.checker.collection(ty).is_some()
    }

    /// Reports what goes over a map or a set where it is no value.
    pub(super) fn no_iterator(&mut self, name: &str, span: Span) {
        let help = format!(
            "go over it, `for (const x of map.{name}())`, or make an array of it, `[...map.{name}()]`"
        );
        let message = format!("what `{name}` gives is no value by itself");
        self.fail(unsupported::ITERATION, message, span, help);
    }

    /// What a cursor stands at: one value, or a key and its value.
    pub(super) fn at_cursor(
        &mut self,
        collected: &Collected,
        cursor: (Type, LocalId),
    ) -> Option<Vec<Value>> {
        let (kind, _) = self.checker.collection(collected.object.ty)?;
        let object = || Value::new(cursor.0, Expr::Local(cursor.1));
        let key = self.own_value(object(), "key")?;
        Some(match (kind, collected.part) {
            (Kind::Set, Part::Entries) => vec![key.clone(), key],
            (Kind::Map, Part::Entries) => vec![key, self.own_value(object(), "value")?],
            (Kind::Map, Part::Values) => vec![self.own_value(object(), "value")?],
            (Kind::Set, Part::Keys | Part::Values) | (Kind::Map, Part::Keys) => vec![key],
        })
    }

    /// What is gone over, as an array.
    pub(super) fn listed(&mut self, collected: Collected, span: Span) -> Option<Value> {
        let (kind, _) = self.checker.collection(collected.object.ty)?;
        let name = match (kind, collected.part) {
            (_, Part::Entries) => {
                self.no_list_of_pairs(span);
                return None;
            }
            (Kind::Map, Part::Values) => "#values",
            (Kind::Set, Part::Keys | Part::Values) | (Kind::Map, Part::Keys) => "#keys",
        };
        self.own_value(collected.object, name)
    }

    /// Reports pairs where an array is needed.
    pub(super) fn no_list_of_pairs(&mut self, span: Span) {
        let help = "go over it, `for (const [key, value] of …)`, or take the keys or the values alone: `map.keys()`, `Object.keys(o)`";
        let message = "an array of keys with their values is not supported";
        self.fail(unsupported::ARRAY, message, span, help);
    }

    /// A new array of what can be gone over.
    pub(super) fn copied(&mut self, given: &'a Expression<'a>, span: Span) -> Option<Value> {
        match self.source(given)? {
            Source::Collected(collected) => self.listed(collected, span),
            Source::Pairs(_) => {
                self.no_list_of_pairs(span);
                None
            }
            Source::Value(value) => {
                let is_text = value.ty.widened() == Type::Text;
                let list = self.sequence(value, span)?;
                if is_text {
                    return Some(list);
                }
                let ty = list.ty;
                let elements = self.elements_of(ty)?;
                if elements.kind.is_some() {
                    return self.numbers_of(list, span);
                }
                let mut out = Vec::new();
                let room = vec![Expr::i32(0), Expr::i32(4)];
                let list = self.keep(list, &mut out)?.expr;
                let made = self.list_call("newList", room, elements)?;
                let made = self.keep(Value::new(ty, made), &mut out)?.expr;
                let both = vec![made.clone(), list];
                out.push(self.list_effect("appendAll", both, elements)?);
                Some(Value::new(ty, made.after(out)))
            }
        }
    }

    /// `new Map(…)` and `new Set(…)` with something in it.
    pub(super) fn new_collection(
        &mut self,
        declared: ClassId,
        node: &'a ast::NewExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        let list = self.plain_arguments(&node.arguments)?;
        let name = self.checker.classes.get(declared)?.name;
        let [given] = list.as_slice() else {
            self.wrong_count(name, list.len(), 0, 1, span);
            return None;
        };
        let types = match (&node.type_arguments, hint.map(Type::present)) {
            (Some(written), _) => {
                let generic = Generic::Class(declared);
                let sight = Sight {
                    file: self.file,
                    scopes: Some((&self.scopes, &self.outer)),
                    first: None,
                };
                let types = written.params.as_slice();
                let known = self
                    .checker
                    .written_arguments(generic, sight, types, span)?;
                known.types.into_iter().collect::<Option<Vec<_>>>()
            }
            (None, Some(Type::Class(id))) if self.checker.classes.declaration(id) == declared => {
                let instance = self.checker.classes.get(id)?.instance.as_ref();
                instance.map(|of| of.arguments.to_vec())
            }
            _ => None,
        };
        match name {
            "Map" => self.new_map((declared, types), given, span),
            _ => self.new_set((declared, types), given, span),
        }
    }

    fn new_set(
        &mut self,
        (declared, types): (ClassId, Option<Vec<Type>>),
        given: &'a Expression<'a>,
        span: Span,
    ) -> Option<Value> {
        let known = types.and_then(|types| types.first().copied());
        let list = match (known, given.without_parentheses()) {
            (Some(ty), Expression::ArrayExpression(_)) => {
                let ty = self.checker.array_of(ty, span)?;
                Value::new(ty, self.value_as(given, ty)?)
            }
            _ => match self.source(given)? {
                Source::Collected(collected) => self.listed(collected, span)?,
                Source::Pairs(_) => {
                    self.no_list_of_pairs(span);
                    return None;
                }
                Source::Value(value) => {
                    let list = self.sequence(value, span)?;
                    self.numbers_of(list, span)?
                }
            },
        };
        let element = self.elements_of(list.ty)?.ty;
        let ty = known.unwrap_or(element);
        let wanted = self.checker.array_of(ty, span)?;
        let mut out = Vec::new();
        let list = self.coerce(list, wanted, span)?;
        let list = self.keep(Value::new(wanted, list), &mut out)?.expr;
        let made = self.empty_collection(declared, vec![ty], span)?;
        let made = self.keep(made, &mut out)?;
        if let Called::Nothing(call) = self.own_method(made.clone(), "#fill", vec![list])? {
            out.push(call);
        }
        Some(Value::new(made.ty, made.expr.after(out)))
    }

    fn new_map(
        &mut self,
        (declared, types): (ClassId, Option<Vec<Type>>),
        given: &'a Expression<'a>,
        span: Span,
    ) -> Option<Value> {
        let Expression::ArrayExpression(pairs) = given.without_parentheses() else {
            return self.copied_map((declared, types), given, span);
        };
        let known = match types.as_deref() {
            Some([key, value]) => Some((*key, *value)),
            _ => None,
        };
        let mut out = Vec::new();
        let mut entries = Some(Vec::new());
        for pair in &pairs.elements {
            let at = self.place(pair);
            match (self.key_and_value(pair, known, &mut out), &mut entries) {
                (Some((key, value)), Some(list)) => list.push((key, value, at)),
                (None, _) => entries = None,
                (Some(_), None) => {}
            }
        }
        let entries = entries?;
        let (key, value) = match known {
            Some(known) => known,
            None => self.common_pair(&entries, span)?,
        };
        let made = self.empty_collection(declared, vec![key, value], span)?;
        let made = self.keep(made, &mut out)?;
        for (own_key, own_value, at) in entries {
            let arguments = vec![
                self.coerce(own_key, key, at)?,
                self.coerce(own_value, value, at)?,
            ];
            if let Called::Value(set) = self.own_method(made.clone(), "set", arguments)? {
                out.push(Stmt::Drop(set.expr));
            }
        }
        Some(Value::new(made.ty, made.expr.after(out)))
    }

    /// The types of keys and values that are written.
    fn common_pair(
        &mut self,
        entries: &[(Value, Value, Span)],
        span: Span,
    ) -> Option<(Type, Type)> {
        let mut both: Option<(Type, Type)> = None;
        for (key, value, at) in entries {
            let Some((keys, values)) = both else {
                both = Some((key.ty, value.ty));
                continue;
            };
            let (Some(keys), Some(values)) = (
                self.checker.common(keys, key.ty),
                self.checker.common(values, value.ty),
            ) else {
                self.mixed(keys, key.ty, "new Map", *at);
                return None;
            };
            both = Some((keys, values));
        }
        let shown = both.filter(|(key, value)| {
            !matches!(key, Type::Nothing(_)) && !matches!(value, Type::Nothing(_))
        });
        if shown.is_none() {
            let help = "write the types: `new Map<string, number>([…])`";
            let message = "nothing shows what the map has in it";
            self.fail(codes::TYPE_ARGUMENTS, message, span, help);
        }
        shown
    }

    /// `[key, value]`
    fn key_and_value(
        &mut self,
        pair: &'a ast::ArrayExpressionElement<'a>,
        known: Option<(Type, Type)>,
        out: &mut Vec<Stmt>,
    ) -> Option<(Value, Value)> {
        let parts = match pair.as_expression().map(Expression::without_parentheses) {
            Some(Expression::ArrayExpression(node)) => match node.elements.as_slice() {
                [key, value] => key.as_expression().zip(value.as_expression()),
                _ => None,
            },
            _ => None,
        };
        let Some((key, value)) = parts else {
            self.no_pairs(self.place(pair));
            return None;
        };
        let mut one = |expr: &'a Expression<'a>, known: Option<Type>| {
            let value = match known {
                Some(ty) => Value::new(ty, self.value_as(expr, ty)?),
                None => self.value(expr, None)?,
            };
            match value.expr {
                Expr::Const(_) => Some(value),
                _ => self.keep(value, out),
            }
        };
        let key = one(key, known.map(|(key, _)| key));
        let value = one(value, known.map(|(_, value)| value));
        key.zip(value)
    }

    fn no_pairs(&mut self, span: Span) {
        let help =
            "write the pairs, `new Map([[\"a\", 1]])`, give another map, or call `set` for each";
        let message = "a map is made of pairs that are written, or of another map";
        self.fail(unsupported::OBJECT, message, span, help);
    }

    fn copied_map(
        &mut self,
        (declared, types): (ClassId, Option<Vec<Type>>),
        given: &'a Expression<'a>,
        span: Span,
    ) -> Option<Value> {
        let other = match self.source(given)? {
            Source::Collected(Collected {
                object,
                part: Part::Entries,
            }) => object,
            Source::Collected(_) | Source::Pairs(_) | Source::Value(_) => {
                self.no_pairs(span);
                return None;
            }
        };
        let (kind, own) = self.checker.collection(other.ty)?;
        if kind == Kind::Set {
            self.no_pairs(span);
            return None;
        }
        let types = types.unwrap_or_else(|| own.to_vec());
        let mut out = Vec::new();
        let other = self.keep(other, &mut out)?;
        let made = self.empty_collection(declared, types, span)?;
        let made = self.keep(made, &mut out)?;
        let other = self.coerce(other, made.ty, span)?;
        if let Called::Nothing(call) = self.own_method(made.clone(), "#copy", vec![other])? {
            out.push(call);
        }
        Some(Value::new(made.ty, made.expr.after(out)))
    }

    /// A new map or set without anything in it.
    fn empty_collection(
        &mut self,
        declared: ClassId,
        types: Vec<Type>,
        span: Span,
    ) -> Option<Value> {
        let needed = super::known::generic::Needed {
            around: self.outer.step(),
            span,
        };
        let id = self.checker.class_for(declared, types, needed)?;
        self.made_object(id, Vec::new())
    }
}
