//! `--journal`: a line of JSON for each decision about a call out of the sandbox, and for what the call came to.
//!
//! A line is with the operating system before its call happens, so what a killed run did is in the file. Only what a call came to
//! that changes nothing may wait for the next line. It has no holes: after a line that could not be written, or did not fit,
//! there is none. Such a run is no success, whatever the guest thinks of it.

mod line;
mod read;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tollgate::Grant;
use tollgate::sandbox::{CallDecision, CallRecord, CallSink, CallsDigest, Effect, Taken};

use self::line::Line;
pub(crate) use self::read::Records;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::new_file::Kept;

/// Bytes of a journal, unless `--journal-limit` says otherwise.
pub(crate) const BYTES_MAX: u64 = 256 << 20;

/// Bytes of lines that may wait for the next one.
const WAITING_BYTES: usize = 64 << 10;

/// The file of a journal that is being written.
pub(crate) struct JournalFile {
    path: PathBuf,
    bytes_max: u64,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// Bytes of the file.
    bytes: u64,
    /// Whole lines that are not in the file yet.
    waiting: Vec<u8>,
    bytes_max: u64,
    ended: Option<Ended>,
    /// Lines that were taken, waited, and could not be written.
    unkept: u64,
}

/// Why a journal goes no further.
enum Ended {
    Full,
    Failed(io::Error),
}

impl JournalFile {
    /// Makes the file, which lies where `grant` lets the guest write nothing.
    pub(crate) fn create(path: &Path, bytes_max: u64, grant: &Grant) -> CliResult<Arc<Self>> {
        let file = Kept::file(path, "journal").create(grant)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            bytes_max,
            state: Mutex::new(State {
                file,
                bytes: 0,
                waiting: Vec::new(),
                bytes_max,
                ended: None,
                unkept: 0,
            }),
        }))
    }

    /// Removes the file of a run that does not begin.
    pub(crate) fn abandon(&self) {
        // An empty file that stays says of the run what is true.
        drop(std::fs::remove_file(&self.path));
    }

    /// Writes what waits, and says what is not in the journal, if anything is not.
    pub(crate) fn close(&self, calls: Option<CallsDigest>) -> Option<CliError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(Unkept { ended, lines }) = state.flush() {
            state.ended.get_or_insert(ended);
            state.unkept = state.unkept.saturating_add(lines);
        }
        let dropped = calls.map_or(0, |calls| calls.dropped);
        let dropped = dropped.saturating_add(state.unkept);
        let path = self.path.display();
        let message = match state.ended.as_ref()? {
            Ended::Full => format!(
                "the journal `{path}` is full with {} bytes: the last records, {dropped}, are not in it; raise \
                 `--journal-limit`",
                self.bytes_max
            ),
            Ended::Failed(error) => format!(
                "the journal `{path}` cannot be written: {error}; the last records, {dropped}, are not in it"
            ),
        };
        Some(CliError::message(Exit::Unwritten, message))
    }
}

impl CallSink for JournalFile {
    fn take(&self, record: &CallRecord) -> Taken {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.ended.is_some() {
            return Taken::Refused;
        }
        match state.write(record) {
            Ok(()) => Taken::Kept,
            Err(ended) => {
                state.ended = Some(ended);
                Taken::Refused
            }
        }
    }
}

/// Lines that could not be written, and why.
struct Unkept {
    ended: Ended,
    lines: u64,
}

/// Whether a record may wait for the next one: nothing outside of the sandbox hangs on it.
fn may_wait(record: &CallRecord) -> bool {
    match record.decision {
        CallDecision::Returned { effect, .. } => effect == Effect::None,
        CallDecision::Allowed { .. }
        | CallDecision::Denied { .. }
        | CallDecision::Proposed
        | CallDecision::Answered(_)
        | CallDecision::Started => false,
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // Who does not close it has no report to say it in.
        drop(self.flush());
    }
}

impl State {
    /// Writes a line at once, in one piece or not at all, or keeps it for the next one.
    fn write(&mut self, record: &CallRecord) -> Result<(), Ended> {
        let line =
            serde_json::to_vec(&Line::of(record)).map_err(|error| Ended::Failed(error.into()));
        let line = line?;
        let waiting = self.waiting.len().saturating_add(line.len()) as u64;
        if self.bytes.saturating_add(waiting).saturating_add(1) > self.bytes_max {
            return Err(Ended::Full);
        }
        self.waiting.extend_from_slice(&line);
        self.waiting.push(b'\n');
        if may_wait(record) && self.waiting.len() < WAITING_BYTES {
            return Ok(());
        }
        self.flush().map_err(|Unkept { ended, lines }| {
            self.unkept = lines.saturating_sub(1);
            ended
        })
    }

