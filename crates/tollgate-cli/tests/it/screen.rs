//! The command at a terminal of its own, which `script` of util-linux gives.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// What is typed before the question stands on the terminal, and then.
pub(crate) struct Typed {
    pub(crate) before: &'static str,
    pub(crate) then: &'static str,
}

/// What stands on the terminal that `tollgate` with these arguments had for itself.
pub(crate) fn on_a_screen(folder: &Path, arguments: &str, typed: &Typed) -> Option<String> {
    let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_tollgate"));
    let script = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut script = match script {
        Ok(script) => script,
        Err(error) => {
            eprintln!(
                "skipped: `script` of util-linux gives the terminal, and there is none: {error}"
            );
            return None;
        }
    };
    let mut keyboard = script.stdin.take().expect("a pipe");
    let mut screen = script.stdout.take().expect("a pipe");
    keyboard
        .write_all(typed.before.as_bytes())
        .expect("it is typed");
    let mut seen = Vec::new();
    let mut part = [0; 4096];
    let mut is_asked = false;
    loop {
        let read = screen.read(&mut part).expect("a terminal");
        let Some(new) = part.get(..read).filter(|new| !new.is_empty()) else {
            break;
        };
        seen.extend_from_slice(new);
        if !is_asked && String::from_utf8_lossy(&seen).contains("[y/N] ") {
            is_asked = true;
            keyboard
                .write_all(typed.then.as_bytes())
                .expect("it is typed");
        }
    }
    script.wait().expect("it ends");
    Some(String::from_utf8_lossy(&seen).into_owned())
}
