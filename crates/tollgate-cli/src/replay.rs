//! `tollgate replay`: runs a module again as a receipt says it ran, with nothing of this machine in reach, and compares.
//!
//! It runs in the profile it had, in a jail that is granted nothing.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tollgate::gate::CallPolicy;
use tollgate::gate::backtest::{Backtest, Before};
use tollgate::receipt::{Lines, Receipt, Record};
use tollgate::replay::{self, Difference, Refusal, Replay};
use tollgate::sandbox::{
    Allocation, Aside, CallRecord, CallsChain, ExecutionId, HostFiles, JailMode, LimitKind,
};
use tollgate::{
    EngineConfig, Failure, Grant, Journal, Module, Profile, Report, Request, Stdin, Tollgate,
};

use crate::arguments::{CacheArguments, Format, ModuleArguments};
use crate::called::{Called, program_name};
use crate::error::{CliError, CliResult, OrExit as _};
use crate::escapes::clean;
use crate::exit::Exit;
use crate::jail::{self, Prisoner};
use crate::journal::Records;
use crate::load::Load;
use crate::policy::backtest::Over;
use crate::progress::Voice;
use crate::quantity::show_count;
use crate::sources::Input;
use crate::{cache, grants, load, output, run, verify};

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate run hello.wasm --no-stdin --determinism full --receipt hello.receipt
  tollgate replay hello.receipt --module hello.wasm
  tollgate replay --policy new.ecl --journal calls.jsonl   # what another policy would have decided; nothing is run

