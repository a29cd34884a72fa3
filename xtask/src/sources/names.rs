//! What the modules of a program define, import and mention, and which module a name leads to.
//!
//! A name is followed through imports and re-exports to the module that owns it, so that a façade hides no circle. What a macro
//! takes or makes is read as words: paths in it count as mentions, and names after `struct`, `fn` and so on as definitions.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, ItemUse, UseTree, Visibility};

use super::read::{File, Program, is_test};

/// A name with what leads to it: `["crate", "gate", "Target"]`.
pub(super) type Words = Vec<String>;

/// The names of one module.
#[derive(Default)]
pub(super) struct Module {
    /// The file it is in.
    pub(super) file: usize,
    /// Names of the modules right below it.
    below: BTreeSet<String>,
    defines: BTreeSet<String>,
    /// What a name that it imports stands for.
    imports: BTreeMap<String, Words>,
    /// Modules of which it imports everything.
    globs: Vec<Words>,
    /// Imports that are its own and no re-exports, and paths in its code.
    pub(super) mentions: BTreeSet<Words>,
}

impl Module {
    /// Adds what stands in another file of the same module: one for each system that it is built for.
    fn add(&mut self, other: Self) {
        self.defines.extend(other.defines);
        self.imports.extend(other.imports);
        self.globs.extend(other.globs);
        self.mentions.extend(other.mentions);
    }
}

/// The names of a program.
pub(super) struct Names {
    pub(super) modules: BTreeMap<Words, Module>,
}

/// Names that lead to names that lead to … end here.
const STEPS: usize = 32;

impl Names {
    pub(super) fn of(program: &Program) -> Self {
        let mut names = Self {
            modules: BTreeMap::new(),
        };
        for (number, File { module, items, .. }) in program.files.iter().enumerate() {
            names.read(module.clone(), number, items);
        }
        let paths: Vec<Words> = names.modules.keys().cloned().collect();
        for path in paths {
            if let Some((name, above)) = path.split_last()
                && let Some(module) = names.modules.get_mut(above)
            {
                module.below.insert(name.clone());
            }
        }
        names
    }

    fn read(&mut self, path: Words, file: usize, items: &[Item]) {
        let mut reader = Reader {
            names: self,
            path: path.clone(),
            module: Module {
                file,
                ..Module::default()
            },
        };
        for item in items {
            reader.visit_item(item);
        }
        let module = reader.module;
        match self.modules.entry(path) {
            Entry::Vacant(place) => drop(place.insert(module)),
            Entry::Occupied(mut place) => place.get_mut().add(module),
        }
    }

    /// Returns the module that owns what `words` mean in the module `from`; nothing if it is of another crate.
    pub(super) fn owner(&self, from: &[String], words: &[String]) -> Option<Words> {
        self.follow(from, words, STEPS)
    }

    fn follow(&self, from: &[String], words: &[String], steps: usize) -> Option<Words> {
        let steps = steps.checked_sub(1)?;
        let first = words.first()?;
        let (mut at, rest) = match first.as_str() {
            "crate" => (Vec::new(), &words[1..]),
            "self" => (from.to_vec(), &words[1..]),
            "super" => {
                let up = words.iter().take_while(|word| *word == "super").count();
                let depth = from.len().checked_sub(up)?;
                (from[..depth].to_vec(), &words[up..])
            }
            _ if self.has_module(from, first) => (from.to_vec(), words),
            _ => {
                let imported = self.modules.get(from)?.imports.get(first)?;
                if imported.len() == 1 && imported[0] == *first {
                    return None;
                }
                let meant: Words = imported.iter().chain(&words[1..]).cloned().collect();
                return self.follow(from, &meant, steps);
            }
        };
        for (index, word) in rest.iter().enumerate() {
            if self.has_module(&at, word) {
                at.push(word.clone());
                continue;
            }
            return self.inside(&at, &rest[index..], steps);
        }
        Some(at)
    }

