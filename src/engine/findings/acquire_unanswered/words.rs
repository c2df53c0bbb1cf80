//! What is said of traffic that waits in vain.

use std::net::IpAddr;

use crate::engine::findings::Sentences;
use crate::model::Selector;

pub(super) const OVER: &str = "a pair of SAs came";
pub(super) const QUIET: &str = "no traffic has asked in vain for 10 minutes";

pub(super) fn acquire_unanswered(name: &str, dst: IpAddr) -> Sentences {
    Sentences::of(
        format!("traffic to {dst} asked for an SA of {name}, and none came; its packets were dropped"),
        "see whether the peer answers IKE: the daemon's log tells how far the negotiation came",
    )
}

pub(super) fn expired(packet: &Selector) -> String {
    format!("an SA for {} to {} was asked for by traffic and expired without an answer", packet.src, packet.dst)
}
