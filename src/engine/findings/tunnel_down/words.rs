//! What is said of a connection that should be up and is not.

use super::ikev1;
use crate::daemons::{Advice, Behaviour};
use crate::engine::facts::addresses::AddressGone;
use crate::engine::facts::down::Why;
use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "a pair of SAs has been up for 5 s";

pub(super) const NO_PAIR: &str = "the connection should be up, but has no Child SA pair";

/// The daemon said why.
pub(super) fn tunnel_down(daemon: &Behaviour, name: &str, why: Why, notify: Option<&str>) -> Sentences {
    match why {
        Why::Silent(_) | Why::OwnIdRefused => ikev1::words(name, why, notify),
        Why::PeerRefused if notify.is_some_and(ikev1::is_of_ikev1) => ikev1::words(name, why, notify),
        Why::PeerRefused => Sentences::of(
            format!(
                "{name} is down: the peer refused the Child SA{}",
                notify.map(|notify| format!(" with {notify}")).unwrap_or_default()
            ),
            "look at the peer's log: its kernel may have refused the SA (its NIC, ESN), or the selectors of the two ends do not match",
        ),
        Why::NoAnswer => Sentences::of(
            format!("{name} is down: the peer does not answer"),
            "see whether UDP ports 500 and 4500 reach the peer, and whether its daemon runs",
        ),
        Why::Authentication => Sentences::of(
            format!("{name} is down: authentication failed"),
            "compare the IDs, secrets or certificates of both ends; the daemon's log line is in the evidence",
        ),
        Why::NoProposal => Sentences::of(
            format!("{name} is down: the two ends have no proposal in common"),
            "compare ike= and esp= of both ends",
        ),
        Why::LostWithIke => Sentences::of(
            format!("{name} is down: the daemon ended its IKE SA, and its SAs with it"),
            format!("the log line is in the evidence; '{}' brings it up again", daemon.advice(Advice::Initiate(name))),
        ),
        Why::EndsUnclear => Sentences::of(
            format!("{name} is down: the daemon cannot tell which of its ends is this host"),
            format!(
                "both ends' addresses are this host's: correct left= or right=, or take one of the addresses away; then '{}' and '{}'",
                daemon.advice(Advice::Listen),
                daemon.advice(Advice::BringUp(name))
            ),
        ),
        Why::AddressGone => address_gone(daemon, name, None),
    }
}

/// The address at this end is gone, or was.
pub(super) fn address_gone(daemon: &Behaviour, name: &str, gone: Option<AddressGone>) -> Sentences {
    let [listen, up] = [Advice::Listen, Advice::BringUp(name)].map(|advice| daemon.advice(advice));
    let (why, bring_back) = match gone {
        Some(AddressGone::Nowhere(address)) => {
            (format!("its address {address} is on no interface"), "bring the address back, then ")
        }
        Some(AddressGone::Neither(one, other)) => (
            format!("neither {one} nor {other} is on an interface"),
            "one of them has to be this host's: bring it back, or correct left= or right=; then ",
        ),
        Some(AddressGone::NotSeenAgain(address)) => {
            (format!("its address {address} was gone; it is back, but the daemon has not looked since"), "")
        }
        None => ("its address at this end was gone".to_owned(), "where the address is back, "),
    };
    let advice = format!("{bring_back}'{listen}' has the daemon use it again, and '{up}' brings the tunnel up");
    Sentences::of(format!("{name} is down: {why}"), advice)
}

/// The daemon said nothing.
pub(super) fn silent(daemon: &Behaviour, name: &str) -> Sentences {
    Sentences::of(
        format!("{name} is down: it has no Child SA pair, and the daemon does not say why"),
        format!("'{}' shows what happens", daemon.advice(Advice::InitiateAndShow(name))),
    )
}
