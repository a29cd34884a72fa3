//! Network connections: only to destinations that were granted.
//!
//! A grant of an address opens exactly that address. A grant of a name opens the public addresses the name has when the
//! guest connects, resolved by us and not by the guest, so that a name cannot lead to an address inside; `localhost` is
//! the one name that may. Servers cannot be opened.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{Arc, LazyLock},
};

use wasmtime_wasi::{WasiCtxBuilder, sockets::SocketAddrUse};

use super::call::Call;
use crate::{
    address::not_public,
    digest::Digest,
    gate::{Calls, Target},
    grant::{Capability, Destination, NetGrant},
    limits,
    outcome::{Need, Violation},
    text::bounded,
    threads::{Lane, Unanswered},
};

/// The system's resolver cannot be given a time, and answers when it will.
static LOOK_UPS: LazyLock<Lane<Digest>> =
    LazyLock::new(|| Lane::new(limits::LOOK_UPS, limits::LOOK_UPS_PER_MODULE));

/// The granted destinations of one execution.
#[derive(Clone)]
pub(crate) struct Network {
    shared: Arc<Shared>,
}

struct Shared {
    module: Digest,
    grants: Vec<NetGrant>,
    calls: Arc<Calls>,
}

/// A function of the interfaces for sockets.
const fn socket(name: &'static str) -> Call {
    Call {
        module: "wasi:sockets",
        name,
    }
}

impl Network {
    pub(crate) fn new(module: Digest, grants: Vec<NetGrant>, calls: Arc<Calls>) -> Self {
        Self {
            shared: Arc::new(Shared {
                module,
                grants,
                calls,
            }),
        }
    }

    /// A network with these grants, of a guest that nobody watches.
    #[cfg(test)]
    pub(super) fn of(module: Digest, grants: Vec<NetGrant>) -> Self {
        let calls = Calls::new(
            crate::id::ExecutionId::next(),
            crate::gate::Judges {
                gate: None,
                sink: None,
            },
            crate::gate::Log::default(),
        );
        Self::new(module, grants, calls)
    }

    pub(crate) fn apply(&self, builder: &mut WasiCtxBuilder) {
        let some = !self.shared.grants.is_empty();
        builder
            .allow_ip_name_lookup(some)
            .allow_tcp(some)
            .allow_udp(some);
        let network = self.clone();
        builder.socket_addr_check(move |address, purpose| {
            let network = network.clone();
            Box::pin(async move { network.allows(address, purpose).await })
        });
    }

    /// Tells whether nothing of the network is granted: then there is no socket of the host.
    pub(super) fn is_absent(&self) -> bool {
        self.shared.grants.is_empty()
    }

    /// Refuses that `call` reaches `address`; what it needs is in the log.
    pub(super) fn refuse(&self, call: &'static str, address: SocketAddr) {
        self.lacks(socket(call), Target::Address(address));
    }

    /// Tells whether `address` may be bound: a port of the system's choice, before a connection.
    pub(super) fn binds(&self, address: SocketAddr) -> bool {
        (address.ip().is_unspecified() && address.port() == 0) || self.no_server(address)
    }

    /// Asks the grant and then the gate about the look-up of a name; the violation is in the log when it fails.
    pub(crate) fn allows_name(&self, name: &str) -> bool {
        let call = Call {
            module: "wasi:sockets/ip-name-lookup",
            name: "resolve-addresses",
        };
        // One spelling for the gate: names of hosts are the same in capitals, and with the dot of the root.
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        let granted = self
            .shared
            .grants
            .iter()
            .any(|grant| grant.host == "*" || grant.host.eq_ignore_ascii_case(name));
        let target = Target::Host(name);
        if !granted {
            return self.lacks(call, target);
        }
        let operation = call.on(Capability::Network, target);
        self.shared.calls.decide_now(&operation).is_ok()
    }

    async fn allows(&self, address: SocketAddr, purpose: SocketAddrUse) -> bool {
        let call = match purpose {
            // Before a connection the system binds a port of its own choice.
            SocketAddrUse::TcpBind | SocketAddrUse::UdpBind
                if address.ip().is_unspecified() && address.port() == 0 =>
            {
                return true;
            }
            SocketAddrUse::TcpConnect => socket("connect"),
            SocketAddrUse::UdpSend => socket("send"),
            // Strangers send what they like: what comes from where nothing was granted is no attempt of the guest's.
            SocketAddrUse::UdpReceive => {
                let granted = self.granted(address).await;
                return granted && self.decide(socket("receive"), address).await;
            }
            SocketAddrUse::TcpBind
            | SocketAddrUse::UdpBind
            | SocketAddrUse::TcpListen
            | SocketAddrUse::TcpAccept => return self.no_server(address),
        };
        if !self.granted(address).await {
            return self.lacks(call, Target::Address(address));
        }
        self.decide(call, address).await
    }

