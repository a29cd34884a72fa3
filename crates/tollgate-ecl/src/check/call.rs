//! Calls: user functions, and built-in functions, which are written out in place.

use crate::check::stdlib::{self, Builtin, Module};
use crate::codes::check as codes;
use crate::data::said::Form;
use crate::data::types::Type;
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind, Function, Making, UnaryOp};
use crate::limits::BODY_NESTING_MAX;
use crate::span::Span;
use crate::syntax::ast;

use super::literal::in_backticks;
use super::maps::Column;
use super::net::{ASK_WITH_IN, is_net};
use super::ops::retype;
use super::report::{error, suggest};
use super::unit::{Binding, Frame, Site, Unit, error_expr, expr, length};

impl<'a> Unit<'a, '_> {
    /// `f(a, b)`, `module.f(a, b)`
    pub(super) fn call(
        &mut self,
        module: Option<&'a ast::Ident>,
        name: &'a ast::Ident,
        args: &'a [ast::Expr],
        site: Site<'_>,
    ) -> Expr {
        let span = site.span;
        if module.is_none()
            && let Some((key, function)) = self.bundle.functions.get_key_value(name.node.as_str())
        {
            let (key, function) = (*key, *function);
            return self.user_call(key, function, args, span);
        }
        if module.is_none() && matches!(name.node.as_str(), "emit" | "put") {
            return self.new_effect(name, args, span);
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
        self.builtin_call(builtin, args, site)
    }

    pub(super) fn builtin(
        &mut self,
        module: Option<&ast::Ident>,
        name: &ast::Ident,
    ) -> Option<Builtin> {
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
        let report = error(
            codes::UNKNOWN_FUNCTION,
            name.span,
            format!("unknown function `{}`", name.node),
        );
        if let Some(text) = written_in_quotes(&name.node) {
            let help = format!(
                "`{}` is a type: a text in quotes is a value of it where one is wanted, as in `{text}`",
                name.node
            );
            self.report(report.help(help));
            return None;
        }
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

    pub(super) fn user_call(
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

    pub(super) fn function_body(&mut self, function: &'a ast::FnDecl) -> Option<Function> {
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
            if lets.len() > BODY_NESTING_MAX {
                let text = format!(
                    "the function `{}` has more than {BODY_NESTING_MAX} `let`s",
                    function.name.node
                );
                let help = "put some of them into a function of their own";
                self.report(error(codes::TOO_DEEP, decl.span, text).help(help));
                return None;
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

    pub(super) fn builtin_call(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        site: Site<'_>,
    ) -> Expr {
        let Site { span, .. } = site;
        let Some(first) = args.first() else {
            return self.now(span);
        };
        let made = match builtin {
            Builtin::Len | Builtin::IsEmpty => self.len(builtin, first, span),
            Builtin::Abs => self.abs(first, site),
            Builtin::Min | Builtin::Max => self.min_max(builtin, args, site),
            Builtin::Clamp | Builtin::Between => self.within(builtin, args, site),
            Builtin::StartsWith | Builtin::EndsWith => self.affix(builtin, args, span),
            Builtin::Contains => self.contains(args, span),
            Builtin::IsSubset | Builtin::Overlaps | Builtin::Intersection | Builtin::Difference => {
                self.set_operation(builtin, args, site)
            }
            Builtin::IsIpv4
            | Builtin::IsLoopback
            | Builtin::IsPrivate
            | Builtin::IsLinkLocal
            | Builtin::IsMulticast => self.kind_of_address(builtin, first, span),
            Builtin::Keys => self.column(first, Column::Keys),
            Builtin::Values => self.column(first, Column::Values),
            Builtin::IsSome | Builtin::IsNone => self.option_test(builtin, first),
            Builtin::ToDecimal | Builtin::ToNumber | Builtin::ToInt => {
                self.convert(builtin, first, span)
            }
            Builtin::ToDuration => self.said_by(Form::Duration, first, span),
            Builtin::ToQuantity => self.said_by(Form::Quantity, first, span),
            Builtin::Lower => self.made(Making::Lower, first, span),
            Builtin::Upper => self.made(Making::Upper, first, span),
            Builtin::Trim => self.made(Making::Trim, first, span),
            Builtin::Split => self.split(args, span),
            Builtin::Chars => self.characters(first, span),
            Builtin::Seconds => {
                let value = self.check(first, &Type::Duration);
                let value =
                    self.coerce(retype_unless_error(value, Type::Int), &Type::Decimal, span);
                let billion = expr(
                    ExprKind::Wide(crate::data::decimal::from_int(1_000_000_000)),
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

    pub(super) fn argument(&mut self, args: &'a [ast::Expr], index: usize, ty: &Type) -> Expr {
        match args.get(index) {
            Some(arg) => self.check(arg, ty),
            None => error_expr(),
        }
    }

    pub(super) fn wrong_argument(&mut self, found: Expr, wanted: &str, span: Span) -> Expr {
        if found.ty == Type::Error {
            return found;
        }
        let text = format!("expected {wanted}, found {}", self.show(&found.ty));
        if matches!(found.ty, Type::Option(_)) {
            return self.maybe_none(text, &found, span);
        }
        let help = "docs/language.md lists what each function takes";
        self.fail(error(codes::MISMATCH, span, text).help(help))
    }

    /// The same where a text is taken, which an address looks like.
    pub(super) fn wrong_text(&mut self, found: Expr, wanted: &str, span: Span) -> Expr {
        if !is_net(&found.ty) {
            return self.wrong_argument(found, wanted, span);
        }
        let text = format!("expected {wanted}, found {}", self.show(&found.ty));
        self.fail(error(codes::MISMATCH, span, text).help(ASK_WITH_IN))
    }

    pub(super) fn did_argument(&mut self, arg: &'a ast::Expr) -> Expr {
        let made = self.expr(arg, Some(&Type::Did));
        self.did_of(made, arg.span)
    }

    /// A string or did, of any bound.
    pub(super) fn text_argument(&mut self, args: &'a [ast::Expr], index: usize) -> Expr {
        let Some(arg) = args.get(index) else {
            return error_expr();
        };
        let made = self.expr(arg, None);
        self.as_text(made, arg.span)
    }

    /// A made argument that has to be a string or did.
    pub(super) fn as_text(&mut self, made: Expr, span: Span) -> Expr {
        match made.ty {
            Type::String(_) | Type::Did => made,
            _ => self.wrong_text(made, "a string", span),
        }
    }
}

/// How a value of a type is written that is a text in quotes.
fn written_in_quotes(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "ip" => "address == \"192.0.2.1\"",
        "cidr" => "address in \"192.0.2.0/24\"",
        "did" => "who == \"did:example:anna\"",
        "pattern" => "who matches \"did:example:*\"",
        "instant" => "at < \"2025-01-28T10:15:00Z\"",
        _ => return None,
    })
}

fn retype_unless_error(e: Expr, ty: Type) -> Expr {
    if e.ty == Type::Error {
        e
    } else {
        retype(e, ty)
    }
}
