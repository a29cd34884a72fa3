//! The jail of `tollgate run`: closed when the module is loaded and before the guest starts.
//!
//! Until then this process reads the module, the cache and the input, and starts a compiler process; from then on the system
//! lets it reach what was granted and what it writes its report to. An isolated guest is not in this process: its worker has
//! a jail of its own, and more of one.

use std::path::PathBuf;

use tollgate::sandbox::{HostFiles, Jail, JailError, JailRole, enter_jail};
use tollgate::{Grant, Limits, Module, Profile};

use crate::arguments::RunArguments;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::load::less_jail;

/// Closes the jail around this process, if a guest of `module` runs in it.
pub(crate) fn close(
    arguments: &RunArguments,
    module: &Module,
    limits: &Limits,
    grant: &Grant,
) -> CliResult<()> {
    if !runs_here(module, limits) {
        return Ok(());
    }
    let jail = Jail::of(JailRole::Command, grant, &files(arguments));
    match enter_jail(&jail, arguments.jail.mode()) {
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
fn files(arguments: &RunArguments) -> HostFiles {
    let report: Option<PathBuf> = arguments.report.clone();
    HostFiles {
        replaced: report
            .into_iter()
            .filter(|path| path.as_os_str() != "-")
            .collect(),
    }
}
