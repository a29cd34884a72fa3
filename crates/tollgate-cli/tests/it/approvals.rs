//! Answers from a second terminal: real runs that wait, and real processes that answer.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::command::{cache, guest, repository};
use crate::parked::{Parked, Scene, json, rest, said, wait_until};
use crate::screen::{Typed, on_a_screen};

const LONG: &str = "--timeout=300s";

#[test]
fn an_answer_from_another_terminal_lets_the_call_happen_once() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let scene = Scene::new();
        let run = scene.park(&[LONG, profile]);
        let listed = scene.listed();
        let [card] = &*listed else {
            panic!("{listed:?}")
        };
        assert_eq!(card["card"], run.card);
        assert_eq!(card["state"], "pending");
        assert_eq!(card["waits"], "somebody");
        assert_eq!(card["capability"], "file-write");
        // Not the name that it has in this run, but the file.
        let file = scene.folder.path().canonicalize().expect("a folder");
        assert_eq!(
            card["target"],
            file.join("out/report").display().to_string()
        );
        let reason = card["reason"].as_str().expect("a reason");
        assert!(
            reason.starts_with("policy `calls-files`: writes:"),
            "{reason}"
        );
        let shown = said(&scene.approvals(&["show", &run.card]));
        for part in [
            "path_open",
            "/out/report\"",
            "sha256:",
            "a run waits for it",
        ] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(!scene.has_report());
        let answered = scene.answer(&run.card, &["allow-once", "--as", "Bob"]);
        assert!(answered.status.success(), "{}", said(&answered));
        let card = run.card.clone();
        let ended = run.ends();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(scene.has_report());
        let used = scene.show(&card);
        assert_eq!(used["state"], "used");
        assert_eq!(used["answer"]["by"][0], "bob");
        assert_eq!(used["answer"]["uses"], 1);
        assert!(scene.listed().is_empty());
    }
}

#[test]
fn a_denial_from_another_terminal_is_told_with_who_said_it() {
    let scene = Scene::new();
    let run = scene.park(&[LONG]);
    let answered = scene.answer(&run.card, &["deny", "--as=Bob"]);
    assert!(answered.status.success(), "{}", said(&answered));
    let card = run.card.clone();
    let ended = run.ends();
    assert_ne!(ended.code, Some(0));
    let denied = format!("denied by `bob` (card `{card}`)");
    assert!(ended.stderr.contains(&denied), "{}", ended.stderr);
    assert!(!scene.has_report());
}

#[test]
fn the_journal_has_the_question_the_answer_and_the_decision() {
    for (said, decision) in [("allow-once", "allowed"), ("deny", "denied")] {
        let scene = Scene::new();
        let run = scene.park(&[LONG, "--journal=calls.jsonl"]);
        let journal = || -> Vec<Value> {
            let text = std::fs::read_to_string(scene.folder.path().join("calls.jsonl"));
            let text = text.expect("a journal");
            let lines = text.lines();
            let lines = lines.map(|line| serde_json::from_str(line).expect("JSON"));
            lines
                .filter(|line: &Value| line["capability"] == "file-write")
                .collect()
        };
        // What is asked is in the file before somebody answers.
        let lines = journal();
        let [proposed] = &*lines else {
            panic!("{lines:?}")
        };
        assert_eq!(proposed["decision"], "proposed");
        assert_eq!(proposed["path"], "out/report");
        let answered = scene.answer(&run.card, &[said, "--as=Bob"]);
        assert!(answered.status.success(), "{}", self::said(&answered));
        let card = run.card.clone();
        run.ends();
        let lines = journal();
        let [_, answered, decided, ..] = &*lines else {
            panic!("{lines:?}")
        };
        assert_eq!(answered["decision"], "answered");
        assert_eq!(answered["answer"], said);
        assert_eq!(answered["answered_by"], "bob");
        assert_eq!(answered["card"], card);
        assert_eq!(decided["decision"], decision);
        assert_eq!(decided["by"], "answer");
    }
}

