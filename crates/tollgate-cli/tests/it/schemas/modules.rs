//! What the commands about modules, code and this machine write.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policies::Diagnostic;
use super::report::Said;

/// What `tollgate` says where it fails before there is anything else to say, for every command with `--format json`.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Failed {
    error: Message,
    exit_code: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Message {
    /// Why, in one word: that of the exit code.
    kind: String,
    message: String,
}

/// What `tollgate inspect` finds in a module.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Inspection {
    digest: String,
    bytes: u64,
    component: bool,
    functions: u64,
    exports: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exports_left_out: Option<u64>,
    imports: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imports_left_out: Option<u64>,
    capabilities: Vec<String>,
    proposals: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    name: String,
    kind: String,
}

/// What `tollgate validate` says of a module that is valid.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Valid {
    valid: bool,
    module: Inspection,
}

/// What `tollgate plan` foresees.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Plan {
    module: String,
    component: bool,
    imports: Vec<Import>,
    imports_left_out: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    unfit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Named>,
}

/// A policy.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Named {
    name: String,
    hash: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Import {
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    name: String,
    kind: String,
    provision: Provision,
    /// What to do where nobody provides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    needs: Vec<Need>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<Vec<Call>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Provision {
    Provided,
    Nobody,
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Need {
    capability: String,
    state: State,
    /// What is granted of it, by the names that the guest has.
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<Vec<String>>,
    /// What to type where it is not granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Free,
    Granted,
    Substituted,
    Lacking,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Call {
    capability: String,
    interface: String,
    operation: String,
    foreseen: Foreseen,
    rules: Vec<Rule>,
    otherwise: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    unfit: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Rule {
    name: String,
    decision: Foreseen,
    holds: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Foreseen {
    Allow,
    Deny,
    Ask,
    Depends,
}

/// What `tollgate plan --diff` finds that a new version of a module asks for.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct PlanDiff {
    old: String,
    new: String,
    added: Vec<Ask>,
    removed: Vec<Ask>,
    capabilities_added: Vec<String>,
    capabilities_removed: Vec<String>,
    not_compared: u64,
    asks_for_more: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Ask {
    name: String,
    capabilities: Vec<String>,
    provision: Provision,
    /// What to do where nobody provides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// What `tollgate plan --boundary` proves.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Bounded {
    boundary: Boundary,
    policy: Named,
    ceiling: Named,
    cells: u64,
    /// A request that the policy allows and the ceiling does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling_decides: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling_fails: Option<Value>,
    /// Why it is not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Boundary {
    Inside,
    Outside,
    NotDecided,
}

/// What `tollgate policy backtest`, and `tollgate replay` without a receipt, find in a journal.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Backtest {
    decisions: u64,
    same: u64,
    changes: Vec<Change>,
    /// The first of those that change.
    flips: Vec<Flip>,
    undecided: u64,
    missing: Vec<Missing>,
    undated: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Change {
    before: Said,
    after: Said,
    count: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Flip {
    before: Said,
    after: Said,
    execution: u64,
    sequence: u64,
    interface: String,
    operation: String,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unix_ms: Option<u64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Missing {
    fields: Vec<String>,
    execution: u64,
    sequence: u64,
    interface: String,
    operation: String,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unix_ms: Option<u64>,
}

/// What `tollgate why` says of a decision.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Why {
    decision: String,
    sequence: u64,
    execution: u64,
    what: String,
    capability: String,
    interface: String,
    operation: String,
    reaches: String,
    gas: u64,
    reason: String,
    lacks: Vec<Lack>,
    because: Vec<String>,
    answers: Vec<GivenAnswer>,
    r#do: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Lack {
    capability: String,
    detail: String,
    needs: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct GivenAnswer {
    answer: String,
    by: String,
    card: Option<String>,
}

/// The keys of `tollgate key`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Keys(Vec<Key>);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Key {
    key: String,
    name: String,
    revoked: bool,
}

/// What `tollgate cache stats` counts.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct CacheStats {
    folder: String,
    entries: u64,
    bytes: u64,
    bytes_max: u64,
    age_max_secs: u64,
}

/// What `tollgate cache list` finds, the last used first.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct CacheList {
    entries: Vec<CacheEntry>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct CacheEntry {
    module: String,
    settings: String,
    bytes: u64,
    used_unix_secs: u64,
}

/// What `tollgate cache verify` found and removed.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct CacheVerify {
    intact: u64,
    removed: Vec<CacheRemoved>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct CacheRemoved {
    name: String,
    reason: String,
    /// Whether somebody has changed it.
    violation: bool,
}

/// How many entries `tollgate cache clear` and `prune` removed.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct CacheCleared {
    removed: u64,
}

/// What `tollgate doctor` found.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Doctor {
    healthy: bool,
    checks: Vec<Check>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Check {
    name: String,
    health: Health,
    detail: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Health {
    Ok,
    Warning,
    Failed,
}

/// What `tollgate build ts` made, or what stands in its way.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Built {
    valid: bool,
    diagnostics: Vec<Diagnostic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// What `tollgate config show` lists.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Config {
    file: Option<ConfigFile>,
    settings: Vec<Setting>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct ConfigFile {
    path: String,
    /// One that was not named was found, and may grant and raise nothing.
    named: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Setting {
    setting: String,
    flag: String,
    variable: Option<String>,
    values: Vec<String>,
    layer: Layer,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<SettingPlace>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Layer {
    BuiltIn,
    File,
    Environment,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct SettingPlace {
    line: u32,
    column: u32,
}

/// A question about a call, of `tollgate approvals` with a state of this machine; `watch` writes one a line.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Card {
    card: String,
    state: String,
    created_at: String,
    expires_at: String,
    module: String,
    capability: String,
    interface: String,
    operation: String,
    target: String,
    arguments_digest: String,
    policy: String,
    reason: String,
    risk: Option<String>,
    gas_used: u64,
    most: Option<Most>,
    waits: String,
    waiting: Vec<Waiting>,
    answer: Option<CardAnswer>,
}

/// The questions of `tollgate approvals list`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Cards(Vec<Card>);

/// The most that a run may use and cost.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Most {
    gas: u64,
    memory_bytes: u64,
    timeout_ms: u64,
    cost_micro_usd: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Waiting {
    execution: String,
    requester: Vec<String>,
    since: String,
    left_at: Option<String>,
    process: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct CardAnswer {
    answer: String,
    by: Vec<String>,
    at: String,
    valid_until: String,
    uses: u64,
    used_at: Option<String>,
}
