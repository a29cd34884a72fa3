//! What users of other tools type, and what to type here.

/// Words of other tools, each with what to type here.
type Words = &'static [(&'static str, &'static str)];

/// Flags of other tools, by the commands that they are typed for.
pub(super) const FLAGS: &[(&[&str], Words)] = &[
    (&["run", "learn", "plan", "validate", "inspect"], OF_RUNS),
    (&["ecl"], OF_POLICIES),
    (&["serve"], OF_SERVERS),
    (&["cast"], OF_CASTS),
    (&["build"], OF_BUILDS),
    (&["new"], OF_NEW),
];

/// Flags for commands that run modules.
const OF_RUNS: Words = &[
    ("--fuel", GAS),
    ("--gas-limit", GAS),
    ("--max-fuel", GAS),
    ("--max-memory", MEMORY),
    ("--memory-limit", MEMORY),
    ("--mem", MEMORY),
    ("-m", MEMORY),
    ("--time-limit", TIME),
    ("--max-time", TIME),
    (
        "--max-wasm-stack",
        "the stack of the guest is `--stack SIZE`",
    ),
    ("--mount", FOLDER),
    ("--volume", FOLDER),
    ("-v", FOLDER),
    ("--net", "connecting is granted by `--allow-net=HOST:PORT`"),
    (
        "--network",
        "connecting is granted by `--allow-net=HOST:PORT`",
    ),
    (
        "-S",
        "connecting is granted by `--allow-net=HOST:PORT`, variables by `--allow-env=NAME`",
    ),
    (
        "--inherit-env",
        "variables are granted by `--allow-env=NAME`",
    ),
    ("--env-file", "a variable is `--env NAME=VALUE`"),
    (
        "--cpus",
        "a guest has one thread, and its work is bounded by `--gas N` and `--timeout TIME`",
    ),
    ("--name", "a run has a number, and no name; leave it out"),
    ("--entrypoint", "an export is called by `--invoke EXPORT`"),
    ("--function", "an export is called by `--invoke EXPORT`"),
    ("--args", "what the program is to get stands after `--`"),
    ("--features", PROPOSAL),
    ("--wasm-features", PROPOSAL),
    ("--version", VERSION),
    ("--rm", "nothing is left of a run; leave it out"),
    ("-it", STREAMS),
    ("-i", STREAMS),
    ("-t", STREAMS),
    (
        "-d",
        "a run ends before its command does; on a server that is `tollgate cast --detach`",
    ),
    (
        "--cache",
        "a folder of compiled code is `--cache-dir=DIR`, and none `--no-cache`",
    ),
    (
        "-W",
        "an amount of gas is `--gas N`, memory is `--memory SIZE`, a time limit is `--timeout TIME`",
    ),
    ("--max-memory-size", MEMORY),
    ("--mapdir", FOLDER),
    ("-e", "a variable is `--env NAME=VALUE`"),
    ("-f", "one variable of yours is `--allow-env=NAME`"),
    (
        "--allow-fs",
        "files are granted by `--allow-read=PATH` and `--allow-write=PATH`",
    ),
    (
        "--allow-sys",
        "nothing about this machine can be granted but variables, with `--allow-env=NAME`",
    ),
    ("--allow-hrtime", "the clock is granted by `--allow-clock`"),
    (
        "--allow-run",
        "no other program can be started, and no flag grants that",
    ),
    (
        "--allow-ffi",
        "no library of this machine can be called, and no flag grants that",
    ),
    (
        "--allow-import",
        "a module is loaded by its name alone; it loads nothing more",
    ),
    ("--deny-read", DENIED),
    ("--deny-write", DENIED),
    ("--deny-net", DENIED),
    ("--deny-env", DENIED),
    (
        "--no-prompt",
        "nobody is asked, unless the policy of `--policy` says so",
    ),
];
const GAS: &str = "an amount of gas is `--gas N`";
const MEMORY: &str = "the limit of memory is `--memory SIZE`";
const TIME: &str = "the limit of time is `--timeout TIME`";
const FOLDER: &str = "a folder under another name is `--dir=HOST::GUEST`";
const PROPOSAL: &str = "a proposal of WebAssembly is turned on by `--proposal NAME`";
const VERSION: &str = "the version is told by `tollgate --version`";
const STREAMS: &str = "the program has the standard input and output of the command; leave it out";
const DENIED: &str = "nothing is granted by default; leave the flag out";

