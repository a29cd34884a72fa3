//! Random expressions of a given type.

use super::types::{LIST_BOUND, STRING_BOUND};
use super::{Generator, value};
use crate::data::types::{FieldDef, RecordId, Repr, Type};
use crate::ir::{
    Automaton, AutomatonId, BinaryOp, DELEGATES_MAX, Expr, ExprKind, FactKind, FuncId, Handle,
    Joining, LoopKind, Making, PointId, UnaryOp,
};
use crate::testing::programs;

/// Types that have an order and a sum.
const SUMMABLE: [Type; 3] = [Type::Int, Type::Number, Type::Decimal];

const STRING: Type = Type::String(STRING_BOUND);

pub(super) fn expr(kind: ExprKind, ty: &Type) -> Expr {
    Expr {
        kind,
        ty: ty.clone(),
        point: PointId(0),
    }
}

impl Generator<'_> {
    /// A random expression of a type, at most so many levels deep, give or take one.
    pub(super) fn expr(&mut self, ty: &Type, depth: u32) -> Expr {
        if depth == 0 {
            return self.leaf(ty);
        }
        if self.random.once_in(3)
            && let Some(found) = self.any_type(ty, depth - 1)
        {
            return found;
        }
        if self.random.once_in(6) {
            return self.leaf(ty);
        }
        self.of_type(ty, depth - 1)
    }

    pub(super) fn boxed(&mut self, ty: &Type, depth: u32) -> Box<Expr> {
        Box::new(self.expr(ty, depth))
    }

    /// A constant, a parameter of the rule, a local or an input.
    fn leaf(&mut self, ty: &Type) -> Expr {
        let same_type = |(_, t): &&(u32, Type)| t == ty;
        let inputs: Vec<u32> = self
            .paths
            .iter()
            .filter(same_type)
            .map(|(o, _)| *o)
            .collect();
        let local_type = |id: &crate::ir::LocalId| self.locals.get(id.0 as usize);
        let mut locals = self.scope.clone();
        locals.retain(|id| local_type(id) == Some(ty));
        match self.random.below(6) {
            0..3 if !inputs.is_empty() => {
                let offset = *self.random.pick(&inputs);
                expr(ExprKind::Input(offset), ty)
            }
            1..5 if !locals.is_empty() => {
                let local = *self.random.pick(&locals);
                expr(ExprKind::Local(local), ty)
            }
            5 if self.params.is_some() && !ty.has_effects() => self.param(ty),
            _ => self.constant(ty),
        }
    }

    fn param(&mut self, ty: &Type) -> Expr {
        let records = &self.program.records;
        let params = self.params.get_or_insert_default();
        let words: u32 = params.iter().map(|t| t.words(records)).sum();
        params.push(ty.clone());
        expr(ExprKind::Param(words * 8), ty)
    }

    pub(super) fn constant(&mut self, ty: &Type) -> Expr {
        if ty.has_effects() {
            return match ty {
                Type::Option(_) => expr(ExprKind::NoneOf, ty),
                Type::List(..) => expr(ExprKind::List { items: Vec::new() }, ty),
                _ => self.new_effect(0),
            };
        }
        let words = self.words(ty);
        let first = words.first().copied().unwrap_or(0);
        let kind = match ty {
            Type::Bool => ExprKind::Bool(first == 1),
            Type::Number => ExprKind::Number(f64::from_bits(first)),
            Type::Decimal | Type::Money(_) | Type::Quantity(_) | Type::Ip => {
                let second = words.get(1).copied().unwrap_or(0);
                ExprKind::Wide(crate::ir::value::wide(first, second))
            }
            Type::Option(_) | Type::Record(_) | Type::Trust | Type::Cidr => {
                ExprKind::Const(self.place(&words))
            }
            _ if ty.is_handle() => ExprKind::Text(Handle(first)),
            _ => ExprKind::Int(first.cast_signed()),
        };
        expr(kind, ty)
    }

    /// Forms that have any type.
    fn any_type(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        Some(match self.random.below(8) {
            0 => {
                let kind = ExprKind::If {
                    cond: self.boxed(&Type::Bool, depth),
                    then: self.boxed(ty, depth),
                    otherwise: self.boxed(ty, depth),
                };
                expr(kind, ty)
            }
            1 => {
                let bound = self.value_type(1);
                let value = self.boxed(&bound, depth);
                let local = self.bind(bound);
                let body = self.boxed(ty, depth);
                self.unbind();
                expr(ExprKind::Let { local, value, body }, ty)
            }
            2 => self.call(ty, depth)?,
            3 => self.field(ty, depth)?,
            4 => self.payload(ty, depth),
            5 => self.fact_of(ty, depth)?,
            _ => self.handled(ty, depth),
        })
    }

    /// A value that may come upon an unknown fact, and what stands for it then.
    fn handled(&mut self, ty: &Type, depth: u32) -> Expr {
        let asks = match self.random.below(3) {
            0 => self.fact_of(ty, depth),
            1 => self.call(ty, depth),
            _ => None,
        };
        let value = asks.unwrap_or_else(|| self.expr(ty, depth));
        let value = Box::new(value);
        let default = self.boxed(ty, depth);
        expr(ExprKind::Else { value, default }, ty)
    }

    fn call(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let functions = self.program.functions.iter().enumerate();
        let fitting: Vec<usize> = functions
            .filter(|(_, f)| f.ret == *ty)
            .map(|(i, _)| i)
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let chosen = *self.random.pick(&fitting);
        let function = self.program.functions.get(chosen)?;
        let params: Vec<Type> = function
            .locals
            .iter()
            .take(function.params as usize)
            .cloned()
            .collect();
        let args = params.iter().map(|p| self.expr(p, depth.min(2))).collect();
        let function = FuncId(u32::try_from(chosen).ok()?);
        Some(expr(ExprKind::Call { function, args }, ty))
    }

    /// A field of a computed record.
    fn field(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let records = (0..).zip(&self.program.records).flat_map(|(id, record)| {
            let fields = record.fields.iter();
            fields
                .filter(|f| f.ty == *ty)
                .map(move |f| (RecordId(id), f.offset))
        });
        let fitting: Vec<(RecordId, u32)> = records.collect();
        if fitting.is_empty() {
            return None;
        }
        let (record, offset) = *self.random.pick(&fitting);
        let base = self.boxed(&Type::Record(record), depth);
        Some(expr(ExprKind::Field { base, offset }, ty))
    }

    /// What is in an option, or something else.
    fn payload(&mut self, ty: &Type, depth: u32) -> Expr {
        let option = Type::Option(Box::new(ty.clone()));
        let value = self.boxed(&option, depth);
        let local = self.bind(option.clone());
        let there = |kind: fn(Box<Expr>) -> ExprKind, ty: &Type| {
            Box::new(expr(
                kind(Box::new(expr(ExprKind::Local(local), &option))),
                ty,
            ))
        };
        let (cond, then) = (
            there(ExprKind::IsSome, &Type::Bool),
            there(ExprKind::Payload, ty),
        );
        let otherwise = if self.random.once_in(4) {
            Box::new(expr(ExprKind::NoValue, &Type::Never))
        } else {
            self.boxed(ty, depth)
        };
        self.unbind();
        let choice = ExprKind::If {
            cond,
            then,
            otherwise,
        };
        let body = Box::new(expr(choice, ty));
        expr(ExprKind::Let { local, value, body }, ty)
    }

    /// A fact of a type, when there is one.
    fn fact_of(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let kinds: Vec<FactKind> = FactKind::ALL
            .into_iter()
            .filter(|k| {
                k.answer() == *ty || (k.answer().is_text() && ty.is_text() && *ty == STRING)
            })
            .filter(|k| *k != FactKind::Blueprint || *ty == Type::Attributes)
            .collect();
        if kinds.is_empty() {
            return None;
        }
        let kind = *self.random.pick(&kinds);
        Some(self.fact(kind, ty, depth))
    }

    fn fact(&mut self, kind: FactKind, ty: &Type, depth: u32) -> Expr {
        let types: &[Type] = match kind {
            FactKind::HasCredential => &[Type::Did, Type::Pattern],
            FactKind::ConformsTo => &[Type::Attributes, Type::Attributes],
            FactKind::Balance | FactKind::RealmTrust => &[Type::Did, STRING],
            FactKind::StoreGet => &[STRING, STRING],
            _ => &[Type::Did],
        };
        let args = types.iter().map(|t| self.expr(t, depth.min(1))).collect();
        self.fallible(ExprKind::Fact { kind, args }, ty)
    }

    /// An expression that may end with an error of its own.
    pub(super) fn fallible(&mut self, kind: ExprKind, ty: &Type) -> Expr {
        Expr {
            kind,
            ty: ty.clone(),
            point: self.point(),
        }
    }

    fn of_type(&mut self, ty: &Type, depth: u32) -> Expr {
        match ty {
            Type::Bool => self.truth(depth),
            Type::Int => self.int(depth),
            Type::Number => self.number(depth),
            Type::Decimal | Type::Money(_) | Type::Quantity(_) => self.wide(ty, depth),
            Type::Instant => {
                let op = *self.random.pick(&[BinaryOp::AddInt, BinaryOp::SubInt]);
                self.operator(op, ty, ty, &Type::Duration, depth)
            }
            Type::Duration => match self.random.below(3) {
                0 => self.operator(BinaryOp::MulInt, ty, ty, &Type::Int, depth),
                1 => self.operator(BinaryOp::SubInt, ty, &Type::Instant, &Type::Instant, depth),
                _ => self.operator(BinaryOp::AddInt, ty, ty, ty, depth),
            },
            Type::List(element, _) => self.list(ty, element, depth),
            Type::Option(inner) => self.option(ty, inner, depth),
            Type::Record(id) => self.record(*id, depth),
            Type::Trust => self.trust(depth),
            Type::Ip if depth > 0 && self.random.flip() => {
                let base = self.boxed(&Type::Cidr, depth);
                let offset = *self.random.pick(&[0, 2 * crate::data::types::WORD]);
                expr(ExprKind::Field { base, offset }, ty)
            }
            Type::String(_) if depth > 0 && self.random.once_in(3) => {
                let making = *self.random.pick(&Making::ALL);
                self.unary(UnaryOp::Make(making), ty, ty, depth)
            }
            Type::Ip
            | Type::Cidr
            | Type::String(_)
            | Type::Did
            | Type::Pattern
            | Type::Attributes
            | Type::Enum(_)
            | Type::Map(..) => self.any_type(ty, depth).unwrap_or_else(|| self.leaf(ty)),
            Type::Effect => self.new_effect(depth.min(2)),
            Type::Never | Type::Error => self.leaf(ty),
        }
    }

    fn operator(&mut self, op: BinaryOp, ty: &Type, left: &Type, right: &Type, depth: u32) -> Expr {
        let left = self.boxed(left, depth);
        let right = self.boxed(right, depth);
        self.fallible(ExprKind::Binary { op, left, right }, ty)
    }

    fn unary(&mut self, op: UnaryOp, ty: &Type, operand: &Type, depth: u32) -> Expr {
        let operand = self.boxed(operand, depth);
        let kind = ExprKind::Unary { op, expr: operand };
        self.fallible(kind, ty)
    }

    /// A bool.
    pub(super) fn truth(&mut self, depth: u32) -> Expr {
        let ty = &Type::Bool;
        match self.random.below(10) {
            0 => expr(
                ExprKind::And(self.boxed(ty, depth), self.boxed(ty, depth)),
                ty,
            ),
            1 => expr(
                ExprKind::Or(self.boxed(ty, depth), self.boxed(ty, depth)),
                ty,
            ),
            2 => self.unary(UnaryOp::Not, ty, ty, depth),
            3 => {
                let inner = self.ty(1);
                let option = self.boxed(&Type::Option(Box::new(inner)), depth);
                expr(ExprKind::IsSome(option), ty)
            }
            4 => {
                let kind = *self.random.pick(&[LoopKind::Any, LoopKind::All]);
                let element = self.ty(1);
                self.repeat(kind, ty, &element, ty, depth)
            }
            _ => self.comparison(depth),
        }
    }

    /// A bool from an operator that a reason can show.
    pub(super) fn comparison(&mut self, depth: u32) -> Expr {
        use BinaryOp as Op;

        let ty = &Type::Bool;
        match self.random.below(12) {
            0 | 1 => {
                let op = *self
                    .random
                    .pick(&[Op::LtInt, Op::LeInt, Op::GtInt, Op::GeInt]);
                let side = self
                    .random
                    .pick(&[Type::Int, Type::Instant, Type::Duration])
                    .clone();
                self.operator(op, ty, &side, &side, depth)
            }
            2 => {
                let ops = [
                    Op::EqNumber,
                    Op::NeNumber,
                    Op::LtNumber,
                    Op::LeNumber,
                    Op::GtNumber,
                    Op::GeNumber,
                ];
                let op = *self.random.pick(&ops);
                self.operator(op, ty, &Type::Number, &Type::Number, depth)
            }
            3 | 4 => {
                let ops = [
                    Op::EqWide,
                    Op::NeWide,
                    Op::LtWide,
                    Op::LeWide,
                    Op::GtWide,
                    Op::GeWide,
                ];
                let op = *self.random.pick(&ops);
                let side = self.wide_type();
                self.operator(op, ty, &side, &side, depth)
            }
            5 | 6 => {
                let op = *self.random.pick(&[Op::EqWord, Op::NeWord]);
                let side = self.word_type();
                self.operator(op, ty, &side, &side, depth)
            }
            7 => {
                let op = *self
                    .random
                    .pick(&[Op::StartsWith, Op::EndsWith, Op::Contains]);
                self.operator(op, ty, &STRING, &STRING, depth)
            }
            8 if self.random.flip() => self.operator(Op::GlobMatch, ty, &STRING, &STRING, depth),
            8 if self.random.flip() => {
                self.operator(Op::DidMatch, ty, &Type::Did, &Type::Pattern, depth)
            }
            8 => self.networks(depth),
            9 => {
                let element = match self.random.below(3) {
                    0 => self.wide_type(),
                    1 => Type::Number,
                    _ => self.word_type(),
                };
                if self.random.flip()
                    && let Some(at_hand) = self.in_input()
                {
                    return at_hand;
                }
                let item = self.boxed(&element, depth);
                let list = Box::new(self.searched(&element, depth));
                expr(ExprKind::In { item, list }, ty)
            }
            10 => {
                let automaton = self.automaton();
                let subject = self.boxed(&STRING, depth);
                expr(ExprKind::Automaton { automaton, subject }, ty)
            }
            _ => {
                let kinds = [
                    FactKind::HasCredential,
                    FactKind::ResolveDid,
                    FactKind::ConformsTo,
                ];
                let kind = *self.random.pick(&kinds);
                let value = self.fact(kind, ty, depth);
                if self.random.flip() {
                    return value;
                }
                let (value, default) = (Box::new(value), self.boxed(ty, depth));
                expr(ExprKind::Else { value, default }, ty)
            }
        }
    }

    /// Whether an address or a network is in a network.
    fn networks(&mut self, depth: u32) -> Expr {
        let ty = &Type::Bool;
        match self.random.below(3) {
            0 => self.operator(BinaryOp::IpInCidr, ty, &Type::Ip, &Type::Cidr, depth),
            1 => self.operator(BinaryOp::CidrInCidr, ty, &Type::Cidr, &Type::Cidr, depth),
            _ => {
                let left = self.boxed(&Type::Ip, depth);
                let right = Box::new(self.searched(&Type::Cidr, depth));
                let op = BinaryOp::IpInCidrs;
                expr(ExprKind::Binary { op, left, right }, ty)
            }
        }
    }

    /// A type whose values are equal when their words are.
    pub(super) fn word_type(&mut self) -> Type {
        match self.random.below(7) {
            0 => Type::Bool,
            1 | 2 => Type::Int,
            3 => STRING,
            4 => Type::Did,
            5 => Type::Instant,
            _ => Type::Enum(crate::data::types::EnumId(0)),
        }
    }

    fn wide_type(&mut self) -> Type {
        match self.random.below(4) {
            0 => Type::Decimal,
            3 => Type::Ip,
            1 => Type::Money(crate::data::types::Currency("EUR".into())),
            _ => Type::Quantity(crate::data::types::Dimension::Length),
        }
    }

    fn int(&mut self, depth: u32) -> Expr {
        use BinaryOp as Op;

        let ty = &Type::Int;
        match self.random.below(11) {
            0 => self.unary(UnaryOp::NegInt, ty, ty, depth),
            1 => {
                let ops = [UnaryOp::TextLength, UnaryOp::TextCharacters];
                let op = *self.random.pick(&ops);
                self.unary(op, ty, &STRING, depth)
            }
            2 => {
                let list = Type::List(Box::new(self.ty(1)), LIST_BOUND);
                self.unary(UnaryOp::ListLength, ty, &list, depth)
            }
            3 => self.unary(UnaryOp::DecimalToInt, ty, &Type::Decimal, depth),
            4 => {
                let element = self.ty(1);
                self.repeat(LoopKind::Count, ty, &element, &Type::Bool, depth)
            }
            5 => self.sum(ty, depth),
            7 => self.paired(depth),
            6 => self.fact(FactKind::ActiveSessions, ty, depth),
            _ => {
                let ops = [
                    Op::AddInt,
                    Op::SubInt,
                    Op::MulInt,
                    Op::DivInt,
                    Op::RemInt,
                    Op::MinInt,
                    Op::MaxInt,
                ];
                let op = *self.random.pick(&ops);
                self.operator(op, ty, ty, ty, depth)
            }
        }
    }

    fn number(&mut self, depth: u32) -> Expr {
        use BinaryOp as Op;

        let ty = &Type::Number;
        match self.random.below(12) {
            0 => self.unary(UnaryOp::NegNumber, ty, ty, depth),
            1 => self.unary(UnaryOp::IntToNumber, ty, &Type::Int, depth),
            2 => self.unary(UnaryOp::DecimalToNumber, ty, &Type::Decimal, depth),
            3 => self.unary(UnaryOp::TrustNorm, ty, &Type::Trust, depth),
            4 => self.operator(Op::TrustDistance, ty, &Type::Trust, &Type::Trust, depth),
            5 => {
                let base = self.boxed(&Type::Trust, depth);
                let offset = 8 * *self.random.pick(&[0, 1, 2, 3, 4, 5]);
                expr(ExprKind::Field { base, offset }, ty)
            }
            6 => self.sum(ty, depth),
            7 => self.fact(FactKind::Karma, ty, depth),
            _ => {
                let ops = [
                    Op::AddNumber,
                    Op::SubNumber,
                    Op::MulNumber,
                    Op::DivNumber,
                    Op::MinNumber,
                    Op::MaxNumber,
                ];
                let op = *self.random.pick(&ops);
                self.operator(op, ty, ty, ty, depth)
            }
        }
    }

    fn wide(&mut self, ty: &Type, depth: u32) -> Expr {
        use BinaryOp as Op;

        match self.random.below(10) {
            0 => self.unary(UnaryOp::NegWide, ty, ty, depth),
            1 if *ty == Type::Decimal => self.unary(UnaryOp::IntToDecimal, ty, &Type::Int, depth),
            2 if *ty == Type::Decimal => {
                self.unary(UnaryOp::NumberToDecimal, ty, &Type::Number, depth)
            }
            3 if *ty == Type::Decimal => self.fact(FactKind::Balance, ty, depth),
            1..4 => self.operator(Op::DivWide, ty, ty, &Type::Decimal, depth),
            4 | 5 => self.operator(Op::MulWide, ty, ty, &Type::Decimal, depth),
            6 => self.sum(ty, depth),
            _ => {
                let op = *self
                    .random
                    .pick(&[Op::AddWide, Op::SubWide, Op::MinWide, Op::MaxWide]);
                self.operator(op, ty, ty, ty, depth)
            }
        }
    }

    fn sum(&mut self, ty: &Type, depth: u32) -> Expr {
        let element = self.ty(1);
        self.repeat(LoopKind::Sum, ty, &element, ty, depth)
    }

    fn trust(&mut self, depth: u32) -> Expr {
        let ty = &Type::Trust;
        match self.random.below(5) {
            0 => self.operator(BinaryOp::TrustChain, ty, ty, ty, depth),
            1 => self.operator(BinaryOp::TrustCombine, ty, ty, ty, depth),
            2 => self.fact(FactKind::RealmTrust, ty, depth),
            _ => self.fact(FactKind::Trust, ty, depth),
        }
    }

    fn list(&mut self, ty: &Type, element: &Type, depth: u32) -> Expr {
        match self.random.below(4) {
            3 if *element == STRING => self.split(ty, depth),
            0 => self.repeat(LoopKind::Filter, ty, element, &Type::Bool, depth),
            1 => {
                let other = self.ty(1);
                self.repeat(LoopKind::Map, ty, &other, element, depth)
            }
            _ => {
                let count = self.random.below(u64::from(LIST_BOUND) + 1);
                let items = (0..count)
                    .map(|_| self.expr(element, depth.min(2)))
                    .collect();
                expr(ExprKind::List { items }, ty)
            }
        }
    }

    fn option(&mut self, ty: &Type, inner: &Type, depth: u32) -> Expr {
        match self.random.below(7) {
            0 => expr(ExprKind::NoneOf, ty),
            5 | 6 => self.said(ty, inner, depth),
            4 => self.repeat(LoopKind::First, ty, inner, &Type::Bool, depth),
            1 if SUMMABLE.contains(inner) => {
                let kind = *self.random.pick(&[LoopKind::Min, LoopKind::Max]);
                let element = self.ty(1);
                self.repeat(kind, ty, &element, inner, depth)
            }
            _ => expr(ExprKind::Some(self.boxed(inner, depth)), ty),
        }
    }

    fn record(&mut self, id: RecordId, depth: u32) -> Expr {
        let record = self.program.records.get(id.0 as usize).cloned();
        let fields = record.map(|r| r.fields).unwrap_or_default();
        let mut value =
            |FieldDef { offset, ty, .. }: FieldDef| (offset, self.expr(&ty, depth.min(3)));
        let fields = fields.into_iter().map(&mut value).collect();
        expr(ExprKind::Record { fields }, &Type::Record(id))
    }

    /// A loop over a list of `element`s whose body has the type `body`.
    fn repeat(
        &mut self,
        kind: LoopKind,
        ty: &Type,
        element: &Type,
        body: &Type,
        depth: u32,
    ) -> Expr {
        let list = match kind {
            // Lists made from it would be longer than their type allows.
            LoopKind::Map | LoopKind::Filter => {
                self.expr(&Type::List(Box::new(element.clone()), LIST_BOUND), depth)
            }
            _ => self.searched(element, depth),
        };
        let list = Box::new(list);
        let guard = std::mem::replace(&mut self.guard, false);
        let var = self.bind(element.clone());
        let body = self.boxed(body, depth);
        self.unbind();
        self.guard = guard;
        let kind = ExprKind::Loop {
            kind,
            var,
            list,
            body,
        };
        self.fallible(kind, ty)
    }

    /// Whether what is at hand is in a list of the input: engines have instructions of their own for it.
    fn in_input(&mut self) -> Option<Expr> {
        let lists = self.paths.iter().filter_map(|(address, ty)| match ty {
            // A list is a word too, but where it stands: two alike are not equal.
            Type::List(element, _)
                if element.repr() == Repr::Word && !matches!(**element, Type::List(..)) =>
            {
                Some((*address, ty.clone(), Type::clone(element)))
            }
            _ => None,
        });
        let lists: Vec<_> = lists.collect();
        if lists.is_empty() {
            return None;
        }
        let (address, list, element) = self.random.pick(&lists).clone();
        let mut fields = Vec::new();
        for id in &self.scope {
            let Some(Type::Record(record)) = self.locals.get(id.0 as usize) else {
                continue;
            };
            let record = self.program.records.get(record.0 as usize);
            let of_type = record.into_iter().flat_map(|record| &record.fields);
            let of_type = of_type.filter(|field| field.ty == element);
            fields.extend(of_type.map(|field| (*id, field.offset)));
        }
        let item = if fields.is_empty() || self.random.flip() {
            self.leaf(&element)
        } else {
            let (local, offset) = *self.random.pick(&fields);
            let ty = self.locals.get(local.0 as usize)?.clone();
            let base = Box::new(expr(ExprKind::Local(local), &ty));
            expr(ExprKind::Field { base, offset }, &element)
        };
        let (item, list) = (
            Box::new(item),
            Box::new(expr(ExprKind::Input(address), &list)),
        );
        Some(expr(ExprKind::In { item, list }, &Type::Bool))
    }

    /// A list that only its elements are read of: delegates are a longer one than other lists.
    fn searched(&mut self, element: &Type, depth: u32) -> Expr {
        if *element == Type::Did && self.random.once_in(3) {
            let ty = Type::List(Box::new(Type::Did), DELEGATES_MAX);
            return self.fact(FactKind::Delegates, &ty, depth);
        }
        let ty = Type::List(Box::new(element.clone()), LIST_BOUND);
        if depth > 0 && self.random.once_in(6) {
            let joined = Type::List(Box::new(element.clone()), 2 * LIST_BOUND);
            return self.joined(Joining::Append, &ty, &ty, &joined, depth - 1);
        }
        self.expr(&ty, depth)
    }

    /// A random automaton over bytes, in which state 0 is dead.
    fn automaton(&mut self) -> AutomatonId {
        let states = self.random.between(2, 5);
        let classes = self.random.between(1, 4);
        let class_map: Vec<u8> = (0..256)
            .map(|_| u8::try_from(self.random.below(classes)).unwrap_or(0))
            .collect();
        let table: Vec<u8> = (0..states * classes)
            .map(|i| {
                if i < classes {
                    0
                } else {
                    self.random.below(states)
                }
            })
            .flat_map(|next| u16::try_from(next).unwrap_or(0).to_le_bytes())
            .collect();
        let accepting: Vec<u8> = (0..states)
            .map(|s| u8::from(s > 0 && self.random.flip()))
            .collect();
        let number = |n: u64| u32::try_from(n).unwrap_or(0);
        let automaton = Automaton {
            source: "random".into(),
            start: number(self.random.between(1, states - 1)),
            states: number(states),
            classes: number(classes),
            class_map: programs::pool_bytes(&mut self.program, &class_map),
            table: programs::pool_bytes(&mut self.program, &table),
            accepting: programs::pool_bytes(&mut self.program, &accepting),
            prefix: Handle(0),
        };
        self.program.automata.push(automaton);
        AutomatonId(number(self.program.automata.len() as u64 - 1))
    }

    /// A guard's body: an expression that may reject on its way to the output.
    pub(super) fn statement(&mut self, ty: &Type, depth: u32) -> Expr {
        if depth == 0 {
            return self.expr(ty, 2);
        }
        match self.random.below(5) {
            0 => {
                let kind = ExprKind::Check {
                    cond: self.boxed(&Type::Bool, depth),
                    message: self.message(),
                    then: Box::new(self.statement(ty, depth - 1)),
                };
                expr(kind, ty)
            }
            1 => {
                let bound = self.ty(1);
                let value = self.boxed(&bound, depth);
                let local = self.bind(bound);
                let body = Box::new(self.statement(ty, depth - 1));
                self.unbind();
                expr(ExprKind::Let { local, value, body }, ty)
            }
            2 => {
                let kind = ExprKind::If {
                    cond: self.boxed(&Type::Bool, depth),
                    then: Box::new(self.statement(ty, depth - 1)),
                    otherwise: Box::new(self.statement(ty, depth - 1)),
                };
                expr(kind, ty)
            }
            3 => {
                let message = self.message();
                let fail = Box::new(expr(ExprKind::Fail { message }, &Type::Never));
                let go_on = Box::new(self.statement(ty, depth - 1));
                let (then, otherwise) = if self.random.flip() {
                    (fail, go_on)
                } else {
                    (go_on, fail)
                };
                let cond = self.boxed(&Type::Bool, depth);
                let kind = ExprKind::If {
                    cond,
                    then,
                    otherwise,
                };
                expr(kind, ty)
            }
            _ => self.expr(ty, 3),
        }
    }

    /// A word of a type, for a constant a rule set is indexed by.
    pub(super) fn key(&mut self, ty: &Type) -> u64 {
        // Few different ones, so that rules share buckets and inputs hit them.
        match ty {
            Type::Int => *self
                .random
                .pick(&[0, 1, 2, 3, u64::MAX, i64::MIN.cast_unsigned()]),
            Type::Instant => value::int(self.random).cast_unsigned(),
            _ => self.words(ty).first().copied().unwrap_or(0),
        }
    }
}
