//! Engines of JavaScript that tests run modules in: Node, and headless Chromium over a server of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whether a program is there. Without it a test is skipped, but not in CI.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "CI needs `{program}`, which was not found"
    );
    if !found {
        eprintln!("SKIPPED: `{program}` was not found");
    }
    found
}

/// A new folder.
fn temp_dir(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("tollgate-{name}-{}-{number}", std::process::id());
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Runs one of the files in Node, with that input.
pub(crate) fn in_node(files: &[(&str, &[u8])], run: &str, input: &[u8]) -> Output {
    let dir = temp_dir("node");
    for (name, content) in files {
        std::fs::write(dir.join(name), content).unwrap();
    }
    let mut node = Command::new("node")
        .arg(run)
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The scripts print only when all is read, so writing first cannot block for ever.
    node.stdin.take().unwrap().write_all(input).unwrap();
    let output = node.wait_with_output().unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    output
}

/// Opens the page `/` in headless Chromium, serves it those files, and gives what it posts to `/result`.
pub(crate) fn in_chromium(files: &[(&str, &[u8])]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let profile = temp_dir("chromium");
    let mut browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--remote-debugging-port=0",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("http://{address}/"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let result = loop {
        let (stream, _) = listener.accept().unwrap();
        if let Some(result) = serve(stream, files) {
            break result;
        }
    };
    browser.kill().unwrap();
    browser.wait().unwrap();
    // The browser's children may still be writing to it.
    let _left_behind = std::fs::remove_dir_all(&profile);
    result
}

/// Answers one request; gives the body of the one that posts the result.
fn serve(stream: TcpStream, files: &[(&str, &[u8])]) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request).unwrap();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        let header = header.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut posted = vec![0; length];
    reader.read_exact(&mut posted).unwrap();
    let path = request.split(' ').nth(1).unwrap_or("");
    let kind = match path.rsplit('.').next() {
        _ if path == "/" => "text/html",
        Some("mjs") => "text/javascript",
        Some("wasm") => "application/wasm",
        _ => "text/plain",
    };
    let found = files.iter().find(|(name, _)| *name == path);
    let body = found.map_or(&[][..], |(_, content)| content);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    request
        .starts_with("POST /result")
        .then(|| String::from_utf8(posted).unwrap())
}
