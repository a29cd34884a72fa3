//! The documents keep what they promise: every command they show exists, every file they link to is there.

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

#[test]
fn every_flag_the_guide_shows_exists() {
    let help = tollgate(["run", "--help"])
        .env("COLUMNS", "200")
        .ends_with(0)
        .stdout;
    for line in read(&repository().join("docs/guide.md")).lines() {
        let Some(command) = line.trim_start_matches("$ ").strip_prefix("tollgate run ") else {
            continue;
        };
        let ours = command.split(" -- ").next().unwrap_or_default();
        for flag in ours
            .split_whitespace()
            .filter(|word| word.starts_with("--") && word.len() > 2)
        {
            let name = flag.split('=').next().unwrap_or_default();
            assert!(help.contains(name), "`{name}` in `{line}`");
        }
    }
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
