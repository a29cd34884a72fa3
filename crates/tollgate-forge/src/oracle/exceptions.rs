//! What random programs do with exceptions: `throw` in statements and in expressions, `try` with all that it may have.
//!
//! What is a fault of a module is an error of the same class and message in the JavaScript, where the text alone would go on. One that
//! nothing catches ends both as a trap does.

use super::maker::Maker;
use super::printer::Printer;
use super::tree::{Attempt, Expr, Stmt, Ty};

/// The declarations in TypeScript: classes of errors, and what throws one if a condition holds.
pub(super) const TYPESCRIPT: &str = "\
class E1 extends Error { constructor(public code: number, message: string) { super(message); this.name = \"E1\"; } get twice(): number { return this.code * 2; } }
class E2 extends E1 { constructor(message: string) { super(message.length, message); this.name = \"E2\"; } }
class E3 extends RangeError { }
function made(kind: i32, text: string): Error { if (kind === 1) return new E1(text.length, text); return kind === 2 ? new E2(text) : new E3(text); }
function fails<T>(when: boolean, x: T, kind: i32): T { if (when) throw made(kind, `fails ${kind}`); return x; }
function said(e: Error): string { return e instanceof E1 ? `${e}/${e.twice}/${e instanceof E2}` : `${e.name}|${e.message}`; }
function told(e: Error): Error { return e; }
";

/// The same in JavaScript.
pub(super) const JAVASCRIPT: &str = "
class E1 extends Error { constructor(code, message) { super(message); this.name = \"E1\"; this.code = code; } get twice() { return this.code * 2; } }
class E2 extends E1 { constructor(message) { super(message.length, message); this.name = \"E2\"; } }
class E3 extends RangeError { }
function made(kind, text) { if (kind === 1) return new E1(text.length, text); return kind === 2 ? new E2(text) : new E3(text); }
function fails(when, x, kind) { if (when) throw made(kind, `fails ${kind}`); return x; }
function said(e) { return e instanceof E1 ? `${e}/${e.twice}/${e instanceof E2}` : `${e.name}|${e.message}`; }
function told(e) { if (e.message.includes('call stack')) throw e; return e; }
";

/// What is thrown by a statement: a class of errors, or what was caught around it.
const THROWN: [&str; 4] = ["made(1, ", "made(2, ", "made(3, ", "new RangeError("];

impl Maker {
    /// A statement with exceptions.
    pub(super) fn exception(&mut self, depth: usize) -> Stmt {
        if depth >= 4 || self.random.one_in(4) {
            return self.throw();
        }
        let ways = self.random.below(5);
        let body = self.statements(2, depth + 1);
        let body = self.perhaps_throwing(body);
        let handler = (ways != 0).then(|| {
            let name = self.random.below(5).gt(&0).then(|| self.name("e"));
            self.caught.extend(name.clone());
            let mut handler = self.statements(1, depth + 1);
            if let Some(name) = &name {
                let said = Stmt::Tell(Expr::Said(name.clone()));
                handler.insert(0, said);
                self.caught.pop();
            }
            (name, handler)
        });
        let last = (ways < 3).then(|| self.statements(1, depth + 1));
        Stmt::Try(Box::new(Attempt {
            body,
            handler,
            last,
        }))
    }

    /// A body in which something is thrown more often than by chance.
    fn perhaps_throwing(&mut self, mut body: Vec<Stmt>) -> Vec<Stmt> {
        if self.random.one_in(2) {
            let condition = self.expr(Ty::Boolean, 1);
            let throw = if self.random.one_in(3) {
                self.fault()
            } else {
                self.throw()
            };
            let at = self.random.below(body.len() + 1);
            body.insert(at, Stmt::If(condition, vec![throw], Vec::new()));
        }
        body
    }

