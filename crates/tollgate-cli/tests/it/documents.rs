//! The documents keep what they promise: every command they show exists, every file they link to is there.

use std::collections::BTreeMap;
use std::path::Path;

use crate::command::{repository, tollgate};

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Markdown document of the project.
fn documents() -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![
        repository(),
        repository().join("docs"),
        repository().join("docs/decisions"),
    ];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        found.extend(
            paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")),
        );
    }
    found
}

#[test]
fn the_commands_of_the_readme_exist() {
    let readme = read(&repository().join("README.md"));
    let xtask = read(&repository().join("xtask/src/main.rs"));
    for command in ["demo", "test"] {
        assert!(
            readme.contains(&format!("cargo xtask {command}")),
            "README shows `cargo xtask {command}`"
        );
        let variant = format!("{}{}", command[..1].to_uppercase(), &command[1..]);
        assert!(
            xtask.contains(&format!("Command::{variant}")),
            "xtask has `{command}`"
        );
    }
}

#[test]
fn the_changelog_has_a_section_of_this_version() {
    let changelog = read(&repository().join("CHANGELOG.md"));
    let section = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(
        changelog.lines().any(|line| line.starts_with(&section)),
        "CHANGELOG.md has no `{section}`"
    );
}

#[test]
fn every_subcommand_a_document_shows_exists() {
    let help = tollgate(["--help"]).ends_with(0).stdout;
    for document in ["README.md", "SECURITY.md", "docs/guide.md"] {
        for line in read(&repository().join(document)).lines() {
            let Some(rest) = line.trim_start_matches("$ ").strip_prefix("tollgate ") else {
                continue;
            };
            let command = rest.split_whitespace().next().unwrap_or_default();
            assert!(
                help.lines()
                    .any(|line| line.trim_start().starts_with(&format!("{command} "))),
                "{document}: `{line}`"
            );
        }
    }
}

/// What `--help` says of each command, under the words that name it.
pub(crate) fn helps() -> BTreeMap<String, String> {
    let mut helps = BTreeMap::new();
    let mut commands = vec![String::new()];
    while let Some(command) = commands.pop() {
        let help = tollgate(command.split_whitespace().chain(["--help"]))
            .env("COLUMNS", "100")
            .ends_with(0)
            .stdout;
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names = listed
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
            .filter(|name| !matches!(*name, "" | "help"));
        commands.extend(names.map(|name| format!("{command} {name}").trim_start().to_owned()));
        helps.insert(command, help);
    }
    helps
}

/// The names of each flag in a help, the short one too.
pub(crate) fn flags(help: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = help.lines().map(str::trim_start);
    lines.filter(|line| line.starts_with('-')).map(|line| {
        let names = line
            .split([' ', ',', '[', '='])
            .filter(|word| word.starts_with('-'));
        names.collect()
    })
}

/// Whether a text has a flag that is not the beginning of a longer one.
fn names(text: &str, flag: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-');
    text.match_indices(flag)
        .any(|(at, _)| ends(&text[at + flag.len()..]))
}

#[test]
fn every_flag_of_a_command_stands_in_a_document() {
    let documents: String = documents().iter().map(|path| read(path)).collect();
    for (command, help) in helps() {
        for flag in flags(&help) {
            let is_told = flag.iter().any(|name| names(&documents, name));
            assert!(
                is_told || flag.contains(&"--version"),
                "`tollgate {command}`: {flag:?}"
            );
        }
    }
}

#[test]
fn every_flag_a_document_shows_with_a_command_exists() {
    let helps = helps();
    let mut shown = 0;
    for document in documents() {
        for line in read(&document).lines() {
            for typed in line.split("tollgate ").skip(1) {
                let typed = typed.split(['`', '#', '|']).next().unwrap_or_default();
                let ours = typed.split(" -- ").next().unwrap_or_default();
                let mut command = String::new();
                for word in ours.split_whitespace() {
                    let longer = format!("{command} {word}").trim_start().to_owned();
                    if !helps.contains_key(&longer) {
                        break;
                    }
                    command = longer;
                }
                let words = ours
                    .split_whitespace()
                    .filter(|word| word.starts_with("--"));
                for flag in words.filter(|_| !command.is_empty()) {
                    let name = flag.split('=').next().unwrap_or_default();
                    let known = flags(&helps[&command]).any(|flag| flag.contains(&name));
                    assert!(
                        known,
                        "{}: `{name}` of `tollgate {command}`",
                        document.display()
                    );
                    shown += 1;
                }
            }
        }
    }
    assert!(shown > 50, "{shown}");
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for document in documents() {
        let folder = document.parent().expect("a folder");
        for (index, _) in read(&document).match_indices("](") {
            let text = read(&document);
            let target = text[index + 2..]
                .split([')', '#'])
                .next()
                .unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(
                folder.join(target).exists(),
                "{}: `{target}`",
                document.display()
            );
        }
    }
}
