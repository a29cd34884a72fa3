//! Datagrams of WASI preview 2, and what a guest without a network is told about them.

use wasmtime::component::Resource;
use wasmtime_wasi::{
    async_trait,
    p2::{
        DynPollable, Pollable, SocketError,
        bindings::sockets::{
            network::{ErrorCode, IpAddressFamily, IpSocketAddress, Network},
            udp::{
                self, HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket,
                IncomingDatagram, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream,
                UdpSocket,
            },
            udp_create_socket,
        },
        subscribe,
    },
};

use super::p2_sockets::{Sockets, or_nowhere};

type Answer<T> = Result<T, SocketError>;
type Streams = (
    Resource<IncomingDatagramStream>,
    Resource<OutgoingDatagramStream>,
);

fn error<T>(code: ErrorCode) -> Answer<T> {
    Err(code.into())
}

/// Datagrams from nowhere: none ever comes.
struct Silence;

#[async_trait]
impl Pollable for Silence {
    async fn ready(&mut self) {
        std::future::pending().await
    }
}

impl udp_create_socket::Host for Sockets<'_> {
    async fn create_udp_socket(&mut self, family: IpAddressFamily) -> Answer<Resource<UdpSocket>> {
        match self.real() {
            Some(view) => udp_create_socket::Host::create_udp_socket(view, family).await,
            None => self.nowhere(family),
        }
    }
}

impl udp::Host for Sockets<'_> {}

impl HostUdpSocket for Sockets<'_> {
    async fn start_bind(
        &mut self,
        this: Resource<UdpSocket>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> Answer<()> {
        match self.real() {
            Some(view) => HostUdpSocket::start_bind(view, this, network, address).await,
            None => self.bind_nowhere(&this, &network, address),
        }
    }

    async fn stream(
        &mut self,
        this: Resource<UdpSocket>,
        remote: Option<IpSocketAddress>,
    ) -> Answer<Streams> {
        if let Some(view) = self.real() {
            return HostUdpSocket::stream(view, this, remote).await;
        }
        if let Some(address) = remote {
            return Err(self.refuse("send", &this, address)?);
        }
        let silence = self.view.table.push(Silence)?;
        let family = self.family(&this).map_err(SocketError::trap)?;
        let outgoing = self.nowhere(family)?;
        Ok((Resource::new_own(silence.rep()), outgoing))
    }

    fn address_family(&mut self, this: Resource<UdpSocket>) -> wasmtime::Result<IpAddressFamily> {
        match self.real() {
            Some(view) => HostUdpSocket::address_family(view, this),
            None => self.family(&this),
        }
    }

    fn subscribe(&mut self, this: Resource<UdpSocket>) -> wasmtime::Result<Resource<DynPollable>> {
        match self.real() {
            Some(view) => HostUdpSocket::subscribe(view, this),
            None => self.subscribe_nowhere(&this),
        }
    }

    fn drop(&mut self, this: Resource<UdpSocket>) -> wasmtime::Result<()> {
        match self.real() {
            Some(view) => HostUdpSocket::drop(view, this),
            None => self.drop_nowhere(&this),
        }
    }

    or_nowhere! { HostUdpSocket of UdpSocket:
        fn finish_bind() -> Answer<()> = Ok(());
        fn local_address() -> Answer<IpSocketAddress> = error(ErrorCode::InvalidState);
        fn remote_address() -> Answer<IpSocketAddress> = error(ErrorCode::InvalidState);
        fn unicast_hop_limit() -> Answer<u8> = error(ErrorCode::NotSupported);
        fn set_unicast_hop_limit(value: u8) -> Answer<()> = Ok(());
        fn receive_buffer_size() -> Answer<u64> = error(ErrorCode::NotSupported);
        fn set_receive_buffer_size(value: u64) -> Answer<()> = Ok(());
        fn send_buffer_size() -> Answer<u64> = error(ErrorCode::NotSupported);
        fn set_send_buffer_size(value: u64) -> Answer<()> = Ok(());
    }
}

impl HostIncomingDatagramStream for Sockets<'_> {
    fn receive(
        &mut self,
        this: Resource<IncomingDatagramStream>,
        most: u64,
    ) -> Answer<Vec<IncomingDatagram>> {
        let Some(view) = self.real() else {
            return Ok(Vec::new());
        };
        let received = HostIncomingDatagramStream::receive(view, this, most)?;
        // How many come is known when they are there; the implementation takes a bounded number.
        let bytes = received.iter().map(|one| one.data.len() as u64).sum();
        self.guard
            .pay_for(received.len())
            .map_err(SocketError::trap)?;
        self.guard.moved(bytes);
        Ok(received)
    }

    fn subscribe(
        &mut self,
        this: Resource<IncomingDatagramStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        match self.real() {
            Some(view) => HostIncomingDatagramStream::subscribe(view, this),
            None => subscribe(self.view.table, Resource::<Silence>::new_borrow(this.rep())),
        }
    }

    fn drop(&mut self, this: Resource<IncomingDatagramStream>) -> wasmtime::Result<()> {
        if let Some(view) = self.real() {
            return HostIncomingDatagramStream::drop(view, this);
        }
        let own = Resource::<Silence>::new_own(this.rep());
        self.view.table.delete(own)?;
        Ok(())
    }
}

impl HostOutgoingDatagramStream for Sockets<'_> {
    or_nowhere! { HostOutgoingDatagramStream of OutgoingDatagramStream:
        fn check_send() -> Answer<u64> = Ok(1);
    }

    fn send(
        &mut self,
        this: Resource<OutgoingDatagramStream>,
        datagrams: Vec<OutgoingDatagram>,
    ) -> Answer<u64> {
        let bytes = datagrams.iter().map(|one| one.data.len() as u64).sum();
        self.guard
            .pay_for(datagrams.len())
            .map_err(SocketError::trap)?;
        self.guard.affords(bytes).map_err(SocketError::trap)?;
        self.guard.moved(bytes);
        if let Some(view) = self.real() {
            return HostOutgoingDatagramStream::send(view, this, datagrams);
        }
        match datagrams.first() {
            None => Ok(0),
            Some(datagram) => match datagram.remote_address {
                Some(address) => Err(self.refuse("send", &this, address)?),
                None => error(ErrorCode::InvalidArgument),
            },
        }
    }

    fn subscribe(
        &mut self,
        this: Resource<OutgoingDatagramStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        match self.real() {
            Some(view) => HostOutgoingDatagramStream::subscribe(view, this),
            None => self.subscribe_nowhere(&this),
        }
    }

    async fn drop(&mut self, this: Resource<OutgoingDatagramStream>) -> wasmtime::Result<()> {
        match self.real() {
            Some(view) => HostOutgoingDatagramStream::drop(view, this).await,
            None => self.drop_nowhere(&this),
        }
    }
}
