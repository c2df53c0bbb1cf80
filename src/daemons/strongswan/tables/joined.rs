//! What charon has loaded, joined with what stands in swanctl.conf: of offload and algorithms the file alone tells, in every version.

use std::collections::BTreeMap;

use super::super::version::is_from;
use crate::model::{
    AtStart, ChildSettings, ConfiguredConnection, EncapsulationSetting, LoadedConnection, OffloadSetting, Setting,
};

/// Where the default of `delete_rekeyed_delay` (strongswan.conf(5)) is not changed.
const REPLACED_STAYS: u32 = 5;

/// The connections with their settings; those that are not in the file stay as they are.
pub fn joined(
    mut loaded: Vec<LoadedConnection>,
    configured: &[ConfiguredConnection],
    version: Option<&str>,
) -> Vec<LoadedConnection> {
    let written: BTreeMap<_, _> = configured.iter().map(|one| (one.connection.as_str(), one)).collect();
    for connection in &mut loaded {
        let settings = &mut connection.child;
        settings.replaced_stays = (settings.ikev1 == Some(false)).then_some(REPLACED_STAYS);
        let Some(written) = written.get(connection.connection.as_str()) else { continue };
        connection.offload = offload(written, version);
        // What somebody brings up by hand charon does not tell.
        connection.wanted_up = (written.start == AtStart::BringsUp).then_some(true);
        let settings = std::mem::take(settings);
        connection.child = child_settings(written, settings);
    }
    loaded
}

fn child_settings(written: &ConfiguredConnection, before: ChildSettings) -> ChildSettings {
    let (esp, ah) = (written.value("esp_proposals"), written.value("ah_proposals"));
    let is_ah = match (esp, ah) {
        (_, Setting::Unknown) | (Setting::Unknown, _) => None,
        (Setting::Default, Setting::Is(_)) => Some(true),
        _ => Some(false),
    };
    let proposals = if is_ah == Some(true) { ah } else { esp };
    let (esn_no, esn_yes) = match proposals {
        Setting::Unknown => (None, None),
        Setting::Default => (Some(true), Some(false)),
        Setting::Is(list) => {
            let (no, yes) = sequence_numbers(list);
            (Some(no), Some(yes))
        }
    };
    ChildSettings {
        ah: is_ah,
        esn_no,
        esn_yes,
        replay_window: match written.value("replay_window") {
            Setting::Is(width) => width.parse().ok(),
            // strongswan.conf(5), `charon.replay_window`.
            Setting::Default | Setting::Unknown => None,
        },
        encapsulation: match written.value("encap") {
            Setting::Default | Setting::Is("no") => Some(EncapsulationSetting::Auto),
            Setting::Is("yes") => Some(EncapsulationSetting::Yes),
            _ => None,
        },
        algorithms: match proposals {
            Setting::Is(list) => Some(list.to_owned()),
            Setting::Default | Setting::Unknown => None,
        },
        life: match written.value("life_time") {
            Setting::Is(seconds) => seconds.parse().ok(),
            Setting::Default | Setting::Unknown => None,
        },
        ..before
    }
}

/// `hw_offload` (swanctl.conf(5)). A value that a version does not know costs the whole connection, so it was not loaded with it.
fn offload(written: &ConfiguredConnection, version: Option<&str>) -> Option<OffloadSetting> {
    let knows_both = is_from(version, (5, 9, 10)) != Some(false);
    match written.value("hw_offload") {
        Setting::Default => Some(OffloadSetting::No),
        Setting::Is(word) => match word {
            "no" => Some(OffloadSetting::No),
            "yes" => Some(OffloadSetting::Crypto),
            "auto" => Some(OffloadSetting::Auto),
            "crypto" if knows_both => Some(OffloadSetting::Crypto),
            "packet" if knows_both => Some(OffloadSetting::Packet),
            _ => None,
        },
        Setting::Unknown => None,
    }
}

/// Whether one of these proposals has sequence numbers of 32 bits, and whether one has those of 64: without a word for it, it is 32.
fn sequence_numbers(list: &str) -> (bool, bool) {
    let (mut no, mut yes) = (false, false);
    for proposal in list.split([',', ' ']).filter(|proposal| !proposal.is_empty()) {
        let words = || proposal.split('-');
        let extended = words().any(|word| word == "esn");
        yes |= extended;
        no |= !extended || words().any(|word| word == "noesn");
    }
    (no, yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(name: &str) -> LoadedConnection {
        LoadedConnection {
            connection: name.to_owned(),
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
            ConfiguredConnection { connection: "gw/t1".to_owned(), settings, ..ConfiguredConnection::default() };
        joined(vec![loaded("gw/t1")], &[written], Some(version)).remove(0)
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
        // Loaded by somebody else, from nowhere.
        assert_eq!(joined(vec![loaded("gw/t2")], &[], Some("6.0.1"))[0].offload, None);
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
            let written = ConfiguredConnection { connection: "gw/t1".into(), start, ..ConfiguredConnection::default() };
            assert_eq!(joined(vec![loaded("gw/t1")], &[written], None)[0].wanted_up, wanted);
        }
    }
}
