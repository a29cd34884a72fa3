//! The table of docs/typescript.md: each row is compiled, and does what the row says.

use std::fmt::Write as _;
use std::path::Path;

use crate::engine::{LEVELS, build, call, f64_of, value};
use crate::rows::{ROWS, Row, Says};

#[test]
fn every_row_of_the_table_is_true() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let source = row.source();
        match row.says {
            Says::Works(expected) | Says::Differs(expected, _) => {
                let found = f64_of(&value(&source));
                if found.to_bits() != expected.to_bits() && !(found.is_nan() && expected.is_nan()) {
                    wrong.push(format!("{}: {found} instead of {expected}", row.example));
                }
            }
            Says::Traps(_) => {
                for level in LEVELS {
                    let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
                    if call(&wasm, "main", &[]).is_ok() {
                        wrong.push(format!("{}: no trap", row.example));
                    }
                }
            }
            Says::Refused(code) => match build(&source, LEVELS[0]) {
                Ok(_) => wrong.push(format!("{}: compiled", row.example)),
                Err(shown) if !shown.contains(&format!("error[{code}]")) => {
                    wrong.push(format!("{}: not {code} but\n{shown}", row.example));
                }
                Err(_) => {}
            },
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_has_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/typescript.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (begin, end) = ("<!-- table -->\n", "<!-- end of table -->\n");
    let (head, rest) = page.split_once(begin).expect("where the table begins");
    let (_, tail) = rest.split_once(end).expect("where the table ends");
    let expected = format!("{head}{begin}{}{end}{tail}", table());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &expected).expect("the page is written");
        return;
    }
    assert!(
        page == expected,
        "docs/typescript.md is out of date: UPDATE=1 cargo test -p tollgate-forge"
    );
}

fn table() -> String {
    let mut out = String::new();
    let mut group = "";
    for row in ROWS {
        if row.group != group {
            group = row.group;
            write!(out, "\n### {group}\n\n| example | |\n|---|---|\n").expect("a string");
        }
        writeln!(
            out,
            "| `{}` | {} |",
            row.example.replace('|', "\\|"),
            says(row)
        )
        .expect("a string");
    }
    out.push('\n');
    out
}

fn says(row: &Row) -> String {
    match row.says {
        Says::Works(_) => "works".to_owned(),
        Says::Differs(_, how) | Says::Traps(how) => format!("differs: {how}"),
        Says::Refused(code) => format!("refused, {code}"),
    }
}
