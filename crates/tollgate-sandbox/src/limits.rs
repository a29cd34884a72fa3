//! How much an execution may use.
//!
//! Every bound of what a guest, a module or a worker can reach has a name, a unit, a value and a reason, and all of them are in
//! this file. Prices of host work stand in `wasi/price.rs` and `files/work.rs`; what a format prescribes, the size of a buffer and
//! how much of something a message shows stand with the code that needs them. A limit that is hit is reported as
//! [`LimitExceeded`]: which limit, the value that was set, and what would have been enough where that is known.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Gas an execution may spend: instructions plus the tariff of host work. About 0.1 s of plain computation.
pub const GAS: u64 = 1_000_000_000;
/// Bytes of all linear memories and tables of one execution together.
pub const MEMORY_BYTES: u64 = 64 << 20;
/// Wall time of one execution, guest code and host calls together.
pub const WALL: Duration = Duration::from_secs(5);
/// Bytes of stack WebAssembly frames may use. Small enough that thousands of guests fit, large enough for real programs.
pub const STACK_BYTES: usize = 512 << 10;
/// Bytes of stack left for host functions below the guest's frames; running out of these would end the process.
pub const HOST_STACK_BYTES: usize = 512 << 10;
/// Tables of all instances of one execution together.
pub const TABLES: u32 = 16;
/// Linear memories of all instances of one execution together.
pub const MEMORIES: u32 = 16;
/// Core instances of one execution; a component built by current toolchains needs four to ten.
pub const INSTANCES: u32 = 64;
/// Bytes a guest may write to standard output and standard error together.
pub const OUTPUT_BYTES: u64 = 1 << 20;
/// Bytes one host call may move between guest and host.
pub const HOST_CALL_BYTES: u64 = 16 << 20;
/// Comparisons of names in arguments with names of a component's types: cases, fields, flags.
pub const CONVERSION_STEPS: u64 = 64 << 20;
/// Bytes one read of a stream or a file gives at most; a guest that asks for more gets less and asks again.
pub const STREAM_READ_BYTES: u64 = 1 << 20;
/// Bytes of the disk that a new file, folder or link counts as, beside its name and what is in it.
pub const DISK_ENTRY_BYTES: u64 = 256;
/// Bytes of a path, and of the text of a symbolic link.
pub const PATH_BYTES: u64 = 4_096;
/// Symbolic links followed in one path, as Linux does.
pub const PATH_LINKS: u32 = 40;
/// Names walked for one path, those inside links included.
pub const PATH_STEPS: u32 = 4_096;
/// Folders a granted path may lie in; deeper ones do not fit into one path.
pub const PATH_DEPTH: usize = 2_048;
/// Times a file is looked up again when it was changed while it was opened.
pub const OPEN_TRIES: u32 = 8;
/// Bytes of the listings a guest has open; a larger folder cannot be listed.
pub const LISTING_BYTES: usize = 16 << 20;
/// Bytes of a listing that are put together before they are copied to a guest of WASI preview 1.
pub const LISTING_PIECE_BYTES: usize = 64 << 10;
/// Buffers of one call of WASI preview 1 that reads or writes, as many as Linux takes.
pub const STREAM_BUFFERS: u32 = 1_024;
/// Subscriptions of one `poll_oneoff`.
pub const POLL_SUBSCRIPTIONS: u32 = 4_096;
/// Bytes an execution may put on the disk: those it writes, and those by which a file grows without being written. A total:
/// what is removed again is not given back.
pub const DISK_BYTES: u64 = 1 << 30;
/// Files, folders and links an execution may make, in total.
pub const DISK_FILES: u64 = 10_000;
/// Calls on files behind a network or another program that may be stuck at the same time in one process.
pub const SLOW_FILE_CALLS: usize = 64;
/// Executions of one process that open what they were granted at the same time. One whose guest has ended counts until what
/// it opens answers.
pub const GRANT_OPENINGS: usize = 64;
/// How many of them may be of one module; the others wait.
pub const GRANT_OPENINGS_PER_MODULE: usize = 8;
/// Files, sockets, streams and resources a guest may hold at once.
pub const HANDLES: u32 = 1_024;
/// Depth to which a host function may call back into the guest, which may call the host again.
pub const REENTRY_DEPTH: u32 = 8;
/// Random bytes one call may ask for. A guest of WASI preview 1 that asks for more gets an error number; in preview 2, which
/// has none for it, the call ends the guest.
pub const RANDOM_BYTES: u64 = 1 << 20;