#[test]
fn a_wrong_answer_is_refused_and_changes_nothing() {
    let scene = Scene::new();
    let run = scene.park(&[LONG, "--requester=Ada Lovelace"]);
    let other = scene.park_writing(&[LONG], "out/other");
    assert_ne!(run.card, other.card);
    let absent = "0000000000000000";
    for (card, rest, code, says) in [
        (
            &*run.card,
            &["allow-once", "--as=ADA  lovelace"][..],
            77,
            "somebody else has to",
        ),
        (
            &run.card,
            &["deny", "--as=ａｄａ Lovelace"],
            77,
            "somebody else has to",
        ),
        (&run.card, &["allow-once", "--as= "], 65, "it is not empty"),
        (
            &run.card,
            &["allow-once", "--as=a\u{200b}da"],
            65,
            "not seen",
        ),
        (&run.card, &["allow-always"], 64, "allow-module"),
        (&run.card, &["allow-module", "--for=721h"], 64, "720h"),
        (absent, &["allow-once"], 66, "there is no card"),
        ("no-card", &["allow-once"], 64, "it has 16 of"),
    ] {
        let refused = scene.answer(card, rest);
        assert_eq!(
            refused.status.code(),
            Some(code),
            "{rest:?} {}",
            said(&refused)
        );
        assert!(said(&refused).contains(says), "{rest:?} {}", said(&refused));
    }
    assert_eq!(scene.show(&run.card)["state"], "pending");
    // An answer to another card is not this one's.
    assert!(scene.answer(&other.card, &["allow-once"]).status.success());
    let other_card = other.card.clone();
    assert_eq!(other.ends().code, Some(0));
    assert_eq!(scene.show(&run.card)["state"], "pending");
    assert!(!scene.has_report());
    // Twice, before and after it was used.
    let again = scene.answer(&other_card, &["deny"]);
    assert_eq!(again.status.code(), Some(65), "{}", said(&again));
    assert!(
        said(&again).contains("was answered before: `allow-once`"),
        "{}",
        said(&again)
    );
    assert!(scene.answer(&run.card, &["deny"]).status.success());
    let again = scene.answer(&run.card, &["allow-once"]);
    assert_eq!(again.status.code(), Some(65), "{}", said(&again));
    run.ends();
    assert!(!scene.has_report());
}

/// What is started into a container from outside belongs to a session that has no number there.
#[test]
fn a_session_that_began_outside_of_the_container_is_one_too() {
    const INSIDE: [&str; 5] = ["-r", "--pid", "--fork", "--mount-proc", "--kill-child"];
    let scene = Scene::new();
    let into_a_container = |command: Command| {
        let mut unshare = Command::new("unshare");
        unshare.args(INSIDE).arg(command.get_program());
        unshare.args(command.get_args());
        unshare.current_dir(scene.folder.path());
        unshare.env("TOLLGATE_CACHE_DIR", cache());
        unshare.stdin(Stdio::null()).stderr(Stdio::piped());
        unshare
    };
    let can_be_made = into_a_container(Command::new("true")).output();
    if !can_be_made.is_ok_and(|output| output.status.success()) {
        // As in most containers. In one the other tests of this file are run by such a session.
        eprintln!("SKIPPED: this system lets nobody mount /proc in a namespace of their own");
        return;
    }
    let run = scene.run_command(false, &[LONG, "--no-terminal"], "out/report");
    let run = Parked::of(into_a_container(run));
    let answer = |own_session| {
        let mut command = scene.command(own_session);
        command.args(["approvals", "answer", &run.card, "deny", "--state=a.db"]);
        into_a_container(command)
            .output()
            .expect("the command starts")
    };
    let refused = answer(false);
    assert_eq!(refused.status.code(), Some(77), "{}", said(&refused));
    let heard = answer(true);
    assert!(heard.status.success(), "{}", said(&heard));
    run.ends();
}

