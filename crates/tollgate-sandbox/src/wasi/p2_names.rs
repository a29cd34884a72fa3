//! Names of hosts in WASI preview 2: `wasi:sockets/ip-name-lookup`, only of names that were granted.
//!
//! The system's resolver cannot be given a time, so it is asked on the threads that there are for that, and their number
//! bounds what guests can leave behind.

use std::{
    future::Future,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::{
    async_trait,
    p2::{
        DynPollable, Pollable, SocketError,
        bindings::sockets::{
            ip_name_lookup::{self, HostResolveAddressStream, ResolveAddressStream},
            network::{ErrorCode, IpAddress, Network},
        },
        subscribe,
    },
};

use super::{
    net::{Network as Reached, NotFound, look_up},
    p2::HasP2,
    p2_sockets::{HasSockets, Sockets, sockets},
};
use crate::limits::HOST_NAME_BYTES;

/// Adds the interface to `linker`.
pub(super) fn link<T: HasP2>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    ip_name_lookup::add_to_linker::<T, HasSockets>(linker, sockets)
}

/// What the resolver said, or will say.
enum LookUp {
    Asked(Pin<Box<dyn Future<Output = Answer> + Send>>),
    Answered(Answer),
}

/// The addresses that were not given to the guest yet.
type Answer = Result<std::vec::IntoIter<IpAddr>, ErrorCode>;

impl LookUp {
    /// Asks for the addresses of `name`, of which the guest is told those that it may reach.
    fn begin(network: &Reached, name: &str) -> Self {
        let name = match url::Host::parse(name) {
            Ok(url::Host::Ipv4(address)) => return Self::of(address.into()),
            Ok(url::Host::Ipv6(address)) => return Self::of(address.into()),
            Ok(url::Host::Domain(name)) => name,
            // Without the brackets that it has in a URL.
            Err(_) => match name.parse::<Ipv6Addr>() {
                Ok(address) => return Self::of(address.into()),
                Err(_) => return Self::Answered(Err(ErrorCode::InvalidArgument)),
            },
        };
        let network = network.clone();
        Self::Asked(Box::pin(async move {
            match look_up(network.module(), name.clone()).await {
                // That it has others is not the guest's to know: it is told what it would be of a name that nobody has.
                Ok(addresses) => match network.told(&name, addresses) {
                    told if told.is_empty() => Err(ErrorCode::NameUnresolvable),
                    told => Ok(told.into_iter()),
                },
                Err(NotFound::Unknown) => Err(ErrorCode::NameUnresolvable),
                Err(NotFound::Busy) => Err(ErrorCode::TemporaryResolverFailure),
            }
        }))
    }

    fn of(address: IpAddr) -> Self {
        Self::Answered(Ok(vec![address].into_iter()))
    }

    /// Returns the answer, if it is there.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<&mut Answer> {
        if let Self::Asked(asked) = self {
            match asked.as_mut().poll(context) {
                Poll::Ready(answer) => *self = Self::Answered(answer),
                Poll::Pending => return Poll::Pending,
            }
        }
        match self {
            Self::Answered(answer) => Poll::Ready(answer),
            Self::Asked(_) => Poll::Pending,
        }
    }

    /// As [`LookUp::poll`], for who comes again.
    fn now(&mut self) -> Poll<&mut Answer> {
        self.poll(&mut Context::from_waker(Waker::noop()))
    }
}

#[async_trait]
impl Pollable for LookUp {
    async fn ready(&mut self) {
        std::future::poll_fn(|context| self.poll(context).map(drop)).await;
    }
}

/// The look-up behind a stream. The interface's type of it is a name only: what is behind it is ours.
fn behind(stream: &Resource<ResolveAddressStream>) -> Resource<LookUp> {
    Resource::new_borrow(stream.rep())
}

impl ip_name_lookup::Host for Sockets<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        // Who has none may not ask.
        self.view.table.get(&network)?;
        if name.len() > HOST_NAME_BYTES {
            return Err(ErrorCode::InvalidArgument.into());
        }
        if !self.guard.net.allows_name(&name) {
            return Err(ErrorCode::AccessDenied.into());
        }
        let mut look_up = LookUp::begin(&self.guard.net, &name);
        // It is begun here, and what is known at once is said at once.
        if let Poll::Ready(Err(error)) = look_up.now() {
            return Err((*error).into());
        }
        let own = self.view.table.push(look_up)?;
        Ok(Resource::new_own(own.rep()))
    }
}

impl HostResolveAddressStream for Sockets<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        match self.view.table.get_mut(&behind(&stream))?.now() {
            Poll::Pending => Err(ErrorCode::WouldBlock.into()),
            Poll::Ready(Ok(addresses)) => Ok(addresses.next().map(Into::into)),
            Poll::Ready(Err(error)) => Err((*error).into()),
        }
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.view.table, behind(&stream))
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        let own = Resource::<LookUp>::new_own(stream.rep());
        self.view.table.delete(own)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{digest::Digest, limits, wasi::net::stuck_look_ups};

    fn answer(module: Digest, name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
        answer_under(module, "localhost", name)
    }

    fn answer_under(module: Digest, grant: &str, name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
        let network = Reached::of(module, vec![grant.parse().unwrap()]);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut look_up = LookUp::begin(&network, name);
        runtime.block_on(look_up.ready());
        match look_up.now() {
            Poll::Ready(Ok(addresses)) => Ok(addresses.collect()),
            Poll::Ready(Err(error)) => Err(*error),
            Poll::Pending => panic!("it was waited for"),
        }
    }

    #[test]
    fn addresses_are_their_own_names_and_what_is_no_name_is_an_error() {
        let module = Digest::of(b"addresses");
        for text in ["192.0.2.1", "2001:db8::1"] {
            assert_eq!(answer(module, text), Ok(vec![text.parse().unwrap()]));
        }
        assert_eq!(answer(module, "a b"), Err(ErrorCode::InvalidArgument));
    }

    #[test]
    fn addresses_that_are_not_public_are_told_to_those_that_were_granted_them() {
        let module = Digest::of(b"told");
        for grant in ["*", "localhost:80", "127.0.0.1"] {
            let told = answer_under(module, grant, "localhost");
            match grant {
                "*" => assert_eq!(told, Err(ErrorCode::NameUnresolvable)),
                _ => assert!(told.unwrap().iter().any(IpAddr::is_loopback), "{grant}"),
            }
        }
    }

    #[test]
    fn a_module_whose_look_ups_are_stuck_gets_no_more_threads_and_others_do() {
        let (module, other) = (Digest::of(b"stuck"), Digest::of(b"other"));
        let stuck = stuck_look_ups(module, limits::LOOK_UPS_PER_MODULE);
        let refused = answer(module, "localhost");
        let found = answer(other, "localhost");
        drop(stuck);
        assert_eq!(refused, Err(ErrorCode::TemporaryResolverFailure));
        assert!(found.unwrap().iter().all(IpAddr::is_loopback));
    }
}
