//! What each call finds: a folder with every sort of thing in it, and servers of this machine.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result};

/// The folder that is granted, in the one a call is made from.
pub(super) const GRANTED: &str = "w";

/// Makes the folder anew and calls `run` in the one around it.
pub(super) fn with<T>(around: &Path, run: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    make(around).with_context(|| format!("cannot make `{}`", around.display()))?;
    run(around)
}

fn make(around: &Path) -> std::io::Result<()> {
    if around.exists() {
        fs::remove_dir_all(around)?;
    }
    let folder = around.join(GRANTED);
    for name in ["dir", "full", "more", "empty-folder"] {
        fs::create_dir_all(folder.join(name))?;
    }
    fs::write(around.join("outside"), "secret")?;
    for (name, text) in [
        ("file", "0123456789"),
        ("other", "hello"),
        ("empty", ""),
        ("full/inner", "x"),
        ("more/a", "1"),
        ("more/bb", "2"),
        ("more/ccc", "3"),
    ] {
        fs::write(folder.join(name), text)?;
    }
    for (name, target) in [
        ("link", "file"),
        ("dirlink", "full"),
        ("dangling", "nowhere"),
        ("loop", "loop"),
        ("out", "../outside"),
        ("full/up", "../file"),
        ("abs", "/etc/hostname"),
    ] {
        symlink(target, folder.join(name))?;
    }
    Ok(())
}

/// Ports of this machine.
pub(super) struct Servers {
    /// Answers `Grace` to whoever says something.
    pub(super) open: u16,
    /// Nobody listens there, and nobody else is given it.
    pub(super) closed: u16,
    /// Sends datagrams back.
    pub(super) echo: u16,
    /// Keeps the closed port taken.
    _closed: UdpSocket,
}

impl Servers {
    pub(super) fn start() -> Result<Self> {
        let server = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let echo = UdpSocket::bind("127.0.0.1:0").context("cannot bind")?;
        // A port of datagrams: nobody listens for connections there.
        let closed = UdpSocket::bind("127.0.0.1:0").context("cannot bind")?;
        let servers = Self {
            open: server.local_addr()?.port(),
            closed: closed.local_addr()?.port(),
            echo: echo.local_addr()?.port(),
            _closed: closed,
        };
        thread::spawn(move || {
            for stream in server.incoming().flatten() {
                thread::spawn(move || answer(stream));
            }
        });
        thread::spawn(move || {
            let mut bytes = [0; 2_048];
            while let Ok((count, from)) = echo.recv_from(&mut bytes) {
                drop(echo.send_to(bytes.get(..count).unwrap_or_default(), from));
            }
        });
        Ok(servers)
    }

    /// As the guest takes them.
    pub(super) fn arguments(&self) -> [String; 3] {
        [self.open, self.closed, self.echo].map(|port| port.to_string())
    }
}

/// A client that goes away has said nothing.
fn answer(mut stream: std::net::TcpStream) {
    let mut said = [0; 100];
    if stream.read(&mut said).is_ok_and(|count| count > 0) {
        drop(stream.write_all(b"Grace\n"));
    }
}
