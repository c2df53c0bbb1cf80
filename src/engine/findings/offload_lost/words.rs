//! What is said of a device that took its SAs with it.

use crate::daemons::Behaviour;
use crate::engine::facts::lost_devices::DeviceLossCause;
use crate::engine::findings::{Sentences, quoted};
use crate::plural::{are, counted};

pub(super) const OVER: &str = "every connection that it served has a newer pair of SAs";

/// A device took its SAs with it.
pub(super) fn offload_lost(
    daemon: &Behaviour,
    (device, cause): (&str, DeviceLossCause),
    (sas, connections): (u64, u64),
    rekey: &str,
) -> Sentences {
    let how = match cause {
        DeviceLossCause::Down => "was taken down",
        DeviceLossCause::Removed => "is gone",
    };
    Sentences::of(
        format!(
            "{} of {} on {device} {} gone: the device {how}, and the daemon does not know",
            counted(sas, "SA"),
            counted(connections, "connection"),
            are(sas)
        ),
        format!(
            "bring the link up and rekey each connection ({}); {}",
            quoted(rekey),
            if daemon.heals_at_first_packet {
                "outbound traffic makes the daemon do so, inbound traffic does not"
            } else {
                "the daemon does not do so by itself, whatever traffic there is"
            }
        ),
    )
}

pub(super) fn are_gone(sas: u64) -> String {
    format!("{} {} not in the kernel any more, and no XFRM event said so", counted(sas, "SA"), are(sas))
}
