//! Settings: three layers, and a file that somebody else may have written, which can widen nothing.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::{Ran, Tollgate, guest, run, tollgate};

const FILE: &str = "tollgate.toml";

/// `tollgate config show --json` where `text` is found as the file of settings.
fn found(text: &str) -> Tollgate {
    tollgate(["config", "show", "--json"])
        .without("TOLLGATE_CACHE_DIR")
        .file(FILE, text)
}

/// The same where it is named.
fn named(text: &str) -> Tollgate {
    tollgate(["config", "show", "--json", "--config", "named.toml"])
        .without("TOLLGATE_CACHE_DIR")
        .file("named.toml", text)
}

/// The values of a setting, and its layer.
fn shown(ran: &Ran, setting: &str) -> (Vec<String>, String) {
    let json = ran.json();
    let all = json["settings"].as_array().expect("a list");
    let one = all.iter().find(|one| one["setting"] == setting);
    let one = one.unwrap_or_else(|| panic!("{setting} is shown"));
    let values = one["values"].as_array().expect("values");
    let values = values.iter().map(|value| value.as_str().expect("a text"));
    let layer = one["layer"].as_str().expect("a layer");
    (values.map(str::to_owned).collect(), layer.to_owned())
}

#[track_caller]
fn refused(test: Tollgate, code: i32) -> String {
    let ran = test.ends_with(code);
    // With `--json` the same stands there.
    assert!(ran.stdout.is_empty() || ran.json()["exit_code"] == code);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    ran.stderr
}

fn gas(ran: &Ran) -> Value {
    ran.json()["limits"]["gas"].clone()
}

#[test]
fn a_flag_is_above_the_environment_and_that_above_a_file() {
    let hello = guest("hello");
    let program = |flags: &[&str]| {
        let typed = [&*hello, "--format=json"];
        run(typed.into_iter().chain(flags.iter().copied())).file(FILE, "[limits]\ngas = '30M'")
    };
    assert_eq!(gas(&program(&[]).ends_with(0)), 30_000_000);
    let in_environment = |flags: &[&str]| program(flags).env("TOLLGATE_GAS", "20M");
    assert_eq!(gas(&in_environment(&[]).ends_with(0)), 20_000_000);
    let typed = in_environment(&["--gas=10M"]).ends_with(0);
    assert_eq!(gas(&typed), 10_000_000);
    assert_eq!(gas(&program(&["--no-config"]).ends_with(0)), 1_000_000_000);
    // An empty variable is one that is not set.
    let empty = program(&[]).env("TOLLGATE_GAS", "").ends_with(0);
    assert_eq!(gas(&empty), 30_000_000);
}

#[test]
fn each_setting_is_shown_with_its_layer() {
    let show = named("[limits]\ngas = 5_000\nmemory = '32MiB'\n[run]\njail = \"require\"\n")
        .env("TOLLGATE_MEMORY", "16MiB")
        .ends_with(0);
    let owned = |value: &str, layer: &str| (vec![value.to_owned()], layer.to_owned());
    assert_eq!(shown(&show, "limits.gas"), owned("5000", "file"));
    assert_eq!(shown(&show, "limits.memory"), owned("16MiB", "environment"));
    assert_eq!(shown(&show, "limits.timeout"), owned("5s", "built_in"));
    assert_eq!(shown(&show, "run.jail"), owned("require", "file"));
    assert_eq!(shown(&show, "run.profile"), owned("metered", "built_in"));
    let nothing = (Vec::new(), String::from("built_in"));
    assert_eq!(shown(&show, "grants.allow-read"), nothing);
    assert_eq!(show.json()["file"]["named"], true);
    let human = tollgate(["config", "show"])
        .without("TOLLGATE_CACHE_DIR")
        .file(FILE, "[limits]\ngas = '5k'\n")
        .env("TOLLGATE_TIMEOUT", "1s")
        .ends_with(0);
    insta::assert_snapshot!(human.stdout);
}

