//! How many values functions take, and how many of these are `bool`.
//!
//! `self` is not counted. A method of a trait counts where the trait declares it, and not once more where a type has it: the
//! signature is the trait's, which is often another crate's.

use syn::visit::{self, Visit};
use syn::{FnArg, Signature, Type};

use super::bounds::{self, VALUES};
use super::read::{Program, is_test};

/// What the functions of some sources take.
#[derive(Default)]
pub(super) struct Signatures {
    pub(super) functions: usize,
    /// `engine.rs:12 load takes 5`.
    pub(super) many: Vec<String>,
    /// One for each `bool`.
    pub(super) bools: Vec<String>,
    file: String,
}

impl Signatures {
    pub(super) fn of(program: &Program) -> Self {
        let mut signatures = Self::default();
        for file in &program.files {
            signatures.file = file.path.display().to_string();
            for item in &file.items {
                signatures.visit_item(item);
            }
        }
        signatures
    }

    pub(super) fn add(&mut self, other: Self) {
        self.functions += other.functions;
        self.many.extend(other.many);
        self.bools.extend(other.bools);
    }

    #[expect(clippy::cast_precision_loss, reason = "thousands of functions")]
    pub(super) fn share_of_many(&self) -> f64 {
        self.many.len() as f64 * 100.0 / self.functions.max(1) as f64
    }

    pub(super) fn print(&self) {
        for line in self.many.iter().chain(&self.bools) {
            println!("  {line}");
        }
    }

    fn count(&mut self, signature: &Signature) {
        self.functions += 1;
        let values = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(value) => Some(&*value.ty),
            FnArg::Receiver(_) => None,
        });
        let place = format!(
            "{}:{} {}",
            self.file,
            signature.ident.span().start().line,
            signature.ident
        );
        let number = values.clone().count();
        if number > VALUES {
            self.many.push(format!("{place} takes {number} values"));
        }
        for _ in values.filter(|value| is_bool(value)) {
            self.bools.push(format!("{place} takes a bool"));
        }
    }
}

fn is_bool(value: &Type) -> bool {
    matches!(value, Type::Path(path) if path.path.is_ident("bool"))
}

impl<'ast> Visit<'ast> for Signatures {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            self.count(&function.sig);
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        for function in &item.items {
            let syn::ImplItem::Fn(function) = function else {
                continue;
            };
            if is_test(&function.attrs) {
                continue;
            }
            if item.trait_.is_none() {
                self.count(&function.sig);
            }
            visit::visit_block(self, &function.block);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        self.count(&function.sig);
        visit::visit_trait_item_fn(self, function);
    }
}

/// Says whether too many functions of a program take too much.
pub(super) fn faults(program: &Program) -> Vec<String> {
    let (signatures, bounds) = (Signatures::of(program), bounds::of(&program.name));
    let mut faults = Vec::new();
    if signatures.share_of_many() > bounds.many_percent {
        faults.push(format!(
            "{}: {:.2} % of the functions take more than {VALUES} values, and {} % may:\n  {}",
            program.name,
            signatures.share_of_many(),
            bounds.many_percent,
            signatures.many.join("\n  ")
        ));
    }
    if signatures.bools.len() > bounds.bools {
        faults.push(format!(
            "{}: {} values are `bool`, and {} may be:\n  {}",
            program.name,
            signatures.bools.len(),
            bounds.bools,
            signatures.bools.join("\n  ")
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::read::of_texts;
    use super::*;

    #[test]
    fn a_function_counts_once_without_self_and_without_tests() {
        let text = "
            trait T { fn many(&self, a: u8, b: u8, c: u8, d: bool); fn few(&self, a: u8, b: u8, c: u8); }
            impl T for () { fn many(&self, a: u8, b: u8, c: u8, d: bool) {} }
            struct S; impl S { fn own(&self, a: bool) { fn inner(a: u8) {} } }
            #[cfg(test)] mod tests { fn many(a: u8, b: u8, c: u8, d: bool) {} }";
        let signatures = Signatures::of(&of_texts(&[("", text)]));
        assert_eq!(signatures.functions, 4);
        assert_eq!(signatures.many.len(), 1, "{:?}", signatures.many);
        assert_eq!(signatures.bools.len(), 2, "{:?}", signatures.bools);
    }
}
