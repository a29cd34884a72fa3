//! Admits bytecode before it runs: whatever the bytes of a file say, running them cannot loop for ever, leave the stack's
//! shape, or read outside of memory; what is left for the interpreter to check are addresses made at run time.
//!
//! An abstract interpretation over the kinds of cells, as in the verifiers of the JVM and of WebAssembly: control only goes
//! forward, except from the end of a loop to its body, so one pass in the order of addresses, repeated where a loop
//! changes what is known, reaches a fixed point. At a join, what the ways disagree on is unknown and may not be read.

use std::collections::{BTreeSet, HashMap};

use super::bytecode::{Code, FunctionCode, GAS_TABLE, Kind, NONE, Op};
use super::listing::{ends, target_mut};
use crate::gas::GAS_LIMIT_MAX;
use crate::ir::{Body, Combine, FactKind, Program};
use crate::limits::{CODE_MAX, MEMORY_BYTES_MAX, STACK_WORDS};
use crate::types::{RecordDef, Repr, Type, WORD};

/// Words of a record at most: 8 MiB.
const RECORD_WORDS_MAX: usize = 1 << 20;

/// Cells that verifying may look at in all, in relation to the length of the code.
const WORK_PER_OP: usize = 4096;

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
pub fn verify(program: &Program, code: &Code) -> Verified {
    sizes(program, code)?;
    records(program)?;
    tables(program, code)?;
    let mut verifier = Verifier {
        program,
        code,
        targets: targets(code),
        shared: shared_entries(code),
        needs: Vec::new(),
        budget: (code.ops.len() + 1024).saturating_mul(WORK_PER_OP),
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

fn sizes(program: &Program, code: &Code) -> Verified {
    at_most("instructions", code.ops.len(), CODE_MAX)?;
    at_most("cells of locals", code.locals.into(), STACK_WORDS / 2)?;
    let memory = program.input_base as usize + program.arena_bound as usize;
    at_most("bytes of memory", memory, MEMORY_BYTES_MAX)?;
    let gas = usize::try_from(program.gas_limits.total).unwrap_or(usize::MAX);
    at_most(
        "gas",
        gas,
        usize::try_from(GAS_LIMIT_MAX).unwrap_or(usize::MAX),
    )?;
    let pool = program.pool.bytes.len();
    table(
        "pool",
        0,
        pool <= program.input_base as usize,
        "is longer than its place",
    )?;
    table(
        "pool",
        0,
        program.input_base.is_multiple_of(16),
        "the input is not aligned",
    )?;
    table(
        "code",
        0,
        code.ops.len() == code.infos.len(),
        "places are missing",
    )
}

/// Layouts as the checker makes them: sizes are used in arithmetic and to read values for reports.
fn records(program: &Program) -> Verified {
    for (i, record) in program.records.iter().enumerate() {
        let earlier = program.records.get(..i).unwrap_or_default();
        let mut words = 0_u64;
        for field in &record.fields {
            table(
                "record",
                i,
                u64::from(field.offset) == words * u64::from(WORD),
                "has a gap",
            )?;
            words += type_words(&field.ty, earlier).ok_or(VerifyError::Table {
                table: "record",
                entry: i,
                what: "refers to a later one",
            })?;
            at_most(
                "words in a record",
                usize::try_from(words).unwrap_or(usize::MAX),
                RECORD_WORDS_MAX,
            )?;
        }
        table(
            "record",
            i,
            words == u64::from(record.words),
            "has another size than its fields",
        )?;
    }
    table(
        "records",
        program.input.0 as usize,
        (program.input.0 as usize) < program.records.len(),
        "lack the input",
    )?;
    let output = program
        .output
        .is_none_or(|id| (id.0 as usize) < program.records.len());
    table("records", 0, output, "lack the output")
}

fn type_words(ty: &Type, earlier: &[RecordDef]) -> Option<u64> {
    Some(match ty {
        Type::Record(id) => u64::from(earlier.get(id.0 as usize)?.words),
        Type::Option(inner) => 1 + type_words(inner, earlier)?,
        Type::List(inner, _) => {
            type_words(inner, earlier)?;
            1
        }
        Type::Trust => 6,
        Type::Never | Type::Error => 0,
        Type::Decimal | Type::Money(_) | Type::Quantity(_) => 2,
        _ => 1,
    })
}

fn tables(program: &Program, code: &Code) -> Verified {
    let length = code.ops.len();
    let inside = |pc: u32| (pc as usize) < length;
    table(
        "functions",
        0,
        code.functions.len() == program.functions.len(),
        "are not those of the program",
    )?;
    for (i, function) in code.functions.iter().enumerate() {
        let fits = function.arguments <= function.locals
            && usize::from(function.locals) <= STACK_WORDS / 2
            && matches!(function.result, 1 | 2);
        table(
            "function",
            i,
            fits && inside(function.entry),
            "is out of bounds",
        )?;
    }
    let policy = match &program.body {
        Body::Policy(policy) => policy,
        Body::Guard(_) => {
            return table("groups", 0, code.groups.is_empty(), "a guard has none");
        }
    };
    table(
        "groups",
        0,
        policy.groups.len() == code.groups.len(),
        "are not those of the program",
    )?;
    table(
        "effects",
        0,
        policy.effects.len() == code.effects.len(),
        "are not those of the program",
    )?;
    for (i, (group, source)) in code.groups.iter().zip(&policy.groups).enumerate() {
        let first = group.rules as usize;
        let rules = code
            .rules
            .get(first..first.saturating_add(group.count as usize));
        let same = group.decision == source.decision
            && group.combine == source.combine
            && group.count as usize == source.rules.len();
        table(
            "group",
            i,
            same && rules.is_some(),
            "is not that of the program",
        )?;
        let ended = matches!(code.ops.get(group.end as usize), Some(Op::GroupEnd { group }) if *group as usize == i);
        table("group", i, group.start <= group.end && ended, "has no end")?;
        let within = |rule: &&super::bytecode::RuleCode| {
            group.start <= rule.entry && rule.entry <= rule.end && rule.end <= group.end
        };
        let all = rules.unwrap_or_default().iter().all(|rule| within(&rule));
        table("group", i, all, "has a rule outside of it")?;
        if group.bucket != NONE {
            bucket(code, group.bucket, i, group.count)?;
        }
    }
    for (i, index) in code.indexes.iter().enumerate() {
        let Some(group) = code.groups.get(index.group as usize) else {
            return table("index", i, false, "has no group");
        };
        let sorted = index
            .entries
            .iter()
            .zip(index.entries.iter().skip(1))
            .all(|(a, b)| a.0 < b.0);
        table("index", i, sorted, "has keys that are not sorted")?;
        bucket(code, index.default, i, group.count)?;
        for (_, number) in &index.entries {
            bucket(code, *number, i, group.count)?;
        }
    }
    for entry in code.effect_entries {
        table("effects", 0, inside(entry), "start outside of the code")?;
    }
    for (i, effect) in code.effects.iter().enumerate() {
        table("effect", i, effect.count <= 2, "has too many operands")?;
    }
    Ok(())
}

fn bucket(code: &Code, number: u32, owner: usize, count: u32) -> Verified {
    let Some(bucket) = code.buckets.get(number as usize) else {
        return table("bucket of", owner, false, "does not exist");
    };
    let Some(rules) = code
        .bucket_rules
        .get(bucket.start as usize..bucket.end as usize)
    else {
        return table("bucket of", owner, false, "is out of bounds");
    };
    let ascending = rules.iter().zip(rules.iter().skip(1)).all(|(a, b)| a < b);
    let known = rules.iter().all(|rule| *rule < count);
    table(
        "bucket of",
        owner,
        ascending && known,
        "has rules out of order",
    )?;
    let nested = bucket.nested == NONE || (bucket.nested as usize) < code.ops.len();
    table("bucket of", owner, nested, "goes on outside of the code")
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

/// Entries of the rules that share code: where the rule table sends control.
fn shared_entries(code: &Code) -> BTreeSet<u32> {
    let shared = code.groups.iter().filter(|group| group.bucket != NONE);
    let rules = shared.flat_map(|group| {
        let first = group.rules as usize;
        code.rules
            .get(first..first.saturating_add(group.count as usize))
            .unwrap_or_default()
    });
    rules.map(|rule| rule.entry).collect()
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
    shared: BTreeSet<u32>,
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
        let parameters = function
            .locals
            .get(..function.params as usize)
            .unwrap_or_default();
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
        self.budget = self.budget.saturating_sub(cells + 1);
        at_most("steps to verify it", usize::from(self.budget == 0), 0)
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
        let mut changed = false;
        for (known, new) in known.iter_mut().zip(state) {
            if known != new && *known != Cell::Unknown {
                *known = Cell::Unknown;
                changed = true;
            }
        }
        if changed {
            flow.work.insert(to);
        }
        Ok(())
    }
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

/// One instruction being checked.
struct Step<'s, 'a> {
    verifier: &'s mut Verifier<'a>,
    flow: &'s mut Flow,
    pc: u32,
    op: Op,
    state: State,
}

impl Step<'_, '_> {
    fn require(&self, holds: bool, what: &'static str) -> Verified {
        if holds {
            return Ok(());
        }
        let name = self.op.instruction().name;
        Err(VerifyError::Instruction {
            pc: self.pc,
            name,
            what,
        })
    }

    fn op(&mut self) -> Verified {
        self.operands()?;
        let instruction = self.op.instruction();
        for kind in instruction.pops.iter().rev() {
            self.pop(*kind)?;
        }
        self.control()?;
        if !self.may_skip_push() {
            self.push(instruction.pushes);
        }
        let height = self.state.len();
        self.flow.need = self.flow.need.max(height);
        at_most("cells of stack", height, STACK_WORDS)
    }

    fn pop(&mut self, kind: Kind) -> Verified {
        let above = |state: &State, flow: &Flow| state.len() > flow.base;
        let mut take = |cell: Cell| {
            let there = above(&self.state, self.flow);
            there && self.state.pop() == Some(cell)
        };
        let holds = match kind {
            Kind::Word => take(Cell::Word),
            Kind::Wide => take(Cell::High) && take(Cell::Low),
        };
        self.require(holds, "finds something else on the stack")
    }

    fn push(&mut self, kinds: &[Kind]) {
        for kind in kinds {
            match kind {
                Kind::Word => self.state.push(Cell::Word),
                Kind::Wide => self.state.extend([Cell::Low, Cell::High]),
            }
        }
    }

    fn empty(&self) -> Verified {
        self.require(
            self.state.len() == self.flow.base,
            "leaves values on the stack",
        )
    }

    fn local(&self, slot: usize, cell: Cell) -> Verified {
        let within = slot < self.locals() && self.state.get(slot) == Some(&cell);
        self.require(within, "reads a local that has no such value")
    }

    fn set_local(&mut self, slot: usize, cell: Cell) -> Verified {
        self.require(slot < self.locals(), "writes a local that does not exist")?;
        if let Some(place) = self.state.get_mut(slot) {
            *place = cell;
        }
        Ok(())
    }

    fn locals(&self) -> usize {
        // In a function the saved cell stands behind the locals.
        self.flow.base - usize::from(self.flow.function.is_some())
    }

    fn jump(&mut self, target: u32) -> Verified {
        self.require(target > self.pc, "jumps backwards")?;
        self.require(
            (target as usize) < self.verifier.code.ops.len(),
            "jumps out of the code",
        )?;
        self.verifier.join(self.flow, self.pc, target, &self.state)
    }

    /// Whether what it pushes is there only where it jumps to.
    fn may_skip_push(&self) -> bool {
        known(&self.op).is_some_and(|known| known != NONE)
    }

    /// Indexes, addresses and locals.
    fn operands(&mut self) -> Verified {
        let code = self.verifier.code;
        let program = self.verifier.program;
        let constant = |k: u32| (k as usize) < code.consts.len();
        let wide_constant = |k: u32| (k as usize) < code.wides.len();
        let words = program
            .records
            .get(program.input.0 as usize)
            .map_or(0, |record| record.words);
        let end = program.input_base / WORD + words;
        let input = |word: u32, cells: u32| word.checked_add(cells).is_some_and(|last| last <= end);
        let holds = match self.op {
            Op::Const { k } | Op::UnlessWordConst { k, .. } | Op::UnlessNumberConst { k, .. } => {
                constant(k)
            }
            Op::ConstWide { k } | Op::UnlessWideConst { k, .. } => wide_constant(k),
            Op::Input { word }
            | Op::UnlessInput { word, .. }
            | Op::UnlessInputParam { word, .. }
            | Op::UnlessInputParamNumber { word, .. } => input(word, 1),
            Op::InputWide { word } | Op::UnlessInputParamWide { word, .. } => input(word, 2),
            Op::UnlessInputConst { word, k, .. }
            | Op::UnlessInputConstNumber { word, k, .. }
            | Op::UnlessInputIn { word, k, .. }
            | Op::UnlessConstInInput { word, k, .. }
            | Op::UnlessInputStarts { word, k, .. }
            | Op::UnlessInputEnds { word, k, .. } => input(word, 1) && constant(k),
            Op::UnlessInputConstWide { word, k, .. } => input(word, 2) && wide_constant(k),
            Op::UnlessInputs { word, other, .. }
            | Op::UnlessInputsNumber { word, other, .. }
            | Op::UnlessInputInInput { word, other, .. } => input(word, 1) && input(other, 1),
            Op::UnlessInputsWide { word, other, .. } => input(word, 2) && input(other, 2),
            Op::UnlessFieldConst { k, .. } | Op::UnlessLocalConst { k, .. } => constant(k),
            Op::UnlessFieldInInput { word, .. } | Op::UnlessLocalInInput { word, .. } => {
                input(word, 1)
            }
            Op::ChargeGas { k } => (k as usize) < code.gases.len(),
            Op::Automaton { automaton } => (automaton as usize) < program.automata.len(),
            Op::Reject { message } => (message as usize) < program.messages.len(),
            Op::EffectWord { effect } | Op::EffectWide { effect } | Op::EffectEnd { effect } => {
                (effect as usize) < code.effects.len()
            }
            Op::Ask { fact, .. } => asks(fact, 1, Repr::Word),
            Op::AskTwo { fact, .. } => asks(fact, 2, Repr::Word),
            Op::AskTwoWide { fact, .. } => asks(fact, 2, Repr::Wide),
            Op::NextWord { gas, .. }
            | Op::NextWide { gas, .. }
            | Op::NextRef { gas, .. }
            | Op::AgainWord { gas, .. }
            | Op::AgainWide { gas, .. }
            | Op::AgainRef { gas, .. } => {
                // The bound of every loop: an iteration without a charge could go on for ever.
                if gas & GAS_TABLE == 0 {
                    gas >= 1
                } else {
                    let entry = code.gases.get((gas & !GAS_TABLE) as usize);
                    entry.is_some_and(|gas| gas.total() >= 1)
                }
            }
            _ => true,
        };
        self.require(holds, "has an operand out of bounds")?;
        self.locals_of_operands()
    }

    fn locals_of_operands(&mut self) -> Verified {
        match self.op {
            Op::Local { slot }
            | Op::LocalField { slot, .. }
            | Op::LocalFieldWide { slot, .. }
            | Op::UnlessFieldConst { slot, .. }
            | Op::UnlessFieldInInput { slot, .. }
            | Op::UnlessLocalInInput { slot, .. }
            | Op::UnlessLocalConst { slot, .. }
            | Op::AppendWord { slot }
            | Op::AppendWide { slot }
            | Op::AppendRef { slot, .. } => self.local(slot.into(), Cell::Word),
            Op::LocalWide { slot } => {
                self.local(slot.into(), Cell::Low)?;
                self.local(usize::from(slot) + 1, Cell::High)
            }
            Op::FinishList { slot, end, stride } => {
                self.local(slot.into(), Cell::Word)?;
                self.local(end.into(), Cell::Word)?;
                self.require(stride > 0, "has elements of no words")
            }
            Op::NextWord { slot, .. }
            | Op::NextWide { slot, .. }
            | Op::NextRef { slot, .. }
            | Op::AgainWord { slot, .. }
            | Op::AgainWide { slot, .. }
            | Op::AgainRef { slot, .. } => {
                self.local(slot.into(), Cell::Word)?;
                self.local(usize::from(slot) + 1, Cell::Word)
            }
            _ => Ok(()),
        }
    }

    /// What an instruction does to locals and to the way control goes, its operands taken.
    fn control(&mut self) -> Verified {
        match self.op {
            Op::SetLocal { slot } => self.set_local(slot.into(), Cell::Word),
            Op::SetLocalWide { slot } => {
                self.set_local(slot.into(), Cell::Low)?;
                self.set_local(usize::from(slot) + 1, Cell::High)
            }
            Op::LoopStart { slot, .. } => {
                self.set_local(slot.into(), Cell::Word)?;
                self.set_local(usize::from(slot) + 1, Cell::Word)
            }
            Op::NextWord { var, exit, .. } | Op::NextRef { var, exit, .. } => {
                self.jump(exit)?;
                self.set_local(var.into(), Cell::Word)
            }
            Op::NextWide { var, exit, .. } => {
                self.jump(exit)?;
                self.set_local(var.into(), Cell::Low)?;
                self.set_local(usize::from(var) + 1, Cell::High)
            }
            Op::AgainWord { var, target, .. } | Op::AgainRef { var, target, .. } => {
                self.again(var, &[Cell::Word], target)
            }
            Op::AgainWide { var, target, .. } => self.again(var, &[Cell::Low, Cell::High], target),
            Op::Call { function } => self.call(function),
            Op::Return | Op::ReturnWide => self.leave(),
            Op::Decide { .. }
            | Op::DecideRule
            | Op::StartRules { .. }
            | Op::Lookup { .. }
            | Op::NextRule
            | Op::Miss { .. }
            | Op::MissRule
            | Op::GroupEnd { .. }
            | Op::Otherwise
            | Op::Finish
            | Op::EffectWord { .. }
            | Op::EffectWide { .. }
            | Op::EffectEnd { .. } => self.rule_step(),
            Op::Output | Op::Reject { .. } => self.require(
                self.flow.function.is_none() || matches!(self.op, Op::Reject { .. }),
                "stands in a function",
            ),
            op => {
                if let Some(known) = known(&op) {
                    if known != NONE {
                        let height = self.state.len();
                        self.push(op.instruction().pushes);
                        self.jump(known)?;
                        self.state.truncate(height);
                    }
                    return Ok(());
                }
                match target_mut(&mut op.clone()) {
                    Some(target) => self.jump(*target),
                    None => Ok(()),
                }
            }
        }
    }

    /// Back to the body of a loop with the next element, or on without one.
    fn again(&mut self, var: u16, cells: &[Cell], target: u32) -> Verified {
        // A body without instructions is the instruction itself.
        self.require(target <= self.pc, "goes back to no loop")?;
        let without = self.state.clone();
        for (slot, cell) in (usize::from(var)..).zip(cells) {
            self.set_local(slot, *cell)?;
        }
        self.verifier
            .join(self.flow, self.pc, target, &self.state)?;
        self.state = without;
        Ok(())
    }

    fn call(&mut self, number: u32) -> Verified {
        let number = number as usize;
        let earlier = self.flow.function.is_none_or(|caller| number < caller);
        let (Some(function), Some(code), Some(need)) = (
            self.verifier
                .program
                .functions
                .get(number)
                .filter(|_| earlier),
            self.verifier.code.functions.get(number).copied(),
            self.verifier.needs.get(number).copied(),
        ) else {
            return self.require(false, "calls a function that is not an earlier one");
        };
        let FunctionCode {
            arguments, result, ..
        } = code;
        let parameters = cells(
            function
                .locals
                .get(..function.params as usize)
                .unwrap_or_default(),
        );
        let frame = self.state.len().checked_sub(arguments.into());
        let frame = frame.filter(|frame| {
            *frame >= self.flow.base && self.state.get(*frame..) == Some(parameters.as_slice())
        });
        let Some(frame) = frame else {
            return self.require(false, "finds other arguments on the stack");
        };
        self.state.truncate(frame);
        self.flow.need = self.flow.need.max(frame + need);
        self.push(if result == 2 {
            &[Kind::Wide]
        } else {
            &[Kind::Word]
        });
        Ok(())
    }

    fn leave(&mut self) -> Verified {
        let code = self
            .flow
            .function
            .and_then(|number| self.verifier.code.functions.get(number));
        let cells = if matches!(self.op, Op::ReturnWide) {
            2
        } else {
            1
        };
        self.require(
            code.is_some_and(|code| code.result == cells),
            "returns another result",
        )?;
        self.empty()
    }

    /// Rules, groups, effects: only in a policy, only with nothing on the stack.
    fn rule_step(&mut self) -> Verified {
        self.require(self.flow.function.is_none(), "stands in a function")?;
        if !matches!(self.op, Op::EffectWord { .. } | Op::EffectWide { .. }) {
            self.empty()?;
        }
        let code = self.verifier.code;
        let group = |number: u32| code.groups.get(number as usize);
        match self.op {
            Op::Decide {
                group: number,
                rule,
            } => {
                let known = group(number).is_some_and(|group| rule < group.count);
                self.require(known, "decides by a rule that does not exist")?;
                self.decided()
            }
            Op::Otherwise => self.decided(),
            Op::DecideRule => {
                self.reach_rules()?;
                self.decided()
            }
            Op::NextRule | Op::MissRule => {
                self.reach_rules()?;
                let all = code
                    .groups
                    .iter()
                    .any(|g| g.combine == Combine::All && g.bucket != NONE);
                if all { self.decided() } else { Ok(()) }
            }
            Op::StartRules { group: number } => {
                let pc = self.pc;
                let fits = group(number).is_some_and(|group| group.bucket != NONE);
                self.require(
                    fits && self.starts(number, pc),
                    "starts rules that do not follow it",
                )?;
                self.reach_rules()
            }
            Op::Lookup { index } => self.lookup(index),
            Op::Miss {
                group: number,
                rule,
                target,
            } => {
                let known = group(number).is_some_and(|group| rule < group.count);
                self.require(known, "misses a rule that does not exist")?;
                self.jump(target)
            }
            Op::GroupEnd { group: number } => {
                let here = group(number).is_some_and(|group| group.end == self.pc);
                self.require(here, "ends another group")
            }
            _ => Ok(()),
        }
    }

    /// Whether the rules of a group and its end stand behind an address: control never comes back to it.
    fn starts(&self, number: u32, pc: u32) -> bool {
        let code = self.verifier.code;
        let Some(group) = code.groups.get(number as usize) else {
            return false;
        };
        let first = group.rules as usize;
        let rules = code
            .rules
            .get(first..first + group.count as usize)
            .unwrap_or_default();
        group.end > pc && rules.iter().all(|rule| rule.entry > pc)
    }

    fn lookup(&mut self, index: u32) -> Verified {
        let code = self.verifier.code;
        let Some(plan) = code.indexes.get(index as usize) else {
            return self.require(false, "looks up an index that does not exist");
        };
        self.require(
            self.starts(plan.group, self.pc),
            "starts rules that do not follow it",
        )?;
        let buckets: BTreeSet<u32> = plan
            .entries
            .iter()
            .map(|(_, bucket)| *bucket)
            .chain([plan.default])
            .collect();
        for bucket in buckets {
            let nested = code
                .buckets
                .get(bucket as usize)
                .map_or(NONE, |bucket| bucket.nested);
            if nested != NONE {
                self.jump(nested)?;
            }
        }
        self.reach_rules()
    }

    /// Control may go to any rule that shares code, or to the end of its group.
    fn reach_rules(&mut self) -> Verified {
        let mut places = self.verifier.shared.clone();
        let shared = self
            .verifier
            .code
            .groups
            .iter()
            .filter(|group| group.bucket != NONE);
        places.extend(shared.map(|group| group.end));
        for place in places {
            self.verifier.join(self.flow, self.pc, place, &self.state)?;
        }
        Ok(())
    }

    /// Control may go to the effects.
    fn decided(&mut self) -> Verified {
        for entry in self.verifier.code.effect_entries {
            self.jump(entry)?;
        }
        Ok(())
    }
}

/// The place an instruction goes to with an answer.
fn known(op: &Op) -> Option<u32> {
    match op {
        Op::Trust { known }
        | Op::HasCredential { known }
        | Op::Ask { known, .. }
        | Op::AskTwo { known, .. }
        | Op::AskTwoWide { known, .. } => Some(*known),
        _ => None,
    }
}

fn asks(fact: FactKind, arity: usize, repr: Repr) -> bool {
    let answered = match fact.answer().repr() {
        Repr::Ref => Repr::Word,
        repr => repr,
    };
    fact.arity() == arity && answered == repr
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::bytecode::PcInfo;
    use crate::vm::{Optimise, lower, samples};

    /// What the verifier says when the instructions are replaced.
    fn refused(ops: &[Op]) -> String {
        let program = samples::rbac();
        let mut code = lower(&program, Optimise::Full).unwrap();
        for (i, op) in ops.iter().enumerate() {
            code.ops[i] = *op;
        }
        verify(&program, &code).map_or_else(|error| error.to_string(), |()| "admitted".into())
    }

    #[test]
    fn compiled_code_is_admitted() {
        assert_eq!(refused(&[]), "admitted");
    }

    #[test]
    fn an_operand_that_is_missing_is_refused() {
        assert!(refused(&[Op::Not]).contains("finds something else on the stack"));
    }

    #[test]
    fn half_of_a_wide_is_no_word() {
        let program = samples::trust_gate();
        let mut code = lower(&program, Optimise::Full).unwrap();
        code.ops[0] = Op::ConstWide { k: 0 };
        code.ops[1] = Op::Not;
        let error = verify(&program, &code).unwrap_err().to_string();
        assert!(error.contains("finds something else"), "{error}");
    }

    #[test]
    fn a_jump_backwards_or_out_of_the_code_is_refused() {
        assert!(refused(&[Op::Jump { target: 0 }]).contains("jumps backwards"));
        assert!(refused(&[Op::Jump { target: 9999 }]).contains("jumps out of the code"));
    }

    #[test]
    fn a_loop_without_a_charge_is_refused() {
        let ops = [
            Op::Small { value: 0 },
            Op::LoopStart { slot: 0, stride: 1 },
            Op::AgainWord {
                slot: 0,
                var: 2,
                gas: 0,
                target: 2,
            },
        ];
        assert!(refused(&ops).contains("operand out of bounds"));
    }

    #[test]
    fn a_local_that_was_not_written_is_not_read() {
        assert!(refused(&[Op::Local { slot: 0 }]).contains("reads a local"));
        assert!(refused(&[Op::Local { slot: 60_000 }]).contains("reads a local"));
    }

    #[test]
    fn memory_behind_the_input_is_not_read_by_address() {
        assert!(refused(&[Op::Input { word: 1 << 20 }]).contains("operand out of bounds"));
    }

    #[test]
    fn a_function_that_does_not_exist_is_not_called() {
        assert!(refused(&[Op::Call { function: 0 }]).contains("calls a function"));
    }

    #[test]
    fn places_must_be_given_for_every_instruction() {
        let program = samples::rbac();
        let mut code = lower(&program, Optimise::Full).unwrap();
        code.infos.push(PcInfo {
            point: 0,
            leaf: NONE,
            notes: 0,
        });
        assert!(verify(&program, &code).is_err());
    }
}
