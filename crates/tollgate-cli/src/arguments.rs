//! What several commands are told in the same way: grants, limits, where code is kept, how a report is written; and the arguments of
//! small commands. What it means is worked out in the subcommands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use tollgate::Digest;
use tollgate::receipt::KeyName;
use tollgate::sandbox::limits::MODULE_BYTES_CEILING;
use tollgate::sandbox::{JailMode, ModuleLimit, ModuleLimits, ProposalSwitch, UnknownProposal};
use tollgate::state::limits::ANSWER_TIME_NS_MAX;

use crate::progress::Voice;
use crate::quantity;

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate run program.wasm --allow-read=data -- --json data
  tollgate run add.wasm --invoke add -- 2 3
  tollgate run transform.wasm --invoke transform --input @request.json
  tollgate run pricing.wasm --invoke tier-percent --input '[\"gold\"]' --format json")]
pub(crate) struct RunArguments {
    /// File, https URL (`…#sha256:HEX` pins it), or `-` for standard input
    #[arg(value_name = "MODULE")]
    pub(crate) module: String,
    /// Call this export instead of the program's start; of a component the name of the function will do where it is the only one
    #[arg(long, value_name = "EXPORT")]
    pub(crate) invoke: Option<String>,
    /// Input for the export as JSON, or `@FILE` with it (`@-` for standard input)
    #[arg(
        long,
        value_name = "JSON|@FILE",
        requires = "invoke",
        conflicts_with = "arguments"
    )]
    pub(crate) input: Option<String>,
    /// Input for the export as it is, or `@FILE` with it (`@-` for standard input)
    #[arg(long, value_name = "TEXT|@FILE", requires = "invoke", conflicts_with_all = ["arguments", "input"])]
    pub(crate) input_text: Option<String>,
    /// How instructions are counted and guests are separated
    #[arg(long, value_enum, default_value = "metered", value_name = "PROFILE")]
    pub(crate) profile: Profile,
    /// How far the result depends on the input alone
    #[arg(long, value_enum, default_value = "off", value_name = "LEVEL")]
    pub(crate) determinism: Determinism,
    /// How much of the system's own walls there must be around the guest; `tollgate doctor` lists them
    #[arg(long, value_enum, default_value = "best", value_name = "MODE")]
    pub(crate) jail: Jail,
    /// Turn a proposal of WebAssembly on, or off with `no-` in front
    #[arg(long, value_name = "[no-]NAME", value_delimiter = ',', value_parser = proposal)]
    pub(crate) proposal: Vec<(ProposalSwitch, bool)>,
    /// Keep the module's debug information, for files and lines where it traps: for modules you trust, since reading it
    /// has no limits
    #[arg(long)]
    pub(crate) debug_info: bool,
    /// Let this policy decide each call out of the sandbox, after the grants; where it escalates, the terminal is asked
    #[arg(long, value_name = "FILE.ecl")]
    pub(crate) policy: Option<PathBuf>,
    /// Evaluate this policy as well, and enforce nothing of it: the report and the journal say where it disagrees
    #[arg(long, value_name = "FILE.ecl")]
    pub(crate) shadow: Option<PathBuf>,
    /// Put each question on a card in STATE as well, where `tollgate approvals` answers it from another terminal
    #[arg(long, value_name = "STATE")]
    pub(crate) approvals: Option<PathBuf>,
    /// How long a card can be answered [default: 10m, at most 168h]; the time limit of the run goes on meanwhile
    #[arg(long, value_name = "TIME", value_parser = answer_time, requires = "approvals")]
    pub(crate) answer_within: Option<Duration>,
    /// Who asks for this run, besides this session; neither can answer its cards
    #[arg(long, value_name = "NAME", requires = "approvals")]
    pub(crate) requester: Option<String>,
    /// Ask on cards alone, and not at this terminal
    #[arg(long, requires = "approvals")]
    pub(crate) no_terminal: bool,
    /// Write each decision about a call out of the sandbox as a line of JSON to FILE, a new file, before the call happens
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Size of the journal [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes, requires = "journal")]
    pub(crate) journal_limit: Option<u64>,
    /// Write what the run did, signed, to FILE, a new file
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// The key that signs it, of `tollgate key new` [default: default]
    #[arg(long, value_name = "NAME", requires = "receipt")]
    pub(crate) key: Option<KeyName>,
    /// Folder of the keys [default: tollgate/keys in the user's data folder]
    #[arg(
        long,
        value_name = "DIR",
        env = "TOLLGATE_KEYS_DIR",
        hide_env_values = true
    )]
    pub(crate) keys: Option<PathBuf>,
    /// Seed of the randomness a guest sees when randomness is not granted
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = quantity::whole::<u64>(0..=u64::MAX))]
    pub(crate) seed: u64,
    /// Write the report as JSON to FILE, or `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write the report for people (standard error) or as JSON (standard output, the guest's output in it)
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// Write nothing but the guest's output and errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) grants: GrantArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) loading: ModuleArguments,
    #[command(flatten)]
    pub(crate) code: CodeArguments,
    #[command(flatten)]
    pub(crate) cache: CacheArguments,
    /// Arguments of the program, or of the export
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<String>,
}

