//! What each profile costs on four kinds of work, against the same code neither metered nor interruptible.

use anyhow::{Result, anyhow};
use bench_measure::{Clock, MILLI, Plan, Report, Row, Subject};
use tollgate::sandbox::{Engine, Execution, Module};
use tollgate::{EngineConfig, Entry, Limits};

use crate::guests::{self, Kernel};
use crate::raw::{self, Guest, Metering};

const ROUNDS: usize = 15;

pub fn measure(report: &mut Report) -> Result<()> {
    report.section("What metering costs");
    for kernel in guests::kernels()? {
        measure_kernel(report, &kernel)?;
    }
    Ok(())
}

fn measure_kernel(report: &mut Report, kernel: &Kernel) -> Result<()> {
    let plain_engine = raw::engine(Metering::None, false)?;
    let plain_guest = Guest::new(&plain_engine, Metering::None, &kernel.wasm)?;
    let plain = || raw_call(&plain_guest, kernel);
    plain()?;
    let here = [
        prepared("metered", EngineConfig::metered(), kernel)?,
        prepared("timed", EngineConfig::timed(), kernel)?,
    ];
    rows(report, kernel, &plain, &here, Clock::Thread);
    // In a process of its own, which the clock of this thread does not see.
    let elsewhere = [prepared("isolated", EngineConfig::isolated(), kernel)?];
    rows(report, kernel, &plain, &elsewhere, Clock::Wall);
    Ok(())
}

type Prepared = (&'static str, Execution);

/// An execution of the kernel that was seen to work.
fn prepared(name: &'static str, config: EngineConfig, kernel: &Kernel) -> Result<Prepared> {
    let module = Engine::new(&config)?.compile_in_process(&kernel.wasm)?;
    let execution = execution(&module, kernel);
    let outcome = execution.run_blocking();
    outcome
        .result
        .map_err(|failure| anyhow!("{name} {}: {failure}", kernel.name))?;
    Ok((name, execution))
}

/// A row for each of the executions, beside the same work of wasmtime.
fn rows(
    report: &mut Report,
    kernel: &Kernel,
    plain: &dyn Fn() -> Result<u64>,
    executions: &[Prepared],
    clock: Clock,
) {
    let mut subjects = vec![Subject::new(plain)];
    for (_, execution) in executions {
        subjects.push(Subject::new(move || {
            execution.run_blocking().result.is_ok()
        }));
    }
    let plan = Plan {
        clock,
        rounds: ROUNDS,
        slice: 10e6,
    };
    let samples = plan.measure(&mut subjects);
    for ((name, _), samples_of) in executions.iter().zip(&samples[1..]) {
        report.row(
            Row::new(format!("{}, {name}", kernel.name))
                .ours(samples_of, MILLI)
                .reference("wasmtime without metering", &samples[0], MILLI)
                .ratio(&samples_of.over(&samples[0])),
        );
    }
}

fn execution(module: &Module, kernel: &Kernel) -> Execution {
    let export = kernel.export.to_owned();
    let entry = match &kernel.input {
        Some(input) => Entry::Bytes {
            export,
            input: input.clone(),
        },
        None => Entry::Core {
            export,
            args: Vec::new(),
        },
    };
    let mut execution = Execution::new(module, entry);
    execution.limits = Limits {
        gas: 1 << 40,
        ..Limits::standard()
    };
    execution
}

/// The same call by hand, bytes ABI included.
fn raw_call(guest: &Guest, kernel: &Kernel) -> Result<u64> {
    let mut store = guest.store()?;
    let instance = guest.pre.instantiate(&mut store)?;
    let Some(input) = &kernel.input else {
        let function = instance
            .get_func(&mut store, kernel.export)
            .ok_or_else(|| anyhow!("no export `{}`", kernel.export))?;
        let mut results = [wasmtime::Val::I32(0)];
        function.call(&mut store, &[], &mut results)?;
        return Ok(1);
    };
    let length = i32::try_from(input.len())?;
    let alloc = instance.get_typed_func::<i32, i32>(&mut store, "alloc")?;
    let address = alloc.call(&mut store, length)?;
    let memory = instance
        .get_memory(&mut store, "memory")
        .ok_or_else(|| anyhow!("no memory"))?;
    memory.write(&mut store, address.cast_unsigned() as usize, input)?;
    let function = instance.get_typed_func::<(i32, i32), u64>(&mut store, kernel.export)?;
    let answer = function.call(&mut store, (address, length))?;
    let mut bytes = vec![0; (answer & 0xFFFF_FFFF) as usize];
    memory.read(&store, (answer >> 32) as usize, &mut bytes)?;
    Ok(bytes.len() as u64)
}
