//! Expressions: what each kind leads to, names, and values for a place of a known type.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::diagnostic::nearest;
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::builtin;
use super::chain::Accessed;
use super::constant::{Constant, Names, evaluate};
use super::conversion::literal;
use super::function_node::FunctionNode;
use super::known::class::Whose;
use super::known::entry::State;
use super::known::file::Item;
use super::known::order::Early;
use super::report::{THE_PAGE, error, in_order};
use super::scope::{Local, Name, OuterName};
use super::sought::Gap;
use super::types::{Absent, EnumId, Type};
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir::{Expr, Stmt};

impl<'a> Body<'_, 'a> {
    /// Lowers an expression. A number that is known takes the type of the hint, if it is a value of it.
    pub(super) fn value(&mut self, expr: &'a Expression<'a>, hint: Option<Type>) -> Option<Value> {
        if let Some(constant) = self.constant(expr) {
            self.checker.spend(1);
            return Some(self.as_listed(expr, literal(constant, hint), hint));
        }
        let span = self.place(expr);
        if let Some(call) = self.reads_json(expr) {
            return self.descend(span, |body| body.parse_json(call, hint));
        }
        let hint = hint.and_then(Type::hint);
        let value = self.descend(span, |body| body.computed(expr, hint))?;
        Some(self.as_listed(expr, value, hint))
    }

    /// Lowers an expression to a value of a type, or reports that it is none.
    pub(super) fn value_as(&mut self, expr: &'a Expression<'a>, ty: Type) -> Option<Expr> {
        let span = self.place(expr);
        if let Some(constant) = self.constant(expr) {
            if let Type::Int(int) = ty.present()
                && constant.integer(int).is_none()
            {
                let text = constant.number;
                let name = int.name();
                let help = format!(
                    "`{name}` holds whole numbers from {} to {}",
                    int.min(),
                    int.max()
                );
                self.fail(
                    codes::RANGE,
                    format!("{text} is not a value of `{name}`"),
                    span,
                    help,
                );
                return None;
            }
            let value = self.as_listed(expr, literal(constant, Some(ty)), Some(ty));
            return self.coerce(value, ty, span);
        }
        let value = self.value_with(expr, Some(ty), Gap::of(ty))?;
        self.coerce(value, ty, span)
    }

    /// The same, with the type that the value has by itself.
    pub(super) fn value_given(
        &mut self,
        expr: &'a Expression<'a>,
        ty: Type,
    ) -> Option<(Expr, Type)> {
        if ty.absent().is_none() || self.constant(expr).is_some() {
            return self.value_as(expr, ty).map(|value| (value, ty.present()));
        }
        let span = self.place(expr);
        let value = self.value_with(expr, Some(ty), Gap::of(ty))?;
        let given = value.ty;
        Some((self.coerce(value, ty, span)?, given))
    }

    /// Lowers an expression, or a call that has no value: then only its effects are left, and the value is `Some(None)`.
    pub(super) fn value_or_void(
        &mut self,
        expr: &'a Expression<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<Option<Value>> {
        match expr.without_parentheses() {
            Expression::CallExpression(call) => match self.call(call, None)? {
                Called::Value(value) => Some(Some(value)),
                Called::Nothing(statement) => {
                    out.push(statement);
                    Some(None)
                }
            },
            Expression::UnaryExpression(unary) if unary.operator.is_void() => {
                self.effect(&unary.argument, out);
                Some(None)
            }
            _ => self.value(expr, None).map(Some),
        }
    }

    /// Lowers an expression for its effects.
    pub(super) fn effect(&mut self, expr: &'a Expression<'a>, out: &mut Vec<Stmt>) {
        let span = self.place(expr);
        self.descend(span, |body| {
            body.effect_inside(expr, out);
            Some(())
        });
    }

    fn effect_inside(&mut self, expr: &'a Expression<'a>, out: &mut Vec<Stmt>) {
        match expr {
            Expression::ParenthesizedExpression(inner) => self.effect(&inner.expression, out),
            Expression::AssignmentExpression(assignment) => self.assign(assignment, out),
            Expression::UpdateExpression(update) => self.update(update, out),
            Expression::CallExpression(call) => {
                let done = match self.dropped(expr) {
                    Some(dropped) => dropped,
                    None => self.call(call, None),
                };
                self.called_for_effect(expr, done, out);
            }
            Expression::ChainExpression(chain) => {
                let done = self.chain_called(chain);
                self.called_for_effect(expr, done, out);
            }
            Expression::SequenceExpression(sequence) => {
                for expr in &sequence.expressions {
                    self.effect(expr, out);
                }
            }
            Expression::UnaryExpression(unary) if unary.operator.is_void() => {
                self.effect(&unary.argument, out)
            }
            Expression::LogicalExpression(logical) => self.logical_effect(logical, out),
            Expression::ConditionalExpression(conditional) => {
                let tested = self.tested(&conditional.test);
                let (mut then, mut otherwise) = (Vec::new(), Vec::new());
                let no = self.begin_branch(tested.as_ref());
                self.effect(&conditional.consequent, &mut then);
                let then_knows = std::mem::replace(&mut self.facts, no);
                self.effect(&conditional.alternate, &mut otherwise);
                self.facts = then_knows.meet(&self.facts);
                if let Some(tested) = tested {
                    out.push(Stmt::If(tested.expr, then, otherwise));
                }
            }
            _ => {
                if let Some(value) = self.value(expr, None) {
                    out.push(Stmt::Drop(value.expr));
                }
            }
        }
    }

    /// Ends a call of which only the effects count.
    fn called_for_effect(
        &mut self,
        expr: &'a Expression<'a>,
        done: Option<Called>,
        out: &mut Vec<Stmt>,
    ) {
        match done {
            Some(Called::Value(value)) => {
                let ends = value.ty == Type::Never;
                out.push(Stmt::Drop(value.expr));
                out.extend(ends.then_some(Stmt::Unreachable));
            }
            Some(Called::Nothing(statement)) => out.push(statement),
            None => {
                let span = self.place(expr);
                self.checker.must_be_reported(span);
            }
        }
    }

    /// Lowers an expression whose value is not known.
    fn computed(&mut self, expr: &'a Expression<'a>, hint: Option<Type>) -> Option<Value> {
        match expr {
            Expression::BooleanLiteral(literal) => Some(Value::new(
                Type::Boolean,
                Expr::i32(i32::from(literal.value)),
            )),
            Expression::StringLiteral(literal) => Some(self.text_literal(literal)),
            Expression::TemplateLiteral(node) => self.template(node),
            Expression::ArrayExpression(node) => self.array_literal(node, hint),
            Expression::ObjectExpression(node) => self.record_literal(node, hint),
            Expression::ParenthesizedExpression(inner) => self.value(&inner.expression, hint),
            Expression::UnaryExpression(unary) => self.unary(unary, hint),
            Expression::BinaryExpression(binary) => self.binary(binary, hint),
            Expression::LogicalExpression(logical) => self.logical(logical, hint),
            Expression::ConditionalExpression(conditional) => {
                self.conditional(conditional, hint, Gap::Fault)
            }
            Expression::SequenceExpression(sequence) => {
                let (last, before) = sequence.expressions.split_last()?;
                let mut effects = Vec::new();
                for expr in before {
                    self.effect(expr, &mut effects);
                }
                let value = self.value(last, hint)?;
                Some(Value::new(
                    value.ty,
                    Expr::Before(effects, Box::new(value.expr)),
                ))
            }
            Expression::AssignmentExpression(assignment) => self.assigned(assignment),
            Expression::UpdateExpression(update) => self.updated(update),
            Expression::CallExpression(call) => match self.call(call, hint)? {
                Called::Value(value) => Some(value),
                Called::Nothing(_) => {
                    let span = self.place(expr);
                    let help = "return a value from the function, or use the call as a statement";
                    self.fail(codes::NO_VALUE, "the function returns no value", span, help);
                    None
                }
            },
            Expression::TSAsExpression(cast) => {
                self.cast_to(&cast.expression, &cast.type_annotation)
            }
            Expression::TSTypeAssertion(cast) => {
                self.cast_to(&cast.expression, &cast.type_annotation)
            }
            Expression::TSSatisfiesExpression(checked) => {
                let ty = self.written(&checked.type_annotation)?;
                let value = self.value_with(&checked.expression, Some(ty), Gap::of(ty))?;
                let span = self.place(&checked.expression);
                self.coerce(value.clone(), ty, span)?;
                Some(value)
            }
            Expression::TSNonNullExpression(inner) => self.asserted(inner, hint),
            Expression::NullLiteral(_) => Some(self.nothing(Absent::Null)),
            Expression::Identifier(id) if self.is_undefined(id) => {
                Some(self.nothing(Absent::Undefined))
            }
            Expression::ChainExpression(chain) => self.chain(chain),
            Expression::Identifier(id) => self.read(id, hint),
            Expression::ArrowFunctionExpression(node) => {
                self.closure(FunctionNode::Arrow(node), hint)
            }
            Expression::FunctionExpression(node) => {
                self.closure(FunctionNode::Function(node), hint)
            }
            Expression::StaticMemberExpression(member) => self.member(member, hint),
            Expression::ComputedMemberExpression(member) => self.element(member),
            Expression::PrivateFieldExpression(member) => self.private_member(member),
            Expression::ThisExpression(this) => {
                let span = self.place(this.as_ref());
                self.this(span)
            }
            Expression::NewExpression(node) => self.new_object(node, hint),
            other => {
                self.unsupported(other);
                None
            }
        }
    }

    /// `value as T` converts between numbers, and is nothing else.
    fn cast_to(&mut self, expr: &'a Expression<'a>, ty: &'a ast::TSType<'a>) -> Option<Value> {
        if let ast::TSType::TSTypeReference(reference) = ty
            && let ast::TSTypeName::IdentifierReference(id) = &reference.type_name
            && id.name == "const"
        {
            let value = self.value(expr, None)?;
            return Some(match self.single(expr) {
                Some(ty) if ty.operand() == value.ty.operand() => Value::new(ty, value.expr),
                _ => value,
            });
        }
        let ty = self.written(ty);
        let value = match self.constant(expr) {
            Some(known) => literal(known, ty),
            // The elements of an array have the type that is written, and so has what is read from JSON.
            None => {
                let shown = |ty: &Type| ty.is_reference() || self.reads_json(expr).is_some();
                let gap = ty.map_or(Gap::Fault, Gap::of);
                self.value_with(expr, ty.filter(shown), gap)?
            }
        };
        let span = self.place(expr);
        self.cast(value, ty?, span)
    }

    /// Finds a name, or reports that there is none, or none that can be used here.
    pub(super) fn find(&mut self, name: &'a str, span: Span) -> Option<Name> {
        match self.scopes.find(name) {
            Some(Local::Variable(variable)) => return Some(Name::Variable(variable)),
            Some(Local::Function(index)) => return Some(Name::Function(index)),
            Some(Local::Inner(index, local)) => return Some(Name::Inner(index, local)),
            Some(Local::Enum(id)) => return Some(Name::Enum(id)),
            Some(Local::Alias(_)) => return self.not_a_value(name, span),
            Some(Local::Broken) => return None,
            Some(Local::Untyped) => {
                self.checker.untyped_capture(name, span);
                return None;
            }
            Some(Local::Pending(declared, _)) => {
                self.too_early(name, span, declared, "move the declaration up");
                return None;
            }
            Some(Local::Skipped(declared)) => {
                self.too_early(name, span, declared, "declare it before the `switch`");
                return None;
            }
            None => {}
        }
        match self.outer.find(name) {
            Some(OuterName::Broken) => return None,
            Some(OuterName::Variable) => {
                self.checker.untyped_capture(name, span);
                return None;
            }
            Some(OuterName::Function(index)) => return Some(Name::Function(index)),
            Some(OuterName::Enum(id)) => return Some(Name::Enum(id)),
            Some(OuterName::Alias(_) | OuterName::Given(_)) => return self.not_a_value(name, span),
            None => {}
        }
        match self.checker.file_item(self.file as usize, name) {
            Some(item) => self.item(item, name, span),
            None => {
                self.unknown(name, span);
                None
            }
        }
    }

    /// The same for a name that is called: what is meant in place of one that is not there is a function.
    pub(super) fn find_function(&mut self, name: &'a str, span: Span) -> Option<Name> {
        if self.shadowed(name) || builtin::elsewhere(name).is_some() || builtin::is_object(name) {
            return self.find(name, span);
        }
        let checker = &self.checker;
        let called = |local: Option<Local>| match local {
            Some(Local::Function(_) | Local::Inner(..)) => true,
            Some(Local::Variable(variable)) => matches!(variable.ty, Type::Function(_)),
            _ => false,
        };
        let inside = in_order(self.scopes.names()).filter(|n| called(self.scopes.find(n)));
        let file = checker.files.get(self.file as usize);
        let names = file
            .into_iter()
            .flat_map(|f| in_order(f.names.keys().copied()));
        let names = names.filter(|n| match checker.file_item(self.file as usize, n) {
            Some(Item::Function(_)) => true,
            Some(Item::Global(at)) => {
                let ty = checker.globals.get(at).and_then(|global| global.ty);
                matches!(ty, Some(Type::Function(_)))
            }
            _ => false,
        });
        let known = inside
            .chain(names)
            .chain(builtin::FUNCTION_NAMES.iter().copied());
        let help = checker.meant(name, known, "declare it, import it, or correct the name");
        let message = format!("there is no function `{name}` here");
        self.fail(codes::NOT_DEFINED, message, span, help);
        None
    }

    /// What a declaration of a file stands for as a value.
    pub(super) fn item(&mut self, item: Item<'a>, name: &'a str, span: Span) -> Option<Name> {
        match item {
            Item::Function(index) => Some(Name::Function(index)),
            Item::Global(index) => Some(Name::Global(index)),
            Item::Enum(id) => Some(Name::Enum(id)),
            Item::Class(_) => Some(Name::Class),
            Item::Namespace(file) => Some(Name::Namespace(file)),
            Item::Alias(_) | Item::Given(_) => self.not_a_value(name, span),
            Item::Broken | Item::Import(..) => None,
        }
    }

    fn not_a_value(&mut self, name: &str, span: Span) -> Option<Name> {
        self.fail(
            codes::NOT_A_VALUE,
            format!("`{name}` is a type, not a value"),
            span,
            "use a value of that type",
        );
        None
    }

    fn too_early(&mut self, name: &str, span: Span, declared: Span, help: &str) {
        self.report(
            error(
                codes::TOO_EARLY,
                format!("`{name}` is used before its declaration"),
            )
            .at(span, "has no value yet")
            .at(declared, "declared here")
            .help(help),
        );
    }

    fn unknown(&mut self, name: &'a str, span: Span) {
        if let Some((code, message, help)) = builtin::elsewhere(name) {
            self.fail(code, message, span, help);
            return;
        }
        if builtin::is_function(name) {
            let help = format!("write a function that calls it: `(x) => {name}(x)`");
            self.fail(
                unsupported::FUNCTION_VALUE,
                format!("the function `{name}` is used as a value"),
                span,
                help,
            );
            return;
        }
        if builtin::is_object(name) {
            self.fail(
                codes::NOT_A_VALUE,
                format!("`{name}` is not a value"),
                span,
                "use one of its members",
            );
            return;
        }
        let file = self.checker.files.get(self.file as usize);
        let names = in_order(self.scopes.names()).chain(
            file.into_iter()
                .flat_map(|f| in_order(f.names.keys().copied())),
        );
        let known = names.chain(builtin::FUNCTION_NAMES.iter().copied());
        let help = self
            .checker
            .meant(name, known, "declare it, import it, or correct the name");
        self.fail(
            codes::NOT_DEFINED,
            format!("there is no `{name}` here"),
            span,
            help,
        );
    }

    /// Whether the program declares the name, so that a built-in one is not meant.
    pub(super) fn shadowed(&self, name: &str) -> bool {
        self.scopes.find(name).is_some()
            || self.outer.find(name).is_some()
            || self.checker.file_item(self.file as usize, name).is_some()
    }

    fn read(&mut self, id: &'a ast::IdentifierReference<'a>, hint: Option<Type>) -> Option<Value> {
        let name = id.name.as_str();
        let span = self.place(id);
        match self.find(name, span)? {
            Name::Variable(variable) => {
                let value = Value::new(variable.ty, super::variable::read(variable.local));
                self.known_name(name, value)
            }
            Name::Global(index) => {
                let value = self.read_global(index, span)?;
                self.known_name(name, value)
            }
            Name::Function(index) => self.named_function(index, name, hint, span),
            Name::Inner(index, local) => self.inner_function(index, name, local, span),
            Name::Class => {
                let message = format!("the class `{name}` is used as a value");
                let help =
                    format!("make an object of it, `new {name}(…)`, or write a function that does");
                self.fail(unsupported::CLASS, message, span, help);
                None
            }
            Name::Enum(_) | Name::Namespace(_) => {
                self.fail(
                    codes::NOT_A_VALUE,
                    format!("`{name}` is not a value"),
                    span,
                    "use one of its members",
                );
                None
            }
        }
    }

    /// Reads a variable of a file.
    pub(super) fn read_global(&mut self, index: usize, span: Span) -> Option<Value> {
        let entry = self.checker.globals.get(index)?;
        let (name, declared) = (entry.name, entry.span);
        match (entry.state, entry.ty, entry.ir) {
            (State::Done, Some(ty), Some(id)) => Some(Value::new(ty, Expr::Global(id))),
            // Wrong, which is reported.
            (State::Done, ..) => None,
            (State::Waiting | State::Working, ..) => {
                self.too_early(name, span, declared, "move the declaration up");
                None
            }
        }
    }

    /// Whether an expression names something that is no value: an enum, a namespace, or what is built in.
    pub(super) fn is_no_value(&self, object: &'a Expression<'a>) -> bool {
        let Expression::Identifier(id) = object else {
            return false;
        };
        let name = id.name.as_str();
        if !self.shadowed(name) {
            return true;
        }
        match self.scopes.find(name) {
            Some(Local::Enum(_)) => return true,
            Some(_) => return false,
            None => {}
        }
        match self.outer.find(name) {
            Some(OuterName::Enum(_)) => return true,
            Some(_) => return false,
            None => {}
        }
        let item = self.checker.file_item(self.file as usize, name);
        matches!(
            item,
            Some(Item::Enum(_) | Item::Class(_) | Item::Namespace(_))
        )
    }

    /// `object.name`
    pub(super) fn member(
        &mut self,
        member: &'a ast::StaticMemberExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let name = member.property.name.as_str();
        if let Some(id) = self.class_named(&member.object) {
            let span = self.place(member);
            return self.static_value(id, name, hint, span);
        }
        if let Expression::Super(word) = &member.object {
            let (span, place) = (self.place(member), self.place(word.as_ref()));
            let object = self.super_object(place)?;
            return self.class_property(object, name, Whose::Class, span);
        }
        if self.is_no_value(&member.object) {
            self.no_member(member);
            return None;
        }
        let object = self.object_of(Accessed {
            object: &member.object,
            optional: member.optional,
        })?;
        let span = self.place(member);
        let value = self.property(object, member.property.name.as_str(), span)?;
        self.known_member(member, value)
    }

    /// `object[index]`
    pub(super) fn element(
        &mut self,
        member: &'a ast::ComputedMemberExpression<'a>,
    ) -> Option<Value> {
        let object = self.object_of(Accessed {
            object: &member.object,
            optional: member.optional,
        })?;
        self.element_of(object, member)
    }

    /// The same with the object.
    pub(super) fn element_of(
        &mut self,
        object: Value,
        member: &'a ast::ComputedMemberExpression<'a>,
    ) -> Option<Value> {
        match object.ty.widened() {
            Type::Maybe(..) | Type::Nothing(_) => {
                let span = self.place(member);
                self.may_be_missing(object.ty, span);
                None
            }
            _ if let Some(value) = self.entry(&object, &member.expression) => value,
            Type::Text => self.unit_of_text(object.expr, &member.expression),
            Type::Array(_) => self.element_of_array(object, &member.expression),
            _ => {
                let span = self.place(member);
                let ty = self.checker.type_name(object.ty);
                let message = format!("a value of type `{ty}` has no elements");
                self.fail(
                    codes::OPERAND,
                    message,
                    span,
                    "texts and arrays have elements",
                );
                None
            }
        }
    }

    /// Reports a member that is not there.
    fn no_member(&mut self, member: &'a ast::StaticMemberExpression<'a>) {
        let span = self.place(member);
        let property = member.property.name.as_str();
        let Expression::Identifier(object) = &member.object else {
            return;
        };
        let name = object.name.as_str();
        if !self.shadowed(name) && builtin::is_object(name) {
            let help = match nearest(property, builtin::members(name)) {
                Some(known) if known == property => {
                    format!("`{name}.{property}` is a function: call it")
                }
                Some(_) | None => self
                    .checker
                    .meant(property, builtin::members(name), THE_PAGE),
            };
            self.fail(
                codes::NO_MEMBER,
                format!("`{name}.{property}` is no value here"),
                span,
                help,
            );
            return;
        }
        let object = self.place(object.as_ref());
        match self.find(name, object) {
            Some(Name::Enum(id)) => {
                self.checker.enum_member(id, property, span);
            }
            Some(Name::Namespace(file)) => {
                self.namespace_member(file, property, span);
            }
            Some(
                Name::Variable(_)
                | Name::Global(_)
                | Name::Function(_)
                | Name::Inner(..)
                | Name::Class,
            ) => {
                self.fail(
                    unsupported::OBJECT,
                    "this is no value with properties",
                    span,
                    "use a value: an object, an array or a text",
                );
            }
            None => {}
        }
    }

    /// Finds what `import * as` gives a name to.
    pub(super) fn namespace_member(
        &mut self,
        file: usize,
        property: &'a str,
        span: Span,
    ) -> Option<Name> {
        match self.checker.exported_item(file, property) {
            Some(item) => self.item(item, property, span),
            None => {
                if !self.checker.is_broken(file) {
                    let message = format!("the file exports no `{property}`");
                    self.fail(
                        crate::codes::modules::NO_EXPORT,
                        message,
                        span,
                        "export it there, or correct the name",
                    );
                }
                None
            }
        }
    }

    /// Computes an expression, if everything in it is known.
    pub(super) fn constant(&mut self, expr: &Expression<'a>) -> Option<Constant> {
        evaluate(self, expr, 0)
    }

    /// Finds an enum by its name.
    pub(super) fn enum_of(&self, name: &str) -> Option<EnumId> {
        match self.scopes.find(name) {
            Some(Local::Enum(id)) => return Some(id),
            Some(_) => return None,
            None => {}
        }
        match self.outer.find(name) {
            Some(OuterName::Enum(id)) => return Some(id),
            Some(_) => return None,
            None => {}
        }
        match self.checker.file_item(self.file as usize, name) {
            Some(Item::Enum(id)) => Some(id),
            _ => None,
        }
    }

    fn global_literal(&mut self, item: Item<'a>) -> Option<Constant> {
        let Item::Global(index) = item else {
            return None;
        };
        let entry = self.checker.globals.get(index)?;
        let literal = entry.literal.filter(|_| entry.state == State::Done)?;
        self.early.insert(Early::Literal(index));
        Some(literal)
    }

    fn enum_constant(&mut self, id: EnumId, member: &str) -> Option<Constant> {
        self.checker.evaluate_enum(id);
        self.early.insert(Early::Enum(id));
        self.checker.member_value(id, member)
    }
}

impl Names for Body<'_, '_> {
    fn name(&mut self, name: &str) -> Option<Constant> {
        match self.scopes.find(name) {
            Some(Local::Variable(variable)) => return variable.literal,
            Some(_) => return None,
            None => {}
        }
        if self.outer.find(name).is_some() {
            return None;
        }
        match self.checker.file_item(self.file as usize, name) {
            Some(item) => self.global_literal(item),
            None => builtin::constant(name),
        }
    }

    fn member(&mut self, object: &str, member: &str) -> Option<Constant> {
        if let Some(id) = self.enum_of(object) {
            return self.enum_constant(id, member);
        }
        if !self.shadowed(object) {
            return builtin::member_constant(object, member);
        }
        if self.scopes.find(object).is_some() || self.outer.find(object).is_some() {
            return None;
        }
        let Some(Item::Namespace(file)) = self.checker.file_item(self.file as usize, object) else {
            return None;
        };
        let names = self.checker.files.get(file)?;
        // The name as the file spells it lives as long as the program.
        let member = names
            .exported
            .keys()
            .copied()
            .find(|name| *name == member)?;
        let item = self.checker.exported_item(file, member)?;
        self.global_literal(item)
    }
}
