//! Running again what a receipt says, with nothing of the host in reach, and comparing what comes out.
//!
//! A run that had nothing of the host but its arguments and variables (no files, network, clock, randomness or standard input) is
//! decided by its module, its input, the limits, and the clock and seed that the receipt names: run again it does the same, to
//! the last unit of gas. [`of`] says how, or what of the run would have to be known and is not: such a run is refused by
//! name and never found equal. [`difference`] compares.

mod compare;
mod error;

use tollgate_sandbox::{
    Determinism, GAS_VERSION, Limits, Profile, ProposalSwitch, Proposals, Virtual,
};

pub use self::compare::{Difference, difference};
pub use self::error::Refusal;
use crate::receipt::{
    EngineRecord, EntryRecord, GrantRecord, LimitsRecord, Record, StdinRecord, Verdict,
};

/// How to run it again, beside its module and its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// How it was metered.
    pub profile: Profile,
    /// How far its result depends on its input alone.
    pub determinism: Determinism,
    /// The proposals that were on.
    pub proposals: Proposals,
    /// Stack of the guest.
    pub stack_bytes: u64,
    /// What became of the debug information.
    pub debug_info: tollgate_sandbox::DebugInfo,
    /// The exported function it began with; none for the start of a program.
    pub function: Option<String>,
    /// How much it could use.
    pub limits: Limits,
    /// The clock and the seed it saw.
    pub virtual_world: Virtual,
    /// Whether it could leave with a code of its own.
    pub exit: bool,
}

/// Says how the run of a receipt is run again.
///
/// # Errors
/// [`Refusal`], when the receipt does not decide what the run did.
///
/// # Example
/// ```
/// use tollgate::receipt::Record;
/// use tollgate::{Determinism, EngineConfig, Request, Source, Tollgate, replay};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = EngineConfig { determinism: Determinism::Full, ..EngineConfig::metered() };
/// let tollgate = Tollgate::builder().compile_in_process().engine(engine).build()?;
/// let wat = r#"(module (func (export "run")))"#;
/// let module = tollgate.load_blocking(&Source::Bytes(wat.as_bytes().into()))?;
/// let report = tollgate.execute_blocking(Request::call(&module, "run", []))?;
///
/// let how = replay::of(&Record::of(&report))?;
/// assert_eq!(how.function.as_deref(), Some("run"));
/// # Ok(())
/// # }
/// ```
pub fn of(record: &Record) -> Result<Replay, Refusal> {
    engine(&record.engine)?;
    embedder(record)?;
    reached(&record.grant)?;
    ended(record)?;
    Ok(Replay {
        profile: record.engine.profile,
        determinism: record.engine.determinism,
        proposals: proposals(&record.engine.proposals)?,
        stack_bytes: record.engine.stack_bytes.0,
        debug_info: record.engine.debug_info,
        function: match &record.entry {
            EntryRecord::Start => None,
            EntryRecord::Function(name) => Some(name.clone()),
        },
        limits: limits(&record.limits)?,
        virtual_world: Virtual {
            clock_start: record
                .world
                .clock_start_ns
                .system_time()
                .ok_or(Refusal::Number {
                    field: "clock_start_ns",
                })?,
            seed: record.world.seed.0,
        },
        exit: record.grant.exit,
    })
}

fn engine(engine: &EngineRecord) -> Result<(), Refusal> {
    if engine.gas != GAS_VERSION {
        return Err(Refusal::Gas {
            version: engine.gas.clone(),
        });
    }
    match engine.profile {
        Profile::Metered | Profile::Isolated => {}
        Profile::Timed => return Err(Refusal::Uncounted),
    }
    match engine.determinism {
        Determinism::Full | Determinism::NoFloat => Ok(()),
        Determinism::Off => Err(Refusal::Level),
    }
}

fn proposals(named: &[String]) -> Result<Proposals, Refusal> {
    let mut proposals = Proposals::standard();
    for switch in ProposalSwitch::ALL {
        let on = named.iter().any(|name| name == switch.name());
        switch.set(&mut proposals, on);
    }
    let known = |name: &&String| ProposalSwitch::ALL.iter().any(|one| one.name() == **name);
    match named.iter().find(|name| !known(name)) {
        Some(name) => Err(Refusal::Proposal { name: name.clone() }),
        None => Ok(proposals),
    }
}

fn embedder(record: &Record) -> Result<(), Refusal> {
    let embedder = &record.embedder;
    let what = if embedder.host_functions.0 > 0 {
        "functions"
    } else if embedder.gate {
        "a gate"
    } else if !embedder.shared_memories.is_empty() {
        "shared memories"
    } else {
        return Ok(());
    };
    Err(Refusal::Embedder { what })
}

/// Refuses a run that reached for what the receipt has not. A new part of a grant does not compile until it is decided about.
fn reached(grant: &GrantRecord) -> Result<(), Refusal> {
    let GrantRecord {
        read,
        write,
        // Given again, and held against the digest of the input.
        env_inherited: _,
        env_chosen: _,
        stdin,
        net,
        clock,
        random,
        exit: _,
    } = grant;
    let stdin = match stdin {
        StdinRecord::Empty => false,
        StdinRecord::Bytes(_) | StdinRecord::Inherited => true,
    };
    let kinds = [
        (!read.is_empty(), "files it could read"),
        (!write.is_empty(), "files it could write"),
        (!net.is_empty(), "the network"),
        (*clock, "the clock of its host"),
        (*random, "randomness of its host"),
        (stdin, "standard input"),
    ];
    let what: Vec<_> = kinds
        .into_iter()
        .filter_map(|(had, what)| had.then_some(what))
        .collect();
    if what.is_empty() {
        return Ok(());
    }
    Err(Refusal::Unrecorded { what })
}

/// Refuses a run that was ended from outside.
fn ended(record: &Record) -> Result<(), Refusal> {
    if record.decision.verdict == Verdict::Reject {
        return Err(Refusal::NotRun);
    }
    let Some(failure) = &record.outcome.failure else {
        return Ok(());
    };
    let by_time = failure.limit == Some(tollgate_sandbox::LimitKind::Wall);
    match failure.kind.as_str() {
        _ if by_time => Err(Refusal::Ended {
            kind: String::from("time limit"),
        }),
        "trap" | "limit-exceeded" | "denied" | "missing-export" | "missing-import"
        | "bad-arguments" | "bad-guest" => Ok(()),
        kind => Err(Refusal::Ended {
            kind: kind.to_owned(),
        }),
    }
}

fn limits(limits: &LimitsRecord) -> Result<Limits, Refusal> {
    let LimitsRecord {
        gas,
        memory_bytes,
        wall_ns,
        tables,
        memories,
        instances,
        output_bytes,
        host_call_bytes,
        handles,
        disk_bytes,
        disk_files,
    } = limits;
    let small = |count: crate::receipt::Count, field| {
        u32::try_from(count.0).map_err(|_| Refusal::Number { field })
    };
    Ok(Limits {
        gas: gas.0,
        memory_bytes: memory_bytes.0,
        wall: std::time::Duration::from_nanos(wall_ns.0),
        tables: small(*tables, "tables")?,
        memories: small(*memories, "memories")?,
        instances: small(*instances, "instances")?,
        output_bytes: output_bytes.0,
        host_call_bytes: host_call_bytes.0,
        handles: small(*handles, "handles")?,
        disk_bytes: disk_bytes.0,
        disk_files: disk_files.0,
    })
}
