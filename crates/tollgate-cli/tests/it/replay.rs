//! `tollgate replay`: a run does the same again, or is refused by name, and is never found equal when it is not.

use tollgate::receipt::{Count, Moment, Place, Receipt, Record, SecretKey, sign};
use tollgate::sandbox::Digest;

use crate::command::{Ran, Tollgate, guest, repository, run, tollgate};

/// Signs receipts of runs with a key of its own.
struct Keys(tempfile::TempDir);

impl Keys {
    fn new() -> Self {
        let keys = Self(tempfile::tempdir().expect("a folder"));
        keys.used_by(tollgate(["key", "new"])).ends_with(0);
        keys
    }

    fn used_by(&self, command: Tollgate) -> Tollgate {
        let folder = self.0.path().join("keys");
        command.env("TOLLGATE_KEYS_DIR", &folder.to_string_lossy())
    }

    /// The receipt of `tollgate run` with these arguments; none where nothing ran.
    fn receipt(&self, arguments: &[&str]) -> Option<String> {
        let options = ["--receipt=r", "--gas=20000000", "--timeout=10m"];
        let split = arguments.iter().position(|argument| *argument == "--");
        let (flags, rest) = arguments.split_at(split.unwrap_or(arguments.len()));
        let ran = self.used_by(run([flags, &options, rest].concat())).ends();
        let made = ran.folder.path().join("r").exists();
        made.then(|| ran.text("r"))
            .filter(|receipt| !receipt.is_empty())
    }
}

fn replayed(receipt: &str, arguments: &[&str]) -> Ran {
    tollgate([&["replay", "r"][..], arguments].concat())
        .file("r", receipt)
        .ends()
}

/// A receipt that says something else than that of the run, signed by somebody.
fn changed(receipt: &str, change: impl FnOnce(&mut Record)) -> String {
    let read = Receipt::read(receipt.trim_end().as_bytes()).expect("a receipt");
    let mut record = read.record().clone();
    change(&mut record);
    let key = SecretKey::from_random(&[7; 32]);
    let signed = sign(&record, &key, Place::FIRST).expect("it is signed");
    String::from_utf8(signed.bytes).expect("text")
}

/// How a guest is run: what it begins with and what it is given.
fn invoked(name: &str) -> &'static [&'static str] {
    match name {
        "add" => &["--invoke=add", "--", "2", "3"],
        "json-transform" => &["--invoke=transform", "--input={\"a\":[1,2,3]}"],
        "pricing-component" => &[
            "--invoke=tollgate:pricing/quotes@0.1.0#tier-percent",
            "--input=[\"gold\"]",
        ],
        _ => &[],
    }
}

#[test]
fn every_guest_replays_equal_or_is_refused_by_name() {
    let keys = Keys::new();
    let mut equal = Vec::new();
    let entries = std::fs::read_dir(repository().join("guests/build")).expect("guests");
    let mut names: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.expect("an entry").path();
            let is_guest = path
                .extension()
                .is_some_and(|extension| extension == "wasm");
            is_guest.then(|| {
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned()
            })
        })
        .collect();
    names.sort();
    for name in &names {
        let path = guest(name);
        for level in ["--determinism=full", "--determinism=no-float"] {
            let how = invoked(name);
            let run = [&[&*path, "--no-stdin", level][..], how].concat();
            // What cannot be loaded at a level was no run.
            let Some(receipt) = keys.receipt(&run) else {
                continue;
            };
            let module = format!("--module={path}");
            let given: Vec<_> = how
                .iter()
                .copied()
                .filter(|flag| !flag.starts_with("--invoke"))
                .collect();
            let again = replayed(&receipt, &[&[&*module][..], &given].concat());
            match again.code {
                0 => equal.push(name.as_str()),
                65 => assert!(
                    again
                        .stderr
                        .contains("it cannot be replayed: the run was ended by `"),
                    "{name} {level}: {}",
                    again.stderr
                ),
                code => panic!("{name} {level}: {code} {}{}", again.stdout, again.stderr),
            }
        }
    }
    // Programs, functions and components; those that return, trap, and reach a limit.
    for name in [
        "add",
        "exit",
        "hello",
        "json-transform",
        "memory-bomb",
        "pricing-component",
        "recursion",
        "spin",
        "wordstat",
    ] {
        assert!(equal.contains(&name), "{name}: {equal:?}");
    }
}

