//! The registry: versions that never change, tags that move.

use serde_json::json;

use crate::host::{Answer, Ask, Host, add, echo, until};

fn delete(host: &Host, path: &str, key: &str) -> Answer {
    host.ask(Ask::new("DELETE", path, key))
}

const ADD: &str = "/api/v1/modules/add/versions/1.0.0";

#[test]
fn a_pushed_version_is_listed_shown_and_given_back_as_it_was() {
    let host = Host::start().with_guests();
    let listed = host.get("/api/v1/modules").json();
    assert_eq!(listed["versions"][0]["name"], "add");
    assert_eq!(listed["versions"][1]["name"], "echo");
    let shown = host.get(ADD).json();
    assert_eq!(shown["description"]["exports"][0]["name"], "add");
    assert_eq!(shown["bytes"], add().len());
    let given = host.get(&format!("{ADD}/content"));
    assert_eq!(given.body, add());
    let digest = shown["digest"].as_str().expect("a digest");
    assert!(
        given.head.contains(&format!("x-content-sha256: {digest}")),
        "{}",
        given.head
    );
}

#[test]
fn a_version_never_means_other_bytes_also_after_it_was_deleted() {
    let host = Host::start().with_guests();
    assert_eq!(host.put_module("add", "1.0.0", &add()).status, 200);
    host.put_module("add", "1.0.0", &echo())
        .refuses(409, "conflict");
    assert_eq!(host.get(&format!("{ADD}/content")).body, add());
    assert_eq!(delete(&host, ADD, &host.key).status, 204);
    host.get(ADD).refuses(404, "not_found");
    host.put_module("add", "1.0.0", &echo())
        .refuses(409, "conflict");
    assert_eq!(host.put_module("add", "1.0.0", &add()).status, 201);
}

#[test]
fn bytes_of_a_refused_or_deleted_version_take_no_room() {
    let host = Host::start().with_guests();
    let files = || {
        std::fs::read_dir(host.data().join("modules/default"))
            .expect("a folder")
            .count()
    };
    assert_eq!(files(), 2);
    let other = wat::parse_str("(module (func (export \"x\")))").expect("a module");
    host.put_module("add", "1.0.0", &other)
        .refuses(409, "conflict");
    assert_eq!(files(), 2);
    assert_eq!(delete(&host, ADD, &host.key).status, 204);
    assert_eq!(files(), 1);
    assert_eq!(
        std::fs::read_dir(host.data().join("incoming"))
            .expect("a folder")
            .count(),
        0
    );
}

#[test]
fn a_tag_moves_and_keeps_its_version_from_being_deleted() {
    let host = Host::start().with_guests();
    let tag = "/api/v1/modules/add/tags/stable";
    let body = json!({ "version": "1.0.0" });
    let set = host.ask(Ask::new("PUT", tag, &host.key).json(&body));
    assert_eq!(set.status, 204);
    let shown = host.get("/api/v1/modules/add").json();
    assert_eq!(shown["tags"][0]["tag"], "stable");
    let by_tag = host.get("/api/v1/modules/add/versions/stable").json();
    assert_eq!(by_tag["version"], "1.0.0");
    delete(&host, ADD, &host.key).refuses(409, "in_use");
    assert_eq!(delete(&host, tag, &host.key).status, 204);
    delete(&host, tag, &host.key).refuses(404, "not_found");
    assert_eq!(delete(&host, ADD, &host.key).status, 204);
}

#[test]
fn a_publisher_deletes_what_it_pushed_and_an_admin_everything() {
    let host = Host::start().with_guests();
    let publisher = host.key_with(&["publisher"]);
    let said = delete(&host, ADD, &publisher).refuses(403, "forbidden");
    assert!(said.contains("another key's"), "{said}");
    assert_eq!(host.get(ADD).status, 200);
    delete(&host, "/api/v1/modules/add/versions/9.0.0", &publisher).refuses(404, "not_found");
    let own = "/api/v1/modules/own/versions/1.0.0";
    for key in [&publisher, &host.key] {
        let pushed = host.ask(Ask::new("PUT", own, &publisher).wasm(&add()));
        assert_eq!(pushed.status, 201, "{pushed:?}");
        assert_eq!(delete(&host, own, key).status, 204);
    }
}

