//! Why an SA is not on the NIC: one table of every condition that the kernel and its drivers are known to have, each with how it is
//! recognised, what it means, and its cure.
//!
//! The table drives the findings, `explain`, `probe`, the tests and the manual's page. It decides nothing that the evidence does not: what
//! two entries would explain differently is unknown. One file an owner, in the order in which the kernel checks, so that a driver's
//! code and its file can be read side by side; [`judge`] walks them.

mod add;
mod alike;
mod all;
mod bonding;
mod case;
mod chelsio;
mod cn10k;
mod core;
mod cures;
mod device;
mod entry;
mod fits;
mod ixgbe;
mod ixgbevf;
#[cfg(test)]
mod manual;
mod mlx5;
mod mlx5_firmware;
mod mlx5_policy;
mod netdevsim;
mod nfp;
mod older;
mod owners;
mod request;
mod walk;
mod words;

#[cfg(test)]
pub(crate) mod tests;

pub use add::{AddRefusal, PACKET_IN_UDP, TOO_SLOW, judge_add};
pub use all::all;
pub use case::{Case, Device};
pub use cures::Cure;
pub use entry::Entry;
pub(crate) use entry::on_device;
pub(crate) use owners::speaks_for;

use crate::model::{Abilities, Reason};

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

/// What speaks against offload on this device with this kernel, whether or not it takes SAs.
///
/// A bond: where drivers are not told the device, they take it from the SA, and some kernels leave the bond there. Which of them do, nothing
/// that can be asked tells. Those whose drivers have no words yet put the slave there (seen in 5.10 and 6.1).
pub fn hazard(device: &Device<'_>, abilities: &Abilities) -> Option<&'static Entry> {
    let bond = device.kind == Some("bond") || device.driver == Some("bonding");
    let is_safe = abilities.device_is_named == Some(true) || abilities.drivers_speak == Some(false);
    all().iter().find(|entry| entry.reason == Reason::UnsafeOnThisKernel && bond && !is_safe)
}
