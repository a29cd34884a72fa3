//! Makes a program from a seed. Every loop is bounded, and functions call only those before them: each program ends.

use std::ops::RangeInclusive;

use super::maker::{Maker, Reach, Variable};
use super::patterns::Names;
use super::random::Random;
use super::tree::{Expr, Function, LoopKind, Pattern, Program, Side, Stmt, Ty};

/// Makes the program of a seed.
#[must_use]
pub fn program(seed: u64) -> Program {
    let mut maker = Maker {
        random: Random(seed ^ 0x9e37_79b9_7f4a_7c15),
        names: 0,
        globals: Vec::new(),
        functions: Vec::new(),
        scopes: Vec::new(),
        labels: Vec::new(),
        result: Ty::Number,
        budget: 0,
        rounds: 1,
        lambda: None,
        before: None,
        classes: Vec::new(),
        reach: Reach::All,
        no_this: false,
        throws: seed.is_multiple_of(2),
        json: !seed.is_multiple_of(3),
        caught: Vec::new(),
    };
    maker.program()
}

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "0.5",
    "1.5",
    "-0",
    "-1",
    "-2.5",
    "255",
    "256",
    "65535",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "-2147483649",
    "9007199254740991",
    "1e21",
    "1e-7",
    "1e300",
    "5e-324",
    "NaN",
    "Infinity",
    "-Infinity",
    "0.1",
];
const MATH_ONE: &[&str] = &[
    "abs", "ceil", "floor", "trunc", "sqrt", "round", "sign", "fround", "clz32",
];
/// What JavaScript leaves to the engine is not among them: results may lie next to each other.
const MATH_TWO: &[&str] = &["min", "max", "imul"];

impl Maker {
    fn program(&mut self) -> Program {
        let mut globals = Vec::new();
        let statics = self.classes();
        self.scopes = vec![statics];
        for _ in 0..self.random.below(4) {
            self.budget = 4;
            self.before = self.scopes.first().map(Vec::len);
            let declared = if self.random.one_in(4) {
                self.take()
            } else {
                self.declare()
            };
            globals.push(declared);
        }
        self.before = None;
        self.globals = self.scopes.pop().unwrap_or_default();
        for _ in 0..self.random.below(3) {
            let function = self.function(None);
            self.functions.push(function);
        }
        let main = self.function(Some("main"));
        let mut functions = std::mem::take(&mut self.functions);
        functions.push(main);
        let mut unions = super::unions::declarations(&mut self.random);
        let keyed = super::dictionaries::declarations(
            &mut self.random,
            if self.json {
                super::dictionaries::Steps::All
            } else {
                super::dictionaries::Steps::WithoutJson
            },
        );
        unions.push_str(&keyed);
        if self.json {
            unions.push_str(&super::json::declarations(&mut self.random));
            if self.throws {
                unions.push_str(super::json::READ);
            }
        }
        Program {
            classes: std::mem::take(&mut self.classes),
            globals,
            functions,
            throws: self.throws,
            unions,
        }
    }

    pub(super) fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    pub(super) fn ty(&mut self) -> Ty {
        if self.random.one_in(3) {
            return Ty::Number;
        }
        self.random.pick(&Ty::ALL).copied().unwrap_or(Ty::Number)
    }

