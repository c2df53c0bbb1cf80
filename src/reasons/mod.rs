//! Why an SA is not on the NIC: one table of every condition that the kernel and its drivers are known to have, each with how it is
//! recognised, what it means, and its cure.
//!
//! The table drives the findings, `explain`, `probe`, the tests and the manual's page. It decides nothing that the evidence does not: what
//! two entries would explain differently is unknown. One file an owner, in the order in which the kernel checks, so that a driver's
//! code and its file can be read side by side; [`judge`] walks them.

mod add;
mod alike;
mod bonding;
mod chelsio;
mod cn10k;
mod core;
mod cures;
mod device;
mod entry;
mod fits;
mod ixgbe;
mod ixgbevf;
mod kernel;
#[cfg(test)]
mod manual;
mod mlx5;
mod mlx5_policy;
mod netdevsim;
mod nfp;
mod owners;
mod request;
mod walk;
mod words;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::LazyLock;

pub use add::{PACKET_IN_UDP, Refusal, TOO_SLOW, judge_add};
pub use cures::Cure;
pub use entry::Entry;
pub(crate) use entry::on_device;

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
    /// esp4_offload, or esp6_offload for IPv6, is in the kernel.
    pub module_loaded: Option<bool>,
    /// `uname -r`; empty where not known.
    pub kernel: &'a str,
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

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let files = [
        core::ENTRIES,
        request::ENTRIES,
        device::ENTRIES,
        mlx5::ENTRIES,
        mlx5_policy::ENTRIES,
        ixgbe::ENTRIES,
        ixgbevf::ENTRIES,
        chelsio::ENTRIES,
        nfp::ENTRIES,
        cn10k::ENTRIES,
        netdevsim::ENTRIES,
        bonding::ENTRIES,
    ];
    files.concat()
});

/// Every entry, owner by owner, in the order in which the kernel checks.
pub fn all() -> &'static [Entry] {
    &ENTRIES
}

/// The entry that the evidence leaves, or none.
///
/// The kernel's own words decide where they say only one thing. Else every check that could have refused the SA is a candidate, up to the
/// first that certainly does; if all candidates have the same reason, that is it. What only words can show (a faulty request, TFC padding,
/// a module that is missing) counts where nothing that certainly refuses the SA is seen. So less evidence leaves more candidates, and
/// never another reason. The exception: an SA with two faults, of which the kernel names the one that only words can show. Without the
/// words the other is named, which is refused as well.
pub fn judge(case: &Case<'_>) -> Option<&'static Entry> {
    walk::judge(case)
}

/// What is known against offload on this device with this kernel, whether or not it takes SAs.
pub fn hazard(device: &Device<'_>, release: &str) -> Option<&'static Entry> {
    let bond = device.kind == Some("bond") || device.driver == Some("bonding");
    let unsafe_kernel = kernel::Version::read(release).is_some_and(kernel::Version::mixes_up_bond_and_slave);
    all().iter().find(|entry| entry.reason == Reason::UnsafeOnThisKernel && bond && unsafe_kernel)
}