    /// Asks the gate about an address that is granted.
    async fn decide(&self, call: Call, address: SocketAddr) -> bool {
        let operation = call.on(Capability::Network, Target::Address(address));
        self.shared.calls.decide(&operation).await.is_ok()
    }

    async fn granted(&self, address: SocketAddr) -> bool {
        for grant in &self.shared.grants {
            if grant.port.is_some_and(|port| port != address.port()) {
                continue;
            }
            let ip = address.ip().to_canonical();
            let fits = match grant.destination() {
                Destination::Address(granted) => granted == ip,
                Destination::Public => not_public(ip).is_none(),
                // What the name leads to is known; the resolver is not asked.
                Destination::Local => ip.is_loopback(),
                Destination::Name(name) => {
                    not_public(ip).is_none() && self.resolves(name.to_owned(), ip).await
                }
            };
            if fits {
                return true;
            }
        }
        false
    }

    /// Returns those addresses of `name` that the guest may be told: those that it may reach at some port. Where it may reach none,
    /// the report says what to grant.
    pub(super) fn told(&self, name: &str, addresses: Vec<IpAddr>) -> Vec<IpAddr> {
        let reaches = |ip: IpAddr| {
            self.shared
                .grants
                .iter()
                .any(|grant| match grant.destination() {
                    Destination::Address(granted) => granted == ip,
                    Destination::Public => not_public(ip).is_none(),
                    Destination::Local => ip.is_loopback(),
                    Destination::Name(granted) => {
                        granted.eq_ignore_ascii_case(name.strip_suffix('.').unwrap_or(name))
                            && not_public(ip).is_none()
                    }
                })
        };
        let (told, hidden): (Vec<IpAddr>, Vec<IpAddr>) =
            addresses.into_iter().partition(|ip| reaches(*ip));
        if let (true, Some(first)) = (told.is_empty(), hidden.first()) {
            let call = Call {
                module: "wasi:sockets/ip-name-lookup",
                name: "resolve-addresses",
            };
            let name = first.to_string();
            self.lacks(call, Target::Host(&name));
        }
        told
    }

    /// Whether `name` has the address `ip` now. A look-up for which there is no thread finds nothing.
    async fn resolves(&self, name: String, ip: IpAddr) -> bool {
        match look_up(self.shared.module, name).await {
            Ok(addresses) => addresses.contains(&ip),
            Err(NotFound::Unknown | NotFound::Busy) => false,
        }
    }

    /// Returns the module whose share of look-ups the guest has.
    pub(super) fn module(&self) -> Digest {
        self.shared.module
    }

    /// Refuses `call` with a target that is not granted.
    fn lacks(&self, call: Call, target: Target<'_>) -> bool {
        let name = target.to_string();
        let violation = Violation {
            capability: Capability::Network,
            call: call.name.to_owned(),
            detail: bounded(format!("`{name}`")),
            need: Some(Box::new(Need {
                capability: Capability::Network,
                what: bounded(name),
                entry: None,
            })),
            decision: None,
        };
        let operation = call.on(Capability::Network, target);
        self.shared
            .calls
            .lacking(&operation, [violation], String::new());
        false
    }

    /// Refuses to listen at `address`.
    fn no_server(&self, address: SocketAddr) -> bool {
        let reason = "servers are not possible";
        let violation = Violation {
            capability: Capability::Network,
            call: String::from("bind"),
            detail: format!("`{address}`: {reason}"),
            need: None,
            decision: None,
        };
        let operation = socket("bind").on(Capability::Network, Target::Address(address));
        self.shared
            .calls
            .lacking(&operation, [violation], reason.to_owned());
        false
    }
}

/// Why no address of a name was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotFound {
    /// The resolver knows none.
    Unknown,
    /// Too many look-ups are stuck.
    Busy,
}

/// Asks the system's resolver for the addresses of `name`, on a thread that there is for that.
pub(super) async fn look_up(module: Digest, name: String) -> Result<Vec<IpAddr>, NotFound> {
    let ask = move || {
        let addresses = (name.as_str(), 0).to_socket_addrs().ok()?;
        Some(addresses.map(|one| one.ip().to_canonical()).collect())
    };
    match LOOK_UPS.run(module, ask).await {
        Ok(found) => found.ok_or(NotFound::Unknown),
        Err(Unanswered::Busy) => Err(NotFound::Busy),
        Err(Unanswered::Panicked) => Err(NotFound::Unknown),
    }
}

/// Look-ups for `module` that do not come back until what is returned is dropped.
#[cfg(test)]
pub(super) fn stuck_look_ups(module: Digest, count: usize) -> Vec<std::sync::mpsc::Sender<()>> {
    let stuck = (0..count).map(|_| {
        let (end, ends) = std::sync::mpsc::channel();
        let wait = move || {
            ends.recv().ok();
        };
        LOOK_UPS.leave(module, wait).unwrap();
        end
    });
    stuck.collect()
}
