//! `tollgate learn`: what one run needs, and nothing else.

use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Ran, guest, run, tollgate};

/// A folder whose files a guest is about, under its whole name: what is learned holds there.
struct Ground(TempDir);

impl Ground {
    fn new(files: &[(&str, &str)]) -> Self {
        let ground = Self(tempfile::tempdir().expect("a folder"));
        for (name, text) in files {
            let path = ground.at(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        ground
    }

    fn at(&self, name: &str) -> PathBuf {
        let path = self.0.path().canonicalize().expect("a folder");
        path.join(name)
    }

    /// The text with this folder in the place of `@`.
    fn filled(&self, text: &str) -> String {
        text.replace('@', self.at("").display().to_string().trim_end_matches('/'))
    }
}

/// One run to learn from.
struct Case<'a> {
    guest: &'a str,
    /// The outer bound; `@` is the folder.
    bound: &'a [&'a str],
    arguments: &'a [&'a str],
    /// What the guest makes, and what has to be gone before it runs again.
    made: &'a [&'a str],
}

/// A case, what was learned of it, and where.
struct Taught<'a> {
    case: &'a Case<'a>,
    ground: &'a Ground,
    flags: Vec<String>,
    policy: String,
}

impl<'a> Taught<'a> {
    fn of(case: &'a Case<'a>, ground: &'a Ground) -> Self {
        let write = format!("--write={}", ground.at("learned.ecl").display());
        let mut words = vec![guest(case.guest), write, String::from("--format=json")];
        words.extend(case.bound.iter().map(|flag| ground.filled(flag)));
        words.push(String::from("--"));
        words.extend(case.arguments.iter().map(|word| ground.filled(word)));
        let learn = tollgate(std::iter::once("learn").chain(words.iter().map(String::as_str)));
        let report = learn.ends_with(0).json();
        let flags = report["learned"]["flags"].as_array().expect("flags").iter();
        let flags = flags.map(|flag| flag.as_str().expect("a flag").to_owned());
        let policy = std::fs::read_to_string(ground.at("learned.ecl")).expect("a policy");
        Self {
            case,
            ground,
            flags: flags.collect(),
            policy,
        }
    }

    /// Runs it again with these flags.
    fn again(&self, flags: &[String]) -> Ran {
        for made in self.case.made {
            drop(std::fs::remove_file(self.ground.at(made)));
        }
        let arguments = self
            .case
            .arguments
            .iter()
            .map(|word| self.ground.filled(word));
        let mut words = vec![guest(self.case.guest), String::from("--format=json")];
        words.extend(flags.iter().cloned());
        words.push(String::from("--"));
        words.extend(arguments);
        run(words.iter().map(String::as_str)).ends()
    }

    /// Runs it again under this policy.
    fn under(&self, policy: &str) -> Ran {
        std::fs::write(self.ground.at("other.ecl"), policy).expect("a policy");
        let mut flags = self.flags.clone();
        flags.retain(|flag| !flag.starts_with("--policy="));
        flags.push(format!(
            "--policy={}",
            self.ground.at("other.ecl").display()
        ));
        self.again(&flags)
    }

    /// The rules, each as it stands there.
    fn rules(&self) -> Vec<&str> {
        let Some(begin) = self.policy.find("auto_accept any {") else {
            return Vec::new();
        };
        let rest = &self.policy[begin..];
        let end = rest.find("\n  }").expect("an end");
        let mut starts: Vec<_> = rest[..end]
            .match_indices("\n    call_")
            .map(|(at, _)| at)
            .collect();
        starts.push(end);
        starts
            .windows(2)
            .map(|pair| &rest[pair[0]..pair[1]])
            .collect()
    }
}

/// Whether nothing was denied, and the guest came to its end.
fn is_clean(ran: &Ran) -> bool {
    ran.code == 0 && {
        let report: Value = ran.json();
        report["violations"].as_array().is_some_and(Vec::is_empty)
    }
}

/// Checks that what was learned allows the run, and that nothing of it can be left out.
fn needs_each_line(case: &Case<'_>, ground: &Ground) {
    let taught = Taught::of(case, ground);
    let whole = taught.again(&taught.flags);
    assert!(
        is_clean(&whole),
        "{}: {}{}",
        case.guest,
        whole.stderr,
        whole.stdout
    );
    let grants = |flag: &&String| {
        let others = [
            "--policy=",
            "--no-stdin",
            "--allow-clock",
            "--allow-random",
            "--env",
            "--allow-env",
        ];
        !others.iter().any(|other| flag.starts_with(other))
    };
    for left_out in taught.flags.iter().filter(grants) {
        let mut flags = taught.flags.clone();
        flags.retain(|flag| flag != left_out);
        let ran = taught.again(&flags);
        assert!(!is_clean(&ran), "{}: without {left_out}", case.guest);
    }
    for rule in taught.rules() {
        let ran = taught.under(&taught.policy.replace(rule, ""));
        assert!(!is_clean(&ran), "{}: without {rule}", case.guest);
    }
}

