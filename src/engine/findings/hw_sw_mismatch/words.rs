//! What is said where the counters of a NIC contradict its SAs.

use crate::engine::findings::Sentences;
use crate::model::{Direction, Reason};

pub(super) const OVER: &str = "the counters agree with the SAs again, or nothing is left to measure";

pub(super) fn hw_sw_mismatch(device: &str, direction: Direction, reason: Reason) -> Sentences {
    let (verb, way) = if direction == Direction::In { ("decrypts", "inbound") } else { ("encrypts", "outbound") };
    match reason {
        Reason::NicInstead => Sentences::of(
            format!(
                "{device} {verb} packets of {way} SAs that are not offloaded: its counters grow in step with theirs"
            ),
            format!(
                "'swanwatch sas --device {device}' shows the SAs; a rekey makes new ones, and a reset of the NIC removes its leftovers"
            ),
        ),
        _ => Sentences::of(
            format!(
                "the CPU {verb} packets of {way} SAs that are offloaded to {device}: the counters of {device} stand still while they carry traffic"
            ),
            format!(
                "see that packets leave and arrive by {device} itself ('ip route get ADDRESS'; no bridge, tc or XDP between), that 'ethtool -k {device}' has esp-hw-offload on, and that packets fit its MTU; a rekey makes new SAs, and 'swanwatch remedy {device} --kind evacuate' takes them off {device} for now"
            ),
        ),
    }
}
