//! From the files a user names to the files of their program: what is named, and what that imports.
//!
//! Imports are followed inside of one folder, the root. A file that `..` or a link leads out of it is not read: a diagnostic
//! would print lines of whatever it is. What is not there, or not inside, is reported by the compiler at the import.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use rustix::fs::{Mode, OFlags};
use tollgate_diagnostics::source::{Bundle, SourceFile};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// A file by the name that it has in its program.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// How the files of a language are read.
pub(crate) struct Reader<'a> {
    /// The folder that names are paths from.
    pub(crate) base: &'a Path,
    /// The folder that imports do not leave, without links.
    pub(crate) root: &'a Path,
    /// Files of one program at most.
    pub(crate) files_max: usize,
    /// Bytes of one file at most.
    pub(crate) bytes_max: usize,
    /// What stands before the message about a file that is not UTF-8: its code, if the language has one.
    pub(crate) not_text: &'a str,
    /// For each import of a file the names it can have; the first that exists is meant.
    pub(crate) imports: &'a dyn Fn(&SourceFile) -> Vec<Vec<String>>,
}

/// The files of a program.
pub(crate) struct Sources {
    pub(crate) bundle: Bundle,
    /// Where each file of the bundle was read, without links.
    pub(crate) paths: Vec<PathBuf>,
}

impl Reader<'_> {
    /// Reads files, and behind them what they import, each once.
    pub(crate) fn load(&self, named: Vec<Named>) -> CliResult<Sources> {
        let mut bundle = Bundle::default();
        let mut paths = Vec::new();
        let mut names: HashMap<PathBuf, String> = HashMap::new();
        let mut files: Vec<Named> = Vec::new();
        for file in named {
            if let Entry::Vacant(entry) = names.entry(identity(&file.path)) {
                entry.insert(file.name.clone());
                files.push(file);
            }
        }
        while let Some(Named { name, path }) = files.get(bundle.files.len()).cloned() {
            if bundle.files.len() >= self.files_max {
                return Err(too_many(self.files_max));
            }
            let text = read_text(&path, self.bytes_max, self.not_text)?;
            let source = SourceFile { name, text };
            for import in (self.imports)(&source) {
                let Some(file) = import.into_iter().find_map(|name| self.find(name)) else {
                    continue;
                };
                match names.entry(identity(&file.path)) {
                    Entry::Vacant(entry) => {
                        entry.insert(file.name.clone());
                        files.push(file);
                    }
                    Entry::Occupied(entry) if *entry.get() == file.name => {}
                    Entry::Occupied(entry) => return Err(two_names(entry.get(), &file.name)),
                }
            }
            bundle.files.push(source);
            paths.push(identity(&path));
        }
        Ok(Sources { bundle, paths })
    }

    /// The file of that name, if it is inside of the root.
    fn find(&self, name: String) -> Option<Named> {
        let path = self.base.join(&name);
        let real = path.canonicalize().ok()?;
        (real.starts_with(self.root) && real.is_file()).then_some(Named { name, path })
    }
}

/// A path with `/` everywhere, as imports have it.
pub(crate) fn name_of(path: &Path) -> String {
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR_STR, "/")
}

/// The text of a file of at most `bytes_max` bytes, or of standard input for `-`.
pub(crate) fn read_text(path: &Path, bytes_max: usize, not_text: &str) -> CliResult<String> {
    let bytes = read_bytes(path, bytes_max)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!(
            "{not_text}`{}` is not UTF-8 text (byte {at}); save it as UTF-8",
            path.display()
        );
        CliError::message(Exit::Invalid, message)
    })
}

/// The bytes of a file of at most `bytes_max` bytes, or of standard input for `-`.
pub(crate) fn read_bytes(path: &Path, bytes_max: usize) -> CliResult<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more shows that there is more.
    let limit = bytes_max as u64 + 1;
    let result = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    result.map_err(|e| not_readable(path, &e))?;
    if bytes.len() > bytes_max {
        let message = format!("`{}` is larger than {bytes_max} bytes", path.display());
        return Err(CliError::message(Exit::Invalid, message));
    }
    Ok(bytes)
}

/// Opens a file for reading. What is no file of a folder is refused, since a pipe that nobody writes would keep the command
/// waiting, when it is opened and when it is read.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let kind = file.metadata()?.file_type();
    // Reading a folder says that it is one.
    if kind.is_file() || kind.is_dir() {
        return Ok(file);
    }
    Err(io::Error::other(
        "it is not a regular file; give what comes from a pipe on standard input, as `-`",
    ))
}

pub(crate) fn not_readable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(
        Exit::NotFound,
        anyhow!("cannot read `{}`: {error}", path.display()),
    )
}

pub(crate) fn too_many(files_max: usize) -> CliError {
    CliError::message(Exit::Invalid, format!("more than {files_max} source files"))
}

fn two_names(first: &str, second: &str) -> CliError {
    let message = format!(
        "`{first}` and `{second}` are one file; name it in one way, on the command line and in imports"
    );
    CliError::message(Exit::Invalid, message)
}

/// What is the same for all names of a file.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_that_nobody_writes_is_refused_and_not_waited_for() {
        use rustix::fs::{CWD, FileType, mknodat};

        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("p.ecl");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let refused = read_bytes(&pipe, 100).unwrap_err();
        let shown = format!("{refused:?}");
        assert!(shown.contains("not a regular file"), "{shown}");
        assert!(shown.contains("standard input"), "{shown}");
    }
}
