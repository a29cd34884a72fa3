//! What users do every day with programs of others: grants that overlap, large files, full folders, links.

use std::os::unix::fs::symlink;

use crate::command::{Ran, Tollgate, guest, run};

const GUESTS: [&str; 2] = ["operations", "operations-component"];

/// An operation with flags, in a folder of its own.
fn operation(guest_name: &str, flags: &[&str], arguments: &[&str]) -> Tollgate {
    let guest = guest(guest_name);
    let all = std::iter::once(guest.as_str())
        .chain(["--quiet"])
        .chain(flags.iter().copied())
        .chain(["--"])
        .chain(arguments.iter().copied());
    run(all)
}

fn prints(test: Tollgate, text: &str) -> Ran {
    let ran = test.ends_with(0);
    assert_eq!(ran.stdout, text, "{}", ran.stderr);
    ran
}

#[test]
fn grants_that_overlap_add_up() {
    for guest in GUESTS {
        for (flags, arguments, text) in [
            (
                &["--allow-read=w", "--allow-write=w/out"][..],
                &["read", "w/out/a"][..],
                "a\n",
            ),
            (
                &["--allow-read", "--allow-write=w/out"],
                &["read", "w/out/a"],
                "a\n",
            ),
            (
                &["--allow-read=w/s", "--allow-write=w/s"],
                &["update", "w/s"],
                "done\n",
            ),
            (
                &["--allow-read=w/s", "--allow-write=w/s"],
                &["read", "w/s"],
                "s\n",
            ),
            (
                &["--dir=w::/w", "--allow-write=w"],
                &["read", "/w/s"],
                "s\n",
            ),
            (
                &["--dir=w::/w", "--allow-write=w"],
                &["write", "/w/new"],
                "done\n",
            ),
            (
                &["--dir=w::/w", "--allow-write=w::/w"],
                &["update", "/w/s"],
                "done\n",
            ),
        ] {
            let test = operation(guest, flags, arguments)
                .file("w/out/a", "a")
                .file("w/s", "s");
            prints(test, text);
        }
    }
}

#[test]
fn everything_granted_is_found_from_any_folder() {
    for guest in GUESTS {
        for flag in ["--allow-all", "--allow-read"] {
            let test = operation(guest, &[flag], &["exists", "/etc/hostname"]);
            prints(test.file("deep/.keep", "").working_in("deep"), "there\n");
        }
        let test = operation(guest, &["--allow-read=/"], &["exists", "/etc/hostname"]);
        prints(test, "there\n");
    }
}

#[test]
fn the_root_lists_what_is_mapped() {
    for guest in GUESTS {
        let flags = ["--dir=w::/w", "--dir=w::/deep/er"];
        let test = operation(guest, &flags, &["list", "/"]).file("w/s", "s");
        prints(test, "\"deep\" true\n\"w\" true\n");
    }
}

#[test]
fn a_file_larger_than_one_call_is_read_in_pieces() {
    let large = vec![0; 20 << 20];
    for guest in GUESTS {
        let flags = ["--allow-read=large", "--memory=200MiB"];
        let test = operation(guest, &flags, &["size", "large"]).file("large", &large);
        prints(test, "20971520\n");
        let test = operation(guest, &["--memory=200MiB"], &["input"]).input(large.clone());
        prints(test, "20971520\n");
    }
}

#[test]
fn a_folder_of_many_names_is_listed_within_the_default_limits() {
    for guest in GUESTS {
        let test = operation(guest, &["--allow-read=many"], &["count", "many"]);
        let test = (0..10_000).fold(test, |test, name| test.file(&format!("many/{name}"), ""));
        prints(test, "10000\n");
    }
}

#[test]
fn a_slash_behind_a_link_means_what_it_leads_to() {
    for guest in GUESTS {
        for (path, is_link) in [("/link", "true\n"), ("/link/", "false\n")] {
            let test = operation(guest, &["--dir=t::/"], &["lstat", path]).file("t/d/a", "");
            symlink("d", test.folder.path().join("t/link")).expect("a link");
            prints(test, is_link);
        }
    }
}

#[test]
fn a_file_granted_by_a_link_to_it_is_read() {
    for guest in GUESTS {
        let test = operation(guest, &["--allow-read=t/link"], &["read", "t/link"]);
        let test = test.file("t/real", "r");
        symlink("real", test.folder.path().join("t/link")).expect("a link");
        prints(test, "r\n");
    }
}

