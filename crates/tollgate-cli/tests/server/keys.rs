//! Keys: shown once, good in their roles and for their time.

use std::io::Write as _;

use serde_json::json;

use crate::host::{Answer, Ask, Host, add, add_request, until};

fn prefix(key: &str) -> &str {
    key.split('_').nth(1).expect("a prefix")
}

#[test]
fn a_key_is_shown_once_and_listed_without_its_secret() {
    let host = Host::start();
    let key = host.key_with(&["caller", "auditor"]);
    let listed = host.get("/api/v1/keys");
    let keys = listed.json();
    assert_eq!(keys["keys"][0]["name"], "first key");
    assert_eq!(keys["keys"][1]["prefix"], prefix(&key));
    assert_eq!(keys["keys"][1]["roles"], json!(["caller", "auditor"]));
    let text = String::from_utf8(listed.body).expect("text");
    for key in [&key, &host.key] {
        assert!(!text.contains(key.rsplit('_').next().expect("a secret")));
    }
}

#[test]
fn a_revoked_key_is_nobody_when_that_was_answered() {
    let host = Host::start();
    let key = host.key_with(&["admin"]);
    let path = format!("/api/v1/keys/{}", prefix(&key));
    let revoked = host.ask(Ask::new("DELETE", &path, &key));
    assert_eq!((revoked.status, revoked.body.len()), (204, 0));
    host.ask(Ask::new("GET", "/api/v1/keys", &key))
        .refuses(401, "unauthorized");
}

#[test]
fn a_key_is_good_until_its_last_moment() {
    let host = Host::start();
    let soon = jiff::Timestamp::now() + std::time::Duration::from_secs(3);
    let body = json!({ "name": "soon", "roles": ["admin"], "expires_at": soon.to_string() });
    let made = host.post("/api/v1/keys", &body).json();
    let key = made["key"].as_str().expect("a key");
    let ask = || host.ask(Ask::new("GET", "/api/v1/keys", key)).status;
    until("the end of the key", || ask() == 401);
    assert!(jiff::Timestamp::now() >= soon);
}

#[test]
fn a_key_that_could_never_be_good_is_not_made() {
    let host = Host::start();
    for (body, said) in [
        (json!({ "name": "x", "roles": [] }), "at least one role"),
        (
            json!({ "name": "x", "roles": ["root"] }),
            "`root` is not a valid role",
        ),
        (json!({ "name": "", "roles": ["admin"] }), "name of a key"),
        (
            json!({ "name": "a\nb", "roles": ["admin"] }),
            "control characters",
        ),
        (
            json!({ "name": "x", "roles": ["admin"], "expires_at": "2020-01-01T00:00:00Z" }),
            "in the past",
        ),
        (
            json!({ "name": "x", "roles": ["admin"], "expires_at": "tomorrow" }),
            "a time such as",
        ),
    ] {
        let message = host.post("/api/v1/keys", &body).refuses(400, "bad_request");
        assert!(message.contains(said), "{message}");
    }
    assert_eq!(
        host.get("/api/v1/keys").json()["keys"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_key_that_is_revoked_while_its_body_comes_does_nothing() {
    let host = Host::start().with_guests();
    let key = host.key_with(&["publisher", "caller"]);
    let push = Ask::new("PUT", "/api/v1/modules/late/versions/1.0.0", &key).wasm(&add());
    let cast = Ask::new("POST", "/api/v1/casts", &key).json(&add_request());
    let begun: Vec<_> = [push, cast]
        .into_iter()
        .map(|ask| {
            let (first, rest) = ask.body.split_at(ask.body.len() / 2);
            let mut stream = host.connect();
            let head = ask.head(ask.body.len());
            stream.write_all(head.as_bytes()).expect("a head");
            stream.write_all(first).expect("half a body");
            (stream, rest.to_vec())
        })
        .collect();
    let path = format!("/api/v1/keys/{}", prefix(&key));
    let revoke = Ask::new("DELETE", &path, &host.key);
    assert_eq!(host.ask(revoke).status, 204);
    let casts = host.get("/api/v1/casts").json();
    for (mut stream, rest) in begun {
        stream.write_all(&rest).expect("the rest");
        Answer::read(stream).refuses(401, "unauthorized");
    }
    host.get("/api/v1/modules/late").refuses(404, "not_found");
    assert_eq!(host.get("/api/v1/casts").json(), casts);
}
