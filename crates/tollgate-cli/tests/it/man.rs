//! Pages for `man`: each command has one, it has each flag of the command, and readers of such pages take it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::command::tollgate;
use crate::documents::{flags, helps};
use crate::javascript::has;

/// The text of a page without what only its reader sees.
fn plain(page: &str) -> String {
    page.replace("\\-", "-")
        .replace("\\fB", "")
        .replace("\\fR", "")
}

fn page(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_command_has_its_page_with_all_its_flags() {
    let ran = tollgate(["man", "--folder", "share/man1"]).ends_with(0);
    let folder = ran.folder.path().join("share/man1");
    let mut expected = BTreeSet::new();
    for (command, help) in helps() {
        let name = format!("tollgate {command}").trim().replace(' ', "-");
        let text = plain(&page(&folder, &format!("{name}.1")));
        for flag in flags(&help).flatten() {
            assert!(text.contains(flag), "{name}: `{flag}`");
        }
        let control = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{name}");
        let title = format!(
            ".TH {name} 1 \" \" \"tollgate {}\"",
            env!("CARGO_PKG_VERSION")
        );
        assert!(text.contains(&title), "{name}: {text}");
        expected.insert(format!("{name}.1"));
    }
    let entries = std::fs::read_dir(&folder).expect("a folder");
    let written: BTreeSet<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    assert_eq!(written, expected);
}

#[test]
fn mandoc_finds_no_error() {
    if !has("mandoc") {
        return;
    }
    let ran = tollgate(["man", "--folder", "pages"]).ends_with(0);
    let entries = std::fs::read_dir(ran.folder.path().join("pages")).expect("a folder");
    let pages = entries.map(|entry| entry.expect("an entry").path());
    let lint = Command::new("mandoc")
        .args(["-T", "lint", "-W", "error"])
        .args(pages)
        .output()
        .expect("it starts");
    let said = String::from_utf8(lint.stdout).expect("text");
    assert!(lint.status.success() && said.is_empty(), "{said}");
}

#[test]
fn one_page_is_an_answer() {
    let of_tollgate = tollgate(["man"]).ends_with(0).stdout;
    assert!(of_tollgate.contains("tollgate\\-ecl(1)"), "{of_tollgate}");
    let of_check = tollgate(["man", "ecl", "check"]).ends_with(0).stdout;
    assert!(of_check.contains(".TH tollgate-ecl-check 1"), "{of_check}");
}

#[test]
fn a_command_nobody_knows_is_compared_with_those_that_are() {
    let said = |word: &str| tollgate(["man", "ecl", word]).ends_with(64).stderr;
    let expected = "tollgate: `tollgate ecl` has no command `chek`; did you mean `check`?\n";
    assert_eq!(said("chek"), expected);
    let expected =
        "tollgate: `tollgate ecl` has no command `\\u{1b}[2J`; `tollgate ecl --help` lists them\n";
    assert_eq!(said("\u{1b}[2J"), expected);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let said = tollgate(["man", "--folder", "file/man1"])
        .file("file", "")
        .ends_with(74)
        .stderr;
    assert!(said.contains("cannot make `file/man1`"), "{said}");
}
