//! Closing a jail: first what no job needs, then what depends on the grant. Each step makes the next one impossible to undo,
//! so mounts come before the loss of capabilities, and the list of system calls comes last.

use std::{
    fs,
    os::fd::AsFd,
    time::{Duration, Instant},
};

use rustix::fs::{Mode, OFlags};

pub(crate) use super::root::Network;
use super::{
    Jail, JailError, JailMode, JailReport, Layer, files, places, privileges,
    root::{self, NewRoot},
    syscalls,
};
use crate::limits;

/// A process that has given up what no job of a worker needs.
#[derive(Debug)]
pub(crate) struct Prepared {
    mode: JailMode,
    root: Option<NewRoot>,
    report: JailReport,
}

/// Gives up what no job needs: namespaces of its own, and an empty tree of files beside the machine's.
pub(crate) fn prepare(mode: JailMode, network: Network) -> Result<Prepared, JailError> {
    let mut prepared = Prepared {
        mode,
        root: None,
        report: JailReport::default(),
    };
    if mode == JailMode::Off {
        return Ok(prepared);
    }
    let own = root::unshare(network);
    let made = match &own {
        Ok(()) => NewRoot::make().map_err(|error| error.to_string()),
        Err(error) => Err(format!("there are no namespaces: {error}")),
    };
    prepared.report.note(Layer::Namespaces, mode, own)?;
    match made {
        Ok(root) => prepared.root = Some(root),
        Err(reason) => prepared.report.note(Layer::Root, mode, Err(reason))?,
    }
    Ok(prepared)
}

impl Prepared {
    /// Closes the jail. This process must have one thread, as a worker has that runs nothing yet.
    pub(crate) fn close(mut self, jail: &Jail) -> Result<JailReport, JailError> {
        if self.mode == JailMode::Off {
            return Ok(self.report);
        }
        let places = self.places(jail)?;
        if let Some(root) = self.root.take() {
            let hung = root.close(&places);
            if let Err(error) = &hung {
                go_back(error)?;
            }
            self.report.note(Layer::Root, self.mode, hung)?;
        }
        restrict(jail, &places, self.mode, &mut self.report)?;
        Ok(self.report)
    }

    fn places(&self, jail: &Jail) -> Result<Vec<places::Place>, JailError> {
        match &self.root {
            Some(root) => Ok(places::open(jail, root.machine())),
            None => machine_places(jail),
        }
    }
}

/// A tree that could not be furnished is left again: what was granted must be there.
fn go_back(error: &std::io::Error) -> Result<(), JailError> {
    NewRoot::leave().map_err(|left| JailError::HalfClosed {
        layer: Layer::Root,
        reason: format!("{error}; then {left}"),
    })
}

/// Closes `jail` around this process at once, without namespaces.
pub(super) fn enter(jail: &Jail, mode: JailMode) -> Result<JailReport, JailError> {
    let mut report = JailReport::default();
    if mode == JailMode::Off {
        return Ok(report);
    }
    one_thread()?;
    let places = machine_places(jail)?;
    restrict(jail, &places, mode, &mut report)?;
    Ok(report)
}

fn restrict(
    jail: &Jail,
    places: &[places::Place],
    mode: JailMode,
    report: &mut JailReport,
) -> Result<(), JailError> {
    report.note(Layer::Privileges, mode, privileges::give_up(jail.role))?;
    files::restrict(jail, places, mode, report)?;
    report.note(Layer::SystemCalls, mode, syscalls::restrict(jail))
}

fn machine_places(jail: &Jail) -> Result<Vec<places::Place>, JailError> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let root = rustix::fs::open("/", flags, Mode::empty()).map_err(|error| JailError::Missing {
        layer: Layer::Files,
        reason: error.to_string(),
    })?;
    Ok(places::open(jail, root.as_fd()))
}

/// Rules for files hold for the thread that sets them. Where the system does not say how many there are, there is no
/// `/proc`, and the caller keeps its word.
///
/// A thread that was waited for is listed until the system has taken it away, a moment later.
fn one_thread() -> Result<(), JailError> {
    let started = Instant::now();
    loop {
        let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        if threads <= 1 {
            return Ok(());
        }
        if started.elapsed() > limits::JAIL_THREADS_END {
            return Err(JailError::Threads { threads });
        }
        std::thread::sleep(Duration::from_micros(50));
    }
}
