//! The functions of WASI preview 1, one by one.

use wasmtime_wasi::p1::{types, wasi_snapshot_preview1::WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr};

use super::{
    calls::{file_call, folder_call},
    p1::{P1, call, text},
    p1_listing::Records,
    p1_poll::{self, Poll},
    p1_streams::{self, To},
    p1_table::{Open, OpenedFile, OpenedFolder, Toward},
    p1_words::{self as words, WasiResult},
};
use crate::{
    files::{Folder, Handle, OpenFile, WriteAt},
    identity::Kind,
    limits,
};

/// Functions that are passed on as they are.
macro_rules! pass_on {
    (fn: $($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => {$(
        fn $name(&mut self, memory: &mut GuestMemory<'_>, $($arg: $ty),*) -> WasiResult<$result> {
            self.inner.$name(memory, $($arg),*)
        }
    )*};
}

impl WasiSnapshotPreview1 for P1 {
    pass_on! { fn:
        clock_res_get(id: types::Clockid) -> types::Timestamp;
        clock_time_get(id: types::Clockid, precision: types::Timestamp) -> types::Timestamp;
        proc_raise(signal: types::Signal) -> ();
        sched_yield() -> ();
    }

    fn args_sizes_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
    ) -> WasiResult<(types::Size, types::Size)> {
        let sizes = self.inner.args_sizes_get(memory)?;
        self.looked_at(sizes.0);
        Ok(sizes)
    }

    fn args_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        argv: GuestPtr<GuestPtr<u8>>,
        argv_buf: GuestPtr<u8>,
    ) -> WasiResult<()> {
        let sizes = self.inner.args_sizes_get(memory)?;
        self.texts(sizes)?;
        self.inner.args_get(memory, argv, argv_buf)
    }

    fn environ_sizes_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
    ) -> WasiResult<(types::Size, types::Size)> {
        let sizes = self.inner.environ_sizes_get(memory)?;
        self.looked_at(sizes.0);
        Ok(sizes)
    }

    fn environ_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        environ: GuestPtr<GuestPtr<u8>>,
        environ_buf: GuestPtr<u8>,
    ) -> WasiResult<()> {
        let sizes = self.inner.environ_sizes_get(memory)?;
        self.texts(sizes)?;
        self.inner.environ_get(memory, environ, environ_buf)
    }

    fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.inner.set_hostcall_fuel(fuel);
    }

    async fn fd_advise(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        offset: types::Filesize,
        len: types::Filesize,
        advice: types::Advice,
    ) -> WasiResult<()> {
        let advice = words::advice(advice);
        let done = file_call(self.file(fd)?, move |file| file.advise(offset, len, advice));
        done.await.map_err(words::error)
    }

    fn fd_allocate(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        _: types::Filesize,
        _: types::Filesize,
    ) -> WasiResult<()> {
        self.table.file(fd)?;
        Err(types::Errno::Notsup.into())
    }

    async fn fd_close(&mut self, memory: &mut GuestMemory<'_>, fd: types::Fd) -> WasiResult<()> {
        let open = self.table.close(fd)?;
        self.drop_open(memory, open).await
    }

    async fn fd_datasync(&mut self, _: &mut GuestMemory<'_>, fd: types::Fd) -> WasiResult<()> {
        let done = file_call(self.file(fd)?, OpenFile::sync_data);
        done.await.map_err(words::error)
    }

    async fn fd_sync(&mut self, _: &mut GuestMemory<'_>, fd: types::Fd) -> WasiResult<()> {
        let done = file_call(self.file(fd)?, OpenFile::sync);
        done.await.map_err(words::error)
    }

    async fn fd_fdstat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
    ) -> WasiResult<types::Fdstat> {
        match self.table.get(fd)? {
            Open::Standard(number) => {
                let number = types::Fd::from(*number);
                self.inner.fd_fdstat_get(memory, number).await
            }
            Open::File(opened) => Ok(words::file(opened)),
            Open::Folder(OpenedFolder { first: Some(_), .. }) => Ok(words::first_folder()),
            Open::Folder(_) => Ok(words::folder()),
        }
    }

    fn fd_fdstat_set_flags(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        flags: types::Fdflags,
    ) -> WasiResult<()> {
        let opened = self.table.file_mut(fd)?;
        if flags.intersects(SYNCED) {
            return Err(types::Errno::Inval.into());
        }
        opened.append = flags.contains(types::Fdflags::APPEND);
        opened.nonblocking = flags.contains(types::Fdflags::NONBLOCK);
        Ok(())
    }

    fn fd_fdstat_set_rights(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        _: types::Rights,
        _: types::Rights,
    ) -> WasiResult<()> {
        match self.table.get(fd)? {
            Open::Standard(_) => Err(types::Errno::Badf.into()),
            Open::File(_) | Open::Folder(_) => Err(types::Errno::Notsup.into()),
        }
    }

    async fn fd_filestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
    ) -> WasiResult<types::Filestat> {
        let stat = match self.table.get(fd)? {
            Open::Standard(number) => {
                let number = types::Fd::from(*number);
                return self.inner.fd_filestat_get(memory, number).await;
            }
            Open::File(opened) => {
                let file = opened.file.clone();
                file_call(file, OpenFile::stat).await
            }
            Open::Folder(opened) => {
                let folder = opened.folder.clone();
                folder_call(folder, Folder::stat).await
            }
        };
        Ok(words::stat(&stat.map_err(words::error)?)?)
    }

    async fn fd_filestat_set_size(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        size: types::Filesize,
    ) -> WasiResult<()> {
        let file = self.file(fd)?;
        let done = self
            .guard
            .set_length(call("fd_filestat_set_size"), file, size);
        done.await.map_err(words::error)
    }

    async fn fd_filestat_set_times(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        atim: types::Timestamp,
        mtim: types::Timestamp,
        fst_flags: types::Fstflags,
    ) -> WasiResult<()> {
        let times = words::times(atim, mtim, fst_flags)?;
        let handle = match self.table.get(fd)? {
            Open::Standard(_) => return Err(types::Errno::Badf.into()),
            Open::File(opened) => Handle::File(opened.file.clone()),
            Open::Folder(opened) => Handle::Folder(opened.folder.clone()),
        };
        let done = self
            .guard
            .touch(call("fd_filestat_set_times"), handle, times);
        done.await.map_err(words::error)
    }

    fn fd_prestat_get(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
    ) -> WasiResult<types::Prestat> {
        match self.table.get(fd)? {
            Open::Folder(OpenedFolder {
                first: Some(name), ..
            }) => {
                let pr_name_len = u32::try_from(name.len())?;
                Ok(types::Prestat::Dir(types::PrestatDir { pr_name_len }))
            }
            Open::Standard(_) | Open::File(_) | Open::Folder(_) => Err(types::Errno::Badf.into()),
        }
    }

    fn fd_prestat_dir_name(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        path: GuestPtr<u8>,
        path_max_len: types::Size,
    ) -> WasiResult<()> {
        match self.table.get(fd)? {
            Open::Folder(OpenedFolder {
                first: Some(name), ..
            }) => {
                let length = u32::try_from(name.len())?;
                if length > path_max_len {
                    return Err(types::Errno::Nametoolong.into());
                }
                Ok(memory.copy_from_slice(name.as_bytes(), path.as_array(length))?)
            }
            Open::Standard(_) | Open::File(_) | Open::Folder(_) => Err(types::Errno::Notdir.into()),
        }
    }

    async fn fd_renumber(
        &mut self,
        memory: &mut GuestMemory<'_>,
        from: types::Fd,
        to: types::Fd,
    ) -> WasiResult<()> {
        match self.table.renumber(from, to)? {
            Some(open) => self.drop_open(memory, open).await,
            None => Ok(()),
        }
    }

    async fn fd_seek(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        offset: types::Filedelta,
        whence: types::Whence,
    ) -> WasiResult<types::Filesize> {
        let opened = self.table.seekable(fd)?;
        let from = match whence {
            types::Whence::Set => 0,
            types::Whence::Cur => opened.position,
            types::Whence::End => {
                let file = opened.file.clone();
                let length = file_call(file, |file| Ok(file.length()?)).await;
                length.map_err(words::error)?
            }
        };
        let position = from.checked_add_signed(offset).ok_or(types::Errno::Inval)?;
        self.table.seekable(fd)?.position = position;
        Ok(position)
    }

    fn fd_tell(&mut self, _: &mut GuestMemory<'_>, fd: types::Fd) -> WasiResult<types::Filesize> {
        Ok(self.table.seekable(fd)?.position)
    }

    async fn fd_read(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::IovecArray,
    ) -> WasiResult<types::Size> {
        let buffers = self.for_reading(memory, iovs)?;
        let read = match self.table.get(fd)? {
            Open::Standard(number) => {
                let number = *number;
                p1_streams::read_standard(memory, &mut self.inner, number, buffers).await?
            }
            Open::Folder(_) => return Err(types::Errno::Badf.into()),
            Open::File(opened) => {
                let (file, position) = (opened.file.clone(), opened.position);
                let read = p1_streams::read(memory, &file, buffers, position).await?;
                let after = position.checked_add(read.into());
                self.table.file_mut(fd)?.position = after.ok_or(types::Errno::Overflow)?;
                read
            }
        };
        Ok(self.moved(read))
    }

    async fn fd_pread(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::IovecArray,
        offset: types::Filesize,
    ) -> WasiResult<types::Size> {
        let buffers = self.for_reading(memory, iovs)?;
        self.table.may(fd, Toward::Guest)?;
        let file = self.table.seekable(fd)?.file.clone();
        let read = p1_streams::read(memory, &file, buffers, offset).await?;
        Ok(self.moved(read))
    }

    async fn fd_write(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::CiovecArray,
    ) -> WasiResult<types::Size> {
        let buffers = self.for_writing(memory, iovs)?;
        let written = match self.table.get(fd)? {
            Open::Standard(number) => {
                let number = *number;
                let written =
                    p1_streams::write_standard(memory, &mut self.inner, number, buffers).await;
                written.map_err(|error| self.of_reader(number, error))?
            }
            Open::Folder(_) => return Err(types::Errno::Badf.into()),
            Open::File(OpenedFile {
                file,
                position,
                append,
                ..
            }) => {
                let (file, position, append) = (file.clone(), *position, *append);
                let at = if append {
                    WriteAt::End
                } else {
                    WriteAt::Offset(position)
                };
                let watched = self.guard.watched(call("fd_write"), file.name());
                let to = To {
                    file: &file,
                    watched,
                    at,
                };
                let written = p1_streams::write(memory, &to, buffers).await?;
                let mut after = position.saturating_add(written.into());
                if append && let Ok(end) = file_call(file, |file| Ok(file.length()?)).await {
                    // Where that is not known, what was written still has to be said.
                    after = end;
                }
                self.table.file_mut(fd)?.position = after;
                written
            }
        };
        Ok(self.moved(written))
    }

    async fn fd_pwrite(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        iovs: types::CiovecArray,
        offset: types::Filesize,
    ) -> WasiResult<types::Size> {
        let buffers = self.for_writing(memory, iovs)?;
        self.table.may(fd, Toward::Host)?;
        let opened = self.table.seekable(fd)?;
        // Where everything is appended, Linux appends this too.
        let at = if opened.append {
            WriteAt::End
        } else {
            WriteAt::Offset(offset)
        };
        let file = opened.file.clone();
        let watched = self.guard.watched(call("fd_pwrite"), file.name());
        let to = To {
            file: &file,
            watched,
            at,
        };
        let written = p1_streams::write(memory, &to, buffers).await?;
        Ok(self.moved(written))
    }

    async fn fd_readdir(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: types::Fd,
        buf: GuestPtr<u8>,
        buf_len: types::Size,
        cookie: types::Dircookie,
    ) -> WasiResult<types::Size> {
        let (folder, listing) = self.listing(fd, cookie).await?;
        let own = folder.id().hash();
        let mut records = Records::new(memory, buf, buf_len)?;
        let mut next = usize::try_from(cookie).map_err(|_| types::Errno::Overflow)?;
        let mut room = records.has_room();
        while room {
            let entry = match next {
                0 => Some((own, Kind::Folder, ".")),
                1 => Some((own, Kind::Folder, "..")),
                index => listing
                    .get(index - 2)
                    .map(|entry| (entry.hash, entry.kind, entry.name)),
            };
            let Some((hash, kind, name)) = entry else {
                break;
            };
            next += 1;
            room = records.push(next as u64, hash, kind, name)?;
        }
        let written = records.end()?;
        if written == buf_len {
            // There may be more: the guest asks for it from here on.
            self.table.folder_mut(fd)?.listing = Some(listing);
        }
        Ok(self.moved(written))
    }

    async fn path_create_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let at = self.at(memory, dirfd, path)?;
        let done = self.guard.make_folder(call("path_create_directory"), at);
        done.await.map_err(words::error)
    }

    async fn path_filestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        flags: types::Lookupflags,
        path: GuestPtr<str>,
    ) -> WasiResult<types::Filestat> {
        let mut at = self.at(memory, dirfd, path)?;
        at.last = words::last(flags);
        let stat = self.guard.stat(call("path_filestat_get"), at).await;
        Ok(words::stat(&stat.map_err(words::error)?)?)
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
        let times = words::times(atim, mtim, fst_flags)?;
        let mut at = self.at(memory, dirfd, path)?;
        at.last = words::last(flags);
        let done = self
            .guard
            .set_times(call("path_filestat_set_times"), at, times);
        done.await.map_err(words::error)
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
        let from = self.at(memory, src_fd, src_path)?;
        let to = self.at(memory, target_fd, target_path)?;
        if src_flags.contains(types::Lookupflags::SYMLINK_FOLLOW) {
            return Err(types::Errno::Inval.into());
        }
        let done = self.guard.make_name(call("path_link"), from, to);
        done.await.map_err(words::error)
    }

    async fn path_readlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
        buf: GuestPtr<u8>,
        buf_len: types::Size,
    ) -> WasiResult<types::Size> {
        let at = self.at(memory, dirfd, path)?;
        let link = self.guard.read_link(call("path_readlink"), at).await;
        let link = link.map_err(words::error)?.into_bytes();
        let length = buf_len.min(u32::try_from(link.len())?);
        let given = link.get(..usize::try_from(length)?).unwrap_or_default();
        memory.copy_from_slice(given, buf.as_array(length))?;
        Ok(self.moved(length))
    }

    async fn path_remove_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let at = self.at(memory, dirfd, path)?;
        let done = self.guard.remove_folder(call("path_remove_directory"), at);
        done.await.map_err(words::error)
    }

    async fn path_rename(
        &mut self,
        memory: &mut GuestMemory<'_>,
        src_fd: types::Fd,
        src_path: GuestPtr<str>,
        dest_fd: types::Fd,
        dest_path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let from = self.at(memory, src_fd, src_path)?;
        let to = self.at(memory, dest_fd, dest_path)?;
        let done = self.guard.move_name(call("path_rename"), from, to);
        done.await.map_err(words::error)
    }

    async fn path_symlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        src_path: GuestPtr<str>,
        dirfd: types::Fd,
        dest_path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let target = text(memory, src_path)?;
        let at = self.at(memory, dirfd, dest_path)?;
        let done = self.guard.make_link(call("path_symlink"), target, at);
        done.await.map_err(words::error)
    }

    async fn path_unlink_file(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        path: GuestPtr<str>,
    ) -> WasiResult<()> {
        let at = self.at(memory, dirfd, path)?;
        let done = self.guard.remove_file(call("path_unlink_file"), at);
        done.await.map_err(words::error)
    }

    async fn path_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        dirfd: types::Fd,
        dirflags: types::Lookupflags,
        path: GuestPtr<str>,
        oflags: types::Oflags,
        rights: types::Rights,
        _: types::Rights,
        fdflags: types::Fdflags,
    ) -> WasiResult<types::Fd> {
        if let Open::File(_) = self.table.get(dirfd)? {
            return Err(types::Errno::Notdir.into());
        }
        let mut at = self.at(memory, dirfd, path)?;
        at.last = words::last(dirflags);
        if fdflags.intersects(SYNCED) {
            return Err(types::Errno::Notsup.into());
        }
        self.guard
            .room(self.table.opened())
            .map_err(|failure| types::Error::trap(failure.into()))?;
        let how = words::how(oflags, rights);
        let opened = self.guard.open(call("path_open"), at, how).await;
        let open = match opened.map_err(words::error)? {
            Handle::Folder(folder) => Open::Folder(OpenedFolder::new(folder, None)),
            Handle::File(file) => Open::File(OpenedFile {
                file,
                position: 0,
                append: fdflags.contains(types::Fdflags::APPEND),
                nonblocking: fdflags.contains(types::Fdflags::NONBLOCK),
            }),
        };
        Ok(self.table.push(open)?)
    }

    async fn poll_oneoff(
        &mut self,
        memory: &mut GuestMemory<'_>,
        subs: GuestPtr<types::Subscription>,
        events: GuestPtr<types::Event>,
        count: types::Size,
    ) -> WasiResult<types::Size> {
        p1_poll::count(count)?;
        self.pay_for(count)?;
        let poll = Poll {
            subscriptions: subs,
            events,
            count,
        };
        let clock = self.guard.clock.clone();
        p1_poll::poll(memory, &poll, &self.table, clock.as_ref(), &mut self.inner).await
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
        self.affords(u64::from(buf_len))?;
        self.inner.random_get(memory, buf, buf_len)?;
        self.moved(buf_len);
        Ok(())
    }

    fn proc_exit(
        &mut self,
        _memory: &mut GuestMemory<'_>,
        status: types::Exitcode,
    ) -> wasmtime::Error {
        match self.guard.may_exit(call("proc_exit"), &status.to_string()) {
            Ok(()) => wasmtime_wasi::I32Exit(status.cast_signed()).into(),
            Err(failure) => failure.into(),
        }
    }

    fn sock_accept(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        _: types::Fdflags,
    ) -> WasiResult<types::Fd> {
        self.table.get(fd)?;
        Err(types::Errno::Notsock.into())
    }

    fn sock_recv(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        _: types::IovecArray,
        _: types::Riflags,
    ) -> WasiResult<(types::Size, types::Roflags)> {
        self.table.get(fd)?;
        Err(types::Errno::Notsock.into())
    }

    fn sock_send(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        _: types::CiovecArray,
        _: types::Siflags,
    ) -> WasiResult<types::Size> {
        self.table.get(fd)?;
        Err(types::Errno::Notsock.into())
    }

    fn sock_shutdown(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: types::Fd,
        _: types::Sdflags,
    ) -> WasiResult<()> {
        self.table.get(fd)?;
        Err(types::Errno::Notsock.into())
    }
}

/// Writes that are on the disk when they return, which nobody provides.
const SYNCED: types::Fdflags = types::Fdflags::SYNC
    .union(types::Fdflags::DSYNC)
    .union(types::Fdflags::RSYNC);
