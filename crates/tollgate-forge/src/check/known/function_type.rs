//! The types of functions, each once.

use std::collections::HashMap;

use crate::check::types::{FunctionTypeId, Type};
use crate::ir;
use crate::ir::op::Val;

/// The types of functions.
#[derive(Debug, Default)]
pub(crate) struct FunctionTypes<'a> {
    list: Vec<FunctionType<'a>>,
    known: HashMap<(Vec<(Type, Given)>, Type), FunctionTypeId>,
}

/// A type of functions.
#[derive(Debug, Clone)]
pub(crate) struct FunctionType<'a> {
    pub(crate) params: Vec<TypeParam<'a>>,
    pub(crate) result: Type,
}

/// A parameter of a type of functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeParam<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: Type,
    pub(crate) given: Given,
}

/// Whether a call gives an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Given {
    Always,
    /// It is `undefined` where it is left out.
    Perhaps,
}

impl FunctionType<'_> {
    /// Returns how many arguments a call must have.
    pub(crate) fn required(&self) -> usize {
        let last = self.params.iter().rposition(|p| p.given == Given::Always);
        last.map_or(0, |at| at + 1)
    }

    /// Returns how such functions lie in WebAssembly: the block of the function comes first.
    pub(crate) fn lowered(&self) -> Option<ir::Signature> {
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
    pub(crate) fn of(&mut self, ty: FunctionType<'a>) -> FunctionTypeId {
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

    pub(crate) fn get(&self, id: FunctionTypeId) -> Option<&FunctionType<'a>> {
        self.list.get(id.0)
    }
}
