//! Addresses and networks: literals, `in`, equality, and the built-in functions about them.

use crate::check::stdlib::Builtin;
use crate::codes::check as codes;
use crate::data::net::{Cidr, Ip, NetError};
use crate::data::types::{LIST_BOUND_MAX, Type, WORD};
use crate::ir::{BinaryOp, Expr, ExprKind, Handle, LoopKind};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::literal::payload;
use super::maps::member;
use super::report::error;
use super::unit::{
    Unit, and, bare, bool_expr, error_expr, expr, length, local_expr, loop_expr, or,
};

/// Offset of the last address of a network.
const LAST: u32 = Cidr::LAST * WORD;
/// Offset of the length of its prefix.
const PREFIX: u32 = Cidr::PREFIX * WORD;

/// Names of the fields of a network.
pub(super) const CIDR_FIELDS: [&str; 3] = ["first", "last", "prefix"];

/// The place and type of a field of a network.
pub(super) fn cidr_field(name: &str) -> Option<(u32, Type)> {
    Some(match name {
        "first" => (0, Type::Ip),
        "last" => (LAST, Type::Ip),
        "prefix" => (PREFIX, Type::Int),
        _ => return None,
    })
}

/// What an expression may be, through parentheses and branches. Literals there take a type from the context, unless one of the
/// others has its own, which decides for them.
fn outcomes<'e>(e: &'e ast::Expr, found: &mut Vec<&'e ast::Expr>) {
    match &bare(e).kind {
        Ast::If {
            then, otherwise, ..
        } => {
            outcomes(then, found);
            outcomes(otherwise, found);
        }
        Ast::Match { arms, .. } => arms.iter().for_each(|arm| outcomes(&arm.body, found)),
        Ast::Else { expr, default } => {
            outcomes(expr, found);
            outcomes(default, found);
        }
        _ => found.push(bare(e)),
    }
}

/// What expressions are which are texts, whatever they turn out to be: networks if one has a prefix, addresses otherwise.
fn written<'e>(among: impl IntoIterator<Item = &'e ast::Expr>) -> Option<Type> {
    let mut found = Vec::new();
    among.into_iter().for_each(|e| outcomes(e, &mut found));
    let prefixes = found.into_iter().map(|e| match &e.kind {
        Ast::Str(text) => Some(text.contains('/')),
        _ => None,
    });
    let prefixes: Vec<bool> = prefixes.collect::<Option<_>>()?;
    Some(match prefixes.contains(&true) {
        true => Type::Cidr,
        false => Type::Ip,
    })
}

/// The elements of an expression that is a written list, whatever it turns out to be.
fn written_elements(e: &ast::Expr) -> Option<Vec<&ast::Expr>> {
    let mut found = Vec::new();
    outcomes(e, &mut found);
    let lists = found.into_iter().map(|e| match &e.kind {
        Ast::List(items) => Some(items),
        _ => None,
    });
    let lists: Vec<_> = lists.collect::<Option<_>>()?;
    Some(lists.into_iter().flatten().collect())
}

/// Whether it is a text or a list of texts, whatever it turns out to be: then it takes its type from the context.
pub(super) fn is_of_texts(e: &ast::Expr) -> bool {
    written([e]).is_some() || written_elements(e).is_some_and(|all| written(all).is_some())
}

fn list_of(element: Type) -> Type {
    Type::List(Box::new(element), LIST_BOUND_MAX)
}

/// The type of the literals on the right of `in`, behind an address or a network; what is no literal has a type of its own.
pub(super) fn wanted_behind(right: &ast::Expr) -> Option<Type> {
    match written_elements(right) {
        Some(none) if none.is_empty() => Some(list_of(Type::Cidr)),
        // Addresses may stand in a list of addresses; a prefix makes it one of networks.
        Some(elements) => written(elements).map(list_of),
        None => written([right]).map(|_| Type::Cidr),
    }
}

/// The type of the literals that `overlaps` compares with networks.
pub(super) fn wanted_to_overlap(e: &ast::Expr) -> Option<Type> {
    match written_elements(e) {
        Some(_) => Some(list_of(Type::Cidr)),
        None => written([e]).map(|_| Type::Cidr),
    }
}

/// The type that a list, a map or a network asks of the literals that are looked for in it.
pub(super) fn wanted_before(list: &Type, left: &ast::Expr) -> Option<Type> {
    let of_networks = is_of_networks(list).then(|| written([left])).flatten();
    of_networks.or_else(|| member(list).map(Type::loosest))
}

/// The type that a value asks of the literals it is looked for in.
pub(super) fn wanted_around(item: &Type, list: &ast::Expr) -> Option<Type> {
    let alike = || Some(list_of(item.loosest()));
    match (item, payload(item)) {
        // A list of addresses may have the one that may be none; no network has it.
        (Type::Option(_), Type::Ip) => wanted_behind(list).filter(is_of_networks).or_else(alike),
        (_, Type::Ip | Type::Cidr) => wanted_behind(list),
        _ => alike(),
    }
}

