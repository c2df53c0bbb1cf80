//! Whose a policy is: a connection's, an SA's, or nobody's.

use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::asks::TABLE_LIMIT;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::policy_owners::{PolicyOwner, Serving};
use crate::engine::facts::sad::Sa;
use crate::model::{KernelPolicy, PolicyDirection, Source, SourceState};

impl Facts {
    /// Whose a policy is, as far as the daemon's connections decide.
    pub(in crate::engine) fn owner_by_daemon(&self, policy: &KernelPolicy) -> PolicyOwner {
        let Some(template) = policy.template.filter(|_| !matches!(policy.id.direction, PolicyDirection::Other(_)))
        else {
            return PolicyOwner::Found;
        };
        // What makes the kernel ask for a pair wants no SA of its own: there is nobody to name it by.
        if template.reqid == 0 && (template.src.is_unspecified() || template.dst.is_unspecified()) {
            return PolicyOwner::Found;
        }
        if self.ends.have(policy, &template, self.life.behaviour.reqids_of_connection) {
            return PolicyOwner::Found;
        }
        let row = self.claims.connection_of_reqid(template.reqid).and_then(|slot| self.claims.connection_at(slot));
        match row {
            // An instance of a caller is gone with its SAs, whatever its template is.
            Some(row) if has_policies(row) && row.reqid == Some(template.reqid) => PolicyOwner::Found,
            Some(Connection { negotiating: Some(_), .. }) => PolicyOwner::Open,
            _ => PolicyOwner::None,
        }
    }

    /// Whether a pair of the connection that its reqid is of stands: for what is no template's that is enough to know.
    pub(in crate::engine) fn pair_stands_for(&self, policy: &KernelPolicy) -> bool {
        let reqid = policy.template.map_or(0, |template| template.reqid);
        let slot = self.claims.connection_of_reqid(reqid);
        slot.is_some_and(|slot| {
            self.claims.connection_at(slot).is_some_and(|row| !row.is_template()) && self.connection_stands(slot)
        })
    }

    /// What SAs serve now, to be asked of many policies: it looks at every SA once.
    pub(in crate::engine) fn serving(&self) -> Serving {
        // One that the kernel reserved for a packet says of nobody that he wants the policy.
        let serves = |sa: &&Sa| !self.is_reserved_for_packet(sa.stage, (sa.spi, sa.reqid));
        let all = || self.sad.iter().map(|(_, sa)| sa).filter(serves);
        let between: Vec<(IpAddr, IpAddr)> = all().map(|sa| (sa.src, sa.dst)).collect();
        Serving::of(all().map(|sa| sa.reqid).collect(), between)
    }

    /// An SA of this reqid left: policies that wanted it may be nobody's now.
    pub(super) fn sa_left_its_policies(&mut self, reqid: u32) {
        if self.joined && reqid != 0 && self.spd.with_reqid(reqid).next().is_some() {
            self.happens(Happened::SaLeft(reqid));
        }
    }

    /// Whose policies are is known: there is one daemon, it is well and was asked, and all policies are told.
    pub(in crate::engine) fn owners_are_known(&self) -> bool {
        // What a daemon told in part may leave out whose they are.
        let told_whole = self.coverage.get(&Source::Daemon).is_none_or(|line| line.state == SourceState::Ok);
        let may_be_asked = self.life.brief.is_some_and(|brief| brief.children <= TABLE_LIMIT);
        self.life.is_alive()
            && !self.daemon_is_in_trouble()
            && !self.has_other_daemons()
            && self.ends.asked().is_some()
            && self.resync.policies_known()
            && told_whole
            && may_be_asked
    }
}

/// It is loaded, and has policies by the daemon's word; a template has none itself.
fn has_policies(row: &Connection) -> bool {
    row.loaded.as_ref().is_some_and(|loaded| !loaded.template && !loaded.unrouted)
}
