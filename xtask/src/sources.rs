//! `cargo xtask sources`: reads the sources of every crate and measures the shape that they keep.
//!
//! A file is short enough to read in one sitting, unless it is a table. A module may name the modules below it, and few of them
//! name each other in a circle. A function takes few values, and says what each of them is. What is measured is the code without
//! its tests; the bounds stand in [`bounds`], and the tests below fail when a crate goes over one of them. What ARCHITECTURE.md
//! names is there.

mod bounds;
mod circles;
mod graph;
mod lengths;
mod names;
mod read;
mod signatures;
mod written;

use anyhow::Result;
use clap::Args;

use self::graph::Graph;
use self::read::Program;
use self::signatures::Signatures;

/// What to print.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Name each circle, each import that closes one, and each function that takes too much.
    #[arg(long)]
    list: bool,
    /// Only these crates, for instance `tollgate-sandbox`. Default: all of them.
    #[arg(value_name = "CRATE")]
    crates: Vec<String>,
}

/// Prints the figures of each crate; an error if one is over its bound.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let programs = read::programs()?;
    are_known(&arguments.crates, &programs)?;
    let wanted = |program: &&Program| {
        arguments.crates.is_empty() || arguments.crates.contains(&program.name)
    };
    let mut all = Signatures::default();
    println!(
        "crate                  files  circle  folders in circles  functions  of many values  bool"
    );
    for program in programs.iter().filter(wanted) {
        let graph = Graph::of(program);
        let signatures = Signatures::of(program);
        println!(
            "{:<22} {:>5}  {:>6}  {:>18}  {:>9}  {:>14}  {:>4}",
            program.name,
            program.files.len(),
            graph.largest_circle(),
            graph.folders_in_circles(),
            signatures.functions,
            signatures.many.len(),
            signatures.bools.len(),
        );
        if arguments.list {
            graph.print();
            signatures.print();
        }
        all.add(signatures);
    }
    println!(
        "{} of {} functions take more than {} values ({:.1} %, to become {} %), {} values are `bool` (to become {})",
        all.many.len(),
        all.functions,
        bounds::VALUES,
        all.share_of_many(),
        bounds::MANY_PERCENT,
        all.bools.len(),
        bounds::BOOLS,
    );
    let faults = faults(&programs)?;
    anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// An error for a crate that is none of these.
fn are_known(wanted: &[String], programs: &[Program]) -> Result<()> {
    let known: Vec<&str> = programs.iter().map(|program| &*program.name).collect();
    for name in wanted {
        anyhow::ensure!(
            known.contains(&name.as_str()),
            "no crate is called `{name}`; there are {}",
            known.join(", ")
        );
    }
    Ok(())
}

/// Says which bounds are exceeded, and where.
fn faults(programs: &[Program]) -> Result<Vec<String>> {
    let mut faults = lengths::faults()?;
    faults.extend(written::faults()?);
    for program in programs {
        faults.extend(circles::faults(program));
        faults.extend(signatures::faults(program));
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_keep_their_shape() {
        let programs = read::programs().unwrap();
        let faults = faults(&programs).unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn every_crate_is_read() {
        let programs = read::programs().unwrap();
        let names: Vec<&str> = programs
            .iter()
            .map(|program| program.name.as_str())
            .collect();
        for name in ["tollgate", "tollgate-sandbox", "tollgate-cli", "xtask"] {
            assert!(names.contains(&name), "{names:?}");
        }
        let unknown = are_known(&[String::from("tollgate-sandbax")], &programs);
        assert!(
            unknown
                .unwrap_err()
                .to_string()
                .contains("tollgate-sandbox")
        );
        let sandbox = programs
            .iter()
            .find(|program| program.name == "tollgate-sandbox");
        assert!(sandbox.unwrap().files.len() > 100);
    }
}
