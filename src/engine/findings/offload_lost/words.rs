//! What is said of a device that took its SAs with it.

use crate::engine::facts::lost_devices::Cause;
use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "every connection that it served has a newer pair";

/// A device took its SAs with it.
pub(super) fn offload_lost(device: &str, cause: Cause, (sas, connections): (u64, u64), rekey: &str) -> Sentences {
    let how = match cause {
        Cause::Down => "was taken down",
        Cause::Removed => "is gone",
    };
    Sentences::of(
        format!(
            "{device} {how}, and the kernel dropped the {sas} SAs that it held ({connections} connections); the daemon does not know"
        ),
        format!(
            "bring the link up and rekey each connection ({rekey}); traffic out does so by itself, traffic in does not"
        ),
    )
}

pub(super) fn are_gone(sas: u64) -> String {
    format!("{sas} SAs are not in the kernel any more, and no XFRM event told so")
}
