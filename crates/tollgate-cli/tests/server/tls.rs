//! TLS: a server that proves itself, clients that check that it does, and a wire that says nothing.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::command::{Tollgate, tollgate};
use crate::host::{Host, add, until};

/// An authority, a certificate that it gave to `localhost` and 127.0.0.1 with its key, and another authority. They are for these
/// tests alone, and good for a hundred years.
const AUTHORITY: &str = include_str!("tls/ca.pem");
const CERTIFICATE: &str = include_str!("tls/server.pem");
const KEY: &str = include_str!("tls/server.key");
const OTHER: &str = include_str!("tls/other.pem");

/// The files of a server.
fn files(mode: u32) -> (TempDir, [String; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        path.display().to_string()
    };
    let paths = [file("server.pem", CERTIFICATE), file("server.key", KEY)];
    (folder, paths)
}

fn encrypted(more: &[&str]) -> (TempDir, Host) {
    let (folder, [certificate, key]) = files(0o600);
    let arguments = [
        "--profile=metered",
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
    ];
    let host = Host::start_with(&[&arguments[..], more].concat());
    (folder, host)
}

/// A command with a key, and the authority that it trusts.
fn at(host: &Host, server: &str, authority: &str, line: &str) -> Tollgate {
    tollgate(line.split_whitespace().chain(["--ca-file", "ca.pem"]))
        .file("ca.pem", authority)
        .env("TOLLGATE_SERVER", server)
        .env("TOLLGATE_KEY", &host.key)
}

#[test]
fn commands_work_with_a_server_that_proves_itself() {
    let (_files, host) = encrypted(&[]);
    assert!(
        host.log().contains("listening on https://"),
        "{}",
        host.log()
    );
    let server = format!("https://{}", host.address);
    at(&host, &server, AUTHORITY, "module push add.wasm add@1.0.0")
        .file("add.wasm", add())
        .ends_with(0);
    let cast = tollgate([
        "cast",
        "add",
        "--invoke",
        "add",
        "--ca-file",
        "ca.pem",
        "--server",
        &server,
        "--",
        "2",
        "3",
    ]);
    let cast = cast
        .file("ca.pem", AUTHORITY)
        .env("TOLLGATE_KEY", &host.key);
    assert_eq!(cast.ends_with(0).stdout, "5\n");
    let by_name = format!(
        "https://localhost:{}",
        host.address.rsplit(':').next().expect("a port")
    );
    at(&host, &by_name, AUTHORITY, "module list").ends_with(0);
}

#[test]
fn a_server_that_cannot_prove_itself_gets_no_key() {
    let (_files, host) = encrypted(&[]);
    let server = format!("https://{}", host.address);
    let said = at(&host, &server, OTHER, "module list")
        .ends_with(66)
        .stderr;
    assert!(said.contains("cannot be reached"), "{said}");
    let unknown = tollgate(["module", "list"]).env("TOLLGATE_SERVER", &server);
    unknown.env("TOLLGATE_KEY", &host.key).ends_with(66);
    let said = at(&host, &server, "nothing", "module list")
        .ends_with(65)
        .stderr;
    assert!(said.contains("no certificate"), "{said}");
    at(&host, &server, AUTHORITY, "module list").ends_with(0);
}

#[test]
fn a_handshake_that_trickles_has_an_end_of_its_own() {
    let (_files, host) = encrypted(&[]);
    let mut stream = host.connect();
    // The head of a record of 16 KiB.
    stream.write_all(&[0x16, 3, 1, 0x40, 0]).expect("a head");
    let mut trickling = stream.try_clone().expect("a socket");
    let since = Instant::now();
    std::thread::spawn(move || {
        while trickling.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    drop(stream.read_to_end(&mut Vec::new()));
    assert!(
        since.elapsed() < Duration::from_secs(90),
        "{:?}",
        since.elapsed()
    );
}

#[test]
fn a_stop_does_not_wait_for_a_handshake() {
    let (_files, mut host) = encrypted(&[]);
    let before = host.connections();
    let silent = host.connect();
    until("the connection", || host.connections() > before);
    let since = Instant::now();
    host.signal("TERM");
    assert_eq!(host.ends(), Some(0));
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
    drop(silent);
}

#[test]
fn what_is_no_tls_is_closed_and_keeps_nobody_out() {
    let (_files, host) = encrypted(&[]);
    let mut plain = host.connect();
    let ask = format!(
        "GET /api/v1/keys HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        host.key
    );
    plain.write_all(ask.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer));
    assert!(
        !answer.starts_with(b"HTTP"),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    // Silent ones are ended like others, and more of them than there are places for.
    let since = Instant::now();
    let silent = host.connect();
    let crowd: Vec<TcpStream> = (0..600).map(|_| host.connect()).collect();
    let server = format!("https://{}", host.address);
    at(&host, &server, AUTHORITY, "module list").ends_with(0);
    drop(crowd);
    let mut silent = silent;
    drop(silent.read_to_end(&mut Vec::new()));
    assert!(
        since.elapsed() < Duration::from_secs(90),
        "{:?}",
        since.elapsed()
    );
}

/// Passes what goes between a client and a server on, and keeps all of it.
fn listening_in(server: String) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(&server).expect("a connection");
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (mut from, mut to) = (
                    from.try_clone().expect("a socket"),
                    to.try_clone().expect("a socket"),
                );
                let all = Arc::clone(&all);
                std::thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    while let Ok(read @ 1..) = from.read(&mut bytes) {
                        all.lock()
                            .expect("a list")
                            .extend_from_slice(&bytes[..read]);
                        if to.write_all(&bytes[..read]).is_err() {
                            return;
                        }
                    }
                    drop(to.shutdown(std::net::Shutdown::Write));
                });
            }
        }
    });
    (address, heard)
}

