//! What the running kernel can do where kernels differ: asked of it, and never read from its release.

use serde::{Deserialize, Serialize};

/// Each is none where the kernel does not say. A release tells nothing of it: vendors take over whatever they want under an old number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Abilities {
    /// A driver has words for its refusal: `xdo_dev_state_add` takes a `netlink_ext_ack` (include/linux/netdevice.h).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drivers_speak: Option<bool>,
    /// A driver is told which device it is to work for: `xdo_dev_state_add` takes a `net_device`. With a bond that is the slave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_is_named: Option<bool>,
    /// There is packet mode: drivers take policies (`xdo_dev_policy_add`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_mode: Option<bool>,
    /// Whether ESP can be offloaded at all is looked at after the device, and not before anything else (net/xfrm/xfrm_device.c,
    /// `xfrm_dev_state_add`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_is_last: Option<bool>,
    /// Packet mode drops what would leave by another device than the SA's (net/xfrm/xfrm_device.c, `xfrm_dev_offload_ok`), and does not
    /// send it unencrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_mode_keeps_in: Option<bool>,
    /// An SA that moves to other addresses (`XFRM_MSG_MIGRATE`) can be given its offload again: `xfrm_migrate` takes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrates_offload: Option<bool>,
}

impl Abilities {
    /// Words for `packet_mode_keeps_in`, of which a kernel without packet mode says nothing.
    pub const KEEPS_IN: &str = "keep packet mode from sending unencrypted by another device";

    /// Nothing is known of any.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Each of them, in words that stand behind 'it can' and 'it cannot'.
    pub const fn all(&self) -> [(Option<bool>, &'static str); 6] {
        [
            (self.drivers_speak, "have drivers say why they refuse an SA"),
            (self.packet_mode, "offload in packet mode"),
            (self.packet_mode_keeps_in, Self::KEEPS_IN),
            (self.device_is_named, "tell a bond's driver which interface it works for"),
            (self.migrates_offload, "keep the offload of an SA that moves to other addresses"),
            (self.type_is_last, "look at the device before it looks for esp4_offload or esp6_offload"),
        ]
    }
}

/// As Debian's kernels say it of themselves.
#[cfg(test)]
impl Abilities {
    pub const LINUX_6_1: Self = Self {
        drivers_speak: Some(false),
        device_is_named: Some(false),
        packet_mode: Some(false),
        type_is_last: Some(false),
        packet_mode_keeps_in: None,
        migrates_offload: Some(false),
    };
    pub const LINUX_6_12: Self = Self {
        drivers_speak: Some(true),
        packet_mode: Some(true),
        packet_mode_keeps_in: Some(false),
        ..Self::LINUX_6_1
    };
    pub const LINUX_7_3: Self = Self {
        drivers_speak: Some(true),
        device_is_named: Some(true),
        packet_mode: Some(true),
        type_is_last: Some(true),
        packet_mode_keeps_in: Some(true),
        migrates_offload: Some(true),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_written_and_each_has_words_of_its_own() {
        assert_eq!(serde_json::to_string(&Abilities::default()).unwrap(), "{}");
        let some = Abilities { type_is_last: Some(false), ..Abilities::default() };
        assert_eq!(serde_json::to_string(&some).unwrap(), r#"{"type-is-last":false}"#);
        assert_eq!(serde_json::from_str::<Abilities>(r#"{"type-is-last":false,"newer":true}"#).unwrap(), some);
        let words: std::collections::BTreeSet<_> = some.all().iter().map(|(_, words)| *words).collect();
        assert_eq!(words.len(), 6);
        assert_eq!(some.all().iter().filter(|(known, _)| known.is_some()).count(), 1);
        assert!(Abilities::default().is_unknown() && !some.is_unknown());
    }
}
