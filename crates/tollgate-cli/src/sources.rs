//! What a user names to be read: files, and standard input. What a program imports behind them is followed by [`tollgate::source_files`].

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::anyhow;
use serde::de::IgnoredAny;
use tollgate::sandbox::input;
use tollgate::source_files::ReadError;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::hints::for_a_shell;
use crate::near;

/// Says why the files of a program cannot be read.
pub(crate) fn unread(error: ReadError<CliError>, files_max: usize) -> CliError {
    match error {
        ReadError::File(error) => error,
        ReadError::TooMany => too_many(files_max),
        ReadError::TwoNames { first, second } => {
            let message = format!(
                "`{first}` and `{second}` are one file; name it in one way, on the command line and in imports"
            );
            CliError::message(Exit::Invalid, message)
        }
    }
}

/// What a user named to be read: a file, or standard input with the name `-`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    path: &'a Path,
    /// How standard input is written where this was.
    stdin: &'static str,
}

impl<'a> Input<'a> {
    /// A path where a path is wanted.
    pub(crate) fn plain(path: &'a Path) -> Self {
        Self { path, stdin: "-" }
    }

    /// A path that follows an `@`, where a text could stand as well.
    pub(crate) fn behind_at(path: &'a str) -> Self {
        Self {
            path: Path::new(path),
            stdin: "@-",
        }
    }

    pub(crate) fn is_stdin(&self) -> bool {
        self.path == Path::new("-")
    }

    /// Opens it, if it does not keep the command waiting.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read>> {
        if self.is_stdin() {
            return Ok(Box::new(io::stdin()));
        }
        Ok(Box::new(self.open_file()?))
    }

    fn open_file(&self) -> io::Result<File> {
        input::open(self.path).map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => io::Error::other(format!(
                "it is not a regular file; give what comes from a pipe or a terminal on standard input, as `{}`",
                self.stdin
            )),
            _ => error,
        })
    }

    /// Reads all of it. None when that is more than `bytes_max`.
    pub(crate) fn read(&self, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
        at_most(self.open()?, bytes_max)
    }
}

/// Reads all that is left. None when that is more than `bytes_max`.
fn at_most(opened: impl Read, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    // One byte more shows that there is more.
    let limit = bytes_max.saturating_add(1);
    opened.take(limit).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= bytes_max).then_some(bytes))
}

/// The text of an input of at most `bytes_max` bytes.
pub(crate) fn read_text(input: Input<'_>, bytes_max: usize, not_text: &str) -> CliResult<String> {
    let bytes = read_bytes(input, bytes_max)?;
    text(input.path, bytes, not_text)
}

/// The text of a file of at most `bytes_max` bytes, if it may be read when it is open: what is looked at is what is read.
pub(crate) fn read_text_if(
    path: &Path,
    bytes_max: usize,
    may: impl FnOnce(&File) -> CliResult<()>,
) -> CliResult<String> {
    let opened = Input::plain(path).open_file();
    let file = opened.map_err(|error| not_readable(path, &error))?;
    may(&file)?;
    let read = at_most(file, bytes_max as u64);
    let bytes = read.map_err(|error| not_readable(path, &error))?;
    text(path, bytes.ok_or_else(|| too_large(path, bytes_max))?, "")
}

fn text(path: &Path, bytes: Vec<u8>, not_text: &str) -> CliResult<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let path = path.display();
        let message = format!("{not_text}`{path}` is not UTF-8 text (byte {at}); save it as UTF-8");
        CliError::message(Exit::Invalid, message)
    })
}

/// The bytes of an input of at most `bytes_max` bytes.
pub(crate) fn read_bytes(input: Input<'_>, bytes_max: usize) -> CliResult<Vec<u8>> {
    let read = input.read(bytes_max as u64);
    let bytes = read.map_err(|error| not_readable(input.path, &error))?;
    bytes.ok_or_else(|| too_large(input.path, bytes_max))
}

