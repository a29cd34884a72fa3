//! The jail of `tollgate run` and `replay`: closed when the module is loaded and before the guest starts.
//!
//! Until then this process reads the module, the cache and the input, and starts a compiler process; from then on the system
//! lets it reach what was granted and what it writes its report to. An isolated guest is not in this process: its worker has
//! a jail of its own, and more of one.

use std::path::PathBuf;

use tollgate::sandbox::{HostFiles, Jail, JailError, JailMode, JailRole, enter_jail};
use tollgate::{Grant, Limits, Module, Profile};

use crate::arguments::RunArguments;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::load::less_jail;

/// A guest that is going to run.
#[derive(Clone, Copy)]
pub(crate) struct Prisoner<'a> {
    pub(crate) module: &'a Module,
    pub(crate) limits: &'a Limits,
    pub(crate) grant: &'a Grant,
}

/// Closes the jail around this process, which writes `files` afterwards, if the guest runs in it.
pub(crate) fn close(mode: JailMode, files: &HostFiles, prisoner: Prisoner<'_>) -> CliResult<()> {
    let Prisoner {
        module,
        limits,
        grant,
    } = prisoner;
    if !runs_here(module, limits) {
        return Ok(());
    }
    let jail = Jail::of(JailRole::Command, grant, files);
    match enter_jail(&jail, mode) {
        Ok(_) => Ok(()),
        Err(error) => {
            let exit = match error {
                JailError::Place { .. } => Exit::NotFound,
                _ => Exit::Config,
            };
            let help = less_jail(&error).map(|help| format!("; {help}"));
            let message = format!("{error}{}", help.unwrap_or_default());
            Err(CliError::message(exit, message))
        }
    }
}

fn runs_here(module: &Module, limits: &Limits) -> bool {
    match module.engine().config().profile {
        Profile::Isolated => false,
        Profile::Metered | Profile::Timed => module.obstacle(limits).is_none(),
    }
}

/// What is written after the guest has ended.
pub(crate) fn files(arguments: &RunArguments) -> HostFiles {
    let report: Option<PathBuf> = arguments.report.clone();
    HostFiles {
        replaced: report
            .into_iter()
            .filter(|path| path.as_os_str() != "-")
            .collect(),
    }
}
