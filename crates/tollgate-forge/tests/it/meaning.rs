//! Programs that do the same as in Node: the order in which things are evaluated, and what happens at the borders of values.

use crate::engine::{LEVELS, build};
use crate::node::{self, ends_the_program};

/// Runs statements that return a text in Node and in modules of every level; all agree.
fn same_as_in_node(statements: &str) {
    node::same_as_in_node(&format!(
        "export function handle(s/*: string*/)/*: string*/ {{ {statements} }}"
    ));
}

#[test]
fn a_limit_of_split_is_taken_to_32_bits() {
    for limit in [
        "Infinity",
        "-Infinity",
        "NaN",
        "-1",
        "4294967297",
        "4294967295",
        "1.9",
        "0",
    ] {
        same_as_in_node(&format!("return `${{\"a,b,c\".split(\",\", {limit})}}`;"));
        same_as_in_node(&format!("return `${{\"abc\".split(\"\", {limit})}}`;"));
    }
    same_as_in_node("return `${\"a,b,c\".split(\",\")}`;");
}

#[test]
fn a_capital_sigma_ends_a_word_as_in_node_beside_characters_of_every_plane() {
    // The first and the last of what is passed over or has case above U+1E943, and their neighbours that are neither.
    let points = [
        0x1_e943, 0x1_e944, 0x1_e94a, 0x1_e94c, 0x1_f12f, 0x1_f130, 0x1_f149, 0x1_f150, 0x1_f189,
        0x1_f18a, 0x1_f3fa, 0x1_f3fb, 0x1_f3ff, 0x1_f400, 0xe_0000, 0xe_0001, 0xe_001f, 0xe_0020,
        0xe_007f, 0xe_0080, 0xe_00ff, 0xe_0100, 0xe_01ef, 0xe_01f0,
    ];
    let mut sums = Vec::new();
    for point in points {
        for (before, behind) in [("AΣ", "B"), ("AΣ", ""), ("", "Σ"), ("A", "Σ")] {
            sums.push(format!(
                "(\"{before}\" + String.fromCodePoint({point}) + \"{behind}\").toLowerCase()"
            ));
        }
    }
    same_as_in_node(&format!("return [{}].join(\" \");", sums.join(", ")));
}

#[test]
fn concat_adds_what_is_in_an_array_or_is_refused() {
    for list in ["[2, 3]", "[[2]], [3]", "[2].map((x) => x)"] {
        let text =
            format!("export function main(): number {{ return [[1]].concat({list}).length; }}");
        let shown = build(&text, LEVELS[0]).expect_err("JavaScript adds numbers");
        assert!(
            shown.contains("F0204") && shown.contains("`[[2, 3]]`"),
            "{shown}"
        );
    }
    same_as_in_node("const a = [[1]]; return `${a.concat([[2, 3]], a).length}`;");
    same_as_in_node("const a = [[1]]; a.push([2, 3]); return `${a.length}${a}`;");
}

#[test]
fn all_arguments_of_concat_are_computed_before_an_array_is_copied() {
    same_as_in_node("const a = [1]; return `${a.concat([a.push(5)])}`;");
    same_as_in_node("const a = [1], b = [2]; return `${a.concat(b, a, [b.push(3)], a.push(4))}`;");
    same_as_in_node("const a = [1]; return `${[...a, a.push(5), ...a]}`;");
}

#[test]
fn concat_takes_what_is_spread() {
    for statements in [
        "const a = [1], lists/*: number[][]*/ = [[2, 3], [], [4]]; return `${a.concat(...lists)} ${a.concat(5, ...lists, 6, [7], ...a)}`;",
        "const a = [[1]], b = [[2], [3]]; return `${a.concat(...[b, a]).length}`;",
        "const a = [\"x\"]; return a.concat(...\"yz\", ...new Set([\"w\"])).join();",
        "const a = [1], lists = [[2]]; return `${a.concat(...lists, [lists.push([9])], lists[0].push(5))}`;",
        "const lists/*: number[][]*/ = []; return `${[1].concat(...lists).length}`;",
    ] {
        same_as_in_node(statements);
    }
    for (arguments, code) in [
        ("[[1]].concat(...[[2], [3]])", "F0204"),
        ("[1].concat(...[\"a\"])", "F0303"),
        ("[1].concat(...[[[2]]])", "F0303"),
    ] {
        let text = format!("export function main(): number {{ return {arguments}.length; }}");
        let shown = build(&text, LEVELS[0]).expect_err(arguments);
        assert!(shown.contains(code), "{arguments}: {shown}");
    }
}

