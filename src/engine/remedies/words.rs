//! Every sentence about a remedy, in one place.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Over;
use crate::daemons::{Advice, Behaviour};
use crate::engine::remedies::guard::Hold;
use crate::model::{Failure, OffloadSetting, RealTime, RemedyKind, RemedyState, StepResult};

// --- states

pub fn queued() -> String {
    "it is looked at whether the time is right".to_owned()
}

pub fn begins() -> String {
    "what is about to be done is written to state.json first".to_owned()
}

pub fn held(hold: Hold, until: Option<RealTime>) -> String {
    let why = match hold {
        Hold::Busy => "another remedy is at work on it",
        Hold::InFlight => "as many are at work as may be at once",
        Hold::BackOff => "it failed a short while ago, and is tried again later",
        Hold::CoolDown => "it helped a short while ago, and is not done again so soon",
        Hold::OfTarget => "it was tried as often as it may be in an hour",
        Hold::Pace => "others of its kind have just begun",
        Hold::Hourly => "as many of its kind began in the last hour as may begin",
    };
    match (hold, until) {
        (Hold::Busy | Hold::InFlight | Hold::Pace, _) | (_, None) => why.to_owned(),
        (_, Some(until)) => format!("{why}; not before {until:.0}"),
    }
}

pub fn given_up(kind: RemedyKind, failures: u32) -> String {
    let again = if matches!(kind, RemedyKind::Rekey | RemedyKind::Reinstall) {
        "; «swanwatch remedy» begins anew once the cause is found"
    } else {
        ""
    };
    format!("{failures} tries in a row did not help: somebody has to look{again}")
}

pub fn advised(kind: RemedyKind, by_hand: &str, targets: usize) -> String {
    let more = match targets.checked_sub(1) {
        Some(more @ 1..) => format!(", and so for {more} more"),
        _ => String::new(),
    };
    format!("{kind} is not in act:; by hand: {by_hand}{more}")
}

pub fn not_any_more(kind: RemedyKind) -> String {
    format!("{kind} is not in act: any more")
}

pub fn no_such_remedy(kind: RemedyKind) -> String {
    format!("this swanwatch has no {kind}")
}

pub fn cannot_be_kept(failure: &Failure) -> String {
    let why = match failure {
        Failure::Timeout => "no answer in time",
        Failure::Error(why) => why.as_str(),
    };
    format!("state.json cannot be written ({why}): a remedy whose limits would not outlive a restart does not act")
}

pub fn probe_refused(why: &str) -> String {
    format!("an SA of the same kind is not taken now, so a rekey cannot help: {why}")
}

pub fn nothing_seen(patience: Duration) -> String {
    format!("nothing of it was seen in the kernel within {} s", patience.as_secs())
}

/// What was wrong is over; `by` is another remedy whose work it was.
pub fn over(over: Over, by: Option<&str>) -> String {
    let healed = by.map_or_else(|| "healed by itself".to_owned(), |by| format!("healed by the {by}"));
    match over {
        Over::Healed => healed,
        Over::DaemonIsBack => format!("{healed}: the daemon is back"),
        Over::DaemonAnswers => format!("{healed}: the daemon answers again"),
        Over::DaemonIsGone => "not needed any more: the daemon is gone, and has to come back first".to_owned(),
        Over::TunnelGone => "not needed any more: the daemon has given the tunnel up".to_owned(),
    }
}

pub fn after_a_try(why: &str) -> String {
    format!("{why}, after a try that was not seen to help")
}

pub fn was_interrupted(kind: RemedyKind) -> String {
    format!("swanwatch ended while a {kind} was under way")
}

/// Several targets of one finding.
pub fn several(counts: &BTreeMap<RemedyState, usize>, healed: usize, example: Option<(String, &str)>) -> String {
    let mut counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if healed > 0 {
        counts.push(format!("{healed} over without it"));
    }
    let example = example.map(|(target, why)| format!("; {target}: {why}")).unwrap_or_default();
    format!("{}{example}", counts.join(", "))
}

// --- rekey

pub const REKEY_PROOF: &str = "a pair with new SPIs is in the kernel, and what it carries is read 5 s later";

pub const REKEY_RIGHT_PROOF: &str = "a pair with new SPIs is in the kernel, and a minute later what it is for is right";

pub fn still_wrong() -> String {
    "a new pair is in the kernel, and what it was made for is as wrong as before".to_owned()
}

pub fn self_healing() -> String {
    "the daemon has 5 s to make a new pair by itself, as it does at the first packet".to_owned()
}

pub fn daemon_away() -> String {
    "no daemon runs that answers".to_owned()
}

pub fn negotiates() -> String {
    "a negotiation of the connection is under way".to_owned()
}

pub fn not_loaded() -> String {
    "the daemon has no connection of this name loaded".to_owned()
}

