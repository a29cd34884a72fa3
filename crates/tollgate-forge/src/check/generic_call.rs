//! Uses of generic functions and classes: which instance is meant, and what it is given.
//!
//! The types are written, or found ([`super::infer`]) in what is given. Each argument is lowered once: where its type does not depend on
//! what is looked for, it is only looked at first, and lowered when the types are known, with what was known of variables in its
//! place. Functions come last of all, since what they take is shown by the other arguments.

use std::rc::Rc;

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::annotation::{Reference, Sight};
use super::array::Part;
use super::body::Body;
use super::capture::is_function;
use super::facts::Facts;
use super::function_node::FunctionNode;
use super::generic::top_level;
use super::infer::{Env, Inference, Meaning, Names, Pattern, Seen};
use super::known::function_type::{FunctionType, Given, TypeParam};
use super::known::generic::{Generic, Needed};
use super::known::signature::Signature;
use super::scope::{Name, Outer};
use super::signature::rest_name;
use super::sought::Gap;
use super::takes::Written;
use super::types::{Absent, ClassId, Type};
use super::value::Value;
use crate::codes::{types as codes, unsupported};
use crate::ir::Expr;
use crate::limits::{CLASS_DEPTH_MAX, DEPTH_MAX};

/// A use of a generic declaration.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a [ast::Argument<'a>],
    /// The types that are written.
    pub(super) types: Option<&'a ast::TSTypeParameterInstantiation<'a>>,
    pub(super) span: Span,
    /// The type that is wanted of the result.
    pub(super) hint: Option<Type>,
}

/// What is used: its parameters, and where the names in their types are looked for.
pub(super) struct Callee<'a> {
    generic: Generic,
    pub(super) items: &'a [ast::FormalParameter<'a>],
    pub(super) rest: Option<&'a ast::FormalParameterRest<'a>>,
    env: Env<'a>,
    result: Option<&'a ast::TSType<'a>>,
}

impl<'a> Callee<'a> {
    fn pattern(&self, ty: &'a ast::TSType<'a>) -> Pattern<'a> {
        let env = self.env.clone();
        Pattern { ty, env }
    }

    /// The type of all that the rest parameter takes.
    pub(super) fn rest_pattern(&self) -> Option<Pattern<'a>> {
        let written = self.rest?.type_annotation.as_ref()?;
        Some(self.pattern(&written.type_annotation))
    }
}

/// An argument of a use.
pub(super) enum Slot<'a> {
    Ready(&'a Expression<'a>, Value),
    /// It is lowered when its type is known, with what is known of variables in its place.
    Later(&'a Expression<'a>, Facts<'a>),
    /// `...values`, lowered or not yet.
    Spread(Part),
    SpreadLater(&'a ast::SpreadElement<'a>),
    /// It is wrong, which is reported.
    Wrong,
}

/// A generic function with the types of a call, and what it is given.
pub(super) struct Chosen<'a> {
    pub(super) index: usize,
    pub(super) arguments: Vec<Expr>,
    pub(super) signature: Signature<'a>,
}

