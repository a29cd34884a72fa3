//! From what the user named to a module that is ready to run, and the exit code when that fails.

use tollgate::sandbox::SourceError;
use tollgate::{LoadError, Module, Source, SourceOptions, Tollgate};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::progress;

/// How far reading a module may go; `size` is `--module-size`.
pub(crate) fn source_options(size: Option<u64>) -> SourceOptions {
    let mut options = SourceOptions::default();
    if let Some(size) = size {
        options.bytes_max = size;
    }
    options
}

/// Loads the module; what takes long shows progress on a terminal.
pub(crate) fn load(tollgate: &Tollgate, source: &Source) -> CliResult<Module> {
    let what = match source {
        Source::Url { url, .. } => format!("downloading and compiling {url}"),
        _ => format!("compiling {source}"),
    };
    progress::during(&what, || tollgate.load_blocking(source)).map_err(failed)
}

pub(crate) fn failed(error: LoadError) -> CliError {
    let exit = match &error {
        LoadError::Source(error) => of_source(error),
        _ => Exit::Invalid,
    };
    CliError::new(exit, error)
}

pub(crate) fn of_source(error: &SourceError) -> Exit {
    match error {
        SourceError::Read { .. } | SourceError::Fetch(_) => Exit::NotFound,
        SourceError::Pin { .. } => Exit::Usage,
        _ => Exit::Invalid,
    }
}
