//! Clients that are slow, silent or gone: each is ended, and nobody else waits for them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tollgate_server::limits::DOWNLOADS_PER_TENANT;

use crate::host::{Answer, Ask, Host, add, until};

/// The server's bound on being quiet, and as much again for a busy machine.
const QUIET: Duration = Duration::from_secs(10);

/// Whether the server closes the connection, and neither at once nor never.
fn is_closed_in_time(mut stream: TcpStream, since: Instant) {
    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest));
    let after = since.elapsed();
    assert!(after >= QUIET / 2, "{after:?}");
    assert!(after < QUIET * 9, "{after:?}");
}

#[test]
fn a_client_that_says_nothing_or_half_a_head_is_closed() {
    let host = Host::start();
    let since = Instant::now();
    let silent = host.connect();
    let mut half = host.connect();
    half.write_all(b"GET /health HTTP/1.1\r\nhost:")
        .expect("half a head");
    let mut idle = host.connect();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("a request");
    std::thread::scope(|scope| {
        for stream in [silent, half, idle] {
            scope.spawn(move || is_closed_in_time(stream, since));
        }
    });
    assert_eq!(host.ask(Ask::bare("GET", "/health")).status, 200);
}

#[test]
fn connections_that_are_held_open_keep_nobody_out() {
    let host = Host::start();
    // As many as may be open, and each has just been answered: none is quiet for long enough to be closed.
    let held: Vec<_> = (0..512).map(|_| kept(&host)).collect();
    let since = Instant::now();
    let ask = Ask::new("GET", "/api/v1/keys", &host.key);
    assert_eq!(host.ask(ask).status, 200);
    // Before any of them could have been closed for being quiet.
    assert!(since.elapsed() < QUIET / 2, "{:?}", since.elapsed());
    drop(held);
}

#[test]
fn bodies_that_are_awaited_keep_nobody_out() {
    let host = Host::start();
    let other = host.tenant("other");
    // As many as may be open, each with a good key and a body that has begun: handlers wait for all of them.
    let begun: Vec<_> = (0..512)
        .map(|number| {
            let key = if number % 2 == 0 { &host.key } else { &other };
            beginning(&host, key)
        })
        .collect();
    let since = Instant::now();
    let ask = Ask::new("GET", "/api/v1/keys", &host.key);
    assert_eq!(host.ask(ask).status, 200);
    assert!(since.elapsed() < QUIET / 2, "{:?}", since.elapsed());
    drop(begun);
}

#[test]
fn bodies_of_one_tenant_leave_connections_to_others() {
    let host = Host::start();
    let mut begun: Vec<_> = (0..256).map(|_| beginning(&host, &host.key)).collect();
    // Each of them is waited for by now, or the next one is.
    let mut refused = None;
    until("a refusal", || {
        let answer = host.post("/api/v1/keys", &serde_json::json!({}));
        let is_busy = answer.status == 429;
        refused = is_busy.then_some(answer);
        is_busy
    });
    let refused = refused.expect("an answer");
    let said = refused.refuses(429, "busy");
    assert!(said.contains("of this tenant"), "{said}");
    assert!(refused.head.contains("retry-after"), "{}", refused.head);
    let other = host.tenant("other");
    let body = serde_json::json!({ "name": "k", "roles": ["caller"] });
    let made = host.ask(Ask::new("POST", "/api/v1/keys", &other).json(&body));
    assert_eq!(made.status, 201);
    begun.clear();
    until("their places", || {
        host.post("/api/v1/keys", &body).status == 201
    });
}

