//! Whether the process that waits for an answer is still there.
//!
//! Numbers of processes are given again. So a process is named by its number, when it began, and the namespace in which the
//! number means something; all of it stands in `/proc`.

use std::path::Path;

/// The name of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessName(String);

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It is there.
    Lives,
    /// It has ended.
    Gone,
    /// Nobody can tell from here.
    Unknown,
}

impl ProcessName {
    /// Returns the name of this process.
    pub fn own() -> Self {
        let number = std::process::id();
        let began = began(number).unwrap_or_default();
        let space = space().unwrap_or_default();
        Self(format!("{number} {began} {space}"))
    }

    /// Returns the name that this text is; one that was not made here is of a process nobody can tell of.
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The name as it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the process is there.
    pub fn life(&self) -> Life {
        let mut parts = self.0.split(' ');
        let (number, when, space_then) = (parts.next(), parts.next(), parts.next());
        let (Some(number), Some(when), Some(space_then)) = (number, when, space_then) else {
            return Life::Unknown;
        };
        let number = number.parse::<u32>().ok();
        let same_space = space().is_some_and(|space| space == space_then);
        let (Some(number), true, false) = (number, same_space, when.is_empty()) else {
            return Life::Unknown;
        };
        match began(number) {
            Some(now) if now == when => Life::Lives,
            Some(_) | None => Life::Gone,
        }
    }
}

/// Returns the number of the session this process belongs to; 0 for one that began outside of the namespace of its numbers,
/// as where a program is started into a container, and `None` where the system does not tell.
pub fn own_session() -> Option<u32> {
    // Not `getsid` of rustix: its result has no 0.
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    fields(&line)?.nth(SESSION - STATE)?.parse().ok()
}

/// When a process began, in ticks since the start of the system; `None` when it has ended.
fn began(number: u32) -> Option<String> {
    let line = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let mut fields = fields(&line)?;
    let has_ended = matches!(fields.next()?, "Z" | "X");
    let began = fields.nth(BEGAN - STATE - 1)?;
    (!has_ended).then(|| began.to_owned())
}

/// The fields of a line of `/proc/PID/stat` by their numbers in proc(5), the first of which here is [`STATE`].
fn fields(line: &str) -> Option<std::str::SplitAsciiWhitespace<'_>> {
    // The name of the program stands in brackets and may have some of its own.
    let (_, fields) = line.rsplit_once(')')?;
    Some(fields.split_ascii_whitespace())
}

const STATE: usize = 3;
const SESSION: usize = 6;
const BEGAN: usize = 22;

/// The namespace of the numbers of processes.
fn space() -> Option<String> {
    let link = std::fs::read_link(Path::new("/proc/self/ns/pid")).ok()?;
    Some(link.to_str()?.to_owned())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_lives_until_it_has_ended() {
        assert_eq!(ProcessName::own().life(), Life::Lives);
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let number = child.id();
        let began = began(number).unwrap();
        let name = ProcessName::of(&format!("{number} {began} {}", space().unwrap()));
        assert_eq!(name.life(), Life::Lives);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(name.life(), Life::Gone);
    }

    #[test]
    fn the_number_alone_is_not_the_process() {
        let (number, space) = (std::process::id(), space().unwrap());
        let other = ProcessName::of(&format!("{number} 1 {space}"));
        assert_eq!(other.life(), Life::Gone);
        let elsewhere = ProcessName::of(&format!("{number} 1 pid:[1]"));
        assert_eq!(elsewhere.life(), Life::Unknown);
        for text in ["", "1", "x y z", "1 2", &format!("{number}  {space}")] {
            assert_eq!(ProcessName::of(text).life(), Life::Unknown, "{text}");
        }
    }
}
