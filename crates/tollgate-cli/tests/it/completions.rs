//! Completions, tried in the shells that read them.

use std::process::Command;

use crate::command::tollgate;
use crate::javascript::has;

/// What a shell prints that runs `script`, with the file of completions as its first argument.
fn in_shell(shell: &str, script: &str) -> String {
    let completions = tollgate(["completions", shell]).ends_with(0);
    let file = completions.folder.path().join("completions");
    std::fs::write(&file, &completions.stdout).expect("a file");
    let mut command = Command::new(shell);
    match shell {
        "fish" => command.args(["--no-config", "-c", script]),
        "zsh" => command.args(["-f", "-c", script, shell]),
        _ => command.args(["--norc", "--noprofile", "-c", script, shell]),
    };
    let output = command.arg(&file).output().expect("a shell");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    assert!(output.status.success(), "{}", text(output.stderr));
    assert_eq!(text(output.stderr), "");
    text(output.stdout)
}

/// What bash proposes for the last of these words.
fn bash(words: &str) -> Vec<String> {
    let script = format!(
        r#"source "$1"
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE='{words}'; COMP_POINT=${{#COMP_LINE}}
_tollgate tollgate "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
printf '%s\n' "${{COMPREPLY[@]}}""#
    );
    in_shell("bash", &script)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    assert_eq!(bash("tollgate insp"), ["inspect"]);
    assert_eq!(bash("tollgate ecl ch"), ["check"]);
    assert_eq!(bash("tollgate run --allow-cl"), ["--allow-clock"]);
    assert_eq!(
        bash("tollgate run --profile ''"),
        ["metered", "timed", "isolated"]
    );
    assert_eq!(bash("tollgate nothing-like-this"), [""]);
}

#[test]
fn fish_completes_commands_flags_and_values() {
    if !has("fish") {
        return;
    }
    let words = |typed: &str| -> Vec<String> {
        let script = format!("source $argv[1]; complete --do-complete '{typed}'");
        let lines = in_shell("fish", &script);
        let words = lines.lines().filter_map(|line| line.split('\t').next());
        words.map(str::to_owned).collect()
    };
    assert_eq!(words("tollgate insp"), ["inspect"]);
    assert_eq!(words("tollgate ecl ch"), ["check"]);
    assert_eq!(words("tollgate run --allow-cl"), ["--allow-clock"]);
    assert_eq!(
        words("tollgate run --profile "),
        ["isolated", "metered", "timed"]
    );
}

#[test]
fn zsh_takes_the_script() {
    if !has("zsh") {
        return;
    }
    let script =
        r#"autoload -U compinit; compinit -u -d "$1.dump"; source "$1"; print $_comps[tollgate]"#;
    assert_eq!(in_shell("zsh", script), "_tollgate\n");
}

#[test]
fn every_shell_has_a_script_that_does_nothing_to_a_terminal() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = tollgate(["completions", shell]).ends_with(0).stdout;
        assert!(script.contains("inspect"), "{shell}");
        let control = script
            .chars()
            .find(|c| c.is_control() && !"\n\t".contains(*c));
        assert_eq!(control, None, "{shell}");
    }
}

#[test]
fn a_shell_nobody_knows_is_named() {
    let said = tollgate(["completions", "sh"]).ends_with(64).stderr;
    assert!(said.contains("`sh`") || said.contains("'sh'"), "{said}");
    assert!(said.contains("bash"), "{said}");
}
