//! From what the user named to a module that is ready to run, and the exit code when that fails.

use std::path::Path;
use std::time::Duration;

use tollgate::sandbox::{
    Compiler, DescribeOptions, Description, Imports, Intent, JailError, Lack, LoadOptions,
    Optimise, SourceBytes, SourceError, Tier,
};
use tollgate::{
    BuildError, CacheConfig, CacheError, CompileError, CompileLimits, EngineConfig, EventKind,
    LoadError, LoadedModule, ModuleLimits, Source, SourceOptions, Tollgate, TollgateBuilder,
};

use crate::advice;
use crate::arguments::{CodeArguments, ModuleArguments};
use crate::cache::Chosen;
use crate::error::{CliError, CliResult, OrExit};
use crate::escapes::clean;
use crate::exit::Exit;
use crate::hints::for_a_shell;
use crate::output;
use crate::progress::{self, Voice};

/// The module that was named. What a tool of ours makes modules of, or reads, is told that tool.
pub(crate) fn source(named: &str) -> CliResult<Source> {
    if let Some(instead) = no_name_of_a_module(named) {
        let message = format!("`{named}` {instead}");
        return Err(CliError::message(Exit::Usage, message));
    }
    let tool = match named.rsplit_once('.') {
        Some((_, "ts")) => "is TypeScript; make a module of it with `tollgate build ts`",
        Some((_, "ecl")) => {
            "is a policy; evaluate it with `tollgate ecl eval`, or let it decide the calls of a module with `--policy`"
        }
        _ => return named.parse().or_exit(Exit::Usage),
    };
    Err(CliError::message(Exit::Usage, format!("`{named}` {tool}")))
}

/// What is wrong with a name as other tools have it, and what to type.
fn no_name_of_a_module(named: &str) -> Option<String> {
    if Path::new(named).exists() {
        return None;
    }
    if let Some((scheme, rest)) = named.split_once("://") {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => None,
            "file" => Some(format!(
                "is a URL of a file; name the file: {}",
                in_code(rest)
            )),
            _ => Some(String::from(
                "is no address that a module is fetched from; that takes `https://`, everything else is the name of a file",
            )),
        };
    }
    let (file, digest) = named.split_once('#')?;
    let is_there = Path::new(file).exists() && digest.starts_with("sha256:");
    is_there.then(|| {
        format!(
            "has a pin, which is for `https://`; name the file alone, {}, and compare its digest with `tollgate inspect`",
            in_code(file)
        )
    })
}

/// A word as a shell takes it, in a message.
fn in_code(word: &str) -> String {
    format!("`{}`", for_a_shell(word))
}

/// How far reading a module may go.
pub(crate) fn source_options(flags: &ModuleArguments) -> SourceOptions {
    let standard = SourceOptions::default();
    SourceOptions {
        bytes_max: flags.module_size.unwrap_or(standard.bytes_max),
        ..standard
    }
}

/// How large the parts of a module may be.
pub(crate) fn module_limits(flags: &ModuleArguments) -> ModuleLimits {
    let mut limits = ModuleLimits::default();
    for (limit, value) in &flags.module_limit {
        limit.set(&mut limits, *value);
    }
    limits
}

/// CPU time for compiling a module, where somebody waits who can see it and stop it. An interpreter with its library inside
/// has 100 MB and takes minutes; it is compiled once.
pub(crate) const COMMAND_COMPILE_CPU: Duration = Duration::from_secs(600);
/// Address space for compiling a module, several threads included.
pub(crate) const COMMAND_COMPILE_MEMORY_BYTES: u64 = 4 << 30;

