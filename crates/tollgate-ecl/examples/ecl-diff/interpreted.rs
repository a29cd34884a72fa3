//! The modules of the WebAssembly engine in another engine: wasmi, an interpreter.
//!
//! Compiling a random program to machine code takes most of the time of comparing it, and an interpreter starts at once:
//! so a million modules can be run. It shares nothing with the engine that compiles but the bytes of the module and the
//! host's side of the calling convention.

use std::sync::Arc;

use tollgate_ecl::engines::wasm::host::FactHost;
use tollgate_ecl::engines::wasm::results::Results;
use tollgate_ecl::engines::wasm::{self, HOST_INTERFACE, import_name, layout, result};
use tollgate_ecl::host::input::Encoder;
use tollgate_ecl::host::outcome::{DecidedBy, Explanation};
use tollgate_ecl::ir::value;
use tollgate_ecl::testing::differential::{Engine, Explained, Outcome};
use tollgate_ecl::testing::generate::{RandomFacts, Run};
use tollgate_ecl::{FactKind, Program, Verdict};
use wasmi::{Caller, Error, Instance, Linker, Memory, Module, Store, TypedFunc};

struct State {
    facts: RandomFacts,
    host: FactHost,
}

/// The engine under test.
pub(crate) struct Interpreted {
    engine: wasmi::Engine,
    linker: Linker<State>,
    loaded: Option<Loaded>,
}

struct Loaded {
    program: Arc<Program>,
    store: Store<State>,
    memory: Memory,
    base: usize,
    input_base: usize,
    decide: TypedFunc<u32, i64>,
    explain: TypedFunc<u32, i64>,
}

impl Interpreted {
    pub(crate) fn new() -> Self {
        let engine = wasmi::Engine::default();
        match linker(&engine) {
            Ok(linker) => Self {
                engine,
                linker,
                loaded: None,
            },
            Err(error) => panic!("the names of the host functions are not unique: {error}"),
        }
    }

    fn instantiate(&self, program: &Arc<Program>) -> Result<Loaded, String> {
        let built = wasm::build(program).map_err(|error| error.to_string())?;
        let text = |error: Error| error.to_string();
        let module = Module::new(&self.engine, &built.wasm).map_err(text)?;
        let pool = Encoder::new(program).pool().clone();
        let state = State {
            facts: RandomFacts::new(0),
            host: FactHost::new(pool.clone(), 0),
        };
        let mut store = Store::new(&self.engine, state);
        let instance = self.linker.instantiate_and_start(&mut store, &module);
        let instance = instance.map_err(text)?;
        let base = global(&store, &instance, "base")?;
        store.data_mut().host = FactHost::new(pool, base);
        let memory = instance.get_memory(&store, "memory");
        Ok(Loaded {
            program: program.clone(),
            memory: memory.ok_or("no memory is exported")?,
            base,
            input_base: global(&store, &instance, "input_base")?,
            decide: instance.get_typed_func(&store, "decide").map_err(text)?,
            explain: instance.get_typed_func(&store, "explain").map_err(text)?,
            store,
        })
    }
}

fn global(store: &Store<State>, instance: &Instance, name: &str) -> Result<usize, String> {
    let global = instance.get_global(store, name);
    let value = global.and_then(|global| global.get(store).i32());
    value
        .and_then(|value| usize::try_from(value).ok())
        .ok_or_else(|| format!("no global `{name}` is exported"))
}

/// Every kind of fact as an import.
fn linker(engine: &wasmi::Engine) -> Result<Linker<State>, Error> {
    let mut linker = Linker::new(engine);
    for kind in FactKind::ALL {
        let name = import_name(kind);
        if kind.arity() == 1 {
            linker.func_wrap(
                HOST_INTERFACE,
                name,
                move |caller: Caller<'_, State>, at: u32, len: u32, out: u32| {
                    ask(caller, kind, [(at, len), (0, 0)], out)
                },
            )?;
        } else {
            linker.func_wrap(
                HOST_INTERFACE,
                name,
                move |caller: Caller<'_, State>,
                      a: u32,
                      a_len: u32,
                      b: u32,
                      b_len: u32,
                      out: u32| {
                    ask(caller, kind, [(a, a_len), (b, b_len)], out)
                },
            )?;
        }
    }
    Ok(linker)
}

