//! Servers that share a database: each does what any of them promised, and what one of them had under way is lost with it alone.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use postgres::{Client, NoTls};
use serde_json::{Value, json};
use test_postgres::server;

use super::{METERED, add_once, on};
use crate::approvals::{ASKS, give, waiting};
use crate::crash::{Work, is_all_there, rounds, work};
use crate::host::{Ask, Host, add, add_request, echo, endless, until};

/// A run of `endless` that goes on, and its path.
fn running(host: &Host, key: &str) -> String {
    let body = json!({
        "module": "endless", "export": "run", "limits": { "timeout_ms": 60_000, "gas": 1_000_000_000_000_u64 },
    });
    let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&body);
    let ask = ask.header("idempotency-key", key);
    let begun = host.ask(ask.header("prefer", "respond-async"));
    assert_eq!(begun.status, 202, "{begun:?}");
    format!(
        "/api/v1/casts/{}",
        begun.json()["id"].as_str().expect("an id")
    )
}

fn status(host: &Host, path: &str) -> String {
    let cast = host.get(path).json();
    cast["status"].as_str().expect("a status").to_owned()
}

fn count(database: &str, sql: &str) -> i64 {
    let mut client = Client::connect(database, NoTls).expect("the database");
    client.query_one(sql, &[]).expect("a number").get(0)
}

#[test]
fn what_one_server_has_the_other_has() {
    let database = server().fresh();
    let one = on(&database).with_guests();
    let two = one.beside();
    // The bytes of a module are where both find them.
    let (status, first) = add_once(&two, "k");
    assert_eq!((status, &first["status"]), (200, &json!("succeeded")));
    assert_eq!(add_once(&one, "k"), (200, first.clone()));
    let content = two.get("/api/v1/modules/add/versions/1.0.0/content");
    assert_eq!((content.status, content.body), (200, add()));
    let path = format!("/api/v1/casts/{}", first["id"].as_str().expect("an id"));
    let receipt = |host: &Host| host.get(&format!("{path}/receipt")).body;
    assert_eq!(receipt(&one), receipt(&two));
    // Each signs with its own key, and says which keys there are.
    let signers = |host: &Host| host.get("/api/v1/receipts/signer").json();
    let (first_key, second_key) = (signers(&one), signers(&two));
    assert_ne!(first_key["signer"], second_key["signer"]);
    assert_eq!(first_key["signers"], second_key["signers"]);
    let all = first_key["signers"].as_array().expect("a list");
    assert!(
        all.len() == 2 && all.contains(&second_key["signer"]),
        "{all:?}"
    );
    // A key that one revoked is nothing at the other.
    let key = one.key_with(&["caller"]);
    let with = |host: &Host| host.ask(Ask::new("GET", "/api/v1/casts", &key)).status;
    assert_eq!(with(&two), 200);
    let prefix = key.split('_').nth(1).expect("a prefix");
    let path = format!("/api/v1/keys/{prefix}");
    assert_eq!(one.ask(Ask::new("DELETE", &path, &one.key)).status, 204);
    assert_eq!(with(&two), 401);
    // Bytes go with the last version, for both.
    let path = "/api/v1/modules/add/versions/1.0.0";
    assert_eq!(two.ask(Ask::new("DELETE", path, &two.key)).status, 204);
    one.get(path).refuses(404, "not_found");
    assert_eq!(one.add().status, 404);
    let pieces = "SELECT count(DISTINCT digest) FROM module_piece";
    assert_eq!(count(&database, pieces), 1);
}