pub fn address_away(address: std::net::IpAddr) -> String {
    format!("its local address {address} is on no interface")
}

pub fn link_down(device: &str) -> String {
    format!("{device}, which has its local address, is down or has no carrier")
}

pub fn refused_before(release: &str) -> String {
    format!(
        "the kernel refused its last SA: {release} would lose the IKE SA and every tunnel on it; the cure is in the finding about the refusal"
    )
}

pub fn device_full(release: &str, device: &str) -> String {
    format!(
        "{device} refused an SA that it should have taken: with {release} another refusal would end the IKE SA and every tunnel on it"
    )
}

pub fn ike_gone() -> String {
    "its IKE SA is gone: the daemon has to bring it up first".to_owned()
}

pub fn told_not_to(daemon: &Behaviour, name: &str) -> String {
    let (no, crypto) = (daemon.no_offload(), daemon.advice(Advice::Offload(OffloadSetting::Crypto)));
    format!("the daemon was told {no} for {name}, and a rekey asks the same again: write {crypto} or auto")
}

pub fn feature_off(device: &str) -> String {
    format!("esp-hw-offload of {device} is off, and a rekey asks the same again: ethtool -K {device} esp-hw-offload on")
}

pub fn no_device() -> String {
    "no interface is known that could take it: a rekey asks the same again".to_owned()
}

pub fn instance_not_alone(release: &str) -> String {
    format!("{release} rekeys all instances of a connection or none: let the peer rekey")
}

pub fn nobody_wants_it() -> String {
    "nobody asked for the connection to be up: the half that is left goes with its peer".to_owned()
}

pub fn new_pair(serial: u32, out: &str, inn: &str) -> String {
    format!("Child SA #{serial} (out {out}, in {inn}) is in the kernel; what it carries is read in 5 s")
}

pub fn new_pair_carries(serial: u32, (sent, received): (u64, u64)) -> String {
    match (sent, received) {
        (0, 0) => format!("Child SA #{serial} is in the kernel; nothing was to be carried yet"),
        _ => format!("Child SA #{serial} is in the kernel and carries: {sent} packets out, {received} in"),
    }
}

pub fn in_software_again() -> String {
    "the new SA does not have the offload that it should have either".to_owned()
}

// --- reinstall

pub const REINSTALL_PROOF: &str = "the kernel shows both SAs on the NIC, and still does 5 s later";

pub fn half_there() -> String {
    "the kernel has not both of its SAs".to_owned()
}

pub fn reinstall_required() -> String {
    "offload is required: what a NIC refuses would be put back in software. Let the daemon rekey".to_owned()
}

pub fn reinstall_packet() -> String {
    "packet offload is wanted, in which the NIC counts the sequence numbers: none can be proved to be unused. Let the daemon rekey"
        .to_owned()
}

pub fn reinstall_feature_off(device: &str) -> String {
    format!("esp-hw-offload of {device} is off: ethtool -K {device} esp-hw-offload on")
}

pub fn reinstall_unsafe(device: &str, why: &str) -> String {
    format!("offload on {device} is dangerous on this kernel: {why}")
}

pub fn reinstall_full(device: &str) -> String {
    format!("{device} refused an SA that it should have taken: it is full")
}

pub fn in_part(why: &str) -> String {
    format!("the outbound SA is on the NIC and stayed there; the inbound one was refused: {why}")
}

pub fn on_the_nic(device: &str) -> String {
    format!("what was put back is on {device}; it is looked at again in 5 s")
}

pub fn stayed_on_the_nic(device: &str) -> String {
    format!("what was put back is on {device}, and stayed there")
}

pub fn away_again() -> String {
    "an SA that was put back is not on the NIC any more".to_owned()
}

// --- fence

pub fn fence_stands(text: &str, not_fenced: usize) -> String {
    match not_fenced {
        0 => format!("the fence stands: {text}"),
        _ => format!(
            "the fence stands: {text}; {not_fenced} policies have packets that it cannot know by their addresses: of everything (0.0.0.0/0, ::/0), of one protocol or port, of route-based tunnels, or with exceptions"
        ),
    }
}

pub fn fence_fails(result: &StepResult) -> String {
    format!("the fence does not stand as it should, so that a daemon's death lets traffic out in clear: {result}")
}

// --- requests

pub fn unknown(what: &str) -> String {
    format!("no connection, tunnel or open finding is called «{what}»")
}

pub fn calls_for_none(what: &str) -> String {
    format!("swanwatch has no remedy for {what}")
}

pub fn only_rekey(kind: RemedyKind) -> String {
    format!("{kind} cannot be asked for by hand for a tunnel")
}

pub fn by_request() -> String {
    "a person asked for it".to_owned()
}

pub fn is_running(kind: RemedyKind) -> String {
    format!("a {kind} of it is under way already")
}
