//! `greet-component`: a command-line program as a WASI preview 2 component (`wasi:cli/run`).
//!
//! Greets each argument, or each line of standard input when there is none. `GREETING` changes the word, `--from FILE`
//! reads names from a file, `--list DIR` takes those of a folder's files, `--ask HOST:PORT` gets one from a server,
//! `--at` adds the time, and `--code N` ends with exit code N.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            eprintln!("greet: {message}");
            ExitCode::from(1)
        }
    }
}

fn run() -> Result<u8, String> {
    let greeting = std::env::var("GREETING").unwrap_or_else(|_| "Hello".into());
    let (mut names, mut code, mut time) = (Vec::new(), 0, String::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--from" => {
                let path = arguments.next().ok_or("`--from` needs a file")?;
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| format!("cannot read `{path}`: {error}"))?;
                names.extend(text.lines().map(String::from));
            }
            "--list" => {
                let path = arguments.next().ok_or("`--list` needs a folder")?;
                names
                    .extend(list(&path).map_err(|error| format!("cannot list `{path}`: {error}"))?);
            }
            "--ask" => {
                let server = arguments.next().ok_or("`--ask` needs a server")?;
                names
                    .push(ask(&server).map_err(|error| format!("cannot ask `{server}`: {error}"))?);
            }
            "--code" => {
                let value = arguments.next().ok_or("`--code` needs a number")?;
                code = value.parse().map_err(|_| {
                    format!("`--code` is `{value}`, which is not a number below 256")
                })?;
            }
            "--at" => {
                let now = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_err(|error| error.to_string())?;
                time = format!(" at {}", now.as_secs());
            }
            name => names.push(name.into()),
        }
    }
    if names.is_empty() {
        names = io::stdin()
            .lock()
            .lines()
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
    }
    for name in names {
        println!("{greeting}, {name}!{time}");
    }
    Ok(code)
}

/// The names in a folder, in the order the system lists them.
fn list(path: &str) -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(path)?;
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Says hello to a server and returns the line it answers.
fn ask(server: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(b"hello\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
