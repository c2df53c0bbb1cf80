//! What is said of a tunnel that never received a packet.

use crate::engine::findings::{Fault, Sentences, Whose};

pub(super) const OVER: &str = "a packet came, or nobody expects one any more";

pub(super) fn never_answered(_fault: &Fault, whose: &Whose) -> Sentences {
    let of = whose.text();
    Sentences::of(
        format!(
            "nothing has ever come back through {of}: it sends, and in all its life it has not received one packet"
        ),
        "look at the peer first, whether its counters grow ('ip -s xfrm state', 'cat /proc/net/xfrm_stat'); then for a firewall on the way that drops ESP (IP protocol 50) or, behind a NAT, UDP 4500; then for a NAT that changes what should go into the tunnel; then at the hosts behind the peer, whether their way back leads to it. With an xfrm interface between, 'ip -s -s link show type xfrm' shows in its carrier errors what it dropped. Where nothing should come back: connections: {NAME: {one_way: true}} in swanwatch.yaml",
    )
}

pub(super) fn counted(name: &str, packets: u64, minutes: u64) -> String {
    format!("{name}: {packets} packets were sent in {minutes} minutes, and none was ever received")
}

pub(super) fn interface(if_id: u32) -> String {
    format!(
        "its SAs have if_id {if_id}: what comes out of them goes through the xfrm interface of that number, which counts what it drops (tx_carrier_errors, rx_errors)"
    )
}
