//! Somebody whose packets may be dropped, and whose they are.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Claims, Connection, Tunnel};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{Direction, Spi, Template};

/// SAs and policies that are looked at: a step of the engine must not wait for a million of them.
pub(super) const LOOKED_AT: usize = 20_000;

/// So many are found, and no more are looked for.
pub(super) const ENOUGH: usize = 100;

/// Somebody whose packets may be dropped.
#[derive(Debug)]
pub struct Suspect {
    pub connection: Option<Slot<Connection>>,
    pub tunnel: Option<Slot<Tunnel>>,
    pub spi: Option<Spi>,
    pub dst: Option<IpAddr>,
    /// What does not fit.
    pub text: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct FoundSuspect {
    pub suspects: Vec<Suspect>,
    /// Something is there that drops as it should.
    pub is_meant: bool,
}

impl Suspect {
    /// An SA.
    pub(super) fn sa(sa: &Sa, text: String, facts: &Facts) -> Self {
        let (connection, tunnel) = (facts.claims.connection_of(sa), facts.claims.tunnel_of(sa));
        Self { connection, tunnel, spi: Some(sa.spi), dst: Some(sa.dst), text }
    }
}

/// The connection that a policy is of: by its SAs' reqid, or by what the daemon says of it.
pub(super) struct Owners<'a> {
    claims: &'a Claims,
    by_loaded_reqid: BTreeMap<u32, Slot<Connection>>,
}

impl<'a> Owners<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let mut by_loaded_reqid = BTreeMap::new();
        for (slot, row) in facts.claims.connections() {
            if let Some(reqid) = row.loaded.as_ref().and_then(|loaded| loaded.reqid).filter(|reqid| *reqid != 0) {
                by_loaded_reqid.entry(reqid).or_insert(slot);
            }
        }
        Self { claims: &facts.claims, by_loaded_reqid }
    }

    pub(super) fn owner(&self, template: &Template) -> Option<Slot<Connection>> {
        let by_sas = self.claims.connection_of_reqid(template.reqid);
        by_sas.or_else(|| self.by_loaded_reqid.get(&template.reqid).copied())
    }
}

/// Which way an SA's packets go: where nobody says, by the end that is here.
pub(super) fn way(sa: &Sa, facts: &Facts) -> Option<Direction> {
    let claimed = sa.claim.map(|leg| leg.direction);
    claimed.or_else(|| facts.links.way(sa.src, sa.dst)).or(sa.direction)
}
