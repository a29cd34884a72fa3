//! The formatter changes nothing but the look of a program, and a second run changes nothing at all.

use proptest::prelude::*;

use tollgate_ecl::syntax::parser::parse;
use tollgate_ecl::tools::format::format;

use super::{cases, mutation};

/// The tree without places.
fn shape(text: &str) -> String {
    let tree = format!("{:?}", parse(0, text).file);
    let mut parts = tree.split("Span { ");
    let mut shape = parts.next().unwrap_or("").to_owned();
    for part in parts {
        shape.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    shape
}

fn comments(text: &str) -> Vec<String> {
    let parsed = parse(0, text);
    let slices = parsed
        .comments
        .iter()
        .map(|c| text[c.start as usize..c.end as usize].to_owned());
    slices.collect()
}

/// Checks the properties on a text; false when it is not a program.
fn holds(text: &str) -> bool {
    let Ok(once) = format(text) else { return false };
    let twice = format(&once);
    assert_eq!(twice.as_ref(), Ok(&once), "not idempotent on:\n{text}");
    assert_eq!(shape(text), shape(&once), "changed:\n{text}\nto:\n{once}");
    assert_eq!(
        comments(text),
        comments(&once),
        "changed the comments of:\n{text}\nto:\n{once}"
    );
    assert!(
        once.lines().all(|l| l.trim_end() == l),
        "trailing blanks in:\n{once}"
    );
    true
}

#[test]
fn formatting_keeps_programs_and_comments_of_the_corpus() {
    let programs = cases::all()
        .iter()
        .filter(|path| holds(&std::fs::read_to_string(path).unwrap()))
        .count();
    assert!(programs >= 3, "only {programs} cases are programs");
}

#[test]
fn no_blanks_are_left_between_comments_inside_a_rule() {
    let text = r#"policy "p" {
  id: "did:example:policy:p"
  input { trust: number }
  auto_accept {
    enough: trust >=
      # one

      # two

      0.5
  }
}
"#;
    assert!(holds(text), "not a program");
}

proptest! {
    #![proptest_config(mutation::config(2_000))]

    #[test]
    fn formatting_keeps_programs_that_differ_a_little_from_the_corpus(text in mutation::mutated(4)) {
        holds(&text);
    }
}
