//! Generics: programs that do the same as in Node, and what is refused.

use crate::engine::{LEVELS, build, build_files, f64_of, value, values};
use crate::node::same_as_in_node;
use tollgate_forge::limits::{INSTANCE_CHAIN_MAX, INSTANCES_MAX};

#[test]
fn collections_of_any_type_are_those_of_node() {
    same_as_in_node(include_str!("../generics/collections.js"));
}

fn gives(declarations: &str, statements: &str, expected: f64) {
    let source = format!("{declarations} export function main(): number {{ {statements} }}");
    assert_eq!(f64_of(&value(&source)), expected, "{source}");
}

/// The whole text of what is wrong, which has this code and no other.
fn refused(code: &str, declarations: &str, statements: &str) -> String {
    let source = format!("{declarations} export function main(): number {{ {statements} }}");
    let shown = build(&source, LEVELS[0]).expect_err(&source);
    let errors: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("error["))
        .collect();
    let expected = format!("error[{code}]");
    assert!(
        !errors.is_empty() && errors.iter().all(|error| error.starts_with(&expected)),
        "{source}\n{shown}"
    );
    shown
}

#[test]
fn a_class_that_comes_later_is_called_by_code_that_was_there_before() {
    let classes = "class A { f(): number { return 1; } get g(): number { return 1; } x = 1; }
        function all(a: A): number { return a.f() * 100 + a.g * 10 + a.x; }
        class B<T> extends A { constructor(public t: T) { super(); } f(): number { return 2; } get g(): number { return 3; } x = 4; }
        class C<T> extends B<T[]> { f(): number { return super.f() + this.t.length; } }";
    gives(
        classes,
        "return all(new A()) + all(new B(\"\")) * 1000 + all(new C([[1], [2], [3]])) * 1000000;",
        534_234_111.0,
    );
}

#[test]
fn an_interface_has_objects_of_instances_that_come_later() {
    let declared = "interface Held<T> { get(): T; at: number }
        function f(h: Held<number>): number { h.at += 1; return h.get() * 10 + h.at; }
        function g(h: { get(): number; at: number }): number { return h.get() + h.at; }
        class One<T> implements Held<T> { at = 0; constructor(private x: T) { } get(): T { return this.x; } }
        class Two<T> extends One<T> { get(): T { this.at = 5; return super.get(); } }";
    gives(
        declared,
        "const lit: Held<number> = { get: () => 4, at: 1 }; return f(lit) + g(lit) * 100 + f(new One(7)) * 10000 + f(new Two(8)) * 1000000 + g(new One(3));",
        85_710_000.0 + 600.0 + 42.0 + 3.0,
    );
}

