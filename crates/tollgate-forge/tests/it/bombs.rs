//! Texts that ask for more than they are long: refused before the work is done, within the memory that is promised.

use tollgate_diagnostics::source::Bundle;
use tollgate_forge::codes::program::{INTERNAL, PROGRAM_TOO_LARGE};
use tollgate_forge::limits::{NAME_BYTES_MAX, SOURCE_BYTES_MAX};
use tollgate_forge::oracle::bombs::{BOMBS, Bomb};
use tollgate_forge::{Compiled, Level, Options, compile};

/// The memory that compiling 1 MiB of text may take.
const MEMORY_BYTES_MAX: u64 = 512 << 20;

fn compiled(text: &str, optimise: Level) -> Compiled {
    compile(&Bundle::single("a.ts", text), 0, Options { optimise })
}

fn is_refused_as_too_large(text: &str) -> bool {
    let compiled = compiled(text, Level::Speed);
    assert!(
        compiled.built.is_none() && compiled.diagnostics.iter().all(|d| d.code != INTERNAL),
        "{:?}",
        compiled.diagnostics.first()
    );
    compiled
        .diagnostics
        .iter()
        .any(|d| d.code == PROGRAM_TOO_LARGE)
}

fn bomb(name: &str) -> &'static Bomb {
    let mut found = BOMBS.iter().filter(|bomb| bomb.name == name);
    found.next().expect("there is a bomb of this name")
}

#[test]
fn what_expands_is_refused_before_it_takes_the_memory() {
    for name in [
        "spread",
        "spread of optional",
        "optional left out",
        "rest of the same object",
    ] {
        let text = bomb(name).of_bytes(SOURCE_BYTES_MAX);
        let mut refused = false;
        let allocated = allocation_counter::measure(|| refused = is_refused_as_too_large(&text));
        assert!(
            allocated.bytes_max <= MEMORY_BYTES_MAX,
            "{name}: {allocated:?}"
        );
        assert!(refused, "{name}");
    }
}

#[test]
fn what_is_refused_says_where_it_became_too_much() {
    let text = bomb("spread").of_bytes(SOURCE_BYTES_MAX);
    let refused = compiled(&text, Level::Speed);
    let first = refused.diagnostics.first().expect("it is refused");
    assert!(
        !first.labels.is_empty() && first.help.is_some(),
        "{first:?}"
    );
    assert_eq!(refused.diagnostics.len(), 1, "{:?}", refused.diagnostics);
}

#[test]
fn copies_that_a_program_may_make_are_made() {
    let properties: String = (0..1_000).map(|i| format!("p{i}: {i}, ")).collect();
    let copies: String = (0..20)
        .map(|i| format!("const c{i} = {{ ...o, p1: {i} }}; "))
        .collect();
    let text = format!("export function f(): void {{ const o = {{ {properties} }}; {copies} }}");
    assert!(compiled(&text, Level::Speed).built.is_some());
}

#[test]
fn each_bomb_of_a_small_size_is_built_or_refused_and_never_a_bug() {
    for bomb in BOMBS {
        let text = bomb.of_bytes(24_000);
        let compiled = compiled(&text, Level::Aggressive);
        let internal = compiled.diagnostics.iter().find(|d| d.code == INTERNAL);
        assert!(internal.is_none(), "{}: {internal:?}", bomb.name);
    }
}

#[test]
fn names_have_a_bound_wherever_they_go() {
    let fits = "a".repeat(NAME_BYTES_MAX);
    let long = "a".repeat(NAME_BYTES_MAX + 1);
    let uses: [fn(&str) -> String; 7] = [
        |name| format!("export function {name}(): void {{}}"),
        |name| format!("export const {name} = 1;"),
        |name| format!("export function f(): number {{ const {name} = 1; return {name}; }}"),
        |name| format!("function f(): void {{}} export {{ f as \"{name}\" }};"),
        |name| {
            format!(
                "declare module \"{name}\" {{ export function h(): void; }} import {{ h }} from \"{name}\"; export function f(): void {{ h(); }}"
            )
        },
        |name| {
            format!(
                "declare module \"m\" {{ export function {name}(): void; }} import {{ {name} }} from \"m\"; export function f(): void {{ {name}(); }}"
            )
        },
        |name| {
            format!(
                "export function f(): number {{ const o = {{ \"{name}\": 1 }}; return o.{name}; }}"
            )
        },
    ];
    for make in uses {
        let text = make(&fits);
        let built = compiled(&text, Level::Speed);
        assert!(
            built.built.is_some(),
            "{:.60}: {:?}",
            text,
            built.diagnostics
        );
        assert!(is_refused_as_too_large(&make(&long)), "{:.60}", make("a"));
        assert!(is_refused_as_too_large(&make(&"a".repeat(200_000))));
    }
}

#[test]
fn errors_that_are_not_shown_take_no_memory() {
    let name = "p".repeat(900);
    let properties: String = (0..8).map(|i| format!("{name}{i}: 1, ")).collect();
    let errors = "{ let q: i32 = o; } ".repeat(50_000);
    let text = format!("export function f(): void {{ const o = {{ {properties} }}; {errors} }}");
    let mut shown = 0;
    let allocated = allocation_counter::measure(|| {
        shown = compiled(&text, Level::Speed).diagnostics.len();
    });
    assert!(allocated.bytes_max <= MEMORY_BYTES_MAX / 2, "{allocated:?}");
    assert!(shown > 100, "{shown}");
}

#[test]
fn variables_that_may_lack_a_value_are_followed_in_time() {
    let text = bomb("variables without values").of_bytes(SOURCE_BYTES_MAX * 3 / 4);
    let begin = std::time::Instant::now();
    let built = compiled(&text, Level::Speed);
    let took = begin.elapsed();
    assert!(built.diagnostics.iter().all(|d| d.code != INTERNAL));
    assert!(took.as_secs() < 60, "{took:?}");
}
