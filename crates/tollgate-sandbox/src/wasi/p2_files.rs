//! Files of WASI preview 2: `wasi:filesystem`, on our own layer.

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, FsError, FsResult,
    bindings::filesystem::{
        preopens,
        types::{self, DescriptorFlags, ErrorCode, HostDescriptor, HostDirectoryEntryStream},
    },
};

use super::{
    call::Call,
    calls::{At, file_call, folder_call},
    guard::Guard,
    p2::{HasP2, P2},
    p2_streams::{Reader, Writer},
    p2_words as words,
};
use crate::{
    files::{FileError, Folder, Handle, Last, Listing, OpenFile, WriteAt},
    limits,
};

type Descriptor = Resource<types::Descriptor>;
type Entries = Resource<types::DirectoryEntryStream>;

/// Adds the interfaces to `linker`.
pub(super) fn link<T: HasP2>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    types::add_to_linker::<T, HasFiles>(linker, files)?;
    preopens::add_to_linker::<T, HasFiles>(linker, files)
}

struct HasFiles;

impl HasData for HasFiles {
    type Data<'a> = Files<'a>;
}

struct Files<'a> {
    table: &'a mut ResourceTable,
    guard: &'a mut Guard,
}

fn files<T: HasP2>(state: &mut T) -> Files<'_> {
    let P2 { table, guard, .. } = state.p2();
    Files { table, guard }
}

const fn call(name: &'static str) -> Call {
    Call {
        module: "wasi:filesystem/types",
        name,
    }
}

impl Files<'_> {
    /// Returns what is open at a descriptor. The interface's type of it is a name only: what is behind it is ours.
    fn handle(&self, fd: &Descriptor) -> FsResult<Handle> {
        let own = Resource::<Handle>::new_borrow(fd.rep());
        Ok(self.table.get(&own).map_err(FsError::trap)?.clone())
    }

    fn file(&self, fd: &Descriptor) -> FsResult<Arc<OpenFile>> {
        match self.handle(fd)? {
            Handle::File(file) => Ok(file),
            Handle::Folder(_) => Err(ErrorCode::BadDescriptor.into()),
        }
    }

    fn folder(&self, fd: &Descriptor) -> FsResult<Arc<Folder>> {
        match self.handle(fd)? {
            Handle::Folder(folder) => Ok(folder),
            Handle::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// Returns the place a path names. A path that is longer than one can be was copied from the guest all the same.
    fn at(&mut self, fd: &Descriptor, path: String, last: Last) -> FsResult<At> {
        self.copied(&path);
        let folder = self.folder(fd)?;
        Ok(At { folder, path, last })
    }

    /// Counts a text that was copied from the guest, where it is longer than the price of a call covers.
    fn copied(&mut self, text: &str) {
        let more = (text.len() as u64).saturating_sub(limits::PATH_BYTES);
        self.guard.moved(more);
    }

    fn push(&mut self, handle: Handle) -> wasmtime::Result<Descriptor> {
        let own = self.table.push(handle)?;
        Ok(Resource::new_own(own.rep()))
    }

    fn writer(
        &mut self,
        call: Call,
        fd: &Descriptor,
        at: WriteAt,
    ) -> FsResult<Resource<DynOutputStream>> {
        let file = self.file(fd)?;
        if !file.writes() {
            return Err(ErrorCode::BadDescriptor.into());
        }
        let watched = self.guard.watched(call, file.name());
        let writer: DynOutputStream = Box::new(Writer::new(file, at, watched));
        self.table.push(writer).map_err(FsError::trap)
    }
}

impl preopens::Host for Files<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Descriptor, String)>> {
        let folders = self.guard.files.clone();
        let mut open = Vec::new();
        for (name, folder) in folders.folders() {
            open.push((self.push(Handle::Folder(folder.clone()))?, name.clone()));
        }
        Ok(open)
    }
}

impl types::Host for Files<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        let error = self.table.get(&error)?;
        let error = error.downcast_ref::<std::io::Error>();
        Ok(
            error.map(|error| match rustix::io::Errno::from_io_error(error) {
                Some(error) => words::code(error),
                None => ErrorCode::Io,
            }),
        )
    }
}

