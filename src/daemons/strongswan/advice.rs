//! Advice in the words of swanctl(8) and swanctl.conf(5).

use super::Strongswan;
use super::places::SWANCTL_CONF;
use super::version::is_from;
use crate::daemons::{Advice, Advises};
use crate::model::{OffloadSetting, Serial};
use crate::reasons::Cure;
use crate::text::shell_word;

/// Seconds that a command waits: one that waits without end for a peer holds one of charon's few workers.
const WAITS: &str = "--timeout 60";

impl Advises for Strongswan {
    fn advice(&self, advice: Advice<'_>, version: Option<&str>) -> String {
        match advice {
            Advice::Rekey(name) => format!("swanctl --rekey {}", words(name)),
            // It returns at once.
            Advice::Initiate(name) => format!("swanctl --initiate {} --timeout -1", words(name)),
            Advice::InitiateAndShow(name) | Advice::BringUp(name) => {
                format!("swanctl --initiate {} {WAITS}", words(name))
            }
            Advice::TakeDown(name) => format!("swanctl --terminate --ike {} {WAITS}", ike(name)),
            Advice::TakeAway(name) => format!("swanctl --terminate {} {WAITS}", words(name)),
            Advice::LoadAnew { file, .. } if file != SWANCTL_CONF => {
                format!("swanctl --load-conns --file {}", shell_word(file))
            }
            Advice::Load(_) | Advice::LoadAnew { .. } | Advice::Unload(_) => "swanctl --load-conns".to_owned(),
            Advice::CheckConfiguration => String::new(),
            Advice::Listen => "swanctl --reload-settings".to_owned(),
            Advice::DeleteState(number) => format!("swanctl --terminate --child-id {number} {WAITS}"),
            Advice::DeleteStates(states) => delete(states),
            Advice::ShowBriefly => "swanctl --stats".to_owned(),
            Advice::ShowTraffic => "swanctl --list-sas".to_owned(),
            Advice::Offload(setting) => format!("hw_offload = {}", offload(setting, version)),
            Advice::NoEsn => "esp_proposals with -noesn".to_owned(),
            Advice::Esn => "esp_proposals with -esn".to_owned(),
            Advice::ReplayWindow(packets) => format!("replay_window = {packets}"),
            Advice::Proposed => "proposals and esp_proposals".to_owned(),
            Advice::Ends => "local_addrs or remote_addrs".to_owned(),
            Advice::HowToShow => format!("with {WAITS} it shows what happens"),
            Advice::AesGcm => "esp_proposals = aes128gcm16".to_owned(),
            Advice::UniqueIds => "unique = replace".to_owned(),
            Advice::Mobike => "mobike = yes".to_owned(),
            Advice::StartAlways => "start_action = start".to_owned(),
        }
    }

    fn cure(&self, cure: &Cure, version: Option<&str>) -> &'static str {
        match cure.strongswan_before_packet {
            // The words that it does not know cost it the whole connection.
            Some(words) if is_from(version, PACKET) == Some(false) => words,
            _ => cure.strongswan,
        }
    }
}

/// From this version on it has packet offload, and the words `crypto` and `packet`.
const PACKET: (u32, u32, u32) = (5, 9, 10);

/// `IKE/CHILD`, an IKE connection alone, or a Child SA's number, as swanctl takes it.
fn words(name: &str) -> String {
    match name.rsplit_once('/') {
        Some((ike, child)) => format!("--ike {} --child {}", shell_word(ike), shell_word(child)),
        None if is_placeholder(name) => "--ike IKE --child CHILD".to_owned(),
        None if name.bytes().all(|byte| byte.is_ascii_digit()) => format!("--child-id {name}"),
        None => format!("--ike {}", shell_word(name)),
    }
}

fn ike(name: &str) -> String {
    match name.rsplit_once('/') {
        _ if is_placeholder(name) => "IKE".to_owned(),
        Some((ike, _)) => shell_word(ike),
        None => shell_word(name),
    }
}

/// What stands in texts for a name that is not known to them.
fn is_placeholder(name: &str) -> bool {
    matches!(name, "NAME" | "CONNECTION")
}

