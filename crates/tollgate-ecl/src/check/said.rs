//! Functions that read a text: what it says, how long it is for people, and what is made of it.
//!
//! What a constant says is known now. One that says nothing is an error: nothing else was meant than what it says.

use crate::codes::check as codes;
use crate::data::said::{Form, Said};
use crate::data::types::{DID_BYTES_MAX, Type};
use crate::ir::value;
use crate::ir::{Expr, ExprKind, Handle, Making, UnaryOp};
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