    fn function(&mut self, name: Option<&str>) -> Function {
        let mut params = Vec::new();
        let mut scope: Vec<Variable> = Vec::new();
        self.scopes = vec![Vec::new()];
        let count = if name.is_some() {
            0
        } else {
            self.random.below(4)
        };
        let mut defaults = false;
        let mut chooses = false;
        for _ in 0..count {
            let ty = self.any_ty();
            self.budget = 4;
            // A pattern may have defaults, and no default stands behind such a one.
            if matches!(ty, Ty::Inner | Ty::List) && !defaults && self.random.one_in(2) {
                self.scopes = vec![scope.clone()];
                let pattern = self.pattern(ty, Names::New { fixed: false }, 1);
                scope = self.scopes.pop().unwrap_or_default();
                self.scopes = vec![scope.clone()];
                chooses |= pattern.chooses();
                params.push((pattern, ty, None));
                continue;
            }
            let name = self.name("p");
            defaults = defaults || !chooses && self.random.one_in(4);
            let optional = ty.absent().contains(&"undefined") && self.random.one_in(2);
            let default = match (defaults, optional) {
                (true, true) => Some(Expr::Nothing(ty, "undefined")),
                (true, false) => Some(self.expr(ty, 1)),
                (false, _) => None,
            };
            let variable = Variable {
                name: name.clone(),
                ty,
                fixed: false,
            };
            scope.push(variable.clone());
            if let Some(inner) = self.scopes.last_mut() {
                inner.push(variable);
            }
            params.push((Pattern::Name(name), ty, default));
        }
        self.result = match name {
            Some(_) => Ty::Number,
            None if self.random.one_in(5) => Ty::Outer,
            None if self.random.one_in(5) => self.missing_ty(),
            None => self.ty(),
        };
        self.budget = 20 + self.random.below(80);
        self.rounds = 1;
        self.labels.clear();
        self.scopes = vec![scope];
        let mut body = self.statements(3 + self.random.0 as usize % 4, 0);
        let result = self.result;
        body.push(Stmt::Return(self.expr(result, 2)));
        let name = match name {
            Some(name) => name.to_owned(),
            None => self.name("fn"),
        };
        Function {
            name,
            params,
            result,
            body,
        }
    }

    pub(super) fn statements(&mut self, count: usize, depth: usize) -> Vec<Stmt> {
        self.scopes.push(Vec::new());
        let mut list = Vec::new();
        for _ in 0..=count {
            if self.budget == 0 {
                break;
            }
            list.push(self.statement(depth));
        }
        self.scopes.pop();
        list
    }

    fn statement(&mut self, depth: usize) -> Stmt {
        self.budget = self.budget.saturating_sub(1);
        let kinds = if depth < 4 { 14 } else { 7 };
        match self.random.below(kinds) {
            4 | 6 | 13 if self.throws && self.random.one_in(3) => self.exception(depth),
            0 if self.random.one_in(3) => self.function_statement(),
            2 if self.random.one_in(5) => self.typed_statement(),
            3 if self.random.one_in(3) => {
                let made = self.class_statement();
                made.unwrap_or_else(|| self.tell())
            }
            0 if self.random.one_in(2) => self.take(),
            0 | 1 => self.declare(),
            2 | 3 => {
                let ty = self.ty();
                match self.assignment(ty, 2) {
                    Some(assignment) => Stmt::Expr(assignment),
                    None => self.tell(),
                }
            }
            4 => self.tell(),
            5 if self.random.one_in(3) => {
                let made = self.missing_statement(depth);
                made.unwrap_or_else(|| self.tell())
            }
            5 => {
                let objects = self.random.one_in(3);
                let made = if objects {
                    self.object_statement(depth)
                } else {
                    self.list_statement(depth)
                };
                made.unwrap_or_else(|| self.tell())
            }
            6 => self.jump(),
            7 | 8 => {
                let condition = self.condition();
                let then = self.statements(2, depth + 1);
                let otherwise = if self.random.one_in(2) {
                    self.statements(2, depth + 1)
                } else {
                    Vec::new()
                };
                Stmt::If(condition, then, otherwise)
            }
            9..=11 => self.repeat(depth),
            12 => self.switch(depth),
            _ => {
                let label = self.random.one_in(2).then(|| self.name("b"));
                if let Some(label) = &label {
                    self.labels.push((label.clone(), false));
                }
                let body = self.statements(2, depth + 1);
                if label.is_some() {
                    self.labels.pop();
                }
                Stmt::Block(label, body)
            }
        }
    }

    /// A type, lists among them.
    pub(super) fn any_ty(&mut self) -> Ty {
        match self.random.below(21) {
            0..=2 => Ty::List,
            3 => Ty::Inner,
            4 => Ty::Outer,
            5 => Ty::Inners,
            6 => Ty::Rest,
            7..=9 => self.missing_ty(),
            10 => Ty::Function(self.random.below(Ty::FUNCTIONS.len())),
            11 | 12 => self.object_ty(),
            13 => Ty::Typed(self.random.below(Ty::TYPED.len())),
            _ => self.ty(),
        }
    }

