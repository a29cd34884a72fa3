//! Which types the parameters of a generic declaration have in a use of it: found in the types of what it is given.
//!
//! A written type is laid over the type of a value, and where it names a type parameter there is a candidate. What a function that
//! is given takes, and numbers that are known, are weak candidates: they count where nothing else shows the type. Names in types
//! that are written with type arguments are followed to what they stand for. INVARIANT: one argument leads to
//! no more than [`STEPS_MAX`] types.

use std::collections::HashSet;
use std::rc::Rc;

use oxc_ast::ast::{self, TSSignature, TSType, TSTypeName};
use oxc_ast_visit::{Visit, walk};

use super::annotation::{Reference, Sight};
use super::body::Body;
use super::dictionary::index_signature;
use super::generic::top_level;
use super::known::entry::Named;
use super::known::file::Item;
use super::known::generic::Generic;
use super::known::instance::Known;
use super::scope::{Outer, OuterName};
use super::types::{Absent, ClassId, Type};

/// Types that one argument leads to.
const STEPS_MAX: u32 = 256;

/// What the names in a written type mean.
pub(super) type Env<'a> = Rc<Names<'a>>;

/// The names that have a meaning here, and where the others are looked for.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub(super) file: u32,
    pub(super) list: Vec<(&'a str, Meaning<'a>)>,
    pub(super) outer: Outer<'a>,
}

#[derive(Debug, Clone)]
pub(super) enum Meaning<'a> {
    /// A type parameter that is looked for, by its place.
    Parameter(usize),
    /// What is written for it.
    Written(Pattern<'a>),
}

/// A written type, with the meaning of its names.
#[derive(Debug, Clone)]
pub(super) struct Pattern<'a> {
    pub(super) ty: &'a TSType<'a>,
    pub(super) env: Env<'a>,
}

impl<'a> Pattern<'a> {
    fn of(&self, ty: &'a TSType<'a>) -> Self {
        Self {
            ty,
            env: self.env.clone(),
        }
    }
}

/// How sure a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    Strong,
    Weak,
    /// A number that is known takes the type that is shown by something else.
    Constant,
}

/// The type of a value that a written type is laid over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) ty: Type,
    pub(super) strength: Strength,
}

impl Seen {
    pub(super) fn strong(ty: Type) -> Self {
        Self {
            ty,
            strength: Strength::Strong,
        }
    }

    pub(super) fn weak(ty: Type) -> Self {
        Self {
            ty,
            strength: Strength::Weak,
        }
    }

    pub(super) fn constant(ty: Type) -> Self {
        Self {
            ty,
            strength: Strength::Constant,
        }
    }

    fn of(self, ty: Type) -> Self {
        Self { ty, ..self }
    }
}

/// What is found of a parameter.
#[derive(Debug, Clone, Copy, Default)]
struct Candidate {
    strong: Option<Type>,
    weak: Option<Type>,
    constant: Option<Type>,
    absent: Option<Absent>,
}

/// The types of one use, so far.
pub(super) struct Inference {
    found: Vec<Candidate>,
    steps: u32,
    /// Declarations that are laid over a type, the outermost first: one that leads back to itself shows nothing more.
    inside: Vec<(usize, Type)>,
}

impl Inference {
    pub(super) fn of(parameters: usize) -> Self {
        Self {
            found: vec![Candidate::default(); parameters],
            steps: 0,
            inside: Vec::new(),
        }
    }

    /// The type of a parameter, as it is known by now.
    fn ty(&self, at: usize) -> Option<Type> {
        let found = self.found.get(at)?;
        let ty = found.strong.or(found.weak).or(found.constant)?;
        match found.absent {
            Some(absent) => ty.or(absent),
            None => Some(ty),
        }
    }

    /// Enters what is found.
    pub(super) fn enter(&self, known: &mut Known<'_>) {
        for (at, place) in known.types.iter_mut().enumerate() {
            *place = self.ty(at);
        }
    }

