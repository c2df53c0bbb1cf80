//! Every sentence about an evacuation.

use std::collections::BTreeSet;

use crate::model::RemedyTarget;
use crate::plural::counted;

/// So many names at most stand in a sentence.
const NAMED: usize = 5;

pub(super) fn command(device: &str, more: &str) -> String {
    format!("'swanwatch remedy {} --kind evacuate{more}'", crate::text::shell_word(device))
}

pub(super) fn no_device(target: &RemedyTarget) -> String {
    format!("there is no device {target} any more")
}

pub(super) fn daemon_away() -> String {
    "this kernel takes an SA out for a moment, and the daemon, which alone could replace one that is lost then, does not answer".to_owned()
}

pub(super) fn is_dangerous(device: &str, means: &str) -> String {
    format!("to take SAs off {device} or put them on it is dangerous on this kernel: {means}")
}

pub(super) fn name_the_bond(device: &str, bond: &str) -> String {
    format!("{device} is part of {bond}, and the kernel counts the SAs as that one's: evacuate {bond}")
}

pub(super) fn packet_mode_stops(device: &str, count: u64, names: &BTreeSet<String>) -> String {
    format!(
        "{} in packet mode cannot be taken off {device}{}: the NIC counts their sequence numbers, and when {device} goes down they are lost until the daemon makes new ones; {} leaves them there and takes off the others",
        counted(count, "SA"),
        whose(names),
        command(device, " --leave-packet-mode")
    )
}

/// Of which tunnels, as far as that is known.
fn whose(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let listed = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!(" ({listed} and {more} more)"),
        _ => format!(" ({listed})"),
    }
}

pub(super) fn off_proof(device: &str, (stay, names): (u64, BTreeSet<String>)) -> String {
    let proof = format!("none of them is on {device}, as read from the kernel");
    match stay {
        0 => proof,
        stay => format!(
            "{proof}; {} in packet mode{} stay on it, and are lost when it goes down",
            counted(stay, "SA"),
            whose(&names)
        ),
    }
}

pub(super) fn is_off(device: &str, (off, stay): (u64, u64), in_place: bool) -> String {
    let how = if in_place || off == 0 { "" } else { ", each of them away for a moment" };
    let next = match stay {
        0 => format!("{device} can be taken down now"),
        _ => format!("{} still on it, and lost when it goes down", are(stay)),
    };
    let back = command(device, " --back");
    format!("{} taken off {device}{how}: {next}. {back} puts them back; after an hour that is over by itself", are(off))
}

pub(super) fn still_on(device: &str, count: u64, why: &str) -> String {
    format!("{} still on {device}, and lost when it goes down: {why}", are(count))
}

pub(super) fn back_proof(device: &str) -> String {
    format!(
        "they are on {device}, as read from the kernel; one that the kernel cannot move there in its place is away for some milliseconds, and what comes for it then is lost"
    )
}

pub(super) fn is_back(device: &str, count: u64) -> String {
    format!("{} back on {device}", are(count))
}

pub(super) fn still_off(device: &str, count: u64, why: &str) -> String {
    format!("{} still encrypted by the CPU instead of {device}: {why}", are(count))
}

fn are(count: u64) -> String {
    format!("{} {}", counted(count, "SA"), if count == 1 { "is" } else { "are" })
}

pub(super) fn is_not_evacuated(device: &str) -> String {
    format!("{device} is not evacuated, so that there is nothing to put back")
}

pub(super) fn is_down(device: &str) -> String {
    format!("{device} is down: 'ip link set {} up' comes first", crate::text::shell_word(device))
}

pub(super) fn newcomers(device: &str) -> String {
    format!("there are SAs on {device}, which is evacuated")
}

pub(super) fn goes_on_back(device: &str) -> String {
    format!("swanwatch ended while SAs were put back on {device}, and goes on")
}

pub(super) fn is_over(device: &str) -> String {
    format!("the evacuation of {device} is over")
}

pub(super) fn time_is_over(device: &str) -> String {
    format!("the evacuation of {device} is over after an hour: what is in software still is a finding again")
}

pub(super) fn device_is_gone(device: &str) -> String {
    format!("the evacuation of {device} is over: the device is gone")
}
