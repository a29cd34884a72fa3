//! Maps: literals, keys, look-ups.
//!
//! A map is the list of its entries in the order of their keys, each a record of a key and a value, so everything about maps is
//! written out in place as loops over that list: the engines, gas and bounds know of nothing else. What makes a map keeps the order and
//! each key once: an input, a literal, and a `filter` of a map.

use crate::codes::check as codes;
use crate::data::types::{LIST_BOUND_MAX, RecordDef, Type, WORD};
use crate::ir::{BinaryOp, Expr, ExprKind, LoopKind};
use crate::limits::RECORD_FIELDS_MAX;
use crate::span::Span;
use crate::syntax::ast;

use super::kinds::{same_kind, wider};
use super::ops::retype;
use super::report::{error, warning};
use super::unit::{
    Unit, bool_expr, error_expr, expr, if_expr, is_constant, is_simple, length, local_expr,
    loop_expr,
};

impl<'a> Unit<'a, '_> {
    /// `map<string<63>, string, 64>`
    pub(super) fn map_type(&mut self, args: &'a [ast::TypeArg], span: Span) -> Type {
        use ast::TypeArg as Arg;
        let [Arg::Type(key), Arg::Type(value), Arg::Bound(bound)] = args else {
            self.wrong_map(args, span);
            return Type::Error;
        };
        let (key_type, value_type) = (self.type_of(key), self.type_of(value));
        let bound = self.bound(bound.node, LIST_BOUND_MAX, bound.span, "entries");
        if key_type == Type::Error || value_type == Type::Error {
            return Type::Error;
        }
        if !matches!(key_type, Type::String(_) | Type::Did | Type::Enum(_)) {
            let text = format!("{} cannot be the key of a map", self.show(&key_type));
            let help = "keys are names in JSON: use `string<64>`, `did` or an enum";
            self.report(error(codes::MISMATCH, key.span, text).help(help));
            return Type::Error;
        }
        if value_type.has_effects() {
            let text = "an effect is no data: it cannot stand in a map";
            let help = "use a list of effects";
            self.report(error(codes::EFFECT_AS_DATA, value.span, text).help(help));
            return Type::Error;
        }
        Type::Map(Box::new(key_type), Box::new(value_type), bound)
    }

    /// Says what is missing between `map<` and `>`, or too much.
    fn wrong_map(&mut self, args: &'a [ast::TypeArg], span: Span) {
        use ast::TypeArg as Arg;
        let report = match args {
            [Arg::Type(key), Arg::Type(value)] => {
                let [key, value] = [key, value].map(|ty| self.bundle.source(ty.span));
                error(codes::BOUND, span, "this map has no bound")
                    .note("every loop must have a known worst case")
                    .help(format!(
                        "write the largest number of entries behind the types: `map<{key}, {value}, 64>`"
                    ))
            }
            _ => {
                let text = format!(
                    "`map` takes two types and a bound, found {} arguments",
                    args.len()
                );
                error(codes::ARGUMENTS, span, text)
                    .help("write `map<string<63>, int, 64>`: keys, values, and the largest number of entries")
            }
        };
        self.report(report);
    }

    /// The record that an entry is read as.
    fn entry_type(&mut self, key: &Type, value: &Type) -> Type {
        let shown = (self.show(key), self.show(value));
        let shown = (&*shown.0, &*shown.1);
        let entry = RecordDef::entry(key.clone(), value.clone(), shown, &self.records);
        Type::Record(self.record_like(entry))
    }

    /// A map as the list of its entries; anything else as it is.
    pub(super) fn entries(&mut self, e: Expr) -> Expr {
        let Type::Map(key, value, bound) = &e.ty else {
            return e;
        };
        let entry = self.entry_type(key, value);
        let list = Type::List(Box::new(entry), *bound);
        retype(e, list)
    }

    /// The same, with keys and values of the type of another map: entries are records, which are compared when they are of one type.
    pub(super) fn entries_as(&mut self, e: Expr, common: &Type) -> Expr {
        let e = match (&e.ty, common) {
            (Type::Map(_, _, bound), Type::Map(key, value, _)) => {
                let ty = Type::Map(key.clone(), value.clone(), *bound);
                retype(e, ty)
            }
            _ => e,
        };
        self.entries(e)
    }

    /// `{ "a": 1, "b": 2 }` where a map is expected.
    pub(super) fn map_literal(
        &mut self,
        ty: &Type,
        inits: &'a [ast::FieldInit],
        span: Span,
    ) -> Expr {
        let Type::Map(key, value, _) = ty else {
            return error_expr();
        };
        let Some(entries) = self.map_inits(key, inits, span) else {
            return error_expr();
        };
        let mut made = Vec::with_capacity(entries.len());
        for (key, init) in entries {
            made.push((key, self.check(&init.value, value)));
        }
        if made.iter().any(|(_, value)| value.ty == Type::Error) {
            return error_expr();
        }
        // Its own bounds, not those of the context: what it is compared with may have larger ones.
        let widest = |types: &mut dyn Iterator<Item = &Type>, otherwise: &Type| {
            let widest = types.cloned().reduce(|a, b| wider(&a, &b));
            widest.unwrap_or_else(|| otherwise.clone())
        };
        let key = widest(&mut made.iter().map(|(key, _)| &key.ty), key);
        let value = widest(&mut made.iter().map(|(_, value)| &value.ty), value);
        let entry = self.entry_type(&key, &value);
        let items = made.into_iter().map(|(key, value)| {
            let fields = vec![(0, key), (WORD, value)];
            expr(ExprKind::Record { fields }, entry.clone())
        });
        let items: Vec<Expr> = items.collect();
        let items: Vec<Expr> = items.into_iter().map(|e| self.constant_of(e)).collect();
        let ty = Type::Map(Box::new(key), Box::new(value), length(&items));
        self.constant_of(expr(ExprKind::List { items }, ty))
    }

    /// The entries of a literal in the order of their keys, each key once.
    pub(super) fn map_inits(
        &mut self,
        key: &Type,
        inits: &'a [ast::FieldInit],
        span: Span,
    ) -> Option<Vec<(Expr, &'a ast::FieldInit)>> {
        if inits.len() > RECORD_FIELDS_MAX {
            let text = format!(
                "this map has {} entries, at most {RECORD_FIELDS_MAX} fit into a literal",
                inits.len()
            );
            self.report(error(codes::BOUND, span, text).help("move it into the input"));
            return None;
        }
        let mut entries = Vec::with_capacity(inits.len());
        let mut broken = false;
        for init in inits {
            let at = init.name.span;
            let made = self.text_literal(&init.name.node, at, Some(key));
            let made = self.coerce(made, key, at);
            broken |= made.ty == Type::Error;
            entries.push((made, init));
        }
        entries.sort_by(|(_, a), (_, b)| a.name.node.cmp(&b.name.node));
        for pair in entries.windows(2) {
            if let [(_, one), (_, other)] = pair
                && one.name.node == other.name.node
            {
                let text = format!("the key `{}` is given twice", other.name.node);
                let report = error(codes::DUPLICATE, other.name.span, text);
                self.report(report.help("remove one of the two"));
                broken = true;
            }
        }
        (!broken).then_some(entries)
    }

    /// `labels.app`, `labels."app.kubernetes.io/name"`, `labels["app"]`: the value of a key that is written there.
    pub(super) fn named_value(&mut self, map: Expr, name: &'a ast::Ident) -> Expr {
        let Type::Map(key, ..) = &map.ty else {
            return error_expr();
        };
        let key = (**key).clone();
        let made = self.text_literal(&name.node, name.span, Some(&key));
        self.value_at(map, made, name.span)
    }

    /// `map[key]`
    pub(super) fn index(&mut self, map: &'a ast::Expr, key: &'a ast::Expr, span: Span) -> Expr {
        let made = self.expr(map, None);
        match &made.ty {
            Type::Error => made,
            Type::Map(wanted, ..) => {
                let wanted = (**wanted).clone();
                let key_made = self.expr(key, Some(&wanted));
                self.value_at(made, key_made, key.span)
            }
            Type::Option(inner) if matches!(**inner, Type::Map(..)) => {
                let text = "this may be none, so it has no keys".to_owned();
                self.maybe_none(text, &made, map.span)
            }
            other => {
                let text = format!("`[…]` looks up a key of a map, found {}", self.show(other));
                let help = match other {
                    Type::List(..) => {
                        "elements of a list have no numbers: ask with `any x in xs: …`, `x in xs`, `filter`, `min` or `max`"
                    }
                    Type::Record(_) => {
                        "a field is written `.name`, or `[\"name\"]` with its name in quotes"
                    }
                    _ => "declare it as a map, as in `map<string<63>, int, 64>`",
                };
                self.fail(error(codes::NOT_DEFINED, span, text).help(help))
            }
        }
    }

    /// The value of a key as an option: none where the map does not have it.
    fn value_at(&mut self, map: Expr, key: Expr, span: Span) -> Expr {
        let Type::Map(_, value, _) = &map.ty else {
            return error_expr();
        };
        let value = (**value).clone();
        let found = self.entry_with(map, key, span);
        let Type::Option(entry) = &found.ty else {
            return error_expr();
        };
        let entry = (**entry).clone();
        let result = match &value {
            Type::Option(_) => value.clone(),
            other => Type::Option(Box::new(other.clone())),
        };
        let (local, kept, found) = self.keep(found);
        let some = self.is_some(found.clone());
        let entry = self.payload_of(found, &entry);
        let value = self.load(entry, WORD, value);
        let value = self.coerce(value, &result, span);
        let none = self.none(span, Some(&result));
        let made = if_expr(some, value, none, result);
        self.kept(local, kept, made)
    }

    /// The entry of a key as an option.
    fn entry_with(&mut self, map: Expr, key: Expr, span: Span) -> Expr {
        let Type::Map(wanted, value, _) = &map.ty else {
            return error_expr();
        };
        let (wanted, entry) = ((**wanted).clone(), self.entry_type(wanted, value));
        let option = Type::Option(Box::new(entry.clone()));
        let Some(key) = self.key_of(key, &wanted, span) else {
            return error_expr();
        };
        if let Some(found) = self.constant_entry(&map, &key, &entry) {
            return match found {
                Some(address) => {
                    let entry = self.constant_at(address, entry);
                    self.some(entry, &option)
                }
                None => self.none(span, Some(&option)),
            };
        }
        self.entry_loop(LoopKind::First, map, key, option)
    }

    /// `key in map`
    pub(super) fn has_key(&mut self, key: Expr, map: Expr, span: Span) -> Expr {
        let Type::Map(wanted, value, _) = &map.ty else {
            return error_expr();
        };
        let (wanted, entry) = ((**wanted).clone(), self.entry_type(wanted, value));
        let Some(key) = self.key_of(key, &wanted, span) else {
            return error_expr();
        };
        match self.constant_entry(&map, &key, &entry) {
            Some(found) => bool_expr(found.is_some()),
            None => self.entry_loop(LoopKind::Any, map, key, Type::Bool),
        }
    }

    /// A key as it is compared: texts of other bounds are texts too.
    fn key_of(&mut self, key: Expr, wanted: &Type, span: Span) -> Option<Expr> {
        let key = if same_kind(&key.ty, wanted) {
            key
        } else {
            self.coerce(key, wanted, span)
        };
        if let (Type::String(bytes), Type::String(most), ExprKind::Text(_)) =
            (&key.ty, wanted, &key.kind)
            && bytes > most
        {
            let text = format!(
                "this key has {bytes} bytes, and keys of this map have at most {most}: it is never there"
            );
            let help = format!("look up a shorter key, or declare the keys as `string<{bytes}>`");
            self.report(warning(codes::ALWAYS, span, text).help(help));
        }
        (key.ty != Type::Error).then_some(key)
    }

    /// Where the entry of a constant key stands in a constant map, if both are.
    fn constant_entry(&self, map: &Expr, key: &Expr, entry: &Type) -> Option<Option<u32>> {
        let ExprKind::Text(handle) = map.kind else {
            return None;
        };
        let mut wanted = Vec::new();
        if !is_constant(key) || !self.words_of(key, &mut wanted) {
            return None;
        }
        let bytes = entry.words(&self.records) * WORD;
        let mut addresses = (0..handle.length()).map(|i| handle.address() + i * bytes);
        Some(addresses.find(|address| self.pool.read(*address, 1) == wanted))
    }

    /// A loop over the entries of a map that looks for a key.
    fn entry_loop(&mut self, kind: LoopKind, map: Expr, key: Expr, ty: Type) -> Expr {
        let list = self.entries(map);
        let Type::List(entry, _) = &list.ty else {
            return error_expr();
        };
        let entry = (**entry).clone();
        // A key that cannot fail may come before the map.
        let (one, one_value, list) = if is_simple(&key) {
            (None, None, list)
        } else {
            self.keep(list)
        };
        let (two, two_value, key) = self.keep(key);
        let var = self.local(&entry);
        let found = self.load(local_expr(var, entry), 0, key.ty.clone());
        let point = crate::ir::PointId(0);
        let body = super::unit::binary(BinaryOp::EqWord, found, key, Type::Bool, point);
        let made = loop_expr(kind, var, (list, body), ty);
        let made = self.kept(two, two_value, made);
        self.kept(one, one_value, made)
    }

    /// `keys(map)` and `values(map)`, in the order of the keys.
    pub(super) fn column(&mut self, map: &'a ast::Expr, of_keys: Column) -> Expr {
        let made = self.expr(map, None);
        let Type::Map(key, value, bound) = &made.ty else {
            return self.wrong_argument(made, "a map", map.span);
        };
        let (offset, item) = match of_keys {
            Column::Keys => (0, (**key).clone()),
            Column::Values => (WORD, (**value).clone()),
        };
        let ty = Type::List(Box::new(item.clone()), *bound);
        let list = self.entries(made);
        let Type::List(entry, _) = &list.ty else {
            return error_expr();
        };
        let entry = (**entry).clone();
        let var = self.local(&entry);
        let body = self.load(local_expr(var, entry), offset, item);
        loop_expr(LoopKind::Map, var, (list, body), ty)
    }
}

/// Which part of the entries of a map is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Keys,
    Values,
}

/// The type of what may stand on the left of `in`: an element of a list, a key of a map.
pub(super) fn member(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(member, _) | Type::Map(member, ..) => Some(member),
        _ => None,
    }
}
