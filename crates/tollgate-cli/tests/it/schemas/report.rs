//! What `tollgate run`, `learn`, `verify` and `replay` write.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The report of `tollgate run` and `tollgate learn`. Its fields only grow: `version` changes when one is removed or means something
/// else.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Report {
    version: u64,
    module: ModuleOfReport,
    /// Its number in this process.
    execution: u64,
    /// Hash of everything that changes what compiled code does or costs.
    engine: String,
    /// Digest of what the run got: where it begins, arguments, variables, standard input if it was chosen.
    input: String,
    /// Hash of the policy that decided its calls.
    policy: Option<String>,
    shadow: Option<Shadow>,
    grant: Grant,
    load: Load,
    warnings: Vec<String>,
    decision: Admission,
    status: Status,
    exit_code: u8,
    /// What the export answered, or the end of the program.
    result: Option<Answer>,
    error: Option<Failure>,
    calls: Option<Calls>,
    violations: Vec<Violation>,
    /// Violations that the list leaves out.
    violations_more: u64,
    usage: Usage,
    limits: Limits,
    profile: String,
    /// Why the run was moved to a process of its own.
    moved: Option<String>,
    cost: Cost,
    stdout: Captured,
    stderr: Captured,
    /// Of `tollgate learn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<Learned>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct ModuleOfReport {
    source: String,
    digest: String,
}

/// What a policy said that decided nothing.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Shadow {
    name: String,
    hash: String,
    calls: u64,
    disagreements: Vec<Disagreement>,
    faults: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Disagreement {
    decided: Said,
    shadow: Said,
    count: u64,
}

/// What a policy says of a call.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    Allow,
    Ask,
    Deny,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Grant {
    read: Vec<Granted>,
    write: Vec<Granted>,
    env_inherited: Vec<String>,
    env_chosen: Vec<String>,
    stdin: Value,
    net: Vec<String>,
    clock: bool,
    random: bool,
    exit: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Granted {
    host: String,
    guest: String,
    /// `stay`, or `cross` where what is mounted below belongs to it.
    mounts: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Load {
    origin: Origin,
    tier: String,
    compile_ns: u64,
    total_ns: u64,
}

/// Where the code came from.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Origin {
    Compiled,
    Disk,
    Memory,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Admission {
    verdict: Verdict,
    reasons: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Accept,
    Reject,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Completed,
    Failed,
    Limited,
    Denied,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Answer {
    /// A program has ended.
    Exit,
    /// Numbers of a core function.
    Values { values: Vec<Number> },
    /// JSON of the bytes ABI, as the guest wrote it.
    Json { json: Value },
    /// Other bytes.
    Bytes { bytes: Bytes },
    /// Of a function of a component.
    Component { json: Value, wave: String },
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Number {
    r#type: String,
    /// A number; a text where JSON has no notation for it.
    value: Value,
}

/// Text as it is, anything else in base64.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Bytes {
    Text(String),
    Base64(String),
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Captured {
    #[serde(flatten)]
    bytes: Bytes,
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Failure {
    kind: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Reached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backtrace: Option<Vec<String>>,
}

/// The limit that was reached.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Reached {
    name: String,
    value: u64,
    unit: String,
    /// The flag that raises it.
    flag: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Calls {
    count: u64,
    dropped: u64,
    digest: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Violation {
    capability: String,
    call: String,
    detail: String,
    /// What to type so that it is granted; empty where nothing is known.
    needs: String,
    decision: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Usage {
    gas: u64,
    gas_host: u64,
    wall_ns: u64,
    cpu_ns: u64,
    memory_bytes_peak: u64,
    output_bytes: u64,
    host_calls: u64,
    host_call_bytes: u64,
    disk_bytes: u64,
    disk_files: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Limits {
    gas: u64,
    memory_bytes: u64,
    wall_ns: u64,
    tables: u32,
    memories: u32,
    instances: u32,
    output_bytes: u64,
    host_call_bytes: u64,
    handles: u32,
    disk_bytes: u64,
    disk_files: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Cost {
    micro_usd: u64,
    /// Without the minimum of a run.
    metered_micro_usd: u64,
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Learned {
    policy: String,
    calls: u64,
    /// What the policy allows beyond what happened, in words.
    wider: Vec<String>,
    flags: Vec<String>,
}

/// What `tollgate replay` found.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Replay {
    equal: bool,
    module: String,
    signer: String,
    gas: u64,
    first_difference: Option<String>,
    recorded: Option<String>,
    again: Option<String>,
}

/// What `tollgate verify` says of each receipt.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Verified(Vec<Judged>);

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Judged {
    Good(Good),
    Bad(Bad),
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Good {
    at: String,
    result: IsVerified,
    /// Of the key.
    name: String,
    link: Link,
    receipt: Receipt,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum IsVerified {
    Verified,
}

/// How it stands to the receipt before it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Link {
    First,
    Begins,
    Follows,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bad {
    at: String,
    result: String,
    signer: Option<String>,
    error: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Receipt {
    signer: String,
    place: Place,
    digest: String,
    /// What the run was, did and cost: `docs/receipts.md`. Counts are texts of digits.
    record: Value,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Place {
    sequence: String,
    previous: Option<String>,
}
