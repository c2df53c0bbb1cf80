//! What is said of a device that drops.

use crate::daemons::Behaviour;
use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "not seen in three measurements in a row, or nothing is left to measure";

pub(super) fn nic_drops(daemon: &Behaviour, device: &str) -> Sentences {
    Sentences::of(
        format!("{device} drops packets of its offloaded SAs"),
        format!(
            "'ethtool -S {device}' shows which counter grows, the evidence how fast; a rekey makes new SAs for the connections on it, {} takes them off the NIC, and 'swanwatch remedy {device} --kind evacuate' takes those in crypto mode off it now",
            daemon.no_offload()
        ),
    )
}
