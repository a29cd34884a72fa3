//! Arrays: their types.

use super::Checker;
use super::types::{ArrayId, Type};

impl Checker<'_> {
    /// The type of arrays of these elements.
    pub(super) fn array_of(&mut self, element: Type) -> Type {
        let at = self.arrays.iter().position(|known| *known == element);
        let at = at.unwrap_or_else(|| {
            self.arrays.push(element);
            self.arrays.len() - 1
        });
        Type::Array(ArrayId(u32::try_from(at).unwrap_or(u32::MAX)))
    }
}