fn delete(states: &[Serial]) -> String {
    let delete = |number: &str| format!("swanctl --terminate --ike-id {number} {WAITS}");
    match states {
        [one] => delete(&one.0.to_string()),
        several => {
            let numbers: Vec<String> = several.iter().map(|state| state.0.to_string()).collect();
            format!("for id in {}; do {}; done", numbers.join(" "), delete("$id"))
        }
    }
}

/// A value of `hw_offload`; before 5.9.10 there is `yes` for what is `crypto` since, and both are understood then.
pub(super) fn offload(setting: OffloadSetting, version: Option<&str>) -> &'static str {
    match setting {
        OffloadSetting::No => "no",
        OffloadSetting::Auto => "auto",
        OffloadSetting::Crypto if is_from(version, PACKET) == Some(true) => "crypto",
        OffloadSetting::Crypto => "yes",
        OffloadSetting::Packet => "packet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemons::dialect;
    use crate::model::DaemonKind;
    use crate::reasons;

    fn said(advice: Advice<'_>) -> String {
        Strongswan.advice(advice, Some("6.0.1"))
    }

    #[test]
    fn a_name_reaches_swanctl_through_a_shell_as_it_is() {
        for (name, words) in [
            ("gw/t1", "--ike gw --child t1"),
            ("a b/t'1", "--ike \"a b\" --child \"t'1\""),
            ("site/a/t1", "--ike site/a --child t1"),
            ("gw", "--ike gw"),
            ("12", "--child-id 12"),
            ("CONNECTION", "--ike IKE --child CHILD"),
        ] {
            assert_eq!(said(Advice::Rekey(name)), format!("swanctl --rekey {words}"));
            assert_eq!(said(Advice::BringUp(name)), format!("swanctl --initiate {words} --timeout 60"));
        }
        assert_eq!(said(Advice::TakeDown("gw/t1")), "swanctl --terminate --ike gw --timeout 60");
        assert_eq!(said(Advice::TakeAway("gw/t1")), "swanctl --terminate --ike gw --child t1 --timeout 60");
    }

    #[test]
    fn nothing_that_waits_for_a_peer_waits_without_end() {
        for advice in [
            Advice::Initiate("gw/t1"),
            Advice::InitiateAndShow("gw/t1"),
            Advice::BringUp("gw/t1"),
            Advice::TakeDown("gw/t1"),
            Advice::TakeAway("gw/t1"),
            Advice::DeleteState("3"),
            Advice::DeleteStates(&[Serial(3)]),
            Advice::DeleteStates(&[Serial(3), Serial(4)]),
        ] {
            assert!(said(advice).contains(" --timeout "), "{advice:?}");
        }
    }

    #[test]
    fn child_sas_and_ike_sas_have_numbers_of_their_own() {
        assert_eq!(said(Advice::DeleteState("3")), "swanctl --terminate --child-id 3 --timeout 60");
        assert_eq!(said(Advice::DeleteStates(&[Serial(3)])), "swanctl --terminate --ike-id 3 --timeout 60");
        assert_eq!(
            said(Advice::DeleteStates(&[Serial(3), Serial(8)])),
            "for id in 3 8; do swanctl --terminate --ike-id $id --timeout 60; done"
        );
    }

    #[test]
    fn a_word_that_costs_the_connection_is_advised_to_nobody() {
        for version in ["5.9.1", "5.9.8", "5.9.9"] {
            let settings = [OffloadSetting::No, OffloadSetting::Auto, OffloadSetting::Crypto];
            let offloads = settings.map(|setting| Strongswan.advice(Advice::Offload(setting), Some(version)));
            assert_eq!(offloads, ["hw_offload = no", "hw_offload = auto", "hw_offload = yes"], "{version}");
            for entry in reasons::all() {
                let cure = dialect(DaemonKind::Strongswan).cure(&entry.cure, Some(version));
                assert!(!cure.contains("hw_offload = crypto") && !cure.contains("hw_offload = packet"), "{cure}");
            }
        }
        assert_eq!(said(Advice::Offload(OffloadSetting::Crypto)), "hw_offload = crypto");
        assert_eq!(Strongswan.advice(Advice::Offload(OffloadSetting::Crypto), None), "hw_offload = yes");
        assert!(
            reasons::all()
                .iter()
                .any(|entry| Strongswan.cure(&entry.cure, Some("6.0.1")).contains("hw_offload = crypto"))
        );
    }
}
