//! Input that is wrong: the right code, one clear message, nothing left behind.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::command::{Ran, Tollgate, guest, run, tollgate};

/// Checks the code, that the message is one line that names `named`, and that no file was left.
#[track_caller]
fn refused(test: Tollgate, code: i32, named: &[&str]) -> Ran {
    let before = test.files();
    let ran = test.ends_with(code);
    for text in named {
        assert!(
            ran.stderr.contains(text),
            "`{text}` is not in:\n{}",
            ran.stderr
        );
    }
    let message = ran
        .stderr
        .lines()
        .take_while(|line| !line.starts_with("---"))
        .filter(|line| line.starts_with("tollgate: "));
    assert_eq!(message.count(), 1, "one message:\n{}", ran.stderr);
    assert_eq!(ran.files(), before, "nothing is left behind");
    ran
}

/// A run of the file `m.wasm` with this content.
fn module(bytes: impl AsRef<[u8]>) -> Tollgate {
    run(["m.wasm"]).file("m.wasm", bytes)
}

#[test]
fn a_source_is_told_the_tool_that_reads_it() {
    for command in ["run", "inspect", "validate"] {
        refused(tollgate([command, "x.ts"]), 64, &["`tollgate build ts`"]);
        refused(tollgate([command, "x.ecl"]), 64, &["`tollgate ecl eval`"]);
    }
}

#[test]
fn a_text_is_no_name_for_bytes() {
    let build = tollgate(["build", "ts", "x.ts", "-o", "x.wat"]);
    let build = build.file("x.ts", "export function f(): i32 { return 1; }");
    refused(build, 64, &["x.wat", "`--emit wat`"]);
}

#[test]
fn an_output_in_a_folder_that_is_not_there_is_told_the_folder() {
    let build = tollgate(["build", "ts", "x.ts", "-o", "nodir/x.wasm"]);
    let build = build.file("x.ts", "export function f(): i32 { return 1; }");
    refused(build, 74, &["the folder `nodir` is not there"]);
    let run = run([&*guest("hello"), "--report=nodir/r.json"]);
    refused(run, 74, &["the folder `nodir` is not there"]);
}

