//! Reading a journal again. Anybody may have written or changed the file, so everything in it is checked, and what is wrong is
//! named with its line.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use tollgate::sandbox::CallRecord;

use super::line::Line;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::sources::Input;

/// Bytes of a line: more than any record has.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// The records of a journal, in order, up to the first that is none.
pub(crate) struct Records<'a> {
    path: &'a Path,
    reader: BufReader<Box<dyn Read>>,
    /// Number of the next record, and how many lines were read.
    next: u64,
    execution: Option<u64>,
    ended: bool,
}

impl<'a> Records<'a> {
    pub(crate) fn open(path: &'a Path) -> CliResult<Self> {
        let file = Input::plain(path).open().map_err(|error| {
            let message = format!("cannot read the journal `{}`: {error}", path.display());
            CliError::message(Exit::NotFound, message)
        })?;
        Ok(Self {
            path,
            reader: BufReader::new(file),
            next: 0,
            execution: None,
            ended: false,
        })
    }

    /// Returns how many records there were so far.
    pub(crate) fn so_far(&self) -> u64 {
        self.next
    }

    fn wrong(&self, what: &str) -> CliError {
        let line = self.next.saturating_add(1);
        let message = format!(
            "`{}` is no journal as `tollgate run --journal` wrote it: line {line}: {what}",
            self.path.display()
        );
        CliError::message(Exit::Invalid, message)
    }

    /// Reads a line without its end; nothing at the end of the file.
    fn line(&mut self) -> CliResult<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(LINE_BYTES_MAX);
        let read = limited.read_until(b'\n', &mut line);
        if let Err(error) = read {
            return Err(self.wrong(&format!("it cannot be read: {error}")));
        }
        match line.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(line)),
            Some(_) if line.len() as u64 >= LINE_BYTES_MAX - 1 => {
                Err(self.wrong(&format!("it has more than {LINE_BYTES_MAX} bytes")))
            }
            Some(_) => Err(self.wrong("it has no end: the file was cut")),
        }
    }

    fn record(&mut self, line: &[u8]) -> CliResult<CallRecord> {
        let read: Line<'_> =
            serde_json::from_slice(line).map_err(|error| self.wrong(&error.to_string()))?;
        let record = read.record().map_err(|what| self.wrong(what))?;
        if record.sequence != self.next {
            let (is, expected) = (record.sequence, self.next);
            return Err(self.wrong(&format!(
                "it has the number {is} and would be {expected}: lines are missing, or in another order"
            )));
        }
        let execution = *self.execution.get_or_insert(record.execution.0);
        if execution != record.execution.0 {
            let other = record.execution;
            return Err(self.wrong(&format!(
                "it is of execution {other}, and those before of {execution}"
            )));
        }
        self.next = self.next.saturating_add(1);
        Ok(record)
    }
}

impl Iterator for Records<'_> {
    type Item = CliResult<CallRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = match self.line() {
            Ok(None) => return None,
            Ok(Some(line)) => self.record(&line),
            Err(error) => Err(error),
        };
        // Nothing behind a line that is none is what it seems.
        self.ended = read.is_err();
        Some(read)
    }
}