impl RunArguments {
    /// Returns what is said beside what went wrong.
    pub(crate) fn voice(&self) -> Voice {
        match self.quiet {
            true => Voice::Silent,
            false => Voice::Heard,
        }
    }
}

/// What a grant flag without `=` means. Nobody can type it: `--allow-read=` is not `--allow-read`.
pub(crate) const ALL: &str = "\u{0}";

#[derive(Args)]
#[command(next_help_heading = "Grants (none by default)")]
pub(crate) struct GrantArguments {
    /// Reading files: all, or these paths (`\,` is a comma in a name)
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = ALL)]
    pub(crate) allow_read: Vec<String>,
    /// Creating, changing and deleting files: all, or these paths
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = ALL)]
    pub(crate) allow_write: Vec<String>,
    /// Connecting: anywhere, or to these hosts
    #[arg(long, value_name = "HOST[:PORT]", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = ALL)]
    pub(crate) allow_net: Vec<String>,
    /// Environment variables: all but secret-looking ones, or these
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = ALL)]
    pub(crate) allow_env: Vec<String>,
    /// The clocks of this machine
    #[arg(long)]
    pub(crate) allow_clock: bool,
    /// Randomness of this machine
    #[arg(long)]
    pub(crate) allow_random: bool,
    /// All of the above
    #[arg(long, short = 'A')]
    pub(crate) allow_all: bool,
    /// A folder under another name, readable, and writable with `--allow-write`
    #[arg(long, value_name = "HOST::GUEST")]
    pub(crate) dir: Vec<String>,
    /// An environment variable with a value for the guest
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// Give the guest no standard input
    #[arg(long)]
    pub(crate) no_stdin: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArguments {
    /// Gas: instructions and the tariff of host calls [default: 1G]
    #[arg(long, value_name = "N", value_parser = quantity::gas)]
    pub(crate) gas: Option<u64>,
    /// All memories and tables together [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) memory: Option<u64>,
    /// Wall time of guest and host calls [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    pub(crate) timeout: Option<Duration>,
    /// Stack of the guest [default: 512KiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::stack_bytes)]
    pub(crate) stack: Option<usize>,
    /// Standard output and standard error together [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) output_limit: Option<u64>,
    /// One host call, argument or answer [default: 16MiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) host_call_limit: Option<u64>,
    /// Bytes put on the disk, sparse files by their length [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) disk: Option<u64>,
    /// Files, folders and links made [default: 10000]
    #[arg(long, value_name = "N", value_parser = quantity::count)]
    pub(crate) max_files: Option<u64>,
    /// Open files, sockets and resources [default: 1024]
    #[arg(long, value_name = "N", value_parser = quantity::small_count)]
    pub(crate) max_handles: Option<u32>,
    /// Tables over all instances [default: 16]
    #[arg(long, value_name = "N", value_parser = quantity::small_count)]
    pub(crate) max_tables: Option<u32>,
    /// Memories over all instances [default: 16]
    #[arg(long, value_name = "N", value_parser = quantity::small_count)]
    pub(crate) max_memories: Option<u32>,
    /// Core instances [default: 64]
    #[arg(long, value_name = "N", value_parser = quantity::small_count)]
    pub(crate) max_instances: Option<u32>,
}

