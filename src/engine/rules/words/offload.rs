//! What is said of offloads that did not come about, or went.

use super::{Told, told, way};
use crate::engine::findings::Fault;
use crate::engine::rules::offload_lost::Cause;
use crate::errno;
use crate::model::{Code, OffloadTry, Reason};
use crate::reasons::Entry;

pub(super) fn not_offloaded(fault: &Fault, of: &str, name: &str, device: &str) -> Told {
    let what = format!("{} of {of} is encrypted by the CPU", way(fault.span));
    match (fault.entry, fault.reason) {
        (Some(entry), _) => told(format!("{what}: {}", entry.means_on(device)), entry.cure_for(device)),
        (None, Reason::FellBack) => {
            told(format!("{what}: the kernel refused the offload and the daemon went on without it"), REFUSED)
        }
        _ => told(
            format!("{what}: the kernel did not put it on {device}, and nothing here tells why"),
            format!(
                "look at «ethtool -k {device}» and at the kernel's log; swanwatch explain {name} has the whole story"
            ),
        ),
    }
}

/// Where nothing tells why the kernel refused.
const REFUSED: &str = "the kernel's refusal is in the evidence; swanwatch probe DEVICE shows what the NIC takes: make the proposal one of \
these (many know no ESN: esn=no, and only AES-GCM with a 16 byte ICV: esp=aes_gcm), or write nic-offload=no";

/// The kernel refused an SA.
pub fn refused(
    code: Code,
    name: &str,
    errno: u32,
    (device, entry): (Option<&str>, Option<&Entry>),
    attempts: u64,
) -> Told {
    let error = errno::words(errno);
    let attempts = if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
    if code == Code::OffloadRejected {
        let device = device.unwrap_or("the NIC");
        let what = format!("the kernel refused to offload an SA of {name} to {device}");
        return match entry {
            Some(entry) => told(
                format!("{what}: {} ({error}); the connection does not come up", entry.means_on(device)),
                entry.cure_for(device),
            ),
            None => told(format!("{what}: {error}; the connection does not come up"), REFUSED),
        };
    }
    told(
        format!("the kernel refused to add an SA of {name}: {error}; the connection does not come up ({attempts})"),
        "the cause is not known to be the NIC; the daemon's lines are in the evidence, the kernel's log may say more",
    )
}

/// The kernel refused an SA that no line of the daemon speaks of.
pub fn foreign_refused(tried: &OffloadTry, device: &str, entry: Option<&Entry>) -> Told {
    let OffloadTry { process, pid, spi, .. } = tried;
    let error = errno::words(tried.errno);
    let what =
        format!("the kernel refused to offload the SA {spi} to {device}, which {process} (process {pid}) asked for");
    match entry {
        Some(entry) => told(format!("{what}: {} ({error})", entry.means_on(device)), entry.cure_for(device)),
        None => told(format!("{what}: {error}"), REFUSED),
    }
}

/// A device refuses what it took before.
pub fn full(device: &str, held: u32, connections: usize) -> Told {
    let whose = match connections {
        0 => "an SA".to_owned(),
        1 => "an SA of one connection".to_owned(),
        more => format!("SAs of {more} connections"),
    };
    told(
        format!(
            "{device} holds {held} SAs and refused {whose}, though it took the like before: its table is full, or its hash table has no place for this one"
        ),
        "write nic-offload=no for the connections that need the NIC least, so that the others keep their place; libreswan 4 gives up the whole IKE SA, with every tunnel on it, when an SA is refused",
    )
}

/// A device took its SAs with it.
pub fn offload_lost(device: &str, cause: Cause, (sas, connections): (u64, u64), rekey: &str) -> Told {
    let how = match cause {
        Cause::Down => "was taken down",
        Cause::Removed => "is gone",
    };
    told(
        format!(
            "{device} {how}, and the kernel dropped the {sas} SAs that it held ({connections} connections); the daemon does not know"
        ),
        format!(
            "bring the link up and rekey each connection ({rekey}); traffic out does so by itself, traffic in does not"
        ),
    )
}