Exit codes: 0 it did the same, to the last unit of gas; 1 it did not; 65 what was given cannot be replayed, or
is not what the receipt is about; 66 a file is not there; 67 and 77 as of `tollgate verify`, with `--trust`.")]
pub(crate) struct ReplayArguments {
    /// File with the receipt
    #[arg(value_name = "RECEIPT")]
    receipt: Option<PathBuf>,
    /// The module: file, https URL (`…#sha256:HEX` pins it)
    #[arg(long, value_name = "MODULE", requires = "receipt")]
    module: Option<String>,
    /// The journal of the run, to name the first call that is another
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// The policy that decided the calls of the run; without a receipt, the one that is to decide those of the journal
    #[arg(long, value_name = "FILE.ecl")]
    policy: Option<PathBuf>,
    /// File of keys one of which has to have signed the receipt; may be given more than once
    #[arg(long, value_name = "KEYS")]
    trust: Vec<PathBuf>,
    /// The input of the run as JSON, or `@FILE` with it (`@-` for standard input)
    #[arg(long, value_name = "JSON|@FILE", conflicts_with = "arguments")]
    input: Option<String>,
    /// The input of the run as it is, or `@FILE` with it (`@-` for standard input)
    #[arg(long, value_name = "TEXT|@FILE", conflicts_with_all = ["arguments", "input"])]
    input_text: Option<String>,
    /// A variable that the run had with this value
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    loading: ModuleArguments,
    #[command(flatten)]
    cache: CacheArguments,
    /// The arguments of the run
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

/// What came out of a replay.
enum Found {
    Equal,
    /// This record is another, or is missing on one side.
    Call {
        number: usize,
        recorded: Option<Box<CallRecord>>,
        again: Option<Box<CallRecord>>,
    },
    Other(Difference),
}

pub(crate) fn run(arguments: &ReplayArguments) -> CliResult<Exit> {
    let (Some(path), Some(module)) = (&arguments.receipt, &arguments.module) else {
        return decided_again(arguments);
    };
    let receipt = receipt(path, &arguments.trust)?;
    let record = receipt.record();
    let replay = replay::of(record).map_err(|refusal| refused(&refusal))?;
    let journal = journal(arguments.journal.as_deref(), record)?;
    let policy = arguments.policy.as_deref().map(run::policy).transpose()?;
    let here = policy.as_ref().map(|policy| policy.hash().to_owned());
    if here != record.policy {
        let recorded = record.policy.clone();
        return Err(refused(&Refusal::Policy { recorded, here }));
    }
    let rerun = Rerun {
        arguments,
        module,
        replay,
        record,
    };
    let again = rerun.again(policy)?;
    let found = compare(record, journal.as_deref(), &again)?;
    tell(arguments.format, &receipt, &found)?;
    Ok(match found {
        Found::Equal => Exit::Success,
        Found::Call { .. } | Found::Other(_) => Exit::Guest(1),
    })
}

/// Without a receipt, what a policy would have decided over a journal.
fn decided_again(arguments: &ReplayArguments) -> CliResult<Exit> {
    let ReplayArguments {
        receipt,
        policy,
        journal,
        format,
        ..
    } = arguments;
    if receipt.is_some() {
        let message =
            "a receipt is replayed with the module it is about; name that with `--module`";
        return Err(CliError::message(Exit::Usage, message));
    }
    let (Some(policy), Some(journal)) = (policy, journal) else {
        let message = "name a receipt and its module, `tollgate replay RECEIPT --module MODULE`; or a policy that is to decide recorded calls, \
                       `tollgate replay --policy NEW.ecl --journal FILE`";
        return Err(CliError::message(Exit::Usage, message));
    };
    let over = Over {
        journals: std::slice::from_ref(journal),
        since: None,
        format: *format,
    };
    over.tell(Backtest::new(Before::Recorded, run::policy(policy)?))
}

/// What a refusal says, with what helps.
fn refused(refusal: &Refusal) -> CliError {
    let help = match refusal {
        Refusal::Level => "; run it with `--determinism full`, or `no-float`",
        Refusal::Uncounted => "; run it with `--profile metered`",
        Refusal::Unrecorded { what } if what.contains(&"standard input") => {
            "; what can be replayed has `--no-stdin` and no grants but variables"
        }
        Refusal::Unrecorded { .. } => "; what can be replayed has no grants but variables",
        Refusal::Input { .. } => {
            "; give those of the run: arguments after `--`, variables with `--env NAME=VALUE`"
        }
        Refusal::Policy { .. } => "; name that of the run with `--policy FILE.ecl`",
        _ => "",
    };
    CliError::message(
        Exit::Invalid,
        format!("it cannot be replayed: {refusal}{help}"),
    )
}

/// The one receipt of a file.
fn receipt(path: &Path, trust: &[PathBuf]) -> CliResult<Receipt> {
    let name = path.display();
    let unread = |error: std::io::Error| {
        CliError::message(
            Exit::NotFound,
            format!("cannot read the receipt `{name}`: {error}"),
        )
    };
    let mut lines = Lines::new(BufReader::new(Input::plain(path).open().map_err(unread)?));
    let line = lines.next().transpose().map_err(unread)?;
    let more = lines.next().transpose().map_err(unread)?;
    let (Some(line), None) = (line, more) else {
        let message =
            format!("`{name}` has no receipt, or several; one is replayed: a file with its line");
        return Err(CliError::message(Exit::Invalid, message));
    };
    if trust.is_empty() {
        return Receipt::read(&line).or_exit(Exit::Invalid);
    }
    let trusted = verify::trusted(trust)?;
    Receipt::verify(&line, &trusted).map_err(|error| {
        let exit = verify::exit(&error);
        CliError::new(exit, error)
    })
}

/// The records of the journal, if they are those of the receipt.
fn journal(path: Option<&Path>, record: &Record) -> CliResult<Option<Vec<CallRecord>>> {
    let Some(path) = path else { return Ok(None) };
    let records = Records::open(path)?.collect::<CliResult<Vec<_>>>()?;
    let mut chain = CallsChain::default();
    records.iter().for_each(|record| chain.cover(record));
    let said = record
        .calls
        .as_ref()
        .map(|calls| (calls.count.0, calls.digest));
    if said != Some((records.len() as u64, chain.digest())) {
        return Err(refused(&Refusal::Journal));
    }
    Ok(Some(records))
}

/// What is run again.
struct Rerun<'a> {
    arguments: &'a ReplayArguments,
    module: &'a str,
    replay: Replay,
    record: &'a Record,
}

