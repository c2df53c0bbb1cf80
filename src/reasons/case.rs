//! What is known of a refusal, and of the device.

use crate::model::{Abilities, Direction, OffloadMode, Protocol, SaShape};

/// What is known of one offload that did not come about. What is not known is none, and never guessed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Case<'a> {
    /// errno(3) of the refusal, positive; 0 where the kernel took the SA in software without an error.
    pub errno: Option<u32>,
    /// The kernel's own words, with or without the module's prefix.
    pub text: Option<&'a str>,
    /// Lines of the driver in the kernel's log that belong to it.
    pub kernel_log: &'a [&'a str],
    /// What was asked for.
    pub wanted: Option<OffloadMode>,
    /// Which way the SA goes.
    pub direction: Option<Direction>,
    /// The device that was asked.
    pub device: Option<Device<'a>>,
    /// The named interface did not exist when the SA was added; false where that is not known.
    pub device_missing: bool,
    /// What the SA is like.
    pub shape: Option<&'a SaShape>,
    /// Its protocol, where that alone is known.
    pub protocol: Option<Protocol>,
    /// The same device took an SA of the same shape before; false where that is not known.
    pub took_before: bool,
    /// It has been migrated since it was added (`XFRM_MSG_MIGRATE`). False says that it was not.
    pub migrated: bool,
    /// It stands, and was to move to other addresses with its offload (`XFRM_MSG_MIGRATE_STATE`, or `XFRM_MSG_UPDSA`).
    pub moves: bool,
    /// esp4_offload, or esp6_offload for IPv6, is in the kernel.
    pub module_loaded: Option<bool>,
    /// What the kernel can do.
    pub abilities: Abilities,
}

/// What is known of a device.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    pub name: &'a str,
    /// Driver (`ETHTOOL_GDRVINFO`), where it says.
    pub driver: Option<&'a str>,
    /// `IFLA_INFO_KIND`; none for hardware.
    pub kind: Option<&'a str>,
    /// `esp-hw-offload` is on; none where ethtool cannot say.
    pub esp_hw_offload: Option<bool>,
}