/// Whether it is an address or a network.
pub(super) fn is_net(ty: &Type) -> bool {
    matches!(ty, Type::Ip | Type::Cidr)
}

/// Whether it is a network or a list of networks.
pub(super) fn is_of_networks(ty: &Type) -> bool {
    match ty {
        Type::Cidr => true,
        Type::List(element, _) => **element == Type::Cidr,
        _ => false,
    }
}

/// Whether it is a list of networks of which each may be none.
pub(super) fn is_of_optional_networks(ty: &Type) -> bool {
    matches!(ty, Type::List(element, _) if **element == Type::Option(Box::new(Type::Cidr)))
}

/// What to do with a text that is to be an address or a network.
pub(super) fn no_text(ty: &Type) -> &'static str {
    match ty {
        Type::Ip => {
            "a text is not an ip: declare it as `ip`, so that it is checked when it comes in"
        }
        _ => "a text is not a cidr: declare it as `cidr`, so that it is checked when it comes in",
    }
}

/// How to ask what texts are asked for by their beginning.
pub(super) const ASK_WITH_IN: &str =
    "an address is no text: ask whether it is in a network, as in `address in \"10.0.0.0/8\"`";

impl<'a> Unit<'a, '_> {
    pub(super) fn ip(&mut self, text: &str, span: Span) -> Expr {
        match text.parse::<Ip>() {
            Ok(ip) => expr(ExprKind::Wide(ip.place()), Type::Ip),
            Err(problem) => self.bad_net((text, "ip"), &problem, span),
        }
    }

    pub(super) fn cidr(&mut self, text: &str, span: Span) -> Expr {
        match text.parse::<Cidr>() {
            Ok(cidr) => {
                let address = self.pool.words(&cidr.words());
                expr(ExprKind::Const(address), Type::Cidr)
            }
            Err(problem) => self.bad_net((text, "cidr"), &problem, span),
        }
    }

    fn bad_net(&mut self, (text, wanted): (&str, &str), problem: &NetError, span: Span) -> Expr {
        let article = if wanted == "ip" { "an" } else { "a" };
        let message = format!("`{text}` is not {article} {wanted}");
        let report = error(codes::BAD_TEXT, span, message);
        self.fail(match problem.instead() {
            Some(text) => report.fix(problem.to_string(), span, text),
            None => report.help(problem.to_string()),
        })
    }

    /// `address in network`, `network in network`, each also in a list of networks. `None` for operands of other types.
    pub(super) fn in_network(&mut self, item: &Expr, list: &Expr, span: Span) -> Option<Expr> {
        let (item, list) = (item.clone(), list.clone());
        Some(match (&item.ty, &list.ty) {
            (Type::Ip, Type::Cidr) => self.ip_in_cidr(item, list, span),
            (Type::Cidr, Type::Cidr) => self.cidr_in_cidr(item, list, span),
            (Type::Ip, Type::List(element, _)) if **element == Type::Cidr => {
                self.binary(BinaryOp::IpInCidrs, item, list, Type::Bool, span)
            }
            (Type::Cidr, Type::List(element, _)) if **element == Type::Cidr => self
                .any_network((item, list), |unit, item, network| {
                    unit.cidr_in_cidr(item, network, span)
                }),
            (of, list) if is_of_optional_networks(list) && is_net(payload(of)) => {
                let text = format!("each network of {} may be none", self.show(list));
                let help = "write `any n in nets: n != none AND x in n`";
                self.fail(error(codes::MAYBE_NONE, span, text).help(help))
            }
            (other, Type::Cidr) => {
                let text = format!(
                    "`in` asks whether an ip or a cidr is in a cidr, found {}",
                    self.show(other)
                );
                let report = error(codes::NOT_DEFINED, span, text);
                self.fail(match other.is_text() {
                    true => report.help(no_text(&Type::Ip)),
                    false => report.help("write an address or a network on the left"),
                })
            }
            (Type::Ip | Type::Cidr, Type::Ip) => {
                let text = "`in` needs a network on its right, found ip";
                let help = "compare two addresses with `==`; the network of one address alone is `\"192.0.2.1/32\"`";
                self.fail(error(codes::NOT_DEFINED, span, text).help(help))
            }
            (Type::Ip | Type::Cidr, Type::String(_)) => {
                let text = "`in` needs a network or a list on its right, found string";
                self.fail(error(codes::NOT_DEFINED, span, text).help(no_text(&Type::Cidr)))
            }
            _ => return None,
        })
    }

    fn ip_in_cidr(&mut self, ip: Expr, cidr: Expr, span: Span) -> Expr {
        if let (ExprKind::Wide(place), ExprKind::Const(address)) = (&ip.kind, &cidr.kind) {
            let cidr = self.constant_cidr(*address);
            return bool_expr(cidr.contains(Ip::at(*place)));
        }
        self.binary(BinaryOp::IpInCidr, ip, cidr, Type::Bool, span)
    }

    fn cidr_in_cidr(&mut self, inner: Expr, outer: Expr, span: Span) -> Expr {
        if let (ExprKind::Const(inner), ExprKind::Const(outer)) = (&inner.kind, &outer.kind) {
            let [inner, outer] = [inner, outer].map(|address| self.constant_cidr(*address));
            return bool_expr(outer.covers(&inner));
        }
        self.binary(BinaryOp::CidrInCidr, inner, outer, Type::Bool, span)
    }

    /// Whether a condition holds for an item and one of a list of networks.
    fn any_network(
        &mut self,
        (item, list): (Expr, Expr),
        holds: impl FnOnce(&mut Self, Expr, Expr) -> Expr,
    ) -> Expr {
        assert!(
            is_of_networks(&list.ty) && list.ty != Type::Cidr,
            "networks are looked for in what is no list of them: {:?}",
            list.ty
        );
        let (one, one_value, item) = self.keep(item);
        let var = self.local(&Type::Cidr);
        let body = holds(self, item, local_expr(var, Type::Cidr));
        if body.ty == Type::Error {
            return body;
        }
        let any = loop_expr(LoopKind::Any, var, (list, body), Type::Bool);
        self.kept(one, one_value, any)
    }

    /// Whether two networks, or a network and one of a list, have an address in common: one is in the other then.
    pub(super) fn networks_overlap(&mut self, item: Expr, other: Expr, span: Span) -> Expr {
        if matches!(other.ty, Type::List(..)) {
            return self.any_network((item, other), |unit, item, network| {
                unit.networks_overlap(item, network, span)
            });
        }
        let (one, one_value, item) = self.keep(item);
        let (two, two_value, other) = self.keep(other);
        let within = self.cidr_in_cidr(item.clone(), other.clone(), span);
        let around = self.cidr_in_cidr(other, item, span);
        let made = self.kept(two, two_value, or(within, around));
        self.kept(one, one_value, made)
    }

    /// `a == b` and `a != b` of two networks: they begin with the same bits, and with as many.
    pub(super) fn cidrs_equal(
        &mut self,
        op: ast::CompareOp,
        operands: (Expr, Expr),
        span: Span,
    ) -> Expr {
        self.kept_equal(op, operands, |unit, left, right| {
            let mut part = |offset: u32, ty: Type| {
                let a = unit.load(left.clone(), offset, ty.clone());
                let b = unit.load(right.clone(), offset, ty);
                unit.compare(ast::CompareOp::Eq, a, b, span)
            };
            and(part(0, Type::Ip), part(PREFIX, Type::Int))
        })
    }

    /// `is_private(x)` and the like, of an address or of all addresses of a network.
    pub(super) fn kind_of_address(
        &mut self,
        builtin: Builtin,
        arg: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let value = self.expr(arg, written([arg]).as_ref());
        if !matches!(value.ty, Type::Ip | Type::Cidr | Type::Error) {
            if matches!(value.ty, Type::String(_)) {
                let text = "expected an ip or a cidr, found string";
                return self.fail(error(codes::MISMATCH, arg.span, text).help(no_text(&Type::Ip)));
            }
            return self.wrong_argument(value, "an ip or a cidr", arg.span);
        }
        let networks = networks_of(builtin);
        let words: Vec<u64> = networks.iter().flat_map(Cidr::words).collect();
        let list = Handle::new(self.pool.words(&words), length(&networks));
        let ty = Type::List(Box::new(Type::Cidr), length(&networks));
        let list = expr(ExprKind::Text(list), ty);
        if value.ty == Type::Error {
            return error_expr();
        }
        self.is_in(value, list, span)
    }
}

/// The networks whose addresses are of the kind that a function asks for.
#[expect(
    clippy::unreachable,
    reason = "it is asked for these alone, whose networks stand here; no network would let everybody through a test for none"
)]
fn networks_of(builtin: Builtin) -> Vec<Cidr> {
    let networks: &[&str] = match builtin {
        Builtin::IsIpv4 => &["0.0.0.0/0"],
        Builtin::IsLoopback => &["127.0.0.0/8", "::1/128"],
        Builtin::IsPrivate => &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
        Builtin::IsLinkLocal => &["169.254.0.0/16", "fe80::/10"],
        Builtin::IsMulticast => &["224.0.0.0/4", "ff00::/8"],
        other => unreachable!("{other:?} asks for no kind of address"),
    };
    let networks = networks.iter().map(|text| match text.parse() {
        Ok(network) => network,
        Err(problem) => unreachable!("`{text}` is no network: {problem}"),
    });
    networks.collect()
}