#[test]
fn the_session_that_started_a_run_does_not_answer_it() {
    let scene = Scene::new();
    let flags = [LONG, "--no-terminal"];
    let run = Parked::of(scene.run_command(false, &flags, "out/report"));
    let mut command = scene.command(false);
    command.args([
        "approvals",
        "answer",
        &run.card,
        "allow-once",
        "--state=a.db",
        "--as=bob",
    ]);
    let refused = command.output().expect("the command starts");
    assert_eq!(refused.status.code(), Some(77), "{}", said(&refused));
    assert_eq!(scene.show(&run.card)["state"], "pending");
    assert!(
        scene
            .answer(&run.card, &["deny", "--as=bob"])
            .status
            .success()
    );
    run.ends();
}

#[test]
fn nothing_else_is_written_to_a_file_of_the_state() {
    let scene = Scene::new();
    std::fs::write(scene.folder.path().join("out/keep"), "").expect("a file");
    for (flag, file) in [
        ("report", "a.db"),
        ("report", "data/../a.db-wal"),
        ("journal", "a.db-shm"),
        ("receipt", "a.db-journal"),
    ] {
        let flag = format!("--{flag}={file}");
        let refused = scene.run_command(true, &[&flag], "out/report").output();
        let refused = refused.expect("the command starts");
        assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
        let told = said(&refused);
        assert!(told.contains("would be a file of the state"), "{told}");
    }
}

#[test]
fn a_time_to_answer_in_has_bounds() {
    let scene = Scene::new();
    for time in ["0s", "1ns", "999ms", "169h"] {
        let flag = format!("--answer-within={time}");
        let refused = scene.run_command(true, &[&flag], "out/report").output();
        let refused = refused.expect("the command starts");
        assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
        assert!(
            said(&refused).contains("write `1s` to `168h`"),
            "{}",
            said(&refused)
        );
    }
}

#[test]
fn an_answer_that_is_none_proposes_no_wider_one() {
    let scene = Scene::new();
    let refused = scene.answer("0123456789abcdef", &["allow"]);
    assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
    let told = said(&refused);
    assert!(told.contains("the answers are `allow-once`"), "{told}");
    assert!(!told.contains("similar"), "{told}");
}

#[test]
fn nobody_answers_in_time_and_the_call_is_denied() {
    let scene = Scene::new();
    let run = scene.park(&[LONG, "--answer-within=1s"]);
    let card = run.card.clone();
    let ended = run.ends();
    assert_ne!(ended.code, Some(0));
    let late = format!("nobody answered card `{card}` in time");
    assert!(ended.stderr.contains(&late), "{}", ended.stderr);
    let late = scene.answer(&card, &["allow-once"]);
    assert_eq!(late.status.code(), Some(65), "{}", said(&late));
    assert!(said(&late).contains("has expired"), "{}", said(&late));
    assert!(!scene.has_report());
}

/// A run that waits until its time limit, which leaves a slow machine the time to begin.
fn waits_for_too_long(profile: &str) {
    let scene = Scene::new();
    let run = scene.park(&["--timeout=10s", profile]);
    let card = run.card.clone();
    let ended = run.ends();
    assert_eq!(ended.code, Some(124), "{}", ended.stderr);
    // The guest goes no further, and what was asked is told once.
    assert!(!ended.stderr.contains("wordstat:"), "{}", ended.stderr);
    let told = ended.stderr.matches("nobody answered").count();
    assert_eq!(told, 1, "{}", ended.stderr);
    assert_eq!(scene.show(&card)["state"], "expired");
    let late = scene.answer(&card, &["allow-once"]);
    assert_eq!(late.status.code(), Some(65), "{}", said(&late));
    assert!(!scene.has_report());
}

#[test]
fn the_time_limit_ends_a_run_that_waits_and_its_card() {
    std::thread::scope(|scope| {
        for profile in ["--profile=metered", "--profile=isolated"] {
            scope.spawn(move || waits_for_too_long(profile));
        }
    });
}

