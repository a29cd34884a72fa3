//! A program as TypeScript and as JavaScript.

use std::fmt::Write as _;

use super::tree::{Expr, Function, LoopKind, Part, Pattern, Program, Stmt, Ty};

/// What the JavaScript of every program uses: the meaning of the integer types.
pub const HELPERS: &str = r#"
const TRAP = { trap: true };
let dead = false, started = false;
function trap() { dead = true; return TRAP; }
function ends(out, e) {
  if (e === TRAP) return out.push("trap");
  if (!/^(E[123]|RangeError)$/.test(e?.constructor?.name) || e.message.includes("call stack")) throw e;
  if (started) tellText(out, `uncaught ${e}`); else out.push("trap");
}
const bits = new DataView(new ArrayBuffer(8));
function tellNumber(out, x) { bits.setFloat64(0, x); out.push(x !== x ? "nan" : bits.getBigUint64(0).toString(16)); }
function tellText(out, s) { out.push("t" + Buffer.from(s, "utf8").toString("hex")); }
function at(list, i) { if (!(i >= 0 && i < list.length && Number.isInteger(i))) throw trap(); return list[i]; }
function there(x) { if (x === null || x === undefined) throw trap(); return x; }
function missing() { throw trap(); }
function got(x) { if (x === undefined) throw trap(); return x; }
function setAt(list, i, x) { if (!(i >= 0 && i <= list.length && Number.isInteger(i))) throw trap(); list[i] = x; }
function pop(list) { if (list.length === 0) throw trap(); return list.pop(); }
function div(a, b) { if (b === 0 || (a === -2147483648 && b === -1)) throw trap(); return Math.trunc(a / b); }
function rem(a, b) { if (b === 0) throw trap(); return a % b; }
function divBig(a, b) { if (b === 0n || (a === -(2n ** 63n) && b === -1n)) throw trap(); return a / b; }
function remBig(a, b) { if (b === 0n) throw trap(); return a % b; }
function power(a, b) {
  a = BigInt(a); b = BigInt(b);
  if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  while (b > 0n) { if (b & 1n) result = BigInt.asUintN(64, result * a); a = BigInt.asUintN(64, a * a); b >>= 1n; }
  return result;
}
function clamp(x, min, max) { return x !== x ? 0 : x <= min ? min : x >= max ? max : Math.trunc(x); }
function clampBig(x, min, max) {
  if (x !== x) return 0n;
  if (x <= Number(min)) return min;
  if (x >= Number(max)) return max;
  return BigInt(Math.trunc(x));
}
function bigToF32(a) {
  const n = a < 0n ? -a : a;
  const s = BigInt(Math.max(0, n.toString(2).length - 30));
  let q = n >> s;
  if ((q << s) !== n) q |= 1n;
  const x = Math.fround(Number(q)) * 2 ** Number(s);
  return a < 0n ? -x : x;
}
"#;

/// Returns the program as TypeScript.
#[must_use]
pub fn typescript(program: &Program) -> String {
    let mut out = String::new();
    for ty in Ty::ALL {
        let name = ty.name();
        line(
            &mut out,
            format_args!("declare function tell_{name}(x: {name}): void;"),
        );
    }
    for object in [Ty::Inner, Ty::Outer, Ty::Rest] {
        let properties = object.properties().iter();
        let properties: Vec<String> = properties
            .map(|(name, ty)| match ty.absent() {
                ["undefined"] => format!("{name}?: {}", ty.base().name()),
                _ => format!("{name}: {}", ty.name()),
            })
            .collect();
        line(
            &mut out,
            format_args!(
                "interface {} {{ {} }}",
                object.name(),
                properties.join("; ")
            ),
        );
    }
    line(
        &mut out,
        format_args!("interface Face {{ w: number; act(a: number): string }}"),
    );
    out.push_str(super::generics::TYPESCRIPT);
    out.push_str(super::gathered::TYPESCRIPT);
    out.push_str(&super::unions::typescript(&program.unions));
    if program.throws {
        out.push_str(super::exceptions::TYPESCRIPT);
    }
    print(program, Language::TypeScript, &mut out);
    out
}