/// What a module is held to before it runs, and what reading and compiling it may take.
#[derive(Args)]
#[command(next_help_heading = "Limits of the module")]
pub(crate) struct ModuleArguments {
    /// Size of the module itself [default: 128MiB, at most 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = module_size)]
    pub(crate) module_size: Option<u64>,
    #[arg(long, value_name = "NAME=N", value_delimiter = ',', value_parser = module_limit, help = module_limit_help())]
    pub(crate) module_limit: Vec<(ModuleLimit, u64)>,
    /// CPU time for compiling it, at least 1s [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = compile_time)]
    pub(crate) compile_time: Option<Duration>,
    /// Memory for compiling it [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) compile_memory: Option<u64>,
}

/// What compiled code is held to.
#[derive(Args)]
#[command(next_help_heading = "Limits of the module")]
pub(crate) struct CodeArguments {
    /// Size of its compiled code, where it is compiled and not taken from the cache [default: 512MiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) code_size: Option<u64>,
    /// Size of what its compiled code says about itself, likewise [default: 16MiB]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) metadata_size: Option<u64>,
    /// Optimise a large module before it runs, which starts it later; later runs have that code
    #[arg(long, alias = "optimize")]
    pub(crate) optimise: bool,
}

/// How instructions are counted.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Every instruction is counted
    Metered,
    /// Only time is limited: full speed for code you trust
    Timed,
    /// Metered, in a process of its own
    Isolated,
}

/// How much of the system's own walls there must be.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Jail {
    /// Every layer, or nothing runs
    Require,
    /// Every layer this system has
    Best,
    /// None but the sandbox itself
    Off,
}

impl Jail {
    pub(crate) const fn mode(self) -> JailMode {
        match self {
            Self::Require => JailMode::Require,
            Self::Best => JailMode::Best,
            Self::Off => JailMode::Off,
        }
    }
}

/// How far the result depends on the input alone.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Determinism {
    /// The bits of not-a-number values are fixed
    Full,
    /// Modules with floating point are refused
    NoFloat,
    /// Not at all
    Off,
}

impl Determinism {
    pub(crate) fn level(self) -> tollgate::Determinism {
        match self {
            Self::Full => tollgate::Determinism::Full,
            Self::NoFloat => tollgate::Determinism::NoFloat,
            Self::Off => tollgate::Determinism::Off,
        }
    }
}

#[derive(Args)]
pub(crate) struct InspectArguments {
    /// File, https URL (`…#sha256:HEX` pins it), or `-` for standard input
    pub(crate) module: String,
    /// Show only its interface: WIT of a component, TypeScript declarations of a core module
    #[arg(long, conflicts_with = "format")]
    pub(crate) interface: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) loading: ModuleArguments,
}

#[derive(Args)]
pub(crate) struct ValidateArguments {
    /// File, https URL (`…#sha256:HEX` pins it), or `-` for standard input
    pub(crate) module: String,
    /// Turn a proposal of WebAssembly on, or off with `no-` in front
    #[arg(long, value_name = "[no-]NAME", value_delimiter = ',', value_parser = proposal)]
    pub(crate) proposal: Vec<(ProposalSwitch, bool)>,
    /// An export the module must have; may be given more than once
    #[arg(long, value_name = "EXPORT")]
    pub(crate) require: Vec<String>,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) loading: ModuleArguments,
}

