//! Classes: programs that do the same as in Node, what ends them, and what is refused.

use crate::engine::{LEVELS, build, call, f64_of, value};
use crate::node::same_as_in_node;

#[test]
fn objects_come_to_their_values_in_the_order_of_node() {
    same_as_in_node(include_str!("../classes/order.js"));
}

#[test]
fn an_interpreter_of_classes_is_that_of_node() {
    same_as_in_node(include_str!("../classes/interpreter.js"));
}

#[test]
fn an_inventory_with_inheritance_is_that_of_node() {
    same_as_in_node(include_str!("../classes/inventory.js"));
}

#[test]
fn a_queue_of_events_is_that_of_node() {
    same_as_in_node(include_str!("../classes/queue.js"));
}

/// Classes, and statements that return a number.
fn program(classes: &str, statements: &str) -> String {
    format!("{classes} export function main(): number {{ {statements} }}")
}

fn gives(classes: &str, statements: &str, expected: f64) {
    let source = program(classes, statements);
    assert_eq!(f64_of(&value(&source)), expected, "{source}");
}

/// JavaScript goes on with `undefined`, or throws.
fn ends(classes: &str, statements: &str) {
    let source = program(classes, statements);
    for level in LEVELS {
        let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let trap = call(&wasm, "main", &[]).expect_err(&source);
        assert!(trap.contains("unreachable"), "{source}: {trap}");
    }
}

/// The whole text of what is wrong, which has this code and no other.
fn refused(code: &str, classes: &str, statements: &str) -> String {
    let source = program(classes, statements);
    let shown = build(&source, LEVELS[0]).expect_err(&source);
    let errors: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("error["))
        .collect();
    let expected = format!("error[{code}]");
    assert!(
        errors.iter().all(|line| line.starts_with(&expected)),
        "{source}\n{shown}"
    );
    assert_eq!(errors.len(), 1, "{source}\n{shown}");
    assert!(shown.contains("= help: "), "{source}\n{shown}");
    shown
}

#[test]
fn a_field_that_is_read_before_it_has_a_value_ends_the_program() {
    let early = "class A { constructor() { this.show(); } show(): number { return 0; } } class B extends A { x = 5; show(): number { return this.x; } }";
    ends(early, "return new B().x;");
    gives(early, "return new A().show();", 0.0);
    let branch = "class A { x: number; constructor(c: boolean) { if (c) this.x = 1; } }";
    ends(branch, "return new A(false).x;");
    gives(branch, "return new A(true).x;", 1.0);
    ends("class A { x!: number; }", "return new A().x;");
    gives(
        "class A { x!: number; }",
        "const a = new A(); a.x = 3; return a.x++ + a.x;",
        7.0,
    );
    ends("class A { a = this.b; b = 1; }", "return new A().a;");
    ends(
        "class A { a = this.f(); b = 1; f(): number { return this.b; } }",
        "return new A().a;",
    );
    ends(
        "class A { y = this.x; constructor(public x: number) { } }",
        "return new A(1).y;",
    );
    ends(
        "class A { x: number; f = (): number => this.x; constructor() { this.f(); this.x = 1; } }",
        "return new A().x;",
    );
    ends(
        "class A { x: number; constructor(n: number) { if (n > 1) return; this.x = n; } }",
        "return new A(1).x + new A(2).x;",
    );
    ends(
        "class A { x: number; y: number; constructor() { this.y = this.x; this.x = 1; } }",
        "return new A().y;",
    );
    ends(
        "let last: A | null = null; class A { x: number; constructor() { last = this; f(); this.x = 1; } } function f(): number { return last!.x; }",
        "return new A().x;",
    );
}

