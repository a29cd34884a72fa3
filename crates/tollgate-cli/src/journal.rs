//! `--journal`: a line of JSON for each decision about a call out of the sandbox.
//!
//! A line is with the operating system before its call happens, so what a killed run did is in the file. It has no holes: after
//! a line that could not be written, or did not fit, there is none. Such a run is no success, whatever the guest thinks of it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tollgate::Grant;
use tollgate::sandbox::{
    CallDecision, CallRecord, CallSink, CallTarget, CallsDigest, DecidedBy, Digest, Taken,
};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::new_file::Kept;

/// Bytes of a journal, unless `--journal-limit` says otherwise.
pub(crate) const BYTES_MAX: u64 = 256 << 20;

/// The file of a journal that is being written.
pub(crate) struct JournalFile {
    path: PathBuf,
    bytes_max: u64,
    state: Mutex<State>,
}

struct State {
    file: File,
    bytes: u64,
    bytes_max: u64,
    ended: Option<Ended>,
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
                bytes_max,
                ended: None,
            }),
        }))
    }

    /// Removes the file of a run that does not begin.
    pub(crate) fn abandon(&self) {
        // An empty file that stays says of the run what is true.
        drop(std::fs::remove_file(&self.path));
    }

    /// Says what is not in the journal, if anything is not.
    pub(crate) fn lost(&self, calls: Option<CallsDigest>) -> Option<CliError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = calls.map_or(0, |calls| calls.dropped);
        let path = self.path.display();
        let message = match state.ended.as_ref()? {
            Ended::Full => format!(
                "the journal `{path}` is full with {} bytes: the last decisions, {dropped}, are not in it; raise \
                 `--journal-limit`",
                self.bytes_max
            ),
            Ended::Failed(error) => format!(
                "the journal `{path}` cannot be written: {error}; the last decisions, {dropped}, are not in it"
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

impl State {
    /// Writes a line at once, in one piece or not at all.
    fn write(&mut self, record: &CallRecord) -> Result<(), Ended> {
        let line =
            serde_json::to_vec(&Line::of(record)).map_err(|error| Ended::Failed(error.into()));
        let mut line = line?;
        line.push(b'\n');
        let bytes = self.bytes.saturating_add(line.len() as u64);
        if bytes > self.bytes_max {
            return Err(Ended::Full);
        }
        let written = self.file.write_all(&line);
        written.map_err(|error| Ended::Failed(self.without_half_a_line(error)))?;
        self.bytes = bytes;
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

/// A line: what docs/guide.md says of it.
#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    execution: u64,
    sequence: u64,
    capability: &'static str,
    interface: &'a str,
    operation: &'a str,
    #[serde(flatten)]
    target: Target<'a>,
    decision: &'static str,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<&'a str>,
    gas: u64,
    time_ns: u64,
}

/// What the call reaches: one field of this name.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Target<'a> {
    Path(&'a str),
    Address(String),
    Host(&'a str),
    ArgumentsDigest(&'a Digest),
    Exit(&'a str),
    /// One this version has no word for.
    Other(String),
}

impl<'a> Line<'a> {
    fn of(record: &'a CallRecord) -> Self {
        let CallRecord {
            execution,
            sequence,
            capability,
            module,
            name,
            target,
            decision,
            gas,
            time,
        } = record;
        let (decision, by, reason) = match decision {
            CallDecision::Allowed { by } => ("allowed", *by, None),
            CallDecision::Denied { by, reason } => ("denied", *by, Some(&**reason)),
            CallDecision::Proposed => ("proposed", DecidedBy::Gate, None),
            CallDecision::Answered(_) => ("answered", DecidedBy::Answer, None),
        };
        let given = match &record.decision {
            CallDecision::Answered(given) => Some(given),
            CallDecision::Allowed { .. } | CallDecision::Denied { .. } | CallDecision::Proposed => {
                None
            }
        };
        Self {
            version: 1,
            execution: execution.0,
            sequence: *sequence,
            capability: capability.name(),
            interface: module,
            operation: name,
            target: match target {
                CallTarget::Path(path) => Target::Path(path),
                CallTarget::Address(address) => Target::Address(address.to_string()),
                CallTarget::Host(host) => Target::Host(host),
                CallTarget::Function(arguments) => Target::ArgumentsDigest(arguments),
                CallTarget::Exit(status) => Target::Exit(status),
                other => Target::Other(format!("{other:?}")),
            },
            decision,
            by: match by {
                DecidedBy::Grant => "grant",
                DecidedBy::Gate => "policy",
                DecidedBy::Answer => "answer",
                DecidedBy::Sink => "journal",
            },
            reason: reason.filter(|reason| !reason.is_empty()),
            answer: given.map(|given| &*given.answer),
            answered_by: given.map(|given| &*given.by),
            card: given.and_then(|given| given.card.as_deref()),
            gas: *gas,
            time_ns: u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tollgate::sandbox::{Capability, ExecutionId, GivenAnswer};

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
        assert!(journal.lost(None).is_none());
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
        let lost = journal.lost(Some(calls)).expect("something is lost");
        assert!(lost.to_string().contains("decisions, 2,"), "{lost}");
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
            bytes_max: BYTES_MAX,
            ended: None,
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
}
