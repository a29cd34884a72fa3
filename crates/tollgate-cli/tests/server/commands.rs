//! The commands that work with a server, as a user types them.

use serde_json::{Value, json};

use crate::command::{Ran, Tollgate, tollgate};
use crate::host::{Host, add, echo, endless};

/// A command with the server and a key in its environment.
fn at<'a>(host: &Host, arguments: impl IntoIterator<Item = &'a str>) -> Tollgate {
    tollgate(arguments)
        .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
        .env("TOLLGATE_KEY", &host.key)
}

fn words(host: &Host, line: &str) -> Tollgate {
    at(host, line.split_whitespace())
}

#[test]
fn a_module_is_pushed_listed_shown_got_and_deleted() {
    let host = Host::start();
    let push = words(&host, "module push add.wasm add@1.0.0 --tag stable").file("add.wasm", add());
    let pushed = push.ends_with(0).stdout;
    assert!(pushed.starts_with("add@1.0.0  "), "{pushed}");
    let text = r#"(module (func (export "x")))"#;
    words(&host, "module push x.wat x@0.1.0")
        .file("x.wat", text)
        .ends_with(0);
    let listed = words(&host, "module list").ends_with(0).stdout;
    assert!(
        listed.starts_with(&pushed) && listed.contains("\nx@0.1.0  "),
        "{listed}"
    );
    let one = words(&host, "module list add").ends_with(0).stdout;
    assert_eq!(one, format!("{pushed}add@stable  is 1.0.0\n"));
    for name in ["add", "add@1.0.0", "add@stable"] {
        let shown = at(&host, ["module", "show", name]).ends_with(0).stdout;
        assert_eq!(
            shown,
            format!("{pushed}exports  add  function (i32, i32) -> (i32)\n")
        );
    }
    let got = words(&host, "module get add@stable copy.wasm").ends_with(0);
    let copy = std::fs::read(got.folder.path().join("copy.wasm")).expect("a file");
    assert_eq!(copy, add());
    let used = words(&host, "module delete add@1.0.0").ends_with(65);
    assert!(
        used.stderr.contains("is used by the tag `stable`"),
        "{}",
        used.stderr
    );
    words(&host, "module untag add@stable").ends_with(0);
    words(&host, "module delete add@1.0.0").ends_with(0);
    words(&host, "module show add@1.0.0").ends_with(66);
}

#[test]
fn a_module_is_pruned_and_what_goes_is_printed() {
    let host = Host::start();
    for version in ["1.0.0", "1.0.1", "1.0.2", "1.0.3"] {
        let pushed = host.put_module("add", version, &add());
        assert_eq!(pushed.status, 201, "{pushed:?}");
    }
    words(&host, "module tag add@1.0.0 stable").ends_with(0);
    let prune = |flags: &str| {
        let line = format!("module prune add --keep 2 {flags}");
        words(&host, &line).ends_with(0).stdout
    };
    let foreseen = prune("--dry-run");
    assert!(foreseen.starts_with("add@1.0.1  "), "{foreseen}");
    assert_eq!(foreseen.lines().count(), 1, "{foreseen}");
    assert_eq!(prune(""), foreseen);
    assert_eq!(prune(""), "");
    let listed = words(&host, "module list add").ends_with(0).stdout;
    assert!(!listed.contains("add@1.0.1"), "{listed}");
    assert_eq!(listed.lines().count(), 4, "{listed}");
    let none = words(&host, "module prune add --keep 0").ends_with(64);
    assert!(none.stderr.contains("--keep"), "{}", none.stderr);
    words(&host, "module prune other --keep 1").ends_with(66);
}

#[test]
fn a_push_whose_tag_is_refused_says_that_the_version_is_there() {
    let host = Host::start();
    let push = at(
        &host,
        [
            "module",
            "push",
            "add.wasm",
            "add@1.0.0",
            "--tag",
            "Bad Tag",
        ],
    );
    let said = push.file("add.wasm", add()).ends_with(65).stderr;
    assert!(
        said.contains("`add@1.0.0` is pushed, and has not the tag `Bad Tag`"),
        "{said}"
    );
    words(&host, "module show add@1.0.0").ends_with(0);
}

#[test]
fn what_is_no_server_or_no_key_is_told_without_asking_one() {
    let host = Host::start();
    let said = words(&host, "module list")
        .env("TOLLGATE_SERVER", &host.address.to_string())
        .ends_with(64)
        .stderr;
    let proposed = format!("write `http://{}`", host.address);
    assert!(said.contains(&proposed), "{said}");
    for key in ["", "two\nlines", "tgk_\u{e9}"] {
        let said = words(&host, "module list --key @key")
            .file("key", key)
            .ends_with(64)
            .stderr;
        assert!(said.contains("what `key` has is no key"), "{said}");
    }
}

