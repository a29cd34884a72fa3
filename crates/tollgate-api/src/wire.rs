//! The bodies of requests and answers.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{ToResponse, ToSchema};

/// Why a request was refused, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is not what this route takes.
    BadRequest,
    /// No key, or one that is not good.
    Unauthorized,
    /// The key has not the role that this needs.
    Forbidden,
    /// It is not there, or not this tenant's.
    NotFound,
    /// The route has no such method.
    MethodNotAllowed,
    /// The body did not arrive in time.
    Timeout,
    /// It is there already, with other contents.
    Conflict,
    /// Something else needs it.
    InUse,
    /// The first request with this idempotency key still runs.
    IdempotencyRunning,
    /// The idempotency key was used for another request.
    IdempotencyReused,
    /// The run under this idempotency key was lost with the process that ran it; nobody knows what it did.
    CastLost,
    /// The tenant's budget has less left than the run can cost. Nothing ran.
    OverBudget,
    /// The body is too large.
    TooLarge,
    /// The body is not of the type this route takes.
    UnsupportedMediaType,
    /// The module is not valid or larger than its limits.
    InvalidModule,
    /// The policy does not compile, or is none about runs.
    InvalidPolicy,
    /// The bytes have not the digest that was announced.
    DigestMismatch,
    /// The signature is not one of the key for these bytes.
    InvalidSignature,
    /// The tenant keeps as many bytes of modules as it may.
    StorageQuota,
    /// Too much runs now; try again.
    Busy,
    /// The tenant has used up what it may use for now; `retry-after` says when there is more.
    OverQuota,
    /// The server failed. The request id finds it in the server's log.
    Internal,
    /// The server is stopping, or its database cannot be reached.
    Unavailable,
    /// The server's disk is full.
    StorageFull,
}

/// The body of every answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, ToResponse)]
#[response(description = "It is refused, or failed: `code` says why, for programs.")]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// Names this request in the audit log and in the server's log.
    pub request_id: String,
}

/// Asks for a key of one's own tenant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// What it may do: `admin`, `publisher`, `caller`, `approver`, `auditor`.
    pub roles: Vec<String>,
    /// From when on it is nothing. Left out: until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// A key that was made. It is shown here and never again.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeKey {
    /// The key.
    pub key: String,
    /// Its public half.
    pub prefix: String,
}

impl std::fmt::Debug for MadeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeKey")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// A key as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its public half.
    pub prefix: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub roles: Vec<String>,
    /// When it was made.
    pub created_at: String,
    /// From when on it is nothing.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

/// The keys of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Keys {
    /// The first made first.
    pub keys: Vec<Key>,
}

/// A version of a module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModuleVersion {
    /// The module's name.
    pub name: String,
    /// The version.
    pub version: String,
    /// SHA-256 of its bytes in hexadecimal digits.
    pub digest: String,
    /// How many bytes.
    pub bytes: u64,
    /// The prefix of the key that pushed it.
    pub pushed_by: String,
    /// When it was pushed.
    pub created_at: String,
    /// What it exports, imports and could want. Only where one version is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub description: Option<serde_json::Value>,
    /// Who signed its bytes, by name. Only where one version is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<ModuleSignature>>,
}

/// A signature of the bytes of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleSignature {
    /// The key that signed: `ed25519:` and 64 hexadecimal digits.
    pub key: String,
    /// What policies call it.
    pub name: String,
    /// The signature (Ed25519) of `tollgate module 1 sha256:HEX`, as base64.
    pub signature: String,
    /// When it was kept.
    pub signed_at: String,
    /// Whether it counts: its key is not revoked.
    pub counts: bool,
}

/// Signs the bytes of a version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSignature {
    /// The key that signed, one of the signers of the tenant.
    pub key: String,
    /// The signature (Ed25519) of `tollgate module 1 sha256:HEX`, with the digest of the bytes, as base64 with padding.
    pub signature: String,
}

/// Lets the signatures of a key count.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustSigner {
    /// What policies call it; several keys may have one name.
    pub name: String,
}

/// A key whose signatures of modules count, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signer {
    /// The key: `ed25519:` and 64 hexadecimal digits.
    pub key: String,
    /// What policies call it.
    pub name: String,
    /// The prefix of the key with which it was set.
    pub set_by: String,
    /// When it was set.
    pub set_at: String,
    /// Since when it does not count any more; left out: it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

/// The signers of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signers {
    /// All of them, by name.
    pub signers: Vec<Signer>,
}

/// Versions of modules, the first pushed first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModuleVersions {
    /// One page of them.
    pub versions: Vec<ModuleVersion>,
    /// `page=` for the next page; left out on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

