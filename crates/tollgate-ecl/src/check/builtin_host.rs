//! Built-in functions about dids, objects, prices, realms, hosts and paths.

use crate::check::stdlib::Builtin;
use crate::codes::check as codes;
use crate::data::types::{Type, WORD};
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind, PointId};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::report::error;
use super::unit::{Unit, and, bare, bool_expr, error_expr, expr, expr_at, length, not, or};

impl<'a> Unit<'a, '_> {
    pub(super) fn did_fact(&mut self, kind: FactKind, arg: &'a ast::Expr, span: Span) -> Expr {
        let did = self.did_argument(arg);
        self.fact(kind, vec![did], span)
    }

    /// A fact about a did and a text.
    pub(super) fn text_fact(&mut self, kind: FactKind, args: &'a [ast::Expr], span: Span) -> Expr {
        let did = match args.first() {
            Some(arg) => self.did_argument(arg),
            None => error_expr(),
        };
        let text = self.text_argument(args, 1);
        self.fact(kind, vec![did, text], span)
    }

    pub(super) fn credential(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let subject = match args.first() {
            Some(arg) => self.did_argument(arg),
            None => error_expr(),
        };
        let pattern = self.argument(args, 1, &Type::Pattern);
        self.fact(FactKind::HasCredential, vec![subject, pattern], span)
    }

    pub(super) fn acts_for(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
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

    pub(super) fn agent(&mut self, builtin: Builtin, args: &'a [ast::Expr], span: Span) -> Expr {
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
                let two = expr(ExprKind::Wide(2 * crate::data::decimal::ONE), Type::Decimal);
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

    pub(super) fn resolve(&mut self, arg: &'a ast::Expr, span: Span) -> Expr {
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

    pub(super) fn can_transition(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
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

    pub(super) fn store_get(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let store = self.text_argument(args, 0);
        let key = self.text_argument(args, 1);
        self.fact(FactKind::StoreGet, vec![store, key], span)
    }

    /// A text that must be written as a literal.
    pub(super) fn literal_argument(
        &mut self,
        args: &'a [ast::Expr],
        index: usize,
        example: &str,
    ) -> Option<String> {
        let arg = args.get(index)?;
        if let Ast::Str(text) = &bare(arg).kind {
            return Some(text.clone());
        }
        let made = self.expr(arg, None);
        if let (ExprKind::Text(handle), true) = (&made.kind, made.ty.is_text()) {
            return Some(self.pool.get(*handle).to_owned());
        }
        if made.ty != Type::Error && !made.ty.is_text() {
            let text = format!("expected a text, found {}", self.show(&made.ty));
            let help = format!("write {example}");
            self.report(error(codes::MISMATCH, arg.span, text).help(help));
        } else if made.ty != Type::Error {
            let text = "this text must be known when the program is compiled";
            let help = format!("write {example}, or the name of a `let` with such a text");
            self.report(error(codes::NOT_CONSTANT, arg.span, text).help(help));
        }
        None
    }

    pub(super) fn host_within(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let host = self.text_argument(args, 0);
        let Some(domain) =
            self.literal_argument(args, 1, "the domain in quotes: `\"example.com\"`")
        else {
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

    pub(super) fn path_within(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let path = self.text_argument(args, 0);
        let Some(folder) = self.literal_argument(args, 1, "an absolute path in quotes: `\"/api\"`")
        else {
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
