//! The grammar for editors: its own engine and the lexer of the compiler agree on each token of every policy.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tollgate_ecl::syntax::lexer::{Lexed, TokenKind, lex};

use crate::command::repository;
use crate::javascript::in_node;

const GRAMMAR: &str = "editors/vscode/syntaxes/ecl.tmLanguage.json";

fn grammar() -> String {
    std::fs::read_to_string(repository().join(GRAMMAR)).expect("the grammar")
}

/// The words that the lexer reserves, as it has them.
fn reserved() -> BTreeSet<String> {
    let lexer = repository().join("crates/tollgate-ecl/src/syntax/lexer.rs");
    let text = std::fs::read_to_string(lexer).expect("the lexer");
    let (_, body) = text.split_once("fn keyword(").expect("its table");
    let (body, _) = body.split_once("\n}\n").expect("its end");
    let words = body.split("b\"").skip(1).map(|rest| {
        let (word, _) = rest.split_once('"').expect("a word");
        word.to_owned()
    });
    let words: BTreeSet<String> = words.collect();
    assert!(words.len() > 10, "{words:?}");
    words
}

/// The words of the patterns of `#reserved`.
fn coloured() -> BTreeSet<String> {
    let grammar: Value = serde_json::from_str(&grammar()).expect("JSON");
    let patterns = grammar["repository"]["reserved"]["patterns"].as_array();
    let patterns = patterns.expect("patterns").iter();
    let words = patterns.flat_map(|pattern| {
        let text = pattern["match"].as_str().expect("a pattern");
        // What stands between the edges of a word.
        let (_, rest) = text.split_once("(?<![\\wΩ])").expect("an edge");
        let (group, _) = rest.split_once("(?![\\wΩ])").expect("an edge");
        let group = group.trim_start_matches("(?i:").trim_start_matches("(?:");
        let group = group.trim_matches(['(', ')']).to_owned();
        group.split('|').map(str::to_owned).collect::<Vec<_>>()
    });
    words.collect()
}

#[test]
fn the_grammar_colours_the_words_that_the_lexer_reserves() {
    assert_eq!(coloured(), reserved());
    for word in reserved() {
        let Lexed { tokens, .. } = lex(0, &word);
        assert!(tokens[0].kind != TokenKind::Ident, "{word}");
    }
}

/// The words that begin a declaration, as the parser has them.
fn declarations() -> BTreeSet<String> {
    let parser = repository().join("crates/tollgate-ecl/src/syntax/parser/item.rs");
    let text = std::fs::read_to_string(parser).expect("the parser");
    let (_, table) = text
        .split_once("DECLARATIONS: &[&str] = &[")
        .expect("its table");
    let (table, _) = table.split_once("];").expect("its end");
    let words = table.split('"').skip(1).step_by(2);
    let words: BTreeSet<String> = words.map(str::to_owned).collect();
    assert!(words.len() > 10, "{words:?}");
    words
}

#[test]
fn the_grammar_colours_the_words_that_begin_a_declaration() {
    let grammar: Value = serde_json::from_str(&grammar()).expect("JSON");
    let patterns = grammar["repository"]["declaration"]["patterns"].as_array();
    let words = patterns.expect("patterns").iter().flat_map(|pattern| {
        let text = pattern["match"].as_str().expect("a pattern");
        let (_, rest) = text.split_once('(').expect("its words");
        let (words, _) = rest.split_once(')').expect("their end");
        words.split('|').map(str::to_owned).collect::<Vec<_>>()
    });
    let words: Vec<String> = words.collect();
    let once: BTreeSet<String> = words.iter().cloned().collect();
    assert_eq!(once.len(), words.len(), "a word stands twice: {words:?}");
    assert_eq!(once, declarations());
}

#[test]
fn a_word_that_begins_a_declaration_is_coloured_there_alone() {
    let heads = declarations().into_iter().map(|word| {
        let rest = match word.as_str() {
            "enum" | "record" | "fixture" => "Name {",
            "fn" => "name(",
            "import" => "\"name\"",
            "policy_evaluate" => "{",
            _ => "\"name\" {",
        };
        (word.clone(), format!("{word} {rest}"))
    });
    let (words, heads): (Vec<_>, Vec<_>) = heads.unzip();
    let names: Vec<String> = words.iter().map(|word| format!("a {word} b")).collect();
    let Some(coloured) = in_colours(&[heads, names].concat()) else {
        return;
    };
    let is_word = |lines: &[Vec<Coloured>], begin: usize| {
        let parts = lines.iter().flatten();
        let mut here = parts.filter(|(place, _)| place.contains(&begin));
        here.any(|(_, scopes)| {
            scopes
                .iter()
                .any(|scope| scope == "keyword.declaration.ecl")
        })
    };
    let (heads, names) = coloured.split_at(words.len());
    for ((word, head), name) in words.iter().zip(heads).zip(names) {
        assert!(is_word(head, 0), "{word}");
        assert!(!is_word(name, 2), "{word}");
    }
}

