//! The WebAssembly engine itself: its floor, what gas costs, cold starts, sizes, memory.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, ensure};
use bench_ecl::facts::Agents;
use bench_ecl::own::{self, Interpreter, Wasm};
use bench_ecl::policies::{self, Case};
use bench_measure::{Clock, MICRO, NANO, Plan, Report, Row, Samples, Subject};
use tollgate::policy::{WasmEngineConfig, WasmPolicy, WasmPolicyEngine};
use tollgate::sandbox::{PureEngine, PureEntry, PureInstance, PureLinker};
use tollgate_ecl::Program;
use tollgate_ecl::engines::wasm;
use tollgate_ecl::engines::wasm::layout;

/// The most that gas may cost.
const GAS_MAX: f64 = 1.10;
/// The most that P3 may take, of the floor.
const FLOOR_MAX: f64 = 2.0;
/// Bytes a policy may take in memory.
const POLICY_BYTES_MAX: f64 = 2e6;
/// Policies held at the same time to weigh one.
const POLICIES: usize = 200;

pub fn measure(report: &mut Report) -> Result<Summary> {
    report.section("The WebAssembly engine");
    floor(report)?;
    for case in [
        policies::p1(),
        policies::p2(),
        policies::p3(),
        policies::p4(),
        policies::p5(1_000),
        policies::p6(),
    ] {
        gas(report, &case)?;
    }
    for case in [policies::text(), policies::p6()] {
        vectors(report, &case)?;
    }
    let start = cold(report)?;
    sizes(report)?;
    let bytes = memory(report)?;
    Ok(Summary { start, bytes })
}

/// What the table of the source document needs.
pub struct Summary {
    /// Source to first decision of P3.
    pub start: Samples,
    /// Bytes of memory of a policy.
    pub bytes: f64,
}

/// A hot instance that does nothing: 32 bytes written, one typed call, one word read.
fn floor(report: &mut Report) -> Result<()> {
    let engine = PureEngine::new()?;
    let module = engine.compile(
        br#"(module (memory (export "memory") 1)
          (func (export "decide") (param i32) (result i64) (i64.load (local.get 0))))"#,
    )?;
    let mut instance = PureLinker::<()>::new(&engine)
        .resolve(&module)?
        .instantiate(())?;
    let decide: PureEntry<(u32,), u64> = instance.entry("decide")?;
    let input = [7_u8; 32];
    let floor = || {
        let written = instance.write(64, std::hint::black_box(&input));
        written.and_then(|()| instance.call(&decide, (64,)))
    };
    let mut wasm = Wasm::new(&policies::p3())?;
    let samples = Plan::short().measure(&mut [Subject::new(|| wasm.decide()), Subject::new(floor)]);
    report.row(
        Row::new("P3, against the floor of a hot instance")
            .ours(&samples[0], NANO)
            .reference("32 bytes written and a typed call", &samples[1], NANO)
            .ratio_max(&samples[0].over(&samples[1]), FLOOR_MAX),
    );
    Ok(())
}

/// The module of a policy called directly, with and without charging.
fn gas(report: &mut Report, case: &Case) -> Result<()> {
    let program = own::program(&case.source)?;
    let metered = wasm::build(&program)?.wasm;
    let mut with = Direct::new(&metered, &program, case)?;
    let mut without = Direct::new(&wasm::build_without_gas(&program), &program, case)?;
    ensure!(
        with.call()? == without.call()?,
        "{}: gas changes the decision",
        case.name
    );
    let plan = Plan {
        clock: Clock::Thread,
        rounds: 41,
        slice: 2e6,
    };
    let samples = plan.measure(&mut [
        Subject::new(|| with.call()),
        Subject::new(|| without.call()),
    ]);
    let rules = if case.name == "P5" {
        ", 1,000 rules"
    } else {
        ""
    };
    report.row(
        Row::new(format!("{}{rules}, with gas", case.name))
            .ours(&samples[0], NANO)
            .reference("without", &samples[1], NANO)
            .ratio_max(&samples[0].over(&samples[1]), GAS_MAX),
    );
    Ok(())
}

/// The module of a policy with vector instructions and without.
fn vectors(report: &mut Report, case: &Case) -> Result<()> {
    let program = own::program(&case.source)?;
    let module = |simd| wasm::build_with(&program, wasm::Options { simd });
    let mut with = Direct::new(&module(true)?.wasm, &program, case)?;
    let mut without = Direct::new(&module(false)?.wasm, &program, case)?;
    ensure!(
        with.call()? == without.call()?,
        "{}: vectors change the decision",
        case.name
    );
    let samples = Plan::short().measure(&mut [
        Subject::new(|| with.call()),
        Subject::new(|| without.call()),
    ]);
    report.row(
        Row::new(format!("{}, with vectors", case.what))
            .ours(&samples[0], NANO)
            .reference("without", &samples[1], NANO)
            .ratio(&samples[0].over(&samples[1])),
    );
    Ok(())
}

/// An instance of a module without facts, called by hand.
struct Direct {
    instance: PureInstance<()>,
    decide: PureEntry<(u32,), u64>,
    at: usize,
    input: Vec<u8>,
}

impl Direct {
    fn new(module: &[u8], program: &Program, case: &Case) -> Result<Self> {
        let engine = PureEngine::new()?;
        let compiled = engine.compile(module)?;
        let mut instance = PureLinker::<()>::new(&engine)
            .resolve(&compiled)?
            .instantiate(())?;
        let at = instance
            .global("input_base")
            .context("no global `input_base`")?;
        let limits = [u64::from(u32::MAX); 5].map(u64::to_le_bytes).concat();
        instance.write(layout::LIMITS as usize, &limits)?;
        let input = tollgate_ecl::host::input::Encoder::new(program).encode(&case.request)?;
        Ok(Self {
            decide: instance.entry("decide")?,
            instance,
            at: usize::try_from(at)?,
            input: input.bytes.clone(),
        })
    }

