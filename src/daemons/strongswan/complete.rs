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
        (_, Setting::Default) => Some(false),
        (Setting::Default, Setting::Is(_)) => Some(true),
        // Either may be chosen.
        _ => None,
    };
    let is_ah = child.ah == Some(true);
    let list = match (child.ah, esp, ah) {
        (Some(false), Setting::Is(list), _) | (Some(true), _, Setting::Is(list)) => Some(list),
        (Some(false), Setting::Default, _) => Some(Strongswan.default_proposals(false)),
        _ => None,
    };
    child.esn_no = list.map(has_no_esn);
    child.esn_yes = list.map(has_esn);
    child.algorithms = list.filter(|list| *list != Strongswan.default_proposals(is_ah)).map(str::to_owned);
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
