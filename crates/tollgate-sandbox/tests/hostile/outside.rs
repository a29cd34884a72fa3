//! A batch in a process of its own, whose memory is looked at from outside.

use std::{
    process::{Child, Command},
    time::Duration,
};

/// Runs `command` to its end. Returns whether it succeeded, and the most memory it ever had.
pub(crate) fn watch(command: &mut Command) -> (bool, u64) {
    let mut child = command.spawn().expect("the batch starts");
    let mut peak = 0;
    loop {
        // The figure is the peak up to now, so only what happens after the last look is missed.
        peak = peak.max(peak_of(&child));
        if let Some(status) = child.try_wait().expect("the batch can be waited for") {
            return (status.success(), peak);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// 0 where the system does not tell.
fn peak_of(child: &Child) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}