#[test]
fn the_package_of_the_editor_names_what_is_there() {
    let folder = repository().join("editors/vscode");
    let text = std::fs::read_to_string(folder.join("package.json")).expect("the package");
    let package: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    let contributes = &package["contributes"];
    let (language, grammar) = (&contributes["languages"][0], &contributes["grammars"][0]);
    assert_eq!(language["id"], grammar["language"]);
    for path in [&language["configuration"], &grammar["path"]] {
        let path = folder.join(path.as_str().expect("a path"));
        let text = std::fs::read_to_string(&path).expect("a file");
        let read: Value = serde_json::from_str(&text).expect("JSON");
        assert!(read.is_object(), "{}", path.display());
    }
    let scope: Value = serde_json::from_str(&self::grammar()).expect("JSON");
    assert_eq!(scope["scopeName"], grammar["scopeName"]);
}

/// All policies of the repository.
fn policies() -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for folder in ["examples/ecl", "crates/tollgate-ecl", "crates/tollgate"] {
        folders.push(repository().join(folder));
    }
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "ecl" => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// The engine of the editor, which `cargo xtask test` installs. Without it the test is skipped, but not in CI.
fn engine() -> Option<Vec<(&'static str, Vec<u8>)>> {
    let folder = repository().join("guests/build/textmate");
    let files = ["vscode-textmate.cjs", "vscode-oniguruma.cjs", "onig.wasm"];
    if !folder.is_dir() {
        assert!(
            std::env::var_os("CI").is_none(),
            "`{}` is missing; run `cargo xtask test`",
            folder.display()
        );
        eprintln!(
            "SKIPPED: the engine of the editor is not installed; `cargo xtask test` does that"
        );
        return None;
    }
    let read = |name| (name, std::fs::read(folder.join(name)).expect("a file"));
    let mut all: Vec<_> = files.into_iter().map(read).collect();
    all.push(("tokens.mjs", include_bytes!("editors/tokens.mjs").to_vec()));
    Some(all)
}

/// A part of a line, and what it is coloured as.
type Coloured = (Range<usize>, Vec<String>);

/// The same as the engine writes it.
type Scoped = (usize, usize, Vec<String>);

/// Each of the texts in lines.
fn in_colours(texts: &[String]) -> Option<Vec<Vec<Vec<Coloured>>>> {
    if !crate::javascript::has("node") {
        return None;
    }
    let engine = engine()?;
    let files: Vec<_> = engine
        .iter()
        .map(|(name, content)| (*name, content.as_slice()))
        .collect();
    let input = json!({ "grammar": grammar(), "texts": texts });
    let ran = in_node(&files, "tokens.mjs", input.to_string().as_bytes());
    assert!(ran.status.success(), "{:?}", ran.status);
    let read: Vec<Vec<Vec<Scoped>>> = serde_json::from_slice(&ran.stdout).expect("tokens");
    let part = |(start, end, scopes): Scoped| (start..end, scopes);
    let line = |line: Vec<_>| line.into_iter().map(part).collect();
    let text = |text: Vec<Vec<_>>| text.into_iter().map(line).collect();
    Some(read.into_iter().map(text).collect())
}

/// A text with its colours, by byte.
struct Page<'a> {
    path: &'a Path,
    text: &'a str,
    colours: Vec<Coloured>,
}

impl<'a> Page<'a> {
    fn new(path: &'a Path, text: &'a str, lines: Vec<Vec<Coloured>>) -> Self {
        let (mut colours, mut begin) = (Vec::new(), 0);
        for (line, parts) in text.split('\n').zip(lines) {
            // The engine counts in units of UTF-16.
            let byte = |unit: usize| {
                let mut units = 0;
                let found = line.char_indices().find(|(_, char)| {
                    units += char.len_utf16();
                    units > unit
                });
                begin + found.map_or(line.len(), |(at, _)| at)
            };
            for (range, scopes) in parts {
                colours.push((byte(range.start)..byte(range.end), scopes));
            }
            begin += line.len() + 1;
        }
        Self {
            path,
            text,
            colours,
        }
    }

    /// Whether each byte of a token has a colour that is right.
    #[track_caller]
    fn has(&self, place: Range<usize>, is_right: impl Fn(&str) -> bool) {
        let over = self
            .colours
            .iter()
            .filter(|(range, _)| range.start < place.end && place.start < range.end);
        for (range, scopes) in over {
            let right = scopes.iter().any(|scope| is_right(scope));
            assert!(
                right,
                "{}: `{}` is coloured {scopes:?} at {range:?}",
                self.path.display(),
                &self.text[place.clone()]
            );
        }
    }
}

