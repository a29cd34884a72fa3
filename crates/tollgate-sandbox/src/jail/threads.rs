//! Whether this thread is the only one: rules for files and the loss of privileges hold for the thread that sets them, and for
//! those it starts later.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
    time::{Duration, Instant},
};

use super::JailError;
use crate::limits;

/// What is known of other threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Threads {
    /// There is none.
    This,
    /// Nobody can tell, and why.
    Unknown(String),
}

impl Threads {
    /// What came of a layer that holds for one thread. Where nobody knows of others, it counts as missing.
    pub(super) fn of<E: ToString>(&self, outcome: Result<(), E>) -> Result<(), String> {
        outcome.map_err(|error| error.to_string())?;
        match self {
            Self::This => Ok(()),
            Self::Unknown(reason) => Err(format!(
                "it holds for one thread, and whether there are others cannot be told: {reason}"
            )),
        }
    }
}

/// Looks for other threads. One that was waited for is there until the system has taken it away, a moment later.
pub(super) fn look() -> Result<Threads, JailError> {
    look_by(|| ask().or_else(|_| count(Path::new("/proc/self/task"))))
}

fn look_by(alone: impl Fn() -> io::Result<bool>) -> Result<Threads, JailError> {
    let started = Instant::now();
    loop {
        match alone() {
            Ok(true) => return Ok(Threads::This),
            Ok(false) if started.elapsed() > limits::JAIL_THREADS_END => {
                return Err(JailError::Threads);
            }
            Ok(false) => std::thread::sleep(Duration::from_micros(50)),
            Err(error) => return Ok(Threads::Unknown(error.to_string())),
        }
    }
}

/// Asks the system, where containers let it be asked.
#[expect(unsafe_code, reason = "the call has no safe interface here")]
fn ask() -> io::Result<bool> {
    // SAFETY: leaving the other threads is possible only where there are none, and then there is nothing to leave; the call
    // changes nothing in either case.
    if unsafe { libc::unshare(libc::CLONE_THREAD) } == 0 {
        return Ok(true);
    }
    match io::Error::last_os_error() {
        error if error.kind() == ErrorKind::InvalidInput => Ok(false),
        error => Err(error),
    }
}

fn count(tasks: &Path) -> io::Result<bool> {
    let mut threads = 0_usize;
    for task in fs::read_dir(tasks)? {
        task?;
        threads += 1;
    }
    Ok(threads <= 1)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{JailMode, Layer, layer::Notes},
        *,
    };

    #[test]
    fn the_system_tells_whether_there_are_other_threads() {
        // A test has a thread of its own beside the first.
        assert!(!ask().unwrap());
        assert!(!count(Path::new("/proc/self/task")).unwrap());
    }

    #[test]
    fn other_threads_are_an_error() {
        assert_eq!(look_by(|| Ok(false)), Err(JailError::Threads));
    }

    #[test]
    fn threads_that_nobody_can_count_are_not_none() {
        let nowhere = tempfile::tempdir().unwrap().path().join("gone");
        let threads = look_by(|| count(&nowhere)).unwrap();
        let told = || threads.of(Ok::<(), String>(()));
        assert!(told().unwrap_err().contains("cannot be told"));

        let mut notes = Notes::new(JailMode::Require);
        let refused = notes.note(Layer::Files, told());
        assert!(matches!(refused, Err(JailError::Missing { .. })));

        let mut notes = Notes::new(JailMode::Best);
        notes.note(Layer::Files, told()).unwrap();
        assert_eq!(notes.report().missing().count(), 1);
    }
}
