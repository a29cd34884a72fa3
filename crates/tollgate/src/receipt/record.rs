//! The record of an execution: what a receipt says of it.
//!
//! A record is made from a [`Report`] alone, and every struct of the report is taken apart completely, so that nothing new
//! in a report is left out by chance. It has digests where a report has what the guest was given and what it wrote: a
//! receipt can be shown to people who may not see those. Its form as JSON is the first version of `docs/receipts.md`; a
//! change of it is a new version.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tollgate_sandbox::{
    CallsDigest, Captured, DebugInfo, Determinism, Digest, EntryName, Failure, GAS_VERSION,
    LimitKind, Limits, Mounts, Obstacle, Outcome, Output, PathGrant, Profile, ProposalSwitch,
    TrapCode, Usage, Violations, Virtual,
};

use super::number::{Count, Moment};
use crate::granted::{Granted, GrantedInput};
use crate::report::{Decision, Report, Setting};

/// What is said of one execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number, unique in the process that ran it.
    pub execution: Count,
    /// When it was asked for, by the clock of the machine that ran it.
    pub started_ns: Moment,
    /// The module.
    pub module: Digest,
    /// Where it began.
    pub entry: EntryRecord,
    /// What ran it, and how.
    pub engine: EngineRecord,
    /// What it saw where clocks and randomness were not granted.
    pub world: WorldRecord,
    /// What the embedder added to it.
    pub embedder: EmbedderRecord,
    /// Who asked, in the embedder's words.
    pub caller: String,
    /// Digest of what it got: where it begins, arguments, variables, standard input if the asker chose it.
    pub input: Digest,
    /// What it could reach.
    pub grant: GrantRecord,
    /// How much it could use.
    pub limits: LimitsRecord,
    /// Hash of the policy that decided about its calls, if there was one.
    pub policy: Option<String>,
    /// Whether it was admitted, and why.
    pub decision: DecisionRecord,
    /// The decisions about its calls, if they were recorded.
    pub calls: Option<CallsRecord>,
    /// Attempts to use what was not granted.
    pub violations: Count,
    /// How it ended.
    pub outcome: OutcomeRecord,
    /// What it wrote and returned.
    pub output: OutputRecord,
    /// What it used.
    pub usage: UsageRecord,
    /// What it costs.
    pub cost: CostRecord,
}

impl Record {
    /// Returns what is to be said of the execution of `report`.
    pub fn of(report: &Report) -> Self {
        let Report {
            execution,
            started,
            module,
            entry,
            engine,
            setting,
            caller,
            input,
            grant,
            limits,
            policy,
            // It had no part in what happened.
            shadow: _,
            decision,
            outcome,
            cost,
            metered,
        } = report;
        let Outcome {
            // The same as the report's.
            execution: _,
            result,
            usage,
            stdout,
            stderr,
            exit_code,
            violations,
            calls,
            moved,
        } = outcome;
        let Setting {
            profile,
            determinism,
            proposals,
            stack_bytes,
            debug_info,
            virtual_world,
            host_functions,
            gate,
            shared,
        } = setting;
        let switches = ProposalSwitch::ALL.iter();
        Self {
            execution: Count(execution.0),
            started_ns: Moment::from(*started),
            module: *module,
            entry: EntryRecord::of(entry),
            engine: EngineRecord {
                fingerprint: engine.as_str().to_owned(),
                gas: GAS_VERSION.to_owned(),
                profile: *profile,
                determinism: *determinism,
                proposals: switches
                    .filter(|switch| switch.enabled(proposals))
                    .map(|switch| switch.name().to_owned())
                    .collect(),
                stack_bytes: Count(*stack_bytes),
                debug_info: *debug_info,
                moved: *moved,
            },
            world: WorldRecord::of(virtual_world),
            embedder: EmbedderRecord {
                host_functions: Count(*host_functions),
                gate: *gate,
                shared_memories: shared.clone(),
            },
            caller: caller.clone(),
            input: *input,
            grant: GrantRecord::of(grant),
            limits: LimitsRecord::of(limits),
            policy: policy.clone(),
            decision: DecisionRecord::of(decision),
            calls: calls.map(CallsRecord::of),
            violations: violations_count(violations),
            outcome: OutcomeRecord {
                status: match result {
                    Ok(_) => Status::Returned,
                    Err(_) => Status::Failed,
                },
                exit_code: *exit_code,
                failure: result.as_ref().err().map(FailureRecord::of),
            },
            output: OutputRecord {
                result: result.as_ref().ok().map(ResultRecord::of),
                stdout: StreamRecord::of(stdout),
                stderr: StreamRecord::of(stderr),
            },
            usage: UsageRecord::of(usage),
            cost: CostRecord {
                micro_usd: Count(cost.micro_usd()),
                metered_micro_usd: Count(metered.micro_usd()),
            },
        }
    }
}

