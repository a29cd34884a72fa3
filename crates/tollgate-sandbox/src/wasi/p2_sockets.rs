//! Sockets of WASI preview 2. Where something of the network is granted they are wasmtime-wasi's, with a check of each address.
//!
//! Where nothing is, there are none of the host, which the jail of such a guest forbids: what the guest gets is a [`Nowhere`],
//! which takes what is set, reaches nothing, and says what would have to be granted when the guest wants to reach something.

use std::net::SocketAddr;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::{
    async_trait,
    p2::{
        DynPollable, Pollable, SocketError,
        bindings::sockets::{
            network::{self, ErrorCode, IpAddressFamily, IpSocketAddress, Network},
            tcp, tcp_create_socket, udp, udp_create_socket,
        },
        subscribe,
    },
    sockets::WasiSocketsCtxView,
};

use super::{
    guard::Guard,
    p2::{HasP2, P2},
};

/// Adds the interfaces to `linker`.
pub(super) fn link<T: HasP2>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    tcp_create_socket::add_to_linker::<T, HasSockets>(linker, sockets)?;
    tcp::add_to_linker::<T, HasSockets>(linker, sockets)?;
    udp_create_socket::add_to_linker::<T, HasSockets>(linker, sockets)?;
    udp::add_to_linker::<T, HasSockets>(linker, sockets)
}

pub(super) struct HasSockets;

impl HasData for HasSockets {
    type Data<'a> = Sockets<'a>;
}

pub(super) struct Sockets<'a> {
    pub(super) view: WasiSocketsCtxView<'a>,
    pub(super) guard: &'a mut Guard,
}

pub(super) fn sockets<T: HasP2>(state: &mut T) -> Sockets<'_> {
    let P2 {
        ctx, table, guard, ..
    } = state.p2();
    Sockets {
        view: WasiSocketsCtxView {
            ctx: ctx.sockets(),
            table,
        },
        guard,
    }
}

/// A socket that leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nowhere {
    pub(super) family: IpAddressFamily,
}

impl Nowhere {
    /// Tells whether a socket of the host would try to reach `address`.
    fn may_try(self, address: SocketAddr) -> bool {
        let fits = match self.family {
            IpAddressFamily::Ipv4 => address.is_ipv4(),
            IpAddressFamily::Ipv6 => address.is_ipv6(),
        };
        fits && address.port() != 0 && !address.ip().is_unspecified()
    }
}

#[async_trait]
impl Pollable for Nowhere {
    async fn ready(&mut self) {}
}

/// The socket behind a resource, where there is no network. The interface's type of it is a name only.
fn behind<T: 'static>(socket: &Resource<T>) -> Resource<Nowhere> {
    Resource::new_borrow(socket.rep())
}

impl<'a> Sockets<'a> {
    /// Returns the implementation for guests with a network.
    pub(super) fn real(&mut self) -> Option<&mut WasiSocketsCtxView<'a>> {
        (!self.guard.net.is_absent()).then_some(&mut self.view)
    }

    /// Makes a socket that leads nowhere.
    pub(super) fn nowhere<T: 'static>(
        &mut self,
        family: IpAddressFamily,
    ) -> Result<Resource<T>, SocketError> {
        let own = self.view.table.push(Nowhere { family })?;
        Ok(Resource::new_own(own.rep()))
    }

    pub(super) fn family<T: 'static>(
        &self,
        socket: &Resource<T>,
    ) -> wasmtime::Result<IpAddressFamily> {
        Ok(self.view.table.get(&behind(socket))?.family)
    }

    pub(super) fn subscribe_nowhere<T: 'static>(
        &mut self,
        socket: &Resource<T>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.view.table, behind(socket))
    }

    pub(super) fn drop_nowhere<T: 'static>(
        &mut self,
        socket: &Resource<T>,
    ) -> wasmtime::Result<()> {
        let own = Resource::<Nowhere>::new_own(socket.rep());
        self.view.table.delete(own)?;
        Ok(())
    }

    /// Binds a socket that leads nowhere, if it would be for connecting.
    pub(super) fn bind_nowhere<T: 'static>(
        &self,
        socket: &Resource<T>,
        network: &Resource<Network>,
        address: IpSocketAddress,
    ) -> Result<(), SocketError> {
        self.view.table.get(network)?;
        self.view.table.get(&behind(socket))?;
        if self.guard.net.binds(address.into()) {
            Ok(())
        } else {
            Err(ErrorCode::AccessDenied.into())
        }
    }

    /// Refuses to reach `address` with `call`.
    pub(super) fn refuse<T: 'static>(
        &self,
        call: &'static str,
        socket: &Resource<T>,
        address: IpSocketAddress,
    ) -> Result<SocketError, SocketError> {
        let address = address.into();
        if !self.view.table.get(&behind(socket))?.may_try(address) {
            return Ok(ErrorCode::InvalidArgument.into());
        }
        self.guard.net.refuse(call, address);
        Ok(ErrorCode::AccessDenied.into())
    }
}

impl network::Host for Sockets<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        network::Host::convert_error_code(&mut self.view, error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        network::Host::network_error_code(&mut self.view, error)
    }
}

impl network::HostNetwork for Sockets<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.view, network)
    }
}

/// Functions that are those of wasmtime-wasi, where there is a network; `=` says what they answer where there is none.
macro_rules! or_nowhere {
    ($interface:ident of $socket:ty: $(fn $name:ident($($arg:ident: $ty:ty),*) -> $result:ty = $nowhere:expr;)*) => {$(
        fn $name(&mut self, this: Resource<$socket>, $($arg: $ty),*) -> $result {
            match self.real() {
                Some(view) => $interface::$name(view, this, $($arg),*),
                None => $nowhere,
            }
        }
    )*};
}

pub(super) use or_nowhere;
