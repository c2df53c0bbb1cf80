//! What is said of a tunnel that drops some of what comes.

use crate::engine::findings::{Fault, Sentences, Whose};
use crate::model::Code;

pub(super) const OVER: &str = "not so in three windows, or nothing is left to judge";

pub(super) fn tunnel_drops(fault: &Fault, whose: &Whose) -> Sentences {
    let of = whose.text();
    match fault.code {
        Code::AuthFailures => Sentences::of(
            format!("some packets that arrive for {of} fail their integrity check and are dropped, while others pass"),
            format!(
                "damaged on the way, sent by a stranger, or by a peer whose NIC or kernel encrypts wrongly: compare with the peer's offload off for this connection ({})",
                whose.daemon.no_offload()
            ),
        ),
        _ => Sentences::of(
            format!("some packets that arrive for {of} are refused by the replay window, while others pass"),
            "packets come twice or far out of order: look for a duplicating path, a bond or QoS that reorders; replay-window=NUMBER makes the window wider, up to what the NIC takes",
        ),
    }
}
