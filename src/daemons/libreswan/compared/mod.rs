//! What whack shows of a connection against what ipsec.conf says of it now. Only what is certain is a difference: what pluto changes by itself
//! (addresses that move, lifetimes that it cuts, selectors that a peer narrows) is none.

mod ends;
mod proposals;

use super::version::major;
use crate::daemons::Difference;
use crate::model::{ConfiguredConnection, EncapsulationSetting, LoadedConnection, OffloadSetting, Setting};

/// pluto cuts lifetimes down to these (`IPSEC_SA_LIFETIME_MAXIMUM` and its like for FIPS, include/pluto_constants.h).
const CUT_TO: [u32; 2] = [28_800, 86_400];

/// All of them, of a connection that is negotiated. Up to 3.x defaults and words differ from release to release.
pub(super) fn differences(
    written: &ConfiguredConnection,
    loaded: &LoadedConnection,
    version: Option<&str>,
) -> Vec<Difference> {
    let Some(major) = major(version).filter(|major| *major >= 4) else { return Vec::new() };
    // Without a mode it is one that only lets packets pass, or drops them.
    if !written.certain || loaded.child.tunnel.is_none() {
        return Vec::new();
    }
    let compared = Compared { written, loaded, major };
    let each = [
        compared.offload(),
        compared.mode(),
        compared.protocol(),
        compared.ike_version(),
        compared.pfs(),
        compared.encapsulation(),
        compared.esn(),
        compared.replay_window(),
        compared.life("ikelifetime", loaded.child.ike_life),
        compared.life("salifetime", loaded.child.life),
        proposals::esp(written, loaded),
    ];
    each.into_iter().flatten().chain(ends::differences(written, loaded)).collect()
}

struct Compared<'a> {
    written: &'a ConfiguredConnection,
    loaded: &'a LoadedConnection,
    /// Of the version.
    major: u32,
}

