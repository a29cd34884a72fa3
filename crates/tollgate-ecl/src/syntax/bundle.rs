//! Which source files belong together: bundles are made from the files a user names.

use std::collections::HashMap;

pub use tollgate_diagnostics::source::{Bundle, SourceFile, line_column};

use crate::syntax::ast::ItemKind;
use crate::syntax::lexer::{TokenKind, lex};
use crate::syntax::parser::parse;

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
    let mut files: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, file) in bundle.files.iter().enumerate() {
        files.entry(normal(&file.name)).or_default().push(index);
    }
    let mut sets = Sets((0..bundle.files.len()).collect());
    for ((index, file), source) in links.iter().enumerate().zip(&bundle.files) {
        let imported = file
            .imports
            .iter()
            .filter_map(|import| files.get(&resolve(&source.name, import)?))
            .flatten()
            .copied();
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

/// The name of the file that an import names: its path from the folder of the importing file. `None` if the text is not
/// a relative path of an `.ecl` file.
///
/// Names are paths with `/`. One path names one file: `.` and `..` are followed by the text alone, so that the checker and
/// what reads files agree.
#[must_use]
pub fn resolve(importer: &str, import: &str) -> Option<String> {
    let plain = import.ends_with(".ecl") && !import.starts_with('/') && !import.contains('\\');
    let folder = importer.rfind('/').and_then(|end| importer.get(..=end));
    plain.then(|| normal(&format!("{}{import}", folder.unwrap_or(""))))
}

/// The same path without `.`, without `..` behind a folder, and without doubled `/`.
#[must_use]
pub fn normal(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            // Above `/` is `/`.
            ".." if absolute => {}
            step => steps.push(step),
        }
    }
    let start = if absolute { "/" } else { "" };
    format!("{start}{}", steps.join("/"))
}

/// The path of a file from the folder of another one, as an import would be written. `None` if only one of them begins at `/`.
pub(crate) fn path_between(importer: &str, file: &str) -> Option<String> {
    if importer.starts_with('/') != file.starts_with('/') {
        return None;
    }
    let (from, to) = (normal(importer), normal(file));
    let mut from: Vec<&str> = from.split('/').collect();
    from.pop();
    let to: Vec<&str> = to.split('/').collect();
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let (up, down) = (from.get(same..)?, to.get(same..)?);
    // How to go down again from a folder above the root has no name.
    let known = !down.is_empty() && up.iter().all(|step| *step != "..");
    known.then(|| {
        let steps: Vec<&str> = up
            .iter()
            .map(|_| "..")
            .chain(down.iter().copied())
            .collect();
        steps.join("/")
    })
}

/// What a file imports, as it is written there.
#[must_use]
pub fn imports(source: &SourceFile) -> Vec<String> {
    // Most files import nothing; they are not parsed twice.
    if !source.text.contains("import") {
        return Vec::new();
    }
    let items = parse(0, &source.text).file.items.into_iter();
    let imports = items.filter_map(|item| match item.kind {
        ItemKind::Import(name) => Some(name.node),
        _ => None,
    });
    imports.collect()
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
                    crate::syntax::ast::object_id(&fields).map(|(id, _)| id.to_owned())
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
    fn an_import_is_a_path_and_not_the_end_of_one() {
        let files = [
            ("t/x/a.ecl", "import \"limits.ecl\""),
            ("t/y/limits.ecl", "enum E { A }"),
            ("t/x/b.ecl", "import \"../z/limits.ecl\""),
            ("t/z/limits.ecl", "enum E { A }"),
        ];
        let alone = [vec!["t/x/a.ecl"], vec!["t/y/limits.ecl"]];
        let together = vec!["t/x/b.ecl", "t/z/limits.ecl"];
        assert_eq!(names(&files), [&alone[..], &[together]].concat());
    }

    #[test]
    fn a_path_is_followed_by_its_text_alone() {
        let file = |importer, import| resolve(importer, import).unwrap();
        assert_eq!(file("a.ecl", "./b.ecl"), "b.ecl");
        assert_eq!(file("x/a.ecl", "../y/b.ecl"), "y/b.ecl");
        assert_eq!(file("./x/a.ecl", "b/./c.ecl"), "x/b/c.ecl");
        assert_eq!(file("a.ecl", "../../b.ecl"), "../../b.ecl");
        assert_eq!(file("../x/a.ecl", "../b.ecl"), "../b.ecl");
        assert_eq!(file("/x/a.ecl", "../../b.ecl"), "/b.ecl");
        for import in ["/b.ecl", "b", "..\\b.ecl", "", "b.ecl/.."] {
            assert_eq!(resolve("a.ecl", import), None, "{import}");
        }
    }

    #[test]
    fn the_path_between_two_files_leads_back_to_the_file() {
        let pairs = [
            ("x/a.ecl", "y/b.ecl", "../y/b.ecl"),
            ("a.ecl", "x/y/b.ecl", "x/y/b.ecl"),
            ("x/y/a.ecl", "b.ecl", "../../b.ecl"),
            ("/x/a.ecl", "/b.ecl", "../b.ecl"),
            ("../x/a.ecl", "../b.ecl", "../b.ecl"),
        ];
        for (from, to, import) in pairs {
            assert_eq!(path_between(from, to).as_deref(), Some(import), "{from}");
            assert_eq!(resolve(from, import).as_deref(), Some(to), "{from}");
        }
        assert_eq!(path_between("/x/a.ecl", "b.ecl"), None);
        assert_eq!(path_between("../x/a.ecl", "b.ecl"), None);
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
