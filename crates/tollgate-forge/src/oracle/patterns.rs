//! What random programs do with patterns.

use super::maker::{Maker, Variable};
use super::tree::{Expr, Part, Pattern, Stmt, Ty};

/// What the names of a pattern are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// New ones, which may keep their value.
    New { fixed: bool },
    /// Those of variables that are there.
    Assigned,
}

impl Maker {
    /// A pattern for a value of a type, whose names are in sight from now on.
    pub(super) fn pattern(&mut self, ty: Ty, names: Names, depth: usize) -> Pattern {
        match ty {
            Ty::Inner | Ty::Outer | Ty::Rest => self.object_pattern(ty, names, depth),
            Ty::List => self.list_pattern(names, depth),
            _ => self.target(ty, names),
        }
    }

    fn target(&mut self, ty: Ty, names: Names) -> Pattern {
        let fixed = match names {
            Names::New { fixed } => fixed,
            Names::Assigned => {
                if self.random.one_in(3)
                    && let Some((name, object)) = self.with_property(ty, 1)
                {
                    return Pattern::Property(object, name);
                }
                let known = self.assignable(ty);
                // A name that is not there: a property of an object that nothing else has.
                return match known {
                    Some(name) => Pattern::Name(name),
                    None => Pattern::Skipped,
                };
            }
        };
        let name = self.name("d");
        self.see(Variable {
            name: name.clone(),
            ty,
            fixed,
        });
        Pattern::Name(name)
    }

    fn nested(&mut self, ty: Ty, names: Names, depth: usize) -> Pattern {
        if depth > 0 && !Ty::ALL.contains(&ty) && self.random.one_in(2) {
            self.pattern(ty, names, depth - 1)
        } else {
            self.target(ty, names)
        }
    }

    fn object_pattern(&mut self, ty: Ty, names: Names, depth: usize) -> Pattern {
        if ty == Ty::Inner && self.random.one_in(4) {
            let first = self.target(Ty::Int(8, false), names);
            if !matches!(first, Pattern::Skipped) {
                let rest = self.target(Ty::Rest, names);
                let rest = Some(Box::new(rest)).filter(|rest| !matches!(**rest, Pattern::Skipped));
                return Pattern::Object(vec![("u", part(first))], rest);
            }
        }
        let mut parts = Vec::new();
        for (name, ty) in ty.properties() {
            if !self.random.one_in(2) {
                continue;
            }
            if let (["undefined"], Names::New { .. }) = (ty.absent(), names)
                && self.random.one_in(2)
            {
                let base = ty.base();
                let default = self.expr(base, 1);
                let default = Some(self.kept(base, default));
                let pattern = self.target(base, names);
                parts.push((*name, Part { pattern, default }));
                continue;
            }
            let pattern = self.nested(*ty, names, depth);
            if !matches!(pattern, Pattern::Skipped) {
                parts.push((*name, part(pattern)));
            }
        }
        Pattern::Object(parts, None)
    }

    fn list_pattern(&mut self, names: Names, depth: usize) -> Pattern {
        let mut parts = Vec::new();
        for _ in 0..self.random.below(4) {
            if self.random.one_in(5) {
                parts.push(None);
                continue;
            }
            let pattern = self.target(Ty::Number, names);
            if matches!(pattern, Pattern::Skipped) {
                parts.push(None);
                continue;
            }
            let default = if self.random.below(3) > 0 {
                // A default does not see the name it is for.
                let own = self.unsee(&pattern, names);
                let default = self.expr(Ty::Number, 1);
                own.into_iter().for_each(|own| self.see(own));
                Some(default)
            } else {
                None
            };
            parts.push(Some(Part { pattern, default }));
        }
        let rest = self.random.one_in(3).then(|| {
            if depth > 0 && self.random.one_in(4) {
                self.list_pattern(names, depth - 1)
            } else {
                self.target(Ty::List, names)
            }
        });
        let rest = rest.filter(|rest| !matches!(rest, Pattern::Skipped));
        Pattern::List(parts, rest.map(Box::new))
    }

    fn unsee(&mut self, pattern: &Pattern, names: Names) -> Option<Variable> {
        let (Pattern::Name(name), Names::New { .. }) = (pattern, names) else {
            return None;
        };
        let scope = self.scopes.last_mut()?;
        let at = scope.iter().rposition(|variable| variable.name == *name)?;
        Some(scope.remove(at))
    }

    /// Declares names with a pattern, or assigns to some.
    pub(super) fn take(&mut self) -> Stmt {
        let names = match self.random.below(4) {
            0 => Names::Assigned,
            1 => Names::New { fixed: true },
            _ => Names::New { fixed: false },
        };
        if self.random.one_in(4) {
            return self.take_mixed(names);
        }
        let types = [Ty::Inner, Ty::Outer, Ty::List, Ty::List, Ty::Rest];
        let ty = self.random.pick(&types).copied().unwrap_or(Ty::List);
        let value = self.expr(ty, 2);
        let pattern = self.pattern(ty, names, 2);
        taken(names, pattern, value)
    }

    /// `[a, b] = [c, d]` with values of any types.
    fn take_mixed(&mut self, names: Names) -> Stmt {
        let mut types = Vec::new();
        let mut items = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let ty = self.any_ty();
            types.push(ty);
            items.push(self.expr(ty, 1));
        }
        let mut parts = Vec::new();
        for ty in types {
            let pattern = self.nested(ty, names, 1);
            let skipped = matches!(pattern, Pattern::Skipped);
            parts.push((!skipped).then(|| part(pattern)));
        }
        taken(names, Pattern::Items(parts), Expr::Items(items))
    }
}

fn part(pattern: Pattern) -> Part {
    Part {
        pattern,
        default: None,
    }
}

fn taken(names: Names, pattern: Pattern, value: Expr) -> Stmt {
    let keyword = match names {
        Names::New { fixed: true } => Some("const"),
        Names::New { fixed: false } => Some("let"),
        Names::Assigned => None,
    };
    Stmt::Take {
        keyword,
        pattern,
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_use_patterns_in_all_places() {
        let texts: Vec<String> = (0..400).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "const { u: d",
            ", ...d",
            "let [d",
            "([",
            "({ ",
            "of) of",
            "for (const { ",
            "function fn",
            "({ x: d",
            "}: Inner",
            "]: number[]",
        ] {
            let piece = piece.replace("of) of", "} of ");
            assert!(texts.iter().any(|text| text.contains(&piece)), "{piece}");
        }
    }
}
