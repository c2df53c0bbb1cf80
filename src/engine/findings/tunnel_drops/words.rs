//! What is said of a tunnel that drops some of what comes.

use crate::daemons::Advice;
use crate::engine::findings::{Fault, Sentences, Whose};
use crate::model::Code;

pub(super) const OVER: &str = "not seen in three measurements in a row, or nothing is left to measure";

pub(super) fn tunnel_drops(fault: &Fault, whose: &Whose) -> Sentences {
    let of = whose.text();
    match fault.code {
        Code::AuthFailures => Sentences::of(
            format!(
                "some packets that arrive for {of} are dropped, because they fail their integrity check; others pass"
            ),
            format!(
                "they are damaged on the path, sent by a stranger, or encrypted wrongly by the peer's NIC or kernel: compare with the peer's offload off for this connection ({})",
                whose.daemon.no_offload()
            ),
        ),
        _ => Sentences::of(
            format!("some packets that arrive for {of} are dropped by the replay window; others pass"),
            format!(
                "packets arrive twice or far out of order: look for a path that duplicates, or a bond or QoS that reorders; {} widens the window, up to what the NIC takes",
                whose.daemon.advice(Advice::ReplayWindow("NUMBER"))
            ),
        ),
    }
}