/// The run again, and the records of its calls.
struct Again {
    report: Report,
    calls: Vec<CallRecord>,
}

/// Records of calls that are kept, to be compared.
const CALLS_MAX: usize = 1_000_000;

impl Rerun<'_> {
    fn again(&self, policy: Option<CallPolicy>) -> CliResult<Again> {
        let Self {
            arguments,
            module: _,
            replay,
            record,
        } = self;
        let called = Called {
            export: replay.function.as_deref(),
            input: arguments.input.as_deref(),
            input_text: arguments.input_text.as_deref(),
            arguments: &arguments.arguments,
        };
        let input = called.input(replay.limits.host_call_bytes)?;
        let grant = self.grant()?;
        let config = self.engine();
        let builder = || {
            let mut builder = Tollgate::builder();
            if let Some(policy) = &policy {
                builder = builder.policy(policy.clone());
            }
            builder
                .engine(config.clone())
                .source(load::source_options(&arguments.loading))
                .module_limits(load::module_limits(&arguments.loading))
                .compile_limits(load::compile_limits(&arguments.loading, None))
                .may_grant(grant.clone())
                .limits_max(replay.limits.clone())
        };
        let mut warnings = Vec::new();
        let tollgate = load::build(builder, cache::chosen(&arguments.cache), &mut warnings)?;
        let module = self.module(&tollgate, &mut warnings)?;
        let entry = called.entry(&module, input)?;
        let here = entry.input_digest(&grant);
        if record.input != here {
            let recorded = record.input;
            return Err(refused(&Refusal::Input { recorded, here }));
        }
        let prisoner = Prisoner {
            module: &module,
            limits: &replay.limits,
            grant: &grant,
        };
        jail::close(JailMode::Best, &HostFiles::default(), prisoner)?;
        let sink = Arc::new(Journal::new(CALLS_MAX));
        let mut request = Request::new(&module, entry)
            .grant(grant)
            .limits(replay.limits.clone())
            .caller(record.caller.clone())
            .record(sink.clone());
        request.virtual_world = replay.virtual_world;
        let report = tollgate.execute_blocking(request).or_exit(Exit::Internal)?;
        is_comparable(&report)?;
        Ok(Again {
            report,
            calls: sink.drain(),
        })
    }

    /// Loads the module, in the engine of the run.
    fn module(&self, tollgate: &Tollgate, warnings: &mut Vec<String>) -> CliResult<Module> {
        let record = self.record;
        let here = tollgate.engine().fingerprint().as_str();
        if record.engine.fingerprint != here {
            return Err(refused(&Refusal::Engine {
                recorded: record.engine.fingerprint.clone(),
                here: here.to_owned(),
            }));
        }
        let source = load::source(self.module)?;
        let loading = Load {
            source: &source,
            // Whether it is the module of the run comes first.
            intent: None,
            voice: Voice::Heard,
        };
        let loaded = load::load(tollgate, loading, warnings);
        load::warn(warnings);
        let module = loaded?.module().clone();
        if record.module != module.digest() {
            return Err(refused(&Refusal::Module {
                recorded: record.module,
                here: module.digest(),
            }));
        }
        Ok(module)
    }

    fn engine(&self) -> EngineConfig {
        let replay = &self.replay;
        let mut config = match replay.profile {
            Profile::Metered => EngineConfig::metered(),
            Profile::Timed => EngineConfig::timed(),
            Profile::Isolated => EngineConfig::isolated(),
        };
        config.allocation = Allocation::OnDemand;
        config.concurrent = 1;
        config.waiting_workers = 0;
        config.parallel_compilation = true;
        config.determinism = replay.determinism;
        config.proposals = replay.proposals;
        config.debug_info = replay.debug_info;
        config.stack_bytes = usize::try_from(replay.stack_bytes).unwrap_or(usize::MAX);
        config.global_memory_bytes = config.global_memory_bytes.max(replay.limits.memory_bytes);
        config
    }

    /// Arguments and variables, and nothing else.
    fn grant(&self) -> CliResult<Grant> {
        let Self {
            arguments, replay, ..
        } = self;
        let mut grant = Grant::none();
        grant.stdin = Stdin::Empty;
        grant.exit = replay.exit;
        let own = match replay.function {
            Some(_) => &[][..],
            None => &arguments.arguments,
        };
        grant.args = std::iter::once(program_name(self.module))
            .chain(own.iter().cloned())
            .collect();
        grants::variables(&mut grant, &arguments.env)?;
        Ok(grant)
    }
}

