//! Addresses in networks, by their bits as they are written: a network of IPv6 has no IPv4 address in it.

use std::net::IpAddr;

use super::{BROKEN, Eval, Walk, Words, truth, wide};
use crate::data::gas;
use crate::data::net::{Cidr, Ip};
use crate::data::types::{Type, WORD};
use crate::ir::value::{self, Value};
use crate::ir::{BinaryOp, Handle};

/// A network as people write it.
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn of(cidr: &Cidr) -> Self {
        Self {
            address: cidr.first().into(),
            prefix: cidr.prefix().into(),
        }
    }

    fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let differ = network.to_bits() ^ ip.to_bits();
                differ.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let differ = network.to_bits() ^ ip.to_bits();
                differ.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }

    /// The last address of its family in it.
    fn last(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(v4) => {
                let hosts = u32::MAX.checked_shr(self.prefix).unwrap_or(0);
                IpAddr::V4((v4.to_bits() | hosts).into())
            }
            IpAddr::V6(v6) => {
                let hosts = u128::MAX.checked_shr(self.prefix).unwrap_or(0);
                let last = std::net::Ipv6Addr::from_bits(v6.to_bits() | hosts);
                match last.to_ipv4_mapped() {
                    // The one before all that are IPv4 addresses.
                    Some(_) => IpAddr::V6([0, 0, 0, 0, 0, 0xfffe, 0xffff, 0xffff].into()),
                    None => IpAddr::V6(last),
                }
            }
        }
    }
}

impl Walk<'_> {
    pub(super) fn networks(&mut self, op: BinaryOp, a: Words, b: Words) -> Eval {
        let ip = IpAddr::from(Ip::at(wide(a)));
        match op {
            BinaryOp::IpInCidr => Ok(truth(self.network(b[0])?.contains(ip))),
            BinaryOp::CidrInCidr => {
                let (inner, outer) = (self.network(a[0])?, self.network(b[0])?);
                let ends = [inner.address, inner.last()];
                Ok(truth(ends.into_iter().all(|end| outer.contains(end))))
            }
            _ => {
                let list = Handle(b[0]);
                self.charge_compute(gas::ELEMENT * u64::from(list.length()))?;
                let mut found = false;
                for i in 0..list.length() {
                    let at = list.address() + i * Cidr::WORDS * WORD;
                    found |= self.network(at.into())?.contains(ip);
                }
                Ok(truth(found))
            }
        }
    }

    fn network(&self, address: u64) -> Eval<Network> {
        let at = u32::try_from(address).map_err(|_| BROKEN)?;
        match value::load(self.program, &self.memory, &Type::Cidr, at) {
            Some(Value::Cidr(cidr)) => Ok(Network::of(&cidr)),
            _ => Err(BROKEN),
        }
    }
}
