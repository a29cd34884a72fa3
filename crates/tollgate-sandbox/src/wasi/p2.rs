//! WASI preview 2, with grants in front of it.
//!
//! wasmtime-wasi implements the interfaces. Those that reach files are replaced by [`Files`], which asks the grant and the
//! gate and then passes the call on; clocks, exit and name look-ups are replaced where the grant changes what they do.

use std::collections::BTreeMap;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::{
    WasiCtx, WasiCtxView,
    cli::WasiCliCtxView,
    clocks::WasiClocksCtxView,
    filesystem::WasiFilesystemCtxView,
    p2::{
        DynInputStream, DynOutputStream, DynPollable, FsError, FsResult, Pollable, SocketError,
        bindings::{
            cli::exit,
            clocks::monotonic_clock,
            filesystem::{
                preopens,
                types::{self, ErrorCode, HostDescriptor, HostDirectoryEntryStream},
            },
            sockets::{
                ip_name_lookup::{self, HostResolveAddressStream, ResolveAddressStream},
                network::{self, ErrorCode as SocketErrorCode, IpAddress, Network},
            },
        },
        subscribe,
    },
    sockets::WasiSocketsCtxView,
};

use super::{
    Base,
    clock::VirtualClock,
    guard::{Guard, Refused, Wanted},
    paths::Access,
};
use crate::{limits, run::State};

/// Name of the interface in questions to the gate.
const FILESYSTEM: &str = "wasi:filesystem/types";

/// The WASI preview 2 of one execution.
pub(crate) struct P2 {
    ctx: WasiCtx,
    pub(super) table: ResourceTable,
    pub(super) guard: Guard,
    listings: Listings,
}

/// The folders that are being listed, by the handle of the listing.
type Listings = BTreeMap<u32, Listing>;

/// What is left of a folder.
struct Listing {
    entries: std::vec::IntoIter<types::DirectoryEntry>,
    /// Bytes of all its entries.
    bytes: usize,
}

impl P2 {
    pub(crate) fn new(base: Base) -> Self {
        // Handles of preopened folders get their numbers when the guest asks for them.
        let (guard, mut builder) = Guard::new(base, []);
        let mut table = ResourceTable::new();
        table.set_max_capacity(guard.handles());
        Self {
            ctx: builder.build(),
            table,
            guard,
            listings: Listings::new(),
        }
    }

    pub(crate) fn clock(&self) -> Option<&VirtualClock> {
        self.guard.clock.as_ref()
    }

    pub(crate) fn take_moved_bytes(&mut self) -> u64 {
        self.guard.take_moved()
    }

    pub(crate) fn view(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

/// Adds all interfaces to `linker`, ours over those of wasmtime-wasi.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    super::streams::link(linker)?;
    types::add_to_linker::<State, HasFiles>(linker, files)?;
    preopens::add_to_linker::<State, HasFiles>(linker, files)?;
    monotonic_clock::add_to_linker::<State, HasClocks>(linker, clocks)?;
    exit::add_to_linker::<State, HasExit>(linker, leaving)?;
    ip_name_lookup::add_to_linker::<State, HasNames>(linker, names)?;
    linker.allow_shadowing(false);
    Ok(())
}

struct HasFiles;

impl HasData for HasFiles {
    type Data<'a> = Files<'a>;
}

struct Files<'a> {
    view: WasiFilesystemCtxView<'a>,
    guard: &'a mut Guard,
    listings: &'a mut Listings,
}

fn files(state: &mut State) -> Files<'_> {
    let P2 {
        ctx,
        table,
        guard,
        listings,
    } = state.p2();
    Files {
        listings,
        view: WasiFilesystemCtxView {
            ctx: ctx.filesystem(),
            table,
        },
        guard,
    }
}

struct HasClocks;

impl HasData for HasClocks {
    type Data<'a> = Clocks<'a>;
}

struct Clocks<'a> {
    view: WasiClocksCtxView<'a>,
    guard: &'a mut Guard,
}

fn clocks(state: &mut State) -> Clocks<'_> {
    let P2 {
        ctx, table, guard, ..
    } = state.p2();
    Clocks {
        view: WasiClocksCtxView {
            ctx: ctx.clocks(),
            table,
        },
        guard,
    }
}

struct HasExit;

impl HasData for HasExit {
    type Data<'a> = Leaving<'a>;
}

struct Leaving<'a> {
    view: WasiCliCtxView<'a>,
    guard: &'a mut Guard,
}