#[test]
fn a_field_that_may_be_undefined_is_until_it_has_a_value() {
    let early = "class A { seen = 0; constructor() { this.look(); } look(): void { } } class B extends A { x?: number; y: number | undefined = 2; look(): void { this.x = 7; this.seen = this.y ?? -1; } }";
    gives(
        early,
        "const b = new B(); return (b.x ?? 50) + (b.y ?? 100) * 10 + b.seen;",
        69.0,
    );
}

#[test]
fn a_field_with_a_word_for_its_value_counts_from_the_first_value_again() {
    // The field begins anew when the constructor of the other class is done.
    let again = "class A { constructor() { this.set(); } set(): void { } } class B extends A { x!: number; set(): void { this.x = 7; } }";
    ends(again, "return new B().x;");
}

#[test]
fn what_no_object_is_ends_the_program() {
    let pair = "class A { x = 1; } class B extends A { y = 2; } class C extends A { z = 3; }";
    gives(pair, "const a: A = new B(); return (a as B).y;", 2.0);
    ends(pair, "const a: A = new C(); return (a as B).y;");
    ends(
        "class A { set x(v: number) { } }",
        "const a = new A(); a.x += 1; return 1;",
    );
    let narrowed = "class A { } class B extends A { x = 1; } let a: A = new B(); function swap(): void { a = new A(); }";
    ends(
        narrowed,
        "if (a instanceof B) { swap(); return a.x; } return 0;",
    );
}

#[test]
fn what_a_test_finds_out_is_known_until_it_changes() {
    let pair = "class A { x = 1; } class B extends A { y = 2; } class C extends B { z = 3; } interface S { x: number } class D implements S { x = 9; w = 10; }";
    gives(
        pair,
        "const list: (A | null)[] = [new A(), new B(), null, new C()]; let n = 0; for (const a of list) { if (a instanceof C) n += a.z * 100; else if (a instanceof B && a.y === 2) n += a.y * 10; else if (a) n += a.x; } return n;",
        321.0,
    );
    gives(
        pair,
        "const a: A = new C(); if (!(a instanceof B)) return 0; return a.y + (a instanceof C ? a.z : 0);",
        5.0,
    );
    gives(
        pair,
        "const list: S[] = [{ x: 1 }, new D()]; let n = 0; for (const s of list) n += s instanceof D ? s.w : s.x; return n;",
        11.0,
    );
    refused(
        "F0321",
        pair,
        "let a: A = new B(); if (a instanceof B) { a = new A(); return a.y; } return 0;",
    );
    gives(
        pair,
        "const a = new A(); return a instanceof D ? 1 : 0;",
        0.0,
    );
    refused("F0318", pair, "const a = 1; return a instanceof D ? 1 : 0;");
}

#[test]
fn this_and_super_stand_where_they_have_a_meaning() {
    refused(
        "F0323",
        "class A { x = 1; } class B extends A { y = 2; constructor(c: boolean) { if (c) return; super(); } }",
        "return new B(true).y;",
    );
    refused(
        "F0323",
        "class A { x = 1; } class B extends A { y: number; constructor() { this.y = 1; super(); } }",
        "return 1;",
    );
    refused(
        "F0323",
        "class A { x = 1; } class B extends A { constructor() { } }",
        "return 1;",
    );
    refused(
        "F0323",
        "class A { x = 1; } class B extends A { constructor(c: boolean) { if (c) super(); else super(); } }",
        "return 1;",
    );
    refused(
        "F0323",
        "class A { x = 1; } class B extends A { constructor() { const f = (): number => this.x; super(); } }",
        "return 1;",
    );
    refused(
        "F0323",
        "class A { constructor(x: number) { } } class B extends A { constructor() { super(this.f()); } f(): number { return 1; } }",
        "return 1;",
    );
    refused(
        "F0323",
        "class A { constructor() { super(); } }",
        "return 1;",
    );
    refused(
        "F0323",
        "class A { f(): number { return super.f(); } }",
        "return 1;",
    );
    refused("F0201", "", "return this.x;");
    refused(
        "F0201",
        "class A { static n = 1; static f(): number { return this.n; } }",
        "return A.f();",
    );
    refused(
        "F0201",
        "class A { x = 1; f(): number { function g(): number { return this.x; } return g(); } }",
        "return 1;",
    );
    refused(
        "F0201",
        "class A { x = 1; f(): number { return [1].map(function (n) { return this.x; })[0]; } }",
        "return 1;",
    );
    refused(
        "F0201",
        "class A { x = 1; f(): number { const o = { g(): number { return this.x; } }; return o.g(); } }",
        "return 1;",
    );
}