    fn declare(&mut self) -> Stmt {
        let ty = self.any_ty();
        let value = self.expr(ty, 2);
        let name = self.name("v");
        let fixed = self.random.one_in(4);
        // A type that is not written is that of the value, which literals do not show.
        let mut written = ty != Ty::Number && ty != Ty::Boolean || self.random.one_in(2);
        // One that is an element would be asked too late whether it is there.
        written |= matches!(value, Expr::At(..));
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(Variable {
                name: name.clone(),
                ty,
                fixed,
            });
        }
        Stmt::Declare {
            keyword: if fixed { "const" } else { "let" },
            name,
            written,
            value,
        }
    }

    /// A variable is in sight from now on.
    pub(super) fn see(&mut self, variable: Variable) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(variable);
        }
    }

    fn tell(&mut self) -> Stmt {
        let ty = self.ty();
        Stmt::Tell(self.expr(ty, 3))
    }

    fn jump(&mut self) -> Stmt {
        let loops: Vec<String> = self
            .labels
            .iter()
            .filter(|(_, l)| *l)
            .map(|(n, _)| n.clone())
            .collect();
        let all: Vec<String> = self.labels.iter().map(|(n, _)| n.clone()).collect();
        match self.random.below(4) {
            0 if !loops.is_empty() => {
                let label = self.random.pick(&loops).cloned();
                Stmt::Jump("continue", label)
            }
            1 if !all.is_empty() => {
                let label = self.random.pick(&all).cloned();
                Stmt::Jump("break", label)
            }
            2 if !loops.is_empty() => Stmt::Jump("break", None),
            3 if self.random.one_in(3) => {
                let result = self.result;
                Stmt::Return(self.expr(result, 2))
            }
            _ => self.tell(),
        }
    }

    fn repeat(&mut self, depth: usize) -> Stmt {
        let rounds = 1 + u32::try_from(self.random.below(6)).unwrap_or(0);
        if self.rounds * rounds > 64 {
            return self.tell();
        }
        self.rounds *= rounds;
        let kind = match self.random.below(3) {
            0 => LoopKind::While,
            1 => LoopKind::DoWhile,
            _ => LoopKind::For,
        };
        let label = self.name("l");
        let counter = self.name("c");
        let condition = if self.random.one_in(2) {
            Expr::Literal(Ty::Boolean, "true".to_owned())
        } else {
            self.condition()
        };
        self.labels.push((label.clone(), true));
        // Each round of a `for` has a counter of its own, which functions may keep.
        self.scopes.push(vec![Variable {
            name: counter.clone(),
            ty: Ty::Int(32, true),
            fixed: true,
        }]);
        let body = self.statements(3, depth + 1);
        self.scopes.pop();
        self.labels.pop();
        self.rounds /= rounds;
        Stmt::Loop {
            kind,
            label,
            counter,
            rounds,
            condition,
            body,
        }
    }

    fn switch(&mut self, depth: usize) -> Stmt {
        let ty = self.ty();
        let subject = self.expr(ty, 1);
        let mut cases = Vec::new();
        let count = 1 + self.random.below(4);
        let default = self.random.below(count + 2);
        for at in 0..count {
            let test = (at != default).then(|| self.expr(ty, 1));
            // Declarations of a case would be in sight of those below it.
            let body = self.statements(1, depth + 1);
            cases.push((test, vec![Stmt::Block(None, body)]));
        }
        Stmt::Switch(subject, cases)
    }

    fn condition(&mut self) -> Expr {
        if self.random.one_in(3) {
            let ty = if self.random.one_in(4) {
                self.missing_ty()
            } else {
                self.ty()
            };
            return self.expr(ty, 1);
        }
        self.expr(Ty::Boolean, 2)
    }

    pub(super) fn assignable(&mut self, ty: Ty) -> Option<String> {
        // A function that is a value may be called where a test or a loop relies on what is around.
        let relied_on = matches!(ty, Ty::Opt(_) | Ty::List | Ty::Inners);
        let own = self.lambda.filter(|_| relied_on);
        let globals = own.map_or(self.globals.as_slice(), |_| &[]);
        let early = self.early();
        let inside = self.scopes.iter().skip(own.unwrap_or(0)).flatten();
        let names: Vec<String> = inside
            .chain(globals)
            .filter(|v| v.ty == ty && !v.fixed && !early.contains(&v.name))
            .map(|v| v.name.clone())
            .collect();
        self.random.pick(&names).cloned()
    }

    fn assignment(&mut self, ty: Ty, depth: usize) -> Option<Expr> {
        let name = self.assignable(ty)?;
        if ty == Ty::Text {
            if self.random.one_in(3) {
                return Some(Expr::Assign(ty, name, "+", Box::new(self.text_literal())));
            }
            let value = self.expr(ty, depth);
            let value = self.short(value);
            return Some(Expr::Assign(ty, name, "", Box::new(value)));
        }
        if !matches!(
            ty,
            Ty::Boolean
                | Ty::Inner
                | Ty::Outer
                | Ty::Inners
                | Ty::Rest
                | Ty::Class(_)
                | Ty::Face
                | Ty::Typed(_)
                | Ty::Function(_)
                | Ty::Opt(_)
        ) && self.random.one_in(3)
        {
            let op = if self.random.one_in(2) { "++" } else { "--" };
            let side = if self.random.one_in(2) {
                Side::Before
            } else {
                Side::Behind
            };
            return Some(Expr::Update(ty, name, op, side));
        }
        let op = match self.random.below(3) {
            0 => self.operator(ty).unwrap_or(""),
            1 if self.random.one_in(3) => match self.random.below(3) {
                0 => "&&",
                1 if matches!(ty, Ty::Opt(_)) => "??",
                _ => "||",
            },
            _ => "",
        };
        let value = self.expr(ty, depth);
        let value = self.kept(ty, value);
        Some(Expr::Assign(ty, name, op, Box::new(value)))
    }

    fn operator(&mut self, ty: Ty) -> Option<&'static str> {
        let list: &[&str] = match ty {
            Ty::Boolean
            | Ty::Text
            | Ty::List
            | Ty::Inner
            | Ty::Outer
            | Ty::Inners
            | Ty::Rest
            | Ty::Class(_)
            | Ty::Face
            | Ty::Typed(_)
            | Ty::Function(_)
            | Ty::Opt(_) => {
                return None;
            }
            Ty::F32 => &["+", "-", "*", "/", "%"],
            Ty::Number => &[
                "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>", "+", "-", "*",
            ],
            Ty::Int(..) => &[
                "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>", "+", "-", "*", "**",
            ],
        };
        self.random.pick(list).copied()
    }

    pub(super) fn literal(&mut self, ty: Ty) -> Expr {
        let text = match ty {
            Ty::Boolean => (if self.random.one_in(2) {
                "true"
            } else {
                "false"
            })
            .to_owned(),
            Ty::Number => (*self.random.pick(NUMBERS).unwrap_or(&"0")).to_owned(),
            Ty::F32 => (*self
                .random
                .pick(&["0", "1", "-2.5", "0.1", "1e30", "NaN", "16777217"])
                .unwrap_or(&"0"))
            .to_owned(),
            Ty::Int(bits, true) => self.integer(-(1 << (bits - 1))..=(1 << (bits - 1)) - 1),
            Ty::Int(bits, false) => self.integer(0..=(1 << bits) - 1),
            Ty::Text => return self.text_literal(),
            Ty::List => return self.list_literal(),
            Ty::Inner | Ty::Outer | Ty::Inners | Ty::Rest => return self.object(ty, 0),
            Ty::Class(_) | Ty::Face => return self.new_object(ty),
            Ty::Typed(_) => return self.new_typed(ty, 0),
            Ty::Function(_) => return self.function_value(ty, 0),
            Ty::Opt(_) => return self.missing_literal(ty),
        };
        Expr::Literal(ty, text)
    }

    /// An integer, at an end of the range more often than elsewhere.
    fn integer(&mut self, range: RangeInclusive<i128>) -> String {
        let (min, max) = range.into_inner();
        let value = match self.random.below(6) {
            0 => max,
            1 => min,
            2 => i128::from(self.random.next()) % (max + 1),
            _ => i128::from(self.random.next() % 12) - if min < 0 { 4 } else { 0 },
        };
        value.clamp(min, max).to_string()
    }

    pub(super) fn variable(&mut self, ty: Ty) -> Option<Expr> {
        self.variable_if(ty, |_| true)
    }

    /// Variables of a file that the statement declares which is made: a function in it may be called before they are set.
    fn early(&self) -> Vec<String> {
        let (Some(before), Some(_)) = (self.before, self.lambda) else {
            return Vec::new();
        };
        let names = self.scopes.first().into_iter().flatten();
        names.skip(before).map(|v| v.name.clone()).collect()
    }

    /// The names of variables that may be missing, in the outermost scopes or in all.
    fn may_be_missing(&self, scopes: usize) -> Vec<String> {
        let scopes = if scopes == 0 {
            self.scopes.len()
        } else {
            scopes
        };
        let all = self.scopes.iter().take(scopes).flatten();
        all.filter(|v| v.ty != v.ty.base())
            .map(|v| v.name.clone())
            .collect()
    }

    /// A variable that keeps its value.
    pub(super) fn fixed_variable(&mut self, ty: Ty) -> Option<Expr> {
        let looked_at = self.may_be_missing(0);
        self.variable_if(ty, |variable| {
            variable.fixed && !looked_at.contains(&variable.name)
        })
    }

    fn variable_if(&mut self, ty: Ty, fits: impl Fn(&Variable) -> bool) -> Option<Expr> {
        // A function does not know what was found out around it.
        let inner = self.lambda.unwrap_or(0);
        let looked_at = self.may_be_missing(inner);
        let around = self.scopes.iter().take(inner).flatten();
        let around = around.filter(|v| !looked_at.contains(&v.name) || v.ty != v.ty.base());
        let inside = self.scopes.iter().skip(inner).flatten();
        let early = self.early();
        let names: Vec<String> = around
            .chain(inside)
            .chain(&self.globals)
            .filter(|v| v.ty == ty && fits(v) && !early.contains(&v.name))
            .filter(|v| !self.no_this || v.name != "this")
            .map(|v| v.name.clone())
            .collect();
        let name = self.random.pick(&names).cloned()?;
        Some(Expr::Variable(ty, name))
    }

    pub(super) fn expr(&mut self, ty: Ty, depth: usize) -> Expr {
        if depth == 0 || self.budget == 0 || self.random.one_in(4) {
            if self.random.below(3) > 0
                && let Some(variable) = self.variable(ty)
            {
                return variable;
            }
            return self.literal(ty);
        }
        self.budget -= 1;
        let depth = depth - 1;
        match self.random.below(12) {
            0 => Expr::Conditional(
                ty,
                Box::new(self.condition()),
                Box::new(self.expr(ty, depth)),
                Box::new(self.expr(ty, depth)),
            ),
            1 => self.call(ty, depth),
            // What a list comes to is cut where it is assigned.
            2 if ty == Ty::List => self.list_literal(),
            2 => match self.assignment(ty, depth) {
                Some(assignment) => assignment,
                None => self.literal(ty),
            },
            3 => {
                let op = if self.random.one_in(2) { "&&" } else { "||" };
                Expr::Logical(
                    ty,
                    op,
                    Box::new(self.expr(ty, depth)),
                    Box::new(self.expr(ty, depth)),
                )
            }
            4 | 5 if Ty::ALL.contains(&ty) && ty != Ty::Boolean => {
                let mut from = self.ty();
                // Texts are read as numbers alone.
                if from == Ty::Text && ty != Ty::Number {
                    from = Ty::Number;
                }
                Expr::Cast(from, ty, Box::new(self.expr(from, depth)))
            }
            6 if self.random.one_in(3) => {
                let other = self.ty();
                Expr::Comma(
                    Box::new(self.expr(other, depth)),
                    Box::new(self.expr(ty, depth)),
                )
            }
            8 if ty == Ty::Text && self.random.one_in(3) => self.census(depth),
            8 if ty == Ty::Text && self.random.one_in(2) => self.of_union(depth),
            9 if self.throws && self.random.one_in(4) => self.fails(ty, depth),
            8 if ty == Ty::Text && self.random.one_in(2) => {
                self.said().unwrap_or_else(|| self.text_literal())
            }
            7 if self.random.one_in(3) && !matches!(ty, Ty::Opt(_) | Ty::Function(_)) => {
                self.generic(ty, depth)
            }
            _ => self.own(ty, depth),
        }
    }

    /// An operation that a type has for itself.
    fn own(&mut self, ty: Ty, depth: usize) -> Expr {
        match ty {
            Ty::List => self.list(depth),
            Ty::Inner | Ty::Outer | Ty::Inners | Ty::Rest => self.object(ty, depth),
            Ty::Opt(_) => self.missing(ty, depth),
            Ty::Function(_) => self.function_value(ty, depth),
            Ty::Class(_) | Ty::Face => self.new_object(ty),
            Ty::Typed(_) => self.typed(ty, depth),
            Ty::Number if self.random.one_in(9) => self.of_typed(depth),
            _ if self.random.one_in(8) => match self.of_class(ty, depth) {
                Some(value) => value,
                None => self.literal(ty),
            },
            _ if self.random.one_in(8) => match self.of_function(ty, depth) {
                Some(value) => value,
                None => self.literal(ty),
            },
            _ if self.random.one_in(9) => match self.of_missing(ty, depth) {
                Some(value) => value,
                None => self.literal(ty),
            },
            _ if self.random.one_in(10) => self.of_object(ty, depth),
            Ty::Text | Ty::Boolean | Ty::Number if self.random.one_in(8) => self.of_list(ty, depth),
            Ty::Text => self.text(depth),
            Ty::Boolean | Ty::Number if self.random.one_in(8) => self.method(ty, depth),
            Ty::Number if self.random.one_in(12) => {
                Expr::Length(Box::new(self.expr(Ty::Text, depth)))
            }
            Ty::Boolean => {
                let of = self.ty();
                if self.random.one_in(4) {
                    return Expr::Not(Box::new(self.expr(of, depth)));
                }
                let list: &[&str] = &["<", "<=", ">", ">=", "===", "!==", "==", "!="];
                let op = self.random.pick(list).copied().unwrap_or("<");
                Expr::Compare(
                    of,
                    op,
                    Box::new(self.expr(of, depth)),
                    Box::new(self.expr(of, depth)),
                )
            }
            Ty::Number if self.random.one_in(5) => {
                if self.random.one_in(2) {
                    let name = self.random.pick(MATH_ONE).copied().unwrap_or("abs");
                    return Expr::Math(name, vec![self.expr(ty, depth)]);
                }
                let name = self.random.pick(MATH_TWO).copied().unwrap_or("min");
                Expr::Math(name, vec![self.expr(ty, depth), self.expr(ty, depth)])
            }
            _ => {
                if self.random.one_in(5) {
                    let list: &[&str] = if ty == Ty::F32 {
                        &["-", "+"]
                    } else {
                        &["-", "~", "+"]
                    };
                    let op = self.random.pick(list).copied().unwrap_or("-");
                    return Expr::Unary(ty, op, Box::new(self.expr(ty, depth)));
                }
                let op = self.operator(ty).unwrap_or("+");
                Expr::Binary(
                    ty,
                    op,
                    Box::new(self.expr(ty, depth)),
                    Box::new(self.expr(ty, depth)),
                )
            }
        }
    }

    fn call(&mut self, ty: Ty, depth: usize) -> Expr {
        if self.reach != Reach::All {
            return self.literal(ty);
        }
        // A function that is called in a loop of many rounds may itself have loops.
        let fits: Vec<Function> = self
            .functions
            .iter()
            .filter(|f| f.result == ty)
            .cloned()
            .collect();
        let Some(function) = self
            .random
            .pick(&fits)
            .cloned()
            .filter(|_| self.rounds <= 8)
        else {
            return self.literal(ty);
        };
        let least = function
            .params
            .iter()
            .take_while(|(_, _, default)| default.is_none())
            .count();
        let given = least + self.random.below(function.params.len() - least + 1);
        let arguments = function
            .params
            .iter()
            .take(given)
            .map(|(_, ty, _)| self.expr(*ty, depth))
            .collect();
        Expr::Call(ty, function.name, arguments)
    }
}