#[test]
fn a_run_under_what_it_wrote_is_not_denied_and_needs_each_line() {
    let files = [
        ("data/a.txt", "one two"),
        ("data/b.md", "three"),
        ("data/other.pem", "secret"),
        ("more/c.txt", "four"),
        ("out/keep", ""),
    ];
    let cases = [
        Case {
            guest: "hello",
            bound: &["--allow-read=@/data"],
            arguments: &[],
            made: &[],
        },
        Case {
            guest: "wordstat",
            bound: &[
                "--allow-read=@/data",
                "--allow-read=@/more",
                "--allow-write=@/out",
                "--no-stdin",
            ],
            arguments: &["@/data/a.txt"],
            made: &[],
        },
        Case {
            guest: "wordstat",
            bound: &[
                "--allow-read=@/data,@/more",
                "--allow-write=@/out",
                "--allow-clock",
                "--no-stdin",
            ],
            arguments: &["--out", "@/out/report", "@/data", "@/more/c.txt"],
            made: &["out/report"],
        },
        Case {
            guest: "wordstat",
            bound: &["--dir=@/data::/d", "--env=WORDSTAT_TOP=1"],
            arguments: &["/d"],
            made: &[],
        },
        Case {
            guest: "greet-component",
            bound: &[
                "--allow-read=@/data",
                "--allow-read=@/data/a.txt",
                "--allow-env=HOME",
            ],
            arguments: &["--list", "@/data", "--from", "@/data/a.txt"],
            made: &[],
        },
    ];
    for case in &cases {
        let ground = Ground::new(&files);
        needs_each_line(case, &ground);
    }
}

#[test]
fn what_a_policy_cannot_tell_from_the_run_is_said() {
    let ground = Ground::new(&[("data/a.txt", "one"), ("out/keep", "")]);
    let bound = ["--allow-read=@/data", "--allow-write=@/out", "--no-stdin"];
    for (arguments, count) in [
        (&["@/data/a.txt"][..], 0),
        (&["--out", "@/out/report", "@/data/a.txt"], 1),
    ] {
        let write = ground.at(&format!("learned-{count}.ecl"));
        let flag = format!("--write={}", write.display());
        let mut words = vec![guest("wordstat"), flag, String::from("--format=json")];
        words.extend(bound.iter().map(|flag| ground.filled(flag)));
        words.push(String::from("--"));
        words.extend(arguments.iter().map(|word| ground.filled(word)));
        let words = std::iter::once("learn").chain(words.iter().map(String::as_str));
        let learned = tollgate(words).ends_with(0).json()["learned"].clone();
        assert_eq!(learned["wider"].as_array().map(Vec::len), Some(count));
        let policy = std::fs::read_to_string(write).expect("a policy");
        assert_eq!(policy.matches("# But ").count(), count, "{policy}");
    }
}

#[test]
fn a_connection_is_learned_with_its_address() {
    use std::io::Write as _;

    let server = TcpListener::bind("127.0.0.1:0").expect("a server");
    let address = server.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = server.accept() {
            drop(stream.write_all(b"ada\n"));
        }
    });
    let ground = Ground::new(&[("data/a.txt", "one")]);
    let bound = [
        format!("--allow-net={address}"),
        String::from("--allow-net=192.0.2.1"),
        String::from("--allow-read=@/data"),
    ];
    let bound: Vec<_> = bound.iter().map(String::as_str).collect();
    let case = Case {
        guest: "greet-component",
        bound: &bound,
        arguments: &["--ask", &address],
        made: &[],
    };
    needs_each_line(&case, &ground);
    std::fs::remove_file(ground.at("learned.ecl")).expect("a policy");
    let taught = Taught::of(&case, &ground);
    let kept = format!("--allow-net={address}");
    let net: Vec<_> = taught
        .flags
        .iter()
        .filter(|flag| flag.starts_with("--allow-"))
        .collect();
    assert_eq!(net, [&kept], "{:?}", taught.flags);
    assert!(
        taught.policy.contains("address == \"127.0.0.1\""),
        "{}",
        taught.policy
    );
}

#[test]
fn names_of_every_kind_are_written_right() {
    for name in [
        "it's \"q\"",
        "a b",
        "a,b",
        "a::b",
        "n\nl",
        "\u{e9}\u{4e16}",
        "$(touch x)",
        "a\\b",
        "end:",
        "\u{202e}x",
    ] {
        let ground = Ground::new(&[("plain.txt", "one")]);
        let file = format!("{name}.txt");
        std::fs::write(ground.at(&file), "one two").expect("a file");
        let path = ground.at(&file).display().to_string();
        let escaped = path
            .replace('\\', "\\\\")
            .replace(',', "\\,")
            .replace("::", "\\:\\:");
        let case = Case {
            guest: "wordstat",
            bound: &[&format!("--allow-read={escaped}"), "--no-stdin"],
            arguments: &[&path],
            made: &[],
        };
        let taught = Taught::of(&case, &ground);
        let again = taught.again(&taught.flags);
        assert!(
            is_clean(&again),
            "{name:?}: {}{}",
            again.stdout,
            taught.policy
        );
        // As a shell reads what is told to people.
        let write = format!("--write={}", ground.at("shown.ecl").display());
        let grant = format!("--allow-read={escaped}");
        let told = tollgate([
            "learn",
            &*guest("wordstat"),
            &*write,
            &*grant,
            "--no-stdin",
            "--",
            &*path,
        ]);
        let told = told.ends_with(0).stderr;
        let flags = told
            .lines()
            .skip_while(|line| !line.ends_with("run it with"))
            .skip(1);
        let flags = flags.collect::<Vec<_>>().join(" ");
        let quoted = format!("'{}'", path.replace('\'', "'\\''"));
        let line = format!(
            "{} run {} {flags} -- {quoted}",
            env!("CARGO_BIN_EXE_tollgate"),
            guest("wordstat")
        );
        let output = std::process::Command::new("bash")
            .args(["-c", &line])
            .output();
        let output = output.expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name:?}: {line}: {said}");
    }
}