/// Returns the program as the body of a JavaScript function that pushes what it tells to `out`.
#[must_use]
pub fn javascript(program: &Program) -> String {
    let mut out = [super::generics::JAVASCRIPT, super::gathered::JAVASCRIPT].concat();
    out.push_str(&super::unions::javascript(&program.unions));
    if program.throws {
        out.push_str(super::exceptions::JAVASCRIPT);
    }
    print(program, Language::JavaScript, &mut out);
    out.push_str("started = true;\ntellNumber(out, main());\n");
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    TypeScript,
    JavaScript,
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _: std::fmt::Result = writeln!(out, "{text}");
}

fn print(program: &Program, language: Language, out: &mut String) {
    let mut printer = Printer {
        language,
        casts: 0,
        out: std::mem::take(out),
    };
    for class in &program.classes {
        printer.class(class);
    }
    for global in &program.globals {
        printer.stmt(global);
    }
    for function in &program.functions {
        printer.function(function);
    }
    *out = printer.out;
}

pub(super) struct Printer {
    language: Language,
    /// Casts so far: they are written in three ways, in turn.
    casts: usize,
    out: String,
}

impl Printer {
    pub(super) fn typed(&self) -> bool {
        self.language == Language::TypeScript
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn function(&mut self, function: &Function) {
        let mut params = Vec::new();
        for (pattern, ty, default) in &function.params {
            let name = self.pattern(pattern);
            if let (true, Some(Expr::Nothing(_, "undefined"))) = (self.typed(), default) {
                params.push(format!("{name}?: {}", ty.name()));
                continue;
            }
            let ty = if self.typed() {
                format!(": {}", ty.name())
            } else {
                String::new()
            };
            let default = default
                .as_ref()
                .map_or(String::new(), |d| format!(" = {}", self.placed(d)));
            params.push(format!("{name}{ty}{default}"));
        }
        let export = if function.name == "main" && self.typed() {
            "export "
        } else {
            ""
        };
        let result = if self.typed() {
            format!(": {}", function.result.name())
        } else {
            String::new()
        };
        self.line(&format!(
            "{export}function {}({}){result} {{",
            function.name,
            params.join(", ")
        ));
        self.stmts(&function.body);
        self.line("}");
    }

    pub(super) fn stmts(&mut self, list: &[Stmt]) {
        for stmt in list {
            self.stmt(stmt);
        }
    }

    fn block(&mut self, list: &[Stmt]) {
        self.line("{");
        self.stmts(list);
        self.line("}");
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Declare {
                keyword,
                name,
                written,
                value,
            } => {
                let ty = if self.typed() && *written {
                    format!(": {}", value.ty().name())
                } else {
                    String::new()
                };
                let value = self.placed(value);
                self.line(&format!("{keyword} {name}{ty} = {value};"));
            }
            Stmt::Expr(expr) => {
                let text = self.expr(expr);
                self.line(&format!("{text};"));
            }
            Stmt::Tell(expr) => self.tell(expr),
            Stmt::If(condition, then, otherwise) => {
                let condition = self.expr(condition);
                self.line(&format!("if ({condition})"));
                self.block(then);
                if !otherwise.is_empty() {
                    self.line("else");
                    self.block(otherwise);
                }
            }
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::Throw(made, text) => self.thrown(made, text.as_ref()),
            Stmt::Loop { .. } => self.repeat(stmt),
            Stmt::Switch(subject, cases) => {
                let subject = self.expr(subject);
                self.line(&format!("switch ({subject}) {{"));
                for (test, body) in cases {
                    match test {
                        Some(test) => {
                            let test = self.expr(test);
                            self.line(&format!("case {test}:"));
                        }
                        None => self.line("default:"),
                    }
                    self.stmts(body);
                }
                self.line("}");
            }
            Stmt::Jump(word, label) => {
                let label = label.as_ref().map_or(String::new(), |l| format!(" {l}"));
                self.line(&format!("{word}{label};"));
            }
            Stmt::Return(value) => {
                let value = self.placed(value);
                self.line(&format!("return {value};"));
            }
            Stmt::SetAt(name, index, value) => {
                let (index, value) = (self.expr(index), self.expr(value));
                let text = match self.language {
                    Language::TypeScript => format!("{name}[{index}] = {value};"),
                    Language::JavaScript => format!("setAt({name}, {index}, {value});"),
                };
                self.line(&text);
            }
            Stmt::Over(pattern, list, body) => {
                let name = self.pattern(pattern);
                let list = self.expr(list);
                self.line(&format!("for (const {name} of {list})"));
                self.block(body);
            }
            Stmt::LookedAt(test, body, otherwise) => {
                self.line(&format!("if ({test})"));
                self.block(body);
                self.line("else");
                self.block(otherwise);
            }
            Stmt::Filled(name, value, how) => {
                let value = self.placed(value);
                let text = match how {
                    0 => format!("if ({name} == null) {{ {name} = {value}; }}"),
                    1 => format!("if ({name} === null || {name} === undefined) {name} = {value};"),
                    _ => format!("{name} ??= {value};"),
                };
                self.line(&text);
            }
            Stmt::Take {
                keyword,
                pattern,
                value,
            } => {
                let value = self.expr(value);
                let pattern = self.pattern(pattern);
                let text = match keyword {
                    Some(keyword) => format!("{keyword} {pattern} = {value};"),
                    None => format!("({pattern} = {value});"),
                };
                self.line(&text);
            }
            Stmt::Block(label, body) => {
                if let Some(label) = label {
                    self.line(&format!("{label}:"));
                }
                self.block(body);
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Name(name) => name.clone(),
            Pattern::Property(object, name) => format!("{}.{name}", self.expr(object)),
            Pattern::Object(parts, rest) => {
                let mut texts = Vec::new();
                for (name, part) in parts {
                    let default = part.default.as_ref().map(|default| self.expr(default));
                    let default = default.map_or(String::new(), |default| format!(" = {default}"));
                    texts.push(format!("{name}: {}{default}", self.pattern(&part.pattern)));
                }
                texts.extend(
                    rest.as_ref()
                        .map(|rest| format!("...{}", self.pattern(rest))),
                );
                format!("{{ {} }}", texts.join(", "))
            }
            Pattern::List(parts, rest) => {
                let mut text = String::from("[");
                for part in parts {
                    if let Some(part) = part {
                        text.push_str(&self.element(part));
                    }
                    text.push_str(", ");
                }
                if let Some(rest) = rest {
                    text.push_str("...");
                    text.push_str(&self.pattern(rest));
                }
                text.push(']');
                text
            }
            Pattern::Items(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Some(part) => self.pattern(&part.pattern),
                    None => String::new(),
                });
                let parts: Vec<String> = parts.collect();
                // A place that is left out at the end needs a comma behind it.
                format!("[{},]", parts.join(", "))
            }
            Pattern::Skipped => String::new(),
        }
    }

    /// An element of a pattern. One that is not there and has no default ends a module.
    fn element(&mut self, part: &Part) -> String {
        let pattern = self.pattern(&part.pattern);
        match (&part.default, self.language) {
            (Some(default), _) => format!("{pattern} = {}", self.expr(default)),
            (None, Language::TypeScript) => pattern,
            (None, Language::JavaScript) => format!("{pattern} = missing()"),
        }
    }

    fn tell(&mut self, expr: &Expr) {
        let ty = expr.ty();
        let value = self.placed(expr);
        let text = match (self.language, ty) {
            (Language::TypeScript, _) => format!("tell_{}({value});", ty.name()),
            (Language::JavaScript, Ty::Number | Ty::F32) => format!("tellNumber(out, {value});"),
            (Language::JavaScript, Ty::Boolean) => format!("out.push(({value}) ? \"1\" : \"0\");"),
            (Language::JavaScript, Ty::Int(..)) => format!("out.push(String({value}));"),
            (Language::JavaScript, Ty::Text) => format!("tellText(out, {value});"),
            (
                Language::JavaScript,
                Ty::List
                | Ty::Inner
                | Ty::Outer
                | Ty::Inners
                | Ty::Rest
                | Ty::Class(_)
                | Ty::Face
                | Ty::Typed(_)
                | Ty::Function(_)
                | Ty::Opt(_),
            ) => String::new(),
        };
        self.line(&text);
    }

    fn repeat(&mut self, stmt: &Stmt) {
        let Stmt::Loop {
            kind,
            label,
            counter,
            rounds,
            condition,
            body,
        } = stmt
        else {
            return;
        };
        let ty = if self.typed() { ": i32" } else { "" };
        let condition = self.expr(condition);
        match kind {
            LoopKind::While => {
                self.line(&format!("{{ let {counter}{ty} = 0; {label}: while ({counter}++ < {rounds} && {condition})"));
                self.block(body);
                self.line("}");
            }
            LoopKind::DoWhile => {
                self.line(&format!("{{ let {counter}{ty} = 0; {label}: do"));
                self.block(body);
                self.line(&format!(
                    "while (++{counter} < {rounds} && {condition}); }}"
                ));
            }
            LoopKind::For => {
                self.line(&format!("{label}: for (let {counter}{ty} = 0; {counter} < {rounds} && {condition}; {counter}++)"));
                self.block(body);
            }
        }
    }

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
            Expr::Compare(_, op, left, right) => {
                let (left, right) = self.sides(left, right);
                format!("({left} {op} {right})")
            }
            Expr::Logical(_, op, left, right) => {
                let (left, right) = (self.expr(left), self.expr(right));
                format!("({left} {op} {right})")
            }
            Expr::Not(value) => format!("(!{})", self.expr(value)),
            Expr::Unary(ty, op, value) => {
                let value = self.expr(value);
                match (self.language, *op) {
                    (Language::JavaScript, "+") if *ty != Ty::Number => value,
                    (Language::JavaScript, _) => wrapped(*ty, &format!("{op} {value}")),
                    (Language::TypeScript, _) => format!("({op} {value})"),
                }
            }
            Expr::Conditional(_, condition, then, otherwise) => {
                let condition = self.expr(condition);
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
            Expr::Update(ty, name, op, prefix) => self.update(*ty, name, op, *prefix),
            Expr::Math(name, arguments) => {
                let list: Vec<String> = arguments.iter().map(|a| self.expr(a)).collect();
                format!("Math.{name}({})", list.join(", "))
            }
            Expr::Method(_, object, name, arguments) => {
                let object = self.expr(object);
                let list: Vec<String> = arguments.iter().map(|a| self.expr(a)).collect();
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
                format!("got({}.{name})", self.expr(object))
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
                let (value, other) = (self.expr(value), self.expr(other));
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
                let (first, last) = (self.expr(first), self.expr(last));
                format!("({first}, {last})")
            }
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
        let literal = |e: &Expr| matches!(e, Expr::Literal(..));
        match (literal(left), literal(right)) {
            (true, false) => (self.placed(left), self.expr(right)),
            (false, true) => (self.expr(left), self.placed(right)),
            _ => (self.expr(left), self.expr(right)),
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

    fn update(&mut self, ty: Ty, name: &str, op: &str, prefix: bool) -> String {
        if self.typed() || ty == Ty::Number {
            return if prefix {
                format!("({op}{name})")
            } else {
                format!("({name}{op})")
            };
        }
        let one = if ty.big() { "1n" } else { "1" };
        let sign = op.get(..1).unwrap_or("+");
        let next = operation(ty, sign, name, one);
        if prefix {
            format!("({name} = {next})")
        } else {
            format!("[{name}, {name} = {next}][0]")
        }
    }
}

/// Brings a result back into its type.
fn wrapped(ty: Ty, text: &str) -> String {
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
        | Ty::Opt(_) => {
            format!("({text})")
        }
        Ty::F32 => format!("Math.fround({text})"),
        Ty::Int(8, true) => format!("(({text}) << 24 >> 24)"),
        Ty::Int(8, false) => format!("(({text}) & 255)"),
        Ty::Int(16, true) => format!("(({text}) << 16 >> 16)"),
        Ty::Int(16, false) => format!("(({text}) & 65535)"),
        Ty::Int(32, true) => format!("(({text}) | 0)"),
        Ty::Int(64, true) => format!("BigInt.asIntN(64, {text})"),
        Ty::Int(64, false) => format!("BigInt.asUintN(64, {text})"),
        Ty::Int(..) => format!("(({text}) >>> 0)"),
    }
}

