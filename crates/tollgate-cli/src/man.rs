//! `tollgate man`: pages for `man`, one for the command and one for each subcommand, made from the same grammar as `--help`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::near;
use crate::output::{answer, unwritten};
use crate::output_file::OutputFile;

/// `tollgate man`
#[derive(Args)]
#[command(after_help = "Examples:
  tollgate man run | man -l -
  tollgate man --folder ~/.local/share/man/man1     # then `man tollgate-run`")]
pub(crate) struct ManArguments {
    /// The subcommand whose page is written to standard output, for instance `ecl check`. Default: the page of tollgate itself
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write all pages into this folder, which is made if it is not there
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    folder: Option<PathBuf>,
}

/// Writes one page, or all of them, of this grammar.
pub(crate) fn run(arguments: &ManArguments, grammar: Command) -> CliResult<Exit> {
    let ManArguments { command, folder } = arguments;
    let grammar = named(grammar);
    match folder {
        Some(folder) => write_all(&grammar, folder)?,
        None => answer(&Page::of(found(&grammar, command)?)?.text)?,
    }
    Ok(Exit::Success)
}

/// Puts its full name into each subcommand.
fn named(grammar: Command) -> Command {
    let mut grammar = grammar.disable_help_subcommand(true);
    grammar.build();
    grammar
}

/// Returns the command that the words name.
fn found<'g>(grammar: &'g Command, words: &[String]) -> CliResult<&'g Command> {
    let mut command = grammar;
    for word in words {
        command = command
            .find_subcommand(word)
            .ok_or_else(|| unknown(command, word))?;
    }
    Ok(command)
}

fn unknown(command: &Command, word: &str) -> CliError {
    let name = command.get_bin_name().unwrap_or("tollgate");
    let near = near::name(word, command.get_subcommands().map(Command::get_name));
    let help = match near.as_str() {
        "" => format!("; `{name} --help` lists them"),
        near => near.to_owned(),
    };
    let message = format!("`{name}` has no command `{word}`{help}");
    CliError::message(Exit::Usage, message)
}

/// Commands in a page are copied from a terminal, so no word is broken at the end of a line, and no space is added to fill it.
const AS_WRITTEN: &[u8] = b".ad l\n.nh\n";

/// A page and the file it belongs into.
struct Page {
    file: String,
    text: Vec<u8>,
}

impl Page {
    fn of(command: &Command) -> CliResult<Self> {
        let man = Man::new(command.clone())
            // An empty one would be left out, and the next word taken for it.
            .date(" ")
            .source(concat!("tollgate ", env!("CARGO_PKG_VERSION")))
            .manual("Tollgate");
        let text = rendered(&man).map_err(|error| unwritten("a page", &error))?;
        Ok(Self {
            file: man.get_filename(),
            text,
        })
    }
}

fn rendered(man: &Man) -> Result<Vec<u8>, std::io::Error> {
    let (mut title, mut page) = (Vec::new(), Vec::new());
    man.render_title(&mut title)?;
    // Begins with the title, too.
    man.render(&mut page)?;
    let rest = page.split_off(title.len());
    Ok([page.as_slice(), AS_WRITTEN, &rest].concat())
}

/// Writes the pages of a command and of all commands below it.
fn write_all(command: &Command, folder: &Path) -> CliResult<()> {
    fs::create_dir_all(folder).map_err(|error| {
        let message = format!(
            "cannot make `{}`: {error}; name another folder",
            folder.display()
        );
        CliError::message(Exit::Unwritten, message)
    })?;
    write_below(command, folder)
}

fn write_below(command: &Command, folder: &Path) -> CliResult<()> {
    let page = Page::of(command)?;
    OutputFile::check(&folder.join(page.file))?.write(&page.text)?;
    let mut shown = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    shown.try_for_each(|command| write_below(command, folder))
}
