//! What is said of an SA and its policies.

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::Sentences;
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
    let rekey = format!("{rekey} sets both anew");
    match reason {
        Reason::PolicyMissing => Sentences::of(
            format!(
                "the {way} SA of {name} stands, but no policy sends packets to it: {}",
                match direction {
                    Direction::Out => "they leave in clear, or not at all",
                    Direction::In => "what arrives is not checked against it",
                }
            ),
            format!("somebody deleted or flushed policies: {rekey}"),
        ),
        Reason::PolicyNotOffloaded => Sentences::of(
            format!(
                "the {way} SA of {name} is on {device} in packet mode, but its policy is not: the kernel does not use the SA"
            ),
            rekey,
        ),
        Reason::BypassMissing => Sentences::of(
            format!(
                "{device} encrypts everything of {name} in packet mode, and no policy lets IKE pass: rekeys and liveness fail"
            ),
            format!("{} has the daemon install its bypass for IKE again", daemon.advice(Advice::Listen)),
        ),
        _ => Sentences::of(
            format!(
                "the {way} policy of {name} is on {device} in packet mode, but its SA is not: the kernel does not use the SA"
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
