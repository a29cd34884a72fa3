//! What became of the mutants of a file, and whether that is enough.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// Of a hundred mutants that compile, tests have to notice so many.
const CAUGHT_PERCENT: usize = 95;

/// What became of the mutants of one file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    file: String,
    /// A test failed.
    caught: usize,
    /// The tests did not end: somebody noticed that too.
    timeouts: usize,
    /// It did not compile.
    unviable: usize,
    /// No test failed: their names.
    missed: Vec<String>,
    time: Duration,
}

impl Outcome {
    /// Reads what cargo-mutants wrote.
    pub(super) fn read(file: &str, report: &Path, time: Duration) -> Result<Self> {
        let path = report.join("mutants.out/outcomes.json");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let mut outcome = Self::of(&text).with_context(|| path.display().to_string())?;
        file.clone_into(&mut outcome.file);
        outcome.time = time;
        Ok(outcome)
    }

    fn of(text: &str) -> Result<Self> {
        let report: Value = serde_json::from_str(text)?;
        let mut outcome = Self::default();
        for one in report["outcomes"].as_array().context("no outcomes")? {
            let Some(name) = one["scenario"]["Mutant"]["name"].as_str() else {
                // The tests of the unchanged tree.
                continue;
            };
            match one["summary"].as_str() {
                Some("CaughtMutant") => outcome.caught += 1,
                Some("Timeout") => outcome.timeouts += 1,
                Some("Unviable") => outcome.unviable += 1,
                Some("MissedMutant") => outcome.missed.push(name.to_owned()),
                other => anyhow::bail!("`{name}` ended with {other:?}"),
            }
        }
        Ok(outcome)
    }

    fn viable(&self) -> usize {
        self.caught + self.timeouts + self.missed.len()
    }

    fn holds(&self) -> bool {
        (self.caught + self.timeouts) * 100 >= self.viable() * CAUGHT_PERCENT
    }
}

/// Prints a line for each file, and what was missed.
pub(super) fn print(outcomes: &[Outcome]) {
    println!("\nviable  caught  timeouts  missed  unviable  seconds  file");
    for outcome in outcomes {
        println!(
            "{:>6}  {:>6}  {:>8}  {:>6}  {:>8}  {:>7}  {}",
            outcome.viable(),
            outcome.caught,
            outcome.timeouts,
            outcome.missed.len(),
            outcome.unviable,
            outcome.time.as_secs(),
            outcome.file
        );
    }
    for name in outcomes.iter().flat_map(|outcome| &outcome.missed) {
        println!("MISSED {name}");
    }
}

/// Checks that in each file enough is noticed.
pub(super) fn all_hold(outcomes: &[Outcome]) -> Result<()> {
    let below: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| !outcome.holds())
        .map(|outcome| &*outcome.file)
        .collect();
    anyhow::ensure!(
        below.is_empty(),
        "tests notice fewer than {CAUGHT_PERCENT} % of the mutants of {}",
        below.join(", ")
    );
    Ok(())
}

/// Checks that in all files together enough is noticed. In a shard of fewer than twenty one may be missed: it is a sample.
pub(super) fn sum_holds(outcomes: &[Outcome]) -> Result<()> {
    let missed: usize = outcomes.iter().map(|outcome| outcome.missed.len()).sum();
    let viable: usize = outcomes.iter().map(Outcome::viable).sum();
    let allowed = (viable * (100 - CAUGHT_PERCENT) / 100).max(1);
    anyhow::ensure!(
        missed <= allowed,
        "tests miss {missed} of {viable} mutants; at most {allowed} may be missed"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(caught: usize, missed: usize) -> Outcome {
        Outcome {
            caught,
            missed: vec![String::from("a mutant"); missed],
            ..Outcome::default()
        }
    }

    #[test]
    fn a_report_is_counted_without_the_unchanged_tree() {
        let one = |name: &str, summary: &str| {
            format!(r#"{{"scenario":{{"Mutant":{{"name":"{name}"}}}},"summary":"{summary}"}}"#)
        };
        let text = format!(
            r#"{{"outcomes":[{{"scenario":"Baseline","summary":"Success"}},{},{},{},{}]}}"#,
            one("a", "CaughtMutant"),
            one("b", "MissedMutant"),
            one("c", "Unviable"),
            one("d", "Timeout")
        );
        let outcome = Outcome::of(&text).unwrap();
        assert_eq!(
            (outcome.viable(), outcome.caught, outcome.timeouts),
            (3, 1, 1)
        );
        assert_eq!(
            (&outcome.missed[..], outcome.unviable),
            (&["b".to_owned()][..], 1)
        );
        assert!(Outcome::of(&text.replace("Unviable", "Failure")).is_err());
    }

    #[test]
    fn one_file_below_the_bound_is_named() {
        let below = Outcome {
            file: "walk.rs".to_owned(),
            ..outcome(94, 6)
        };
        let error = all_hold(&[outcome(95, 5), below]).unwrap_err().to_string();
        assert!(error.contains("walk.rs"), "{error}");
        assert!(all_hold(&[outcome(95, 5), outcome(0, 0)]).is_ok());
    }

    #[test]
    fn a_small_shard_may_miss_one_and_no_more() {
        assert!(sum_holds(&[outcome(8, 1)]).is_ok());
        assert!(sum_holds(&[outcome(8, 1), outcome(8, 1)]).is_err());
        assert!(sum_holds(&[outcome(95, 5)]).is_ok());
        assert!(sum_holds(&[outcome(94, 6)]).is_err());
    }
}
