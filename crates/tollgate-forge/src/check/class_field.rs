//! The fields of classes: their types, which are written or those of their first values.

use super::annotation::Sight;
use super::body::{Body, Returns};
use super::checker::Checker;
use super::known::class::{Field, FieldType, InClass, Role};
use super::report::error;
use super::scope::Scopes;
use super::types::{Absent, ClassId, Type};
use crate::codes::types as codes;
use crate::limits::INFERENCE_DEPTH_MAX;

impl<'a> Checker<'a> {
    /// Returns the type of a field.
    pub(super) fn field_type(&mut self, id: ClassId, at: usize) -> Option<Type> {
        let class = self.classes.get(id)?;
        let (file, class_name, constructor) = (class.file, class.name, class.constructor);
        let outer = class.outer.clone();
        let field = class.fields.get(at)?.clone();
        let wrong = match field.ty {
            FieldType::Done(ty) => return ty,
            FieldType::Working => Some("the type of the field depends on itself"),
            FieldType::Waiting if self.inferring >= INFERENCE_DEPTH_MAX => {
                Some("too many types depend on each other in a row")
            }
            FieldType::Waiting => None,
        };
        if let Some(message) = wrong {
            let help = format!("write it: `{}: number`", field.name);
            self.report(
                error(codes::RECURSIVE_RESULT, message)
                    .at(field.span, format!("a field of `{class_name}`"))
                    .help(help),
            );
            self.set_field_type(id, at, FieldType::Done(None));
            return None;
        }
        self.set_field_type(id, at, FieldType::Working);
        self.inferring += 1;
        let ty = match (field.written, field.parameter, field.value) {
            (_, Some(parameter), _) => {
                constructor
                    .and_then(|index| self.declared(index))
                    .and_then(|signature| {
                        let params = signature.params.iter();
                        let mut params = params.filter(|param| param.at == parameter);
                        params.next().map(|param| param.ty)
                    })
            }
            (Some(written), None, _) => {
                let scopes = Scopes::default();
                let sight = Sight {
                    file,
                    scopes: Some((&scopes, &outer)),
                    first: None,
                };
                self.written(sight, &written.type_annotation)
            }
            (None, None, Some(value)) => {
                let class = InClass {
                    id,
                    role: Role::Method,
                };
                let mut body = Body::new(self, file, outer, Returns::Nowhere);
                body.begin_this(class);
                body.inner = super::inner_names::InnerNames::of_expression(value);
                body.value(value, None).map(|value| value.ty)
            }
            (None, None, None) => {
                let help = format!("write it: `{}: number`", field.name);
                let message = format!("the field `{}` has neither a type nor a value", field.name);
                self.report(error(codes::NO_TYPE, message).at(field.span, "").help(help));
                None
            }
        };
        self.inferring -= 1;
        let ty = ty.and_then(|ty| self.type_of_field(ty, &field));
        // What was found on the way stays: the type led back here, which is reported.
        let now = self.classes.field(id, at)?.ty;
        let ty = match now {
            FieldType::Done(ty) => ty,
            FieldType::Waiting | FieldType::Working => ty,
        };
        self.set_field_type(id, at, FieldType::Done(ty));
        if ty.is_none() {
            self.must_be_reported(field.span);
        }
        ty
    }

    fn type_of_field(&mut self, ty: Type, field: &Field<'a>) -> Option<Type> {
        let name = field.name;
        let (code, message, help) = match ty {
            Type::Void => (
                codes::NO_VALUE,
                format!("the field `{name}` has no value"),
                "write the type of the value".to_owned(),
            ),
            Type::Nothing(absent) => (
                codes::NO_TYPE,
                format!("`{}` does not show the type of `{name}`", absent.name()),
                format!("write it: `{name}: number | {} = …`", absent.name()),
            ),
            ty if field.optional => return self.may_be(ty, Absent::Undefined),
            ty => return Some(ty),
        };
        self.report(error(code, message).at(field.span, "").help(help));
        None
    }

    fn set_field_type(&mut self, id: ClassId, at: usize, ty: FieldType) {
        let class = self.classes.get_mut(id);
        if let Some(field) = class.and_then(|class| class.fields.get_mut(at)) {
            field.ty = ty;
        }
    }
}