/// Where an execution began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryRecord {
    /// The start of a program.
    Start,
    /// An exported function of this name.
    Function(String),
}

impl EntryRecord {
    fn of(entry: &EntryName) -> Self {
        match entry {
            EntryName::Start => Self::Start,
            EntryName::Function(name) => Self::Function(name.clone()),
        }
    }
}

/// What ran an execution, and how it was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineRecord {
    /// Hash of everything that changes what compiled code does or costs.
    pub fingerprint: String,
    /// What a unit of gas is.
    pub gas: String,
    /// How instructions were counted and guests separated.
    pub profile: Profile,
    /// How far the result depends on the input alone.
    pub determinism: Determinism,
    /// The proposals of WebAssembly that were on.
    pub proposals: Vec<String>,
    /// Stack of the guest.
    pub stack_bytes: Count,
    /// What became of the module's debug information.
    pub debug_info: DebugInfo,
    /// Why it ran in a process of its own, when its profile does not say so.
    pub moved: Option<Obstacle>,
}

/// The clock and seed of an execution without those of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldRecord {
    /// Where its clock started.
    pub clock_start_ns: Moment,
    /// The seed of its randomness.
    pub seed: Count,
}

impl WorldRecord {
    fn of(world: &Virtual) -> Self {
        let Virtual { clock_start, seed } = world;
        Self {
            clock_start_ns: Moment::from(*clock_start),
            seed: Count(*seed),
        }
    }
}

/// What an embedder added, of which a record knows only that it was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedderRecord {
    /// How many functions of its own it offered.
    pub host_functions: Count,
    /// Whether code of its own decided about calls.
    pub gate: bool,
    /// Memories shared with other executions, by module and name.
    pub shared_memories: Vec<(String, String)>,
}

/// What an execution could reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRecord {
    /// Folders and files it could read.
    pub read: Vec<PathRecord>,
    /// Folders and files it could write.
    pub write: Vec<PathRecord>,
    /// Names of the variables of the process that were passed on.
    pub env_inherited: Vec<String>,
    /// Names of the variables with values that the asker chose.
    pub env_chosen: Vec<String>,
    /// Where standard input came from.
    pub stdin: StdinRecord,
    /// Network destinations.
    pub net: Vec<String>,
    /// Whether it saw the clocks of the host.
    pub clock: bool,
    /// Whether it had randomness of the host.
    pub random: bool,
    /// Whether it could leave with an exit code of its own.
    pub exit: bool,
}

impl GrantRecord {
    fn of(granted: &Granted) -> Self {
        let Granted {
            read,
            write,
            env_inherited,
            env_chosen,
            stdin,
            net,
            clock,
            random,
            exit,
        } = granted;
        Self {
            read: read.iter().map(PathRecord::of).collect(),
            write: write.iter().map(PathRecord::of).collect(),
            env_inherited: env_inherited.clone(),
            env_chosen: env_chosen.clone(),
            stdin: match stdin {
                GrantedInput::Empty => StdinRecord::Empty,
                GrantedInput::Bytes(bytes) => StdinRecord::Bytes(Count(*bytes)),
                GrantedInput::Inherited => StdinRecord::Inherited,
            },
            net: net.iter().map(ToString::to_string).collect(),
            clock: *clock,
            random: *random,
            exit: *exit,
        }
    }
}

