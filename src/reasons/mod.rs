//! Why an SA is not on the NIC: one table of every condition that the kernel and its drivers are known to have, each with how it is
//! recognised, what it means, and its cure.
//!
//! The table drives the findings, `explain`, `probe`, the tests and the manual's page. It decides nothing that the evidence does not: what
//! two entries would explain differently is unknown.

mod table;

use crate::model::{Direction, OffloadMode, Protocol, Reason, SaShape};

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
    /// What the SA is like.
    pub shape: Option<&'a SaShape>,
    /// Its protocol, where that alone is known.
    pub protocol: Option<Protocol>,
    /// The same device took an SA of the same shape before.
    pub took_before: bool,
    /// It has been migrated since it was added.
    pub migrated: bool,
    /// `uname -r`.
    pub kernel: &'a str,
}

/// What is known of a device.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    /// Interface name.
    pub name: &'a str,
    /// Driver (`ETHTOOL_GDRVINFO`), where it says.
    pub driver: Option<&'a str>,
    /// `IFLA_INFO_KIND`; none for hardware.
    pub kind: Option<&'a str>,
    /// `esp-hw-offload` is on; none where ethtool cannot say.
    pub esp_hw_offload: Option<bool>,
}

/// One condition under which the kernel does not offload an SA.
#[derive(Debug)]
pub struct Entry {
    /// What it is called in a finding.
    pub reason: Reason,
    /// Who has it: `core`, a driver's name as ethtool gives it, `bonding`.
    pub owner: &'static str,
    /// Where it is written: a file of the kernel and the function.
    pub source: &'static str,
    /// The kernel's words without the module's prefix; none where it has none.
    pub text: Option<&'static str>,
    /// What is wrong, as the end of «the CPU encrypts: …».
    pub means: &'static str,
    /// What to do about it with libreswan.
    pub cure: &'static str,
    /// What to do about it with strongSwan.
    pub strongswan: &'static str,
}

/// Every entry.
pub fn all() -> &'static [Entry] {
    table::ENTRIES
}

/// The entry that the evidence leaves, or none.
pub fn judge(case: &Case<'_>) -> Option<&'static Entry> {
    table::judge(case)
}

impl Entry {
    /// What is wrong, with the device's name in it.
    pub fn means_on(&self, device: &str) -> String {
        self.means.replace("DEV", device)
    }

    /// What to do about it with libreswan, with the device's name in it.
    pub fn cure_for(&self, device: &str) -> String {
        self.cure.replace("DEV", device)
    }
}
