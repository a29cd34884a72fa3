//! Statements and patterns of a program, in both languages.

use super::tree::{Expr, Function, LoopKind, Part, Pattern, Stmt, Ty};

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    TypeScript,
    JavaScript,
}

/// A program as text, so far.
pub(super) struct Printer {
    pub(super) language: Language,
    /// Casts so far: they are written in three ways, in turn.
    pub(super) casts: usize,
    pub(super) out: String,
}

impl Printer {
    pub(super) fn typed(&self) -> bool {
        self.language == Language::TypeScript
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub(super) fn function(&mut self, function: &Function) {
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

    pub(super) fn stmt(&mut self, stmt: &Stmt) {
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
                let text = self.effect(expr);
                self.line(&format!("{text};"));
            }
            Stmt::Tell(expr) => self.tell(expr),
            Stmt::If(condition, then, otherwise) => {
                let condition = self.condition(condition);
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
                let subject = self.sought(subject);
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
            (None, Language::JavaScript) => format!("{pattern} = nothingThere()"),
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
        let condition = self.condition(condition);
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
}
