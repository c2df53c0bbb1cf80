//! What is said of a tunnel that did not come back with the daemon.

use crate::daemons::{Advice, Behaviour};
use crate::engine::facts::down::WhyDown;
use crate::engine::findings::Sentences;
use crate::model::SilentAt;

pub(super) const OVER: &str = "a pair of SAs has been up for 5 s";

/// It was up, and is not; `unloaded`: the daemon does not know it.
pub(super) fn tunnel_not_restored(daemon: &Behaviour, name: &str, why: Option<WhyDown>, unloaded: bool) -> Sentences {
    let initiate =
        format!("'{}' brings it up; {}", daemon.advice(Advice::Initiate(name)), daemon.advice(Advice::HowToShow));
    let (why, advice) = match why {
        _ if unloaded => (
            "the daemon has not loaded it",
            format!(
                "'{}' loads it, and '{}' brings it up",
                daemon.advice(Advice::Load(name)),
                daemon.advice(Advice::BringUp(name))
            ),
        ),
        Some(WhyDown::PeerRefused | WhyDown::Silent(SilentAt::QuickMode)) => {
            ("the peer refuses it", "look at the peer's log: it may still hold the old tunnel".to_owned())
        }
        Some(WhyDown::NoAnswer) => (
            "the peer does not answer",
            "see whether UDP ports 500 and 4500 reach the peer, and whether its daemon runs".to_owned(),
        ),
        Some(WhyDown::Authentication | WhyDown::Silent(_) | WhyDown::OwnIdRefused) => (
            "authentication fails",
            "compare the IDs, secrets or certificates of both ends; the daemon's log line is in the evidence"
                .to_owned(),
        ),
        Some(WhyDown::NoProposal | WhyDown::ProposalRefused) => (
            "the two ends have no proposal in common",
            format!("compare {} of both ends", daemon.advice(Advice::Proposed)),
        ),
        Some(WhyDown::AddressGone) => {
            ("its address at this end is gone", format!("bring the address back, then {}", daemon.back_up(name)))
        }
        Some(WhyDown::PeerDeleted) => ("the peer deleted it, and this end does not negotiate it anew", initiate),
        Some(WhyDown::KernelRefused(_)) => ("the kernel refused its SA", initiate),
        Some(WhyDown::EndsUnclear) => ("the daemon cannot tell which of its ends is this host", initiate),
        Some(WhyDown::LostWithIke) => ("the daemon ended its IKE SA, and its SAs with it", initiate),
        None => ("the daemon does not say why", initiate),
    };
    Sentences::of(
        format!("{name} is down: it was up before the daemon died and has not come back with it; {why}"),
        advice,
    )
}

/// When it was up.
pub(super) fn was_up(pid: u32) -> String {
    format!("it was up when process {pid} died")
}

/// The daemon does not know it.
pub(super) fn unloaded_line(name: &str) -> String {
    format!("the daemon does not have {name} loaded")
}