#[test]
fn a_signal_ends_a_run_that_waits_and_its_card() {
    let scene = Scene::new();
    let run = scene.park(&[LONG]);
    let number = run.child.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &number]).status();
    assert!(killed.expect("`kill` runs").success());
    let card = run.card.clone();
    assert_eq!(run.ends().code, Some(143));
    assert_eq!(scene.show(&card)["state"], "expired");
}

#[test]
fn a_killed_run_leaves_its_card_where_nobody_waits_and_no_answer_is_used() {
    let scene = Scene::new();
    let mut cards = Vec::new();
    for _ in 0..20 {
        let run = scene.park(&[LONG]);
        cards.push(run.card.clone());
        run.kill();
    }
    // Equal questions wait at one card, and none of those who asked is there.
    cards.dedup();
    let [card] = &*cards else { panic!("{cards:?}") };
    let shown = scene.show(card);
    assert_eq!(
        (&shown["state"], &shown["waits"]),
        (&"pending".into(), &"nobody".into())
    );
    assert_eq!(shown["waiting"].as_array().map(Vec::len), Some(20));
    let answered = scene.answer(card, &["allow-once"]);
    assert!(
        said(&answered).contains("nobody waits"),
        "{}",
        said(&answered)
    );
    let shown = scene.show(card);
    assert_eq!(shown["state"], "answered");
    assert_eq!(shown["answer"]["uses"], 0);
    // The answer was not to what comes later.
    let run = scene.park(&[LONG]);
    assert_ne!(run.card, *card);
    assert!(scene.answer(&run.card, &["allow-once"]).status.success());
    assert_eq!(run.ends().code, Some(0));
    assert_eq!(scene.show(card)["answer"]["uses"], 0);
}

#[test]
fn answers_that_are_killed_are_given_whole_or_not_at_all() {
    let scene = Scene::new();
    for round in 0..20_u64 {
        let run = scene.park(&[LONG]);
        let mut command = scene.command(true);
        command
            .args([
                "approvals",
                "answer",
                &run.card,
                "allow-once",
                "--state=a.db",
            ])
            .stdout(Stdio::null());
        let mut answerer = command.spawn().expect("the command starts");
        // Somewhere on its way; where is up to the scheduler.
        std::thread::sleep(Duration::from_millis(round * 3));
        answerer.kill().expect("it is killed");
        answerer.wait().expect("it has ended");
        let answered = scene.answer(&run.card, &["allow-once"]);
        let text = said(&answered);
        let before = text.contains("was answered before");
        assert!(answered.status.success() || before, "{text}");
        let card = run.card.clone();
        let ended = run.ends();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let used = scene.show(&card);
        assert_eq!(
            (&used["state"], &used["answer"]["uses"]),
            (&"used".into(), &1.into())
        );
    }
    let all = json(&scene.approvals(&["list", "--all", "--json"]));
    assert_eq!(all.as_array().map(Vec::len), Some(20));
}

#[test]
fn of_two_hundred_who_answer_one_is_heard() {
    let scene = Scene::new();
    let run = scene.park(&[LONG]);
    let answerers: Vec<Child> = (0..200)
        .map(|number| {
            let mut command = scene.command(true);
            command
                .args(["approvals", "answer", &run.card, "--state=a.db"])
                .args(["allow-once", &format!("--as=approver {number}")])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().expect("the command starts")
        })
        .collect();
    let mut heard = Vec::new();
    for answerer in answerers {
        let output = answerer.wait_with_output().expect("it ends");
        match output.status.code() {
            Some(0) => heard.push(said(&output)),
            Some(65) => assert!(said(&output).contains("was answered before")),
            // Waited too long for its turn, and says so.
            Some(78) => assert!(said(&output).contains("locked"), "{}", said(&output)),
            code => panic!("{code:?}: {}", said(&output)),
        }
    }
    assert_eq!(heard.len(), 1, "{heard:?}");
    let card = run.card.clone();
    assert_eq!(run.ends().code, Some(0));
    let by = scene.show(&card)["answer"]["by"][0].clone();
    assert!(heard[0].contains(by.as_str().expect("a name")), "{heard:?}");
}

