//! What is granted works, what is not is refused, and the message names the missing grant.

use crate::command::{guest, run, server};

#[test]
fn a_folder_that_was_not_granted_cannot_be_read_and_the_grant_is_named() {
    let ran = run([&*guest("wordstat"), "--", "data"])
        .file("data/a.txt", "one two two")
        .ends_with(1);
    assert!(
        ran.stderr.contains("wordstat: cannot read `data`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("file-read denied") && ran.stderr.contains("`--allow-read=data`"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
}

/// Runs again with the flag the last denial named.
fn followed(arguments: &[&str], files: &[(&str, &str)], code: i32) -> String {
    let files_of = |run: crate::command::Tollgate| {
        files
            .iter()
            .fold(run, |run, (name, content)| run.file(name, content))
    };
    let ran = files_of(run(arguments.iter().copied())).ends_with(code);
    let (_, needs) = ran
        .stderr
        .rsplit_once("needs `")
        .unwrap_or_else(|| panic!("no hint: {}", ran.stderr));
    let flag = needs.split('`').next().expect("a flag").to_owned();
    let module = arguments[0];
    let again = [module, flag.as_str()];
    let rest = arguments[1..].iter().copied();
    files_of(run(again.into_iter().chain(rest))).ends_with(0);
    flag
}

#[test]
fn following_a_hint_works() {
    let guest = guest("wordstat");
    let files = [("data/a.txt", "one"), ("out/.keep", "")];
    let read = followed(&[&guest, "--", "data"], &files, 1);
    assert_eq!(read, "--allow-read=data");
    let arguments = ["--allow-read=data", "--", "--out", "out/new", "data"];
    let arguments: Vec<_> = std::iter::once(&*guest).chain(arguments).collect();
    assert_eq!(followed(&arguments, &files, 1), "--allow-write=out/new");
    let arguments = ["--dir=data::/in", "--", "--out", "/in/new", "/in"];
    let arguments: Vec<_> = std::iter::once(&*guest).chain(arguments).collect();
    assert_eq!(followed(&arguments, &files, 1), "--allow-write=data::/in");
}

#[test]
fn grants_of_the_current_folder_and_the_root_work_together() {
    let guest = guest("wordstat");
    let absolute = ["--allow-read", "--", "/etc/hostname"];
    run(std::iter::once(&*guest).chain(absolute)).ends_with(0);
    let relative = ["--allow-all", "--", "data"];
    let ran = run(std::iter::once(&*guest).chain(relative))
        .file("data/a.txt", "one")
        .ends_with(0);
    assert!(ran.stdout.contains("words 1"), "{}", ran.stdout);
}

#[test]
fn what_is_granted_by_its_own_name_alone_is_so_beside_all_of_the_rest() {
    let guest = guest("wordstat");
    let look = |flags: &[&'static str]| {
        let arguments = flags.iter().copied().chain(["--", "/proc/version"]);
        run(std::iter::once(&*guest).chain(arguments))
    };
    for all in ["--allow-all", "--allow-read"] {
        let refused = look(&[all]).ends_with(1).stderr;
        assert!(refused.contains("`--allow-read=/proc`"), "{refused}");
        look(&[all, "--allow-read=/proc"]).ends_with(0);
    }
}

#[test]
fn a_name_with_a_comma_is_granted_as_its_hint_says() {
    let guest = guest("wordstat");
    let ran = run([&*guest, "--", "a,b"]).file("a,b", "one").ends_with(1);
    assert!(
        ran.stderr.contains(r"needs `'--allow-read=a\,b'`"),
        "{}",
        ran.stderr
    );
    let ran = run([&*guest, r"--allow-read=a\,b", "--", "a,b"])
        .file("a,b", "one")
        .ends_with(0);
    assert!(ran.stdout.contains("words 1"), "{}", ran.stdout);
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let ran = run([
        &*guest("wordstat"),
        "--allow-read=nowhere/at/all",
        "--",
        "x",
    ])
    .ends_with(66);
    assert!(
        ran.stderr.contains("granted path `nowhere/at/all`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_a_run_puts_on_the_disk_has_a_limit() {
    let arguments = [
        "--allow-read=data",
        "--allow-write=out",
        "--disk=4B",
        "--",
        "--out",
        "out/report",
        "data",
    ];
    let ran = run(std::iter::once(&*guest("wordstat")).chain(arguments))
        .file("data/a.txt", "one two three")
        .file("out/.keep", "")
        .ends_with(153);
    assert!(
        ran.stderr
            .contains("disk limit of 4 bytes reached; raise it with `--disk=8`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_report_says_what_a_run_put_on_the_disk_and_what_it_might_have() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let arguments = [
            profile,
            "--allow-read=data",
            "--allow-write=out",
            "--disk=1000B",
            "--max-files=7",
            "--format=json",
            "--",
            "--out",
            "out/report",
            "data",
        ];
        let ran = run(std::iter::once(&*guest("wordstat")).chain(arguments))
            .file("data/a.txt", "one two three")
            .file("out/.keep", "")
            .ends_with(0);
        let report = ran.json();
        let (usage, limits) = (&report["usage"], &report["limits"]);
        let bytes = usage["disk_bytes"].as_u64().expect("a number");
        assert!((1..=1_000).contains(&bytes), "{profile}: {usage}");
        assert_eq!(usage["disk_files"], 1, "{profile}: {usage}");
        assert_eq!(
            (&limits["disk_bytes"], &limits["disk_files"]),
            (&1_000.into(), &7.into())
        );
    }
}

#[test]
fn a_granted_folder_is_read() {
    let ran = run([&*guest("wordstat"), "--allow-read=data", "--", "data"])
        .file("data/a.txt", "one two two")
        .ends_with(0);
    assert!(
        ran.stdout.contains("words 3") && ran.stdout.contains("2 two"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_folder_can_have_another_name_inside() {
    let ran = run([&*guest("wordstat"), "--dir=data::/inside", "--", "/inside"])
        .file("data/a.txt", "one")
        .ends_with(0);
    assert!(ran.stdout.contains("words 1"), "{}", ran.stdout);
}

#[test]
fn reading_a_folder_does_not_allow_writing_to_it() {
    let arguments = ["--allow-read=data", "--", "--out", "data/report", "data"];
    let ran = run(std::iter::once(&*guest("wordstat")).chain(arguments))
        .file("data/a.txt", "one")
        .ends_with(1);
    assert!(ran.stderr.contains("--allow-write"), "{}", ran.stderr);
    assert!(!ran.folder.path().join("data/report").exists());
}

#[test]
fn a_folder_granted_for_writing_is_written() {
    let arguments = [
        "--allow-read=data",
        "--allow-write=out",
        "--",
        "--out",
        "out/report",
        "data",
    ];
    let ran = run(std::iter::once(&*guest("wordstat")).chain(arguments))
        .file("data/a.txt", "one")
        .file("out/.keep", "")
        .ends_with(0);
    let report =
        std::fs::read_to_string(ran.folder.path().join("out/report")).expect("the report is there");
    assert!(report.contains("words 1"), "{report}");
}

#[test]
fn climbing_out_of_a_granted_folder_is_refused() {
    for path in ["data/../secret.txt", "data/link.txt"] {
        let test = run([&*guest("wordstat"), "--allow-read=data", "--", path])
            .file("data/a.txt", "")
            .file("secret.txt", "hush");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../secret.txt", test.folder.path().join("data/link.txt"))
            .expect("a link");
        let ran = test.ends_with(1);
        assert!(!ran.stdout.contains("words"), "{path}: {}", ran.stdout);
        // No flag is proposed that would not help.
        assert!(
            ran.stderr.contains("file-read denied") && !ran.stderr.contains("--allow-read"),
            "{path}: {}",
            ran.stderr
        );
    }
}

#[test]
fn what_is_proposed_for_a_name_with_a_control_character_names_it() {
    let ran = run([&*guest("wordstat"), "--", "da\u{1b}ta"])
        .file("da\u{1b}ta/a.txt", "one")
        .ends_with(1);
    assert!(
        ran.stderr.contains(r"needs `$'--allow-read=da\033ta'`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn environment_variables_are_granted_by_name() {
    let arguments = ["--quiet", "--allow-env=WORDSTAT_TOP", "--", "-"];
    let ran = run(std::iter::once(&*guest("wordstat")).chain(arguments))
        .env("WORDSTAT_TOP", "1")
        .input("b a a")
        .ends_with(0);
    assert!(
        ran.stdout.contains("2 a") && !ran.stdout.contains("1 b"),
        "{}",
        ran.stdout
    );
    let ran = run([&*guest("wordstat"), "--quiet", "--", "-"])
        .env("WORDSTAT_TOP", "1")
        .input("b a a")
        .ends_with(0);
    assert!(
        ran.stdout.contains("1 b"),
        "without the grant the default holds: {}",
        ran.stdout
    );
}

#[test]
fn variables_that_look_like_secrets_stay_out_unless_named() {
    let ran = run([&*guest("hello"), "--allow-env"])
        .env("MY_API_TOKEN", "hush")
        .ends_with(0);
    assert!(ran.stderr.contains("MY_API_TOKEN"), "{}", ran.stderr);
    let ran = run([&*guest("hello"), "--allow-env", "--allow-env=MY_API_TOKEN"])
        .env("MY_API_TOKEN", "hush")
        .ends_with(0);
    assert!(!ran.stderr.contains("MY_API_TOKEN"), "{}", ran.stderr);
}

#[test]
fn a_value_can_be_set_for_the_guest() {
    let ran = run([
        &*guest("greet-component"),
        "--env=GREETING=Moin",
        "--",
        "Ada",
    ])
    .ends_with(0);
    assert_eq!(ran.stdout, "Moin, Ada!\n");
}

#[test]
fn without_the_clock_time_is_virtual() {
    let shown = |flags: &[&str]| {
        let guest = guest("greet-component");
        let arguments = std::iter::once(&*guest)
            .chain(flags.iter().copied())
            .chain(["--", "--at", "Ada"]);
        run(arguments).ends_with(0).stdout
    };
    assert!(shown(&[]).contains("at 946684800"), "{}", shown(&[]));
    assert!(!shown(&["--allow-clock"]).contains("at 946684800"));
}

#[test]
fn preview_2_programs_need_the_same_grants() {
    let ran = run([&*guest("greet-component"), "--", "--from", "names/all"])
        .file("names/all", "Ada\nBob\n")
        .ends_with(1);
    assert!(ran.stderr.contains("--allow-read"), "{}", ran.stderr);
    let arguments = ["--allow-read=names", "--", "--from", "names/all"];
    let ran = run(std::iter::once(&*guest("greet-component")).chain(arguments))
        .file("names/all", "Ada\nBob\n")
        .ends_with(0);
    assert_eq!(ran.stdout, "Hello, Ada!\nHello, Bob!\n");
}

#[test]
fn a_granted_folder_that_is_not_there_is_named() {
    let ran = run([&*guest("wordstat"), "--allow-read=nowhere", "--", "nowhere"]).ends_with(66);
    assert!(ran.stderr.contains("`nowhere`"), "{}", ran.stderr);
}

#[test]
fn a_component_lists_folders_in_the_order_of_names() {
    let files = ["c", "a", "b", "Z", "10", "9"];
    let arguments = ["--quiet", "--allow-read=names", "--", "--list", "names"];
    let guest = guest("greet-component");
    let run = run(std::iter::once(&*guest).chain(arguments));
    let run = files
        .iter()
        .fold(run, |run, name| run.file(&format!("names/{name}"), ""));
    let greeted = run.ends_with(0).stdout;
    let mut names = files.map(|name| format!("Hello, {name}!"));
    names.sort();
    assert_eq!(greeted.lines().collect::<Vec<_>>(), names);
}

#[test]
fn a_component_connects_where_it_may() {
    let guest = guest("greet-component");
    for profile in ["--profile=metered", "--profile=isolated"] {
        for granted in [true, false] {
            let (address, serve) = server();
            let net = if granted {
                format!("--allow-net={address}")
            } else {
                String::from("--allow-net=localhost:1")
            };
            let arguments = [&*guest, profile, &net, "--", "--ask", &address];
            let ran = run(arguments).ends_with(i32::from(!granted));
            if granted {
                assert_eq!(ran.stdout, "Hello, Grace!\n");
                serve.join().expect("the server was asked");
            } else {
                assert!(
                    ran.stderr.contains(&format!("`--allow-net={address}`")),
                    "{}",
                    ran.stderr
                );
            }
        }
    }
}

#[test]
fn a_component_reaches_nothing_inside_by_a_general_grant() {
    let (address, _serve) = server();
    let guest = guest("greet-component");
    let ran = run([&*guest, "--allow-net", "--", "--ask", &address]).ends_with(1);
    assert!(
        ran.stderr.contains(&format!("`--allow-net={address}`")),
        "{}",
        ran.stderr
    );
}
