//! What is said of selectors without a policy.

use crate::engine::facts::protection::Lost;
use crate::engine::findings::Sentences;
use crate::model::{RealTime, Reason};

pub(super) fn clear_text_window(selectors: usize, since: RealTime, reason: Reason, by_unit: Option<&str>) -> Sentences {
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
    Sentences::of(
        format!("{selectors} selectors have no policy since {since}: theirs {how}, and what they mean leaves in clear"),
        advice,
    )
}

/// From when to when.
pub(super) fn over(selectors: usize, given_up: usize, since: RealTime, until: RealTime) -> String {
    let given_up = match given_up {
        0 => String::new(),
        count => format!("; {count} of them are given up: taken down by order, or their peers have not called again"),
    };
    format!("{selectors} selectors had no policy from {since} to {until}{given_up}")
}

pub(super) fn lost(lost: &Lost) -> String {
    match (lost.reason, lost.policies.first()) {
        (Reason::Deleted, Some(policy)) => format!("the policy {} was deleted", policy.id),
        _ => format!("the kernel flushed all policies; {} of them protected what leaves", lost.policies.len()),
    }
}
