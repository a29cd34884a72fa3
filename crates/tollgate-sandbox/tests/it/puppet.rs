//! A guest of WASI preview 1 that does nothing but what a test tells it: one exported function for each function on files.

#![allow(dead_code, reason = "each of the two test programs uses a part of it")]

use std::sync::LazyLock;

use tollgate_sandbox::{Entry, Execution, Failure, Instance, Module, Value};

use crate::guest::{FOREVER, module};

/// The functions and their parameters: `i` is 32 bits wide, `I` 64.
const FUNCTIONS: [(&str, &str); 28] = [
    ("fd_advise", "iIIi"),
    ("fd_close", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_prestat_get", "ii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
];

/// Error numbers of WASI.
pub(crate) mod errno {
    pub(crate) const AGAIN: i32 = 6;
    pub(crate) const BADF: i32 = 8;
    pub(crate) const EXIST: i32 = 20;
    pub(crate) const INVAL: i32 = 28;
    pub(crate) const ISDIR: i32 = 31;
    pub(crate) const LOOP: i32 = 32;
    pub(crate) const NOENT: i32 = 44;
    pub(crate) const NOTDIR: i32 = 54;
    pub(crate) const PERM: i32 = 63;
    pub(crate) const NOTCAPABLE: i32 = 76;
}

/// Flags of `path_open`.
pub(crate) mod flag {
    pub(crate) const CREAT: i32 = 1;
    pub(crate) const DIRECTORY: i32 = 2;
    pub(crate) const EXCL: i32 = 4;
    pub(crate) const TRUNC: i32 = 8;
    pub(crate) const READ: i64 = 2;
    pub(crate) const WRITE: i64 = 64;
}

fn puppet() -> &'static Module {
    static PUPPET: LazyLock<Module> = LazyLock::new(|| {
        let mut imports = String::new();
        let mut functions = String::new();
        for (name, parameters) in FUNCTIONS {
            let types: Vec<_> = parameters
                .chars()
                .map(|one| if one == 'I' { "i64" } else { "i32" })
                .collect();
            let types = types.join(" ");
            let gets: String = (0..parameters.len())
                .map(|n| format!("(local.get {n})"))
                .collect();
            imports.push_str(&format!(
                r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {types}) (result i32)))"#
            ));
            functions.push_str(&format!(
                r#"(func (export "{name}") (param {types}) (result i32) (call ${name} {gets}))"#
            ));
        }
        module(&format!(
            r#"(module {imports} (memory (export "memory") 8) {functions})"#
        ))
    });
    &PUPPET
}

/// Where texts and results are in its memory.
const OUT: i32 = 0;
const IOV: i32 = 64;
const FIRST: i32 = 1024;
const SECOND: i32 = 8192;
const DATA: i32 = 65_536;
/// Bytes of its buffer for data.
const ROOM: i32 = 262_144;

/// The guest; each method returns what the function did, an error number if it failed.
pub(crate) struct Puppet {
    instance: Instance,
}

type Done<T> = Result<T, i32>;

impl Puppet {
    /// Starts it with what `change` grants and limits.
    pub(crate) fn new(change: impl FnOnce(&mut Execution)) -> Self {
        Self::try_new(change).unwrap()
    }

    pub(crate) fn try_new(change: impl FnOnce(&mut Execution)) -> Result<Self, Failure> {
        let entry = Entry::Core {
            export: String::from("fd_close"),
            args: vec![],
        };
        let mut execution = Execution::new(puppet(), entry);
        execution.limits.gas = u64::MAX / 2;
        execution.limits.wall = FOREVER;
        change(&mut execution);
        let instance = execution.instantiate_blocking()?;
        Ok(Self { instance })
    }

