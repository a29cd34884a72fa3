//! The types of functions: written, or inferred from defaults and from what a body returns.

use oxc_ast::ast::{self, BindingPattern};

use super::annotation::Sight;
use super::body::{Body, Returns};
use super::border::wire;
use super::checker::Checker;
use super::function_node::FunctionNode;
use super::known::capture::Captures;
use super::known::class::InClass;
use super::known::entry::State;
use super::known::function_type::{FunctionType, TypeParam};
use super::known::signature::{Param, Signature};
use super::report::{error, place, place_of};
use super::scope::Local;
use super::types::{Absent, Type};
use crate::codes::{program, types as codes, unsupported};
use crate::ir;
use crate::ir::op::Val;
use crate::limits::{INFERENCE_DEPTH_MAX, PARAMETERS_MAX};

/// What a function is given beside its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Import,
    Plain,
    /// Its block comes first.
    Block,
    /// The object comes first.
    This,
}

/// Returns how the types of a function lie in WebAssembly; `None` if one cannot cross from the host.
fn lowered(signature: &Signature<'_>, form: Form) -> Option<ir::Signature> {
    let mut params = Vec::new();
    if matches!(form, Form::Block | Form::This) {
        params.push(Val::I32);
    }
    for Param { ty, .. } in &signature.params {
        if form == Form::Import {
            params.extend(wire(*ty)?);
        } else {
            params.extend(ty.val());
        }
    }
    params.extend(signature.ignored.iter().filter_map(|ty| ty.val()));
    Some(ir::Signature {
        params,
        result: signature.result.and_then(Type::val),
    })
}

