//! What is said of a device that is dangerous with offload.

use crate::daemons::Behaviour;
use crate::engine::findings::Sentences;
use crate::plural::counted;
use crate::reasons::Entry;

pub(super) const OVER: &str = "no SA is left on the device";

pub(super) fn device_unsafe(daemon: &Behaviour, device: &str, kernel: &str, entry: &Entry) -> Sentences {
    Sentences::of(
        format!("SAs are offloaded to {device} on kernel {kernel}: {}", entry.means_on(device)),
        daemon.cure(entry, device),
    )
}

pub(super) fn held(device: &str, sas: u32, kernel: &str) -> String {
    format!("{device} is a bond and holds {}; the kernel is {kernel}", counted(sas.into(), "offloaded SA"))
}