#[test]
fn private_and_static_members_belong_to_the_declaration() {
    let class = "class Box<T> { #x: T; static count = 0; static #all = 0; constructor(x: T) { this.#x = x; Box.count++; Box.#all += 10; }
        with<U>(x: U): Box<U> { const b = new Box(x); b.#x = x; return b; } get x(): T { return this.#x; }
        static all(): number { return Box.#all; } static unbox<T>(b: Box<T>): T { return b.#x; } }
        class Sub<T> extends Box<T> { }";
    gives(
        class,
        "const a = new Box(1).with(\"abc\"); const s = new Sub(true); return a.x.length + Box.count * 10 + Box.all() * 100 + Box.unbox(new Box(4)) + Sub.count * 10000 + (s.x ? 100000 : 0);",
        3.0 + 30.0 + 3_000.0 + 4.0 + 40_000.0 + 100_000.0,
    );
}

#[test]
fn instances_are_found_again_over_files() {
    let files = [
        (
            "main.ts",
            "import { Box, make, type Maybe } from \"./lib.js\"; import * as lib from \"./lib.js\";
            function take(b: Box<number>): number { return b.x; }
            export function main(): number { const m: Maybe<lib.Box<number>> = make(4); return take(new Box(3)) + take(lib.make(2)) + (m?.x ?? 0) * 10 + (m instanceof Box ? 100 : 0); }",
        ),
        (
            "lib.ts",
            "export class Box<T> { constructor(public x: T) { } } export function make<T>(x: T): Box<T> { return new Box(x); } export type Maybe<T> = T | null;",
        ),
    ];
    assert_eq!(f64_of(&values(&files, "main", &[])), 145.0);
    let exported = [("main.ts", "export { same } from \"./lib.js\";"), files[1]];
    let lib = "export function same<T>(x: T): T { return x; }";
    let exported = [exported[0], ("lib.ts", lib)];
    let shown = build_files(&exported, LEVELS[0]).expect_err("a host knows no types");
    assert!(shown.contains("error[F0209]"), "{shown}");
}

#[test]
fn functions_inside_of_functions_have_type_parameters_and_what_is_around() {
    gives(
        "",
        "let n = 0; function add<T>(list: T[], x: T): T[] { n += list.length; list.push(x); return n > 5 ? list : add(list, x); } const a = add([1], 2).length; const b = add([\"\"], \"\").length; return n * 100 + a * 10 + b;",
        742.0,
    );
    gives(
        "function outer<T>(x: T): T[] { type Two = { a: T; b: T }; interface In<U> { u: U; t: T } const two: Two = { a: x, b: x }; const i: In<number> = { u: 2, t: x }; const f = (): T => i.t; return [two.a, two.b, f()]; }",
        "return outer(2).reduce((a, b) => a + b) + outer(\"ab\").join(\"\").length;",
        12.0,
    );
}

#[test]
fn what_was_known_of_a_variable_is_what_holds_where_the_argument_stands() {
    let declared = "function two<T>(a: T, f: () => T): T { return f(); } function both<A, B>(a: A, b: B): B { return b; }";
    gives(
        declared,
        "let x: number | null = null; const y = both(x ?? 1, (x = 4)); let z: number | null = 5; const w = two(z, () => 3); return y * 10 + (w ?? 0);",
        43.0,
    );
}

#[test]
fn a_method_that_takes_the_name_of_one_of_arrays_is_the_own_one() {
    gives(
        "class Queue<T> { list: T[] = []; pop(): T | null { return this.list.shift() ?? null; } shift(): void { this.list = []; } }",
        "const q = new Queue<number>(); q.list.push(3, 4); const n = q.pop()!; q.shift(); return n * 10 + q.list.length;",
        30.0,
    );
}

#[test]
fn types_that_lead_back_to_themselves_are_found() {
    gives(
        "type Tree<T> = { v: T; kids: Tree<T>[] }; function leaf<T>(v: T): Tree<T> { return { v, kids: [] }; }
        function mapped<T, U>(t: Tree<T>, f: (v: T) => U): Tree<U> { return { v: f(t.v), kids: t.kids.map((k) => mapped(k, f)) }; }
        function folded<T, A>(t: Tree<T>, f: (v: T, kids: A[]) => A): A { return f(t.v, t.kids.map((k) => folded(k, f))); }",
        "const t: Tree<number> = { v: 1, kids: [leaf(2), { v: 3, kids: [leaf(4)] }] }; const s = mapped(t, (n) => \"ab\".repeat(n)); return folded(s, (v, n: number[]) => n.reduce((a, b) => a + b, v.length));",
        20.0,
    );
}

#[test]
fn what_is_wanted_of_a_type_may_lead_back_to_it() {
    gives(
        "class N<T extends N<T>> { kids: T[] = []; add(kid: T): number { this.kids.push(kid); return this.kids.length; } } class M extends N<M> { x = 5; }",
        "const m = new M(); m.add(new M()); return m.kids[0].x + m.add(m);",
        7.0,
    );
    gives(
        "interface Ord<T extends Ord<T>> { cmp(o: T): number } class Num implements Ord<Num> { constructor(public n: number) { } cmp(o: Num): number { return this.n - o.n; } }
        function most<T extends Ord<T>>(list: T[]): T { return list.reduce((a, b) => a.cmp(b) < 0 ? b : a); }",
        "return most([new Num(2), new Num(7), new Num(3)]).n;",
        7.0,
    );
    gives(
        "class A<T extends B<T>> { t: T | null = null; } class B<T extends A<T>> extends A<T> { } class C extends B<C> { x = 3; }",
        "const c = new C(); c.t = c; return c.t.x;",
        3.0,
    );
    gives(
        "type L<T extends L<T>> = { next: T | null }; interface Node { next: Node | null } function f<T extends L<T>, U = T>(x: T, u?: U): number { return x.next ? 1 : 2; }",
        "const n: Node = { next: null }; const l: L<Node> = { next: n }; return f(n) * 10 + f(l.next!);",
        22.0,
    );
    // What a class has is not known yet where another one extends an instance for it.
    gives(
        "interface HasSize { size: number } class Box<T extends HasSize> { constructor(public x: T) { } get double(): number { return this.x.size * 2; } }
        class Boxes extends Box<P> { constructor() { super(new P()); } } class P implements HasSize { size = 4; }",
        "return new Boxes().double;",
        8.0,
    );
    let shown = refused(
        "F0327",
        "interface HasSize { size: number } class Box<T extends HasSize> { x: T | null = null; } class P { } class Boxes extends Box<P> { }",
        "return 1;",
    );
    assert!(shown.contains("`P` does not fit `T` of `Box`"), "{shown}");
    refused(
        "F0327",
        "class N<T extends N<T>> { } class M extends N<string> { }",
        "return 1;",
    );
}

#[test]
fn what_is_wanted_shows_the_types_of_a_new_object() {
    gives(
        "class Twice<K, V> { constructor(public k: K, public v: V) { } } function held<K>(t: Twice<K, number>): number { return t.v; }",
        "const k: u8 = 4; return held(new Twice(k, 5)) * 10 + held<u8>(new Twice(4, 3));",
        53.0,
    );
    let classes = "class A { a = 1; } class B extends A { b = 2; } class Cell<T> { constructor(public v: T) { } } class Under<T> extends Cell<T> { }";
    gives(
        &format!("{classes} function held(c: Cell<A>): number {{ return c.v.a; }}"),
        "const c: Cell<A | null> = new Cell(new B()); return held(new Cell(new B())) * 10 + held(new Under(new B())) + (c.v ? 100 : 0);",
        111.0,
    );
    gives(
        "class Pair<T, U> { constructor(public v: T, public f: (x: T) => U) { } } class A { a = 1; } class B extends A { } function held(p: Pair<A, number>): number { return p.f(p.v); }",
        "return held(new Pair(new B(), (x) => x.a));",
        1.0,
    );
    gives(
        "interface I<T> { v: T } class Cell<T> implements I<T> { constructor(public v: T) { } } class Under<T> extends Cell<T> { } class A { a = 1; } class B extends A { } function held(c: I<A>): number { return c.v.a; }",
        "return held(new Under(new B()));",
        1.0,
    );
    refused(
        "F0303",
        &format!("{classes} function held(c: Cell<B>): number {{ return c.v.b; }}"),
        "return held(new Cell(new A()));",
    );
}

#[test]
fn what_is_wanted_of_ever_new_types_is_refused() {
    refused(
        "F0328",
        "class N<T extends N<N<T>>> { } class M extends N<M> { }",
        "return 1;",
    );
    refused(
        "F0328",
        "type L<A, B extends L<L<{ x: A }, { x: B }>, L<{ x: A }, { x: B }>>> = { a: A };",
        "const l: L<number, number> | null = null; return 1;",
    );
    refused(
        "F0314",
        "type L<T = L> = { x: T };",
        "const l: L | null = null; return 1;",
    );
    refused(
        "F0314",
        "type L<T = M> = { x: T }; type M<T = (a: L, b: L) => L> = { x: T };",
        "const l: L | null = null; return 1;",
    );
    let twice: String = (1..40)
        .map(|i| {
            format!(
                "interface I{i}<T> extends I{}<T>, I{}<T> {{ }} ",
                i - 1,
                i - 1
            )
        })
        .collect();
    let source = format!(
        "interface I0<T> {{ x: T }} {twice} class C<T> implements I39<T> {{ x: T | null = null; }} export function main(): number {{ return 1; }}"
    );
    let shown = build(&source, LEVELS[0]).expect_err("each counts twice");
    assert!(shown.contains("error[F0901]"), "{shown}");
}

#[test]
fn types_that_do_not_fit_are_told() {
    let shown = refused(
        "F0327",
        "interface Named { name: string } function f<T extends Named>(x: T): string { return x.name; }",
        "return f({ size: 1 }).length;",
    );
    assert!(
        shown.contains("`{ size: number }` does not fit `T` of `f`"),
        "{shown}"
    );
    let shown = refused(
        "F0327",
        "class Box<T> { constructor(public x: T) { } }",
        "const b: Box = new Box(1); return b.x;",
    );
    assert!(
        shown.contains("takes 1 types") || shown.contains("takes 1 type"),
        "{shown}"
    );
    let shown = refused(
        "F0327",
        "function f<T>(): T[] { return []; }",
        "return f().length;",
    );
    assert!(
        shown.contains("nothing shows what `T` of `f` is"),
        "{shown}"
    );
    refused("F0327", "", "return Math.abs<number>(1);");
    refused(
        "F0327",
        "function f(x: number): number { return x; }",
        "return f<number>(1);",
    );
    refused(
        "F0327",
        "type N = number;",
        "const x: N<string> = 1; return x;",
    );
    refused(
        "F0303",
        "function f<T>(a: T, b: T): T { return a; }",
        "return f(1, \"\");",
    );
    refused(
        "F0321",
        "function f<T>(x: T): number { return x.size; }",
        "return f(\"\");",
    );
}

#[test]
fn forms_that_are_not_there_are_told() {
    refused(
        "F0209",
        "interface I { f<T>(x: T): T }",
        "const i: I | null = null; return 1;",
    );
    refused("F0209", "", "const f = <T>(x: T): T => x; return f(1);");
    refused(
        "F0209",
        "function f<T>(x: T): T { return x; }",
        "const g = f; return g(1);",
    );
    refused(
        "F0209",
        "class A { } class B<T> extends A { constructor(public x: T) { super(); } }",
        "const a: A = new B(1); return a instanceof B ? 1 : 0;",
    );
    refused(
        "F0220",
        "function f<K extends keyof Math>(k: K): number { return 1; }",
        "return f(1);",
    );
}

#[test]
fn declarations_that_nothing_uses_do_no_harm() {
    gives(
        "function f<T>(x: T): T { return x.unknown.member; } class C<T> { x: T[] = []; } type P<T> = { x: T }; interface I<T> extends P<T> { y: T }",
        "return 1;",
        1.0,
    );
}

#[test]
fn types_that_grow_without_end_are_refused() {
    let shown = refused(
        "F0328",
        "class Nest<T> { inner: Nest<T[]> | null = null; constructor(public x: T) { } }",
        "return new Nest(1).x;",
    );
    let times = format!("more than {INSTANCE_CHAIN_MAX} times in a row");
    assert!(shown.contains(&times), "{shown}");
    refused(
        "F0328",
        "type Deep<T> = { x: T; next: Deep<{ y: T }> | null };",
        "const d: Deep<number> | null = null; return 1;",
    );
    refused(
        "F0328",
        "function even<T>(x: T, n: number): number { return n < 1 ? 0 : odd({ x }, n - 1); } function odd<T>(x: T, n: number): number { return n < 1 ? 1 : even({ y: x }, n - 1); }",
        "return even(1, 9);",
    );
    let many: String = (0..=INSTANCES_MAX)
        .map(|i| format!("f({{ a{i}: 1 }}); "))
        .collect();
    let source = format!(
        "function f<T>(x: T): void {{ }} export function main(): number {{ {many} return 1; }}"
    );
    let shown = build(&source, LEVELS[0]).expect_err("too many");
    assert!(
        shown.contains(&format!("more than {INSTANCES_MAX} lists of types")),
        "{shown}"
    );
}
