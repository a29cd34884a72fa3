//! Network connections: only to destinations that were granted.
//!
//! A grant of an address opens exactly that address. A grant of a name opens the public addresses the name has when the
//! guest connects, resolved by us and not by the guest, so that a name cannot lead to an address inside; `localhost` is
//! the one name that may. Servers cannot be opened.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use wasmtime_wasi::{WasiCtxBuilder, sockets::SocketAddrUse};

use crate::{
    Capability, Digest, Execution, ExecutionId, Gate, GateCall, NetGrant, Verdict, Violation,
    grant::Destination,
    limits, not_public,
    run::{Busy, Lane, Log},
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
    execution: ExecutionId,
    module: Digest,
    grants: Vec<NetGrant>,
    log: Log,
    gate: Option<Arc<dyn Gate>>,
}

impl Network {
    pub(crate) fn new(id: ExecutionId, execution: &Execution, log: Log) -> Self {
        Self {
            shared: Arc::new(Shared {
                execution: id,
                module: execution.module.digest(),
                grants: execution.grant.net.clone(),
                log,
                gate: execution.gate.clone(),
            }),
        }
    }

    pub(crate) fn apply(&self, builder: &mut WasiCtxBuilder) {
        let some = !self.shared.grants.is_empty();
        builder
            .allow_ip_name_lookup(some)
            .allow_tcp(true)
            .allow_udp(some);
        let network = self.clone();
        builder.socket_addr_check(move |address, purpose| {
            let network = network.clone();
            Box::pin(async move { network.allows(address, purpose).await })
        });
    }

    /// Checks the name of a look-up; the violation is in the log when it fails.
    pub(crate) fn allows_name(&self, name: &str) -> bool {
        let granted = self
            .shared
            .grants
            .iter()
            .any(|grant| grant.host == "*" || grant.host.eq_ignore_ascii_case(name));
        if !granted {
            self.deny("resolve-addresses", name, name);
        }
        granted
    }

    async fn allows(&self, address: SocketAddr, purpose: SocketAddrUse) -> bool {
        let call = match purpose {
            // Before a connection the system binds a port of its own choice.
            SocketAddrUse::TcpBind | SocketAddrUse::UdpBind
                if address.ip().is_unspecified() && address.port() == 0 =>
            {
                return !self.shared.grants.is_empty();
            }
            SocketAddrUse::TcpConnect => "connect",
            SocketAddrUse::UdpSend => "send",
            SocketAddrUse::UdpReceive => return self.granted(address).await,
            SocketAddrUse::TcpBind
            | SocketAddrUse::UdpBind
            | SocketAddrUse::TcpListen
            | SocketAddrUse::TcpAccept => {
                let violation = Violation {
                    capability: Capability::Network,
                    call: String::from("bind"),
                    detail: format!("`{address}`: servers are not possible"),
                    needs: String::new(),
                };
                self.shared.log.push(violation);
                return false;
            }
        };
        if !self.granted(address).await {
            self.deny(call, &address.to_string(), &address.to_string());
            return false;
        }
        self.gate_allows(call, address).await
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

    /// Whether `name` has the address `ip` now. A look-up for which there is no thread finds nothing.
    async fn resolves(&self, name: String, ip: IpAddr) -> bool {
        let look_up = move || (name.as_str(), 0).to_socket_addrs().map(Iterator::collect);
        let addresses: Vec<SocketAddr> = match LOOK_UPS.run(self.shared.module, look_up).await {
            Ok(Ok(addresses)) => addresses,
            Ok(Err(_)) | Err(Busy) => Vec::new(),
        };
        addresses
            .iter()
            .any(|address| address.ip().to_canonical() == ip)
    }

    async fn gate_allows(&self, call: &'static str, address: SocketAddr) -> bool {
        let Some(gate) = self.shared.gate.clone() else {
            return true;
        };
        let target = address.to_string();
        let question = Question {
            execution: self.shared.execution,
            call,
            target: target.clone(),
        };
        let mut verdict = gate.check(&question.call());
        if verdict == Verdict::Ask {
            // The check's own future must be `Sync`, which an answer need not be: it is waited for in a task.
            let asked = tokio::spawn(async move { gate.ask(&question.call()).await });
            verdict = Asked(asked).await;
        }
        if verdict != Verdict::Allow {
            self.deny(call, &target, "");
        }
        verdict == Verdict::Allow
    }

    fn deny(&self, call: &str, detail: &str, needs: &str) {
        self.shared.log.push(Violation {
            capability: Capability::Network,
            call: call.to_owned(),
            detail: crate::run::bounded(format!("`{detail}`")),
            needs: if needs.is_empty() {
                String::new()
            } else {
                crate::run::bounded(format!("--allow-net={needs}"))
            },
        });
    }
}

/// A question to the gate that owns what it is about.
struct Question {
    execution: ExecutionId,
    call: &'static str,
    target: String,
}

impl Question {
    fn call(&self) -> GateCall<'_> {
        GateCall {
            execution: self.execution,
            capability: Capability::Network,
            module: "wasi:sockets",
            name: self.call,
            target: &self.target,
            args: &[],
        }
    }
}

/// The answer of a task, which ends with the one who waits for it.
struct Asked(tokio::task::JoinHandle<Verdict>);

impl Future for Asked {
    type Output = Verdict;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Verdict> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.unwrap_or(Verdict::Ask))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}
