//! Downloads against a real server on the loopback interface, and addresses that must never be connected to.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tollgate_sandbox::{
    AddressGrant, Digest, FetchError, FetchOptions, Source, SourceBytes, SourceError, SourceForm,
    SourceOptions,
};

const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

/// A server that hands each connection, with the path it asks for, to the test.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(
        answer: impl Fn(&str, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (connections.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                // A client that has seen enough hangs up; the write error that follows is the end of the answer.
                std::thread::spawn(move || {
                    stream.and_then(|mut stream| answer(&path(&stream)?, &mut stream))
                });
            }
        });
        Self {
            address,
            connections,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Reads one request head and returns the path it asks for.
fn path(stream: &TcpStream) -> io::Result<String> {
    let mut path = None;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        path.get_or_insert_with(|| line.split(' ').nth(1).unwrap_or("").to_owned());
        if line.is_empty() {
            break;
        }
    }
    Ok(path.unwrap_or_default())
}

fn ok(stream: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}

fn redirect(stream: &mut TcpStream, to: &str) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"
    )
}

/// Plain http to this server only.
fn granted(server: &Server) -> FetchOptions {
    let grant = AddressGrant {
        ip: server.address.ip(),
        port: Some(server.address.port()),
    };
    FetchOptions {
        allow_http: true,
        addresses: vec![grant],
        ..FetchOptions::default()
    }
}

fn get(url: impl Into<String>, fetch: FetchOptions) -> Result<SourceBytes, SourceError> {
    let options = SourceOptions {
        bytes_max: 64 << 10,
        fetch,
        ..SourceOptions::default()
    };
    Source::Url {
        url: url.into(),
        digest: None,
    }
    .read(&options)
}

fn fetch_error(result: Result<SourceBytes, SourceError>) -> FetchError {
    match result {
        Err(SourceError::Fetch(error)) => error,
        other => panic!("expected a download error, got {other:?}"),
    }
}

#[test]
fn granted_loopback_server_delivers_the_module() {
    let server = Server::start(|_, stream| ok(stream, EMPTY));
    assert_eq!(
        &*get(server.url("/m.wasm"), granted(&server)).unwrap().bytes,
        EMPTY
    );
}

#[test]
fn text_is_accepted_from_a_url() {
    let server = Server::start(|_, stream| ok(stream, b"(module)"));
    let read = get(server.url("/m.wat"), granted(&server)).unwrap();
    assert_eq!(read.form, SourceForm::Text);
}

#[test]
fn wrong_digest_is_refused_and_the_right_one_accepted() {
    let server = Server::start(|_, stream| ok(stream, EMPTY));
    let options = SourceOptions {
        fetch: granted(&server),
        ..SourceOptions::default()
    };
    let pinned = |pin| {
        Source::Url {
            url: server.url("/m.wasm"),
            digest: Some(pin),
        }
        .read(&options)
    };
    pinned(Digest::of(EMPTY)).unwrap();
    assert!(matches!(
        pinned(Digest::of(b"other")),
        Err(SourceError::DigestMismatch { .. })
    ));
}

