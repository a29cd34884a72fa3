//! `tollgate run`: one module, exactly the grants named on the command line, and a report of what it did.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate::ecl::limits::SOURCE_BYTES_MAX;
use tollgate::gate::{CALL_FILE, CallPolicy, CallPolicyError, second_names};
use tollgate::paths::real;
use tollgate::sandbox::{DebugInfo, HostFiles, ProposalSwitch};
use tollgate::{
    EngineConfig, Failure, Grant, Journal, LimitKind, Limits, Output, Proposals, Report, Request,
    Source, Tollgate, Virtual,
};

use crate::arguments::{self, Format, LimitArguments, RunArguments};
use crate::asking::Asking;
use crate::called::{Called, program_name};
use crate::error::{CliError, CliResult, OrExit};
use crate::escapes::clean_lines;
use crate::exit::Exit;
use crate::grants::{Guest, StandardInput};
use crate::interrupt::Interrupt;
use crate::jail::Prisoner;
use crate::journal::{self, JournalFile};
use crate::lesson::{self, Lesson};
use crate::load::Load;
use crate::new_file::Kept;
use crate::output;
use crate::output_file::OutputFile;
use crate::passage::{Passage, Passed};
use crate::receipt::{self, ReceiptFile};
use crate::report::{self, Context, Notation};
use crate::set_by::SetBy;
use crate::short::{self, Loaded, Wanted};
use crate::{cache, grants, hints, jail, key, load, sources, verdict};

pub(crate) fn run(arguments: &RunArguments, set_by: &SetBy) -> CliResult<Exit> {
    start(arguments, set_by, None)
}

/// As [`run`], and learns from it.
pub(crate) fn learn(
    arguments: &RunArguments,
    set_by: &SetBy,
    wanted: &lesson::Wanted<'_>,
) -> CliResult<Exit> {
    start(arguments, set_by, Some(wanted))
}

