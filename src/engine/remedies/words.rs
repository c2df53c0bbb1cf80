//! Every sentence about a remedy, in one place.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Over;
use crate::daemons::{Advice, Behaviour};
use crate::engine::remedies::guard::Hold;
use crate::model::{Failure, OffloadSetting, RemedyKind, RemedyState, StepResult};
use crate::plural::counted;

// --- states

pub fn queued() -> String {
    "swanwatch checks whether it is safe to act now".to_owned()
}

pub fn begins() -> String {
    "swanwatch writes down in state.json what it is about to do".to_owned()
}

/// `until` is local time.
pub fn held(hold: Hold, until: Option<String>) -> String {
    let why = match hold {
        Hold::Busy => "another remedy is at work on it",
        Hold::InFlight => "as many remedies are at work as may be at once",
        Hold::BackOff => "the last try failed, and the next one comes later",
        Hold::CoolDown => "it helped a short while ago, and is not repeated so soon",
        Hold::OfTarget => "its limit of tries in one hour is reached",
        Hold::Pace => "others of its kind have just begun",
        Hold::Hourly => "the limit of remedies of its kind in one hour is reached",
    };
    match (hold, until) {
        (Hold::Busy | Hold::InFlight | Hold::Pace, _) | (_, None) => why.to_owned(),
        (_, Some(until)) => format!("{why}; not before {until}"),
    }
}

pub fn given_up(kind: RemedyKind, failures: u32) -> String {
    let again = if matches!(kind, RemedyKind::Rekey | RemedyKind::Reinstall) {
        "; once the cause is fixed, 'swanwatch remedy' starts again"
    } else {
        ""
    };
    format!("{failures} tries in a row did not help: a person has to look{again}")
}

pub fn advised(by_hand: &str, targets: usize) -> String {
    let more = match targets.checked_sub(1) {
        Some(more @ 1..) => format!(", and so for {more} more"),
        _ => String::new(),
    };
    format!("'act:' in the configuration does not allow it; by hand: {by_hand}{more}")
}

pub fn not_any_more(kind: RemedyKind) -> String {
    format!("'act:' in the configuration does not allow {kind} any more")
}

pub fn no_such_remedy(kind: RemedyKind) -> String {
    format!("this swanwatch has no {kind}")
}

pub fn cannot_be_kept(failure: &Failure) -> String {
    let why = match failure {
        Failure::Timeout => "no answer in time",
        Failure::Error(why) => why.as_str(),
    };
    format!("no remedy acts, because its limits would not outlive a restart: state.json cannot be written ({why})")
}

pub fn probe_refused(why: &str) -> String {
    format!("a rekey cannot help, because an SA of the same kind would be refused now: {why}")
}

pub fn nothing_seen(patience: Duration) -> String {
    format!("no effect of it was seen in the kernel within {} s", patience.as_secs())
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
    format!("{why}, after a try without a visible effect")
}

pub fn was_interrupted(kind: RemedyKind) -> String {
    format!("swanwatch ended while a {kind} was under way")
}

/// Several targets of one finding.
pub fn several(counts: &BTreeMap<RemedyState, usize>, healed: usize, example: Option<(String, &str)>) -> String {
    let mut counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if healed > 0 {
        counts.push(format!("{healed} not needed any more"));
    }
    let example = example.map(|(target, why)| format!("; {target}: {why}")).unwrap_or_default();
    format!("{}{example}", counts.join(", "))
}

// --- rekey

pub const REKEY_PROOF: &str = "a pair with new SPIs is in the kernel, and its counters are read 5 s later";

pub const REKEY_RIGHT_PROOF: &str = "a pair with new SPIs is in the kernel, and the fault is gone a minute later";

pub fn still_wrong() -> String {
    "a new pair is in the kernel, but the fault that it should mend is still there".to_owned()
}

pub fn self_healing() -> String {
    "the daemon has 5 s to make a new pair by itself, as it does at the first packet".to_owned()
}

pub fn daemon_away() -> String {
    "no daemon is running that answers".to_owned()
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
        "{release} would lose the IKE SA and every tunnel on it, because the kernel refused its last SA; the finding about the refusal has the cure"
    )
}

pub fn device_full(release: &str, device: &str) -> String {
    format!(
        "with {release} another refusal would end the IKE SA and every tunnel on it, and {device} refused an SA that it should have taken"
    )
}

pub fn ike_gone() -> String {
    "its IKE SA is gone: the daemon has to bring it up first".to_owned()
}

