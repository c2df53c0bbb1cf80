//! What is said of policies.

use super::{Told, told};
use crate::model::{Direction, RealTime, Reason, RouteQuery};

/// SA and policy disagree.
pub fn policy_mismatch(
    (name, rekey): (&str, &str),
    reason: Reason,
    direction: Direction,
    device: Option<&str>,
) -> Told {
    let way = if direction == Direction::In { "inbound" } else { "outbound" };
    let device = device.unwrap_or("the device");
    let rekey = format!("{rekey} sets both anew");
    match reason {
        Reason::PolicyMissing => told(
            format!(
                "the {way} SA of {name} stands, but no policy sends packets to it: {}",
                match direction {
                    Direction::Out => "they leave in clear, or not at all",
                    Direction::In => "what arrives is not checked against it",
                }
            ),
            format!("somebody deleted or flushed policies: {rekey}"),
        ),
        Reason::PolicyNotOffloaded => told(
            format!(
                "the {way} SA of {name} is on {device} in packet mode, but its policy is not: the kernel does not use the SA"
            ),
            rekey,
        ),
        Reason::BypassMissing => told(
            format!(
                "{device} encrypts everything of {name} in packet mode, and no policy lets IKE pass: rekeys and liveness fail"
            ),
            "ipsec whack --listen has the daemon install its bypass for IKE again",
        ),
        _ => told(
            format!(
                "the {way} policy of {name} is on {device} in packet mode, but its SA is not: the kernel does not use the SA"
            ),
            rekey,
        ),
    }
}

/// Traffic that the NIC should encrypt does not come to it.
pub fn clear_text_route(whose: &str, query: &RouteQuery, by: &str, device: &str) -> Told {
    told(
        format!(
            "what this host sends for {whose} leaves by {by}, and its policy is on {device}: it goes out unencrypted (a newer kernel drops it)"
        ),
        format!(
            "let the route to {} leave by {device} again («ip route get {query}» shows it), or take the tunnel down until it does; a \
             tunnel over {by} needs crypto offload or none",
            query.dst
        ),
    )
}

/// Selectors without a policy.
pub fn clear_text_window(selectors: usize, since: RealTime, reason: Reason, by_unit: Option<&str>) -> Told {
    let how = match (reason, by_unit) {
        (Reason::Flushed, Some(unit)) => format!("were flushed by {unit} as the daemon died"),
        (Reason::Flushed, None) => "were flushed".to_owned(),
        _ => "were deleted".to_owned(),
    };
    let advice = match by_unit {
        Some(unit) => format!(
            "it ends as the tunnels come back; so that it never begins, drop in nftables what has no policy (rt ipsec missing), or take \
             the flush out of ExecStopPost= (systemctl edit {unit})"
        ),
        None => "ipsec whack --listen and ipsec auto --up NAME set policies anew; a rule of nftables that drops what has none (rt ipsec \
                 missing) keeps such packets in"
            .to_owned(),
    };
    told(
        format!("{selectors} selectors have no policy since {since}: theirs {how}, and what they mean leaves in clear"),
        advice,
    )
}

/// From when to when.
pub fn window_over(selectors: usize, given_up: usize, since: RealTime, until: RealTime) -> String {
    let given_up = match given_up {
        0 => String::new(),
        count => format!("; {count} of them are given up: taken down by order, or their peers have not called again"),
    };
    format!("{selectors} selectors had no policy from {since} to {until}{given_up}")
}