#[test]
fn secrets_are_not_shown() {
    let text = "[grants]\nenv = ['API_TOKEN=hunter2', 'PLAIN=1', 'P=ghp_abcdefghijklmnopqrstuvwxyz0123456789']\n\
                [serve]\ndatabase = 'postgres://tollgate:hunter2@localhost/tollgate'\n";
    let ran = named(text).ends_with(0);
    let (values, _) = shown(&ran, "grants.env");
    assert_eq!(values, ["API_TOKEN=[redacted]", "PLAIN=1", "P=[redacted]"]);
    assert!(!ran.stdout.contains("hunter2"), "{}", ran.stdout);
    let (database, _) = shown(&ran, "serve.database");
    assert!(database[0].contains("localhost"), "{database:?}");
    // Neither in what is said of a value that is refused.
    let told = refused(found(text), 78);
    assert!(
        !told.contains("hunter2") && told.contains("grants.env"),
        "{told}"
    );
}

/// What widens something: a line, with the table that it stands in.
const WIDER: &[(&str, &str)] = &[
    ("run", "profile = 'timed'"),
    ("run", "jail = 'off'"),
    ("run", "proposal = ['threads']"),
    ("run", "proposal = ['no-simd,threads']"),
    ("run", "policy = 'p.ecl'"),
    ("run", "shadow = 'p.ecl'"),
    ("run", "keys = 'keys'"),
    ("run", "optimise = true"),
    ("run", "quiet = true"),
    ("grants", "allow-read = ['data']"),
    ("grants", "allow-read = true"),
    ("grants", "allow-read = []"),
    ("grants", "allow-write = ['data']"),
    ("grants", "allow-net = ['example.org:443']"),
    ("grants", "allow-env = ['HOME']"),
    ("grants", "allow-clock = true"),
    ("grants", "allow-random = true"),
    ("grants", "allow-all = true"),
    ("grants", "dir = ['/::/host']"),
    ("grants", "env = ['A=b']"),
    ("limits", "gas = '2G'"),
    ("limits", "memory = '65MiB'"),
    ("limits", "timeout = '6s'"),
    ("limits", "timeout = 5.001"),
    ("limits", "stack = '1MiB'"),
    ("limits", "output-limit = '2MiB'"),
    ("limits", "host-call-limit = '17MiB'"),
    ("limits", "disk = '2GiB'"),
    ("limits", "max-files = 10001"),
    ("limits", "max-handles = 1025"),
    ("limits", "max-tables = 17"),
    ("limits", "max-memories = 17"),
    ("limits", "max-instances = 65"),
    ("limits", "module-size = '129MiB'"),
    ("limits", "module-limit = ['functions=150001']"),
    ("limits", "module-limit = ['functions=1,imports=10001']"),
    ("limits", "compile-time = '11m'"),
    ("limits", "compile-memory = '5GiB'"),
    ("limits", "code-size = '513MiB'"),
    ("limits", "metadata-size = '17MiB'"),
    ("limits", "journal-limit = '257MiB'"),
    ("limits", "answer-within = '11m'"),
    ("cache", "cache-dir = 'cache'"),
    ("cache", "no-cache = true"),
    ("cache", "cache-size = '1KiB'"),
    ("cache", "cache-age = '1s'"),
    ("serve", "data = 'data'"),
    ("serve", "database = 'postgres://a@b/c'"),
    ("serve", "database-ca = 'ca.pem'"),
    ("serve", "listen = '0.0.0.0:7400'"),
    ("serve", "tls-cert = 'cert.pem'"),
    ("serve", "tls-key = 'key.pem'"),
    ("serve", "insecure-http = true"),
    ("serve", "metrics = '127.0.0.1:7401'"),
    ("serve", "casts = 17"),
    ("serve", "profile = 'metered'"),
    ("serve", "jail = 'off'"),
];

#[test]
fn a_file_that_is_found_widens_nothing_and_one_that_is_named_may() {
    for (table, line) in WIDER {
        let text = format!("# a file\n\n[{table}]\n{line}\n");
        let told = refused(found(&text), 78);
        let key = line.split(' ').next().unwrap_or_default();
        let places = [
            format!("tollgate: {FILE}:4:"),
            format!("`{table}.{key}`"),
            String::from("`--config ./tollgate.toml`"),
        ];
        for place in places {
            assert!(told.contains(&place), "{line}: {place} in {told}");
        }
        named(&text).ends_with(0);
    }
}

