//! Every bound of this crate, with its unit and its reason.

use std::time::Duration;

/// Bytes of one credential in JWT form. A credential with a few dozen claims is 2 KiB.
pub const CREDENTIAL_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a did document fetched for `did:web`.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024;

/// Verification methods read from one did document; the rest is ignored with an error.
pub const DOCUMENT_KEYS_MAX: usize = 32;

/// Documents that one decision fetches: its issuers are few. More are refused, so that a decision has a bound.
pub const DOCUMENTS_PER_DECISION_MAX: usize = 4;

/// Bytes of a did.
pub const DID_BYTES_MAX: usize = 256;

/// Credentials of one subject that one question looks at. More are refused, so that a question has a bound.
pub const CREDENTIALS_PER_SUBJECT_MAX: usize = 256;

/// Delegates of one did that one question returns: the bound of the type `list<did, 64>`.
pub const DELEGATES_MAX: usize = tollgate_ecl::ir::DELEGATES_MAX as usize;

/// Bytes of a value in a key-value store: the bound of the type the program sees.
pub const VALUE_BYTES_MAX: usize = tollgate_ecl::data::types::STRING_BYTES_DEFAULT as usize;

/// Bytes of the id of a commit.
pub const COMMIT_ID_BYTES_MAX: usize = 4 * 1024;

/// Effects that one commit may carry.
pub const EFFECTS_PER_COMMIT_MAX: usize = 256;

/// Bytes of the outcome kept with a commit: a decision with the reasons of a policy of ordinary size is 2 KiB.
pub const OUTCOME_BYTES_MAX: usize = 64 * 1024;

/// Credentials that may be presented with one question. More are refused, so that a question has a bound.
pub const PRESENTED_MAX: usize = 32;

/// How long a writer waits for another writer before it gives up with [`StateError::Busy`](crate::StateError::Busy).
pub const BUSY_TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);

/// How long making a connection to a database may take, unless its address says otherwise.
pub const DATABASE_CONNECT: Duration = Duration::from_secs(5);

/// How long a database's server may be silent before the connection is given up: what was sent is not acknowledged by its system, or
/// an idle connection is not answered.
pub const DATABASE_SILENCE: Duration = Duration::from_secs(10);

/// How long one statement may take on the server of a database. Shorter than a server tries to write the end of a run down.
pub const DATABASE_STATEMENT: Duration = Duration::from_secs(15);

/// How long a transaction may wait for its next statement before the server ends it, and with it the lock of writers.
pub const DATABASE_IDLE_IN_TRANSACTION: Duration = Duration::from_secs(10);

/// How long a reservation of mana stands before it may be refunded, in nanoseconds: twice the default execution time.
pub const RESERVATION_LEASE_NS: i64 = 600 * 1_000_000_000;

/// What is left of a trust vector seen from another realm, when the realms say nothing themselves.
pub const REALM_DAMPENING_DEFAULT: f64 = 0.8;

/// Bytes of a name of a tenant, a module or a tag: what fits into a label of a domain name.
pub const NAME_BYTES_MAX: usize = 63;

/// Bytes of a version.
pub const VERSION_BYTES_MAX: usize = 63;

/// Bytes of what people call a key.
pub const KEY_NAME_BYTES_MAX: usize = 128;

/// Keys of one tenant, revoked ones included.
pub const KEYS_PER_TENANT_MAX: i64 = 10_000;

/// Keys whose signatures of modules one tenant knows, revoked ones included.
pub const SIGNERS_PER_TENANT_MAX: i64 = 1_000;

/// Bytes of such a key.
pub const SIGNER_KEY_BYTES_MAX: usize = 128;

/// Signatures of the same bytes by keys that count.
pub const SIGNATURES_PER_MODULE_MAX: i64 = 8;

/// Bytes of a module that is kept.
pub const MODULE_BYTES_MAX: u64 = 50_000_000;

/// Bytes of a piece of a module, where its bytes stand in the database. Another number would make other pieces of the same bytes: it
/// stays.
pub const PIECE_BYTES: usize = 256 << 10;

/// Servers that are ended in one change: each takes a lock of the database.
pub const GONE_NODES_AT_ONCE: usize = 100;

/// Bytes of the name of a server.
pub const NODE_NAME_BYTES_MAX: usize = 256;

