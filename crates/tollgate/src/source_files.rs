//! From the files that are named to the files of their program: what is named, and what that imports.
//!
//! Imports are followed inside of one folder, the root. A file that `..` or a link leads out of it is not read: a diagnostic
//! would print lines of whatever it is. What is not there, or not inside, is reported by the compiler at the import. Policies
//! and programs in TypeScript are read by this, by the library and by the command.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use tollgate_ecl::Bundle;
use tollgate_ecl::syntax::bundle::SourceFile;

/// A file by the name that it has in its program.
#[derive(Debug, Clone)]
pub struct Named {
    /// The name, with `/`; imports are resolved from it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// How the files of a language are read.
#[expect(
    missing_debug_implementations,
    reason = "it is made of functions and lives for one call"
)]
pub struct Reader<'a, E> {
    /// The folder that names are paths from.
    pub base: &'a Path,
    /// The folder that imports do not leave, without links.
    pub root: &'a Path,
    /// Files of one program at most.
    pub files_max: usize,
    /// Reads a file, which is bounded there.
    pub read: &'a dyn Fn(&Path) -> Result<String, E>,
    /// For each import of a file the names it can have; the first that exists is meant.
    pub imports: &'a dyn Fn(&SourceFile) -> Vec<Vec<String>>,
}

/// The files of a program.
#[derive(Debug)]
pub struct Sources {
    /// Their texts and names, those that were named first.
    pub bundle: Bundle,
    /// Where each file was read, without links.
    pub paths: Vec<PathBuf>,
}

/// The files of a program cannot be read.
#[derive(Debug)]
pub enum ReadError<E> {
    /// One of them cannot.
    File(E),
    /// There are more than may be.
    TooMany,
    /// One file is named, or imported, under two names.
    TwoNames {
        /// The name it had before.
        first: String,
        /// The other name.
        second: String,
    },
}

impl<E> Reader<'_, E> {
    /// Reads files, and behind them what they import, each once.
    ///
    /// # Errors
    /// [`ReadError`]. An import that leads nowhere is none: the compiler says where it stands.
    pub fn load(&self, named: Vec<Named>) -> Result<Sources, ReadError<E>> {
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
                return Err(ReadError::TooMany);
            }
            let text = (self.read)(&path).map_err(ReadError::File)?;
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
                    Entry::Occupied(entry) => {
                        return Err(ReadError::TwoNames {
                            first: entry.get().clone(),
                            second: file.name,
                        });
                    }
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
pub fn name_of(path: &Path) -> String {
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR_STR, "/")
}

/// What is the same for all names of a file.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
