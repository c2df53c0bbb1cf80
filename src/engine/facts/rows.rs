//! The rows that point at each other: an SA has the leg that claims it, and a Child SA the SAs that serve it. Each table keeps its own.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::num::NonZeroU16;

use super::names::Name;
use super::shapes::Shape;
use super::slab::Slot;
use super::subnets::SubnetPairs;
use crate::model::{
    Boottime, Direction, LoadedConnection, Mark, Netns, Offload, Protocol, SaId, SaMode, SaStage, Serial, Spi,
};

/// What is kept of one SA: 100,000 of them are a real gateway, so it is lean.
#[derive(Debug)]
pub struct Sa {
    pub dst: IpAddr,
    pub src: IpAddr,
    pub spi: Spi,
    pub reqid: u32,
    /// XFRM interface id.
    pub if_id: u32,
    pub mark: Mark,
    pub protocol: Protocol,
    pub mode: SaMode,
    /// Larval or installed.
    pub stage: SaStage,
    /// As the kernel tells it.
    pub direction: Option<Direction>,
    pub offload: Option<Offload>,
    /// The CPU alone that uses it.
    pub cpu: Option<u16>,
    /// The port that it sends to, where it goes in UDP.
    pub udp_port: Option<NonZeroU16>,
    /// What it is like.
    pub shape: Shape,
    /// Seconds since the epoch of its add.
    pub add_time: u32,
    /// Seconds after the add at which the kernel removes it, 0 for never.
    pub hard_add_seconds: u32,
    /// When it was first seen.
    pub seen: Boottime,
    /// Number of the last observation that was an event of it: a dump's row and a read's answer are void beside a newer one.
    pub event: u64,
    /// The Child SA that claims it.
    pub claim: Option<Leg>,
}

/// One leg of a Child SA: which Child SA, which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leg {
    /// The Child SA.
    pub child: Slot<Child>,
    /// In or out.
    pub direction: Direction,
}

/// A Child SA as the daemon tells it.
#[derive(Debug)]
pub struct Child {
    /// Its state serial.
    pub serial: Serial,
    /// Its IKE SA's serial, 0 where it is not known.
    pub ike: Serial,
    pub tunnel: Slot<Tunnel>,
    /// ESP or AH.
    pub protocol: Protocol,
    /// Its outbound SA.
    pub outbound: Claim,
    /// Its inbound SA.
    pub inbound: Claim,
    /// When the daemon said that it stands.
    pub established: Boottime,
    /// Made by IKEv2, and it replaces none by the daemon's word: beside another pair it was made anew.
    pub anew: bool,
}

/// An SA that a Child SA claims.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    pub spi: Spi,
    /// Where the kernel has it.
    pub sa: Option<Slot<Sa>>,
}

/// One connection and instance, with the Child SAs that serve it.
#[derive(Debug)]
pub struct Tunnel {
    pub connection: Slot<Connection>,
    pub instance: Option<Name>,
    /// Its established Child SAs by serial: the last is the newest.
    pub children: Vec<(Serial, Slot<Child>)>,
}

#[derive(Debug)]
pub struct Connection {
    pub name: Name,
    /// Its tunnels, by place.
    pub tunnels: BTreeSet<Slot<Tunnel>>,
    /// What the daemon says it was told; none before it was asked.
    pub loaded: Option<Box<LoadedConnection>>,
    /// reqid of its SAs, once seen.
    pub reqid: Option<u32>,
    /// It should have a pair.
    pub wanted: bool,
    /// Since when it has none that it should have.
    pub lacks_since: Boottime,
    /// Traffic asked for it, and no pair came yet: trying again is no wish of an operator.
    pub on_demand: bool,
    /// The kernel refused the last SA that the daemon wanted for it.
    pub last_refused: bool,
    /// A pair of it stood, as it is loaded.
    pub stood: bool,
    /// Since when a negotiation is under way.
    pub negotiating: Option<Boottime>,
    /// Its pairs of subnets, where it has several.
    pub subnets: SubnetPairs,
}

impl Sa {
    /// Which way its packets go, where that is known.
    pub fn way(&self) -> Option<Direction> {
        self.claim.map(|leg| leg.direction).or(self.direction)
    }

    /// Its key.
    pub fn id(&self, netns: Netns) -> SaId {
        SaId { netns, dst: self.dst, spi: self.spi, protocol: self.protocol, mark: self.mark }
    }
}

impl Child {
    /// The claim of one direction.
    pub fn claim(&self, direction: Direction) -> &Claim {
        match direction {
            Direction::In => &self.inbound,
            Direction::Out => &self.outbound,
        }
    }

    pub(super) fn claim_mut(&mut self, direction: Direction) -> &mut Claim {
        match direction {
            Direction::In => &mut self.inbound,
            Direction::Out => &mut self.outbound,
        }
    }

    /// Both directions are in the kernel.
    pub fn stands(&self) -> bool {
        self.outbound.sa.is_some() && self.inbound.sa.is_some()
    }
}

impl Connection {
    /// Whoever calls gets an instance of it; itself it never comes up.
    pub fn is_template(&self) -> bool {
        self.loaded.as_ref().is_some_and(|loaded| loaded.template)
    }

    /// Nothing serves it, nobody wants it, and the daemon has it no more.
    pub fn is_idle(&self) -> bool {
        self.tunnels.is_empty() && self.loaded.is_none() && !self.wanted && self.negotiating.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_lean() {
        assert!(std::mem::size_of::<Sa>() <= 120, "{}", std::mem::size_of::<Sa>());
    }
}
