//! What is said of offloads that did not come about, or went.

use super::{Told, told, way};
use crate::engine::findings::{Fault, LOOK_AT_REFUSAL};
use crate::model::Reason;

pub(super) fn not_offloaded(fault: &Fault, of: &str, name: &str, device: &str) -> Told {
    let what = format!("{} of {of} is encrypted by the CPU", way(fault.span));
    match (fault.entry, fault.reason) {
        (Some(entry), _) => told(format!("{what}: {}", entry.means_on(device)), entry.cure_for(device)),
        (None, Reason::FellBack) => {
            told(format!("{what}: the kernel refused the offload and the daemon went on without it"), LOOK_AT_REFUSAL)
        }
        _ => told(
            format!("{what}: the kernel did not put it on {device}, and nothing here tells why"),
            format!(
                "look at «ethtool -k {device}» and at the kernel's log; swanwatch explain {name} has the whole story"
            ),
        ),
    }
}