#[test]
fn the_first_difference_is_named() {
    let (keys, hello) = (Keys::new(), guest("hello"));
    let receipt = keys
        .receipt(&[&hello, "--no-stdin", "--determinism=full"])
        .expect("a receipt");
    let module = format!("--module={hello}");
    type Change = fn(&mut Record);
    let changes: [(&str, Change); 7] = [
        ("usage.gas", |record| {
            record.usage.gas = Count(record.usage.gas.0 + 1)
        }),
        ("usage.host_calls", |record| {
            record.usage.host_calls = Count(9)
        }),
        ("output.stdout", |record| {
            record.output.stdout.digest = Digest::of(b"other")
        }),
        ("outcome.exit_code", |record| {
            record.outcome.exit_code = Some(3)
        }),
        ("violations", |record| record.violations = Count(1)),
        ("calls", |record| {
            record.calls.as_mut().expect("calls").digest = Digest::of(b"other");
        }),
        // Of several the first in the order of the run.
        ("output.stderr", |record| {
            record.output.stderr.bytes = Count(1);
            record.usage.gas = Count(0);
        }),
    ];
    for (field, change) in changes {
        let ran = replayed(&changed(&receipt, change), &[&module]);
        assert_eq!(ran.code, 1, "{field}: {}{}", ran.stdout, ran.stderr);
        let expected = format!("does not replay equal: first {field}\n");
        assert!(ran.stdout.starts_with(&expected), "{}", ran.stdout);
    }
    let isolated = keys
        .receipt(&[
            &hello,
            "--no-stdin",
            "--determinism=full",
            "--profile=isolated",
        ])
        .expect("a receipt");
    let ran = replayed(&isolated, &[&module]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let ran = replayed(&changed(&receipt, |_| ()), &[&module]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.starts_with("replays equal: "), "{}", ran.stdout);
}

#[test]
fn what_the_input_does_not_decide_is_refused_by_name() {
    let (keys, hello) = (Keys::new(), guest("hello"));
    let module = format!("--module={hello}");
    let refused = |receipt: &str, arguments: &[&str], part: &str| {
        let ran = replayed(receipt, arguments);
        assert_eq!(ran.code, 65, "{part}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    };
    let of = |flags: &[&str]| {
        let arguments = [&[&*hello][..], flags].concat();
        keys.receipt(&arguments).expect("a receipt")
    };
    let full = "--determinism=full";
    for (flags, part) in [
        (&["--no-stdin"][..], "the level of determinism `off`"),
        (&[full], "the run had standard input"),
        (
            &[full, "--no-stdin", "--allow-read=."],
            "files it could read",
        ),
        (
            &[full, "--no-stdin", "--allow-clock"],
            "the clock of its host",
        ),
        (
            &[full, "--no-stdin", "--allow-random"],
            "randomness of its host",
        ),
        (&[full, "--no-stdin", "--allow-net"], "the network"),
        (
            &[full, "--no-stdin", "--profile=timed"],
            "the profile `timed`",
        ),
    ] {
        refused(&of(flags), &[&module], part);
    }
    let receipt = of(&[full, "--no-stdin", "--env=A=1", "--", "x"]);
    let variable = "--env=A=1";
    let equal = replayed(&receipt, &[&module, variable, "--", "x"]);
    assert_eq!(equal.code, 0, "{}{}", equal.stdout, equal.stderr);
    refused(
        &receipt,
        &[&module, variable, "--", "y"],
        "the input has the digest",
    );
    refused(
        &receipt,
        &[&module, "--env=A=2", "--", "x"],
        "the input has the digest",
    );
    refused(&receipt, &[&module], "the input has the digest");
    // Also one that cannot begin where the run began.
    for other in ["exit", "add"] {
        let other = format!("--module={}", guest(other));
        refused(
            &receipt,
            &[&other, variable, "--", "x"],
            "the module has the digest",
        );
    }
    type Change = fn(&mut Record);
    let changes: [(&str, Change); 6] = [
        ("the gas of the run is `own 1`", |record| {
            record.engine.gas = String::from("own 1")
        }),
        ("the run had the engine 00", |record| {
            record.engine.fingerprint = String::from("00")
        }),
        ("the proposal `later`", |record| {
            record.engine.proposals.push(String::from("later"))
        }),
        ("functions of its own", |record| {
            record.embedder.host_functions = Count(1)
        }),
        ("decided by the policy 0123", |record| {
            record.policy = Some(String::from("0123"))
        }),
        ("`clock_start_ns` of the receipt", |record| {
            record.world.clock_start_ns = Moment(i128::MAX);
        }),
    ];
    for (part, change) in changes {
        refused(
            &changed(&receipt, change),
            &[&module, variable, "--", "x"],
            part,
        );
    }
    refused("hello\n", &[&module], "receipt");
    refused("", &[&module], "has no receipt");
    let untrusted = tollgate(["replay", "r", &module, variable, "--trust=keys", "--", "x"])
        .file("r", &receipt)
        .file("keys", "")
        .ends_with(67);
    assert!(
        untrusted.stderr.contains("not among the trusted keys"),
        "{}",
        untrusted.stderr
    );
}

#[test]
fn the_journal_of_the_run_names_the_call_and_no_other_journal_counts() {
    let (keys, wordstat) = (Keys::new(), guest("wordstat"));
    let flags = [
        "--no-stdin",
        "--determinism=full",
        "--journal=j",
        "--receipt=r",
        "--",
        "a",
    ];
    let ran = keys
        .used_by(run([&[&*wordstat][..], &flags].concat()))
        .ends();
    let (receipt, journal) = (ran.text("r"), ran.text("j"));
    assert!(!journal.is_empty());
    let module = format!("--module={wordstat}");
    let with = |receipt: &str, journal: &str| {
        tollgate(["replay", "r", &module, "--journal=j", "--", "a"])
            .file("r", receipt)
            .file("j", journal)
            .ends()
    };
    let equal = with(&receipt, &journal);
    assert_eq!(equal.code, 0, "{}{}", equal.stdout, equal.stderr);
    let edited = journal.replacen("\"operation\":\"path", "\"operation\":\"part", 1);
    assert_ne!(edited, journal);
    for wrong in [&*edited, ""] {
        let refused = with(&receipt, wrong);
        assert_eq!(refused.code, 65, "{}{}", refused.stdout, refused.stderr);
        let part = "the journal is not that of the run";
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    // A receipt with the calls of one run and the input of another: the call is another when it is made.
    let other = keys
        .receipt(&[&wordstat, "--no-stdin", "--determinism=full", "--", "b"])
        .expect("a receipt");
    let read = Receipt::read(receipt.trim_end().as_bytes()).expect("a receipt");
    let calls = read.record().calls.clone();
    let mixed = changed(&other, |record| record.calls = calls);
    let differs = tollgate(["replay", "r", &module, "--journal=j", "--", "b"])
        .file("r", &mixed)
        .file("j", &journal)
        .ends_with(1);
    let first = "does not replay equal: first record ";
    assert!(differs.stdout.starts_with(first), "{}", differs.stdout);
}
