//! The bounds of the library. Those of one execution are in [`tollgate_sandbox::limits`].

use std::time::Duration;

use tollgate_sandbox::Limits;

/// How long [`Tollgate::stop`](crate::tollgate::Tollgate::stop) waits for executions to end before it cancels them.
pub const STOP_WAIT: Duration = Duration::from_secs(10);
/// Gas nobody gets more of unless the ceiling is raised.
pub const GAS_MAX: u64 = 1_000_000_000_000;
/// Memory nobody gets more of unless the ceiling is raised.
pub const MEMORY_BYTES_MAX: u64 = 512 << 20;
/// Wall time nobody gets more of unless the ceiling is raised.
pub const WALL_MAX: Duration = Duration::from_secs(5 * 60);
/// Output nobody gets more of unless the ceiling is raised.
pub const OUTPUT_BYTES_MAX: u64 = 100 << 20;
/// Bytes nobody puts more of on the disk unless the ceiling is raised.
pub const DISK_BYTES_MAX: u64 = 16 << 30;
/// Files nobody makes more of unless the ceiling is raised.
pub const DISK_FILES_MAX: u64 = 1_000_000;

/// Questions that are listed for an evaluation beforehand; more are asked when it gets there.
pub const PREFETCH_QUESTIONS_MAX: usize = 1_024;
/// Micro-mana that one gas costs unless a price says otherwise: a bucket of 10 mana pays for 10,000 gas.
pub const MICRO_MANA_PER_GAS: u64 = 1_000;
/// Bytes of a policy's module that is loaded: one of ten thousand rules is far smaller.
pub const POLICY_MODULE_BYTES_MAX: usize = 8 << 20;
/// Policies that an engine of WebAssembly keeps compiled unless it is configured otherwise; beyond, all of them go.
pub const POLICIES_COMPILED: usize = 1_024;
/// Bytes of memory that one instance of a policy may have unless its engine is configured otherwise.
pub const POLICY_MEMORY_BYTES: usize = 64 << 20;
/// Instances that each policy keeps for its next evaluations unless its engine is configured otherwise.
pub const POLICY_INSTANCES_IDLE: usize = 8;
/// Machines of the interpreter that each policy keeps for its next evaluations.
pub const POLICY_MACHINES_IDLE: usize = 8;
/// Files that are read where a folder of policies is opened.
pub const POLICY_FILES_MAX: usize = 10_000;
/// Lines of reasons that are kept with a decision.
pub const REASON_LINES_MAX: usize = 64;

/// Characters of the line about a credential that did not count.
pub const REFUSAL_CHARS_MAX: usize = 400;

/// How often who waits for an answer looks for one: a look is a read of a number.
pub const APPROVAL_LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a question can be answered unless something else is said.
pub const ANSWER_TIME_DEFAULT: Duration = Duration::from_secs(10 * 60);
/// For how long an answer holds that is for more than one call, unless something else is said.
pub const ANSWER_STANDS_DEFAULT: Duration = Duration::from_secs(24 * 3600);
/// Bytes of one message between an execution and its clerk: a card whose every byte has to be escaped.
pub const APPROVAL_MESSAGE_BYTES_MAX: u64 = 8 * 64 * 1024;

/// Different calls of a run that are learned.
pub const LEARNED_CALLS_MAX: usize = 4_096;
/// Bytes of the names of what they reached: a source of a policy has room for them.
pub const LEARNED_BYTES_MAX: usize = 384 << 10;

/// Decisions of one kind of change that a backtest lists, and those that it cannot decide.
pub const FLIPS_LISTED: usize = 1_000;

/// What one crossing takes of a realm's quota, in billionths: fine enough for one crossing in years.
pub const QUOTA_UNIT: u64 = 1_000_000_000;
/// Connections to the state that a gateway keeps for the next decisions.
pub const GATEWAY_STORES_IDLE: usize = 8;
/// Decisions kept for a subscriber that is slow.
pub const OBSERVED_CROSSINGS: usize = 1_024;

/// Bytes of a text that a guest gives to the policy interface.
pub const GUEST_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Lines that are kept of what a guest logs through the policy interface.
pub const GUEST_LOG_LINES_MAX: usize = 256;

/// Bytes of a receipt. A run with a thousand granted paths has one of 200 KiB.
pub const RECEIPT_BYTES_MAX: usize = 1 << 20;
/// Receipts that are read from one file.
pub const RECEIPTS_MAX: u64 = 1_000_000;
/// Bytes of the name of a key.
pub const KEY_NAME_BYTES_MAX: usize = 64;
/// Keys that are trusted at the same time.
pub const TRUSTED_KEYS_MAX: usize = 10_000;
/// Bytes of a file of trusted keys.
pub const TRUST_BYTES_MAX: usize = 4 << 20;

/// Returns the most a request may ask for unless the ceiling says otherwise.
pub fn maximum() -> Limits {
    let standard = Limits::standard();
    Limits {
        gas: GAS_MAX,
        memory_bytes: MEMORY_BYTES_MAX,
        wall: WALL_MAX,
        tables: standard.tables.saturating_mul(4),
        memories: standard.memories.saturating_mul(4),
        instances: standard.instances.saturating_mul(4),
        output_bytes: OUTPUT_BYTES_MAX,
        disk_bytes: DISK_BYTES_MAX,
        disk_files: DISK_FILES_MAX,
        host_call_bytes: OUTPUT_BYTES_MAX,
        handles: standard.handles.saturating_mul(16),
    }
}
