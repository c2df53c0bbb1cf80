//! What is said of a connection that should be up and is not.

use super::{ikev1, notify};
use crate::daemons::{Advice, Behaviour};
use crate::engine::facts::addresses::AddressGone;
use crate::engine::facts::down::WhyDown;
use crate::engine::findings::Sentences;
use crate::model::Reason;

pub(super) const OVER: &str = "a pair of SAs has been up for 5 s";

pub(super) const NOT_WANTED: &str = "it was taken down, or is not to be up any more";

pub(super) const TOLD_WITH_OTHERS: &str = "the same befell other tunnels, and it is told with them";

/// So much of a line of the log stands in a sentence; the evidence has all of it.
const QUOTED: usize = 160;

pub(super) const NO_PAIR: &str = "the connection should be up, but has no Child SA pair";

/// The daemon said why.
pub(super) fn tunnel_down(
    daemon: &Behaviour,
    (name, all_are): (&str, &str),
    why: WhyDown,
    notify: Option<&str>,
) -> Sentences {
    match why {
        WhyDown::Silent(_) | WhyDown::OwnIdRefused => ikev1::words(name, why, notify),
        WhyDown::PeerRefused if notify.is_some_and(ikev1::is_of_ikev1) => ikev1::words(name, why, notify),
        WhyDown::PeerRefused => {
            notify.and_then(|notify| notify::words(name, notify)).unwrap_or_else(|| peer_refused(name, notify))
        }
        WhyDown::NoAnswer => Sentences::of(
            format!("{all_are} down: the peer does not answer"),
            "see whether UDP ports 500 and 4500 reach the peer, and whether its daemon runs",
        ),
        WhyDown::Authentication => Sentences::of(
            format!("{name} is down: authentication failed"),
            "compare the IDs, secrets or certificates of both ends; the daemon's log line is in the evidence",
        ),
        // Of a Child SA that never was there: which of both, only the peer knows.
        WhyDown::NoProposal if notify.is_some() => Sentences::of(
            format!(
                "{name} is down: the peer refused the Child SA with {}: the two ends have no proposal in common, or its kernel refused the SA",
                notify.unwrap_or_default()
            ),
            format!(
                "compare {} of both ends; where they agree, the peer's log tells what its kernel refused (its NIC, ESN)",
                daemon.advice(Advice::Proposed)
            ),
        ),
        WhyDown::NoProposal => Sentences::of(
            format!("{name} is down: the two ends have no proposal in common"),
            format!("compare {} of both ends", daemon.advice(Advice::Proposed)),
        ),
        WhyDown::LostWithIke => Sentences::of(
            format!("{all_are} down: the daemon ended its IKE SA, and its SAs with it"),
            format!("the log line is in the evidence; '{}' brings it up again", daemon.advice(Advice::Initiate(name))),
        ),
        WhyDown::EndsUnclear => Sentences::of(
            format!("{name} is down: the daemon cannot tell which of its ends is this host"),
            format!(
                "both ends' addresses are this host's: correct {}, or take one of the addresses away; then {}",
                daemon.advice(Advice::Ends),
                daemon.back_up(name)
            ),
        ),
        WhyDown::AddressGone => address_gone(daemon, (name, all_are), None),
        WhyDown::PeerDeleted => Sentences::of(
            format!("{name} is down: the peer deleted it, and this end does not negotiate it anew"),
            format!(
                "the peer's log tells why (a lifetime, an operator, other settings); '{}' brings it up again",
                daemon.advice(Advice::Initiate(name))
            ),
        ),
        WhyDown::KernelRefused(reason) => Sentences::of(
            match reason {
                Reason::Unknown => format!("{name} is down: the kernel refused its SA, and it was not tried again"),
                reason => format!("{name} is down: the kernel refused its SA ({reason}), and it was not tried again"),
            },
            format!(
                "the daemon's log line is in the evidence; '{}' tries it again",
                daemon.advice(Advice::Initiate(name))
            ),
        ),
    }
}

