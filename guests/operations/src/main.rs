//! `operations NAME ARGUMENTS…`: one thing that programs do, by the standard library. Ends with 0 if it worked.
//!
//! It knows nothing of Tollgate: any WASI runtime runs it, built for preview 1 or for preview 2.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Error, ErrorKind, Read, Seek, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (name, rest) = arguments.split_first().unwrap_or((&"", &[]));
    match done(name, rest) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("operations: {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn done(name: &str, arguments: &[&str]) -> io::Result<String> {
    match *arguments {
        [] => with_nothing(name),
        [one] => reads(name, one).unwrap_or_else(|| writes(name, one)),
        [one, two] => with_two(name, one, two),
        _ => Err(unknown()),
    }
}

fn unknown() -> Error {
    Error::new(ErrorKind::InvalidInput, "no such operation")
}

fn with_nothing(name: &str) -> io::Result<String> {
    Ok(match name {
        "arguments" => format!("{}", std::env::args().count()),
        "environment" => format!("{:?}", std::env::var("GREETING")),
        "clock" => format!("{}", SystemTime::now() > UNIX_EPOCH),
        "sleep" => {
            std::thread::sleep(Duration::from_millis(1));
            String::from("slept")
        }
        "random" => {
            let seen: std::collections::HashSet<&str> = ["one"].into();
            format!("{}", seen.len())
        }
        "input" => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes)?;
            format!("{}", bytes.len())
        }
        _ => return Err(unknown()),
    })
}

/// What changes nothing; `None` for all else.
fn reads(name: &str, path: &str) -> Option<io::Result<String>> {
    Some(match name {
        "read" => fs::read_to_string(path),
        "size" => fs::read(path).map(|bytes| bytes.len().to_string()),
        "list" => list(path),
        "count" => fs::read_dir(path).map(|entries| entries.count().to_string()),
        "stat" => fs::metadata(path).map(|seen| match seen.is_dir() {
            true => String::from("a folder"),
            false => format!("{} bytes", seen.len()),
        }),
        "lstat" => fs::symlink_metadata(path).map(|seen| format!("{}", seen.is_symlink())),
        "exists" => fs::exists(path).and_then(|there| match there {
            true => Ok(String::from("there")),
            false => Err(ErrorKind::NotFound.into()),
        }),
        "readlink" => fs::read_link(path).map(|to| to.display().to_string()),
        "canonicalize" => fs::canonicalize(path).map(|to| to.display().to_string()),
        "connect" => connect(path),
        "look-up" => path
            .to_socket_addrs()
            .map(|all| format!("{}", all.count() > 0)),
        _ => return None,
    })
}

fn list(path: &str) -> io::Result<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        lines.push(format!(
            "{:?} {}",
            entry.file_name(),
            entry.file_type()?.is_dir()
        ));
    }
    lines.sort();
    Ok(lines.join("\n"))
}

fn connect(address: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"hello\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn writes(name: &str, path: &str) -> io::Result<String> {
    match name {
        "write" => fs::write(path, "written\n"),
        "create-new" => File::create_new(path).map(drop),
        "append" => OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .and_then(|mut file| file.write_all(b"more\n")),
        "update" => update(path),
        "truncate" => OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| file.set_len(1)),
        "touch" => OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000))),
        "make-folder" => fs::create_dir(path),
        "make-folders" => fs::create_dir_all(path),
        "remove" => fs::remove_file(path),
        "remove-folder" => fs::remove_dir(path),
        "remove-all" => fs::remove_dir_all(path),
        _ => Err(unknown()),
    }
    .map(|()| String::from("done"))
}

/// Reads a file and writes it back twice as long.
fn update(path: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    file.rewind()?;
    file.write_all(text.repeat(2).as_bytes())
}

fn with_two(name: &str, from: &str, to: &str) -> io::Result<String> {
    match name {
        "copy" => fs::copy(from, to).map(drop),
        "rename" => fs::rename(from, to),
        "link" => fs::hard_link(from, to),
        #[expect(deprecated, reason = "the one for WASI is not stable yet")]
        "symlink" => fs::soft_link(from, to),
        _ => Err(unknown()),
    }
    .map(|()| String::from("done"))
}