/// Refuses to compare a run that was ended here by what its input does not decide.
fn is_comparable(report: &Report) -> CliResult<()> {
    let failure = match &report.outcome.result {
        Err(Failure::LimitExceeded(exceeded)) if exceeded.limit != LimitKind::Wall => return Ok(()),
        Ok(_)
        | Err(
            Failure::Trap(_)
            | Failure::Denied(_)
            | Failure::MissingExport { .. }
            | Failure::MissingImport { .. }
            | Failure::BadArguments { .. }
            | Failure::BadGuest { .. },
        ) => return Ok(()),
        Err(failure) => failure,
    };
    let message = format!(
        "it could not be run again to its end: {failure}; try it on a machine with more time and memory"
    );
    Err(CliError::message(Exit::Internal, message))
}

fn compare(record: &Record, journal: Option<&[CallRecord]>, again: &Again) -> CliResult<Found> {
    if let Some(recorded) = journal {
        let numbers = 0..recorded.len().max(again.calls.len());
        let other = numbers.into_iter().find_map(|number| {
            let (was, is) = (recorded.get(number), again.calls.get(number));
            let alike = was.map(decided) == is.map(decided);
            (!alike).then(|| Found::Call {
                number,
                recorded: was.cloned().map(Box::new),
                again: is.cloned().map(Box::new),
            })
        });
        if let Some(other) = other {
            return Ok(other);
        }
    }
    let difference = replay::difference(record, &Record::of(&again.report));
    Ok(difference.map_or(Found::Equal, Found::Other))
}

/// A record without what another run has otherwise.
fn decided(record: &CallRecord) -> CallRecord {
    CallRecord {
        execution: ExecutionId(0),
        gas: 0,
        time: std::time::Duration::ZERO,
        aside: Aside::default(),
        ..record.clone()
    }
}

fn shown(record: Option<&CallRecord>) -> String {
    record.map_or_else(
        || String::from("nothing"),
        |record| format!("{} {:?} {:?}", record.name, record.target, record.decision),
    )
}

fn tell(format: Format, receipt: &Receipt, found: &Found) -> CliResult<()> {
    let record = receipt.record();
    let gas = record.usage.gas.0;
    let (first, recorded, again) = match found {
        Found::Equal => (None, None, None),
        Found::Call {
            number,
            recorded,
            again,
        } => (
            Some(format!("record {number} of the journal")),
            Some(shown(recorded.as_deref())),
            Some(shown(again.as_deref())),
        ),
        Found::Other(Difference {
            field,
            recorded,
            again,
        }) => (
            Some((*field).to_owned()),
            Some(recorded.clone()),
            Some(again.clone()),
        ),
    };
    let text = match format {
        Format::Json => {
            let answer = json!({
                "equal": first.is_none(),
                "module": record.module,
                "signer": receipt.signer().to_string(),
                "gas": gas,
                "first_difference": first,
                "recorded": recorded,
                "again": again,
            });
            format!("{answer:#}\n")
        }
        Format::Human => match first {
            None => format!(
                "replays equal: {} gas, output and calls are those of the receipt\n",
                show_count(gas)
            ),
            Some(first) => format!(
                "does not replay equal: first {first}\n    recorded  {}\n    again     {}\n",
                clean(&recorded.unwrap_or_default()),
                clean(&again.unwrap_or_default())
            ),
        },
    };
    output::answer(text.as_bytes())
}