impl<'a> Body<'_, 'a> {
    /// The instance of a function that a call means.
    pub(super) fn generic_call(&mut self, index: usize, asked: &Asked<'a>) -> Option<Chosen<'a>> {
        let callee = self.function_callee(index)?;
        let (types, slots) = self.types_of_use(&callee, asked)?;
        let instance = self
            .checker
            .function_for(index, types, self.needed(asked.span))?;
        let signature = self.checker.signature(instance)?;
        let values = self.given_values(slots, &signature, asked)?;
        Some(Chosen {
            index: instance,
            arguments: values.into_iter().map(|value| value.expr).collect(),
            signature,
        })
    }

    /// A call of something that may have type parameters.
    pub(super) fn asked(
        &self,
        name: &'a str,
        node: &'a ast::CallExpression<'a>,
        hint: Option<Type>,
    ) -> Asked<'a> {
        Asked {
            name,
            arguments: &node.arguments,
            types: node.type_arguments.as_deref(),
            span: self.place(node),
            hint,
        }
    }

    /// The instance of a class that `new` means, and what its constructor is given.
    pub(super) fn new_instance(
        &mut self,
        declared: ClassId,
        node: &'a ast::NewExpression<'a>,
        hint: Option<Type>,
    ) -> Option<(ClassId, Vec<Value>)> {
        let class = self.checker.classes.get(declared)?;
        if class.broken {
            return None;
        }
        let asked = Asked {
            name: class.name,
            arguments: &node.arguments,
            types: node.type_arguments.as_deref(),
            span: self.place(node),
            hint,
        };
        let callee = self.class_callee(declared)?;
        let (types, slots) = self.types_of_use(&callee, &asked)?;
        let id = self
            .checker
            .class_for(declared, types, self.needed(asked.span))?;
        if self.checker.classes.get(id)?.broken {
            self.checker.must_be_reported(asked.span);
            return None;
        }
        let Some(index) = self.checker.classes.constructor(id) else {
            if !slots.is_empty() {
                self.wrong_count(asked.name, slots.len(), 0, 0, asked.span);
                return None;
            }
            return Some((id, Vec::new()));
        };
        let signature = self.checker.signature(index)?;
        let values = self.given_values(slots, &signature, &asked)?;
        Some((id, values))
    }

    /// The instance of a function that is called with values of these types.
    pub(super) fn instance_taking(
        &mut self,
        index: usize,
        given: &[Type],
        span: Span,
    ) -> Option<usize> {
        let callee = self.function_callee(index)?;
        let mut known = self
            .checker
            .nothing_known(callee.generic, self.outer.step())?;
        let mut inference = Inference::of(known.types.len());
        for (at, ty) in given.iter().enumerate() {
            if let Some(pattern) = self.pattern_of(&callee, at) {
                self.unify(&mut inference, pattern, Seen::strong(*ty));
            }
        }
        inference.enter(&mut known);
        let types = self.settled_types(&callee, known, span)?;
        self.checker.function_for(index, types, self.needed(span))
    }

    fn needed(&self, span: Span) -> Needed {
        Needed {
            around: self.outer.step(),
            span,
        }
    }

    fn function_callee(&self, index: usize) -> Option<Callee<'a>> {
        let entry = self.checker.functions.get(index)?;
        let node = entry.node;
        let generic = Generic::Function(index);
        Some(Callee {
            generic,
            items: &node.params().items,
            rest: node.params().rest.as_deref(),
            env: self.env_of(generic, entry.outer.clone())?,
            result: node.result().map(|written| &written.type_annotation),
        })
    }

    /// Where the names in the types of a declaration are looked for: its type parameters first.
    fn env_of(&self, generic: Generic, outer: Outer<'a>) -> Option<Env<'a>> {
        let (parameters, file) = self.checker.type_parameters(generic)?;
        let names = parameters.params.iter().enumerate();
        let list = names.map(|(at, own)| (own.name.name.as_str(), Meaning::Parameter(at)));
        Some(Rc::new(Names {
            file,
            list: list.collect(),
            outer,
        }))
    }

    /// The constructor of a class, or that of the one that it extends.
    fn class_callee(&self, declared: ClassId) -> Option<Callee<'a>> {
        let generic = Generic::Class(declared);
        let mut callee = Callee {
            generic,
            items: &[],
            rest: None,
            env: self.env_of(generic, Outer::default())?,
            result: None,
        };
        let mut at = declared;
        for _ in 0..=CLASS_DEPTH_MAX {
            let class = self.checker.classes.get(at)?;
            if let Some(constructor) = constructor(class.node) {
                callee.items = &constructor.params.items;
                callee.rest = constructor.params.rest.as_deref();
                break;
            }
            let Some((above, inside)) = self.above(at, &callee.env) else {
                break;
            };
            (at, callee.env) = (above, inside);
        }
        Some(callee)
    }

    /// The declaration that a class extends, with the meaning of the names in it.
    fn above(&self, id: ClassId, env: &Env<'a>) -> Option<(ClassId, Env<'a>)> {
        let class = self.checker.classes.get(id)?;
        let (above, heritage) = (class.above?, class.node.heritage.as_ref()?);
        let arguments = heritage.type_arguments.as_ref();
        let arguments = arguments.map_or(&[][..], |a| a.params.as_slice());
        let file = self.checker.classes.get(above)?.file;
        let inside = self.env_inside(Generic::Class(above), arguments, env);
        let plain = || {
            Rc::new(Names {
                file,
                list: Vec::new(),
                outer: Outer::default(),
            })
        };
        Some((above, inside.unwrap_or_else(plain)))
    }

    /// The types of a use, and its arguments.
    fn types_of_use(
        &mut self,
        callee: &Callee<'a>,
        asked: &Asked<'a>,
    ) -> Option<(Vec<Type>, Vec<Slot<'a>>)> {
        let list = self.written_list(callee, asked)?;
        if let Some(types) = asked.types {
            let sight = Sight {
                file: self.file,
                scopes: Some((&self.scopes, &self.outer)),
                first: None,
            };
            let written = types.params.as_slice();
            let known =
                self.checker
                    .written_arguments(callee.generic, sight, written, asked.span)?;
            let types = self.settled_types(callee, known, asked.span)?;
            let slots = list.into_iter();
            let slots = slots.map(|argument| match argument {
                Written::Single(argument) => Slot::Later(argument, self.facts.clone()),
                Written::Spread(spread) => Slot::SpreadLater(spread),
            });
            return Some((types, slots.collect()));
        }
        let mut known = self
            .checker
            .nothing_known(callee.generic, self.outer.step())?;
        let mut inference = Inference::of(known.types.len());
        let mut slots = Vec::new();
        for (at, argument) in list.into_iter().enumerate() {
            inference.go_on();
            slots.push(match argument {
                Written::Single(argument) => {
                    let pattern = self.pattern_of(callee, at);
                    self.first_look(&mut inference, argument, pattern)
                }
                Written::Spread(spread) => self.look_at_spread(&mut inference, callee, spread),
            });
        }
        self.look_at_hint(&mut inference, callee, asked.hint);
        for (at, slot) in slots.iter_mut().enumerate() {
            let Some(pattern) = self.pattern_of(callee, at) else {
                continue;
            };
            if let Slot::Later(argument, facts) = slot
                && let Some(node) = function_of(argument)
            {
                let (argument, facts) = (*argument, std::mem::take(facts));
                let now = std::mem::replace(&mut self.facts, facts);
                inference.go_on();
                let value = self.look_at_function(&mut inference, node, &pattern);
                let facts = std::mem::replace(&mut self.facts, now);
                *slot = match value {
                    Looked::Value(value) => Slot::Ready(argument, value),
                    Looked::NotYet => Slot::Later(argument, facts),
                    Looked::Wrong => Slot::Wrong,
                };
            }
        }
        if slots.iter().any(|slot| matches!(slot, Slot::Wrong)) {
            return None;
        }
        inference.enter(&mut known);
        let types = self.settled_types(callee, known, asked.span)?;
        Some((types, slots))
    }

    /// The type of an argument.
    fn pattern_of(&self, callee: &Callee<'a>, at: usize) -> Option<Pattern<'a>> {
        match callee.items.get(at) {
            Some(item) => {
                let written = item.type_annotation.as_ref()?;
                Some(callee.pattern(&written.type_annotation))
            }
            None => self.element_pattern(&callee.rest_pattern()?),
        }
    }

    fn settled_types(
        &mut self,
        callee: &Callee<'a>,
        known: super::known::instance::Known<'a>,
        span: Span,
    ) -> Option<Vec<Type>> {
        let (_, file) = self.checker.type_parameters(callee.generic)?;
        let outer = match callee.generic {
            Generic::Function(index) => self.checker.functions.get(index)?.outer.clone(),
            Generic::Class(_) | Generic::Alias(_) => Outer::default(),
        };
        let scopes = top_level();
        let sight = Sight {
            file,
            scopes: Some((&scopes, &outer)),
            first: None,
        };
        self.checker.settled_arguments(known, sight, span)
    }

    /// Looks at an argument, and lowers it if only that shows its type.
    fn first_look(
        &mut self,
        inference: &mut Inference,
        argument: &'a Expression<'a>,
        pattern: Option<Pattern<'a>>,
    ) -> Slot<'a> {
        let later = Slot::Later(argument, self.facts.clone());
        let Some(pattern) = pattern else {
            return later;
        };
        let whole = match argument.without_parentheses() {
            Expression::ArrayExpression(node) => {
                !node.elements.is_empty() && self.element_pattern(&pattern).is_none()
            }
            Expression::ObjectExpression(_) => self.member_patterns(&pattern).is_none(),
            _ => false,
        };
        if !whole && self.is_seen(argument, 0) {
            self.look(inference, argument, pattern);
            return later;
        }
        // What the arguments before it show may be wanted of it.
        let hint = self.resolved(inference, &pattern);
        let gap = gap_of(pattern.ty);
        match self.value_with(argument, hint, gap) {
            Some(value) => {
                self.unify(inference, pattern, Seen::strong(value.ty));
                Slot::Ready(argument, value)
            }
            None => Slot::Wrong,
        }
    }

    /// Whether an expression can be looked at without lowering more than names.
    fn is_seen(&mut self, expr: &'a Expression<'a>, depth: u32) -> bool {
        if depth > DEPTH_MAX {
            return false;
        }
        if is_function(expr) {
            return true;
        }
        match expr.without_parentheses() {
            Expression::BooleanLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::ThisExpression(_)
            | Expression::Identifier(_) => true,
            Expression::ArrayExpression(node) => node.elements.iter().all(|element| {
                element
                    .as_expression()
                    .is_some_and(|expr| self.is_constant_or_name(expr))
            }),
            Expression::ObjectExpression(node) => {
                node.properties.iter().all(|property| match property {
                    ast::ObjectPropertyKind::ObjectProperty(property) => {
                        property.kind == ast::PropertyKind::Init
                            && !property.computed
                            && self.is_seen(&property.value, depth + 1)
                    }
                    ast::ObjectPropertyKind::SpreadProperty(_) => false,
                })
            }
            other => self.is_constant_or_name(other),
        }
    }

    fn is_constant_or_name(&mut self, expr: &'a Expression<'a>) -> bool {
        matches!(
            expr.without_parentheses(),
            Expression::Identifier(_)
                | Expression::BooleanLiteral(_)
                | Expression::StringLiteral(_)
        ) || self.constant(expr).is_some()
    }

    /// What an expression shows that can be looked at.
    fn look(&mut self, inference: &mut Inference, expr: &'a Expression<'a>, pattern: Pattern<'a>) {
        if let Some(constant) = self.constant(expr) {
            let value = super::conversion::literal(constant, None);
            return self.unify(inference, pattern, Seen::constant(value.ty));
        }
        if let Some(node) = function_of(expr) {
            return self.look_at_written_types(inference, node, &pattern);
        }
        match expr.without_parentheses() {
            Expression::ArrayExpression(node) => {
                let Some(inside) = self.element_pattern(&pattern) else {
                    return;
                };
                for element in node.elements.iter().filter_map(|e| e.as_expression()) {
                    self.look(inference, element, inside.clone());
                }
            }
            Expression::ObjectExpression(node) => {
                let Some(members) = self.member_patterns(&pattern) else {
                    return;
                };
                for property in &node.properties {
                    let ast::ObjectPropertyKind::ObjectProperty(property) = property else {
                        continue;
                    };
                    let ast::PropertyKey::StaticIdentifier(key) = &property.key else {
                        continue;
                    };
                    let member = members.iter().find(|(name, _)| *name == key.name.as_str());
                    if let Some((_, member)) = member {
                        self.look(inference, &property.value, member.clone());
                    }
                }
            }
            Expression::Identifier(id) => {
                let (name, span) = (id.name.as_str(), self.place(id.as_ref()));
                let template = match self.find_quietly(name) {
                    Some(Name::Function(index) | Name::Inner(index, _)) => {
                        self.checker.is_template(index)
                    }
                    _ => false,
                };
                if !template && self.shadowed(name) {
                    self.look_whole(inference, expr, pattern);
                } else if self.is_undefined(id) {
                    let nothing = Type::Nothing(Absent::Undefined);
                    self.unify(inference, pattern, Seen::strong(nothing));
                } else if !template {
                    self.find(name, span);
                }
            }
            _ => self.look_whole(inference, expr, pattern),
        }
    }

    /// A name without an error if it is none.
    fn find_quietly(&mut self, name: &'a str) -> Option<Name> {
        use super::known::file::Item;
        use super::scope::{Local, OuterName};
        match self.scopes.find(name) {
            Some(Local::Function(index)) => return Some(Name::Function(index)),
            Some(Local::Inner(index, local)) => return Some(Name::Inner(index, local)),
            Some(_) => return None,
            None => {}
        }
        match self.outer.find(name) {
            Some(OuterName::Function(index)) => return Some(Name::Function(index)),
            Some(_) => return None,
            None => {}
        }
        match self.checker.file_item(self.file as usize, name) {
            Some(Item::Function(index)) => Some(Name::Function(index)),
            _ => None,
        }
    }

    fn look_whole(
        &mut self,
        inference: &mut Inference,
        expr: &'a Expression<'a>,
        pattern: Pattern<'a>,
    ) {
        if let Some(value) = self.value(expr, None) {
            self.unify(inference, pattern, Seen::strong(value.ty));
        }
    }

    /// What the types show that are written in a function.
    fn look_at_written_types(
        &mut self,
        inference: &mut Inference,
        node: FunctionNode<'a>,
        pattern: &Pattern<'a>,
    ) {
        let Some((function, env)) = self.function_pattern(pattern) else {
            return;
        };
        let items = node.params().items.iter().zip(&function.params.items);
        for (own, wanted) in items {
            if let (Some(own), Some(wanted)) = (&own.type_annotation, &wanted.type_annotation)
                && let Some(ty) = self.written(&own.type_annotation)
            {
                let pattern = Pattern {
                    ty: &wanted.type_annotation,
                    env: env.clone(),
                };
                self.unify(inference, pattern, Seen::weak(ty));
            }
        }
        if let Some(result) = node.result()
            && let Some(ty) = self.written(&result.type_annotation)
        {
            let ty = Seen::strong(ty);
            let pattern = Pattern {
                ty: &function.return_type.type_annotation,
                env,
            };
            self.unify(inference, pattern, ty);
        }
    }

    /// What the type shows that is wanted of the result: where nothing else does, and which class is meant of those that what is
    /// given extends.
    fn look_at_hint(&mut self, inference: &mut Inference, callee: &Callee<'a>, hint: Option<Type>) {
        let Some(hint) = hint else { return };
        let mut wanted = Inference::of(inference.parameters());
        match (callee.generic, callee.result) {
            (Generic::Class(declared), _) => {
                self.look_at_wanted_class(&mut wanted, declared, hint.present());
                self.raise(inference, &wanted);
            }
            (_, Some(result)) => {
                self.unify(&mut wanted, callee.pattern(result), Seen::weak(hint));
            }
            (_, None) => return,
        }
        inference.fill(&wanted);
    }

    /// What a class shows, or a type of records, of the types of a declaration that is or implements it, or extends one that does.
    fn look_at_wanted_class(&mut self, wanted: &mut Inference, declared: ClassId, ty: Type) {
        let env = self.env_of(Generic::Class(declared), Outer::default());
        let mut line = env.map(|env| (declared, env));
        for _ in 0..=CLASS_DEPTH_MAX {
            let Some((at, env)) = line else { return };
            match ty {
                Type::Class(id) if self.checker.classes.declaration(id) == at => {
                    let class = self.checker.classes.get(id);
                    let instance = class.and_then(|class| class.instance.clone());
                    let types = instance.iter().flat_map(|of| of.arguments.iter());
                    for ((_, meaning), ty) in env.list.iter().zip(types) {
                        match meaning {
                            Meaning::Parameter(at) => wanted.note(*at, *ty),
                            Meaning::Written(pattern) => {
                                self.unify(wanted, pattern.clone(), Seen::weak(*ty));
                            }
                        }
                    }
                    return;
                }
                Type::Record(_) => {
                    let class = self.checker.classes.get(at);
                    for implemented in class.map_or(&[][..], |class| &class.node.implements) {
                        let used = Reference {
                            name: &implemented.expression,
                            arguments: implemented.type_arguments.as_deref(),
                        };
                        self.unify_reference(wanted, (used, env.clone()), Seen::weak(ty));
                    }
                }
                _ => {}
            }
            line = self.above(at, &env);
        }
    }

    /// A function that is given: lowered, if what it takes is known by now.
    fn look_at_function(
        &mut self,
        inference: &mut Inference,
        node: FunctionNode<'a>,
        pattern: &Pattern<'a>,
    ) -> Looked {
        let looked = |value: Option<Value>| value.map_or(Looked::Wrong, Looked::Value);
        let written = |item: &ast::FormalParameter<'a>| item.type_annotation.is_some();
        let all_written = node.params().items.iter().all(written);
        let Some((function, env)) = self.function_pattern(pattern) else {
            if !all_written {
                return Looked::NotYet;
            }
            let value = self.closure(node, None);
            if let Some(value) = &value {
                self.unify(inference, pattern.clone(), Seen::strong(value.ty));
            }
            return looked(value);
        };
        let Some(params) = self.params_of_pattern(inference, function, &env) else {
            if !all_written {
                return Looked::NotYet;
            }
            return looked(self.closure(node, None));
        };
        let result = Pattern {
            ty: &function.return_type.type_annotation,
            env,
        };
        let known = self.resolved(&mut inference.sure(), &result);
        if let Some(result) = known {
            let ty = FunctionType { params, result };
            let ty = self.checker.function_types.of(ty);
            return looked(self.closure(node, Some(Type::Function(ty))));
        }
        let value = self.closure_taking(node, params);
        if let Some(value) = &value
            && let Type::Function(id) = value.ty
            && let Some(ty) = self.checker.function_types.get(id)
        {
            let seen = Seen::strong(ty.result);
            self.unify(inference, result, seen);
        }
        looked(value)
    }

    fn params_of_pattern(
        &mut self,
        inference: &mut Inference,
        function: &'a ast::TSFunctionType<'a>,
        env: &Env<'a>,
    ) -> Option<Vec<TypeParam<'a>>> {
        let mut params = Vec::new();
        for item in &function.params.items {
            let names = item.pattern.get_binding_identifiers();
            let name = names.first().map_or("_", |id| id.name.as_str());
            let pattern = Pattern {
                ty: &item.type_annotation.as_ref()?.type_annotation,
                env: env.clone(),
            };
            let ty = self.resolved(inference, &pattern)?;
            let (ty, given) = if item.optional {
                (self.checker.may_be(ty, Absent::Undefined)?, Given::Perhaps)
            } else {
                (ty, Given::Always)
            };
            params.push(TypeParam { name, ty, given });
        }
        if let Some(rest) = &function.params.rest {
            let pattern = Pattern {
                ty: &rest.type_annotation.as_ref()?.type_annotation,
                env: env.clone(),
            };
            let Type::Array(id) = self.resolved(inference, &pattern)? else {
                return None;
            };
            params.push(TypeParam {
                name: rest_name(rest),
                ty: Type::Rest(id),
                given: Given::Perhaps,
            });
        }
        Some(params)
    }

    /// The class that `instanceof` looks for: of a declaration with type parameters, the instance that the value may be of.
    pub(super) fn tested_class(&mut self, ty: Type, id: ClassId, span: Span) -> Option<ClassId> {
        if self.checker.type_parameters(Generic::Class(id)).is_none() {
            return Some(id);
        }
        let like = match ty.present() {
            Type::Class(of) => self.checker.classes.in_line(of, id),
            _ => None,
        };
        if like.is_none() {
            let name = self.checker.classes.get(id)?.name;
            let message = format!("`{name}` has type parameters, and the value may be of any");
            let help = "look for a class without type parameters that extends it, or keep what it is in a field";
            self.fail(unsupported::GENERIC, message, span, help);
        }
        like
    }

    /// Reports type arguments of what takes none.
    pub(super) fn no_type_arguments(&mut self, node: &'a ast::CallExpression<'a>) {
        if let Some(arguments) = &node.type_arguments {
            let span = self.place(arguments.as_ref());
            self.fail(
                codes::TYPE_ARGUMENTS,
                "what is called takes no type arguments",
                span,
                "remove the type arguments",
            );
        }
    }
}

