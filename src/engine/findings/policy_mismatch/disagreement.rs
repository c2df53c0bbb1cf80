//! How an SA and the policies that should send packets to it disagree: in packet mode both must be on the same device
//! (net/xfrm/xfrm_state.c, `xfrm_state_find`; net/xfrm/xfrm_policy.c).

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Tunnel};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{Direction, Offload, OffloadMode, PolicyDirection, Reason};

/// Of a tunnel's newest pair, and in which direction; none while not every policy is known.
pub fn disagreement(tunnel: Slot<Tunnel>, facts: &Facts) -> Option<(Reason, Direction)> {
    if !facts.resync.policies_known() || is_lost_with_device(tunnel, facts) {
        return None;
    }
    let child = facts.claims.newest_child(tunnel).filter(|child: &&Child| child.stands())?;
    [Direction::Out, Direction::In].into_iter().find_map(|direction| {
        let sa = facts.sad.get(child.claim(direction).sa?)?;
        Some((against_policies(sa, direction, facts)?, direction))
    })
}

fn against_policies(sa: &Sa, direction: Direction, facts: &Facts) -> Option<Reason> {
    let spd = &facts.spd;
    let wanted = if direction == Direction::Out { PolicyDirection::Out } else { PolicyDirection::In };
    let mut policies = spd.with_reqid(sa.reqid).filter(|policy| policy.id.direction == wanted).peekable();
    if policies.peek().is_none() {
        // Of a bundle (IPCOMP) only the first template is known here.
        return (sa.reqid != 0 && !spd.has_bundles()).then_some(Reason::PolicyMissing);
    }
    let packet = sa.offload.filter(|offload| offload.mode == OffloadMode::Packet);
    let on_device = |ifindex| move |offload: Offload| offload.ifindex == ifindex;
    match packet {
        Some(offload) => {
            if !policies.any(|policy| policy.offload.is_some_and(on_device(offload.ifindex))) {
                return Some(Reason::PolicyNotOffloaded);
            }
            let swallowed = direction == Direction::Out && spd.takes_ike(sa.reqid, sa.src, sa.dst);
            (swallowed && !spd.has_ike_bypass(offload.ifindex)).then_some(Reason::BypassMissing)
        }
        None => policies.all(|policy| policy.offload.is_some()).then_some(Reason::SaNotOffloaded),
    }
}

/// A device that went took its policies along: that is told already.
fn is_lost_with_device(tunnel: Slot<Tunnel>, facts: &Facts) -> bool {
    let connection = facts.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection);
    connection.is_some_and(|connection| facts.was_on_lost_device(connection))
}
