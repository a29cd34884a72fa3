//! Circles: which crates may have how large ones.

use super::bounds::{self, Layer};
use super::graph::Graph;
use super::read::Program;

/// Says which circles of a program are larger than its bound, and which imports go through its root.
pub(super) fn faults(program: &Program) -> Vec<String> {
    let graph = Graph::of(program);
    let bound = bounds::of(&program.name);
    let mut faults = Vec::new();
    for circle in graph.circles() {
        if circle.len() > bound.circle {
            let reasons = graph.reasons(&circle).join("\n    ");
            faults.push(format!(
                "{}: a circle of {} files, at most {} may be one: {}\n    {reasons}",
                program.name,
                circle.len(),
                bound.circle,
                circle.join(" "),
            ));
        }
    }
    for circle in graph.circles_of_folders() {
        let is_known = bound
            .folders
            .iter()
            .any(|known| circle.iter().all(|name| known.contains(&name.as_str())));
        if !is_known {
            faults.push(format!(
                "{}: a new circle of folders: {}",
                program.name,
                circle.join(" ")
            ));
        }
    }
    let against = against(&graph, bound.layers);
    faults.extend(against.map(|import| format!("{}: {import}", program.name)));
    faults.extend(graph.through_root.iter().map(|import| {
        format!(
            "{}: {import} comes through the root; name the module that owns it",
            program.name
        )
    }));
    faults
}

/// Says which imports the layers do not have, and which folders are no layer. Without layers every import is good.
fn against(graph: &Graph, layers: &[Layer]) -> impl Iterator<Item = String> {
    let layer = |folder: &str| layers.iter().find(|(name, _)| *name == folder);
    let mut faults = Vec::new();
    for (from, to, said) in graph.imports_of_folders() {
        match (layers, layer(from), layer(to)) {
            ([], ..) => {}
            (_, Some((_, below)), Some(_)) if below.contains(&to) => {}
            (_, Some(_), Some(_)) => {
                faults.push(format!("`{from}` may not import `{to}`: {said}"));
            }
            _ => faults.push(format!("`{from}` or `{to}` is none of its layers: {said}")),
        }
    }
    faults.into_iter()
}

#[cfg(test)]
mod tests {
    use super::super::read::of_texts;
    use super::*;

    /// `high` imports `low`.
    const TEXTS: &[(&str, &str)] = &[
        ("", "mod high; mod low;"),
        ("high/part", "use crate::low::Low; struct Part(Low);"),
        ("low", "pub struct Low;"),
    ];

    fn faults_of(layers: &[Layer]) -> Vec<String> {
        against(&Graph::of(&of_texts(TEXTS)), layers).collect()
    }

    #[test]
    fn an_import_is_one_that_the_layers_have() {
        assert_eq!(faults_of(&[]), [""; 0]);
        assert_eq!(faults_of(&[("low", &[]), ("high", &["low"])]), [""; 0]);
        let import = "high/part → low: crate::low::Low";
        assert_eq!(
            faults_of(&[("low", &["high"]), ("high", &[])]),
            [format!("`high` may not import `low`: {import}")]
        );
        assert_eq!(
            faults_of(&[("high", &["low"])]),
            [format!("`high` or `low` is none of its layers: {import}")]
        );
    }
}
