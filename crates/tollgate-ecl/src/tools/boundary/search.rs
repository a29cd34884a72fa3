//! The search for an input that one program accepts and the other one does not.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::layout::Layout;
use super::{Budget, Outside, Undecided};
use crate::engines::vm::{CompiledProgram, Vm};
use crate::host::facts::NoFacts;
use crate::host::input::{Encoder, Input};
use crate::host::outcome::EvalError;
use crate::ir::Decision;
use crate::tools::outlook::{Holes, Outlook, Unknown, outlook};

/// Two programs that can decide.
pub(super) struct Pair {
    policy: Judge,
    ceiling: Judge,
}

/// A program that can decide.
struct Judge {
    program: Arc<CompiledProgram>,
    encoder: Encoder,
    vm: Vm,
    /// For each number of fields that are chosen those that are not.
    holes: Vec<Holes>,
}

impl Pair {
    pub(super) fn new(policy: CompiledProgram, ceiling: CompiledProgram) -> Self {
        Self {
            policy: Judge::new(policy),
            ceiling: Judge::new(ceiling),
        }
    }
}

impl Judge {
    fn new(program: CompiledProgram) -> Self {
        let program = Arc::new(program);
        Self {
            encoder: Encoder::new(program.program()),
            vm: Vm::new(Arc::clone(&program)),
            program,
            holes: Vec::new(),
        }
    }

    /// Notes what is not known while the fields are chosen in this order.
    fn open(&mut self, layout: &Layout, order: &[usize]) {
        self.holes = (0..=order.len())
            .map(|chosen| {
                let mut holes = Holes::default();
                for number in order.iter().skip(chosen) {
                    if let Some(field) = layout.fields.get(*number) {
                        let path: Vec<&str> = field.path.iter().map(|name| &**name).collect();
                        holes.add(self.program.program(), &path, Unknown::Whole);
                    }
                }
                holes
            })
            .collect();
    }

    fn input(&self, json: &str) -> Result<Input, Undecided> {
        let input = self.encoder.encode_str(json);
        input.map_err(|error| Undecided::Input(error.to_string()))
    }

    /// What is decided about inputs of which so many fields are chosen.
    fn outlook(&self, input: &Input, chosen: usize) -> Option<Outlook> {
        let holes = self.holes.get(chosen)?;
        Some(outlook(self.program.program(), input, holes))
    }

    fn decide(&mut self, input: &Input) -> Result<Decision, EvalError> {
        let limits = self.program.program().gas_limits;
        self.vm.evaluate(input, &mut NoFacts, &limits).result
    }
}

/// Goes through the combinations of `classes`; returns the first input that the policy accepts and the ceiling does not.
pub(super) fn search(
    pair: Pair,
    (layout, classes): (&Layout, &[Vec<Json>]),
    budget: &mut Budget,
) -> Result<Option<Outside>, Undecided> {
    // What has few values first: it says most about what the others can do.
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.retain(|number| classes.get(*number).is_some_and(|values| values.len() > 1));
    order.sort_by_key(|number| classes.get(*number).map(Vec::len));
    let mut search = Search {
        pair,
        layout,
        classes,
        values: classes
            .iter()
            .map(|values| values.first().cloned().unwrap_or_default())
            .collect(),
        order,
    };
    let (layout, order) = (search.layout, &search.order);
    search.pair.policy.open(layout, order);
    search.pair.ceiling.open(layout, order);
    search.below(0, budget)
}

struct Search<'a> {
    pair: Pair,
    layout: &'a Layout,
    classes: &'a [Vec<Json>],
    /// The fields that have several values, in the order in which they are chosen.
    order: Vec<usize>,
    /// What is chosen, and what stands for the others meanwhile.
    values: Vec<Json>,
}

impl Search<'_> {
    /// Looks at all inputs that have what is chosen. It recurses with the fields that are asked about, at most
    /// [`FIELDS_ASKED_MAX`](crate::limits::FIELDS_ASKED_MAX).
    fn below(&mut self, chosen: usize, budget: &mut Budget) -> Result<Option<Outside>, Undecided> {
        budget.take()?;
        let json = self.json();
        let text = json.to_string();
        let input = self.pair.policy.input(&text)?;
        let looked = self.pair.policy.outlook(&input, chosen);
        if looked.is_some_and(|looked| !looked.decisions.contains(&Decision::Accept)) {
            return Ok(None);
        }
        let under = self.pair.ceiling.input(&text)?;
        let looked = self.pair.ceiling.outlook(&under, chosen);
        if looked.is_some_and(|looked| looked.decision() == Some(Decision::Accept)) {
            return Ok(None);
        }
        let Some(number) = self.order.get(chosen).copied() else {
            return Ok(self.decided(json, (&input, &under)));
        };
        let classes = self.classes;
        for value in classes.get(number).into_iter().flatten() {
            self.choose(number, value);
            if let Some(found) = self.below(chosen + 1, budget)? {
                return Ok(Some(found));
            }
        }
        if let Some(first) = classes.get(number).and_then(|values| values.first()) {
            self.choose(number, first);
        }
        Ok(None)
    }

    fn choose(&mut self, number: usize, value: &Json) {
        if let Some(place) = self.values.get_mut(number) {
            *place = value.clone();
        }
    }

    /// What both decide about an input.
    fn decided(&mut self, json: Json, (input, under): (&Input, &Input)) -> Option<Outside> {
        if self.pair.policy.decide(input) != Ok(Decision::Accept) {
            return None;
        }
        match self.pair.ceiling.decide(under) {
            Ok(Decision::Accept) => None,
            ceiling => Some(Outside {
                input: json,
                ceiling: ceiling.map_err(|error| error.to_string()),
            }),
        }
    }

    /// The input that has the chosen values.
    fn json(&self) -> Json {
        let mut whole = Map::new();
        for (field, value) in self.layout.fields.iter().zip(&self.values) {
            let mut record = &mut whole;
            let Some((name, around)) = field.path.split_last() else {
                continue;
            };
            for outer in around {
                let inner = record.entry(&**outer).or_insert_with(|| Map::new().into());
                match inner {
                    Json::Object(inner) => record = inner,
                    _ => return Json::Object(whole),
                }
            }
            record.insert(name.to_string(), value.clone());
        }
        Json::Object(whole)
    }
}