#[test]
fn what_a_class_says_of_others_is_looked_at() {
    let shape = "abstract class S { abstract area(): number; get double(): number { return this.area() * 2; } }";
    refused(
        "F0325",
        &format!("{shape} class B extends S {{ }}"),
        "return 1;",
    );
    refused("F0325", shape, "return new S().area();");
    refused(
        "F0325",
        &format!("{shape} class B extends S {{ area(): number {{ return super.area(); }} }}"),
        "return 1;",
    );
    gives(
        &format!("{shape} class B extends S {{ area(): number {{ return 4; }} }}"),
        "const s: S = new B(); return s.double;",
        8.0,
    );
    refused(
        "F0324",
        "class A { f(): number { return 1; } } class B extends A { f(): string { return ''; } }",
        "return 1;",
    );
    refused(
        "F0324",
        "class A { f(x: number): number { return x; } } class B extends A { f(x: string): number { return 1; } }",
        "return 1;",
    );
    refused(
        "F0324",
        "class A { f(): number { return 1; } } class B extends A { f = 1; }",
        "return 1;",
    );
    refused(
        "F0324",
        "class A { x = 1; } class B extends A { x: number; constructor() { super(); this.x = 2; } }",
        "return 1;",
    );
    refused(
        "F0324",
        "class A { get x(): number { return 1; } set x(v: number) { } } class B extends A { get x(): number { return 2; } }",
        "return 1;",
    );
    refused(
        "F0324",
        "class A { f() { return this; } } class B extends A { f(): B { return new B(); } }",
        "return 1;",
    );
    refused(
        "F0326",
        "interface N { name: string } class A implements N { size = 1; }",
        "return 1;",
    );
    refused(
        "F0326",
        "interface N { name: string } class A implements N { name = 1; }",
        "return 1;",
    );
    refused(
        "F0314",
        "class A extends B { } class B extends A { }",
        "return 1;",
    );
    refused("F0201", "const x = 1; class A extends x { }", "return 1;");
    refused("F0201", "function f(): void { class A { } }", "return 1;");
    refused("F0201", "", "const C = class { }; return 1;");
    refused("F0201", "class A { } const b = A;", "return 1;");
    refused("F0311", "class A { x: number; }", "return 1;");
    refused("F0302", "class A { x = 1; x(): void { } }", "return 1;");
    refused(
        "F0303",
        "interface N { x: number } class A { x = 1; } function f(n: N): number { return n.x; }",
        "return f(new A());",
    );
    refused(
        "F0303",
        "class A { x = 1; }",
        "const a: A = { x: 1 }; return a.x;",
    );
    refused(
        "F0321",
        "class A { x = 1; static y = 2; }",
        "return new A().y;",
    );
    refused("F0321", "class A { #x = 1; }", "return new A().#x;");
    refused(
        "F0205",
        "class A { f(): number { return 1; } }",
        "const f = new A().f; return f();",
    );
    refused(
        "F0205",
        "interface I { f(): number } class A implements I { f(): number { return 1; } }",
        "const i: I = new A(); const f = i.f; return f();",
    );
    refused(
        "F0306",
        "class A { constructor(x: number) { } } class B extends A { }",
        "new B(); return 1;",
    );
    refused(
        "F0309",
        "class A { get x(): number { return 1; } }",
        "new A().x = 2; return 1;",
    );
    refused(
        "F0309",
        "class A { static n = 1; } class B extends A { }",
        "B.n = 2; return 1;",
    );
}

