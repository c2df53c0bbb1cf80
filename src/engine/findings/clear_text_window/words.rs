//! What is said of selectors without a policy.

use super::{HeldByFence, SelectorCount};
use crate::daemons::Behaviour;
use crate::engine::facts::protection::LostProtection;
use crate::engine::findings::Sentences;
use crate::model::Reason;
use crate::plural::counted;

/// Since when, and of what is held back until when: local times.
pub(super) fn clear_text_window(
    daemon: &Behaviour,
    count: SelectorCount,
    (since, until): (&str, &str),
    reason: Reason,
    by_unit: Option<&str>,
) -> Sentences {
    let how = match (reason, by_unit) {
        (Reason::Flushed, Some(unit)) => format!("flushed by {unit} when the daemon died"),
        (Reason::Flushed, None) => "flushed".to_owned(),
        _ => "deleted".to_owned(),
    };
    let (selectors, have, theirs) = match count.all {
        1 => ("1 selector".to_owned(), "has", "its policy was"),
        all => (format!("{all} selectors"), "have", "their policies were"),
    };
    let fate = match (count.held, count.open()) {
        (0, _) => "traffic leaves unencrypted".to_owned(),
        (_, 0) => format!("traffic is held back by the fence until {until}"),
        (held, open) => format!(
            "traffic of {} leaves unencrypted, that of {held} is held back by the fence until {until}",
            counted(open as u64, "selector")
        ),
    };
    let advice = match (count.held, count.open()) {
        (0, _) => advice(daemon, by_unit),
        (_, 0) => advice_while_held(daemon, by_unit, until),
        _ => advice_for_the_rest(daemon, by_unit),
    };
    Sentences::of(format!("{fate}: {selectors} {have} had no policy since {since}, because {theirs} {how}"), advice)
}

fn sets_anew(daemon: &Behaviour) -> String {
    let install = if daemon.looks_when_told { "install" } else { "installs" };
    format!("{} {install} the policies again", daemon.back_up("NAME"))
}

fn advice(daemon: &Behaviour, by_unit: Option<&str>) -> String {
    match by_unit {
        Some(unit) => format!(
            "it ends when the tunnels come back; to prevent it, drop packets without a policy in nftables ('rt ipsec missing'), or \
             take the flush out of ExecStopPost= ('systemctl edit {unit}')"
        ),
        None => format!(
            "{}; a rule of nftables that drops packets without a policy ('rt ipsec missing') keeps them in",
            sets_anew(daemon)
        ),
    }
}

fn advice_while_held(daemon: &Behaviour, by_unit: Option<&str>, until: &str) -> String {
    match by_unit {
        Some(unit) => format!(
            "it ends when the tunnels come back, which should be before {until}; to keep the policies when the daemon dies, take the \
             flush out of ExecStopPost= ('systemctl edit {unit}')"
        ),
        None => format!("{}: do it before {until}", sets_anew(daemon)),
    }
}

fn advice_for_the_rest(daemon: &Behaviour, by_unit: Option<&str>) -> String {
    match by_unit {
        Some(unit) => format!(
            "it ends when the tunnels come back; selectors that the fence does not hold need an nftables rule of their own ('rt ipsec \
             missing'), or take the flush out of ExecStopPost= ('systemctl edit {unit}')"
        ),
        None => format!(
            "{}; selectors that the fence does not hold need an nftables rule of their own ('rt ipsec missing')",
            sets_anew(daemon)
        ),
    }
}

/// Of how many at most, from when to when: local times.
pub(super) fn over(selectors: usize, given_up: usize, held: HeldByFence, (since, until): (&str, &str)) -> String {
    let given_up = match (given_up, selectors) {
        (0, _) => String::new(),
        (1, 1) => "; it is not expected back: it was taken down on purpose, or its peer has not come back".to_owned(),
        (1, _) => {
            "; 1 of them is not expected back: it was taken down on purpose, or its peer has not come back".to_owned()
        }
        (count, _) => {
            format!(
                "; {count} of them are not expected back: they were taken down on purpose, or their peers have not come back"
            )
        }
    };
    let held = match held {
        HeldByFence::Nothing => "",
        HeldByFence::Part => "; the fence held back a part of the traffic",
        HeldByFence::All => "; the fence held the traffic back",
    };
    let selectors = if selectors == 1 { "1 selector".to_owned() } else { format!("{selectors} selectors") };
    format!("{selectors} had no policy from {since} to {until}{held}{given_up}")
}

/// A selector that is affected, among others that are not held back.
pub(super) fn held(selector: &str) -> String {
    format!("{selector} (held back by the fence)")
}

/// What the fence does, by its elements as they were set.
pub(super) fn fence(count: SelectorCount, until: &str) -> String {
    match (count.held, count.open()) {
        (0, _) => {
            "the fence does not hold this traffic back any more: its elements have expired or were removed".to_owned()
        }
        (_, 0) => format!("the fence covers all of it until {until}"),
        (held, _) => format!("the fence covers {held} of {} selectors until {until}", count.all),
    }
}

pub(super) fn lost(lost: &LostProtection) -> String {
    match (lost.reason, lost.policies.first()) {
        (Reason::Deleted, Some(policy)) => format!("the policy {} was deleted", policy.id),
        _ => format!("the kernel flushed all policies; {} of them protected outbound traffic", lost.policies.len()),
    }
}
