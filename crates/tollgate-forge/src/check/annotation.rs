//! Types as they are written.

use std::rc::Rc;

use oxc_ast::ast::{
    TSInterfaceHeritage, TSSignature, TSType, TSTypeName, TSTypeOperatorOperator,
    TSTypeParameterInstantiation, TSTypeReference, TSUnionType,
};
use tollgate_diagnostics::span::Span;

use super::checker::Checker;
use super::dictionary::index_signature;
use super::known::entry::{Named, State};
use super::known::file::Item;
use super::known::generic::{Generic, Needed, Step};
use super::report::{error, in_order, place};
use super::scope::{Local, Outer, OuterName, Scopes};
use super::types::{Absent, Base, NAMED, Type, named};
use crate::codes::{Code, types as codes, unsupported};

/// The scopes in which a written type is read; `None` at the top level of a file.
#[derive(Clone, Copy)]
pub(super) struct Sight<'s, 'a> {
    pub(super) file: u32,
    pub(super) scopes: Option<(&'s Scopes<'a>, &'s Outer<'a>)>,
    /// The type parameters of the declaration that is read, which hide all that is around it.
    pub(super) first: Option<&'s Outer<'a>>,
}

/// A type by its name, with its type arguments.
#[derive(Clone, Copy)]
pub(super) struct Reference<'a> {
    pub(super) name: &'a TSTypeName<'a>,
    pub(super) arguments: Option<&'a TSTypeParameterInstantiation<'a>>,
}

/// A declaration that a name stands for, with type arguments.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    pub(super) item: Item<'a>,
    pub(super) name: &'a str,
    pub(super) span: Span,
    pub(super) arguments: Option<&'a TSTypeParameterInstantiation<'a>>,
    pub(super) place: Declared,
}

/// Where a declaration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    /// At the top level of a file.
    InFile,
    /// In a function around the place that uses it.
    Around,
}

impl<'s, 'a> Sight<'s, 'a> {
    /// The top level of a file.
    pub(super) fn of_file(file: u32) -> Self {
        Self {
            file,
            scopes: None,
            first: None,
        }
    }

    /// The same with type parameters that hide all that is around.
    pub(super) fn first<'x>(self, names: &'x Outer<'a>) -> Sight<'x, 'a>
    where
        's: 'x,
    {
        Sight {
            first: Some(names),
            ..self
        }
    }

    /// The instance of a generic declaration that is read here.
    pub(super) fn step(self) -> Option<Rc<Step>> {
        let first = self.first.and_then(Outer::step);
        first.or_else(|| self.scopes.and_then(|(_, outer)| outer.step()))
    }

    /// Returns what a name is that a function declares as a type, this one or one around it.
    fn declared(self, name: &str) -> Option<Item<'a>> {
        if let Some(OuterName::Given(ty)) = self.first.and_then(|first| first.find_type(name)) {
            return Some(Item::Given(ty));
        }
        let (scopes, outer) = self.scopes?;
        match scopes.find_type(name) {
            Some(Local::Enum(id)) => return Some(Item::Enum(id)),
            Some(Local::Alias(index)) => return Some(Item::Alias(index)),
            Some(Local::Broken) => return Some(Item::Broken),
            Some(
                Local::Pending(..)
                | Local::Variable(_)
                | Local::Function(_)
                | Local::Inner(..)
                | Local::Untyped
                | Local::Skipped(_),
            )
            | None => {}
        }
        match outer.find_type(name)? {
            OuterName::Enum(id) => Some(Item::Enum(id)),
            OuterName::Alias(index) => Some(Item::Alias(index)),
            OuterName::Given(ty) => Some(Item::Given(ty)),
            OuterName::Broken => Some(Item::Broken),
            OuterName::Variable | OuterName::Function(_) => None,
        }
    }
}

