//! A system call that a jail refused: its number, its name, and how a worker says it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A system call, by its number on this architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SystemCall(pub u32);

/// What a worker writes in front of the number.
const SAID: &str = "\nrefused system call ";

impl SystemCall {
    /// Returns its name, if it is a call of this system.
    pub fn name(self) -> Option<&'static str> {
        #[cfg(target_os = "linux")]
        {
            let number = usize::try_from(self.0).ok()?;
            syscalls::Sysno::new(number).map(|call| call.name())
        }
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// Returns the call a worker says it was ended for, from what it wrote to standard error.
    pub(crate) fn heard(stderr: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(stderr);
        let (_, last) = text.rsplit_once(SAID)?;
        last.lines().next()?.parse().ok().map(Self)
    }
}

#[cfg(target_os = "linux")]
impl SystemCall {
    /// Bytes that [`SystemCall::said`] takes at most.
    pub(super) const SAID_BYTES: usize = SAID.len() + 11;

    /// How a worker says it: a line of its own.
    pub(super) fn said(self) -> impl fmt::Display {
        struct Said(u32);
        impl fmt::Display for Said {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                writeln!(f, "{SAID}{}", self.0)
            }
        }
        Said(self.0)
    }
}

impl fmt::Display for SystemCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "`{name}` ({})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// The call in a message, and where to look when the worker did not say which it was.
pub(crate) fn call_text(call: &Option<SystemCall>) -> String {
    match call {
        Some(call) => format!("the system call {call}, which its jail forbids,"),
        None => String::from(
            "a system call that its jail forbids (which one, the system's log may say)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_worker_says_is_heard_among_other_output() {
        for number in [0, 41, u32::MAX] {
            let said = SystemCall(number).said().to_string();
            assert!(said.len() <= SystemCall::SAID_BYTES);
            let stderr = format!("thread panicked{said}");
            let heard = SystemCall::heard(stderr.as_bytes());
            assert_eq!(heard, Some(SystemCall(number)));
        }
    }

    #[test]
    fn what_is_no_number_is_not_heard() {
        for stderr in [
            "",
            "41",
            "\nrefused system call x\n",
            "\nrefused system call 99999999999",
        ] {
            assert_eq!(SystemCall::heard(stderr.as_bytes()), None, "{stderr:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_call_is_shown_with_its_name() {
        let call = SystemCall(u32::try_from(libc::SYS_socket).unwrap());
        assert_eq!(call.to_string(), format!("`socket` ({})", call.0));
        assert_eq!(SystemCall(u32::MAX).to_string(), u32::MAX.to_string());
    }
}