#[test]
fn http_without_permission_or_without_a_granted_address_is_refused() {
    let server = Server::start(|_, stream| ok(stream, EMPTY));
    let url = server.url("/m.wasm");
    let no_http = FetchOptions {
        allow_http: false,
        ..granted(&server)
    };
    assert!(matches!(
        fetch_error(get(&url, no_http)),
        FetchError::Scheme { .. }
    ));
    let no_address = FetchOptions {
        addresses: vec![],
        ..granted(&server)
    };
    assert!(matches!(
        fetch_error(get(&url, no_address)),
        FetchError::Address { .. }
    ));
    let other_port = AddressGrant {
        ip: server.address.ip(),
        port: Some(1),
    };
    let wrong_port = FetchOptions {
        addresses: vec![other_port],
        ..granted(&server)
    };
    assert!(matches!(
        fetch_error(get(&url, wrong_port)),
        FetchError::Address { .. }
    ));
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn endless_body_stops_at_the_size_limit() {
    let server = Server::start(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[0; 4096])?;
        }
    });
    let error = fetch_error(get(server.url("/"), granted(&server)));
    assert!(
        matches!(
            error,
            FetchError::TooLarge {
                bytes_max: 65_536,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn endless_chunked_body_stops_at_the_size_limit() {
    let server = Server::start(|_, stream| {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        )?;
        loop {
            write!(stream, "10\r\n0123456789abcdef\r\n")?;
        }
    });
    assert!(matches!(
        fetch_error(get(server.url("/"), granted(&server))),
        FetchError::TooLarge { .. }
    ));
}

#[test]
fn huge_content_length_is_refused_before_the_body() {
    let server = Server::start(|_, stream| {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n"
        )?;
        // No body: a client that waits for one would run into its deadline instead.
        path(stream).map(drop)
    });
    assert!(matches!(
        fetch_error(get(server.url("/"), granted(&server))),
        FetchError::TooLarge { .. }
    ));
}

#[test]
fn slow_drip_and_silence_end_at_the_deadline() {
    let server = Server::start(|path, stream| {
        if path == "/silent" {
            return io::copy(stream, &mut io::sink()).map(drop);
        }
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
        loop {
            stream.write_all(b"x")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    for path in ["/drip", "/silent"] {
        let options = FetchOptions {
            time_max: Duration::from_millis(300),
            ..granted(&server)
        };
        let error = fetch_error(get(server.url(path), options));
        assert!(
            matches!(error, FetchError::TimedOut { .. }),
            "{path}: {error:?}"
        );
    }
}

#[test]
fn endless_response_head_is_an_error() {
    let server = Server::start(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
        loop {
            write!(stream, "x-filler: {}\r\n", "y".repeat(100))?;
        }
    });
    assert!(matches!(
        fetch_error(get(server.url("/"), granted(&server))),
        FetchError::Transport { .. }
    ));
}

#[test]
fn body_shorter_than_announced_is_an_error() {
    let server = Server::start(|_, stream| {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n\0asm"
        )
    });
    let error = fetch_error(get(server.url("/"), granted(&server)));
    assert!(
        matches!(
            error,
            FetchError::Truncated { .. } | FetchError::Transport { .. }
        ),
        "{error:?}"
    );
}

#[test]
fn status_other_than_200_is_an_error_with_the_status() {
    let server = Server::start(|path, stream| {
        write!(
            stream,
            "HTTP/1.1 {} X\r\ncontent-length: 0\r\n\r\n",
            path.trim_start_matches('/')
        )
    });
    for status in [204, 304, 400, 401, 404, 500, 503] {
        let error = fetch_error(get(server.url(&format!("/{status}")), granted(&server)));
        assert!(
            matches!(error, FetchError::Status { status: seen, .. } if seen == status),
            "{error:?}"
        );
    }
}

#[test]
fn compressed_body_is_refused() {
    let server = Server::start(|_, stream| {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\u{b}xx"
        )
    });
    assert!(matches!(
        fetch_error(get(server.url("/"), granted(&server))),
        FetchError::Encoding { .. }
    ));
}

#[test]
fn three_redirects_are_followed_and_a_loop_is_not() {
    let server = Server::start(|path, stream| match path {
        "/1" => redirect(stream, "/2"),
        "/2" => redirect(stream, "3"),
        "/3" => redirect(stream, "/m.wasm"),
        "/m.wasm" => ok(stream, EMPTY),
        _ => redirect(stream, "/loop"),
    });
    get(server.url("/1"), granted(&server)).unwrap();
    let before = server.connections.load(Ordering::SeqCst);
    assert!(matches!(
        fetch_error(get(server.url("/loop"), granted(&server))),
        FetchError::Redirects { .. }
    ));
    assert_eq!(server.connections.load(Ordering::SeqCst) - before, 4);
}

#[test]
fn redirect_target_is_checked_like_the_first_address() {
    let inside = Server::start(|_, stream| ok(stream, EMPTY));
    let port = inside.address.port();
    let targets: Vec<String> = ssrf_urls(port).collect();
    let outside = Server::start(move |path, stream| {
        let index: usize = path.trim_start_matches('/').parse().unwrap_or(0);
        redirect(stream, &targets[index])
    });
    for (index, target) in ssrf_urls(port).enumerate() {
        let lookup = Arc::new(local_names);
        let options = FetchOptions {
            lookup,
            ..granted(&outside)
        };
        let result = get(outside.url(&format!("/{index}")), options);
        assert!(
            matches!(result, Err(SourceError::Fetch(_))),
            "{target}: {result:?}"
        );
    }
    assert_eq!(inside.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn redirect_without_a_target_is_an_error() {
    let server = Server::start(|_, stream| redirect(stream, ""));
    assert!(matches!(
        fetch_error(get(server.url("/"), granted(&server))),
        FetchError::Location { .. }
    ));
}

#[test]
fn redirect_to_another_scheme_is_refused() {
    let server = Server::start(|path, stream| redirect(stream, path.trim_start_matches("/?to=")));
    for target in [
        "file:///etc/passwd",
        "ftp://example.com/m.wasm",
        "gopher://example.com/",
        "data:,x",
    ] {
        let error = fetch_error(get(server.url(&format!("/?to={target}")), granted(&server)));
        assert!(
            matches!(error, FetchError::Scheme { .. }),
            "{target}: {error:?}"
        );
    }
}

/// A resolver that knows one name and answers it with these addresses.
fn answering(addresses: &[&str]) -> FetchOptions {
    let ips: Vec<std::net::IpAddr> = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
    let lookup = move |_: &str, port| Ok(ips.iter().map(|ip| SocketAddr::new(*ip, port)).collect());
    FetchOptions {
        lookup: Arc::new(lookup),
        ..FetchOptions::default()
    }
}

#[test]
fn name_that_resolves_to_a_private_address_is_refused_also_among_public_ones() {
    for addresses in [
        &["127.0.0.1"][..],
        &["169.254.169.254"],
        &["::1"],
        &["::ffff:10.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["93.184.216.34", "10.0.0.1"],
        &["2606:4700:4700::1111", "fd00::1"],
    ] {
        let error = fetch_error(get("https://example.com/m.wasm", answering(addresses)));
        assert!(
            matches!(error, FetchError::Address { .. }),
            "{addresses:?}: {error:?}"
        );
    }
}

#[test]
fn address_is_looked_up_once_so_a_second_answer_cannot_replace_the_checked_one() {
    let server = Server::start(|_, stream| ok(stream, EMPTY));
    let (address, asked) = (server.address, Arc::new(AtomicUsize::new(0)));
    let count = asked.clone();
    let rebinding = move |_: &str, port| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        let ip = if first {
            address.ip()
        } else {
            Ipv4Addr::new(127, 0, 0, 99).into()
        };
        Ok(vec![SocketAddr::new(ip, port)])
    };
    let options = FetchOptions {
        lookup: Arc::new(rebinding),
        ..granted(&server)
    };
    get(
        format!("http://modules.example:{}/m.wasm", address.port()),
        options,
    )
    .unwrap();
    assert_eq!(
        (
            asked.load(Ordering::SeqCst),
            server.connections.load(Ordering::SeqCst)
        ),
        (1, 1)
    );
}

#[test]
fn lookup_that_never_answers_ends_at_the_deadline() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let lookup = move |_: &str, _| {
        let _ = held.lock().unwrap().recv();
        Err(io::ErrorKind::TimedOut.into())
    };
    let options = FetchOptions {
        lookup: Arc::new(lookup),
        time_max: Duration::from_millis(100),
        ..FetchOptions::default()
    };
    assert!(matches!(
        fetch_error(get("https://example.com/", options)),
        FetchError::TimedOut { .. }
    ));
    drop(hold);
}

#[test]
fn name_that_does_not_resolve_is_its_own_error() {
    let lookup = |_: &str, _| Err(io::Error::other("no such name"));
    let options = FetchOptions {
        lookup: Arc::new(lookup),
        ..FetchOptions::default()
    };
    assert!(matches!(
        fetch_error(get("https://example.com/", options)),
        FetchError::Resolve { .. }
    ));
}

#[test]
fn proxy_of_the_environment_is_ignored() {
    // The variable is set for a child process, because setting one here would change the other tests.
    let proxy = Server::start(|_, stream| ok(stream, EMPTY));
    let server = Server::start(|_, stream| ok(stream, EMPTY));
    let me = std::env::current_exe().unwrap();
    let output = std::process::Command::new(me)
        .args([
            "--exact",
            "fetch::child_downloads_from_the_address_in_its_environment",
        ])
        .env("http_proxy", format!("http://{}", proxy.address))
        .env("ALL_PROXY", format!("http://{}", proxy.address))
        .env("TOLLGATE_TEST_SERVER", server.address.to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 0);
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[test]
fn child_downloads_from_the_address_in_its_environment() {
    let Ok(address) = std::env::var("TOLLGATE_TEST_SERVER") else {
        return;
    };
    let address: SocketAddr = address.parse().unwrap();
    let grant = AddressGrant {
        ip: address.ip(),
        port: Some(address.port()),
    };
    let options = FetchOptions {
        allow_http: true,
        addresses: vec![grant],
        ..FetchOptions::default()
    };
    get(format!("http://{address}/m.wasm"), options).unwrap();
}

#[test]
fn what_is_not_a_usable_url_is_refused() {
    for url in [
        "https://",
        "https://[::1",
        "https://a b/",
        "https://a\\b/",
        "https://exa\nmple.com/",
        "https://example.com:99999/",
        "https://%00/",
        "https://256.256.256.256/",
        "https://a.b.c.999/",
    ] {
        let error = fetch_error(get(url, FetchOptions::default()));
        assert!(matches!(error, FetchError::Url { .. }), "{url}: {error:?}");
    }
    let long = format!("https://example.com/{}", "x".repeat(3000));
    assert!(matches!(
        fetch_error(get(long, FetchOptions::default())),
        FetchError::Url { .. }
    ));
}

#[test]
fn user_names_and_passwords_are_refused_and_not_repeated() {
    for url in [
        "https://user:secret@example.com/",
        "https://secret@example.com/",
        "https://:secret@example.com/",
    ] {
        let error = fetch_error(get(url, FetchOptions::default()));
        assert!(
            matches!(error, FetchError::UserInfo { .. }),
            "{url}: {error:?}"
        );
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

/// Spellings of addresses inside, in every notation a URL parser or a resolver may understand.
fn ssrf_hosts() -> Vec<String> {
    let mut hosts: Vec<String> = [
        "127.0.0.1",
        "127.0.1",
        "127.1",
        "127.0.0.1.",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.0x0.0x0.0x1",
        "0177.0.0.1",
        "0177.0000.0000.0001",
        "0x7F.1",
        "127.0x1",
        "00127.1",
        "127.000.000.001",
        "0",
        "0.0",
        "0.0.0.0",
        "0x0",
        "00",
        "127.127.127.127",
        "127.255.255.254",
        "0.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "localhost.localdomain",
        "loopback.internal",
        "metadata.google.internal",
        "metadata",
        "instance-data",
        "router.lan",
        "printer.local",
        "nas.home.arpa",
        "intranet",
        "10.0.0.1",
        "10.1",
        "167772161",
        "0xa000001",
        "012.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "2886729729",
        "192.168.0.1",
        "192.168.1",
        "3232235521",
        "0xc0a80001",
        "0300.0250.0.1",
        "169.254.169.254",
        "169.254.43518",
        "2852039166",
        "0xa9fea9fe",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "0251.254.169.254",
        "169.16689662",
        "169.254.169.254.",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "4294967295",
        "8.8.8.8",
        "1.1",
        "134744072",
        "0x08080808",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000:0000:0000:0000:0000:0000:0000:0001]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[::7f00:1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[::ffff:10.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fd12:3456::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
        "[3fff::1]",
        "[2606:4700:4700::1111]",
        "①②⑦.⓪.⓪.①",
        "１２７.０.０.１",
        "127。0。0。1",
        "127．0．0．1",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "loc\u{ad}alhost",
        "%31%32%37.0.0.1",
        "%6c%6f%63%61%6c%68%6f%73%74",
        "⑯⑨。②⑤④。⑯⑨｡②⑤④",
        "user@127.0.0.1",
        "example.com@127.0.0.1",
        "example.com:80@127.0.0.1",
        "127.0.0.1#@example.com",
        "127.0.0.1?@example.com",
        "example.com%40127.0.0.1",
        "127.0.0.1%2f.example.com",
    ]
    .map(str::to_owned)
    .to_vec();
    hosts.push(format!("[::ffff:{}]", Ipv4Addr::LOCALHOST));
    hosts.push(format!("[{}]", Ipv6Addr::LOCALHOST));
    hosts
}

fn ssrf_urls(port: u16) -> impl Iterator<Item = String> {
    ssrf_hosts().into_iter().flat_map(move |host| {
        ["http", "https"].map(|scheme| match host.split_once(['#', '?']) {
            Some((host, rest)) => format!("{scheme}://{host}:{port}/{rest}"),
            None => format!("{scheme}://{host}:{port}/m.wasm"),
        })
    })
}

/// Fails for everything but the local names, so that no look-up leaves this machine.
fn local_names(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match host.trim_end_matches('.') {
        "localhost" => Ok(vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)]),
        _ => Err(io::Error::other("unknown name")),
    }
}

#[test]
fn no_spelling_of_an_inside_address_is_connected_to() {
    assert!(ssrf_hosts().len() >= 100);
    // One server that every spelling of loopback would reach.
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0))
        .or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)));
    let listener = listener.unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for allow_http in [true, false] {
        for url in ssrf_urls(port) {
            let options = FetchOptions {
                allow_http,
                lookup: Arc::new(local_names),
                ..FetchOptions::default()
            };
            let result = get(&url, options);
            assert!(
                matches!(result, Err(SourceError::Fetch(_))),
                "{url}: {result:?}"
            );
        }
    }
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        io::ErrorKind::WouldBlock,
        "something connected"
    );
}