/// Bytes of memories and tables of all executions of a process together, unless the engine is configured otherwise.
pub const GLOBAL_MEMORY_BYTES: u64 = 256 << 20;
/// Bytes that a process may hold for guests and modules, all engines and compilers together: memories of guests, and the most
/// that the host may have to hold for each execution and each compilation. An execution with the standard limits counts with 35 MiB,
/// one of a function of a component or in a process of its own with up to 290 MiB, since its result as text may be that large.
pub const PROCESS_MEMORY_BYTES: u64 = 16 << 30;
/// Descriptors that a process may hold for guests and modules: a hundred executions with [`HANDLES`] each, and some.
pub const PROCESS_DESCRIPTORS: u64 = 128 << 10;
/// Threads that serve the executions and compilations of a process.
pub const PROCESS_THREADS: u64 = 1_024;
/// Descriptors of this process that one worker process takes at most, those included that are open while it starts.
pub const WORKER_DESCRIPTORS: u64 = 10;
/// Threads of this process that talk to one compiler process: one for each stream.
pub const COMPILE_TALK_THREADS: u64 = 3;
/// Address space of the process of an isolated guest, besides its memories.
pub const ISOLATED_ADDRESS_BYTES: u64 = 16 << 30;
/// Address space of one memory there: the engine reserves what 32-bit addresses can reach, and guards.
pub const ISOLATED_MEMORY_ADDRESSES: u64 = 5 << 30;
/// Memory of the process of an isolated guest, besides what the guest's limits and its code take.
pub const ISOLATED_DATA_BYTES: u64 = 256 << 20;
/// Bytes of one message of that process, without output and results.
pub const ISOLATED_MESSAGE_BYTES: u64 = 1 << 20;
/// Room made for a message of that process before any of it has arrived.
pub const ISOLATED_ROOM_BYTES: u64 = 256 << 10;
/// Bytes that are written to that process, or by it, at once.
pub const ISOLATED_AT_ONCE_BYTES: usize = 16 << 10;
/// A result as text has at most this many times the bytes of a host call.
pub const ISOLATED_RESULT_FACTOR: u64 = 8;
/// How long closing a jail waits for threads that were waited for and are still listed.
pub const JAIL_THREADS_END: Duration = Duration::from_secs(1);
/// How long the process of an isolated guest may take to start.
pub const ISOLATED_START: Duration = Duration::from_secs(10);
/// How far past its time limit a run may go on before its end is reported.
pub const OVERRUN: Duration = Duration::from_millis(50);
/// How long the watchdog of an isolated guest lets the guest's own thread end the run.
pub const WATCHDOG_GRACE: Duration = Duration::from_millis(20);
/// A wall time limit beyond what the clock can hold is as good as this.
pub const FAR: Duration = Duration::from_secs(365 * 24 * 3_600);
/// How long the process of an isolated guest may take to end after it closed its end of the conversation, and how long it
/// waits, once it has said everything, until the other end is closed.
pub const ISOLATED_END: Duration = Duration::from_millis(500);
/// Processes that wait for an isolated guest. Each holds about 10 MiB while it waits.
pub const ISOLATED_WAITING: u32 = 2;
/// Processes that a configuration can have waiting at most.
pub const ISOLATED_WAITING_CEILING: u32 = 64;
/// How long a process that was given to an isolated guest has the processors before the next one is started in its place.
pub const ISOLATED_REPLACED: Duration = Duration::from_millis(2);
/// How long processes wait without any isolated guest having come before they are let go.
pub const ISOLATED_IDLE: Duration = Duration::from_secs(60);