impl<'a> Checker<'a> {
    /// Returns the type that is written; `None` when that is reported as an error.
    pub(super) fn written(&mut self, sight: Sight<'_, 'a>, ty: &'a TSType<'a>) -> Option<Type> {
        let span = place(sight.file, ty);
        match ty {
            TSType::TSNumberKeyword(_) => Some(Type::Number),
            TSType::TSBooleanKeyword(_) => Some(Type::Boolean),
            TSType::TSStringKeyword(_) => Some(Type::Text),
            TSType::TSVoidKeyword(_) => Some(Type::Void),
            TSType::TSParenthesizedType(inner) => self.written(sight, &inner.type_annotation),
            TSType::TSTypeLiteral(literal)
                if let Some(signature) = index_signature(&literal.members) =>
            {
                self.indexed_type(sight, signature)
            }
            TSType::TSTypeLiteral(literal) => {
                let found = self.written_properties(sight, &literal.members, &[])?;
                self.record_in(found, span, None)
            }
            TSType::TSArrayType(_) => self.array_type(sight, ty, span),
            // What is read alone is an array like others here.
            TSType::TSTypeOperatorType(of) if of.operator == TSTypeOperatorOperator::Readonly => {
                self.written(sight, &of.type_annotation)
            }
            TSType::TSTypeReference(reference) => {
                if let Some(element) = array_by_name(reference)
                    && self.names_array(sight, reference)
                {
                    self.inside_properties += 1;
                    let element = self.written(sight, element);
                    self.inside_properties -= 1;
                    return self.array_type_of(element?, span);
                }
                let arguments = reference.type_arguments.as_deref();
                let name = &reference.type_name;
                self.referred(sight, Reference { name, arguments }, span)
            }
            TSType::TSFunctionType(function) => self.function_type(sight, function),
            TSType::TSUnionType(union) => self.union(sight, &union.types, span),
            TSType::TSLiteralType(literal) => self.literal_type(sight, literal),
            TSType::TSNeverKeyword(_) => Some(Type::Never),
            other => {
                let (code, message) = unsupported_type(other);
                self.no_type(code, span, message)
            }
        }
    }

    /// The type of values that may be missing.
    pub(super) fn may_be(&mut self, ty: Type, absent: Absent) -> Option<Type> {
        // What is known to be there is read from memory, even if nothing ever was put there.
        self.module.memory.get_or_insert_default();
        ty.or(absent)
    }

    /// `T[][]`: from the outside in, however many there are.
    fn array_type(
        &mut self,
        sight: Sight<'_, 'a>,
        mut ty: &'a TSType<'a>,
        span: Span,
    ) -> Option<Type> {
        let mut levels = 0;
        while let TSType::TSArrayType(array) = ty {
            ty = &array.element_type;
            levels += 1;
        }
        // What leads back to a type here is only the address of a value of it.
        self.inside_properties += 1;
        let element = self.written(sight, ty);
        self.inside_properties -= 1;
        let mut element = element?;
        for _ in 0..levels {
            element = self.array_type_of(element, span)?;
        }
        Some(element)
    }

    fn array_type_of(&mut self, element: Type, span: Span) -> Option<Type> {
        if element == Type::Void {
            return self.no_type(codes::NO_VALUE, span, "`void` is no type of elements");
        }
        self.array_of(element, span)
    }

    /// Whether `Array` means the built-in type here.
    fn names_array(&self, sight: Sight<'_, 'a>, reference: &'a TSTypeReference<'a>) -> bool {
        let TSTypeName::IdentifierReference(id) = &reference.type_name else {
            return false;
        };
        let name = id.name.as_str();
        sight.declared(name).is_none() && self.file_type(sight.file, name).is_none()
    }

    fn no_type(&mut self, code: Code, span: Span, message: &str) -> Option<Type> {
        let help = "the types are `number`, `boolean`, `string`, the integer types `i8` to `u64`, `f32`, enums, classes, and arrays and objects of these";
        self.report(error(code, message).at(span, "this type").help(help));
        None
    }

    /// The type that a name stands for.
    pub(super) fn referred(
        &mut self,
        sight: Sight<'_, 'a>,
        reference: Reference<'a>,
        span: Span,
    ) -> Option<Type> {
        let found = match reference.name {
            TSTypeName::IdentifierReference(id) => {
                let name = id.name.as_str();
                match self.declared_type(sight, name) {
                    Some(found) => found,
                    None if name == "Record"
                        && let Some(arguments) = reference.arguments =>
                    {
                        return self.record_by_name(sight, arguments, span);
                    }
                    None if let Some(item) = self.collection_type(name) => {
                        (item, name, Declared::InFile)
                    }
                    None => {
                        let ty = self.built_in_type(sight, name, span)?;
                        return self
                            .no_arguments(reference.arguments, name, sight)
                            .map(|()| ty);
                    }
                }
            }
            TSTypeName::QualifiedName(name) => return self.qualified(sight, name, reference),
            TSTypeName::ThisExpression(_) => {
                return self.no_type(
                    unsupported::CLASS,
                    span,
                    "`this` is the type of a result alone",
                );
            }
        };
        let (item, name, place) = found;
        let arguments = reference.arguments;
        let used = Use {
            item,
            name,
            span,
            arguments,
            place,
        };
        self.item_type(sight, used)
    }

