//! Static members: variables and functions of a file that have a class before their names.

use oxc_ast::ast;
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::known::class::Static;
use super::known::order::Early;
use super::report::{THE_PAGE, in_order};
use super::slot::Slot;
use super::types::{ClassId, Type};
use super::value::{Called, Value};
use crate::codes::types as codes;
use crate::ir::fault::FaultKind;
use crate::ir::{Const, Expr, Stmt};

impl<'a> Body<'_, 'a> {
    /// Finds a static member, or reports that there is none.
    fn static_of(&mut self, id: ClassId, name: &str, span: Span) -> Option<(ClassId, Static)> {
        self.early.insert(Early::Class(id));
        let classes = &self.checker.classes;
        let class = classes.get(id)?;
        let (class_name, broken) = (class.name, class.broken);
        let found = classes.static_member(id, name);
        let hidden = name.starts_with('#')
            && self
                .class
                .is_none_or(|class| classes.declaration(class.id) != id);
        if broken || found.is_some() && !hidden {
            return found;
        }
        let help = if classes.member(id, name).is_some() && !hidden {
            format!("it is a member of objects: `new {class_name}(…).{name}`")
        } else {
            let known = classes
                .line(id)
                .filter_map(|id| classes.get(id))
                .flat_map(|class| in_order(class.statics.keys().copied()));
            self.checker.meant(name, known, THE_PAGE)
        };
        let message = format!("the class `{class_name}` has no static `{name}`");
        self.fail(codes::NO_MEMBER, message, span, help);
        None
    }

    /// `C.name`
    pub(super) fn static_value(
        &mut self,
        id: ClassId,
        name: &str,
        hint: Option<Type>,
        span: Span,
    ) -> Option<Value> {
        match self.static_of(id, name, span)?.1 {
            Static::Field(index) => self.read_global(index, span),
            Static::Method(index) => self.named_function(index, name, hint, span),
            Static::Accessor {
                get: Some(index), ..
            } => {
                let signature = self.checker.signature(index)?;
                if signature.broken {
                    return None;
                }
                match self.finished_call(index, None, Vec::new(), &signature)? {
                    Called::Value(value) => Some(value),
                    Called::Nothing(_) => {
                        self.no_result(span);
                        None
                    }
                }
            }
            Static::Accessor { get: None, .. } => {
                let help = format!("write one: `static get {name}() {{ … }}`");
                self.fail(
                    codes::NO_MEMBER,
                    format!("`{name}` has no getter"),
                    span,
                    help,
                );
                None
            }
        }
    }

    /// `C.name(…)`
    pub(super) fn static_call(
        &mut self,
        id: ClassId,
        name: &'a str,
        (node, hint): (&'a ast::CallExpression<'a>, Option<Type>),
    ) -> Option<Called> {
        let span = self.place(&node.callee);
        let Some((_, found)) = self.static_of(id, name, span) else {
            self.look_at_arguments(node);
            return None;
        };
        let Static::Method(index) = found else {
            let callee = self.static_value(id, name, None, span)?;
            return self.call_value(callee, name, node);
        };
        if self.checker.is_template(index) {
            let asked = self.asked(name, node, hint);
            let chosen = self.generic_call(index, &asked)?;
            return self.finished_call(chosen.index, None, chosen.arguments, &chosen.signature);
        }
        self.no_type_arguments(node);
        let signature = self.checker.signature(index)?;
        let arguments = self.given_arguments(node, name, &signature)?;
        self.finished_call(index, None, arguments, &signature)
    }

    /// `C.name = …`
    pub(super) fn static_slot(&mut self, id: ClassId, name: &str, span: Span) -> Option<Slot<'a>> {
        let (owner, found) = self.static_of(id, name, span)?;
        match found {
            Static::Field(index) => {
                let entry = self.checker.globals.get(index)?;
                let constant = entry.constant;
                if owner != id {
                    let owner = self.checker.classes.get(owner)?.name;
                    let message = format!(
                        "`{name}` is a field of `{owner}`: JavaScript would make another one here"
                    );
                    self.fail(
                        codes::CONSTANT,
                        message,
                        span,
                        format!("write `{owner}.{name}`"),
                    );
                    return None;
                }
                if constant {
                    let message = format!("`{name}` keeps its value and cannot be assigned");
                    self.fail(codes::CONSTANT, message, span, "remove `readonly`");
                    return None;
                }
                let value = self.read_global(index, span)?;
                match value.expr {
                    Expr::Global(global) => Some(Slot::global(value.ty, global)),
                    _ => None,
                }
            }
            Static::Method(_) | Static::Accessor { set: None, .. } => {
                let message = format!("`{name}` cannot be assigned");
                let help = format!("write a setter: `static set {name}(value) {{ … }}`");
                self.fail(codes::CONSTANT, message, span, help);
                None
            }
            Static::Accessor {
                get,
                set: Some(index),
            } => {
                let signature = self.checker.signature(index)?;
                let Some(param) = signature.params.first().filter(|_| !signature.broken) else {
                    self.checker.must_be_reported(span);
                    return None;
                };
                let ty = param.ty;
                let value = self.temporary(ty.val()?);
                let now = match get {
                    Some(_) => self.static_value(id, name, None, span)?,
                    // JavaScript has `undefined`.
                    None => {
                        let zero = Expr::Const(Const::zero(ty.val()?));
                        Value::new(ty, zero.after(vec![Stmt::fault(FaultKind::Missing)]))
                    }
                };
                if now.ty != ty {
                    let message =
                        format!("the getter and the setter of `{name}` have different types");
                    self.fail(
                        codes::MISMATCH,
                        message,
                        span,
                        "write the same type for both",
                    );
                    return None;
                }
                let arguments = vec![Expr::Local(value)];
                let set = match self.finished_call(index, None, arguments, &signature)? {
                    Called::Nothing(set) => set,
                    Called::Value(value) => Stmt::Drop(value.expr),
                };
                Some(Slot::member(now, value, vec![set], Vec::new()))
            }
        }
    }
}
