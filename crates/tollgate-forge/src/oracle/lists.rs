//! What random programs do with arrays of numbers.

use super::maker::{Maker, Variable};
use super::tree::{Expr, Pattern, Stmt, Ty};

fn number(text: &str) -> Expr {
    Expr::Literal(Ty::Number, text.to_owned())
}

impl Maker {
    pub(super) fn list_literal(&mut self) -> Expr {
        let count = self.random.below(4);
        Expr::List((0..count).map(|_| self.literal(Ty::Number)).collect())
    }

    /// A list that loops do not make longer and longer.
    pub(super) fn short_list(&mut self, value: Expr) -> Expr {
        Expr::Method(
            Ty::List,
            Box::new(value),
            "slice",
            vec![number("0"), number("6")],
        )
    }

    /// An operation that gives a list.
    pub(super) fn list(&mut self, depth: usize) -> Expr {
        let list = Box::new(self.expr(Ty::List, depth));
        match self.random.below(9) {
            8 => self.array_from(depth),
            0 => {
                let by = vec![self.expr(Ty::Number, depth), self.expr(Ty::Number, depth)];
                Expr::Method(Ty::List, list, "slice", by)
            }
            1 => {
                let count = 1 + self.random.below(2);
                let lists = (0..count).map(|_| self.expr(Ty::List, depth)).collect();
                Expr::Method(Ty::List, list, "concat", lists)
            }
            2 => Expr::Spread(list, Box::new(self.expr(Ty::Number, depth))),
            3 if self.random.one_in(3) => self.each_object(Ty::List, "map", depth),
            3 if self.random.one_in(3) && self.lambda.is_none() => {
                let function = self.expr(Ty::Function(0), depth);
                Expr::Method(Ty::List, list, "map", vec![function])
            }
            3 => self.each(Ty::List, list, "map", Ty::Number, depth),
            4 => self.each(Ty::List, list, "filter", Ty::Boolean, depth),
            5 => Expr::Method(
                Ty::List,
                Box::new(self.short_list(*list)),
                "reverse",
                Vec::new(),
            ),
            6 => {
                // What is no number has no place in an order.
                let params = ["x"].map(str::to_owned).to_vec();
                let x = || Box::new(Expr::Variable(Ty::Number, "x".to_owned()));
                let same = Expr::Compare(Ty::Number, "===", x(), x());
                let numbers =
                    Expr::Each(Ty::List, list, "filter", params, Box::new(same), Vec::new());
                let side = |name: &str| Box::new(Expr::Variable(Ty::Number, name.to_owned()));
                let compare = |op| Box::new(Expr::Compare(Ty::Number, op, side("a"), side("b")));
                let less = Expr::Conditional(
                    Ty::Number,
                    compare(">"),
                    Box::new(number("1")),
                    Box::new(number("0")),
                );
                let order = Expr::Conditional(
                    Ty::Number,
                    compare("<"),
                    Box::new(number("-1")),
                    Box::new(less),
                );
                let params = ["a", "b"].map(str::to_owned).to_vec();
                Expr::Each(
                    Ty::List,
                    Box::new(numbers),
                    "sort",
                    params,
                    Box::new(order),
                    Vec::new(),
                )
            }
            _ => {
                let count = self.random.below(4);
                Expr::List((0..count).map(|_| self.expr(Ty::Number, depth)).collect())
            }
        }
    }

