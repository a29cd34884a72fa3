//! Functions that read a text: what it says, how long it is for people, and what is made of it.
//!
//! What a constant says is known now. One that says nothing is an error: nothing else was meant than what it says.

use crate::codes::check as codes;
use crate::data::said::{Form, Said};
use crate::data::types::{DID_BYTES_MAX, Type};
use crate::ir::value;
use crate::ir::{Expr, ExprKind, Handle, Making, Splitting, UnaryOp};
use crate::limits::PARTS_MAX;
use crate::span::Span;
use crate::syntax::ast;

use super::report::error;
use super::unit::{Unit, error_expr, expr};
use super::work::{self, Task};

impl<'a> Unit<'a, '_> {
    /// `to_duration(text)`
    pub(super) fn said_by(&mut self, form: Form, arg: &'a ast::Expr, span: Span) -> Expr {
        let text = self.expr(arg, None);
        match text.ty {
            Type::String(_) => self.said(form, text, span),
            _ if text.ty == form.value() => {
                let found = self.show(&text.ty);
                let report = format!("expected a string, found {found}");
                let report = error(codes::MISMATCH, arg.span, report);
                self.fail(report.help("this is read already: leave the call out"))
            }
            _ => self.wrong_text(text, "a string", arg.span),
        }
    }

    /// What a string says.
    pub(super) fn said(&mut self, form: Form, text: Expr, span: Span) -> Expr {
        let ty = Type::Option(Box::new(form.value()));
        let Some(constant) = self.constant_text(&text) else {
            return self.unary(UnaryOp::Read(form), text, ty, span);
        };
        let mut words = vec![1];
        match form.read(self.pool.get(constant)) {
            Some(Said::Word(word)) => words.push(word.cast_unsigned()),
            Some(Said::Wide(wide)) => words.extend(value::halves(wide)),
            None => return self.says_nothing(form, span),
        }
        expr(ExprKind::Const(self.pool.words(&words)), ty)
    }

    fn says_nothing(&mut self, form: Form, span: Span) -> Expr {
        let text = format!("this text says no {}", name(form));
        let report = error(codes::CONSTANT_ERROR, span, text);
        self.fail(report.help(format!("write {}", example(form))))
    }

    /// `chars(text)`
    pub(super) fn characters(&mut self, arg: &'a ast::Expr, span: Span) -> Expr {
        let text = self.expr(arg, None);
        let text = self.as_text(text, arg.span);
        if text.ty == Type::Error {
            return error_expr();
        }
        if let Some(constant) = self.constant_text(&text) {
            let count = i64::try_from(self.pool.get(constant).chars().count());
            return count.map_or_else(|_| error_expr(), |n| expr(ExprKind::Int(n), Type::Int));
        }
        self.unary(UnaryOp::TextCharacters, text, Type::Int, span)
    }

    /// `lower(text)`
    pub(super) fn made(&mut self, making: Making, arg: &'a ast::Expr, span: Span) -> Expr {
        let text = self.expr(arg, None);
        let text = self.as_text(text, arg.span);
        let bound = match text.ty {
            Type::String(bound) => bound,
            Type::Did => DID_BYTES_MAX,
            _ => return error_expr(),
        };
        let Some(constant) = self.constant_text(&text) else {
            return self.unary(UnaryOp::Make(making), text, Type::String(bound), span);
        };
        let mut made = making.part(self.pool.get(constant)).as_bytes().to_vec();
        making.recase(&mut made);
        match String::from_utf8(made) {
            Ok(made) => self.text_constant(&made, Type::String(bound)),
            // Letters of ASCII became such.
            Err(_) => error_expr(),
        }
    }

    /// `split(text, separator, most)`
    pub(super) fn split(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let [text, separator, most] = args else {
            return error_expr();
        };
        let made = self.expr(text, None);
        let made = self.as_text(made, text.span);
        let splitting = self.splitting(separator, most);
        let bound = match made.ty {
            Type::String(bound) => bound,
            Type::Did => DID_BYTES_MAX,
            _ => return error_expr(),
        };
        let Some(splitting) = splitting else {
            return error_expr();
        };
        let parts = Type::List(Box::new(Type::String(bound)), splitting.most);
        self.unary(UnaryOp::Split(splitting), made, parts, span)
    }

    fn splitting(&mut self, separator: &'a ast::Expr, most: &'a ast::Expr) -> Option<Splitting> {
        let made = self.expr(separator, None);
        let made = self.as_text(made, separator.span);
        let count = self.check(most, &Type::Int);
        if made.ty == Type::Error || count.ty == Type::Error {
            return None;
        }
        let parts = match count.kind {
            ExprKind::Int(parts) => u32::try_from(parts).ok(),
            _ => None,
        };
        let Some(parts) = parts.filter(|parts| (1..=PARTS_MAX).contains(parts)) else {
            let text = format!("expected a constant from 1 to {PARTS_MAX}");
            let report = error(codes::MISMATCH, most.span, text);
            let help = "it is the bound of the list: the last part has what is left of the text";
            self.report(report.help(help));
            return None;
        };
        let separates = match made.kind {
            ExprKind::Text(handle) => Splitting::new(self.pool.get(handle), parts),
            _ => None,
        };
        if separates.is_none() {
            let text = "expected a constant text of 1 to 8 bytes";
            let report = error(codes::MISMATCH, separator.span, text);
            self.report(report.help("write the separator in quotes: \",\""));
        }
        separates
    }

    /// The text of a constant that may be read now.
    fn constant_text(&mut self, text: &Expr) -> Option<Handle> {
        let ExprKind::Text(handle) = text.kind else {
            return None;
        };
        let length = handle.length() as usize;
        self.spend(Task::Data, work::bytes(length))
            .then_some(handle)
    }
}

const fn name(form: Form) -> &'static str {
    match form {
        Form::Int => "int",
        Form::Decimal => "decimal",
        Form::Duration => "duration",
        Form::Quantity => "quantity of Kubernetes",
    }
}

const fn example(form: Form) -> &'static str {
    match form {
        Form::Int => "digits, with a `-` before them or none: \"-12\"",
        Form::Decimal => "digits, with a `.` between them or none: \"-12.5\"",
        Form::Duration => {
            "numbers, each with one of `ns us ms s m min h d`, without blanks: \"1h30m\""
        }
        Form::Quantity => {
            "a number with one of `n u m k M G T P E Ki Mi Gi Ti Pi Ei` or none, without blanks: \"500m\", \"1Gi\""
        }
    }
}
