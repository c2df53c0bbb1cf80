//! Texts for gateways with any daemon: `{rekey NAME}` in them stands for what each daemon calls that.

use super::advice::Advice;
use super::dialect::Dialect;
use super::of_kind::{behaviour, dialect};
use crate::model::{DaemonKind, OffloadSetting};

/// The text with every daemon's words in it: those of the first, and behind them, in brackets, what others say for it. What is no placeholder is
/// left as it is.
pub fn in_every_daemons_words(text: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        let Some((place, after)) = from.split_once('}') else { break };
        filled.push_str(before);
        rest = after;
        match (listed(place), words(place)) {
            (Some(list), _) => filled.push_str(&list),
            (None, Some(each)) if before.ends_with('\'') && after.starts_with('\'') => {
                filled.push_str(&quoted(&each));
                rest = after.strip_prefix('\'').unwrap_or(after);
            }
            (None, Some(each)) => filled.push_str(&plain(&each)),
            (None, None) => filled.push_str(&format!("{{{place}}}")),
        }
    }
    filled + rest
}

/// A command, once for each daemon that has another one.
pub fn in_each_daemons_words(command: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for kind in DaemonKind::ALL {
        if let Some(command) = in_words_of(kind, command).filter(|command| !commands.contains(command)) {
            commands.push(command);
        }
    }
    commands
}

/// None where the daemon has no words for something in it.
fn in_words_of(kind: DaemonKind, command: &str) -> Option<String> {
    let mut filled = String::with_capacity(command.len());
    let mut rest = command;
    while let Some((before, from)) = rest.split_once('{') {
        let Some((place, after)) = from.split_once('}') else { break };
        filled.push_str(before);
        let words = listed(place).or_else(|| words_of(kind, place)).unwrap_or_else(|| format!("{{{place}}}"));
        if words.is_empty() {
            return None;
        }
        filled.push_str(&words);
        rest = after;
    }
    Some(filled + rest)
}

