//! Mounts of this process alone.

#![expect(
    unsafe_code,
    reason = "calls of the system that no safe interface has here"
)]

use std::{ffi::CString, os::unix::ffi::OsStrExt, path::Path, ptr};

use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Leaves the machine's mounts, as a user that may mount something.
pub(super) fn become_own() {
    let (user, group) = (
        rustix::process::getuid().as_raw(),
        rustix::process::getgid().as_raw(),
    );
    // SAFETY: `FILES` is not among the flags, so no descriptor of another thread is closed.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNS) }
        .expect("this test needs user and mount namespaces");
    for (file, text) in [
        ("/proc/self/setgroups", String::from("deny")),
        ("/proc/self/uid_map", format!("{user} {user} 1")),
        ("/proc/self/gid_map", format!("{group} {group} 1")),
    ] {
        std::fs::write(file, text).unwrap();
    }
    let flags = libc::MS_PRIVATE | libc::MS_REC;
    // SAFETY: the path ends with a zero byte, and the call reads nothing else.
    let made = unsafe { libc::mount(ptr::null(), c"/".as_ptr(), ptr::null(), flags, ptr::null()) };
    assert_eq!(made, 0, "{}", std::io::Error::last_os_error());
}

/// Mounts a file system behind the program that `how` names.
pub(super) fn mount_fuse(place: &Path, how: &str) {
    let place = CString::new(place.as_os_str().as_bytes()).unwrap();
    let how = CString::new(how).unwrap();
    // SAFETY: all texts end with a zero byte and live until the call returns.
    let made = unsafe {
        libc::mount(
            c"silent".as_ptr(),
            place.as_ptr(),
            c"fuse".as_ptr(),
            0,
            how.as_ptr().cast(),
        )
    };
    assert_eq!(made, 0, "{}", std::io::Error::last_os_error());
}