/// Bytes of the description of a module: one of ten thousand exports is a megabyte.
pub const DESCRIPTION_BYTES_MAX: usize = 4 << 20;

/// Bytes of a policy of a module: one of a hundred rules is 16 KiB.
pub const POLICY_BYTES_MAX: usize = 32 << 10;

/// Bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// Bytes of the answer that is kept of a run: its output in JSON, with usage and price.
pub const ANSWER_BYTES_MAX: usize = 32 << 20;

/// Bytes of the receipt that is kept of a run: what a receipt can have.
pub const RECEIPT_BYTES_MAX: usize = 1 << 20;

/// How long the answer of a run is kept after its end, and with it its receipt and its idempotency key, in nanoseconds: a week.
pub const ANSWER_KEPT_NS: i64 = 7 * 24 * 3600 * 1_000_000_000;

/// How long it is kept at least, also when its tenant has no room for more, in nanoseconds: a day.
pub const ANSWER_KEPT_NS_MIN: i64 = 24 * 3600 * 1_000_000_000;

/// Answers that one transaction takes away: others wait for it.
pub const ANSWERS_FORGOTTEN_AT_ONCE: usize = 100;

/// Micro-dollars that move at once: a thousand million dollars. Sums of nine thousand of them are exact.
pub const MONEY_MICRO_USD_MAX: u64 = 1_000_000_000_000_000;

/// Prices of one tenant: its own, and those of its modules.
pub const PRICES_PER_TENANT_MAX: i64 = 1_000;

/// Lines of a statement; what is beyond them is one sum.
pub const STATEMENT_LINES_MAX: i64 = 1_000;

/// Micro-dollars that the runs of a tenant can cost in all: beyond it sums would not be exact.
pub const SPENT_MICRO_USD_MAX: u64 = 4_000_000_000_000_000_000;

/// Micro-dollars by which the budget of a tenant rises in all, beyond which its own admins no longer raise it. What the operator
/// raised counts too.
pub const RAISED_MICRO_USD_MAX: u64 = 100_000_000_000_000_000;

/// The same for the operator, who can still raise the budget of a tenant whose admins no longer can: beyond it sums would not be exact.
pub const RAISED_BY_OPERATOR_MICRO_USD_MAX: u64 = 4_000_000_000_000_000_000;

/// Bytes of the id of a transfer.
pub const LEDGER_ID_BYTES_MAX: usize = 255;

/// How long the money of a run stays reserved when nobody writes its end, in nanoseconds: an hour, and no run takes as long.
pub const CAST_LEASE_NS: i64 = 3600 * 1_000_000_000;

/// Bytes of modules and of answers of runs that a tenant keeps, unless its quota says otherwise: forty of the largest modules.
pub const STORAGE_PER_TENANT_BYTES: u64 = 2_000_000_000;

/// The highest number of a quota, and the most gas of a run: sums of nine thousand of them are exact.
pub const QUOTA_MAX: u64 = 1_000_000_000_000_000;

/// Rows of one page of a list.
pub const PAGE_ROWS_MAX: i64 = 100;

/// Bytes of all texts of a card: arguments that people can read are shorter.
pub const CARD_BYTES_MAX: usize = 64 * 1024;

/// Cards of a tenant that nobody has answered. A question beyond them is refused, which denies its call.
pub const CARDS_PENDING_MAX: i64 = 1_000;

/// Cards of a tenant that are kept of each other state; the oldest whose answer holds no more make room.
pub const CARDS_KEPT_MAX: i64 = 10_000;

/// Of cards above that, how many go in one transaction, which holds up all writers.
pub const CARDS_FORGOTTEN_AT_ONCE: i64 = 1_000;

/// Executions that wait at one card. Those that have left do not count.
pub const WAITERS_PER_CARD_MAX: usize = 100;

/// The longest time to answer a card, in nanoseconds: a week.
pub const ANSWER_TIME_NS_MAX: i64 = 7 * 24 * 3600 * 1_000_000_000;

/// The longest time for which an answer holds that is for more than one call, in nanoseconds: 30 days.
pub const ANSWER_STANDS_NS_MAX: i64 = 30 * 24 * 3600 * 1_000_000_000;

/// Bytes of a name of somebody who asks or answers.
pub const PRINCIPAL_BYTES_MAX: usize = 128;

/// Names of one of them.
pub const PRINCIPAL_NAMES_MAX: usize = 4;
