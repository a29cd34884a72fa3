//! Generic declarations: one with type parameters is lowered once for each list of types that it is used with.
//!
//! An instance is an entry of its own in the table of functions, of classes or of aliases, with the same declaration and a layer of
//! names that says which types its parameters are. It is made when something needs it first, and found again by its types.
//! INVARIANT: a program has at most [`INSTANCES_MAX`] of them, and one declaration needs itself for other types at most
//! [`INSTANCE_CHAIN_MAX`] times in a row, so a program whose types grow without end is refused. What a use wants with `extends` may
//! lead back to the same use: that fits if all else does.

use std::rc::Rc;

use oxc_ast::ast::{TSType, TSTypeParameter, TSTypeParameterDeclaration};
use oxc_span::GetSpan;
use tollgate_diagnostics::span::Span;

use super::annotation::Sight;
use super::checker::Checker;
use super::function_node::FunctionNode;
use super::known::entry::{AliasEntry, Calls, Named, State};
use super::known::file::NewFunction;
use super::known::generic::{Generic, InstanceOf, Needed, Step};
use super::known::instance::{Known, Waiting};
use super::report::{error, place};
use super::scope::{Outer, Scopes};
use super::types::{ClassId, Type};
use crate::codes::{program, types as codes};
use crate::limits::{INFERENCE_DEPTH_MAX, INSTANCE_CHAIN_MAX, INSTANCES_MAX};

/// Bytes of a declaration for each part that an instance of it counts before it is lowered.
const BYTES_OF_A_PART: usize = 4;

impl<'a> Checker<'a> {
    /// The type parameters of a declaration with the file that has them; `None` if it has none, or is an instance.
    pub(super) fn type_parameters(
        &self,
        generic: Generic,
    ) -> Option<(&'a TSTypeParameterDeclaration<'a>, u32)> {
        match generic {
            Generic::Function(index) => {
                let entry = self.functions.get(index)?;
                let parameters = entry.node.type_parameters()?;
                entry.instance.is_none().then_some((parameters, entry.file))
            }
            Generic::Class(id) => {
                let class = self.classes.get(id)?;
                let parameters = class.node.type_parameters.as_deref()?;
                class.instance.is_none().then_some((parameters, class.file))
            }
            Generic::Alias(index) => {
                let entry = self.aliases.get(index)?;
                let parameters = match entry.node {
                    Named::Type(node) => node.type_parameters.as_deref(),
                    Named::Interface(node) => node.type_parameters.as_deref(),
                };
                entry.given.is_none().then_some((parameters?, entry.file))
            }
        }
    }

    /// Whether a function is declared with type parameters, and has no types for them.
    pub(super) fn is_template(&self, index: usize) -> bool {
        self.type_parameters(Generic::Function(index)).is_some()
    }

