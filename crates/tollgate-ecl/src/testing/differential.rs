//! Differential testing: engines against the reference evaluator on random programs.
//!
//! Compared are the verdict with its gas, the effects, the output, and the explanation with the values of every compared
//! operand; and measured gas is compared with the program's static bound. The reference is also compared with itself on the
//! program without its indexes, which must decide alike, and looks whether a program reads the value of an option that is none: of that
//! all engines make the same, so comparing them does not find what the checker lets through. A difference is shrunk before it is shown.

pub mod bytecode;
mod campaign;
mod shrink;

use std::fmt;
use std::sync::Arc;

pub use self::campaign::Campaign;

use crate::data::gas::Gas;
use crate::data::types::Type;
use crate::host::outcome::{EffectRecord, EvalError, Explanation, RuleTrace, Status, Verdict};
use crate::ir::value::{self, Value};
use crate::ir::{Body, Program};
use crate::testing::generate::{self, Case, Random, RandomFacts, Run};
use crate::testing::oracle;

/// An engine under test.
pub trait Engine {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Makes a program ready.
    ///
    /// # Errors
    /// When the engine refuses it: a difference, since every generated program is valid.
    fn load(&mut self, program: &Arc<Program>) -> Result<(), String>;

    /// Evaluates the loaded program.
    fn run(&mut self, run: &Run) -> Outcome;
}

/// What an evaluation gave, in a form that does not depend on where an engine keeps values in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Verdict of the fast path.
    pub verdict: Verdict,
    /// Effects with their operands as JSON.
    pub effects: String,
    /// Output of a guard as JSON.
    pub output: Option<String>,
    /// The explanation, if the engine gives one.
    pub explained: Option<Explained>,
    /// Whether the value of an option that is none was read, as far as is known: only the reference looks.
    pub read_none: bool,
}

/// An explanation with its operands decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Its verdict.
    pub verdict: Verdict,
    /// Its rules.
    pub rules: Vec<RuleTrace>,
    /// Status of each leaf and, for those that compare and were evaluated, the operands as JSON.
    pub leaves: Vec<(u8, Option<[String; 2]>)>,
}

impl Outcome {
    /// Puts an outcome together.
    #[must_use]
    pub fn new(
        verdict: Verdict,
        effects: Result<Vec<EffectRecord>, EvalError>,
        output: Option<&Value>,
    ) -> Self {
        let (verdict, effects, output) = verdict.whole(effects, output.cloned());
        Self {
            verdict,
            effects: json(&effects),
            output: output.as_ref().map(json),
            explained: None,
            read_none: false,
        }
    }
}

impl Explained {
    /// Decodes an explanation.
    pub fn new(
        program: &Program,
        explanation: &Explanation,
        read: &dyn Fn(&Type, [u64; 2]) -> Option<Value>,
    ) -> Self {
        let shown = |ty: &Type, words| match ty {
            Type::Never => String::new(),
            _ => read(ty, words).map_or("broken".into(), |v| json(&v)),
        };
        let mut leaves: Vec<_> = explanation
            .leaves
            .iter()
            .map(|l| (l.status | u8::from(l.handled) << 4, None))
            .collect();
        let groups = match &program.body {
            Body::Policy(policy) => policy.groups.as_slice(),
            Body::Guard(_) => &[],
        };
        for rule in groups.iter().flat_map(|g| &g.rules) {
            for (at, leaf) in (rule.leaf_base as usize..).zip(&rule.leaves) {
                let (Some(compare), Some(trace)) = (&leaf.compare, explanation.leaves.get(at))
                else {
                    continue;
                };
                let evaluated =
                    trace.status == Status::Pass as u8 || trace.status == Status::Fail as u8;
                if let (true, Some(place)) = (evaluated, leaves.get_mut(at)) {
                    place.1 = Some([
                        shown(&compare.left_type, trace.left),
                        shown(&compare.right_type, trace.right),
                    ]);
                }
            }
        }
        Self {
            verdict: explanation.verdict,
            rules: explanation.rules.clone(),
            leaves,
        }
    }
}

/// JSON in which 0 and -0 differ.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|e| format!("not JSON: {e}"))
}

/// What the reference evaluator gives.
#[must_use]
pub(crate) fn reference(program: &Program, run: &Run) -> Outcome {
    let mut facts = RandomFacts::new(run.facts);
    let evaluation = oracle::run(program, &run.input, &mut facts, &run.limits);
    let mut outcome = Outcome::new(
        evaluation.verdict,
        Ok(evaluation.effects.clone()),
        evaluation.output.as_ref(),
    );
    outcome.read_none = evaluation.read_none;
    let memory = evaluation.memory.clone();
    let read = |ty: &Type, words| value::from_words(program, &memory, ty, words);
    let explanation = evaluation.into_explanation();
    outcome.explained = Some(Explained::new(program, &explanation, &read));
    outcome
}

