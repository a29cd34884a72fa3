//! What random programs do with objects.

use super::generate::{Maker, Variable};
use super::tree::{Expr, Stmt, Ty};

impl Maker {
    /// An expression that gives an object, or an array of them.
    pub(super) fn object(&mut self, ty: Ty, depth: usize) -> Expr {
        if ty == Ty::Inners {
            return self.objects(depth);
        }
        if ty == Ty::Inner && depth > 0 && self.random.one_in(3) {
            let outer = self.expr(Ty::Outer, depth);
            return Expr::Property(ty, Box::new(outer), "p");
        }
        let mut properties: Vec<(&'static str, Expr)> = Vec::new();
        for (name, ty) in ty.properties() {
            let value = self.expr(*ty, depth);
            let value = self.kept(*ty, value);
            let at = self.random.below(properties.len() + 1);
            properties.insert(at, (name, value));
        }
        Expr::Object(ty, properties)
    }

    fn objects(&mut self, depth: usize) -> Expr {
        let count = 1 + self.random.below(3);
        Expr::Objects((0..count).map(|_| self.expr(Ty::Inner, depth)).collect())
    }

    /// A value that loops do not make longer and longer.
    fn kept(&mut self, ty: Ty, value: Expr) -> Expr {
        match ty {
            Ty::List => self.short_list(value),
            Ty::Text => self.short(value),
            _ => value,
        }
    }

    /// An object with a property of a type: the property's name, the object.
    fn with_property(&mut self, ty: Ty, depth: usize) -> Option<(&'static str, Box<Expr>)> {
        let all: Vec<(Ty, &'static str)> = [Ty::Inner, Ty::Outer]
            .into_iter()
            .flat_map(|object| {
                object
                    .properties()
                    .iter()
                    .map(move |(name, of)| (object, *name, *of))
            })
            .filter(|(_, _, of)| *of == ty)
            .map(|(object, name, _)| (object, name))
            .collect();
        let (object, name) = self.random.pick(&all).copied()?;
        Some((name, Box::new(self.expr(object, depth))))
    }

    /// A value of another type from an object.
    pub(super) fn of_object(&mut self, ty: Ty, depth: usize) -> Expr {
        if ty == Ty::Boolean && self.random.one_in(3) {
            let of = if self.random.one_in(2) {
                Ty::Inner
            } else {
                Ty::Outer
            };
            let op = if self.random.one_in(2) { "===" } else { "!==" };
            let (left, right) = (self.expr(of, depth), self.expr(of, depth));
            return Expr::Compare(of, op, Box::new(left), Box::new(right));
        }
        if ty == Ty::Number && self.random.one_in(3) {
            return Expr::Length(Box::new(self.expr(Ty::Inners, depth)));
        }
        let Some((name, object)) = self.with_property(ty, depth) else {
            return self.literal(ty);
        };
        if self.random.one_in(4) {
            let value = self.expr(ty, depth);
            let value = self.kept(ty, value);
            return Expr::SetProperty(ty, object, name, Box::new(value));
        }
        Expr::Property(ty, object, name)
    }

    /// A statement about objects.
    pub(super) fn object_statement(&mut self, depth: usize) -> Option<Stmt> {
        if depth < 4 && self.random.one_in(2) {
            if self.rounds * 4 > 64 {
                return None;
            }
            let list = self.expr(Ty::Inners, 1);
            self.rounds *= 4;
            let name = self.name("o");
            let variable = Variable {
                name: name.clone(),
                ty: Ty::Inner,
                fixed: true,
            };
            self.scopes.push(vec![variable]);
            let body = self.statements(2, depth + 1);
            self.scopes.pop();
            self.rounds /= 4;
            return Some(Stmt::Over(name, list, body));
        }
        let ty = self.ty();
        let (name, object) = self.with_property(ty, 1)?;
        let value = self.expr(ty, 2);
        let value = self.kept(ty, value);
        Some(Stmt::Expr(Expr::SetProperty(
            ty,
            object,
            name,
            Box::new(value),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_do_everything_with_objects_that_the_generator_knows() {
        let texts: Vec<String> = (0..300).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            " as Outer)",
            ": Inner = ",
            ": Inner[] = ",
            "): Outer {",
            ".p",
            ".s = ",
            ".w = ",
            "for (const o",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
    }
}
