//! `wasi:sockets`: datagrams.

use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::udp::{OutgoingDatagram, UdpSocket};
use wasip2::sockets::udp_create_socket::create_udp_socket;

use crate::tcp::{Ports, local, local6};
use crate::{done, says, tell};

const ANY: IpSocketAddress = IpSocketAddress::Ipv4(Ipv4SocketAddress {
    port: 0,
    address: (0, 0, 0, 0),
});

fn fresh() -> UdpSocket {
    create_udp_socket(IpAddressFamily::Ipv4).expect("a socket")
}

fn bind(socket: &UdpSocket, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(&instance_network(), address)?;
    socket.finish_bind()
}

pub(crate) fn run(function: &str, ports: &Ports) -> bool {
    match function {
        "udp create" => {
            done("version 4", create_udp_socket(IpAddressFamily::Ipv4));
            done("version 6", create_udp_socket(IpAddressFamily::Ipv6));
            says("family", format!("{:?}", fresh().address_family()));
        }
        "udp bind" => {
            done("to any port", bind(&fresh(), ANY));
            done("to any port of this machine", bind(&fresh(), local(0)));
            done("of another version", bind(&fresh(), local6(0)));
            done("finished before it began", fresh().finish_bind());
            done("own before", fresh().local_address());
            let socket = fresh();
            done("once", bind(&socket, ANY));
            done("own", socket.local_address());
            done("other", socket.remote_address());
            done("twice", bind(&socket, ANY));
        }
        "udp talk" => talk(ports),
        "udp send" => send(ports),
        "udp options" => {
            let socket = fresh();
            done("hops", socket.set_unicast_hop_limit(42));
            tell("hops", socket.unicast_hop_limit());
            done("no hops", socket.set_unicast_hop_limit(0));
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
        }
        _ => return false,
    }
    true
}

fn datagram(to: Option<IpSocketAddress>) -> OutgoingDatagram {
    OutgoingDatagram {
        data: b"ping".to_vec(),
        remote_address: to,
    }
}

fn talk(ports: &Ports) {
    let socket = fresh();
    done("bound", bind(&socket, ANY));
    let (incoming, outgoing) = match socket.stream(Some(local(ports.echo))) {
        Ok(streams) => streams,
        Err(error) => return done("streams", Err::<(), _>(error)),
    };
    outgoing.subscribe().block();
    tell("room", outgoing.check_send().map(|room| room > 0));
    tell("sent", outgoing.send(&[datagram(None)]));
    incoming.subscribe().block();
    let answer = incoming.receive(1).map(|all| {
        let texts = all.iter().map(|one| String::from_utf8_lossy(&one.data));
        texts.collect::<Vec<_>>().join(", ")
    });
    tell("answer", answer);
    done("other", socket.remote_address());
}

fn send(ports: &Ports) {
    done("without a port", fresh().stream(None));
    let streams = || {
        let socket = fresh();
        bind(&socket, ANY).expect("a port");
        let (incoming, outgoing) = socket.stream(None).expect("streams");
        (socket, incoming, outgoing)
    };
    let one = |case: &str, to: Option<IpSocketAddress>| {
        let (_socket, _incoming, outgoing) = streams();
        outgoing.subscribe().block();
        tell(
            case,
            outgoing
                .check_send()
                .and_then(|_| outgoing.send(&[datagram(to)])),
        );
    };
    one("to somebody", Some(local(ports.echo)));
    one("to nobody", None);
    one("to no port", Some(local(0)));
    one("of another version", Some(local6(ports.echo)));
    let (_socket, incoming, _outgoing) = streams();
    tell("nothing has come", incoming.receive(1).map(|all| all.len()));
    tell("none are wanted", incoming.receive(0).map(|all| all.len()));
}
