//! `wordstat`: word statistics over files, folders or standard input, as a WASI preview 1 program.
//!
//! It exists to use each thing a sandbox can grant: arguments, environment variables, folders to read, a file to write,
//! standard input and output, and exit codes. It knows nothing of Tollgate: any WASI runtime runs it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: wordstat [--top N] [--json] [--out FILE] [PATH…]
  PATH       a file or a folder (read recursively, *.txt and *.md); `-` or no path reads standard input
  --top N    how many words to list (default: WORDSTAT_TOP, else 10)
  --json     print JSON
  --out FILE write the report to FILE instead of standard output
environment: WORDSTAT_TOP, WORDSTAT_STOPWORDS (comma separated words to leave out)";

struct Options {
    top: usize,
    json: bool,
    out: Option<PathBuf>,
    paths: Vec<PathBuf>,
}

#[derive(Default)]
struct Statistics {
    files: usize,
    bytes: usize,
    lines: usize,
    words: usize,
    counts: BTreeMap<String, usize>,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)) {
        Ok(options) => match run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => fail(&message, 1),
        },
        Err(message) => fail(&message, 2),
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    eprintln!("wordstat: {message}");
    ExitCode::from(code)
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let top = match std::env::var("WORDSTAT_TOP") {
        Ok(value) => number(&value, "WORDSTAT_TOP")?,
        Err(_) => 10,
    };
    let mut options = Options {
        top,
        json: false,
        out: None,
        paths: Vec::new(),
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.json = true,
            "--top" => options.top = number(&value(&mut arguments, "--top")?, "--top")?,
            "--out" => options.out = Some(value(&mut arguments, "--out")?.into()),
            "--help" => return Err(USAGE.into()),
            flag if flag.starts_with("--") => {
                return Err(format!("unknown flag `{flag}`\n{USAGE}"));
            }
            path => options.paths.push(path.into()),
        }
    }
    Ok(options)
}

fn value(arguments: &mut impl Iterator<Item = String>, flag: &str) -> Result<String, String> {
    arguments
        .next()
        .ok_or_else(|| format!("`{flag}` needs a value"))
}

fn number(text: &str, name: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("`{name}` is `{text}`, which is not a number"))
}

fn run(options: &Options) -> Result<(), String> {
    let mut statistics = Statistics::default();
    if options.paths.is_empty() {
        read_stdin(&mut statistics)?;
    }
    for path in &options.paths {
        if path.as_os_str() == "-" {
            read_stdin(&mut statistics)?;
        } else {
            read_path(path, &mut statistics)
                .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        }
    }
    for word in std::env::var("WORDSTAT_STOPWORDS")
        .unwrap_or_default()
        .split(',')
    {
        statistics.counts.remove(word);
    }
    let report = if options.json {
        json(&statistics, options.top)
    } else {
        text(&statistics, options.top)
    };
    match &options.out {
        Some(path) => std::fs::write(path, report)
            .map_err(|error| format!("cannot write `{}`: {error}", path.display())),
        None => io::stdout()
            .write_all(report.as_bytes())
            .map_err(|error| format!("cannot write to standard output: {error}")),
    }
}

fn read_stdin(statistics: &mut Statistics) -> Result<(), String> {
    let mut text = Vec::new();
    io::stdin()
        .read_to_end(&mut text)
        .map_err(|error| format!("cannot read standard input: {error}"))?;
    statistics.add(&text);
    Ok(())
}

fn read_path(path: &Path, statistics: &mut Statistics) -> io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        statistics.add(&std::fs::read(path)?);
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let child = entry.path();
        let is_text = child
            .extension()
            .is_some_and(|extension| extension == "txt" || extension == "md");
        if entry.file_type()?.is_dir() || is_text {
            read_path(&child, statistics)?;
        }
    }
    Ok(())
}

impl Statistics {
    fn add(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.files += 1;
        self.bytes += bytes.len();
        self.lines += text.lines().count();
        for word in text
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| !word.is_empty())
        {
            self.words += 1;
            *self.counts.entry(word.to_lowercase()).or_default() += 1;
        }
    }

    /// The most frequent words, then alphabetically, so that the answer never depends on the order of reading.
    fn top(&self, n: usize) -> Vec<(&str, usize)> {
        let mut words: Vec<_> = self
            .counts
            .iter()
            .map(|(word, count)| (word.as_str(), *count))
            .collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words.truncate(n);
        words
    }
}

fn text(statistics: &Statistics, top: usize) -> String {
    let mut report = format!(
        "files {}\nbytes {}\nlines {}\nwords {}\ndistinct {}\n",
        statistics.files,
        statistics.bytes,
        statistics.lines,
        statistics.words,
        statistics.counts.len()
    );
    for (word, count) in statistics.top(top) {
        report += &format!("{count:>7} {word}\n");
    }
    report
}

fn json(statistics: &Statistics, top: usize) -> String {
    let words: Vec<String> = statistics
        .top(top)
        .into_iter()
        // A word holds only letters, digits and apostrophes: nothing to escape.
        .map(|(word, count)| format!("{{\"word\":\"{word}\",\"count\":{count}}}"))
        .collect();
    format!(
        "{{\"files\":{},\"bytes\":{},\"lines\":{},\"words\":{},\"distinct\":{},\"top\":[{}]}}\n",
        statistics.files,
        statistics.bytes,
        statistics.lines,
        statistics.words,
        statistics.counts.len(),
        words.join(",")
    )
}