    /// The declaration of a type that a name stands for.
    fn declared_type(
        &self,
        sight: Sight<'_, 'a>,
        name: &'a str,
    ) -> Option<(Item<'a>, &'a str, Declared)> {
        if let Some(item) = sight.declared(name) {
            return Some((item, name, Declared::Around));
        }
        let item = self.file_type(sight.file, name)?;
        Some((item, name, Declared::InFile))
    }

    /// The declaration of the interface or type that a name stands for, for its type arguments.
    pub(super) fn interface_named(
        &mut self,
        sight: Sight<'_, 'a>,
        reference: Reference<'a>,
    ) -> Option<usize> {
        let TSTypeName::IdentifierReference(id) = reference.name else {
            return None;
        };
        let (item, name, place) = self.declared_type(sight, id.name.as_str())?;
        let used = Use {
            item,
            name,
            span: super::report::place(sight.file, id.as_ref()),
            arguments: reference.arguments,
            place,
        };
        match self.applied(sight, used)? {
            Item::Alias(index) => Some(index),
            _ => None,
        }
    }

    fn built_in_type(&mut self, sight: Sight<'_, 'a>, name: &str, span: Span) -> Option<Type> {
        match (named(name), super::known::typed_array::kind_named(name)) {
            (Some(ty), _) => Some(ty),
            (None, Some(kind)) => Some(self.typed_array(kind)),
            (None, None) => self.unknown_type(sight, name, span),
        }
    }

    /// Reports type arguments of what takes none.
    fn no_arguments(
        &mut self,
        arguments: Option<&'a TSTypeParameterInstantiation<'a>>,
        name: &str,
        sight: Sight<'_, 'a>,
    ) -> Option<()> {
        let Some(arguments) = arguments else {
            return Some(());
        };
        self.report(
            error(
                codes::TYPE_ARGUMENTS,
                format!("`{name}` takes no type arguments"),
            )
            .at(place(sight.file, arguments), "")
            .help(format!("write `{name}`")),
        );
        None
    }