fn peer_refused(name: &str, notify: Option<&str>) -> Sentences {
    let what = match notify {
        Some(notify) => format!("the peer refused the Child SA with {notify}"),
        None => "the peer set up no Child SA".to_owned(),
    };
    Sentences::of(
        format!("{name} is down: {what}"),
        "look at the peer's log: its kernel may have refused the SA (its NIC, ESN), or the selectors of the two ends do not match",
    )
}

/// Of whom it is told: the first of so many that are down for one cause.
pub(super) fn all_are(first: &str, count: usize) -> String {
    match count {
        0 | 1 => format!("{first} is"),
        2 => format!("{first} and 1 other connection are"),
        count => format!("{first} and {} other connections are", count - 1),
    }
}

/// The one under whose name they were told is up, or wanted no more.
pub(super) fn still_down(name: &str) -> String {
    format!("told with {name} before, which is not down any more")
}

/// The address at this end is gone, or was.
pub(super) fn address_gone(daemon: &Behaviour, (name, all_are): (&str, &str), gone: Option<AddressGone>) -> Sentences {
    let [listen, up] = [Advice::Listen, Advice::BringUp(name)].map(|advice| daemon.advice(advice));
    let (why, bring_back) = match gone {
        Some(AddressGone::Nowhere(address)) => {
            (format!("its address {address} is on no interface"), "bring the address back, then ".to_owned())
        }
        Some(AddressGone::Neither(one, other)) => (
            format!("neither {one} nor {other} is on an interface"),
            format!(
                "one of them has to be this host's: bring it back, or correct {}; then ",
                daemon.advice(Advice::Ends)
            ),
        ),
        Some(AddressGone::NotSeenAgain(address)) => {
            (format!("its address {address} was gone; it is back, but the daemon has not looked since"), String::new())
        }
        Some(AddressGone::Back(address)) => (format!("its address {address} was gone"), String::new()),
        None => ("its address at this end was gone".to_owned(), "where the address is back, ".to_owned()),
    };
    let advice = if daemon.looks_when_told {
        format!("{bring_back}'{listen}' has the daemon use it again, and '{up}' brings the tunnel up")
    } else {
        format!("{bring_back}'{up}' brings the tunnel up")
    };
    Sentences::of(format!("{all_are} down: {why}"), advice)
}

/// The daemon said something, and nothing of it decides.
pub(super) fn quoted(daemon: &Behaviour, name: &str, line: &str) -> Sentences {
    let message = line.split_once(": ").map_or(line, |(_, message)| message);
    let mut short: String = message.chars().take(QUOTED).collect();
    if short.len() < message.len() {
        short.push('\u{2026}');
    }
    Sentences::of(
        format!("{name} is down: it has no Child SA pair; the last that the daemon said of it is: {short}"),
        format!("'{}' shows what happens; its log has the rest", daemon.advice(Advice::InitiateAndShow(name))),
    )
}

/// The same of so many of a connection's pairs of subnets, of so many that should be up.
pub(super) fn of_pairs(sentences: Sentences, name: &str, (down, wanted): (usize, usize)) -> Sentences {
    let Sentences { summary, advice } = sentences;
    let whose = format!("{name} is down: ");
    let why = summary.strip_prefix(&whose).unwrap_or(&summary);
    Sentences::of(format!("{down} of the {wanted} tunnels of {name} are down: {why}"), advice)
}

/// The daemon said nothing, or nobody can read what it said.
pub(super) fn silent(daemon: &Behaviour, name: &str, log_tells: bool) -> Sentences {
    let shows = format!("'{}' shows what happens", daemon.advice(Advice::InitiateAndShow(name)));
    if log_tells {
        return Sentences::of(
            format!("{name} is down: it has no Child SA pair, and the daemon does not say why"),
            shows,
        );
    }
    Sentences::of(
        format!("{name} is down: it has no Child SA pair; why is not known, as no line of the daemon's log is"),
        format!("{shows}; 'swanwatch status' says what is wrong with the log"),
    )
}
