//! What random programs do with generic functions and classes: each has the same ones, and uses them for values of any type.

use super::maker::Maker;
use super::printer::Printer;
use super::tree::{Expr, Ty};

/// Ways in which a value goes through generic declarations and comes out as it is.
const WAYS: usize = 13;

/// The declarations in TypeScript.
pub(super) const TYPESCRIPT: &str = "\
interface Pair<A, B> { first: A; second: B }
interface Held<T> { get(): T }
type Fn<A, B> = (x: A) => B;
class Cell<T> implements Held<T> { kept: T; static made = 0; constructor(x: T) { this.kept = x; Cell.made++; } get(): T { return this.kept; } map<U>(f: Fn<T, U>): Cell<U> { return new Cell(f(this.kept)); } get v(): T { return this.get(); } }
class Twice<T, U = T> extends Cell<T> { #more: U; constructor(x: T, more: U) { super(x); this.#more = more; } get(): T { const x = super.get(); this.kept = x; return x; } other(): U { return this.#more; } }
function same<T>(x: T): T { return x; }
function pair<A, B>(first: A, second: B): Pair<A, B> { return { first, second }; }
function swap<A, B>(p: Pair<A, B>): Pair<B, A> { return pair(p.second, p.first); }
function apply<A, B>(x: A, f: Fn<A, B>): B { return f(x); }
function pick<T>(list: T[], at: number, or: T): T { return at < list.length ? list[at] : or; }
function held<T>(x: Held<T>): T { return x.get(); }
function census<T>(list: T[]): string { const m = new Map<T, number>(); const s = new Set(list); for (const x of list) m.set(x, (m.get(x) ?? 0) + 1); let out = `${m.size}/${s.size}:`; for (const [k, n] of m) { out += n; if (n > 1) { m.delete(k); m.set(k, 1); } s.delete(k); } out += s.size; for (const x of list) { if (m.size > 2) m.clear(); m.set(x, list.indexOf(x)); } for (const v of m.values()) out += `,${v}`; return out + [...new Map(m).keys()].length; }
";

/// The same in JavaScript.
pub(super) const JAVASCRIPT: &str = "
class Cell { kept; static made = 0; constructor(x) { this.kept = x; Cell.made++; } get() { return this.kept; } map(f) { return new Cell(f(this.kept)); } get v() { return this.get(); } }
class Twice extends Cell { #more; constructor(x, more) { super(x); this.#more = more; } get() { const x = super.get(); this.kept = x; return x; } other() { return this.#more; } }
function same(x) { return x; }
function pair(first, second) { return { first, second }; }
function swap(p) { return pair(p.second, p.first); }
function apply(x, f) { return f(x); }
function pick(list, at, or) { return at < list.length ? list[at] : or; }
function held(x) { return x.get(); }
function census(list) { const m = new Map(); const s = new Set(list); for (const x of list) m.set(x, (m.get(x) ?? 0) + 1); let out = `${m.size}/${s.size}:`; for (const [k, n] of m) { out += n; if (n > 1) { m.delete(k); m.set(k, 1); } s.delete(k); } out += s.size; for (const x of list) { if (m.size > 2) m.clear(); m.set(x, list.indexOf(x)); } for (const v of m.values()) out += `,${v}`; return out + [...new Map(m).keys()].length; }
";

impl Maker {
    /// What a map and a set of values say of them.
    pub(super) fn census(&mut self, depth: usize) -> Expr {
        let of = match self.random.below(4) {
            0 => Ty::Inner,
            1 => Ty::Number,
            _ => self.ty(),
        };
        let count = 2 + self.random.below(5);
        let values = (0..count).map(|_| self.expr(of, depth.min(1)));
        Expr::Census(of, values.collect())
    }

    /// A value that comes out of a generic declaration.
    pub(super) fn generic(&mut self, ty: Ty, depth: usize) -> Expr {
        let other = self.ty();
        // It may stand in a function, which does not know what was found out around it.
        let lambda = self.lambda.replace(self.scopes.len());
        let other = self.expr(other, depth.min(1));
        self.lambda = lambda;
        let value = self.expr(ty, depth);
        let way = self.random.below(WAYS);
        let written = self.random.one_in(2);
        Expr::Generic(ty, (way, written), Box::new(value), Box::new(other))
    }
}

impl Printer {
    pub(super) fn census(&mut self, of: Ty, values: &[Expr]) -> String {
        let values: Vec<String> = values.iter().map(|value| self.expr(value)).collect();
        let types = if self.typed() {
            format!("<{}>", of.name())
        } else {
            String::new()
        };
        format!("census{types}([{}])", values.join(", "))
    }

    pub(super) fn generic(
        &mut self,
        (way, written): (usize, bool),
        value: &Expr,
        other: &Expr,
    ) -> String {
        let ty = value.ty().name();
        let one = if written && self.typed() {
            format!("<{ty}>")
        } else {
            String::new()
        };
        let two = if written && self.typed() {
            format!("<{ty}, {}>", other.ty().name())
        } else {
            String::new()
        };
        // Nothing shows what an empty one is to hold.
        let known = if self.typed() {
            format!("<{ty}>")
        } else {
            String::new()
        };
        let (value, other) = (self.expr(value), self.expr(other));
        match way {
            0 => format!("same{one}({value})"),
            1 => format!("new Cell{one}({value}).get()"),
            2 => format!("new Cell{one}({value}).map((x) => new Twice(x, {other})).get().get()"),
            3 => format!("pair{two}({value}, {other}).first"),
            4 => format!("swap(pair({other}, {value})).first"),
            5 => format!("apply({value}, (x) => pair({other}, x)).second"),
            6 => format!("pick{one}([{value}], 0, new Cell({value}).v)"),
            7 => format!("new Twice{two}({value}, {other}).v"),
            8 => format!("held{one}(new Twice({value}, {other}))"),
            9 => format!("last{one}({value})"),
            10 => format!("apply({value}, (x) => last(x, ...[x, x], x))"),
            11 => format!("new Sack{one}({value}).last()"),
            _ => format!("apply({value}, (x) => new Bag{known}().last(...[x]))"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_use_every_generic_declaration() {
        let texts: Vec<String> = (0..400).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "same<",
            "same(",
            "new Cell(",
            "new Twice<",
            "pair(",
            "swap(pair(",
            "apply(",
            "pick<",
            "held<",
            "census<",
        ] {
            let used = |text: &String| text.lines().skip(24).any(|line| line.contains(piece));
            assert!(texts.iter().any(used), "{piece}");
        }
    }
}