#[test]
fn a_body_that_trickles_is_told_long_before_its_last_moment() {
    let host = Host::start();
    let mut stream = beginning(&host, &host.key);
    let mut trickling = stream.try_clone().expect("a socket");
    let since = Instant::now();
    std::thread::spawn(move || {
        while trickling.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    let mut first = [0; 12];
    stream.read_exact(&mut first).expect("an answer");
    assert_eq!(&first, b"HTTP/1.1 408");
    assert!(since.elapsed() < QUIET * 9, "{:?}", since.elapsed());
}

/// A request whose body has begun and does not go on.
fn beginning(host: &Host, key: &str) -> TcpStream {
    let ask = Ask::new("POST", "/api/v1/keys", key).header("content-type", "application/json");
    let mut stream = host.connect();
    stream
        .write_all(ask.head(60_000).as_bytes())
        .expect("a head");
    stream.write_all(b"{").expect("a beginning");
    stream
}

/// A connection that has been answered once and stays open.
fn kept(host: &Host) -> TcpStream {
    let mut stream = host.connect();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("a request");
    let mut first = [0; 12];
    stream.read_exact(&mut first).expect("an answer");
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}

#[test]
fn a_body_that_stops_is_told_and_leaves_nothing() {
    let host = Host::start();
    let push = Ask::new("PUT", "/api/v1/modules/x/versions/1.0.0", &host.key)
        .header("content-type", "application/wasm");
    let mut stream = host.connect();
    stream
        .write_all(push.head(add().len()).as_bytes())
        .expect("a head");
    stream.write_all(&add()[..10]).expect("half a body");
    Answer::read(stream).refuses(408, "timeout");
    until("its file to be gone", || {
        let left = std::fs::read_dir(host.data().join("incoming")).expect("a folder");
        left.count() == 0
    });
}

#[test]
fn a_client_that_does_not_read_its_answer_is_closed() {
    let host = Host::start();
    // Larger than what the system keeps for a socket that nobody reads.
    let filler = "x".repeat(40 << 20);
    let wat = format!(r#"(module (@custom "filler" "{filler}"))"#);
    let large = wat::parse_str(wat).expect("a module");
    assert_eq!(host.put_module("large", "1.0.0", &large).status, 201);
    let ask = Ask::new(
        "GET",
        "/api/v1/modules/large/versions/1.0.0/content",
        &host.key,
    );
    let mut stream = host.connect();
    stream.write_all(&ask.bytes()).expect("a request");
    let mut first = [0; 1024];
    stream.read_exact(&mut first).expect("its beginning");
    let id = host.connections();
    until("the server to close it", || host.connections() < id);
    // One that reads gets all of it.
    assert_eq!(host.ask(ask).body, large);
}

#[test]
fn a_crowd_of_silent_clients_keeps_nobody_out_for_long() {
    let host = Host::start();
    let crowd: Vec<TcpStream> = (0..600).map(|_| host.connect()).collect();
    assert_eq!(host.ask(Ask::bare("GET", "/health")).status, 200);
    drop(crowd);
}

/// A module of some megabytes, most of which is nothing.
fn large() -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    // A custom section of 6 MiB, its size as five digits of LEB128.
    wasm.extend_from_slice(&[0, 0x80, 0x80, 0x80, 0x83, 0]);
    let begun = wasm.len();
    wasm.extend_from_slice(&[1, b'x']);
    wasm.resize(begun + (6 << 20), 0);
    wasm
}

#[test]
fn downloads_that_nobody_reads_take_a_tenants_share_and_not_the_others() {
    let host = Host::start();
    let other = host.tenant("other");
    let path = "/api/v1/modules/m/versions/1.0.0/content";
    for key in [&host.key, &other] {
        let push = Ask::new("PUT", "/api/v1/modules/m/versions/1.0.0", key).wasm(&large());
        assert_eq!(host.ask(push).status, 201);
    }
    let download = |key: &str| {
        let mut stream = host.connect();
        let ask = Ask::new("GET", path, key);
        stream.write_all(&ask.bytes()).expect("a request");
        let mut begun = [0; 16];
        stream.read_exact(&mut begun).expect("an answer");
        (String::from_utf8_lossy(&begun).contains("200"), stream)
    };
    let held: Vec<_> = (0..DOWNLOADS_PER_TENANT)
        .map(|_| download(&host.key))
        .collect();
    assert!(held.iter().all(|(is_given, _)| *is_given));
    let refused = host.ask(Ask::new("GET", path, &host.key));
    refused.refuses(429, "busy");
    let given = host.ask(Ask::new("GET", path, &other));
    assert_eq!((given.status, given.body == large()), (200, true));
    drop(held);
    until("a place", || host.get(path).status == 200);
}
