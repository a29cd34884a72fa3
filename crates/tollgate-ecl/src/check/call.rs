//! Calls: user functions, and built-in functions, which are written out in place.

use crate::ast::{self, ExprKind as Ast};
use crate::codes::check as codes;
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind, FuncId, Function, PointId, UnaryOp};
use crate::span::Span;
use crate::stdlib::{self, Builtin, Module};
use crate::types::{Type, WORD};

use super::literal::in_backticks;
use super::ops::{element, retype};
use super::report::{error, suggest};
use super::unit::{
    Binding, Frame, FunctionState, Unit, and, bare, bool_expr, error_expr, expr, expr_at, if_expr,
    length, not, or,
};

/// Weights of the six dimensions by context.
const CONTEXTS: [(&str, [f64; 6]); 5] = [
    ("default", [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
    ("finance", [2.0, 3.0, 1.0, 0.5, 2.0, 1.5]),
    ("identity", [1.0, 3.0, 0.5, 1.0, 2.0, 1.5]),
    ("content", [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]),
    ("infrastructure", [3.0, 2.0, 2.0, 0.5, 2.0, 1.0]),
];

impl<'a> Unit<'a, '_> {
    /// `f(a, b)`, `module.f(a, b)`
    pub(super) fn call(
        &mut self,
        module: Option<&'a ast::Ident>,
        name: &'a ast::Ident,
        args: &'a [ast::Expr],
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        if module.is_none()
            && let Some((key, function)) = self.bundle.functions.get_key_value(name.node.as_str())
        {
            let (key, function) = (*key, *function);
            return self.user_call(key, function, args, span);
        }
        let Some(builtin) = self.builtin(module, name) else {
            for arg in args {
                self.expr(arg, None);
            }
            return error_expr();
        };
        let (min, max) = builtin.entry().arguments;
        if !(min..=max).contains(&args.len()) {
            let entry = builtin.entry();
            let expected = if min == max {
                min.to_string()
            } else {
                format!("{min} to {max}")
            };
            let text = format!(
                "`{}` takes {expected} arguments, found {}",
                name.node,
                args.len()
            );
            let help = format!("its signature is `{}{}`", entry.name, entry.signature);
            return self.fail(error(codes::ARGUMENTS, span, text).help(help));
        }
        self.builtin_call(builtin, args, span, want)
    }

    fn builtin(&mut self, module: Option<&ast::Ident>, name: &ast::Ident) -> Option<Builtin> {
        if let Some(module) = module {
            let found = Module::ALL.into_iter().find(|m| m.name() == module.node);
            let Some(found) = found else {
                let text = format!("unknown module `{}`", module.node);
                let names = Module::ALL.map(Module::name);
                let help = format!("the modules are {}", in_backticks(names));
                let report = error(codes::UNKNOWN_FUNCTION, module.span, text);
                self.report(suggest(report, &module.node, module.span, names, help));
                return None;
            };
            let builtin = stdlib::lookup(&name.node).filter(|b| b.entry().module == found);
            if builtin.is_none() {
                let entries = stdlib::TABLE.iter().filter(|e| e.module == found);
                let known: Vec<&str> = entries.map(|e| e.name).collect();
                let text = format!(
                    "the module `{}` has no function `{}`",
                    module.node, name.node
                );
                let help = format!("it has {}", in_backticks(known.iter().copied()));
                let report = error(codes::UNKNOWN_FUNCTION, name.span, text);
                self.report(suggest(report, &name.node, name.span, known, help));
            }
            return builtin;
        }
        let builtin = stdlib::lookup(&name.node);
        if builtin.is_some() {
            return builtin;
        }
        if matches!(name.node.as_str(), "emit" | "put") {
            let text = format!("`{}` is an effect, not a value", name.node);
            let help = "effects stand in `on accept { … }`, `on reject { … }` or `on escalate { … }` of a policy";
            self.report(error(codes::MISPLACED, name.span, text).help(help));
            return None;
        }
        let report = error(
            codes::UNKNOWN_FUNCTION,
            name.span,
            format!("unknown function `{}`", name.node),
        );
        let declared = self
            .bundle
            .function_order
            .iter()
            .map(|f| f.name.node.as_str());
        let known = declared.chain(stdlib::TABLE.iter().map(|e| e.name));
        let help = "declare it with `fn`, or use one of the standard library (docs/language.md)";
        self.report(suggest(report, &name.node, name.span, known, help));
        None
    }

    fn user_call(
        &mut self,
        key: &'a str,
        function: &'a ast::FnDecl,
        args: &'a [ast::Expr],
        span: Span,
    ) -> Expr {
        let Some(id) = self.function(key, function, span) else {
            return error_expr();
        };
        let Some(made) = self.functions.get(id.0 as usize) else {
            return error_expr();
        };
        let params: Vec<Type> = made
            .locals
            .iter()
            .take(made.params as usize)
            .cloned()
            .collect();
        let ret = made.ret.clone();
        if params.len() != args.len() {
            let text = format!(
                "`{key}` takes {} arguments, found {}",
                params.len(),
                args.len()
            );
            let names = in_backticks(function.params.iter().map(|p| p.name.node.as_str()));
            let report =
                error(codes::ARGUMENTS, span, text).help(format!("its parameters are {names}"));
            return self.fail(report.at(function.name.span, "declared here"));
        }
        let pairs = args.iter().zip(&params);
        let args: Vec<Expr> = pairs.map(|(arg, ty)| self.check(arg, ty)).collect();
        if args.iter().any(|arg| arg.ty == Type::Error) {
            return error_expr();
        }
        let function = id;
        expr(ExprKind::Call { function, args }, ret)
    }

    /// The function of the program, checked on first use. `None` when it is broken.
    pub(super) fn function(
        &mut self,
        key: &'a str,
        function: &'a ast::FnDecl,
        at: Span,
    ) -> Option<FuncId> {
        match self.function_states.get(key) {
            Some(FunctionState::Done(id)) => return Some(*id),
            Some(FunctionState::Broken) => return None,
            Some(FunctionState::InProgress) => {
                let start = self.calling.iter().position(|n| *n == key).unwrap_or(0);
                let mut path: Vec<&str> = self.calling.iter().skip(start).copied().collect();
                path.push(key);
                let text = format!("`{key}` calls itself: {}", path.join(" → "));
                let help =
                    "functions do not recurse, so that every program ends: use a loop over a list";
                self.report(error(codes::CYCLE, at, text).help(help));
                return None;
            }
            None => {}
        }
        self.function_states.insert(key, FunctionState::InProgress);
        self.calling.push(key);
        let frame = std::mem::take(&mut self.frame);
        let made = self.function_body(function);
        self.frame = frame;
        self.calling.pop();
        let state = match made {
            Some(made) => {
                self.functions.push(made);
                FunctionState::Done(FuncId(length(&self.functions) - 1))
            }
            None => FunctionState::Broken,
        };
        self.function_states.insert(key, state.clone());
        match state {
            FunctionState::Done(id) => Some(id),
            _ => None,
        }
    }

    fn function_body(&mut self, function: &'a ast::FnDecl) -> Option<Function> {
        self.frame = Frame::default();
        let mut broken = false;
        for param in &function.params {
            let ty = self.type_of(&param.ty);
            broken |= ty == Type::Error;
            if self.lookup(&param.name.node).is_some() {
                let text = format!("the parameter `{}` is declared twice", param.name.node);
                self.report(
                    error(codes::DUPLICATE, param.name.span, text).help("rename one of the two"),
                );
            }
            // Parameters are the first locals, whatever their types.
            let local = self.new_local(&ty);
            self.bind(&param.name.node, Binding::Local(local, ty));
        }
        let ret = self.type_of(&function.ret);
        let mut lets = Vec::new();
        for decl in &function.lets {
            let value = self.let_value(decl);
            broken |= value.ty == Type::Error;
            if let Some(local) = self.bind_let(&decl.name.node, &value) {
                lets.push((local, value));
            }
        }
        let mut body = self.check(&function.body, &ret);
        if broken || body.ty == Type::Error || ret == Type::Error {
            return None;
        }
        for (local, value) in lets.into_iter().rev() {
            body = super::unit::let_expr(local, value, body);
        }
        Some(Function {
            name: function.name.node.as_str().into(),
            params: length(&function.params),
            locals: std::mem::take(&mut self.frame.locals),
            ret,
            body,
        })
    }

    fn builtin_call(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        let Some(first) = args.first() else {
            return self.now(span);
        };
        let made = match builtin {
            Builtin::Len | Builtin::IsEmpty => self.len(builtin, first, span),
            Builtin::Abs => self.abs(first, span, want),
            Builtin::Min | Builtin::Max => self.min_max(builtin, args, span, want),
            Builtin::Clamp | Builtin::Between => self.within(builtin, args, span, want),
            Builtin::StartsWith | Builtin::EndsWith => self.affix(builtin, args, span),
            Builtin::Contains => self.contains(args, span),
            Builtin::IsSome | Builtin::IsNone => self.option_test(builtin, first),
            Builtin::ToDecimal | Builtin::ToNumber | Builtin::ToInt => {
                self.convert(builtin, first, span)
            }
            Builtin::Seconds => {
                let value = self.check(first, &Type::Duration);
                let value =
                    self.coerce(retype_unless_error(value, Type::Int), &Type::Decimal, span);
                let billion = expr(
                    ExprKind::Wide(crate::decimal::from_int(1_000_000_000)),
                    Type::Decimal,
                );
                self.binary(BinaryOp::DivWide, value, billion, Type::Decimal, span)
            }
            Builtin::Amount => {
                let value = self.expr(first, None);
                match &value.ty {
                    Type::Money(_) => retype(value, Type::Decimal),
                    _ => self.wrong_argument(value, "an amount of money", first.span),
                }
            }
            Builtin::Now => self.now(span),
            Builtin::Resolves => self.did_fact(FactKind::ResolveDid, first, span),
            Builtin::HasCredential => self.credential(args, span),
            Builtin::Delegates => self.did_fact(FactKind::Delegates, first, span),
            Builtin::ActsFor => self.acts_for(args, span),
            Builtin::Balance => self.text_fact(FactKind::Balance, args, span),
            Builtin::Verified => {
                let subject = self.did_argument(first);
                let pattern =
                    self.text_constant("did:erynoa:credential:identity:**", Type::Pattern);
                self.fact(FactKind::HasCredential, vec![subject, pattern], span)
            }
            Builtin::TrustOf => self.did_fact(FactKind::Trust, first, span),
            Builtin::Karma => self.did_fact(FactKind::Karma, first, span),
            Builtin::Norm => self.norm(args, span),
            Builtin::Weighted => self.weighted_call(args, span),
            Builtin::Weakest => self.weakest(first, span),
            Builtin::Combine => self.trust_pair(BinaryOp::TrustCombine, Type::Trust, args, span),
            Builtin::Chain => self.trust_pair(BinaryOp::TrustChain, Type::Trust, args, span),
            Builtin::Distance => self.trust_pair(BinaryOp::TrustDistance, Type::Number, args, span),
            Builtin::Above => self.above(args, span),
            Builtin::Vector => self.vector(args, span),
            Builtin::WithinBudget
            | Builtin::Cost
            | Builtin::Midpoint
            | Builtin::Concession
            | Builtin::Acceptable => self.agent(builtin, args, span),
            Builtin::Resolve => self.resolve(first, span),
            Builtin::Conforms => {
                let value = self.check(first, &Type::Attributes);
                let schema = match args.get(1) {
                    Some(schema) => self.expr(schema, Some(&Type::Attributes)),
                    None => error_expr(),
                };
                self.conforms_fact(value, schema, span)
            }
            Builtin::ActiveSessions => self.did_fact(FactKind::ActiveSessions, first, span),
            Builtin::NoActiveSessions => {
                let sessions = self.did_fact(FactKind::ActiveSessions, first, span);
                let zero = expr(ExprKind::Int(0), Type::Int);
                self.binary(BinaryOp::EqWord, sessions, zero, Type::Bool, span)
            }
            Builtin::CanTransition => self.can_transition(args, span),
            Builtin::RealmTrust => self.text_fact(FactKind::RealmTrust, args, span),
            Builtin::MayEnter => {
                let trust = self.text_fact(FactKind::RealmTrust, args, span);
                let norm = self.unary(UnaryOp::TrustNorm, trust, Type::Number, span);
                let threshold = self.argument(args, 2, &Type::Number);
                self.binary(BinaryOp::GeNumber, norm, threshold, Type::Bool, span)
            }
            Builtin::StoreGet => self.store_get(args, span),
            Builtin::HostWithin => self.host_within(args, span),
            Builtin::PathWithin => self.path_within(args, span),
        };
        if made.ty == Type::Error {
            error_expr()
        } else {
            made
        }
    }

    fn argument(&mut self, args: &'a [ast::Expr], index: usize, ty: &Type) -> Expr {
        match args.get(index) {
            Some(arg) => self.check(arg, ty),
            None => error_expr(),
        }
    }

    fn wrong_argument(&mut self, found: Expr, wanted: &str, span: Span) -> Expr {
        if found.ty == Type::Error {
            return found;
        }
        let text = format!("expected {wanted}, found {}", self.show(&found.ty));
        let (code, help) = match found.ty {
            Type::Option(_) => (
                codes::MAYBE_NONE,
                "this may be none: say what holds then, as in `(x else 0)`",
            ),
            _ => (
                codes::MISMATCH,
                "docs/language.md lists what each function takes",
            ),
        };
        self.fail(error(code, span, text).help(help))
    }

    fn did_argument(&mut self, arg: &'a ast::Expr) -> Expr {
        let made = self.expr(arg, Some(&Type::Did));
        self.did_of(made, arg.span)
    }

    fn did_fact(&mut self, kind: FactKind, arg: &'a ast::Expr, span: Span) -> Expr {
        let did = self.did_argument(arg);
        self.fact(kind, vec![did], span)
    }

    /// A fact about a did and a text.
    fn text_fact(&mut self, kind: FactKind, args: &'a [ast::Expr], span: Span) -> Expr {
        let did = match args.first() {
            Some(arg) => self.did_argument(arg),
            None => error_expr(),
        };
        let text = self.text_argument(args, 1);
        self.fact(kind, vec![did, text], span)
    }

    /// A string or did, of any bound.
    fn text_argument(&mut self, args: &'a [ast::Expr], index: usize) -> Expr {
        let Some(arg) = args.get(index) else {
            return error_expr();
        };
        let made = self.expr(arg, None);
        match made.ty {
            Type::String(_) | Type::Did => made,
            _ => self.wrong_argument(made, "a string", arg.span),
        }
    }

    fn credential(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let subject = match args.first() {
            Some(arg) => self.did_argument(arg),
            None => error_expr(),
        };
        let pattern = self.argument(args, 1, &Type::Pattern);
        self.fact(FactKind::HasCredential, vec![subject, pattern], span)
    }

    fn acts_for(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let dids: Vec<Expr> = args.iter().map(|arg| self.did_argument(arg)).collect();
        let [actor, owner] = dids.as_slice() else {
            return error_expr();
        };
        if actor.ty == Type::Error || owner.ty == Type::Error {
            return error_expr();
        }
        let (a_local, a_value, actor) = self.keep(actor.clone());
        let (o_local, o_value, owner) = self.keep(owner.clone());
        let same = self.binary(
            BinaryOp::EqWord,
            actor.clone(),
            owner.clone(),
            Type::Bool,
            span,
        );
        let delegates = self.fact(FactKind::Delegates, vec![owner], span);
        let listed = self.is_in(actor, delegates, span);
        let made = self.kept(o_local, o_value, or(same, listed));
        self.kept(a_local, a_value, made)
    }

    fn len(&mut self, builtin: Builtin, arg: &'a ast::Expr, span: Span) -> Expr {
        let value = self.expr(arg, None);
        let op = match &value.ty {
            Type::List(..) => UnaryOp::ListLength,
            ty if ty.is_text() => UnaryOp::TextLength,
            _ => return self.wrong_argument(value, "a text or a list", arg.span),
        };
        let len = self.unary(op, value, Type::Int, span);
        if builtin == Builtin::Len {
            return len;
        }
        let zero = expr(ExprKind::Int(0), Type::Int);
        self.binary(BinaryOp::EqWord, len, zero, Type::Bool, span)
    }

    fn abs(&mut self, arg: &'a ast::Expr, span: Span, want: Option<&Type>) -> Expr {
        let value = self.expr(arg, want);
        let (neg, less, zero) = match &value.ty {
            Type::Int | Type::Duration => (UnaryOp::NegInt, BinaryOp::LtInt, ExprKind::Int(0)),
            Type::Number => (
                UnaryOp::NegNumber,
                BinaryOp::LtNumber,
                ExprKind::Number(0.0),
            ),
            Type::Decimal | Type::Money(_) | Type::Quantity(_) => {
                (UnaryOp::NegWide, BinaryOp::LtWide, ExprKind::Wide(0))
            }
            _ => {
                return self.wrong_argument(
                    value,
                    "a number, an amount, a quantity or a duration",
                    arg.span,
                );
            }
        };
        let ty = value.ty.clone();
        let (local, kept, value) = self.keep(value);
        let zero = expr(zero, ty.clone());
        let negative = self.binary(less, value.clone(), zero, Type::Bool, span);
        let made = match negative.kind {
            // The other branch of a constant is not computed: it may have no value.
            ExprKind::Bool(false) => value,
            _ => {
                let positive = self.unary(neg, value.clone(), ty.clone(), span);
                if_expr(negative, positive, value, ty)
            }
        };
        self.kept(local, kept, made)
    }

    /// Arguments of one type with an order.
    fn ordered(&mut self, args: &'a [ast::Expr], want: Option<&Type>) -> Option<(Type, Vec<Expr>)> {
        let sources: Vec<&'a ast::Expr> = args.iter().collect();
        let (ty, values) = self.values_of_one_type(&sources, want)?;
        let fine = matches!(
            ty,
            Type::Int
                | Type::Number
                | Type::Decimal
                | Type::Money(_)
                | Type::Quantity(_)
                | Type::Duration
                | Type::Instant
        );
        if !fine {
            let first = args.first()?;
            let value = values.into_iter().next()?;
            self.wrong_argument(value, "values with an order", first.span);
            return None;
        }
        Some((ty, values))
    }

    fn min_max(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        let Some((ty, values)) = self.ordered(args, want) else {
            return error_expr();
        };
        let op = extreme(&ty, builtin == Builtin::Min);
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(a), Some(b)) => self.binary(op, a, b, ty, span),
            _ => error_expr(),
        }
    }

    fn within(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        let want = if builtin == Builtin::Clamp {
            want
        } else {
            None
        };
        let Some((ty, values)) = self.ordered(args, want) else {
            return error_expr();
        };
        let Ok([value, low, high]) = <[Expr; 3]>::try_from(values) else {
            return error_expr();
        };
        if builtin == Builtin::Clamp {
            let raised = self.binary(extreme(&ty, false), value, low, ty.clone(), span);
            return self.binary(extreme(&ty, true), raised, high, ty, span);
        }
        let (local, kept, value) = self.keep(value);
        let above = self.compare(ast::CompareOp::Ge, value.clone(), low, span);
        let below = self.compare(ast::CompareOp::Le, value, high, span);
        if above.ty == Type::Error || below.ty == Type::Error {
            return error_expr();
        }
        self.kept(local, kept, and(above, below))
    }

    fn affix(&mut self, builtin: Builtin, args: &'a [ast::Expr], span: Span) -> Expr {
        let text = self.text_argument(args, 0);
        let part = self.text_argument(args, 1);
        let op = if builtin == Builtin::StartsWith {
            BinaryOp::StartsWith
        } else {
            BinaryOp::EndsWith
        };
        self.binary(op, text, part, Type::Bool, span)
    }

    fn contains(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let [first, second] = args else {
            return error_expr();
        };
        let list = self.expr(first, None);
        match &list.ty {
            Type::List(..) => {
                let want = element(&list.ty).cloned();
                let item = self.expr(second, want.as_ref());
                self.is_in(item, list, span)
            }
            Type::String(_) | Type::Did => {
                let part = self.text_argument(args, 1);
                self.binary(BinaryOp::Contains, list, part, Type::Bool, span)
            }
            _ => self.wrong_argument(list, "a text or a list", first.span),
        }
    }

    fn option_test(&mut self, builtin: Builtin, arg: &'a ast::Expr) -> Expr {
        let value = self.expr(arg, None);
        if !matches!(value.ty, Type::Option(_)) {
            return self.wrong_argument(value, "an option", arg.span);
        }
        let some = self.is_some(value);
        if builtin == Builtin::IsSome {
            some
        } else {
            not(some)
        }
    }

    fn convert(&mut self, builtin: Builtin, arg: &'a ast::Expr, span: Span) -> Expr {
        let value = self.expr(arg, None);
        match (builtin, &value.ty) {
            (Builtin::ToDecimal, Type::Decimal)
            | (Builtin::ToNumber, Type::Number)
            | (Builtin::ToInt, Type::Int) => value,
            (Builtin::ToDecimal, Type::Int) => self.coerce(value, &Type::Decimal, span),
            (Builtin::ToDecimal, Type::Number) => {
                self.unary(UnaryOp::NumberToDecimal, value, Type::Decimal, span)
            }
            (Builtin::ToNumber, Type::Int) => self.coerce(value, &Type::Number, span),
            (Builtin::ToNumber, Type::Decimal) => {
                self.unary(UnaryOp::DecimalToNumber, value, Type::Number, span)
            }
            (Builtin::ToInt, Type::Decimal) => {
                self.unary(UnaryOp::DecimalToInt, value, Type::Int, span)
            }
            (Builtin::ToInt, Type::Number) => {
                let exact = self.unary(UnaryOp::NumberToDecimal, value, Type::Decimal, span);
                self.unary(UnaryOp::DecimalToInt, exact, Type::Int, span)
            }
            _ => self.wrong_argument(value, "an int, a decimal or a number", arg.span),
        }
    }

    /// The time of the evaluation: an input.
    fn now(&mut self, span: Span) -> Expr {
        if let Some(Binding::Input(offset, Type::Instant)) = self.input_binding("now") {
            return expr(ExprKind::Input(offset), Type::Instant);
        }
        let records = self
            .frame
            .scope
            .iter()
            .filter_map(|(_, binding)| match binding {
                Binding::Input(offset, Type::Record(id)) => Some((*offset, *id)),
                _ => None,
            });
        for (offset, id) in records {
            if let Some(field) = self.field(id, "current_time")
                && field.ty == Type::Instant
            {
                return expr(ExprKind::Input(offset + field.offset), Type::Instant);
            }
        }
        let report = error(codes::UNKNOWN_NAME, span, "the input has no time");
        self.fail(report.help("add `now: instant` to the input: a policy reads no clock"))
    }

    fn input_binding(&self, name: &str) -> Option<Binding> {
        self.lookup(name).cloned()
    }

    fn trust_argument(&mut self, arg: &'a ast::Expr) -> Expr {
        let value = self.expr(arg, Some(&Type::Trust));
        match value.ty {
            Type::Trust => value,
            Type::Did => {
                let text = "expected trust, found did";
                let help = "ask for its trust vector: `trust(did)`";
                self.fail(error(codes::MISMATCH, arg.span, text).help(help))
            }
            _ => self.wrong_argument(value, "trust", arg.span),
        }
    }

    fn norm(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let Some(first) = args.first() else {
            return error_expr();
        };
        let trust = self.trust_argument(first);
        let Some(context) = args.get(1) else {
            return self.unary(UnaryOp::TrustNorm, trust, Type::Number, span);
        };
        let Ast::Str(name) = &bare(context).kind else {
            let text = "the context of `norm` is written as a text";
            let help = format!(
                "write one of {}",
                in_backticks(CONTEXTS.map(|(name, _)| name))
            );
            return self.fail(error(codes::NOT_CONSTANT, context.span, text).help(help));
        };
        let Some((_, weights)) = CONTEXTS.iter().find(|(n, _)| n == name) else {
            let text = format!("unknown trust context `{name}`");
            let names = CONTEXTS.map(|(name, _)| name);
            let help = format!("the contexts are {}", in_backticks(names));
            let report = error(codes::UNKNOWN_REFERENCE, context.span, text);
            return self.fail(suggest(report, name, context.span, names, help));
        };
        let weights = weights.map(|w| expr(ExprKind::Number(w), Type::Number));
        self.weighted(trust, weights.to_vec(), span)
    }

    fn weighted_call(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let Some((first, rest)) = args.split_first() else {
            return error_expr();
        };
        let trust = self.trust_argument(first);
        let weights = rest.iter().map(|w| self.check(w, &Type::Number)).collect();
        self.weighted(trust, weights, span)
    }

    /// Σ wᵢ·tᵢ / Σ wᵢ
    fn weighted(&mut self, trust: Expr, weights: Vec<Expr>, span: Span) -> Expr {
        if trust.ty == Type::Error || weights.iter().any(|w| w.ty == Type::Error) {
            return error_expr();
        }
        let (local, value, trust) = self.keep(trust);
        let mut products: Option<Expr> = None;
        let mut total: Option<Expr> = None;
        let mut kept = Vec::new();
        for (i, weight) in (0..).zip(weights) {
            let (weight_local, weight_value, weight) = self.keep(weight);
            kept.push((weight_local, weight_value));
            let dimension = self.load(trust.clone(), i * WORD, Type::Number);
            let product = self.binary(
                BinaryOp::MulNumber,
                dimension,
                weight.clone(),
                Type::Number,
                span,
            );
            products = Some(match products {
                None => product,
                Some(sum) => self.binary(BinaryOp::AddNumber, sum, product, Type::Number, span),
            });
            total = Some(match total {
                None => weight,
                Some(sum) => self.binary(BinaryOp::AddNumber, sum, weight, Type::Number, span),
            });
        }
        let (Some(products), Some(total)) = (products, total) else {
            return error_expr();
        };
        let mut made = self.binary(BinaryOp::DivNumber, products, total, Type::Number, span);
        for (local, value) in kept.into_iter().rev() {
            made = self.kept(local, value, made);
        }
        self.kept(local, value, made)
    }

    fn weakest(&mut self, arg: &'a ast::Expr, span: Span) -> Expr {
        let trust = self.trust_argument(arg);
        if trust.ty == Type::Error {
            return trust;
        }
        let (local, value, trust) = self.keep(trust);
        let mut least = self.load(trust.clone(), 0, Type::Number);
        for i in 1..6 {
            let next = self.load(trust.clone(), i * WORD, Type::Number);
            least = self.binary(BinaryOp::MinNumber, least, next, Type::Number, span);
        }
        self.kept(local, value, least)
    }

    fn trust_pair(&mut self, op: BinaryOp, ty: Type, args: &'a [ast::Expr], span: Span) -> Expr {
        let [a, b] = args else {
            return error_expr();
        };
        let (a, b) = (self.trust_argument(a), self.trust_argument(b));
        self.binary(op, a, b, ty, span)
    }

    fn above(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let Some(first) = args.first() else {
            return error_expr();
        };
        let value = self.expr(first, Some(&Type::Did));
        let trust = match &value.ty {
            Type::Trust | Type::Error => value,
            Type::Did => self.fact(FactKind::Trust, vec![value], span),
            _ => self.wrong_argument(value, "a did or trust", first.span),
        };
        let norm = self.unary(UnaryOp::TrustNorm, trust, Type::Number, span);
        let threshold = self.argument(args, 1, &Type::Number);
        self.binary(BinaryOp::GeNumber, norm, threshold, Type::Bool, span)
    }

    fn vector(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let mut words = Vec::new();
        let mut fields = Vec::new();
        for (i, arg) in (0..).zip(args) {
            let value = self.check(arg, &Type::Number);
            if value.ty == Type::Error {
                return value;
            }
            let number = |n: f64| expr(ExprKind::Number(n), Type::Number);
            let value = match value.kind {
                ExprKind::Number(n) => number(n.clamp(0.0, 1.0)),
                _ => {
                    let raised =
                        self.binary(BinaryOp::MaxNumber, value, number(0.0), Type::Number, span);
                    self.binary(BinaryOp::MinNumber, raised, number(1.0), Type::Number, span)
                }
            };
            self.words_of(&value, &mut words);
            fields.push((i * WORD, value));
        }
        if words.len() == fields.len() {
            return expr(ExprKind::Const(self.pool.words(&words)), Type::Trust);
        }
        expr(ExprKind::Record { fields }, Type::Trust)
    }

    fn agent(&mut self, builtin: Builtin, args: &'a [ast::Expr], span: Span) -> Expr {
        let Some(first) = args.first() else {
            return error_expr();
        };
        let a = self.expr(first, None);
        if !matches!(a.ty, Type::Money(_)) {
            return self.wrong_argument(a, "an amount of money", first.span);
        }
        let money = a.ty.clone();
        if builtin == Builtin::Cost {
            let amount = self.argument(args, 1, &Type::Decimal);
            return self.binary(BinaryOp::MulWide, a, amount, money, span);
        }
        let b = self.argument(args, 1, &money);
        match builtin {
            Builtin::WithinBudget => self.binary(BinaryOp::LeWide, a, b, Type::Bool, span),
            Builtin::Midpoint => {
                let sum = self.binary(BinaryOp::AddWide, a, b, money.clone(), span);
                let two = expr(ExprKind::Wide(2 * crate::decimal::ONE), Type::Decimal);
                self.binary(BinaryOp::DivWide, sum, two, money, span)
            }
            Builtin::Concession => {
                let (local, value, first) = self.keep(a);
                let gap = self.binary(BinaryOp::SubWide, first.clone(), b, money, span);
                let part = self.binary(BinaryOp::DivWide, gap, first, Type::Decimal, span);
                self.kept(local, value, part)
            }
            _ => {
                let tolerance = self.argument(args, 2, &Type::Decimal);
                let (local, value, target) = self.keep(b);
                let more = self.binary(
                    BinaryOp::MulWide,
                    target.clone(),
                    tolerance,
                    money.clone(),
                    span,
                );
                let most = self.binary(BinaryOp::AddWide, target, more, money, span);
                let made = self.binary(BinaryOp::LeWide, a, most, Type::Bool, span);
                self.kept(local, value, made)
            }
        }
    }

    fn resolve(&mut self, arg: &'a ast::Expr, span: Span) -> Expr {
        let did = self.did_argument(arg);
        if did.ty == Type::Error {
            return did;
        }
        let (local, value, did) = self.keep(did);
        let attributes = self.fact(FactKind::Blueprint, vec![did.clone()], span);
        let ty = self.blueprint_value();
        let fields = vec![(0, did), (WORD, attributes)];
        let made = expr_at(ExprKind::Record { fields }, ty, PointId(0));
        self.kept(local, value, made)
    }

    fn can_transition(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        const LIFE: [(&str, &[&str]); 4] = [
            ("Pending", &["Activate"]),
            ("Active", &["Deactivate", "Suspend", "Transfer"]),
            ("Inactive", &["Activate", "Archive"]),
            ("Suspended", &["Resume", "Archive"]),
        ];
        let (Some(status_type), Some(transition_type)) = (
            self.built_in_type("AmoStatus"),
            self.built_in_type("Transition"),
        ) else {
            return error_expr();
        };
        let status = self.argument(args, 0, &status_type);
        let transition = self.argument(args, 1, &transition_type);
        let (Type::Enum(status_id), Type::Enum(transition_id)) = (&status.ty, &transition.ty)
        else {
            return error_expr();
        };
        let (status_id, transition_id) = (*status_id, *transition_id);
        let (s_local, s_value, status) = self.keep(status);
        let (t_local, t_value, transition) = self.keep(transition);
        let mut any = bool_expr(false);
        for (from, by) in LIFE {
            let case = self.case(status_id, from, span);
            let from = self.binary(BinaryOp::EqWord, status.clone(), case, Type::Bool, span);
            let mut one = bool_expr(false);
            for name in by {
                let case = self.case(transition_id, name, span);
                let equal =
                    self.binary(BinaryOp::EqWord, transition.clone(), case, Type::Bool, span);
                one = or(one, equal);
            }
            any = or(any, and(from, one));
        }
        let made = self.kept(t_local, t_value, any);
        self.kept(s_local, s_value, made)
    }

    fn store_get(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let store = self.text_argument(args, 0);
        let key = self.text_argument(args, 1);
        self.fact(FactKind::StoreGet, vec![store, key], span)
    }

    /// A text that must be written as a literal.
    fn literal_argument(&mut self, args: &'a [ast::Expr], index: usize) -> Option<String> {
        let arg = args.get(index)?;
        if let Ast::Str(text) = &bare(arg).kind {
            return Some(text.clone());
        }
        let made = self.expr(arg, None);
        if let (ExprKind::Text(handle), true) = (&made.kind, made.ty.is_text()) {
            return Some(self.pool.get(*handle).to_owned());
        }
        if made.ty != Type::Error {
            let text = "this text must be known when the program is compiled";
            let help = "write it as a literal, or give it a name with `let`";
            self.report(error(codes::NOT_CONSTANT, arg.span, text).help(help));
        }
        None
    }

    fn host_within(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let host = self.text_argument(args, 0);
        let Some(domain) = self.literal_argument(args, 1) else {
            return error_expr();
        };
        if host.ty == Type::Error {
            return host;
        }
        let (local, value, host) = self.keep(host);
        let exact = self.text_constant(&domain, Type::String(length(domain.as_bytes())));
        let below = format!(".{domain}");
        let below = self.text_constant(&below, Type::String(length(below.as_bytes())));
        let same = self.binary(BinaryOp::EqWord, host.clone(), exact, Type::Bool, span);
        let under = self.binary(BinaryOp::EndsWith, host, below, Type::Bool, span);
        self.kept(local, value, or(same, under))
    }

    fn path_within(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let path = self.text_argument(args, 0);
        let Some(folder) = self.literal_argument(args, 1) else {
            return error_expr();
        };
        if path.ty == Type::Error {
            return path;
        }
        let (local, value, path) = self.keep(path);
        let folder = folder.trim_end_matches('/');
        let exact = self.text_constant(folder, Type::String(length(folder.as_bytes())));
        let below = format!("{folder}/");
        let below = self.text_constant(&below, Type::String(length(below.as_bytes())));
        let up = self.text_constant("/..", Type::String(3));
        let same = self.binary(BinaryOp::EqWord, path.clone(), exact, Type::Bool, span);
        let under = self.binary(BinaryOp::StartsWith, path.clone(), below, Type::Bool, span);
        // A segment that begins with two dots and is not `..` is refused as well: rather too much than too little.
        let climbs = self.binary(BinaryOp::Contains, path, up, Type::Bool, span);
        self.kept(local, value, or(same, and(under, not(climbs))))
    }
}

fn retype_unless_error(e: Expr, ty: Type) -> Expr {
    if e.ty == Type::Error {
        e
    } else {
        retype(e, ty)
    }
}

/// The operator for the smaller or the larger of two values.
fn extreme(ty: &Type, smaller: bool) -> BinaryOp {
    match (ty, smaller) {
        (Type::Number, true) => BinaryOp::MinNumber,
        (Type::Number, false) => BinaryOp::MaxNumber,
        (Type::Int | Type::Duration | Type::Instant, true) => BinaryOp::MinInt,
        (Type::Int | Type::Duration | Type::Instant, false) => BinaryOp::MaxInt,
        (_, true) => BinaryOp::MinWide,
        (_, false) => BinaryOp::MaxWide,
    }
}