/// The reference evaluator as an engine: compared with itself only the static bounds are tested.
#[derive(Debug, Default)]
pub struct Reference(Option<Arc<Program>>);

impl Engine for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn load(&mut self, program: &Arc<Program>) -> Result<(), String> {
        self.0 = Some(program.clone());
        Ok(())
    }

    fn run(&mut self, run: &Run) -> Outcome {
        match &self.0 {
            Some(program) => reference(program, run),
            None => unreachable!("a program is loaded before it is run"),
        }
    }
}

/// Two evaluators that do not agree.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Seed of the program.
    pub seed: u64,
    /// The engine.
    pub engine: &'static str,
    /// What it is about.
    pub about: String,
    /// The program and its run, shrunk. What is left need not be a program that the checker makes: when in doubt, look at
    /// the whole one.
    pub case: Case,
    /// What it was about before it was shrunk, and the whole program.
    pub whole: (String, Box<Case>),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} differs: {}",
            self.seed, self.engine, self.about
        )?;
        writeln!(f, "before it was shrunk: {}", self.whole.0)?;
        for run in &self.case.runs {
            writeln!(f, "input: {}\nlimits: {:?}", run.json, run.limits)?;
        }
        let program = &self.case.program;
        for (i, function) in program.functions.iter().enumerate() {
            writeln!(f, "function {i}: {:?}", function.body)?;
        }
        write!(f, "locals: {:?}\nbody: {:#?}", program.locals, program.body)
    }
}

/// Tests one seed with so many runs. The first difference of each engine, shrunk.
pub fn check(seed: u64, runs: usize, engines: &mut [Box<dyn Engine>]) -> Vec<Difference> {
    check_case(&generate::case(seed, runs), engines)
}

/// Tests a program on random inputs of its type: one that was compiled from source, for instance.
pub fn check_program(
    program: &Program,
    seed: u64,
    runs: usize,
    engines: &mut [Box<dyn Engine>],
) -> Vec<Difference> {
    let case = Case {
        seed,
        program: program.clone(),
        runs: generate::evaluations(program, &mut Random::new(seed), runs),
    };
    check_case(&case, engines)
}

fn check_case(case: &Case, engines: &mut [Box<dyn Engine>]) -> Vec<Difference> {
    let mut found = Vec::new();
    let expected = Expected::of(case);
    let of_program = expected.index_differs().or_else(|| expected.reads_none());
    for engine in engines {
        // What is left of an index's conditions after shrinking need not fit it, nor need an option have a value whose test was taken
        // away, so then nothing is shrunk.
        if let Some(about) = of_program.clone() {
            let whole = (about.clone(), Box::new(case.clone()));
            found.push(Difference {
                seed: case.seed,
                engine: engine.name(),
                about,
                case: case.clone(),
                whole,
            });
        } else if let Some(about) = expected.differs(engine.as_mut()) {
            let whole = (about, Box::new(case.clone()));
            let differs = |case: &Case, engine: &mut dyn Engine| Expected::of(case).differs(engine);
            let case = shrink::shrink(case.clone(), &mut |smaller| {
                differs(smaller, engine.as_mut()).is_some()
            });
            found.push(Difference {
                seed: case.seed,
                engine: engine.name(),
                about: differs(&case, engine.as_mut()).unwrap_or_else(|| whole.0.clone()),
                case,
                whole,
            });
        }
    }
    found
}

/// A case with what the reference gives for each of its runs.
struct Expected<'c> {
    case: &'c Case,
    program: Arc<Program>,
    outcomes: Vec<Outcome>,
}

impl<'c> Expected<'c> {
    fn of(case: &'c Case) -> Self {
        let runs = case.runs.iter();
        Self {
            case,
            program: Arc::new(case.program.clone()),
            outcomes: runs.map(|run| reference(&case.program, run)).collect(),
        }
    }

    /// How an engine differs from the reference.
    fn differs(&self, engine: &mut dyn Engine) -> Option<String> {
        for outcome in &self.outcomes {
            if let Some(about) = beyond(&self.program.gas_bound, &outcome.verdict.gas) {
                return Some(about);
            }
        }
        if let Err(refusal) = engine.load(&self.program) {
            return Some(format!("it refuses the program: {refusal}"));
        }
        let mut runs = self.case.runs.iter().zip(&self.outcomes);
        runs.find_map(|(run, wanted)| {
            let given = engine.run(run);
            difference(wanted, &given)
        })
    }

    /// That a value was read where there is none: the checker says of every option that is read that it has one.
    fn reads_none(&self) -> Option<String> {
        let mut runs = self.case.runs.iter().zip(&self.outcomes);
        let (run, _) = runs.find(|(_, outcome)| outcome.read_none)?;
        let input = &run.json;
        Some(format!(
            "the value of an option is read that is none, with {input}"
        ))
    }

