//! The sources of a crate, as syntax: its root and every file that a `mod` line leads to. Code that only tests have is left out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::{Attribute, Item, ItemMod};

use crate::paths;

/// What is built from one root: a library, or a program.
pub(super) struct Program {
    /// The crate's name.
    pub(super) name: String,
    /// Its files, the root first.
    pub(super) files: Vec<File>,
}

/// One file of a program.
pub(super) struct File {
    /// Its module: `["gate", "calls"]`, nothing for the root.
    pub(super) module: Vec<String>,
    /// Where it is, from the root of the repository.
    pub(super) path: PathBuf,
    /// What stands in it.
    pub(super) items: Vec<Item>,
}

/// Reads every crate of the workspace.
pub(super) fn programs() -> Result<Vec<Program>> {
    let mut folders: Vec<PathBuf> = fs::read_dir(paths::root().join("crates"))
        .context("the crates")?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    folders.push(paths::root().join("xtask"));
    folders.sort();
    let mut programs = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        for root in ["src/lib.rs", "src/main.rs"] {
            let root = folder.join(root);
            if root.exists() {
                programs.push(program(name.clone().into_owned(), &root)?);
            }
        }
    }
    Ok(programs)
}

fn program(name: String, root: &Path) -> Result<Program> {
    let mut program = Program {
        name,
        files: Vec::new(),
    };
    let folder = root.parent().context("a root has a folder")?;
    let place = Place {
        module: Vec::new(),
        path: root.to_owned(),
        folder: folder.to_owned(),
    };
    read(&mut program, place)?;
    Ok(program)
}

/// Reads a file and those below it.
fn read(program: &mut Program, place: Place) -> Result<()> {
    let Place {
        module,
        path,
        folder,
    } = place;
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let syntax = syn::parse_file(&text).with_context(|| path.display().to_string())?;
    let below =
        files_below(&syntax.items, &module, &folder).with_context(|| path.display().to_string())?;
    program.files.push(File {
        module,
        path: path.strip_prefix(paths::root()).unwrap_or(&path).to_owned(),
        items: syntax.items,
    });
    for place in below {
        read(program, place)?;
    }
    Ok(())
}

/// Where a module is.
struct Place {
    module: Vec<String>,
    path: PathBuf,
    /// Where the files of its modules are.
    folder: PathBuf,
}

fn files_below(items: &[Item], module: &[String], folder: &Path) -> Result<Vec<Place>> {
    let mut below = Vec::new();
    for declared in items.iter().filter_map(as_module) {
        let name = declared.ident.to_string();
        let module: Vec<String> = module.iter().cloned().chain([name.clone()]).collect();
        let inside = folder.join(&name);
        match &declared.content {
            Some((_, items)) => below.extend(files_below(items, &module, &inside)?),
            None => below.push(Place {
                module,
                path: file_below(declared, folder)?,
                folder: inside,
            }),
        }
    }
    Ok(below)
}

/// Where the file of a module is that stands in a file of its own.
fn file_below(declared: &ItemMod, folder: &Path) -> Result<PathBuf> {
    let name = declared.ident.to_string();
    let places = match named_path(&declared.attrs) {
        Some(path) => vec![folder.join(path)],
        None => vec![
            folder.join(format!("{name}.rs")),
            folder.join(&name).join("mod.rs"),
        ],
    };
    let found = places.iter().find(|path| path.exists());
    found
        .cloned()
        .with_context(|| format!("`mod {name}` has none of the files {places:?}"))
}

/// The file that `#[path = "…"]` names.
fn named_path(attributes: &[Attribute]) -> Option<String> {
    let mut named = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("path"));
    match &named.next()?.meta.require_name_value().ok()?.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(path),
            ..
        }) => Some(path.value()),
        _ => None,
    }
}

fn as_module(item: &Item) -> Option<&ItemMod> {
    match item {
        Item::Mod(module) if !is_test(&module.attrs) => Some(module),
        _ => None,
    }
}

/// Whether something is there for tests alone.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute
            .meta
            .require_list()
            .map(|list| list.tokens.to_string());
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && condition.is_ok_and(|text| text == "test" || text.starts_with("all (test"))
    })
}

/// A program of these modules and their texts, for tests.
#[cfg(test)]
pub(super) fn of_texts(texts: &[(&str, &str)]) -> Program {
    let file = |(module, text): &(&str, &str)| File {
        module: module
            .split('/')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        path: PathBuf::from(module),
        items: syn::parse_file(text).expect("Rust").items,
    };
    Program {
        name: String::from("made-up"),
        files: texts.iter().map(file).collect(),
    }
}