#[test]
fn runs_of_a_server_that_died_are_lost_and_those_of_others_are_not() {
    let database = server().fresh();
    let one = on(&database).with_guests();
    one.put_module("endless", "1.0.0", &endless());
    let two = one.beside();
    let (theirs, ours) = (running(&two, "theirs"), running(&one, "ours"));
    assert_eq!(status(&one, &theirs), "running");
    two.signal("KILL");
    until("that the other one is missed", || {
        status(&one, &theirs) == "lost"
    });
    assert_eq!(status(&one, &ours), "running");
    let again = Ask::new("POST", "/api/v1/casts", &one.key).header("idempotency-key", "theirs");
    let again = again.header("prefer", "respond-async").json(&json!({
        "module": "endless", "export": "run", "limits": { "timeout_ms": 60_000, "gas": 1_000_000_000_000_u64 },
    }));
    one.ask(again).refuses(409, "cast_lost");
    // It begins again in the same folder, and takes nothing from the other one.
    let two = two.start_again();
    assert_eq!(status(&two, &ours), "running");
    // Whoever begins in the folder of one that died says so without waiting until it is missed.
    let theirs = running(&two, "theirs-too");
    let two = two.killed_and_started();
    let since = std::time::Instant::now();
    until("that its own runs are lost", || {
        status(&two, &theirs) == "lost"
    });
    assert!(
        since.elapsed() < Duration::from_secs(8),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(status(&two, &ours), "running");
    let cancel = format!("{ours}/cancellation");
    assert_eq!(one.post(&cancel, &json!({})).status, 202);
    until("its end", || status(&two, &ours) == "failed");
    let budget = two.get("/api/v1/budget").json();
    assert_eq!(budget["reserved_micro_usd"], 0, "{budget}");
}

#[test]
fn a_run_is_cancelled_and_answered_for_at_any_server() {
    let database = server().fresh();
    let one = on(&database).with_guests();
    one.put_module("endless", "1.0.0", &endless());
    let two = one.beside();
    let run = running(&one, "k");
    let cancelled = two.post(&format!("{run}/cancellation"), &json!({}));
    assert_eq!(cancelled.status, 202, "{cancelled:?}");
    until("its end", || status(&two, &run) == "failed");
    assert_eq!(two.get(&run).json()["failure"]["kind"], "cancelled");
    let late = two.post(&format!("{run}/cancellation"), &json!({}));
    late.refuses(409, "conflict");

    let path = "/api/v1/modules/add/policy";
    let set = two.ask(Ask::new("PUT", path, &two.key).json(&json!({ "text": ASKS })));
    assert_eq!(set.status, 200, "{set:?}");
    let approver = one.key_with(&["approver"]);
    let (run, card) = waiting(&one, &add_request());
    let seen = two.get(&run).json();
    assert_eq!(
        (&seen["status"], &seen["card"]),
        (&json!("waiting"), &json!(card))
    );
    let begun = std::time::Instant::now();
    assert_eq!(give(&two, &approver, &card, "allow-once").status, 200);
    until("its end", || status(&two, &run) == "succeeded");
    // A look at the card itself would come later.
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}

/// Ends the connection that holds the first server, as often as it is made.
fn cut(database: &str) -> i64 {
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
               AND objid = (SELECT min(seq)::oid FROM node)";
    count(database, cut)
}

#[test]
fn a_server_that_was_cut_off_goes_on_as_another_one() {
    let server = test_postgres::Server::start(&[]);
    let database = server.fresh();
    let one = on(&database).with_guests();
    one.put_module("endless", "1.0.0", &endless());
    let run = running(&one, "k");
    let two = one.beside();
    // For a moment: it holds its number again.
    assert_eq!(cut(&database), 1);
    until("that it holds its number", || cut(&database) == 1);
    assert_eq!(add_once(&two, "meanwhile").0, 200);
    assert_eq!(status(&two, &run), "running");
    // For so long that the others see it gone.
    until("that it is gone", || {
        cut(&database);
        count(
            &database,
            "SELECT count(*) FROM node WHERE ended_at IS NOT NULL",
        ) == 1
    });
    assert_eq!(status(&two, &run), "lost");
    until("that it is there again", || {
        count(
            &database,
            "SELECT count(*) FROM node WHERE ended_at IS NULL",
        ) == 2
    });
    assert!(
        one.log()
            .contains("other servers have seen that this one was gone")
    );
    assert_eq!(add_once(&one, "after").0, 200);
    let budget = one.get("/api/v1/budget").json();
    assert_eq!(budget["reserved_micro_usd"], 0, "{budget}");
    // What it had under way ends nowhere.
    assert_eq!(
        one.post(&format!("{run}/cancellation"), &json!({})).status,
        409
    );
    assert_eq!(status(&one, &run), "lost");
}

#[test]
fn servers_of_a_database_that_was_restarted_lose_no_run() {
    let server = test_postgres::Server::start(&[]);
    let database = server.fresh();
    let one = on(&database).with_guests();
    one.put_module("endless", "1.0.0", &endless());
    let two = one.beside();
    let runs = [running(&one, "one"), running(&two, "two")];
    for _ in 0..2 {
        server.kill();
        std::thread::sleep(Duration::from_secs(3));
        server.resume();
        until("both", || {
            [&one, &two]
                .iter()
                .all(|host| add_once(host, "after").0 == 200)
        });
        // Longer than somebody has to be missed.
        std::thread::sleep(Duration::from_secs(18));
        for run in &runs {
            assert_eq!(status(&one, run), "running");
        }
    }
}

#[test]
fn what_was_acknowledged_survives_the_death_of_either_server() {
    let database = server().fresh();
    let mut stays = Host::start_on(&[], Some(&database)).with_guests();
    let mut dies = stays.beside();
    let todo = Work::default();
    for round in 0..rounds() {
        let before = todo.acknowledged.lock().expect("a list").casts.len();
        todo.is_over.store(false, SeqCst);
        std::thread::scope(|scope| {
            for host in [&stays, &dies] {
                for _ in 0..2 {
                    scope.spawn(|| work(host, &todo));
                }
            }
            until("some casts", || {
                todo.acknowledged.lock().expect("a list").casts.len() > before + 4 + round % 3
            });
            dies.signal("KILL");
            // The other one works on.
            let then = todo.acknowledged.lock().expect("a list").casts.len();
            until("more casts", || {
                todo.acknowledged.lock().expect("a list").casts.len() > then + 2
            });
            todo.is_over.store(true, SeqCst);
        });
        dies = dies.start_again();
        let revokes = todo.acknowledged.lock().expect("a list").keys.pop();
        if let Some(key) = revokes {
            let path = format!("/api/v1/keys/{}", key.split('_').nth(1).expect("a prefix"));
            assert_eq!(dies.ask(Ask::new("DELETE", &path, &dies.key)).status, 204);
            todo.acknowledged.lock().expect("a list").revoked.push(key);
        }
        for host in [&stays, &dies] {
            is_all_there(host, &todo.acknowledged.lock().expect("a list"));
        }
        until("that nothing runs that no server runs", || {
            count(&database, "SELECT count(*) FROM cast_run WHERE state = 0") == 0
        });
        let ledger = dies.get("/api/v1/budget/verification").json();
        assert_eq!(ledger["whole"], true, "{ledger}");
        // What no version has are bytes of a push that died between the two, which go later.
        let halves = "SELECT count(*) FROM module_version v WHERE deleted_at IS NULL AND bytes <>
             (SELECT coalesce(sum(length(p.bytes)), 0) FROM module_piece p WHERE p.tenant = v.tenant AND p.digest = v.digest)";
        assert_eq!(count(&database, halves), 0);
        // The other one is next.
        std::mem::swap(&mut stays, &mut dies);
    }
    let acknowledged = todo.acknowledged.lock().expect("a list");
    println!(
        "{} kills of one of two: {} casts, {} pushes, {} keys acknowledged and there",
        rounds(),
        acknowledged.casts.len(),
        acknowledged.pushes.len(),
        acknowledged.keys.len()
    );
}

#[test]
fn pushes_and_deletions_of_the_same_bytes_at_two_servers_leave_none_without_the_other() {
    let database = server().fresh();
    let one = on(&database);
    let two = one.beside();
    let kept = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (host, name) in [(&one, "m"), (&two, "n")] {
            let kept = &kept;
            scope.spawn(move || {
                let path = format!("/api/v1/modules/{name}/versions/1.0.0");
                for _ in 0..15 {
                    let pushed = host.put_module(name, "1.0.0", &add());
                    assert!(pushed.status == 201 || pushed.status == 409, "{pushed:?}");
                    if pushed.status == 201 {
                        kept.fetch_add(1, SeqCst);
                        let content = host.get(&format!("{path}/content"));
                        assert_eq!((content.status, content.body), (200, add()));
                        let gone = host.ask(Ask::new("DELETE", &path, &host.key));
                        assert_eq!(gone.status, 204, "{gone:?}");
                    }
                }
            });
        }
    });
    assert_eq!(count(&database, "SELECT count(*) FROM module_piece"), 0);
    assert!(kept.load(SeqCst) > 15, "{kept:?} of 30 pushes");
}