    /// What a file declares under a name, unless it is a value: that hides no type.
    fn file_type(&self, file: u32, name: &str) -> Option<Item<'a>> {
        match self.file_item(file as usize, name)? {
            Item::Function(_) | Item::Global(_) => None,
            // One that is broken may have been a class.
            item @ (Item::Enum(_)
            | Item::Class(_)
            | Item::Alias(_)
            | Item::Given(_)
            | Item::Import(..)
            | Item::Namespace(_)
            | Item::Broken) => Some(item),
        }
    }

    /// The declaration for the type arguments it is used with; itself if it has no type parameters.
    pub(super) fn applied(&mut self, sight: Sight<'_, 'a>, used: Use<'a>) -> Option<Item<'a>> {
        let Use {
            item,
            name,
            span,
            arguments,
            place,
        } = used;
        let generic = match item {
            Item::Class(id) => Some(Generic::Class(id)),
            Item::Alias(index) => Some(Generic::Alias(index)),
            _ => None,
        };
        let Some((generic, (_, file))) =
            generic.and_then(|generic| Some((generic, self.type_parameters(generic)?)))
        else {
            self.no_arguments(arguments, name, sight)?;
            return Some(item);
        };
        let written = arguments.map_or(&[][..], |arguments| arguments.params.as_slice());
        let known = self.written_arguments(generic, sight, written, span)?;
        let own = Sight {
            file,
            scopes: sight.scopes.filter(|_| place == Declared::Around),
            first: None,
        };
        let types = self.settled_arguments(known, own, span)?;
        let needed = Needed {
            around: sight.step(),
            span,
        };
        match generic {
            Generic::Class(id) => self.class_for(id, types, needed).map(Item::Class),
            Generic::Alias(index) => self.alias_for(index, types, needed).map(Item::Alias),
            Generic::Function(_) => None,
        }
    }

    /// The type that a declaration is; one inside of a function sees the names around it.
    fn item_type(&mut self, sight: Sight<'_, 'a>, used: Use<'a>) -> Option<Type> {
        let span = used.span;
        match self.applied(sight, used)? {
            Item::Enum(id) => Some(Type::Enum(id)),
            Item::Class(id) => Some(Type::Class(id)),
            Item::Given(ty) => Some(ty),
            Item::Alias(index) => {
                let around = used.place == Declared::Around;
                self.alias(index, span, sight.scopes.filter(|_| around))
            }
            Item::Broken => None,
            Item::Function(_) | Item::Global(_) | Item::Namespace(_) | Item::Import(..) => {
                self.not_a_type(used.name, span)
            }
        }
    }

    /// Whether a name that is no type is declared as something else.
    fn is_value(&self, sight: Sight<'_, 'a>, name: &str) -> bool {
        let inside = sight.scopes.is_some_and(|(scopes, outer)| {
            scopes.find(name).is_some() || outer.find(name).is_some()
        });
        inside || self.file_item(sight.file as usize, name).is_some()
    }

    fn not_a_type(&mut self, name: &str, span: Span) -> Option<Type> {
        self.report(
            error(codes::NOT_DEFINED, format!("`{name}` is no type"))
                .at(span, "a type is needed here")
                .help("write the name of a type"),
        );
        None
    }

    fn unknown_type(&mut self, sight: Sight<'_, 'a>, name: &str, span: Span) -> Option<Type> {
        if self.is_value(sight, name) {
            return self.not_a_type(name, span);
        }
        let known = self
            .files
            .get(sight.file as usize)
            .into_iter()
            .flat_map(|f| in_order(f.names.keys().copied()));
        let builtin = NAMED
            .iter()
            .map(|(n, _)| *n)
            .chain(["number", "boolean", "string"]);
        let otherwise = "declare it with `type` or `enum`, or correct the name";
        let meant = self.meant(name, builtin.chain(known), otherwise);
        let help = written_out(name).map_or(meant, str::to_owned);
        let containers = ["Array", "ReadonlyArray", "String", "Object"];
        if containers.contains(&name) {
            return self.no_type(unsupported::OBJECT, span, "this type is not supported yet");
        }
        self.report(
            error(codes::NOT_DEFINED, format!("there is no type `{name}`"))
                .at(span, "unknown name")
                .help(help),
        );
        None
    }

    /// `file.Type`, where `file` is imported with `import * as`.
    fn qualified(
        &mut self,
        sight: Sight<'_, 'a>,
        name: &'a oxc_ast::ast::TSQualifiedName<'a>,
        reference: Reference<'a>,
    ) -> Option<Type> {
        let span = place(sight.file, name);
        let right = name.right.name.as_str();
        let TSTypeName::IdentifierReference(left) = &name.left else {
            return self.no_type(unsupported::NAMESPACE, span, "namespaces are not supported");
        };
        match self.file_item(sight.file as usize, left.name.as_str()) {
            Some(Item::Namespace(file)) => match self.exported_item(file, right) {
                Some(item) => {
                    let used = Use {
                        item,
                        name: right,
                        span,
                        arguments: reference.arguments,
                        place: Declared::InFile,
                    };
                    self.item_type(sight, used)
                }
                None if self.is_broken(file) => None,
                None => self.unknown_type(sight, right, span),
            },
            // A member of an enum is the only value of its type.
            Some(Item::Enum(id)) => {
                self.enum_member(id, right, span)?;
                let value = self.member_value(id, right)?;
                let literal = super::listed::Literal::number(value.number);
                literal.and_then(|literal| self.literals.of(vec![literal]))
            }
            Some(Item::Broken) => None,
            Some(_) | None => self.unknown_type(sight, left.name.as_str(), span),
        }
    }

    /// Reads the properties that a declaration writes.
    fn shaped(
        &mut self,
        index: usize,
        sight: Sight<'_, 'a>,
        shape: Shape<'a>,
        span: Span,
    ) -> Option<Type> {
        let signature = index_signature(shape.members).filter(|_| shape.extends.is_empty());
        let ty = match signature {
            Some(signature) => {
                let ty = self.indexed_type(sight, signature)?;
                if self.aliases.get(index)?.reserved.is_some() {
                    let message = "the type is made of itself";
                    let help = "put the object into a property of another type, `{ of: { [key: string]: T } }`, or use a `Map`";
                    let found = error(codes::RECURSIVE_RESULT, message);
                    self.report(
                        found
                            .at(span, "leads back to its own declaration")
                            .help(help),
                    );
                    return None;
                }
                ty
            }
            None => {
                let found = self.written_properties(sight, shape.members, shape.extends)?;
                let reserved = self.aliases.get(index)?.reserved;
                self.record_in(found, span, reserved)?
            }
        };
        match shape.absent {
            Some(absent) => self.may_be(ty, absent),
            None => Some(ty),
        }
    }

    /// The type of a declaration whose properties are being read, from one of them.
    fn back_to(&mut self, index: usize) -> Option<Type> {
        let entry = self.aliases.get_mut(index)?;
        let name = entry.shown;
        if let Some((union, absent)) = union_of(entry.node) {
            let span = place(entry.file, union);
            let unions = &mut self.unions;
            let id = *entry
                .reserved_union
                .get_or_insert_with(|| unions.reserve(name, span));
            return match absent {
                Some(absent) => self.may_be(Type::Union(id), absent),
                None => Some(Type::Union(id)),
            };
        }
        let shape = shape(entry.node)?;
        let records = &mut self.records;
        let id = *entry.reserved.get_or_insert_with(|| records.reserve(name));
        match shape.absent {
            Some(absent) => self.may_be(Type::Record(id), absent),
            None => Some(Type::Record(id)),
        }
    }

    /// Returns the type that a `type` declaration names.
    pub(super) fn alias(
        &mut self,
        index: usize,
        span: Span,
        scopes: Option<(&Scopes<'a>, &Outer<'a>)>,
    ) -> Option<Type> {
        let entry = self.aliases.get_mut(index)?;
        match entry.state {
            State::Done => return entry.ty,
            State::Working
                if self.inside_properties > entry.began
                    && (shape(entry.node).is_some() || union_of(entry.node).is_some()) =>
            {
                return self.back_to(index);
            }
            State::Working => {
                self.report(
                    error(codes::RECURSIVE_RESULT, "the type is made of itself")
                        .at(span, "leads back to its own declaration")
                        .help("write a type that does not lead back"),
                );
                return None;
            }
            State::Waiting => {}
        }
        entry.state = State::Working;
        entry.began = self.inside_properties;
        let (file, node, name) = (entry.file, entry.node, entry.shown);
        let given = entry.given.clone();
        let sight = Sight {
            file,
            scopes,
            first: given.as_ref(),
        };
        let declared = match node {
            Named::Type(node) => place(file, node),
            Named::Interface(node) => place(file, node),
        };
        let ty = if self.inferring >= crate::limits::INFERENCE_DEPTH_MAX {
            self.no_type(
                codes::RECURSIVE_RESULT,
                span,
                "too many types are made of each other in a row",
            )
        } else {
            self.inferring += 1;
            let ty = match (shape(node), node) {
                (Some(shape), _) => self.shaped(index, sight, shape, declared),
                (None, Named::Type(node)) => self.written(sight, &node.type_annotation),
                (None, Named::Interface(_)) => None,
            };
            self.inferring -= 1;
            ty
        };
        let ty = ty.and_then(|ty| self.closed_union(index, ty, span));
        match ty.and_then(Type::base) {
            Some(Base::Record(id)) => self.records.set_name(id, name),
            Some(Base::Union(id)) => self.unions.set_name(id, name),
            _ => {}
        }
        if let Some(entry) = self.aliases.get_mut(index) {
            entry.state = State::Done;
            entry.ty = ty;
        }
        ty
    }

    /// The type of a declaration in the place that was kept for it, if something led back to it.
    fn closed_union(&mut self, index: usize, ty: Type, span: Span) -> Option<Type> {
        let entry = self.aliases.get(index)?;
        let Some(reserved) = entry.reserved_union else {
            return Some(ty);
        };
        let (_, absent) = union_of(entry.node)?;
        match (ty, ty.base()) {
            (ty, Some(Base::Union(read))) if ty.absent() == absent => {
                self.unions.fill(reserved, read);
                match absent {
                    Some(absent) => Type::Union(reserved).or(absent),
                    None => Some(Type::Union(reserved)),
                }
            }
            _ => {
                self.report(
                    error(codes::RECURSIVE_RESULT, "the type is made of itself")
                        .at(span, "leads back to its own declaration")
                        .help("write `null` and each alternative in the type itself, without a name for some of them"),
                );
                None
            }
        }
    }
}

