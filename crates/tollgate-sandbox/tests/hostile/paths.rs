//! Attacks by one path: out of the granted folder, and by what must not be opened.

use std::path::Path;

use tollgate_sandbox::{Grant, LimitKind, PathGrant};

use super::{End, Suite};

impl Suite<'_> {
    pub(super) fn paths(&mut self, folder: &Path) {
        let granted = folder.join("granted");
        std::fs::create_dir_all(&granted).unwrap();
        std::fs::write(folder.join("secret"), "secret").unwrap();
        std::fs::write(granted.join("file"), "file").unwrap();
        #[cfg(unix)]
        for (link, to) in [("up", ".."), ("out", "/etc"), ("passwd", "/etc/passwd")] {
            drop(std::os::unix::fs::symlink(to, granted.join(link)));
        }
        let escapes = [
            "../secret",
            "./../secret",
            "up/secret",
            "out/passwd",
            "passwd",
            "/etc/passwd",
            "/proc/self/environ",
            "/dev/zero",
            "granted/../../secret",
            "..",
            "../",
            "/",
            "up/../../secret",
            "out/../proc/self/mem",
            "file/../../secret",
        ];
        for escape in escapes {
            let body = open(escape, "(call $proc_exit (local.get $r))");
            let mut grant = Grant::none();
            grant.read.push(PathGrant::mapped(&granted, "/data"));
            self.wasi(
                &format!("opening `{escape}`"),
                "path_open,proc_exit",
                &text(escape),
                &body,
                End::Refused,
            )
            .grant = grant;
        }
        let body = open(
            "file",
            "(if (local.get $r) (then (call $proc_exit (local.get $r))))",
        );
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped(&granted, "/data"));
        self.wasi(
            "opening files without end",
            "path_open,proc_exit",
            &text("file"),
            &format!("(loop $l {body} (br $l))"),
            End::Limit(LimitKind::Handles),
        )
        .grant = grant.clone();
        let write = "(local.set $r (call $path_create_directory (i32.const 3) (i32.const 256) (i32.const 4))) (call $proc_exit (local.get $r))";
        self.wasi(
            "writing with a grant to read",
            "path_create_directory,proc_exit",
            &text("evil"),
            write,
            End::Refused,
        )
        .grant = grant;
    }
}

/// Text at address 256.
fn text(text: &str) -> String {
    format!("(data (i32.const 256) \"{text}\")")
}

/// Opens the path at address 256 for reading, below the first granted folder; `then` finds the error number in `$r`.
fn open(path: &str, then: &str) -> String {
    format!(
        "(local.set $r (call $path_open (i32.const 3) (i32.const 1) (i32.const 256) (i32.const {}) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))) {then}",
        path.len()
    )
}
