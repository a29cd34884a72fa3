//! `tollgate run --policy`: each call is decided, and a person is asked at the terminal alone.

use crate::command::{guest, repository, run};
use crate::screen::{Typed, on_a_screen};

fn policy() -> String {
    let path = repository().join("examples/ecl/calls/files.ecl");
    format!("--policy={}", path.display())
}

#[test]
fn a_policy_allows_one_file_and_denies_another_with_its_words() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let policy = policy();
        let arguments = |path| {
            [
                profile,
                &*policy,
                "--allow-read=data",
                "--no-stdin",
                "--",
                path,
            ]
        };
        let wordstat = guest("wordstat");
        let read = run(std::iter::once(&*wordstat).chain(arguments("data/a.txt")))
            .file("data/a.txt", "one two")
            .ends_with(0);
        assert!(read.stdout.contains("words"), "{}", read.stdout);
        let denied = run(std::iter::once(&*wordstat).chain(arguments("data/a.pem")))
            .file("data/a.pem", "one two")
            .ends_with(1);
        let reason = "`data/a.pem`: policy `calls-files`: secrets: keys stay where they are";
        assert!(denied.stderr.contains(reason), "{}", denied.stderr);
        assert!(!denied.stdout.contains("words"), "{}", denied.stdout);
    }
}

#[test]
fn a_policy_keeps_a_folder_of_keys_closed_under_whatever_name_it_is_granted() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join(".ssh");
    std::fs::create_dir(&keys).unwrap();
    std::fs::write(keys.join("id"), "one two").unwrap();
    std::os::unix::fs::symlink(".ssh", folder.path().join("link")).unwrap();
    for (profile, host, name) in [
        ("--profile=metered", ".ssh", "docs"),
        ("--profile=isolated", ".ssh", "docs"),
        ("--profile=metered", "link", "docs"),
        ("--profile=metered", ".ssh/id", "notes.txt"),
    ] {
        let dir = format!("--dir={}::{name}", folder.path().join(host).display());
        let path = match name {
            "docs" => "docs/id",
            name => name,
        };
        let (wordstat, policy) = (guest("wordstat"), policy());
        let denied = run([
            &*wordstat,
            profile,
            &*policy,
            &dir,
            "--no-stdin",
            "--",
            path,
        ])
        .ends_with(1);
        let reason = format!("{path}`: policy `calls-files`: secrets: keys stay where they are");
        assert!(denied.stderr.contains(&reason), "{}", denied.stderr);
        assert!(!denied.stdout.contains("words"), "{}", denied.stdout);
    }
}

#[test]
fn a_journal_has_a_line_for_each_decision() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let (policy, wordstat) = (policy(), guest("wordstat"));
        let rest = ["--allow-read=data", "--no-stdin", "--format=json"];
        let journal = "--journal=calls.jsonl";
        let flags = [profile, &*policy, journal].into_iter().chain(rest);
        let arguments = ["--", "data/a.txt", "data/a.pem"];
        let ran = run(std::iter::once(&*wordstat).chain(flags).chain(arguments))
            .file("data/a.txt", "one two")
            .file("data/a.pem", "one two")
            .ends_with(1);
        let text = ran.text("calls.jsonl");
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let report = ran.json();
        assert_eq!(report["calls"]["count"], lines.len(), "{text}");
        assert_eq!(report["calls"]["dropped"], 0);
        for (number, line) in lines.iter().enumerate() {
            assert_eq!(line["sequence"], number);
            assert_eq!(line["execution"], report["execution"]);
        }
        let about = |path: &str| {
            lines
                .iter()
                .find(|line| line["path"] == path)
                .expect("a line")
        };
        assert_eq!(about("data/a.txt")["decision"], "allowed");
        let denied = about("data/a.pem");
        assert_eq!(denied["decision"], "denied");
        assert_eq!(denied["by"], "policy");
        let reason = denied["reason"].as_str().expect("a reason");
        assert!(reason.contains("keys stay where they are"), "{reason}");
    }
}

