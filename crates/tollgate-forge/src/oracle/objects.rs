//! What random programs do with objects.

use super::maker::{Maker, Variable};
use super::patterns::Names;
use super::tree::{Expr, Pattern, Stmt, Ty};

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
        if depth > 0 && self.random.one_in(4) {
            return self.changed(ty, depth);
        }
        let mut properties: Vec<(&'static str, Expr)> = Vec::new();
        for (name, ty) in ty.properties() {
            // What may be undefined may be left out.
            if ty.absent().contains(&"undefined") && self.random.one_in(2) {
                continue;
            }
            let value = self.expr(*ty, depth);
            let value = self.kept(*ty, value);
            let at = self.random.below(properties.len() + 1);
            properties.insert(at, (name, value));
        }
        Expr::Object(ty, properties)
    }

    /// An object like another one but for some properties.
    fn changed(&mut self, ty: Ty, depth: usize) -> Expr {
        let from = if ty == Ty::Inner && self.random.one_in(2) {
            Ty::Rest
        } else {
            ty
        };
        let other = self.expr(from, depth);
        let mut own = Vec::new();
        for (name, property) in ty.properties() {
            let lacks = !from.properties().iter().any(|(known, _)| known == name);
            if lacks || self.random.one_in(3) {
                let value = self.expr(*property, depth);
                own.push((*name, self.kept(*property, value)));
            }
        }
        Expr::With(ty, Box::new(other), own)
    }

    fn objects(&mut self, depth: usize) -> Expr {
        let count = 1 + self.random.below(3);
        Expr::Objects((0..count).map(|_| self.expr(Ty::Inner, depth)).collect())
    }

    /// A value that loops do not make longer and longer.
    pub(super) fn kept(&mut self, ty: Ty, value: Expr) -> Expr {
        match ty {
            Ty::List => self.short_list(value),
            Ty::Text => self.short(value),
            _ => value,
        }
    }

    /// An object with a property of a type: the property's name, the object.
    pub(super) fn with_property(
        &mut self,
        ty: Ty,
        depth: usize,
    ) -> Option<(&'static str, Box<Expr>)> {
        let all: Vec<(Ty, &'static str)> = [Ty::Inner, Ty::Outer, Ty::Rest]
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
        if ty == Ty::Boolean && self.random.one_in(2) {
            return self.each_object(ty, "some", depth);
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

    /// A method that calls a function for each object, which it takes apart.
    pub(super) fn each_object(&mut self, ty: Ty, method: &'static str, depth: usize) -> Expr {
        let list = Box::new(self.expr(Ty::Inners, depth));
        let gives = if ty == Ty::List { Ty::Number } else { ty };
        let (x, t) = (self.name("d"), self.name("d"));
        let names = [(&x, Ty::Number), (&t, Ty::Text)];
        let scope = names.map(|(name, ty)| Variable {
            name: name.clone(),
            ty,
            fixed: false,
        });
        self.scopes.push(scope.to_vec());
        let value = Box::new(self.expr(gives, depth));
        self.scopes.pop();
        let params = vec![format!("{{ x: {x}, t: {t} }}")];
        Expr::Each(ty, list, method, params, value, Vec::new())
    }

    /// A statement about objects.
    pub(super) fn object_statement(&mut self, depth: usize) -> Option<Stmt> {
        if depth < 4 && self.random.one_in(2) {
            if self.rounds * 4 > 64 {
                return None;
            }
            let list = self.expr(Ty::Inners, 1);
            self.rounds *= 4;
            self.scopes.push(Vec::new());
            let pattern = if self.random.one_in(2) {
                self.pattern(Ty::Inner, Names::New { fixed: true }, 1)
            } else {
                let name = self.name("o");
                self.see(Variable {
                    name: name.clone(),
                    ty: Ty::Inner,
                    fixed: true,
                });
                Pattern::Name(name)
            };
            let body = self.statements(2, depth + 1);
            self.scopes.pop();
            self.rounds /= 4;
            return Some(Stmt::Over(pattern, list, body));
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
