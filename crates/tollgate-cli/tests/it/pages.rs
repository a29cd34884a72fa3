//! Pages whose programs and commands are run: what they print is what the page shows.
//!
//! A block with a name after its language is a file; one of `sh` is run in the folder of these files, and the block of `text` that
//! follows is its output, errors included.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::repository;

/// A block of a page.
#[derive(Debug, PartialEq, Eq)]
struct Block<'p> {
    language: &'p str,
    /// The file it is.
    file: Option<&'p str>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let mut words = info.split_whitespace();
        let text = lines.by_ref().take_while(|line| *line != "```");
        blocks.push(Block {
            language: words.next().unwrap_or_default(),
            file: words.next(),
            text: text.map(|line| format!("{line}\n")).collect(),
        });
    }
    blocks
}

/// Runs a script and returns what it printed, and whether it succeeded.
fn run(script: &str, folder: &Path) -> (String, bool) {
    let programs = Path::new(env!("CARGO_BIN_EXE_tollgate"))
        .parent()
        .expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let output = Command::new("sh")
        .args(["-ec", &format!("exec 2>&1\n{script}")])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("TOLLGATE_CACHE_DIR", folder.join(".cache"))
        .output()
        .expect("a shell");
    let printed = String::from_utf8(output.stdout).expect("text");
    (printed, output.status.success())
}

/// A program that a script needs and the machine does not have.
fn missing(script: &str) -> Option<&str> {
    let program = script.split_whitespace().next()?;
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .env("PATH", std::env::var("PATH").expect("a path"))
        .output()
        .expect("a shell");
    (program != "tollgate" && !found.status.success()).then_some(program)
}

fn follow(page: &str) {
    let text = fs::read_to_string(repository().join(page)).expect("a page");
    let folder = tempfile::tempdir().expect("a folder");
    let blocks = blocks(&text);
    let mut ran = 0;
    for (index, block) in blocks.iter().enumerate() {
        if let Some(file) = block.file {
            fs::write(folder.path().join(file), &block.text).expect("a file");
        } else if block.language == "sh" {
            if let Some(program) = missing(&block.text) {
                println!(
                    "SKIPPED {page}: `{program}` is not installed: {}",
                    block.text
                );
                continue;
            }
            let (printed, succeeded) = run(&block.text, folder.path());
            let shown = blocks.get(index + 1);
            match shown.filter(|next| next.language == "text" && next.file.is_none()) {
                Some(shown) => assert_eq!(printed, shown.text, "{page}: {}", block.text),
                None => assert!(succeeded, "{page}: {}\n{printed}", block.text),
            }
            ran += 1;
        }
    }
    assert!(ran > 0, "{page} has no commands");
}

#[test]
fn the_page_about_guests_does_what_it_shows() {
    follow("docs/guests.md");
}

#[test]
fn blocks_have_a_language_and_a_file() {
    let page = "a\n```sh\nx\ny\n```\n```wat add.wat\n```\n";
    let block = |language, file, text: &str| Block {
        language,
        file,
        text: text.to_owned(),
    };
    assert_eq!(
        blocks(page),
        [
            block("sh", None, "x\ny\n"),
            block("wat", Some("add.wat"), "")
        ]
    );
}