fn start(
    arguments: &RunArguments,
    set_by: &SetBy,
    lesson: Option<&lesson::Wanted<'_>>,
) -> CliResult<Exit> {
    let source: Source = load::source(&arguments.module)?;
    policy_of_cards(arguments)?;
    let to_file = report_file(arguments)?;
    let left = left(arguments, lesson);
    apart(&left)?;
    apart_from_the_state(&left, arguments.approvals.as_deref())?;
    let limits = limits(&arguments.limits);
    let called = called(arguments);
    let input = called.input(limits.host_call_bytes)?;
    let stdin = match source == Source::Stdin || input.from_stdin {
        true => StandardInput::Taken,
        false => StandardInput::Free,
    };
    let guest_arguments = if arguments.invoke.is_some() {
        &[][..]
    } else {
        &arguments.arguments
    };
    let guest = Guest {
        program: &program_name(&arguments.module),
        arguments: guest_arguments,
        stdin,
    };
    let granted = grants::grant(&arguments.grants, guest)?;
    grants::check_paths(&granted.grant)?;
    let engine = engine(arguments);
    let policy = arguments.policy.as_deref().map(policy).transpose()?;
    let shadow = arguments.shadow.as_deref().map(self::policy).transpose()?;
    if policy.is_some() || lesson.is_some() {
        one_name_each(&granted.grant)?;
    }
    let passage = passage(arguments.format);
    let asking = Asking::open(arguments, policy.as_ref(), passage.as_ref(), &granted.grant)?;
    let asker = asking.asker();
    let builder = || {
        let mut builder = Tollgate::builder();
        if let Some(policy) = &policy {
            builder = builder.policy(policy.clone());
        }
        if let Some(shadow) = &shadow {
            builder = builder.shadow(shadow.clone());
        }
        if arguments.journal.is_some() {
            builder = builder.record_facts();
        }
        if let Some(asker) = &asker {
            builder = builder.asker(asker.clone());
        }
        builder
            .engine(engine.clone())
            .source(load::source_options(&arguments.loading))
            .module_limits(load::module_limits(&arguments.loading))
            .compile_limits(load::compile_limits(
                &arguments.loading,
                Some(&arguments.code),
            ))
            .optimise(load::optimise(&arguments.code))
            // On the command line the user is the one who grants: what the flags say is what may be had.
            .may_grant(granted.grant.clone())
            .limits_max(limits.clone())
    };
    let mut warnings: Vec<String> = granted.unset.iter().map(|name| not_set(name)).collect();
    let tollgate = load::build(builder, cache::chosen(&arguments.cache), &mut warnings)?;
    let wanted = Wanted {
        load: Load {
            source: &source,
            intent: Some(short::intent(arguments.invoke.as_deref())),
            voice: arguments.voice(),
        },
        flags: &arguments.loading,
        export: arguments.invoke.as_deref(),
    };
    let loaded = short::load(&tollgate, wanted, &mut warnings);
    load::warn(&warnings);
    let Loaded {
        module: loaded,
        export,
    } = loaded?;
    let module = loaded.module();
    let called = Called {
        export: export.as_deref(),
        ..called
    };
    let entry = called.entry(module, input)?;
    let notation = Notation::of(&entry);

    let mut request = Request::new(module, entry)
        .grant(granted.grant.clone())
        .limits(limits.clone());
    request.virtual_world = Virtual {
        seed: arguments.seed,
        ..Virtual::standard()
    };
    let interrupt = Interrupt::prepare();
    let journal = journal(arguments, &granted.grant)?;
    let begun = lesson
        .map(|wanted| Lesson::begin(wanted, module, &granted.grant))
        .transpose()
        .and_then(|taken| {
            let mut files = jail::files(arguments);
            files
                .replaced
                .extend(lesson.map(|wanted| wanted.write.to_owned()));
            let prisoner = Prisoner {
                module,
                limits: &limits,
                grant: &granted.grant,
            };
            Ok((taken, begin(arguments, &files, prisoner)?))
        });
    if let (Err(_), Some(journal)) = (&begun, &journal) {
        journal.abandon();
    }
    let (lesson, receipt) = begun?;
    if let Some(lesson) = &lesson {
        request = request.gate(lesson.gate());
    }
    match &journal {
        Some(journal) => request = request.record(journal.clone()),
        // The digest of the decisions is part of a receipt, whoever keeps them.
        None if receipt.is_some() => request = request.record(Arc::new(Journal::new(0))),
        None => {}
    }
    if let Some(passage) = &passage {
        request = request.output(passage.sink());
    }
    let ran = tollgate.execute_blocking_until(request, interrupt.comes());
    asking.close();
    let report = ran.or_exit(Exit::Internal)?;
    // Whoever reads the output or the report may keep the command waiting.
    interrupt.keep_listening();
    let passed = passage.map_or_else(Passed::default, |passage| passage.close(&interrupt));
    let unrecorded = journal.and_then(|journal| journal.close(report.outcome.calls));
    let unsigned = receipt.and_then(|receipt| receipt.write(&report).err());
    let taught = lesson.map(|lesson| lesson.end(&report, &granted.grant));
    let (taught, untaught) = match taught.transpose() {
        Ok(taught) => (taught, None),
        Err(error) => (None, Some(error)),
    };
    let lost = passed
        .lost
        .into_iter()
        .chain(unrecorded)
        .chain(unsigned)
        .chain(untaught)
        .collect::<Vec<_>>();
    let context = Context {
        source: source.to_string(),
        notation,
        profile: tollgate.engine().config().profile,
        limits,
        set_by: set_by.clone(),
        grant: granted.grant,
        exit: if passed.unheard && reached_output(&report) {
            // The guest was quicker than its reader in going away, who wanted no more.
            Exit::Unheard
        } else {
            exit(&report, &lost, &interrupt)
        },
        journal: arguments.journal.clone(),
        escapes_dropped: passed.escapes_dropped,
        secrets_left_out: granted.secrets_left_out,
        origin: loaded.origin(),
        timings: loaded.timings(),
        tier: loaded.tier(),
        warnings,
        taught,
    };
    // What stands in a file is written whatever happens to the streams, and the streams are told whatever happens to the file.
    let unwritten = to_file.and_then(|file| file.write(&report::json(&report, &context)).err());
    let told = tell(arguments, &report, &context);
    let exit = unless_lost(context.exit, unwritten.as_ref());
    for lost in lost.iter().chain(&unwritten) {
        output::say(&format!("tollgate: {lost}"));
    }
    told.map(|()| exit)
}

