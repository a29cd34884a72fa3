//! The names in scope, innermost last. Finding one takes the same time however many there are.

use std::collections::HashMap;

use super::unit::Binding;

/// A name with what it stands for.
#[derive(Debug)]
struct Entry<'a> {
    name: &'a str,
    binding: Binding,
    /// The entry of the same name that this one hides.
    hidden: Option<usize>,
}

/// Names and what they stand for.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    entries: Vec<Entry<'a>>,
    /// The innermost entry of each name.
    innermost: HashMap<&'a str, usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, name: &'a str, binding: Binding) {
        let hidden = self.innermost.insert(name, self.entries.len());
        self.entries.push(Entry {
            name,
            binding,
            hidden,
        });
    }

    /// Removes the names added since there were so many.
    pub(super) fn truncate(&mut self, length: usize) {
        while self.entries.len() > length {
            let Some(Entry { name, hidden, .. }) = self.entries.pop() else {
                return;
            };
            match hidden {
                Some(hidden) => self.innermost.insert(name, hidden),
                None => self.innermost.remove(name),
            };
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Binding> {
        let index = self.innermost.get(name)?;
        self.entries.get(*index).map(|entry| &entry.binding)
    }

    /// Names and what they stand for, outermost first.
    pub(super) fn bindings(&self) -> impl Iterator<Item = (&'a str, &Binding)> + Clone {
        self.entries
            .iter()
            .map(|entry| (entry.name, &entry.binding))
    }

    /// The names, outermost first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.entries.iter().map(|entry| entry.name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::unit::bool_expr;
    use super::*;

    #[test]
    fn an_inner_name_hides_an_outer_one_until_it_is_removed() {
        let binding = |value| Binding::Constant(bool_expr(value));
        let is = |scope: &Scope<'_>, name: &str| {
            scope.get(name).map(|found| match found {
                Binding::Constant(value) => *value == bool_expr(true),
                _ => false,
            })
        };
        let mut scope = Scope::default();
        scope.push("a", binding(true));
        scope.push("b", binding(true));
        scope.push("a", binding(false));
        assert_eq!(is(&scope, "a"), Some(false));
        scope.truncate(1);
        assert_eq!(is(&scope, "a"), Some(true));
        assert_eq!(is(&scope, "b"), None);
    }
}
