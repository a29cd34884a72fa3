//! The types of functions that are values: each once, whatever its parameters are called.

use oxc_ast::ast;

use super::annotation::Sight;
use super::checker::Checker;
use super::known::function_type::{FunctionType, Given, TypeParam};
use super::report::{error, place, place_of};
use super::signature::rest_name;
use super::types::{Absent, FunctionTypeId, Type};
use crate::codes::{program, types as codes, unsupported};
use crate::limits::PARAMETERS_MAX;

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
