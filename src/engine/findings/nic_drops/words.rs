//! What is said of a device that drops.

use crate::daemons::Behaviour;
use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "not so in three windows, or nothing is left to judge";

pub(super) fn nic_drops(daemon: &Behaviour, device: &str) -> Sentences {
    Sentences::of(
        format!("{device} drops packets of its SAs"),
        format!(
            "ethtool -S {device} shows which counter grows, the evidence how fast; a rekey of the connections on it sets their SAs anew, {} takes them off the NIC",
            daemon.no_offload()
        ),
    )
}
