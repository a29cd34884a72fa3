//! `wasi:sockets`: connections and names.

use wasip2::io::streams::StreamError;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use crate::{done, says, tell};

/// Ports of this machine: a server that answers `hello`, one where nobody is, one that sends datagrams back.
pub(crate) struct Ports {
    pub(crate) open: u16,
    pub(crate) closed: u16,
    pub(crate) echo: u16,
}

pub(crate) fn local(port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port,
        address: (127, 0, 0, 1),
    })
}

pub(crate) fn local6(port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv6(Ipv6SocketAddress {
        port,
        flow_info: 0,
        address: (0, 0, 0, 0, 0, 0, 0, 1),
        scope_id: 0,
    })
}

fn fresh() -> TcpSocket {
    create_tcp_socket(IpAddressFamily::Ipv4).expect("a socket")
}

type Connected = (
    wasip2::io::streams::InputStream,
    wasip2::io::streams::OutputStream,
);

fn connect(socket: &TcpSocket, address: IpSocketAddress) -> Result<Connected, ErrorCode> {
    socket.start_connect(&instance_network(), address)?;
    loop {
        socket.subscribe().block();
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => {}
            other => return other,
        }
    }
}

fn bind(socket: &TcpSocket, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(&instance_network(), address)?;
    socket.finish_bind()
}

pub(crate) fn run(function: &str, ports: &Ports) -> bool {
    match function {
        "tcp create" => {
            done("version 4", create_tcp_socket(IpAddressFamily::Ipv4));
            done("version 6", create_tcp_socket(IpAddressFamily::Ipv6));
            says("family", format!("{:?}", fresh().address_family()));
            says("listens", fresh().is_listening());
        }
        "tcp bind" => {
            done("to any port of this machine", bind(&fresh(), local(0)));
            let any = IpSocketAddress::Ipv4(Ipv4SocketAddress {
                port: 0,
                address: (0, 0, 0, 0),
            });
            done("to any port", bind(&fresh(), any));
            done("of another version", bind(&fresh(), local6(0)));
            done("finished before it began", fresh().finish_bind());
            let socket = fresh();
            done("to what is taken", bind(&socket, local(ports.open)));
            let socket = fresh();
            done("once", bind(&socket, any));
            done("twice", bind(&socket, any));
        }
        "tcp listen" => {
            let socket = fresh();
            done("without a port", socket.start_listen());
            done("finished before it began", socket.finish_listen());
            done("accepted", socket.accept());
            done("bound", bind(&socket, local(0)));
            done(
                "with a port",
                socket.start_listen().and_then(|()| socket.finish_listen()),
            );
        }
        "tcp connect" => connecting(ports),
        "tcp talk" => talk(ports),
        "tcp addresses" => {
            let socket = fresh();
            done("own before", socket.local_address());
            done("other before", socket.remote_address());
            let connected = connect(&socket, local(ports.open));
            done("connected", connected.as_ref().map_err(|error| *error));
            done("own", socket.local_address());
            let other = socket.remote_address();
            tell(
                "other",
                other.map(|address| match address {
                    IpSocketAddress::Ipv4(address) => address.port == ports.open,
                    IpSocketAddress::Ipv6(_) => false,
                }),
            );
        }
        "tcp options" => options(),
        "tcp shutdown" => {
            done("before", fresh().shutdown(ShutdownType::Both));
            let socket = fresh();
            let connected = connect(&socket, local(ports.open));
            done("connected", connected.as_ref().map_err(|error| *error));
            done("sending", socket.shutdown(ShutdownType::Send));
            done("sending again", socket.shutdown(ShutdownType::Send));
            done("both", socket.shutdown(ShutdownType::Both));
        }
        "resolve-addresses" => names(),
        _ => return false,
    }
    true
}

