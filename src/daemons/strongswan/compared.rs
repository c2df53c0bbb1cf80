//! What `list-conns` shows of a child against what swanctl.conf says of it now. Only what is certain is a difference.

use super::connections::{OF_IKE, ipsec_mode, network, offload, one_address};
use crate::daemons::Difference;
use crate::model::{ConfiguredConnection, LoadedConnection, OffloadSetting, Setting};

/// All of them, of a child that is negotiated.
pub(super) fn differences(
    written: &ConfiguredConnection,
    loaded: &LoadedConnection,
    version: Option<&str>,
) -> Vec<Difference> {
    // Without a mode it is one that only lets packets pass, or drops them.
    if !written.certain || loaded.child.tunnel.is_none() {
        return Vec::new();
    }
    let each = [
        mode(written, loaded),
        hw_offload(written, loaded, version),
        address(written, "local_addrs", loaded.local.map(|local| local.to_string())),
        address(written, "remote_addrs", loaded.remote.map(|remote| remote.to_string()).filter(|_| !loaded.template)),
        selector(written, "local_ts", loaded.local_selector.as_deref()),
        selector(written, "remote_ts", loaded.remote_selector.as_deref()),
    ];
    each.into_iter().flatten().collect()
}

fn mode(written: &ConfiguredConnection, loaded: &LoadedConnection) -> Option<Difference> {
    let (tunnel, by_default) = match written.value("mode") {
        Setting::Default => (true, ", by default"),
        Setting::Unknown => return None,
        Setting::Is(word) => (ipsec_mode(word)?, ""),
    };
    let say = |tunnel| if tunnel { "tunnel" } else { "transport" };
    let is = loaded.child.tunnel.filter(|is| *is != tunnel)?;
    Some(difference("mode", say(is), &format!("{}{by_default}", say(tunnel))))
}

fn hw_offload(written: &ConfiguredConnection, loaded: &LoadedConnection, version: Option<&str>) -> Option<Difference> {
    let (setting, word) = match written.value("hw_offload") {
        Setting::Default => (OffloadSetting::No, "no, by default"),
        Setting::Unknown => return None,
        Setting::Is(word) => (offload(word, version)?, word),
    };
    let is = loaded.offload.filter(|is| *is != setting)?;
    Some(difference("hw_offload", super::advice::offload(is, version), word))
}

/// Where one address is written, and no name.
fn address(written: &ConfiguredConnection, setting: &'static str, loaded: Option<String>) -> Option<Difference> {
    let Setting::Is(word) = written.value(&format!("{OF_IKE}{setting}")) else { return None };
    let address = one_address(word)?.to_string();
    let loaded = loaded.filter(|loaded| *loaded != address)?;
    Some(difference(setting, &loaded, &address))
}

/// Where one network is written and one is loaded.
fn selector(written: &ConfiguredConnection, setting: &'static str, loaded: Option<&str>) -> Option<Difference> {
    let Setting::Is(word) = written.value(setting) else { return None };
    let (written, loaded) = (network(word)?, network(loaded?)?);
    let say = |(address, length): (std::net::IpAddr, u8)| format!("{address}/{length}");
    (written != loaded).then(|| difference(setting, &say(loaded), &say(written)))
}

fn difference(setting: &'static str, loaded: &str, written: &str) -> Difference {
    let say = |value: &str| format!("{setting} = {value}");
    Difference { setting, loaded: say(loaded), written: say(written) }
}
