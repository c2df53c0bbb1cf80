//! What is said of an SA and its policies.

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::{Sentences, quoted};
use crate::model::{Direction, KernelPolicy, OffloadMode, Reason, SaId};

pub(super) const OVER: &str = "SA and policy agree again";

pub(super) fn policy_mismatch(
    daemon: &Behaviour,
    (name, rekey): (&str, &str),
    reason: Reason,
    direction: Direction,
    device: Option<&str>,
) -> Sentences {
    let way = if direction == Direction::In { "inbound" } else { "outbound" };
    let device = device.unwrap_or("the device");
    let rekey = format!("{} installs both again", quoted(rekey));
    match reason {
        Reason::PolicyMissing => Sentences::of(
            format!(
                "{way} traffic of {name} {}: the {way} SA is in the kernel, but no policy uses it",
                match direction {
                    Direction::Out => "leaves unencrypted, where no fence, firewall or route stops it",
                    Direction::In => "is not checked against its SA",
                }
            ),
            format!("policies were deleted or flushed: {rekey}"),
        ),
        Reason::PolicyNotOffloaded => Sentences::of(
            format!(
                "the kernel does not use the {way} SA of {name}: the SA is on {device} in packet mode, but its policy is not"
            ),
            rekey,
        ),
        Reason::BypassMissing => Sentences::of(
            format!(
                "rekeys and liveness checks of {name} fail: {device} encrypts everything in packet mode, and no bypass policy lets IKE pass"
            ),
            if daemon.looks_when_told {
                format!("'{}' makes the daemon install its bypass policy for IKE again", daemon.advice(Advice::Listen))
            } else {
                "only a restart of the daemon makes its bypass for IKE again: it belongs to its sockets".to_owned()
            },
        ),
        _ => Sentences::of(
            format!(
                "the kernel does not use the {way} SA of {name}: its policy is on {device} in packet mode, but the SA is not"
            ),
            rekey,
        ),
    }
}

/// `offload`: the mode, and the device.
pub(super) fn sa(id: &SaId, reqid: u32, offload: Option<(OffloadMode, String)>) -> String {
    match offload {
        Some((mode, device)) => format!("{id} (reqid {reqid}) has {mode} offload on {device}"),
        None => format!("{id} (reqid {reqid}) is in software"),
    }
}

/// `device`: the one that it is on.
pub(super) fn policy(policy: &KernelPolicy, device: Option<String>) -> String {
    match device {
        Some(device) => format!("policy {} is on {device}", policy.id),
        None => format!("policy {} is in software", policy.id),
    }
}
