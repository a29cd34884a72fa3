//! Who asks and who answers on this machine.
//!
//! Nobody logs in to a command. What tells one person at it from another is the user the system knows and the session: a
//! terminal begins one, and what is started in it belongs to it. So the session that started a run does not answer for it,
//! and a name may be given in addition, which does not either. This keeps a program that starts runs from answering in
//! passing; it does not keep the user, who owns the state, from doing so on purpose.

use tollgate::gate::approvals::own_session;
use tollgate::state::approval::Principal;

use super::shared::unusable;
use crate::error::CliResult;

/// Whoever runs this command, who may also have a name.
pub(crate) fn here(name: Option<&str>) -> CliResult<Principal> {
    let seat = seat();
    let names = name.into_iter().chain([&*seat]);
    Principal::new(names).map_err(unusable)
}

/// As [`here`], where the terminal of this session is not to answer: neither here nor in another run with the same question.
pub(crate) fn here_without_terminal(name: Option<&str>) -> CliResult<Principal> {
    let (seat, terminal) = (seat(), terminal());
    let names = name.into_iter().chain([&*seat, &*terminal]);
    Principal::new(names).map_err(unusable)
}

/// The terminal of this session, where somebody is asked by the run itself.
pub(crate) fn at_the_terminal() -> CliResult<Principal> {
    Principal::new([&*terminal()]).map_err(unusable)
}

fn terminal() -> String {
    format!("terminal of {}", seat())
}

fn seat() -> String {
    let user = rustix::process::getuid().as_raw();
    match own_session() {
        // Those that began outside of this namespace are 0, all of them: no session answers that might have asked.
        Some(session) => format!("uid:{user} sid:{session}"),
        // The whole user is more than the session.
        None => format!("uid:{user}"),
    }
}