    /// Calls a function; a failure that ends the guest is an error of the outer result.
    pub(crate) fn raw(&mut self, name: &str, args: &[Value]) -> Result<i32, Failure> {
        let called = self
            .instance
            .block_on(async |instance| instance.call(name, args).await)?;
        match called.as_slice() {
            [Value::I32(errno)] => Ok(*errno),
            other => panic!("{other:?}"),
        }
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Done<()> {
        match self.raw(name, args).unwrap() {
            0 => Ok(()),
            errno => Err(errno),
        }
    }

    fn put(&mut self, at: i32, bytes: &[u8]) {
        let at = u64::try_from(at).unwrap();
        self.instance.write_memory("memory", at, bytes).unwrap();
    }

    fn take(&mut self, at: i32, length: usize) -> Vec<u8> {
        let at = u64::try_from(at).unwrap();
        self.instance
            .read_memory("memory", at, length as u64)
            .unwrap()
    }

    fn out(&mut self) -> u32 {
        u32::from_le_bytes(self.take(OUT, 4).try_into().unwrap())
    }

    /// Puts a text into memory; returns its place and length as arguments.
    fn text(&mut self, at: i32, text: &str) -> [Value; 2] {
        self.put(at, text.as_bytes());
        [i(at), i(text.len() as i32)]
    }

    pub(crate) fn violations(&mut self) -> Vec<String> {
        let all = self.instance.violations();
        all.listed.iter().map(ToString::to_string).collect()
    }

    /// How many denied attempts are listed, and how many more there were.
    pub(crate) fn attempts(&mut self) -> (usize, u64) {
        let all = self.instance.violations();
        (all.listed.len(), all.more)
    }

    pub(crate) fn needs(&mut self) -> Vec<String> {
        let all = self.instance.violations();
        let needs = all.listed.into_iter().map(|violation| violation.need);
        needs
            .map(|need| need.map_or_else(String::new, |need| need.to_string()))
            .collect()
    }

    pub(crate) fn usage(&self) -> tollgate_sandbox::Usage {
        self.instance.usage()
    }

    /// Returns the names of the folders that are open from the start; their numbers begin at 3.
    pub(crate) fn folders(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        for fd in 3.. {
            if self.call("fd_prestat_get", &[i(fd), i(OUT)]).is_err() {
                return names;
            }
            let length = i32::from_le_bytes(self.take(OUT + 4, 4).try_into().unwrap());
            self.call("fd_prestat_dir_name", &[i(fd), i(FIRST), i(length)])
                .unwrap();
            let name = self.take(FIRST, length as usize);
            names.push(String::from_utf8(name).unwrap());
        }
        names
    }

    /// Returns the number of the folder that was granted as `name`.
    pub(crate) fn folder(&mut self, name: &str) -> i32 {
        let names = self.folders();
        let at = names.iter().position(|known| known == name);
        3 + at.unwrap_or_else(|| panic!("no folder {name}: {names:?}")) as i32
    }

    pub(crate) fn open(&mut self, fd: i32, path: &str, flags: i32, rights: i64) -> Done<i32> {
        self.open_as(fd, 1, path, (flags, rights, 0))
    }

    pub(crate) fn open_as(
        &mut self,
        fd: i32,
        follow: i32,
        path: &str,
        (flags, rights, fdflags): (i32, i64, i32),
    ) -> Done<i32> {
        let [at, length] = self.text(FIRST, path);
        let args = [
            i(fd),
            i(follow),
            at,
            length,
            i(flags),
            Value::I64(rights),
            Value::I64(rights),
            i(fdflags),
            i(OUT),
        ];
        self.call("path_open", &args)?;
        Ok(self.out() as i32)
    }

    pub(crate) fn close(&mut self, fd: i32) -> Done<()> {
        self.call("fd_close", &[i(fd)])
    }

    fn buffer(&mut self, length: i32) {
        let iov = [DATA.to_le_bytes(), length.to_le_bytes()].concat();
        self.put(IOV, &iov);
    }

    pub(crate) fn read(&mut self, fd: i32) -> Done<Vec<u8>> {
        self.buffer(ROOM);
        self.call("fd_read", &[i(fd), i(IOV), i(1), i(OUT)])?;
        let length = self.out() as usize;
        Ok(self.take(DATA, length))
    }

    pub(crate) fn read_at(&mut self, fd: i32, offset: i64) -> Done<Vec<u8>> {
        self.buffer(ROOM);
        let args = [i(fd), i(IOV), i(1), Value::I64(offset), i(OUT)];
        self.call("fd_pread", &args)?;
        let length = self.out() as usize;
        Ok(self.take(DATA, length))
    }

    pub(crate) fn write(&mut self, fd: i32, bytes: &[u8]) -> Done<u32> {
        self.put(DATA, bytes);
        self.buffer(bytes.len() as i32);
        self.call("fd_write", &[i(fd), i(IOV), i(1), i(OUT)])?;
        Ok(self.out())
    }

    /// As [`Puppet::write`], with what ends the guest.
    pub(crate) fn try_write(&mut self, fd: i32, bytes: &[u8], offset: i64) -> Result<i32, Failure> {
        self.put(DATA, bytes);
        self.buffer(bytes.len() as i32);
        self.raw(
            "fd_pwrite",
            &[i(fd), i(IOV), i(1), Value::I64(offset), i(OUT)],
        )
    }

    pub(crate) fn set_size(&mut self, fd: i32, size: i64) -> Done<()> {
        self.call("fd_filestat_set_size", &[i(fd), Value::I64(size)])
    }

    pub(crate) fn stat_handle(&mut self, fd: i32) -> Done<()> {
        self.call("fd_filestat_get", &[i(fd), i(DATA)])
    }

    pub(crate) fn set_times_of(&mut self, fd: i32) -> Done<()> {
        let time = Value::I64(1_000);
        self.call("fd_filestat_set_times", &[i(fd), time, time, i(5)])
    }

    pub(crate) fn sync(&mut self, fd: i32) -> Done<()> {
        self.call("fd_sync", &[i(fd)])
    }

    /// Waits until a file can be read.
    pub(crate) fn poll_reading(&mut self, fd: i32) -> Done<()> {
        let mut subscription = [0; 48];
        subscription[8] = 1;
        subscription[16..20].copy_from_slice(&fd.to_le_bytes());
        self.put(DATA, &subscription);
        let events = i(DATA + 64);
        self.call("poll_oneoff", &[i(DATA), events, i(1), i(OUT)])
    }

    pub(crate) fn seek(&mut self, fd: i32, offset: i64, whence: i32) -> Done<()> {
        self.call("fd_seek", &[i(fd), Value::I64(offset), i(whence), i(OUT)])
    }

    pub(crate) fn renumber(&mut self, from: i32, to: i32) -> Done<()> {
        self.call("fd_renumber", &[i(from), i(to)])
    }

    /// Opens a path for reading and reads it.
    pub(crate) fn content(&mut self, fd: i32, path: &str) -> Done<String> {
        let file = self.open(fd, path, 0, flag::READ)?;
        let read = self.read(file);
        self.close(file).unwrap();
        Ok(String::from_utf8(read?).unwrap())
    }

    /// Opens a path for writing, making it if it is not there, and writes to it.
    pub(crate) fn put_file(&mut self, fd: i32, path: &str, content: &str) -> Done<()> {
        let file = self.open(fd, path, flag::CREAT | flag::TRUNC, flag::WRITE)?;
        let written = self.write(file, content.as_bytes());
        self.close(file).unwrap();
        written.map(drop)
    }

    /// As [`Puppet::stat`], with what ends the guest.
    pub(crate) fn try_stat(&mut self, fd: i32, path: &str) -> Result<i32, Failure> {
        let [at, length] = self.text(FIRST, path);
        self.raw("path_filestat_get", &[i(fd), i(1), at, length, i(DATA)])
    }

    /// Returns kind and size.
    pub(crate) fn stat(&mut self, fd: i32, follow: i32, path: &str) -> Done<(u8, u64)> {
        let [at, length] = self.text(FIRST, path);
        let args = [i(fd), i(follow), at, length, i(DATA)];
        self.call("path_filestat_get", &args)?;
        let stat = self.take(DATA, 64);
        let size = u64::from_le_bytes(stat[32..40].try_into().unwrap());
        Ok((stat[16], size))
    }

    /// Lists a folder with a buffer of `room` bytes.
    pub(crate) fn names(&mut self, fd: i32, room: i32) -> Done<Vec<String>> {
        let (mut names, mut cookie) = (Vec::new(), 0);
        loop {
            let args = [i(fd), i(DATA), i(room), Value::I64(cookie), i(OUT)];
            self.call("fd_readdir", &args)?;
            let used = self.out() as usize;
            let records = self.take(DATA, used);
            let mut rest = records.as_slice();
            while rest.len() >= 24 {
                let length = u32::from_le_bytes(rest[16..20].try_into().unwrap()) as usize;
                if rest.len() < 24 + length {
                    break;
                }
                cookie = i64::from_le_bytes(rest[..8].try_into().unwrap());
                names.push(String::from_utf8(rest[24..24 + length].to_vec()).unwrap());
                rest = &rest[24 + length..];
            }
            if used < room as usize {
                return Ok(names);
            }
        }
    }

    fn on_path(&mut self, name: &str, fd: i32, path: &str) -> Done<()> {
        let [at, length] = self.text(FIRST, path);
        self.call(name, &[i(fd), at, length])
    }

    pub(crate) fn mkdir(&mut self, fd: i32, path: &str) -> Done<()> {
        self.on_path("path_create_directory", fd, path)
    }

    /// As [`Puppet::mkdir`], with what ends the guest.
    pub(crate) fn try_mkdir(&mut self, fd: i32, path: &str) -> Result<i32, Failure> {
        let [at, length] = self.text(FIRST, path);
        self.raw("path_create_directory", &[i(fd), at, length])
    }

    pub(crate) fn rmdir(&mut self, fd: i32, path: &str) -> Done<()> {
        self.on_path("path_remove_directory", fd, path)
    }

    pub(crate) fn unlink(&mut self, fd: i32, path: &str) -> Done<()> {
        self.on_path("path_unlink_file", fd, path)
    }

    pub(crate) fn rename(&mut self, from: (i32, &str), to: (i32, &str)) -> Done<()> {
        let [at, length] = self.text(FIRST, from.1);
        let [to_at, to_length] = self.text(SECOND, to.1);
        let args = [i(from.0), at, length, i(to.0), to_at, to_length];
        self.call("path_rename", &args)
    }

    pub(crate) fn link(&mut self, from: (i32, &str), to: (i32, &str)) -> Done<()> {
        let [at, length] = self.text(FIRST, from.1);
        let [to_at, to_length] = self.text(SECOND, to.1);
        let args = [i(from.0), i(0), at, length, i(to.0), to_at, to_length];
        self.call("path_link", &args)
    }

    pub(crate) fn symlink(&mut self, target: &str, fd: i32, path: &str) -> Done<()> {
        let [at, length] = self.text(FIRST, target);
        let [to_at, to_length] = self.text(SECOND, path);
        self.call("path_symlink", &[at, length, i(fd), to_at, to_length])
    }

    pub(crate) fn readlink(&mut self, fd: i32, path: &str) -> Done<String> {
        let [at, length] = self.text(FIRST, path);
        let args = [i(fd), at, length, i(DATA), i(4096), i(OUT)];
        self.call("path_readlink", &args)?;
        let length = self.out() as usize;
        Ok(String::from_utf8(self.take(DATA, length)).unwrap())
    }

    pub(crate) fn set_times(&mut self, fd: i32, follow: i32, path: &str) -> Done<()> {
        let [at, length] = self.text(FIRST, path);
        let time = Value::I64(1_000);
        let args = [i(fd), i(follow), at, length, time, time, i(5)];
        self.call("path_filestat_set_times", &args)
    }
}

fn i(value: i32) -> Value {
    Value::I32(value)
}
