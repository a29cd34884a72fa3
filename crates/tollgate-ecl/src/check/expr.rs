//! Expressions: bidirectional type checking. A context passes the type it wants inwards; what an expression turns out to
//! be comes back, and is converted or refused by [`Unit::coerce`].

use crate::ast::{self, ExprKind as Ast};
use crate::codes::check as codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind, PointId, UnaryOp};
use crate::span::Span;
use crate::types::{Type, WORD};

use super::fold::{self, Folded};
use super::kinds::{fits, same_kind, wider};
use super::literal::{in_backticks, payload};
use super::report::{error, suggest};
use super::unit::{
    Binding, Unit, bare, bool_expr, error_expr, expr, expr_at, field_expr, if_expr, is_constant,
    is_simple, length, let_expr, local_expr, not,
};

impl<'a> Unit<'a, '_> {
    /// An expression of exactly that kind of type.
    pub(super) fn check(&mut self, e: &'a ast::Expr, want: &Type) -> Expr {
        let made = self.expr(e, Some(want));
        self.coerce(made, want, e.span)
    }

    /// An expression; `want` is the type the context would like.
    pub(super) fn expr(&mut self, e: &'a ast::Expr, want: Option<&Type>) -> Expr {
        if !self.enter(e.span) {
            self.leave();
            return error_expr();
        }
        let made = self.expr_inner(e, want);
        self.leave();
        made
    }

    fn expr_inner(&mut self, e: &'a ast::Expr, want: Option<&Type>) -> Expr {
        match &e.kind {
            Ast::Error => error_expr(),
            Ast::Paren(inner) => self.expr(inner, want),
            Ast::Bool(value) => bool_expr(*value),
            Ast::Number(text) => self.number(text, e.span, want),
            Ast::Measure { number, unit } => self.measure(number, &unit.node, unit.span, e.span),
            Ast::Str(text) => self.text_literal(text, e.span, want),
            Ast::Regex(_) => {
                let report = error(
                    codes::MISPLACED,
                    e.span,
                    "a regular expression stands alone",
                );
                self.fail(report.help("write it on the right of `matches`"))
            }
            Ast::Name(name) => self.name(name, e.span, want),
            Ast::None => self.none(e.span, want),
            Ast::Ref(id) => self.reference(id, want),
            Ast::Field { base, name, safe } => self.field_access(base, name, *safe, e.span, want),
            Ast::Call { module, name, args } => {
                self.call(module.as_ref(), name, args, e.span, want)
            }
            Ast::Unary { op, expr } => self.prefix(*op, expr, e.span, want),
            Ast::Binary { op, left, right } => self.infix(*op, left, right, e.span, want),
            Ast::Compare { operands, ops } => self.comparison(operands, ops, e.span),
            Ast::If {
                cond,
                then,
                otherwise,
            } => self.choice(cond, then, otherwise, want),
            Ast::Match { subject, arms } => self.match_expr(subject, arms, e.span, want),
            Ast::Loop {
                kind,
                var,
                list,
                body,
            } => self.list_loop(*kind, var, list, body, e.span, want),
            Ast::Record { name, fields } => {
                self.record_literal(name.as_ref(), fields, e.span, want)
            }
            Ast::List(items) => self.list_literal(items, e.span, want),
            Ast::Else { expr, default } => self.with_default(expr, default, e.span, want),
        }
    }

    /// A condition: a bool.
    pub(super) fn condition(&mut self, e: &'a ast::Expr) -> Expr {
        self.check(e, &Type::Bool)
    }

    /// The expression as a value of the type, converted where that loses nothing.
    pub(super) fn coerce(&mut self, e: Expr, to: &Type, span: Span) -> Expr {
        if e.ty == Type::Error || *to == Type::Error {
            return error_expr();
        }
        if e.ty == Type::Never || fits(&e.ty, to) {
            return e;
        }
        match (&e.ty, to) {
            (Type::Int, Type::Decimal) => self.unary(UnaryOp::IntToDecimal, e, Type::Decimal, span),
            (Type::Int, Type::Number) => self.unary(UnaryOp::IntToNumber, e, Type::Number, span),
            (from, Type::Option(inner)) if !matches!(from, Type::Option(_)) => {
                let value = self.coerce(e, inner, span);
                self.some(value, to)
            }
            _ => {
                let report = self.mismatch(&e.ty, to, span);
                self.fail(report)
            }
        }
    }

    /// An option with a value.
    pub(super) fn some(&mut self, value: Expr, ty: &Type) -> Expr {
        if value.ty == Type::Error {
            return value;
        }
        let made = expr(ExprKind::Some(Box::new(value)), ty.clone());
        self.constant_of(made)
    }

    /// Two types that do not agree.
    pub(super) fn mismatch(&mut self, found: &Type, wanted: &Type, span: Span) -> Diagnostic {
        let (f, w) = (self.show(found), self.show(wanted));
        let text = format!("expected {w}, found {f}");
        match (found, wanted) {
            (Type::Money(_), Type::Money(_)) => error(codes::MIXED_CURRENCIES, span, text)
                .help("amounts of different currencies do not mix: convert one with a rate first"),
            (Type::Quantity(_), Type::Quantity(_)) => error(codes::MIXED_UNITS, span, text)
                .help("quantities of different dimensions do not mix"),
            (Type::Decimal, Type::Number) => error(codes::MIXED_NUMBERS, span, text)
                .help("write `to_number(…)`: the conversion rounds, so it is never done silently"),
            (Type::Number, Type::Decimal) => error(codes::MIXED_NUMBERS, span, text)
                .help("write `to_decimal(…)`: the conversion rounds, so it is never done silently"),
            (Type::Int | Type::Decimal | Type::Number, Type::Money(c)) => {
                let help = format!(
                    "an amount has a currency: write `0.50 {}`, or multiply by `1 {}`",
                    c.0, c.0
                );
                error(codes::NEEDS_UNIT, span, text).help(help)
            }
            (Type::Int | Type::Decimal | Type::Number, Type::Quantity(_) | Type::Duration) => {
                error(codes::NEEDS_UNIT, span, text).help("write its unit, as in `5km` or `30s`")
            }
            (Type::Quantity(_), Type::Duration) => {
                error(codes::MIXED_UNITS, span, text).help("`m` is metres; minutes are `min`")
            }
            (Type::Money(_) | Type::Quantity(_), Type::Decimal) => {
                error(codes::MIXED_UNITS, span, text).help(
                    "divide by one unit to get the bare amount: `price / 1 EUR`, `distance / 1km`",
                )
            }
            (Type::Option(inner), _) if same_kind(inner, wanted) => {
                error(codes::MAYBE_NONE, span, text)
                    .help("this may be none: say what holds then, as in `(x else 0)`")
            }
            (Type::String(n), Type::String(m)) => error(
                codes::BOUND,
                span,
                format!("this text may have {n} bytes, and only {m} fit here"),
            )
            .help(format!("declare the other side as `string<{n}>`")),
            (Type::List(_, n), Type::List(_, m)) if n > m && same_kind(found, wanted) => error(
                codes::BOUND,
                span,
                format!("this list may have {n} elements, and only {m} fit here"),
            )
            .help(format!("raise the bound to {n}")),
            (Type::String(_), Type::Did) => error(codes::MISMATCH, span, text).help(
                "a text is not a did: declare it as `did`, so that it is checked when it comes in",
            ),
            (_, Type::Bool) => error(codes::MISMATCH, span, text).help("compare it with something"),
            _ => {
                error(codes::MISMATCH, span, text).help(format!("use a value of the type {w} here"))
            }
        }
    }

    /// A prefix operator on a made operand, folded when it is constant.
    pub(super) fn unary(&mut self, op: UnaryOp, operand: Expr, ty: Type, span: Span) -> Expr {
        if operand.ty == Type::Error {
            return operand;
        }
        match fold::unary(op, &operand.kind) {
            Folded::Value(kind) => expr(kind, ty),
            Folded::Fails(why) => self.constant_fails(why, span),
            Folded::Keep => {
                let point = self.fallible_point(unary_fails(op), span);
                super::unit::unary(op, operand, ty, point)
            }
        }
    }

    /// An operator on made operands, folded when they are constant.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: Expr,
        right: Expr,
        ty: Type,
        span: Span,
    ) -> Expr {
        if left.ty == Type::Error || right.ty == Type::Error {
            return error_expr();
        }
        match fold::binary(op, &left.kind, &right.kind) {
            Folded::Value(kind) => expr(kind, ty),
            Folded::Fails(why) => self.constant_fails(why, span),
            Folded::Keep => {
                let point = self.fallible_point(binary_fails(op), span);
                super::unit::binary(op, left, right, ty, point)
            }
        }
    }

    fn constant_fails(&mut self, why: &str, span: Span) -> Expr {
        let report = error(
            codes::CONSTANT_ERROR,
            span,
            format!("this constant has no value: {why}"),
        );
        self.fail(report.help("change the numbers: it would fail at every evaluation"))
    }

    fn fallible_point(&mut self, fallible: bool, span: Span) -> PointId {
        if fallible {
            self.point(span)
        } else {
            PointId(0)
        }
    }

    /// A record, list or option whose parts are all constant becomes a constant.
    pub(super) fn constant_of(&mut self, e: Expr) -> Expr {
        let mut words = Vec::new();
        match &e.kind {
            ExprKind::List { items } => {
                if !items.iter().all(|item| self.words_of(item, &mut words)) {
                    return e;
                }
                let address = self.pool.words(&words);
                let handle = crate::ir::Handle::new(address, length(items));
                let handle = if items.is_empty() {
                    crate::ir::Handle(0)
                } else {
                    handle
                };
                expr(ExprKind::Text(handle), e.ty)
            }
            ExprKind::Record { .. } | ExprKind::Some(_) | ExprKind::NoneOf => {
                if !self.words_of(&e, &mut words) || words.is_empty() {
                    return e;
                }
                expr(ExprKind::Const(self.pool.words(&words)), e.ty)
            }
            _ => e,
        }
    }

    /// Appends the words of a constant; false when it is none.
    pub(super) fn words_of(&self, e: &Expr, words: &mut Vec<u64>) -> bool {
        match &e.kind {
            ExprKind::Bool(value) => words.push(u64::from(*value)),
            ExprKind::Int(value) => words.push(value.cast_unsigned()),
            ExprKind::Number(value) => words.push(value.to_bits()),
            ExprKind::Text(handle) => words.push(handle.0),
            ExprKind::Wide(value) => words.extend(halves(*value)),
            ExprKind::Const(address) => {
                let count = e.ty.words(&self.records);
                words.extend(self.pool.read(*address, count));
            }
            ExprKind::NoneOf => words.extend((0..e.ty.words(&self.records)).map(|_| 0)),
            ExprKind::Some(inner) => {
                words.push(1);
                return self.words_of(inner, words);
            }
            ExprKind::Record { fields } => {
                return fields.iter().all(|(_, value)| self.words_of(value, words));
            }
            _ => return false,
        }
        true
    }

    fn none(&mut self, span: Span, want: Option<&Type>) -> Expr {
        match want {
            Some(ty @ Type::Option(_)) => {
                let none = expr(ExprKind::NoneOf, ty.clone());
                self.constant_of(none)
            }
            Some(Type::Error) => error_expr(),
            Some(other) => {
                let shown = self.show(other);
                let text = format!("expected {shown}, found `none`");
                let help = format!("only options can be none: declare it as `{shown}?`");
                self.fail(error(codes::MISMATCH, span, text).help(help))
            }
            None => {
                let report = error(codes::NO_TYPE, span, "`none` of which type?");
                self.fail(report.help("write the type: `let note: string? = none`"))
            }
        }
    }

    fn name(&mut self, name: &'a str, span: Span, want: Option<&Type>) -> Expr {
        if let Some(binding) = self.lookup(name) {
            return match binding {
                Binding::Local(local, ty) => local_expr(*local, ty.clone()),
                Binding::Constant(value) => value.clone(),
                Binding::Input(offset, ty) => expr(ExprKind::Input(*offset), ty.clone()),
            };
        }
        if let Some(Type::Enum(id)) = want.map(payload) {
            return self.case(*id, name, span);
        }
        if self.bundle.objects.contains_key(name) {
            return self.object(name, span, want);
        }
        let report = error(codes::UNKNOWN_NAME, span, format!("unknown name `{name}`"));
        let mut known: Vec<&str> = self.frame.scope.iter().map(|(n, _)| *n).collect();
        known.extend(
            self.bundle
                .object_order
                .iter()
                .map(|o| o.name.node.as_str()),
        );
        let enums = self.enums_with_case(name);
        let help = match enums.first() {
            Some(found) => format!("write `{found}.{name}` for the case of that enum"),
            None if known.is_empty() => "nothing is in scope here".into(),
            None => format!(
                "in scope are {}",
                in_backticks(known.iter().take(8).copied())
            ),
        };
        self.fail(suggest(report, name, span, known, help))
    }

    /// Names of declared enums that have such a case.
    fn enums_with_case(&self, case: &str) -> Vec<&'a str> {
        let decls = self.bundle.type_order.iter();
        let found = decls.filter_map(|decl| match decl {
            super::declarations::TypeDecl::Enum(name, cases) => cases
                .iter()
                .any(|c| c.node == case)
                .then_some(name.node.as_str()),
            _ => None,
        });
        found.collect()
    }

    fn field_access(
        &mut self,
        base: &'a ast::Expr,
        name: &'a ast::Ident,
        safe: bool,
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        if let Some(case) = self.qualified_case(base, name) {
            return case;
        }
        let made = self.expr(base, None);
        match (&made.ty, safe) {
            (Type::Error, _) => error_expr(),
            (Type::Option(inner), true) => {
                let inner = (**inner).clone();
                self.safe_field(made, &inner, name, span)
            }
            (Type::Option(inner), false) => {
                let inner = self.show(inner);
                let text = format!("this may be none, so it has no field `{}`", name.node);
                let help = format!(
                    "use `?.{}`, or say what holds for none with `else`",
                    name.node
                );
                let report = error(codes::MAYBE_NONE, name.span, text).help(help);
                self.fail(report.note(format!("its type is {inner}?")))
            }
            (ty, true) => {
                let text = format!("this is never none: its type is {}", self.show(ty));
                let report = error(codes::NEEDLESS_ELSE, name.span, text);
                self.fail(report.help(format!("write `.{}`", name.node)))
            }
            (_, false) => self.field_of(made, name, span, want),
        }
    }

    /// `Connector.CCS`
    fn qualified_case(&mut self, base: &'a ast::Expr, name: &'a ast::Ident) -> Option<Expr> {
        let Ast::Name(ty) = &base.kind else {
            return None;
        };
        if self.lookup(ty).is_some() {
            return None;
        }
        let declared = self.bundle.types.contains_key(ty.as_str());
        let found = if declared {
            self.declared_type(ty, base.span)
        } else {
            self.built_in_type(ty)?
        };
        match found {
            Type::Enum(id) => Some(self.case(id, &name.node, name.span)),
            _ => None,
        }
    }

    fn safe_field(&mut self, base: Expr, inner: &Type, name: &'a ast::Ident, span: Span) -> Expr {
        let ty = base.ty.clone();
        let (local, value, subject) = self.keep(base);
        let payload = expr(ExprKind::Payload(Box::new(subject.clone())), inner.clone());
        let field = self.field_of(payload, name, span, None);
        let made = if field.ty == Type::Error {
            field
        } else {
            let result = match &field.ty {
                Type::Option(_) => field.ty.clone(),
                other => Type::Option(Box::new(other.clone())),
            };
            let some = self.coerce(field, &result, span);
            let none = self.none(span, Some(&result));
            let cond = expr(ExprKind::IsSome(Box::new(subject)), Type::Bool);
            if_expr(cond, some, none, result)
        };
        debug_assert!(matches!(ty, Type::Option(_)));
        self.kept(local, value, made)
    }

    /// Keeps a value in a local unless it may be evaluated twice: the local, the value to bind, what stands for it.
    pub(super) fn keep(&mut self, value: Expr) -> (Option<crate::ir::LocalId>, Option<Expr>, Expr) {
        if is_simple(&value) {
            return (None, None, value);
        }
        let ty = value.ty.clone();
        let local = self.local(&ty);
        (Some(local), Some(value), local_expr(local, ty))
    }

    /// Ends what [`Self::keep`] began.
    pub(super) fn kept(
        &mut self,
        local: Option<crate::ir::LocalId>,
        value: Option<Expr>,
        body: Expr,
    ) -> Expr {
        let (Some(local), Some(value)) = (local, value) else {
            return body;
        };
        if body.ty == Type::Error {
            return body;
        }
        let_expr(local, value, body)
    }

    /// A field of a made record, trust vector or did.
    pub(super) fn field_of(
        &mut self,
        base: Expr,
        name: &'a ast::Ident,
        span: Span,
        _want: Option<&Type>,
    ) -> Expr {
        match &base.ty {
            Type::Record(id) => {
                let Some(field) = self.field(*id, &name.node) else {
                    return self.unknown_field(&base.ty, name);
                };
                let (offset, ty) = (field.offset, field.ty.clone());
                self.load(base, offset, ty)
            }
            Type::Trust => match trust_dimension(&name.node) {
                Some(index) => self.load(base, index * WORD, Type::Number),
                None => self.unknown_field(&base.ty, name),
            },
            Type::Did => match name.node.as_str() {
                "delegates" => self.fact(FactKind::Delegates, vec![base], span),
                "trust" => self.fact(FactKind::Trust, vec![base], span),
                "karma" => self.fact(FactKind::Karma, vec![base], span),
                _ => self.unknown_field(&base.ty, name),
            },
            _ => self.unknown_field(&base.ty, name),
        }
    }

    /// The value at an offset of a record: of a constant now, of the input by its address.
    pub(super) fn load(&mut self, base: Expr, offset: u32, ty: Type) -> Expr {
        if ty == Type::Error {
            return error_expr();
        }
        match &base.kind {
            ExprKind::Input(address) => expr(ExprKind::Input(address + offset), ty),
            ExprKind::Const(address) => self.constant_at(address + offset, ty),
            ExprKind::Record { fields } if is_simple_record(fields) => {
                let found = fields.iter().find(|(at, _)| *at == offset);
                found.map_or_else(error_expr, |(_, value)| value.clone())
            }
            _ => field_expr(base, offset, ty),
        }
    }

    /// The constant of that type at an address of the pool.
    fn constant_at(&self, address: u32, ty: Type) -> Expr {
        let word = |i: u32| {
            self.pool
                .read(address + i * WORD, 1)
                .first()
                .copied()
                .unwrap_or(0)
        };
        let kind = match ty.repr() {
            crate::types::Repr::Ref => ExprKind::Const(address),
            crate::types::Repr::Wide => ExprKind::Wide(whole(word(0), word(1))),
            _ => match ty {
                Type::Bool => ExprKind::Bool(word(0) != 0),
                Type::Number => ExprKind::Number(f64::from_bits(word(0))),
                Type::Int | Type::Instant | Type::Duration | Type::Enum(_) => {
                    ExprKind::Int(word(0).cast_signed())
                }
                _ => ExprKind::Text(crate::ir::Handle(word(0))),
            },
        };
        expr(kind, ty)
    }

    fn unknown_field(&mut self, ty: &Type, name: &ast::Ident) -> Expr {
        let shown = self.show(ty);
        let text = format!("{shown} has no field `{}`", name.node);
        let known: Vec<Box<str>> = match ty {
            Type::Record(id) => {
                let fields = self.record(*id).map(|r| r.fields.as_slice());
                fields
                    .unwrap_or_default()
                    .iter()
                    .map(|f| f.name.clone())
                    .collect()
            }
            Type::Trust => TRUST_DIMENSIONS.iter().map(|d| (*d).into()).collect(),
            Type::Did => ["delegates", "trust", "karma"].map(Into::into).to_vec(),
            _ => Vec::new(),
        };
        let help = if known.is_empty() {
            format!("a value of the type {shown} has no fields")
        } else {
            format!(
                "its fields are {}",
                in_backticks(known.iter().map(|k| &**k))
            )
        };
        let report = error(codes::UNKNOWN_FIELD, name.span, text);
        self.fail(suggest(
            report,
            &name.node,
            name.span,
            known.iter().map(|k| &**k),
            help,
        ))
    }

    /// Asks the host.
    pub(super) fn fact(&mut self, kind: FactKind, args: Vec<Expr>, span: Span) -> Expr {
        if args.iter().any(|arg| arg.ty == Type::Error) {
            return error_expr();
        }
        let point = self.point(span);
        let default = None;
        expr_at(
            ExprKind::Fact {
                kind,
                args,
                default,
            },
            kind.answer(),
            point,
        )
    }

    fn prefix(
        &mut self,
        op: ast::UnaryOp,
        operand: &'a ast::Expr,
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        match op {
            ast::UnaryOp::Not => not(self.condition(operand)),
            ast::UnaryOp::Neg => self.negative(operand, span, want),
        }
    }

    fn negative(&mut self, operand: &'a ast::Expr, span: Span, want: Option<&Type>) -> Expr {
        // The smallest int has no positive twin, so a literal is read with its sign.
        if let Ast::Number(text) = &bare(operand).kind
            && text == "9223372036854775808"
            && !matches!(want, Some(Type::Decimal | Type::Number))
        {
            return expr(ExprKind::Int(i64::MIN), Type::Int);
        }
        let made = self.expr(operand, want);
        let op = match &made.ty {
            Type::Int | Type::Duration => UnaryOp::NegInt,
            Type::Number => UnaryOp::NegNumber,
            Type::Decimal | Type::Money(_) | Type::Quantity(_) => UnaryOp::NegWide,
            Type::Error => return made,
            other => {
                let text = format!("`-` is not defined for {}", self.show(other));
                let report = error(codes::NOT_DEFINED, span, text);
                return self
                    .fail(report.help("use it on a number, an amount, a quantity or a duration"));
            }
        };
        let ty = made.ty.clone();
        self.unary(op, made, ty, span)
    }

    fn choice(
        &mut self,
        cond: &'a ast::Expr,
        then: &'a ast::Expr,
        otherwise: &'a ast::Expr,
        want: Option<&Type>,
    ) -> Expr {
        let made = self.condition(cond);
        let values = self.values_of_one_type(&[then, otherwise], want);
        let (ty, mut values) = match values {
            Some(values) if made.ty != Type::Error => values,
            _ => return error_expr(),
        };
        match (values.pop(), values.pop()) {
            (Some(b), Some(a)) => if_expr(made, a, b, ty),
            _ => error_expr(),
        }
    }

    /// Values that become one, such as the branches of `if`: their common type, and each as a value of it.
    pub(super) fn values_of_one_type(
        &mut self,
        sources: &[&'a ast::Expr],
        want: Option<&Type>,
    ) -> Option<(Type, Vec<Expr>)> {
        // Without a type from outside, the first value whose type does not depend on the context decides for the others.
        let rigid = sources.iter().position(|e| !self.is_open(e)).unwrap_or(0);
        let lead = sources.get(rigid).map(|e| self.expr(e, want))?;
        let want = want.cloned().unwrap_or_else(|| lead.ty.clone());
        let mut lead = Some(lead);
        let mut made = Vec::with_capacity(sources.len());
        for (i, source) in sources.iter().enumerate() {
            let ready = if i == rigid { lead.take() } else { None };
            made.push(ready.unwrap_or_else(|| self.expr(source, Some(&want))));
        }
        let mut common: Option<Type> = None;
        for (e, source) in made.iter().zip(sources) {
            if e.ty == Type::Error {
                return None;
            }
            common = Some(match common {
                None => e.ty.clone(),
                Some(before) => match join(&before, &e.ty) {
                    Some(ty) => ty,
                    None => {
                        let report = self.mismatch(&e.ty, &before, source.span);
                        self.report(report);
                        return None;
                    }
                },
            });
        }
        let common = common?;
        let common = match &want {
            Type::Option(_) if join(&want, &common).is_some() => want,
            _ => common,
        };
        let pairs = made.into_iter().zip(sources);
        let values: Vec<Expr> = pairs
            .map(|(e, s)| self.coerce(e, &common, s.span))
            .collect();
        values
            .iter()
            .all(|v| v.ty != Type::Error)
            .then_some((common, values))
    }

    /// True for what takes its type from the context: literals, enum cases, and what is made of them.
    pub(super) fn is_open(&self, e: &ast::Expr) -> bool {
        match &e.kind {
            Ast::Number(_)
            | Ast::Str(_)
            | Ast::None
            | Ast::Record { name: None, .. }
            | Ast::Ref(_) => true,
            Ast::Name(name) => self.lookup(name).is_none(),
            Ast::Paren(inner) | Ast::Unary { expr: inner, .. } => self.is_open(inner),
            Ast::List(items) => items.iter().all(|item| self.is_open(item)),
            Ast::Binary {
                op:
                    ast::BinaryOp::Add
                    | ast::BinaryOp::Sub
                    | ast::BinaryOp::Mul
                    | ast::BinaryOp::Div
                    | ast::BinaryOp::Rem,
                left,
                right,
            } => self.is_open(left) && self.is_open(right),
            _ => false,
        }
    }

    fn list_literal(&mut self, items: &'a [ast::Expr], span: Span, want: Option<&Type>) -> Expr {
        let item_want = match want.map(payload) {
            Some(Type::List(item, _)) => Some((**item).clone()),
            _ => None,
        };
        let count = length(items);
        if items.len() > crate::types::LIST_BOUND_MAX as usize {
            let text = format!("this list has {} elements", items.len());
            let help = format!(
                "a list has at most {} elements",
                crate::types::LIST_BOUND_MAX
            );
            return self.fail(error(codes::BOUND, span, text).help(help));
        }
        if items.is_empty() {
            let Some(item) = item_want else {
                let report = error(codes::NO_TYPE, span, "an empty list of which type?");
                return self.fail(report.help("write the type: `let xs: list<string, 1> = []`"));
            };
            let list = Type::List(Box::new(item), 0);
            return self.constant_of(expr(ExprKind::List { items: Vec::new() }, list));
        }
        let (item, values) = match item_want {
            Some(item) => {
                let values: Vec<Expr> = items.iter().map(|i| self.check(i, &item)).collect();
                let widest = values
                    .iter()
                    .map(|v| v.ty.clone())
                    .reduce(|a, b| wider(&a, &b));
                (widest.unwrap_or(item), values)
            }
            None => {
                let sources: Vec<&ast::Expr> = items.iter().collect();
                match self.values_of_one_type(&sources, None) {
                    Some(found) => found,
                    None => return error_expr(),
                }
            }
        };
        if values.iter().any(|v| v.ty == Type::Error) {
            return error_expr();
        }
        let list = Type::List(Box::new(item), count);
        self.constant_of(expr(ExprKind::List { items: values }, list))
    }

    fn record_literal(
        &mut self,
        name: Option<&'a ast::Ident>,
        fields: &'a [ast::FieldInit],
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        if let Some(name) = name {
            return match self.named_record(name) {
                Some(id) => self.record_of(id, fields, span),
                None => error_expr(),
            };
        }
        match want.map(payload) {
            Some(Type::Record(id)) => self.record_of(*id, fields, span),
            Some(Type::Attributes) => self.attributes_literal(fields, span),
            Some(Type::Trust) => self.trust_literal(fields, span),
            _ => self.anonymous_record(fields),
        }
    }

    fn named_record(&mut self, name: &'a ast::Ident) -> Option<crate::types::RecordId> {
        let ty = if self.bundle.types.contains_key(name.node.as_str()) {
            self.declared_type(&name.node, name.span)
        } else {
            self.built_in_type(&name.node).unwrap_or(Type::Never)
        };
        match ty {
            Type::Record(id) => return Some(id),
            Type::Error => return None,
            _ => {}
        }
        let text = format!("`{}` is not a record", name.node);
        let known: Vec<&str> = self.bundle.type_names();
        let report = error(codes::UNKNOWN_TYPE, name.span, text);
        let help = "declare it with `record`";
        self.report(suggest(report, &name.node, name.span, known, help));
        None
    }

    pub(super) fn record_of(
        &mut self,
        id: crate::types::RecordId,
        inits: impl IntoIterator<Item = &'a ast::FieldInit>,
        span: Span,
    ) -> Expr {
        let Some(record) = self.record(id).cloned() else {
            return error_expr();
        };
        let mut values: Vec<Option<Expr>> = vec![None; record.fields.len()];
        let mut broken = false;
        for init in inits {
            let found = record
                .fields
                .iter()
                .position(|f| *f.name == *init.name.node);
            let Some((slot, field)) =
                found.and_then(|i| values.get_mut(i).zip(record.fields.get(i)))
            else {
                self.unknown_field(&Type::Record(id), &init.name);
                broken = true;
                continue;
            };
            if slot.is_some() {
                let text = format!("the field `{}` is given twice", init.name.node);
                self.report(
                    error(codes::DUPLICATE, init.name.span, text).help("remove one of the two"),
                );
                broken = true;
            }
            *slot = Some(self.check(&init.value, &field.ty));
        }
        let mut fields = Vec::with_capacity(values.len());
        let mut missing = Vec::new();
        for (value, field) in values.into_iter().zip(&record.fields) {
            let value = match (value, &field.ty) {
                (Some(value), _) => value,
                (None, Type::Option(_)) => self.none(span, Some(&field.ty)),
                (None, _) => {
                    missing.push(&*field.name);
                    error_expr()
                }
            };
            broken |= value.ty == Type::Error;
            fields.push((field.offset, value));
        }
        if !missing.is_empty() {
            let (names, name) = (in_backticks(missing.iter().copied()), &record.name);
            let text = format!("{name} needs {names} too");
            let report = error(codes::MISSING_FIELD, span, text);
            self.report(report.help("add what is missing, or declare it optional with `?`"));
        }
        if broken {
            return error_expr();
        }
        self.constant_of(expr(ExprKind::Record { fields }, Type::Record(id)))
    }

    pub(super) fn anonymous_record(&mut self, inits: &'a [ast::FieldInit]) -> Expr {
        let mut types: Vec<(Box<str>, Type)> = Vec::new();
        let mut values = Vec::new();
        for init in inits {
            let value = self.expr(&init.value, None);
            if value.ty == Type::Error {
                return error_expr();
            }
            if types.iter().any(|(n, _)| **n == *init.name.node) {
                let text = format!("the field `{}` is given twice", init.name.node);
                let report = error(codes::DUPLICATE, init.name.span, text);
                return self.fail(report.help("remove one of the two"));
            }
            types.push((init.name.node.as_str().into(), value.ty.clone()));
            values.push(value);
        }
        let id = self.record_type("record", types);
        let offsets: Vec<u32> = match self.record(id) {
            Some(record) => record.fields.iter().map(|f| f.offset).collect(),
            None => Vec::new(),
        };
        let fields = offsets.into_iter().zip(values).collect();
        self.constant_of(expr(ExprKind::Record { fields }, Type::Record(id)))
    }

    /// `{ r: 0.9, i: 0.8, … }` where a trust vector is expected; dimensions that are not given are 0.
    fn trust_literal(&mut self, inits: &'a [ast::FieldInit], _span: Span) -> Expr {
        let mut words = [0.0_f64; 6];
        for init in inits {
            let index = trust_dimension(&init.name.node).and_then(|i| words.get_mut(i as usize));
            let Some(word) = index else {
                return self.unknown_field(&Type::Trust, &init.name);
            };
            let value = self.check(&init.value, &Type::Number);
            match value.kind {
                ExprKind::Number(number) if (0.0..=1.0).contains(&number) => *word = number,
                _ if value.ty == Type::Error => return value,
                _ => {
                    let text = "a trust dimension is a constant number between 0 and 1";
                    let report = error(codes::NOT_CONSTANT, init.value.span, text);
                    return self
                        .fail(report.help("build vectors of other values with `vector(…)`"));
                }
            }
        }
        let words = words.map(f64::to_bits);
        expr(ExprKind::Const(self.pool.words(&words)), Type::Trust)
    }

    /// Applies a binding of a `let`: constants are known by name, others become locals.
    pub(super) fn let_value(&mut self, decl: &'a ast::LetDecl) -> Expr {
        match &decl.ty {
            Some(ty) => {
                let want = self.type_of(ty);
                let made = self.check(&decl.value, &want);
                if is_constant(&made) && fits(&made.ty, &want) && made.ty != Type::Error {
                    return Expr { ty: want, ..made };
                }
                made
            }
            None => self.expr(&decl.value, None),
        }
    }
}

