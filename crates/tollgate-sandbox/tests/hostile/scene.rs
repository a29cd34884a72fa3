//! The folder an attack on files works in. It is made anew before each attempt, since an attack leaves its links and files
//! behind and its steps would fail where they are there already.

use std::{fs, io::ErrorKind, path::PathBuf};

/// A granted folder beside a secret.
pub(super) struct Scene {
    folder: PathBuf,
    thing: Thing,
}

/// What lies in the granted folder and could not be made by the guest.
pub(super) enum Thing {
    None,
    /// A link named `magic` to this.
    Link(&'static str),
    /// A named pipe, `pipe`.
    Pipe,
}

impl Scene {
    pub(super) fn new(folder: PathBuf, thing: Thing) -> Self {
        Self { folder, thing }
    }

    pub(super) fn granted(&self) -> PathBuf {
        self.folder.join("granted")
    }

    pub(super) fn make(&self) {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => panic!("{error}"),
            _ => {}
        }
        let granted = self.granted();
        fs::create_dir_all(granted.join("deep/er")).unwrap();
        fs::write(self.folder.join("secret"), "secret").unwrap();
        fs::write(granted.join("file"), "file").unwrap();
        match self.thing {
            Thing::None => {}
            Thing::Link(target) => {
                std::os::unix::fs::symlink(target, granted.join("magic")).unwrap();
            }
            Thing::Pipe => rustix::fs::mknodat(
                rustix::fs::CWD,
                granted.join("pipe"),
                rustix::fs::FileType::Fifo,
                rustix::fs::Mode::from_raw_mode(0o600),
                0,
            )
            .unwrap(),
        }
    }
}
