//! What random programs do with classes.
//!
//! Programs end: the first method of a class, its accessors and what the interface wants call nothing and make no objects; a constructor
//! calls the first method alone; other methods make objects and call those that come before them.

use super::maker::{Maker, Reach, Variable};
use super::tree::{Class, ClassField, Constructor, Expr, Method, Stmt, Ty};

/// The names of fields, of which each class has its own.
const FIELDS: [[&str; 3]; 5] = [
    ["a0", "a1", "a2"],
    ["b0", "b1", "b2"],
    ["c0", "c1", "c2"],
    ["d0", "d1", "d2"],
    ["e0", "e1", "e2"],
];
const METHODS: [&str; 3] = ["m0", "m1", "m2"];

impl Maker {
    /// The classes of a program.
    pub(super) fn classes(&mut self) -> Vec<Variable> {
        let count = self.random.below(FIELDS.len() + 1);
        let mut statics = Vec::new();
        for number in 0..count {
            let class = self.shape(number, &mut statics);
            self.classes.push(class);
        }
        for number in 0..count {
            let methods = self.bodies(number, &statics);
            if let Some(class) = self.classes.get_mut(number) {
                class.methods = methods;
            }
        }
        self.reach = Reach::All;
        statics
    }

    /// The class and those that it extends.
    pub(super) fn line(&self, number: usize) -> Vec<usize> {
        let mut line = vec![number];
        let mut at = number;
        while let Some(parent) = self.classes.get(at).and_then(|class| class.parent) {
            line.push(parent);
            at = parent;
        }
        line
    }

    fn plain(&mut self) -> Ty {
        if self.random.one_in(5) {
            return self.missing_ty();
        }
        self.ty()
    }

