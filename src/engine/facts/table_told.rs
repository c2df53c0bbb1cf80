//! What the daemon's last table told, where it may leave out IKE SAs.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::names::Name;
use crate::model::{Protocol, Spi};

#[derive(Debug, Default)]
pub struct TableTold {
    /// It may have left out IKE SAs, with all that stands on them.
    pub partial: bool,
    /// The IKE connections of the IKE SAs in it.
    pub(super) names: BTreeSet<Name>,
    /// Between which hosts they are, the lower address first.
    pub(super) between: BTreeSet<(IpAddr, IpAddr)>,
    /// Peers of those whose address at this end is not known.
    pub(super) peers: BTreeSet<IpAddr>,
    /// SAs of Child SAs that are on their way up or down.
    pub(super) on_their_way: BTreeSet<(Spi, Protocol)>,
}

impl TableTold {
    /// An IKE SA between these hosts is in it.
    pub(super) fn has_between(&self, one: IpAddr, other: IpAddr) -> bool {
        self.between.contains(&(one.min(other), one.max(other)))
            || self.peers.contains(&one)
            || self.peers.contains(&other)
    }
}