    /// A value of another type from a list.
    pub(super) fn of_list(&mut self, ty: Ty, depth: usize) -> Expr {
        let list = Box::new(self.expr(Ty::List, depth));
        match ty {
            Ty::Text => Expr::Method(ty, list, "join", vec![self.expr(Ty::Text, 0)]),
            Ty::Boolean => match self.random.below(3) {
                0 => self.each(ty, list, "some", Ty::Boolean, depth),
                1 => self.each(ty, list, "every", Ty::Boolean, depth),
                _ => Expr::Method(ty, list, "includes", vec![self.expr(Ty::Number, depth)]),
            },
            _ => match self.random.below(7) {
                0 => Expr::Length(list),
                1 => Expr::Method(ty, list, "indexOf", vec![self.expr(Ty::Number, depth)]),
                2 => self.each(ty, list, "findIndex", Ty::Boolean, depth),
                3 => match self.assignable(Ty::List) {
                    Some(name) => Expr::Pop(name),
                    None => Expr::Length(list),
                },
                5 => self.gathered(depth.min(2)),
                4 => Expr::At(list, Box::new(self.expr(Ty::Number, depth))),
                _ => {
                    let start = self.expr(Ty::Number, depth);
                    let params = [self.name("acc"), self.name("x")];
                    let value = self.inside(&params, Ty::Number, depth);
                    Expr::Each(
                        ty,
                        list,
                        "reduce",
                        params.to_vec(),
                        Box::new(value),
                        vec![start],
                    )
                }
            },
        }
    }

    pub(super) fn each(
        &mut self,
        ty: Ty,
        list: Box<Expr>,
        method: &'static str,
        gives: Ty,
        depth: usize,
    ) -> Expr {
        let mut params = vec![self.name("x")];
        if self.random.one_in(3) {
            params.push(self.name("at"));
        }
        let value = self.inside(&params, gives, depth);
        Expr::Each(ty, list, method, params, Box::new(value), Vec::new())
    }

    /// An expression that sees these numbers.
    pub(super) fn inside(&mut self, params: &[String], ty: Ty, depth: usize) -> Expr {
        let scope = params.iter().map(|name| Variable {
            name: name.clone(),
            ty: Ty::Number,
            fixed: false,
        });
        self.scopes.push(scope.collect());
        let value = self.expr(ty, depth);
        self.scopes.pop();
        value
    }

    /// A statement about a list, if there is one in a variable.
    pub(super) fn list_statement(&mut self, depth: usize) -> Option<Stmt> {
        if depth < 4 && self.random.one_in(3) {
            let list = self.expr(Ty::List, 1);
            let list = self.short_list(list);
            if self.rounds * 6 > 64 {
                return None;
            }
            self.rounds *= 6;
            let name = self.name("e");
            let variable = Variable {
                name: name.clone(),
                ty: Ty::Number,
                fixed: true,
            };
            self.scopes.push(vec![variable]);
            let body = self.statements(2, depth + 1);
            self.scopes.pop();
            self.rounds /= 6;
            return Some(Stmt::Over(Pattern::Name(name), list, body));
        }
        let name = self.assignable(Ty::List)?;
        let value = self.expr(Ty::Number, 1);
        Some(match self.random.below(6) {
            5 => self.push_gathered(&name),
            4 => {
                let list = Box::new(Expr::Variable(Ty::List, name));
                let count = 1 + self.random.below(4);
                let arguments = (0..count).map(|_| self.expr(Ty::Number, 1)).collect();
                let taken = Expr::Method(Ty::List, list, "splice", arguments);
                Stmt::Tell(Expr::Method(
                    Ty::Text,
                    Box::new(taken),
                    "join",
                    vec![self.text_literal()],
                ))
            }
            0 => {
                let index = self.random.below(3).to_string();
                Stmt::SetAt(name, number(&index), value)
            }
            1 => {
                let list = Box::new(Expr::Variable(Ty::List, name));
                let drop = if self.random.one_in(2) {
                    "pop"
                } else {
                    "shift"
                };
                Stmt::Expr(Expr::Method(Ty::Number, list, drop, Vec::new()))
            }
            2 => {
                let list = self.expr(Ty::List, 2);
                let list = self.short_list(list);
                Stmt::Expr(Expr::Assign(Ty::List, name, "", Box::new(list)))
            }
            _ => {
                let list = Box::new(Expr::Variable(Ty::List, name));
                let add = if self.random.one_in(3) {
                    "unshift"
                } else {
                    "push"
                };
                Stmt::Expr(Expr::Method(Ty::Number, list, add, vec![value]))
            }
        })
    }
}