#[test]
fn a_whole_key_that_should_be_revoked_by_its_prefix_is_not_said_again() {
    let host = Host::start();
    let said = at(&host, ["access", "revoke", &host.key])
        .ends_with(64)
        .stderr;
    assert!(said.contains("the twelve digits after `tgk_`"), "{said}");
    let (_, secret) = host.key.rsplit_once('_').expect("a secret");
    assert!(!said.contains(secret), "{said}");
    let by_name = words(&host, "access revoke shop").ends_with(64).stderr;
    assert!(by_name.contains("`tollgate access list`"), "{by_name}");
}

#[test]
fn a_cast_prints_its_result_and_ends_as_a_run_does() {
    let host = Host::start().with_guests();
    let cast = words(&host, "cast add --invoke add -- 2 3").ends_with(0);
    assert_eq!(cast.stdout, "5\n");
    assert!(
        cast.stderr.contains("add@1.0.0") && cast.stderr.contains("$0.01"),
        "{}",
        cast.stderr
    );
    let text = at(
        &host,
        ["cast", "echo", "--invoke", "echo", "--input-text", "a b"],
    )
    .ends_with(0);
    assert_eq!(text.stdout, "a b\n");
    let json = words(&host, r#"cast echo --invoke echo --input {"a":1}"#).ends_with(0);
    assert_eq!(json.stdout, "{\"a\":1}\n");
    let bytes = words(
        &host,
        "cast echo --invoke echo --input-text @in --format json",
    )
    .file("in", [0xff, 0]);
    assert_eq!(
        bytes.ends_with(0).json()["output"],
        json!({ "base64": "/wA=" })
    );
    host.put_module("endless", "1.0.0", &endless());
    words(&host, "cast endless --invoke run --gas 1000").ends_with(152);
    words(
        &host,
        "cast endless --invoke run --gas 1000G --timeout 100ms",
    )
    .ends_with(124);
    let above = words(&host, "cast endless --invoke run --gas 1000000000G").ends_with(65);
    assert!(
        above.stderr.contains("`gas` is from 1 to"),
        "{}",
        above.stderr
    );
    words(&host, "cast nothing").ends_with(66);
    words(&host, "cast add --invoke add -- 2").ends_with(65);
}

#[test]
fn a_cast_with_a_key_of_its_own_runs_once() {
    let host = Host::start().with_guests();
    let line = "cast add --invoke add --idempotency-key order-17 --format json -- 2 3";
    let [first, again] = [(); 2].map(|()| words(&host, line).ends_with(0).json());
    assert_eq!(first, again);
    let told = words(
        &host,
        "cast add --invoke add --idempotency-key order-17 -- 2 3",
    )
    .ends_with(0);
    assert!(told.stderr.contains("as it ran before"), "{}", told.stderr);
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let host = Host::start();
    let made = words(&host, "access create ci --role caller --expires-in 1h").ends_with(0);
    let key = made.stdout.trim().to_owned();
    let use_it = |line: &str| -> Tollgate { words(&host, line).env("TOLLGATE_KEY", &key) };
    use_it("cast nothing").ends_with(66);
    use_it("module push x.wasm x@1.0.0")
        .file("x.wasm", echo())
        .ends_with(77);
    let prefix = key.split('_').nth(1).expect("a prefix").to_owned();
    let listed = words(&host, "access list").ends_with(0).stdout;
    assert!(
        listed.contains(&format!("{prefix}  caller  until 2")),
        "{listed}"
    );
    at(&host, ["access", "revoke", &prefix]).ends_with(0);
    use_it("cast nothing").ends_with(77);
}

#[test]
fn the_audit_log_is_read_as_lines_and_checked() {
    let host = Host::start().with_guests();
    let lines = words(&host, "audit list --format json").ends_with(0).stdout;
    let records: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(records.len(), 4);
    assert_eq!(records[3]["action"], "module.push");
    let whole = words(&host, "audit verify").ends_with(0).stdout;
    assert!(whole.starts_with("whole: 4 records"), "{whole}");
}

#[test]
fn a_key_is_read_from_a_file_and_never_sent_in_the_clear() {
    let host = Host::start();
    let server = format!("http://{}", host.address);
    let file = tollgate(["module", "list", "--server", &server, "--key", "@admin.key"]);
    file.without("TOLLGATE_KEY")
        .file("admin.key", format!("{}\n", host.key))
        .ends_with(0);
    let none = tollgate(["module", "list", "--server", &server]).without("TOLLGATE_KEY");
    assert!(none.ends_with(64).stderr.contains("tollgate access create"));
    let open = tollgate([
        "module",
        "list",
        "--server",
        "http://192.0.2.1:7400",
        "--key",
        "k",
    ]);
    assert!(open.ends_with(64).stderr.contains("--insecure-http"));
}

#[test]
fn a_server_that_is_not_there_or_is_none_is_told() {
    let nobody = tollgate([
        "module",
        "list",
        "--server",
        "http://127.0.0.1:1",
        "--key",
        "k",
    ]);
    let said: Ran = nobody.ends_with(66);
    assert!(said.stderr.contains("cannot be reached"), "{}", said.stderr);
    let bad = tollgate(["module", "list", "--server", "nonsense", "--key", "k"]);
    let said: Ran = bad.ends_with(64);
    assert!(said.stderr.contains("http://nonsense"), "{}", said.stderr);
}