fn leaving(state: &mut State) -> Leaving<'_> {
    let P2 {
        ctx, table, guard, ..
    } = state.p2();
    Leaving {
        view: WasiCliCtxView {
            ctx: ctx.cli(),
            table,
        },
        guard,
    }
}

struct HasNames;

impl HasData for HasNames {
    type Data<'a> = Names<'a>;
}

struct Names<'a> {
    view: WasiSocketsCtxView<'a>,
    guard: &'a mut Guard,
}

fn names(state: &mut State) -> Names<'_> {
    let P2 {
        ctx, table, guard, ..
    } = state.p2();
    Names {
        view: WasiSocketsCtxView {
            ctx: ctx.sockets(),
            table,
        },
        guard,
    }
}

impl Files<'_> {
    /// Asks the grant and then the gate.
    async fn pass(&mut self, call: &str, fd: u32, path: &str, access: Access) -> FsResult<()> {
        let wanted = Wanted {
            module: FILESYSTEM,
            call,
            fd,
            path,
            access,
        };
        self.guard
            .pass(wanted)
            .await
            .map_err(|Refused| ErrorCode::Access.into())
    }
}

impl Files<'_> {
    /// Reads a listing to its end, so that a guest sees names in order. All that are open share one bound.
    async fn sorted(&mut self, stream: u32) -> FsResult<Listing> {
        let open: usize = self.listings.values().map(|listing| listing.bytes).sum();
        let (mut entries, mut bytes) = (Vec::new(), 0usize);
        loop {
            let next = Resource::new_borrow(stream);
            let entry =
                HostDirectoryEntryStream::read_directory_entry(&mut self.view, next).await?;
            let Some(entry) = entry else { break };
            bytes = bytes.saturating_add(size_of_val(&entry).saturating_add(entry.name.len()));
            if open.saturating_add(bytes) > limits::LISTING_BYTES {
                return Err(ErrorCode::InsufficientMemory.into());
            }
            entries.push(entry);
        }
        self.guard.moved(bytes as u64);
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Listing {
            entries: entries.into_iter(),
            bytes,
        })
    }
}

fn opening(open: types::OpenFlags, flags: types::DescriptorFlags) -> Access {
    let changes =
        types::OpenFlags::CREATE | types::OpenFlags::TRUNCATE | types::OpenFlags::EXCLUSIVE;
    let writes = types::DescriptorFlags::WRITE | types::DescriptorFlags::MUTATE_DIRECTORY;
    let write = open.intersects(changes) || flags.intersects(types::DescriptorFlags::WRITE);
    if open.contains(types::OpenFlags::DIRECTORY) && !write {
        return if flags.intersects(writes) {
            Access::Change
        } else {
            Access::Enter
        };
    }
    match (flags.contains(types::DescriptorFlags::READ), write) {
        (true, true) => Access::ReadWrite,
        (false, true) => Access::Write,
        (_, false) => Access::Read,
    }
}

impl preopens::Host for Files<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<types::Descriptor>, String)>> {
        self.guard.room()?;
        let folders = preopens::Host::get_directories(&mut self.view)?;
        for (preopen, (fd, _)) in folders.iter().enumerate() {
            self.guard.paths.preopened(preopen, fd.rep());
        }
        Ok(folders)
    }
}

impl types::Host for Files<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        types::Host::convert_error_code(&mut self.view, error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        types::Host::filesystem_error_code(&mut self.view, error)
    }
}

