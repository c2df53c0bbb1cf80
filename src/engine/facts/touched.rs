//! What a step touched: those who judge look at that, and at nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::{Connection, Tunnel};
use super::sad::Sa;
use super::slab::Slot;
use super::spd::Policy;

/// What is to be judged.
#[derive(Debug, Default)]
pub struct Touched {
    /// Tunnels, as they are.
    pub tunnels: BTreeSet<Slot<Tunnel>>,
    /// Connections, each with those of its tunnels that were touched.
    pub connections: BTreeMap<Slot<Connection>, BTreeSet<Slot<Tunnel>>>,
    /// SAs that came.
    pub came: Vec<Slot<Sa>>,
    /// Policies whose way out may be another one.
    pub policies: BTreeSet<Slot<Policy>>,
    /// Which devices have offloaded SAs.
    pub devices: bool,
    /// How the daemon died, or what became of that.
    pub death: bool,
}