/// Names that are looked up for guests at the same time, in one process. A look-up whose guest has ended counts until the
/// system's resolver answers.
pub const LOOK_UPS: usize = 32;
/// How many of them may be for one module.
pub const LOOK_UPS_PER_MODULE: usize = 8;
/// Bytes of a name that is looked up; RFC 1035 allows 255, dots and lengths included.
pub const HOST_NAME_BYTES: usize = 255;

/// Gas of one call into a pure module of strangers: far more than the longest policy takes, and about 0.1 s.
pub const PURE_GAS: u64 = 200_000_000;
/// Gas of one host call of such a module: a question of a policy is a look into a database.
pub const PURE_HOST_CALL_GAS: u64 = 20_000;
/// Wall time of one call into such a module, looked at in each of its host calls.
pub const PURE_WALL: Duration = Duration::from_secs(2);
/// Bytes of the memories and tables of an instance of such a module.
pub const PURE_MEMORY_BYTES: usize = 64 << 20;

/// Addresses a process has to have for memories that reserve all they can: a few of them, and what else there is.
pub const ADDRESS_SPACE_FULL: u64 = 32 << 30;

/// Executions that run at the same time on one engine.
pub const CONCURRENT: u32 = 100;
/// Executions that may wait for a place; the next one is refused at once.
pub const QUEUED: u32 = 1_000;
/// How long an execution waits for a place.
pub const QUEUE_WAIT: Duration = Duration::from_secs(5);
/// Guest stack frames kept for a report.
pub const BACKTRACE_FRAMES: usize = 32;
/// Denied attempts listed in one outcome; further ones are only counted, see [`crate::outcome::Violations`].
pub const VIOLATIONS: usize = 64;
/// Lines of what a gate says about a decision that are kept with it.
pub const EXPLAINED_LINES: usize = 64;

/// Decisions about calls that a [`crate::gate::Journal`] keeps until they are taken out; further ones are only counted.
pub const JOURNAL_RECORDS: usize = 10_000;
/// Events a subscriber may fall behind before it misses some.
pub const EVENTS: usize = 1_024;
/// Bytes of a failure's message; a guest can choose part of the text.
pub const MESSAGE_BYTES: usize = 4 << 10;
/// URLs of a word that are looked at for secrets, each with all that follows. A word with more of them is taken for a secret: to
/// look at all would take the square of its length.
pub const URLS_OF_A_WORD: usize = 64;
/// Writes to a stream that nobody reads any more before a guest that goes on is ended.
pub const WRITES_UNHEARD: u32 = 16;
/// Fuel after which a metered guest gives the thread back: about a tenth of a millisecond.
pub const YIELD_FUEL: u64 = 1_000_000;
/// Period of the clock that interrupts timed guests.
pub const EPOCH_TICK: Duration = Duration::from_millis(1);
/// Bytes that one instruction may touch in a run of this process; a run with a higher limit of memory gets a process of its
/// own. Filling this much for the first time takes 90 ms of a processor, and nothing interrupts it.
pub const UNINTERRUPTED_BYTES: u64 = 128 << 20;
/// Names of exported functions that are listed of one module.
pub const FUNCTIONS_LISTED: usize = 10_000;
/// Compiled import resolutions kept for each module, one for each set of host functions in use.
pub const LINKED_PER_MODULE: usize = 8;

/// Bytes of one module, as it was given, before anything looks at it. Interpreters with a standard library inside have up to
/// a hundred MiB.
pub const MODULE_BYTES: u64 = 128 << 20;
/// Bytes of one module that a configuration can allow at most: the format itself ends there.
pub const MODULE_BYTES_CEILING: u64 = 1 << 30;
/// Bytes of a URL. Longer ones are refused before they are parsed.
pub const URL_BYTES: usize = 2_048;
/// Redirects followed for one download; each target is checked like the first address.
pub const FETCH_REDIRECTS: u32 = 3;
/// Wall time of one download: name look-ups, connections, redirects and body together.
pub const FETCH_WALL: Duration = Duration::from_secs(30);
/// Wall time of one connection attempt inside a download.
pub const FETCH_CONNECT_WALL: Duration = Duration::from_secs(10);
/// Bytes of one HTTP response head.
pub const FETCH_HEAD_BYTES: usize = 16 << 10;