/// Functions of descriptors that are passed on as they are.
macro_rules! pass_on {
    (fn: $($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => {$(
        fn $name(&mut self, $($arg: $ty),*) -> FsResult<$result> {
            HostDescriptor::$name(&mut self.view, $($arg),*)
        }
    )*};
    (async fn: $($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => {$(
        async fn $name(&mut self, $($arg: $ty),*) -> FsResult<$result> {
            HostDescriptor::$name(&mut self.view, $($arg),*).await
        }
    )*};
}

impl HostDescriptor for Files<'_> {
    pass_on! { fn:
        read_via_stream(fd: Resource<types::Descriptor>, offset: types::Filesize) -> Resource<DynInputStream>;
        write_via_stream(fd: Resource<types::Descriptor>, offset: types::Filesize) -> Resource<DynOutputStream>;
        append_via_stream(fd: Resource<types::Descriptor>) -> Resource<DynOutputStream>;
    }

    pass_on! { async fn:
        advise(fd: Resource<types::Descriptor>, offset: types::Filesize, len: types::Filesize, advice: types::Advice) -> ();
        sync_data(fd: Resource<types::Descriptor>) -> ();
        get_flags(fd: Resource<types::Descriptor>) -> types::DescriptorFlags;
        get_type(fd: Resource<types::Descriptor>) -> types::DescriptorType;
        set_size(fd: Resource<types::Descriptor>, size: types::Filesize) -> ();
        set_times(fd: Resource<types::Descriptor>, atim: types::NewTimestamp, mtim: types::NewTimestamp) -> ();
        sync(fd: Resource<types::Descriptor>) -> ();
        stat(fd: Resource<types::Descriptor>) -> types::DescriptorStat;
        metadata_hash(fd: Resource<types::Descriptor>) -> types::MetadataHashValue;
    }

    async fn read(
        &mut self,
        fd: Resource<types::Descriptor>,
        len: types::Filesize,
        offset: types::Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        let len = len.min(limits::STREAM_READ_BYTES);
        let read = HostDescriptor::read(&mut self.view, fd, len, offset).await?;
        self.guard.moved(read.0.len() as u64);
        Ok(read)
    }

    async fn write(
        &mut self,
        fd: Resource<types::Descriptor>,
        bytes: Vec<u8>,
        offset: types::Filesize,
    ) -> FsResult<types::Filesize> {
        self.guard.moved(bytes.len() as u64);
        HostDescriptor::write(&mut self.view, fd, bytes, offset).await
    }

    async fn read_directory(
        &mut self,
        fd: Resource<types::Descriptor>,
    ) -> FsResult<Resource<types::DirectoryEntryStream>> {
        self.pass("read-directory", fd.rep(), ".", Access::List)
            .await?;
        let stream = HostDescriptor::read_directory(&mut self.view, fd).await?;
        match self.sorted(stream.rep()).await {
            Ok(listing) => {
                self.listings.insert(stream.rep(), listing);
                Ok(stream)
            }
            Err(error) => {
                HostDirectoryEntryStream::drop(&mut self.view, stream).map_err(FsError::trap)?;
                Err(error)
            }
        }
    }

    async fn create_directory_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path: String,
    ) -> FsResult<()> {
        self.pass("create-directory-at", fd.rep(), &path, Access::Change)
            .await?;
        HostDescriptor::create_directory_at(&mut self.view, fd, path).await
    }

    async fn stat_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        self.pass("stat-at", fd.rep(), &path, Access::Stat).await?;
        HostDescriptor::stat_at(&mut self.view, fd, path_flags, path).await
    }

    async fn set_times_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path_flags: types::PathFlags,
        path: String,
        atim: types::NewTimestamp,
        mtim: types::NewTimestamp,
    ) -> FsResult<()> {
        self.pass("set-times-at", fd.rep(), &path, Access::Write)
            .await?;
        HostDescriptor::set_times_at(&mut self.view, fd, path_flags, path, atim, mtim).await
    }

    async fn link_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        old_flags: types::PathFlags,
        old: String,
        new_fd: Resource<types::Descriptor>,
        new: String,
    ) -> FsResult<()> {
        self.pass("link-at", fd.rep(), &old, Access::Change).await?;
        self.pass("link-at", fd.rep(), &old, Access::Read).await?;
        self.pass("link-at", new_fd.rep(), &new, Access::Change)
            .await?;
        HostDescriptor::link_at(&mut self.view, fd, old_flags, old, new_fd, new).await
    }

    async fn open_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path_flags: types::PathFlags,
        path: String,
        open: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FsResult<Resource<types::Descriptor>> {
        self.pass("open-at", fd.rep(), &path, opening(open, flags))
            .await?;
        self.guard.room().map_err(FsError::trap)?;
        let (parent, name) = (fd.rep(), path.clone());
        let opened =
            HostDescriptor::open_at(&mut self.view, fd, path_flags, path, open, flags).await?;
        self.guard.paths.opened(parent, &name, opened.rep());
        Ok(opened)
    }

    fn drop(&mut self, fd: Resource<types::Descriptor>) -> wasmtime::Result<()> {
        self.guard.paths.closed(fd.rep());
        HostDescriptor::drop(&mut self.view, fd)
    }

    async fn readlink_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path: String,
    ) -> FsResult<String> {
        self.pass("readlink-at", fd.rep(), &path, Access::Read)
            .await?;
        HostDescriptor::readlink_at(&mut self.view, fd, path).await
    }

    async fn remove_directory_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path: String,
    ) -> FsResult<()> {
        self.pass("remove-directory-at", fd.rep(), &path, Access::Change)
            .await?;
        HostDescriptor::remove_directory_at(&mut self.view, fd, path).await
    }

    async fn rename_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        old: String,
        new_fd: Resource<types::Descriptor>,
        new: String,
    ) -> FsResult<()> {
        self.pass("rename-at", fd.rep(), &old, Access::Change)
            .await?;
        self.pass("rename-at", new_fd.rep(), &new, Access::Change)
            .await?;
        HostDescriptor::rename_at(&mut self.view, fd, old, new_fd, new).await
    }

    async fn symlink_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        old: String,
        new: String,
    ) -> FsResult<()> {
        self.pass("symlink-at", fd.rep(), &new, Access::Change)
            .await?;
        HostDescriptor::symlink_at(&mut self.view, fd, old, new).await
    }

    async fn unlink_file_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path: String,
    ) -> FsResult<()> {
        self.pass("unlink-file-at", fd.rep(), &path, Access::Change)
            .await?;
        HostDescriptor::unlink_file_at(&mut self.view, fd, path).await
    }

    async fn is_same_object(
        &mut self,
        a: Resource<types::Descriptor>,
        b: Resource<types::Descriptor>,
    ) -> wasmtime::Result<bool> {
        HostDescriptor::is_same_object(&mut self.view, a, b).await
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Resource<types::Descriptor>,
        path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        self.pass("metadata-hash-at", fd.rep(), &path, Access::Stat)
            .await?;
        HostDescriptor::metadata_hash_at(&mut self.view, fd, path_flags, path).await
    }
}