impl<'a> Checker<'a> {
    /// Returns the types of a function, but for the result nothing is inferred.
    pub(super) fn declared(&mut self, index: usize) -> Option<Signature<'a>> {
        let entry = self.functions.get(index)?;
        if let Some(signature) = &entry.signature {
            return Some(signature.clone());
        }
        let (node, file, outer, name) = (entry.node, entry.file, entry.outer.clone(), entry.name);
        let class = entry.class;
        let captures = entry.captures.clone();
        let instance = entry.instance.as_ref();
        let (has_types, itself) = match instance {
            Some(of) => (true, of.template),
            None => (false, index),
        };
        let wrong = if entry.reading {
            let message = format!("the types of `{name}` depend on themselves");
            Some((message, "a default leads back here"))
        } else if self.inferring >= INFERENCE_DEPTH_MAX {
            let message = "too many types depend on each other in a row".to_owned();
            Some((message, "the row is too long here"))
        } else {
            None
        };
        if let Some((message, label)) = wrong {
            self.report(
                error(codes::RECURSIVE_RESULT, message)
                    .at(place(file, &node), label)
                    .help("write the types of the parameters and results of these functions"),
            );
            return None;
        }
        self.functions.get_mut(index)?.reading = true;
        self.inferring += 1;
        let scopes = super::scope::Scopes::default();
        let sight = Sight {
            file,
            scopes: Some((&scopes, &outer)),
            first: None,
        };
        let form = ReadAs {
            expression: None,
            has_types,
            stands: Stands {
                class,
                captures: captures.as_ref(),
                name: node.id().map(|id| id.name.as_str()),
                itself: Some(itself),
            },
        };
        let signature = self.read(sight, node, form);
        self.inferring -= 1;
        self.functions.get_mut(index)?.reading = false;
        self.set_signature(index, signature.clone());
        Some(signature)
    }

    /// Returns the types of a function; its body is checked now if only that tells its result.
    pub(super) fn signature(&mut self, index: usize) -> Option<Signature<'a>> {
        let signature = self.declared(index)?;
        if signature.result.is_some() || signature.broken {
            return Some(signature);
        }
        let entry = self.functions.get(index)?;
        let (state, name) = (entry.state, entry.name);
        let span = place(entry.file, &entry.node);
        match state {
            State::Done => {}
            State::Working => {
                self.report(
                    error(
                        codes::RECURSIVE_RESULT,
                        format!("the result type of `{name}` depends on itself"),
                    )
                    .at(span, "has no written result type")
                    .help(format!("write it: `function {name}(…): number`")),
                );
                self.break_signature(index);
            }
            State::Waiting if self.inferring >= INFERENCE_DEPTH_MAX => {
                self.report(
                    error(
                        codes::RECURSIVE_RESULT,
                        "too many types depend on each other in a row",
                    )
                    .at(span, "has no written result type")
                    .help(format!("write it: `function {name}(…): number`")),
                );
                self.break_signature(index);
            }
            State::Waiting => {
                self.inferring += 1;
                self.lower_function(index);
                self.inferring -= 1;
            }
        }
        self.functions.get(index)?.signature.clone()
    }

    pub(super) fn break_signature(&mut self, index: usize) {
        if let Some(signature) = self
            .functions
            .get_mut(index)
            .and_then(|f| f.signature.as_mut())
        {
            signature.broken = true;
        }
    }

    pub(super) fn set_signature(&mut self, index: usize, signature: Signature<'a>) {
        let Some(entry) = self.functions.get_mut(index) else {
            return;
        };
        let id = entry.ir;
        let is_import = self.module.function(id).is_some_and(|f| f.body().is_none());
        let this = entry.class.is_some_and(InClass::has_this);
        let form = match (is_import, &entry.captures) {
            (true, _) => Form::Import,
            (false, Some(_)) => Form::Block,
            (false, None) if this => Form::This,
            (false, None) => Form::Plain,
        };
        entry.signature = Some(signature.clone());
        // Nothing calls what is broken.
        if signature.broken {
            return;
        }
        let Some(lowered) = lowered(&signature, form) else {
            self.internal("the host gives a function with a type that cannot cross");
            return;
        };
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            function.signature = lowered;
        }
    }

    /// Enters an inferred result type.
    pub(super) fn set_result(&mut self, index: usize, result: Type) {
        let Some(mut signature) = self.functions.get(index).and_then(|f| f.signature.clone())
        else {
            return;
        };
        signature.result = Some(result);
        self.set_signature(index, signature);
    }

    /// The types of a function that is written as an expression. Those that are not written come from the type that is wanted.
    pub(super) fn expression_signature(
        &mut self,
        sight: Sight<'_, 'a>,
        node: FunctionNode<'a>,
        written: WrittenHere<'_, 'a>,
    ) -> Signature<'a> {
        let WrittenHere {
            wanted,
            class,
            captures,
        } = written;
        let form = ReadAs {
            expression: Some(wanted),
            has_types: false,
            stands: Stands {
                class,
                captures: Some(captures),
                name: node.id().map(|id| id.name.as_str()),
                itself: None,
            },
        };
        self.read(sight, node, form)
    }

    /// The types of a function.
    fn read(
        &mut self,
        sight: Sight<'_, 'a>,
        node: FunctionNode<'a>,
        form: ReadAs<'_, 'a>,
    ) -> Signature<'a> {
        let has_types = form.has_types;
        let class = form.stands.class;
        let file = sight.file;
        let mut broken = false;
        if node.waits() {
            broken = true;
            self.report(
                error(
                    unsupported::ASYNC,
                    "async functions and generators are not supported yet",
                )
                .at(place(file, &node), "")
                .help("compute the result directly"),
            );
        }
        if let Some(parameters) = node.type_parameters().filter(|_| !has_types) {
            broken = true;
            self.report(
                error(
                    unsupported::GENERIC,
                    "a function with type parameters is no value",
                )
                .at(place(file, parameters), "")
                .help("declare it with `function` and a name, and call it; or write the types"),
            );
            // What is written with them is not looked at.
            return Signature {
                params: Vec::new(),
                ignored: Vec::new(),
                result: None,
                broken,
            };
        }
        if let Some(this) = node.this_parameter() {
            broken = true;
            self.report(
                error(unsupported::CLASS, "a parameter `this` is not supported")
                    .at(place_of(file, this), "")
                    .help("pass the value as a parameter of its own"),
            );
        }
        let list = Listed {
            list: node.params(),
            form,
        };
        let params = self.params(sight, list, &mut broken);
        let result = match node.result() {
            _ if class.is_some_and(InClass::returns_nothing) => Some(Type::Void),
            Some(written) if let Some(class) = self.returns_this(written, class, &node) => {
                broken |= class.is_none();
                class
            }
            Some(written) => {
                let ty = self.written(sight, &written.type_annotation);
                broken |= ty.is_none();
                ty
            }
            None if !node.has_body() => {
                broken = true;
                self.report(
                    error(codes::NO_TYPE, "a declared function needs a result type")
                        .at(place(file, &node), "")
                        .help("write it: `: void`, `: number`"),
                );
                None
            }
            None => None,
        };
        if !node.has_body() && class.is_none() {
            let params = params
                .iter()
                .map(|param| param.ty)
                .filter(|ty| wire(*ty).is_none());
            let result = result.filter(|ty| ty.is_reference());
            if let Some(ty) = params.chain(result).next() {
                broken = true;
                self.cannot_cross(ty, place(file, &node));
            }
        }
        Signature {
            params,
            ignored: Vec::new(),
            result,
            broken,
        }
    }

    fn params(
        &mut self,
        sight: Sight<'_, 'a>,
        listed: Listed<'_, 'a>,
        broken: &mut bool,
    ) -> Vec<Param<'a>> {
        let Listed { list, form } = listed;
        let ReadAs {
            expression, stands, ..
        } = form;
        let mut params = Vec::new();
        if list.items.len() + usize::from(list.rest.is_some()) > PARAMETERS_MAX {
            *broken = true;
            self.report(
                error(
                    program::PROGRAM_TOO_LARGE,
                    format!("more than {PARAMETERS_MAX} parameters"),
                )
                .at(place(sight.file, list), "")
                .help("split the function"),
            );
            return params;
        }
        let mut form = ListForm {
            expression,
            stands,
            undefined_is_given: false,
        };
        params = self.params_once(sight, list, form, broken);
        let chooses = |param: &Param<'a>| {
            let item = list.items.get(param.at);
            item.is_some_and(|item| item.initializer.is_some())
                && param.ty.absent().is_some_and(Absent::has_undefined)
        };
        if expression.is_none() && params.iter().any(chooses) {
            // A call may give `undefined`, for which the default is: the function itself looks.
            form.undefined_is_given = true;
            params = self.params_once(sight, list, form, broken);
        }
        if let Some(rest) = &list.rest {
            let wanted = expression.flatten();
            let wanted = wanted.and_then(|wanted| wanted.params.get(list.items.len()));
            match self.rest_param(sight, rest, wanted) {
                Some(ty) => params.push(Param {
                    name: rest_name(rest),
                    pattern: &rest.rest.argument,
                    ty,
                    at: list.items.len(),
                    has_default: true,
                    default: None,
                    keeps_undefined: false,
                }),
                None => *broken = true,
            }
        }
        params
    }

    fn params_once(
        &mut self,
        sight: Sight<'_, 'a>,
        list: &'a ast::FormalParameters<'a>,
        form: ListForm<'_, 'a>,
        broken: &mut bool,
    ) -> Vec<Param<'a>> {
        let mut params = Vec::new();
        for (at, item) in list.items.iter().enumerate() {
            let wanted = form.expression;
            // What one of several takes has another type than all of them.
            let single =
                |ty: &&FunctionType<'a>| ty.params.get(at)?.ty.rest().is_none().then_some(());
            let wanted = wanted.map(|wanted| {
                let wanted = wanted.filter(|ty| single(ty).is_some());
                wanted.and_then(|ty| ty.params.get(at).copied())
            });
            let around = Around {
                earlier: &params,
                expression: wanted,
                stands: form.stands,
                undefined_is_given: form.undefined_is_given,
                at,
            };
            match self.param(sight, item, around) {
                Some(param) => params.push(param),
                None => *broken = true,
            }
        }
        params
    }

    fn param(
        &mut self,
        sight: Sight<'_, 'a>,
        item: &'a ast::FormalParameter<'a>,
        around: Around<'_, 'a>,
    ) -> Option<Param<'a>> {
        let Around {
            earlier,
            expression,
            stands,
            undefined_is_given,
            at,
        } = around;
        let span = place(sight.file, item);
        let names = item.pattern.get_binding_identifiers();
        let name = names.first().map_or("_", |id| id.name.as_str());
        let wanted = expression.flatten();
        let ty = match (&item.type_annotation, &item.initializer) {
            (Some(written), _) => self.written(sight, &written.type_annotation)?,
            (None, _) if let Some(wanted) = wanted => wanted.ty,
            (None, Some(default)) => self.type_of_default(sight, default, (earlier, stands))?,
            (None, None) => {
                let (message, help) = match &item.pattern {
                    BindingPattern::BindingIdentifier(_) => (
                        format!("the parameter `{name}` has no type"),
                        format!("write it: `{name}: number`"),
                    ),
                    _ => (
                        "the parameter has no type".to_owned(),
                        "write it behind the pattern: `{ x, y }: Point`, `[a, b]: number[]`"
                            .to_owned(),
                    ),
                };
                self.report(error(codes::NO_TYPE, message).at(span, "").help(help));
                return None;
            }
        };
        if ty == Type::Void {
            self.report(
                error(
                    codes::NO_VALUE,
                    format!("the parameter `{name}` has no value"),
                )
                .at(span, "`void` is no type of values")
                .help("write the type of the value"),
            );
            return None;
        }
        let nothing = matches!(ty, Type::Nothing(_));
        if nothing {
            let message = format!("the default does not show the type of `{name}`");
            let help = format!("write it: `{name}: number | null = null`");
            self.report(error(codes::NO_TYPE, message).at(span, "").help(help));
            return None;
        }
        // What is called by its type gets `undefined` where an argument is left out.
        let by_type = (expression.is_some() || undefined_is_given) && item.initializer.is_some();
        let keeps_undefined = by_type && ty.absent().is_some_and(Absent::has_undefined);
        let ty = if item.optional || by_type && wanted.is_none() {
            self.may_be(ty, Absent::Undefined)?
        } else {
            ty
        };
        if item.initializer.is_some() && earlier.iter().any(|param| chooses(param.pattern)) {
            let message = "a default behind a pattern that has defaults";
            let help = "move this parameter before the pattern, or take the value apart with `const` in the body";
            self.report(error(unsupported::PATTERN, message).at(span, "").help(help));
            return None;
        }
        Some(Param {
            name,
            pattern: &item.pattern,
            ty,
            at,
            has_default: item.initializer.is_some() || item.optional,
            default: item.initializer.as_deref().filter(|_| by_type),
            keeps_undefined: keeps_undefined && wanted.is_none(),
        })
    }

    /// `this` as the type of what a method returns; `None` if another type is written.
    fn returns_this(
        &mut self,
        written: &'a ast::TSTypeAnnotation<'a>,
        class: Option<InClass>,
        node: &FunctionNode<'a>,
    ) -> Option<Option<Type>> {
        let (ast::TSType::TSThisType(word), Some(class)) = (&written.type_annotation, class) else {
            return None;
        };
        if !class.has_this() {
            return None;
        }
        if matches!(node, FunctionNode::Function(node) if super::class_members::returns_this(node))
        {
            return Some(Some(Type::Class(class.id)));
        }
        let file = self.classes.get(class.id).map_or(0, |class| class.file);
        self.report(
            error(
                unsupported::CLASS,
                "a method of the type `this` returns `this` itself",
            )
            .at(place(file, word.as_ref()), "")
            .help("write `return this` and no other `return`, or write the name of the class"),
        );
        Some(None)
    }

    /// `...values: T[]`
    pub(super) fn rest_param(
        &mut self,
        sight: Sight<'_, 'a>,
        rest: &'a ast::FormalParameterRest<'a>,
        wanted: Option<&TypeParam<'a>>,
    ) -> Option<Type> {
        let span = place(sight.file, rest);
        let name = rest_name(rest);
        let ty = match (
            &rest.type_annotation,
            wanted.and_then(|wanted| wanted.ty.rest()),
        ) {
            (Some(written), _) => self.written(sight, &written.type_annotation)?,
            (None, Some(id)) => Type::Array(id),
            (None, None) => {
                let message = format!("the parameter `{name}` has no type");
                let help = format!("write it: `...{name}: number[]`");
                self.report(error(codes::NO_TYPE, message).at(span, "").help(help));
                return None;
            }
        };
        match ty {
            Type::Array(id) if self.arrays.kind(id).is_none() => Some(Type::Rest(id)),
            _ => {
                let shown = self.type_name(ty);
                let message = format!("a rest parameter of type `{shown}`");
                let help = format!("write an array: `...{name}: number[]`");
                self.report(error(codes::MISMATCH, message).at(span, "").help(help));
                None
            }
        }
    }

    /// Returns the type of a default, which sees what the function sees, and the parameters before its own.
    fn type_of_default(
        &mut self,
        sight: Sight<'_, 'a>,
        default: &'a ast::Expression<'a>,
        (earlier, stands): (&[Param<'a>], Stands<'_, 'a>),
    ) -> Option<Type> {
        let outer = sight
            .scopes
            .map_or_else(Default::default, |(_, outer)| outer.clone());
        let mut body = Body::new(self, sight.file, outer, Returns::Nowhere);
        body.begin_class(stands.class);
        let declaring = body.checker.declaring.len();
        if let Some(captures) = stands.captures {
            let block = body.temporary(Val::I32);
            let own = stands.name.zip(stands.itself);
            body.begin_captured(captures, own, block);
            // What a function expression calls by its own name has no type before its parameters have one.
            if let (Some(name), None, Some(scope)) = (stands.name, own, body.scopes.innermost()) {
                scope.names.insert(name, Local::Untyped);
                body.checker.declaring.push(name);
            }
        }
        let ty = body.type_behind(earlier, default);
        self.declaring.truncate(declaring);
        ty
    }
}

impl<'a> Body<'_, 'a> {
    fn type_behind(
        &mut self,
        earlier: &[Param<'a>],
        default: &'a ast::Expression<'a>,
    ) -> Option<Type> {
        for param in earlier {
            let local = self.parameter_local(param)?;
            // What takes the value apart is of no use here.
            self.name_parameter(param, local, &mut Vec::new())?;
        }
        self.value(default, None).map(|value| value.ty)
    }
}

/// A function that is written as an expression, before its types are read.
#[derive(Clone, Copy)]
pub(super) struct WrittenHere<'t, 'a> {
    /// The type that is wanted, if there is one.
    pub(super) wanted: Option<&'t FunctionType<'a>>,
    /// The class around it.
    pub(super) class: Option<InClass>,
    pub(super) captures: &'t Captures<'a>,
}

/// Where a function stands, which its defaults see.
#[derive(Clone, Copy)]
struct Stands<'t, 'a> {
    class: Option<InClass>,
    /// What it shares with the functions around it.
    captures: Option<&'t Captures<'a>>,
    /// Its own name, and what that means by its place in the table of functions; an expression is not there yet.
    name: Option<&'a str>,
    itself: Option<usize>,
}

/// The parameters of a function.
#[derive(Clone, Copy)]
struct Listed<'t, 'a> {
    list: &'a ast::FormalParameters<'a>,
    form: ReadAs<'t, 'a>,
}

/// What is known of a function before its types are read.
#[derive(Clone, Copy)]
struct ReadAs<'t, 'a> {
    /// The function is an expression, with the type that is wanted, if there is one.
    expression: Option<Option<&'t FunctionType<'a>>>,
    /// Its type parameters have types: it is an instance.
    has_types: bool,
    stands: Stands<'t, 'a>,
}

/// What is known of a parameter before its type is read.
struct Around<'t, 'a> {
    earlier: &'t [Param<'a>],
    expression: Option<Option<TypeParam<'a>>>,
    stands: Stands<'t, 'a>,
    undefined_is_given: bool,
    at: usize,
}