pub fn told_not_to(daemon: &Behaviour, name: &str) -> String {
    let (no, crypto) = (daemon.no_offload(), daemon.advice(Advice::Offload(OffloadSetting::Crypto)));
    format!("a rekey would ask for the same again, because {name} has {no}: write {crypto} or auto")
}

pub fn feature_off(device: &str) -> String {
    format!(
        "a rekey would change nothing, because esp-hw-offload of {device} is off: 'ethtool -K {device} esp-hw-offload on'"
    )
}

pub fn no_device() -> String {
    "a rekey would change nothing, because no known interface could take the SA".to_owned()
}

pub fn instance_not_alone(release: &str) -> String {
    format!("{release} rekeys all instances of a connection or none: let the peer rekey")
}

pub fn nobody_wants_it() -> String {
    "the connection is not meant to be up: the leftover SA goes when the peer's does".to_owned()
}

pub fn new_pair(serial: u32, out: &str, inn: &str) -> String {
    format!("Child SA #{serial} (out {out}, in {inn}) is in the kernel; its counters are read in 5 s")
}

pub fn new_pair_carries(serial: u32, (sent, received): (u64, u64)) -> String {
    match (sent, received) {
        (0, 0) => format!("Child SA #{serial} is in the kernel; there was no traffic yet"),
        _ => format!("Child SA #{serial} is in the kernel and carries traffic (packets: {sent} out, {received} in)"),
    }
}

pub fn in_software_again() -> String {
    "the new SA does not have the expected offload either".to_owned()
}

// --- reinstall

pub const REINSTALL_PROOF: &str = "the kernel shows both SAs on the NIC, and still does 5 s later";

pub fn half_there() -> String {
    "the kernel does not have both of its SAs".to_owned()
}

pub fn reinstall_required() -> String {
    "let the daemon rekey: offload is required, and a refused SA would be put back in software".to_owned()
}

pub fn reinstall_packet() -> String {
    "let the daemon rekey: in packet offload the NIC counts the sequence numbers, so none can be proved to be unused"
        .to_owned()
}

pub fn reinstall_feature_off(device: &str) -> String {
    format!("esp-hw-offload of {device} is off: 'ethtool -K {device} esp-hw-offload on'")
}

pub fn reinstall_unsafe(device: &str, why: &str) -> String {
    format!("offload on {device} may be dangerous on this kernel: {why}")
}

pub fn reinstall_full(device: &str) -> String {
    format!("{device} refused an SA that it should have taken: it is full")
}

pub fn in_part(why: &str) -> String {
    format!("the outbound SA is on the NIC and stayed there; the inbound one was refused: {why}")
}

pub fn on_the_nic(device: &str) -> String {
    format!("the SAs are back and on {device}; swanwatch looks again in 5 s")
}

pub fn stayed_on_the_nic(device: &str) -> String {
    format!("the SAs are back on {device}, and stayed there")
}

pub fn away_again() -> String {
    "an SA that was put back is not on the NIC any more".to_owned()
}

// --- fence

pub fn fence_stands(text: &str, not_fenced: usize) -> String {
    match not_fenced {
        0 => format!("the fence stands: {text}"),
        _ => format!(
            "the fence stands: {text}; it cannot cover {}, whose packets it cannot know by their addresses: everything (0.0.0.0/0, ::/0), one protocol or port, route-based tunnels, or exceptions",
            counted(not_fenced as u64, "policy")
        ),
    }
}

pub fn fence_fails(result: &StepResult) -> String {
    format!("a daemon's death would let traffic out unencrypted, because the fence is not in place: {result}")
}

// --- requests

pub fn unknown(what: &str) -> String {
    format!("no connection, tunnel or open finding is called '{what}'")
}

pub fn calls_for_none(what: &str) -> String {
    format!("swanwatch has no remedy for {what}")
}

pub fn no_interface(what: &str) -> String {
    format!("no network device is called '{what}': 'evacuate' is of a device, as 'ip link' names it")
}

pub fn only_evacuated() -> String {
    "'--back' and '--leave-packet-mode' belong to '--kind evacuate'".to_owned()
}

pub fn only_rekey(kind: RemedyKind) -> String {
    format!("{kind} cannot be requested by hand for a tunnel")
}

pub fn by_request() -> String {
    "requested by hand".to_owned()
}

pub fn other_way_first(puts_back: bool) -> String {
    let goes_on = if puts_back { "SAs are being put back on it" } else { "SAs are being taken off it" };
    format!("nothing is done: {goes_on} just now; ask again when that is over")
}

pub fn is_running(kind: RemedyKind) -> String {
    format!("a {kind} of it is under way already")
}