    /// What a class has but for the bodies of its methods.
    fn shape(&mut self, number: usize, statics: &mut Vec<Variable>) -> Class {
        let parent = (number > 0 && self.random.below(3) > 0).then(|| self.random.below(number));
        let line: Vec<usize> = parent.map_or(Vec::new(), |parent| self.line(parent));
        let mut signatures = Vec::new();
        for name in METHODS {
            let known = line.iter().filter_map(|at| self.classes.get(*at));
            let known = known
                .flat_map(|class| &class.signatures)
                .find(|(n, ..)| *n == name)
                .cloned();
            if self.random.below(3) == 0 && (known.is_some() || name != "m0") {
                continue;
            }
            let signature = match known {
                Some(known) => known,
                None => {
                    let params = (0..self.random.below(3)).map(|_| self.plain()).collect();
                    (name, params, self.plain())
                }
            };
            signatures.push(signature);
        }
        self.reach = Reach::Leaf;
        self.scopes = vec![statics.clone()];
        let mut own = Vec::new();
        let names = FIELDS.get(number).copied().unwrap_or_default();
        let given = self.random.below(names.len() + 1);
        for name in names.into_iter().take(given) {
            let ty = if self.random.one_in(6) {
                self.object_ty()
            } else {
                self.plain()
            };
            self.budget = 4;
            let inside = self.random.below(3) > 0;
            let value = inside.then(|| self.expr(ty, 1));
            own.push(ClassField { name, ty, value });
        }
        let parent_params: Vec<Ty> = line
            .iter()
            .find_map(|at| self.classes.get(*at)?.constructor.as_ref())
            .map_or(Vec::new(), |c| c.params.iter().map(|(_, ty)| *ty).collect());
        let lacking: Vec<(&'static str, Ty)> = own
            .iter()
            .filter(|f| f.value.is_none())
            .map(|f| (f.name, f.ty))
            .collect();
        let needed = !lacking.is_empty() || self.random.one_in(3);
        let constructor = needed.then(|| {
            let m0 = signatures.iter().find(|(name, ..)| *name == "m0").cloned();
            self.constructor(number, parent.map(|_| parent_params), lacking, m0)
        });
        if self.random.one_in(2) {
            let ty = self.ty();
            let name = format!("K{number}.s");
            statics.push(Variable {
                name: name.clone(),
                ty,
                fixed: false,
            });
            own.push(ClassField {
                name: "s",
                ty,
                value: Some(self.literal(ty)),
            });
        }
        let inherits = line
            .iter()
            .any(|at| self.classes.get(*at).is_some_and(|c| c.is_face));
        let is_face = inherits || self.random.one_in(2);
        Class {
            number,
            parent,
            is_face,
            begins_face: is_face && !inherits,
            fields: own,
            constructor,
            signatures,
            accessor: self.random.one_in(2),
            methods: Vec::new(),
        }
    }

    fn constructor(
        &mut self,
        number: usize,
        parent: Option<Vec<Ty>>,
        lacking: Vec<(&'static str, Ty)>,
        m0: Option<(&'static str, Vec<Ty>, Ty)>,
    ) -> Constructor {
        let params: Vec<(String, Ty)> = (0..self.random.below(3))
            .map(|_| (self.name("q"), self.plain()))
            .collect();
        let scope = params.iter().map(|(name, ty)| Variable {
            name: name.clone(),
            ty: *ty,
            fixed: false,
        });
        self.scopes.push(scope.collect());
        self.budget = 8;
        let given = parent.map(|types| types.iter().map(|ty| self.expr(*ty, 1)).collect());
        let this = || Box::new(Expr::Variable(Ty::Class(number), "this".to_owned()));
        let mut body = Vec::new();
        for (name, ty) in lacking {
            let value = self.expr(ty, 1);
            let value = self.kept(ty, value);
            body.push(Stmt::Expr(Expr::SetProperty(
                ty,
                this(),
                name,
                Box::new(value),
            )));
        }
        // A method of a class that extends this one may see fields that have no value yet.
        if let Some((name, types, result)) = m0.filter(|_| self.random.one_in(3)) {
            let arguments = types.iter().map(|ty| self.expr(*ty, 1)).collect();
            let at = self.random.below(body.len() + 1);
            body.insert(
                at,
                Stmt::Expr(Expr::Method(result, this(), name, arguments)),
            );
        }
        self.scopes.pop();
        Constructor {
            params,
            given,
            body,
        }
    }

    /// The methods of a class.
    fn bodies(&mut self, number: usize, statics: &[Variable]) -> Vec<Method> {
        let Some(class) = self.classes.get(number).cloned() else {
            return Vec::new();
        };
        let mut methods = Vec::new();
        for (name, types, result) in class.signatures {
            let level = METHODS.iter().position(|n| *n == name).unwrap_or(0);
            let reach = if level == 0 {
                Reach::Leaf
            } else {
                Reach::Below(level)
            };
            let params = types.into_iter().map(|ty| (self.name("q"), ty)).collect();
            methods.push(self.method_body(number, statics, (name, params, result), reach));
        }
        if class.accessor {
            methods.push(self.method_body(
                number,
                statics,
                ("get g", Vec::new(), Ty::Number),
                Reach::Leaf,
            ));
            let params = vec![(self.name("q"), Ty::Number)];
            let mut set =
                self.method_body(number, statics, ("set g", params, Ty::Number), Reach::Leaf);
            set.value = None;
            methods.push(set);
        }
        if class.is_face && (class.begins_face || self.random.one_in(3)) {
            let params = vec![(self.name("q"), Ty::Number)];
            methods.push(self.method_body(number, statics, ("act", params, Ty::Text), Reach::Leaf));
        }
        methods
    }

    fn method_body(
        &mut self,
        number: usize,
        statics: &[Variable],
        (name, params, result): (&'static str, Vec<(String, Ty)>, Ty),
        reach: Reach,
    ) -> Method {
        let mut scope: Vec<Variable> = statics.to_vec();
        scope.push(Variable {
            name: "this".to_owned(),
            ty: Ty::Class(number),
            fixed: true,
        });
        scope.extend(params.iter().map(|(name, ty)| Variable {
            name: name.clone(),
            ty: *ty,
            fixed: false,
        }));
        self.scopes = vec![scope];
        self.reach = reach;
        self.result = result;
        self.budget = if reach == Reach::Leaf { 8 } else { 20 };
        self.rounds = 16;
        self.labels.clear();
        let setter = name.starts_with("set ");
        let mut body = if setter {
            Vec::new()
        } else {
            self.statements(1, 3)
        };
        let parent = self.classes.get(number).and_then(|class| class.parent);
        let above = parent.is_some_and(|parent| {
            let line = self.line(parent);
            let mut line = line.iter().filter_map(|at| self.classes.get(*at));
            line.any(|class| class.signatures.iter().any(|(n, ..)| *n == name))
        });
        if above && self.random.one_in(2) {
            let arguments = params.iter().map(|(_, ty)| self.expr(*ty, 1)).collect();
            body.push(Stmt::Expr(Expr::Super(result, name, arguments)));
        }
        if setter && let Some(stmt) = self.class_statement() {
            body.push(stmt);
        }
        let value = self.expr(result, 2);
        let value = self.kept(result, value);
        Method {
            name,
            params,
            result,
            body,
            value: Some(value),
        }
    }

    /// The type of objects of some class, or of the interface; a number where there is none.
    pub(super) fn object_ty(&mut self) -> Ty {
        if self.lambda.is_some() || self.reach == Reach::Leaf || self.classes.is_empty() {
            return Ty::Number;
        }
        if self.random.one_in(4) {
            return Ty::Face;
        }
        Ty::Class(self.random.below(self.classes.len()))
    }

    /// Makes an object of a class or of one that extends it.
    pub(super) fn new_object(&mut self, ty: Ty) -> Expr {
        let number = match ty {
            Ty::Class(number) => Some(number),
            _ => None,
        };
        let fits: Vec<usize> = (0..self.classes.len())
            .filter(|at| match number {
                Some(number) => self.line(*at).contains(&number),
                None => self.classes.get(*at).is_some_and(|class| class.is_face),
            })
            .collect();
        let chosen = self.random.pick(&fits).copied();
        let chosen = chosen.filter(|_| number.is_some() || self.random.below(3) > 0);
        let Some(at) = chosen else {
            let (w, n) = (self.literal(Ty::Number), self.name("a"));
            let text = self.text_literal();
            let act = Expr::Lambda(
                Ty::Function(5),
                vec![(n, Ty::Number)],
                Vec::new(),
                Box::new(text),
            );
            return Expr::Object(Ty::Face, vec![("w", w), ("act", act)]);
        };
        let constructor = self
            .line(at)
            .into_iter()
            .find_map(|at| self.classes.get(at)?.constructor.clone());
        let params = constructor.map_or(Vec::new(), |c| c.params);
        let arguments = params.iter().map(|(_, ty)| self.expr(*ty, 1)).collect();
        Expr::New(ty, at, arguments)
    }

    /// An object in sight, or a new one.
    pub(super) fn object_of(&mut self, depth: usize) -> Option<(usize, Box<Expr>)> {
        let number = self.random.below(self.classes.len());
        let class = self.classes.get(number)?.number;
        let ty = Ty::Class(class);
        let object = match self.variable(ty) {
            Some(variable) => variable,
            None if self.lambda.is_some() || self.reach == Reach::Leaf => return None,
            None => self.expr(ty, depth),
        };
        Some((class, Box::new(object)))
    }

    /// A value of a type from an object of a class.
    pub(super) fn of_class(&mut self, ty: Ty, depth: usize) -> Option<Expr> {
        if self.classes.is_empty() {
            return None;
        }
        let quiet = self.lambda.is_some() || self.reach == Reach::Leaf;
        if !quiet && self.random.one_in(5) {
            let face = Box::new(self.expr(Ty::Face, depth));
            return match ty {
                Ty::Number if self.random.one_in(2) => {
                    let value = Box::new(self.expr(Ty::Number, depth));
                    Some(Expr::SetProperty(ty, face, "w", value))
                }
                Ty::Number => Some(Expr::Property(ty, face, "w")),
                Ty::Text => Some(Expr::Method(
                    ty,
                    face,
                    "act",
                    vec![self.expr(Ty::Number, depth)],
                )),
                Ty::Boolean => {
                    let faces = (0..self.classes.len())
                        .filter(|at| self.classes.get(*at).is_some_and(|c| c.is_face));
                    let faces: Vec<usize> = faces.collect();
                    let of = self.random.pick(&faces).copied()?;
                    Some(Expr::InstanceOf(face, of))
                }
                _ => None,
            };
        }
        let (number, object) = self.object_of(depth)?;
        let line = self.line(number);
        let classes: Vec<Class> = line
            .iter()
            .filter_map(|at| self.classes.get(*at).cloned())
            .collect();
        if ty == Ty::Boolean && self.random.one_in(2) {
            let related: Vec<usize> = (0..self.classes.len())
                .filter(|at| self.line(*at).contains(&number))
                .collect();
            let of = self.random.pick(&related).copied()?;
            return Some(Expr::InstanceOf(object, of));
        }
        let accessor = !quiet && classes.iter().any(|class| class.accessor);
        if ty == Ty::Number && accessor && self.random.one_in(3) {
            if self.random.one_in(2) {
                let value = Box::new(self.expr(ty, depth));
                return Some(Expr::SetProperty(ty, object, "g", value));
            }
            return Some(Expr::Property(ty, object, "g"));
        }
        let signatures = classes.iter().flat_map(|class| class.signatures.clone());
        let callable: Vec<(&'static str, Vec<Ty>, Ty)> = signatures
            .filter(|(name, _, result)| {
                let level = METHODS.iter().position(|n| n == name).unwrap_or(0);
                let below = match self.reach {
                    Reach::All => true,
                    Reach::Below(limit) => level < limit,
                    Reach::Leaf => false,
                };
                *result == ty && below && self.lambda.is_none() && self.rounds <= 16
            })
            .collect();
        if let Some((name, types, _)) = self
            .random
            .pick(&callable)
            .cloned()
            .filter(|_| self.random.below(3) > 0)
        {
            let arguments = types.iter().map(|ty| self.expr(*ty, depth)).collect();
            return Some(Expr::Method(ty, object, name, arguments));
        }
        let fields = classes.iter().flat_map(|class| &class.fields);
        let fields: Vec<&'static str> = fields
            .filter(|f| f.ty == ty && f.name != "s")
            .map(|f| f.name)
            .collect();
        let name = self.random.pick(&fields).copied()?;
        if self.random.one_in(3) {
            let value = self.expr(ty, depth);
            let value = self.kept(ty, value);
            return Some(Expr::SetProperty(ty, object, name, Box::new(value)));
        }
        Some(Expr::Property(ty, object, name))
    }

    /// A statement about an object.
    pub(super) fn class_statement(&mut self) -> Option<Stmt> {
        let ty = self.plain();
        self.of_class(ty, 1).map(Stmt::Expr)
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_do_everything_with_classes_that_the_generator_knows() {
        let texts: Vec<String> = (0..600).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            " extends K",
            " implements Face",
            "super(",
            "super.m",
            " instanceof K",
            "this.a0 = ",
            "get g()",
            "set g(",
            ".g = ",
            ".act(",
            ".w = ",
            "K0.s",
            "new K1(",
            ": K0 = ",
            ": Face = ",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
    }
}
