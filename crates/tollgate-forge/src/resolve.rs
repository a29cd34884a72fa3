//! Which file an import names: by path alone, so that the compiler and whoever reads files agree.

use oxc_allocator::Allocator;
use oxc_ast::ast::{ModuleDeclaration, Program};
use tollgate_diagnostics::source::SourceFile;

/// What an import's text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file of the project: the names it can have, the first that exists is meant.
    File(Vec<String>),
    /// A path that leads out of the project.
    Outside,
    /// The name of a package or of a module of the host.
    Package,
}

/// Finds what `import` names in the file `importer`. Names are paths from the project folder, with `/`.
#[must_use]
pub fn resolve(importer: &str, import: &str) -> Target {
    if !(import.starts_with("./") || import.starts_with("../")) {
        return Target::Package;
    }
    let folder = importer.rfind('/').and_then(|end| importer.get(..end));
    let mut steps: Vec<&str> = folder.map_or(Vec::new(), |f| f.split('/').collect());
    for step in import.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                if steps.pop().is_none() {
                    return Target::Outside;
                }
            }
            name => steps.push(name),
        }
    }
    let path = steps.join("/");
    let mut names = Vec::new();
    if path.ends_with(".ts") {
        names.push(path);
    } else {
        // TypeScript lets an import name the file that would be made from the source.
        names.extend(path.strip_suffix(".js").map(|stem| format!("{stem}.ts")));
        names.push(format!("{path}.ts"));
        names.push(format!("{path}/index.ts"));
    }
    Target::File(names)
}

/// Returns what a file imports, as it is written there. A file with syntax errors imports nothing.
#[must_use]
pub fn imports(file: &SourceFile) -> Vec<String> {
    let allocator = Allocator::default();
    let parsed = crate::syntax::parse(&allocator, 0, file);
    let program = parsed.program.as_ref();
    program.map_or(Vec::new(), |program| {
        sources(program).map(|(text, _)| text.to_owned()).collect()
    })
}

/// The imported names of a tree with their places, types left out.
pub(crate) fn sources<'p>(
    program: &'p Program<'_>,
) -> impl Iterator<Item = (&'p str, oxc_span::Span)> {
    program.body.iter().filter_map(|statement| {
        let source = match statement.as_module_declaration()? {
            ModuleDeclaration::ImportDeclaration(import) => &import.source,
            ModuleDeclaration::ExportAllDeclaration(export) => &export.source,
            ModuleDeclaration::ExportFromDeclaration(export) => &export.source,
            _ => return None,
        };
        Some((source.value.as_str(), source.span))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_followed_inside_the_project() {
        let file = |names: &[&str]| Target::File(names.iter().map(|n| (*n).to_owned()).collect());
        assert_eq!(resolve("a.ts", "./b"), file(&["b.ts", "b/index.ts"]));
        assert_eq!(resolve("src/a.ts", "../b.ts"), file(&["b.ts"]));
        assert_eq!(
            resolve("src/a.ts", "./x/../b.js"),
            file(&["src/b.ts", "src/b.js.ts", "src/b.js/index.ts"])
        );
        assert_eq!(resolve("a.ts", "../b"), Target::Outside);
        assert_eq!(resolve("src/a.ts", "../../b"), Target::Outside);
        assert_eq!(resolve("a.ts", "b"), Target::Package);
        assert_eq!(resolve("a.ts", "/etc/passwd"), Target::Package);
    }
}
