//! What is said of traffic that waits in vain.

use std::net::IpAddr;

use crate::engine::findings::Sentences;
use crate::model::Selector;

pub(super) const OVER: &str = "a pair of SAs came up";
pub(super) const QUIET: &str = "no traffic has waited for an SA for 10 minutes";

pub(super) fn acquire_unanswered(name: &str, dst: IpAddr) -> Sentences {
    Sentences::of(
        format!("packets to {dst} were dropped: they needed an SA of {name}, and none came"),
        "see whether the peer answers IKE: the daemon's log shows how far the negotiation came",
    )
}

pub(super) fn expired(packet: &Selector) -> String {
    format!("traffic from {} to {} asked for an SA, and the request expired without an answer", packet.src, packet.dst)
}