    /// How the reference with its indexes differs from itself without them.
    fn index_differs(&self) -> Option<String> {
        let plain = without_indexes(&self.program)?;
        let mut runs = self.case.runs.iter().zip(&self.outcomes);
        runs.find_map(|(run, indexed)| unlike_without_indexes(indexed, &reference(&plain, run)))
    }
}

/// The program with every rule tried in order, when it has an index.
fn without_indexes(program: &Program) -> Option<Program> {
    let mut plain = program.clone();
    let Body::Policy(policy) = &mut plain.body else {
        return None;
    };
    let groups = policy.groups.iter_mut();
    let removed = groups.filter_map(|group| group.plan.index.take()).count();
    (removed > 0).then_some(plain)
}

/// What an index may not change: decision, deciding rule, error, effects. It saves gas, so it may save an evaluation too.
fn unlike_without_indexes(indexed: &Outcome, plain: &Outcome) -> Option<String> {
    let exhausted =
        |outcome: &Outcome| matches!(outcome.verdict.result, Err(EvalError::GasExhausted { .. }));
    if exhausted(indexed) || exhausted(plain) {
        return None;
    }
    let parts = |outcome: &Outcome| {
        let Verdict { result, by, .. } = outcome.verdict;
        (result, by, outcome.effects.clone())
    };
    let (indexed, plain) = (parts(indexed), parts(plain));
    (indexed != plain).then(|| format!("an index: {indexed:?}, without: {plain:?}"))
}

/// Gas above the static bound.
fn beyond(bound: &Gas, used: &Gas) -> Option<String> {
    let within = used.network <= bound.network
        && used.compute <= bound.compute
        && used.storage <= bound.storage
        && used.realm <= bound.realm;
    (!within).then(|| format!("gas {used:?} is above the static bound {bound:?}"))
}

fn difference(wanted: &Outcome, given: &Outcome) -> Option<String> {
    let unlike = |what: &str, a: &dyn fmt::Debug, b: &dyn fmt::Debug| {
        Some(format!("{what}\n  reference: {a:?}\n  engine:    {b:?}"))
    };
    if wanted.verdict != given.verdict {
        return unlike("verdict", &wanted.verdict, &given.verdict);
    }
    if wanted.effects != given.effects {
        return unlike("effects", &wanted.effects, &given.effects);
    }
    if wanted.output != given.output {
        return unlike("output", &wanted.output, &given.output);
    }
    let (Some(a), Some(b)) = (&wanted.explained, &given.explained) else {
        return None;
    };
    if a.verdict != b.verdict {
        return unlike("verdict of the explanation", &a.verdict, &b.verdict);
    }
    if a.rules != b.rules {
        return unlike("rules", &a.rules, &b.rules);
    }
    // An engine may leave out the leaves of groups it did not reach.
    for at in 0..a.leaves.len().max(b.leaves.len()) {
        let none = (0, None);
        let (x, y) = (
            a.leaves.get(at).unwrap_or(&none),
            b.leaves.get(at).unwrap_or(&none),
        );
        if x != y {
            return unlike(&format!("leaf {at}"), x, y);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::ir::ExprKind;
    use crate::syntax::bundle::Bundle;

    /// An engine that forgets to charge one gas of every evaluation.
    #[derive(Default)]
    struct Cheap(Reference);

    impl Engine for Cheap {
        fn name(&self) -> &'static str {
            "cheap"
        }

        fn load(&mut self, program: &Arc<Program>) -> Result<(), String> {
            self.0.load(program)
        }

        fn run(&mut self, run: &Run) -> Outcome {
            let mut outcome = self.0.run(run);
            let gas = &mut outcome.verdict.gas;
            gas.compute = gas.compute.saturating_sub(1);
            outcome
        }
    }

    #[test]
    fn a_wrong_engine_is_found_and_its_program_shrunk() {
        let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Cheap::default())];
        let found = (0..20)
            .find_map(|seed| check(seed, 2, &mut engines).pop())
            .unwrap();
        assert!(found.about.starts_with("verdict"), "{found}");
        assert_eq!(found.case.runs.len(), 1);
        let shown = found.to_string();
        assert!(shown.len() < 8_000, "{shown}");
    }

    #[test]
    fn a_value_that_is_read_where_there_is_none_is_found() {
        let source = "policy \"p\" { input { x: int? } deny { r: x != none AND x > 3 } }";
        let mut programs = check::compile(&Bundle::single("p.ecl", source)).programs;
        let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Reference::default())];
        let program = &mut programs[0];
        assert!(check_program(program, 1, 20, &mut engines).is_empty());
        program.body.each_root_mut(&mut |root| {
            root.walk_mut(&mut |e| {
                if matches!(e.kind, ExprKind::IsSome(_)) {
                    e.kind = ExprKind::Bool(true);
                }
            });
        });
        let found = check_program(program, 1, 20, &mut engines);
        let about = &found[0].about;
        assert!(about.contains("an option is read that is none"), "{about}");
    }
}