#[test]
fn an_answer_for_a_module_is_for_later_runs_and_one_for_a_run_is_not() {
    let scene = Scene::new();
    let run = scene.park(&[LONG]);
    assert!(scene.answer(&run.card, &["allow-run"]).status.success());
    assert_eq!(run.ends().code, Some(0));
    let run = scene.park(&[LONG]);
    assert!(
        scene
            .answer(&run.card, &["allow-module", "--for=1h"])
            .status
            .success()
    );
    let card = run.card.clone();
    assert_eq!(run.ends().code, Some(0));
    let mut again = scene.run_command(true, &[LONG], "out/report");
    let again = again.output().expect("the command starts");
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert_eq!(scene.show(&card)["answer"]["uses"], 2);
    // Something else is another question.
    let other = scene.park_writing(&[LONG], "out/other");
    assert!(scene.answer(&other.card, &["deny"]).status.success());
    assert_ne!(other.ends().code, Some(0));
    // Nobody is allowed something by an answer of their own.
    let mut own = scene.command(true);
    own.args(["approvals", "show", &card, "--state=a.db", "--json"]);
    let by = json(&own.output().expect("it starts"))["answer"]["by"][0].clone();
    let name = format!("--requester={}", by.as_str().expect("a name"));
    let asks = scene.park(&[LONG, &name]);
    asks.kill();
}

#[test]
fn two_runs_with_one_question_wait_at_one_card_and_one_goes_on() {
    let scene = Scene::new();
    // There before: a run that is overtaken in making a file is asked about what is there then.
    std::fs::write(scene.folder.path().join("out/report"), "").expect("a file");
    let (one, other) = (scene.park(&[LONG]), scene.park(&[LONG]));
    assert_eq!(one.card, other.card);
    assert!(scene.answer(&one.card, &["allow-once"]).status.success());
    wait_until("the other one asks anew", || !scene.listed().is_empty());
    let listed = scene.listed();
    assert_eq!(listed.len(), 1);
    let second = listed[0]["card"].as_str().expect("a name").to_owned();
    assert_ne!(second, one.card);
    assert!(scene.answer(&second, &["allow-once"]).status.success());
    assert_eq!([one.ends().code, other.ends().code], [Some(0), Some(0)]);
}

