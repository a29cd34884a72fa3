//! The work of a worker: what this program does when it was started as one.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use crate::{
    child::{self, Role, instead, restrict},
    compile, exit,
    grant::Grant,
    jail::{HostFiles, Jail, JailError, JailReport, JailRole, Prepared},
    process::ProcessLimits,
    run::isolated,
    signals::ignore_file_size,
};

/// Works. The jail is closed before the first byte of input, unless a job has a say in it.
fn work(role: Role, prepared: Result<Prepared, JailError>) -> i32 {
    match role {
        Role::Compile => within(&of_nothing(JailRole::Compile), prepared, |_| {
            compile::child_main()
        }),
        Role::Run => isolated::child_main(prepared),
        Role::Probe => within(&of_nothing(JailRole::Guest), prepared, |report| {
            child::probe(&report)
        }),
    }
}

/// The jail of a worker that was granted nothing.
fn of_nothing(role: JailRole) -> Jail {
    Jail::of(role, &Grant::none(), &HostFiles::default())
}

/// Closes `jail` and works in it.
fn within(
    jail: &Jail,
    prepared: Result<Prepared, JailError>,
    work: impl FnOnce(JailReport) -> i32,
) -> i32 {
    match prepared.and_then(|prepared| prepared.close(jail)) {
        Ok(report) => instead(jail).unwrap_or_else(|| work(report)),
        Err(error) => not_jailed(&error),
    }
}

/// As [`run_if_requested`], for tests of the jail: a process that was started as a worker does `work` in place of its own,
/// in the jail it would have worked in.
#[doc(hidden)]
pub fn run_if_requested_instead(work: fn(&Jail) -> i32) {
    child::do_instead(work);
    run_if_requested();
}

/// Does the work and ends the process if this process was started as a worker; returns at once otherwise.
///
/// Call it first thing in `main`, before threads are started or files opened. It allows the process to start workers.
/// From then on the process ignores `SIGXFSZ`: a guest that writes more than `ulimit -f` allows is told so.
pub fn run_if_requested() {
    ignore_file_size();
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next().unwrap_or_default();
    let Some(role) = Role::ALL
        .into_iter()
        .find(|role| first == OsStr::new(role.argument()))
    else {
        child::prepare();
        return;
    };
    std::process::exit(start(role, arguments));
}

fn start(role: Role, arguments: impl Iterator<Item = OsString>) -> i32 {
    // A worker serves one job, and the limits of its process are those of the job.
    ProcessLimits::unbounded().apply();
    // Without its limits the worker must not touch the input.
    let Ok(prepared) = restrict(role, arguments) else {
        return exit::NOT_RESTRICTED;
    };
    work(role, prepared)
}

/// Says what is missing to the parent, which reads what a worker writes there.
fn not_jailed(error: &JailError) -> i32 {
    // Who does not read it knows by the exit code.
    drop(writeln!(io::stderr(), "{error}"));
    exit::NOT_JAILED
}