/// What is known of all parameters of a function.
#[derive(Clone, Copy)]
struct ListForm<'t, 'a> {
    expression: Option<Option<&'t FunctionType<'a>>>,
    stands: Stands<'t, 'a>,
    /// What is left out is given as `undefined`: the function itself computes the defaults.
    undefined_is_given: bool,
}

/// The name of a rest parameter, or the first one in its pattern.
pub(super) fn rest_name<'a>(rest: &'a ast::FormalParameterRest<'a>) -> &'a str {
    let names = rest.rest.argument.get_binding_identifiers();
    names.first().map_or("rest", |id| id.name.as_str())
}

/// Whether a pattern has defaults, which may do something.
fn chooses(pattern: &BindingPattern<'_>) -> bool {
    match pattern {
        BindingPattern::BindingIdentifier(_) => false,
        BindingPattern::AssignmentPattern(_) => true,
        BindingPattern::ObjectPattern(node) => {
            let rest = node.rest.iter().map(|rest| &rest.argument);
            let mut inside = node.properties.iter().map(|p| &p.value).chain(rest);
            inside.any(chooses)
        }
        BindingPattern::ArrayPattern(node) => {
            let rest = node.rest.iter().map(|rest| &rest.argument);
            let mut inside = node.elements.iter().flatten().chain(rest);
            inside.any(chooses)
        }
    }
}