/// Where standard input came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StdinRecord {
    /// There was none.
    Empty,
    /// The asker chose it: that many bytes, which the digest of the input covers.
    Bytes(Count),
    /// It was that of the process, of which nothing is known.
    Inherited,
}

/// A granted folder or file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathRecord {
    /// Where it is on the host.
    pub host: HostPath,
    /// Its name in the guest.
    pub guest: String,
    /// Whether it includes what is mounted below it.
    pub mounts: Mounts,
}

impl PathRecord {
    fn of(path: &PathGrant) -> Self {
        Self {
            host: HostPath::of(&path.host),
            guest: path.guest.clone(),
            mounts: path.mounts,
        }
    }
}

/// A path of the host. No two paths have the same record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostPath {
    /// It is text.
    Text(String),
    /// It is none; its bytes.
    Base64(String),
}

impl HostPath {
    fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Base64(STANDARD.encode(path.as_os_str().as_encoded_bytes())),
        }
    }
}

/// How much an execution could use. A time of more nanoseconds than there are counts is the largest count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as the fields of Limits")]
pub struct LimitsRecord {
    pub gas: Count,
    pub memory_bytes: Count,
    pub wall_ns: Count,
    pub tables: Count,
    pub memories: Count,
    pub instances: Count,
    pub output_bytes: Count,
    pub host_call_bytes: Count,
    pub handles: Count,
    pub disk_bytes: Count,
    pub disk_files: Count,
}

impl LimitsRecord {
    fn of(limits: &Limits) -> Self {
        let Limits {
            gas,
            memory_bytes,
            wall,
            tables,
            memories,
            instances,
            output_bytes,
            host_call_bytes,
            handles,
            disk_bytes,
            disk_files,
        } = limits;
        Self {
            gas: Count(*gas),
            memory_bytes: Count(*memory_bytes),
            wall_ns: Count::nanoseconds(*wall),
            tables: Count((*tables).into()),
            memories: Count((*memories).into()),
            instances: Count((*instances).into()),
            output_bytes: Count(*output_bytes),
            host_call_bytes: Count(*host_call_bytes),
            handles: Count((*handles).into()),
            disk_bytes: Count(*disk_bytes),
            disk_files: Count(*disk_files),
        }
    }
}

/// Whether an execution was admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// Whether it could run.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<String>,
}

/// Whether an execution could run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It could.
    Accept,
    /// It could not.
    Reject,
}

impl DecisionRecord {
    fn of(decision: &Decision) -> Self {
        let (verdict, reasons) = match decision {
            Decision::Accept { reasons } => (Verdict::Accept, reasons),
            Decision::Reject { reasons } => (Verdict::Reject, reasons),
        };
        Self {
            verdict,
            reasons: reasons.clone(),
        }
    }
}

/// The decisions about the calls of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsRecord {
    /// How many there were.
    pub count: Count,
    /// How many of them the journal has not.
    pub dropped: Count,
    /// Digest over all of them.
    pub digest: Digest,
}

impl CallsRecord {
    fn of(calls: CallsDigest) -> Self {
        let CallsDigest {
            count,
            dropped,
            digest,
        } = calls;
        Self {
            count: Count(count),
            dropped: Count(dropped),
            digest,
        }
    }
}

fn violations_count(violations: &Violations) -> Count {
    let Violations { listed, more } = violations;
    Count(more.saturating_add(listed.len() as u64))
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRecord {
    /// Whether it returned.
    pub status: Status,
    /// The guest's own exit code, if it left with one.
    pub exit_code: Option<i32>,
    /// Why it did not return.
    pub failure: Option<FailureRecord>,
}

/// Whether an execution returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It did, perhaps with an exit code other than 0.
    Returned,
    /// It did not.
    Failed,
}