#[test]
fn a_queue_has_its_elements_in_their_order_whatever_is_done_to_it() {
    for ty in ["number", "u8", "i64", "string"] {
        let value = |x: &str| match ty {
            "string" => format!("`${{{x}}}`"),
            "number" => x.to_owned(),
            ty => format!("{ty}({x})"),
        };
        let statements = format!(
            "const q/*: {ty}[]*/ = []; let out = \"\"; let seed = 7;
            for (let i = 0; i < 3000; i++) {{
                seed = (seed * 1103 + 12345) % 65536;
                const x = {};
                switch (seed % 11) {{
                    case 0: case 1: case 2: q.push(x); break;
                    case 3: case 4: case 5: {{ const y = q.shift(); out += y === undefined ? \"-\" : `${{y}}`; break; }}
                    case 6: q.unshift(x); break;
                    case 7: q.unshift(x, x); q.shift(); break;
                    case 8: q.push(...q.slice(0, 2)); break;
                    case 9: {{ const y = q.pop(); out += `${{y}}`; break; }}
                    default: if (q.length > 40) q.splice(3, 30, x); else q.splice(1, 0, x, x);
                }}
                if (i % 100 === 0) out += `|${{q}}`;
                if (i % 500 === 499) q.length = 0;
            }} return out;",
            value("seed % 200")
        );
        let statements = match ty {
            "number" | "string" => statements,
            _ => statements.replace(&value("seed % 200"), &format!("/*{ty}(*/seed % 200/*)*/")),
        };
        same_as_in_node(&statements);
    }
}

#[test]
fn find_index_ends_the_program_where_elements_went_away_before_it_came_to_them() {
    ends_the_program(
        "const a = [1, 2, 3]; return a.findIndex((x) => { a.length = 1; return x === 9; });",
    );
    ends_the_program(
        "const a = [1, 2, 3]; return a.findIndex((x) => { a.pop(); return x === 3; });",
    );
    same_as_in_node(
        "const a = [1, 2, 3]; return `${a.findIndex((x) => { a.pop(); return x === 2; })}`;",
    );
    same_as_in_node(
        "const a = [1, 2, 3]; return `${a.findIndex((x) => { a.push(9); return x === 9; })}`;",
    );
}

#[test]
fn methods_that_pass_over_what_is_not_there_end_with_the_elements() {
    for (callback, start) in [
        ("a.every((x) => { n++; a.length = 1; return x > 0; })", ""),
        ("a.some((x) => { n++; a.length = 1; return x > 2; })", ""),
        ("a.filter((x) => { n++; a.pop(); return x > 0; })", ""),
        ("a.reduce((s, x) => { n++; a.pop(); return s + x; }", ", 0)"),
        ("a.reduce((s, x) => { n++; a.pop(); return s + x; }", ")"),
    ] {
        same_as_in_node(&format!(
            "let n = 0; const a = [1, 2, 3]; const b = {callback}{start}; return `${{b}} ${{n}} ${{a}}`;"
        ));
    }
    same_as_in_node(
        "let n = 0; const a = [1, 2, 3]; a.forEach((x) => { n += x; a.pop(); }); return `${n} ${a}`;",
    );
    ends_the_program("const a = [1, 2, 3]; return a.map((x) => { a.pop(); return x; }).length;");
}

#[test]
fn an_array_that_is_added_to_a_text_is_read_after_both_are_computed() {
    same_as_in_node("const a = [1]; return a + `${a.push(2)}`;");
    same_as_in_node("const a = [1]; return `${a.push(2)}` + a + `${a.push(3)}`;");
    same_as_in_node("const a = [1]; return \"x\" + a + `${a.push(3)}`;");
    same_as_in_node("const a = [[1], [2]]; return a + (\"x\" + a[0].push(2));");
}

#[test]
fn an_array_in_a_template_is_read_before_what_follows_is_computed() {
    same_as_in_node("const a = [1]; return `${a}-${a.push(2)}-${a}`;");
}

#[test]
fn properties_are_computed_in_the_order_they_are_written_before_the_object_is_there() {
    same_as_in_node(
        "let n = 0; const o /*: { b: number; a: number } */ = { b: n++, a: n++ }; return `${o.a} ${o.b} ${n}`;",
    );
    same_as_in_node(
        "let n = 1; const o = { x: n, y: (n = 5), z: n }; return `${o.x} ${o.y} ${o.z}`;",
    );
    same_as_in_node(
        "const a = [1]; const o = { a, n: a.push(2), m: a.length }; a.push(3); return `${o.a} ${o.n} ${o.m}`;",
    );
}

#[test]
fn a_property_is_found_before_its_value_is_computed() {
    same_as_in_node(
        "let o = { x: 1 }; const p = o; o.x = (o = { x: 7 }).x + 1; return `${o.x} ${p.x}`;",
    );
    same_as_in_node(
        "let o = { x: 1 }; const p = o; o.x += (o = { x: 7 }).x; return `${o.x} ${p.x}`;",
    );
    same_as_in_node(
        "const o = { x: 1 }; const v = (o.x = 4) + o.x++ * ++o.x - o.x--; return `${v} ${o.x}`;",
    );
    same_as_in_node(
        "const o = { x: 0, s: \"\", b: false }; o.x ||= 5; o.s ||= \"a\"; o.b &&= true; o.s += o.x; return `${o.x} ${o.s} ${o.b}`;",
    );
}

#[test]
fn an_object_is_the_same_wherever_it_is_passed() {
    same_as_in_node(
        "/* interface P { x: number; name: string } */
         function moved(p /*: P */, by /*: number */) /*: P */ { p.x += by; return p; }
         function copy(p /*: P */) /*: P */ { return { name: p.name, x: p.x }; }
         const a /*: P */ = { x: 1, name: \"a\" };
         const b = moved(a, 2), c = copy(b);
         c.name = \"c\";
         return `${a === b} ${a == c} ${b !== c} ${a.x} ${c.x} ${a.name} ${c.name} ${a} ${typeof a}`;",
    );
    same_as_in_node(
        "const shared = { n: 0 }; const list = [{ o: shared }, { o: shared }, { o: { n: 9 } }];
         list[0].o.n++; list[1].o.n += 10;
         return `${shared.n} ${list.map((e) => e.o.n)} ${list[0].o === list[1].o} ${list.map((e) => e.o).indexOf(shared)} ${list}`;",
    );
}

#[test]
fn objects_are_sorted_filtered_and_summed_as_people_do() {
    same_as_in_node(
        "/* interface Item { name: string; price: number; tags: string[] } */
         /* interface Order { items: Item[]; open: boolean } */
         function total(o /*: Order */) /*: number */ { return o.items.reduce((sum, i) => sum + i.price, 0); }
         function named(o /*: Order */, tag /*: string */) /*: string */ {
           return o.items.filter((i) => i.tags.includes(tag)).map((i) => i.name).join(\"+\");
         }
         const order /*: Order */ = { open: true, items: [] };
         order.items.push({ name: \"tea\", price: 2.5, tags: [\"hot\", \"drink\"] });
         order.items.push({ tags: [], price: 1, name: \"bread\" });
         order.items.push({ name: \"milk\", price: 0.5, tags: [\"drink\"] });
         order.items.sort((a, b) => a.price - b.price);
         const dear = order.items.findIndex((i) => i.price > 2);
         for (const item of order.items) item.price *= 2;
         order.open = order.items.some((i) => i.price > 100);
         return `${total(order)} ${named(order, \"drink\")} ${dear} ${order.open} ${order.items.map((i) => i.name)}`;",
    );
}
