//! Tests that the lints of the workspace hold in every package: each inherits them, `unsafe` is forbidden where nobody needs it, and
//! no library turns one off for all of itself.

use std::fs;
use std::path::Path;

use serde_json::Value;
use syn::{Attribute, Meta};

use crate::{cargo, paths};

/// The packages in which `unsafe` is denied and not forbidden, so that each use says why it is there.
const MAY_BE_UNSAFE: [&str; 2] = ["bench-sandbox", "tollgate-sandbox"];

struct Package {
    name: String,
    manifest: String,
    /// Its library and programs: kind and the file that each begins with.
    roots: Vec<(String, String)>,
}

fn packages() -> Vec<Package> {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version=1"];
    let text = cargo::output(&mut cargo::cargo(arguments)).unwrap();
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let targets = package["targets"].as_array().unwrap().iter();
    let roots = targets
        .map(|target| (text(&target["kind"][0]), text(&target["src_path"])))
        .filter(|(kind, _)| matches!(kind.as_str(), "lib" | "bin"));
    Package {
        name: text(&package["name"]),
        manifest: text(&package["manifest_path"]),
        roots: roots.collect(),
    }
}

/// The attributes of a whole file.
fn attributes(root: &str) -> Vec<Attribute> {
    let text = fs::read_to_string(root).unwrap();
    syn::parse_file(&text).unwrap().attrs
}

fn tokens(attribute: &Attribute) -> String {
    match &attribute.meta {
        Meta::List(list) => list.tokens.to_string(),
        Meta::Path(_) | Meta::NameValue(_) => String::new(),
    }
}

#[test]
fn every_package_inherits_the_lints_of_the_workspace() {
    let packages = packages();
    assert!(packages.len() > 10);
    for Package { name, manifest, .. } in packages {
        let text = fs::read_to_string(manifest).unwrap();
        assert!(
            text.contains("\n[lints]\nworkspace = true\n"),
            "`{name}` does not inherit the lints"
        );
        assert!(!text.contains("[lints."), "`{name}` has lints of its own");
    }
}

#[test]
fn unsafe_is_forbidden_where_nobody_needs_it() {
    for Package { name, roots, .. } in packages() {
        for (_, root) in roots {
            let forbidden = attributes(&root).iter().any(|attribute| {
                attribute.path().is_ident("forbid") && tokens(attribute) == "unsafe_code"
            });
            let may = MAY_BE_UNSAFE.contains(&name.as_str());
            assert_eq!(forbidden, !may, "{root}");
        }
    }
}

/// The tests and examples of a package are no part of its library, and could allow what that forbids.
#[test]
fn no_other_source_allows_unsafe() {
    let files = cargo::output(
        std::process::Command::new("git")
            .args(["ls-files", "*.rs"])
            .current_dir(paths::root()),
    );
    let mut looked_at = 0;
    for file in files.unwrap().lines() {
        let own = |folder: &str| file.starts_with(folder);
        let elsewhere = own("guests/") || own("fuzz/") || own("bench/peers/");
        if elsewhere || own("crates/tollgate-sandbox/") || own("bench/sandbox/") {
            continue;
        }
        let Ok(text) = fs::read_to_string(paths::root().join(file)) else {
            continue;
        };
        looked_at += 1;
        let lines = text.lines().filter(|line| line.contains("unsafe_code"));
        let own_words = Path::new(file).ends_with("xtask/src/lints.rs");
        for line in lines.filter(|_| !own_words) {
            assert_eq!(line, "#![forbid(unsafe_code)]", "{file}");
        }
    }
    assert!(looked_at > 500);
}

#[test]
fn no_library_turns_a_lint_off_for_all_of_itself() {
    for Package { name, roots, .. } in packages() {
        if !name.starts_with("tollgate") {
            continue;
        }
        for (_, root) in roots.iter().filter(|(kind, _)| kind == "lib") {
            for attribute in attributes(root) {
                let told = tokens(&attribute);
                // What tests may stands in `clippy.toml`.
                let is_off = ["allow", "expect", "cfg_attr"]
                    .iter()
                    .any(|name| attribute.path().is_ident(name));
                assert!(!is_off, "{root}: {told}");
            }
        }
    }
}
