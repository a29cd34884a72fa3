//! Variables that are elements, and tests of them that come too late.
//!
//! `const x = list[i]` has ended the program where there is no element, so `x === undefined` is never true behind it. TypeScript
//! takes that for a test of the element, and so do people: it is an error here that says what asks in time.

use oxc_ast::ast::{self, Expression, VariableDeclarationKind};
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::facts::Root;
use super::report::error;
use super::shown::shown_element;
use super::types::{Absent, Type};
use crate::codes::types as codes;

/// Where a variable got an element, and what is to be written instead.
#[derive(Debug, Clone)]
pub(super) struct TakenFrom<'a> {
    /// How the variable is called.
    pub(super) name: &'a str,
    span: Span,
    help: String,
}

impl<'a> Body<'_, 'a> {
    /// Notes that a variable has an element, if that is what its declaration says.
    pub(super) fn note_element(
        &mut self,
        name: &'a str,
        ty: Type,
        (kind, node): (VariableDeclarationKind, &'a ast::VariableDeclarator<'a>),
    ) {
        let Some(init) = node
            .init
            .as_ref()
            .filter(|_| node.type_annotation.is_none())
        else {
            return;
        };
        let Expression::ComputedMemberExpression(member) = init.without_parentheses() else {
            return;
        };
        let written = self.perhaps_written(ty);
        let keyword = kind.as_str();
        let element = shown_element(member);
        let help = format!("say that it may be missing: `{keyword} {name}: {written} = {element}`");
        let span = self.place(init);
        self.has_element(name, ty, TakenFrom { name, span, help });
    }

    /// The same for a variable that a pattern takes the element at a place for.
    pub(super) fn note_taken(&mut self, name: &'a str, ty: Type, (at, span): (i32, Span)) {
        let written = self.perhaps_written(ty);
        let help = format!(
            "give it a default, `{name} = …` in the pattern, or read it alone: `const {name}: {written} = list[{at}]`"
        );
        self.has_element(name, ty, TakenFrom { name, span, help });
    }

    fn perhaps_written(&self, ty: Type) -> String {
        let ty = ty.or(Absent::Undefined).unwrap_or(ty);
        self.checker.type_name(ty)
    }

    fn has_element(&mut self, name: &'a str, ty: Type, from: TakenFrom<'a>) {
        let Some(root) = self.root_of_name(name) else {
            return;
        };
        if ty.absent().is_none() {
            self.elements.insert(root, from);
        }
    }

    /// Reports a test whether a variable is missing that is an element. `ty` is what the test sees.
    pub(super) fn not_asked_late(&mut self, expr: &'a Expression<'a>, ty: Type) {
        if ty.absent().is_some() || self.elements.is_empty() {
            return;
        }
        let Expression::Identifier(id) = expr.without_parentheses() else {
            return;
        };
        let name = id.name.as_str();
        let from = self
            .root_of_name(name)
            .and_then(|root| self.elements.get(&root).cloned());
        let Some(TakenFrom { span, help, .. }) = from else {
            return;
        };
        let place = self.place(expr);
        let message = format!("`{name}` is never missing here: it is an element that was there");
        self.report(
            error(codes::ASKED_LATE, message)
                .at(place, "asks too late")
                .at(span, "ends the program if there is no such element")
                .help(help),
        );
    }

    /// The same for a condition: objects, arrays and functions count as true, so it asks nothing else.
    pub(super) fn no_late_condition(&mut self, expr: &'a Expression<'a>, ty: Type) {
        if matches!(
            ty,
            Type::Array(_) | Type::Record(_) | Type::Class(_) | Type::Function(_)
        ) {
            self.not_asked_late(expr, ty);
        }
    }

    fn root_of_name(&self, name: &'a str) -> Option<Root> {
        self.spot_of_name(name).map(|(spot, _)| spot.root)
    }
}