    /// A statement that has no value in a module.
    fn fault(&mut self) -> Stmt {
        let number = |text: &str| Expr::Literal(Ty::Number, text.to_owned());
        Stmt::Tell(match self.random.below(4) {
            0 => Expr::At(Box::new(self.list_literal()), Box::new(number("7"))),
            1 => Expr::Asserted(Box::new(Expr::Nothing(Ty::Opt(0), "null"))),
            2 => {
                let text = Box::new(self.text_literal());
                Expr::Method(Ty::Text, text, "repeat", vec![number("-1")])
            }
            _ => {
                let widths = [Ty::Int(32, true), Ty::Int(64, true), Ty::Int(8, false)];
                let ty = self.random.pick(&widths).copied().unwrap_or(widths[0]);
                let op = if self.random.one_in(2) { "/" } else { "%" };
                let (left, zero) = (self.expr(ty, 1), Expr::Literal(ty, "0".to_owned()));
                // Whether it is zero is not seen when the program is built.
                let zero = Expr::Binary(ty, "&", Box::new(zero), Box::new(self.expr(ty, 1)));
                Expr::Binary(ty, op, Box::new(left), Box::new(zero))
            }
        })
    }

    fn throw(&mut self) -> Stmt {
        if self.random.one_in(3)
            && let Some(name) = self.random.pick(&self.caught.clone()).cloned()
        {
            return Stmt::Throw(name, None);
        }
        let made = self.random.pick(&THROWN).copied().unwrap_or_default();
        let text = self.text_literal();
        Stmt::Throw(made.to_owned(), Some(text))
    }

    /// A value, or an exception if a condition holds.
    pub(super) fn fails(&mut self, ty: Ty, depth: usize) -> Expr {
        let when = self.expr(Ty::Boolean, depth.min(1));
        let kind = self.random.below(3);
        let value = self.expr(ty, depth);
        Expr::Fails(ty, kind + 1, Box::new(when), Box::new(value))
    }

    /// What is said of an error that was caught around.
    pub(super) fn said(&mut self) -> Option<Expr> {
        self.random
            .pick(&self.caught.clone())
            .cloned()
            .map(Expr::Said)
    }
}

impl Printer {
    pub(super) fn attempt(&mut self, attempt: &Attempt) {
        let Attempt {
            body,
            handler,
            last,
        } = attempt;
        self.line("try {");
        self.stmts(body);
        if let Some((name, handler)) = handler {
            let typed = self.typed();
            match (name, typed) {
                (Some(name), _) => self.line(&format!("}} catch ({name}) {{")),
                (None, true) => self.line("} catch {"),
                (None, false) => self.line("} catch (unnamed) { told(unnamed);"),
            }
            if let (Some(name), false) = (name, typed) {
                self.line(&format!("told({name});"));
            }
            self.stmts(handler);
        }
        if let Some(last) = last {
            self.line("} finally {");
            self.stmts(last);
        }
        self.line("}");
    }

    pub(super) fn thrown(&mut self, made: &str, text: Option<&Expr>) {
        let line = match text {
            Some(text) => format!("throw {made}{});", self.placed(text)),
            None => format!("throw {made};"),
        };
        self.line(&line);
    }

    pub(super) fn failing(&mut self, kind: usize, when: &Expr, value: &Expr) -> String {
        let types = if self.typed() {
            format!("<{}>", value.ty().name())
        } else {
            String::new()
        };
        let (when, value) = (self.expr(when), self.expr(value));
        format!("fails{types}({when}, {value}, {kind})")
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_do_everything_with_exceptions_that_the_generator_knows() {
        let texts: Vec<String> = (0..600).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "try {",
            "} catch (e",
            "} catch {",
            "} finally {",
            "throw made(1",
            "throw new RangeError(",
            "throw e",
            "said(e",
            ".repeat(",
            ".toFixed(",
            ")!);",
            "fails<number>(",
            "fails<string>(",
        ] {
            let used = |text: &String| text.lines().skip(24).any(|line| line.contains(piece));
            assert!(texts.iter().any(used), "{piece}");
        }
        assert!(texts.iter().any(|text| !text.contains("throw ")));
    }
}