/// Refuses `--approvals` where no policy could ask, whether it is typed or a setting.
fn policy_of_cards(arguments: &RunArguments) -> CliResult<()> {
    match (&arguments.approvals, &arguments.policy) {
        (Some(state), None) => {
            let message = format!(
                "`--approvals={}` is for the questions of a policy; name it with `--policy`",
                state.display()
            );
            Err(CliError::message(Exit::Usage, message))
        }
        _ => Ok(()),
    }
}

/// What is told of a variable that was named and that the program does not get.
fn not_set(name: &str) -> String {
    format!(
        "`{name}` of `--allow-env` is not set here, so the program gets no such variable; give it a value with `--env={name}=VALUE`"
    )
}

/// A file that a run leaves.
struct Left<'a> {
    path: &'a Path,
    /// What it is called in messages.
    what: &'static str,
    /// What names it on the command line.
    flag: &'static str,
}

/// Every file that the run leaves; the report is the last one, since it takes the place of whatever has its name.
fn left<'a>(arguments: &'a RunArguments, lesson: Option<&lesson::Wanted<'a>>) -> Vec<Left<'a>> {
    let report = arguments.report.as_deref();
    let named = [
        (arguments.journal.as_deref(), "journal", "--journal"),
        (arguments.receipt.as_deref(), "receipt", "--receipt"),
        (lesson.map(|wanted| wanted.write), "policy", "--write"),
        (report.filter(|path| !is_stdout(path)), "report", "--report"),
    ];
    let left = named
        .into_iter()
        .filter_map(|(path, what, flag)| path.map(|path| Left { path, what, flag }));
    left.collect()
}

/// Refuses files that would be one: what was written first would be lost.
fn apart(left: &[Left<'_>]) -> CliResult<()> {
    let mut rest = left;
    while let [one, others @ ..] = rest {
        for other in others {
            if one.real()? == other.real()? {
                let (path, other_path) = (one.path.display(), other.path.display());
                let message = format!(
                    "the {} `{path}` and the {} `{other_path}` would be one file; name another one with `{}` or `{}`",
                    one.what, other.what, other.flag, one.flag
                );
                return Err(CliError::message(Exit::Usage, message));
            }
        }
        rest = others;
    }
    Ok(())
}

impl Left<'_> {
    /// Where it is, whatever it is named by.
    fn real(&self) -> CliResult<PathBuf> {
        Kept::file(self.path, self.what).real()
    }
}

/// Refuses to write anything else to a file of the state, which the database has beside it as well.
fn apart_from_the_state(left: &[Left<'_>], state: Option<&Path>) -> CliResult<()> {
    let Some(state) = state else {
        return Ok(());
    };
    for Left { path, what, flag } in left {
        for behind in ["", "-wal", "-shm", "-journal"] {
            let mut kept = state.as_os_str().to_owned();
            kept.push(behind);
            // What cannot be looked at is told where it is opened.
            if let (Ok(kept), Ok(path)) = (real(Path::new(&kept)), real(path))
                && kept == path
            {
                let message = format!(
                    "the {what} `{}` would be a file of the state `{}`; name another one with `{flag}`",
                    path.display(),
                    state.display()
                );
                return Err(CliError::message(Exit::Usage, message));
            }
        }
    }
    Ok(())
}

/// Refuses grants by which files have two names: a policy decides about one, and the guest would use the other.
pub(crate) fn one_name_each(grant: &Grant) -> CliResult<()> {
    match second_names(grant).into_iter().next() {
        None => Ok(()),
        Some(line) => Err(CliError::message(Exit::Usage, line)),
    }
}

/// The policy of `--policy`.
pub(crate) fn policy(path: &Path) -> CliResult<CallPolicy> {
    let name = path.display().to_string();
    if path.is_dir() {
        let policies = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut files: Vec<_> = policies.map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "ecl"));
        // What others import has no policy.
        files.retain(|file| file.file_name().is_none_or(|name| name != CALL_FILE));
        let file = files.into_iter().min().unwrap_or(path.join("FILE.ecl"));
        let typed = hints::for_a_shell(&format!("--policy={}", file.display()));
        let message = format!("`{name}` is a folder; a policy is one file: `{typed}`");
        return Err(CliError::message(Exit::Usage, message));
    }
    let text = sources::read_text(sources::Input::plain(path), SOURCE_BYTES_MAX, "")?;
    CallPolicy::compile(&name, &text).map_err(|error| match error {
        // Several lines, which stay that.
        CallPolicyError::Compile { diagnostics } => {
            output::say(&clean_lines(&diagnostics));
            CliError::message(Exit::Invalid, format!("policy `{name}` does not compile"))
        }
        error => CliError::new(Exit::Invalid, error),
    })
}

