//! The system calls of each role (seccomp). One that is not listed ends a worker, and is refused in the command.
//!
//! The lists are made from what the roles were seen to use, on the C library of Debian 12 and with threads. Some calls are
//! refused with an error instead, because libraries try them and go another way: opening files where none may be opened, and
//! calls with an older twin that can be checked.
//!
//! A long list costs the system more than the rest of a jail, so a worker that waits sets it while it waits ([`widely`]),
//! together with what closing the jail takes; when it has its job, a short list takes that away again ([`ForGood`]).

mod last_word;
mod lists;
mod rules;

use seccompiler::{BpfProgram, SeccompAction, SeccompRule, apply_filter_all_threads};

use self::{
    lists::{
        ABSENT, ALWAYS, CLOSING, COMMAND, FCNTL, FILES, IOCTL, NETWORK, PRCTL, RUNNING, older,
    },
    rules::{ListError, Rules, is, is_not, is_null, masked, none_of, one_of, rule, without},
};
use super::{Jail, JailRole, Ports, root::Network};

/// Sets the lists of `jail` for every thread, for good.
pub(super) fn restrict(jail: &Jail) -> Result<(), String> {
    match jail.role {
        JailRole::Compile | JailRole::Guest => {
            last_word::listen().map_err(|error| error.to_string())?;
            set(of_worker(jail))
        }
        JailRole::Command => set(of_command(jail)),
    }
}

/// Sets what no job changes of a guest's lists: a process that waits still closes its jail. Returns what does that, which is
/// made now, so that no job waits for it.
pub(super) fn widely(network: Network) -> Result<ForGood, String> {
    last_word::listen().map_err(|error| error.to_string())?;
    let for_good = ForGood::make().map_err(|error| error.to_string())?;
    set(while_waiting(network))?;
    Ok(for_good)
}

/// The lists that take away what was left for closing the jail of a guest, and what its job does not need.
#[derive(Debug)]
pub(super) struct ForGood {
    without_files: BpfProgram,
    /// The last one, because it takes away the call that sets it.
    last: BpfProgram,
}

impl ForGood {
    fn make() -> Result<Self, ListError> {
        Ok(Self {
            without_files: refuse(refused_files(JailRole::Guest)?, libc::EACCES)?,
            last: not_closing()?.program(SeccompAction::Allow, SeccompAction::Trap)?,
        })
    }

    /// Sets those of this jail.
    pub(super) fn set(&self, jail: &Jail) -> Result<(), String> {
        if !jail.opens_files() {
            apply(&self.without_files)?;
        }
        apply(&self.last)
    }
}

fn set(programs: Result<Vec<BpfProgram>, ListError>) -> Result<(), String> {
    let programs = programs.map_err(|error| error.to_string())?;
    programs.iter().try_for_each(apply)
}

fn apply(program: &BpfProgram) -> Result<(), String> {
    apply_filter_all_threads(program).map_err(|error| error.to_string())
}

/// Each program costs the start of a run, so there is one, and it ends nothing: a report is still to be written.
fn of_command(jail: &Jail) -> Result<Vec<BpfProgram>, ListError> {
    let program = command_list(jail)?.program(error(libc::ENOSYS), SeccompAction::Allow)?;
    Ok(vec![program])
}

/// The strictest answer of all counts, so a call that is refused with an error is in the list as well.
fn of_worker(jail: &Jail) -> Result<Vec<BpfProgram>, ListError> {
    let network = network(jail);
    let mut programs = refused_always(network)?;
    if !jail.opens_files() {
        programs.push(refuse(refused_files(jail.role)?, libc::EACCES)?);
    }
    programs.push(list(worker_list(jail.role, network)?)?);
    Ok(programs)
}

fn while_waiting(network: Network) -> Result<Vec<BpfProgram>, ListError> {
    let mut programs = refused_always(network)?;
    let closing = Rules::default().plain(CLOSING).plain(&[libc::SYS_prctl]);
    programs.push(list(worker_list(JailRole::Guest, network)?.and(closing))?);
    Ok(programs)
}

