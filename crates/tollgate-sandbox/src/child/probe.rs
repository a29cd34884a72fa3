//! Finding out which layers this system has: a process closes a jail around itself and says how that went.

use std::{
    io::{self, Write},
    process::Stdio,
    time::Duration,
};

use super::{ChildLimits, Role, command, prepared};
use crate::{
    exit,
    jail::{JailMode, JailReport, Network},
    limits,
};

/// Returns the layers that are in force for a guest that was granted nothing, and those this system lacks.
///
/// # Errors
/// When no process can be started, as in a program that did not call [`run_if_requested`](crate::requested::run_if_requested), or it does not answer.
pub fn jail_layers() -> io::Result<JailReport> {
    if !prepared() {
        return Err(io::Error::other(
            "this program cannot start workers; call `run_if_requested()` first in its `main`",
        ));
    }
    let few = ChildLimits {
        address_bytes: u64::MAX,
        data_bytes: limits::ISOLATED_DATA_BYTES,
        files: limits::CHILD_FILES,
        cpu: Duration::from_secs(1),
        cpu_most: Duration::from_secs(1),
        network: Network::None,
        jail: JailMode::Best,
    };
    let answer = command(Role::Probe, &few).stdin(Stdio::null()).output()?;
    serde_json::from_slice(&answer.stdout)
        .map_err(|_| io::Error::other(format!("the process gave no answer ({})", answer.status)))
}

/// The worker's side: says what the jail it is in is made of.
pub(crate) fn child_main(report: &JailReport) -> i32 {
    let said = serde_json::to_vec(report).is_ok_and(|text| io::stdout().write_all(&text).is_ok());
    if said && io::stdout().flush().is_ok() {
        exit::DONE
    } else {
        exit::BAD_JOB
    }
}
