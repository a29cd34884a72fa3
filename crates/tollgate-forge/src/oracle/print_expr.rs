//! Expressions of a program, in both languages.

use super::javascript::{cast, operation, wrapped};
use super::printer::{Language, Printer};
use super::tree::{Expr, Side, Stmt, Ty};

impl Printer {
    /// An expression where its type is known from around it, so that a literal is plain.
    pub(super) fn placed(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Literal(ty, text) => self.plain(*ty, text),
            other => self.expr(other),
        }
    }

    fn plain(&self, ty: Ty, text: &str) -> String {
        match (self.language, ty) {
            (Language::JavaScript, Ty::F32) => format!("Math.fround({text})"),
            (Language::JavaScript, ty) if ty.big() => format!("({text}n)"),
            _ if text.starts_with('-') => format!("({text})"),
            _ => text.to_owned(),
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Literal(ty, text) => {
                let plain = self.plain(*ty, text);
                match ty {
                    Ty::Number
                    | Ty::Boolean
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
                    | Ty::Opt(_) => plain,
                    Ty::F32 | Ty::Int(..) if self.typed() => self.cast_text(*ty, &plain),
                    Ty::F32 | Ty::Int(..) => plain,
                }
            }
            Expr::Variable(_, name) => name.clone(),
            Expr::Binary(ty, op, left, right) => self.binary(*ty, op, left, right),
            Expr::Compare(_, op @ ("===" | "!==" | "==" | "!="), left, right) => {
                let (left, right) = self.sides_with(left, right, Self::sought);
                format!("({left} {op} {right})")
            }
            Expr::Compare(_, op, left, right) => {
                let (left, right) = self.sides(left, right);
                format!("({left} {op} {right})")
            }
            Expr::Logical(_, op @ "||", left, right) => {
                let (left, right) = (self.sought(left), self.expr(right));
                format!("({left} {op} {right})")
            }
            Expr::Logical(_, op, left, right) => {
                let (left, right) = (self.expr(left), self.expr(right));
                format!("({left} {op} {right})")
            }
            Expr::Not(value) => format!("(!{})", self.condition(value)),
            Expr::Unary(ty, op, value) => {
                let value = self.expr(value);
                match (self.language, *op) {
                    (Language::JavaScript, "+") if *ty != Ty::Number => value,
                    (Language::JavaScript, _) => wrapped(*ty, &format!("{op} {value}")),
                    (Language::TypeScript, _) => format!("({op} {value})"),
                }
            }
            Expr::Conditional(_, condition, then, otherwise) => {
                let condition = self.condition(condition);
                let (then, otherwise) = (self.expr(then), self.expr(otherwise));
                format!("({condition} ? {then} : {otherwise})")
            }
            Expr::Cast(Ty::Text, Ty::Number, value) => format!("Number({})", self.expr(value)),
            Expr::Cast(from, to, value) => {
                let value = self.expr(value);
                match self.language {
                    Language::TypeScript => self.cast_text(*to, &value),
                    Language::JavaScript => cast(*from, *to, &value),
                }
            }
            Expr::Call(_, name, arguments) => {
                let list: Vec<String> = arguments.iter().map(|a| self.placed(a)).collect();
                format!("{name}({})", list.join(", "))
            }
            Expr::Assign(ty, name, op, value) => self.assign(*ty, name, op, value),
            Expr::Update(ty, name, op, side) => self.update((*ty, *side), name, op),
            Expr::Math(name, arguments) => {
                let list: Vec<String> = arguments.iter().map(|a| self.expr(a)).collect();
                format!("Math.{name}({})", list.join(", "))
            }
            Expr::Method(_, object, name, arguments) => {
                let object = self.expr(object);
                let list: Vec<String> = arguments.iter().map(|a| self.expr(a)).collect();
                if !self.typed() && matches!(*name, "repeat" | "toFixed" | "toString") {
                    return format!("marked({object}, \"{name}\", {})", list.join(", "));
                }
                // Two lists are spread: one among others, one element by element.
                if let ("concat", [first, second]) = (*name, list.as_slice()) {
                    return format!("({object}).concat(...[{first}], ...{second})");
                }
                format!("({object}).{name}({})", list.join(", "))
            }
            Expr::Length(object) => format!("({}).length", self.expr(object)),
            Expr::Template(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| format!("<${{{}}}", self.expr(part)))
                    .collect();
                format!("`{}>`", parts.concat())
            }
            Expr::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.expr(item)).collect();
                let text = format!("[{}]", items.join(", "));
                if items.is_empty() && self.typed() {
                    return format!("({text} as number[])");
                }
                text
            }
            Expr::Spread(list, last) => format!("[...{}, {}]", self.expr(list), self.expr(last)),
            Expr::From(of, params, value) => self.array_from(of, params, value),
            Expr::Gather(callee, given) => self.gather(callee, given),
            Expr::Object(ty, properties) => {
                let mut parts = Vec::new();
                for (name, value) in properties {
                    parts.push(format!("{name}: {}", self.expr(value)));
                }
                let text = format!("({{ {} }})", parts.join(", "));
                // One that says its type, and one that is told by its properties.
                if self.typed()
                    && (matches!(ty, Ty::Outer | Ty::Face) || text.len().is_multiple_of(2))
                {
                    return format!("({text} as {})", ty.name());
                }
                text
            }
            Expr::Fails(_, kind, when, value) => self.failing(*kind, when, value),
            Expr::Said(name) => format!("said({name})"),
            Expr::Census(of, values) => self.census(*of, values),
            Expr::OfUnion(way, values) => self.of_union(*way, values),
            Expr::Generic(_, way, value, other) => self.generic(*way, value, other),
            Expr::Lambda(ty, params, body, value) => self.lambda(*ty, params, (body, value)),
            Expr::CallValue(_, callee, arguments) => {
                let callee = self.expr(callee);
                let list: Vec<String> = arguments.iter().map(|a| self.placed(a)).collect();
                format!("({callee})({})", list.join(", "))
            }
            // A field that has no value yet ends a module.
            Expr::Property(ty, object, name)
                if !self.typed()
                    && matches!(object.ty(), Ty::Class(_))
                    && !ty.absent().contains(&"undefined") =>
            {
                format!("got({}.{name}, \"{name}\")", self.expr(object))
            }
            Expr::Property(_, object, name) => format!("{}.{name}", self.expr(object)),
            Expr::New(ty, number, arguments) => {
                let list: Vec<String> = arguments.iter().map(|a| self.placed(a)).collect();
                let made = format!("(new K{number}({}))", list.join(", "));
                // One of a class that extends the other is of both.
                if self.typed() && (*ty == Ty::Face || made.len().is_multiple_of(2)) {
                    return format!("({made} as {})", ty.name());
                }
                made
            }
            Expr::Super(_, name, arguments) => {
                let list: Vec<String> = arguments.iter().map(|a| self.placed(a)).collect();
                format!("super.{name}({})", list.join(", "))
            }
            Expr::NewTyped(ty, of) if !self.typed() => {
                format!("typedOf({}, {})", ty.name(), self.expr(of))
            }
            Expr::NewTyped(ty, of) => format!("(new {}({}))", ty.name(), self.expr(of)),
            Expr::SetTyped(list, index, value) => {
                let (list, index) = (self.expr(list), self.expr(index));
                format!("({list}[{index}] = {})", self.placed(value))
            }
            Expr::InstanceOf(object, number) => {
                format!("({} instanceof K{number})", self.expr(object))
            }
            Expr::SetProperty(_, object, name, value) => {
                let (object, value) = (self.expr(object), self.placed(value));
                format!("({object}.{name} = {value})")
            }
            Expr::Nothing(_, word) => (*word).to_owned(),
            Expr::There(_, value) => self.expr(value),
            Expr::Linked(_, object, what) => format!("({})?{what}", self.perhaps(object)),
            Expr::Asserted(value) => match self.language {
                Language::TypeScript => format!("({})!", self.perhaps(value)),
                Language::JavaScript => format!("there({})", self.expr(value)),
            },
            Expr::OrElse(op, value, other) => {
                let (value, other) = (self.sought(value), self.expr(other));
                format!("({value} {op} {other})")
            }
            Expr::LookedAt(_, test, then, otherwise) => {
                let (then, otherwise) = (self.expr(then), self.expr(otherwise));
                format!("({test} ? {then} : {otherwise})")
            }
            Expr::With(ty, other, properties) => {
                let mut parts = vec![format!("...{}", self.expr(other))];
                for (name, value) in properties {
                    parts.push(format!("{name}: {}", self.expr(value)));
                }
                let text = format!("({{ {} }})", parts.join(", "));
                if self.typed()
                    && (matches!(ty, Ty::Outer | Ty::Face) || text.len().is_multiple_of(2))
                {
                    return format!("({text} as {})", ty.name());
                }
                text
            }
            Expr::Items(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| match item.ty() {
                        Ty::Opt(_) => self.perhaps(item),
                        _ => self.expr(item),
                    })
                    .collect();
                format!("[{}]", items.join(", "))
            }
            Expr::Objects(items) => {
                let items: Vec<String> = items.iter().map(|item| self.expr(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Expr::At(list, index) => {
                let (list, index) = (self.expr(list), self.expr(index));
                match self.language {
                    Language::TypeScript => format!("({list})[{index}]"),
                    Language::JavaScript => format!("at({list}, {index})"),
                }
            }
            Expr::Element(ty, list, index) => {
                let (list, index) = (self.expr(list), self.expr(index));
                match self.language {
                    Language::TypeScript => format!("(({list})[{index}] as {})", ty.name()),
                    Language::JavaScript => format!("({list})[{index}]"),
                }
            }
            Expr::Pop(name) => match self.language {
                Language::TypeScript => format!("{name}.pop()!"),
                Language::JavaScript => format!("pop({name})"),
            },
            Expr::Each(_, list, method, params, value, more) => {
                let list = self.expr(list);
                let value = self.expr(value);
                let more: String = more.iter().map(|m| format!(", {}", self.expr(m))).collect();
                let params = params.join(", ");
                // As an expression, or as a body.
                let function = if list.len().is_multiple_of(2) {
                    format!("({params}) => ({value})")
                } else {
                    format!("({params}) => {{ return {value}; }}")
                };
                format!("({list}).{method}({function}{more})")
            }
            Expr::Comma(first, last) => {
                let (first, last) = (self.effect(first), self.expr(last));
                format!("({first}, {last})")
            }
        }
    }

    /// An expression in a place that asks whether it is there: an element that is not is `undefined`.
    pub(super) fn sought(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::At(list, index) => {
                let (list, index) = (self.expr(list), self.expr(index));
                format!("({list})[{index}]")
            }
            Expr::Conditional(_, condition, then, otherwise) => {
                let condition = self.condition(condition);
                let (then, otherwise) = (self.sought(then), self.sought(otherwise));
                format!("({condition} ? {then} : {otherwise})")
            }
            Expr::OrElse(op @ "??", value, other) => {
                let (value, other) = (self.sought(value), self.sought(other));
                format!("({value} {op} {other})")
            }
            other => self.expr(other),
        }
    }

    /// An expression of which only the truth counts.
    pub(super) fn condition(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Logical(_, op, left, right) => {
                let (left, right) = (self.condition(left), self.condition(right));
                format!("({left} {op} {right})")
            }
            other => self.sought(other),
        }
    }

    /// An expression of which only the effects count.
    pub(super) fn effect(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Logical(_, op, left, right) => {
                let (left, right) = (self.condition(left), self.effect(right));
                format!("({left} {op} {right})")
            }
            Expr::OrElse(op @ "??", value, other) => {
                let (value, other) = (self.sought(value), self.effect(other));
                format!("({value} {op} {other})")
            }
            Expr::Conditional(_, condition, then, otherwise) => {
                let condition = self.condition(condition);
                let (then, otherwise) = (self.effect(then), self.effect(otherwise));
                format!("({condition} ? {then} : {otherwise})")
            }
            Expr::Comma(first, last) => {
                let (first, last) = (self.effect(first), self.effect(last));
                format!("({first}, {last})")
            }
            other => self.expr(other),
        }
    }

    /// A function in one of the ways in which it can be written.
    fn lambda(
        &mut self,
        ty: Ty,
        params: &[(String, Ty)],
        (body, value): (&[Stmt], &Expr),
    ) -> String {
        let before = std::mem::take(&mut self.out);
        self.stmts(body);
        let statements = std::mem::replace(&mut self.out, before);
        let value = self.placed(value);
        let typed = self.typed();
        let list: Vec<String> = params
            .iter()
            .map(|(name, ty)| match typed {
                true => format!("{name}: {}", ty.name()),
                false => name.clone(),
            })
            .collect();
        let (list, result) = (list.join(", "), ty.function().1);
        let result = if typed {
            format!(": {}", result.name())
        } else {
            String::new()
        };
        if statements.is_empty() && params.len() != 1 {
            return format!("(({list}){result} => ({value}))");
        }
        let block = format!("{{ {statements} return {value}; }}");
        if params.len() == 2 {
            format!("(function ({list}){result} {block})")
        } else {
            format!("(({list}){result} => {block})")
        }
    }

    /// A value that may be missing. One that surely is has its type written.
    fn perhaps(&mut self, value: &Expr) -> String {
        let text = self.expr(value);
        match (value, self.language) {
            (Expr::Variable(..), _) | (_, Language::JavaScript) => text,
            (_, Language::TypeScript) => format!("({text}) as {}", value.ty().name()),
        }
    }

    /// Two operands of one type: a literal beside something else is plain.
    fn sides(&mut self, left: &Expr, right: &Expr) -> (String, String) {
        self.sides_with(left, right, Self::expr)
    }

    /// The same where what is no literal is written in a way.
    fn sides_with(
        &mut self,
        left: &Expr,
        right: &Expr,
        way: fn(&mut Self, &Expr) -> String,
    ) -> (String, String) {
        let literal = |e: &Expr| matches!(e, Expr::Literal(..));
        match (literal(left), literal(right)) {
            (true, false) => (self.placed(left), way(self, right)),
            (false, true) => (way(self, left), self.placed(right)),
            _ => (way(self, left), way(self, right)),
        }
    }

    fn cast_text(&mut self, ty: Ty, value: &str) -> String {
        self.casts += 1;
        let name = ty.name();
        if ty == Ty::Text {
            return format!("String({value})");
        }
        match self.casts % 3 {
            0 => format!("(<{name}>({value}))"),
            1 => format!("(({value}) as {name})"),
            _ if ty == Ty::Number => format!("f64({value})"),
            _ => format!("{name}({value})"),
        }
    }

    fn binary(&mut self, ty: Ty, op: &str, left: &Expr, right: &Expr) -> String {
        let (left, right) = if ty == Ty::Text {
            (self.expr(left), self.expr(right))
        } else {
            self.sides(left, right)
        };
        match self.language {
            Language::TypeScript => format!("({left} {op} {right})"),
            Language::JavaScript => operation(ty, op, &left, &right),
        }
    }

    fn assign(&mut self, ty: Ty, name: &str, op: &str, value: &Expr) -> String {
        let text = self.placed(value);
        let short = op.is_empty() || op == "&&" || op == "||" || self.typed();
        if short {
            return format!("({name} {op}= {text})");
        }
        format!("({name} = {})", operation(ty, op, name, &text))
    }

    fn update(&mut self, (ty, side): (Ty, Side), name: &str, op: &str) -> String {
        if self.typed() || ty == Ty::Number {
            return match side {
                Side::Before => format!("({op}{name})"),
                Side::Behind => format!("({name}{op})"),
            };
        }
        let one = if ty.big() { "1n" } else { "1" };
        let sign = op.get(..1).unwrap_or("+");
        let next = operation(ty, sign, name, one);
        match side {
            Side::Before => format!("({name} = {next})"),
            Side::Behind => format!("[{name}, {name} = {next}][0]"),
        }
    }
}
