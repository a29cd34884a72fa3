//! WASI preview 1, with grants in front of it.
//!
//! wasmtime-wasi implements the functions; [`P1`] stands between it and the guest. Methods that use a path ask the [`Guard`]
//! first; those that move bytes count them; sleeping moves the virtual clock. Everything else is passed on, by a table.

use wasmtime_wasi::p1::{WasiP1Ctx, types, wasi_snapshot_preview1::WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr};

use super::{
    Base, PREVIEW_1,
    clock::VirtualClock,
    guard::{Guard, Refused, Wanted},
    listing,
    paths::Access,
};
use crate::{limits, run::State};

/// Handles of standard input, output and error come first.
const FIRST_PREOPEN: u32 = 3;
/// Subscriptions one `poll_oneoff` may bring.
const POLL_SUBSCRIPTIONS: u32 = 4_096;
/// Bytes tried first for the listing of a folder.
const LISTING_START: usize = 16 << 10;

/// The WASI preview 1 of one execution.
pub(crate) struct P1 {
    inner: WasiP1Ctx,
    guard: Guard,
}

/// Adds the functions to `linker`.
pub(crate) fn link(linker: &mut wasmtime::Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p1::wasi_snapshot_preview1::add_to_linker(linker, State::p1)
}

type WasiResult<T> = Result<T, types::Error>;

impl P1 {
    pub(crate) fn new(base: Base) -> Self {
        let (guard, mut builder) = Guard::new(base, FIRST_PREOPEN..);
        Self {
            inner: builder.build_p1(),
            guard,
        }
    }

    pub(crate) fn clock(&self) -> Option<&VirtualClock> {
        self.guard.clock.as_ref()
    }

    pub(crate) fn take_moved_bytes(&mut self) -> u64 {
        self.guard.take_moved()
    }

    fn moved(&mut self, bytes: types::Size) -> types::Size {
        self.guard.moved(u64::from(bytes));
        bytes
    }

    /// Asks the grant and then the gate.
    async fn pass(
        &mut self,
        call: &str,
        fd: types::Fd,
        path: &str,
        access: Access,
    ) -> WasiResult<()> {
        let wanted = Wanted {
            module: PREVIEW_1,
            call,
            fd: fd.into(),
            path,
            access,
        };
        self.guard
            .pass(wanted)
            .await
            .map_err(|Refused| types::Errno::Notcapable.into())
    }

    /// Returns all records of a folder, as the implementation writes them into a memory of our own.
    async fn listing(&mut self, fd: types::Fd) -> WasiResult<Vec<u8>> {
        let mut size = LISTING_START;
        loop {
            let mut scratch = vec![0; size];
            let capacity = types::Size::try_from(size).map_err(|_| types::Errno::Overflow)?;
            let mut memory = GuestMemory::Unshared(&mut scratch);
            let start = GuestPtr::new(0);
            let used = self
                .inner
                .fd_readdir(&mut memory, fd, start, capacity, 0)
                .await?;
            if used < capacity {
                scratch.truncate(usize::try_from(used).unwrap_or_default());
                return Ok(scratch);
            }
            size = size.saturating_mul(4);
            if size > limits::LISTING_BYTES {
                return Err(types::Errno::Overflow.into());
            }
        }
    }

    /// Does a poll of nothing but clocks on the virtual clock: time jumps to the first of them.
    fn virtual_poll(
        clock: &VirtualClock,
        memory: &mut GuestMemory<'_>,
        subs: GuestPtr<types::Subscription>,
        events: GuestPtr<types::Event>,
        count: types::Size,
    ) -> WasiResult<Option<types::Size>> {
        let mut due = Vec::new();
        for sub in subs.as_array(count).iter() {
            let sub = memory.read(sub?)?;
            let types::SubscriptionU::Clock(wanted) = sub.u else {
                return Ok(None);
            };
            due.push((sub.userdata, nanos_from_now(clock, &wanted)?));
        }
        let Some(first) = due.iter().map(|(_, nanos)| *nanos).min() else {
            return Ok(None);
        };
        clock.sleep(first);
        let mut written = 0;
        let ready = due.into_iter().filter(|(_, nanos)| *nanos == first);
        for ((userdata, _), event) in ready.zip(events.as_array(count).iter()) {
            let fd_readwrite = types::EventFdReadwrite {
                nbytes: 0,
                flags: types::Eventrwflags::empty(),
            };
            let error = types::Errno::Success;
            memory.write(
                event?,
                types::Event {
                    userdata,
                    error,
                    type_: types::Eventtype::Clock,
                    fd_readwrite,
                },
            )?;
            written += 1;
        }
        Ok(Some(written))
    }
}