/// Why an execution did not return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureRecord {
    /// The kind of failure.
    pub kind: String,
    /// The limit that was reached.
    pub limit: Option<LimitKind>,
    /// The trap.
    pub trap: Option<TrapCode>,
    /// Digest of what a report says of it, which may have words of the guest.
    pub message: Digest,
}

impl FailureRecord {
    fn of(failure: &Failure) -> Self {
        Self {
            kind: failure.kind().to_owned(),
            limit: failure.limit(),
            trap: match failure {
                Failure::Trap(trap) => Some(trap.code),
                _ => None,
            },
            message: Digest::of(failure.to_string().as_bytes()),
        }
    }
}

/// What an execution wrote and returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputRecord {
    /// What it returned, if it did.
    pub result: Option<ResultRecord>,
    /// What it wrote to standard output.
    pub stdout: StreamRecord,
    /// What it wrote to standard error.
    pub stderr: StreamRecord,
}

/// What an execution returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRecord {
    /// What kind of thing.
    pub kind: ResultKind,
    /// Its digest, [`Output::digest`].
    pub digest: Digest,
}

/// The kinds of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// The end of a program.
    Exit,
    /// Values of a core function.
    Values,
    /// Bytes.
    Bytes,
    /// A value of a component, as JSON.
    Component,
}

impl ResultRecord {
    fn of(output: &Output) -> Self {
        Self {
            kind: match output {
                Output::Exit => ResultKind::Exit,
                Output::Values(_) => ResultKind::Values,
                Output::Bytes(_) => ResultKind::Bytes,
                Output::Component { .. } => ResultKind::Component,
            },
            digest: output.digest(),
        }
    }
}

/// What was written to a stream, up to the limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRecord {
    /// How many bytes.
    pub bytes: Count,
    /// SHA-256 of them.
    pub digest: Digest,
    /// Whether there was more.
    pub truncated: bool,
}

impl StreamRecord {
    fn of(captured: &Captured) -> Self {
        let Captured { bytes, truncated } = captured;
        Self {
            bytes: Count(bytes.len() as u64),
            digest: Digest::of(bytes),
            truncated: *truncated,
        }
    }
}

/// What an execution used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as the fields of Usage")]
pub struct UsageRecord {
    pub gas: Count,
    pub gas_host: Count,
    pub wall_ns: Count,
    pub cpu_ns: Count,
    pub memory_bytes_peak: Count,
    pub output_bytes: Count,
    pub host_calls: Count,
    pub host_call_bytes: Count,
    pub disk_bytes: Count,
    pub disk_files: Count,
}

impl UsageRecord {
    fn of(usage: &Usage) -> Self {
        let Usage {
            gas,
            gas_host,
            wall,
            cpu,
            memory_bytes_peak,
            output_bytes,
            host_calls,
            host_call_bytes,
            disk_bytes,
            disk_files,
        } = usage;
        Self {
            gas: Count(*gas),
            gas_host: Count(*gas_host),
            wall_ns: Count::nanoseconds(*wall),
            cpu_ns: Count::nanoseconds(*cpu),
            memory_bytes_peak: Count(*memory_bytes_peak),
            output_bytes: Count(*output_bytes),
            host_calls: Count(*host_calls),
            host_call_bytes: Count(*host_call_bytes),
            disk_bytes: Count(*disk_bytes),
            disk_files: Count(*disk_files),
        }
    }
}

/// What an execution costs, in micro-dollars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostRecord {
    /// What is charged.
    pub micro_usd: Count,
    /// What its usage comes to.
    pub metered_micro_usd: Count,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_gas_is_that_of_the_engine() {
        let lock = include_str!("../../../../Cargo.lock");
        assert!(lock.contains("name = \"wasmtime\"\nversion = \"48."));
        assert_eq!(GAS_VERSION, "fuel wasmtime-48, host prices 2");
    }
}