    fn generic_name(&self, generic: Generic) -> &'a str {
        match generic {
            Generic::Function(index) => self.functions.get(index).map_or("", |entry| entry.name),
            Generic::Class(id) => self.classes.get(id).map_or("", |class| class.name),
            Generic::Alias(index) => self.aliases.get(index).map_or("", |entry| entry.shown),
        }
    }

    /// What is known of the types of a declaration before anything is found.
    pub(super) fn nothing_known(
        &self,
        generic: Generic,
        around: Option<Rc<Step>>,
    ) -> Option<Known<'a>> {
        let (parameters, _) = self.type_parameters(generic)?;
        Some(Known {
            generic,
            parameters,
            types: vec![None; parameters.params.len()],
            name: self.generic_name(generic),
            around,
        })
    }

    /// The types that are written for a declaration.
    pub(super) fn written_arguments(
        &mut self,
        generic: Generic,
        sight: Sight<'_, 'a>,
        written: &'a [TSType<'a>],
        span: Span,
    ) -> Option<Known<'a>> {
        let mut known = self.nothing_known(generic, sight.step())?;
        let most = known.types.len();
        let least = known.parameters.params.iter();
        let least = least.take_while(|parameter| parameter.default.is_none());
        let (least, given) = (least.count(), written.len());
        let mut types = Some(Vec::new());
        for ty in written {
            match (self.written(sight, ty), &mut types) {
                (Some(ty), Some(list)) => list.push(ty),
                (None, _) => types = None,
                (Some(_), None) => {}
            }
        }
        if !(least..=most).contains(&given) {
            let needed = if least == most {
                format!("{most}")
            } else {
                format!("{least} to {most}")
            };
            let name = known.name;
            let message =
                format!("`{name}` takes {needed} types as arguments, and is given {given}");
            let names: Vec<&str> = known
                .parameters
                .params
                .iter()
                .map(|p| p.name.name.as_str())
                .collect();
            let help = format!("write a type for each: `{name}<{}>`", names.join(", "));
            self.report(
                error(codes::TYPE_ARGUMENTS, message)
                    .at(span, "")
                    .help(help),
            );
            return None;
        }
        for (place, ty) in known.types.iter_mut().zip(types?) {
            *place = Some(ty);
        }
        Some(known)
    }

    /// Gives parameters without a type their defaults, and looks whether all types are such as the declaration wants.
    pub(super) fn settled_arguments(
        &mut self,
        known: Known<'a>,
        sight: Sight<'_, 'a>,
        span: Span,
    ) -> Option<Vec<Type>> {
        let known = self.with_defaults(known, sight, span)?;
        let types: Vec<Type> = known.types.iter().copied().collect::<Option<_>>()?;
        let key = (known.generic, types);
        // What leads back to itself fits if all else does.
        let is_known = self.instances.known.contains_key(&key);
        let constrained = |p: &TSTypeParameter<'a>| p.constraint.is_some();
        let is_free = !known.parameters.params.iter().any(constrained);
        if is_free || is_known || self.instances.is_settling(&known) {
            return Some(key.1);
        }
        if self.classes.settled {
            self.fitting(&known, sight, span)?;
        } else {
            // What a class extends and has is not known yet.
            let outer = sight.scopes.map(|(_, outer)| outer.clone());
            self.instances.waiting.push(Waiting {
                known,
                outer: outer.unwrap_or_default(),
                file: sight.file,
                span,
            });
        }
        Some(key.1)
    }

    /// Looks whether the types fit that were used before it was known what classes are.
    pub(super) fn settle_waiting_arguments(&mut self) {
        for waiting in std::mem::take(&mut self.instances.waiting) {
            let Waiting {
                known,
                outer,
                file,
                span,
            } = waiting;
            let scopes = top_level();
            let sight = Sight {
                file,
                scopes: Some((&scopes, &outer)),
                first: None,
            };
            if self.fitting(&known, sight, span).is_none() {
                self.must_be_reported(span);
            }
        }
    }

    fn with_defaults(
        &mut self,
        known: Known<'a>,
        sight: Sight<'_, 'a>,
        span: Span,
    ) -> Option<Known<'a>> {
        if known.types.iter().all(Option::is_some) {
            return Some(known);
        }
        if self.instances.is_settling(&known) {
            let message = format!("a default of `{}` leads back to itself", known.name);
            self.report(
                error(codes::RECURSIVE_RESULT, message)
                    .at(span, "leads back here")
                    .help("write a default that does not use the declaration, or uses it with all types"),
            );
            return None;
        }
        self.settling(&known, span, |checker| {
            let mut known = known.clone();
            for at in 0..known.types.len() {
                let parameter = known.parameters.params.get(at)?;
                if known.types.get(at).copied().flatten().is_some() {
                    continue;
                }
                let Some(default) = &parameter.default else {
                    checker.not_found(&known, parameter.name.name.as_str(), span);
                    return None;
                };
                let names = known.seen();
                let ty = checker.written(sight.first(&names), default)?;
                *known.types.get_mut(at)? = Some(ty);
            }
            Some(known)
        })
    }

    /// Looks whether all types are such as the declaration wants.
    fn fitting(&mut self, known: &Known<'a>, sight: Sight<'_, 'a>, span: Span) -> Option<()> {
        self.settling(known, span, |checker| {
            let names = known.seen();
            let mut fits = Some(());
            for (parameter, ty) in known.parameters.params.iter().zip(&known.types) {
                let (Some(wanted), Some(ty)) = (&parameter.constraint, ty) else {
                    continue;
                };
                if checker.satisfies(sight.first(&names), wanted, *ty)? {
                    continue;
                }
                fits = None;
                if !checker.instances.unfit.insert((known.generic, span)) {
                    continue;
                }
                let (shown, own) = (checker.type_name(*ty), parameter.name.name.as_str());
                let at = place(sight.file, wanted);
                let message = format!("`{shown}` does not fit `{own}` of `{}`", known.name);
                checker.report(
                    error(codes::TYPE_ARGUMENTS, message)
                        .at(span, "used here")
                        .at(at, "must be this")
                        .help("use a type that has what is wanted"),
                );
            }
            fits
        })
    }

    /// Does something for a use while it is known that this is done. Constraints and defaults lead from one use to others: that
    /// goes no deeper than inference does, and what is refused inside of another use is not looked at again.
    fn settling<T>(
        &mut self,
        known: &Known<'a>,
        span: Span,
        what: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let key = (known.generic, known.types.clone());
        let is_inside = !self.instances.settling.is_empty();
        if is_inside && self.instances.refused.contains(&key) {
            self.must_be_reported(span);
            return None;
        }
        if self.inferring >= INFERENCE_DEPTH_MAX {
            let message = format!("what `{}` wants leads to ever new types", known.name);
            self.report(
                error(codes::ENDLESS, message)
                    .at(span, "the row is too long here")
                    .help("use the same types in what stands behind `extends` and `=`"),
            );
            self.instances.refused.insert(key);
            return None;
        }
        self.instances.settling.push(key);
        self.inferring += 1;
        let done = what(self);
        self.inferring -= 1;
        let key = self.instances.settling.pop();
        if let (None, true, Some(key)) = (&done, is_inside, key) {
            self.instances.refused.insert(key);
        }
        done
    }

    fn not_found(&mut self, known: &Known<'a>, parameter: &str, span: Span) {
        let name = known.name;
        let message = format!("nothing shows what `{parameter}` of `{name}` is");
        let help = format!("write the types: `{name}<number>`");
        self.report(
            error(codes::TYPE_ARGUMENTS, message)
                .at(span, "used here")
                .help(help),
        );
    }

    /// Whether a type is what a parameter wants with `extends`.
    fn satisfies(
        &mut self,
        sight: Sight<'_, 'a>,
        wanted: &'a TSType<'a>,
        ty: Type,
    ) -> Option<bool> {
        let present = ty.absent().is_none() && ty != Type::Void;
        Some(match wanted {
            TSType::TSParenthesizedType(inner) => {
                return self.satisfies(sight, &inner.type_annotation, ty);
            }
            TSType::TSUnknownKeyword(_) => true,
            TSType::TSObjectKeyword(_) => present && ty.is_reference() && ty != Type::Text,
            TSType::TSNullKeyword(_) => ty == Type::Nothing(super::types::Absent::Null),
            TSType::TSUndefinedKeyword(_) => ty == Type::Nothing(super::types::Absent::Undefined),
            TSType::TSTypeLiteral(literal) if literal.members.is_empty() => present,
            TSType::TSArrayType(array)
                if matches!(array.element_type, TSType::TSUnknownKeyword(_)) =>
            {
                matches!(ty, Type::Array(_))
            }
            TSType::TSUnionType(union) => {
                let parts: Vec<Type> = match ty {
                    Type::Maybe(base, absent) => {
                        let absent = match absent {
                            super::types::Absent::Either => {
                                vec![super::types::Absent::Null, super::types::Absent::Undefined]
                            }
                            one => vec![one],
                        };
                        let absent = absent.into_iter().map(Type::Nothing);
                        [base.ty()].into_iter().chain(absent).collect()
                    }
                    ty => vec![ty],
                };
                for part in parts {
                    let mut any = false;
                    for member in &union.types {
                        any = any || self.satisfies(sight, member, part)?;
                    }
                    if !any {
                        return Some(false);
                    }
                }
                true
            }
            wanted => {
                let wanted = self.written(sight, wanted)?;
                self.becomes(ty, wanted) || present && self.has_all_of(ty, wanted)
            }
        })
    }

    /// Whether values of a type have the properties of a type of records.
    fn has_all_of(&mut self, ty: Type, wanted: Type) -> bool {
        let Type::Record(wanted) = wanted else {
            return false;
        };
        let properties = self.records.properties(wanted).to_vec();
        self.spend(properties.len());
        properties.into_iter().all(|property| {
            if property.name == "length" && matches!(ty, Type::Text | Type::Array(_)) {
                return property.ty == Type::Number;
            }
            match self.member_type(ty, property.name) {
                Some(own) => self.becomes(own, property.ty),
                None => property.ty.absent().is_some(),
            }
        })
    }

    /// The type that a member has as a value: that of a method is the type of its function.
    pub(super) fn member_type(&mut self, ty: Type, name: &str) -> Option<Type> {
        use super::known::class::Member;
        let id = match ty {
            Type::Record(id) => {
                let mut properties = self.records.properties(id).iter();
                return properties
                    .find(|property| property.name == name)
                    .map(|p| p.ty);
            }
            Type::Class(id) => id,
            _ => return None,
        };
        let found = self.classes.member(id, name)?;
        match found.member {
            Member::Field(at) => self.field_type(found.owner, at),
            Member::Accessor {
                get: Some(index), ..
            } => self.signature(index)?.result,
            Member::Method(index) if !self.is_template(index) => {
                let signature = self.signature(index).filter(|s| !s.broken)?;
                self.natural_type(&signature, usize::MAX)
                    .map(Type::Function)
            }
            Member::Method(_) | Member::Accessor { get: None, .. } => None,
        }
    }

    /// The instance of a declaration for these types, which fit; it is made if it is needed the first time.
    fn instance(
        &mut self,
        generic: Generic,
        arguments: Vec<Type>,
        needed: Needed,
    ) -> Option<usize> {
        let key = (generic, arguments);
        if let Some(known) = self.instances.known.get(&key) {
            return Some(*known);
        }
        let (_, arguments) = key;
        let Needed { around, span } = needed;
        if Some(span.file as usize) != self.standard {
            self.instances.needed_at = Some(span);
        }
        let step = Step::after(around, generic);
        let name = self.generic_name(generic);
        if step.times > INSTANCE_CHAIN_MAX {
            let message = format!(
                "`{name}` needs itself for other types more than {INSTANCE_CHAIN_MAX} times in a row"
            );
            self.report(
                error(codes::ENDLESS, message)
                    .at(span, "leads to ever new types")
                    .help("use it for the same types inside of itself"),
            );
            return None;
        }
        if self.instances.known.len() >= INSTANCES_MAX {
            let message = format!(
                "generic declarations are used with more than {INSTANCES_MAX} lists of types"
            );
            self.report(
                error(program::PROGRAM_TOO_LARGE, message)
                    .at(span, "one more here")
                    .help("use them with fewer types"),
            );
            return None;
        }
        if self.budget.is_spent() {
            return None;
        }
        let (parameters, file) = self.type_parameters(generic)?;
        self.spend(self.bytes_of(generic) / BYTES_OF_A_PART + 1);
        let names = parameters.params.iter().zip(&arguments);
        let names: Vec<(&'a str, Type)> = names
            .map(|(parameter, ty)| (parameter.name.name.as_str(), *ty))
            .collect();
        let shown: Vec<String> = arguments.iter().map(|ty| self.type_name(*ty)).collect();
        let shown = self.shown_name(&format!("{name}<{}>", shown.join(", ")));
        let made = Made {
            names,
            arguments: arguments.clone().into(),
            step: Rc::new(step),
            shown,
            file,
        };
        let index = match generic {
            Generic::Function(template) => self.function_instance(template, made)?,
            Generic::Alias(template) => self.alias_instance(template, made)?,
            Generic::Class(template) => {
                let id = self.add_class_instance(template, made)?;
                self.instances.known.insert((generic, arguments), id.0);
                self.begin_class_instance(id);
                return Some(id.0);
            }
        };
        self.instances.known.insert((generic, arguments), index);
        Some(index)
    }

    /// A name of our own, as long as names may be.
    fn shown_name(&self, name: &str) -> &'a str {
        let end = name.floor_char_boundary(crate::limits::NAME_BYTES_MAX);
        self.allocator.alloc_str(name.get(..end).unwrap_or(name))
    }

    fn bytes_of(&self, generic: Generic) -> usize {
        let span = match generic {
            Generic::Function(index) => self.functions.get(index).map(|entry| entry.node.span()),
            Generic::Class(id) => self.classes.get(id).map(|class| class.node.span),
            Generic::Alias(index) => self.aliases.get(index).map(|entry| match entry.node {
                Named::Type(node) => node.span,
                Named::Interface(node) => node.span,
            }),
        };
        span.map_or(0, |span| span.size() as usize)
    }

    fn function_instance(&mut self, template: usize, made: Made<'a>) -> Option<usize> {
        let Made {
            names,
            arguments,
            step,
            shown,
            file,
        } = made;
        let entry = self.functions.get(template)?;
        let outer = entry.outer.with_types(&names, Some(step));
        let (node, class, captures) = (entry.node, entry.class, entry.captures.clone());
        let (calls, state) = (entry.calls, entry.state);
        debug_assert!(calls == Calls::ByName && state != State::Working);
        let index = self.enter(NewFunction {
            file,
            node,
            name: shown,
            outer,
            class,
        });
        if let Some(entry) = self.functions.get_mut(index) {
            entry.captures = captures;
            entry.calls = calls;
            entry.instance = Some(InstanceOf {
                template,
                arguments,
            });
        }
        if Some(file as usize) == self.standard {
            self.wanted.insert(index);
        }
        if self.classes.fluent.contains(&template) {
            self.classes.fluent.insert(index);
        }
        Some(index)
    }

    fn alias_instance(&mut self, template: usize, made: Made<'a>) -> Option<usize> {
        let entry = self.aliases.get(template)?;
        let (node, file) = (entry.node, entry.file);
        self.aliases.push(AliasEntry {
            node,
            file,
            state: State::Waiting,
            ty: None,
            began: 0,
            reserved: None,
            reserved_union: None,
            shown: made.shown,
            given: Some(Outer::default().with_types(&made.names, Some(made.step))),
        });
        Some(self.aliases.len() - 1)
    }

    /// The instance of a function for these types.
    pub(super) fn function_for(
        &mut self,
        template: usize,
        arguments: Vec<Type>,
        needed: Needed,
    ) -> Option<usize> {
        self.instance(Generic::Function(template), arguments, needed)
    }

    /// The instance of a class for these types.
    pub(super) fn class_for(
        &mut self,
        template: ClassId,
        arguments: Vec<Type>,
        needed: Needed,
    ) -> Option<ClassId> {
        self.instance(Generic::Class(template), arguments, needed)
            .map(ClassId)
    }

    /// The instance of a type or an interface for these types.
    pub(super) fn alias_for(
        &mut self,
        template: usize,
        arguments: Vec<Type>,
        needed: Needed,
    ) -> Option<usize> {
        self.instance(Generic::Alias(template), arguments, needed)
    }

    /// The types of the type parameters that a function has itself.
    pub(super) fn types_of_instance(&self, index: usize) -> Vec<Type> {
        let instance = self.functions.get(index);
        let instance = instance.and_then(|entry| entry.instance.as_ref());
        instance.map_or(Vec::new(), |of| of.arguments.to_vec())
    }

    /// Reports a generic declaration that is used without types.
    pub(super) fn template_as_value(&mut self, name: &str, node: FunctionNode<'a>, span: Span) {
        let params: Vec<&str> = node
            .params()
            .items
            .iter()
            .flat_map(|item| item.pattern.get_binding_identifiers())
            .map(|id| id.name.as_str())
            .collect();
        let params = params.join(", ");
        let message = format!("`{name}` has type parameters, and is used as a value");
        let help = format!("write a function that calls it: `({params}) => {name}({params})`");
        self.report(
            error(crate::codes::unsupported::GENERIC, message)
                .at(span, "")
                .help(help),
        );
    }
}

/// An instance in the making.
pub(super) struct Made<'a> {
    pub(super) names: Vec<(&'a str, Type)>,
    pub(super) arguments: Rc<[Type]>,
    pub(super) step: Rc<Step>,
    pub(super) shown: &'a str,
    pub(super) file: u32,
}

/// The scopes at the top level of a file.
pub(super) fn top_level<'a>() -> Scopes<'a> {
    Scopes::default()
}