#[test]
fn neither_key_nor_answer_can_be_read_on_the_way() {
    let (_files, host) = encrypted(&[]);
    let (address, heard) = listening_in(host.address.clone());
    let listed = at(
        &host,
        &format!("https://{address}"),
        AUTHORITY,
        "access list",
    )
    .ends_with(0)
    .stdout;
    assert!(listed.contains("first key"), "{listed}");
    until("the bytes of both", || {
        heard.lock().expect("a list").len() > 500
    });
    let heard = heard.lock().expect("a list");
    let holds = |text: &str| {
        heard
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    let secret = host.key.rsplit('_').next().expect("a secret");
    assert!(!holds(secret) && !holds("first key") && !holds("Bearer"));
}

#[test]
fn other_machines_reach_it_encrypted_or_by_an_explicit_word() {
    let (_folder, [certificate, key]) = files(0o600);
    let encrypted = Host::start_with(&[
        "--listen=0.0.0.0:0",
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
    ]);
    assert!(
        encrypted.log().contains("listening on https://0.0.0.0:"),
        "{}",
        encrypted.log()
    );
    let refused = tollgate(["serve", "--listen=0.0.0.0:0", "--data=data"]).ends_with(64);
    assert!(
        refused.stderr.contains("--tls-cert") && refused.stderr.contains("--insecure-http"),
        "{}",
        refused.stderr
    );
}

#[test]
fn files_that_prove_nothing_are_refused_before_anything_is_made() {
    let (folder, [certificate, key]) = files(0o644);
    let serve = |certificate: &str, key: &str| {
        let arguments = [
            "serve",
            "--listen=127.0.0.1:0",
            "--data=data",
            "--tls-cert",
            certificate,
            "--tls-key",
            key,
        ];
        let refused = tollgate(arguments).ends_with(78);
        assert!(!refused.folder.path().join("data").exists());
        refused.stderr
    };
    let said = serve(&certificate, &key);
    assert!(said.contains("can be read by others"), "{said}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let nothing = folder.path().join("nothing").display().to_string();
    assert!(serve(&nothing, &key).contains("cannot be read"));
    std::fs::write(&nothing, "nothing").expect("a file");
    std::fs::set_permissions(&nothing, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    assert!(serve(&nothing, &key).contains("has no certificate"));
    assert!(serve(&certificate, &nothing).contains("has no private key"));
    std::fs::write(&nothing, OTHER).expect("a file");
    assert!(serve(&nothing, &key).contains("is not that of the first certificate"));
    // Half of what HTTPS takes, or both kinds of HTTP, wherever either is set.
    let serve = |typed: &[&str]| tollgate([&["serve", "--data=data"], typed].concat());
    let (cert, key_of) = (["--tls-cert", &certificate], ["--tls-key", &key]);
    for half in [
        serve(&cert),
        serve(&key_of),
        serve(&[]).env("TOLLGATE_SERVE_TLS_CERT", &certificate),
        serve(&["--insecure-http"]).env("TOLLGATE_SERVE_TLS_CERT", &certificate),
        serve(&[]).env("TOLLGATE_SERVE_TLS_KEY", &key),
        serve(&["--insecure-http", cert[0], cert[1], key_of[0], key_of[1]]),
        serve(&[&cert[..], &key_of].concat()).env("TOLLGATE_SERVE_INSECURE_HTTP", "true"),
    ] {
        let refused = half.ends_with(64);
        assert!(refused.stderr.contains("--tls-cert"), "{}", refused.stderr);
    }
    let both = serve(&["--insecure-http", cert[0], cert[1], key_of[0], key_of[1]]).ends_with(64);
    assert!(both.stderr.contains("`--no-config`"), "{}", both.stderr);
}
