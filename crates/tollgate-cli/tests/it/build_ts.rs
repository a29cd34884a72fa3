//! `tollgate build ts`: files in a folder become a module that runs.

use crate::command::{repository, tollgate};

const MATH: &str =
    "export function factorial(n: i32): i32 { return n <= 1 ? 1 : n * factorial(n - 1); }";

#[test]
fn a_module_is_built_and_runs() {
    let built = tollgate(["build", "ts", "math.ts"])
        .file("math.ts", MATH)
        .ends_with(0);
    assert!(built.stdout.starts_with("math.wasm: "), "{}", built.stdout);
    let module = std::fs::read(built.folder.path().join("math.wasm")).unwrap();
    let ran = tollgate(["run", "math.wasm", "--invoke", "factorial", "--", "5"])
        .file("math.wasm", module)
        .ends_with(0);
    assert_eq!(ran.stdout.trim(), "120");
}

#[test]
fn the_example_of_the_readme_counts_words() {
    let source = std::fs::read(repository().join("examples/ts/words.ts")).unwrap();
    let built = tollgate(["build", "ts", "words.ts"])
        .file("words.ts", source)
        .ends_with(0);
    let module = std::fs::read(built.folder.path().join("words.wasm")).unwrap();
    let text = "nothing is granted by default";
    let ran = tollgate([
        "run",
        "words.wasm",
        "--invoke",
        "count",
        "--input-text",
        text,
    ])
    .file("words.wasm", module)
    .ends_with(0);
    assert_eq!(ran.stdout.trim(), "5 words, the longest is \"nothing\"");
}

