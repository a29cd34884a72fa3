//! Admits bytecode before it runs: whatever the bytes of a file say, running them cannot loop for ever, leave the stack's
//! shape, or read outside of memory; what is left for the interpreter to check are addresses made at run time.
//!
//! An abstract interpretation over the kinds of cells, as in the verifiers of the JVM and of WebAssembly: control only goes
//! forward, except from the end of a loop to its body, so one pass in the order of addresses, repeated where a loop
//! changes what is known, reaches a fixed point. At a join, what the ways disagree on is unknown and may not be read.

pub(crate) mod constants;
mod control;
pub(crate) mod program;
mod step;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use self::step::Step;
use super::bytecode::{Code, NONE};
use super::listing::{ends, target_mut};
use crate::data::types::{Repr, Type};
use crate::ir::{Combine, Program};
use crate::limits::{STACK_WORDS, VERIFY_STEPS_MAX};

/// Why bytecode is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// An instruction that may not stand there.
    #[error("instruction {pc} ({name}): {what}; compile the policy again from its source")]
    Instruction {
        /// Its address.
        pc: u32,
        /// Its name.
        name: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// A table that does not fit the code.
    #[error("{table} {entry}: {what}; compile the policy again from its source")]
    Table {
        /// Which table.
        table: &'static str,
        /// Which entry.
        entry: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// More than the machine has.
    #[error("the bytecode needs {found} {what}, but at most {max} are allowed; split the policy")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How many.
        found: u64,
        /// The limit.
        max: u64,
    },
}

type Verified<T = ()> = Result<T, VerifyError>;

/// Checks code against its program.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn verify(program: &Program, code: &Code) -> Verified {
    tables::check(program, code)?;
    let mut verifier = Verifier {
        program,
        code,
        targets: targets(code),
        rules: rule_places(code),
        all_of_shared: code
            .groups
            .iter()
            .any(|group| group.combine == Combine::All && group.bucket != NONE),
        needs: Vec::new(),
        budget: VERIFY_STEPS_MAX,
    };
    for number in 0..code.functions.len() {
        let need = verifier.function(number)?;
        verifier.needs.push(need);
    }
    let need = verifier.body()?;
    at_most("cells of stack", need, STACK_WORDS)
}

fn at_most(what: &'static str, found: usize, max: usize) -> Verified {
    if found > max {
        return Err(VerifyError::TooLarge {
            what,
            found: found as u64,
            max: max as u64,
        });
    }
    Ok(())
}

fn table(table: &'static str, entry: usize, holds: bool, what: &'static str) -> Verified {
    if holds {
        Ok(())
    } else {
        Err(VerifyError::Table { table, entry, what })
    }
}

/// Every address control comes to other than from the one before.
fn targets(code: &Code) -> BTreeSet<u32> {
    let mut targets: BTreeSet<u32> = code.effect_entries.into_iter().collect();
    targets.extend(code.functions.iter().map(|f| f.entry));
    targets.extend(code.groups.iter().map(|g| g.end));
    targets.extend(code.rules.iter().map(|r| r.entry));
    targets.extend(code.buckets.iter().map(|b| b.nested));
    targets.extend(
        code.ops
            .iter()
            .filter_map(|op| target_mut(&mut op.clone()).copied()),
    );
    targets
}

/// Where the rule table sends control: entries of the rules that share code, and the ends of their groups.
fn rule_places(code: &Code) -> Vec<u32> {
    let shared = || code.groups.iter().filter(|group| group.bucket != NONE);
    let rules = shared().flat_map(|group| {
        let first = group.rules as usize;
        code.rules
            .get(first..first.saturating_add(group.count as usize))
            .unwrap_or_default()
    });
    let entries = rules.map(|rule| rule.entry);
    let places: BTreeSet<u32> = entries.chain(shared().map(|group| group.end)).collect();
    places.into_iter().collect()
}

/// What is known of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Nothing: not written, or differently on different ways.
    Unknown,
    Word,
    Low,
    High,
    /// Where the caller goes on.
    Saved,
}

/// Cells of a frame: locals, in a function the saved cell, then values.
type State = Vec<Cell>;

struct Verifier<'a> {
    program: &'a Program,
    code: &'a Code,
    targets: BTreeSet<u32>,
    /// See [`rule_places`].
    rules: Vec<u32>,
    /// Whether there is an `all` group whose rules share code.
    all_of_shared: bool,
    /// Cells that each function and what it calls takes, arguments included.
    needs: Vec<usize>,
    budget: usize,
}

