//! Whether a policy stays inside of another one, its ceiling: whether the ceiling accepts every input that the policy accepts.
//!
//! Both programs are read for what they ask of each field of the input ([`ask`]): equality, order, prefixes, patterns. The answers
//! part the values of a field into finitely many classes, and within a class both programs decide alike, so one value of each
//! is enough ([`texts`] finds one for texts). All combinations of them are gone through; where what is known of an input already
//! says that the policy accepts nothing, or that the ceiling accepts ([`outlook`](crate::tools::outlook)), the fields that are left are
//! not. Both programs then decide each combination with the engine, so an input that is found is one by construction.
//!
//! What is covered: the decision of policies whose conditions compare fields of the input (truth values, cases of enums, ints,
//! instants, durations and strings, in records and as options) with constants, by `==`, `!=`, `<`, `in`, prefixes, suffixes,
//! contained texts, globs and regular expressions, and anything made of such truths. What is not is said by name: two fields
//! that are compared, sums and lengths of fields, other types, facts, effects. An input that is found counts nevertheless.

mod ask;
mod layout;
mod search;
#[cfg(test)]
mod tests;
mod texts;

use crate::engines::vm::CompiledProgram;
use crate::ir::{Decision, Program};
use crate::limits::FIELDS_ASKED_MAX;

/// Which programs to compare, and how long to look.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The policy that is to stay inside.
    pub policy: &'a Program,
    /// What it is to stay inside of.
    pub ceiling: &'a Program,
    /// How many cells are looked at before the search gives up; see [`CELLS`](crate::limits::CELLS) for a default.
    pub cells_max: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Compare {
    /// The answer.
    pub boundary: Boundary,
    /// Cells that were looked at: states of texts, and combinations of fields.
    pub cells: u64,
}

/// Whether a policy stays inside of its ceiling.
#[derive(Debug, Clone, PartialEq)]
pub enum Boundary {
    /// The ceiling accepts every input that the policy accepts.
    Inside,
    /// The policy accepts this input, and the ceiling does not.
    Outside(Box<Outside>),
    /// Nobody knows.
    Undecided(Undecided),
}

/// An input that a policy accepts, and its ceiling does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// The input, as the encoder reads it.
    pub input: serde_json::Value,
    /// What the ceiling decides; the text is that of an error, which is no accept.
    pub ceiling: Result<Decision, String>,
}

/// Why nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecided {
    /// They do not take the same input.
    #[error("the two take different inputs")]
    Inputs,
    /// One of them does something that is not covered.
    #[error("{program} {form}")]
    Form {
        /// The name of the policy or ceiling, with what it is.
        program: String,
        /// What it does, as a verb and where.
        form: String,
    },
    /// There is more to look at.
    #[error("there is more to look at than {0} cells")]
    Cells(u64),
    /// They ask about more fields than the search goes through.
    #[error("{0} fields are asked about, and at most {FIELDS_ASKED_MAX} are gone through")]
    Fields(usize),
    /// An input cannot be made, or cannot be decided about.
    #[error("an input that has to be looked at cannot be: {0}")]
    Input(String),
}

/// Compares two programs.
#[must_use]
pub fn compare(compared: Compared<'_>) -> Compare {
    let mut budget = Budget {
        left: compared.cells_max,
        max: compared.cells_max,
    };
    let boundary = decide(compared, &mut budget);
    Compare {
        boundary: boundary.unwrap_or_else(Boundary::Undecided),
        cells: budget.max - budget.left,
    }
}

fn decide(compared: Compared<'_>, budget: &mut Budget) -> Result<Boundary, Undecided> {
    let Compared {
        policy, ceiling, ..
    } = compared;
    let Some(layout) = layout::common(policy, ceiling) else {
        return Err(Undecided::Inputs);
    };
    let mut asked = ask::Asked::new(layout.fields.len());
    let uncovered = [(policy, "policy"), (ceiling, "ceiling")].map(|(program, what)| {
        let form = ask::read(program, &layout, &mut asked);
        form.map(|form| Undecided::Form {
            program: format!("the {what} `{}`", program.name),
            form,
        })
    });
    let classes = asked.classes(&layout, budget)?;
    let several = classes.iter().filter(|values| values.len() > 1).count();
    if several > FIELDS_ASKED_MAX {
        return Err(Undecided::Fields(several));
    }
    let compiled = |program: &Program| {
        CompiledProgram::new(program.clone()).map_err(|error| Undecided::Input(error.to_string()))
    };
    let pair = search::Pair::new(compiled(policy)?, compiled(ceiling)?);
    let found = search::search(pair, (&layout, &classes), budget)?;
    let uncovered = uncovered.into_iter().flatten().next();
    Ok(match (found, uncovered) {
        (Some(outside), _) => Boundary::Outside(Box::new(outside)),
        (None, Some(form)) => Boundary::Undecided(form),
        (None, None) => Boundary::Inside,
    })
}

/// Cells that may still be looked at.
#[derive(Debug)]
struct Budget {
    left: u64,
    max: u64,
}

impl Budget {
    /// Takes one.
    fn take(&mut self) -> Result<(), Undecided> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return Err(Undecided::Cells(self.max)),
        }
        Ok(())
    }
}