    /// Follows `rest`, which begins with something that is no module, from the module `at`.
    fn inside(&self, at: &[String], rest: &[String], steps: usize) -> Option<Words> {
        let module = self.modules.get(at)?;
        let first = rest.first()?;
        if module.defines.contains(first) {
            return Some(at.to_vec());
        }
        if let Some(imported) = module.imports.get(first) {
            let meant: Words = imported.iter().chain(&rest[1..]).cloned().collect();
            return self.follow(at, &meant, steps);
        }
        let through = |glob: &Words| {
            let meant: Words = glob.iter().chain(rest).cloned().collect();
            self.follow(at, &meant, steps).filter(|owner| owner != at)
        };
        let owner = module.globs.iter().find_map(through);
        owner.or_else(|| (!at.is_empty()).then(|| at.to_vec()))
    }

    fn has_module(&self, at: &[String], name: &str) -> bool {
        let module = self.modules.get(at);
        module.is_some_and(|module| module.below.contains(name))
    }

    /// Whether `words` go through the crate's root although another module owns what they mean.
    pub(super) fn goes_through_root(&self, from: &[String], words: &[String]) -> bool {
        let up = words.iter().take_while(|word| *word == "super").count();
        let rest = match words.first().map(String::as_str) {
            Some("crate") => &words[1..],
            Some("super") if up == from.len() => &words[up..],
            _ => return false,
        };
        let is_item = rest.first().is_some_and(|name| !self.has_module(&[], name));
        is_item
            && self
                .owner(from, words)
                .is_some_and(|owner| !owner.is_empty())
    }
}

/// Who uses what a module imports.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Its own code.
    ForItself,
    /// Others, who find it here: a façade needs nothing of it.
    ForOthers,
}

struct Reader<'a> {
    names: &'a mut Names,
    path: Words,
    module: Module,
}

impl Reader<'_> {
    fn import(&mut self, before: &Words, tree: &UseTree, how: How) {
        match tree {
            UseTree::Path(path) => {
                let before = with(before, path.ident.to_string());
                self.import(&before, &path.tree, how);
            }
            UseTree::Name(name) => {
                let word = name.ident.to_string();
                match (word.as_str(), before.last().cloned()) {
                    ("self", Some(last)) => self.imported(last, before.clone(), how),
                    _ => self.imported(word.clone(), with(before, word), how),
                }
            }
            UseTree::Rename(name) => {
                let words = with(before, name.ident.to_string());
                self.imported(name.rename.to_string(), words, how);
            }
            UseTree::Glob(_) => {
                if how == How::ForItself {
                    self.module.mentions.insert(before.clone());
                }
                self.module.globs.push(before.clone());
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(before, tree, how);
                }
            }
        }
    }

    fn imported(&mut self, name: String, words: Words, how: How) {
        if how == How::ForItself {
            self.module.mentions.insert(words.clone());
        }
        self.module.imports.insert(name, words);
    }

    /// Reads what a macro is given, or made of.
    fn words(&mut self, tokens: TokenStream) {
        let mut path: Words = Vec::new();
        let mut colons = 0;
        let mut last = String::new();
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    if colons != 2 {
                        self.mention(std::mem::take(&mut path));
                    }
                    if ["struct", "enum", "fn", "trait", "type", "const", "static"]
                        .contains(&last.as_str())
                    {
                        self.module.defines.insert(word.clone());
                    }
                    last.clone_from(&word);
                    path.push(word);
                    colons = 0;
                }
                TokenTree::Group(group) => {
                    self.mention(std::mem::take(&mut path));
                    colons = 0;
                    self.words(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.mention(std::mem::take(&mut path));
                    colons = 0;
                }
            }
        }
        self.mention(path);
    }

    fn mention(&mut self, words: Words) {
        if !words.is_empty() {
            self.module.mentions.insert(words);
        }
    }
}

fn with(words: &[String], word: String) -> Words {
    words.iter().cloned().chain([word]).collect()
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return;
        }
        if let Some(name) = defined(item) {
            self.module.defines.insert(name);
        }
        match item {
            Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    let path = with(&self.path, module.ident.to_string());
                    self.names.read(path, self.module.file, items);
                }
            }
            Item::Macro(item) => self.words(item.mac.tokens.clone()),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let how = match item.vis {
            Visibility::Inherited => How::ForItself,
            _ => How::ForOthers,
        };
        self.import(&Vec::new(), &item.tree, how);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.mention(words.collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.visit_path(&called.path);
        self.words(called.tokens.clone());
    }

    /// Attributes and `pub(super)` need nothing.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
