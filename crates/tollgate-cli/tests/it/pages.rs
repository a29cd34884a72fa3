//! Pages whose programs and commands are run: what they print is what the page shows.
//!
//! A block with a name after its language is a file; one of `sh` is run in the folder of these files, and the block of `text` or
//! `json` that follows is its output, errors included. What one block exports, the next ones have.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

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

/// Runs a script and returns what it printed, and whether it succeeded. What it leaves running ends with the page.
fn run(script: &str, folder: &Path, left: &mut Left) -> (String, bool) {
    let programs = Path::new(env!("CARGO_BIN_EXE_tollgate"))
        .parent()
        .expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let script = format!(
        "exec 2>&1\nif [ -e .exported ]; then . ./.exported; fi\n{script}\nexport -p > .exported"
    );
    let child = Command::new("sh")
        .args(["-ec", &script])
        .current_dir(folder)
        .process_group(0)
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("TOLLGATE_CACHE_DIR", folder.join(".cache"))
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    left.0.push(child.id());
    let output = child.wait_with_output().expect("it ends");
    let printed = String::from_utf8(output.stdout).expect("text");
    (printed, output.status.success())
}

/// The process groups of scripts, and what is left in them.
#[derive(Default)]
struct Left(Vec<u32>);

impl Drop for Left {
    fn drop(&mut self) {
        for group in &self.0 {
            let group = format!("-{group}");
            let mut kill = Command::new("kill");
            kill.args(["-KILL", "--", &group]).stderr(Stdio::null());
            // Most of them are gone.
            drop(kill.status());
        }
    }
}

/// What stands before a time that was measured.
const WALL: &str = "\"wall_us\":";

/// The text without what differs from run to run: ids, digests and keys, and times.
fn plain(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
        let time = rest
            .find('Z')
            .map(|end| &rest[..=end])
            .filter(|time| is_time(time));
        if let Some(after) = rest.strip_prefix(WALL) {
            plain.push_str("[wall time]");
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        } else if let Some(time) = time {
            plain.push_str("[time]");
            rest = &rest[time.len()..];
        } else if digits >= 12 {
            plain.push_str("[id]");
            rest = &rest[digits..];
        } else {
            let taken = digits.max(first.len_utf8());
            plain.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
    }
    plain
}

/// Whether it is like `2026-11-29T10:53:17.5Z`.
fn is_time(text: &str) -> bool {
    let form = "dddd-dd-ddTdd:dd:dd";
    let fits = |(c, f): (char, char)| if f == 'd' { c.is_ascii_digit() } else { c == f };
    (form.len() + 1..=form.len() + 11).contains(&text.len())
        && text.is_ascii()
        && text.chars().zip(form.chars()).all(fits)
        && text[form.len()..text.len() - 1]
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.')
}

/// A program that a script needs and the machine does not have.
pub(crate) fn missing(script: &str) -> Option<&str> {
    let program = script.split_whitespace().next()?;
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .env("PATH", std::env::var("PATH").expect("a path"))
        .output()
        .expect("a shell");
    (program != "tollgate" && !found.status.success()).then_some(program)
}

fn follow(page: &str) {
    follow_with(page, |text| text);
}

fn follow_with(page: &str, change: impl FnOnce(String) -> String) {
    let text = change(fs::read_to_string(repository().join(page)).expect("a page"));
    let folder = tempfile::tempdir().expect("a folder");
    follow_text(page, &text, folder.path());
}

/// Does what a page says, in a folder.
pub(crate) fn follow_text(page: &str, text: &str, folder: &Path) {
    let mut left = Left::default();
    let blocks = blocks(text);
    let mut ran = 0;
    for (index, block) in blocks.iter().enumerate() {
        if let Some(file) = block.file {
            fs::write(folder.join(file), &block.text).expect("a file");
        } else if block.language == "sh" {
            if let Some(program) = missing(&block.text) {
                println!(
                    "SKIPPED {page}: `{program}` is not installed: {}",
                    block.text
                );
                continue;
            }
            let (printed, succeeded) = run(&block.text, folder, &mut left);
            let shown = blocks.get(index + 1);
            let is_output = |next: &&Block<'_>| {
                ["text", "json"].contains(&next.language) && next.file.is_none()
            };
            match shown.filter(is_output) {
                Some(shown) => {
                    assert_eq!(
                        plain(&printed),
                        plain(&shown.text),
                        "{page}: {}",
                        block.text
                    );
                }
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
fn the_page_about_the_server_does_what_it_shows() {
    // The addresses of the page may be in use here.
    let free = ["7400", "7401"].map(|port| {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        (port, free)
    });
    let ports = free.map(|(port, free)| (port, free.local_addr().expect("an address").port()));
    follow_with("docs/server.md", |text| {
        ports.iter().fold(text, |text, (port, free)| {
            text.replace(port, &free.to_string())
        })
    });
}

#[test]
fn what_differs_from_run_to_run_is_left_out() {
    let text = "tgk_0f3a92c41b7d_ab at 2026-11-29T10:53:17.512Z: face, 2026-1";
    assert_eq!(plain(text), "tgk_[id]_ab at [time]: face, 2026-1");
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
