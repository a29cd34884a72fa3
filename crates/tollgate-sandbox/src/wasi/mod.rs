//! WASI as a guest sees it: only what was granted, and a note of what it missed.

mod base;
mod call;
mod calls;
mod clock;
mod console;
mod doing;
mod guard;
mod needs;
mod net;
mod p1;
mod p1_calls;
mod p1_listing;
mod p1_poll;
mod p1_streams;
mod p1_table;
mod p1_words;
mod p2;
mod p2_files;
mod p2_link;
mod p2_names;
mod p2_priced;
mod p2_sockets;
mod p2_streams;
mod p2_tcp;
mod p2_udp;
mod p2_words;
pub(crate) mod price;
mod streams;

use std::sync::Arc;

pub use self::needs::Asked;
pub(crate) use self::{
    base::{Base, Wanted},
    console::Console,
    p1::{P1, PREVIEW_1, link as link_p1},
    p2::{HasP2, P2},
    p2_link::link as link_p2,
};
use self::{clock::VirtualClock, guard::Guard};
use crate::files::Disk;
pub(crate) use crate::files::prepare;

/// What a guest's WASI imports reach.
pub(crate) enum World {
    /// The module has no WASI imports.
    None,
    /// A core module of WASI preview 1.
    P1(Box<P1>),
    /// A component; it may have imports of WASI preview 2.
    P2(Box<P2>),
}

impl World {
    fn guard(&mut self) -> Option<&mut Guard> {
        match self {
            Self::None => None,
            Self::P1(world) => Some(world.guard()),
            Self::P2(world) => Some(world.guard()),
        }
    }

    /// Tells calls how much gas there is for work of theirs.
    pub(crate) fn set_gas_left(&mut self, gas: u64) {
        if let Some(guard) = self.guard() {
            guard.files.work.set_left(gas);
        }
    }

    /// Returns the gas of the work that calls did for files since the last time.
    pub(crate) fn take_work(&mut self) -> u64 {
        self.guard().map_or(0, |guard| guard.files.work.take())
    }

    /// Returns the account of what is put on the disk.
    pub(crate) fn disk(&mut self) -> Option<Arc<Disk>> {
        self.guard().map(|guard| guard.files.disk())
    }

    /// Returns the bytes calls moved since the last time.
    pub(crate) fn take_moved_bytes(&mut self) -> u64 {
        self.guard().map_or(0, Guard::take_moved)
    }

    /// Returns the nanoseconds the guest slept on the virtual clock.
    pub(crate) fn slept(&self) -> u64 {
        let clock = match self {
            Self::None => None,
            Self::P1(world) => world.clock(),
            Self::P2(world) => world.clock(),
        };
        clock.map_or(0, VirtualClock::slept)
    }
}