/// Functions of one file, defined ones of all its core modules together. An instance has about 32 bytes for each that can
/// be called from outside or through a table.
pub const MODULE_FUNCTIONS: u64 = 150_000;
/// Imports of a file.
pub const MODULE_IMPORTS: u64 = 10_000;
/// Exports of a file.
pub const MODULE_EXPORTS: u64 = 100_000;
/// Globals of a file. An instance has 16 bytes for each.
pub const MODULE_GLOBALS: u64 = 50_000;
/// Types of a file: core types, and component types without the declarations inside them.
pub const MODULE_TYPES: u64 = 100_000;
/// Depth of components and modules inside one another.
pub const COMPONENT_NESTING: u64 = 32;
/// Core modules and components inside a component, at any depth.
pub const COMPONENT_MODULES: u64 = 1_000;
/// Instances, aliases and canonical functions of a component, at any depth.
pub const COMPONENT_ITEMS: u64 = 50_000;

/// Address space of a compiler process.
pub const COMPILE_MEMORY_BYTES: u64 = 2 << 30;
/// Address space below which a compiler process may end without a word when it has too little: a fault of one with less is
/// taken for that.
pub const COMPILE_MEMORY_BYTES_SMALL: u64 = 256 << 20;
/// CPU time for compiling one module, both tiers together.
pub const COMPILE_CPU: Duration = Duration::from_secs(60);
/// Wall time for compiling one module, both tiers together. Above the CPU time, which is the bound on a busy machine too.
pub const COMPILE_WALL: Duration = Duration::from_secs(180);
/// Threads that compile one module at most, where it may have several.
pub const COMPILE_THREADS: usize = 8;
/// Bytes of compiled code of one module.
pub const ARTIFACT_BYTES: u64 = 512 << 20;
/// Bytes of a compiled module that describe it (names, types, tables): reading them takes several times as much memory in
/// the process that runs it.
pub const ARTIFACT_METADATA_BYTES: u64 = 16 << 20;
/// How long a compilation waits for its turn.
pub const COMPILE_QUEUE_WAIT: Duration = Duration::from_secs(30);
/// Estimated cost ([`crate::prescan::Scan::compile_cost`]) above which a module runs without optimisation at first, where its effort may
/// change later: optimising it takes seconds.
pub const COMPILE_COST_SOON: u64 = 4 << 20;
/// Estimated cost ([`crate::prescan::Scan::compile_cost`]) above which a module is not optimised unless that is asked for.
pub const COMPILE_COST_SPEED: u64 = 16 << 20;
/// Modules that wait for being optimised after their first run; more of them stay as they are.
pub const OPTIMISE_WAITING: usize = 16;
/// Bytes of what a compiler process says besides code: a description, or why it refuses.
pub const COMPILE_ANSWER_BYTES: u64 = 4 << 20;
/// Bytes of a function's name in a compiled module, for traces of stacks. Longer ones are cut.
pub const FUNCTION_NAME_BYTES: usize = 512;
/// Bytes of a mangled name that is still turned into a readable one; longer ones would take time out of proportion.
pub const MANGLED_NAME_BYTES: usize = 1 << 10;
/// Bytes kept of what a worker process writes to standard error.
pub const WORKER_ERROR_BYTES: u64 = 4 << 10;
/// Files a worker process may hold open.
pub const CHILD_FILES: u64 = 64;