fn refused_always(network: Network) -> Result<Vec<BpfProgram>, ListError> {
    let mut programs = vec![refuse(Rules::default().plain(ABSENT), libc::ENOSYS)?];
    match network {
        Network::None => {}
        Network::Machine => {
            // The C library asks daemons of the machine about names first, and does without them.
            let rules = Rules::default().when(libc::SYS_socket, [not_internet()?])?;
            programs.push(refuse(rules, libc::EAFNOSUPPORT)?);
        }
    }
    Ok(programs)
}

/// The program that ends a worker with a signal for what is not in `rules`.
fn list(rules: Rules) -> Result<BpfProgram, ListError> {
    rules.program(SeccompAction::Trap, SeccompAction::Allow)
}

fn refuse(rules: Rules, number: i32) -> Result<BpfProgram, ListError> {
    rules.program(SeccompAction::Allow, error(number))
}

fn error(number: i32) -> SeccompAction {
    SeccompAction::Errno(number.unsigned_abs())
}

fn network(jail: &Jail) -> Network {
    match jail.ports {
        Ports::None => Network::None,
        Ports::These(_) | Ports::Any => Network::Machine,
    }
}

fn worker_list(role: JailRole, network: Network) -> Result<Rules, ListError> {
    // What is refused with an error has to pass here.
    let mut rules = base(role)?.plain(ABSENT).and(files());
    match network {
        Network::None => {}
        Network::Machine => rules = rules.plain(NETWORK).plain(&[libc::SYS_socket]),
    }
    Ok(rules.and(checked(role)?))
}

fn command_list(jail: &Jail) -> Result<Rules, ListError> {
    let mut rules = base(jail.role)?.plain(COMMAND);
    rules = rules.and(if jail.opens_files() {
        files()
    } else {
        only_looking()?
    });
    match network(jail) {
        Network::None => {}
        Network::Machine => {
            let internet = [libc::AF_INET, libc::AF_INET6].map(i32::cast_unsigned);
            rules = rules
                .plain(NETWORK)
                .when(libc::SYS_socket, one_of(0, &internet)?)?;
        }
    }
    Ok(rules.and(checked(jail.role)?))
}

fn base(role: JailRole) -> Result<Rules, ListError> {
    let rules = Rules::default().plain(ALWAYS).plain(older::ALWAYS);
    Ok(match role {
        JailRole::Compile => rules,
        JailRole::Guest | JailRole::Command => rules
            .plain(RUNNING)
            .plain(older::RUNNING)
            .and(conversation()?),
    })
}

fn files() -> Rules {
    Rules::default().plain(FILES).plain(older::FILES)
}

/// For a command that may open nothing: whether what a guest was denied exists, to say what to type.
fn only_looking() -> Result<Rules, ListError> {
    let as_name = libc::O_PATH.cast_unsigned();
    Rules::default()
        .plain(older::LOOKING)
        .when(libc::SYS_openat, [rule([masked(2, as_name, as_name)])?])
}

/// Opening, finding and changing files, for a worker that may not. What asks about an open descriptor passes.
fn refused_files(role: JailRole) -> Result<Rules, ListError> {
    let of_descriptor = libc::AT_EMPTY_PATH.cast_unsigned();
    let rules = files()
        .when(libc::SYS_statx, [rule([without(2, of_descriptor)])?])?
        .when(libc::SYS_newfstatat, [rule([without(3, of_descriptor)])?])?;
    match role {
        JailRole::Compile | JailRole::Command => Ok(rules),
        JailRole::Guest => {
            // The empty folder of a guest without files is opened as a name.
            let as_name = libc::O_PATH.cast_unsigned();
            rules.when(libc::SYS_openat, [rule([without(2, as_name)])?])
        }
    }
}

/// What only a process does that closes its jail.
fn not_closing() -> Result<Rules, ListError> {
    Rules::default()
        .plain(CLOSING)
        .when(libc::SYS_prctl, [none_of(0, &PRCTL)?])
}