impl HostDescriptor for Files<'_> {
    fn read_via_stream(
        &mut self,
        fd: Descriptor,
        offset: types::Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        let file = match self.handle(&fd)? {
            Handle::File(file) => file,
            Handle::Folder(_) => return Err(ErrorCode::IsDirectory.into()),
        };
        if !file.reads() {
            return Err(ErrorCode::BadDescriptor.into());
        }
        let reader: DynInputStream = Box::new(Reader::new(file, offset));
        self.table.push(reader).map_err(FsError::trap)
    }

    fn write_via_stream(
        &mut self,
        fd: Descriptor,
        offset: types::Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.writer(call("write-via-stream"), &fd, WriteAt::Offset(offset))
    }

    fn append_via_stream(&mut self, fd: Descriptor) -> FsResult<Resource<DynOutputStream>> {
        self.writer(call("append-via-stream"), &fd, WriteAt::End)
    }

    async fn advise(
        &mut self,
        fd: Descriptor,
        offset: types::Filesize,
        len: types::Filesize,
        advice: types::Advice,
    ) -> FsResult<()> {
        let advice = words::advice(advice);
        let done = file_call(self.file(&fd)?, move |file| {
            file.advise(offset, len, advice)
        });
        done.await.map_err(words::error)
    }

    async fn sync_data(&mut self, fd: Descriptor) -> FsResult<()> {
        let done = match self.handle(&fd)? {
            Handle::File(file) => file_call(file, OpenFile::sync_data).await,
            Handle::Folder(folder) => folder_call(folder, Folder::sync).await,
        };
        done.map_err(words::error)
    }

    async fn sync(&mut self, fd: Descriptor) -> FsResult<()> {
        let done = match self.handle(&fd)? {
            Handle::File(file) => file_call(file, OpenFile::sync).await,
            Handle::Folder(folder) => folder_call(folder, Folder::sync).await,
        };
        done.map_err(words::error)
    }

    async fn get_flags(&mut self, fd: Descriptor) -> FsResult<DescriptorFlags> {
        let mut flags = DescriptorFlags::empty();
        match self.handle(&fd)? {
            Handle::File(file) => {
                if file.reads() {
                    flags |= DescriptorFlags::READ;
                }
                if file.writes() {
                    flags |= DescriptorFlags::WRITE;
                }
            }
            Handle::Folder(folder) => {
                flags |= DescriptorFlags::READ;
                if folder.may_touch() {
                    flags |= DescriptorFlags::MUTATE_DIRECTORY;
                }
            }
        }
        Ok(flags)
    }

    async fn get_type(&mut self, fd: Descriptor) -> FsResult<types::DescriptorType> {
        Ok(match self.handle(&fd)? {
            Handle::File(file) => words::kind(file.kind()),
            Handle::Folder(_) => types::DescriptorType::Directory,
        })
    }

    async fn set_size(&mut self, fd: Descriptor, size: types::Filesize) -> FsResult<()> {
        let file = self.file(&fd)?;
        let done = self.guard.set_length(call("set-size"), file, size).await;
        done.map_err(words::error)
    }

    async fn set_times(
        &mut self,
        fd: Descriptor,
        atim: types::NewTimestamp,
        mtim: types::NewTimestamp,
    ) -> FsResult<()> {
        let times = words::times(atim, mtim)?;
        let handle = self.handle(&fd)?;
        let done = self.guard.touch(call("set-times"), handle, times);
        done.await.map_err(words::error)
    }

    async fn read(
        &mut self,
        fd: Descriptor,
        len: types::Filesize,
        offset: types::Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        let len = usize::try_from(len.min(limits::STREAM_READ_BYTES)).unwrap_or(0);
        let read = file_call(self.file(&fd)?, move |file| {
            let mut bytes = vec![0; len];
            let read = file.read_at(&mut bytes, offset)?;
            bytes.truncate(read);
            Ok(bytes)
        });
        let bytes = read.await.map_err(words::error)?;
        self.guard.moved(bytes.len() as u64);
        let end = bytes.is_empty();
        Ok((bytes, end))
    }

    async fn write(
        &mut self,
        fd: Descriptor,
        bytes: Vec<u8>,
        offset: types::Filesize,
    ) -> FsResult<types::Filesize> {
        self.guard
            .affords(bytes.len() as u64)
            .map_err(FsError::trap)?;
        self.guard.moved(bytes.len() as u64);
        let file = self.file(&fd)?;
        let watched = self.guard.watched(call("write"), file.name());
        let ongoing = watched.writes().map_err(words::error)?;
        let written = file_call(file, move |file| {
            file.write(&bytes, WriteAt::Offset(offset))
        });
        let written = watched.ends(ongoing, written.await);
        Ok(written.map_err(words::error)? as u64)
    }

    async fn read_directory(&mut self, fd: Descriptor) -> FsResult<Entries> {
        let folder = self.folder(&fd)?;
        let listing = self.guard.list(call("read-directory"), folder).await;
        let listing = listing.map_err(|error| match error {
            // Too much to be listed, in the word this version always had for it.
            FileError::Os(rustix::io::Errno::OVERFLOW) => ErrorCode::InsufficientMemory.into(),
            other => words::error(other),
        })?;
        let own = self.table.push(listing).map_err(FsError::trap)?;
        Ok(Resource::new_own(own.rep()))
    }

    async fn create_directory_at(&mut self, fd: Descriptor, path: String) -> FsResult<()> {
        let at = self.at(&fd, path, Last::Keep)?;
        let done = self.guard.make_folder(call("create-directory-at"), at);
        done.await.map_err(words::error)
    }

    async fn stat(&mut self, fd: Descriptor) -> FsResult<types::DescriptorStat> {
        let stat = match self.handle(&fd)? {
            Handle::File(file) => file_call(file, OpenFile::stat).await,
            Handle::Folder(folder) => folder_call(folder, Folder::stat).await,
        };
        Ok(words::stat(&stat.map_err(words::error)?))
    }

    async fn stat_at(
        &mut self,
        fd: Descriptor,
        path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        let at = self.at(&fd, path, words::last(path_flags))?;
        let stat = self.guard.stat(call("stat-at"), at).await;
        Ok(words::stat(&stat.map_err(words::error)?))
    }

    async fn set_times_at(
        &mut self,
        fd: Descriptor,
        path_flags: types::PathFlags,
        path: String,
        atim: types::NewTimestamp,
        mtim: types::NewTimestamp,
    ) -> FsResult<()> {
        let times = words::times(atim, mtim)?;
        let at = self.at(&fd, path, words::last(path_flags))?;
        let done = self.guard.set_times(call("set-times-at"), at, times);
        done.await.map_err(words::error)
    }

    async fn link_at(
        &mut self,
        fd: Descriptor,
        old_flags: types::PathFlags,
        old: String,
        new_fd: Descriptor,
        new: String,
    ) -> FsResult<()> {
        let from = self.at(&fd, old, Last::Keep)?;
        let to = self.at(&new_fd, new, Last::Keep)?;
        if old_flags.contains(types::PathFlags::SYMLINK_FOLLOW) {
            return Err(ErrorCode::Invalid.into());
        }
        let done = self.guard.make_name(call("link-at"), from, to);
        done.await.map_err(words::error)
    }

    async fn open_at(
        &mut self,
        fd: Descriptor,
        path_flags: types::PathFlags,
        path: String,
        open: types::OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Descriptor> {
        let at = self.at(&fd, path, words::last(path_flags))?;
        let synced = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        if flags.intersects(synced) {
            return Err(ErrorCode::Unsupported.into());
        }
        let how = words::how(open, flags);
        let opened = self.guard.open(call("open-at"), at, how).await;
        self.push(opened.map_err(words::error)?)
            .map_err(FsError::trap)
    }

    fn drop(&mut self, fd: Descriptor) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Handle>::new_own(fd.rep()))?;
        Ok(())
    }

    async fn readlink_at(&mut self, fd: Descriptor, path: String) -> FsResult<String> {
        let at = self.at(&fd, path, Last::Keep)?;
        let link = self.guard.read_link(call("readlink-at"), at).await;
        link.map_err(words::error)
    }

    async fn remove_directory_at(&mut self, fd: Descriptor, path: String) -> FsResult<()> {
        let at = self.at(&fd, path, Last::Keep)?;
        let done = self.guard.remove_folder(call("remove-directory-at"), at);
        done.await.map_err(words::error)
    }

    async fn rename_at(
        &mut self,
        fd: Descriptor,
        old: String,
        new_fd: Descriptor,
        new: String,
    ) -> FsResult<()> {
        let from = self.at(&fd, old, Last::Keep)?;
        let to = self.at(&new_fd, new, Last::Keep)?;
        let done = self.guard.move_name(call("rename-at"), from, to);
        done.await.map_err(words::error)
    }

    async fn symlink_at(&mut self, fd: Descriptor, old: String, new: String) -> FsResult<()> {
        self.copied(&old);
        let at = self.at(&fd, new, Last::Keep)?;
        let done = self.guard.make_link(call("symlink-at"), old, at);
        done.await.map_err(words::error)
    }

    async fn unlink_file_at(&mut self, fd: Descriptor, path: String) -> FsResult<()> {
        let at = self.at(&fd, path, Last::Keep)?;
        let done = self.guard.remove_file(call("unlink-file-at"), at);
        done.await.map_err(words::error)
    }

    async fn is_same_object(&mut self, a: Descriptor, b: Descriptor) -> wasmtime::Result<bool> {
        let a = self.handle(&a).map_err(|_| unknown())?;
        let b = self.handle(&b).map_err(|_| unknown())?;
        Ok(a.id() == b.id())
    }

    async fn metadata_hash(&mut self, fd: Descriptor) -> FsResult<types::MetadataHashValue> {
        Ok(words::hash(self.handle(&fd)?.id()))
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Descriptor,
        path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        let at = self.at(&fd, path, words::last(path_flags))?;
        let stat = self.guard.stat(call("metadata-hash-at"), at).await;
        Ok(words::hash(stat.map_err(words::error)?.id))
    }
}

fn unknown() -> wasmtime::Error {
    wasmtime::Error::msg("unknown handle")
}

impl HostDirectoryEntryStream for Files<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Entries,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        let own = Resource::<Listing>::new_borrow(stream.rep());
        let listing = self.table.get(&own).map_err(FsError::trap)?;
        let entry = listing.next().map(|entry| types::DirectoryEntry {
            type_: words::kind(entry.kind),
            name: entry.name.to_owned(),
        });
        let bytes = entry.as_ref().map_or(0, |entry| entry.name.len());
        self.guard.moved(bytes as u64);
        Ok(entry)
    }

    fn drop(&mut self, stream: Entries) -> wasmtime::Result<()> {
        self.table
            .delete(Resource::<Listing>::new_own(stream.rep()))?;
        Ok(())
    }
}