#[test]
fn a_journal_is_a_new_file_where_the_guest_cannot_write() {
    let hello = guest("hello");
    let ran = run([&*hello, "--journal=calls.jsonl"])
        .file("calls.jsonl", "precious")
        .ends_with(74);
    assert!(ran.stderr.contains("name another file"), "{}", ran.stderr);
    for grant in [
        "--allow-write=.",
        "--allow-write=out/calls.jsonl",
        "--allow-all",
    ] {
        let ran = run([&*hello, grant, "--journal=out/calls.jsonl"])
            .file("out/a", "")
            .ends_with(64);
        assert!(
            ran.stderr.contains("name a file elsewhere"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.files(), ["out"]);
    }
    let ran = run([&*hello, "--journal=nowhere/calls.jsonl"]).ends_with(74);
    assert!(ran.stderr.contains("nowhere/calls.jsonl"), "{}", ran.stderr);
}

#[test]
fn a_journal_and_a_report_are_two_files() {
    let hello = guest("hello");
    for [journal, report] in [["j", "j"], ["./out/j", "out/j"], ["out/j", "out/../out/j"]] {
        let (journal, report) = (format!("--journal={journal}"), format!("--report={report}"));
        let ran = run([&*hello, &*journal, &*report])
            .file("out/other", "")
            .ends_with(64);
        assert!(ran.stderr.contains("would be one file"), "{}", ran.stderr);
        assert!(!ran.stdout.contains("ello"), "{}", ran.stdout);
        for path in ["j", "out/j"] {
            assert!(!ran.folder.path().join(path).exists(), "{path}");
        }
    }
    run([&*hello, "--journal=j", "--report=r"]).ends_with(0);
}

#[test]
fn what_does_not_fit_into_the_journal_does_not_happen() {
    let wordstat = guest("wordstat");
    for profile in ["--profile=metered", "--profile=isolated"] {
        for policy in [None, Some(policy())] {
            let flags = [
                "--allow-read=data",
                "--no-stdin",
                "--journal-limit=10",
                "--journal=calls.jsonl",
                profile,
            ];
            let flags = policy.as_deref().into_iter().chain(flags);
            let ran = run(std::iter::once(&*wordstat)
                .chain(flags)
                .chain(["--", "data/a.txt"]))
            .file("data/a.txt", "one two")
            .ends_with(74);
            assert!(!ran.stdout.contains("words"), "{}", ran.stdout);
            for part in [
                "what is not kept does not happen",
                "raise `--journal-limit`",
            ] {
                assert!(ran.stderr.contains(part), "{}", ran.stderr);
            }
            assert_eq!(ran.text("calls.jsonl"), "");
        }
    }
}

#[test]
fn a_policy_refuses_grants_that_give_files_two_names() {
    let (policy, hello) = (policy(), guest("hello"));
    for grants in [
        &["--allow-all"][..],
        &["--allow-read"],
        &["--allow-read=data", "--dir=data::/x"],
        &["--allow-read=data,.", "--dir=data/inner::inner"],
    ] {
        let flags = [&*hello, &*policy]
            .into_iter()
            .chain(grants.iter().copied());
        let ran = run(flags).file("data/inner/a", "").ends_with(64);
        assert!(ran.stderr.contains("grant it under one"), "{}", ran.stderr);
    }
    run([
        &*hello,
        &*policy,
        "--allow-read=data,data/inner",
        "--allow-write=data",
    ])
    .file("data/inner/a", "")
    .ends_with(0);
}

#[test]
fn a_folder_that_has_a_name_is_written_under_that_name_where_a_policy_decides() {
    let wordstat = guest("wordstat");
    let flags = [&*wordstat, "--dir=w::/w", "--allow-write=w", "--no-stdin"];
    let arguments = ["--policy=p.ecl", "--", "--out", "/w/out", "/w/a.txt"];
    let text = "import \"call.ecl\"\npolicy \"p\" { input { call: Call }
        let path = call.path else \"\"
        auto_accept any { known: path in [\"/w\", \"/w/a.txt\", \"/w/out\"] }
        otherwise reject \"another name\" }";
    let ran = run(flags.into_iter().chain(arguments))
        .file("w/a.txt", "one two")
        .file("p.ecl", text)
        .ends_with(0);
    assert!(!ran.text("w/out").is_empty());
}

#[test]
fn a_policy_that_cannot_decide_is_refused_before_the_module_is_read() {
    for (text, code, says) in [
        ("policy", 65, "does not compile"),
        (
            "policy \"p\" { input { x: int } otherwise reject \"no\" }",
            65,
            "input { call: Call }",
        ),
    ] {
        let ran = run(["nothing.wasm", "--policy=p.ecl"])
            .file("p.ecl", text)
            .ends_with(code);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let ran = run(["nothing.wasm", "--policy=p.ecl"]).ends_with(66);
    assert!(ran.stderr.contains("cannot read `p.ecl`"), "{}", ran.stderr);
}

/// Runs a guest that writes a file under the policy, at a terminal of its own where this is typed; what stands on the terminal.
fn at_a_terminal(typed: &Typed) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    std::fs::write(folder.path().join("data/a.txt"), "one two").expect("a file");
    let arguments = format!(
        "run {} {} --timeout=60s --no-stdin --allow-read=data --allow-write=out -- --out out/report data",
        guest("wordstat"),
        policy()
    );
    let seen = on_a_screen(folder.path(), &arguments, typed)?;
    let written = folder.path().join("out/report").is_file();
    Some(format!("{seen}\nwritten: {written}"))
}

#[test]
fn the_person_at_the_terminal_is_asked_and_decides() {
    for (before, then, written) in [
        ("", "y\n", true),
        ("", "n\n", false),
        ("", "\n", false),
        // A guest may have written a question of its own, and somebody answered that.
        ("y\ny\n", "n\n", false),
        ("y", "\n", false),
    ] {
        let Some(seen) = at_a_terminal(&Typed { before, then }) else {
            return;
        };
        assert!(seen.contains("Allow it, once?"), "{seen}");
        assert!(seen.contains("out/report"), "{seen}");
        assert!(seen.ends_with(&format!("written: {written}")), "{seen}");
    }
}

/// A guest that writes so many lines, makes a file whose name has something in it that is not seen, and writes a last line.
fn writes_and_asks(lines: usize) -> Vec<u8> {
    let lines = "the guest writes lines of a length that is easy to multiply, 64\n".repeat(lines);
    let bytes = lines.len();
    let data = lines.replace('\n', "\\n");
    let text = format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (memory (export "memory") 4)
          (data (i32.const 0) "\00\10\00\00")
          (data (i32.const 16) "re\e2\80\8bport")
          (data (i32.const 4096) "{data}")
          (func (export "_start")
            (i32.store (i32.const 4) (i32.const {bytes}))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (drop (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 9) (i32.const 1)
              (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8)))))"#
    );
    wat::parse_str(text).expect("a module")
}