#[test]
fn a_module_is_pruned_of_what_the_key_may_delete_and_its_bytes_take_no_room() {
    let host = Host::start().with_guests();
    let publisher = host.key_with(&["publisher"]);
    let other = wat::parse_str("(module (func (export \"x\")))").expect("a module");
    for (version, bytes) in [("1.1.0", &other), ("1.2.0", &add()), ("1.3.0", &add())] {
        let path = format!("/api/v1/modules/add/versions/{version}");
        let pushed = host.ask(Ask::new("PUT", &path, &publisher).wasm(bytes));
        assert_eq!(pushed.status, 201, "{pushed:?}");
    }
    let files = || {
        let files = std::fs::read_dir(host.data().join("modules/default"));
        files.expect("a folder").count()
    };
    assert_eq!(files(), 3);
    let prune = |key: &str, body| {
        let pruned = host.ask(Ask::new("POST", "/api/v1/modules/add/pruning", key).json(&body));
        assert_eq!(pruned.status, 200, "{pruned:?}");
        let pruned = pruned.json();
        assert_eq!(pruned["is_complete"], true);
        let versions = pruned["versions"].as_array().expect("versions").clone();
        let version = |entry: &serde_json::Value| entry["version"].as_str().map(str::to_owned);
        versions.iter().filter_map(version).collect::<Vec<_>>()
    };
    let dry = json!({ "keep": 1, "dry_run": true });
    assert_eq!(prune(&publisher, dry), ["1.1.0", "1.2.0"]);
    assert_eq!(files(), 3);
    assert_eq!(prune(&publisher, json!({ "keep": 1 })), ["1.1.0", "1.2.0"]);
    // The bytes of 1.2.0 are those of others that stay.
    assert_eq!(files(), 2);
    assert_eq!(prune(&host.key, json!({ "keep": 1 })), ["1.0.0"]);
    for (body, code) in [
        (json!({ "keep": 0 }), "bad_request"),
        (json!({ "keep": -1 }), "bad_request"),
        (json!({}), "bad_request"),
        (json!({ "keep": 1, "all": true }), "bad_request"),
    ] {
        let asked = Ask::new("POST", "/api/v1/modules/add/pruning", &host.key).json(&body);
        host.ask(asked).refuses(400, code);
    }
    host.post("/api/v1/modules/none/pruning", &json!({ "keep": 1 }))
        .refuses(404, "not_found");
}

#[test]
fn what_is_no_module_is_refused_and_nothing_of_it_is_kept() {
    let host = Host::start();
    let cut = &add()[..add().len() - 1];
    let wat: &[u8] = b"(module)";
    let elsewhere = [b"\0asm\x01\0\0\0".as_slice(), &[0xff; 64]].concat();
    for bad in [wat, cut, &elsewhere, b"", b"\0asm"] {
        host.put_module("bad", "1.0.0", bad)
            .refuses(422, "invalid_module");
    }
    host.get("/api/v1/modules/bad").refuses(404, "not_found");
    assert!(!host.data().join("modules/default").exists());
}

#[test]
fn bytes_that_changed_on_the_way_are_refused() {
    let host = Host::start();
    let push = |digest: &str| {
        let ask = Ask::new("PUT", ADD, &host.key).wasm(&add());
        host.ask(ask.header("x-content-sha256", digest))
    };
    push(&"0".repeat(64)).refuses(422, "digest_mismatch");
    push("0").refuses(400, "bad_request");
    host.get(ADD).refuses(404, "not_found");
}

#[test]
fn bytes_that_the_disk_changed_are_neither_given_nor_run() {
    let host = Host::start().with_guests().killed_and_started();
    let digest = host.get(ADD).json()["digest"]
        .as_str()
        .expect("a digest")
        .to_owned();
    let file = host.data().join("modules/default").join(digest);
    std::fs::write(&file, echo()).expect("a file");
    let given = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        host.get(&format!("{ADD}/content"))
    }));
    if let Ok(given) = given {
        // The head may have gone; the bytes have not.
        assert!(
            given.status == 500 || given.body.len() < echo().len(),
            "{given:?}"
        );
    }
    host.add().refuses(500, "internal");
    // What it says arrives after its answer.
    until("its log", || {
        host.log().contains("are not those that were pushed")
    });
}

/// Files of the folder of compiled code that have a part of their name in common with a digest.
fn code_of(host: &Host, digest: &str) -> usize {
    let mut found = 0;
    let mut folders = vec![host.data().join("code")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path());
            } else {
                found += usize::from(entry.file_name().to_string_lossy().contains(&digest[..32]));
            }
        }
    }
    found
}

#[test]
fn the_code_of_a_deleted_version_goes_when_nobody_has_its_bytes() {
    let host = Host::start().with_guests();
    let other = host.tenant("other");
    let theirs = Ask::new("PUT", "/api/v1/modules/mine/versions/1.0.0", &other).wasm(&add());
    assert_eq!(host.ask(theirs).status, 201);
    let shown = host.get(ADD).json();
    let digest = shown["digest"].as_str().expect("a digest");
    let before = code_of(&host, digest);
    assert!(before > 0);
    assert_eq!(delete(&host, ADD, &host.key).status, 204);
    assert_eq!(code_of(&host, digest), before);
    assert_eq!(
        delete(&host, "/api/v1/modules/mine/versions/1.0.0", &other).status,
        204
    );
    assert_eq!(code_of(&host, digest), 0);
}