/// Names that are words of the language where something certain follows: of declarations, of blocks, and of loops.
const CONTEXTUAL: &[&str] = &[
    "import",
    "enum",
    "record",
    "blueprint",
    "constraint",
    "environment",
    "policy",
    "logic_guard",
    "fn",
    "fixture",
    "test",
    "policy_evaluate",
    "amo",
    "agent",
    "intent",
    "identity",
    "offer",
    "accept",
    "allow",
    "reject",
    "deny",
    "escalate",
    "ask",
    "auto_accept",
    "auto_allow",
    "auto_reject",
    "auto_deny",
    "auto_escalate",
    "auto_ask",
    "input",
    "output",
    "facts",
    "cases",
    "with",
    "no",
    "effect",
    "violation",
    "on",
    "validate",
    "otherwise",
    "expect",
    "by",
    "require",
    "assert",
    "return",
    "any",
    "all",
    "count",
    "sum",
    "min",
    "max",
    "map",
    "filter",
    "first",
];

/// A token with those around it.
struct Placed<'a> {
    kind: TokenKind,
    text: &'a str,
    before: Option<TokenKind>,
    behind: Option<TokenKind>,
}

impl Placed<'_> {
    /// Whether a reserved word is a name where it stands: behind a point, or before a colon.
    fn is_name(&self) -> bool {
        matches!(self.before, Some(TokenKind::Dot | TokenKind::QuestionDot))
            || self.behind == Some(TokenKind::Colon)
    }

    /// Whether a scope says what the lexer says of the token.
    fn is_right(&self, scope: &str) -> bool {
        use TokenKind as T;
        let begins = |names: &[&str]| names.iter().any(|name| scope.starts_with(name));
        match self.kind {
            T::Str => begins(&["string.quoted"]),
            T::Regex => begins(&["string.regexp"]),
            T::Number => begins(&["constant.numeric"]),
            T::If
            | T::Then
            | T::Else
            | T::Match
            | T::In
            | T::Matches
            | T::ConformsTo
            | T::HasCredential
            | T::And
            | T::Or
            | T::Not
            | T::Let
            | T::True
            | T::False
            | T::None
                if self.is_name() =>
            {
                begins(&["variable.other"])
            }
            T::If | T::Then | T::Else | T::Match => begins(&["keyword.control"]),
            T::Let => begins(&["keyword.declaration"]),
            T::In | T::Matches | T::ConformsTo | T::HasCredential | T::And | T::Or | T::Not => {
                begins(&["keyword.operator"])
            }
            T::True | T::False | T::None => begins(&["constant.language"]),
            T::Ident => {
                let is_word = CONTEXTUAL.contains(&self.text)
                    && begins(&["keyword.control", "keyword.declaration"]);
                let is_unit = self.before == Some(T::Number) && begins(&["keyword.other.unit"]);
                is_word || is_unit || begins(&["variable", "entity", "support"])
            }
            T::Eof | T::Error => true,
            _ => begins(&["keyword.operator", "punctuation"]),
        }
    }
}

fn compare(page: &Page<'_>) -> usize {
    let Lexed {
        tokens,
        comments,
        diagnostics,
    } = lex(0, page.text);
    if !diagnostics.is_empty() {
        // What the lexer refuses has no colour that is right.
        return 0;
    }
    let place = |start: u32, end: u32| start as usize..end as usize;
    for comment in &comments {
        page.has(place(comment.start, comment.end), |scope| {
            scope.starts_with("comment")
        });
    }
    let kind = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| token.kind);
    for (at, token) in tokens.iter().enumerate() {
        let place = place(token.start, token.end);
        let placed = Placed {
            kind: token.kind,
            text: &page.text[place.clone()],
            before: kind(at.checked_sub(1)),
            behind: kind(at.checked_add(1)),
        };
        page.has(place, |scope| placed.is_right(scope));
    }
    tokens.len() + comments.len()
}

#[test]
fn the_editor_and_the_lexer_agree_on_each_token_of_every_policy() {
    let files = policies();
    let texts: Vec<_> = files
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a policy"))
        .collect();
    let Some(colours) = in_colours(&texts) else {
        return;
    };
    let mut compared = 0;
    for ((path, text), lines) in files.iter().zip(&texts).zip(colours) {
        compared += compare(&Page::new(path, text, lines));
    }
    assert!(
        compared > 10_000,
        "{compared} tokens of {} files",
        files.len()
    );
}

#[test]
fn the_editor_and_the_lexer_agree_where_it_is_hard() {
    let texts = [
        "a matches /x\\/y # \"no\"/ # yes",
        "a / b / c",
        "matches: a / 2 AND 5 AND 0.5 NOT",
        "x = \"\\\"{a.b} {{ \\u{1F4A1}\" ++ \"𝄞\" ++ y",
        "5km 0.50 EUR 1_000.5e-3W 1e3 EURO",
        "a?.in b.not none: true NOT Or and",
        "let Ω = 1 // Ω 𝄞 \"",
        "matches",
        "allowed input output_of policy_x",
        "1 .. 5 [a ..]",
    ];
    let texts = texts.map(str::to_owned);
    let Some(colours) = in_colours(&texts) else {
        return;
    };
    for (text, lines) in texts.iter().zip(colours) {
        let compared = compare(&Page::new(Path::new("a text"), text, lines));
        assert!(compared > 0, "the lexer refuses {text}");
    }
}