impl HostDirectoryEntryStream for Files<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<types::DirectoryEntryStream>,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        Ok(self
            .listings
            .get_mut(&stream.rep())
            .and_then(|listing| listing.entries.next()))
    }

    fn drop(&mut self, stream: Resource<types::DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.listings.remove(&stream.rep());
        HostDirectoryEntryStream::drop(&mut self.view, stream)
    }
}

/// A sleep on the virtual clock: waiting for it makes the time pass at once.
struct VirtualSleep {
    clock: VirtualClock,
    until: u64,
}

#[wasmtime_wasi::async_trait]
impl Pollable for VirtualSleep {
    async fn ready(&mut self) {
        self.clock
            .sleep(self.until.saturating_sub(self.clock.passed()));
    }
}

impl Clocks<'_> {
    fn sleep(
        &mut self,
        clock: VirtualClock,
        until: u64,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let sleep = self.view.table.push(VirtualSleep { clock, until })?;
        subscribe(self.view.table, sleep)
    }
}

impl monotonic_clock::Host for Clocks<'_> {
    fn now(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        monotonic_clock::Host::now(&mut self.view)
    }

    fn resolution(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        monotonic_clock::Host::resolution(&mut self.view)
    }

    fn subscribe_instant(
        &mut self,
        when: monotonic_clock::Instant,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        match self.guard.clock.clone() {
            Some(clock) => self.sleep(clock, when),
            None => monotonic_clock::Host::subscribe_instant(&mut self.view, when),
        }
    }

    fn subscribe_duration(
        &mut self,
        nanos: monotonic_clock::Duration,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        match self.guard.clock.clone() {
            Some(clock) => {
                let until = clock.passed().saturating_add(nanos);
                self.sleep(clock, until)
            }
            None => monotonic_clock::Host::subscribe_duration(&mut self.view, nanos),
        }
    }
}

impl exit::Host for Leaving<'_> {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        self.guard
            .may_exit("exit", if status.is_ok() { "0" } else { "1" })?;
        exit::Host::exit(&mut self.view, status)
    }

    fn exit_with_code(&mut self, code: u8) -> wasmtime::Result<()> {
        self.guard.may_exit("exit", &code.to_string())?;
        exit::Host::exit_with_code(&mut self.view, code)
    }
}

impl network::Host for Names<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<SocketErrorCode> {
        network::Host::convert_error_code(&mut self.view, error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<SocketErrorCode>> {
        network::Host::network_error_code(&mut self.view, error)
    }
}

impl network::HostNetwork for Names<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.view, network)
    }
}

impl ip_name_lookup::Host for Names<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        if !self.guard.net.allows_name(&name) {
            return Err(SocketErrorCode::AccessDenied.into());
        }
        ip_name_lookup::Host::resolve_addresses(&mut self.view, network, name)
    }
}

impl HostResolveAddressStream for Names<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        HostResolveAddressStream::resolve_next_address(&mut self.view, stream)
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        HostResolveAddressStream::subscribe(&mut self.view, stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        HostResolveAddressStream::drop(&mut self.view, stream)
    }
}