/// How much compiling may take. Wall time stays as many times the CPU time as it is by default.
pub(crate) fn compile_limits(
    flags: &ModuleArguments,
    code: Option<&CodeArguments>,
) -> CompileLimits {
    let standard = CompileLimits::default();
    let cpu = flags.compile_time.unwrap_or(COMMAND_COMPILE_CPU);
    let times = standard.wall.as_secs() / standard.cpu.as_secs().max(1);
    let (code_size, metadata_size) =
        code.map_or((None, None), |code| (code.code_size, code.metadata_size));
    CompileLimits {
        cpu,
        wall: cpu.saturating_mul(u32::try_from(times).unwrap_or(1)),
        memory_bytes: flags.compile_memory.unwrap_or(COMMAND_COMPILE_MEMORY_BYTES),
        artifact_bytes: code_size.unwrap_or(standard.artifact_bytes),
        metadata_bytes: metadata_size.unwrap_or(standard.metadata_bytes),
        ..standard
    }
}

/// When a large module is optimised. The command ends with its run, so there is no later.
pub(crate) fn optimise(code: &CodeArguments) -> Optimise {
    if code.optimise {
        Optimise::Before
    } else {
        Optimise::Never
    }
}

/// Reads a module and says what it looks like, without compiling it.
pub(crate) fn describe(
    source: &Source,
    flags: &ModuleArguments,
    wanted: DescribeOptions,
) -> CliResult<Description> {
    let wanted = DescribeOptions {
        limits: module_limits(flags),
        bytes_max: source_options(flags).bytes_max,
        ..wanted
    };
    look(source, flags, |compiler, read| {
        compiler.describe(read, &wanted)
    })
}

/// Reads a module and says what it imports and what of that nobody provides, without compiling it.
pub(crate) fn imports(source: &Source, flags: &ModuleArguments) -> CliResult<Imports> {
    let wanted = DescribeOptions {
        limits: module_limits(flags),
        bytes_max: source_options(flags).bytes_max,
        ..DescribeOptions::default()
    };
    let config = EngineConfig::metered();
    look(source, flags, |compiler, read| {
        compiler.imports(read, &wanted, &config)
    })
}

/// Reads a module and looks at it in a worker.
fn look<T: Send>(
    source: &Source,
    flags: &ModuleArguments,
    look: impl FnOnce(&Compiler, &SourceBytes) -> Result<T, CompileError> + Send,
) -> CliResult<T> {
    let options = source_options(flags);
    let compiler = Compiler::worker(compile_limits(flags, None)).or_exit(Exit::Internal)?;
    let what = progress::only(format!("reading {source}"));
    progress::during(Voice::Heard, what, || {
        let read = source
            .read(&options)
            .map_err(|error| CliError::new(of_source(&error), error))?;
        look(&compiler, &read)
            .map_err(|error| CliError::about(of_compile(&error), format!("`{source}`"), error))
    })
}

/// Builds with the chosen cache. A folder that was not chosen and cannot be used is done without, and said so; one that
/// is not safe to use is never used and never passed over in silence.
pub(crate) fn build(
    builder: impl Fn() -> TollgateBuilder,
    chosen: Chosen,
    warnings: &mut Vec<String>,
) -> CliResult<Tollgate> {
    let Some(config) = chosen.config else {
        return builder().build().map_err(unbuilt);
    };
    let cached = |config: CacheConfig| builder().cache(config).build();
    match cached(config) {
        Err(BuildError::Cache(error @ CacheError::Io { .. })) if !chosen.by_user => {
            let error = CliError::new(Exit::Config, error);
            warnings.push(format!("{error}; compiled code is not kept"));
            builder().build().map_err(unbuilt)
        }
        built => built.map_err(unbuilt),
    }
}

fn unbuilt(error: BuildError) -> CliError {
    CliError::new(Exit::Config, error)
}

/// A module that is to be loaded for a run.
pub(crate) struct Load<'a> {
    pub(crate) source: &'a Source,
    /// What it is for, if what it lacks for that is told before it is compiled.
    pub(crate) intent: Option<Intent>,
    pub(crate) voice: Voice,
}

/// Loads the module; what takes long shows progress on a terminal. Cached code that was thrown away is a warning.
pub(crate) fn load(
    tollgate: &Tollgate,
    load: Load<'_>,
    warnings: &mut Vec<String>,
) -> CliResult<LoadedModule> {
    let source = load.source;
    attempt(tollgate, load, warnings).map_err(|error| failed(source, error))
}