/// Bytes of compiled code kept on disk.
pub const CACHE_BYTES: u64 = 1 << 30;
/// Age at which code on disk is not used any more.
pub const CACHE_AGE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How long writing one entry may take before what is there of it counts as left behind.
pub const CACHE_WRITE: Duration = Duration::from_secs(3_600);
/// Loaded modules kept in memory.
pub const LOADED_MODULES: usize = 1_000;
/// Bytes of the binary form of loaded modules together; their code is two to four times that.
pub const LOADED_BYTES: u64 = 256 << 20;
/// Time after its last use at which a loaded module is dropped.
pub const LOADED_IDLE: Duration = Duration::from_secs(30 * 60);
/// Refused modules remembered, so that they are not looked at again.
pub const REFUSALS: usize = 10_000;
/// How long they are remembered.
pub const REFUSAL_AGE: Duration = Duration::from_secs(10 * 60);
/// Bytes of each text of an inspection: WIT, declarations.
pub const INSPECT_TEXT_BYTES: usize = 256 << 10;
/// Bytes of the imports and of the exports that an inspection lists, names and types together; the rest is counted.
pub const INSPECT_LIST_BYTES: usize = 512 << 10;
/// Imports that nobody provides that are listed: a module with that many lacks a host and not a function.
pub const UNPROVIDED_LISTED: usize = 256;

/// How much one execution may use. Made with [`Limits::standard`] and changed field by field.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use tollgate_sandbox::{Limits, limits};
///
/// let limits = Limits { memory_bytes: 16 << 20, wall: Duration::from_millis(200), ..Limits::standard() };
/// assert_eq!(limits.gas, limits::GAS);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Gas: fuel of the guest's instructions plus the tariff of host calls. Default [`GAS`].
    ///
    /// The `timed` profile does not count instructions; there the limit covers the tariff alone.
    pub gas: u64,
    /// Bytes of all linear memories and tables together. Default [`MEMORY_BYTES`].
    pub memory_bytes: u64,
    /// Wall time over guest and host. Default [`WALL`].
    pub wall: Duration,
    /// Tables over all instances. Default [`TABLES`].
    pub tables: u32,
    /// Linear memories over all instances. Default [`MEMORIES`].
    pub memories: u32,
    /// Core instances. Default [`INSTANCES`].
    pub instances: u32,
    /// Bytes written to standard output and standard error together. Default [`OUTPUT_BYTES`].
    pub output_bytes: u64,
    /// Bytes one host call, argument or result may move. Default [`HOST_CALL_BYTES`].
    pub host_call_bytes: u64,
    /// Open handles. Default [`HANDLES`].
    pub handles: u32,
    /// Bytes put on the disk, sparse files by their length. Default [`DISK_BYTES`].
    pub disk_bytes: u64,
    /// Files, folders and links made. Default [`DISK_FILES`].
    pub disk_files: u64,
}

impl Limits {
    /// Returns the defaults: small enough to run code of strangers, large enough for ordinary programs.
    pub const fn standard() -> Self {
        Self {
            gas: GAS,
            memory_bytes: MEMORY_BYTES,
            wall: WALL,
            tables: TABLES,
            memories: MEMORIES,
            instances: INSTANCES,
            output_bytes: OUTPUT_BYTES,
            host_call_bytes: HOST_CALL_BYTES,
            handles: HANDLES,
            disk_bytes: DISK_BYTES,
            disk_files: DISK_FILES,
        }
    }
}

/// The name of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LimitKind {
    /// [`Limits::gas`].
    Gas,
    /// [`Limits::memory_bytes`].
    Memory,
    /// Memory of all executions together, set on the engine.
    GlobalMemory,
    /// Memory of all executions of one module together, set on the engine.
    ModuleMemory,
    /// [`Limits::wall`].
    Wall,
    /// Stack of the guest, set on the engine.
    Stack,
    /// [`Limits::tables`].
    Tables,
    /// [`Limits::memories`].
    Memories,
    /// [`Limits::instances`].
    Instances,
    /// [`Limits::output_bytes`].
    Output,
    /// [`Limits::host_call_bytes`].
    HostCall,
    /// [`Limits::handles`].
    Handles,
    /// [`Limits::disk_bytes`].
    Disk,
    /// [`Limits::disk_files`].
    Files,
    /// Nesting of host and guest calls.
    Reentry,
    /// Executions waiting for a place.
    Queue,
    /// [`ProcessLimits::memory_bytes`](crate::process::ProcessLimits::memory_bytes).
    ProcessMemory,
    /// [`ProcessLimits::descriptors`](crate::process::ProcessLimits::descriptors).
    ProcessDescriptors,
    /// [`ProcessLimits::threads`](crate::process::ProcessLimits::threads).
    ProcessThreads,
}