#[test]
fn a_link_that_leads_out_is_refused_and_told() {
    for guest in GUESTS {
        let test = operation(guest, &["--allow-read=t"], &["read", "t/out"]).file("t/a", "");
        symlink("/etc/hostname", test.folder.path().join("t/out")).expect("a link");
        let ran = test.ends_with(1);
        assert!(
            ran.stderr
                .contains("`t/out` (a symbolic link to `/etc/hostname`, out of what is granted)"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_current_folder_that_is_gone_is_named() {
    let test = operation("operations", &["--allow-read=."], &["list", "."]);
    let (test, gone) = test.in_a_folder_that_is_gone();
    let ran = test.ends_with(66);
    assert!(
        ran.stderr.contains("the current folder") && ran.stderr.contains("is gone"),
        "{}: {}",
        gone.display(),
        ran.stderr
    );
}

#[test]
fn a_text_without_quotation_marks_is_named_with_them() {
    let test = run(["m.wat", "--quiet", "--invoke=echo", "--", "hello"]);
    let ran = test.file("m.wat", ECHO).ends_with(64);
    assert!(
        ran.stderr
            .contains(r#"`hello`: invalid value type; a text has quotation marks: `"hello"`"#)
            && ran.stderr.contains(r#"`'"text"'`"#),
        "{}",
        ran.stderr
    );
    let test = run(["m.wat", "--quiet", "--invoke=echo", "--", r#""hello""#]);
    prints(test.file("m.wat", ECHO), "\"hello\"\n");
}

#[test]
fn arguments_that_do_not_fit_are_told_by_their_names_and_what_they_take() {
    for (arguments, told) in [
        (
            &["{x: 1, y: 300}", "[]"][..],
            "argument `at` takes `record { x: u32, y: u8 }`: `300`: invalid value",
        ),
        (
            &["{x: 1}", "[]"],
            "argument `at` takes `record { x: u32, y: u8 }`: `{x: 1}`: something is missing or does not fit",
        ),
        (
            &["{x: 1, y: 2}", "[a]"],
            "argument `names` takes `list<string>`: `a`: invalid value type; a text has quotation marks: `\"a\"`",
        ),
        (
            &["{x: 1, y: 2}"],
            "it takes 2 arguments: `at: record { x: u32, y: u8 }`, `names: list<string>`; 1 given",
        ),
        (&[], "; 0 given"),
        (&["{x: 1, y: 2}", "[]", "3"], "; 3 given"),
    ] {
        let all = ["m.wat", "--quiet", "--invoke=f", "--"];
        let ran = run(all.iter().chain(arguments).copied())
            .file("m.wat", RECORD)
            .ends_with(64);
        assert!(ran.stderr.contains(told), "{arguments:?}: {}", ran.stderr);
        let (first, _) = ran.stderr.split_once('\n').expect("a line");
        let quoted = first.contains("quotation marks");
        assert_eq!(quoted, told.contains("quotation marks"), "{first}");
    }
}

#[test]
fn the_arguments_of_a_core_module_are_not_explained_as_those_of_a_component() {
    let wat = r#"(module (func (export "f") (param i32)))"#;
    let ran = run(["m.wat", "--quiet", "--invoke=f", "--", "x"])
        .file("m.wat", wat)
        .ends_with(64);
    assert!(
        ran.stderr.contains("not a value of type i32") && !ran.stderr.contains("quotation"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_entry_that_is_not_there_is_told_the_same_with_code_in_the_cache_and_without() {
    let wat = r#"(module (func (export "add")) (func (export "f")))"#;
    let told = |cache: &str| {
        let test = run(["m.wat", "--invoke=ad", cache]).file("m.wat", wat);
        test.ends_with(65).stderr
    };
    let before = told("--no-cache");
    assert!(before.contains("did you mean `--invoke=add`?"), "{before}");
    let kept = run(["m.wat", "--quiet", "--invoke=add"]).file("m.wat", wat);
    kept.ends_with(0);
    assert_eq!(told("--quiet"), before);
}

/// A component that takes a record and a list.
const RECORD: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "f") (param i32 i32 i32 i32)))
  (core instance $i (instantiate $m))
  (type $r (record (field "x" u32) (field "y" u8)))
  (export $at "at" (type $r))
  (type $names (list string))
  (func (export "f") (param "at" $at) (param "names" $names)
    (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;

/// A component that gives back the text it is given.
const ECHO: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "echo") (param "s" string) (result string)
    (canon lift (core func $i "echo") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;

#[test]
fn a_guest_without_a_network_is_told_what_to_grant_and_has_no_socket_of_the_host() {
    let guest = guest("wasi-calls-component");
    for profile in ["--profile=metered", "--profile=isolated"] {
        for (function, needed) in [("tcp connect", 7), ("udp send", 9)] {
            let arguments = [
                &*guest,
                profile,
                "--quiet",
                "--dir=w::/w",
                "--",
                function,
                "7",
                "8",
                "9",
            ];
            let ran = run(arguments).file("w/a", "").ends_with(0);
            let needs = format!("needs `--allow-net=127.0.0.1:{needed}`");
            assert!(ran.stderr.contains(&needs), "{profile}: {}", ran.stderr);
        }
    }
}

#[test]
fn asking_a_clock_whether_a_far_time_has_come_takes_no_time() {
    let guest = guest("wasi-calls-component");
    let function = "monotonic-clock subscribe-instant";
    let ran = run([&*guest, "--quiet", "--", function]).ends_with(0);
    assert!(ran.stdout.contains("never: ok false"), "{}", ran.stdout);
}