fn too_large(path: &Path, bytes_max: usize) -> CliError {
    let path = path.display();
    let message = format!("`{path}` is larger than {bytes_max} bytes");
    CliError::message(Exit::Invalid, message)
}

/// What is wrong with bytes that are to be JSON, as a sentence about `name`; nothing if they are.
pub(crate) fn not_json(name: &str, bytes: &[u8]) -> Option<String> {
    let error = serde_json::from_slice::<IgnoredAny>(bytes).err()?;
    let cause = slip(bytes, &error).unwrap_or_default();
    Some(format!("`{name}` is not JSON: {error}{cause}"))
}

/// What people often write in place of JSON, as the rest of a sentence, if it stands where the error is.
fn slip(bytes: &[u8], error: &serde_json::Error) -> Option<&'static str> {
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return Some("; it begins with a byte order mark: save it without one");
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().checked_sub(1)?)
        .map(<[u8]>::len)
        .sum();
    let at = before.checked_add(error.column().checked_sub(1)?)?;
    let here = *bytes.get(at)?;
    let is_seen = |byte: &&u8| !byte.is_ascii_whitespace();
    let last = bytes.get(..at)?.iter().rev().find(is_seen);
    match (last, here) {
        (Some(b','), b'}' | b']') => Some("; leave out the comma before it"),
        (_, b'\'') => Some("; texts and names stand in double quotation marks"),
        (Some(b'{' | b','), here) if here.is_ascii_alphabetic() => {
            Some("; names stand in double quotation marks")
        }
        (_, b'/') => Some("; JSON has no comments"),
        _ => None,
    }
}

/// The rest of a sentence about the value of a flag that takes `@FILE` and was given the bare name of a file.
pub(crate) fn perhaps_a_file(flag: &str, text: &str) -> Option<String> {
    let behind_at = for_a_shell(&format!("@{text}"));
    let is_file = Path::new(text).is_file();
    is_file.then(|| format!("; to read the file, write `{flag} {behind_at}`"))
}

pub(crate) fn not_readable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(
        Exit::NotFound,
        anyhow!(
            "cannot read `{}`: {error}{}",
            path.display(),
            near::file(path, error)
        ),
    )
}

pub(crate) fn too_many(files_max: usize) -> CliError {
    CliError::message(Exit::Invalid, format!("more than {files_max} source files"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_that_nobody_writes_is_refused_and_not_waited_for() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};

        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("p.ecl");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        for (input, stdin) in [
            (Input::plain(&pipe), "as `-`"),
            (Input::behind_at(pipe.to_str().unwrap()), "as `@-`"),
        ] {
            let refused = read_bytes(input, 100).unwrap_err().to_string();
            assert!(refused.contains("not a regular file"), "{refused}");
            assert!(refused.contains(stdin), "{refused}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_that_the_process_was_given_is_read_to_its_end() {
        use std::io::Write as _;
        use std::os::fd::AsRawFd as _;

        for folder in ["/dev/fd", "/proc/self/fd"] {
            let (reader, mut writer) = io::pipe().unwrap();
            let path = Path::new(folder).join(reader.as_raw_fd().to_string());
            let (opened, is_opened) = std::sync::mpsc::channel();
            let writing = std::thread::spawn(move || {
                // Nothing is there yet when the pipe is opened.
                is_opened.recv().unwrap();
                writer.write_all(b"late").unwrap();
            });
            let mut input = Input::plain(&path).open().unwrap();
            opened.send(()).unwrap();
            let mut text = String::new();
            input.read_to_string(&mut text).unwrap();
            writing.join().unwrap();
            assert_eq!(text, "late", "{folder}");
        }
    }

    #[test]
    fn a_device_is_read_within_the_bound() {
        let read = |path| read_bytes(Input::plain(Path::new(path)), 100);
        assert_eq!(read("/dev/null").unwrap(), b"");
        let refused = read("/dev/zero").unwrap_err().to_string();
        assert!(refused.contains("larger than 100 bytes"), "{refused}");
    }
}