    /// Begins with the next argument.
    pub(super) fn go_on(&mut self) {
        self.steps = 0;
    }

    pub(super) fn parameters(&self) -> usize {
        self.found.len()
    }

    /// Notes the type of a parameter that something else shows.
    pub(super) fn note(&mut self, at: usize, ty: Type) {
        if let Some(found) = self.found.get_mut(at) {
            found.weak = Some(ty);
        }
    }

    fn strong(&self) -> impl Iterator<Item = (usize, Type)> {
        let strong = self.found.iter().map(|found| found.strong);
        strong.enumerate().filter_map(|(at, ty)| Some((at, ty?)))
    }

    /// Takes what another one has where nothing shows the type, or a number that may have it.
    pub(super) fn fill(&mut self, other: &Self) {
        for (at, found) in self.found.iter_mut().enumerate() {
            let more = other.ty(at);
            let fits = found.constant.is_none()
                || matches!(more, Some(Type::Int(_) | Type::F32 | Type::Number));
            if found.strong.is_none() && found.weak.is_none() && fits {
                found.weak = more;
            }
        }
    }

    /// The same with the strong candidates alone.
    pub(super) fn sure(&self) -> Self {
        let found = self.found.iter().map(|found| Candidate {
            weak: None,
            constant: None,
            ..*found
        });
        Self {
            found: found.collect(),
            steps: self.steps,
            inside: Vec::new(),
        }
    }
}

