//! Whatever is sent, the answer has a code, a message and the request's id, and nothing is half-kept.

use std::io::{Read as _, Write as _};

use serde_json::json;

use crate::host::{Answer, Ask, Host, add, add_request};

fn cast(host: &Host, body: &[u8]) -> Answer {
    host.ask(Ask::new("POST", "/api/v1/casts", &host.key).body("application/json", body))
}

#[test]
fn json_that_does_not_say_one_thing_is_refused_with_its_place() {
    let host = Host::start().with_guests();
    for (body, said) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("[]", "no object"),
        (r#"["add","add",{"values":[2,3]},null]"#, "no object"),
        (r#"{"module":"add","limits":[1,2,3]}"#, "an object"),
        (
            r#"{"module":"add","module":"echo"}"#,
            "`module` stands twice",
        ),
        (
            r#"{"module":"add","mod\u0075le":"echo"}"#,
            "`module` stands twice",
        ),
        (
            r#"{"module":"echo","export":"echo","input":{"json":{"a":1,"a":2}}}"#,
            "`a` stands twice",
        ),
        (r#"{"module":"add","modul":"x"}"#, "unknown field `modul`"),
        (
            r#"{"module":"add","input":{"yaml":"x"}}"#,
            "unknown variant `yaml`",
        ),
        (
            r#"{"module":"add","input":{"text":"x","json":1}}"#,
            "expected",
        ),
        (r#"{"module":7}"#, "invalid type"),
        (r#"{"export":"add"}"#, "missing field `module`"),
        (r#"{"module":"add"} {}"#, "trailing"),
        ("{\"module\":\"\u{0}\"", "control character"),
    ] {
        let message = cast(&host, body.as_bytes()).refuses(400, "bad_request");
        assert!(message.contains(said), "{body}: {message}");
    }
    cast(&host, b"{\"module\":\"\xff\"}").refuses(400, "bad_request");
    let deep = format!(
        r#"{{"module":"echo","export":"echo","input":{{"json":{}}}}}"#,
        "[".repeat(100_000)
    );
    cast(&host, deep.as_bytes()).refuses(400, "bad_request");
    assert_eq!(host.get("/api/v1/casts").json(), json!({ "casts": [] }));
}

#[test]
fn names_with_tricks_are_refused_wherever_they_stand() {
    let host = Host::start();
    for name in [
        "..%2f..%2fetc",
        "A",
        "%ef%bd%81",
        "a%20b",
        "a%00",
        "a%40b",
        ".a",
        "a..b",
        "a%0a",
        "%2e%2e",
    ] {
        for path in [
            format!("/api/v1/modules/{name}/versions/1.0.0"),
            format!("/api/v1/modules/ok/versions/{name}"),
        ] {
            let answer = host.ask(Ask::new("PUT", &path, &host.key).wasm(&add()));
            answer.refuses(400, "bad_request");
        }
        let body = json!({ "version": "1.0.0" });
        let tag = format!("/api/v1/modules/ok/tags/{name}");
        let answer = host.ask(Ask::new("PUT", &tag, &host.key).json(&body));
        assert!([400, 404].contains(&answer.status), "{answer:?}");
    }
    for version in ["1", "1.0", "01.0.0", "v1.0.0", "1.0.0+x", "latest"] {
        let path = format!("/api/v1/modules/ok/versions/{version}");
        host.ask(Ask::new("PUT", &path, &host.key).wasm(&add()))
            .refuses(400, "bad_request");
    }
    let not_text = host.ask(Ask::new("GET", "/api/v1/modules/%ff", &host.key));
    not_text.refuses(400, "bad_request");
    assert_eq!(
        host.get("/api/v1/modules").json(),
        json!({ "versions": [] })
    );
}

#[test]
fn a_body_of_another_type_is_refused() {
    let host = Host::start().with_guests();
    let body = add_request().to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        let ask = Ask::new("POST", "/api/v1/casts", &host.key).body(kind, body.as_bytes());
        host.ask(ask).refuses(415, "unsupported_media_type");
    }
    let ask = Ask::new("POST", "/api/v1/casts", &host.key)
        .body("Application/JSON; charset=utf-8", body.as_bytes());
    assert_eq!(host.ask(ask).status, 200);
    let push = Ask::new("PUT", "/api/v1/modules/x/versions/1.0.0", &host.key).json(&json!({}));
    host.ask(push).refuses(415, "unsupported_media_type");
}

#[test]
fn a_body_that_is_too_large_is_refused_however_its_length_is_told() {
    let host = Host::start();
    // Announced: refused before it comes.
    let push = Ask::new("PUT", "/api/v1/modules/x/versions/1.0.0", &host.key)
        .header("content-type", "application/wasm");
    let mut stream = host.connect();
    stream
        .write_all(push.head(50_000_001).as_bytes())
        .expect("a head");
    Answer::read(stream).refuses(413, "too_large");
    // Not announced, and sent to the end: the client gets to its answer.
    let key =
        Ask::new("POST", "/api/v1/keys", &host.key).header("content-type", "application/json");
    let head = key
        .head(0)
        .replace("content-length: 0", "transfer-encoding: chunked");
    let mut stream = host.connect();
    let mut bytes = head.into_bytes();
    for _ in 0..80 {
        bytes.extend_from_slice(b"400\r\n");
        bytes.extend_from_slice(&[b' '; 0x400]);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    stream.write_all(&bytes).expect("it is read");
    Answer::read(stream).refuses(413, "too_large");
    // Announced and sent all the same.
    let ask = Ask::new("POST", "/api/v1/casts", &host.key)
        .body("application/json", &vec![b' '; (16 << 20) + 1]);
    host.ask(ask).refuses(413, "too_large");
    assert_eq!(
        std::fs::read_dir(host.data().join("incoming"))
            .expect("a folder")
            .count(),
        0
    );
}

#[test]
fn a_body_that_ends_early_leaves_nothing() {
    use std::net::Shutdown;
    let host = Host::start();
    let push = Ask::new("PUT", "/api/v1/modules/x/versions/1.0.0", &host.key)
        .header("content-type", "application/wasm");
    for closes in [Shutdown::Write, Shutdown::Both] {
        let mut stream = host.connect();
        stream
            .write_all(push.head(add().len()).as_bytes())
            .expect("a head");
        stream.write_all(&add()[..10]).expect("half a body");
        drop(stream.shutdown(closes));
        drop(stream);
    }
    crate::host::until("the end of both", || {
        let left = std::fs::read_dir(host.data().join("incoming")).expect("a folder");
        left.count() == 0
    });
    host.get("/api/v1/modules/x").refuses(404, "not_found");
    assert_eq!(host.put_module("x", "1.0.0", &add()).status, 201);
}

#[test]
fn idempotency_keys_that_are_none_are_refused() {
    let host = Host::start().with_guests();
    let long = "k".repeat(256);
    for key in ["", "a b", long.as_str(), "\u{e9}"] {
        let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&add_request());
        host.ask(ask.header("idempotency-key", key))
            .refuses(400, "bad_request");
    }
    let twice = Ask::new("POST", "/api/v1/casts", &host.key).json(&add_request());
    let twice = twice
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    host.ask(twice).refuses(400, "bad_request");
}

#[test]
fn routes_and_methods_that_are_not_there_have_the_same_body() {
    let host = Host::start();
    host.get("/api/v1/nothing").refuses(404, "not_found");
    host.get("/").refuses(404, "not_found");
    host.get("/api/v1/keys/").refuses(404, "not_found");
    let answer = host.ask(Ask::new("PATCH", "/api/v1/keys", &host.key));
    answer.refuses(405, "method_not_allowed");
    assert!(
        answer.head.contains("allow: get,head,post"),
        "{}",
        answer.head
    );
}

#[test]
fn what_is_no_http_is_answered_and_the_server_goes_on() {
    let host = Host::start();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(1000));
    for bytes in [
        "\0\0\0\0\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "hello\r\n\r\n",
        &long,
        &many,
    ] {
        let mut stream = host.connect();
        drop(stream.write_all(bytes.as_bytes()));
        let answer = Answer::read(stream);
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    // Two lengths that differ, and one that is told in no way there is: a proxy may have taken another.
    for lengths in [
        "content-length: 1\r\ncontent-length: 2\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ] {
        let head =
            format!("POST /api/v1/casts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lengths}\r\n");
        let mut stream = host.connect();
        drop(stream.write_all(head.as_bytes()));
        let answer = Answer::read(stream);
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    assert_eq!(host.ask(Ask::bare("GET", "/health")).status, 200);
}

#[test]
fn what_a_proxy_could_read_otherwise_is_refused() {
    let host = Host::start();
    let body = add_request().to_string();
    let post = |headers: &str| {
        let key = &host.key;
        let head = format!("POST /api/v1/casts HTTP/1.1\r\nauthorization: Bearer {key}\r\n");
        let head = format!("{head}content-type: application/json\r\n{headers}\r\n");
        let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let mut stream = host.connect();
        stream.write_all(head.as_bytes()).expect("a head");
        stream.write_all(chunk.as_bytes()).expect("a body");
        Answer::read(stream)
    };
    for headers in [
        "host: a\r\ntransfer-encoding: gzip, chunked\r\n",
        "host: a\r\ntransfer-encoding: identity, chunked\r\n",
        "host: a\r\ntransfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n",
        "host: a\r\nhost: b\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\n",
    ] {
        post(headers).refuses(400, "bad_request");
    }
    // A length beside chunks counts for nothing, and the connection is closed after the one answer.
    for headers in [
        "host: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n",
        "host: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n",
    ] {
        post(headers).refuses(404, "not_found");
    }
}

#[test]
fn a_refusal_before_the_body_was_read_says_that_the_connection_is_closed() {
    let host = Host::start();
    let caller = host.key_with(&["caller"]);
    for (path, key) in [
        ("/api/v1/budget", &*caller),
        ("/api/v1/budget", "tgk_nobody"),
        ("/api/v1/health", &host.key),
    ] {
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-length: 100\r\n\r\n"
        );
        let mut stream = host.connect();
        stream.write_all(head.as_bytes()).expect("a head");
        let answer = Answer::read(stream);
        assert!((400..500).contains(&answer.status), "{answer:?}");
        assert!(answer.head.contains("connection: close"), "{answer:?}");
    }
    // One whose body was read leaves it open.
    let mut stream = host.connect();
    for _ in 0..2 {
        let body = "{}";
        let head = format!(
            "POST /api/v1/casts HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            host.key,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("a request");
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("a status");
        assert_eq!(&status, b"HTTP/1.1 400");
        let mut last = [0];
        while last != *b"}" {
            stream.read_exact(&mut last).expect("an answer");
        }
    }
}

#[test]
fn two_digests_of_one_body_are_refused() {
    let host = Host::start();
    let push = Ask::new("PUT", "/api/v1/modules/x/versions/1.0.0", &host.key)
        .header("x-content-sha256", &tollgate::Digest::of(&add()).to_hex())
        .header("x-content-sha256", &"0".repeat(64))
        .wasm(&add());
    host.ask(push).refuses(400, "bad_request");
}

#[test]
fn a_name_of_a_megabyte_is_not_said_again() {
    let host = Host::start().with_guests();
    let long = "x".repeat(1 << 20);
    let longest_of_a_function = "x".repeat(100_000);
    for (module, input) in [
        ("add", json!({ "values": [1, 2] })),
        ("echo", json!({ "text": "x" })),
    ] {
        let body = json!({ "module": module, "export": longest_of_a_function, "input": input });
        let answer = host.post("/api/v1/casts", &body);
        assert!(
            answer.body.len() < 10_000,
            "{module}: {} bytes",
            answer.body.len()
        );
        assert!(
            String::from_utf8_lossy(&answer.body).contains("xxx…"),
            "{answer:?}"
        );
    }
    for body in [
        json!({ "module": long }),
        json!({ "module": "add", "export": long }),
        json!({ long.as_str(): 1 }),
        json!({ "module": "add", "export": "add", "input": { long.as_str(): 1 } }),
    ] {
        let answer = host.post("/api/v1/casts", &body);
        assert!([400, 404].contains(&answer.status), "{}", answer.status);
        assert!(answer.body.len() < 10_000, "{} bytes", answer.body.len());
    }
}