/// The name of a file says which one only together with the grants, which whoever starts a run chooses.
#[test]
fn an_answer_about_a_file_is_for_no_other_one_of_that_name() {
    let scene = Scene::new();
    let policy = repository().join("examples/ecl/calls/files.ecl");
    let run = |folder: &str| {
        std::fs::create_dir_all(scene.folder.path().join(folder)).expect("a folder");
        let mut command = scene.command(true);
        command
            .args([
                "run",
                &guest("wordstat"),
                "--no-stdin",
                "--approvals=a.db",
                LONG,
            ])
            .arg(format!("--policy={}", policy.display()))
            .args(["--allow-read=data", &format!("--allow-write={folder}::out")])
            .args(["--", "--out", "out/report", "data"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Parked::of(command)
    };
    let nice = run("nice");
    let other = run("other");
    assert_ne!(nice.card, other.card);
    assert!(scene.answer(&nice.card, &["allow-module"]).status.success());
    assert_eq!(nice.ends().code, Some(0));
    // Whoever asks anew is asked about this file as well.
    other.kill();
    let other = run("other");
    let target = scene.show(&other.card)["target"].to_string();
    assert!(target.ends_with("/other/report\""), "{target}");
    assert!(scene.answer(&other.card, &["deny"]).status.success());
    assert_ne!(other.ends().code, Some(0));
    let there = |folder: &str| scene.folder.path().join(folder).join("report").exists();
    assert_eq!([there("nice"), there("other")], [true, false]);
}

#[test]
fn what_looks_like_a_secret_is_in_no_card() {
    let scene = Scene::new();
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ";
    let run = scene.park_writing(&[LONG], &format!("out/{secret}"));
    let target = scene.show(&run.card)["target"].to_string();
    assert!(target.ends_with("/out/[redacted]\""), "{target}");
    for name in ["a.db", "a.db-wal"] {
        let kept = std::fs::read(scene.folder.path().join(name)).expect("a file");
        let found = kept
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{name}");
    }
    assert!(scene.answer(&run.card, &["deny"]).status.success());
    run.ends();
}

#[test]
fn a_state_where_the_guest_can_write_is_refused() {
    let scene = Scene::new();
    let mut command = scene.run_command(true, &["--allow-write=."], "out/report");
    let refused = command.output().expect("the command starts");
    assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
    assert!(
        said(&refused).contains("the state `a.db`"),
        "{}",
        said(&refused)
    );
    assert!(!scene.folder.path().join("a.db").exists());
}

#[test]
fn a_card_is_watched_when_it_comes() {
    let scene = Scene::new();
    let first = scene.park(&[LONG]);
    let mut command = scene.command(true);
    command
        .args(["approvals", "watch", "--state=a.db", "--json"])
        .stdout(Stdio::piped());
    let mut watching = command.spawn().expect("the command starts");
    let mut lines = BufReader::new(watching.stdout.take().expect("a pipe")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("a line").expect("text");
        serde_json::from_str(&line).expect("JSON")
    };
    assert_eq!(next()["card"], first.card);
    let second = scene.park_writing(&[LONG], "out/other");
    assert_eq!(next()["card"], second.card);
    watching.kill().expect("it is killed");
    watching.wait().expect("it has ended");
    for run in [first, second] {
        assert!(scene.answer(&run.card, &["deny"]).status.success());
        run.ends();
    }
}

/// The run at a terminal of its own; what stands there at the end.
fn at_a_terminal(scene: &Scene, then: &'static str) -> Option<String> {
    let policy = repository().join("examples/ecl/calls/files.ecl");
    let arguments = format!(
        "run {} --policy={} --approvals=a.db {LONG} --no-stdin --allow-read=data --allow-write=out -- --out out/report data",
        guest("wordstat"),
        policy.display()
    );
    on_a_screen(scene.folder.path(), &arguments, &Typed { before: "", then })
}

#[test]
fn the_terminal_of_the_run_may_answer_first() {
    for (then, written) in [("y\n", true), ("n\n", false)] {
        let scene = Scene::new();
        let Some(seen) = at_a_terminal(&scene, then) else {
            return;
        };
        assert!(seen.contains("Allow it, once?"), "{seen}");
        assert_eq!(scene.has_report(), written, "{seen}");
        let all = json(&scene.approvals(&["list", "--all", "--json"]));
        assert_eq!(all[0]["state"], "used", "{all}");
        let by = all[0]["answer"]["by"][0].as_str().expect("a name");
        assert!(by.starts_with("terminal of uid:"), "{by}");
    }
}

#[test]
fn somebody_else_may_answer_before_the_terminal_of_the_run() {
    let scene = Scene::new();
    let seen = std::thread::scope(|scope| {
        let screen = scope.spawn(|| at_a_terminal(&scene, ""));
        wait_until("it asks, or there is no terminal", || {
            let state = scene.folder.path().join("a.db");
            screen.is_finished() || state.exists() && !scene.listed().is_empty()
        });
        if !screen.is_finished() {
            let card = scene.listed()[0]["card"].clone();
            let card = card.as_str().expect("a name");
            let answered = scene.answer(card, &["allow-once"]);
            assert!(answered.status.success(), "{}", said(&answered));
        }
        screen.join().expect("it ends")
    });
    let Some(seen) = seen else { return };
    assert!(seen.contains("the question is over"), "{seen}");
    assert!(scene.has_report(), "{seen}");
}

#[test]
fn a_terminal_that_a_run_leaves_out_answers_it_through_no_other_run() {
    let scene = Scene::new();
    let policy = repository().join("examples/ecl/calls/files.ecl");
    let run = format!(
        "run {} --policy={} --approvals=a.db {LONG} --no-stdin --allow-read=data --allow-write=out",
        guest("wordstat"),
        policy.display()
    );
    let (tollgate, rest) = (env!("CARGO_BIN_EXE_tollgate"), "-- --out out/report data");
    // Both in one session: the first waits when the second one asks.
    let both = format!(
        "{run} --no-terminal {rest} >first.out 2>first.err & first=$!; until grep -q card first.err; do sleep 0.1; done; \
         {tollgate} {run} {rest}; kill $first; wait"
    );
    let typed = Typed {
        before: "",
        then: "y\n",
    };
    let Some(seen) = on_a_screen(scene.folder.path(), &both, &typed) else {
        return;
    };
    assert!(
        seen.contains("cannot answer it; somebody else has to"),
        "{seen}"
    );
    assert!(!scene.has_report(), "{seen}");
}

/// The process that keeps the questions of a run.
fn clerk_of(run: &Parked) -> u32 {
    let own = run.child.id();
    let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
    let children = children.expect("a list of processes");
    let clerk = children.split_whitespace().find(|number| {
        let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains("clerk")
    });
    clerk.expect("a clerk").parse().expect("a number")
}

#[test]
fn nobody_is_asked_when_the_process_that_keeps_the_questions_was_killed() {
    let scene = Scene::new();
    let run = scene.park(&[LONG]);
    let clerk = clerk_of(&run).to_string();
    let killed = Command::new("kill").args(["-KILL", &clerk]).status();
    assert!(killed.expect("`kill` runs").success());
    let card = run.card.clone();
    let ended = run.ends();
    assert_ne!(ended.code, Some(0));
    let gone = "whoever keeps the questions has gone";
    assert!(ended.stderr.contains(gone), "{}", ended.stderr);
    assert!(!scene.has_report());
    assert_eq!(scene.show(&card)["waits"], "nobody");
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(sent.expect("`kill` runs").success());
}

#[test]
fn a_run_ends_when_its_cards_are_closed_and_not_before() {
    let scene = Scene::new();
    let run = scene.park(&[LONG]);
    let (clerk, card) = (clerk_of(&run), run.card.clone());
    signal("-STOP", clerk);
    signal("-TERM", run.child.id());
    // A run that did not wait for it would be over long before.
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(2));
            signal("-CONT", clerk);
        });
        run.ends()
    });
    assert_eq!(scene.show(&card)["state"], "expired");
    assert_eq!(ended.code, Some(143));
    assert!(!ended.stderr.contains("roken pipe"), "{}", ended.stderr);
}

