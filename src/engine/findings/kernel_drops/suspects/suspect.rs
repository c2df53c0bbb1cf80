//! Somebody whose packets may be dropped, and whose they are.

use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
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
pub struct Found {
    pub suspects: Vec<Suspect>,
    /// Something is there that drops as it should.
    pub is_meant: bool,
}

impl Suspect {
    /// An SA.
    pub(super) fn sa(sa: &Sa, text: String, facts: &Facts) -> Self {
        let tunnel = sa.claim.and_then(|leg| facts.claims.child_at(leg.child)).map(|child| child.tunnel);
        let claimed = tunnel.and_then(|tunnel| facts.claims.tunnel_at(tunnel)).map(|tunnel| tunnel.connection);
        let connection = claimed.or_else(|| facts.claims.connection_of_reqid(sa.reqid));
        Self { connection, tunnel, spi: Some(sa.spi), dst: Some(sa.dst), text }
    }
}

/// The connection that a policy is of: by its SAs' reqid, or by what the daemon says of it.
pub(super) fn connection_of(template: &Template, facts: &Facts) -> Option<Slot<Connection>> {
    let reqid = template.reqid;
    facts.claims.connection_of_reqid(reqid).or_else(|| {
        let has_it = |row: &Connection| row.loaded.as_ref().is_some_and(|loaded| loaded.reqid == Some(reqid));
        facts.claims.connections().find(|(_, row)| reqid != 0 && has_it(row)).map(|(slot, _)| slot)
    })
}

/// Which way an SA's packets go: where nobody says, by the end that is here.
pub(super) fn way(sa: &Sa, facts: &Facts) -> Option<Direction> {
    let claimed = sa.claim.map(|leg| leg.direction);
    claimed.or_else(|| way_by_address(sa, facts)).or(sa.direction)
}

fn way_by_address(sa: &Sa, facts: &Facts) -> Option<Direction> {
    let (here, there) = (facts.links.holding(sa.dst).is_some(), facts.links.holding(sa.src).is_some());
    match (here, there) {
        (true, false) => Some(Direction::In),
        (false, true) => Some(Direction::Out),
        _ => None,
    }
}
