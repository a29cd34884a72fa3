//! `tollgate new`: a folder with the first files of a guest or a policy, which build, run and are tested as its README says.

mod name;
mod template;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use self::name::Name;
use self::template::{File, Kind};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::hints::for_a_shell;
use crate::output::answer;

/// `tollgate new`
#[derive(Args)]
#[command(after_help = "Examples:
  tollgate new rust word-count
  tollgate new policy policies/spending

The last part of PATH is the name. Nothing that is there is written over.")]
pub(crate) struct NewArguments {
    /// What to begin
    #[arg(value_enum, value_name = "KIND")]
    kind: Kind,
    /// The folder to make; its name is 1 to 64 lower-case letters, digits and single `-`, and begins with a letter
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

/// Makes the folder.
pub(crate) fn run(arguments: &NewArguments) -> CliResult<Exit> {
    let NewArguments { kind, path } = arguments;
    let name = Name::of(path, *kind).map_err(|error| CliError::message(Exit::Usage, error))?;
    let files = kind.files(&name);
    make(path, &files)?;
    let mut lines = format!("made {} in `{}`; next\n\n", kind.what(), path.display());
    lines.push_str(&format!("  cd {}\n", for_a_shell(&path.to_string_lossy())));
    for command in commands(&files) {
        lines.push_str(&format!("  {command}\n"));
    }
    answer(lines.as_bytes())?;
    Ok(Exit::Success)
}

/// What the README tells to type.
fn commands(files: &[File]) -> impl Iterator<Item = &str> {
    let pages = files.iter().filter(|file| file.path == "README.md");
    let mut is_command = false;
    pages
        .flat_map(|page| page.text.lines())
        .filter(move |line| {
            let is_fence = line.starts_with("```");
            if is_fence {
                is_command = *line == "```sh";
            }
            is_command && !is_fence
        })
}

/// Makes a folder that is not there yet, with these files. What was made is taken away again when one cannot be written.
fn make(folder: &Path, files: &[File]) -> CliResult<()> {
    let failed = |error: &io::Error| {
        let reason = match error.kind() {
            io::ErrorKind::AlreadyExists => String::from(
                "it is there already, and nothing is written over; name another folder",
            ),
            _ => error.to_string(),
        };
        let message = format!("cannot make `{}`: {reason}", folder.display());
        CliError::message(Exit::Unwritten, message)
    };
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(|error| failed(&error))?;
    }
    fs::create_dir(folder).map_err(|error| failed(&error))?;
    files
        .iter()
        .try_for_each(|file| write(folder, file))
        .map_err(|error| {
            // The folder is this command's own; that it cannot be written to is what is told.
            drop(fs::remove_dir_all(folder));
            failed(&error)
        })
}

fn write(folder: &Path, file: &File) -> io::Result<()> {
    let path = folder.join(file.path.as_str());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut written = OpenOptions::new().write(true).create_new(true).open(path)?;
    written.write_all(file.text.as_bytes())
}