#[test]
fn the_process_that_keeps_the_questions_of_a_killed_run_says_nothing() {
    let scene = Scene::new();
    let mut run = scene.park(&[LONG]);
    let clerk = clerk_of(&run);
    signal("-STOP", clerk);
    assert!(scene.answer(&run.card, &["deny"]).status.success());
    run.child.kill().expect("it is killed");
    run.child.wait().expect("it has ended");
    signal("-CONT", clerk);
    // Its end of the pipe is the last one.
    let said = rest(&mut run.stderr);
    assert_eq!(said, "");
}

#[test]
fn who_waits_uses_next_to_no_processor_time() {
    let scene = Scene::new();
    let run = scene.park(&[LONG]);
    let spent = || -> u64 {
        let ticks = |number: u32| -> u64 {
            let text =
                std::fs::read_to_string(format!("/proc/{number}/stat")).expect("it is there");
            let fields = text.rsplit_once(')').expect("a name").1;
            let fields = fields.split_whitespace().skip(11).take(2);
            fields
                .map(|field| field.parse::<u64>().expect("a number"))
                .sum()
        };
        ticks(run.child.id()) + ticks(clerk_of(&run))
    };
    let before = spent();
    std::thread::sleep(Duration::from_secs(3));
    // Of 300 hundredths of a second.
    assert!(spent() - before < 100, "{} of 300", spent() - before);
    assert!(scene.answer(&run.card, &["deny"]).status.success());
    run.ends();
}
