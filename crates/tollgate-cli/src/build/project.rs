//! From the file a user names to the files of its program.

use std::path::Path;

use tollgate::source_files::{Named, Reader, Sources, name_of};
use tollgate_forge::limits::{FILES_MAX, SOURCE_BYTES_MAX};
use tollgate_forge::resolve::{Target, imports, resolve};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::sources::{Input, not_readable, read_text, unread};

/// Reads a file and what it imports; it is the first of the bundle. Names are paths from the project folder.
pub(super) fn load(file: &Path, project: Option<&Path>) -> CliResult<Sources> {
    let entry = file
        .canonicalize()
        .map_err(|error| not_readable(file, &error))?;
    let root = match project {
        Some(project) => project
            .canonicalize()
            .map_err(|error| not_readable(project, &error))?,
        None => entry.parent().unwrap_or(Path::new("/")).to_owned(),
    };
    let Ok(name) = entry.strip_prefix(&root) else {
        let message = format!(
            "`{}` is not inside of the project folder `{}`",
            file.display(),
            root.display()
        );
        return Err(CliError::message(Exit::Usage, message));
    };
    let first = Named {
        name: name_of(name),
        path: entry.clone(),
    };
    let reader = Reader {
        base: &root,
        root: &root,
        files_max: FILES_MAX,
        read: &|path| read_text(Input::plain(path), SOURCE_BYTES_MAX, ""),
        imports: &|source| {
            let resolved = imports(source).into_iter();
            let names = resolved.filter_map(|import| match resolve(&source.name, &import) {
                Target::File(names) => Some(names),
                Target::Outside | Target::Package => None,
            });
            names.collect()
        },
    };
    let sources = reader.load(vec![first]);
    sources.map_err(|error| unread(error, FILES_MAX))
}