#[test]
fn a_cache_folder_that_is_not_there_is_not_made_to_be_looked_at() {
    for action in ["list", "stats", "verify", "clear"] {
        let looked = tollgate(["cache", action, "--cache-dir=typo"]);
        refused(looked, 66, &["no cache folder `typo`"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_that_nobody_writes_is_no_module() {
    for command in ["run", "validate", "inspect"] {
        let tried = tollgate([command, "pipe.wasm"]);
        let pipe = tried.folder.path().join("pipe.wasm");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        refused(tried, 66, &["pipe.wasm", "not a regular file", "`-`"]);
    }
}

#[test]
fn a_missing_file() {
    refused(run(["missing.wasm"]), 66, &["missing.wasm", "No such file"]);
}

#[test]
fn what_was_typed_wrongly_does_nothing_to_the_terminal() {
    for typed in [
        "\u{1b}]0;owned\u{7}",
        "\u{9b}2J",
        "\u{202e}gpj.exe",
        "\u{200f}a",
        "a\u{2028}b",
    ] {
        for arguments in [
            vec!["run", "m.wasm", "--gas", typed],
            vec![typed],
            vec!["run", typed],
            vec!["inspect", typed],
            vec!["ecl", "check", typed],
            vec![
                "gateway",
                "decide",
                "--state",
                typed,
                "--subject",
                typed,
                "--from",
                "a",
                "--to",
                "b",
            ],
            vec!["run", "m.wasm", "--cache-dir", typed],
            vec!["run", "m.wasm", typed],
        ] {
            let ran = tollgate(arguments.iter().copied()).ends();
            assert_ne!(ran.code, 0, "{arguments:?}");
            let hidden = |c: &char| {
                c.is_control() && *c != '\n' || matches!(c, '\u{202e}' | '\u{200f}' | '\u{2028}')
            };
            let shown: Vec<char> = ran.stderr.chars().filter(hidden).collect();
            assert!(
                shown.is_empty(),
                "{arguments:?}: {shown:?} in {}",
                ran.stderr
            );
        }
    }
    let variable = run(["m.wasm"])
        .env("TOLLGATE_CACHE_DIR", "/dev/null/\u{1b}c")
        .ends();
    assert!(!variable.stderr.contains('\u{1b}'), "{}", variable.stderr);
}

#[test]
fn an_empty_file() {
    refused(module(""), 65, &["m.wasm", "is empty"]);
}

#[test]
fn something_that_is_not_wasm() {
    refused(module("hello"), 65, &["m.wasm", "not a WebAssembly module"]);
    refused(module(b"\x7fELF\x02\x01\x01\x00"), 65, &["ELF"]);
}

#[test]
fn a_truncated_module() {
    let whole = std::fs::read(guest("wordstat")).expect("the guest is built");
    refused(module(&whole[..whole.len() / 2]), 65, &["invalid module"]);
    refused(module(&whole[..6]), 65, &["invalid module", "end-of-file"]);
}

#[test]
fn a_module_of_another_version() {
    refused(module(b"\0asm\x02\0\0\0"), 65, &["version"]);
}

#[test]
fn a_module_above_the_size_limit() {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.resize(2 << 20, 0);
    for command in ["run", "inspect", "validate"] {
        refused(
            tollgate([command, "m.wasm", "--module-size=1MiB"]).file("m.wasm", &bytes),
            65,
            &["m.wasm", "size limit of 1048576 bytes", "`--module-size`"],
        );
    }
}

#[test]
fn a_module_above_a_limit_of_its_structure_runs_with_what_the_message_proposes() {
    let text = format!(
        r#"(module (func (export "f")) {})"#,
        "(global i32 (i32.const 0))".repeat(200)
    );
    let few = "--module-limit=globals=100";
    for command in ["run", "inspect", "validate"] {
        let ran = refused(
            tollgate([command, "m.wat", few]).file("m.wat", &text),
            65,
            &[
                "200 globals",
                "`globals` is 100",
                "`--module-limit globals=200`",
            ],
        );
        assert!(ran.stdout.is_empty());
        tollgate([command, "m.wat", "--module-limit", "globals=200"])
            .file("m.wat", &text)
            .ends_with(if command == "run" { 65 } else { 0 });
    }
    run(["m.wat", "--invoke", "f", "--module-limit", "globals=200"])
        .file("m.wat", &text)
        .ends_with(0);
}

#[test]
fn a_limit_of_structure_that_is_none_is_named_with_those_there_are() {
    for (flag, said) in [
        ("--module-limit=nesting=1", "there are functions, imports"),
        ("--module-limit=globals", "functions=200000"),
        ("--module-limit=globals=many", "`many` is not a count"),
    ] {
        let ran = run(["m.wat", flag]).ends_with(64);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
fn a_large_input_is_refused_before_it_is_parsed() {
    let input = format!("[{}0]", "0,".repeat(600_000));
    let flags = [
        "--invoke",
        "echo",
        "--input",
        "@input.json",
        "--host-call-limit=1MiB",
    ];
    let echo = guest("echo");
    refused(
        run(std::iter::once(&*echo).chain(flags)).file("input.json", input),
        65,
        &["input.json", "1048576 bytes", "`--host-call-limit`"],
    );
}

#[test]
fn a_module_with_a_huge_signature() {
    let text = format!(
        "(module (func (export \"f\") (param {})))",
        "i32 ".repeat(2_000)
    );
    refused(
        module(wat::parse_str(text).expect("it assembles")),
        65,
        &["param"],
    );
}

#[test]
fn text_that_does_not_assemble_names_the_place() {
    refused(
        run(["m.wat"]).file("m.wat", "(module\n  (func (export \"f\") (i32.oops)))"),
        65,
        &["m.wat", "line 2, column"],
    );
}

#[test]
fn an_export_that_is_not_there() {
    let ran = refused(
        run([&*guest("add"), "--invoke", "subtract"]),
        65,
        &["`subtract`", "`add64`"],
    );
    assert!(ran.stderr.contains("tollgate inspect"), "{}", ran.stderr);
}

#[test]
fn a_module_that_is_no_program() {
    refused(run([&*guest("add")]), 65, &["`_start`"]);
}

#[test]
fn an_import_nobody_provides() {
    refused(
        run([&*guest("host-call"), "--invoke", "square", "--", "2"]),
        65,
        &["`host`", "`multiply`"],
    );
}

#[test]
fn an_interface_nobody_provides_is_named_whole() {
    let component = |interface: &str| {
        format!(
            r#"(component (import "{interface}" (instance (export "look-up" (func (param "id" u32)))))
                (core module $m (func (export "f"))) (core instance $i (instantiate $m))
                (func (export "f") (canon lift (core func $i "f"))))"#
        )
    };
    for (interface, hint) in [
        ("local:demo/types@0.1.0", "embeds Tollgate"),
        ("wasi:keyvalue/store@0.2.0", "let it write files"),
        ("wasi:logging/logging@0.1.0", "standard error"),
        ("wasi:config/store@0.2.0", "environment variables"),
        ("wasi:unknown/thing@0.2.0", "`wasi:filesystem`"),
    ] {
        let ran = refused(
            run(["m.wat", "--invoke", "f"]).file("m.wat", component(interface)),
            65,
            &[&format!("imports `{interface}`"), hint],
        );
        assert!(!ran.stderr.contains("``"), "{}", ran.stderr);
    }
}

#[test]
fn a_wrong_number_of_arguments() {
    refused(
        run([&*guest("add"), "--invoke", "add", "--", "1"]),
        64,
        &["`add`", "2"],
    );
}

#[test]
fn an_argument_of_another_type() {
    refused(
        run([&*guest("add"), "--invoke", "add", "--", "1", "two"]),
        64,
        &["`two`", "i32"],
    );
    refused(
        run([&*guest("add"), "--invoke", "add", "--", "1", "4294967296"]),
        64,
        &["`4294967296`", "i32"],
    );
}

#[test]
fn json_that_does_not_parse() {
    let ran = refused(
        run([&*guest("echo"), "--invoke", "echo", "--input", "{\"a\":}"]),
        65,
        &["line 1 column 6", "--input-text"],
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn json_of_another_shape_than_the_component_takes() {
    let price = "tollgate:pricing/quotes@0.1.0#price";
    refused(
        run([
            &*guest("pricing-component"),
            "--invoke",
            price,
            "--input",
            "[{\"customer\":1}]",
        ]),
        64,
        &["price"],
    );
}

#[test]
fn an_input_file_that_is_not_there() {
    refused(
        run([
            &*guest("echo"),
            "--invoke",
            "echo",
            "--input",
            "@nowhere.json",
        ]),
        66,
        &["`nowhere.json`"],
    );
}

#[test]
fn a_url_to_a_private_address() {
    for url in [
        "https://127.0.0.1/m.wasm",
        "https://[::1]/m.wasm",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/m.wasm",
    ] {
        refused(run([url]), 66, &["refused"]);
    }
}

#[test]
fn a_url_that_is_not_https() {
    refused(run(["http://example.org/m.wasm"]), 66, &["https"]);
}

#[test]
fn a_pin_that_is_no_digest() {
    refused(run(["https://example.org/m.wasm#sha256:12"]), 64, &["pin"]);
}

/// No connection is made: somebody who listens on the address hears nothing.
#[test]
fn a_private_address_is_not_even_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    listener.set_nonblocking(true).expect("a mode");
    refused(
        run([&*format!("https://127.0.0.1:{port}/m.wasm")]),
        66,
        &["refused"],
    );
    let heard = listener.accept().map(|(mut stream, _)| {
        drop(stream.write_all(b"no"));
        stream.read(&mut [0; 16])
    });
    assert!(heard.is_err(), "somebody connected");
}

#[test]
fn unknown_flags_and_commands() {
    assert!(
        run([&*guest("add"), "--allow-everything"])
            .ends_with(64)
            .stderr
            .contains("--allow-everything")
    );
    assert!(
        tollgate(["frobnicate"])
            .ends_with(64)
            .stderr
            .contains("frobnicate")
    );
    assert!(
        run(["m.wasm", "--gas", "lots"])
            .ends_with(64)
            .stderr
            .contains("`lots`")
    );
    assert!(
        run(["m.wasm", "--memory=1parsec"])
            .ends_with(64)
            .stderr
            .contains("`1parsec`")
    );
    tollgate([]).ends_with(64);
}

/// Before anything runs: a long run whose report cannot be written would have to be made again.
#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_run() {
    let path = "no/such/folder/report.json";
    let ran = refused(run([&*guest("hello"), "--report", path]), 74, &[path]);
    assert_eq!(ran.stdout, "", "nothing ran");
    let ran = run([&*guest("hello"), "--report", "link"]);
    let ran = ran.file("precious", "text");
    std::os::unix::fs::symlink("precious", ran.folder.path().join("link")).expect("a link");
    let ran = refused(ran, 74, &["`link`", "symbolic link"]);
    let kept = std::fs::read_to_string(ran.folder.path().join("precious"));
    assert_eq!(
        (ran.stdout.as_str(), kept.expect("a file")),
        ("", "text".to_owned())
    );
}

/// Nothing a module does makes the command call it a bug of its own.
#[test]
fn a_module_cannot_end_as_a_bug_of_the_command() {
    let import = |name: &str, params: &str| {
        format!(
            r#"(import "wasi_snapshot_preview1" "{name}" (func $f (param {params}) (result i32)))"#
        )
    };
    let memoryless = format!(
        r#"(module {} (func (export "_start") (drop (call $f (i32.const 0) (i32.const 9)))))"#,
        import("random_get", "i32 i32")
    );
    refused(
        run(["m.wat"]).file("m.wat", memoryless),
        65,
        &["breaks the rules", "memory"],
    );
    let greedy = format!(
        r#"(module {} (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 32)
        (func (export "_start") (call $exit (call $f (i32.const 0) (i32.const 2000000)))))"#,
        import("random_get", "i32 i32")
    );
    // The number of an invalid argument, by the guest itself.
    run(["m.wat"]).file("m.wat", greedy).ends_with(28);
}

#[test]
fn a_misspelled_file_is_told_the_one_beside_it() {
    let hello = || run(["helo.wasm"]).file("hello.wasm", "");
    refused(hello(), 66, &["did you mean `hello.wasm`?"]);
    for command in ["inspect", "validate"] {
        let looked = tollgate([command, "helo.wasm"]).file("hello.wasm", "");
        refused(looked, 66, &["did you mean `hello.wasm`?"]);
    }
    let check = tollgate(["ecl", "check", "d/polcy.ecl"]).file("d/policy.ecl", "");
    refused(check, 66, &["did you mean `d/policy.ecl`?"]);
    let build = tollgate(["build", "ts", "man.ts"]).file("main.ts", "");
    refused(build, 66, &["did you mean `main.ts`?"]);
    let echo = ["--invoke=echo", "--input=@requst.json"];
    let input = run([&*guest("echo"), echo[0], echo[1]]).file("request.json", "{}");
    refused(input, 66, &["did you mean `request.json`?"]);
    for grant in ["--allow-read=dat", "--dir=dat::/d", "--allow-write=dat/x/y"] {
        let granted = run([&*guest("hello"), grant]).file("data/a", "");
        refused(granted, 66, &["granted path `dat", "No such file"]);
    }
    let granted = run([&*guest("hello"), "--allow-read=dat"]).file("data/a", "");
    refused(granted, 66, &["did you mean `data`?"]);
}

#[test]
fn a_misspelled_export_is_told_the_one_there_is() {
    let transform = run([
        &*guest("json-transform"),
        "--invoke=transfrom",
        "--input={}",
    ]);
    refused(transform, 65, &["did you mean `--invoke=transform`?"]);
    let percent = "tollgate:pricing/quotes@0.1.0#tier-percent";
    for name in ["tier-percnt", "tollgate:pricing/quotes@0.1.0#tier-percnt"] {
        let invoke = format!("--invoke={name}");
        let ran = run([&*guest("pricing-component"), &*invoke, "--input=[\"gold\"]"]);
        refused(ran, 65, &["did you mean", percent]);
    }
    let required = tollgate(["validate", &guest("hello"), "--require=_strat"]);
    refused(required, 65, &["did you mean `_start`?"]);
}

#[test]
fn input_for_a_function_that_takes_none_is_told_how_it_is_called() {
    for input in ["--input={}", "--input-text=abc"] {
        let add = run([&*guest("add"), "--invoke=add", input]);
        refused(add, 64, &["(i32, i32) -> (i32)", "--invoke add -- ARGS"]);
    }
    let percent = "--invoke=tollgate:pricing/quotes@0.1.0#tier-percent";
    let text = run([&*guest("pricing-component"), percent, "--input-text=gold"]);
    refused(text, 64, &["takes JSON", "`--input JSON`"]);
}

#[test]
fn a_folder_is_no_policy_and_its_files_are_named() {
    let hello = guest("hello");
    let one = run([&*hello, "--policy=rules"]).file("rules/calls.ecl", "");
    refused(one, 64, &["is a folder", "`--policy=rules/calls.ecl`"]);
    let none = run([&*hello, "--policy=rules"]).file("rules/a.txt", "");
    refused(none, 64, &["is a folder", "`--policy=rules/FILE.ecl`"]);
    let module = run(["rules"]).file("rules/a.txt", "");
    refused(module, 66, &["Is a directory", "give a file that is in it"]);
}

#[test]
fn a_number_that_is_none_is_told_its_range() {
    for (arguments, said) in [
        (
            &["run", "m.wasm", "--seed=abc"][..],
            "`abc` is not a whole number from 0 to 18446744073709551615",
        ),
        (
            &["run", "m.wasm", "--stack=1KiB"],
            "`1KiB` is not a size that the stack can have; write `16KiB` to `64MiB`",
        ),
        (&["ecl", "test", "p.ecl", "--min-coverage=90%"], "`90`"),
        (
            &["ecl", "test", "p.ecl", "--min-coverage=101"],
            "from 0 to 100",
        ),
        (
            &["ecl", "bench", "p.ecl", "--duration-ms=0"],
            "from 1 to 60000",
        ),
        (
            &["ecl", "eval", "p.ecl", "--gas-limit=much"],
            "is not an amount of gas",
        ),
        (
            &["cache", "prune", "--keep=few"],
            "`few` is not a whole number",
        ),
    ] {
        let ran = tollgate(arguments.iter().copied()).ends_with(64);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
fn input_for_a_function_that_takes_none_is_told_what_to_do() {
    let module = r#"(module (func (export "none") (result i32) (i32.const 1)) (func (export "one") (param i32)))"#;
    let said = |name: &str| {
        let ran = run(["m.wat", "--invoke", name, "--input-text", "a"]).file("m.wat", module);
        ran.ends_with(64).stderr
    };
    assert!(said("none").ends_with("it takes nothing, so leave the input out\n"));
    assert!(said("one").ends_with("`tollgate run … --invoke one -- ARGS`\n"));
    let pair = r#"(module (func (export "redact") (param i32 i32) (result i64) (i64.const 0)))"#;
    let ran = run(["m.wat", "--invoke", "redact", "--input-text", "a"]).file("m.wat", pair);
    refused(ran, 65, &["exports no `alloc`", "docs/abi.md"]);
}

#[test]
fn arguments_where_something_else_is_meant_are_told_what() {
    let module = r#"(module (memory (export "memory") 1)
        (func (export "bytes") (param i32 i32) (result i64) (i64.const 0))
        (func (export "none") (result i32) (i32.const 1)))"#;
    let called = |arguments: &[&str]| {
        run(["m.wat"].into_iter().chain(arguments.iter().copied())).file("m.wat", module)
    };
    for arguments in [&["--invoke=bytes"][..], &["--invoke=bytes", "--", "hello"]] {
        let said = [
            "`--input JSON`",
            "`--input-text TEXT`",
            "(i32, i32) -> (i64)",
        ];
        refused(called(arguments), 64, &said);
    }
    called(&["--invoke=bytes", "--", "1", "2"]).ends_with(0);
    let none = called(&["--invoke=none", "--", "argv"]);
    refused(
        none,
        64,
        &["`none` takes no arguments", "`--env=NAME=VALUE`"],
    );
    called(&["--invoke=none"]).ends_with(0);
}

#[test]
fn what_is_nearly_json_is_told_its_slip() {
    let transform = guest("json-transform");
    let given = |input: &str| {
        run([&*transform, "--invoke=transform", input])
            .file("bom.json", "\u{feff}{}")
            .file("a file.json", "{}")
    };
    for (input, said) in [
        ("--input={\"a\":1,}", "leave out the comma before it"),
        ("--input=[1,\n]", "leave out the comma before it"),
        ("--input={'a':1}", "double quotation marks"),
        ("--input={a:1}", "double quotation marks"),
        ("--input={} // all", "JSON has no comments"),
        ("--input=@bom.json", "it begins with a byte order mark"),
        ("--input=a file.json", "write `--input '@a file.json'`"),
        ("--input=hello", "use `--input-text`"),
    ] {
        refused(given(input), 65, &["is not JSON", said]);
    }
    let policy = "policy \"p\" { input { a: int } allow { any: a > 0 } }";
    let eval = tollgate(["ecl", "eval", "p.ecl", "--input={'a':1}"]).file("p.ecl", policy);
    refused(eval, 65, &["is not JSON", "double quotation marks"]);
}

#[test]
fn a_number_that_is_too_large_is_told_the_most() {
    for (flag, most) in [
        (
            "--gas=99999999999999999999999",
            "the most is 18446744073709551615",
        ),
        (
            "--memory=99999999999TiB",
            "the most is 18446744073709551615",
        ),
        ("--timeout=99999999999h", "the most is `5124095h`"),
        (
            "--max-files=99999999999999999999",
            "the most is 18446744073709551615",
        ),
    ] {
        let told = run(["m.wasm", flag]).ends_with(64).stderr;
        assert!(told.contains(most), "{told}");
    }
}

#[test]
fn names_as_other_tools_have_them_are_told_ours() {
    let hello = guest("hello");
    for (flag, typed) in [
        ("--dir=data:/d", "`data::/d`"),
        ("--dir=data:/d:ro", "`data::/d`"),
        ("--allow-read=data:/d", "`data::/d`"),
    ] {
        let mounted = run([&*hello, flag]).file("data/a", "");
        refused(mounted, 66, &["two colons between them", typed]);
    }
    let url = format!("file://{hello}");
    refused(
        run([&*url]),
        64,
        &["is a URL of a file", &format!("`{hello}`")],
    );
    let pinned = format!("{hello}#sha256:00");
    refused(run([&*pinned]), 64, &["has a pin", "`tollgate inspect`"]);
    refused(run(["oci://example.org/a"]), 64, &["that takes `https://`"]);
    let odd =
        run(["a#sha256:b.wat"]).file("a#sha256:b.wat", r#"(module (func (export "_start")))"#);
    odd.ends_with(0);
}

#[test]
fn an_evaluation_without_an_input_is_told_how_one_is_given() {
    let policy = "policy \"p\" { input { a: int } allow { any: a > 0 } }";
    let file = |arguments: &[&str]| {
        let all = ["ecl"].into_iter().chain(arguments.iter().copied());
        tollgate(all)
            .file("p.ecl", policy)
            .file("in.json", "{\"a\":1}")
    };
    for command in ["eval", "explain", "bench"] {
        refused(
            file(&[command, "p.ecl"]),
            65,
            &["needs an input", "`--input @FILE`"],
        );
        let beside = file(&[command, "p.ecl", "in.json"]);
        refused(beside, 64, &["`--input @in.json`"]);
    }
    refused(
        file(&["explain", "310"]),
        64,
        &["`tollgate ecl explain E0310`"],
    );
    let spent = file(&["eval", "p.ecl", "--input=@in.json", "--gas-limit=1"]).ends_with(3);
    assert!(
        spent.stdout.contains("help: `--gas-limit=1`"),
        "{}",
        spent.stdout
    );
}

#[test]
fn a_credential_that_is_the_name_of_a_file_is_not_taken_for_one() {
    let facts = "{\"trust\":{}}";
    let load = tollgate(["gateway", "facts", "load", "facts.json", "--state=s.db"]);
    let loaded = load.file("facts.json", facts).ends_with(0);
    let state = format!("--state={}", loaded.folder.path().join("s.db").display());
    let decide = tollgate([
        "gateway",
        "decide",
        &*state,
        "--subject=did:example:a",
        "--from=a",
        "--to=b",
        "--credential=ada.jwt",
    ]);
    refused(
        decide.file("ada.jwt", "x.y.z"),
        64,
        &["write `--credential @ada.jwt`"],
    );
}

#[test]
fn a_call_and_an_address_in_one_word_are_told_apart() {
    let add = guest("add");
    let called = run([&*add, "--invoke=add(2, 3)"]);
    refused(called, 65, &["`--invoke=add -- 2 3`"]);
    let net = run([&*add, "--allow-net=https://example.com:8443/a"]);
    refused(net, 64, &["`--allow-net=example.com:8443`"]);
    let small = run([&*guest("hello"), "--quiet", "--memory=64"]).ends_with(137);
    assert!(
        small.stderr.contains("memory limit of 64 bytes reached"),
        "{}",
        small.stderr
    );
    for (address, typed) in [("8080", "`127.0.0.1:8080`"), ("localhost:81", "`[::1]:81`")] {
        let listen = format!("--listen={address}");
        let told = tollgate(["serve", &*listen]).ends_with(64).stderr;
        assert!(told.contains(typed), "{told}");
    }
}
