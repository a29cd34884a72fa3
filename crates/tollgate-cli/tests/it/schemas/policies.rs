//! What the tools of the policy language and the gateway write.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is wrong in a source text.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Diagnostic {
    code: String,
    level: Level,
    message: String,
    labels: Vec<Label>,
    notes: Vec<String>,
    help: Option<String>,
    fix: Option<Fix>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Level {
    Error,
    Warning,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Label {
    place: Place,
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Fix {
    place: Place,
    replacement: String,
}

/// Bytes from 0, lines and columns from 1.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Place {
    file: Option<String>,
    start: u32,
    end: u32,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

/// What a code means: `tollgate ecl explain E0310`, `tollgate build explain F0101`.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Code {
    code: String,
    title: String,
    cause: String,
    example: String,
    fix: String,
}

/// What `tollgate ecl check` found.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Checked {
    valid: bool,
    programs: Vec<Program>,
    tests: u64,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Program {
    kind: String,
    name: String,
    id: Option<String>,
    version: Option<String>,
    hash: String,
    gas_bound: GasBound,
    gas_limit: u64,
    arena_bytes_bound: u64,
    required_facts: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct GasBound {
    total: u64,
    layers: Gas,
    /// The bound as a formula of the sizes of the input.
    formula: String,
}

/// Gas by what it is for.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Gas {
    network: u64,
    compute: u64,
    storage: u64,
    realm: u64,
}

/// What `tollgate ecl fmt` did to each file.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Formatted {
    files: Vec<FormattedFile>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct FormattedFile {
    file: String,
    outcome: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Accept,
    Reject,
    Escalate,
}

/// What `tollgate ecl eval` decides.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Evaluated {
    decision: Option<Decision>,
    /// The code of the error that left it undecided.
    error: Option<String>,
    lines: Vec<String>,
    reasons: Reasons,
    /// Of a guard.
    output: Option<Value>,
    effects: Vec<Value>,
    gas: GasUsed,
    rule: Option<Decider>,
    advice: Vec<Advice>,
    violations: Vec<Value>,
    findings_left_out: u64,
    findings_error: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct GasUsed {
    total: u64,
    layers: Gas,
}

/// Why `tollgate ecl explain` says that a policy decides.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Explained {
    #[serde(flatten)]
    reasons: Reasons,
    rule: Option<Decider>,
    advice: Vec<Advice>,
    violations: Vec<Value>,
    findings_left_out: u64,
    findings_error: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Reasons {
    policy: String,
    decision: Option<Decision>,
    /// What decided: a rule by its numbers, or one word.
    by: Value,
    message: Option<String>,
    error: Option<Value>,
    gas: Gas,
    rules: Vec<Rule>,
    /// What would have to change for an accept.
    changes: Vec<Value>,
    changes_complete: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Rule {
    group: u32,
    decision: Decision,
    combine: Combine,
    rule: String,
    status: Status,
    decided: bool,
    message: Option<String>,
    place: SourcePlace,
    conditions: Vec<Condition>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Combine {
    Any,
    All,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    NotEvaluated,
    Fail,
    Pass,
    Error,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct SourcePlace {
    /// First byte, one past the last byte, number of the file.
    span: [u32; 3],
    line_column: [u32; 2],
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Condition {
    status: Status,
    place: SourcePlace,
    operator: Option<String>,
    left: Option<Operand>,
    right: Option<Operand>,
    handled: bool,
    line: String,
    full: String,
    told: String,
    negated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Operand {
    label: String,
    /// Null where it is not shown.
    value: Value,
}

/// The rule that decided.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Decider {
    name: String,
    file: Option<String>,
    line: u32,
    column: u32,
}

/// What a constraint says that does not decide.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Advice {
    constraint: String,
    severity: String,
    holds: Option<bool>,
    error: Option<String>,
    message: Option<String>,
    lines: Vec<String>,
}

/// What `tollgate ecl test` found.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Tested {
    passed: bool,
    tests: Vec<Test>,
    /// With `--coverage`.
    coverage: Vec<Coverage>,
    rules_percent: Option<u64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Test {
    name: String,
    program: String,
    file: String,
    line: u32,
    /// What a case of a table changes, as it stands there.
    values: Option<String>,
    passed: bool,
    failures: Vec<String>,
    rule: Option<Decider>,
    message: Option<String>,
    reasons: Vec<String>,
    gas: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Coverage {
    program: String,
    tests: u64,
    rules: Vec<Covered>,
    conditions: Vec<Covered>,
    lines: Vec<Covered>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Covered {
    name: String,
    file: String,
    line: u32,
    reached: bool,
    missing: Option<String>,
}

/// What `tollgate ecl diff` finds that would be decided otherwise.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Diff {
    recorded: u64,
    decisions_changed: u64,
    changes: Vec<DiffChange>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct DiffChange {
    line: u64,
    old: DiffAnswer,
    new: DiffAnswer,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct DiffAnswer {
    outcome: String,
    by: Option<String>,
}

/// What `tollgate ecl bench` measured.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Bench {
    outcome: String,
    gas: u64,
    figures: Vec<Figure>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Figure {
    name: String,
    fastest_ns: f64,
    median_ns: f64,
}

/// What `tollgate ecl build` wrote.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct BuiltPolicy {
    policy: String,
    program: String,
    sha256: String,
    bytes: u64,
    files: Vec<String>,
}

/// The standard policies of `tollgate gateway policies`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct StandardPolicies(Vec<StandardPolicy>);

#[derive(Serialize, Deserialize, JsonSchema)]
struct StandardPolicy {
    name: String,
    about: String,
}

/// One of them, of `tollgate gateway policies NAME`.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct StandardSource {
    name: String,
    about: String,
    source: String,
}

/// What `tollgate gateway decide` decided.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Crossed {
    id: String,
    crossing: Crossing,
    ruling: String,
    policy: String,
    rule: Option<String>,
    message: Option<String>,
    error: Option<Value>,
    reasons: Vec<String>,
    /// Credentials that did not count, and why.
    refusals: Vec<Value>,
    budget: Budget,
    /// Whether it was decided before, under the same id.
    repeated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Crossing {
    subject: String,
    from: String,
    to: String,
    action: String,
    amount: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Budget {
    gas_used: Gas,
    gas_limits: GasLimits,
    mana_used: Gas,
    mana_limit: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct GasLimits {
    total: u64,
    layers: BTreeMap<String, u64>,
}
