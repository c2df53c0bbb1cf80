//! What `list-conns` does not tell of a child, from where it is written.

use super::Strongswan;
use super::compared::differences;
use super::connections::{OF_IKE, is_no_tunnel, offload, whole_number, yes_or_no};
use super::proposals::{has_esn, has_no_esn};
use crate::daemons::Proposals;
use crate::model::{AtStart, ConfiguredConnection, EncapsulationSetting, LoadedConnection, OffloadSetting, Setting};

/// Adds it, where nothing that charon does tell is otherwise than it is written: then it was loaded before it was written so.
pub(super) fn complete(loaded: &mut LoadedConnection, written: &ConfiguredConnection, version: Option<&str>) {
    if !written.certain || is_no_tunnel(written.value("mode")) || !differences(written, loaded, version).is_empty() {
        return;
    }
    loaded.offload = match written.value("hw_offload") {
        Setting::Default => Some(OffloadSetting::No),
        Setting::Unknown => None,
        Setting::Is(word) => offload(word, version),
    };
    // charon does not tell what somebody brings up by hand.
    loaded.wanted_up = (written.start == AtStart::BringsUp).then_some(true);
    loaded.routed = loaded.routed.or(Some(has_trap(written)));
    let child = &mut loaded.child;
    let (esp, ah) = (written.value("esp_proposals"), written.value("ah_proposals"));
    child.ah = match (esp, ah) {
        (Setting::Unknown, _) | (_, Setting::Unknown) => None,
        (_, Setting::Default) => Some(false),
        (Setting::Default, Setting::Is(_)) => Some(true),
        // Either may be chosen.
        _ => None,
    };
    let list = match (child.ah, esp, ah) {
        (Some(false), Setting::Is(list), _) | (Some(true), _, Setting::Is(list)) => Some(list),
        (Some(false), Setting::Default, _) => Some(Strongswan.default_proposals(false)),
        _ => None,
    };
    child.esn_no = list.map(has_no_esn);
    child.esn_yes = list.map(has_esn);
    let is_told = esp != Setting::Default || ah != Setting::Default;
    child.algorithms = list.filter(|_| is_told).map(str::to_owned);
    if let Setting::Is(seconds) = written.value("life_time") {
        child.life = whole_number(seconds);
    }
    if let Setting::Is(window) = written.value("replay_window") {
        child.replay_window = whole_number(window);
    }
    child.encapsulation = match written.value(&format!("{OF_IKE}encap")) {
        Setting::Default => Some(EncapsulationSetting::Auto),
        Setting::Unknown => None,
        Setting::Is(word) => {
            yes_or_no(word).map(|yes| if yes { EncapsulationSetting::Yes } else { EncapsulationSetting::Auto })
        }
    };
}

/// `start_action = trap|start` does both, from 5.9.6 on.
fn has_trap(written: &ConfiguredConnection) -> bool {
    let action = match written.value("start_action") {
        Setting::Is(action) => action.to_ascii_lowercase(),
        _ => return false,
    };
    action.split('|').any(|word| matches!(word.trim(), "trap" | "route"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChildSettings;

    fn with_written(
        mut loaded: LoadedConnection,
        written: &ConfiguredConnection,
        version: Option<&str>,
    ) -> LoadedConnection {
        complete(&mut loaded, written, version);
        loaded
    }

    fn loaded() -> LoadedConnection {
        LoadedConnection {
            connection: "gw/t1".to_owned(),
            ike: Some("gw".to_owned()),
            instance: None,
            offload: None,
            wanted_up: None,
            routed: Some(true),
            unrouted: false,
            template: false,
            local: None,
            remote: None,
            oriented: None,
            interface: None,
            local_selector: None,
            remote_selector: None,
            reqid: None,
            child: ChildSettings { ikev1: Some(false), tunnel: Some(true), ..ChildSettings::default() },
        }
    }

    fn with(settings: &[(&str, Option<&str>)], version: &str) -> LoadedConnection {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
        let written =
            ConfiguredConnection { connection: "gw/t1".into(), settings, certain: true, ..Default::default() };
        with_written(loaded(), &written, Some(version))
    }

    #[test]
    fn offload_is_what_the_file_says_and_this_version_takes() {
        let offload = |value, version| with(&[("hw_offload", value)], version).offload;
        for (value, version, expected) in [
            ("yes", "5.9.8", Some(OffloadSetting::Crypto)),
            ("auto", "5.9.8", Some(OffloadSetting::Auto)),
            ("packet", "5.9.8", None),
            ("crypto", "5.9.8", None),
            ("packet", "6.0.1", Some(OffloadSetting::Packet)),
            ("crypto", "5.9.10", Some(OffloadSetting::Crypto)),
            ("no", "6.0.1", Some(OffloadSetting::No)),
            ("maybe", "6.0.1", None),
        ] {
            assert_eq!(offload(Some(value), version), expected, "{value} {version}");
        }
        assert_eq!(offload(None, "6.0.1"), None);
        assert_eq!(with(&[], "6.0.1").offload, Some(OffloadSetting::No));
    }

    #[test]
    fn sequence_numbers_are_those_of_the_proposals() {
        for (list, no, yes) in [
            ("aes128gcm16", true, false),
            ("aes128gcm16-esn", false, true),
            ("aes128gcm16-esn-noesn", true, true),
            ("aes128gcm16-esn, aes256-sha256", true, true),
            ("default", true, false),
        ] {
            let child = with(&[("esp_proposals", Some(list))], "6.0.1").child;
            assert_eq!((child.esn_no, child.esn_yes), (Some(no), Some(yes)), "{list}");
            assert_eq!((child.algorithms.as_deref(), child.ah, child.tunnel), (Some(list), Some(false), Some(true)));
        }
        let child = with(&[("ah_proposals", Some("sha256-esn"))], "6.0.1").child;
        assert_eq!(
            (child.ah, child.esn_yes, child.algorithms.as_deref()),
            (Some(true), Some(true), Some("sha256-esn"))
        );
        let child = with(&[("esp_proposals", None)], "6.0.1").child;
        assert_eq!((child.ah, child.esn_no, child.esn_yes), (None, None, None));
    }

    #[test]
    fn a_connection_that_is_started_is_wanted_and_of_others_nothing_is_said() {
        for (start, wanted) in [(AtStart::BringsUp, Some(true)), (AtStart::Routes, None), (AtStart::Loads, None)] {
            let written =
                ConfiguredConnection { connection: "gw/t1".into(), start, certain: true, ..Default::default() };
            assert_eq!(with_written(loaded(), &written, None).wanted_up, wanted);
        }
    }

    #[test]
    fn of_a_file_that_was_changed_and_not_loaded_nothing_is_taken() {
        let mut other = loaded();
        other.child.tunnel = Some(false);
        let settings = [("hw_offload".to_owned(), Some("yes".to_owned()))].into();
        let written =
            ConfiguredConnection { connection: "gw/t1".into(), settings, certain: true, ..Default::default() };
        assert_eq!(with_written(other, &written, Some("6.0.1")).offload, None);
        assert_eq!(with_written(loaded(), &written, Some("6.0.1")).offload, Some(OffloadSetting::Crypto));
    }
}
