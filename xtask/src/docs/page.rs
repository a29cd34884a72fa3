//! A page is followed from its first block to its last, in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser as _;

use super::block::{BEFORE, Block, HIDDEN, blocks};
use super::compare::{is_shown, plain};
use super::shell::{Shell, missing, with_exit_codes};

/// A page to follow.
#[derive(Debug)]
pub(super) struct Page {
    /// What it is called in messages.
    pub(super) name: String,
    pub(super) blocks: Vec<Block>,
}

/// What came of the blocks of a page.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Blocks that ran, or were written to a file that others use.
    pub(super) run: usize,
    /// Those whose output the page shows.
    pub(super) compared: usize,
    /// Reasons.
    pub(super) excused: Vec<String>,
    /// What this machine has no program for.
    pub(super) skipped: Vec<String>,
    pub(super) faults: Vec<String>,
}

impl Page {
    pub(super) fn read(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            blocks: blocks(text),
        }
    }

    /// Does what the page says, in this folder.
    pub(super) fn follow(&self, folder: PathBuf, program: &Path) -> Result<Tally> {
        let mut visit = Visit {
            page: self,
            shell: Shell::new(folder),
            program,
            tally: Tally::default(),
        };
        let mut at = 0;
        while let Some(block) = self.blocks.get(at) {
            at += visit.step(at, block)?;
        }
        Ok(visit.tally)
    }
}

/// A page that is being followed.
struct Visit<'p> {
    page: &'p Page,
    shell: Shell,
    /// Every block of Rust, compiled.
    program: &'p Path,
    tally: Tally,
}

impl Visit<'_> {
    /// Does what a block says; returns how many blocks that took, its output included.
    fn step(&mut self, at: usize, block: &Block) -> Result<usize> {
        if let Some(excuse) = &block.excuse {
            self.tally.excused.push(excuse.clone());
            self.parse_xtask(block);
            return Ok(1);
        }
        if let Some(file) = &block.file {
            let path = self.shell.folder().join(file);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, &block.text).with_context(|| path.display().to_string())?;
            self.tally.run += 1;
            return Ok(1);
        }
        let output = self.page.blocks.get(at + 1).filter(|next| is_output(next));
        match self.script(block)? {
            Some(script) => self.perform(block, &script, output),
            None => Ok(1),
        }
    }

    /// The script that does what a block says; none if it is done already, or wrong.
    fn script(&mut self, block: &Block) -> Result<Option<String>> {
        let name = format!("block-{}", block.line);
        let keep = |shell: &Shell, ending: &str| -> Result<String> {
            let file = format!("{name}.{ending}");
            fs::write(shell.folder().join(&file), &block.text)?;
            Ok(file)
        };
        let script = match block.language.as_str() {
            "sh" | HIDDEN => block.text.clone(),
            "console" => {
                self.console(block)?;
                return Ok(None);
            }
            "rust" => format!("'{}' '{}'", self.program.display(), self.place(block)),
            BEFORE => return Ok(None),
            "ecl" => {
                let file = keep(&self.shell, "ecl")?;
                // What shows lints has them.
                let warnings = if block.text.contains("# W0") {
                    ""
                } else {
                    " --deny-warnings"
                };
                let check = format!("tollgate ecl check {file}{warnings}");
                if block.text.contains("\ntest \"") {
                    format!("{check}\ntollgate ecl test {file}")
                } else {
                    check
                }
            }
            "js" => format!("node {}", keep(&self.shell, "mjs")?),
            "ts" => format!("tollgate build ts {}", keep(&self.shell, "ts")?),
            "wat" => format!("tollgate validate {}", keep(&self.shell, "wat")?),
            "json" => {
                if let Err(error) = serde_json::from_str::<serde_json::Value>(&block.text) {
                    self.fault(block, &format!("no JSON: {error}"));
                }
                self.tally.run += 1;
                return Ok(None);
            }
            language => {
                let what = format!("nobody runs a block of `{language}` at this place");
                self.fault(block, &what);
                return Ok(None);
            }
        };
        Ok(Some(script))
    }

    fn perform(&mut self, block: &Block, script: &str, output: Option<&Block>) -> Result<usize> {
        if let Some(program) = missing(script) {
            let what = format!("{}: `{program}` is not installed", self.place(block));
            self.tally.skipped.push(what);
            return Ok(1);
        }
        let shows = block.language == "sh" || block.language == "rust";
        let output = output.filter(|_| shows);
        let script = match output {
            Some(_) => script.to_owned(),
            None => with_exit_codes(script),
        };
        let printed = self.shell.run(&script)?;
        if block.language != HIDDEN {
            self.tally.run += 1;
        }
        let Some(output) = output else {
            if printed.code != Some(0) {
                let code = printed
                    .code
                    .map_or("a signal".to_owned(), |c| c.to_string());
                self.fault(block, &format!("ended with {code}\n{}", printed.text));
            }
            return Ok(1);
        };
        self.compare(output, &printed.text);
        Ok(2)
    }

    /// Commands with what they print: `$ COMMAND`, and the lines up to the next one.
    fn console(&mut self, block: &Block) -> Result<()> {
        self.tally.run += 1;
        for (command, shown) in commands(&block.text) {
            let printed = self.shell.run(&command)?;
            let shown = Block {
                text: shown,
                ..block.clone()
            };
            self.compare(&shown, &printed.text);
        }
        Ok(())
    }

    fn compare(&mut self, shown: &Block, printed: &str) {
        self.tally.compared += 1;
        if !is_shown(&shown.text, printed) {
            let (shown_text, printed) = (plain(&shown.text), plain(printed));
            self.fault(
                shown,
                &format!("the page shows\n{shown_text}--- and printed was\n{printed}---"),
            );
        }
    }

    /// What nobody runs is at least a command line of ours.
    fn parse_xtask(&mut self, block: &Block) {
        for line in block.text.lines() {
            let Some(typed) = line.strip_prefix("cargo xtask ") else {
                continue;
            };
            let typed = typed.split('#').next().unwrap_or_default();
            let words = std::iter::once("xtask").chain(typed.split_whitespace());
            if let Err(error) = crate::Arguments::try_parse_from(words) {
                self.fault(block, &format!("`{line}`: {error}"));
            }
        }
    }

    fn place(&self, block: &Block) -> String {
        format!("{}:{}", self.page.name, block.line)
    }

    fn fault(&mut self, block: &Block, what: &str) {
        let place = self.place(block);
        self.tally.faults.push(format!("{place}: {what}"));
    }
}

