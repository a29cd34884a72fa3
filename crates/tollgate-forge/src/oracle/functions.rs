//! What random programs do with functions that are values.
//!
//! Programs end: a function that is a value calls no declared one and has no loops, and inside of it only those are called
//! that keep their value, which were there before it.

use super::maker::Reach;
use super::maker::{Maker, Variable};
use super::tree::{Expr, Stmt, Ty};

impl Maker {
    /// An expression that gives a function.
    pub(super) fn function_value(&mut self, ty: Ty, depth: usize) -> Expr {
        if depth > 0 && self.random.one_in(4) {
            let outer = self.expr(Ty::Outer, depth - 1);
            if ty == Ty::Function(0) {
                return Expr::Property(ty, Box::new(outer), "k");
            }
        }
        self.lambda(ty, depth)
    }

    fn lambda(&mut self, ty: Ty, depth: usize) -> Expr {
        let (types, result) = ty.function();
        let params: Vec<(String, Ty)> = types.iter().map(|ty| (self.name("a"), *ty)).collect();
        let scope = params.iter().map(|(name, ty)| Variable {
            name: name.clone(),
            ty: *ty,
            fixed: false,
        });
        let labels = std::mem::take(&mut self.labels);
        let rounds = std::mem::replace(&mut self.rounds, 64);
        let before = std::mem::replace(&mut self.result, result);
        let lambda = self.lambda.replace(self.scopes.len());
        // One of two parameters is written with `function`.
        let no_this = self.no_this;
        self.no_this |= types.len() == 2;
        self.scopes.push(scope.collect());
        let body = if depth > 0 && self.random.one_in(2) {
            self.statements(1, 4)
        } else {
            Vec::new()
        };
        let value = self.expr(result, depth.min(2));
        let value = self.kept(result, value);
        self.scopes.pop();
        self.lambda = lambda;
        self.no_this = no_this;
        self.result = before;
        self.rounds = rounds;
        self.labels = labels;
        Expr::Lambda(ty, params, body, Box::new(value))
    }

    /// A value of a type from a function that is a value, if there is one to call.
    pub(super) fn of_function(&mut self, ty: Ty, depth: usize) -> Option<Expr> {
        if self.reach == Reach::Leaf {
            return None;
        }
        let fits: Vec<Ty> = Ty::functions().filter(|f| f.function().1 == ty).collect();
        let of = self.random.pick(&fits).copied()?;
        let callee = if self.lambda.is_some() {
            self.fixed_variable(of)?
        } else if self.random.one_in(3) {
            self.expr(of, depth)
        } else {
            self.variable(of)?
        };
        let types = of.function().0.iter();
        let arguments = types.map(|ty| self.expr(*ty, depth)).collect();
        Some(Expr::CallValue(ty, Box::new(callee), arguments))
    }

    /// A statement that declares a function, which may use what is around it, and calls it.
    pub(super) fn function_statement(&mut self) -> Stmt {
        let at = self.random.below(Ty::FUNCTIONS.len());
        let ty = Ty::Function(at);
        let value = self.lambda(ty, 2);
        let name = self.name("g");
        let fixed = self.random.below(3) > 0;
        let keyword = if fixed { "const" } else { "let" };
        let stmt = Stmt::Declare {
            keyword,
            name: name.clone(),
            written: self.random.one_in(2),
            value,
        };
        self.see(Variable { name, ty, fixed });
        stmt
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_do_everything_with_functions_that_the_generator_knows() {
        let texts: Vec<String> = (0..600).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "const g",
            "let g",
            "function (a",
            " => {",
            ".k)(",
            ".map(((a",
            " | null = ",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
    }
}