#[test]
fn what_the_run_did_not_do_is_denied() {
    let ground = Ground::new(&[
        ("data/a.txt", "one"),
        ("data/b.txt", "two"),
        ("out/keep", ""),
    ]);
    let case = Case {
        guest: "wordstat",
        bound: &["--allow-read=@/data", "--allow-write=@/out", "--no-stdin"],
        arguments: &["@/data/a.txt"],
        made: &[],
    };
    let taught = Taught::of(&case, &ground);
    assert!(
        !taught
            .flags
            .iter()
            .any(|flag| flag.starts_with("--allow-write")),
        "{:?}",
        taught.flags
    );
    let with = |guest: &str, path: &str| {
        let mut words = vec![guest.to_owned(), String::from("--format=json")];
        words.extend(taught.flags.iter().cloned());
        words.extend([String::from("--"), ground.filled(path)]);
        run(words.iter().map(String::as_str)).ends()
    };
    assert!(is_clean(&with(&guest("wordstat"), "@/data/a.txt")));
    assert!(
        !is_clean(&with(&guest("wordstat"), "@/data/b.txt")),
        "another file"
    );
    assert!(!is_clean(&with(&guest("wordstat"), "@/data")), "the folder");
    let mut other = std::fs::read(guest("wordstat")).expect("a module");
    // A custom section without anything in it makes it another module that does the same.
    other.extend([0, 2, 1, b'x']);
    std::fs::write(ground.at("other.wasm"), other).expect("a module");
    let other = ground.at("other.wasm").display().to_string();
    assert!(!is_clean(&with(&other, "@/data/a.txt")), "another module");
}

fn nothing_learned(words: &[&str], code: i32) -> Ran {
    let learn = ["learn"].iter().chain(words).copied();
    let ran = tollgate(learn)
        .file("data/a.txt", "one")
        .file("here.ecl", "mine")
        .ends_with(code);
    assert!(!ran.folder.path().join("learned.ecl").exists());
    assert_eq!(ran.text("here.ecl"), "mine");
    ran
}

#[test]
fn nothing_is_learned_of_a_run_that_was_denied_or_did_not_end() {
    let (wordstat, trap, write) = (guest("wordstat"), guest("trap"), "--write=learned.ecl");
    let denied = nothing_learned(&[&*wordstat, write, "--no-stdin", "--", "data/a.txt"], 77);
    assert!(
        denied.stderr.contains("nothing was learned")
            && denied
                .stderr
                .contains("record it with `--allow-read=data/a.txt`"),
        "{}",
        denied.stderr
    );
    let trapped = nothing_learned(&[&*trap, write, "--invoke=unreachable"], 134);
    assert!(
        trapped.stderr.contains("did not come to its end"),
        "{}",
        trapped.stderr
    );
}

#[test]
fn wrong_use_of_learning_is_told() {
    let hello = guest("hello");
    nothing_learned(&[&*hello], 64);
    nothing_learned(&["-", "--write=learned.ecl"], 64);
    let policy = nothing_learned(&[&*hello, "--write=learned.ecl", "--policy=here.ecl"], 64);
    assert!(policy.stderr.contains("leave it out"), "{}", policy.stderr);
    let there = nothing_learned(&[&*hello, "--write=here.ecl"], 74);
    assert!(
        there.stderr.contains("name another file"),
        "{}",
        there.stderr
    );
    for other in ["--report", "--journal", "--receipt"] {
        let other = format!("{other}=learned.ecl");
        let one = nothing_learned(&[&*hello, "--write=./learned.ecl", &*other], 64);
        assert!(one.stderr.contains("would be one file"), "{}", one.stderr);
    }
    let inside = nothing_learned(&[&*hello, "--write=learned.ecl", "--allow-write=."], 64);
    assert!(
        inside.stderr.contains("name a file elsewhere"),
        "{}",
        inside.stderr
    );
    let two = nothing_learned(&[&*hello, "--write=learned.ecl", "--allow-all"], 64);
    assert!(two.stderr.contains("grant it under one"), "{}", two.stderr);
    nothing_learned(&["nothing.wasm", "--write=learned.ecl"], 66);
}