/// Of each daemon, what it is called and its words.
type EveryDaemonsWords = Vec<(&'static str, String)>;

/// Behind a quote, and before one.
fn quoted(each: &EveryDaemonsWords) -> String {
    let Some(((_, first), others)) = each.split_first() else { return String::new() };
    // A remark is no part of a command.
    let (command, remark) = match first.split_once(" (") {
        Some((command, remark)) => (command, Some(remark.trim_end_matches(')'))),
        None => (first.as_str(), None),
    };
    let others = others.iter().filter(|(_, words)| words != first);
    let behind: Vec<String> = remark
        .map(str::to_owned)
        .into_iter()
        .chain(others.map(|(daemon, words)| format!("{daemon}: '{words}'")))
        .collect();
    if behind.is_empty() { format!("{command}'") } else { format!("{command}' ({})", behind.join("; ")) }
}

fn plain(each: &EveryDaemonsWords) -> String {
    let Some(((_, first), others)) = each.split_first() else { return String::new() };
    let others = others.iter().filter(|(_, words)| words != first);
    let behind: Vec<String> = others.map(|(daemon, words)| format!("{daemon}: {words}")).collect();
    match (behind.is_empty(), first.strip_suffix(')')) {
        (true, _) => first.clone(),
        (false, Some(remarked)) => format!("{remarked}; {})", behind.join("; ")),
        (false, None) => format!("{first} ({})", behind.join("; ")),
    }
}

/// What stands for every daemon's at once, in one command or sentence.
fn listed(place: &str) -> Option<String> {
    let each = |of: &dyn Fn(&dyn Dialect) -> String, between: &str| {
        let mut each: Vec<String> = DaemonKind::ALL.map(|kind| of(dialect(kind))).to_vec();
        each.dedup();
        each.join(between)
    };
    let processes = |daemon: &dyn Dialect, between| daemon.process_names().join(between);
    let unit = |daemon: &dyn Dialect| {
        daemon.usual_units().first().map_or("", |unit| unit.trim_end_matches(".service")).to_owned()
    };
    match place {
        "process" => Some(each(&|daemon| processes(daemon, " or "), " or ")),
        "processes" => Some(each(&|daemon| processes(daemon, " "), " ")),
        "units" => Some(each(&unit, " ")),
        "unit" => Some(each(&unit, " or ")),
        "of-units" => Some(each(&|daemon| format!("-u {}", unit(daemon)), " ")),
        "configuration" => Some(each(&|daemon| daemon.configuration().to_owned(), " or ")),
        _ => None,
    }
}

/// Of each daemon.
fn words(place: &str) -> Option<EveryDaemonsWords> {
    DaemonKind::ALL.into_iter().map(|kind| Some((kind.for_people(), words_of(kind, place)?))).collect()
}

/// Of one daemon, whatever its version.
fn words_of(kind: DaemonKind, place: &str) -> Option<String> {
    let (what, name) = place.split_once(' ').unwrap_or((place, ""));
    let advice = match what {
        "rekey" => Advice::Rekey(name),
        "initiate" => Advice::Initiate(name),
        "initiate-and-show" => Advice::InitiateAndShow(name),
        "take-down" => Advice::TakeDown(name),
        "take-away" => Advice::TakeAway(name),
        "bring-up" => Advice::BringUp(name),
        "mobike" => Advice::Mobike,
        "unload" => Advice::Unload(name),
        "listen" => Advice::Listen,
        "show-briefly" => Advice::ShowBriefly,
        "show-traffic" => Advice::ShowTraffic,
        "check-configuration" => Advice::CheckConfiguration,
        "no-offload" => Advice::Offload(OffloadSetting::No),
        "crypto-offload" => Advice::Offload(OffloadSetting::Crypto),
        "unique-ids" => Advice::UniqueIds,
        "start-always" => Advice::StartAlways,
        "replay-window" => Advice::ReplayWindow(name),
        "back-up" => return Some(behaviour(kind, None).back_up(name)),
        "log" => return Some(dialect(kind).usual_log().to_owned()),
        "blocks" => return Some(dialect(kind).blocks_clear_text().to_owned()),
        _ => return None,
    };
    Some(dialect(kind).advice(advice, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_placeholder_stays() {
        for text in ["daemon: { kind: auto }", "{unheard of}", "open { at the end", "none"] {
            assert_eq!(in_every_daemons_words(text), text);
            assert_eq!(in_each_daemons_words(text), [text]);
        }
    }

    #[test]
    fn other_daemons_words_stand_behind_those_of_the_first() {
        for (text, filled) in [
            ("'{show-traffic}'.", "'ipsec whack --trafficstatus' (strongSwan: 'swanctl --list-sas')."),
            ("write {no-offload}, or", "write nic-offload=no (strongSwan: hw_offload = no), or"),
            (
                "'{rekey NAME}'",
                "'ipsec whack --rekey-ipsec --name NAME --asynchronous' (libreswan 5: --rekey-child; strongSwan: 'swanctl --rekey --ike IKE --child CHILD')",
            ),
            ("$(pidof {processes})", "$(pidof pluto charon-systemd charon)"),
            ("journalctl {of-units} -e", "journalctl -u ipsec -u strongswan -e"),
            ("in {configuration}", "in ipsec.conf or swanctl.conf"),
        ] {
            assert_eq!(in_every_daemons_words(text), filled);
        }
    }

    #[test]
    fn a_command_is_there_for_each_daemon_that_has_its_own() {
        assert_eq!(in_each_daemons_words("{show-briefly}"), ["ipsec whack --briefstatus", "swanctl --stats"]);
        assert_eq!(in_each_daemons_words("systemctl status {units}"), ["systemctl status ipsec strongswan"]);
        assert_eq!(in_each_daemons_words("{check-configuration}"), ["ipsec addconn --checkconfig"]);
    }
}