#[test]
fn every_setting_is_either_wider_somewhere_or_never() {
    let show = tollgate(["config", "show", "--json"]).ends_with(0).json();
    let all = show["settings"].as_array().expect("a list");
    // What can only narrow, or only changes how something is shown.
    let never = [
        "run.determinism",
        "run.format",
        "grants.no-stdin",
        "serve.determinism",
    ];
    for one in all {
        let path = one["setting"].as_str().expect("a name");
        let is_tried = WIDER.iter().any(|(table, line)| {
            let key = line.split(' ').next().unwrap_or_default();
            path == format!("{table}.{key}")
        });
        assert!(is_tried != never.contains(&path), "{path}");
    }
}

#[test]
fn a_file_that_is_found_lowers_limits_and_chooses_what_is_shown() {
    let text = "[run]\nprofile = 'isolated'\ndeterminism = 'no-float'\njail = 'require'\nproposal = ['no-simd']\n\
                format = 'json'\n[grants]\nno-stdin = true\n[limits]\ngas = '1G'\nmemory = '64MiB'\ntimeout = 1.5\n\
                max-files = 0x10\nmodule-limit = ['functions=10', 'imports=5']\nanswer-within = '1m'\n\
                [serve]\ncasts = 2\nprofile = 'isolated'\njail = 'require'\n";
    let ran = found(text).ends_with(0);
    assert_eq!(ran.json()["file"]["named"], false);
    assert_eq!(shown(&ran, "limits.timeout").0, ["1.5"]);
    assert_eq!(shown(&ran, "limits.max-files").0, ["16"]);
    let spin = guest("spin");
    let lower = run([&*spin]).file(FILE, "[limits]\ngas = '1M'\n");
    let told = lower.ends_with(152).stderr;
    assert!(told.contains("gas limit of 1M reached"), "{told}");
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_is_near() {
    let wrong = [
        "[limits]\ngas = \n",
        "[limits]\ngaz = 5\n",
        "[limit]\ngas = 5\n",
        "gas = 5\n",
        "[run]\ngas = 5\n",
        "limits = 5\n",
        "[limits]\ngas = 'much'\n",
        "[limits]\nmemory = '16M'\n",
        "[limits]\ntimeout = '5 parsecs'\n",
        "[limits]\ntimeout = -1\n",
        "[limits]\ntimeout = nan\n",
        "[limits]\ngas = 99999999999999999999999\n",
        "[limits]\ngas = true\n",
        "[limits]\ngas = 1979-05-27\n",
        "[limits]\nmax-handles = '5G'\n",
        "[limits]\nstack = '1KiB'\n",
        "[limits]\ncompile-time = '50ms'\n",
        "[limits]\nmodule-limit = ['function=1']\n",
        "[limits]\nmodule-limit = 'functions'\n",
        "[limits]\ngas = 1\ngas = 2\n",
        "[run]\njail = 'requier'\n",
        "[run]\njail = ['best']\n",
        "[run]\nproposal = ['no-treads']\n",
        "[grants]\nallow_read = ['data']\n",
        "[grants]\nallow-read = ['data', 5]\n",
        "[grants]\nallow-read = ['']\n",
        "[grants]\nallow-read = 5\n",
        "[grants]\nallow-clock = 'yes'\n",
        "[grants]\nallow-net = ['a b']\n",
        "[grants]\ndir = ['::x']\n",
        "[grants]\nenv = ['A']\n",
        "[grants]\nenv = ['=x']\n",
        "[grants]\nallow-env = ['A=x']\n",
        "[grants]\nallow-env = ['API_TOKEN=x']\n",
        "[serve]\ndatabase = 'bad'\n",
        "[serve]\nlisten = 'localhost'\n",
        "[serve]\ncasts = 0\n",
        "[serve]\nport = 7400\n",
        "[limits]\nfuel = 5\n",
        "[limits]\nmem = '5MiB'\n",
        "[run]\nmax_memory = '5MiB'\n",
        "[cache]\nallow_red = ['a']\n",
        "fuel = 5\n",
        "[grants]\nallow-net = 'true'\n",
        "[grants]\nallow-read = ['a', 'true']\n",
    ];
    let told: String = wrong
        .iter()
        .map(|text| format!("{text:?}\n  {}", refused(named(text), 78)))
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    for (name, value, says) in [
        ("TOLLGATE_GAS", "much", "`much` is not an amount of gas"),
        ("TOLLGATE_JAIL", "of", "did you mean `off`"),
        ("TOLLGATE_ALLOW_CLOCK", "1", "neither `true` nor `false`"),
        ("TOLLGATE_ALLOW_NET", "a b", "`a b`"),
        ("TOLLGATE_SERVE_CASTS", "no", "`no`"),
        ("TOLLGATE_ALLOW_ENV", "A,B=c", "`B=c`"),
        ("TOLLGATE_DATABASE", "bad", "postgres://USER@HOST"),
        ("TOLLGATE_ALLOW_NET", "true", "write `*` for every host"),
        (
            "TOLLGATE_ALLOW_READ",
            "a,true",
            "`--allow-read` on the command line",
        ),
        ("TOLLGATE_ALLOW_ENV", "false", "leave it out to grant none"),
    ] {
        let told = refused(tollgate(["config", "show"]).env(name, value), 78);
        assert!(told.contains(name) && told.contains(says), "{told}");
    }
    // A relative name would be a file of whoever wrote the folder.
    let relative = tollgate(["config", "show"]).env("TOLLGATE_CONFIG", FILE);
    let told = refused(relative.file(FILE, "[grants]\nallow-all = true\n"), 78);
    assert!(
        told.contains("TOLLGATE_CONFIG is `tollgate.toml`"),
        "{told}"
    );
    let stdin = tollgate(["config", "show", "--config", "-"]);
    assert!(refused(stdin, 64).contains("standard input"));
    let absent = tollgate(["config", "show", "--config", "tolgate.toml"]).file(FILE, "");
    assert!(refused(absent, 66).contains("did you mean `tollgate.toml`"));
}

#[test]
fn a_variable_that_sets_nothing_is_told_where_settings_are_read() {
    for (name, says) in [
        ("TOLLGATE_MEMROY", "did you mean `TOLLGATE_MEMORY`?"),
        ("TOLLGATE_FUEL", "did you mean `TOLLGATE_GAS`?"),
        ("TOLLGATE_LISTEN", "did you mean `TOLLGATE_SERVE_LISTEN`?"),
        (
            "TOLLGATE_SERVE_CAST",
            "did you mean `TOLLGATE_SERVE_CASTS`?",
        ),
        ("TOLLGATE_ALLOW_ALL", "type `--allow-all`"),
        ("TOLLGATE_ENV", "type `--env`"),
    ] {
        let hello = guest("hello");
        let quiet = run([&*hello, "--quiet"]).env(name, "1").ends_with(0);
        assert!(quiet.stderr.is_empty(), "{}", quiet.stderr);
        for test in [
            run([&*hello]),
            tollgate(["config", "show"]),
            tollgate(["cache", "stats"]),
        ] {
            let told = test.env(name, "1").ends_with(0).stderr;
            let warning = told.lines().next().unwrap_or_default();
            let begin = format!("tollgate: warning: {name} sets nothing");
            assert!(
                warning.starts_with(&begin) && warning.contains(says),
                "{told}"
            );
        }
    }
    // What others set beside the command, and what is set to nothing.
    for (name, value) in [
        ("TOLLGATE_PORT", "tcp://10.0.0.1:7400"),
        ("TOLLGATE_SERVICE_HOST", "10.0.0.1"),
        ("TOLLGATE_SERVICE_PORT", "7400"),
        ("TOLLGATE_PORT_7400_TCP_ADDR", "10.0.0.1"),
        ("TOLLGATE_HOME", "/opt/tollgate"),
        ("TOLLGATE_VERSION", "1.0.0"),
        ("TOLLGATE_MEMROY", ""),
    ] {
        let told = tollgate(["config", "show"])
            .env(name, value)
            .ends_with(0)
            .stderr;
        assert!(told.is_empty(), "{told}");
    }
}

#[test]
fn a_limit_that_is_reached_says_who_set_it() {
    let spin = guest("spin");
    let spent = |flags: &[&str]| {
        let flags = [&*spin, "--quiet"].into_iter().chain(flags.iter().copied());
        run(flags).file(FILE, "[limits]\ngas = '2k'\n")
    };
    let told = spent(&[]).ends_with(152).stderr;
    assert_eq!(
        told,
        "tollgate: gas limit of 2k reached, set by `tollgate.toml:2:7`; raise it with `--gas=4k`\n"
    );
    let told = spent(&[]).env("TOLLGATE_GAS", "3k").ends_with(152).stderr;
    assert!(
        told.contains("gas limit of 3k reached, set by TOLLGATE_GAS;"),
        "{told}"
    );
    for flags in [&["--gas=5k"][..], &["--no-config", "--gas=5k"]] {
        let told = spent(flags).ends_with(152).stderr;
        assert!(told.contains("gas limit of 5k reached"), "{told}");
    }
    // A limit that ends it before the run, too, and for programs.
    let small =
        |command: &str| tollgate([command, &*spin]).file(FILE, "[limits]\nmodule-size = 8\n");
    for command in ["run", "inspect", "validate", "plan"] {
        let told = small(command).ends_with(65).stderr;
        let says = "`--module-size`; `tollgate.toml:2:15` sets this limit\n";
        assert!(told.ends_with(says), "{command}: {told}");
    }
    let json = run([&*spin, "--format=json"]).file(FILE, "[limits]\ngas = '2k'\n");
    let message = json.ends_with(152).json()["error"]["message"].clone();
    assert!(
        message
            .as_str()
            .is_some_and(|text| text.contains("`tollgate.toml:2:7`")),
        "{message}"
    );
}

#[test]
fn a_switch_that_is_typed_as_a_name_grants_nothing() {
    let hello = guest("hello");
    for flag in [
        "--allow-net=true",
        "--allow-read=a,true",
        "--allow-env=false",
    ] {
        let told = run([&*hello, flag]).ends_with(64).stderr;
        let name = flag.split('=').next().unwrap_or_default();
        assert!(
            told.contains(&format!("write `{name}` to grant all of it")),
            "{told}"
        );
    }
}

#[test]
fn the_bounds_of_the_cache_are_settings_of_its_command() {
    let stats = |flags: &[&str]| {
        let all = ["cache", "stats", "--config=named.toml"];
        tollgate(all.into_iter().chain(flags.iter().copied())).file(
            "named.toml",
            "[cache]\ncache-size = '3MiB'\ncache-age = '90m'\n",
        )
    };
    let set = stats(&["--format=json"]).ends_with(0).json();
    assert_eq!(
        (&set["bytes_max"], &set["age_max_secs"]),
        (&(3 << 20).into(), &5_400.into())
    );
    let text = stats(&[])
        .env("TOLLGATE_CACHE_AGE", "2h")
        .ends_with(0)
        .stdout;
    assert!(
        text.contains(" of 3 MiB\n") && text.contains("at most 2h\n"),
        "{text}"
    );
    let typed = stats(&["--format=json", "--cache-size=1MiB"])
        .ends_with(0)
        .json();
    assert_eq!(typed["bytes_max"], 1 << 20);
}

#[test]
fn commands_in_the_folder_of_a_server_find_it_as_the_server_does() {
    let text = "[serve]\ndata = 'folder'\ncasts = 3\ninsecure-http = true\n";
    let tenant = |arguments: &[&str]| {
        let all = arguments.iter().copied().chain(["--config=named.toml"]);
        tollgate(all).file("named.toml", text)
    };
    for arguments in [
        &["access", "tenant", "acme"][..],
        &["budget", "set", "25", "--tenant=acme"],
        &["quota", "set", "--tenant=acme", "--casts=4"],
        &["price", "set", "--tenant=acme", "--minimum=0"],
        &["price", "remove", "--tenant=acme"],
    ] {
        let is_told = |run: Tollgate, folder: &str| {
            let told = run.ends_with(78).stderr;
            let state = format!("there is no state at `{folder}/state.db`");
            assert!(told.contains(&state), "{told}");
        };
        is_told(tenant(arguments), "folder");
        is_told(tenant(arguments).env("TOLLGATE_DATA", "other"), "other");
    }
    // What is set for the server is nothing that is typed for a tenant, and its other flags are not those of these commands.
    let none = tenant(&["quota", "set", "--tenant=default"]).ends_with(64);
    assert!(none.stderr.contains("nothing to set"), "{}", none.stderr);
    for open in [
        &["budget", "set", "25"][..],
        &["budget", "show"],
        &["quota", "show"],
        &["price", "show"],
    ] {
        let server = ["--server=http://192.0.2.1", "--key=tgk_x"];
        let told = tenant(&[open, &server].concat()).ends_with(64).stderr;
        assert!(told.contains("without encryption"), "{told}");
    }
    // A file that is found is nothing to a command that takes none of it.
    let elsewhere = tollgate(["access", "list", "--server=http://192.0.2.1", "--key=tgk_x"]);
    let told = elsewhere
        .file(FILE, "[limits]\ngaz = 1\n")
        .ends_with(64)
        .stderr;
    assert!(told.contains("without encryption"), "{told}");
}

#[test]
fn the_environment_grants_what_is_typed_into_it() {
    let wordstat = guest("wordstat");
    let counted = |value: &str| {
        run([&*wordstat, "--quiet", "--", "data"])
            .file("data/a.txt", "one two")
            .env("TOLLGATE_ALLOW_READ", value)
    };
    counted("data").ends_with(0);
    counted("other,data").file("other/b", "").ends_with(0);
    counted("").ends_with(1);
}

#[test]
fn a_file_is_looked_for_up_to_the_root_of_the_project_and_no_further() {
    let show = |folder: &str| {
        tollgate(["config", "show", "--json"])
            .file("tollgate.toml", "[limits]\ngas = 1\n")
            .file("project/.git/HEAD", "")
            .file("project/a/b/x", "")
            .file("other/a/x", "")
            .working_in(folder)
            .ends_with(0)
    };
    for folder in ["project", "project/a/b", "other/a"] {
        assert_eq!(show(folder).json()["file"], Value::Null, "{folder}");
    }
    let nearest = tollgate(["config", "show", "--json"])
        .file("project/.git/HEAD", "")
        .file("project/tollgate.toml", "[limits]\ngas = 1\n")
        .file("project/a/tollgate.toml", "[limits]\ngas = 2\n")
        .file("project/a/b/x", "");
    let ran = nearest.working_in("project/a/b").ends_with(0);
    assert_eq!(ran.json()["file"]["path"], "../tollgate.toml");
    assert_eq!(shown(&ran, "limits.gas").0, ["2"]);
}

#[test]
fn a_trap_under_the_name_of_the_file_is_not_opened() {
    let show = || tollgate(["config", "show"]);
    let linked = |target: &Path| {
        let show = show();
        symlink(target, show.folder.path().join(FILE)).expect("a link");
        show
    };
    let pipe = show();
    let path = pipe.folder.path().join(FILE);
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)
        .expect("a pipe");
    let folder = show().file("tollgate.toml/x", "");
    let large = show().file(FILE, "#".repeat((64 << 10) + 1));
    let text = show().file(FILE, [0xff, 0xfe]);
    let (_, relative) = (show(), Path::new("elsewhere.toml"));
    let began = Instant::now();
    for (test, why) in [
        (linked(Path::new("/dev/zero")), "is a symbolic link"),
        (linked(relative), "is a symbolic link"),
        (
            linked(relative).file("elsewhere.toml", ""),
            "is a symbolic link",
        ),
        (pipe, "is no regular file"),
        (folder, "is no regular file"),
        (large, "has more than 65536 bytes"),
        (text, "is not UTF-8 text"),
    ] {
        let told = refused(test, 78);
        assert!(told.contains(why), "{told}");
        assert!(told.contains("`--config ./tollgate.toml`"), "{told}");
    }
    assert!(began.elapsed() < Duration::from_secs(30), "it did not wait");
}

