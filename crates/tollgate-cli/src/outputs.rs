//! The files of one build: none of them is a source, no two are one file, and `-` is standard output.
//!
//! Files are told apart by what they are and not by how their names are spelled: `a.ts`, `./a.ts` and a link to it are one.
//! Everything is looked at before the first byte is written.

use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::arrived;
use crate::output_file::OutputFile;

/// What a build writes: the path that was asked for first, then what lies beside it.
pub(crate) struct Outputs<'a> {
    files: Vec<(PathBuf, &'a [u8])>,
}

/// What a file is, whatever it is called.
#[derive(PartialEq, Eq)]
enum Identity {
    /// A file that is there, by its device and number.
    There(u64, u64),
    /// One that is not there yet, by the real path of its folder.
    New(PathBuf),
}

impl<'a> Outputs<'a> {
    /// Begins with the file that was asked for.
    pub(crate) fn new(path: PathBuf, content: &'a [u8]) -> Self {
        Self {
            files: vec![(path, content)],
        }
    }

    /// Adds one that lies beside it.
    pub(crate) fn add(&mut self, path: PathBuf, content: &'a [u8]) {
        self.files.push((path, content));
    }

    /// Whether the build goes to standard output, which then has room for nothing else.
    pub(crate) fn is_stream(&self) -> bool {
        self.files.iter().any(|(path, _)| path == Path::new("-"))
    }

    /// The names as they were given.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self
            .files
            .iter()
            .map(|(path, _)| path.display().to_string());
        names.collect()
    }

    /// Writes all files, if none of them is one of the sources and no two are the same.
    pub(crate) fn write(&self, sources: &[PathBuf]) -> CliResult<()> {
        if self.is_stream() {
            return self.write_stream();
        }
        let sources: Vec<Identity> = sources.iter().map(|path| identity(path)).collect();
        let mut seen: Vec<(Identity, &Path)> = Vec::new();
        for (path, _) in &self.files {
            let own = identity(path);
            if sources.contains(&own) {
                let message = format!(
                    "`{}` is a source; name another file with `-o`",
                    path.display()
                );
                return Err(CliError::message(Exit::Usage, message));
            }
            if let Some((_, before)) = seen.iter().find(|(other, _)| *other == own) {
                let message = format!(
                    "`{}` and `{}` would be one file; name another one with `-o`",
                    before.display(),
                    path.display()
                );
                return Err(CliError::message(Exit::Usage, message));
            }
            seen.push((own, path));
        }
        let checked: Vec<(OutputFile, &[u8])> = self
            .files
            .iter()
            .map(|(path, content)| OutputFile::check(path).map(|file| (file, *content)))
            .collect::<CliResult<_>>()?;
        for (file, content) in checked {
            file.write(content)?;
        }
        Ok(())
    }

    fn write_stream(&self) -> CliResult<()> {
        let [(_, content)] = self.files.as_slice() else {
            let message =
                "standard output takes one file; name a file with `-o` to write others beside it";
            return Err(CliError::message(Exit::Usage, message));
        };
        let mut stdout = std::io::stdout().lock();
        // Texts of the sources stand in it as they are.
        if stdout.is_terminal() {
            let message = "a module is bytes, and standard output is a terminal that they would control; name a file with `-o`";
            return Err(CliError::message(Exit::Usage, message));
        }
        arrived(stdout.write_all(content).and_then(|()| stdout.flush()))
    }
}

fn identity(path: &Path) -> Identity {
    if let Ok(found) = std::fs::metadata(path) {
        return Identity::There(found.dev(), found.ino());
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    Identity::New(real.join(path.file_name().unwrap_or_default()))
}