impl LimitKind {
    /// Returns the name people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gas => "gas",
            Self::Memory => "memory",
            Self::GlobalMemory => "global memory",
            Self::ModuleMemory => "module memory",
            Self::Wall => "wall time",
            Self::Stack => "stack",
            Self::Tables => "table count",
            Self::Memories => "memory count",
            Self::Instances => "instance count",
            Self::Output => "output",
            Self::HostCall => "host call size",
            Self::Handles => "open handle",
            Self::Disk => "disk",
            Self::Files => "new file",
            Self::Reentry => "host re-entry depth",
            Self::Queue => "queue",
            Self::ProcessMemory => "process memory",
            Self::ProcessDescriptors => "process descriptor",
            Self::ProcessThreads => "process thread",
        }
    }

    /// Returns the unit of the limit's value.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Gas => "gas",
            Self::Memory
            | Self::GlobalMemory
            | Self::ModuleMemory
            | Self::Stack
            | Self::Output
            | Self::HostCall
            | Self::Disk
            | Self::ProcessMemory => "bytes",
            Self::Wall => "ms",
            Self::Tables => "tables",
            Self::Memories => "memories",
            Self::Instances => "instances",
            Self::Handles => "handles",
            Self::Files => "files",
            Self::Reentry => "calls",
            Self::Queue => "executions",
            Self::ProcessDescriptors => "descriptors",
            Self::ProcessThreads => "threads",
        }
    }

    /// Returns what can be done when the limit is reached.
    const fn advice(self) -> &'static str {
        match self {
            Self::Gas => "raise `gas` of its limits",
            Self::Memory => "raise `memory_bytes` of its limits",
            Self::Wall => "give it more time",
            Self::Stack => "raise `stack_bytes` of the engine",
            Self::Tables => "raise `tables` of its limits",
            Self::Memories => "raise `memories` of its limits",
            Self::Instances => "raise `instances` of its limits",
            Self::Output => "raise `output_bytes` of its limits",
            Self::HostCall => "raise `host_call_bytes` of its limits",
            Self::Handles => "raise `handles` of its limits",
            Self::Disk => "raise `disk_bytes` of its limits",
            Self::Files => "raise `disk_files` of its limits",
            Self::GlobalMemory => "raise `global_memory_bytes` of the engine, or run fewer at once",
            Self::ModuleMemory => {
                "raise `module_memory_bytes` of the engine, or run fewer of the module at once"
            }
            Self::Queue => "try again, or raise `concurrent` or `queued` of the engine",
            Self::Reentry => "let host functions call the guest less deeply",
            Self::ProcessMemory => {
                "raise `memory_bytes` of the process, lower the limits of each, or run fewer at once"
            }
            Self::ProcessDescriptors => {
                "raise `descriptors` of the process, lower `handles` of each, or run fewer at once"
            }
            Self::ProcessThreads => "raise `threads` of the process, or run fewer at once",
        }
    }
}

/// An execution wanted more than it may use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{} limit of {value} {} reached; {}", .limit.name(), .limit.unit(), .limit.advice())]
pub struct LimitExceeded {
    /// Which limit.
    pub limit: LimitKind,
    /// The value it was set to, in [`LimitKind::unit`].
    pub value: u64,
    /// What would have been enough for what was refused, where that is known. What comes after it may want more.
    #[serde(default)]
    pub needed: Option<u64>,
}

impl LimitExceeded {
    /// Returns the error for `limit`, which was set to `value`.
    pub const fn new(limit: LimitKind, value: u64) -> Self {
        Self {
            limit,
            value,
            needed: None,
        }
    }

    /// Says what would have been enough.
    pub(crate) const fn needing(self, needed: u64) -> Self {
        Self {
            needed: Some(needed),
            ..self
        }
    }
}

/// The wall time limit of an execution, as what was exceeded.
pub(crate) fn out_of_time(limits: &Limits) -> LimitExceeded {
    LimitExceeded::new(
        LimitKind::Wall,
        u64::try_from(limits.wall.as_millis()).unwrap_or(u64::MAX),
    )
}