impl Compared<'_> {
    /// A setting that is one of few words; `default` is what it has where nothing is written.
    fn word<T: PartialEq>(
        &self,
        setting: &'static str,
        loaded: Option<T>,
        default: T,
        read: impl Fn(&str) -> Option<T>,
        say: impl Fn(&T) -> &'static str,
    ) -> Option<Difference> {
        let (written, by_default) = match self.written.value(setting) {
            Setting::Default => (default, ", by default"),
            Setting::Unknown => return None,
            Setting::Is(value) => (read(value)?, ""),
        };
        let loaded = loaded.filter(|loaded| *loaded != written)?;
        let written = format!("{setting}={}{by_default}", say(&written));
        Some(Difference { setting, loaded: format!("{setting}={}", say(&loaded)), written })
    }

    fn offload(&self) -> Option<Difference> {
        let is_5 = self.major >= 5;
        let default = if is_5 { OffloadSetting::No } else { OffloadSetting::Auto };
        let read = |value: &str| match value {
            "no" => Some(OffloadSetting::No),
            "yes" => Some(OffloadSetting::Crypto),
            "auto" if !is_5 => Some(OffloadSetting::Auto),
            "crypto" if is_5 => Some(OffloadSetting::Crypto),
            "packet" if is_5 => Some(OffloadSetting::Packet),
            _ => None,
        };
        let say = |setting: &OffloadSetting| match setting {
            OffloadSetting::No => "no",
            OffloadSetting::Auto => "auto",
            OffloadSetting::Crypto if is_5 => "crypto",
            OffloadSetting::Crypto => "yes",
            OffloadSetting::Packet => "packet",
        };
        self.word("nic-offload", self.loaded.offload, default, read, say)
    }

    fn mode(&self) -> Option<Difference> {
        let read = |value: &str| match value {
            "tunnel" => Some(true),
            "transport" => Some(false),
            _ => None,
        };
        self.word("type", self.loaded.child.tunnel, true, read, |tunnel| if *tunnel { "tunnel" } else { "transport" })
    }

    fn protocol(&self) -> Option<Difference> {
        if self.written.value("ah") != Setting::Default {
            return None;
        }
        let read = |value: &str| match value {
            "esp" => Some(false),
            "ah" => Some(true),
            _ => None,
        };
        self.word("phase2", self.loaded.child.ah, false, read, |ah| if *ah { "ah" } else { "esp" })
    }

    fn ike_version(&self) -> Option<Difference> {
        let loaded = self.loaded.child.ikev1;
        match (self.written.value("keyexchange"), self.written.value("ikev2")) {
            (Setting::Default, _) => {
                let read = |value: &str| match value {
                    "no" | "never" => Some(true),
                    "yes" | "insist" => Some(false),
                    _ => None,
                };
                self.word("ikev2", loaded, false, read, |ikev1| if *ikev1 { "no" } else { "yes" })
            }
            (_, Setting::Default) if self.major >= 5 => {
                let read = |value: &str| match value {
                    "ikev1" => Some(true),
                    "ikev2" => Some(false),
                    _ => None,
                };
                self.word("keyexchange", loaded, false, read, |ikev1| if *ikev1 { "ikev1" } else { "ikev2" })
            }
            _ => None,
        }
    }

    fn pfs(&self) -> Option<Difference> {
        self.word("pfs", self.loaded.child.pfs, true, yes_or_no, |pfs| if *pfs { "yes" } else { "no" })
    }

    fn encapsulation(&self) -> Option<Difference> {
        let read = |value: &str| match value {
            "auto" => Some(EncapsulationSetting::Auto),
            _ => yes_or_no(value).map(|yes| if yes { EncapsulationSetting::Yes } else { EncapsulationSetting::No }),
        };
        let say = |setting: &EncapsulationSetting| match setting {
            EncapsulationSetting::Auto => "auto",
            EncapsulationSetting::Yes => "yes",
            EncapsulationSetting::No => "no",
        };
        self.word("encapsulation", self.loaded.child.encapsulation, EncapsulationSetting::Auto, read, say)
    }

    /// Its default is not the same in all releases; without a replay window there are none, and IKEv1 does not look at it.
    fn esn(&self) -> Option<Difference> {
        let child = &self.loaded.child;
        let window = child.replay_window.is_some_and(|window| window > 0);
        let no_window = matches!(self.written.value("replay-window"), Setting::Is("0") | Setting::Unknown);
        let Setting::Is(written @ ("yes" | "no" | "either")) = self.written.value("esn") else { return None };
        if !window || no_window || child.ikev1 != Some(false) {
            return None;
        }
        let loaded = match (child.esn_no?, child.esn_yes?) {
            (true, true) => "either",
            (true, false) => "no",
            (false, true) => "yes",
            (false, false) => return None,
        };
        differ("esn", loaded, written)
    }

    fn replay_window(&self) -> Option<Difference> {
        let Setting::Is(written) = self.written.value("replay-window") else { return None };
        let written: u32 = written.parse().ok()?;
        differ("replay-window", &self.loaded.child.replay_window?.to_string(), &written.to_string())
    }

    fn life(&self, setting: &'static str, loaded: Option<u32>) -> Option<Difference> {
        let Setting::Is(text) = self.written.value(setting) else { return None };
        let (written, loaded) = (seconds(text).filter(|seconds| *seconds > 0)?, loaded?);
        let cut = written > loaded && CUT_TO.contains(&loaded);
        (written != loaded && !cut).then(|| Difference {
            setting,
            loaded: format!("{setting}={loaded}s"),
            written: format!("{setting}={text}"),
        })
    }
}

fn differ(setting: &'static str, loaded: &str, written: &str) -> Option<Difference> {
    (loaded != written).then(|| Difference {
        setting,
        loaded: format!("{setting}={loaded}"),
        written: format!("{setting}={written}"),
    })
}

fn yes_or_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// `3600`, `3600s`, `60m`, `1h`, `1d`.
fn seconds(text: &str) -> Option<u32> {
    let (number, unit) = match text.char_indices().last()? {
        (_, last) if last.is_ascii_digit() => (text, 1),
        (at, last) => {
            let unit = match last {
                's' => 1,
                'm' => 60,
                'h' => 3_600,
                'd' => 86_400,
                _ => return None,
            };
            (text.get(..at)?, unit)
        }
    };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u32>().ok().filter(|_| digits)?.checked_mul(unit)
}

#[cfg(test)]
mod tests;
