//! Which source files belong together: bundles are made from the files a user names.

use std::collections::HashMap;

pub use tollgate_diagnostics::source::{Bundle, SourceFile, line_column};

use crate::ast::ItemKind;
use crate::lexer::{TokenKind, lex};
use crate::parser::parse;

/// The bundles these files make when each stands for itself: a file belongs together with the files it imports, and with
/// those that declare what it names by `@ref`. The order of the files is kept.
///
/// A folder of policies is read like this: two policies that know nothing of each other may use the same names.
#[must_use]
pub fn connected(bundle: Bundle) -> Vec<Bundle> {
    if bundle.files.len() < 2 {
        return vec![bundle];
    }
    let links: Vec<Links> = bundle.files.iter().map(Links::of).collect();
    let mut ids = HashMap::new();
    for (index, file) in links.iter().enumerate() {
        for id in &file.ids {
            ids.entry(id.as_str()).or_insert(index);
        }
    }
    let mut sets = Sets((0..bundle.files.len()).collect());
    for (index, file) in links.iter().enumerate() {
        let imported = file
            .imports
            .iter()
            .filter_map(|i| imported(&bundle, index, i));
        let named = file
            .refs
            .iter()
            .filter_map(|id| ids.get(id.as_str()).copied());
        for other in imported.chain(named) {
            sets.join(index, other);
        }
    }
    let mut bundles: Vec<(usize, Bundle)> = Vec::new();
    for (index, file) in bundle.files.into_iter().enumerate() {
        let set = sets.of(index);
        match bundles.iter_mut().find(|(s, _)| *s == set) {
            Some((_, bundle)) => bundle.files.push(file),
            None => bundles.push((set, Bundle { files: vec![file] })),
        }
    }
    bundles.into_iter().map(|(_, bundle)| bundle).collect()
}

/// The file an import names: the one beside the importing file, else the only way in which another name ends in it.
fn imported(bundle: &Bundle, importer: usize, import: &str) -> Option<usize> {
    let steps: Vec<&str> = import.split('/').filter(|step| *step != ".").collect();
    let wanted = steps.join("/");
    let importer = bundle.files.get(importer).map_or("", |f| f.name.as_str());
    let folder = importer.rfind('/').and_then(|end| importer.get(..=end));
    let folder = folder.unwrap_or("");
    let beside = format!("{folder}{wanted}");
    let named = |name: &str| bundle.files.iter().position(|f| f.name == name);
    let ends = |f: &SourceFile| {
        let before = f.name.strip_suffix(&wanted);
        before.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    };
    named(&beside).or_else(|| bundle.files.iter().position(ends))
}

/// What connects a file with others.
#[derive(Default)]
struct Links {
    imports: Vec<String>,
    /// Ids that are declared here.
    ids: Vec<String>,
    /// Ids that are named by `@ref`.
    refs: Vec<String>,
}

impl Links {
    fn of(file: &SourceFile) -> Self {
        let mut links = Self::default();
        if file.text.contains('@') {
            links.refs = refs(&file.text);
        }
        for item in parse(0, &file.text).file.items {
            let id = match item.kind {
                ItemKind::Import(path) => {
                    links.imports.push(path.node);
                    continue;
                }
                ItemKind::Policy(policy) => policy.id.map(|id| id.node),
                ItemKind::Guard(guard) => guard.id.map(|id| id.node),
                ItemKind::Blueprint(blueprint) => blueprint.id.map(|id| id.node),
                ItemKind::Object { fields, .. } => {
                    crate::check::object_id(&fields).map(|(id, _)| id.to_owned())
                }
                _ => None,
            };
            links.ids.extend(id);
        }
        links
    }
}

/// What stands in `@ref("…")`.
fn refs(text: &str) -> Vec<String> {
    let tokens = lex(0, text).tokens;
    let named = tokens.windows(4).filter_map(|window| {
        let [at, _, open, id] = window else {
            return None;
        };
        let reference = at.kind == TokenKind::At
            && open.kind == TokenKind::OpenParen
            && id.kind == TokenKind::Str;
        let id = text.get(id.start as usize..id.end as usize)?;
        reference.then(|| id.trim_matches('"').to_owned())
    });
    named.collect()
}

/// Disjoint sets: each entry names another of its set, or itself.
struct Sets(Vec<usize>);

impl Sets {
    /// The entry that stands for the set.
    fn of(&self, mut index: usize) -> usize {
        while let Some(next) = self.0.get(index).filter(|next| **next != index) {
            index = *next;
        }
        index
    }

    /// The smaller entry stands for both sets, so chains only go down.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        if let Some(entry) = self.0.get_mut(a.max(b)) {
            *entry = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let mut bundle = Bundle::default();
        for (name, text) in files {
            bundle.add(*name, *text);
        }
        let bundles = connected(bundle);
        let names = |b: &Bundle| b.files.iter().map(|f| f.name.clone()).collect();
        bundles.iter().map(names).collect()
    }

    #[test]
    fn files_that_know_nothing_of_each_other_are_bundles_of_their_own() {
        let files = [("a.ecl", "enum E { A }"), ("b.ecl", "enum E { A }")];
        assert_eq!(names(&files), [["a.ecl"], ["b.ecl"]]);
    }

    #[test]
    fn an_import_is_the_file_beside_the_importing_one() {
        let import = "import \"./types.ecl\"";
        let files = [
            ("a/types.ecl", "enum E { A }"),
            ("b/types.ecl", "enum E { A }"),
            ("b/policy.ecl", import),
            ("c/policy.ecl", "enum E { A }"),
        ];
        assert_eq!(
            names(&files),
            [
                vec!["a/types.ecl"],
                vec!["b/types.ecl", "b/policy.ecl"],
                vec!["c/policy.ecl"]
            ]
        );
    }

    #[test]
    fn a_reference_connects_the_file_that_declares_the_id() {
        let files = [
            (
                "a.ecl",
                "policy_evaluate { policy: @ref(\"did:example:p\") }",
            ),
            ("b.ecl", "enum E { A }"),
            ("c.ecl", "policy \"p\" { id: \"did:example:p\" }"),
        ];
        assert_eq!(names(&files), [vec!["a.ecl", "c.ecl"], vec!["b.ecl"]]);
    }
}