impl<'a> Body<'_, 'a> {
    /// Lays a written type over the type of a value.
    pub(super) fn unify(&mut self, inference: &mut Inference, pattern: Pattern<'a>, seen: Seen) {
        inference.steps += 1;
        // What a rest parameter takes is no type of values.
        if inference.steps > STEPS_MAX || seen.ty.rest().is_some() {
            return;
        }
        match pattern.ty {
            TSType::TSParenthesizedType(inner) => {
                self.unify(inference, pattern.of(&inner.type_annotation), seen);
            }
            TSType::TSTypeOperatorType(of) => {
                self.unify(inference, pattern.of(&of.type_annotation), seen);
            }
            TSType::TSArrayType(array) => {
                self.unify_element(inference, pattern.of(&array.element_type), seen);
            }
            TSType::TSUnionType(union) => {
                if let Type::Nothing(_) = seen.ty {
                    return;
                }
                let present = seen.of(seen.ty.present());
                let alone = |ty: &&TSType<'a>| {
                    !matches!(ty, TSType::TSNullKeyword(_) | TSType::TSUndefinedKeyword(_))
                };
                for ty in union.types.iter().filter(alone) {
                    self.unify(inference, pattern.of(ty), present);
                }
            }
            TSType::TSFunctionType(function) => {
                let result = Some(&function.return_type.type_annotation);
                self.unify_function(inference, &pattern, (&function.params, result), seen);
            }
            TSType::TSTypeLiteral(literal) => {
                if let Some(signature) = index_signature(&literal.members) {
                    if let Some(of) = self.checker.dictionary(seen.ty.present()) {
                        let written = &signature.type_annotation.type_annotation;
                        self.unify(inference, pattern.of(written), seen.of(of));
                    }
                    return;
                }
                self.unify_members(inference, &pattern.env, &literal.members, seen);
            }
            TSType::TSTypeReference(reference) => {
                let used = Reference {
                    name: &reference.type_name,
                    arguments: reference.type_arguments.as_deref(),
                };
                self.unify_reference(inference, (used, pattern.env), seen);
            }
            _ => {}
        }
    }

    fn unify_element(&mut self, inference: &mut Inference, pattern: Pattern<'a>, seen: Seen) {
        let Type::Array(id) = seen.ty else {
            return;
        };
        if let Some(element) = self.checker.arrays.element(id)
            && self.checker.arrays.kind(id).is_none()
        {
            self.unify(inference, pattern, seen.of(element));
        }
    }

    fn unify_function(
        &mut self,
        inference: &mut Inference,
        pattern: &Pattern<'a>,
        (params, result): (&'a ast::FormalParameters<'a>, Option<&'a TSType<'a>>),
        seen: Seen,
    ) {
        let Type::Function(id) = seen.ty.present() else {
            return;
        };
        let Some(ty) = self.checker.function_types.get(id).cloned() else {
            return;
        };
        for (item, param) in params.items.iter().zip(&ty.params) {
            if let Some(written) = &item.type_annotation {
                let pattern = pattern.of(&written.type_annotation);
                self.unify(inference, pattern, Seen::weak(param.ty));
            }
        }
        if let Some(rest) = &params.rest
            && let Some(written) = &rest.type_annotation
            && let Some(param) = ty.params.get(params.items.len())
            && let Some(id) = param.ty.rest()
        {
            let pattern = pattern.of(&written.type_annotation);
            self.unify(inference, pattern, Seen::weak(Type::Array(id)));
        }
        if let Some(result) = result {
            self.unify(inference, pattern.of(result), seen.of(ty.result));
        }
    }

    fn unify_members(
        &mut self,
        inference: &mut Inference,
        env: &Env<'a>,
        members: &'a [TSSignature<'a>],
        seen: Seen,
    ) {
        if let Type::Union(id) = seen.ty {
            for alternative in self.checker.unions.members(id).iter() {
                inference.steps += 1;
                if inference.steps <= STEPS_MAX && self.may_be_written(env, members, *alternative) {
                    self.unify_members(inference, env, members, seen.of(*alternative));
                }
            }
            return;
        }
        for member in members {
            let (key, optional) = match member {
                TSSignature::TSPropertySignature(property) => (&property.key, property.optional),
                TSSignature::TSMethodSignature(method) => (&method.key, method.optional),
                _ => continue,
            };
            let ast::PropertyKey::StaticIdentifier(name) = key else {
                continue;
            };
            let Some(ty) = self.checker.member_type(seen.ty, name.name.as_str()) else {
                continue;
            };
            let seen = seen.of(if optional { ty.present() } else { ty });
            match member {
                TSSignature::TSPropertySignature(property) => {
                    if let Some(written) = &property.type_annotation {
                        let pattern = Pattern {
                            ty: &written.type_annotation,
                            env: env.clone(),
                        };
                        self.unify(inference, pattern, seen);
                    }
                }
                TSSignature::TSMethodSignature(method) => {
                    let result = method.return_type.as_ref().map(|ty| &ty.type_annotation);
                    if let Some(result) = result {
                        let pattern = Pattern {
                            ty: result,
                            env: env.clone(),
                        };
                        self.unify_function(
                            inference,
                            &pattern,
                            (&method.params, Some(result)),
                            seen,
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether an alternative has the properties that are written, with the values that are listed.
    fn may_be_written(
        &mut self,
        env: &Env<'a>,
        members: &'a [TSSignature<'a>],
        alternative: Type,
    ) -> bool {
        let Type::Record(record) = alternative else {
            return false;
        };
        members.iter().all(|member| {
            let TSSignature::TSPropertySignature(property) = member else {
                return true;
            };
            let ast::PropertyKey::StaticIdentifier(name) = &property.key else {
                return true;
            };
            let Some(place) = self.checker.records.place(record, name.name.as_str()) else {
                return false;
            };
            let written = property.type_annotation.as_ref();
            match written.map(|written| &written.type_annotation) {
                Some(TSType::TSLiteralType(literal)) => {
                    let sight = Sight::of_file(env.file);
                    let listed = self.checker.literal_type(sight, literal);
                    listed.is_some_and(|listed| self.checker.becomes(place.ty, listed))
                }
                _ => true,
            }
        })
    }

    pub(super) fn unify_reference(
        &mut self,
        inference: &mut Inference,
        (used, env): (Reference<'a>, Env<'a>),
        seen: Seen,
    ) {
        let TSTypeName::IdentifierReference(id) = used.name else {
            return;
        };
        let name = id.name.as_str();
        let arguments = used.arguments.map_or(&[][..], |a| a.params.as_slice());
        let meaning = env.list.iter().rev().find(|(known, _)| *known == name);
        match meaning.map(|(_, meaning)| meaning.clone()) {
            Some(Meaning::Parameter(at)) => return self.candidate(inference, at, seen),
            Some(Meaning::Written(pattern)) => return self.unify(inference, pattern, seen),
            None => {}
        }
        let Some(item) = self.type_item(&env, name) else {
            if let ("Array" | "ReadonlyArray", [element]) = (name, arguments) {
                let pattern = Pattern { ty: element, env };
                self.unify_element(inference, pattern, seen);
            }
            return;
        };
        match item {
            Item::Alias(index) => {
                let Some(inside) = self.env_inside(Generic::Alias(index), arguments, &env) else {
                    return;
                };
                if inference.inside.contains(&(index, seen.ty)) {
                    return;
                }
                inference.inside.push((index, seen.ty));
                match self.checker.aliases.get(index).map(|entry| entry.node) {
                    Some(Named::Type(node)) => {
                        let ty = &node.type_annotation;
                        self.unify(inference, Pattern { ty, env: inside }, seen);
                    }
                    Some(Named::Interface(node)) => {
                        for heritage in &node.extends {
                            let used = Reference {
                                name: &heritage.type_name,
                                arguments: heritage.type_arguments.as_deref(),
                            };
                            inference.steps += 1;
                            if inference.steps <= STEPS_MAX {
                                self.unify_reference(inference, (used, inside.clone()), seen);
                            }
                        }
                        self.unify_members(inference, &inside, &node.body.body, seen);
                    }
                    None => {}
                }
                inference.inside.pop();
            }
            Item::Class(template) => self.unify_class(inference, (template, arguments), env, seen),
            _ => {}
        }
    }

    fn unify_class(
        &mut self,
        inference: &mut Inference,
        (template, arguments): (ClassId, &'a [TSType<'a>]),
        env: Env<'a>,
        seen: Seen,
    ) {
        let Type::Class(id) = seen.ty.present() else {
            return;
        };
        let classes = &self.checker.classes;
        let like = classes.in_line(id, template);
        let instance = like.and_then(|like| classes.get(like)?.instance.clone());
        let Some(instance) = instance else { return };
        for (ty, own) in arguments.iter().zip(instance.arguments.iter()) {
            let env = env.clone();
            self.unify(inference, Pattern { ty, env }, seen.of(*own));
        }
    }

    /// The declaration of a type that a name stands for.
    fn type_item(&self, env: &Env<'a>, name: &str) -> Option<Item<'a>> {
        match env.outer.find_type(name) {
            Some(OuterName::Alias(index)) => return Some(Item::Alias(index)),
            Some(_) => return Some(Item::Broken),
            None => {}
        }
        match self.checker.file_item(env.file as usize, name) {
            Some(Item::Function(_) | Item::Global(_)) => None,
            Some(item) => Some(item),
            None => self.checker.known_collection_type(name),
        }
    }

    /// The meaning of the names inside of a declaration that is used with type arguments.
    pub(super) fn env_inside(
        &self,
        generic: Generic,
        arguments: &'a [TSType<'a>],
        env: &Env<'a>,
    ) -> Option<Env<'a>> {
        let (parameters, file) = self.checker.type_parameters(generic)?;
        let list = parameters.params.iter().zip(arguments).map(|(own, ty)| {
            let env = env.clone();
            let meaning = Meaning::Written(Pattern { ty, env });
            (own.name.name.as_str(), meaning)
        });
        // Names of a function are in sight where its own types are.
        let outer = match generic {
            Generic::Alias(_) => env.outer.clone(),
            Generic::Class(_) | Generic::Function(_) => Outer::default(),
        };
        Some(Rc::new(Names {
            file,
            list: list.collect(),
            outer,
        }))
    }

    /// Takes the class that is wanted in place of one that extends it, and what may be missing in place of what is there.
    pub(super) fn raise(&mut self, inference: &mut Inference, wanted: &Inference) {
        let strong: Vec<(usize, Type)> = inference.strong().collect();
        for (at, own) in strong {
            let Some(ty) = wanted.ty(at) else { continue };
            let (a, b) = (own.present(), ty.present());
            let is_wider = a == b || self.checker.is_upcast(a, b);
            if is_wider
                && self.checker.becomes(own, ty)
                && let Some(found) = inference.found.get_mut(at)
            {
                found.strong = Some(ty);
            }
        }
    }

    fn candidate(&mut self, inference: &mut Inference, at: usize, seen: Seen) {
        let Some(found) = inference.found.get_mut(at) else {
            return;
        };
        if let Type::Nothing(absent) = seen.ty {
            found.absent = Some(found.absent.map_or(absent, |known| known.with(absent)));
            return;
        }
        let place = match seen.strength {
            Strength::Strong => &mut found.strong,
            Strength::Weak => &mut found.weak,
            Strength::Constant => &mut found.constant,
        };
        *place = match *place {
            None => Some(seen.ty),
            // Where both do not go together, the value that does not fit is reported.
            Some(known) => Some(self.checker.common(known, seen.ty).unwrap_or(known)),
        };
    }

    /// The type that a written one is, if all of its names are known by now.
    pub(super) fn resolved(
        &mut self,
        inference: &mut Inference,
        pattern: &Pattern<'a>,
    ) -> Option<Type> {
        inference.steps += 1;
        if inference.steps > STEPS_MAX {
            return None;
        }
        let mut mentions = Mentions::default();
        mentions.visit_ts_type(pattern.ty);
        let mut names = Vec::new();
        for (name, meaning) in &pattern.env.list {
            if !mentions.names.contains(name) {
                continue;
            }
            let ty = match meaning {
                Meaning::Parameter(at) => inference.ty(*at)?,
                Meaning::Written(pattern) => self.resolved(inference, pattern)?,
            };
            names.push((*name, ty));
        }
        let first = Outer::default().with_types(&names, None);
        let scopes = top_level();
        let sight = Sight {
            file: pattern.env.file,
            scopes: Some((&scopes, &pattern.env.outer)),
            first: Some(&first),
        };
        self.checker.written(sight, pattern.ty)
    }

    /// A type of functions behind the names that stand for it.
    pub(super) fn function_pattern(
        &self,
        pattern: &Pattern<'a>,
    ) -> Option<(&'a ast::TSFunctionType<'a>, Env<'a>)> {
        match self.behind_names(pattern)? {
            Behind::Type(Pattern {
                ty: TSType::TSFunctionType(function),
                env,
            }) => Some((function, env)),
            _ => None,
        }
    }

    /// The type of the elements, if the type is one of arrays.
    pub(super) fn element_pattern(&self, pattern: &Pattern<'a>) -> Option<Pattern<'a>> {
        let Behind::Type(found) = self.behind_names(pattern)? else {
            return None;
        };
        match found.ty {
            TSType::TSArrayType(array) => Some(found.of(&array.element_type)),
            TSType::TSTypeReference(reference) => {
                let arguments = reference.type_arguments.as_ref()?;
                arguments.params.first().map(|element| found.of(element))
            }
            _ => None,
        }
    }

    /// The types of the properties, if the type is one of objects.
    pub(super) fn member_patterns(
        &self,
        pattern: &Pattern<'a>,
    ) -> Option<Vec<(&'a str, Pattern<'a>)>> {
        let (members, env): (&'a [TSSignature<'a>], _) = match self.behind_names(pattern)? {
            Behind::Type(Pattern {
                ty: TSType::TSTypeLiteral(literal),
                env,
            }) => (&literal.members, env),
            Behind::Interface(node, env) => (&node.body.body, env),
            Behind::Type(_) => return None,
        };
        let found = members.iter().filter_map(|member| {
            let TSSignature::TSPropertySignature(property) = member else {
                return None;
            };
            let ast::PropertyKey::StaticIdentifier(name) = &property.key else {
                return None;
            };
            let ty = &property.type_annotation.as_ref()?.type_annotation;
            let env = env.clone();
            Some((name.name.as_str(), Pattern { ty, env }))
        });
        Some(found.collect())
    }

    /// What stands behind the names of a type; `None` if that is a type parameter.
    fn behind_names(&self, pattern: &Pattern<'a>) -> Option<Behind<'a>> {
        let mut pattern = pattern.clone();
        for _ in 0..STEPS_MAX {
            pattern = match pattern.ty {
                TSType::TSParenthesizedType(inner) => pattern.of(&inner.type_annotation),
                TSType::TSTypeOperatorType(inner) => pattern.of(&inner.type_annotation),
                TSType::TSUnionType(union) => {
                    let alone = |ty: &&TSType<'a>| {
                        !matches!(ty, TSType::TSNullKeyword(_) | TSType::TSUndefinedKeyword(_))
                    };
                    pattern.of(union.types.iter().find(alone)?)
                }
                TSType::TSTypeReference(reference) => {
                    let TSTypeName::IdentifierReference(id) = &reference.type_name else {
                        return Some(Behind::Type(pattern));
                    };
                    let name = id.name.as_str();
                    let mut known = pattern.env.list.iter().rev();
                    let meaning = known.find(|(known, _)| *known == name);
                    match meaning.map(|(_, meaning)| meaning) {
                        Some(Meaning::Written(pattern)) => pattern.clone(),
                        Some(Meaning::Parameter(_)) => return None,
                        None => {
                            let Some(Item::Alias(index)) = self.type_item(&pattern.env, name)
                            else {
                                return Some(Behind::Type(pattern));
                            };
                            let arguments = reference.type_arguments.as_ref();
                            let arguments = arguments.map_or(&[][..], |a| a.params.as_slice());
                            let env = self.env_of_alias(index, arguments, &pattern.env)?;
                            match self.checker.aliases.get(index)?.node {
                                Named::Type(node) => Pattern {
                                    ty: &node.type_annotation,
                                    env,
                                },
                                Named::Interface(node) => {
                                    return Some(Behind::Interface(node, env));
                                }
                            }
                        }
                    }
                }
                _ => return Some(Behind::Type(pattern)),
            };
        }
        None
    }

    /// The meaning of the names inside of a type or an interface, with or without type parameters.
    fn env_of_alias(
        &self,
        index: usize,
        arguments: &'a [TSType<'a>],
        env: &Env<'a>,
    ) -> Option<Env<'a>> {
        if let Some(inside) = self.env_inside(Generic::Alias(index), arguments, env) {
            return Some(inside);
        }
        let file = self.checker.aliases.get(index)?.file;
        Some(Rc::new(Names {
            file,
            list: Vec::new(),
            outer: env.outer.clone(),
        }))
    }
}

/// What stands behind a name.
enum Behind<'a> {
    Type(Pattern<'a>),
    Interface(&'a ast::TSInterfaceDeclaration<'a>, Env<'a>),
}

/// The names in a written type.
#[derive(Default)]
struct Mentions<'a> {
    names: HashSet<&'a str>,
}

impl<'a> Visit<'a> for Mentions<'a> {
    fn visit_ts_type_name(&mut self, it: &TSTypeName<'a>) {
        if let TSTypeName::IdentifierReference(id) = it {
            self.names.insert(id.name.as_str());
        }
        walk::walk_ts_type_name(self, it);
    }
}
