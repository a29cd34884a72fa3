//! Which file of a program needs which, and the circles in that.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Names, Words};
use super::read::Program;

/// Who needs whom, and the words that say so.
type Needs<T> = BTreeMap<T, BTreeMap<T, BTreeSet<String>>>;

/// The files of a program and what they need of each other. The root is left out: it names what others may use.
pub(super) struct Graph {
    files: Needs<String>,
    folders: Needs<String>,
    /// Names that are imported through the root: `run/link.rs: crate::Value`.
    pub(super) through_root: Vec<String>,
}

impl Graph {
    pub(super) fn of(program: &Program) -> Self {
        let names = Names::of(program);
        let mut graph = Self {
            files: Needs::new(),
            folders: Needs::new(),
            through_root: Vec::new(),
        };
        for (path, module) in &names.modules {
            let Some(from) = file_of(program, module.file) else {
                continue;
            };
            for words in &module.mentions {
                if names.goes_through_root(path, words) {
                    graph
                        .through_root
                        .push(format!("{from}: {}", words.join("::")));
                }
                let owner = names.owner(path, words);
                let owner =
                    owner.and_then(|owner| file_of(program, names.modules.get(&owner)?.file));
                if let Some(to) = owner {
                    graph.need(&from, &to, words);
                }
            }
        }
        graph
    }

    fn need(&mut self, from: &str, to: &str, words: &Words) {
        let folder = |file: &str| file.split('/').next().unwrap_or(file).to_owned();
        let said = words.join("::");
        if from != to {
            put(
                &mut self.files,
                (from.to_owned(), to.to_owned()),
                said.clone(),
            );
        }
        if folder(from) != folder(to) {
            let said = format!("{from} → {to}: {said}");
            put(&mut self.folders, (folder(from), folder(to)), said);
        }
    }

    /// Circles of files, the largest first.
    pub(super) fn circles(&self) -> Vec<Vec<String>> {
        circles(&self.files)
    }

    /// Circles of folders at the root, of which a file is one.
    pub(super) fn circles_of_folders(&self) -> Vec<Vec<String>> {
        circles(&self.folders)
    }

    /// Which folder imports which, with one import that does.
    pub(super) fn imports_of_folders(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.folders.iter().flat_map(|(from, needs)| {
            needs.iter().map(|(to, said)| {
                let said = said.last().map_or("", String::as_str);
                (from.as_str(), to.as_str(), said)
            })
        })
    }

    pub(super) fn largest_circle(&self) -> usize {
        self.circles().first().map_or(0, Vec::len)
    }

    pub(super) fn folders_in_circles(&self) -> usize {
        self.circles_of_folders().iter().map(Vec::len).sum()
    }

    /// Says why a circle is one: each need between its members.
    pub(super) fn reasons(&self, circle: &[String]) -> Vec<String> {
        reasons(&self.files, circle)
    }

    pub(super) fn print(&self) {
        for circle in self.circles() {
            println!("  circle of {} files: {}", circle.len(), circle.join(" "));
            for reason in self.reasons(&circle) {
                println!("    {reason}");
            }
        }
        for circle in self.circles_of_folders() {
            println!("  circle of {} folders: {}", circle.len(), circle.join(" "));
        }
        for import in &self.through_root {
            println!("  through the root: {import}");
        }
    }
}

/// The name of a file in messages: its module, with slashes. Nothing for the root.
fn file_of(program: &Program, number: usize) -> Option<String> {
    let module = &program.files.get(number)?.module;
    (!module.is_empty()).then(|| module.join("/"))
}

fn put(needs: &mut Needs<String>, (from, to): (String, String), said: String) {
    needs
        .entry(from)
        .or_default()
        .entry(to)
        .or_default()
        .insert(said);
}

fn reasons(needs: &Needs<String>, circle: &[String]) -> Vec<String> {
    let mut reasons = Vec::new();
    for from in circle {
        for (to, words) in needs.get(from).into_iter().flatten() {
            if circle.contains(to) {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                reasons.push(format!("{from} → {to}: {}", words.join(", ")));
            }
        }
    }
    reasons
}

/// The sets of two and more that lead to each other, by what each of them reaches.
fn circles(needs: &Needs<String>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = needs
        .keys()
        .map(|name| (name, reached(needs, name)))
        .collect();
    let leads = |from: &String, to: &String| reached.get(from).is_some_and(|all| all.contains(to));
    let mut circles: Vec<Vec<String>> = Vec::new();
    for name in needs.keys().filter(|name| leads(name, name)) {
        if circles.iter().any(|circle| circle.contains(name)) {
            continue;
        }
        let members = needs
            .keys()
            .filter(|other| leads(name, other) && leads(other, name));
        circles.push(members.cloned().collect());
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

fn reached<'a>(needs: &'a Needs<String>, from: &String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = needs
        .get(from)
        .into_iter()
        .flat_map(BTreeMap::keys)
        .collect();
    while let Some(name) = next.pop() {
        if reached.insert(name) {
            next.extend(needs.get(name).into_iter().flat_map(BTreeMap::keys));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::read::of_texts;
    use super::*;

    /// `low` needs `high/part`, which is named by its façade alone, and that one needs `low`.
    const CIRCLE: &[(&str, &str)] = &[
        ("", "mod high; mod low; pub use high::Part;"),
        ("high", "mod part; pub use part::Part;"),
        ("high/part", "use crate::low::Low; pub struct Part(Low);"),
        (
            "low",
            "pub struct Low; fn f() { drop(crate::high::Part::new()); }",
        ),
    ];

    #[test]
    fn a_circle_through_a_facade_is_one() {
        let graph = Graph::of(&of_texts(CIRCLE));
        assert_eq!(graph.circles(), [["high/part", "low"]]);
        assert_eq!(graph.circles_of_folders(), [["high", "low"]]);
        assert_eq!(graph.through_root, [""; 0]);
    }

    #[test]
    fn code_of_tests_and_re_exports_close_no_circle() {
        let mut texts = CIRCLE.to_vec();
        texts[3].1 = "pub struct Low; #[cfg(test)] mod tests { use crate::high::Part; } pub use crate::high::Part;";
        let graph = Graph::of(&of_texts(&texts));
        assert_eq!(graph.circles(), [[""; 0]; 0]);
    }

    #[test]
    fn a_name_that_comes_through_the_root_is_told() {
        let mut texts = CIRCLE.to_vec();
        texts[3].1 = "use crate::Part; pub struct Low;";
        let graph = Graph::of(&of_texts(&texts));
        assert_eq!(graph.through_root, ["low: crate::Part"]);
        assert_eq!(graph.largest_circle(), 2, "the root hides nothing");
        texts[3].1 = "use super::Part; pub struct Low;";
        let graph = Graph::of(&of_texts(&texts));
        assert_eq!(graph.through_root, ["low: super::Part"]);
    }

    #[test]
    fn what_stands_in_a_macro_is_needed_too() {
        let mut texts = CIRCLE.to_vec();
        texts[3].1 = "pub struct Low; fn f() { assert!(crate::high::Part::is_good()); }";
        assert_eq!(Graph::of(&of_texts(&texts)).largest_circle(), 2);
    }

    #[test]
    fn a_module_with_a_file_for_each_system_is_one() {
        let mut texts = CIRCLE.to_vec();
        texts.push(("low", "pub struct Low;"));
        assert_eq!(Graph::of(&of_texts(&texts)).largest_circle(), 2);
    }
}
