//! The types of functions that are values: each once, whatever its parameters are called.

use std::collections::HashMap;

use oxc_ast::ast;

use super::annotation::Sight;
use super::signature::rest_name;
use super::types::{Absent, FunctionTypeId, Type};
use super::{Checker, error, place, place_of};
use crate::codes::{program, types as codes, unsupported};
use crate::ir;
use crate::ir::op::Val;
use crate::limits::PARAMETERS_MAX;

/// The types of functions.
#[derive(Debug, Default)]
pub(super) struct FunctionTypes<'a> {
    list: Vec<FunctionType<'a>>,
    known: HashMap<(Vec<(Type, Given)>, Type), FunctionTypeId>,
}

/// A type of functions.
#[derive(Debug, Clone)]
pub(super) struct FunctionType<'a> {
    pub(super) params: Vec<TypeParam<'a>>,
    pub(super) result: Type,
}

/// A parameter of a type of functions.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeParam<'a> {
    pub(super) name: &'a str,
    pub(super) ty: Type,
    pub(super) given: Given,
}

/// Whether a call gives an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Given {
    Always,
    /// It is `undefined` where it is left out.
    Perhaps,
}

impl FunctionType<'_> {
    /// Returns how many arguments a call must have.
    pub(super) fn required(&self) -> usize {
        let last = self.params.iter().rposition(|p| p.given == Given::Always);
        last.map_or(0, |at| at + 1)
    }

    /// Returns how such functions lie in WebAssembly: the block of the function comes first.
    pub(super) fn lowered(&self) -> Option<ir::Signature> {
        let mut params = vec![Val::I32];
        for param in &self.params {
            params.push(param.ty.val()?);
        }
        Some(ir::Signature {
            params,
            result: self.result.val(),
        })
    }
}

impl<'a> FunctionTypes<'a> {
    /// Returns the type with these parameters and this result.
    pub(super) fn of(&mut self, ty: FunctionType<'a>) -> FunctionTypeId {
        let params = ty.params.iter().map(|param| (param.ty, param.given));
        let list = &mut self.list;
        *self
            .known
            .entry((params.collect(), ty.result))
            .or_insert_with(|| {
                list.push(ty);
                FunctionTypeId(list.len() - 1)
            })
    }

    pub(super) fn get(&self, id: FunctionTypeId) -> Option<&FunctionType<'a>> {
        self.list.get(id.0)
    }
}

impl<'a> Checker<'a> {
    /// `(x: number) => number`
    pub(super) fn function_type(
        &mut self,
        sight: Sight<'_, 'a>,
        node: &'a ast::TSFunctionType<'a>,
    ) -> Option<Type> {
        let parts = TypeParts {
            type_parameters: node.type_parameters.as_deref(),
            this: node.this_param.as_ref().map(|this| this.span),
            params: &node.params,
            result: Some(&node.return_type),
        };
        self.function_type_of(sight, parts)
    }

    /// `name(x: number): number` in an interface.
    pub(super) fn method_type(
        &mut self,
        sight: Sight<'_, 'a>,
        node: &'a ast::TSMethodSignature<'a>,
    ) -> Option<Type> {
        let parts = TypeParts {
            type_parameters: node.type_parameters.as_deref(),
            this: node.this_param.as_ref().map(|this| this.span),
            params: &node.params,
            result: node.return_type.as_deref(),
        };
        self.function_type_of(sight, parts)
    }