fn is_output(block: &Block) -> bool {
    ["text", "json"].contains(&block.language.as_str())
        && block.file.is_none()
        && block.excuse.is_none()
}

/// The commands of a console, each with what it prints. A command goes on behind a `\` at the end of its line.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((format!("{command}\n"), String::new()));
            goes_on = line.ends_with('\\');
        } else if let Some((command, shown)) = commands.last_mut() {
            let to = if goes_on { command } else { shown };
            to.push_str(line);
            to.push('\n');
            goes_on = goes_on && line.ends_with('\\');
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(text: &str) -> Tally {
        let folder = tempfile::tempdir().expect("a folder");
        let tally = Page::read("page", text).follow(folder.path().to_owned(), Path::new("none"));
        tally.expect("a page")
    }

    #[test]
    fn a_page_that_shows_what_is_printed_has_no_fault() {
        let tally =
            follow("```text a.txt\nhello\n```\n```sh\ncat a.txt\n```\n```text\nhello\n```\n");
        assert_eq!(tally.faults, Vec::<String>::new());
        assert_eq!((tally.run, tally.compared), (2, 1));
    }

    #[test]
    fn what_is_printed_otherwise_is_a_fault_with_its_place() {
        let tally = follow("```sh\necho one\n```\n\n```text\ntwo\n```\n");
        assert!(tally.faults[0].starts_with("page:5: "), "{tally:?}");
    }

    #[test]
    fn a_script_that_fails_is_a_fault() {
        assert_eq!(follow("```sh\nfalse\necho on\n```\n").faults.len(), 1);
    }

    #[test]
    fn a_block_that_nobody_runs_is_a_fault() {
        for page in [
            "```text\nx\n```\n",
            "```\nx\n```\n",
            "```toml\nx = 1\n```\n",
        ] {
            assert_eq!(follow(page).faults.len(), 1, "{page}");
        }
    }

    #[test]
    fn a_block_that_is_excused_is_counted_with_its_reason() {
        let tally = follow("<!-- not run: a picture -->\n```text\nx\n```\n");
        assert_eq!(tally.excused, ["a picture"]);
        assert_eq!(tally.faults, Vec::<String>::new());
    }

    #[test]
    fn a_command_of_the_automation_that_does_not_exist_is_a_fault_though_nobody_runs_it() {
        let tally = |name: &str| {
            follow(&format!(
                "<!-- not run: takes long -->\n```sh\ncargo xtask {name}   # x\n```\n"
            ))
        };
        assert_eq!(tally("guests").faults, Vec::<String>::new());
        assert_eq!(tally("gests").faults.len(), 1);
    }

    #[test]
    fn each_command_of_a_console_has_its_lines() {
        let text = "$ echo a \\\n  b\na b\n$ true\n$ echo c\nc\n";
        assert_eq!(
            commands(text),
            [
                ("echo a \\\n  b\n".to_owned(), "a b\n".to_owned()),
                ("true\n".to_owned(), String::new()),
                ("echo c\n".to_owned(), "c\n".to_owned())
            ]
        );
        assert_eq!(follow(&format!("```console\n{text}```\n")).compared, 3);
    }
}
