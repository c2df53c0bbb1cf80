//! Texts for gateways with any daemon: `{rekey NAME}` in them stands for what each daemon calls that.

use super::advice::Advice;
use super::of_kind::dialect;
use crate::model::{DaemonKind, OffloadSetting};

/// The text with every daemon's words in it. What is no placeholder is left as it is.
pub fn in_every_daemons_words(text: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        let Some((place, after)) = from.split_once('}') else { break };
        filled.push_str(before);
        match words(place) {
            Some(each) if before.ends_with('\'') && after.starts_with('\'') => {
                // A remark is no part of a command.
                let quoted = |words: &String| match words.split_once(" (") {
                    Some((command, remark)) => format!("{command}' ({remark}"),
                    None => format!("{words}'"),
                };
                filled.push_str(&each.iter().map(quoted).collect::<Vec<_>>().join(" or '"));
                rest = after.strip_prefix('\'').unwrap_or(after);
                continue;
            }
            // A remark in brackets is none within brackets.
            Some(each) if before.ends_with('(') => {
                filled.push_str(each.join(" or ").replace(" (", "; ").trim_end_matches(')'));
            }
            Some(each) => filled.push_str(&each.join(" or ")),
            None => filled.push_str(&format!("{{{place}}}")),
        }
        rest = after;
    }
    filled + rest
}

/// Of each daemon.
fn words(place: &str) -> Option<Vec<String>> {
    DaemonKind::ALL.into_iter().map(|kind| words_of(kind, place)).collect()
}

/// Of one daemon, whatever its version.
fn words_of(kind: DaemonKind, place: &str) -> Option<String> {
    let (what, name) = place.split_once(' ').unwrap_or((place, ""));
    let dialect = dialect(kind);
    let advice = match what {
        "process" => return Some(dialect.process_name().to_owned()),
        "configuration" => return Some(dialect.configuration().to_owned()),
        "program" => return Some(dialect.talk().program().to_owned()),
        "rekey" => Advice::Rekey(name),
        "initiate" => Advice::Initiate(name),
        "initiate-and-show" => Advice::InitiateAndShow(name),
        "take-down" => Advice::TakeDown(name),
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
        _ => return None,
    };
    Some(dialect.advice(advice, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_placeholder_stays() {
        for text in ["daemon: { kind: auto }", "{unheard of}", "open { at the end", "none"] {
            assert_eq!(in_every_daemons_words(text), text);
        }
    }

    #[test]
    fn a_remark_is_set_off_by_a_semicolon_within_brackets() {
        let said = in_every_daemons_words("first ({rekey NAME}), then {rekey NAME}.");
        let alone = dialect(DaemonKind::Libreswan).advice(Advice::Rekey("NAME"), None);
        let (command, remark) = alone.split_once(" (").unwrap();
        assert_eq!(said, format!("first ({command}; {remark}, then {alone}."));
    }

    #[test]
    fn a_remark_is_no_part_of_a_quoted_command() {
        let alone = dialect(DaemonKind::Libreswan).advice(Advice::Rekey("NAME"), None);
        let (command, remark) = alone.split_once(" (").unwrap();
        assert_eq!(in_every_daemons_words("now '{rekey NAME}'."), format!("now '{command}' ({remark}."));
        let listen = dialect(DaemonKind::Libreswan).advice(Advice::Listen, None);
        assert_eq!(in_every_daemons_words("'{listen}', '{listen}'"), format!("'{listen}', '{listen}'"));
    }
}