    fn function_type_of(&mut self, sight: Sight<'_, 'a>, parts: TypeParts<'a>) -> Option<Type> {
        let list = parts.params;
        if let Some(parameters) = parts.type_parameters {
            let span = place(sight.file, parameters);
            self.report(
                error(
                    unsupported::GENERIC,
                    "a type of functions with type parameters of its own is not supported",
                )
                .at(span, "")
                .help("give the parameters to the type: `type F<T> = (x: T) => T`"),
            );
            return None;
        }
        if let Some(this) = parts.this {
            self.report(
                error(unsupported::CLASS, "`this` of a function is not supported")
                    .at(place_of(sight.file, this), "")
                    .help("pass the value as a parameter of its own"),
            );
            return None;
        }
        if list.items.len() + usize::from(list.rest.is_some()) > PARAMETERS_MAX {
            let message = format!("more than {PARAMETERS_MAX} parameters");
            self.report(
                error(program::PROGRAM_TOO_LARGE, message)
                    .at(place(sight.file, list), "")
                    .help("pass an object"),
            );
            return None;
        }
        let Some(written) = parts.result else {
            self.report(
                error(codes::NO_TYPE, "the function has no result type")
                    .at(place(sight.file, list), "")
                    .help("write it: `: void`, `: number`"),
            );
            return None;
        };
        let mut params = Vec::new();
        // What leads back to a type of properties from here is only an address.
        self.inside_properties += 1;
        for item in &list.items {
            params.push(self.type_param(sight, item));
        }
        if let Some(rest) = &list.rest {
            let ty = self.rest_param(sight, rest, None);
            params.push(ty.map(|ty| TypeParam {
                name: rest_name(rest),
                ty,
                given: Given::Perhaps,
            }));
        }
        let result = self.written(sight, &written.type_annotation);
        self.inside_properties -= 1;
        let params = params.into_iter().collect::<Option<Vec<_>>>()?;
        let ty = FunctionType {
            params,
            result: result?,
        };
        Some(Type::Function(self.function_types.of(ty)))
    }

    fn type_param(
        &mut self,
        sight: Sight<'_, 'a>,
        item: &'a ast::FormalParameter<'a>,
    ) -> Option<TypeParam<'a>> {
        let span = place(sight.file, item);
        let names = item.pattern.get_binding_identifiers();
        let name = names.first().map_or("_", |id| id.name.as_str());
        let Some(written) = &item.type_annotation else {
            let message = format!("the parameter `{name}` has no type");
            let help = format!("write it: `{name}: number`");
            self.report(error(codes::NO_TYPE, message).at(span, "").help(help));
            return None;
        };
        let ty = self.written(sight, &written.type_annotation)?;
        if ty == Type::Void {
            let message = format!("the parameter `{name}` has no value");
            self.report(
                error(codes::NO_VALUE, message)
                    .at(span, "`void` is no type of values")
                    .help("write the type of the value"),
            );
            return None;
        }
        let (ty, given) = if item.optional {
            (self.may_be(ty, Absent::Undefined)?, Given::Perhaps)
        } else {
            (ty, Given::Always)
        };
        Some(TypeParam { name, ty, given })
    }

    /// The name of a type of functions, as the source writes it.
    pub(super) fn function_type_name(&self, id: FunctionTypeId, inside: u32) -> String {
        let Some(ty) = self.function_types.get(id).filter(|_| inside == 0) else {
            return "(…) => …".to_owned();
        };
        let params = ty.params.iter().map(|param| {
            let (before, mark, ty) = match (param.ty, param.given) {
                (Type::Rest(id), _) => ("...", "", Type::Array(id)),
                (ty, Given::Always) => ("", "", ty),
                (ty, Given::Perhaps) => ("", "?", ty.without(Absent::Undefined)),
            };
            let ty = self.type_name_inside(ty, inside + 1);
            format!("{before}{}{mark}: {ty}", param.name)
        });
        let params: Vec<String> = params.collect();
        let result = self.type_name_inside(ty.result, inside + 1);
        format!("({}) => {result}", params.join(", "))
    }
}

/// What a type of functions is written with.
struct TypeParts<'a> {
    type_parameters: Option<&'a ast::TSTypeParameterDeclaration<'a>>,
    this: Option<oxc_span::Span>,
    params: &'a ast::FormalParameters<'a>,
    result: Option<&'a ast::TSTypeAnnotation<'a>>,
}