    /// Writes the lines that wait, all or none.
    fn flush(&mut self) -> Result<(), Unkept> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&waiting) {
            let ended = Ended::Failed(self.without_half_a_line(error));
            let lines = waiting.iter().filter(|byte| **byte == b'\n').count() as u64;
            return Err(Unkept { ended, lines });
        }
        self.bytes = self.bytes.saturating_add(waiting.len() as u64);
        Ok(())
    }

    /// Takes away what there is of a line that could not be written.
    fn without_half_a_line(&self, error: io::Error) -> io::Error {
        match self.file.set_len(self.bytes) {
            Ok(()) => error,
            Err(cut) => io::Error::other(format!(
                "{error}, and what there is of the line stays: {cut}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tollgate::sandbox::{
        Aside, Because, CallResult, CallTarget, Capability, DecidedBy, Digest, ExecutionId,
        GateFacts, GivenAnswer, Need, PolicySaid, Returned, ShadowSaid, Violation,
    };

    use super::*;

    fn record(sequence: u64) -> CallRecord {
        CallRecord {
            execution: ExecutionId(7),
            sequence,
            capability: Capability::FileRead,
            module: String::from("wasi_snapshot_preview1"),
            name: String::from("path_open"),
            target: CallTarget::Path(String::from("a\n\"b")),
            decision: CallDecision::Denied {
                by: DecidedBy::Gate,
                reason: String::from("no"),
            },
            because: Because::default(),
            aside: Aside::default(),
            gas: 5,
            time: Duration::from_micros(3),
        }
    }

    #[test]
    fn a_decision_is_a_line_of_json_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.jsonl");
        let journal = JournalFile::create(&path, BYTES_MAX, &Grant::none()).expect("a journal");
        assert_eq!(journal.take(&record(0)), Taken::Kept);
        let text = std::fs::read_to_string(&path).expect("a file");
        let expected = r#"{"version":1,"execution":7,"sequence":0,"capability":"file-read","interface":"wasi_snapshot_preview1","operation":"path_open","path":"a\n\"b","decision":"denied","by":"policy","reason":"no","gas":5,"time_ns":3000}"#;
        assert_eq!(text, format!("{expected}\n"));
        assert!(journal.close(None).is_none());
    }

    #[test]
    fn a_question_and_its_answer_are_lines_of_their_own() {
        let mut proposed = record(0);
        proposed.decision = CallDecision::Proposed;
        let mut answered = record(1);
        answered.decision = CallDecision::Answered(GivenAnswer {
            answer: String::from("allow-once"),
            by: String::from("bob"),
            card: Some(String::from("0123")),
        });
        let line = |record| serde_json::to_value(Line::of(record)).expect("JSON");
        let proposed = line(&proposed);
        assert_eq!(proposed["decision"], "proposed");
        assert_eq!(proposed["by"], "policy");
        assert!(proposed.get("answered_by").is_none(), "{proposed}");
        let answered = line(&answered);
        assert_eq!(answered["decision"], "answered");
        assert_eq!(answered["by"], "answer");
        assert_eq!(answered["answer"], "allow-once");
        assert_eq!(answered["answered_by"], "bob");
        assert_eq!(answered["card"], "0123");
    }

    /// A record of a call that came to `result`.
    fn returned(sequence: u64, effect: Effect, result: CallResult) -> CallRecord {
        CallRecord {
            decision: CallDecision::Returned { effect, result },
            ..record(sequence)
        }
    }

    /// Something of everything.
    fn because() -> Because {
        let lack = |need: Option<Need>| Violation {
            capability: Capability::FileRead,
            call: String::from("path_readlink"),
            detail: String::from("`/data/l`"),
            need: need.map(Box::new),
            decision: None,
        };
        let need = |entry: Option<&str>| Need {
            capability: Capability::FileRead,
            what: String::from("/data"),
            entry: entry.map(str::to_owned),
        };
        Because {
            explained: vec![String::from("policy `p`"), String::new()],
            lacks: vec![
                lack(None),
                lack(Some(need(None))),
                lack(Some(need(Some("l")))),
            ],
        }
    }

    fn aside() -> Aside {
        Aside {
            facts: Some(GateFacts {
                said: PolicySaid::Ask,
                module: String::from("sha256:0"),
                caller: String::from("ada"),
                place: None,
                earlier: 7,
                unix_ms: 1,
            }),
            shadow: Some(ShadowSaid::Fault),
        }
    }

    #[test]
    fn a_line_of_the_first_version_is_read_and_has_no_more_than_that_has() {
        let line = |record: &CallRecord| serde_json::to_value(Line::of(record)).expect("JSON");
        let read = |line: &serde_json::Value| {
            let line: Line<'_> = serde_json::from_str(&line.to_string()).expect("a line");
            line.record()
        };
        let plain = record(0);
        assert_eq!(line(&plain)["version"], 1);
        assert_eq!(read(&line(&plain)), Ok(plain));
        let more = CallRecord {
            aside: aside(),
            ..record(0)
        };
        let mut edited = line(&more);
        assert_eq!(edited["version"], 2);
        for version in [0, 1, 3] {
            edited["version"] = version.into();
            assert!(read(&edited).is_err(), "{version}");
        }
    }

    #[test]
    fn a_line_is_read_as_the_record_it_was() {
        let digest = Digest::of(b"x");
        let decisions = [
            CallDecision::Allowed {
                by: DecidedBy::Sink,
            },
            record(0).decision,
            CallDecision::Denied {
                by: DecidedBy::Grant,
                reason: String::new(),
            },
            CallDecision::Proposed,
            CallDecision::Answered(GivenAnswer {
                answer: String::from("deny"),
                by: String::from("bob"),
                card: None,
            }),
            CallDecision::Started,
        ];
        let results = [
            CallResult::Failed(String::from("os error 2")),
            CallResult::Done(Returned::Nothing),
            CallResult::Done(Returned::Count(7)),
            CallResult::Done(Returned::Bytes { bytes: 1, digest }),
        ];
        let results = results.into_iter().flat_map(|result| {
            [Effect::None, Effect::Some].map(|effect| returned(1, effect, result.clone()).decision)
        });
        let targets = [
            CallTarget::Path(String::new()),
            CallTarget::Address("[::1]:80".parse().expect("an address")),
            CallTarget::Host(String::from("a.example")),
            CallTarget::Function(digest),
            CallTarget::Exit(String::from("3")),
        ];
        for decision in decisions.into_iter().chain(results) {
            for target in &targets {
                let written = CallRecord {
                    decision: decision.clone(),
                    target: target.clone(),
                    because: because(),
                    aside: aside(),
                    ..record(9)
                };
                let line = serde_json::to_string(&Line::of(&written)).expect("JSON");
                let read: Line<'_> = serde_json::from_str(&line).expect("a line");
                assert_eq!(read.record(), Ok(written), "{line}");
            }
        }
    }

    #[test]
    fn only_what_a_call_came_to_that_changes_nothing_waits_for_the_next_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.jsonl");
        let journal = JournalFile::create(&path, BYTES_MAX, &Grant::none()).expect("a journal");
        let done = || CallResult::Done(Returned::Nothing);
        let lines = || {
            let text = std::fs::read_to_string(&path).expect("a file");
            text.lines().count()
        };
        let mut expected = Vec::new();
        for (record, in_file) in [
            (record(0), 1),
            (returned(1, Effect::None, done()), 1),
            (returned(2, Effect::None, done()), 1),
            (returned(3, Effect::Some, done()), 4),
            (returned(4, Effect::None, done()), 4),
        ] {
            assert_eq!(journal.take(&record), Taken::Kept);
            assert_eq!(lines(), in_file, "{record:?}");
            expected.push(record.sequence);
        }
        assert!(journal.close(None).is_none());
        assert_eq!(lines(), expected.len());
    }

    #[test]
    fn a_journal_that_is_full_has_no_holes_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.jsonl");
        let journal = JournalFile::create(&path, 300, &Grant::none()).expect("a journal");
        assert_eq!(journal.take(&record(0)), Taken::Kept);
        assert_eq!(journal.take(&record(1)), Taken::Refused);
        let mut short = record(2);
        short.name = String::new();
        short.module = String::new();
        short.target = CallTarget::Path(String::new());
        assert_eq!(journal.take(&short), Taken::Refused);
        let calls = CallsDigest {
            count: 3,
            dropped: 2,
            digest: Digest::of(b""),
        };
        let lost = journal.close(Some(calls)).expect("something is lost");
        assert!(lost.to_string().contains("records, 2,"), "{lost}");
        assert!(lost.to_string().contains("--journal-limit"), "{lost}");
        assert_eq!(
            std::fs::read_to_string(&path)
                .expect("a file")
                .lines()
                .count(),
            1
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_of_a_line_that_cannot_be_written_is_left() {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

        // A file that takes no more than a page, in which the line begins and does not end.
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = File::from(memfd_create("journal", flags).expect("a file"));
        file.set_len(4096).expect("a page");
        fcntl_add_seals(&file, SealFlags::GROW).expect("a seal");
        let mut state = State {
            file,
            bytes: 0,
            waiting: Vec::new(),
            bytes_max: BYTES_MAX,
            ended: None,
            unkept: 0,
        };
        state.write(&record(0)).map_err(|_| ()).expect("it fits");
        let line = state.bytes;
        let mut long = record(1);
        long.name = "n".repeat(5000);
        assert!(matches!(state.write(&long), Err(Ended::Failed(_))));
        let left = state.file.metadata().expect("a file").len();
        assert_eq!(left, line);
    }

    #[test]
    fn a_journal_of_a_run_that_does_not_begin_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.jsonl");
        let journal = JournalFile::create(&path, BYTES_MAX, &Grant::none()).expect("a journal");
        journal.abandon();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.jsonl");
        std::fs::write(&path, "precious").expect("a file");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("new"), &link).expect("a link");
        for path in [&path, &link] {
            let refused = JournalFile::create(path, BYTES_MAX, &Grant::none());
            let refused = refused.err().expect("an error");
            assert!(
                refused.to_string().contains("name another file"),
                "{refused}"
            );
        }
        assert_eq!(std::fs::read(&path).expect("a file"), b"precious");
        assert!(!folder.path().join("new").exists());
    }

    /// Where the run of [`a_run_that_kills_itself`] keeps its journal.
    const KILLED: &str = "TOLLGATE_TEST_KILLED_JOURNAL";

    /// Not a test by itself: the one below starts it as a program of its own.
    #[test]
    #[ignore = "it ends its process"]
    fn a_run_that_kills_itself() {
        use rustix::process::{Signal, getpid, kill_process};
        use tollgate::sandbox::{HostError, Tariff};
        use tollgate::{Request, Source, Tollgate};

        let path = std::env::var_os(KILLED).expect("a path");
        let tollgate = Tollgate::builder()
            .compile_in_process()
            .host_function_typed("bank", "pay", Tariff::CHEAP, |_, ()| {
                kill_process(getpid(), Signal::KILL)
                    .map_err(|error| HostError::failed(error.to_string()))
            })
            .build()
            .expect("a tollgate");
        let text =
            r#"(module (import "bank" "pay" (func $pay)) (func (export "_start") (call $pay)))"#;
        let module = tollgate
            .load_blocking(&Source::Bytes(text.as_bytes().into()))
            .expect("a module");
        let journal = JournalFile::create(Path::new(&path), BYTES_MAX, &Grant::none());
        let request = Request::start(&module).record(journal.expect("a journal"));
        let report = tollgate.execute_blocking(request);
        panic!("{report:?}");
    }

    #[test]
    fn what_a_killed_run_was_doing_has_started_and_has_no_result() {
        use std::os::unix::process::ExitStatusExt as _;
        use std::process::{Command, Stdio};

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.jsonl");
        let test = "journal::tests::a_run_that_kills_itself";
        let program = std::env::current_exe().expect("this program");
        let ended = Command::new(program)
            .args(["--ignored", "--exact", test])
            .env(KILLED, &path)
            .stdout(Stdio::null())
            .status()
            .expect("it is started");
        assert_eq!(ended.signal(), Some(9), "{ended}");
        let text = std::fs::read_to_string(&path).expect("a journal");
        let lines = text.lines().map(|line| {
            let line: Line<'_> = serde_json::from_str(line).expect("a line");
            line.record().expect("a record")
        });
        let records: Vec<_> = lines.collect();
        let decisions: Vec<_> = records.iter().map(|record| &record.decision).collect();
        let by = DecidedBy::Grant;
        assert_eq!(
            decisions,
            [&CallDecision::Allowed { by }, &CallDecision::Started]
        );
    }
}