    fn call(&mut self) -> Result<u64> {
        self.instance.write(self.at, &self.input)?;
        let length = u32::try_from(self.input.len())?;
        Ok(self.instance.call(&self.decide, (length,))?)
    }
}

/// From a policy's source, or from its `.wasm`, to the first decision.
fn cold(report: &mut Report) -> Result<Samples> {
    let mut start = None;
    for case in [policies::p3(), policies::p1(), policies::p5(1_000)] {
        let name = if case.name == "P5" {
            "P5, 1,000 rules"
        } else {
            case.name
        };
        let module = wasm::build(&own::program(&case.source)?)?.wasm;
        let plan = Plan {
            clock: Clock::Thread,
            rounds: 21,
            slice: 0.0,
        };
        // What is measured is one thread's work: compiling in another process would not count.
        let usual = WasmEngineConfig {
            compile_in_process: true,
            ..WasmEngineConfig::default()
        };
        let quick = WasmEngineConfig {
            optimise: false,
            ..usual
        };
        let samples = plan.measure(&mut [
            Subject::timed(|| on_new_engine(usual, |e| from_source(e, &case))),
            Subject::timed(|| on_new_engine(quick, |e| from_source(e, &case))),
            Subject::timed(|| on_new_engine(usual, |e| from_module(e, &case, &module))),
            Subject::new(|| Interpreter::new(&case).is_ok()),
        ]);
        let what = [
            "source to first decision, WASM",
            "source to first decision, WASM not optimised",
            ".wasm to first decision",
            "source to first two decisions, VM",
        ];
        for (what, samples) in what.into_iter().zip(&samples) {
            report.row(Row::new(format!("{name}: {what}")).ours(samples, MICRO));
        }
        if start.is_none() {
            start = samples.into_iter().next();
        }
    }
    start.ok_or_else(|| anyhow!("nothing was measured"))
}

/// Nanoseconds of processor time on an engine that knows no policy; its own start is not counted, a process has one.
fn on_new_engine(config: WasmEngineConfig, run: impl Fn(&WasmPolicyEngine) -> Result<bool>) -> f64 {
    let Ok(engine) = WasmPolicyEngine::new(config) else {
        return f64::NAN;
    };
    let mut ok = false;
    let spent = Subject::new(|| ok = run(&engine).unwrap_or(false)).nanoseconds(Clock::Thread, 1);
    if ok { spent } else { f64::NAN }
}

fn from_source(engine: &WasmPolicyEngine, case: &Case) -> Result<bool> {
    let policy = engine.compile(Arc::new(own::program(&case.source)?))?;
    first_decision(&policy, case)
}

fn from_module(engine: &WasmPolicyEngine, case: &Case, module: &[u8]) -> Result<bool> {
    let policy = engine.load(module)?;
    first_decision(&policy, case)
}

fn first_decision(policy: &WasmPolicy, case: &Case) -> Result<bool> {
    let input = policy.encoder().encode(&case.request)?;
    let verdict = policy.evaluate(&input, &mut Agents::trusted(), &own::limits());
    Ok(verdict.result.is_ok())
}

fn sizes(report: &mut Report) -> Result<()> {
    for case in [
        policies::fifty(),
        policies::p1(),
        policies::p3(),
        policies::p6(),
        policies::p5(1_000),
        policies::p5(10_000),
    ] {
        let module = wasm::build(&own::program(&case.source)?)?.wasm;
        let rules = case.source.matches("\n    r").count();
        let name = if case.name == "P5" {
            format!("P5, {rules} rules")
        } else {
            case.name.into()
        };
        report.row(
            Row::new(format!("{name}: size of the module")).value(module.len() as f64 / 1e3, "KB"),
        );
    }
    Ok(())
}

/// Resident memory of a policy with an instance, in a process of its own.
fn memory(report: &mut Report) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .arg("--memory")
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let bytes: f64 = text.trim().parse().with_context(|| {
        format!(
            "no figure from the process: {text} {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    report.row(
        Row::new(format!(
            "memory of a policy with a live instance ({POLICIES} like P1 held)"
        ))
        .value(bytes / 1e3, "KB")
        .target(
            format!("≤ {} KB", POLICY_BYTES_MAX / 1e3),
            bytes <= POLICY_BYTES_MAX,
        ),
    );
    Ok(bytes)
}

/// Bytes a policy, in the process made for it.
pub fn memory_child() -> Result<f64> {
    let engine = WasmPolicyEngine::new(WasmEngineConfig::default())?;
    let case = policies::p1();
    let live = |number: usize| {
        let source = case.source.replace("\"p1\"", &format!("\"p{number}\""));
        let policy = engine.compile(Arc::new(own::program(&source)?))?;
        let input = policy.encoder().encode(&case.request)?;
        let mut instance = policy.instance()?;
        let verdict = instance.evaluate(&input, &mut Agents::trusted(), &own::limits());
        ensure!(verdict.result.is_ok(), "{verdict:?}");
        anyhow::Ok((policy, instance))
    };
    let first = live(POLICIES)?;
    let before = resident()?;
    let held = (0..POLICIES).map(live).collect::<Result<Vec<_>>>()?;
    let after = resident()?;
    drop((first, held));
    Ok((after - before) as f64 / POLICIES as f64)
}

fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
