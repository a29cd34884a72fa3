//! What random programs do with rest parameters and `...` in calls.

use super::maker::Maker;
use super::printer::Printer;
use super::tree::{Expr, Stmt, Ty};

/// The declarations in TypeScript.
pub(super) const TYPESCRIPT: &str = "\
function total(first: number, ...more: number[]): number { let s = first; for (const x of more) s = s * 3 + x; more.push(s); return s + more.length; }
const gather: (...xs: number[]) => number = (...xs) => total(xs.length, ...xs);
function shown(a: number, b = a + 1, ...[c = b, ...more]: number[]): number { return a * 7 + b * 5 + c * 3 + gather(...more); }
function last<T>(x: T, ...more: T[]): T { return more.length > 0 ? more[more.length - 1] : x; }
class Bag<T> { kept: T[]; constructor(...xs: T[]) { this.kept = xs; } last(...or: T[]): T { return this.kept.length > 0 ? this.kept[this.kept.length - 1] : or[0]; } }
class Sack<T> extends Bag<T> { constructor(x: T, ...xs: T[]) { super(...xs, x); } last(...or: T[]): T { return super.last(...or, ...this.kept); } }
";

/// The same in JavaScript.
pub(super) const JAVASCRIPT: &str = "
function total(first, ...more) { let s = first; for (const x of more) s = s * 3 + x; more.push(s); return s + more.length; }
const gather = (...xs) => total(xs.length, ...xs);
function shown(a, b = a + 1, ...[c = b, ...more]) { return a * 7 + b * 5 + c * 3 + gather(...more); }
function last(x, ...more) { return more.length > 0 ? more[more.length - 1] : x; }
class Bag { kept; constructor(...xs) { this.kept = xs; } last(...or) { return this.kept.length > 0 ? this.kept[this.kept.length - 1] : or[0]; } }
class Sack extends Bag { constructor(x, ...xs) { super(...xs, x); } last(...or) { return super.last(...or, ...this.kept); } }
";

/// What takes any number of arguments, and how many it must have.
const CALLEES: [(&str, usize); 5] = [
    ("total", 1),
    ("gather", 0),
    ("shown", 2),
    ("Math.max", 0),
    ("Math.min", 0),
];

impl Maker {
    /// A number that comes of numbers and of what lists have.
    pub(super) fn gathered(&mut self, depth: usize) -> Expr {
        let callee = self.random.pick(&CALLEES).copied();
        let (callee, least) = callee.unwrap_or(("gather", 0));
        let mut given: Vec<Expr> = (0..least).map(|_| self.expr(Ty::Number, depth)).collect();
        if callee == "shown" && self.random.one_in(3) {
            given.truncate(1);
            return Expr::Gather(callee.to_owned(), given);
        }
        given.extend(self.numbers_and_lists(depth));
        Expr::Gather(callee.to_owned(), given)
    }

    /// `Array.from` with a function, of a length or of a list.
    pub(super) fn array_from(&mut self, depth: usize) -> Expr {
        let at = self.name("at");
        let (of, params) = if self.random.one_in(2) {
            let most = self.random.below(7).to_string();
            let most = Box::new(Expr::Literal(Ty::Number, most));
            let most = Expr::Math("min", vec![*most, self.expr(Ty::Number, depth)]);
            (most, vec![at])
        } else {
            let list = self.expr(Ty::List, depth);
            (list, vec![self.name("x"), at])
        };
        let value = self.inside(&params, Ty::Number, depth);
        Expr::From(Box::new(of), params, Box::new(value))
    }

    fn numbers_and_lists(&mut self, depth: usize) -> Vec<Expr> {
        let count = self.random.below(4);
        let mut given = Vec::new();
        for _ in 0..count {
            given.push(if self.random.one_in(2) {
                let list = self.expr(Ty::List, depth);
                self.short_list(list)
            } else {
                self.expr(Ty::Number, depth)
            });
        }
        given
    }

    /// `list.push(…)` of what other lists have, and what adds elsewhere.
    pub(super) fn push_gathered(&mut self, list: &str) -> Stmt {
        let methods = [("push", 0), ("unshift", 0), ("splice", 2)];
        let (name, least) = self.random.pick(&methods).copied().unwrap_or(("push", 0));
        let mut given: Vec<Expr> = (0..least).map(|_| self.expr(Ty::Number, 1)).collect();
        given.extend(self.numbers_and_lists(1));
        Stmt::Expr(Expr::Gather(format!("{list}.{name}"), given))
    }
}

impl Printer {
    pub(super) fn array_from(&mut self, of: &Expr, params: &[String], value: &Expr) -> String {
        let source = self.expr(of);
        let value = self.expr(value);
        match (of.ty(), params) {
            (Ty::Number, [at]) => {
                format!("Array.from({{ length: {source} }}, (_, {at}) => ({value}))")
            }
            _ => format!("Array.from({source}, ({}) => ({value}))", params.join(", ")),
        }
    }

    pub(super) fn gather(&mut self, callee: &str, given: &[Expr]) -> String {
        let mut list = Vec::new();
        for value in given {
            let spread = if value.ty() == Ty::List { "..." } else { "" };
            list.push(format!("{spread}({})", self.expr(value)));
        }
        format!("{callee}({})", list.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_call_with_rest_and_spread() {
        let texts: Vec<String> = (0..600).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "total(",
            "gather(",
            "shown(",
            "Math.max(...",
            ".push(...",
            ".unshift(...",
            ".splice((",
            "last(x, ...[x",
            "new Sack(",
            "new Bag<",
            "Array.from({",
            "Array.from(",
        ] {
            let used = |text: &String| text.lines().skip(30).any(|line| line.contains(piece));
            assert!(texts.iter().any(used), "{piece}");
        }
    }
}