/// Flags for commands about policies.
const OF_POLICIES: Words = &[
    ("-i", "an input is `--input JSON`, or `--input @FILE`"),
    ("-d", FACTS),
    ("--data", FACTS),
    (
        "-w",
        "the files are rewritten unless `--check` is there; leave it out",
    ),
    (
        "--write",
        "the files are rewritten unless `--check` is there; leave it out",
    ),
    ("-v", "what each test decides is shown by `--format json`"),
    (
        "--verbose",
        "what each test decides is shown by `--format json`",
    ),
];
const FACTS: &str = "facts are `--facts FILE`; policies are named without a flag";

/// Flags for casts: nothing is granted to one.
const OF_CASTS: Words = &[
    ("--allow-read", UNGRANTED),
    ("--allow-write", UNGRANTED),
    ("--allow-net", UNGRANTED),
    ("--allow-env", UNGRANTED),
    ("--allow-clock", UNGRANTED),
    ("--allow-random", UNGRANTED),
    ("--allow-all", UNGRANTED),
    ("--dir", UNGRANTED),
    ("--env", UNGRANTED),
];
const UNGRANTED: &str = "a server grants nothing to what it runs; leave it out";

/// Flags for building modules.
const OF_BUILDS: Words = &[
    ("-O", OPTIMISE),
    ("-O0", OPTIMISE),
    ("-O1", OPTIMISE),
    ("-O2", OPTIMISE),
    ("-O3", OPTIMISE),
    ("-Os", OPTIMISE),
    ("-Oz", OPTIMISE),
];
const OPTIMISE: &str = "how much is optimised is `--optimise none|size|speed|aggressive`";

/// Flags for servers.
const OF_SERVERS: Words = &[
    ("--port", LISTEN),
    ("-p", LISTEN),
    ("--addr", LISTEN),
    ("--address", LISTEN),
    ("--bind", LISTEN),
    ("--host", LISTEN),
    (
        "--cert",
        "a certificate is `--tls-cert FILE`, and its key `--tls-key FILE`",
    ),
    (
        "--db",
        "a database is `--database URL`, and a folder `--data DIR`",
    ),
];
const LISTEN: &str =
    "where to listen is `--listen ADDRESS:PORT`, such as `--listen=127.0.0.1:7400`";

/// Flags for what is begun.
const OF_NEW: Words = &[
    ("--template", KIND),
    ("--lang", KIND),
    ("-t", KIND),
    (
        "--name",
        "the name is that of the folder: `tollgate new rust FOLDER`",
    ),
];
const KIND: &str = "the kind stands before the folder: `tollgate new rust FOLDER`";

/// What other tools call a command, and what it is called here.
pub(super) const COMMANDS: Words = &[
    ("exec", "run"),
    ("start", "run"),
    ("info", "inspect"),
    ("wit", "inspect --interface"),
    ("objdump", "inspect"),
    ("init", "new"),
    ("create", "new"),
    ("keygen", "key new"),
    ("sign", "key"),
    ("login", "access"),
    ("push", "module push"),
    ("publish", "module push"),
    ("pull", "module get"),
    ("ps", "casts list"),
    ("logs", "casts show"),
    ("server", "serve"),
    ("daemon", "serve"),
    ("lint", "ecl check"),
    ("format", "ecl fmt"),
    ("bench", "ecl bench"),
    ("explain", "ecl explain"),
    ("compile", "build"),
    ("settings", "config show"),
    ("env", "config show"),
    ("completion", "completions"),
    ("version", "--version"),
    ("generate", "key new"),
    ("create", "key new"),
    ("get", "config show"),
    ("list", "config show"),
    ("tsc", "build ts"),
];