#[test]
fn servers_that_begin_together_make_one_first_key() {
    let database = server().fresh();
    let began = std::sync::Barrier::new(3);
    let keys: Vec<String> = std::thread::scope(|scope| {
        let begin = || {
            let folder = tempfile::tempdir().expect("a folder");
            began.wait();
            let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
                .args(["serve", "--listen=127.0.0.1:0", "--data"])
                .arg(folder.path())
                .args(["--database", &database])
                .stdout(std::fs::File::create(folder.path().join("key")).expect("a file"))
                .stderr(std::fs::File::create(folder.path().join("log")).expect("a file"))
                .spawn()
                .expect("the command starts");
            let open = "SELECT count(*) FROM node WHERE ended_at IS NULL";
            let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'node' AND schemaname = current_schema()";
            until("all three", || {
                count(&database, tables) == 1 && count(&database, open) == 3
            });
            // Whoever has the key prints it before it listens.
            until("that it listens", || {
                let log = std::fs::read_to_string(folder.path().join("log"));
                log.is_ok_and(|log| log.contains("listening on"))
            });
            child.kill().expect("it is killed");
            child.wait().expect("it ends");
            std::fs::read_to_string(folder.path().join("key")).expect("a file")
        };
        let begun: Vec<_> = (0..3).map(|_| scope.spawn(begin)).collect();
        begun
            .into_iter()
            .map(|one| one.join().expect("a key"))
            .collect()
    });
    let keys: Vec<&String> = keys.iter().filter(|key| !key.is_empty()).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let host = Host::start_on_known(METERED, &database, keys[0].trim());
    let listed: Value = host.get("/api/v1/keys").json();
    assert_eq!(listed["keys"].as_array().map(Vec::len), Some(1), "{listed}");
}

