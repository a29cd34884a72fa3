//! Every bound of the server, with its unit and its reason. Those of what is kept are in [`tollgate_state::limits`].
//! `docs/server.md` lists them.

use std::time::Duration;

/// Connections that are open at once. One more takes the place of one that waits for its client, of the address that has the
/// most of them; while all are worked for it waits.
pub const CONNECTIONS_MAX: usize = 512;

/// How long a client may take to agree on the encryption of a connection.
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a connection may be quiet while no handler works for it: no byte comes and none goes. A client that never sends
/// one is gone after this, and one that reads none of its answer.
pub const IDLE: Duration = Duration::from_secs(10);

/// How long a client may take to read an answer: 50 MB at 170 kB a second.
pub const ANSWER_TOTAL: Duration = Duration::from_secs(300);

/// How long a connection that ends is read from without looking at what comes, so that the client gets to its answer.
pub const LINGER: Duration = Duration::from_secs(2);

/// How long a body may send nothing.
pub const BODY_IDLE: Duration = Duration::from_secs(10);

/// How long a body may take in all: 50 MB at 170 kB a second.
pub const BODY_TOTAL: Duration = Duration::from_secs(300);

/// Bytes that come of a body in a second, at least. A slow telephone has more.
pub const BODY_BYTES_PER_S_MIN: u64 = 4 << 10;

/// How far a body may be behind that.
pub const BODY_BEHIND: Duration = Duration::from_secs(10);

/// Bodies in JSON of one tenant that arrive at once: half of the connections. More are told to come again.
pub const ARRIVING_PER_TENANT: usize = CONNECTIONS_MAX / 2;

/// Headers of a request.
pub const HEADERS_MAX: usize = 64;

/// Bytes of the head of a request.
pub const HEAD_BYTES_MAX: usize = 16 << 10;

/// Bytes of a body in JSON, but for a run's.
pub const JSON_BYTES_MAX: usize = 64 << 10;

/// Bytes of the body that asks for a run, the input with it: what a host call of the sandbox may move.
pub const CAST_BYTES_MAX: usize = 16 << 20;

/// Bytes of the name of a function that a run calls: what an engine takes for a name. It stands in the receipt.
pub const EXPORT_BYTES_MAX: usize = 100_000;

/// Bytes of all bodies that are in memory at once, of requests and of answers that are kept. More are told to come again.
pub const BODIES_BYTES_MAX: usize = 128 << 20;

/// Bytes of the bodies of one tenant that are in memory at once.
pub const BODIES_PER_TENANT_BYTES: usize = 64 << 20;

/// Requests of a tenant in a minute, unless its quota says otherwise. They may come at once.
pub const REQUESTS_PER_MINUTE: u64 = 60_000;

/// Members of the objects of a body in JSON that are open at once, while it is read.
pub const JSON_MEMBERS_MAX: usize = 100_000;

/// Values in a body in JSON: read, each takes some 72 bytes, and in the text two are enough.
pub const JSON_VALUES_MAX: usize = 1_000_000;

/// Bytes of what a run returns that fit into an answer; a run that returns more has failed.
pub const OUTPUT_BYTES_MAX: usize = 8 << 20;

/// Bytes of what a run wrote that are kept of each stream when it has failed: the last ones, which say why.
pub const FAILED_OUTPUT_BYTES_MAX: usize = 16 << 10;

/// Characters of the message of a refusal or a failure. The rest is what somebody sent.
pub const MESSAGE_CHARS_MAX: usize = 2_000;

/// Runs at once, unless the server is started with another number. More are told to come again.
pub const CASTS_MAX: usize = 16;

/// Of the places for runs, the hundredths that one tenant may have, unless its quota says otherwise. At least one.
pub const CASTS_PER_TENANT_PERCENT: usize = 75;

/// Runs at once that a server can be started with.
pub const CASTS_CEILING: usize = 1_000;

/// Modules that arrive at once, into files. More are told to come again.
pub const PUSHES_MAX: usize = 16;

/// Modules of one tenant that arrive at once or wait to be looked at. More are told to come again.
pub const PUSHES_PER_TENANT: usize = 8;

/// Pushed modules that are in memory at once to be looked at and compiled; the others of [`PUSHES_MAX`] wait.
pub const CHECKS_MAX: usize = 2;

