//! The command at a terminal of its own, which `script` of util-linux gives.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a command may have its terminal: far more than it needs on a slow machine.
const SCREEN_MAX: Duration = Duration::from_secs(180);

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
    let screen = shown(script.stdout.take().expect("a pipe"));
    keyboard
        .write_all(typed.before.as_bytes())
        .expect("it is typed");
    let deadline = Instant::now() + SCREEN_MAX;
    let mut seen = Vec::new();
    let mut is_asked = false;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match screen.recv_timeout(left) {
            Ok(new) => seen.extend(new),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                script.kill().expect("it runs");
                let seen = String::from_utf8_lossy(&seen);
                panic!(
                    "`tollgate {arguments}` does not end in {SCREEN_MAX:?}; the screen:\n{seen}"
                );
            }
        }
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

/// What comes from a terminal, as it comes, until it is closed.
fn shown(mut terminal: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, screen) = channel();
    std::thread::spawn(move || {
        let mut part = [0; 4096];
        loop {
            let read = terminal.read(&mut part).expect("a terminal");
            let new = part.get(..read).filter(|new| !new.is_empty());
            // Nobody looks any more after the deadline.
            if new.is_none_or(|new| sender.send(new.to_vec()).is_err()) {
                break;
            }
        }
    });
    screen
}