/// What an operator means in JavaScript.
fn operation(ty: Ty, op: &str, a: &str, b: &str) -> String {
    let Ty::Int(bits, signed) = ty else {
        return wrapped(ty, &format!("{a} {op} {b}"));
    };
    let big = ty.big();
    let text = match op {
        "*" if !big => format!("Math.imul({a}, {b})"),
        "/" if big => format!("divBig({a}, {b})"),
        "/" => format!("div({a}, {b})"),
        "%" if big => format!("remBig({a}, {b})"),
        "%" => format!("rem({a}, {b})"),
        "**" if big => format!("power({a}, {b})"),
        "**" => format!("Number(BigInt.asIntN(32, power({a}, {b})))"),
        "<<" | ">>" if big => format!("{a} {op} ({b} & 63n)"),
        ">>>" if big => format!("BigInt.asUintN(64, {a}) >> ({b} & 63n)"),
        "<<" => format!("{a} << ({b} & {})", bits - 1),
        ">>" if signed => format!("{a} >> ({b} & {})", bits - 1),
        ">>" => format!("{a} >>> ({b} & {})", bits - 1),
        ">>>" if signed && bits < 32 => {
            format!("({a} & {}) >>> ({b} & {})", (1_u64 << bits) - 1, bits - 1)
        }
        ">>>" => format!("{a} >>> ({b} & {})", bits - 1),
        _ => format!("{a} {op} {b}"),
    };
    wrapped(ty, &text)
}

