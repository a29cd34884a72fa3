//! Streams of files and the standard streams, by `wasi:io`.

use wasip2::filesystem::types::ErrorCode;
use wasip2::io::poll::poll;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

use crate::files::{READ, WRITE, all, open};
use crate::{done, says, tell};

fn text(bytes: Vec<u8>) -> String {
    format!("{:?}", String::from_utf8_lossy(&bytes))
}

/// Reads all that is left, in pieces.
fn all_of(stream: &InputStream) -> Result<String, StreamError> {
    let mut read = Vec::new();
    loop {
        match stream.blocking_read(3) {
            Ok(bytes) => read.extend(bytes),
            Err(StreamError::Closed) => return Ok(text(read)),
            Err(error) => return Err(error),
        }
    }
}

pub(crate) fn run(function: &str) -> bool {
    match function {
        "read-via-stream" => {
            for (case, descriptor) in &all() {
                match descriptor.read_via_stream(2) {
                    Ok(stream) => tell(case, all_of(&stream)),
                    Err(error) => done(case, Err::<(), ErrorCode>(error)),
                }
            }
            let stream = open("other", READ).read_via_stream(100).expect("a file");
            tell("beyond the end", all_of(&stream));
            let stream = open("other", READ).read_via_stream(0).expect("a file");
            tell("skipped", stream.blocking_skip(2));
            tell("after skipping", all_of(&stream));
            let empty = open("empty", READ).read_via_stream(0).expect("a file");
            tell("an empty file", empty.blocking_read(1).map(text));
            let stream = open("other", READ).read_via_stream(0).expect("a file");
            tell("no bytes", stream.blocking_read(0).map(text));
            says("ready", stream.subscribe().ready());
        }
        "write-via-stream" => {
            for (case, descriptor) in &all() {
                match descriptor.write_via_stream(1) {
                    Ok(stream) => write(case, &stream, b"AB"),
                    Err(error) => done(case, Err::<(), ErrorCode>(error)),
                }
            }
            let file = open("other", READ | WRITE);
            let stream = file.write_via_stream(8).expect("a file");
            write("beyond the end", &stream, b"far");
            tell(
                "zeroes",
                stream.blocking_write_zeroes_and_flush(3).map(|()| ""),
            );
            tell("room", stream.check_write().map(|room| room > 0));
            says("ready", stream.subscribe().ready());
            drop(stream);
            tell(
                "what is there",
                file.read(100, 0).map(|(bytes, _)| text(bytes)),
            );
        }
        "append-via-stream" => {
            for (case, descriptor) in &all() {
                match descriptor.append_via_stream() {
                    Ok(stream) => write(case, &stream, b"AB"),
                    Err(error) => done(case, Err::<(), ErrorCode>(error)),
                }
            }
            tell(
                "what is there",
                open("file", READ)
                    .read(100, 0)
                    .map(|(bytes, _)| text(bytes)),
            );
        }
        "splice" => {
            let from = open("other", READ).read_via_stream(0).expect("a file");
            let to = open("file", WRITE).write_via_stream(0).expect("a file");
            tell("between files", to.blocking_splice(&from, 3));
            done("flushed", to.blocking_flush());
            tell(
                "what is there",
                open("file", READ)
                    .read(100, 0)
                    .map(|(bytes, _)| text(bytes)),
            );
        }
        "stdin" => {
            let stdin = wasip2::cli::stdin::get_stdin();
            tell("its end", stdin.blocking_read(10).map(text));
            says(
                "a terminal",
                wasip2::cli::terminal_stdin::get_terminal_stdin().is_some(),
            );
        }
        "stdout" => {
            let stdout = wasip2::cli::stdout::get_stdout();
            write("text", &stdout, b"text\n");
            says(
                "a terminal",
                wasip2::cli::terminal_stdout::get_terminal_stdout().is_some(),
            );
        }
        "stderr" => {
            let stderr = wasip2::cli::stderr::get_stderr();
            write("text", &stderr, b"text\n");
            says(
                "a terminal",
                wasip2::cli::terminal_stderr::get_terminal_stderr().is_some(),
            );
        }
        "poll" => {
            let output = wasip2::cli::stdout::get_stdout();
            let stdout = output.subscribe();
            let stream = open("other", READ).read_via_stream(0).expect("a file");
            let hour = wasip2::clocks::monotonic_clock::subscribe_duration(3_600_000_000_000);
            let file = stream.subscribe();
            says(
                "what is ready",
                format!("{:?}", poll(&[&hour, &stdout, &file])),
            );
            says("an hour", hour.ready());
            says("one twice", format!("{:?}", poll(&[&file, &file])));
        }
        "poll nothing" => says("never", format!("{:?}", poll(&[]))),
        _ => return false,
    }
    true
}

fn write(case: &str, stream: &OutputStream, bytes: &[u8]) {
    done(case, stream.blocking_write_and_flush(bytes));
}
