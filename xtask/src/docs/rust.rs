//! Blocks of Rust: all of them are one program, so that the engine is linked once. Its argument is the place of the block to run.
//!
//! A block is the body of a `main` that may fail, or has a `main` of its own. Lines in a comment `<!-- before: … -->` stand before the
//! next block: what is only there to make a part of a program a whole one.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::block::{BEFORE, Block};
use super::page::Page;
use crate::{cargo, paths};

/// What the programs of pages use.
const CRATES: [&str; 2] = ["tollgate", "serde"];

/// Builds what pages need: the command, and the libraries that their programs use. Returns the arguments that name these to rustc.
pub(super) fn build() -> Result<Vec<String>> {
    let said = cargo::output(&mut cargo::cargo([
        "build",
        "--workspace",
        "--lib",
        "--bin",
        "tollgate",
        "--message-format=json-render-diagnostics",
    ]))?;
    let messages = said.lines().map(serde_json::from_str::<Value>);
    let messages = messages.collect::<Result<Vec<_>, _>>()?;
    let mut arguments = vec![format!(
        "-Ldependency={}",
        paths::target().join("debug/deps").display()
    )];
    for name in CRATES {
        let path = messages.iter().find_map(|message| library(message, name));
        let path = path.with_context(|| format!("cargo built no library `{name}`"))?;
        arguments.extend(["--extern".to_owned(), format!("{name}={path}")]);
    }
    Ok(arguments)
}

/// The file of a library, if this is the message about it. Libraries that only build scripts use are never optimised.
fn library<'m>(message: &'m Value, name: &str) -> Option<&'m str> {
    let is_it = message["reason"] == "compiler-artifact"
        && message["target"]["name"] == name
        && message["target"]["crate_types"][0] == "lib"
        && message["profile"]["opt_level"] != "0";
    let files = message["filenames"].as_array().filter(|_| is_it)?;
    let files = files.iter().filter_map(Value::as_str);
    files.into_iter().find(|file| file.ends_with(".rlib"))
}

/// Compiles the blocks of all pages; the program's path.
pub(super) fn compile(pages: &[Page], libraries: &[String]) -> Result<PathBuf> {
    let folder = paths::target().join("docs");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let source = folder.join("pages.rs");
    let program = folder.join("pages");
    let text = text(pages);
    let is_current = fs::read_to_string(&source).is_ok_and(|old| old == text)
        && is_newer(&program, libraries).unwrap_or(false);
    if is_current {
        return Ok(program);
    }
    fs::write(&source, text)?;
    cargo::run(
        Command::new("rustc")
            .args(["--edition=2024", "--crate-name=pages", "-Awarnings", "-o"])
            .arg(&program)
            .arg(&source)
            .args(libraries)
            .current_dir(paths::root()),
    )?;
    Ok(program)
}

/// Whether a program is newer than the libraries in it.
fn is_newer(program: &Path, libraries: &[String]) -> Result<bool> {
    let built = fs::metadata(program)?.modified()?;
    let files = libraries
        .iter()
        .filter_map(|argument| argument.split_once('='));
    for (_, file) in files {
        if fs::metadata(file)?.modified()? > built {
            return Ok(false);
        }
    }
    Ok(true)
}

fn text(pages: &[Page]) -> String {
    let mut modules = String::new();
    let mut arms = String::new();
    let mut before = "";
    let blocks = pages
        .iter()
        .flat_map(|page| page.blocks.iter().map(move |block| (page, block)));
    for (number, (page, block)) in blocks.enumerate() {
        if block.language == BEFORE {
            before = &block.text;
        } else if is_program(block) {
            let body = body(before, &block.text);
            before = "";
            let place = format!("{}:{}", page.name, block.line);
            write!(modules, "/// {place}\nmod block_{number} {{\n{body}}}\n").expect("a text");
            writeln!(arms, "        Some({place:?}) => block_{number}::run(),").expect("a text");
        }
    }
    format!(
        "type Ended = Result<(), Box<dyn std::error::Error>>;\n\
         fn main() -> Ended {{\n    tollgate::run_if_requested();\n    match std::env::args().nth(1).as_deref() {{\n\
         {arms}        other => Err(format!(\"no block at {{other:?}}\").into()),\n    }}\n}}\n{modules}"
    )
}

/// Whether it is a program, and not a file that others use.
fn is_program(block: &Block) -> bool {
    block.language == "rust" && block.file.is_none() && block.excuse.is_none()
}

fn body(before: &str, text: &str) -> String {
    if text.contains("fn main()") {
        format!("{before}{text}pub(super) fn run() -> crate::Ended {{ main() }}\n")
    } else {
        format!("pub(super) fn run() -> crate::Ended {{\n{before}{text}Ok(())\n}}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_one_program_that_runs_the_one_it_is_told() {
        let page = "<!-- before:\nlet two = 2;\n-->\n```rust\nassert_eq!(two, 2);\n```\n```rust a.rs\nx\n```\n";
        let text = text(&[Page::read("a.md", page)]);
        assert!(
            text.contains("Some(\"a.md:4\") => block_1::run(),"),
            "{text}"
        );
        assert!(
            text.contains("let two = 2;\nassert_eq!(two, 2);\nOk(())"),
            "{text}"
        );
        assert!(!text.contains("block_2"), "{text}");
    }
}