/// A tag of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tag {
    /// The tag.
    pub tag: String,
    /// The version it names.
    pub version: String,
    /// Since when.
    pub set_at: String,
}

/// A module with all its tags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Module {
    /// One page of its versions.
    #[serde(flatten)]
    pub versions: ModuleVersions,
    /// Its tags, by name.
    pub tags: Vec<Tag>,
}

/// Lets a tag name a version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTag {
    /// The version.
    pub version: String,
}

/// Deletes versions of a module.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// How many of the versions that were pushed last stay, whoever pushed them.
    #[schema(minimum = 1)]
    pub keep: u32,
    /// Whether nothing is deleted, and the answer is what would be.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a module was pruned of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pruned {
    /// The versions that went, or would, the first pushed first; at most 100.
    pub versions: Vec<ModuleVersion>,
    /// Whether these are all; otherwise the same request deletes more.
    pub is_complete: bool,
}

/// A question about a run that waits, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// The name of the card.
    pub id: String,
    /// `pending`; `answered`: no run was told yet; `used`: one was; `expired`: nobody answered while a run waited.
    pub state: String,
    /// The runs that wait, or have the answer. Equal questions wait at one card.
    pub casts: Vec<String>,
    /// The prefix of the key that asked for the first of them.
    pub requested_by: String,
    /// The module and its version.
    pub module: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// The function that is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// The input as text, 16 KiB at most. Pieces that look like secrets are not shown: `[redacted]` stands for each of them. Where
    /// the input itself says that, it is shown as `[\redacted]`, with a backslash more than it has.
    pub input: String,
    /// The most that the run may use and cost. Left out on cards that are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<CastMost>,
    /// SHA-256 of the whole input and of the limits, to which an answer is bound.
    pub request_digest: String,
    /// The hash of the policy that asks.
    pub policy: String,
    /// Why.
    pub reason: String,
    /// When it was put.
    pub created_at: String,
    /// From when on an answer is late.
    pub expires_at: String,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ApprovalAnswer>,
}

/// The most that a run may use and cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CastMost {
    /// Gas.
    pub gas: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Wall time.
    pub timeout_ms: u64,
    /// Millionths of a US dollar.
    pub cost_micro_usd: u64,
}

/// An answer to a question about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalAnswer {
    /// What was said.
    pub answer: String,
    /// Who said it: the prefix of their key.
    pub by: String,
    /// When.
    pub at: String,
}

/// Questions about runs, the first first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Approvals {
    /// One page of them.
    pub approvals: Vec<Approval>,
    /// `page=` for the next page; left out on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

/// Answers a question about a run.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveAnswer {
    /// `allow-once`, `allow-module` (equal questions of others too, for a day), or `deny`.
    pub answer: String,
}

/// Lets a policy decide about the runs of a module.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPolicy {
    /// Its source, which imports `run.ecl`.
    pub text: String,
}

/// The policy of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModulePolicy {
    /// Its source.
    pub text: String,
    /// What it calls itself.
    pub name: String,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
    /// The prefix of the key that set it.
    pub set_by: String,
    /// When.
    pub set_at: String,
}

/// Asks for a run.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCast {
    /// `NAME`, `NAME@VERSION` or `NAME@TAG`.
    pub module: String,
    /// The function to call. Left out: the module is a WASI program and is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// What the function gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// How much it may use. Left out: the server's standard.
    #[serde(
        default,
        deserialize_with = "crate::object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub limits: Option<CastLimits>,
}

/// What a function gets; one of these.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// JSON: for a function of the bytes ABI its text as it stands here, for one of a component its arguments.
    #[schema(value_type = serde_json::Value)]
    Json(Box<RawValue>),
    /// Text, for a function of the bytes ABI.
    Text(String),
    /// Bytes in base64, for a function of the bytes ABI.
    Base64(String),
    /// Numbers, for a core function.
    #[schema(value_type = Vec<f64>)]
    Values(Vec<serde_json::Number>),
}

/// How much a run may use. What is left out has the server's standard; more than its most is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CastLimits {
    /// Gas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas: Option<u64>,
    /// Bytes of memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Wall time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CastStatus {
    /// It runs.
    Running,
    /// It waits for somebody's answer before it begins.
    Waiting,
    /// It returned.
    Succeeded,
    /// It ran and did not return.
    Failed,
    /// It was not let run.
    Denied,
    /// The process that ran it died.
    Lost,
}

/// What a function returned; one of these.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CastOutput {
    /// JSON, when the input was JSON and the answer is.
    #[schema(value_type = serde_json::Value)]
    Json(Box<RawValue>),
    /// Text, when the answer is UTF-8.
    Text(String),
    /// Anything else, in base64.
    Base64(String),
    /// What a core function returned.
    #[schema(value_type = Vec<serde_json::Value>)]
    Values(Vec<serde_json::Value>),
    /// The code of a program that has ended.
    ExitCode(i32),
}