impl super::declarations::Declarations<'_> {
    /// Names of declared types, in source order.
    pub(super) fn type_names(&self) -> Vec<&str> {
        use super::declarations::TypeDecl;
        let names = self.type_order.iter().map(|decl| match decl {
            TypeDecl::Enum(name, _) | TypeDecl::Record(name, _) => name.node.as_str(),
            TypeDecl::Blueprint(blueprint) => blueprint.name.node.as_str(),
        });
        names.collect()
    }
}

/// Names of the six dimensions of a trust vector.
pub(super) const TRUST_DIMENSIONS: [&str; 6] = ["r", "i", "c", "p", "v", "omega"];

/// The place of a dimension, in words.
fn trust_dimension(name: &str) -> Option<u32> {
    let lower = name.to_lowercase();
    let index = match lower.as_str() {
        "reliability" => 0,
        "integrity" => 1,
        "competence" => 2,
        "prestige" => 3,
        "vigilance" => 4,
        "ω" | "o" => 5,
        other => TRUST_DIMENSIONS.iter().position(|d| *d == other)?,
    };
    u32::try_from(index).ok()
}

fn is_simple_record(fields: &[(u32, Expr)]) -> bool {
    // The other fields are not evaluated then, so none of them may fail or cost.
    fields.iter().all(|(_, value)| is_simple(value))
}