/// The properties that a declaration writes, and whether an object of them may be missing.
pub(super) struct Shape<'a> {
    pub(super) members: &'a [TSSignature<'a>],
    pub(super) extends: &'a [TSInterfaceHeritage<'a>],
    absent: Option<Absent>,
}

pub(super) fn shape<'a>(node: Named<'a>) -> Option<Shape<'a>> {
    match node {
        Named::Interface(node) => Some(Shape {
            members: &node.body.body,
            extends: &node.extends,
            absent: None,
        }),
        Named::Type(node) => shape_of(&node.type_annotation),
    }
}

/// A type with several alternatives, and what stands for a missing value as it is written there.
fn union_of<'a>(node: Named<'a>) -> Option<(&'a TSUnionType<'a>, Option<Absent>)> {
    let Named::Type(node) = node else { return None };
    let mut ty = &node.type_annotation;
    while let TSType::TSParenthesizedType(inner) = ty {
        ty = &inner.type_annotation;
    }
    let TSType::TSUnionType(union) = ty else {
        return None;
    };
    let mut absent: Option<Absent> = None;
    let mut present = 0;
    for ty in &union.types {
        let more = match ty {
            TSType::TSNullKeyword(_) => Absent::Null,
            TSType::TSUndefinedKeyword(_) => Absent::Undefined,
            _ => {
                present += 1;
                continue;
            }
        };
        absent = Some(absent.map_or(more, |absent| absent.with(more)));
    }
    (present > 1).then_some((union.as_ref(), absent))
}

