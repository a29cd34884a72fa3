//! What random programs do with values that may be missing.

use super::maker::{Maker, Variable};
use super::tree::{Expr, Stmt, Ty};

impl Maker {
    /// `null` or `undefined`, whichever a type has.
    fn nothing(&mut self, ty: Ty) -> Expr {
        let absent = ty.absent();
        let word = self.random.pick(absent).copied().unwrap_or("null");
        Expr::Nothing(ty, word)
    }

    pub(super) fn missing_literal(&mut self, ty: Ty) -> Expr {
        if self.random.one_in(2) {
            return self.nothing(ty);
        }
        let value = self.literal(ty.base());
        self.there(ty, value)
    }

    /// A value that is there, in the place of one that may be missing.
    fn there(&mut self, ty: Ty, value: Expr) -> Expr {
        let mut value = self.kept(ty.base(), value);
        // An element would be `undefined` in some of the places where this stands.
        if matches!(
            value,
            Expr::At(..) | Expr::Conditional(..) | Expr::OrElse(..)
        ) {
            let zero = Expr::Literal(Ty::Number, "0".to_owned());
            value = Expr::Comma(Box::new(zero), Box::new(value));
        }
        Expr::There(ty, Box::new(value))
    }

    /// An expression whose value may be missing.
    pub(super) fn missing(&mut self, ty: Ty, depth: usize) -> Expr {
        let base = ty.base();
        if self.random.one_in(3) {
            let linked = self.linked(ty, depth);
            if let Some(linked) = linked {
                return linked;
            }
        }
        if self.random.one_in(4) {
            return self.nothing(ty);
        }
        if base == Ty::Number && self.random.one_in(3) {
            let (list, place) = self.list_and_place(depth);
            return Expr::Element(ty, list, place);
        }
        let value = self.expr(base, depth);
        self.there(ty, value)
    }

    /// An array of numbers, and a place in it or beside it.
    fn list_and_place(&mut self, depth: usize) -> (Box<Expr>, Box<Expr>) {
        let list = if self.random.one_in(3) {
            Ty::Typed(self.random.below(Ty::TYPED.len()))
        } else {
            Ty::List
        };
        let place = if self.random.one_in(2) {
            let places = ["0", "1", "2", "-1", "0.5", "4294967296"];
            let text = self.random.pick(&places).copied().unwrap_or("0");
            Expr::Literal(Ty::Number, text.to_owned())
        } else {
            self.expr(Ty::Number, depth)
        };
        (Box::new(self.expr(list, depth)), Box::new(place))
    }

    /// What asks whether an element is there.
    fn asking(&mut self, ty: Ty, depth: usize) -> Option<Expr> {
        let (list, place) = self.list_and_place(depth);
        let element = Box::new(Expr::At(list, place));
        Some(match ty {
            Ty::Number => {
                let op = self.random.pick(&["??", "||"]).copied()?;
                Expr::OrElse(op, element, Box::new(self.expr(ty, depth)))
            }
            Ty::Boolean if self.random.one_in(4) => Expr::Not(element),
            Ty::Boolean => {
                let op = self.random.pick(&["===", "!==", "==", "!="]).copied()?;
                let other = match self.random.below(4) {
                    0 => self.expr(Ty::Number, depth),
                    1 => {
                        let (list, place) = self.list_and_place(depth);
                        Expr::At(list, place)
                    }
                    2 => self.expr(Ty::Opt(0), depth),
                    _ => {
                        let word = self.random.pick(&["null", "undefined"]).copied()?;
                        Expr::Nothing(Ty::Opt(0), word)
                    }
                };
                let (left, right) = if self.random.one_in(2) {
                    (element, Box::new(other))
                } else {
                    (Box::new(other), element)
                };
                Expr::Compare(Ty::Opt(0), op, left, right)
            }
            _ => return None,
        })
    }

    /// `a?.b`
    fn linked(&mut self, ty: Ty, depth: usize) -> Option<Expr> {
        if !ty.absent().contains(&"undefined") {
            return None;
        }
        let base = ty.base();
        let choice = self.random.below(4);
        let (object, what) = match (base, choice) {
            (Ty::Number, 3) => {
                let places = [".[0]", ".[1]", ".[2.5]", ".[-1]"];
                (Ty::Opt(6), self.random.pick(&places).copied()?)
            }
            (Ty::Number, 0) => (Ty::Opt(6), ".length"),
            (Ty::Number, 1) => (Ty::Opt(6), ".pop()"),
            (Ty::Number, _) => (Ty::Opt(2), ".x"),
            (Ty::Text, 0) => (Ty::Opt(1), ".slice(1)"),
            (Ty::Text, 1) if self.lambda.is_none() => (Ty::Opt(8), ".()"),
            (Ty::Text, _) => (Ty::Opt(2), ".t"),
            (Ty::Int(8, false), _) => (Ty::Opt(2), ".u"),
            _ => return None,
        };
        let object = self.expr(object, depth);
        Some(Expr::Linked(ty, Box::new(object), what))
    }

    /// A type whose values may be missing.
    pub(super) fn missing_ty(&mut self) -> Ty {
        Ty::Opt(self.random.below(Ty::OPTIONS.len()))
    }

    fn missing_of(&mut self, base: Ty) -> Option<Ty> {
        let found: Vec<Ty> = (0..Ty::OPTIONS.len())
            .map(Ty::Opt)
            .filter(|ty| ty.base() == base)
            .collect();
        self.random.pick(&found).copied()
    }