/// One body: the program's, or a function's.
struct Flow {
    function: Option<usize>,
    /// Cells below the values.
    base: usize,
    states: HashMap<u32, State>,
    work: BTreeSet<u32>,
    /// What is known wherever control goes to the rules: the ways there are many and the places too, so they meet here.
    at_rules: Option<State>,
    /// Most cells, with those of callees.
    need: usize,
}

impl Verifier<'_> {
    fn body(&mut self) -> Verified<usize> {
        let base = usize::from(self.code.locals);
        self.run(None, base, 0, vec![Cell::Unknown; base])
    }

    fn function(&mut self, number: usize) -> Verified<usize> {
        let (Some(function), Some(code)) = (
            self.program.functions.get(number),
            self.code.functions.get(number).copied(),
        ) else {
            return table("function", number, false, "does not exist").map(|()| 0);
        };
        let Some(parameters) = function.locals.get(..function.params as usize) else {
            return table(
                "function",
                number,
                false,
                "has fewer locals than parameters",
            )
            .map(|()| 0);
        };
        let mut state = cells(parameters);
        let declared = state.len() == usize::from(code.arguments);
        let result = if function.ret.repr() == Repr::Wide {
            2
        } else {
            1
        };
        table(
            "function",
            number,
            declared && result == code.result,
            "has another signature",
        )?;
        state.resize(code.locals.into(), Cell::Unknown);
        state.push(Cell::Saved);
        self.run(Some(number), state.len(), code.entry, state)
    }

    fn run(
        &mut self,
        function: Option<usize>,
        base: usize,
        entry: u32,
        state: State,
    ) -> Verified<usize> {
        let mut flow = Flow {
            function,
            base,
            states: HashMap::from([(entry, state)]),
            work: BTreeSet::from([entry]),
            at_rules: None,
            need: base,
        };
        while let Some(start) = flow.work.pop_first() {
            let Some(state) = flow.states.get(&start).cloned() else {
                continue;
            };
            self.walk(&mut flow, start, state)?;
        }
        Ok(flow.need)
    }

    /// Follows control from an address to the next join or end.
    fn walk(&mut self, flow: &mut Flow, start: u32, mut state: State) -> Verified {
        let mut pc = start;
        loop {
            let Some(op) = self.code.ops.get(pc as usize).copied() else {
                return Err(VerifyError::Table {
                    table: "code",
                    entry: pc as usize,
                    what: "control leaves it",
                });
            };
            self.spend(state.len())?;
            let mut step = Step {
                verifier: self,
                flow,
                pc,
                op,
                state,
            };
            step.op()?;
            state = step.state;
            if ends(&op) {
                return Ok(());
            }
            pc += 1;
            if self.targets.contains(&pc) {
                return self.join(flow, pc - 1, pc, &state);
            }
        }
    }

    fn spend(&mut self, cells: usize) -> Verified {
        match self.budget.checked_sub(cells + 1) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => at_most("steps to verify it", VERIFY_STEPS_MAX + 1, VERIFY_STEPS_MAX),
        }
    }

    /// Control comes from one address to another with a state.
    fn join(&mut self, flow: &mut Flow, from: u32, to: u32, state: &State) -> Verified {
        self.spend(state.len())?;
        let known = match flow.states.get_mut(&to) {
            None => {
                flow.states.insert(to, state.clone());
                flow.work.insert(to);
                return Ok(());
            }
            Some(known) => known,
        };
        if known.len() != state.len() {
            return Err(VerifyError::Instruction {
                pc: from,
                name: self
                    .code
                    .ops
                    .get(from as usize)
                    .map_or("?", |op| op.instruction().name),
                what: "the stack has another height where it goes",
            });
        }
        if forget(known, state) {
            flow.work.insert(to);
        }
        Ok(())
    }
}

/// Forgets what a state does not have too; true when there was something.
fn forget(known: &mut State, state: &State) -> bool {
    let mut changed = false;
    for (known, new) in known.iter_mut().zip(state) {
        if known != new && *known != Cell::Unknown {
            *known = Cell::Unknown;
            changed = true;
        }
    }
    changed
}

/// Cells of parameters.
fn cells(types: &[Type]) -> State {
    let cells = types.iter().flat_map(|ty| match ty.repr() {
        Repr::Wide => &[Cell::Low, Cell::High][..],
        Repr::Word | Repr::Ref => &[Cell::Word],
        Repr::Nothing => &[],
    });
    cells.copied().collect()
}