#[test]
fn a_question_is_the_last_thing_on_the_screen_and_shows_what_is_not_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    std::fs::write(folder.path().join("guest.wasm"), writes_and_asks(1000)).expect("a file");
    let arguments = format!(
        "run guest.wasm {} --timeout=60s --no-stdin --allow-write=out",
        policy()
    );
    let typed = Typed {
        before: "",
        then: "n\n",
    };
    let Some(seen) = on_a_screen(folder.path(), &arguments, &typed) else {
        return;
    };
    let question = seen.find("\n-----").expect("a question begins with a rule");
    let last = seen.rfind("the guest writes").expect("the guest's lines");
    assert!(last < question, "{}", &seen[question..]);
    assert_eq!(seen.matches("the guest writes").count(), 1000);
    assert!(seen.contains(r"re\u{200b}port"), "{}", &seen[question..]);
}

/// A pager reads no more than a screen before somebody asks it to.
#[test]
fn a_reader_that_waits_has_no_say_in_whether_somebody_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    std::fs::write(folder.path().join("guest.wasm"), writes_and_asks(3000)).expect("a file");
    // It reads when the call that is asked about has happened.
    let reader = "{ until [ -e out/re*port ]; do sleep 0.1; done; cat > taken; }";
    let arguments = format!(
        "run guest.wasm {} --timeout=60s --no-stdin --allow-write=out | {reader}",
        policy()
    );
    let typed = Typed {
        before: "",
        then: "y\n",
    };
    let Some(seen) = on_a_screen(folder.path(), &arguments, &typed) else {
        return;
    };
    assert!(seen.contains("Allow it, once?"), "{seen}");
    let taken = std::fs::read_to_string(folder.path().join("taken")).expect("it has read");
    assert_eq!(taken.lines().count(), 3000);
}

#[test]
fn a_guest_that_would_take_the_answer_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    std::fs::write(folder.path().join("guest.wasm"), writes_and_asks(1000)).expect("a file");
    let arguments = format!("run guest.wasm {} --allow-write=out", policy());
    let nothing = Typed {
        before: "",
        then: "n\n",
    };
    let Some(seen) = on_a_screen(folder.path(), &arguments, &nothing) else {
        return;
    };
    assert!(seen.contains("add `--no-stdin`"), "{seen}");
    assert!(!seen.contains("the guest writes"), "{seen}");
}

#[test]
fn a_guest_is_not_granted_the_terminal_at_which_a_person_is_asked() {
    for grant in [
        "--allow-read=/dev/tty",
        "--allow-write=/dev/tty",
        "--allow-read=$(tty)",
        "--allow-write=$(tty)::out",
        "--allow-read=link",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink("/dev/tty", folder.path().join("link")).expect("a link");
        std::fs::write(folder.path().join("guest.wasm"), writes_and_asks(1000)).expect("a file");
        let arguments = format!("run guest.wasm {} --no-stdin {grant}", policy());
        let nothing = Typed {
            before: "",
            then: "n\n",
        };
        let Some(seen) = on_a_screen(folder.path(), &arguments, &nothing) else {
            return;
        };
        assert!(seen.contains("grant something else"), "{grant}: {seen}");
        assert!(!seen.contains("the guest writes"), "{grant}: {seen}");
    }
}
