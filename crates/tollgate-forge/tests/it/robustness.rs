//! Any text ends with a module that is valid or with a reason: no panic, no hang.

use crate::engine::{LEVELS, build, build_files};
use crate::rows::ROWS;

/// Numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % n.max(1)
    }
}

const PIECES: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    ":",
    "?",
    "=>",
    "=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "<",
    ">",
    ">>>",
    "&&",
    "||",
    "??",
    "?.",
    "...",
    "!",
    "~",
    "++",
    "--",
    "`",
    "${",
    "\"",
    "'",
    "\\",
    "#",
    "@",
    "\n",
    "0",
    "1e999",
    "0x",
    "1n",
    "NaN",
    "let",
    "const",
    "var",
    "function",
    "class",
    "enum",
    "type",
    "interface",
    "import",
    "export",
    "default",
    "from",
    "as",
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "case",
    "break",
    "continue",
    "return",
    "throw",
    "try",
    "typeof",
    "void",
    "new",
    "this",
    "async",
    "await",
    "yield",
    "number",
    "i32",
    "u64",
    "f32",
    "boolean",
    "Math",
    "E",
    "main",
    "x",
    "unreachable()",
    "é",
    "\u{2028}",
    "\u{feff}",
    "🂡",
];

#[test]
fn changed_programs_never_panic_and_never_make_an_invalid_module() {
    let mut random = Random(17);
    let rounds = if std::env::var_os("TOLLGATE_MUTATIONS").is_some() {
        10_000
    } else {
        1_500
    };
    for _ in 0..rounds {
        let row = &ROWS[random.below(ROWS.len())];
        let mut text = row.source();
        for _ in 0..=random.below(4) {
            let mut at = random.below(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match random.below(4) {
                0 => text.insert_str(at, PIECES[random.below(PIECES.len())]),
                1 => text.truncate(at),
                2 => {
                    let mut end = (at + random.below(12)).min(text.len());
                    while !text.is_char_boundary(end) {
                        end += 1;
                    }
                    text.replace_range(at..end, PIECES[random.below(PIECES.len())]);
                }
                _ => {
                    let other = ROWS[random.below(ROWS.len())].source();
                    text.push_str(&other);
                }
            }
        }
        // An invalid module would be F0999, which is no answer.
        if let Err(shown) = build(&text, LEVELS[random.below(LEVELS.len())]) {
            assert!(!shown.contains("F0999"), "{text}\n{shown}");
        }
    }
}

#[test]
fn deep_and_long_texts_end_soon() {
    let n = 200_000;
    let texts = [
        "(".repeat(n),
        "{".repeat(n),
        "-".repeat(n),
        "!".repeat(n),
        "a=".repeat(n),
        "a?b:".repeat(n),
        "x=>".repeat(n),
        "if(1)".repeat(n),
        "a<".repeat(n),
        "a.".repeat(n),
        "`${".repeat(n),
        format!("export const x = 1{};", " + 1".repeat(n)),
        format!("export const x = a{};", "[0]".repeat(n)),
        format!("export const x = a{};", "()".repeat(n)),
        format!("export const x = a{};", "!".repeat(n)),
        format!("type T = A{};", "[]".repeat(n)),
        format!("let x = 1;{}", "x;".repeat(n)),
        "let a: any;".repeat(10_000),
        "/*".repeat(n),
        "\"".repeat(n),
    ];
    for text in texts {
        let shown = build(&text, LEVELS[2]).err().unwrap_or_default();
        assert!(!shown.contains("F0999"), "{}", &text[..30]);
    }
}

#[test]
fn texts_at_the_limit_of_nesting_are_parsed_in_time() {
    let n = 120;
    let texts = [
        format!("export const x = {}1{};", "(".repeat(n), ")".repeat(n)),
        format!("export const x = {}1;", "(a, b = ".repeat(n)),
        format!("export const x = {}1;", "a ? (b) : ".repeat(n / 2)),
        format!("export const x = {}1;", "a ? (b) => ".repeat(n / 2)),
        format!("export const x = {}1;", "(a ? b : c) => (".repeat(n / 3)),
        format!("export const x = {}1;", "async (a = ".repeat(n / 2)),
        format!("export const x = {}1;", "a < (b > (".repeat(n / 3)),
        format!("export const x = {}1;", "f<(a".repeat(n / 2)),
        format!("export const x = {}1;", "<T>(a".repeat(n / 2)),
        format!("type T = {}1;", "A<(".repeat(n / 2)),
        format!("type T = {}1;", "(a: ".repeat(n / 2)),
        "{ if (1) ".repeat(n / 2),
    ];
    for text in texts {
        let shown = build(&text, LEVELS[2]).err().unwrap_or_default();
        assert!(!shown.contains("F0999"), "{}", &text[..30]);
    }
}

#[test]
fn what_is_as_deep_as_it_may_be_is_compiled_on_a_small_stack() {
    let sum = format!("let x = 1; return x{};", " + x".repeat(300));
    let blocks = format!(
        "{}{}{}",
        "{ if (1) ".repeat(50),
        "{ x = x + 1; }",
        "}".repeat(50)
    );
    let cases: String = (0..256).map(|n| format!("case {n}: x = {n}; ")).collect();
    let inferred: String = (0..40)
        .map(|n| {
            format!(
                "function f{n}() {{ {} return f{}(); {} }}\n",
                "if (1) {".repeat(40),
                n + 1,
                "}".repeat(40)
            )
        })
        .collect();
    let texts = [
        format!("export function f(): number {{ {sum} }}"),
        format!("let x = 1; export function f(): void {{ {blocks} }}"),
        format!("let x = 1; export function f(y: number): void {{ switch (y) {{ {cases} }} }}"),
        format!(
            "{inferred} function f40() {{ return 1; }} export function main() {{ return f0(); }}"
        ),
    ];
    for (at, text) in texts.into_iter().enumerate() {
        for level in LEVELS {
            let built = build(&text, level);
            // The last one is refused: its functions together are too deep.
            assert_eq!(
                built.is_ok(),
                at < 3,
                "{at}: {}",
                built.err().unwrap_or_default()
            );
        }
    }
}

#[test]
fn export_stars_that_multiply_are_followed_once() {
    let files: Vec<(String, String)> = (0..90)
        .map(|n| {
            let next = format!(
                "export * from \"./f{}\"; export * from \"./f{}\";",
                n + 1,
                n + 1
            );
            (
                format!("f{n}.ts"),
                if n == 89 {
                    "export const a = 1;".to_owned()
                } else {
                    next
                },
            )
        })
        .collect();
    let mut list: Vec<(&str, &str)> = vec![(
        "main.ts",
        "import { a, missing } from \"./f0\"; export function f(): number { return a; }",
    )];
    list.extend(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    );
    let shown = build_files(&list, LEVELS[0]).expect_err("one import is missing");
    assert!(shown.contains("F0404"), "{shown}");
}

#[test]
fn names_that_are_meant_are_looked_for_only_where_they_are_shown() {
    let n = 10_000;
    let of = |piece: &dyn Fn(usize) -> String| (0..n).map(piece).collect::<String>();
    let members = of(&|i| format!("member{i}, "));
    let variables = of(&|i| format!("let variable{i} = 1; "));
    let texts = [
        format!(
            "enum E {{ {members} }}\n{}",
            of(&|i| format!("E.membre{i};\n"))
        ),
        format!("{variables}\n{}", of(&|i| format!("variabel{i};\n"))),
        format!(
            "{variables}\n{}",
            of(&|i| format!("let w{i}: variabel{i};\n"))
        ),
        format!(
            "{variables}\nexport {{ {} }};",
            of(&|i| format!("variabel{i}, "))
        ),
    ];
    for text in texts {
        let begin = std::time::Instant::now();
        let shown = build(&text, LEVELS[0]).expect_err("no such name is there");
        assert!(shown.contains("more errors"), "{shown:.300}");
        let took = begin.elapsed();
        assert!(took.as_secs() < 20, "{took:?} {}", &text[text.len() - 30..]);
    }
}

#[test]
fn what_inner_functions_see_is_noted_once_for_all_of_them() {
    let variables: String = (0..30_000).map(|i| format!("let v{i} = 1; ")).collect();
    for block in ["{ } ", "{ function f() { } } "] {
        let blocks = block.repeat(24_000);
        let text = format!("export function main(): void {{ {variables} {blocks} }}");
        let begin = std::time::Instant::now();
        build(&text, LEVELS[0]).unwrap_or_else(|shown| panic!("{shown:.300}"));
        let took = begin.elapsed();
        assert!(took.as_secs() < 20, "{took:?} {block}");
    }
}