/// What a conversion means in JavaScript.
fn cast(from: Ty, to: Ty, value: &str) -> String {
    match (from, to) {
        (from, to) if from == to => format!("({value})"),
        (_, Ty::Text) => format!("String({value})"),
        (Ty::Text, _) => format!("Number({value})"),
        (
            Ty::List
            | Ty::Inner
            | Ty::Outer
            | Ty::Inners
            | Ty::Rest
            | Ty::Class(_)
            | Ty::Face
            | Ty::Typed(_)
            | Ty::Function(_)
            | Ty::Opt(_),
            _,
        )
        | (
            _,
            Ty::List
            | Ty::Inner
            | Ty::Outer
            | Ty::Inners
            | Ty::Rest
            | Ty::Class(_)
            | Ty::Face
            | Ty::Typed(_)
            | Ty::Function(_)
            | Ty::Opt(_),
        ) => value.to_owned(),
        (_, Ty::Boolean) => format!("(!!({value}))"),
        (Ty::Boolean, Ty::Int(64, _)) => format!("(({value}) ? 1n : 0n)"),
        (Ty::Boolean, _) => format!("(({value}) ? 1 : 0)"),
        (Ty::Int(64, _), Ty::Number) => format!("Number({value})"),
        (Ty::Int(64, _), Ty::F32) => format!("bigToF32({value})"),
        (_, Ty::Number) => format!("({value})"),
        (_, Ty::F32) => format!("Math.fround({value})"),
        (Ty::Int(64, _), Ty::Int(64, _)) => wrapped(to, value),
        (Ty::Int(64, _), Ty::Int(..)) => {
            wrapped(to, &format!("Number(BigInt.asIntN(32, {value}))"))
        }
        (Ty::Int(..), Ty::Int(64, _)) => wrapped(to, &format!("BigInt({value})")),
        (Ty::Int(..), Ty::Int(..)) => wrapped(to, value),
        (Ty::Number | Ty::F32, Ty::Int(64, true)) => {
            format!("clampBig({value}, -(2n ** 63n), 2n ** 63n - 1n)")
        }
        (Ty::Number | Ty::F32, Ty::Int(64, false)) => {
            format!("clampBig({value}, 0n, 2n ** 64n - 1n)")
        }
        (Ty::Number | Ty::F32, Ty::Int(32, false)) => {
            format!("(clamp({value}, 0, 4294967295) >>> 0)")
        }
        (Ty::Number | Ty::F32, Ty::Int(..)) => {
            wrapped(to, &format!("clamp({value}, -2147483648, 2147483647)"))
        }
    }
}