/// The file of `--report`, found to be one that can be written before there is something to lose.
fn report_file(arguments: &RunArguments) -> CliResult<Option<OutputFile>> {
    let wanted = arguments.report.as_ref().filter(|path| !is_stdout(path));
    wanted.map(|path| OutputFile::check(path)).transpose()
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// The file of `--journal`, made last before the jail is closed: what was refused until then leaves none. From then on nothing
/// is removed, and a guest that was not started leaves an empty one.
fn journal(arguments: &RunArguments, grant: &Grant) -> CliResult<Option<Arc<JournalFile>>> {
    let bytes_max = arguments.journal_limit.unwrap_or(journal::BYTES_MAX);
    let wanted = arguments.journal.as_ref();
    wanted
        .map(|path| JournalFile::create(path, bytes_max, grant))
        .transpose()
}

/// Closes the jail, when everything is open that is needed in it. A run that does not begin leaves no file.
fn begin(
    arguments: &RunArguments,
    files: &HostFiles,
    prisoner: Prisoner<'_>,
) -> CliResult<Option<ReceiptFile>> {
    let receipt = receipt(arguments, prisoner.grant)?;
    let jailed = jail::close(arguments.jail.mode(), files, prisoner);
    if let (Err(_), Some(receipt)) = (&jailed, &receipt) {
        receipt.abandon();
    }
    jailed.map(|()| receipt)
}

/// The file of `--receipt`, made as that of `--journal` is.
fn receipt(arguments: &RunArguments, grant: &Grant) -> CliResult<Option<ReceiptFile>> {
    let Some(path) = &arguments.receipt else {
        return Ok(None);
    };
    let key = match &arguments.key {
        Some(key) => key.clone(),
        None => key::DEFAULT.parse().or_exit(Exit::Internal)?,
    };
    let keys = arguments.keys.as_deref();
    let wanted = receipt::Wanted {
        path,
        key: &key,
        keys,
    };
    ReceiptFile::create(&wanted, grant).map(Some)
}

fn reached_output(report: &Report) -> bool {
    let result = &report.outcome.result;
    matches!(result, Err(Failure::LimitExceeded(exceeded)) if exceeded.limit == LimitKind::Output)
}

/// A run whose output, journal or receipt was lost is no success, whatever the guest thinks of it.
fn exit(report: &Report, lost: &[CliError], interrupt: &Interrupt) -> Exit {
    // A guest in a process of its own may have had the signal of the terminal before us.
    let result = &report.outcome.result;
    let is_stopped = matches!(result, Err(Failure::Cancelled | Failure::Killed { .. }));
    match (
        interrupt.caught(),
        unless_lost(verdict::exit(report), lost.first()),
    ) {
        (Some(number), _) if is_stopped => Exit::Signal(number),
        // The guest had ended, and its output was not waited for.
        (Some(number), Exit::Unwritten) => Exit::Signal(number),
        (_, exit) => exit,
    }
}

/// How a run ends of which something is lost: as it failed, if it did.
fn unless_lost(exit: Exit, lost: Option<&CliError>) -> Exit {
    match (exit, lost) {
        (Exit::Success | Exit::Guest(_), Some(lost)) => lost.exit,
        (exit, _) => exit,
    }
}

/// Writes the answer, the report, and what went wrong to the stream it belongs to.
fn tell(arguments: &RunArguments, report: &Report, context: &Context) -> CliResult<()> {
    let wants_stdout = arguments.report.as_deref().is_some_and(is_stdout);
    if arguments.format == Format::Json {
        output::answer(&report::json(report, context))?;
    } else {
        if let Ok(output) = &report.outcome.result {
            output::answer(&shown(output))?;
        }
        if wants_stdout {
            output::answer(&report::json(report, context))?;
        }
        let human = report::human(report, context, arguments.voice());
        if !human.is_empty() {
            output::say(human.trim_end());
        }
    }
    Ok(())
}

/// The guest's output goes straight on, unless it is part of a JSON report.
fn passage(format: Format) -> Option<Passage> {
    match format {
        Format::Human => Some(Passage::open()),
        Format::Json => None,
    }
}

/// What an export returned, as the answer on standard output.
fn shown(output: &Output) -> Vec<u8> {
    match output {
        Output::Exit => Vec::new(),
        Output::Values(values) => values
            .iter()
            .map(|value| format!("{value}\n"))
            .collect::<String>()
            .into_bytes(),
        Output::Bytes(bytes) => {
            let mut bytes = bytes.clone();
            if bytes.last().is_some_and(|last| *last != b'\n')
                && std::str::from_utf8(&bytes).is_ok()
            {
                bytes.push(b'\n');
            }
            bytes
        }
        Output::Component { json, .. } => format!("{json}\n").into_bytes(),
    }
}

fn called(arguments: &RunArguments) -> Called<'_> {
    Called {
        export: arguments.invoke.as_deref(),
        input: arguments.input.as_deref(),
        input_text: arguments.input_text.as_deref(),
        arguments: &arguments.arguments,
    }
}