#[test]
fn classes_are_declared_before_they_are_used() {
    refused(
        "F0320",
        "const a = new A(); class A { x = 1; }",
        "return a.x;",
    );
    refused(
        "F0320",
        "const a = make(); function make(): A { return new A(); } class A { x = 1; }",
        "return a.x;",
    );
    refused(
        "F0320",
        "class B extends A { } class A { x = 1; }",
        "return new B().x;",
    );
    refused(
        "F0320",
        "class A { static a = A.f(); static b = 5; static f(): number { return A.b; } }",
        "return A.a;",
    );
    gives(
        "function make(): A { return new A(); } class A { static one = new A(); x = 1; } const a = make();",
        "return a.x + A.one.x;",
        2.0,
    );
}

#[test]
fn members_that_are_declared_again_are_called_with_fewer_arguments_and_other_types() {
    let classes = "class A { f(x: number, by = 2): number | null { return x * by; } make(): A { return this; } } \
                   class B extends A { f(x: number, by = 5, more = 1): number { return x + by + more; } make(): B { return new B(); } } \
                   class C extends A { f(): number { return 7; } }";
    gives(
        classes,
        "const list: A[] = [new A(), new B(), new C()]; let n = 0; for (const a of list) n = n * 100 + (a.f(10) ?? 0) + (a.make().f(1, 3) ?? 0); return n;",
        232_114.0,
    );
    gives(
        "interface I { f(x: number, y?: number): number; n: number } class A implements I { n = 1; f = (x: number, y?: number): number => x + (y ?? 10) + this.n; } class B implements I { f(x: number): number { return x * 100; } get n(): number { return 5; } set n(v: number) { } }",
        "const list: I[] = [new A(), new B(), { n: 2, f: (x) => x }]; let n = 0; for (const i of list) { i.n += 1; n += i.f(1) + i.f(2, 3) + i.n; } return n;",
        333.0,
    );
}

#[test]
fn classes_of_other_files_are_extended_made_and_looked_for() {
    let files = [
        (
            "example.ts",
            "import Shape, { Square as Box } from './shape'; import * as shapes from './shape'; export { Box }; \
             class Cube extends Box { constructor(side: number) { super(side); } area(): number { return super.area() * 6; } } \
             class Dot extends shapes.Square { constructor() { super(0); } } \
             export function main(): number { const list: Shape[] = [new Cube(2), new shapes.Square(3), new Dot()]; let n = 0; \
             for (const s of list) n = n * 100 + s.area() + (s instanceof Box ? 1 : 0) + (s instanceof Cube ? 1 : 0); return n * 10 + shapes.Square.made; }",
        ),
        (
            "shape.ts",
            "export default abstract class Shape { abstract area(): number; } \
             export class Square extends Shape { static made = 0; constructor(private side: number) { super(); Square.made++; } area(): number { return this.side ** 2; } }",
        ),
    ];
    let found = crate::engine::values(&files, "main", &[]);
    assert_eq!(f64_of(&found), 2_610_013.0);
}

#[test]
fn lines_of_classes_and_their_fields_have_a_bound() {
    let line = |count: usize| -> String {
        let more = (1..count).map(|at| format!("class C{at} extends C{} {{ }} ", at - 1));
        format!("class C0 {{ x = 1; }} {}", more.collect::<String>())
    };
    gives(&line(100), "return new C99().x;", 1.0);
    refused("F0901", &line(101), "return 1;");
    let fields = |count: usize| -> String {
        let list = (0..count).map(|at| format!("f{at} = {at}; "));
        format!("class C {{ {} }}", list.collect::<String>())
    };
    gives(&fields(1_000), "return new C().f999;", 999.0);
    refused("F0901", &fields(1_001), "return 1;");
}