#[test]
fn a_compiler_that_gets_no_memory_is_an_error_of_the_text() {
    let program = env!("CARGO_BIN_EXE_tollgate");
    let folder = tempfile::tempdir().unwrap();
    let body = "y = y + 1; ".repeat(90_000);
    let text = format!("export function f(): void {{ let y = 1; {body} }}");
    std::fs::write(folder.path().join("large.ts"), text).unwrap();
    let ran = std::process::Command::new("sh")
        .args([
            "-c",
            "ulimit -d 40000; exec \"$0\" build ts large.ts",
            program,
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(65), "{stderr}");
    assert!(
        stderr.contains("`large.ts`: compiling takes more than"),
        "{stderr}"
    );
    assert!(!folder.path().join("large.wasm").exists());
}

#[test]
fn text_and_declarations_are_written_beside_it() {
    let built = tollgate([
        "build", "ts", "math.ts", "-o", "out.wasm", "--emit", "wat,dts",
    ])
    .file("math.ts", MATH)
    .ends_with(0);
    let read = |name: &str| std::fs::read_to_string(built.folder.path().join(name)).unwrap();
    assert!(
        read("out.wat").contains("(func $factorial"),
        "{}",
        read("out.wat")
    );
    assert!(read("out.d.ts").contains("export function factorial(n: number): number;"));
}

#[test]
fn imports_are_followed_inside_of_the_project_folder() {
    let run = |arguments: &[&str]| {
        tollgate(arguments.iter().copied())
            .file("src/main.ts", "import { twice } from \"../lib/twice\";\nexport function f(x: i32): i32 { return twice(x); }")
            .file("lib/twice.ts", "export function twice(x: i32): i32 { return x * 2; }")
    };
    run(&["build", "ts", "src/main.ts", "--project", "."]).ends_with(0);
    let refused = run(&["build", "ts", "src/main.ts"]).ends_with(65);
    assert!(refused.stderr.contains("F0402"), "{}", refused.stderr);
    assert!(!refused.folder.path().join("src/main.wasm").exists());
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_folder_is_not_read() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.ts");
    std::fs::write(&secret, "export const PASSWORD = hunter2;").unwrap();
    let prepared = tollgate(["build", "ts", "main.ts"]).file(
        "main.ts",
        "import { PASSWORD } from \"./secret\";\nexport function f(): number { return PASSWORD; }",
    );
    std::os::unix::fs::symlink(&secret, prepared.folder.path().join("secret.ts")).unwrap();
    let refused = prepared.ends_with(65);
    assert!(refused.stderr.contains("F0401"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
}

#[test]
fn all_problems_are_reported_in_one_run() {
    let source = "export function f(x: any): number { return y; }\nexport function g(): i32 { return 1.5; }\nconst k = <T>(x: T): T => x;\n";
    let refused = tollgate(["build", "ts", "bad.ts", "--format", "json"])
        .file("bad.ts", source)
        .ends_with(65);
    let said = refused.json();
    let codes: Vec<&str> = said["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["F0211", "F0301", "F0312", "F0209"]);
    assert_eq!(said["diagnostics"][2]["labels"][0]["place"]["line"], 2);
}

#[test]
fn a_code_is_explained() {
    let said = tollgate(["build", "explain", "f0303"]).ends_with(0);
    assert!(
        said.stdout.starts_with("F0303: wrong type"),
        "{}",
        said.stdout
    );
    tollgate(["build", "explain", "F9998"]).ends_with(64);
}

#[test]
fn who_asks_the_wrong_command_about_a_code_is_told_the_right_one() {
    let said = tollgate(["build", "explain", "E0310"]).ends_with(64);
    let hint = "`tollgate ecl explain E0310`";
    assert!(said.stderr.contains(hint), "{}", said.stderr);
    let said = tollgate(["ecl", "explain", "F0303"]).ends_with(64);
    let hint = "`tollgate build explain F0303`";
    assert!(said.stderr.contains(hint), "{}", said.stderr);
}

#[test]
fn a_source_is_never_written_over_however_it_is_spelled() {
    let main = "import { f } from './lib'; export function g(): i32 { return f(); }";
    let lib = "export function f(): i32 { return 1; }";
    let folder = |output: &str| {
        tollgate(["build", "ts", "a.ts", "-o", output])
            .file("a.ts", main)
            .file("lib.ts", lib)
            .file("sub/x.txt", "x")
    };
    for output in ["a.ts", "./a.ts", "sub/../a.ts", "lib.ts", "./lib.ts"] {
        let refused = folder(output).ends_with(64);
        let read = |name: &str| std::fs::read_to_string(refused.folder.path().join(name)).unwrap();
        assert_eq!(
            (read("a.ts"), read("lib.ts")),
            (main.to_owned(), lib.to_owned())
        );
    }
    // What lies beside the module is looked at as well.
    let refused = tollgate(["build", "ts", "a.d.ts", "-o", "a.wasm", "--emit", "dts"])
        .file("a.d.ts", MATH)
        .ends_with(64);
    let source = std::fs::read_to_string(refused.folder.path().join("a.d.ts")).unwrap();
    assert_eq!(source, MATH);
    assert!(!refused.folder.path().join("a.wasm").exists());
}

#[cfg(unix)]
#[test]
fn a_source_behind_a_link_is_not_written_over() {
    let prepared = tollgate(["build", "ts", "a.ts", "-o", "b.wasm"]).file("a.ts", MATH);
    std::fs::hard_link(
        prepared.folder.path().join("a.ts"),
        prepared.folder.path().join("b.wasm"),
    )
    .unwrap();
    let refused = prepared.ends_with(64);
    assert!(refused.stderr.contains("is a source"), "{}", refused.stderr);
}

#[test]
fn two_outputs_never_go_to_one_file() {
    let prepared = tollgate(["build", "ts", "a.ts", "-o", "k.wasm", "--emit", "wat"])
        .file("a.ts", MATH)
        .file("k.wat", "precious");
    let folder = prepared.folder.path();
    std::fs::hard_link(folder.join("k.wat"), folder.join("k.wasm")).unwrap();
    let refused = prepared.ends_with(64);
    assert!(refused.stderr.contains("one file"), "{}", refused.stderr);
    let kept = std::fs::read(refused.folder.path().join("k.wat")).unwrap();
    assert_eq!(kept, b"precious");
}

#[test]
fn a_dash_is_standard_output() {
    let built = tollgate(["build", "ts", "a.ts", "-o", "-", "--optimize", "none"])
        .file("a.ts", MATH)
        .ends_with(0);
    assert!(built.stdout.starts_with("\0asm"), "{}", built.stdout);
    assert!(!built.folder.path().join("-").exists());
    let refused = tollgate(["build", "ts", "a.ts", "-o", "-", "--emit", "dts"])
        .file("a.ts", MATH)
        .ends_with(64);
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_function_of_texts_is_called_with_a_text() {
    let source =
        "export function handle(s: string): string { return `${s.toUpperCase()}, ${s.length}`; }";
    let built = tollgate(["build", "ts", "shout.ts"])
        .file("shout.ts", source)
        .ends_with(0);
    let module = std::fs::read(built.folder.path().join("shout.wasm")).unwrap();
    let arguments = [
        "run",
        "shout.wasm",
        "--invoke",
        "handle",
        "--input-text",
        "grüße",
    ];
    let ran = tollgate(arguments).file("shout.wasm", module).ends_with(0);
    assert_eq!(ran.stdout.trim(), "GRÜSSE, 5");
}
