//! Advice in the words of swanctl(8) and swanctl.conf(5).

use super::Strongswan;
use super::version::is_from;
use crate::daemons::{Advice, Advises};
use crate::model::{OffloadSetting, Serial};
use crate::reasons::Cure;
use crate::text::shell_word;

impl Advises for Strongswan {
    fn advice(&self, advice: Advice<'_>, version: Option<&str>) -> String {
        match advice {
            Advice::Rekey(name) => format!("swanctl --rekey {}", words(name)),
            Advice::Initiate(name) | Advice::InitiateAndShow(name) | Advice::BringUp(name) => {
                format!("swanctl --initiate {}", words(name))
            }
            Advice::TakeDown(name) => format!("swanctl --terminate {}", words(name)),
            Advice::Load(_) | Advice::LoadAnew { .. } | Advice::Unload(_) => "swanctl --load-conns".to_owned(),
            Advice::Listen => "swanctl --reload-settings".to_owned(),
            Advice::DeleteState(number) => format!("swanctl --terminate --ike-id {number}"),
            Advice::DeleteStates(states) => delete(states),
            Advice::ShowBriefly => "swanctl --stats".to_owned(),
            Advice::ShowTraffic => "swanctl --list-sas".to_owned(),
            Advice::CheckConfiguration => "swanctl --load-conns".to_owned(),
            Advice::Offload(setting) => format!("hw_offload = {}", offload(setting, version)),
            Advice::NoEsn => "-noesn in esp_proposals".to_owned(),
            Advice::AesGcm => "esp_proposals = aes128gcm16".to_owned(),
            Advice::UniqueIds => "unique = replace".to_owned(),
            Advice::Mobike => "mobike = yes".to_owned(),
            Advice::StartAlways => "start_action = start".to_owned(),
        }
    }

    fn cure(&self, cure: &Cure) -> &'static str {
        cure.strongswan
    }
}

/// `IKE/CHILD` as swanctl takes it.
fn words(name: &str) -> String {
    match name.rsplit_once('/') {
        Some((ike, child)) => format!("--ike {} --child {}", shell_word(ike), shell_word(child)),
        None => format!("--child {}", shell_word(name)),
    }
}

fn delete(states: &[Serial]) -> String {
    let each: Vec<String> = states.iter().map(|state| format!("swanctl --terminate --ike-id {}", state.0)).collect();
    each.join("; ")
}

pub(super) fn offload(setting: OffloadSetting, version: Option<&str>) -> &'static str {
    match setting {
        OffloadSetting::No => "no",
        OffloadSetting::Auto => "auto",
        OffloadSetting::Crypto if is_from(version, (5, 9, 10)) == Some(true) => "crypto",
        OffloadSetting::Crypto => "yes",
        OffloadSetting::Packet => "packet",
    }
}