fn nanos_from_now(clock: &VirtualClock, wanted: &types::SubscriptionClock) -> WasiResult<u64> {
    let absolute = wanted
        .flags
        .contains(types::Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME);
    let now = match wanted.id {
        types::Clockid::Monotonic => clock.passed(),
        types::Clockid::Realtime => clock.start_nanos().saturating_add(clock.passed()),
        types::Clockid::ProcessCputimeId | types::Clockid::ThreadCputimeId => {
            return Err(types::Errno::Inval.into());
        }
    };
    Ok(if absolute {
        wanted.timeout.saturating_sub(now)
    } else {
        wanted.timeout
    })
}

fn text(memory: &GuestMemory<'_>, path: GuestPtr<str>) -> WasiResult<String> {
    Ok(memory.as_cow_str(path)?.into_owned())
}

fn opening(flags: types::Oflags, rights: types::Rights) -> Access {
    let changes = types::Oflags::CREAT | types::Oflags::TRUNC | types::Oflags::EXCL;
    let write = flags.intersects(changes) || rights.contains(types::Rights::FD_WRITE);
    if flags.contains(types::Oflags::DIRECTORY) && !write {
        return Access::Enter;
    }
    match (rights.contains(types::Rights::FD_READ), write) {
        (true, true) => Access::ReadWrite,
        (false, true) => Access::Write,
        (_, false) => Access::Read,
    }
}