fn ask(
    mut caller: Caller<'_, State>,
    kind: FactKind,
    args: [(u32, u32); 2],
    out: u32,
) -> Result<i32, Error> {
    let memory = caller.get_export("memory").and_then(|it| it.into_memory());
    let memory = memory.ok_or_else(|| Error::new("no memory is exported"))?;
    let (memory, State { facts, host }) = memory.data_and_store_mut(&mut caller);
    let answered = host.ask(memory, facts, kind, args, out);
    answered.map_err(|no_room| Error::new(no_room.to_string()))
}

impl Loaded {
    fn evaluate(&mut self, run: &Run, traced: bool) -> Result<Verdict, String> {
        let text = |error: Error| error.to_string();
        let state = self.store.data_mut();
        state.facts = RandomFacts::new(run.facts);
        state.host.begin();
        state.host.begin_texts(&run.input);
        self.write_limits(run)?;
        let end = self.input_base + run.input.bytes.len();
        let missing = end.saturating_sub(self.memory.data_size(&self.store));
        let pages = missing.div_ceil(layout::PAGE as usize) as u64;
        if pages > 0 {
            let grown = self.memory.grow(&mut self.store, pages);
            grown.map_err(|error| error.to_string())?;
        }
        self.memory
            .write(&mut self.store, self.input_base, &run.input.bytes)
            .map_err(|error| error.to_string())?;
        let entry = if traced { self.explain } else { self.decide };
        let length = u32::try_from(run.input.bytes.len()).map_err(|error| error.to_string())?;
        let packed = entry.call(&mut self.store, length).map_err(text)?;
        let gas = self.results().gas().ok_or("the memory has no gas in it")?;
        Ok(result::unpack(packed.cast_unsigned(), gas))
    }

    fn write_limits(&mut self, run: &Run) -> Result<(), String> {
        let bytes = layout::limits(&run.limits);
        self.memory
            .write(&mut self.store, layout::LIMITS as usize, &bytes)
            .map_err(|error| error.to_string())
    }

    fn results(&self) -> Results<'_> {
        Results::new(&self.program, self.memory.data(&self.store), self.base)
    }

    fn outcome(&self, verdict: Verdict) -> Outcome {
        let results = self.results();
        let effects = match verdict.result {
            Ok(decision) => results.effects(decision),
            Err(_) => Ok(Vec::new()),
        };
        let output = match verdict.by {
            DecidedBy::Output => results.output(),
            _ => None,
        };
        Outcome::new(verdict, effects, output.as_ref())
    }

    fn run(&mut self, run: &Run) -> Result<Outcome, String> {
        let verdict = self.evaluate(run, false)?;
        let mut outcome = self.outcome(verdict);
        let verdict = self.evaluate(run, true)?;
        assert_eq!(
            self.outcome(verdict),
            outcome,
            "explaining changes the outcome"
        );
        let results = self.results();
        let explanation = Explanation {
            verdict,
            rules: results.rule_traces(),
            leaves: results.leaf_traces(),
        };
        let (program, memory) = (&self.program, results.memory());
        outcome.explained = Some(Explained::new(program, &explanation, &|ty, words| {
            value::from_words(program, memory, ty, words)
        }));
        Ok(outcome)
    }
}

impl Engine for Interpreted {
    fn name(&self) -> &'static str {
        "WebAssembly in an interpreter"
    }

    fn load(&mut self, program: &Arc<Program>) -> Result<(), String> {
        self.loaded = None;
        self.loaded = Some(self.instantiate(program)?);
        Ok(())
    }

    fn run(&mut self, run: &Run) -> Outcome {
        // The harness loads before it runs.
        let Some(loaded) = &mut self.loaded else {
            panic!("a program is run that was not loaded")
        };
        match loaded.run(run) {
            Ok(outcome) => outcome,
            Err(error) => panic!("a module cannot be run: {error}"),
        }
    }
}