/// What became of a function that is given.
enum Looked {
    Value(Value),
    /// What it takes is not known.
    NotYet,
    Wrong,
}

/// A function that is written here.
fn function_of<'a>(expr: &'a Expression<'a>) -> Option<FunctionNode<'a>> {
    match expr.without_parentheses() {
        Expression::ArrowFunctionExpression(node) => Some(FunctionNode::Arrow(node)),
        Expression::FunctionExpression(node) => Some(FunctionNode::Function(node)),
        _ => None,
    }
}

/// The constructor of a class.
fn constructor<'a>(node: &'a ast::Class<'a>) -> Option<&'a ast::Function<'a>> {
    node.body.body.iter().find_map(|element| match element {
        ast::ClassElement::MethodDefinition(method)
            if method.kind == ast::MethodDefinitionKind::Constructor && !method.r#static =>
        {
            Some(method.value.as_ref())
        }
        _ => None,
    })
}

/// What the argument of a parameter asks for, whose type is written with `undefined` or without.
fn gap_of(ty: &ast::TSType<'_>) -> Gap {
    let undefined = |ty: &ast::TSType<'_>| matches!(ty, ast::TSType::TSUndefinedKeyword(_));
    match ty {
        ast::TSType::TSUnionType(several) if several.types.iter().any(undefined) => Gap::Undefined,
        _ => Gap::Fault,
    }
}
