//! What is said where the counters of a NIC contradict its SAs.

use crate::engine::findings::Sentences;
use crate::model::{Direction, Reason};

pub(super) const OVER: &str = "the counters agree with the SAs again, or nothing is left to judge";

pub(super) fn hw_sw_mismatch(device: &str, direction: Direction, reason: Reason) -> Sentences {
    let (verb, way) = if direction == Direction::In { ("decrypts", "inbound") } else { ("encrypts", "outbound") };
    match reason {
        Reason::NicInstead => Sentences::of(
            format!(
                "{device} {verb} what {way} SAs carry that claim no offload: its counters grow in step with theirs"
            ),
            format!(
                "swanwatch sas --device {device} shows the SAs; a rekey sets them anew, and a reset of the NIC drops what it holds beyond them"
            ),
        ),
        _ => Sentences::of(
            format!(
                "{way} SAs claim to be offloaded to {device}, but the CPU {verb}: its counters stand still while they carry traffic"
            ),
            format!(
                "see that packets leave and arrive by {device} itself (ip route get; no bridge, tc or XDP between), that «ethtool -k {device}» has esp-hw-offload on, and that packets fit its MTU; a rekey sets the SAs anew"
            ),
        ),
    }
}