/// The type two values share when they become one.
pub(super) fn join(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Never, other) | (other, Type::Never) => Some(other.clone()),
        (Type::Int, wide @ (Type::Decimal | Type::Number))
        | (wide @ (Type::Decimal | Type::Number), Type::Int) => Some(wide.clone()),
        _ if same_kind(a, b) => Some(wider(a, b)),
        (Type::Option(inner), other) | (other, Type::Option(inner)) => {
            join(inner, other).map(|ty| Type::Option(Box::new(ty)))
        }
        _ => None,
    }
}

/// Low half first, as in memory.
#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
pub(crate) fn halves(value: i128) -> [u64; 2] {
    let bits = value.cast_unsigned();
    [bits as u64, (bits >> 64) as u64]
}

fn whole(low: u64, high: u64) -> i128 {
    ((u128::from(high) << 64) | u128::from(low)).cast_signed()
}

/// True for operators that can end an evaluation with an error.
pub(crate) fn unary_fails(op: UnaryOp) -> bool {
    matches!(
        op,
        UnaryOp::NegInt | UnaryOp::NegWide | UnaryOp::NumberToDecimal | UnaryOp::DecimalToInt
    )
}

/// True for operators that can end an evaluation with an error.
pub(crate) fn binary_fails(op: BinaryOp) -> bool {
    use BinaryOp as B;
    matches!(
        op,
        B::AddInt
            | B::SubInt
            | B::MulInt
            | B::DivInt
            | B::RemInt
            | B::AddNumber
            | B::SubNumber
            | B::MulNumber
            | B::DivNumber
            | B::AddWide
            | B::SubWide
            | B::MulWide
            | B::DivWide
    )
}