/// Functions that are passed on as they are.
macro_rules! pass_on {
    (fn: $($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => {$(
        fn $name(&mut self, memory: &mut GuestMemory<'_>, $($arg: $ty),*) -> WasiResult<$result> {
            self.inner.$name(memory, $($arg),*)
        }
    )*};
    (async fn: $($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => {$(
        async fn $name(&mut self, memory: &mut GuestMemory<'_>, $($arg: $ty),*) -> WasiResult<$result> {
            self.inner.$name(memory, $($arg),*).await
        }
    )*};
}

impl WasiSnapshotPreview1 for P1 {
    pass_on! { fn:
        args_get(argv: GuestPtr<GuestPtr<u8>>, argv_buf: GuestPtr<u8>) -> ();
        args_sizes_get() -> (types::Size, types::Size);
        environ_get(environ: GuestPtr<GuestPtr<u8>>, environ_buf: GuestPtr<u8>) -> ();
        environ_sizes_get() -> (types::Size, types::Size);
        clock_res_get(id: types::Clockid) -> types::Timestamp;
        clock_time_get(id: types::Clockid, precision: types::Timestamp) -> types::Timestamp;
        fd_allocate(fd: types::Fd, offset: types::Filesize, len: types::Filesize) -> ();
        fd_fdstat_set_flags(fd: types::Fd, flags: types::Fdflags) -> ();
        fd_fdstat_set_rights(fd: types::Fd, base: types::Rights, inheriting: types::Rights) -> ();
        fd_prestat_get(fd: types::Fd) -> types::Prestat;
        fd_prestat_dir_name(fd: types::Fd, path: GuestPtr<u8>, path_max_len: types::Size) -> ();
        fd_tell(fd: types::Fd) -> types::Filesize;
        proc_raise(signal: types::Signal) -> ();
        sched_yield() -> ();
        sock_accept(fd: types::Fd, flags: types::Fdflags) -> types::Fd;
        sock_recv(fd: types::Fd, ri_data: types::IovecArray, ri_flags: types::Riflags) -> (types::Size, types::Roflags);
        sock_send(fd: types::Fd, si_data: types::CiovecArray, si_flags: types::Siflags) -> types::Size;
        sock_shutdown(fd: types::Fd, how: types::Sdflags) -> ();
    }

    pass_on! { async fn:
        fd_advise(fd: types::Fd, offset: types::Filesize, len: types::Filesize, advice: types::Advice) -> ();
        fd_datasync(fd: types::Fd) -> ();
        fd_fdstat_get(fd: types::Fd) -> types::Fdstat;
        fd_filestat_get(fd: types::Fd) -> types::Filestat;
        fd_filestat_set_size(fd: types::Fd, size: types::Filesize) -> ();
        fd_filestat_set_times(fd: types::Fd, atim: types::Timestamp, mtim: types::Timestamp, fst_flags: types::Fstflags) -> ();
        fd_seek(fd: types::Fd, offset: types::Filedelta, whence: types::Whence) -> types::Filesize;
        fd_sync(fd: types::Fd) -> ();
    }

    fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.inner.set_hostcall_fuel(fuel);
    }

    async fn fd_close(&mut self, memory: &mut GuestMemory<'_>, fd: types::Fd) -> WasiResult<()> {
        self.inner.fd_close(memory, fd).await?;
        self.guard.paths.closed(fd.into());
        Ok(())
    }

    async fn fd_renumber(
        &mut self,
        memory: &mut GuestMemory<'_>,
        from: types::Fd,
        to: types::Fd,
    ) -> WasiResult<()> {
        self.inner.fd_renumber(memory, from, to).await?;
        self.guard.paths.renumbered(from.into(), to.into());
        Ok(())
    }

    async fn fd_read(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::IovecArray,
    ) -> WasiResult<types::Size> {
        let bytes = self.inner.fd_read(memory, fd, iovs).await?;
        Ok(self.moved(bytes))
    }

    async fn fd_pread(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::IovecArray,
        offset: types::Filesize,
    ) -> WasiResult<types::Size> {
        let bytes = self.inner.fd_pread(memory, fd, iovs, offset).await?;
        Ok(self.moved(bytes))
    }

    async fn fd_write(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::CiovecArray,
    ) -> WasiResult<types::Size> {
        let bytes = self.inner.fd_write(memory, fd, iovs).await?;
        Ok(self.moved(bytes))
    }

    async fn fd_pwrite(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::CiovecArray,
        offset: types::Filesize,
    ) -> WasiResult<types::Size> {
        let bytes = self.inner.fd_pwrite(memory, fd, iovs, offset).await?;
        Ok(self.moved(bytes))
    }

    async fn fd_readdir(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        buf: GuestPtr<u8>,
        buf_len: types::Size,
        cookie: types::Dircookie,
    ) -> WasiResult<types::Size> {
        self.pass("fd_readdir", fd, ".", Access::List).await?;
        let listing = self.listing(fd).await?;
        // The whole folder was looked at, however little of it is asked for.
        self.guard.moved(listing.len() as u64);
        let mut wanted = listing::sorted_from(&listing, cookie);
        wanted.truncate(usize::try_from(buf_len).unwrap_or(usize::MAX));
        let len = types::Size::try_from(wanted.len()).map_err(|_| types::Errno::Overflow)?;
        memory.copy_from_slice(&wanted, buf.as_array(len))?;
        Ok(len)
    }

    async fn path_create_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let path_text = text(memory, path)?;
        self.pass("path_create_directory", dirfd, &path_text, Access::Change)
            .await?;
        self.inner.path_create_directory(memory, dirfd, path).await
    }

    async fn path_filestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        flags: types::Lookupflags,
        path: GuestPtr<str>,
    ) -> WasiResult<types::Filestat> {
        let path_text = text(memory, path)?;
        self.pass("path_filestat_get", dirfd, &path_text, Access::Stat)
            .await?;
        self.inner
            .path_filestat_get(memory, dirfd, flags, path)
            .await
    }

    async fn path_filestat_set_times(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        flags: types::Lookupflags,
        path: GuestPtr<str>,
        atim: types::Timestamp,
        mtim: types::Timestamp,
        fst_flags: types::Fstflags,
    ) -> WasiResult<()> {
        let path_text = text(memory, path)?;
        self.pass("path_filestat_set_times", dirfd, &path_text, Access::Write)
            .await?;
        self.inner
            .path_filestat_set_times(memory, dirfd, flags, path, atim, mtim, fst_flags)
            .await
    }

    async fn path_link(
        &mut self,
        memory: &mut GuestMemory<'_>,
        src_fd: types::Fd,
        src_flags: types::Lookupflags,
        src_path: GuestPtr<str>,
        target_fd: types::Fd,
        target_path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let src_path_text = text(memory, src_path)?;
        self.pass("path_link", src_fd, &src_path_text, Access::Change)
            .await?;
        let src_path_text = text(memory, src_path)?;
        self.pass("path_link", src_fd, &src_path_text, Access::Read)
            .await?;
        let target_path_text = text(memory, target_path)?;
        self.pass("path_link", target_fd, &target_path_text, Access::Change)
            .await?;
        self.inner
            .path_link(memory, src_fd, src_flags, src_path, target_fd, target_path)
            .await
    }

    async fn path_readlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
        buf: GuestPtr<u8>,
        buf_len: types::Size,
    ) -> WasiResult<types::Size> {
        let path_text = text(memory, path)?;
        self.pass("path_readlink", dirfd, &path_text, Access::Read)
            .await?;
        self.inner
            .path_readlink(memory, dirfd, path, buf, buf_len)
            .await
    }

    async fn path_remove_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let path_text = text(memory, path)?;
        self.pass("path_remove_directory", dirfd, &path_text, Access::Change)
            .await?;
        self.inner.path_remove_directory(memory, dirfd, path).await
    }

    async fn path_rename(
        &mut self,
        memory: &mut GuestMemory<'_>,
        src_fd: types::Fd,
        src_path: GuestPtr<str>,
        dest_fd: types::Fd,
        dest_path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let src_path_text = text(memory, src_path)?;
        self.pass("path_rename", src_fd, &src_path_text, Access::Change)
            .await?;
        let dest_path_text = text(memory, dest_path)?;
        self.pass("path_rename", dest_fd, &dest_path_text, Access::Change)
            .await?;
        self.inner
            .path_rename(memory, src_fd, src_path, dest_fd, dest_path)
            .await
    }

    async fn path_symlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        src_path: GuestPtr<str>,
        dirfd: types::Fd,
        dest_path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let dest_path_text = text(memory, dest_path)?;
        self.pass("path_symlink", dirfd, &dest_path_text, Access::Change)
            .await?;
        self.inner
            .path_symlink(memory, src_path, dirfd, dest_path)
            .await
    }

    async fn path_unlink_file(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let path_text = text(memory, path)?;
        self.pass("path_unlink_file", dirfd, &path_text, Access::Change)
            .await?;
        self.inner.path_unlink_file(memory, dirfd, path).await
    }

    async fn path_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        dirflags: types::Lookupflags,
        path: GuestPtr<str>,
        oflags: types::Oflags,
        rights: types::Rights,
        inheriting: types::Rights,
        fdflags: types::Fdflags,
    ) -> WasiResult<types::Fd> {
        let path_text = text(memory, path)?;
        let access = opening(oflags, rights);
        self.pass("path_open", dirfd, &path_text, access).await?;
        self.guard
            .room()
            .map_err(|failure| types::Error::trap(failure.into()))?;
        let fd = self
            .inner
            .path_open(
                memory, dirfd, dirflags, path, oflags, rights, inheriting, fdflags,
            )
            .await?;
        self.guard.paths.opened(dirfd.into(), &path_text, fd.into());
        Ok(fd)
    }

    async fn poll_oneoff(
        &mut self,
        memory: &mut GuestMemory<'_>,
        subs: GuestPtr<types::Subscription>,
        events: GuestPtr<types::Event>,
        count: types::Size,
    ) -> WasiResult<types::Size> {
        if count > POLL_SUBSCRIPTIONS {
            return Err(types::Errno::Inval.into());
        }
        if let Some(clock) = &self.guard.clock
            && let Some(ready) = Self::virtual_poll(clock, memory, subs, events, count)?
        {
            return Ok(ready);
        }
        self.inner.poll_oneoff(memory, subs, events, count).await
    }

    fn random_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        buf: GuestPtr<u8>,
        buf_len: types::Size,
    ) -> WasiResult<()> {
        if u64::from(buf_len) > limits::RANDOM_BYTES {
            return Err(types::Errno::Inval.into());
        }
        self.inner.random_get(memory, buf, buf_len)?;
        self.moved(buf_len);
        Ok(())
    }

    fn proc_exit(
        &mut self,
        _memory: &mut GuestMemory<'_>,
        status: types::Exitcode,
    ) -> wasmtime::Error {
        match self.guard.may_exit("proc_exit", &status.to_string()) {
            Ok(()) => wasmtime_wasi::I32Exit(status.cast_signed()).into(),
            Err(failure) => failure.into(),
        }
    }
}
