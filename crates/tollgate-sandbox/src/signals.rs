//! Signals that this process ignores: those that its parent had it ignore, and the one that a guest could send.

/// Tells whether this process ignores the signal with this number, which the system is asked for, and nothing else. A program
/// that hears signals leaves those alone: `nohup` works like that.
///
/// Off Linux none is known to be ignored, nor is a number that belongs to no signal.
pub fn ignores_signal(number: i32) -> bool {
    #[cfg(target_os = "linux")]
    return handler(number) == Some(libc::SIG_IGN);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = number;
        false
    }
}

/// Has this process ignore the signal for a file that grows beyond `ulimit -f`, which ends it otherwise: to write more is an
/// error then, which a guest is told and which ends nobody else.
pub(crate) fn ignore_file_size() {
    #[cfg(target_os = "linux")]
    {
        #[expect(unsafe_code, reason = "handlers of signals are set by a C interface")]
        // SAFETY: ignoring a signal runs no code. It fails for no signal that there is.
        unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        }
    }
}

/// What a signal does in this process.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "handlers of signals are read by a C interface")]
fn handler(number: i32) -> Option<libc::sighandler_t> {
    // SAFETY: all bytes zero are a value of this structure: no flags, an empty set of signals, no function.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: without a new action nothing is changed; the old one is written to a structure of its kind, which outlives the
    // call.
    let read = unsafe { libc::sigaction(number, std::ptr::null(), &raw mut action) };
    (read == 0).then_some(action.sa_sigaction)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    #[expect(unsafe_code, reason = "handlers of signals are set by a C interface")]
    fn a_signal_is_ignored_when_the_system_says_so() {
        // Nothing else in this program has to do with it.
        const NUMBER: i32 = libc::SIGUSR2;
        assert!(!ignores_signal(NUMBER));
        // SAFETY: ignoring a signal runs no code.
        let before = unsafe { libc::signal(NUMBER, libc::SIG_IGN) };
        assert!(ignores_signal(NUMBER));
        // SAFETY: this is what was set before.
        unsafe { libc::signal(NUMBER, before) };
        assert!(!ignores_signal(NUMBER));
        assert!(!ignores_signal(0) && !ignores_signal(-1) && !ignores_signal(1_000));
    }
}