/// Pushed modules of one tenant that are looked at at once: another tenant waits for no more than what it looks at itself and
/// one of each other tenant.
pub const CHECKS_PER_TENANT: usize = 1;

/// How long a pushed module waits to be looked at.
pub const CHECK_WAIT: Duration = Duration::from_secs(300);

/// Modules that are read at once because they are to run and are not in memory; others wait.
pub const LOADS_MAX: usize = 4;

/// Modules of one tenant that are read at once.
pub const LOADS_PER_TENANT: usize = 2;

/// Modules that are given at once; each may be a file of its own on the disk until its client has read it.
pub const DOWNLOADS_MAX: usize = 32;

/// Modules that are given to one tenant at once.
pub const DOWNLOADS_PER_TENANT: usize = 16;

/// How long a run waits for its module to be read.
pub const LOAD_WAIT: Duration = Duration::from_secs(60);

/// Runs that wait for somebody's answer. More are told to come again.
pub const PARKED_MAX: usize = 1_000;

/// Those of one tenant.
pub const PARKED_PER_TENANT: usize = 100;

/// How long an answer is waited for, well below the time for which the money of a run is reserved.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(600);

/// How often a run that waits looks whether an answer came another way.
pub const ANSWER_LOOK: Duration = Duration::from_secs(5);

/// How long a run that was allowed waits for a place among those that run.
pub const PLACE_WAIT: Duration = Duration::from_secs(300);

/// Bytes of the input of a run about which somebody is asked: its card shows all of it.
pub const CARD_INPUT_BYTES_MAX: usize = 16 << 10;

/// Bytes of the input of a run that its policy sees (`run.ecl` of the library). A longer one fits no policy, which denies.
pub const POLICY_INPUT_BYTES_MAX: usize = 64 << 10;

/// Policies of modules that are compiled and in memory.
pub const POLICIES_COMPILED_MAX: usize = 256;

/// Checks of a whole log or ledger at once, and of one tenant; others wait.
pub const VERIFICATIONS_MAX: usize = 1;

/// How long one waits for its turn.
pub const VERIFICATION_WAIT: Duration = Duration::from_secs(60);

/// How long the end of a run is tried to be written down. As long its place is taken.
pub const END_WAIT: Duration = Duration::from_secs(30);

/// How often the server looks for runs that are lost and for answers that are old.
pub const UPKEEP_EVERY: Duration = Duration::from_secs(10);

/// How often the end of the audit log is written down beside it.
pub const ANCHOR_EVERY: Duration = Duration::from_secs(5);

/// Bytes of a file of certificates or of a key.
pub const TLS_FILE_BYTES_MAX: u64 = 1 << 20;

/// Bytes that are written to a file or read from it at once.
pub const CHUNK_BYTES: usize = 256 << 10;

/// Connections to the state, each with a thread while it works.
pub const DATABASE_CONNECTIONS: usize = 4;

/// How long what needs the database waits for one of its connections.
pub const DATABASE_TURN: Duration = Duration::from_secs(20);

/// How often a server shows the others that it is there.
pub const HOLD_EVERY: Duration = Duration::from_secs(2);

/// How long another server has to be missed until it is gone: longer than the servers of a database take to find it again when it
/// went away and came back.
pub const NODE_MISSED: Duration = Duration::from_secs(10);

/// How often a server that has runs looks whether something was said about them at another one.
pub const OTHERS_LOOK: Duration = Duration::from_millis(500);

/// Beginnings and ends of runs that one commit makes durable.
pub const WRITES_TOGETHER: usize = 64;

/// How long writes are added to a commit; other connections wait for their turn meanwhile.
pub const COMMIT_AFTER: Duration = Duration::from_millis(250);

/// How often bytes in a database are written or read, while other servers delete the same.
pub const BYTES_ATTEMPTS: usize = 5;

/// How old bytes are that no version has when they are forgotten: older than any push takes.
pub const ORPHANS_KEPT: Duration = Duration::from_secs(3_600);

/// Up to how many seconds something took that is counted together with what was as fast. Their number is what a duration costs.
pub const DURATIONS_S: [f64; 12] = [
    0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 600.0,
];

/// How long a stop waits for requests under way.
pub const DRAIN: Duration = Duration::from_secs(30);

/// After how many seconds somebody who was told that too much runs should try again.
pub const RETRY_AFTER_S: u64 = 1;