/// `{ … }` and `{ … } | null`
fn shape_of<'a>(ty: &'a TSType<'a>) -> Option<Shape<'a>> {
    match ty {
        TSType::TSParenthesizedType(inner) => shape_of(&inner.type_annotation),
        TSType::TSTypeLiteral(literal) => Some(Shape {
            members: &literal.members,
            extends: &[],
            absent: None,
        }),
        TSType::TSUnionType(union) => {
            let mut found = None;
            let mut absent: Option<Absent> = None;
            for ty in &union.types {
                let more = match ty {
                    TSType::TSNullKeyword(_) => Absent::Null,
                    TSType::TSUndefinedKeyword(_) => Absent::Undefined,
                    TSType::TSTypeLiteral(literal) if found.is_none() => {
                        found = Some(&literal.members);
                        continue;
                    }
                    _ => return None,
                };
                absent = Some(absent.map_or(more, |absent| absent.with(more)));
            }
            Some(Shape {
                members: found?,
                extends: &[],
                absent,
            })
        }
        _ => None,
    }
}

/// The type of the elements in `Array<T>`.
fn array_by_name<'a>(reference: &'a TSTypeReference<'a>) -> Option<&'a TSType<'a>> {
    let TSTypeName::IdentifierReference(id) = &reference.type_name else {
        return None;
    };
    let arguments = reference.type_arguments.as_ref()?;
    match (id.name.as_str(), arguments.params.as_slice()) {
        ("Array" | "ReadonlyArray", [element]) => Some(element),
        _ => None,
    }
}

fn unsupported_type(ty: &TSType<'_>) -> (Code, &'static str) {
    match ty {
        TSType::TSTemplateLiteralType(_) | TSType::TSSymbolKeyword(_) => (
            unsupported::STRING,
            "types of certain strings are not supported",
        ),
        TSType::TSAnyKeyword(_) | TSType::TSUnknownKeyword(_) | TSType::TSObjectKeyword(_) => (
            unsupported::ANY,
            "the compiler must know the type of every value",
        ),
        TSType::TSBigIntKeyword(_) => (
            unsupported::BIGINT,
            "`bigint` is not supported; use `i64` or `u64`",
        ),
        TSType::TSNullKeyword(_) | TSType::TSUndefinedKeyword(_) => (
            unsupported::MAYBE,
            "a type of missing values alone is not supported",
        ),
        TSType::TSTupleType(_) => (
            unsupported::ARRAY,
            "arrays whose elements have different types are not supported yet",
        ),
        TSType::TSConstructorType(_) => (
            unsupported::FUNCTION_VALUE,
            "constructors as values are not supported",
        ),
        TSType::TSThisType(_) => (
            unsupported::CLASS,
            "`this` is the type of what a method returns, and of nothing else",
        ),
        _ => (unsupported::TYPE, "this type is not supported yet"),
    }
}

/// What is written in place of a type that TypeScript makes of another one.
fn written_out(name: &str) -> Option<&'static str> {
    Some(match name {
        "Partial" => {
            "write the properties with `?`: `interface Options { size?: number; name?: string }`"
        }
        "Required" | "Pick" | "Omit" => {
            "write the properties that are meant: `interface Named { name: string }`"
        }
        "Readonly" => "write the type itself",
        _ => return None,
    })
}
