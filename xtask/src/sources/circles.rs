//! Circles: which crates may have how large ones.

use super::bounds;
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
    faults.extend(graph.through_root.iter().map(|import| {
        format!(
            "{}: {import} comes through the root; name the module that owns it",
            program.name
        )
    }));
    faults
}