/// A new flag does not compile until it is used, nor a new limit until it has one.
fn limits(flags: &LimitArguments) -> Limits {
    let LimitArguments {
        gas,
        memory,
        timeout,
        // A setting of the engine.
        stack: _,
        output_limit,
        host_call_limit,
        disk,
        max_files,
        max_handles,
        max_tables,
        max_memories,
        max_instances,
    } = *flags;
    let standard = Limits::standard();
    Limits {
        gas: gas.unwrap_or(standard.gas),
        memory_bytes: memory.unwrap_or(standard.memory_bytes),
        wall: timeout.unwrap_or(standard.wall),
        tables: max_tables.unwrap_or(standard.tables),
        memories: max_memories.unwrap_or(standard.memories),
        instances: max_instances.unwrap_or(standard.instances),
        output_bytes: output_limit.unwrap_or(standard.output_bytes),
        host_call_bytes: host_call_limit.unwrap_or(standard.host_call_bytes),
        handles: max_handles.unwrap_or(standard.handles),
        disk_bytes: disk.unwrap_or(standard.disk_bytes),
        disk_files: max_files.unwrap_or(standard.disk_files),
    }
}

/// One execution and then the end: memory comes from the system, not from a pool that would have to be set up first.
fn engine(arguments: &RunArguments) -> EngineConfig {
    let mut config = match arguments.profile {
        arguments::Profile::Metered => EngineConfig::metered(),
        arguments::Profile::Timed => EngineConfig::timed(),
        arguments::Profile::Isolated => EngineConfig::isolated(),
    };
    config.allocation = tollgate::sandbox::Allocation::OnDemand;
    config.concurrent = 1;
    // Somebody waits for this one module.
    config.parallel_compilation = true;
    config.waiting_workers = 0;
    config.jail = arguments.jail.mode();
    config.proposals = proposals(&arguments.proposal);
    if arguments.debug_info {
        config.debug_info = DebugInfo::Kept;
    }
    config.determinism = arguments.determinism.level();
    if let Some(memory) = arguments.limits.memory {
        config.global_memory_bytes = config.global_memory_bytes.max(memory);
    }
    if let Some(stack) = arguments.limits.stack {
        config.stack_bytes = stack;
    }
    config
}

/// The standard proposals with what `--proposal` turns on and off, in the order of the command line.
pub(crate) fn proposals(flags: &[(ProposalSwitch, bool)]) -> Proposals {
    let mut proposals = Proposals::standard();
    for (switch, on) in flags {
        switch.set(&mut proposals, *on);
    }
    proposals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_sees_the_file_name_as_its_own() {
        assert_eq!(program_name("dir/program.wasm"), "program.wasm");
        assert_eq!(
            program_name("https://example.org/a/b.wasm?x=1#sha256:00"),
            "b.wasm"
        );
        assert_eq!(program_name("-"), "-");
    }

    #[test]
    fn bytes_end_with_a_line_end_only_when_they_are_text() {
        assert_eq!(shown(&Output::Bytes(b"text".to_vec())), b"text\n");
        assert_eq!(shown(&Output::Bytes(b"text\n".to_vec())), b"text\n");
        assert_eq!(shown(&Output::Bytes(vec![0xff])), [0xff]);
        assert_eq!(shown(&Output::Bytes(vec![])), b"");
    }
}
