//! Connections of WASI preview 2, and what a guest without a network is told about them.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, SocketError,
    bindings::sockets::{
        network::{ErrorCode, IpAddressFamily, IpSocketAddress, Network},
        tcp::{self, HostTcpSocket, ShutdownType, TcpSocket},
        tcp_create_socket,
    },
};

use super::p2_sockets::{Sockets, or_nowhere};

type Answer<T> = Result<T, SocketError>;
type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);
type Accepted = (
    Resource<TcpSocket>,
    Resource<DynInputStream>,
    Resource<DynOutputStream>,
);

fn error<T>(code: ErrorCode) -> Answer<T> {
    Err(code.into())
}

impl tcp_create_socket::Host for Sockets<'_> {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> Answer<Resource<TcpSocket>> {
        match self.real() {
            Some(view) => tcp_create_socket::Host::create_tcp_socket(view, family),
            None => self.nowhere(family),
        }
    }
}

impl tcp::Host for Sockets<'_> {}

impl HostTcpSocket for Sockets<'_> {
    async fn start_bind(
        &mut self,
        this: Resource<TcpSocket>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> Answer<()> {
        match self.real() {
            Some(view) => HostTcpSocket::start_bind(view, this, network, address).await,
            None => self.bind_nowhere(&this, &network, address),
        }
    }

    fn start_connect(
        &mut self,
        this: Resource<TcpSocket>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> Answer<()> {
        if let Some(view) = self.real() {
            return HostTcpSocket::start_connect(view, this, network, address);
        }
        self.view.table.get(&network)?;
        Err(self.refuse("connect", &this, address)?)
    }

    async fn start_listen(&mut self, this: Resource<TcpSocket>) -> Answer<()> {
        match self.real() {
            Some(view) => HostTcpSocket::start_listen(view, this).await,
            None => error(ErrorCode::InvalidState),
        }
    }

    fn is_listening(&mut self, this: Resource<TcpSocket>) -> wasmtime::Result<bool> {
        match self.real() {
            Some(view) => HostTcpSocket::is_listening(view, this),
            None => Ok(false),
        }
    }

    fn address_family(&mut self, this: Resource<TcpSocket>) -> wasmtime::Result<IpAddressFamily> {
        match self.real() {
            Some(view) => HostTcpSocket::address_family(view, this),
            None => self.family(&this),
        }
    }

    fn subscribe(&mut self, this: Resource<TcpSocket>) -> wasmtime::Result<Resource<DynPollable>> {
        match self.real() {
            Some(view) => HostTcpSocket::subscribe(view, this),
            None => self.subscribe_nowhere(&this),
        }
    }

    fn drop(&mut self, this: Resource<TcpSocket>) -> wasmtime::Result<()> {
        match self.real() {
            Some(view) => HostTcpSocket::drop(view, this),
            None => self.drop_nowhere(&this),
        }
    }

    or_nowhere! { HostTcpSocket of TcpSocket:
        fn finish_bind() -> Answer<()> = Ok(());
        fn finish_connect() -> Answer<Streams> = error(ErrorCode::NotInProgress);
        fn finish_listen() -> Answer<()> = error(ErrorCode::NotInProgress);
        fn accept() -> Answer<Accepted> = error(ErrorCode::InvalidState);
        fn local_address() -> Answer<IpSocketAddress> = error(ErrorCode::InvalidState);
        fn remote_address() -> Answer<IpSocketAddress> = error(ErrorCode::InvalidState);
        fn set_listen_backlog_size(value: u64) -> Answer<()> = Ok(());
        fn keep_alive_enabled() -> Answer<bool> = error(ErrorCode::NotSupported);
        fn set_keep_alive_enabled(value: bool) -> Answer<()> = Ok(());
        fn keep_alive_idle_time() -> Answer<u64> = error(ErrorCode::NotSupported);
        fn set_keep_alive_idle_time(value: u64) -> Answer<()> = Ok(());
        fn keep_alive_interval() -> Answer<u64> = error(ErrorCode::NotSupported);
        fn set_keep_alive_interval(value: u64) -> Answer<()> = Ok(());
        fn keep_alive_count() -> Answer<u32> = error(ErrorCode::NotSupported);
        fn set_keep_alive_count(value: u32) -> Answer<()> = Ok(());
        fn hop_limit() -> Answer<u8> = error(ErrorCode::NotSupported);
        fn set_hop_limit(value: u8) -> Answer<()> = Ok(());
        fn receive_buffer_size() -> Answer<u64> = error(ErrorCode::NotSupported);
        fn set_receive_buffer_size(value: u64) -> Answer<()> = Ok(());
        fn send_buffer_size() -> Answer<u64> = error(ErrorCode::NotSupported);
        fn set_send_buffer_size(value: u64) -> Answer<()> = Ok(());
        fn shutdown(how: ShutdownType) -> Answer<()> = error(ErrorCode::InvalidState);
    }
}