#[test]
fn nothing_in_a_file_that_is_found_controls_the_terminal() {
    let texts = [
        "[limits]\ngas = \"\\u001b]0;title\\u0007\"\n".to_owned(),
        "[limits]\n\"\\u001b[2J\" = 1\n".to_owned(),
        "[\"\\u202e\"]\n".to_owned(),
        "[limits]\ngas = \u{1b}[2J\n".to_owned(),
        "[limits]\ngas = '\u{9b}2J'\n".to_owned(),
        format!("[grants]\nallow-read = ['{}']\n", "x".repeat(50_000)),
    ];
    for text in texts {
        let told = refused(found(&text), 78);
        let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!told.contains(hidden), "{told:?}");
        assert!(told.len() < 1_000, "{}", told.len());
    }
}

#[test]
fn a_file_takes_no_time_whatever_stands_in_it() {
    let texts = [
        format!(
            "[limits]\nmodule-limit = [{}]\n",
            "'functions=1',".repeat(4_000)
        ),
        format!(
            "[limits]\ngas = {}{}\n",
            "[".repeat(30_000),
            "]".repeat(30_000)
        ),
        format!("[limits]\n{}gas = 1\n", "a.".repeat(30_000)),
        format!("{}\n", "[a]\n".repeat(15_000)),
        (0..5_000)
            .map(|number| format!("k{number} = 1\n"))
            .collect(),
        format!("[limits]\ngas = {}\n", "9".repeat(60_000)),
        format!("[limits]\nmodule-limit = '{}'\n", "f".repeat(60_000)),
        format!("[limits]\n{} = 1\n", "k".repeat(60_000)),
        format!("[{}]\n", "t".repeat(60_000)),
    ];
    for text in texts {
        let began = Instant::now();
        let told = refused(found(&text), 78);
        assert!(told.len() < 1_000, "{}", told.len());
        assert!(began.elapsed() < Duration::from_secs(10), "{told}");
    }
}