/// Calls that are allowed with some arguments.
fn checked(role: JailRole) -> Result<Rules, ListError> {
    let private = masked(3, MAP_KINDS, libc::MAP_PRIVATE.cast_unsigned());
    let not_code = || masked(2, libc::PROT_EXEC.cast_unsigned(), 0);
    let threads = libc::CLONE_THREAD.cast_unsigned();
    let rules = Rules::default()
        // Threads of this process, and no others.
        .when(libc::SYS_clone, [rule([masked(0, threads, threads)])?])?
        // Signals to itself, as aborting is one.
        .when(libc::SYS_tgkill, [rule([is(0, std::process::id())])?])?
        // The signal of a refused call keeps the meaning it has.
        .when(
            libc::SYS_rt_sigaction,
            [rule([is_not(0, libc::SIGSYS.cast_unsigned())])?],
        )?
        // Its own limits, which it can only lower.
        .when(libc::SYS_prlimit64, [rule([is(0, 0)])?])?
        .when(libc::SYS_prctl, one_of(0, &PRCTL)?)?
        .when(libc::SYS_fcntl, one_of(1, &FCNTL)?)?
        .when(libc::SYS_ioctl, one_of(1, &IOCTL)?)?;
    match role {
        // It makes code and runs none.
        JailRole::Compile => rules
            .when(libc::SYS_mmap, [rule([private, not_code()])?])?
            .when(libc::SYS_mprotect, [rule([not_code()])?]),
        JailRole::Guest | JailRole::Command => Ok(rules
            .when(libc::SYS_mmap, [rule([private])?])?
            .plain(&[libc::SYS_mprotect])),
    }
}

/// Sockets between two ends of this process, and sending on what is connected: never to an address.
fn conversation() -> Result<Rules, ListError> {
    const SOCKET_KINDS: u32 = 0xf;
    let unix = is(0, libc::AF_UNIX.cast_unsigned());
    let stream = masked(1, SOCKET_KINDS, libc::SOCK_STREAM.cast_unsigned());
    Rules::default()
        .when(libc::SYS_socketpair, [rule([unix, stream])?])?
        .when(libc::SYS_sendto, [rule([is_null(4)])?])
}

fn not_internet() -> Result<SeccompRule, ListError> {
    let internet = [libc::AF_INET, libc::AF_INET6].map(i32::cast_unsigned);
    Ok(none_of(0, &internet)?)
}

/// The kinds of a mapping; shared ones would not count as memory of the process.
const MAP_KINDS: u32 = 0xf;

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [JailRole; 3] = [JailRole::Compile, JailRole::Guest, JailRole::Command];

    fn jail(role: JailRole, ports: Ports) -> Jail {
        Jail {
            role,
            readable: Vec::new(),
            writable: Vec::new(),
            ports,
        }
    }

    fn allowed(jail: &Jail) -> Rules {
        match jail.role {
            JailRole::Compile | JailRole::Guest => worker_list(jail.role, network(jail)).unwrap(),
            JailRole::Command => command_list(jail).unwrap(),
        }
    }

    #[test]
    fn calls_with_dangerous_arguments_are_never_allowed_with_any() {
        let conditional = [
            libc::SYS_clone,
            libc::SYS_fcntl,
            libc::SYS_ioctl,
            libc::SYS_mmap,
            libc::SYS_prctl,
            libc::SYS_prlimit64,
            libc::SYS_rt_sigaction,
            libc::SYS_tgkill,
        ];
        for role in ROLES {
            for ports in [Ports::None, Ports::Any] {
                let rules = allowed(&jail(role, ports));
                for call in conditional {
                    assert!(rules.is_conditional(call), "{role:?} {call}");
                }
                let makes_code = rules.is_plain(libc::SYS_mprotect);
                assert_eq!(makes_code, role != JailRole::Compile);
            }
        }
    }

    #[test]
    fn nothing_that_closes_a_jail_is_left_with_the_job() {
        let taken = not_closing().unwrap();
        for call in CLOSING {
            assert!(taken.is_plain(*call), "{call}");
            for role in ROLES {
                let rules = allowed(&jail(role, Ports::Any));
                assert!(!rules.is_plain(*call) && !rules.is_conditional(*call));
            }
        }
        assert!(taken.is_conditional(libc::SYS_prctl));
    }

    #[test]
    fn a_socket_is_asked_for_by_family_wherever_there_is_a_network() {
        let command = allowed(&jail(JailRole::Command, Ports::Any));
        assert!(command.is_conditional(libc::SYS_socket));
        for role in ROLES {
            let rules = allowed(&jail(role, Ports::None));
            assert!(!rules.is_plain(libc::SYS_socket) && !rules.is_conditional(libc::SYS_socket));
        }
    }
}