/// Which cache of compiled code there is, if any.
#[derive(Args)]
#[command(next_help_heading = "Cache of compiled code")]
pub(crate) struct CacheArguments {
    #[command(flatten)]
    pub(crate) folder: CacheFolder,
    /// Keep nothing and use nothing that was kept
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// Where compiled code is kept, how much of it, and how long.
#[derive(Args)]
pub(crate) struct CacheFolder {
    /// Folder of compiled code [default: tollgate/modules in the user's cache folder]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TOLLGATE_CACHE_DIR",
        hide_env_values = true
    )]
    pub(crate) cache_dir: Option<PathBuf>,
    /// The most all of it may take [default: 1GiB]
    #[arg(long, global = true, value_name = "SIZE", value_parser = quantity::bytes)]
    pub(crate) cache_size: Option<u64>,
    /// Age at which it is not used any more [default: 720h]
    #[arg(long, global = true, value_name = "TIME", value_parser = quantity::duration)]
    pub(crate) cache_age: Option<Duration>,
}

#[derive(Args)]
pub(crate) struct CacheCommand {
    #[command(subcommand)]
    pub(crate) action: CacheAction,
    #[command(flatten)]
    pub(crate) folder: CacheFolder,
    /// For people or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Subcommand)]
pub(crate) enum CacheAction {
    /// Show where the code is, how much there is, and its bounds.
    Stats,
    /// List what is kept, the last used first.
    List,
    /// Check every entry, and remove those that are not this user's own unchanged work.
    Verify,
    /// Remove what is kept for these modules, or everything.
    Clear {
        /// Digests of modules
        #[arg(value_name = "DIGEST")]
        modules: Vec<Digest>,
    },
    /// Remove all but the entries used last.
    Prune {
        /// How many to keep
        #[arg(long, value_name = "N", value_parser = quantity::whole::<usize>(0..=u64::MAX))]
        keep: usize,
    },
}

/// `NAME` or `no-NAME`.
fn proposal(text: &str) -> Result<(ProposalSwitch, bool), UnknownProposal> {
    match text.strip_prefix("no-") {
        Some(name) => Ok((name.parse()?, false)),
        None => Ok((text.parse()?, true)),
    }
}

fn module_limit_help() -> String {
    let standard = ModuleLimits::default();
    let names = ModuleLimit::ALL
        .iter()
        .map(|limit| format!("{limit}={}", limit.value(&standard)));
    format!(
        "A limit of its structure; may be given more than once [default: {}]",
        names.collect::<Vec<_>>().join(", ")
    )
}

/// A size that a module can have.
fn module_size(text: &str) -> Result<u64, String> {
    let bytes = quantity::bytes(text)?;
    if bytes > MODULE_BYTES_CEILING {
        let most = quantity::show_bytes(MODULE_BYTES_CEILING);
        return Err(format!(
            "`{text}` is more than a module can have, which is {most}"
        ));
    }
    Ok(bytes)
}

/// A time in which a card can be answered.
fn answer_time(text: &str) -> Result<Duration, String> {
    let time = quantity::duration(text)?;
    let most = Duration::from_nanos(ANSWER_TIME_NS_MAX.unsigned_abs());
    if time < Duration::from_secs(1) || time > most {
        let hours = most.as_secs() / 3600;
        return Err(format!(
            "`{text}` is not a time to answer in; write `1s` to `{hours}h`"
        ));
    }
    Ok(time)
}

/// The system counts processor time in seconds.
fn compile_time(text: &str) -> Result<Duration, String> {
    let time = quantity::duration(text)?;
    if time < Duration::from_secs(1) {
        return Err(format!(
            "`{text}` is too short: processor time is counted in seconds; write `1s` or more"
        ));
    }
    Ok(time)
}

/// `NAME=N`.
pub(crate) fn module_limit(text: &str) -> Result<(ModuleLimit, u64), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("give a name and a number: `functions=200000`")?;
    let limit = name
        .parse()
        .map_err(|error: tollgate::sandbox::UnknownModuleLimit| error.to_string())?;
    let value = quantity::count(value)?;
    Ok((limit, value))
}

#[derive(Args)]
pub(crate) struct DoctorArguments {
    /// Folder of compiled code to check [default: tollgate/modules in the user's cache folder]
    #[arg(
        long,
        value_name = "DIR",
        env = "TOLLGATE_CACHE_DIR",
        hide_env_values = true
    )]
    pub(crate) cache_dir: Option<PathBuf>,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}