/// Why a run did not return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CastFailure {
    /// For programs: `trap`, `limit`, `denied`, `missing_export`, `missing_import`, `bad_arguments`, `bad_guest`, `stopped`
    /// (with the server), `cancelled`, `internal`.
    pub kind: String,
    /// Which limit, for the kind `limit`: `gas`, `memory`, `wall time`, `output` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// For people.
    pub message: String,
}

/// Whether a run was let begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CastDecision {
    /// What was decided.
    pub verdict: Verdict,
    /// Why, if there is more to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The hash of the policy that decided, in hexadecimal digits, if the module has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Of a policy that did not allow it: its rules that were looked at, with what they compared, and what would have to be another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explained: Vec<String>,
    /// The card that was answered, if somebody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Who answered it: the prefix of their key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
}

/// What is decided about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may run.
    Allow,
    /// It may not.
    Deny,
}

/// What a run used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CastUsage {
    /// Gas.
    pub gas: u64,
    /// Wall time.
    pub wall_us: u64,
    /// The most memory it had at once.
    pub memory_bytes_peak: u64,
    /// What it wrote.
    pub output_bytes: u64,
    /// Its calls out of the sandbox.
    pub host_calls: u64,
}

/// Whose receipts those of a server are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptSigner {
    /// The public key, as it stands in a receipt: `ed25519:` and 64 hexadecimal digits.
    pub signer: String,
    /// The keys that have signed receipts of this server and of those that it shares its state with, or will: the one above among
    /// them.
    #[serde(default)]
    pub signers: Vec<String>,
}

/// A run and how it ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Cast {
    /// Its id.
    pub id: String,
    /// How it ended.
    pub status: CastStatus,
    /// The module's name.
    pub module: String,
    /// The version that ran.
    pub version: String,
    /// SHA-256 of the bytes that ran.
    pub digest: String,
    /// What it returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<CastOutput>,
    /// Why it did not return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<CastFailure>,
    /// What it wrote to standard output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// What it wrote to standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// Of a run that failed only the last bytes are kept of what it wrote; this is the number of bytes before them, which are left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub output_bytes_left_out: u64,
    /// Whether it was let begin. Not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<CastDecision>,
    /// What it used. Not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<CastUsage>,
    /// What it costs, millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// The card at which it waits for somebody's answer before it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// It has ended so long ago that what it returned, wrote and used is not kept any more.
    #[serde(default, skip_serializing_if = "is_no")]
    pub is_forgotten: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_no(word: &bool) -> bool {
    !word
}

/// Runs, the first begun first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Casts {
    /// One page of them, without what they returned.
    pub casts: Vec<Cast>,
    /// `page=` for the next page; left out on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

/// A record of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditRecord {
    /// Its number, from 1 without gaps over all tenants.
    pub seq: i64,
    /// When.
    pub at: String,
    /// Who: the prefix of a key, or `operator`.
    pub actor: String,
    /// From where.
    pub origin: String,
    /// In which request.
    pub request_id: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// More about it.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
}

/// Records of the audit log, the first written first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditRecords {
    /// One page of them.
    pub records: Vec<AuditRecord>,
    /// `page=` for the next page; left out on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

/// What a check of the whole audit log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditVerification {
    /// Whether every record follows the one before it.
    pub whole: bool,
    /// How many records there are, of all tenants, if it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<i64>,
    /// The hash of the last record, if it is whole. Kept elsewhere, it shows later that nothing before it was rewritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The first record that does not follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<AuditBreak>,
}

/// A record of the audit log that does not follow the one before it, or is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditBreak {
    /// Its number; 0: what is kept beside the log cannot be read.
    pub seq: i64,
    /// What is wrong with it.
    pub why: String,
}

/// How much of the server the tenant may have, and has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quota {
    /// Requests in a minute.
    pub requests_per_minute: u64,
    /// Runs under way at once.
    pub casts_at_once: u64,
    /// Bytes of modules and of answers of runs.
    pub storage_bytes: u64,
    /// Gas of the runs that begin on a day, by UTC; `null`: there is no bound.
    pub gas_per_day: Option<u64>,
    /// Bytes of modules and of answers that are kept, receipts among them.
    pub storage_bytes_used: u64,
    /// Bytes of answers among them, with their receipts.
    pub answer_bytes_used: u64,
    /// Gas of the runs that began today and have ended.
    pub gas_used: u64,
    /// The most gas that runs under way can use that began today.
    pub gas_reserved: u64,
}

/// Whether the server can work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
}