    /// A value of a type from one that may be missing.
    pub(super) fn of_missing(&mut self, ty: Ty, depth: usize) -> Option<Expr> {
        if matches!(ty, Ty::Number | Ty::Boolean) && self.random.one_in(3) {
            return self.asking(ty, depth);
        }
        if ty == Ty::Boolean && self.random.below(3) > 0 {
            let of = self.missing_ty();
            let op = self.random.pick(&["===", "!==", "==", "!="]).copied()?;
            let left = Box::new(self.expr(of, depth));
            let right = if self.random.one_in(2) {
                let word = self.random.pick(&["null", "undefined"]).copied()?;
                Expr::Nothing(of, word)
            } else {
                self.expr(of, depth)
            };
            return Some(Expr::Compare(of, op, left, Box::new(right)));
        }
        if ty == Ty::Text && self.random.one_in(2) {
            let of = self.missing_ty();
            // Objects and lists of other engines are texts that say nothing.
            return match of.base() {
                Ty::Inner | Ty::Function(_) => None,
                _ => Some(Expr::Template(vec![self.expr(of, depth)])),
            };
        }
        let of = self.missing_of(ty)?;
        if let Some(name) = self.known_local(of)
            && self.random.one_in(2)
        {
            return Some(self.looked_at(ty, name, depth));
        }
        let value = Box::new(self.expr(of, depth));
        Some(match self.random.below(4) {
            0 => Expr::Asserted(value),
            1 => Expr::OrElse("||", value, Box::new(self.expr(ty, depth))),
            _ => Expr::OrElse("??", value, Box::new(self.expr(ty, depth))),
        })
    }

    /// A variable of the function.
    fn known_local(&mut self, ty: Ty) -> Option<String> {
        let names: Vec<String> = self
            .scopes
            .iter()
            .flatten()
            .filter(|v| v.ty == ty)
            .map(|v| v.name.clone())
            .collect();
        self.random.pick(&names).cloned()
    }

    /// `x != null ? … : …`, where `x` is there in the first branch.
    fn looked_at(&mut self, ty: Ty, name: String, depth: usize) -> Expr {
        let of = Ty::OPTIONS.iter().position(|(base, _)| *base == ty);
        let of = Ty::Opt(of.unwrap_or(0));
        let kept = self.hold(&name);
        self.scopes.push(vec![Variable {
            name: name.clone(),
            ty,
            fixed: true,
        }]);
        let then = self.expr(ty, depth);
        self.scopes.pop();
        self.release(&kept);
        let otherwise = self.expr(ty, depth);
        Expr::LookedAt(ty, self.test(of, name), Box::new(then), Box::new(otherwise))
    }

    /// A test that holds if a variable is there.
    fn test(&mut self, ty: Ty, name: String) -> String {
        let long = format!("{name} !== null && {name} !== undefined");
        match self.random.below(8) {
            0 => long,
            1 => format!("!({name} === undefined || null === {name})"),
            3 => format!("undefined !== {name} && null !== {name}"),
            4 => format!("!(null === {name}) && !({name} === undefined)"),
            5 => format!("!(undefined == {name})"),
            6 => format!("!!({name} !== null && ({name} !== undefined))"),
            2 if matches!(ty.base(), Ty::Inner | Ty::List) => name,
            _ => format!("{name} != null"),
        }
    }

    /// Keeps variables of a name from being assigned, and says which were not.
    fn hold(&mut self, name: &str) -> Vec<(usize, Variable)> {
        let mut held = Vec::new();
        for (at, scope) in self.scopes.iter_mut().enumerate() {
            for variable in scope.iter_mut() {
                if variable.name == name && !variable.fixed {
                    held.push((at, variable.clone()));
                    variable.fixed = true;
                }
            }
        }
        held
    }

    fn release(&mut self, held: &[(usize, Variable)]) {
        for (at, held) in held {
            let scope = self.scopes.get_mut(*at).into_iter().flatten();
            // A pattern may have moved it to another place.
            for variable in scope.filter(|v| v.name == held.name && v.ty == held.ty) {
                variable.fixed = false;
            }
        }
    }

    /// A statement about a value that may be missing.
    pub(super) fn missing_statement(&mut self, depth: usize) -> Option<Stmt> {
        if depth >= 4 || self.random.one_in(3) {
            return self.filled();
        }
        let ty = self.missing_ty();
        let name = self.known_local(ty)?;
        let base = ty.base();
        let held = self.hold(&name);
        self.scopes.push(vec![Variable {
            name: name.clone(),
            ty: base,
            fixed: true,
        }]);
        let body = self.statements(2, depth + 1);
        self.scopes.pop();
        self.release(&held);
        let otherwise = self.statements(1, depth + 1);
        let test = self.test(ty, name);
        Some(Stmt::LookedAt(test, body, otherwise))
    }

    /// `x ??= value`, after which `x` is there.
    fn filled(&mut self) -> Option<Stmt> {
        let scope = self.scopes.last()?;
        let open: Vec<(String, Ty)> = scope
            .iter()
            .filter(|v| matches!(v.ty, Ty::Opt(_)) && !v.fixed)
            .map(|v| (v.name.clone(), v.ty))
            .collect();
        let (name, ty) = self.random.pick(&open).cloned()?;
        let base = ty.base();
        let value = self.expr(base, 2);
        let value = self.kept(base, value);
        // From here on it is not assigned any more.
        self.hold(&name);
        self.see(Variable {
            name: name.clone(),
            ty: base,
            fixed: true,
        });
        Some(Stmt::Filled(name, value, self.random.below(3)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_do_everything_with_missing_values_that_the_generator_knows() {
        let texts: Vec<String> = (0..800).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            " | null | undefined = ",
            "?.length",
            "?.x",
            " ?? ",
            " ??= ",
            "!== undefined)",
            " === null",
            " != null ?",
            ")!",
            "?: ",
            "= undefined",
            "?.[2.5]",
            "[4294967296] ?? ",
            "[0] || ",
            "] === undefined",
            "] as number | null | undefined)",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
    }
}