fn connecting(ports: &Ports) {
    let network = instance_network();
    let socket = fresh();
    done("where somebody is", connect(&socket, local(ports.open)));
    done("twice", socket.start_connect(&network, local(ports.open)));
    done("where nobody is", connect(&fresh(), local(ports.closed)));
    done(
        "of another version",
        fresh().start_connect(&network, local6(ports.open)),
    );
    done("to no port", fresh().start_connect(&network, local(0)));
    done("finished before it began", fresh().finish_connect());
    let anywhere = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: ports.open,
        address: (0, 0, 0, 0),
    });
    done("to no address", fresh().start_connect(&network, anywhere));
    let everybody = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: ports.open,
        address: (224, 0, 0, 1),
    });
    done("to many", fresh().start_connect(&network, everybody));
    let socket = create_tcp_socket(IpAddressFamily::Ipv6).expect("a socket");
    let mapped = IpSocketAddress::Ipv6(Ipv6SocketAddress {
        port: ports.open,
        flow_info: 0,
        address: (0, 0, 0, 0, 0, 0xffff, 0x7f00, 1),
        scope_id: 0,
    });
    done(
        "version 4 in version 6",
        socket.start_connect(&network, mapped),
    );
}

fn talk(ports: &Ports) {
    let socket = fresh();
    let (input, output) = match connect(&socket, local(ports.open)) {
        Ok(streams) => streams,
        Err(error) => return done("connected", Err::<(), _>(error)),
    };
    done("sent", output.blocking_write_and_flush(b"hello\n"));
    let mut answer = Vec::new();
    let end = loop {
        match input.blocking_read(100) {
            Ok(bytes) => answer.extend(bytes),
            Err(StreamError::Closed) => break Ok::<_, StreamError>("the end"),
            Err(error) => break Err(error),
        }
    };
    says("answer", format!("{:?}", String::from_utf8_lossy(&answer)));
    tell("after it", end);
}

fn options() {
    let socket = fresh();
    tell("alive", socket.keep_alive_enabled());
    done("set alive", socket.set_keep_alive_enabled(true));
    tell("alive", socket.keep_alive_enabled());
    done("idle", socket.keep_alive_idle_time());
    done("set idle", socket.set_keep_alive_idle_time(5_000_000_000));
    tell("idle", socket.keep_alive_idle_time());
    done("no idle", socket.set_keep_alive_idle_time(0));
    done("interval", socket.set_keep_alive_interval(3_000_000_000));
    tell("interval", socket.keep_alive_interval());
    done("no interval", socket.set_keep_alive_interval(0));
    done("count", socket.set_keep_alive_count(4));
    tell("count", socket.keep_alive_count());
    done("no count", socket.set_keep_alive_count(0));
    done("hops", socket.set_hop_limit(42));
    tell("hops", socket.hop_limit());
    done("no hops", socket.set_hop_limit(0));
    done("receive buffer", socket.set_receive_buffer_size(0x10000));
    tell(
        "receive buffer",
        socket.receive_buffer_size().map(|bytes| bytes >= 0x10000),
    );
    done("no receive buffer", socket.set_receive_buffer_size(0));
    done("send buffer", socket.set_send_buffer_size(0x10000));
    tell(
        "send buffer",
        socket.send_buffer_size().map(|bytes| bytes >= 0x10000),
    );
    done("no send buffer", socket.set_send_buffer_size(0));
    done("backlog", socket.set_listen_backlog_size(10));
    done("no backlog", socket.set_listen_backlog_size(0));
}

fn names() {
    let network = instance_network();
    for name in [
        "localhost",
        "127.0.0.1",
        "::1",
        "",
        "a b",
        "nowhere.invalid",
    ] {
        let found = resolve_addresses(&network, name).and_then(|stream| {
            let mut count = 0;
            loop {
                match stream.resolve_next_address() {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => return Ok(count > 0),
                    Err(ErrorCode::WouldBlock) => stream.subscribe().block(),
                    Err(error) => return Err(error),
                }
            }
        });
        tell(&format!("`{name}`"), found);
    }
}