#[test]
fn files_of_before_come_into_the_database_where_it_lacks_them() {
    let database = server().fresh();
    let one = on(&database).with_guests();
    let two = one.beside();
    let modules = one.data().join("modules").join("default");
    let digest = |name: &str| {
        let version = one.get(&format!("/api/v1/modules/{name}/versions/1.0.0"));
        let version = version.json();
        version["digest"].as_str().expect("a digest").to_owned()
    };
    let (lacking, whole) = (digest("add"), digest("echo"));
    std::fs::create_dir_all(&modules).expect("a folder");
    std::fs::write(modules.join(&lacking), add()).expect("a file");
    // Of this one the database has all, and the file is damaged.
    std::fs::write(modules.join(&whole), b"damaged").expect("a file");
    let mut client = Client::connect(&database, NoTls).expect("the database");
    let take = "DELETE FROM module_piece WHERE digest = $1";
    assert_eq!(client.execute(take, &[&lacking]).expect("rows"), 1);
    let content = |host: &Host, name: &str| {
        host.get(&format!("/api/v1/modules/{name}/versions/1.0.0/content"))
    };
    content(&two, "add").refuses(500, "internal");
    let one = one.killed_and_started();
    for host in [&one, &two] {
        assert_eq!(content(host, "add").body, add());
        assert_eq!(content(host, "echo").body, echo());
    }
    // What does not belong to its name is not brought.
    client.execute(take, &[&lacking]).expect("rows");
    std::fs::write(modules.join(&lacking), b"damaged").expect("a file");
    let one = one.killed_and_started();
    content(&one, "add").refuses(500, "internal");
    assert!(
        one.log().contains("cannot be brought into the database"),
        "{}",
        one.log()
    );
    assert!(modules.join(&lacking).exists() && !modules.join(&whole).exists());
}