#[test]
fn a_path_in_a_named_file_is_looked_up_from_that_file() {
    let wordstat = guest("wordstat");
    let flags = ["--quiet", "--config=conf/named.toml", "--", "data"];
    let text = "[grants]\nallow-read = ['data']\n[run]\npolicy = 'reads.ecl'\n";
    let policy =
        std::fs::read_to_string(crate::command::repository().join("examples/ecl/calls/files.ecl"))
            .expect("an example");
    let test = run(std::iter::once(&*wordstat).chain(flags))
        .file("conf/named.toml", text)
        .file("conf/reads.ecl", policy)
        .file("conf/data/a.txt", "beside the file")
        .file("data/b.txt", "beside the command");
    let ran = test.ends();
    assert!(!ran.stdout.contains("b.txt"), "{}", ran.stdout);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_file_of_settings_is_for_commands_about_modules() {
    let bad = "[limits]\ngaz = 1\n";
    for arguments in [
        &["run", "m.wat"][..],
        &["plan", "m.wat"],
        &["inspect", "m.wat"],
        &["validate", "m.wat"],
        &["learn", "m.wat", "--write=p.ecl"],
        &["replay", "r", "--module=m.wat"],
        &["cache", "stats"],
        &["doctor"],
        &["serve"],
        &["config", "show"],
    ] {
        let test = tollgate(arguments.iter().copied()).file(FILE, bad);
        let told = refused(test.file("m.wat", "(module)"), 78);
        assert!(told.contains("did you mean `gas`"), "{arguments:?}: {told}");
    }
    for arguments in [
        &["run", "--help"][..],
        &["--version"],
        &["ecl", "explain", "E0310"],
        &["completions", "bash"],
    ] {
        let test = tollgate(arguments.iter().copied()).file(FILE, bad);
        test.ends_with(0);
    }
}

#[test]
fn settings_reach_the_command_they_are_for() {
    // A server that other machines could reach unencrypted is refused before it begins.
    let serve = tollgate(["serve", "--config=named.toml"]).file(
        "named.toml",
        "[serve]\ndata = 'd'\nlisten = '0.0.0.0:7455'\n",
    );
    let told = refused(serve, 64);
    assert!(told.contains("0.0.0.0:7455"), "{told}");
    let module = "(module (func (export \"f\")))";
    let limited = tollgate(["inspect", "m.wat"])
        .file("m.wat", module)
        .file(FILE, "[limits]\nmodule-size = 5\n");
    let told = refused(limited, 65);
    assert!(told.contains("raise") && told.contains("5 bytes"), "{told}");
    let json = tollgate(["inspect", "m.wat"])
        .file("m.wat", module)
        .file(FILE, "[run]\nformat = 'json'\n");
    assert_eq!(json.ends_with(0).json()["component"], false);
    let interface = tollgate(["inspect", "m.wat", "--interface"])
        .file("m.wat", module)
        .env("TOLLGATE_FORMAT", "human");
    interface.ends_with(0);
    let cards = run(["m.wat", "--approvals=a.db"]).file("m.wat", module);
    assert!(refused(cards, 64).contains("name it with `--policy`"));
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let hello = guest("hello");
    for name in ["TOLLGATE_CACHE_DIR", "TOLLGATE_KEYS_DIR", "TOLLGATE_GAS"] {
        run([&*hello]).env(name, "").ends_with(0);
    }
    tollgate(["cache", "stats"])
        .env("TOLLGATE_CACHE_DIR", "")
        .ends_with(0);
}

#[test]
fn what_is_typed_counts_before_what_a_file_says_of_the_form() {
    let ran = tollgate(["inspect", "--interface", &guest("greet-component")])
        .file(FILE, "[run]\nformat = 'json'")
        .ends_with(0);
    assert!(ran.stdout.starts_with("world module {"), "{}", ran.stdout);
}

#[test]
fn a_policy_may_be_a_setting_where_it_is_held_against_a_boundary() {
    let policy =
        "import \"call.ecl\"\npolicy \"p\" { input { call: Call } otherwise reject \"no\" }";
    let plan = |test: Tollgate| test.file("p.ecl", policy);
    let typed = ["plan", "--boundary=p.ecl"];
    let told = plan(tollgate(typed)).ends_with(64).stderr;
    assert!(told.contains("name it with `--policy`"), "{told}");
    plan(tollgate(typed).env("TOLLGATE_POLICY", "p.ecl")).ends_with(0);
}

#[test]
fn a_secret_in_a_wrong_setting_is_not_told() {
    let told = tollgate(["config", "show"])
        .env("TOLLGATE_ALLOW_NET", "https://ann:hunter2@host")
        .ends_with(78);
    assert!(
        told.stderr.contains("TOLLGATE_ALLOW_NET"),
        "{}",
        told.stderr
    );
    assert!(!told.stderr.contains("hunter2"), "{}", told.stderr);
    for text in [
        "[limits]\n'postgres://ann:hunter2@host/d' = 1",
        "'postgres://ann:hunter2@host/d' = 1",
        "['postgres://ann:hunter2@host/d']",
        "[serve]\nlisten = 'https://ann:hunter2@host'",
        "[grants]\nallow-env = ['API_TOKEN=hunter2']",
        "[serve]\ndatabase = 'mysql://ann:hunter2@host/d'",
    ] {
        let told = found(text).ends_with(78);
        assert!(told.stderr.contains(FILE), "{}", told.stderr);
        assert!(!told.stderr.contains("hunter2"), "{}", told.stderr);
    }
}

#[test]
fn what_is_proposed_where_nothing_is_near_works() {
    let told = found("[limits]\nzebra = 1").ends_with(78).stderr;
    assert!(
        told.contains("`tollgate config show --no-config`"),
        "{told}"
    );
    tollgate(["config", "show", "--no-config"])
        .file(FILE, "[limits]\nzebra = 1")
        .ends_with(0);
}

#[test]
fn a_named_file_that_everybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("named.toml");
    std::fs::write(&path, "[limits]\ngas = 5").expect("a file");
    let show = |mode: u32| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let path = path.to_str().expect("a path");
        tollgate(["config", "show", "--config", path])
    };
    show(0o664).ends_with(0);
    let told = show(0o666).ends_with(78).stderr;
    assert!(told.contains("chmod o-w"), "{told}");
    // Also behind a link, which has no mode of its own.
    let linked = tollgate(["config", "show", "--config", "link.toml"]);
    symlink(&path, linked.folder.path().join("link.toml")).expect("a link");
    assert!(linked.ends_with(78).stderr.contains("chmod o-w"));
}

#[test]
fn a_pipe_that_the_command_was_given_may_be_named() {
    let ran = tollgate(["config", "show", "--json", "--config=/dev/stdin"])
        .input("[limits]\ngas = 5")
        .ends_with(0);
    let five = (vec![String::from("5")], String::from("file"));
    assert_eq!(shown(&ran, "limits.gas"), five);
}

#[test]
fn in_a_folder_that_is_gone_there_is_no_file() {
    let (show, _gone) = tollgate(["config", "show", "--json"]).in_a_folder_that_is_gone();
    assert_eq!(show.ends_with(0).json()["file"], Value::Null);
}