/// As [`load`], for whoever knows what to do when it fails.
pub(crate) fn attempt(
    tollgate: &Tollgate,
    load: Load<'_>,
    warnings: &mut Vec<String>,
) -> Result<LoadedModule, LoadError> {
    let Load {
        source,
        intent,
        voice,
    } = load;
    let mut events = tollgate.subscribe();
    let options = LoadOptions {
        intent,
        ..tollgate.load_options()
    };
    let loaded = progress::during(voice, stages(tollgate, source), || {
        tollgate.load_with(source, &options)
    });
    while let Some(event) = events.try_next() {
        if let EventKind::CacheRejected { reason } = event.kind {
            warnings.push(format!(
                "cached code of {} was thrown away: {reason}",
                event.module
            ));
        }
    }
    loaded
}

/// Says what a load is doing.
fn stages(tollgate: &Tollgate, source: &Source) -> impl FnMut() -> Option<String> + Send {
    let mut events = tollgate.subscribe();
    let name = source.to_string();
    let mut first = Some(match source {
        Source::Url { url, .. } => format!("downloading {url}"),
        Source::File(_) | Source::Stdin | Source::Base64(_) | Source::Bytes(_) => {
            format!("checking {name}")
        }
    });
    move || {
        let mut said = first.take();
        while let Some(event) = events.try_next() {
            if let EventKind::ModuleCompiling { tier } = event.kind {
                said = Some(match tier {
                    Tier::Speed => format!("compiling {name}"),
                    Tier::Quick => {
                        format!("compiling {name} without optimisation, since it is large")
                    }
                });
            }
        }
        said
    }
}

/// Says what the user should know although it stopped nothing.
pub(crate) fn warn(warnings: &[String]) {
    for warning in warnings {
        output::say(&format!("tollgate: warning: {}", clean(warning)));
    }
}

/// What is wrong with a module, by the name the user gave it.
pub(crate) fn failed(source: &Source, error: LoadError) -> CliError {
    let exit = match &error {
        LoadError::Source(error) => of_source(error),
        LoadError::Compile(error) => of_compile(error),
        _ => Exit::Invalid,
    };
    if let LoadError::Compile(compile) = &error
        && matches!(**compile, CompileError::NotJailed { .. })
    {
        return CliError::message(exit, format!("{error}; {LESS_JAIL}"));
    }
    match &error {
        // It names the source itself.
        LoadError::Source(_) | LoadError::Interrupted => CliError::new(exit, error),
        LoadError::Lack(Lack::Entry {
            name, available, ..
        }) => {
            let help = advice::entry(name, available);
            CliError::message(exit, format!("`{source}`: {error}; {help}"))
        }
        // The kind of the error is kept: the command knows by it which flag helps.
        _ => CliError::new(
            exit,
            anyhow::Error::new(error).context(format!("`{source}`")),
        ),
    }
}

/// What helps when a layer of the jail a user asked for is missing.
const LESS_JAIL: &str = "`--jail=best` runs with what there is";

/// What helps when a jail cannot be closed, if something does.
pub(crate) fn less_jail(error: &JailError) -> Option<&'static str> {
    matches!(error, JailError::Missing { .. }).then_some(LESS_JAIL)
}

pub(crate) fn of_compile(error: &CompileError) -> Exit {
    match error {
        CompileError::Process { .. } | CompileError::NotJailed { .. } => Exit::Config,
        CompileError::Crashed { .. }
        | CompileError::Forbidden { .. }
        | CompileError::Unprepared => Exit::Internal,
        CompileError::Busy { .. } => Exit::Time,
        _ => Exit::Invalid,
    }
}

pub(crate) fn of_source(error: &SourceError) -> Exit {
    match error {
        SourceError::Read { .. } | SourceError::Fetch(_) => Exit::NotFound,
        SourceError::Pin { .. } => Exit::Usage,
        _ => Exit::Invalid,
    }
}
