//! The last word of a worker: which call was refused.
//!
//! A call that is not in the list is not done; the process gets a signal for it, which carries the number. The handler
//! writes the number to standard error, where the parent reads it when the worker is dead, and sends the signal again, which
//! by then has its own meaning: the end. A process that blocks the signal is ended by the system, and the lists let none give
//! it another meaning. What the worker says is a claim, as all it says.

use std::{
    io::{self, Write},
    ptr,
};

use libc::{c_int, c_void, siginfo_t};

use crate::{exit, jail::SystemCall};

/// What the kernel gives as the reason of a signal from a list of calls.
const BY_A_LIST: c_int = 1;

/// Has the number of a refused call said before the process ends.
#[expect(unsafe_code, reason = "handlers of signals are set by a C interface")]
pub(super) fn listen() -> io::Result<()> {
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = say;
    // SAFETY: all bytes zero are a value of this structure: no flags, an empty set of signals, no function.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESETHAND | libc::SA_NODEFER | libc::SA_ONSTACK;
    // SAFETY: the action is whole and outlives the call, which only reads it; the handler does only what a handler may.
    match unsafe { libc::sigaction(libc::SIGSYS, &raw const action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Only calls that a handler may make: this may have interrupted anything.
#[expect(unsafe_code, reason = "what a handler is given are pointers")]
extern "C" fn say(signal: c_int, information: *mut siginfo_t, _context: *mut c_void) {
    // SAFETY: the system gives a handler with `SA_SIGINFO` a whole structure, and the number is in it when a list was the
    // reason.
    let call = unsafe {
        let information = &*information;
        (information.si_code == BY_A_LIST).then(|| information.si_syscall())
    };
    if let Some(call) = call {
        let mut room = [0_u8; SystemCall::SAID_BYTES];
        let mut rest = room.as_mut_slice();
        // Neither allocates. Who does not hear it knows by the signal.
        if write!(rest, "{}", SystemCall(call.cast_unsigned()).said()).is_ok() {
            let free = rest.len();
            let said = room.get(..room.len() - free).unwrap_or_default();
            rustix::io::write(rustix::stdio::stderr(), said).ok();
        }
    }
    // SAFETY: the handler was for one signal, so this one ends the process; so does the line below.
    unsafe {
        libc::raise(signal);
        libc::_exit(exit::BAD_JOB);
    }
}
